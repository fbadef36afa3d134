"""Sentences made ready once: choices spread out, markup escaped, so that a study only has to pick and fill in."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from math import gcd
from typing import TypeAlias, TypeVar

from replica import phrases
from replica.families import Family, families, variants

Draw: TypeAlias = Callable[[], float]  # the next number of a study's own stream, 0 <= x < 1
T = TypeVar("T")

MARKUP = re.compile(r"([<>\[\]&*^])")  # what the register escapes with a backslash in its markup fields
LONE_PERCENT = re.compile(r"%(?!\()")


def pick(draw: Draw, choices: Sequence[T]) -> T:
    """One of the choices, all equally likely."""
    return choices[int(draw() * len(choices))]


def some(draw: Draw, count: int, choices: Sequence[T]) -> list[T]:
    """`count` different choices (all, when there are fewer), in an order of their own."""
    size = len(choices)
    count = min(count, size)
    start, step = int(draw() * size), 1 + int(draw() * (size - 1 or 1))
    while gcd(step, size) > 1:
        step -= 1
    return [choices[(start + turn * step) % size] for turn in range(count)]


def person(draw: Draw) -> str:
    """The stand-in for a person's name: `Investigator` and six hex digits."""
    return f"Investigator {int(draw() * 0x1000000):06x}"


def escaped(text: str) -> str:
    """Text as the register's markup fields hold it: a backslash before `< > [ ] & * ^`."""
    return MARKUP.sub(r"\\\1", text)


def ready(text: str, markup: bool) -> tuple[str, ...]:
    """All variants of a sentence, ready for `% words`."""
    return tuple(LONE_PERCENT.sub("%%", escaped(each) if markup else each) for each in variants(text))


@cache
def plain(name: str) -> tuple[tuple[str, ...], ...]:
    """The sentences of `phrases.<name>` for fields without markup: for each, its variants."""
    return tuple(ready(text, markup=False) for text in getattr(phrases, name))


@cache
def marked(name: str) -> tuple[tuple[str, ...], ...]:
    """The sentences of `phrases.<name>` for markup fields: for each, its variants."""
    return tuple(ready(text, markup=True) for text in getattr(phrases, name))


@cache
def subpoints() -> tuple[tuple[tuple[str, ...], ...], ...]:
    """Groups of points that stand under a criterion."""
    return tuple(tuple(ready(text, markup=True) for text in group) for group in phrases.SUBPOINTS)


@cache
def criteria(number: int) -> tuple[tuple[tuple[str, ...], ...], tuple[tuple[str, ...], ...]]:
    """Inclusion and exclusion criteria of family `number`, its own before its area's, variants ready for markup."""
    family: Family = families()[number]

    def marked_up(lists: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(LONE_PERCENT.sub("%%", escaped(text)) for text in texts) for texts in lists)

    return marked_up(family.inclusion), marked_up(family.exclusion)
