"""The line end to end, on real files: archive, follow, store, changes, replay."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from pipelines import follow
from pipelines.archive import open_archive
from pipelines.folder import DataFolder, Locked
from pipelines.line import Line, replay
from pipelines.schema import NewerFile, open_trials
from scraper.items import Page, Position
from tests.made import content, gone, raw, rows, run, study


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path / "data")


def test_a_new_trial_stands_in_every_table_it_fills(folder: DataFolder) -> None:
    counts = run(folder, [study(1)])
    assert counts == {"seen": 1, "new": 1, "changed": 0, "unchanged": 0, "removed": 0, "rejected": 0, "problems": 0}
    assert rows(
        folder,
        "SELECT id, source, title, status, status_text, phase, enrollment, start_date, sex, min_age, min_age_years, "
        "conditions, interventions, lead_sponsor, lead_sponsor_class, n_locations, n_countries, study_id, has_results, "
        "removed_at FROM trials",
    ) == [
        ("NCT09000001", "ctgov", "Study 1 of a synthetic drug", "Recruiting", "RECRUITING", "Phase 2", 40, "2025-03",
         "All", "18 Years", 18.0, "Synthetic Fever", "Examplinib", "Example Hospital", "OTHER", 1, 1, "NCT09000001", 0,
         None)
    ]  # fmt: skip
    assert rows(folder, "SELECT kind, text FROM criteria ORDER BY position") == [
        ("inclusion", "Adults"), ("inclusion", "Fever"), ("exclusion", "Pregnancy"),
    ]  # fmt: skip
    assert rows(folder, "SELECT name FROM conditions") == [("Synthetic Fever",)]
    assert rows(folder, "SELECT type, name, other_names FROM interventions") == [("DRUG", "Examplinib", '["EX-1"]')]
    assert rows(folder, "SELECT kind, field, old, new FROM changes") == [("new", None, None, None)]


def test_running_again_changes_nothing(folder: DataFolder) -> None:
    run(folder, [study(1), study(2)])
    before = content(folder.trials)
    counts = run(folder, [study(1, version="2026-11-21"), study(2)])  # versionHolder moves daily and means nothing
    assert (counts["seen"], counts["unchanged"], counts["new"], counts["changed"]) == (2, 2, 0, 0)
    assert content(folder.trials) == before
    assert rows(folder, "SELECT count(*) FROM changes") == [(2,)]
    assert rows(folder.archive, "SELECT count(*) FROM records") == [(2,)]
    assert rows(folder.archive, "SELECT what, count(*) FROM sightings GROUP BY what") == [("body", 2), ("same", 2)]


def test_a_changed_record_is_told_field_by_field(folder: DataFolder) -> None:
    run(folder, [study(1)])
    counts = run(
        folder,
        [
            study(
                1,
                status="COMPLETED",
                conditions=["Synthetic Fever", "Made-up Cough"],
                criteria="Inclusion Criteria:\n\n* Adults\n* High fever\n\nExclusion Criteria:\n\n* Pregnancy",
                sites=[{"facility": "Site B", "city": "Bergen", "country": "Norway"}],
            )
        ],
    )
    assert counts["changed"] == 1
    assert rows(folder, "SELECT field, old, new FROM changes WHERE kind = 'changed' ORDER BY id") == [
        ("status", "Recruiting", "Completed"),
        ("status_text", "RECRUITING", "COMPLETED"),
        ("conditions", None, "Made-up Cough"),
        ("locations", "Site A | Oslo | Norway", None),
        ("locations", None, "Site B | Bergen | Norway"),
        ("criteria", "inclusion | Fever", "inclusion | High fever"),
    ]
    assert rows(folder, "SELECT text FROM criteria ORDER BY position") == [("Adults",), ("High fever",), ("Pregnancy",)]


def test_criteria_keep_their_rows_until_one_of_them_changes(folder: DataFolder) -> None:
    """With nested items, limits, and a second trial, whose criteria come to stand behind those of the first."""

    def criteria(years: int) -> str:
        return f"Inclusion Criteria:\n\n* Age at least {years} years, and\n  * able to walk\n* BMI 20 to 30 kg/m2"

    said = "SELECT id, trial_id, parent_id, text FROM criteria ORDER BY id"
    limits = "SELECT id, criterion_id, variable, canonical_lower FROM thresholds ORDER BY id"
    run(folder, [study(1, criteria=criteria(18)), study(2)])
    before, limits_before = rows(folder, said), rows(folder, limits)
    assert len(before) == 6
    assert any(parent for _, _, parent, _ in before)
    assert limits_before
    run(folder, [study(1, criteria=criteria(18), status="COMPLETED"), study(2)])
    assert rows(folder, "SELECT status FROM trials ORDER BY id") == [("Completed",), ("Recruiting",)]
    assert (rows(folder, said), rows(folder, limits)) == (before, limits_before)
    run(folder, [study(1, criteria=criteria(21), status="COMPLETED"), study(2)])
    after = rows(folder, said)
    assert [text for _, id, _, text in after if id == "NCT09000001"][0] == "Age at least 21 years"
    assert not {id for id, trial, *_ in after if trial == "NCT09000001"} & {id for id, *_ in before}
    assert (21.0,) in rows(folder, "SELECT canonical_lower FROM thresholds WHERE variable = 'age'")
    found = "SELECT count(*) FROM criteria_fts WHERE criteria_fts MATCH 'walk'"
    assert rows(folder, found) == [(1,)]
    file = sqlite3.connect(folder.trials)
    for name in ("criteria", "trial_texts", "trials"):
        file.execute(f"INSERT INTO {name}_fts ({name}_fts, rank) VALUES ('integrity-check', 1)")
    file.close()


def test_sites_keep_their_rows_until_one_of_them_changes(folder: DataFolder) -> None:
    oslo, bergen = ({"facility": "A", "city": city, "country": "Norway"} for city in ("Oslo", "Bergen"))
    said = "SELECT id, trial_id, position, city FROM locations ORDER BY trial_id, position"
    run(folder, [study(1, sites=[oslo, bergen]), study(2, sites=[oslo])])
    before = rows(folder, said)
    run(folder, [study(1, sites=[oslo, bergen], status="COMPLETED"), study(2, sites=[oslo], conditions=["Other"])])
    assert rows(folder, said) == before
    assert rows(folder, "SELECT name FROM conditions ORDER BY name") == [("Other",), ("Synthetic Fever",)]
    run(folder, [study(1, sites=[bergen, oslo]), study(2, sites=[])])
    after = rows(folder, said)
    assert [row[1:] for row in after] == [("NCT09000001", 0, "Bergen"), ("NCT09000001", 1, "Oslo")]
    assert rows(folder, "SELECT name FROM conditions ORDER BY name") == [("Synthetic Fever",)]


def test_a_body_that_changed_but_reads_equal_writes_no_change(folder: DataFolder) -> None:
    run(folder, [study(1)])
    reordered = {key: study(1)[key] for key in ("hasResults", "derivedSection", "protocolSection")}
    counts = run(folder, [reordered])
    assert (counts["changed"], counts["unchanged"]) == (0, 1)
    assert rows(folder, "SELECT count(*) FROM changes") == [(1,)]


def test_gone_returned_and_merged_are_tombstones_not_deletes(folder: DataFolder) -> None:
    run(folder, [study(1), study(2)])
    assert run(folder, gone(1, "2026-11-21T04:00:00Z"))["removed"] == 1
    assert rows(folder, "SELECT removed_at FROM trials ORDER BY id") == [("2026-11-21T04:00:00Z",), (None,)]
    assert rows(folder, "SELECT count(*) FROM criteria") == [(6,)]
    assert run(folder, gone(1))["removed"] == 0  # already gone
    assert run(folder, [study(1)])["changed"] == 1  # back, with the body it had
    assert rows(folder, "SELECT removed_at FROM trials ORDER BY id") == [(None,), (None,)]
    run(folder, gone(2, moved_to="NCT09000001"))
    assert rows(folder, "SELECT trial_id, kind, new FROM changes ORDER BY id")[2:] == [
        ("NCT09000001", "removed", None), ("NCT09000001", "returned", None), ("NCT09000002", "merged", "NCT09000001"),
    ]  # fmt: skip


def test_an_absence_of_a_trial_never_seen_is_no_change(folder: DataFolder) -> None:
    assert run(folder, gone(7))["removed"] == 0
    assert rows(folder, "SELECT count(*) FROM changes") == [(0,)]


def test_what_cannot_be_read_is_a_row_and_harms_nothing_beside_it(folder: DataFolder) -> None:
    page = Page(
        (
            raw(b'{"protocolSection": {}}', source_id="saved:1"),
            raw(study(1)),
            raw(b"<html>", source_id="saved:2"),
            raw(b"[1]", source_id="saved:3"),
        )
    )
    counts = run(folder, page)
    assert (counts["seen"], counts["new"], counts["rejected"]) == (4, 1, 3)
    reasons = [reason for (reason,) in rows(folder, "SELECT reason FROM rejects ORDER BY id")]
    assert reasons[0] == "no usable id: protocolSection.identificationModule.nctId is missing"
    assert reasons[1].startswith("not JSON")
    assert reasons[2] == "not a JSON object"


def test_problems_and_unknown_fields_are_rows(folder: DataFolder) -> None:
    odd = study(1, status="ENROLLING_ON_MARS")
    odd["protocolSection"]["designModule"]["colour"] = "green"
    odd["protocolSection"]["designModule"]["enrollmentInfo"]["count"] = "forty"
    run(folder, [odd, study(2)])
    assert rows(folder, "SELECT status, status_text, enrollment FROM trials WHERE id = 'NCT09000001'") == [
        (None, "ENROLLING_ON_MARS", None)
    ]
    assert rows(folder, "SELECT field, value FROM problems ORDER BY id") == [
        ("protocolSection.statusModule.overallStatus", "ENROLLING_ON_MARS"),
        ("protocolSection.designModule.enrollmentInfo.count", "forty"),
    ]
    assert rows(folder, "SELECT path, records, example FROM unknown_fields") == [
        ("protocolSection.designModule.colour", 1, "green")
    ]


def test_one_trial_twice_in_a_page_is_two_sightings_in_order(folder: DataFolder) -> None:
    counts = run(folder, [study(1), study(1, title="Second wording")])
    assert (counts["new"], counts["changed"]) == (1, 1)
    assert rows(folder, "SELECT title FROM trials") == [("Second wording",)]


def test_names_that_nobody_uses_any_more_go(folder: DataFolder) -> None:
    run(folder, [study(1, conditions=["Old Name", "Kept"], sponsor="Old Sponsor"), study(2, conditions=["Kept"])])
    run(folder, [study(1, conditions=["New Name", "Kept"], sponsor="New Sponsor")])
    assert rows(folder, "SELECT name FROM conditions ORDER BY name") == [("Kept",), ("New Name",)]
    assert rows(folder, "SELECT name FROM sponsors ORDER BY name") == [("Example Hospital",), ("New Sponsor",)]


def test_replay_gives_an_equal_database(folder: DataFolder) -> None:
    run(folder, [study(1), study(2), study(3)])
    run(folder, [study(1, title="Changed"), study(2)], gone(3))
    before = content(folder.trials)
    changes = rows(folder, "SELECT trial_id, kind, field, old, new FROM changes ORDER BY id")
    run_rows = rows(folder, "SELECT id, seen, new, changed, unchanged, removed, outcome FROM runs")
    with folder.locked():
        replay(folder)
    assert content(folder.trials) == before
    assert rows(folder, "SELECT trial_id, kind, field, old, new FROM changes ORDER BY id") == changes
    assert rows(folder, "SELECT id, seen, new, changed, unchanged, removed, outcome FROM runs") == run_rows


LIMITS = "Inclusion Criteria:\n\n* Fever\n* Age 18 to 75 years\n* {}\n\nExclusion Criteria:\n\n* {}"


def test_a_limit_refers_to_its_criterion_and_is_equal_after_replay(folder: DataFolder) -> None:
    first = study(1, criteria=LIMITS.format("Hemoglobin >= 100 g/L", "eGFR < 30 mL/min/1.73 m2"))
    run(folder, [first, study(2, criteria=LIMITS.format("Platelets > 100,000/mm3", "Pregnancy"))])
    run(folder, [study(1, criteria=LIMITS.format("Hemoglobin >= 9 g/dL for women", "Pregnancy"))])
    told = rows(
        folder,
        "SELECT l.trial_id, c.trial_id, c.position, c.text, l.kind, variable, lower, upper, unit, canonical_lower, "
        "canonical_unit, condition, l.text FROM thresholds l JOIN criteria c ON c.id = criterion_id ORDER BY 1, 3",
    )
    one, two = "NCT09000001", "NCT09000002"
    ages = ("Age 18 to 75 years", "inclusion", "age", 18.0, 75.0, "years", 18.0, "years", None, "Age 18 to 75 years")
    assert told == [
        (one, one, 1, *ages),
        (one, one, 2, "Hemoglobin >= 9 g/dL for women", "inclusion", "hemoglobin", 9.0, None, "g/dL", 9.0, "g/dL",
         "for women", "Hemoglobin >= 9 g/dL"),
        (two, two, 1, *ages),
        (two, two, 2, "Platelets > 100,000/mm3", "inclusion", "platelets", 100_000.0, None, "/mm3", 100.0, "10^9/L",
         None, "Platelets > 100,000/mm3"),
    ]  # fmt: skip
    assert rows(folder, "SELECT count(*), count(DISTINCT id) FROM thresholds") == [(4, 4)]
    before = content(folder.trials)
    with folder.locked():
        replay(folder)
    assert content(folder.trials) == before


def test_criteria_are_searched_as_they_now_stand(folder: DataFolder) -> None:
    def found(word: str) -> list[tuple[str]]:
        return rows(
            folder,
            "SELECT criteria.text FROM criteria_fts JOIN criteria ON criteria.id = criteria_fts.rowid "
            "WHERE criteria_fts MATCH ? AND kind = 'inclusion'",
            word,
        )

    run(folder, [study(1, criteria=LIMITS.format("Narwhal syndrome", "Narwhals")), study(2)])
    assert found("narwhals") == [("Narwhal syndrome",)]
    run(folder, [study(1, criteria=LIMITS.format("Quokka syndrome", "Narwhals"))])
    assert found("narwhals") == []
    assert found("quokka") == [("Quokka syndrome",)]


def test_a_fault_while_storing_loses_nothing(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page is in the archive before our code can fail on it; the next run reads it."""

    def fail(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    run(folder, [study(1)])
    with monkeypatch.context() as patch:
        patch.setattr(follow, "store", fail)
        with pytest.raises(sqlite3.OperationalError):
            run(folder, [study(2)])
    assert rows(folder, "SELECT id FROM trials") == [("NCT09000001",)]
    run(folder)
    assert rows(folder, "SELECT id FROM trials") == [("NCT09000001",), ("NCT09000002",)]
    assert rows(folder, "SELECT id, outcome FROM runs") == [(1, "finished"), (2, "interrupted"), (3, "finished")]
    assert rows(folder, "SELECT run_id FROM changes") == [(1,), (2,)]  # told of the run that fetched it


def test_positions_hold_until_the_crawl_has_finished(folder: DataFolder) -> None:
    with folder.locked():
        killed = Line(folder, command="crawl", source="ctgov")
        killed.take(Page((raw(study(1)),), Position("ctgov", "this crawl", "page 2")))
        killed.take(Page((raw(study(2)),), Position("ctgov", "this crawl", "page 3")))
        killed.close()
        again = Line(folder, command="crawl", source="ctgov")
        assert again.places("ctgov", "this crawl") == ("page 2", "page 3")
        assert again.places("ctgov", "another crawl") == ()
        again.take(Page((), Position("ctgov", "this crawl", "end")))
        again.end("finished")
        third = Line(folder, command="crawl", source="ctgov")
        assert third.places("ctgov", "this crawl") == ()
        third.close()


def test_bulk_and_delta_leave_the_same_search(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    run(folder, [study(1), study(2)])
    monkeypatch.setattr(follow, "BULK", 0)  # from here on search is made anew at the end
    run(folder, [study(1, title="Unicorn trial"), study(3)])
    found = "SELECT trials.id FROM trials_fts JOIN trials ON trials.rowid = trials_fts.rowid WHERE trials_fts MATCH ?"
    assert rows(folder, found, "unicorns") == [("NCT09000001",)]  # stemmed
    assert sorted(rows(folder, found, "synthetic drug")) == [("NCT09000002",), ("NCT09000003",)]
    db = open_trials(folder.trials)
    for table in ("trials", "trial_texts"):
        db.execute(f"INSERT INTO {table}_fts ({table}_fts, rank) VALUES ('integrity-check', 1)")


def test_search_that_a_kill_left_away_is_made_whole(folder: DataFolder) -> None:
    run(folder, [study(1)])
    db = open_trials(folder.trials)
    db.execute("DROP TABLE trials_fts")
    db.close()
    run(folder, [study(2, title="Phoenix")])
    found = rows(folder, "SELECT count(*) FROM trials_fts WHERE trials_fts MATCH 'phoenix'")
    assert found == [(1,)]


def test_only_one_run_writes(folder: DataFolder) -> None:
    with (
        folder.locked(),
        pytest.raises(Locked, match=r"another run \(process \d+\) holds"),
        DataFolder(folder.path).locked(),
    ):
        pass


@pytest.mark.parametrize("name", ["archive", "trials"])
def test_a_newer_file_is_refused_in_words(folder: DataFolder, name: str) -> None:
    run(folder, [study(1)])
    path = getattr(folder, name)
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(NewerFile, match="newer Trialdex"):
        (open_archive if name == "archive" else open_trials)(path)
