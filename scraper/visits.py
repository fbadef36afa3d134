"""Asking again only for what is new: the conditions of a request, and when a list's date spares it. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from scrapy.http import Response
from scrapy.responsetypes import responsetypes

from scraper.items import Visit
from scraper.register import now

STORED = "stored"  # flag of an answer that was not asked for now
SLACK = timedelta(days=1)  # between a list's date and our visit: time zones, and caches that serve an older page


def conditions(visit: Visit | None) -> dict[str, str]:
    """The headers with which an address that was visited answers 304 while it is what it was."""
    told = {"If-None-Match": visit.etag, "If-Modified-Since": visit.last_modified} if visit else {}
    return {name: value for name, value in told.items() if value}


def visit_of(
    response: Response, source: str, crawl: str, lastmod: str | None, source_id: str | None, before: Visit | None
) -> Visit:
    """What is to be known of an address that has answered with a body, or 304 to what stood there `before`. Where it
    tells neither ETag nor Last-Modified its own clock stands in (RFC 9110, 13.1.3): then the page was what it is."""

    def said(header: str) -> str | None:
        return (response.headers.get(header) or b"").decode("latin-1") or None

    same = before if response.status == 304 else None
    etag = said("ETag") or (same.etag if same else None)
    return Visit(
        source=source,
        url=response.url,
        crawl=crawl,
        at=now(),
        etag=etag,
        last_modified=said("Last-Modified") or (same.last_modified if same else None if etag else said("Date")),
        lastmod=lastmod,
        source_id=source_id,
        content_type=same.content_type if same else said("Content-Type") or "",
        body=None if source_id else same.body if same else response.body,
    )


def stored(visit: Visit) -> Response:
    """The answer that a list gave when it was visited."""
    headers = {"Content-Type": visit.content_type}
    body = visit.body or b""
    kind = responsetypes.from_args(url=visit.url, body=body)
    return kind(visit.url, status=200, headers=headers, body=body, flags=[STORED])


def spared(visit: Visit | None, lastmod: str | None, days: float, clock: datetime) -> bool:
    """Whether an address need not be asked: a list gives it the date that it had when we asked last, that date was over
    then by a day at least, and we asked within so many days."""
    if visit is None or not lastmod or visit.lastmod != lastmod:
        return False
    changed, asked = moment(lastmod), datetime.fromisoformat(visit.at)
    return changed is not None and changed + SLACK <= asked and clock - asked <= timedelta(days=days)


def moment(lastmod: str) -> datetime | None:
    """The end of what a date in a list means, UTC where it tells no zone; None for what is no ISO date with a day."""
    try:
        told = datetime.fromisoformat(lastmod)
    except ValueError:
        return None
    told = told if told.tzinfo else told.replace(tzinfo=UTC)
    return told + timedelta(days=1) if len(lastmod) <= len("2026-11-22") else told
