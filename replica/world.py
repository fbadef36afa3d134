"""A world of synthetic studies that lives: on weekdays studies appear, change, merge, vanish and return.

A world is a function of its seed, size and day. Day 0 costs nothing, whatever the size: the studies are made when they
are asked for, and only what happened since day 0 is remembered.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from threading import RLock
from typing import Any, NamedTuple

from msgspec import json

from replica.edits import EDITS, SPONSOR_EDITS
from replica.plan import DAY_ZERO, LARGEST_INDEX, alias_id, data_day, index_of, nct_id
from replica.studies import has_alias, study, study_json

LARGEST_SIZE = 900_000  # leaves numbers for the studies that are registered later
MOST_TRIES = 200
RETURN_AFTER = 3  # days that a vanished study stays away at least


class Happening(NamedTuple):
    """Something that happened to one study on one day.

    `kind`: new, changed, unknown (status flipped with no date), merged (into `target`), vanished or returned.
    """

    day: int
    kind: str
    nct_id: str
    fields: tuple[str, ...] = ()
    target: str | None = None


class Done(NamedTuple):
    """An edit that a study has gone through."""

    day: int
    name: str
    salt: int


class Daily(NamedTuple):
    """How many studies something happens to on a weekday: the register's figures, scaled, and at least a few."""

    new: int
    changed: int
    unknown: int
    merged: int
    vanished: int

    @classmethod
    def of(cls, size: int) -> Daily:
        return cls(
            new=max(2, size // 4600),
            changed=max(5, size // 600),
            unknown=max(1, size // 10_000),
            merged=max(1, size // 300_000),
            vanished=max(1, size // 200_000),
        )


class World:
    """The studies of a register on one day, which may move forward."""

    def __init__(self, seed: int = 0, size: int = 300, day: int = 0) -> None:
        if not 1 <= size <= LARGEST_SIZE:
            raise ValueError(f"a world has from 1 to {LARGEST_SIZE} studies, not {size}")
        self.seed, self.size, self.day = seed, size, 0
        self.lock = RLock()  # for servers, which ask from several threads
        self._added = 0
        self._done: dict[int, list[Done]] = {}
        self._merged: dict[int, int] = {}  # index -> index of the study it is now part of
        self._vanished: dict[int, int] = {}  # index -> day
        self._log: dict[int, list[Happening]] = {}
        self._present: Sequence[int] | None = None
        self.go_to(day)

    # --- time ---

    @property
    def data_day(self) -> date:
        """The date of the data: the latest weekday."""
        return data_day(self.day)

    @property
    def timestamp(self) -> str:
        """The register's `dataTimestamp`."""
        return f"{self.data_day.isoformat()}T09:00:05"

    def go_to(self, day: int) -> None:
        """Lives on until `day`. Raises ValueError when that lies in the past."""
        if day < self.day:
            raise ValueError(f"a world moves forward only: it is day {self.day}, not {day}")
        while self.day < day:
            self.day += 1
            if (DAY_ZERO + timedelta(days=self.day)).weekday() < 5:
                self._live()

    def go_to_next_data(self) -> None:
        """Lives on until the data are newer: to the next weekday."""
        before = self.timestamp
        while self.timestamp == before:
            self.go_to(self.day + 1)

    def log(self, day: int) -> list[Happening]:
        """What happened on that day; nothing on weekends."""
        return list(self._log.get(day, ()))

    # --- the studies of today ---

    def present(self) -> Sequence[int]:
        """The indexes of the studies that are there today, in the order in which they are served."""
        if self._present is None:
            away = self._merged.keys() | self._vanished.keys()
            everything = range(self.size + self._added)
            self._present = [index for index in everything if index not in away] if away else everything
        return self._present

    def is_present(self, index: int) -> bool:
        known = 0 <= index < self.size + self._added
        return known and index not in self._merged and index not in self._vanished

    def find(self, identifier: str) -> tuple[int | None, bool]:
        """The study that answers to an id, and whether the id is an older one of it (an alias). None: no such study."""
        text = identifier.upper()
        old = index_of("NCT09" + text[5:]) if text.startswith("NCT08") else None
        if old is not None:
            known = has_alias(old) and old < self.size and self.is_present(self._target(old))
            return (self._target(old), True) if known else (None, False)
        index = index_of(text)
        if index is None or not 0 <= index < self.size + self._added:
            return None, False
        target = self._target(index)
        return (target, target != index) if self.is_present(target) else (None, False)

    def study(self, index: int) -> dict[str, Any]:
        """One study as it stands today."""
        return self._edited(index, self._done.get(index, ()), self.day)

    def study_json(self, index: int) -> bytes:
        """The same as compact JSON."""
        if self.is_edited(index):
            return json.encode(self.study(index))
        return study_json(index, self.seed, self.day)

    def is_edited(self, index: int) -> bool:
        """Whether the study differs from the one that its index alone gives."""
        return index in self._done or index in self._merged.values()

    def is_vanished(self, index: int) -> bool:
        """Whether the study was removed from the register and has not returned."""
        return index in self._vanished

    def edited_on(self, index: int) -> date | None:
        """The date of the data with which the study last changed since day 0."""
        done = self._done.get(index)
        return data_day(done[-1].day) if done else None

    def aliases(self, index: int) -> list[str]:
        """The older ids of a study."""
        own = self._first_alias(index)
        merged = [other for other in tuple(self._merged) if self._target(other) == index]  # days go on meanwhile
        return own + [name for other in merged for name in (nct_id(other), *self._first_alias(other))]

    def _first_alias(self, index: int) -> list[str]:
        return [alias_id(index)] if has_alias(index) and index < self.size else []

    # --- living ---

    def _target(self, index: int) -> int:
        while index in self._merged:
            index = self._merged[index]
        return index

    def _edited(self, index: int, done: Sequence[Done], day: int) -> dict[str, Any]:
        found = study(index, self.seed, day)
        for each in done:
            EDITS[each.name](found, data_day(each.day), each.salt)
        module = found["protocolSection"]["identificationModule"]
        aliases = self.aliases(index)
        if aliases:
            rest = {name: value for name, value in module.items() if name not in ("nctId", "nctIdAliases")}
            found["protocolSection"]["identificationModule"] = {
                "nctId": module["nctId"],
                "nctIdAliases": aliases,
                **rest,
            }
        return found

    def _edit(self, index: int, name: str, salt: int) -> tuple[str, ...]:
        """Carries out an edit if it fits the study; says which fields changed."""
        on = data_day(self.day)
        fields = EDITS[name](self.study(index), on, salt)
        if fields or name == "registered":
            self._done.setdefault(index, []).append(Done(self.day, name, salt))
        return fields

    def _live(self) -> None:
        """One weekday. Nothing happens twice to a study on one day."""
        chance, daily = Random(f"{self.seed}/{self.day}"), Daily.of(self.size)
        free = Lottery(chance, self.present())
        kinds = tuple(SPONSOR_EDITS)
        log = [self._change("changed", kinds[turn % len(kinds)], free) for turn in range(daily.changed)]
        log += [self._change("unknown", "unknown", free) for _ in range(daily.unknown)]
        log += self._come_back(chance)
        for _ in range(daily.merged):
            index, target = free.draw(), free.draw()
            if index is not None and target is not None:
                self._merged[index] = target
                log.append(Happening(self.day, "merged", nct_id(index), target=nct_id(target)))
        for _ in range(daily.vanished):
            if (index := free.draw()) is not None:
                self._vanished[index] = self.day
                log.append(Happening(self.day, "vanished", nct_id(index)))
        for index in range(self.size + self._added, min(self.size + self._added + daily.new, LARGEST_INDEX + 1)):
            self._added += 1
            self._edit(index, "registered", chance.getrandbits(30))
            log.append(Happening(self.day, "new", nct_id(index)))
        self._log[self.day] = [each for each in log if each]
        self._present = None

    def _change(self, kind: str, edit: str, free: Lottery) -> Happening | None:
        """One change to a study that it fits. None when no such study was found."""
        for _ in range(MOST_TRIES):
            index = free.draw()
            if index is None:
                return None
            if fields := self._edit(index, edit, free.chance.getrandbits(30)):
                return Happening(self.day, kind, nct_id(index), fields)
            free.put_back(index)
        return None

    def _come_back(self, chance: Random) -> list[Happening | None]:
        """On some days a study that vanished returns as it was."""
        away = [index for index, day in self._vanished.items() if self.day - day >= RETURN_AFTER]
        if not away or chance.random() > 0.6:
            return []
        del self._vanished[away[0]]
        return [Happening(self.day, "returned", nct_id(away[0]))]


class Lottery:
    """Draws studies by chance, each at most once."""

    def __init__(self, chance: Random, tickets: Sequence[int]) -> None:
        self.chance, self.tickets = chance, tickets
        self._drawn: set[int] = set()

    def draw(self) -> int | None:
        """A study that was not drawn before; None when there seems to be none."""
        for _ in range(MOST_TRIES if self.tickets else 0):
            index = self.tickets[self.chance.randrange(len(self.tickets))]
            if index not in self._drawn:
                self._drawn.add(index)
                return index
        return None

    def put_back(self, index: int) -> None:
        self._drawn.discard(index)
