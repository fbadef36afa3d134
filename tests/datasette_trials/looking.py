"""What every page must be, looked at in Chromium: quiet, safe, no wider than its window, open to all readers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WIDTHS = [1280, 390]  # of a desk and of a phone, in px


class Window(NamedTuple):
    """A window of one width that goes from page to page (to open one costs more than to load a page), and what was
    heard since it was last cleared: what the console says, and the hosts that were asked."""

    page: Page
    told: list[str]
    hosts: set[str]


def watched(page: Page) -> tuple[list[str], set[str]]:
    """What the console says of a page from now on, and the hosts that it asks."""
    told: list[str] = []
    hosts: set[str] = set()
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    return told, hosts


@contextmanager
def opened(browser: Browser) -> Iterator[dict[int, Window]]:
    """A window of each width."""
    pages = {width: browser.new_page(viewport={"width": width, "height": 844}) for width in WIDTHS}
    yield {width: Window(page, *watched(page)) for width, page in pages.items()}
    for page in pages.values():
        page.close()


def faults(window: Window, address: str, picture: Path | None = None) -> dict[str, Any]:
    """Loads a page once and looks at all of it: what it does by itself and its picture as a reader first sees it, then
    what keeps readers out with everything unfolded, in the dark where the window is narrow. Faults by their kind."""
    page, told, hosts = window
    told.clear()
    hosts.clear()
    page.emulate_media(color_scheme="light")
    answer = page.goto(address, wait_until="load")
    wide, narrow = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    if picture:
        picture.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=picture)
    found = {
        "the answer is": answer.status if answer and answer.status != 200 else None,
        "the console says": list(told),
        "other hosts are asked": hosts - {urlsplit(address).netloc, ""},  # an empty host is a data: address
        "a text of the data was executed": page.evaluate("window.ran") is not None,
        "wider than the window, in px": max(0, wide - narrow),
    }
    if narrow < WIDTHS[0] / 2:
        page.emulate_media(color_scheme="dark")
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    found["axe-core finds"] = barriers(page)
    return {kind: what for kind, what in found.items() if what}


def barriers(page: Page) -> list[tuple[str, str]]:
    """The serious findings of axe-core: which rule, and the first place that breaks it."""
    from axe_playwright_python.sync_playwright import Axe

    answer = Axe().run(page).response
    assert answer["passes"], "axe-core did not look at the page"
    return [
        (violation["id"], violation["nodes"][0]["html"][:200])
        for violation in answer["violations"]
        if violation["impact"] in ("serious", "critical")
    ]
