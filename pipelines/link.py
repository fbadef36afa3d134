"""The same trial in two sources: records joined by the register number that both name. Writes `links` only."""

from __future__ import annotations

from sqlite_utils import Database

METHOD = "study_id"
EQUAL_STUDY_ID = """
INSERT INTO links (trial_id, other_id, method, evidence)
SELECT one.id, other.id, ?, one.study_id
FROM trials AS one JOIN trials AS other ON other.study_id = one.study_id AND other.id <> one.id
WHERE one.removed_at IS NULL AND other.removed_at IS NULL
"""


def link(db: Database) -> int:
    """Links every pair of live records that name one register number, both ways round; returns the number of links."""
    with db.atomic():
        db.execute("DELETE FROM links WHERE method = ?", [METHOD])
        return db.execute(EQUAL_STUDY_ID, [METHOD]).rowcount
