"""Small typed verbs that every source reads with: dates, ages, markup. Pure; they never guess."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from functools import cache

from scraper.items import PHASES

PARTIAL_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?\Z", re.ASCII)
AGE = re.compile(r"(\d+) (Year|Month|Week|Day|Hour|Minute)s?\Z", re.IGNORECASE | re.ASCII)
UNITS_IN_A_YEAR = {
    "year": 1.0,
    "month": 12.0,
    "week": 365.25 / 7,
    "day": 365.25,
    "hour": 365.25 * 24,
    "minute": 365.25 * 24 * 60,
}
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


# --- what people write on pages; registers with enumerations need none of it ---

MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october") + (
    "november",
    "december",
)
DATE_PARTS = {
    "%d": r"(?P<day>\d{1,2})(?:st|nd|rd|th)?",
    "%B": r"(?P<month>[a-z]{3,9})",
    "%b": r"(?P<month>[a-z]{3,4})\.?",
    "%m": r"(?P<number>\d{1,2})",
    "%Y": r"(?P<year>\d{4})",
}
PHASE = re.compile(r"(early )?(?:phase ?)?(\d|i{1,3}v?|iv)(?: ?(?:/|-|–|,|and|&) ?(?:phase ?)?(\d|i{1,3}v?|iv))?\Z")
PHASE_NUMBERS = {"1": "1", "2": "2", "3": "3", "4": "4", "i": "1", "ii": "2", "iii": "3", "iv": "4"}
NO_PHASE = frozenset(("n/a", "na", "not applicable", "phase n/a", "phase na", "phase not applicable"))
BOTH_SEXES = frozenset(
    ("all", "both", "all genders", "all sexes", "both sexes", "both genders", "any sex", "any gender")
)
ONE_SEX = {"male": "Male", "males": "Male", "men": "Male", "female": "Female", "females": "Female", "women": "Female"}
LOW, HIGH = r"(?P<low>\d+)", r"(?P<high>\d+)"
LOW_UNIT, HIGH_UNIT = r"(?P<low_unit>years?|months?|weeks?|days?)", r"(?P<high_unit>years?|months?|weeks?|days?)"
OLD = "(?: old| of age)?"
AGES = tuple(
    re.compile(rf"{pattern}\Z", re.IGNORECASE)
    for pattern in (
        rf"(?:ages? |aged )?(?:between )?{LOW}(?: {LOW_UNIT})? ?(?:-|–|to|and) ?{HIGH} {HIGH_UNIT}{OLD}",
        rf"(?:≥ ?|>= ?|at least )?{LOW} ?\+? ?{LOW_UNIT}{OLD}(?: ?\+| (?:and|or) (?:older|over|above|up)| minimum)?",
        rf"(?:up to|≤|<=) ?{HIGH} {HIGH_UNIT}{OLD}",
    )
)


def written_date(text: str, formats: Iterable[str]) -> str | None:
    """A date as people write it, in ISO form with the precision given; None when no format fits it exactly.

    Formats are `strptime`'s, with %d %B %b %m %Y alone, and English month names whatever the locale.
    """
    text = " ".join(text.split()).strip(" .,").casefold()
    for form in formats:
        match = _date_pattern(form).match(text)
        if not match:
            continue
        found = match.groupdict()
        month = _month(found["month"]) if found.get("month") else found.get("number")
        if found.get("month") and not month:
            continue
        parts = [found["year"], *(f"{int(part):02}" for part in (month, found.get("day")) if part)]
        if is_date("-".join(parts)):
            return "-".join(parts)
    return None


@cache
def _date_pattern(form: str) -> re.Pattern[str]:
    pattern = re.escape(form.casefold())
    for directive, part in DATE_PARTS.items():
        pattern = pattern.replace(re.escape(directive.casefold()), part, 1) if directive in form else pattern
    return re.compile(pattern + r"\Z")


def _month(name: str) -> str | None:
    """`march`, `mar`, `sept` -> "3", "3", "9"."""
    return next((str(at) for at, month in enumerate(MONTHS, 1) if len(name) >= 3 and month.startswith(name)), None)


def phase_of(text: str) -> str | None:
    """`Phase II`, `PHASE2, PHASE3`, `Phase 1/2`, `N/A` in our words, None when it is none of them."""
    said = " ".join(text.split()).casefold().strip(" .")
    if said in NO_PHASE:
        return "Not applicable"
    match = PHASE.match(said.replace("early_", "early "))
    if not match:
        return None
    numbers = [PHASE_NUMBERS.get(number) for number in match.groups()[1:] if number]
    return PHASES.get(tuple(f"{'EARLY_' if match[1] else ''}PHASE{number}" for number in numbers))


def sex_of(text: str) -> str | None:
    """`Male`, `Females`, `Men and women`, `All Genders` in our words, None when it is none of them."""
    said = " ".join(text.split()).casefold().strip(" .")
    one, *other = (ONE_SEX.get(word) for word in re.split(r" (?:and|or|&) ", said, maxsplit=1))
    return "All" if said in BOTH_SEXES or {one, *other} == {"Male", "Female"} else None if other else one


def age_range(text: str) -> tuple[str | None, str | None] | None:
    """`18-65 years`, `18 Years and older`, `up to 17 years` as (youngest, oldest), each as `18 years`; None for others.

    A bare `18 years` is None too: whether it bounds from below or above only its label can tell.
    """
    said = " ".join(text.split()).strip(" .")
    if AGE.match(said):
        return None
    match = next((fit for pattern in AGES if (fit := pattern.match(said))), None)
    if not match:
        return None
    found = match.groupdict()
    unit = found.get("low_unit") or found.get("high_unit")
    return (
        f"{found['low']} {unit}" if found.get("low") else None,
        f"{found['high']} {found.get('high_unit') or unit}" if found.get("high") else None,
    )
