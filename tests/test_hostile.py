"""Hostile answers among honest ones, over real HTTP: bounded time and memory, one row each, and the crawl goes on."""

from __future__ import annotations

import os
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.made import rows
from tests.scraper.faulty import Answer, Faulty, serving

HERE = "/clinical-trials/listings/"
MEGABYTE = 1 << 20
XML = {"Content-Type": "application/xml"}
MOST_SECONDS = 60  # of processor time; it takes about a tenth of that
MOST_MEMORY = 400  # MB at the peak; a crawl without any hostile page takes some 130, the largest answer is ten times 10


@pytest.fixture
def site() -> Iterator[Faulty]:
    with serving() as server:
        yield server


def page(number: int) -> bytes:
    return f"<html><body><h1>Study {number}</h1><dl><dt>Condition</dt><dd>Fever</dd></dl></body></html>".encode()


@cache
def bomb() -> bytes:
    """500 MB of zeros, ten times what a packed sitemap may hold, in half a megabyte."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    return b"".join((*(packer.compress(bytes(MEGABYTE)) for _ in range(500)), packer.flush()))


DEEP = b"<html><body>" + b"<div>" * 10_000 + b"x" + b"</div>" * 10_000
ENTITIES = (
    b'<!DOCTYPE html [<!ENTITY a "' + b"x" * 1000 + b'">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(12))
    + b"]><html><body><h1>&m;</h1></body></html>"
)  # fmt: skip


def hostile() -> dict[str, tuple[Answer, str]]:
    """name -> the answer, and what the row says of it. Made when it is needed: one holds 100 MB."""
    return {
        "100 MB": (Answer(body=b"<p>x</p>" * (100 * MEGABYTE // 8)), "answer larger than the limit"),
        "endless redirect": (Answer(302, headers={"Location": "?"}), "more than 10 redirects"),
        "cookie wall": (Answer(302, headers={"Location": "/consent"}), "leads to"),
        "wall of text": (Answer(body=b"<html><body><h1>We value your privacy</h1><p>Accept all</p>"), "no trial page"),
        "10,000 levels": (Answer(body=DEEP), "no trial page"),
        "compression bomb": (
            Answer(body=bomb(), headers={"Content-Encoding": "gzip"}), "answer larger than the limit, unpacked",
        ),
        "entity bomb": (Answer(body=ENTITIES), "no trial page"),
        "wrong charset": (
            Answer(body=b"\xff\xfe\x00\xd8" * 500, headers={"Content-Type": "text/html; charset=utf-16"}),
            "no trial page",
        ),
        "no text at all": (Answer(body=bytes(range(256)) * 4000), "neither HTML nor text"),
        "unpackable": (Answer(body=b"not gzip", headers={"Content-Encoding": "gzip"}), "answer cannot be unpacked"),
        "short": (Answer(body=page(1) * 50, fault="short"), "answer cut short"),
    }  # fmt: skip


class Done(NamedTuple):
    """What a crawl was: exit code, peak memory, processor time, standard error."""

    code: int
    megabytes: int
    seconds: float
    said: str


# The command, and in a file the most memory it held: what `wait4` tells begins with that of the process that forks it.
MEASURED = """
import atexit, pathlib, sys
_, peak, *arguments = sys.argv

def tell():
    status = pathlib.Path("/proc/self/status").read_text()
    pathlib.Path(peak).write_text(status.partition("VmHWM:")[2].split()[0])

