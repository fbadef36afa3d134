"""What a file without full-text search over criteria says where others search them: one that was published slim."""

from __future__ import annotations

QUESTION = "criteria_that_say"  # the ready question that searches them
WORDS = "This file has no full-text search over criteria."


def slim_queries() -> dict[str, dict[str, str | bool]]:
    """In the place of the ready question one that tells why there is no answer."""
    way_on = "Each trial's page has all of its criteria; SQL with LIKE reads every criterion of every trial."
    return {
        QUESTION: {
            "sql": f"SELECT '{WORDS}' AS answer",
            "title": "Criteria that say something: not in this file",
            "description": f"{WORDS} {way_on}",
            "hide_sql": True,
        }
    }
