"""What the search page reads beside the full-text indexes: columns to count and sort by, and the other names under
which a thing is known. Made for the copy that is published.

A search counts up to some hundred thousand trials by eight facets. Their rows in `trials` are wide and lie all over the
file, so that each trial found would be another page of the file read. So each facet is one array by row number, a byte
a trial, in one BLOB: what a search counts by lies together, eight bytes a trial.
"""

from __future__ import annotations

import sqlite3
from typing import Any

import numpy

from pipelines.other_names import other_names
from pipelines.schema import FACETED, TABLES, Column, Table, create_sql
from pipelines.sites import Sites, pairs

FACETS = ("source", "status", "phase", "study_type", "sex", "has_results", "lead_sponsor_class")
SORTED = ("last_updated", "start_date", "last_changed")

NARROW = ("id", "last_updated", *FACETED, "removed_at")  # what the page of all trials sorts, counts and filters by

SEARCH_TABLES: dict[str, Table] = {
    "trial_facets": Table(
        "Trials, narrow",
        "What the list of trials is sorted, counted and narrowed down by, in little room: a search of that list reads "
        "these rows instead of the wide ones.",
        {"trial_row": Column(int, "Row number of the trial in this file, as the search has it")}
        | {name: TABLES["trials"].columns[name] for name in NARROW},
        ("trial_row",),
        refers=(),
        hidden=True,
    ),
    "trial_tallies": Table(
        "Trials, counted",
        "How many trials have which status, phase, kind and source together: what a filtered list of trials counts is "
        "a sum of some of these rows.",
        {"id": Column(int, "Place in this table, from 1")}
        | {name: TABLES["trials"].columns[name] for name in FACETED}
        | {
            "removed_at": Column(str, "NULL for live trials; for removed ones, when the last of them was"),
            "trials": Column(int, "Trials"),
        },
        ("id",),
        refers=(),
        hidden=True,
    ),
    "search_columns": Table(
        "Search: columns",
        "What searches are counted and sorted by: for each column one array with an element for every row of trials.",
        {
            "name": Column(
                str, "Column; country_from and country: where a trial's countries begin in a list, the list"
            ),
            "type": Column(str, "Type of an element, in NumPy's words"),
            "data": Column(bytes, "The array; element n is that of the trial in row n"),
        },
        ("name",),
        refers=(),
        hidden=True,
    ),
    "search_values": Table(
        "Search: values",
        "What the numbers in search_columns stand for.",
        {
            "name": Column(str, "Column"),
            "code": Column(int, "Number that stands for the value"),
            "value": Column(str, "The value; NULL where the source did not say"),
            "trials": Column(int, "Trials that have it"),
        },
        ("name", "code"),
        refers=(),
        hidden=True,
        own_key=True,
        facets=("name",),
    ),
    "other_names": Table(
        "Other names",
        "Under which other names the records know a condition or an intervention; a search is widened by them.",
        {
            "key": Column(str, "The name without case and punctuation"),
            "name": Column(str, "The name as a record has it"),
            "field": Column(str, "condition or intervention"),
            "how": Column(str, "mesh: the register's heading for it; alias: another name; short: what it abbreviates"),
            "other": Column(str, "The other name"),
            "trials": Column(int, "Records that show it"),
        },
        ("key", "field", "how", "other"),
        refers=(),
        own_key=True,
        facets=("field", "how"),
    ),
    "mesh_above": Table(
        "MeSH terms above",
        "Which headings stand above a heading, as the records show it that carry no other.",
        {
            "term": Column(str, "Medical Subject Heading"),
            "above": Column(str, "A broader heading"),
            "kind": Column(str, "condition or intervention"),
            "trials": Column(int, "Records that show it"),
        },
        ("term", "above", "kind"),
        refers=(),
        indexes=(("above",),),
        own_key=True,
        facets=("kind",),
    ),
}
MESH_ABOVE = """
    WITH single AS (SELECT trial_id, kind, min(term) AS term FROM mesh_terms
                    WHERE NOT is_ancestor AND term IS NOT NULL GROUP BY trial_id, kind HAVING count(*) = 1)
    SELECT single.term, above.term, single.kind, count(DISTINCT trial_id) FROM single
    JOIN mesh_terms AS above USING (trial_id, kind) WHERE above.is_ancestor AND above.term IS NOT NULL
    GROUP BY 1, 2, 3"""


def make_search_tables(db: sqlite3.Connection, sites: Sites) -> None:
    """Makes the tables that the search page reads beside the index, anew. Commits nothing."""
    for name, table in SEARCH_TABLES.items():
        db.execute(f"DROP TABLE IF EXISTS {name}")
        db.execute(create_sql(name, table))
    db.execute(f"INSERT INTO trial_facets SELECT rowid, {', '.join(NARROW)} FROM trials")
    faceted = ", ".join(FACETED)
    db.execute(
        f"INSERT INTO trial_tallies SELECT NULL, {faceted}, max(removed_at), count(*) FROM trial_facets "
        f"GROUP BY {faceted}, removed_at IS NULL"
    )
    _columns(db, sites)
    db.executemany("INSERT INTO other_names VALUES (?, ?, ?, ?, ?, ?)", other_names(db))
    db.execute(f"INSERT INTO mesh_above {MESH_ABOVE}")
    for name, table in SEARCH_TABLES.items():
        for columns in table.indexes:
            db.execute(f"CREATE INDEX {name}_by_{'_'.join(columns)} ON {name} ({', '.join(columns)})")


def _columns(db: sqlite3.Connection, sites: Sites) -> None:
    """Every trial's values as numbers: those of a facet in the order in which they are met, 0 for none; of a date, its
    place among all, so that numbers sort as dates do."""
    rows = (db.execute("SELECT max(rowid) FROM trials").fetchone()[0] or 0) + 1
    codes: dict[str, dict[Any, int]] = {name: {None: 0} for name in FACETS}
    values = {name: numpy.zeros(rows, "<u4") for name in (*FACETS, "removed")}
    for row, values["removed"][row], *said in db.execute(
        f"SELECT rowid, removed_at IS NOT NULL, {', '.join(FACETS)} FROM trials"
    ):
        for name, value in zip(FACETS, said, strict=True):
            values[name][row] = codes[name].setdefault(value, len(codes[name]))
    values |= {name: _ranked(db, name, rows) for name in SORTED}
    countries, country = sites.by(lambda kind: kind.country)
    codes["country"] = {value: code for code, value in enumerate([None, *countries])}
    trial, code, *_ = pairs(sites.trial[country >= 0], country[country >= 0] + 1)
    values |= {"country": code, "country_from": numpy.searchsorted(trial, numpy.arange(rows + 1))}
    for name, array in values.items():
        small = array.astype(numpy.min_scalar_type(int(array.max(initial=0))).newbyteorder("<"))
        db.execute("INSERT INTO search_columns VALUES (?, ?, ?)", [name, small.dtype.str, small.tobytes()])
    for name, known in codes.items():
        counted = numpy.bincount(values[name], minlength=len(known))
        db.executemany(
            "INSERT INTO search_values VALUES (?, ?, ?, ?)",
            [(name, code, value, int(counted[code])) for value, code in known.items()],
        )


def _ranked(db: sqlite3.Connection, name: str, rows: int) -> numpy.typing.NDArray[Any]:
    """Every trial's place by a date, the earliest first, those without one before all."""
    places = numpy.zeros(rows, "<u4")
    for place, (row,) in enumerate(db.execute(f"SELECT rowid FROM trials ORDER BY {name}, id DESC"), start=1):
        places[row] = place
    return places
