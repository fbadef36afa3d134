"""`trialdex crawl` against the replicas over real HTTP: what is kept is what is there, whatever happens on the way."""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from replica import CtgovServer, ctgov_replica
from tests.forked import Forked, Mark
from tests.made import content, rows
from tests.running import trialdex

ABSENCES = "SELECT source_id, what, moved_to FROM sightings WHERE what <> 'body' ORDER BY source_id"
QUICK = {"TRIALDEX_RETRY_WAITS": "0.02,0.02,0.05,0.05,0.1"}


@pytest.fixture(scope="module")
def register() -> Iterator[CtgovServer]:
    with ctgov_replica(size=250) as server:
        yield server


@pytest.fixture(autouse=True)
def _no_faults_left(register: CtgovServer) -> Iterator[None]:
    yield
    register.faults.clear()


def crawl(data: Path, server: CtgovServer, *arguments: object) -> subprocess.CompletedProcess[str]:
    done = trialdex("--data", data, "crawl", "ctgov", "--base-url", server.url, *arguments, **QUICK)
    assert "Traceback" not in done.stderr
    return done


def ids(data: Path) -> set[str]:
    return {id for (id,) in rows(data / "trials.db", "SELECT id FROM trials WHERE removed_at IS NULL")}


def truth(server: CtgovServer) -> set[str]:
    studies = (server.world.study(index) for index in server.world.present())
    return {study["protocolSection"]["identificationModule"]["nctId"] for study in studies}


def asked(server: CtgovServer, since: int = 0) -> list[dict[str, str]]:
    """The queries of the `/studies` listings since a request, as the server saw them."""
    listed = [urlsplit(request.target) for request in list(server.requests)[since:]]
    return [{k: v[0] for k, v in parse_qs(one.query).items()} for one in listed if one.path.endswith("/studies")]


def test_the_whole_register_page_by_page_and_again(register: CtgovServer, tmp_path: Path) -> None:
    done = crawl(tmp_path, register, "--all", "--page-size", "40")
    assert done.returncode == 0
    assert ids(tmp_path) == truth(register)
    before = content(tmp_path / "trials.db")
    done = crawl(tmp_path, register, "--all")
    assert done.returncode == 0
    assert content(tmp_path / "trials.db") == before
    assert rows(tmp_path / "trials.db", "SELECT new, changed, unchanged, requests FROM runs WHERE id = 2") == [
        (0, 0, 250, 3)
    ]
    assert rows(tmp_path / "archive.db", "SELECT * FROM positions") == []


def test_options_reach_the_register_as_its_parameters(register: CtgovServer, tmp_path: Path) -> None:
    since = len(register.requests)
    done = crawl(
        tmp_path, register, "--condition", 'heart "failure" AND', "--status", "Recruiting", "--since", "2020-01-01"
    )
    assert done.returncode == 0, done.stderr
    (query,) = asked(register, since)
    assert query["query.cond"] == r"heart \"failure\" \AND"
    assert query["filter.overallStatus"] == "RECRUITING"
    assert query["query.term"] == "AREA[LastUpdatePostDate]RANGE[2020-01-01,MAX]"
    assert query["pageSize"] == "1000"


def test_a_limit_stops_the_crawl(register: CtgovServer, tmp_path: Path) -> None:
    assert crawl(tmp_path, register, "--all", "--limit", "70", "--page-size", "40").returncode == 0
    assert len(ids(tmp_path)) == 70


def test_ids_and_aliases_and_what_is_not_there(register: CtgovServer, tmp_path: Path) -> None:
    world = register.world
    with_alias = next(index for index in world.present() if world.aliases(index))
    alias, target = (
        world.aliases(with_alias)[0],
        world.study(with_alias)["protocolSection"]["identificationModule"]["nctId"],
    )
    done = crawl(tmp_path, register, "--id", alias, "--id", "NCT00000001")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "trialdex: NCT00000001: the register has no such study"
    assert ids(tmp_path) == {target}
    assert rows(tmp_path / "archive.db", ABSENCES) == [
        ("NCT00000001", "gone", None), (alias, "moved", target),
    ]  # fmt: skip


def test_data_that_move_during_a_crawl_restart_the_listing(tmp_path: Path) -> None:
    with ctgov_replica(size=250) as server:
        server.faults.add("new_data", times=1, after=2, prefix="/api/v2/studies")
        done = crawl(tmp_path, server, "--all", "--page-size", "100")
        assert done.returncode == 0
        assert "beginning the listing again" in done.stderr
        assert ids(tmp_path) >= truth(server)


def test_a_refused_token_restarts_the_listing(register: CtgovServer, tmp_path: Path) -> None:
    register.faults.add("bad_token", times=1, after=1)
    done = crawl(tmp_path, register, "--all", "--page-size", "100")
    assert done.returncode == 0, done.stderr
    assert ids(tmp_path) == truth(register)


