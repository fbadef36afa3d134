"""Register numbers in a text, by their shape."""

from __future__ import annotations

import re
from typing import NamedTuple

from scraper.items import Identifier


class Number(NamedTuple):
    """A register's number for a trial."""

    kind: str  # nct, isrctn, ctis, eudract ...
    value: str  # capitals as the register writes them


REGISTER_NUMBERS = tuple(  # the most widely linked registers first
    (kind, re.compile(rf"(?<![A-Za-z0-9]){pattern}(?![0-9])", re.IGNORECASE))
    for kind, pattern in (
        ("nct", r"NCT\d{8}"),
        ("isrctn", r"ISRCTN\d{8}"),
        ("ctis", r"20\d{2}-5\d{5}-\d{2}-\d{2}"),
        ("eudract", r"\d{4}-\d{6}-\d{2}(?!-)"),
        ("actrn", r"ACTRN\d{14}p?"),
        ("chictr", r"ChiCTR(?:-[A-Z]{2,4}-|-)?\d{8,10}"),
        ("drks", r"DRKS\d{8}"),
        ("ctri", r"CTRI/\d{4}/\d{2,3}/\d{4,7}"),
        ("jrct", r"jRCTs?\d{9,10}"),
        ("umin", r"UMIN\d{9}"),
    )
)
KINDS = tuple(kind for kind, _ in REGISTER_NUMBERS)


def register_numbers(text: str) -> list[Number]:
    """The register numbers in a text, in order and each once, capitals as the registers write them."""
    found = [
        (m.start(), Number(kind, _written(kind, m[0]))) for kind, rule in REGISTER_NUMBERS for m in rule.finditer(text)
    ]
    return list(dict.fromkeys(number for _, number in sorted(found)))


def _written(kind: str, number: str) -> str:
    prefix = {"chictr": "ChiCTR", "jrct": "jRCT"}.get(kind)
    return (
        prefix + number[len(prefix) :]
        if prefix
        else number.upper().replace("P", "p")
        if kind == "actrn"
        else number.upper()
    )


def identifier(number: Number) -> Identifier:
    """The number as a row of `identifiers`, in the words that ClinicalTrials.gov has for secondary numbers."""
    own = {"eudract": "EUDRACT_NUMBER", "ctis": "CTIS"}.get(number.kind)
    return Identifier(own, number.value) if own else Identifier("REGISTRY", number.value, domain=number.kind.upper())
