"""What travels along the line: raw records, pages of them, and the trial that is read from one.

Standard library only. Every field of a `Trial` and of its parts carries its one-line description (`Annotated`); the
database schema and `datasette_metadata.json` are made from them. Two rules hold throughout: `None` means that the
source did not say, and a word that is not understood keeps its wording and adds a `Problem`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, NamedTuple, TypeAlias

Text: TypeAlias = str | None
Number: TypeAlias = float | None
Count: TypeAlias = int | None
Flag: TypeAlias = bool | None

DETAILS = "trial_details"  # marks the fields of a Trial that stand in that table
TEXTS = "trial_texts"

# --- what is fetched -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRecord:
    """One record as served, plus where and when. `source_id` is the register's number or `<host>:<portal id>`."""

    source: str
    source_id: str
    url: str
    fetched_at: str  # UTC, ISO 8601 with seconds and "Z"
    content_type: str
    body: bytes = field(repr=False)
    etag: str | None = None
    last_modified: str | None = None


class Absence(NamedTuple):
    """A source's word that a record is no longer there: gone (404, 410), or `moved_to` another id (merged)."""

    source: str
    source_id: str
    at: str
    moved_to: str | None = None


class Same(NamedTuple):
    """A source's word that a record is what it was when it was last seen (304, an unchanged date in a list)."""

    source: str
    source_id: str
    at: str


class Position(NamedTuple):
    """Where a crawl stands. `crawl` names the crawl (a hash of what was asked), `place` what is now done of it: the
    next page's token, or a finished address. Places are only ever added; a finished crawl clears them."""

    source: str
    crawl: str
    place: str


class Visit(NamedTuple):
    """What is to be known of an address before it is asked again. It holds a record (`source_id`) or a list of other
    addresses, whose `body` is kept to be looked up when the source says that it has not changed."""

    source: str
    url: str
    crawl: str  # the crawl that asked, as in `Position`
    at: str  # when it was asked
    etag: str | None = None
    last_modified: str | None = None  # else the source's own clock then: it may be asked for what is newer
    lastmod: str | None = None  # the date that a list gave the address then
    source_id: str | None = None
    content_type: str = ""
    body: bytes | None = None


class Unread(NamedTuple):
    """An address that gave nothing to keep, and why. It becomes a row of `rejects`."""

    source: str
    source_id: str
    url: str
    at: str
    reason: str


@dataclass(frozen=True, slots=True)
class Page:
    """What one response held. One response, one item, one commit."""

    records: tuple[RawRecord, ...] = ()
    position: Position | None = None
    absences: tuple[Absence, ...] = ()
    visits: tuple[Visit, ...] = ()
    same: tuple[Same, ...] = ()  # the source's word that records are still what they were, without their bodies
    unread: tuple[Unread, ...] = ()


# --- what is read --------------------------------------------------------------------------------------------------


class Problem(NamedTuple):
    """A value that was not understood, or contradicts another; the source's words are kept."""

    field: Annotated[str, "Field of the trial, or path in the source, that the value belongs to"]
    value: Annotated[Text, "The source's own words, cut at 500 characters"]
    reason: Annotated[str, "Why the value was not understood or not believed"]


