"""What a page shows of a trial's recruitment listings, and of a listing's record at the register."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

AT_MOST = 500  # differences of one listing on a page; the table has the rest
LISTINGS = """
    SELECT id, id, ?1, url, title, status, last_updated FROM trials
    WHERE source = 'portal' AND study_id = ?1 AND id <> ?1 AND removed_at IS NULL ORDER BY id"""
RECORD = """
    SELECT listing.id, trial.id, trial.id, trial.url, trial.title, trial.status, trial.last_updated
    FROM trials AS listing JOIN trials AS trial ON trial.id = listing.study_id
    WHERE listing.id = ?1 AND listing.source = 'portal' AND trial.id <> ?1 AND trial.removed_at IS NULL"""
DIFFERENCES = """
    SELECT field, kind, portal_value, register_value, staleness_days FROM portal_differences
    WHERE listing_id = ? AND trial_id = ? ORDER BY field = 'criteria', field, position LIMIT ?"""


class Difference(NamedTuple):
    """One row of `portal_differences`; docs/reconciliation.md tells the kinds."""

    field: str
    kind: str
    portal_value: str | None
    register_value: str | None


class Elsewhere(NamedTuple):
    """The other side of a trial: one of its listings, or, seen from a listing, the register's record."""

    id: str  # of the other side
    listing_id: str
    trial_id: str  # of the register's record
    host: str | None
    url: str | None
    title: str | None
    status: str | None
    last_updated: str | None
    differences: tuple[Difference, ...]  # single values first, then criteria; empty: nothing that both say differs
    staleness_days: int | None  # by how many days at least the listing is the older one; None where it is not


def differences_of(db: sqlite3.Connection, trial_id: str) -> list[Elsewhere]:
    """Where else a trial is listed and how each listing differs from the register; for a listing's id the register's
    record. Reached over keys and indexes; empty for a trial that stands nowhere else."""
    found = [*db.execute(LISTINGS, (trial_id,)), *db.execute(RECORD, (trial_id,))]
    return [_elsewhere(db, row) for row in found]


def _elsewhere(db: sqlite3.Connection, row: Sequence[Any]) -> Elsewhere:
    listing_id, other_id, trial_id, url, title, status, last_updated = row
    rows = db.execute(DIFFERENCES, (listing_id, trial_id, AT_MOST)).fetchall()
    return Elsewhere(
        id=other_id,
        listing_id=listing_id,
        trial_id=trial_id,
        host=urlsplit(url).hostname if url else None,
        url=url,
        title=title,
        status=status,
        last_updated=last_updated,
        differences=tuple(Difference(*one[:4]) for one in rows),
        staleness_days=next((one[4] for one in rows if one[4] is not None), None),
    )
