"""One trial through time: what changed in it, run by run, and how it stood at a moment. Only reads, takes no lock.

What changed is told by `changes`; how it stood is read from the version that the archive held valid then.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from typing import Any, NamedTuple

from pipelines.archive import version_of
from pipelines.folder import DataFolder
from pipelines.read import as_golden, read, source_names
from scraper.items import Trial


class NoSuchTrial(ValueError):
    """What was asked for is not there, or cannot be: one clear line."""


class NotKept(Exception):
    """The version was let go, or cannot be read: one clear line."""


class Event(NamedTuple):
    """One change. `kind`: new, changed, removed, merged, returned, or absorbed (`old` was merged into this trial)."""

    at: str
    run_id: int
    command: str
    kind: str
    field: str | None
    old: str | None
    new: str | None


class Sightings(NamedTuple):
    """What the log says of a trial up to a moment."""

    first: str
    last_seen: str | None  # the last time that the source had it
    last_what: str  # body, same, gone or moved
    last_at: str
    moved_to: str | None
    record_id: int | None  # the version then
    times: int
    wordings: int


class Past(NamedTuple):
    """A trial's changes, oldest first."""

    id: str
    source: str
    title: str | None
    sightings: Sightings
    events: list[Event]

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "source": self.source,
            "title": self.title,
            "first_seen": self.sightings.first,
            "last_seen": self.sightings.last_seen,
            "removed": self.sightings.last_what in ("gone", "moved"),
            "changes": [event._asdict() for event in self.events],
        }


class Version(NamedTuple):
    """A trial as it stood at a moment. `served_at`: when this wording was first served; `sightings`: up to then."""

    trial: Trial
    at: str
    served_at: str
    sightings: Sightings

    def as_json(self) -> dict[str, Any]:
        last = self.sightings
        return {
            "id": self.trial.id,
            "at": self.at,
            "state": {"gone": "removed", "moved": "merged"}.get(last.last_what, "live"),
            "moved_to": last.moved_to,
            "served_at": self.served_at,
            "last_seen": last.last_seen,
            **as_golden(self.trial),
        }


# --- asking ---------------------------------------------------------------------------------------------------------


def past(folder: DataFolder, asked: str) -> Past:
    """Everything that changed in one trial. Raises NoSuchTrial."""
    id, source, title = _known(folder, asked)
    with _reading(folder) as (archive, trials):
        seen = _sightings(archive, source, id, None)
        events = [
            Event(*row)
            for row in trials.execute(
                "SELECT seen_at, run_id, command, kind, field, told.old, told.new FROM ("
                "SELECT id AS place, * FROM changes WHERE trial_id = :id UNION ALL "
                "SELECT id, id, :id, run_id, seen_at, 'absorbed', NULL, trial_id, NULL FROM changes "
                "WHERE kind = 'merged' AND new = :id) "
                "AS told LEFT JOIN runs ON runs.id = run_id ORDER BY place",
                {"id": id},
            )
        ]
    if seen is None:
        raise NoSuchTrial(f"{folder.archive} has no sighting of {id}")
    return Past(id, source, title, seen, events)


def at(folder: DataFolder, asked: str, moment: str) -> Version:
    """A trial as it stood at a moment: a day (its end, in UTC) or a time. Raises NoSuchTrial, NotKept."""
    until = end_of(moment)
    id, source, _ = _known(folder, asked)
    with _reading(folder) as (archive, _):
        first = _sightings(archive, source, id, None)
        seen = _sightings(archive, source, id, until)
        if first is None or seen is None:
            since = f"was first seen at {first.first}; nothing is known from before" if first else "was never seen"
            raise NoSuchTrial(f"{id} {since}")
        raw = version_of(archive, seen.record_id) if seen.record_id is not None else None
        if raw is None:
            raise NotKept(f"{id}: the wording of {moment} is no longer kept (see [keep] in trialdex.toml)")
    trial = read(raw)[0]
    if not isinstance(trial, Trial):
        raise NotKept(f"{id}: the wording of {moment} cannot be read: {trial.reason}")
    return Version(trial, moment, raw.fetched_at, seen)


def end_of(moment: str) -> str:
    """The last second of what was asked for, as the log writes it. Raises NoSuchTrial for what is no date."""
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", moment):
            return datetime.fromisoformat(moment).strftime("%Y-%m-%dT23:59:59Z")
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z", moment):
            return datetime.fromisoformat(moment).strftime("%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        pass
    raise NoSuchTrial(f"not a date: {moment!r} (write it like 2026-11-19, or 2026-11-19T04:00:00Z)")


@contextmanager
def _reading(folder: DataFolder) -> Iterator[tuple[sqlite3.Connection, sqlite3.Connection]]:
    """The archive and trials.db."""
    if not (folder.archive.exists() and folder.trials.exists()):
        raise NoSuchTrial(f"{folder.path} holds no trials: crawl or load something first")
    with (
        closing(sqlite3.connect(f"file:{folder.archive}?mode=ro", uri=True)) as archive,
        closing(sqlite3.connect(f"file:{folder.trials}?mode=ro", uri=True)) as trials,
    ):
        yield archive, trials


def _known(folder: DataFolder, asked: str) -> tuple[str, str, str | None]:
    """(id, source, title) of a trial; a register's number may be written in small letters. Raises NoSuchTrial."""
    with _reading(folder) as (archive, trials):
        for id in dict.fromkeys((asked.strip(), asked.strip().upper())):
            if row := trials.execute("SELECT id, source, title FROM trials WHERE id = ?", [id]).fetchone():
                return row[0], row[1], row[2]
            for source in source_names():  # one that could never be read is no trial, but its versions are there
                if _sightings(archive, source, id, None):
                    return id, source, None
    raise NoSuchTrial(f"no trial {asked!r} in {folder.path}")


def _sightings(archive: sqlite3.Connection, source: str, id: str, until: str | None) -> Sightings | None:
    rows = archive.execute(
        "SELECT at, what, moved_to, record_id FROM sightings "
        "WHERE source = ? AND source_id = ? AND at <= ? ORDER BY at, id",
        [source, id, until or "9999"],
    ).fetchall()
    if not rows:
        return None
    there = [row for row in rows if row[1] in ("body", "same")]
    return Sightings(
        first=rows[0][0],
        last_seen=there[-1][0] if there else None,
        last_what=rows[-1][1],
        last_at=rows[-1][0],
        moved_to=rows[-1][2],
        record_id=there[-1][3] if there else None,
        times=len(rows),
        wordings=len({row[3] for row in there}),
    )
