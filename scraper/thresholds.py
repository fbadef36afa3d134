"""A criterion -> the limits it sets: variable, bounds and unit as written, and the same in the variable's one unit.

A limit is a number with a comparator, or a range, beside the name of a variable that we know. What cannot be told for
certain makes no row: ratios, changes, losses, histories, bare numbers, units that do not belong to the variable.
"""

from __future__ import annotations

import re

from scraper.items import Criterion, Number, Text, Threshold
from scraper.threshold_conditions import condition
from scraper.threshold_limits import Limit, joined
from scraper.threshold_links import linked
from scraper.threshold_quantities import NUMBER_WORDS
from scraper.threshold_units import canonical, relative, standard
from scraper.threshold_variables import mentions

DIGIT = re.compile(r"\d")
NUMBERED = frozenset(NUMBER_WORDS) | {word.capitalize() for word in NUMBER_WORDS}
IN_ROMAN = ("NYHA", "New York", "ASA", "Anesth", "Anaesth", "nyha")  # these alone have limits without figures


def all_thresholds(criteria: tuple[Criterion, ...]) -> tuple[Threshold, ...]:
    """The limits that the criteria of a trial set, in their order. Never raises."""
    return tuple(limit for position, criterion in enumerate(criteria) for limit in thresholds(criterion, position))


def thresholds(criterion: Criterion, position: int = 0) -> tuple[Threshold, ...]:
    """The limits that the criterion at `position` sets, in order of the text; none for what is ambiguous."""
    text = criterion.text
    if not DIGIT.search(text) and NUMBERED.isdisjoint(text.split()) and not any(name in text for name in IN_ROMAN):
        return ()
    low = text.lower()
    if len(low) != len(text):  # a letter whose small form is longer ("İ"): places must stay the same
        low = "".join(char.lower() if len(char.lower()) == 1 else char for char in text)
    named, aged = mentions(low)
    if not aged and not any(mention.variable for mention in named):
        return ()
    worded = not NUMBERED.isdisjoint(text.split())
    return tuple(row(criterion, position, limit) for limit in joined(text, linked(text, named, worded=worded)))


def row(criterion: Criterion, position: int, limit: Limit) -> Threshold:
    """The table row of a limit."""
    quantity, variable = limit.quantity, limit.variable
    lower, upper = quantity.lower, quantity.upper
    normal = relative(quantity.unit)
    low, high, name = (lower, upper, normal) if normal else converted(limit)
    return Threshold(
        criterion=position,
        kind=criterion.kind,
        variable=variable,
        lower=lower,
        lower_inclusive=None if lower is None else quantity.lower_inclusive,
        upper=upper,
        upper_inclusive=None if upper is None else quantity.upper_inclusive,
        unit=normal or quantity.unit or None,
        canonical_lower=low,
        canonical_upper=high,
        canonical_unit=name,
        condition=condition(criterion.text, limit.start, quantity.start, quantity.end),
        text=criterion.text[limit.start : quantity.end].strip(),
    )


def converted(limit: Limit) -> tuple[Number, Number, Text]:
    """Both bounds in the variable's one unit, and that unit; all None when the unit is not known."""
    quantity = limit.quantity
    unit = standard(quantity.unit) if quantity.unit else ""
    low = None if quantity.lower is None else canonical(limit.variable, quantity.lower, unit)
    high = None if quantity.upper is None else canonical(limit.variable, quantity.upper, unit)
    if (low is None) != (quantity.lower is None) or (high is None) != (quantity.upper is None):
        return None, None, None
    known = low or high
    return low and low[0], high and high[0], known and known[1]
