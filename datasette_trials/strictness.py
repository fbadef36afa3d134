"""Which of several limits on one variable lets fewest people in. Pure; where it cannot be told, none of them.

Only limits in the variable's one unit and without a condition ("for men") are compared. An inclusion states who may
come in, so that the narrower is stricter; an exclusion states who may not, so that the wider is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from datasette_trials.reading import Row

Edge = tuple[float, int]  # a bound, and 1 where the bound itself is left out
Span = tuple[Edge, Edge]  # the further up either is, the fewer values are between them


def span(limit: Row) -> Span | None:
    """The values that a limit names, as a pair that grows as they become fewer; None where they do not compare."""
    lower, upper = limit["canonical_lower"], limit["canonical_upper"]
    if limit["condition"] or (lower is None and upper is None):
        return None
    if (lower is None) != (limit["lower"] is None) or (upper is None) != (limit["upper"] is None):
        return None
    low = (-math.inf, 0) if lower is None else (float(lower), 0 if limit["lower_inclusive"] else 1)
    high = (-math.inf, 0) if upper is None else (-float(upper), 0 if limit["upper_inclusive"] else 1)
    return low, high


def strictest(sides: Sequence[Sequence[Row]]) -> list[bool]:
    """For each side's limits on one variable whether they are the strictest; none where two sides are not comparable,
    where a side has several different limits, or where all are the same."""
    nobody = [False] * len(sides)
    spans: list[Span | None] = []
    kinds = {limit["kind"] for limits in sides for limit in limits}
    units = {limit["canonical_unit"] for limits in sides for limit in limits}
    if len(kinds) != 1 or len(units) != 1 or not kinds <= {"inclusion", "exclusion"}:
        return nobody
    for limits in sides:
        mine = {span(limit) for limit in limits}
        if len(mine) > 1 or None in mine:
            return nobody
        spans.append(mine.pop() if mine else None)
    there = [one for one in spans if one]
    if len(there) < 2 or len(set(there)) == 1:
        return nobody
    best = max if kinds == {"inclusion"} else min
    edge = (best(low for low, _ in there), best(high for _, high in there))
    return [one == edge for one in spans]
