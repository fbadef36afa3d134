"""trials.db follows the archive: reads what the log holds and has not been read, checks it, stores it.

Crawl, resume, load and replay are this one code path. The last line read is remembered in the same transaction that
stores what it says, so that a kill at any moment loses nothing and repeats nothing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable

from sqlite_utils import Database

from pipelines.archive import Sighting, body_before, sightings_after
from pipelines.changes import Change, changes
from pipelines.read import read
from pipelines.schema import drop_search, ensure_search
from pipelines.store import Stored, remove, store
from scraper.items import Rejected, Trial, UnknownField

BATCH = 500  # lines of the log a transaction
BULK = 2_000  # lines after which it is quicker to make search anew than to keep it by triggers
COUNTS = ("seen", "new", "changed", "unchanged", "removed", "rejected", "problems")


class Follower:
    """Keeps one trials.db true to one archive. All reading and writing happens on the caller's thread."""

    def __init__(self, archive: Database, trials: Database) -> None:
        self.archive = archive
        self.trials = trials
        self.followed = 0

    def follow(self) -> None:
        """Reads the log to its end."""
        while batch := sightings_after(self.archive, self._last_read(), BATCH):
            self.followed += len(batch)
            if self.followed > BULK:
                drop_search(self.trials)
            with self.trials.atomic():
                _Batch(self.archive, self.trials).take(batch)
                self.trials.execute("UPDATE _follow SET last_sighting = ?", [batch[-1].id])

    def finish(self) -> None:
        """Completes search and the runs' ends; call when no more is to be followed for now."""
        ensure_search(self.trials)
        with self.trials.atomic():
            copy_runs(self.archive, self.trials)

    def _last_read(self) -> int:
        return int(self.trials.execute("SELECT last_sighting FROM _follow").fetchone()[0])


class _Batch:
    """What one transaction gathers."""

    def __init__(self, archive: Database, trials: Database) -> None:
        self.archive = archive
        self.trials = trials
        self.stored: dict[str, Stored] = {}
        self.changes: list[tuple[object, ...]] = []
        self.rejects: list[tuple[object, ...]] = []
        self.counts: dict[int, Counter[str]] = {}
        self.unknown: dict[tuple[int, str, str], tuple[int, UnknownField]] = {}

    def take(self, batch: Iterable[Sighting]) -> None:
        for sighting in batch:
            counts = self.counts.setdefault(sighting.run_id, Counter())
            if sighting.what in ("gone", "moved"):
                self._absent(sighting, counts)
                continue
            counts["seen"] += 1
            if sighting.raw is None:
                counts["unchanged"] += 1
            else:
                self._body(sighting, counts)
        self._flush()
        self._write_the_rest()

    def _flush(self) -> None:
        store(self.trials, self.stored.values())
        self.stored.clear()

    def _body(self, sighting: Sighting, counts: Counter[str]) -> None:
        assert sighting.raw is not None
        result, problems = read(sighting.raw)
        if isinstance(result, Rejected):
            counts["rejected"] += 1
            self.rejects.append(
                (sighting.run_id, sighting.source, sighting.source_id, sighting.raw.url, sighting.at, result.reason)
            )
            return
        if result.id in self.stored:  # twice in one batch: in order, one after the other
            self._flush()
        known = self.trials.execute(
            "SELECT first_seen, last_changed, removed_at FROM trials WHERE id = ?", [result.id]
        ).fetchone()
        first_seen, last_changed, removed_at = known or (sighting.at, sighting.at, None)
        if not known:
            counts["new"] += 1
            self._change(sighting, result.id, "new", Change(None, None, None))
        else:
            said = self._differences(sighting, result)
            for change in said:
                self._change(sighting, result.id, "changed", change)
            if removed_at:
                self._change(sighting, result.id, "returned", Change(None, None, None))
            counts["changed" if said or removed_at else "unchanged"] += 1
            last_changed = sighting.at if said or removed_at else last_changed
        counts["problems"] += len(problems)
        for field in result.unknown_fields:
            key = (sighting.run_id, sighting.source, field.path)
            self.unknown[key] = (self.unknown.get(key, (0, field))[0] + 1, field)
        self.stored[result.id] = Stored(result, problems, sighting.run_id, first_seen, last_changed, not known)

    def _differences(self, sighting: Sighting, trial: Trial) -> tuple[Change, ...]:
        before = body_before(self.archive, sighting)
        earlier = read(before)[0] if before else None
        return changes(earlier, trial) if isinstance(earlier, Trial) else ()

    def _absent(self, sighting: Sighting, counts: Counter[str]) -> None:
        self._flush()
        live = self.trials.execute(
            "SELECT 1 FROM trials WHERE id = ? AND removed_at IS NULL", [sighting.source_id]
        ).fetchone()
        if live:
            counts["removed"] += 1
            remove(self.trials, sighting.source_id, sighting.at)
            kind = "merged" if sighting.what == "moved" else "removed"
            self._change(sighting, sighting.source_id, kind, Change(None, None, sighting.moved_to))

    def _change(self, sighting: Sighting, trial_id: str, kind: str, change: Change) -> None:
        self.changes.append((trial_id, sighting.run_id, sighting.at, kind, *change))

    def _write_the_rest(self) -> None:
        many = self.trials.conn.executemany
        many("INSERT INTO changes (trial_id, run_id, seen_at, kind, field, old, new) VALUES (?, ?, ?, ?, ?, ?, ?)",
             self.changes)  # fmt: skip
        many("INSERT INTO rejects (run_id, source, source_id, url, seen_at, reason) VALUES (?, ?, ?, ?, ?, ?)",
             self.rejects)  # fmt: skip
        many(
            "INSERT INTO unknown_fields (run_id, source, path, records, example) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (run_id, source, path) DO UPDATE SET records = records + excluded.records",
            [(run_id, source, path, n, field.example) for (run_id, source, path), (n, field) in self.unknown.items()],
        )
        for run_id, counts in self.counts.items():
            copy_run(self.archive, self.trials, run_id)
            self.trials.execute(
                f"UPDATE runs SET {', '.join(f'{name} = {name} + :{name}' for name in COUNTS)} WHERE id = :id",
                {"id": run_id, **{name: counts[name] for name in COUNTS}},
            )


