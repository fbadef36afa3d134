"""*Near me*: trials by the distance of their sites from a place or from coordinates. Nothing leaves this server.

Place names are those of the file's own sites. A name that several places bear is asked about, never guessed: first
places are found (`places_named`, `meant`), then trials (`trials_near`).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy

from datasette_trials.maps import EARTH, km
from datasette_trials.near_asked import MOST, STATUSES, Asked, folded, fts
from datasette_trials.search_rows import Mask, Rows, numbers

OFFERED = 12
RARER = 8  # rows that are looked at in the time of one trial's places, which lie all over the file
A_DEGREE = 3.141592653589793 * EARTH / 180  # km
IN_COLUMNS = "condition condition_mesh condition_broader keyword title official_title"  # of search_fts


class Place(NamedTuple):
    """A place of the file by its name, at the coordinates that most of its trials give."""

    label: str
    city: str
    latitude: float
    longitude: float
    trials: int
    recruiting: int


class Near(NamedTuple):
    """A trial and where its nearest site is."""

    trial_id: str
    km: float
    place_id: int


class Found(NamedTuple):
    trials: list[Near]
    more: bool  # whether the counting stopped at MOST
    places: int  # with coordinates, within the radius


# --- places ---------------------------------------------------------------------------------------------------------

NAMED = """
    SELECT city, state, country, latitude, longitude, sum(trials), sum(recruiting), max(trials)
    FROM places WHERE latitude IS NOT NULL AND longitude IS NOT NULL AND {which}
    GROUP BY city, state, country ORDER BY sum(trials) DESC LIMIT ?"""


def places_named(db: sqlite3.Connection, text: str) -> list[Place]:
    """The places that a typed name may mean, those of just that name first, then those with most trials.

    One place alone when the text is its whole label, as the page writes it. SQLite takes latitude and longitude from
    the row that has max(trials).
    """
    query = fts(text, "*")
    if not query:
        return []
    within = "id IN (SELECT rowid FROM places_fts WHERE places_fts MATCH ?)"
    found = [place_of(row) for row in db.execute(NAMED.format(which=within), (query, 200))]
    wanted = folded(text)
    whole = [place for place in found if folded(place.label) == wanted]
    ranked = sorted(found, key=lambda place: (folded(place.city) != wanted, -place.trials, place.label))
    return whole[:1] or ranked[:OFFERED]


def largest_places(db: sqlite3.Connection) -> list[Place]:
    """Where most trials are: examples for a page that was not asked for anything."""
    return [place_of(row) for row in db.execute(NAMED.format(which="1"), (OFFERED,))]


def place_of(row: Any) -> Place:
    city, state, country, latitude, longitude, trials, recruiting, _ = row
    label = ", ".join(part for part in (city, state, country) if part)
    return Place(label, city, latitude, longitude, trials, recruiting)


def meant(places: list[Place], text: str) -> Place | None:
    """The one place that a name can only mean: the single one found, or the single one of just that name."""
    exact = [place for place in places if folded(text) in (folded(place.city), folded(place.label))]
    only = exact if exact else places
    return only[0] if len(only) == 1 else None


def places_within(db: sqlite3.Connection, centre: tuple[float, float], radius: float) -> list[tuple[float, int, int]]:
    """(km, place, its trials) within the radius, the nearest first."""
    degrees = radius / A_DEGREE
    rows = db.execute(
        "SELECT id, latitude, longitude, trials FROM places WHERE latitude BETWEEN ? AND ? AND longitude IS NOT NULL",
        (centre[0] - degrees, centre[0] + degrees),
    )
    measured = ((km(*centre, latitude, longitude), place, trials) for place, latitude, longitude, trials in rows)
    return sorted(each for each in measured if each[0] <= radius)


# --- trials ---------------------------------------------------------------------------------------------------------


def trials_near(db: sqlite3.Connection, centre: tuple[float, float], wanted: Asked) -> Found:
    """The trials with a site within the radius, by their nearest site, newest numbers first at one distance.

    Goes from place to place outwards and stops at MOST trials. Words are looked for in conditions and titles; where
    they are rarer than the trials around, it goes from the trials that have them to their places instead: for a word
    that nobody uses the other way reads every site within the radius and finds nothing (benchmarks/near.py asks so).
    """
    within = places_within(db, centre, wanted.radius)
    matching = with_words(db, wanted.words) if wanted.words else None
    if matching is not None and len(matching) * RARER < outwards(db, len(matching), within):
        return Found(*nearest_of(db, matching, within, wanted.status), len(within))
    has_words = None if matching is None else marked(db, matching)
    found: dict[str, Near] = {}
    for distance, place, _ in within:
        for trial_id in trials_at(db, place, wanted.status, has_words):
            if trial_id not in found:
                if len(found) == MOST:
                    return Found(list(found.values()), True, len(within))
                found[trial_id] = Near(trial_id, distance, place)
    return Found(list(found.values()), False, len(within))


def outwards(db: sqlite3.Connection, matching: int, within: list[tuple[float, int, int]]) -> float:
    """About how many rows are looked at from place to place, until MOST of the matching trials are found or all."""
    trials: int = db.execute("SELECT max(rowid) FROM trials").fetchone()[0]
    return min(sum(there for _, _, there in within), MOST * trials / max(matching, 1))


def nearest_of(
    db: sqlite3.Connection, matching: Rows, within: list[tuple[float, int, int]], status: str
) -> tuple[list[Near], bool]:
    """The same, from a few trials to their places: at most MOST of them, and whether there are more."""
    distances = {place: distance for distance, place, _ in within}
    sql = f"""
        SELECT trial_id, place_id FROM trial_places
        WHERE trial_id = (SELECT id FROM trials WHERE trials.rowid = ?) AND {STATUSES[status][1]}"""
    nearest: dict[str, Near] = {}
    for row in matching.tolist():
        for trial_id, place in db.execute(sql, (row,)):
            if place in distances and (trial_id not in nearest or distances[place] < nearest[trial_id].km):
                nearest[trial_id] = Near(trial_id, distances[place], place)
    newest_first = sorted(nearest.values(), key=lambda one: one.trial_id, reverse=True)
    found = sorted(newest_first, key=lambda one: (one.km, one.place_id))
    return found[:MOST], len(found) > MOST


def with_words(db: sqlite3.Connection, words: str) -> Rows:
    """The rows of `trials` whose conditions, with the MeSH headings of them and above them, or titles have all the
    words."""
    query = fts(words)
    if not query:
        return numpy.zeros(0, numpy.int64)
    return numbers(db, "rowid", "search_fts WHERE search_fts MATCH ?", f"{{{IN_COLUMNS}}} : ({query})")


def marked(db: sqlite3.Connection, rows: Rows) -> Mask:
    """For every row of `trials`, whether it is one of some."""
    (last,) = db.execute("SELECT max(rowid) FROM trials").fetchone()
    mask = numpy.zeros((last or 0) + 1, bool)
    mask[rows] = True
    return mask


def trials_at(db: sqlite3.Connection, place: int, status: str, has_words: Mask | None) -> Iterator[str]:
    """The trials at one place, the newest numbers first.

    Their rows are compared with those that have the words all at once, in NumPy: one by one each would be looked up in
    Python.
    """
    newest_first = f"FROM trial_places WHERE place_id = ? AND {STATUSES[status][1]} ORDER BY trial_id DESC"
    if has_words is None:
        yield from (trial_id for (trial_id,) in db.execute(f"SELECT trial_id {newest_first}", (place,)))
        return
    rows = numbers(db, "trial_row", f"(SELECT trial_row {newest_first})", place)
    listed = json.dumps(rows[has_words[rows]].tolist())  # CROSS JOIN keeps its order
    sql = "SELECT trial_facets.id FROM json_each(?) CROSS JOIN trial_facets ON trial_row = value"
    yield from (trial_id for (trial_id,) in db.execute(sql, (listed,)))


SHOWN = """
    SELECT trials.id, trials.title, trials.status, trials.phase, trials.conditions, trials.last_updated,
           trials.lead_sponsor, trials.source
    FROM trials WHERE trials.id = ?"""
SITES = """
    SELECT locations.facility, locations.city, locations.state, locations.country, locations.status,
           locations.latitude, locations.longitude
    FROM locations JOIN places ON places.id = ?
    WHERE locations.trial_id = ? AND locations.city = places.city AND locations.state IS places.state
      AND locations.country IS places.country AND round(locations.latitude, 3) = places.latitude
      AND round(locations.longitude, 3) = places.longitude
    ORDER BY locations.position"""


def shown(db: sqlite3.Connection, near: list[Near]) -> list[dict[str, Any]]:
    """What the page says of each trial: its facts, its distance and its nearest sites."""
    listed = []
    for one in near:
        facts = columns(db.execute(SHOWN, (one.trial_id,)))[0]
        sites = columns(db.execute(SITES, (one.place_id, one.trial_id)))
        listed.append(facts | {"km": round(one.km, 1), "sites": sites})
    return listed


def columns(cursor: sqlite3.Cursor) -> list[dict[str, Any]]:
    """The rows of a cursor by the names of their columns."""
    names = [name for name, *_ in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]
