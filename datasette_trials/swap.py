"""The hot swap: a running Datasette takes up a database file that was replaced, between two requests.

`trialdex publish` puts a new file in the old one's place with one `os.replace`. Datasette keeps connections in the
threads of one pool, opened when first needed, so that some would read the old file and some the new one, within one
page. Here a file is served in *editions*: the connections that were opened on one inode, with threads of their own. A
request keeps the edition that it began with; the last one to leave a superseded edition closes it.
"""

from __future__ import annotations

import asyncio
import copy
import json
import os
import queue
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

from datasette.database import Database

from datasette_trials.known import SPELLING, shortened
from datasette_trials.narrow import NARROW, TALLIES, filtered, searched, tallied

MOST_TALLIES = 16  # that are kept, of some kilobytes each; a page reads its own four times and no other
LOOK_EVERY = 0.5  # seconds between two looks at the path; one costs some microseconds
App = Callable[[Any, Any, Any], Awaitable[None]]

# What the request that is being answered reads from. A context variable, because Datasette asks `datasette.databases`
# again and again while it answers one request.
HELD: ContextVar[Mapping[Served, Edition]] = ContextVar("held", default=MappingProxyType({}))


class Moved(OSError):
    """The path named another file after connecting than before, several times over."""


def identity(path: str) -> tuple[int, int]:
    """The file that a path names. While it is held open no other file can get its inode, so this tells them apart."""
    found = os.stat(path)
    return found.st_dev, found.st_ino


class Edition:
    """One file: as many open connections as threads. All are opened at once, before and after which the path names
    the same file; one opened later might be on the next."""

    def __init__(self, file: tuple[int, int], connections: list[sqlite3.Connection]) -> None:
        self.file = file
        self.users = 0
        self.closed = False
        self.counts: dict[str, int | None] | None = None
        self.faceted: frozenset[tuple[str, str]] | None = None  # (table, column) whose values the file has counted
        self.names = _names(connections[0])
        self.schema: dict[tuple[str, ...], Any] = {}  # what was asked about the file's tables -> what it said
        self.tallies: dict[tuple[Any, ...], str] = {}  # of the last searches of the list of trials
        self.connections = connections
        self.free: queue.SimpleQueue[sqlite3.Connection] = queue.SimpleQueue()
        for connection in connections:
            self.free.put(connection)
        self.threads = ThreadPoolExecutor(len(connections), thread_name_prefix="edition")

    def run(self, function: Callable[[sqlite3.Connection], Any]) -> Any:
        """Calls a function with a connection that no other thread uses."""
        connection = self.free.get()
        try:
            return function(connection)
        finally:
            self.free.put(connection)

    def close(self) -> None:
        """Waits for what still runs, as after a client that went away, and closes the file."""
        self.threads.shutdown()
        for connection in self.connections:
            connection.close()


