"""Serves both replicas until Ctrl-C: `python -m replica --studies 300 --listings 60`."""

from __future__ import annotations

import argparse
import signal
import sys
from threading import Event

from replica import ctgov_replica, portal_replica
from replica.world import LARGEST_SIZE, World


def main(arguments: list[str] | None = None) -> int:
    """Serves a synthetic register and a synthetic recruitment portal on loopback, until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m replica", description=main.__doc__)
    parser.add_argument("--studies", type=int, default=300, help="size of the register (default 300)")
    parser.add_argument("--listings", type=int, default=60, help="listings of the portal (default 60)")
    parser.add_argument("--seed", type=int, default=0, help="another seed, other studies (default 0)")
    parser.add_argument("--day", type=int, default=0, help="days that the world has lived already (default 0)")
    parser.add_argument("--ctgov-port", type=int, default=0, help="port of the register (default: a free one)")
    parser.add_argument("--portal-port", type=int, default=0, help="port of the portal (default: a free one)")
    parser.add_argument("--crawl-delay", type=float, help="Crawl-delay in the portal's robots.txt (default: none)")
    chosen = parser.parse_args(arguments)
    if not 1 <= chosen.studies <= LARGEST_SIZE or chosen.listings < 0 or chosen.day < 0:
        parser.error(f"studies are from 1 to {LARGEST_SIZE}; listings and day are not negative")
    world = World(chosen.seed, chosen.studies, chosen.day)
    try:
        register = ctgov_replica(world=world, port=chosen.ctgov_port)
        portal = portal_replica(world, chosen.listings, port=chosen.portal_port, crawl_delay=chosen.crawl_delay)
    except OSError as error:
        print(f"cannot serve: {error}", file=sys.stderr)
        return 1
    stopped = Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    with register, portal:
        print(f"register  {register.url}/api/v2/studies\nportal    {portal.url}/clinical-trials/listings/", flush=True)
        print(
            "Ctrl-C stops both. Faults, requests, day: /_replica/faults, /_replica/requests, /_replica/day", flush=True
        )
        try:
            stopped.wait()
        except KeyboardInterrupt:
            print()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
