"""The whole register on one small machine: a first fill, publishing, replay, similar trials and a night, one after the
other on one folder, at a small size and at the register's.

    python -m benchmarks.whole_register [--sizes 20000 600000] [--steps load,publish,replay,similar,night]
                                        [--changed 1000] [--work DIR]

- load: `trialdex load` of a zip like the register's own into an empty folder: archive, every table, criteria,
  thresholds, indexes, full-text search. The zip holds synthetic studies of real size, each another one; making it is
  not counted, and it goes when it has been read.
- publish: `trialdex publish` of what was loaded, the gate included.
- replay: `trialdex replay` of the same archive.
- similar: `trialdex similar`, all of it (without the step, the first night does it).
- night: a night of `trialdex nightly`, which brings what changed, from the replica; before it one without news, which
  settles what the steps left, after it another. The log is given the end of a crawl, so that the night asks from there.

Every step is the command in a process of its own. Memory is that of all its processes at one moment, looked at five
times a second: first what is their own, then with the pages of the files that they have mapped. Disk is what the folder
(with SQLite's sorting) took at most beyond what it took before: so much must be free. `--work` keeps the folders and
what was measured; a step that is done there is shown as it was, and the others go on from there.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import shutil
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.measuring import Watched, machine, trialdex, watched
from benchmarks.nightly import ask, crawled, live_on, night_command, register, show, warm
from pipelines.folder import DataFolder
from pipelines.line import Line
from replica.studies import nct_id, study_json

STEPS = ("load", "publish", "replay", "similar", "night")
NIGHTS = ("night, settling", "night, changes", "night, no news")
HEAD = (
    f"{'studies':>8} {'step':<16} {'wall s':>8} {'per s':>7} {'CPU s':>8} {'per CPU s':>9} {'memory MB':>9} "
    f"{'with files':>10} {'disk MB':>8}"
)


def make_zip(path: Path, studies: int) -> None:
    """Synthetic studies as the register's download: `NN/NCTxxxxxxNN.json`, one written after the other."""
    begun = path.with_suffix(".part")
    with zipfile.ZipFile(begun, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for index in range(studies):
            name = nct_id(index)
            archive.writestr(f"{name[-2:]}/{name}.json", study_json(index))
    begun.rename(path)


class Done:
    """What has been measured in a folder, kept there."""

    def __init__(self, home: Path, studies: int) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.home, self.studies, self.file = home, studies, home / "measured.json"
        self.data = DataFolder(home / "data")
        self.told: dict[str, Any] = json.loads(self.file.read_text()) if self.file.exists() else {}

    def keep(self, name: str, value: Any) -> None:
        self.told[name] = value
        self.file.write_text(json.dumps(self.told), encoding="utf-8")

    def of(self, name: str) -> Watched:
        return Watched(*self.told[name])

    def took(self, name: str, used: Watched, *, each: bool = True) -> None:
        """Keeps what a step took, and shows it."""
        self.keep(name, used)
        self.show(name, each=each)

    def show(self, name: str, *, each: bool = True) -> None:
        used = self.of(name)
        wall, cpu = (f"{self.studies / seconds:,.0f}" if each else "" for seconds in (used.wall, used.cpu))
        print(
            f"{self.studies:>8,} {name:<16} {used.wall:>8.1f} {wall:>7} {used.cpu:>8.1f} {cpu:>9} "
            f"{used.memory / 1e6:>9,.0f} {used.mapped / 1e6:>10,.0f} {used.disk / 1e6:>8,.0f}",
            flush=True,
        )


# --- the steps ------------------------------------------------------------------------------------------------------


def load(done: Done) -> None:
    file = done.home / "studies.zip"
    shutil.rmtree(done.data.path, ignore_errors=True)
    if not file.exists():  # of a run that was ended
        maker = multiprocessing.get_context("spawn").Process(target=make_zip, args=(file, done.studies))
        maker.start()  # in a process of its own: zipfile keeps a list of what it has written
        maker.join()
        if maker.exitcode:
            raise SystemExit("the zip could not be made")
    with zipfile.ZipFile(file) as archive:
        size = sum(member.file_size for member in archive.infolist())
    done.keep("zip", {"bytes": file.stat().st_size, "unpacked": size})
    done.data.path.mkdir()
    used = watched(trialdex("--data", done.data.path, "load", file), done.data.path)
    with done.data.locked(), Line(done.data, command="crawl", source="ctgov", query="all") as line:
        line.end("finished", crawled(done.studies))
    file.unlink()
    done.took("load", used)


def by_command(done: Done, name: str) -> None:
    done.took(name, watched(trialdex("--data", done.data.path, name), done.data.path))


def night(done: Done, changed: int) -> None:
    """Three nights; the replica goes on from the day on which earlier ones of this folder ended."""
    with register(done.studies, done.told.get("day", 0)) as url:
        settling, changes, no_news = NIGHTS
        one_night(done, settling, url)
        before = ask(f"{url}/api/v2/version")["dataTimestamp"]
        happened = live_on(url, changed)
        done.keep("day", ask(f"{url}/_replica/day")["day"])
        warm(url, before)
        done.keep("happened", happened)
        one_night(done, changes, url)
        one_night(done, no_news, url)


def one_night(done: Done, name: str, url: str) -> None:
    result = done.home / "took.json"
    used = watched(night_command(done.data.path, result), done.data.path, TRIALDEX_CTGOV_URL=url)
    done.keep(f"{name}: steps", json.loads(result.read_text(encoding="utf-8")))
    done.took(name, used, each=False)


def run_step(done: Done, step: str, changed: int) -> None:
    """Does a step, or shows what it took when it is done already."""
    rows = NIGHTS if step == "night" else (step,)
    if rows[-1] in done.told:
        for name in rows:
            done.show(name, each=step != "night")
    elif step == "load":
        load(done)
    elif step == "night":
        night(done, changed)
    else:
        by_command(done, step)
    after(done, step)


def after(done: Done, step: str) -> None:
    """What is to be said of a step beside its row."""
    if step == "publish":
        files = {"archive.db": done.data.archive, "trials.db": done.data.trials, "published": done.data.published}
        if "bytes" not in done.told:
            done.keep("bytes", {name: path.stat().st_size for name, path in files.items()})
        made = done.told["zip"]
        print(
            f"{'':>8} {made['unpacked'] / done.studies / 1000:.1f} kB a study, the zip {made['bytes'] / 1e6:,.0f} MB;",
            ", ".join(f"{name} {size / 1e6:,.0f} MB" for name, size in done.told["bytes"].items()),
        )
        one, other = done.of("load"), done.of("publish")
        most = Watched(one.cpu + other.cpu, one.wall + other.wall, *map(max, one[2:], other[2:]))
        done.took("load and publish", most)
    if step == "night":
        steps = done.told["night, changes: steps"]
        show(
            f"night with {done.told['happened']:,} studies changed, new or gone, of {done.studies:,}",
            [{**steps, "all": done.of("night, changes").wall}],
        )


def ratios(measured: Sequence[Done]) -> None:
    """The cost of a study at every size over that at the smallest."""
    smallest, *others = sorted(measured, key=lambda done: done.studies)
    for done in others:
        for name in ("load and publish", "replay", "similar"):
            if name in done.told and name in smallest.told:
                cpu, wall = (
                    getattr(done.of(name), of) / done.studies / (getattr(smallest.of(name), of) / smallest.studies)
                    for of in ("cpu", "wall")
                )
                print(
                    f"{name}: a study costs at {done.studies:,} {cpu:.2f} times the CPU and {wall:.2f} times the wall "
                    f"seconds that it costs at {smallest.studies:,}"
                )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[20_000, 600_000])
    parser.add_argument("--steps", default=",".join(STEPS), help="which, with commas between; always in this order")
    parser.add_argument("--changed", type=int, default=1_000, help="studies that change at least before the night")
    parser.add_argument("--work", type=Path, help="folder that keeps the data and what was measured")
    options = parser.parse_args()
    if unknown := set(options.steps.split(",")) - set(STEPS):
        parser.error(f"no such step: {', '.join(sorted(unknown))}; there are {', '.join(STEPS)}")
    print(f"{machine()}\n{HEAD}")
    with tempfile.TemporaryDirectory() as scratch:
        measured = [Done((options.work or Path(scratch)) / str(size), size) for size in options.sizes]
        for done in measured:
            for step in (step for step in STEPS if step in options.steps.split(",")):
                run_step(done, step, options.changed)
        if len(measured) > 1:
            ratios(measured)


if __name__ == "__main__":
    main()
