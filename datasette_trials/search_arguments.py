"""What the address of a search says, and the addresses of searches near it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlencode

from datasette_trials.search import FIELDS, TEXTS, Query, Term, parse
from datasette_trials.search_rows import FACETS, ORDERS, Search

PAGE_SIZE = 25
LAST_PAGE = 100_000  # beyond any file's, so that a number that is none says so without a fault
MOST_CHARACTERS = 1000  # of one text; nobody types more, and folding it costs time
Part = TypeVar("Part")
FORM_FIELDS = ("condition", "intervention", "sponsor", "place", "id")


class Asked(NamedTuple):
    """The arguments of a search, each of them possible."""

    text: str = ""
    fields: Mapping[str, str] = {}
    chosen: Mapping[str, tuple[str, ...]] = {}
    exact: bool = False
    removed: bool = False
    sort: str = "rank"
    page: int = 1

    def query(self) -> Query:
        return parse(self.text, self.fields)

    def search(self, query: Query) -> Search:
        return Search(query, self.chosen, self.exact, self.removed, self.sort)

    def arguments(self) -> list[tuple[str, str]]:
        """What an address must say to ask this; defaults are not said."""
        said = [("q", self.text), *self.fields.items()]
        said += [(column, value) for column in FACETS for value in self.chosen.get(column, ())]
        said += [("exact", "1" if self.exact else ""), ("removed", "1" if self.removed else "")]
        said += [("sort", "" if self.sort == "rank" else self.sort), ("page", "" if self.page == 1 else str(self.page))]
        return [(name, value) for name, value in said if value]

    def path(self, address: str = "/-/find", **changed: Any) -> str:
        """The address of this search with some of it changed; it begins with the first page unless told otherwise."""
        said = urlencode(self._replace(**{"page": 1, **changed}).arguments())
        return f"{address}?{said}" if said else address

    def toggled(self, column: str, value: str) -> str:
        """The address with one more value of a facet, or one less."""
        values = self.chosen.get(column, ())
        now = tuple(v for v in values if v != value) if value in values else (*values, value)
        return self.path(chosen={**self.chosen, column: now})

    def asking(self, query: Query, **changed: Any) -> str:
        """The address that asks a query instead of the one that was written."""
        return self.path(**{"text": written(query), "fields": {}, **changed})


def asked(arguments: Any) -> Asked:
    """The arguments of a request; what makes no sense counts as not said. `arguments`: Datasette's MultiParams."""
    fields = {name: _text(arguments.get(name)) for name in (*FORM_FIELDS, *_others(arguments))}
    chosen = {column: tuple(dict.fromkeys(value for value in arguments.getlist(column) if value)) for column in FACETS}
    sort, page = arguments.get("sort") or "rank", arguments.get("page") or "1"
    return Asked(
        _text(arguments.get("q")),
        {name: text for name, text in fields.items() if text},
        {column: values for column, values in chosen.items() if values},
        arguments.get("exact") == "1",
        arguments.get("removed") == "1",
        sort if sort in ORDERS else "rank",
        min(max(int(page), 1), LAST_PAGE) if page.isascii() and page.isdigit() and len(page) < 9 else 1,
    )


def _others(arguments: Any) -> Iterable[str]:
    return [name for name in (*FIELDS, *TEXTS) if name not in FORM_FIELDS and name in arguments]


def _text(value: str | None) -> str:
    return " ".join((value or "").replace("\x00", " ").split())[:MOST_CHARACTERS]


def written(query: Query) -> str:
    """A query as one would type it."""
    parts = [" OR ".join(map(_written, clause.terms)) if len(clause.terms) > 1 and not clause.others
             else " ".join(map(_written, clause.terms)) for clause in query.clauses]  # fmt: skip
    return " ".join([*parts, *map(_written, (*query.texts, *query.without))])


def _written(term: Term) -> str:
    words = f'"{term.words}"' if term.phrase else term.words + "*" * term.prefix
    return f"{'-' * term.negated}{term.field + ':' if term.field else ''}{words}"


def without_each(query: Query) -> list[tuple[str, Query]]:
    """(what was left out, the query without it) for every part of a query that has several."""
    found = [(written(Query((part,))), query._replace(clauses=_but(query.clauses, part))) for part in query.clauses]
    found += [(_written(part), query._replace(texts=_but(query.texts, part))) for part in query.texts]
    found += [(_written(part), query._replace(without=_but(query.without, part))) for part in query.without]
    return [(part, rest) for part, rest in found if rest]


def _but(parts: tuple[Part, ...], one: Part) -> tuple[Part, ...]:
    return tuple(part for part in parts if part is not one)
