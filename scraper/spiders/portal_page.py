"""One page of a recruitment portal -> Trial. Pure: no network, no clock, never an exception."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from scraper.blocks import Document, chips, collapse
from scraper.criteria import split
from scraper.items import (
    STUDY_TYPES,
    FieldSource,
    Identifier,
    Intervention,
    Problem,
    RawRecord,
    Rejected,
    Sponsor,
    Trial,
)
from scraper.labels import METHODS, Claim, Findings, Section, findings
from scraper.numbers import KINDS, Number, identifier, register_numbers
from scraper.pages import document
from scraper.parsing import age_in_years, age_range, phase_of, sex_of, written_date
from scraper.profiles import Profile, by_address, canonical, is_address, normal, recognised, skipped
from scraper.thresholds import all_thresholds

ADDRESS, PAGE_TITLE, SHAPE, BODY = "address", "page title", "shape of the value", "number in the text"
NOTHING = frozenset(
    ("", "-", "–", "—", "n/a", "na", "none", "not applicable", "not specified", "not provided", "no limit")
)
YES_NO = {"yes": True, "no": False, "accepts healthy volunteers": True, "does not accept healthy volunteers": False}
TEXTS = {"summary": "brief_summary", "description": "detailed_description"}
DATES = ("last_updated", "start_date", "primary_completion_date", "completion_date")
ELIGIBILITY = {"inclusion": "Inclusion Criteria", "exclusion": "Exclusion Criteria"}
WRAPPED = 60  # characters; only a title at least so long goes on in the next line of a text
LONGEST_CRITERIA = 60_000  # characters; the longest of the register's own is below 20,000
MOST_PROBLEMS = 100  # of one page; a page with more is not one of a trial
TITLE_TAIL = re.compile(r"\s+[|–—·]\s+[^|–—·]{1,40}\Z")


def read_page(raw: RawRecord) -> Trial | Rejected:
    """What a page says of a trial; `Rejected` when it is none: no title, no known label with a value."""
    doc = document(raw.body, raw.content_type)
    if not doc.blocks:
        return Rejected("no text on the page")
    if not doc.marked_up and not is_text(raw.body):
        return Rejected("neither HTML nor text")
    address = raw.url if is_address(raw.url) else own_address(doc) or ""
    if address and skipped(address):
        return Rejected("not a listing: an address that the profiles skip")
    profile = recognised(address, doc)
    if profile.not_marks & doc.ids:
        return Rejected(f"not a listing: {profile.name} microsite")
    start, title, method = title_of(doc, profile)
    is_value = {name: lambda text, parse=parse: parse(text) is not None for name, parse in parsers(profile).items()}
    found = findings(doc, profile, start, is_value)
    if not found.claims and not any(section.name in (*ELIGIBILITY, "eligibility") for section in found.sections):
        return Rejected("no trial page: no known label with a value")
    page = _Page(profile, doc, found)
    page.keep("title", title, method, None)
    page.take_all(address, start)
    for name in profile.required:
        if not page.values.get(name):
            return Rejected(f"no trial page: no {name}")
    return Trial(
        id=raw.source_id,
        source=raw.source,
        source_id=raw.source_id,
        url=canonical(address) if address else raw.url,
        field_sources=tuple(page.sources),
        problems=tuple(page.problems),
        **page.values,
    )


def is_text(body: bytes) -> bool:
    """Whether a body without markup is text at all: hardly any control characters, no zeros but UTF-16's."""
    head = body[: 1 << 16]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    controls = sum(head.count(bytes((code,))) for code in (*range(9), *range(14, 27), *range(28, 32)))
    return b"\0" not in head and controls * 100 <= len(head)


def own_address(doc: Document) -> str | None:
    """The address that a page gives itself: its canonical link, else its og:url."""
    return next(
        (url.strip() for url in (doc.canonical, doc.metas.get("og:url")) if url and is_address(url.strip())), None
    )


