"""The portal's replica: pages of a recruitment portal with all their traps, over real HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup

from replica import PortalServer, World, portal_replica
from replica.contradictions import DIFFERENCES, OTHER_CONDITION, OTHER_TITLE, STATUSES
from replica.listings import long_date, respelled, split_criteria
from replica.plan import nct_id
from tests.replica.asking import Got, ask

LISTINGS = "/clinical-trials/listings/"
NAMES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}


@pytest.fixture(scope="module")
def portal() -> Iterator[PortalServer]:
    with portal_replica(World(size=200), listings=48) as server:
        yield server


@pytest.fixture(scope="module")
def pages(portal: PortalServer) -> list[BeautifulSoup]:
    return [BeautifulSoup(ask(portal.address(each)).body, "lxml") for each in portal.listings()]


def facts_of(page: BeautifulSoup) -> dict[str, str]:
    """Labels and values, whatever the markup."""
    block = page.select_one(".study-details")
    assert block
    labels = block.select("dt, th, h4")
    return {label.text: (label.find_next_sibling() or label).text for label in labels}


def test_a_listing_names_its_study(portal: PortalServer, pages: list[BeautifulSoup]) -> None:
    for listing, page in zip(portal.listings(), pages, strict=True):
        study = portal.world.study(listing.index)["protocolSection"]
        facts = facts_of(page)
        assert facts["Clinical Study Identifier"] == nct_id(listing.index)
        assert page.h1
        own = OTHER_TITLE if listing.difference == "title" else study["identificationModule"]["briefTitle"]
        assert page.h1.text == own
        named = OTHER_CONDITION if listing.difference == "condition" else study["conditionsModule"]["conditions"][0]
        assert facts["Condition"].startswith(named)


def test_there_are_three_markups(pages: list[BeautifulSoup]) -> None:
    shapes = [(bool(page.select("dl dt")), bool(page.select("table th")), bool(page.select("h4"))) for page in pages]
    assert {(True, False, False), (False, True, False), (False, False, True)} == set(shapes)


def test_tables_glue_labels_and_values(pages: list[BeautifulSoup]) -> None:
    assert any(re.search(r"Clinical Study IdentifierNCT09\d{6}", page.text) for page in pages)


def test_listings_differ_from_the_register_as_told(portal: PortalServer, pages: list[BeautifulSoup]) -> None:
    seen = set()
    for listing, page in zip(portal.listings(), pages, strict=True):
        study, facts = portal.world.study(listing.index)["protocolSection"], facts_of(page)
        sponsor = study["sponsorCollaboratorsModule"]["leadSponsor"]["name"]
        assert (facts["Sponsor"] != sponsor) == (listing.difference in ("sponsor", "spelling"))
        if listing.difference == "status" and "Status" in facts:
            seen.add("status")
            status = study["statusModule"]["overallStatus"]
            if status in STATUSES:
                assert facts["Status"] == ("Completed" if status == "RECRUITING" else "Active - Recruiting")
        posted = study["statusModule"]["lastUpdatePostDateStruct"]["date"]
        assert (portal.facts(listing).updated.isoformat() < posted) == (listing.difference == "older")
        seen.add(listing.difference)
    assert seen == set(DIFFERENCES)


def test_some_pages_say_no_status_and_leave_metrics_empty(pages: list[BeautifulSoup]) -> None:
    said = ["Status" in facts_of(page) for page in pages]
    assert True in said
    assert False in said
    values = [[each.text for each in page.select(".metrics .value")[:2]] for page in pages]
    assert any("" in row for row in values)
    assert any(row[1].isdecimal() for row in values)


def test_both_dates_of_a_page_agree(pages: list[BeautifulSoup]) -> None:
    for page in pages:
        shown = page.select_one("p.updated")
        assert shown
        assert shown.text == f"Updated on {facts_of(page)['Last Modified on']}"


def test_criteria_stand_inside_a_questionnaire(pages: list[BeautifulSoup]) -> None:
    text = pages[1].text
    places = [
        text.index(each) for each in ("Not Sure", "Inclusion Criteria", "Clear my responses", "How to participate?")
    ]
    assert places == sorted(places)
    assert re.search(r"Yes\s+No\s+Not Sure", text)
    assert any(";" in block.text and "\n" in block.text for page in pages for block in page.select("#qualify h3 + p"))


def test_similar_trials_name_other_studies(pages: list[BeautifulSoup]) -> None:
    for page in pages[:-1]:
        own = facts_of(page)["Clinical Study Identifier"]
        others = re.findall(r"NCT\d{8}", page.select_one("#similar").text)  # type: ignore[union-attr]
        assert others
        assert own not in others


def test_boilerplate_and_hidden_widgets_are_there(pages: list[BeautifulSoup]) -> None:
    for page in pages:
        assert page.text.count("Add a private note") == 2
        assert page.select_one("#contact-site-form.hidden")
        assert page.select_one("#site-widget")
        assert set(re.findall(r"[\w.]+@[\w.]+", page.text)) == {"contact@example.org"}


def test_tokens_change_on_every_request_and_nothing_else_does(portal: PortalServer) -> None:
    address = portal.address(portal.listings()[0])
    first, second = ask(address), ask(address)
    for place in (
        r'csrf-token" content="(\w+)"',
        r'script nonce="(\w+)"',
        r'name="csrf" value="(\w+)"',
        r"app\.js\?v=(\w+)",
    ):
        assert re.findall(place, first.text)[0] != re.findall(place, second.text)[0]
    steady = [re.sub(r"[0-9a-f]{6,16}", "", answer.text) for answer in (first, second)]
    assert steady[0] == steady[1]
    assert first.headers["ETag"] == second.headers["ETag"]


def test_unchanged_pages_answer_304(portal: PortalServer) -> None:
    address = portal.address(portal.listings()[2])
    first = ask(address)
    for name, held in (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified")):
        again = ask(address, headers={name: first.headers[held]})
        assert (again.status, again.body) == (304, b"")
    assert (
        ask(address, headers={"If-None-Match": 'W/"other"', "If-Modified-Since": first.headers["Last-Modified"]}).status
        == 200
    )
    assert ask(address, headers={"If-Modified-Since": "nonsense"}).status == 200


@pytest.mark.parametrize("ending", ["", "/", "/another-slug/", "/x/?radius=50&place=Boston"])
def test_the_number_is_the_address(portal: PortalServer, ending: str) -> None:
    listing = portal.listings()[0]
    answer = ask(f"{portal.url}{LISTINGS}{listing.number}{ending}")
    assert answer.status == 200
    assert f'<link rel="canonical" href="{portal.address(listing)}">' in answer.text


@pytest.mark.parametrize("path", ["1/x/", "999999999/", "NCT09000001/", "331007/a/b/"])
def test_unknown_listings_are_404(portal: PortalServer, path: str) -> None:
    assert ask(f"{portal.url}{LISTINGS}{path}").status == 404


def test_robots_name_the_sitemap_and_forbid_a_path(portal: PortalServer) -> None:
    rules = ask(f"{portal.url}/robots.txt").text.splitlines()
    assert f"Sitemap: {portal.url}/sitemap.xml" in rules
    assert "Disallow: /private/" in rules
    assert not any(rule.startswith("Crawl-delay") for rule in rules)
    with portal_replica(listings=1, crawl_delay=2.5) as slow:
        assert "Crawl-delay: 2.5" in ask(f"{slow.url}/robots.txt").text.splitlines()


def locations(answer: Got) -> list[tuple[str, str]]:
    tree = ElementTree.fromstring(answer.body)
    return [(each.findtext("s:loc", "", NAMES), each.findtext("s:lastmod", "", NAMES)) for each in tree]


def test_the_sitemap_leads_to_every_listing(portal: PortalServer) -> None:
    parts = locations(ask(f"{portal.url}/sitemap.xml"))
    assert len(parts) == 2
    found = [each for address, _ in parts for each in locations(ask(address))]
    told = {portal.address(each): portal.facts(each).updated.isoformat() for each in portal.listings()}
    assert told == {address: day for address, day in found if LISTINGS in address}
    others = {address for address, _ in found} - told.keys()
    assert any("/clinicaltrial/" in address for address in others)
    assert ask(f"{portal.url}/sitemap-trials-9.xml").status == 404


def test_the_list_leads_to_every_listing(portal: PortalServer) -> None:
    address, found = f"{portal.url}{LISTINGS}", []
    for _ in range(3):
        page = BeautifulSoup(ask(address).body, "lxml")
        found += [str(link["href"]) for link in page.select("a.search-item--link")]
        following = page.select_one("a[rel=next]")
        if following:
            address = f"{portal.url}{following['href']}"
    assert following is None
    assert [portal.url + each.removesuffix("?radius=50") for each in found] == list(
        map(portal.address, portal.listings())
    )
    assert ask(f"{portal.url}{LISTINGS}", page=4).status == 404


def test_the_feed_holds_the_newest(portal: PortalServer) -> None:
    tree = ElementTree.fromstring(ask(f"{portal.url}/feed.atom").body)
    days = [each.text for each in tree.findall(".//{http://www.w3.org/2005/Atom}updated")]
    assert len(days) == 20
    assert days == sorted(days, key=str, reverse=True)


def test_microsites_are_no_listings(portal: PortalServer) -> None:
    page = ask(f"{portal.url}/clinicaltrial/331007/site/")
    assert page.status == 200
    assert 'id="study_website"' in page.text
    assert "Clinical Study Identifier" not in page.text


def test_listings_follow_the_register() -> None:
    """A changed study changes its listing and the sitemap's date; a vanished one takes its listing with it."""
    world = World(size=60)
    with portal_replica(world, listings=60) as portal:
        before = {each.index: portal.facts(each) for each in portal.listings()}
        etags = {index: ask(f"{portal.url}{LISTINGS}{331_007 + index * 13}/").headers["ETag"] for index in before}
        world.go_to(1)
        kinds = {index: {each.kind for each in world.log(1) if each.nct_id == nct_id(index)} for index in before}
        for index in before:
            answer = ask(f"{portal.url}{LISTINGS}{331_007 + index * 13}/")
            assert answer.status == (404 if "vanished" in kinds[index] else 200)
            if "changed" in kinds[index]:
                assert "Updated on 17 November 2026" in answer.text
                assert answer.headers["ETag"] != etags[index]
            elif not kinds[index]:
                assert answer.headers["ETag"] == etags[index]
        assert any("changed" in kind for kind in kinds.values())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Example Biologics, Inc.", "Example Biologics"),
        ("Oslo University", "OSLO UNIVERSITY"),
        ("University Hospital of Somewhere Far", "The University Hospital of Somewhere Far"),
    ],
)
def test_respelled_names(name: str, expected: str) -> None:
    assert respelled(name) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Inclusion Criteria:\n\n* one \\> 2\n* two\n\nExclusion Criteria:\n\n1. three", ("one > 2\ntwo", "three")),
        ("Key inclusion criteria:\n\n* one", ("one", "")),
        ("* one", ("one", "")),
        ("", ("", "")),
    ],
)
def test_criteria_lose_their_markers(text: str, expected: tuple[str, str]) -> None:
    assert split_criteria(text) == expected


def test_dates_are_written_out() -> None:
    assert long_date(World().data_day) == "16 November 2026"
