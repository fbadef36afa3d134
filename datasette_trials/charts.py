"""Numbers -> pictures, as SVG that is drawn here. Pure; no script, no library, no outside host.

Every drawing takes the width it is shown at, because text that is scaled down with a picture cannot be read: a page
shows a wide one or a narrow one. Colours stand in static/charts.css, so that they follow light and dark. The same
numbers stand in a table under each drawing; the drawing itself is one image to a screen reader.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, log10
from typing import NamedTuple

from markupsafe import Markup, escape

WIDE, NARROW = 720, 330
ROW, THICK = 24, 15  # of a horizontal bar
LETTER = 6.6  # units that a letter of 12 px takes, on the average
HEIGHT = 260
COLOURS = 6

Numbers = Sequence[float | None]  # None: not known, which is drawn as a gap, never as zero


class Series(NamedTuple):
    """Numbers under one name, one for each label of the axis."""

    name: str
    values: Numbers


def ticks(largest: float, most: int = 5) -> list[float]:
    """Round numbers from 0 to the first that is not below the largest: steps of 1, 2 or 5 times a power of ten."""
    if largest <= 0:
        return [0.0, 1.0]
    rough = largest / most
    power = 10.0 ** floor(log10(rough))
    step = next(times * power for times in (1, 2, 5, 10) if times * power >= rough * 0.999)
    return [step * place for place in range(ceil(largest / step - 1e-9) + 1)]


def shown(number: float) -> str:
    """A number for people: `1,234`, `0.5`, `1.2 M`."""
    if number >= 1_000_000:
        return f"{number / 1_000_000:.3g} M"
    return f"{number:,.0f}" if number == round(number) else f"{number:,.3g}"


def cut(text: str, letters: int) -> str:
    """A label that fits; the table has all of it."""
    return text if len(text) <= letters else text[: letters - 1].rstrip() + "…"


def every(count: int, room: float, wanted: float) -> int:
    """Each which label can be written where `room` is what there is and one takes `wanted`."""
    return max(1, ceil(count * wanted / room)) if count else 1


# --- drawings -------------------------------------------------------------------------------------------------------


def bars(what: str, labels: Sequence[str], series: Sequence[Series], width: int = WIDE, unit: str = "") -> Markup:
    """Horizontal bars, one a label, stacked where there are several series; the sum stands behind each."""
    sums = [sum(one.values[place] or 0 for one in series) for place in range(len(labels))]
    scale = ticks(max(sums, default=0), 5 if width >= WIDE else 3)
    left = min(max((len(label) for label in labels), default=0) * LETTER + 8, width * 0.4)
    room = width - left - 52
    height = len(labels) * ROW + 26
    drawn = [_rule(left + tick / scale[-1] * room, 0, height - 22, shown(tick) + unit) for tick in scale]
    for place, label in enumerate(labels):
        x, y = left, place * ROW + (ROW - THICK) / 2
        drawn.append(_text(left - 8, y + THICK - 3, cut(label, int((left - 8) / LETTER)), "end"))
        for colour, one in enumerate(series):
            value = one.values[place] or 0
            length = value / scale[-1] * room
            told = f"{label}: {shown(value)}{unit}" + (f" {one.name}" if len(series) > 1 else "")
            if value:
                drawn.append(_bar(x, y, max(length, 1), THICK, colour, told))
            x += length
        known = any(one.values[place] is not None for one in series)
        drawn.append(_text(x + 6, y + THICK - 3, shown(sums[place]) + unit if known else "not known", "start", "value"))
    return _svg(what, width, height, drawn)


def columns(what: str, labels: Sequence[str], series: Sequence[Series], width: int = WIDE) -> Markup:
    """Upright bars, one a label, stacked from the first series upwards."""
    sums = [sum(one.values[place] or 0 for one in series) for place in range(len(labels))]
    scale = ticks(max(sums, default=0))
    left, room, drawn = _upright(labels, scale, width)
    step = room / max(len(labels), 1)
    for place, label in enumerate(labels):
        y = float(HEIGHT)
        for colour, one in enumerate(series):
            value = one.values[place] or 0
            if value:
                length = value / scale[-1] * (HEIGHT - 14)
                y -= length
                thick = min(step * 0.8, 46)
                x = left + (place + 0.5) * step - thick / 2
                drawn.append(_bar(x, y, thick, max(length, 0.5), colour, f"{label}, {one.name}: {shown(value)}"))
    return _svg(what, width, HEIGHT + 24, drawn)


def lines(
    what: str, labels: Sequence[str], series: Sequence[Series], width: int = WIDE, top: float | None = None
) -> Markup:
    """A line a series over the labels, with a dot at each value and a gap where a value is not known."""
    known = [value for one in series for value in one.values if value is not None]
    scale = ticks(top if top is not None else max(known, default=0))
    left, room, drawn = _upright(labels, scale, width)
    step = room / max(len(labels), 1)
    for colour, one in enumerate(series):
        pen, points = "M", []
        for place, value in enumerate(one.values):
            if value is None:
                pen = "M"
                continue
            x, y = left + (place + 0.5) * step, HEIGHT - value / scale[-1] * (HEIGHT - 14)
            points.append((f"{pen}{x:.1f} {y:.1f}", x, y, f"{labels[place]}, {one.name}: {shown(value)}"))
            pen = "L"
        path = "".join(point[0] for point in points)
        drawn.append(Markup('<path class="line line-{}" d="{}"/>').format(colour % COLOURS, path))
        drawn += [
            Markup('<circle class="fill-{}" cx="{:.1f}" cy="{:.1f}" r="3"><title>{}</title></circle>').format(
                colour % COLOURS, x, y, told
            )
            for _, x, y, told in points
        ]
    return _svg(what, width, HEIGHT + 24, drawn)


# --- their parts ----------------------------------------------------------------------------------------------------


def _upright(labels: Sequence[str], scale: list[float], width: int) -> tuple[float, float, list[Markup]]:
    """Both axes of an upright chart: where the plot begins, how wide it is, and what is drawn."""
    left = max(len(shown(tick)) for tick in scale) * LETTER + 10
    room = width - left - 4
    drawn = []
    for tick in scale:
        y = HEIGHT - tick / scale[-1] * (HEIGHT - 14)
        drawn.append(Markup('<path class="rule" d="M{:.1f} {:.1f}H{}"/>').format(left, y, width))
        drawn.append(_text(left - 6, y + 4, shown(tick), "end"))
    longest = max((len(label) for label in labels), default=1)
    skip = every(len(labels), room, longest * LETTER + 8)
    for place in range(len(labels) - 1, -1, -skip):  # from the newest, which matters most
        x = left + (place + 0.5) * room / len(labels)
        edge = longest * LETTER / 2
        drawn.append(_text(min(max(x, edge), width - edge), HEIGHT + 17, labels[place], "middle"))
    return left, room, drawn


def _svg(what: str, width: int, height: float, drawn: Sequence[Markup]) -> Markup:
    return Markup('<svg class="chart" viewBox="0 0 {} {:.0f}" width="{}" role="img" aria-label="{}">{}</svg>').format(
        width, height, width, what, Markup("").join(drawn)
    )


def _text(x: float, y: float, text: str, anchor: str, kind: str = "axis") -> Markup:
    return Markup('<text class="{}" x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(
        kind, x, y, anchor, escape(text)
    )


def _rule(x: float, top: float, bottom: float, label: str) -> Markup:
    line = Markup('<path class="rule" d="M{:.1f} {:.1f}V{:.1f}"/>').format(x, top, bottom)
    return line + _text(x, bottom + 16, label, "middle")


def _bar(x: float, y: float, width: float, height: float, colour: int, told: str) -> Markup:
    return Markup(
        '<rect class="fill-{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"><title>{}</title></rect>'
    ).format(colour % COLOURS, x, y, width, height, told)
