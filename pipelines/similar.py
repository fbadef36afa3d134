"""The nearest neighbours of every live trial. Writes `similar_trials` and `terms` only; vectors stand in `work/`.

A full computation weighs every term anew. A later one goes on from it with the weights as they are: it computes what is
new or changed, the trials whose neighbours those were, and the trials whose neighbours they become
(`similar_update.py`). When a tenth of the trials has changed since the weights were computed, or the folder in `work/`
is missing, it is a full one again.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from sqlite_utils import Database

from pipelines.folder import DataFolder
from pipelines.schema import TABLES, ensure_indexes, open_trials
from pipelines.similar_nearest import BLOCK, chosen, entered, nearest, save, shapes_of
from pipelines.similar_shapes import Packed
from pipelines.similar_store import (
    METHOD,
    OWN,
    Live,
    State,
    adopt,
    blocks,
    forget_others,
    fresh_folder,
    insert,
    last_state,
    live_trials,
    own_tables,
    remember,
    workers,
)
from pipelines.similar_update import Changed, changed_since, holders, renewed, settle, stored_lists, worst_scores
from pipelines.similar_vectors import Gathering, Vectors, Vocabulary, numbered, read_block

STALE = 0.1  # share of the trials that may change before the weights are computed again


class Similar(NamedTuple):
    """What a computation did. `computed`: trials whose neighbours were looked for."""

    kind: str  # full, update or nothing
    trials: int
    changed: int
    computed: int


def similar(folder: DataFolder, *, full: bool = False, processes: int | None = None) -> Similar:
    """Brings the neighbours up to date, or computes all of them anew. The lock must be held.

    Nothing is lost by a kill: the rows, the weights and the name of their folder in `work/` are one transaction.
    Raises OSError or sqlite3.Error when the disk is full.
    """
    db = open_trials(folder.trials)
    try:
        own_tables(db)
        live = live_trials(db)
        state, here = last_state(db, folder)
        if state and here and not full:
            changed = changed_since(state.live, live)
            if not any(changed):
                return Similar("nothing", len(live.ids), 0, 0)
            if state.drifted + changed.drift <= STALE * state.weighed:
                return _update(db, folder, here, state, live, changed, processes)
        return _compute(db, folder, live, processes)
    finally:
        db.close()


def _compute(db: Database, folder: DataFolder, live: Live, processes: int | None) -> Similar:
    size = len(live.ids)
    fresh = fresh_folder(folder)
    gathering = Gathering()
    with workers(size, processes) as work:
        ids = list(blocks(live.ids, BLOCK))
        for block, read in zip(ids, work(read_block, [(folder.trials, block) for block in ids]), strict=True):
            gathering.take(read, len(block))
        vocabulary, matrix = gathering.finish()
        vectors = Vectors.of(matrix, vocabulary.weights)
        save(fresh, vectors, vectors.strongest(), numbered(live.studies))
        del matrix, vectors
        Packed.of(shapes_of(gathering.light, vocabulary)).save(fresh)
        del gathering
        remember(fresh, State(METHOD, live, size, 0))
        floors = np.zeros((size, 2))
        with db.atomic():
            _empty(db)
            _write_terms(db, vocabulary)
            for found in work(nearest, [(fresh, rows) for rows in blocks(range(size), BLOCK)]):
                insert(db, live.ids, ((one.row, one.neighbours) for one in found))
                floors[[one.row for one in found]] = [one.floors for one in found]
            np.save(fresh / "floors.npy", floors)
            ensure_indexes(db)
            adopt(db, fresh)
    forget_others(folder, fresh)
    return Similar("full", size, size, size)


def _update(
    db: Database, folder: DataFolder, here: Path, state: State, live: Live, changed: Changed, processes: int | None
) -> Similar:
    now = renewed(db, here, state.live, live, changed)
    fresh = fresh_folder(folder)
    studies = numbered(live.studies)
    save(fresh, now.vectors, now.strong, studies)
    now.shapes.save(fresh)
    remember(fresh, State(METHOD, live, state.weighed, state.drifted + changed.drift))
    worst = worst_scores(db, live)
    floors = now.floors
    with workers(20 * len(now.touched), processes) as work:
        newcomers = [(fresh, rows, floors, worst) for rows in blocks(now.touched, 50)]
        pairs = [pair for found in work(entered, newcomers) for pair in found]
        held_in = holders(db, (live.ids[row] for row in now.touched), live)
        lists = stored_lists(db, live, held_in.union(row for row, _ in pairs))
        broken = holders(db, [*changed.gone, *changed.regrouped], live)
        merged, again = settle(lists, broken, now.touched, pairs, worst)
        computed = [one for found in work(nearest, [(fresh, rows) for rows in blocks(again, BLOCK)]) for one in found]
    for one in computed:
        floors[one.row] = one.floors
    np.save(fresh / "floors.npy", floors)
    result = {row: chosen(candidates, studies, int(studies[row])) for row, candidates in merged.items()}
    result |= {one.row: one.neighbours for one in computed}
    with db.atomic():
        gone = [*changed.gone, *(live.ids[row] for row in result)]
        db.conn.executemany("DELETE FROM similar_trials WHERE trial_id = ?", [(id,) for id in gone])
        insert(db, live.ids, result.items())
        adopt(db, fresh)
    forget_others(folder, fresh)
    return Similar("update", len(live.ids), len(now.touched), len(again))


def _empty(db: Database) -> None:
    """Takes away all rows, and the indexes, which are quicker made again at the end."""
    for name in OWN:
        db.execute(f"DELETE FROM {name}")
    for columns in TABLES["similar_trials"].indexes:
        db.execute(f"DROP INDEX similar_trials_by_{'_'.join(columns)}")


def _write_terms(db: Database, vocabulary: Vocabulary) -> None:
    numbers = range(len(vocabulary.terms))
    rows = zip(vocabulary.terms, numbers, vocabulary.trials.tolist(), vocabulary.weights.tolist(), strict=True)
    db.conn.executemany("INSERT INTO terms (term, id, trials, weight) VALUES (?, ?, ?, ?)", sorted(rows))
