"""The beginning of a portal's profile, from one of its pages: what is recognised, a TOML to fill in, a fixture.

Pure, but for `write`. The fixture is the page without scripts, with mail addresses, telephone numbers and register
numbers replaced; its sentences are still the portal's, so it has to be rewritten before it may be committed.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scraper.blocks import Document
from scraper.items import RawRecord, Rejected, Trial
from scraper.pages import decode, document
from scraper.profiles import GENERIC, Profile, recognised
from scraper.register import sources
from scraper.steady import steady_page

NAME = re.compile(r"[a-z][a-z0-9_]{1,30}")
MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
TELEPHONE = re.compile(r"\+?\d{0,3}[ (]{0,2}\b\d{3}\)?[ .-]\d{3,4}[ .-]\d{3,4}\b|\+\d[\d ()-]{8,}\d")
FIELDS = ("title", "study_id", "sponsors", "conditions", "last_updated", "status", "criteria")  # a page may well have
OF_NOBODY = re.compile(r"\d{3,}|[0-9a-f]{8,}|[#.](?:col|btn|nav|wp|container|row|main|content|header|footer)\b")
NUMBER = re.compile(
    r"(?:NCT|ISRCTN|DRKS|UMIN|ACTRN|ChiCTR\D{0,6}|jRCTs?)\d{8,14}|\b\d{4}-\d{6}-\d{2}(?:-\d{2})?\b", re.I
)
MOST_MARKS = 6
UNKNOWN = "label not known to the profile"


@dataclass(frozen=True)
class Draft:
    """What `new-portal` writes and shows."""

    name: str
    record: RawRecord  # the fixture, as the source would have fetched it
    profile: str
    body: bytes
    suffix: str  # .html or .txt
    address: str | None  # of the fixture, on a host that does not exist
    read_by: str | None  # the profile that recognises the page already
    found: tuple[tuple[str, str, str], ...]  # field, the page's label or "", where it stood
    unknown: tuple[tuple[str, str], ...]  # label, the page's words
    missing: tuple[str, ...]
    refused: str | None  # why the page is no trial as it is read now


def draft(name: str, body: bytes, url: str | None = None) -> Draft:
    """The first profile and fixture of a portal called `name`, from one page and its address. Raises ValueError for a
    name that cannot be a file's, and `Damaged` for an empty page."""
    if not NAME.fullmatch(name):
        raise ValueError(f"a profile's name is of small letters, digits and underscores: {name!r}")
    source = sources()["portal"]
    fixture = disguised(steady_page(body))
    address = elsewhere(url, name) if url else None
    (record,) = source.cut(fixture, url=address, content_type="", at="2026-01-01T00:00:00Z")
    doc = document(fixture)
    read = source.read(record)
    known = recognised(address or "", doc)
    trial = read if isinstance(read, Trial) else None
    found = [(one.field, one.label or "", one.method) for one in trial.field_sources] if trial else []
    return Draft(
        name=name,
        record=record,
        profile=profile_text(name, known, doc, address, trial),
        body=fixture,
        suffix=".html" if doc.marked_up else ".txt",
        address=address,
        read_by=None if known.key == GENERIC else known.name,
        found=tuple(dict.fromkeys(found)),
        unknown=unknown_labels(trial),
        missing=tuple(field for field in FIELDS if not (trial and getattr(trial, field))),
        refused=read.reason if isinstance(read, Rejected) else None,
    )


def write(told: Draft, golden: dict[str, Any], into: Path) -> list[Path]:
    """Puts the profile, the fixture and its golden, which says what `read` makes of it and fails until a person has
    approved it, into a checkout; returns the files. Raises ValueError, and writes nothing, where `into` is no checkout
    or one of them is there already."""
    cases = into / "tests" / "registers" / "portal"
    if not cases.is_dir():
        raise ValueError(f"{into} is no checkout of Trialdex: name one with --into")
    waiting = {"approve": "Compare every value with the page, then take this line away.", **golden}
    files = {
        into / "scraper" / "portals" / f"{told.name}.toml": told.profile.encode(),
        cases / f"{told.name}{told.suffix}": told.body,
        cases / f"{told.name}.golden.json": (json.dumps(waiting, indent=2, ensure_ascii=False) + "\n").encode(),
    }
    if told.address:
        files[cases / f"{told.name}.url"] = f"{told.address}\n".encode()
    if there := [file for file in files if file.exists()]:
        raise ValueError(f"{there[0]} exists; it is left as it is")
    for file, content in files.items():
        file.write_bytes(content)
    return list(files)


