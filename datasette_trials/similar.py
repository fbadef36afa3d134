"""The neighbours of a stored trial as JSON, each with its reasons: `/trial/<id>/similar.json`."""

from __future__ import annotations

import sqlite3
from typing import Any

from datasette.utils import add_cors_headers, tilde_decode
from datasette.utils.asgi import Request, Response

from datasette_trials.site import NOT_ADVICE
from pipelines.reasons import as_data, facts, reasons

ROUTE = r"^/trial/(?P<trial>[^/]+)/similar\.json$"
NEIGHBOURS = """
    SELECT similar_trials.similar_id, similar_trials.rank, trials.title, trials.url, trials.status, trials.phase
    FROM similar_trials JOIN trials ON trials.id = similar_trials.similar_id
    WHERE similar_trials.trial_id = ? ORDER BY similar_trials.rank"""


def similar_data(db: sqlite3.Connection, trial: str) -> dict[str, Any] | None:
    """What the answer holds; None where no such trial is stored."""
    one = facts(db, trial)
    if one is None:
        return None
    found = []
    for id, rank, title, url, status, phase in db.execute(NEIGHBOURS, [trial]).fetchall():
        if other := facts(db, id):
            told = {"id": id, "rank": rank, "title": title, "url": url, "status": status, "phase": phase}
            found.append({**told, "reasons": as_data(reasons(one, other))})
    return {"trial": trial, "not_advice": NOT_ADVICE, "similar": found}


async def similar_json(request: Request, datasette: Any) -> Response:
    """Answers for one trial; 404 where it is not stored."""
    headers: dict[str, str] = {}
    if datasette.cors:
        add_cors_headers(headers)
    trial = tilde_decode(request.url_vars["trial"])
    name = datasette.jinja_env.globals["trialdex"].database
    data = await datasette.get_database(name).execute_fn(lambda db: similar_data(db, trial)) if name else None
    if data is None:
        return Response.json({"ok": False, "error": f"no trial {trial}", "status": 404}, status=404, headers=headers)
    return Response.json({"ok": True, **data}, headers=headers)
