"""How many eligibility texts a second are split, and their thresholds read, on one core; and the worst texts.

    TRIALDEX_RECORDS=<folder of real records> python -m benchmarks.criteria_speed [--runs 5]

CPU time of this process, best of the runs: what other programs do disturbs it least.
"""

from __future__ import annotations

import argparse
import platform
import time
from collections.abc import Callable
from functools import partial

from benchmarks.criteria_split import real_texts
from scraper.criteria import split
from scraper.items import Criterion
from scraper.thresholds import thresholds

WORST = {  # 20,000 characters each
    "semicolons": "a; " * 6_667,
    "bullets": "* a\n" * 5_000,
    "numbers": "1. a\n" * 4_000,
    "labels": "Group 1:\n* a\n" * 1_540,
    "nested": "\n".join(" " * (place % 90) + "* a:" for place in range(400)),
    "one word": "x" * 20_000,
    "brackets": "(" * 20_000,
    "limits": "hemoglobin > 1 " * 1_333,
}


def seconds(work: Callable[[], object], runs: int) -> float:
    """CPU seconds of the best of some runs."""
    best = float("inf")
    for _ in range(runs):
        started = time.process_time()
        work()
        best = min(best, time.process_time() - started)
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    texts = [text for _, text in real_texts()]
    criteria = [criterion for text in texts for criterion in split(text)]
    print(f"{platform.machine()}, Python {platform.python_version()}; {len(texts):,} texts, {len(criteria):,} criteria")
    splitting = seconds(lambda: [split(text) for text in texts], runs)
    reading = seconds(lambda: [thresholds(criterion) for criterion in criteria], runs)
    print(f"split       {len(texts) / splitting:>8,.0f} texts a second, {splitting / len(texts) * 1e6:,.0f} us each")
    print(f"thresholds  {len(texts) / reading:>8,.0f} studies a second, {reading / len(texts) * 1e6:,.0f} us each")
    longest = max(seconds(partial(split, text), 1) for text in texts)
    print(f"slowest real text {longest * 1000:.1f} ms\n\n{'worst texts':<12} {'split ms':>9} {'thresholds ms':>14}")
    for name, text in WORST.items():
        one = Criterion("inclusion", 0, None, None, text)
        cut = seconds(partial(split, text), runs) * 1000
        read = seconds(partial(thresholds, one), runs) * 1000
        print(f"{name:<12} {cut:>9.1f} {read:>14.1f}")


if __name__ == "__main__":
    main()
