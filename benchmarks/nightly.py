"""What a night costs on one core: 1,000 changed of 100,000 studies, asked over HTTP, and a night without news.

    python -m benchmarks.nightly [--studies 100000] [--changed 1000] [--nights 3] [--no-similar] [--base DIR]

The register is the replica, in a process of its own; the night is the command as cron runs it, pinned to one core. Its
steps are timed by wrapping the functions that do them, each without the steps inside it; CPU seconds are what the wall
shows on a core that nobody else uses, but for the disk and the register. The folder that the nights start from is
filled by the line, without HTTP (minutes, and 45 kB a study); `--base` keeps it for another time. The nights follow
each other, with days in between on which at least `--changed` studies change; a last one compares the whole listing.
`--no-similar`: nights without the step that compares trials with each other, over a file that holds no similar trials.
"""

from __future__ import annotations

import argparse
import functools
import importlib
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from benchmarks.measuring import machine

PAGE = 1000
ASKED = {"all": True}  # the address comes by the environment, so that it is one question on any port
NO_SIMILAR = "TRIALDEX_BENCHMARK_NO_SIMILAR"
READY = "ready.json"  # says that a base folder is whole
CONFIG = """sweep_every_days = 1000
[[source]]
name = "ctgov"
all = true
"""
# Module, class or "", function, step; a module before those that import from it, which then get what is wrapped.
TIMED = (
    ("scraper.crawling", "", "crawl", "crawl"),
    ("pipelines.follow", "Follower", "follow", "follow"),
    ("pipelines.follow", "Follower", "finish", "follow"),
    ("pipelines.follow", "", "fill_fields", "follow"),
    ("pipelines.link", "", "link", "link"),
    ("pipelines.reconcile", "", "reconcile", "reconcile"),
    ("pipelines.similar", "", "similar", "similar"),
    ("pipelines.gate", "", "gate", "gate"),
    ("pipelines.publish", "", "_copy", "copy"),
    ("pipelines.publish", "", "_finish", "statistics"),
    ("pipelines.publish", "", "renew", "publish"),
    ("pipelines.nightly", "", "known_trials", "known trials"),
)


# --- the folder before the night ------------------------------------------------------------------------------------


def make_base(folder: Path, studies: int) -> None:
    """A folder that holds a world's day 0, as a full crawl of yesterday would have left it, published."""
    from pipelines.folder import DataFolder
    from pipelines.line import Line
    from pipelines.publish import publish
    from replica.world import World
    from scraper.items import Page, RawRecord

    shutil.rmtree(folder, ignore_errors=True)
    data, world = DataFolder(folder), World(size=studies)
    with data.locked():
        line = Line(data, command="crawl", source="ctgov", query="all")
        for start in range(0, studies, PAGE):
            records = []
            for index in range(start, min(start + PAGE, studies)):
                body = world.study_json(index)
                nct_id = f"NCT09{index:06}"
                records.append(
                    RawRecord(
                        source="ctgov", source_id=nct_id, url=f"https://clinicaltrials.gov/api/v2/studies/{nct_id}",
                        fetched_at="2026-11-16T10:00:00Z", content_type="application/json", body=body,
                    )
                )  # fmt: skip
            line.take(Page(tuple(records)))
        line.end("finished", crawled(studies))
        publish(data)
    (folder / READY).write_text(json.dumps({"studies": studies}), encoding="utf-8")


def crawled(studies: int) -> dict[str, str]:
    """What a full crawl of a world's day 0 leaves in the log for the next night to ask from."""
    from pipelines.nightly import question
    from replica.world import World

    return {"asked": question("ctgov", ASKED), "kind": "full", "data_timestamp": World(size=studies).timestamp}


def is_ready(folder: Path, studies: int) -> bool:
    with suppress(OSError, ValueError):
        return bool(json.loads((folder / READY).read_text(encoding="utf-8")) == {"studies": studies})
    return False


# --- the night, timed -----------------------------------------------------------------------------------------------


class Clock:
    """Wall and CPU seconds by step, each without the steps inside it."""

    def __init__(self) -> None:
        self.seconds: dict[str, tuple[float, float]] = {}
        self.inside: list[str] = ["start and rest"]
        self.since = (0.0, 0.0)
        self.peak = 0
        self.turn()
        self.seconds.clear()

    def turn(self) -> None:
        """What has passed belongs to the step that was going on."""
        now = (time.perf_counter(), time.process_time())
        wall, cpu = self.seconds.get(self.inside[-1], (0.0, 0.0))
        self.seconds[self.inside[-1]] = (wall + now[0] - self.since[0], cpu + now[1] - self.since[1])
        self.since = now
        self.peak = max(self.peak, own_memory())

    def wrap(self, function: Callable[..., Any], step: str) -> Callable[..., Any]:
        @functools.wraps(function)
        def timed(*args: Any, **kwargs: Any) -> Any:
            self.turn()
            self.inside.append(step)
            try:
                return function(*args, **kwargs)
            finally:
                self.turn()
                self.inside.pop()

        return timed


