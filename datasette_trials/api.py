"""The API page, `/-/api`: how to ask from a program, with examples that work on the file that is served.

The examples are data: the page shows them, and a test asks each one of them over HTTP.
"""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import urlencode

from datasette.utils import tilde_encode
from datasette.utils.asgi import Response

from datasette_trials.export import EXPORTED
from datasette_trials.search_rows import FACETS, ORDERS


class Example(NamedTuple):
    """One request: what it gives, in a sentence, and its address on this server."""

    gives: str
    path: str


RECRUITING = "SELECT country, recruiting FROM counts_by_country ORDER BY recruiting DESC LIMIT 5"


def examples(database: str, trial: str, condition: str) -> dict[str, list[Example]]:
    """Examples under their headings, for a trial and a condition that are in the file."""

    def at(page: str, **arguments: str) -> str:
        return f"{page}?{urlencode(arguments)}" if arguments else page

    row = f"/{database}/trials/{tilde_encode(trial)}"
    return {
        "Search": [
            Example("The trials that a search finds, every column, as JSON", at("/-/export.json", q=condition)),
            Example("The same as CSV, only those that recruit, the latest updated first",
                    at("/-/export.csv", q=condition, status="Recruiting", sort="updated")),
            Example("One object a line, for large answers", at("/-/export.jsonl", condition=condition)),
            Example("Exactly the words, no other names", at("/-/export.json", q=f'"{condition}"', exact="1")),
            Example("Citations for a reference manager", at("/-/export.ris", q=condition)),
        ],
        "Watch": [
            Example("What is new and changed in a search, as Atom", at("/-/find.atom", q=condition)),
            Example("The same as JSON Feed", at("/-/find.json", q=condition)),
            Example("What every trial changed, the latest first",
                    at(f"/{database}/changes.json", _sort_desc="id", _size="20", _shape="array")),
        ],
        "One trial": [
            Example("Its row of trials", at(f"{row}.json", _shape="array")),
            Example("Its criteria, one a row, in order",
                    at(f"/{database}/criteria.json", trial_id=trial, _sort="position", _shape="array")),
            Example("Its sites", at(f"/{database}/locations.json", trial_id=trial, _shape="array")),
            Example("Its citation as BibTeX", f"/trial/{tilde_encode(trial)}.bib"),
        ],
        "Tables and SQL": [
            Example("Any table, filtered and sorted; the answer names its next page",
                    at(f"/{database}/trials.json", phase="Phase 2", _sort_desc="last_updated", _size="20")),
            Example("Any question in SQL, read-only and within a time limit",
                    at(f"/{database}.json", sql=RECRUITING, _shape="array")),
            Example("Every table with its columns, and how many rows it has", f"/{database}.json"),
        ],
    }  # fmt: skip


async def api(request: Any, datasette: Any) -> Response:
    """The page."""
    site = datasette.jinja_env.globals["trialdex"]
    await site.permit(request)
    db = datasette.get_database(site.database)
    # A trial that has criteria and sites, so that each example shows something.
    found = (await db.execute(
        "SELECT id, conditions FROM trials WHERE removed_at IS NULL AND conditions IS NOT NULL AND n_locations > 0 "
        "AND EXISTS (SELECT 1 FROM criteria WHERE trial_id = trials.id) LIMIT 1")).first()  # fmt: skip
    trial, conditions = tuple(found) if found else ("NCT00000102", "asthma")
    shown = {
        "examples": examples(site.database, trial, conditions.split("; ")[0]),
        "absolute": lambda path: datasette.absolute_url(request, datasette.urls.path(path)),
        "facets": FACETS,
        "orders": ORDERS,
        "exported": EXPORTED,
        "streams": datasette.setting("allow_csv_stream"),
        "most_rows": datasette.setting("max_returned_rows"),
        "time_limit": datasette.setting("sql_time_limit_ms"),
        "cors": datasette.cors,
    }
    return Response.html(await datasette.render_template("api.html", shown, request=request), headers=site.caching())
