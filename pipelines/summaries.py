"""Counts that pages and charts read instead of counting: small tables, made on the copy that is published.

A batch step that writes its own tables only; they stand in the published file alone, because they say nothing that
the other tables do not. Counting recruiting trials by country takes seconds on 600,000 trials, reading 220 rows not.
"""

from __future__ import annotations

import sqlite3
from typing import Any, NamedTuple

from pipelines.schema import TABLES, Column, Table, create_sql


class Summary(NamedTuple):
    """A table, and the SELECT that gives its rows, in the order of its columns."""

    table: Table
    sql: str


TRIALS = Column(int, "Live trials")
RECRUITING = Column(int, "Those of them that recruit")


def numbered(title: str, description: str, columns: dict[str, Column], **more: Any) -> Table:
    """A table without a key of its own: the rows stand in the order in which people read them. `more` goes to it."""
    id = {"id": Column(int, "Place in this table, from 1")}
    return Table(title, description, id | columns, ("id",), refers=(), **more)


def _count(title: str, description: str, columns: dict[str, Column], sql: str, **more: Any) -> Summary:
    return Summary(numbered(title, description, columns, **more), f"SELECT NULL, * FROM ({sql})")


SUMMARIES: dict[str, Summary] = {
    "counts_by_status": _count(
        "Counts by status and phase",
        "How many live trials of each source have which status, phase and kind.",
        {name: TABLES["trials"].columns[name] for name in ("source", "status", "phase", "study_type")}
        | {"trials": TRIALS},
        """
        SELECT source, status, phase, study_type, count(*) AS trials
        FROM trials WHERE removed_at IS NULL GROUP BY 1, 2, 3, 4 ORDER BY trials DESC
        """,
    ),
    "starts_by_year_phase": _count(
        "Starts by year and phase",
        "How many live trials started, or mean to start, in a year.",
        {
            "year": Column(int, "Year of the start date"),
            "phase": TABLES["trials"].columns["phase"],
            "study_type": TABLES["trials"].columns["study_type"],
            "trials": TRIALS,
            "participants": Column(int, "Participants planned or counted; numbers above 10,000,000 are no counts"),
        },
        """
        SELECT CAST(substr(start_date, 1, 4) AS INTEGER) AS year, phase, study_type, count(*) AS trials,
               sum(CASE WHEN enrollment <= 10000000 THEN enrollment END) AS participants
        FROM trials WHERE removed_at IS NULL AND start_date GLOB '[12][0-9][0-9][0-9]*'
        GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        """,
        facets=("phase", "study_type"),
    ),
    "posting_times": _count(
        "Time to posting",
        "Days from a record's first submission to its posting, and from primary completion to posted results: "
        "a quarter of the trials of a year took at most days_25, half days_50, three quarters days_75.",
        {
            "what": Column(str, "record: from submission to posting; results: from primary completion to results"),
            "year": Column(int, "Year of posting; for results, of primary completion"),
            "trials": Column(int, "Live trials with both dates"),
            "days_25": Column(int, "Days, first quartile"),
            "days_50": Column(int, "Days, median"),
            "days_75": Column(int, "Days, third quartile"),
        },
        """
        WITH waits AS (
            SELECT 'record' AS what, substr(first_posted, 1, 4) AS year, days_to_first_post AS days
            FROM trials WHERE removed_at IS NULL AND days_to_first_post >= 0
            UNION ALL
            SELECT 'results', substr(primary_completion_date, 1, 4),
                   CAST(julianday(results_first_posted)
                        - julianday(substr(primary_completion_date || '-01', 1, 10)) AS INTEGER)
            FROM trials WHERE removed_at IS NULL AND results_first_posted >= primary_completion_date
              AND primary_completion_date GLOB '[12][0-9][0-9][0-9]-[01][0-9]*'
        ), ranked AS (
            SELECT what, year, days, row_number() OVER (PARTITION BY what, year ORDER BY days) AS place,
                   count(*) OVER (PARTITION BY what, year) AS trials
            FROM waits WHERE year IS NOT NULL AND days IS NOT NULL
        )
        SELECT what, CAST(year AS INTEGER) AS year, trials,
               min(CASE WHEN place * 4 >= trials THEN days END) AS days_25,
               min(CASE WHEN place * 2 >= trials THEN days END) AS days_50,
               min(CASE WHEN place * 4 >= trials * 3 THEN days END) AS days_75
        FROM ranked GROUP BY what, ranked.year ORDER BY 1, 2
        """,
        facets=("what",),
    ),
    "counts_by_sponsor": _count(
        "Counts by sponsor",
        "How many live trials each organisation leads or supports, how many recruit, and how many have results.",
        {
            "sponsor_id": Column(int, "Organisation"),
            "sponsor": Column(str, "Name of the organisation"),
            "class": Column(str, "Agency class"),
            "role": Column(str, "lead or collaborator"),
            "trials": TRIALS,
            "recruiting": RECRUITING,
            "with_results": Column(int, "Those of them that have results"),
        },
        """
        SELECT sponsors.id AS sponsor_id, sponsors.name AS sponsor, sponsors.class, role, count(*) AS trials,
               sum(trials.status IS 'Recruiting') AS recruiting, sum(trials.has_results IS 1) AS with_results
        FROM trial_sponsors
        JOIN trials ON trials.id = trial_sponsors.trial_id AND trials.removed_at IS NULL
        JOIN sponsors ON sponsors.id = trial_sponsors.sponsor_id
        GROUP BY sponsors.id, role ORDER BY trials DESC, sponsor
        """,
        facets=("class", "role"),
        indexes=(("sponsor_id",),),
    ),
    "counts_by_condition": _count(
        "Counts by condition",
        "How many live trials name each condition, and how many of them recruit.",
        {
            "condition_id": Column(int, "Condition"),
            "condition": Column(str, "Name of the condition, as written"),
            "trials": TRIALS,
            "recruiting": RECRUITING,
        },
        """
        SELECT conditions.id AS condition_id, conditions.name AS condition, count(*) AS trials,
               sum(trials.status IS 'Recruiting') AS recruiting
        FROM trial_conditions
        JOIN trials ON trials.id = trial_conditions.trial_id AND trials.removed_at IS NULL
        JOIN conditions ON conditions.id = trial_conditions.condition_id
        GROUP BY conditions.id ORDER BY trials DESC, condition
        """,
        indexes=(("condition_id",),),
    ),
    "counts_by_mesh": _count(
        "Counts by MeSH term",
        "How many live trials carry a Medical Subject Heading, alone and with the narrower ones below it.",
        {
            "kind": Column(str, "condition or intervention"),
            "term": Column(str, "Medical Subject Heading"),
            "trials": Column(int, "Live trials that the register gives this term, or a narrower one"),
            "assigned": Column(int, "Those of them that have the term itself"),
        },
        """
        SELECT kind, term, count(DISTINCT trial_id) AS trials,
               count(DISTINCT CASE WHEN NOT is_ancestor THEN trial_id END) AS assigned
        FROM mesh_terms JOIN trials ON trials.id = mesh_terms.trial_id AND trials.removed_at IS NULL
        WHERE term IS NOT NULL GROUP BY kind, term ORDER BY trials DESC, term
        """,
        facets=("kind",),
        indexes=(("term",),),
    ),
}


