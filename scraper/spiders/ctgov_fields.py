"""Which field of a ClinicalTrials.gov study goes where: one declaration, which the reader follows and from which
docs/ctgov_fields.md is made.

Names and types are those of the register's study data structure (OpenAPI text 2.0.3). Codes are kept as served, but
for status, phase, study type and sex, which `ctgov_record.py` puts into our words.
"""

from __future__ import annotations

from typing import Any

from scraper import items
from scraper.declared import (
    ArchiveOnly,
    Rows,
    TextRows,
    Within,
    code,
    codes,
    date,
    flag,
    integer,
    minute,
    number,
    text,
    texts,
)

ACTUAL = "ACTUAL ESTIMATED"
AGENCY = "NIH FED OTHER_GOV INDIV INDUSTRY NETWORK AMBIG OTHER UNKNOWN"
AUTHORITY = "NIH FDA VA CDC AHRQ SAMHSA"
CONTACT = ArchiveOnly("contact persons' names, phones and e-mails are never copied")
BROWSING = ArchiveOnly("the register's own browsing aid, derived from the MeSH terms that are kept")
DETAIL_OF_RESULTS = ArchiveOnly("detail of results beyond totals and primary outcomes, reachable in the archive by id")
MEASURED = "GEOMETRIC_MEAN GEOMETRIC_LEAST_SQUARES_MEAN LEAST_SQUARES_MEAN LOG_MEAN MEAN MEDIAN NUMBER \
COUNT_OF_PARTICIPANTS COUNT_OF_UNITS"


def _dated(column: str) -> dict[str, Any]:
    return {"date": date(column), "type": code(f"{column}_type", ACTUAL)}


def _outcomes(kind: str) -> Rows:
    children = {"measure": text("measure"), "timeFrame": text("time_frame"), "description": text("description")}
    return Rows("outcomes", items.Outcome, children, {"kind": kind})


def _mesh(kind: str) -> dict[str, Any]:
    children = {"id": text("mesh_id"), "term": text("term")}
    return {
        "meshes": Rows("mesh_terms", items.MeshTerm, children, {"kind": kind}),
        "ancestors": Rows("mesh_terms", items.MeshTerm, children, {"kind": kind, "is_ancestor": True}),
        "browseLeaves": BROWSING,
        "browseBranches": BROWSING,
    }


def _sponsor(role: str, single: bool) -> Rows:
    children = {"name": text("name"), "class": code("sponsor_class", AGENCY)}
    return Rows("sponsors", items.Sponsor, children, {"role": role}, single=single)


