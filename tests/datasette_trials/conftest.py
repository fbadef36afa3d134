from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from pipelines.folder import DataFolder
from tests.datasette_trials.library import library_folder
from tests.datasette_trials.looking import Window, opened
from tests.datasette_trials.serving import Server, published, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    return published(tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="session")
def server(folder: DataFolder) -> Iterator[Server]:
    """What `trialdex serve` serves of the folder."""
    with served(folder) as running:
        yield running


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    """A published folder whose trials say everything that a page can show."""
    return library_folder(tmp_path_factory.mktemp("library"))


@pytest.fixture(scope="session")
def library_server(library: DataFolder) -> Iterator[Server]:
    """What `trialdex serve` serves of it."""
    with served(library) as running:
        yield running


@pytest.fixture(scope="session")
def windows(browser: Browser) -> Iterator[dict[int, Window]]:
    """A window of each width, in which pages are looked at one after another."""
    with opened(browser) as windows:
        yield windows
