"""What every source shares. A source is one class in one file of `scraper/spiders`; adding one edits nothing else.

The instance half crawls and yields `Page`s; the static half, `read` and `steady`, is pure: no network, no clock, no
database. `scrapy crawl <name>` and `trialdex crawl <name>` run the first, the pipelines the second.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import pkgutil
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, ClassVar

from scrapy import Spider
from scrapy.http import Response

from scraper.declared import Covered
from scraper.items import RawRecord, Rejected, Trial, Visit


class Register(Spider):
    """A source of trials. Subclasses set `name`, and define `read`, `steady`, `recognises`, `cut` and the crawl."""

    title: ClassVar[str]  # the source's name for people
    licence: ClassVar[str]  # the source's terms, one sentence, shown with every export
    web: ClassVar[str]  # where a person finds the source
    # What a [[source]] of trialdex.toml may ask, and the kind of value (`pipelines/config.py`: text, texts, flag, ...).
    options: ClassVar[Mapping[str, str]] = {}

    @staticmethod
    def read(raw: RawRecord) -> Trial | Rejected:
        """What one raw record says. Pure; never raises on any body."""
        raise NotImplementedError

    @staticmethod
    def steady(body: bytes) -> bytes:
        """The body without what changes without meaning. Pure; never raises: a foreign body is its own steady form."""
        return body

    @classmethod
    def recognises(cls, head: bytes, name: str) -> bool:
        """Whether a saved file (its first 64 kB, its name) looks like this source's."""
        return False

    @classmethod
    def cut(cls, body: bytes, *, url: str | None, content_type: str, at: str) -> Iterator[RawRecord]:
        """The raw records that one saved document holds. Raises `Damaged` after the last one that could be cut."""
        raise NotImplementedError

    @classmethod
    def fields(cls) -> Iterator[tuple[str, str, Covered]]:
        """Every field of the source's records: its own name for it, its path, and where it stands. Optional."""
        yield from ()

    # --- for the crawling half ---

    failures: list[str]  # input that could not be read to its end, one clear line each: exit code 1
    refusals: list[str]  # sources that refused us, one clear line each: exit code 5

    query: str | None = None  # what was asked, for the run's row
    counts: Mapping[str, int] = {}  # what the run counted, once it has ended
    facts: dict[str, Any]  # what later crawls want to know of this one (the register's data timestamp ...)
    run_facts: Mapping[str, Any] = {}  # what the crawl cost: requests, retries, seconds

    def places(self, crawl: str) -> tuple[str, ...]:
        """What is done of an unfinished crawl of this name; the pipeline that keeps the pages tells."""
        return ()

    # Whether something was left for the next crawl, where single failures do not decide it; None where they do.
    cut_short: bool | None = None

    def visited(self, url: str) -> Visit | None:
        """What an address answered last; the pipeline that keeps the pages tells."""
        return None

    def led_to(self, crawl: str) -> tuple[str, ...]:
        """The addresses that earlier crawls of this name have brought records from; that pipeline tells, too."""
        return ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.facts = {}
        super().__init__(*args, **kwargs)
        self.failures = []
        self.refusals = []

    def damaged(self, response: Response) -> str | None:
        """Why an answer with status 200 is not what was asked for (an error page, say), or None. It is tried again."""
        return None


class Damaged(Exception):
    """A document that could not be cut to its end. The message is one clear line; what came before is kept."""


def now() -> str:
    """The present moment as the line writes it: UTC, ISO 8601, seconds, "Z"."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def crawl_name(*asked: object) -> str:
    """A short name for a crawl: the hash of all that was asked, so that a position never serves another crawl."""
    return hashlib.blake2b(json.dumps(asked, sort_keys=True).encode(), digest_size=8).hexdigest()


def nameless_id(body: bytes) -> str:
    """The id of a saved record that tells none: `saved:` and 12 hex digits of its hash."""
    return "saved:" + hashlib.blake2b(body, digest_size=6).hexdigest()


@cache
def sources() -> dict[str, type[Register]]:
    """Every source by name: the `Register` classes in `scraper/spiders`."""
    from scraper import spiders

    found: dict[str, type[Register]] = {}
    for module in pkgutil.iter_modules(spiders.__path__):
        for thing in vars(importlib.import_module(f"scraper.spiders.{module.name}")).values():
            if isinstance(thing, type) and issubclass(thing, Register) and thing is not Register:
                found[thing.name] = thing
    return found
