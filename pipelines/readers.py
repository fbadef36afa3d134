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
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Any, NamedTuple

from pipelines.archive import bodies, body_before
from pipelines.changes import changes
from pipelines.read import read
from pipelines.rows import Rows, rows_of
from scraper.items import RawRecord, Rejected, Trial


class Reading(NamedTuple):
    """What one line of the log says: a trial's rows and what changed in it, or why the record was rejected. Plain data,
    for it may come from another process."""

    sighting: int
    trial_id: str | None
    rows: Rows | None
    unknown_fields: tuple[tuple[str, str | None], ...]
    rejected: str | None
    changes: tuple[tuple[str | None, str | None, str | None], ...] = ()  # since the body that was seen before this one


def reading(sighting: int, raw: RawRecord, before: RawRecord | None) -> Reading:
    """Reads and checks one record, and compares it with the same one's body before."""
    trial, problems = read(raw)
    if isinstance(trial, Rejected):
        return Reading(sighting, None, None, (), trial.reason)
    earlier = read(before)[0] if before else None
    found = changes(earlier, trial) if isinstance(earlier, Trial) else ()
    changed = tuple((one.field, one.old, one.new) for one in found)
    unknown = tuple((field.path, field.example) for field in trial.unknown_fields)
    return Reading(sighting, trial.id, rows_of(trial, problems), unknown, None, changed)


def readings(db: sqlite3.Connection, after: int, upto: int) -> dict[int, Reading]:
    """The readings of the bodies between two lines of the log, by line."""
    return {line: reading(line, raw, body_before(db, line, raw)) for line, raw in bodies(db, after, upto)}


PIPE = 1 << 20  # bytes the system holds of a reply: each refill of the usual 64 kB would wait for Python's lock


@dataclass
class _Asked:
    """Lines to be read: beside, or in the end here."""

    after: int
    upto: int
    beside: Future[bytes] | None = None
    here: dict[int, Reading] | None = None


class Readers:
    """Readers that work ahead: `ask` for lines, `take` what was asked for first.

    Whoever is free reads: while the lines that are wanted next are being read beside, this process reads what nobody
    has begun. With no processes, reads on `take`.
    """

    def __init__(self, archive: Path, processes: int) -> None:
        self.archive = archive
        self.asked: deque[_Asked] = deque()
        # A program of its own rather than multiprocessing's copy of this one, which would run the main module again.
        self.processes = [
            subprocess.Popen(
                [sys.executable, "-m", "pipelines.readers", str(archive)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parent.parent)},
                pipesize=PIPE,
            )
            for _ in range(processes)
        ]
        self.free: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
        for process in self.processes:
            self.free.put(process)
        self.threads = ThreadPoolExecutor(processes) if processes else None  # each waits for one process's replies

    def ask(self, after: int, upto: int) -> None:
        beside = self.threads.submit(self._read_beside, after, upto) if self.threads else None
        self.asked.append(_Asked(after, upto, beside))

    def take(self) -> dict[int, Reading]:
        """The readings of the lines asked for first. Raises OSError when the process that read them has died."""
        first = self.asked[0]
        while first.beside and not first.beside.done():
            spare = next((one for one in reversed(self.asked) if one.beside and one.beside.cancel()), None)
            if spare is None:
                break
            spare.beside, spare.here = None, self._read_here(spare)
        self.asked.popleft()
        if first.beside:
            return {one[0]: Reading(*one) for one in marshal.loads(first.beside.result())}
        return self._read_here(first) if first.here is None else first.here

    def _read_here(self, asked: _Asked) -> dict[int, Reading]:
        db = sqlite3.connect(f"file:{self.archive}?mode=ro", uri=True)
        try:
            return readings(db, asked.after, asked.upto)
        finally:
            db.close()

    def _read_beside(self, after: int, upto: int) -> bytes:
        process = self.free.get()
        assert process.stdin
        assert process.stdout
        try:
            _send(process.stdin, (after, upto))
            return _receive(process.stdout)
        except (EOFError, ValueError):
            raise OSError("a reading process ended; what was committed before is kept") from None
        finally:
            self.free.put(process)

    def close(self) -> None:
        """Ends the processes, when they have read what they are reading."""
        if self.threads:
            self.threads.shutdown(cancel_futures=True)
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


def _receive(pipe: IO[bytes]) -> bytes:
    size = pipe.read(8)
    value = pipe.read(int.from_bytes(size, "big"))
    if not value or len(value) < int.from_bytes(size, "big"):
        raise EOFError
    return value


def _serve(archive: str) -> None:
    """A reading process: reads what it is asked for until its pipe ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks
    collect_rarely()
    db = sqlite3.connect(f"file:{archive}?mode=ro", uri=True)
    with suppress(EOFError, BrokenPipeError):
        while True:
            after, upto = marshal.loads(_receive(sys.stdin.buffer))
            _send(sys.stdout.buffer, [tuple(one) for one in readings(db, after, upto).values()])
    os._exit(0)


def collect_rarely() -> None:
    """Has Python look for garbage cycles a hundred times less often in this process. A record read is thousands of
    small objects and no cycle; looking for one doubled the time of reading (seen once, on 3,000 synthetic studies)."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def processes() -> int:
    """How many reading processes help the one that writes: TRIALDEX_PROCESSES, or one for each further core.

    They shorten a long job and cost CPU, for two busy cores share one memory (docs/performance.md: a study of 20,000,
    read by one process, and one of 600,000, read by two).
    """
    return int(os.environ.get("TRIALDEX_PROCESSES") or max(0, (os.cpu_count() or 1) - 1))


if __name__ == "__main__":
    _serve(sys.argv[1])
