"""Invariants of one trial: dates in order, ages in order, plausible numbers, known codes. Pure; a breach is a
problem, never an exception, and never changes the value."""

from __future__ import annotations

import re

from scraper.items import Problem, Threshold, Trial

REGISTER_NUMBER = re.compile(r"NCT\d{8}|ISRCTN\d{8}|[\w.-]+:.+")
ORDERED_DATES = (
    ("start_date", "primary_completion_date"),
    ("primary_completion_date", "completion_date"),
    ("first_posted", "last_updated"),
)
PLAUSIBLE_YEARS = ("1950", "2075")  # the register holds 1900-01 and 2099-01-01 among its start dates
LARGEST_ENROLLMENT = 10_000_000  # 99999999 stands for "unknown" in some records
ROUNDED = 0.1  # years; 4 weeks and 1 month, 24 months and 2 years are one age
# Words before an age by which it is not that of every participant, and another span of time beside it.
OF_SOME = re.compile(
    r"\b(?:for|if|such|except|unless|groups?|cohorts?|arms?|parts?|parents?|mothers?|fathers?|care-?givers?|partners?|"
    r"spouses?|guardians?|siblings?|donors?|controls?|samples?|no)\b",
    re.IGNORECASE,
)
AN_AGE = re.compile(r"\d[\s-]*(?:years?|yrs?|y|months?|mo)\b", re.IGNORECASE)
NUMBER = re.compile(r"\d+(?:[.,]\d+)?")


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
    return (*problems, *ages_against_criteria(trial))


def ages_against_criteria(trial: Trial) -> tuple[Problem, ...]:
    """Where an age of the record plainly contradicts the only one that its inclusion criteria state.

    Several ages, ages under a heading, of a sub-item or with a condition are those of cohorts: nothing follows.
    """
    if trial.min_age_years is None and trial.max_age_years is None:
        return ()
    limits = [limit for limit in trial.thresholds if limit.variable == "age" and limit.kind == "inclusion"]
    lowers = [limit for limit in limits if limit.canonical_lower is not None]
    uppers = [limit for limit in limits if limit.canonical_upper is not None]
    if len(lowers) > 1 or len(uppers) > 1 or not all(is_everyones(trial, limit) for limit in limits):
        return ()
    lowest = lowers[0].canonical_lower if lowers else None
    highest = uppers[0].canonical_upper if uppers else None
    if lowest is not None and highest is not None and lowest >= highest:
        return ()  # two statements that are no range
    problems = []
    if lowest is not None and trial.min_age_years is not None:
        at_most = lowest if lowers[0].lower_inclusive else lowest + slack(lowest)
        if not lowest - ROUNDED <= trial.min_age_years <= at_most + ROUNDED:
            problems.append(Problem("min_age", trial.min_age, f"the criteria say: {lowers[0].text[:200]}"))
    if highest is not None and trial.max_age_years is not None:
        at_least = highest - slack(highest)
        if not at_least - ROUNDED <= trial.max_age_years <= highest + ROUNDED:
            problems.append(Problem("max_age", trial.max_age, f"the criteria say: {uppers[0].text[:200]}"))
    return tuple(problems)


def slack(bound: float) -> float:
    """How many years an age may stand from a bound and mean the same: "under 18", "5 to 18" and "17.9" are all written
    as 17 years too, "over 18" as 19."""
    return 1 if bound >= 1 else 1 / 12


def is_everyones(trial: Trial, limit: Threshold) -> bool:
    """Whether an age limit holds for every participant, as far as its words tell."""
    criterion = trial.criteria[limit.criterion]
    if limit.condition or criterion.level or criterion.heading:
        return False
    before, _, after = criterion.text.partition(limit.text)
    if OF_SOME.search(before) or AN_AGE.search(before) or AN_AGE.search(after):
        return False
    return len(NUMBER.findall(limit.text)) == (limit.lower is not None) + (limit.upper is not None)
