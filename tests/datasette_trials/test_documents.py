"""What the documents promise: their SQL runs on a published file, what they link to is there."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from pipelines.folder import DataFolder
from tests.datasette_trials.serving import REPOSITORY

DOCUMENTS = [REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
SQL = re.compile(r"^ *```sql\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\((?!https?://)([^)#]+)")
QUERIES = [(path.name, query) for path in DOCUMENTS for query in SQL.findall(path.read_text(encoding="utf-8"))]


def test_the_readme_shows_sql() -> None:
    assert [name for name, _ in QUERIES].count("README.md") == 2


@pytest.mark.parametrize(("name", "query"), QUERIES)
def test_the_sql_of_the_documents_runs(folder: DataFolder, name: str, query: str) -> None:
    db = sqlite3.connect(f"file:{folder.published}?mode=ro", uri=True)
    db.execute(query).fetchall()
    db.close()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_the_documents_link_to_what_is_there(path: Path) -> None:
    for target in LINK.findall(path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target
