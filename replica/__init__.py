"""Loopback replicas of the sources, with synthetic trials: for the demo, for tests and for benchmarks.

    with ctgov_replica(size=300) as server:
        print(server.url)  # http://127.0.0.1:<port>

Nothing served here is a real trial.
"""

from __future__ import annotations

from replica.ctgov import CtgovServer
from replica.world import World

__all__ = ["CtgovServer", "World", "ctgov_replica"]


def ctgov_replica(
    size: int = 300, seed: int = 0, *, day: int = 0, port: int = 0, strict_tokens: bool = False, world: World | None = None
) -> CtgovServer:
    """A replica of ClinicalTrials.gov, to be used as a context manager. A given `world` goes before size and seed."""
    return CtgovServer(world or World(seed, size, day), port, strict_tokens)
