"""The file that people see: a checked copy of trials.db that takes the old one's place in one step.

A kill at any moment leaves the old file or the new one, whole: the copy is built beside, and `os.replace` is one step.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, suppress
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pipelines.apart import make_apart, remove, writing
from pipelines.folder import DataFolder
from pipelines.full_text import INDEXES, drop, ensure_search, searched
from pipelines.gate import Limits, Refusal, faults_of, gate, missing_tables
from pipelines.places import PLACE_TABLES, make_places, search_places
from pipelines.schema import SEARCHED_BUT_NOT_WHEN_SLIM, TABLES
from pipelines.search_tables import SEARCH_TABLES, make_search_tables
from pipelines.sites import read_sites
from pipelines.summaries import SUMMARIES, read_counts, summarize
from scraper.register import now

__all__ = ["NotPublished", "Publication", "faults_of", "publish", "renew"]

SPARE = 1.4  # of the file's size: the copy, its summaries, and what making them sorts
CACHE = 128 << 20  # bytes in memory for each of three connections; summaries sort millions of rows
PIECE = 64 << 20  # bytes copied at once
FEW_SEGMENTS = (
    16  # pieces of a full-text index: one after a load, more with each night; FTS5 lets so many be (crisismerge)
)
PUBLICATIONS = "publications"  # the table that tells them; kept only where the schema has it
# Batch steps write these without a new line of the log. All columns tell whether one changed, where none is named: the
# parts of a score add up to it.
DERIVED = {"links": (), "portal_differences": (), "similar_trials": ("score", "same_programme")}


class NotPublished(Exception):
    """The copy did not pass the gate, or could not be made; the file published before stays."""

    def __init__(self, reason: str | Iterable[Refusal]) -> None:
        self.refusals = () if isinstance(reason, str) else tuple(reason)
        super().__init__(reason if isinstance(reason, str) else "; ".join(refusal.words for refusal in self.refusals))


class Publication(NamedTuple):
    """What came of publishing. `overruled`: the rules that a reason given by the operator set aside."""

    outcome: Literal["published", "unchanged"]
    path: Path
    overruled: tuple[Refusal, ...] = ()


def publish(folder: DataFolder, limits: Limits | None = None, force: str | None = None) -> Path:
    """The published file, renewed if anything has changed; see `renew`."""
    return renew(folder, limits, force).path


def renew(
    folder: DataFolder, limits: Limits | None = None, force: str | None = None, slim: bool = False
) -> Publication:
    """Copies trials.db, drops its bookkeeping, passes it through the gate, and replaces published/trials.db with it.

    The lock must be held. Nothing is touched when nothing has changed since. `force`, the operator's reason, sets
    aside the rules that compare with the file published before, never those about the file itself, and is recorded.
    A `slim` file goes without full-text search over criteria.
    Raises NotPublished with the refusals; OSError or sqlite3.Error when the disk is full.
    """
    if not folder.trials.exists():
        raise NotPublished(f"{folder.trials} does not exist: crawl or load something first")
    target = folder.published
    if _unchanged(folder, slim):
        return Publication("unchanged", target)
    if missing := missing_tables(folder.trials):
        raise NotPublished(missing)
    target.parent.mkdir(parents=True, exist_ok=True)
    _room_for(folder.trials, target.parent)
    fresh = target.with_name("trials.new.db")
    remove(fresh)  # a killed run's: with its journal SQLite would take it for this one
    try:
        _copy(folder.trials, fresh)
        ensure_search(fresh)  # which an older Trialdex left in another shape
        if slim:
            _make_slim(fresh)
        record = _recorded(fresh, target)
        _finish(fresh, slim)
        refusals = gate(fresh, target, limits, slim)
        if any(not (force and refusal.overrulable) for refusal in refusals):
            raise NotPublished(refusals)
        if refusals:
            record |= {"forced": force, "overruled": "; ".join(refusal.words for refusal in refusals)}
            _record_force(fresh, record)
        _synced(fresh)
        os.replace(fresh, target)
        _synced(target.parent)
    finally:
        remove(fresh)
    _remember(folder, record)
    return Publication("published", target, tuple(refusals))


def _room_for(source: Path, directory: Path) -> None:
    """Raises NotPublished where the copy would not fit."""
    size = sum(path.stat().st_size for path in (source, Path(f"{source}-wal")) if path.exists())
    free = shutil.disk_usage(directory).free
    if free < size * SPARE:
        raise NotPublished(f"{size >> 20:,} MB are to be copied and {free >> 20:,} MB are free in {directory}")


def _copy(source: Path, target: Path) -> None:
    """A copy without `_` tables, in one file. Not VACUUMed: that may renumber the rows that search points at."""
    _copy_pages(source, target)
    with _writing(target) as db:
        db.execute("PRAGMA journal_mode = DELETE")  # as copied it is WAL: every page would be written twice
        db.execute("PRAGMA journal_mode = OFF")
        for (name,) in db.execute(
            r"SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE '\_%' ESCAPE '\'"
        ).fetchall():
            db.execute(f'DROP TABLE "{name}"')


def _copy_pages(source: Path, target: Path) -> None:
    """The file itself if its log could be folded in; else SQLite's backup, which goes page by page.

    What is read in a transaction stays in the file until the transaction ends, whoever writes: it goes to the log.
    """
    with closing(sqlite3.connect(source, timeout=0.5)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.execute("BEGIN")
        db.execute("SELECT 1 FROM sqlite_master").fetchone()
        log = Path(f"{source}-wal")
        if log.exists() and not log.stat().st_size:
            _copy_file(source, target)
            return
        db.rollback()
        with _writing(target) as copy:
            db.backup(copy)


def _copy_file(source: Path, target: Path) -> None:
    """Where the system can, without keeping in its cache what is read: all that follows reads the copy, and both
    together may be more than the memory."""
    if not hasattr(os, "posix_fadvise"):
        shutil.copyfile(source, target)
        return
    with source.open("rb") as old, target.open("wb") as new:
        at = 0
        while sent := os.sendfile(new.fileno(), old.fileno(), at, PIECE):
            os.posix_fadvise(old.fileno(), at, sent, os.POSIX_FADV_DONTNEED)
            at += sent


def _make_slim(fresh: Path) -> None:
    """Takes the largest full-text table away. Its pages are used again by what is made next: the file does not keep
    them empty."""
    with _writing(fresh) as db:
        for index in set(INDEXES) - set(searched(slim=True)):
            drop(db, index)


def _finish(fresh: Path, slim: bool = False) -> None:
    """Search in few pieces, statistics, which also hold the number of rows of every table, and all that publishing
    makes of the file, in threads and files of their own: these read what is being counted, and nothing is written
    before the last of them is done."""
    makers = {fresh.with_name("summaries.new.db"): summarize, fresh.with_name("sites.new.db"): _make_of_sites}
    try:
        with ThreadPoolExecutor(len(makers)) as threads, _writing(fresh) as db:
            for index in searched(slim):
                if db.execute(f"SELECT count(DISTINCT segid) > {FEW_SEGMENTS} FROM {index.name}_idx").fetchone()[0]:
                    db.execute(f"INSERT INTO {index.name} ({index.name}) VALUES ('optimize')")
            db.commit()
            made = {part: threads.submit(make_apart, part, fresh, make, CACHE) for part, make in makers.items()}
            db.execute("BEGIN")
            db.execute("ANALYZE")
            for done in made.values():
                done.result()
            db.commit()
            for part in made:
                _take_over(db, part)
            search_places(db)
            read_counts(db)
    finally:
        for part in makers:
            remove(part)


def _make_of_sites(db: sqlite3.Connection) -> None:
    sites = read_sites(db)
    make_search_tables(db, sites)
    make_places(db, sites)


def _take_over(db: sqlite3.Connection, made: Path) -> None:
    """Every table and index of a file, with statistics, into this one, which has none of these names."""
    db.execute("ATTACH ? AS made", [str(made)])
    found = db.execute("SELECT type, name, sql FROM made.sqlite_master WHERE sql IS NOT NULL ORDER BY rowid").fetchall()
    for type, name, sql in found:
        db.execute(sql)
        if type == "table":
            db.execute(f"INSERT INTO main.{name} SELECT * FROM made.{name}")
    for name in (name for type, name, _ in found if type == "table"):
        db.execute(f"ANALYZE main.{name}")
    db.commit()
    db.execute("DETACH made")


def _reading(path: Path) -> closing[sqlite3.Connection]:
    return closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True))


def _writing(fresh: Path) -> AbstractContextManager[sqlite3.Connection]:
    return writing(fresh, CACHE)


def _synced(path: Path) -> None:
    """Waits until a file, or a directory's names, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# --- what was published when ----------------------------------------------------------------------------------------


