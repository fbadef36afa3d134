"""The archive: a log of everything fetched, written before any of our code can fail on it.

A page, its sightings and the position after it are one transaction. Nothing is ever changed or removed here, but for
the positions of a finished crawl, the end of a run, what an address answered last and, where the operator wants it,
bodies of wordings long replaced (`retention.py`: an empty body). `archive.db` is private: its bodies hold contacts'
names.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import zstandard
from sqlite_utils import Database

from pipelines.read import steady
from pipelines.schema import open_database
from scraper.items import Page, RawRecord, Same, Visit

SCHEMA_VERSION = 2  # 2: bodies may be gone, and what they changed is told by `forgotten_changes`
TABLES = """
CREATE TABLE runs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  command TEXT NOT NULL, source TEXT NOT NULL, query TEXT,
  started_at TEXT NOT NULL, ended_at TEXT, outcome TEXT, facts TEXT
);
CREATE TABLE records (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL, source_id TEXT NOT NULL, hash TEXT NOT NULL,
  url TEXT NOT NULL, content_type TEXT NOT NULL, etag TEXT, last_modified TEXT, body BLOB NOT NULL
);
CREATE UNIQUE INDEX records_by_content ON records (source, source_id, hash);
CREATE TABLE sightings (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  source TEXT NOT NULL, source_id TEXT NOT NULL, at TEXT NOT NULL, run_id INTEGER NOT NULL REFERENCES runs (id),
  what TEXT NOT NULL CHECK (what IN ('body', 'same', 'gone', 'moved')),
  record_id INTEGER REFERENCES records (id), moved_to TEXT
);
CREATE INDEX sightings_by_record ON sightings (source, source_id, id);
CREATE TABLE positions (
  source TEXT NOT NULL, crawl TEXT NOT NULL, place TEXT NOT NULL, at TEXT NOT NULL, run_id INTEGER NOT NULL,
  PRIMARY KEY (source, crawl, place)
);
"""
FORGOTTEN = """
CREATE TABLE forgotten (
  source TEXT NOT NULL, source_id TEXT NOT NULL, upto INTEGER NOT NULL REFERENCES sightings (id),
  first_seen TEXT NOT NULL, PRIMARY KEY (source, source_id)
);
CREATE TABLE forgotten_changes (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL, source_id TEXT NOT NULL, run_id INTEGER NOT NULL, at TEXT NOT NULL,
  kind TEXT NOT NULL, field TEXT, old TEXT, new TEXT
);
CREATE INDEX forgotten_changes_by_record ON forgotten_changes (source, source_id, run_id, at);
"""
# Tables that came later; an archive that lacks them gets them when it is opened.
ADDED = (
    """
CREATE TABLE IF NOT EXISTS addresses (
  source TEXT NOT NULL, url TEXT NOT NULL, crawl TEXT NOT NULL, at TEXT NOT NULL,
  etag TEXT, last_modified TEXT, lastmod TEXT,
  source_id TEXT, record_id INTEGER REFERENCES records (id), content_type TEXT NOT NULL, body BLOB,
  PRIMARY KEY (source, url)
)""",
    "CREATE INDEX IF NOT EXISTS addresses_by_crawl ON addresses (source, crawl)",
    """
CREATE TABLE IF NOT EXISTS unread (
  id INTEGER PRIMARY KEY, source TEXT NOT NULL, source_id TEXT NOT NULL, url TEXT NOT NULL, at TEXT NOT NULL,
  run_id INTEGER NOT NULL REFERENCES runs (id), reason TEXT NOT NULL
)""",
    "CREATE INDEX IF NOT EXISTS unread_by_run ON unread (run_id)",
)
# The record that was last seen under an id, if it was not gone then.
PRESENT = """
(SELECT CASE WHEN what IN ('body', 'same') THEN record_id END FROM sightings
 WHERE source = :source AND source_id = :source_id ORDER BY id DESC LIMIT 1)