class UnknownField(NamedTuple):
    """A path in the source's record that the reader does not know."""

    path: Annotated[str, "Path in the source's record, list elements as []"]
    example: Annotated[Text, "One value found there, cut at 200 characters"]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A body that is no record, or has no usable id. It becomes a row of `rejects`."""

    reason: str


class Sponsor(NamedTuple):
    """An organisation that leads or supports a trial."""

    name: Annotated[str, "Name of the organisation, as written"]
    sponsor_class: Annotated[Text, "ClinicalTrials.gov agency class (INDUSTRY, NIH, OTHER ...), where the source says"]
    role: Annotated[str, "lead or collaborator"]


class Intervention(NamedTuple):
    type: Annotated[Text, "Kind of intervention, in the register's code (DRUG, DEVICE, BEHAVIORAL ...)"]
    name: Annotated[Text, "Name of the intervention, as written"]
    other_names: Annotated[tuple[str, ...], "Other names of the intervention: brands, codes, synonyms (JSON list)"] = ()
    description: Annotated[Text, "Description, markup as served"] = None
    arm_labels: Annotated[tuple[str, ...], "Labels of the arms that receive it (JSON list)"] = ()


class Arm(NamedTuple):
    label: Annotated[Text, "Name of the arm or group"]
    type: Annotated[Text, "Role of the arm, in the register's code (EXPERIMENTAL, PLACEBO_COMPARATOR ...)"] = None
    description: Annotated[Text, "Description, markup as served"] = None
    intervention_names: Annotated[tuple[str, ...], "What the arm receives, as 'Kind: name' (JSON list)"] = ()


class ArmIntervention(NamedTuple):
    """Which arm receives which intervention, by their positions."""

    arm: Annotated[int, "Position of the arm in arms"]
    intervention: Annotated[int, "Position of the intervention in interventions"]


class Outcome(NamedTuple):
    kind: Annotated[str, "primary, secondary or other"]
    measure: Annotated[Text, "What is measured"]
    time_frame: Annotated[Text, "When it is measured"] = None
    description: Annotated[Text, "How it is measured, markup as served"] = None


class Identifier(NamedTuple):
    type: Annotated[Text, "Kind of number: organisation, alias, or the register's own code (EUDRACT_NUMBER, NIH ...)"]
    value: Annotated[Text, "The number, as written"]
    authority: Annotated[Text, "Body that gave an organisation's number, in the register's code (NIH, FDA ...)"] = None
    domain: Annotated[Text, "Registry or body that a secondary number belongs to, as written"] = None
    link: Annotated[Text, "Address of the number's own page"] = None


class MeshTerm(NamedTuple):
    kind: Annotated[str, "condition or intervention"]
    term: Annotated[Text, "Medical Subject Heading assigned by the register"]
    mesh_id: Annotated[Text, "MeSH descriptor id, for example D006333"] = None
    is_ancestor: Annotated[bool, "1 for a broader heading above an assigned one"] = False


class Citation(NamedTuple):
    pmid: Annotated[Text, "PubMed id"]
    type: Annotated[Text, "BACKGROUND, RESULT or DERIVED"]
    citation: Annotated[Text, "The reference, as written"]


class Retraction(NamedTuple):
    citation: Annotated[int, "Position of the retracted publication in citations"]
    pmid: Annotated[Text, "PubMed id of the retraction notice"] = None
    source: Annotated[Text, "The notice, as written"] = None


class Link(NamedTuple):
    label: Annotated[Text, "What the page is about"] = None
    url: Annotated[Text, "Address of the page"] = None


class AvailableData(NamedTuple):
    data_id: Annotated[Text, "Identifier of the data set or document"] = None
    type: Annotated[Text, "Kind of data or document, as written"] = None
    url: Annotated[Text, "Where it can be had"] = None
    comment: Annotated[Text, "Remarks, as written"] = None


class Document(NamedTuple):
    type: Annotated[
        Text, "Kind of document: Prot (protocol), SAP (statistical analysis plan), ICF (informed consent form)"
    ]
    label: Annotated[Text, "Title of the document"]
    date: Annotated[Text, "Date of the document"]
    url: Annotated[Text, "Where the register serves it"]
    has_protocol: Annotated[Flag, "1 where it holds the protocol"] = None
    has_sap: Annotated[Flag, "1 where it holds the statistical analysis plan"] = None
    has_icf: Annotated[Flag, "1 where it holds the informed consent form"] = None
    uploaded: Annotated[Text, "When it was uploaded, to the minute"] = None
    filename: Annotated[Text, "Name of the file"] = None
    size: Annotated[Count, "Size in bytes"] = None


class Official(NamedTuple):
    name: Annotated[Text, "Public overall official of the study; never a contact person"]
    role: Annotated[Text, "Role in the study, in the register's code (PRINCIPAL_INVESTIGATOR ...)"]
    affiliation: Annotated[Text, "Organisation of the official"]


class Location(NamedTuple):
    facility: Annotated[Text, "Name of the site"]
    city: Annotated[Text, "City"] = None
    state: Annotated[Text, "State or province"] = None
    zip: Annotated[Text, "Postal code"] = None
    country: Annotated[Text, "Country"] = None
    status: Annotated[Text, "Recruitment status of this site; mostly given only while recruiting"] = None
    latitude: Annotated[Number, "Degrees north, of the city as the register places it"] = None
    longitude: Annotated[Number, "Degrees east, of the city as the register places it"] = None
    country_code: Annotated[Text, "ISO 3166 code of the country, where the register gives it"] = None


class Criterion(NamedTuple):
    kind: Annotated[str, "inclusion, exclusion, or unspecified where the text has no such heading"]
    level: Annotated[int, "Depth in the author's list, 0 at the top"]
    parent: Annotated[Count, "Position of the criterion that this one stands under"]
    heading: Annotated[Text, "Cohort, part or group heading that it stands under"]
    text: Annotated[str, "One criterion in the author's words, list marker and markup escapes removed"]
    boilerplate: Annotated[bool, "1 for footnotes and standing phrases such as 'other criteria may apply'"] = False


class Threshold(NamedTuple):
    """One limit that a criterion sets on one variable."""

    criterion: Annotated[int, "Position of the criterion that sets the limit"]
    kind: Annotated[str, "inclusion, exclusion or unspecified, as the criterion: an exclusion states what is excluded"]
    variable: Annotated[str, "What is limited (age, bmi, hemoglobin, ecog ...)"]
    lower: Annotated[Number, "Lower bound as written; NULL where there is none"]
    lower_inclusive: Annotated[Flag, "1 where the lower bound itself is meant; NULL where there is none"]
    upper: Annotated[Number, "Upper bound as written; NULL where there is none"]
    upper_inclusive: Annotated[Flag, "1 where the upper bound itself is meant; NULL where there is none"]
    unit: Annotated[Text, "Unit as written; 'x ULN' and 'x LLN' for multiples of the limits of normal"]
    canonical_lower: Annotated[Number, "Lower bound in canonical_unit; NULL where the unit is not known"]
    canonical_upper: Annotated[Number, "Upper bound in canonical_unit; NULL where the unit is not known"]
    canonical_unit: Annotated[Text, "Unit its limits compare in: one a variable, but as said for x ULN and per 1.73 m2"]
    condition: Annotated[Text, "For whom the limit holds, where the text says (men, women, with liver metastases ...)"]
    text: Annotated[str, "The words that state the limit"]


class RemovedCountry(NamedTuple):
    country: Annotated[str, "Country that once had sites and has none now"]


class Submission(NamedTuple):
    """One round of the register's review of submitted results."""

    release_date: Annotated[Text, "Sponsor sent results for review"] = None
    unrelease_date: Annotated[Text, "Sponsor took them back"] = None
    unrelease_date_unknown: Annotated[Flag, "1 where the day they were taken back is not known"] = None
    reset_date: Annotated[Text, "Register returned them with comments"] = None
    mcp_release_n: Annotated[Count, "Number of the release in the register's quality review"] = None


