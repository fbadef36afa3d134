"""What similar trials cost at size: time a trial, memory, and a night's update.

    python -m benchmarks.similar_scale [--sizes 10000 100000] [--changed 1000] [--work DIR]

Synthetic studies are loaded through the line (not counted), then `similar` computes all neighbours in a process of its
own, then again after some trials have changed. CPU seconds are those of that process and its children as the operating
system counts them; memory is the peak of the resident sizes of all of them together, looked at ten times a second. The
synthetic studies come from 71 families, so that their texts are more alike and their vocabulary smaller than real ones:
every trial has more candidates, and the sparse product is longer, than in the register. `--work` keeps loaded folders.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.measuring import machine
from pipelines.folder import DataFolder
from pipelines.line import Line
from replica.studies import family, nct_id, study_json
from scraper.items import Page, RawRecord

COMPUTE = """
import json, sys
from pipelines.folder import DataFolder
from pipelines.similar import similar
if __name__ == "__main__":
    print(json.dumps(similar(DataFolder(sys.argv[1]), full=sys.argv[2] == "full")))
"""


class Cost(NamedTuple):
    cpu: float
    wall: float
    peak: int
    said: list[Any]


def put(folder: DataFolder, bodies: Iterable[tuple[int, bytes]], at: str) -> None:
    """Loads studies through the line."""
    with folder.locked(), Line(folder, command="load", source="ctgov") as line:
        batch: list[RawRecord] = []
        for index, body in bodies:
            batch.append(
                RawRecord(
                    source="ctgov",
                    source_id=nct_id(index),
                    url=f"https://clinicaltrials.gov/study/{nct_id(index)}",
                    fetched_at=at,
                    content_type="application/json",
                    body=body,
                )  # fmt: skip
            )
            if len(batch) == 1000:
                line.take(Page(tuple(batch)))
                batch.clear()
        line.take(Page(tuple(batch)))
        line.end("finished")


def edited(index: int, size: int, at: int) -> bytes:
    """A study with two criteria more, those of another of its family: its text has changed, as in a real amendment."""
    study, step = json.loads(study_json(index)), 1
    while family((index + step) % size) != family(index):
        step += 1
    other = json.loads(study_json((index + step) % size))
    told = study["protocolSection"].setdefault("eligibilityModule", {})
    lines = other["protocolSection"].get("eligibilityModule", {}).get("eligibilityCriteria", "").split("\n")
    more = [line for line in lines if line.startswith("*")][:2]
    told["eligibilityCriteria"] = "\n".join([told.get("eligibilityCriteria", ""), *more, f"* Amended {at} times"])
    return json.dumps(study).encode()


def resident(process: int) -> int:
    """Bytes in memory of a process and its children."""
    total, waiting = 0, [process]
    while waiting:
        pid = waiting.pop()
        try:
            total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
            for task in Path(f"/proc/{pid}/task").iterdir():
                waiting += map(int, (task / "children").read_text().split())
        except OSError:
            continue
    return total


def compute(folder: DataFolder, kind: str) -> Cost:
    """One run of the step in a process of its own."""
    with tempfile.TemporaryDirectory() as scratch:
        script = Path(scratch) / "compute.py"
        script.write_text(COMPUTE, encoding="utf-8")
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parent.parent)}
        before, started, peak = os.times(), time.monotonic(), 0
        process = subprocess.Popen(
            [sys.executable, str(script), str(folder.path), kind], stdout=subprocess.PIPE, text=True, env=environment
        )
        while process.poll() is None:
            peak = max(peak, resident(process.pid))
            time.sleep(0.1)
        wall, after = time.monotonic() - started, os.times()
    if process.returncode:
        raise SystemExit(f"similar ended with status {process.returncode}")
    assert process.stdout
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Cost(cpu, wall, peak, json.loads(process.stdout.read()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--changed", type=int, default=1_000)
    parser.add_argument("--work", type=Path, help="folder that keeps the loaded studies")
    options = parser.parse_args()
    print(machine())
    print(f"{'trials':>8} {'what':>16} {'CPU s':>7} {'wall s':>7} {'CPU ms/trial':>13} {'peak MB':>8} {'computed':>9}")
    with tempfile.TemporaryDirectory() as scratch:
        for size in options.sizes:
            folder = DataFolder((options.work or Path(scratch)) / str(size))
            if not folder.trials.exists():
                put(folder, ((index, study_json(index)) for index in range(size)), "2026-11-20T04:00:00Z")
            show(size, "full", compute(folder, "full"))
            chosen = random.Random(0).sample(range(size), min(options.changed, size // 10))
            now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            put(folder, ((index, edited(index, size, int(time.time()))) for index in chosen), now)
            show(size, f"{len(chosen):,} changed", compute(folder, "update"))


def show(size: int, what: str, cost: Cost) -> None:
    each = cost.cpu / size * 1000
    print(
        f"{size:>8,} {what:>16} {cost.cpu:>7.1f} {cost.wall:>7.1f} {each:>13.2f} {cost.peak / 1e6:>8.0f} "
        f"{cost.said[3]:>9,}",
        flush=True,
    )


if __name__ == "__main__":
    main()
