"""What Datasette asks of a whole table is read, not counted, and says the same; any other question is left alone."""

from __future__ import annotations

import asyncio
import copy
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from datasette.app import Datasette

from datasette_trials import swap
from datasette_trials.known import constant, shortened
from pipelines.folder import DataFolder
from pipelines.schema import TABLES

COUNTS = {"trials": 5, "empty": 0, "unknown": None}
FACET = (
    "select {0} as value, count(*) as count from (\n select {1} from {2} {3} ) where {0} is not null "
    "group by {0} order by count desc, value limit 31"
)


@pytest.mark.parametrize(
    ("sql", "becomes"),
    [
        ("select count(*) from trials ", 'SELECT 5 AS "count(*)"'),
        ("select count(*) from [trials]", 'SELECT 5 AS "count(*)"'),
        ("select count(*) from empty ", 'SELECT 0 AS "count(*)"'),
        ("select count(*) from unknown ", None),
        ("select count(*) from other ", None),
        ("select count(*) from trials where status = :p0", None),
        ("select count(*) from trials, trials", None),
        ("select 1, count(*) from trials", None),
        (FACET.format("status", "id, [status]", "trials", "where id = :p0"), None),
        (FACET.format("phase", "id, phase", "trials", ""), None),
        (FACET.format("status", "id, status", "other", ""), None),
    ],
)
def test_only_whole_tables_that_were_counted(sql: str, becomes: str | None) -> None:
    assert shortened(sql, COUNTS, {("trials", "status")}) == (becomes or sql)


def test_a_facet_of_a_whole_table_is_read() -> None:
    for columns in ("id, [status]", "*", "id, status"):
        told = shortened(FACET.format("status", columns, "trials", ""), COUNTS, {("trials", "status")})
        assert "FROM facet_counts WHERE of_table = 'trials' AND of_column = 'status'" in told
        assert told.endswith("LIMIT 31")


FACETS = [(name, facet) for name, table in TABLES.items() for facet in table.facets]


@pytest.mark.parametrize(("table", "facet"), FACETS)
def test_what_is_read_is_what_counting_says(folder: DataFolder, table: str, facet: str) -> None:
    db = sqlite3.connect(f"file:{folder.published}?mode=ro", uri=True)
    sql = FACET.format(facet, "*", table, "")
    known = shortened(sql, {}, {(table, facet)})
    assert known != sql
    assert db.execute(known).fetchall() == db.execute(sql).fetchall()
    types = "SELECT DISTINCT typeof(value) FROM ({})"
    assert sorted(db.execute(types.format(known))) == sorted(db.execute(types.format(sql)))
    db.close()


@pytest.mark.parametrize(
    ("path", "read"),
    [
        ("/trials/criteria.json?_labels=on", True),
        ("/trials/criteria.json?kind=exclusion", False),
        ("/trials/criteria.json?_search=fever", False),
    ],
)
def test_datasette_s_own_questions_are_those_that_are_known(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch, path: str, read: bool
) -> None:
    """In one process, to see the SQL: another Datasette may write it in another way, and be slow again."""
    shorter: list[bool] = []

    def watched(sql: str, *known: Any) -> str:
        shorter.append(shortened(sql, *known) != sql)
        return shortened(sql, *known)

    monkeypatch.setattr(swap, "shortened", watched)

    async def ask() -> dict[str, Any]:
        tables = {"criteria": {"facets": ["kind"]}}
        datasette = Datasette([str(folder.published)], metadata={"databases": {"trials": {"tables": tables}}})
        await datasette.invoke_startup()
        told: dict[str, Any] = (await datasette.client.get(path)).json()
        return told

    with ThreadPoolExecutor(1) as thread:  # Playwright's event loop runs on this one, once a page test has used it
        told = thread.submit(lambda: asyncio.run(ask())).result()
    assert [value["value"] for value in told["facet_results"]["kind"]["results"]]
    assert told["filtered_table_rows_count"]
    assert shorter.count(True) == (2 if read else 0), "the number of rows, and the facet"


def test_metadata_says_the_same_and_is_copied_only_where_it_says_who_may_see_something() -> None:
    said = {"title": "T", "databases": {"open": {"tables": {"a": {"columns": {"x": "X"}}}},
                                        "closed": {"tables": {"b": {"allow": {"id": "root"}}}}}}  # fmt: skip
    kept = constant(said)
    assert kept == said
    copied = copy.deepcopy(kept)
    assert copied == said
    assert copied["databases"]["open"] is kept["databases"]["open"]
    assert copied["databases"]["closed"] is not kept["databases"]["closed"]
    assert (
        copied["databases"]["closed"]["tables"]["b"]["allow"] is not said["databases"]["closed"]["tables"]["b"]["allow"]
    )


@pytest.mark.parametrize(("table", "status"), [("criteria", 403), ("trials", 200)])
def test_a_table_that_not_all_may_see_stays_so(folder: DataFolder, table: str, status: int) -> None:
    async def ask() -> int:
        tables = {"criteria": {"allow": False}, "trials": {"columns": {"id": "The number"}}}
        datasette = Datasette([str(folder.published)], metadata={"databases": {"trials": {"tables": tables}}})
        await datasette.invoke_startup()
        return int((await datasette.client.get(f"/trials/{table}.json")).status_code)

    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(lambda: asyncio.run(ask())).result() == status


def test_who_may_see_a_table_is_worked_out_once_each(folder: DataFolder) -> None:
    """And the remembered rules are what Datasette says, in whatever case a table is written."""

    async def ask() -> None:
        tables = {"criteria": {"allow": {"id": "root"}}, "Trials": {"allow": False}, "runs": {"title": "Runs"}}
        datasette = Datasette([str(folder.published)], metadata={"databases": {"trials": {"tables": tables}}})
        await datasette.invoke_startup()
        rules = datasette._table_permission_allows
        for name in ("criteria", "CRITERIA", "trials", "runs", "none", "criteria"):
            assert rules("trials", name) == Datasette._table_permission_allows(datasette, "trials", name), name
        assert rules("trials", "criteria") == [{"id": "root"}]
        assert rules.cache_info().hits == 2
        assert (await datasette.client.get("/trials/criteria.json")).status_code == 403
        assert (await datasette.client.get("/trials/trials.json")).status_code == 403

    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(ask())).result()
