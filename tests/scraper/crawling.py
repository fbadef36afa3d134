"""`crawl(spider_class, **arguments)`: a real crawl with the project's settings, as often as a test run likes.

Each crawl runs in a forked child: a Twisted reactor runs once in a process, Scrapy's other way (no reactor) takes a
download handler that production does not use, and starting Python anew costs a second. The spider class may be local
to a test; what it changes in Python stays in the child, so look at the result.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from scrapy import Spider, signals
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

FAST = {"TRIALDEX_RETRY_WAITS": [0.02, 0.02, 0.02, 0.02, 0.02]}  # unless a test says otherwise


@dataclass
class Crawled:
    """What a crawl left. Items are as yielded by the spider, before any pipeline."""

    items: list[Any]
    failures: list[str]
    refusals: list[str]
    facts: dict[str, Any]  # spider.run_facts
    stats: dict[str, Any]
    notes: Any  # the spider's own `notes`, whatever a test keeps there
    log: str

    @property
    def reason(self) -> str:
        """Why the crawl ended, in Scrapy's word: `finished`, `blocked`, `shutdown` ..."""
        return str(self.facts["reason"])


def crawl(
    spider: type[Spider],
    *,
    settings: dict[str, Any] | None = None,
    timeout: float = 30.0,
    meanwhile: Callable[[int], None] | None = None,
    stderr: int | None = None,
    **arguments: Any,
) -> Crawled:
    """Run one crawl to its end. `ITEM_PIPELINES` are empty and retry waits 20 ms unless `settings` says otherwise.

    `meanwhile(pid)` runs beside the crawl; `stderr` is a file descriptor for its log (a pseudo-terminal, say).
    Fails the test when the crawl dies or takes longer than `timeout` seconds.
    """
    chosen = Settings()
    chosen.setmodule("scraper.settings", priority="project")
    chosen.setdict({"ITEM_PIPELINES": {}, "MEMUSAGE_ENABLED": False, **FAST, **(settings or {})}, priority="cmdline")
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "log")
        log.touch()
        child = context.Process(target=_child, args=(spider, chosen, arguments, theirs, log, stderr))
        child.start()
        theirs.close()
        try:
            if meanwhile is not None and child.pid is not None:
                meanwhile(child.pid)
            answered = ours.poll(timeout)
            result = ours.recv() if answered else None
        except EOFError:
            result = None
        finally:
            if not ours.closed:
                ours.close()
            child.join(5 if child.exitcode is not None else 1)
            if child.is_alive():
                child.kill()
                child.join()
        text = log.read_text(errors="replace")
    if result is None:
        pytest.fail(f"the crawl died or took longer than {timeout:g} s; its log:\n{text}")
    return Crawled(**result, log=text)


def _child(
    spider: type[Spider], settings: Settings, arguments: dict[str, Any], pipe: Any, log: Path, stderr: int | None
) -> None:
    """Runs in the child. Its standard error is the log; pytest's capture belongs to the parent."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    target = os.open(log, os.O_WRONLY | os.O_APPEND) if stderr is None else stderr
    os.dup2(target, 2)
    sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(spider)
    items: list[Any] = []
    crawler.signals.connect(lambda item: items.append(item), signal=signals.item_scraped, weak=False)
    process.crawl(crawler, **arguments)
    process.start()
    done = crawler.spider
    pipe.send(
        {
            "items": items,
            "failures": getattr(done, "failures", []),
            "refusals": getattr(done, "refusals", []),
            "facts": getattr(done, "run_facts", {}),
            "stats": dict(crawler.stats.get_stats()),
            "notes": getattr(done, "notes", None),
        }
    )
    pipe.close()
