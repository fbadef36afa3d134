"""Posted results as small tables: who took part, the primary outcomes, adverse events. Pure; numbers stay as served."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from datasette_trials.reading import Row
from datasette_trials.wording import words

MILESTONES = {"STARTED": "Started", "COMPLETED": "Completed", "NOT COMPLETED": "Not completed"}  # others: sponsors' own


class Grid(NamedTuple):
    """A table with a column for each group; a cell is None where nothing was given."""

    title: str
    about: tuple[str, ...]
    groups: list[str]
    rows: list[tuple[str, list[str | None]]]


def grids(lists: Mapping[str, Sequence[Row]]) -> list[Grid]:
    """Participant flow period by period, then each primary outcome, then adverse events."""
    return [*_flow(lists), *_primary(lists), *_adverse(lists["adverse_event_groups"])]


def _flow(lists: Mapping[str, Sequence[Row]]) -> Iterable[Grid]:
    groups = {row["group_id"]: row["title"] or row["group_id"] for row in lists["flow_groups"]}
    counts = lists["flow_counts"]
    for period in dict.fromkeys(row["period"] for row in counts):
        cells: dict[str, dict[str, str | None]] = {}
        for row in counts:
            if row["period"] == period:
                cells.setdefault(row["milestone"], {})[row["group_id"]] = row["participants"]
        if groups and cells:
            rows = [(MILESTONES.get(name, name), [of.get(group) for group in groups]) for name, of in cells.items()]
            yield Grid(f"Participant flow: {period or 'overall'}", (), list(groups.values()), rows)


def _primary(lists: Mapping[str, Sequence[Row]]) -> Iterable[Grid]:
    for outcome in lists["result_outcomes"]:
        if outcome["type"] != "PRIMARY":
            continue
        mine = outcome["position"]
        groups = {
            row["group_id"]: row["title"] or row["group_id"] for row in lists["result_groups"] if row["outcome"] == mine
        }
        cells: dict[tuple[str | None, str | None], dict[str, str]] = {}
        for row in lists["result_values"]:
            if row["outcome"] == mine:
                cells.setdefault((row["class_title"], row["category_title"]), {})[row["group_id"]] = _value(row)
        measured = ", ".join(
            filter(None, (words(outcome["parameter_type"]), outcome["unit"], words(outcome["dispersion_type"])))
        )
        about = tuple(filter(None, (measured, outcome["time_frame"])))
        rows = [
            (": ".join(filter(None, key)) or measured or "Value", [of.get(group) for group in groups])
            for key, of in cells.items()
        ]
        yield Grid(f"Primary outcome: {outcome['title'] or 'unnamed'}", about, list(groups.values()), rows)


def _value(row: Row) -> str:
    """A value with its spread or its limits, as served."""
    said = row["value"] if row["value"] is not None else row["comment"] or "not given"
    if row["spread"] is not None:
        said += f" ± {row['spread']}"
    if row["lower_limit"] is not None or row["upper_limit"] is not None:
        said += f" ({row['lower_limit'] or '…'} to {row['upper_limit'] or '…'})"
    return str(said)


def _adverse(groups: Sequence[Row]) -> Iterable[Grid]:
    kinds = (("Deaths, of any cause", "deaths"), ("Serious adverse events", "serious"), ("Other events", "other"))
    rows: list[tuple[str, list[str | None]]] = []
    for title, kind in kinds:
        cells = [_share(row[f"{kind}_affected"], row[f"{kind}_at_risk"]) for row in groups]
        if any(cells):
            rows.append((title, cells))
    if rows:
        yield Grid(
            "Adverse events", ("participants affected / at risk",), [r["title"] or r["group_id"] for r in groups], rows
        )


def _share(affected: int | None, at_risk: int | None) -> str | None:
    return None if affected is None else f"{affected:,} / {at_risk:,}" if at_risk is not None else f"{affected:,}"
