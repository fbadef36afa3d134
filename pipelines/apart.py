"""Databases that are thrown away when their making is cut short: they keep no journal and wait for no disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

MAPPED = 1 << 40  # bytes: all of a file; what is read once or twice is not copied into a cache first


@contextmanager
def writing(path: Path, cache: int = 2 << 20) -> Iterator[sqlite3.Connection]:
    """A connection to such a file, committed at the end. `cache`: bytes of pages, and of what it sorts, in memory."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA synchronous = OFF")
        db.execute("PRAGMA journal_mode = OFF")
        db.execute(f"PRAGMA mmap_size = {MAPPED}")
        db.execute(f"PRAGMA cache_size = -{cache >> 10}")
        yield db
        db.commit()


def make_apart(
    part: Path, source: Path, make: Callable[[sqlite3.Connection], object], cache: int = 2 << 20
) -> None:
    """What `make` makes of `source`, in a file of its own: a name that this does not have is one of `source`. For a
    thread: SQLite lets go of Python's lock while it works, and each file has one writer."""
    remove(part)
    with writing(part, cache) as db:
        db.execute("ATTACH ? AS source", [str(source)])
        make(db)


def remove(path: Path) -> None:
    """Removes a database with all that SQLite may keep beside it."""
    for suffix in ("", "-journal", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
