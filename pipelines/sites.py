"""The sites of all trials, read once: what places, countries and search count. Every site is two numbers, its trial's
row and its kind; sites that say the same of where they are and whether they recruit are of one kind, of which there are
few. Asked of SQLite, each count would sort all sites again."""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Callable, Hashable
from typing import Any, NamedTuple, TypeVar

import numpy
from numpy.typing import NDArray

Numbers = NDArray[Any]
Value = TypeVar("Value", bound=Hashable)


class Kind(NamedTuple):
    """What a site says; coordinates to three digits, which is a hundred metres."""

    city: str | None
    state: str | None
    country: str | None
    country_code: str | None
    latitude: float | None
    longitude: float | None
    status: str | None


SAID = ", ".join(f"locations.{name}" for name in Kind._fields)
READ = f"SELECT trials.rowid, {SAID} FROM locations CROSS JOIN trials ON trials.id = locations.trial_id"
ROUNDED = "SELECT round(?, 3), round(?, 3)"  # SQLite's, not Python's: pages ask which sites lie at a place in SQL


class Sites(NamedTuple):
    """Element n of `trial` and of `kind` is the n-th site's: its trial's row number, its place in `kinds`. A site of no
    trial, which the gate refuses, is left out. The last three hold a trial's id and status, and whether it is live, at
    its row number."""

    trial: Numbers
    kind: Numbers
    kinds: list[Kind]
    ids: list[str]
    statuses: list[str | None]
    live: NDArray[numpy.bool_]

    def by(self, value: Callable[[Kind], Value | None]) -> tuple[list[Value], Numbers]:
        """The values that sites have, in the order met, and for each site which of them; -1 where it has none."""
        known: dict[Value, int] = {}
        of_kind = [
            -1 if (found := value(kind)) is None else known.setdefault(found, len(known)) for kind in self.kinds
        ]
        return list(known), numpy.array(of_kind, "<i8")[self.kind] if of_kind else self.kind

    def has_status(self, *statuses: str) -> NDArray[numpy.bool_]:
        """Whether a trial has one of these, by its row number."""
        return numpy.fromiter((status in statuses for status in self.statuses), bool, len(self.statuses))


def read_sites(db: sqlite3.Connection) -> Sites:
    """All sites of a file, of removed trials too."""
    kinds: dict[tuple[Any, ...], int] = {}
    trial, kind = array("q"), array("q")
    for site in db.execute(READ):
        trial.append(site[0])
        kind.append(kinds.setdefault(site[1:], len(kinds)))
    rows = (db.execute("SELECT max(rowid) FROM trials").fetchone()[0] or 0) + 1
    ids, live = [""] * rows, numpy.zeros(rows, bool)
    statuses: list[str | None] = [None] * rows
    for row, id, status, is_live in db.execute("SELECT rowid, id, status, removed_at IS NULL FROM trials"):
        ids[row], statuses[row], live[row] = id, status, is_live
    said = [Kind(*kind[:4], *db.execute(ROUNDED, kind[4:6]).fetchone(), *kind[6:]) for kind in kinds]
    return Sites(numpy.frombuffer(trial, "<i8"), numpy.frombuffer(kind, "<i8"), said, ids, statuses, live)


def pairs(first: Numbers, second: Numbers) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """The pairs of two arrays, each once and in order: both numbers, how often it occurs, and for each element its
    pair."""
    width = int(second.max(initial=0)) + 1
    found, which, often = numpy.unique(first * width + second, return_inverse=True, return_counts=True)
    return found // width, found % width, often, which
