"""Reading JSON by declaration: a tree in the shape of the record says which value goes to which field.

    {"statusModule": {"whyStopped": text("why_stopped"), "startDateStruct": {"date": date("start_date")}},
     "arms": Rows("arms", Arm, {"label": text("label")}),
     "contacts": ArchiveOnly("names, phones and e-mails of contact persons")}

What the tree does not name is an `UnknownField`, a value of the wrong type is a `Problem` and reads as None; nothing
here raises. The same tree tells which field of the source stands where (`coverage`), so that the two cannot differ.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from scraper.items import Problem, UnknownField
from scraper.parsing import is_date

SQLITE_INTEGERS = range(-(2**63), 2**63)
CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]\Z")
Into: TypeAlias = dict[str, Any]


class Record:
    """What reading one record gives: single values, rows of its lists, and what was not understood."""

    def __init__(self) -> None:
        self.said: Into = {}
        self.rows: dict[str, list[Any]] = {}
        self.problems: list[Problem] = []
        self.unknown: dict[str, UnknownField] = {}

    def problem(self, path: str, value: object, reason: str) -> None:
        self.problems.append(Problem(path, words(value, 500), reason))


def words(value: object, limit: int) -> str:
    """A value as text for people, cut at `limit` characters."""
    return (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str))[:limit]


# --- the parts of a declaration --------------------------------------------------------------------------------------


class Leaf(NamedTuple):
    """One value: how it is taken, and the field it goes to."""

    take: Callable[[Any], Any]  # value -> what is kept; raises _Wrong
    column: str
    many: bool = False


class ArchiveOnly(NamedTuple):
    """Known, and not copied into the tables."""

    reason: str


@dataclass(frozen=True)
class Rows:
    """A list of objects (or one object): one row of `into` each.

    `constants` are the same in every row; `number` names the row's position for rows declared inside it, which take it
    up by naming it in `inherits`; `only` reads what is inside just where the row has that value.
    """

    into: str
    type: type[Any]
    children: Mapping[str, Any]
    constants: Mapping[str, Any] = field(default_factory=dict)
    number: str = ""
    inherits: tuple[str, ...] = ()
    only: tuple[str, str] | None = None
    single: bool = False


class TextRows(NamedTuple):
    """A list of texts: one row of `into` each."""

    into: str
    type: type[Any]
    column: str
    constants: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Within:
    """A list of objects that are no rows themselves; rows inside inherit what is read here."""

    children: Mapping[str, Any]


class _Wrong(Exception):
    """The value is not of the kind; the message says which kind."""


def text(column: str) -> Leaf:
    """Text as served; empty text is None."""
    return Leaf(_text, column)


def code(column: str, codes: str) -> Leaf:
    """A code of the source, kept as served; `codes` are the known ones, others are a problem beside it."""
    known = frozenset(codes.split())

    def take(value: Any) -> Any:
        said = _text(value)
        if said is not None and said not in known:
            raise _Doubted(said, "not a known code of the register")
        return said

    return Leaf(take, column)


def codes(column: str, known_codes: str) -> Leaf:
    """A list of codes of the source."""
    known = frozenset(known_codes.split())

    def take(value: Any) -> Any:
        said = _texts(value)
        if not known.issuperset(said):
            raise _Doubted(said, "not a known code of the register")
        return said

    return Leaf(take, column, many=True)


def date(column: str) -> Leaf:
    """An ISO date of any precision."""
    return Leaf(_date, column)


def minute(column: str) -> Leaf:
    """A moment, `2022-03-21T14:05`."""
    return Leaf(_minute, column)


def integer(column: str) -> Leaf:
    return Leaf(_integer, column)


def number(column: str) -> Leaf:
    return Leaf(_number, column)


def flag(column: str) -> Leaf:
    return Leaf(_flag, column)


def texts(column: str) -> Leaf:
    """A list of texts, in order."""
    return Leaf(_texts, column, many=True)


class _Doubted(_Wrong):
    """The value is kept, and doubted."""

    def __init__(self, kept: Any, reason: str) -> None:
        super().__init__(reason)
        self.kept = kept


def _text(value: Any) -> Any:
    if type(value) is str:
        return value or None
    raise _Wrong("not text")


def _date(value: Any) -> Any:
    if type(value) is str and is_date(value):
        return value
    raise _Wrong("not a date")


def _minute(value: Any) -> Any:
    if type(value) is str and value[10:11] == "T" and is_date(value[:10]) and CLOCK.match(value[11:]):
        return value
    raise _Wrong("not a moment")


def _integer(value: Any) -> Any:
    if type(value) is int and value in SQLITE_INTEGERS:
        return value
    raise _Wrong("not a whole number")


def _number(value: Any) -> Any:
    if type(value) is float or (type(value) is int and value in SQLITE_INTEGERS):
        return float(value)
    raise _Wrong("not a number")


def _flag(value: Any) -> Any:
    if type(value) is bool:
        return value
    raise _Wrong("not true or false")


def _texts(value: Any) -> Any:
    if type(value) is not list:
        raise _Wrong("not a list")
    kept = tuple(one for one in value if type(one) is str and one)
    if len(kept) != len(value):
        raise _Doubted(kept, "a list in which not everything is text")
    return kept


# --- compiling a declaration ------------------------------------------------------------------------------------------
# A reader takes (value, fields to fill, what is inherited, record). Leaves of an object come before what is nested in
# it, so that what is nested can inherit them, in whatever order the source wrote them.

Reader: TypeAlias = Callable[[Any, Into, Into, Record], None]
Tree: TypeAlias = Mapping[str, Any]


def reader(tree: Tree) -> Callable[[dict[str, Any]], Record]:
    """A function that reads one decoded JSON object by a declaration."""
    read_object = _object(tree, "")

    def read(value: dict[str, Any]) -> Record:
        record = Record()
        read_object(value, record.said, {}, record)
        return record

    return read


def _object(tree: Tree, path: str) -> Reader:
    places = {key: f"{path}.{key}" if path else key for key in tree}
    leaves = [(key, part.take, part.column, places[key]) for key, part in tree.items() if isinstance(part, Leaf)]
    others = [(key, _compiled(part, places[key])) for key, part in tree.items() if not isinstance(part, Leaf)]
    known = frozenset(tree)

    def read(value: Any, into: Into, context: Into, record: Record) -> None:
        if type(value) is not dict:
            if value is not None:
                record.problem(path, value, "not an object")
            return
        met = 0
        for key, take, column, place in leaves:
            if key in value:
                met += 1
                try:
                    into[column] = take(value[key])
                except _Doubted as doubt:
                    into[column] = doubt.kept
                    record.problem(place, value[key], str(doubt))
                except _Wrong as wrong:
                    if value[key] is not None:
                        record.problem(place, value[key], str(wrong))
        for key, read_part in others:
            if key in value:
                met += 1
                read_part(value[key], into, context, record)
        if met != len(value):
            for key in value:  # in the order of the record: a set's order differs from one process to the next
                if key not in known:
                    at = f"{path}.{key}" if path else key
                    record.unknown.setdefault(at, UnknownField(at, words(value[key], 200)))

    return read


def _compiled(part: Any, path: str) -> Reader:
    if isinstance(part, ArchiveOnly):
        return _read_nothing
    if isinstance(part, TextRows):
        return _text_rows(part, path)
    if isinstance(part, Within):
        return _within(part, path)
    if isinstance(part, Rows):
        return _rows(part, path)
    return _object(part, path)


def _read_nothing(value: Any, into: Into, context: Into, record: Record) -> None:
    """For what stays in the archive."""


def _elements(value: Any, path: str, kind: type, record: Record) -> Iterator[Any]:
    """The elements of a list that are of a kind; the others are problems."""
    if type(value) is not list:
        if value is not None:
            record.problem(path, value, "not a list")
        return
    for element in value:
        if type(element) is kind:
            yield element
        else:
            record.problem(f"{path}[]", element, "not an object" if kind is dict else "not text")


def _rows(part: Rows, path: str) -> Reader:
    fields_, defaults = part.type._fields, part.type._field_defaults
    template = {name: part.constants.get(name, defaults.get(name)) for name in fields_}
    leaves = {key: one for key, one in part.children.items() if not _has_rows(one)}
    nested = {key: one for key, one in part.children.items() if _has_rows(one)}
    assert set(_columns(leaves)) <= set(template), (path, set(_columns(leaves)) - set(template))
    inside = path if part.single else f"{path}[]"
    # The rows' own values are read before what is nested in them, each with its own account of what is unknown.
    read_row = _object({**leaves, **dict.fromkeys(nested, ArchiveOnly("read below"))}, inside)
    read_nested = [(key, _compiled(one, f"{inside}.{key}")) for key, one in nested.items()]
    into_list, make = part.into, part.type._make

    def read_one(element: dict[str, Any], context: Into, record: Record) -> None:
        row = template.copy()
        for name in part.inherits:
            row[name] = context[name]
        read_row(element, row, context, record)
        rows = record.rows.setdefault(into_list, [])
        if read_nested and (part.only is None or row[part.only[0]] == part.only[1]):
            inherited = {**context, part.number: len(rows)}
            for key, read in read_nested:
                if key in element:
                    read(element[key], row, inherited, record)
        rows.append(make(row.values()))

    def read(value: Any, into: Into, context: Into, record: Record) -> None:
        if not part.single:
            for element in _elements(value, path, dict, record):
                read_one(element, context, record)
        elif type(value) is dict:
            if value:
                read_one(value, context, record)
        elif value is not None:
            record.problem(path, value, "not an object")

    return read


def _text_rows(part: TextRows, path: str) -> Reader:
    def read(value: Any, into: Into, context: Into, record: Record) -> None:
        rows = record.rows.setdefault(part.into, [])
        for element in _elements(value, path, str, record):
            if element:
                rows.append(part.type(**part.constants, **{part.column: element}))
            else:
                record.problem(f"{path}[]", element, "empty text")

    return read


def _within(part: Within, path: str) -> Reader:
    leaves = {key: one for key, one in part.children.items() if not _has_rows(one)}
    nested = {key: one for key, one in part.children.items() if _has_rows(one)}
    read_own = _object({**leaves, **dict.fromkeys(nested, ArchiveOnly("read below"))}, f"{path}[]")
    read_nested = [(key, _compiled(one, f"{path}[].{key}")) for key, one in nested.items()]
    blank = dict.fromkeys(_columns(leaves))

    def read(value: Any, into: Into, context: Into, record: Record) -> None:
        for element in _elements(value, path, dict, record):
            own = {**context, **blank}
            read_own(element, own, context, record)
            for key, read_part in read_nested:
                if key in element:
                    read_part(element[key], into, own, record)

    return read


def _has_rows(part: Any) -> bool:
    return isinstance(part, Rows | TextRows | Within) or (
        isinstance(part, Mapping) and any(map(_has_rows, part.values()))
    )


def _columns(tree: Tree) -> Iterator[str]:
    """The fields that the leaves of a tree fill."""
    for part in tree.values():
        if isinstance(part, Leaf):
            yield part.column
        elif isinstance(part, Mapping):
            yield from _columns(part)


# --- what stands where ------------------------------------------------------------------------------------------------


class Covered(NamedTuple):
    """One leaf of the source: where it stands, or why it stays in the archive."""

    path: str
    into: str | None  # the list it is a row of; None for a single value of the trial
    column: str | None
    reason: str | None


def coverage(tree: Tree, path: str = "", into: str | None = None) -> Iterator[Covered]:
    """Every leaf that a declaration names; for an object that stays in the archive, the object."""
    for key, part in tree.items():
        at = f"{path}.{key}" if path else key
        if isinstance(part, Leaf):
            yield Covered(f"{at}[]" if part.many else at, into, part.column, None)
        elif isinstance(part, ArchiveOnly):
            yield Covered(at, None, None, part.reason)
        elif isinstance(part, TextRows):
            yield Covered(f"{at}[]", part.into, part.column, None)
        elif isinstance(part, Rows):
            yield from coverage(part.children, at if part.single else f"{at}[]", part.into)
        elif isinstance(part, Within):
            yield from coverage(part.children, f"{at}[]", next(_rows_inside(part.children)))
        else:
            yield from coverage(part, at, into)


def where(tree: Tree, pieces: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str, Covered]]:
    """For a source's own list of fields, (name, path): where each stands. Raises KeyError for one that is nowhere."""
    covered = {one.path: one for one in coverage(tree)}
    for name, path in pieces:
        at = path
        while at not in covered:
            at = at.removesuffix("[]") if at.endswith("[]") else at.rpartition(".")[0]
            if not at:
                raise KeyError(f"{name} ({path}) stands in no table and is not declared to stay in the archive")
        yield name, path, covered[at]


def _rows_inside(tree: Tree) -> Iterator[str]:
    for part in tree.values():
        if isinstance(part, Rows):
            yield part.into
        elif isinstance(part, Within | Mapping):
            yield from _rows_inside(part.children if isinstance(part, Within) else part)
