"""Where the values of a listing came from, in the file; of a register's record nothing is said."""

from __future__ import annotations

from pathlib import Path

from sqlite_utils import Database

from pipelines.folder import DataFolder
from pipelines.line import Line
from scraper.items import Page
from scraper.spiders.portal import Portal
from tests.made import raw, study

URL = "https://portal.example/trials/17"


def load(folder: DataFolder, *records: object) -> None:
    with folder.locked(), Line(folder, command="load", source="portal") as line:
        line.take(Page(tuple(records)))  # type: ignore[arg-type]
        line.end("finished")


def listing(*lines: str, at: str = "2026-11-20T04:00:00Z") -> object:
    body = f"<html><body><h1>Examplinib</h1>{''.join(lines)}</body></html>".encode()
    (record,) = Portal.cut(body, url=URL, content_type="text/html", at=at)
    return record


def told(folder: DataFolder) -> dict[str, tuple[str, str | None]]:
    rows = Database(folder.trials).query("SELECT field, method, label FROM field_sources ORDER BY trial_id, position")
    return {row["field"]: (row["method"], row["label"]) for row in rows}


def test_each_value_says_where_it_came_from_and_a_new_page_says_it_anew(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    load(folder, listing("<dl><dt>Condition</dt><dd>Fever</dd></dl>", "<p>Phase: 2</p>"))
    assert told(folder) == {
        "title": ("heading", None),
        "conditions": ("label in the page's markup", "Condition"),
        "phase": ("label in its text", "Phase"),
    }
    load(folder, listing("<p>Disease: Fever</p>", at="2026-11-21T04:00:00Z"))
    assert told(folder) == {"title": ("heading", None), "conditions": ("label in its text", "Disease")}


def test_a_registers_record_has_none(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    load(folder, raw(study(1), source_id="NCT09000001"))
    assert Database(folder.trials)["trials"].count == 1
    assert told(folder) == {}


def test_unknown_labels_are_rows_of_problems(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    load(folder, listing("<dl><dt>Condition</dt><dd>Fever</dd><dt>Codename</dt><dd>Blue</dd></dl>"))
    rows = list(Database(folder.trials).query("SELECT field, value, reason FROM problems"))
    assert rows == [{"field": "Codename", "value": "Blue", "reason": "label not known to the profile"}]
