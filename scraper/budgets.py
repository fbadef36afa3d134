"""What crawls may cost: so many requests, so long. A crawl that has spent its budget ends; the next one goes on there.

Time is Scrapy's own `CLOSESPIDER_TIMEOUT`. Its `CLOSESPIDER_PAGECOUNT` is no budget of requests: it does not count what
is tried again, and calls a crawl stopped that needed exactly so many.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from scraper.boundaries import is_robots
from scraper.failures import Interrupted, host_of

SPENT = {"closespider_timeout": "time", "closespider_requests": "requests"}  # why a crawl ended -> which budget


@dataclass
class Purse:
    """What the crawls of one source may still cost together in one night; None: no limit. `seconds` of crawling."""

    requests: int | None = None
    seconds: float | None = None

    def settings(self) -> dict[str, Any]:
        """Scrapy's settings for the next crawl. With nothing left it asks nothing, and says why."""
        spent = (self.requests is not None and self.requests <= 0) or (self.seconds is not None and self.seconds <= 0)
        told: dict[str, Any] = {}
        if self.requests is not None or spent:
            told["TRIALDEX_REQUESTS"] = 0 if spent else self.requests
        if self.seconds is not None and self.seconds > 0:
            told["CLOSESPIDER_TIMEOUT"] = self.seconds
        return told

    def take(self, requests: int, seconds: float) -> None:
        """Takes out what a crawl has cost."""
        self.requests = None if self.requests is None else self.requests - requests
        self.seconds = None if self.seconds is None else self.seconds - seconds


class RequestBudget:
    """Ends a crawl before the request that would be one too many. It stands behind `PatientRetry`, where a request has
    its turn and is about to be sent, so that what waits is not counted and what is tried again is."""

    def __init__(self, crawler: Crawler) -> None:
        if crawler.settings.get("TRIALDEX_REQUESTS") is None:
            raise NotConfigured
        self.crawler = crawler
        self.left = crawler.settings.getint("TRIALDEX_REQUESTS")
        self.closing: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Raises `Interrupted` when the budget is spent. robots.txt is counted but never withheld: a host whose
        robots.txt cannot be had is one that may not be asked, and that would be told as its refusal."""
        if self.left <= 0 and not is_robots(request):
            if self.closing is None:  # not awaited: the engine closes only after this very request is done
                assert self.crawler.engine
                closing = self.crawler.engine.close_spider_async(reason="closespider_requests")
                self.closing = asyncio.ensure_future(closing)
            raise Interrupted(host_of(request.url), "not asked, the budget of requests is spent")
        self.left -= 1
