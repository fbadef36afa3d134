"""Full-text search: made anew beside, kept night by night, and whole after a kill or an older version."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from pipelines import follow
from pipelines.folder import DataFolder
from pipelines.full_text import INDEXES, SEARCH, ensure_search, search_made_beside
from pipelines.gate import faults_of
from pipelines.publish import publish
from tests.made import gone, rows, run, study


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path / "data")


def check(path: Path) -> None:
    """Every index says what its texts say, by FTS5's own comparison."""
    with closing(sqlite3.connect(path)) as db:
        for index in INDEXES:
            db.execute(f"INSERT INTO {index.name} ({index.name}, rank) VALUES ('integrity-check', 1)")
            db.rollback()


def words(path: Path, index: str = SEARCH.name) -> list[tuple[Any, ...]]:
    """Every word of an index with the column and the trial it is in, read from the index itself."""
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"CREATE VIRTUAL TABLE temp.words USING fts5vocab (main, {index}, instance)")
        return db.execute("SELECT term, doc, col FROM words ORDER BY term, doc, col").fetchall()


def matching(path: Path, match: str) -> list[str]:
    found = "SELECT id FROM trials WHERE rowid IN (SELECT rowid FROM search_fts WHERE search_fts MATCH ?) ORDER BY id"
    return [id for (id,) in rows(path, found, match)]


def test_a_trial_is_found_by_all_that_names_it(folder: DataFolder) -> None:
    sites = [{"facility": "Klinikk", "city": "Tromsø"}]
    run(folder, [study(1, conditions=["One; Two", "Three"], sites=sites), study(2)])
    check(folder.trials)
    for match in ("number : NCT09000001", 'condition : "one"', "place : tromso", "facility : klinikk"):
        assert matching(folder.trials, match) == ["NCT09000001"], match
    assert not matching(folder.trials, 'condition : "two three"'), "no phrase over two conditions"
    assert matching(folder.trials, 'sponsor : "example hospital"') == ["NCT09000001", "NCT09000002"]
    with folder.locked():
        publish(folder)
    assert words(folder.published) == words(folder.trials)


def test_search_follows_what_changes(folder: DataFolder) -> None:
    run(folder, [study(1), study(2)])
    sites = [{"facility": "Klinikk", "city": "Bergen"}]
    run(folder, [study(1, sites=sites, sponsor="Another Sponsor"), study(3)], gone(2))
    check(folder.trials)
    assert matching(folder.trials, "place : oslo") == ["NCT09000002", "NCT09000003"]
    assert matching(folder.trials, "sponsor : another") == ["NCT09000001"]
    run(folder, [study(1)])
    check(folder.trials)
    assert not matching(folder.trials, "place : bergen OR sponsor : another")


def test_what_does_not_name_a_trial_writes_nothing_to_search(folder: DataFolder) -> None:
    run(folder, [study(1), study(2)])
    blocks = "SELECT count(*), sum(length(block)) FROM search_fts_data"
    before = rows(folder, blocks)
    run(folder, [study(1, status="COMPLETED"), study(2, version="2026-12-01")])
    assert rows(folder, "SELECT count(*) FROM changes WHERE kind = 'changed'") == [(2,)]
    assert rows(folder, blocks) == before
    check(folder.trials)


SAID = st.fixed_dictionaries(
    {},
    optional={
        "title": st.sampled_from(["", "Gießen study", "A trial of words words words"]),
        "conditions": st.lists(st.sampled_from(["Gout", "Acute Gout", "Fever; chronic"]), max_size=2, unique=True),
        "sponsor": st.sampled_from(["Example Hospital", "Łódź Institute"]),
        "sites": st.lists(
            st.fixed_dictionaries(
                {"city": st.sampled_from(["Oslo", "Tromsø", "Łódź"])},
                optional={"facility": st.sampled_from(["A", "Ærø"])},
            ),
            max_size=3,
        ),
    },
)
NIGHT = st.dictionaries(st.integers(1, 4), SAID, max_size=4)