def title_of(doc: Document, profile: Profile) -> tuple[int, str | None, str]:
    """Block at which to begin to read, the title and where it stood."""
    if not doc.marked_up:
        end = 1
        while end < min(doc.wrapped_end(0), 3) and len(doc.blocks[end - 1].text) >= WRAPPED:
            if profile.prefix.match(doc.blocks[end].text):
                break
            end += 1
        title = " ".join(block.text for block in doc.blocks[:end])
        known = normal(title) in profile.lookup
        return (0, None, "position") if known else (end, title, "position")
    site = normal(doc.metas.get("og:site_name", ""))
    tops = [
        n
        for n, block in enumerate(doc.blocks)
        if block.level == 1 and normal(block.text) not in ("", site, *profile.lookup)
    ]
    tops = [n for n in tops if doc.blocks[n].text in doc.title] or tops
    if tops:
        return tops[0] + 1, doc.blocks[tops[0]].text, "heading"
    named = collapse(doc.metas.get("og:title", "")) or TITLE_TAIL.sub("", doc.title)
    if named:
        begin = next((n + 1 for n, block in enumerate(doc.blocks) if block.text == named), 0)
        return begin, named, PAGE_TITLE
    first = next(
        (n for n, block in enumerate(doc.blocks) if block.level and normal(block.text) not in profile.lookup), None
    )
    return (first + 1, doc.blocks[first].text, "heading") if first is not None else (0, None, "heading")


def trial_number(url: str) -> str | None:
    """The portal's id in an address or a link, whichever profile's it is."""
    try:
        known = by_address(url)
    except ValueError:
        return None
    return known.trial_id(url) if known else None


def parsers(profile: Profile) -> dict[str, Callable[[str], Any]]:
    """How the values of some fields are read; None for what is none of theirs."""

    def when(text: str) -> str | None:
        return written_date(text, profile.formats)

    return {
        **dict.fromkeys(DATES, when),
        "status": lambda text: profile.statuses.get(normal(text)),
        "phase": phase_of,
        "sex": sex_of,
        "ages": age_range,
        "min_age": age_in_years,
        "max_age": age_in_years,
        "healthy_volunteers": lambda text: YES_NO.get(normal(text)),
        "study_type": lambda text: STUDY_TYPES.get(normal(text).upper().replace(" ", "_")),
        "enrollment": lambda text: (
            int(text.replace(",", "")) if re.fullmatch(r"\d{1,3}(,\d{3})+|\d{1,7}", text) else None
        ),
    }