PROTOCOL: dict[str, Any] = {
    "identificationModule": {
        "nctId": text("id"),
        "nctIdAliases": TextRows("identifiers", items.Identifier, "value", {"type": "alias"}),
        "orgStudyIdInfo": Rows(
            "identifiers",
            items.Identifier,
            {"id": text("value"), "type": code("authority", AUTHORITY), "link": text("link")},
            {"type": "organisation"},
            single=True,
        ),
        "secondaryIdInfos": Rows(
            "identifiers",
            items.Identifier,
            {
                "id": text("value"),
                "type": code("type", f"{AUTHORITY} OTHER_GRANT EUDRACT_NUMBER CTIS REGISTRY OTHER"),
                "domain": text("domain"),
                "link": text("link"),
            },
        ),
        "briefTitle": text("title"),
        "officialTitle": text("official_title"),
        "acronym": text("acronym"),
        "organization": {"fullName": text("organization"), "class": code("organization_class", AGENCY)},
    },
    "statusModule": {
        "statusVerifiedDate": date("status_verified"),
        "overallStatus": code("status", " ".join(items.STATUSES)),
        "lastKnownStatus": code("last_known_status", " ".join(items.STATUSES)),
        "delayedPosting": flag("delayed_posting"),
        "whyStopped": text("why_stopped"),
        "expandedAccessInfo": {
            "hasExpandedAccess": flag("has_expanded_access"),
            "nctId": text("expanded_access_id"),
            "statusForNctId": code("expanded_access_status", " ".join(items.STATUSES)),
        },
        "startDateStruct": _dated("start_date"),
        "primaryCompletionDateStruct": _dated("primary_completion_date"),
        "completionDateStruct": _dated("completion_date"),
        "studyFirstSubmitDate": date("first_submitted"),
        "studyFirstSubmitQcDate": date("first_submitted_qc"),
        "studyFirstPostDateStruct": _dated("first_posted"),
        "resultsWaived": flag("results_waived"),
        "resultsFirstSubmitDate": date("results_first_submitted"),
        "resultsFirstSubmitQcDate": date("results_first_submitted_qc"),
        "resultsFirstPostDateStruct": _dated("results_first_posted"),
        "dispFirstSubmitDate": date("results_delay_first_submitted"),
        "dispFirstSubmitQcDate": date("results_delay_first_submitted_qc"),
        "dispFirstPostDateStruct": _dated("results_delay_first_posted"),
        "lastUpdateSubmitDate": date("last_update_submitted"),
        "lastUpdatePostDateStruct": _dated("last_updated"),
    },
    "sponsorCollaboratorsModule": {
        "responsibleParty": {
            "type": code("responsible_party", "SPONSOR PRINCIPAL_INVESTIGATOR SPONSOR_INVESTIGATOR"),
            "investigatorFullName": text("investigator_name"),
            "investigatorTitle": text("investigator_title"),
            "investigatorAffiliation": text("investigator_affiliation"),
            "oldNameTitle": text("old_name_title"),
            "oldOrganization": text("old_organization"),
        },
        "leadSponsor": _sponsor("lead", single=True),
        "collaborators": _sponsor("collaborator", single=False),
    },
    "oversightModule": {
        "oversightHasDmc": flag("has_dmc"),
        "isFdaRegulatedDrug": flag("is_fda_regulated_drug"),
        "isFdaRegulatedDevice": flag("is_fda_regulated_device"),
        "isUnapprovedDevice": flag("is_unapproved_device"),
        "isPpsd": flag("is_pediatric_postmarket"),
        "isUsExport": flag("is_us_export"),
        "fdaaa801Violation": flag("fdaaa801_violation"),
    },
    "descriptionModule": {"briefSummary": text("brief_summary"), "detailedDescription": text("detailed_description")},
    "conditionsModule": {"conditions": texts("conditions"), "keywords": texts("keywords")},
    "designModule": {
        "studyType": code("study_type", " ".join(items.STUDY_TYPES)),
        "nPtrsToThisExpAccNctId": integer("expanded_access_referrers"),
        "expandedAccessTypes": {
            "individual": flag("expanded_access_individual"),
            "intermediate": flag("expanded_access_intermediate"),
            "treatment": flag("expanded_access_treatment"),
        },
        "patientRegistry": flag("patient_registry"),
        "targetDuration": text("target_duration"),
        "phases": texts("phase"),
        "designInfo": {
            "allocation": code("allocation", "RANDOMIZED NON_RANDOMIZED NA"),
            "interventionModel": code("intervention_model", "SINGLE_GROUP PARALLEL CROSSOVER FACTORIAL SEQUENTIAL"),
            "interventionModelDescription": text("intervention_model_description"),
            "primaryPurpose": code(
                "primary_purpose",
                "TREATMENT PREVENTION DIAGNOSTIC ECT SUPPORTIVE_CARE SCREENING HEALTH_SERVICES_RESEARCH BASIC_SCIENCE "
                "DEVICE_FEASIBILITY OTHER",
            ),
            "observationalModel": code(
                "observational_model",
                "COHORT CASE_CONTROL CASE_ONLY CASE_CROSSOVER ECOLOGIC_OR_COMMUNITY FAMILY_BASED DEFINED_POPULATION "
                "NATURAL_HISTORY OTHER",
            ),
            "timePerspective": code("time_perspective", "RETROSPECTIVE PROSPECTIVE CROSS_SECTIONAL OTHER"),
            "maskingInfo": {
                "masking": code("masking", "NONE SINGLE DOUBLE TRIPLE QUADRUPLE"),
                "maskingDescription": text("masking_description"),
                "whoMasked": codes("who_masked", "PARTICIPANT CARE_PROVIDER INVESTIGATOR OUTCOMES_ASSESSOR"),
            },
        },
        "bioSpec": {
            "retention": code("biospecimen_retention", "NONE_RETAINED SAMPLES_WITH_DNA SAMPLES_WITHOUT_DNA"),
            "description": text("biospecimen_description"),
        },
        "enrollmentInfo": {"count": integer("enrollment"), "type": code("enrollment_type", ACTUAL)},
    },
    "armsInterventionsModule": {
        "armGroups": Rows(
            "arms",
            items.Arm,
            {
                "label": text("label"),
                "type": code(
                    "type",
                    "EXPERIMENTAL ACTIVE_COMPARATOR PLACEBO_COMPARATOR SHAM_COMPARATOR NO_INTERVENTION OTHER",
                ),
                "description": text("description"),
                "interventionNames": texts("intervention_names"),
            },
        ),
        "interventions": Rows(
            "interventions",
            items.Intervention,
            {
                "type": code(
                    "type",
                    "BEHAVIORAL BIOLOGICAL COMBINATION_PRODUCT DEVICE DIAGNOSTIC_TEST DIETARY_SUPPLEMENT DRUG GENETIC "
                    "PROCEDURE RADIATION OTHER",
                ),
                "name": text("name"),
                "description": text("description"),
                "armGroupLabels": texts("arm_labels"),
                "otherNames": texts("other_names"),
            },
        ),
    },
    "outcomesModule": {
        "primaryOutcomes": _outcomes("primary"),
        "secondaryOutcomes": _outcomes("secondary"),
        "otherOutcomes": _outcomes("other"),
    },
    "eligibilityModule": {
        "eligibilityCriteria": text("eligibility_text"),
        "healthyVolunteers": flag("healthy_volunteers"),
        "sex": code("sex", " ".join(items.SEXES)),
        "genderBased": flag("gender_based"),
        "genderDescription": text("gender_description"),
        "minimumAge": text("min_age"),
        "maximumAge": text("max_age"),
        "stdAges": codes("standard_ages", "CHILD ADULT OLDER_ADULT"),
        "studyPopulation": text("study_population"),
        "samplingMethod": code("sampling_method", "PROBABILITY_SAMPLE NON_PROBABILITY_SAMPLE"),
    },
    "contactsLocationsModule": {
        "centralContacts": CONTACT,
        "overallOfficials": Rows(
            "officials",
            items.Official,
            {
                "name": text("name"),
                "affiliation": text("affiliation"),
                "role": code("role", "STUDY_CHAIR STUDY_DIRECTOR PRINCIPAL_INVESTIGATOR SUB_INVESTIGATOR"),
            },
        ),
        "locations": Rows(
            "locations",
            items.Location,
            {
                "facility": text("facility"),
                "status": code("status", " ".join(items.STATUSES)),
                "city": text("city"),
                "state": text("state"),
                "zip": text("zip"),
                "country": text("country"),
                "countryCode": text("country_code"),
                "geoPoint": {"lat": number("latitude"), "lon": number("longitude")},
                "contacts": CONTACT,
            },
        ),
    },
    "referencesModule": {
        "references": Rows(
            "citations",
            items.Citation,
            {
                "pmid": text("pmid"),
                "type": code("type", "BACKGROUND RESULT DERIVED"),
                "citation": text("citation"),
                "retractions": Rows(
                    "retractions",
                    items.Retraction,
                    {"pmid": text("pmid"), "source": text("source")},
                    inherits=("citation",),
                ),
            },
            number="citation",
        ),
        "seeAlsoLinks": Rows("see_also_links", items.Link, {"label": text("label"), "url": text("url")}),
        "availIpds": Rows(
            "available_data",
            items.AvailableData,
            {"id": text("data_id"), "type": text("type"), "url": text("url"), "comment": text("comment")},
        ),
    },
    "ipdSharingStatementModule": {
        "ipdSharing": code("ipd_sharing", "YES NO UNDECIDED"),
        "description": text("ipd_description"),
        "infoTypes": codes("ipd_info_types", "STUDY_PROTOCOL SAP ICF CSR ANALYTIC_CODE"),
        "timeFrame": text("ipd_time_frame"),
        "accessCriteria": text("ipd_access_criteria"),
        "url": text("ipd_url"),
    },
}

