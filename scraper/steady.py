"""A page without what changes without meaning: bytes -> bytes, in one pass each, whatever the bytes."""

from __future__ import annotations

import re

OPENING = re.compile(rb"<(?:!--|script\b(?![^>]{0,300}ld\+json)|style\b)", re.IGNORECASE)
CLOSING = {b"<!--": b"-->", b"<scri": b"</script", b"<styl": b"</style"}
# One tag that says nothing of the trial: a hidden field, a token in a <meta>, the name of a style sheet's last build.
PASSING_TAG = re.compile(
    rb"<input\b(?=[^<>]{0,2000}(?:type\s?=\s?[\"']?hidden|csrf|token|nonce))[^<>]{0,20000}>"
    rb"|<meta\b(?=[^<>]{0,2000}(?:csrf|token|nonce))[^<>]{0,20000}>"
    rb"|<link\b(?=[^<>]{0,2000}(?:stylesheet|preload|prefetch|preconnect))[^<>]{0,20000}>",
    re.IGNORECASE,
)
PASSING_ATTRIBUTE = re.compile(
    rb"\s(?:nonce|integrity|data-[a-z-]{0,40}(?:csrf|token|nonce)[a-z-]{0,40})=(?:\"[^\"<>]{0,5000}\"|'[^'<>]{0,5000}'|[^\s\"'<>]{1,5000})",
    re.IGNORECASE,
)


def steady_page(body: bytes) -> bytes:
    """The page without scripts (but JSON-LD), styles, comments, hidden fields, tokens and nonces."""
    return PASSING_ATTRIBUTE.sub(b"", PASSING_TAG.sub(b"", without_code(body)))


def without_code(body: bytes) -> bytes:
    """A page without its scripts, styles and comments. One pass, whatever is left open."""
    lower = body.lower()
    last = {kind: lower.rfind(closing) for kind, closing in CLOSING.items()}  # what opens behind it is never closed
    kept, start, at = [], 0, 0
    while (opening := OPENING.search(body, at)) and opening.start() < max(last.values()):
        kind = next(kind for kind in CLOSING if lower.startswith(kind, opening.start()))
        at = opening.end()
        if at <= last[kind]:
            kept.append(body[start : opening.start()])
            start = at = lower.find(b">", lower.find(CLOSING[kind], at)) + 1 or len(body)
    return b"".join((*kept, body[start:]))
