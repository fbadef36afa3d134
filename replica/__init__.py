"""Loopback replicas of the sources, with synthetic trials: for the demo, for tests and for benchmarks.

    with ctgov_replica(size=300) as server:
        print(server.url)  # http://127.0.0.1:<port>

Nothing served here is a real trial.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from replica.ctgov import CtgovServer
    from replica.portal import PortalServer
    from replica.world import World

__all__ = ["CtgovServer", "PortalServer", "World", "ctgov_replica", "portal_replica"]

HOMES = {"CtgovServer": "replica.ctgov", "PortalServer": "replica.portal", "World": "replica.world"}


def ctgov_replica(
    size: int = 300,
    seed: int = 0,
    *,
    day: int = 0,
    port: int = 0,
    strict_tokens: bool = False,
    world: World | None = None,
) -> CtgovServer:
    """A replica of ClinicalTrials.gov, to be used as a context manager. A given `world` goes before size and seed."""
    from replica.ctgov import CtgovServer
    from replica.world import World

    return CtgovServer(world or World(seed, size, day), port, strict_tokens)


def portal_replica(
    world: World | None = None, listings: int = 60, *, port: int = 0, crawl_delay: float | None = None
) -> PortalServer:
    """A replica of a recruitment portal with listings of the world's studies, to be used as a context manager."""
    from replica.portal import PortalServer
    from replica.world import World

    return PortalServer(world or World(), listings, port, crawl_delay)


def __getattr__(name: str) -> object:
    """The classes, imported late: `python -m replica.studies` warns when the package has imported it before."""
    if name in HOMES:
        return getattr(import_module(HOMES[name]), name)
    raise AttributeError(f"module 'replica' has no attribute {name!r}")
