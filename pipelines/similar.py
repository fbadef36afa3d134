"""The nearest neighbours of every live trial. Writes `similar_trials` and `terms` only; vectors stand in `work/`.

A full computation weighs every term anew. A later one goes on from it with the weights as they are: it computes what is
new or changed, the trials whose neighbours those were, and the trials whose neighbours they become. When a tenth of
the trials has changed since the weights were computed, or the folder in `work/` is missing, it is a full one again.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
from sqlite_utils import Database

from pipelines.folder import DataFolder
from pipelines.schema import TABLES, create_sql, ensure_indexes, open_trials
from pipelines.similar_nearest import BLOCK, Found, nearest, save, write_shapes
from pipelines.similar_vectors import Array, Gathering, Vectors, read_block

T = TypeVar("T")
METHOD = 1  # raised when the same trials would give other scores
STALE = 0.1  # share of the trials that may change before the weights are computed again
ALONE = 2_000  # trials up to which starting other processes costs more than they save
OWN = ("similar_trials", "terms")


class Similar(NamedTuple):
    """What a computation did. `computed`: trials whose neighbours were looked for."""

    kind: str  # full, update or nothing
    trials: int
    changed: int
    computed: int


class State(NamedTuple):
    """What stands in a folder of `work/`: the trials by row, each with when it last changed and its study."""

    method: int
    ids: list[str]
    changed_at: list[str]
    studies: list[str]
    weighed: int  # trials when the weights were computed
    drifted: int  # trials new, changed or gone since


def similar(folder: DataFolder, *, full: bool = False, processes: int | None = None) -> Similar:
    """Brings the neighbours up to date, or computes all of them. The lock must be held.

    Nothing is lost by a kill: the rows, the weights and the name of their folder in `work/` are one transaction.
    """
    db = open_trials(folder.trials)
    try:
        _own_tables(db)
        live = _live(db)
        state, here = _state(db, folder)
        if not full and state and here and (done := _update(db, folder, here, state, live, processes)):
            return done
        return _compute(db, folder, live, processes)
    finally:
        db.close()


def _own_tables(db: Database) -> None:
    """Makes this step's tables anew where they are missing or of an earlier form: they hold nothing but its own."""
    with db.atomic():
        db.execute("CREATE TABLE IF NOT EXISTS _similar (folder TEXT NOT NULL)")
        for name in OWN:
            if [row[0] for row in db.execute("SELECT name FROM pragma_table_info(?)", [name])] != [
                *TABLES[name].columns
            ]:
                db.execute(f"DROP TABLE IF EXISTS {name}")
                db.execute(create_sql(db, name, TABLES[name]))
                db.execute("DELETE FROM _similar")
        ensure_indexes(db)


def _live(db: Database) -> dict[str, tuple[str, str]]:
    """Every live trial by id, in order: when it last changed, and its study, named by the first id of those linked."""
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
    return {id: (changed or "", study(id)) for id, changed, _ in trials}


def _state(db: Database, folder: DataFolder) -> tuple[State | None, Path | None]:
    """What the last computation left, if its folder is still there and of this method."""
    row = db.execute("SELECT folder FROM _similar").fetchone()
    here = folder.work / row[0] if row else None
    try:
        state = State(**json.loads((here / "state.json").read_text(encoding="utf-8"))) if here else None
    except (OSError, ValueError, TypeError):
        return None, None
    return (state, here) if state and state.method == METHOD else (None, None)


# --- all of them ----------------------------------------------------------------------------------------------------


