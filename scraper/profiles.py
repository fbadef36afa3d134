"""Portal profiles: one TOML file a platform, told apart by what their pages hold, not by host.

White-label hosts share a template, and one host changes its template over the years, so the host tells nothing. Every
profile begins with the lists of `generic.toml`, which also reads the pages that no profile recognises.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from scraper.blocks import Document, collapse
from scraper.items import STATUSES

ENOUGH = 2  # marks that recognise a profile
GENERIC = "generic"


class MalformedProfile(ValueError):
    """A profile that cannot be used; the message names the file and what is wrong with it."""


@dataclass(frozen=True)
class Profile:
    """One platform's addresses, marks and words. Words are normal forms (see `normal`)."""

    key: str  # file name without .toml
    name: str
    required: tuple[str, ...]  # fields without which a page is no trial
    trial: tuple[re.Pattern[str], ...]  # on the path; group `id`
    canonical: str | None  # path of a trial's page, with {id}
    listing: tuple[re.Pattern[str], ...]
    skip: tuple[re.Pattern[str], ...]
    paging: tuple[re.Pattern[str], ...]
    tracking: re.Pattern[str]
    marks: frozenset[str]
    not_marks: frozenset[str]
    words: frozenset[str]
    lookup: Mapping[str, tuple[str, str]]  # label -> kind (field, section, ignored), name
    before: Mapping[str, str]
    stop: frozenset[str]
    end: frozenset[str]
    groups: frozenset[str]
    noise: frozenset[str]  # without any white space
    personal: tuple[str, ...]
    formats: tuple[str, ...]
    summary_after: frozenset[str]
    statuses: Mapping[str, str]
    shapes: Mapping[str, re.Pattern[str]]

    @cached_property
    def prefix(self) -> re.Pattern[str]:
        """A known label at the beginning of a line, the longest that fits."""
        labels = sorted(self.lookup, key=len, reverse=True)
        return re.compile("|".join(re.escape(label).replace(r"\ ", r"\s+") for label in labels), re.IGNORECASE)

    def trial_id(self, url: str) -> str | None:
        """The portal's own id of the trial at an address, None when it is not the address of a trial."""
        path = unquote(urlsplit(url).path)
        found = [match["id"] for rule in self.trial for match in rule.finditer(path)]
        if not found or self.skips(url):
            return None
        return found[-1].upper() if found[-1][:1].isalpha() else found[-1]

    def skips(self, url: str) -> bool:
        """Whether the address is one of those never to ask for."""
        path = urlsplit(url).path
        return any(rule.search(path) for rule in self.skip)

    def lists(self, url: str) -> bool:
        """Whether the address is that of a listing which is followed wherever it is linked."""
        return any(rule.search(urlsplit(url).path) for rule in self.listing)

    def pages(self, url: str) -> bool:
        """Whether the address looks like a further page of a listing."""
        parts = urlsplit(url)
        return any(rule.search(f"{parts.path}?{parts.query}" if parts.query else parts.path) for rule in self.paging)

    def score(self, url: str, doc: Document, text: str) -> int:
        """How many of the profile's marks the page bears; `text` is all of its text, casefolded."""
        found = sum(word in text for word in self.words) + len(self.marks & doc.ids)
        return found + (self.key != GENERIC and self.trial_id(url) is not None)


def normal(text: str) -> str:
    """A label's normal form: casefolded, white space collapsed, without the colon behind it."""
    return collapse(text).rstrip(" :：").casefold()


@cache
def profiles() -> tuple[Profile, ...]:
    """Every profile, `generic` last. Raises MalformedProfile."""
    folder = files("scraper") / "portals"
    found = {
        entry.name.removesuffix(".toml"): entry.read_text("utf-8")
        for entry in folder.iterdir()
        if entry.name.endswith(".toml")
    }
    try:
        common = tomllib.loads(found.pop(GENERIC))
    except tomllib.TOMLDecodeError as error:
        raise MalformedProfile(f"{GENERIC}.toml: {error}") from error
    return (*(profile(key, found[key], common) for key in sorted(found)), build(GENERIC, common))


def profile(key: str, text: str, common: Mapping[str, Any]) -> Profile:
    """The profile that a TOML text describes, on top of the common one. Raises MalformedProfile."""
    try:
        own = tomllib.loads(text)
        merged = overlaid(common, own)
        merged["urls"]["trial"] = own.get("urls", {}).get("trial", [])  # whose address it is, no list is shared
        return build(key, merged)
    except tomllib.TOMLDecodeError as error:
        raise MalformedProfile(f"{key}.toml: {error}") from error


