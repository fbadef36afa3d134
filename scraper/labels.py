"""What a page says under which label, read through a profile. A claim keeps the page's words; nothing is parsed.

A label is recognised, from strong to weak, as a whole line (a heading, `<dt>`, `<th>`, an element of its own), as the
first element of a line, glued to its value (`SponsorAcme`), before a colon, before a space. Prose begins with the same
words ("Treatment with ..."), so the weak forms count only beside other labels or where their value is one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from scraper.blocks import Block, Document, Leaf, chips, flowing, groups, shown
from scraper.items import Problem
from scraper.profiles import Profile, normal

MARKUP, JSON_LD, TEXT, POSITION = "label in the page's markup", "JSON-LD", "label in its text", "position"
METHODS = (MARKUP, JSON_LD, TEXT, POSITION)  # the most trusted first
WHOLE, OWN, COLON, SPACE = 3, 2, 1, 0
# A line of these inside criteria ("Sponsor: ...") cannot be a criterion, so it ends them; "Age: 18" may be one.
NEVER_CRITERIA = frozenset(
    ("sponsor", "collaborators", "identifiers", "last_updated", "official_title", "study_type", "start_date")
)
# Fields of several values, which may stand in an element each below the label's.
SEVERAL = frozenset(("conditions", "interventions", "keywords", "identifiers", "collaborators"))
CORE = frozenset(("conditions", "sponsor", "identifiers", "last_updated"))
CRITERIA = ("inclusion", "exclusion", "eligibility")
NUMBER_BEFORE = re.compile(r"(\d[\d,]*) ?(\D.*)\Z")
UNKNOWN_LABEL = re.compile(r"([A-Z][^:.;]{1,40}):\s+(\S.*)\Z", re.DOTALL)
PERSONAL_VALUE = re.compile(
    r"[\w.+-]+@[\w-]+\.\w|\+?\(?\d{3}\)?[ .-]\d{3,4}[ .-]?\d*|\+\d[\d ]{7,}"
    r"|\b(?:Dr|Prof|Professor|Mr|Mrs|Ms)\b\.? [A-Z]|,? (?:MD|M\.D\.|PhD|Ph\.D\.|RN)(?:\b|$)"
)
NOTHING_GLUED = re.compile(r"(?:N/A|None|—|–|-)(?=[A-Z])")  # the value before, and this label without a space between
ABBREVIATION = re.compile(r"\b(?:[A-Z][A-Za-z]{0,3}|(?:[A-Z]\.)+[A-Z])\.\Z")  # "Acme, Inc.": no sentence ends there
BOLD = frozenset(("b", "em", "i", "strong"))
LONGER_LABEL = re.compile(r"[^:.;]{1,30}:\s")  # "Disease Program: ..." is another label than "Disease"
LONGEST_UNKNOWN = 4  # words of a label that no profile knows
LONGEST_ROLES = 60  # lines under a heading of names and their roles
LONGEST_LONE_VALUE = 100  # characters after `Label:` in a paragraph of its own
LONGEST_STOP = 8  # words; a longer line that begins with a stop word is prose


def is_short(text: str) -> bool:
    """Whether a text could be a label: a capital or two, a few words, no sentence."""
    return text[:1].isupper() and len(text.split()) <= LONGEST_UNKNOWN and text[-1] not in ".!?,;"


class Hit(NamedTuple):
    """A label met in a line. `rest` is the value that stands in the same line."""

    kind: str  # field, section, ignored, stop, end
    name: str
    label: str
    rest: tuple[Leaf, ...]
    strength: int


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
    end: int = 0  # the block at which the trial's own part of the page ends
    others: set[int] = field(default_factory=set)  # blocks before it that speak of other trials


def findings(doc: Document, profile: Profile, start: int, is_value: Mapping[str, Callable[[str], bool]]) -> Findings:
    """What the page says from block `start` on. `is_value` tells of some fields whether a text can be their value."""
    return _Walk(doc, profile, is_value).through(start)


class _Walk:
    def __init__(self, doc: Document, profile: Profile, is_value: Mapping[str, Callable[[str], bool]]) -> None:
        self.doc = doc
        self.profile = profile
        self.is_value = is_value
        self.found = Findings(end=len(doc.blocks))
        self.known: dict[int, list[Hit]] = {}
        self.edge = -1  # where what stood under the last label ended
        self.anchor: tuple[int, str] | None = None  # the line behind which a summary without heading begins

    def through(self, start: int) -> Findings:
        index = start
        while index < self.found.end:
            found = self.hits(index)
            if normal(self.doc.blocks[index].text) in self.profile.role_headings:
                index = self.roles(index)
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
        if last.kind == "section" or (
            last.kind == "ignored" and last.strength == WHOLE and self.doc.blocks[index].level
        ):
            return self.section(index, last)
        end = self.until(index, self.value_end(index, last), last)
        if last.name in SEVERAL and not last.rest and end > index + 1:
            end = self.until(index, self.doc.same_kind_end(index), last)
        below = [block for block in self.doc.blocks[index + 1 : end] if not self.is_noise(block)]
        if last.rest:  # wrapped lines of the same value
            self.claim(last, chips([*last.rest, *(leaf for block in below for leaf in (Leaf((), " "), *block.leaves))]))
        else:
            self.claim(last, [text for block in below for text in chips(block.leaves)])
        if normal(last.label) in self.profile.summary_after and not self.anchor:
            self.anchor = (end, last.label)
        return end

    def value_end(self, index: int, hit: Hit) -> int:
        """Where the value of a label in line `index` may end."""
        if not hit.rest:
            return self.doc.value_end(index)
        complete = hit.name in self.is_value and self.is_value[hit.name](shown(hit.rest))
        return index + 1 if self.doc.marked_up or complete else self.doc.wrapped_end(index)

    def claim(self, hit: Hit, items: list[str]) -> None:
        items = [text for item in items if (text := item.lstrip(" :：").strip())]
        items = [text for item in items[:1] if (text := self.profile.unexplained(item))] + [
            item for item in items[1:] if not self.profile.explains(item)
        ]
        if hit.kind != "field" or not items:
            return
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
        blocks = [block for block in (*first, *self.doc.blocks[index + 1 : end]) if not self.is_noise(block)]
        if hit.kind == "section" and blocks:
            method = MARKUP if self.doc.marked_up and hit.strength >= OWN else TEXT
            self.found.sections.append(Section(hit.name, tuple(flowing(self.doc, blocks)), method, hit.label))
        return end

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
        if not self.profile.personal.search(normal(label)):
            kept = None if PERSONAL_VALUE.search(value) else value[:500]
            self.found.problems.append(Problem(label[:80], kept, "label not known to the profile"))
        return after

    def unknown_label(self, index: int) -> tuple[str, str, int]:
        """An unknown label, its value and the line after them; ("", "", 0) when the line is no label."""
        block = self.doc.blocks[index]
        if self.doc.marked_up and (self.doc.is_term(index) or block.level > 1):
            end = self.doc.value_end(index)
            end = next((place for place in range(index + 1, end) if self.hits(place)), end)
            value = " ".join(below.text for below in self.doc.blocks[index + 1 : end])
            return block.text.rstrip(" :"), value, max(end, index + 1)
        beside = [near for near in (index - 1, index + 1) if 0 <= near < self.found.end and self.hits(near)]
        if (match := UNKNOWN_LABEL.match(block.text)) and beside and len(match[1].split()) <= LONGEST_UNKNOWN:
            return match[1], match[2], index + 1
        parts = [(tag, shown(leaves)) for tag, leaves in groups(block.leaves)]
        if beside and len(parts) > 1 and parts[0][0] in BOLD and is_short(parts[0][1]):
            return parts[0][1].rstrip(" :"), " ".join(text for _, text in parts[1:]), index + 1
        end = self.doc.box_end(index)
        if end and is_short(block.text) and (self.edge == index or (end < self.found.end and self.hits(end))):
            inside = range(index + 1, end)
            value = " ".join(self.doc.blocks[place].text for place in inside)
            prose = value.endswith(".") or len(value) > LONGEST_LONE_VALUE
            if not prose and not any(self.hits(place) for place in inside):
                return block.text.rstrip(" :"), value, end
        return "", "", 0

    def summary_by_position(self) -> None:
        """Without headings, the first paragraph after the page's date is the summary, the rest the description."""
        if not self.anchor or any(section.name in ("summary", "description") for section in self.found.sections):
            return
        start, label = self.anchor
        end = next((n for n in range(start, self.found.end) if self.hits(n)), -1)
        if end < 0 or self.hits(end)[0].kind != "field":
            return  # what stands before criteria, or before the end, may be anything
        blocks = [block for block in self.doc.blocks[start:end] if not block.level and not self.is_noise(block)]
        first, *rest = flowing(self.doc, blocks) or [""]
        if first:
            self.found.sections.append(Section("summary", (first,), POSITION, label))
        if rest:
            self.found.sections.append(Section("description", tuple(rest), POSITION, label))

    # --- which labels stand in a line ---

    def hits(self, index: int) -> list[Hit]:
        if index not in self.known:
            self.known[index] = list(self.look(index))
        return self.known[index]

    def look(self, index: int) -> Iterator[Hit]:
        block = self.doc.blocks[index]
        said = normal(block.text)
        if told := self.profile.lookup.get(said):
            yield Hit(*told, block.text.rstrip(" :："), (), WHOLE)
        elif (bare := NOTHING_GLUED.match(block.text)) and (told := self.profile.lookup.get(said[bare.end() :])):
            yield Hit(*told, block.text[bare.end() :].rstrip(" :："), (), WHOLE)
        elif word := self.closing(said):
            yield Hit(word, "", block.text, (), WHOLE)
        elif (match := NUMBER_BEFORE.match(block.text)) and (name := self.profile.before.get(normal(match[2]))):
            yield Hit("field" if name != "ignored" else name, name, match[2], (Leaf((), match[1]),), OWN)
        elif parts := list(self.parts(block)):
            yield from parts
        elif hit := self.beginning(index, block.text):
            yield hit

    def closing(self, said: str) -> str | None:
        """Whether the line is one that ends a section (`stop`) or the trial (`end`)."""
        if len(said.split()) > LONGEST_STOP:
            return None
        for kind, words in (("end", self.profile.end), ("stop", self.profile.stop)):
            if said in words or any(said.startswith(f"{word} ") for word in words):
                return kind
        return None

    def parts(self, block: Block) -> Iterator[Hit]:
        """Labels that are elements of their own in the line: `<b>Sponsor</b> Acme`."""
        pieces = groups(block.leaves)
        told: tuple[str, str] | None = None
        label, rest = "", list[Leaf]()
        for tag, leaves in pieces if len(pieces) > 1 else ():
            text = shown(leaves)
            known = self.profile.lookup.get(normal(text)) if tag or not told else None
            if known and told:
                yield Hit(*told, label, tuple(rest), OWN)
            elif not known and not told:
                return
            if known:
                told, label, rest = known, text.rstrip(" :："), []
                colon = text.endswith(":")
            else:
                if not rest and tag == "" and not colon and leaves[0].text[:1].isspace() and text[:1].islower():
                    return  # a word in bold, and the sentence goes on
                rest.extend(leaves)
        if told:
            yield Hit(*told, label, tuple(rest), OWN)

    def beginning(self, index: int, text: str) -> Hit | None:
        """A label at the beginning of the line's text: before a colon, glued, or before a space."""
        label = self.profile.label_at(text)
        told = self.profile.lookup.get(normal(label)) if label else None
        if not told:
            return None
        value = text[len(label) :]
        rest = (Leaf((), value.lstrip(" :：")),)
        if value.lstrip().startswith((":", "：")):
            prose = told[0] == "field" and self.prose(index, told[1], shown(rest))
            return None if prose else Hit(*told, label, rest, COLON)
        if told[0] != "field" or not value:
            return None
        if label[-1].islower() and (value[0].isupper() or value[0].isdigit()):
            return Hit(*told, label, rest, OWN if not self.doc.marked_up else COLON)
        if value[0].isspace() and self.plausible(index, told[1], value.strip(), label):
            return Hit(*told, label, rest, SPACE)
        return None

    def plausible(self, index: int, name: str, value: str, label: str) -> bool:
        """Whether a label word, a space and some text are a label and its value, not the beginning of a sentence."""
        block = self.doc.blocks[index]
        if block.level or (value.endswith(".") and not ABBREVIATION.search(value)) or LONGER_LABEL.match(value):
            return False
        if name in self.is_value:
            return self.is_value[name](value)
        if label[0].isupper() and not block.soft and normal(label) in self.profile.telling:
            return True
        near = [] if self.doc.marked_up and value[0].islower() else self.near(index)
        return bool(near) and (not block.soft or index - 1 in near)

    def prose(self, index: int, name: str, value: str) -> bool:
        """Whether a label word and a colon only begin a paragraph: `Treatment: patients receive tea for a week.`"""
        if name in NEVER_CRITERIA or self.near(index) or (name in self.is_value and self.is_value[name](value)):
            return False
        wrapped = self.doc.blocks[index].soft and not self.doc.marked_up
        return wrapped or value.endswith(".") or len(value) > LONGEST_LONE_VALUE

    def near(self, index: int) -> list[int]:
        """The lines right above and below, in a text of the same paragraph, that begin with a label, too."""
        first, last = index - 1, index + 1
        if not self.doc.marked_up:
            first = first if self.doc.blocks[index].soft else index
            last = last if last < len(self.doc.blocks) and self.doc.blocks[last].soft else index
        lines = [n for n in (first, last) if n != index and 0 <= n < len(self.doc.blocks)]
        return [n for n in lines if self.labelled(n)]

    def labelled(self, index: int) -> bool:
        text = self.doc.blocks[index].text
        label = self.profile.label_at(text)
        return bool(label) and not text[len(label) : len(label) + 1].islower()

    def is_noise(self, block: Block) -> bool:
        return normal(block.text).replace(" ", "") in self.profile.noise
