"""The list of trials, searched or filtered: what is asked of the narrow table says what `trials` says."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest
from datasette.app import Datasette

from datasette_trials import swap
from datasette_trials.narrow import NARROW, TALLIES, filtered, searched, tallied
from pipelines.folder import DataFolder
from pipelines.metadata import metadata
from pipelines.schema import FACETED
from pipelines.search_tables import SEARCH_TABLES

MATCH = "rowid in (select rowid from [trials_fts] where [trials_fts] match escape_fts(:search))"
FACET = (
    "\n select {0} as value, count(*) as count from (\n"
    " select id, [status], phase, study_type, source, sex, last_updated from trials where {1} \n)\n"
    "where {0} is not null\n group by {0} order by count desc, value limit 31\n"
)
PAGE = "select id, title from trials where {} order by last_updated desc limit 51"


@pytest.mark.parametrize(
    ("sql", "narrow"),
    [
        (f"select count(*) from trials where {MATCH} ", True),
        (f'select count(*) from trials where "status" = :p0 and {MATCH} ', True),
        (f"select count(*) from trials where removed_at is null and phase is not null and {MATCH} ", True),
        (f"select count(*) from trials where {MATCH.replace('escape_fts(:search)', ':search')} ", True),
        (PAGE.format(f"source = :p0 and {MATCH}"), True),
        # What the narrow table does not say, and what is written in another way.
        (f"select count(*) from trials where sex = :p0 and {MATCH} ", False),
        (f"select count(*) from trials where status = :p0 or {MATCH} ", False),
        (f"select count(*) from trials where {MATCH} and 1", False),
        (f"select count(*) from criteria where {MATCH} ", False),
        (f"select count(*) from trials where {MATCH.replace('trials_fts', 'criteria_fts')} ", False),
        ("select count(*) from trials where status = :p0 ", False),
        (FACET.format("status", MATCH), False),
        (PAGE.format(MATCH).replace("desc", "asc"), False),
        (PAGE.format(MATCH).replace("last_updated", "title"), False),
        (PAGE.format(MATCH) + " offset 3", False),
    ],
)
def test_only_questions_that_the_narrow_table_can_answer(sql: str, narrow: bool) -> None:
    assert (NARROW in searched(sql) or "FROM trials_fts" in searched(sql)) == narrow
    assert narrow or searched(sql) == sql


def test_all_facets_of_a_search_share_one_tally() -> None:
    asked_for = [tallied(FACET.format(name, f"status = :p0 and {MATCH}")) for name in FACETED]
    tallies, facets = zip(*filter(None, asked_for), strict=True)
    assert len(set(tallies)) == 1
    assert len(set(facets)) == len(FACETED) == 4
    assert NARROW in tallies[0]
    assert "status = :p0" in tallies[0]
    for other in (FACET.format("sex", MATCH), FACET.format("status", "status = :p0"), PAGE.format(MATCH)):
        assert tallied(other) is None


@pytest.mark.parametrize(
    ("where", "known"),
    [
        ("status = :p0", True),
        ('"phase" = :p0 and "status" is null', True),
        ("removed_at is null and source = :p0", True),
        ("removed_at is not null", True),
        ("removed_at = :p0", False),
        ("last_updated = :p0", False),
        ("sex = :p0 and status = :p1", False),
        ("status = :p0 or phase = :p1", False),
        ("status != :p0", False),
    ],
)
def test_a_filter_on_what_is_counted_is_a_sum(where: str, known: bool) -> None:
    for sql in (f"select count(*) from trials where {where} ", FACET.format("study_type", where)):
        assert (f"FROM {TALLIES} WHERE {where}" in filtered(sql)) == known
        assert known or filtered(sql) == sql
    assert filtered(FACET.format("sex", where)) == FACET.format("sex", where)


# --- on a file ------------------------------------------------------------------------------------------------------


def test_the_narrow_table_says_what_trials_says(library: DataFolder) -> None:
    with closing(sqlite3.connect(f"file:{library.published}?mode=ro", uri=True)) as db:
        columns = ", ".join(list(SEARCH_TABLES[NARROW].columns)[1:])
        assert set(FACETED) <= set(columns.split(", "))
        wide = db.execute(f"SELECT rowid, {columns} FROM trials ORDER BY rowid").fetchall()
        assert len(wide) == 44
        assert db.execute(f"SELECT * FROM {NARROW} ORDER BY trial_row").fetchall() == wide


def asked(folder: DataFolder, paths: list[str]) -> list[Any]:
    """What Datasette answers, with our metadata, in this process."""

    async def ask() -> list[Any]:
        datasette = Datasette([str(folder.published)], metadata=metadata(), settings={"suggest_facets": False})
        await datasette.invoke_startup()
        return [(await datasette.client.get(path)).json() for path in paths]

    with ThreadPoolExecutor(1) as thread:  # Playwright's event loop runs on this one, once a page test has used it
        return thread.submit(lambda: asyncio.run(ask())).result()


PATHS = [  # and how many of Datasette's questions are put in another way: the page, its count, four facets
    ("/trials/trials.json?_search=narwhal", 6),
    ("/trials/trials.json?_search=study&_size=3", 6),
    ("/trials/trials.json?_search=narw*&_searchmode=raw", 6),
    ("/trials/trials.json?_search=study&status=Completed&removed_at__isnull=1", 6),
    ("/trials/trials.json?_search=study&source=ctgov&_facet=phase&_size=2", 7),
    ("/trials/trials.json?_search=nothing+has+this", 6),
    ("/trials/trials.json?_search=study&_sort=id", 5),
    ("/trials/trials.json?_search=study&sex=All", 0),
    ("/trials/trials.json?_search_title=study", 0),
    ("/trials/trials.json?source=ctgov&phase=Phase+3", 5),
    ("/trials/trials.json?status=Completed&removed_at__isnull=1&_size=2", 5),
    ("/trials/trials.json?removed_at__notnull=1", 5),
    ("/trials/trials.json?phase__isnull=1&_facet=sex", 5),
    ("/trials/trials.json?status=nobody+has+it", 5),
    ("/trials/trials.json?last_updated=2026-10-01", 0),
    ("/trials/criteria.json?_search=narwhals", 0),
]


@pytest.mark.parametrize(("path", "changed"), PATHS)
def test_datasette_says_the_same_with_and_without(
    library: DataFolder, monkeypatch: pytest.MonkeyPatch, path: str, changed: int
) -> None:
    told: list[bool] = []

    def watched(function: Callable[..., Any]) -> Callable[..., Any]:
        def watch(sql: str, *more: Any) -> Any:
            told.append(function(sql, *more) not in (sql, None))
            return function(sql, *more)

        return watch

    with monkeypatch.context() as watching:
        watching.setattr(swap, "searched", watched(searched))
        watching.setattr(swap, "filtered", watched(filtered))
        watching.setattr(swap, "tallied", watched(tallied))
        (narrow,) = asked(library, [path])
    with monkeypatch.context() as plain:
        plain.setattr(swap, "searched", lambda sql: sql)
        plain.setattr(swap, "filtered", lambda sql: sql)
        plain.setattr(swap, "tallied", lambda sql: None)
        (wide,) = asked(library, [path])
    for answer in (narrow, wide):
        del answer["query_ms"]
        answer["rows"].sort(key=json.dumps)  # Datasette leaves the order of equals to SQLite
    assert narrow == wide
    assert sum(told) == changed, "or Datasette writes its SQL in another way, and is slow again"
    assert narrow["filtered_table_rows_count"] == 0 or narrow["rows"]


def plan(folder: DataFolder, sql: str) -> list[str]:
    """How SQLite goes about it in a large file: for forty trials it reads everything."""
    with closing(sqlite3.connect(folder.published)) as small, closing(sqlite3.connect(":memory:")) as db:
        small.backup(db)
        db.execute("DELETE FROM sqlite_stat1")  # then it takes every table for one of a million rows
        db.execute("ANALYZE sqlite_schema")
        db.create_function("escape_fts", 1, lambda text: f'"{text}"')
        steps = db.execute(f"EXPLAIN QUERY PLAN {sql}", {"search": "study", "p0": "Recruiting"}).fetchall()
    return [step for *_, step in steps]


def test_a_search_reads_narrow_rows_and_only_those_trials_that_the_page_shows(library: DataFolder) -> None:
    for sql in (f"select count(*) from trials where status = :p0 and {MATCH} ", FACET.format("phase", MATCH)):
        steps = plan(library, (tallied(sql) or [searched(sql)])[0])
        assert any(f"SEARCH {NARROW} USING INTEGER PRIMARY KEY" in step for step in steps), steps
        assert not any("trials USING" in step for step in steps), steps
        assert any("SEARCH trials USING" in step for step in plan(library, sql)), "it would read the wide rows"
    first, *then = plan(library, searched(PAGE.format(MATCH)))
    assert first.startswith("SEARCH trials USING INTEGER PRIMARY KEY")
    assert any(step.startswith(f"SEARCH {NARROW} USING INTEGER PRIMARY KEY") for step in then)


def test_a_tally_is_of_its_own_search_and_few_are_kept(library: DataFolder) -> None:
    words = [f"word{n}" for n in range(swap.MOST_TALLIES)] + ["narwhal", "gout", "narwhal"]
    answers = asked(library, [f"/trials/trials.json?_search={word}" for word in words])
    counts = [sum(value["count"] for value in answer["facet_results"]["source"]["results"]) for answer in answers]
    assert counts == [answer["filtered_table_rows_count"] for answer in answers]
    assert counts[-3] == counts[-1] != counts[-2] > 0 == counts[0]