def overlaid(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Two tables as one: tables are merged, lists added, other values replaced."""
    merged = dict(under)
    for name, value in over.items():
        if isinstance(value, dict):
            merged[name] = overlaid(under.get(name, {}), value)
        elif isinstance(value, list):
            merged[name] = [*value, *under.get(name, [])]
        else:
            merged[name] = value
    return merged


def build(key: str, told: Mapping[str, Any]) -> Profile:
    """A profile from its table. Raises MalformedProfile."""
    try:
        urls, words, detect = told["urls"], told["words"], told.get("detect", {})
        lookup = {normal(label): ("ignored", "") for label in words["ignored"]}
        for kind, table in (("section", "sections"), ("field", "labels")):
            lookup |= {normal(label): (kind, name) for name, labels in told[table].items() for label in labels}
        statuses = {word.casefold(): word for word in STATUSES.values()} | {
            code.casefold().replace("_", " "): word for code, word in STATUSES.items()
        }
        return Profile(
            key=key,
            name=told["name"],
            required=tuple(dict.fromkeys(told["required"])),
            trial=_rules(urls["trial"]),
            canonical=urls.get("canonical"),
            listing=_rules(urls.get("listing", ())),
            skip=_rules(urls["skip"]),
            paging=_rules(urls["paging"]),
            tracking=re.compile(f"(?:{'|'.join(urls['tracking'])})", re.IGNORECASE),
            marks=frozenset(detect.get("marks", ())),
            not_marks=frozenset(detect.get("not_marks", ())),
            words=_normal(detect.get("words", ())),
            lookup=lookup,
            before={normal(label): name for name, labels in told["before"].items() for label in labels},
            stop=_normal(words["stop"]),
            end=_normal(words["end"]),
            groups=_normal(words["groups"]),
            noise=frozenset(normal(word).replace(" ", "") for word in words["noise"]),
            personal=tuple(normal(word) for word in words["personal"]),
            formats=tuple(told["dates"]["formats"]),
            summary_after=_normal(told["position"]["summary_after"]),
            statuses=statuses | {normal(said): word for word, list_ in told["status"].items() for said in list_},
            shapes={name: re.compile(pattern) for name, pattern in told.get("shapes", {}).items()},
        )
    except (KeyError, TypeError, AttributeError, re.error) as error:
        raise MalformedProfile(f"{key}.toml: {type(error).__name__}: {error}") from error


def _rules(patterns: Iterable[str]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern) for pattern in patterns)


def _normal(words: Iterable[str]) -> frozenset[str]:
    return frozenset(normal(word) for word in words)


# --- whose page it is, and which ------------------------------------------------------------------------------------


def recognised(url: str, doc: Document) -> Profile:
    """The profile with the most marks on the page, at least two; else the generic one."""
    text = collapse(" ".join(block.text for block in doc.blocks)).casefold()
    *platforms, generic = profiles()
    best = max(platforms, key=lambda one: one.score(url, doc, text), default=generic)
    return best if best.score(url, doc, text) >= ENOUGH else generic


def by_address(url: str) -> Profile | None:
    """The first profile whose trial pages have such addresses."""
    return None if skipped(url) else next((one for one in profiles() if one.trial_id(url)), None)


def skipped(url: str) -> bool:
    """Whether any profile says never to ask for this address."""
    return any(one.skips(url) for one in profiles())


def is_address(url: str | None) -> bool:
    """Whether this is an absolute http or https address with a host."""
    try:
        parts = urlsplit(url or "")
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False


def canonical(url: str) -> str:
    """The one address of a page: slug, tracking query and fragment dropped. Raises ValueError for no address."""
    if not is_address(url):
        raise ValueError(f"not a web address: {url!r}")
    parts = urlsplit(url)
    host = (parts.hostname or "") + (f":{parts.port}" if parts.port else "")
    known = by_address(url)
    if known and known.canonical:
        return urlunsplit((parts.scheme, host, known.canonical.format(id=known.trial_id(url)), "", ""))
    return urlunsplit((parts.scheme, host, _path(parts.path), _query(parts.query), ""))


def identity(url: str) -> str:
    """`<host>:<portal id>` of an address, or `<host>:<canonical path>` when it holds no id. Raises ValueError."""
    parts = urlsplit(canonical(url))
    known = by_address(url)
    told = known.trial_id(url) if known else None
    return f"{parts.hostname}:{told or parts.path + (f'?{parts.query}' if parts.query else '')}"


def _path(path: str) -> str:
    return quote(unquote(path), safe="/:@!$&'()*+,;=~-._").rstrip("/") or "/"


def _query(query: str) -> str:
    tracking = profiles()[-1].tracking
    return urlencode(
        sorted(pair for pair in parse_qsl(query, keep_blank_values=True) if not tracking.fullmatch(pair[0]))
    )
