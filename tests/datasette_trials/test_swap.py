"""The hot swap: a real server under load through real publishes, and each promise by itself.

TRIALDEX_PUBLISHES sets how many publishes the load goes through; acceptance wants twenty.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import shutil
import sqlite3
import threading
import time
import urllib.request
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from datasette.app import Datasette
from datasette.database import Database

from datasette_trials.swap import HELD, LOOK_EVERY, Edition, Served
from pipelines.folder import DataFolder
from pipelines.publish import publish
from tests.datasette_trials.serving import Server, served
from tests.made import rows, run, study

PUBLISHES = int(os.environ.get("TRIALDEX_PUBLISHES", "5"))
RATE = 20  # requests a second
STUDIES = 20
# Takes some hundredths of a second in each of a page's queries, so that publishes fall between them.
SLOW = "(with recursive n (i) as (select 1 union all select i + 1 from n where i < 100000) select count(*) from n)"
# Answers made of several queries, over tables that every publish writes anew: rows, their count and facets; labels
# from another table; a stream in pieces; one query over two tables.
PATHS = (
    "/trials/trials.json?_facet=title&_facet=study_type&_size=5",
    "/trials/criteria.json?_labels=on&_facet=text&_size=20",
    "/trials/criteria?_facet=text",
    "/trials/criteria.csv?_stream=on&_size=max&_labels=on",
    f"/trials/trials.json?_facet=title&_size=5&_where={quote(SLOW)}",
    "/trials.json?sql=select+(select+max(title)+from+trials)+a,(select+min(text)+from+criteria)+b",
)


def bring_out(folder: DataFolder, version: int) -> None:
    """Publishes twenty studies that all say which version they are of, in their titles and in their criteria."""
    criteria = f"Inclusion Criteria:\n\n* Version {version}"
    run(folder, [study(n, title=f"Version {version}", criteria=criteria) for n in range(STUDIES)])
    with folder.locked():
        publish(folder)


def versions(text: str) -> set[int]:
    """Every version that an answer names."""
    return {int(number) for number in re.findall(r"Version(?: |%20|\+)(\d+)", text)}


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    folder = DataFolder(tmp_path / "data")
    bring_out(folder, 1)
    return folder


# --- a server under load --------------------------------------------------------------------------------------------


@pytest.fixture
def server(folder: DataFolder) -> Iterator[Server]:
    with served(folder) as running:
        yield running


class Load:
    """Requests at a constant rate, whether or not the ones before are answered, until `end`."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.answers: list[Future[tuple[float, set[int]]]] = []
        self.ended = threading.Event()
        self.pool = ThreadPoolExecutor(64)
        self.thread = threading.Thread(target=self._send)
        self.thread.start()

    def _send(self) -> None:
        seeded = random.Random(5)
        while not self.ended.wait(1 / RATE):
            self.answers.append(self.pool.submit(self._ask, seeded.choice(PATHS)))

    def _ask(self, path: str) -> tuple[float, set[int]]:
        sent = time.monotonic()
        with urllib.request.urlopen(self.server.url + path, timeout=30) as answer:  # raises for all but a 200
            return sent, versions(answer.read().decode())

    def end(self) -> list[tuple[float, set[int]]]:
        """When each request was sent and which versions its answer names; raises what a failed one raised."""
        self.ended.set()
        self.thread.join()
        self.pool.shutdown()
        return [answer.result() for answer in self.answers]


