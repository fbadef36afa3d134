"""A limit: a quantity and its variable; phrases that state several limits, or half of one. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

from scraper.threshold_quantities import Quantity, number_at, value_of
from scraper.threshold_units import standard
from scraper.threshold_variables import Mention


class Limit(NamedTuple):
    """A quantity and the variable it limits. `start` is where the words that state it begin."""

    variable: str
    quantity: Quantity
    start: int


PRESSURES = frozenset(["bp", "systolic_bp", "diastolic_bp"])
PAIRS = {"alt": "ast", "ast": "alt", "karnofsky": "lansky", "lansky": "karnofsky"}
PAIR = re.compile(r"\s?(?:\(\w{1,12}\)|[()\[\],])?\s?(?:/|and/or|or|and|&)?\s?[()\[\]]?\s?", re.IGNORECASE)
SLASH = re.compile(r"\s?/\s?(\d{2,3})\b")
OUTSIDE = re.compile(r"\b(?:outside|out of|not (?:between|within|in))\b[^\d;.]{0,30}\Z", re.IGNORECASE)
SEXES = re.compile(r"\b(?:men|women|males?|females?|boys|girls)\b", re.IGNORECASE)
APART = re.compile(r"\bor\b|;", re.IGNORECASE)


def expanded(text: str, limit: Limit, before: Mention | None) -> list[Limit]:
    """All limits that one phrase states. `before`: what is named just before the limit's own variable."""
    if limit.variable in PRESSURES:
        return [one for pressure in pressures(text, limit) for one in outer(text, pressure)]
    limits = [limit]
    other = before.variable if before else None
    if before and other and PAIRS.get(limit.variable) == other and PAIR.fullmatch(text, before.end, limit.start):
        limits.insert(0, limit._replace(variable=other, start=before.start))
    return [one for each in limits for one in outer(text, each)]


def pressures(text: str, limit: Limit) -> list[Limit]:
    """ "Blood pressure > 140/90" limits both; a blood pressure of one number says not which, and makes no row."""
    quantity = limit.quantity
    first = number_at(text, quantity.number)
    slash = SLASH.match(text, first.end()) if first else None
    if not slash or (quantity.lower is not None and quantity.upper is not None):
        return [] if limit.variable == "bp" else [limit]
    value = value_of(slash[1])
    whole = quantity._replace(end=slash.end(), unit="mmHg")
    second = whole._replace(
        lower=None if quantity.lower is None else value, upper=None if quantity.upper is None else value
    )
    return [Limit("systolic_bp", whole, limit.start), Limit("diastolic_bp", second, limit.start)]


def outer(text: str, limit: Limit) -> list[Limit]:
    """ "Outside the range 40 to 100" is two limits, below 40 and above 100; any other limit is itself."""
    one = limit.quantity
    if one.lower is None or one.upper is None or not OUTSIDE.search(text, max(0, one.start - 45), one.start):
        return [limit]
    below = one._replace(lower=None, lower_inclusive=False, upper=one.lower, upper_inclusive=False)
    above = one._replace(lower=one.upper, lower_inclusive=False, upper=None, upper_inclusive=False)
    return [limit._replace(quantity=below), limit._replace(quantity=above)]


def joined(text: str, limits: list[Limit]) -> list[Limit]:
    """Limits with the two halves of a range made one: ">= 18 and <= 65"; "< 18 or > 65" stays two."""
    found: list[Limit] = []
    for limit in limits:
        last = found[-1] if found else None
        both = halves(text, last, limit) if last else None
        if last and both:
            found[-1] = last._replace(quantity=both)
        elif not last or last.variable != limit.variable or bounds(last) != bounds(limit):
            found.append(limit)
    return found


def bounds(limit: Limit) -> tuple[float | None, bool, float | None, bool]:
    """What a limit says, without where it stands."""
    return limit.quantity[3:7]


def halves(text: str, last: Limit, limit: Limit) -> Quantity | None:
    """The range that two one-sided limits on one variable make, None when they make none."""
    one, two = last.quantity, limit.quantity
    if last.variable != limit.variable or two.start < one.end or two.start - one.end > 30:
        return None
    link = text[one.end : two.start]
    if APART.search(link) or SEXES.search(link):
        return None
    low, high = (one, two) if one.lower is not None else (two, one)
    if low.lower is None or high.upper is None or low.upper is not None or high.lower is not None:
        return None
    if low.lower > high.upper or len({standard(part.unit) for part in (one, two) if part.unit}) > 1:
        return None
    return one._replace(
        lower=low.lower,
        lower_inclusive=low.lower_inclusive,
        upper=high.upper,
        upper_inclusive=high.upper_inclusive,
        end=two.end,
        unit=two.unit or one.unit,
    )
