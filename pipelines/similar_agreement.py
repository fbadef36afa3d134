"""How far two trials agree in what the register states: conditions, interventions, phase, population, design. Pure.

Each measure runs from 0 (nothing in common, or not said) to 1, and is the same whichever trial comes first.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from math import fsum
from typing import NamedTuple, TypeAlias

from pipelines.pairing import REWORDED
from pipelines.pairing import words as word_bits
from pipelines.similar_records import Record
from pipelines.similar_terms import key, plain, words

# What each part adds to the score at most; together 1. The text carries most: on the labelled trials it alone ranks
# nearly as well as all together (benchmarks/similar.py); the rest decides between texts that are equally near.
TEXT, CONDITIONS, INTERVENTIONS, PHASE, POPULATION, DESIGN = 0.80, 0.04, 0.09, 0.03, 0.02, 0.02
PARTS = ("text", "conditions", "interventions", "phase", "population", "design")  # as `similar_trials` names them
Agreed: TypeAlias = tuple[float, float, float, float, float]  # the measures after the text's, each from 0 to 1
Parts: TypeAlias = tuple[float, float, float, float, float, float]
DIGITS = 4  # of a part as it is stored
PHASES = {
    "Early Phase 1": 0.5, "Phase 1": 1.0, "Phase 1/Phase 2": 1.5, "Phase 2": 2.0, "Phase 2/Phase 3": 2.5,
    "Phase 3": 3.0, "Phase 4": 4.0,
}  # fmt: skip
OLDEST = 100.0  # years; where a trial names no upper age


class Population(NamedTuple):
    """Who may take part; None where the source does not say."""

    min_age: float | None
    max_age: float | None
    sex: str | None


class Shape(NamedTuple):
    """What agreement is computed from."""

    conditions: frozenset[str]  # names and assigned headings, made alike
    condition_words: Mapping[str, float]  # words of names, headings and the headings above, with their weights
    condition_weight: float  # of all these words
    interventions: tuple[frozenset[str], ...]  # of each, the names it may be known under
    intervention_names: frozenset[str]
    phase: str | None
    population: Population
    design: tuple[str | None, ...]
    sponsor: str
    title: str


def shape(record: Record, weights: Mapping[str, float]) -> Shape:
    """The shape of a trial, given the weights of words (words without one are passed over)."""
    headings = [heading for heading in record.headings if heading.kind == "condition"]
    said = [*record.conditions, *(heading.term for heading in headings)]
    condition_words = {word: weights[word] for text in said for word in words(text) if word in weights}
    interventions = [given.names for given in record.interventions]
    known = frozenset().union(*interventions)
    for heading in record.headings:
        if heading.kind == "intervention" and not heading.is_ancestor and plain(heading.term) not in known:
            interventions.append(frozenset((plain(heading.term),)))
    return Shape(
        frozenset(filter(None, map(key, (*record.conditions, *(h.term for h in headings if not h.is_ancestor))))),
        condition_words,
        fsum(condition_words.values()),
        tuple(dict.fromkeys(interventions)),
        known.union(*interventions),
        record.phase,
        Population(record.min_age_years, record.max_age_years, record.sex),
        (record.study_type, record.allocation, record.intervention_model, record.masking, record.primary_purpose),
        plain(record.lead_sponsor or ""),
        record.title or record.official_title or "",
    )


def agreement(one: Shape, other: Shape) -> Agreed:
    """The measures for conditions, interventions, phase, population and design."""
    return (
        condition_agreement(one, other),
        intervention_agreement(one, other),
        phase_agreement(one.phase, other.phase),
        population_agreement(one.population, other.population),
        design_agreement(one.design, other.design),
    )


def condition_agreement(one: Shape, other: Shape) -> float:
    """The larger of two shares: of equal names and headings (Dice), and of the weight of words (Jaccard)."""
    named = dice(len(one.conditions & other.conditions), len(one.conditions), len(other.conditions))
    theirs = other.condition_words
    shared = fsum([weight for word, weight in one.condition_words.items() if word in theirs]) if named < 1 else 0.0
    return max(named, shared / (one.condition_weight + other.condition_weight - shared)) if shared else named


def intervention_agreement(one: Shape, other: Shape) -> float:
    """The share of the interventions of both that the other trial gives, too, under any of their names (Dice)."""
    if one.intervention_names.isdisjoint(other.intervention_names):
        return 0.0
    shared = sum(not names.isdisjoint(other.intervention_names) for names in one.interventions)
    shared += sum(not names.isdisjoint(one.intervention_names) for names in other.interventions)
    return shared / (len(one.interventions) + len(other.interventions))


def dice(shared: int, one: int, other: int) -> float:
    """Twice what is in common over what there is on both sides."""
    return 2 * shared / (one + other) if shared else 0.0


@lru_cache(maxsize=256)
def phase_agreement(one: str | None, other: str | None) -> float:
    """1 for the same phase, a third less for each phase between; "Not applicable" agrees only with itself."""
    if one is None or other is None:
        return 0.0
    if one == other:
        return 1.0
    if one not in PHASES or other not in PHASES:
        return 0.0
    return max(0.0, 1 - abs(PHASES[one] - PHASES[other]) / 3)


@lru_cache(maxsize=1 << 16)
def population_agreement(one: Population, other: Population) -> float:
    """Half for the overlap of the ages (years in common over years in either), half for the sex; 0 where not said."""
    return (age_overlap(one, other) + sex_agreement(one.sex, other.sex)) / 2


def age_overlap(one: Population, other: Population) -> float:
    """Years in common over years in either; a missing limit is open, but one of the two must be said on each side."""
    if not (says_age(one) and says_age(other)):
        return 0.0
    (low, high), (other_low, other_high) = years(one), years(other)
    common = min(high, other_high) - max(low, other_low)
    either = max(high, other_high) - min(low, other_low)
    return max(0.0, common) / either if either > 0 else 1.0


def says_age(one: Population) -> bool:
    return one.min_age is not None or one.max_age is not None


def years(one: Population) -> tuple[float, float]:
    """The ages that may take part, an open end replaced by 0 or 100 years."""
    low = one.min_age or 0.0
    return low, max(low, one.max_age if one.max_age is not None else OLDEST)


def sex_agreement(one: str | None, other: str | None) -> float:
    """1 for the same, a half for one sex against all, 0 for men against women or where not said."""
    if one is None or other is None:
        return 0.0
    return 1.0 if one == other else 0.5 if "All" in (one, other) else 0.0


@lru_cache(maxsize=1 << 16)
def design_agreement(one: tuple[str | None, ...], other: tuple[str | None, ...]) -> float:
    """The share of study type, allocation, model, masking and purpose that is the same, of those that both say."""
    both = [(a, b) for a, b in zip(one, other, strict=True) if a is not None and b is not None]
    return sum(a == b for a, b in both) / len(both) if both else 0.0


def same_programme(one: Shape, other: Shape) -> bool:
    """Sister trials: one lead sponsor, a shared intervention, and titles alike as reworded criteria are."""
    if not one.sponsor or one.sponsor != other.sponsor or one.intervention_names.isdisjoint(other.intervention_names):
        return False
    bits: dict[tuple[str, int], int] = {}
    title, other_title = word_bits(one.title, bits), word_bits(other.title, bits)
    common, size = (title & other_title).bit_count(), title.bit_count() + other_title.bit_count()
    return 2 * common >= REWORDED * size > 0


def rounded(text: float, agreed: Agreed) -> Parts:
    """The parts of a score as they are stored, from the cosine of the texts and the measures of agreement."""
    conditions, interventions, phase, population, design = agreed
    return (
        round(TEXT * text, DIGITS),
        round(CONDITIONS * conditions, DIGITS),
        round(INTERVENTIONS * interventions, DIGITS),
        round(PHASE * phase, DIGITS),
        round(POPULATION * population, DIGITS),
        round(DESIGN * design, DIGITS),
    )


def total(parts: Parts) -> float:
    """The score: the sum of its parts."""
    return round(fsum(parts), DIGITS)