def disguised(body: bytes) -> bytes:
    """The page with nobody's mail address or telephone number, and with register numbers of no real trial."""
    text = TELEPHONE.sub("555-0100", MAIL.sub("contact@example.org", decode(body)))
    made: dict[str, str] = {}

    def another(match: re.Match[str]) -> str:
        digits = made.setdefault(re.sub(r"\D", "", match[0]), f"0999{len(made):04}{'0' * 20}")
        left = iter(digits)
        return re.sub(r"\d", lambda _: next(left), match[0])

    return NUMBER.sub(another, text).encode()


def elsewhere(url: str, name: str) -> str:
    """The address on a host that does not exist, its register number another one."""
    parts = urlsplit(url)
    path = disguised(parts.path.encode()).decode()
    return f"https://{name.replace('_', '-')}.example{path or '/'}"


def unknown_labels(trial: Trial | None) -> tuple[tuple[str, str], ...]:
    """The labels that no profile knows, with what stands under them."""
    return tuple((one.field, one.value or "") for one in trial.problems if one.reason == UNKNOWN) if trial else ()


def marks(doc: Document) -> list[str]:
    """Ids and classes that may be this platform's own: made by no program, and not of the toolkits that all use."""
    found = [f"#{one}" for one in sorted(doc.ids)] + [f".{one}" for one in sorted(doc.classes) if "-" in one]
    return [one for one in found if not OF_NOBODY.search(one)][:MOST_MARKS]


def profile_text(name: str, known: Profile, doc: Document, address: str | None, trial: Trial | None) -> str:
    """The TOML to fill in: what was seen on the page, and where the rest goes."""
    unknown = [label.casefold() for label, _ in unknown_labels(trial)]
    have = [field for field in FIELDS if trial and getattr(trial, field)]
    lines = [
        f"# {name}: say here which platform this is, of which years, and how its pages are told apart from others'.",
        "",
        f"name = {json.dumps(name)}",
        *([f"extends = {json.dumps(known.key)}"] if known.key != GENERIC else []),
        f"expected = {json.dumps(have)}",
        "",
        "[detect]  # two of these recognise a page: keep what only this platform's pages bear, add telling `words`",
        f"marks = {json.dumps(marks(doc))}",
        f"labels = {json.dumps(unknown[:MOST_MARKS], ensure_ascii=False)}",
        "",
        "[urls]",
        f"# trial = [{rule(address)}]  # addresses of this form on every host will be taken for trials",
        "",
        "[labels]  # field = [the page's labels]; the fields stand in generic.toml. A heading over a text belongs into",
        "# [sections] (summary, description, inclusion, exclusion), one over places into [sites] (headings)",
        *(f"# ... = [{json.dumps(label, ensure_ascii=False)}]" for label in unknown),
    ]
    return "\n".join(lines) + "\n"


def rule(address: str | None) -> str:
    """A pattern for the paths of trials, from one of them: its last segment with digits is the id."""
    if not address:
        return r"'^/trials/(?P<id>\d+)(?=/|$)'"
    segments = [segment for segment in urlsplit(address).path.split("/") if segment] or ["trial"]
    place = max((n for n, one in enumerate(segments) if re.search(r"\d", one)), default=len(segments) - 1)
    number = re.fullmatch(r"((?:[a-z]+[-_])*)\d+", segments[place])
    group = rf"{number[1]}(?P<id>\d+)" if number else "(?P<id>[^/]+)"
    path = "".join(f"{re.escape(one)}/" for one in segments[:place]).replace(r"\-", "-")
    return f"'^/{path}{group}(?=/|$)'"
