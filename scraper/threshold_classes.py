"""Limits on scores of few steps: ECOG, ASA, NYHA. They are written as lists and in Roman numerals. Pure."""

from __future__ import annotations

import re

from scraper.threshold_quantities import LOWER, POSTFIX, Quantity, comparator

STEPS = {"ecog": (0, 5), "asa": (1, 6), "nyha": (1, 4)}
ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6}
# What stands between a score's name and its first step.
PLAIN = (
    r"(?:physical|health|status|functional|function|performance|class(?:es|ification)?|classified|score[sd]?|grades?|of|is|"
    r"are|level|must|be|scale|stages?|ps|fc|group|the|has|have|as|a|an|with|in|symptoms?|heart|failure|patients?|"
    r"categor(?:y|ies)|range|either|between|from|at|screening|baseline|who|world|organization|equal|to)"
)
BEFORE = re.compile(
    rf"(?:[\s():=,;\[\]\"'’-]|{PLAIN}\b){{0,24}}?(?=\s{{0,3}}(?:[<>≤≥=≦≧]|[0-6IV]|"
    r"(?:no|not|less|greater|more|at|lower|higher|worse|better|under|over|above|below|up)\b))",
    re.IGNORECASE,
)
COMPARED = re.compile(r"\s?(?:[<>≤≥=/≦≧]|\bor\b|[a-z]{1,12}\b|\s){1,14}?\s?(?=[0-6IV])", re.IGNORECASE)
STEP = re.compile(r"([0-6]\b|IV\b|VI\b|V\b|I{1,3}\b)(?!\.\d|\s?%|\s?mg|,\d{3}|\d)")
LINK = re.compile(
    r"\s?(?:,\s?(?:or|and)?|[-–—~～/&+]|or|and|to|through)\s{0,2}(?:(?:class|nyha|asa|ecog|grade|stage)\s)?",
    re.IGNORECASE,
)
EQUALS = re.compile(r"[\s=:]*")


def classed(text: str, variable: str, place: int) -> Quantity | None:
    """The steps of a score that a text allows or excludes after the score's name ends at `place`; None without any."""
    lead = BEFORE.match(text, place, place + 90)
    start = lead.end() if lead else place
    first = STEP.match(text, start + text[start : start + 1].isspace())
    sign = None
    if not first:
        compared = COMPARED.match(text, start, start + 60)
        first = STEP.match(text, compared.end()) if compared else None
        if not compared or not first:
            return None
        sign = comparator(text, max(place - 1, 0), first.start())
        if sign is None and not EQUALS.fullmatch(text, start, compared.end()):
            return None
    low, high = STEPS[variable]
    value = step_of(first[1])
    if not low <= value <= high:
        return None
    after = None if sign else POSTFIX.match(text, first.end())
    if sign or after:
        begin = sign[0] if sign else start
        end = after.end() if after else first.end()
        above = sign[1] == LOWER if sign else bool(after and not after["down"])
        inclusive = sign[2] if sign else True
        if above:
            return Quantity(begin, first.start(), end, value, inclusive, None, False, "", True)
        return Quantity(begin, first.start(), end, None, False, value, inclusive, "", True)
    steps, end = listed(text, first)
    if not all(low <= step <= high for step in steps):
        return None
    return Quantity(first.start(), first.start(), end, min(steps), True, max(steps), True, "", True)


def listed(text: str, first: re.Match[str]) -> tuple[list[float], int]:
    """The steps of a list ("0, 1 or 2", "II-III") that begins with the first, and where it ends."""
    steps = [step_of(first[1])]
    end = first.end()
    while True:
        link = LINK.match(text, end)
        more = STEP.match(text, link.end()) if link else None
        if not more:
            return steps, end
        steps.append(step_of(more[1]))
        end = more.end()


def step_of(word: str) -> float:
    """The step that a figure or a Roman numeral names."""
    return float(word) if word.isdigit() else float(ROMAN[word.lower()])
