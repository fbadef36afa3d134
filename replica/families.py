"""Families of synthetic trials: what trials of one condition have in common, so that "similar" means something.

The notation of the texts: `##` opens a therapeutic area (name | browse branch | its abbreviation | MeSH ancestors),
`=` a condition (name | MeSH headings, the first its own, the others ancestors | synonyms), `*` its interventions
(name, other names in brackets, the number of the MeSH heading), `+` an inclusion criterion, `-` an exclusion criterion,
`?` an outcome and its unit. What stands between `##` and the first `=` belongs to every condition of the area.
`{a|b}` is a choice; all the variants are made once, here. Drug and disease names and MeSH numbers are the field's own
words; a number given for a heading may be wrong and stands for no real annotation.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import product
from typing import NamedTuple

from replica import families_body, families_cancer, families_heart_lung_metabolism, families_mind_infection


class Mesh(NamedTuple):
    id: str
    term: str


class Treatment(NamedTuple):
    name: str
    other_names: tuple[str, ...]
    mesh: Mesh | None


class Measure(NamedTuple):
    variants: tuple[str, ...]
    unit: str


class Family(NamedTuple):
    """One condition with everything its trials choose from. A criterion is the tuple of its variants."""

    area: str
    branch: str
    branch_abbreviation: str
    name: str
    synonyms: tuple[str, ...]
    mesh: Mesh
    ancestors: tuple[Mesh, ...]
    treatments: tuple[Treatment, ...]
    inclusion: tuple[tuple[str, ...], ...]  # the own ones first, then the area's
    exclusion: tuple[tuple[str, ...], ...]
    measures: tuple[Measure, ...]


CHOICE = re.compile(r"\{([^{}]+)\}")
TREATMENT = re.compile(r"(?P<name>[^()]+?)(?: \((?P<others>[^()]+)\))?(?: (?P<mesh>\d+))?\Z")
MOST_VARIANTS = 24


def variants(text: str) -> tuple[str, ...]:
    """All the readings of a text with `{a|b}` choices, at most 24 of them, spread over the choices."""
    parts = CHOICE.split(text)
    choices = [part.split("|") if place % 2 else [part] for place, part in enumerate(parts)]
    readings = ["".join(reading) for reading in product(*choices)]
    step = max(1, -(-len(readings) // MOST_VARIANTS))
    return tuple(readings[::step])


def mesh(text: str) -> Mesh:
    number, term = text.strip().split(" ", 1)
    return Mesh(f"D{int(number):09d}", term)


def treatment(text: str) -> Treatment:
    match = TREATMENT.match(text.strip())
    if not match:
        raise ValueError(f"not an intervention: {text}")
    name, others, number = match.group("name", "others", "mesh")
    other_names = tuple(other.strip() for other in others.split(";")) if others else ()
    return Treatment(
        name, other_names, Mesh(f"D{int(number):09d}", name.split("/")[0].capitalize()) if number else None
    )


def split_treatments(line: str) -> tuple[Treatment, ...]:
    return tuple(treatment(part) for part in re.split(r";(?![^()]*\))", line))


def read(text: str) -> list[Family]:
    """The families that one text in the notation above holds."""
    found = []
    for area_text in text.strip().removeprefix("## ").split("\n## "):
        shared, *conditions = area_text.split("\n= ")
        area, branch, abbreviation, ancestors = (part.strip() for part in shared.split("\n", 1)[0].split(" | "))
        for condition in conditions:
            name, headings, synonyms = (part.strip() for part in condition.split("\n", 1)[0].split(" | "))
            own = [line for line in condition.split("\n")[1:] if line]
            lines = own + [line for line in shared.split("\n")[1:] if line]
            terms = [mesh(part) for part in headings.split(";") + ancestors.split(";")]
            outcomes = [line[2:].split(" | ") for line in lines if line.startswith("? ")]
            found.append(
                Family(
                    area=area,
                    branch=branch,
                    branch_abbreviation=abbreviation,
                    name=name,
                    synonyms=tuple(part.strip() for part in synonyms.split(";")),
                    mesh=terms[0],
                    ancestors=tuple(dict.fromkeys(terms[1:])),
                    treatments=next(split_treatments(line[2:]) for line in lines if line.startswith("* ")),
                    inclusion=tuple(variants(line[2:]) for line in lines if line.startswith("+ ")),
                    exclusion=tuple(variants(line[2:]) for line in lines if line.startswith("- ")),
                    measures=tuple(Measure(variants(measure), unit) for measure, unit in outcomes),
                )
            )
    return found


@cache
def families() -> tuple[Family, ...]:
    """All the families, always in the same order."""
    modules = (families_heart_lung_metabolism, families_cancer, families_mind_infection, families_body)
    return tuple(family for module in modules for family in read(module.TEXT))
