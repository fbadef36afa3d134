"""The portal source's crawl, over loopback HTTP with the project's own settings."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from scraper.items import Absence, Page
from scraper.profiles import canonical
from scraper.spiders.portal import Portal
from tests.scraper.crawling import Crawled, crawl
from tests.scraper.faulty import Answer, Faulty, serving

HERE = "/clinical-trials/listings/"
XML = {"Content-Type": "application/xml"}


@pytest.fixture
def site() -> Iterator[Faulty]:
    with serving() as server:
        yield server


def trial(server: Faulty, number: int, path: str = "") -> str:
    """Serves a trial's page; its address."""
    page = f"<html><body><h1>Study {number}</h1><dl><dt>Condition</dt><dd>Fever</dd></dl></body></html>"
    return server.answers(path or f"{HERE}{number}/study/", Answer(body=page.encode()))


def links(*addresses: str) -> Answer:
    return Answer(body=("<html><body><nav>" + "".join(f'<a href="{a}">x</a>' for a in addresses) + "</nav>").encode())


def sitemap(*addresses: str, root: str = "urlset") -> bytes:
    return f'<?xml version="1.0"?><{root}>{"".join(f"<u><loc>{a}</loc></u>" for a in addresses)}</{root}>'.encode()


def ids(crawled: Crawled) -> list[str]:
    """The numbers of the pages that were kept."""
    return sorted(record.source_id.partition(":")[2] for page in crawled.items for record in page.records)


def run(*urls: str, limit: int | None = None, spider: type[Portal] = Portal, **settings: Any) -> Crawled:
    crawled = crawl(spider, urls=list(urls), limit=limit, settings=settings)
    assert "Traceback" not in crawled.log
    assert all(isinstance(item, Page) for item in crawled.items)
    crawled.items = [item for item in crawled.items if item.records or item.absences or item.unread or item.same]
    return crawled


def test_one_page_is_one_item_as_served_with_its_place(site: Faulty) -> None:
    url = trial(site, 7) + "?radius=50"
    site.answers(f"{HERE}7/study/?radius=50", Answer(body=b"<html>x</html>", headers={"ETag": '"a"'}))
    crawled = run(url)
    (page,) = crawled.items
    (record,) = page.records
    assert (record.source, record.source_id, record.url) == ("portal", "127.0.0.1:7", url)
    assert (record.body, record.etag, record.content_type) == (b"<html>x</html>", '"a"', "text/html")
    assert (page.position.source, page.position.place) == ("portal", canonical(url))
    assert (crawled.failures, crawled.refusals) == ([], [])


def test_a_listing_is_followed_through_its_pages_and_nothing_else(site: Faulty) -> None:
    elsewhere = ("http://127.0.0.2/clinical-trials/listings/9/", "mailto:contact@example.org", "http://[bad")
    others = (f"{HERE}1/study/?radius=9", f"{HERE}?page=2", "/about", "/clinicaltrial/1/site/")
    first = site.answers(HERE, links(trial(site, 1), *others, *elsewhere))
    site.answers(f"{HERE}?page=2", links(trial(site, 2), trial(site, 1), f"{HERE}?page=1", f"{HERE}?page=3"))
    site.answers(f"{HERE}?page=1", links(trial(site, 1)))
    site.answers(f"{HERE}?page=3", links(trial(site, 3), "/calendar?page=4"))
    crawled = run(first)
    assert ids(crawled) == ["1", "2", "3"]
    assert crawled.failures == []
    asked = Counter(seen.path for seen in site.asked())
    assert set(asked.values()) == {1}
    assert not {path for path in asked if "about" in path or "clinicaltrial/" in path or "calendar" in path}


def test_a_calendar_without_end_is_left_when_it_brings_nothing_new(site: Faulty) -> None:
    first = site.answers(HERE, links(trial(site, 1), f"{HERE}?page=2"))
    for number in range(2, 40):
        site.answers(f"{HERE}?page={number}", links(f"{HERE}1/study/", f"{HERE}?page={number + 1}"))
    crawled = run(first)
    assert ids(crawled) == ["1"]
    assert len(site.asked()) == 3


def test_a_listing_without_end_stops_at_the_bound_and_says_so(site: Faulty) -> None:
    first = site.answers(HERE, links(trial(site, 1), f"{HERE}?page=2"))
    for number in range(2, 12):
        site.answers(f"{HERE}?page={number}", links(trial(site, number), f"{HERE}?page={number + 1}"))
    crawled = run(first, TRIALDEX_LISTING_PAGES=4)
    assert ids(crawled) == ["1", "2", "3", "4", "5"]
    assert len(crawled.failures) == 1
    assert "stopped after 4 listing pages" in crawled.failures[0]


