"""The list of trials, searched or filtered: Datasette's questions, asked of less. Pure: SQL -> SQL that says the same.

The rows of `trials` are wide, and those that a word is in lie all over the file. The page, its count and its four
facets would each fetch them all. What they ask about stands in `trial_facets`, too, whose rows are narrow (see
pipelines/search_tables.py); benchmarks/pages.py times the page.
"""

from __future__ import annotations

import re

NARROW, TALLIES = "trial_facets", "trial_tallies"
FACETS = ("status", "phase", "study_type", "source")
COLUMN = rf'"?(?:{"|".join((*FACETS, "last_updated", "removed_at"))})"?'
PLAIN = rf"{COLUMN} (?:= :p\d+|is null|is not null)"
SEARCH = r"rowid in \(select rowid from \[?trials_fts\]? where \[?trials_fts\]? match (?P<words>[\w(]*:search\)?)\)"
WHERE = rf"where (?P<plain>(?:{PLAIN} and )*){SEARCH}"
FACET = (
    r"\s*select (?P<facet>\w+) as value, count\(\*\) as count from \(\s*select [\w\s,\[\]]+ from trials {}\s*\)\s*"
    r"where (?P=facet) is not null\s+group by (?P=facet) order by count desc, value limit (?P<limit>\d+)\s*"
)
SEARCHED_COUNT = re.compile(rf"\s*select count\(\*\) from trials {WHERE}\s*")
SEARCHED_FACET = re.compile(FACET.format(WHERE))
SEARCHED_PAGE = re.compile(
    rf"\s*select (?P<columns>[\w\s,\[\]]+) from trials {WHERE}\s+order by last_updated desc limit (?P<limit>\d+)\s*"
)
# Filters on what is counted; a date of removal is not, only whether there is one.
SAID = rf"(?:\"?(?:{'|'.join(FACETS)})\"? (?:= :p\d+|is null|is not null)|\"?removed_at\"? is (?:not )?null)"
FILTER = rf"where (?P<plain>{SAID}(?: and {SAID})*)"
FILTERED_COUNT = re.compile(rf"\s*select count\(\*\) from trials {FILTER}\s*")
FILTERED_FACET = re.compile(FACET.format(FILTER))


def searched(sql: str) -> str:
    """A question about the trials that a word is in, asked of the narrow table; any other as it is.

    Trials updated on one day come in the order of `trials`, in which Datasette's next page goes on; its own SQL leaves
    their order to SQLite.
    """
    if found := SEARCHED_COUNT.fullmatch(sql):
        # Without a filter the index alone tells: the gate lets no file pass whose index and trials differ.
        of = _of(found) if found["plain"] else f"trials_fts WHERE trials_fts MATCH {found['words']}"
        return f'SELECT count(*) AS "count(*)" FROM {of}'
    if found := SEARCHED_PAGE.fullmatch(sql):
        last = f"last_updated DESC LIMIT {found['limit']}"
        rows = f"SELECT trial_row FROM {_of(found)} ORDER BY {last}"
        # +: by these rows, not by the index on the date, which has all.
        return f"SELECT {found['columns']} FROM trials WHERE rowid IN ({rows}) ORDER BY +{last}"
    return sql


def tallied(sql: str) -> tuple[str, str] | None:
    """For a facet among the trials that a word is in, two questions in its place: one tally for all four facets, the
    same for each of them, and this facet of it, given as JSON in `:tally`. None for any other question."""
    found = SEARCHED_FACET.fullmatch(sql)
    if not found or found["facet"] not in FACETS:
        return None
    names = ", ".join(FACETS)
    value = f"json_extract(value, '$[{FACETS.index(found['facet'])}]')"
    facet = (
        f"SELECT {value} AS value, sum(json_extract(value, '$[{len(FACETS)}]')) AS count FROM json_each(:tally) "
        f"WHERE {value} IS NOT NULL GROUP BY 1 ORDER BY count DESC, 1 LIMIT {found['limit']}"
    )
    return f"SELECT {names}, count(*) FROM {_of(found)} GROUP BY {names}", facet


def _of(found: re.Match[str]) -> str:
    """The narrow rows of the trials that are asked for. CROSS JOIN keeps the order: from the words to the rows."""
    return (
        f"trials_fts CROSS JOIN {NARROW} ON trial_row = trials_fts.rowid "
        f"WHERE {found['plain']}trials_fts MATCH {found['words']}"
    )


def filtered(sql: str) -> str:
    """A count or a facet among the trials of some status, phase, kind or source, summed from the few hundred rows of
    `trial_tallies`; any other question as it is."""
    if found := FILTERED_COUNT.fullmatch(sql):
        return f'SELECT ifnull(sum(trials), 0) AS "count(*)" FROM {TALLIES} WHERE {found["plain"]}'
    if (found := FILTERED_FACET.fullmatch(sql)) and (name := found["facet"]) in FACETS:
        return (
            f"SELECT {name} AS value, sum(trials) AS count FROM {TALLIES} WHERE {found['plain']} "
            f"AND {name} IS NOT NULL GROUP BY 1 ORDER BY count DESC, value LIMIT {found['limit']}"
        )
    return sql
