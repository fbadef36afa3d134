"""Everything the file says about one trial, read in one go by the thread that has the connection.

All of it is reached by the trial's id, over a key or an index, so that a page costs the same at 500 trials and 500,000.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from datasette_trials.listings import Elsewhere, differences_of

Row = Mapping[str, Any]

AT_MOST = 2_000  # rows of one list on a page; the longest real list of sites has 1,154. The table has the rest.
IN_ORDER = (
    "interventions", "arms", "arm_interventions", "outcomes", "keywords", "identifiers", "mesh_terms", "citations",
    "retractions", "documents", "officials", "see_also_links", "available_data", "removed_countries", "flow_groups",
    "flow_counts", "result_outcomes", "result_groups", "result_values", "adverse_event_groups", "locations",
    "criteria", "field_sources",
)  # fmt: skip
QUERIES = {
    **{table: f"SELECT * FROM {table} WHERE trial_id = ? ORDER BY position" for table in IN_ORDER},
    "texts": "SELECT * FROM trial_texts WHERE trial_id = ?",
    "details": "SELECT * FROM trial_details WHERE trial_id = ?",
    "thresholds": "SELECT * FROM thresholds WHERE trial_id = ? ORDER BY id",
    "conditions": """
        SELECT conditions.id, conditions.name FROM trial_conditions
        JOIN conditions ON conditions.id = condition_id WHERE trial_id = ? ORDER BY position""",
    "sponsors": """
        SELECT sponsors.id, sponsors.name, sponsors.class, role FROM trial_sponsors
        JOIN sponsors ON sponsors.id = sponsor_id WHERE trial_id = ? ORDER BY role DESC, position""",
    "similar_trials": "SELECT * FROM similar_trials WHERE trial_id = ? ORDER BY rank",
    "links": "SELECT other_id, method, evidence FROM links WHERE trial_id = ?1 UNION "
    "SELECT trial_id, method, evidence FROM links WHERE other_id = ?1 ORDER BY 1, 2",
    "changes": "SELECT * FROM changes WHERE trial_id = ? ORDER BY id DESC",
    "problems": "SELECT field, value, reason FROM problems WHERE trial_id = ? ORDER BY id",
}
OTHER = "SELECT id, source, url, title, status, phase, lead_sponsor, enrollment, removed_at FROM trials WHERE id = ?"


class Told(NamedTuple):
    """What the file says of one trial: its row, its lists by name, and the trials that those name."""

    trial: Row
    lists: Mapping[str, list[Row]]
    others: Mapping[str, Row]
    cut: frozenset[str]  # lists longer than AT_MOST
    listings: Sequence[Elsewhere] = ()  # the other side, seen from the register's record or from a listing

    def one(self, name: str) -> Row:
        """The only row of a list, an empty one where there is none."""
        return self.lists[name][0] if self.lists[name] else {}


def told(db: sqlite3.Connection, trial_id: str) -> Told | None:
    """What the file says of a trial; None for an id that it does not have."""
    found = _rows(db, "SELECT * FROM trials WHERE id = ?", trial_id)
    if not found:
        return None
    lists = {name: _rows(db, f"{sql} LIMIT {AT_MOST + 1}", trial_id) for name, sql in QUERIES.items()}
    cut = frozenset(name for name, rows in lists.items() if len(rows) > AT_MOST)
    named = [row["other_id"] for row in lists["links"]] + [row["similar_id"] for row in lists["similar_trials"]]
    kept = {name: rows[:AT_MOST] for name, rows in lists.items()}
    return Told(found[0], kept, _others(db, named), cut, differences_of(db, trial_id))


def _others(db: sqlite3.Connection, ids: Iterable[str]) -> dict[str, Row]:
    return {one: rows[0] for one in dict.fromkeys(ids) if (rows := _rows(db, OTHER, one))}


def _rows(db: sqlite3.Connection, sql: str, value: str) -> list[Row]:
    cursor = db.execute(sql, (value,))
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def known_as(db: sqlite3.Connection, number: str) -> list[str]:
    """The trials of the file that have a number among their own, as an alias or a listing's: at most ten ids."""
    sql = """
        SELECT id FROM trials WHERE study_id = ?1 UNION
        SELECT trial_id FROM identifiers WHERE value = ?1 LIMIT 10"""
    return [str(row["id"]) for row in _rows(db, sql, number)]
