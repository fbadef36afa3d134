"""Reading the log: raw records in, rows out, here or in processes beside the one that writes.

A process beside opens the archive for itself and is told only which lines to read; what it gives back is plain data.
It ends when its pipe does, so that a killed run leaves none behind.
"""

from __future__ import annotations

import marshal
import os
import sqlite3
from collections import deque
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from pipelines.archive import bodies
from pipelines.read import read
from pipelines.rows import Rows, rows_of
from scraper.items import RawRecord, Rejected


class Reading(NamedTuple):
    """What one line of the log says: a trial's rows, or why the record was rejected."""

    sighting: int
    trial_id: str | None
    rows: Rows | None
    unknown_fields: tuple[tuple[str, str | None], ...]
    rejected: str | None


def reading(sighting: int, raw: RawRecord) -> Reading:
    """Reads and checks one record."""
    trial, problems = read(raw)
    if isinstance(trial, Rejected):
        return Reading(sighting, None, None, (), trial.reason)
    unknown = tuple((field.path, field.example) for field in trial.unknown_fields)
    return Reading(sighting, trial.id, rows_of(trial, problems), unknown, None)


def readings(db: sqlite3.Connection, after: int, upto: int) -> dict[int, Reading]:
    """The readings of the bodies between two lines of the log, by line."""
    return {sighting: reading(sighting, raw) for sighting, raw in bodies(db, after, upto)}


class Readers:
    """Readers that work ahead: `ask` for lines, `take` what was asked for first. With no processes, reads on `take`."""

    def __init__(self, archive: Path, processes: int) -> None:
        self.archive = archive
        self.asked: deque[tuple[int, int]] = deque()
        self.pipes: list[Connection] = []
        self.processes = []
        self.turn = 0
        context = get_context("spawn")  # a forked process would hold our locks and Twisted's threads
        for _ in range(processes):
            mine, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs, str(archive)), daemon=True)
            process.start()
            theirs.close()
            self.pipes.append(mine)
            self.processes.append(process)

    def ask(self, after: int, upto: int) -> None:
        if self.pipes:
            self.pipes[(self.turn + len(self.asked)) % len(self.pipes)].send((after, upto))
        self.asked.append((after, upto))

    def take(self) -> dict[int, Reading]:
        """The readings of the lines asked for first. Raises OSError when the process that read them has died."""
        after, upto = self.asked.popleft()
        if not self.pipes:
            db = sqlite3.connect(f"file:{self.archive}?mode=ro", uri=True)
            try:
                return readings(db, after, upto)
            finally:
                db.close()
        pipe = self.pipes[self.turn % len(self.pipes)]
        self.turn += 1
        try:
            return {one[0]: Reading(*one) for one in marshal.loads(pipe.recv_bytes())}
        except EOFError:
            raise OSError("a reading process ended; what was committed before is kept") from None

    def close(self) -> None:
        for pipe in self.pipes:
            pipe.close()
        for process in self.processes:
            process.join()


def _serve(pipe: Connection, archive: str) -> None:
    """A reading process: reads what it is asked for until its pipe ends."""
    db = sqlite3.connect(f"file:{archive}?mode=ro", uri=True)
    try:
        while True:
            after, upto = pipe.recv()
            found = readings(db, after, upto)
            pipe.send_bytes(marshal.dumps([tuple(one) for one in found.values()]))
    except (EOFError, BrokenPipeError, KeyboardInterrupt):
        os._exit(0)


def processes() -> int:
    """How many reading processes help the one that writes: one for each further core."""
    return max(1, (os.cpu_count() or 1) - 1)
