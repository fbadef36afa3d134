"""The words for failures, and what headers and addresses say: pure functions, tested with tables."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

import pytest
from scrapy import Request
from scrapy.exceptions import DownloadCancelledError, DownloadFailedError, DownloadTimeoutError, IgnoreRequest
from scrapy.http import Response, TextResponse
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from scraper.boundaries import may_follow
from scraper.failures import GaveUp, asked_wait, describe, host_of

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": ""}, None),
        ({"Retry-After": "0"}, 0.0),
        ({"Retry-After": " 120 "}, 120.0),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "1.5"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": b"\xb2"}, None),
        ({"Retry-After": "9" * 5000}, float("inf")),
        ({"Retry-After": "Sun, 01 Mar 2026 12:02:00 GMT"}, 120.0),
        ({"Retry-After": "Sunday, 01-Mar-26 12:02:00 GMT"}, 120.0),
        ({"Retry-After": "Sun, 01 Mar 2026 11:00:00 GMT"}, 0.0),
        ({"Retry-After": "Sun, 99 Mar 2026 11:00:00 GMT"}, None),
        ({"Retry-After": "Sun, 01 Mar 2026 12:02:00 GMT", "Date": "Sun, 01 Mar 2026 12:01:50 GMT"}, 10.0),
        ({"Retry-After": "Sun, 01 Mar 2026 12:02:00 GMT", "Date": "a date"}, 120.0),
    ],
)
def test_what_retry_after_asks_for(headers: dict[str, str], seconds: float | None) -> None:
    assert asked_wait(Response("http://a/", headers=headers), NOW) == seconds


@pytest.mark.parametrize(
    ("url", "target", "hosts", "may"),
    [
        ("http://a.org/1", "http://a.org/2", (), True),
        ("http://a.org/1", "https://a.org/1", (), True),
        ("https://a.org/1", "http://a.org/1", (), False),
        ("https://a.org/1", "http://a.org/1", ("a.org",), False),
        ("http://a.org/1", "http://A.org:80/1", (), True),
        ("http://a.org/1", "http://www.a.org/1", (), False),
        ("http://a.org/1", "http://www.a.org/1", {"www.a.org"}, True),
        ("http://a.org:8000/1", "http://a.org:9000/1", (), False),
        ("http://a.org:8000/1", "http://a.org:9000/1", ["a.org:9000"], True),
        ("http://a.org/1", "http://a.org:8000/1", (), False),
        ("http://a.org:443/1", "https://a.org/1", (), True),
        ("http://a.org:8000/1", "https://a.org/1", (), False),
        ("http://a.org/1", "ftp://a.org/1", (), False),
        ("http://a.org/1", "http://a.org:banana/1", (), False),
    ],
)
def test_where_a_redirect_may_lead(url: str, target: str, hosts: Collection[str], may: bool) -> None:
    assert may_follow(url, target, hosts) is may


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://A.org/x", "a.org"),
        ("http://user:secret@a.org:8000/", "a.org:8000"),
        ("http://[::1]:8000/", "[::1]:8000"),
    ],
)
def test_the_name_of_a_host(url: str, host: str) -> None:
    assert host_of(url) == host


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (GaveUp("a.org", "503 Service Unavailable, 6 tries"), "http://a.org/1: 503 Service Unavailable, 6 tries"),
        (DownloadTimeoutError("Getting took long"), "http://a.org/1: timed out"),
        (DownloadFailedError("[<Failure ConnectionLost>]"), "http://a.org/1: connection lost"),
        (DownloadFailedError("[<Failure ParseError>]"), "http://a.org/1: answer is not HTTP"),
        (DownloadCancelledError(""), "http://a.org/1: answer larger than the limit"),
        (IgnoreRequest("some reason\nmore"), "http://a.org/1: some reason"),
        (IgnoreRequest(), "http://a.org/1: IgnoreRequest"),
        (HttpError(Response("http://a.org/1", status=404)), "http://a.org/1: answered 404 Not Found"),
        (HttpError(Response("http://a.org/1", status=599)), "http://a.org/1: answered 599"),
        (
            HttpError(
                TextResponse(
                    "http://a.org/1",
                    status=400,
                    headers={"Content-Type": "text/plain;charset=UTF-8"},
                    body=b"no such parameter\nsecond line",
                )
            ),
            "http://a.org/1: answered 400 Bad Request (no such parameter)",
        ),
    ],
)
def test_every_failure_is_one_line(error: Exception, line: str) -> None:
    failure = Failure(error)
    failure.request = Request("http://a.org/1")  # type: ignore[attr-defined]  # as Scrapy does for an errback
    assert describe(failure) == line


def test_a_failure_without_a_request_is_a_line_too() -> None:
    assert describe(Failure(GaveUp("a.org", "timed out, 2 tries"))) == "timed out, 2 tries"
