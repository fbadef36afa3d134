"""Each rule of the gate, measured on a file that breaks it and on one that just keeps it."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import fields
from pathlib import Path

import pytest

from pipelines.folder import DataFolder
from pipelines.gate import Limits, Refusal, gate
from pipelines.publish import publish
from tests.made import run, study

TRIALS = 400  # two per cent are 8, five are 20: above the five that always pass
Making = Callable[..., Path]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published file of 400 trials; every tenth has a problem, and one run read them all."""
    folder = DataFolder(tmp_path_factory.mktemp("gate") / "data")
    run(folder, [study(n, status="A_NEW_WORD" if n % 10 == 0 else "RECRUITING") for n in range(TRIALS)])
    with folder.locked():
        publish(folder)
    return folder.published


@pytest.fixture
def after(published: Path, tmp_path: Path) -> Making:
    """Makes the next file: a copy of the published one after some SQL, with a night's run where counts are given."""

    def made(*statements: str, **counts: int) -> Path:
        new = tmp_path / "new.db"
        shutil.copy(published, new)
        with closing(sqlite3.connect(new)) as db:
            if counts:
                counted = {"seen": 0, "new": 0, "changed": 0, "rejected": 0, "problems": 0} | counts
                db.execute(f"INSERT INTO runs (source, {', '.join(counted)}) VALUES ('ctgov', ?, ?, ?, ?, ?)",
                           list(counted.values()))  # fmt: skip
                db.execute(doubts(counted["problems"]))
            for statement in statements:
                db.execute(statement)
            db.commit()
        return new

    return made


SEARCHABLE = "INSERT INTO trials_fts (trials_fts) VALUES ('rebuild')"  # what the line does for trials that it stores


def doubts(n: int) -> str:
    """SQL: so many problems stand that the last run found."""
    return (
        "INSERT INTO problems (run_id, trial_id, field, value, reason) SELECT (SELECT max(id) FROM runs), trials.id, "
        f"'status_text', 'A_NEW_WORD', 'unknown word' FROM trials, json_each('[1, 2, 3]') LIMIT {n}"
    )


def rules(refusals: list[Refusal]) -> set[str]:
    return {refusal.rule for refusal in refusals}


def first(n: int) -> str:
    return f"id IN (SELECT id FROM trials ORDER BY id LIMIT {n})"


def test_the_same_again_passes(after: Making, published: Path) -> None:
    assert gate(after(seen=TRIALS), published) == []


@pytest.mark.parametrize(("gone", "refused"), [(8, set()), (9, {"removals", "live trials"})])
def test_removals(after: Making, published: Path, gone: int, refused: set[str]) -> None:
    new = after(f"UPDATE trials SET removed_at = '2026-11-21T00:00:00Z' WHERE {first(gone)}")
    found = gate(new, published)
    assert rules(found) == refused
    if refused:
        told = next(refusal for refusal in found if refusal.rule == "removals")
        assert (told.measured, told.allowed) == (9, 8)
        assert told.words == "9 of 400 published trials are removed or merged; at most 8 would pass"


def test_removals_count_though_new_trials_fill_the_gap(after: Making, published: Path) -> None:
    """Twenty ids gone and twenty new ones: as many live trials as before."""
    new = after(
        f"UPDATE trials SET removed_at = '2026-11-21T00:00:00Z' WHERE {first(20)}",
        f"INSERT INTO trials (id, source, source_id, title, url, status, start_date) "
        f"SELECT 'X' || id, source, 'X' || id, title, url, status, start_date FROM trials WHERE {first(20)}",
    )
    assert "removals" in rules(gate(new, published))
    assert "live trials" not in rules(gate(new, published))


@pytest.mark.parametrize(("few", "refused"), [(5, False), (6, True)])
def test_up_to_five_always_pass(tmp_path: Path, few: int, refused: bool) -> None:
    folder = DataFolder(tmp_path / "data")
    run(folder, [study(n) for n in range(10)])
    with folder.locked():
        publish(folder)
    new = tmp_path / "new.db"
    shutil.copy(folder.published, new)
    with closing(sqlite3.connect(new)) as db:
        db.execute(f"UPDATE trials SET removed_at = '2026-11-21T00:00:00Z' WHERE {first(few)}")
        db.commit()
    assert ("removals" in rules(gate(new, folder.published))) is refused


def test_trials_that_are_simply_missing(after: Making, published: Path) -> None:
    new = after(f"UPDATE trials SET id = 'gone', source_id = 'gone' WHERE {first(1)}")
    assert "removals" not in rules(gate(new, published, Limits(removed=0.01)))
    assert "removals" in rules(gate(new, published, Limits(removed=0, few=0)))


