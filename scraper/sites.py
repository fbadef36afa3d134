"""Where a trial takes place: the sites of a page, taken apart where its markup does. Pure; nothing is parsed.

Which line of a card is the hospital, which the city and which somebody to call, no order tells. So a part is taken from
under its own label alone, at the head of a column or beside it; all else is words, and those are kept only where no
line of them can be a person's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple, TypeAlias

from scraper.blocks import Block, Document, Leaf, chips, groups, shown
from scraper.labels import COLON, PERSONAL_VALUE, Hit, is_sentence
from scraper.profiles import Profile, normal

Site: TypeAlias = dict[str, str]  # facility, city, state, zip, country, status -> what the page says
PLACE = "place"  # a column of whole places
OPENS = "facility"  # the part that a site begins with, where the page names it at all
PAIR = re.compile(r"([^:：]{1,30})[:：]\s*(\S.*)\Z", re.DOTALL)
CALLED = re.compile(r"[\w.+-]+@[\w-]+\.\w|\+\d[\d ()-]{7,}|\d{3}[ .-]\d{4}\b")  # a mail address, a telephone number
BLANK = frozenset(("", "-", "–", "—", "n/a"))


class Places(NamedTuple):
    """What a table or a heading leads to."""

    sites: list[Site]
    untold: list[str | None]  # places that nothing takes apart: their words, None where those are not kept
    end: int  # the block behind them
    cell: range = range(0)  # blocks before it that are done, too


def table(doc: Document, profile: Profile, index: int) -> Places | None:
    """The table of sites whose first heading is block `index`; None where a table is about something else. A column
    that tells a fact of trials makes it a table of trials."""
    if (top := doc.row_of_heads(index)) is None:
        return None
    heads = doc.cells(top)
    labels = [normal(" ".join(block.text for block in doc.blocks[head.start : head.stop])) for head in heads]
    named = [profile.sites.get(label) or (PLACE if profile.kind(label) == "sites" else None) for label in labels]
    of_trials = any(profile.kind(label) == "field" and not part for label, part in zip(labels, named, strict=True))
    if of_trials or len(labels) < 2 or not {OPENS, "city", PLACE} & set(named):
        return None
    sites: list[Site] = []
    rows = [doc.cells(row) for row in doc.rows_below(top)]
    even = [row for row in rows if len(row) == len(heads)]  # else a cell that spans columns shifts the others
    for row in even:
        cells = zip(named, row, strict=True)
        said = ((part, first_line(doc.blocks[cell.start : cell.stop])) for part, cell in cells if part)
        sites.append({part: text for part, text in said if text})
    end = max(cell.stop for row in [heads, *rows] for cell in row)
    told = [site for site in sites if site.keys() - {PLACE, "status"}]
    lines = [site[PLACE] for site in sites if PLACE in site and site not in told]
    untold = [words(doc, profile, [Block(line, (Leaf((), line),), marker="*") for line in lines])] if lines else []
    return Places(told, untold if len(even) == len(rows) else [*untold, None], end)


def under_heading(
    doc: Document, profile: Profile, index: int, hit: Hit, hits: Callable[[int], list[Hit]], last: int
) -> Places:
    """The places under their heading in line `index`, before block `last`. `hits`: the labels of a line."""
    if hit.rest:
        return in_words(doc, profile, [Block(shown(hit.rest).lstrip(" :："), hit.rest)], index + 1)
    if cell := doc.cell_below(index):
        return in_words(doc, profile, doc.blocks[cell.start : cell.stop], index + 1)._replace(cell=cell)
    beside = doc.value_end(index)
    whole = doc.section_end(index) if doc.marked_up else _paragraphs_end(doc, profile, beside)
    end = _end(doc, profile, index, min(whole, last), hits)
    tables: list[Places] = []
    for place in range(index + 1, end):
        if place >= (tables[-1].end if tables else 0) and (grid := table(doc, profile, place)):
            tables.append(grid)
    if tables:
        sites = [site for grid in tables for site in grid.sites]
        return Places(sites, [said for grid in tables for said in grid.untold], end)
    certain = labelled(doc, profile, index + 1, end)
    if certain:
        return Places(certain, [], end)
    if certain is not None and not doc.blocks[index].level:
        end = min(beside, end)  # a label in no heading is over what stands beside it
    return in_words(doc, profile, doc.blocks[index + 1 : end], end)


def _paragraphs_end(doc: Document, profile: Profile, end: int) -> int:
    """In a text, where the paragraphs end, from block `end` on, that begin with a part of a site. One that begins with
    a status may be of the trial."""
    while end < len(doc.blocks):
        pair = PAIR.match(doc.blocks[end].text)
        if profile.sites.get(normal(pair[1] if pair else doc.blocks[end].text)) in (None, "status"):
            break
        end = doc.wrapped_end(end)
    return end


def _end(doc: Document, profile: Profile, index: int, limit: int, hits: Callable[[int], list[Hit]]) -> int:
    """Where the places end whose heading is line `index`: at `limit`, or before what is no part of a site."""
    level = doc.blocks[index].level
    for place in range(index + 1, limit):
        block = doc.blocks[place]
        if block.level and block.level <= level:
            return place
        for other in () if profile.is_noise(block.text) else hits(place):
            fact = other.kind == "field" and other.strength >= COLON and normal(other.label) not in profile.sites
            if fact or other.kind in ("section", "end", "stop", "sites"):
                return place
    return limit


def in_words(doc: Document, profile: Profile, blocks: Sequence[Block], end: int) -> Places:
    """Places that nothing takes apart. A sentence is none: "Enter your postal code to find a site near you." """
    below = [block for block in blocks if not profile.is_noise(block.text) and not is_sentence(block.text)]
    return Places([], [words(doc, profile, below)] if below else [], end)


def labelled(doc: Document, profile: Profile, start: int, end: int) -> list[Site] | None:
    """The sites between two blocks whose parts have labels; None where it is not certain which part is whose."""
    sites: list[Site] = []
    opener = ""
    for part, said in _parts(doc, profile, start, end):
        opener = opener or part
        if part == opener or not sites:
            sites.append({})
        if part in sites[-1] or (part == OPENS and opener != OPENS):
            return None
        sites[-1][part] = said
    orders = {pair for site in sites for pair in combinations(site, 2)}
    return None if any((after, before) in orders for before, after in orders) else sites


def _parts(doc: Document, profile: Profile, start: int, end: int) -> Iterator[tuple[str, str]]:
    """Each labelled part of a site with what stands under its label: its first line."""
    for place in range(start, end):
        block = doc.blocks[place]
        if part := profile.sites.get(normal(block.text)):
            below = doc.blocks[place + 1 : min(doc.value_end(place), end)]
            said = first_line(below[:1]) if below and normal(below[0].text) not in profile.sites else ""
        else:
            pieces = [(shown(leaves), leaves) for _, leaves in groups(block.leaves)]
            pair = PAIR.match(block.text)
            if len(pieces) > 1 and (part := profile.sites.get(normal(pieces[0][0]))):
                said = " ".join(text for text, _ in pieces[1:]).lstrip(" :：")
            elif pair and (part := profile.sites.get(normal(pair[1]))):
                said = pair[2]
            said = "" if CALLED.search(block.text) else said if part else ""
        if part and normal(said) not in BLANK:
            yield part, said


def first_line(blocks: Sequence[Block]) -> str:
    """The first line of a cell; '' for none, and for one with a mail address or a telephone number in it."""
    said = blocks[0].text if blocks else ""
    return "" if normal(said) in BLANK or CALLED.search(said) else said


def words(doc: Document, profile: Profile, blocks: Sequence[Block]) -> str | None:
    """The words of a list of places, as far as each is one line or chip and none can be a person's; else None."""
    places = {block.node for block in blocks if block.node >= 0 and doc.nodes[block.node].tag == "dd"}
    single = len(blocks) in (1, len(places)) or all(block.marker for block in blocks)
    lines = [text for block in blocks for text in chips(block.leaves)]
    personal = any(PERSONAL_VALUE.search(line) or profile.personal.search(normal(line)) for line in lines)
    return "; ".join(lines)[:500] if single and not personal else None
