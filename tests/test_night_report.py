"""Reports of nights long past go; everything else in the folder stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.folder import DataFolder
from pipelines.night_report import let_go

NIGHT = "2026-11-22T03:30:00Z"


@pytest.mark.parametrize(
    ("days", "left"),
    [
        (2, {"2026-11-20.json", "2026-11-20.txt", "2026-11-22.json"}),
        (1, {"2026-11-22.json"}),
        (1_000_000, {"2025-01-01.json", "2025-01-01.txt", "2026-11-20.json", "2026-11-20.txt", "2026-11-22.json"}),
        (None, {"2025-01-01.json", "2025-01-01.txt", "2026-11-20.json", "2026-11-20.txt", "2026-11-22.json"}),
    ],
)
def test_old_reports_go(tmp_path: Path, days: int | None, left: set[str]) -> None:
    folder = DataFolder(tmp_path)
    folder.reports.mkdir()
    others = {"publications.jsonl", "2025-01-01.json.bak", "notes-2025-01-01.txt"}
    nights = {"2025-01-01.json", "2025-01-01.txt", "2026-11-20.json", "2026-11-20.txt", "2026-11-22.json"}
    for name in nights | others:
        (folder.reports / name).write_text("x", encoding="utf-8")
    assert let_go(folder, days, NIGHT) == len(nights - left)
    assert {path.name for path in folder.reports.iterdir()} == left | others


def test_a_folder_without_reports(tmp_path: Path) -> None:
    assert let_go(DataFolder(tmp_path), 5, NIGHT) == 0
