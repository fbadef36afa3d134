"""Where we may go: what robots.txt allows, and the hosts that the user gave.

`PoliteRobots` reads robots.txt and applies its Crawl-delay; `PoliteRedirect` stays on the hosts that were given. What
they refuse reaches the spider's errback as a `GaveUp`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.robotstxt import RobotParser
from scrapy.utils.misc import build_from_crawler, load_object

from scraper.failures import Disallowed, Elsewhere, GaveUp, HostLeftAlone, Interrupted, answered, host_of

logger = logging.getLogger(__name__)

PORTS = {"http": 80, "https": 443}
WEB = tuple(PORTS)
CONDITIONS = ("If-None-Match", "If-Modified-Since")  # they belong to the address that was left
TRIES = "trialdex_tries"  # meta: how often a request has been sent and failed


def is_robots(request: Request) -> bool:
    """Whether this is `PoliteRobots` asking for robots.txt."""
    return request.callback is NO_CALLBACK and bool(request.meta.get("dont_obey_robotstxt"))


class PoliteRobots(RobotsTxtMiddleware):
    """Obeys robots.txt as RFC 9309 says, Crawl-delay included.

    4xx or endless redirects: there is none, all is allowed (2.3.1.3). No answer, 5xx, and 429, which asks us to come
    later: nothing of the host may be fetched in this crawl (2.3.1.4); Scrapy would fetch all.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.rules: dict[str, asyncio.Future[RobotParser | None]] = {}
        self.agent: str = crawler.settings["ROBOTSTXT_USER_AGENT"] or crawler.settings["USER_AGENT"]
        self.longest_wait = crawler.settings.getfloat("TRIALDEX_LONGEST_WAIT")

    async def process_request(self, request: Request) -> None:  # type: ignore[override]  # Scrapy's takes a spider, too
        """Raises `Disallowed` for what robots.txt forbids; makes the host's delay at least its Crawl-delay."""
        if request.meta.get("dont_obey_robotstxt") or urlsplit(request.url).scheme not in WEB:
            return
        rules = await self.robot_parser(request)
        if rules is None:
            return
        if not rules.allowed(request.url, self.agent):
            self.crawler.stats.inc_value("robotstxt/forbidden")
            raise Disallowed(host_of(request.url), "robots.txt forbids it")
        delay = rules.crawl_delay(self.agent) or 0.0
        if delay > self.longest_wait:
            reason = f"robots.txt asks for {delay:.0f} s between requests, longer than {self.longest_wait:.0f} s"
            raise Disallowed(host_of(request.url), reason)
        self._slow_down(request, delay)

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """The rules of the request's host, asked for once a crawl. Raises `GaveUp` when they cannot be had."""
        parts = urlsplit(request.url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self.rules:
            self.rules[origin] = asyncio.ensure_future(self._ask(origin))
        return await asyncio.shield(self.rules[origin])

    async def _ask(self, origin: str) -> RobotParser | None:
        request = Request(
            f"{origin}/robots.txt",
            callback=NO_CALLBACK,
            priority=self.DOWNLOAD_PRIORITY,
            meta={"dont_obey_robotstxt": True},
        )
        try:
            response = await self.crawler.engine.download_async(request)
        except (HostLeftAlone, Interrupted):
            raise
        except GaveUp as error:
            raise self._nothing_allowed(origin, error.reason) from error
        if response.status >= 500:
            raise self._nothing_allowed(origin, answered(response))
        if not 200 <= response.status < 300:
            return None
        parser: type[RobotParser] = load_object(self.crawler.settings["ROBOTSTXT_PARSER"])
        return build_from_crawler(parser, self.crawler, response.body)

    def _nothing_allowed(self, origin: str, reason: str) -> Disallowed:
        return Disallowed(host_of(origin), f"robots.txt could not be had ({reason}), so nothing of this host is asked")

    def _slow_down(self, request: Request, delay: float) -> None:
        """Scrapy forgets a slot that is idle for a minute, so the delay goes into the settings of slots, too."""
        downloader = self.crawler.engine.downloader
        key = downloader.get_slot_key(request)
        known = downloader.per_slot_settings.get(key, {})
        delay = max(delay, known.get("delay", self.crawler.settings.getfloat("DOWNLOAD_DELAY")))
        downloader.per_slot_settings[key] = {**known, "delay": delay}
        if key in downloader.slots:
            downloader.slots[key].delay = delay


class PoliteRedirect(RedirectMiddleware):
    """Follows a redirect on the same host, or to a host that the user gave (the spider's `hosts`).

    robots.txt may be anywhere (RFC 9309 2.3.1.2). What the spider wants to see for itself (`dont_redirect`,
    `handle_httpstatus_list`) is left to it, as Scrapy does.
    """

    def process_response(  # type: ignore[override]  # Scrapy's takes a spider, too
        self, request: Request, response: Response
    ) -> Request | Response:
        """The request for where the answer points, or the answer. Raises `GaveUp`."""
        robots = is_robots(request)
        try:
            target = super().process_response(request, response)
        except IgnoreRequest as error:
            if robots:
                return response  # more redirects than anyone needs: as if there were none
            reason = f"more than {self.max_redirect_times} redirects"
            raise self._report(GaveUp(host_of(request.url), reason)) from error
        if isinstance(target, Response):
            return target
        hosts = getattr(self.crawler.spider, "hosts", ())
        if not robots and not may_follow(request.url, target.url, hosts):
            reason = f"redirects to {target.url}, which is not on this host; give that address if you mean it"
            raise self._report(Elsewhere(host_of(request.url), reason))
        for stale in (TRIES, "download_slot"):  # both belong to the address that was left
            target.meta.pop(stale, None)
        for condition in CONDITIONS:
            target.headers.pop(condition, None)
        conditions = getattr(self.crawler.spider, "conditions", None)
        if conditions and not robots:
            target.headers.update(conditions(target.url))
        return target

    def _report(self, error: GaveUp) -> GaveUp:
        logger.warning("%s", error)
        return error


def may_follow(url: str, target: str, hosts: Collection[str] = ()) -> bool:
    """Whether a redirect stays where the user sent us: same host and port (or http's to https's), or among `hosts`."""
    here, there = urlsplit(url), urlsplit(target)
    if there.scheme not in WEB or (here.scheme == "https" and there.scheme != "https"):
        return False
    try:
        ports = here.port or PORTS[here.scheme], there.port or PORTS[there.scheme]
    except ValueError:  # a port that is no number
        return False
    same_port = ports[0] == ports[1] or ports == (80, 443)
    return (here.hostname == there.hostname and same_port) or there.hostname in hosts or host_of(target) in hosts