RESULTS: dict[str, Any] = {
    "participantFlowModule": {
        "preAssignmentDetails": text("flow_pre_assignment"),
        "recruitmentDetails": text("flow_recruitment"),
        "typeUnitsAnalyzed": text("flow_units"),
        "groups": Rows(
            "flow_groups",
            items.FlowGroup,
            {"id": text("group_id"), "title": text("title"), "description": text("description")},
        ),
        "periods": Within(
            {
                "title": text("period"),
                "milestones": Within(
                    {
                        "type": text("milestone"),
                        "comment": DETAIL_OF_RESULTS,
                        "achievements": Rows(
                            "flow_counts",
                            items.FlowCount,
                            {
                                "groupId": text("group_id"),
                                "comment": text("comment"),
                                "numSubjects": text("participants"),
                                "numUnits": text("units"),
                            },
                            inherits=("period", "milestone"),
                        ),
                    }
                ),
                "dropWithdraws": DETAIL_OF_RESULTS,
            }
        ),
    },
    "baselineCharacteristicsModule": DETAIL_OF_RESULTS,
    "outcomeMeasuresModule": {
        "outcomeMeasures": Rows(
            "result_outcomes",
            items.ResultOutcome,
            {
                "type": code("type", "PRIMARY SECONDARY OTHER_PRE_SPECIFIED POST_HOC"),
                "title": text("title"),
                "description": text("description"),
                "populationDescription": text("population"),
                "reportingStatus": code("reporting_status", "NOT_POSTED POSTED"),
                "anticipatedPostingDate": date("anticipated_posting_date"),
                "paramType": code("parameter_type", MEASURED),
                "dispersionType": text("dispersion_type"),
                "unitOfMeasure": text("unit"),
                "calculatePct": DETAIL_OF_RESULTS,
                "timeFrame": text("time_frame"),
                "typeUnitsAnalyzed": text("units_analyzed"),
                "denomUnitsSelected": DETAIL_OF_RESULTS,
                "groups": Rows(
                    "result_groups",
                    items.ResultGroup,
                    {"id": text("group_id"), "title": text("title"), "description": text("description")},
                    inherits=("outcome",),
                ),
                "denoms": DETAIL_OF_RESULTS,
                "classes": Within(
                    {
                        "title": text("class_title"),
                        "denoms": DETAIL_OF_RESULTS,
                        "categories": Within(
                            {
                                "title": text("category_title"),
                                "measurements": Rows(
                                    "result_values",
                                    items.ResultValue,
                                    {
                                        "groupId": text("group_id"),
                                        "value": text("value"),
                                        "spread": text("spread"),
                                        "lowerLimit": text("lower_limit"),
                                        "upperLimit": text("upper_limit"),
                                        "comment": text("comment"),
                                    },
                                    inherits=("outcome", "class_title", "category_title"),
                                ),
                            }
                        ),
                    }
                ),
                "analyses": DETAIL_OF_RESULTS,
            },
            number="outcome",
            only=("type", "PRIMARY"),
        )
    },
    "adverseEventsModule": {
        "frequencyThreshold": text("adverse_events_threshold"),
        "timeFrame": text("adverse_events_time_frame"),
        "description": DETAIL_OF_RESULTS,
        "allCauseMortalityComment": DETAIL_OF_RESULTS,
        "eventGroups": Rows(
            "adverse_event_groups",
            items.AdverseEventGroup,
            {
                "id": text("group_id"),
                "title": text("title"),
                "description": text("description"),
                "deathsNumAffected": integer("deaths_affected"),
                "deathsNumAtRisk": integer("deaths_at_risk"),
                "seriousNumAffected": integer("serious_affected"),
                "seriousNumAtRisk": integer("serious_at_risk"),
                "otherNumAffected": integer("other_affected"),
                "otherNumAtRisk": integer("other_at_risk"),
            },
        ),
        "seriousEvents": DETAIL_OF_RESULTS,
        "otherEvents": DETAIL_OF_RESULTS,
    },
    "moreInfoModule": {
        "limitationsAndCaveats": {"description": text("limitations")},
        "certainAgreement": DETAIL_OF_RESULTS,
        "pointOfContact": CONTACT,
    },
}

