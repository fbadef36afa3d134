"""What the benchmarks share: a command as a process of its own, and the line that says what it ran on."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from statistics import median
from typing import NamedTuple


class Used(NamedTuple):
    """What a command took: CPU seconds (user and system, children that ended included), wall seconds, peak bytes of
    its largest process."""

    cpu: float
    wall: float
    peak: int


def run(command: Sequence[object], **environment: str) -> Used:
    """Runs a command to its end; ends the benchmark with a line when the command fails."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [str(part) for part in command], env={**os.environ, **environment}, stdout=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(map(str, command))} ended with status {os.waitstatus_to_exitcode(status)}")
    return Used(used.ru_utime + used.ru_stime, time.perf_counter() - started, used.ru_maxrss * 1024)


def middle(used: Iterable[Used]) -> Used:
    """The median of each figure over several runs."""
    cpu, wall, peak = zip(*used, strict=True)
    return Used(median(cpu), median(wall), int(median(peak)))


def trialdex(*arguments: object) -> list[object]:
    """The command line of `trialdex` of this checkout."""
    return [sys.executable, "-m", "trialdex", "--quiet", *arguments]


def machine() -> str:
    """What this is measured on, in one line."""
    return (
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"load average {os.getloadavg()[0]:.1f} at the start"
    )
