"""Listings against the register: field by field, then a whole replica portal against what it says of itself."""

from __future__ import annotations

import gzip
import re
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from pipelines.differences import COMPARED, KINDS, Criterion, Difference, Told, differences, staleness_days
from pipelines.folder import DataFolder
from pipelines.naming import named_in, same_organisation, same_title
from pipelines.read import read
from pipelines.reconcile import reconcile
from pipelines.schema import open_trials
from replica import World
from replica.contradictions import DIFFERENCES
from replica.listings import differing, listings
from scraper.items import Absence, Page, RawRecord, Trial
from tests.made import AT, gone, raw, rows, run, study
from tests.running import trialdex

STUDIES = 240  # and as many listings


# --- names ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Example Therapeutics, Inc.", "EXAMPLE THERAPEUTICS", True),
        ("Example & Sons Co., Ltd.", "Example and Sons", True),
        ("Exémple S.p.A.", "Exemple SpA", True),
        ("Example A/S", "Example AS", True),
        ("The Example Foundation", "Example Foundation", True),
        ("National Example Institute (NEI)", "National Example Institute", True),
        ("Example Hospital (North)", "Example Hospital (South)", False),
        ("University of Example", "University of Example, Second City", False),
        ("Example", "Example Pharma", False),
        ("Co", "Ltd", False),
        ("The", "Inc", False),
        ("Company", "COMPANY", True),
        ("例製薬株式会社", "例製薬", False),
    ],
)
def test_names_of_organisations(one: str, other: str, same: bool) -> None:
    assert same_organisation(one, other) is same
    assert same_organisation(other, one) is same


@pytest.mark.parametrize(
    ("said", "names", "found"),
    [
        ("Cystic Fibrosis, CF", ["CF", "Cystic fibrosis", "Asthma"], {"CF", "Cystic fibrosis"}),
        ("Type 2 Diabetes Mellitus", ["Diabetes Mellitus, Type 2"], {"Diabetes Mellitus, Type 2"}),
        ("Alzheimer's Disease", ["Alzheimer Disease"], {"Alzheimer Disease"}),
        ("Fever and Cough", ["fever", "cough"], {"fever", "cough"}),
        ("Severe Asthma", ["Asthma", "Severe asthma"], {"Severe asthma"}),
        ("Chronic, Wound, Chronic Wound", ["Chronic Wound", "Wound", "Chronic"], {"Chronic Wound", "Wound", "Chronic"}),
        (
            "Gout, Renal Cell Gout",
            ["Gout, Renal", "Gout", "Renal Cell Gout"],
            {"Gout, Renal", "Gout", "Renal Cell Gout"},
        ),
        ("Severe Asthma", ["Asthma"], None),
        ("Asthma, severe cough", ["Asthma"], None),
        ("Type 1 Diabetes", ["Type 2 Diabetes"], None),
        ("", ["Asthma"], set()),
    ],
)
def test_conditions_that_a_text_consists_of(said: str, names: list[str], found: set[str] | None) -> None:
    assert named_in(said, names) == found


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("A Study of X - in Adults.", "A study of X: in adults", True),
        ("A Study of X in Adu...", "A Study of X in Adu", True),
        ("A Study of X …", "A Study of X in Adults", True),
        ("A Study of X", "A Study of X in Adults", False),
        ("...", "A Study", False),
    ],
)
def test_titles(one: str, other: str, same: bool) -> None:
    assert same_title(one, other) is same


# --- one pair -------------------------------------------------------------------------------------------------------


