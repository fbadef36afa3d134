"""Where a listing and the register say different things of one trial. Pure; docs/reconciliation.md tells the rules.

Each field is compared in its own terms, and only where both sides say something: what one side does not say is no
contradiction. Lists are compared item by item: an item that only the listing has is `added`, one that only the register
has `missing`.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from pipelines.naming import named_in, same_organisation, same_title
from pipelines.pairing import pairs

KINDS = {
    "differs": "both say something, and not the same",
    "added": "only the listing has it",
    "missing": "only the register has it",
    "reworded": "both have it, in other words",
    "collaborator": "the listing's sponsor is a collaborator at the register",
    "older": "the listing was last updated before the register",
}
COMPARED = (
    "status", "phase", "sex", "min_age", "max_age", "title", "lead_sponsor", "conditions", "criteria", "last_updated",
)  # fmt: skip
A_WEEK = 7 / 365.25  # years; "30 Days" and "1 Month" are one age
# The status of expanded access has words of its own, which listings replace by those of trials.
OF_EXPANDED_ACCESS = {"Available", "No longer available", "Temporarily not available", "Approved for marketing"}
NOT_SAID = {None, "Unknown status", "Withheld"}
# A minus belongs to a number, a hyphen between two does not; a limit is another one without its sign or its percent.
SAID = re.compile(r"[<>=]+|(?<![\w)])-\d+(?:[.,]\d+)*|\d+(?:[.,]\d+)*|[^\W\d_]+|%")
JOINING = ("and", "or")
SIGNS = str.maketrans({"≥": ">=", "≤": "<=", "−": "-", "–": "-", "’": "'"})


class Criterion(NamedTuple):
    kind: str
    text: str
    heading: str | None = None
    boilerplate: bool = False  # "Not specified": it is no criterion, but it belongs to the text


class Told(NamedTuple):
    """What one side says of a trial, as far as it is compared."""

    title: str | None = None
    official_title: str | None = None
    acronym: str | None = None
    status: str | None = None
    phase: str | None = None
    sex: str | None = None
    min_age: str | None = None
    max_age: str | None = None
    min_age_years: float | None = None
    max_age_years: float | None = None
    lead_sponsor: str | None = None
    last_updated: str | None = None
    conditions: tuple[str, ...] = ()
    collaborators: tuple[str, ...] = ()
    other_names: tuple[str, ...] = ()  # keywords and MeSH terms: further names of conditions
    criteria: tuple[Criterion, ...] = ()


class Difference(NamedTuple):
    field: str
    kind: str
    portal_value: str | None
    register_value: str | None
    staleness_days: int | None = None


def differences(listing: Told, register: Told) -> list[Difference]:
    """Everything in which a listing and the register's record differ, field by field."""
    return [
        *_single(listing, register),
        *_ages(listing, register),
        *_title(listing, register),
        *_sponsor(listing, register),
        *_conditions(listing, register),
        *_criteria(listing.criteria, register.criteria),
        *_last_updated(listing.last_updated, register.last_updated),
    ]


def _single(listing: Told, register: Told) -> Iterator[Difference]:
    here, there = listing.status, register.status
    comparable = (here in OF_EXPANDED_ACCESS) == (there in OF_EXPANDED_ACCESS)
    if here != there and comparable and here not in NOT_SAID and there not in NOT_SAID:
        yield Difference("status", "differs", here, there)
    for field in ("phase", "sex"):
        here, there = getattr(listing, field), getattr(register, field)
        if here and there and here != there:
            yield Difference(field, "differs", here, there)


def _ages(listing: Told, register: Told) -> Iterator[Difference]:
    for field in ("min_age", "max_age"):
        here, there = getattr(listing, f"{field}_years"), getattr(register, f"{field}_years")
        if here is not None and there is not None and abs(here - there) > A_WEEK:
            yield Difference(field, "differs", getattr(listing, field), getattr(register, field))


def _title(listing: Told, register: Told) -> Iterator[Difference]:
    known = [title for title in (register.title, register.official_title, register.acronym) if title]
    if listing.title and known and not any(same_title(listing.title, title) for title in known):
        (pair, *others) = pairs([("", listing.title)], [("", known[0])])
        yield Difference("title", "differs" if others else "reworded", listing.title, known[0])


