"""The part of ClinicalTrials.gov's query language (Essie) that the replica understands.

`parse` turns a text into a `Test`, a function of a `View` of one study. Words match whole words of the fields of an
area, all of them; there are no stems, synonyms or ranks, so no count here equals the register's. A text that the
register would refuse raises `BadQuery`, whose message is the body of the 400.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol, TypeAlias

from replica.pieces import AREAS, DATES, ENUMS, NUMBERS, TEXTS


class BadQuery(ValueError):
    """A query that the register refuses."""


class View(Protocol):
    """What a query may ask about one study."""

    def texts(self, piece: str) -> tuple[str, ...]: ...

    def words(self, piece: str) -> frozenset[str]: ...

    def values(self, piece: str) -> tuple[str, ...]: ...


Test: TypeAlias = Callable[[View], bool]

TOKEN = re.compile(
    r"""\s+|(?P<context>(?:AREA|SEARCH|COVERAGE|COVER|EXPANSION|TILT)\[(?P<name>[^\]]*)\])|
    (?P<range>RANGE\[(?P<low>[^,\]]*),(?P<high>[^\]]*)\])|(?P<phrase>"(?:[^"\\]|\\.)*")|(?P<bracket>[()])|
    (?P<word>(?:\\.|[^\s()"\[\];\\])+)""",
    re.VERBOSE,
)
WORD = re.compile(r"\w+(?:[-/.]\w+)*")
AMERICAN_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})\Z")
MOST_TERMS = 13  # in query.cond, as observers measured it
MOST_BRACKETS = 100
COVERAGES = {"FullMatch", "StartsWith", "EndsWith", "Contains"}


def split_words(text: str) -> list[str]:
    """The words of a text, in lower case; `COVID-19` is one, and so are its parts."""
    found = []
    for word in WORD.findall(text.lower()):
        found.append(word)
        if not word.isalnum():
            found += [part for part in re.split(r"[-/.]", word) if part]
    return found


def parse(text: str, area: str, place: str) -> Test:
    """A query as a test. `area` is where plain words are looked for, `place` names the parameter in messages."""
    parser = Parser(text, place)
    terms = [token for token in parser.tokens if token.group("word") and token.group() not in RESERVED]
    brackets = sum(token.group() == "(" for token in parser.tokens)
    if brackets > MOST_BRACKETS or (area == "ConditionSearch" and len(terms) > MOST_TERMS):
        raise BadQuery("Too complicated query")
    test = parser.alternatives(AREAS[area])
    if parser.peek():
        raise parser.error(f"mismatched input '{parser.peek()}' expecting <EOF>")
    return test


