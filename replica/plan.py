"""What is decided about a synthetic study before anything is written: kind, status, dates, treatment.

Proportions follow the register's own: see `WEIGHTS` (counts of /stats and of a sample of 2,558 records).
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import accumulate
from random import Random
from typing import NamedTuple

from replica.families import Family, Measure, Treatment, families
from replica.phrases import CONTROLS, DURATIONS, PEOPLE
from replica.sentences import Draw, escaped, pick, some

DAY_ZERO = date(2026, 11, 16)  # a Monday; day 0 of every world
LARGEST_INDEX = 999_999

STATUS_WEIGHTS = {
    "COMPLETED": 545, "RECRUITING": 108, "UNKNOWN": 160, "NOT_YET_RECRUITING": 36, "TERMINATED": 56,
    "ACTIVE_NOT_RECRUITING": 36, "WITHDRAWN": 28, "ENROLLING_BY_INVITATION": 9, "SUSPENDED": 4, "WITHHELD": 1,
}  # fmt: skip
ACCESS_WEIGHTS = {"AVAILABLE": 4, "NO_LONGER_AVAILABLE": 5, "APPROVED_FOR_MARKETING": 4, "TEMPORARILY_NOT_AVAILABLE": 1}
PHASE_WEIGHTS = {
    ("NA",): 51, ("PHASE1",): 11, ("PHASE1", "PHASE2"): 4, ("PHASE2",): 15, ("PHASE2", "PHASE3"): 2, ("PHASE3",): 9,
    ("PHASE4",): 7, ("EARLY_PHASE1",): 1,
}  # fmt: skip
STARTED = frozenset(STATUS_WEIGHTS) - {"NOT_YET_RECRUITING", "WITHDRAWN", "WITHHELD"}
OPEN = {"RECRUITING", "NOT_YET_RECRUITING", "ENROLLING_BY_INVITATION", "ACTIVE_NOT_RECRUITING", "SUSPENDED"}
SITES = ((0, 0), (1, 1), (2, 5), (6, 30), (31, 120), (121, 700))
SITE_WEIGHTS = (125, 600, 125, 110, 38, 5)


@dataclass(slots=True)
class Plan:
    """The decided facts of one study. Days are ordinals of the proleptic Gregorian calendar."""

    index: int
    nct_id: str
    draw: Draw
    number: int
    family: Family
    kind: str
    status: str
    thin: bool
    industry: bool
    single: bool
    phases: tuple[str, ...] | None
    first: int
    last: int
    start: int
    completion: int
    treatment: Treatment
    second_treatment: Treatment | None
    control: str
    measures: list[Measure]
    enrollment: int
    sites: int
    has_results: bool
    words: dict[str, str]


class Wheel:
    """Picks by weight."""

    def __init__(self, choices: Sequence[object], weights: Sequence[float]) -> None:
        self.choices, self.limits = tuple(choices), tuple(accumulate(weights))

    def spin(self, draw: Draw) -> int:
        return bisect(self.limits, draw() * self.limits[-1])


STATUS_WHEEL = Wheel(tuple(STATUS_WEIGHTS), tuple(STATUS_WEIGHTS.values()))
ACCESS_WHEEL = Wheel(tuple(ACCESS_WEIGHTS), tuple(ACCESS_WEIGHTS.values()))
PHASE_WHEEL = Wheel(tuple(PHASE_WEIGHTS), tuple(PHASE_WEIGHTS.values()))
SITE_WHEEL = Wheel(SITES, SITE_WEIGHTS)
STATUSES, ACCESS_STATUSES, PHASES = tuple(STATUS_WEIGHTS), tuple(ACCESS_WEIGHTS), tuple(PHASE_WEIGHTS)


def nct_id(index: int) -> str:
    """The id of a synthetic study, in a range the register has not reached. Raises ValueError out of 0..999,999."""
    if not 0 <= index <= LARGEST_INDEX:
        raise ValueError(f"a synthetic study has an index from 0 to {LARGEST_INDEX}, not {index}")
    return f"NCT09{index:06d}"


def alias_id(index: int) -> str:
    """An older number of the same study, for those that have one."""
    return f"NCT08{index:06d}"


def index_of(identifier: str) -> int | None:
    """The index of the study with this id, or None when no synthetic study can have it."""
    text = identifier.upper()
    return int(text[5:]) if text.startswith("NCT09") and len(text) == 11 and text[5:].isdecimal() else None


def family_number(index: int, seed: int = 0) -> int:
    """Which family a study belongs to: a place in `families()`."""
    mixed = ((index + 1) * 0x9E3779B1 + seed * 0x85EBCA6B) & 0xFFFFFFFF
    return (mixed >> 8) % len(families())


@cache
def iso(ordinal: int) -> str:
    """An ordinal day as ISO text."""
    return date.fromordinal(ordinal).isoformat()


def weekday_before(ordinal: int) -> int:
    """The same day, or the Friday before a weekend: the register posts on weekdays only."""
    return ordinal - max(0, (ordinal - 1) % 7 - 4)


def data_day(day: int) -> date:
    """The date of the data on day `day` of a world: the latest weekday."""
    return date.fromordinal(weekday_before((DAY_ZERO + timedelta(days=day)).toordinal()))


class Course(NamedTuple):
    """Kind, status and days of a study: what sweeps and queries by date ask for, at a third of the cost of a `Plan`."""

    kind: str
    status: str
    thin: bool
    first: int
    last: int
    start: int
    completion: int


def stream(index: int, seed: int) -> Draw:
    """The study's own stream of numbers."""
    return Random((seed << 24) ^ index).random


