"""Where trials have sites: counts by country and by place, and what *Near me* asks for, made when a file is published.

`places` names every place once. The coordinates of a register are those of cities: a few thousand places stand for
millions of sites, so that a plain index on the latitude finds those within a distance in no time, and no R*Tree is
needed, which a SQLite without that module could not open (benchmarks/near.py measures both).
"""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

import numpy

from pipelines.schema import TABLES, Column, Table, create_sql
from pipelines.sites import Kind, Numbers, Sites, pairs
from pipelines.summaries import RECRUITING, TRIALS, numbered

OPEN = ("Recruiting", "Available")
AT_ONCE = 50_000  # rows that are held as Python's objects: a file has millions

PLACE_TABLES = {
    "counts_by_country": numbered(
        "Counts by country",
        "How many live trials have sites in a country, how many of them recruit, and how many sites they have there.",
        {
            "country": Column(str, "Country"),
            "country_code": Column(str, "ISO 3166 code, where a source gives it"),
            "trials": TRIALS,
            "recruiting": RECRUITING,
            "sites": Column(int, "Sites of these trials in the country"),
        },
        sort="id",
    ),
    "places": numbered(
        "Places",
        "Every place that sites of live trials name, with its coordinates as the register gives them.",
        {
            "city": Column(str, "City"),
            "state": Column(str, "State or province"),
            "country": Column(str, "Country"),
            "latitude": Column(float, "Degrees north"),
            "longitude": Column(float, "Degrees east"),
            "sites": Column(int, "Sites of live trials"),
            "trials": TRIALS,
            "recruiting": RECRUITING,
        },
        indexes=(("city",), ("country",), ("latitude", "longitude")),
        label="city",
    ),
    "trial_places": Table(
        "Trials at places",
        "Which live trial has sites at which place, for places with coordinates.",
        {
            "place_id": Column(int, "Place"),
            "trial_id": Column(str, "Trial"),
            "trial_row": Column(int, "Row number of the trial in this file, as the search has it"),
            "status": TABLES["trials"].columns["status"],
            "open_here": Column(
                int,
                "1 where the trial recruits (or is available), and a site there says so, too, or says nothing else",
            ),
        },
        ("place_id", "trial_id"),
        refers=(("place_id", "places", "id"), ("trial_id", "trials", "id")),
        indexes=(("trial_id",),),
        own_key=True,
        facets=("open_here",),
    ),
}


class Place(NamedTuple):
    city: str
    state: str | None
    country: str | None
    latitude: float | None
    longitude: float | None

    @property
    def is_on_the_map(self) -> bool:
        return (
            self.latitude is not None
            and self.longitude is not None
            and -90 <= self.latitude <= 90
            and -180 <= self.longitude <= 180
        )

    @property
    def in_order(self) -> tuple[tuple[bool, str | float], ...]:
        """For sorting; what is not said comes first."""
        return tuple((value is not None, value if value is not None else "") for value in self)


def make_places(db: sqlite3.Connection, sites: Sites) -> None:
    """Makes the three tables anew. Commits nothing."""
    for name, table in PLACE_TABLES.items():
        db.execute(f"DROP TABLE IF EXISTS {name}")
        db.execute(create_sql(name, table))
    _count_countries(db, sites)
    _place_trials(db, sites, _count_places(db, sites))
    for name, table in PLACE_TABLES.items():
        for columns in table.indexes:
            db.execute(f"CREATE INDEX {name}_by_{columns[0]} ON {name} ({', '.join(columns)})")


def search_places(db: sqlite3.Connection) -> None:
    """Makes the search over the names of places anew. Commits nothing."""
    db.execute("DROP TABLE IF EXISTS places_fts")
    db.execute(
        'CREATE VIRTUAL TABLE places_fts USING fts5 (city, state, country, content="places", content_rowid="id", '
        'tokenize="unicode61 remove_diacritics 2")'
    )
    db.execute("INSERT INTO places_fts (places_fts) VALUES ('rebuild')")


def _count_countries(db: sqlite3.Connection, sites: Sites) -> None:
    countries, country = sites.by(lambda kind: kind.country)
    counted = (country >= 0) & sites.live[sites.trial]
    codes: dict[str, str] = {}
    for number in numpy.unique(sites.kind[counted]):
        kind = sites.kinds[number]
        if kind.country is not None and kind.country_code is not None:
            codes[kind.country] = max(kind.country_code, codes.get(kind.country, ""))
    said = _counts(sites, country[counted], sites.trial[counted], len(countries))
    rows = [(name, codes.get(name), *counts) for name, counts in zip(countries, said, strict=True) if counts[0]]
    rows.sort(key=lambda row: (-row[2], row[0]))
    db.executemany("INSERT INTO counts_by_country VALUES (NULL, ?, ?, ?, ?, ?)", rows)


def _count_places(db: sqlite3.Connection, sites: Sites) -> Numbers:
    """Returns for each site the id of its place, 0 where it is on no map or its trial is gone."""
    places, place = sites.by(_place)
    counted = (place >= 0) & sites.live[sites.trial]
    counts = _counts(sites, place[counted], sites.trial[counted], len(places))
    in_order = sorted(
        (number for number, (trials, *_) in enumerate(counts) if trials),
        key=lambda number: (-counts[number][0], places[number].in_order),
    )
    ids = numpy.zeros(len(places) + 1, "<i8")  # the last one for sites without a place, which is -1
    for id, number in enumerate(in_order, start=1):
        one, (trials, recruiting, n) = places[number], counts[number]
        db.execute("INSERT INTO places VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", [id, *one, n, trials, recruiting])
        ids[number] = id if one.is_on_the_map else 0
    return numpy.where(counted, ids[place], 0)


def _place_trials(db: sqlite3.Connection, sites: Sites, place_id: Numbers) -> None:
    """Each trial at each place once; open there where any of its sites is."""
    says_open = numpy.array([kind.status is None or kind.status in OPEN for kind in sites.kinds], bool)
    open_here = says_open[sites.kind] & sites.has_status(*OPEN)[sites.trial]
    here = place_id > 0
    at, of, _, which = pairs(place_id[here], sites.trial[here])
    is_open = numpy.bincount(which, weights=open_here[here], minlength=len(at)) > 0
    for start in range(0, len(at), AT_ONCE):
        some = (array[start : start + AT_ONCE].tolist() for array in (at, of, is_open))
        db.executemany(
            "INSERT INTO trial_places VALUES (?, ?, ?, ?, ?)",
            [(id, sites.ids[row], row, sites.statuses[row], opened) for id, row, opened in zip(*some, strict=True)],
        )


def _place(kind: Kind) -> Place | None:
    if kind.city is None:
        return None
    return Place(kind.city, kind.state, kind.country, kind.latitude, kind.longitude)


def _counts(sites: Sites, where: Numbers, trial: Numbers, number: int) -> list[tuple[int, int, int]]:
    """For each of a number of places or countries: its trials, how many of these recruit, and the sites there."""
    at, of, often, _ = pairs(where, trial)
    recruits = sites.has_status("Recruiting")[of]
    trials, recruiting, all_sites = (
        numpy.bincount(at, weights=weights, minlength=number).astype("<i8").tolist()
        for weights in (None, recruits, often)
    )
    return list(zip(trials, recruiting, all_sites, strict=True))
