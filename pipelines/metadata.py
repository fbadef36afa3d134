"""The schema as Datasette wants to hear it: titles, descriptions, sources, facets, order, what is searched."""

from __future__ import annotations

import json
from typing import Any

from pipelines.full_text import INDEXES
from pipelines.origins import origins
from pipelines.places import PLACE_TABLES
from pipelines.queries import READY, Ready
from pipelines.read import terms
from pipelines.schema import QUERIES, SEARCHED_BUT_NOT_WHEN_SLIM, TABLES, VIEWS, Table, View
from pipelines.search_tables import SEARCH_TABLES
from pipelines.summaries import FACET_COUNTS, SUMMARIES

HIDDEN = ("_follow", "_reconciled", "places_fts", *(index.name for index in INDEXES))
NOT_ADVICE = "Not medical advice: a copy of public registers and listings, as they stood on the date of each record."


def metadata() -> dict[str, Any]:
    """datasette_metadata.json as a whole; `trialdex metadata --check` compares the file with this."""
    return {
        "title": "Trialdex",
        "description": f"Clinical trials from registers and recruitment portals. {NOT_ADVICE}",
        "about": "How the tables hang together",
        "about_url": "https://github.com/trialdex/trialdex/blob/main/docs/schema.md",
        "plugins": {"trialdex": {"sources": origins()}},
        "databases": {
            "trials": {
                "license": " ".join(terms()),
                "source": "The registers and portals named in each trial's source and url",
                "queries": {name: _ready(query) for name, query in READY.items()}
                | {
                    name: {"title": query.title, "description": query.description, "sql": query.sql}
                    for name, query in QUERIES.items()
                },
                "tables": {name: _table(name, table) for name, table in TABLES.items()}
                | {name: _table(name, summary.table) for name, summary in SUMMARIES.items()}
                | {name: _table(name, table) for name, table in (SEARCH_TABLES | PLACE_TABLES).items()}
                | {"facet_counts": _table("facet_counts", FACET_COUNTS)}
                | {name: _view(view) for name, view in VIEWS.items()}
                | {name: {"hidden": True} for name in HIDDEN},
            }
        },
    }


def as_text() -> str:
    """The file's text."""
    return json.dumps(metadata(), indent=2, ensure_ascii=False) + "\n"


def _view(view: View) -> dict[str, Any]:
    told: dict[str, Any] = {"title": view.title, "description": view.description}
    return told | ({"columns": view.columns} if view.columns else {})


def _ready(query: Ready) -> dict[str, Any]:
    """`parameters` are ours: the page of a query shows each one's help beside its field."""
    helps = {
        name: parameter.help + (f". Left blank: {parameter.example}" if parameter.example else "")
        for name, parameter in query.parameters.items()
    }
    return {
        "sql": query.sql,
        "title": query.title,
        "description": query.description,
        "params": list(query.parameters),
        "parameters": helps,
        "hide_sql": True,
    }


def _table(name: str, table: Table) -> dict[str, Any]:
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
    if table.hidden:
        told["hidden"] = True
    if table.search and name != SEARCHED_BUT_NOT_WHEN_SLIM:  # of that one Datasette finds out whether a file has it
        told["fts_table"] = f"{name}_fts"
    return told