# --- runs, as the public file tells them -----------------------------------------------------------------------------


def copy_run(archive: Database, trials: Database, run_id: int) -> None:
    """What the archive knows of a run, into `runs`; its counts stay."""
    row = archive.execute(
        "SELECT id, command, source, query, started_at, ended_at, outcome, facts FROM runs WHERE id = ?", [run_id]
    ).fetchone()
    *run, facts = row
    told = json.loads(facts or "{}")
    trials.execute(
        "INSERT INTO runs (id, command, source, query, started_at, ended_at, outcome, requests, retries, seconds, "
        f"{', '.join(COUNTS)}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, {', '.join('0' * len(COUNTS))}) "
        "ON CONFLICT (id) DO UPDATE SET ended_at = excluded.ended_at, outcome = excluded.outcome, "
        "requests = excluded.requests, retries = excluded.retries, seconds = excluded.seconds",
        [*run, told.get("requests"), told.get("retries"), told.get("seconds")],
    )


def copy_runs(archive: Database, trials: Database) -> None:
    """All runs of the archive that the public file does not know to have ended."""
    done = {id for (id,) in trials.execute("SELECT id FROM runs WHERE outcome IS NOT NULL")}
    for (id,) in archive.execute("SELECT id FROM runs"):
        if id not in done:
            copy_run(archive, trials, id)


def fill_fields(trials: Database, run_id: int, columns: Iterable[str]) -> None:
    """How many live trials of each source have a value in each column, after a run."""
    names = [name for name in columns if name not in ("id", "source", "removed_at")]
    counts = ", ".join(f"count({name})" for name in names)
    for source, total, *filled in trials.execute(
        f"SELECT source, count(*), {counts} FROM trials WHERE removed_at IS NULL GROUP BY source"
    ).fetchall():
        trials.conn.executemany(
            "INSERT INTO field_fill VALUES (?, ?, ?, ?, ?) ON CONFLICT (run_id, source, field) "
            "DO UPDATE SET filled = excluded.filled, total = excluded.total",
            [(run_id, source, name, n, total) for name, n in zip(names, filled, strict=True)],
        )
