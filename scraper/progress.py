"""What a crawl is doing, while it does it, and what it did: a bar on a terminal, plain lines elsewhere, and facts.

All counts come from Scrapy's own statistics, which see every request that is sent, each retry and robots.txt included;
only the records are counted here, for an item is a page of many.
"""

from __future__ import annotations

import logging
import sys
from time import monotonic
from typing import Any, NamedTuple

from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TaskID, TextColumn
from rich.progress import Progress as Bar
from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.utils.asyncio import create_looping_call

logger = logging.getLogger(__name__)

BAR_SECONDS = 0.5  # between two states of the bar


class Facts(NamedTuple):
    """Where a crawl stands. `bytes` are as received, packed; `retries` by reason (`503`, `timed out`, `damaged`)."""

    records: int
    requests: int
    not_modified: int
    bytes: int
    retries: dict[str, int]
    seconds: float


def describe_progress(facts: Facts, expected: int | None) -> str:
    """One plain line: records, rate, time left, requests. `expected` records, None when the source does not tell."""
    parts = [f"{facts.records:,} of {expected:,} records" if expected is not None else f"{facts.records:,} records"]
    rate = facts.records / facts.seconds if facts.seconds > 0 else 0.0
    if rate:
        parts.append(f"{rate:,.1f} a second")
        if expected is not None and expected > facts.records:
            parts.append(f"{duration((expected - facts.records) / rate)} left")
    parts.append(f"{facts.requests:,} requests")
    if facts.not_modified:
        parts.append(f"{facts.not_modified:,} not modified")
    if facts.retries:
        parts.append(f"{sum(facts.retries.values()):,} tried again ({reasons(facts.retries)})")
    return ", ".join(parts)


def reasons(retries: dict[str, int]) -> str:
    """`503 x4, timed out`, the most frequent first."""
    ordered = sorted(retries.items(), key=lambda reason: (-reason[1], reason[0]))
    return ", ".join(name if count == 1 else f"{name} x{count}" for name, count in ordered)


def duration(seconds: float) -> str:
    """`40 s`, `5 min`, `2 h 10 min`: as exact as an estimate deserves."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


class Progress:
    """The extension: shows `describe_progress` as the crawl goes on and leaves `spider.run_facts` when it ends."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.quiet = crawler.settings.getbool("TRIALDEX_QUIET")
        self.interval = crawler.settings.getfloat("TRIALDEX_PROGRESS_SECONDS")
        self.records = 0
        self.started = monotonic()
        self.show: Any = None  # the looping call, which has no public type
        self.terminal: Terminal | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Progress:
        progress = cls(crawler)
        crawler.signals.connect(progress.spider_opened, signal=signals.spider_opened)
        crawler.signals.connect(progress.item_scraped, signal=signals.item_scraped)
        crawler.signals.connect(progress.spider_closed, signal=signals.spider_closed)
        return progress

    def facts(self) -> Facts:
        """Where the crawl stands now."""
        stats = self.crawler.stats.get_stats()
        again = "retry/reason_count/"
        return Facts(
            records=self.records,
            requests=stats.get("downloader/request_count", 0),
            not_modified=stats.get("downloader/response_status_count/304", 0),
            bytes=stats.get("downloader/response_bytes", 0),
            retries={key.removeprefix(again): count for key, count in stats.items() if key.startswith(again)},
            seconds=monotonic() - self.started,
        )

    def spider_opened(self, spider: Spider) -> None:
        self.started = monotonic()
        if self.quiet:
            return
        if sys.stderr.isatty():
            self.terminal = Terminal(spider.name)
            self.show = create_looping_call(self._move_bar)
            self.show.start(BAR_SECONDS)
        elif self.interval > 0:
            self.show = create_looping_call(self._say)
            self.show.start(self.interval, now=False)

    def item_scraped(self, item: Any) -> None:
        self.records += len(getattr(item, "records", ()))

    def spider_closed(self, spider: Spider, reason: str) -> None:
        if self.show is not None and self.show.running:
            self.show.stop()
        if self.terminal is not None:
            self._move_bar()
            self.terminal.close()
        facts = self.facts()
        spider.run_facts = {  # type: ignore[attr-defined]  # read by the command when the crawl is over
            **facts._asdict(),
            "retries": sum(facts.retries.values()),
            "retry_reasons": facts.retries,
            "reason": reason,
        }

    def _expected(self) -> int | None:
        return getattr(self.crawler.spider, "expected", None)

    def _say(self) -> None:
        logger.info("%s: %s", self.crawler.spidercls.name, describe_progress(self.facts(), self._expected()))

    def _move_bar(self) -> None:
        if self.terminal is not None:
            facts, expected = self.facts(), self._expected()
            self.terminal.move(facts.records, expected, describe_progress(facts, expected))


class Terminal:
    """A bar at the foot of a terminal, log lines running above it."""

    def __init__(self, name: str) -> None:
        self.bar = Bar(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[line]}"),
            console=Console(stderr=True),
            transient=True,  # the command's summary says it again, and says it better
        )
        self.task: TaskID = self.bar.add_task(name, total=None, line="")
        plain = sys.stderr
        self.bar.start()  # from here on sys.stderr writes above the bar; handlers made before must be told
        self.moved = [h for h in logging.root.handlers if isinstance(h, logging.StreamHandler) and h.stream is plain]
        self.plain = plain
        for handler in self.moved:
            handler.setStream(sys.stderr)

    def move(self, records: int, expected: int | None, line: str) -> None:
        """Show this many records of the expected, and the line beside the bar."""
        self.bar.update(self.task, completed=records, total=expected, line=line)

    def close(self) -> None:
        """Take the bar away and give the log its stream back."""
        for handler in self.moved:
            handler.setStream(self.plain)
        self.bar.stop()
