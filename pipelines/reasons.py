"""Why two trials are similar, and what differs: one pure function of a pair, for pages, JSON, the terminal and tests.

    one, other = facts(db, "NCT09000001"), facts(db, "NCT09000002")
    for sentence in sentences(reasons(one, other)):
        ...

`facts` reads the published file alone. The weights of terms come from its table `terms`, everything else from the
trial's own rows, so that a reason says nothing that the record does not. Standard library only.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from math import fsum, sqrt
from typing import Any

from pipelines.pairing import pairs
from pipelines.similar_agreement import (
    PARTS,
    TEXT,
    Population,
    Shape,
    age_overlap,
    agreement,
    phase_agreement,
    rounded,
    same_programme,
    sex_agreement,
    shape,
    total,
    years,
)
from pipelines.similar_records import Record, records
from pipelines.similar_terms import key, plain, terms

__all__ = [
    "Differs", "Facts", "Reasons", "SharedCondition", "SharedIntervention", "SharedTerm", "as_data", "facts",
    "facts_of", "reasons", "sentences",
]  # fmt: skip

TOP_TERMS = 8
UNSAID = "Phase not said"
MOST = 255  # times that a term is counted in one trial
COMPARATORS = {  # the register's types of arms that are compared with
    "PLACEBO_COMPARATOR": "placebo",
    "SHAM_COMPARATOR": "a sham procedure",
    "ACTIVE_COMPARATOR": "an active comparator",
    "NO_INTERVENTION": "no intervention",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a comparison needs of one trial. `weights` is a unit vector: its squares sum to 1, or it is empty."""

    id: str
    record: Record
    weights: Mapping[str, float]
    fields: Mapping[str, tuple[str, ...]]  # of each term, where it stands
    shape: Shape


@dataclass(frozen=True, slots=True)
class SharedCondition:
    """A condition of both, as each says it. `how`: name, heading (assigned to both) or broader heading."""

    one: str
    other: str
    how: str


@dataclass(frozen=True, slots=True)
class SharedIntervention:
    """An intervention of both, as each says it; `known_as`: a name, made alike, that both may use."""

    one: str
    other: str
    known_as: str


@dataclass(frozen=True, slots=True)
class SharedTerm:
    """A word or pair of words of both, what it adds to the score, and the fields of each where it stands."""

    term: str
    adds: float
    one_fields: tuple[str, ...]
    other_fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Differs:
    """What the two do not have in common; None where they agree or one does not say."""

    lacks: tuple[tuple[str, str], ...]  # criteria (kind, text) of the one that the neighbour does not have
    adds: tuple[tuple[str, str], ...]  # criteria of the neighbour that the one does not have
    phase: tuple[str, str] | None
    comparator: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why the neighbour `other_id` is near to `one_id`. `parts` add up to `score`, as stored in `similar_trials`."""

    one_id: str
    other_id: str
    other_title: str | None
    score: float
    parts: dict[str, float]
    conditions: tuple[SharedCondition, ...]
    interventions: tuple[SharedIntervention, ...]
    terms: tuple[SharedTerm, ...]
    phase: str
    population: tuple[str, ...]
    differs: Differs
    same_programme: bool


def facts(db: sqlite3.Connection, trial_id: str) -> Facts | None:
    """The facts of one stored trial; None where there is none with this id."""
    record = next(records(db, [trial_id]), None)
    return facts_of(record, weights_in(db, record)) if record else None


def weights_in(db: sqlite3.Connection, record: Record) -> dict[str, float]:
    """The weights of a trial's terms, of those that the file knows; none before similar trials were computed."""
    said = {term for lines in record.lines().values() for term in terms(lines)}
    said |= {word for heading in record.headings for word in terms([heading.term])}
    return dict(
        db.execute(
            "SELECT term, weight FROM json_each(?) JOIN terms ON terms.term = json_each.value",
            [json.dumps(sorted(said))],
        )
    )


