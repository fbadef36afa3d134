"""The quantities of a criterion: numbers with their comparator, range and unit, as written. Pure and linear."""

from __future__ import annotations

import re
from itertools import islice
from typing import NamedTuple

from scraper.threshold_units import UNIT


class Quantity(NamedTuple):
    """A bound or a range. `start` is where its comparator begins, `number` where its first number does."""

    start: int
    number: int
    end: int
    lower: float | None
    lower_inclusive: bool
    upper: float | None
    upper_inclusive: bool
    unit: str  # as written, "" where there is none
    compared: bool  # a comparator or a range makes it a limit; a bare number is none


NUMBER_WORDS = {
    "one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0, "six": 6.0, "seven": 7.0, "eight": 8.0, "nine": 9.0,
    "ten": 10.0, "eleven": 11.0, "twelve": 12.0, "eighteen": 18.0, "twenty": 20.0, "thirty": 30.0,
}  # fmt: skip
DIGITS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d{1,9}(?:[.,·]\d{1,4})?(?!\d)|\d+")
WORDED = re.compile(rf"\b(?:{'|'.join(NUMBER_WORDS)})\b", re.IGNORECASE)
PART_OF_WORD = frozenset(".,^/_")  # a number right after one of these, or after a letter, is part of a name or a ratio
STUCK = re.compile(r"\b(?:aged?|bmi|lvef)\Z", re.IGNORECASE)  # but for "Age18-65"
POWER = re.compile(r"\s?[x×*]\s?10\s?\^?\s?[1-24578]\b|\s?\^\s?\d")
ORDINAL = re.compile(r"(?:st|nd|rd|th)\b", re.IGNORECASE)
THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?\Z")

LOWER, UPPER = "lower", "upper"
SIGNS: dict[str, tuple[str, bool]] = (
    dict.fromkeys([">=", "=>", "≥", ">/=", "=/>", "≧", "⩾", "≥=", "≥/=", ">or=", "=or>"], (LOWER, True))
    | dict.fromkeys([">", "＞", "˃"], (LOWER, False))
    | dict.fromkeys(["<=", "=<", "≤", "</=", "=/<", "≦", "⩽", "≤=", "≤/=", "<or=", "=or<"], (UPPER, True))
    | dict.fromkeys(["<", "＜", "˂"], (UPPER, False))
)
SIGN_CHARACTERS = frozenset("<>=≥≤≧≦⩾⩽＞＜˃˂")
SIGN = re.compile(r"(?:[<>=≥≤≧≦⩾⩽＞＜˃˂/\s]|\bor\b){1,12}\Z", re.IGNORECASE)
SIGNED = re.compile(r"\(\s?[<>=≥≤]{1,2}\s?\)\Z")
SIDES = dict.fromkeys(
    ("greater", "more", "higher", "older", "larger", "longer", "better", "bigger", "heavier", "worse"), LOWER
) | dict.fromkeys(("less", "lower", "younger", "fewer", "smaller", "shorter"), UPPER)
FIXED = (
    (LOWER, False, "over|above|exceeding|exceeds|exceed|in excess of|superior to|beyond"),
    (
        LOWER,
        True,
        "at least|minimum|minimum of|min|at or above|at/above|not below|not under|equal to or above|no lower|"
        "at the least|above or equal to|superior or equal to|over or equal to|not inferior to",
    ),
    (UPPER, False, "under|below|inferior to"),
    (
        UPPER,
        True,
        "at most|maximum|maximum of|max|up to|not exceeding|not exceed|not above|not over|at or below|at/below|"
        "no older|below or equal to|inferior or equal to|under or equal to|not beyond|up to and including",
    ),
)
EQUAL = (
    "{} than or equal to",
    "{} than or equal",
    "{} than or equals to",
    "{} than/equal to",
    "{} or equal to",
    "{} or equal than",
    "equal to or {} than",
    "equal or {} than",
    "equal to and {} than",
)


def phrases() -> dict[str, tuple[str, bool]]:
    """Comparators in words, each with its side and whether the bound is included."""
    found = {words: (side, inclusive) for side, inclusive, group in FIXED for words in group.split("|")}
    for word, side in SIDES.items():
        found[f"{word} than"] = found[f"{word} then"] = (side, False)
        other = UPPER if side == LOWER else LOWER
        for negation in ("not", "no", "nor"):
            found[f"{negation} {word} than"] = (other, True)
        found |= {pattern.format(word): (side, True) for pattern in EQUAL}
    return found


PHRASES = phrases()
FILLERS = frozenset(
    ["a", "an", "the", "of", "age", "aged", "about", "approximately", "is", "be", "years", "score", "weeks"]
)
POSTFIX = re.compile(
    r"(?:[\s,(]{0,3}(?:of age|old|inclusive|in age|points?)\b\)?){0,2}[\s,]{0,3}(?:or|and|and/or|&)\s"
    r"(?:(?P<up>older|above|over|more|greater|higher|better|up|upwards?|elder|beyond|longer)|"
    r"(?P<down>younger|below|under|less|lower|fewer|smaller|worse))\b(?!\s(?:than|or|equal)|\s?[\d<>≥≤=])|"
    r"\s?(?P<plus>\+)(?=\s|\Z|[),.;-])",
    re.IGNORECASE,
)
TO = re.compile(r"\s?(?:[-–—−~～‐‑]|to|through|thru|until|till|up to|and up to)\s{0,2}", re.IGNORECASE)
AND = re.compile(r"[\s,]{0,3}(?:and|&|[-–—]|to)\s{0,2}(?:the age of\s|age\s)?", re.IGNORECASE)
TO_BOUND = re.compile(
    r"(?:(?P<below><|less than|under|below|＜)|≤|<=|=<|≦|up to|less than or equal to|a maximum of|and including)?\s?"
    r"(?:the age of\s|age\s)?",
    re.IGNORECASE,
)
BETWEEN = re.compile(r"\bbetween\b[^\d;.]{0,25}\Z", re.IGNORECASE)


