"""A trial as a citation, for RIS and BibTeX readers. Pure.

What is cited is the record at its register, as it stood in this copy: the sponsor stands as its author (a corporate
one), the register as its publisher, the day of the copy as the day of access.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

NOTE = "Copied by Trialdex. Not medical advice: the register's own page may say something newer."
REGISTERS = {"ctgov": "ClinicalTrials.gov"}
# BibTeX's own characters. A brace or a backslash of the data must not close a field or begin a command.
ESCAPES = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "%": r"\%", "#": r"\#", "_": r"\_",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip


def ris(trial: Mapping[str, Any]) -> str:
    """One RIS record: two letters, two spaces, a hyphen, a space, the value; lines end in CR LF."""
    said = [
        ("TY", "WEB"),
        ("ID", trial["id"]),
        ("TI", trial["title"] or trial["id"]),
        ("T2", publisher(trial)),
        ("AU", f"{author}," if (author := trial["lead_sponsor"]) else None),  # the comma: no first name
        ("PY", (trial["first_posted"] or "")[:4]),
        ("DA", _slashes(trial["first_posted"])),
        ("ET", f"updated {trial['last_updated']}" if trial["last_updated"] else None),
        ("M1", trial["id"]),
        ("UR", trial["url"]),
        ("Y2", _slashes(_seen(trial))),
        *(("KW", name) for name in (trial["conditions"] or "").split("; ")),
        ("N1", NOTE),
    ]
    lines = [f"{tag}  - {value}" for tag, value in ((tag, _line(value)) for tag, value in said) if value]
    return "\r\n".join([*lines, "ER  - ", "", ""])


def bibtex(trial: Mapping[str, Any]) -> str:
    """One BibTeX entry. Double braces keep a name's words together, and its capitals."""
    said = {
        "title": f"{{{_tex(trial['title'] or trial['id'])}}}",
        "author": f"{{{_tex(author)}}}" if (author := trial["lead_sponsor"]) else None,
        "year": (trial["first_posted"] or "")[:4],
        "howpublished": _tex(f"{publisher(trial)}, {trial['id']}"),
        "url": _address(trial["url"]),
        "urldate": _seen(trial),
        "keywords": _tex(", ".join((trial["conditions"] or "").split("; "))),
        "note": _tex((f"Updated {trial['last_updated']}. " if trial["last_updated"] else "") + NOTE),
    }
    fields = "".join(f"  {name} = {{{value}}},\n" for name, value in said.items() if value)
    return f"@misc{{{key(trial['id'])},\n{fields}}}\n\n"


def publisher(trial: Mapping[str, Any]) -> str:
    """The register or the portal that holds the record."""
    host = urlsplit(trial["url"]).hostname if trial["url"] and "//" in trial["url"] else None
    return REGISTERS.get(trial["source"]) or host or trial["source"]


def key(id: str) -> str:
    """A BibTeX key: letters, digits and hyphens."""
    return re.sub(r"[^A-Za-z0-9-]+", "-", id).strip("-") or "trial"


def _seen(trial: Mapping[str, Any]) -> str:
    """The day on which the record was last seen to say something new, the nearest to the day of the copy we know."""
    return (trial["last_changed"] or trial["first_seen"] or "")[:10]


def _slashes(day: str | None) -> str | None:
    return day.replace("-", "/") if day else None


def _line(value: str | None) -> str:
    """A value on one line: a line break in it would begin a field of its own."""
    return " ".join((value or "").split())


def _tex(text: str) -> str:
    return "".join(ESCAPES.get(letter, letter) for letter in _line(text))


def _address(url: str | None) -> str:
    """An address as it is, but for what would end the field."""
    return _line(url).replace("\\", "%5C").replace("{", "%7B").replace("}", "%7D").replace(" ", "%20")
