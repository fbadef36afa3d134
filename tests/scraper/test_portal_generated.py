"""Two hundred generated pages, of every shape: what they say is read, what is not the trial's is not."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from pipelines.read import as_golden
from scraper.items import Trial
from scraper.spiders.portal import Portal
from tests.scraper.portal_pages import FOREIGN, Made, page

MARKUP = re.compile(r"</?[a-z!][^>]*>|&(?:lt|gt|amp|#\d+);|javascript:|onerror|onload|\balert\(", re.IGNORECASE)


@pytest.mark.parametrize("number", range(200), ids=lambda number: f"page-{number:03}")
def test_a_generated_page(number: int) -> None:
    made, trial = page(number), read(number)
    assert {name: found(trial)[name] for name in expected(made)} == expected(made), made.shape
    for name, value in optional(made).items():
        assert found(trial)[name] in (value, None), made.shape
    everything = json.dumps(as_golden(replace(trial, problems=())), ensure_ascii=False)
    assert FOREIGN not in everything
    assert not MARKUP.search(everything)
    assert not re.search(r"555-0100|contact@example\.org|Investigator", everything)


def read(number: int) -> Trial:
    made = page(number)
    (raw,) = Portal.cut(made.body, url=made.url, content_type="text/html", at="2026-11-20T04:00:00Z")
    trial = Portal.read(raw)
    assert isinstance(trial, Trial), trial
    return trial


def expected(made: Made) -> dict[str, object]:
    """The required fields."""
    said = made.said
    return {
        "title": said.title,
        "conditions": said.conditions,
        "study_id": said.study_id,
        "sponsor": (said.sponsor,),
        "last_updated": said.last_updated,
        "inclusion": said.inclusion,
        "exclusion": said.exclusion,
    }


def optional(made: Made) -> dict[str, object]:
    """Other fields, None where the page does not show them. They may be missed: behind a box of similar trials a page
    that has told all that is required is not read further."""
    said = made.said
    values = (said.interventions, said.status, said.phase, said.sex, said.ages)
    return {
        name: value if name in made.shown else None
        for name, value in zip(("interventions", "status", "phase", "sex", "ages"), values, strict=True)
    }


def found(trial: Trial) -> dict[str, object]:
    """What was read, in the generator's terms."""
    return {
        "title": trial.title,
        "conditions": trial.conditions,
        "study_id": trial.study_id,
        "sponsor": tuple(sponsor.name for sponsor in trial.sponsors),
        "last_updated": trial.last_updated,
        "inclusion": tuple(one.text for one in trial.criteria if one.kind == "inclusion"),
        "exclusion": tuple(one.text for one in trial.criteria if one.kind == "exclusion"),
        "interventions": tuple(one.name for one in trial.interventions) or None,
        "status": trial.status,
        "phase": trial.phase,
        "sex": trial.sex,
        "ages": (trial.min_age, trial.max_age) if trial.min_age else None,
    }


def test_hardly_any_of_the_other_fields_is_missed() -> None:
    shown = read_right = 0
    for number in range(200):
        values, there = found(read(number)), page(number).shown
        shown += len(there & optional(page(number)).keys())
        read_right += sum(values[name] is not None for name in there & optional(page(number)).keys())
    assert read_right >= 0.99 * shown > 300


def test_the_pages_are_of_every_shape_and_do_hold_what_must_not_be_read() -> None:
    made = [page(number) for number in range(200)]
    assert len({one.shape for one in made}) == 9
    assert all(FOREIGN in one.body.decode() for one in made)
    assert sum(b"<script>" in one.body for one in made) > 50
    assert len({one.url.partition("/x/")[0] for one in made}) == 200
    assert {name for one in made for name in one.shown} >= {"interventions", "status", "phase", "sex", "ages"}
