"""A page as blocks of text: what it shows, line after line, with as much of its structure as labels need.

HTML comes through lxml's events, not its tree: libxml2 cuts a tree off at 256 levels (2,048 with `huge_tree`; tried
with 2.14.6: the rest of the page is silently lost), events go on at any depth, and nothing here recurses. The text of a
saved page (`Save as text`, a copied page) comes through the same blocks, one a line, so that one reader serves both.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from lxml import etree  # type: ignore[import-untyped]

MOST_BLOCKS = 20_000  # the longest real trial pages have some hundreds; a hostile 10 MB page could hold millions
MOST_EVENTS = 400_000  # tags and pieces of text
LONGEST_VALUE = 200  # lines of a text
DEEPEST_LIST = 9  # deeper items keep this indent
INLINE = frozenset(
    ("a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "img")
    + ("ins", "kbd", "label", "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt")
    + ("u", "var", "wbr")
)
CHIPS = frozenset(("a", "label", "mark", "span"))  # inline elements that portals make lists of
VOID = frozenset(("area", "base", "br", "col", "hr", "input", "link", "meta", "source", "track"))
SKIPPED = frozenset(  # nothing of the trial stands in these; in a `form` it does: criteria sit in questionnaires
    ("aside", "canvas", "dialog", "footer", "iframe", "math", "nav", "noscript", "object", "script", "select", "style")
    + ("svg", "template", "textarea")
)
FENCES = frozenset(("dd", "dt", "li", "td", "th", "tr"))  # a label in one of these has its value there or beside it
HEADINGS = {f"h{level}": level for level in range(1, 7)}
CHARSET = re.compile(rb"charset\s*=\s*[\"']?([\w-]{2,20})", re.IGNORECASE)
TEXT_CHARSETS = re.compile(r"(iso-?8859|windows|cp|latin|koi8|gb|big5|shift|euc|utf-?(16|32)|us-ascii)", re.IGNORECASE)
MARKUP = re.compile(
    r"<(!doctype html|/?(html|head|body|title|main|article|section|div|p|h[1-6]|table|dl|ul|span))(\s[^<>]*)?>", re.I
)
SPACES = re.compile(r"[\s\u00a0]+")
INVISIBLE = re.compile("[\u0000\u00ad\u200b-\u200f\u2060\ufeff]")
MARKER = re.compile(r"([•▪◦‣·●■□➢*–-]|\d{1,2}[.)]|[a-z][.)])[\s\u00a0]+(?=\S)")
MARKED_LINE = re.compile(r"\n(?=[ \t\u00a0]*(?:[•▪◦‣·●■□➢*–-]|\d{1,2}[.)])[ \t\u00a0]+\S)")


class Leaf(NamedTuple):
    """A piece of text and the inline elements around it within its block: (number, tag), outermost first."""

    path: tuple[tuple[int, str], ...]
    text: str


class Block(NamedTuple):
    """One line of the page, as a reader sees it."""

    text: str
    leaves: tuple[Leaf, ...]
    node: int = -1  # the block element it stands in; -1 in plain text
    level: int = 0  # 1 to 6 in a heading
    marker: str = ""  # list marker, "*" or "1." for list items of HTML
    indent: int = 0  # depth of that list
    soft: bool = False  # goes on the paragraph of the block before it: a <br>, the next line of a text


@dataclass(slots=True)
class Node:
    """A block element: its parent, its next sibling (-1: none) and the blocks [first, end) that it holds."""

    tag: str
    parent: int
    first: int
    end: int = -1  # while the element is open
    following: int = -1
    last_child: int = -1


@dataclass(slots=True)
class Document:
    """A page taken apart. `blocks` is empty when it shows nothing."""

    marked_up: bool
    blocks: list[Block] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    title: str = ""  # of <title>
    metas: dict[str, str] = field(default_factory=dict)  # by lower-case name or property, the first of each
    canonical: str | None = None
    ids: set[str] = field(default_factory=set)  # id attributes
    links: list[tuple[str, str]] = field(default_factory=list)  # href, text
    following: list[str] = field(default_factory=list)  # rel=next
    full: bool = False  # the page is longer than MOST_BLOCKS; the rest was not taken
    damaged_text: bool = False  # bytes that are no text in the page's charset

    def value_end(self, index: int) -> int:
        """Where the value ends that begins after block `index`, were that a label; `index + 1` when it has none."""
        if not self.marked_up:
            return self._value_end_in_text(index)
        if self._shares(index):
            return self._run_end(index, self.blocks[index].node)
        top = self._top(index)
        node = self.nodes[top]
        parent = self.nodes[max(node.parent, 0)]
        if node.tag == "dt":
            return next((self.nodes[n].first for n in self._siblings(top) if self.nodes[n].tag == "dt"), parent.end)
        if node.tag in ("td", "th"):
            beside = node.following
            header_row = beside >= 0 and node.tag == "th" == self.nodes[beside].tag
            return index + 1 if header_row else parent.end
        if node.tag in FENCES:
            return index + 1
        if self.blocks[index].level:
            end = self.section_end(index)
            return next((n for n in range(index + 1, end) if self.blocks[n].level), end)
        between = self.nodes[node.following].first if node.following >= 0 else parent.end
        if index + 1 < between:
            return self._run_end(index, node.parent)
        return self.nodes[node.following].end if node.following >= 0 else index + 1

    def section_end(self, index: int) -> int:
        """Where the part of the page ends that block `index` could head: the end of the element that holds both."""
        if not self.marked_up:
            return len(self.blocks)
        number = self.blocks[index].node if self._shares(index) else self._top(index)
        if self.nodes[number].tag == "dt":
            return self.value_end(index)
        while number > 0 and self.nodes[number].end <= index + 1:
            number = self.nodes[number].parent
        return self.nodes[max(number, 0)].end

    def wrapped_end(self, index: int) -> int:
        """Where the wrapped lines of the value in block `index` end."""
        end, limit = index + 1, min(len(self.blocks), index + LONGEST_VALUE)
        while end < limit and self.blocks[end].soft:
            end += 1
        return end

    def is_term(self, index: int) -> bool:
        """Whether the block is the term of a pair: `<dt>`, or the first cell of a row of two."""
        if self._shares(index):
            return False
        node = self.nodes[self._top(index)]
        if node.tag == "dt":
            return True
        beside = node.following
        pair = node.tag in ("td", "th") and beside >= 0 and self.nodes[beside].tag == "td"
        return pair and self.nodes[beside].following < 0 and self.nodes[node.parent].first == node.first

    def _value_end_in_text(self, index: int) -> int:
        """Lines directly below; below one empty line too, but not for a list item: its label may have no value."""
        end, label = index + 1, self.blocks[index]
        while end < min(len(self.blocks), index + LONGEST_VALUE) and (self.blocks[end].soft or (not label.marker and self.blocks[end].marker)):
            end += 1
        if end == index + 1 < len(self.blocks) and not label.marker:
            end = self.wrapped_end(end)
        return end

    def _shares(self, index: int) -> bool:
        """Whether the block stands beside others in its element: loose text, not a whole element."""
        node = self.nodes[self.blocks[index].node]
        return node.end - node.first > 1

    def _top(self, index: int) -> int:
        """The largest element that shows this block and nothing else."""
        number = self.blocks[index].node
        while self.nodes[number].tag not in FENCES:
            parent = self.nodes[number].parent
            if parent <= 0 or self.nodes[parent].end - self.nodes[parent].first > 1:
                break
            number = parent
        return number

    def _run_end(self, index: int, number: int) -> int:
        """The end of the loose text after block `index` in element `number`, or of the first element inside it."""
        end = index + 1
        if end >= self.nodes[number].end:
            return end
        if self.blocks[end].node == number:
            end += 1
            while end < self.nodes[number].end and self.blocks[end].node == number and self.blocks[end].soft:
                end += 1
            return end
        inner = self.blocks[end].node
        while self.nodes[inner].parent != number and self.nodes[inner].parent > 0:
            inner = self.nodes[inner].parent
        return self.nodes[inner].end

    def _siblings(self, number: int) -> Iterable[int]:
        while (number := self.nodes[number].following) >= 0:
            yield number


def decode(body: bytes, content_type: str = "") -> str:
    """The text of a body. What is valid UTF-8 is UTF-8, whatever it declares; else as declared, else Windows-1252."""
    for mark, charset in ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if body.startswith(mark):
            return body.decode(charset, "replace").removeprefix("\ufeff")
    try:  # a file cut inside a character is still UTF-8
        return codecs.getincrementaldecoder("utf-8")().decode(body)
    except UnicodeDecodeError:
        declared = CHARSET.search(content_type.encode("ascii", "ignore")) or CHARSET.search(body[:4096])
        charset = declared[1].decode("ascii") if declared else ""
    try:
        return body.decode(charset if TEXT_CHARSETS.match(charset) else "cp1252", "replace")
    except LookupError:
        return body.decode("cp1252", "replace")


def is_markup(text: str) -> bool:
    """Whether the text is HTML (its first 64 kB hold a tag that pages are made of)."""
    return MARKUP.search(text[: 1 << 16]) is not None


def collapse(text: str) -> str:
    """Runs of white space as one space, as a browser shows them; invisible characters gone."""
    return SPACES.sub(" ", INVISIBLE.sub("", text)).strip()


def document(body: bytes, content_type: str = "") -> Document:
    """A page, HTML or text, taken apart. Never raises."""
    text = decode(body, content_type)
    found = _from_markup(text) if is_markup(text) else _from_text(text)
    found.damaged_text = "\ufffd" in text
    return found


def shown(leaves: Iterable[Leaf]) -> str:
    """The text of inline pieces, as a browser shows it."""
    return collapse("".join(leaf.text for leaf in leaves))


def groups(leaves: Sequence[Leaf]) -> list[tuple[str, tuple[Leaf, ...]]]:
    """Inline pieces by the elements that stand side by side in the line, each with its tag; "" is loose text."""
    paths = [leaf.path for leaf in leaves if leaf.text.strip()]
    depth = 0
    while paths and all(len(path) > depth and path[depth] == paths[0][depth] for path in paths):
        depth += 1
    if paths and depth == min(map(len, paths)) and all(path == paths[0] for path in paths):
        depth = max(depth - 1, 0)  # one element holds the line
    found: list[tuple[int, str, list[Leaf]]] = []
    for leaf in leaves:
        if not leaf.text.strip() and not found:
            continue
        number, tag = leaf.path[depth] if len(leaf.path) > depth else (0, "")
        if found and found[-1][0] == number:
            found[-1][2].append(leaf)
        else:
            found.append((number, tag, [leaf]))
    return [(tag, tuple(inside)) for _, tag, inside in found if shown(inside)]


def chips(leaves: Sequence[Leaf]) -> list[str]:
    """The values of one line: several where elements side by side hold them, else its text as one."""
    parts = groups(leaves)
    named = [shown(inside) for tag, inside in parts if tag]
    loose = "".join(shown(inside) for tag, inside in parts if not tag)
    if len(named) > 1 and all(tag in CHIPS for tag, _ in parts if tag) and not loose.strip(" ,;|/•·"):
        return named
    return [text] if (text := shown(leaves)) else []


def flowing(doc: Document, blocks: Sequence[Block]) -> list[str]:
    """Blocks as paragraphs: list items keep a line, a marker and their depth, wrapped lines are joined."""
    indents = sorted({block.indent for block in blocks if block.marker})
    depths = {indent: min(place, DEEPEST_LIST) for place, indent in enumerate(indents)}
    found: list[str] = []
    listed = False
    for block in blocks:
        if block.marker:
            line = "    " * depths[block.indent] + f"{block.marker} {block.text}"
            found[-1:] = [f"{found[-1]}\n{line}"] if listed else [*found[-1:], line]
        elif block.soft and found:
            found[-1] += ("\n" if doc.marked_up else " ") + block.text
        else:
            found.append(block.text)
        listed = bool(block.marker) or (block.soft and listed)
    return found


def _from_text(text: str) -> Document:
    doc = Document(marked_up=False)
    gap = True
    for raw in INVISIBLE.sub("", text).splitlines():
        line = raw.strip()
        marker = MARKER.match(line)
        shown = collapse(line[marker.end() :] if marker else line)
        if shown and len(doc.blocks) >= MOST_BLOCKS:
            doc.full = True
            break
        if shown:
            indent = len(raw) - len(raw.lstrip()) if marker else 0
            soft = not gap and not marker
            doc.blocks.append(Block(shown, (Leaf((), shown),), -1, 0, marker[1] if marker else "", indent, soft))
        gap = not shown
    return doc


def _from_markup(text: str) -> Document:
    reader = _Reader()
    parser = etree.HTMLParser(target=reader, encoding="utf-8", huge_tree=True)
    body = text.replace("\0", "").encode("utf-8", "replace")
    try:
        for start in range(0, len(body), 1 << 16):
            parser.feed(body[start : start + (1 << 16)])
            if reader.doc.full:
                break
        parser.close()
    except etree.LxmlError:  # nothing that it could begin with; what was read stands
        pass
    return reader.close()


class _Reader:
    """Takes lxml's events and makes the blocks. Every element stands on `open`, so depth costs no recursion."""

    def __init__(self) -> None:
        self.doc = Document(marked_up=True, nodes=[Node("", -1, 0)])
        self.open: list[tuple[str, int]] = []  # tag, node (-1: inline)
        self.node = 0
        self.path: list[tuple[int, str]] = []  # inline elements now open
        self.leaves: list[Leaf] = []
        self.lists: list[tuple[str, int]] = []  # kind and count of items of the lists now open
        self.marker = ""
        self.soft = False
        self.breaks = 0
        self.number = 0
        self.events = 0
        self.skipping = 0
        self.title: list[str] | None = None
        self.link: list[str] | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.events += 1
        self.doc.full = self.doc.full or self.events > MOST_EVENTS
        if self.skipping or tag in SKIPPED:
            self.skipping += 1
            if tag == "a":  # paging stands in a <nav>
                self._link(attributes)
            return
        if identity := attributes.get("id"):
            self.doc.ids.add(identity)
        if tag in ("meta", "link"):
            self._head(tag, attributes)
        elif tag == "title" and not self.doc.title:
            self.title = []
        elif tag == "br":
            self._flush()
            self.breaks += 1
            self.soft = self.breaks == 1
        elif tag in INLINE:
            self.number += 1
            self.path.append((self.number, tag))
            if tag == "a" and self.link is None and self._link(attributes):
                self.link = []
            self.open.append((tag, -1))
        elif tag not in VOID:
            self._enter(tag)

    def end(self, tag: str) -> None:
        if self.skipping:
            self.skipping -= 1
        elif tag == "title" and self.title is not None:
            self.doc.title = collapse("".join(self.title))
            self.title = None
        elif self.open and self.open[-1][0] == tag:
            _, number = self.open.pop()
            if number >= 0:
                self._leave(tag, number)
            else:
                self.path.pop()
                if tag == "a" and self.link is not None:
                    self.doc.links[-1] = (self.doc.links[-1][0], collapse("".join(self.link)))
                    self.link = None

    def data(self, text: str) -> None:
        if self.title is not None:
            self.title.append(text)
        elif not self.skipping:
            if self.link is not None:
                self.link.append(text)
            first, *others = MARKED_LINE.split(text)
            self.leaves.append(Leaf(tuple(self.path[:8]), first))
            for other in others:
                self._flush()
                self.leaves.append(Leaf(tuple(self.path[:8]), other))

    def comment(self, text: str) -> None:
        pass

    def pi(self, target: str, text: str | None = None) -> None:
        pass

    def close(self) -> Document:
        self._flush()
        for node in self.doc.nodes:
            node.end = len(self.doc.blocks) if node.end < 0 else node.end
        return self.doc

    def _link(self, attributes: dict[str, str]) -> bool:
        """Keeps a link; whether it is one."""
        if not attributes.get("href") or len(self.doc.links) >= MOST_BLOCKS:
            return False
        self.doc.links.append((attributes["href"], ""))
        if "next" in (attributes.get("rel") or "").lower().split():
            self.doc.following.append(attributes["href"])
        return True

    def _head(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "meta":
            name = attributes.get("property") or attributes.get("name") or ""
            self.doc.metas.setdefault(name.lower(), attributes.get("content") or "")
        relations = (attributes.get("rel") or "").lower().split()
        if "canonical" in relations and not self.doc.canonical:
            self.doc.canonical = attributes.get("href")
        if "next" in relations and attributes.get("href"):
            self.doc.following.append(attributes["href"])

    def _enter(self, tag: str) -> None:
        self._flush()
        self.soft, self.breaks = False, 0
        nodes = self.doc.nodes
        number = len(nodes)
        parent = nodes[self.node]
        if parent.last_child >= 0:
            nodes[parent.last_child].following = number
        parent.last_child = number
        nodes.append(Node(tag, self.node, len(self.doc.blocks)))
        self.open.append((tag, number))
        self.node = number
        if tag in ("ol", "ul"):
            self.lists.append((tag, 0))
        elif tag == "li":
            kind, count = self.lists[-1] if self.lists else ("ul", 0)
            self.lists[-1:] = [(kind, count + 1)] if self.lists else []
            self.marker = f"{count + 1}." if kind == "ol" else "*"

    def _leave(self, tag: str, number: int) -> None:
        self._flush()
        self.soft, self.breaks = False, 0
        self.doc.nodes[number].end = len(self.doc.blocks)
        self.node = self.doc.nodes[number].parent
        if tag in ("ol", "ul") and self.lists:
            self.lists.pop()
        elif tag == "li":
            self.marker = ""

    def _flush(self) -> None:
        """Ends the line that is being read."""
        leaves, self.leaves = self.leaves, []
        text = collapse("".join(leaf.text for leaf in leaves))
        if not text:
            return
        if len(self.doc.blocks) >= MOST_BLOCKS:
            self.doc.full = True
            return
        marker, self.marker = self.marker, ""
        level = self._level()
        if not marker and not level and (typed := MARKER.match(text)):  # a list typed by hand
            marker, text = typed[1], text[typed.end() :]
            first = next(place for place, leaf in enumerate(leaves) if collapse(leaf.text))
            rest = leaves[first].text.lstrip().removeprefix(marker)
            leaves = [leaves[first]._replace(text=rest), *leaves[first + 1 :]]
        self.doc.blocks.append(
            Block(text, tuple(leaves), self.node, level, marker, len(self.lists), self.soft and not marker)
        )
        self.soft, self.breaks = False, 0

    def _level(self) -> int:
        """The level of the heading that the line stands in, if it does: <h3>, <h3><button>, <h3><div><button>."""
        number = self.node
        for _ in range(3):
            if level := HEADINGS.get(self.doc.nodes[number].tag):
                return level
            number = max(self.doc.nodes[number].parent, 0)
        return 0
