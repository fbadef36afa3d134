"""A loopback HTTP server that fails on purpose, as scripted for each path, and remembers when it was asked for what."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic, sleep
from typing import Any


@dataclass(frozen=True)
class Answer:
    """One answer. `fault` is `drop` (no answer), `short` (half the body), `slow` (half, a pause, the rest)."""

    status: int = 200
    body: bytes = b"fine"
    headers: dict[str, str] = field(default_factory=dict)
    fault: str = ""
    pause: float = 0.0  # seconds, for `slow`


@dataclass(frozen=True)
class Seen:
    """One request as the server saw it; `at` is `time.monotonic`."""

    at: float
    path: str
    headers: dict[str, str]


class Faulty(ThreadingHTTPServer):
    """`script[path]` are the answers for a path, one after the other; the last one stays. Without a script: 404."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script: dict[str, list[Answer]] = {}
        self.seen: list[Seen] = []
        self.scheme = "http"

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        """The address of a path on this server."""
        return f"{self.scheme}://{host}:{self.server_address[1]}{path}"

    def answers(self, path: str, *answers: Answer | int) -> str:
        """Script a path (a bare number is a status) and return its address."""
        self.script[path] = [Answer(status=a) if isinstance(a, int) else a for a in answers]
        return self.url(path)

    def asked(self, path: str | None = None) -> list[Seen]:
        """What was asked, robots.txt left out unless it is the path."""
        return [seen for seen in self.seen if seen.path == path or (path is None and seen.path != "/robots.txt")]

    def gaps(self, path: str | None = None) -> list[float]:
        """Seconds between one request and the next."""
        times = [seen.at for seen in self.asked(path)]
        return [later - earlier for earlier, later in zip(times, times[1:], strict=False)]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is nothing to talk about here."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are two writes: with it each answer waits 40 ms for an ACK
    server: Faulty

    def do_GET(self) -> None:
        self.server.seen.append(Seen(monotonic(), self.path, dict(self.headers)))
        script = self.server.script.get(self.path, [Answer(404, b"no such page")])
        answer = script.pop(0) if len(script) > 1 else script[0]
        if answer.fault == "drop":
            self.close_connection = True
            return
        self.send_response_only(answer.status)
        for name, value in {"Content-Type": "text/html", **answer.headers}.items():
            self.send_header(name, value)
        if answer.status != 304:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        half = len(answer.body) // 2
        if answer.fault == "short":
            self.wfile.write(answer.body[:half])
            self.close_connection = True
        elif answer.fault == "slow":
            self.wfile.write(answer.body[:half])
            sleep(answer.pause)
            self.wfile.write(answer.body[half:])
        elif answer.status != 304:
            self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""


@contextmanager
def serving(certificate: str | None = None) -> Iterator[Faulty]:
    """A running server; over TLS with the certificate and key in that PEM file."""
    server = Faulty()
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.scheme = "https"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
