"""Reading the log: raw records in, rows out, here or in processes beside the one that writes.

A process beside opens the archive for itself and is told only which lines to read; what it gives back is plain data.
It ends when its pipe does, so that a killed run leaves none behind.
"""

from __future__ import annotations

import gc
import marshal
import os
import signal
import sqlite3
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from itertools import cycle
from pathlib import Path
from typing import IO, Any, NamedTuple

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


SHARE = 5  # batches for the one process beside, to one for this


class Readers:
    """Readers that work ahead: `ask` for lines, `take` what was asked for first. With no processes, reads on `take`."""

    def __init__(self, archive: Path, processes: int) -> None:
        self.archive = archive
        self.asked: deque[tuple[int, int, subprocess.Popen[bytes] | None]] = deque()
        # A program of its own rather than multiprocessing's copy of this one, which would run the main module again.
        self.processes = [
            subprocess.Popen(
                [sys.executable, "-m", "pipelines.readers", str(archive)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parent.parent)},
            )
            for _ in range(processes)
        ]
        # Who reads next; None is this process. Reading takes a third longer than archiving and storing, so that with
        # one process beside, this one reads a sixth of the batches.
        rota = self.processes if processes > 1 else [*self.processes * SHARE, None]
        self.rota: Iterator[subprocess.Popen[bytes] | None] = cycle(rota)

    def ask(self, after: int, upto: int) -> None:
        process = next(self.rota)
        if process:
            assert process.stdin
            _send(process.stdin, (after, upto))
        self.asked.append((after, upto, process))

    def take(self) -> dict[int, Reading]:
        """The readings of the lines asked for first. Raises OSError when the process that read them has died."""
        after, upto, process = self.asked.popleft()
        if process is None:
            db = sqlite3.connect(f"file:{self.archive}?mode=ro", uri=True)
            try:
                return readings(db, after, upto)
            finally:
                db.close()
        assert process.stdout
        try:
            return {one[0]: Reading(*one) for one in _receive(process.stdout)}
        except (EOFError, ValueError):
            raise OSError("a reading process ended; what was committed before is kept") from None

    def close(self) -> None:
        for process in self.processes:
            assert process.stdin
            assert process.stdout
            with suppress(BrokenPipeError):
                process.stdin.close()
            process.stdout.close()
            process.wait()


def _send(pipe: IO[bytes], value: Any) -> None:
    data = marshal.dumps(value, 2)  # without the back references of later versions, which cost more than they save
    pipe.write(len(data).to_bytes(8, "big") + data)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> Any:
    size = pipe.read(8)
    if len(size) < 8:
        raise EOFError
    return marshal.loads(pipe.read(int.from_bytes(size, "big")))


def _serve(archive: str) -> None:
    """A reading process: reads what it is asked for until its pipe ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks
    collect_rarely()
    db = sqlite3.connect(f"file:{archive}?mode=ro", uri=True)
    with suppress(EOFError, BrokenPipeError):
        while True:
            after, upto = _receive(sys.stdin.buffer)
            _send(sys.stdout.buffer, [tuple(one) for one in readings(db, after, upto).values()])
    os._exit(0)


def collect_rarely() -> None:
    """Has Python look for garbage cycles a hundred times less often in this process. A record read is thousands of
    small objects and no cycle; looking for one doubled the time of reading (seen once, on 3,000 synthetic studies)."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def processes() -> int:
    """How many reading processes help the one that writes: TRIALDEX_PROCESSES, or one for each further core.

    They shorten a long job and cost CPU, for two busy cores share one memory: `benchmarks.load` printed 613 studies per
    CPU-second at 20,000 (one process throughout) and 532 at 50,000 (two for the second half).
    """
    return int(os.environ.get("TRIALDEX_PROCESSES") or max(0, (os.cpu_count() or 1) - 1))


if __name__ == "__main__":
    _serve(sys.argv[1])
