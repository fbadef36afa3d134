"""Publishing: all or nothing, untouched when nothing changed, and forced only against rules that compare."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import namedtuple
from contextlib import closing
from pathlib import Path

import pytest

from pipelines import publish as publishing
from pipelines.folder import DataFolder
from pipelines.gate import Limits, gate
from pipelines.line import replay
from pipelines.publish import NotPublished, Publication, renew
from pipelines.schema import TABLES
from tests.made import gone, rows, run, study

LIMIT = Limits(few=0)


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """Twenty trials, published."""
    folder = DataFolder(tmp_path / "data")
    run(folder, [study(n) for n in range(20)])
    assert locked(folder).outcome == "published"
    return folder


def locked(folder: DataFolder, limits: Limits | None = LIMIT, force: str | None = None) -> Publication:
    with folder.locked():
        return renew(folder, limits, force)


def state(path: Path) -> tuple[bytes, int, int]:
    return path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino


def log(folder: DataFolder) -> list[dict[str, object]]:
    lines = (folder.reports / "publications.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def alter(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as db:
        for statement in statements:
            db.execute(statement)
        db.commit()


def test_the_published_file_is_one_file_with_statistics(folder: DataFolder) -> None:
    assert [path.name for path in folder.published.parent.iterdir()] == ["trials.db"]
    assert rows(folder.published, "PRAGMA journal_mode") == [("delete",)]
    assert gate(folder.published) == []
    counted = dict(rows(folder.published, "SELECT tbl, max(CAST(stat AS INTEGER)) FROM sqlite_stat1 GROUP BY tbl"))
    filled = [name for name in TABLES if rows(folder.published, f"SELECT count(*) FROM {name}") != [(0,)]]
    assert "criteria" in filled
    for name in filled:  # what the pages show as numbers of rows
        assert rows(folder.published, f"SELECT count(*) FROM {name}") == [(counted[name],)], name


@pytest.mark.parametrize("few", [0, publishing.FEW_SEGMENTS])
def test_an_index_in_many_pieces_is_made_one(folder: DataFolder, monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    pieces = "SELECT count(DISTINCT segid) FROM trials_fts_idx"
    for night in range(3):
        run(folder, [study(3, title=f"Renamed {night}")])
    ((many,),) = rows(folder, pieces)
    assert 1 < many <= publishing.FEW_SEGMENTS
    monkeypatch.setattr(publishing, "FEW_SEGMENTS", few)
    assert locked(folder).outcome == "published"
    assert rows(folder.published, pieces) == [(many if few else 1,)]


def test_nothing_changed_leaves_the_published_file_untouched(folder: DataFolder) -> None:
    before = state(folder.published)
    run(folder)  # a night that asked and was told that nothing is new
    run(folder, [study(n) for n in range(3)])  # and one that saw the same records again
    assert locked(folder) == ("unchanged", folder.published, ())
    assert state(folder.published) == before
    assert len(log(folder)) == 1


@pytest.mark.parametrize(
    "what", ["changed", "removed", "links", "similar", "score", "programme", "replayed", "restored", "missing"]
)
def test_every_kind_of_change_is_published(folder: DataFolder, what: str, tmp_path: Path) -> None:
    before = state(folder.published)[1:]
    if what == "changed":
        run(folder, [study(3, title="Renamed")])
    elif what == "removed":
        run(folder, gone(3))
    elif what == "links":
        alter(folder.trials, "INSERT INTO links VALUES ('NCT09000001', 'NCT09000002', 'study_id', 'said so')")
    elif what in ("similar", "score", "programme"):
        pair = "'NCT09000001', 1, 'NCT09000002', .5, .5"
        alter(folder.trials, f"INSERT INTO similar_trials VALUES ({pair}, 0, 0, 0, 0, 0, 0)")
        if what != "similar":
            locked(folder, Limits())
            before = state(folder.published)[1:]
            new = "score = .6, text = .6" if what == "score" else "same_programme = 1"
            alter(folder.trials, f"UPDATE similar_trials SET {new}")
    elif what == "replayed":
        with folder.locked():
            replay(folder)
            replay(folder)  # the second may take the first one's inode
    elif what == "restored":  # an older copy, put back by hand
        shutil.copy(folder.published, tmp_path / "older.db")
        os.replace(tmp_path / "older.db", folder.published)
        before = state(folder.published)[1:]
    else:
        folder.published.unlink()
    assert locked(folder, Limits()).outcome == "published"
    assert state(folder.published)[1:] != before
    assert gate(folder.published) == []
    assert locked(folder, Limits()).outcome == "unchanged"


def test_a_refusal_leaves_the_old_file_and_says_why(folder: DataFolder) -> None:
    before = state(folder.published)
    run(folder, gone(3))
    with pytest.raises(NotPublished, match="1 of 20 published trials are removed or merged") as caught:
        locked(folder)
    assert {refusal.rule for refusal in caught.value.refusals} == {"removals", "live trials"}
    assert state(folder.published) == before
    assert [path.name for path in folder.published.parent.iterdir()] == ["trials.db"]
    with pytest.raises(NotPublished):  # a refusal is not forgotten by asking again
        locked(folder)


def test_force_publishes_a_loss_and_is_recorded(folder: DataFolder) -> None:
    run(folder, gone(3))
    told = locked(folder, force="the register withdrew it")
    assert told.outcome == "published"
    assert {refusal.rule for refusal in told.overruled} == {"removals", "live trials"}
    assert rows(folder.published, "SELECT count(*) FROM trials WHERE removed_at IS NULL") == [(19,)]
    first, second = log(folder)
    assert first["forced"] is None
    assert second["forced"] == "the register withdrew it"
    assert "1 of 20 published trials are removed or merged" in str(second["overruled"])
    assert locked(folder).outcome == "unchanged"


def test_a_reason_that_was_not_needed_is_not_recorded_as_force(folder: DataFolder) -> None:
    run(folder, [study(3, title="Renamed")])
    assert locked(folder, force="just in case").overruled == ()
    assert log(folder)[-1]["forced"] is None


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        ("DROP TABLE links", "missing: links"),
        ("DROP TABLE runs", "missing: runs"),
        ("INSERT INTO links VALUES ('NCT09000001', 'NCT00000000', 'made', 'up')", "a row of trials that is not there"),
        ("INSERT INTO trials_fts (trials_fts) VALUES ('delete-all')", "full-text search over trials"),
    ],
)
def test_force_never_publishes_a_fault(folder: DataFolder, harm: str, said: str) -> None:
    before = state(folder.published)
    run(folder, [study(3, title="Renamed")])
    alter(folder.trials, harm)
    with pytest.raises(NotPublished, match=said):
        locked(folder, force="I insist")
    assert state(folder.published) == before


def test_publications_are_rows_of_the_published_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = DataFolder(tmp_path / "data")
    run(folder, [study(n) for n in range(20)])
    locked(folder)
    run(folder, gone(3))
    locked(folder, force="the register withdrew it")
    with folder.locked():
        replay(folder)  # trials.db made anew; what was published when is told by the published file
    locked(folder)
    assert rows(folder.published, "SELECT id, run_id, live_trials, forced FROM publications") == [
        (1, 1, 20, None), (2, 2, 19, "the register withdrew it"), (3, 2, 19, None),
    ]  # fmt: skip
    assert gate(folder.published) == []


def test_too_little_room_is_found_before_anything_is_written(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = state(folder.published)
    run(folder, [study(3, title="Renamed")])
    usage = namedtuple("usage", "total used free")
    with monkeypatch.context() as patched:
        patched.setattr(publishing.shutil, "disk_usage", lambda _: usage(10, 9, 1 << 10))
        with pytest.raises(NotPublished, match="0 MB are free"):
            locked(folder)
    assert state(folder.published) == before
    assert locked(folder).outcome == "published"


KILLED = """
import sys
from pipelines.folder import DataFolder
from pipelines.publish import renew
folder = DataFolder(sys.argv[1])
with folder.locked():
    print("begun", flush=True)
    renew(folder)
