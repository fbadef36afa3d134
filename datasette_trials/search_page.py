"""The search page, `/-/find`: what was asked, answered from the database within its time limits."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from datasette.utils import sqlite_timelimit
from datasette.utils.asgi import Response
from markupsafe import Markup, escape

from datasette_trials.search import OtherName, Query, expression, names_in, widened
from datasette_trials.search_arguments import FORM_FIELDS, PAGE_SIZE, Asked, asked, without_each
from datasette_trials.search_rows import FACETS, ORDERS, Found, found, label

T = TypeVar("T")
EXPORTS = {"csv": "CSV", "json": "JSON", "jsonl": "JSON lines", "ris": "RIS citations", "bib": "BibTeX"}
MARK, UNMARK, BREAK = "\ue001", "\ue002", "\ue000"  # letters for private use; BREAK stands between elements of a list
TIME_LIMIT_MS = 2500  # of a search: the slowest, a common word in criteria, is answered with a way on
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
COMMAS = re.compile(r",[,\s]*")
# Where a hit is told when title, conditions and interventions do not show it: column of the index -> what to call it.
ELSEWHERE = {
    "number": "number", "official_title": "official title", "other_name": "other names", "sponsor": "sponsors",
    "place": "places", "facility": "sites", "keyword": "keywords", "condition_mesh": "MeSH",
    "intervention_mesh": "MeSH", "condition_broader": "broader MeSH", "intervention_broader": "broader MeSH",
}  # fmt: skip
ALSO = ("number", "sponsor", "place", "facility")  # of these, what is told beside such a hit
OF_SITES = ("place", "facility")  # the index has their names with a bare comma between, and nothing for none
COLUMNS = (
    "number", "title", "official_title", "condition", "intervention", "other_name", "sponsor", "place", "facility",
    "keyword", "condition_mesh", "intervention_mesh", "condition_broader", "intervention_broader",
)  # fmt: skip
SHOWN = """trials.id, trials.title, trials.acronym, trials.status, trials.phase, trials.study_type, trials.conditions,
    trials.interventions, trials.lead_sponsor, trials.enrollment, trials.start_date, trials.last_updated,
    trials.removed_at, trials.has_results, trials.source, trials.n_locations,
    trials.n_countries, (SELECT group_concat(country, '; ') FROM (SELECT DISTINCT country FROM locations
    WHERE trial_id = trials.id AND trials.n_countries < 4)) AS countries"""
BESIDE = "JOIN trials ON trials.rowid = value"
NUMBER = re.compile(r"(?=\S*\d)\S{4,200}\Z")


class Result(NamedTuple):
    """One trial in the list. Texts are safe markup with the words of the query marked."""

    trial: Any
    title: Markup
    conditions: list[Markup]
    interventions: list[Markup]
    elsewhere: list[tuple[str, Markup]]


class Answer(NamedTuple):
    """What was found: the query as it was widened, all that it finds, and the results of one page."""

    query: Query
    found: Found
    results: list[Result]


class TooLong(Exception):
    """The database was stopped at the time limit."""


class NoIndex(Exception):
    """The file has no index for search: it is made at publishing."""


class NoCriteria(NoIndex):
    """The file was published slim: its criteria are in no index."""


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
    told = any(MARK in (row[f"m_{column}"] or "") for column in ("title", "condition", "intervention"))
    hits = {
        column: row[f"m_{column}"] for column in (ALSO if told else ELSEWHERE) if MARK in (row[f"m_{column}"] or "")
    }
    spaced = {column: COMMAS.sub(", ", text) if column in OF_SITES else text for column, text in hits.items()}
    elsewhere = [(ELSEWHERE[column], marked(text)) for column, text in spaced.items()]
    return Result(row, title, elements(row["m_condition"]), elements(row["m_intervention"]), elsewhere[:2])


def details(rows: list[int], match: str | None) -> tuple[str, dict[str, Any]]:
    """What the list shows of some trials, in their order, marked where there are words to mark."""
    values: dict[str, Any] = {"rows": json.dumps(rows)}
    if match is None:
        return f"SELECT {SHOWN} FROM json_each(:rows) {BESIDE} ORDER BY json_each.key", values
    whole = ("title", "condition", "intervention")
    marks = ", ".join(
        (f"highlight(search_fts, {n}, '{MARK}', '{UNMARK}')" if column in whole
         else f"snippet(search_fts, {n}, '{MARK}', '{UNMARK}', '…', 14)") + f" AS m_{column}"
        for n, column in enumerate(COLUMNS)
    )  # fmt: skip
    return (
        f"SELECT {SHOWN}, {marks} FROM json_each(:rows) CROSS JOIN search_fts ON search_fts.rowid = value {BESIDE} "
        "WHERE search_fts MATCH :match ORDER BY json_each.key",
        values | {"match": match},
    )


# --- asking: functions of a connection ------------------------------------------------------------------------------


def understood(db: sqlite3.Connection, wanted: Asked) -> Query:
    """The query, widened by other names unless it asks for exactly its words."""
    query = wanted.query()
    if wanted.exact or not query.clauses:
        return query
    known: dict[str, list[OtherName]] = {}
    for key, *other in db.execute(OTHER_NAMES, [json.dumps(sorted(names_in(query)))]):
        if len(known.setdefault(key, [])) < MOST_OTHERS:
            known[key].append(OtherName(*other))
    return widened(query, known)


def answer(db: sqlite3.Connection, wanted: Asked) -> Answer:
    """What a search finds, and one page of it."""
    query = understood(db, wanted)
    all_found = found(db, wanted.search(query))
    first = (wanted.page - 1) * PAGE_SIZE
    match = expression(query, wanted.exact)
    rows = [int(row) for row in all_found.rows[first : first + PAGE_SIZE]]
    return Answer(query, all_found, [result(row, match is not None) for row in db.execute(*details(rows, match))])


def exact_id(db: sqlite3.Connection, wanted: Asked) -> str | None:
    """The trial that a query names by its id, or by a number that no other trial has; else None."""
    said = wanted.text or wanted.fields.get("id", "")
    if wanted.chosen or len(wanted.fields) + bool(wanted.text) != 1:
        return None
    number = said.removeprefix("id:").strip().strip('"')
    if not NUMBER.match(number):
        return None
    for sql in ("SELECT id FROM trials WHERE id IN (?, upper(?)) LIMIT 2",
                "SELECT DISTINCT trial_id FROM identifiers WHERE value IN (?, upper(?)) LIMIT 2"):  # fmt: skip
        rows = db.execute(sql, [number, number]).fetchall()
        if len(rows) == 1:
            return str(rows[0][0])
    return None


def ways_on(db: sqlite3.Connection, wanted: Asked, query: Query) -> list[tuple[str, str, int]]:
    """(what to change, the address, how many trials it finds) where nothing was found."""
    tries: list[tuple[str, str, Asked, Query]] = []
    if wanted.chosen:
        tries.append(("without the filters", wanted.path(chosen={}), wanted._replace(chosen={}), query))
    if wanted.exact:
        wide = wanted._replace(exact=False)
        tries.append(("with other names, too", wide.path(), wide, understood(db, wide)))
    if not wanted.removed:
        more = wanted._replace(removed=True)
        tries.append(("with trials that their source has removed", more.path(), more, query))
    tries += [(f"without {part}", wanted.asking(rest), wanted, rest) for part, rest in without_each(query)[:6]]
    offered = [(words, path, len(found(db, changed.search(rest)).rows)) for words, path, changed, rest in tries]
    return [way for way in offered if way[2]]


def headings(db: sqlite3.Connection, query: Query) -> list[tuple[str, list[Any], list[Any]]]:
    """(heading, broader ones, narrower ones) of the MeSH terms that a query was widened to."""
    terms = sorted({other.other for clause in query.clauses for other in clause.others if other.how == "mesh"})
    told = [(t, db.execute(BROADER, [t]).fetchall(), db.execute(NARROWER, [t]).fetchall()) for t in terms[:3]]
    return [one for one in told if one[1] or one[2]]


async def within_limit(datasette: Any, reading: Callable[[sqlite3.Connection], T]) -> T:
    """What a function of a connection finds. Raises TooLong, NoIndex where the file has no index for search, NoCriteria
    where it has none over criteria."""

    def limited(db: sqlite3.Connection) -> T:
        with sqlite_timelimit(db, TIME_LIMIT_MS):
            return reading(db)

    site = datasette.jinja_env.globals["trialdex"]
    try:
        told: T = await datasette.get_database(site.database).execute_fn(limited)
    except sqlite3.OperationalError as error:
        if "no such table: criteria_fts" in str(error):
            raise NoCriteria from error
        if "no such table" in str(error):
            raise NoIndex from error
        if "interrupted" in str(error):
            raise TooLong from error
        raise
    return told


# --- the page -------------------------------------------------------------------------------------------------------


async def find(request: Any, datasette: Any) -> Response:
    """`/-/find`: what a search finds; a trial's own page for its id; the form alone where nothing can be searched."""
    site = datasette.jinja_env.globals["trialdex"]
    await site.permit(request)
    wanted = asked(request.args)
    shown: dict[str, Any] = {
        "wanted": wanted, "form_fields": FORM_FIELDS, "titles": FACETS, "orders": ORDERS, "page_size": PAGE_SIZE,
        "url": datasette.urls.path, "label": label, "exports": EXPORTS, "fault": None,
    }  # fmt: skip

    def read(db: sqlite3.Connection) -> str | None:
        if id := exact_id(db, wanted):
            return id
        told = answer(db, wanted)
        shown.update(answer=told, order=wanted.search(told.query).order, headings=headings(db, told.query))
        if not len(told.found.rows):
            shown["ways_on"] = ways_on(db, wanted, told.query)
        return None

    try:
        if id := await within_limit(datasette, read):
            return Response.redirect(site.trial_path(id))
    except NoCriteria:
        shown["fault"] = "no criteria"
    except NoIndex:
        shown["fault"] = "no index"
    except TooLong:
        shown["fault"] = "too long"
    return Response.html(await datasette.render_template("find.html", shown, request=request), headers=site.caching())
