"""How a synthetic study works: its design, arms, interventions and outcomes, as modules of the protocol section."""

from __future__ import annotations

from typing import Any

from replica.families import Treatment
from replica.phrases import DURATIONS, TIME_FRAMES
from replica.plan import OPEN, Plan
from replica.sentences import marked, pick, plain, some

NON_DRUGS = (
    ("ablation", "PROCEDURE"), ("denervation", "PROCEDURE"), ("ectomy", "PROCEDURE"), ("plasty", "PROCEDURE"),
    ("block", "PROCEDURE"), ("excision", "PROCEDURE"), ("transplantation", "BIOLOGICAL"), ("vaccine", "BIOLOGICAL"),
    ("leucel", "GENETIC"), ("temcel", "GENETIC"), ("radiotherapy", "RADIATION"), ("irradiation", "RADIATION"),
    ("therapy", "BEHAVIORAL"), ("training", "BEHAVIORAL"), ("counselling", "BEHAVIORAL"),
    ("rehabilitation", "BEHAVIORAL"),
    ("diet", "DIETARY_SUPPLEMENT"), ("vitamin", "DIETARY_SUPPLEMENT"), ("nutrition", "DIETARY_SUPPLEMENT"),
    ("stimulation", "DEVICE"), ("pump", "DEVICE"), ("fields", "DEVICE"), ("wave", "DEVICE"), ("navigation", "OTHER"),
    ("conditioning", "PROCEDURE"), ("management", "BEHAVIORAL"), ("mab", "BIOLOGICAL"), ("cept", "BIOLOGICAL"),
)  # fmt: skip
TYPE_NAMES = {
    "DRUG": "Drug", "DEVICE": "Device", "BIOLOGICAL": "Biological", "PROCEDURE": "Procedure", "RADIATION": "Radiation",
    "BEHAVIORAL": "Behavioral", "GENETIC": "Genetic", "DIETARY_SUPPLEMENT": "Dietary Supplement", "OTHER": "Other",
}  # fmt: skip
AGAIN = ("per-protocol population", "long-term extension", "subgroup with severe disease at baseline")


def intervention_type(name: str) -> str:
    """DRUG, unless the name tells otherwise."""
    lowered = name.lower()
    return next((kind for ending, kind in NON_DRUGS if ending in lowered), "DRUG")


def design(plan: Plan) -> dict[str, Any]:
    draw = plan.draw
    module: dict[str, Any] = {"studyType": plan.kind}
    if plan.kind == "EXPANDED_ACCESS":
        module["nPtrsToThisExpAccNctId"] = int(draw() * 3)
        module["expandedAccessTypes"] = {pick(draw, ("individual", "intermediate", "treatment")): True}
        return module
    if plan.kind == "OBSERVATIONAL":
        registry = draw() < 0.2
        module["patientRegistry"] = registry
        if registry:
            module["targetDuration"] = pick(draw, ("1 Day", "6 Months", "1 Year", "5 Years"))
        module["designInfo"] = {
            "observationalModel": pick(draw, ("COHORT", "COHORT", "CASE_CONTROL", "CASE_ONLY", "OTHER")),
            "timePerspective": pick(draw, ("PROSPECTIVE", "PROSPECTIVE", "RETROSPECTIVE", "CROSS_SECTIONAL")),
        }
        if draw() < 0.3:
            module["bioSpec"] = {"retention": "SAMPLES_WITH_DNA", "description": "Serum, plasma and whole blood"}
    else:
        if plan.phases and not (plan.thin and draw() < 0.5):
            module["phases"] = list(plan.phases)
        module["designInfo"] = interventional_design(plan)
    if plan.index % 97:
        count = 99_999_999 if plan.index % 49999 == 31 else plan.enrollment
        known = plan.status not in OPEN and plan.status != "UNKNOWN"
        module["enrollmentInfo"] = {"count": count, "type": "ACTUAL" if known else "ESTIMATED"}
        if draw() < 0.02:
            del module["enrollmentInfo"]["type"]
    return module


