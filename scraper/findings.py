"""What a page says under which label: claims and sections in page order. They keep the words; nothing is parsed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from scraper.blocks import Block, Document, Leaf, chips, flowing, groups, shown
from scraper.items import Problem
from scraper.labels import (
    COLON,
    LONGEST_LONE_VALUE,
    NEVER_CRITERIA,
    OWN,
    PERSONAL_VALUE,
    SPACE,
    WHOLE,
    Hit,
    Labels,
    Tests,
    is_sentence,
)
from scraper.profiles import Profile, normal
from scraper.sites import Places, Site, table, under_heading

MARKUP, JSON_LD, TEXT, POSITION = "label in the page's markup", "JSON-LD", "label in its text", "position"
METHODS = (MARKUP, JSON_LD, TEXT, POSITION)  # the most trusted first
# Fields of several values, which may stand in an element each below the label's.
SEVERAL = frozenset(("conditions", "interventions", "keywords", "identifiers", "collaborators"))
CORE = frozenset(("conditions", "sponsor", "identifiers", "last_updated"))
TITLES = ("title", "official_title")  # these may well be sentences
KINDS = ("inclusion", "exclusion")
CRITERIA = ("inclusion", "exclusion", "eligibility")
UNKNOWN_LABEL = re.compile(r"([A-Z][^:.;]{1,40}):\s+(\S.*)\Z", re.DOTALL)
BOLD = frozenset(("b", "em", "i", "strong"))
LONGEST_BOILERPLATE = 20  # words
LONGEST_UNKNOWN = 4  # words of a label that no profile knows
LIKE_A_NAME = re.compile(r"[A-Z][\w.'’-]*(?: [A-Z][\w.'’-]*){1,3}(?:,|\Z)")
WHAT_ONE_IS = 80  # characters below a name: "Professor of Fever, Example University"
MOST_BOXES = 20  # one after another with labels that nobody knows, before one that is known
LONGEST_ROLES = 60  # lines under a heading of names and their roles


class Claim(NamedTuple):
    """A field's value as the page has it: the lines or chips that the markup makes of it."""

    name: str
    items: tuple[str, ...]
    method: str
    label: str


class Section(NamedTuple):
    """A part of the page under its heading, as paragraphs."""

    name: str
    paragraphs: tuple[str, ...]
    method: str
    label: str


@dataclass
class Findings:
    """All that the labels of a page lead to, in page order."""

    claims: list[Claim] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    sites: list[Site] = field(default_factory=list)
    sites_label: str | None = None  # the heading that the first of them stand under
    end: int = 0  # the block at which the trial's own part of the page ends
    others: set[int] = field(default_factory=set)  # blocks before it that speak of other trials


def findings(doc: Document, profile: Profile, start: int, is_value: Tests) -> Findings:
    """What the page says from block `start` on. `is_value` tells of some fields whether a text can be their value."""
    return _Walk(doc, profile, is_value).through(start)


def is_short(text: str) -> bool:
    """Whether a text could be a label: a capital first, a few words, no sentence."""
    return text[:1].isupper() and len(text.split()) <= LONGEST_UNKNOWN and text[-1] not in ".!?,;"