def value_of(text: str) -> float | None:
    """The number as written: "1,500" is 1500, "7,5" is 7.5, "six" is 6; None when it is none."""
    text = text.lower()
    if text in NUMBER_WORDS:
        return NUMBER_WORDS[text]
    text = text.replace(",", "") if THOUSANDS.match(text) else text.replace(",", ".").replace("·", ".")
    try:
        return float(text)
    except ValueError:
        return None


def comparator(text: str, floor: int, end: int) -> tuple[int, str, bool] | None:
    """Start, side and inclusiveness of the comparator that ends at `end`, not before `floor`; None without one."""
    begin = max(floor, end - 40)
    before = text[begin:end].rstrip(" \t~(")
    if before.endswith(")") and SIGNED.search(before):  # "less than (<) 90"
        before = before[:-1]
    if not before:
        return None
    if before[-1] in SIGN_CHARACTERS:
        match = SIGN.search(before)
        sign = re.sub(r"\s", "", match[0]).lower().removeprefix("/") if match else ""
        sign = sign.removeprefix("or") if sign not in SIGNS else sign
        if not match or sign not in SIGNS:
            return None
        return begin + match.start(), *SIGNS[sign]
    if not before[-1].isalpha():
        return None
    words = before.lower().split()
    for _ in range(4):
        for length in range(min(6, len(words)), 0, -1):
            found = PHRASES.get(" ".join(words[-length:]).lstrip("(:,"))
            if found:
                tail = words[-length].lstrip("(:,")
                return begin + max(before.lower().rfind(tail), 0), *found
        if not words or words[-1] not in FILLERS:
            return None
        words.pop()
    return None


def stands_alone(text: str, place: int) -> bool:
    """Whether a number that begins at `place` is no part of a name ("CD4", "FEV1") or of a longer number."""
    if not place:
        return True
    before = text[place - 1]
    if before.isalnum():
        return STUCK.search(text, max(0, place - 5), place) is not None
    return before not in PART_OF_WORD


def number_at(text: str, place: int) -> re.Match[str] | None:
    """The number, in figures or in words, that begins at `place`."""
    return DIGITS.match(text, place) or WORDED.match(text, place)


MOST_NUMBERS = 500  # in one criterion; a text with more is a table or an accident, and sets no limit that we could name


def quantities(text: str, *, worded: bool) -> list[Quantity]:
    """The numbers of a text as bounds and ranges, in order; `worded`: some are words ("six")."""
    found: list[Quantity] = []
    floor = 0
    numbers = list(islice(DIGITS.finditer(text), MOST_NUMBERS + 1))
    if len(numbers) > MOST_NUMBERS:
        return []
    matches: list[re.Match[str]] = [match for match in numbers if stands_alone(text, match.start())]
    if worded:
        matches = sorted([*matches, *WORDED.finditer(text)], key=re.Match.start)
    for match in matches:
        if match.start() < floor:
            continue
        quantity = read(text, match, floor)
        if quantity:
            found.append(quantity)
            floor = quantity.end
    return found


def read(text: str, match: re.Match[str], floor: int) -> Quantity | None:
    """The quantity that begins with a number."""
    value = value_of(match[0])
    if value is None:
        return None
    if POWER.match(text, match.end()) or ORDINAL.match(text, match.end()):
        return None  # "5 x 10^2 copies": a power of ten that no unit takes; "10th percentile"
    number = match.start()
    unit = UNIT.match(text, match.end())
    end = unit.end() if unit else match.end()
    words = unit[0].strip() if unit else ""
    sign = comparator(text, floor, number)
    ranged = upper_end(text, end, BETWEEN.search(text, max(floor, number - 34), number) is not None)
    if ranged and (sign is None or sign[1] == LOWER):
        high, inclusive, high_end = ranged
        high_unit = UNIT.match(text, high_end)
        high_words = high_unit[0].strip() if high_unit else ""
        same = not words or not high_words or words.lower()[:4] == high_words.lower()[:4]
        if high > value and same:
            start = sign[0] if sign else number
            last = high_unit.end() if high_unit else high_end
            lower_inclusive = sign[2] if sign else True
            return Quantity(start, number, last, value, lower_inclusive, high, inclusive, high_words or words, True)
    if sign:
        start, side, inclusive = sign
        if side == LOWER:
            return Quantity(start, number, end, value, inclusive, None, False, words, True)
        return Quantity(start, number, end, None, False, value, inclusive, words, True)
    after = POSTFIX.match(text, end)
    if after:
        if after["down"]:
            return Quantity(number, number, after.end(), None, False, value, True, words, True)
        return Quantity(number, number, after.end(), value, True, None, False, words, True)
    return Quantity(number, number, end, value, True, value, True, words, False)


def upper_end(text: str, place: int, between: bool) -> tuple[float, bool, int] | None:
    """Value, inclusiveness and end of a range's second number that follows at `place`; None without one."""
    link = TO.match(text, place) or (AND.match(text, place) if between else None)
    if not link:
        return None
    bound = TO_BOUND.match(text, link.end())
    start = bound.end() if bound else link.end()
    match = number_at(text, start)
    if not match or (match[0][0].isalpha() and not between and "to" not in link[0]):
        return None
    value = value_of(match[0])
    return None if value is None else (value, not (bound and bound["below"]), match.end())
