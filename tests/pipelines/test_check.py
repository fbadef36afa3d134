"""Invariants: a breach is a problem that names the field and the value."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.check import check
from scraper.criteria import split
from scraper.items import Location, Problem, Trial
from scraper.parsing import age_in_years
from scraper.thresholds import all_thresholds


def trial(**said: Any) -> Trial:
    given: dict[str, Any] = {
        "id": "NCT09000001",
        "source": "ctgov",
        "source_id": "NCT09000001",
        "url": "",
        "title": "A",
    }
    return Trial(**(given | said))


@pytest.mark.parametrize(
    ("said", "field", "reason"),
    [
        ({"id": "NCT9"}, "id", "not the form of a register number or listing id"),
        ({"title": None}, "title", "no title"),
        ({"start_date": "2025-03-02", "primary_completion_date": "2025-03-01"}, "start_date", "later than"),
        ({"start_date": "2025-04", "primary_completion_date": "2025-03-31"}, "start_date", "later than"),
        ({"primary_completion_date": "2026", "completion_date": "2025-12-31"}, "primary_completion_date", "later than"),
        ({"first_posted": "2026-01-02", "last_updated": "2026-01-01"}, "first_posted", "later than"),
        ({"start_date": "2099-01"}, "start_date", "year not between"),
        ({"completion_date": "1900-01"}, "completion_date", "year not between"),
        (
            {"min_age": "9 Years", "min_age_years": 9.0, "max_age": "8 Years", "max_age_years": 8.0},
            "min_age",
            "above max",
        ),
        ({"max_age": "999 Years", "max_age_years": 999.0}, "max_age", "above 130"),
        ({"enrollment": 99_999_999}, "enrollment", "not between"),
        ({"enrollment": -1}, "enrollment", "not between"),
        ({"locations": (Location("A", latitude=95.0, longitude=0.0),)}, "locations", "not a place on earth"),
    ],
)
def test_a_breach_is_a_problem(said: dict[str, Any], field: str, reason: str) -> None:
    (problem,) = check(trial(**said))
    assert problem.field == field
    assert reason in problem.reason


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"id": "portal.example:337486"},
        {"id": "ISRCTN12345678"},
        {"start_date": "2025-03", "primary_completion_date": "2025-03-01"},  # the same month is in order
        {"start_date": "2025", "primary_completion_date": "2025-01-01", "completion_date": "2025"},
        {"min_age": "18 Years", "min_age_years": 18.0, "max_age": "18 Years", "max_age_years": 18.0},
        {"enrollment": 0},
        {"locations": (Location("A", latitude=-90.0, longitude=180.0), Location("B"))},
    ],
)
def test_what_is_in_order_is_no_problem(said: dict[str, Any]) -> None:
    assert check(trial(**said)) == ()


def aged(youngest: str | None, oldest: str | None, text: str) -> tuple[Problem, ...]:
    """What is doubted in a trial of these ages whose inclusion criteria say `text`."""
    criteria = split(f"Inclusion Criteria:\n\n{text}\n\nExclusion Criteria:\n\n* Age < 40 years")
    said = {"min_age": youngest, "max_age": oldest}
    years = {f"{name}_years": age_in_years(age) for name, age in said.items() if age}
    return check(trial(**said, **years, criteria=criteria, thresholds=all_thresholds(criteria)))


@pytest.mark.parametrize(
    ("youngest", "oldest", "text", "doubted"),
    [
        ("21 Years", None, "* Age >= 18 years\n* Fever", [("min_age", "21 Years", "Age >= 18 years")]),
        ("18 Years", "75 Years", "* Adults aged 21 to 75 years", [("min_age", "18 Years", "aged 21 to 75 years")]),
        ("18 Years", "80 Years", "* Up to 75 years of age", [("max_age", "80 Years", "Up to 75 years of age")]),
        ("18 Years", "70 Years", "* Age >= 18 years\n* Age <= 75 years", [("max_age", "70 Years", "Age <= 75 years")]),
        ("17 Years", None, "* Age > 18 years", [("min_age", "17 Years", "Age > 18 years")]),
        (None, "12 Years", "* Infants under 12 months of age", [("max_age", "12 Years", "under 12 months of age")]),
        (
            "18 Weeks",
            "40 Weeks",
            "* Aged 18 to 40 years",
            [("min_age", "18 Weeks", "Aged 18 to 40 years"), ("max_age", "40 Weeks", "Aged 18 to 40 years")],
        ),
    ],
)
def test_an_age_that_the_criteria_contradict_is_a_problem(
    youngest: str | None, oldest: str | None, text: str, doubted: list[tuple[str, str, str]]
) -> None:
    assert aged(youngest, oldest, text) == tuple(
        Problem(field, value, f"the criteria say: {words}") for field, value, words in doubted
    )


@pytest.mark.parametrize(
    ("youngest", "oldest", "text"),
    [
        ("18 Years", None, "* Age >= 18 years"),
        ("18 Years", "75 Years", "* Age 18 to 75 years"),
        ("18 Years", "74 Years", "* Age under 75 years"),
        ("19 Years", None, "* Older than 18 years"),
        ("18 Years", None, "* Older than 18 years"),
        ("5 Years", "17 Years", "* Between 5 and 18 years of age"),
        ("6 Months", "1 Year", "* Aged 6 to 12 months"),
        ("21 Years", None, "* Fever"),
        (None, None, "* Age >= 18 years"),  # no age in the record contradicts nothing
        ("18 Years", None, "* Cohort A: age >= 21 years\n* Cohort B: age >= 18 years"),
        ("18 Years", None, "Cohort A:\n\n* Age >= 21 years"),
        ("18 Years", None, "* One of:\n  * Age >= 60 years\n  * Diabetes"),
        ("18 Years", None, "* A risk factor such as age > 55 years"),
        ("1 Month", None, "* Parents must be at least 18 years of age"),
        ("18 Years", None, "* For women, age >= 50 years"),
        ("18 Years", "80 Years", "* Age >= 21 years in one country, >= 18 years in the others"),
    ],
)
def test_ages_that_agree_or_are_those_of_some_are_no_problem(
    youngest: str | None, oldest: str | None, text: str
) -> None:
    assert aged(youngest, oldest, text) == ()
