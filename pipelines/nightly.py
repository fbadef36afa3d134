"""The night, step after step: what to ask of each source, what one night left for the next, and the report.

The crawls themselves run in `scraper/crawling.py`; `trialdex nightly` puts the steps together. A crawl asks from the
register's own data timestamp of the last finished crawl of the same question, never from our clock, with two days of
overlap, so that a missed night or a refused one leaves no gap.
"""

from __future__ import annotations

import json
import sqlite3
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from sqlite_utils import Database

from pipelines.folder import DataFolder
from pipelines.gate import Limits
from scraper.register import crawl_name

OVERLAP = timedelta(days=2)  # the register's update dates are days, its data come out in the middle of one
SWEEP_EVERY = timedelta(days=7)

TEMPLATE = """\
# What `trialdex nightly` does. Every line that is commented out shows the default.

# contact = "you@example.org"      # stands in the User-Agent of every request (or TRIALDEX_CONTACT)
# sweep_every_days = 7             # how often the whole listing is compared for merges and removals

[gate]                             # publishing is refused when the new file is worse than this
# live_trials = 0.02               # share of live trials that may vanish
# removed = 0.02                   # share of live trials that may be removed or merged (up to 5 always may)
# rejects = 0.01                   # share of the records seen that may be rejected
# problems = 2.0                   # problems a record, times the last published run's
# fill = 0.05                      # loss of filled values in a column, as a share of live trials

[[source]]
name = "ctgov"
all = true                         # or: condition = ["heart failure"], status = ["recruiting"], location = ["Norway"]

# [[source]]
# name = "portal"
# urls = ["https://portal.example/sitemap.xml"]
"""


class BadConfig(ValueError):
    """A configuration that cannot be used; the message is one clear line."""


@dataclass(frozen=True)
class Config:
    """What trialdex.toml says. Without a file: the whole of ctgov."""

    sources: tuple[tuple[str, dict[str, Any]], ...] = (("ctgov", {"all": True}),)
    gate: Limits = field(default_factory=Limits)
    contact: str | None = None
    sweep_every: timedelta = SWEEP_EVERY


def read_config(path: Path) -> Config:
    """The configuration in a file. Raises BadConfig."""
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadConfig(f"{path}: {error}") from None
    unknown = set(told) - {"contact", "sweep_every_days", "gate", "source"}
    if unknown:
        raise BadConfig(f"{path}: unknown setting {', '.join(sorted(unknown))}")
    sources = []
    for one in told.get("source", []):
        if not isinstance(one, dict) or not isinstance(one.get("name"), str):
            raise BadConfig(f"{path}: every [[source]] needs a name")
        sources.append((one["name"], {key: value for key, value in one.items() if key != "name"}))
    try:
        limits = Limits(**told.get("gate", {}))
    except TypeError:
        known = ", ".join(each.name for each in fields(Limits))
        raise BadConfig(f"{path}: [gate] knows {known}; it has {', '.join(told['gate'])}") from None
    return Config(
        tuple(sources) or Config.sources,
        limits,
        told.get("contact"),
        timedelta(days=float(told.get("sweep_every_days", SWEEP_EVERY.days))),
    )


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


def known_trials(folder: DataFolder, asked: str) -> dict[str, tuple[str | None, str | None, bool]]:
    """What we hold of the trials that crawls of a question have brought: (status code, last update, removed) by id."""
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
        return {
            id: (status, updated, bool(removed))
            for id, status, updated, removed in trials.execute(
                "SELECT id, status_text, last_updated, removed_at IS NOT NULL FROM trials WHERE source = 'ctgov'"
            )
            if id in brought
        }
    finally:
        trials.close()


# --- the report -----------------------------------------------------------------------------------------------------


def report(folder: DataFolder, first_run: int, said: list[str], published: str, at: str) -> Path:
    """Writes reports/<date>.json and a readable .txt beside it; returns the latter. `said`: what went wrong."""
    db = sqlite3.connect(f"file:{folder.trials}?mode=ro", uri=True)
    db.row_factory = sqlite3.Row
    try:
        runs = [dict(row) for row in db.execute("SELECT * FROM runs WHERE id >= ? ORDER BY id", [first_run])]
        sources = [
            dict(row)
            for row in db.execute(
                "SELECT source, sum(removed_at IS NULL) AS live, max(last_updated) AS newest_update "
                "FROM trials GROUP BY source"
            )
        ]
    finally:
        db.close()
    for one in sources:
        one["working_days_old"] = working_days_between(one["newest_update"], at[:10])
    told = {"at": at, "published": published, "went_wrong": said, "runs": runs, "sources": sources}
    folder.reports.mkdir(parents=True, exist_ok=True)
    (folder.reports / f"{at[:10]}.json").write_text(json.dumps(told, indent=2, ensure_ascii=False), encoding="utf-8")
    text = folder.reports / f"{at[:10]}.txt"
    text.write_text("\n".join(_lines(told)) + "\n", encoding="utf-8")
    return text


def _lines(told: Mapping[str, Any]) -> list[str]:
    lines = [f"Trialdex, the night of {told['at']}", f"Published file: {told['published']}", ""]
    for run in told["runs"]:
        lines.append(
            f"{run['source']} {run['command']}: {run['outcome']}; {run['seen']} seen, {run['new']} new, "
            f"{run['changed']} changed, {run['removed']} removed, {run['rejected']} rejected, "
            f"{run['problems']} problems, {run['requests'] or 0} requests, {run['seconds'] or 0} s"
        )
    for one in told["sources"]:
        age = one["working_days_old"]
        lines.append(f"{one['source']}: {one['live']} live trials, newest update {one['newest_update']}"
                     + (f" ({age} working days ago)" if age is not None else ""))  # fmt: skip
    return lines + ["", *(f"! {line}" for line in told["went_wrong"])]


def working_days_between(earlier: str | None, later: str) -> int | None:
    """Monday to Friday days after one day up to another; the register publishes nothing at weekends."""
    if not earlier or len(earlier) < 10:
        return None
    first, last = date.fromisoformat(earlier[:10]), date.fromisoformat(later[:10])
    return sum(1 for day in range(1, (last - first).days + 1) if (first + timedelta(days=day)).weekday() < 5)