class UnpostedEvent(NamedTuple):
    """What happened to results that the register has not posted."""

    type: Annotated[Text, "RELEASE, UNRELEASE or RESET"] = None
    date: Annotated[Text, "Day of the event"] = None
    date_unknown: Annotated[Flag, "1 where the day is not known"] = None


class ViolationEvent(NamedTuple):
    """A notice of the U.S. Food and Drug Administration about missing results (FDAAA 801)."""

    type: Annotated[Text, "Kind of notice, in the register's code (VIOLATION_IDENTIFIED ...)"] = None
    description: Annotated[Text, "The notice, as written"] = None
    creation_date: Annotated[Text, "Notice entered"] = None
    issued_date: Annotated[Text, "Notice issued"] = None
    release_date: Annotated[Text, "Notice released"] = None
    posted_date: Annotated[Text, "Notice posted"] = None


class FlowGroup(NamedTuple):
    group_id: Annotated[Text, "The register's id of the group within participant flow (FG000 ...)"] = None
    title: Annotated[Text, "Name of the group"] = None
    description: Annotated[Text, "Description, markup as served"] = None


class FlowCount(NamedTuple):
    """How many participants of a group reached a milestone of a period."""

    period: Annotated[Text, "Period of the study"] = None
    milestone: Annotated[Text, "STARTED, COMPLETED, NOT COMPLETED, or the sponsor's own"] = None
    group_id: Annotated[Text, "Group, as in flow_groups"] = None
    participants: Annotated[Text, "Number of participants, as served"] = None
    units: Annotated[Text, "Number of other units, as served"] = None
    comment: Annotated[Text, "Remarks, as written"] = None


