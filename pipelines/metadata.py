"""The schema as Datasette wants to hear it: titles, descriptions, sources, facets, order, what is searched."""

from __future__ import annotations

import json
from typing import Any

from pipelines.read import terms
from pipelines.schema import QUERIES, SEARCHED, TABLES, VIEWS, View

NOT_ADVICE = "Not medical advice: a copy of public registers and listings, as they stood on the date of each record."
HIDDEN = ("_follow", "_reconciled", *(f"{name}_fts" for name in SEARCHED))


def metadata() -> dict[str, Any]:
    """datasette_metadata.json as a whole; `trialdex metadata --check` compares the file with this."""
    return {
        "title": "Trialdex",
        "description": f"Clinical trials from registers and recruitment portals. {NOT_ADVICE}",
        "about": "How the tables hang together",
        "about_url": "https://github.com/trialdex/trialdex/blob/main/docs/schema.md",
        "databases": {
            "trials": {
                "license": " ".join(terms()),
                "source": "The registers and portals named in each trial's source and url",
                "tables": {name: _table(name) for name in TABLES}
                | {name: _view(view) for name, view in VIEWS.items()}
                | {name: {"hidden": True} for name in HIDDEN},
                "queries": {
                    name: {"title": query.title, "description": query.description, "sql": query.sql}
                    for name, query in QUERIES.items()
                },
            }
        },
    }


def as_text() -> str:
    """The file's text."""
    return json.dumps(metadata(), indent=2, ensure_ascii=False) + "\n"


def _view(view: View) -> dict[str, Any]:
    told: dict[str, Any] = {"title": view.title, "description": view.description}
    return told | ({"columns": view.columns} if view.columns else {})


def _table(name: str) -> dict[str, Any]:
    table = TABLES[name]
    told: dict[str, Any] = {
        "title": table.title,
        "description": table.description,
        "columns": {column: described.description for column, described in table.columns.items()},
    }
    if table.label:
        told["label_column"] = table.label
    if table.facets:
        told["facets"] = list(table.facets)
    if table.sort:
        told["sort"] = table.sort
    if table.sort_desc:
        told["sort_desc"] = table.sort_desc
    if table.search:
        told["fts_table"] = f"{name}_fts"
    return told
