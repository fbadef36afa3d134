"""What the benchmarks share: a command as a process of its own, and the line that says what it ran on."""

from __future__ import annotations

import os
import platform
import stat
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
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


class Watched(NamedTuple):
    """What a command took, with all its processes. CPU and wall in seconds; `memory`: the most bytes that they held at
    one moment (pages that forked processes share are counted in each); `mapped`: the same with the pages of files that
    they had mapped, which the system takes back when it needs them; `disk`: the most bytes that a folder and the files
    without a name which they held open took beyond what the folder took before."""

    cpu: float
    wall: float
    memory: int
    mapped: int
    disk: int


LOOK = 0.2  # seconds between two looks at a running command


def watched(command: Sequence[object], folder: Path, **environment: str) -> Watched:
    """Runs a command to its end and looks at its processes and at a folder meanwhile. Ends the benchmark with a line
    when the command fails."""
    before, memory, mapped, most = on_disk(folder, []), 0, 0, 0
    started = time.perf_counter()
    process = subprocess.Popen(
        [str(part) for part in command], env={**os.environ, **environment}, stdout=subprocess.DEVNULL
    )
    ended = 0
    while not ended:
        time.sleep(LOOK)
        family = list(with_children(process.pid))
        held = [held_by(pid) for pid in family]
        memory, mapped = max(memory, sum(own for own, _ in held)), max(mapped, sum(all for _, all in held))
        most = max(most, on_disk(folder, family))
        ended, status, used = os.wait4(process.pid, os.WNOHANG)
    if status:
        raise SystemExit(f"{' '.join(map(str, command))} ended with status {os.waitstatus_to_exitcode(status)}")
    wall = time.perf_counter() - started
    return Watched(used.ru_utime + used.ru_stime, wall, memory, mapped, max(0, most - before))


def with_children(process: int) -> Iterator[int]:
    """A process and all that descend from it, as far as they still run."""
    yield process
    with suppress(OSError):
        for task in Path(f"/proc/{process}/task").iterdir():
            for child in map(int, (task / "children").read_text(encoding="ascii").split()):
                yield from with_children(child)


def held_by(process: int) -> tuple[int, int]:
    """(bytes of a process's own, bytes with those of mapped files); nothing of one that has ended."""
    kilobytes = {"RssAnon": 0, "RssShmem": 0, "VmRSS": 0}
    with suppress(OSError):
        for line in Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name in kilobytes:
                kilobytes[name] = int(value.split()[0])
    return (kilobytes["RssAnon"] + kilobytes["RssShmem"]) * 1024, kilobytes["VmRSS"] * 1024


def on_disk(folder: Path, processes: Iterable[int]) -> int:
    """Bytes on the disk of a folder's files, and of those that processes hold open and that have no name any more:
    SQLite sorts in such files."""
    blocks: dict[tuple[int, int], int] = {}
    held = (path for process in processes for path in _listed(Path(f"/proc/{process}/fd")))
    for path in (*folder.rglob("*"), *held):
        with suppress(OSError):
            found = path.stat()
            if stat.S_ISREG(found.st_mode) and (path.is_relative_to(folder) or not found.st_nlink):
                blocks[found.st_dev, found.st_ino] = found.st_blocks * 512
    return sum(blocks.values())


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


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
