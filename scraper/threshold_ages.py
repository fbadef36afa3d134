"""When a time is the age of a participant: "18 to 65 years old", "adults over 18 years". Pure."""

from __future__ import annotations

import re

from scraper.threshold_limits import Limit
from scraper.threshold_quantities import Quantity

OF_AGE = re.compile(r"[\s-]{0,2}(?:of[\s-]age|old\b|in age|ages?\b|-olds?\b)", re.IGNORECASE)
PEOPLE = (
    r"(?:adults?|m[ae]n|wom[ae]n|males?|females?|patients?|subjects?|participants?|persons?|people|individuals?|"
    r"volunteers?|child(?:ren)?|adolescents?|infants?|boys?|girls?|those|anyone|recipients?|donors?|students?|veterans?|"
    r"users?|residents?|newborns?|caregivers?|parents?|outpatients?|inpatients?|sex(?:es)?|genders?|races?|groups?|"
    r"between|population|seniors|elderly|mothers?|youths?|minors?|aged?)"
)
PERSON = re.compile(
    rf"\b{PEOPLE}[\s,(:-]{{0,3}}(?:(?:who|that|are|is|must|should|be|of|the|aged|in|with|at|age|ranging|range|from|all|"
    r"either|both|any|between|ages|have|being|were|was)[\s,(:]{1,2}){0,5}\Z",
    re.IGNORECASE,
)
CHILD = re.compile(
    r"\b(?:child(?:ren)?|infants?|toddlers?|kids|bab(?:y|ies))[\s,(]{0,3}(?:aged?|of|who are|between|from)?\s?\Z",
    re.IGNORECASE,
)
COMPARED = re.compile(r"\b(?:older|younger)\b", re.IGNORECASE)
DURATION = re.compile(
    r"[\s,)]{0,3}(?:ago|prior|previous|before|after|since|from|following|post|of\b(?!\sage)|duration|history|free|for|"
    r"apart|later|between|preceding|with(?!\s|in)|without|experience|survival|disease|in\s(?:duration|the|remission)|"
    r"interval|period|follow|or\smore\sof|smok|treatment|therapy|pack|stable|on\b|diagnos|life|residen|educat|amenorr|"
    r"menopaus|until|during|at\sleast)",
    re.IGNORECASE,
)
EVENT = ("prior", "ago", "before", "after", "since")
FOR_WHOM = re.compile(
    r"[\s,)]{0,2}(?:\(\s?(?:(?:for|in|if)\s)?|(?:for|in|if)\s)(?:the\s)?"
    r"(?:participants?|patients?|subjects?|children|those|adults|individuals)?\s?(?:who\sare|aged?|age\sis)?\s?",
    re.IGNORECASE,
)


def says_age(text: str, quantity: Quantity) -> bool:
    """Whether a time's own words say that it is an age: "18 years old", "6 months of age"."""
    unit = quantity.unit.lower()
    return "old" in unit or "age" in unit or OF_AGE.match(text, quantity.end) is not None


def at_event(text: str, quantity: Quantity) -> bool:
    """Whether a time is counted from an event, and is no age of a participant."""
    return text[quantity.end : quantity.end + 24].lower().lstrip(" ,").startswith(EVENT)


def by_person(text: str, quantity: Quantity) -> bool:
    """Whether a time is an age though no age word says so: "Adults over 18 years", "18 to 65 years"."""
    if COMPARED.search(text, max(0, quantity.start - 1), quantity.end):
        return True
    if not quantity.unit or DURATION.match(text, quantity.end):
        return False
    head = text[max(0, quantity.start - 60) : quantity.start]
    if max(quantity.lower or 0, quantity.upper or 0) < 10 or "month" in quantity.unit.lower():
        return CHILD.search(head) is not None
    return not head.strip(" (-•*") or PERSON.search(head) is not None


def stated_for(text: str, quantity: Quantity, found: list[Limit]) -> bool:
    """Whether an age only says for whom the limit before it holds: "Karnofsky >= 60 (> 16 years)"."""
    return any(
        limit.variable != "age"
        and 0 <= quantity.start - limit.quantity.end < 45
        and FOR_WHOM.fullmatch(text, limit.quantity.end, quantity.start)
        for limit in found[-2:]
    )