FACET_COUNTS = Table(
    "Facet counts",
    "How many rows of a table have which value, for every facet that its page shows; at most the commonest 1,001.",
    {
        "of_table": Column(str, "Table"),
        "of_column": Column(str, "Column"),
        "place": Column(int, "1 for the commonest value"),
        "value": Column(bytes, "The value, with the type that it has in its table"),
        "rows": Column(int, "Rows that have it"),
    },
    ("of_table", "of_column", "place"),
    refers=(),
    own_key=True,
    hidden=True,
)
# Views that count in trials.db, all rows each time, and read what was counted in the published file.
COUNTED = {"sponsor_counts": "counts_by_sponsor", "condition_counts": "counts_by_condition"}


def summarize(db: sqlite3.Connection) -> None:
    """Makes every summary anew, of the trials in this file or in one attached to it. Commits nothing; run twice it
    says the same."""
    for name, summary in SUMMARIES.items():
        db.execute(f"DROP TABLE IF EXISTS {name}")
        db.execute(create_sql(name, summary.table))
        db.execute(f"INSERT INTO {name} {summary.sql}")
        for columns in summary.table.indexes:
            db.execute(f"CREATE INDEX {name}_by_{'_'.join(columns)} ON {name} ({', '.join(columns)})")
    count_facets(db)


def read_counts(db: sqlite3.Connection) -> None:
    """Lets the views that count read the summaries, which stand in the same file. Commits nothing."""
    for view, name in COUNTED.items():
        shown = [column for _, column, *_ in db.execute(f"PRAGMA table_info({view})")]
        db.execute(f"DROP VIEW {view}")
        db.execute(f"CREATE VIEW {view} AS SELECT {', '.join(shown)} FROM {name} ORDER BY id")


def count_facets(db: sqlite3.Connection) -> None:
    """What the page of every table counts while nothing narrows it: there it would count every row of the table."""
    db.execute("DROP TABLE IF EXISTS facet_counts")
    db.execute(create_sql("facet_counts", FACET_COUNTS))
    tables = TABLES | {name: summary.table for name, summary in SUMMARIES.items()}
    for name, table in tables.items():
        for column in table.facets:
            db.execute(
                f"INSERT INTO facet_counts SELECT ?, ?, row_number() OVER (ORDER BY rows DESC, value), value, rows "
                f"FROM (SELECT {column} AS value, count(*) AS rows FROM {name} WHERE {column} IS NOT NULL "
                "GROUP BY 1 ORDER BY rows DESC, value LIMIT 1001)",
                [name, column],
            )
