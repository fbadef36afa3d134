"""The protocol section of a synthetic study, module by module, keys in the register's order."""

from __future__ import annotations

from typing import Any

from replica.methods import arms, design, outcomes
from replica.participants import contacts_locations, eligibility_module
from replica.phrases import DETAIL_HEADINGS, KEYWORDS, WHY_STOPPED
from replica.places import COMPANIES, GOVERNMENT, academic_sponsors
from replica.plan import Plan, alias_id, iso, nct_id
from replica.sentences import marked, person, pick, some

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


def identification(plan: Plan, sponsor: dict[str, str]) -> dict[str, Any]:
    draw, words = plan.draw, plan.words
    module: dict[str, Any] = {"nctId": plan.nct_id}
    if plan.index % 250 == 17:
        module["nctIdAliases"] = [alias_id(plan.index)]
    module["orgStudyIdInfo"] = {
        "id": pick(draw, ("%05d", "IRB-%d", "2020-%04d", "HSC-MS-%d")) % (plan.index * 7 % 99991)
    }
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
        module["lastKnownStatus"] = pick(
            draw, ("RECRUITING", "RECRUITING", "NOT_YET_RECRUITING", "ACTIVE_NOT_RECRUITING")
        )
    if shown == "WITHHELD":
        module["delayedPosting"] = True
    if shown in ("TERMINATED", "WITHDRAWN", "SUSPENDED") and draw() < 0.9:
        module["whyStopped"] = pick(draw, WHY_STOPPED)
    if not plan.thin and plan.kind != "EXPANDED_ACCESS":
        info: dict[str, Any] = {"hasExpandedAccess": draw() < 0.006}
        if info["hasExpandedAccess"]:
            info |= {"nctId": nct_id(plan.index // 2), "statusForNctId": "AVAILABLE"}
        module["expandedAccessInfo"] = info
    if plan.index % 1499 == 700:  # the register holds start dates from 1900-01 to 2099-01-01
        module["startDateStruct"] = {"date": "1900-01"}
    elif plan.kind != "EXPANDED_ACCESS" and draw() < 0.995:
        module["startDateStruct"] = struct(plan, plan.start, 0.27)
        if not plan.thin:
            module["primaryCompletionDateStruct"] = struct(
                plan, max(plan.start, plan.completion - int(90 * draw() * draw())), 0.0
            )
        module["completionDateStruct"] = struct(plan, plan.completion, 0.01)
    submitted = plan.first - int(draw() * 9) - 1
    module["studyFirstSubmitDate"] = iso(submitted - int(draw() * 12))
    module["studyFirstSubmitQcDate"] = iso(submitted)
    module["studyFirstPostDateStruct"] = {
        "date": iso(plan.first),
        "type": "ACTUAL" if plan.first > 736330 else "ESTIMATED",
    }
    if plan.has_results:
        earliest = min(plan.last, max(plan.first, plan.completion))
        posted = earliest + int((plan.last - earliest) * draw())
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
        return {"name": person(draw), "class": "INDIV"}
    return {"name": pick(draw, academic_sponsors()), "class": "OTHER"}


def sponsors(plan: Plan, sponsor: dict[str, str]) -> dict[str, Any]:
    draw = plan.draw
    module: dict[str, Any] = {}
    chance = draw()
    if plan.thin:
        if chance < 0.5:
            module["responsibleParty"] = {"oldNameTitle": person(draw), "oldOrganization": sponsor["name"]}
    elif chance < 0.58:
        module["responsibleParty"] = {"type": "SPONSOR"}
    elif chance < 0.98:
        module["responsibleParty"] = {
            "type": "PRINCIPAL_INVESTIGATOR" if chance < 0.9 else "SPONSOR_INVESTIGATOR",
            "investigatorFullName": person(draw),
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
        sentences = [
            pick(draw, each) % words for each in some(draw, 4 + int(32 * draw()), marked("DESCRIPTION_SENTENCES"))
        ]
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
        listed += [
            name for name in some(draw, 1 + int(2.2 * draw()), (family.name, *family.synonyms)) if name not in listed
        ]
    module = {"conditions": listed}
    if draw() < 0.66:
        module["keywords"] = [plan.treatment.name, *some(draw, 1 + int(6 * draw()), KEYWORDS), *family.synonyms[:1]]
    return module


def references(plan: Plan) -> dict[str, Any]:
    draw = plan.draw
    module: dict[str, Any] = {}
    count = int(22 * draw() ** 2.5)
    if count:
        module["references"] = [reference(plan, place) for place in range(count)]
    if draw() < 0.25 or not count:
        module["seeAlsoLinks"] = [{"label": "Study website", "url": f"https://example.org/studies/{plan.nct_id}"}]
    if draw() < 0.01:
        module["availIpds"] = [
            {"id": f"{plan.index}", "type": "Individual Participant Data Set", "url": "https://example.org/ipd"}
        ]
    return module


def reference(plan: Plan, place: int) -> dict[str, str]:
    draw, words = plan.draw, plan.words
    number = 10_000_000 + int(draw() * 29_999_999)
    year = 1995 + number % 31
    citation = (
        f"{person(draw)}, {person(draw)}, {person(draw)}, et al. {words['Drug']} in {words['condition']}: "
        f"results after {words['duration']} (part {place + 1}). J Synth Trials. {year};{number % 80}"
        f"({number % 12 + 1}):{number % 900}-{number % 900 + 9}. doi: 10.5555/{number}."
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
