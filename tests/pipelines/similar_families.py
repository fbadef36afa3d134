"""Families of synthetic studies for tests of similar trials: one condition and one drug, told in different words."""

from __future__ import annotations

from random import Random
from typing import Any

from replica.families import Family, Treatment, families

MEMBERS = 4
RIVALS = 2  # studies of a family's condition with another drug


def told(number: int, family: Family, treatment: Treatment, draw: Random) -> dict[str, Any]:
    """One study: condition, drug, criteria and outcomes are its family's, the wording and the choice its own."""
    condition = draw.choice((family.name, *family.synonyms))
    drug = draw.choice(
        (treatment.name, f"{treatment.name.capitalize()} {draw.choice((10, 50, 200))} mg", *treatment.other_names)
    )
    lines = [draw.choice(each) for each in draw.sample(family.inclusion, min(4, len(family.inclusion)))]
    excluded = [draw.choice(each) for each in draw.sample(family.exclusion, min(4, len(family.exclusion)))]
    measure = draw.choice(draw.choice(family.measures).variants)
    title = draw.choice((f"{drug} in {condition}", f"A trial of {drug} for people with {condition}"))
    return {
        "protocolSection": {
            "identificationModule": {"nctId": f"NCT09{number:06}", "briefTitle": title},
            "statusModule": {"overallStatus": "RECRUITING"},
            "sponsorCollaboratorsModule": {"leadSponsor": {"name": f"Hospital {number % 40}", "class": "OTHER"}},
            "conditionsModule": {"conditions": [condition]},
            "designModule": {"studyType": "INTERVENTIONAL", "phases": [draw.choice(("PHASE2", "PHASE3"))]},
            "armsInterventionsModule": {
                "interventions": [
                    {"type": "DRUG", "name": drug, "otherNames": [treatment.name]},
                    {"type": "DRUG", "name": "Placebo"},
                ]
            },
            "outcomesModule": {"primaryOutcomes": [{"measure": measure}]},
            "eligibilityModule": {
                "eligibilityCriteria": "\n".join(
                    ["Inclusion Criteria:", "", *(f"* {line}" for line in lines), "", "Exclusion Criteria:", "",
                     *(f"* {line}" for line in excluded)]
                ),
                "sex": "ALL",
                "minimumAge": "18 Years",
            },
        },
        "derivedSection": {
            "conditionBrowseModule": {"meshes": [{"id": family.mesh.id, "term": family.mesh.term}]},
        },
    }  # fmt: skip


def families_of_studies(count: int, seed: int = 0) -> tuple[list[dict[str, Any]], list[list[str]]]:
    """Studies, and for each family the ids of its members. Rivals are studies, but members of no family."""
    draw = Random(seed)
    studies, members = [], []
    for family in draw.sample(families(), count):
        drug, *others = draw.sample(family.treatments, min(3, len(family.treatments)))
        chosen = [drug] * MEMBERS + [draw.choice(others) for _ in range(RIVALS)]
        first = len(studies)
        studies += [told(first + place, family, treatment, draw) for place, treatment in enumerate(chosen)]
        members.append([f"NCT09{first + place:06}" for place in range(MEMBERS)])
    return studies, members