def _sponsor(listing: Told, register: Told) -> Iterator[Difference]:
    here, there = listing.lead_sponsor, register.lead_sponsor
    if here and there and not same_organisation(here, there):
        helping = any(same_organisation(here, name) for name in register.collaborators)
        yield Difference("lead_sponsor", "collaborator" if helping else "differs", here, there)


def _conditions(listing: Told, register: Told) -> Iterator[Difference]:
    if not (listing.conditions and register.conditions):
        return
    found: set[str] = set()
    for said in listing.conditions:
        named = named_in(said, (*register.conditions, *register.other_names))
        found |= named or set()
        if named is None:
            yield Difference("conditions", "added", said, None)
    for name in register.conditions:
        if name not in found and named_in(name, found) is None:
            yield Difference("conditions", "missing", None, name)


# --- criteria -------------------------------------------------------------------------------------------------------


def _criteria(listing: Sequence[Criterion], register: Sequence[Criterion]) -> Iterator[Difference]:
    """Paired as versions of one trial are. Where the two cut a text at other places, a criterion is there if its words
    are, one after another, among the other side's of its kind, headings included. A side that does not tell inclusion
    from exclusion is compared without the kinds."""
    if not (listing and register):
        return
    told_apart = all(one.kind != "unspecified" for one in (*listing, *register))
    here, there = ([(one.kind if told_apart else "", _plain(one.text)) for one in side] for side in (listing, register))
    all_here, all_there = _whole(listing, here), _whole(register, there)
    for old, new, _ in pairs(there, here):
        was, says = (None, None) if old is None else (register[old], there[old])
        now, reads = (None, None) if new is None else (listing[new], here[new])
        words = any(side and side[1] for side in (says, reads))
        if (was and was.boilerplate) or (now and now.boilerplate) or not words:
            continue  # no criterion: a standing phrase, a lone sign
        told = (says is None or _among(says, all_here)) and (reads is None or _among(reads, all_there))
        other_joint = says != reads and says and reads and _unjoined(says[1]) == _unjoined(reads[1])
        if other_joint or not told:
            kind = "added" if was is None else "missing" if now is None else "reworded"
            yield Difference("criteria", kind, now and now.text, was and was.text)


def _plain(text: str) -> str:
    """A criterion's words and signs, one space apart; without the "and" or "or" that a list leaves at its ends."""
    said = SAID.findall(text.casefold().translate(SIGNS))
    while said and said[-1] in JOINING:
        said.pop()
    return " ".join(said[1:] if said and said[0] in JOINING else said)


def _unjoined(plain: str) -> str:
    """Without any "and" and "or": where a text is cut at such a word, a reader may have dropped it."""
    return " ".join(word for word in plain.split() if word not in JOINING)


def _among(criterion: tuple[str, str], whole: dict[str, str]) -> bool:
    return f" {_unjoined(criterion[1])} " in whole.get(criterion[0], "")


def _whole(criteria: Sequence[Criterion], plain: Sequence[tuple[str, str]]) -> dict[str, str]:
    """All words of each kind, in order, each heading once before what stands under it."""
    whole: dict[str, list[str]] = {}
    under: dict[str, str | None] = {}
    for criterion, (kind, text) in zip(criteria, plain, strict=True):
        said = whole.setdefault(kind, [])
        if criterion.heading and criterion.heading != under.get(kind):
            said += _unjoined(_plain(criterion.heading)).split()
        under[kind] = criterion.heading
        said += _unjoined(text).split()
    return {kind: f" {' '.join(said)} " for kind, said in whole.items()}


# --- dates ----------------------------------------------------------------------------------------------------------


def _last_updated(listing: str | None, register: str | None) -> Iterator[Difference]:
    days = staleness_days(listing, register)
    if days:
        yield Difference("last_updated", "older", listing, register, days)


def staleness_days(listing: str | None, register: str | None) -> int | None:
    """By how many days at least a listing is older than the register's record; 0 if it may be as new, None if either
    has no date. A month stands for its last day in the listing, its first at the register."""
    here, there = _days(listing), _days(register)
    return max(0, (there[0] - here[1]).days) if here and there else None


def _days(said: str | None) -> tuple[date, date] | None:
    """The first and the last day that an ISO date of whatever precision can mean."""
    try:
        year, month, day = ([int(part) for part in (said or "").split("-")] + [0, 0])[:3]
        last = monthrange(year, month or 12)[1]
        return date(year, month or 1, day or 1), date(year, month or 12, day or last)
    except ValueError:
        return None