def facts_of(record: Record, weights: Mapping[str, float]) -> Facts:
    """The facts of a trial, stored or not, given the weights of its terms."""
    counted: Counter[str] = Counter()
    fields: dict[str, tuple[str, ...]] = {}
    for name, lines in record.lines().items():
        found = Counter(term for term in terms(lines) if term in weights)
        counted += found
        for term in found:
            fields[term] = (*fields.get(term, ()), name)
    vector = {term: weights[term] * often(count) for term, count in counted.items()}
    length = sqrt(fsum(weight * weight for weight in vector.values()))
    return Facts(
        record.id, record, {term: weight / length for term, weight in vector.items()}, fields, shape(record, weights)
    )


def often(count: int) -> float:
    """How much a term counts that a trial says so often: 1/2, 2/3, 3/4 ... The tenth time says little new."""
    return min(count, MOST) / (min(count, MOST) + 1)


def reasons(one: Facts, other: Facts) -> Reasons:
    """Why `other` is near to `one`. Everything but `differs` is the same with the two changed over."""
    shared = one.weights.keys() & other.weights.keys()
    adds = {term: one.weights[term] * other.weights[term] for term in shared}
    found = rounded(fsum(adds.values()), agreement(one.shape, other.shape))
    strongest = sorted(adds, key=lambda term: (-adds[term], term))[:TOP_TERMS]
    return Reasons(
        one_id=one.id,
        other_id=other.id,
        other_title=other.record.title or other.record.official_title,
        score=total(found),
        parts=dict(zip(PARTS, found, strict=True)),
        conditions=shared_conditions(one.record, other.record),
        interventions=shared_interventions(one.record, other.record),
        terms=tuple(SharedTerm(term, TEXT * adds[term], one.fields[term], other.fields[term]) for term in strongest),
        phase=phase_in_words(one.record.phase, other.record.phase),
        population=population_in_words(one.shape.population, other.shape.population),
        differs=differences(one.record, other.record),
        same_programme=same_programme(one.shape, other.shape),
    )


# --- what is shared -------------------------------------------------------------------------------------------------


def shared_conditions(one: Record, other: Record) -> tuple[SharedCondition, ...]:
    """Conditions by name, then headings assigned to both, then headings above the assigned ones of both."""
    names = {key(name): name for name in reversed(other.conditions)}
    found = {key(name): name for name in reversed(one.conditions) if names.get(key(name)) and key(name)}
    result = [SharedCondition(name, names[same], "name") for same, name in reversed(found.items())]
    assigned, theirs = headings(one, False), headings(other, False)
    above = headings(other, True)
    for term in assigned:
        if term in theirs and key(term) not in found:
            result.append(SharedCondition(term, term, "heading"))
    for term in {**headings(one, True), **assigned}:
        if (term in above or term in theirs) and not (term in theirs and term in assigned):
            result.append(SharedCondition(term, term, "broader heading"))
    return tuple(result)


def headings(record: Record, ancestors: bool) -> dict[str, None]:
    """The headings of a trial's conditions, in order."""
    return {h.term: None for h in record.headings if h.kind == "condition" and h.is_ancestor == ancestors}


def shared_interventions(one: Record, other: Record) -> tuple[SharedIntervention, ...]:
    """Each intervention of the one that the other gives, too, with the first of the other's that does."""
    found = []
    for given in dict.fromkeys(one.interventions):
        for theirs in other.interventions:
            if both := given.names & theirs.names:
                found.append(SharedIntervention(given.name, theirs.name, min(both, key=lambda name: (len(name), name))))
                break
    known = {name for given in (*one.interventions, *other.interventions) for name in given.names}
    theirs_assigned = {h.term for h in other.headings if h.kind == "intervention" and not h.is_ancestor}
    for heading in dict.fromkeys(h for h in one.headings if h.kind == "intervention" and not h.is_ancestor):
        if heading.term in theirs_assigned and plain(heading.term) not in known:
            found.append(SharedIntervention(heading.term, heading.term, plain(heading.term)))
    return tuple(found)


# --- in words -------------------------------------------------------------------------------------------------------


