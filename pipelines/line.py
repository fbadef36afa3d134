"""The straight line as one object: a page goes into the archive, then trials.db follows. Scrapy's item pipeline is a
thin class around it; `load` and `replay` drive it directly."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from scrapy.crawler import Crawler

from pipelines.archive import end_run, keep, open_archive, places, start_run
from pipelines.folder import DataFolder
from pipelines.follow import COUNTS, Follower, fill_fields
from pipelines.schema import TABLES, open_trials
from scraper.items import Page
from scraper.register import Register, now


class Line:
    """One run over one data folder. The folder's lock must be held. Starts by reading what is archived and unread."""

    def __init__(self, folder: DataFolder, *, command: str, source: str, query: str | None = None) -> None:
        self.archive = open_archive(folder.archive)
        self.trials = open_trials(folder.trials)
        self.started = time.monotonic()
        self.run_id = start_run(self.archive, command, source, query, now())
        self.follower = Follower(self.archive, self.trials)
        self.follower.follow()

    def take(self, page: Page) -> None:
        """One page, all the way."""
        keep(self.archive, page, self.run_id, now())
        self.follower.follow()

    def places(self, source: str, crawl: str) -> tuple[str, ...]:
        """What a killed crawl had done."""
        return places(self.archive, source, crawl)

    def end(self, outcome: str, facts: Mapping[str, Any] | None = None) -> dict[str, int]:
        """Ends the run and closes the files; returns what it counted."""
        told = {"seconds": round(time.monotonic() - self.started, 1), **(facts or {})}
        self.follower.follow()
        end_run(self.archive, self.run_id, outcome, told, now())
        self.follower.finish()
        with self.trials.atomic():
            fill_fields(self.trials, self.run_id, TABLES["trials"].columns)
        row = self.trials.execute(f"SELECT {', '.join(COUNTS)} FROM runs WHERE id = ?", [self.run_id]).fetchone()
        self.close()
        return dict(zip(COUNTS, row, strict=True))

    def close(self) -> None:
        """Closes the files, whatever came before; the log says the rest."""
        self.trials.close()
        self.archive.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class KeepPages:
    """Scrapy's door to the line. The command that started the crawl holds the lock (TRIALDEX_LOCKED), or this does."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.folder = DataFolder(crawler.settings["TRIALDEX_DATA"])

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def open_spider(self) -> None:
        spider = self.spider
        self.lock = self.folder.locked() if not self.crawler.settings.getbool("TRIALDEX_LOCKED") else None
        if self.lock:
            self.lock.__enter__()
        self.line = Line(self.folder, command="crawl", source=spider.name, query=spider.query)
        spider.places = lambda crawl: self.line.places(spider.name, crawl)

    def process_item(self, item: Page) -> Page:
        self.line.take(item)
        return item

    def close_spider(self) -> None:
        spider = self.spider
        outcome = "blocked" if spider.refusals else "failed" if spider.failures else "finished"
        spider.counts = self.line.end(outcome, spider.run_facts)
        if self.lock:
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
    follower = Follower(archive, trials)
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
