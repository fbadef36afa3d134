"""The home page: what it counts, what changed last, how to cite, and that a summary says the same as counting."""

from __future__ import annotations

import asyncio
import html
import re
import sqlite3
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

from datasette_trials.home import FEW, Changed, Home, home, lately
from pipelines.folder import DataFolder
from tests.datasette_trials.library import CHANGED, GONE
from tests.datasette_trials.serving import Server

DAY, NIGHT = "2026-11-20T04:00:00Z", "2026-11-21T04:00:00Z"


def said_by(answer: Coroutine[Any, Any, Home]) -> Home:
    """The answer, from an event loop of its own: the browser's tests have one on this thread."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, answer).result()


def home_of(path: Path) -> Home:
    """The home page of a file."""

    async def rows(sql: str) -> list[Any]:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            db.row_factory = sqlite3.Row
            return db.execute(sql).fetchall()

    return said_by(home(rows))


def test_a_trial_is_told_once_with_what_its_newest_run_found() -> None:
    changes = [
        ("a", "A", NIGHT, "changed", "status"),
        ("a", "A", NIGHT, "changed", "status"),
        ("a", "A", NIGHT, "changed", "start_date"),
        ("b", None, NIGHT, "removed", None),
        ("a", "A", DAY, "new", None),
        *((f"c{n}", "C", DAY, "new", None) for n in range(FEW)),
    ]
    found = lately(changes)
    assert len(found) == FEW
    assert found[:3] == [
        Changed("a", "A", "2026-11-21", "changed: start date, status"),
        Changed("b", None, "2026-11-21", "removed"),
        Changed("c0", "C", "2026-11-20", "new"),
    ]


def test_a_summary_says_what_counting_says(library: DataFolder, tmp_path: Path) -> None:
    plain, summed = tmp_path / "plain.db", tmp_path / "summed.db"
    for path in (plain, summed):
        path.write_bytes(library.published.read_bytes())
        with closing(sqlite3.connect(path)) as db, db:
            for name in ("counts_by_status", "counts_by_condition"):
                db.execute(f"DROP TABLE IF EXISTS {name}")
    with closing(sqlite3.connect(summed)) as db, db:
        db.execute(
            """CREATE TABLE counts_by_status AS SELECT source, status, phase, count(*) AS trials
            FROM trials WHERE removed_at IS NULL GROUP BY 1, 2, 3"""
        )
        db.execute(
            """CREATE TABLE counts_by_condition AS SELECT row_number() OVER (ORDER BY count(*) DESC, name) AS id,
            conditions.id AS condition_id, name AS condition FROM trial_conditions
            JOIN conditions ON conditions.id = condition_id GROUP BY conditions.id"""
        )
    one, other = home_of(plain), home_of(summed)
    assert one.trials == other.trials == 43, "the removed one is not counted"
    assert (one.sources, one.statuses, one.phases) == (other.sources, other.statuses, other.phases)
    assert len(one.conditions) == len(other.conditions) == 16
    with closing(sqlite3.connect(summed)) as db, db:
        db.execute("UPDATE counts_by_status SET trials = trials + 1 WHERE phase = 'Phase 2'")
    assert home_of(summed).trials > 43, "the summary is what is read"


def test_phases_stand_in_their_order(library: DataFolder) -> None:
    names = [name for name, _, _ in home_of(library.published).phases]
    assert names == sorted(names, key=lambda name: (name is None, name == "Not applicable", name or ""))
    assert len(names) > 4


def test_home_tells_what_changed_last_and_how_to_cite(library_server: Server) -> None:
    body = library_server.get("/")[1]
    text = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())
    changed = text[text.index("What changed last") : text.index("Every change")]
    assert "Quokka tablets for narwhal syndrome 2026-11-21 · changed: title, status, status text" in changed
    assert "A study that is gone 2026-11-21 · removed" in changed
    for trial in (CHANGED, GONE):
        assert f'href="/trial/{trial}"' in body
    assert re.search(r"ClinicalTrials.gov \(42 records\), recruitment portals \(1 record\), copied on 20\d\d-", text)


def test_the_doors_are_those_that_open(library_server: Server) -> None:
    body = library_server.get("/")[1]
    for address in re.findall(r'<li><a href="(/[^"]*)"', body):
        assert library_server.get(html.unescape(address))[0] == 200, address
    assert 'href="/compare"' in body
