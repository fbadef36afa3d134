"""Listings against the register: what each recruitment listing says otherwise than the record it names.

Writes `portal_differences` only. A pair is compared again when either side has changed since (`changes` tells) or the
rules have, so a night costs what it brought: `benchmarks/reconcile.py` prints how much.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from sqlite_utils import Database

from pipelines.differences import Criterion, Difference, Told, differences

RULES = 1  # to be raised with every change of pipelines/differences.py or naming.py: all pairs are then compared anew
BATCH = 500  # pairs a transaction
REMEMBERED = """
CREATE TABLE IF NOT EXISTS _reconciled (
  listing_id TEXT PRIMARY KEY, trial_id TEXT NOT NULL, listing_change INTEGER, trial_change INTEGER, rules INTEGER
) WITHOUT ROWID
"""
# A listing is what is not the register's own record, but names one that the file has.
PAIRS = """
SELECT listing.id, trial.id, (SELECT max(id) FROM changes WHERE trial_id = listing.id),
       (SELECT max(id) FROM changes WHERE trial_id = trial.id), ?
FROM trials AS listing JOIN trials AS trial ON trial.id = listing.study_id
WHERE listing.source = 'portal' AND listing.id <> trial.id AND listing.removed_at IS NULL AND trial.removed_at IS NULL
"""
SINGLE = """
SELECT id, title, official_title, acronym, status, phase, sex, min_age, max_age, min_age_years, max_age_years,
       lead_sponsor, last_updated
FROM trials WHERE id IN (SELECT value FROM json_each(?))
"""
LISTS = {
    "conditions": """
        SELECT trial_id, name FROM trial_conditions JOIN conditions ON conditions.id = condition_id
        WHERE trial_id IN (SELECT value FROM json_each(?)) ORDER BY trial_id, position""",
    "collaborators": """
        SELECT trial_id, name FROM trial_sponsors JOIN sponsors ON sponsors.id = sponsor_id
        WHERE trial_id IN (SELECT value FROM json_each(?)) AND role = 'collaborator' ORDER BY trial_id, position""",
    "other_names": """
        SELECT trial_id, name FROM keywords WHERE trial_id IN (SELECT value FROM json_each(?1)) UNION
        SELECT trial_id, term FROM mesh_terms WHERE trial_id IN (SELECT value FROM json_each(?1)) AND kind = 'condition'
        ORDER BY 1, 2""",
    "criteria": """
        SELECT trial_id, kind, text, heading, boilerplate FROM criteria
        WHERE trial_id IN (SELECT value FROM json_each(?)) ORDER BY trial_id, position""",
}
KEEP = """
INSERT INTO portal_differences
  (listing_id, trial_id, field, position, kind, portal_value, register_value, staleness_days)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""


class Pair(NamedTuple):
    """A listing and the record it names, each with its last change; None where nothing is told of it."""

    listing_id: str
    trial_id: str
    listing_change: int | None
    trial_change: int | None
    rules: int


def reconcile(db: Database) -> int:
    """Brings `portal_differences` up to date; returns how many pairs were compared. Can be run again at any time."""
    with db.atomic():
        db.execute(REMEMBERED)
    known = {row[0]: Pair(*row) for row in db.execute("SELECT * FROM _reconciled")}
    pairs = {row[0]: Pair(*row) for row in db.execute(PAIRS, [RULES]).fetchall()}
    with db.atomic():
        _forget(db, [id for id in known if id not in pairs])
    changed = iter([pair for id, pair in pairs.items() if known.get(id) != pair])
    compared = 0
    while batch := list(islice(changed, BATCH)):
        with db.atomic():
            _compare(db, batch)
        compared += len(batch)
    return compared


def _forget(db: Database, listings: Iterable[str]) -> None:
    for table in ("portal_differences", "_reconciled"):
        db.conn.executemany(f"DELETE FROM {table} WHERE listing_id = ?", [(id,) for id in listings])


def _compare(db: Database, batch: list[Pair]) -> None:
    told = read(db, {id for pair in batch for id in (pair.listing_id, pair.trial_id)})
    _forget(db, [pair.listing_id for pair in batch])
    db.conn.executemany(
        KEEP, [row for pair in batch for row in _rows(pair, differences(told[pair.listing_id], told[pair.trial_id]))]
    )
    db.conn.executemany("INSERT INTO _reconciled VALUES (?, ?, ?, ?, ?)", batch)


def _rows(pair: Pair, found: Iterable[Difference]) -> Iterator[tuple[Any, ...]]:
    """One row a difference; `position` counts those of a field."""
    counted: defaultdict[str, int] = defaultdict(int)
    for field, kind, here, there, days in found:
        yield pair.listing_id, pair.trial_id, field, counted[field], kind, here, there, days
        counted[field] += 1


def read(db: Database, ids: Iterable[str]) -> dict[str, Told]:
    """What the file says of some trials, as far as it is compared."""
    asked = json.dumps(sorted(ids))
    lists: dict[str, dict[str, list[Any]]] = {}
    for name, sql in LISTS.items():
        of = lists[name] = {}
        for trial, *said in db.execute(sql, [asked]):
            of.setdefault(trial, []).append(Criterion(*said) if name == "criteria" else said[0])
    return {
        id: Told(*single, *(tuple(of.get(id, ())) for of in lists.values()))
        for id, *single in db.execute(SINGLE, [asked]).fetchall()
    }
