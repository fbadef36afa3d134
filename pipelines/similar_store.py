"""What the computation of similar trials keeps: its rows, its folder in `work/`, and what it has seen of each trial."""

from __future__ import annotations

import json
import multiprocessing
import os
import secrets
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, NamedTuple

from sqlite_utils import Database

from pipelines.folder import DataFolder
from pipelines.readers import processes as helpers
from pipelines.schema import TABLES, create_sql, ensure_indexes
from pipelines.similar_nearest import Neighbour

METHOD = 2  # raised when the same trials would give other scores, or the folder holds them in another form
ALONE = 2_000  # trials up to which starting other processes costs more than they save
OWN = ("similar_trials", "terms")
INSERT = f"INSERT INTO similar_trials VALUES ({', '.join('?' * len(TABLES['similar_trials'].columns))})"


class Live(NamedTuple):
    """The live trials in the order of their ids, with when each last changed and its study: the first of the ids under
    which it is known."""

    ids: list[str]
    changed_at: list[str]
    studies: list[str]


class State(NamedTuple):
    """What a folder of `work/` was computed from."""

    method: int
    live: Live
    weighed: int  # trials when the weights were computed
    drifted: int  # trials new, changed or gone since


def own_tables(db: Database) -> None:
    """Makes this step's tables anew where they are missing or of an earlier form: they hold nothing but its own."""
    with db.atomic():
        db.execute("CREATE TABLE IF NOT EXISTS _similar (folder TEXT NOT NULL)")
        for name in OWN:
            columns = [row[0] for row in db.execute("SELECT name FROM pragma_table_info(?)", [name])]
            if columns != [*TABLES[name].columns]:
                db.execute(f"DROP TABLE IF EXISTS {name}")
                db.execute(create_sql(name, TABLES[name]))
                db.execute("DELETE FROM _similar")
        ensure_indexes(db)


def live_trials(db: Database) -> Live:
    """Every live trial. Records that name one register number, or are linked, are one study."""
    trials = db.execute("SELECT id, last_changed, study_id FROM trials WHERE removed_at IS NULL ORDER BY id").fetchall()
    first: dict[str, str] = {}

    def study(id: str) -> str:
        while (above := first.get(id, id)) != id:
            id = above
        return id

    def join(one: str, other: str) -> None:
        low, high = sorted((study(one), study(other)))
        first[high] = low

    for id, _, study_id in trials:
        if study_id and study_id != id:
            join(id, study_id)
    for one, other in db.execute("SELECT trial_id, other_id FROM links"):
        join(one, other)
    ids = [id for id, *_ in trials]
    return Live(ids, [changed or "" for _, changed, _ in trials], [study(id) for id in ids])


def last_state(db: Database, folder: DataFolder) -> tuple[State | None, Path | None]:
    """What the last computation left, if its folder is still there and of this method."""
    row = db.execute("SELECT folder FROM _similar").fetchone()
    here = folder.work / row[0] if row else None
    try:
        told = json.loads((here / "state.json").read_text(encoding="utf-8")) if here else None
        state = State(told["method"], Live(*told["live"]), told["weighed"], told["drifted"]) if told else None
    except (OSError, ValueError, TypeError, KeyError):
        return None, None
    return (state, here) if state and state.method == METHOD else (None, None)


def insert(db: Database, ids: Sequence[str], found: Iterable[tuple[int, Sequence[Neighbour]]]) -> None:
    """Writes the neighbours of some trials, all given by row."""
    db.conn.executemany(
        INSERT,
        (
            (ids[row], rank, ids[near.row], near.score, *near.parts, near.sister)
            for row, neighbours in found
            for rank, near in enumerate(neighbours, start=1)
        ),
    )


def fresh_folder(folder: DataFolder) -> Path:
    fresh = folder.work / f"similar-{secrets.token_hex(4)}"
    fresh.mkdir(parents=True)
    return fresh


def remember(fresh: Path, state: State) -> None:
    (fresh / "state.json").write_text(json.dumps(state._asdict()), encoding="utf-8")


def adopt(db: Database, fresh: Path) -> None:
    db.execute("DELETE FROM _similar")
    db.execute("INSERT INTO _similar VALUES (?)", [fresh.name])


def forget_others(folder: DataFolder, kept: Path) -> None:
    """Removes the folders of earlier computations, and of killed ones."""
    for other in folder.work.glob("similar-*"):
        if other != kept:
            shutil.rmtree(other, ignore_errors=True)


def blocks(things: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """A sequence in pieces of a size, the last one shorter."""
    return (things[at : at + size] for at in range(0, len(things), size))


# --- several processes ----------------------------------------------------------------------------------------------


@contextmanager
def workers(trials: int, processes: int | None) -> Iterator[Callable[..., Iterator[Any]]]:
    """A `map` over arguments whose results come in order: in processes beside, or here where there is little to do."""
    count = processes if processes is not None else helpers() + 1  # this one only waits and writes
    if trials <= ALONE or count < 2:
        yield lambda function, jobs: (function(*job) for job in jobs)
        return
    with ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), _end_with_parent) as pool:

        def ahead(function: Callable[..., Any], jobs: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
            waiting: list[Future[Any]] = []
            for job in jobs:  # no more results than these wait in memory
                waiting.append(pool.submit(function, *job))
                if len(waiting) > 2 * count:
                    yield waiting.pop(0).result()
            for future in waiting:
                yield future.result()

        yield ahead


def _end_with_parent() -> None:
    """A killed run leaves no process behind: one that waits for work would wait for ever."""

    def wait(parent: BaseProcess) -> None:
        parent.join()
        os._exit(1)

    if parent := multiprocessing.parent_process():
        threading.Thread(target=wait, args=[parent], daemon=True).start()
