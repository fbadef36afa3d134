"""The straight line as one object: a page goes into the archive, then trials.db follows. Scrapy's item pipeline is a
thin class around it; `load` and `replay` drive it directly."""

from __future__ import annotations

import asyncio
import functools
import os
import sqlite3
import time
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from pipelines.archive import end_run, keep, led_to, open_archive, places, start_run, visit
from pipelines.folder import DataFolder
from pipelines.follow import AHEAD, COUNTS, Follower, fill_fields
from pipelines.schema import TABLES, open_trials
from scraper.budgets import SPENT
from scraper.items import Page, Visit
from scraper.register import Register, now

SENDING = 0.02  # seconds in which Scrapy hands the next request to the network; what is kept meanwhile blocks it


class Line:
    """One run over one data folder. The folder's lock must be held. Starts by reading what is archived and unread.
    `expected`: about how many records will come, where that is known."""

    def __init__(
        self, folder: DataFolder, *, command: str, source: str, query: str | None = None, expected: int = 0
    ) -> None:
        self.archive = open_archive(folder.archive)
        self.trials = open_trials(folder.trials)
        self.started = time.monotonic()
        self.run_id = start_run(self.archive, command, source, query, now())
        self.follower = Follower(folder.archive, self.archive, self.trials, expected)
        self.follower.follow()

    def take(self, page: Page) -> None:
        """One page, all the way."""
        keep(self.archive, page, self.run_id, now())
        self.follower.follow(ahead=AHEAD)

    def places(self, source: str, crawl: str) -> tuple[str, ...]:
        """What a killed crawl had done."""
        return places(self.archive, source, crawl)

    def visited(self, source: str, url: str) -> Visit | None:
        """What an address answered last."""
        return visit(self.archive, source, url)

    def led_to(self, source: str, crawl: str) -> tuple[str, ...]:
        """The addresses that earlier crawls of one name have brought records from."""
        return led_to(self.archive, source, crawl)

    def end(
        self, outcome: str, facts: Mapping[str, Any] | None = None, *, to_the_end: bool | None = None
    ) -> dict[str, int]:
        """Ends the run and closes the files; returns what it counted. `to_the_end`: there is nothing to go on with,
        even if something was lost on the way; a finished run always came to its end."""
        told = {"seconds": round(time.monotonic() - self.started, 1), **(facts or {})}
        self.follower.follow()
        ended = outcome == "finished" if to_the_end is None else to_the_end
        end_run(self.archive, self.run_id, outcome, told, now(), to_the_end=ended)
        self.follower.finish()
        with self.trials.atomic():
            fill_fields(self.trials, self.run_id, TABLES["trials"].columns)
        row = self.trials.execute(f"SELECT {', '.join(COUNTS)} FROM runs WHERE id = ?", [self.run_id]).fetchone()
        self.close()
        return dict(zip(COUNTS, row, strict=True))

    def close(self) -> None:
        """Closes the files, whatever came before; the log says the rest."""
        self.follower.close()
        self.trials.close()
        self.archive.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def ready(folder: DataFolder) -> None:
    """Opens both files once, so that what is wrong with them is said before any source is asked.

    Raises NewerFile, sqlite3.Error or OSError; inside Scrapy the same would be told with a traceback.
    """
    open_archive(folder.archive).close()
    open_trials(folder.trials).close()


class KeepPages:
    """Scrapy's door to the line. The command that started the crawl holds the lock (TRIALDEX_LOCKED), or this does."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.folder = DataFolder(crawler.settings["TRIALDEX_DATA"])
        self.lock = nullcontext() if crawler.settings.getbool("TRIALDEX_LOCKED") else self.folder.locked()
        self.broken = False
        self.in_turn = asyncio.Lock()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        pipeline = cls(crawler)
        crawler.signals.connect(pipeline.end, signal=signals.spider_closed)  # after the extension that counts requests
        return pipeline

    def open_spider(self) -> None:
        spider = self.spider
        self.lock.__enter__()
        self.line = Line(self.folder, command="crawl", source=spider.name, query=spider.query)
        for memory in ("places", "visited", "led_to"):  # what only the archive knows of earlier crawls
            setattr(spider, memory, functools.partial(getattr(self.line, memory), spider.name))

    async def process_item(self, item: Page) -> Page:
        """Keeps a page, in the order in which they come. When one cannot be kept no later one is, so that no position
        passes over what was lost. Before a page of many records, the request for the next one is let go out: the source
        works on it meanwhile."""
        async with self.in_turn:
            if len(item.records) > 1:
                await asyncio.sleep(SENDING)
            return self._kept(item)

    def _kept(self, item: Page) -> Page:
        if self.broken:
            raise DropItem("the run has failed")
        try:
            self.line.take(item)
        except (sqlite3.Error, OSError) as error:
            self.broken = True
            self.spider.failures.append(f"{self.folder.path}: {error}; what was committed before is kept")
            assert self.crawler.engine
            self.crawler.engine.close_spider(self.spider, "failed")
            raise DropItem("the run has failed") from None
        return item

    def end(self, spider: Register, reason: str) -> None:
        if spider.refusals:
            outcome = "blocked"
        elif spider.failures:
            outcome = "failed"
        elif reason in SPENT:
            outcome = "stopped"
        else:
            outcome = "finished" if reason == "finished" else "interrupted"
        to_the_end: bool | None = None
        if spider.cut_short is not None and reason == "finished":
            outcome = "stopped" if spider.cut_short and outcome == "finished" else outcome
            to_the_end = not spider.cut_short and not spider.refusals
        try:
            spider.counts = self.line.end(outcome, {**spider.run_facts, **spider.facts}, to_the_end=to_the_end)
        except sqlite3.Error as error:
            spider.failures.append(f"{self.folder.path}: {error}; what was committed before is kept")
        self.line.close()
        self.lock.__exit__(None, None, None)

    @property
    def spider(self) -> Register:
        assert isinstance(self.crawler.spider, Register)
        return self.crawler.spider


def replay(folder: DataFolder) -> dict[str, int]:
    """Rebuilds trials.db from archive.db alone, beside the old one, and takes its place. The lock must be held."""
    folder.work.mkdir(parents=True, exist_ok=True)
    fresh = folder.work / "replay.db"
    remove_database(fresh)
    archive, trials = open_archive(folder.archive), open_trials(fresh)
    follower = Follower(folder.archive, archive, trials)
    follower.follow()
    follower.finish()
    counted = {name: trials.table(name).count for name in ("trials", "criteria", "locations", "rejects", "problems")}
    trials.execute("PRAGMA journal_mode = DELETE")  # folds the write-ahead log in, so that one file is the database
    trials.close()
    archive.close()
    remove_database(folder.trials, only_logs=True)
    os.replace(fresh, folder.trials)
    return counted


def remove_database(path: Path, only_logs: bool = False) -> None:
    """Removes a database file and its write-ahead log, or the log alone."""
    for suffix in ("-wal", "-shm") if only_logs else ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