@pytest.mark.parametrize("packed", [False, True])
def test_a_sitemap_index_packed_or_not(site: Faulty, packed: bool) -> None:
    part = sitemap(
        trial(site, 1), trial(site, 2), site.url("/about"), "http://elsewhere.example/clinical-trials/listings/4/"
    )
    name = "/part.xml.gz" if packed else "/part.xml"
    headers = {"Content-Type": "application/gzip"} if packed else XML
    inner = site.answers(name, Answer(body=gzip.compress(part) if packed else part, headers=headers))
    index = site.answers(
        "/map.xml", Answer(body=sitemap(inner, site.url("/map.xml"), root="sitemapindex"), headers=XML)
    )
    crawled = run(index)
    assert ids(crawled) == ["1", "2"]
    assert crawled.failures == []
    assert set(Counter(seen.path for seen in site.asked()).values()) == {1}


def test_a_feed(site: Faulty) -> None:
    body = f'<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="{trial(site, 1)}"/></entry></feed>'
    assert ids(run(site.answers("/feed", Answer(body=body.encode(), headers=XML)))) == ["1"]


def test_a_host_is_searched_in_its_robots_txt_first(site: Faulty) -> None:
    named = site.answers("/named.xml", Answer(body=sitemap(trial(site, 1)), headers=XML))
    site.answers(
        "/robots.txt",
        Answer(body=f"User-agent: *\nSitemap: {named}\n".encode(), headers={"Content-Type": "text/plain"}),
    )
    assert ids(run(site.url("/"))) == ["1"]
    assert not site.asked("/sitemap.xml")


def test_then_in_its_sitemap(site: Faulty) -> None:
    site.answers("/sitemap.xml", Answer(body=sitemap(trial(site, 1)), headers=XML))
    crawled = run(site.url(""))
    assert (ids(crawled), crawled.failures) == (["1"], [])


def test_then_on_its_front_page(site: Faulty) -> None:
    site.answers("/sitemap.xml", Answer(body=sitemap(site.url("/about")), headers=XML))
    site.answers("/", links(HERE, "/about"))
    site.answers(HERE, links(trial(site, 1)))
    crawled = run(site.url("/"))
    assert (ids(crawled), crawled.failures) == (["1"], [])


def test_a_host_without_trials_is_one_clear_line(site: Faulty) -> None:
    site.answers("/", links("/about"))
    (line,) = run(site.url("/")).failures
    assert "no sitemap and no links to trials" in line


def test_a_page_that_is_gone(site: Faulty) -> None:
    first = site.answers(HERE, links(f"{HERE}8/gone/", f"{HERE}9/gone/"))
    site.answers(f"{HERE}8/gone/", 410)
    crawled = run(first, site.url(f"{HERE}7/gone/"))
    absences = sorted(absence for page in crawled.items for absence in page.absences)
    assert [one._replace(at="") for one in absences] == [Absence("portal", f"127.0.0.1:{n}", "") for n in (7, 8, 9)]
    assert all(page.position for page in crawled.items)
    assert crawled.failures == [f"{site.url(f'{HERE}7/gone/')}: the portal has no such page (404)"]


def test_a_page_that_has_moved_to_another_number(site: Faulty) -> None:
    site.answers(f"{HERE}1/old/", Answer(301, headers={"Location": trial(site, 2)}))
    (page,) = run(site.url(f"{HERE}1/old/")).items
    assert page.records[0].source_id == "127.0.0.1:2"
    assert page.absences[0][1::2] == ("127.0.0.1:1", "127.0.0.1:2")
    assert page.position.place == canonical(site.url(f"{HERE}1/"))


def test_a_killed_crawl_goes_on_where_it_was(site: Faulty) -> None:
    first = site.answers(HERE, links(*(trial(site, number) for number in (1, 2, 3))))
    before = run(first)

    class Resumed(Portal):
        def places(self, crawl: str) -> tuple[str, ...]:
            return tuple(p.position.place for p in before.items[:2]) if crawl == before.items[0].position.crawl else ()

    site.seen.clear()
    after = run(first, spider=Resumed)
    assert [page.position for page in after.items] == [before.items[2].position]
    assert len(site.asked()) == 2


