"""What the search page reads: one full-text index over a trial's names, one narrow row a trial to count and sort by,
and the other names under which a thing is known. Made on the copy that is published; the summary texts and the
criteria have full-text tables of their own in `trials.db` already.

A search counts up to some hundred thousand trials by seven facets. Their rows in `trials` are 1.5 kB each and lie all
over the file; the narrow rows are 40 bytes, and trials that share every facet share a number.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlite_utils import Database

from pipelines.other_names import other_names
from pipelines.schema import TABLES, Column, Table, create_sql

# Between two elements of a list, so that no phrase reaches from one into the next: a letter for private use, which
# FTS5's tokenizer takes for a word.
BREAK = "' ' || char(57344) || ' '"


class SearchColumn(NamedTuple):
    """One column of the index: how its text is made, and how much a hit in it counts for (bm25's weight)."""

    sql: str
    weight: float


def _listed(expression: str, source: str) -> str:
    return f"(SELECT group_concat({expression}, {BREAK}) FROM {source} WHERE trial_id = trials.id)"


def _mesh(kind: str, is_ancestor: int) -> str:
    return _listed("term", "mesh_terms").replace(
        "trials.id)", f"trials.id AND kind = '{kind}' AND is_ancestor = {is_ancestor})"
    )


_places = " || ',' || ".join(
    f"ifnull(group_concat(DISTINCT {name}), '')" for name in ("facility", "city", "state", "country")
)
SEARCH_COLUMNS = {
    "number": SearchColumn(
        f"trials.id || ifnull({BREAK} || study_id, '') || ifnull({BREAK} || {_listed('value', 'identifiers')}, '')", 10
    ),
    "title": SearchColumn(f"ifnull(title, '') || ifnull({BREAK} || acronym, '')", 8),
    "official_title": SearchColumn("official_title", 3),
    "condition": SearchColumn(f"replace(conditions, '; ', {BREAK})", 8),
    "intervention": SearchColumn(f"replace(interventions, '; ', {BREAK})", 6),
    "other_name": SearchColumn(
        _listed(f"""trim(replace(other_names, '", "', {BREAK}), '[]"')""", "interventions"), 4
    ),
    "sponsor": SearchColumn(
        _listed("name", "trial_sponsors JOIN sponsors ON sponsors.id = trial_sponsors.sponsor_id"), 3
    ),
    "place": SearchColumn(
        f"(SELECT {_places} FROM locations WHERE trial_id = trials.id)", 1.5
    ),
    "keyword": SearchColumn(_listed("name", "keywords"), 3),
    "condition_mesh": SearchColumn(_mesh("condition", 0), 5),
    "intervention_mesh": SearchColumn(_mesh("intervention", 0), 4),
    "condition_broader": SearchColumn(_mesh("condition", 1), 0.5),
    "intervention_broader": SearchColumn(_mesh("intervention", 1), 0.5),
}  # fmt: skip
SEARCH_TEXTS = f"""
    SELECT trials.rowid AS trial_row, {", ".join(f"{column.sql} AS {name}" for name, column in SEARCH_COLUMNS.items())}
    FROM trials"""
FACETS = ("source", "status", "phase", "study_type", "sex", "has_results", "lead_sponsor_class")
SORTED = ("last_updated", "start_date", "last_changed")

SEARCH_TABLES: dict[str, Table] = {
    "search_combinations": Table(
        "Search: combinations",
        "Trials that share every value by which a search is counted share a row here.",
        {"id": Column(int, "Combination")}
        | {name: TABLES["trials"].columns[name] for name in FACETS}
        | {"removed": Column(int, "1 where the source no longer has the trials"), "trials": Column(int, "Trials")},
        ("id",),
        refers=(),
    ),
    "search_countries": Table(
        "Search: countries",
        "Trials with sites in the same countries share a row here.",
        {
            "id": Column(int, "Set of countries"),
            "countries": Column(str, "Their names in order, joined by '; '; empty for none"),
            "trials": Column(int, "Trials"),
        },
        ("id",),
        refers=(),
    ),
    "search_trials": Table(
        "Search: trials",
        "One narrow row a trial, by which searches are counted and sorted.",
        {
            "trial_row": Column(int, "Row number of the trial in this file"),
            "combination": Column(int, "Combination of values"),
            "country_set": Column(int, "Set of countries"),
            **{name: TABLES["trials"].columns[name] for name in SORTED},
        },
        ("trial_row",),
        refers=(("combination", "search_combinations", "id"), ("country_set", "search_countries", "id")),
        indexes=(("combination", "country_set"), *((name,) for name in SORTED)),
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


def index_for_search(db: sqlite3.Connection) -> None:
    """Makes everything the search page reads, anew. Commits nothing."""
    for name, table in SEARCH_TABLES.items():
        db.execute(f"DROP TABLE IF EXISTS {name}")
        db.execute(create_sql(Database(db), name, table))
    _narrow_rows(db)
    db.executemany("INSERT INTO other_names VALUES (?, ?, ?, ?, ?, ?)", other_names(db))
    db.execute(f"INSERT INTO mesh_above {MESH_ABOVE}")
    for name, table in SEARCH_TABLES.items():
        for columns in table.indexes:
            db.execute(f"CREATE INDEX {name}_by_{'_'.join(columns)} ON {name} ({', '.join(columns)})")
    db.execute("DROP TABLE IF EXISTS search_fts")
    db.execute("DROP VIEW IF EXISTS search_texts")
    db.execute(f"CREATE VIEW search_texts AS {SEARCH_TEXTS}")
    db.execute(
        f"CREATE VIRTUAL TABLE search_fts USING fts5 ({', '.join(SEARCH_COLUMNS)}, content='search_texts', "
        "content_rowid='trial_row', tokenize='porter unicode61 remove_diacritics 2')"
    )
    weights = ", ".join(str(float(column.weight)) for column in SEARCH_COLUMNS.values())
    db.execute("INSERT INTO search_fts (search_fts, rank) VALUES ('rank', ?)", [f"bm25({weights})"])
    db.execute("INSERT INTO search_fts (search_fts) VALUES ('rebuild')")
    db.execute("INSERT INTO search_fts (search_fts) VALUES ('optimize')")


def _narrow_rows(db: sqlite3.Connection) -> None:
    combinations: dict[tuple[Any, ...], list[int]] = {}  # values -> number, trials
    countries: dict[str, list[int]] = {}

    def numbered(seen: dict[Any, list[int]], what: Any) -> int:
        known = seen.setdefault(what, [len(seen) + 1, 0])
        known[1] += 1
        return known[0]

    def rows() -> Iterator[tuple[Any, ...]]:
        for row, *said in db.execute(
            f"""
            SELECT rowid, {", ".join(SORTED)}, (SELECT group_concat(country, '; ') FROM (
                SELECT DISTINCT country FROM locations
                WHERE trial_id = trials.id AND country IS NOT NULL ORDER BY country)),
                {", ".join(FACETS)}, removed_at IS NOT NULL
            FROM trials ORDER BY rowid"""
        ):
            dates, names, values = said[: len(SORTED)], said[len(SORTED)], said[len(SORTED) + 1 :]
            yield row, numbered(combinations, tuple(values)), numbered(countries, names or ""), *dates

    db.executemany(f"INSERT INTO search_trials VALUES (?, ?, ?{', ?' * len(SORTED)})", rows())
    marks = ", ".join("?" * (len(FACETS) + 3))
    db.executemany(
        f"INSERT INTO search_combinations VALUES ({marks})",
        [(number, *values, trials) for values, (number, trials) in combinations.items()],
    )
    db.executemany(
        "INSERT INTO search_countries VALUES (?, ?, ?)",
        [(number, names, trials) for names, (number, trials) in countries.items()],
    )
