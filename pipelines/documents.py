"""Documents made from the schema and the sources' declarations: docs/schema.md and docs/<source>_fields.md.

They are written by `trialdex metadata` beside datasette_metadata.json, and a test fails when one is stale.
"""

from __future__ import annotations

from pathlib import Path

from pipelines.full_text import INDEXES
from pipelines.metadata import as_text
from pipelines.origins import place
from pipelines.places import PLACE_TABLES
from pipelines.queries import READY
from pipelines.read import field_lists
from pipelines.schema import QUERIES, TABLES, VIEWS, Table
from pipelines.search_tables import SEARCH_TABLES
from pipelines.summaries import FACET_COUNTS, SUMMARIES
from scraper.declared import Covered

MADE_BY = "<!-- Made by `trialdex metadata`; edit the schema or the source's declaration, not this page. -->\n"
TYPES = {str: "TEXT", int: "INTEGER", float: "FLOAT", bytes: "BLOB"}


def generated() -> dict[str, str]:
    """Every generated file by its path from the project's root."""
    files = {"datasette_metadata.json": as_text(), "docs/schema.md": schema_page()}
    for source, (title, fields) in field_lists().items():
        files[f"docs/{source}_fields.md"] = fields_page(title, fields)
    return files


def stale(checkout: Path) -> dict[str, str]:
    """The generated files that a checkout does not hold as they would be made now, by their path from its root."""
    return {name: text for name, text in generated().items() if _held(checkout / name) != text}


def _held(file: Path) -> str | None:
    return file.read_text(encoding="utf-8") if file.exists() else None


def schema_page() -> str:
    """Every table, column, view and reference."""
    parts = [
        MADE_BY,
        "# The tables\n",
        "One SQLite file. `trials` holds one row for each trial as one source tells it; everything else joins to it by "
        "`trial_id`. `NULL` means that the source did not say; dates are ISO text with the precision the source gave; "
        "flags are 0 or 1; moments are UTC. Names of tables and columns are a contract.\n",
        "```mermaid\nerDiagram\n",
        *(
            f"  {other} ||--o{{ {name} : {column}\n"
            for name, table in TABLES.items()
            for column, other, _ in table.refers
        ),
        "```\n",
    ]
    for name, table in TABLES.items():
        parts.append(_table_section(name, table))
    parts.append("# Summaries\n")
    parts.append("Counts for pages and charts, made at publishing; they stand in the published file only.\n")
    summaries = {name: summary.table for name, summary in SUMMARIES.items()}
    for name, table in (summaries | SEARCH_TABLES | {"facet_counts": FACET_COUNTS} | PLACE_TABLES).items():
        parts.append(_table_section(name, table))
    parts.append("## Views\n")
    parts += [f"- `{name}`: {view.description}" for name, view in VIEWS.items()]
    parts.append("\n## Questions\n")
    parts.append("They stand on the database's page in Datasette.\n")
    parts += [f"- `{name}`: {query.description}" for name, query in (READY | QUERIES).items()]
    parts.append("\n## Full-text search\n")
    parts.append(
        "Whatever stores trials keeps these, no trigger does. After changes of your own: "
        "`INSERT INTO trials_fts (trials_fts) VALUES ('rebuild')`, and so for the others.\n"
    )
    parts += [f"- `{index.name}` over {', '.join(index.columns)} of `{index.over}`" for index in INDEXES]
    return "\n".join(parts) + "\n"


def _table_section(name: str, table: Table) -> str:
    refers = {column: f"{other}.{key}" for column, other, key in table.refers}
    lines = [f"## {name}\n", f"{table.description} Key: `{', '.join(table.key)}`.\n"]
    lines += ["| column | type | what | refers to |", "| --- | --- | --- | --- |"]
    for column, described in table.columns.items():
        lines.append(f"| `{column}` | {TYPES[described.type]} | {described.description} | {refers.get(column, '')} |")
    return "\n".join(lines) + "\n"


def fields_page(title: str, fields: list[tuple[str, str, Covered]]) -> str:
    """Which field of a source stands where."""
    kept = sum(1 for _, _, covered in fields if covered.column)
    lines = [
        MADE_BY,
        f"# {title}: which field stands where\n",
        f"{len(fields)} fields: {kept} stand in tables, {len(fields) - kept} in the archive only, for the reason told. "
        "What a record holds beside these is counted in `unknown_fields`.\n",
        "| field | path | where |",
        "| --- | --- | --- |",
    ]
    for piece, path, covered in fields:
        lines.append(f"| {piece} | `{path}` | {place(covered) or f'archive only: {covered.reason}'} |")
    return "\n".join(lines) + "\n"
