"""Ready questions: SQL with parameters and help, which Datasette shows as pages with a form.

A parameter that is left blank takes an example, which the help names, so that every page shows rows when it is opened.
What should be a number and is none finds nothing: a guess would be worse. Lists are cut at 200 rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Ready:
    """One page. `parameters`: name -> its help; `{name}` in the SQL stands for the value given, or the example."""

    title: str
    description: str
    parameters: Mapping[str, Parameter]
    template: str

    @property
    def sql(self) -> str:
        """The SQL as Datasette runs it."""
        given = {name: parameter.sql(name) for name, parameter in self.parameters.items()}
        return "\n".join(
            line.removeprefix("        ") for line in self.template.strip("\n").rstrip().split("\n")
        ).format(**given)


@dataclass(frozen=True)
class Parameter:
    """`example` is taken where nothing is given. `kind`: text as it is, a number, or words for full-text search."""

    help: str
    example: str
    kind: str = "text"

    def sql(self, name: str) -> str:
        """The expression that stands for the value."""
        if self.kind == "number":
            given = f"trim(:{name})"
            return (
                f"CAST(CASE {given} WHEN '' THEN '{self.example}' ELSE CASE WHEN {given} NOT GLOB '*[^0-9.]*' "
                f"THEN {given} END END AS REAL)"
            )
        given = f"coalesce(nullif(trim(:{name}), ''), '{self.example}')"
        if self.kind == "text":
            return given
        # printf ends a text at a NUL, where full-text search would see a string that does not end.
        return f"""('"' || replace(printf('%s', {given}), '"', ' ') || '"')"""


CONDITION = Parameter(
    "Words next to each other, in the title, the conditions, or the MeSH headings of them and above them",
    "cancer",
    "phrase",
)
NAMED = """trials.rowid IN (
            SELECT rowid FROM search_fts
            WHERE search_fts MATCH '{{condition condition_mesh condition_broader title}} : ' || {condition})"""
OPEN = "trials.status IN ('Recruiting', 'Not yet recruiting', 'Enrolling by invitation', 'Available')"

READY: dict[str, Ready] = {
    "recruiting_in_country": Ready(
        "Recruiting trials for a condition in a country",
        "Trials that recruit and have a site in the country, the latest updated first.",
        {"condition": CONDITION, "country": Parameter("Country, in the register's words", "United States", "phrase")},
        """
        SELECT trials.id AS trial_id, trials.title, trials.status, trials.phase, trials.conditions, trials.enrollment,
               trials.last_updated
        FROM trials
        WHERE trials.rowid IN (
            SELECT rowid FROM search_fts
            WHERE search_fts MATCH '({{condition condition_mesh condition_broader title}} : ' || {condition}
                                   || ') AND (place : ' || {country} || ')')
          AND trials.status = 'Recruiting' AND trials.removed_at IS NULL
          AND EXISTS (SELECT 1 FROM locations WHERE locations.trial_id = trials.id
                      AND '"' || lower(locations.country) || '"' = lower({country}))
        ORDER BY trials.last_updated DESC LIMIT 200""",
    ),
    "who_could_enter": Ready(
        "Open trials that a person of an age and a sex could enter",
        "By the ages and the sex in the record alone: the criteria may ask for more. Not medical advice.",
        {
            "condition": CONDITION,
            "age": Parameter("Age in years", "50", "number"),
            "sex": Parameter("Female or Male", "Female"),
        },
        f"""
        SELECT trials.id AS trial_id, trials.title, trials.status, trials.phase,
               trials.conditions, trials.sex, trials.min_age,
               trials.max_age, trials.last_updated
        FROM trials
        WHERE {NAMED}
          AND {OPEN} AND trials.removed_at IS NULL
          AND coalesce(trials.min_age_years, 0) <= {{age}} AND {{age}} < coalesce(trials.max_age_years, 200) + 1
          AND (trials.sex = 'All' OR lower(trials.sex) = lower({{sex}}))
        ORDER BY trials.last_updated DESC LIMIT 200""",
    ),
    "accepts_value": Ready(
        "Open trials whose limits allow a value",
        "A trial allows a value when every inclusion limit holds it and no exclusion limit does. Trials that set no "
        "limit on it are not listed, nor are limits that hold for some participants only.",
        {
            "variable": Parameter("egfr, hba1c, hemoglobin, bmi, platelets ... (see thresholds)", "egfr"),
            "value": Parameter("A number, in the unit below", "30", "number"),
            "unit": Parameter("The unit, as thresholds.canonical_unit has it", "mL/min/1.73m2"),
        },
        f"""
        WITH limits AS (
          SELECT trial_id, kind, text,
                 (canonical_lower IS NULL OR canonical_lower < {{value}}
                  OR (canonical_lower = {{value}} AND lower_inclusive))
                 AND (canonical_upper IS NULL OR canonical_upper > {{value}}
                      OR (canonical_upper = {{value}} AND upper_inclusive)) AS holds_it
          FROM thresholds
          WHERE variable = lower({{variable}}) AND canonical_unit = {{unit}} AND condition IS NULL
            AND trial_id IN (SELECT trials.id FROM trials WHERE {OPEN} AND removed_at IS NULL)
        ), allowing AS (
          SELECT trial_id, group_concat(kind || ': ' || text, '; ') AS limits FROM limits
          GROUP BY trial_id HAVING sum(holds_it = (kind = 'exclusion')) = 0 AND count(*) = count(holds_it)
        )
        SELECT trials.id AS trial_id, trials.title, trials.status, trials.conditions,
               allowing.limits, trials.last_updated
        FROM allowing JOIN trials ON trials.id = allowing.trial_id
        ORDER BY trials.last_updated DESC LIMIT 200""",
    ),
    "with_results": Ready(
        "Trials with results on a condition",
        "The register's record holds results: participant flow, outcomes, adverse events.",
        {"condition": CONDITION},
        f"""
        SELECT trials.id AS trial_id, trials.title, trials.status, trials.phase,
               trials.conditions, trials.interventions,
               trials.enrollment, trials.results_first_posted
        FROM trials
        WHERE {NAMED}
          AND trials.has_results AND trials.removed_at IS NULL
        ORDER BY trials.results_first_posted DESC LIMIT 200""",
    ),
    "results_overdue": Ready(
        "Completed trials without results after a year",
        "Interventional trials of phase 2 to 4 whose primary completion is more than a year past. Not every trial has "
        "to post results.",
        {"condition": CONDITION},
        f"""
        SELECT trials.id AS trial_id, trials.title, trials.phase, trials.lead_sponsor, trials.primary_completion_date,
               trials.enrollment
        FROM trials
        WHERE {NAMED}
          AND trials.status IN ('Completed', 'Terminated') AND NOT trials.has_results AND trials.removed_at IS NULL
          AND trials.phase IN ('Phase 2', 'Phase 2/Phase 3', 'Phase 3', 'Phase 4')
          AND trials.primary_completion_date < date('now', '-1 year')
        ORDER BY trials.primary_completion_date DESC LIMIT 200""",
    ),
    "sponsor_portfolio": Ready(
        "What a sponsor runs",
        "Trials that an organisation leads or supports, those that go on first.",
        {"sponsor": Parameter("A part of the organisation's name", "University")},
        f"""
        SELECT sponsors.name AS sponsor, trial_sponsors.role, trials.id AS trial_id, trials.title, trials.status,
               trials.phase, trials.conditions, trials.start_date
        FROM sponsors
        JOIN trial_sponsors ON trial_sponsors.sponsor_id = sponsors.id
        JOIN trials ON trials.id = trial_sponsors.trial_id
        WHERE sponsors.id IN (SELECT id FROM sponsors WHERE instr(lower(name), lower({{sponsor}})) LIMIT 50)
          AND trials.removed_at IS NULL
        ORDER BY {OPEN} DESC, trials.start_date DESC LIMIT 200""",
    ),
    "changed_lately": Ready(
        "What changed in the last days",
        "One row for each field that says something else, with the words before and after.",
        {"days": Parameter("Days back", "7", "number")},
        """
        SELECT changes.seen_at, changes.kind, changes.trial_id, trials.title, changes.field, changes.old, changes.new
        FROM changes LEFT JOIN trials ON trials.id = changes.trial_id
        WHERE changes.seen_at >= strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-' || {days} || ' days')
        ORDER BY changes.seen_at DESC, changes.id DESC LIMIT 200""",
    ),
    "stopped_and_why": Ready(
        "Trials that stopped, and why",
        "Terminated, suspended and withdrawn trials with the sponsor's own sentence.",
        {"condition": CONDITION},
        f"""
        SELECT trials.id AS trial_id, trials.title, trials.status, trials.why_stopped, trials.phase, trials.enrollment,
               trials.last_updated
        FROM trials
        WHERE {NAMED}
          AND trials.status IN ('Terminated', 'Suspended', 'Withdrawn') AND trials.removed_at IS NULL
        ORDER BY trials.last_updated DESC LIMIT 200""",
    ),
    "criteria_that_say": Ready(
        "Criteria that say something",
        "Single criteria by their words, the best matches first, with their trials.",
        {
            "words": Parameter("Words next to each other", "hepatitis B", "phrase"),
            "kind": Parameter("inclusion or exclusion", "exclusion"),
        },
        """
        SELECT criteria.trial_id, trials.title, trials.status, criteria.heading, criteria.text
        FROM criteria_fts
        JOIN criteria ON criteria.id = criteria_fts.rowid
        JOIN trials ON trials.id = criteria.trial_id
        WHERE criteria_fts MATCH {words} AND criteria.kind = lower({kind}) AND trials.removed_at IS NULL
        LIMIT 200""",
    ),
    "drug_by_any_name": Ready(
        "Trials of a drug, under any of its names",
        "Looks in the names and the other names of the interventions, and in titles.",
        {"drug": Parameter("A name, a brand or a code", "adalimumab", "phrase")},
        """
        SELECT trials.id AS trial_id, trials.title, trials.status, trials.phase,
               trials.conditions, trials.interventions,
               trials.last_updated
        FROM trials
        WHERE trials.rowid IN (
            SELECT rowid FROM search_fts WHERE search_fts MATCH '{{intervention other_name title}} : ' || {drug})
          AND trials.removed_at IS NULL
        ORDER BY trials.last_updated DESC LIMIT 200""",
    ),
    "measured_by": Ready(
        "What trials of a condition measure",
        "Primary outcomes whose name has the words, with their time frame.",
        {"condition": CONDITION, "measure": Parameter("A part of the outcome's name", "survival")},
        f"""
        SELECT trials.id AS trial_id, trials.title, outcomes.measure, outcomes.time_frame, trials.phase, trials.status
        FROM trials
        JOIN outcomes ON outcomes.trial_id = trials.id AND outcomes.kind = 'primary'
        WHERE {NAMED}
          AND trials.removed_at IS NULL AND instr(lower(outcomes.measure), lower({{measure}}))
        LIMIT 200""",
    ),
    "sites_in_city": Ready(
        "Sites in a city that recruit",
        "Sites of recruiting trials; a site's own status, where it gives one, has to say so, too.",
        {"city": Parameter("City, as the register writes it", "London")},
        """
        SELECT locations.city, locations.country, locations.facility, trials.id AS trial_id, trials.title,
               trials.conditions, trials.phase
        FROM locations
        JOIN trials ON trials.id = locations.trial_id
        WHERE locations.city = {city} AND trials.status = 'Recruiting' AND trials.removed_at IS NULL
          AND coalesce(locations.status, 'Recruiting') = 'Recruiting'
        LIMIT 200""",
    ),
    "history_of_a_trial": Ready(
        "What changed in one trial",
        "Everything that Trialdex has seen change since it first read the record.",
        {"id": Parameter("Number of the trial", "")},
        """
        SELECT changes.seen_at, changes.kind, changes.trial_id, changes.field, changes.old, changes.new
        FROM changes
        WHERE changes.trial_id = coalesce(nullif(trim(:id), ''),
                                          (SELECT trial_id FROM changes ORDER BY id DESC LIMIT 1))
        ORDER BY changes.id DESC LIMIT 200""",
    ),
    "same_trial_elsewhere": Ready(
        "Listings that differ from the register",
        "Recruitment pages that name a register's number and give another status, and what else they contradict.",
        {},
        """
        SELECT listing_id, listing_url, trial_id, title, listing_status, register_status, contradicted, staleness_days
        FROM listings_that_disagree WHERE listing_status <> register_status
        ORDER BY listing_id LIMIT 200""",
    ),
    "starting_soon": Ready(
        "Trials that are about to start",
        "Not yet recruiting, with a start within some days from the newest update in this copy.",
        {"days": Parameter("Days ahead", "180", "number")},
        """
        SELECT trials.id AS trial_id, trials.title, trials.start_date, trials.phase,
               trials.conditions, trials.lead_sponsor,
               trials.enrollment
        FROM trials
        WHERE trials.status = 'Not yet recruiting' AND trials.removed_at IS NULL
          AND trials.start_date >= (SELECT substr(max(last_updated), 1, 7) FROM trials)
          AND trials.start_date <= (SELECT date(max(last_updated), '+' || {days} || ' days') FROM trials)
        ORDER BY trials.start_date LIMIT 200""",
    ),
}