def open_files(folder: DataFolder) -> list[str]:
    """What the server of a folder has open in published/, deleted files too."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"{folder.published}\0serve" in (process / "cmdline").read_text() or (
                f"serve\0{folder.published}\0" in (process / "cmdline").read_text()
            ):
                found += [os.readlink(descriptor) for descriptor in (process / "fd").iterdir()]
        except OSError:
            continue
    return [name for name in found if name.startswith(str(folder.published.parent))]


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def test_no_request_fails_or_mixes_two_versions(folder: DataFolder, server: Server) -> None:
    load = Load(server)
    published = [(time.monotonic(), 1)]
    try:
        for version in range(2, PUBLISHES + 2):
            time.sleep(LOOK_EVERY + 0.3)
            bring_out(folder, version)
            published.append((time.monotonic(), version))
        time.sleep(LOOK_EVERY + 0.3)
    finally:
        answers = load.end()
    assert len(answers) > PUBLISHES * RATE * LOOK_EVERY
    assert [named for _, named in answers if len(named) != 1] == []
    for sent, (version,) in answers:  # as new as the last look at the path, or newer
        due = max(number for at, number in published if at < max(sent - LOOK_EVERY, published[0][0] + 1e-9))
        assert version >= due
    assert {version for _, (version,) in answers} == set(range(1, PUBLISHES + 2))
    until(lambda: set(open_files(folder)) == {str(folder.published)})
    assert "Traceback" not in server.said()


# --- each promise by itself -----------------------------------------------------------------------------------------


def in_loop(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Runs a test in an event loop, on a thread of its own: that of the browser's tests has one already."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, test()).result()


def in_datasette(folder: DataFolder, test: Callable[[Datasette, Served], Awaitable[None]]) -> None:
    """Runs a test in the event loop of a Datasette that serves the folder's published file."""

    async def running() -> None:
        datasette = Datasette([str(folder.published)], settings={"num_sql_threads": 2})
        await datasette.invoke_startup()
        db = datasette.databases["trials"]
        assert isinstance(db, Served)
        await test(datasette, db)

    in_loop(running)


async def title(db: Any) -> str:
    return str((await db.execute("SELECT min(title) FROM trials")).first()[0])


async def text_of(datasette: Datasette, path: str) -> str:
    answer = await datasette.client.get(path)
    assert answer.status_code == 200
    return str(answer.text)


def test_a_request_under_way_finishes_on_the_old_file(folder: DataFolder) -> None:
    async def test(datasette: Datasette, db: Served) -> None:
        async with db.held() as old:
            bring_out(folder, 2)
            db.looked = 0
            assert versions(await text_of(datasette, PATHS[0])) == {2}
            (title_there,) = old.run(lambda connection: connection.execute("SELECT min(title) FROM trials").fetchone())
            assert title_there == "Version 1"
            assert not old.closed
        assert old.closed
        assert versions(await title(db)) == {2}

    in_datasette(folder, test)


def test_a_request_asks_the_same_file_all_the_way(folder: DataFolder) -> None:
    """Also where a page asks the server itself for another one, after a publish."""

    async def test(datasette: Datasette, db: Served) -> None:
        told: list[str] = []

        async def page(scope: Any, receive: Any, send: Any) -> None:
            told.append(await title(db))
            bring_out(folder, 2)
            db.looked = 0
            told.append(await title(db))
            told.append(await text_of(datasette, PATHS[0]))

        from datasette_trials import asgi_wrapper

        await asgi_wrapper(datasette)(page)({"type": "http"}, None, None)
        assert [versions(text) for text in told] == [{1}, {1}, {1}]
        assert versions(await text_of(datasette, PATHS[0])) == {2}

    in_datasette(folder, test)


