"""Recruitment-portal listings for the studies of a world: what a portal says of a study, and where it differs.

A portal's copy is older than the register, spells sponsors its own way, and has a status of its own. `DIFFERENCES`
tells which of these a listing shows, so that tests know what to expect.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from replica.plan import nct_id
from replica.world import World

FIRST_NUMBER = 331_007
STEP = 13  # listing numbers have gaps
MARKUPS = ("definitions", "table", "headings")
DIFFERENCES = ("status", "sponsor", "older", "none")
PORTAL_STATUSES = {
    "RECRUITING": "Recruiting", "NOT_YET_RECRUITING": "Not yet recruiting", "COMPLETED": "Completed",
    "ACTIVE_NOT_RECRUITING": "Active, not recruiting", "ENROLLING_BY_INVITATION": "Enrolling by invitation",
    "TERMINATED": "Terminated", "WITHDRAWN": "Withdrawn", "SUSPENDED": "Suspended", "UNKNOWN": "Unknown",
}  # fmt: skip
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
            yield Listing(FIRST_NUMBER + place * STEP, index, MARKUPS[place % 3], DIFFERENCES[place % 4])


def facts(world: World, listing: Listing) -> Facts:
    """What the listing says today."""
    study = world.study(listing.index)
    protocol = study["protocolSection"]
    identification = protocol["identificationModule"]
    sponsor = protocol["sponsorCollaboratorsModule"]["leadSponsor"]["name"]
    if listing.difference == "sponsor":
        sponsor = respelled(sponsor)
    inclusion, exclusion = split_criteria(protocol.get("eligibilityModule", {}).get("eligibilityCriteria", ""))
    day = updated(world, listing, protocol)
    description = protocol.get("descriptionModule", {})
    even = listing.number % 2 == 0
    return Facts(
        title=identification["briefTitle"],
        summary=ESCAPE.sub(r"\1", description.get("briefSummary", "")),
        description=ESCAPE.sub(r"\1", description.get("detailedDescription", "")),
        inclusion=inclusion,
        exclusion=exclusion,
        pairs=tuple(pairs(listing, protocol, sponsor, day)),
        updated=day,
        needed=str(listing.index % 300 + 12) if even else "",
        days_left=str(listing.index % 700) if listing.number % 3 == 0 else "",
        sponsor=sponsor,
    )


def pairs(listing: Listing, protocol: dict[str, Any], sponsor: str, day: date) -> Iterator[tuple[str, str]]:
    yield "Condition", ", ".join(protocol.get("conditionsModule", {}).get("conditions", []))
    names = [item["name"] for item in protocol.get("armsInterventionsModule", {}).get("interventions", [])]
    if names:
        yield "Treatment", ", ".join(names)
    yield "Clinical Study Identifier", nct_id(listing.index)
    yield "Sponsor", sponsor
    if listing.number % 3:  # a third of the pages say no status at all
        status = PORTAL_STATUSES.get(protocol["statusModule"]["overallStatus"], "Open")
        differing = "Active - Recruiting" if status != "Recruiting" else "Completed"
        yield "Status", differing if listing.difference == "status" else status
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
