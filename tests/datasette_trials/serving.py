"""A small database made through the real line, and Datasette serving it over real HTTP."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from pipelines.folder import DataFolder
from pipelines.publish import publish
from scraper.items import Page, RawRecord
from tests.made import AT, gone, run, study

REPOSITORY = Path(__file__).resolve().parent.parent.parent
ADDRESS = re.compile(r"running on (http://127\.0\.0\.1:\d+)")
# Runs if any page shows it unescaped; a browser test looks for the mark that it leaves.
SCRIPT = "<script>window.ran = 1</script><img src=x onerror='window.ran = 1'>"

LISTING_URL = "https://portal.example/trials/a%20study%26more?part=2&kind=x"  # no number in it: the path is the id
LISTING = "portal.example:/trials/a%20study&more?kind=x&part=2"


def published(folder: Path) -> DataFolder:
    """A published folder: plain trials, one with hostile names, one with long texts, one removed; a listing."""
    data = DataFolder(folder)
    long = "Inclusion Criteria:\n\n" + "\n".join(
        f"* {'A long criterion about one thing. ' * 20}({n})" for n in range(8)
    )
    hostile: dict[str, Any] = {
        "title": f"Zebra {SCRIPT}",
        "conditions": [f"Stripes {SCRIPT}", "A Condition; With a Semicolon"],
        "sponsor": f"Sponsor {SCRIPT}",
        "criteria": f"Inclusion Criteria:\n\n* {SCRIPT}",
        "sites": [{"facility": f"Site {SCRIPT}", "city": SCRIPT, "country": "Norway", "status": "RECRUITING"}],
    }
    listing = RawRecord(
        source="portal",
        source_id=LISTING,
        url=LISTING_URL,
        fetched_at=AT,
        content_type="text/html",
        body=b"<html><body><h1>A listing without a number</h1><h2>Condition</h2><p>Gout</p></body></html>",
    )
    run(
        data,
        [
            study(1, title="Quokka tablets for synthetic fever"),
            study(2, **hostile),
            study(3, status="COMPLETED", conditions=["Narwhal Syndrome", "Synthetic Fever"], criteria=long),
            study(4, status="A_NEW_WORD", title="A study " + "of very many words " * 40),
            study(5, status="ACTIVE_NOT_RECRUITING"),
            study(6, title="A study that is gone"),
        ],
        gone(6),
        Page((listing,)),
    )
    with data.locked():
        publish(data)
    return data


class Server:
    """A running Datasette and what it says."""

    def __init__(self, url: str, log: Path) -> None:
        self.url, self.log = url, log

    def get(self, path: str, **arguments: str) -> tuple[int, str]:
        """Status and text of a page."""
        address = f"{self.url}{path}" + (f"?{urlencode(arguments)}" if arguments else "")
        try:
            with urllib.request.urlopen(address, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")


@contextmanager
def serving(log: Path, *command: object, **environment: str) -> Iterator[Server]:
    """Runs a command that becomes Datasette on a free port, until the block ends."""
    with (
        log.open("wb") as out,
        subprocess.Popen(
            [sys.executable, "-m", *map(str, command)],
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONUNBUFFERED": "1", **environment},
        ) as process,
    ):
        try:
            yield Server(_address(process, log), log)
        finally:
            process.terminate()


@contextmanager
def served(folder: DataFolder) -> Iterator[Server]:
    """What `trialdex serve` serves of a data folder."""
    with serving(folder.path / "serve.log", "trialdex", "--data", folder.path, "serve", "--port", "0") as running:
        yield running


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    for _ in range(600):
        if found := ADDRESS.search(log.read_text(encoding="utf-8")):
            return found[1]
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise AssertionError(f"Datasette did not start:\n{log.read_text(encoding='utf-8')}")
