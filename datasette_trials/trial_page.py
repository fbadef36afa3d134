"""The page of one trial, from any source: rows -> what the page says, then the route that shows it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from datasette.utils import tilde_decode
from datasette.utils.asgi import NotFound, Request, Response
from markupsafe import Markup

from datasette_trials import wording
from datasette_trials.cells import is_web_address
from datasette_trials.criteria import Kind, kinds
from datasette_trials.listings import Elsewhere
from datasette_trials.origins import Origin, Origins
from datasette_trials.prose import prose
from datasette_trials.reading import AT_MOST, Row, Told, known_as, told
from datasette_trials.results import Grid, grids
from datasette_trials.site import Site
from pipelines.reasons import facts as facts_of_stored
from pipelines.reasons import reasons as reasons_of
from pipelines.reasons import sentences

FEW_SITES = 12  # more are folded, country by country
EXPLAINED = 5  # neighbours whose reasons are told unasked: each costs more than the rest of the page
OUTCOMES = {"primary": "Primary outcomes", "secondary": "Secondary outcomes", "other": "Other outcomes"}


class Fact(NamedTuple):
    """One line of the facts: `narrow` are the arguments of the list of trials that share it."""

    label: str
    text: str
    origin: Origin
    narrow: dict[str, str] | None = None


class Similar(NamedTuple):
    """A neighbour, how near it is from 0 to 1, and why, in sentences with what differs last."""

    trial: Row
    score: float
    reasons: list[str]
    same_programme: bool


class Day(NamedTuple):
    """What one run found changed."""

    date: str
    changes: list[Row]


class Page(NamedTuple):
    """What the page of a trial says; lists are empty where the source said nothing."""

    trial: Row
    details: Row
    source: str
    facts: list[Fact]
    further: list[Fact]
    summary: Markup
    description: Markup
    criteria: list[Kind]
    limits: int
    arms: list[Row]
    interventions: list[Row]
    outcomes: list[tuple[str, list[Row]]]
    countries: list[tuple[str, list[Row]]]
    results: list[Grid]
    similar: list[Similar]
    elsewhere: list[tuple[Row, Row]]
    listings: Sequence[Elsewhere]
    history: list[Day]
    lists: Mapping[str, list[Row]]
    others: Mapping[str, Row]
    cut: frozenset[str]
    origins: Origins


def page(said: Told, sources: Mapping[str, Any], reasons: Mapping[str, list[str]]) -> Page:
    """What is shown of a trial. `sources` are the titles and field names of the sources, as the metadata has them;
    `reasons` say for each neighbour why it is one."""
    trial, lists, details = said.trial, said.lists, said.one("details")
    source = sources.get(trial["source"], {})
    origins = Origins(trial, source.get("fields", {}), lists["field_sources"], lists["changes"])
    texts = said.one("texts")
    return Page(
        trial=trial,
        details=details,
        source=source.get("title") or host(trial["url"]) or trial["source"],
        facts=facts(trial, lists, origins),
        further=further(details, origins),
        summary=prose(texts.get("brief_summary")),
        description=prose(texts.get("detailed_description")),
        criteria=kinds(lists["criteria"], lists["thresholds"]),
        limits=len(lists["thresholds"]),
        arms=received(lists),
        interventions=[
            {**row, "type": wording.words(row["type"]), "other_names": wording.listed(row["other_names"])}
            for row in lists["interventions"]
        ],
        outcomes=[
            (title, rows)
            for kind, title in OUTCOMES.items()
            if (rows := [row for row in lists["outcomes"] if row["kind"] == kind])
        ],
        countries=by_country(lists["locations"]),
        results=grids(lists),
        similar=neighbours(said, reasons),
        elsewhere=[
            (said.others[row["other_id"]], row)
            for row in lists["links"]
            if row["other_id"] in said.others and row["other_id"] not in {one.id for one in said.listings}
        ],
        listings=said.listings,
        history=days(lists["changes"]),
        lists=lists,
        others=said.others,
        cut=said.cut,
        origins=origins,
    )


def host(url: str | None) -> str | None:
    """The host of an address: what a listing's source is called."""
    return urlsplit(url).hostname if url and is_web_address(url) else None


