"""Rows of trials into tables. A batch is one transaction of the caller; a trial that is stored again keeps its row, and
what it lists keeps its rows where it is the same."""

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
        f"ON CONFLICT (trial_id) DO UPDATE SET {', '.join(f'{c} = excluded.{c}' for c in columns)} "
        f"WHERE {' OR '.join(f'{c} IS NOT excluded.{c}' for c in columns)}"
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
# What a trial lists is replaced whole, list by list where they differ; children before parents.
CRITERIA = ("thresholds", "criteria")
LISTS = (*CRITERIA, *(name for name in INSERTS if name not in CRITERIA))
# How the other lists of a trial stand in the file, told as `rows_of` tells them. Problems are the last run's always.
SAID = {
    name: f"SELECT {said} WHERE trial_id = ? ORDER BY position"
    for name, said in {
        "trial_conditions": "trial_id, position, name FROM trial_conditions JOIN conditions ON id = condition_id",
        "trial_sponsors": "trial_id, role, position, name, class FROM trial_sponsors JOIN sponsors ON id = sponsor_id",
        "locations": f"NULL, {', '.join(list(TABLES['locations'].columns)[1:])} FROM locations",
        **{name: f"* FROM {name}" for name in ("keywords", *LISTED)},
    }.items()
}


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
    same = {one.id: _same_lists(db, one) for one in batch if not one.is_new}
    orphans = _take_out(db, {name: [id for id in same if name not in same[id]] for name in LISTS}) if same else set()
    rows: Rows = {name: [] for name in (*UPSERTS, *INSERTS)}
    next_criterion = (db.execute("SELECT max(id) FROM criteria").fetchone()[0] or 0) + 1
    for one in batch:
        for name, its_rows in one.rows.items():
            if name in same.get(one.id, ()):
                continue
            if name == "trials":
                rows[name].append((*its_rows[0], one.first_seen, one.last_changed, None))
            elif name == "criteria":
                rows[name] += [_numbered(row, next_criterion) for row in its_rows]
            elif name == "thresholds":
                rows[name] += [_of_criterion(row, next_criterion) for row in its_rows]
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


def _of_criterion(row: tuple[Any, ...], first: int) -> tuple[Any, ...]:
    """A threshold's row with its criterion's id in place of the position; its own comes from SQLite."""
    _, position, *rest = row
    return (None, first + position, *rest)


def _same_lists(db: Database, one: Stored) -> set[str]:
    """The lists of a trial that stand in the file as they would be stored. Most of what changes is a status or a date,
    and to compare a list costs less than to write it with its indexes."""
    same = {name for name, sql in SAID.items() if db.execute(sql, [one.id]).fetchall() == one.rows.get(name, [])}
    return same | set(CRITERIA) if _same_criteria(db, one) else same


def _same_criteria(db: Database, one: Stored) -> bool:
    """Whether the criteria and thresholds of a trial stand in the file as they would be stored."""
    criteria = db.execute("SELECT * FROM criteria WHERE trial_id = ? ORDER BY position", [one.id]).fetchall()
    if not criteria or len(criteria) != len(one.rows["criteria"]):
        return False
    first = criteria[0][0]
    if criteria != [_numbered(row, first) for row in one.rows["criteria"]]:
        return False
    thresholds = db.execute("SELECT * FROM thresholds WHERE trial_id = ? ORDER BY id", [one.id]).fetchall()
    return [row[1:] for row in thresholds] == [_of_criterion(row, first)[1:] for row in one.rows["thresholds"]]


def remove(db: Database, trial_id: str, at: str) -> None:
    """Marks a trial as gone; its rows stay."""
    db.execute("UPDATE trials SET removed_at = ?, last_changed = ? WHERE id = ?", [at, at, trial_id])


def _take_out(db: Database, lists: dict[str, list[str]]) -> set[tuple[str, int]]:
    """Removes the lists named of the trials named; returns the conditions and sponsors that may be nobody's now."""
    maybe_orphans = {
        (table, id)
        for table, column in (("conditions", "condition_id"), ("sponsors", "sponsor_id"))
        for (id,) in db.execute(
            f"SELECT DISTINCT {column} FROM trial_{table} WHERE trial_id IN (SELECT value FROM json_each(?))",
            [json.dumps(lists[f"trial_{table}"])],
        )
    }
    for name, ids in lists.items():
        db.conn.executemany(f"DELETE FROM {name} WHERE trial_id = ?", [(id,) for id in ids])
    return maybe_orphans


def _drop_orphans(db: Database, maybe: set[tuple[str, int]]) -> None:
    for table, column in (("conditions", "condition_id"), ("sponsors", "sponsor_id")):
        db.conn.executemany(
            f"DELETE FROM {table} WHERE id = ? AND NOT EXISTS (SELECT 1 FROM trial_{table} WHERE {column} = ?)",
            [(id, id) for found, id in maybe if found == table],
        )
