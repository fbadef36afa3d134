"""Rows of trials into tables. A batch is one transaction of the caller; a trial that is stored again keeps its row."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlite_utils import Database

from pipelines.rows import ONE_A_TRIAL, Rows
from pipelines.schema import LISTED, TABLES

COLUMNS = tuple(TABLES["trials"].columns)
KEPT = {"id", "first_seen"}  # of a trial that is stored again
UPSERTS = {
    "trials": f"INSERT INTO trials ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))}) "
    f"ON CONFLICT (id) DO UPDATE SET {', '.join(f'{c} = excluded.{c}' for c in COLUMNS if c not in KEPT)}",
    **{
        table: f"INSERT INTO {table} (trial_id, {', '.join(columns)}) VALUES (?{', ?' * len(columns)}) "
        f"ON CONFLICT (trial_id) DO UPDATE SET {', '.join(f'{c} = excluded.{c}' for c in columns)}"
        for table, columns in ONE_A_TRIAL.items()
    },
}
INSERTS = {
    "trial_conditions": "INSERT INTO trial_conditions (trial_id, position, condition_id) "
    "SELECT ?, ?, id FROM conditions WHERE name = ?",
    "trial_sponsors": "INSERT INTO trial_sponsors (trial_id, role, position, sponsor_id) "
    "SELECT ?, ?, ?, id FROM sponsors WHERE name = ? AND ifnull(class, '') = ifnull(?, '')",
    **{
        name: f"INSERT INTO {name} VALUES ({', '.join('?' * len(TABLES[name].columns))})"
        for name in ("keywords", "locations", "criteria", "thresholds", "problems", *LISTED)
    },
}
# What a trial lists is replaced whole, children before parents.
REPLACED = ("thresholds", "criteria", *(name for name in INSERTS if name not in ("thresholds", "criteria")))


class Stored(NamedTuple):
    """A trial to store: its rows, and what the log says about it."""

    id: str
    rows: Rows
    run_id: int
    first_seen: str
    last_changed: str
    is_new: bool


def store(db: Database, batch: Iterable[Stored]) -> None:
    """Stores trials, each once a batch. Needs an open transaction."""
    batch = list(batch)
    known = [(one.id,) for one in batch if not one.is_new]
    orphans = _take_out(db, known) if known else set()
    rows: Rows = {name: [] for name in (*UPSERTS, *INSERTS)}
    next_criterion = (db.execute("SELECT max(id) FROM criteria").fetchone()[0] or 0) + 1
    for one in batch:
        for name, its_rows in one.rows.items():
            if name == "trials":
                rows[name].append((*its_rows[0], one.first_seen, one.last_changed, None))
            elif name == "criteria":
                rows[name] += [_numbered(row, next_criterion) for row in its_rows]
            elif name == "thresholds":
                rows[name] += [(None, next_criterion + position, *row) for _, position, *row in its_rows]
            elif name == "problems":
                rows[name] += [(None, one.run_id, *row) for row in its_rows]
            else:
                rows[name] += its_rows
        next_criterion += len(one.rows["criteria"])
    many = db.conn.executemany
    for name, sql in UPSERTS.items():
        many(sql, rows[name])
    many("INSERT OR IGNORE INTO conditions (name) VALUES (?)", [row[2:] for row in rows["trial_conditions"]])
    many("INSERT OR IGNORE INTO sponsors (name, class) VALUES (?, ?)", [row[3:] for row in rows["trial_sponsors"]])
    for name, sql in INSERTS.items():
        if rows[name]:
            many(sql, rows[name])
    _drop_orphans(db, orphans)


def _numbered(row: tuple[Any, ...], first: int) -> tuple[Any, ...]:
    """A criterion's row with its id and its parent's in place of their positions."""
    position, trial_id, _, kind, level, parent, *rest = row
    return (first + position, trial_id, position, kind, level, None if parent is None else first + parent, *rest)


def remove(db: Database, trial_id: str, at: str) -> None:
    """Marks a trial as gone; its rows stay."""
    db.execute("UPDATE trials SET removed_at = ?, last_changed = ? WHERE id = ?", [at, at, trial_id])


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
