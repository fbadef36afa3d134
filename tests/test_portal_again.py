"""`trialdex crawl portal`, one day and the next: an unchanged page costs a 304, and exactly what changed changes."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pipelines.nightly import stops
from replica import PortalServer, portal_replica
from replica.serving import Request
from scraper.spiders.portal import Portal
from tests.made import content, rows
from tests.running import trialdex

PAGES = 50
HERE = "/clinical-trials/listings/"
QUICK = {"TRIALDEX_RETRY_WAITS": "0.02,0.02,0.05,0.05,0.1"}
COUNTS = "SELECT outcome, seen, new, changed, unchanged, removed FROM runs ORDER BY id DESC LIMIT 1"


@pytest.fixture
def portal() -> Iterator[PortalServer]:
    with portal_replica(listings=PAGES) as server:
        yield server


def crawl(data: Path, *arguments: object, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = trialdex("--data", data, "crawl", "portal", *arguments, **QUICK)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done


def counts(data: Path) -> tuple[Any, ...]:
    return rows(data / "trials.db", COUNTS)[0]


def asked(portal: PortalServer, since: int) -> list[Request]:
    """What was asked since a request, robots.txt left out."""
    return [one for one in list(portal.requests)[since:] if one.target != "/robots.txt"]


def is_conditional(request: Request) -> bool:
    return bool({"If-None-Match", "If-Modified-Since"} & request.headers.keys())


def numbers(portal: PortalServer) -> list[int]:
    return [one.number for one in portal.listings()]


def changed_ids(data: Path) -> list[str]:
    last = "(SELECT max(id) FROM runs)"
    return [id for (id,) in rows(data / "trials.db", f"SELECT DISTINCT trial_id FROM changes WHERE run_id = {last}")]


def test_a_listing_crawled_again_asks_only_for_what_is_new_and_finds_it(portal: PortalServer, tmp_path: Path) -> None:
    crawl(tmp_path, portal.url + HERE)
    assert counts(tmp_path) == ("finished", PAGES, PAGES, 0, 0, 0)
    before, since = content(tmp_path / "trials.db"), len(portal.requests)

    crawl(tmp_path, portal.url + HERE)
    again = asked(portal, since)
    assert len(again) >= PAGES + 3  # and the pages of the listing
    assert all(is_conditional(one) and one.status == 304 for one in again)
    assert counts(tmp_path) == ("finished", PAGES, 0, 0, PAGES, 0)
    assert content(tmp_path / "trials.db") == before

    three = numbers(portal)[7:40:11]
    for number in three:
        portal.rewrite(number, summary=f"Another summary of {number}.")
    since = len(portal.requests)
    crawl(tmp_path, portal.url + HERE)
    assert all(is_conditional(one) for one in asked(portal, since))
    assert sum(one.status == 200 for one in asked(portal, since)) == 3
    assert counts(tmp_path) == ("finished", PAGES, 0, 3, PAGES - 3, 0)
    assert sorted(changed_ids(tmp_path)) == sorted(f"127.0.0.1:{number}" for number in three)
    summaries = rows(
        tmp_path / "trials.db", "SELECT brief_summary FROM trial_texts WHERE brief_summary LIKE 'Another%'"
    )
    assert sorted(summaries) == [(f"Another summary of {number}.",) for number in three]


def test_a_sitemap_with_dates_spares_the_pages_themselves(portal: PortalServer, tmp_path: Path) -> None:
    crawl(tmp_path, f"{portal.url}/")
    since = len(portal.requests)
    crawl(tmp_path, f"{portal.url}/")
    assert [(one.target, one.status) for one in asked(portal, since)] == [("/sitemap.xml", 304)]
    assert counts(tmp_path) == ("finished", PAGES, 0, 0, PAGES, 0)

    one = portal.listings()[3]
    newest = max(portal.facts(each).updated for each in portal.listings())
    portal.rewrite(one.number, summary="Something new.", updated=newest + timedelta(days=1))
    since = len(portal.requests)
    crawl(tmp_path, f"{portal.url}/")
    assert all(is_conditional(request) for request in asked(portal, since))
    pages = [request.target for request in asked(portal, since) if HERE in request.target]
    assert len(pages) == 1
    assert str(one.number) in pages[0]
    assert counts(tmp_path)[2:4] == (0, 1)


def test_what_vanished_or_moved_is_a_row_and_a_refusal_is_not(portal: PortalServer, tmp_path: Path) -> None:
    crawl(tmp_path, portal.url + HERE)
    lost, left, target = numbers(portal)[5], numbers(portal)[9], numbers(portal)[20]
    portal.gone.add(lost)
    portal.moved[left] = target
    portal.faults.add("forbidden", prefix=f"{HERE}{numbers(portal)[0]}", times=1)
    crawl(tmp_path, portal.url + HERE)
    assert counts(tmp_path) == ("finished", PAGES - 1, 0, 0, PAGES - 1, 2)
    said = rows(tmp_path / "trials.db", "SELECT trial_id, kind, new FROM changes WHERE kind <> 'new' ORDER BY trial_id")
    assert said == [
        (f"127.0.0.1:{lost}", "removed", None), (f"127.0.0.1:{left}", "merged", f"127.0.0.1:{target}"),
    ]  # fmt: skip
    assert rows(tmp_path / "trials.db", "SELECT count(*) FROM trials WHERE removed_at IS NULL") == [(PAGES - 2,)]

    portal.gone.clear()
    crawl(tmp_path, portal.url + HERE)  # it is back: its body is asked for whole, and read again
    assert counts(tmp_path)[2:] == (0, 1, PAGES - 2, 0)
    assert rows(tmp_path / "trials.db", "SELECT kind FROM changes WHERE kind = 'returned'") == [("returned",)]


def test_a_portal_that_refuses_takes_nothing_away(portal: PortalServer, tmp_path: Path) -> None:
    crawl(tmp_path, portal.url + HERE)
    portal.faults.add("forbidden", prefix=HERE)
    crawl(tmp_path, portal.url + HERE, code=5)
    assert rows(tmp_path / "trials.db", "SELECT count(*) FROM trials WHERE removed_at IS NULL") == [(PAGES,)]
    assert counts(tmp_path)[0] == "blocked"


def test_a_budget_of_pages_is_told_once_and_the_next_crawl_goes_on(portal: PortalServer, tmp_path: Path) -> None:
    command = (f"{portal.url}/sitemap.xml", "--pages-per-host", 30)
    done = crawl(tmp_path, *command)
    assert done.stderr.count("its budget of 30 pages is spent") == 1
    reasons = "SELECT url, reason FROM rejects"
    ((url, reason),) = rows(tmp_path / "trials.db", reasons)
    assert url.startswith(portal.url)
    assert reason == "its budget of 30 pages is spent; the next crawl goes on there"
    assert counts(tmp_path)[:3] == ("stopped", 27, 27)
    crawl(tmp_path, *command)
    assert counts(tmp_path)[:3] == ("finished", PAGES - 27, PAGES - 27)


def test_a_budget_of_seconds_leaves_the_rest_to_the_next_crawl(portal: PortalServer, tmp_path: Path) -> None:
    portal.faults.add("slow", prefix=f"{HERE}33", seconds=0.3)
    done = crawl(tmp_path, f"{portal.url}/sitemap.xml", "--seconds-per-host", 1)
    assert done.stderr.count("its budget of 1 s is spent") == 1
    outcome, seen, *_ = counts(tmp_path)
    assert outcome == "stopped"
    assert 0 < seen < PAGES
    portal.faults.clear()
    crawl(tmp_path, f"{portal.url}/sitemap.xml")
    assert counts(tmp_path)[:2] == ("finished", PAGES - seen)


def test_a_file_of_addresses(portal: PortalServer, tmp_path: Path) -> None:
    file = tmp_path / "addresses.txt"
    three = [portal.address(one) for one in portal.listings()[:3]]
    file.write_text("# pages to watch\n" + "\n\n".join(three) + "\n", encoding="utf-8")
    crawl(tmp_path / "data", f"@{file}")
    assert counts(tmp_path / "data")[:3] == ("finished", 3, 3)


def test_the_night_tells_of_each_host_that_met_its_budget() -> None:
    spider = Portal(urls=["https://portal.example/"])
    assert stops([spider]) == []
    spider.facts["spent"] = {"portal.example": "its budget of 5 pages is spent"}
    assert stops([spider]) == ["portal.example: its budget of 5 pages is spent"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"https://portal.example/\nportal.example\n", ", line 2: not a web address: portal.example"),
        (b"\xff\xfe\x00", ": not UTF-8 text"),
        (b"# nothing\n", "no address given"),
        (None, ": No such file or directory"),
    ],
)
def test_a_file_of_addresses_that_cannot_be_used_is_one_line(tmp_path: Path, text: bytes | None, said: str) -> None:
    file = tmp_path / "addresses.txt"
    if text is not None:
        file.write_bytes(text)
    done = crawl(tmp_path / "data", f"@{file}", code=2)
    assert done.stderr.splitlines()[-1].endswith(said)
    assert len(done.stderr.splitlines()) == 1


def test_a_file_without_its_sign_is_told_how(tmp_path: Path) -> None:
    file = tmp_path / "addresses.txt"
    file.write_text("https://portal.example/\n", encoding="utf-8")
    done = crawl(tmp_path / "data", file, code=2)
    assert f"@{file}" in done.stderr
