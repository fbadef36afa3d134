"""For whom a limit holds: "12 g/dL for women", "(men)", "5 x ULN if liver metastases". Pure."""

from __future__ import annotations

import re

PEOPLE = r"(?:(?:adult|post-?menopausal|premenopausal|healthy|pediatric|paediatric|male|female)\s)?(?:men|women|males?|females?|boys|girls|children|adults|infants|adolescents|patients|subjects|participants|individuals|those)"
AFTER = re.compile(
    rf"[\s,]{{0,2}}[(\[]?\s?(?P<words>(?:(?:for|in|among|if|when|unless|except)\s[^,;.()\[\]<>≥≤]{{2,80}}|{PEOPLE}\b(?!\s(?:must|should|are|is|who)))(?![<>≥≤]))",
    re.IGNORECASE,
)
BEFORE = re.compile(rf"(?:\A|[\s,;(])(?:for\s|in\s|if\s|among\s)?(?P<words>men|women|males?|females?|boys|girls)\b[\s:(,]{{0,3}}(?:with\s|must have\s|a\s|have\s)?\Z", re.IGNORECASE)
AND = re.compile(r"\s(?:and|or)\s*\Z")
BOTH = re.compile(r"(?:and|or|/|&)\s?\Z", re.IGNORECASE)
NOT_ONE = re.compile(r"(?:in|for)\s(?:the|this|at least|a|an|one|two|\d)\b|for\s(?:more|over|which|inclusion|enrol\w+|entry|study|screening|age)\b|in\s(?:1|one)\s|if\s(?:applicable|available)", re.IGNORECASE)


def condition(text: str, start: int, bound: int, end: int) -> str | None:
    """The words that say for whom the limit between `start` and `end` holds; `bound` is where its comparator begins."""
    after = AFTER.match(text, end)
    if after and not NOT_ONE.match(after["words"]):
        return AND.split(after["words"], maxsplit=1)[0].strip()
    for place in (start, bound):
        before = BEFORE.search(text, max(0, place - 30), place)
        if before and not BOTH.search(text, 0, before.start("words")):
            return before["words"]
    return None
