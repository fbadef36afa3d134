"""What a comparison of trials reads of one: from the tables, or from a trial that is not stored."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pipelines.similar_terms import drug_names, listed
from scraper.items import Trial


class Given(NamedTuple):
    """An intervention, and the names under which another trial may give the same."""

    name: str
    names: frozenset[str]


class Heading(NamedTuple):
    """A Medical Subject Heading; `kind` is condition or intervention."""

    kind: str
    term: str
    is_ancestor: bool


@dataclass(slots=True, kw_only=True)
class Record:
    """One trial as a comparison reads it. Dates, sites and results take no part."""

    id: str
    title: str | None = None
    official_title: str | None = None
    phase: str | None = None
    study_type: str | None = None
    allocation: str | None = None
    intervention_model: str | None = None
    masking: str | None = None
    primary_purpose: str | None = None
    sex: str | None = None
    min_age_years: float | None = None
    max_age_years: float | None = None
    lead_sponsor: str | None = None
    conditions: list[str] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    keywords: list[str] = field(default_factory=list)
    interventions: list[Given] = field(default_factory=list)
    intervention_lines: list[str] = field(default_factory=list)
    outcomes: list[str] = field(default_factory=list)
    criteria: list[tuple[str, str]] = field(default_factory=list)  # kind and text, standing phrases left out
    comparators: list[str] | None = None  # types of the arms; None where the source lists no arm
    text: list[str] = field(default_factory=list)  # of a description that is no trial

    def lines(self) -> dict[str, list[str]]:
        """The texts that are compared, by field."""
        return {
            "title": [text for text in (self.title, self.official_title) if text],
            "conditions": self.conditions,
            "interventions": self.intervention_lines,
            "mesh": [heading.term for heading in self.headings if not heading.is_ancestor],
            "keywords": self.keywords,
            "outcomes": self.outcomes,
            "criteria": [text for _, text in self.criteria],
            "text": self.text,
        }

    def give(self, name: str | None, other_names: Iterable[str]) -> None:
        """Adds an intervention as the source lists it."""
        others = list(other_names)
        self.intervention_lines += [text for text in (name, *others) if text]
        names = drug_names(name, others)
        if names:
            self.interventions.append(Given(name or others[0], names))


COLUMNS = (
    "id", "title", "official_title", "phase", "study_type", "allocation", "intervention_model", "masking",
    "primary_purpose", "sex", "min_age_years", "max_age_years", "lead_sponsor",
)  # fmt: skip
THESE = "(SELECT value FROM json_each(?))"
TRIALS = f"SELECT {', '.join(COLUMNS)} FROM trials WHERE id IN {THESE} ORDER BY id"
CONDITIONS = (
    "SELECT trial_id, name FROM trial_conditions JOIN conditions ON conditions.id = condition_id "
    f"WHERE trial_id IN {THESE} ORDER BY trial_id, position"
)
ARMS = f"SELECT trial_id, type FROM arms WHERE trial_id IN {THESE} ORDER BY trial_id, position"


def _of(table: str, columns: str, where: str = "") -> str:
    return f"SELECT trial_id, {columns} FROM {table} WHERE trial_id IN {THESE} {where} ORDER BY trial_id, position"


LISTS = {
    "interventions": _of("interventions", "name, other_names"),
    "mesh_terms": _of("mesh_terms", "kind, term, is_ancestor", "AND term IS NOT NULL"),
    "keywords": _of("keywords", "name"),
    "outcomes": _of("outcomes", "measure", "AND measure IS NOT NULL"),
    "criteria": _of("criteria", "kind, text", "AND NOT boilerplate"),
}


def records(db: sqlite3.Connection, ids: Iterable[str]) -> Iterator[Record]:
    """The stored trials of these ids, removed ones too, in the order of their ids. Read by block: each query costs."""
    these = [json.dumps(list(ids))]
    found = {row[0]: Record(**dict(zip(COLUMNS, row, strict=True))) for row in db.execute(TRIALS, these)}
    for id, name in db.execute(CONDITIONS, these):
        found[id].conditions.append(name)
    for table, sql in LISTS.items():
        for id, *row in db.execute(sql, these):
            _add(found[id], table, row)
    for id, kind in db.execute(ARMS, these):
        record = found[id]
        record.comparators = [*(record.comparators or []), kind or ""]
    yield from found.values()


def _add(record: Record, table: str, row: list[Any]) -> None:
    if table == "interventions":
        record.give(row[0], listed(row[1]))
    elif table == "mesh_terms":
        record.headings.append(Heading(row[0], row[1], bool(row[2])))
    elif table == "criteria":
        record.criteria.append((row[0], row[1]))
    else:
        getattr(record, table).append(row[0])


def record_of(trial: Trial) -> Record:
    """A trial that need not be stored."""
    told: dict[str, Any] = {name: getattr(trial, name) for name in COLUMNS if name != "lead_sponsor"}
    record = Record(
        **told,
        lead_sponsor=next((sponsor.name for sponsor in trial.sponsors if sponsor.role == "lead"), None),
        conditions=list(trial.conditions),
        headings=[Heading(mesh.kind, mesh.term, mesh.is_ancestor) for mesh in trial.mesh_terms if mesh.term],
        keywords=list(trial.keywords),
        outcomes=[outcome.measure for outcome in trial.outcomes if outcome.measure],
        criteria=[(one.kind, one.text) for one in trial.criteria if not one.boilerplate],
        comparators=[arm.type or "" for arm in trial.arms] or None,
    )
    for given in trial.interventions:
        record.give(given.name, given.other_names)
    return record
