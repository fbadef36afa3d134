"""What a page says of its trial in JSON-LD: schema.org's MedicalStudy and MedicalTrial, in every form met in the wild.

Scripts come as they stand on the page. Broken JSON gives what it can; a page that describes several trials gives none
of them unless one is plainly its own. Strings may hold markup and entities: only their text is kept. Persons, telephone
numbers and addresses for mail are never looked at.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from scraper.blocks import collapse
from scraper.findings import JSON_LD, Claim, Section
from scraper.items import Location, Problem
from scraper.numbers import register_numbers
from scraper.pages import document

TRIALS = frozenset(("MedicalStudy", "MedicalTrial", "MedicalObservationalStudy"))
WRAPPERS = ("@graph", "mainEntity", "mainEntityOfPage", "about", "subjectOf")
AREAS = {"Country": "country", "City": "city", "State": "state"}
TREATMENTS = frozenset(
    ("Drug", "DietarySupplement", "MedicalDevice", "MedicalProcedure", "MedicalTherapy", "Substance")
    + ("TherapeuticProcedure",)
)
ILLNESSES = frozenset(("MedicalCondition", "Disease", "InfectiousDisease", "MedicalSign", "MedicalSymptom"))
DESIGNS = {  # the designs of schema.org that say exactly what a field of the register does
    "RandomizedTrial": ("allocation", "RANDOMIZED"), "OpenTrial": ("masking", "NONE"),
    "SingleBlindedTrial": ("masking", "SINGLE"), "DoubleBlindedTrial": ("masking", "DOUBLE"),
    "TripleBlindedTrial": ("masking", "TRIPLE"),
}  # fmt: skip
PLAIN = {  # property -> field, for those whose text is the value
    "healthCondition": "conditions", "phase": "phase", "studyPhase": "phase", "startDate": "start_date",
    "endDate": "completion_date", "dateModified": "last_updated",
}  # fmt: skip
NOT_OF_RECRUITMENT = frozenset(("ResultsAvailable", "ResultsNotAvailable"))  # statuses all the same, in schema.org
VOCABULARY = re.compile(r"\Ahttps?://schema\.org/")
DAY = re.compile(r"\A(\d{4}-\d{2}-\d{2})T[\d:.]+(?:Z|[+-]\d\d:?\d\d)?\Z")
TAG = re.compile(
    r"</?(?:[abipuq]|br|div|span|[ou]l|li|strong|em|su[bp]|h[1-6]|script|style|img|table|t[rdh]|iframe|svg)\b[^<>]*>",
    re.IGNORECASE,
)
TRAILING_COMMA = re.compile(r'("(?:[^"\\]|\\.)*(?:"|\Z))|,(?=\s{0,100}[}\]])', re.DOTALL)
DEEPEST = 20  # lists and objects inside one value
MOST_SCRIPTS, MOST_NODES = 50, 5000  # of one page
LONGEST = 100_000  # characters of one string; the longest descriptions of the register are below 33,000


@dataclass
class Told:
    """What the JSON-LD of a page says of its trial."""

    title: str | None = None
    claims: list[Claim] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    locations: list[Location] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def told(scripts: Sequence[str], address: str) -> Told:
    """What the scripts say of the trial whose page stands at `address` ("" when that is not known). Never raises."""
    result = Told()
    roots = [root for script in scripts[:MOST_SCRIPTS] for root in decoded(script, result)]
    nodes, pages = trials_in(roots)
    own = chosen(nodes, address)
    if own is None:
        if nodes:
            names = "; ".join(filter(None, (first(node.get("name")) for node, _ in nodes[:5])))
            result.problems.append(Problem("json-ld", names, "several trials in the page's JSON-LD; none is certain"))
        return result
    by_id = {node["@id"]: node for node in walked(roots) if isinstance(node.get("@id"), str) and len(node) > 1}
    _Reader(by_id, result).read(own, pages)
    return result


def decoded(script: str, result: Told) -> list[Any]:
    """The JSON of a script; a trailing comma, a comment around it and raw control characters are forgiven."""
    text = script.strip().removeprefix("<!--").removesuffix("-->").strip()
    text = (
        text.removeprefix("//")
        .strip()
        .removeprefix("<![CDATA[")
        .removesuffix("]]>")
        .rstrip()
        .removesuffix("//")
        .strip()
    )
    for attempt in (text, TRAILING_COMMA.sub(lambda found: found[1] or "", text)):
        try:
            return [json.loads(attempt, strict=False, object_pairs_hook=gathered)]
        except (ValueError, RecursionError):
            continue
    if text:
        result.problems.append(Problem("json-ld", None, "JSON-LD that is no JSON"))
    return []


def gathered(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; a key that is repeated keeps all its values."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        found[key] = [*listed(found[key]), *listed(value)] if key in found else value
    return found


def listed(value: Any) -> list[Any]:
    """A JSON-LD value as a list, whatever it is: one value and a list of one mean the same."""
    return value if isinstance(value, list) else [] if value is None else [value]


def types(node: Any) -> set[str]:
    """The types of a node, without the vocabulary's address or prefix."""
    said = listed(node.get("@type")) if isinstance(node, dict) else []
    return {re.split(r"[/#:]", one)[-1] for one in said if isinstance(one, str)}


