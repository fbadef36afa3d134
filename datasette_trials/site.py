"""What the templates ask about the file that is served: what it holds, how old it is, on which terms it may be used."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable
from importlib.resources import files
from typing import Any

from datasette.database import QueryInterrupted
from datasette.utils import tilde_encode
from datasette.utils.asgi import NotFound
from markupsafe import Markup

from datasette_trials.home import LAST_RUNS, Home, home
from datasette_trials.slim import WORDS

SHORT = 240  # characters of a text in a list; the row's own page has all of it
NOT_ADVICE = (
    "Not medical advice. Trialdex copies public registers and recruitment listings; a copy can be out of date or "
    "wrong. Ask the trial's own contacts and a physician before acting on anything here."
)
# Some tables are wide: `trials` has some forty columns. A list shows these, in this order; `?_columns=all` shows every
# one, and Datasette's own `?_col=` any. JSON and CSV always hold what Datasette was asked for.
LISTED = {
    "trials": ("id", "title", "status", "phase", "conditions", "interventions", "lead_sponsor", "enrollment",
               "start_date", "last_updated"),
    "criteria": ("id", "trial_id", "kind", "heading", "text"),
    "thresholds": ("id", "trial_id", "kind", "variable", "canonical_lower", "canonical_upper", "canonical_unit",
                   "condition", "text", "criterion_id"),
    "locations": ("id", "trial_id", "facility", "city", "state", "country", "status"),
    "trial_details": ("trial_id", "organization", "responsible_party", "status_verified", "has_dmc", "ipd_sharing",
                      "observational_model", "sampling_method", "standard_ages"),
    "result_outcomes": ("trial_id", "position", "type", "title", "time_frame", "parameter_type", "unit"),
    "documents": ("trial_id", "position", "label", "date", "url", "size"),
    "runs": ("id", "command", "source", "ended_at", "outcome", "seen", "new", "changed", "unchanged", "removed",
             "rejected", "problems", "seconds"),
}  # fmt: skip
LIVE = {"removed_at__isnull": "1"}  # the page's argument for what the counts count
NAVIGATION = ("trials", "changes")

# Our own pages, for the top of every page and the doors of the home page: path, name, what it is for.
PAGES = (
    ("/-/find", "Search", "By condition, intervention, sponsor, place or number, with its facets"),
    ("/-/near", "Near me", "Trials around a place, as a list and on a map"),
    ("/-/charts", "Charts", "Where and when trials start and recruit, and how complete their records are"),
    ("/compare", "Compare", "Two to six trials side by side, criterion by criterion"),
    ("/-/api", "API", "The same data for programs, with examples"),
)


async def find_database(datasette: Any) -> str | None:
    """The name of the first database that Trialdex wrote, None where none is served."""
    for name, db in datasette.databases.items():
        if {"trials", "trial_texts", "runs"} <= set(await db.table_names()):
            return str(name)
    return None


def shorten(value: Any) -> Any:
    """A plain text cut at a word for a list, with an ellipsis; markup and other values as they are."""
    if not isinstance(value, str) or isinstance(value, Markup) or len(value) <= SHORT:
        return value
    return value[:SHORT].rsplit(None, 1)[0] + " …"


class Site:
    """The one object that templates see, as `trialdex`."""

    not_advice = NOT_ADVICE
    navigation = NAVIGATION
    slim_words = WORDS

    def __init__(
        self, datasette: Any, database: str | None, *, band: str | None = None, routes: Iterable[str] = ()
    ) -> None:
        self.datasette, self.database, self.band = datasette, database, band
        routes = list(routes)
        self.pages = [page for page in PAGES if any(re.match(route, page[0]) for route in routes)]
        style = files("datasette_trials").joinpath("static/trialdex.css").read_bytes()
        self.style_hash = hashlib.sha256(style).hexdigest()[:8]  # a new style sheet is fetched, an old one cached

    async def rows(self, sql: str) -> list[Any]:
        """The rows of a query; none when it takes longer than the time limit allows, so that a page still comes."""
        try:
            return list((await self.datasette.get_database(self.database).execute(sql)).rows)
        except QueryInterrupted:
            return []

    async def ask(self, reading: Callable[[Any], Any]) -> Any:
        """What a function of a connection finds, on one of Datasette's threads. No time limit: for reading by key."""
        return await self.datasette.get_database(self.database).execute_fn(reading)

    async def permit(self, request: Any) -> None:
        """Raises Forbidden where Datasette's own pages of the file would, NotFound where no file of ours is served."""
        if not self.database:
            raise NotFound("No file of Trialdex is served here")
        await self.datasette.ensure_permissions(request.actor, [("view-database", self.database), "view-instance"])

    def trial_path(self, trial_id: str) -> str:
        """The address of a trial's page."""
        return str(self.datasette.urls.path(f"/trial/{tilde_encode(trial_id)}"))

    def leading(self, value: Any) -> Any:
        """A cell as Datasette made it, whose links to rows of `trials` lead to the pages of those trials instead. What
        comes from the data is escaped in it, so that no value can look like such a link."""
        if not isinstance(value, Markup):
            return value
        rows, pages = self.datasette.urls.table(self.database, "trials"), self.datasette.urls.path("/trial")
        return Markup(str(value).replace(f'<a href="{rows}/', f'<a href="{pages}/'))

    def sources(self) -> dict[str, Any]:
        """source -> its title and the names of its fields, as `trialdex metadata` wrote them."""
        return dict((self.datasette.plugin_config("trialdex") or {}).get("sources", {}))

    def caching(self) -> dict[str, str]:
        """The headers of a page of ours: as long in a cache as Datasette's own pages."""
        return {"Cache-Control": f"max-age={self.datasette.setting('default_cache_ttl')}"}

    async def is_slim(self) -> bool:
        """Whether the file was published without full-text search over criteria."""
        if not self.database:
            return False
        return "criteria_fts" not in await self.datasette.get_database(self.database).table_names()

    async def home(self) -> Home:
        """What the home page says of the file."""
        return await home(self.rows)

    def naming(self, condition: int) -> dict[str, str]:
        """The arguments of a list of the live trials that name a condition (Datasette's `_through`)."""
        through = {"table": "trial_conditions", "column": "condition_id", "value": str(condition)}
        return {"_through": json.dumps(through), **LIVE}

    def having(self, column: str, value: str | None) -> dict[str, str]:
        """The arguments of a list of the live trials with this value; None for those without one."""
        return {f"{column}__isnull": "1", **LIVE} if value is None else {column: value, **LIVE}

    async def last_runs(self) -> list[Any]:
        """The last run of each source that has ended, the latest first."""
        return await self.rows(LAST_RUNS) if self.database else []

    def title(self, table: str, database: str | None = None) -> str:
        """A table's title for people."""
        return str(self._told(table, database).get("title") or table)

    def description(self, table: str, database: str | None = None) -> str:
        return str(self._told(table, database).get("description") or "")

    def _told(self, table: str, database: str | None) -> dict[str, Any]:
        told: dict[str, Any] = self.datasette.table_metadata(database or self.database, table)
        return told

    def terms(self) -> str | None:
        """The terms of the sources, as the metadata has them."""
        told = (self.datasette.metadata("databases") or {}).get(self.database) or {}
        return told.get("license") or told.get("description")

    def arranged(self, things: Iterable[Any], table: str, arguments: Any) -> list[Any]:
        """Those of a list's columns, or of a row's cells, that the page shows, given the page's arguments."""
        things = list(things)
        chosen = LISTED.get(table)
        if not chosen or "_col" in arguments or arguments.get("_columns") == "all":
            return things
        by_name = {thing["column"] if "column" in thing else thing["name"]: thing for thing in things}
        return [by_name[name] for name in chosen if name in by_name]
