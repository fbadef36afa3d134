"""The trials that a search finds, as row numbers: FTS5 finds the words, arrays made at publishing count and sort.

Functions of a connection, to be called on one of Datasette's threads, under its time limit. SQL would join, group and
rank the rows of all that is found, thousands of trials for a common word; benchmarks/pages.py times the page.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy
from numpy.typing import NDArray

from datasette_trials.search import Query, Term, best_first, expression, texts_expression, unwanted

Rows = NDArray[numpy.int64]  # row numbers of trials
Mask = NDArray[numpy.bool_]  # for every row of trials, whether

FACETS = {  # in the order of the page: column -> title
    "status": "Status",
    "phase": "Phase",
    "study_type": "Study type",
    "country": "Country",
    "has_results": "Results",
    "sex": "Sex",
    "source": "Source",
    "lead_sponsor_class": "Kind of sponsor",
}
ORDERS = {  # what ?sort= may say -> title, column
    "rank": ("Best match", "last_updated"),
    "updated": ("Last updated", "last_updated"),
    "start": ("Start date", "start_date"),
    "changed": ("Last changed here", "last_changed"),
}
NOT_SAID = "not said"  # the argument for trials without a value


class Search(NamedTuple):
    """A whole search: the query, what was chosen of each facet, and how to answer."""

    query: Query
    chosen: Mapping[str, tuple[str, ...]] = {}
    exact: bool = False
    removed: bool = False
    sort: str = "rank"

    @property
    def order(self) -> str:
        """The order that can be had: without words there is nothing to rank by."""
        return "updated" if self.sort == "rank" and not self.query.clauses else self.sort


class Choice(NamedTuple):
    """A value of a facet, and how many trials choosing it would give."""

    value: str
    label: str
    trials: int
    is_chosen: bool


class Found(NamedTuple):
    """What a search finds: the row numbers, in order; how many trials of each value; how many were removed."""

    rows: Rows
    facets: dict[str, list[Choice]]
    removed: int


class Columns:
    """The arrays of a published file, each read when it is first needed."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self.read: dict[str, NDArray[Any]] = {}

    def __getitem__(self, name: str) -> NDArray[Any]:
        if name not in self.read:
            type_, data = self.db.execute("SELECT type, data FROM search_columns WHERE name = ?", [name]).fetchone()
            self.read[name] = numpy.frombuffer(data, type_)
        return self.read[name]

    def codes(self, name: str) -> dict[str, int]:
        """value -> its number in a column."""
        said = self.db.execute("SELECT ifnull(value, ?), code FROM search_values WHERE name = ?", [NOT_SAID, name])
        return dict(said.fetchall())


def found(db: sqlite3.Connection, search: Search) -> Found:
    """Everything that a search finds. Raises sqlite3.OperationalError where the file has no index, or out of time."""
    columns = Columns(db)
    rows = matching(db, search, columns)
    live = rows if search.removed else rows[columns["removed"][rows] == 0]
    passed = {column: _passes(columns, column, wanted, live) for column, wanted in search.chosen.items()}
    facets = {c: _choices(columns, c, _let_through(live, passed, c), search.chosen.get(c, ())) for c in FACETS}
    removed = 0 if search.removed or search.chosen else len(rows) - len(live)
    return Found(in_order(db, search, columns, _let_through(live, passed)), facets, removed)


def matching(db: sqlite3.Connection, search: Search, columns: Columns) -> Rows:
    """The rows that a query finds, whatever was chosen."""
    query = search.query
    if match := expression(query, search.exact):
        rows = _matched(db, match)
    else:
        rows = numbers(db, "rowid", "trials") if query else numpy.arange(len(columns["removed"]))
        if not query:  # a row number that no trial has is in no column's list of dates
            rows = rows[columns["last_changed"] > 0]
    if without := unwanted(query, search.exact):
        rows = numpy.setdiff1d(rows, _matched(db, without))
    for term in query.texts:
        both = numpy.setdiff1d if term.negated else numpy.intersect1d
        rows = both(rows, _in_texts(db, term))
    return rows


def in_order(db: sqlite3.Connection, search: Search, columns: Columns, rows: Rows) -> Rows:
    """The rows sorted: the latest first; by rank, those first that are about what was asked for."""
    places = columns[ORDERS[search.order][1]]  # each trial has its own, so that nothing need be compared
    slots = numpy.zeros(int(places.max(initial=0)) + 1, numpy.int64)
    slots[places[rows]] = rows
    rows = slots[::-1][slots[::-1] > 0]
    if search.order == "rank":
        tiers = numpy.full(len(columns["removed"]), 9, numpy.int8)
        for tier, match in reversed(list(enumerate(best_first(search.query)))):
            tiers[_matched(db, match)] = tier
        rows = rows[numpy.argsort(tiers[rows], kind="stable")]
    return rows


