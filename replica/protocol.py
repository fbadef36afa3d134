"""The protocol section of a synthetic study, module by module, keys in the register's order."""

from __future__ import annotations

from typing import Any

from msgspec import Raw

from replica.eligibility import eligibility
from replica.families import Treatment
from replica.phrases import DETAIL_HEADINGS, DURATIONS, KEYWORDS, TIME_FRAMES, WHY_STOPPED
from replica.places import COMPANIES, GOVERNMENT, SITE_STATUSES, academic_sponsors, cities, site
from replica.plan import OPEN, Plan, alias_id, iso, nct_id
from replica.sentences import marked, pick, plain, some

DRUG_TYPES = {"trial": "BIOLOGICAL", "surgery": "PROCEDURE", "therapy": "BEHAVIORAL", "diet": "DIETARY_SUPPLEMENT"}
NON_DRUGS = (
    ("ablation", "PROCEDURE"), ("denervation", "PROCEDURE"), ("ectomy", "PROCEDURE"), ("plasty", "PROCEDURE"),
    ("block", "PROCEDURE"), ("excision", "PROCEDURE"), ("transplantation", "BIOLOGICAL"), ("vaccine", "BIOLOGICAL"),
    ("leucel", "GENETIC"), ("temcel", "GENETIC"), ("radiotherapy", "RADIATION"), ("irradiation", "RADIATION"),
    ("therapy", "BEHAVIORAL"), ("training", "BEHAVIORAL"), ("counselling", "BEHAVIORAL"), ("rehabilitation", "BEHAVIORAL"),
    ("diet", "DIETARY_SUPPLEMENT"), ("vitamin", "DIETARY_SUPPLEMENT"), ("nutrition", "DIETARY_SUPPLEMENT"),
    ("stimulation", "DEVICE"), ("pump", "DEVICE"), ("fields", "DEVICE"), ("wave", "DEVICE"), ("navigation", "OTHER"),
    ("conditioning", "PROCEDURE"), ("management", "BEHAVIORAL"), ("mab", "BIOLOGICAL"), ("cept", "BIOLOGICAL"),
)  # fmt: skip


def intervention_type(name: str) -> str:
    """DRUG, unless the name tells otherwise."""
    lowered = name.lower()
    return next((kind for ending, kind in NON_DRUGS if ending in lowered), "DRUG")


def person(plan: Plan) -> str:
    return f"Investigator {int(plan.draw() * 0x1000000):06x}"


def identification(plan: Plan, sponsor: dict[str, str]) -> dict[str, Any]:
    draw, words = plan.draw, plan.words
    module: dict[str, Any] = {"nctId": plan.nct_id}
    if plan.index % 250 == 17:
        module["nctIdAliases"] = [alias_id(plan.index)]
    module["orgStudyIdInfo"] = {"id": pick(draw, ("%05d", "IRB-%d", "2020-%04d", "HSC-MS-%d")) % (plan.index * 7 % 99991)}
    if draw() < 0.23:
        module["secondaryIdInfos"] = secondary_ids(plan)
    module["organization"] = {"fullName": sponsor["name"], "class": sponsor["class"]}
    drug, condition = words["Drug"], words["condition"]
    others = "" if plan.second_treatment is None else f" and {plan.second_treatment.name}"
    module["briefTitle"] = pick(draw, BRIEF_TITLES) % (drug + others, condition)
    if not plan.thin:
        module["officialTitle"] = pick(draw, OFFICIAL_TITLES) % (drug + others, words["control"], condition)
        if draw() < 0.39:
            initials = "".join(word[0] for word in f"{drug} {condition} trial".split() if word[0].isalnum())
            module["acronym"] = initials.upper() + pick(draw, ("", "", "-1", "-2", " Plus"))
    return module


BRIEF_TITLES = (
    "%s in %s", "Study of %s for the Treatment of %s", "Efficacy and Safety of %s in Patients With %s", "%s and %s",
    "A Trial of %s for People With %s", "Effect of %s on Outcomes in %s",
)  # fmt: skip
OFFICIAL_TITLES = (
    "A Randomized Study of %s Compared With %s in Participants With %s",
    "A Multicenter Trial to Evaluate the Efficacy and Safety of %s Versus %s in Participants With %s",
    "%s Versus %s: A Pragmatic, Registry-based Study in People With %s",
    "An Open-label Extension Study of %s After %s in Adults With %s",
)


