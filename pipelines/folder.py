"""The data folder: where the files stand, and who may write. One lock a folder for every command that writes."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Locked(Exception):
    """Another run holds the lock of this data folder (exit code 4)."""


class DataFolder:
    """`archive.db` (private, the log), `trials.db` (what follows it), `published/`, `work/`, `reports/`."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.archive = self.path / "archive.db"
        self.trials = self.path / "trials.db"
        self.published = self.path / "published" / "trials.db"
        self.work = self.path / "work"
        self.reports = self.path / "reports"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Holds the folder's lock, creating the folder. Raises Locked, or OSError where it cannot be written."""
        self.path.mkdir(parents=True, exist_ok=True)
        with open(self.path / ".lock", "a+", encoding="ascii") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.seek(0)
                raise Locked(f"another run (process {lock.read().strip() or 'unknown'}) holds {self.path}") from None
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            yield