def once(ask: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """A method that asks for the schema, asked once of the file that a request reads, if nobody writes to it.

    The page of all tables asks several such questions of every table, and each waits for a thread longer than for
    SQLite. Only names that the file has are remembered, because a reader may ask for any.
    """

    async def asked(self: Served, *tables: str) -> Any:
        edition = HELD.get().get(self)
        if edition is None or not edition.names or not edition.names.issuperset(tables):
            return await ask(self, *tables)
        question = (ask.__name__, *tables)
        if question not in edition.schema:
            edition.schema[question] = await ask(self, *tables)
        return copy.copy(edition.schema[question])

    return asked


async def _spelled(db: Served, name: str) -> Any:
    return await Database.execute(db, SPELLING, (name,))


class Served(Database):  # type: ignore[misc]  # Datasette carries no types
    """A database file that may be replaced while it is served."""

    def __init__(self, datasette: Any, path: str, is_mutable: bool = True) -> None:
        super().__init__(datasette, path=path, is_mutable=is_mutable)
        self.edition: Edition | None = None
        self.looked = 0.0
        self.unusable: tuple[int, ...] = ()  # the state of a file that could not be opened, so that it is said once
        self.exchanging = asyncio.Lock()

    async def execute_fn(self, fn: Callable[[sqlite3.Connection], Any]) -> Any:
        """Calls `fn` with a connection of the edition that the request began with, or else of the present one."""
        loop = asyncio.get_running_loop()
        held = HELD.get().get(self)
        if held and not held.closed:
            return await loop.run_in_executor(held.threads, held.run, fn)
        async with self.held() as edition:
            return await loop.run_in_executor(edition.threads, edition.run, fn)

    table_names = once(Database.table_names)
    view_names = once(Database.view_names)
    hidden_table_names = once(Database.hidden_table_names)
    table_columns = once(Database.table_columns)
    table_column_details = once(Database.table_column_details)
    primary_keys = once(Database.primary_keys)
    fts_table = once(Database.fts_table)
    foreign_keys_for_table = once(Database.foreign_keys_for_table)
    get_all_foreign_keys = once(Database.get_all_foreign_keys)
    spelled = once(_spelled)

    async def execute(self, sql: str, *arguments: Any, **options: Any) -> Any:
        """Datasette's own, but what the file says of itself is not asked again."""
        if sql == SPELLING and arguments and not options:
            return await self.spelled(*arguments[0])
        if "count(*)" in sql or "trials_fts" in sql:
            async with self.held() as present:
                edition = HELD.get().get(self, present)
                if edition.faceted is None:
                    edition.faceted = await self.execute_fn(_faceted)
                if edition.faceted:
                    sql = shortened(sql, await self.table_counts(), edition.faceted)
                if NARROW in edition.names:
                    if (asked := tallied(sql)) and options.get("params"):
                        return await self._facet(edition, *asked, **options)
                    sql = searched(sql)
                if TALLIES in edition.names:
                    sql = filtered(sql)
        return await super().execute(sql, *arguments, **options)

    async def _facet(self, edition: Edition, tally: str, facet: str, *, params: Any, **options: Any) -> Any:
        """One facet of a search, from the tally that its page's other facets are read from, too."""
        key = (tally, tuple(sorted(params.items())))
        if key not in edition.tallies:
            found = await super().execute(tally, params, **options)
            if len(edition.tallies) >= MOST_TALLIES:
                edition.tallies.pop(next(iter(edition.tallies)))
            edition.tallies[key] = json.dumps([list(row) for row in found.rows])
        return await super().execute(facet, {"tally": edition.tallies[key]}, **options)

    @asynccontextmanager
    async def held(self) -> AsyncIterator[Edition]:
        """The present edition, which stays open for as long as it is held."""
        edition = await self.present()
        edition.users += 1
        try:
            yield edition
        finally:
            edition.users -= 1
            self._close_if_left(edition)

    async def present(self) -> Edition:
        """The edition of the file that the path names, or named half a second ago."""
        if self.edition is None or time.monotonic() - self.looked >= LOOK_EVERY:
            async with self.exchanging:
                if self.edition is None or time.monotonic() - self.looked >= LOOK_EVERY:
                    await self._look()
                    self.looked = time.monotonic()
        assert self.edition
        return self.edition

    async def _look(self) -> None:
        """Exchanges the edition if the path names another file that can be read; if not, what is served stays."""
        state: tuple[int, ...] = ()
        try:
            found = os.stat(self.path)
            state = (found.st_ino, found.st_size, found.st_mtime_ns)
            if self.edition and (state == self.unusable or identity(self.path) == self.edition.file):
                return
            fresh = await asyncio.get_running_loop().run_in_executor(None, self._opened)
        except (OSError, sqlite3.Error) as error:
            if self.edition is None:
                raise
            if state != self.unusable:
                print(f"{self.path}: the new file cannot be served, the old one stays: {error}", file=sys.stderr)
            self.unusable = state
            return
        old, self.edition = self.edition, fresh
        if old:
            self._close_if_left(old)

    def _opened(self) -> Edition:
        """Raises OSError or sqlite3.Error where the file cannot be read."""
        for _ in range(5):
            before, connections = identity(self.path), []
            try:
                for _ in range(self.ds.setting("num_sql_threads")):
                    connections.append(self.connect())
                    connections[-1].execute("SELECT count(*) FROM sqlite_master").fetchone()
                if identity(self.path) == before:
                    for connection in connections:
                        self.ds._prepare_connection(connection, self.name)
                    return Edition(before, connections)
            except BaseException:
                _close(connections)
                raise
            _close(connections)
        raise Moved(f"{self.path} is replaced all the time")

    def connect(self, write: bool = False) -> sqlite3.Connection:
        """Datasette's own connection, which its editions close, not the database."""
        connection: sqlite3.Connection = super().connect(write)
        self._all_file_connections.remove(connection)
        return connection

    def _close_if_left(self, edition: Edition) -> None:
        if edition is not self.edition and not edition.users and not edition.closed:
            edition.closed = True
            asyncio.get_running_loop().run_in_executor(None, edition.close)

    async def table_counts(self, limit: int = 10) -> dict[str, int | None]:
        """Rows of every table. A published file says them itself, in the statistics that `publish` makes last;
        Datasette would count, at most `limit` milliseconds a table."""
        async with self.held() as present:
            edition = HELD.get().get(self, present)
            if edition.counts is None:
                known = await self.execute_fn(_counted)
                if known is None:  # a file that is being written
                    return dict(await super().table_counts(limit))
                edition.counts = known
            return dict(edition.counts)


def _close(connections: list[sqlite3.Connection]) -> None:
    for connection in connections:
        connection.close()


def _names(connection: sqlite3.Connection) -> frozenset[str]:
    """The tables and views of a published file; none of a file that is written to, whose schema may change."""
    (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    if mode == "wal":
        return frozenset()
    found = connection.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
    return frozenset(name for (name,) in found)


def _faceted(connection: sqlite3.Connection) -> frozenset[tuple[str, str]]:
    """The facets that were counted when the file was published; none in a file that is written to."""
    if "facet_counts" not in _names(connection):
        return frozenset()
    return frozenset(map(tuple, connection.execute("SELECT DISTINCT of_table, of_column FROM facet_counts")))


def _counted(connection: sqlite3.Connection) -> dict[str, int | None] | None:
    """Rows of each table as ANALYZE counted them; None for a file without its counts, or one that is written to.

    A partial index has fewer entries than its table has rows; every table of ours has an index with all of them. What
    ANALYZE left out is empty, or its own table.
    """
    if "sqlite_stat1" not in _names(connection):
        return None
    known = dict(connection.execute("SELECT tbl, max(CAST(stat AS INTEGER)) FROM sqlite_stat1 GROUP BY tbl"))
    counts: dict[str, int | None] = {}
    for name, page in connection.execute("SELECT name, rootpage FROM sqlite_master WHERE type = 'table'").fetchall():
        counts[name] = known.get(name)
        if name not in known and page:  # a virtual table has no page of its own
            (counts[name],) = connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()
    return counts


# --- in Datasette ---------------------------------------------------------------------------------------------------


def serve_editions(datasette: Any, name: str) -> None:
    """Puts a Served in the place of a database of Datasette's own; without SQL threads Datasette's own stays."""
    plain = datasette.databases[name]
    if datasette.executor is None or plain.path is None or isinstance(plain, Served):
        return
    served = Served(datasette, plain.path, plain.is_mutable)
    served.name, served.route = name, plain.route
    datasette.databases = {**datasette.databases, name: served}
    plain.close()


def one_edition_a_request(datasette: Any, app: App) -> App:
    """An ASGI application in which a request reads one edition of every database, from its first byte to its last."""

    async def held(scope: Any, receive: Any, send: Any) -> None:
        async with AsyncExitStack() as stack:
            holding = dict(HELD.get())
            if scope["type"] == "http":
                for db in datasette.databases.values():
                    if isinstance(db, Served) and db not in holding:  # one request may ask another of the same server
                        holding[db] = await stack.enter_async_context(db.held())
            token = HELD.set(holding)
            try:
                await app(scope, receive, send)
            finally:
                HELD.reset(token)

    return held
