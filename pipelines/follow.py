"""trials.db follows the archive: reads what the log holds and has not been read, checks it, stores it.

Crawl, resume, load and replay are this one code path. The last line read is remembered in the same transaction that
stores what it says, so that a kill at any moment loses nothing and repeats nothing.
"""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Iterable
from pathlib import Path

from sqlite_utils import Database

from pipelines.archive import Sighting, sightings_after, unread_of, url_of
from pipelines.changes import Change
from pipelines.full_text import begin_search, drop_search, search_kept, search_made_beside
from pipelines.readers import Readers, Reading, collect_rarely, processes
from pipelines.retention import Forgotten, Told
from pipelines.schema import drop_indexes, ensure_indexes, file_of
from pipelines.store import Stored, remove, store

BATCH = 500  # lines of the log a transaction
AHEAD = 4  # batches that are being read while one is stored
BULK = 2_000  # bodies
BULK_SHARE = 0.1  # of the trials that are there; with more bodies than both, search is made anew at the end, not kept
LONG = 25_000  # lines for which it pays to read in processes beside: a job of more than half a minute
COUNTS = ("seen", "new", "changed", "unchanged", "removed", "rejected", "problems")


class Follower:
    """Keeps one trials.db true to one archive. All writing happens on the caller's thread. `expected`: how many lines
    are to come, as far as that is known."""

    def __init__(self, path: Path, archive: Database, trials: Database, expected: int = 0) -> None:
        collect_rarely()
        self.path = path
        self.archive = archive
        self.trials = trials
        self.followed = 0
        there = trials.execute("SELECT count(*) FROM trials").fetchone()[0]
        self.first_fill = not there
        if self.first_fill:
            begin_search(trials)
        self.bulk = max(BULK, BULK_SHARE * there)
        self.bodies = 0
        self.upto = int(trials.execute("SELECT last_sighting FROM _follow").fetchone()[0])
        self.expected = max(expected, (archive.execute("SELECT max(id) FROM sightings").fetchone()[0] or 0) - self.upto)
        self.readers = Readers(path, 0)
        self.waiting: deque[list[Sighting]] = deque()
        self.forgotten = Forgotten(archive)

    def follow(self, ahead: int = 0) -> None:
        """Reads the log to its end, and stores all but the last `ahead` batches of it."""
        while batch := sightings_after(self.archive, self.upto, BATCH):
            if max(self.followed, self.expected) > LONG and not self.readers.processes and not self.waiting:
                self.readers = Readers(self.path, processes())
            self.readers.ask(self.upto, batch[-1].id)
            self.waiting.append(batch)
            self.upto = batch[-1].id
            self.followed += len(batch)
            self._store_all_but(AHEAD if self.readers.processes else 0)
        self._store_all_but(ahead if self.readers.processes else 0)

    def _store_all_but(self, ahead: int) -> None:
        while len(self.waiting) > ahead:
            batch, found = self.waiting.popleft(), self.readers.take()
            self.bodies += sum(sighting.what == "body" for sighting in batch)
            if self.bodies > self.bulk:
                drop_search(self.trials)
                if self.first_fill:
                    drop_indexes(self.trials)
            with self.trials.atomic():
                _Batch(self.archive, self.trials, found, self.forgotten).take(batch)
                self.trials.execute("UPDATE _follow SET last_sighting = ?", [batch[-1].id])

    def finish(self) -> None:
        """Completes search and the runs' ends; call when no more is to be followed for now."""
        self.close()
        with search_made_beside(file_of(self.trials)):
            ensure_indexes(self.trials)
        with self.trials.atomic():
            copy_runs(self.archive, self.trials)

    def close(self) -> None:
        """Ends the reading processes."""
        self.readers.close()


