"""How many portal pages a second are read on one core, and what each step of reading costs.

    python -m benchmarks.portal_pages [--pages 200] [--runs 3]

The replica's listings, in its three templates, and every page among the fixtures: all shapes that portals have. CPU
time of this process, best of the runs: what other programs do disturbs it least.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from benchmarks.criteria_speed import seconds
from benchmarks.measuring import machine
from replica import pages
from replica.listings import facts, listings
from replica.world import World
from scraper.items import RawRecord
from scraper.pages import document
from scraper.profiles import recognised
from scraper.spiders.portal import Portal

AT = "2026-11-20T04:00:00Z"
FIXTURES = Path(__file__).parents[1] / "tests" / "registers" / "portal"


def replica_pages(count: int) -> list[RawRecord]:
    """Listings of the replica, as it serves them."""
    world = World()
    found: list[RawRecord] = []
    for listing in listings(world, count):
        url = f"https://replica.example{pages.LISTINGS}{listing.number}/"
        body = pages.listing_page(listing, facts(world, listing), (), "0" * 32, url).encode()
        found += Portal.cut(body, url=url, content_type="text/html", at=AT)
    return found


def fixtures() -> list[RawRecord]:
    """The pages among the fixtures, HTML and text."""
    return [
        record
        for page in sorted((*FIXTURES.glob("*.html"), *FIXTURES.glob("*.txt")))
        for record in Portal.cut(page.read_bytes(), url=None, content_type="", at=AT)
    ]


def each(work: Callable[[RawRecord], object], records: Sequence[RawRecord]) -> None:
    for record in records:
        work(record)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", type=int, default=200, help="listings of the replica")
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    print(machine())
    heads = ("pages", "kB each", "ms each", "a second", "slowest", "apart", "profile", "the rest", "steady")
    print(f"{'pages of':<10}{''.join(f'{head:>9}' for head in heads)}   (steps in ms each)")
    for name, records in (("replica", replica_pages(asked.pages)), ("fixtures", fixtures())):
        work: tuple[Callable[[RawRecord], object], ...] = (
            lambda record: document(record.body),
            lambda record: recognised(record.url, document(record.body)),
            Portal.read,
            lambda record: Portal.steady(record.body),
        )
        spent = [1000 * seconds(partial(each, one, records), asked.runs) / len(records) for one in work]
        apart, chosen, read, steady = spent
        slowest = max(1000 * seconds(partial(Portal.read, record), 1) for record in records)
        size = sum(len(record.body) for record in records) / len(records) / 1000
        print(f"{name:<10}{len(records):>9,}{size:>9.1f}{read:>9.2f}{1000 / read:>9,.0f}{slowest:>9.1f}"
              f"{apart:>9.2f}{chosen - apart:>9.2f}{read - chosen:>9.2f}{steady:>9.2f}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
