"""Telling a cron monitor: an address is asked when the night begins and when it ends, as such monitors usually expect.

`URL/start` when it begins, `URL` when all went well, `URL/fail` when not. A night that is killed tells nothing more,
and the monitor misses it: that is what it is for.
"""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

from scraper.settings import user_agent

LONGEST = 10.0  # seconds for one ping, name look-up and all


def address(url: str, what: Literal["start", "success", "fail"]) -> str:
    """Where to ask. The word goes behind the path, before a query."""
    if what == "success":
        return url
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{what}"))


def ping(
    url: str, what: Literal["start", "success", "fail"], contact: str | None = None, longest: float = LONGEST
) -> str | None:
    """Asks the address for it; returns None, or in one line why that did not work. Never raises, never takes longer."""
    told: list[str | None] = []
    # A thread, because a limit of urllib's holds for each step (every address of a name, every packet), not for all.
    asking = threading.Thread(target=lambda: told.append(_ask(address(url, what), contact, longest)), daemon=True)
    asking.start()
    asking.join(longest)
    said = told[0] if told else f"no answer within {longest:g} s"
    return said and f"ping of {urlsplit(url).hostname} ({what}): {said}"


def _ask(url: str, contact: str | None, longest: float) -> str | None:
    request = urllib.request.Request(url, headers={"User-Agent": user_agent(contact)})
    try:
        with urllib.request.urlopen(request, timeout=longest):
            return None
    except urllib.error.HTTPError as error:
        with error:
            return f"answered {error.code}"
    except Exception as error:  # a monitor that is away, whatever that means to the layers below, costs one line
        reason = getattr(error, "reason", None) or error
        return " ".join(str(reason).split())[:200] or type(error).__name__
