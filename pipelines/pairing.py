"""Which criterion of one list is which of another: an earlier and a later version, or two trials. Pure.

Criteria of one kind are paired by equal text first. Of the rest, the most alike are paired first; alike is Dice's
measure over their words (lower-cased, repeats counted, signs such as >= too): twice the words in common over the words
of both. From 0.6 on they are one criterion reworded. "Age >= 18 years" and "Age >= 21 years" share three words of four,
0.75; Jaccard's measure would give them 0.6, and "Fever" and "High fever", which Dice gives 0.67, only 0.5.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict, deque
from collections.abc import Hashable, Sequence
from heapq import nsmallest
from typing import NamedTuple, TypeAlias

REWORDED = 0.6
# Bounds on lists that no honest trial has: the longest of 2,558 real ones holds 114 criteria.
MOST = 1_000  # criteria of a side that are compared by their words; further ones pair by equal text only
NEAREST = 20  # of the most alike, for each criterion
LONGEST = 400  # words of a criterion that are looked at

WORD = re.compile(r"[<>=≤≥]+|\w+(?:[.,]\w+)*")
Said: TypeAlias = tuple[Hashable, str]  # kind and text


class Pair(NamedTuple):
    """A place in the old list and one in the new; None where the criterion is on one side only."""

    old: int | None
    new: int | None
    alike: float  # 1.0 for equal texts, 0.0 for a criterion on one side only


def pairs(old: Sequence[Said], new: Sequence[Said]) -> list[Pair]:
    """Every criterion of both lists once: the old ones in their order, then those that only the new list has."""
    found = equal(old, new)
    taken = {pair.new for pair in found.values()}
    left = [place for place in range(len(old)) if place not in found]
    right = [place for place in range(len(new)) if place not in taken]
    for pair in reworded(old, new, left[:MOST], right[:MOST]):
        if pair.old not in found and pair.new not in taken:
            found[pair.old] = pair
            taken.add(pair.new)
    either = [found.get(place) or Pair(place, None, 0.0) for place in range(len(old))]
    return either + [Pair(None, place, 0.0) for place in right if place not in taken]


def equal(old: Sequence[Said], new: Sequence[Said]) -> dict[int | None, Pair]:
    """Pairs of one kind and text, by place in the old list; repeats in their order."""
    places: defaultdict[Said, deque[int]] = defaultdict(deque)
    for place, said in enumerate(new):
        places[said].append(place)
    return {place: Pair(place, places[said].popleft(), 1.0) for place, said in enumerate(old) if places[said]}


def reworded(old: Sequence[Said], new: Sequence[Said], left: Sequence[int], right: Sequence[int]) -> list[Pair]:
    """Pairs alike enough to be one criterion, the most alike first, then those whose places lie nearest; a criterion
    may stand in several."""
    bits: dict[tuple[str, int], int] = {}  # a set of words is a number: comparing two costs less than a microsecond
    others: defaultdict[Hashable, list[tuple[int, int, int]]] = defaultdict(list)
    for place in right:
        kind, text = new[place]
        mask = words(text, bits)
        others[kind].append((place, mask, mask.bit_count()))
    found: list[tuple[float, int, int, int]] = []
    for place in left:
        kind, text = old[place]
        mask = words(text, bits)
        size = mask.bit_count()
        near = (
            (-2 * common / (size + other_size), abs(place - other), place, other)
            for other, other_mask, other_size in others[kind]
            if (common := (mask & other_mask).bit_count()) * 2 >= REWORDED * (size + other_size) > 0
        )
        found += nsmallest(NEAREST, near)
    return [Pair(place, other, -less) for less, _, place, other in sorted(found)]


def words(text: str, bits: dict[tuple[str, int], int]) -> int:
    """The words of a text as a set of bits; the second "or" of a text is another bit than the first."""
    counted: Counter[str] = Counter()
    mask = 0
    for word in WORD.findall(text.lower())[:LONGEST]:
        counted[word] += 1
        mask |= 1 << bits.setdefault((word, counted[word]), len(bits))
    return mask