def _matched(db: sqlite3.Connection, match: str) -> Rows:
    return numbers(db, "rowid", "search_fts WHERE search_fts MATCH ?", match)


def _in_texts(db: sqlite3.Connection, term: Term) -> Rows:
    """The trials whose summary or criteria have a term."""
    if term.field == "summary":
        of = (
            "trial_texts_fts JOIN trial_texts ON trial_texts.rowid = trial_texts_fts.rowid "
            "JOIN trials ON trials.id = trial_texts.trial_id WHERE trial_texts_fts MATCH ?"
        )
    else:
        kind = "" if term.field == "criteria" else f" AND criteria.kind = '{term.field}'"
        of = (
            "criteria_fts JOIN criteria ON criteria.id = criteria_fts.rowid "
            f"JOIN trials ON trials.id = criteria.trial_id WHERE criteria_fts MATCH ?{kind}"
        )
    return numpy.unique(numbers(db, "trials.rowid", of, texts_expression(term)))


def numbers(db: sqlite3.Connection, column: str, of: str, *values: Any) -> Rows:
    """One column of numbers, as one text: a third of the time that a row each takes in Python."""
    ((listed,),) = db.execute(f"SELECT group_concat({column}) FROM {of}", values)
    return numpy.fromstring(listed or "", numpy.int64, sep=",")


# --- facets ---------------------------------------------------------------------------------------------------------


def _let_through(rows: Rows, passed: Mapping[str, Mask], but: str | None = None) -> Rows:
    """The rows that every facet lets through, but for one: so a second value of it can be added."""
    masks = [passes for column, passes in passed.items() if column != but]
    return rows[numpy.logical_and.reduce(masks)] if masks else rows


def _passes(columns: Columns, column: str, wanted: tuple[str, ...], rows: Rows) -> Mask:
    """For each of some rows, whether it has one of the wanted values."""
    known = columns.codes(column)
    codes = [known[value] for value in wanted if value in known]
    if column != "country":
        return numpy.isin(columns[column][rows], codes)
    owners, named = _countries(columns, rows)
    mask = numpy.zeros(len(rows), bool)
    mask[owners[numpy.isin(named, codes)]] = True
    return mask | (_counts(columns, rows) == 0) if NOT_SAID in wanted else mask


def _countries(columns: Columns, rows: Rows) -> tuple[NDArray[Any], NDArray[Any]]:
    """(place in rows, country) for every country of every row."""
    counts, first = _counts(columns, rows), columns["country_from"][rows].astype(numpy.int64)
    owners = numpy.repeat(numpy.arange(len(rows)), counts)
    within = numpy.arange(len(owners)) - numpy.repeat(numpy.cumsum(counts) - counts, counts)
    return owners, columns["country"][numpy.repeat(first, counts) + within]


def _countries_of(columns: Columns, rows: Rows) -> NDArray[Any]:
    """The countries of all of some rows. Of many rows, by marking them in one array of all."""
    starts = columns["country_from"]
    if len(rows) * 8 < len(starts):
        return _countries(columns, rows)[1]
    marked = numpy.zeros(len(starts) - 1, bool)
    marked[rows] = True
    countries: NDArray[Any] = columns["country"][numpy.repeat(marked, numpy.diff(starts))]
    return countries


def _counts(columns: Columns, rows: Rows) -> NDArray[numpy.int64]:
    starts = columns["country_from"]
    counts: NDArray[numpy.int64] = starts[rows + 1].astype(numpy.int64) - starts[rows]
    return counts


def _choices(columns: Columns, column: str, rows: Rows, wanted: tuple[str, ...]) -> list[Choice]:
    """A facet's values that the rows have, what was chosen first of all, then the commonest."""
    tally = numpy.bincount(_countries_of(columns, rows) if column == "country" else columns[column][rows])
    named = {value: int(tally[code]) if code < len(tally) else 0 for value, code in columns.codes(column).items()}
    if column == "country":
        named[NOT_SAID] = int((_counts(columns, rows) == 0).sum())
    named = {value: trials for value, trials in named.items() if trials} | {
        value: named.get(value, 0) for value in wanted
    }
    ordered = sorted(named, key=lambda value: (value not in wanted, -named[value], value))
    return [Choice(value, label(column, value), named[value], value in wanted) for value in ordered]


def label(column: str, value: str) -> str:
    """How a facet's value reads."""
    if value == NOT_SAID:
        return "No sites named" if column == "country" else "Not said"
    return {"0": "Without results", "1": "With results"}.get(value, value) if column == "has_results" else value
