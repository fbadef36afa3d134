"""Letting older wordings of trials go. What they changed is kept beside them first, so that nothing told is untold.

The newest wording of each trial, every sighting, and of each older wording its hash and address stay. A wording counts
as old from the day on which another took its place, so that `history --at` answers for every day that is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlite_utils import Database

from pipelines.archive import Sighting

BATCH = 500  # trials a transaction


class Line(NamedTuple):
    """A line of the log about one trial."""

    id: int
    at: str
    run_id: int
    what: str
    record_id: int | None
    kept: bool  # whether the archive still has the body


class Cut(NamedTuple):
    """What goes of one trial: the wordings, and the line from which on everything is there."""

    records: list[int]
    upto: Line


def cut(lines: Sequence[Line], before: str) -> Cut | None:
    """Which of a trial's wordings go when those that were replaced before a moment do; None when none does. Pure."""
    bodies = [line for line in lines if line.record_id is not None]
    newest = bodies[-1].record_id if bodies else None
    until: dict[int, str] = {}  # wording -> when another was there in its place, the last time
    for line, following in zip(bodies, bodies[1:], strict=False):
        if line.record_id != following.record_id and line.record_id is not None:
            until[line.record_id] = following.at
    let_go = {record for record, at in until.items() if record != newest and at < before}
    there = {line.record_id for line in bodies if line.kept}
    if not let_go & there:
        return None
    missing = let_go | {line.record_id for line in bodies if not line.kept}
    last = max(place for place, line in enumerate(bodies) if line.record_id in missing)
    upto = next(line for line in bodies[last + 1 :] if line.what == "body")
    return Cut(sorted(record for record in let_go & there if record is not None), upto)


def let_versions_go(archive: Database, trials: Database, before: str) -> int:
    """Lets go every wording that was replaced before a moment; returns how many.

    The lock must be held. Nothing goes while lines of the log are unread: what they say is compared with what was.
    """
    (last,) = archive.execute("SELECT ifnull(max(id), 0) FROM sightings").fetchone()
    if trials.execute("SELECT last_sighting FROM _follow").fetchone()[0] != last:
        return 0
    several = archive.execute("SELECT source, source_id FROM records GROUP BY 1, 2 HAVING count(*) > 1").fetchall()
    gone = 0
    for at in range(0, len(several), BATCH):
        with archive.atomic():
            for source, id in several[at : at + BATCH]:
                lines = [Line(*row) for row in archive.execute(LINES, [source, id])]
                first_seen = trials.execute("SELECT first_seen FROM trials WHERE id = ?", [id]).fetchone()
                if first_seen and (found := cut(lines, before)):
                    _let_go(archive, trials, source, id, found, first_seen[0])
                    gone += len(found.records)
    return gone


LINES = """
SELECT s.id, s.at, s.run_id, s.what, s.record_id, length(r.body) > 0
FROM sightings AS s LEFT JOIN records AS r ON r.id = s.record_id
WHERE s.source = ? AND s.source_id = ? ORDER BY s.id
"""


def _let_go(archive: Database, trials: Database, source: str, id: str, cut: Cut, first_seen: str) -> None:
    archive.execute("DELETE FROM forgotten_changes WHERE source = ? AND source_id = ?", [source, id])
    told = trials.execute(
        "SELECT run_id, seen_at, kind, field, old, new FROM changes "
        "WHERE trial_id = ? AND (run_id, seen_at) <= (?, ?) ORDER BY id",
        [id, cut.upto.run_id, cut.upto.at],
    )
    archive.conn.executemany(
        "INSERT INTO forgotten_changes (source, source_id, run_id, at, kind, field, old, new) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [(source, id, *row) for row in told],
    )
    archive.execute("INSERT OR REPLACE INTO forgotten VALUES (?, ?, ?, ?)", [source, id, cut.upto.id, first_seen])
    archive.conn.executemany("UPDATE records SET body = x'' WHERE id = ?", [(record,) for record in cut.records])


# --- reading a log with gaps ----------------------------------------------------------------------------------------


class Told(NamedTuple):
    """What is known of a line whose trial's older wordings are gone."""

    changes: list[tuple[str, str | None, str | None, str | None]]  # kind, field, old, new
    is_last: bool  # from this line on the wordings are there: it is read and stored
    first_seen: str
    last_changed: str


class Forgotten:
    """What the archive remembers of wordings that are gone, line by line of the log."""

    def __init__(self, archive: Database) -> None:
        self.archive = archive
        (self.upto,) = archive.execute("SELECT ifnull(max(upto), 0) FROM forgotten").fetchone()
        self.told: set[tuple[str, str, int, str]] = set()

    def of(self, line: Sighting) -> Told | None:
        """What a line brought; None where everything is there to read it."""
        if line.id > self.upto:
            return None
        row = self.archive.execute(
            "SELECT upto, first_seen, (SELECT max(at) FROM forgotten_changes AS c WHERE c.source = f.source "
            "AND c.source_id = f.source_id) FROM forgotten AS f WHERE source = ? AND source_id = ?",
            [line.source, line.source_id],
        ).fetchone()
        if row is None or line.id > row[0]:
            return None
        return Told(list(self._changes(line)), line.id == row[0], row[1], row[2] or row[1])

    def _changes(self, line: Sighting) -> Iterator[tuple[str, str | None, str | None, str | None]]:
        key = (line.source, line.source_id, line.run_id, line.at)
        if key not in self.told:  # two lines of one second are told once
            self.told.add(key)
            yield from self.archive.execute(
                "SELECT kind, field, old, new FROM forgotten_changes "
                "WHERE source = ? AND source_id = ? AND run_id = ? AND at = ? ORDER BY id",
                key,
            )