def own_memory() -> int:
    """Bytes of this process that are not pages of a file: the gate maps the whole file, which costs nobody memory."""
    found = re.search(r"RssAnon:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    return int(found[1]) * 1024 if found else 0


def nothing(folder: Any) -> None:
    """In the place of a step that is left out."""


def night(result: Path, arguments: list[str]) -> None:
    """Runs the command in this process, on one core, and writes what it took."""
    clock = Clock()
    for module, owner, name, step in TIMED:
        holder: Any = importlib.import_module(module)
        holder = getattr(holder, owner) if owner else holder
        does = nothing if step == "similar" and os.environ.get(NO_SIMILAR) else getattr(holder, name)
        setattr(holder, name, clock.wrap(does, step))
    from trialdex import main as trialdex

    sys.argv = ["trialdex", *arguments]
    try:
        trialdex()
    finally:
        clock.turn()
        told = {"steps": clock.seconds, "cpu": time.process_time(), "peak": clock.peak}
        result.write_text(json.dumps(told), encoding="utf-8")


def night_command(folder: Path, result: Path, *arguments: str) -> list[str]:
    """The command line of one night, which writes its steps into `result`."""
    config = folder / "trialdex.toml"
    config.write_text(CONFIG, encoding="utf-8")
    command = [sys.executable, "-m", "benchmarks.nightly", "--timed", str(result)]
    return [*command, "--quiet", "--data", str(folder), "nightly", "--config", str(config), *arguments]


def run_night(folder: Path, url: str, *arguments: str) -> dict[str, Any]:
    """One night of a folder: {steps, cpu, peak, all}; `all` is the wall time with Python's start."""
    result = folder / "took.json"
    started = time.perf_counter()
    subprocess.run(
        night_command(folder, result, *arguments),
        check=True,
        env={**os.environ, "TRIALDEX_CTGOV_URL": url},
        preexec_fn=lambda: os.sched_setaffinity(0, {0}),
    )
    return {**json.loads(result.read_text(encoding="utf-8")), "all": time.perf_counter() - started}


# --- the register ---------------------------------------------------------------------------------------------------


@contextmanager
def register(studies: int, day: int = 0) -> Iterator[str]:
    """The address of a replica in a process of its own, on the last core."""
    command = [sys.executable, "-m", "replica", "--studies", str(studies), "--listings", "0", "--day", str(day)]
    last = {max(os.sched_getaffinity(0))}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, preexec_fn=lambda: os.sched_setaffinity(0, last)
    ) as process:
        assert process.stdout
        try:
            found = re.search(r"http://[\d.:]+", process.stdout.readline())
            assert found
            yield found[0]
        finally:
            process.terminate()


def live_on(url: str, changed: int) -> int:
    """Moves the register on until so many studies have changed; returns how many are new, changed or gone."""
    happened = 0
    while happened < changed:
        day = ask(f"{url}/_replica/day?advance=1")["day"]
        happened += len(ask(f"{url}/_replica/log?day={day}"))
    return happened


def warm(url: str, before: str) -> None:
    """Asks the replica what the night will ask after data of the time `before`, so that it remembers the answer: it
    looks at each of its studies for it (10 s for 600,000), which a register with an index does not."""
    from pipelines.nightly import OVERLAP
    from scraper.spiders.ctgov import listings

    since = (datetime.fromisoformat(before).date() - OVERLAP).isoformat()
    for asked in listings({"since": since}, everything=False)[1]:
        ask(f"{url}/api/v2/studies?{urlencode({**asked, 'pageSize': 1})}")


def ask(address: str) -> Any:
    with urllib.request.urlopen(address, timeout=600) as answer:
        return json.load(answer)


# --- the tables -----------------------------------------------------------------------------------------------------


def show(title: str, nights: list[dict[str, Any]]) -> None:
    """A table of the medians."""
    print(f"\n{title}\n{'':<18} {'wall s':>8} {'CPU s':>8}")
    for step in max((night["steps"] for night in nights), key=len):
        both = zip(*(night["steps"].get(step, (0.0, 0.0)) for night in nights), strict=True)
        print(f"  {step:<16}", *(f"{statistics.median(seconds):>8.2f}" for seconds in both))
    wall, cpu, peak = (statistics.median(night[name] for night in nights) for name in ("all", "cpu", "peak"))
    print(f"  {'all':<16} {wall:>8.2f} {cpu:>8.2f}   at most {peak / 1e6:.0f} MB between steps", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=100_000)
    parser.add_argument("--changed", type=int, default=1000)
    parser.add_argument("--nights", type=int, default=3)
    parser.add_argument("--base", type=Path, help="folder to start from, made where there is none")
    parser.add_argument("--no-similar", action="store_true", help="leave similar trials out")
    options = parser.parse_args()
    if options.no_similar:
        os.environ[NO_SIMILAR] = "1"
    with tempfile.TemporaryDirectory(dir=options.base and options.base.parent) as scratch:
        base, folder = options.base or Path(scratch) / "base", Path(scratch) / "data"
        if not is_ready(base, options.studies):
            make_base(base, options.studies)
        size = (base / "published" / "trials.db").stat().st_size
        print(
            f"{machine()}; {options.studies:,} studies, published file {size / 1e6:,.0f} MB; median of {options.nights}"
        )
        # The copy is not what trials.db remembers to have published: a first night without news publishes it anew.
        (shutil.copytree if options.base else os.rename)(base, folder)
        with register(options.studies) as url:
            run_night(folder, url)
            happened, news, silence = [], [], []
            for _ in range(options.nights):
                before = ask(f"{url}/api/v2/version")["dataTimestamp"]
                happened.append(live_on(url, options.changed))
                warm(url, before)
                news.append(run_night(folder, url))
                silence.append(run_night(folder, url))
            show(f"{statistics.median(happened):,.0f} studies changed, appeared or went", news)
            show("no news", silence)
            live_on(url, options.changed)
            show("as the first, and the whole listing compared", [run_night(folder, url, "--sweep")])


if __name__ == "__main__":
    if sys.argv[1:2] == ["--timed"]:
        night(Path(sys.argv[2]), sys.argv[3:])
    else:
        main()
