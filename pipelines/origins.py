"""Where each column comes from: the field of a source's record, by the source's own name for it."""

from __future__ import annotations

from typing import Any

from pipelines.read import field_lists
from pipelines.schema import trial_fields
from scraper.declared import Covered
from scraper.items import DETAILS, TEXTS

# Single values of a trial that become rows of a table of names.
NAMED = {"conditions": "conditions.name", "keywords": "keywords.name"}


def place(covered: Covered) -> str | None:
    """`table.column` of a field that is kept."""
    if covered.column is None:
        return None
    if covered.into == "sponsors":
        return f"sponsors.{covered.column.removeprefix('sponsor_')}"
    if covered.into:
        return f"{covered.into}.{covered.column}"
    return NAMED.get(covered.column) or next(
        f"{table or 'trials'}.{covered.column}"
        for table in (None, DETAILS, TEXTS)
        if covered.column in trial_fields(table)
    )


def origins() -> dict[str, Any]:
    """source -> its title and, for each column, the source's name of the field and its path in a record.

    It stands in datasette_metadata.json, because the pages see only the database and what Datasette is told. Where
    several fields make one column (a number and its alias), the first that the source declares is named.
    """
    told: dict[str, Any] = {}
    for source, (title, fields) in field_lists().items():
        columns: dict[str, list[str]] = {}
        for name, path, covered in fields:
            if column := place(covered):
                columns.setdefault(column, [name, path])
        told[source] = {"title": title, "fields": columns}
    return told
