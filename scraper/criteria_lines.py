"""The lines of an eligibility text: list markers recognised, wrapped lines joined. Pure and linear in the text."""

from __future__ import annotations

import re
from html import unescape
from itertools import pairwise

from scraper.criteria_headings import LAST, MIDDLE, Heading, section

BULLETS = frozenset("-*•·▪◦●‣∙○■□➢✓✔►–—−⁃§※o\uf0b7\uf0a7\uf0d8")
DASHES = frozenset("-–—−")
GLUED_NEVER = frozenset("*o§※")  # "*text" is a footnote, "over" a word
WRAPPED = range(60, 131)  # registers and portals wrap at 80 to 100 columns; a text with longer lines is not wrapped
EXPORT_MARGIN = 4  # columns; the register's old exports use eight
BULLET_INDENT = 2
ORDINAL = re.compile(
    r"(?P<open>[(（])?(?:(?P<number>\d{1,2})|(?P<letters>[a-zA-Z]|[ivxIVX]{2,5}))"
    r"(?:\s?(?P<stop>\)\.|[.)）、]|º\.?|°)|(?P<dash>\s?[-–:/]))(?P<gap>\s*)"
)
# The tags of a text that was sent as HTML: blocks break the line, the others only dress the words.
TAG = re.compile(r"<(/?)(?:(li|p|ul|ol|div|br|h[1-6])|b|i|u|em|strong|span|sup|sub)\b[^<>]{0,100}>", re.IGNORECASE)
ROMAN = {"i": 1, "v": 5, "x": 10}


class Item:
    """One list item or paragraph: where it stands, its marker, its words; or a section heading."""

    __slots__ = ("column", "heading", "indent", "mark", "order", "text")

    def __init__(self, indent: int, column: int, mark: str, order: int, text: str) -> None:
        self.indent = indent  # column of the marker
        self.column = column  # column of the text
        self.mark = mark  # "" none, a bullet's character, "1." "1)" "(1" number, "a." letter, "i." roman
        self.order = order  # 3 for "3." and "c)", 0 for a bullet
        self.text = text
        self.heading: Heading | None = None

    def part(self, order: int, text: str) -> Item:
        """The same item with other words: one of the parts written on its line."""
        return Item(self.indent, self.column, self.mark, order, text)


def items(text: str) -> list[Item]:
    """The text's headings, list items and paragraphs in order: markers taken off, wrapped lines joined."""
    if "~" in text and "\n" not in text:
        text = text.replace("~", "\n")  # how one public copy of the register writes line ends
    if "<" in text and TAG.search(text):
        text = unescape(TAG.sub(untagged, text))
    lines = text.expandtabs(4).splitlines()
    width = max(map(len, lines), default=0)
    margin = left_margin(lines)
    found: list[Item] = []
    last: dict[str, int] = {}
    gap = True
    full = False  # the line before is so long that this line's first word would not have fitted
    wrapped = width in WRAPPED
    length = 0
    for raw in lines:
        line = raw.strip()
        if not line:
            gap = True
            continue
        indent = len(raw) - len(raw.lstrip())
        if wrapped:
            full = not gap and length + len(line.split(None, 1)[0]) > width - 6
        item = marked(line, indent, last, full)
        if margin and not item.order and item.mark and indent <= margin:
            item.indent = margin + BULLET_INDENT
        before = found[-1] if found else None
        if item.heading and not gap and line[0].islower() and not item.heading.colon:
            item.heading = None  # "... as listed in the / inclusion criteria."
        if item.heading:
            found.append(item)
            last.clear()
            if item.heading.rest:
                rest = marked(item.heading.rest, indent, last, False)
                rest.indent += BULLET_INDENT if margin and rest.mark and not rest.order else 0
                found.append(rest)
        elif before and not item.mark and continues(line, indent, gap, before, full):
            before.text = f"{before.text} {line}" if before.text else line
        else:
            found.append(item)
        gap = False
        length = len(raw.rstrip())
    return [part for item in found for part in ((item,) if "riteri" not in item.text.lower() else middle(item))]


def left_margin(lines: list[str]) -> int:
    """Columns by which an old export sets the whole text in, 0 for any other text; the first line may have lost them.

    Such exports set recognised bullets in by two columns more; one at the margin itself stands beside those.
    """
    indents = [len(line) - len(line.lstrip()) for line in lines[1:] if line and not line.isspace()]
    margin = min(indents, default=0)
    return margin if margin >= EXPORT_MARGIN else 0


def untagged(tag: re.Match[str]) -> str:
    """What stands in the place of an HTML tag."""
    if not tag[2]:
        return ""
    return "\n* " if tag[2].lower() == "li" and not tag[1] else "\n"


