"""Feeds of what is new and changed among the trials that a search finds: Atom (RFC 4287) and JSON Feed 1.1. Pure.

An entry is one trial in one night: everything that a new body of its record changed. Its id is made of the trial's and
the moment, so it stays the same on another server, after a rebuild, and whichever search it is found by.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from xml.etree import ElementTree

ATOM = "http://www.w3.org/2005/Atom"
MOST = 50  # entries
# XML 1.0 has no way to write these, and one of them makes a feed that no reader opens.
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
KINDS = {"new": "New", "changed": "Changed", "removed": "Removed by its source", "merged": "Merged into another record",
         "returned": "Back at its source"}  # fmt: skip
SHORT = 300  # characters of a value


class Entry(NamedTuple):
    """What one night said of one trial. `lines`: its changes in words."""

    id: str
    url: str
    title: str
    updated: str
    lines: tuple[str, ...]


def entries(rows: Iterable[Mapping[str, Any]], address: Any) -> list[Entry]:
    """Entries from rows of `changes` beside their trial, the latest first. `address`: trial id -> its page."""
    nights: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        nights.setdefault((row["trial_id"], row["seen_at"]), []).append(row)
    told = []
    for (trial_id, seen_at), changes in nights.items():
        kind = next((row["kind"] for row in reversed(changes) if row["kind"] != "changed"), "changed")
        told.append(
            Entry(
                uuid.uuid5(uuid.NAMESPACE_URL, f"trialdex:{trial_id}#{seen_at}").urn,
                address(trial_id),
                f"{KINDS.get(kind, kind)}: {changes[0]['title'] or trial_id}",
                seen_at,
                tuple(line for row in changes if (line := in_words(row))),
            )
        )
    return sorted(told, key=lambda entry: (entry.updated, entry.id), reverse=True)[:MOST]


def in_words(row: Mapping[str, Any]) -> str | None:
    """One change: the field, what it said, what it says. None for a trial that is new as a whole."""
    if row["field"] is None:
        return f"{KINDS.get(row['kind'], row['kind'])}{f': {row_new}' if (row_new := row['new']) else ''}" if (
            row["kind"] != "new") else None  # fmt: skip
    name, old, new = row["field"].replace("_", " "), _short(row["old"]), _short(row["new"])
    if old is None:
        return f"{name}, added: {new}"
    return f"{name}: {old} → {new}" if new is not None else f"{name}, removed: {old}"


def atom(title: str, here: str, page: str, updated: str, told: Iterable[Entry]) -> str:
    """An Atom feed. `here` and `page` are absolute addresses; `updated` that of a feed without entries."""
    told = list(told)
    feed = ElementTree.Element("feed", xmlns=ATOM)
    _add(feed, "title", title)
    _add(feed, "id", here)
    _add(feed, "link", rel="self", href=here, type="application/atom+xml")
    _add(feed, "link", rel="alternate", href=page, type="text/html")
    _add(feed, "updated", told[0].updated if told else updated)
    _add(_add(feed, "author"), "name", "Trialdex")
    _add(feed, "rights", "The data keep the terms of their sources. Not medical advice.")
    for one in told:
        entry = _add(feed, "entry")
        _add(entry, "title", one.title)
        _add(entry, "id", one.id)
        _add(entry, "link", rel="alternate", href=one.url, type="text/html")
        _add(entry, "updated", one.updated)
        _add(entry, "content", "\n".join(one.lines) or one.title, type="text")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(feed, encoding="unicode")


def json_feed(title: str, here: str, page: str, told: Iterable[Entry]) -> str:
    """A JSON Feed, version 1.1."""
    return json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": title,
            "home_page_url": page,
            "feed_url": here,
            "authors": [{"name": "Trialdex"}],
            "user_comment": "The data keep the terms of their sources. Not medical advice.",
            "items": [
                {"id": one.id, "url": one.url, "title": one.title, "content_text": "\n".join(one.lines) or one.title,
                 "date_modified": one.updated}
                for one in told
            ],
        },
        ensure_ascii=False,
    )  # fmt: skip


def _add(parent: ElementTree.Element, name: str, text: str | None = None, **attributes: str) -> ElementTree.Element:
    element = ElementTree.SubElement(parent, name, {key: NOT_XML.sub("", value) for key, value in attributes.items()})
    element.text = None if text is None else NOT_XML.sub("", text)
    return element


def _short(value: str | None) -> str | None:
    return value if value is None or len(value) <= SHORT else value[:SHORT].rsplit(None, 1)[0] + " …"