@pytest.mark.parametrize("kind", ["html", "truncated", "cut", "drop", "unavailable", "error", "empty_page"])
def test_faults_that_pass_change_nothing(register: CtgovServer, tmp_path: Path, kind: str) -> None:
    register.faults.add(kind, times=2, after=1, prefix="/api/v2/studies")
    done = crawl(tmp_path, register, "--all", "--page-size", "100")
    assert (done.returncode, ids(tmp_path)) == (0, truth(register)), done.stderr


def test_a_register_that_refuses_ends_the_crawl_with_5(register: CtgovServer, tmp_path: Path) -> None:
    crawl(tmp_path, register, "--all", "--limit", "10")
    register.faults.add("forbidden")
    since = len(register.requests)
    done = crawl(tmp_path, register, "--all")
    assert done.returncode == 5
    assert "403" in done.stderr
    assert "load" in done.stderr
    assert len(register.requests) - since == 3
    assert len(ids(tmp_path)) == 10  # a refusal never means that studies are gone


def test_a_register_that_only_fails_ends_with_1_and_keeps_what_came_before(
    register: CtgovServer, tmp_path: Path
) -> None:
    register.faults.add("unavailable", after=1, prefix="/api/v2/studies")
    done = crawl(tmp_path, register, "--all", "--page-size", "100")
    assert done.returncode == 1
    assert "503" in done.stderr
    assert len(ids(tmp_path)) == 100
    assert rows(tmp_path / "trials.db", "SELECT outcome FROM runs") == [("failed",)]
    register.faults.clear()
    since = len(register.requests)
    assert crawl(tmp_path, register, "--all", "--page-size", "100").returncode == 0
    assert ids(tmp_path) == truth(register)
    assert all("pageToken" in query for query in asked(register, since))  # it went on where it stood


def test_a_query_that_the_register_refuses_is_one_line(register: CtgovServer, tmp_path: Path) -> None:
    done = crawl(tmp_path, register, "--condition", " ".join(f"word{n}" for n in range(40)))
    assert done.returncode == 1
    assert "400" in done.stderr


def test_killed_at_any_moment_it_ends_as_if_undisturbed(tmp_path: Path) -> None:
    """kill -9 ten times during a crawl of 2,000 studies under faults; no finished page is fetched twice."""
    chance = random.Random(2026)
    with ctgov_replica(size=2_000) as server, Forked(**QUICK) as forked:
        undisturbed, killed = tmp_path / "undisturbed", tmp_path / "killed"
        assert crawl(undisturbed, server, "--all", "--page-size", "1000").returncode == 0
        for kind in ("too_many", "unavailable", "truncated", "cut", "drop", "empty_page"):
            server.faults.add(kind, rate=0.04, seed=chance.randrange(1000), prefix="/api/v2/studies")
        command = ["--data", killed, "crawl", "ctgov", "--all", "--page-size", "25", "--base-url", server.url]
        kills = 0
        finished_pages: set[str | None] = set()
        for _ in range(60):
            since = len(server.requests)
            wait = chance.uniform(0.05, 1.2) if kills < 10 else 300
            moment = _after_a_listing(server, since, wait)
            ended = forked.run("--quiet", *command, log=tmp_path / "said.txt", when=moment)
            kills += ended.code == -9
            again = [
                query.get("pageToken") for query in asked(server, since) if query.get("pageToken") in finished_pages
            ]
            assert again == [], "finished pages fetched again"
            finished_pages = _finished(killed / "archive.db")
            if ended.code == 0:
                break
        assert (ended.code, kills) == (0, 10), ended.said
    mine, wanted = content(killed / "trials.db"), content(undisturbed / "trials.db")
    assert list(mine) == list(wanted)
    for table, its_rows in wanted.items():
        assert mine[table] == its_rows, table
    assert len(mine["trials"]) == 2_000


def _after_a_listing(server: CtgovServer, since: int, wait: float) -> Callable[[list[Mark]], float | None]:
    """So many seconds after the crawl has asked for a page, so that kills fall into it and not into the start."""

    def moment(marks: list[Mark]) -> float | None:
        if marks[-1].phase != "crawl":
            return None
        for _ in range(600):
            if asked(server, since):
                break
            time.sleep(0.02)
        return time.monotonic() + wait

    return moment


def _finished(archive: Path) -> set[str | None]:
    """The tokens of the pages that are committed: a page is, when the place after it is."""
    db = sqlite3.connect(f"file:{archive}?mode=ro", uri=True)
    places = [json.loads(place)[1] for (place,) in db.execute("SELECT place FROM positions ORDER BY rowid")]
    db.close()
    return {None, *places[:-1]} if places else set()
