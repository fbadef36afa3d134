"""The file that people see: a checked copy of trials.db that takes the old one's place in one step."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

from pipelines.folder import DataFolder
from pipelines.schema import SEARCHED, TABLES


class NotPublished(Exception):
    """The copy did not pass a check; the file published before stays."""


def publish(folder: DataFolder) -> Path:
    """Copies trials.db, drops its bookkeeping, checks the copy, and replaces published/trials.db with it.

    The lock must be held. Raises NotPublished with the reason; OSError or sqlite3.Error when the disk is full.
    """
    if not folder.trials.exists():
        raise NotPublished(f"{folder.trials} does not exist: crawl or load something first")
    target = folder.published
    target.parent.mkdir(parents=True, exist_ok=True)
    size, free = folder.trials.stat().st_size, shutil.disk_usage(target.parent).free
    if free < size * 1.1:
        raise NotPublished(f"{size >> 20} MB are to be copied and {free >> 20} MB are free")
    fresh = target.with_name("trials.new.db")
    fresh.unlink(missing_ok=True)
    try:
        _copy(folder.trials, fresh)
        if faults := faults_of(fresh):
            raise NotPublished("; ".join(faults))
        os.replace(fresh, target)
    finally:
        fresh.unlink(missing_ok=True)
    return target


def _copy(source: Path, target: Path) -> None:
    """A copy without `_` tables, in one file. Not VACUUMed: that may renumber the rows that search points at."""
    reading, writing = sqlite3.connect(f"file:{source}?mode=ro", uri=True), sqlite3.connect(target)
    try:
        reading.backup(writing)
        for (name,) in writing.execute(
            r"SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE '\_%' ESCAPE '\'"
        ).fetchall():
            writing.execute(f'DROP TABLE "{name}"')
        for name in SEARCHED:
            writing.execute(f"INSERT INTO {name}_fts ({name}_fts) VALUES ('optimize')")
        writing.execute("ANALYZE")
        writing.commit()
        writing.execute("PRAGMA journal_mode = DELETE")
    finally:
        writing.close()
        reading.close()


def faults_of(path: Path) -> list[str]:
    """What is wrong with a database that is to be published; nothing, if all is well."""
    db = sqlite3.connect(path)
    try:
        names = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
        if missing := [name for name in (*TABLES, *(f"{name}_fts" for name in SEARCHED)) if name not in names]:
            return [f"missing: {', '.join(missing)}"]
        faults = [row[0] for row in db.execute("PRAGMA integrity_check(3)") if row[0] != "ok"]
        faults += [
            f"{table} row {row} refers to a row of {other} that is not there"
            for table, row, other, _ in db.execute("PRAGMA foreign_key_check").fetchmany(3)
        ]
        for name in SEARCHED:
            try:
                db.execute(f"INSERT INTO {name}_fts ({name}_fts, rank) VALUES ('integrity-check', 1)")
            except sqlite3.DatabaseError as error:
                faults.append(f"full-text search over {name} does not match its table: {error}")
        if not db.execute("SELECT count(*) FROM trials WHERE removed_at IS NULL").fetchone()[0]:
            faults.append("no live trial")
        return faults
    except sqlite3.DatabaseError as error:
        return [str(error)]
    finally:
        db.close()
