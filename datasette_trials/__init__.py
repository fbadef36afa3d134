"""The Datasette plugin: the look of the pages, and how the cells of our tables read. It sees only the database.

Templates and the style sheet lie beside this file; Datasette finds them by the plugin's entry point, `trialdex`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from datasette.utils import tilde_encode
from jinja2 import Environment
from pluggy import HookimplMarker

from datasette_trials.cells import render
from datasette_trials.similar import ROUTE, similar_json
from datasette_trials.site import Site, find_database, shorten
from datasette_trials.swap import App, one_edition_a_request, serve_editions

hookimpl = HookimplMarker("datasette")  # Datasette's own marker, which carries no types


@hookimpl
async def prepare_jinja2_environment(env: Environment, datasette: Any) -> None:
    """Templates reach what they show through one object. A global, because error pages get no template variables."""
    env.globals["trialdex"] = Site(datasette, await find_database(datasette), band=os.environ.get("TRIALDEX_BAND"))
    env.filters["shorten"] = shorten


@hookimpl
def startup(datasette: Any) -> None:
    """The file that Trialdex wrote may be replaced while it is served."""
    site: Site = datasette.jinja_env.globals["trialdex"]
    if site.database:
        serve_editions(datasette, site.database)


@hookimpl
def asgi_wrapper(datasette: Any) -> Callable[[App], App]:
    """Every request reads one file, from its first byte to its last."""
    return lambda app: one_edition_a_request(datasette, app)


@hookimpl
def render_cell(row: Any, value: Any, column: str, table: str | None, database: str, datasette: Any) -> str | None:
    """How a cell reads; None leaves it to Datasette."""
    site: Site = datasette.jinja_env.globals["trialdex"]
    if database != site.database:
        return None
    return render(value, column, table, row, lambda trial: datasette.urls.row(database, "trials", tilde_encode(trial)))


@hookimpl
def register_routes() -> list[tuple[str, Callable[..., Any]]]:
    """Addresses of our own; Datasette asks them before those of tables."""
    return [(ROUTE, similar_json)]