def test_a_source_that_vanished(after: Making, published: Path, tmp_path: Path) -> None:
    """Six listings of 406 trials are within two per cent, but they were all that the source had."""
    six = f"UPDATE trials SET source = 'portal' WHERE {first(6)}"
    before = shutil.copy(after(six), tmp_path / "before.db")
    new = after(six, "UPDATE trials SET removed_at = '2026-11-21T00:00:00Z' WHERE source = 'portal'")
    (refusal,) = gate(new, before)
    assert refusal.words == "portal: no live trial, 6 in the published file"


@pytest.mark.parametrize(("rejected", "refused"), [(10, set()), (11, {"rejects"})])
def test_rejects_of_the_runs_since(after: Making, published: Path, rejected: int, refused: set[str]) -> None:
    assert rules(gate(after(seen=1000, rejected=rejected), published)) == refused


def test_rejects_of_a_published_run_count_once(after: Making, published: Path, tmp_path: Path) -> None:
    """What the published file already tells is not held against the next one; what the run counted later is."""
    before = shutil.copy(after(seen=100, rejected=90), tmp_path / "before.db")
    assert gate(after(seen=100, rejected=90), before) == []
    assert gate(after(seen=2100, rejected=100), before) == []
    assert rules(gate(after(seen=2100, rejected=112), before)) == {"rejects"}


@pytest.mark.parametrize(("problems", "refused"), [(20, set()), (21, {"problems"})])
def test_problems_a_record(after: Making, published: Path, problems: int, refused: set[str]) -> None:
    """One record in ten had a problem: twice that passes, of a hundred records."""
    assert rules(gate(after(seen=100, problems=problems), published)) == refused


def test_problems_are_not_judged_by_a_last_run_that_read_little(after: Making, published: Path, tmp_path: Path) -> None:
    before = shutil.copy(after(seen=3), tmp_path / "before.db")
    assert gate(after("INSERT INTO runs (source, seen, new, changed, rejected, problems) "
                      "VALUES ('ctgov', 100, 0, 0, 0, 20)", doubts(20), seen=3), before) == []  # fmt: skip


def test_problems_that_no_longer_stand_are_over(after: Making, published: Path) -> None:
    """An ill night and a good one: what the first could not understand, the second read without a problem."""
    ill = "INSERT INTO runs (source, seen, new, changed, rejected, problems) VALUES ('ctgov', 100, 0, 90, 0, 90)"
    good = "INSERT INTO runs (source, seen, new, changed, rejected, problems) VALUES ('ctgov', 100, 0, 90, 0, 0)"
    assert rules(gate(after(ill, doubts(90), good), published)) == {"problems"}
    assert gate(after(ill, doubts(90), good, "DELETE FROM problems WHERE run_id > 1"), published) == []


@pytest.mark.parametrize(("emptied", "refused"), [(20, set()), (21, {"fill"})])
def test_fill_of_a_column(after: Making, published: Path, emptied: int, refused: set[str]) -> None:
    found = gate(after(f"UPDATE trials SET enrollment = NULL WHERE {first(emptied)}"), published)
    assert rules(found) == refused
    if refused:
        assert found[0].words == (
            "ctgov: enrollment is filled in 94.8% of live trials, in 100.0% of those published; "
            "at least 95.0% would pass"
        )


def test_a_source_that_grew_is_compared_over_the_trials_of_both_files(after: Making, published: Path) -> None:
    """Other kinds of trials fill other columns; lost values of the old ones are still found."""
    others = """INSERT INTO trials (id, source, source_id, title, url)
                SELECT 'X' || id, source, 'X' || id, title, url FROM trials"""
    emptied = f"UPDATE trials SET enrollment = NULL WHERE {first(21)}"
    assert gate(after(others, SEARCHABLE), published) == []
    assert rules(gate(after(emptied, others, SEARCHABLE), published)) == {"fill"}
    assert "fill" in rules(gate(after(others, SEARCHABLE), published, Limits(grown=1.5)))


def changed(n: int, kind: str = "changed") -> str:
    """SQL: the last run found so many trials new or changed."""
    return (
        "INSERT INTO changes (trial_id, run_id, seen_at, kind, field) "
        f"SELECT id, (SELECT max(id) FROM runs), '2026-11-21T00:00:00Z', '{kind}', 'enrollment' "
        f"FROM trials WHERE {first(n)}"
    )


@pytest.mark.parametrize(("emptied", "refused"), [(5, set()), (6, {"run fill"}), (12, {"run fill"})])
@pytest.mark.parametrize("kind", ["new", "changed", "returned"])
def test_a_run_that_brings_trials_without_a_field_that_nearly_all_have(
    after: Making, published: Path, emptied: int, refused: set[str], kind: str
) -> None:
    """Of 400 trials it is far from five points; of the twelve that the night brought it is half."""
    new = after(f"UPDATE trials SET enrollment = NULL WHERE {first(emptied)}", changed(12, kind), seen=TRIALS)
    found = gate(new, published)
    assert rules(found) == refused
    if emptied == 12:
        assert found[0].words == (
            "ctgov: enrollment is filled in 0.0% of the 12 trials that are new or changed, usually in 100.0%; "
            "at least 75.0% would pass"
        )
        assert found[0].overrulable
    assert gate(new, published, Limits(run_fill=1.0)) == []


