"""Lists written inside one paragraph: "a; b; c", "1) a 2) b", "- a - b". Linear scans."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scraper.criteria_lines import Item

ENUMERATED = re.compile(r"(?:(?<=[\s:;,.])|^)(?:\((\d{1,2})\)|(\d{1,2})\)|(\d{1,2})\.(?=\s|[^\W\d]))\s*")
DASH = re.compile(r"[-–*•·●▪]\s")
DASHED = re.compile(r"(?<=[^\s\d])\s[-–*•·●▪]\s+|\s[-–*•·●▪]\s+(?=\D)|(?<=[a-z)])-\s(?=[A-Z])")


def unfolded(items: list[Item]) -> Iterator[Item]:
    """The items, and between them those that the numbering shows to be on the same line: "1. a 2. b", then "3. c"."""
    before: Item | None = None
    folded = False  # a line of this list held several items
    for place, item in enumerate(items):
        follower = items[place + 1] if place + 1 < len(items) else None
        parts = [item]
        if item.mark[:1] == "1" and not item.heading:
            folded = folded and item.order > 1
            if follower is not None and follower.mark == item.mark:
                parts = counted(item, follower.order) if follower.order > item.order + 1 else parts
            else:
                parts = counted(item, None)
                if not (folded or (unlisted(before) and unlisted(follower)) or convincing(parts)):
                    parts = [item]  # "a score of at least 3. Next sentence"
            folded = folded or len(parts) > 1
        yield from parts
        before = parts[-1]


def unlisted(item: Item | None) -> bool:
    """Whether a neighbour is no list item: a heading, a paragraph or none at all."""
    return item is None or item.heading is not None or not item.mark


def convincing(parts: list[Item]) -> bool:
    """Whether the last item of a list is several: three numbers more, or each after a stop ("a; 10. b")."""
    return len(parts) > 3 or all(part.text.rstrip().endswith((".", ";", ",", ")")) for part in parts[:-1])


def counted(item: Item, stop: int | None) -> list[Item]:
    """The item cut at the numbers that continue its own, up to `stop` (which must then be reached)."""
    cuts = [(0, 0)]
    for match in ENUMERATED.finditer(item.text):
        if int(match[match.lastindex or 0]) == item.order + len(cuts) and item.order + len(cuts) != stop:
            cuts.append(match.span())
    if stop is not None and item.order + len(cuts) != stop:
        return [item]
    ends = [start for start, _ in cuts[1:]] + [len(item.text)]
    spans = zip(cuts, ends, strict=True)
    return [item.part(item.order + place, item.text[start:end]) for place, ((_, start), end) in enumerate(spans)]


def parts(text: str) -> tuple[str, list[str]]:
    """Lead-in and parts of a paragraph that is a list; no parts when it is none."""
    return enumerated(text) or ("", semicolons(text) or dashed(text))


def enumerated(text: str) -> tuple[str, list[str]] | None:
    """Lead-in and parts of "1) a 2) b": one style, counted from 1; None when there are not two."""
    if "1" not in text:
        return None
    cuts: list[tuple[int, int]] = []
    style = 0
    for match in ENUMERATED.finditer(text):
        group = match.lastindex or 0
        if int(match[group]) == len(cuts) + 1 and (not cuts or group == style):
            style = group
            cuts.append(match.span())
    if len(cuts) < 2:
        return None
    ends = [start for start, _ in cuts[1:]] + [len(text)]
    return text[: cuts[0][0]].strip(), [text[start:end] for (_, start), end in zip(cuts, ends, strict=True)]


def semicolons(text: str) -> list[str]:
    """Parts of "a; b; c", semicolons inside brackets left alone; none when there are not two."""
    found, depth, start = [], 0, 0
    if ";" not in text and "；" not in text:
        return []
    for place, char in enumerate(text):
        if char in ";；" and not depth:
            found.append(text[start:place].strip())
            start = place + 1
        elif char in "([（":
            depth += 1
        elif char in ")]）" and depth:
            depth -= 1
    found = [part for part in (*found, text[start:].strip()) if part]
    return found if len(found) > 1 else []


def dashed(text: str) -> list[str]:
    """Parts of "a - b - c"; none when there are not three."""
    if not DASH.search(text):
        return []
    found = [part for part in DASHED.split(text) if part]
    return found if len(found) > 2 else []
