"""How long every ready query and every query of the cookbook takes on a published file, through our SQL functions.

    python -m benchmarks.queries FILE [--limit 3000] [--only WORD]

Ready queries run with their parameters left blank, as their pages do when they are opened. One line each: milliseconds
of the first run, of a second one, and CPU of that, which a busy machine disturbs least; rows, and whether Datasette
would have cut it short.
"""

from __future__ import annotations

import argparse
import re
import sqlite3
import time
from pathlib import Path

from datasette_trials.maps import km_or_null
from pipelines.queries import READY
from pipelines.schema import QUERIES

COOKBOOK = Path(__file__).resolve().parent.parent / "docs" / "cookbook.md"
MOST_ROWS = 1001  # Datasette reads no more


def questions() -> dict[str, str]:
    """Title -> SQL."""
    text = COOKBOOK.read_text(encoding="utf-8")
    cookbook = re.findall(r"^### (.+?)$.*?```sql\n(.*?)```", text, re.DOTALL | re.MULTILINE)
    return {f"/{name}": query.sql for name, query in (READY | QUERIES).items()} | dict(cookbook)


def timed(db: sqlite3.Connection, sql: str, limit: float) -> tuple[float, int | None]:
    """Milliseconds and rows; None rows where the limit cut it short."""
    given = dict.fromkeys(re.findall(r"(?<![:\w]):([a-z]+)\b", sql), "")
    started = time.perf_counter()
    db.set_progress_handler(lambda: (time.perf_counter() - started) * 1000 > limit, 1000)
    try:
        rows: int | None = len(db.execute(sql, given).fetchmany(MOST_ROWS))
    except sqlite3.OperationalError as error:
        if "interrupted" not in str(error):
            raise
        rows = None
    return (time.perf_counter() - started) * 1000, rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file")
    parser.add_argument("--limit", type=float, default=3000, help="milliseconds, Datasette's sql_time_limit_ms")
    parser.add_argument("--only", default="", help="queries whose title has this")
    given = parser.parse_args()
    db = sqlite3.connect(f"file:{given.file}?mode=ro", uri=True)
    db.create_function("km", 4, km_or_null, deterministic=True)
    (trials,) = db.execute("SELECT count(*) FROM trials").fetchone()
    print(f"{trials:,} trials\n{'first ms':>9} {'again':>8} {'CPU ms':>7} {'rows':>6}  query")
    slow = empty = 0
    for title, sql in questions().items():
        if given.only not in title:
            continue
        first, rows = timed(db, sql, given.limit)
        before = time.process_time()
        again, _ = timed(db, sql, given.limit)
        used = (time.process_time() - before) * 1000
        slow, empty = slow + (rows is None), empty + (rows == 0)
        print(f"{first:>9.0f} {again:>8.0f} {used:>7.0f} {'cut' if rows is None else rows:>6}  {title}", flush=True)
    print(f"{slow} cut short at {given.limit:,.0f} ms, {empty} without rows")


if __name__ == "__main__":
    main()
