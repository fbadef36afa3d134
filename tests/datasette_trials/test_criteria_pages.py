"""Criteria and their limits in Datasette: searched, narrowed, nested, and each with its trial."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from datasette.app import Datasette

from pipelines.folder import DataFolder
from pipelines.metadata import metadata
from pipelines.publish import publish
from tests.made import run, study

NESTED = """Inclusion Criteria:

* Age 18 to 75 years
* One of the following diseases:
    * Narwhal syndrome
    * Quokka fever

Exclusion Criteria:

* Narwhals at home
* eGFR < 30 mL/min/1.73 m2"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = DataFolder(tmp_path_factory.mktemp("criteria"))
    run(folder, [study(1, title="A study of tusks", criteria=NESTED), study(2)])
    with folder.locked():
        return publish(folder)


def page(file: Path, address: str) -> str:
    """The text of one page, asked of Datasette with our metadata."""
    datasette = Datasette([str(file)], metadata=metadata())
    with ThreadPoolExecutor(1) as thread:  # a loop of its own: the browser tests have one on this thread
        answer = thread.submit(lambda: asyncio.run(datasette.client.get(address))).result()
    assert answer.status_code == 200, address
    return str(answer.text)


def test_criteria_are_searched_by_kind(file: Path) -> None:
    both = page(file, "/trials/criteria?_search=narwhals")
    assert "Narwhal syndrome" in both
    assert "Narwhals at home" in both
    one = page(file, "/trials/criteria?_search=narwhals&kind=exclusion")
    assert "Narwhal syndrome" not in one
    assert "Narwhals at home" in one


def test_nested_criteria_are_set_in(file: Path) -> None:
    text = page(file, "/trials/criteria?trial_id=NCT09000001")
    assert "\u2003– Quokka fever" in text
    assert "– One of the following" not in text
    assert "A study of tusks" in text, "the trial is named by its title"


def test_limits_are_narrowed_and_name_their_criterion(file: Path) -> None:
    every = page(file, "/trials/thresholds")
    for facet in ("variable", "kind", "canonical_unit"):
        assert f'data-column="{facet}"' in every
    assert "mL/min/1.73m2" in every
    one = page(file, "/trials/thresholds?variable=egfr")
    assert "eGFR &lt; 30 mL/min/1.73 m2" in one
    assert "Age 18 to 75" not in one
    assert "A study of tusks" in one
