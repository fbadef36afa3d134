"""What a ClinicalTrials.gov study says: read by the declaration in `ctgov_fields.py`, then put into our words."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any
from urllib.parse import quote

import msgspec

from scraper import criteria
from scraper.declared import Record, reader
from scraper.items import (
    PHASES,
    SEXES,
    STATUSES,
    STUDY_TYPES,
    Arm,
    ArmIntervention,
    Document,
    Intervention,
    Location,
    RawRecord,
    Rejected,
    Sponsor,
    Trial,
)
from scraper.parsing import age_in_years
from scraper.spiders.ctgov_fields import STUDY
from scraper.thresholds import all_thresholds

HOME = "https://clinicaltrials.gov"
LARGE_DOCUMENTS = "https://cdn.clinicaltrials.gov/large-docs"
NCT = re.compile(r"NCT[0-9]{8}\Z")

read_by_declaration = reader(STUDY)


def read_study(raw: RawRecord) -> Trial | Rejected:
    """One study as served -> Trial, or Rejected when the body is no study or has no usable id."""
    try:
        study = msgspec.json.decode(raw.body)
    except (ValueError, RecursionError) as error:  # msgspec.DecodeError and UnicodeDecodeError are ValueErrors
        return Rejected(f"not JSON: {error}")
    if type(study) is not dict:
        return Rejected("not a JSON object")
    record = read_by_declaration(study)
    said: dict[str, Any] = record.said
    nct_id = said.pop("id", None)
    if nct_id is None or not NCT.match(nct_id):
        is_what = "missing" if nct_id is None else repr(nct_id[:40])
        return Rejected(f"no usable id: protocolSection.identificationModule.nctId is {is_what}")
    in_our_words(said, record)
    lists: dict[str, Any] = {name: tuple(rows) for name, rows in record.rows.items()}
    lists["documents"] = tuple(_with_address(document, nct_id) for document in lists.get("documents", ()))
    lists["locations"] = tuple(map(_with_our_status, lists.get("locations", ())))
    lists["sponsors"] = _sponsors(lists.get("sponsors", ()), record)
    lists["arm_interventions"] = arm_interventions(lists.get("arms", ()), lists.get("interventions", ()))
    text = said.get("eligibility_text")
    items = criteria.split(text) if text else ()
    return Trial(
        id=nct_id,
        study_id=nct_id,
        source="ctgov",
        source_id=raw.source_id,
        url=f"{HOME}/study/{nct_id}",
        criteria=items,
        thresholds=all_thresholds(items),
        unknown_fields=tuple(record.unknown.values()),
        problems=tuple(record.problems),
        **said,
        **lists,
    )


def in_our_words(said: dict[str, Any], record: Record) -> None:
    """Status, phase, study type and sex in the words of design section 4; ages in years; repeated names once."""
    said["status_text"] = said.get("status")
    for name, words in (
        ("status", STATUSES),
        ("last_known_status", STATUSES),
        ("expanded_access_status", STATUSES),
        ("study_type", STUDY_TYPES),
        ("sex", SEXES),
    ):
        if name in said:
            said[name] = words.get(said[name])  # a code that is not known is a problem already, and has no word
    phases = said.pop("phase", ())
    said["phase"] = PHASES.get(phases)
    if phases and said["phase"] is None:
        record.problem("protocolSection.designModule.phases", list(phases), "not a known phase or pair of phases")
    for name, path in (("min_age", "minimumAge"), ("max_age", "maximumAge")):
        age = said.get(name)
        if age:
            years = said[f"{name}_years"] = age_in_years(age)
            if years is None:
                record.problem(f"protocolSection.eligibilityModule.{path}", age, "not an age")
    for name in ("conditions", "keywords"):
        if name in said:
            said[name] = tuple(dict.fromkeys(said[name]))


def arm_interventions(arms: tuple[Arm, ...], interventions: tuple[Intervention, ...]) -> tuple[ArmIntervention, ...]:
    """Which arm receives what, from both sides: an arm names "Drug: X", an intervention names its arms' labels."""
    called: dict[tuple[str | None, str], set[int]] = defaultdict(set)  # a device may be called what a drug is called
    labelled: dict[str | None, set[int]] = defaultdict(set)
    for number, intervention in enumerate(interventions):
        kind = intervention.type.replace("_", " ").title() if intervention.type else None
        if intervention.name:
            called[kind, intervention.name].add(number)
        for label in intervention.arm_labels:
            labelled[label].add(number)
    found = []
    for at, arm in enumerate(arms):
        received = set(labelled.get(arm.label, ()))
        for said in arm.intervention_names:
            kind, _, name = said.partition(": ")
            received |= called.get((kind, name), set()) | called.get((None, name), set())
        found += [ArmIntervention(at, number) for number in sorted(received)]
    return tuple(found)


def _sponsors(sponsors: tuple[Sponsor, ...], record: Record) -> tuple[Sponsor, ...]:
    named = tuple(dict.fromkeys(sponsor for sponsor in sponsors if sponsor.name))
    for sponsor in sponsors:
        if not sponsor.name:
            said = f"{sponsor.role}, {sponsor.sponsor_class or 'no class'}"
            record.problem("protocolSection.sponsorCollaboratorsModule", said, "a sponsor without a name")
    return named


def _with_address(document: Document, nct_id: str) -> Document:
    """The register serves documents under the last two digits of the number (seen in its own pages)."""
    if not document.filename:
        return document
    return document._replace(url=f"{LARGE_DOCUMENTS}/{nct_id[-2:]}/{nct_id}/{quote(document.filename)}")


def _with_our_status(location: Location) -> Location:
    return location._replace(status=STATUSES.get(location.status)) if location.status else location
