"""What a sweep of the register's whole listing shows that a window of dates misses. Pure.

A date window does not see derived changes (a status that becomes UNKNOWN after two years), merges (which give another
study one more number) and removals: none of them moves the date of the last update, and there is no feed of deletions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

FIELDS = "NCTId|NCTIdAlias|OverallStatus|LastUpdatePostDate"


class Known(NamedTuple):
    """What we hold of a trial."""

    status: str | None  # the register's code
    last_updated: str | None
    removed: bool
    aliases: frozenset[str] = frozenset()


class Listed(NamedTuple):
    """What the listing says of a study."""

    id: str
    aliases: tuple[str, ...]
    status: str | None
    last_updated: str | None


class Found(NamedTuple):
    """What is to be done after a sweep."""

    fetch: list[str]  # new, changed or back again
    merged: dict[str, str]  # our id -> the study that it has become
    missing: list[str]  # live here, not listed there: to be confirmed one by one


class _Identification(msgspec.Struct):
    nctId: str
    nctIdAliases: list[str] = []


class _Date(msgspec.Struct):
    date: str | None = None


class _Status(msgspec.Struct):
    overallStatus: str | None = None
    lastUpdatePostDateStruct: _Date | None = None


class _Protocol(msgspec.Struct):
    identificationModule: _Identification
    statusModule: _Status | None = None


class _Slim(msgspec.Struct):
    protocolSection: _Protocol


_decoder = msgspec.json.Decoder(_Slim)


def read_slim(study: msgspec.Raw) -> Listed:
    """One record of a listing limited to `FIELDS`. Raises msgspec.DecodeError."""
    protocol = _decoder.decode(study).protocolSection
    status = protocol.statusModule or _Status()
    updated = status.lastUpdatePostDateStruct.date if status.lastUpdatePostDateStruct else None
    identification = protocol.identificationModule
    return Listed(identification.nctId, tuple(identification.nctIdAliases), status.overallStatus, updated)


def compare(known: Mapping[str, Known], listed: Iterable[Listed]) -> Found:
    """What the listing says beside what we hold."""
    fetch: list[str] = []
    merged: dict[str, str] = {}
    seen: set[str] = set()
    for study in listed:
        seen.add(study.id)
        ours = known.get(study.id)
        says = (study.status, study.last_updated, frozenset(study.aliases))
        if ours is None or ours.removed or (ours.status, ours.last_updated, ours.aliases) != says:
            fetch.append(study.id)
        for alias in study.aliases:
            if alias in known and not known[alias].removed:
                merged[alias] = study.id
    missing = [id for id, ours in known.items() if not ours.removed and id not in seen and id not in merged]
    return Found(fetch, merged, missing)


def shrunk(known: Mapping[str, Known], listed: int, allowed: float) -> str | None:
    """Why a listing is too small to be believed, or None. `allowed`: the share of live trials that may be missing."""
    live = sum(1 for ours in known.values() if not ours.removed)
    if live - listed > max(5, live * allowed):
        return f"the register listed {listed:,} studies where {live:,} are known; not believed, nothing is marked gone"
    return None
