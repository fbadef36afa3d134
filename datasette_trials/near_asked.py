"""What a reader asks of *Near me*: place or coordinates, radius, status, words. Pure; never raises on any text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import NamedTuple

from datasette_trials.maps import is_place

DEFAULT_KM, LARGEST_KM = 50, 1000
LONGEST = 200  # characters of a place or of words
PAGE = 50
MOST = 2000  # trials that are counted; beyond it the page says "more than"
STATUSES = {  # the page's choice -> its words and its condition on trial_places
    "open": ("recruiting there", "open_here = 1"),
    "soon": ("recruiting or about to",
             "status IN ('Recruiting', 'Not yet recruiting', 'Enrolling by invitation', 'Available')"),
    "any": ("of any status", "1"),
}  # fmt: skip
COORDINATES = re.compile(r"\s*([+-]?\d+(?:\.\d+)?)\s*°?\s*([NSns]?)\s*[,; ]\s*([+-]?\d+(?:\.\d+)?)\s*°?\s*([EWew]?)\s*")


class Asked(NamedTuple):
    """What a reader asks for, put right where it was wrong; `notes` says what was, in sentences for them."""

    place: str
    at: tuple[float, float] | None
    radius: float
    status: str
    words: str
    page: int
    notes: tuple[str, ...]


def asked(arguments: Mapping[str, str]) -> Asked:
    """The page's arguments understood. Pure; never raises."""
    notes = []
    place = cleaned(arguments.get("place"))
    at, wrong = coordinates(place)
    if wrong:
        notes.append(wrong)
    radius = number(arguments.get("km"))
    if radius is None and arguments.get("km", "").strip():
        notes.append(f"The distance was not a number; {DEFAULT_KM} km are taken.")
    if radius is not None and not 1 <= radius <= LARGEST_KM:
        notes.append(f"The distance can be 1 to {LARGEST_KM:,} km.")
        radius = min(max(radius, 1.0), float(LARGEST_KM))
    page = number(arguments.get("page")) or 1
    status = arguments.get("status", "open")
    return Asked(
        place,
        at,
        DEFAULT_KM if radius is None else radius,
        status if status in STATUSES else "open",
        cleaned(arguments.get("words")),
        int(min(max(page, 1), MOST // PAGE)),
        tuple(notes),
    )


def cleaned(text: str | None) -> str:
    """A text as it is looked for: composed letters, no control characters, not endless."""
    composed = unicodedata.normalize("NFC", text or "")[:LONGEST]
    return " ".join("".join(" " if unicodedata.category(each)[0] == "C" else each for each in composed).split())


def number(text: str | None) -> float | None:
    """A decimal number with a point or a comma; None for anything else, infinity too."""
    found = re.fullmatch(r"\s*([+-]?\d{1,9}(?:[.,]\d{0,9})?)\s*(?:km)?\s*", text or "", re.IGNORECASE | re.ASCII)
    return float(found[1].replace(",", ".")) if found else None


def coordinates(text: str) -> tuple[tuple[float, float] | None, str | None]:
    """Latitude and longitude in a text like `59.91, 10.75` or `33.9 S 18.4 E`, and what is wrong with them."""
    found = COORDINATES.fullmatch(text)
    if not found:
        return None, None
    latitude = float(found[1]) * (-1 if found[2] in ("S", "s") else 1)
    longitude = float(found[3]) * (-1 if found[4] in ("W", "w") else 1)
    if is_place(latitude, longitude):
        return (latitude, longitude), None
    return None, "Coordinates are a latitude from -90 to 90 and a longitude from -180 to 180, such as 59.91, 10.75."


def fts(text: str, last: str = "") -> str:
    """A full-text query for all words of a text, each taken literally; `last` is put after the last one."""
    words = [word.replace('"', '""') for word in re.split(r"[\s,;]+", text) if any(map(str.isalnum, word))]
    return " ".join(f'"{word}"' for word in words) + (last if words else "")


def folded(text: str) -> str:
    """A name without case and accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(each for each in apart if not unicodedata.combining(each)).split())
