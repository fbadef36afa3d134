"""When an address is asked again, and for what: the pure rules, and the requests that follow from them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scraper.items import Visit
from scraper.lists import Entry, entries_in
from scraper.spiders.portal import Portal
from scraper.visits import conditions, moment, spared
from tests.scraper.crawling import crawl
from tests.scraper.faulty import Answer, serving

HERE = "/clinical-trials/listings/"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def visit(lastmod: str | None, at: str = "2026-11-20T04:00:00Z", **more: str) -> Visit:
    return Visit(
        "portal", "http://portal.example/1", "crawl", at, lastmod=lastmod, source_id="portal.example:1", **more
    )


@pytest.mark.parametrize(
    ("held", "lastmod", "is_spared"),
    [
        (visit("2026-11-01"), "2026-11-01", True),
        (visit("2026-11-01"), "2026-11-02", False),
        (visit("2026-11-01"), None, False),
        (visit(None), "2026-11-01", False),
        (None, "2026-11-01", False),
        (visit("2026-11-18"), "2026-11-18", True),
        (visit("2026-11-19"), "2026-11-19", False),  # it was still that day somewhere when we asked
        (visit("2026-11-19T03:59:59Z"), "2026-11-19T03:59:59Z", True),
        (visit("2026-11-19T04:00:01+00:00"), "2026-11-19T04:00:01+00:00", False),
        (visit("2026-11"), "2026-11", False),
        (visit("yesterday"), "yesterday", False),
        (visit("2020-01-01", at="2026-10-23T12:00:00Z"), "2020-01-01", True),
        (visit("2020-01-01", at="2026-10-23T11:59:59Z"), "2020-01-01", False),  # asked for every 30 days all the same
    ],
)
def test_a_date_spares_a_request_only_if_it_is_old_and_the_same(
    held: Visit | None, lastmod: str | None, is_spared: bool
) -> None:
    assert spared(held, lastmod, 30, NOW) is is_spared


def test_a_day_means_its_end() -> None:
    assert moment("2026-11-01") == datetime(2026, 11, 2, tzinfo=UTC)
    assert moment("2026-11-01T10:00:00+02:00") == datetime(2026, 11, 1, 8, tzinfo=UTC)


def test_conditions_are_what_the_address_said() -> None:
    assert conditions(None) == {}
    assert conditions(visit(None)) == {}
    both = visit(None, etag='"a"', last_modified="Sun, 01 Nov 2026 00:00:00 GMT")
    assert conditions(both) == {"If-None-Match": '"a"', "If-Modified-Since": "Sun, 01 Nov 2026 00:00:00 GMT"}


def test_dates_of_sitemaps_and_feeds_belong_to_their_own_entry() -> None:
    sitemap = """<urlset><url><loc>http://p.example/1</loc><lastmod>2026-11-01</lastmod></url>
    <url><loc>http://p.example/2</loc></url>
    <url><lastmod> 2026-11-03T01:02:03Z </lastmod><loc>http://p.example/3</loc></url></urlset>"""
    assert entries_in(sitemap) == [
        Entry("http://p.example/1", "2026-11-01"),
        Entry("http://p.example/2", None),
        Entry("http://p.example/3", "2026-11-03T01:02:03Z"),
    ]
    feed = """<feed><link href="http://p.example/feed"/><updated>2026-11-09T00:00:00Z</updated>
    <entry><link href="http://p.example/1"/><updated>2026-11-02T00:00:00Z</updated></entry></feed>"""
    assert entries_in(feed)[1] == Entry("http://p.example/1", "2026-11-02T00:00:00Z")
    rss = "<rss><item><link>http://p.example/1</link><pubDate>Sun, 01 Nov 2026 00:00:00 GMT</pubDate></item></rss>"
    assert entries_in(rss) == [Entry("http://p.example/1", None)]


