"""What a browser may do with our pages: run the scripts that stand beside them and a few of Datasette's own, nothing
that came with the data.

Every value is escaped where it is shown; the policy is the second lock. Scripts that Datasette writes into its pages
are allowed by their hash, taken from the template that writes them, so that a new version of Datasette brings its own.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from datasette_trials.swap import App

INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)
WITH_SCRIPTS = ("_codemirror_foot.html",)  # templates of Datasette with a script that holds no value
# The one script with a value: whether a column menu offers to narrow down.
FACETS = ("DATASETTE_ALLOW_FACET = true;", "DATASETTE_ALLOW_FACET = false;")
# 'unsafe-inline' styles: Datasette's editor and our bars set style attributes, which no hash can allow.
# data: images: the editor's handle is one. blob: and all other hosts stay out.
POLICY: Mapping[str, Sequence[str]] = {
    "default-src": ("'self'",),
    "script-src": ("'self'",),
    "style-src": ("'self'", "'unsafe-inline'"),
    "img-src": ("'self'", "data:"),
    "object-src": ("'none'",),
    "base-uri": ("'none'",),
    "form-action": ("'self'",),
    "frame-ancestors": ("'self'",),
}
HEADERS = {
    "x-content-type-options": "nosniff",
    # What somebody searched for must not travel to the register with a click.
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), payment=(), usb=(), geolocation=(self)",
}


def script_hash(script: str) -> str:
    """The source expression that allows one inline script."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def policy(scripts: Iterable[str], further: Mapping[str, Sequence[str]]) -> str:
    """The Content-Security-Policy that allows these inline scripts, and what a site's owner adds to a directive."""
    allowed = {name: list(sources) for name, sources in POLICY.items()}
    allowed["script-src"] += dict.fromkeys(map(script_hash, scripts))
    for name, sources in further.items():
        allowed.setdefault(name, ["'self'"])
        allowed[name] += sources
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in allowed.items())


def inline_scripts(env: Any) -> list[str]:
    """The scripts that Datasette writes into its pages, from its own templates."""
    templates = (env.loader.get_source(env, name)[0] for name in WITH_SCRIPTS)
    return [*(script for text in templates for script in INLINE.findall(text)), *FACETS]


def secured(datasette: Any, app: App) -> App:
    """An ASGI application whose answers carry the policy and the other headers; those that an answer has itself stay.

    `plugins: trialdex: content_security_policy` of the metadata adds sources to a directive, for other plugins.
    """
    further = (datasette.plugin_config("trialdex") or {}).get("content_security_policy", {})
    told = {**HEADERS, "content-security-policy": policy(inline_scripts(datasette.jinja_env), further)}
    ours = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in told.items()]

    async def answering(scope: Any, receive: Any, send: Any) -> None:
        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                there = {name.lower() for name, _ in headers}
                message = {**message, "headers": headers + [pair for pair in ours if pair[0] not in there]}
            await send(message)

        await app(scope, receive, with_headers)

    return answering
