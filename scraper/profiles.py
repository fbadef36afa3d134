"""Portal profiles: one TOML file a platform, told apart by what their pages hold, not by host.

White-label hosts share a template, and one host changes its template over the years, so the host tells nothing. Every
profile begins with the lists of `generic.toml`, which also reads the pages that no profile recognises.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, reduce
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from scraper.blocks import Document, collapse
from scraper.items import STATUSES

LONGEST_EXPLAINED = 1000  # characters of a value and the sentence that explains its label
DEEPEST = 5  # profiles that extend one another
ENOUGH = 2  # marks that recognise a profile
GENERIC = "generic"


class MalformedProfile(ValueError):
    """A profile that cannot be used; the message names the file and what is wrong with it."""


@dataclass(frozen=True)
class Profile:
    """One platform's addresses, marks and words. Words are normal forms (see `normal`)."""

    key: str  # file name without .toml
    depth: int  # how many profiles it is made of, the common one not counted
    name: str
    required: tuple[str, ...]  # fields without which a page is no trial
    expected: tuple[str, ...]  # fields that its pages have; where one is not there, that is a problem
    trial: tuple[re.Pattern[str], ...]  # on the path; group `id`
    canonical: str | None  # path of a trial's page, with {id}
    register: str | None  # the kind of number that a register's own pages are named by
    registers: frozenset[str]  # hosts of a register itself: there the number in the address is the trial's id
    listing: tuple[re.Pattern[str], ...]
    skip: tuple[re.Pattern[str], ...]
    skip_hosts: frozenset[str]
    paging: tuple[re.Pattern[str], ...]
    tracking: re.Pattern[str]
    least: int  # marks that recognise a page
    address: re.Pattern[str] | None  # what counts as a mark of the address; without it, that of a trial
    marks: frozenset[str]  # `#id` and `.class` of elements
    not_marks: frozenset[str]
    words: frozenset[str]  # anywhere in the text
    telling_lines: tuple[str, ...]  # labels that begin a line
    lookup: Mapping[str, tuple[str, str]]  # label -> kind (field, section, sites, ignored), name
    before: Mapping[str, str]
    sites: Mapping[str, str]  # label -> part of a site
    roles: Mapping[str, str]  # what stands behind a name -> field
    role_headings: frozenset[str]
    telling: frozenset[str]  # labels that no sentence begins with
    stop: frozenset[str]
    end: frozenset[str]
    groups: frozenset[str]
    noise: frozenset[str]  # without any white space
    boilerplate: re.Pattern[str]  # in the portal's own last line
    personal: re.Pattern[str]  # labels of persons
    glossary: tuple[str, ...]  # beginnings of sentences that explain a label
    formats: tuple[str, ...]
    together: Mapping[str, re.Pattern[str]]  # field -> a value that holds several fields, its groups
    tails: Mapping[str, re.Pattern[str]]  # field -> what stands behind its value in the same line
    age_unit: str | None  # of ages that are written without one
    summary_after: frozenset[str]
    statuses: Mapping[str, str]
    shapes: Mapping[str, re.Pattern[str]]

    @cached_property
    def prefix(self) -> re.Pattern[str]:
        """A known label at the beginning of a line, the longest that fits."""
        labels = sorted(self.lookup, key=len, reverse=True)
        return re.compile("|".join(re.escape(label).replace(r"\ ", r"\s+") for label in labels), re.IGNORECASE)

    def kind(self, label: str) -> str:
        """What a label's normal form leads to: field, section, sites, ignored; "" for none."""
        return self.lookup[label][0] if label in self.lookup else ""

    def label_at(self, text: str) -> str:
        """The known label that begins a text, "" for none. In `ConditionStorybook` and `Last UpdateDecember` the longer
        labels would end inside the value: a last letter that is capital alone belongs to it."""
        match = self.prefix.match(text)
        while match and match[0][-1].isupper() and match[0][-2:-1].islower():
            match = self.prefix.match(text, 0, match.end() - 1)
        return match[0] if match else ""

    @cached_property
    def explanation(self) -> re.Pattern[str]:
        """A sentence that explains a label, behind the value and often glued to it: `ObservationalDescribes the ...`"""
        beginnings = "|".join(re.escape(word[:1].upper() + word[1:]) for word in self.glossary)
        return re.compile(rf"(?<=\S)\s*(?:{beginnings})[^\n]*\.\Z")

    def unexplained(self, text: str) -> str:
        """A value without the sentence behind it that explains its label."""
        return self.explanation.sub("", text) if text.endswith(".") and len(text) <= LONGEST_EXPLAINED else text

    def explains(self, text: str) -> bool:
        """Whether a line under a label explains the label and is no value."""
        return text.endswith(".") and text.casefold().startswith(self.glossary)

    def trial_id(self, url: str) -> str | None:
        """The portal's own id of the trial at an address, None when it is not the address of a trial."""
        path = unquote(urlsplit(url).path)
        found = [match["id"] for rule in self.trial for match in rule.finditer(path)]
        if not found or self.skips(url):
            return None
        return found[-1].upper() if found[-1][:1].isalpha() else found[-1]

    def is_noise(self, text: str) -> bool:
        """Whether a line is that of a button or a tooltip."""
        return normal(text).replace(" ", "") in self.noise

    def skips(self, url: str) -> bool:
        """Whether the address is one of those never to ask for."""
        parts = urlsplit(url)
        return parts.hostname in self.skip_hosts or any(rule.search(parts.path) for rule in self.skip)

    def lists(self, url: str) -> bool:
        """Whether the address is that of a listing which is followed wherever it is linked."""
        return any(rule.search(urlsplit(url).path) for rule in self.listing)

    def pages(self, url: str) -> bool:
        """Whether the address looks like a further page of a listing."""
        parts = urlsplit(url)
        return any(rule.search(f"{parts.path}?{parts.query}" if parts.query else parts.path) for rule in self.paging)

    def score(self, url: str, doc: Document, text: str, lines: Iterable[str]) -> int:
        """How many of the profile's marks the page bears; `text` is all of its text, casefolded, `lines` likewise."""
        found = sum(word in text for word in self.words) + len(self.marks & marks_of(doc))
        found += len({label for line in lines for label in self.telling_lines if line.startswith(label)})
        if self.address:
            return found + bool(self.address.search(urlsplit(url).path))
        return found + (self.trial_id(url) is not None)


