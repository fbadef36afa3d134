"""What differs between two readings of one trial. Pure.

Single values are compared as they are; lists item by item: an added item has no `old`, a removed one no `new`, an item
that kept its name, or a criterion that was only reworded, has both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import fields
from typing import Any, NamedTuple

from pipelines.pairing import pairs
from scraper.items import Criterion, Trial

NOT_COMPARED = {
    "id", "source", "source_id", "url", "problems", "unknown_fields", "field_sources",
    "eligibility_text",  # told by its criteria
    "thresholds",  # follow from the criteria
}  # fmt: skip
# What makes an item the same item, though it says something else now. Items without a rule are compared whole.
NAMES: dict[str, Callable[[Any], Any]] = {
    "interventions": lambda item: item.name,
    "arms": lambda item: item.label,
    "outcomes": lambda item: (item.kind, item.measure),
    "locations": lambda item: (item.facility, item.city, item.country),
    "officials": lambda item: item.name,
    "documents": lambda item: item.url,
    "sponsors": lambda item: (item.role, item.name),
}


class Change(NamedTuple):
    field: str | None  # None: the trial as a whole
    old: str | None
    new: str | None


def changes(old: Trial, new: Trial) -> tuple[Change, ...]:
    """The differences from an earlier to a later reading, in the order of the fields."""
    found: list[Change] = []
    for field in fields(Trial):
        before, after = getattr(old, field.name), getattr(new, field.name)
        if before == after or field.name in NOT_COMPARED:
            continue
        if field.name == "criteria":
            found += _changed_criteria(before, after)
        elif isinstance(before, tuple):
            found += _changed_items(field.name, before, after)
        else:
            found.append(Change(field.name, _text(before), _text(after)))
    if old.eligibility_text != new.eligibility_text and not any(change.field == "criteria" for change in found):
        found.append(Change("eligibility_text", old.eligibility_text, new.eligibility_text))
    return tuple(found)


def _changed_items(field: str, before: tuple[Any, ...], after: tuple[Any, ...]) -> list[Change]:
    removed, added = Counter(before), Counter(after)
    removed, added = removed - added, added - removed
    changes: list[Change] = []
    name = NAMES.get(field)
    if name:
        by_name: dict[Any, list[Any]] = {}
        for item in added.elements():
            by_name.setdefault(name(item), []).append(item)
        for item in list(removed.elements()):
            if same := by_name.get(name(item)):
                changes.append(Change(field, item_text(item), item_text(now := same.pop(0))))
                removed[item] -= 1
                added[now] -= 1
    changes += [Change(field, item_text(item), None) for item in removed.elements()]
    changes += [Change(field, None, item_text(item)) for item in added.elements()]
    if not changes:
        changes.append(Change(field, "in another order", "in another order"))
    return changes


def _changed_criteria(before: tuple[Criterion, ...], after: tuple[Criterion, ...]) -> list[Change]:
    """A criterion is its kind and words; heading, level and place are not told."""
    old, new = ([(criterion.kind, criterion.text) for criterion in side] for side in (before, after))
    both: list[Change] = []
    removed: list[Change] = []
    added: list[Change] = []
    for was, now, _ in pairs(old, new):
        if was is None or now is None:
            side = added if was is None else removed
            side.append(Change("criteria", _said(old, was), _said(new, now)))
        elif old[was] != new[now]:
            both.append(Change("criteria", _said(old, was), _said(new, now)))
    return both + removed + added


def _said(criteria: list[tuple[str, str]], place: int | None) -> str | None:
    return None if place is None else item_text(criteria[place])


def item_text(item: Any) -> str:
    """One element of a list as text for people."""
    if isinstance(item, str):
        return item
    return " | ".join(
        ", ".join(part) if isinstance(part, tuple) else str(part) for part in item if part not in (None, (), False)
    )


def _text(value: Any) -> str | None:
    return None if value is None else str(int(value)) if isinstance(value, bool) else str(value)
