"""Every way in which a replica can misbehave, seen from the client's side of a real connection."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from http.client import BadStatusLine, HTTPConnection, IncompleteRead, RemoteDisconnected
from urllib.parse import urlsplit

import pytest

from replica import CtgovServer, ctgov_replica, portal_replica
from replica.faults import KINDS, Fault, Faults
from tests.replica.asking import Got, ask, ids, walk

STUDIES = "/api/v2/studies"


@pytest.fixture
def server() -> Iterator[CtgovServer]:
    with ctgov_replica(size=30) as server:
        yield server


def get(server: CtgovServer, path: str = STUDIES, **headers: str) -> Got:
    return ask(f"{server.url}{path}", headers={name.replace("_", "-"): value for name, value in headers.items()})


def test_without_faults_all_is_well(server: CtgovServer) -> None:
    assert get(server).status == 200
    assert [request.fault for request in server.requests] == [None]


@pytest.mark.parametrize(
    ("kind", "status"), [("forbidden", 403), ("too_many", 429), ("unavailable", 503), ("error", 500), ("html", 200)]
)
def test_refusals(server: CtgovServer, kind: str, status: int) -> None:
    server.faults.add(kind, times=2)
    answers = [get(server) for _ in range(3)]
    assert [answer.status for answer in answers] == [status, status, 200]
    assert ("html" in answers[0].headers["Content-Type"]) == (kind in ("forbidden", "html"))
    assert "Retry-After" not in answers[0].headers
    assert [request.fault for request in server.requests] == [kind, kind, None]


def test_retry_after_in_seconds_and_as_a_date(server: CtgovServer) -> None:
    server.faults.add("too_many", times=1, retry_after="7")
    server.faults.add("unavailable", times=1, retry_after="date:90")
    assert get(server).headers["Retry-After"] == "7"
    moment = parsedate_to_datetime(get(server).headers["Retry-After"])
    assert 80 < moment.timestamp() - time.time() < 91


def test_an_html_page_instead_of_studies(server: CtgovServer) -> None:
    server.faults.add("html")
    answer = get(server)
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.body)


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_truncated_body_comes_whole_but_is_not_json(server: CtgovServer, encoding: str) -> None:
    server.faults.add("truncated")
    answer = get(server, Accept_Encoding=encoding)
    assert answer.status == 200
    assert answer.body.startswith(b'{"studies"')
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.body)


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_cut_body_is_shorter_than_promised(server: CtgovServer, encoding: str) -> None:
    server.faults.add("cut")
    with pytest.raises(IncompleteRead):
        get(server, Accept_Encoding=encoding)


def test_a_dropped_connection(server: CtgovServer) -> None:
    server.faults.add("drop", times=1)
    with pytest.raises((RemoteDisconnected, BadStatusLine, ConnectionError)):
        get(server)
    assert get(server).status == 200
    assert [request.status for request in server.requests] == [0, 200]


def test_a_silent_server(server: CtgovServer) -> None:
    server.faults.add("hang", seconds=0.3)
    began = time.monotonic()
    with pytest.raises((RemoteDisconnected, BadStatusLine, ConnectionError)):
        get(server)
    assert time.monotonic() - began >= 0.3


def test_a_slow_body_is_whole(server: CtgovServer) -> None:
    server.faults.add("slow", times=1, seconds=0.3)
    began = time.monotonic()
    slow = get(server)
    assert time.monotonic() - began >= 0.25
    assert slow.json["studies"] == get(server).json["studies"]


def test_an_empty_page_in_the_middle_loses_nothing(server: CtgovServer) -> None:
    server.faults.add("empty_page", times=2, after=1)
    found = ids(walk(server.url, pageSize=10, fields="NCTId"))
    assert found == [f"NCT09{index:06d}" for index in range(30)]
    assert [request.fault for request in server.requests] == [None, "empty_page", "empty_page", None, None]
    tokens = [urlsplit(request.target).query.rpartition("pageToken=")[2] for request in server.requests[1:]]
    assert len(set(tokens)) == 4


def test_data_that_move_during_a_crawl(server: CtgovServer) -> None:
    server.faults.add("new_data", times=1, after=1, prefix=STUDIES)
    before = get(server, "/api/v2/version").json["dataTimestamp"]
    walk(server.url, pageSize=10, fields="NCTId")
    after = get(server, "/api/v2/version").json["dataTimestamp"]
    assert (before, after) == ("2026-11-16T09:00:05", "2026-11-17T09:00:05")
    assert server.world.day == 1


def test_new_data_skip_the_weekend(server: CtgovServer) -> None:
    server.world.go_to(4)
    server.faults.add("new_data", times=1)
    assert get(server, "/api/v2/version").json["dataTimestamp"] == "2026-11-23T09:00:05"


def test_a_refused_token(server: CtgovServer) -> None:
    server.faults.add("bad_token", times=2)
    token = get(server).json["nextPageToken"]  # a first page has no token to refuse
    assert ask(f"{server.url}{STUDIES}", pageToken=token).status == 400
    assert ask(f"{server.url}{STUDIES}", pageToken=token).status == 200


def test_faults_by_user_agent(server: CtgovServer) -> None:
    server.faults.add("forbidden", agent="Mozilla")
    assert get(server, User_Agent="Mozilla/5.0").status == 403
    assert get(server, User_Agent="Trialdex/0.1").status == 200
    assert get(server).status == 200


def test_faults_by_path(server: CtgovServer) -> None:
    server.faults.add("error", prefix="/api/v2/version")
    assert get(server, "/api/v2/version").status == 500
    assert get(server).status == 200


def test_rates_are_seeded() -> None:
    def struck(seed: int) -> list[bool]:
        fault = Fault("error", rate=0.3, seed=seed)
        return [fault.strikes("/x", "") for _ in range(200)]

    assert struck(1) == struck(1) != struck(2)
    assert 30 < sum(struck(1)) < 90


def test_the_first_fault_that_strikes_shows() -> None:
    faults = Faults()
    faults.add("error", times=1)
    faults.add("forbidden", times=1)
    shown = [faults.strike("/x", "") for _ in range(3)]
    assert [fault.kind if fault else None for fault in shown] == ["error", "forbidden", None]


def test_faults_over_http(server: CtgovServer) -> None:
    told = ask(f"{server.url}/_replica/faults", method="POST", kind="too_many", times=1, retry_after="3").json
    assert told["active"][0]["kind"] == "too_many"
    assert set(told["kinds"]) == set(KINDS)
    assert get(server).status == 429
    ask(f"{server.url}/_replica/faults", kind="forbidden")
    assert get(server).status == 403
    assert ask(f"{server.url}/_replica/faults", clear=1).json["active"] == []
    assert get(server).status == 200


@pytest.mark.parametrize(
    "asked",
    [
        {"kind": "nonsense"},
        {"kind": "error", "nonsense": "1"},
        {"kind": "error", "times": "many"},
        {"kind": "error", "shown": "3"},
    ],
)
def test_faults_that_make_no_sense_are_refused(server: CtgovServer, asked: dict[str, str]) -> None:
    assert ask(f"{server.url}/_replica/faults", **asked).status == 400
    assert list(server.faults) == []


def test_the_request_log_leaves_out_its_own_addresses(server: CtgovServer) -> None:
    get(server, f"{STUDIES}?pageSize=3", User_Agent="Trialdex/0.1")
    seen = ask(f"{server.url}/_replica/requests").json
    assert [(each["method"], each["target"], each["status"], each["headers"]["User-Agent"]) for each in seen] == [
        ("GET", f"{STUDIES}?pageSize=3", 200, "Trialdex/0.1")
    ]
    assert abs(seen[0]["at"] - time.time()) < 60


def test_faults_strike_the_portal_too() -> None:
    with portal_replica(listings=3) as portal:
        portal.faults.add("unavailable", times=1)
        assert ask(f"{portal.url}/robots.txt").status == 503
        assert ask(f"{portal.url}/robots.txt").status == 200


def test_one_connection_serves_many_requests(server: CtgovServer) -> None:
    connection = HTTPConnection(urlsplit(server.url).netloc, timeout=10)
    for number in range(3):
        connection.request("GET", f"{STUDIES}?pageSize={number + 1}", headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        body = answer.read()
        found = json.loads(gzip.decompress(body) if answer.headers.get("Content-Encoding") else body)
        assert len(found["studies"]) == number + 1
    connection.close()


def test_stopping_frees_the_port() -> None:
    with ctgov_replica(size=5) as first:
        port = first.server_address[1]
    with ctgov_replica(size=5, port=port) as second:
        assert get(second, "/api/v2/version").status == 200
