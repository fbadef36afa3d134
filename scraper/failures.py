"""Why a request failed, in words: the exceptions that reach a spider's errback, and one clear line for each."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import urlsplit

from scrapy.core.downloader.handlers.http11 import TunnelError
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    NotSupported,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from scrapy.http import Response, TextResponse
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure


class GaveUp(IgnoreRequest):
    """A request that is not tried again. It is an `IgnoreRequest`, so that Scrapy logs no traceback for it."""

    def __init__(self, host: str, reason: str) -> None:
        super().__init__(f"{host}: {reason}")
        self.host = host
        self.reason = reason


class HostLeftAlone(GaveUp):
    """The host never answered, keeps failing, or asks for a longer wait than we make: no more requests to it."""


class Refused(GaveUp):
    """The host answered 403 too often in a row; the crawl ends."""


class Disallowed(GaveUp):
    """The host's robots.txt forbids the address, or could not be had."""


class Elsewhere(GaveUp):
    """The address redirects to a host that nobody gave us."""


class Interrupted(GaveUp):
    """The crawl is ending, so the request was never sent. No failure: the next crawl takes it up."""


class Spent(Interrupted):
    """The host's budget is spent: the next crawl takes it up."""


# What may be different a moment later. Anything else that goes wrong on the way is final.
TRANSIENT = (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
    TunnelError,
    OSError,
)

WORDS: tuple[tuple[type[Exception], str], ...] = (
    (CannotResolveHostError, "host name not found"),
    (DownloadConnectionRefusedError, "connection refused"),
    (DownloadTimeoutError, "timed out"),
    (ResponseDataLossError, "answer cut short"),
    (DownloadFailedError, "connection lost"),
    (DownloadCancelledError, "answer larger than the limit"),
    (TunnelError, "the proxy refused the connection"),
    (NotSupported, "not an http address"),
    (UnsupportedURLSchemeError, "not an http address"),
    (OSError, "connection failed"),
    (ValueError, "not a usable address"),
)


def words(error: Exception) -> str | None:
    """A download error in a few words without addresses or numbers, or None when it is not one."""
    if untrusted(error):
        return "its certificate is not valid for this host"
    if isinstance(error, DownloadFailedError) and "ParseError" in str(error):
        return "answer is not HTTP"
    return next((text for kind, text in WORDS if isinstance(error, kind)), None)


def untrusted(error: Exception) -> bool:
    """Whether TLS failed on the certificate: it will fail the same way a second later."""
    said = str(error)
    return isinstance(error, DownloadFailedError) and ("certificate verify failed" in said or "Verification" in said)


def answered(response: Response) -> str:
    """`503 Service Unavailable`; for other errors in plain text also the source's own first line."""
    try:
        status = f"{response.status} {HTTPStatus(response.status).phrase}"
    except ValueError:
        status = str(response.status)
    kind = (response.headers.get("Content-Type") or b"").lower()
    if kind.startswith(b"text/plain") and isinstance(response, TextResponse) and response.text.strip():
        return f"{status} ({response.text.strip().splitlines()[0][:200]})"
    return status


def describe(failure: Failure) -> str:
    """One clear line for any failure that an errback is given: `http://...: connection refused, 6 tries`."""
    error = failure.value
    request = getattr(failure, "request", None)
    if isinstance(error, HttpError):
        return f"{error.response.url}: answered {answered(error.response)}"
    if isinstance(error, GaveUp):
        reason = error.reason
    else:
        said = str(error).strip().splitlines()
        known = words(error) if isinstance(error, Exception) else None
        reason = known or (said[0][:300] if said else type(error).__name__)
    return f"{request.url}: {reason}" if request is not None else reason


def host_of(url: str) -> str:
    """`host` or `host:port` of an address, without the user's name and password. Raises ValueError for a bad port."""
    parts = urlsplit(url)
    name = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    return f"{name}:{parts.port}" if parts.port else name


def asked_wait(response: Response, now: datetime) -> float | None:
    """Seconds that `Retry-After` asks for, or None. A date is counted from the server's own clock when it tells it."""
    asked = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    if asked.isdecimal():
        return float(asked)
    until = http_date(asked)
    if until is None:
        return None
    clock = http_date((response.headers.get("Date") or b"").decode("latin-1")) or now
    return max(0.0, (until - clock).total_seconds())


def http_date(text: str) -> datetime | None:
    """A date as HTTP writes it, in UTC, or None."""
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
