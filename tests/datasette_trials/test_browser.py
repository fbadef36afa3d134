"""The pages in Chromium, at a desk's and a phone's width: nothing runs, nothing comes from elsewhere, all can read."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

import pytest

from tests.datasette_trials.serving import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SQL = "/trials?" + urlencode({"sql": "select id, title, conditions, lead_sponsor from trials"})
PAGES = (
    "/",
    "/trials",
    "/trials/trials",
    "/trials/trials?_columns=all",
    "/trials/trials?_search=zebra&status=Recruiting",
    "/trials/trials/NCT09000002",
    "/trials/trials/NCT09000004",
    "/trials/criteria",
    "/trials/locations",
    "/trials/trial_texts",
    "/trials/sponsors",
    "/trials/source_health",
    "/trials/fill_of_a_field?field=enrollment",
    SQL,
)


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("path", PAGES)
def test_pages_are_quiet_safe_and_fit(browser: Browser, server: Server, path: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 844})
    told: list[str] = []
    hosts: set[str] = set()
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    try:
        page.goto(server.url + path, wait_until="load")
        assert told == []
        assert hosts <= {urlsplit(server.url).netloc, ""}, "an empty host is a data: address"
        assert page.evaluate("window.ran") is None, "a name from the data was executed"
        page_width, window = page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert page_width <= window
    finally:
        page.close()


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
@pytest.mark.parametrize("path", ["/", "/trials", "/trials/trials", "/trials/trials?status=Recruiting",
                                  "/trials/trials/NCT09000002", "/trials/criteria", SQL])  # fmt: skip
def test_pages_are_accessible(browser: Browser, server: Server, path: str, width: int, dark: bool) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = browser.new_page(viewport={"width": width, "height": 844})
    page.emulate_media(color_scheme="dark" if dark else "light")
    try:
        page.goto(server.url + path, wait_until="load")
        answer = Axe().run(page).response
        assert answer["passes"], "axe-core did look at the page"
        found = [
            (violation["id"], violation["nodes"][0]["html"][:200])
            for violation in answer["violations"]
            if violation["impact"] in ("serious", "critical")
        ]
        assert found == []
    finally:
        page.close()


def test_a_search_from_the_home_page(browser: Browser, server: Server) -> None:
    page = browser.new_page()
    try:
        page.goto(server.url)
        page.get_by_role("searchbox").fill("narwhal")
        page.get_by_role("button", name="Search").click()
        page.get_by_role("link", name="NCT09000003").click()
        assert page.url.endswith("/trials/trials/NCT09000003")
        assert page.get_by_role("heading", level=1).inner_text() == "Study 3 of a synthetic drug"
    finally:
        page.close()
