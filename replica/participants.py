"""Whom a synthetic study takes and where: eligibility, contacts and locations, as modules of the protocol section."""

from __future__ import annotations

from typing import Any

from msgspec import Raw

from replica.eligibility import MARKS, eligibility
from replica.places import SITE_STATUSES, academic_sponsors, cities, site
from replica.plan import Plan
from replica.sentences import marked, person, pick

MINIMUM_AGES = (
    *(("18 Years", 18),) * 64, *(("40 Years", 40),) * 4, *(("20 Years", 20),) * 4, *(("21 Years", 21),) * 2,
    *(("50 Years", 50),) * 3, *(("12 Years", 12),) * 4, *(("6 Months", 0.5),) * 2, ("2 Weeks", 0.04), ("1 Day", 0.003),
    *((None,) * 5),
)  # fmt: skip
MAXIMUM_AGES: tuple[tuple[str, float], ...] = tuple(
    (f"{years} Years", years) for years in (55, 60, 65, 65, 70, 75, 75, 75, 80, 80, 85, 99)
)
OTHER_AGES = (("21 Years", "64 Years"), ("30 Years", "64 Years"))  # of those who slip: never what the record says
SEXES = {"ALL": "Male or female", "FEMALE": "Female", "MALE": "Male"}
CENTRAL_CONTACT = {"name": "Study Contact", "role": "CONTACT", "phone": "555-0100", "email": "contact@example.org"}


def eligibility_module(plan: Plan) -> dict[str, Any]:
    draw, name = plan.draw, plan.family.name
    male = name in ("Erectile Dysfunction", "Prostate Cancer")
    women = ("Endometriosis", "Polycystic Ovary Syndrome", "Postpartum Hemorrhage", "Ovarian Cancer")
    female = name in women or (name in ("Breast Cancer", "Osteoporosis") and draw() < 0.7) or draw() < 0.02
    module: dict[str, Any] = {"eligibilityCriteria": eligibility(plan)}
    if draw() < 0.985:
        module["healthyVolunteers"] = draw() < 0.2
    module["sex"] = "MALE" if male else "FEMALE" if female else "ALL"
    if draw() < 0.03:
        module |= {"genderBased": True, "genderDescription": "Self-identified by the participant."}
    low = pick(draw, MINIMUM_AGES)
    high = pick(draw, MAXIMUM_AGES) if draw() < 0.53 else None
    child = low is None or low[1] < 18
    if child and draw() < 0.4 and low is not None:
        high = ("17 Years", 17)
    if low:
        module["minimumAge"] = low[0]
    if low and plan.index % 997 == 400:  # sponsors do swap them
        high = ("6 Months", 0.5)
    if high:
        module["maximumAge"] = high[0]
    ages = OTHER_AGES[low == ("21 Years", 21)] if slips(plan) else (low and low[0], high and high[0])
    module["eligibilityCriteria"] = with_ages(module["eligibilityCriteria"], *ages, module["sex"])
    oldest = high[1] if high else 200
    module["stdAges"] = [
        age for age, fits in (("CHILD", child), ("ADULT", oldest >= 18), ("OLDER_ADULT", oldest >= 65)) if fits
    ]
    if plan.kind == "OBSERVATIONAL":
        module["studyPopulation"] = pick(draw, pick(draw, marked("POPULATIONS"))) % plan.words
        module["samplingMethod"] = pick(draw, ("NON_PROBABILITY_SAMPLE", "PROBABILITY_SAMPLE"))
    return module


def slips(plan: Plan) -> bool:
    """Whether the sponsor wrote other ages into the criteria than into the record, as some do."""
    return plan.index % 11 == 5


def with_ages(text: str, youngest: str | None, oldest: str | None, sex: str) -> str:
    """Criteria with the ages and the sex of the record in the place of `MARKS`."""
    low, high = (youngest or "1 Day").lower(), (oldest or "").lower()
    if not high:
        ages = f"{low} of age or older"
    elif low.split()[1] == high.split()[1]:
        ages = f"{low.split()[0]} to {high} of age"
    else:
        ages = f"{low} to {high} of age"
    told = {"youngest": low, "ages": ages, "Sexes": SEXES[sex]}
    for name, mark in MARKS.items():
        text = text.replace(mark, told[name])
    return text


def contacts_locations(plan: Plan) -> dict[str, Any]:
    draw = plan.draw
    module: dict[str, Any] = {}
    recruiting = plan.status in ("RECRUITING", "NOT_YET_RECRUITING", "AVAILABLE")
    if recruiting and draw() < 0.9:
        module["centralContacts"] = [CENTRAL_CONTACT] * (1 + (draw() < 0.4))
    if draw() < 0.74:
        role = pick(draw, ("PRINCIPAL_INVESTIGATOR", "PRINCIPAL_INVESTIGATOR", "STUDY_CHAIR", "STUDY_DIRECTOR"))
        name = "Study Director" if plan.industry and draw() < 0.3 else person(draw)
        module["overallOfficials"] = [{"name": name, "affiliation": pick(draw, academic_sponsors()), "role": role}]
    if plan.sites:
        module["locations"] = locations(plan, recruiting)
    return module


def locations(plan: Plan, recruiting: bool) -> list[Raw]:
    """One site near home, or many around the world; sites have a status of their own while the study recruits."""
    draw, count, total = plan.draw, plan.sites, len(cities()) * 24
    home = int(draw() * draw() * total)
    step = 1 + int(draw() * 6)
    if not recruiting:
        return [site((home + place * step) % total, None, False) for place in range(count)]
    listed = plan.status if plan.status in SITE_STATUSES else "AVAILABLE"
    contacts = draw() < 0.55
    return [
        site((home + place * step) % total, listed if draw() < 0.85 else pick(draw, SITE_STATUSES), contacts)
        for place in range(count)
    ]