def secondary_ids(plan: Plan) -> list[dict[str, str]]:
    draw = plan.draw
    number = int(draw() * 999_999)
    year = plan.first // 366 + 1
    kinds: tuple[dict[str, str], ...] = (
        {"id": f"{year}-{number:06d}-{number % 90 + 10}", "type": "EUDRACT_NUMBER"},
        {"id": f"2023-5{number % 100000:05d}-{number % 90 + 10}-00", "type": "CTIS"},
        {"id": f"ISRCTN{number + 10_000_000}", "type": "REGISTRY", "domain": "ISRCTN"},
        {"id": f"DRKS{number:08d}", "type": "REGISTRY", "domain": "DRKS"},
        {"id": f"U1111-{number % 10000:04d}-{number % 9973:04d}", "type": "REGISTRY", "domain": "WHO"},
        {"id": f"R01HL{number:06d}", "type": "NIH", "link": f"https://reporter.nih.gov/quickSearch/R01HL{number:06d}"},
        {"id": f"GRANT {number}", "type": "OTHER_GRANT", "domain": "Example Foundation"},
        {"id": f"PROT-{number}", "type": "OTHER", "domain": "Sponsor"},
        {"id": f"{number}/Ä"},
    )
    return some(draw, 1 + int(draw() * 1.8), kinds)


