"""*Charts*: what the file holds and how well it is kept, as pictures with their numbers and the SQL behind them.

The SQL reads the summaries that `trialdex publish` makes, so that a chart of 600,000 trials costs what one of 300 does.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any, NamedTuple
from urllib.parse import urlencode

from datasette.utils import sqlite_timelimit
from datasette.utils.asgi import Request, Response
from markupsafe import Markup

from datasette_trials.charts import NARROW, WIDE, Series, bars, columns, lines
from datasette_trials.site import Site

Row = Sequence[Any]
Draw = Callable[[str, list[str], list[Series], int], Markup]

RUNS_SHOWN = 40
MOST_YEARS = 60
FIELDS_SHOWN = 6  # lines that can be told apart


class Numbers(NamedTuple):
    """A table: the first column labels, the others are series, up to `drawn` of them."""

    names: list[str]
    rows: list[Row]


class Question(NamedTuple):
    """One chart: what it shows, the SQL that says it, how it is drawn. `drawn`: columns that are, after the labels."""

    key: str
    title: str
    sentence: str
    sql: str
    draw: Draw
    drawn: int
    fewest: int = 1  # rows without which there is nothing to draw
    pivoted: bool = False  # the SQL says (label, series, value); the table has a column a series


class Figure(NamedTuple):
    """A question with its answer, as the template shows it."""

    question: Question
    numbers: Numbers
    legend: list[str]
    wide: Markup
    narrow: Markup
    sql_path: str


def percent_bars(what: str, labels: list[str], series: list[Series], width: int) -> Markup:
    return bars(what, labels, series, width, unit=" %")


def percent_lines(what: str, labels: list[str], series: list[Series], width: int) -> Markup:
    return lines(what, labels, series, width, top=100)


PHASES = {
    "Phase 1": "('Early Phase 1', 'Phase 1')",
    "Phase 2": "('Phase 1/Phase 2', 'Phase 2')",
    "Phase 3": "('Phase 2/Phase 3', 'Phase 3')",
    "Phase 4": "('Phase 4')",
    "Not applicable": "('Not applicable')",
}
BY_PHASE = ",\n       ".join(
    f'sum(CASE WHEN phase IN {phases} THEN trials ELSE 0 END) AS "{name}"' for name, phases in PHASES.items()
)
POSTING = """SELECT year, days_25 AS "a quarter within", days_50 AS "half within", days_75 AS "three quarters within",
       trials
FROM posting_times WHERE what = '{}' AND trials >= 3 ORDER BY year"""

QUESTIONS = (
    Question(
        "countries", "Where trials recruit",
        "Recruiting trials with a site in the country; a trial in two countries counts in both.",
        "SELECT country, recruiting FROM counts_by_country WHERE recruiting > 0\n"
        "ORDER BY recruiting DESC, country LIMIT 20",
        bars, 1,
    ),
    Question(
        "starts", "Starts by year and phase",
        "Interventional trials by the year of their start, planned starts too. A combined phase counts as "
        "the later one.",
        f"SELECT year, {BY_PHASE},\n       sum(CASE WHEN phase IS NULL THEN trials ELSE 0 END) AS \"not said\"\n"
        "FROM starts_by_year_phase\nWHERE study_type = 'Interventional'\n"
        "  AND year BETWEEN strftime('%Y', 'now') - 24 AND strftime('%Y', 'now') + 1\nGROUP BY year ORDER BY year",
        columns, 6,
    ),
    Question(
        "sponsors", "Who leads trials",
        "The organisations that lead most trials, by the trials that recruit now and the others.",
        "SELECT sponsor, sum(recruiting) AS recruiting, sum(trials - recruiting) AS \"not recruiting\"\n"
        "FROM counts_by_sponsor WHERE role = 'lead'\nGROUP BY sponsor ORDER BY sum(trials) DESC, sponsor LIMIT 15",
        bars, 2,
    ),
    Question(
        "posting", "From submission to posting",
        "Days from a record's first submission to its posting at the register, by the year of posting; years with "
        "three trials or more.",
        POSTING.format("record"), lines, 3, fewest=2,
    ),
    Question(
        "results", "From completion to posted results",
        "Days from primary completion to posted results, by the year of completion. Recent years hold only those that "
        "have posted already, so their waits look short.",
        POSTING.format("results"), lines, 3, fewest=2,
    ),
    Question(
        "fill", "How complete the records are",
        "Share of the register's live trials with a value in a field, after the last run; the fields that every trial "
        "has are left out. Many are empty for good reasons: a trial that goes on has no reason for stopping.",
        "SELECT field, round(100.0 * filled / total, 1) AS percent, filled, total FROM field_fill\n"
        "WHERE source = 'ctgov' AND filled < total\n"
        "  AND run_id = (SELECT max(run_id) FROM field_fill WHERE source = 'ctgov')\nORDER BY percent DESC, field",
        percent_bars, 1,
    ),
    Question(
        "fill-over-time", "Fields that changed most, run by run",
        f"The {FIELDS_SHOWN} fields whose share of filled values moved most within the last {RUNS_SHOWN} runs: a "
        "sudden fall is a fault of the reader or of the register.",
        f"""WITH kept AS (
  SELECT DISTINCT run_id FROM field_fill WHERE source = 'ctgov' AND total > 0 ORDER BY run_id DESC LIMIT {RUNS_SHOWN}
), fills AS (
  SELECT run_id, field, 100.0 * filled / total AS percent FROM field_fill
  WHERE source = 'ctgov' AND total > 0 AND run_id IN (SELECT run_id FROM kept)
), moved AS (
  SELECT field FROM fills GROUP BY field ORDER BY max(percent) - min(percent) DESC, field LIMIT {FIELDS_SHOWN}
)
SELECT substr(runs.ended_at, 1, 10) || ', run ' || run_id AS run, field, round(percent, 1) AS percent
FROM fills JOIN runs ON runs.id = run_id WHERE field IN (SELECT field FROM moved) ORDER BY run_id, field""",
        percent_lines, FIELDS_SHOWN, fewest=2, pivoted=True,
    ),
    Question(
        "crawls", "What each run found",
        f"Trials that were new, changed or gone, and records refused, in the last {RUNS_SHOWN} runs; the table has "
        "what was unchanged, too, and what it took.",
        f"""SELECT substr(ended_at, 1, 10) || ', run ' || id AS run, new, changed, removed, rejected, unchanged,
       problems, requests, retries, round(seconds, 1) AS seconds, source, outcome
