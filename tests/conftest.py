"""Fixtures that every test may use, and the one rule about skipping."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

import pytest


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
