"""Older wordings let go: what they changed is still told, by a replay too; newest wordings and sightings stay."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pipelines.archive import open_archive
from pipelines.folder import DataFolder
from pipelines.line import replay
from pipelines.retention import Cut, Line, cut, let_versions_go
from pipelines.schema import open_trials
from replica import ctgov_replica
from scraper.items import Page
from tests.made import content, gone, raw, rows, run, study
from tests.running import trialdex

CHANGES = "SELECT trial_id, run_id, seen_at, kind, field, old, new FROM changes ORDER BY trial_id, run_id, id"
BODIES = "SELECT source_id, length(body) > 0 FROM records ORDER BY id"


def month(number: int) -> str:
    return f"2026-{number:02}-01T00:00:00Z"


def served(folder: DataFolder, at: int, *studies: dict[str, Any]) -> None:
    run(folder, Page(tuple(raw(one, month(at)) for one in studies)))


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """Three trials through eight months: one changes often, one is gone and comes back, one never changes."""
    folder = DataFolder(tmp_path / "data")
    served(folder, 1, study(1), study(2), study(3))
    served(folder, 2, study(1, title="Second title"), study(2), study(3))
    served(folder, 3, study(1, title="Third title", status="COMPLETED"), study(2, conditions=["Gout"]))
    run(folder, gone(2, month(4)))
    served(folder, 5, study(2, conditions=["Gout", "Fever"]))
    served(folder, 6, study(1, title="Second title"), study(3))
    served(folder, 8, study(1, title="Fifth title"), study(2, conditions=["Gout", "Fever"]))
    return folder


def let_go(folder: DataFolder, before: str) -> int:
    with folder.locked(), closing(open_archive(folder.archive)) as archive, closing(open_trials(folder.trials)) as db:
        return let_versions_go(archive, db, before)


def rebuilt(folder: DataFolder) -> None:
    with folder.locked():
        replay(folder)


@pytest.mark.parametrize("before", [month(2), month(3), month(4), month(6), month(7), month(9), "2027-01-01"])
def test_replay_tells_what_was_told(folder: DataFolder, before: str, tmp_path: Path) -> None:
    """`changes`, everything that the file says, and when a trial was first seen and last changed."""
    told, said = rows(folder, CHANGES), content(folder.trials)
    when = rows(folder, "SELECT id, first_seen, last_changed, removed_at FROM trials ORDER BY id")
    counted = rows(folder, "SELECT id, seen, new, changed, unchanged, removed FROM runs ORDER BY id")
    log = rows(folder.archive, "SELECT * FROM sightings")
    let_go(folder, before)
    assert rows(folder, CHANGES) == told
    rebuilt(folder)
    assert rows(folder, CHANGES) == told
    assert content(folder.trials) == said
    assert rows(folder, "SELECT id, first_seen, last_changed, removed_at FROM trials ORDER BY id") == when
    assert rows(folder, "SELECT id, seen, new, changed, unchanged, removed FROM runs ORDER BY id") == counted
    assert rows(folder.archive, "SELECT * FROM sightings") == log, "all sightings stay"


def test_what_goes_and_what_stays(folder: DataFolder) -> None:
    """Trial 1 said: first title, second, third, second again, fifth. Trial 2: fever, gout, both."""
    assert let_go(folder, month(2)) == 0, "what was replaced on that very day is kept"
    assert let_go(folder, month(4)) == 2, "the first titles of 1, replaced in February, and of 2, in March"
    kept = [(id, bool(there)) for id, there in rows(folder.archive, BODIES)]
    assert kept == [
        ("NCT09000001", False), ("NCT09000002", False), ("NCT09000003", True), ("NCT09000001", True),
        ("NCT09000001", True), ("NCT09000002", True), ("NCT09000002", True), ("NCT09000001", True),
    ]  # fmt: skip
    assert let_go(folder, month(4)) == 0, "once"
    assert let_go(folder, "2030-01-01") == 3
    assert sorted(id for id, there in rows(folder.archive, BODIES) if there) == [
        "NCT09000001", "NCT09000002", "NCT09000003"
    ]  # fmt: skip


def test_in_steps_it_comes_to_the_same(folder: DataFolder, tmp_path: Path) -> None:
    told, said = rows(folder, CHANGES), content(folder.trials)
    for before in (month(3), month(5), month(7), month(9)):
        let_go(folder, before)
        rebuilt(folder)
    assert rows(folder, CHANGES) == told
    assert content(folder.trials) == said


def test_the_line_goes_on_after_it(folder: DataFolder, tmp_path: Path) -> None:
    """A change, a removal, a wording that was let go and is back: the same as in a folder that kept everything."""
    whole = DataFolder(tmp_path / "whole")
    shutil.copytree(folder.path, whole.path)
    let_go(folder, "2027-01-01")
    for each in (folder, whole):
        served(each, 9, study(1), study(2), study(3, title="New at last"))
        run(each, gone(3, month(10)))
    assert rows(folder, CHANGES) == rows(whole, CHANGES)
    assert content(folder.trials) == content(whole.trials)
    rebuilt(folder)
    assert rows(folder, CHANGES) == rows(whole, CHANGES)
    assert content(folder.trials) == content(whole.trials)
    assert rows(folder.archive, "SELECT count(*) FROM records WHERE length(body) = 0 AND source_id = 'NCT09000001' "
                                "AND id = 1") == [(0,)], "its body is there again"  # fmt: skip


def test_trials_db_lost_altogether_is_made_again(folder: DataFolder) -> None:
    told = rows(folder, CHANGES)
    let_go(folder, "2027-01-01")
    for path in folder.path.glob("trials.db*"):
        path.unlink()
    run(folder)
    assert rows(folder, CHANGES) == told


def test_a_trials_db_that_a_power_cut_took_back(folder: DataFolder, tmp_path: Path) -> None:
    """The archive has let go already; trials.db is as it was some runs before."""
    old = DataFolder(tmp_path / "old")
    served(old, 1, study(1), study(2), study(3))
    told, said = rows(folder, CHANGES), content(folder.trials)
    let_go(folder, "2027-01-01")
    for path in folder.path.glob("trials.db*"):
        path.unlink()
    shutil.copy(old.trials, folder.trials)
    run(folder)
    assert rows(folder, CHANGES) == told
    assert content(folder.trials) == said


def test_nothing_goes_while_lines_are_unread(folder: DataFolder) -> None:
    with closing(sqlite3.connect(folder.trials)) as db:
        db.execute("UPDATE _follow SET last_sighting = last_sighting - 1")
        db.commit()
    assert let_go(folder, "2027-01-01") == 0


def test_history_says_what_is_no_longer_kept(folder: DataFolder) -> None:
    let_go(folder, month(4))
    done = trialdex("--data", folder.path, "history", "NCT09000001", "--at", "2026-01-15")
    assert done.returncode == 1
    assert done.stderr == (
        "trialdex: NCT09000001: the wording of 2026-01-15 is no longer kept (see [keep] in trialdex.toml)\n"
    )
    assert (
        "title: Third title" in trialdex("--data", folder.path, "history", "NCT09000001", "--at", "2026-04-15").stdout
    )
    assert (
        "title: Study 1 of a synthetic drug -> Second title"
        in trialdex("--data", folder.path, "history", "NCT09000001").stdout
    )


def test_an_archive_of_the_first_version_is_taken_over(folder: DataFolder) -> None:
    with closing(sqlite3.connect(folder.archive)) as db:
        db.execute("DROP TABLE forgotten")
        db.execute("DROP TABLE forgotten_changes")
        db.execute("PRAGMA user_version = 1")
        db.commit()
    told = rows(folder, CHANGES)
    assert let_go(folder, "2027-01-01") == 5
    rebuilt(folder)
    assert rows(folder, CHANGES) == told


@pytest.mark.parametrize(("days", "left"), [("versions_days = 100000", 2), ("versions_days = 1", 1), ("", 2)])
def test_a_night_lets_go_what_the_configuration_says(tmp_path: Path, days: str, left: int) -> None:
    folder = DataFolder(tmp_path / "data")
    served(folder, 1, study(1))
    served(folder, 2, study(1, title="Second title"))
    with ctgov_replica(size=5) as register:
        source = f'[[source]]\nname = "ctgov"\nstatus = ["recruiting"]\nbase_url = "{register.url}"\n'
        (tmp_path / "trialdex.toml").write_text(f"[keep]\n{days}\n{source}", encoding="utf-8")
        done = trialdex("--data", folder.path, "nightly", "--config", tmp_path / "trialdex.toml")
    assert done.returncode == 0, done.stderr
    ((there,),) = rows(folder.archive, "SELECT count(*) FROM records WHERE length(body) > 0 AND url LIKE '%gov/api%'")
    assert there == left
    assert ("1 wordings replaced" in done.stdout) == (left == 1)


def line(place: int, record: int | None, what: str = "body", kept: bool = True) -> Line:
    return Line(place, month(place), place, what, record, kept)


@pytest.mark.parametrize(
    ("lines", "before", "records", "upto"),
    [
        ([line(1, 1)], 9, None, None),
        ([line(1, 1), line(2, 1, "same")], 9, None, None),
        ([line(1, 1), line(2, 2)], 9, [1], 2),
        ([line(1, 1), line(2, 2)], 2, None, None),
        ([line(1, 1), line(2, 1, "same"), line(3, 2), line(4, 2, "same")], 9, [1], 3),
        ([line(1, 1), line(2, 2), line(3, 1)], 9, [2], 3),
        ([line(1, 1), line(2, None, "gone"), line(3, 2)], 9, [1], 3),
        ([line(1, 1, kept=False), line(2, 2), line(3, 3)], 9, [2], 3),
        ([line(1, 1, kept=False), line(2, 2)], 9, None, None),
        ([line(1, 1), line(2, 2), line(3, 1), line(4, 3)], 4, [2], 3),
        ([line(1, None, "gone")], 9, None, None),
    ],
)
def test_the_cut(lines: list[Line], before: int, records: list[int] | None, upto: int | None) -> None:
    found = cut(lines, month(before))
    assert found == (None if records is None else Cut(records, lines[(upto or 0) - 1]))
