"""The night, step after step: the crawls of every source, what compares records, the gate, publishing, the report.

A crawl asks from the register's own data timestamp of the last finished crawl of the same question, never from our
clock, with two days of overlap, so that a missed night or a refused one leaves no gap.
"""

from __future__ import annotations

import functools
import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, NamedTuple

from sqlite_utils import Database

from pipelines.archive import open_archive
from pipelines.config import Config, Source
from pipelines.folder import DataFolder
from pipelines.line import ready
from pipelines.link import link
from pipelines.night_report import let_go, report
from pipelines.ping import ping
from pipelines.publish import NotPublished, renew
from pipelines.reconcile import reconcile
from pipelines.retention import let_versions_go
from pipelines.schema import open_trials
from pipelines.similar import similar
from scraper.budgets import SPENT, Purse
from scraper.crawling import CrawlFailed, Wanted, crawl
from scraper.register import Register, crawl_name, now

OVERLAP = timedelta(days=2)  # the register's update dates are days, its data come out in the middle of one
MOST_DAYS = timedelta(days=365 * 1000)  # a calendar has a first year
# What compares records with each other, in this order, after the crawls and before the gate. One step, one line.
STEPS: tuple[Callable[[Database], object], ...] = (link, reconcile)


class Night(NamedTuple):
    """What came of a night. `wrong`: one clear line each; `report`: the readable file."""

    spiders: list[Register]
    wrong: list[str]
    unpublished: bool  # the gate, or a check before it, refused
    notes: list[str]  # what did not go wrong, but is to be known
    pings: list[str]  # pings that did not arrive; they make no night a bad one
    report: Path

    @property
    def refused(self) -> bool:
        """Whether a source refused us."""
        return any(spider.refusals for spider in self.spiders)


def night(
    folder: DataFolder, config: Config, *, sweep: bool = False, quiet: bool = True, verbose: bool = False
) -> Night:
    """One night over a data folder, whose lock it takes. Sources that fail or refuse do not stop the others.

    Raises Locked, and sqlite3.Error or OSError where disk or database fail; the monitor is told of them first.
    """
    started = now()
    wrong: list[str] = []
    pings: list[str] = []
    with folder.locked(), monitored(config, wrong, pings):
        ready(folder)
        wanted, first_run = everything(folder, config, sweep)
        try:
            spiders = crawl(wanted, data=folder.path, quiet=quiet, verbose=verbose, contact=config.contact)
        except CrawlFailed as error:
            spiders = error.spiders
            wrong.append(str(error))
        wrong += [line for spider in spiders for line in (*spider.refusals, *spider.failures)]
        compare(folder)
        similar(folder)  # the one long step: a night and `trialdex similar` take it, a crawl by hand does not
        unpublished = any(spider.facts.get("disbelieved") for spider in spiders)
        try:
            published: str = renew(folder, config.gate, slim=config.slim).outcome
        except NotPublished as error:
            unpublished, published = True, f"not replaced: {error}"
            wrong.append(f"not published: {error}")
        notes = stops(spiders)
        let_go(folder, config.keep.reports_days, started)
        if not wrong and (gone := old_versions(folder, config.keep.versions_days, started)):
            notes.append(f"{gone:,} wordings replaced more than {config.keep.versions_days} days ago are let go")
        path = report(folder, first_run, wrong, published, started, notes=[*notes, *pings])
    return Night(spiders, wrong, unpublished, notes, pings, path)


def everything(folder: DataFolder, config: Config, sweep: bool) -> tuple[list[Wanted], int]:
    """The crawls of a night, and the number that its first run will have. The crawls of a source share its budget."""
    wanted: list[Wanted] = []
    with closing(open_archive(folder.archive)) as archive:
        for source in config.sources:
            minutes = source.budget.minutes
            purse = Purse(source.budget.requests, None if minutes is None else minutes * 60)
            wanted += [
                Wanted(source.name, options, purse) for options in crawls_of(source, folder, archive, sweep, config)
            ]
        (first_run,) = archive.execute("SELECT ifnull(max(id), 0) + 1 FROM runs").fetchone()
    return wanted, int(first_run)


def crawls_of(
    source: Source, folder: DataFolder, archive: Database, sweep: bool, config: Config
) -> list[dict[str, Any]]:
    """The crawls that one source needs tonight, as options of its spider."""
    asked = question(source.name, source.asked)
    if source.name != "ctgov":  # the one register so far that can be asked what is new
        return [{**source.asked, "facts": {"asked": asked, "kind": "full"}}]
    known = functools.partial(known_trials, folder, asked)
    return plan(archive, source.asked, sweep, config, known)


def compare(folder: DataFolder) -> None:
    """The steps that follow every command which brings records."""
    with closing(open_trials(folder.trials)) as trials:
        for step in STEPS:
            step(trials)


def old_versions(folder: DataFolder, days: int | None, at: str) -> int:
    """Lets go what was replaced more than so many days ago; returns how many wordings. None: keeps all."""
    if days is None:
        return 0
    before = datetime.fromisoformat(at) - min(timedelta(days=days), MOST_DAYS)
    with closing(open_archive(folder.archive)) as archive, closing(open_trials(folder.trials)) as trials:
        return let_versions_go(archive, trials, before.strftime("%Y-%m-%dT%H:%M:%SZ"))


