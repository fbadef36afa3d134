"""What last night did, which source is ill, and how each field fills over time: asked of real Datasette."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.folder import DataFolder
from pipelines.line import Line
from pipelines.metadata import metadata
from pipelines.publish import renew
from pipelines.schema import QUERIES, VIEWS
from scraper.items import Page
from tests.datasette_trials.serving import Server, served
from tests.made import raw, rows, run, study

MINE = ("nights", "fill_over_time", "source_health", "problem_counts")


def source_run(folder: DataFolder, source: str, outcome: str, page: Page | None = None, **facts: Any) -> None:
    """A run of a source that ended in some way."""
    with folder.locked():
        line = Line(folder, command="crawl", source=source)
        if page:
            line.take(page)
        line.end(outcome, facts)


@pytest.fixture(scope="module")
def ill(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """ctgov lost the conditions of 12 of 20 trials in its second run; the portal refused us, a third was stopped."""
    folder = DataFolder(tmp_path_factory.mktemp("ill") / "data")
    run(folder, [study(n, status="A_NEW_WORD" if n < 3 else "RECRUITING") for n in range(20)])
    run(folder, [study(n, conditions=[]) for n in range(8, 20)])
    source_run(folder, "portal", "blocked", requests=3)
    source_run(folder, "another", "stopped", requests=60)
    with folder.locked():
        renew(folder, force="a test wants to see it")
    with served(folder) as server:
        yield server


def asked(server: Server, path: str, **arguments: str) -> list[dict[str, Any]]:
    status, text = server.get(f"/trials/{path}.json", _shape="array", **arguments)
    assert status == 200, text
    found: list[dict[str, Any]] = json.loads(text)
    return found


def test_which_source_is_ill(ill: Server) -> None:
    told = {row["source"]: row for row in asked(ill, "source_health")}
    assert {source: row["health"] for source, row in told.items()} == {
        "ctgov": "ill: conditions lost 60.0 points",
        "portal": "ill: it refused us",
        "another": "unfinished: its budget was spent",
    }
    assert (told["ctgov"]["live"], told["ctgov"]["seen"], told["ctgov"]["changed"]) == (20, 32, 12)
    assert told["portal"]["last_finished"] is None
    assert told["another"]["requests"] == 60
    assert {row["source"] for row in asked(ill, "ill_sources")} == set(told)


def test_fill_of_a_field_over_time(ill: Server) -> None:
    told = asked(ill, "fill_of_a_field", field="conditions")
    assert [(row["run_id"], row["filled"], row["total"], row["percent"], row["points"]) for row in told] == [
        (4, 8, 20, 40.0, 0.0), (3, 8, 20, 40.0, 0.0), (2, 8, 20, 40.0, -60.0), (1, 20, 20, 100.0, None),
    ]  # fmt: skip
    assert {(row["field"], row["run_id"]) for row in asked(ill, "falling_fields")} == {("conditions", 2)}


def test_what_the_last_night_did(ill: Server) -> None:
    nights = asked(ill, "nights")
    assert {row["source"]: (row["runs"], row["outcomes"]) for row in nights} == {
        "ctgov": (2, "finished"), "portal": (1, "blocked"), "another": (1, "stopped")
    }  # fmt: skip
    assert [row["id"] for row in asked(ill, "last_night")] == [1, 2, 3, 4]
    changed = asked(ill, "changed_last_night", _size="max")
    assert {(row["trial_id"], row["kind"]) for row in changed} >= {("NCT09000019", "changed"), ("NCT09000000", "new")}


def test_problems_by_field(ill: Server) -> None:
    (told,) = [row for row in asked(ill, "problem_counts") if row["example"] == "A_NEW_WORD"]
    assert (told["source"], told["trials"], told["example_trial"]) == ("ctgov", 3, "NCT09000000")


def test_every_view_and_query_has_a_page_that_explains_it(ill: Server) -> None:
    for name in MINE:
        status, text = ill.get(f"/trials/{name}")
        assert (status, VIEWS[name].title in text) == (200, True), name
    home = ill.get("/trials")[1]
    for name, query in QUERIES.items():
        assert query.title in home
        status, text = ill.get(f"/trials/{name}", field="enrollment")
        assert status == 200, name
        assert query.description in text
        assert "message-error" not in text
    front = ill.get("/")[1]
    for name in MINE:
        assert f'href="/trials/{name}"' in front, name


def test_the_columns_of_the_views_are_described(ill: Server) -> None:
    told = metadata()["databases"]["trials"]
    for name in MINE:
        there = set(asked(ill, name)[0])
        described = set(told["tables"][name]["columns"])
        assert described
        assert described <= there, name


def test_a_well_source_and_refused_records(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    run(folder, [study(n) for n in range(20)])
    sql = "SELECT source, health FROM source_health"
    assert rows(folder, sql) == [("ctgov", "well")]
    run(folder, Page(tuple(raw(b'{"protocolSection": {}}', source_id=f"NCT0900010{n}") for n in range(6))))
    assert rows(folder, sql) == [("ctgov", "ill: records refused")]
    source_run(folder, "ctgov", "failed")
    assert rows(folder, sql) == [("ctgov", "ill: not read to its end")]


def test_a_killed_run_is_told(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    with folder.locked():
        Line(folder, command="crawl", source="portal").close()
    source_run(folder, "ctgov", "finished", Page((raw(study(1)),)))
    assert dict(rows(folder, "SELECT source, health FROM source_health")) == {
        "ctgov": "well", "portal": "unfinished: interrupted"
    }  # fmt: skip


def test_a_file_without_the_views_gets_them_with_the_next_run(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    run(folder, [study(1)])
    db = sqlite3.connect(folder.trials)
    db.execute("DROP VIEW source_health")
    db.execute("DROP VIEW nights")
    db.execute("CREATE VIEW nights AS SELECT 1 AS something_older")
    db.commit()
    db.close()
    run(folder, [study(2)])
    assert rows(folder, "SELECT source, health FROM source_health") == [("ctgov", "well")]
    assert rows(folder, "SELECT seen FROM nights") == [(2,)]