def course(draw: Draw) -> Course:
    """The first things that a study's stream decides."""
    chance = draw()
    kind = "EXPANDED_ACCESS" if chance < 0.0018 else "OBSERVATIONAL" if chance < 0.235 else "INTERVENTIONAL"
    status = STATUSES[STATUS_WHEEL.spin(draw)]
    thin = status == "COMPLETED" and draw() < 0.02
    if kind == "EXPANDED_ACCESS":
        status, thin = ACCESS_STATUSES[ACCESS_WHEEL.spin(draw)], False
    return Course(kind, status, thin, *days(draw, status, thin))


def decide(index: int, seed: int) -> Plan:
    """Everything about one study that its parts have to agree on."""
    draw = stream(index, seed)
    number = family_number(index, seed)
    family = families()[number]
    kind, status, thin, first, last, start, completion = course(draw)
    phases = PHASES[PHASE_WHEEL.spin(draw)] if kind == "INTERVENTIONAL" else None
    low, high = SITES[SITE_WHEEL.spin(draw)]
    industry = draw() < (0.9 if high > 30 else 0.28)
    treatments = some(draw, 2, family.treatments)
    measures = some(draw, len(family.measures), family.measures)
    finished = status in ("COMPLETED", "TERMINATED")
    enrollment = 0 if status == "WITHDRAWN" else int(8 * 2 ** (draw() * draw() * 9 + 1)) + high // 4
    return Plan(
        index=index,
        nct_id=nct_id(index),
        draw=draw,
        number=number,
        family=family,
        kind=kind,
        status=status,
        thin=thin,
        industry=industry,
        single=draw() < 0.3,
        phases=phases,
        first=first,
        last=last,
        start=start,
        completion=completion,
        treatment=treatments[0],
        second_treatment=treatments[1] if draw() < 0.35 else None,
        control=pick(draw, CONTROLS),
        measures=measures,
        enrollment=enrollment,
        sites=low + int((high - low + 1) * draw() * (draw() if high > 5 else 1)),
        has_results=finished and kind == "INTERVENTIONAL" and not thin and draw() < 0.29,
        words=words(draw, family, treatments[0], measures, enrollment),
    )


def days(draw: Draw, status: str, thin: bool) -> tuple[int, int, int, int]:
    """First posted, last updated, start and completion, so that they agree with each other and with the status."""
    today = DAY_ZERO.toordinal()
    if status == "UNKNOWN":
        last = today - 760 - int(4500 * draw() ** 1.6)
    elif status in OPEN or status == "AVAILABLE":
        last = today - int(600 * draw() ** 1.25)
    else:
        last = today - int(6200 * draw() ** 1.35)
    if thin:
        first = date(1999, 9, 1).toordinal() + int(1200 * draw())
        last = min(today, first + int(3000 * draw()))
        start = first - int(4000 * draw())
        return weekday_before(first), weekday_before(last), start, start + int((first - start) * draw())
    first = weekday_before(last - int(2600 * draw() ** 1.5))
    last = weekday_before(last)
    start = first + int(500 * draw()) - 320
    if status in STARTED:
        start = min(start, last)
    if status in OPEN or status not in STARTED:
        start = max(start, last + 10) if status == "NOT_YET_RECRUITING" else start
        completion = max(today, start) + 30 + int(1500 * draw())
    elif status == "UNKNOWN":
        completion = min(max(start, last) + int(1000 * draw()), today - 30)
    else:
        completion = start + int((last - start) * (0.4 + 0.6 * draw()))
    return first, last, start, completion


def uncapitalised(text: str) -> str:
    """For the middle of a sentence: `Change in HbA1c` -> `change in HbA1c`, but `PASI 90` stays."""
    return text[0].lower() + text[1:] if text[1:2].islower() else text


def words(draw: Draw, family: Family, treatment: Treatment, measures: list[Measure], count: int) -> dict[str, str]:
    """What sentences are filled in with. Values are escaped for markup where they hold signs."""
    condition = family.name if family.name.isupper() or draw() < 0.5 else pick(draw, family.synonyms)
    drug = treatment.name
    return {
        "drug": drug,
        "Drug": drug[0].upper() + drug[1:],
        "condition": condition,
        "Condition": condition,
        "control": pick(draw, CONTROLS).lower(),
        "people": pick(draw, PEOPLE),
        "measure": escaped(uncapitalised(pick(draw, measures[0].variants))),
        "second": escaped(uncapitalised(pick(draw, measures[-1].variants))),
        "count": str(count),
        "duration": pick(draw, DURATIONS),
        "unit": measures[0].unit,
    }