class Parser:
    """Recursive descent: terms bind tightest, then NOT and contexts, then AND, then OR."""

    def __init__(self, text: str, place: str) -> None:
        self.place = place
        self.tokens: list[re.Match[str]] = []
        self.at = 0
        position = 0
        while position < len(text):
            match = TOKEN.match(text, position)
            if not match:
                raise self.error(f"no viable alternative at input '{text[position : position + 20]}'")
            if match.group().strip():
                self.tokens.append(match)
            position = match.end()

    def error(self, why: str) -> BadQuery:
        return BadQuery(f"Error parsing query in {self.place}: {why}")

    def peek(self) -> str:
        return self.tokens[self.at].group() if self.at < len(self.tokens) else ""

    def take(self) -> re.Match[str]:
        if self.at >= len(self.tokens):
            raise self.error("mismatched input '<EOF>'")
        self.at += 1
        return self.tokens[self.at - 1]

    def alternatives(self, pieces: tuple[str, ...]) -> Test:
        tests = [self.all_of(pieces)]
        while self.peek() == "OR":
            self.take()
            tests.append(self.all_of(pieces))
        return tests[0] if len(tests) == 1 else lambda view: any(test(view) for test in tests)

    def all_of(self, pieces: tuple[str, ...]) -> Test:
        tests = [self.factor(pieces)]
        while self.peek() not in ("", "OR", ")"):
            if self.peek() == "AND":
                self.take()
            tests.append(self.factor(pieces))
        return tests[0] if len(tests) == 1 else lambda view: all(test(view) for test in tests)

    def factor(self, pieces: tuple[str, ...]) -> Test:
        token = self.take()
        text = token.group()
        if text == "NOT":
            inner = self.factor(pieces)
            return lambda view: not inner(view)
        if token.group("context"):
            return self.factor(self.context(token, pieces))
        if text == "(":
            inner = self.alternatives(pieces)
            if self.peek() != ")":
                raise self.error("missing ')' at '<EOF>'")
            self.take()
            return inner
        if token.group("range"):
            try:
                return in_range(pieces, token.group("low").strip(), token.group("high").strip())
            except ValueError as error:
                raise self.error(f"mismatched input '{text}'") from error
        if text in (")", "AND", "OR"):
            raise self.error(f"mismatched input '{text}'")
        if text == "ALL":
            return lambda view: True
        if text == "MISSING":
            return lambda view: not any(view.texts(piece) for piece in pieces)
        return self.terms(token, pieces)

    def context(self, token: re.Match[str], pieces: tuple[str, ...]) -> tuple[str, ...]:
        name = token.group("name").strip()
        keyword = token.group().split("[")[0]
        if keyword == "AREA":
            if name in AREAS:
                return AREAS[name]
            if name in TEXTS:
                return (name,)
            raise self.error(f"Unknown area name: {name}")
        if keyword in ("COVERAGE", "COVER") and name not in COVERAGES:
            raise self.error(f"Invalid coverage: {name}")
        return AREAS["LocationSearch"] if keyword == "SEARCH" and name == "Location" else pieces

    def terms(self, token: re.Match[str], pieces: tuple[str, ...]) -> Test:
        """Adjacent words, all of which must be there; a quoted phrase as a run of words."""
        tests = [self.term(token, pieces)]
        while self.at < len(self.tokens):
            following = self.tokens[self.at]
            if not (following.group("word") or following.group("phrase")) or following.group() in RESERVED:
                break
            tests.append(self.term(self.take(), pieces))
        return tests[0] if len(tests) == 1 else lambda view: all(test(view) for test in tests)

    def term(self, token: re.Match[str], pieces: tuple[str, ...]) -> Test:
        text = token.group()
        phrase = text.startswith('"')
        text = re.sub(r"\\(.)", r"\1", text[1:-1] if phrase else text)
        if len(pieces) == 1 and pieces[0] in ENUMS:
            allowed = ENUMS[pieces[0]]
            if text.upper() not in allowed:
                raise self.error(f"Allowed values for enum field {pieces[0]} are {', '.join(allowed)}")
            return lambda view: text.upper() in view.values(pieces[0])
        if len(pieces) == 1 and pieces[0] in DATES:
            return lambda view: any(value.startswith(iso_date(text)) for value in view.values(pieces[0]))
        if len(pieces) == 1 and pieces[0] in NUMBERS:
            return lambda view: text in view.values(pieces[0])
        words = split_words(text)
        if phrase and len(words) > 1:
            wanted = f" {' '.join(WORD.findall(text.lower()))} "
            return lambda view: any(
                wanted in f" {' '.join(WORD.findall(each.lower()))} " for piece in pieces for each in view.texts(piece)
            )
        return lambda view: all(any(word in view.words(piece) for piece in pieces) for word in words)


RESERVED = {"AND", "OR", "NOT", "ALL", "MISSING"}


def iso_date(text: str) -> str:
    match = AMERICAN_DATE.match(text)
    return f"{match[3]}-{int(match[1]):02d}-{int(match[2]):02d}" if match else text


def in_range(pieces: tuple[str, ...], low: str, high: str) -> Test:
    """`RANGE[low,high]`, both inside, `MIN` and `MAX` open; dates of any precision, or whole numbers."""
    if all(piece in NUMBERS for piece in pieces):
        least = float("-inf") if low == "MIN" else float(low)
        most = float("inf") if high == "MAX" else float(high)
        return lambda view: any(least <= float(value) <= most for piece in pieces for value in view.values(piece))
    first = "" if low == "MIN" else iso_date(low)
    last = "~" if high == "MAX" else iso_date(high) + "~"
    return lambda view: any(first <= value <= last for piece in pieces for value in view.values(piece))
