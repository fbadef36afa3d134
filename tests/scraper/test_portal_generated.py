"""Two hundred generated pages, of every shape: what they say is read, what is not the trial's is not."""

from __future__ import annotations

import json
import re

import pytest

from pipelines.read import as_golden
from scraper.items import Trial
from scraper.spiders.portal import Portal
from tests.scraper.portal_pages import FOREIGN, Made, page

MARKUP = re.compile(r"</?[a-z!][^>]*>|&(?:lt|gt|amp|#\d+);|javascript:|onerror|onload|\balert\(", re.IGNORECASE)


@pytest.mark.parametrize("number", range(200), ids=lambda number: f"page-{number:03}")
def test_a_generated_page(number: int) -> None:
    made = page(number)
    (raw,) = Portal.cut(made.body, url=made.url, content_type="text/html", at="2026-11-20T04:00:00Z")
    trial = Portal.read(raw)
    assert isinstance(trial, Trial), trial
    assert found(trial, made) == expected(made), made.shape
    everything = json.dumps(as_golden(trial), ensure_ascii=False)
    assert FOREIGN not in everything
    assert not MARKUP.search(everything)
    assert not re.search(r"555-0100|contact@example\.org|Investigator", everything)


def expected(made: Made) -> dict[str, object]:
    said = made.said
    optional = {
        "interventions": said.interventions, "status": said.status, "phase": said.phase, "sex": said.sex,
        "ages": said.ages,
    }  # fmt: skip
    return {
        "title": said.title,
        "conditions": said.conditions,
        "study_id": said.study_id,
        "sponsor": (said.sponsor,),
        "last_updated": said.last_updated,
        "inclusion": said.inclusion,
        "exclusion": said.exclusion,
        **{name: value if name in made.shown else None for name, value in optional.items()},
    }


def found(trial: Trial, made: Made) -> dict[str, object]:
    """What was read, in the generator's terms; a field that the page does not show must be empty."""
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


def test_the_pages_are_of_every_shape_and_do_hold_what_must_not_be_read() -> None:
    made = [page(number) for number in range(200)]
    assert len({one.shape for one in made}) == 9
    assert all(FOREIGN in one.body.decode() for one in made)
    assert sum(b"<script>" in one.body for one in made) > 50
    assert len({one.url.partition("/x/")[0] for one in made}) == 200
    assert {name for one in made for name in one.shown} >= {"interventions", "status", "phase", "sex", "ages"}