def interventional_design(plan: Plan) -> dict[str, Any]:
    draw = plan.draw
    purpose = pick(
        draw, ("TREATMENT", "TREATMENT", "TREATMENT", "PREVENTION", "SUPPORTIVE_CARE", "OTHER", "BASIC_SCIENCE")
    )
    if plan.thin:
        return {"primaryPurpose": purpose}
    single = plan.single
    info: dict[str, Any] = {
        "allocation": "NA" if single else pick(draw, ("RANDOMIZED", "RANDOMIZED", "RANDOMIZED", "NON_RANDOMIZED")),
        "interventionModel": "SINGLE_GROUP"
        if single
        else pick(draw, ("PARALLEL", "PARALLEL", "PARALLEL", "CROSSOVER", "FACTORIAL")),
    }
    if draw() < 0.2:
        info["interventionModelDescription"] = "Two groups side by side, with an extension open to all participants."
    info["primaryPurpose"] = purpose
    masking = "NONE" if single else pick(draw, ("NONE", "NONE", "SINGLE", "DOUBLE", "TRIPLE", "QUADRUPLE"))
    info["maskingInfo"] = {"masking": masking}
    if masking != "NONE":
        if draw() < 0.2:
            info["maskingInfo"]["maskingDescription"] = "Kits of identical appearance, numbered by a third party."
        who = ["PARTICIPANT", "CARE_PROVIDER", "INVESTIGATOR", "OUTCOMES_ASSESSOR"]
        info["maskingInfo"]["whoMasked"] = who[: {"SINGLE": 1, "DOUBLE": 2, "TRIPLE": 3}.get(masking, 4)]
    return info


def arms(plan: Plan) -> dict[str, Any]:
    draw, words = plan.draw, plan.words
    treatments: list[Treatment] = [plan.treatment] + ([plan.second_treatment] if plan.second_treatment else [])
    listed, groups = [], []
    for place, treatment in enumerate(treatments):
        kind, name = intervention_type(treatment.name), treatment.name
        label = name[0].upper() + name[1:] if draw() < 0.6 else f"Group {'AB'[place]}"
        filled = words | {"drug": name, "Drug": name[0].upper() + name[1:]}
        names = [f"{TYPE_NAMES[kind]}: {name}"] + ([f"Other: {plan.control}"] if place and draw() < 0.3 else [])
        group: dict[str, Any] = {"label": label}
        if plan.kind == "INTERVENTIONAL":
            group["type"] = "EXPERIMENTAL" if place == 0 else "ACTIVE_COMPARATOR"
        if draw() < 0.9:
            group["description"] = arm_description(plan, filled)
        group["interventionNames"] = names
        groups.append(group)
        item: dict[str, Any] = {"type": kind, "name": name}
        if draw() < 0.93:
            item["description"] = arm_description(plan, filled)
        item["armGroupLabels"] = [label]
        if treatment.other_names and draw() < 0.7:
            item["otherNames"] = list(treatment.other_names)
        listed.append(item)
    if plan.kind == "INTERVENTIONAL" and not plan.single and (len(groups) == 1 or draw() < 0.5):
        kind = "PLACEBO_COMPARATOR" if plan.control == "Placebo" else "NO_INTERVENTION"
        groups.append(
            {"label": plan.control, "type": kind, "description": f"{plan.control} for {pick(draw, DURATIONS)}."}
        )
        if kind == "PLACEBO_COMPARATOR":
            groups[-1]["interventionNames"] = ["Drug: Placebo"]
            listed.append(
                {"type": "DRUG", "name": "Placebo", "description": "Matching placebo.", "armGroupLabels": ["Placebo"]}
            )
    if plan.kind == "EXPANDED_ACCESS":
        return {"interventions": listed}
    if plan.kind == "OBSERVATIONAL" and draw() < 0.3:
        return {
            "armGroups": [
                {name: value for name, value in group.items() if name != "interventionNames"} for group in groups
            ]
        }
    return {"armGroups": groups, "interventions": listed}


def arm_description(plan: Plan, filled: dict[str, str]) -> str:
    draw = plan.draw
    chosen = some(draw, 1 + int(5 * draw() * draw()), plain("ARM_DESCRIPTIONS"))
    return " ".join(pick(draw, variants) % filled for variants in chosen)


def outcomes(plan: Plan) -> dict[str, Any]:
    draw, words = plan.draw, plan.words

    def outcome(measure: str) -> dict[str, str]:
        found = {"measure": measure}
        if draw() < 0.85:
            chosen = some(draw, 1 + int(3 * draw()), marked("OUTCOME_DESCRIPTIONS"))
            found["description"] = " ".join([pick(draw, variants) % words for variants in chosen])
        if draw() < 0.99:
            found["timeFrame"] = pick(draw, TIME_FRAMES)
        return found

    own = [pick(draw, measure.variants) for measure in plan.measures]
    shared = [pick(draw, each) % words for each in some(draw, 16, plain("SAFETY_MEASURES"))]
    primary = 1 + int(5 * draw() ** 2.2)
    count = 0 if draw() < 0.14 else int(44 * draw() ** 1.9) + 1
    rest = own[primary:] + shared + [f"{measure}, {where}" for where in AGAIN for measure in shared]
    module: dict[str, Any] = {"primaryOutcomes": [outcome(measure) for measure in own[:primary]]}
    if count:
        module["secondaryOutcomes"] = [outcome(measure) for measure in rest[:count]]
    if draw() < 0.12:
        module["otherOutcomes"] = [outcome(measure) for measure in shared[: 1 + int(8 * draw())]]
    return module
