"""The database as data: tables, their columns with descriptions, indexes, full-text search and views; migrations.

Columns that are read from a source take type and description from `scraper.items`; the others are described here.
Table and column names are a contract (docs/schema.md): tools outside the project rely on them.
"""

from __future__ import annotations

import sqlite3
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin, get_type_hints

from sqlite_utils import Database
from sqlite_utils.db import ForeignKey

from scraper import items

SCHEMA_VERSION = 1


class NewerFile(Exception):
    """A database written by a newer Trialdex."""


class Column(NamedTuple):
    type: type
    description: str
    is_json: bool = False  # a list of the source, kept as JSON text


@dataclass(frozen=True)
class Table:
    """One table. `own_key`: clustered by its key, for tables that are only reached through a trial."""

    title: str
    description: str
    columns: dict[str, Column]
    key: tuple[str, ...]
    refers: tuple[tuple[str, str, str], ...] = (("trial_id", "trials", "id"),)
    indexes: tuple[tuple[str, ...], ...] = ()
    search: tuple[str, ...] = ()
    own_key: bool = False
    label: str | None = None
    facets: tuple[str, ...] = ()
    sort: str | None = None
    sort_desc: str | None = None
    hidden: bool = False  # not among the tables that Datasette lists


def described(cls: type, table: str | None = None) -> dict[str, Column]:
    """The columns that a type of `scraper.items` describes: its annotated fields, in order. A field may name another
    table than its type's own; `table` picks those of one table."""
    hints = get_type_hints(cls, include_extras=True)
    return {
        name: Column(_plain(get_args(hint)[0]), get_args(hint)[1], get_origin(get_args(hint)[0]) is tuple)
        for name, hint in hints.items()
        if get_origin(hint) is Annotated and (get_args(hint)[2:] or (None,))[0] == table
    }


def _plain(hint: Any) -> type:
    """The SQLite-bound Python type of a field: `str | None` -> str, a flag -> int, a tuple -> str (JSON)."""
    if get_origin(hint) in (Union, types.UnionType):
        hint = next(arg for arg in get_args(hint) if arg is not type(None))
    if hint is bool:
        return int
    return str if get_origin(hint) is tuple else hint


ROW = Column(int, "Row number in this file; may differ after a rebuild")
RUN = Column(int, "Run that wrote this row")
TRIAL = Column(str, "Trial")
POSITION = Column(int, "Place in the source's list, from 0")
ONE_A_TRIAL = {"trial_id": TRIAL, "position": POSITION}


def _listed(title: str, description: str, cls: type, *indexes: str) -> Table:
    """A table of what a trial lists: one row an element, in the source's order."""
    return Table(
        title, description, ONE_A_TRIAL | described(cls), ("trial_id", "position"), own_key=True,
        indexes=tuple((index,) for index in indexes),
    )  # fmt: skip


# The list of trials counts these four each time, among what the others let through, and shows the latest updated. So
# each has an index that holds the others, and the order: with one column alone a filtered list would look up the row
# of every trial that the filter lets through. benchmarks/pages.py times both lists, and prints the size of the file.
FACETED = ("status", "phase", "study_type", "source")

