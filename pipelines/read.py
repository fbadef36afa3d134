"""The one door to the sources' pure halves: raw record -> trial, and body -> steady body."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from pipelines.check import check
from scraper.declared import Covered
from scraper.items import Problem, RawRecord, Rejected, Trial
from scraper.register import Register, sources


def source_of(name: str) -> type[Register] | None:
    return sources().get(name)


def source_names() -> list[str]:
    """Every source, in order."""
    return sorted(sources())


def read(raw: RawRecord) -> tuple[Trial | Rejected, tuple[Problem, ...]]:
    """What a raw record says, and what is to be doubted in it. Pure; never raises."""
    source = source_of(raw.source)
    if source is None:
        return Rejected(f"no source named {raw.source!r}"), ()
    result = source.read(raw)
    if isinstance(result, Rejected):
        return result, ()
    return result, result.problems + check(result)


def steady(source: str, body: bytes) -> bytes:
    """The body without what changes without meaning, as its source defines it."""
    found = source_of(source)
    return found.steady(body) if found else body


def as_golden(result: Trial | Rejected) -> dict[str, Any]:
    """A reading as plain JSON: the fields that say something, as a golden file holds them."""
    if isinstance(result, Rejected):
        return {"rejected": result.reason}
    return {
        "trial": {f.name: _plain(value) for f in fields(result) if (value := getattr(result, f.name)) not in (None, ())}
    }


def _plain(value: Any) -> Any:
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        defaults = type(value)._field_defaults  # type: ignore[attr-defined]  # a NamedTuple, told by _asdict
        return {
            k: _plain(v) for k, v in value._asdict().items() if not (v is None or (k in defaults and v == defaults[k]))
        }
    if isinstance(value, tuple):
        return [_plain(element) for element in value]
    return value


def terms() -> tuple[str, ...]:
    """The terms of every source, one sentence each."""
    return tuple(source.licence for source in sources().values())


def field_lists() -> dict[str, tuple[str, list[tuple[str, str, Covered]]]]:
    """source name -> (title, every field of its records: its own name, its path, where it stands), where declared."""
    return {
        name: (source.title, fields) for name, source in sorted(sources().items()) if (fields := list(source.fields()))
    }
