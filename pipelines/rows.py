"""A trial as rows: what each table will hold of it, but for what only the database knows. Pure, and plain enough
(text, numbers, tuples) to travel between processes."""

from __future__ import annotations

import json
from datetime import date
from operator import attrgetter
from typing import Any

from pipelines.schema import LISTED, TABLES, trial_fields
from scraper.items import DETAILS, TEXTS, Problem, Trial

Rows = dict[str, list[tuple[Any, ...]]]

scalars = attrgetter(*trial_fields())
ONE_A_TRIAL = {table: trial_fields(table) for table in (TEXTS, DETAILS)}  # beside `trials`
one_a_trial = {table: attrgetter(*columns) for table, columns in ONE_A_TRIAL.items()}
# Lists whose elements hold lists themselves, which are kept as JSON.
WITH_JSON = {name for name in LISTED if any(column.is_json for column in TABLES[name].columns.values())}


def rows_of(trial: Trial, problems: tuple[Problem, ...]) -> Rows:
    """The rows of a trial by table, in the tables' order of columns. Left to the store: the last three columns of
    `trials` (first_seen, last_changed, removed_at), row ids, the run of a problem, and the ids of conditions and
    sponsors, which stand as (trial, position, name) and (trial, role, position, name, class). A criterion's position
    stands for its id."""
    id = trial.id
    rows: Rows = {
        "trials": [_trial_row(trial)],
        "trial_conditions": [(id, position, name) for position, name in enumerate(trial.conditions)],
        "trial_sponsors": [
            (id, s.role, position, s.name, s.sponsor_class) for position, s in enumerate(trial.sponsors)
        ],
        "keywords": [(id, position, name) for position, name in enumerate(trial.keywords)],
        "locations": [(None, id, position, *location) for position, location in enumerate(trial.locations)],
        "criteria": [
            (position, id, position, c.kind, c.level, c.parent, c.heading, c.text, c.boilerplate)
            for position, c in enumerate(trial.criteria)
        ],
        "thresholds": [(None, position, id, *limit) for position, *limit in trial.thresholds],
        "problems": [(id, *problem) for problem in problems],
    }
    for table, values in one_a_trial.items():
        rows[table] = [(id, *map(_plain, values(trial)))]
    for name in LISTED:
        items = getattr(trial, name)
        if items:
            if name in WITH_JSON:
                items = [map(_plain, item) for item in items]
            rows[name] = [(id, position, *item) for position, item in enumerate(items)]
    return rows


def _plain(value: Any) -> Any:
    """A list of the source as JSON, an empty one as NULL: the source did not say."""
    return (json.dumps(value, ensure_ascii=False) if value else None) if type(value) is tuple else value


def _trial_row(trial: Trial) -> tuple[Any, ...]:
    lead = next((sponsor for sponsor in trial.sponsors if sponsor.role == "lead"), None)
    countries = {location.country for location in trial.locations if location.country}
    return (
        *scalars(trial),
        "; ".join(trial.conditions) or None,
        "; ".join(item.name for item in trial.interventions if item.name) or None,
        lead.name if lead else None,
        lead.sponsor_class if lead else None,
        months_between(trial.start_date, trial.completion_date),
        days_between(trial.first_submitted, trial.first_posted),
        len(countries) == 1 if countries else None,
        len(trial.locations),
        len(countries),
    )


def months_between(start: str | None, end: str | None) -> int | None:
    """Whole calendar months from one ISO date to another, None unless both have a month."""
    if not start or not end or len(start) < 7 or len(end) < 7:
        return None
    return (int(end[:4]) - int(start[:4])) * 12 + int(end[5:7]) - int(start[5:7])


def days_between(start: str | None, end: str | None) -> int | None:
    """Days from one ISO date to another, None unless both have a day."""
    if not start or not end or len(start) < 10 or len(end) < 10:
        return None
    return (date.fromisoformat(end) - date.fromisoformat(start)).days