def found(listing: dict[str, Any], register: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [tuple(one)[:4] for one in differences(Told(**listing), Told(**register))]


@pytest.mark.parametrize(
    ("field", "listing", "register", "told"),
    [
        ("status", "Recruiting", "Completed", True),
        ("status", "Recruiting", "Recruiting", False),
        ("status", None, "Completed", False),
        ("status", "Recruiting", None, False),
        ("status", "Recruiting", "Unknown status", False),
        ("status", "Unknown status", "Completed", False),
        ("status", "Recruiting", "Available", False),
        ("status", "Available", "No longer available", True),
        ("phase", "Phase 2", "Phase 2/Phase 3", True),
        ("phase", "Phase 2", None, False),
        ("phase", "Not applicable", "Phase 2", True),
        ("sex", "All", "Female", True),
        ("sex", None, "Female", False),
    ],
)
def test_a_word_of_a_vocabulary(field: str, listing: str | None, register: str | None, told: bool) -> None:
    expected = [(field, "differs", listing, register)] if told else []
    assert found({field: listing}, {field: register}) == expected


@pytest.mark.parametrize(
    ("here", "there", "told"),
    [(18.0, 21.0, True), (18.0, 18.0, False), (1 / 12, 30 / 365.25, False), (None, 18.0, False), (65.0, None, False)],
)
def test_ages_are_compared_in_years_and_told_as_written(here: float | None, there: float | None, told: bool) -> None:
    for field in ("min_age", "max_age"):
        said = found({field: "a", f"{field}_years": here}, {field: "b", f"{field}_years": there})
        assert said == ([(field, "differs", "a", "b")] if told else [])


def test_a_title_may_be_the_official_one_or_the_acronym() -> None:
    register = {"title": "Fever in Adults", "official_title": "A Trial of Fever", "acronym": "HOT"}
    for title in ("fever in adults", "A trial of fever", "HOT"):
        assert found({"title": title}, register) == []
    assert found({"title": "High Fever in Adults"}, register) == [
        ("title", "reworded", "High Fever in Adults", "Fever in Adults")
    ]
    assert found({"title": "Help wanted"}, register) == [("title", "differs", "Help wanted", "Fever in Adults")]
    assert found({"title": "Help wanted"}, {}) == []


def test_a_collaborator_that_a_listing_calls_sponsor_is_told_apart() -> None:
    register = {"lead_sponsor": "Example Hospital", "collaborators": ("Example Therapeutics Inc",)}
    said = found({"lead_sponsor": "Example Therapeutics"}, register)
    assert said == [("lead_sponsor", "collaborator", "Example Therapeutics", "Example Hospital")]
    assert found({"lead_sponsor": "Another"}, register)[0][1] == "differs"
    assert found({}, register) == []


def test_conditions_are_compared_one_by_one_in_any_spelling() -> None:
    register = {"conditions": ("Fever", "Cough"), "other_names": ("Pyrexia",)}
    assert found({"conditions": ("COUGH, fever",)}, register) == []
    assert found({"conditions": ("Pyrexia", "Cough", "Gout")}, register) == [
        ("conditions", "added", "Gout", None), ("conditions", "missing", None, "Fever"),
    ]  # fmt: skip
    assert found({}, register) == []
    assert found({"conditions": ("Gout",)}, {}) == []


def criteria(*texts: str, kind: str = "inclusion") -> dict[str, Any]:
    return {"criteria": tuple(Criterion(kind, text) for text in texts)}


def test_criteria_added_missing_and_reworded() -> None:
    said = found(
        criteria("Age ≥ 18 years", "Fever", "Own a telephone"), criteria("Age >= 21 years", "Fever.", "No gout")
    )
    assert said == [
        ("criteria", "reworded", "Age ≥ 18 years", "Age >= 21 years"),
        ("criteria", "missing", None, "No gout"),
        ("criteria", "added", "Own a telephone", None),
    ]
    assert found(criteria("Age ≥ 18 years"), criteria("age >= 18 YEARS;")) == []
    assert found({}, criteria("Fever")) == []


@pytest.mark.parametrize(
    ("listing", "register"),
    [
        ("T-score < 2.5", "T-score < -2.5"), ("HbA1c > 7", "HbA1c > 7%"), ("Age > 18", "Age >= 18"),
        ("5 to 10 mg", "5 to 1.0 mg"), ("Not pregnant", "Pregnant"),
        ("Fever and cough", "Fever or cough"),
    ],
)  # fmt: skip
def test_what_changes_a_limit_is_a_difference(listing: str, register: str) -> None:
    assert found(criteria(listing), criteria(register)) != []


def test_a_text_cut_at_other_places_is_the_same_text() -> None:
    one = criteria("Stable dose; no change for 4 weeks", "Fever")
    other = criteria("Stable dose", "no change for 4 weeks", "Fever")
    assert found(one, other) == []
    assert found(other, one) == []
    assert found(criteria("Fever; or"), criteria("Fever")) == []
    assert found(criteria("Fever", "cough"), criteria("Fever or cough")) == []
    assert found(criteria("Adults"), criteria("Adults over 65")) != []


def test_a_heading_that_a_listing_shows_as_a_line_is_no_criterion_of_its_own() -> None:
    under = {"criteria": (Criterion("inclusion", "Adults", "Age:"), Criterion("inclusion", "Stable", "Heart:"))}
    assert found(criteria("Age:", "Adults", "Heart: Stable"), under) == []
    assert found(under, criteria("Age:", "Adults", "Heart: Stable")) == []
    assert found(criteria("Liver:", "Adults", "Stable"), under) == [("criteria", "added", "Liver:", None)]


def test_inclusion_is_not_exclusion_unless_a_side_does_not_tell_them_apart() -> None:
    assert [one[1] for one in found(criteria("Gout"), criteria("Gout", kind="exclusion"))] == ["missing", "added"]
    assert found(criteria("Gout", kind="unspecified"), criteria("Gout", kind="exclusion")) == []


@pytest.mark.parametrize(
    ("listing", "register", "days"),
    [
        ("2022-03-21", "2022-03-31", 10), ("2022-03-31", "2022-03-21", 0), ("2022-03-21", "2022-03-21", 0),
        ("2022-02", "2022-03-21", 21), ("2022-03", "2022-03-21", 0), ("2022-03-21", "2022-04", 11),
        ("2021", "2022", 1), (None, "2022", None), ("2022", None, None), ("2022-13", "2022", None),
        ("soon", "2022", None),
    ],
)  # fmt: skip
def test_staleness_is_counted_from_what_is_certain(listing: str | None, register: str | None, days: int | None) -> None:
    assert staleness_days(listing, register) == days
    said = differences(Told(last_updated=listing), Told(last_updated=register))
    assert said == ([Difference("last_updated", "older", listing, register, days)] if days else [])


def test_every_kind_and_field_is_documented() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "reconciliation.md").read_text(encoding="utf-8")
    for name in (*KINDS, *COMPARED):
        assert f"`{name}`" in text, name


