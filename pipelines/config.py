"""trialdex.toml: what the night asks, of whom, how long, and what it may publish. Every wrong key or value is one line.

A question is what stands in a [[source]] less its budget: a night that may take longer still asks the same.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from pipelines.gate import Limits
from pipelines.read import source_names, source_of

TEMPLATE = """\
# What `trialdex nightly` does. Every line that is commented out shows the default, or an example where there is none.

# contact = "you@example.org"      # stands in the User-Agent of every request (else TRIALDEX_CONTACT does)
# sweep_every_days = 7             # how often the whole listing is compared for merges and removals
# ping = "https://cron-monitor.example/abc"   # asked at the end of a good night; with /start and /fail added otherwise

[gate]                             # publishing is refused when the new file is worse than this
# live_trials = 0.02               # share of live trials that may vanish
# removed = 0.02                   # share of live trials that may be removed or merged
# rejects = 0.01                   # share of the records seen that may be rejected
# problems = 2.0                   # problems a record, times the last published run's
# fill = 0.05                      # loss of filled values in a column, as a share of live trials
# run_fill = 0.25                  # the same among what the night brought, in columns that nearly every trial fills
# grown = 0.25                     # a source that grew by so much is compared by the trials that both files hold
# few = 5                          # so many trials, records or values always pass

[keep]                             # what is let go at the end of a good night
# reports_days = 400               # reports/<date>.json and .txt
# versions_days = 730              # older wordings of trials in archive.db; without this line all are kept

[publish]
# slim = false                     # true: criteria without full-text search, a smaller file (docs/performance.md)

# One [[source]] for each question; several may ask the same register. A budget is a source's own, so that a slow one
# does not take the night from the others: a crawl that meets it stops there, and the next night goes on.

[[source]]
name = "ctgov"
all = true                         # or any of the following, which must all hold; a list means one of these
# condition = ["heart failure"]    # also: intervention, sponsor, term, location, id
# status = ["recruiting"]
# since = "2026-01-01"             # updated at the register on or after this day
# page_size = 1000                 # records an answer
# base_url = "https://register.example"       # another server of the same API (or TRIALDEX_CTGOV_URL)
# requests = 2000                  # budget of a night: requests, tries again included; without it no limit
# minutes = 120                    # budget of a night: time; without it no limit