def bulleted(line: str) -> int:
    """Where the text begins after a line's bullet, or after two ("* • text"); 0 when it has none."""
    first, follows = line[0], line[1:2]
    if follows and not follows.isspace():  # glued
        if first in GLUED_NEVER or (first in DASHES and not follows.isalpha() and follows != "("):
            return 0
    elif first == "o" and not line[2:3].isupper():
        return 0
    start = len(line) - len(line[1:].lstrip())
    if line[start : start + 1] in BULLETS and line[start + 1 : start + 2].isspace():
        start = len(line) - len(line[start + 1 :].lstrip())
    return start


def may_count(line: str, start: int) -> bool:
    """Whether the text at `start` may begin with an ordinal: a figure, a bracket, or a letter or numeral and a stop."""
    if start >= len(line):
        return False
    return line[start].isdigit() or line[start] in "(（" or line[start + 1 : start + 5].strip(" ivxIVX")[:1] in ".)"


def marked(line: str, indent: int, last: dict[str, int], full: bool) -> Item:
    """A line as an item, its markers taken off. `last`: the ordinals reached so far, by class."""
    mark, order, start = "", 0, 0
    if line[0] in BULLETS:
        start = bulleted(line)
        mark = line[0] if start else ""
    if "①" <= line[start : start + 1] <= "⑳":
        mark, order = "①", ord(line[start]) - ord("①") + 1
        start = len(line) - len(line[start + 1 :].lstrip())
    elif may_count(line, start):
        match = ORDINAL.match(line, start)
        counted = match and ordinal(match, line, last, full)
        if match and counted:
            mark, order = counted
            start = match.end()
            last[mark] = order
            mark += "(" if match["open"] else match["stop"] or "-"  # "1." and "1)" are different lists
    text = line[start:] if start else line
    item = Item(indent, indent + start, mark, order, text)
    if text:
        item.heading = section(text, marked=bool(mark))
    return item


def ordinal(match: re.Match[str], line: str, last: dict[str, int], full: bool) -> tuple[str, int] | None:
    """Class and value of an ordinal marker; None for ordinary text ("18 - 65 years", "2.3 mg", "E. coli")."""
    number, letters, gap = match["number"], match["letters"], match["gap"]
    rest = line[match.end() : match.end() + 1]
    round_stop = match["stop"] in (")", "）", ").")
    if match["open"] and (not round_stop or full):
        return None
    if number:
        value, expected = int(number), last.get("1", 0) + 1
        if value != expected and (match["dash"] or full or (not gap and rest.isdigit())):
            return None
        if match["dash"] and (not gap or rest.isdigit()):
            return None
        return "1", value
    if match["dash"] or (not gap and not round_stop):
        return None
    upper = letters.isupper()
    letter = ord(letters.lower()) - 96 if len(letters) == 1 else 0
    mark = "A" if upper else "a"
    if letter and letter == last.get(mark, 0) + 1:
        return mark, letter
    value = roman(letters)
    numeral = "I" if upper else "i"
    if value and value in (1, last.get(numeral, 0) + 1):
        return numeral, value
    return (mark, letter) if letter == 1 or (letter and round_stop and not full) else None


def roman(word: str) -> int:
    """Value of a numeral of i, v and x, 0 when it is none."""
    values = [ROMAN.get(letter, 0) for letter in word.lower()]
    if not all(values):
        return 0
    return sum(-a if a < b else a for a, b in pairwise([*values, 0]))


def continues(line: str, indent: int, gap: bool, before: Item, full: bool) -> bool:
    """Whether an unmarked line goes on with the item before it."""
    if before.heading or not before.text:
        return not before.heading
    if before.mark and indent > before.indent and (not gap or indent >= before.column - 1):
        return True
    return not gap and (full or line[0].islower())


def middle(item: Item) -> list[Item]:
    """An item in whose midst a section heading stands, cut before it."""
    if item.heading:
        return [item]
    cuts = [match.start(1) for match in MIDDLE.finditer(item.text)]
    last = LAST.search(item.text, max(0, len(item.text) - 30))
    if last:
        cuts.append(last.start(1))
    parts = [item]
    for start, end in pairwise([*cuts, len(item.text)]):
        heading = marked(item.text[start:end].strip(), item.indent, {}, False)
        parts.append(heading)
        if heading.heading and heading.heading.rest:
            parts.append(marked(heading.heading.rest, item.indent, {}, False))
    if cuts:
        item.text = item.text[: cuts[0]].rstrip()
    return parts
