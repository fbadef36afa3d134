"""Sitemaps, sitemap indexes and feeds: the addresses that they list. Read by shape, so broken XML lists what it can."""

from __future__ import annotations

import re
from itertools import islice
from typing import NamedTuple

from scrapy.utils.gz import gunzip

from scraper.pages import decode

LARGEST_LIST = 50 * 1024 * 1024  # unpacked; as much as the sitemap protocol allows
MOST_ENTRIES = 100_000  # of one list; the protocol allows 50,000
LISTED_ADDRESS = re.compile(
    r"<(?:\w+:)?(loc|link)\b([^<>]{0,4000})>(?:\s*(?:<!\[CDATA\[)?\s*([^<\s\]]{1,4000}))?", re.IGNORECASE
)
HREF = re.compile(r"href\s?=\s?[\"']([^\"'<>]{1,4000})", re.IGNORECASE)
ENTRY = re.compile(r"(?=<(?:\w+:)?(?:url|sitemap|entry)[\s>])", re.IGNORECASE)
LASTMOD = re.compile(r"<(?:\w+:)?(?:lastmod|updated)\b[^<>]{0,200}>\s*([^<\s]{4,40})\s*<", re.IGNORECASE)
SITEMAP_INDEX = re.compile(r"<(?:\w+:)?sitemapindex\b", re.IGNORECASE)
LIST_ROOT = re.compile(r"<(?:\w+:)?(urlset|sitemapindex|rss|feed|rdf)\b", re.IGNORECASE)


def is_list(body: bytes) -> bool:
    """Whether a document's first element, behind at most twenty declarations and comments, is that of a list."""
    text = decode(body[:8192]).lstrip()
    for _ in range(20):
        if not text.startswith(("<?", "<!")):
            break
        text = text.partition("-->" if text.startswith("<!--") else ">")[2].lstrip()
    return LIST_ROOT.match(text) is not None


def addresses_in(text: str) -> list[str]:
    """The addresses that a sitemap (`<loc>`), an RSS (`<link>`) or an Atom feed (`<link href>`) lists, in order."""
    found = []
    for match in islice(LISTED_ADDRESS.finditer(text), MOST_ENTRIES):
        href = HREF.search(match[2])
        address = href[1] if href and match[1].lower() == "link" else match[3]
        if address:
            found.append(address.replace("&amp;", "&").strip())
    return list(dict.fromkeys(found))


class Entry(NamedTuple):
    """One address of a list and, where the list says, when what it leads to last changed, as written there."""

    address: str
    lastmod: str | None


def entries_in(text: str) -> list[Entry]:
    """The addresses of a list with the dates that stand in the same entry. RSS dates tell when something was first
    published, so they are left alone."""
    dated: dict[str, str] = {}
    for entry in ENTRY.split(text, MOST_ENTRIES):
        date = LASTMOD.search(entry)
        for address in addresses_in(entry) if date else ():
            dated.setdefault(address, date[1] if date else "")
    return [Entry(address, dated.get(address)) for address in addresses_in(text)]


def unpacked(body: bytes) -> bytes:
    """A .gz body unpacked; empty when it cannot be."""
    if body[:2] != b"\x1f\x8b":
        return body
    try:
        return gunzip(body, max_size=LARGEST_LIST)
    except Exception:  # gzip, zlib and Scrapy raise a dozen kinds; a damaged file is no list
        return b""


def is_index(text: str) -> bool:
    """Whether a list is a sitemap of sitemaps."""
    return SITEMAP_INDEX.search(text[:4000]) is not None
