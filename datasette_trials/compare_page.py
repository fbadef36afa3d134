"""The comparison as a page, as CSV and as Markdown, and the route that answers with one of them."""

from __future__ import annotations

import csv
import io
import re
import sqlite3
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from datasette.utils.asgi import Request, Response

from datasette_trials.compare import FEWEST, MOST, Comparison, comparison
from datasette_trials.reading import Row, Told, told
from datasette_trials.site import NOT_ADVICE, Site

FORMULA = re.compile(r"[=+\-@\t\r]")  # what makes a spreadsheet take a text for a formula
NUMBER = re.compile(r"[+-]?[\d.,]+\Z")


def about(trials: Sequence[Row], terms: str | None) -> list[tuple[str, list[str]]]:
    """What every export says of its trials: titles, addresses, dates of the copy; terms and warning in the first."""
    rest = [""] * (len(trials) - 1)
    return [
        ("Title", [trial["title"] or "" for trial in trials]),
        ("Address", [trial["url"] or "" for trial in trials]),
        ("Read by Trialdex", [trial["last_changed"] or trial["first_seen"] or "" for trial in trials]),
        ("Terms", [terms or "", *rest]),
        ("Warning", [NOT_ADVICE, *rest]),
    ]


def cell(text: str) -> str:
    """A text for a spreadsheet. An apostrophe goes before what it would otherwise run as a formula."""
    return f"'{text}" if FORMULA.match(text) and not NUMBER.match(text) else text


def as_csv(compared: Comparison, terms: str | None) -> str:
    """One row a line of the comparison, one column a trial; several texts of a cell stand on lines of their own."""
    out = io.StringIO()
    writer = csv.writer(out)
    ids = [trial["id"] for trial in compared.trials]
    writer.writerow(["section", "line", "verdict", *map(cell, ids)])
    for label, texts in about(compared.trials, terms):
        writer.writerow(["About", label, "", *map(cell, texts)])
    for section in compared.sections:
        for line in section.lines:
            strictest = [one for one, tight in zip(ids, line.strictest, strict=False) if tight]
            verdict = f"{line.verdict}: {', '.join(strictest)}" if strictest else line.verdict
            writer.writerow(
                [section.title, cell(line.label), cell(verdict), *(cell("\n".join(texts)) for texts in line.cells)]
            )
    return out.getvalue()


def inline(text: str) -> str:
    """A text for a cell of a Markdown table: no line breaks, and no sign that means something there."""
    return re.sub(r"([\\`*_{}\[\]<>#|~&])", r"\\\1", " ".join(text.split()))


def as_markdown(compared: Comparison, terms: str | None) -> str:
    """A table for each section; the strictest limit stands in bold."""
    ids = [inline(trial["id"]) for trial in compared.trials]
    lines = [f"# Comparison of {', '.join(ids)}", ""]
    for trial in compared.trials:
        address = f", {trial['url']}" if trial["url"] else ""
        lines.append(f"- {inline(trial['id'])}: {inline(trial['title'] or '')}{inline(address)}")
    for section in compared.sections:
        lines += ["", f"## {section.title}", "", f"| | {' | '.join(ids)} | |", "| --- " * (len(ids) + 2) + "|"]
        for line in section.lines:
            tight = line.strictest or (False,) * len(ids)
            cells = [
                "<br>".join(f"**{inline(text)}**" if strict else inline(text) for text in texts)
                for texts, strict in zip(line.cells, tight, strict=True)
            ]
            lines.append(f"| {inline(line.label)} | {' | '.join(cells)} | {line.verdict} |")
    dates = {inline((trial["last_changed"] or trial["first_seen"] or "")[:10]) for trial in compared.trials}
    lines += ["", f"As Trialdex read the records on {', '.join(sorted(dates))}. {terms or ''} {NOT_ADVICE}"]
    return "\n".join(lines) + "\n"


# --- in Datasette ---------------------------------------------------------------------------------------------------


def sought(db: sqlite3.Connection, ids: Sequence[str]) -> tuple[list[Told], list[str]]:
    """The trials with these ids, each once, and the ids that the file does not have. A number may be typed in small
    letters."""
    found: dict[str, Told] = {}
    unknown: list[str] = []
    for one in ids:
        if said := told(db, one) or told(db, one.upper()):
            found.setdefault(said.trial["id"], said)
        else:
            unknown.append(one)
    return list(found.values()), unknown


async def compare(request: Request, datasette: Any) -> Response:
    """`/compare?id=..&id=..`, `/compare.csv`, `/compare.md`. Ids that the file lacks and ids beyond the sixth are named
    on the page; with fewer than two trials the page asks for more."""
    site: Site = datasette.jinja_env.globals["trialdex"]
    await site.permit(request)
    ids = list(dict.fromkeys(one.strip() for one in request.args.getlist("id") if one.strip()))[: MOST * 4]
    found, unknown = await site.ask(lambda db: sought(db, ids))
    taken, beyond = found[:MOST], [said.trial for said in found[MOST:]]
    kind = request.url_vars["format"]
    compared = comparison(taken) if len(taken) >= FEWEST else None
    if kind and compared:
        text = (as_csv if kind == ".csv" else as_markdown)(compared, site.terms())
        name = f"comparison-of-{len(taken)}-trials{kind}"
        return Response(
            text,
            content_type="text/csv; charset=utf-8" if kind == ".csv" else "text/markdown; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"', **site.caching()},
        )
    if kind:
        return Response.text(f"A comparison needs {FEWEST} to {MOST} trials of this file.\n", status=400)
    trials = [said.trial for said in taken]
    shown = {
        "compared": compared,
        "trials": trials,
        "unknown": unknown,
        "beyond": beyond,
        "most": MOST,
        "query": urlencode([("id", trial["id"]) for trial in trials]),
        "without": {
            trial["id"]: urlencode([("id", other["id"]) for other in trials if other is not trial]) for trial in trials
        },
    }
    body = await datasette.render_template("compare.html", shown, request=request)
    return Response.html(body, status=404 if ids and not taken else 200, headers=site.caching())
