"""Bytes of every table: they are counted once each, and together they are the file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pipelines import sizes as module
from pipelines.folder import DataFolder
from pipelines.publish import publish
from pipelines.sizes import UNUSED, NotCounted, sizes
from pipelines.status import files_of, sizes_told
from tests.made import run, study
from tests.running import trialdex


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    made = DataFolder(tmp_path / "data")
    run(made, [study(number) for number in range(1, 40)])
    with made.locked():
        publish(made)
    return made


@pytest.mark.parametrize("file", ["archive.db", "trials.db", "published"])
def test_the_tables_together_are_the_file(folder: DataFolder, file: str) -> None:
    path = files_of(folder)[file]
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert sum(size.bytes for size in sizes(path)) == path.stat().st_size


def test_an_index_belongs_to_its_table_and_what_search_keeps_to_search(folder: DataFolder) -> None:
    found = {size.table: size for size in sizes(folder.published)}
    assert found["criteria"].bytes > found["criteria"].indexes > 0
    assert found["criteria_fts"].bytes > 0
    with closing(sqlite3.connect(folder.published)) as db:
        tables = {name for _, name, kind, *_ in db.execute("PRAGMA table_list") if kind in ("table", "virtual")}
    assert set(found) - {UNUSED} <= tables


def test_the_largest_comes_first(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "some.db")) as db:
        db.execute("CREATE TABLE small (text)")
        db.execute("CREATE TABLE large (text)")
        db.execute("INSERT INTO large VALUES (zeroblob(100000))")
        db.execute("CREATE TABLE gone (text)")
        db.execute("INSERT INTO gone VALUES (zeroblob(50000))")
        db.commit()
        db.execute("DROP TABLE gone")
        db.commit()
    found = sizes(tmp_path / "some.db")
    assert [size.table for size in found] == ["large", UNUSED, "sqlite_schema", "small"]
    assert found[0].bytes >= 100_000
    assert found[1].bytes >= 50_000


def test_an_sqlite_that_counts_no_pages_is_told_in_words(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGES", module.PAGES.replace("dbstat", "dbstat_that_was_not_built"))
    with pytest.raises(NotCounted, match="built without dbstat"):
        sizes(folder.trials)
    assert [rows for _, _, rows in sizes_told(folder)] == [
        [("this SQLite counts no pages: it was built without dbstat",)]
    ] * 3


def test_a_file_that_is_no_database_is_one_clear_line(folder: DataFolder) -> None:
    folder.published.write_bytes(b"no database " * 1000)
    done = trialdex("--data", folder.path, "status", "--sizes")
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "not a database" in done.stderr


def test_the_command_tells_them_and_changes_nothing(folder: DataFolder) -> None:
    before = folder.published.read_bytes()
    done = trialdex("--data", folder.path, "status", "--sizes")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Bytes in published" in done.stdout
    assert "criteria_fts" in done.stdout
    assert "Sources" not in done.stdout
    assert folder.published.read_bytes() == before
