"""The command as users run it."""

from __future__ import annotations

import atexit
import functools
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.forked import ROOT, Forked

SOAK = bool(os.environ.get("TRIALDEX_SOAK"))  # `make soak`: all of what `make test` takes a seeded part of
LONGEST = 300  # seconds


def trialdex(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs `trialdex` in a process of its own and returns what it said. The process is forked from one that has Python
    and Scrapy loaded: to load them is most of what a command costs, and the tests run hundreds."""
    with tempfile.TemporaryDirectory() as folder:
        said, errors = Path(folder, "said"), Path(folder, "errors")
        ended = _forked().run(
            *arguments, log=said, errors=errors, environment={**os.environ, **environment},
            when=lambda marks: marks[0].at + LONGEST,
        )  # fmt: skip
        assert ended.code != -9, f"killed: after {LONGEST} s trialdex had not ended"
        return subprocess.CompletedProcess(arguments, ended.code, ended.said, errors.read_text(encoding="utf-8"))


def started(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """The same in a process that begins with nothing, as cron's does."""
    command = [sys.executable, "-m", "trialdex", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(command, capture_output=True, text=True, timeout=LONGEST, env=environment, check=False)


@functools.cache
def _forked() -> Forked:
    """One for all the tests of a process; it ends when they do."""
    server = Forked().__enter__()
    atexit.register(server.__exit__)
    return server