class _Page:
    """The values of one page as they are settled: claims in the order of trust, the first wins, others must agree."""

    def __init__(self, profile: Profile, doc: Document, found: Findings) -> None:
        self.profile = profile
        self.doc = doc
        self.found = found
        self.parsers = parsers(profile)
        self.values: dict[str, Any] = {}
        self.sources: list[FieldSource] = []
        self.problems: list[Problem] = found.problems[:MOST_PROBLEMS]
        if doc.full:
            self.problems.append(Problem("page", None, "longer than a page of a trial can be; its end was not read"))
        if doc.damaged_text:
            self.problems.append(Problem("page", None, "bytes that are no text in the page's charset"))

    def keep(self, field: str, value: Any, method: str, label: str | None) -> None:
        if value not in (None, "", ()):
            self.values[field] = value
            self.sources.append(FieldSource(field, method, label or None))

    def doubt(self, field: str, value: str | None, reason: str) -> None:
        problem = Problem(field, value[:500] if value else value, reason)
        if problem not in self.problems and len(self.problems) < MOST_PROBLEMS:
            self.problems.append(problem)

    def take_all(self, address: str, start: int) -> None:
        """Every field of the trial, from claims, sections, shapes and address."""
        self.shapes(start)
        for field in DATES:
            self.parsed(field)
        for field in ("phase", "sex", "healthy_volunteers", "study_type", "enrollment"):
            self.parsed(field)
        for field in ("official_title", "acronym"):
            if claim := self.settled(field):
                self.keep(field, " ".join(claim.items), claim.method, claim.label)
        self.status()
        self.ages()
        self.names()
        self.numbers(address, start)
        self.texts()
        self.eligibility()

    # --- single values ---

    def settled(self, name: str) -> Claim | None:
        """The most trusted claim to a field; a claim that says otherwise is a problem."""
        claims = sorted(
            (c for c in self.found.claims if c.name == name),
            key=lambda c: METHODS.index(c.method) if c.method in METHODS else 9,
        )
        first = claims[0] if claims else None
        for other in claims[1:]:
            if first and not self.agree(name, first, other):
                self.doubt(name, "; ".join(other.items), f"the page also says {'; '.join(first.items)[:200]!r}")
            elif first and self.exacter(name, first, other):
                first = other
        return first

    def agree(self, name: str, one: Claim, other: Claim) -> bool:
        """Whether two claims say the same: the same words, or the same value; `2018-11` agrees with `2018-11-21`."""
        if [normal(text) for text in one.items] == [normal(text) for text in other.items]:
            return True
        read = self.parsers.get(name)
        here, there = (read(" ".join(claim.items)) if read else None for claim in (one, other))
        if here is None or there is None:
            return False
        return bool(here == there or (name in DATES and (here.startswith(there) or there.startswith(here))))

    def exacter(self, name: str, one: Claim, other: Claim) -> bool:
        read = self.parsers[name] if name in DATES else None
        return bool(read and len(read(" ".join(other.items)) or "") > len(read(" ".join(one.items)) or ""))

    def parsed(self, field: str) -> None:
        claim = self.settled(field)
        if not claim:
            return
        said = " ".join(claim.items)
        value = self.parsers[field](said)
        if value is not None:
            self.keep(field, value, claim.method, claim.label)
        elif normal(said) not in NOTHING:
            self.doubt(field, said, f"not understood as {field.replace('_', ' ')}")

    def status(self) -> None:
        if claim := self.settled("status"):
            said = " ".join(claim.items)
            self.keep("status_text", said, claim.method, claim.label)
            if word := self.parsers["status"](said):
                self.keep("status", word, claim.method, claim.label)
            else:
                self.doubt("status", said, "not one of the known status words")

    def ages(self) -> None:
        for field in ("min_age", "max_age"):
            if (claim := self.settled(field)) and normal(" ".join(claim.items)) not in NOTHING:
                self.age(field, " ".join(claim.items), claim)
        if (claim := self.settled("ages")) and normal(said := " ".join(claim.items)) not in NOTHING:
            bounds = age_range(said)
            for field, bound in zip(("min_age", "max_age"), bounds or (), strict=False):
                if bound and field not in self.values:
                    self.age(field, bound, claim)
            if not bounds:
                self.doubt("ages", said, "not understood as a range of ages")

    def age(self, field: str, said: str, claim: Claim) -> None:
        self.keep(field, said, claim.method, claim.label)
        years = age_in_years(said)
        if years is None:
            self.doubt(field, said, "not understood as an age")
        else:
            self.keep(f"{field}_years", years, claim.method, claim.label)

    def shapes(self, start: int) -> None:
        """Values without a label that only one field can have ("Phase 2", "18-65 years"), above the first heading."""
        labelled = {claim.name for claim in self.found.claims}
        for block in self.doc.blocks[start : start + 40] if self.profile.shapes else ():
            if normal(block.text) in self.profile.lookup and self.profile.lookup[normal(block.text)][0] == "section":
                return
            for text in chips(block.leaves):
                for name, rule in self.profile.shapes.items():
                    if name not in labelled and rule.fullmatch(text):
                        labelled.add(name)
                        self.found.claims.append(Claim(name, (text,), SHAPE, ""))

    # --- lists ---

    def listed(self, name: str) -> tuple[tuple[str, ...], Claim] | None:
        """The values of a list: what the markup sets apart, and what a semicolon does; never a comma."""
        claim = self.settled(name)
        if not claim:
            return None
        values = (part.strip() for item in claim.items for part in item.split(";"))
        return tuple(value for value in values if normal(value) not in NOTHING), claim

    def names(self) -> None:
        for field in ("conditions", "keywords"):
            if found := self.listed(field):
                self.keep(field, tuple(dict.fromkeys(found[0])), found[1].method, found[1].label)
        if found := self.listed("interventions"):
            self.keep(
                "interventions", tuple(Intervention(None, name) for name in found[0]), found[1].method, found[1].label
            )
        sponsors: list[Sponsor] = []
        for name, role in (("sponsor", "lead"), ("collaborators", "collaborator")):
            if not (found := self.listed(name)) or not found[0]:
                continue
            values, claim = found
            if role == "lead" and len(values) > 1:
                self.doubt(
                    "sponsors", "; ".join(values[1:]), f"several under {claim.label!r}; only the first is taken to lead"
                )
                values = values[:1]
            sponsors.extend(Sponsor(value, None, role) for value in dict.fromkeys(values))
            self.sources.append(FieldSource("sponsors", claim.method, claim.label))
        if sponsors:
            self.values["sponsors"] = tuple(sponsors)

    # --- whose record it is ---

    def numbers(self, address: str, start: int) -> None:
        """`study_id`: the number that the page labels, else its address, its title, or the only one in its text."""
        claims = [claim for claim in self.found.claims if claim.name == "identifiers"]
        own = [claim for claim in claims if not normal(claim.label).startswith(("other", "secondary"))]
        labelled = [number for claim in own for item in claim.items for number in register_numbers(item)]
        in_address = register_numbers(address.split("?")[0])
        levels = (
            (labelled, own[0].method if own else "", own[0].label if own else None),
            (in_address, ADDRESS, None),
            (register_numbers(self.values.get("title") or ""), PAGE_TITLE, None),
            (self.numbers_in_text(address, start), BODY, None),
        )
        chosen = next((self.choose(*level) for level in levels if level[0]), None)
        kinds = {number.kind for number in labelled}
        for number in in_address:
            if number.kind in kinds and number not in labelled:
                self.doubt("study_id", number.value, "the number in the address is not the one that the page labels")
        self.identifiers(claims, chosen)

    def identifiers(self, claims: list[Claim], chosen: str | None) -> None:
        """All labelled numbers but the chosen one; a number of no known register stands without a type."""
        found: dict[Identifier, None] = {}
        for part in (part.strip() for claim in claims for item in claim.items for part in item.split(";")):
            numbers = register_numbers(part)
            found |= {identifier(number): None for number in numbers if number.value != chosen}
            if not numbers and normal(part) not in NOTHING:
                found[Identifier(None, part)] = None
            elif numbers and len(part) > sum(len(number.value) for number in numbers) + 2 * len(numbers):
                self.doubt("identifiers", part, "more than a register number")
        self.keep("identifiers", tuple(found), claims[0].method if claims else "", claims[0].label if claims else None)

    def choose(self, numbers: Iterable[Number], method: str, label: str | None) -> str | None:
        """The number of the register that is preferred; several of the same register contradict each other."""
        distinct = list(dict.fromkeys(numbers))
        kind = next(kind for kind in KINDS if any(number.kind == kind for number in distinct))
        candidates = [number.value for number in distinct if number.kind == kind]
        if len(candidates) > 1:
            self.doubt(
                "study_id", "; ".join(candidates), f"several numbers ({method}); none is certain to be this trial's"
            )
            return None
        self.keep("study_id", candidates[0], method, label)
        return candidates[0]

    def numbers_in_text(self, address: str, start: int) -> list[Number]:
        """The register numbers of the trial's own part of the page, those in links to other trials left out."""
        own = [n for n in range(start, self.found.end) if n not in self.found.others]
        counted = Counter(number for n in own for number in register_numbers(self.doc.blocks[n].text))
        here = trial_number(address)
        for href, text in self.doc.links:
            if trial_number(href) not in (None, here):
                counted.subtract(register_numbers(text))
        return [number for number, count in counted.items() if count > 0]

    # --- texts ---

    def texts(self) -> None:
        for name, field in TEXTS.items():
            sections = [section for section in self.found.sections if section.name == name]
            for section in sections[:1]:
                self.keep(field, "\n\n".join(section.paragraphs), section.method, section.label)
            for other in sections[1:]:
                if other.paragraphs != sections[0].paragraphs:
                    self.doubt(field, "\n\n".join(other.paragraphs), "the page has another text under such a heading")

    def eligibility(self) -> None:
        sections = [s for s in self.found.sections if s.name in ELIGIBILITY or s.name == "eligibility"]
        text = "\n\n".join(part for section in sections for part in (*headed(section), *section.paragraphs))
        if text:
            self.keep("eligibility_text", text, sections[0].method, sections[0].label)
            if len(text) > LONGEST_CRITERIA:
                self.doubt("criteria", None, f"longer than {LONGEST_CRITERIA:,} characters; the rest was not split")
            criteria = split(text[:LONGEST_CRITERIA])
            self.keep("criteria", criteria, sections[0].method, sections[0].label)
            self.values["thresholds"] = all_thresholds(criteria)


def headed(section: Section) -> tuple[str, ...]:
    """The heading that a section of criteria keeps: the page's own where it says "criteria"."""
    standing = ELIGIBILITY.get(section.name)
    if not standing:
        return ()
    return (section.label,) if "criteria" in normal(section.label) else (standing,)
