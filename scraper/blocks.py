"""What a page shows, as blocks of text: line after line, with as much of its structure as labels need.

`Document` answers which blocks stand under a label; the functions below it read values and paragraphs out of blocks.
Pages are taken apart in `pages.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

LONGEST_VALUE = 200  # lines of a text
MOST_SIBLINGS = 100  # cells of a row, values of a label; an element with more is neither
DEEPEST_LIST = 9  # deeper items keep this indent
CHIPS = frozenset(("a", "label", "mark", "span"))  # inline elements that portals make lists of
FENCES = frozenset(("dd", "dt", "li", "td", "th", "tr"))  # a label in one of these has its value there or beside it
INVISIBLE = re.compile("[\u0000\u00ad\u200b-\u200f\u2060\ufeff]")


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
    classes: set[str] = field(default_factory=set)  # names in class attributes
    data: list[str] = field(default_factory=list)  # JSON-LD scripts, as they stand
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

    def is_first(self, index: int) -> bool:
        """Whether the block is the first of the element that holds it and what follows: the heading of a box."""
        if not self.marked_up:
            return False
        number = self._top(index)
        while number > 0 and self.nodes[number].end <= index + 1:
            number = self.nodes[number].parent
        return number > 0 and self.nodes[number].first == index

    def box_end(self, index: int) -> int:
        """The end of the box that holds a line and, in elements of its own, what stands under it; 0 for no such box."""
        if not self.marked_up or self._shares(index) or self.blocks[index].level:
            return 0
        top = self._top(index)
        parent = self.nodes[top].parent
        boxed = parent > 1 and self.nodes[parent].first == index and self.nodes[top].following >= 0
        return self.nodes[parent].end if boxed and self.nodes[parent].tag not in FENCES else 0

    def cell_below(self, index: int) -> range | None:
        """The blocks of the cell below a cell `<th>`, where a table is a row of headings and one row of values."""
        if not self.marked_up or self._shares(index):
            return None
        top = self._top(index)
        if self.nodes[top].tag != "th":
            return None
        row = self.nodes[top].parent
        heads = self._children(row)
        part = self.nodes[row].parent
        below = self.nodes[row].following
        if below < 0 and self.nodes[part].tag == "thead" and self.nodes[part].following >= 0:
            below = next(iter(self._children(self.nodes[part].following)), -1)
        cells = self._children(below) if below >= 0 and self.nodes[below].tag == "tr" else []
        if len(heads) < 2 or len(cells) != len(heads) or self.nodes[below].following >= 0:
            return None
        if {self.nodes[n].tag for n in heads} != {"th"} or {self.nodes[n].tag for n in cells} != {"td"}:
            return None
        cell = self.nodes[cells[heads.index(top)]]
        return range(cell.first, cell.end)

    def row_of_heads(self, index: int) -> int | None:
        """The table's row of headings `<th>` whose first block is `index`; None where there is no such row."""
        if not self.marked_up or self._shares(index):
            return None
        top = self._top(index)
        row = self.nodes[top].parent
        if self.nodes[top].tag != "th" or self.nodes[row].first != index:
            return None
        return row if {self.nodes[n].tag for n in self._children(row)} == {"th"} else None

    def cells(self, row: int) -> list[range]:
        """The blocks of each cell of a row."""
        return [range(self.nodes[n].first, self.nodes[n].end) for n in self._children(row)]

    def rows_below(self, row: int) -> list[int]:
        """The rows below a row of headings, in its part of the table and in those behind a `<thead>`."""
        below = list(self._siblings(row))
        part = self.nodes[row].parent
        for other in self._siblings(part) if self.nodes[part].tag == "thead" else ():
            if first := self._children(other)[:1]:
                below += [*first, *self._siblings(first[0])]
        return [n for n in below if self.nodes[n].tag == "tr"]

    def _children(self, number: int) -> list[int]:
        first = number + 1
        if first >= len(self.nodes) or self.nodes[first].parent != number:
            return []
        return [first, *islice(self._siblings(first), MOST_SIBLINGS)]

    def same_kind_end(self, index: int) -> int:
        """Where the values end that fill the rest of the label's parent, one element each, all of one kind and of
        another than the label's (`<div>Conditions</div><p>Fever</p><p>Cough</p>`); else `value_end`."""
        end = self.value_end(index)
        if not self.marked_up or self._shares(index) or self.blocks[index].level:
            return end
        top = self.nodes[self._top(index)]
        beside = list(islice(self._siblings(self._top(index)), MOST_SIBLINGS))
        kinds = {self.nodes[number].tag for number in beside} if len(beside) < MOST_SIBLINGS else set()
        alone = top.tag not in FENCES and len(kinds) == 1 and top.tag not in kinds
        return max(end, self.nodes[top.parent].end) if alone and top.parent > 0 else end

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
        while end < min(len(self.blocks), index + LONGEST_VALUE) and (
            self.blocks[end].soft or (not label.marker and self.blocks[end].marker)
        ):
            end += 1
        if end == index + 1 < len(self.blocks) and not label.marker:
            end = self.wrapped_end(end)
        return end

    def _shares(self, index: int) -> bool:
        """Whether the block stands beside others in its element: loose text, not a whole element."""
        node = self.nodes[self.blocks[index].node]
        return node.end - node.first > 1

    def _top(self, index: int) -> int:
        """The largest element that shows this block and has no other, however empty, behind it."""
        number = self.blocks[index].node
        while self.nodes[number].tag not in FENCES:
            parent = self.nodes[number].parent
            alone = self.nodes[number].following < 0 and self.nodes[parent].end - self.nodes[parent].first == 1
            if parent <= 0 or not alone:
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


def collapse(text: str) -> str:
    """Runs of white space as one space, as a browser shows them; invisible characters gone."""
    if not text.isascii() or "\0" in text:
        text = INVISIBLE.sub("", text)
    return " ".join(text.split())  # quicker than an expression for white space


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