def phase_in_words(one: str | None, other: str | None) -> str:
    """How the phases compare."""
    if one is None or other is None:
        return f"{UNSAID} by " + ("either" if one == other else "this trial" if one is None else "the other")
    if one == other:
        return f"Same phase: {one}"
    return f"{'Nearby phases' if phase_agreement(one, other) else 'Different phases'}: {one} and {other}"


def population_in_words(one: Population, other: Population) -> tuple[str, ...]:
    """How age and sex compare; nothing about what one of them does not say."""
    said = []
    if None not in (one.sex, other.sex):
        same = sex_agreement(one.sex, other.sex) == 1
        said.append(f"Same sex: {one.sex}" if same else f"Different sex: {one.sex} and {other.sex}")
    ages = age_range(one), age_range(other)
    if ages[0] and ages[1]:
        overlap = age_overlap(one, other)
        how = "Same ages" if ages[0] == ages[1] else "Ages overlap" if overlap else "Ages do not overlap"
        said.append(f"{how}: {ages[0]}" if ages[0] == ages[1] else f"{how}: {ages[0]} and {ages[1]}")
    return tuple(said)


def age_range(one: Population) -> str:
    """`18 to 65 years`, `18 years and over`, `up to 17 years`; empty where no limit is said."""
    if one.min_age is None and one.max_age is None:
        return ""
    low, high = years(one)
    if one.max_age is None:
        return f"{low:g} years and over"
    return f"up to {high:g} years" if one.min_age is None else f"{low:g} to {high:g} years"


def differences(one: Record, other: Record) -> Differs:
    """What differs: criteria on one side only, the phase, what is compared with."""
    paired = pairs(one.criteria, other.criteria)
    phases = (one.phase, other.phase)
    compared = comparator(one), comparator(other)
    return Differs(
        lacks=tuple(one.criteria[pair.old] for pair in paired if pair.old is not None and pair.new is None),
        adds=tuple(other.criteria[pair.new] for pair in paired if pair.new is not None and pair.old is None),
        phase=(phases[0], phases[1]) if phases[0] and phases[1] and phases[0] != phases[1] else None,
        comparator=(compared[0], compared[1]) if compared[0] and compared[1] and compared[0] != compared[1] else None,
    )


def comparator(record: Record) -> str | None:
    """What the treatment is compared with, from the types of the arms; None where no arm has a type."""
    types = [kind for kind in record.comparators or () if kind]
    if not types:
        return None
    return " and ".join(said for kind, said in COMPARATORS.items() if kind in types) or "no comparator arm"


def sentences(found: Reasons) -> list[str]:
    """The reasons as short plain sentences, the strongest kind first; what differs comes last."""
    said = []
    if found.same_programme:
        said.append("Same programme: one sponsor, a shared intervention and a near-equal title.")
    said += _listing("Same condition", [one.one for one in found.conditions if one.how != "broader heading"])
    said += _listing("Both under", [one.one for one in found.conditions if one.how == "broader heading"])
    said += _listing("Same intervention", [_both(one.one, one.other) for one in found.interventions])
    said += _listing("Words in common", [f"{one.term} ({', '.join(one.one_fields)})" for one in found.terms])
    said += [f"{line}." for line in (found.phase, *found.population) if not line.startswith(UNSAID)]
    if found.differs.comparator:
        said.append(f"Compared with {found.differs.comparator[0]} here, with {found.differs.comparator[1]} there.")
    if found.differs.lacks:
        said.append(f"{_criteria(len(found.differs.lacks))} here without a counterpart there.")
    if found.differs.adds:
        said.append(f"{_criteria(len(found.differs.adds))} there without a counterpart here.")
    return said


def as_data(found: Reasons) -> dict[str, Any]:
    """The reasons as plain data for JSON, with their sentences."""
    return {**asdict(found), "sentences": sentences(found)}


def _listing(what: str, things: Iterable[str]) -> list[str]:
    listed = "; ".join(dict.fromkeys(things))
    return [f"{what}: {listed}."] if listed else []


def _both(one: str, other: str) -> str:
    return one if plain(one) == plain(other) else f"{one} (there: {other})"


def _criteria(count: int) -> str:
    return "1 criterion" if count == 1 else f"{count} criteria"