TABLES: dict[str, Table] = {
    "trials": Table(
        "Trials",
        "One row for each trial as one source tells it. The long texts stand in trial_texts.",
        described(items.Trial)
        | {
            "conditions": Column(
                str, "Names of the conditions, joined by '; ' for reading; one a row in trial_conditions"
            ),
            "interventions": Column(str, "Names of the interventions, joined by '; ' for reading"),
            "lead_sponsor": Column(str, "Name of the organisation that leads the trial"),
            "lead_sponsor_class": Column(str, "Agency class of the lead sponsor (INDUSTRY, NIH, OTHER ...)"),
            "planned_months": Column(
                int, "Months from start to completion, planned or actual; NULL where either has no month"
            ),
            "days_to_first_post": Column(int, "Days from first submission (first_submitted) to first_posted"),
            "single_country": Column(int, "1 where all sites are in one country, 0 in several; NULL without sites"),
            "n_locations": Column(int, "Number of sites listed"),
            "n_countries": Column(int, "Number of distinct countries among the sites"),
            "first_seen": Column(str, "When Trialdex first saw the record (UTC)"),
            "last_changed": Column(str, "When Trialdex last saw the record say something new (UTC)"),
            "removed_at": Column(
                str, "When the source no longer had the record, or had merged it (UTC); NULL for a live trial"
            ),
        },
        ("id",),
        refers=(),
        indexes=(
            *((name, "last_updated", *(other for other in FACETED if other != name), "removed_at") for name in FACETED),
            ("sex",),
            ("lead_sponsor",),
            ("start_date",),
            ("last_updated",),
            ("last_changed",),
            ("study_id",),
            ("enrollment",),
        ),
        search=("id", "title", "official_title", "acronym", "conditions", "interventions", "lead_sponsor"),
        label="title",
        facets=FACETED,
        sort_desc="last_updated",
    ),
    "trial_texts": Table(
        "Summaries and descriptions",
        "The long texts of a trial, markup as served.",
        {"trial_id": TRIAL} | described(items.Trial, items.TEXTS),
        ("trial_id",),
        search=("brief_summary", "detailed_description"),
    ),
    "trial_details": Table(
        "Further facts",
        "What a trial's record says beside the main facts: responsibilities, dates, oversight, design, data sharing.",
        {"trial_id": TRIAL} | described(items.Trial, items.DETAILS),
        ("trial_id",),
        own_key=True,
    ),
    "conditions": Table(
        "Conditions",
        "Every condition named by a trial, once.",
        {"id": ROW, "name": Column(str, "Name of the condition, as written")},
        ("id",),
        refers=(),
        label="name",
    ),
    "trial_conditions": Table(
        "Conditions of each trial",
        "Which trial names which condition.",
        {"trial_id": TRIAL, "condition_id": Column(int, "Condition"), "position": POSITION},
        ("trial_id", "condition_id"),
        refers=(("trial_id", "trials", "id"), ("condition_id", "conditions", "id")),
        indexes=(("condition_id",),),
        own_key=True,
        facets=("condition_id",),
    ),
    "sponsors": Table(
        "Sponsors",
        "Every organisation that leads or supports a trial, once for each agency class it is given.",
        {"id": ROW}
        | {
            "name": described(items.Sponsor)["name"],
            "class": described(items.Sponsor)["sponsor_class"],
        },
        ("id",),
        refers=(),
        label="name",
        facets=("class",),
    ),
    "trial_sponsors": Table(
        "Sponsors of each trial",
        "Which organisation leads or supports which trial.",
        {
            "trial_id": TRIAL,
            "sponsor_id": Column(int, "Organisation"),
            "role": described(items.Sponsor)["role"],
            "position": POSITION,
        },
        ("trial_id", "sponsor_id", "role"),
        refers=(("trial_id", "trials", "id"), ("sponsor_id", "sponsors", "id")),
        indexes=(("sponsor_id",),),
        own_key=True,
        facets=("role",),
    ),
    "interventions": _listed("Interventions", "What is given or done in a trial.", items.Intervention, "name", "type"),
    "arms": _listed("Arms and groups", "The arms or groups of a trial.", items.Arm),
    "outcomes": _listed("Outcomes", "What a trial measures, as its protocol plans it.", items.Outcome),
    "keywords": Table(
        "Keywords",
        "Keywords given by the sponsor.",
        ONE_A_TRIAL | {"name": Column(str, "Keyword, as written")},
        ("trial_id", "position"),
        indexes=(("name",),),
        own_key=True,
    ),
    "identifiers": _listed("Identifiers", "Other numbers under which a trial is known.", items.Identifier, "value"),
    "mesh_terms": _listed("MeSH terms", "Medical Subject Headings that the register assigns.", items.MeshTerm, "term"),
    "citations": _listed(
        "Publications", "References listed by the sponsor or found by the register.", items.Citation, "pmid"
    ),
    "documents": _listed(
        "Documents", "Protocols, analysis plans and consent forms held by the register.", items.Document
    ),
    "officials": _listed(
        "Officials", "Public overall officials of a trial; contact persons are never kept.", items.Official
    ),
    "arm_interventions": _listed(
        "What each arm receives", "Arms joined to interventions, by their positions.", items.ArmIntervention
    ),
    "retractions": _listed("Retractions", "Retraction notices of listed publications.", items.Retraction),
    "see_also_links": _listed("Links", "Pages that the sponsor points to.", items.Link),
    "available_data": _listed("Available data", "Participant data and documents that can be had.", items.AvailableData),
    "removed_countries": _listed(
        "Removed countries", "Countries that once had sites of a trial.", items.RemovedCountry, "country"
    ),
    "submissions": _listed("Results under review", "The register's review of submitted results.", items.Submission),
    "unposted_events": _listed("Results not posted", "What happened to results not posted.", items.UnpostedEvent),
    "violation_events": _listed("Notices of violation", "Notices about missing results.", items.ViolationEvent),
    "flow_groups": _listed("Participant flow: groups", "Groups of participant flow.", items.FlowGroup),
    "flow_counts": _listed(
        "Participant flow: counts", "Participants that started, completed or left each period.", items.FlowCount
    ),
    "result_outcomes": _listed("Results: outcomes", "Outcome measures with results.", items.ResultOutcome, "type"),
    "result_groups": _listed("Results: groups", "Groups of the primary outcomes' results.", items.ResultGroup),
    "result_values": _listed("Results: values", "Values of the primary outcomes.", items.ResultValue),
    "adverse_event_groups": _listed(
        "Results: adverse events", "Adverse events of each group in total.", items.AdverseEventGroup
    ),
    "locations": Table(
        "Locations",
        "The sites of a trial.",
        {"id": ROW} | ONE_A_TRIAL | described(items.Location),
        ("id",),
        indexes=(("trial_id", "position"), ("country", "status"), ("city",)),
        label="facility",
        facets=("country", "status"),
    ),
    "criteria": Table(
        "Eligibility criteria",
        "One row for each eligibility criterion.",
        {"id": ROW}
        | ONE_A_TRIAL
        | {
            "parent_id" if name == "parent" else name: Column(int, "Criterion that this one stands under")
            if name == "parent"
            else column
            for name, column in described(items.Criterion).items()
        },
        ("id",),
        refers=(("trial_id", "trials", "id"), ("parent_id", "criteria", "id")),
        indexes=(("trial_id", "position"),),
        search=("text",),
        label="text",
        facets=("kind",),
    ),
    "thresholds": Table(
        "Thresholds",
        "Limits that a criterion sets: an age, a laboratory value, a score.",
        {"id": ROW, "criterion_id": Column(int, "Criterion that sets the limit"), "trial_id": TRIAL}
        | {name: column for name, column in described(items.Threshold).items() if name != "criterion"},
        ("id",),
        refers=(("criterion_id", "criteria", "id"), ("trial_id", "trials", "id")),
        indexes=(("criterion_id",), ("trial_id",), ("variable", "canonical_unit", "trial_id")),
        facets=("variable", "kind", "canonical_unit"),
    ),
    "similar_trials": Table(
        "Similar trials",
        "The 20 nearest neighbours of each live trial. A score is a measure of likeness, not of fitness for a patient.",
        {
            "trial_id": TRIAL,
            "rank": Column(int, "1 for the nearest"),
            "similar_id": Column(str, "The similar trial"),
            "score": Column(float, "Similarity from 0 to 1, the sum of the six parts that follow"),
            "text": Column(float, "Part of the score: words in common, rare ones most (0 to 0.80)"),
            "conditions": Column(float, "Part of the score: conditions and their headings in common (0 to 0.04)"),
            "interventions": Column(float, "Part of the score: interventions in common, by any name (0 to 0.09)"),
            "phase": Column(float, "Part of the score: the same or a nearby phase (0 to 0.03)"),
            "population": Column(float, "Part of the score: overlap of ages, and sex (0 to 0.02)"),
            "design": Column(float, "Part of the score: type, allocation, model, masking, purpose (0 to 0.02)"),
            "same_programme": Column(int, "1 for a sister: one lead sponsor, a shared intervention, near-equal titles"),
        },
        ("trial_id", "rank"),
        refers=(("trial_id", "trials", "id"), ("similar_id", "trials", "id")),
        indexes=(("similar_id",),),
        own_key=True,
    ),
    "terms": Table(
        "Weights of terms",
        "How much each word, or pair of words, counts in similar_trials: the rarer, the more.",
        {
            "term": Column(str, "Word, or two neighbouring words, in lower case"),
            "id": Column(int, "Number of the term where similar trials are computed"),
            "trials": Column(int, "Trials that say it, when the weights were last computed"),
            "weight": Column(float, "Weight"),
        },
        ("term",),
        refers=(),
        own_key=True,
        hidden=True,
    ),
    "links": Table(
        "Same trial elsewhere",
        "Records of two sources that tell of one trial.",
        {
            "trial_id": TRIAL,
            "other_id": Column(str, "The same trial in another source"),
            "method": Column(str, "How it was found"),
            "evidence": Column(str, "What shows it"),
        },
        ("trial_id", "other_id", "method"),
        refers=(("trial_id", "trials", "id"), ("other_id", "trials", "id")),
        indexes=(("other_id",),),
        own_key=True,
    ),
    "field_sources": _listed("Sources of values", "Where each value of a portal listing came from.", items.FieldSource),
    "portal_differences": Table(
        "Listings and register",
        "Where a recruitment listing and the register's record of the same trial say different things. What one side "
        "does not say is no difference; docs/reconciliation.md tells how each field is compared.",
        {
            "listing_id": Column(str, "The listing"),
            "trial_id": Column(str, "The register's record that the listing names"),
            "field": Column(str, "Field that differs: a column of trials, or criteria"),
            "position": Column(int, "Number of the difference within the field, from 0"),
            "kind": Column(str, "differs, added (only the listing has it), missing (only the register has it), "
                                "reworded, collaborator (the sponsor named is one), older (the listing's date)"),
            "portal_value": Column(str, "What the listing says; NULL for what only the register has"),
            "register_value": Column(str, "What the register says; NULL for what only the listing has"),
            "staleness_days": Column(
                int, "Days by which the listing is older than the record, at least; only in last_updated"
            ),
        },
        ("listing_id", "trial_id", "field", "position"),
        refers=(("listing_id", "trials", "id"), ("trial_id", "trials", "id")),
        indexes=(("trial_id",), ("field", "kind")),
        own_key=True,
        facets=("field", "kind"),
    ),
    "changes": Table(
        "Changes",
        "What each run found new, changed, gone or returned, field by field.",
        {
            "id": ROW,
            "trial_id": TRIAL,
            "run_id": RUN,
            "seen_at": Column(str, "When the new wording was fetched (UTC)"),
            "kind": Column(str, "new, changed, removed, merged or returned"),
            "field": Column(str, "Field that changed; NULL for the trial as a whole"),
            "old": Column(str, "Value before; NULL for something added"),
            "new": Column(str, "Value after; NULL for something removed"),
        },
        ("id",),
        refers=(("trial_id", "trials", "id"), ("run_id", "runs", "id")),
        indexes=(("trial_id",), ("run_id",), ("seen_at",)),
        facets=("kind", "field"),
        sort_desc="id",
    ),
    "runs": Table(
        "Runs",
        "What each run did.",
        {
            "id": Column(int, "Run"),
            "command": Column(str, "Command that ran"),
            "source": Column(str, "Source that it read"),
            "query": Column(str, "What it asked for"),
            "started_at": Column(str, "Start (UTC)"),
            "ended_at": Column(str, "End (UTC)"),
            "outcome": Column(str, "finished, stopped (its budget was spent), failed, blocked or interrupted"),
            "seen": Column(int, "Records seen"),
            "new": Column(int, "Trials that were new"),
            "changed": Column(int, "Trials that say something new, or returned"),
            "unchanged": Column(int, "Records that say what they said before"),
            "removed": Column(int, "Trials found gone or merged"),
            "rejected": Column(int, "Records refused"),
            "problems": Column(int, "Values that were not understood or not believed"),
            "requests": Column(int, "Requests sent"),
            "retries": Column(int, "Requests sent again"),
            "seconds": Column(float, "Duration in seconds"),
        },
        ("id",),
        refers=(),
        label="started_at",
        facets=("source", "outcome"),
        sort_desc="id",
    ),
    "publications": Table(
        "Publications",
        "When this file was published, before and now, and what was overruled.",
        {
            "id": Column(int, "Publication"),
            "at": Column(str, "When (UTC)"),
            "run_id": Column(int, "Last run that the file tells of"),
            "live_trials": Column(int, "Live trials in the file"),
            "forced": Column(str, "Reason given for publishing against the gate; NULL when it passed"),
            "overruled": Column(str, "What the gate had to say against it"),
        },
        ("id",),
        refers=(("run_id", "runs", "id"),),
        sort_desc="id",
    ),
    "field_fill": Table(
        "Filled fields",
        "How many live trials of a source have a value in each field, after each run.",
        {
            "run_id": RUN,
            "source": Column(str, "Source"),
            "field": Column(str, "Column of trials"),
            "filled": Column(int, "Live trials with a value"),
            "total": Column(int, "Live trials"),
        },
        ("run_id", "source", "field"),
        refers=(("run_id", "runs", "id"),),
        own_key=True,
        facets=("source", "field"),
    ),
    "problems": Table(
        "Problems",
        "Values that were not understood or not believed, as each trial now stands.",
        {"id": ROW, "run_id": RUN, "trial_id": TRIAL} | described(items.Problem),
        ("id",),
        refers=(("trial_id", "trials", "id"), ("run_id", "runs", "id")),
        indexes=(("trial_id",), ("run_id",)),
        facets=("field", "reason"),
        sort_desc="id",
    ),
    "unknown_fields": Table(
        "Unknown fields",
        "Paths in a source's records that the reader does not know, once a run.",
        {
            "run_id": RUN,
            "source": Column(str, "Source"),
            "path": described(items.UnknownField)["path"],
            "records": Column(int, "Records that have it"),
            "example": described(items.UnknownField)["example"],
        },
        ("run_id", "source", "path"),
        refers=(("run_id", "runs", "id"),),
        own_key=True,
    ),
    "rejects": Table(
        "Rejected records",
        "What could not be read at all: no record, no usable id, or an address that gave nothing to keep.",
        {
            "id": ROW,
            "run_id": RUN,
            "source": Column(str, "Source"),
            "source_id": Column(str, "Id under which it was fetched"),
            "url": Column(str, "Address it was fetched from"),
            "seen_at": Column(str, "When it was fetched (UTC)"),
            "reason": Column(str, "Why it was refused"),
        },
        ("id",),
        refers=(("run_id", "runs", "id"),),
        indexes=(("run_id",),),
        facets=("source", "reason"),
        sort_desc="id",
    ),
}

