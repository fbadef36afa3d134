"""The register's names of its fields (pieces) and search areas, as far as the replica knows them."""

from __future__ import annotations

from typing import Any

from replica.plan import ACCESS_WEIGHTS, STATUS_WEIGHTS

IDENTIFICATION = "protocolSection.identificationModule"
STATUS = "protocolSection.statusModule"
DESIGN = "protocolSection.designModule"
ARMS = "protocolSection.armsInterventionsModule"
PLACES = "protocolSection.contactsLocationsModule"
ELIGIBILITY = "protocolSection.eligibilityModule"
SPONSORS = "protocolSection.sponsorCollaboratorsModule"

PIECES = {
    "NCTId": f"{IDENTIFICATION}.nctId",
    "NCTIdAlias": f"{IDENTIFICATION}.nctIdAliases",
    "OrgStudyId": f"{IDENTIFICATION}.orgStudyIdInfo.id",
    "SecondaryId": f"{IDENTIFICATION}.secondaryIdInfos.id",
    "BriefTitle": f"{IDENTIFICATION}.briefTitle",
    "OfficialTitle": f"{IDENTIFICATION}.officialTitle",
    "Acronym": f"{IDENTIFICATION}.acronym",
    "OverallStatus": f"{STATUS}.overallStatus",
    "LastKnownStatus": f"{STATUS}.lastKnownStatus",
    "StatusVerifiedDate": f"{STATUS}.statusVerifiedDate",
    "WhyStopped": f"{STATUS}.whyStopped",
    "StartDate": f"{STATUS}.startDateStruct.date",
    "PrimaryCompletionDate": f"{STATUS}.primaryCompletionDateStruct.date",
    "CompletionDate": f"{STATUS}.completionDateStruct.date",
    "StudyFirstSubmitDate": f"{STATUS}.studyFirstSubmitDate",
    "StudyFirstPostDate": f"{STATUS}.studyFirstPostDateStruct.date",
    "ResultsFirstPostDate": f"{STATUS}.resultsFirstPostDateStruct.date",
    "LastUpdateSubmitDate": f"{STATUS}.lastUpdateSubmitDate",
    "LastUpdatePostDate": f"{STATUS}.lastUpdatePostDateStruct.date",
    "LeadSponsorName": f"{SPONSORS}.leadSponsor.name",
    "LeadSponsorClass": f"{SPONSORS}.leadSponsor.class",
    "CollaboratorName": f"{SPONSORS}.collaborators.name",
    "BriefSummary": "protocolSection.descriptionModule.briefSummary",
    "DetailedDescription": "protocolSection.descriptionModule.detailedDescription",
    "Condition": "protocolSection.conditionsModule.conditions",
    "Keyword": "protocolSection.conditionsModule.keywords",
    "StudyType": f"{DESIGN}.studyType",
    "Phase": f"{DESIGN}.phases",
    "EnrollmentCount": f"{DESIGN}.enrollmentInfo.count",
    "EnrollmentType": f"{DESIGN}.enrollmentInfo.type",
    "ArmGroupLabel": f"{ARMS}.armGroups.label",
    "ArmGroupDescription": f"{ARMS}.armGroups.description",
    "InterventionType": f"{ARMS}.interventions.type",
    "InterventionName": f"{ARMS}.interventions.name",
    "InterventionOtherName": f"{ARMS}.interventions.otherNames",
    "InterventionDescription": f"{ARMS}.interventions.description",
    "PrimaryOutcomeMeasure": "protocolSection.outcomesModule.primaryOutcomes.measure",
    "SecondaryOutcomeMeasure": "protocolSection.outcomesModule.secondaryOutcomes.measure",
    "EligibilityCriteria": f"{ELIGIBILITY}.eligibilityCriteria",
    "Sex": f"{ELIGIBILITY}.sex",
    "MinimumAge": f"{ELIGIBILITY}.minimumAge",
    "MaximumAge": f"{ELIGIBILITY}.maximumAge",
    "StdAge": f"{ELIGIBILITY}.stdAges",
    "LocationFacility": f"{PLACES}.locations.facility",
    "LocationCity": f"{PLACES}.locations.city",
    "LocationState": f"{PLACES}.locations.state",
    "LocationZip": f"{PLACES}.locations.zip",
    "LocationCountry": f"{PLACES}.locations.country",
    "LocationStatus": f"{PLACES}.locations.status",
    "ConditionMeshTerm": "derivedSection.conditionBrowseModule.meshes.term",
    "ConditionAncestorTerm": "derivedSection.conditionBrowseModule.ancestors.term",
    "InterventionMeshTerm": "derivedSection.interventionBrowseModule.meshes.term",
    "VersionHolder": "derivedSection.miscInfoModule.versionHolder",
    "HasResults": "hasResults",
}
SECTIONS = {
    "protocolSection": (
        "identificationModule", "statusModule", "sponsorCollaboratorsModule", "oversightModule", "descriptionModule",
        "conditionsModule", "designModule", "armsInterventionsModule", "outcomesModule", "eligibilityModule",
        "contactsLocationsModule", "referencesModule", "ipdSharingStatementModule",
    ),
    "resultsSection": (
        "participantFlowModule", "baselineCharacteristicsModule", "outcomeMeasuresModule", "adverseEventsModule",
        "moreInfoModule",
    ),
    "annotationSection": ("annotationModule",),
    "documentSection": ("largeDocumentModule",),
    "derivedSection": ("miscInfoModule", "conditionBrowseModule", "interventionBrowseModule"),
}  # fmt: skip
BRANCHES = {name: name for name in SECTIONS} | {
    module: f"{section}.{module}" for section, modules in SECTIONS.items() for module in modules
}

