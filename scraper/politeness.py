"""How we behave towards a host: one request at a time, waits, robots.txt, redirects, and when to stop asking.

Three downloader middlewares. `PoliteRobots` reads robots.txt and applies its Crawl-delay; `PoliteRedirect` stays on the
hosts that were given; `PatientRetry` lets requests out one by one, judges every answer and decides whether to ask
again. What they give up on reaches the spider's errback as a `GaveUp`; `describe` makes one line of it.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import cast
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.robotstxt import RobotParser
from scrapy.utils.misc import build_from_crawler, load_object

from scraper.failures import (
    TRANSIENT,
    Disallowed,
    Elsewhere,
    GaveUp,
    HostLeftAlone,
    Interrupted,
    Refused,
    answered,
    asked_wait,
    describe,
    host_of,
    untrusted,
    words,
)

__all__ = ["GaveUp", "Interrupted", "PatientRetry", "PoliteRedirect", "PoliteRobots", "describe"]

logger = logging.getLogger(__name__)

# 500-504 less 501: the server's trouble. 408, 429: come again. 520-524: Cloudflare could not reach the server.
TRY_AGAIN = {408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524}
TRIES = "trialdex_tries"  # meta: how often the request has been sent and failed
USUAL_TIMEOUT = "trialdex_timeout"  # meta: its own time limit, while a shorter one is in force
WEB = ("http", "https")
GLANCE = 0.25  # seconds between looks whether the crawl is ending: Scrapy has no signal for the start of its end


def is_robots(request: Request) -> bool:
    """Whether this is `PoliteRobots` asking for robots.txt."""
    return request.callback is NO_CALLBACK and bool(request.meta.get("dont_obey_robotstxt"))


@dataclass
class Host:
    """What this crawl knows of one host. Times are `time.monotonic`."""

    name: str
    turn: asyncio.Semaphore  # who holds it may send
    first_asked: float | None = None
    answered: bool = False  # ever, with anything that begins like HTTP
    not_before: float = 0.0  # the whole host is held back until then
    refusals: int = 0  # answers 403 in a row
    failures: int = 0  # addresses in a row that failed all their tries
    left_alone: str | None = None  # why nothing more is asked of it


class PatientRetry:
    """Sends to each host one request at a time and decides after each answer whether, and when, to ask again.

    The turn is what makes a wait hold back the whole host: Scrapy takes the next request of a host from its queue
    before any middleware has seen the answer to the last one. Packed answers are unpacked here, for when another
    middleware fails on an answer Scrapy tells nobody else, and the turn would be lost.
    """

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        self.crawler = crawler
        self.waits = [float(wait) for wait in settings.getlist("TRIALDEX_RETRY_WAITS")]
        self.longest_wait = settings.getfloat("TRIALDEX_LONGEST_WAIT")
        self.first_answer = settings.getfloat("TRIALDEX_FIRST_ANSWER")
        self.failures_in_a_row = settings.getint("TRIALDEX_FAILURES_IN_A_ROW")
        self.refusals_in_a_row = settings.getint("TRIALDEX_REFUSALS_IN_A_ROW")
        self.at_a_time = settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN") or 1
        self.packing = build_from_crawler(HttpCompressionMiddleware, crawler)
        self.hosts: dict[str, Host] = {}
        self.out: dict[Request, Host] = {}  # sent, or about to be: the requests that hold a turn
        self.closing: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> PatientRetry:
        patience = cls(crawler)
        crawler.signals.connect(patience.headers_received, signal=signals.headers_received)
        return patience

    # --- before a request is sent ---

    async def process_request(self, request: Request) -> None:
        """Wait for the host's turn and moment. Raises `GaveUp` when it must not be asked any more."""
        if urlsplit(request.url).scheme not in WEB:
            return
        host = self._host(request.url)
        await host.turn.acquire()
        try:
            await self._moment(host)
        except BaseException:
            host.turn.release()
            raise
        self.out[request] = host
        self._limit(request, host)
        self.packing.process_request(request)

    def _host(self, url: str) -> Host:
        try:
            name = host_of(url)
        except ValueError as error:
            raise GaveUp(url, "not a usable address") from error
        return self.hosts.setdefault(name, Host(name, asyncio.Semaphore(self.at_a_time)))

    async def _moment(self, host: Host) -> None:
        while host.left_alone is None and not self._ending() and (left := host.not_before - monotonic()) > 0:
            await asyncio.sleep(min(left, GLANCE))
        if host.left_alone is not None:
            raise HostLeftAlone(host.name, host.left_alone)
        if self._ending():
            raise Interrupted(host.name, "not asked any more, the crawl is ending")

    def _ending(self) -> bool:
        engine = self.crawler.engine
        return not engine.running or engine._slot is None or engine._slot.closing is not None

    def _limit(self, request: Request, host: Host) -> None:
        """A host that has never answered gets half of what is left of its time, so that there is a second try."""
        usual: float = request.meta.setdefault(USUAL_TIMEOUT, request.meta.get("download_timeout", 180.0))
        if host.first_asked is None:
            host.first_asked = monotonic()
        left = host.first_asked + self.first_answer - monotonic()
        request.meta["download_timeout"] = usual if host.answered else min(usual, max(left / 2, 0.1))

    # --- after ---

    def headers_received(self, request: Request) -> None:
        """The host speaks. A large first page may then take longer than a first answer: its next try has all the time."""
        if host := self.out.get(request):
            host.answered = True

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """The answer, or the request to send again. Raises `GaveUp`."""
        host = self.out.pop(request, None)
        if host is None:
            return response
        try:
            host.answered = True
            return self._judge(request, response, host)
        finally:
            host.turn.release()

    def process_exception(self, request: Request, exception: Exception) -> Request | None:
        """The request to send again after an error on the way. Raises `GaveUp`; what is no download error passes."""
        host = self.out.pop(request, None)
        reason = words(exception)
        if host is None or reason is None:
            if host is not None:
                host.turn.release()
            return None
        try:
            if isinstance(exception, TRANSIENT) and not untrusted(exception):
                return self._again(request, host, reason)
            if untrusted(exception):
                host.left_alone = reason
            raise self._given_up(GaveUp(host.name, reason), request)
        finally:
            host.turn.release()

    def _judge(self, request: Request, response: Response, host: Host) -> Request | Response:
        robots = is_robots(request)  # for it 403 means that there is none (RFC 9309 2.3.1.3), as on S3 for any page
        wait = asked_wait(response, datetime.now(UTC))
        if response.status == 403 and not robots:
            return self._refused(request, host, wait)
        if response.status in TRY_AGAIN:
            return self._again(request, host, answered(response), wait, key=str(response.status))
        try:
            whole = cast(Response, self.packing.process_response(request, response))
        except IgnoreRequest as error:  # it grows beyond DOWNLOAD_MAXSIZE
            raise self._given_up(GaveUp(host.name, "answer larger than the limit, unpacked"), request) from error
        except Exception:  # zlib, brotli, zstd and gzip have no exception in common
            return self._again(request, host, "answer cannot be unpacked")
        damage = getattr(self.crawler.spider, "damaged", None)
        if whole.status == 200 and not robots and damage is not None and (flaw := damage(whole)):
            return self._again(request, host, f"damaged answer: {flaw}", wait, key="damaged")
        if whole.status != 403:
            host.refusals = host.failures = 0
        return whole

    def _refused(self, request: Request, host: Host, wait: float | None) -> Request:
        host.refusals += 1
        if host.refusals < self.refusals_in_a_row:
            return self._again(request, host, "403 Forbidden", wait, key="403")
        reason = f"refused us ({host.refusals} answers 403 in a row)"
        host.left_alone = reason
        line = (
            f"{host.name} {reason}; the way round: `trialdex load` of the register's bulk zip, "
            "or of pages saved from a browser"
        )
        if self.closing is None:  # not awaited: the engine closes only after this very request is done
            cast(list[str], getattr(self.crawler.spider, "refusals", [])).append(line)
            self.closing = asyncio.ensure_future(self.crawler.engine.close_spider_async(reason="blocked"))
        logger.error(line)
        raise Refused(host.name, reason)

    def _again(self, request: Request, host: Host, reason: str, asked: float | None = None, key: str = "") -> Request:
        """The request for its next try, the whole host held back until then. Raises `GaveUp` after the last."""
        tries = request.meta.get(TRIES, 0) + 1
        last = tries > len(self.waits) or bool(request.meta.get("dont_retry"))
        said = f"{reason}, {tries} {'try' if tries == 1 else 'tries'}"
        wait = asked if asked is not None else 0.0 if last else self.waits[tries - 1]
        if wait > self.longest_wait:
            host.left_alone = f"{reason}, and asks us to wait {wait:.0f} s, longer than {self.longest_wait:.0f} s"
            raise self._given_up(HostLeftAlone(host.name, host.left_alone), request)
        host.not_before = max(host.not_before, monotonic() + wait)
        deadline = (host.first_asked or monotonic()) + self.first_answer
        if not host.answered and (last or host.not_before >= deadline):
            host.left_alone = said
            raise self._given_up(HostLeftAlone(host.name, said), request)
        if last:
            host.failures += 1
            if host.failures >= self.failures_in_a_row:
                host.left_alone = f"left alone after {host.failures} addresses in a row failed, the last: {said}"
            raise self._given_up(GaveUp(host.name, said), request)
        self._count(key or reason)
        logger.info("%s: %s; again in %.3g s (try %d of %d)", request.url, reason, wait, tries + 1, len(self.waits) + 1)
        again = request.copy()
        again.meta[TRIES] = tries
        again.dont_filter = True
        again.priority = request.priority + 1  # Scrapy: -1. The host waits for this one, so it goes first
        return again

    def _count(self, reason: str) -> None:
        self.crawler.stats.inc_value("retry/count")
        self.crawler.stats.inc_value(f"retry/reason_count/{reason}")

    def _given_up(self, error: GaveUp, request: Request) -> GaveUp:
        self.crawler.stats.inc_value("retry/max_reached")
        logger.warning("%s: %s", request.url, error.reason)
        return error


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
        """Scrapy forgets a slot that is idle for a minute, so the delay goes into the settings of slots to come, too."""
        downloader = self.crawler.engine.downloader
        key = downloader.get_slot_key(request)
        known = downloader.per_slot_settings.get(key, {})
        delay = max(delay, known.get("delay", self.crawler.settings.getfloat("DOWNLOAD_DELAY")))
        downloader.per_slot_settings[key] = {**known, "delay": delay}
        if key in downloader.slots:
            downloader.slots[key].delay = delay


