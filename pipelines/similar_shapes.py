"""The shapes of trials in a folder of `work/`, each packed by itself: a full computation asks for all of them, a night
for few, and keeps the others as they are."""

from __future__ import annotations

import pickle
from collections.abc import Iterable
from pathlib import Path
from sys import intern
from typing import NamedTuple

import numpy as np

from pipelines.similar_agreement import Shape
from pipelines.similar_vectors import Array


class Packed(NamedTuple):
    """Shapes by row, one after the other: that of row n stands in `data` from `ends[n]` to `ends[n + 1]`."""

    data: Array  # uint8
    ends: Array

    @classmethod
    def of(cls, shapes: Iterable[Shape]) -> Packed:
        packed = [pickle.dumps(one, protocol=pickle.HIGHEST_PROTOCOL) for one in shapes]
        return cls(np.frombuffer(b"".join(packed), np.uint8), np.cumsum([0, *map(len, packed)]))

    def save(self, folder: Path) -> None:
        np.save(folder / "shapes.npy", self.data)
        np.save(folder / "shape_ends.npy", self.ends)


class Shapes(dict[int, Shape]):
    """The shapes of a folder by row. Each is unpacked when it is asked for first."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        data = np.asarray(np.load(folder / "shapes.npy", mmap_mode="r"))
        self.packed = Packed(data, np.load(folder / "shape_ends.npy"))

    def __missing__(self, row: int) -> Shape:
        start, end = self.packed.ends[row : row + 2].tolist()
        one: Shape = pickle.loads(self.packed.data[start:end].tobytes())
        words = {intern(word): weight for word, weight in one.condition_words.items()}  # most are those of other trials
        self[row] = one = one._replace(condition_words=words)
        return one