DATES = {name for name in PIECES if name.endswith("Date")}
NUMBERS = {"EnrollmentCount"}
TEXTS = set(PIECES)
ENUMS = {
    "OverallStatus": (*STATUS_WEIGHTS, *ACCESS_WEIGHTS),
    "Phase": ("NA", "EARLY_PHASE1", "PHASE1", "PHASE2", "PHASE3", "PHASE4"),
    "StudyType": ("EXPANDED_ACCESS", "INTERVENTIONAL", "OBSERVATIONAL"),
    "Sex": ("FEMALE", "MALE", "ALL"),
    "StdAge": ("CHILD", "ADULT", "OLDER_ADULT"),
    "LeadSponsorClass": ("NIH", "FED", "OTHER_GOV", "INDIV", "INDUSTRY", "NETWORK", "AMBIG", "OTHER", "UNKNOWN"),
    "EnrollmentType": ("ACTUAL", "ESTIMATED"),
}  # fmt: skip

TITLES = ("Acronym", "BriefTitle", "OfficialTitle")
CONDITIONS = (
    "Condition",
    "BriefTitle",
    "OfficialTitle",
    "ConditionMeshTerm",
    "ConditionAncestorTerm",
    "Keyword",
    "NCTId",
)
INTERVENTIONS = (
    "InterventionName", "InterventionType", "InterventionOtherName", "BriefTitle", "OfficialTitle", "ArmGroupLabel",
    "InterventionMeshTerm", "Keyword", "ArmGroupDescription", "InterventionDescription",
)  # fmt: skip
IDS = ("NCTId", "NCTIdAlias", "Acronym", "OrgStudyId", "SecondaryId")
OUTCOMES = ("PrimaryOutcomeMeasure", "SecondaryOutcomeMeasure")
LOCATIONS = ("LocationCity", "LocationState", "LocationCountry", "LocationFacility", "LocationZip")
EVERYWHERE = tuple(
    dict.fromkeys(
        (*CONDITIONS, *INTERVENTIONS, *IDS, *OUTCOMES, "BriefSummary", "DetailedDescription", "LeadSponsorName",
         "CollaboratorName", "EligibilityCriteria", *LOCATIONS)
    )
)  # fmt: skip
AREAS = {
    "BasicSearch": EVERYWHERE,
    "ConditionSearch": CONDITIONS,
    "InterventionSearch": INTERVENTIONS,
    "InterventionNameSearch": ("InterventionName", "InterventionOtherName"),
    "EligibilitySearch": ("EligibilityCriteria",),
    "OutcomeSearch": OUTCOMES,
    "TitleSearch": TITLES,
    "LocationSearch": LOCATIONS,
    "NCTIdSearch": ("NCTId", "NCTIdAlias"),
    "IdSearch": IDS,
    "SponsorSearch": ("LeadSponsorName", "CollaboratorName"),
    "LeadSponsorSearch": ("LeadSponsorName",),
    "PatientSearch": ("Condition", "BriefTitle", "BriefSummary", "Keyword", "ConditionMeshTerm", "EligibilityCriteria"),
}
QUERIES = {
    "cond": ("ConditionSearch", "Conditions or disease"),
    "term": ("BasicSearch", "Other terms"),
    "intr": ("InterventionSearch", "Intervention / treatment"),
    "spons": ("SponsorSearch", "Sponsor / collaborator"),
    "lead": ("LeadSponsorSearch", "Lead sponsor"),
    "locn": ("LocationSearch", "Location terms"),
    "titles": ("TitleSearch", "Title / acronym"),
    "id": ("IdSearch", "Study IDs"),
    "outc": ("OutcomeSearch", "Outcome measure"),
    "patient": ("PatientSearch", "Patient search"),
}


def path_of(field: str) -> str | None:
    """The JSON path of a piece, a branch or a dotted path; None when the register would not know it."""
    if field in PIECES:
        return PIECES[field]
    lowered = field[:1].lower() + field[1:]
    if lowered in BRANCHES:
        return BRANCHES[lowered]
    section, _, rest = field.partition(".")
    known = section in SECTIONS and rest.split(".")[0] in SECTIONS[section]
    return field if known or field == "hasResults" else None


def values_at(record: Any, path: str) -> list[Any]:
    """All values at a path, through lists."""
    found = [record]
    for key in path.split("."):
        found = [value[key] for value in found if isinstance(value, dict) and key in value]
        found = [each for value in found for each in (value if isinstance(value, list) else [value])]
    return found


def project(record: Any, paths: list[list[str]]) -> Any:
    """The record with only the paths asked for; lists keep their places, unmatched leaves leave empty parents."""
    if any(not path for path in paths):
        return record
    if isinstance(record, list):
        return [project(each, paths) for each in record]
    if not isinstance(record, dict):
        return record
    heads: dict[str, list[list[str]]] = {}
    for head, *rest in paths:
        heads.setdefault(head, []).append(rest)
    return {key: project(value, heads[key]) for key, value in record.items() if key in heads}