def told_by(study: bytes) -> Told | None:
    """What a register's record says, as far as it is compared."""
    trial, _ = read(raw(study, source_id=""))
    if not isinstance(trial, Trial):
        return None
    own = {name: getattr(trial, name) for name in Told._fields if hasattr(trial, name)}
    lead = next((one.name for one in trial.sponsors if one.role == "lead"), None)
    criteria = tuple(Criterion(one.kind, one.text, one.heading, one.boilerplate) for one in trial.criteria)
    return Told(**{**own, "lead_sponsor": lead, "criteria": criteria})


def test_no_real_record_differs_from_itself_however_it_is_spelled(records: Path) -> None:
    """As a portal spells it: upper case, conditions in one line, no legal form."""
    with gzip.open(records / "ctgov" / "studies.jsonl.gz") as lines:
        compared = 0
        for line in islice(lines, 0, None, 5):
            said = told_by(line)
            if said is None:
                continue
            compared += 1
            spelled = said._replace(
                title=(said.title or "").upper(),
                conditions=(", ".join(said.conditions),),
                lead_sponsor=re.sub(r",? (Inc\.?|Ltd\.?|LLC|GmbH)$", "", said.lead_sponsor or ""),
                criteria=tuple(one._replace(text=f" {one.text.upper()};") for one in said.criteria),
            )
            assert differences(said, said) == []
            assert differences(spelled, said) == []
    assert compared > 500


# --- the table ------------------------------------------------------------------------------------------------------


def listing(number: int, says: str, at: str = AT) -> RawRecord:
    """A listing of study `number`, with one more fact in its markup."""
    page = (
        f"<html><body><h1>Study {number} of a synthetic drug</h1><dl><dt>Condition</dt><dd>Synthetic Fever</dd>"
        f"<dt>Clinical Study Identifier</dt><dd>NCT09{number:06}</dd>{says}</dl></body></html>"
    )
    return RawRecord(
        source="portal", source_id=f"portal.example:{number}", body=page.encode(), content_type="text/html",
        url=f"https://portal.example/clinical-trials/listings/{number}/", fetched_at=at,
    )  # fmt: skip


def status(word: str) -> str:
    return f"<dt>Status</dt><dd>{word}</dd>"


def compared(folder: DataFolder) -> int:
    db = open_trials(folder.trials)
    try:
        return reconcile(db)
    finally:
        db.close()


