"""The nearest neighbours of some trials, from vectors and shapes that stand in a folder of `work/`.

Two steps: candidates by a sparse product of each trial's strongest terms, then the whole score for each candidate. The
arrays are read in place, so that several processes can work on blocks of trials at once.
"""

from __future__ import annotations

import heapq
import pickle
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix
from sparse_dot_topn import sp_matmul_topn

from pipelines.readers import collect_rarely
from pipelines.similar_agreement import TEXT, Parts, Shape, agreement, rounded, same_programme, shape, total
from pipelines.similar_records import Record
from pipelines.similar_shapes import Shapes
from pipelines.similar_vectors import OFTEN, Array, Vectors, Vocabulary, sums

NEIGHBOURS = 20
SISTERS = 5  # of them at most
CANDIDATES = 100  # by their strongest terms
WEIGHED = 60  # of the candidates, those nearest by all terms, are compared in everything
SLACK = 0.001  # more than the rounding of six parts can add to a score
BLOCK = 500  # trials at a time
PARTS = ("data", "indices", "indptr", "shape")  # of a sparse matrix


class Neighbour(NamedTuple):
    row: int
    score: float
    parts: Parts
    sister: bool


class Found(NamedTuple):
    """A trial's neighbours, the nearest first, and what another must reach to be considered: the likeness of the last
    candidate, and the cosine of the last one that was weighed; 0 where there was room."""

    row: int
    neighbours: list[Neighbour]
    floors: tuple[float, float]


