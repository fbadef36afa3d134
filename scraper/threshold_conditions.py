"""For whom a limit holds: "12 g/dL for women", "(men)", "5 x ULN if liver metastases". Pure."""

from __future__ import annotations

import re

AFTER = re.compile(
    r"[\s,]{0,2}(?:[(\[]\s?(?P<group>(?:adult\s)?(?:men|women|males?|females?|boys|girls|children|adults)\b"
    r"(?:\s(?:patients|subjects|participants))?)(?=\s?[)\],])|"
    r"[(\[]?\s?(?P<words>(?:for|in|among|if|when|unless|except)\s[^,;.()\[\]<>≥≤]{2,80}))",
    re.IGNORECASE,
)
BEFORE = re.compile(
    r"(?:\A|[\s,;(])(?:for\s|in\s|if\s|among\s)?(?P<words>men|women|males?|females?|boys|girls)\b[\s:(,]{0,3}"
    r"(?:with\s|must have\s|a\s|have\s)?\Z",
    re.IGNORECASE,
)
NO_CONDITION = re.compile(
    r"(?:in|for)\s(?:the|this|at least|an?|one|two|\d)\b|if\s(?:applicable|available)|"
    r"for\s(?:more|over|which|inclusion|enrol\w+|entry|study|screening|age|at|\w+\s(?:days|weeks|months|years))\b",
    re.IGNORECASE,
)
JOINED = re.compile(r"\s(?:and|or|but)\s*\Z", re.IGNORECASE)
BOTH = re.compile(r"(?:and|or|/|&)\s?\Z", re.IGNORECASE)


def condition(text: str, start: int, bound: int, end: int) -> str | None:
    """The words that say for whom the limit from `start` to `end` holds; `bound` is where its comparator begins."""
    after = AFTER.match(text, end)
    if after and after["group"]:
        return after["group"]
    if after and not NO_CONDITION.match(after["words"]):
        return JOINED.sub("", after["words"]).strip()
    for place in (start, bound):
        before = BEFORE.search(text, max(0, place - 30), place)
        if before and not BOTH.search(text, 0, before.start("words")):
            return before["words"]
    return None
