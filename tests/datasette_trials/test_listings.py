"""What a page is told of a trial's listings."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from datasette_trials.listings import Difference, differences_of
from pipelines.folder import DataFolder
from pipelines.reconcile import reconcile
from pipelines.schema import open_trials
from scraper.items import Page, RawRecord
from tests.made import AT, run, study


def listing(number: int, *facts: tuple[str, str]) -> RawRecord:
    said = "".join(f"<dt>{label}</dt><dd>{value}</dd>" for label, value in facts)
    page = f"<html><body><h1>Study 1 of a synthetic drug</h1><dl><dt>Condition</dt><dd>Synthetic Fever</dd>{said}</dl>"
    return RawRecord(
        source="portal", source_id=f"portal.example:{number}", body=page.encode(), content_type="text/html",
        url=f"https://portal.example/clinical-trials/listings/{number}/", fetched_at=AT,
    )  # fmt: skip


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    folder = DataFolder(tmp_path)
    named = ("Clinical Study Identifier", "NCT09000001")
    old = listing(1, named, ("Status", "Completed"), ("Last Modified on", "1 November 2026"))
    run(folder, [study(1), study(2)], Page((old, listing(2, named), listing(3))))
    trials = open_trials(folder.trials)
    reconcile(trials)
    trials.close()
    with sqlite3.connect(f"file:{folder.trials}?mode=ro", uri=True) as connection:
        yield connection
    connection.close()


def test_a_trial_is_told_of_each_listing_and_what_it_says_otherwise(db: sqlite3.Connection) -> None:
    first, second = differences_of(db, "NCT09000001")
    assert (first.id, first.host, first.status) == ("portal.example:1", "portal.example", "Completed")
    assert first.differences == (
        Difference("last_updated", "older", "2026-11-01", "2026-11-19"),
        Difference("status", "differs", "Completed", "Recruiting"),
    )
    assert first.staleness_days == 18
    assert (second.id, second.differences, second.staleness_days) == ("portal.example:2", (), None)


def test_a_listing_is_told_of_its_record(db: sqlite3.Connection) -> None:
    (record,) = differences_of(db, "portal.example:1")
    assert (record.id, record.trial_id, record.listing_id) == ("NCT09000001", "NCT09000001", "portal.example:1")
    assert [one.field for one in record.differences] == ["last_updated", "status"]


@pytest.mark.parametrize("trial", ["NCT09000002", "portal.example:3", "NCT00000000"])
def test_what_stands_nowhere_else_has_nothing(db: sqlite3.Connection, trial: str) -> None:
    assert differences_of(db, trial) == []