def facts(trial: Row, lists: Mapping[str, Sequence[Row]], origins: Origins) -> list[Fact]:
    """The main facts, in the order in which a reader asks for them; those that the source does not say are left out."""
    collaborators = ", ".join(row["name"] for row in lists["sponsors"] if row["role"] == "collaborator" and row["name"])
    said: list[tuple[str, str, str | None]] = [
        ("Status", "status", trial["status"] or trial["status_text"]),
        ("Last known status", "last_known_status", trial["last_known_status"]),
        ("Why it stopped", "why_stopped", trial["why_stopped"]),
        ("Phase", "phase", trial["phase"]),
        ("Kind of study", "study_type", trial["study_type"]),
        ("Participants", "enrollment", wording.count(trial["enrollment"], trial["enrollment_type"])),
        ("Ages", "min_age" if trial["min_age"] else "max_age", wording.ages(trial)),
        ("Sex", "sex", trial["sex"]),
        ("Healthy volunteers", "healthy_volunteers", wording.yes_no(trial["healthy_volunteers"])),
        ("Lead sponsor", "lead_sponsor", trial["lead_sponsor"]),
        ("Kind of sponsor", "lead_sponsor_class", wording.words(trial["lead_sponsor_class"])),
        ("Collaborators", "sponsors.name", collaborators or None),
        ("Start", "start_date", wording.date(trial["start_date"], trial["start_date_type"])),
        ("Primary completion", "primary_completion_date",
         wording.date(trial["primary_completion_date"], trial["primary_completion_date_type"])),
        ("Completion", "completion_date", wording.date(trial["completion_date"], trial["completion_date_type"])),
        ("Allocation", "allocation", wording.words(trial["allocation"])),
        ("Model", "intervention_model", wording.words(trial["intervention_model"])),
        ("Masking", "masking", wording.words(trial["masking"])),
        ("Purpose", "primary_purpose", wording.words(trial["primary_purpose"])),
        ("First posted", "first_posted", trial["first_posted"]),
        ("Last updated", "last_updated", trial["last_updated"]),
        ("Results posted", "results_first_posted", trial["results_first_posted"]),
    ]  # fmt: skip
    sharing = {"status", "phase", "study_type", "lead_sponsor"}
    return [
        Fact(label, text, origins.of(name if "." in name else f"trials.{name}"),
             {name: trial[name], "removed_at__isnull": "1"} if name in sharing and trial[name] else None)
        for label, name, text in said if text
    ]  # fmt: skip


FURTHER = {  # columns of trial_details that a reader looks for; the table has the rest
    "organization": "Entered by", "responsible_party": "Responsible", "investigator_name": "Investigator",
    "investigator_affiliation": "Affiliation", "status_verified": "Last verified", "target_duration": "Follow-up",
    "observational_model": "Observational model", "time_perspective": "Time perspective",
    "intervention_model_description": "Arrangement of the arms", "masking_description": "How it is blinded",
    "biospecimen_description": "Samples kept", "study_population": "Study population",
    "sampling_method": "Sampling", "gender_description": "Gender", "has_dmc": "Data monitoring committee",
    "is_fda_regulated_drug": "Drug regulated by the FDA", "is_fda_regulated_device": "Device regulated by the FDA",
    "ipd_sharing": "Participant data shared", "ipd_description": "What is shared", "ipd_time_frame": "When",
    "ipd_access_criteria": "With whom", "limitations": "Limitations of the results",
}  # fmt: skip
CODED = {"responsible_party", "observational_model", "time_perspective", "sampling_method", "ipd_sharing"}


