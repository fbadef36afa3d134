"""Which criterion is which: equal first, then the most alike; deterministic, and bounded on runaway lists."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.pairing import MOST, Pair, pairs

IN, OUT = "inclusion", "exclusion"


def paired(old: list[str], new: list[str]) -> list[tuple[str | None, str | None]]:
    """The pairs of two lists of one kind, as texts."""
    return [
        (None if pair.old is None else old[pair.old], None if pair.new is None else new[pair.new])
        for pair in pairs([(IN, text) for text in old], [(IN, text) for text in new])
    ]


def test_equal_texts_pair_whatever_their_order() -> None:
    assert paired(["a b", "c d", "e f"], ["e f", "a b", "c d"]) == [("a b", "a b"), ("c d", "c d"), ("e f", "e f")]


@pytest.mark.parametrize(
    ("old", "new", "alike"),
    [
        ("Age >= 18 years", "Age >= 21 years", 0.75),
        ("Fever", "High fever", 2 / 3),
        ("fever or cough", "FEVER, or cough", 1.0),
        ("fever or cough or pain", "fever or cough and pain", 0.8),  # two of one word are two words
        ("hemoglobin of 9.5 or more", "hemoglobin of 10.5 or more", 0.8),  # 9.5 is one word
        ("a b c", "a b c d e f g", 0.6),
    ],
)
def test_a_reworded_criterion_is_a_pair(old: str, new: str, alike: float) -> None:
    (pair,) = pairs([(IN, old)], [(IN, new)])
    assert (pair.old, pair.new) == (0, 0)
    assert pair.alike == pytest.approx(alike)


@pytest.mark.parametrize(
    ("old", "new"), [("Age >= 18 years", "Fever"), ("a b c", "a b c d e f g h"), ("", "Fever"), ("", "*"), ("-", "*")]
)
def test_what_shares_too_little_is_removed_and_added(old: str, new: str) -> None:
    assert paired([old], [new]) == [(old, None), (None, new)]


def test_kinds_do_not_mix() -> None:
    assert pairs([(IN, "Fever")], [(OUT, "Fever")]) == [Pair(0, None, 0.0), Pair(None, 0, 0.0)]


def test_the_most_alike_pair_first() -> None:
    """The second old one is nearer to the new one, and the first goes without."""
    assert paired(["a b c d", "a b c d e"], ["a b c d e f"]) == [("a b c d", None), ("a b c d e", "a b c d e f")]


def test_an_equal_text_is_never_given_to_another() -> None:
    assert paired(["a b c", "a b d"], ["a b d"]) == [("a b c", None), ("a b d", "a b d")]


def test_of_equally_alike_ones_the_nearest_in_place() -> None:
    assert paired(["item 1 x", "item 2 x"], ["item 3 x", "item 4 x"]) == [
        ("item 1 x", "item 3 x"), ("item 2 x", "item 4 x"),
    ]  # fmt: skip


def test_repeats_pair_one_by_one() -> None:
    assert paired(["a", "a", "a"], ["a", "a"]) == [("a", "a"), ("a", "a"), ("a", None)]


SAID = st.lists(st.tuples(st.sampled_from((IN, OUT)), st.text("ab 1.", max_size=12)), max_size=8)


@settings(max_examples=200, deadline=None)
@given(SAID, SAID)
def test_every_criterion_stands_in_one_pair_of_one_kind(old: list[tuple[str, str]], new: list[tuple[str, str]]) -> None:
    found = pairs(old, new)
    assert [pair.old for pair in found if pair.old is not None] == list(range(len(old)))
    assert sorted(pair.new for pair in found if pair.new is not None) == list(range(len(new)))
    for pair in found:
        if pair.old is not None and pair.new is not None:
            assert old[pair.old][0] == new[pair.new][0]
            assert 0.6 <= pair.alike <= 1
    only_old = {old[pair.old] for pair in found if pair.new is None and pair.old is not None}
    assert not only_old & {new[pair.new] for pair in found if pair.old is None and pair.new is not None}


def test_runaway_lists_are_paired_in_bounded_time() -> None:
    """Ten times more than are compared by their words: what is alike beyond goes unpaired, what is equal does not."""
    old = [(IN, f"one two three four five six {place}") for place in range(10 * MOST)]
    new = [(IN, f"one two three four five seven {place}") for place in range(10 * MOST)]
    started = time.process_time()
    found = pairs([*old, (IN, "equal")], [*new, (IN, "equal")])
    assert time.process_time() - started < 10
    assert sum(pair.old is not None and pair.new is not None for pair in found) == MOST + 1