"""


def test_a_kill_leaves_the_old_file_or_the_new_one(folder: DataFolder) -> None:
    """Killed at moments through the whole of it; what the killed run left behind never gets into the next file."""
    took = 0.4
    for n in range(8):
        before = folder.published.read_bytes()
        run(folder, [study(3, title=f"Renamed {n}")])
        process = subprocess.Popen([sys.executable, "-c", KILLED, folder.path], stdout=subprocess.PIPE)
        assert process.stdout
        assert process.stdout.readline() == b"begun\n"
        started = time.monotonic()
        if n:
            time.sleep(took * n / 8)
            process.send_signal(signal.SIGKILL)
        process.wait()
        took = took if n else time.monotonic() - started
        process.stdout.close()
        assert gate(folder.published) == []
        ((title,),) = rows(folder.published, "SELECT title FROM trials WHERE id = 'NCT09000003'")
        assert folder.published.read_bytes() == before or title == f"Renamed {n}"
        locked(folder, Limits())
        assert rows(folder.published, "SELECT title FROM trials WHERE id = 'NCT09000003'") == [(f"Renamed {n}",)]
        assert [path.name for path in folder.published.parent.iterdir()] == ["trials.db"]


def test_what_a_killed_run_left_is_not_taken_for_the_new_file(folder: DataFolder, tmp_path: Path) -> None:
    """SQLite rolls a journal back into whatever file lies beside it."""
    left = folder.published.with_name("trials.new.db")
    shutil.copy(folder.published, tmp_path / "cut.db")
    with closing(sqlite3.connect(tmp_path / "cut.db")) as db:
        db.execute("PRAGMA cache_size = 1")  # spills changed pages, so that the journal is whole
        db.execute("UPDATE trials SET title = 'Half of a change'")
        shutil.copy(tmp_path / "cut.db", left)
        shutil.copy(tmp_path / "cut.db-journal", f"{left}-journal")
        db.rollback()
    run(folder, [study(n, title=f"Renamed {n}") for n in range(20)])
    locked(folder)
    assert rows(folder.published, "SELECT count(*) FROM trials WHERE title LIKE 'Renamed %'") == [(20,)]
    assert gate(folder.published) == []


def test_somebody_who_reads_trials_meanwhile_does_not_matter(folder: DataFolder) -> None:
    """Their transaction keeps the write-ahead log from being folded in; the copy holds all the same what it says."""
    with closing(sqlite3.connect(folder.trials)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM trials").fetchone()
        run(folder, [study(3, title="Renamed")])
        assert folder.trials.with_name("trials.db-wal").stat().st_size
        locked(folder)
    assert rows(folder.published, "SELECT title FROM trials WHERE id = 'NCT09000003'") == [("Renamed",)]
    assert gate(folder.published) == []


def test_a_file_that_lacks_what_publishing_makes_is_published_again(folder: DataFolder) -> None:
    """As an older Trialdex leaves it, though no trial says anything new."""
    assert locked(folder).outcome == "unchanged"
    with closing(sqlite3.connect(folder.published)) as db:
        db.execute("DROP TABLE trial_places")
        db.commit()
    with closing(sqlite3.connect(folder.trials)) as db:  # it is still the file that trials.db gave last
        db.execute("UPDATE _published SET file = ?", [publishing._identity(folder.published)])
        db.commit()
    assert locked(folder).outcome == "published"
    assert rows(folder.published, "SELECT count(*) FROM trial_places") == [(0,)]
    assert locked(folder).outcome == "unchanged"