def test_a_few_among_many_that_a_run_brings_pass(after: Making, published: Path) -> None:
    new = after(f"UPDATE trials SET enrollment = NULL WHERE {first(19)}", changed(76), seen=TRIALS)
    assert gate(new, published) == []


def test_a_field_that_not_nearly_all_have_may_be_missing(after: Making, published: Path, tmp_path: Path) -> None:
    nearly = "UPDATE trials SET enrollment = NULL WHERE id IN (SELECT id FROM trials ORDER BY id DESC LIMIT 21)"
    before = shutil.copy(after(nearly), tmp_path / "before.db")
    emptied = f"UPDATE trials SET enrollment = NULL WHERE {first(12)}"
    assert gate(after(nearly, emptied, changed(12), seen=TRIALS), before) == []
    assert rules(gate(after(emptied, changed(12), seen=TRIALS), published)) == {"run fill"}


def test_what_a_published_run_brought_is_not_judged_again(after: Making, tmp_path: Path) -> None:
    emptied = f"UPDATE trials SET enrollment = NULL WHERE {first(12)}"
    before = shutil.copy(after(emptied, changed(12), seen=TRIALS), tmp_path / "before.db")
    assert gate(after(emptied, changed(12), seen=TRIALS), before) == []


def test_new_trials_of_a_source_that_grew_may_be_of_another_kind(after: Making, published: Path) -> None:
    others = """INSERT INTO trials (id, source, source_id, title, url)
                SELECT '0' || id, source, '0' || id, title, url FROM trials"""
    new = after(others, SEARCHABLE, changed(400, "new"), seen=800)
    assert gate(new, published) == []
    assert "run fill" in rules(gate(new, published, Limits(grown=1.5)))


@pytest.mark.parametrize(
    ("harm", "rule"),
    [
        ("DROP TABLE links", "tables"),
        ("INSERT INTO links VALUES ('NCT09000001', 'NCT00000000', 'made', 'up')", "foreign keys"),
        ("INSERT INTO trials_fts (trials_fts) VALUES ('delete-all')", "full-text search"),
        ("UPDATE trials SET removed_at = '2026-11-21T00:00:00Z'", "no live trial"),
    ],
)
def test_faults_cannot_be_overruled(after: Making, harm: str, rule: str) -> None:
    (refusal,) = gate(after(harm))
    assert refusal.rule == rule
    assert not refusal.overrulable


def test_a_damaged_file(after: Making, published: Path) -> None:
    new = after()
    content = bytearray(new.read_bytes())
    content[8192:-8192] = bytes(len(content) - 16384)
    new.write_bytes(content)
    assert {refusal.overrulable for refusal in gate(new, published)} == {False}


def test_a_published_file_that_cannot_be_read(after: Making, tmp_path: Path) -> None:
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"not a database" * 1000)
    (refusal,) = gate(after(), broken)
    assert refusal.rule == "published file"
    assert refusal.overrulable


def test_a_first_publication_has_nothing_to_lose(after: Making, tmp_path: Path) -> None:
    assert gate(after(seen=10, rejected=10, problems=100)) == []
    assert gate(after(), tmp_path / "not yet.db") == []


def test_both_files_stay_as_they_are(after: Making, published: Path) -> None:
    new = after(seen=1)
    before = [(path.read_bytes(), path.stat().st_mtime_ns) for path in (new, published)]
    gate(new, published)
    assert [(path.read_bytes(), path.stat().st_mtime_ns) for path in (new, published)] == before
    assert sorted(path.name for path in new.parent.iterdir()) == ["new.db"]


def test_every_limit_can_be_loosened(after: Making, published: Path) -> None:
    """A limit that no rule reads would be a switch that does nothing."""
    new = after(
        f"UPDATE trials SET removed_at = '2026-11-21T00:00:00Z' WHERE {first(40)}",
        "UPDATE trials SET enrollment = NULL WHERE rowid % 2",
        seen=100, rejected=50, problems=90,
    )  # fmt: skip
    assert rules(gate(new, published)) == {"live trials", "removals", "rejects", "problems", "fill"}
    loose = {"live_trials": 1.0, "removed": 1.0, "rejects": 1.0, "problems": 100.0, "fill": 1.0}
    for name, rule in zip(loose, ("live trials", "removals", "rejects", "problems", "fill"), strict=True):
        assert rule not in rules(gate(new, published, Limits(**{name: loose[name]})))
    others = {"few", "grown", "run_fill"}  # each has a test above
    assert {field.name for field in fields(Limits)} - set(loose) == others
    assert gate(new, published, Limits(few=1000)) == []
