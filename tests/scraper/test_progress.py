"""What a crawl says while it runs, and the facts it leaves."""

from __future__ import annotations

import os
import pty
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from scrapy import Request
from scrapy.http import Response

from scraper.items import Page, RawRecord
from scraper.progress import Facts, describe_progress, duration, reasons
from scraper.register import Register
from tests.scraper.crawling import crawl
from tests.scraper.faulty import Answer, Faulty, serving


class Counted(Register):
    """Each page it is given holds two records."""

    name = "counted"
    expected: int | None = 10
    handle_httpstatus_list = (304,)

    def __init__(self, urls: list[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.urls = urls

    async def start(self) -> AsyncIterator[Any]:
        for url in self.urls:
            yield Request(url, callback=self.parse)

    def parse(self, response: Response) -> Page:
        if response.status == 304:
            return Page()
        record = RawRecord(
            source="counted",
            source_id="1",
            url=response.url,
            fetched_at="2026-03-01T12:00:00Z",
            content_type="text/html",
            body=response.body,
        )
        return Page((record, record))


@pytest.fixture
def server() -> Iterator[Faulty]:
    with serving() as running:
        yield running


def pages(server: Faulty) -> list[str]:
    """Three addresses: one that fails twice, one not modified, one slow enough for lines to be said."""
    slow = Answer(body=b"x" * 5000, fault="slow", pause=0.6)
    return [
        server.answers("/busy", 503, Answer(fault="short"), 200),
        server.answers("/same", 304),
        server.answers("/slow", slow),
    ]


def facts(**values: Any) -> Facts:
    return Facts(**{**dict.fromkeys(Facts._fields, 0), "retries": {}, **values})


@pytest.mark.parametrize(
    ("stand", "expected", "line"),
    [
        (facts(), None, "0 records, 0 requests"),
        (facts(records=1200, requests=3, seconds=60.0), None, "1,200 records, 20.0 a second, 3 requests"),
        (
            facts(records=1200, requests=3, seconds=60.0),
            4800,
            "1,200 of 4,800 records, 20.0 a second, 3 min left, 3 requests",
        ),
        (facts(records=5, requests=5, seconds=5.0), 5, "5 of 5 records, 1.0 a second, 5 requests"),
        (facts(requests=1), 7, "0 of 7 records, 1 requests"),
        (
            facts(requests=9, not_modified=2, retries={"timed out": 1, "503": 4}),
            None,
            "0 records, 9 requests, 2 not modified, 5 tried again (503 x4, timed out)",
        ),
    ],
)
def test_one_line_of_progress(stand: Facts, expected: int | None, line: str) -> None:
    assert describe_progress(stand, expected) == line


def test_words_for_reasons_and_times() -> None:
    assert reasons({"a": 1, "b": 1, "503": 2}) == "503 x2, a, b"
    assert [duration(s) for s in (0, 89, 100, 3600, 7800)] == ["0 s", "89 s", "2 min", "60 min", "2 h 10 min"]


def test_the_facts_of_a_run_count_what_the_server_saw(server: Faulty) -> None:
    result = crawl(Counted, urls=pages(server))
    run = result.facts
    assert run["requests"] == len(server.seen) == 6  # robots.txt, three for /busy, one each for the others
    assert run["retries"] == 2
    assert run["retry_reasons"] == {"503": 1, "answer cut short": 1}
    assert run["not_modified"] == 1
    assert run["records"] == 4
    assert run["reason"] == "finished"
    assert run["bytes"] >= 5000
    assert run["seconds"] >= 0.6


def test_plain_lines_where_there_is_no_terminal(server: Faulty) -> None:
    result = crawl(Counted, urls=pages(server), settings={"TRIALDEX_PROGRESS_SECONDS": 0.1})
    said = [line for line in result.log.splitlines() if "INFO counted: " in line]
    assert said
    assert "of 10 records" in said[-1]


def test_quiet_is_quiet(server: Faulty) -> None:
    settings = {"TRIALDEX_PROGRESS_SECONDS": 0.1, "TRIALDEX_QUIET": True}
    result = crawl(Counted, urls=pages(server), settings=settings)
    assert "counted: " not in result.log
    assert result.facts["records"] == 4


@pytest.mark.parametrize("quiet", [False, True])
def test_a_bar_on_a_terminal_with_the_log_above_it(
    server: Faulty, quiet: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "160")
    ours, theirs = pty.openpty()
    try:
        settings = {"TRIALDEX_QUIET": quiet, "TRIALDEX_PROGRESS_SECONDS": 0.1}
        result = crawl(Counted, urls=pages(server), settings=settings, stderr=theirs)
    finally:
        os.close(theirs)
    shown = read_all(ours)
    assert ("of 10 records" in shown) is not quiet
    assert "INFO counted: " not in shown  # the bar, not the lines
    said = re.search(r"(.{4})\d{4}-\d\d-\d\d [\d:]{8} INFO [^\n]*again in 0.02 s \(try 2 of 6\)", shown, re.DOTALL)
    assert said
    assert quiet or said[1] == "\x1b[2K"  # the bar was wiped away for the line
    assert "Spider closed (finished)" in shown  # the log goes on when the bar is gone
    assert result.facts["records"] == 4


def read_all(descriptor: int) -> str:
    """What is left in a pseudo-terminal whose other end is closed."""
    chunks = []
    try:
        while chunk := os.read(descriptor, 65536):
            chunks.append(chunk)
    except OSError:  # Linux says so at the end
        pass
    os.close(descriptor)
    return b"".join(chunks).decode(errors="replace")
