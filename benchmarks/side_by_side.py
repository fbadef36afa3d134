"""The same studies put into SQLite by Trialdex and in the ways people use today: rates, rows, tables, what is lost.

    python -m benchmarks.side_by_side [--size 20000] [--runs 3]

- `trialdex load`: the archive, every table, criteria, thresholds, changes, indexes and search.
- `sqlite-utils insert --nl`: the JSON as it is, a column for each section.
- a plain Scrapy project: a spider that yields one item a study with the dozen fields that such projects take, and an
  item pipeline that inserts a row, with one commit at the end (one after each item, as is often seen, is slower).
- the Singer tap `tap-clinicaltrials` into `target-sqlite`: not measured. tap 0.2.11 installs, with the register's
  address fixed in it; target-sqlite 0.2.0 installs and stops at import on Python 3.10 and newer
  (`collections.MutableMapping`, in the SQLAlchemy it asks for).
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from benchmarks.load import write_studies
from benchmarks.measuring import Used, machine, middle, run, trialdex

PLAIN_SCRAPY = '''
import json, sqlite3
import scrapy
from scrapy.crawler import CrawlerProcess


class Studies(scrapy.Spider):
    name = "studies"

    async def start(self):
        yield scrapy.Request("file://" + {source!r})

    def parse(self, response):
        for line in response.body.splitlines():
            protocol = json.loads(line)["protocolSection"]
            identification, status = protocol["identificationModule"], protocol.get("statusModule", {{}})
            design, eligibility = protocol.get("designModule", {{}}), protocol.get("eligibilityModule", {{}})
            yield {{
                "id": identification["nctId"],
                "title": identification.get("briefTitle"),
                "status": status.get("overallStatus"),
                "start_date": status.get("startDateStruct", {{}}).get("date"),
                "last_updated": status.get("lastUpdatePostDateStruct", {{}}).get("date"),
                "sponsor": protocol.get("sponsorCollaboratorsModule", {{}}).get("leadSponsor", {{}}).get("name"),
                "conditions": "; ".join(protocol.get("conditionsModule", {{}}).get("conditions", [])),
                "phases": "; ".join(design.get("phases", [])),
                "study_type": design.get("studyType"),
                "sex": eligibility.get("sex"),
                "minimum_age": eligibility.get("minimumAge"),
                "criteria": eligibility.get("eligibilityCriteria"),
            }}


class OneRow:
    def open_spider(self):
        self.db = sqlite3.connect({target!r})
        self.db.execute(
            "CREATE TABLE trials (id PRIMARY KEY, title, status, start_date, last_updated, sponsor, conditions, "
            "phases, study_type, sex, minimum_age, criteria)"
        )

    def process_item(self, item):
        self.db.execute("INSERT OR REPLACE INTO trials VALUES (" + ", ".join("?" * 12) + ")", list(item.values()))
        return item

    def close_spider(self):
        self.db.commit()
        self.db.close()


process = CrawlerProcess({{
    "ITEM_PIPELINES": {{OneRow: 1}}, "LOG_LEVEL": "ERROR", "TELNETCONSOLE_ENABLED": False, "DOWNLOAD_MAXSIZE": 0,
    "REMOTE_CONTROL_ENABLED": False,
}})
process.crawl(Studies)
process.start()
'''


class Way(NamedTuple):
    """One way to put studies into SQLite."""

    name: str
    put: Callable[[Path, Path], Used]  # (JSON lines, empty folder) -> what it took
    database: str
    loses: str


def by_trialdex(source: Path, folder: Path) -> Used:
    return run(trialdex("--data", folder, "load", source))


def by_sqlite_utils(source: Path, folder: Path) -> Used:
    return run([sys.executable, "-m", "sqlite_utils", "insert", folder / "studies.db", "studies", source, "--nl",
                "--alter"])  # fmt: skip


def by_plain_scrapy(source: Path, folder: Path) -> Used:
    program = folder / "plain.py"
    program.write_text(PLAIN_SCRAPY.format(source=str(source), target=str(folder / "plain.db")), encoding="utf-8")
    return run([sys.executable, program])


WAYS = (
    Way("trialdex load", by_trialdex, "trials.db", "nothing: what is in no table stays in the archive"),
    Way("sqlite-utils insert", by_sqlite_utils, "studies.db", "no row for anything inside a study: JSON in 5 columns"),
    Way("plain Scrapy", by_plain_scrapy, "plain.db", "sites, arms, outcomes, results, history: all but 12 fields"),
)


def held(database: Path) -> tuple[int, int]:
    """(tables, rows) of a file, without SQLite's own and those that full-text search keeps for itself."""
    with closing(sqlite3.connect(database)) as db:
        names = [
            name
            for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if "_fts" not in name and not name.startswith(("sqlite_", "_"))
        ]
        return len(names), sum(db.execute(f"SELECT count(*) FROM [{name}]").fetchone()[0] for name in names)


def measured(way: Way, source: Path) -> tuple[Used, int, int]:
    with tempfile.TemporaryDirectory() as folder:
        used = way.put(source, Path(folder))
        return used, *held(Path(folder) / way.database)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=20_000, help="studies")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    print(f"{machine()}; {options.size:,} synthetic studies, median of {options.runs} runs, in turn")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "studies.jsonl"
        write_studies(source, options.size)
        found: dict[str, list[tuple[Used, int, int]]] = {way.name: [] for way in WAYS}
        for _ in range(options.runs):
            for way in WAYS:
                found[way.name].append(measured(way, source))
    titles = f"{'studies/s':>9} {'rows/s':>8} {'rows':>10} {'tables':>6} {'CPU s':>6} {'peak MB':>7}"
    print(f"{'':<20} {titles}  what it loses")
    for way in WAYS:
        used, (_, tables, rows) = middle(one for one, _, _ in found[way.name]), found[way.name][0]
        print(
            f"{way.name:<20} {options.size / used.wall:>9,.0f} {rows / used.wall:>8,.0f} {rows:>10,} {tables:>6} "
            f"{used.cpu:>6.1f} {used.peak / 1e6:>7.0f}  {way.loses}"
        )


if __name__ == "__main__":
    main()
