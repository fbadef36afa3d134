"""The page of *Near me*, and the same as JSON."""

from __future__ import annotations

import sqlite3
from typing import Any, NamedTuple
from urllib.parse import urlencode

from datasette.utils import sqlite_timelimit
from datasette.utils.asgi import Request, Response

from datasette_trials.maps import OPEN, site_map
from datasette_trials.near import Found, Place, largest_places, meant, places_named, shown, trials_near
from datasette_trials.near_asked import DEFAULT_KM, LARGEST_KM, PAGE, STATUSES, Asked, asked
from datasette_trials.site import Site


class Answer(NamedTuple):
    """What the page says. `centre` is None while it is not known which place is meant."""

    centre: tuple[float, float] | None
    label: str
    offered: list[Place]
    found: Found | None
    trials: list[dict[str, Any]]
    without_coordinates: int


def answer(db: sqlite3.Connection, wanted: Asked) -> Answer:
    """The whole answer to one question. Raises sqlite3.OperationalError where the file has no places."""
    offered = [] if wanted.at else places_named(db, wanted.place) if wanted.place else largest_places(db)
    chosen = meant(offered, wanted.place) if wanted.place else None
    centre = wanted.at or ((chosen.latitude, chosen.longitude) if chosen else None)
    (nowhere,) = db.execute("SELECT coalesce(sum(sites), 0) FROM places WHERE latitude IS NULL").fetchone()
    if centre is None:
        return Answer(None, "", offered, None, [], nowhere)
    found = trials_near(db, centre, wanted)
    first = (wanted.page - 1) * PAGE
    label = chosen.label if chosen else "{:g}, {:g}".format(*centre)
    others = [place for place in offered if place is not chosen]
    return Answer(centre, label, others, found, shown(db, found.trials[first : first + PAGE]), nowhere)


async def show_near(request: Request, datasette: Any) -> Response:
    """`/-/near`, and the same as JSON."""
    site: Site = datasette.jinja_env.globals["trialdex"]
    await site.permit(request)
    wanted = asked(request.args)
    told, trouble = None, None
    try:
        told = await site.ask(lambda db: within_time(db, wanted, datasette.setting("sql_time_limit_ms")))
    except sqlite3.OperationalError as error:
        if "interrupted" in str(error):
            trouble = "This took too long. A smaller distance, or fewer words, will do it."
        elif "no such table" in str(error):
            trouble = "Places are counted when the file is published: run trialdex publish, and serve that."
        else:
            raise
    if request.url_vars["format"]:
        return Response.json(as_json(wanted, told, trouble), headers=site.caching())
    drawn = None
    if told and told.centre:
        sites = [
            one | {"status": recruits(trial["status"], one["status"])}
            for trial in told.trials
            for one in trial["sites"]
        ]
        drawn = site_map(sites, centre=told.centre, radius=wanted.radius)
    context = {
        "asked": wanted, "told": told, "trouble": trouble, "map": drawn, "statuses": STATUSES, "page_size": PAGE,
        "default_km": DEFAULT_KM, "largest_km": LARGEST_KM, "link": lambda **to: link(wanted, **to),
    }  # fmt: skip
    return Response.html(await datasette.render_template("near.html", context, request), headers=site.caching())


def recruits(trial: str | None, site: str | None) -> str | None:
    """The status that a site is drawn with: its own, but never a more open one than its trial's."""
    return site or trial if trial in OPEN else trial


def within_time(db: sqlite3.Connection, wanted: Asked, milliseconds: int) -> Answer:
    """The answer, interrupted like any query of Datasette when it takes longer than allowed."""
    with sqlite_timelimit(db, milliseconds):
        return answer(db, wanted)


def link(wanted: Asked, **to: Any) -> str:
    """The query string of the same question with some things changed."""
    said = {"place": wanted.place, "km": f"{wanted.radius:g}", "status": wanted.status, "words": wanted.words} | to
    return "?" + urlencode({name: value for name, value in said.items() if value not in ("", None)})


def as_json(wanted: Asked, told: Answer | None, trouble: str | None) -> dict[str, Any]:
    """The page's facts for a program."""
    said: dict[str, Any] = {
        "place": wanted.place, "km": wanted.radius, "status": wanted.status, "words": wanted.words,
        "notes": [*wanted.notes, *([trouble] if trouble else [])],
    }  # fmt: skip
    if told:
        said |= {
            "centre": told.centre,
            "label": told.label,
            "places": [place._asdict() for place in told.offered],
            "trials_found": len(told.found.trials) if told.found else None,
            "more_than_that": told.found.more if told.found else None,
            "page": wanted.page,
            "trials": told.trials,
        }
    return said