def further(details: Row, origins: Origins) -> list[Fact]:
    """Responsibilities, oversight, design in words, data sharing: where the source says them."""
    said: list[Fact] = []
    for name, label in FURTHER.items():
        value = details.get(name)
        if name in CODED:
            value = wording.words(value)
        elif isinstance(value, int):
            value = wording.yes_no(value)
        if value:
            said.append(Fact(label, value, origins.of(f"trial_details.{name}")))
    return said


def received(lists: Mapping[str, Sequence[Row]]) -> list[Row]:
    """The arms, each with the names of what it receives: as joined, or as the arm itself names them."""
    names = {row["position"]: row["name"] for row in lists["interventions"]}
    arms: list[Row] = []
    for arm in lists["arms"]:
        joined = [row["intervention"] for row in lists["arm_interventions"] if row["arm"] == arm["position"]]
        given = [names[at] for at in joined if names.get(at)] or wording.listed(arm["intervention_names"])
        arms.append({**arm, "type": wording.words(arm["type"]), "given": given})
    return arms


def by_country(locations: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    """The sites country by country, the country with most sites first, each country's in the source's order."""
    named = sorted(locations, key=lambda row: row["country"] or "")
    grouped = [(country, list(rows)) for country, rows in groupby(named, key=lambda row: row["country"] or "")]
    return sorted(((country or "Country not said", rows) for country, rows in grouped), key=lambda pair: -len(pair[1]))


def neighbours(said: Told, reasons: Mapping[str, list[str]]) -> list[Similar]:
    """The similar trials that the file has, the nearest first."""
    return [
        Similar(
            said.others[row["similar_id"]],
            row["score"],
            reasons.get(row["similar_id"], []),
            bool(row["same_programme"]),
        )
        for row in said.lists["similar_trials"]
        if row["similar_id"] in said.others
    ]


def days(changes: Sequence[Row]) -> list[Day]:
    """The changes of a trial by the moment at which they were read, the newest first."""
    grouped = groupby(changes, key=lambda row: (row["run_id"], (row["seen_at"] or "")[:10]))
    return [Day(key[1], list(rows)) for key, rows in grouped]


def reasons_for(db: sqlite3.Connection, said: Told, most: int) -> dict[str, list[str]]:
    """Why each of the nearest neighbours of a trial is one."""
    neighbours = [row["similar_id"] for row in said.lists["similar_trials"][:most]]
    here = facts_of_stored(db, said.trial["id"]) if neighbours else None
    there = [(one, facts_of_stored(db, one)) for one in neighbours]
    return {one: sentences(reasons_of(here, facts)) for one, facts in there if here and facts}


# --- in Datasette ---------------------------------------------------------------------------------------------------


def read(db: sqlite3.Connection, trial_id: str, explained: int) -> tuple[Told, dict[str, list[str]]] | None:
    """Everything that the page of a trial is made from; None for an id that the file does not have."""
    said = told(db, trial_id)
    return (said, reasons_for(db, said, explained)) if said else None


async def trial(request: Request, datasette: Any) -> Response:
    """`/trial/<tilde-encoded id>`. A number that the file has under another id leads there; an unknown one is a 404.
    With `?reasons=all` it explains every similar trial."""
    site: Site = datasette.jinja_env.globals["trialdex"]
    await site.permit(request)
    wanted = tilde_decode(request.url_vars["id"])
    explained = AT_MOST if request.args.get("reasons") == "all" else EXPLAINED
    found = await site.ask(lambda db: read(db, wanted, explained))
    if found is None:
        number = wanted.strip().upper()
        known = (
            [number] if await site.ask(lambda db: told(db, number)) else await site.ask(lambda db: known_as(db, number))
        )
        if len(known) == 1:
            return Response.redirect(site.trial_path(known[0]))
        raise NotFound(f"No trial {wanted} is in this file.")
    said, reasons = found
    shown = page(said, site.sources(), reasons)
    body = await datasette.render_template("trial.html", {"page": shown}, request=request)
    return Response.html(body, headers=site.caching())
