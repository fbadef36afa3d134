"""How the values on portal pages are read: a text to a value, None for what is none. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from scraper.items import STUDY_TYPES
from scraper.parsing import age_in_years, age_range, phase_of, sex_of, written_date
from scraper.profiles import Profile, normal

NOTHING = frozenset(
    ("", "-", "–", "—", "n/a", "na", "none", "not applicable", "not specified", "not provided", "no limit")
    + ("not available", "nil", "nil known", "none known")
)
DATES = ("last_updated", "start_date", "primary_completion_date", "completion_date")
YES_NO = {
    "yes": True, "no": False, "accepts healthy volunteers": True, "does not accept healthy volunteers": False,
    "accepted": True, "not accepted": False, "no healthy volunteers": False,
}  # fmt: skip
PURPOSES = {  # the register's codes by their words
    code.casefold().replace("_", " "): code
    for code in ("TREATMENT", "PREVENTION", "DIAGNOSTIC", "SUPPORTIVE_CARE", "SCREENING", "HEALTH_SERVICES_RESEARCH")
    + ("BASIC_SCIENCE", "DEVICE_FEASIBILITY", "OTHER")
}
HEAD_COUNT = re.compile(
    r"(\d{1,3}(?:,\d{3})+|\d{1,7})(?: (?:actual|anticipated|estimated))?"
    r"(?: (?:participants|patients|people|subjects|volunteers))?",
    re.IGNORECASE,
)
SEAM = re.compile(r"(?<=[a-z])(?=[A-Z])")  # `NotYetRecruiting`


def parsers(profile: Profile) -> dict[str, Callable[[str], Any]]:
    """How the values of some fields are read; None for what is none of theirs."""

    def when(text: str) -> str | None:
        return written_date(text, profile.formats)

    def status(text: str) -> str | None:
        return profile.statuses.get(normal(text)) or profile.statuses.get(normal(SEAM.sub(" ", text).replace("_", " ")))

    def count(text: str) -> int | None:
        match = HEAD_COUNT.fullmatch(text)
        return int(match[1].replace(",", "")) if match else None

    return {
        **dict.fromkeys(DATES, when),
        **dict.fromkeys(("status", "study_status"), status),
        "phase": phase_of,
        "sex": sex_of,
        "ages": lambda text: ages(text, profile.age_unit),
        "min_age": age_in_years,
        "max_age": age_in_years,
        "healthy_volunteers": lambda text: YES_NO.get(normal(text)),
        "study_type": lambda text: STUDY_TYPES.get(normal(text).upper().replace(" ", "_")),
        "primary_purpose": lambda text: PURPOSES.get(normal(text)),
        "enrollment": count,
    }


def tests(profile: Profile) -> Mapping[str, Callable[[str], bool]]:
    """Of some fields, whether a text can be their value, several fields in one included."""

    def test(name: str, parse: Callable[[str], Any]) -> Callable[[str], bool]:
        several = profile.together.get(name)
        return lambda text: parse(text) is not None or bool(several and several.fullmatch(text))

    return {name: test(name, parse) for name, parse in parsers(profile).items()}


def ages(text: str, unit: str | None) -> tuple[str | None, str | None] | None:
    """Youngest and oldest, as `age_range` reads them; ages without a unit are in the one that the portal is known
    for, if it is."""
    return age_range(text) or (age_range(f"{text} {unit}") if unit else None)