class Space:
    """The trials of one folder: vectors, strongest terms, shapes, and which of them are one study."""

    def __init__(self, folder: Path) -> None:
        # Read in place, but as plain arrays: a slice of numpy's memmap class costs ten times one of these.
        self.vectors = Vectors(
            *(np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r")) for name in Vectors.__slots__)
        )
        self.strong = _matrix(folder, "strong")
        self.columns = _matrix(folder, "columns")  # the same, turned round
        self.studies: Array = np.load(folder / "studies.npy")
        self.shapes = Shapes(folder)
        self.profile = np.zeros(len(self.vectors.weights))

    def candidates(self, queries: csr_matrix) -> csr_matrix:
        """The stored trials nearest to each query by strongest terms, likeness falling along each row."""
        return sp_matmul_topn(queries, self.columns, top_n=CANDIDATES + 1, sort=True, threshold=0.0, n_threads=1)

    def cosines(self, terms: Array, weights: Array, rows: Array) -> Array:
        """The cosine of one unit vector with each of some stored trials."""
        vectors = self.vectors
        starts, sizes = vectors.indptr[rows], vectors.indptr[rows + 1] - vectors.indptr[rows]
        ends = np.concatenate(([0], np.cumsum(sizes)))
        here = np.arange(ends[-1]) + np.repeat(starts - ends[:-1], sizes)
        self.profile[terms] = weights * vectors.weights[terms]
        products = self.profile[vectors.terms[here]] * OFTEN[vectors.counts[here]]
        self.profile[terms] = 0.0
        lengths = vectors.lengths[rows]
        return np.divide(sums(products, ends), lengths, out=np.zeros(len(rows)), where=lengths > 0)

    def unit(self, row: int) -> tuple[Array, Array]:
        """The terms of a stored trial and their weights in its unit vector."""
        vectors = self.vectors
        here = slice(vectors.indptr[row], vectors.indptr[row + 1])
        terms = vectors.terms[here]
        return terms, vectors.weights[terms] * OFTEN[vectors.counts[here]] / (vectors.lengths[row] or 1.0)

    def weigh(self, one: Shape, cosines: Array, rows: Array, most: int = WEIGHED) -> tuple[list[Neighbour], float]:
        """The whole score of those nearest by all terms, the nearest first (ties in the order of ids), and the cosine
        of the last of them, 0 where there are no more than are weighed."""
        nearest = heapq.nsmallest(most, zip((-cosines).tolist(), rows.tolist(), strict=True))
        weighed = []
        for less, row in nearest:
            other = self.shapes[row]
            found = rounded(-less, agreement(one, other))
            weighed.append(Neighbour(row, total(found), found, same_programme(one, other)))
        reach = -nearest[-1][0] if len(nearest) < len(rows) else 0.0
        return sorted(weighed, key=lambda neighbour: (-neighbour.score, neighbour.row)), reach


def chosen(weighed: Sequence[Neighbour], studies: Array, study: int | None) -> list[Neighbour]:
    """The neighbours that are kept: one of a study, none of the trial's own, and few sisters."""
    seen = set() if study is None else {study}
    sisters, kept = 0, []
    for neighbour in weighed:
        its = int(studies[neighbour.row])
        if its in seen or (neighbour.sister and sisters == SISTERS):
            continue
        seen.add(its)
        sisters += neighbour.sister
        kept.append(neighbour)
    return kept[:NEIGHBOURS]


def _matrix(folder: Path, name: str) -> csr_matrix:
    data, indices, indptr, size = (np.load(folder / f"{name}_{part}.npy") for part in PARTS)
    return csr_matrix((data, indices, indptr), size.tolist())


def save(folder: Path, vectors: Vectors, strong: csr_matrix, studies: Array) -> None:
    """Writes the arrays that `Space` reads."""
    for name in Vectors.__slots__:
        np.save(folder / f"{name}.npy", getattr(vectors, name))
    for name, matrix in (("strong", strong), ("columns", strong.T.tocsr())):
        for part in PARTS:
            np.save(folder / f"{name}_{part}.npy", getattr(matrix, part))
    np.save(folder / "studies.npy", studies)


def shapes_of(light: Iterable[bytes], vocabulary: Vocabulary) -> Iterator[Shape]:
    """The shapes of trials, from what `read_block` kept of their records."""
    terms = zip(vocabulary.terms, vocabulary.weights.tolist(), strict=True)
    weights = {term: weight for term, weight in terms if " " not in term}
    for block in light:
        found: list[Record] = pickle.loads(block)
        yield from (shape(record, weights) for record in found)


@lru_cache(maxsize=1)
def space(folder: Path) -> Space:
    """The space of a folder, read once a process: a folder's name is never used for another."""
    collect_rarely()  # millions of small objects that stay: looking through them again and again doubles the time
    return Space(folder)


def nearest(folder: Path, rows: Sequence[int]) -> list[Found]:
    """The neighbours of some stored trials, by their rows."""
    here = space(folder)
    wanted = np.asarray(rows)
    product = here.candidates(here.strong[wanted])
    found = []
    for place, row in enumerate(rows):
        part = slice(product.indptr[place], product.indptr[place + 1])
        others, likeness = product.indices[part], product.data[part]
        floor = float(likeness[-1]) if len(others) > CANDIDATES else 0.0
        study = int(here.studies[row])
        others = np.sort(others[here.studies[others] != study])
        cosines = here.cosines(*here.unit(row), others)
        weighed, reach = here.weigh(here.shapes[row], cosines, others)
        kept = chosen(weighed, here.studies, study)
        if len(kept) < NEIGHBOURS and len(others) > WEIGHED:  # sisters hold the places: the rest of the candidates too
            weighed, reach = here.weigh(here.shapes[row], cosines, others, CANDIDATES)
            kept = chosen(weighed, here.studies, study)
        found.append(Found(row, kept, (floor, reach)))
    return found


def entered(folder: Path, rows: Sequence[int], floors: Array, worst: Array) -> list[tuple[int, Neighbour]]:
    """Where some trials are near enough to be neighbours: the other's row, and the trial as its neighbour. Given are,
    for each row, what it asks for: see `Found.floors`, and the score of its last neighbour."""
    here = space(folder)
    found = []
    for row in rows:
        likeness = (here.strong[row] @ here.columns).toarray()[0]
        others = np.flatnonzero((likeness > 0) & (likeness >= floors[:, 0]) & (here.studies != here.studies[row]))
        cosines = here.cosines(*here.unit(row), others)
        near = (cosines >= floors[others, 1]) & (TEXT * cosines + (1 - TEXT) + SLACK >= worst[others])
        one = here.shapes[row]
        for cosine, other in zip(cosines[near].tolist(), others[near].tolist(), strict=True):
            said = rounded(cosine, agreement(one, here.shapes[other]))
            if (score := total(said)) >= worst[other]:
                found.append((other, Neighbour(row, score, said, same_programme(one, here.shapes[other]))))
    return found
