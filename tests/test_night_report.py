"""Reports of nights long past go; everything else in the folder stays."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipelines.folder import DataFolder
from pipelines.night_report import let_go, report
from tests.made import run, study

NIGHT = "2026-11-22T03:30:00Z"
LAST, BEFORE = {"2026-11-22.json"}, {"2026-11-20.json", "2026-11-20.txt"}
OLD = {"2025-01-01.json", "2025-01-01.txt", "2025-01-01-1.json", "2025-01-01-12.txt"}


@pytest.mark.parametrize(
    ("days", "left"),
    [
        (2, LAST | BEFORE),
        (1, LAST),
        (1_000_000, LAST | BEFORE | OLD),
        (None, LAST | BEFORE | OLD),
    ],
)
def test_old_reports_go(tmp_path: Path, days: int | None, left: set[str]) -> None:
    folder = DataFolder(tmp_path)
    folder.reports.mkdir()
    others = {"publications.jsonl", "2025-01-01.json.bak", "notes-2025-01-01.txt"}
    nights = LAST | BEFORE | OLD
    for name in nights | others:
        (folder.reports / name).write_text("x", encoding="utf-8")
    assert let_go(folder, days, NIGHT) == len(nights - left)
    assert {path.name for path in folder.reports.iterdir()} == left | others


def test_a_second_night_of_a_date_loses_nothing_of_the_first(tmp_path: Path) -> None:
    run(folder := DataFolder(tmp_path), [study(1)])
    for number in range(3):
        last = report(folder, 1, [f"fault {number}"], "published", NIGHT)
    assert last.name == "2026-11-22.txt"
    said = {path.name: path.read_text(encoding="utf-8") for path in folder.reports.glob("2*")}
    for name, number in ("2026-11-22", 2), ("2026-11-22-1", 0), ("2026-11-22-2", 1):
        assert f"! fault {number}" in said[f"{name}.txt"]
        assert json.loads(said[f"{name}.json"])["went_wrong"] == [f"fault {number}"]
    assert len(said) == 6


def test_a_folder_without_reports(tmp_path: Path) -> None:
    assert let_go(DataFolder(tmp_path), 5, NIGHT) == 0
