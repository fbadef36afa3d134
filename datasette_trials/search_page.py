"""The search page, `/-/find`: what was asked, answered from the database within its time limits."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
from typing import Any, NamedTuple

from datasette.database import QueryInterrupted
from datasette.utils.asgi import Response
from markupsafe import Markup, escape

from datasette_trials.search import OtherName, Query, expression, names_in, widened
from datasette_trials.search_arguments import FORM_FIELDS, Asked, asked, without_each
from datasette_trials.search_sql import (
    FACETS,
    LAST_PAGE,
    ORDERS,
    PAGE_SIZE,
    Counted,
    Sql,
    combinations,
    counts,
    facets,
    row_numbers,
)

MARK, UNMARK, BREAK = "\ue001", "\ue002", "\ue000"  # letters for private use; BREAK stands between elements of a list
COUNTING_MS, RANKING_MS = 1500, 1500  # what takes longer is left out, and the page says so
MOST_OTHERS = 6  # other names of one name
OTHER_NAMES = """
    SELECT key, how, field, other FROM other_names WHERE key IN (SELECT value FROM json_each(?))
    ORDER BY how = 'mesh' DESC, trials DESC"""
BROADER = """
    SELECT above AS term, counts_by_mesh.kind, counts_by_mesh.trials FROM mesh_above
    JOIN counts_by_mesh ON counts_by_mesh.term = above AND counts_by_mesh.kind = mesh_above.kind
    WHERE mesh_above.term = ? ORDER BY counts_by_mesh.trials LIMIT 3"""
NARROWER = """
    SELECT mesh_above.term, counts_by_mesh.kind, counts_by_mesh.trials FROM mesh_above
    JOIN counts_by_mesh ON counts_by_mesh.term = mesh_above.term AND counts_by_mesh.kind = mesh_above.kind
    WHERE above = ? ORDER BY counts_by_mesh.trials DESC LIMIT 6"""
# Where a hit is told when title, conditions and interventions do not show it: column of the index -> what to call it.
ELSEWHERE = {
    "number": "number", "official_title": "official title", "other_name": "other names", "sponsor": "sponsors",
    "place": "sites", "keyword": "keywords", "condition_mesh": "MeSH", "intervention_mesh": "MeSH",
    "condition_broader": "broader MeSH", "intervention_broader": "broader MeSH",
}  # fmt: skip
COLUMNS = (
    "number", "title", "official_title", "condition", "intervention", "other_name", "sponsor", "place", "keyword",
    "condition_mesh", "intervention_mesh", "condition_broader", "intervention_broader",
)  # fmt: skip
SHOWN = """trials.id, trials.title, trials.acronym, trials.status, trials.phase, trials.study_type, trials.conditions,
    trials.interventions, trials.lead_sponsor, trials.enrollment, trials.start_date, trials.last_updated,
    trials.removed_at, trials.has_results, trials.source, trials.n_locations, search_countries.countries"""
BESIDE = """JOIN trials ON trials.rowid = value JOIN search_trials ON trial_row = value
    JOIN search_countries ON search_countries.id = country_set"""
NUMBER = re.compile(r"(?=\S*\d)\S{4,200}\Z")


class Result(NamedTuple):
    """One trial in the list. Texts are safe markup with the words of the query marked."""

    trial: Any
    title: Markup
    conditions: list[Markup]
    interventions: list[Markup]
    elsewhere: list[tuple[str, Markup]]


class Answer(NamedTuple):
    """What was found. `counted` or `rows` is None where it took too long."""

    query: Query
    counted: Counted | None
    rows: list[int] | None
    order: str


class TooLong(Exception):
    """The database was stopped at its time limit."""


# --- pure -----------------------------------------------------------------------------------------------------------


def marked(text: str | None) -> Markup:
    """A text of the index as markup: hits in <mark>, elements of a list apart."""
    safe = str(escape(text or "")).replace(MARK, "<mark>").replace(UNMARK, "</mark>")
    return Markup(re.sub(rf"\s*{BREAK}\s*", " · ", safe).strip(" ·"))


def elements(text: str | None) -> list[Markup]:
    return [marked(element) for element in (text or "").split(BREAK) if element.strip()]


def result(row: Any, has_marks: bool) -> Result:
    """A result from a row of the details."""
    if not has_marks:
        conditions, interventions = ([escape(name) for name in (row[column] or "").split("; ") if name]
                                     for column in ("conditions", "interventions"))  # fmt: skip
        return Result(row, escape(row["title"] or row["id"]), conditions, interventions, [])
    title = marked((row["m_title"] or "").partition(BREAK)[0]) or escape(row["id"])
    elsewhere = []
    if MARK not in (row["m_title"] or "") + (row["m_condition"] or "") + (row["m_intervention"] or ""):
        elsewhere = [(name, marked(row[f"m_{column}"])) for column, name in ELSEWHERE.items()
                     if MARK in (row[f"m_{column}"] or "")]  # fmt: skip
    else:
        elsewhere = [(ELSEWHERE[column], marked(row[f"m_{column}"])) for column in ("number", "sponsor", "place")
                     if MARK in (row[f"m_{column}"] or "")]  # fmt: skip
    return Result(row, title, elements(row["m_condition"]), elements(row["m_intervention"]), elsewhere[:2])


def details(rows: list[int], match: str | None) -> Sql:
    """What the list shows of some trials, in their order, marked where there are words to mark."""
    values: dict[str, Any] = {"rows": json.dumps(rows)}
    if match is None:
        return Sql(f"SELECT {SHOWN} FROM json_each(:rows) {BESIDE} ORDER BY json_each.key", values)
    whole = ("title", "condition", "intervention")
    marks = ", ".join(
        (f"highlight(search_fts, {n}, '{MARK}', '{UNMARK}')" if column in whole
         else f"snippet(search_fts, {n}, '{MARK}', '{UNMARK}', '…', 14)") + f" AS m_{column}"
        for n, column in enumerate(COLUMNS)
    )  # fmt: skip
    return Sql(
        f"SELECT {SHOWN}, {marks} FROM json_each(:rows) CROSS JOIN search_fts ON search_fts.rowid = value {BESIDE} "
        "WHERE search_fts MATCH :match ORDER BY json_each.key",
        values | {"match": match},
    )


# --- asking ---------------------------------------------------------------------------------------------------------


async def ask(db: Any, question: Sql, limit_ms: int | None = None) -> list[Any]:
    """The rows of a question. Raises TooLong."""
    try:
        found = await db.execute(question.sql, question.values, custom_time_limit=limit_ms, log_sql_errors=False)
    except QueryInterrupted as error:
        raise TooLong from error
    return list(found.rows)


async def understood(db: Any, wanted: Asked) -> Query:
    """The query, widened by other names unless it asks for exactly its words."""
    query = wanted.query()
    if wanted.exact or not query.clauses:
        return query
    known: dict[str, list[OtherName]] = {}
    for key, *other in (await db.execute(OTHER_NAMES, [json.dumps(sorted(names_in(query)))])).rows:
        if len(known.setdefault(key, [])) < MOST_OTHERS:
            known[key].append(OtherName(*other))
    return widened(query, known)


async def counted(db: Any, wanted: Asked, query: Query) -> Counted | None:
    """The total and the facets; None where counting takes too long."""
    search = wanted.search(query)
    try:
        pairs = [tuple(row) for row in await ask(db, counts(search), COUNTING_MS)]
        combined, sets = [await ask(db, question) for question in combinations(pairs)]
    except TooLong:
        return None
    return facets(search, pairs, map(tuple, combined), map(tuple, sets))


async def found(db: Any, wanted: Asked, query: Query) -> tuple[list[int] | None, str]:
    """(the row numbers of the page, the order they are in): by last update where ranking takes too long."""
    search = wanted.search(query)
    for order in dict.fromkeys((search.order, "updated")):
        try:
            rows = await ask(db, row_numbers(search._replace(sort=order)), RANKING_MS)
            return [row[0] for row in rows], order
        except TooLong:
            continue
    return None, search.order


async def answer(db: Any, wanted: Asked) -> Answer:
    """Counts and rows at once, on two threads."""
    query = await understood(db, wanted)
    count, (rows, order) = await asyncio.gather(counted(db, wanted, query), found(db, wanted, query))
    return Answer(query, count, rows, order)


async def results(db: Any, wanted: Asked, query: Query, rows: list[int]) -> list[Result]:
    match = expression(query, wanted.exact)
    return [result(row, match is not None) for row in await ask(db, details(rows, match))]


async def exact_id(db: Any, wanted: Asked) -> str | None:
    """The trial that a query names by its id, or by a number that no other trial has; else None."""
    said = wanted.text or wanted.fields.get("id", "")
    if wanted.chosen or len(wanted.fields) + bool(wanted.text) != 1 or not NUMBER.match(said.removeprefix("id:")):
        return None
    number = said.removeprefix("id:").strip('"')
    for sql in ("SELECT id FROM trials WHERE id IN (?, upper(?)) LIMIT 2",
                "SELECT DISTINCT trial_id FROM identifiers WHERE value IN (?, upper(?)) LIMIT 2"):  # fmt: skip
        rows = (await db.execute(sql, [number, number])).rows
        if len(rows) == 1:
            return str(rows[0][0])
    return None


async def ways_on(db: Any, wanted: Asked, query: Query) -> list[tuple[str, str, int]]:
    """(what to change, the address, how many trials it finds) where nothing was found."""
    tries: list[tuple[str, str, Asked, Query]] = []
    if wanted.chosen:
        tries.append(("without the filters", wanted.path(chosen={}), wanted._replace(chosen={}), query))
    if wanted.exact:
        wide = wanted._replace(exact=False)
        tries.append(("with other names, too", wide.path(), wide, await understood(db, wide)))
    if not wanted.removed:
        tries.append(
            ("with trials their source removed", wanted.path(removed=True), wanted._replace(removed=True), query)
        )
    for part, rest in without_each(query)[:6]:
        tries.append((f"without {part}", wanted.asking(rest), wanted, rest))
    offered = []
    for words, path, changed, changed_query in tries:
        there = await counted(db, changed, changed_query)
        if there and there.total:
            offered.append((words, path, there.total))
    return offered


async def headings(db: Any, query: Query) -> list[tuple[str, list[Any], list[Any]]]:
    """(heading, broader ones, narrower ones) of the MeSH terms that a query was widened to."""
    terms = {other.other for clause in query.clauses for other in clause.others if other.how == "mesh"}
    told = []
    for term in sorted(terms)[:3]:
        broader, narrower = [list((await db.execute(sql, [term])).rows) for sql in (BROADER, NARROWER)]
        if broader or narrower:
            told.append((term, broader, narrower))
    return told


# --- the page -------------------------------------------------------------------------------------------------------


async def find(request: Any, datasette: Any) -> Response:
    """`/-/find`: results of a search, or the form alone where the file has no index for it."""
    site = datasette.jinja_env.globals["trialdex"]
    await site.permit(request)
    db, wanted = datasette.get_database(site.database), asked(request.args)
    if id := await exact_id(db, wanted):
        return Response.redirect(site.trial_path(id))
    shown: dict[str, Any] = {
        "wanted": wanted, "form_fields": FORM_FIELDS, "titles": FACETS, "orders": ORDERS, "page_size": PAGE_SIZE,
        "last_page": LAST_PAGE, "indexed": True, "url": datasette.urls.path,
    }  # fmt: skip
    try:
        told = await answer(db, wanted)
        shown |= {"answer": told, "results": await results(db, wanted, told.query, told.rows or [])}
        shown["headings"] = await headings(db, told.query)
        if told.counted and not told.counted.total:
            shown["ways_on"] = await ways_on(db, wanted, told.query)
    except sqlite3.OperationalError as error:
        if "no such table" not in str(error):
            raise
        shown["indexed"] = False  # trials.db itself is served: the index is made at publishing
    html = await datasette.render_template("find.html", shown, request=request)
    return Response.html(html, headers=site.caching())
