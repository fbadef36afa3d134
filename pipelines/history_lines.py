"""A trial's past as lines for people. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from itertools import groupby

from pipelines.changes import item_text
from pipelines.history import Event, Past, Version
from scraper.items import Criterion, Trial

LISTS = {field.name for field in fields(Trial) if isinstance(field.default, tuple)}
NOT_SHOWN = {
    "id", "source", "source_id", "problems", "unknown_fields", "field_sources",
    "thresholds",  # follow from the criteria
}  # fmt: skip


def changes_told(past: Past) -> Iterator[str]:
    """What changed, as lines for people."""
    seen = past.sightings
    yield f"{past.id}  {past.title or ''}".rstrip()
    yield (
        f"{past.source}; first seen {_moment(seen.first)}, last seen {_moment(seen.last_seen)}; "
        f"looked at {seen.times:,} time{'s' * (seen.times != 1)}, {seen.wordings:,} wording{'s' * (seen.wordings != 1)}"
    )
    for (at, run_id, command), events in groupby(past.events, key=lambda event: event[:3]):
        yield ""
        yield f"{_moment(at)}, run {run_id} ({command})"
        for kind, of_kind in groupby(events, key=lambda event: event.kind):
            if kind == "changed":
                for field, changes in groupby(of_kind, key=lambda event: event.field):
                    yield from _changed(str(field), list(changes))
            else:
                yield from (f"  {_whole(event)}" for event in of_kind)


def _whole(event: Event) -> str:
    """What happened to the trial as a whole."""
    return {
        "new": "first seen",
        "removed": "removed: the source no longer has it",
        "merged": f"merged: the source now has it as {event.new}",
        "returned": "returned: the source has it again",
        "absorbed": f"{event.old} was merged into it",
    }[event.kind]


def _changed(field: str, changes: list[Event]) -> Iterator[str]:
    if field not in LISTS:
        for change in changes:
            yield f"  {field}: {_said(change.old)} -> {_said(change.new)}"
        return
    yield f"  {field}"
    for change in changes:
        if change.old == change.new:
            yield f"    {change.old}"
        elif change.old is None or change.new is None:
            yield f"    {'+' if change.old is None else '-'} {change.new or change.old}"
        else:
            yield f"    - {change.old}"
            yield f"      now: {change.new}"


def _said(value: str | None) -> str:
    return "(not said)" if value is None else value


def version_shown(version: Version) -> Iterator[str]:
    """A trial as it stood, as lines for people: what was said, in the order of the fields."""
    trial, seen = version.trial, version.sightings
    yield f"{trial.id} as it stood at {version.at}"
    yield f"This wording first served {_moment(version.served_at)}, last seen {_moment(seen.last_seen)}; {trial.url}"
    if seen.last_what in ("gone", "moved"):
        into = f" merged into {seen.moved_to}" if seen.last_what == "moved" else " removed"
        yield f"It was{into} by {_moment(seen.last_at)}; this is its last wording."
    yield ""
    for field in fields(Trial):
        value = getattr(trial, field.name)
        if value in (None, ()) or field.name in NOT_SHOWN or (field.name == "eligibility_text" and trial.criteria):
            continue
        if field.name == "criteria":
            yield from _criteria(value)
        elif isinstance(value, tuple):
            yield field.name
            yield from (f"  - {item_text(item)}" for item in value)
        else:
            lines = str(value).splitlines() or [""]
            yield f"{field.name}: {lines[0]}"
            yield from (f"  {line}" for line in lines[1:])


def _criteria(criteria: tuple[Criterion, ...]) -> Iterator[str]:
    for kind, of_kind in groupby(criteria, key=lambda criterion: criterion.kind):
        yield f"criteria, {kind}"
        yield from (f"  {'  ' * criterion.level}- {criterion.text}" for criterion in of_kind)


def _moment(at: str | None) -> str:
    return f"{at[:10]} {at[11:16]} UTC" if at else "never"