# Tables that hold a list of a trial as it is: the list's name is the table's.
LISTED = tuple(
    name
    for name, table in TABLES.items()
    if table.own_key and list(table.columns)[:2] == ["trial_id", "position"] and name != "keywords"
)
NEEDED_BY_THE_LINE = {"trial_id", "condition_id", "sponsor_id"}  # to replace what a trial lists
FURTHER_INDEXES = (  # beyond keys and plain columns
    "CREATE UNIQUE INDEX IF NOT EXISTS conditions_by_name ON conditions (name)",
    "CREATE UNIQUE INDEX IF NOT EXISTS sponsors_by_name ON sponsors (name, ifnull(class, ''))",
    # The home page's counts: from the index alone, without the wide rows of the trials.
    "CREATE INDEX IF NOT EXISTS trials_live ON trials (source, status) WHERE removed_at IS NULL",
    # What was merged into a trial, for its history: the few merges among millions of changes.
    "CREATE INDEX IF NOT EXISTS changes_merged ON changes (new) WHERE kind = 'merged'",
)


@dataclass(frozen=True)
class View:
    title: str
    description: str
    sql: str
    columns: dict[str, str] = field(default_factory=dict)  # descriptions, of those that are not a table's own


VIEWS: dict[str, View] = {
    "condition_counts": View(
        "Trials by condition",
        "How many live trials name each condition, and how many of them recruit.",
        """
        SELECT conditions.id AS condition_id, conditions.name AS condition, count(*) AS trials,
               sum(trials.status = 'Recruiting') AS recruiting
        FROM conditions
        JOIN trial_conditions ON trial_conditions.condition_id = conditions.id
        JOIN trials ON trials.id = trial_conditions.trial_id AND trials.removed_at IS NULL
        GROUP BY conditions.id ORDER BY trials DESC, condition
        """,
    ),
    "sponsor_counts": View(
        "Trials by sponsor",
        "How many live trials each organisation leads or supports, and how many of them recruit.",
        """
        SELECT sponsors.id AS sponsor_id, sponsors.name AS sponsor, sponsors.class, trial_sponsors.role,
               count(*) AS trials, sum(trials.status = 'Recruiting') AS recruiting
        FROM sponsors
        JOIN trial_sponsors ON trial_sponsors.sponsor_id = sponsors.id
        JOIN trials ON trials.id = trial_sponsors.trial_id AND trials.removed_at IS NULL
        GROUP BY sponsors.id, trial_sponsors.role ORDER BY trials DESC, sponsor
        """,
    ),
    "criteria_of_trials": View(
        "Criteria with their trial",
        "Every eligibility criterion beside the title, status and phase of its trial.",
        """
        SELECT criteria.trial_id, trials.title, trials.status, trials.phase, criteria.kind, criteria.position,
               criteria.level, criteria.heading, criteria.text
        FROM criteria JOIN trials ON trials.id = criteria.trial_id WHERE trials.removed_at IS NULL
        """,
    ),
    "listings_that_disagree": View(
        "Listings that contradict the register",
        "Recruitment listings that give another status, phase, sex, age or sponsor than the register's record, with "
        "how much else differs. Look both up at their sources before relying on either.",
        """
        SELECT differing.listing_id, differing.trial_id, trial.title,
               group_concat(DISTINCT CASE WHEN differing.kind IN ('differs', 'collaborator')
                                          AND differing.field <> 'title' THEN differing.field END) AS contradicted,
               listing.status AS listing_status, trial.status AS register_status,
               max(differing.staleness_days) AS staleness_days, count(*) AS differences,
               sum(differing.field = 'criteria') AS differing_criteria, listing.url AS listing_url
        FROM portal_differences AS differing
        JOIN trials AS listing ON listing.id = differing.listing_id
        JOIN trials AS trial ON trial.id = differing.trial_id
        GROUP BY differing.listing_id, differing.trial_id
        HAVING contradicted IS NOT NULL
        ORDER BY differences DESC, differing.listing_id
        """,
        {
            "contradicted": "Fields of which the two say different things",
            "listing_status": "Status that the listing gives",
            "register_status": "Status at the register",
            "staleness_days": "Days by which the listing is older than the record, at least",
            "differences": "All differences, those of lists and criteria included",
            "differing_criteria": "Criteria that one side lacks or words otherwise",
            "listing_url": "Page of the listing",
        },
    ),
    "stale_listings": View(
        "Listings behind the register",
        "Recruitment listings last updated before the register's record, the most outdated first.",
        """
        SELECT differing.listing_id, differing.trial_id, trial.title, differing.staleness_days,
               differing.portal_value AS listing_updated, differing.register_value AS register_updated,
               listing.status AS listing_status, trial.status AS register_status, listing.url AS listing_url
        FROM portal_differences AS differing
        JOIN trials AS listing ON listing.id = differing.listing_id
        JOIN trials AS trial ON trial.id = differing.trial_id
        WHERE differing.field = 'last_updated'
        ORDER BY differing.staleness_days DESC, differing.listing_id
        """,
        {
            "staleness_days": "Days by which the listing is older than the record, at least",
            "listing_updated": "Date that the listing gives",
            "register_updated": "Date at the register",
            "listing_status": "Status that the listing gives",
            "register_status": "Status at the register",
            "listing_url": "Page of the listing",
        },
    ),
    "nights": View(
        "Nights",
        "What the runs of each day did at each source, the latest day first.",
        """
        SELECT substr(started_at, 1, 10) AS day, source, count(*) AS runs,
               group_concat(DISTINCT outcome) AS outcomes, sum(seen) AS seen, sum(new) AS new, sum(changed) AS changed,
               sum(removed) AS removed, sum(rejected) AS rejected, sum(problems) AS problems,
               sum(requests) AS requests, round(sum(seconds), 1) AS seconds, max(id) AS last_run
        FROM runs GROUP BY day, source ORDER BY day DESC, source
        """,
        {
            "day": "Day on which the runs began (UTC)",
            "runs": "Number of runs",
            "outcomes": "How they ended; anything but finished deserves a look",
            "last_run": "The last run of the day",
        },
    ),
    "fill_over_time": View(
        "Fill over time",
        "The share of live trials with a value in each field, run after run, and what it gained or lost since the run "
        "before. A field that falls is what a source, or our reading of it, no longer gives.",
        """
        SELECT field_fill.source, field_fill.field, field_fill.run_id, runs.started_at AS at, filled, total,
               round(100.0 * filled / total, 1) AS percent,
               round(100.0 * filled / total - lag(100.0 * filled / total) OVER earlier, 1) AS points
        FROM field_fill JOIN runs ON runs.id = field_fill.run_id
        WINDOW earlier AS (PARTITION BY field_fill.source, field ORDER BY field_fill.run_id)
        ORDER BY field_fill.run_id DESC, points, field_fill.source, field
        """,
        {
            "at": "Start of the run (UTC)",
            "percent": "Live trials with a value, of a hundred",
            "points": "Percentage points gained since the source's run before; negative: lost",
        },
    ),
    "source_health": View(
        "Health of the sources",
        "How each source did on the last day that it was asked, and what looks ill: a refusal, an unfinished crawl, "
        "refused records, or a field that lost values since the best of the last ten runs.",
        """
        WITH last_day AS (SELECT source, max(day) AS day FROM nights GROUP BY source),
        fills AS (
            SELECT source, field, run_id, filled, total, 100.0 * filled / total AS percent,
                   dense_rank() OVER (PARTITION BY source ORDER BY run_id DESC) AS age
            FROM field_fill),
        falls AS (
            SELECT now.source, now.field, now.total, max(before.percent) - now.percent AS points,
                   row_number() OVER (PARTITION BY now.source ORDER BY max(before.percent) - now.percent DESC) AS place
            FROM fills AS now LEFT JOIN fills AS before
                 ON before.source = now.source AND before.field = now.field AND before.age BETWEEN 2 AND 11
            WHERE now.age = 1 GROUP BY now.source, now.field)
        SELECT nights.source,
               CASE WHEN nights.outcomes LIKE '%blocked%' THEN 'ill: it refused us'
                    WHEN nights.outcomes LIKE '%failed%' THEN 'ill: not read to its end'
                    WHEN nights.rejected > max(5, 0.01 * nights.seen) THEN 'ill: records refused'
                    WHEN falls.points > 5 AND falls.points * falls.total > 500
                         THEN 'ill: ' || falls.field || ' lost ' || round(falls.points, 1) || ' points'
                    WHEN nights.outcomes LIKE '%stopped%' THEN 'unfinished: its budget was spent'
                    WHEN nights.outcomes NOT LIKE '%finished%' THEN 'unfinished: interrupted'
                    ELSE 'well' END AS health,
               nights.day, nights.outcomes,
               (SELECT max(ended_at) FROM runs WHERE runs.source = nights.source AND outcome = 'finished')
                   AS last_finished,
               falls.total AS live, nights.seen, nights.new, nights.changed, nights.removed, nights.rejected,
               nights.problems, nights.requests, nights.seconds, nights.last_run
        FROM nights JOIN last_day USING (source, day)
        LEFT JOIN falls ON falls.source = nights.source AND falls.place = 1
        WHERE nights.source <> 'unknown' AND nights.source NOT LIKE '%,%'  -- files of no source, or of several
        ORDER BY health NOT LIKE 'ill%', nights.source
        """,
        {
            "health": "well, unfinished or ill, and why; the gravest reason only",
            "day": "The last day on which it was asked (UTC)",
            "outcomes": "How the runs of that day ended",
            "last_finished": "When a run of it last came to its end (UTC)",
            "live": "Live trials after the last run",
        },
    ),
    "problem_counts": View(
        "Problems by field",
        "Which values of which field are not understood or not believed, in how many live trials, with an example.",
        """
        SELECT trials.source, problems.field, problems.reason, count(DISTINCT trial_id) AS trials,
               min(problems.value) AS example, min(trial_id) AS example_trial, max(problems.run_id) AS last_run
        FROM problems JOIN trials ON trials.id = problems.trial_id AND trials.removed_at IS NULL
        GROUP BY trials.source, problems.field, problems.reason ORDER BY trials DESC, field, reason
        """,
        {
            "trials": "Live trials that have it",
            "example": "One of the values",
            "example_trial": "A trial that has it",
            "last_run": "The last run that read such a trial",
        },
    ),
}