def _recorded(fresh: Path, published: Path) -> dict[str, Any]:
    """This publication; as a row of the new file's `publications`, too, after those of the file published before.

    The rows are handed from file to file, because trials.db says nothing but what the archive says.
    """
    with _writing(fresh) as db:
        run_id, live = (
            db.execute(sql).fetchone()[0]
            for sql in ("SELECT max(id) FROM runs", "SELECT count(*) FROM trials WHERE removed_at IS NULL")
        )
        record = {"at": now(), "run_id": run_id, "live_trials": live, "forced": None, "overruled": None}
        if PUBLICATIONS in TABLES:
            columns, earlier = ", ".join(record), []
            with suppress(sqlite3.DatabaseError), _reading(published) as old:
                earlier = old.execute(f"SELECT {columns} FROM {PUBLICATIONS} ORDER BY id").fetchall()
            db.executemany(
                f"INSERT INTO {PUBLICATIONS} ({columns}) VALUES (?, ?, ?, ?, ?)", [*earlier, tuple(record.values())]
            )
    return record


def _record_force(fresh: Path, record: dict[str, Any]) -> None:
    if PUBLICATIONS in TABLES:
        with _writing(fresh) as db:
            db.execute(
                f"UPDATE {PUBLICATIONS} SET forced = :forced, overruled = :overruled "
                f"WHERE id = (SELECT max(id) FROM {PUBLICATIONS})",
                record,
            )


