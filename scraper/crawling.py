"""Crawls from a command, as `scrapy crawl` runs them but from any directory and one source after another."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scrapy.crawler import CrawlerProcess
from scrapy.settings import Settings

from scraper.register import Register, sources


def crawl(wanted: Sequence[tuple[str, dict[str, Any]]], *, data: Path, quiet: bool, verbose: bool) -> list[Register]:
    """Crawls (source, options) one after another into a data folder whose lock is held; returns the spent spiders.

    A process can do this once: the reactor under Scrapy does not start twice.
    """
    settings = Settings()
    settings.setmodule("scraper.settings")
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
    crawlers = [(process.create_crawler(sources()[name]), options) for name, options in wanted]
    faults: list[str] = []

    def next_one(at: int) -> Any:
        crawler, options = crawlers[at]
        crawling = process.crawl(crawler, **options)
        crawling.addErrback(lambda failure: faults.append(f"{wanted[at][0]}: {failure.getErrorMessage()}"))
        return crawling.addCallback(lambda _: next_one(at + 1)) if at + 1 < len(crawlers) else crawling

    next_one(0)
    process.start()
    if faults:
        raise CrawlFailed("; ".join(faults))
    return [crawler.spider for crawler, _ in crawlers if isinstance(crawler.spider, Register)]


class CrawlFailed(Exception):
    """A crawl could not even begin, or ended without a report."""