class _Batch:
    """What one transaction gathers."""

    def __init__(
        self, archive: Database, trials: Database, found: dict[int, Reading], forgotten: Forgotten
    ) -> None:
        self.archive = archive
        self.forgotten = forgotten
        self.trials = trials
        self.found = found
        self.stored: dict[str, Stored] = {}
        self.changes: list[tuple[object, ...]] = []
        self.rejects: list[tuple[object, ...]] = []
        self.counts: dict[int, Counter[str]] = {}
        self.unknown: dict[tuple[int, str, str], tuple[int, str | None]] = {}

    def take(self, batch: Iterable[Sighting]) -> None:
        for sighting in batch:
            counts = self.counts.setdefault(sighting.run_id, Counter())
            if told := self.forgotten.of(sighting):
                self._remembered(sighting, told, counts)
                continue
            if sighting.what in ("gone", "moved"):
                self._absent(sighting, counts)
                continue
            counts["seen"] += 1
            if sighting.what == "same":
                counts["unchanged"] += 1
            else:
                self._body(sighting, self.found[sighting.id], counts)
        self._flush()
        self._write_the_rest()

    def _flush(self) -> None:
        with search_kept(self.trials, list(self.stored)):
            store(self.trials, self.stored.values())
        self.stored.clear()

    def _body(self, sighting: Sighting, reading: Reading, counts: Counter[str]) -> None:
        if reading.trial_id is None or reading.rows is None:
            counts["rejected"] += 1
            run_id, source, source_id = sighting.run_id, sighting.source, sighting.source_id
            url = url_of(self.archive, sighting)
            self.rejects.append((run_id, source, source_id, url, sighting.at, reading.rejected))
            return
        if reading.trial_id in self.stored:  # twice in one batch: in order, one after the other
            self._flush()
        known = self.trials.execute(
            "SELECT first_seen, last_changed, removed_at FROM trials WHERE id = ?", [reading.trial_id]
        ).fetchone()
        first_seen, last_changed, removed_at = known or (sighting.at, sighting.at, None)
        if not known:
            counts["new"] += 1
            self._change(sighting, reading.trial_id, "new", Change(None, None, None))
        else:
            for change in reading.changes:
                self._change(sighting, reading.trial_id, "changed", Change(*change))
            if removed_at:
                self._change(sighting, reading.trial_id, "returned", Change(None, None, None))
            changed = bool(reading.changes or removed_at)
            counts["changed" if changed else "unchanged"] += 1
            last_changed = sighting.at if changed else last_changed
        self._keep(sighting, reading, counts, Stored(
            reading.trial_id, reading.rows, sighting.run_id, first_seen, last_changed, not known
        ))  # fmt: skip

    def _keep(self, sighting: Sighting, reading: Reading, counts: Counter[str], stored: Stored) -> None:
        """What a reading says goes to the tables with the batch."""
        counts["problems"] += len(stored.rows["problems"])
        for path, example in reading.unknown_fields:
            key = (sighting.run_id, sighting.source, path)
            self.unknown[key] = (self.unknown.get(key, (0, None))[0] + 1, example)
        self.stored[stored.id] = stored

    def _remembered(self, sighting: Sighting, told: Told, counts: Counter[str]) -> None:
        """A line whose trial's older wordings are gone: what it changed is told, and the last such line is read."""
        kinds = {kind for kind, *_ in told.changes}
        for kind, *change in told.changes:
            self._change(sighting, sighting.source_id, kind, Change(*change))
        if sighting.what in ("gone", "moved"):
            counts["removed"] += bool(kinds)
            return
        counts["seen"] += 1
        counts["new" if "new" in kinds else "changed" if kinds else "unchanged"] += 1
        reading = self.found.get(sighting.id)
        if told.is_last and reading and reading.trial_id is not None and reading.rows is not None:
            # The row may be there: a power cut may have taken trials.db back to before this line.
            known = self.trials.execute("SELECT 1 FROM trials WHERE id = ?", [reading.trial_id]).fetchone()
            self._keep(sighting, reading, counts, Stored(
                reading.trial_id, reading.rows, sighting.run_id, told.first_seen, told.last_changed, not known
            ))  # fmt: skip

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
            [(*key, n, example) for key, (n, example) in self.unknown.items()],
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
            copy_unread(archive, trials, id)


def copy_unread(archive: Database, trials: Database, run_id: int) -> None:
    """The addresses that gave a run nothing to keep, as rows of `rejects`, each once."""
    trials.conn.executemany(
        "INSERT INTO rejects (run_id, source, source_id, url, seen_at, reason) SELECT ?1, ?2, ?3, ?4, ?5, ?6 "
        "WHERE NOT EXISTS (SELECT 1 FROM rejects WHERE run_id = ?1 AND url = ?4 AND reason = ?6)",
        [(run_id, *row) for row in unread_of(archive, run_id)],
    )


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
