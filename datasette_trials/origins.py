"""Where a fact is from: the field of the register, or the label of a page, and since when it reads so. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from datasette_trials.reading import Row

# Columns that follow from others: what they were made from.
MADE_FROM = {
    "trials.conditions": "conditions.name", "trials.interventions": "interventions.name",
    "trials.lead_sponsor": "sponsors.name", "trials.lead_sponsor_class": "sponsors.class",
    "trials.min_age_years": "trials.min_age", "trials.max_age_years": "trials.max_age",
    "trials.n_locations": "locations.facility", "trials.n_countries": "locations.country",
    "criteria.text": "trial_texts.eligibility_text", "thresholds.text": "trial_texts.eligibility_text",
}  # fmt: skip


class Origin(NamedTuple):
    """One line of "Where is this from?"; `since` is the moment at which Trialdex first read it as it stands here."""

    field: str | None
    path: str | None
    label: str | None
    method: str | None
    since: str | None


class Origins:
    """The origins of one trial's facts, asked by `table.column`."""

    def __init__(self, trial: Row, declared: Mapping[str, Any], listed: Sequence[Row], changes: Sequence[Row]) -> None:
        self.declared = declared
        self.listed = {row["field"]: row for row in listed}
        self.first = trial["first_seen"]
        self.changed: dict[str, str] = {}
        for row in sorted(changes, key=lambda row: row["seen_at"] or ""):
            if row["field"]:
                self.changed[row["field"]] = row["seen_at"]

    def of(self, column: str) -> Origin:
        """Where a column's value is from; without a field where the source does not declare one."""
        made_from = MADE_FROM.get(column, column)
        table, name = made_from.split(".")
        own = name if table in ("trials", "trial_details", "trial_texts") else table
        if own == "eligibility_text":
            own = "criteria" if "criteria" in self.changed else own
        field, path = self.declared.get(made_from, (None, None))
        page = self.listed.get(own) or self.listed.get(name) or {}
        return Origin(field, path, page.get("label"), page.get("method"), self.changed.get(own, self.first))
