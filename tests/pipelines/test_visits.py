"""What the archive knows of addresses: only what still holds lets a page be asked for what is new."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database

from pipelines.archive import keep, led_to, open_archive, start_run, visit
from pipelines.folder import DataFolder
from pipelines.line import Line
from scraper.items import Absence, Page, RawRecord, Same, Unread, Visit
from tests.made import AT, rows

URL = "https://portal.example/clinical-trials/listings/1/"
ID = "portal.example:1"


def record(body: bytes = b"<h1>one</h1>") -> RawRecord:
    return RawRecord(source="portal", source_id=ID, url=URL, fetched_at=AT, content_type="text/html", body=body)


def seen(url: str = URL, source_id: str | None = ID, body: bytes | None = None) -> Visit:
    return Visit("portal", url, "crawl", AT, etag='"a"', lastmod="2026-11-01", source_id=source_id, body=body)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Database]:
    db = open_archive(tmp_path / "archive.db")
    start_run(db, "crawl", "portal", None, AT)
    yield db
    db.close()


def test_a_page_and_what_is_known_of_its_address_are_kept_together(archive: Database) -> None:
    assert visit(archive, "portal", URL) is None
    keep(archive, Page((record(),), visits=(seen(),)), 1, AT)
    assert visit(archive, "portal", URL) == seen()
    assert led_to(archive, "portal", "crawl") == (URL,)
    assert led_to(archive, "portal", "another") == ()


@pytest.mark.parametrize(
    "later",
    [
        Page(absences=(Absence("portal", ID, AT),)),
        Page(absences=(Absence("portal", ID, AT, "portal.example:2"),)),
        Page((record(b"<h1>another, from a saved file</h1>"),)),
    ],
)
def test_what_no_longer_holds_is_asked_for_whole(archive: Database, later: Page) -> None:
    keep(archive, Page((record(),), visits=(seen(),)), 1, AT)
    keep(archive, later, 1, AT)
    assert visit(archive, "portal", URL) is None
    assert led_to(archive, "portal", "crawl") == ()


def test_same_is_a_sighting_of_what_is_held_and_nothing_where_nothing_is(archive: Database) -> None:
    keep(archive, Page(same=(Same("portal", ID, AT),)), 1, AT)
    keep(archive, Page((record(),), visits=(seen(),)), 1, AT)
    keep(archive, Page(same=(Same("portal", ID, AT),)), 1, AT)
    assert archive.execute("SELECT what, record_id FROM sightings").fetchall() == [("body", 1), ("same", 1)]
    keep(archive, Page(absences=(Absence("portal", ID, AT),)), 1, AT)
    keep(archive, Page(same=(Same("portal", ID, AT),)), 1, AT)
    assert archive.execute("SELECT count(*) FROM sightings").fetchone() == (3,)


def test_a_list_is_kept_as_it_was_served(archive: Database) -> None:
    listed = seen("https://portal.example/sitemap.xml", None, b"<urlset/>" * 100)
    keep(archive, Page(visits=(listed,)), 1, AT)
    assert visit(archive, "portal", listed.url) == listed
    assert led_to(archive, "portal", "crawl") == ()


def test_an_archive_from_before_gets_the_new_tables(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    db = open_archive(path)
    for table in ("addresses", "unread"):
        db.execute(f"DROP TABLE {table}")
    db.close()
    db = open_archive(path)
    assert visit(db, "portal", URL) is None
    db.close()


def test_an_address_that_gave_nothing_is_one_row_however_often_it_is_told(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    for _ in range(2):
        with folder.locked():
            line = Line(folder, command="test", source="portal")
            line.take(Page(unread=(Unread("portal", ID, URL, AT, "answer larger than the limit"),)))
            line.end("failed")
    told = "SELECT run_id, source, source_id, url, seen_at, reason FROM rejects ORDER BY run_id"
    row = ("portal", ID, URL, AT, "answer larger than the limit")
    assert rows(folder, told) == [(1, *row), (2, *row)]
    assert rows(folder, "SELECT DISTINCT rejected FROM runs") == [(0,)]
