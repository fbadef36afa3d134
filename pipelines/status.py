"""What is in a data folder, as tables for people. Only reads."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from pipelines.folder import DataFolder
from pipelines.night_report import working_days_between
from pipelines.sizes import NotCounted, sizes
from scraper.register import now

QUESTIONS = (
    ("Sources", """
        SELECT source, count(*) AS trials, sum(removed_at IS NULL) AS live, sum(status = 'Recruiting') AS recruiting,
               max(last_updated) AS newest_update, max(last_changed) AS last_changed
        FROM trials GROUP BY source ORDER BY source"""),
    ("Health of the sources, on the last day that each was asked", """
        SELECT source, health, day, last_finished, live, rejected, problems, requests FROM source_health"""),
    ("Last runs", """
        SELECT id AS run, command, source, started_at, outcome, seen, new, changed, rejected, problems, seconds
        FROM runs ORDER BY id DESC LIMIT 10"""),
    ("Problems, most frequent", """
        SELECT field, reason, count(*) AS times FROM problems GROUP BY field, reason ORDER BY times DESC LIMIT 10"""),
    ("Rejected records", "SELECT source, reason, count(*) AS times FROM rejects GROUP BY source, reason LIMIT 10"),
    ("Unknown fields", """
        SELECT source, path, sum(records) AS records, max(example) AS example
        FROM unknown_fields GROUP BY source, path ORDER BY records DESC LIMIT 10"""),
)  # fmt: skip

Told = tuple[str, list[str], list[tuple[Any, ...]]]


def files_of(folder: DataFolder) -> dict[str, Path]:
    """The databases of a folder, as they are called for people."""
    return {"archive.db": folder.archive, "trials.db": folder.trials, "published": folder.published}


def status(folder: DataFolder) -> list[Told]:
    """(title, columns, rows) of each table that has rows, the files first."""
    files: list[tuple[Any, ...]] = [
        (name, path.stat().st_size if path.exists() else None) for name, path in files_of(folder).items()
    ]
    told: list[Told] = [(f"Files in {folder.path}", ["file", "bytes"], files)]
    if folder.trials.exists():
        told += [one for title, sql in QUESTIONS if (one := _answer(folder.trials, title, sql))[2]]
    return [_with_age(one) if one[0] == "Sources" else one for one in told]


def sizes_told(folder: DataFolder) -> list[Told]:
    """(title, columns, rows): the bytes of every table of each file. Reads the files from one end to the other."""
    return [_sizes_of(name, path) for name, path in files_of(folder).items() if path.exists()]


def _sizes_of(name: str, path: Path) -> Told:
    try:
        found = sizes(path)
    except NotCounted as error:
        return f"Bytes in {name}", ["why they are not known"], [(str(error),)]
    whole = sum(size.bytes for size in found)
    rows: list[tuple[Any, ...]] = [(*size, f"{size.bytes / whole:.1%}") for size in found]
    return f"Bytes in {name}", ["table", "bytes", "of_them_indexes", "share"], [*rows, ("all", whole, None, None)]


def _with_age(sources: Told) -> Told:
    """How old the newest update is, in days on which a register publishes."""
    title, columns, rows = sources
    newest = columns.index("newest_update")
    return title, [*columns, "working_days_old"], [(*row, working_days_between(row[newest], now())) for row in rows]


def _answer(path: Path, title: str, sql: str) -> Told:
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        cursor = db.execute(sql)
        return title, [column[0] for column in cursor.description], cursor.fetchall()
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):  # a view that the next run makes: this command only reads
            return title, [], []
        raise
    finally:
        db.close()
