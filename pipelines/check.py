"""Invariants of one trial: dates in order, ages in order, plausible numbers, known codes. Pure; a breach is a
problem, never an exception, and never changes the value."""

from __future__ import annotations

import re

from scraper.items import Problem, Trial

REGISTER_NUMBER = re.compile(r"NCT\d{8}|ISRCTN\d{8}|[\w.-]+:.+")
ORDERED_DATES = (
    ("start_date", "primary_completion_date"),
    ("primary_completion_date", "completion_date"),
    ("first_posted", "last_updated"),
)
PLAUSIBLE_YEARS = ("1950", "2075")  # the register holds 1900-01 and 2099-01-01 among its start dates
LARGEST_ENROLLMENT = 10_000_000  # 99999999 stands for "unknown" in some records


def check(trial: Trial) -> tuple[Problem, ...]:
    """What is to be doubted in a trial."""
    problems: list[Problem] = []
    if not REGISTER_NUMBER.fullmatch(trial.id):
        problems.append(Problem("id", trial.id, "not the form of a register number or listing id"))
    if not trial.title:
        problems.append(Problem("title", None, "no title"))
    for earlier, later in ORDERED_DATES:
        first, second = getattr(trial, earlier), getattr(trial, later)
        if first and second and first[: len(second)] > second[: len(first)]:  # at the precision that both have
            problems.append(Problem(earlier, first, f"later than {later} {second}"))
    for name in ("start_date", "primary_completion_date", "completion_date"):
        date = getattr(trial, name)
        if date and not PLAUSIBLE_YEARS[0] <= date[:4] <= PLAUSIBLE_YEARS[1]:
            problems.append(Problem(name, date, f"year not between {PLAUSIBLE_YEARS[0]} and {PLAUSIBLE_YEARS[1]}"))
    youngest, oldest = trial.min_age_years, trial.max_age_years
    if youngest is not None and oldest is not None and youngest > oldest:
        problems.append(Problem("min_age", trial.min_age, f"above max_age {trial.max_age}"))
    for name, age in (("min_age", youngest), ("max_age", oldest)):
        if age is not None and age > 130:
            problems.append(Problem(name, getattr(trial, name), "above 130 years"))
    if trial.enrollment is not None and not 0 <= trial.enrollment <= LARGEST_ENROLLMENT:
        problems.append(Problem("enrollment", str(trial.enrollment), f"not between 0 and {LARGEST_ENROLLMENT}"))
    for location in trial.locations:
        latitude, longitude = location.latitude, location.longitude
        if latitude is not None and longitude is not None and not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
            problems.append(Problem("locations", f"{latitude}, {longitude}", "not a place on earth"))
    return tuple(problems)
