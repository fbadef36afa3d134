"""Recruitment-portal listings for the studies of a world: what a portal says of a study, and where it differs.

A portal's copy may be older than the register, spell sponsors its own way, or contradict the register on purpose:
`contradictions` tells in what, so that tests know what to expect.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from replica.contradictions import DIFFERENCES, STATUSES, Contradiction, contradictions
from replica.plan import nct_id
from replica.world import World

FIRST_NUMBER = 331_007
STEP = 13  # listing numbers have gaps
MARKUPS = ("definitions", "table", "headings")
PORTAL_STATUSES = {**STATUSES, "UNKNOWN": "Unknown"}
SHOWN = {"Recruiting": "Active - Recruiting"}  # a portal's own word, where it contradicts the register
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
EXCLUSION = re.compile(r"^[*\s]*(?:key |main )?exclusion[^\n]*$", re.IGNORECASE | re.MULTILINE)
HEADING = re.compile(r"^[*\s]*(?:key |main )?inclusion[^\n]*$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Listing:
    """Where a listing stands and which study it is about."""

    number: int
    index: int
    markup: str
    difference: str


class Facts(NamedTuple):
    """What a listing says. Empty text: the label stands there without a value; None: not said at all."""

    title: str
    summary: str
    description: str
    inclusion: str
    exclusion: str
    pairs: tuple[tuple[str, str], ...]  # label and value, in the order of the page
    updated: date
    needed: str
    days_left: str
    sponsor: str


def listings(world: World, count: int) -> Iterator[Listing]:
    """The portal's listings, spread over the world; those of vanished studies are gone."""
    stride = max(1, world.size // max(1, count))
    for place in range(min(count, world.size)):
        index = place * stride
        if not world.is_vanished(index):
            yield Listing(FIRST_NUMBER + place * STEP, index, MARKUPS[place % 3], DIFFERENCES[place % len(DIFFERENCES)])


def facts(world: World, listing: Listing) -> Facts:
    """What the listing says today."""
    protocol = world.study(listing.index)["protocolSection"]
    inclusion, exclusion = split_criteria(protocol.get("eligibilityModule", {}).get("eligibilityCriteria", ""))
    told = differing(world, listing)
    otherwise = {(one.field, one.kind): one for one in told}
    if ("criteria", "added") in otherwise:
        lines = inclusion.split("\n")
        lines.remove(otherwise["criteria", "missing"].register or "")
        reworded = otherwise["criteria", "reworded"]
        lines[lines.index(reworded.register or "")] = reworded.portal or ""
        inclusion = "\n".join([*lines, otherwise["criteria", "added"].portal or ""])
    other = {one.field: one.portal for one in told if one.portal}
    sponsor = protocol["sponsorCollaboratorsModule"]["leadSponsor"]["name"]
    sponsor = other.get("lead_sponsor") or (respelled(sponsor) if listing.difference == "spelling" else sponsor)
    day = updated(world, listing, protocol)
    description = protocol.get("descriptionModule", {})
    even = listing.number % 2 == 0
    return Facts(
        title=other.get("title") or protocol["identificationModule"]["briefTitle"],
        summary=ESCAPE.sub(r"\1", description.get("briefSummary", "")),
        description=ESCAPE.sub(r"\1", description.get("detailedDescription", "")),
        inclusion=inclusion,
        exclusion=exclusion,
        pairs=tuple(pairs(listing, protocol, sponsor, day, other)),
        updated=day,
        needed=str(listing.index % 300 + 12) if even else "",
        days_left=str(listing.index % 700) if listing.number % 3 == 0 else "",
        sponsor=sponsor,
    )


def differing(world: World, listing: Listing) -> tuple[Contradiction, ...]:
    """In what the listing contradicts the register today, by its date apart: that is the older one where `difference`
    says so."""
    protocol = world.study(listing.index)["protocolSection"]
    inclusion, _ = split_criteria(protocol.get("eligibilityModule", {}).get("eligibilityCriteria", ""))
    return contradictions(listing.difference, says_status(listing), protocol, inclusion.split("\n"))


def says_status(listing: Listing) -> bool:
    """A third of the pages say no status at all."""
    return bool(listing.number % 3)


def pairs(
    listing: Listing, protocol: dict[str, Any], sponsor: str, day: date, other: dict[str, str]
) -> Iterator[tuple[str, str]]:
    """The labelled facts; `other` are values that are not the register's."""
    named = (
        [other["conditions"]] if "conditions" in other else protocol.get("conditionsModule", {}).get("conditions", [])
    )
    yield "Condition", ", ".join(named)
    names = [item["name"] for item in protocol.get("armsInterventionsModule", {}).get("interventions", [])]
    if names:
        yield "Treatment", ", ".join(names)
    yield "Clinical Study Identifier", nct_id(listing.index)
    yield "Sponsor", sponsor
    if says_status(listing):
        status = PORTAL_STATUSES.get(protocol["statusModule"]["overallStatus"], "Open")
        yield "Status", SHOWN.get(other["status"], other["status"]) if "status" in other else status
    if "phase" in other:
        yield "Phase", other["phase"]
    if "min_age" in other:
        yield "Ages", f"{other['min_age']} and older"
    yield "Last Modified on", long_date(day)


def updated(world: World, listing: Listing, protocol: dict[str, Any]) -> date:
    """The portal's date: that of the last change it has seen, or an older one."""
    edited = world.edited_on(listing.index)
    if edited:
        return edited
    posted = date.fromisoformat(protocol["statusModule"]["lastUpdatePostDateStruct"]["date"])
    return posted - timedelta(days=30 + listing.index % 300) if listing.difference == "older" else posted


def long_date(day: date) -> str:
    """`3 March 2022`."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def respelled(name: str) -> str:
    """The same organisation, written otherwise."""
    shorter = re.sub(r",? (?:Inc\.|Co\., Ltd\.?|GmbH|A/S|AS|AB|S\.L\.)$", "", name)
    return shorter if shorter != name else name.upper() if len(name) < 24 else f"The {name}"


def split_criteria(text: str) -> tuple[str, str]:
    """Inclusion and exclusion as a portal shows them: plain lines without markers and escapes."""
    lines = [re.sub(r"^\s*(?:[*-]|\d+\.|[a-f]\))\s+", "", line) for line in ESCAPE.sub(r"\1", text).split("\n")]
    plain = "\n".join(line for line in lines if line.strip())
    parts = EXCLUSION.split(plain, maxsplit=1)
    return HEADING.sub("", parts[0]).strip(), parts[1].strip() if len(parts) > 1 else ""


def slug(title: str) -> str:
    """The readable end of a listing's address."""
    return "-".join(re.findall(r"[a-z0-9]+", title.lower()))[:60].strip("-")