def told(folder: DataFolder) -> list[tuple[Any, ...]]:
    return rows(folder, "SELECT listing_id, field, kind, portal_value, register_value FROM portal_differences")


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path)


def test_only_what_has_changed_is_compared_again(folder: DataFolder) -> None:
    run(folder, [study(1), study(2)], Page((listing(1, status("Completed")), listing(2, status("Recruiting")))))
    assert compared(folder) == 2
    assert told(folder) == [("portal.example:1", "status", "differs", "Completed", "Recruiting")]
    assert compared(folder) == 0
    run(folder, [study(2, status="COMPLETED")])
    assert compared(folder) == 1
    assert [row[0] for row in told(folder)] == ["portal.example:1", "portal.example:2"]
    run(folder, Page((listing(1, status("Recruiting")),)))
    assert compared(folder) == 1
    assert [row[0] for row in told(folder)] == ["portal.example:2"]


def test_what_is_gone_contradicts_nobody(folder: DataFolder) -> None:
    run(folder, [study(1), study(2)], Page((listing(1, status("Completed")), listing(2, status("Completed")))))
    compared(folder)
    run(folder, gone(1), Page(absences=(Absence("portal", "portal.example:2", AT),)))
    assert (compared(folder), told(folder)) == (0, [])
    run(folder, [study(1)])
    assert (compared(folder), len(told(folder))) == (1, 1)


def test_a_listing_that_names_another_study_now_is_compared_with_that(folder: DataFolder) -> None:
    run(folder, [study(1), study(2)], Page((listing(1, status("Completed")),)))
    compared(folder)
    was = listing(1, status("Completed"))
    run(folder, Page((replace(was, body=was.body.replace(b"NCT09000001", b"NCT09000002")),)))
    assert compared(folder) == 1
    assert {trial for (trial,) in rows(folder, "SELECT trial_id FROM portal_differences")} == {"NCT09000002"}


def test_a_listing_of_a_study_that_the_file_lacks_is_compared_once_it_comes(folder: DataFolder) -> None:
    run(folder, Page((listing(1, status("Completed")),)))
    assert compared(folder) == 0
    run(folder, [study(1)])
    assert (compared(folder), len(told(folder))) == (1, 1)


# --- a whole portal -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    data = tmp_path_factory.mktemp("demo")
    done = trialdex("--data", data, "demo", "--no-serve", "--studies", STUDIES, "--listings", STUDIES)
    assert done.returncode == 0, done.stderr
    return DataFolder(data / "demo")


def test_the_replica_portal_contradicts_the_register_in_exactly_what_it_says_itself(demo: DataFolder) -> None:
    world = World(0, STUDIES)
    truth: set[tuple[Any, ...]] = set()
    for one in listings(world, STUDIES):
        truth |= {(f"127.0.0.1:{one.number}", *difference) for difference in differing(world, one)}
    said = {row for row in told(demo) if row[1] != "last_updated"}
    assert said == truth
    assert {row[1] for row in truth} == {
        "status",
        "lead_sponsor",
        "conditions",
        "title",
        "phase",
        "min_age",
        "criteria",
    }
    assert len(said) > STUDIES / 3


def test_older_listings_are_told_by_how_many_days(demo: DataFolder) -> None:
    older = {
        f"127.0.0.1:{one.number}": 30 + one.index % 300
        for one in listings(World(0, STUDIES), STUDIES)
        if one.difference == "older"
    }
    assert dict(rows(demo, "SELECT listing_id, staleness_days FROM stale_listings")) == older
    assert len(older) == STUDIES // len(DIFFERENCES)


def test_the_view_shows_listings_that_contradict_and_no_other(demo: DataFolder) -> None:
    contradicting = {row[0] for row in told(demo) if row[2] == "differs" and row[1] != "title"}
    assert {id for (id,) in rows(demo, "SELECT listing_id FROM listings_that_disagree")} == contradicting
    assert {said for (said,) in rows(demo, "SELECT DISTINCT contradicted FROM listings_that_disagree")} == {
        "status", "lead_sponsor", "phase", "min_age",
    }  # fmt: skip


def test_a_rebuilt_file_says_the_same(demo: DataFolder) -> None:
    before = rows(demo, "SELECT * FROM portal_differences")
    done = trialdex("--data", demo.path, "replay")
    assert done.returncode == 0, done.stderr
    assert rows(demo, "SELECT * FROM portal_differences") == before
