"""Which trial has sites at which place: what *Near me* asks for, made when a file is published.

`places` (see summaries.py) names every place once. The coordinates of a register are those of cities: a few thousand
places stand for millions of sites, so that a plain index on the latitude finds those within a distance in no time, and
no R*Tree is needed, which a SQLite without that module could not open (benchmarks/near.py measures both).
"""

from __future__ import annotations

import sqlite3

from sqlite_utils import Database

from pipelines.schema import TABLES, Column, Table, create_sql

OPEN = "('Recruiting', 'Available')"

TRIAL_PLACES = Table(
    "Trials at places",
    "Which live trial has sites at which place, for places with coordinates.",
    {
        "place_id": Column(int, "Place"),
        "trial_id": Column(str, "Trial"),
        "trial_row": Column(int, "Row number of the trial in this file, as the search has it"),
        "status": TABLES["trials"].columns["status"],
        "open_here": Column(
            int, "1 where the trial recruits (or is available), and a site there says so, too, or says nothing else"
        ),
    },
    ("place_id", "trial_id"),
    refers=(("place_id", "places", "id"), ("trial_id", "trials", "id")),
    own_key=True,
    facets=("open_here",),
)

PLACE_TABLES = {"trial_places": TRIAL_PLACES}

# CROSS JOIN keeps the order: sites lie in the order of their trials, so that each page of `trials` is read once. SQLite
# alone begins with the places, and then goes from page to page of both tables, back and forth for every site.
FILL = f"""
    INSERT INTO trial_places
    SELECT places.id, locations.trial_id, trials.rowid, trials.status,
           max(ifnull(trials.status IN {OPEN} AND ifnull(locations.status, trials.status) IN {OPEN}, 0))
    FROM locations
    CROSS JOIN trials ON trials.id = locations.trial_id AND trials.removed_at IS NULL
    CROSS JOIN places ON places.city = locations.city AND places.state IS locations.state
      AND places.country IS locations.country AND places.latitude = round(locations.latitude, 3)
      AND places.longitude = round(locations.longitude, 3)
    WHERE locations.latitude BETWEEN -90 AND 90 AND locations.longitude BETWEEN -180 AND 180
    GROUP BY 1, 2
    """


def make_places(db: sqlite3.Connection) -> None:
    """Makes `trial_places` and the search over `places` anew, which must have been made. Commits nothing."""
    tables = Database(db)
    db.execute("DROP TABLE IF EXISTS trial_places")
    db.execute(create_sql(tables, "trial_places", TRIAL_PLACES))
    db.execute("CREATE INDEX IF NOT EXISTS places_by_latitude ON places (latitude, longitude)")
    db.execute(FILL)
    db.execute("CREATE INDEX IF NOT EXISTS trial_places_by_trial_id ON trial_places (trial_id)")
    db.execute("DROP TABLE IF EXISTS places_fts")
    db.execute(
        'CREATE VIRTUAL TABLE places_fts USING fts5 (city, state, country, content="places", content_rowid="id", '
        'tokenize="unicode61 remove_diacritics 2")'
    )
    db.execute("INSERT INTO places_fts (places_fts) VALUES ('rebuild')")
