"""What both replicas share: a loopback HTTP server with a request log and faults, told what to answer by a function."""

from __future__ import annotations

import gzip
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, NamedTuple, Self, TypeAlias
from urllib.parse import SplitResult, parse_qsl, urlsplit

from replica.faults import KINDS, Fault, Faults
from replica.world import World

LOGGED_HEADERS = ("User-Agent", "Accept-Encoding", "If-None-Match", "If-Modified-Since", "Referer")
REFUSAL = (
    "<html><head><title>403 Forbidden</title></head><body><h1>403 Forbidden</h1><p>Request blocked.</p></body></html>"
)
SORRY = "<html><head><title>Just a moment</title></head><body><p>The service is being updated.</p></body></html>"


class Asked(NamedTuple):
    """One request, as far as answers depend on it."""

    path: str
    query: list[tuple[str, str]]
    headers: Any
    fault: Fault | None


@dataclass
class Reply:
    """One answer."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


class Request(NamedTuple):
    """One line of the request log."""

    method: str
    target: str  # path and query
    status: int  # 0: closed without an answer
    headers: dict[str, str]
    at: float  # seconds since the epoch
    fault: str | None


Answer: TypeAlias = Callable[[Asked], Reply]


def text(status: int, message: str) -> Reply:
    return Reply(status, message.encode(), "text/plain; charset=utf-8")


def html(status: int, page: str) -> Reply:
    return Reply(status, page.encode(), "text/html; charset=utf-8")


class ReplicaServer(ThreadingHTTPServer):
    """A replica on 127.0.0.1. Use it as a context manager, or `start()` and `stop()` it.

    `requests` is the log, `faults` what goes wrong. Over HTTP the same is at `/_replica/requests` and
    `/_replica/faults`; `/_replica/day` tells the world's day and moves it on (`?day=3` or `?advance=1`), and
    `/_replica/log?day=3` tells what happened.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, world: World, answer: Answer, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.world, self.answer = world, answer
        self.faults = Faults()
        self.requests: list[Request] = []
        self._thread: Thread | None = None

    @property
    def url(self) -> str:
        """`http://127.0.0.1:port`, without a slash at the end."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def start(self) -> Self:
        """Serves in a thread of its own."""
        self._thread = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stops serving and frees the port."""
        if self._thread:
            self.shutdown()
            self._thread.join()
            self._thread = None
        self.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *raised: object) -> None:
        self.stop()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no news; anything else is."""
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    server_version, sys_version = "Replica", ""
    disable_nagle_algorithm = True
    timeout = 60
    server: ReplicaServer

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path.startswith("/_replica/"):
            self.send(self.control(parts), None, log=False)
            return
        with self.server.world.lock:
            fault = self.server.faults.strike(parts.path, self.headers.get("User-Agent") or "")
            if fault and fault.kind == "new_data":
                self.server.world.go_to_next_data()
            reply = refused(fault)
            if reply is None:
                query = parse_qsl(parts.query, keep_blank_values=True)
                reply = self.server.answer(Asked(parts.path, query, self.headers, fault))
        self.send(reply, fault)

    do_HEAD = do_GET

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        if parts.path.startswith("/_replica/"):
            self.send(self.control(parts), None, log=False)
        else:
            self.send(text(405, "Method Not Allowed"), None)

    def do_OPTIONS(self) -> None:
        self.send(html(403, REFUSAL), None)

    def send(self, reply: Reply, fault: Fault | None, log: bool = True) -> None:
        """Sends an answer, in the way that the fault wants."""
        kind = fault.kind if fault else ""
        if log:
            seen = {name: self.headers[name] for name in LOGGED_HEADERS if name in self.headers}
            status = 0 if kind in ("drop", "hang") else reply.status
            self.server.requests.append(Request(self.command, self.path, status, seen, time.time(), kind or None))
        if kind in ("drop", "hang"):
            if kind == "hang" and fault:
                time.sleep(fault.seconds)
            self.close_connection = True
            return
        body = reply.body
        if kind == "truncated":
            body = body[: len(body) // 2]
        headers = {"Content-Type": reply.content_type, **reply.headers}
        if body and "gzip" in (self.headers.get("Accept-Encoding") or "") and len(body) > 600:
            body = gzip.compress(body, 1)
            headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        self.send_response(reply.status)
        for name, value in headers.items():
            self.send_header(name, value)
        if reply.status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD" or reply.status == 304:
            return
        if kind == "cut":
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
        elif kind == "slow" and fault:
            piece = max(1, len(body) // 10)
            for at in range(0, len(body), piece):
                self.wfile.write(body[at : at + piece])
                time.sleep(fault.seconds / 10)
        else:
            self.wfile.write(body)

    def control(self, parts: SplitResult) -> Reply:
        """The replica's own addresses, which no fault touches."""
        asked = dict(parse_qsl(parts.query))
        server = self.server
        try:
            if parts.path == "/_replica/faults":
                if asked.pop("clear", None):
                    server.faults.clear()
                elif asked:
                    server.faults.add(asked.pop("kind", ""), **asked)
                active = [
                    {name: value for name, value in vars(fault).items() if name[0] != "_"} for fault in server.faults
                ]
                return as_json({"active": active, "kinds": KINDS})
            if parts.path == "/_replica/requests":
                return as_json([request._asdict() for request in list(server.requests)])
            if parts.path == "/_replica/day":
                with server.world.lock:
                    world = server.world
                    world.go_to(int(asked.get("day", world.day)) + int(asked.get("advance", 0)))
                    return as_json(
                        {"day": world.day, "dataTimestamp": world.timestamp, "studies": len(world.present())}
                    )
            if parts.path == "/_replica/log":
                with server.world.lock:
                    return as_json(
                        [each._asdict() for each in server.world.log(int(asked.get("day", server.world.day)))]
                    )
        except (ValueError, TypeError) as error:
            return text(400, str(error))
        return text(404, "There are /_replica/faults, /_replica/requests, /_replica/day and /_replica/log")

    def log_message(self, *args: Any) -> None:
        """Quiet: the log is `server.requests`."""


def as_json(value: Any) -> Reply:
    return Reply(body=json.dumps(value).encode())


def refused(fault: Fault | None) -> Reply | None:
    """The answer of a fault that does not need the real one."""
    if fault is None:
        return None
    if fault.kind == "forbidden":
        return html(403, REFUSAL)
    if fault.kind in ("too_many", "unavailable"):
        code, message = (429, "Too many requests") if fault.kind == "too_many" else (503, "Service unavailable")
        reply = text(code, message)
        reply.headers |= fault.retry_header()
        return reply
    if fault.kind == "error":
        return text(500, "Internal server error")
    if fault.kind == "html":
        return html(200, SORRY)
    if fault.kind in ("drop", "hang"):
        return Reply(0)
    return None
