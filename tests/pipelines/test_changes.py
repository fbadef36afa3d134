"""What differs between two readings."""

from __future__ import annotations

from dataclasses import replace

from pipelines.changes import Change, changes
from scraper.items import Criterion, Intervention, Location, Outcome, Problem, Sponsor, Threshold, Trial

BEFORE = Trial(
    id="NCT09000001", source="ctgov", source_id="NCT09000001", url="", title="A", enrollment=40, has_results=False,
    conditions=("Fever",), eligibility_text="x",
    locations=(Location("Site A", "Oslo", country="Norway", status="Recruiting"), Location("Site B", "Bergen")),
    interventions=(Intervention("DRUG", "Examplinib", ("EX-1",)),),
    criteria=(Criterion("inclusion", 0, None, None, "Adults"), Criterion("exclusion", 0, None, None, "Adults")),
    sponsors=(Sponsor("Example Hospital", "OTHER", "lead"),),
)  # fmt: skip


def test_equal_readings_have_no_changes() -> None:
    assert changes(BEFORE, replace(BEFORE)) == ()
    assert changes(BEFORE, replace(BEFORE, problems=(Problem("x", None, "y"),), url="z")) == ()


def test_single_values_are_told_as_text() -> None:
    after = replace(BEFORE, title=None, enrollment=41, has_results=True)
    assert set(changes(BEFORE, after)) == {
        Change("title", "A", None), Change("enrollment", "40", "41"), Change("has_results", "0", "1"),
    }  # fmt: skip


def test_an_item_that_kept_its_name_has_both_sides() -> None:
    after = replace(
        BEFORE,
        locations=(Location("Site A", "Oslo", country="Norway", status="Completed"), Location("Site B", "Bergen")),
        interventions=(Intervention("DRUG", "Examplinib", ("EX-1", "EX-2")),),
    )
    assert changes(BEFORE, after) == (
        Change("interventions", "DRUG | Examplinib | EX-1", "DRUG | Examplinib | EX-1, EX-2"),
        Change("locations", "Site A | Oslo | Norway | Recruiting", "Site A | Oslo | Norway | Completed"),
    )


def test_an_item_listed_twice_is_counted() -> None:
    twice = replace(BEFORE, outcomes=(Outcome("primary", "Death"), Outcome("primary", "Death")))
    once = replace(BEFORE, outcomes=(Outcome("primary", "Death"),))
    assert changes(twice, once) == (Change("outcomes", "primary | Death", None),)


def test_another_order_alone_is_said_to_be_one() -> None:
    after = replace(BEFORE, locations=BEFORE.locations[::-1])
    assert changes(BEFORE, after) == (Change("locations", "in another order", "in another order"),)


def test_a_criterion_is_its_kind_and_words() -> None:
    after = replace(
        BEFORE, eligibility_text="y",
        criteria=(Criterion("inclusion", 1, 0, "Part B", "Adults"), Criterion("inclusion", 0, None, None, "Fever")),
    )  # fmt: skip
    assert changes(BEFORE, after) == (
        Change("criteria", "exclusion | Adults", None), Change("criteria", None, "inclusion | Fever"),
    )  # fmt: skip


def test_a_reworded_criterion_has_both_sides() -> None:
    after = replace(
        BEFORE, eligibility_text="y",
        criteria=(
            Criterion("exclusion", 0, None, None, "Pregnancy"), Criterion("inclusion", 0, None, None, "Healthy adults"),
            Criterion("exclusion", 0, None, None, "Adults"),
        ),
    )  # fmt: skip
    assert changes(BEFORE, after) == (
        Change("criteria", "inclusion | Adults", "inclusion | Healthy adults"),
        Change("criteria", None, "exclusion | Pregnancy"),
    )


def test_criteria_that_only_moved_are_told_by_the_text() -> None:
    after = replace(BEFORE, eligibility_text="y", criteria=BEFORE.criteria[::-1])
    assert changes(BEFORE, after) == (Change("eligibility_text", "x", "y"),)


def test_limits_are_told_by_their_criteria() -> None:
    limit = Threshold(0, "inclusion", "age", 18, True, None, None, "years", 18, None, "years", None, "18 years or more")
    assert changes(BEFORE, replace(BEFORE, thresholds=(limit,))) == ()


def test_an_eligibility_text_that_splits_alike_is_told_whole() -> None:
    assert changes(BEFORE, replace(BEFORE, eligibility_text="x ")) == (Change("eligibility_text", "x", "x "),)