def walked(roots: Iterable[Any]) -> Iterator[dict[str, Any]]:
    """Every object of the scripts, however deep, at most MOST_NODES."""
    waiting, count = list(roots), 0
    while waiting and count < MOST_NODES:
        node = waiting.pop()
        count += 1
        if isinstance(node, dict):
            yield node
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)


def trials_in(roots: list[Any]) -> tuple[list[tuple[dict[str, Any], str]], list[dict[str, Any]]]:
    """The trials of the scripts, each with its place (`top`, `main`, `listed`), and the pages around them."""
    waiting: list[tuple[Any, str]] = [(root, "top") for root in reversed(roots)]
    trials: list[tuple[dict[str, Any], str]] = []
    pages: list[dict[str, Any]] = []
    for _ in range(MOST_NODES):
        if not waiting:
            break
        node, place = waiting.pop()
        if isinstance(node, list):
            waiting.extend((one, place) for one in reversed(node))
        elif types(node) & TRIALS:
            if node.keys() - {"@type", "@id", "@context"}:  # else a reference to a node that stands elsewhere
                trials.append((node, place))
        elif isinstance(node, dict):
            inner = "listed" if "ItemList" in types(node) or place == "listed" else place
            if any(kind.endswith("Page") for kind in types(node)):
                pages.append(node)
            waiting.extend((node.get(key), inner) for key in ("itemListElement", "item"))
            for key in WRAPPERS:
                main = "main" if key == "mainEntity" and inner == "top" else inner
                waiting.append((node.get(key), main))
    return trials, pages


def chosen(nodes: list[tuple[dict[str, Any], str]], address: str) -> dict[str, Any] | None:
    """The node of the page's own trial: the only one, the page's main one, or the one with the number of its address.
    Elements of a list are other trials' unless they bear that number."""
    numbers = set(register_numbers(address.partition("?")[0]))
    here = [node for node, _ in nodes if numbers and numbers & set(numbers_of(node))]
    alone = [node for node, place in nodes if place != "listed"]
    main = [node for node, place in nodes if place == "main"]
    for group in (here, main, alone):
        different = [node for place, node in enumerate(group) if node not in group[:place]]
        if len(different) == 1:
            return different[0]
    return None


def numbers_of(node: dict[str, Any]) -> list[Any]:
    """The register numbers that a trial's node gives itself."""
    return [
        number
        for key in ("identifier", "code", "sameAs", "url", "@id")
        for one in listed(node.get(key))
        for text in texts(one)
        for number in register_numbers(text)
    ]


def texts(value: Any, depth: int = 0) -> list[str]:
    """The text of a value: a string, a number, or what an object is called; each of a list. Deeper than DEEPEST nothing
    is said."""
    if depth > DEEPEST:
        return []
    if isinstance(value, list):
        return [text for one in value for text in texts(one, depth + 1)]
    if isinstance(value, dict):
        keys = ("name", "value", "codeValue", "@value", "url", "@id")
        return next((found for key in keys if (found := texts(value.get(key), depth + 1))), [])
    if isinstance(value, str):
        return [text] if (text := cleaned(value)) else []
    return [str(value)] if isinstance(value, int | float) and not isinstance(value, bool) else []


def first(value: Any) -> str | None:
    return next(iter(texts(value)), None)


def cleaned(text: str) -> str:
    """A string without markup, its entities resolved: the words that a reader would see."""
    plain = unescape(text[:LONGEST]).encode("utf-8", "replace").decode()  # half a pair of surrogates is no text
    if TAG.search(plain):
        shown = document(f"<html><body><div>{plain}</div></body></html>".encode("utf-8", "replace"), "text/html")
        plain = "\n\n".join(block.text for block in shown.blocks)
    return "\n\n".join(part for line in re.split(r"\n\s*\n", plain) if (part := collapse(line)))


