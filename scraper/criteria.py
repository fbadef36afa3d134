"""Eligibility text -> criteria: one row per list item as the author wrote it, under its nearest heading."""

from __future__ import annotations

from itertools import zip_longest

from scraper.criteria_headings import foreign, is_bare_label, is_boilerplate, is_label, lead_in_kind
from scraper.criteria_inline import parts, unfolded
from scraper.criteria_lines import Item, items
from scraper.items import Criterion
from scraper.parsing import unescape_markup

COLONS = (":", "：")
SPACES = "".join(map(chr, (*range(9, 14), *range(28, 33), 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029)))
SEPARATORS = SPACES + "\u202f\u205f\u3000;,；，"  # whatever Unicode calls a space, and what parts the items of a list
CONNECTORS = frozenset(("and", "or", "and/or"))


def split(text: str) -> tuple[Criterion, ...]:
    """The criteria of an eligibility text in order; `parent` is an index into the result. Never raises."""
    sheet = Sheet()
    found = list(unfolded(items(unescape_markup(text))))
    for item, follower in zip_longest(found, found[1:]):
        sheet.take(item, follower)
    return sheet.finish()


class Sheet:
    """The criteria found so far, and where the reading stands: kind, headings, open items."""

    def __init__(self) -> None:
        self.rows: list[Criterion] = []
        self.kind = "unspecified"
        self.block: list[str] = []  # a cohort whose inclusion and exclusion follow
        self.labels: list[str] = []  # headings inside the section, outermost first
        self.fresh = False  # no criterion has come since the last label
        self.headed = False  # a section heading has come; a paragraph before it introduces, and is no list
        self.listed = False  # the last criterion had a marker
        self.open: list[tuple[int, str, int, int]] = []  # indent, mark, order, row of the items that may have children
        self.start = 0  # first row of the section

    def take(self, item: Item, follower: Item | None) -> None:
        """One heading, list item or paragraph."""
        heading = item.heading
        if heading:
            self.close_section()
            self.headed = True
            self.listed = False
            self.kind = heading.kind
            if not self.fresh:
                self.labels.clear()
            if heading.label:
                self.labels.append(heading.label)
                self.fresh = True
        elif not item.mark and follower and self.opens_block(item, follower):
            self.close_section()
            self.block = [item.text]
            self.labels.clear()
        elif not item.mark and follower and not follower.heading and self.is_heading(item, follower):
            self.close_section()
            kind = lead_in_kind(item.text)
            if kind == "exclusion" or (kind and self.kind == "unspecified"):
                self.kind = kind
            if not self.fresh:  # a label in capitals stands above those that are not ("PATIENT CHARACTERISTICS: / Age")
                self.labels = [label for label in self.labels[:1] if label.isupper() and not item.text.isupper()]
            self.labels.append(item.text)
            self.fresh = True
        else:
            self.add(item)

    def opens_block(self, item: Item, follower: Item) -> bool:
        """Whether an unmarked line before a heading "Inclusion" names the cohort whose criteria follow."""
        if not follower.heading or follower.heading.kind != "inclusion" or item.text[-1] in ".;,":
            return False
        return len(item.text.split()) <= 8 and (self.listed or not self.headed)

    def is_heading(self, item: Item, follower: Item) -> bool:
        """Whether an unmarked line is a label or a generic lead-in of what follows."""
        text = item.text
        if text.endswith((*COLONS, "-", "–")):
            odd = foreign(text)
            if not odd or is_label(text):
                return True
            kind = lead_in_kind(text)
            return odd <= 4 and kind not in (None, self.kind) and "following" in text
        return bool(follower.mark) and is_bare_label(text)

    def add(self, item: Item) -> None:
        """A criterion, at the depth that its indent and marker give it."""
        text = trimmed(item.text)
        if not text:
            return
        self.settle(item)
        parent = self.open[-1][3] if self.open else None
        level = len(self.open)
        if item.mark or text.endswith(COLONS):
            self.open.append((item.indent if item.mark else item.indent - 1, item.mark, item.order, len(self.rows)))
        heading = " / ".join(self.block + self.labels) if self.labels or self.block else None
        self.rows.append(Criterion(self.kind, level, parent, heading, text, is_boilerplate(text)))
        self.fresh = False
        self.listed = bool(item.mark)

    def settle(self, item: Item) -> None:
        """Closes the open items that this one does not stand under."""
        stack = self.open
        if not item.mark:
            while stack and stack[-1][0] >= item.indent - 1:
                stack.pop()
            return
        if item.order > 1 and self.goes_on(item):
            return
        while stack:
            indent, mark, _, row = stack[-1]
            if item.indent > indent + 1 or (not mark and item.indent > indent):
                return
            leads = self.rows[row].text.endswith(COLONS)
            if item.indent >= indent - 1 and mark == item.mark:
                if item.order != 1 or not leads:  # "4. One of:", then again "1."
                    stack.pop()
                return
            if item.indent >= indent - 1 and not any(
                other == item.mark and abs(place - item.indent) < 2 for place, other, _, _ in stack
            ):  # a new list at the same indent: children of a lead-in, else siblings in other dress
                if not leads:
                    stack.pop()
                return
            stack.pop()

    def goes_on(self, item: Item) -> bool:
        """Whether a number continues an open list at its indent or further in; then that list's last item is closed."""
        for style, slack in ((item.mark, 1), (item.mark[0], 1), (item.mark[0], 999)):
            for depth in range(len(self.open) - 1, -1, -1):
                indent, mark, order, _ = self.open[depth]
                if order == item.order - 1 and mark.startswith(style) and -1 <= item.indent - indent <= slack:
                    del self.open[depth:]
                    return True
        return False

    def close_section(self, *, last: bool = False) -> None:
        """Ends the section: a paragraph that is a whole list becomes its parts."""
        self.open.clear()
        rows = self.rows[self.start :]
        own = [row for row in rows if not row.boilerplate]
        if len(own) == 1 and own[0] is rows[0] and (self.headed or last):
            self.rows[self.start : self.start + 1] = unfold(rows[0], self.start)
        self.start = len(self.rows)

    def finish(self) -> tuple[Criterion, ...]:
        """The rows; a last heading without any is itself one."""
        words = self.labels.pop() if self.fresh else None
        self.close_section(last=True)
        if words:
            self.rows.append(Criterion(self.kind, 0, None, " / ".join(self.block + self.labels) or None, words))
        return tuple(self.rows)


def trimmed(text: str) -> str:
    """The text without the separators and connectors that tie it to the next item ("; and")."""
    text = text.strip(SEPARATORS).removesuffix(" -").rstrip(SEPARATORS)
    while True:
        head, _, tail = text.rpartition(" ")
        if tail.lower() not in CONNECTORS:
            return text
        text = head.rstrip(SEPARATORS)


def unfold(row: Criterion, place: int) -> list[Criterion]:
    """A section's only row: its parts when it is a whole list, else itself. `place`: its index."""
    lead, texts = parts(row.text)
    if not texts:
        return [row]
    rows = []
    if lead and not foreign(lead):
        row = row._replace(heading=f"{row.heading} / {lead}" if row.heading else lead)
    elif lead:
        rows.append(row._replace(text=lead))
        row = row._replace(level=row.level + 1, parent=place)
    for text in texts:
        head, _, tail = text.strip().partition(" ")
        text = trimmed(tail if head.lower() in CONNECTORS else text)
        if text:
            rows.append(row._replace(text=text, boilerplate=is_boilerplate(text)))
    return rows