"""
# The last sighting of each asked id: what it was, and the content then.
LAST_SEEN = """
SELECT asked.value, last.what, records.hash
FROM json_each(:ids) AS asked
JOIN sightings AS last ON last.id = (
  SELECT max(id) FROM sightings WHERE source = :source AND source_id = asked.value
)
LEFT JOIN records ON records.id = last.record_id
"""

compressor = zstandard.ZstdCompressor(level=3)
decompressor = zstandard.ZstdDecompressor()


def open_archive(path: Path) -> Database:
    """The archive at `path`, made where there is none. Raises NewerFile when a newer Trialdex wrote it."""
    db = open_database(path, SCHEMA_VERSION, _create)
    if db.execute("PRAGMA user_version").fetchone()[0] == 1:
        with db.atomic():
            _execute(db, FORGOTTEN)
            db.execute("PRAGMA user_version = 2")
    with db.atomic():
        for sql in ADDED:
            db.execute(sql)
    db.execute("PRAGMA synchronous = FULL")  # trials.db must never be ahead of the log it follows, power loss included
    return db


def _create(db: Database) -> None:
    _execute(db, TABLES + FORGOTTEN)


def _execute(db: Database, statements: str) -> None:
    for sql in statements.split(";\n"):
        db.execute(sql)


def start_run(db: Database, command: str, source: str, query: str | None, at: str) -> int:
    """A new run; runs that never ended (the lock is held, so they were killed) are marked interrupted."""
    with db.atomic():
        db.execute("UPDATE runs SET outcome = 'interrupted' WHERE ended_at IS NULL AND outcome IS NULL")
        cursor = db.execute(
            "INSERT INTO runs (command, source, query, started_at) VALUES (?, ?, ?, ?)", [command, source, query, at]
        )
    return int(cursor.lastrowid or 0)


def end_run(db: Database, run_id: int, outcome: str, facts: dict[str, Any], at: str, *, to_the_end: bool) -> None:
    """Ends a run; the positions of its crawls go when it came to its end, so that the next begins anew."""
    with db.atomic():
        db.execute(
            "UPDATE runs SET ended_at = ?, outcome = ?, facts = ? WHERE id = ?",
            [at, outcome, json.dumps(facts), run_id],
        )
        if to_the_end:
            db.execute(
                "DELETE FROM positions WHERE (source, crawl) IN (SELECT source, crawl FROM positions WHERE run_id = ?)",
                [run_id],
            )


def places(db: Database, source: str, crawl: str) -> tuple[str, ...]:
    """What is done of an unfinished crawl, in the order it was done."""
    rows = db.execute("SELECT place FROM positions WHERE source = ? AND crawl = ? ORDER BY rowid", [source, crawl])
    return tuple(place for (place,) in rows)


def keep(db: Database, page: Page, run_id: int, at: str) -> None:
    """Commits a page: bodies not held yet, a sighting for each record and absence, and the position after it."""
    with db.atomic():
        for source in dict.fromkeys(record.source for record in page.records):
            _keep_records(db, source, [record for record in page.records if record.source == source], run_id)
        db.conn.executemany(
            "INSERT INTO sightings (source, source_id, at, run_id, what, moved_to) VALUES (?, ?, ?, ?, ?, ?)",
            [
                (gone.source, gone.source_id, gone.at, run_id, "moved" if gone.moved_to else "gone", gone.moved_to)
                for gone in page.absences
            ],
        )
        for same in page.same:
            _keep_same(db, same, run_id)
        for visited in page.visits:
            _keep_visit(db, visited)
        db.conn.executemany(
            "INSERT INTO unread (source, source_id, url, at, reason, run_id) VALUES (?, ?, ?, ?, ?, ?)",
            [(*unread, run_id) for unread in page.unread],
        )
        if page.position:
            source = page.position.source
            db.execute(
                "INSERT OR IGNORE INTO positions (source, crawl, place, at, run_id) VALUES (?, ?, ?, ?, ?)",
                [source, page.position.crawl, page.position.place, at, run_id],
            )


def _keep_records(db: Database, source: str, records: list[RawRecord], run_id: int) -> None:
    ids = json.dumps([record.source_id for record in records])
    last = {id: (what, hash) for id, what, hash in db.execute(LAST_SEEN, {"ids": ids, "source": source})}
    bodies, sightings = [], []
    for record in records:
        content = hashlib.blake2b(steady(source, record.body), digest_size=16).hexdigest()
        what, known = last.get(record.source_id, (None, None))
        same = known == content and what in ("body", "same")
        if not same:
            bodies.append(
                (source, record.source_id, content, record.url, record.content_type, record.etag, record.last_modified,
                 compressor.compress(record.body))
            )  # fmt: skip
        last[record.source_id] = ("body", content)
        sightings.append(
            (source, record.source_id, record.fetched_at, run_id, "same" if same else "body",
             source, record.source_id, content)
        )  # fmt: skip
    db.conn.executemany(
        "INSERT INTO records (source, source_id, hash, url, content_type, etag, last_modified, body) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (source, source_id, hash) "
        "DO UPDATE SET body = excluded.body WHERE length(body) = 0",  # an old wording that is back, let go meanwhile
        bodies,
    )
    db.conn.executemany(
        "INSERT INTO sightings (source, source_id, at, run_id, what, record_id) VALUES (?, ?, ?, ?, ?, "
        "(SELECT id FROM records WHERE source = ? AND source_id = ? AND hash = ?))",
        sightings,
    )


def _keep_same(db: Database, same: Same, run_id: int) -> None:
    """A source's word that a record is what it was; nothing where none is held."""
    db.execute(
        "INSERT INTO sightings (source, source_id, at, run_id, what, record_id) "
        f"SELECT :source, :source_id, :at, :run_id, 'same', held FROM (SELECT {PRESENT} AS held) "
        "WHERE held IS NOT NULL",
        {**same._asdict(), "run_id": run_id},
    )


