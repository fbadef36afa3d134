"""The texts of trials as vectors: which terms each says how often, and how much each term weighs.

They are kept in `work/` as arrays that are read in place; the published file keeps only the weights of terms, for from
those and a trial's own rows `reasons` finds the same vector again.
"""

from __future__ import annotations

import pickle
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from pipelines.reasons import MOST, often
from pipelines.similar_records import Record, records
from pipelines.similar_terms import words

Array: TypeAlias = NDArray[Any]

RARE = 2  # trials that must say a term: what one says alone makes it near to none
COMMON = 0.05  # share of the trials above which a term tells little apart and costs most
FEW = 200  # trials up to which no term is common: a small file may be all about one disease
PAIR = 0.5**0.5  # of a pair's weight: it says again what its two words have said
STRONGEST = 60  # terms of a trial by which candidates are found
OFTEN = np.array([often(count) for count in range(MOST + 1)])


class Block(NamedTuple):
    """The terms of some trials, as a process beside finds them. Words and pairs are numbered within the block."""

    words: list[str]
    pairs: Array  # first word << 32 | second word
    word_entries: tuple[Array, Array, Array]  # trial's place in the block, word, count
    pair_entries: tuple[Array, Array, Array]
    light: bytes  # the records without their texts, pickled


def read_block(path: Path, ids: Sequence[str]) -> Block:
    """Reads some stored trials and counts their terms."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        return counted_terms(list(records(db, ids)))


def counted_terms(found: Sequence[Record]) -> Block:
    """The terms of some records, and how often each says them."""
    index: dict[str, int] = {}
    said: list[int] = []
    ends: list[int] = []
    for record in found:
        for lines in record.lines().values():
            for line in lines:
                said += [index.setdefault(word, len(index)) for word in words(line)]
                said.append(-1)  # no pair reaches over the end of a line
        ends.append(len(said))
    flat = np.array(said, np.int64)
    trial = np.repeat(np.arange(len(found)), np.diff([0, *ends]))
    is_word = flat >= 0
    both = is_word[:-1] & is_word[1:]
    pairs, place = np.unique((flat[:-1] << 32 | flat[1:])[both], return_inverse=True)
    return Block(
        list(index),
        pairs,
        _counted(trial[is_word], flat[is_word]),
        _counted(trial[:-1][both], place),
        pickle.dumps([light(record) for record in found]),
    )


def light(record: Record) -> Record:
    """A record without what only its texts are made of."""
    return replace(record, official_title=None if record.title else record.official_title, keywords=[],
                   intervention_lines=[], outcomes=[], criteria=[], comparators=None)  # fmt: skip


def _counted(trial: Array, term: Array) -> tuple[Array, Array, Array]:
    keys, counts = np.unique(trial.astype(np.int64) << 32 | term, return_counts=True)
    return (
        (keys >> 32).astype(np.int32),
        (keys & 0xFFFFFFFF).astype(np.int32),
        np.minimum(counts, MOST).astype(np.uint8),
    )


@dataclass(frozen=True, slots=True)
class Vectors:
    """Trials by row, in the order of their ids; terms by column."""

    indptr: Array
    terms: Array  # int32
    counts: Array  # uint8
    weights: Array  # of each term
    lengths: Array  # of each trial's vector; 0 where it says no term

    @classmethod
    def of(cls, matrix: csr_matrix, weights: Array) -> Vectors:
        matrix.sort_indices()
        values = weights[matrix.indices] * OFTEN[matrix.data]
        lengths = np.sqrt(sums(values * values, matrix.indptr))
        return cls(matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32), matrix.data, weights, lengths)

    @property
    def rows(self) -> int:
        return len(self.indptr) - 1

    def matrix(self) -> csr_matrix:
        return csr_matrix((self.counts, self.terms, self.indptr), (self.rows, len(self.weights)))

    def strongest(self) -> csr_matrix:
        """Each trial's strongest terms as a unit vector, by which candidates are found."""
        kept: list[Array] = []
        values: list[Array] = []
        for row in range(self.rows):
            here = slice(self.indptr[row], self.indptr[row + 1])
            terms = np.asarray(self.terms[here])
            value = self.weights[terms] * OFTEN[self.counts[here]]
            if len(terms) > STRONGEST:
                best = np.sort(np.argpartition(-value, STRONGEST)[:STRONGEST])
                terms, value = terms[best], value[best]
            kept.append(terms)
            values.append(value / (np.sqrt(value @ value) or 1.0))
        ends = np.concatenate(([0], np.cumsum([len(each) for each in kept])))
        terms, value = np.concatenate([*kept, []]), np.concatenate([*values, []])
        shape = (self.rows, len(self.weights))  # single precision: these numbers choose candidates, they make no score
        return csr_matrix((value.astype(np.float32), terms.astype(np.int32), ends.astype(np.int32)), shape)