@settings(max_examples=25, deadline=None)
@given(nights=st.lists(NIGHT, min_size=1, max_size=5))
def test_kept_night_by_night_it_is_what_is_made_anew(
    nights: list[dict[int, dict[str, Any]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = DataFolder(tmp_path_factory.mktemp("kept"))
    for night in nights:
        run(folder, [study(number, **said) for number, said in night.items()])
    check(folder.trials)
    kept = {index.name: words(folder.trials, index.name) for index in INDEXES}
    with closing(sqlite3.connect(folder.trials)) as db:
        for index in INDEXES:
            db.execute(f"DROP TABLE {index.name}")
    ensure_search(folder.trials)
    check(folder.trials)
    assert {index.name: words(folder.trials, index.name) for index in INDEXES} == kept


def test_an_index_is_made_while_others_write_and_is_there_at_the_end(folder: DataFolder) -> None:
    run(folder, [study(number) for number in range(1, 40)])
    before = words(folder.trials)
    with closing(sqlite3.connect(folder.trials)) as db:
        for index in INDEXES:
            db.execute(f"DROP TABLE {index.name}")
        with search_made_beside(folder.trials):
            db.execute("CREATE INDEX meanwhile ON trials (title)")
        assert db.execute("SELECT count(*) FROM trials_fts WHERE trials_fts MATCH 'synthetic'").fetchone() == (39,)
    assert words(folder.trials) == before
    check(folder.trials)
    assert not list(folder.path.glob("trials.db-*_fts*")), "no scratch file stays"


def test_a_file_of_an_older_trialdex_gets_the_indexes_of_this_one(folder: DataFolder) -> None:
    """Those were made by sqlite-utils and had no index of all that names a trial."""
    run(folder, [study(1)])
    with closing(sqlite3.connect(folder.trials)) as db:
        for index in INDEXES:
            db.execute(f"DROP TABLE {index.name}")
        db.execute("DROP VIEW search_texts")
        older = Database(db)
        for index in INDEXES:
            if index is not SEARCH:
                older.table(index.over).enable_fts(index.columns, create_triggers=True)
    with folder.locked():
        publish(folder)  # before any run has mended it
    check(folder.published)
    assert matching(folder.published, "examplinib") == ["NCT09000001"]
    run(folder, [study(2)])
    check(folder.trials)
    assert matching(folder.trials, "examplinib") == ["NCT09000001", "NCT09000002"]


def test_a_load_that_was_killed_while_search_was_made_leaves_nothing_half_made(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(folder, [study(1)])
    monkeypatch.setattr(follow, "BULK", 0)
    stray = folder.trials.with_name("trials.db-search_fts")
    stray.write_bytes(b"what a killed run had begun")
    monkeypatch.setattr("pipelines.full_text._take_over", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        run(folder, [study(2)])
    monkeypatch.undo()
    run(folder, [study(3)])
    check(folder.trials)
    assert len(matching(folder.trials, "examplinib")) == 3
    assert not stray.exists()
    stray.write_bytes(b"what a run left that was killed after taking it over")
    run(folder, [study(4)])
    assert not stray.exists()


def test_the_gate_finds_a_damaged_index_of_the_search_page(folder: DataFolder) -> None:
    run(folder, [study(1)])
    with closing(sqlite3.connect(folder.trials)) as db:
        db.execute("UPDATE search_fts_data SET block = zeroblob(length(block)) WHERE id > 10")
        db.commit()
    assert any("search_texts" in fault for fault in faults_of(folder.trials))


def test_a_few_changes_in_many_trials_keep_search_and_many_make_it_anew(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    dropped: list[int] = []
    monkeypatch.setattr(follow, "drop_search", lambda _: dropped.append(1))
    monkeypatch.setattr(follow, "BULK", 10)
    run(folder, [study(number) for number in range(1, 301)])
    assert dropped, "a first fill"
    dropped.clear()
    run(folder, [study(number, status="COMPLETED") for number in range(1, 13)])
    assert not dropped, "12 of 300 are more than ten, but few"
    run(folder, [study(number, status="WITHDRAWN") for number in range(1, 101)])
    assert dropped