def marks_of(doc: Document) -> frozenset[str]:
    """The ids and classes of a page's elements, as `#id` and `.class`."""
    return frozenset((*(f"#{name}" for name in doc.ids), *(f".{name}" for name in doc.classes)))


def normal(text: str) -> str:
    """A label's normal form: casefolded, white space collapsed, without the colon behind it."""
    return collapse(text).rstrip(" :：").casefold()


@cache
def profiles() -> tuple[Profile, ...]:
    """Every profile, each behind the one that it extends, `generic` last. Raises MalformedProfile."""
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
    platforms = sorted((profile(key, found[key], common, found) for key in found), key=lambda one: (one.depth, one.key))
    return (*platforms, build(GENERIC, common))


def profile(key: str, text: str, common: Mapping[str, Any], others: Mapping[str, str] | None = None) -> Profile:
    """The profile that a TOML text describes, on top of the common one and of the one that it extends, whose text is
    among `others`. Raises MalformedProfile."""
    try:
        layers = [tomllib.loads(text)]
        while "extends" in layers[0]:
            if len(layers) > DEEPEST:
                raise MalformedProfile(f"{key}.toml: extends itself")
            layers.insert(0, tomllib.loads((others or {})[layers[0]["extends"]]))
        merged = reduce(overlaid, layers, dict(common))
        for rules in ("trial", "registers"):  # whose address it is, no list is shared but with what it extends
            merged["urls"][rules] = [one for layer in layers for one in layer.get("urls", {}).get(rules, ())]
        return build(key, merged, *layers)
    except tomllib.TOMLDecodeError as error:
        raise MalformedProfile(f"{key}.toml: {error}") from error
    except (KeyError, AttributeError, TypeError) as error:
        raise MalformedProfile(f"{key}.toml: {type(error).__name__}: {error}") from error


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


