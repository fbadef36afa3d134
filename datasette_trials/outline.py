"""Makes static/world.svg, the outline that every map is drawn on, from a file of the npm package `world-atlas`.

    npm install world-atlas@2
    python -m datasette_trials.outline node_modules/world-atlas/countries-50m.json > datasette_trials/static/world.svg

The outline is Natural Earth's (public domain, see NOTICE), thinned until the file is small enough for a page: no map
server is asked for anything. Run once by hand; the pages read the file that it made.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

UNITS = 25  # of the drawing in one degree: 4 km at the equator
TOLERANCE = 0.06  # degrees that the thinned line may stand from the full one
SMALLEST = 0.02  # square degrees; a smaller island is left out

Point = tuple[float, float]  # longitude and latitude in degrees


def svg(topology: dict[str, Any]) -> str:
    """The drawing: `#land`, the coasts as closed lines, and `#borders` between countries. x is the longitude and y
    the latitude downwards, both in 25ths of a degree."""
    arcs = [island(line) if line[0] == line[-1] else thinned(line, TOLERANCE) for line in absolute(topology)]
    rings = (turn for numbers in rings_of(topology["objects"]["land"]) for turn in unrolled(ring(arcs, numbers)))
    used = Counter(
        number if number >= 0 else ~number
        for numbers in rings_of(topology["objects"]["countries"])
        for number in numbers
    )
    land = "".join(path(points) + "z" for points in rings if area(points) >= SMALLEST)
    borders = "".join(path(arcs[number]) for number, times in sorted(used.items()) if times > 1)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-4500 -2250 9000 4500">\n'
        "<!-- Made by datasette_trials/outline.py from Natural Earth, public domain. -->\n"
        f'<path id="land" vector-effect="non-scaling-stroke" fill-rule="evenodd" d="{land}"/>\n'
        f'<path id="borders" vector-effect="non-scaling-stroke" fill="none" d="{borders}"/>\n</svg>\n'
    )


def absolute(topology: dict[str, Any]) -> Iterator[list[Point]]:
    """The lines of a TopoJSON file in degrees: they are kept as whole-numbered steps from point to point."""
    (scale_x, scale_y), (left, bottom) = topology["transform"]["scale"], topology["transform"]["translate"]
    for steps in topology["arcs"]:
        x = y = 0
        line = []
        for dx, dy in steps:
            x, y = x + dx, y + dy
            line.append((left + x * scale_x, bottom + y * scale_y))
        yield line


def rings_of(thing: dict[str, Any]) -> Iterator[list[int]]:
    """The rings of a geometry as numbers of lines; a line that is walked backwards has the number's complement."""
    if thing["type"] == "GeometryCollection":
        for geometry in thing["geometries"]:
            yield from rings_of(geometry)
    elif thing["type"] == "Polygon":
        yield from thing["arcs"]
    elif thing["type"] == "MultiPolygon":
        for polygon in thing["arcs"]:
            yield from polygon


def ring(arcs: list[list[Point]], numbers: Iterable[int]) -> list[Point]:
    """The closed line that some lines make together."""
    points: list[Point] = []
    for number in numbers:
        line = arcs[number] if number >= 0 else arcs[~number][::-1]
        points += line[1:] if points else line
    return points


def unrolled(points: list[Point]) -> list[list[Point]]:
    """A ring that crosses the date line as one that goes on beyond it, at both edges of the drawing; another as it is.

    The file's rings jump there from 180 to -180, which would be drawn as a line across the world.
    """
    turned, shift = points[:1], 0
    for (before, _), (x, y) in zip(points, points[1:], strict=False):
        shift += 360 * ((x - before < -180) - (x - before > 180))
        turned.append((x + shift, y))
    if shift:  # around the pole: closed below the frame
        return [[*turned, (turned[-1][0], -90.0), (turned[0][0], -90.0), turned[0]]]
    beyond = [side for side in (-360, 360) if any(abs(x + side) < 180 for x, _ in turned)]
    return [turned, *([(x + side, y) for x, y in turned] for side in beyond)]


def island(line: list[Point]) -> list[Point]:
    """A closed line thinned: in two halves, since both of its ends are one point."""
    half = len(line) // 2
    return thinned(line[: half + 1], TOLERANCE / 2)[:-1] + thinned(line[half:], TOLERANCE / 2)


def thinned(line: list[Point], tolerance: float) -> list[Point]:
    """The line without the points that stand within the tolerance of it (Douglas and Peucker); its ends stay."""
    keep, pending = {0, len(line) - 1}, [(0, len(line) - 1)]
    while pending:
        first, last = pending.pop()
        place, farthest = max(
            ((place, distance(line[place], line[first], line[last])) for place in range(first + 1, last)),
            key=lambda found: found[1],
            default=(0, 0.0),
        )
        if farthest > tolerance:
            keep.add(place)
            pending += [(first, place), (place, last)]
    return [line[place] for place in sorted(keep)]


def distance(point: Point, start: Point, end: Point) -> float:
    """Degrees from a point to the line between two others, as drawn."""
    (x, y), (x0, y0), (x1, y1) = point, start, end
    dx, dy = x1 - x0, y1 - y0
    along = max(0.0, min(1.0, ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy))) if dx or dy else 0.0
    return float(((x - x0 - along * dx) ** 2 + (y - y0 - along * dy) ** 2) ** 0.5)


def area(points: list[Point]) -> float:
    """Square degrees within a closed line."""
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(points, points[1:], strict=False))) / 2


def path(points: Iterable[Point]) -> str:
    """A line as SVG writes it: an absolute start, then steps in whole units."""
    units = [(round(x * UNITS), round(-y * UNITS)) for x, y in points]
    steps = [(x1 - x0, y1 - y0) for (x0, y0), (x1, y1) in zip(units, units[1:], strict=False)]
    drawn = " ".join(f"{dx},{dy}" for dx, dy in steps if dx or dy)
    return f"M{units[0][0]},{units[0][1]}l" + drawn.replace(" -", "-").replace(",-", "-")


if __name__ == "__main__":
    print(svg(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))), end="")
