"""What comparing a portal's listings with the register costs: all of them, none of them changed, a hundred changed.

    python -m benchmarks.reconcile [--listings 2000 10000]

Every study of the seeded generator stands in the file twice: as the register's record, and as a listing that says
another status, lacks one criterion and has another in other words. Beyond DISTINCT listings the same studies come again
under other numbers, so that a file of 100,000 is made in a few minutes. Seconds are CPU seconds of this process.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from time import process_time

from sqlite_utils import Database

from pipelines.read import read
from pipelines.reconcile import reconcile
from pipelines.rows import rows_of
from pipelines.schema import ensure_indexes, open_trials
from pipelines.store import Stored, store
from replica.studies import study_json
from scraper.items import RawRecord, Trial

AT = "2026-11-20T04:00:00Z"
BATCH = 500
DISTINCT = 5_000  # studies; to write and read one costs three times what storing it and its listing does


@lru_cache(maxsize=DISTINCT)
def study(index: int) -> Trial:
    """A study as it is read from the generator's record."""
    raw = RawRecord(
        source="ctgov", source_id="", url="", fetched_at=AT, content_type="application/json", body=study_json(index)
    )
    trial, _ = read(raw)
    assert isinstance(trial, Trial)
    return trial


def both(index: int) -> Iterator[Trial]:
    """A study's record, and a listing of it."""
    number = f"NCT{index:08}"
    trial = replace(study(index % DISTINCT), id=number, source_id=number, study_id=number)
    yield trial
    criteria = list(trial.criteria)
    if len(criteria) > 2:
        criteria[1] = criteria[1]._replace(text=f"{criteria[1].text}, as the doctor sees it")
        del criteria[2]
    number = f"portal.example:{index}"
    yield replace(
        trial, id=number, source="portal", source_id=number, status="Suspended",
        criteria=tuple(criterion._replace(parent=None) for criterion in criteria), thresholds=(),
    )  # fmt: skip


def fill(db: Database, size: int) -> None:
    for start in range(0, size, BATCH):
        told = [trial for index in range(start, min(start + BATCH, size)) for trial in both(index)]
        with db.atomic():
            store(db, [Stored(trial.id, rows_of(trial, ()), 1, AT, AT, True) for trial in told])
            db.conn.executemany(
                "INSERT INTO changes (trial_id, run_id, seen_at, kind) VALUES (?, 1, ?, 'new')",
                [(trial.id, AT) for trial in told],
            )
    ensure_indexes(db)


def timed(db: Database) -> tuple[int, float]:
    """(pairs compared, CPU seconds)"""
    began = process_time()
    return reconcile(db), process_time() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--listings", type=int, nargs="+", default=[2_000, 10_000])
    sizes = parser.parse_args().listings
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"{'listings':>9} {'all':>7} {'ms each':>8} {'again':>7} {'100 new':>8} {'differences':>12} {'peak MB':>8}")
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            db = open_trials(Path(folder) / "trials.db")
            db.execute("INSERT INTO runs (id) VALUES (1)")
            fill(db, size)
            _, all_of_them = timed(db)
            _, again = timed(db)
            db.execute("INSERT INTO changes (trial_id, run_id, seen_at, kind) "
                       "SELECT id, 1, '', 'changed' FROM trials WHERE source = 'portal' LIMIT 100")  # fmt: skip
            _, some = timed(db)
            (found,) = db.execute("SELECT count(*) FROM portal_differences").fetchone()
            db.close()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
        print(f"{size:>9,} {all_of_them:>7.2f} {1000 * all_of_them / size:>8.2f} {again:>7.2f} {some:>8.2f} "
              f"{found:>12,} {peak:>8.0f}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
