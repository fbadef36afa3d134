"""Taking pages apart: bytes -> text -> blocks, for HTML and for pages saved as text.

HTML comes through lxml's events, not its tree: libxml2 cuts a tree off at 256 levels (2,048 with `huge_tree`; tried
with 2.14.6: the rest of the page is silently lost), events go on at any depth, and nothing here recurses. The text of a
saved page (`Save as text`, a copied page) comes through the same blocks, one a line, so that one reader serves both.
"""

from __future__ import annotations

import codecs
import re

from lxml import etree  # type: ignore[import-untyped]  # lxml carries no types

from scraper.blocks import INVISIBLE, Block, Document, Leaf, Node, collapse

MOST_BLOCKS = 20_000  # the longest real trial pages have some hundreds; a hostile 10 MB page could hold millions
MOST_EVENTS = 400_000  # tags and pieces of text
LONGEST_DATA = 2_000_000  # characters of JSON-LD on one page; the longest met are below 100,000
INLINE = frozenset(
    ("a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "img")
    + ("ins", "kbd", "label", "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt")
    + ("u", "var", "wbr")
)
VOID = frozenset(("area", "base", "br", "col", "hr", "input", "link", "meta", "source", "track"))
SKIPPED = frozenset(  # nothing of the trial stands in these; in a `form` it does: criteria sit in questionnaires
    ("aside", "canvas", "dialog", "footer", "iframe", "math", "nav", "noscript", "object", "script", "select", "style")
    + ("svg", "template", "textarea")
)
HEADINGS = {f"h{level}": level for level in range(1, 7)}
CHARSET = re.compile(rb"charset\s*=\s*[\"']?([\w-]{2,20})", re.IGNORECASE)
TEXT_CHARSETS = re.compile(r"(iso-?8859|windows|cp|latin|koi8|gb|big5|shift|euc|utf-?(16|32)|us-ascii)", re.IGNORECASE)
MARKUP = re.compile(
    r"<(!doctype html|/?(html|head|body|title|main|article|section|div|p|h[1-6]|table|dl|ul|span))(\s[^<>]*)?>", re.I
)
MARKER = re.compile(r"([•▪◦‣·●■□➢*–-]|\d{1,2}[.)]|[a-z][.)])[\s\u00a0]+(?:[•▪◦‣·●■□➢][\s\u00a0]+)?(?=\S)")
TYPED_IN_LIST = re.compile(r"([•▪◦‣·●■□➢-])[\s\u00a0]+(?=\S)")
WORDS = re.compile(r"\w")
LONE_MARKER = re.compile(r"[•▪◦‣·●■□➢*]\Z")  # a bullet whose words stand in the next line
MARKED_LINE = re.compile(  # lines that begin anew in a text whose line breaks its style sheet may show
    r"\n(?=[ \t\u00a0]*(?:[•▪◦‣·●■□➢*–-]|\d{1,2}[.)])[ \t\u00a0]+\S)"
    r"|\n(?=[ \t\u00a0]*(?:key |main )?(?:in|ex)clusion(?: criteria)?[ \t]{0,20}:?[ \t]{0,20}(?:\n|\Z))",
    re.IGNORECASE,
)
SHOWS_LINES = re.compile(r"\bpre(?:-line|-wrap)\b|white-space:\s*pre", re.IGNORECASE)  # in a style or a class


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


def document(body: bytes, content_type: str = "") -> Document:
    """A page, HTML or text, taken apart. Never raises."""
    text = decode(body, content_type)
    found = _from_markup(text) if is_markup(text) else _from_text(text)
    found.damaged_text = "\ufffd" in text
    return found


def _from_text(text: str) -> Document:
    doc = Document(marked_up=False)
    gap = True
    lone = ""  # a bullet that stood in a line of its own
    for raw in INVISIBLE.sub("", text).splitlines():
        line = f"{lone} {raw.strip()}" if lone and raw.strip() else raw.strip()
        if LONE_MARKER.match(line):
            lone = line
            continue
        marker = MARKER.match(line)
        lone = "" if line else lone
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
        self.lines = -1  # the element in which line breaks are shown
        self.soft = False
        self.breaks = 0
        self.number = 0
        self.events = 0
        self.skipping = 0
        self.data_left = LONGEST_DATA
        self.script: list[str] | None = None  # the JSON-LD script now open
        self.title: list[str] | None = None
        self.link: list[str] | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.events += 1
        self.doc.full = self.doc.full or self.events > MOST_EVENTS
        if self.skipping or tag in SKIPPED:
            self.skipping += 1
            if tag == "script" and "ld+json" in (attributes.get("type") or "").lower():
                self.script = []
            if tag == "a":  # paging stands in a <nav>
                self._link(attributes)
            return
        if identity := attributes.get("id"):
            self.doc.ids.add(identity)
        if names := attributes.get("class"):
            self.doc.classes.update(names.split())
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
            dress = f"{attributes.get('class') or ''} {attributes.get('style') or ''}"
            if self.lines < 0 and (tag == "pre" or SHOWS_LINES.search(dress)):
                self.lines = self.node

    def end(self, tag: str) -> None:
        if self.skipping:
            self.skipping -= 1
            if tag == "script" and self.script is not None:
                self.doc.data.append("".join(self.script))
                self.script = None
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
        elif self.script is not None and self.data_left > 0:
            self.script.append(text)
            self.data_left -= len(text)
        elif not self.skipping:
            if self.link is not None:
                self.link.append(text)
            if self.lines >= 0:
                self._lines(text)
                return
            first, *others = MARKED_LINE.split(text)
            self.leaves.append(Leaf(tuple(self.path[:8]), first))
            for other in others:
                self._flush()
                self.leaves.append(Leaf(tuple(self.path[:8]), other))

    def _lines(self, text: str) -> None:
        """Text whose line breaks are shown: a line each, and an empty one ends the paragraph."""
        first, *others = text.split("\n")
        self.leaves.append(Leaf(tuple(self.path[:8]), first))
        for other in others:
            self._flush()
            self.breaks += 1
            self.soft = self.breaks == 1
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
        if self.lines == number:
            self.lines = -1
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
        if not text or (not LONE_MARKER.match(text) and not WORDS.search(text)):  # a rule, an arrow, a "?"
            return
        if len(self.doc.blocks) >= MOST_BLOCKS:
            self.doc.full = True
            return
        if LONE_MARKER.match(text):
            self.marker = self.marker or text
            return
        marker, self.marker = self.marker, ""
        level = self._level()
        typed = None if level else (TYPED_IN_LIST if marker else MARKER).match(text)
        if typed:  # a list typed by hand, or a bullet typed into a list's item
            text = text[typed.end() :]
            marker = marker or typed[1]
            first = next(place for place, leaf in enumerate(leaves) if collapse(leaf.text))
            rest = leaves[first].text.lstrip().removeprefix(typed[0].rstrip())
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
