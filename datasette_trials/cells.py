"""How one cell reads. Pure: a value and where it stands -> markup that is already escaped, text, or None.

None leaves the cell to Datasette. Whatever is not `Markup` is escaped by the template that shows it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup, escape

STATUS_KINDS = {  # our word -> the colour it is shown in
    "Recruiting": "open",
    "Available": "open",
    "Not yet recruiting": "soon",
    "Enrolling by invitation": "running",
    "Active, not recruiting": "running",
    "Approved for marketing": "done",
    "Completed": "done",
    "Suspended": "stopped",
    "Temporarily not available": "stopped",
    "Terminated": "stopped",
    "Withdrawn": "stopped",
    "No longer available": "stopped",
    "Unknown status": "unknown",
    "Withheld": "unknown",
}
TRIAL_COLUMNS = frozenset(("trial_id", "other_id", "similar_id", "listing_id"))
JOINED = frozenset((("trials", "conditions"), ("trials", "interventions")))
FLAGS = frozenset(
    ("has_results", "healthy_volunteers", "is_ancestor", "boilerplate", "lower_inclusive", "upper_inclusive")
)
MARKUP = frozenset(("brief_summary", "detailed_description", "eligibility_text", "description"))
NCT = re.compile(r"NCT\d{8}\Z")
ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")  # a Markdown escape: a backslash before ASCII punctuation


def render(value: Any, column: str, table: str | None, row: Any, trial_path: Callable[[str], str]) -> str | None:
    """What stands in the cell of `column`. `table` is None in a query's result; `trial_path` gives a trial's page."""
    if column in FLAGS and table and value in (0, 1):
        return "Yes" if value else "No"
    if not isinstance(value, str) or not value.strip():
        return None
    if column == "status" and value in STATUS_KINDS:
        return pill(value)
    if table == "trials" and column == "id":
        return web_link(row["url"], value) if "url" in row.keys() else None  # noqa: SIM118  # sqlite3.Row has no `in`
    if column in TRIAL_COLUMNS or (table is None and column == "id" and NCT.match(value)):
        return Markup('<a href="{}">{}</a>').format(trial_path(value), value)
    if (table, column) in JOINED or (table is None and column in ("conditions", "interventions")):
        return items(value.split("; "))
    if column == "other_names":
        return items(_names(value)) or Markup("&nbsp;")  # an empty list says nothing; Datasette would show []
    if table == "criteria" and column == "text":
        return nested(value, row["level"]) if "level" in row.keys() else None  # noqa: SIM118  # as above
    if column in MARKUP:
        return ESCAPED.sub(r"\1", value)
    return web_link(value) if is_web_address(value) else None


def nested(text: str, level: int) -> str | None:
    """A criterion set in by its depth in the author's list; None at the top. An em space stays where others merge."""
    return "\u2003" * level + "– " + text if level else None


def pill(status: str) -> Markup:
    """A recruitment status as a small pill; the word itself tells, the colour only helps."""
    return Markup('<span class="pill pill-{}">{}</span>').format(STATUS_KINDS.get(status, "unknown"), status)


def items(names: Iterable[str]) -> Markup | None:
    """Names one beside the other, each in its own frame; None for none."""
    listed = [Markup("<li>{}</li>").format(name) for name in names if name.strip()]
    return Markup('<ul class="items">{}</ul>').format(Markup("").join(listed)) if listed else None


def is_web_address(text: str) -> bool:
    """Whether the whole text is an http or https address; nothing else becomes a link."""
    if "://" not in text or any(map(str.isspace, text)):  # the first is quick, and every cell is asked
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def web_link(url: str | None, label: str | None = None) -> Markup:
    """A link out of this site, labelled with the address without its scheme; the label alone if it is no address."""
    if not url or not is_web_address(url):
        return escape(label or url or "")
    label = label or url.split("://", 1)[1].rstrip("/")
    return Markup('<a class="out" rel="external noopener noreferrer" href="{}">{}</a>').format(url, label)


def _names(text: str) -> list[str]:
    """The names in a JSON list; the text itself where it is none."""
    try:
        names = json.loads(text)
    except ValueError:
        return [text]
    return [str(name) for name in names] if isinstance(names, list) else [text]


def bars(counts: Mapping[str | None, int]) -> list[tuple[str | None, int, float]]:
    """(name, count, per cent of the largest), the largest first: what a small bar chart draws."""
    largest = max(counts.values(), default=0)
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0] or ""))
    return [(name, count, round(100 * count / largest, 1) if largest else 0.0) for name, count in ordered]