class PoliteRedirect(RedirectMiddleware):
    """Follows a redirect on the same host, or to a host that the user gave (the spider's `hosts`), never to less safety.

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
            raise self._report(GaveUp(host_of(request.url), f"more than {self.max_redirect_times} redirects")) from error
        if isinstance(target, Response):
            return target
        hosts = getattr(self.crawler.spider, "hosts", ())
        if not robots and not may_follow(request.url, target.url, hosts):
            reason = f"redirects to {target.url}, which is not on this host; give that address if you mean it"
            raise self._report(Elsewhere(host_of(request.url), reason))
        for stale in (TRIES, "download_slot"):  # both belong to the address that was left
            target.meta.pop(stale, None)
        return target

    def _report(self, error: GaveUp) -> GaveUp:
        logger.warning("%s", error)
        return error


def may_follow(url: str, target: str, hosts: object = ()) -> bool:
    """Whether a redirect stays where the user sent us: same host and port (or http's to https's), or among `hosts`."""
    here, there = urlsplit(url), urlsplit(target)
    if there.scheme not in WEB or (here.scheme == "https" and there.scheme != "https"):
        return False
    given = set(hosts) if isinstance(hosts, (set, frozenset, list, tuple)) else set()
    try:
        same_port = here.port == there.port or (here.port in (None, 80) and there.port in (None, 443))
    except ValueError:
        return False
    return (here.hostname == there.hostname and same_port) or bool({there.hostname, host_of(target)} & given)
