"""The Datasette plugin: the look of the pages, and how the cells of our tables read. It sees only the database.

Templates and the style sheet lie beside this file; Datasette finds them by the plugin's entry point, `trialdex`.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any

from datasette.utils import tilde_decode, tilde_encode
from jinja2 import Environment
from pluggy import HookimplMarker

from datasette_trials.api import api
from datasette_trials.cells import is_web_address, pill, render, web_link
from datasette_trials.charts_page import show_charts
from datasette_trials.compare_page import compare
from datasette_trials.export import citation, export, feed
from datasette_trials.known import constant, remembered
from datasette_trials.maps import km_or_null, site_map
from datasette_trials.near_page import show_near
from datasette_trials.prose import prose
from datasette_trials.safety import secured
from datasette_trials.search_page import find
from datasette_trials.similar import ROUTE, similar_json
from datasette_trials.site import Site, find_database, shorten
from datasette_trials.slim import slim_queries
from datasette_trials.swap import App, one_edition_a_request, serve_editions
from datasette_trials.trial_page import FEW_SITES, trial
from datasette_trials.wording import words

hookimpl = HookimplMarker("datasette")  # Datasette's own marker, which carries no types


@hookimpl
async def prepare_jinja2_environment(env: Environment, datasette: Any) -> None:
    """Templates reach what they show through one object. A global, because error pages get no template variables."""
    env.globals["trialdex"] = Site(
        datasette,
        await find_database(datasette),
        band=os.environ.get("TRIALDEX_BAND"),
        routes=[route for route, _ in register_routes()],
    )
    env.filters |= {"shorten": shorten, "pill": pill, "out": web_link, "prose": prose, "words": words}
    env.filters |= {"tilde": tilde_encode, "untilde": tilde_decode}
    env.tests["web_address"] = is_web_address
    env.globals["few_sites"] = FEW_SITES
    env.globals["site_map"] = site_map


@hookimpl
def startup(datasette: Any) -> None:
    """The file that Trialdex wrote may be replaced while it is served, and its descriptions stay as they are."""
    from datasette.plugins import pm  # not above: it imports this module, which would be there without its hooks

    site: Site = datasette.jinja_env.globals["trialdex"]
    if site.database:
        serve_editions(datasette, site.database)
        datasette._metadata_local = constant(datasette._metadata_local)
        if not pm.hook.get_metadata.get_hookimpls():
            datasette._table_permission_allows = remembered(datasette._table_permission_allows)


@hookimpl
def asgi_wrapper(datasette: Any) -> Callable[[App], App]:
    """Every request reads one file, from its first byte to its last, and its answer says what a browser may do."""
    return lambda app: secured(datasette, one_edition_a_request(datasette, app))


@hookimpl
def register_routes() -> list[tuple[str, Callable[..., Any]]]:
    """Our own pages. Ids are tilde-encoded, so that a full stop after one begins a format."""
    return [
        (r"^/trial/(?P<id>[^/.]+)$", trial),
        (ROUTE, similar_json),
        (r"^/compare(?P<format>\.csv|\.md)?$", compare),
        (r"^/trial/(?P<id>[^/.]+)\.(?P<format>ris|bib)$", citation),
        (r"^/-/find$", find),
        (r"^/-/api$", api),
        (r"^/-/near(?P<format>\.json)?$", show_near),
        (r"^/-/charts$", show_charts),
        (r"^/-/find\.(?P<format>atom|json)$", feed),
        (r"^/-/export\.(?P<format>csv|json|jsonl|ris|bib)$", export),
    ]


@hookimpl
def canned_queries(datasette: Any, database: str) -> Callable[[], Awaitable[dict[str, dict[str, str | bool]]]]:
    """The ready question that a slim file cannot answer says so, instead of failing."""

    async def instead() -> dict[str, dict[str, str | bool]]:
        site: Site = datasette.jinja_env.globals["trialdex"]
        return slim_queries() if database == site.database and await site.is_slim() else {}

    return instead


@hookimpl
def prepare_connection(conn: sqlite3.Connection) -> None:
    """Pages of the file kept by a connection: 32 MiB, not SQLite's 2, for what searches read again and again.

    And `km(latitude, longitude, latitude, longitude)` in SQL: the distance of two places; NULL where one is not said.
    """
    conn.execute("PRAGMA cache_size = -32768")
    conn.create_function("km", 4, km_or_null, deterministic=True)


@hookimpl
def render_cell(row: Any, value: Any, column: str, table: str | None, database: str, datasette: Any) -> str | None:
    """How a cell reads; None leaves it to Datasette."""
    site: Site = datasette.jinja_env.globals["trialdex"]
    if database != site.database:
        return None
    return render(value, column, table, row, site.trial_path)
