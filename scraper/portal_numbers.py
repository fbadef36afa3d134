"""Whose record a page is: the register's number that it labels, else that of its address, its title or its text. On a
register's own pages its own number goes before all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TypeAlias

from scraper.findings import METHODS, Claim
from scraper.items import Identifier
from scraper.labels import is_sentence
from scraper.numbers import KINDS, Number, identifier, register_numbers
from scraper.portal_facts import Facts
from scraper.portal_values import NOTHING
from scraper.profiles import by_address, normal

ADDRESS, PAGE_TITLE, BODY = "address", "page title", "number in the text"
Level: TypeAlias = tuple[list[Number], str]  # numbers that stand in one kind of place, and which kind
OF_OTHERS = ("other", "secondary")  # how labels begin under which a trial's own number is not looked for first


def settle_numbers(facts: Facts, address: str, start: int) -> None:
    """`study_id`, and all other numbers as identifiers. `start`: the first block behind the title."""
    claims = [claim for claim in facts.found.claims if claim.name == "identifiers"]
    own = [claim for claim in claims if not normal(claim.label).startswith(OF_OTHERS)]
    in_address = register_numbers(address.split("?")[0])
    labels = [
        ([number for claim in own if claim.method == method for number in numbers_under(claim)], method)
        for method in METHODS
    ]
    labelled = {number for told, _ in labels for number in told}
    elsewhere: list[Level] = [
        (in_address, ADDRESS),
        (register_numbers(facts.values.get("title") or ""), PAGE_TITLE),
        (register_numbers(facts.doc.title), PAGE_TITLE),
        (numbers_in_text(facts, address, start), BODY),
    ]
    its_own = [([one for one in found if one.kind == facts.profile.register], method) for found, method in elsewhere]
    levels = [*its_own, *labels, *elsewhere]
    chosen = next((choose(facts, *level) for level in levels if level[0]), None)
    kinds = {number.kind for number in labelled}
    for number in in_address:
        if number.kind in kinds and number not in labelled:
            facts.doubt("study_id", number.value, "the number in the address is not the one that the page labels")
    keep_identifiers(facts, claims, chosen)


def keep_identifiers(facts: Facts, claims: list[Claim], chosen: str | None) -> None:
    """All labelled numbers but the chosen one; a number of no known register stands without a type."""
    found: dict[Identifier, None] = {}
    for part in (part.strip() for claim in claims for item in claim.items for part in item.split(";")):
        numbers = register_numbers(part)
        found |= {identifier(number): None for number in numbers if number.value != chosen}
        if is_sentence(part):
            facts.doubt("identifiers", part, "a sentence among numbers")
        elif not numbers and normal(part) not in NOTHING:
            found[Identifier(None, part)] = None
        elif numbers and len(part) > sum(len(number.value) for number in numbers) + 2 * len(numbers):
            facts.doubt("identifiers", part, "more than a register number")
    facts.keep("identifiers", tuple(found), claims[0].method if claims else "", claims[0].label if claims else None)


def numbers_under(claim: Claim) -> list[Number]:
    return [number for item in claim.items for number in register_numbers(item)]


def choose(facts: Facts, numbers: Iterable[Number], method: str) -> str | None:
    """The number of the most widely linked register; several of the same register contradict each other."""
    distinct = list(dict.fromkeys(numbers))
    kind = next(kind for kind in KINDS if any(number.kind == kind for number in distinct))
    candidates = [number.value for number in distinct if number.kind == kind]
    if len(candidates) > 1:
        facts.doubt(
            "study_id", "; ".join(candidates), f"several numbers ({method}); none is certain to be this trial's"
        )
        return None
    claims = (claim for claim in facts.found.claims if claim.name == "identifiers" and claim.method == method)
    chosen = Number(kind, candidates[0])
    facts.keep("study_id", chosen.value, method, next((c.label for c in claims if chosen in numbers_under(c)), None))
    return chosen.value


def numbers_in_text(facts: Facts, address: str, start: int) -> list[Number]:
    """The register numbers of the trial's own part of the page, those in links to other trials left out."""
    own = [n for n in range(start, facts.found.end) if n not in facts.found.others]
    counted = Counter(number for n in own for number in register_numbers(facts.doc.blocks[n].text))
    here = trial_number(address)
    for href, text in facts.doc.links:
        if trial_number(href) not in (None, here):
            counted.subtract(register_numbers(text))
    return [number for number, count in counted.items() if count > 0]


def trial_number(url: str) -> str | None:
    """The portal's id in an address or a link, whichever profile's it is."""
    try:
        known = by_address(url)
    except ValueError:
        return None
    return known.trial_id(url) if known else None