def _remember(folder: DataFolder, record: dict[str, Any]) -> None:
    """One line a publication in reports/, and in trials.db what `_unchanged` asks for: replay makes a file without it.

    If a kill comes before it, the next run publishes the same once more.
    """
    folder.reports.mkdir(parents=True, exist_ok=True)
    with (folder.reports / "publications.jsonl").open("a", encoding="utf-8") as log:
        log.write(json.dumps(record, ensure_ascii=False) + "\n")
    with closing(sqlite3.connect(folder.trials)) as db:
        db.execute("CREATE TABLE IF NOT EXISTS _published (file TEXT NOT NULL)")
        db.execute("DELETE FROM _published")
        db.execute("INSERT INTO _published VALUES (?)", [_identity(folder.published)])
        db.commit()


def _unchanged(folder: DataFolder, slim: bool) -> bool:
    """Whether the published file is the one that trials.db gave last, as slim as it is to be, and trials.db says
    nothing else since."""
    try:
        with _reading(folder.trials) as db:
            (last,) = db.execute("SELECT file FROM _published").fetchone() or (None,)
        return (
            last == _identity(folder.published)
            and _says_the_same(folder.trials, folder.published)
            and _has_what_is_made(folder.published, slim)
        )
    except (OSError, sqlite3.DatabaseError):
        return False


def _has_what_is_made(published: Path, slim: bool) -> bool:
    """Whether the file has every table that publishing makes, and search over criteria unless it is to be slim; one of
    an older Trialdex may lack some."""
    with _reading(published) as db:
        names = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
    is_slim = f"{SEARCHED_BUT_NOT_WHEN_SLIM}_fts" not in names
    return is_slim == slim and {*SUMMARIES, *SEARCH_TABLES, *PLACE_TABLES} <= names


def _identity(path: Path) -> str:
    """Which file a path names, and in which state."""
    found = path.stat()
    return f"{found.st_ino} {found.st_size} {found.st_mtime_ns}"


def _says_the_same(trials: Path, published: Path) -> bool:
    """Whether the runs since changed nothing and the derived tables have the same rows, by number, sums and lengths."""
    counts = "new, changed, removed, rejected, problems"
    with _reading(trials) as db:
        db.execute("ATTACH ? AS old", [f"file:{published}?mode=ro"])
        did = db.execute(
            f"SELECT 1 FROM (SELECT id, {counts} FROM main.runs EXCEPT SELECT id, {counts} FROM old.runs) "
            "WHERE new + changed + removed + rejected + problems > 0 LIMIT 1"
        ).fetchone()
        return not did and _digests(db, "main") == _digests(db, "old")


def _digests(db: sqlite3.Connection, file: str) -> list[tuple[Any, ...]]:
    """Numbers that change when the schema, the trials or the rows of a derived table do."""
    found = [db.execute(f"PRAGMA {file}.user_version").fetchone()]
    found.append(db.execute(f"SELECT count(*), count(removed_at) FROM {file}.trials").fetchone())
    for table, telling in DERIVED.items():
        columns = telling or [name for (name,) in db.execute("SELECT name FROM pragma_table_info(?, ?)", [table, file])]
        sums = [f"total(CASE typeof({name}) WHEN 'text' THEN length({name}) ELSE {name} END)" for name in columns]
        found.append(db.execute(f"SELECT count(*), {', '.join(sums)} FROM {file}.{table}").fetchone())
    return found
