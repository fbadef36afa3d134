"""Small typed verbs that every source reads with: dates, ages, markup. Pure; they never guess."""

from __future__ import annotations

import re
from datetime import date

PARTIAL_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?\Z")
AGE = re.compile(r"(\d+) (Year|Month|Week|Day|Hour|Minute)s?\Z", re.IGNORECASE)
UNITS_IN_A_YEAR = {"year": 1.0, "month": 12.0, "week": 365.25 / 7, "day": 365.25, "hour": 365.25 * 24, "minute": 365.25 * 24 * 60}
ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


def is_date(text: str) -> bool:
    """Whether the text is an ISO date of any precision: `2022`, `2022-03`, `2022-03-21`."""
    match = PARTIAL_DATE.match(text)
    if not match:
        return False
    year, month, day = match.groups()
    try:
        date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return False
    return True


def age_in_years(text: str) -> float | None:
    """`18 Years`, `6 Months` ... in years, None when it is no age (ClinicalTrials.gov NormalizedTime)."""
    match = AGE.match(text)
    return round(int(match[1]) / UNITS_IN_A_YEAR[match[2].lower()], 6) if match else None


def unescape_markup(text: str) -> str:
    """Markdown's backslash escapes undone: a backslash before any ASCII punctuation goes (CommonMark 0.28, 6.1)."""
    return ESCAPED.sub(r"\1", text) if "\\" in text else text
