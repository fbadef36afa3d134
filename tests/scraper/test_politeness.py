"""How the crawler behaves towards hosts that fail, refuse, delay and lie: real crawls against a loopback server."""

from __future__ import annotations

import gzip
import os
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from scrapy import Request
from scrapy.exceptions import CloseSpider
from scrapy.http import Response
from twisted.python.failure import Failure

from scraper.failures import Interrupted, describe
from scraper.items import Page
from scraper.register import Register
from tests.scraper.crawling import Crawled, crawl
from tests.scraper.faulty import Answer, Faulty, serving


class Probe(Register):
    """Asks for `urls` and notes what came of each: the body, or one line of failure."""

    name = "probe"

    def __init__(self, urls: list[str], meta: dict[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.urls = urls
        self.meta = meta or {}
        self.notes: list[tuple[str, str]] = []
        self.interrupted = 0

    def damaged(self, response: Response) -> str | None:
        return "an error page" if response.body.startswith(b"<html>sorry") else None

    async def start(self) -> AsyncIterator[Any]:
        for url in self.urls:
            yield Request(url, callback=self.parse, errback=self.failed, meta=dict(self.meta))

    def parse(self, response: Response) -> Page:
        self.notes.append((response.url, f"{response.status} {response.body.decode(errors='replace')[:40]}"))
        return Page()

    def failed(self, failure: Failure) -> None:
        if failure.check(Interrupted):
            self.interrupted += 1
            self.notes.append(("interrupted", describe(failure)))
        else:
            self.failures.append(describe(failure))


@pytest.fixture
def server() -> Iterator[Faulty]:
    with serving() as running:
        yield running


def probe(*urls: str, settings: dict[str, Any] | None = None, **kwargs: Any) -> Crawled:
    result = crawl(Probe, urls=list(urls), settings=settings, **kwargs)
    assert "Traceback" not in result.log
    return result


def robots(text: str, status: int = 200) -> Answer:
    return Answer(status, text.encode(), {"Content-Type": "text/plain"})


# --- tries and waits ------------------------------------------------------------------------------------------------


def test_every_transient_status_is_tried_again(server: Faulty) -> None:
    statuses = [408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524]
    urls = [server.answers(f"/{status}", status, 200) for status in statuses]
    result = probe(*urls)
    assert sorted(result.notes) == sorted((url, "200 fine") for url in urls)
    assert result.failures == []
    assert {path: len(server.asked(path)) for path in server.script} == {f"/{status}": 2 for status in statuses}


def test_a_request_is_tried_six_times_and_then_given_up_in_one_line(server: Faulty) -> None:
    url = server.answers("/down", 503)
    result = probe(url)
    assert len(server.asked("/down")) == 6
    assert result.failures == [f"{url}: 503 Service Unavailable, 6 tries"]
    assert result.notes == []
    assert result.facts["retry_reasons"] == {"503": 5}


def test_the_waits_are_what_the_setting_says(server: Faulty) -> None:
    waits = [0.1, 0.2, 0.4, 0.1, 0.3]
    probe(server.answers("/down", 500), settings={"TRIALDEX_RETRY_WAITS": waits})
    assert [gap >= wait for gap, wait in zip(server.gaps("/down"), waits, strict=True)] == [True] * 5


def test_the_declared_waits_are_1_2_4_8_8() -> None:
    from scraper import settings

    assert settings.TRIALDEX_RETRY_WAITS == [1, 2, 4, 8, 8]


def test_retry_after_in_seconds_replaces_the_wait(server: Faulty) -> None:
    busy = Answer(429, headers={"Retry-After": "1"})
    result = probe(server.answers("/busy", busy, 200))
    assert len(server.gaps("/busy")) == 1
    assert server.gaps("/busy")[0] >= 1.0
    assert result.failures == []


def test_retry_after_zero_shortens_a_long_wait(server: Faulty) -> None:
    url = server.answers("/busy", Answer(503, headers={"Retry-After": "0"}), 200)
    result = probe(url, settings={"TRIALDEX_RETRY_WAITS": [60]}, timeout=20)
    assert result.notes == [(url, "200 fine")]


def test_retry_after_as_a_date_is_counted_from_the_servers_clock(server: Faulty) -> None:
    dates = {"Date": "Sat, 01 Jan 2000 00:00:00 GMT", "Retry-After": "Sat, 01 Jan 2000 00:00:01 GMT"}
    probe(server.answers("/busy", Answer(503, headers=dates), 200))
    assert server.gaps("/busy")[0] >= 1.0


def test_a_wait_holds_back_the_whole_host(server: Faulty) -> None:
    busy = server.answers("/busy", Answer(429, headers={"Retry-After": "1"}), 200)
    others = [server.answers(f"/{n}", 200) for n in range(5)]
    result = probe(busy, *others)
    refused = server.asked("/busy")[0].at
    later = [seen.at for seen in server.asked() if seen.at > refused]
    assert len(later) >= 3, "it was refused early enough to hold others back"
    assert min(later) >= refused + 1.0
    assert len(result.notes) == 6


def test_a_wait_of_one_host_does_not_hold_back_another(server: Faulty) -> None:
    with serving() as other:
        busy = server.answers("/busy", Answer(429, headers={"Retry-After": "3"}), 200)
        probe(busy, other.answers("/free", 200), other.answers("/also", 200))
        first, second = server.asked("/busy")
        assert all(first.at - 1 < seen.at < second.at for seen in other.asked())


def test_a_host_that_asks_for_too_long_a_wait_is_left_alone(server: Faulty) -> None:
    busy = server.answers("/busy", Answer(503, headers={"Retry-After": "3600"}))
    other = server.answers("/other", 200)
    result = probe(busy, other)
    assert [seen.path for seen in server.asked()] == ["/busy"]
    reason = "503 Service Unavailable, and asks us to wait 3600 s, longer than 300 s"
    assert sorted(result.failures) == sorted([f"{busy}: {reason}", f"{other}: {reason}"])


def test_a_host_whose_addresses_all_fail_is_left_alone(server: Faulty) -> None:
    urls = [server.answers(f"/{n}", 500) for n in range(6)]
    result = probe(*urls, settings={"TRIALDEX_FAILURES_IN_A_ROW": 2, "TRIALDEX_RETRY_WAITS": [0.01]})
    assert len(result.failures) == 6
    assert len(server.asked()) < 12
    assert sum("left alone after 2 addresses in a row failed" in line for line in result.failures) == 4


# --- answers that are no answers --------------------------------------------------------------------------------------


def test_dropped_and_cut_answers_are_tried_again_until_whole(server: Faulty) -> None:
    whole = Answer(body=b"the whole body")
    cut = Answer(body=b"the whole body", fault="short")
    dropped = server.answers("/dropped", Answer(fault="drop"), Answer(fault="drop"), whole)
    short = server.answers("/short", cut, whole)
    never = server.answers("/never", cut)
    result = probe(dropped, short, never)
    assert sorted(result.notes) == sorted([(dropped, "200 the whole body"), (short, "200 the whole body")])
    assert result.failures == [f"{never}: answer cut short, 6 tries"]
    assert result.facts["retry_reasons"]["answer cut short"] == 6


def test_an_error_page_with_status_200_is_tried_again(server: Faulty) -> None:
    sorry = Answer(body=b"<html>sorry, a moment")
    soon = server.answers("/soon", sorry, 200)
    never = server.answers("/never", sorry)
    result = probe(soon, never)
    assert result.notes == [(soon, "200 fine")]
    assert result.failures == [f"{never}: damaged answer: an error page, 6 tries"]


def test_packed_answers(server: Faulty) -> None:
    packed = {"Content-Encoding": "gzip"}
    good = server.answers("/good", Answer(body=gzip.compress(b"fine"), headers=packed))
    soon = server.answers("/soon", Answer(body=b"not gzip", headers=packed), Answer(body=b"fine"))
    never = server.answers("/never", Answer(body=b"not gzip", headers=packed))
    bomb = server.answers("/bomb", Answer(body=gzip.compress(bytes(10_000_000)), headers=packed))
    large = server.answers("/large", Answer(body=bytes(10_000_000)))
    after = server.answers("/after", 200)
    result = probe(good, soon, never, bomb, large, after, settings={"DOWNLOAD_MAXSIZE": 1_000_000})
    assert sorted(result.notes) == sorted((url, "200 fine") for url in (good, soon, after))
    assert sorted(result.failures) == sorted(
        [
            f"{never}: answer cannot be unpacked, 6 tries",
            f"{bomb}: answer larger than the limit, unpacked",
            f"{large}: answer larger than the limit",
        ]
    )
    assert len(server.asked("/bomb")) == len(server.asked("/large")) == 1


def test_other_errors_are_not_tried_again(server: Faulty) -> None:
    gone = server.answers("/gone", 404)
    bad = server.answers("/bad", Answer(400, b"bad query parameter\nmore", {"Content-Type": "text/plain"}))
    result = probe(gone, bad)
    assert sorted(result.failures) == sorted(
        [f"{gone}: answered 404 Not Found", f"{bad}: answered 400 Bad Request (bad query parameter)"]
    )
    assert len(server.asked()) == 2


# --- hosts that never answer ------------------------------------------------------------------------------------------


def test_a_port_where_nobody_listens_is_given_up_at_once_for_all_addresses() -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    urls = [f"http://127.0.0.1:{port}/{n}" for n in range(20)]
    result = probe(*urls)
    assert result.facts["requests"] == 6
    assert sorted(result.failures) == sorted(f"{url}: connection refused, 6 tries" for url in urls)


def test_a_host_that_listens_and_never_answers_is_given_up_within_its_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        urls = [f"http://127.0.0.1:{held.getsockname()[1]}/{n}" for n in range(3)]
        result = probe(*urls, settings={"TRIALDEX_FIRST_ANSWER": 1.5}, timeout=15)  # ten times the limit
    assert sorted(url.split(": ")[0] for url in result.failures) == urls
    assert all("timed out" in line and "tries" in line for line in result.failures)


def test_a_waiting_host_counts_the_waits_into_its_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    settings = {"TRIALDEX_FIRST_ANSWER": 3, "TRIALDEX_RETRY_WAITS": [1, 30, 30, 30, 30]}
    result = probe(f"http://127.0.0.1:{port}/", settings=settings, timeout=30)
    assert result.failures == [f"http://127.0.0.1:{port}/: connection refused, 2 tries"]


def test_a_first_page_that_takes_longer_than_a_first_answer_arrives(server: Faulty) -> None:
    url = server.answers("/large", Answer(body=b"the whole body", fault="slow", pause=1.0))
    result = probe(url, settings={"TRIALDEX_FIRST_ANSWER": 1, "ROBOTSTXT_OBEY": False})
    assert result.notes == [(url, "200 the whole body")]
    assert result.facts["retry_reasons"] == {"timed out": 1}


def test_an_unknown_host_name_is_one_clear_line() -> None:
    result = probe("http://nowhere.invalid/", settings={"TRIALDEX_FIRST_ANSWER": 3})
    assert len(result.failures) == 1
    said = result.failures[0].removeprefix("http://nowhere.invalid/: ")
    assert said.startswith(("host name not found, ", "timed out, "))  # the second where the resolver itself is away


@pytest.mark.parametrize("named", [[], ["127.0.0.1"]], ids=["names nobody", "names the host"])
def test_a_certificate_that_nobody_vouches_for_is_refused_at_once(tmp_path: Path, named: list[str]) -> None:
    with serving(certificate(tmp_path, named)) as server:
        url = server.answers("/secret", 200)
        result = probe(url, settings={"TRIALDEX_RETRY_WAITS": [20]}, timeout=15)
    assert result.failures == [f"{url}: its certificate is not valid for this host"]
    assert server.seen == []


@pytest.mark.parametrize(("named", "valid"), [("127.0.0.1", True), ("127.0.0.2", False)])
def test_a_certificate_must_name_the_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str, valid: bool
) -> None:
    pem = certificate(tmp_path, [named])
    monkeypatch.setenv("SSL_CERT_FILE", pem)  # so that it is vouched for
    with serving(pem) as server:
        url = server.answers("/secret", 200)
        result = probe(url, settings={"TRIALDEX_RETRY_WAITS": [20]}, timeout=15)
    assert result.notes == ([(url, "200 fine")] if valid else [])
    assert result.failures == ([] if valid else [f"{url}: its certificate is not valid for this host"])


def certificate(folder: Path, named: list[str]) -> str:
    """A PEM file with a new key and its own certificate for these addresses."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Trialdex test")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(datetime.now(UTC) - timedelta(days=1))
    builder = builder.not_valid_after(datetime.now(UTC) + timedelta(days=1))
    if named:
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address)) for address in named])
        builder = builder.add_extension(names, critical=False)
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "server.pem"
    path.write_bytes(secret + builder.sign(key, hashes.SHA256()).public_bytes(pem))
    return str(path)


# --- refusals ---------------------------------------------------------------------------------------------------------


def test_the_third_403_in_a_row_ends_the_crawl(server: Faulty) -> None:
    urls = [server.answers(f"/{n}", 403) for n in range(30)]
    result = crawl(Probe, urls=urls)
    assert len(server.asked()) == 3
    assert result.reason == "blocked"
    assert {url for url, _ in result.notes} <= {"interrupted"}
    assert len(result.failures) == 1  # the one that was refused; the rest were not asked
    assert len(result.refusals) == 1
    assert result.refusals[0].startswith(f"127.0.0.1:{server.server_address[1]} refused us (3 answers 403 in a row); ")
    assert "trialdex load" in result.refusals[0]
    assert "Traceback" not in result.log


def test_a_single_address_is_asked_three_times_and_never_passed_as_an_answer(server: Faulty) -> None:
    url = server.answers("/one", 403)
    result = probe(url, meta={"handle_httpstatus_list": [403]})
    assert len(server.asked()) == 3
    assert result.notes == []
    assert result.failures == [f"{url}: refused us (3 answers 403 in a row)"]
    assert result.reason == "blocked"


def test_a_success_resets_the_count_of_refusals(server: Faulty) -> None:
    urls = [server.answers(f"/{n}", 403, 403, 200) for n in range(3)]
    result = probe(*urls, settings={"CONCURRENT_REQUESTS": 1})
    assert sorted(result.notes) == sorted((url, "200 fine") for url in urls)
    assert result.refusals == []
    assert result.reason == "finished"


# --- robots.txt -------------------------------------------------------------------------------------------------------


def test_what_robots_forbids_is_not_asked_and_said(server: Faulty) -> None:
    server.answers("/robots.txt", robots("User-agent: *\nDisallow: /\n\nUser-agent: Trialdex\nDisallow: /private\n"))
    private, public = server.answers("/private/1", 200), server.answers("/public", 200)
    result = probe(private, public)
    assert result.notes == [(public, "200 fine")]
    assert result.failures == [f"{private}: robots.txt forbids it"]
    assert server.asked("/private/1") == []
    assert len(server.asked("/robots.txt")) == 1


@pytest.mark.parametrize(
    ("asked", "declared", "expected"), [("0.4", 0.0, 0.4), ("0.1", 0.5, 0.5)], ids=["robots", "setting"]
)
def test_the_larger_of_crawl_delay_and_setting_holds(
    server: Faulty, asked: str, declared: float, expected: float
) -> None:
    server.answers("/robots.txt", robots(f"User-agent: *\nCrawl-delay: {asked}\n"))
    urls = [server.answers(f"/{n}", 200) for n in range(4)]
    result = probe(*urls, settings={"DOWNLOAD_SLOTS": {"127.0.0.1": {"delay": declared}}})
    assert len(result.notes) == 4
    times = [seen.at for seen in server.seen]
    gaps = [later - earlier for earlier, later in zip(times, times[1:], strict=False)]
    assert len(gaps) == 4  # robots.txt and four pages
    assert sum(gaps) >= 0.8 * 4 * expected  # a busy machine may see one request late and the next in time
    assert min(gaps) >= 0.5 * expected


def test_a_crawl_delay_outlives_the_slot_that_scrapy_drops_after_an_idle_minute(server: Faulty) -> None:
    class Forgetful(Probe):
        def parse(self, response: Response) -> Page:
            downloader = self.crawler.engine.downloader
            downloader.slots.clear()
            self.notes.append(("delay", str(downloader._get_slot(Request(response.url))[1].delay)))
            return Page()

    server.answers("/robots.txt", robots("User-agent: *\nCrawl-delay: 0.3\n"))
    assert crawl(Forgetful, urls=[server.answers("/page", 200)]).notes == [("delay", "0.3")]


def test_hosts_other_than_loopback_get_the_declared_delay(server: Faulty) -> None:
    urls = [server.answers(f"/{n}", 200) for n in range(3)]
    probe(*urls, settings={"DOWNLOAD_SLOTS": {}, "DOWNLOAD_DELAY": 0.4})
    assert sum(server.gaps()) >= 0.8 * 2 * 0.4


def test_a_crawl_delay_beyond_reason_is_not_waited_for(server: Faulty) -> None:
    server.answers("/robots.txt", robots("User-agent: *\nCrawl-delay: 86400\n"))
    url = server.answers("/page", 200)
    result = probe(url)
    assert result.failures == [f"{url}: robots.txt asks for 86400 s between requests, longer than 300 s"]
    assert server.asked() == []


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_host_without_robots_allows_everything(server: Faulty, status: int) -> None:
    server.answers("/robots.txt", status)
    urls = [server.answers("/page", 200), server.answers("/soon", 403, 403, 200)]
    result = probe(*urls)
    assert sorted(result.notes) == sorted((url, "200 fine") for url in urls)
    assert len(server.asked("/robots.txt")) == 1


@pytest.mark.parametrize(
    ("status", "words", "tries"),
    [(503, "503 Service Unavailable, 6 tries", 6), (429, "429 Too Many Requests, 6 tries", 6)]
    + [(501, "501 Not Implemented", 1)],
)
def test_robots_that_cannot_be_had_forbids_the_whole_host(
    server: Faulty, status: int, words: str, tries: int
) -> None:
    server.answers("/robots.txt", status)
    urls = [server.answers("/1", 200), server.answers("/2", 200)]
    result = probe(*urls)
    reason = f"robots.txt could not be had ({words}), so nothing of this host is asked"
    assert sorted(result.failures) == sorted(f"{url}: {reason}" for url in urls)
    assert len(server.asked("/robots.txt")) == tries
    assert server.asked() == []


def test_robots_may_be_on_another_host(server: Faulty) -> None:
    with serving() as other:
        there = other.answers("/rules", robots("User-agent: *\nDisallow: /private\n"))
        server.answers("/robots.txt", Answer(301, headers={"Location": there}))
        private = server.answers("/private", 200)
        assert probe(private).failures == [f"{private}: robots.txt forbids it"]


def test_a_source_may_be_exempt_from_robots(server: Faulty) -> None:
    server.answers("/robots.txt", robots("User-agent: *\nDisallow: /\n"))
    url = server.answers("/api", 200)
    result = probe(url, settings={"ROBOTSTXT_OBEY": False})
    assert result.notes == [(url, "200 fine")]
    assert server.asked("/robots.txt") == []


# --- redirects --------------------------------------------------------------------------------------------------------


def test_redirects_stay_on_the_host(server: Faulty) -> None:
    inside = server.answers("/inside", Answer(302, headers={"Location": "/page"}))
    server.answers("/page", 200)
    away = server.url("/elsewhere", host="localhost")
    outside = server.answers("/outside", Answer(301, headers={"Location": away}))
    loop = server.answers("/loop", Answer(302, headers={"Location": "/loop?again"}))
    server.answers("/loop?again", Answer(302, headers={"Location": "/loop"}))
    result = probe(inside, outside, loop, meta={"dont_filter": True})
    assert (server.url("/page"), "200 fine") in result.notes
    assert f"{outside}: redirects to {away}, which is not on this host; give that address if you mean it" in (
        result.failures
    )
    assert server.asked("/elsewhere") == []
    assert len(server.asked("/loop")) + len(server.asked("/loop?again")) <= 11


def test_a_redirect_to_a_host_that_was_given_is_followed(server: Faulty) -> None:
    class Given(Probe):
        hosts = ("127.0.0.1", "localhost")

    there = server.url("/page", host="localhost")
    server.answers("/page", 200)
    url = server.answers("/moved", Answer(301, headers={"Location": there}))
    assert crawl(Given, urls=[url]).notes == [(there, "200 fine")]


@pytest.mark.parametrize(
    "meta", [{"dont_redirect": True, "handle_httpstatus_list": [301]}, {"handle_httpstatus_list": [301]}]
)
def test_a_spider_may_look_at_a_redirect_itself(server: Faulty, meta: dict[str, Any]) -> None:
    url = server.answers("/alias", Answer(301, b"", {"Location": "/studies/NCT00000002"}))
    result = probe(url, meta=meta)
    assert result.notes == [(url, "301 ")]


# --- the end of a crawl -----------------------------------------------------------------------------------------------


def test_an_interrupt_ends_a_long_wait(server: Faulty) -> None:
    busy = server.answers("/busy", Answer(503, headers={"Retry-After": "200"}), 200)
    others = [server.answers(f"/{n}", 200) for n in range(4)]

    def interrupt(pid: int) -> None:
        until = monotonic() + 15
        while not server.asked("/busy") and monotonic() < until:
            sleep(0.02)
        sleep(0.3)
        os.kill(pid, signal.SIGINT)

    result = probe(busy, *others, meanwhile=interrupt, timeout=20)
    assert result.reason == "shutdown"
    assert len(server.asked()) == 1
    assert result.failures == []
    assert {url for url, _ in result.notes} <= {"interrupted"}


def test_a_spider_that_closes_itself_does_not_sit_out_a_wait(server: Faulty) -> None:
    class Full(Probe):
        def parse(self, response: Response) -> Page:
            raise CloseSpider("disk full")

    with serving() as other:
        busy = server.answers("/busy", Answer(503, headers={"Retry-After": "200"}), 200)
        slow = other.answers("/page", Answer(body=b"some body", fault="slow", pause=1.0))
        result = crawl(Full, urls=[busy, slow], timeout=20)
    assert result.reason == "disk full"
    assert result.failures == []
    assert len(server.asked()) == 1