def _compute(db: Database, folder: DataFolder, live: dict[str, tuple[str, str]], processes: int | None) -> Similar:
    ids = list(live)
    fresh = _fresh_folder(folder)
    gathering = Gathering()
    with _workers(len(ids), processes) as work:
        blocks = [ids[at : at + BLOCK] for at in range(0, len(ids), BLOCK)]
        for block, read in zip(blocks, work(read_block, [(folder.trials, block) for block in blocks]), strict=True):
            gathering.take(read, len(block))
        vocabulary, matrix = gathering.finish()
        studies = _numbered([study for _, study in live.values()])
        save(fresh, Vectors.of(matrix, vocabulary.weights), studies)
        write_shapes(fresh, gathering.light, vocabulary)
        del gathering, matrix
        _remember(
            fresh, State(METHOD, ids, [at for at, _ in live.values()], [s for _, s in live.values()], len(ids), 0)
        )
        rows = [(fresh, range(at, min(at + BLOCK, len(ids)))) for at in range(0, len(ids), BLOCK)]
        floors = np.zeros(len(ids))
        with db.atomic():
            for name in OWN:
                db.execute(f"DELETE FROM {name}")
            for columns in TABLES["similar_trials"].indexes:
                db.execute(f"DROP INDEX similar_trials_by_{'_'.join(columns)}")
            db.conn.executemany(
                "INSERT INTO terms (term, id, trials, weight) VALUES (?, ?, ?, ?)",
                sorted(zip(vocabulary.terms, range(len(vocabulary.terms)), vocabulary.trials.tolist(),
                           vocabulary.weights.tolist(), strict=True)),
            )  # fmt: skip
            for found in work(nearest, rows):
                _write(db, ids, found, floors)
            np.save(fresh / "floors.npy", floors)
            ensure_indexes(db)
            _adopt(db, fresh)
    _forget_others(folder, fresh)
    return Similar("full", len(ids), len(ids), len(ids))


def _write(db: Database, ids: Sequence[str], found: Sequence[Found], floors: Array) -> None:
    for one in found:
        floors[one.row] = one.floor
    marks = ", ".join("?" * len(TABLES["similar_trials"].columns))
    db.conn.executemany(
        f"INSERT INTO similar_trials VALUES ({marks})",
        (
            (ids[one.row], rank, ids[near.row], near.score, *near.parts, near.sister)
            for one in found
            for rank, near in enumerate(one.neighbours, start=1)
        ),
    )


def _numbered(studies: Sequence[str]) -> Array:
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(study, len(numbers)) for study in studies], np.int32)


# --- folders of work/ -----------------------------------------------------------------------------------------------


def _fresh_folder(folder: DataFolder) -> Path:
    fresh = folder.work / f"similar-{secrets.token_hex(4)}"
    fresh.mkdir(parents=True)
    return fresh


def _remember(fresh: Path, state: State) -> None:
    (fresh / "state.json").write_text(json.dumps(state._asdict()), encoding="utf-8")


def _adopt(db: Database, fresh: Path) -> None:
    db.execute("DELETE FROM _similar")
    db.execute("INSERT INTO _similar VALUES (?)", [fresh.name])


def _forget_others(folder: DataFolder, kept: Path) -> None:
    """Removes the folders of earlier computations, and of killed ones."""
    for other in folder.work.glob("similar-*"):
        if other != kept:
            shutil.rmtree(other, ignore_errors=True)


# --- several processes ----------------------------------------------------------------------------------------------


@contextmanager
def _workers(trials: int, processes: int | None) -> Iterator[Callable[..., Iterator[Any]]]:
    """A `map` over arguments whose results come in order: in processes beside, or here where there is little to do."""
    count = processes if processes is not None else min(len(os.sched_getaffinity(0)), 8)
    if trials <= ALONE or count < 2:
        yield lambda function, jobs: (function(*job) for job in jobs)
        return
    with ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn")) as pool:

        def ahead(function: Callable[..., Any], jobs: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
            waiting: list[Future[Any]] = []
            for job in jobs:  # no more results than these wait in memory
                waiting.append(pool.submit(function, *job))
                if len(waiting) > 2 * count:
                    yield waiting.pop(0).result()
            for future in waiting:
                yield future.result()

        yield ahead


def _update(*_: object) -> Similar | None:
    return None
