"""The report of a night: reports/<date>.json for programs, a readable .txt beside it, and how fresh each source is."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from pipelines.folder import DataFolder

OF_A_NIGHT = re.compile(r"\d{4}-\d{2}-\d{2}(-\d+)?\.(json|txt)")


def report(
    folder: DataFolder, first_run: int, wrong: list[str], published: str, at: str, notes: list[str] | None = None
) -> Path:
    """Writes both files; returns the readable one. `wrong`: what went wrong; `notes`: what else is to be known. An
    earlier night's of the same date are kept as `<date>-1`, `<date>-2` and so on."""
    with closing(sqlite3.connect(f"file:{folder.trials}?mode=ro", uri=True)) as db:
        db.row_factory = sqlite3.Row
        runs = [dict(row) for row in db.execute("SELECT * FROM runs WHERE id >= ? ORDER BY id", [first_run])]
        sources = [
            dict(row)
            for row in db.execute(
                "SELECT source, sum(removed_at IS NULL) AS live, max(last_updated) AS newest_update "
                "FROM trials GROUP BY source"
            )
        ]
    for one in sources:
        one["working_days_old"] = working_days_between(one["newest_update"], at[:10])
    told = {"at": at, "published": published, "went_wrong": wrong, "notes": notes or [], "runs": runs,
            "sources": sources}  # fmt: skip
    folder.reports.mkdir(parents=True, exist_ok=True)
    text = folder.reports / f"{at[:10]}.txt"
    _put(text.with_suffix(".json"), json.dumps(told, indent=2, ensure_ascii=False))
    _put(text, "\n".join(_lines(told)) + "\n")
    return text


def _put(file: Path, text: str) -> None:
    if file.exists():
        others = (file.with_stem(f"{file.stem}-{number}") for number in count(1))
        file.rename(next(other for other in others if not other.exists()))
    file.write_text(text, encoding="utf-8")


def _lines(told: Mapping[str, Any]) -> list[str]:
    lines = [f"Trialdex, the night of {told['at']}", f"Published file: {told['published']}", ""]
    for run in told["runs"]:
        lines.append(
            f"{run['source']} {run['command']}: {run['outcome']}; {run['seen']} seen, {run['new']} new, "
            f"{run['changed']} changed, {run['removed']} removed, {run['rejected']} rejected, "
            f"{run['problems']} problems, {run['requests'] or 0} requests, {run['seconds'] or 0} s"
        )
    for one in told["sources"]:
        age = one["working_days_old"]
        lines.append(f"{one['source']}: {one['live']} live trials, newest update {one['newest_update']}"
                     + (f" ({age} working days ago)" if age is not None else ""))  # fmt: skip
    return lines + ["", *told["notes"], *(f"! {line}" for line in told["went_wrong"])]


def let_go(folder: DataFolder, days: int | None, at: str) -> int:
    """Removes the reports of nights more than so many days before; returns how many files went. None: keeps all."""
    if days is None or not folder.reports.is_dir():
        return 0
    oldest = date.fromordinal(max(1, date.fromisoformat(at[:10]).toordinal() - days)).isoformat()
    old = [one for one in folder.reports.iterdir() if OF_A_NIGHT.fullmatch(one.name) and one.name[:10] < oldest]
    for one in old:
        one.unlink(missing_ok=True)
    return len(old)


def working_days_between(earlier: str | None, later: str) -> int | None:
    """Monday to Friday days after one day up to another; the register publishes nothing at weekends."""
    if not earlier or len(earlier) < 10:
        return None
    first, last = date.fromisoformat(earlier[:10]), date.fromisoformat(later[:10])
    return sum(1 for day in range(1, (last - first).days + 1) if (first + timedelta(days=day)).weekday() < 5)
