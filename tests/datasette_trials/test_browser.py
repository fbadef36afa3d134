"""The pages in Chromium, at a desk's and a phone's width: nothing runs, nothing comes from elsewhere, all can read.

Every page of ours stands in PAGES, with a name for its picture; the pictures are kept in artefacts/pages/.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

import pytest

from tests.datasette_trials.library import CHANGED, GONE, MANY_SITES, OTHER, RICH
from tests.datasette_trials.looking import WIDTHS, Window, faults, watched
from tests.datasette_trials.serving import REPOSITORY, Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

PICTURES = REPOSITORY / "artefacts" / "pages"
SQL = "/trials?" + urlencode({"sql": "select id, title, conditions, lead_sponsor from trials"})
TWO = "/compare?" + urlencode([("id", CHANGED), ("id", OTHER)])
SIX = "/compare?" + urlencode([("id", trial) for trial in (CHANGED, OTHER, GONE, RICH, MANY_SITES, "NCT09000001")])
# Pages of the small file, in which one trial has hostile names.
PAGES = {
    "home": "/",
    "tables": "/trials",
    "trials": "/trials/trials",
    "all-columns": "/trials/trials?_columns=all",
    "search-in-table": "/trials/trials?_search=zebra&status=Recruiting",
    "row-hostile": "/trials/trials/NCT09000002",
    "row-long": "/trials/trials/NCT09000004",
    "criteria": "/trials/criteria",
    "locations": "/trials/locations",
    "texts": "/trials/trial_texts",
    "sponsors": "/trials/sponsors",
    "source-health": "/trials/source_health",
    "ready-query": "/trials/fill_of_a_field?field=enrollment",
    "near": "/-/near",
    "near-found": "/-/near?place=Oslo&km=100&status=any",
    "charts": "/-/charts",
    "ready-form": "/trials/who_could_enter?age=40",
    "sql": SQL,
    "trial-hostile": "/trial/NCT09000002",
    "trial-long": "/trial/NCT09000004",
    "compare-none": "/compare",
    "compare-hostile": "/compare?id=NCT09000002&id=NCT09000003",
}
# Pages of the library, whose trials say everything.
LIBRARY_PAGES = {
    "home-library": "/",
    "trial": f"/trial/{RICH}",
    "trial-sites": f"/trial/{MANY_SITES}",
    "trial-changed": f"/trial/{CHANGED}?reasons=all",
    "trial-removed": f"/trial/{GONE}",
    "trial-listing": "/trial/portal~2Eexample~3A4711",
    "compare": TWO,
    "compare-six": SIX,
}
EVERY = [*((name, False) for name in PAGES), *((name, True) for name in LIBRARY_PAGES)]


def address(name: str, in_library: bool, server: Server, library_server: Server) -> str:
    return library_server.url + LIBRARY_PAGES[name] if in_library else server.url + PAGES[name]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(("name", "in_library"), EVERY, ids=[name for name, _ in EVERY])
def test_pages_are_quiet_safe_fit_and_accessible(
    windows: dict[int, Window], server: Server, library_server: Server, name: str, in_library: bool, width: int
) -> None:
    where = address(name, in_library, server, library_server)
    assert faults(windows[width], where, PICTURES / f"{name}-{width}.png") == {}


def test_a_search_from_the_home_page(browser: Browser, server: Server) -> None:
    page = browser.new_page()
    try:
        page.goto(server.url)
        page.get_by_role("searchbox").fill("narwhal")
        page.get_by_role("button", name="Search").click()
        page.get_by_role("link", name="Study 3 of a synthetic drug").click()
        assert page.url.endswith("/trial/NCT09000003")
        assert page.get_by_role("heading", level=1).inner_text() == "Study 3 of a synthetic drug"
    finally:
        page.close()


def compare_two(page: Page, library_server: Server) -> None:
    """From a trial to one that is similar, to both side by side."""
    page.goto(f"{library_server.url}/trial/{CHANGED}")
    page.get_by_role("link", name="Similar trials").click()
    first = page.locator("#similar li").filter(has_text=OTHER).first
    first.get_by_role("link", name="Compare the two").click()
    assert page.get_by_role("heading", level=1).inner_text() == "2 trials side by side"
    page.wait_for_load_state()  # a heading may stand before the table has come
    assert page.get_by_role("cell", name="eGFR >= 60 mL/min/1.73 m2 strictest").count() == 1


@pytest.mark.parametrize("script", [True, False], ids=["with-script", "without-script"])
@pytest.mark.parametrize("width", WIDTHS)
def test_from_a_trial_to_a_comparison_to_a_file(
    browser: Browser, library_server: Server, width: int, script: bool
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 844}, java_script_enabled=script, accept_downloads=True)
    told, hosts = watched(page)
    try:
        compare_two(page, library_server)
        for kind, beginning in (("CSV", "section,line,verdict"), ("Markdown", "# Comparison of")):
            with page.expect_download() as download:
                page.get_by_role("link", name=kind).click()
            assert download.value.path().read_text(encoding="utf-8").startswith(beginning)
        assert told == []
        assert hosts == {urlsplit(library_server.url).netloc}
    finally:
        page.close()


def test_ticked_trials_are_compared_without_script(browser: Browser, library_server: Server) -> None:
    page = browser.new_page(java_script_enabled=False)
    try:
        page.goto(f"{library_server.url}/trials/trials")
        assert not page.get_by_role("button", name="Compare", exact=True).is_visible()
        for number in ("NCT09000001", "NCT09000002", "NCT09000003"):
            page.get_by_role("checkbox", name=f"Compare: {number}", exact=True).check()
        page.get_by_role("button", name="Compare", exact=True).click()
        assert page.get_by_role("heading", level=1).inner_text() == "3 trials side by side"
    finally:
        page.close()


def tray(page: Page) -> list[str]:
    return page.locator(".tray-list li span").all_inner_texts()


def test_the_tray_keeps_trials_from_page_to_page(browser: Browser, library_server: Server) -> None:
    context: BrowserContext = browser.new_context()
    page = context.new_page()
    try:
        page.goto(f"{library_server.url}/trials/trials?id__in=NCT09000001,NCT09000002")
        page.get_by_role("checkbox", name="Compare: NCT09000001").check()
        page.goto(f"{library_server.url}/trial/{CHANGED}")
        assert tray(page) == ["NCT09000001"]
        page.get_by_role("checkbox", name=f"Put into a comparison: {CHANGED}").check()
        page.goto(library_server.url)
        assert tray(page) == ["NCT09000001", CHANGED]
        page.get_by_role("button", name="Compare", exact=True).click()
        assert page.url.endswith(f"/compare?id=NCT09000001&id={CHANGED}")
        page.get_by_role("button", name="Leave out NCT09000001").click()
        page.reload()
        assert tray(page) == [CHANGED]
    finally:
        context.close()


def test_the_tray_holds_six(browser: Browser, library_server: Server) -> None:
    context = browser.new_context()
    page = context.new_page()
    try:
        page.goto(f"{library_server.url}/trials/trials")
        boxes = page.get_by_role("checkbox", name="Compare: NCT")
        for place in range(6):
            boxes.nth(place).check()
        assert len(tray(page)) == 6
        assert boxes.nth(6).is_disabled()
    finally:
        context.close()


def test_the_keyboard_alone_is_enough(browser: Browser, library_server: Server) -> None:
    """Skip link, search box, a limit's note, an origin, a box, the comparison: with Tab, Enter and Space."""
    page = browser.new_page(viewport={"width": 1280, "height": 844})
    tab = "document.activeElement"
    try:
        page.goto(f"{library_server.url}/trial/{CHANGED}")
        page.keyboard.press("Tab")
        assert page.evaluate(f"{tab}.textContent") == "Skip to the content"
        page.keyboard.press("Enter")
        wanted = {
            "limit": f"{tab}.matches('.limit') && getComputedStyle({tab}.firstElementChild).display === 'block'",
            "origin": f"{tab}.matches('.from > summary')",
            "box": f"{tab}.matches('input[form=compare]')",
            "compare": f"{tab}.textContent === 'Compare the two'",
        }
        reached: list[str] = []
        for _ in range(400):
            page.keyboard.press("Tab")
            for name, there in wanted.items():
                if name not in reached and page.evaluate(there):
                    reached.append(name)
                    assert page.evaluate(f"getComputedStyle({tab}).outlineStyle") != "none", f"{name}: focus unseen"
                    if name == "origin":
                        page.keyboard.press("Enter")
                        assert page.locator(".from[open] .note").first.is_visible()
                    if name == "box":
                        page.keyboard.press("Space")
                        assert tray(page) == [CHANGED]
            if len(reached) == len(wanted):
                break
        assert set(reached) == set(wanted)
        while not page.evaluate(wanted["compare"]):
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url("**/compare?*")
    finally:
        page.close()


def test_a_trial_on_paper(browser: Browser, library_server: Server) -> None:
    """Printed, a page is its text: no navigation, what was folded open, the warning at its foot."""
    page = browser.new_page(viewport={"width": 800, "height": 1100})
    try:
        page.goto(f"{library_server.url}/trial/{MANY_SITES}")
        site = page.locator(".sites li").first
        assert not site.is_visible()
        page.emulate_media(media="print")
        assert site.bounding_box(), "a folded list is printed"
        for gone in ("header.top", ".toc", ".from", ".doings"):
            assert not page.locator(gone).first.is_visible(), gone
        assert page.get_by_text("Not medical advice").is_visible()
    finally:
        page.close()
