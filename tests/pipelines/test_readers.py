"""Reading in processes beside: the same readings, in the same order, and no process left behind."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from pipelines import follow
from pipelines.folder import DataFolder
from pipelines.readers import Readers
from scraper.items import Page
from tests.made import content, raw, rows, run, study


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    folder = DataFolder(tmp_path / "data")
    run(folder, [study(number) for number in range(30)], Page((raw(b"<html>", source_id="saved:1"),)))
    return folder


def test_processes_beside_read_what_this_one_reads(folder: DataFolder) -> None:
    spans = [(0, 10), (10, 12), (12, 31), (31, 40)]
    told = []
    for number in (0, 1, 3):
        readers = Readers(folder.archive, number)
        for span in spans:
            readers.ask(*span)
        told.append([readers.take() for _ in spans])
        readers.close()
    assert told[0] == told[1] == told[2]
    assert [len(found) for found in told[0]] == [10, 2, 19, 0]
    assert told[0][2][31].rejected is not None


def test_what_changed_is_told_with_the_reading_wherever_it_was_read(folder: DataFolder) -> None:
    run(folder, [study(1, title="Another title"), study(2, status="COMPLETED"), study(40)])
    told = []
    for number in (0, 1):
        readers = Readers(folder.archive, number)
        readers.ask(31, 40)
        told.append([found.changes for found in readers.take().values()])
        readers.close()
    assert told[0] == told[1]
    assert told[0][0] == (("title", "Study 1 of a synthetic drug", "Another title"),)
    assert ("status", "Recruiting", "Completed") in told[0][1]
    assert told[0][2] == ()


def test_a_process_that_dies_is_a_clear_error_and_none_is_left(folder: DataFolder) -> None:
    readers = Readers(folder.archive, 1)
    (process,) = readers.processes
    os.kill(process.pid, signal.SIGKILL)
    process.wait()

    def ask() -> None:
        readers.ask(0, 10)
        readers.take()

    with pytest.raises(OSError, match=r"a reading process ended|Broken pipe"):
        ask()
    readers.close()
    assert process.poll() is not None


def test_a_long_load_with_processes_gives_an_equal_database(
    folder: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "BATCH", 7)
    monkeypatch.setattr(follow, "LONG", 14)
    monkeypatch.setenv("TRIALDEX_PROCESSES", "2")
    beside = DataFolder(tmp_path / "beside")
    run(beside, [study(number) for number in range(30)], Page((raw(b"<html>", source_id="saved:1"),)))
    assert content(beside.trials) == content(folder.trials)
    assert rows(beside, "SELECT count(*) FROM rejects") == [(1,)]
