"""What stands in `work/` after an update: rows that were there before and fresh ones, each where it belongs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipelines.similar_agreement import Population, Shape
from pipelines.similar_shapes import Packed, Shapes
from pipelines.similar_update import rearranged
from pipelines.similar_vectors import Array

LISTS = st.lists(st.lists(st.integers(0, 9), max_size=4), max_size=8)


def ragged(lists: list[list[int]]) -> tuple[Array, Array]:
    return np.array([number for one in lists for number in one], np.int32), np.cumsum([0, *map(len, lists)])


@given(LISTS, LISTS, st.data())
def test_rows_of_unequal_length_in_another_order(
    old: list[list[int]], fresh: list[list[int]], data: st.DataObject
) -> None:
    """Some old rows go, and fresh ones come anywhere between those that stay."""
    stay = [row for row in range(len(old)) if data.draw(st.booleans())]
    order = [*stay, *range(len(old), len(old) + len(fresh))]
    if data.draw(st.booleans()):
        order = data.draw(st.permutations(order))
    (old_data, old_ends), (fresh_data, fresh_ends) = ragged(old), ragged(fresh)
    ends, taken = rearranged(np.array(order, np.int64), old_ends, fresh_ends)
    found = taken(old_data, fresh_data)
    assert [found[a:b].tolist() for a, b in zip(ends[:-1], ends[1:], strict=True)] == [[*old, *fresh][n] for n in order]
    assert found.dtype == old_data.dtype


def test_shapes_are_the_same_when_they_are_read_again(tmp_path: Path) -> None:
    ages = Population(18.0, None, "All")
    names = frozenset(("examplinib", "exa-1"))
    one = Shape(frozenset(("gout",)), {"gout": 2.5}, 2.5, (names,), names, "Phase 2", ages, (None,), "", "A")
    other = one._replace(title="ä" * 1000, condition_words={}, interventions=())
    Packed.of([one, other, one]).save(tmp_path)
    shapes = Shapes(tmp_path)
    assert [shapes[2], shapes[1], shapes[0]] == [one, other, one]
    assert shapes[1] is shapes[1]


def test_no_shapes_at_all(tmp_path: Path) -> None:
    Packed.of([]).save(tmp_path)
    assert len(Shapes(tmp_path).packed.ends) == 1
