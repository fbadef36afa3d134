"""Citations: every field in its place, and nothing from the data that ends a field or begins another."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasette_trials.citations import bibtex, key, publisher, ris

TRIAL: dict[str, Any] = {
    "id": "NCT09000001", "source": "ctgov", "title": "Quokka tablets & 5% {cream}",
    "lead_sponsor": "Example_Hospital #1",
    "url": "https://clinicaltrials.gov/study/NCT09000001", "first_posted": "2024-03-05",
    "last_updated": "2026-11-19",
    "first_seen": "2026-11-20T04:00:00Z", "last_changed": "2026-11-21T04:00:00Z", "conditions": "Fever; Gout",
}  # fmt: skip
BARE = dict.fromkeys(TRIAL) | {
    "id": "portal.example:/trials/a b",
    "source": "portal",
    "url": "https://portal.example/x",
}
TAG = re.compile(r"[A-Z][A-Z0-9]  - ")


def test_ris() -> None:
    assert ris(TRIAL).split("\r\n") == [
        "TY  - WEB", "ID  - NCT09000001", "TI  - Quokka tablets & 5% {cream}", "T2  - ClinicalTrials.gov",
        "AU  - Example_Hospital #1,", "PY  - 2024", "DA  - 2024/03/05", "ET  - updated 2026-11-19", "M1  - NCT09000001",
        "UR  - https://clinicaltrials.gov/study/NCT09000001", "Y2  - 2026/11/21", "KW  - Fever", "KW  - Gout",
        "N1  - Copied by Trialdex. Not medical advice: the register's own page may say something newer.",
        "ER  - ", "", "",
    ]  # fmt: skip


def test_bibtex() -> None:
    text = bibtex(TRIAL)
    assert text.startswith("@misc{NCT09000001,\n")
    assert r"  title = {{Quokka tablets \& 5\% \{cream\}}}," in text
    assert r"  author = {{Example\_Hospital \#1}}," in text
    assert "  howpublished = {ClinicalTrials.gov, NCT09000001}," in text
    assert "  url = {https://clinicaltrials.gov/study/NCT09000001}," in text
    assert "  urldate = {2026-11-21}," in text
    assert "  keywords = {Fever, Gout}," in text


def test_a_listing_that_says_nothing_is_cited_by_its_address() -> None:
    assert publisher(BARE) == "portal.example"
    assert "TI  - portal.example:/trials/a b" in ris(BARE)
    assert "AU" not in {line[:2] for line in ris(BARE).splitlines()}
    assert bibtex(BARE).startswith("@misc{portal-example-trials-a-b,\n")


@pytest.mark.parametrize(("id", "made"), [("NCT1", "NCT1"), ("a:b{c}", "a-b-c"), ("日本", "trial")])
def test_keys_are_letters_digits_and_hyphens(id: str, made: str) -> None:
    assert key(id) == made


@given(st.text(max_size=80))
def test_nothing_in_a_value_ends_a_field_or_begins_another(text: str) -> None:
    trial = TRIAL | {"title": f"x{text}", "lead_sponsor": f"x{text}", "conditions": f"x{text}"}
    lines = [line for line in re.split(r"\r\n|[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]", ris(trial)) if line]
    assert [line[:2] for line in lines if TAG.match(line)][-1] == "ER"
    assert all(TAG.match(line) for line in lines)
    depth, within = 0, re.sub(r"\\[{}]", "", bibtex(trial))
    for letter in within:
        depth += (letter == "{") - (letter == "}")
        assert depth >= 0
    assert depth == 0
    assert within.rstrip().endswith("}")
