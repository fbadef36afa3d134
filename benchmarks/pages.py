"""How long the pages take at the size of the whole register, warm and cold, over a real `trialdex serve`.

    python -m benchmarks.pages [--trials 500000] [--folder DIR] [--runs 9] [--only search] [--no-cold]

The first run makes the file: synthetic rows straight into the real schema, then the real publishing step (summaries,
search, statistics, the gate). A later run with the same folder reuses it. *Warm*: the median and the slowest of
`--runs` requests after one that is not counted. *Cold*: the first request for a page after a server was started and the
file's pages were dropped from the system's cache (POSIX_FADV_DONTNEED on the synced file, which needs no privilege).
*CPU*: what a warm request takes of the server's process, whatever else the machine does.
A page that this version does not have is left out with a line that says so.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import sqlite3
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlencode

from benchmarks.many_trials import fill
from pipelines.folder import DataFolder
from pipelines.publish import renew

ADDRESS = re.compile(rb"running on (http://127\.0\.0\.1:\d+)")
TARGET_MEDIAN, TARGET_MAX, TARGET_COLD = 100, 300, 1500  # ms


class Page(NamedTuple):
    """A page to measure. `says`: what it must contain, so that an error page is no fast page."""

    name: str
    path: str
    says: str


def made(folder: DataFolder, trials: int) -> Path:
    """The published file of a folder, made where it is missing or of another size, as far as it is not made yet."""
    if not _holds(folder.published, trials):
        with folder.locked():
            started = time.perf_counter()
            if not _holds(folder.trials, trials):
                folder.trials.unlink(missing_ok=True)
                fill(folder.trials, trials)
                print(f"made {trials:,} trials in {time.perf_counter() - started:.0f} s", flush=True)
            started = time.perf_counter()
            renew(folder)
        size = folder.published.stat().st_size
        print(f"published {size / 1e9:.2f} GB in {time.perf_counter() - started:.0f} s", flush=True)
    return folder.published


def _holds(file: Path, trials: int) -> bool:
    """Whether a file is complete: search, which comes last, and as many trials."""
    if not file.exists():
        return False
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as db:
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'criteria_fts'").fetchone():
            return False
        return bool(db.execute("SELECT count(*) = ? FROM trials", [trials]).fetchone()[0])


def pages(file: Path) -> list[Page]:
    """The pages, with a term that 1 to 4 % of the trials have, and trials of ordinary size."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as db:
        (total,) = db.execute("SELECT count(*) FROM trials").fetchone()
        terms = db.execute(
            "SELECT condition, trials FROM condition_counts WHERE trials BETWEEN ? AND ? ORDER BY trials DESC",
            (0.01 * total, 0.04 * total),
        ).fetchall()
        first, second = (id for (id,) in db.execute("SELECT id FROM trials LIMIT 2 OFFSET ?", [total // 2]))
    many, few = terms[0], terms[-1]
    print(f"terms: {many[0]} ({many[1] / total:.1%} of the trials), {few[0]} ({few[1] / total:.1%})")

    def find(name: str, **arguments: str) -> Page:
        return Page(f"search: {name}", f"/-/find?{urlencode(arguments)}", 'class="result"')

    return [
        Page("home", "/", "in one file"),
        Page("database", "/trials", "trials"),
        Page("table", "/trials/trials", "<tbody>"),
        Page("table, filtered", "/trials/trials?status=Recruiting&phase=Phase+3", "<tbody>"),
        Page("table with facets", "/trials/trials?_facet=sex&_facet=source", "facet-sex"),
        Page("table, searched", f"/trials/trials?_search={quote(many[0])}", "<tbody>"),
        Page("criteria", "/trials/criteria", "<tbody>"),
        Page("locations", "/trials/locations?country=Norway", "<tbody>"),
        Page("trial page", f"/trial/{first}", first),
        Page("row page", f"/trials/trials/{first}", first),
        find("a common condition", q=many[0]),
        find("a rarer condition", q=few[0]),
        find("by last update", q=many[0], sort="updated"),
        find("one facet chosen", q=many[0], status="Recruiting"),
        find("in one field", condition=many[0]),
        find("exactly", q=many[0], exact="1"),
        find("a common condition and a country", q=f"{many[0]} place:Norway"),
        find("page 20", q=many[0], page="20"),
        find("everything", q=""),
        find("everything recruiting", q="", status="Recruiting"),
        find("a word half of them have", q="study"),
        Page("feed", f"/-/find.atom?q={quote(many[0])}", "<entry>"),
        Page("compare", f"/compare?id={first}&id={second}", second),
        Page("near me", "/-/near?place=59.91,10.75&km=500", "Trials near 59.91"),
        Page("near me, a word", f"/-/near?place=60,10&km=500&status=any&words={quote(many[0])}", "Trials near"),
        Page("charts", "/-/charts", "SQL behind it"),
    ]


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, int]]:
    """The address and the process of a `trialdex serve` of its own."""
    command = [sys.executable, "-m", "trialdex", "--data", str(folder), "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdout
        try:
            for line in process.stdout:
                if found := ADDRESS.search(line):
                    yield found[1].decode(), process.pid  # it becomes Datasette, and keeps its number
                    break
            else:
                raise SystemExit("the server did not start")
        finally:
            process.terminate()


def ask(address: str, page: Page) -> tuple[float, int, str]:
    """(milliseconds to the last byte, status, what is wrong with it or nothing)."""
    started = time.perf_counter()
    try:
        with urllib.request.urlopen(address + page.path, timeout=60) as answer:
            text, status = answer.read().decode(), answer.status
    except urllib.error.HTTPError as error:
        text, status = error.read().decode(errors="replace"), error.code
    took = (time.perf_counter() - started) * 1000
    wrong = next((words for words in ("Took too long", "timed out", "Interrupted") if words in text), "")
    return took, status, wrong or ("" if page.says in text else "not the page that was asked for")


def cpu_ms(process: int) -> float:
    """CPU time of a process so far, user and system, which a busy machine disturbs least."""
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def drop_from_cache(file: Path) -> None:
    """Forgets the file's pages; the next reader fetches them from the disk."""
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=500_000)
    parser.add_argument("--folder", type=Path, default=Path("data/benchmark"), help="where the file is made and kept")
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--only", default="", help="only pages whose name has this in it")
    parser.add_argument("--no-cold", dest="cold", action="store_false")
    options = parser.parse_args()
    file = made(DataFolder(options.folder), options.trials)
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
          f"SQLite {sqlite3.sqlite_version}; {file.stat().st_size / 1e9:.2f} GB")  # fmt: skip
    asked = [page for page in pages(file) if options.only in page.name]
    print(f"{'page':<42} {'median ms':>9} {'max':>6} {'CPU ms':>6}")
    there = []
    with serving(options.folder) as (address, process):
        for page in asked:
            _, status, wrong = ask(address, page)
            if status == 404:
                print(f"{page.name:<42} not there yet")
                continue
            there.append(page)
            before = cpu_ms(process)
            answers = [ask(address, page) for _ in range(options.runs)]
            used = (cpu_ms(process) - before) / options.runs
            times = [took for took, _, _ in answers]
            complaint = wrong or next((words for _, _, words in answers if words), "")
            told = f"{page.name:<42} {statistics.median(times):>9.0f} {max(times):>6.0f} {used:>6.0f} {complaint}"
            print(told, flush=True)
    if options.cold:  # after all that is warm: it leaves nothing in the cache
        print(f"{'page, cold':<42} {'ms':>9}")
        for page in there:
            print(f"{page.name:<42} {_cold(options.folder, file, page):>9.0f}", flush=True)
    print(
        f"target: median {TARGET_MEDIAN}, max {TARGET_MAX}, cold {TARGET_COLD}; load average {os.getloadavg()[0]:.1f}"
    )


def _cold(folder: Path, file: Path, page: Page) -> float:
    with serving(folder) as (address, _):
        ask(address, Page("style", "/-/static-plugins/trialdex/trialdex.css", ""))  # Python and templates are warm
        drop_from_cache(file)
        return ask(address, page)[0]


if __name__ == "__main__":
    main()