def status(plan: Plan) -> dict[str, Any]:
    draw, shown = plan.draw, plan.status
    verified = iso(plan.last)[:7]
    module: dict[str, Any] = {"statusVerifiedDate": verified, "overallStatus": shown}
    if shown == "UNKNOWN":
        module["lastKnownStatus"] = pick(draw, ("RECRUITING", "RECRUITING", "NOT_YET_RECRUITING", "ACTIVE_NOT_RECRUITING"))
    if shown == "WITHHELD":
        module["delayedPosting"] = True
    if shown in ("TERMINATED", "WITHDRAWN", "SUSPENDED") and draw() < 0.9:
        module["whyStopped"] = pick(draw, WHY_STOPPED)
    if not plan.thin and plan.kind != "EXPANDED_ACCESS":
        info: dict[str, Any] = {"hasExpandedAccess": draw() < 0.006}
        if info["hasExpandedAccess"]:
            info |= {"nctId": nct_id(plan.index // 2), "statusForNctId": "AVAILABLE"}
        module["expandedAccessInfo"] = info
    if plan.kind != "EXPANDED_ACCESS" and draw() < 0.995:
        module["startDateStruct"] = struct(plan, plan.start, 0.27)
        if not plan.thin:
            module["primaryCompletionDateStruct"] = struct(plan, plan.completion - int(90 * draw() * draw()), 0.0)
        module["completionDateStruct"] = struct(plan, plan.completion, 0.01)
    submitted = plan.first - int(draw() * 9) - 1
    module["studyFirstSubmitDate"] = iso(submitted - int(draw() * 12))
    module["studyFirstSubmitQcDate"] = iso(submitted)
    module["studyFirstPostDateStruct"] = {"date": iso(plan.first), "type": "ACTUAL" if plan.first > 736330 else "ESTIMATED"}
    if plan.has_results:
        posted = plan.first + int((plan.last - plan.first) * (0.5 + 0.5 * draw()))
        module["resultsFirstSubmitDate"] = iso(posted - 40)
        module["resultsFirstSubmitQcDate"] = iso(posted - 20)
        module["resultsFirstPostDateStruct"] = {"date": iso(posted), "type": "ACTUAL"}
        if draw() < 0.1:
            module["dispFirstSubmitDate"] = module["dispFirstSubmitQcDate"] = iso(posted - 400)
            module["dispFirstPostDateStruct"] = {"date": iso(posted - 395), "type": "ESTIMATED"}
    module["lastUpdateSubmitDate"] = iso(max(plan.last - int(draw() * 12), submitted))
    module["lastUpdatePostDateStruct"] = {"date": iso(plan.last), "type": "ACTUAL" if draw() < 0.7 else "ESTIMATED"}
    return module


def struct(plan: Plan, day: int, untyped: float) -> dict[str, str]:
    """A partial date with its type; a share of them has month or year precision, a share no type."""
    chance = plan.draw()
    text = iso(day) if chance < 0.67 else iso(day)[:7] if chance < 0.997 else iso(day)[:4]
    if chance > 1 - untyped or plan.thin:
        return {"date": text}
    return {"date": text, "type": "ACTUAL" if day <= plan.last else "ESTIMATED"}


def lead_sponsor(plan: Plan) -> dict[str, str]:
    draw = plan.draw
    if plan.industry:
        return {"name": pick(draw, COMPANIES), "class": "INDUSTRY"}
    if draw() < 0.06:
        name, kind = pick(draw, GOVERNMENT)
        return {"name": name, "class": kind}
    if draw() < 0.003:
        return {"name": person(plan), "class": "INDIV"}
    return {"name": pick(draw, academic_sponsors()), "class": "OTHER"}


def sponsors(plan: Plan, sponsor: dict[str, str]) -> dict[str, Any]:
    draw = plan.draw
    module: dict[str, Any] = {}
    chance = draw()
    if plan.thin:
        if chance < 0.5:
            module["responsibleParty"] = {"oldNameTitle": person(plan), "oldOrganization": sponsor["name"]}
    elif chance < 0.58:
        module["responsibleParty"] = {"type": "SPONSOR"}
    elif chance < 0.98:
        module["responsibleParty"] = {
            "type": "PRINCIPAL_INVESTIGATOR" if chance < 0.9 else "SPONSOR_INVESTIGATOR",
            "investigatorFullName": person(plan),
            "investigatorTitle": pick(draw, ("Professor", "Associate Professor", "Principal Investigator", "MD")),
            "investigatorAffiliation": sponsor["name"],
        }
    module["leadSponsor"] = sponsor
    if draw() < 0.35:
        others = some(draw, 1 + int(3 * draw() * draw()), academic_sponsors())
        module["collaborators"] = [{"name": name, "class": "OTHER"} for name in others]
        if draw() < 0.3:
            module["collaborators"].append({"name": pick(draw, COMPANIES), "class": "INDUSTRY"})
    return module


def oversight(plan: Plan) -> dict[str, Any]:
    draw = plan.draw
    module: dict[str, Any] = {"oversightHasDmc": draw() < 0.4} if draw() < 0.88 else {}
    if plan.first > 736330 or draw() < 0.5:  # asked for since January 2017
        drug = draw() < 0.3
        module |= {"isFdaRegulatedDrug": drug, "isFdaRegulatedDevice": draw() < 0.08}
        if drug and draw() < 0.5:
            module["isUsExport"] = draw() < 0.2
    return module


def description(plan: Plan) -> dict[str, str]:
    draw, words = plan.draw, plan.words
    opener = pick(draw, pick(draw, marked("SUMMARY_OPENERS"))) % words
    rest = some(draw, int(8 * draw()), marked("SUMMARY_SENTENCES"))
    module = {"briefSummary": " ".join([opener, *(pick(draw, variants) % words for variants in rest)])}
    if draw() < 0.67 and not plan.thin:
        sentences = [pick(draw, each) % words for each in some(draw, 4 + int(32 * draw()), marked("DESCRIPTION_SENTENCES"))]
        paragraphs = [" ".join(sentences[at : at + 4]) for at in range(0, len(sentences), 4)]
        if len(paragraphs) > 2 and draw() < 0.4:
            titles = some(draw, len(paragraphs), DETAIL_HEADINGS)
            paragraphs = [f"{title}:\n\n{text}" for title, text in zip(titles, paragraphs, strict=False)]
        elif draw() < 0.15:
            paragraphs[-1] = "\n".join(f"* {sentence}" for sentence in sentences[-4:])
        module["detailedDescription"] = "\n\n".join(paragraphs)
    return module


def conditions(plan: Plan) -> dict[str, list[str]]:
    draw, family = plan.draw, plan.family
    listed = [plan.words["condition"]]
    if draw() < 0.4:
        listed += [name for name in some(draw, 1 + int(2.2 * draw()), (family.name, *family.synonyms)) if name not in listed]
    module = {"conditions": listed}
    if draw() < 0.66:
        module["keywords"] = [plan.treatment.name, *some(draw, 1 + int(6 * draw()), KEYWORDS), *family.synonyms[:1]]
    return module


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
    purpose = pick(draw, ("TREATMENT", "TREATMENT", "TREATMENT", "PREVENTION", "SUPPORTIVE_CARE", "OTHER", "BASIC_SCIENCE"))
    if plan.thin:
        return {"primaryPurpose": purpose}
    single = plan.single
    info: dict[str, Any] = {
        "allocation": "NA" if single else pick(draw, ("RANDOMIZED", "RANDOMIZED", "RANDOMIZED", "NON_RANDOMIZED")),
        "interventionModel": "SINGLE_GROUP" if single else pick(draw, ("PARALLEL", "PARALLEL", "PARALLEL", "CROSSOVER", "FACTORIAL")),
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
        groups.append({"label": plan.control, "type": kind, "description": f"{plan.control} for {pick(draw, DURATIONS)}."})
        if kind == "PLACEBO_COMPARATOR":
            groups[-1]["interventionNames"] = ["Drug: Placebo"]
            listed.append({"type": "DRUG", "name": "Placebo", "description": "Matching placebo.", "armGroupLabels": ["Placebo"]})
    if plan.kind == "EXPANDED_ACCESS":
        return {"interventions": listed}
    if plan.kind == "OBSERVATIONAL" and draw() < 0.3:
        return {"armGroups": [{name: value for name, value in group.items() if name != "interventionNames"} for group in groups]}
    return {"armGroups": groups, "interventions": listed}


def arm_description(plan: Plan, filled: dict[str, str]) -> str:
    draw = plan.draw
    chosen = some(draw, 1 + int(5 * draw() * draw()), plain("ARM_DESCRIPTIONS"))
    return " ".join(pick(draw, variants) % filled for variants in chosen)


TYPE_NAMES = {
    "DRUG": "Drug", "DEVICE": "Device", "BIOLOGICAL": "Biological", "PROCEDURE": "Procedure", "RADIATION": "Radiation",
    "BEHAVIORAL": "Behavioral", "GENETIC": "Genetic", "DIETARY_SUPPLEMENT": "Dietary Supplement", "OTHER": "Other",
}  # fmt: skip


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


AGAIN = ("per-protocol population", "long-term extension", "subgroup with severe disease at baseline")


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
    if high:
        module["maximumAge"] = high[0]
    oldest = high[1] if high else 200
    module["stdAges"] = [
        age for age, fits in (("CHILD", child), ("ADULT", oldest >= 18), ("OLDER_ADULT", oldest >= 65)) if fits
    ]
    if plan.kind == "OBSERVATIONAL":
        module["studyPopulation"] = pick(draw, pick(draw, marked("POPULATIONS"))) % plan.words
        module["samplingMethod"] = pick(draw, ("NON_PROBABILITY_SAMPLE", "PROBABILITY_SAMPLE"))
    return module


MINIMUM_AGES = (
    *(("18 Years", 18),) * 64, *(("40 Years", 40),) * 4, *(("20 Years", 20),) * 4, *(("21 Years", 21),) * 2,
    *(("50 Years", 50),) * 3, *(("12 Years", 12),) * 4, *(("6 Months", 0.5),) * 2, ("2 Weeks", 0.04), ("1 Day", 0.003),
    *((None,) * 5),
)  # fmt: skip
MAXIMUM_AGES = tuple((f"{years} Years", years) for years in (55, 60, 65, 65, 70, 75, 75, 75, 80, 80, 85, 99))


def contacts_locations(plan: Plan) -> dict[str, Any]:
    draw = plan.draw
    module: dict[str, Any] = {}
    recruiting = plan.status in ("RECRUITING", "NOT_YET_RECRUITING", "AVAILABLE")
    if recruiting and draw() < 0.9:
        module["centralContacts"] = [CENTRAL_CONTACT] * (1 + (draw() < 0.4))
    if draw() < 0.74:
        role = pick(draw, ("PRINCIPAL_INVESTIGATOR", "PRINCIPAL_INVESTIGATOR", "STUDY_CHAIR", "STUDY_DIRECTOR"))
        name = "Study Director" if plan.industry and draw() < 0.3 else person(plan)
        module["overallOfficials"] = [{"name": name, "affiliation": pick(draw, academic_sponsors()), "role": role}]
    if plan.sites:
        module["locations"] = locations(plan, recruiting)
    return module


CENTRAL_CONTACT = {"name": "Study Contact", "role": "CONTACT", "phone": "555-0100", "email": "contact@example.org"}


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


def references(plan: Plan) -> dict[str, Any]:
    draw = plan.draw
    module: dict[str, Any] = {}
    count = int(22 * draw() ** 2.5)
    if count:
        module["references"] = [reference(plan, place) for place in range(count)]
    if draw() < 0.25 or not count:
        module["seeAlsoLinks"] = [{"label": "Study website", "url": f"https://example.org/studies/{plan.nct_id}"}]
    if draw() < 0.01:
        module["availIpds"] = [{"id": f"{plan.index}", "type": "Individual Participant Data Set", "url": "https://example.org/ipd"}]
    return module


def reference(plan: Plan, place: int) -> dict[str, str]:
    draw, words = plan.draw, plan.words
    number = 10_000_000 + int(draw() * 29_999_999)
    year = 1995 + number % 31
    citation = (
        f"{person(plan)}, {person(plan)}, {person(plan)}, et al. {words['Drug']} in {words['condition']}: results after "
        f"{words['duration']} (part {place + 1}). J Synth Trials. {year};{number % 80}({number % 12 + 1}):{number % 900}-"
        f"{number % 900 + 9}. doi: 10.5555/{number}."
    )
    kind = pick(draw, ("BACKGROUND", "BACKGROUND", "DERIVED", "RESULT"))
    found = {"pmid": str(number)} if draw() < 0.95 else {}
    return found | {"type": kind, "citation": citation}


def sharing(plan: Plan) -> dict[str, Any]:
    draw = plan.draw
    answer = pick(draw, ("NO", "NO", "NO", "UNDECIDED", "YES"))
    module: dict[str, Any] = {"ipdSharing": answer}
    if answer == "YES":
        module |= {
            "description": pick(draw, pick(draw, marked("IPD_SENTENCES"))),
            "infoTypes": ["STUDY_PROTOCOL", "SAP", "ICF"][: 1 + int(3 * draw())],
            "timeFrame": "From 6 months after publication",
            "accessCriteria": "A proposal approved by the steering committee.",
        }
        if draw() < 0.5:
            module["url"] = "https://example.org/data"
    return module


def protocol_section(plan: Plan) -> dict[str, Any]:
    """The protocol section of a study."""
    draw = plan.draw
    sponsor = lead_sponsor(plan)
    section: dict[str, Any] = {
        "identificationModule": identification(plan, sponsor),
        "statusModule": status(plan),
        "sponsorCollaboratorsModule": sponsors(plan, sponsor),
    }
    if plan.status == "WITHHELD":  # posting is delayed: next to nothing is shown
        return section
    if not plan.thin and draw() < 0.96:
        section["oversightModule"] = oversight(plan) or {"oversightHasDmc": False}
    section["descriptionModule"] = description(plan)
    section["conditionsModule"] = conditions(plan)
    section["designModule"] = design(plan)
    if not plan.thin or draw() < 0.5:
        section["armsInterventionsModule"] = arms(plan)
    if plan.kind != "EXPANDED_ACCESS" and not plan.thin and draw() < 0.99:
        section["outcomesModule"] = outcomes(plan)
    section["eligibilityModule"] = eligibility_module(plan)
    places = contacts_locations(plan)
    if places:
        section["contactsLocationsModule"] = places
    if draw() < 0.42:
        section["referencesModule"] = references(plan)
    if plan.first > 735600 and draw() < 0.9:  # asked for since the end of 2014
        section["ipdSharingStatementModule"] = sharing(plan)
    return section
