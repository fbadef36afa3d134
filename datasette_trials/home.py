"""What the home page says of the file: how much of what is in it, what the last runs found, how fresh it is.

Counts come from the summaries of a published file; a file that is still being written to has none, and is counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, NamedTuple

from datasette_trials.cells import bars

Bars = list[tuple[str | None, int, float]]
Rows = Callable[[str], Awaitable[list[Any]]]  # asks a query; no rows where it takes too long

PHASES = ("Early Phase 1", "Phase 1", "Phase 1/Phase 2", "Phase 2", "Phase 2/Phase 3", "Phase 3", "Phase 4",
          "Not applicable", None)  # fmt: skip
SUMMED = "SELECT source, status, phase, trials FROM counts_by_status"
COUNTED = "SELECT source, status, NULL, count(*) FROM trials WHERE removed_at IS NULL GROUP BY source, status"
PHASES_COUNTED = "SELECT phase, count(*) FROM trials WHERE removed_at IS NULL GROUP BY phase"
HAS_SUMMARY = "SELECT 1 FROM sqlite_master WHERE name = 'counts_by_status'"
TOP_CONDITIONS = """
    SELECT conditions.id, conditions.name
    FROM (SELECT condition_id, count(*) AS trials FROM trial_conditions GROUP BY 1 ORDER BY 2 DESC LIMIT 16) AS counted
    JOIN conditions ON conditions.id = counted.condition_id
    ORDER BY counted.trials DESC, conditions.name"""
TOP_CONDITIONS_SUMMED = "SELECT condition_id AS id, condition AS name FROM counts_by_condition ORDER BY id LIMIT 16"
LAST_RUNS = """
    SELECT id, command, source, ended_at, outcome, seen, new, changed, removed, rejected FROM runs
    WHERE id IN (SELECT max(id) FROM runs WHERE ended_at IS NOT NULL GROUP BY source) ORDER BY id DESC LIMIT 6"""
# The newest rows of `changes`, by its key: a first fill of 600,000 trials makes as many of them.
CHANGED = """
    SELECT newest.trial_id, trials.title, newest.seen_at, newest.kind, newest.field
    FROM (SELECT * FROM changes ORDER BY id DESC LIMIT 300) AS newest
    LEFT JOIN trials ON trials.id = newest.trial_id ORDER BY newest.id DESC"""
FEW = 8  # trials that changed last


class Changed(NamedTuple):
    """A trial that changed lately, and how, in a few words."""

    trial_id: str
    title: str | None
    date: str
    what: str


class Home(NamedTuple):
    """What the home page says; empty where the answer would have taken longer than Datasette allows."""

    trials: int
    sources: Bars
    statuses: Bars
    phases: Bars
    conditions: list[Any]
    changed: list[Changed]
    newest_update: str | None
    copied: str | None


async def home(rows: Rows) -> Home:
    """The home page of the file that `rows` asks."""
    sources: Counter[str | None] = Counter()
    statuses: Counter[str | None] = Counter()
    phases: Counter[str | None] = Counter()
    summed = bool(await rows(HAS_SUMMARY))
    for source, status, phase, count in await rows(SUMMED if summed else COUNTED):
        sources[source] += count
        statuses[status] += count
        phases[phase] += count
    if not summed:
        phases = Counter(dict(await rows(PHASES_COUNTED)))
    newest = await rows("SELECT max(last_updated) FROM trials")
    copied = await rows("SELECT max(ended_at) FROM runs")
    return Home(
        trials=sources.total(),
        sources=bars(sources),
        statuses=bars(statuses),
        phases=sorted(bars(phases), key=lambda bar: PHASES.index(bar[0]) if bar[0] in PHASES else len(PHASES)),
        conditions=await rows(TOP_CONDITIONS_SUMMED if summed else TOP_CONDITIONS),
        changed=lately(await rows(CHANGED)),
        newest_update=newest[0][0] if newest else None,
        copied=copied[0][0] if copied else None,
    )


def lately(changes: Iterable[Any]) -> list[Changed]:
    """The trials of some changes, the newest first, each once with what its newest run found."""
    found: dict[str, Changed] = {}
    fields: dict[str, list[str]] = {}
    for trial_id, title, seen_at, kind, field in changes:
        one = found.setdefault(trial_id, Changed(trial_id, title, (seen_at or "")[:10], kind))
        if field and kind == one.what and (seen_at or "")[:10] == one.date:
            fields.setdefault(trial_id, []).append(field.replace("_", " "))
    said = {trial_id: ", ".join(dict.fromkeys(reversed(names))) for trial_id, names in fields.items()}
    newest = list(found.values())[:FEW]
    return [one._replace(what=f"{one.what}: {said[one.trial_id]}") if one.trial_id in said else one for one in newest]
