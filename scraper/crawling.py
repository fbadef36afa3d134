"""Crawls from a command, as `scrapy crawl` runs them but from any directory and one source after another."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple

from scrapy.crawler import Crawler, CrawlerProcess
from scrapy.settings import Settings

from scraper.budgets import Purse
from scraper.register import Register, sources
from scraper.settings import user_agent


class Wanted(NamedTuple):
    """One crawl: the source, the options of its spider, and what it may cost; crawls may share a purse."""

    source: str
    options: dict[str, Any]
    purse: Purse | None = None


def crawl(
    wanted: Sequence[Wanted], *, data: Path, quiet: bool, verbose: bool, contact: str | None = None
) -> list[Register]:
    """Crawls one after another into a data folder whose lock is held; returns the spent spiders.

    A process can do this once: the reactor under Scrapy does not start twice. Raises CrawlFailed, which holds the
    spiders of the other crawls.
    """
    settings = Settings()
    settings.setmodule("scraper.settings")
    if contact:
        settings.set("USER_AGENT", user_agent(contact), priority="cmdline")
    settings.update(
        {
            "TRIALDEX_DATA": str(data),
            "TRIALDEX_LOCKED": True,
            "TRIALDEX_QUIET": quiet,
            "LOG_INSTALL_ROOT_HANDLER": False,  # ours is below
            "LOG_LEVEL": "DEBUG" if verbose else "ERROR" if quiet else "INFO",
        },
        priority="cmdline",
    )
    log = logging.StreamHandler()
    log.setFormatter(logging.Formatter(settings["LOG_FORMAT"]))
    log.setLevel(settings["LOG_LEVEL"])
    if not verbose:  # Scrapy's own account of its parts is for those who work on it
        log.addFilter(lambda line: line.name.startswith(("scraper", *sources())) or line.levelno >= logging.ERROR)
    logging.root.addHandler(log)
    process = CrawlerProcess(settings)
    crawlers = [process.create_crawler(sources()[one.source]) for one in wanted]
    faults: list[str] = []

    def next_one(at: int) -> Any:
        one, crawler, began = wanted[at], crawlers[at], monotonic()
        if one.purse:
            crawler.settings.setdict(one.purse.settings(), priority="cmdline")
        crawling = process.crawl(crawler, **one.options)
        crawling.addErrback(lambda failure: faults.append(f"{one.source}: {failure.getErrorMessage()}"))
        crawling.addCallback(lambda _: _pay(one.purse, crawler, monotonic() - began))
        return crawling.addCallback(lambda _: next_one(at + 1)) if at + 1 < len(crawlers) else crawling

    next_one(0)
    process.start()
    spiders = [crawler.spider for crawler in crawlers if isinstance(crawler.spider, Register)]
    if faults:
        raise CrawlFailed("; ".join(faults), spiders)
    return spiders


def _pay(purse: Purse | None, crawler: Crawler, seconds: float) -> None:
    if purse and crawler.stats:
        purse.take(crawler.stats.get_value("downloader/request_count", 0), seconds)


class CrawlFailed(Exception):
    """A crawl could not even begin, or ended without a report. `spiders`: those of the crawls that did."""

    def __init__(self, reason: str, spiders: Sequence[Register] = ()) -> None:
        super().__init__(reason)
        self.spiders = list(spiders)
