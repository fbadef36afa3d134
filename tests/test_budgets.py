"""What a night may cost: a crawl that meets its budget stops between two pages, and the next night goes on there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from replica import CtgovServer, ctgov_replica, portal_replica
from scraper.budgets import Purse
from tests.made import rows
from tests.running import trialdex

QUICK = {"TRIALDEX_RETRY_WAITS": "0.02,0.02,0.05,0.05,0.1"}
SIZE = 400


@pytest.fixture
def register() -> Iterator[CtgovServer]:
    with ctgov_replica(size=SIZE) as server:
        yield server


def night(folder: Path, source: str, *arguments: str) -> Any:
    """One night with a configuration of one source; what it said."""
    folder.mkdir(exist_ok=True)
    (folder / "trialdex.toml").write_text(f"[[source]]\n{source}\n", encoding="utf-8")
    done = trialdex("--data", folder, "nightly", "--config", folder / "trialdex.toml", *arguments, **QUICK)
    assert "Traceback" not in done.stderr
    return done


def report(folder: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(max((folder / "reports").glob("2*.json")).read_text(encoding="utf-8"))
    return told


def outcomes(folder: Path) -> list[tuple[Any, ...]]:
    return rows(folder / "trials.db", "SELECT outcome, requests FROM runs ORDER BY id")


def listed(server: CtgovServer, since: int) -> list[dict[str, list[str]]]:
    """The parameters of each page that was asked for."""
    return [
        parse_qs(urlsplit(request.target).query)
        for request in server.requests[since:]
        if request.target.startswith("/api/v2/studies?")
    ]


def ctgov(server: CtgovServer, more: str = "") -> str:
    return f'name = "ctgov"\nall = true\nbase_url = "{server.url}"\npage_size = 50\n{more}'


def test_a_crawl_goes_on_night_after_night(register: CtgovServer, tmp_path: Path) -> None:
    """Eight pages and two questions for the version, four requests a night; no page twice."""
    source, pages = ctgov(register, "requests = 4"), 0
    for stopped in (True, True, False):
        since = len(register.requests)
        done = night(tmp_path, source)
        assert done.returncode == 0, done.stderr
        assert len(register.requests) - since <= 4
        pages += len(listed(register, since))
        assert outcomes(tmp_path)[-1][0] == ("stopped" if stopped else "finished")
        assert report(tmp_path)["notes"] == (
            ["ctgov: stopped, its budget of requests is spent; the next night goes on from there"] if stopped else []
        )
    assert pages == 8
    assert rows(tmp_path / "published" / "trials.db", "SELECT count(*) FROM trials") == [(SIZE,)]


def test_it_goes_on_though_the_registers_data_moved_in_between(register: CtgovServer, tmp_path: Path) -> None:
    """What changes meanwhile among the studies already read is asked for after the end, from the first piece's data
    day on: no listing begins at its start again, and nothing is lost."""
    source, later = ctgov(register, "requests = 4"), 0
    for day in range(6):
        register.world.go_to(day)
        since = len(register.requests)
        assert night(tmp_path, source).returncode == 0
        for page in listed(register, since) if day else ():
            assert "RANGE[" in page.get("query.term", [""])[0] or "pageToken" in page
        later += len(listed(register, since)) if day else 0
        if outcomes(tmp_path)[-1][0] == "finished":
            break
    assert 2 <= day < 5, outcomes(tmp_path)
    assert 5 <= later <= 8, "five pages were left; a day's studies may be listed twice"
    register.world.go_to(day + 1)
    assert night(tmp_path, ctgov(register)).returncode == 0
    assert night(tmp_path, ctgov(register), "--sweep").returncode == 0
    assert [outcome for outcome, _ in outcomes(tmp_path)[-3:]] == ["finished"] * 3
    truth = {
        study["protocolSection"]["identificationModule"]["nctId"]: (
            study["protocolSection"]["statusModule"]["overallStatus"],
            study["protocolSection"]["statusModule"]["lastUpdatePostDateStruct"]["date"],
        )
        for study in map(register.world.study, register.world.present())
    }
    sql = "SELECT id, status_text, last_updated FROM trials WHERE removed_at IS NULL"
    assert {id: (status, day) for id, status, day in rows(tmp_path / "trials.db", sql)} == truth


def test_what_moved_behind_a_crawl_in_pieces_is_asked_for_without_a_sweep(
    register: CtgovServer, tmp_path: Path
) -> None:
    night(tmp_path, ctgov(register, "requests = 6"))  # five pages, the oldest 250 studies, on day 0
    read = {id for (id,) in rows(tmp_path / "trials.db", "SELECT id FROM trials")}
    for day in (1, 2):  # two data days pass before the rest comes
        register.world.go_to(day)
    night(tmp_path, ctgov(register))
    moved = {
        event.nct_id
        for day in (1, 2)
        for event in register.world.log(day)
        if event.kind == "changed" and event.nct_id in read
    }
    assert moved, "the world stood still"
    register.world.go_to(3)
    assert night(tmp_path, ctgov(register)).returncode == 0
    found = dict(rows(tmp_path / "trials.db", "SELECT id, last_updated FROM trials"))
    for study in map(register.world.study, register.world.present()):
        p = study["protocolSection"]
        if p["identificationModule"]["nctId"] in moved:
            day_of = p["statusModule"]["lastUpdatePostDateStruct"]["date"]
            assert found[p["identificationModule"]["nctId"]] == day_of


def test_exactly_enough_is_enough(register: CtgovServer, tmp_path: Path) -> None:
    night(tmp_path, ctgov(register, "requests = 10"))  # eight pages between two questions for the version
    assert outcomes(tmp_path) == [("finished", 10)]


def test_what_is_tried_again_costs_as_well(register: CtgovServer, tmp_path: Path) -> None:
    register.faults.add("unavailable", times=2, prefix="/api/v2/studies")
    night(tmp_path, ctgov(register, "requests = 10"))
    assert outcomes(tmp_path) == [("stopped", 10)]
    assert rows(tmp_path / "trials.db", "SELECT count(*) FROM trials") == [(350,)]


def test_time_is_a_budget_too(register: CtgovServer, tmp_path: Path) -> None:
    register.faults.add("slow", prefix="/api/v2/studies", seconds=1.0)
    done = night(tmp_path, ctgov(register, "minutes = 0.03"))
    assert done.returncode == 0
    ((outcome, requests),) = outcomes(tmp_path)
    assert outcome == "stopped"
    assert 2 <= requests < 9
    ((held,),) = rows(tmp_path / "trials.db", "SELECT count(*) FROM trials")
    assert held == 50 * (requests - 1), "the page under way is kept, the next one not asked for"
    assert report(tmp_path)["notes"][0].startswith("ctgov: stopped, its budget of time is spent")
    register.faults.clear()
    night(tmp_path, ctgov(register))
    assert outcomes(tmp_path)[-1] == ("finished", 8 - requests + 1 + 2)


def test_the_crawls_of_a_source_share_its_budget(register: CtgovServer, tmp_path: Path) -> None:
    """A sweep with nothing left asks nothing, marks nothing gone, and is told as begun anew the next night."""
    night(tmp_path, ctgov(register))
    register.world.go_to(1)
    since = len(register.requests)
    done = night(tmp_path, ctgov(register, "requests = 3"), "--sweep")
    assert done.returncode == 0
    assert len(register.requests) - since == 3
    assert [outcome for outcome, _ in outcomes(tmp_path)[1:]] == ["finished", "stopped"]
    assert report(tmp_path)["notes"] == [
        "ctgov: stopped, its budget of requests is spent; the next night begins the sweep anew"
    ]


def test_a_portal_goes_on_where_it_stopped(register: CtgovServer, tmp_path: Path) -> None:
    with portal_replica(register.world, listings=8) as portal:
        source = f'name = "portal"\nurls = ["{portal.url}/sitemap.xml"]\n'
        night(tmp_path, f"{source}requests = 6")
        first = [request.target for request in portal.requests]
        assert len(first) == 6
        assert outcomes(tmp_path) == [("stopped", 6)]
        night(tmp_path, source)
        again = [request.target for request in portal.requests[6:]]
    assert outcomes(tmp_path)[-1][0] == "finished"
    pages = [target for target in first + again if "/listings/" in target]
    assert len(pages) == len(set(pages)) == 8


def test_a_purse() -> None:
    assert Purse().settings() == {}
    purse = Purse(10, 60.0)
    assert purse.settings() == {"TRIALDEX_REQUESTS": 10, "CLOSESPIDER_TIMEOUT": 60.0}
    purse.take(4, 20.0)
    assert purse.settings() == {"TRIALDEX_REQUESTS": 6, "CLOSESPIDER_TIMEOUT": 40.0}
    purse.take(1, 40.0)
    assert purse.settings() == {"TRIALDEX_REQUESTS": 0}, "no time left: nothing is asked"
    purse = Purse(seconds=5)
    purse.take(1_000, 6)
    assert purse.settings() == {"TRIALDEX_REQUESTS": 0}
