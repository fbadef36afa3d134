"""Trials into tables. A batch is one transaction of the caller's; a trial that is stored again keeps its row."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from itertools import count
from typing import Any, NamedTuple

from sqlite_utils import Database

from pipelines.schema import LISTED, TABLES, trial_fields
from scraper.items import DETAILS, TEXTS, Problem, Trial

SCALARS = trial_fields()
COLUMNS = tuple(TABLES["trials"].columns)
KEPT = {"id", "first_seen"}  # of a trial that is stored again
UPSERT = (
    f"INSERT INTO trials ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))}) "
    f"ON CONFLICT (id) DO UPDATE SET {', '.join(f'{c} = excluded.{c}' for c in COLUMNS if c not in KEPT)}"
)
# Lists whose elements hold lists themselves, which are kept as JSON.
WITH_JSON = {name for name in LISTED if any(column.is_json for column in TABLES[name].columns.values())}
ONE_A_TRIAL = {table: trial_fields(table) for table in (TEXTS, DETAILS)}  # beside `trials`
UPSERTS = {
    table: f"INSERT INTO {table} (trial_id, {', '.join(columns)}) VALUES (?{', ?' * len(columns)}) "
    f"ON CONFLICT (trial_id) DO UPDATE SET {', '.join(f'{c} = excluded.{c}' for c in columns)}"
    for table, columns in ONE_A_TRIAL.items()
}
INSERT_CONDITION = (
    "INSERT INTO trial_conditions (trial_id, position, condition_id) SELECT ?, ?, id FROM conditions WHERE name = ?"
)
INSERT_SPONSOR = (
    "INSERT INTO trial_sponsors (trial_id, role, position, sponsor_id) "
    "SELECT ?, ?, ?, id FROM sponsors WHERE name = ? AND ifnull(class, '') = ifnull(?, '')"
)
# Tables whose rows of a trial are replaced whole, children before parents.
REPLACED = (
    "thresholds",
    "criteria",
    "locations",
    "trial_conditions",
    "trial_sponsors",
    "keywords",
    *LISTED,
    "problems",
)


class Stored(NamedTuple):
    """A trial to store, with what the log says about it."""

    trial: Trial
    problems: tuple[Problem, ...]
    run_id: int
    first_seen: str
    last_changed: str
    is_new: bool


def store(db: Database, batch: Iterable[Stored]) -> None:
    """Stores trials, each once a batch. Needs an open transaction."""
    batch = list(batch)
    known = [(one.trial.id,) for one in batch if not one.is_new]
    orphans = _take_out(db, known) if known else set()
    rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in ("trials", *ONE_A_TRIAL, *REPLACED)}
    conditions: list[tuple[str, int, str]] = []
    sponsors: list[tuple[str, str, int, str, str | None]] = []
    criterion_ids = count((db.execute("SELECT max(id) FROM criteria").fetchone()[0] or 0) + 1)
    for one in batch:
        trial = one.trial
        rows["trials"].append(_trial_row(one))
        for table, columns in ONE_A_TRIAL.items():
            rows[table].append((trial.id, *[_plain(getattr(trial, column)) for column in columns]))
        conditions += [(trial.id, position, name) for position, name in enumerate(trial.conditions)]
        sponsors += [(trial.id, s.role, position, s.name, s.sponsor_class) for position, s in enumerate(trial.sponsors)]
        rows["keywords"] += [(trial.id, position, name) for position, name in enumerate(trial.keywords)]
        rows["locations"] += [(None, trial.id, position, *item) for position, item in enumerate(trial.locations)]
        for name in LISTED:
            items = getattr(trial, name)
            if items:
                if name in WITH_JSON:
                    items = [map(_plain, item) for item in items]
                rows[name] += [(trial.id, position, *item) for position, item in enumerate(items)]
        ids = [next(criterion_ids) for _ in trial.criteria]
        rows["criteria"] += [
            (id, trial.id, position, c.kind, c.level, None if c.parent is None else ids[c.parent], c.heading, c.text,
             c.boilerplate)
            for position, (id, c) in enumerate(zip(ids, trial.criteria, strict=True))
        ]  # fmt: skip
        rows["problems"] += [(None, one.run_id, trial.id, *problem) for problem in one.problems]
    many = db.conn.executemany
    many(UPSERT, rows.pop("trials"))
    for table, upsert in UPSERTS.items():
        many(upsert, rows.pop(table))
    many("INSERT OR IGNORE INTO conditions (name) VALUES (?)", [(name,) for _, _, name in conditions])
    many(INSERT_CONDITION, conditions)
    many("INSERT OR IGNORE INTO sponsors (name, class) VALUES (?, ?)", [s[3:] for s in sponsors])
    many(INSERT_SPONSOR, sponsors)
    for name, its_rows in rows.items():
        if its_rows:
            many(f"INSERT INTO {name} VALUES ({', '.join('?' * len(TABLES[name].columns))})", its_rows)
    _drop_orphans(db, orphans)


def remove(db: Database, trial_id: str, at: str) -> None:
    """Marks a trial as gone; its rows stay."""
    db.execute("UPDATE trials SET removed_at = ?, last_changed = ? WHERE id = ?", [at, at, trial_id])


def _trial_row(one: Stored) -> tuple[Any, ...]:
    trial = one.trial
    lead = next((sponsor for sponsor in trial.sponsors if sponsor.role == "lead"), None)
    countries = {location.country for location in trial.locations if location.country}
    return (
        *[getattr(trial, name) for name in SCALARS],
        "; ".join(trial.conditions) or None,
        "; ".join(item.name for item in trial.interventions if item.name) or None,
        lead.name if lead else None,
        lead.sponsor_class if lead else None,
        months_between(trial.start_date, trial.completion_date),
        days_between(trial.first_submitted, trial.first_posted),
        len(countries) == 1 if countries else None,
        len(trial.locations),
        len(countries),
        one.first_seen,
        one.last_changed,
        None,
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


def _plain(value: Any) -> Any:
    """A list of the source as JSON, an empty one as NULL: the source did not say."""
    return (json.dumps(value, ensure_ascii=False) if value else None) if type(value) is tuple else value


def _take_out(db: Database, trials: list[tuple[str]]) -> set[tuple[str, int]]:
    """Removes what the trials listed; returns the conditions and sponsors that may be nobody's now."""
    ids = json.dumps([id for (id,) in trials])
    maybe_orphans = {
        (table, id)
        for table, column in (("conditions", "condition_id"), ("sponsors", "sponsor_id"))
        for (id,) in db.execute(
            f"SELECT DISTINCT {column} FROM trial_{table} WHERE trial_id IN (SELECT value FROM json_each(?))", [ids]
        )
    }
    for name in REPLACED:
        db.conn.executemany(f"DELETE FROM {name} WHERE trial_id = ?", trials)
    return maybe_orphans


def _drop_orphans(db: Database, maybe: set[tuple[str, int]]) -> None:
    for table, column in (("conditions", "condition_id"), ("sponsors", "sponsor_id")):
        db.conn.executemany(
            f"DELETE FROM {table} WHERE id = ? AND NOT EXISTS (SELECT 1 FROM trial_{table} WHERE {column} = ?)",
            [(id, id) for found, id in maybe if found == table],
        )
