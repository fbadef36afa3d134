"""When two names mean one organisation, one condition, one title. Pure, and narrow: what is left after case, accents,
punctuation and legal forms are set aside must be the same words. Nothing is looked up and nothing is guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from itertools import islice

# At the end of a company's name these say in which law it was founded, not which company it is.
LEGAL_FORMS = frozenset(
    ("ab", "ag", "aps", "as", "asa", "bv", "co", "company", "corp", "corporation", "gmbh", "inc", "incorporated", "kft")
    + ("kg", "kgaa", "kk", "limited", "llc", "llp", "lp", "ltd", "ltda", "mbh", "nv", "oy", "oyj", "plc", "pte", "pty")
    + ("pvt", "sa", "sarl", "sas", "se", "sl", "slu", "spa", "sro", "srl")
)
MOST = 1_000  # words of a text, and names, that are looked at; no honest trial has a tenth of it
INITIALS = re.compile(r"(?<=\b\w)[./](?=\w\b)")  # the points of "S.p.A.", the stroke of "A/S"
POSSESSIVE = re.compile(r"['’`]s\b")
IN_BRACKETS = re.compile(r"\([^()]*\)")
WORD = re.compile(r"\w+")


def words(name: str) -> tuple[str, ...]:
    """The words of a name: without case, accents, punctuation and possessive "'s"; "&" is "and"."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", name) if not unicodedata.combining(sign))
    plain = POSSESSIVE.sub("", INITIALS.sub("", plain.casefold()).replace("&", " and "))
    return tuple(WORD.findall(plain))


def same_organisation(one: str, other: str) -> bool:
    """Whether two names are one organisation's: equal but for "The", legal forms ("Inc.") and, where one name alone
    has them, brackets. "Hospital (North)" and "Hospital (South)" are two."""
    here, there = organisation(one), organisation(other)
    return (
        here == there
        or organisation(IN_BRACKETS.sub(" ", one)) == there
        or (here == organisation(IN_BRACKETS.sub(" ", other)))
    )


def organisation(name: str) -> tuple[str, ...]:
    """The words of an organisation's name without "The" and its legal form, but never none at all."""
    said = words(name)
    while len(said) > 1 and said[-1] in (*LEGAL_FORMS, "and"):  # "Merck & Co."
        said = said[:-1]
    return said[1:] if len(said) > 1 and said[0] == "the" else said


def same_title(one: str, other: str) -> bool:
    """Whether two titles say the same, or one is the other cut short (`...`)."""
    here, there = words(one), words(other)
    for cut, shorter, longer in ((one, here, there), (other, there, here)):
        if cut.rstrip().endswith(("...", "…")) and shorter and longer[: len(shorter)] == shorter:
            return True
    return here == there


def named_in(said: str, names: Iterable[str]) -> set[str] | None:
    """Which of the names stand in a text that consists of such names, in whatever order, commas or none; None if it
    says anything else.

    "Cystic Fibrosis, CF" consists of "CF" and "Cystic fibrosis". A name alone may have its words in another order:
    "Diabetes Mellitus, Type 2" is "Type 2 Diabetes Mellitus".
    """
    known = [(own, name) for name in islice(names, MOST) if (own := words(name))]
    text = words(said)[:MOST]
    if alone := {name for own, name in known if sorted(own) == sorted(text)}:
        return alone
    ends = {0}  # places up to which the text is names
    for at in range(len(text)):
        if at in ends:
            ends.update(at + len(own) for own, _ in known if text[at : at + len(own)] == own)
            if at and text[at] == "and":
                ends.add(at + 1)
    if len(text) not in ends:
        return None
    return {
        name for own, name in known if any(text[at : at + len(own)] == own for at in range(len(text) - len(own) + 1))
    }