STUDY: dict[str, Any] = {
    "protocolSection": PROTOCOL,
    "resultsSection": RESULTS,
    "annotationSection": {
        "annotationModule": {
            "unpostedAnnotation": {
                "unpostedResponsibleParty": text("unposted_responsible_party"),
                "unpostedEvents": Rows(
                    "unposted_events",
                    items.UnpostedEvent,
                    {
                        "type": code("type", "RESET RELEASE UNRELEASE"),
                        "date": date("date"),
                        "dateUnknown": flag("date_unknown"),
                    },
                ),
            },
            "violationAnnotation": {
                "violationEvents": Rows(
                    "violation_events",
                    items.ViolationEvent,
                    {
                        "type": code(
                            "type",
                            "VIOLATION_IDENTIFIED CORRECTION_CONFIRMED PENALTY_IMPOSED "
                            "ISSUES_IN_LETTER_ADDRESSED_CONFIRMED",
                        ),
                        "description": text("description"),
                        "creationDate": date("creation_date"),
                        "issuedDate": date("issued_date"),
                        "releaseDate": date("release_date"),
                        "postedDate": date("posted_date"),
                    },
                )
            },
        }
    },
    "documentSection": {
        "largeDocumentModule": {
            "noSap": flag("has_no_sap"),
            "largeDocs": Rows(
                "documents",
                items.Document,
                {
                    "typeAbbrev": text("type"),
                    "hasProtocol": flag("has_protocol"),
                    "hasSap": flag("has_sap"),
                    "hasIcf": flag("has_icf"),
                    "label": text("label"),
                    "date": date("date"),
                    "uploadDate": minute("uploaded"),
                    "filename": text("filename"),
                    "size": integer("size"),
                },
            ),
        }
    },
    "derivedSection": {
        "miscInfoModule": {
            "versionHolder": ArchiveOnly("moves with every data day of the register and says nothing of the study"),
            "removedCountries": TextRows("removed_countries", items.RemovedCountry, "country"),
            "submissionTracking": {
                "estimatedResultsFirstSubmitDate": date("estimated_results_first_submitted"),
                "firstMcpInfo": {"postDateStruct": _dated("first_mcp_posted")},
                "submissionInfos": Rows(
                    "submissions",
                    items.Submission,
                    {
                        "releaseDate": date("release_date"),
                        "unreleaseDate": date("unrelease_date"),
                        "unreleaseDateUnknown": flag("unrelease_date_unknown"),
                        "resetDate": date("reset_date"),
                        "mcpReleaseN": integer("mcp_release_n"),
                    },
                ),
            },
        },
        "conditionBrowseModule": _mesh("condition"),
        "interventionBrowseModule": _mesh("intervention"),
    },
    "hasResults": flag("has_results"),
}
