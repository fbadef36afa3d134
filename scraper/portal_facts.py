"""A page's values as they are settled: of several claims to a field the most trusted wins, and others must agree."""

from __future__ import annotations

import re
from typing import Any

from scraper.blocks import Document, chips
from scraper.criteria import split
from scraper.findings import JSON_LD, MARKUP, METHODS, POSITION, TEXT, Claim, Findings, Section
from scraper.items import FieldSource, Intervention, Location, Problem, Sponsor
from scraper.jsonld import Told
from scraper.labels import is_sentence
from scraper.parsing import age_in_years
from scraper.portal_values import DATES, NOTHING, parsers
from scraper.profiles import Profile, normal
from scraper.thresholds import all_thresholds

HEADING, SHAPE = "heading", "shape of the value"
TEXTS = {"summary": "brief_summary", "description": "detailed_description"}
ELIGIBILITY = {"inclusion": "Inclusion Criteria", "exclusion": "Exclusion Criteria"}
LONGEST_CRITERIA = 60_000  # characters; the longest of the register's own is below 20,000
MOST_PROBLEMS = 100  # of one page; a page with more is not one of a trial
PROSE = 6  # words of a sentence that is no name, alone under a label or behind others
GLUED_NAMES = re.compile(r"[a-z]{4}[A-Z][a-z]{3}")  # "Insulin ResistanceFasting": two names, parted on the page alone


class Facts:
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

    def take(self, json_ld: Told, title: str | None, where: str) -> None:
        """The values, from claims and JSON-LD; numbers and texts are settled after them. `title`: the one that stands
        on the page without a label, `where` it does."""
        self.found.claims += json_ld.claims
        self.found.sections += json_ld.sections
        for problem in json_ld.problems:
            self.doubt(*problem)
        self.title(title, where, json_ld.title)
        for field in (*DATES, "phase", "sex", "healthy_volunteers", "study_type", "primary_purpose", "enrollment"):
            self.parsed(field)
        for field in ("official_title", "acronym", "allocation", "masking"):
            if claim := self.settled(field):
                self.keep(field, " ".join(claim.items), claim.method, claim.label)
        self.status()
        self.ages()
        self.names()
        self.places(json_ld.locations)

    def expect(self) -> None:
        """What the pages of this profile have and this one has not: a sign that the template has changed."""
        for field in self.profile.expected:
            if not self.values.get(field):
                self.doubt(field, None, f"not found, though pages of {self.profile.name} have it")

    def title(self, title: str | None, where: str, in_json_ld: str | None) -> None:
        """The title: under its label in the markup, in the heading, in JSON-LD, under its label in the text, or where
        else a title stands."""
        claims = [claim for claim in self.found.claims if claim.name == "title"]
        labelled = [(" ".join(claim.items), claim.method, claim.label) for claim in claims]
        places = (
            *(one for one in labelled if one[1] == MARKUP),
            *(((title, where, None),) if where == HEADING else ()),
            (in_json_ld, JSON_LD, "name"),
            *(one for one in labelled if one[1] == TEXT),
            (title, where, None),
        )
        if found := next((place for place in places if place[0]), None):
            self.keep("title", *found)

    def places(self, in_json_ld: list[Location]) -> None:
        """The sites: those that the page's labels take apart; JSON-LD's where it says the same of each, and more."""
        read = self.parsers["status"]
        sites: list[Location] = []
        for site in self.found.sites:
            status = site.get("status")
            if status and not read(status):
                self.doubt("locations", status, "not one of the known status words")
            parts: dict[str, Any] = {part: said for part, said in site.items() if part in Location._fields}
            sites.append(Location(**{"facility": None, **parts, "status": read(status) if status else None}))
        pairs = list(zip(sites, in_json_ld, strict=False))
        same = len(sites) == len(in_json_ld) and all(
            here in (None, there) for site, other in pairs for here, there in zip(site, other, strict=True)
        )
        if sites and not same:
            self.keep("locations", tuple(sites), MARKUP if self.doc.marked_up else TEXT, self.found.sites_label)
        elif in_json_ld:
            self.keep("locations", tuple(in_json_ld), JSON_LD, "studyLocation")

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
        if value is None and all(item.endswith(".") for item in claim.items[1:]):  # sentences that explain the value
            value = self.parsers[field](claim.items[0])
        if field == "enrollment" and value == 0:
            self.doubt(field, said, "0 people: a figure that was left empty")
        elif value is not None:
            self.keep(field, value, claim.method, claim.label)
        elif normal(said) not in NOTHING:
            self.doubt(field, said, f"not understood as {field.replace('_', ' ')}")

    def status(self) -> None:
        """The recruitment status. Where a page also has the study's own, both tell it (`[status]` in generic.toml)."""
        claims = [claim for name in ("status", "study_status") if (claim := self.settled(name))]
        if not claims:
            return
        claim = claims[0]
        said = [" ".join(one.items) for one in claims]
        self.keep("status_text", "; ".join(said), claim.method, claim.label)
        read = self.parsers["status"]
        words = {read(text) for text in said}
        word = (words.pop() if len(words) == 1 else None) or read("; ".join(said))
        if word:
            self.keep("status", word, claim.method, claim.label)
        else:
            self.doubt("status", "; ".join(said), "not one of the known status words")

    def ages(self) -> None:
        for field in ("min_age", "max_age"):
            if (claim := self.settled(field)) and normal(" ".join(claim.items)) not in NOTHING:
                self.age(field, " ".join(claim.items), claim)
        if (claim := self.settled("ages")) and normal(said := " ".join(claim.items)) not in NOTHING:
            bounds = self.parsers["ages"](said) or self.parsers["ages"](claim.items[0])
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
        prose = [item for item in claim.items if is_sentence(item, PROSE)]
        for item in prose:
            self.doubt(name, item, "a sentence among names")
        values = [part.strip() for item in claim.items if item not in prose for part in item.split(";")]
        if claim.method == TEXT and not self.doc.marked_up and name in ("conditions", "keywords"):
            for glued in [value for value in values if GLUED_NAMES.search(value)]:
                self.doubt(name, glued, "names run together, which only the page's markup parts")
                values.remove(glued)
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

    # --- texts ---

    def texts(self) -> None:
        for name, field in TEXTS.items():
            sections = self.trusted(name)
            for section in sections[:1]:
                self.keep(field, "\n\n".join(section.paragraphs), section.method, section.label)
            for other in sections[1:]:
                if other.paragraphs != sections[0].paragraphs and other.method == sections[0].method:
                    self.doubt(field, "\n\n".join(other.paragraphs), "the page has another text under such a heading")

    def trusted(self, *names: str) -> list[Section]:
        """The sections of these names in page order, those of JSON-LD before what only stands in some position."""
        found = [section for section in self.found.sections if section.name in names]
        return sorted(found, key=lambda one: 2 if one.method == POSITION else one.method == JSON_LD)

    def eligibility(self) -> None:
        sections = self.trusted("eligibility", *ELIGIBILITY)
        sections = [s for s in sections if (s.method == JSON_LD) == (sections[0].method == JSON_LD)]
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
