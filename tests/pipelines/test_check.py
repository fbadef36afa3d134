"""Invariants: a breach is a problem that names the field and the value."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.check import check
from scraper.items import Location, Trial


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
