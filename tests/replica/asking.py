"""Plain HTTP for the tests of the replicas, without redirects and without any of our own crawling code."""

from __future__ import annotations

import gzip
import json
from http.client import HTTPConnection
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode, urlsplit


class Got(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(url: str, method: str = "GET", headers: dict[str, str] | None = None, **parameters: object) -> Got:
    """One request; `parameters` become the query, `__` in their names stands for a dot."""
    parts = urlsplit(url)
    query = parts.query or urlencode(
        {name.replace("__", "."): value for name, value in parameters.items()}, quote_via=quote
    )
    connection = HTTPConnection(parts.netloc, timeout=10)
    try:
        connection.request(method, f"{parts.path}?{query}" if query else parts.path, headers=headers or {})
        answer = connection.getresponse()
        body = answer.read()
        if answer.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        return Got(answer.status, dict(answer.headers), body)
    finally:
        connection.close()


def walk(url: str, **parameters: object) -> list[dict[str, Any]]:
    """All studies of a query, page after page, until there is no token."""
    found: list[dict[str, Any]] = []
    token: dict[str, object] = {}
    for _ in range(1000):
        page = ask(f"{url}/api/v2/studies", **parameters, **token).json
        found += page["studies"]
        if "nextPageToken" not in page:
            return found
        token = {"pageToken": page["nextPageToken"]}
    raise AssertionError("a walk without end")


def ids(studies: list[dict[str, Any]]) -> list[str]:
    return [study["protocolSection"]["identificationModule"]["nctId"] for study in studies]
