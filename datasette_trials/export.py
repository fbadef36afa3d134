"""A search to take away: every trial that it finds as CSV, JSON, JSON lines, RIS or BibTeX, and what is new among them
as a feed. Trials are read and sent a few hundred at a time, so that half a million need no more memory than a page.
"""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from datasette.utils import tilde_decode
from datasette.utils.asgi import AsgiStream, NotFound, Response

from datasette_trials.citations import bibtex, ris
from datasette_trials.feeds import MOST, atom, entries, json_feed
from datasette_trials.search_arguments import Asked, asked
from datasette_trials.search_page import NoCriteria, NoIndex, TooLong, understood, within_limit
from datasette_trials.search_rows import found
from datasette_trials.slim import WORDS

AT_ONCE = 500  # trials a read
EXPORTED = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "jsonl": "application/jsonl; charset=utf-8",
    "ris": "application/x-research-info-systems; charset=utf-8",
    "bib": "application/x-bibtex; charset=utf-8",
}
TRIALS = "SELECT trials.* FROM json_each(?) JOIN trials ON trials.rowid = value ORDER BY json_each.key"
# A night that changed a trial is told whole: only as far back as all of the trials here were changed.
CHANGES = """
    SELECT changes.trial_id, changes.seen_at, changes.kind, changes.field, changes.old, changes.new, trials.title
    FROM json_each(?) JOIN trials ON trials.rowid = value JOIN changes ON changes.trial_id = trials.id
    WHERE changes.seen_at >= (SELECT min(last_changed) FROM json_each(?) JOIN trials ON trials.rowid = value)
    ORDER BY changes.seen_at DESC, changes.id"""
Row = dict[str, Any]


# --- pure: rows -> pieces of a file ---------------------------------------------------------------------------------


def as_csv(rows: Iterable[Row], is_first: bool) -> str:
    """Lines of CSV (RFC 4180), with the names of the columns before the first."""
    out = io.StringIO()
    writer = csv.writer(out)
    for place, row in enumerate(rows):
        if is_first and place == 0:
            writer.writerow(row)
        writer.writerow(row.values())
    return out.getvalue()


def as_json(rows: Iterable[Row], is_first: bool) -> str:
    """Elements of one JSON list, without its brackets."""
    listed = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    return ("" if is_first else ",\n") + listed


def as_json_lines(rows: Iterable[Row], is_first: bool) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


PIECES: dict[str, Callable[[Iterable[Row], bool], str]] = {
    "csv": as_csv,
    "json": as_json,
    "jsonl": as_json_lines,
    "ris": lambda rows, is_first: "".join(map(ris, rows)),
    "bib": lambda rows, is_first: "".join(map(bibtex, rows)),
}


def slices(rows: list[int]) -> Iterator[list[int]]:
    for first in range(0, len(rows), AT_ONCE):
        yield rows[first : first + AT_ONCE]


# --- routes ---------------------------------------------------------------------------------------------------------


async def export(request: Any, datasette: Any) -> Any:
    """`/-/export.<format>`: every trial that a search finds, in its order; Datasette's `allow_csv_stream` off, the
    first thousand (`max_returned_rows`). Headers: `X-Trials` how many there are, `X-Trials-Sent` how many are sent."""
    site, wanted, format = await _asked(request, datasette)
    rows = await _rows(datasette, wanted)
    if isinstance(rows, Response):
        return rows
    sent = rows if datasette.setting("allow_csv_stream") else rows[: datasette.setting("max_returned_rows")]
    db = datasette.get_database(site.database)

    async def pieces() -> AsyncIterator[str]:
        yield "[" if format == "json" else ""
        for place, some in enumerate(slices(sent)):
            read = await db.execute_fn(lambda conn, some=some: _trials(conn, some))
            yield PIECES[format](read, place == 0)
        yield "]\n" if format == "json" else ""

    async def stream(response: Any) -> None:
        async for piece in pieces():
            await response.write(piece)

    headers = {"X-Trials": str(len(rows)), "X-Trials-Sent": str(len(sent)), **site.caching()}
    headers["Content-Disposition"] = f'attachment; filename="trials.{format}"'
    return AsgiStream(stream, headers=headers, content_type=EXPORTED[format])


async def feed(request: Any, datasette: Any) -> Response:
    """`/-/find.atom` and `/-/find.json`: what is new and changed among the trials that a search finds."""
    site, wanted, format = await _asked(request, datasette)
    rows = await _rows(datasette, wanted._replace(sort="changed", removed=True), MOST)
    if isinstance(rows, Response):
        return rows
    listed = json.dumps(rows)
    changes = await datasette.get_database(site.database).execute_fn(
        lambda conn: [dict(row) for row in conn.execute(CHANGES, [listed, listed])]
    )
    here, page = (datasette.absolute_url(request, datasette.urls.path(wanted.path(address)))
                  for address in (f"/-/find.{format}", "/-/find"))  # fmt: skip
    told = entries(changes, lambda id: datasette.absolute_url(request, site.trial_path(id)))
    words = wanted.text or ", ".join(f"{name} {text}" for name, text in wanted.fields.items())
    title = f"Trialdex: {words}" if words else "Trialdex: trials new and changed"
    if format == "json":
        return Response(json_feed(title, here, page, told), headers=site.caching(),
                        content_type="application/feed+json; charset=utf-8")  # fmt: skip
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Response(atom(title, here, page, now, told), headers=site.caching(),
                    content_type="application/atom+xml; charset=utf-8")  # fmt: skip


async def citation(request: Any, datasette: Any) -> Response:
    """`/trial/<id>.ris` and `.bib`: one trial as a citation. NotFound for an id that no trial has."""
    site = datasette.jinja_env.globals["trialdex"]
    await site.permit(request)
    id, format = tilde_decode(request.url_vars["id"]), request.url_vars["format"]
    rows = (await datasette.get_database(site.database).execute("SELECT * FROM trials WHERE id = ?", [id])).rows
    if not rows:
        raise NotFound(f"No trial has the id {id}")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(id, safe='')}.{format}", **site.caching()}
    body = {"ris": ris, "bib": bibtex}[format](dict(rows[0]))
    return Response(body, headers=headers, content_type=EXPORTED[format])


async def _asked(request: Any, datasette: Any) -> tuple[Any, Asked, str]:
    site = datasette.jinja_env.globals["trialdex"]
    await site.permit(request)
    return site, asked(request.args), request.url_vars["format"]


async def _rows(datasette: Any, wanted: Asked, most: int | None = None) -> list[int] | Response:
    """The row numbers of what a search finds; a plain answer where it cannot be told."""

    def read(db: sqlite3.Connection) -> list[int]:
        rows: list[int] = found(db, wanted.search(understood(db, wanted))).rows[:most].tolist()
        return rows

    try:
        return await within_limit(datasette, read)
    except NoCriteria:
        return Response.text(f"{WORDS}\n", status=400)
    except NoIndex:
        return Response.text("This file has no index for search yet: trialdex publish makes it.\n", status=503)
    except TooLong:
        return Response.text("This search takes too long. A word or two more make it faster.\n", status=503)


def _trials(conn: sqlite3.Connection, rows: list[int]) -> list[Row]:
    return [dict(row) for row in conn.execute(TRIALS, [json.dumps(rows)])]