def test_a_limit(site: Faulty) -> None:
    first = site.answers(HERE, links(*(trial(site, number) for number in range(1, 6)), f"{HERE}?page=2"))
    assert len(ids(run(first, limit=2))) == 2
    assert len(site.asked()) == 3


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(body=b""), "the answer is empty"),
        (Answer(body=b"%PDF-1.4", headers={"Content-Type": "application/pdf"}), "not a web page (application/pdf)"),
        (Answer(body=b"<p>\0\1\2", headers={"Content-Type": "text/html"}), "not a web page (text/html)"),
        (
            Answer(body=b"<html><body><h1>About</h1></body></html>"),
            "no known label with a value, and no links to trials",
        ),
        (Answer(body=b"<urlset></urlset>", headers=XML), "names no trial page"),
        (Answer(500), "500"),
        (Answer(body=b"x" * 3000), "larger than the limit"),
    ],
)
def test_a_given_address_that_cannot_be_read_is_one_clear_line(site: Faulty, answer: Answer, said: str) -> None:
    crawled = run(site.answers("/given", answer), DOWNLOAD_MAXSIZE=2000)
    assert len(crawled.failures) == 1
    assert site.url("/given") in crawled.failures[0]
    assert said in crawled.failures[0]
    assert crawled.refusals == []


def test_a_trial_page_that_is_none_is_kept_to_be_rejected(site: Faulty) -> None:
    site.answers(f"{HERE}1/x/", Answer(body=b"%PDF-1.4", headers={"Content-Type": "application/pdf"}))
    crawled = run(site.answers(HERE, links(f"{HERE}1/x/")))
    assert (ids(crawled), crawled.failures) == (["1"], [])


def test_refusals_are_told_apart(site: Faulty) -> None:
    site.answers(
        "/robots.txt", Answer(body=b"User-agent: *\nDisallow: /private/", headers={"Content-Type": "text/plain"})
    )
    crawled = run(site.url("/private/page"), site.answers("/shut", Answer(403)))
    assert len(crawled.refusals) == 2
    assert "robots.txt" in "".join(crawled.refusals)
    assert "403" in "".join(crawled.refusals)
    assert crawled.failures == []
    assert [row.reason for page in crawled.items for row in page.unread] == ["robots.txt forbids it"]


def test_a_host_that_is_not_there_is_one_clear_line() -> None:
    crawled = run("http://127.0.0.1:9/clinical-trials/listings/1/", TRIALDEX_FIRST_ANSWER=1)
    assert len(crawled.failures) == 1
    assert "127.0.0.1:9" in crawled.failures[0]


def test_a_redirect_to_another_host_is_not_followed(site: Faulty) -> None:
    with serving() as other:
        target = trial(other, 1)
        crawled = run(site.answers(f"{HERE}1/x/", Answer(302, headers={"Location": target})))
        assert (ids(crawled), len(crawled.failures), other.seen) == ([], 1, [])


@pytest.mark.parametrize("path", [f"{HERE}", "/some/list/"])
def test_a_listing_whose_cards_have_labels_is_no_trial(site: Faulty, path: str) -> None:
    cards = "".join(f'<a href="{trial(site, n)}">{n}</a><p>Condition: Fever</p>' for n in range(1, 13))
    first = site.answers(path, Answer(body=f"<html><body><h1>Trials</h1>{cards}</body></html>".encode()))
    assert len(ids(run(first))) == 12


def test_a_microsite_is_not_asked_for(site: Faulty) -> None:
    (line,) = run(site.url("/clinicaltrial/5/study/")).failures
    assert "not a listing" in line
    assert site.seen == []


@pytest.mark.parametrize("urls", ["", "not an address", "ftp://p.example/", ["https://p.example/", "/x"]])
def test_wrong_addresses_are_told_before_any_request(urls: Any) -> None:
    with pytest.raises(ValueError, match=r"no address|not a web address"):
        Portal(urls=urls)


def test_addresses_as_scrapy_gives_them() -> None:
    spider = Portal(urls="https://a.example/x?y=1,2,https://b.example/", limit="5")
    assert spider.urls == ["https://a.example/x?y=1,2", "https://b.example/"]
    assert spider.limit == 5


def test_the_replica_is_read_whole() -> None:
    replica = pytest.importorskip("replica")
    with replica.portal_replica(listings=30) as portal:
        crawled = run(f"{portal.url}/")
        told = [Portal.read(record) for page in crawled.items for record in page.records]
        facts = {f"127.0.0.1:{one.number}": portal.facts(one) for one in portal.listings()}
    assert (crawled.failures, crawled.refusals) == ([], [])
    assert sorted(trial.id for trial in told) == sorted(facts)
    for trial in told:
        said = facts[trial.id]
        assert (trial.title, trial.brief_summary, trial.last_updated) == (
            said.title,
            said.summary,
            said.updated.isoformat(),
        )
        assert (trial.detailed_description or "") == said.description
        assert (trial.sponsors[0].name, trial.problems) == (said.sponsor, ())