# [[source]]
# name = "portal"
# urls = ["https://portal.example/sitemap.xml"]      # also "@FILE": a file of addresses, one a line
# limit = 500                      # trial pages
# pages_per_host = 5000            # budget of one host; the next night goes on from there (also seconds_per_host)
# minutes = 60
"""


class BadConfig(ValueError):
    """A configuration that cannot be used; the message is one clear line."""


class Budget(NamedTuple):
    """What a source may cost in one night; None: no limit."""

    requests: int | None = None
    minutes: float | None = None


class Source(NamedTuple):
    """One [[source]]: whom to ask, what, and at what cost."""

    name: str
    asked: dict[str, Any]
    budget: Budget = Budget()


class Keep(NamedTuple):
    """How long is kept what may be let go, in days; None: for ever."""

    reports_days: int | None = 400
    versions_days: int | None = None


@dataclass(frozen=True)
class Config:
    """What trialdex.toml says. Without a file: the whole of ctgov."""

    sources: tuple[Source, ...] = (Source("ctgov", {"all": True}),)
    gate: Limits = field(default_factory=Limits)
    keep: Keep = Keep()
    contact: str | None = None
    ping: str | None = None
    slim: bool = False
    sweep_every: timedelta = timedelta(days=7)


# --- kinds of values ------------------------------------------------------------------------------------------------


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip()) and value.isprintable()


def is_web_address(value: Any) -> bool:
    """Whether a value is an http or https address with a host and a possible port."""
    try:
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and _text(value)
    except (ValueError, AttributeError, TypeError):
        return False


MOST = 1_000_000  # of anything; a larger number is a slip, and overflows where it counts days


class Kind(NamedTuple):
    words: str
    holds: Callable[[Any], bool]


KINDS = {
    "text": Kind("a text in quotes, on one line", _text),
    "texts": Kind(
        "a text in quotes or a list of such",
        lambda v: _text(v) or (isinstance(v, list) and v != [] and all(map(_text, v))),
    ),
    "flag": Kind("true or false", lambda v: isinstance(v, bool)),
    "count": Kind("a whole number from 1 on", lambda v: _number(v) and isinstance(v, int) and 1 <= v <= MOST),
    "number": Kind("a number above 0", lambda v: _number(v) and 0 < v <= MOST),
    "share": Kind("a number from 0 to 1", lambda v: _number(v) and 0 <= v <= 1),
    "amount": Kind("a whole number from 0 on", lambda v: _number(v) and isinstance(v, int) and 0 <= v <= MOST),
    "address": Kind("a web address", is_web_address),
}
TOP = {"contact": "text", "sweep_every_days": "number", "ping": "address"}
GATE = {
    "live_trials": "share",
    "removed": "share",
    "rejects": "share",
    "problems": "number",
    "fill": "share",
    "run_fill": "share",
    "grown": "number",
    "few": "amount",
}
KEEP = dict.fromkeys(Keep._fields, "count")
PUBLISH = {"slim": "flag"}
BUDGET = {"requests": "count", "minutes": "number"}


# --- reading --------------------------------------------------------------------------------------------------------


def read_config(path: Path) -> Config:
    """The configuration in a file. Raises BadConfig for what is not known or cannot be, OSError for an unreadable file.

    Nothing is asked of any source; its own constructor has the last word on what can be asked.
    """
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadConfig(f"{path}: {error}") from None
    tables = {"gate": GATE, "keep": KEEP, "publish": PUBLISH}
    if unknown := set(told) - {*TOP, *tables, "source"}:
        raise BadConfig(f"{path}: unknown setting {', '.join(sorted(unknown))}")
    for name in tables:
        if not isinstance(told.get(name, {}), dict):
            raise BadConfig(f"{path}: {name} must be a table, [{name}]")
        if unknown := set(told.get(name, {})) - set(tables[name]):
            raise BadConfig(f"{path}: [{name}] knows {', '.join(tables[name])}; it has {', '.join(sorted(unknown))}")
        _check(path, f"[{name}] ", told.get(name, {}), tables[name])
    _check(path, "", {key: told[key] for key in TOP if key in told}, TOP)
    config = Config(
        sources=_sources(path, told["source"]) if "source" in told else Config.sources,
        gate=Limits(**told.get("gate", {})),
        keep=Keep(**told.get("keep", {})),
        contact=told.get("contact"),
        ping=told.get("ping"),
        slim=told.get("publish", {}).get("slim", False),
    )
    if "sweep_every_days" in told:
        return Config(**{**vars(config), "sweep_every": timedelta(days=told["sweep_every_days"])})
    return config


def _check(path: Path, where: str, told: Mapping[str, Any], kinds: Mapping[str, str]) -> None:
    for key, value in told.items():
        kind = KINDS[kinds[key]]
        if not kind.holds(value):
            raise BadConfig(f"{path}: {where}{key} must be {kind.words}, not {_shown(value)}")


def _shown(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return re.sub(r"(.{60}).+", r"\1...", text)


def _sources(path: Path, told: Any) -> tuple[Source, ...]:
    if not isinstance(told, list) or not told or not all(isinstance(one, dict) for one in told):
        raise BadConfig(f"{path}: source must be written as [[source]], once for each")
    sources: list[Source] = []
    for one in told:
        source = _source(path, one)
        if any((source.name, source.asked) == (other.name, other.asked) for other in sources):
            raise BadConfig(f"{path}: two [[source]] {source.name} ask the same")
        sources.append(source)
    return tuple(sources)


def _source(path: Path, told: dict[str, Any]) -> Source:
    name = told.get("name")
    if not isinstance(name, str):
        raise BadConfig(f"{path}: every [[source]] needs a name")
    found = source_of(name)
    if found is None:
        raise BadConfig(f"{path}: no source named {name}; there are {', '.join(source_names())}")
    kinds = {**found.options, **BUDGET}
    given = {key: value for key, value in told.items() if key != "name"}
    if unknown := set(given) - set(kinds):
        raise BadConfig(
            f"{path}: [[source]] {name}: unknown option: {', '.join(sorted(unknown))}; there are {', '.join(kinds)}"
        )
    _check(path, f"[[source]] {name}: ", given, kinds)
    asked = {key: value for key, value in given.items() if key not in BUDGET}
    try:
        found(**asked)
    except ValueError as error:
        raise BadConfig(f"{path}: [[source]] {name}: {error}") from None
    return Source(name, asked, Budget(**{key: given[key] for key in BUDGET if key in given}))
