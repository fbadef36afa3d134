"""Fixtures that every test may use, and the one rule about skipping."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser


# A landing must not depend on luck: CI draws the same examples every time, everybody else new ones.
settings.register_profile("repeatable", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("repeatable")


def skip(reason: str) -> NoReturn:
    """Skips with one line; where a run must not skip (TRIALDEX_NO_SKIPS, set by .ci/run) it fails instead."""
    if os.environ.get("TRIALDEX_NO_SKIPS"):
        pytest.fail(f"must not skip here: {reason}", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def records() -> Path:
    """The folder of real records, read in place."""
    folder = os.environ.get("TRIALDEX_RECORDS")
    if not folder:  # a fresh clone elsewhere does not have them; .ci/run sets the variable wherever the folder exists
        pytest.skip("set TRIALDEX_RECORDS to the folder of real records to run this")
    return Path(folder)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium, driven by Playwright; it asks nobody for updates."""
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        skip("page tests need Chromium: apt-get install chromium")
    quiet = "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --no-first-run"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=quiet.split())
        yield browser
        browser.close()
