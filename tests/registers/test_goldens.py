"""Every fixture reads as its golden says. A golden is written by `trialdex read` and approved by a person.

tests/registers/<source>/<case>.<ext> with <case>.golden.json beside it, and <case>.url where the case has an address.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipelines.read import as_golden, read
from scraper.items import RawRecord, Trial
from scraper.register import sources

HERE = Path(__file__).resolve().parent
CASES = sorted(
    path
    for path in HERE.glob("*/*.*")
    if path.suffix not in {".url", ".py"} and not path.name.endswith(".golden.json") and path.parent.name in sources()
)


def records(case: Path) -> list[RawRecord]:
    address = case.with_suffix(".url")
    url = address.read_text(encoding="utf-8").strip() if address.exists() else None
    content_type = {".json": "application/json", ".html": "text/html", ".txt": "text/plain"}[case.suffix]
    source = sources()[case.parent.name]
    return list(source.cut(case.read_bytes(), url=url, content_type=content_type, at="2026-11-20T04:00:00Z"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_a_fixture_reads_as_its_golden_says(case: Path) -> None:
    (record,) = records(case)
    golden = json.loads(case.with_name(f"{case.stem}.golden.json").read_text(encoding="utf-8"))
    assert json.loads(json.dumps(as_golden(read(record)[0]))) == golden


@pytest.mark.parametrize("source", sorted(sources()))
def test_every_source_has_a_fixture(source: str) -> None:
    assert any(case.parent.name == source for case in CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_the_steady_form_reads_the_same(case: Path) -> None:
    """What `steady` blanks must mean nothing: the steady body of a record reads as the body does."""
    (record,) = records(case)
    source = sources()[record.source]
    steady = source.steady(record.body)
    again = source.read(
        RawRecord(
            source=record.source, source_id=record.source_id, url=record.url, fetched_at=record.fetched_at,
            content_type=record.content_type, body=steady,
        )  # fmt: skip
    )
    assert again == source.read(record)
    assert source.steady(steady) == steady
    assert isinstance(again, Trial) or again.reason