class ResultOutcome(NamedTuple):
    """An outcome measure for which results are posted or due."""

    type: Annotated[Text, "PRIMARY, SECONDARY, OTHER_PRE_SPECIFIED or POST_HOC"] = None
    title: Annotated[Text, "What was measured"] = None
    description: Annotated[Text, "How it was measured, markup as served"] = None
    population: Annotated[Text, "Who was analysed, markup as served"] = None
    reporting_status: Annotated[Text, "POSTED or NOT_POSTED"] = None
    anticipated_posting_date: Annotated[Text, "When unposted results are expected"] = None
    time_frame: Annotated[Text, "When it was measured"] = None
    parameter_type: Annotated[Text, "What the values are, in the register's code (MEAN, NUMBER ...)"] = None
    dispersion_type: Annotated[Text, "What the spread or limits are, as served"] = None
    unit: Annotated[Text, "Unit of the values, as written"] = None
    units_analyzed: Annotated[Text, "What was counted where it is not participants"] = None


class ResultGroup(NamedTuple):
    outcome: Annotated[int, "Position of the primary outcome in result_outcomes"]
    group_id: Annotated[Text, "The register's id of the group within the outcome (OG000 ...)"] = None
    title: Annotated[Text, "Name of the group"] = None
    description: Annotated[Text, "Description, markup as served"] = None


class ResultValue(NamedTuple):
    """A value of a primary outcome."""

    outcome: Annotated[int, "Position of the primary outcome in result_outcomes"]
    class_title: Annotated[Text, "Row of the outcome's table"] = None
    category_title: Annotated[Text, "Category within the row"] = None
    group_id: Annotated[Text, "Group, as in result_groups"] = None
    value: Annotated[Text, "The value, as served"] = None
    spread: Annotated[Text, "Standard deviation or error, as served"] = None
    lower_limit: Annotated[Text, "Lower limit of the interval or range, as served"] = None
    upper_limit: Annotated[Text, "Upper limit of the interval or range, as served"] = None
    comment: Annotated[Text, "Remarks, as written"] = None


class AdverseEventGroup(NamedTuple):
    """Adverse events of one group in total."""

    group_id: Annotated[Text, "The register's id of the group within adverse events (EG000 ...)"] = None
    title: Annotated[Text, "Name of the group"] = None
    description: Annotated[Text, "Description, markup as served"] = None
    deaths_affected: Annotated[Count, "Participants who died, of any cause"] = None
    deaths_at_risk: Annotated[Count, "Participants at risk of it"] = None
    serious_affected: Annotated[Count, "Participants with a serious adverse event"] = None
    serious_at_risk: Annotated[Count, "Participants at risk of it"] = None
    other_affected: Annotated[Count, "Participants with another adverse event above the threshold"] = None
    other_at_risk: Annotated[Count, "Participants at risk of it"] = None


