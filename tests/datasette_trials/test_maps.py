"""Where sites stand on the map."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import datasette_trials
from datasette_trials.maps import CLOSEST, around, is_place, km, site_map

OSLO, ROMA, SUVA = (59.91273, 10.74609), (41.89193, 12.51133), (-18.14161, 178.44149)
WORLD = Path(datasette_trials.__file__).parent / "static" / "world.svg"


def site(latitude: Any, longitude: Any, city: str = "City", status: str | None = None) -> dict[str, Any]:
    return {"latitude": latitude, "longitude": longitude, "city": city, "country": "Country", "status": status}


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [
        (OSLO, OSLO, 0),
        (OSLO, ROMA, 2007.5),  # by the spherical law of cosines, another formula for the same
        ((0, 0), (0, 1), 111.195),
        ((0, 179.5), (0, -179.5), 111.195),
        ((90, 0), (-90, 77), 20015.1),
    ],
)
def test_distances_on_a_sphere(one: tuple[float, float], other: tuple[float, float], distance: float) -> None:
    assert km(*one, *other) == pytest.approx(distance, abs=0.5)
    assert km(*other, *one) == pytest.approx(km(*one, *other))


@pytest.mark.parametrize("centre", [OSLO, SUVA, (0.0, 0.0), (89.0, 10.0)])
@pytest.mark.parametrize("radius", [10.0, 500.0, 3000.0])
def test_the_ring_stands_at_its_radius_all_around(centre: tuple[float, float], radius: float) -> None:
    ring = around(centre, radius)
    assert len(ring) == 60
    assert all(km(*centre, *spot) == pytest.approx(radius, rel=1e-6) for spot in ring)


@pytest.mark.parametrize(
    ("latitude", "longitude", "good"),
    [(0, 0, True), (90.0, -180.0, True), (90.1, 0, False), (0, 181, False), (None, 1, False), ("1", 1, False)],
)
def test_what_is_a_place(latitude: Any, longitude: Any, good: bool) -> None:
    assert is_place(latitude, longitude) is good


def test_no_map_without_a_place() -> None:
    assert site_map([]) is None
    assert site_map([site(None, None), site(999, 0)]) is None


def test_one_site_stands_in_the_middle_and_shows_its_surroundings() -> None:
    drawn = site_map([site(*OSLO, status="Recruiting"), site(None, None)])
    assert drawn
    assert (drawn.placed, drawn.unplaced) == (1, 1)
    (dot,) = drawn.dots
    assert (dot.x, dot.y) == (drawn.width / 2, drawn.height / 2)
    assert dot.open
    down = float(drawn.transform.split()[3]) * 25  # units a degree of latitude
    assert drawn.height / down >= CLOSEST


def test_sites_at_one_spot_are_one_dot_that_says_so() -> None:
    drawn = site_map([site(*OSLO, "Oslo"), site(*OSLO, "Oslo", "Recruiting"), site(*ROMA, "Roma", "Completed")])
    assert drawn
    assert [(dot.sites, dot.open, dot.label) for dot in drawn.dots] == [
        (2, True, "Oslo, Country: 2 sites"), (1, False, "Roma, Country: 1 site"),
    ]  # fmt: skip


def test_every_dot_stands_within_the_frame_and_north_is_up() -> None:
    places = [(latitude, longitude) for latitude in range(-60, 76, 15) for longitude in range(-180, 180, 20)]
    for some in (places, places[40:60], [OSLO, ROMA], [SUVA, (-13.8, 171.8)]):
        drawn = site_map([site(*place) for place in some])
        assert drawn
        assert all(0 <= dot.x <= drawn.width and 0 <= dot.y <= drawn.height for dot in drawn.dots)
    drawn = site_map([site(*OSLO, "North"), site(*ROMA, "South")])
    assert drawn
    north, south = sorted(drawn.dots, key=lambda dot: dot.label)
    assert north.y < south.y


def test_a_ring_across_the_date_line_is_one_line() -> None:
    drawn = site_map([site(-18.0, -179.5)], centre=SUVA, radius=600)
    assert drawn
    assert drawn.ring
    numbers = [tuple(map(float, pair.split())) for pair in re.split("[MLZ]", drawn.ring) if pair]
    assert all(abs(x1 - x0) < 60 for (x0, _), (x1, _) in zip(numbers, numbers[1:], strict=False))
    (dot,) = drawn.dots
    assert dot.x > drawn.width / 2, "east of the centre, though its longitude is far below"


def test_the_outline_is_small_and_holds_the_world() -> None:
    text = WORLD.read_text(encoding="utf-8")
    assert len(text) < 150_000
    land = re.findall(r"M(-?\d+),(-?\d+)l([^Mz]+)z", text.partition('id="borders"')[0])
    assert len(land) > 300
    for _, _, steps in land:
        numbers = list(map(int, re.findall(r"-?\d+", steps)))
        jumps = [abs(dx) for dx, dy in zip(numbers[::2], numbers[1::2], strict=True) if dy == 0 and abs(dx) > 4500]
        assert len(jumps) <= 1, "a coast does not leap across the world; only the frame below the South Pole does"
