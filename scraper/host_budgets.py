"""How long one host may be asked in one crawl. The number of its pages is counted where they are asked for."""

from __future__ import annotations

from time import monotonic

from scrapy import Request
from scrapy.crawler import Crawler

from scraper.boundaries import is_robots
from scraper.failures import Spent, host_of


class HostSeconds:
    """Withholds requests to a host whose time is over: the spider's `seconds_per_host`, from its first request on.

    It stands behind `PatientRetry`, where a request has its turn, so that what waits in a queue uses up no time of its
    own. robots.txt is never withheld: a host whose robots.txt cannot be had is one that may not be asked.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.began: dict[str, float] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> HostSeconds:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Raises `Spent`."""
        limit = getattr(self.crawler.spider, "seconds_per_host", None)
        if not limit or is_robots(request):
            return
        host = host_of(request.url)
        if monotonic() - self.began.setdefault(host, monotonic()) > limit:
            raise Spent(host, f"its budget of {limit:g} s is spent; the next crawl goes on from there")
