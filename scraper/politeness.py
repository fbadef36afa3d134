"""When we ask a host, and when we stop: one request at a time, waits, tries, blocks.

`PatientRetry` lets requests out one by one, judges every answer and decides whether to ask again. What it gives up on
reaches the spider's errback as a `GaveUp`; `describe` makes one line of it. Where we may go at all is decided in
`scraper/boundaries.py`.
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
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.utils.misc import build_from_crawler
from twisted.logger import globalLogBeginner

from scraper.boundaries import TRIES, WEB, is_robots
from scraper.failures import (
    TRANSIENT,
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

__all__ = ["GaveUp", "Interrupted", "PatientRetry", "describe"]

logger = logging.getLogger(__name__)

# 500-504 less 501: the server's trouble. 408, 429: come again. 520-524: Cloudflare could not reach the server.
TRY_AGAIN = {408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524}
USUAL_TIMEOUT = "trialdex_timeout"  # meta: its own time limit, while a shorter one is in force
GLANCE = 0.25  # seconds between looks whether the crawl is ending: Scrapy has no signal for the start of its end


def no_tracebacks_from_tls() -> None:
    """Silence Twisted about certificates that name no host (`openssl req -x509` makes such); our own line says it.

    Twisted tells it twice, with a traceback: to the log, and to standard error until its own logging is begun.
    """
    logging.getLogger("twisted").addFilter(is_for_people)
    globalLogBeginner.beginLoggingTo([], redirectStandardIO=False)


def is_for_people(record: logging.LogRecord) -> bool:
    """The log filter for it."""
    return not record.getMessage().startswith("while verifying certificate")


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
        no_tracebacks_from_tls()
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
        if self._ending():
            raise Interrupted(host.name, "not asked any more, the crawl is ending")
        if host.left_alone is not None:
            raise HostLeftAlone(host.name, host.left_alone)

    def _ending(self) -> bool:
        slot = self.crawler.engine._slot  # Scrapy has no public word for a crawl that has begun to end
        ending = not self.crawler.engine.running or slot is None or slot.closing is not None
        return ending or self.closing is not None

    def _limit(self, request: Request, host: Host) -> None:
        """A host that has never answered gets half of what is left of its time, so that there is a second try."""
        usual: float = request.meta.setdefault(USUAL_TIMEOUT, request.meta.get("download_timeout", 180.0))
        if host.first_asked is None:
            host.first_asked = monotonic()
        left = host.first_asked + self.first_answer - monotonic()
        request.meta["download_timeout"] = usual if host.answered else min(usual, max(left / 2, 0.1))

    # --- after ---

    def headers_received(self, request: Request) -> None:
        """The host speaks. Should its first page take longer than a first answer may, the next try has all the time."""
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
                raise self._given_up(HostLeftAlone(host.name, reason), request)
            raise self._given_up(GaveUp(host.name, reason), request)
        finally:
            host.turn.release()

    def _judge(self, request: Request, response: Response, host: Host) -> Request | Response:
        robots = is_robots(request)  # for it 403 means that there is none (RFC 9309 2.3.1.3), as on S3 for any page
        wait = asked_wait(response, datetime.now(UTC))
        if response.status == 403 and not robots:
            return self._refused(request, host, wait)
        if response.status in TRY_AGAIN and not request.meta.get("dont_retry"):
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
