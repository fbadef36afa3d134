"""Which labels stand in a line of a page, read through a profile.

A label is recognised, from strong to weak, as a whole line (a heading, `<dt>`, `<th>`, an element of its own), as the
first element of a line, glued to its value (`SponsorAcme`), before a colon, before a space. Prose begins with the same
words ("Treatment with ..."), so the weak forms count only beside other labels or where their value is one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from scraper.blocks import Block, Document, Leaf, groups, shown
from scraper.profiles import Profile, normal

WHOLE, OWN, COLON, SPACE = 3, 2, 1, 0
# A line of these inside criteria ("Sponsor: ...") cannot be a criterion, so it ends them; "Age: 18" may be one.
NEVER_CRITERIA = frozenset(
    ("sponsor", "collaborators", "identifiers", "last_updated", "official_title", "study_type", "start_date")
)
COUNTED = re.compile(r"(\D+) \(\d[\d,]*\)|\d[\d,]* ((?:study )?(?:locations?|sites?))")  # "Locations (2)", "2 sites"
NUMBER_BEFORE = re.compile(r"(\d[\d,]*) ?(\D.*)\Z")
NOTHING_GLUED = re.compile(r"(?:N/A|None|—|–|-)(?=[A-Z])")  # the value before, and this label without a space between
ABBREVIATION = re.compile(r"\b(?:[A-Z][A-Za-z]{0,3}|(?:[A-Z]\.)+[A-Z])\.\Z")  # "Acme, Inc.": no sentence ends there
PERSONAL_VALUE = re.compile(
    r"[\w.+-]+@[\w-]+\.\w|\+?\(?\d{3}\)?[ .-]\d{3,4}[ .-]?\d*|\+\d[\d ]{7,}"
    r"|\b(?:Dr|Prof|Professor|Mr|Mrs|Ms)\b\.? [A-Z]|,? (?:MD|M\.D\.|PhD|Ph\.D\.|RN)(?:\b|$)"
)
SENTENCE = 4  # words with a full stop behind them
LONGER_LABEL = re.compile(r"[^:.;]{1,30}:\s")  # "Disease Program: ..." is another label than "Disease"
LONGEST_LONE_VALUE = 100  # characters after `Label:` in a paragraph of its own
LONGEST_STOP = 8  # words; a longer line that begins with a stop word is prose
Tests = Mapping[str, Callable[[str], bool]]  # field -> whether a text can be its value


def is_sentence(text: str, words: int = SENTENCE) -> bool:
    """Whether a text, of so many words at least, ends as a sentence does and not in an abbreviation."""
    return text.endswith((".", "?")) and len(text.split()) >= words and not ABBREVIATION.search(text[-12:])


class Hit(NamedTuple):
    """A label met in a line. `rest` is the value that stands in the same line."""

    kind: str  # field, section, ignored, stop, end
    name: str
    label: str
    rest: tuple[Leaf, ...]
    strength: int


class Labels:
    """The labels of a page, line by line."""

    def __init__(self, doc: Document, profile: Profile, is_value: Tests) -> None:
        self.doc = doc
        self.profile = profile
        self.is_value = is_value
        self.known: dict[int, list[Hit]] = {}

    def hits(self, index: int) -> list[Hit]:
        """The labels of line `index`: several where it holds several, each with its value."""
        if index not in self.known:
            self.known[index] = list(self.look(index))
        return self.known[index]

    def look(self, index: int) -> Iterator[Hit]:
        block = self.doc.blocks[index]
        said = self.said(block)
        if told := self.profile.lookup.get(said):
            yield Hit(*told, block.text.rstrip(" :："), (), WHOLE)
        elif (bare := NOTHING_GLUED.match(block.text)) and (told := self.profile.lookup.get(said[bare.end() :])):
            yield Hit(*told, block.text[bare.end() :].rstrip(" :："), (), WHOLE)
        elif (counted := COUNTED.fullmatch(said)) and (told := self.profile.lookup.get(counted[1] or counted[2])):
            yield Hit(*told, block.text.rpartition(" (")[0] or block.text, (), WHOLE)
        elif word := self.closing(said):
            yield Hit(word, "", block.text, (), WHOLE)
        elif (match := NUMBER_BEFORE.match(block.text)) and (name := self.profile.before.get(normal(match[2]))):
            yield Hit("field" if name != "ignored" else name, name, match[2], (Leaf((), match[1]),), OWN)
        elif parts := list(self.parts(block)):
            yield from parts
        elif hit := self.beginning(index, block.text):
            yield hit

    def said(self, block: Block) -> str:
        """The words of a line, those of a button or a tooltip in it left out."""
        pieces = [shown(leaves) for _, leaves in groups(block.leaves)]
        kept = [text for text in pieces if normal(text).replace(" ", "") not in self.profile.noise]
        return normal(" ".join(kept) if 0 < len(kept) < len(pieces) else block.text)

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
        if block.level or (value.endswith(".") and not ABBREVIATION.search(value[-12:])) or LONGER_LABEL.match(value):
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