class FieldSource(NamedTuple):
    field: Annotated[str, "Field of the trial"]
    method: Annotated[
        str,
        "How the value was found: label in the page's markup, heading, JSON-LD, label in its text, page title, "
        "address, number in the text, shape of the value, position",
    ]
    label: Annotated[Text, "The page's own label, or the property in JSON-LD; NULL where none stands there"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One trial as one source tells it. Read from one raw record, and from nothing else."""

    id: Annotated[str, "The register's own number (NCT05181397), or host:number for a portal listing"]
    source: Annotated[str, "Where it was collected: ctgov, portal ..."]
    source_id: Annotated[str, "Id under which the source was asked; equals id but for merged records"]
    url: Annotated[str, "Page of the trial at the source"]
    title: Annotated[Text, "Brief title"] = None
    official_title: Annotated[Text, "Official title of the protocol"] = None
    acronym: Annotated[Text, "Acronym"] = None
    status: Annotated[Text, "Overall recruitment status, in ClinicalTrials.gov's words"] = None
    status_text: Annotated[Text, "Overall recruitment status, in the source's words"] = None
    last_known_status: Annotated[Text, "Status before it became unknown: unverified for two years, in our words"] = None
    why_stopped: Annotated[Text, "Reason given for a stopped trial"] = None
    phase: Annotated[Text, "Phase; 'Not applicable' is said by the source, NULL is not said"] = None
    study_type: Annotated[Text, "Interventional, Observational or Expanded access"] = None
    allocation: Annotated[Text, "How participants are assigned to arms, in the register's code (RANDOMIZED ...)"] = None
    intervention_model: Annotated[Text, "Arrangement of the arms, in the register's code (PARALLEL, CROSSOVER ...)"] = (
        None
    )
    masking: Annotated[Text, "Blinding, in the register's code (NONE, DOUBLE ...)"] = None
    primary_purpose: Annotated[
        Text, "Main reason for the trial, in the register's code (TREATMENT, PREVENTION ...)"
    ] = None
    enrollment: Annotated[Count, "Number of participants"] = None
    enrollment_type: Annotated[Text, "ACTUAL or ESTIMATED"] = None
    start_date: Annotated[Text, "Start of the trial, with the precision given"] = None
    start_date_type: Annotated[Text, "ACTUAL or ESTIMATED"] = None
    primary_completion_date: Annotated[Text, "Last visit for the primary outcome, with the precision given"] = None
    primary_completion_date_type: Annotated[Text, "ACTUAL or ESTIMATED"] = None
    completion_date: Annotated[Text, "Last visit of the last participant, with the precision given"] = None
    completion_date_type: Annotated[Text, "ACTUAL or ESTIMATED"] = None
    first_submitted: Annotated[Text, "Date the sponsor first submitted the record to the register"] = None
    first_posted: Annotated[Text, "Date the register first showed the record"] = None
    last_updated: Annotated[Text, "Date the register last posted an update; a portal's last-modified date"] = None
    results_first_posted: Annotated[Text, "Date the register first showed results"] = None
    has_results: Annotated[Flag, "1 where the register holds results"] = None
    sex: Annotated[Text, "Sex of participants: All, Female or Male"] = None
    min_age: Annotated[Text, "Minimum age, as served"] = None
    max_age: Annotated[Text, "Maximum age, as served"] = None
    min_age_years: Annotated[Number, "Minimum age in years (12 months, 365.25 days to a year)"] = None
    max_age_years: Annotated[Number, "Maximum age in years (12 months, 365.25 days to a year)"] = None
    healthy_volunteers: Annotated[Flag, "1 where healthy volunteers are accepted"] = None
    study_id: Annotated[Text, "Register number that the record names: its own, or the one a listing labels"] = None

    brief_summary: Annotated[Text, "Brief summary, markup as served", TEXTS] = None
    detailed_description: Annotated[Text, "Detailed description, markup as served", TEXTS] = None
    eligibility_text: Annotated[Text, "Eligibility criteria, as served", TEXTS] = None

    # Further facts, in trial_details.
    organization: Annotated[Text, "Organisation that entered the record", DETAILS] = None
    organization_class: Annotated[Text, "Its agency class (INDUSTRY, NIH, OTHER ...)", DETAILS] = None
    responsible_party: Annotated[Text, "SPONSOR, PRINCIPAL_INVESTIGATOR or SPONSOR_INVESTIGATOR", DETAILS] = None
    investigator_name: Annotated[Text, "Responsible investigator, as published", DETAILS] = None
    investigator_title: Annotated[Text, "Title of the responsible investigator", DETAILS] = None
    investigator_affiliation: Annotated[Text, "Organisation of the responsible investigator", DETAILS] = None
    old_name_title: Annotated[Text, "Responsible party of records before 2011: name and title", DETAILS] = None
    old_organization: Annotated[Text, "Responsible party of records before 2011: organisation", DETAILS] = None
    status_verified: Annotated[Text, "When the sponsor last verified the record, with the precision given", DETAILS] = (
        None
    )
    delayed_posting: Annotated[Flag, "1 where posting is delayed for an unapproved device", DETAILS] = None
    has_expanded_access: Annotated[Flag, "1 where the treatment can be had outside the trial", DETAILS] = None
    expanded_access_id: Annotated[Text, "Register number of the expanded-access record", DETAILS] = None
    expanded_access_status: Annotated[Text, "Status of the expanded-access record, in our words", DETAILS] = None
    expanded_access_individual: Annotated[Flag, "1 for expanded access of single patients", DETAILS] = None
    expanded_access_intermediate: Annotated[Flag, "1 for expanded access of intermediate-size groups", DETAILS] = None
    expanded_access_treatment: Annotated[Flag, "1 for expanded access under a treatment protocol", DETAILS] = None
    expanded_access_referrers: Annotated[
        Count, "Number of trials that point to this expanded-access record", DETAILS
    ] = None
    first_submitted_qc: Annotated[Text, "First submission that met the register's quality criteria", DETAILS] = None
    first_posted_type: Annotated[Text, "ACTUAL or ESTIMATED", DETAILS] = None
    last_update_submitted: Annotated[Text, "Date the sponsor last submitted an update", DETAILS] = None
    last_updated_type: Annotated[Text, "ACTUAL or ESTIMATED", DETAILS] = None
    results_waived: Annotated[Flag, "1 where results need not be submitted", DETAILS] = None
    results_first_submitted: Annotated[Text, "Date results were first submitted", DETAILS] = None
    results_first_submitted_qc: Annotated[Text, "First results that met the quality criteria", DETAILS] = None
    results_first_posted_type: Annotated[Text, "ACTUAL or ESTIMATED", DETAILS] = None
    results_delay_first_submitted: Annotated[Text, "Date a certificate to delay results was submitted", DETAILS] = None
    results_delay_first_submitted_qc: Annotated[Text, "First certificate that met the quality criteria", DETAILS] = None
    results_delay_first_posted: Annotated[Text, "Date the certificate to delay results was posted", DETAILS] = None
    results_delay_first_posted_type: Annotated[Text, "ACTUAL or ESTIMATED", DETAILS] = None
    estimated_results_first_submitted: Annotated[Text, "Date results were submitted, not yet posted", DETAILS] = None
    first_mcp_posted: Annotated[Text, "Date results were first posted with review comments", DETAILS] = None
    first_mcp_posted_type: Annotated[Text, "ACTUAL or ESTIMATED", DETAILS] = None
    has_dmc: Annotated[Flag, "1 where a data monitoring committee oversees the trial", DETAILS] = None
    is_fda_regulated_drug: Annotated[Flag, "1 where a drug regulated by the U.S. FDA is studied", DETAILS] = None
    is_fda_regulated_device: Annotated[Flag, "1 where a device regulated by the U.S. FDA is studied", DETAILS] = None
    is_unapproved_device: Annotated[Flag, "1 where a device not yet approved by the U.S. FDA is studied", DETAILS] = (
        None
    )
    is_pediatric_postmarket: Annotated[Flag, "1 for a pediatric postmarket surveillance of a device", DETAILS] = None
    is_us_export: Annotated[Flag, "1 where the product is made in and exported from the U.S.", DETAILS] = None
    fdaaa801_violation: Annotated[Flag, "1 where the FDA has found required results missing", DETAILS] = None
    patient_registry: Annotated[Flag, "1 for a patient registry", DETAILS] = None
    target_duration: Annotated[Text, "Follow-up of a registry's participants, as served", DETAILS] = None
    intervention_model_description: Annotated[Text, "Arrangement of the arms, in words", DETAILS] = None
    observational_model: Annotated[Text, "Model of an observational study, in the register's code", DETAILS] = None
    time_perspective: Annotated[Text, "PROSPECTIVE, RETROSPECTIVE, CROSS_SECTIONAL or OTHER", DETAILS] = None
    masking_description: Annotated[Text, "Blinding, in words", DETAILS] = None
    who_masked: Annotated[tuple[str, ...], "Who is blinded, in the register's codes (JSON list)", DETAILS] = ()
    biospecimen_retention: Annotated[Text, "Whether samples are kept, in the register's code", DETAILS] = None
    biospecimen_description: Annotated[Text, "Which samples are kept", DETAILS] = None
    gender_based: Annotated[Flag, "1 where eligibility is based on gender identity", DETAILS] = None
    gender_description: Annotated[Text, "How gender bears on eligibility", DETAILS] = None
    standard_ages: Annotated[tuple[str, ...], "CHILD, ADULT, OLDER_ADULT (JSON list)", DETAILS] = ()
    study_population: Annotated[Text, "Whom an observational study draws from, markup as served", DETAILS] = None
    sampling_method: Annotated[Text, "PROBABILITY_SAMPLE or NON_PROBABILITY_SAMPLE", DETAILS] = None
    ipd_sharing: Annotated[Text, "Plan to share individual participant data: YES, NO or UNDECIDED", DETAILS] = None
    ipd_description: Annotated[Text, "What of it is shared", DETAILS] = None
    ipd_info_types: Annotated[tuple[str, ...], "What is shared beside the data, in codes (JSON list)", DETAILS] = ()
    ipd_time_frame: Annotated[Text, "When it is shared", DETAILS] = None
    ipd_access_criteria: Annotated[Text, "With whom and how it is shared", DETAILS] = None
    ipd_url: Annotated[Text, "Page about the sharing", DETAILS] = None
    has_no_sap: Annotated[Flag, "1 where there is no statistical analysis plan", DETAILS] = None
    unposted_responsible_party: Annotated[Text, "Who answers for results not posted", DETAILS] = None
    flow_recruitment: Annotated[Text, "How participants were recruited", DETAILS] = None
    flow_pre_assignment: Annotated[Text, "What happened between enrolment and assignment", DETAILS] = None
    flow_units: Annotated[Text, "What was counted in participant flow where it is not participants", DETAILS] = None
    adverse_events_time_frame: Annotated[Text, "Over which time adverse events were collected", DETAILS] = None
    adverse_events_threshold: Annotated[Text, "Percentage from which other adverse events are listed", DETAILS] = None
    limitations: Annotated[Text, "Limitations and caveats of the results", DETAILS] = None

    conditions: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    sponsors: tuple[Sponsor, ...] = ()
    interventions: tuple[Intervention, ...] = ()
    arms: tuple[Arm, ...] = ()
    arm_interventions: tuple[ArmIntervention, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    mesh_terms: tuple[MeshTerm, ...] = ()
    citations: tuple[Citation, ...] = ()
    retractions: tuple[Retraction, ...] = ()
    see_also_links: tuple[Link, ...] = ()
    available_data: tuple[AvailableData, ...] = ()
    documents: tuple[Document, ...] = ()
    officials: tuple[Official, ...] = ()
    locations: tuple[Location, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    removed_countries: tuple[RemovedCountry, ...] = ()
    submissions: tuple[Submission, ...] = ()
    unposted_events: tuple[UnpostedEvent, ...] = ()
    violation_events: tuple[ViolationEvent, ...] = ()
    flow_groups: tuple[FlowGroup, ...] = ()
    flow_counts: tuple[FlowCount, ...] = ()
    result_outcomes: tuple[ResultOutcome, ...] = ()
    result_groups: tuple[ResultGroup, ...] = ()
    result_values: tuple[ResultValue, ...] = ()
    adverse_event_groups: tuple[AdverseEventGroup, ...] = ()
    field_sources: tuple[FieldSource, ...] = ()

    problems: tuple[Problem, ...] = ()
    unknown_fields: tuple[UnknownField, ...] = ()


# --- vocabularies: the register's enumeration value -> our word ----------------------------------------------------
# Source: ClinicalTrials.gov API v2, /studies/enums (legacyValue) and the OpenAPI text 2.0.3.

STATUSES = {
    "RECRUITING": "Recruiting",
    "NOT_YET_RECRUITING": "Not yet recruiting",
    "ENROLLING_BY_INVITATION": "Enrolling by invitation",
    "ACTIVE_NOT_RECRUITING": "Active, not recruiting",
    "COMPLETED": "Completed",
    "SUSPENDED": "Suspended",
    "TERMINATED": "Terminated",
    "WITHDRAWN": "Withdrawn",
    "UNKNOWN": "Unknown status",
    "AVAILABLE": "Available",
    "NO_LONGER_AVAILABLE": "No longer available",
    "TEMPORARILY_NOT_AVAILABLE": "Temporarily not available",
    "APPROVED_FOR_MARKETING": "Approved for marketing",
    "WITHHELD": "Withheld",
}
PHASES = {  # one or two register phases -> one word
    ("EARLY_PHASE1",): "Early Phase 1",
    ("PHASE1",): "Phase 1",
    ("PHASE1", "PHASE2"): "Phase 1/Phase 2",
    ("PHASE2",): "Phase 2",
    ("PHASE2", "PHASE3"): "Phase 2/Phase 3",
    ("PHASE3",): "Phase 3",
    ("PHASE4",): "Phase 4",
    ("NA",): "Not applicable",
}
STUDY_TYPES = {
    "INTERVENTIONAL": "Interventional",
    "OBSERVATIONAL": "Observational",
    "EXPANDED_ACCESS": "Expanded access",
}
SEXES = {"ALL": "All", "FEMALE": "Female", "MALE": "Male"}
