"""A query and what was chosen beside it -> SQL with parameters, and counts -> facets. Pure.

Two questions answer a page: *counts* (how many trials share each combination of values and each set of countries, which
gives the total and every facet) and *rows* (one page of row numbers, in order). Both read the index and narrow rows
only; the texts of the few trials shown are fetched last.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from datasette_trials.search import Query, Term, expression, texts_expression, unwanted

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
ORDERS = {  # what ?sort= may say -> title, SQL
    "rank": ("Best match", "search_fts.rank, search_trials.last_updated DESC"),
    "updated": ("Last updated", "search_trials.last_updated DESC"),
    "start": ("Start date", "search_trials.start_date DESC"),
    "changed": ("Last changed here", "search_trials.last_changed DESC"),
}
NOT_SAID = "not said"  # the argument for trials without a value
PAGE_SIZE = 25
LAST_PAGE = 400  # beyond 10,000 trials people want the export


class Search(NamedTuple):
    """A whole search: the query, what was chosen of each facet, and how to answer."""

    query: Query
    chosen: Mapping[str, tuple[str, ...]] = {}
    exact: bool = False
    removed: bool = False
    sort: str = "rank"
    page: int = 1

    @property
    def order(self) -> str:
        """The order that can be had: without words there is nothing to rank by."""
        return "updated" if self.sort == "rank" and not self.query.clauses else self.sort


class Choice(NamedTuple):
    value: str
    label: str
    trials: int
    is_chosen: bool


class Sql(NamedTuple):
    sql: str
    values: dict[str, Any]


def counts(search: Search) -> Sql:
    """(combination, country_set, trials) of everything the query finds, whatever was chosen."""
    tables, conditions, values = _found(search)
    return Sql(f"SELECT combination, country_set, count(*) FROM {tables} WHERE {conditions} GROUP BY 1, 2", values)


def row_numbers(search: Search, limit: int | None = PAGE_SIZE) -> Sql:
    """The row numbers of one page of trials, or, without a limit, of all."""
    tables, conditions, values = _found(search)
    for column in FACETS:
        if column in search.chosen:
            conditions += f" AND {_chosen(column)}"
            values[column] = json.dumps(search.chosen[column])
    if not search.removed:
        conditions += " AND combination IN (SELECT id FROM search_combinations WHERE NOT removed)"
    sql = f"SELECT trial_row FROM {tables} WHERE {conditions} ORDER BY {ORDERS[search.order][1]}"
    if limit is None:
        return Sql(sql, values)
    return Sql(f"{sql} LIMIT :limit OFFSET :offset", values | {"limit": limit, "offset": (search.page - 1) * limit})


def _found(search: Search) -> tuple[str, str, dict[str, Any]]:
    """(tables, conditions, values) of a query."""
    values: dict[str, Any] = {}
    tables, conditions = "search_trials", ["1"]
    if match := expression(search.query, search.exact):
        tables = "search_fts CROSS JOIN search_trials ON search_trials.trial_row = search_fts.rowid"
        conditions, values["match"] = ["search_fts MATCH :match"], match
    if without := unwanted(search.query, search.exact):
        conditions.append("trial_row NOT IN (SELECT rowid FROM search_fts WHERE search_fts MATCH :without)")
        values["without"] = without
    for number, term in enumerate(search.query.texts):
        not_ = "NOT " if term.negated else ""
        conditions.append(f"trial_row {not_}IN ({_in_texts(term, number)})")
        values[f"text{number}"] = texts_expression(term)
    return tables, " AND ".join(conditions), values


def _in_texts(term: Term, number: int) -> str:
    """The row numbers of trials whose summary or criteria have a term."""
    if term.field == "summary":
        return (
            "SELECT trials.rowid FROM trial_texts_fts JOIN trial_texts ON trial_texts.rowid = trial_texts_fts.rowid "
            f"JOIN trials ON trials.id = trial_texts.trial_id WHERE trial_texts_fts MATCH :text{number}"
        )
    kind = "" if term.field == "criteria" else f" AND criteria.kind = '{term.field}'"
    return (
        "SELECT trials.rowid FROM criteria_fts JOIN criteria ON criteria.id = criteria_fts.rowid "
        f"JOIN trials ON trials.id = criteria.trial_id WHERE criteria_fts MATCH :text{number}{kind}"
    )


def _chosen(column: str) -> str:
    if column == "country":
        return (
            "country_set IN (SELECT search_countries.id FROM search_countries, json_each(:country) "
            "WHERE instr('; ' || countries || '; ', '; ' || value || '; ') "
            f"OR (value = '{NOT_SAID}' AND countries = ''))"
        )
    return (
        f"combination IN (SELECT search_combinations.id FROM search_combinations, json_each(:{column}) "
        f"WHERE {column} = value OR (value = '{NOT_SAID}' AND {column} IS NULL))"
    )


# --- facets ---------------------------------------------------------------------------------------------------------


class Counted(NamedTuple):
    total: int
    facets: dict[str, list[Choice]]
    removed: int  # trials that the source no longer has


def combinations(counted: Iterable[tuple[int, int, int]]) -> tuple[Sql, Sql]:
    """What the combinations and the sets of countries in some counts stand for."""
    counted = list(counted)
    columns = ", ".join(column for column in FACETS if column != "country")
    return (
        Sql(f"SELECT id, removed, {columns} FROM search_combinations WHERE id IN (SELECT value FROM json_each(:ids))",
            {"ids": json.dumps(list({combination for combination, _, _ in counted}))}),
        Sql("SELECT id, countries FROM search_countries WHERE id IN (SELECT value FROM json_each(:ids))",
            {"ids": json.dumps(list({country_set for _, country_set, _ in counted}))}),
    )  # fmt: skip


def facets(
    search: Search,
    counted: Iterable[tuple[int, int, int]],
    combined: Iterable[tuple[Any, ...]],
    country_sets: Iterable[tuple[int, str]],
) -> Counted:
    """The total, and for each facet its values with how many trials choosing it would give: a facet is counted among
    what the other facets let through, so that a second value of one can be added."""
    columns = [column for column in FACETS if column != "country"]
    values = {id: dict(zip(columns, map(_argument, said), strict=True)) for id, _, *said in combined}
    gone = {id for id, removed, *_ in combined if removed}
    countries = {id: names.split("; ") if names else [NOT_SAID] for id, names in country_sets}
    chosen = {column: set(wanted) for column, wanted in search.chosen.items() if column in FACETS}
    in_countries = {id for id, names in countries.items() if "country" not in chosen or chosen["country"] & set(names)}
    fails = {id: [c for c, wanted in chosen.items() if c != "country" and said[c] not in wanted]
             for id, said in values.items()}  # fmt: skip
    by_combination, by_set, removed, total = Counter[int](), Counter[int](), 0, 0
    for combination, country_set, trials in counted:
        if combination in gone and not search.removed:
            removed += trials if country_set in in_countries and not fails[combination] else 0
            continue
        if not fails[combination]:
            by_set[country_set] += trials
        if country_set in in_countries:
            by_combination[combination] += trials
            total += trials if not fails[combination] else 0
    tallies: dict[str, Counter[str]] = {column: Counter() for column in FACETS}
    for combination, trials in by_combination.items():
        for column in columns:
            if not fails[combination] or fails[combination] == [column]:
                tallies[column][values[combination][column]] += trials
    for country_set, trials in by_set.items():
        for name in countries[country_set]:
            tallies["country"][name] += trials
    return Counted(total, {c: _choices(c, tally, chosen.get(c, set())) for c, tally in tallies.items()}, removed)


def _argument(value: Any) -> str:
    return NOT_SAID if value is None else str(value)


def label(column: str, value: str) -> str:
    """How a facet's value reads."""
    if value == NOT_SAID:
        return "No sites named" if column == "country" else "Not said"
    return {"0": "Without results", "1": "With results"}.get(value, value) if column == "has_results" else value


def _choices(column: str, tally: Mapping[str, int], chosen: set[str]) -> list[Choice]:
    """A facet's values, what was chosen first of all, then the commonest."""
    names = {**dict.fromkeys(chosen, 0), **tally}
    ordered = sorted(names, key=lambda value: (value not in chosen, -names[value], value))
    return [Choice(value, label(column, value), names[value], value in chosen) for value in ordered]
