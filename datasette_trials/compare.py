"""Two to six trials side by side: rows -> lines of a comparison. Pure; the route and the exports stand beside it.

Criteria and outcomes are paired by their words, as `pipelines.pairing` pairs two versions of one record. That two are
paired says that they are alike in words, not that they mean the same; so both texts are always shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from datasette_trials import wording
from datasette_trials.criteria import KINDS
from datasette_trials.reading import Row, Told
from datasette_trials.strictness import strictest
from pipelines.pairing import Said, pairs

FEWEST, MOST = 2, 6  # trials in one comparison

SAME, OTHERWISE, STRICTER, SOME, ONLY = "same", "in other words", "stricter limit", "in some", "only here"


Cell = tuple[str, ...]  # the texts that one trial has on a line


class Line(NamedTuple):
    """One line: for each trial the texts in its cell; `verdict` says how they stand to each other, `strictest` whose
    limit is the strictest."""

    label: str
    cells: Sequence[Cell]
    verdict: str = ""
    strictest: tuple[bool, ...] = ()


class Section(NamedTuple):
    title: str
    lines: list[Line]


class Comparison(NamedTuple):
    trials: list[Row]
    sections: list[Section]


def comparison(said: Sequence[Told]) -> Comparison:
    """The comparison of some trials, in the order given; lines on which all are silent are left out."""
    sections = [
        Section("Facts", facts(said)),
        Section("Population", population(said)),
        Section("Limits", limits(said)),
        *(Section(f"Criteria: {title.lower()}", criteria(said, kind)) for kind, title in KINDS.items()),
        Section("Arms and interventions", arms(said)),
        Section("Primary outcomes", outcomes(said, "primary")),
        Section("Secondary outcomes", outcomes(said, "secondary")),
        Section("Sites", sites(said)),
    ]
    return Comparison([one.trial for one in said], [section for section in sections if section.lines])


def line(label: str, texts: Iterable[str | None]) -> list[Line]:
    """One line of single values; none where nobody says anything."""
    cells: list[Cell] = [(text,) if text else () for text in texts]
    if not any(cells):
        return []
    return [Line(label, cells, SAME if len(set(cells)) == 1 else "")]


def facts(said: Sequence[Told]) -> list[Line]:
    asked: list[tuple[str, Callable[[Row], str | None]]] = [
        ("Status", lambda trial: trial["status"] or trial["status_text"]),
        ("Phase", lambda trial: trial["phase"]),
        ("Kind of study", lambda trial: trial["study_type"]),
        ("Participants", lambda trial: wording.count(trial["enrollment"], trial["enrollment_type"])),
        ("Lead sponsor", lambda trial: trial["lead_sponsor"]),
        ("Start", lambda trial: wording.date(trial["start_date"], trial["start_date_type"])),
        ("Primary completion",
         lambda trial: wording.date(trial["primary_completion_date"], trial["primary_completion_date_type"])),
        ("Completion", lambda trial: wording.date(trial["completion_date"], trial["completion_date_type"])),
        ("Allocation", lambda trial: wording.words(trial["allocation"])),
        ("Model", lambda trial: wording.words(trial["intervention_model"])),
        ("Masking", lambda trial: wording.words(trial["masking"])),
        ("Purpose", lambda trial: wording.words(trial["primary_purpose"])),
        ("Has results", lambda trial: wording.yes_no(trial["has_results"])),
        ("Last updated", lambda trial: trial["last_updated"]),
        ("Removed at the source", lambda trial: trial["removed_at"] and trial["removed_at"][:10]),
    ]  # fmt: skip
    return [found for label, ask in asked for found in line(label, (ask(one.trial) for one in said))]


def population(said: Sequence[Told]) -> list[Line]:
    """Who is studied: conditions, ages, sex."""
    return [
        *shared("Conditions", [[row["name"] for row in one.lists["conditions"]] for one in said]),
        *line("Ages", (wording.ages(one.trial) for one in said)),
        *line("Sex", (one.trial["sex"] for one in said)),
        *line("Healthy volunteers", (wording.yes_no(one.trial["healthy_volunteers"]) for one in said)),
    ]


def limits(said: Sequence[Told]) -> list[Line]:
    """Every variable that two or more of the trials limit, inclusion and exclusion each for themselves."""
    found: list[Line] = []
    keys = dict.fromkeys((row["kind"], row["variable"]) for one in said for row in one.lists["thresholds"])
    for kind, variable in sorted(keys, key=lambda key: [*KINDS].index(key[0])):
        sides = [
            [row for row in one.lists["thresholds"] if (row["kind"], row["variable"]) == (kind, variable)]
            for one in said
        ]
        if sum(map(bool, sides)) < 2:
            continue
        cells = [tuple(dict.fromkeys(wording.limit_words(row) for row in rows)) for rows in sides]
        tight = strictest(sides)
        verdict = STRICTER if any(tight) else SAME if len(set(cells)) == 1 else ""
        found.append(Line(f"{wording.variable(variable)}, {kind}", cells, verdict, tuple(tight)))
    return found


def criteria(said: Sequence[Told], kind: str) -> list[Line]:
    """The criteria of one kind, paired by their words; those of one trial alone in the last line."""
    sides = [[row for row in one.lists["criteria"] if row["kind"] == kind and row["text"]] for one in said]
    bounds: dict[int, list[Row]] = {}
    for one in said:
        for row in one.lists["thresholds"]:
            bounds.setdefault(row["criterion_id"], []).append(row)
    lines: list[Line] = []
    only: list[Cell] = [()] * len(said)
    for places in aligned([[(kind, row["text"]) for row in rows] for rows in sides]):
        mine = [rows[place] if place is not None else None for rows, place in zip(sides, places, strict=True)]
        if sum(map(bool, mine)) == 1:
            only = [texts + ((row["text"],) if row else ()) for texts, row in zip(only, mine, strict=True)]
            continue
        tight = tightest([bounds.get(row["id"], []) if row else [] for row in mine])
        cells: list[Cell] = [(row["text"],) if row else () for row in mine]
        lines.append(Line(KINDS[kind], cells, STRICTER if any(tight) else paired(cells), tight))
    lines.sort(key=lambda one: -sum(map(bool, one.cells)))
    return lines + ([Line("Only here", only, ONLY)] if any(only) else [])


def tightest(sides: Sequence[Sequence[Row]]) -> tuple[bool, ...]:
    """Whose criterion is the strictest, told by its limits: only where all limit the same one variable, once."""
    variables = {row["variable"] for rows in sides for row in rows}
    return tuple(strictest(sides)) if len(variables) == 1 else (False,) * len(sides)


def paired(cells: Sequence[Cell]) -> str:
    """How the texts of criteria that were paired stand to each other."""
    said = [" ".join(cell[0].split()).rstrip(" .;,").casefold() for cell in cells if cell]
    if len(said) < len(cells):
        return SOME
    return SAME if len(set(said)) == 1 else OTHERWISE


def aligned(sides: Sequence[Sequence[Said]]) -> list[list[int | None]]:
    """Every item of every side once, in rows: for each side its place in that side's list, or None. Each side is paired
    with the first text of every row so far."""
    rows: list[list[int | None]] = []
    first: list[Said] = []
    for side, said in enumerate(sides):
        for old, new, _ in pairs(first, said):
            if new is None:
                continue
            if old is None:
                rows.append([None] * len(sides))
                first.append(said[new])
                old = len(rows) - 1
            rows[old][side] = new
    return rows


def arms(said: Sequence[Told]) -> list[Line]:
    """Arms as each trial lists them; interventions by name, shared ones first."""
    listed = [
        tuple(
            f"{row['label'] or 'Not named'}{': ' + (wording.words(row['type']) or '') if row['type'] else ''}"
            for row in one.lists["arms"]
        )
        for one in said
    ]
    names = [[row["name"] for row in one.lists["interventions"] if row["name"]] for one in said]
    return ([Line("Arms", listed)] if any(listed) else []) + shared("Interventions", names)


def shared(label: str, names: Sequence[Sequence[str]]) -> list[Line]:
    """A line of names that all trials share, whatever their case, and one of the others."""
    common = set.intersection(*({name.casefold() for name in listed} for listed in names))
    both = [tuple(dict.fromkeys(name for name in listed if name.casefold() in common)) for listed in names]
    rest = [tuple(dict.fromkeys(name for name in listed if name.casefold() not in common)) for listed in names]
    lines = [Line(f"{label} of all", both, SAME)] if any(both) else []
    return lines + ([Line(f"{label}, further" if any(both) else label, rest)] if any(rest) else [])


def outcomes(said: Sequence[Told], kind: str) -> list[Line]:
    """Outcomes of one kind, paired by the words of their measure."""
    sides = [[row for row in one.lists["outcomes"] if row["kind"] == kind and row["measure"]] for one in said]
    lines: list[Line] = []
    only: list[Cell] = [()] * len(said)
    for places in aligned([[(kind, row["measure"]) for row in rows] for rows in sides]):
        cells: list[Cell] = [
            () if place is None else (_measure(rows[place]),) for rows, place in zip(sides, places, strict=True)
        ]
        if sum(map(bool, cells)) == 1:
            only = [mine + cell for mine, cell in zip(only, cells, strict=True)]
        else:
            lines.append(Line(kind.capitalize(), cells, paired(cells)))
    return lines + ([Line("Only here", only, ONLY)] if any(only) else [])


def _measure(row: Row) -> str:
    return f"{row['measure']} [{row['time_frame']}]" if row["time_frame"] else str(row["measure"])


def sites(said: Sequence[Told]) -> list[Line]:
    """How many sites each trial has, in all and by country; the countries of most trials first."""
    counts = [
        {country: sum(row["country"] == country for row in one.lists["locations"])
         for country in {row["country"] for row in one.lists["locations"] if row["country"]}}
        for one in said
    ]  # fmt: skip
    total = line("Sites", (f"{one.trial['n_locations']:,}" if one.trial["n_locations"] else None for one in said))
    countries = sorted(
        {country for mine in counts for country in mine},
        key=lambda country: (-sum(country in mine for mine in counts), country),
    )
    return total + [
        Line(country, [(f"{mine[country]:,}",) if country in mine else () for mine in counts]) for country in countries
    ]
