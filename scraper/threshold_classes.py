"""Limits on scores with few steps: ECOG, ASA, NYHA. They are written as lists and in Roman numerals. Pure."""

from __future__ import annotations

import re

from scraper.threshold_quantities import LOWER, POSTFIX, Quantity, comparator

STEPS = {"ecog": (0, 5), "asa": (1, 6), "nyha": (1, 4)}
ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "l": 1, "ll": 2, "lll": 3}
WORDS = r"(?:physical|health|status|functional|function|performance|class(?:es|ification)?|classified|score[sd]?|grades?|of|is|are|level|must|be|scale|stages?|ps|fc|group|the|has|have|as|a|an|with|in|symptoms?|heart|failure|patients?|category|categories|range|either|between|from|at|screening|baseline|who|world|organization|equal|to)"
BEFORE = re.compile(rf"(?:[\s():=,;\[\]\"'’-]|{WORDS}\b){{0,24}}?(?=\s*(?:[<>≤≥=≦≧]|[0-6IVl]|(?:no|not|less|greater|more|at|lower|higher|worse|better|under|over|above|below|up)\b))", re.IGNORECASE)
COMPARED = re.compile(r"\s*(?:[<>≤≥=/≦≧]|\bor\b|[a-z]+\b|\s){1,14}?\s*(?=[0-6IV])", re.IGNORECASE)
STEP = r"(?:[0-6]|IV|V?I{0,3}|ll?l?)"
LIST = re.compile(r"([0-6]\b|IV\b|VI\b|V\b|I{1,3}\b)(?!\.\d|\s?%|\s?mg|,\d{3}|\d)")
LINK = re.compile(r"\s*(?:,\s*(?:or|and)?|[-–—~～/&+]|or|and|to|through)\s*(?:(?:class|nyha|asa|ecog|grade|stage)\s+)?", re.IGNORECASE)


def classed(text: str, variable: str, place: int) -> Quantity | None:
    """The steps of a score that a text allows or excludes after the score's name ends at `place`; None without any."""
    lead = BEFORE.match(text, place, place + 90)
    start = lead.end() if lead else place
    if start < place:
        return None
    first = LIST.match(text, start) or LIST.match(text, len(text) - len(text[start:].lstrip()))
    compare = None
    if not first:
        compared = COMPARED.match(text, start, start + 60)
        if not compared:
            return None
        first = LIST.match(text, compared.end())
        if not first:
            return None
        compare = comparator(text, max(place - 1, 0), first.start())
        if compare is None and not re.fullmatch(r"[\s=:]*", text[start : compared.end()]):
            return None
    low, high = STEPS[variable]
    steps = [step_of(first[1])]
    end = first.end()
    if compare:
        start, side, inclusive = compare
        value = steps[0]
        if not low <= value <= high:
            return None
        if side == LOWER:
            return Quantity(start, first.start(), end, value, inclusive, None, False, "", True)
        return Quantity(start, first.start(), end, None, False, value, inclusive, "", True)
    after = POSTFIX.match(text, end)
    if after and low <= steps[0] <= high:
        if after["down"]:
            return Quantity(start, first.start(), after.end(), None, False, steps[0], True, "", True)
        return Quantity(start, first.start(), after.end(), steps[0], True, None, False, "", True)
    while True:
        link = LINK.match(text, end)
        more = LIST.match(text, link.end()) if link else None
        if not more:
            break
        steps.append(step_of(more[1]))
        end = more.end()
    if not all(low <= step <= high for step in steps):
        return None
    return Quantity(first.start(), first.start(), end, min(steps), True, max(steps), True, "", True)


def step_of(word: str) -> float:
    """The step that a figure or a Roman numeral names."""
    return float(ROMAN.get(word.lower(), word) if not word.isdigit() else word)