@pytest.mark.parametrize("harm", ["garbage", "nothing"])
def test_a_file_that_cannot_be_served_leaves_the_old_one(
    folder: DataFolder, tmp_path: Path, harm: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async def test(datasette: Datasette, db: Served) -> None:
        assert versions(await title(db)) == {1}
        if harm == "garbage":
            (tmp_path / "garbage").write_bytes(b"no database at all" * 500)
            os.replace(tmp_path / "garbage", folder.published)
        else:
            folder.published.unlink()
        for _ in range(3):
            db.looked = 0
            assert versions(await text_of(datasette, PATHS[1])) == {1}
        folder.published.unlink(missing_ok=True)  # the gate would not compare with garbage
        bring_out(folder, 2)
        db.looked = 0
        assert versions(await text_of(datasette, PATHS[1])) == {2}

    in_datasette(folder, test)
    assert capsys.readouterr().err.count("the old one stays") == (harm == "garbage")


def test_the_path_is_looked_at_twice_a_second_at_most(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(datasette: Datasette, db: Served) -> None:
        looks: list[float] = []
        look = db._look

        async def counted() -> None:
            looks.append(time.monotonic())
            await look()

        monkeypatch.setattr(db, "_look", counted)
        db.looked = 0
        await asyncio.gather(*(title(db) for _ in range(50)))
        assert len(looks) == 1

    in_datasette(folder, test)


def test_rows_are_counted_anew_and_as_they_are(folder: DataFolder) -> None:
    async def test(datasette: Datasette, db: Served) -> None:
        for number in (STUDIES, STUDIES + 1):
            if number > STUDIES:
                run(folder, [study(n) for n in range(number)])
                with folder.locked():
                    publish(folder)
                db.looked = 0
            counts = await db.table_counts()
            assert counts["trials"] == number
            for name in await db.table_names():
                if not name.endswith("_fts"):
                    assert rows(folder.published, f"SELECT count(*) FROM [{name}]") == [(counts[name],)], name

    in_datasette(folder, test)


def test_a_file_that_is_written_to_is_counted_by_datasette(folder: DataFolder, tmp_path: Path) -> None:
    """trials.db while nothing is published: no publish has counted its rows, and they change."""
    shutil.rmtree(folder.published.parent)
    with closing(sqlite3.connect(folder.trials)) as db:
        db.execute("ANALYZE")
        db.commit()
    folder.published = folder.trials

    async def test(datasette: Datasette, db: Served) -> None:
        run(folder, [study(n) for n in range(STUDIES + 7)])
        assert (await db.table_counts(1000))["trials"] == STUDIES + 7

    in_datasette(folder, test)


def test_other_databases_stay_datasettes_own(folder: DataFolder, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as db:
        db.execute("CREATE TABLE notes (text)")
        db.commit()

    async def test() -> None:
        datasette = Datasette([str(tmp_path / "other.db"), str(folder.published)])
        await datasette.invoke_startup()
        assert type(datasette.databases["other"]) is not Served
        assert [name for name in datasette.databases if name != "_internal"] == ["other", "trials"]
        assert (await datasette.client.get("/other/notes.json")).status_code == 200
        assert versions(await text_of(datasette, PATHS[0])) == {1}

    in_loop(test)


SCHEMA = ("table_columns", "table_column_details", "primary_keys", "fts_table", "foreign_keys_for_table")


def test_the_schema_is_asked_once_and_says_what_datasette_says(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def test(datasette: Datasette, db: Served) -> None:
        asked: list[Any] = []
        run = Edition.run

        def counted(edition: Edition, function: Callable[[sqlite3.Connection], Any]) -> Any:
            asked.append(function)
            return run(edition, function)

        monkeypatch.setattr(Edition, "run", counted)
        for page, most in (("/", 30), ("/trials", 10)):
            await text_of(datasette, page)
            asked.clear()
            await text_of(datasette, page)
            assert len(asked) < most, "ninety tables, some questions"
        async with db.held() as edition:
            token = HELD.set({db: edition})
            for name in await db.table_names():
                for question in SCHEMA:
                    told = [await getattr(db, question)(name) for _ in range(2)]
                    assert told[0] == told[1] == await getattr(Database, question)(db, name), (question, name)
            assert await db.get_all_foreign_keys() == await Database.get_all_foreign_keys(db)
            assert (question, name) in edition.schema
            assert await db.table_columns("no such table") == []
            assert ("table_columns", "no such table") not in edition.schema, "nobody can fill it with names"
            (await db.table_columns("trials")).clear()
            assert await db.table_columns("trials"), "what is handed out is a copy"
            HELD.reset(token)

    in_datasette(folder, test)


def test_a_new_file_tells_its_own_schema(folder: DataFolder) -> None:
    async def test(datasette: Datasette, db: Served) -> None:
        before = await text_of(datasette, "/trials")
        with closing(sqlite3.connect(folder.published)) as published:
            published.execute("CREATE TABLE added_by_hand (thing TEXT)")
            published.commit()
        copied = folder.published.with_suffix(".copy")
        shutil.copyfile(folder.published, copied)
        os.replace(copied, folder.published)
        db.looked = 0
        after = await text_of(datasette, "/trials")
        assert "added_by_hand" in after
        assert "added_by_hand" not in before

    in_datasette(folder, test)


def test_a_file_that_is_written_to_is_asked_each_time(folder: DataFolder) -> None:
    shutil.rmtree(folder.published.parent)
    folder.published = folder.trials

    async def test(datasette: Datasette, db: Served) -> None:
        assert "added_by_hand" not in await text_of(datasette, "/trials")
        with closing(sqlite3.connect(folder.trials)) as trials:
            trials.execute("CREATE TABLE added_by_hand (thing TEXT)")
            trials.commit()
        assert "added_by_hand" in await text_of(datasette, "/trials")

    in_datasette(folder, test)
