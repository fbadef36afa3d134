"""Addresses: those that a user gives, where a link leads, which look like a listing's. Pure, the user's files apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urljoin

from w3lib.url import safe_url_string  # Scrapy's own: addresses as it will write them, so that they are found again

from scraper.profiles import is_address, profiles


def addresses(given: Iterable[str]) -> Iterator[str]:
    """The web addresses that were given; `@FILE` stands for those in a file, one a line, `#` before a remark. Raises
    ValueError for what is no web address and for a file that cannot be read."""
    for one in given:
        one = one.strip()
        if not one.startswith("@"):
            lines = [("", one)]
        else:
            try:
                text = Path(one[1:]).read_text(encoding="utf-8-sig")
            except (OSError, ValueError) as error:
                why = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
                raise ValueError(f"{one[1:]}: {why}") from None
            lines = [(f"{one[1:]}, line {n}: ", line.strip()) for n, line in enumerate(text.splitlines(), start=1)]
        for where, line in lines:
            if line and not line.startswith("#"):
                if not is_address(line):
                    raise ValueError(f"{where}not a web address: {line[:200]}")
                yield safe_url_string(line)


def is_listing(url: str) -> bool:
    """Whether some profile knows the address as that of a listing, its first page."""
    return any(one.lists(url) for one in profiles()) and not is_further(url)


def is_further(url: str) -> bool:
    """Whether the address looks like a further page of something."""
    return any(one.pages(url) for one in profiles())


def joined(address: str, href: str) -> str | None:
    """Where a link leads, without its fragment; None when it is none that can be followed."""
    try:
        url = urljoin(address, href.strip()).partition("#")[0]
    except ValueError:
        return None
    return safe_url_string(url) if is_address(url) else None
