"""The tables are the contract of the design, described to the last column; the published copy is checked."""

from __future__ import annotations

import sqlite3
from dataclasses import fields
from pathlib import Path

import pytest

from pipelines.folder import DataFolder
from pipelines.publish import NotPublished, faults_of, publish
from pipelines.schema import TABLES, VIEWS, open_trials
from scraper.items import Trial
from tests.made import rows, run, study

CONTRACT = {  # the names that tools outside the project rely on (design, section 4)
    "trials": "id source source_id url title official_title acronym status status_text why_stopped phase study_type "
    "allocation intervention_model masking primary_purpose enrollment enrollment_type start_date "
    "primary_completion_date completion_date first_posted last_updated results_first_posted has_results sex min_age "
    "max_age min_age_years max_age_years healthy_volunteers lead_sponsor lead_sponsor_class conditions interventions "
    "n_locations n_countries study_id first_seen last_changed removed_at",
    "trial_texts": "trial_id brief_summary detailed_description eligibility_text",
    "conditions": "id name",
    "trial_conditions": "trial_id condition_id position",
    "sponsors": "id name class",
    "trial_sponsors": "trial_id sponsor_id role",
    "interventions": "trial_id position type name other_names description",
    "arms": "trial_id position label type description",
    "outcomes": "trial_id position kind measure time_frame description",
    "keywords": "trial_id position name",
    "identifiers": "trial_id position type value",
    "mesh_terms": "trial_id position kind term mesh_id is_ancestor",
    "citations": "trial_id position pmid type citation",
    "documents": "trial_id position type label date url",
    "officials": "trial_id position name role affiliation",
    "locations": "id trial_id position facility city state zip country status latitude longitude",
    "criteria": "id trial_id kind position level parent_id heading text boilerplate",
    "thresholds": "id criterion_id trial_id kind variable lower lower_inclusive upper upper_inclusive unit "
    "canonical_lower canonical_upper canonical_unit condition text",
    "similar_trials": "trial_id rank similar_id score",
    "links": "trial_id other_id method evidence",
    "changes": "id trial_id run_id seen_at kind field old new",
    "field_sources": "trial_id field method label",
    "portal_differences": "trial_id field portal_value register_value kind",
    "runs": "id",
    "field_fill": "run_id field",
    "problems": "run_id trial_id field value reason",
    "unknown_fields": "run_id path example",
    "rejects": "run_id reason",
}


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path / "data")


def columns(path: Path, table: str) -> list[str]:
    return [name for _, name, *_ in rows(path, f"PRAGMA table_info({table})")]


def test_every_table_and_column_of_the_contract_exists(folder: DataFolder) -> None:
    run(folder)
    for table, names in CONTRACT.items():
        assert set(names.split()) <= set(columns(folder.trials, table)), table
    assert set(CONTRACT) <= set(TABLES)
    for view in ("condition_counts", "sponsor_counts"):
        assert rows(folder, f"SELECT * FROM {view}") == []
        assert view in VIEWS


def test_what_is_described_is_what_there_is(folder: DataFolder) -> None:
    run(folder)
    for name, table in TABLES.items():
        assert columns(folder.trials, name) == list(table.columns)
        assert all(column.description for column in table.columns.values())


def test_every_field_of_a_trial_is_kept_somewhere() -> None:
    kept = {*TABLES["trials"].columns, *TABLES["trial_texts"].columns, *TABLES["trial_details"].columns, *TABLES}
    assert {field.name for field in fields(Trial)} <= kept


def test_views_count_live_trials(folder: DataFolder) -> None:
    run(folder, [study(1), study(2, status="COMPLETED"), study(3, conditions=["Other"])])
    assert rows(folder, "SELECT condition, trials, recruiting FROM condition_counts") == [
        ("Synthetic Fever", 2, 1), ("Other", 1, 1),
    ]  # fmt: skip
    assert rows(folder, "SELECT sponsor, class, role, trials FROM sponsor_counts") == [
        ("Example Hospital", "OTHER", "lead", 3)
    ]


def test_foreign_keys_hold_and_are_declared(folder: DataFolder) -> None:
    run(folder, [study(1)])
    run(folder, [study(1, conditions=["Changed"])])
    db = sqlite3.connect(folder.trials)
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    for name, table in TABLES.items():
        declared = {(row[3], row[2]) for row in db.execute(f"PRAGMA foreign_key_list({name})")}
        assert declared == {(column, other) for column, other, _ in table.refers}, name


def test_datasette_finds_the_search_tables(folder: DataFolder) -> None:
    """It looks for `content="trials"` in the words of the virtual table."""
    run(folder, [study(1)])
    for table in ("trials", "trial_texts", "criteria"):
        ((sql,),) = rows(folder, "SELECT sql FROM sqlite_master WHERE name = ?", f"{table}_fts")
        assert f'content="{table}"' in sql


def test_publishing_copies_without_bookkeeping_and_keeps_search(folder: DataFolder) -> None:
    run(folder, [study(1), study(2, title="Unicorn")])
    with folder.locked():
        assert publish(folder) == folder.published
    names = {name for (name,) in rows(folder.published, "SELECT name FROM sqlite_master")}
    assert not {name for name in names if name.startswith("_")}
    assert set(TABLES) <= names
    assert rows(folder.published, "SELECT count(*) FROM trials_fts WHERE trials_fts MATCH 'unicorns'") == [(1,)]
    assert rows(folder.published, "PRAGMA journal_mode") == [("delete",)]
    assert not list(folder.published.parent.glob("*.new*"))


def test_a_copy_that_fails_a_check_leaves_the_published_file(folder: DataFolder) -> None:
    run(folder, [study(1)])
    with folder.locked():
        publish(folder)
        before = folder.published.read_bytes()
        db = open_trials(folder.trials)
        db.execute("DELETE FROM trials")  # takes the search index along, but leaves criteria without their trial
        db.close()
        with pytest.raises(NotPublished, match="refers to a row of trials that is not there"):
            publish(folder)
    assert folder.published.read_bytes() == before


def test_a_search_index_that_lies_is_found(folder: DataFolder) -> None:
    run(folder, [study(1)])
    db = sqlite3.connect(folder.trials)
    db.execute("UPDATE trials SET title = 'Something else'")
    db.commit()
    db.close()
    assert any("full-text search over trials" in fault for fault in faults_of(folder.trials))


def test_nothing_live_is_not_published(folder: DataFolder) -> None:
    run(folder)
    with folder.locked(), pytest.raises(NotPublished, match="no live trial"):
        publish(folder)
