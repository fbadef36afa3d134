"""Neighbours after a few trials have changed: what must be computed again, and what only takes in a newcomer.

The weights of terms stay as the last full computation made them, and a term that it did not know counts for nothing
until the next. A list of neighbours that loses nobody stays the best of what was there before, so that the changed
trials need only be laid beside it; one that loses somebody is computed from the start.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix, vstack
from sqlite_utils import Database

from pipelines.similar_agreement import Shape, shape
from pipelines.similar_nearest import NEIGHBOURS, Neighbour, Space
from pipelines.similar_records import Record, records
from pipelines.similar_shapes import Packed
from pipelines.similar_store import Live
from pipelines.similar_terms import words
from pipelines.similar_vectors import Array, Block, Vectors, counted_terms

Lists = dict[int, list[Neighbour]]


class Changed(NamedTuple):
    """Ids of trials that are new or say something new, that are gone, and that are now another study than before."""

    said: list[str]
    gone: list[str]
    regrouped: list[str]

    @property
    def drift(self) -> int:
        return len(self.said) + len(self.gone)


def changed_since(before: Live, now: Live) -> Changed:
    """What has changed between two states."""
    earlier = {id: (at, study) for id, at, study in zip(*before, strict=True)}
    said, regrouped = [], []
    for id, at, study in zip(*now, strict=True):
        known = earlier.pop(id, None)
        if known is None or known[0] != at:
            said.append(id)
        if known is None or known[1] != study:
            regrouped.append(id)
    return Changed(said, list(earlier), regrouped)


class Renewed(NamedTuple):
    """The trials as they are now, by row, and the rows of those that differ from before in what is compared."""

    vectors: Vectors
    strong: csr_matrix
    shapes: Packed
    floors: Array
    touched: list[int]


def renewed(db: Database, here: Path, before: Live, now: Live, changed: Changed) -> Renewed:
    """Puts the changed trials into what stood in the folder `here`."""
    old = Space(here)
    weights = old.vectors.weights
    earlier = {id: row for row, id in enumerate(before.ids)}
    said = {id: place for place, id in enumerate(sorted(changed.said))}
    counted, shapes = _read(db, sorted(changed.said), weights)
    fresh, packed = Vectors.of(counted, weights), Packed.of(shapes)
    order = np.array([len(before.ids) + said[id] if id in said else earlier[id] for id in now.ids], np.int64)
    indptr, taken = rearranged(order, old.vectors.indptr, fresh.indptr)
    terms, counts = taken(old.vectors.terms, fresh.terms), taken(old.vectors.counts, fresh.counts)
    lengths = np.concatenate((old.vectors.lengths, fresh.lengths))[order]
    ends, taken = rearranged(order, old.shapes.packed.ends, packed.ends)
    touched = {bisect_left(now.ids, id) for id in changed.regrouped}
    for id, place in said.items():
        was = earlier.get(id)
        if was is None or shapes[place] != old.shapes[was] or not _same(fresh, place, old.vectors, was):
            touched.add(bisect_left(now.ids, id))
    return Renewed(
        Vectors(indptr, terms, counts, weights, lengths),
        vstack([old.strong, fresh.strongest()], format="csr")[order],
        Packed(taken(old.shapes.packed.data, packed.data), ends),
        np.concatenate((np.load(here / "floors.npy"), np.zeros((len(said), 2))))[order],
        sorted(touched),
    )


def rearranged(order: Array, old_ends: Array, fresh_ends: Array) -> tuple[Array, Callable[[Array, Array], Array]]:
    """For rows of unequal length that stand one after the other in an old array and in a fresh one: where they end in
    another order, and a function that takes them in it. `order` numbers the old ones and then the fresh ones. Most rows
    stand where they stood, so that a few long pieces are copied, not each row by itself."""
    rows = len(old_ends) - 1
    ends = np.concatenate(([0], np.cumsum(np.concatenate((np.diff(old_ends), np.diff(fresh_ends)))[order])))
    breaks = np.flatnonzero((np.diff(order) != 1) | (order[1:] == rows)) + 1
    runs = [(int(run[0]), int(run[-1]) + 1) for run in np.split(order, breaks) if len(run)]

    def taken(old: Array, fresh: Array) -> Array:
        pieces = [
            old[old_ends[first] : old_ends[last]]
            if first < rows
            else fresh[fresh_ends[first - rows] : fresh_ends[last - rows]]
            for first, last in runs
        ]
        return np.concatenate([old[:0], *pieces])

    return ends, taken


def _same(one: Vectors, row: int, other: Vectors, other_row: int) -> bool:
    here, there = slice(*one.indptr[row : row + 2]), slice(*other.indptr[other_row : other_row + 2])
    return np.array_equal(one.terms[here], other.terms[there]) and np.array_equal(one.counts[here], other.counts[there])


def _read(db: Database, ids: Sequence[str], weights: Array) -> tuple[csr_matrix, list[Shape]]:
    """The counts of known terms in some trials, and their shapes."""
    found = list(records(db.conn, ids))
    block = counted_terms(found)
    names = [
        *block.words,
        *(f"{block.words[pair >> 32]} {block.words[pair & 0xFFFFFFFF]}" for pair in block.pairs.tolist()),
    ]
    known = _known(db, [*names, *_heading_words(found)])
    number = np.array([known.get(name, (-1,))[0] for name in names], np.int64)
    rows, columns, counts = _entries(block)
    columns = number[columns]
    keep = columns >= 0
    matrix = csr_matrix((counts[keep], (rows[keep], columns[keep])), (len(found), len(weights)), dtype=np.uint8)
    weight = {name: weight for name, (_, weight) in known.items() if " " not in name}
    return matrix, [shape(record, weight) for record in found]


def _entries(block: Block) -> tuple[Array, Array, Array]:
    """Words and pairs as one list of terms."""
    trial, word, count = block.word_entries
    pair_trial, pair, pair_count = block.pair_entries
    return (
        np.concatenate((trial, pair_trial)),
        np.concatenate((word.astype(np.int64), pair.astype(np.int64) + len(block.words))),
        np.concatenate((count, pair_count)),
    )


def _heading_words(found: Iterable[Record]) -> set[str]:
    return {word for record in found for heading in record.headings for word in words(heading.term)}


def _known(db: Database, names: Iterable[str]) -> dict[str, tuple[int, float]]:
    """Number and weight of those terms that the weights know."""
    sql = "SELECT terms.term, terms.id, weight FROM json_each(?) JOIN terms ON terms.term = json_each.value"
    return {term: (id, weight) for term, id, weight in db.execute(sql, [json.dumps(sorted(set(names)))])}


# --- lists of neighbours --------------------------------------------------------------------------------------------


def holders(db: Database, ids: Iterable[str], now: Live) -> set[int]:
    """The rows of the live trials whose lists hold one of these."""
    sql = "SELECT DISTINCT trial_id FROM similar_trials WHERE similar_id IN (SELECT value FROM json_each(?))"
    return set(_rows(now, (id for (id,) in db.execute(sql, [json.dumps(list(ids))]))))


def _rows(now: Live, ids: Iterable[str]) -> Iterator[int]:
    """The rows of those ids that are live."""
    for id in ids:
        row = bisect_left(now.ids, id)
        if row < len(now.ids) and now.ids[row] == id:
            yield row


def stored_lists(db: Database, now: Live, rows: Iterable[int]) -> Lists:
    """The lists of some trials as they are, by row, without who is gone."""
    sql = (
        "SELECT trial_id, similar_id, score, text, conditions, interventions, phase, population, design, "
        "same_programme FROM similar_trials WHERE trial_id IN (SELECT value FROM json_each(?)) ORDER BY trial_id, rank"
    )
    lists: defaultdict[int, list[Neighbour]] = defaultdict(list)
    for id, other, score, *parts, sister in db.execute(sql, [json.dumps([now.ids[row] for row in rows])]):
        for near in _rows(now, [other]):
            text, conditions, interventions, phase, population, design = parts
            said = (text, conditions, interventions, phase, population, design)
            lists[bisect_left(now.ids, id)].append(Neighbour(near, score, said, bool(sister)))
    return lists


def worst_scores(db: Database, now: Live) -> Array:
    """The score that a newcomer must reach, of each row: that of the last of a full list, 0 where there is room."""
    worst = np.zeros(len(now.ids))
    sql = "SELECT trial_id, min(score) FROM similar_trials GROUP BY trial_id HAVING count(*) >= ?"
    for id, score in db.execute(sql, [NEIGHBOURS]):
        for row in _rows(now, [id]):
            worst[row] = score
    return worst


def settle(
    lists: Lists, broken: set[int], touched: Sequence[int], pairs: Iterable[tuple[int, Neighbour]], worst: Array
) -> tuple[dict[int, list[Neighbour]], list[int]]:
    """What becomes of the lists: candidates for those that only take somebody in, and rows to compute from the start.

    `pairs`: each row that a touched trial may enter, and that trial as its neighbour.
    """
    again = set(touched) | broken
    changed = set(touched)
    entering: defaultdict[int, list[Neighbour]] = defaultdict(list)
    for row, near in pairs:
        entering[row].append(near)
    merged = {}
    for row in {*entering, *lists}:
        held = lists.get(row, [])
        enters = {near.row for near in entering[row] if near.score >= worst[row]}
        lost = any(near.row in changed and (near.row not in enters or near.sister) for near in held)
        if row in again or lost:
            again.add(row)
        elif enters:
            kept = [near for near in held if near.row not in changed]
            merged[row] = sorted([*kept, *entering[row]], key=lambda near: (-near.score, near.row))
    return merged, sorted(again)