atexit.register(tell)
sys.argv = ["trialdex", *arguments]
import trialdex
trialdex.main()
"""


def crawl(data: Path, *arguments: object) -> Done:
    """A crawl in a process of its own."""
    peak = data.with_suffix(".peak")
    command = [sys.executable, "-c", MEASURED, str(peak), "--data", str(data), "crawl", "portal", *map(str, arguments)]
    log = data.with_suffix(".log")
    environment = {**os.environ, "TRIALDEX_RETRY_WAITS": "0,0,0,0,0"}
    with log.open("wb") as errors:
        process = subprocess.Popen(command, stderr=errors, stdout=subprocess.DEVNULL, env=environment)
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    said = log.read_text(encoding="utf-8")
    assert "Traceback" not in said, said
    return Done(process.returncode, int(peak.read_text()) // 1024, used.ru_utime + used.ru_stime, said)


def test_hostile_pages_are_a_row_each_and_cost_little(site: Faulty, tmp_path: Path) -> None:
    listed = []
    answers = hostile()
    for number, (answer, _) in enumerate(answers.values()):
        listed += [f"{HERE}{number}/hostile/", f"{HERE}{1000 + number}/honest/"]
        location = answer.headers.get("Location")
        if location == "?":
            answer = Answer(302, headers={"Location": listed[-2]})
        site.answers(listed[-2], answer)
        site.answers(listed[-1], Answer(body=page(1000 + number)))
    site.answers("/consent", Answer(body=b"<html><body><h1>Cookies</h1><button>Accept</button>"))
    links = "".join(f'<a href="{path}">x</a>' for path in listed)
    start = site.answers(HERE, Answer(body=f"<html><body>{links}</body></html>".encode()))

    cost = crawl(tmp_path / "data", start)

    assert cost.code == 1, cost.said
    assert cost.megabytes < MOST_MEMORY
    assert cost.seconds < MOST_SECONDS
    trials = tmp_path / "data" / "trials.db"
    honest = rows(trials, "SELECT title FROM trials WHERE removed_at IS NULL ORDER BY source_id")
    assert honest == [(f"Study {1000 + number}",) for number in range(len(answers))]
    told = rows(trials, "SELECT url, reason FROM rejects")
    assert len(told) == len(answers)
    for number, (name, (_, reason)) in enumerate(answers.items()):
        (row,) = [why for url, why in told if f"{HERE}{number}/" in url]
        assert reason in row, name
    assert rows(trials, "SELECT outcome FROM runs") == [("failed",)]
    assert rows(tmp_path / "data" / "archive.db", "SELECT count(*) FROM positions") == [(0,)]


def test_what_the_hostile_left_does_not_spoil_the_next_crawl(site: Faulty, tmp_path: Path) -> None:
    path = f"{HERE}1/study/"
    start = site.answers(HERE, Answer(body=f'<html><body><a href="{path}">x</a></body></html>'.encode()))
    site.answers(path, Answer(body=page(1)))
    crawl(tmp_path / "data", start)
    site.answers(path, Answer(302, headers={"Location": "/consent"}))
    site.answers("/consent", Answer(body=b"<html><body><h1>Cookies</h1><button>Accept</button>"))
    assert crawl(tmp_path / "data", start).code == 1
    trials = tmp_path / "data" / "trials.db"
    assert rows(trials, "SELECT title, removed_at FROM trials") == [("Study 1", None)]
    site.answers(path, Answer(301, headers={"Location": "/consent"}))
    assert crawl(tmp_path / "data", start).code == 0
    assert rows(trials, "SELECT removed_at IS NULL FROM trials") == [(0,)]


SITEMAPS: dict[str, Callable[[], Answer]] = {
    "packed bomb": lambda: Answer(body=bomb(), headers={"Content-Type": "application/gzip"}),
    "a million entries": lambda: Answer(body=b"<urlset>" + b"<url><loc>/a</loc></url>" * 350_000, headers=XML),
    "an index of itself": lambda: Answer(
        body=b"<sitemapindex><sitemap><loc>/map.xml</loc></sitemap></sitemapindex>", headers=XML
    ),
    "entities": lambda: Answer(body=ENTITIES.replace(b"html", b"urlset"), headers=XML),
}


@pytest.mark.parametrize("name", SITEMAPS)
def test_hostile_sitemaps_are_a_line_and_stay_small(site: Faulty, tmp_path: Path, name: str) -> None:
    answer = SITEMAPS[name]()
    cost = crawl(tmp_path / "data", site.answers("/map.xml", answer))
    assert cost.megabytes < MOST_MEMORY
    assert cost.seconds < MOST_SECONDS
    assert cost.code in (0, 1)
    assert len([line for line in cost.said.splitlines() if line.startswith("trialdex: ")]) == cost.code


def test_a_calendar_that_invents_trials_is_left_when_its_budget_is_spent(site: Faulty, tmp_path: Path) -> None:
    for number in range(200):
        further = f'<a href="{HERE}{number + 1}/study/">x</a><a href="{HERE}?page={number + 2}">y</a>'
        site.answers(f"{HERE}{number}/study/", Answer(body=page(number)))
        site.answers(f"{HERE}?page={number + 1}", Answer(body=f"<html><body>{further}</body></html>".encode()))
    start = site.url(f"{HERE}?page=1")
    done = crawl(tmp_path / "data", start, "--pages-per-host", 40)
    assert done.code == 0, done.said
    assert len(site.asked()) == 40
    assert rows(tmp_path / "data" / "trials.db", "SELECT count(*), outcome FROM rejects, runs") == [(1, "stopped")]
