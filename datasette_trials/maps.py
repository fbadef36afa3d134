"""Sites on a map that is drawn here: where each dot stands, and how much of the outline is seen. Pure.

The outline is static/world.svg (see outline.py). Nothing is asked of a map server, so that nobody learns what a reader
looks at. Latitudes and longitudes are degrees, distances kilometres, places in a drawing its own units.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from math import asin, atan2, cos, degrees, radians, sin, sqrt
from typing import Any, NamedTuple

EARTH = 6371.0088  # mean radius, km
OUTLINE_UNITS = 25  # of world.svg in one degree
WIDTH = 720
MARGIN = 28  # between the outermost dot and the frame
CLOSEST = 4.0  # degrees of latitude that are shown at least: the outline is true to some 6 km
NEAR = 5  # units within which two dots become one
OPEN = frozenset(("Recruiting", "Available"))


class Dot(NamedTuple):
    """One or more sites at one spot. `open`: whether one of them says that it recruits."""

    x: float
    y: float
    r: float
    sites: int
    open: bool
    label: str


class SiteMap(NamedTuple):
    """What `_map.html` draws. `transform` lays world.svg under the dots; `ring` is the line around a radius."""

    width: int
    height: int
    transform: str
    dots: tuple[Dot, ...]
    ring: str | None
    centre: tuple[float, float] | None
    placed: int
    unplaced: int


class View(NamedTuple):
    """An equirectangular drawing, true to shape in its middle: units per degree, and the middle of the frame."""

    width: int
    height: int
    longitude: float
    latitude: float
    across: float
    down: float

    def spot(self, latitude: float, longitude: float) -> tuple[float, float]:
        """Where a place stands in the frame; beyond the date line where that is nearer to the middle."""
        east = wrapped(longitude - self.longitude)
        return round(self.width / 2 + east * self.across, 1), round(self._y(latitude), 1)

    def _y(self, latitude: float) -> float:
        return self.height / 2 + (self.latitude - latitude) * self.down

    def transform(self) -> str:
        """How world.svg comes to lie under it."""
        x, y = self.width / 2 - self.longitude * self.across, self._y(0)
        return f"matrix({self.across / OUTLINE_UNITS:.5f} 0 0 {self.down / OUTLINE_UNITS:.5f} {x:.1f} {y:.1f})"


def km(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """The distance of two places on a sphere, in km; 0.5 % at most from that on the ellipsoid."""
    first, second = radians(latitude), radians(other_latitude)
    half = sin((second - first) / 2) ** 2
    half += cos(first) * cos(second) * sin(radians(other_longitude - longitude) / 2) ** 2
    return 2 * EARTH * asin(sqrt(min(1.0, half)))


def km_or_null(latitude: Any, longitude: Any, other_latitude: Any, other_longitude: Any) -> float | None:
    """The same for SQL, where a value may be missing or no place: NULL then."""
    if is_place(latitude, longitude) and is_place(other_latitude, other_longitude):
        return km(latitude, longitude, other_latitude, other_longitude)
    return None


def wrapped(longitude: float) -> float:
    """The same longitude between -180 and 180."""
    return (longitude + 180) % 360 - 180


def is_place(latitude: Any, longitude: Any) -> bool:
    """Whether two values are a latitude and a longitude."""
    numbers = all(isinstance(value, int | float) for value in (latitude, longitude))
    return numbers and -90 <= latitude <= 90 and -180 <= longitude <= 180


def site_map(
    sites: Iterable[Mapping[str, Any]],
    width: int = WIDTH,
    centre: tuple[float, float] | None = None,
    radius: float | None = None,
) -> SiteMap | None:
    """The map of some rows of `locations`: latitude, longitude, city, country, status. None where none has a place.

    `centre` and `radius` (km) draw a ring, and the frame holds it. `unplaced` counts the sites without coordinates.
    """
    listed = list(sites)
    placed = [site for site in listed if is_place(site["latitude"], site["longitude"])]
    circle = around(centre, radius) if centre and radius else []
    spots = [(site["latitude"], site["longitude"]) for site in placed] + circle + ([centre] if centre else [])
    if centre:  # as seen from there, so that a frame across the date line is no frame around the world
        spots = [(latitude, centre[1] + wrapped(longitude - centre[1])) for latitude, longitude in spots]
    if not spots:
        return None
    view = framed(spots, width)
    return SiteMap(
        view.width,
        view.height,
        view.transform(),
        tuple(dots(placed, view)),
        "M" + "L".join("{} {}".format(*view.spot(*spot)) for spot in circle) + "Z" if circle else None,
        view.spot(*centre) if centre else None,
        len(placed),
        len(listed) - len(placed),
    )


def framed(spots: list[tuple[float, float]], width: int) -> View:
    """The frame that holds all (latitude, longitude), no closer than `CLOSEST`; beyond half a world, the whole."""
    south, north = min(spot[0] for spot in spots), max(spot[0] for spot in spots)
    west, east = min(spot[1] for spot in spots), max(spot[1] for spot in spots)
    if east - west > 170 or north - south > 100:
        height = round(width * 0.45)
        return View(width, height, 0, (max(north, 75) + min(south, -55)) / 2, width / 360, width / 360)
    height = width // 2
    latitude, longitude = (south + north) / 2, (west + east) / 2
    narrow = max(0.2, cos(radians(latitude)))
    inner, upright = width - 2 * MARGIN, height - 2 * MARGIN
    down = min(upright / max(north - south, CLOSEST), inner / max((east - west) * narrow, CLOSEST))
    return View(width, height, longitude, latitude, down * narrow, down)


def dots(sites: Iterable[Mapping[str, Any]], view: View) -> list[Dot]:
    """Sites as dots, those that would cover each other as one, the largest first so that none is hidden."""
    together: dict[tuple[int, int], list[Mapping[str, Any]]] = defaultdict(list)
    for site in sites:
        x, y = view.spot(site["latitude"], site["longitude"])
        together[round(x / NEAR), round(y / NEAR)].append(site)
    found = []
    for group in together.values():
        places = [view.spot(site["latitude"], site["longitude"]) for site in group]
        x, y = (round(sum(place[axis] for place in places) / len(places), 1) for axis in (0, 1))
        r = round(min(14.0, 3.6 + 0.9 * sqrt(len(group))), 1)
        found.append(Dot(x, y, r, len(group), any(site["status"] in OPEN for site in group), named(group)))
    return sorted(found, key=lambda dot: (-dot.sites, dot.x, dot.y))


def named(group: list[Mapping[str, Any]]) -> str:
    """What a dot stands for: `Oslo, Norway and 2 more places: 5 sites`."""
    names = Counter(", ".join(str(part) for part in (site["city"], site["country"]) if part) for site in group)
    first, _ = names.most_common(1)[0]
    more = f" and {len(names) - 1} more place{'s' * (len(names) > 2)}" if len(names) > 1 else ""
    return f"{first or 'A place without a name'}{more}: {len(group)} site{'s' * (len(group) > 1)}"


def around(centre: tuple[float, float], radius: float, corners: int = 60) -> list[tuple[float, float]]:
    """The places at a distance of `radius` km from the centre, all around it; longitudes go on beyond 180."""
    latitude, longitude = radians(centre[0]), radians(centre[1])
    arc = radius / EARTH
    found = []
    for corner in range(corners):
        bearing = radians(360 * corner / corners)
        y = sin(latitude) * cos(arc) + cos(latitude) * sin(arc) * cos(bearing)
        north = asin(max(-1.0, min(1.0, y)))
        turned = atan2(sin(bearing) * sin(arc) * cos(latitude), cos(arc) - sin(latitude) * sin(north))
        found.append((degrees(north), degrees(longitude + turned)))
    return found
