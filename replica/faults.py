"""Misbehaviour of servers, switched on by request: refusals, errors, cut and slow answers, changing data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random
from threading import Lock

KINDS = {
    "forbidden": "403 with an HTML page",
    "too_many": "429; with retry_after=5 or retry_after=date:5 a Retry-After header (seconds, or a date that far away)",
    "unavailable": "503, with retry_after as above",
    "error": "500 with a text",
    "html": "200 with an HTML page in place of what was asked for",
    "truncated": "200, the body cut in half and the transfer complete",
    "cut": "200, the body cut in half and the connection closed: Content-Length says more than comes",
    "drop": "the connection is closed without an answer",
    "slow": "the body comes in small pieces over `seconds`",
    "hang": "nothing is sent for `seconds`, then the connection is closed",
    "empty_page": "ctgov: a page without studies, with the token of the page that is still to come",
    "half_listing": "ctgov: the listing holds half of the studies, and says that this is all",
    "no_results": "ctgov: the listing is empty, and says that this is all",
    "new_data": "the world moves one day on before the request is answered",
    "bad_token": "ctgov: a pageToken is refused with 400, as one from older data may be",
}


@dataclass
class Fault:
    """One kind of misbehaviour and when it shows. Every given condition must hold."""

    kind: str
    times: int | None = None  # shows this many times, then never again
    after: int = 0  # lets this many matching requests pass first
    rate: float = 1.0  # share of the matching requests, from a seeded stream
    prefix: str = "/"  # of the path
    agent: str = ""  # part of the User-Agent
    retry_after: str = ""
    seconds: float = 1.0
    seed: int = 0
    shown: int = field(default=0, init=False)
    _chance: Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault {self.kind}; there are {', '.join(KINDS)}")
        self._chance = Random(self.seed)

    def strikes(self, path: str, agent: str) -> bool:
        """Whether this request is hit; counts it."""
        if not path.startswith(self.prefix) or self.agent not in agent or (self.times is not None and self.times <= 0):
            return False
        if self.after > 0:
            self.after -= 1
            return False
        if self._chance.random() >= self.rate:
            return False
        self.shown += 1
        if self.times is not None:
            self.times -= 1
        return True

    def retry_header(self) -> dict[str, str]:
        """The Retry-After header, if one was asked for."""
        if not self.retry_after:
            return {}
        if self.retry_after.startswith("date:"):
            moment = datetime.now(UTC) + timedelta(seconds=float(self.retry_after.removeprefix("date:")))
            return {"Retry-After": format_datetime(moment, usegmt=True)}
        return {"Retry-After": self.retry_after}


class Faults:
    """The faults of one server; the first that strikes a request is the one that shows."""

    def __init__(self) -> None:
        self._active: list[Fault] = []
        self._lock = Lock()

    def add(self, kind: str, **settings: int | float | str | None) -> Fault:
        """Switches a fault on: `add("too_many", times=3, retry_after="2", prefix="/api")`. Raises ValueError."""
        types = {each.name: each.type for each in fields(Fault) if each.init}
        unknown = settings.keys() - types.keys()
        if unknown:
            raise ValueError(f"unknown setting {', '.join(sorted(unknown))}; there are {', '.join(types)}")
        casts = {"times": int, "after": int, "seed": int, "rate": float, "seconds": float}
        ready = {name: casts.get(name, str)(value) for name, value in settings.items() if value is not None}
        fault = Fault(kind, **ready)
        with self._lock:
            self._active.append(fault)
        return fault

    def clear(self) -> None:
        """Switches all faults off."""
        with self._lock:
            self._active.clear()

    def strike(self, path: str, agent: str) -> Fault | None:
        """The fault that shows at this request, if any."""
        with self._lock:
            return next((fault for fault in self._active if fault.strikes(path, agent)), None)

    def __iter__(self) -> Iterator[Fault]:
        return iter(list(self._active))
