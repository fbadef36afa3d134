"""How long *Near me* takes on a published file, and a plain index on the latitude against an R*Tree.

    python -m benchmarks.near FILE [--runs 5]

First the whole answer (place, trials, the fifty shown) for some questions: the first time, the median after it, and its
CPU. Then finding the places within 50 km among 60,000 made-up ones, as many as a whole register names, in both ways.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import statistics
import time
from collections.abc import Callable
from functools import partial

from datasette_trials.maps import km
from datasette_trials.near import A_DEGREE, places_within
from datasette_trials.near_asked import asked
from datasette_trials.near_page import answer

PLACES = 60_000


def milliseconds(work: Callable[[], object], runs: int) -> tuple[float, float, float]:
    """The first time and the median of the others by the clock, and the median of this process's CPU."""
    taken, worked = [], []
    for _ in range(runs + 1):
        started, cpu = time.perf_counter(), time.process_time()
        work()
        taken.append((time.perf_counter() - started) * 1000)
        worked.append((time.process_time() - cpu) * 1000)
    return taken[0], statistics.median(taken[1:]), statistics.median(worked[1:])


def questions(db: sqlite3.Connection) -> list[dict[str, str]]:
    """Around the place with most trials of the file, in all the ways the page asks."""
    (condition,) = db.execute("SELECT condition FROM counts_by_condition ORDER BY trials DESC LIMIT 1").fetchone()
    city, latitude, longitude = db.execute(
        "SELECT city, latitude, longitude FROM places WHERE latitude IS NOT NULL ORDER BY trials DESC LIMIT 1"
    ).fetchone()
    here = f"{latitude}, {longitude}"
    return [
        {},
        {"place": city},
        {"place": here},
        {"place": here, "status": "any"},
        {"place": here, "status": "any", "page": "40"},
        {"place": here, "status": "any", "km": "1000"},
        {"place": here, "words": condition},
        {"place": here, "words": condition, "status": "any", "km": "1000"},
        {"place": here, "words": condition.split()[-1]},
        {"place": here, "words": condition.split()[-1], "status": "any", "km": "300"},
        {"place": here, "words": "nothingisnamedso", "status": "any", "km": "1000"},
        {"place": "0, -30"},
    ]


def indexes(runs: int) -> None:
    """Both ways to find what is near among made-up places; the exact distance is measured by the same function."""
    db = sqlite3.connect(":memory:")
    chance = random.Random(1)
    made = [(n, chance.uniform(-55, 70), chance.uniform(-180, 180), 1) for n in range(PLACES)]
    db.execute("CREATE TABLE places (id INTEGER PRIMARY KEY, latitude, longitude, trials)")
    db.executemany("INSERT INTO places VALUES (?, ?, ?, ?)", made)
    db.execute("CREATE INDEX by_latitude ON places (latitude, longitude)")
    db.execute("CREATE VIRTUAL TABLE boxes USING rtree (id, south, north, west, east)")
    db.executemany("INSERT INTO boxes VALUES (?, ?, ?, ?, ?)", [(n, y, y, x, x) for n, y, x, _ in made])
    centre, radius = (48.9, 2.3), 50

    def by_tree() -> list[tuple[float, int]]:
        degrees = radius / A_DEGREE
        box = (centre[0] - degrees, centre[0] + degrees, centre[1] - 2 * degrees, centre[1] + 2 * degrees)
        found = db.execute(
            "SELECT id, south, west FROM boxes WHERE south >= ? AND north <= ? AND west >= ? AND east <= ?", box
        )
        return sorted(each for each in ((km(*centre, y, x), n) for n, y, x in found) if each[0] <= radius)

    assert [n for _, n in by_tree()] == [n for _, n, _ in places_within(db, centre, radius)]
    for name, work in (("index on latitude", lambda: places_within(db, centre, radius)), ("R*Tree", by_tree)):
        print(f"{name:<20} {milliseconds(work, runs)[2]:>8.2f} ms of CPU among {PLACES:,} places")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file")
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    db = sqlite3.connect(f"file:{given.file}?mode=ro", uri=True)
    trials, sites = (db.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("trials", "locations"))
    print(f"{trials:,} trials, {sites:,} sites\n{'first ms':>9} {'median':>8} {'CPU':>6} {'trials':>7}  question")
    for question in questions(db):
        wanted = asked(question)
        told = answer(db, wanted)
        first, usual, cpu = milliseconds(partial(answer, db, wanted), given.runs)
        number = len(told.found.trials) if told.found else 0
        print(f"{first:>9.1f} {usual:>8.1f} {cpu:>6.1f} {number:>7,}  {question}")
    db.close()
    indexes(given.runs)


if __name__ == "__main__":
    main()
