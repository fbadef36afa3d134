"""How many bytes of a database file each table takes, with its indexes beside. Only reads."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

# SQLite adds its pages up by what they belong to. It looks at every one of them, so that a
# file which was not read before takes as long as its disk.
PAGES = """
    SELECT dbstat.name, pgsize, ifnull(type = 'index', 0), ifnull(tbl_name, dbstat.name)
    FROM dbstat LEFT JOIN sqlite_master USING (name) WHERE aggregate = TRUE"""
FULL_TEXT = "SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%'"
UNUSED = "pages not in use"


class Size(NamedTuple):
    """Bytes of a table with its indexes, and of the indexes alone."""

    table: str
    bytes: int
    indexes: int


class NotCounted(Exception):
    """This SQLite was built without dbstat, the table that counts pages."""


def sizes(path: Path) -> list[Size]:
    """Every table of a file, the largest first; a full-text table with what SQLite keeps for it. Together they are
    the file, but for the one page at 1 GiB that SQLite never uses. Raises NotCounted, or sqlite3.Error for what is no
    database."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        db.execute("BEGIN")  # one state of the file, whoever writes
        try:
            pages = db.execute(PAGES).fetchall()
        except sqlite3.OperationalError as error:
            if "no such table" not in str(error):
                raise
            raise NotCounted("this SQLite counts no pages: it was built without dbstat") from None
        full_text = [name for (name,) in db.execute(FULL_TEXT)]
        unused, page_size = (db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("freelist_count", "page_size"))
    total: Counter[str] = Counter({UNUSED: unused * page_size})
    indexes: Counter[str] = Counter()
    for _, size, is_index, table in pages:
        owner = max((name for name in full_text if table.startswith(f"{name}_")), key=len, default=table)
        total[owner] += size
        indexes[owner] += size * is_index
    return [Size(table, size, indexes[table]) for table, size in total.most_common() if size]