@dataclass(frozen=True)
class Query:
    """A question that stands among the file's pages; `:name` in its SQL becomes a box."""

    title: str
    description: str
    sql: str


QUERIES: dict[str, Query] = {
    "last_night": Query(
        "What the last night did",
        "Every run of the last day on which there was one.",
        "SELECT * FROM runs WHERE substr(started_at, 1, 10) = (SELECT max(day) FROM nights) ORDER BY id",
    ),
    "changed_last_night": Query(
        "What changed in the last night",
        "Trials that are new, changed, gone or back since the last day on which there was a run, field by field.",
        """SELECT changes.trial_id, trials.title, changes.kind, changes.field, changes.old, changes.new
FROM changes JOIN trials ON trials.id = changes.trial_id
WHERE changes.run_id IN (SELECT id FROM runs WHERE substr(started_at, 1, 10) = (SELECT max(day) FROM nights))
ORDER BY changes.id""",
    ),
    "ill_sources": Query(
        "Which source is ill",
        "Sources that did not do well on the last day that they were asked. Nothing to see is good news.",
        "SELECT * FROM source_health WHERE health <> 'well'",
    ),
    "falling_fields": Query(
        "Fields that lost values",
        "Where the share of trials with a value fell by a point or more from one run to the next.",
        "SELECT * FROM fill_over_time WHERE points <= -1 ORDER BY run_id DESC, points",
    ),
    "fill_of_a_field": Query(
        "Fill of one field over time",
        "For example enrollment.",
        "SELECT run_id, at, source, filled, total, percent, points FROM fill_over_time "
        "WHERE field = :field ORDER BY source, run_id DESC",
    ),
}