def sums(values: Array, indptr: Array) -> Array:
    """The sum of each row's values; 0 for a row without any, which `reduceat` alone would not give."""
    found = np.zeros(len(indptr) - 1)
    filled = np.flatnonzero(np.diff(indptr))
    if len(filled):
        found[filled] = np.add.reduceat(values, indptr[filled])
    return found


class Vocabulary(NamedTuple):
    """The terms that count, in the order of their numbers, in how many trials each stands, and its weight."""

    terms: list[str]
    trials: Array
    weights: Array


def numbered(names: Sequence[str]) -> Array:
    """Numbers in place of names, the same for the same name."""
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(name, len(numbers)) for name in names], np.int32)


class Gathering:
    """Takes blocks in the order of the trials, and makes one vocabulary and the counts of it."""

    def __init__(self) -> None:
        self.index: dict[str, int] = {}
        self.rows = 0
        self.word_entries: list[tuple[Array, Array, Array]] = []
        self.pair_entries: list[tuple[Array, Array, Array]] = []
        self.light: list[bytes] = []

    def take(self, block: Block, size: int) -> None:
        ours = np.array([self.index.setdefault(word, len(self.index)) for word in block.words] or [0], np.int64)
        trial, word, count = block.word_entries
        self.word_entries.append((trial + self.rows, ours[word].astype(np.int32), count))
        trial, pair, count = block.pair_entries
        pairs = ours[block.pairs >> 32] << 32 | ours[block.pairs & 0xFFFFFFFF]
        self.pair_entries.append((trial + self.rows, pairs[pair], count))
        self.light.append(block.light)
        self.rows += size

    def finish(self) -> tuple[Vocabulary, csr_matrix]:
        """The vocabulary, and how often each trial says each term of it."""
        names = list(self.index)
        rows, word, counts = _joined(self.word_entries)
        df = np.bincount(word, minlength=len(names))
        kept_words = np.flatnonzero(self._tells(df))
        number = np.full(len(names), -1, np.int64)
        number[kept_words] = np.arange(len(kept_words))
        pair_rows, pair, pair_counts = _joined(self.pair_entries)
        pairs, pair_df = np.unique(pair, return_counts=True)
        tells = self._tells(pair_df)
        kept_pairs, pair_df = pairs[tells], pair_df[tells]
        place = np.searchsorted(kept_pairs, pair)
        known = kept_pairs[np.minimum(place, len(kept_pairs) - 1)] == pair if len(kept_pairs) else place < 0
        columns = np.concatenate((number[word], np.where(known, place + len(kept_words), -1)))
        keep = columns >= 0
        trials = np.concatenate((df[kept_words], pair_df))
        rarity = np.log((self.rows + 1) / (trials + 1)) + 1
        rarity[len(kept_words) :] *= PAIR
        terms = [names[word] for word in kept_words]
        terms += [f"{names[pair >> 32]} {names[pair & 0xFFFFFFFF]}" for pair in kept_pairs.tolist()]
        matrix = csr_matrix(
            (
                np.concatenate((counts, pair_counts))[keep],
                (np.concatenate((rows, pair_rows))[keep], columns[keep].astype(np.int32)),
            ),
            (self.rows, len(terms)),
            dtype=np.uint8,
        )
        return Vocabulary(terms, trials, rarity), matrix

    def _tells(self, df: Array) -> Array:
        return (df >= RARE) & (df <= max(FEW, COMMON * self.rows))


def _joined(entries: Iterable[tuple[Array, Array, Array]]) -> tuple[Array, Array, Array]:
    columns = list(zip(*entries, strict=True)) or [(np.array([], np.int64),)] * 3
    rows, terms, counts = (np.concatenate(column) for column in columns)
    return rows, terms, counts