def looked_up(told: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """What the labels of a table lead to: label -> kind, name."""
    lookup = {normal(label): ("ignored", "") for label in told.get("words", {}).get("ignored", ())}
    lookup |= {normal(label): ("sites", "") for label in told.get("sites", {}).get("headings", ())}
    for kind, table in (("section", "sections"), ("field", "labels")):
        lookup |= {normal(label): (kind, name) for name, labels in told.get(table, {}).items() for label in labels}
    return lookup


def build(key: str, told: Mapping[str, Any], *layers: Mapping[str, Any]) -> Profile:
    """A profile from its table; the tables it was made of, if given, say later what a label means. Raises
    MalformedProfile."""
    try:
        urls, words, detect = told["urls"], told["words"], told.get("detect", {})
        lookup = looked_up(told)
        for layer in layers:
            lookup |= looked_up(layer)
        statuses = {word.casefold(): word for word in STATUSES.values()} | {
            code.casefold().replace("_", " "): word for code, word in STATUSES.items()
        }
        return Profile(
            key=key,
            depth=len(layers),
            name=told["name"],
            required=tuple(dict.fromkeys(told["required"])),
            expected=tuple(dict.fromkeys(told["expected"])),
            trial=_rules(urls["trial"]),
            canonical=urls.get("canonical"),
            register=urls.get("register"),
            registers=frozenset(urls.get("registers", ())),
            listing=_rules(urls.get("listing", ())),
            skip=_rules(urls["skip"]),
            skip_hosts=frozenset(urls.get("skip_hosts", ())),
            paging=_rules(urls["paging"]),
            tracking=re.compile(f"(?:{'|'.join(urls['tracking'])})", re.IGNORECASE),
            least=detect.get("least", ENOUGH),
            address=re.compile(detect["address"]) if "address" in detect else None,
            marks=frozenset(detect.get("marks", ())),
            not_marks=frozenset(detect.get("not_marks", ())),
            words=_normal(detect.get("words", ())),
            telling_lines=tuple(sorted(_normal(detect.get("labels", ())))),
            lookup=lookup,
            before={normal(label): name for name, labels in told["before"].items() for label in labels},
            sites={normal(said): part for part, list_ in told["sites"].items() if part != "headings" for said in list_},
            roles={normal(said): name for name, list_ in told["roles"].items() if name != "headings" for said in list_},
            role_headings=_normal(told["roles"]["headings"]),
            telling=_normal(words["telling"]),
            stop=_normal((*words["stop"], *told["roles"]["headings"])),
            end=_normal(words["end"]),
            groups=_normal(words["groups"]),
            noise=frozenset(normal(word).replace(" ", "") for word in words["noise"]),
            boilerplate=re.compile("|".join(re.escape(word.casefold()) for word in words["boilerplate"])),
            personal=re.compile(rf"\b(?:{'|'.join(re.escape(normal(word)) for word in words['personal'])})s?\b"),
            glossary=tuple(word.casefold() for word in words["glossary"]),
            formats=tuple(told["dates"]["formats"]),
            together={name: re.compile(pattern, re.IGNORECASE) for name, pattern in told["together"].items()},
            tails={name: re.compile(pattern, re.IGNORECASE) for name, pattern in told["tails"].items()},
            age_unit=told.get("ages", {}).get("unit"),
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
    """The profile with the most marks on the page, as many as it asks for; else the generic one. A profile that extends
    another, and so bears all of its marks, needs one of its own to go before it."""
    lines = [block.text.casefold() for block in doc.blocks]
    text = collapse(" ".join(lines))
    *platforms, generic = profiles()
    scores = [(one.score(url, doc, text, lines), one) for one in platforms]
    enough = [(score, one) for score, one in scores if score >= one.least]
    return max(enough, key=lambda pair: pair[0])[1] if enough else generic


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
    """`<host>:<portal id>` of an address, or `<host>:<canonical path>` when it holds no id; at a register itself its
    number. Raises ValueError."""
    parts = urlsplit(canonical(url))
    known = by_address(url)
    told = known.trial_id(url) if known else None
    if told and known and parts.hostname in known.registers:
        return told
    return f"{parts.hostname}:{told or parts.path + (f'?{parts.query}' if parts.query else '')}"


def _path(path: str) -> str:
    return quote(unquote(path), safe="/:@!$&'()*+,;=~-._").rstrip("/") or "/"


def _query(query: str) -> str:
    tracking = profiles()[-1].tracking
    return urlencode(
        sorted(pair for pair in parse_qsl(query, keep_blank_values=True) if not tracking.fullmatch(pair[0]))
    )
