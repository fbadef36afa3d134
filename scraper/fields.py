"""Typed access to a JSON record. Values are popped as they are read, so that what is left over is known to be unread.

A `Record` gathers what was not understood while one record is read: a value of the wrong type is a `Problem` and reads
as None; a key that nobody asked for is an `UnknownField`. Nothing here raises.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from scraper.items import Problem, UnknownField
from scraper.parsing import is_date

SQLITE_INTEGERS = range(-(2**63), 2**63)


class Record:
    """What reading one record met on the way: problems, and every object opened."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.opened: list[Fields] = []
        self.nothing = Fields({}, "", self)  # what an absent object reads as; one serves all

    def problem(self, field: str, value: object, reason: str) -> None:
        self.problems.append(Problem(field, words(value, 500), reason))

    def unknown_fields(self) -> tuple[UnknownField, ...]:
        """What nobody read, one path each."""
        found: dict[str, UnknownField] = {}
        for fields in self.opened:
            for key, value in fields.left.items():
                path = f"{fields.path}.{key}".lstrip(".")
                found.setdefault(path, UnknownField(path, words(value, 200)))
        return tuple(found.values())


class Fields:
    """One JSON object being read."""

    __slots__ = ("left", "path", "record")

    def __init__(self, value: dict[str, Any], path: str, record: Record) -> None:
        self.left = value
        self.path = path
        self.record = record
        record.opened.append(self)

    def _wrong(self, key: str, value: object, wanted: str) -> None:
        self.record.problem(f"{self.path}.{key}".lstrip("."), value, f"not {wanted}")

    def text(self, key: str) -> str | None:
        """The text as served; empty text is None."""
        value = self.left.pop(key, None)
        if type(value) is str:
            return value or None
        if value is not None:
            self._wrong(key, value, "text")
        return None

    def date(self, key: str) -> str | None:
        """An ISO date of any precision; other wording is a problem."""
        value = self.text(key)
        if value is None or is_date(value):
            return value
        self._wrong(key, value, "a date")
        return None

    def integer(self, key: str) -> int | None:
        value = self.left.pop(key, None)
        if type(value) is int and value in SQLITE_INTEGERS:
            return value
        if value is not None:
            self._wrong(key, value, "a whole number")
        return None

    def number(self, key: str) -> float | None:
        value = self.left.pop(key, None)
        if type(value) is float or (type(value) is int and value in SQLITE_INTEGERS):
            return float(value)
        if value is not None:
            self._wrong(key, value, "a number")
        return None

    def flag(self, key: str) -> bool | None:
        value = self.left.pop(key, None)
        if value is None or type(value) is bool:
            return value
        self._wrong(key, value, "true or false")
        return None

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, in order; an element that is none is a problem."""
        value = self.left.pop(key, None)
        if value is None:
            return ()
        if type(value) is not list:
            self._wrong(key, value, "a list")
            return ()
        for element in value:
            if type(element) is not str:
                self._wrong(f"{key}[]", element, "text")
        return tuple(element for element in value if type(element) is str and element)

    def object(self, key: str) -> Fields:
        """The object under a key; an absent one reads as an empty one."""
        value = self.left.pop(key, None)
        if type(value) is dict:
            return Fields(value, f"{self.path}.{key}" if self.path else key, self.record)
        if value is not None:
            self._wrong(key, value, "an object")
        return self.record.nothing

    def objects(self, key: str) -> Iterator[Fields]:
        """The objects of a list, in order; an element that is none is a problem, and is passed over."""
        value = self.left.pop(key, None)
        if value is None:
            return
        if type(value) is not list:
            self._wrong(key, value, "a list")
            return
        path = f"{self.path}.{key}[]" if self.path else f"{key}[]"
        for element in value:
            if type(element) is dict:
                yield Fields(element, path, self.record)
            else:
                self._wrong(f"{key}[]", element, "an object")

    def archive_only(self, *keys: str) -> None:
        """These are known, and stay in the archive."""
        for key in keys:
            self.left.pop(key, None)


def words(value: object, limit: int) -> str:
    """A value as text for people, cut at `limit` characters."""
    return (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str))[:limit]


def distinct(values: tuple[str, ...]) -> tuple[str, ...]:
    """The values in order, exact repeats once."""
    return tuple(dict.fromkeys(values))
