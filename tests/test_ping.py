"""The cron monitor: told of the start, of success and of failure; away or slow it costs a line, never a night."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pipelines.folder import DataFolder
from pipelines.ping import address, ping
from replica import CtgovServer, ctgov_replica
from tests.running import trialdex

QUICK = {"TRIALDEX_RETRY_WAITS": "0.02,0.02,0.05,0.05,0.1"}


class Monitor:
    """What a monitor was asked."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[str] = []
        self.agents: set[str] = set()


@contextmanager
def monitor(status: int = 200, delay: float = 0.0) -> Iterator[Monitor]:
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.asked.append(self.path)
            told.agents.add(self.headers["User-Agent"])
            ended.wait(delay)
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    told = Monitor(f"http://127.0.0.1:{server.server_address[1]}/abc?key=1")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        ended.set()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def register() -> Iterator[CtgovServer]:
    with ctgov_replica(size=60) as server:
        yield server


def config(folder: Path, register: CtgovServer, url: str) -> Path:
    file = folder / "trialdex.toml"
    source = f'[[source]]\nname = "ctgov"\nall = true\nbase_url = "{register.url}"\n'
    file.write_text(f'ping = "{url}"\ncontact = "contact@example.org"\n{source}', encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("url", "what", "asked"),
    [
        ("https://monitor.example/abc", "success", "https://monitor.example/abc"),
        ("https://monitor.example/abc", "start", "https://monitor.example/abc/start"),
        ("https://monitor.example/abc/", "fail", "https://monitor.example/abc/fail"),
        ("https://monitor.example/abc?key=1", "fail", "https://monitor.example/abc/fail?key=1"),
        ("https://monitor.example", "start", "https://monitor.example/start"),
    ],
)
def test_where_the_word_goes(url: str, what: str, asked: str) -> None:
    assert address(url, what) == asked  # type: ignore[arg-type]


def test_a_good_night_and_a_bad_one(register: CtgovServer, tmp_path: Path) -> None:
    with monitor() as told:
        file = config(tmp_path, register, told.url)
        assert trialdex("--data", tmp_path, "nightly", "--config", file, **QUICK).returncode == 0
        assert told.asked == ["/abc/start?key=1", "/abc?key=1"]
        register.faults.add("forbidden")
        register.world.go_to(1)
        assert trialdex("--data", tmp_path, "nightly", "--config", file, **QUICK).returncode == 5
        assert told.asked[2:] == ["/abc/start?key=1", "/abc/fail?key=1"]
    (agent,) = told.agents
    assert agent.startswith("Trialdex/")
    assert "contact@example.org" in agent


def test_a_night_that_breaks_is_told_as_a_failure(register: CtgovServer, tmp_path: Path) -> None:
    """trials.db is no database: the night ends with a line and without a report."""
    with monitor() as told:
        file = config(tmp_path, register, told.url)
        assert trialdex("--data", tmp_path, "nightly", "--config", file, **QUICK).returncode == 0
        (tmp_path / "trials.db").write_bytes(b"not a database" * 1000)
        done = trialdex("--data", tmp_path, "nightly", "--config", file, **QUICK)
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        assert told.asked[2:] == ["/abc/start?key=1", "/abc/fail?key=1"]


def test_a_run_that_finds_the_lock_held_tells_nothing(register: CtgovServer, tmp_path: Path) -> None:
    with monitor() as told, DataFolder(tmp_path / "data").locked():
        file = config(tmp_path, register, told.url)
        assert trialdex("--data", tmp_path / "data", "nightly", "--config", file, **QUICK).returncode == 4
        assert told.asked == []


def test_a_monitor_that_is_away_costs_a_line_and_nothing_else(register: CtgovServer, tmp_path: Path) -> None:
    with monitor() as gone:
        url = gone.url
    done = trialdex("-q", "--data", tmp_path, "nightly", "--config", config(tmp_path, register, url), **QUICK)
    assert done.returncode == 0
    assert [line.split(": ")[:2] for line in done.stderr.splitlines()] == [
        ["trialdex", "ping of 127.0.0.1 (start)"],
        ["trialdex", "ping of 127.0.0.1 (success)"],
    ]
    assert (tmp_path / "published" / "trials.db").exists()


def test_it_is_bounded_in_time() -> None:
    with monitor(delay=30.0) as told:
        began = time.monotonic()
        said = ping(told.url, "start", longest=0.3)
        assert time.monotonic() - began < 3.0
        assert said in ("ping of 127.0.0.1 (start): no answer within 0.3 s", "ping of 127.0.0.1 (start): timed out")
        assert told.asked == ["/abc/start?key=1"]


def test_an_answer_that_is_no_success_is_told() -> None:
    with monitor(status=404) as told:
        assert ping(told.url, "success") == "ping of 127.0.0.1 (success): answered 404"
    with monitor() as told:
        assert ping(told.url, "success") is None