FROM (SELECT * FROM runs WHERE ended_at IS NOT NULL ORDER BY id DESC LIMIT {RUNS_SHOWN}) ORDER BY id""",
        columns, 4,
    ),
)  # fmt: skip


def pivot(numbers: Numbers) -> Numbers:
    """(label, series, value) rows as a row a label and a column a series; None where there is no value. Pure."""
    names = list(dict.fromkeys(row[1] for row in numbers.rows))
    rows: list[Row] = []
    for label, group in groupby(numbers.rows, key=lambda row: row[0]):
        found = {row[1]: row[2] for row in group}
        rows.append([label, *(found.get(name) for name in names)])
    return Numbers([numbers.names[0], *names], rows)


def with_every_year(numbers: Numbers) -> Numbers:
    """With an empty row for each year that has none, so that the axis is even. Pure; other labels stay as they are."""
    found = {row[0]: row for row in numbers.rows}
    if not found or not all(isinstance(year, int) for year in found) or max(found) - min(found) > MOST_YEARS:
        return numbers
    empty = [None] * (len(numbers.names) - 1)
    return Numbers(numbers.names, [found.get(year, [year, *empty]) for year in range(min(found), max(found) + 1)])


def figure(question: Question, numbers: Numbers, sql_path: str) -> Figure:
    """A chart from its numbers. Pure."""
    numbers = pivot(numbers) if question.pivoted else numbers
    seen = with_every_year(numbers)
    labels = ["not said" if row[0] is None else str(row[0]) for row in seen.rows]
    series = [
        Series(numbers.names[place], [row[place] for row in seen.rows])
        for place in range(1, min(question.drawn, len(numbers.names) - 1) + 1)
    ]
    wide, narrow = Markup(""), Markup("")
    if len(numbers.rows) >= question.fewest:
        what = f"{question.title}; the numbers stand in the table below"
        wide, narrow = (question.draw(what, labels, series, width) for width in (WIDE, NARROW))
    legend = [one.name for one in series] if len(series) > 1 else []
    return Figure(question, numbers, legend, wide, narrow, sql_path)


def ask(db: sqlite3.Connection, question: Question, milliseconds: int) -> Numbers | None:
    """The numbers of one question; None where the file has no such table yet, or it takes too long."""
    try:
        with sqlite_timelimit(db, milliseconds):
            cursor = db.execute(question.sql)
            return Numbers([name for name, *_ in cursor.description], [tuple(row) for row in cursor])
    except sqlite3.OperationalError as error:
        if "interrupted" in str(error) or "no such table" in str(error):
            return None
        raise


async def show_charts(request: Request, datasette: Any) -> Response:
    """`/-/charts`."""
    site: Site = datasette.jinja_env.globals["trialdex"]
    await site.permit(request)
    limit = datasette.setting("sql_time_limit_ms")
    told = await site.ask(lambda db: [ask(db, question, limit) for question in QUESTIONS])
    at = datasette.urls.database(site.database)
    figures = [
        figure(question, numbers, f"{at}?{urlencode({'sql': question.sql})}")
        for question, numbers in zip(QUESTIONS, told, strict=True)
        if numbers is not None
    ]
    context = {"figures": figures, "missing": len(QUESTIONS) - len(figures)}
    return Response.html(await datasette.render_template("charts.html", context, request), headers=site.caching())
