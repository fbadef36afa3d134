"""How many studies of real size `trialdex load` reads per CPU-second, everything on, and whether memory stays flat.

    python -m benchmarks.load [--sizes 5000 10000 20000] [--runs 3]

Studies come from the seeded generator; each run loads into an empty folder in a process of its own. CPU seconds are
user and system time of that process as the operating system counts them, which a busy machine disturbs least.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks.measuring import Used, machine, middle, run, trialdex
from replica.studies import study_json


def write_studies(path: Path, count: int) -> int:
    """A JSON-lines file of `count` synthetic studies; returns its bytes."""
    with path.open("wb") as lines:
        for index in range(count):
            lines.write(study_json(index) + b"\n")
    return path.stat().st_size


def load(file: Path) -> Used:
    """One `trialdex load` into an empty folder."""
    with tempfile.TemporaryDirectory() as folder:
        return run(trialdex("--data", folder, "load", file))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[5_000, 10_000, 20_000])
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    print(f"{machine()}; median of {options.runs} runs")
    print(f"{'studies':>8} {'mean kB':>8} {'CPU s':>7} {'per CPU s':>10} {'wall s':>7} {'per s':>7} {'peak MB':>8}")
    with tempfile.TemporaryDirectory() as folder:
        for size in options.sizes:
            file = Path(folder) / f"{size}.jsonl"
            mean = write_studies(file, size) / size / 1000
            cpu, wall, peak = middle(load(file) for _ in range(options.runs))
            print(
                f"{size:>8,} {mean:>8.1f} {cpu:>7.1f} {size / cpu:>10.0f} {wall:>7.1f} {size / wall:>7.0f} "
                f"{peak / 1e6:>8.0f}",
                flush=True,
            )
            file.unlink()


if __name__ == "__main__":
    main()
