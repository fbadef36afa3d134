"""Summaries say what counting says, in the published file alone."""

from __future__ import annotations

import sqlite3
from collections import Counter
from pathlib import Path

import pytest

from pipelines.folder import DataFolder
from pipelines.publish import publish
from pipelines.summaries import SUMMARIES, summarize
from tests.made import gone, rows, run, study

OSLO = {"facility": "A", "city": "Oslo", "country": "Norway", "geoPoint": {"lat": 59.91, "lon": 10.75}}
LIMA = {"facility": "B", "city": "Lima", "country": "Peru"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    """Five live trials, one gone: two in Oslo (one with two sites there), one in both cities, two nowhere."""
    data = DataFolder(tmp_path_factory.mktemp("summaries"))
    run(
        data,
        [
            study(1, sites=[OSLO, {**OSLO, "facility": "C"}]),
            study(2, sites=[OSLO, LIMA], status="COMPLETED", conditions=["Gout", "Synthetic Fever"]),
            study(3, sites=[], sponsor="Another Hospital"),
            study(4, sites=[], status="A_NEW_WORD"),
            study(5, sites=[OSLO]),
            study(6, sites=[LIMA], sponsor="A sponsor that is gone"),
        ],
        gone(6),
    )
    with data.locked():
        publish(data)
    return data


def told(folder: DataFolder, table: str) -> list[tuple[object, ...]]:
    return [row[1:] for row in rows(folder.published, f"SELECT * FROM {table} ORDER BY id")]


def test_a_trial_counts_once_in_a_country_and_removed_ones_not_at_all(folder: DataFolder) -> None:
    assert told(folder, "counts_by_country") == [("Norway", None, 3, 2, 4), ("Peru", None, 1, 0, 1)]


def test_places_have_coordinates_where_the_source_gave_them(folder: DataFolder) -> None:
    assert told(folder, "places") == [
        ("Oslo", None, "Norway", 59.91, 10.75, 4, 3, 2),
        ("Lima", None, "Peru", None, None, 1, 1, 0),
    ]


def test_a_site_lies_where_sql_finds_it_by_the_place(tmp_path: Path) -> None:
    """SQLite rounds 39.9075 up, Python down; pages join sites with their place in SQL."""
    between = {"facility": "A", "city": "Beijing", "country": "China", "geoPoint": {"lat": 39.9075, "lon": 116.39723}}
    run(folder := DataFolder(tmp_path), [study(1, sites=[between])])
    with folder.locked():
        publish(folder)
    joined = """SELECT places.city, open_here FROM locations
                JOIN places ON places.latitude = round(locations.latitude, 3)
                  AND places.longitude = round(locations.longitude, 3)
                JOIN trial_places ON place_id = places.id"""
    assert rows(folder.published, joined) == [("Beijing", 1)]


def test_an_unknown_status_is_counted_as_unknown(folder: DataFolder) -> None:
    assert Counter({row[1]: row[4] for row in told(folder, "counts_by_status")}) == {
        "Recruiting": 3, "Completed": 1, None: 1,
    }  # fmt: skip


def test_sponsors_conditions_and_starts(folder: DataFolder) -> None:
    assert [row[1:] for row in told(folder, "counts_by_sponsor")] == [
        ("Example Hospital", "OTHER", "lead", 4, 2, 0),
        ("Another Hospital", "OTHER", "lead", 1, 1, 0),
    ]
    assert [row[1:] for row in told(folder, "counts_by_condition")] == [("Synthetic Fever", 5, 3), ("Gout", 1, 0)]
    assert told(folder, "starts_by_year_phase") == [(2025, "Phase 2", "Interventional", 5, 200)]


@pytest.mark.parametrize("view", ["sponsor_counts", "condition_counts"])
def test_a_view_says_the_same_whether_it_counts_or_reads(folder: DataFolder, view: str) -> None:
    counted, read = (rows(file, f"SELECT * FROM {view}") for file in (folder.trials, folder.published))
    assert counted
    assert counted == read


def test_waiting_times_are_quartiles() -> None:
    db = sqlite3.connect(":memory:")
    db.execute("CREATE TABLE trials (first_posted, days_to_first_post, removed_at, results_first_posted, "
               "primary_completion_date)")  # fmt: skip
    days = [3, 1, 4, 1, 5, 9, 2, 6]
    db.executemany("INSERT INTO trials VALUES ('2024-05-01', ?, NULL, NULL, NULL)", [(n,) for n in days])
    db.execute("INSERT INTO trials VALUES ('2024-05-01', 99, '2025-01-01', NULL, NULL)")
    db.execute("INSERT INTO trials VALUES (NULL, NULL, NULL, '2024-02-01', '2024-01')")
    found = db.execute(SUMMARIES["posting_times"].sql).fetchall()
    db.close()
    assert found == [(None, "record", 2024, 8, 1, 3, 5), (None, "results", 2024, 1, 31, 31, 31)]


def test_made_twice_they_say_the_same_and_trials_db_has_none(folder: DataFolder) -> None:
    before = {name: told(folder, name) for name in SUMMARIES}
    db = sqlite3.connect(folder.published)
    summarize(db)
    db.commit()
    db.close()
    assert {name: told(folder, name) for name in SUMMARIES} == before
    assert not {name for (name,) in rows(folder, "SELECT name FROM sqlite_master")} & SUMMARIES.keys()