class _Reader:
    """Reads the properties of one trial's node into claims."""

    def __init__(self, by_id: dict[str, Any], result: Told) -> None:
        self.by_id = by_id
        self.result = result

    def full(self, value: Any) -> Any:
        """The object that a bare reference (`{"@id": ...}`) means, else the value."""
        if isinstance(value, dict) and len(value) == 1 and isinstance(value.get("@id"), str):
            return self.by_id.get(value["@id"], value)
        return value

    def values(self, node: dict[str, Any], key: str) -> list[Any]:
        return [self.full(one) for one in listed(node.get(key))]

    def claim(self, name: str, items: Iterable[str], label: str) -> None:
        if found := tuple(dict.fromkeys(items)):
            self.result.claims.append(Claim(name, found, JSON_LD, label))

    def read(self, node: dict[str, Any], pages: list[dict[str, Any]]) -> None:
        self.result.title = first(node.get("name"))
        for key, name in PLAIN.items():
            self.claim(name, (DAY.sub(r"\1", text) for text in texts(self.values(node, key))), key)
        if not node.get("dateModified"):
            for page in pages[:1]:
                self.claim("last_updated", (DAY.sub(r"\1", t) for t in texts(page.get("dateModified"))), "dateModified")
        self.status(node)
        self.designs(node)
        self.sponsors(node)
        self.subjects(node)
        self.numbers(node)
        self.places(node)
        for key, name in (("description", "summary"), ("eligibilityCriteria", "eligibility")):
            if found := texts(node.get(key)):
                self.result.sections.append(Section(name, tuple(found[0].split("\n\n")), JSON_LD, key))

    def status(self, node: dict[str, Any]) -> None:
        said = [VOCABULARY.sub("", text) for text in texts(self.values(node, "status"))]
        self.claim("status", [text for text in said if text not in NOT_OF_RECRUITMENT][:1], "status")

    def designs(self, node: dict[str, Any]) -> None:
        if "MedicalObservationalStudy" in types(node):
            self.claim("study_type", ("Observational",), "@type")
        for said in texts(self.values(node, "trialDesign")):
            if found := DESIGNS.get(VOCABULARY.sub("", said)):
                self.claim(found[0], (found[1],), "trialDesign")

    def sponsors(self, node: dict[str, Any]) -> None:
        names = texts(self.values(node, "sponsor"))
        self.claim("sponsor", names, "sponsor")

    def subjects(self, node: dict[str, Any]) -> None:
        """`studySubject` is used for the drug, for the condition and for a head count: only its type tells which."""
        illnesses: list[str] = []
        for one in self.values(node, "studySubject"):
            if types(one) & TREATMENTS:
                self.claim("interventions", texts(one), "studySubject")
            elif types(one) & ILLNESSES:
                illnesses += texts(one)
            elif said := "; ".join(texts(one)):
                self.result.problems.append(Problem("json-ld studySubject", said[:500], "of a kind that is not told"))
        if not node.get("healthCondition"):
            self.claim("conditions", illnesses, "studySubject")

    def numbers(self, node: dict[str, Any]) -> None:
        for key in ("identifier", "code"):
            self.claim("identifiers", texts([self.number(one) for one in self.values(node, key)]), key)
        known = {number.value for number in numbers_of({key: node.get(key) for key in ("identifier", "code")})}
        elsewhere = [number.value for number in numbers_of({key: node.get(key) for key in ("sameAs", "url", "@id")})]
        if not known:
            self.claim("identifiers", elsewhere, "sameAs")

    def number(self, one: Any) -> Any:
        """The value of a PropertyValue or MedicalCode, whose name is the register's."""
        return (one.get("value") or one.get("codeValue") or one.get("name")) if isinstance(one, dict) else one

    def places(self, node: dict[str, Any]) -> None:
        for one in self.values(node, "studyLocation"):
            if isinstance(one, dict) and types(one) != {"AdministrativeArea"}:
                self.result.locations.append(self.place(one))
            elif said := first(one):
                self.result.problems.append(Problem("locations", said[:500], "a place whose parts are not told"))
        self.result.locations = [place for place in self.result.locations if any(place)]

    def part(self, node: dict[str, Any], key: str) -> dict[str, Any]:
        return next((self.full(one) for one in listed(node.get(key)) if isinstance(one, dict)), {})

    def place(self, node: dict[str, Any]) -> Location:
        address, geo = self.part(node, "address"), self.part(node, "geo")
        country = first(address.get("addressCountry"))
        code = country if country and re.fullmatch("[A-Z]{2}", country) else None
        parts: dict[str, Any] = {
            "city": first(address.get("addressLocality")), "state": first(address.get("addressRegion")),
            "zip": first(address.get("postalCode")), "country": None if code else country, "country_code": code,
            "latitude": degrees(geo.get("latitude"), 90), "longitude": degrees(geo.get("longitude"), 180),
        }  # fmt: skip
        area = next((AREAS[kind] for kind in sorted(types(node)) if kind in AREAS), "facility")
        parts[area] = parts.get(area) or first(node.get("name"))
        return Location(**{"facility": None, **parts})


def degrees(value: Any, limit: int) -> float | None:
    """A latitude or longitude, a number or written as one; None for what is no place on earth."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if -limit <= found <= limit else None