# --- making and opening ---------------------------------------------------------------------------------------------


def create_sql(name: str, table: Table) -> str:
    """The CREATE TABLE statement of a table. What it refers to need not stand in the same file yet."""
    db = Database(memory=True)
    for _, other, key in table.refers:  # sqlite-utils wants to see the keys
        db.table(other).create({key: int}, if_not_exists=True)
    sql = db.create_table_sql(
        name,
        {column: column_.type for column, column_ in table.columns.items()},
        pk=table.key if len(table.key) > 1 else table.key[0],
        foreign_keys=[ForeignKey(name, column, other, key) for column, other, key in table.refers],
    )
    return sql.rstrip("; \n") + (" WITHOUT ROWID" if table.own_key else "")


def create(db: Database) -> None:
    """Makes every table, index and view of an empty database; search comes with `ensure_search`."""
    db.execute("CREATE TABLE _follow (last_sighting INTEGER NOT NULL)")
    db.execute("INSERT INTO _follow VALUES (0)")
    for name in ("runs", *(name for name in TABLES if name != "runs")):  # what is referred to comes first
        db.execute(create_sql(name, TABLES[name]))
    ensure_views(db)
    ensure_indexes(db)


def ensure_views(db: Database) -> None:
    """Makes the views of a file say what they say here: they hold nothing, so that an older file gets them as well."""
    there = dict(db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'view'").fetchall())
    for name, view in VIEWS.items():
        sql = f"CREATE VIEW {name} AS {view.sql}"
        if there.get(name) != sql:
            db.execute(f"DROP VIEW IF EXISTS {name}")
            db.execute(sql)


def open_database(path: Path, version: int, make: Callable[[Database], object]) -> Database:
    """A database for writing: made if empty, WAL. Raises NewerFile when its user_version is above `version`."""
    db = Database(sqlite3.connect(path, timeout=30))
    found = db.execute("PRAGMA user_version").fetchone()[0]
    if found > version:
        raise NewerFile(f"{path} was written by a newer Trialdex (version {found}, this one knows {version}): upgrade")
    db.execute("PRAGMA journal_mode = WAL")
    if found == 0:
        with db.atomic():
            make(db)
            db.execute(f"PRAGMA user_version = {version}")
    return db


def open_trials(path: Path) -> Database:
    """`trials.db` for writing, made where there is none."""
    db = open_database(path, SCHEMA_VERSION, create)
    ensure_views(db)
    db.execute("PRAGMA synchronous = NORMAL")  # what a power cut takes back is read from the archive again
    db.execute("PRAGMA cache_size = -65536")
    db.execute("PRAGMA wal_autocheckpoint = 16384")  # pages: more than a batch writes; each checkpoint writes it again
    return db


def file_of(db: Database) -> Path:
    """The file that a connection was opened on."""
    return Path(db.execute("PRAGMA database_list").fetchone()[2])


# --- indexes --------------------------------------------------------------------------------------------------------


def plain_indexes() -> dict[str, str]:
    """name -> CREATE statement of every index on plain columns."""
    return {
        f"{name}_by_{'_'.join(columns)}": f"ON {name} ({', '.join(columns)})"
        for name, table in TABLES.items()
        for columns in table.indexes
    }


def drop_indexes(db: Database) -> None:
    """Takes away, for a first fill, the indexes that no step of the line needs; `ensure_indexes` brings them back."""
    for name, table in TABLES.items():
        for columns in table.indexes:
            if columns[0] not in NEEDED_BY_THE_LINE:
                db.execute(f"DROP INDEX IF EXISTS {name}_by_{'_'.join(columns)}")


def ensure_indexes(db: Database) -> None:
    """Makes every index that is missing, after a kill too."""
    for sql in FURTHER_INDEXES:
        db.execute(sql)
    for name, on in plain_indexes().items():
        db.execute(f"CREATE INDEX IF NOT EXISTS {name} {on}")


# --- full-text search (how: full_text.py) ---------------------------------------------------------------------------

SEARCHED = {name: table.search for name, table in TABLES.items() if table.search}
SEARCHED_BUT_NOT_WHEN_SLIM = "criteria"  # in a published file; trials.db has search over it all the same


def trial_fields(table: str | None = None) -> tuple[str, ...]:
    """The single values of a Trial that are columns of `trials`, or of another table, in order."""
    return tuple(described(items.Trial, table))