def _keep_visit(db: Database, visit: Visit) -> None:
    body = compressor.compress(visit.body) if visit.body is not None else None
    db.execute(
        "INSERT OR REPLACE INTO addresses (source, url, crawl, at, etag, last_modified, lastmod, source_id, "
        "content_type, body, record_id) VALUES (:source, :url, :crawl, :at, :etag, :last_modified, :lastmod, "
        f":source_id, :content_type, :body, {PRESENT})",
        {**visit._asdict(), "body": body},
    )


def visit(db: Database, source: str, url: str) -> Visit | None:
    """What an address answered last; None where that is not what is held now: a record that is gone since, or was
    fetched from another address or a file."""
    row = db.execute(
        "SELECT url, crawl, at, etag, last_modified, lastmod, source_id, content_type, body, record_id "
        "FROM addresses WHERE source = ? AND url = ?",
        [source, url],
    ).fetchone()
    if row is None:
        return None
    url, crawl, at, etag, last_modified, lastmod, source_id, content_type, body, record_id = row
    if source_id is not None:
        (present,) = db.execute(f"SELECT {PRESENT}", {"source": source, "source_id": source_id}).fetchone()
        if present is None or present != record_id:
            return None
    body = decompressor.decompress(body) if body is not None else None
    return Visit(source, url, crawl, at, etag, last_modified, lastmod, source_id, content_type, body)


def led_to(db: Database, source: str, crawl: str) -> tuple[str, ...]:
    """The addresses of records that crawls of one name have brought and that were still there when last seen."""
    rows = db.execute(
        "SELECT url FROM addresses WHERE source = ? AND crawl = ? AND source_id IS NOT NULL ORDER BY url",
        [source, crawl],
    )
    return tuple(url for (url,) in rows.fetchall() if visit(db, source, url))


def unread_of(db: Database, run_id: int) -> list[tuple[str, str, str, str, str]]:
    """(source, source_id, url, at, reason) of the addresses that gave a run nothing to keep."""
    return db.execute(
        "SELECT source, source_id, url, at, reason FROM unread WHERE run_id = ? ORDER BY id", [run_id]
    ).fetchall()


class Sighting(NamedTuple):
    """One line of the log."""

    id: int
    source: str
    source_id: str
    at: str
    run_id: int
    what: str
    moved_to: str | None


BODY = """
SELECT s.id, s.source, s.source_id, s.at, r.url, r.content_type, r.body
FROM sightings AS s JOIN records AS r ON r.id = s.record_id AND s.what = 'body'
"""


def sightings_after(db: Database, last: int, limit: int) -> list[Sighting]:
    """The next lines of the log, in order."""
    rows = db.execute(
        "SELECT id, source, source_id, at, run_id, what, moved_to FROM sightings WHERE id > ? ORDER BY id LIMIT ?",
        [last, limit],
    )
    return [Sighting(*row) for row in rows]


def bodies(db: sqlite3.Connection, after: int, upto: int) -> Iterator[tuple[int, RawRecord]]:
    """(line, record) for the lines of the log that brought a body, in order, where it is still kept."""
    kept = "length(r.body) > 0"
    for row in db.execute(f"{BODY} WHERE s.id > ? AND s.id <= ? AND {kept} ORDER BY s.id", [after, upto]):
        yield row[0], _record(row)


def body_before(db: sqlite3.Connection, line: int, raw: RawRecord) -> RawRecord | None:
    """The body that was last seen of a record before a line of the log; None where there is none, or it was let go."""
    row = db.execute(
        f"{BODY} WHERE s.source = ? AND s.source_id = ? AND s.id < ? ORDER BY s.id DESC LIMIT 1",
        [raw.source, raw.source_id, line],
    ).fetchone()
    return _record(row) if row and row[-1] else None


def version_of(db: sqlite3.Connection, record_id: int) -> RawRecord | None:
    """A version, as fetched when it was first seen; None where its body was let go."""
    row = db.execute(
        "SELECT 0, r.source, r.source_id, (SELECT min(at) FROM sightings AS s WHERE s.source = r.source "
        "AND s.source_id = r.source_id AND s.record_id = r.id), r.url, r.content_type, r.body "
        "FROM records AS r WHERE r.id = ? AND length(r.body) > 0",
        [record_id],
    ).fetchone()
    return _record(row) if row else None


def url_of(db: Database, sighting: Sighting) -> str:
    """The address that a line's body came from."""
    row = db.execute("SELECT url FROM records WHERE id = (SELECT record_id FROM sightings WHERE id = ?)", [sighting.id])
    return str(row.fetchone()[0])


def _record(row: tuple[Any, ...]) -> RawRecord:
    _, source, source_id, at, url, content_type, body = row
    return RawRecord(
        source=source,
        source_id=source_id,
        url=url,
        fetched_at=at,
        content_type=content_type,
        body=decompressor.decompress(body),
    )