class _Walk:
    def __init__(self, doc: Document, profile: Profile, is_value: Tests) -> None:
        self.doc = doc
        self.profile = profile
        self.is_value = is_value
        self.hits = Labels(doc, profile, is_value).hits
        self.found = Findings(end=len(doc.blocks))
        self.taken: set[int] = set()  # cells below a label at the head of a column
        self.bare: tuple[int, Hit] | None = None  # a heading over criteria with nothing under it, and the next line
        self.edge = -1  # where what stood under the last label ended
        self.anchor: tuple[int, str] | None = None  # the line behind which a summary without heading begins

    def through(self, start: int) -> Findings:
        index = start
        while index < self.found.end:
            found = self.hits(index)
            if index in self.taken:
                index += 1
            elif normal(self.doc.blocks[index].text) in self.profile.role_headings:
                index = self.roles(index)
            elif places := table(self.doc, self.profile, index):
                index = self.edge = self.keep_sites(places)
            elif not found:
                index = self.unlabelled(index)
            elif found[-1].kind == "end":
                box = max(self.doc.section_end(index), index + 1)
                if (self.found.claims or self.found.sections) and (self.complete() or not self.doc.is_first(index)):
                    self.found.end = index
                    break
                self.found.others.update(range(index, box))  # a box of other trials, above this one or beside it
                index = box
            else:
                index = self.edge = self.take(index, found)
        self.summary_by_position()
        return self.found

    def complete(self) -> bool:
        """Whether what a page tells of its trial is found, so that nothing further can be of this one."""
        criteria = any(section.name in CRITERIA for section in self.found.sections)
        return criteria and {claim.name for claim in self.found.claims} >= CORE

    # --- one label after another ---

    def take(self, index: int, found: list[Hit]) -> int:
        """Takes what the labels of line `index` lead to; where to go on."""
        for hit in found[:-1]:
            self.claim(hit, chips(hit.rest))
        last = found[-1]
        if last.kind == "stop":
            return index + 1
        if last.kind == "sites":
            places = under_heading(self.doc, self.profile, index, last, self.hits, self.found.end)
            return self.keep_sites(places, last.label)
        if last.strength == WHOLE and (cell := self.doc.cell_below(index)) and last.kind in ("field", "section"):
            return self.column(index, last, cell)
        if last.kind == "section" or (
            last.kind == "ignored" and last.strength == WHOLE and self.doc.blocks[index].level
        ):
            return self.section(index, last)
        end = self.until(index, self.value_end(index, last), last)
        if last.name in SEVERAL and not last.rest and end > index + 1:
            end = self.until(index, self.doc.same_kind_end(index), last)
        below = [block for block in self.doc.blocks[index + 1 : end] if not self.profile.is_noise(block.text)]
        if last.rest:  # wrapped lines of the same value
            self.claim(last, chips([*last.rest, *(leaf for block in below for leaf in (Leaf((), " "), *block.leaves))]))
        else:
            self.claim(last, [text for block in below for text in chips(block.leaves)])
        if normal(last.label) in self.profile.summary_after and not self.anchor:
            self.anchor = (end, last.label)
        return end

    def column(self, index: int, hit: Hit, cell: range) -> int:
        """Takes the cell below a label at the head of a table's column; where to go on."""
        blocks = [block for place in cell if not self.profile.is_noise((block := self.doc.blocks[place]).text)]
        self.taken.update(cell)
        if hit.kind == "section" and blocks:
            self.found.sections.append(Section(hit.name, tuple(flowing(self.doc, blocks)), MARKUP, hit.label))
        elif hit.kind == "field":
            self.claim(hit, [text for block in blocks for text in chips(block.leaves)])
        return index + 1

    def value_end(self, index: int, hit: Hit) -> int:
        """Where the value of a label in line `index` may end."""
        if not hit.rest:
            return self.doc.value_end(index)
        complete = hit.name in self.is_value and self.is_value[hit.name](shown(hit.rest))
        return index + 1 if self.doc.marked_up or complete else self.doc.wrapped_end(index)

    def claim(self, hit: Hit, items: list[str]) -> None:
        items = [text for item in items if (text := item.lstrip(" :：").rstrip(" |·•"))]
        items = [text for item in items[:1] if (text := self.profile.unexplained(item))] + [
            item for item in items[1:] if not self.profile.explains(item)
        ]
        if hit.kind != "field" or not items:
            return
        explained = hit.name not in TITLES and is_sentence(items[0])
        if explained and not all(is_sentence(item) for item in items[1:]):
            self.found.problems.append(Problem(hit.name, items.pop(0)[:500], "a sentence between label and value"))
        method = MARKUP if self.doc.marked_up and hit.strength >= OWN else TEXT
        together = self.profile.together.get(hit.name)
        if together and (match := together.fullmatch(" ".join(items))):  # "18-60 All Genders": ages, then sex
            for name, said in match.groupdict().items():
                if said:
                    self.found.claims.append(Claim(name, (said,), method, hit.label))
            return
        tail = self.profile.tails.get(hit.name)
        said = tuple(text for item in items if (text := tail.sub("", item) if tail else item))
        if said:
            self.found.claims.append(Claim(hit.name, said, method, hit.label))

    def keep_sites(self, found: Places, label: str | None = None) -> int:
        """Keeps the places of a table or under a heading, once where a page shows them twice; where to go on."""
        self.taken.update(found.cell)
        if found.sites and found.sites != self.found.sites:
            self.found.sites_label = self.found.sites_label or label
            self.found.sites += found.sites
        self.found.problems += [Problem("locations", said, "places whose parts are not told") for said in found.untold]
        return found.end

    def roles(self, index: int) -> int:
        """Takes names that stand before what they are ("Acme", "Lead Sponsor") under their heading; where to go on."""
        limit = min(self.doc.section_end(index), index + LONGEST_ROLES, self.found.end)
        level = self.doc.blocks[index].level
        name: list[Leaf] = []
        for place in range(index + 1, limit):
            block = self.doc.blocks[place]
            *before, last = groups(block.leaves) or [("", ())]
            role = self.profile.roles.get(normal(shown(last[1])))
            if (block.level and block.level <= level) or (role and not before and not name):
                return place  # the next part of the page, or a label before its value after all
            if role:
                own = [leaf for _, leaves in before for leaf in leaves] or name
                self.claim(Hit("field", role, shown(last[1]), tuple(own), OWN), [shown(own)])
                name = []
            elif self.hits(place):
                if self.hits(place)[-1].kind != "ignored":
                    return place
                name = []  # a person's
            else:
                name = list(block.leaves)
        return max(limit, index + 1)

    def section(self, index: int, hit: Hit) -> int:
        """Takes the lines under a section's heading; where they end."""
        end = self.until(index, self.doc.section_end(index), hit)
        first = [Block(text, hit.rest, soft=False)] if (text := shown(hit.rest).lstrip(" :：")) else []
        below = (*first, *self.doc.blocks[index + 1 : end])
        blocks = [block for block in below if not self.profile.is_noise(block.text)]
        blocks = self.without_tail(blocks)
        if hit.kind == "section" and blocks:
            method = MARKUP if self.doc.marked_up and hit.strength >= OWN else TEXT
            name = "eligibility" if self.is_beside(index, hit) else hit.name
            self.found.sections.append(Section(name, tuple(flowing(self.doc, blocks)), method, hit.label))
        elif hit.name in KINDS:
            self.bare = (end, hit)
        return end

    def is_beside(self, index: int, hit: Hit) -> bool:
        """Whether the two headings of the criteria stand side by side, as those of tabs do: what follows the second is
        of both, and which criterion is of which kind is not told."""
        if not (hit.name in KINDS and self.bare and self.bare[0] == index and self.bare[1].name != hit.name):
            return False
        other = self.bare[1]
        if any(later.name == other.name for place in range(index + 1, self.found.end) for later in self.hits(place)):
            return False  # links to the two headings, which come
        reason = "headings side by side: which criteria are whose is not told"
        self.found.problems.append(Problem("criteria", f"{other.label} / {hit.label}", reason))
        return True

    def until(self, index: int, limit: int, hit: Hit) -> int:
        """Where what stands under the label of line `index` ends, at the latest at `limit`."""
        level = self.doc.blocks[index].level
        beside = hit.kind == "field" and self.doc.marked_up and self.doc.is_term(index)  # a value there
        for place in range(index + 1 + beside, min(limit, self.found.end)):
            block = self.doc.blocks[place]
            heads = hit.kind == "section" or (hit.kind == "ignored" and level)
            if heads and block.level and (not level or block.level <= level):
                return place
            if any(self.ends(other, block, hit) for other in self.hits(place)):
                return place
            if hit.kind == "field" and not self.doc.marked_up and UNKNOWN_LABEL.match(block.text):
                return place
        return min(limit, self.found.end)

    def ends(self, other: Hit, block: Block, hit: Hit) -> bool:
        """Whether another label ends what stands under this one; in criteria and prose most are just words."""
        if hit.kind == "field" and other.name == hit.name and other.strength == SPACE:
            return False  # "Phase" and below it "Phase 2"
        if hit.kind != "section" or other.kind in ("end", "stop"):
            return True
        if other.kind == "section":
            return other.strength >= COLON
        if block.marker or hit.name in CRITERIA:
            if other.strength == SPACE and (shown(other.rest)[:1].islower() or block.text.endswith(";")):
                return False  # "Sponsor staff and their families"
            return not block.marker and (other.strength == WHOLE or other.name in NEVER_CRITERIA)
        return other.strength >= OWN or other.name in NEVER_CRITERIA or not (self.doc.marked_up or block.soft)

    # --- lines without a known label ---

    def unlabelled(self, index: int) -> int:
        """Passes a line that no profile's label explains; a label that nobody knows becomes a problem."""
        label, value, after = self.unknown_label(index)
        if not label or not value or normal(label) in self.profile.groups:
            return index + 1
        if after == self.doc.box_end(index):
            self.edge = after  # the next box of the row is looked at likewise
        if not self.is_personal(label, value):
            kept = None if PERSONAL_VALUE.search(value[:600]) else value[:500]
            self.found.problems.append(Problem(label[:80], kept, "label not known to the profile"))
        return after

    def is_personal(self, label: str, value: str) -> bool:
        """Whether an unknown label speaks of a person, or is one's name over what the person is."""
        says = self.profile.personal.search
        if says(normal(label)) or PERSONAL_VALUE.search(label):
            return True
        person = says(normal(value[:WHAT_ONE_IS])) or PERSONAL_VALUE.search(value[:600])
        return bool(person and LIKE_A_NAME.match(label))

    def unknown_label(self, index: int) -> tuple[str, str, int]:
        """An unknown label, its value and the line after them; ("", "", 0) when the line is no label."""
        block = self.doc.blocks[index]
        if self.doc.marked_up and (self.doc.is_term(index) or block.level > 1):
            end = self.doc.value_end(index)
            end = next((place for place in range(index + 1, end) if self.hits(place)), end)
            value = self.said_in(range(index + 1, end))
            return block.text.rstrip(" :"), value, max(end, index + 1)
        beside = [near for near in (index - 1, index + 1) if 0 <= near < self.found.end and self.hits(near)]
        if (match := UNKNOWN_LABEL.match(block.text)) and beside and len(match[1].split()) <= LONGEST_UNKNOWN:
            return match[1], match[2], index + 1
        parts = [(tag, shown(leaves)) for tag, leaves in groups(block.leaves)]
        if beside and len(parts) > 1 and parts[0][0] in BOLD and is_short(parts[0][1]):
            return parts[0][1].rstrip(" :"), " ".join(text for _, text in parts[1:]), index + 1
        end = self.doc.box_end(index)
        if end and is_short(block.text) and (self.edge == index or self.leads_to_label(end)):
            inside = range(index + 1, end)
            value = self.said_in(inside)
            prose = value.endswith(".") or len(value) > LONGEST_LONE_VALUE
            if not prose and not any(self.hits(place) for place in inside):
                return block.text.rstrip(" :"), value, end
        return "", "", 0

    def said_in(self, places: range) -> str:
        """The words of some lines, chips apart."""
        return " ".join("; ".join(chips(self.doc.blocks[place].leaves)) for place in places)

    def leads_to_label(self, place: int) -> bool:
        """Whether a known label stands at `place`, or first in one of the boxes that follow there one another."""
        for step in range(MOST_BOXES):
            if place >= self.found.end:
                break
            if found := self.hits(place):
                return not step or found[-1].kind == "field"
            short = is_short(self.doc.blocks[place].text)
            place = self.doc.box_end(place) if short else 0
            if not place:
                break
        return False

    def summary_by_position(self) -> None:
        """Without headings, the first paragraph after the page's date is the summary, the rest the description."""
        if not self.anchor or any(section.name in ("summary", "description") for section in self.found.sections):
            return
        start, label = self.anchor
        end = next((n for n in range(start, self.found.end) if self.hits(n)), -1)
        if end < 0 or self.hits(end)[0].kind != "field":
            return  # what stands before criteria, or before the end, may be anything
        blocks = [one for one in self.doc.blocks[start:end] if not one.level and not self.profile.is_noise(one.text)]
        first, *rest = flowing(self.doc, blocks) or [""]
        if first:
            self.found.sections.append(Section("summary", (first,), POSITION, label))
        if rest:
            self.found.sections.append(Section("description", tuple(rest), POSITION, label))

    def without_tail(self, blocks: list[Block]) -> list[Block]:
        """A text without the lines at its end that are the portal's own."""
        last = len(blocks)
        while last and not blocks[last - 1].marker and self.is_boilerplate(blocks[last - 1].text):
            last -= 1
        return blocks[:last]

    def is_boilerplate(self, text: str) -> bool:
        return len(text.split()) <= LONGEST_BOILERPLATE and bool(self.profile.boilerplate.search(normal(text)))
