"""The command in forked processes: one that can be killed like any other, without the second that Python and Scrapy
take to start. A process of its own (`python -m tests.forked`) forks, for the tests' own holds a server's threads.

Each process tells when it enters which phase of a night, so that a test knows where a kill fell.
"""

from __future__ import annotations

import functools
import importlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, Self

# Module, class or "", function; the phase that it is, and the phase that comes after ("": the one before goes on).
PHASES = (
    ("scraper.crawling", "", "crawl", "crawl", "link"),
    ("pipelines.follow", "Follower", "follow", "follow", ""),
    ("pipelines.gate", "", "gate", "gate", ""),
    ("pipelines.publish", "", "renew", "publish", "report"),
)
# What a crawl imports only as it begins, though never the reactor: its descriptors must not be shared.
LOADED_LATE = (
    "pipelines.line", "pipelines.nightly", "scraper.settings", "scraper.progress", "scraper.politeness",
    "scrapy.statscollectors", "scrapy.extensions.remote_control", "scrapy.extensions.feedexport",
    "scrapy.downloadermiddlewares.cookies", "scrapy.downloadermiddlewares.robotstxt", "scrapy.robotstxt",
)  # fmt: skip
ROOT = Path(__file__).resolve().parent.parent


class Mark(NamedTuple):
    """A process has entered a phase. `at`: seconds of the machine's monotonic clock, the same in every process."""

    phase: str
    at: float


class Forked:
    """Runs `trialdex` again and again, one run at a time, in a given environment. A context manager."""

    def __init__(self, **environment: str) -> None:
        self.environment = environment

    def __enter__(self) -> Self:
        self.marks_end, told = os.pipe()
        os.set_blocking(self.marks_end, False)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.forked", str(told)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            pass_fds=[told],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), **self.environment},
        )
        os.close(told)
        return self

    def __exit__(self, *raised: object) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()
        os.close(self.marks_end)

    def run(
        self,
        *arguments: object,
        log: Path,
        errors: Path | None = None,
        environment: dict[str, str] | None = None,
        when: Callable[[list[Mark]], float | None] | None = None,
    ) -> Ended:
        """Runs the command to its end where the test stands, what it says going to `log`, or what goes wrong to
        `errors`, in this environment or the one of all runs. `when` is asked at every mark for the moment, if it is
        known by then, at which to kill -9."""
        asked = {
            "arguments": [str(argument) for argument in arguments],
            "said": [str(log), str(errors or log)],
            "environment": environment,
            "folder": os.getcwd(),
        }
        assert self.process.stdin
        assert self.process.stdout
        print(json.dumps(asked), file=self.process.stdin, flush=True)
        pid = int(self.process.stdout.readline())
        marks, killed = self._watch(pid, when)
        code = int(self.process.stdout.readline())
        marks += self._told()
        return Ended(code, log.read_text(encoding="utf-8"), marks, killed or time.monotonic())

    def _watch(self, pid: int, when: Callable[[list[Mark]], float | None] | None) -> tuple[list[Mark], float | None]:
        marks: list[Mark] = []
        moment: float | None = None
        assert self.process.stdout
        while True:
            wait = None if moment is None else max(0, moment - time.monotonic())
            ready, _, _ = select.select([self.marks_end, self.process.stdout], [], [], wait)
            if self.process.stdout in ready:  # it has ended by itself
                return marks, None
            if not ready and moment is not None:
                os.kill(pid, signal.SIGKILL)
                return marks, time.monotonic()
            marks += self._told()
            if when and moment is None:
                moment = when(marks)

    def _told(self) -> list[Mark]:
        try:
            lines = os.read(self.marks_end, 1 << 20).decode().splitlines()
        except BlockingIOError:
            return []
        return [Mark(phase, float(at)) for phase, at in (line.split() for line in lines)]


class Ended(NamedTuple):
    """How and when a run ended. `code` is -9 after a kill."""

    code: int
    said: str
    marks: list[Mark]
    at: float


# --- the process that forks -----------------------------------------------------------------------------------------


def _serve(marks: int) -> None:
    _tell_phases(marks)
    from scraper.register import sources
    from trialdex import main

    for name in LOADED_LATE:
        importlib.import_module(name)
    sources()
    for line in sys.stdin:
        asked = json.loads(line)
        if pid := os.fork():
            print(pid, flush=True)
            print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
            continue
        _become(**asked)
        os.write(marks, b"start %f\n" % time.monotonic())
        main()  # ends by SystemExit, as the command does
    sys.exit(0)


def _become(arguments: list[str], said: list[str], environment: dict[str, str] | None, folder: str) -> None:
    """Makes a forked process what a shell would have started: its arguments, streams, environment and folder."""
    out, errors = (os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_TRUNC) for file in said)
    for stream, descriptor in enumerate((os.open(os.devnull, os.O_RDONLY), out, errors)):
        os.dup2(descriptor, stream)
    sys.argv = ["trialdex", *arguments]
    os.chdir(folder)
    if environment is not None:
        os.environ.clear()
        os.environ.update(environment)
        sys.modules.pop("scraper.settings")  # it reads the environment as it is imported


def _tell_phases(marks: int) -> None:
    """Wraps what each phase begins with. Before anything else is imported, so that all get the wrapped ones."""
    before: list[str] = ["start"]

    def tell(phase: str) -> None:
        before[0] = phase
        os.write(marks, b"%s %f\n" % (phase.encode(), time.monotonic()))

    def telling(function: Callable[..., Any], phase: str, after: str) -> Callable[..., Any]:
        @functools.wraps(function)
        def told(*args: Any, **kwargs: Any) -> Any:
            outer = before[0]
            tell(phase)
            try:
                return function(*args, **kwargs)
            finally:
                tell(after or outer)

        return told

    for module, owner, name, phase, after in PHASES:
        holder: Any = importlib.import_module(module)
        holder = getattr(holder, owner) if owner else holder
        setattr(holder, name, telling(getattr(holder, name), phase, after))


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
