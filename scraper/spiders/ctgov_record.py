"""What a ClinicalTrials.gov study says. One function a module of the record, each popping what it reads.

Source: the register's OpenAPI text 2.0.3 and its study data structure. Any module, list or leaf may be absent.
Codes other than status, phase, study type and sex are kept as served (DRUG, RANDOMIZED, ACTUAL ...), as AACT does.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from scraper import criteria
from scraper.fields import Fields, Record, distinct
from scraper.items import (
    PHASES,
    SEXES,
    STATUSES,
    STUDY_TYPES,
    Arm,
    Citation,
    Document,
    Identifier,
    Intervention,
    Location,
    MeshTerm,
    Official,
    Outcome,
    RawRecord,
    Rejected,
    Sponsor,
    Trial,
)
from scraper.parsing import age_in_years

HOME = "https://clinicaltrials.gov"
LARGE_DOCUMENTS = "https://cdn.clinicaltrials.gov/large-docs"
NCT = re.compile(r"NCT\d{8}\Z")
Said = dict[str, Any]  # fields of a Trial by name


def read_study(raw: RawRecord) -> Trial | Rejected:
    """One study as served -> Trial, or Rejected when the body is no study or has no usable id."""
    try:
        study = msgspec.json.decode(raw.body)
    except (ValueError, RecursionError) as error:  # msgspec.DecodeError and UnicodeDecodeError are ValueErrors
        return Rejected(f"not JSON: {error}")
    if not isinstance(study, dict):
        return Rejected("not a JSON object")
    record = Record()
    top = Fields(study, "", record)
    protocol = top.object("protocolSection")
    identification = protocol.object("identificationModule")
    nct_id = identification.text("nctId")
    if nct_id is None or not NCT.match(nct_id):
        is_what = "missing" if nct_id is None else repr(nct_id[:40])
        return Rejected(f"no usable id: protocolSection.identificationModule.nctId is {is_what}")
    said: Said = {
        **_identification(identification, nct_id),
        **_status(protocol.object("statusModule")),
        **_design(protocol.object("designModule")),
        **_arms(protocol.object("armsInterventionsModule")),
        **_outcomes(protocol.object("outcomesModule")),
        **_eligibility(protocol.object("eligibilityModule")),
        **_places(protocol.object("contactsLocationsModule")),
        **_references(protocol.object("referencesModule")),
        **_derived(top.object("derivedSection")),
        **_documents(top.object("documentSection"), nct_id),
    }
    said["sponsors"] = _sponsors(protocol.object("sponsorCollaboratorsModule"))
    description = protocol.object("descriptionModule")
    said["brief_summary"] = description.text("briefSummary")
    said["detailed_description"] = description.text("detailedDescription")
    conditions = protocol.object("conditionsModule")
    said["conditions"] = distinct(conditions.texts("conditions"))
    said["keywords"] = distinct(conditions.texts("keywords"))
    said["has_results"] = top.flag("hasResults")
    protocol.archive_only("oversightModule", "ipdSharingStatementModule")
    top.archive_only("resultsSection", "annotationSection")
    return Trial(
        id=nct_id,
        study_id=nct_id,
        source="ctgov",
        source_id=raw.source_id,
        url=f"{HOME}/study/{nct_id}",
        unknown_fields=record.unknown_fields(),
        problems=tuple(record.problems),
        **said,
    )


def _word(fields: Fields, key: str, vocabulary: dict[str, str]) -> tuple[str | None, str | None]:
    """A code of the register as (our word, the code); a code that is not known has no word, and is a problem."""
    code = fields.text(key)
    if code is not None and code not in vocabulary:
        fields.record.problem(f"{fields.path}.{key}", code, "not a known code of the register")
    return vocabulary.get(code or ""), code


def _identification(module: Fields, nct_id: str) -> Said:
    identifiers = [Identifier("alias", alias) for alias in module.texts("nctIdAliases")]
    numbers: list[tuple[Fields, str | None]] = [(module.object("orgStudyIdInfo"), "organisation")]
    numbers += [(info, info.text("type")) for info in module.objects("secondaryIdInfos")]
    for info, type in numbers:
        value = info.text("id")
        if value is not None:
            identifiers.append(Identifier(type, value))
        info.archive_only("type", "domain", "link")
    module.archive_only("organization")
    return {
        "identifiers": tuple(identifiers),
        "title": module.text("briefTitle"),
        "official_title": module.text("officialTitle"),
        "acronym": module.text("acronym"),
    }


def _status(module: Fields) -> Said:
    status, status_text = _word(module, "overallStatus", STATUSES)
    said: Said = {"status": status, "status_text": status_text, "why_stopped": module.text("whyStopped")}
    for name, key in (
        ("start_date", "startDateStruct"),
        ("primary_completion_date", "primaryCompletionDateStruct"),
        ("completion_date", "completionDateStruct"),
        ("first_posted", "studyFirstPostDateStruct"),
        ("last_updated", "lastUpdatePostDateStruct"),
        ("results_first_posted", "resultsFirstPostDateStruct"),
    ):
        date = module.object(key)
        said[name] = date.date("date")
        date.archive_only("type")
    module.archive_only(
        "statusVerifiedDate", "lastKnownStatus", "delayedPosting", "expandedAccessInfo", "resultsWaived",
        "studyFirstSubmitDate", "studyFirstSubmitQcDate", "resultsFirstSubmitDate", "resultsFirstSubmitQcDate",
        "dispFirstSubmitDate", "dispFirstSubmitQcDate", "dispFirstPostDateStruct", "lastUpdateSubmitDate",
    )  # fmt: skip
    return said


def _sponsors(module: Fields) -> tuple[Sponsor, ...]:
    lead = module.object("leadSponsor")
    name = lead.text("name")
    found = [Sponsor(name, lead.text("class"), "lead")] if name else []
    for collaborator in module.objects("collaborators"):
        name = collaborator.text("name")
        if name:
            found.append(Sponsor(name, collaborator.text("class"), "collaborator"))
    module.archive_only("responsibleParty")
    return tuple(dict.fromkeys(found))


def _design(module: Fields) -> Said:
    study_type, _ = _word(module, "studyType", STUDY_TYPES)
    phases = module.texts("phases")
    phase = PHASES.get(phases)
    if phases and phase is None:
        module.record.problem(f"{module.path}.phases", list(phases), "not a known phase or pair of phases")
    design = module.object("designInfo")
    masking = design.object("maskingInfo")
    enrollment = module.object("enrollmentInfo")
    said = {
        "study_type": study_type,
        "phase": phase,
        "allocation": design.text("allocation"),
        "intervention_model": design.text("interventionModel"),
        "primary_purpose": design.text("primaryPurpose"),
        "masking": masking.text("masking"),
        "enrollment": enrollment.integer("count"),
        "enrollment_type": enrollment.text("type"),
    }
    masking.archive_only("maskingDescription", "whoMasked")
    design.archive_only("interventionModelDescription", "observationalModel", "timePerspective")
    module.archive_only("nPtrsToThisExpAccNctId", "expandedAccessTypes", "patientRegistry", "targetDuration", "bioSpec")
    return said


def _arms(module: Fields) -> Said:
    arms, interventions = [], []
    for arm in module.objects("armGroups"):
        arms.append(Arm(arm.text("label"), arm.text("type"), arm.text("description")))
        arm.archive_only("interventionNames")
    for one in module.objects("interventions"):
        interventions.append(
            Intervention(one.text("type"), one.text("name"), one.texts("otherNames"), one.text("description"))
        )
        one.archive_only("armGroupLabels")
    return {"arms": tuple(arms), "interventions": tuple(interventions)}


def _outcomes(module: Fields) -> Said:
    return {
        "outcomes": tuple(
            Outcome(kind, outcome.text("measure"), outcome.text("timeFrame"), outcome.text("description"))
            for kind in ("primary", "secondary", "other")
            for outcome in module.objects(f"{kind}Outcomes")
        )
    }


def _eligibility(module: Fields) -> Said:
    text = module.text("eligibilityCriteria")
    said: Said = {"eligibility_text": text, "criteria": criteria.split(text) if text else ()}
    said["sex"], _ = _word(module, "sex", SEXES)
    said["healthy_volunteers"] = module.flag("healthyVolunteers")
    for name, key in (("min_age", "minimumAge"), ("max_age", "maximumAge")):
        age = module.text(key)
        years = age_in_years(age) if age else None
        if age and years is None:
            module.record.problem(f"{module.path}.{key}", age, "not an age")
        said[name], said[f"{name}_years"] = age, years
    module.archive_only("genderBased", "genderDescription", "stdAges", "studyPopulation", "samplingMethod")
    return said


def _places(module: Fields) -> Said:
    locations, officials = [], []
    for site in module.objects("locations"):
        point = site.object("geoPoint")
        status, _ = _word(site, "status", STATUSES)
        locations.append(
            Location(
                site.text("facility"), site.text("city"), site.text("state"), site.text("zip"), site.text("country"),
                status, point.number("lat"), point.number("lon"),
            )
        )  # fmt: skip
        site.archive_only("contacts", "countryCode")  # contacts are people's names, phones and e-mails: never copied
    for one in module.objects("overallOfficials"):
        officials.append(Official(one.text("name"), one.text("role"), one.text("affiliation")))
    module.archive_only("centralContacts")
    return {"locations": tuple(locations), "officials": tuple(officials)}


def _references(module: Fields) -> Said:
    citations = []
    for reference in module.objects("references"):
        citations.append(Citation(reference.text("pmid"), reference.text("type"), reference.text("citation")))
        reference.archive_only("retractions")
    module.archive_only("seeAlsoLinks", "availIpds")
    return {"citations": tuple(citations)}


def _derived(section: Fields) -> Said:
    terms = []
    for kind in ("condition", "intervention"):
        browse = section.object(f"{kind}BrowseModule")
        for key, is_ancestor in (("meshes", False), ("ancestors", True)):
            for mesh in browse.objects(key):
                terms.append(MeshTerm(kind, mesh.text("term"), mesh.text("id"), is_ancestor))
        browse.archive_only("browseLeaves", "browseBranches")
    section.object("miscInfoModule").archive_only("versionHolder", "removedCountries", "submissionTracking")
    return {"mesh_terms": tuple(terms)}


def _documents(section: Fields, nct_id: str) -> Said:
    module = section.object("largeDocumentModule")
    documents = []
    for document in module.objects("largeDocs"):
        filename = document.text("filename")
        documents.append(
            Document(
                document.text("typeAbbrev"),
                document.text("label"),
                document.date("date"),
                f"{LARGE_DOCUMENTS}/{nct_id[-2:]}/{nct_id}/{filename}" if filename else None,
            )
        )
        document.archive_only("hasProtocol", "hasSap", "hasIcf", "uploadDate", "size")
    module.archive_only("noSap")
    return {"documents": tuple(documents)}
