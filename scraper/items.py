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


class Position(NamedTuple):
    """Where a crawl stands. `crawl` names the crawl (a hash of what was asked), `place` what is now done of it: the
    next page's token, or a finished address. Places are only ever added; a finished crawl clears them."""

    source: str
    crawl: str
    place: str


@dataclass(frozen=True, slots=True)
class Page:
    """What one response held. One response, one item, one commit."""

    records: tuple[RawRecord, ...] = ()
    position: Position | None = None
    absences: tuple[Absence, ...] = ()


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


class Arm(NamedTuple):
    label: Annotated[Text, "Name of the arm or group"]
    type: Annotated[Text, "Role of the arm, in the register's code (EXPERIMENTAL, PLACEBO_COMPARATOR ...)"] = None
    description: Annotated[Text, "Description, markup as served"] = None


class Outcome(NamedTuple):
    kind: Annotated[str, "primary, secondary or other"]
    measure: Annotated[Text, "What is measured"]
    time_frame: Annotated[Text, "When it is measured"] = None
    description: Annotated[Text, "How it is measured, markup as served"] = None


class Identifier(NamedTuple):
    type: Annotated[Text, "Kind of number: organisation, alias, nct, isrctn, eudract, or the register's own word"]
    value: Annotated[str, "The number, as written"]


class MeshTerm(NamedTuple):
    kind: Annotated[str, "condition or intervention"]
    term: Annotated[Text, "Medical Subject Heading assigned by the register"]
    mesh_id: Annotated[Text, "MeSH descriptor id, for example D006333"] = None
    is_ancestor: Annotated[bool, "1 for a broader heading above an assigned one"] = False


class Citation(NamedTuple):
    pmid: Annotated[Text, "PubMed id"]
    type: Annotated[Text, "BACKGROUND, RESULT or DERIVED"]
    citation: Annotated[Text, "The reference, as written"]


class Document(NamedTuple):
    type: Annotated[
        Text, "Kind of document: Prot (protocol), SAP (statistical analysis plan), ICF (informed consent form)"
    ]
    label: Annotated[Text, "Title of the document"]
    date: Annotated[Text, "Date of the document"]
    url: Annotated[Text, "Where the register serves it"]


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


class Criterion(NamedTuple):
    kind: Annotated[str, "inclusion, exclusion, or unspecified where the text has no such heading"]
    level: Annotated[int, "Depth in the author's list, 0 at the top"]
    parent: Annotated[Count, "Position of the criterion that this one stands under"]
    heading: Annotated[Text, "Cohort, part or group heading that it stands under"]
    text: Annotated[str, "One criterion in the author's words, list marker and markup escapes removed"]
    boilerplate: Annotated[bool, "1 for footnotes and standing phrases such as 'other criteria may apply'"] = False


class FieldSource(NamedTuple):
    field: Annotated[str, "Field of the trial"]
    method: Annotated[str, "How the value was found: label in the page's markup, JSON-LD, label in its text, position"]
    label: Annotated[Text, "The page's own label"]


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
    primary_completion_date: Annotated[Text, "Last visit for the primary outcome, with the precision given"] = None
    completion_date: Annotated[Text, "Last visit of the last participant, with the precision given"] = None
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

    brief_summary: Annotated[Text, "Brief summary, markup as served"] = None
    detailed_description: Annotated[Text, "Detailed description, markup as served"] = None
    eligibility_text: Annotated[Text, "Eligibility criteria, as served"] = None

    conditions: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    sponsors: tuple[Sponsor, ...] = ()
    interventions: tuple[Intervention, ...] = ()
    arms: tuple[Arm, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    mesh_terms: tuple[MeshTerm, ...] = ()
    citations: tuple[Citation, ...] = ()
    documents: tuple[Document, ...] = ()
    officials: tuple[Official, ...] = ()
    locations: tuple[Location, ...] = ()
    criteria: tuple[Criterion, ...] = ()
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
CRITERION_KINDS = ("inclusion", "exclusion", "unspecified")