def test_conditions_stay_with_the_address_they_belong_to() -> None:
    """The one that leads elsewhere is asked with its own, the one it leads to with its own."""
    with serving() as site:
        page = Answer(body=b"<html><body><h1>S</h1><dl><dt>Condition</dt><dd>Fever</dd></dl></body></html>")
        there = site.answers(f"{HERE}2/there/", page)
        here = site.answers(f"{HERE}1/here/", Answer(301, headers={"Location": there}))

        class Visited(Portal):
            def visited(self, url: str) -> Visit | None:
                return visit(None, etag={here: '"here"', there: '"there"'}[url])

        crawled = crawl(Visited, urls=[here])
        (asked,), (led,) = site.asked(f"{HERE}1/here/"), site.asked(f"{HERE}2/there/")
    assert crawled.failures == []
    assert (asked.headers["If-None-Match"], led.headers["If-None-Match"]) == ('"here"', '"there"')


def test_an_address_is_found_again_as_it_was_asked() -> None:
    """Scrapy escapes what is no ASCII; the archive knows the address as it was sent."""
    with serving() as site:
        sent = site.answers(f"{HERE}1/%C3%A9tude/", 304)

        class Visited(Portal):
            def visited(self, url: str) -> Visit | None:
                return visit(None, etag='"a"') if url == sent else None

        start = site.answers(HERE, Answer(body=f'<html><body><a href="{HERE}1/étude/">x</a></body></html>'.encode()))
        crawled = crawl(Visited, urls=[start])
        (asked,) = site.asked(f"{HERE}1/%C3%A9tude/")
    assert asked.headers["If-None-Match"] == '"a"'
    assert [same.source_id for page in crawled.items for same in page.same] == ["portal.example:1"]


def test_not_modified_without_anything_held_is_a_line_and_a_row() -> None:
    with serving() as site:
        crawled = crawl(Portal, urls=[site.answers(f"{HERE}1/x/", 304)])
    assert len(crawled.failures) == 1
    assert [row.reason for page in crawled.items for row in page.unread] == [
        "says that it has not been modified, but nothing of it is held"
    ]


def test_an_address_held_as_something_else_is_asked_for_whole() -> None:
    """What was a trial is a listing now, and the server still says 304 to the old tag."""
    with serving() as site:
        page = site.answers(f"{HERE}1/x/", Answer(body=b"<html><body><h1>S</h1><dl><dt>Condition</dt><dd>Fever</dd>"))
        whole = Answer(body=f'<html><body><a href="{page}">x</a></body></html>'.encode())
        further = site.answers(f"{HERE}?page=2", Answer(304), whole)
        start = site.answers(
            HERE, Answer(body=f'<html><body><a href="{HERE}2/y/">x</a><a rel="next" href="{further}">y</a>'.encode())
        )
        site.answers(f"{HERE}2/y/", Answer(404))

        class Visited(Portal):
            def visited(self, url: str) -> Visit | None:
                return visit(None, etag='"trial"') if url == further else None

        crawled = crawl(Visited, urls=[start])
        first, second = site.asked(f"{HERE}?page=2")
    assert crawled.failures == []
    assert [record.source_id for item in crawled.items for record in item.records] == ["127.0.0.1:1"]
    assert ("If-None-Match" in first.headers, "If-None-Match" in second.headers) == (True, False)


def test_a_page_that_tells_neither_etag_nor_date_is_asked_by_the_servers_own_clock() -> None:
    clock = "Sun, 22 Nov 2026 10:00:00 GMT"
    with serving() as site:
        body = b"<html><body><h1>S</h1><dl><dt>Condition</dt><dd>Fever</dd></dl></body></html>"
        plain = site.answers(f"{HERE}1/x/", Answer(body=body, headers={"Date": clock}))
        tagged = site.answers(f"{HERE}2/x/", Answer(body=body, headers={"Date": clock, "ETag": '"a"'}))
        visits = [one for page in crawl(Portal, urls=[plain, tagged]).items for one in page.visits]
    assert sorted((one.source_id or "", one.etag, one.last_modified) for one in visits) == [
        ("127.0.0.1:1", None, clock), ("127.0.0.1:2", '"a"', None),
    ]  # fmt: skip