def stops(spiders: list[Register]) -> list[str]:
    """A line for each crawl that met its budget, and for each host that did."""
    hosts = [f"{host}: {said}" for spider in spiders for host, said in spider.facts.get("spent", {}).items()]
    return hosts + [
        f"{spider.name}: stopped, its budget of {spent} is spent; "
        + (
            "the next night begins the sweep anew"
            if spider.facts.get("kind") == "sweep"
            else "the next night goes on from there"
        )
        for spider in spiders
        if (spent := SPENT.get(str(spider.run_facts.get("reason"))))
    ]


@contextmanager
def monitored(config: Config, wrong: list[str], pings: list[str]) -> Iterator[None]:
    """Tells the monitor, where there is one, of the start, and of the end: good when nothing is in `wrong`. What it
    could not be told goes into `pings`. A run that finds the lock held tells nothing: the run that holds it does."""

    def tell(what: Literal["start", "success", "fail"]) -> None:
        if config.ping and (said := ping(config.ping, what, config.contact)):
            pings.append(said)

    tell("start")
    try:
        yield
    except BaseException:
        tell("fail")
        raise
    tell("fail" if wrong else "success")


# --- what one night leaves for the next -----------------------------------------------------------------------------


class LastCrawl(NamedTuple):
    """The last finished crawl that asked the same."""

    run_id: int
    data_timestamp: str
    etag: str | None


def question(source: str, asked: Mapping[str, Any]) -> str:
    """A name for what is asked of a source, the same every night."""
    return crawl_name(source, dict(asked))


def last_finished(archive: Database, asked: str, *kinds: str) -> LastCrawl | None:
    """The last finished crawl of a question, of one of some kinds (full, delta, sweep)."""
    for run_id, facts in archive.execute(
        "SELECT id, facts FROM runs WHERE outcome = 'finished' AND facts IS NOT NULL ORDER BY id DESC"
    ):
        told = json.loads(facts)
        if told.get("asked") == asked and told.get("kind") in kinds and told.get("data_timestamp"):
            return LastCrawl(run_id, told["data_timestamp"], told.get("etag"))
    return None


def plan(
    archive: Database, asked: Mapping[str, Any], sweep: bool, config: Config, known: Callable[[], Any]
) -> list[dict[str, Any]]:
    """The crawls of ctgov that a question needs tonight, as options of the spider: a full one the first time; then
    what was updated since, and, weekly or when told to, a sweep."""
    name = question("ctgov", asked)
    last = last_finished(archive, name, "full", "delta")
    if last is None:
        return [{**asked, "facts": {"asked": name, "kind": "full"}}]
    since = (datetime.fromisoformat(last.data_timestamp).date() - OVERLAP).isoformat()
    crawls = [
        {
            **{key: value for key, value in asked.items() if key != "all"},
            "since": since,
            "after": last.data_timestamp,
            "etag": last.etag,
            "facts": {"asked": name, "kind": "delta"},
        }
    ]
    swept = last_finished(archive, name, "full", "sweep")
    due = swept is None or _day(last.data_timestamp) - _day(swept.data_timestamp) >= config.sweep_every
    if sweep or due:
        crawls.append(
            {
                **asked,
                "sweep": known,
                "after": swept.data_timestamp if swept and not sweep else None,
                "may_shrink": config.gate.live_trials,
                "facts": {"asked": name, "kind": "sweep"},
            }
        )
    return crawls


def _day(timestamp: str) -> date:
    return datetime.fromisoformat(timestamp).date()


def known_trials(folder: DataFolder, asked: str) -> dict[str, tuple[str | None, str | None, bool, frozenset[str]]]:
    """What we hold of the trials that crawls of a question have brought: (status code, last update, removed, older
    numbers) by id."""
    archive = sqlite3.connect(f"file:{folder.archive}?mode=ro", uri=True)
    try:
        runs = [
            run_id
            for run_id, facts in archive.execute("SELECT id, facts FROM runs WHERE facts IS NOT NULL")
            if json.loads(facts).get("asked") == asked
        ]
        brought = {
            id
            for (id,) in archive.execute(
                "SELECT DISTINCT source_id FROM sightings WHERE run_id IN (SELECT value FROM json_each(?))",
                [json.dumps(runs)],
            )
        }
    finally:
        archive.close()
    trials = sqlite3.connect(f"file:{folder.trials}?mode=ro", uri=True)
    try:
        aliases: defaultdict[str, set[str]] = defaultdict(set)
        for id, alias in trials.execute("SELECT trial_id, value FROM identifiers WHERE type = 'alias'"):
            aliases[id].add(alias)
        return {
            id: (status, updated, bool(removed), frozenset(aliases.get(id, ())))
            for id, status, updated, removed in trials.execute(
                "SELECT id, status_text, last_updated, removed_at IS NOT NULL FROM trials WHERE source = 'ctgov'"
            )
            if id in brought
        }
    finally:
        trials.close()
