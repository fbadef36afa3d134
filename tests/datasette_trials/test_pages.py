"""Every page over real HTTP: it comes, it says what it should, and Datasette has nothing to complain about."""

from __future__ import annotations

import html
import json
import re
import sqlite3
from pathlib import Path

import pytest

from datasette_trials.site import LISTED
from pipelines.folder import DataFolder
from pipelines.metadata import metadata
from pipelines.schema import TABLES, VIEWS
from tests.datasette_trials.serving import LISTING, SCRIPT, Server, serving

COMPLAINTS = re.compile(r"warning|error|traceback", re.IGNORECASE)


def page(server: Server, path: str, **arguments: str) -> str:
    """A page that must come without a complaint in Datasette's output."""
    before = len(server.said())
    status, text = server.get(path, **arguments)
    assert status == 200, f"{path}: {status}"
    assert not COMPLAINTS.search(server.said()[before:]), server.said()[before:]
    assert "Not medical advice" in text
    assert SCRIPT not in text
    return text


def ids(text: str) -> set[str]:
    """The trials that a list shows."""
    return set(re.findall(r'href="/trial/(NCT\d{8})"', text))


def columns(text: str) -> list[str]:
    return re.findall(r'data-column="(\w+)" data-column-type', text)


def test_home_tells_what_is_in_the_file(server: Server) -> None:
    text = page(server, "/")
    words = " ".join(re.sub(r"<[^>]+>", " ", text).split())
    assert "6 clinical trials in one file" in words, "the removed one is not counted"
    assert "Recruiting 2 " in words
    assert "Not said 2 " in words, "a word that was not understood, and a listing that says none"
    assert "ctgov 5" in words
    assert "portal 1" in words
    assert re.search(r"test finished 20\d\d-\d\d-\d\d \d\d:\d\d UTC : 7 records, 7 new", words)
    assert "Newest update 2026-11-19" in words
    assert "Conditions named most often Synthetic Fever " in words
    assert 'action="/-/find"' in text
    assert 'name="q"' in text


def test_every_link_of_the_home_page_leads_somewhere(server: Server) -> None:
    links = {html.unescape(link) for link in re.findall(r'href="(/[^"]*)"', page(server, "/"))}
    assert len(links) > 20
    for link in links:
        assert server.get(link)[0] == 200, link


def test_the_bars_lead_to_the_trials_they_count(server: Server) -> None:
    bars = re.findall(
        r'<th scope="row"><a href="([^"]+)">([^<]+)</a></th>.*?class="number">(\d+)<', page(server, "/"), re.DOTALL
    )
    assert {name for _, name, _ in bars} == {
        "Phase 2",
        "Recruiting",
        "Completed",
        "Active, not recruiting",
        "Not said",
        "ctgov",
        "portal",
    }
    for link, name, count in bars:
        assert f"<strong>{count} row" in page(server, html.unescape(link)), name


def test_a_condition_of_the_home_page_leads_to_its_trials(server: Server) -> None:
    link = re.search(r'href="([^"]+_through[^"]+)">Narwhal Syndrome', page(server, "/"))
    assert link
    assert ids(page(server, html.unescape(link[1]))) == {"NCT09000003"}
    link = re.search(r'href="([^"]+_through[^"]+)">Synthetic Fever', page(server, "/"))
    assert link
    assert "NCT09000006" not in ids(page(server, html.unescape(link[1]))), "a trial that is gone"


@pytest.mark.parametrize("table", [*TABLES, *VIEWS])
def test_every_table_and_a_row_of_it(server: Server, table: str) -> None:
    text = page(server, f"/trials/{table}")
    assert f"<h1>{metadata()['databases']['trials']['tables'][table]['title']}" in text
    link = re.search(rf'href="(/trials/{table}/[^"]+)"', text)
    if link and table in TABLES:
        assert '<table class="record">' in page(server, link[1])


@pytest.mark.parametrize(
    ("table", "facet"), [(name, facet) for name, table in TABLES.items() for facet in table.facets]
)
def test_every_facet(server: Server, folder: DataFolder, table: str, facet: str) -> None:
    text = page(server, f"/trials/{table}")
    assert f'id="facet-{facet}"' in text
    assert "Took too long" not in text
    db = sqlite3.connect(folder.published)
    values = [str(value) for (value,) in db.execute(f"SELECT DISTINCT {facet} FROM {table} WHERE {facet} IS NOT NULL")]
    db.close()
    for value in values:
        page(server, f"/trials/{table}", **{facet: value})


def test_labels_stand_for_keys(server: Server) -> None:
    assert re.search(r'<a href="/trial/NCT09000001">Quokka tablets', page(server, "/trials/trial_conditions"))
    assert re.search(r'<a href="/trials/conditions/\d+">Narwhal Syndrome</a>', page(server, "/trials/trial_conditions"))


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("NCT09000003", {"NCT09000003"}),
        ("quokka", {"NCT09000001"}),
        ("narwhal syndrome", {"NCT09000003"}),
        ("fever tablet", {"NCT09000001"}),
        ("no such word", set()),
    ],
)
def test_search_finds_by_number_title_and_condition(server: Server, words: str, found: set[str]) -> None:
    assert ids(page(server, "/trials/trials", _search=words)) == found


@pytest.mark.parametrize("mode", ["escaped", "raw"])
@pytest.mark.parametrize(
    "words", ['"', 'a "b', "AND", "NOT", "*", "a NEAR(", "^", "title:", "(", "-", "\x00", "'; drop table trials", ""]
)
def test_a_malformed_search_is_no_server_error(server: Server, words: str, mode: str) -> None:
    assert server.get("/trials/trials", _search=words, _searchmode=mode)[0] in (200, 400)


def test_a_list_shows_few_columns_and_keeps_all_within_reach(server: Server) -> None:
    every = list(TABLES["trials"].columns)
    few = page(server, "/trials/trials")
    assert columns(few) == list(LISTED["trials"])
    assert f"{len(LISTED['trials'])} of {len(every)} columns" in few
    link = re.search(r'href="([^"]+)">show all</a>', few)
    assert link
    assert sorted(columns(page(server, html.unescape(link[1])))) == sorted(every)
    assert columns(page(server, "/trials/trials", _col="why_stopped")) == ["id", "why_stopped"]
    rows = json.loads(server.get("/trials/trials.json", _shape="array")[1])
    assert list(rows[0]) == every, "programs get every column"


@pytest.mark.parametrize("table", LISTED)
def test_listed_columns_exist(table: str) -> None:
    assert set(LISTED[table]) <= set(TABLES[table].columns)


def test_long_texts_are_short_in_lists_and_whole_on_their_page(server: Server) -> None:
    sentence = "A long criterion about one thing."
    many = page(server, "/trials/criteria", trial_id="NCT09000003", _col="text")
    assert 0 < max(cell.count(sentence) for cell in many.split("</td>")) < 10
    row = re.search(r'href="(/trials/criteria/\d+)"', many)
    assert row
    assert page(server, row[1]).count(sentence) == 20


def test_a_trial_links_to_its_page_at_the_source_and_to_its_rows(server: Server) -> None:
    text = page(server, "/trials/trials/NCT09000001")
    assert 'href="https://clinicaltrials.gov/study/NCT09000001">NCT09000001</a>' in text
    assert 'href="/trials/criteria?trial_id=NCT09000001"' in text
    assert "Not said by the source: official_title" in text
    assert "no longer has this record" not in text
    assert "The source no longer has this record (found on 2026-11-20)" in page(server, "/trials/trials/NCT09000006")


def test_an_id_with_any_character_has_its_pages(server: Server, folder: DataFolder) -> None:
    link = re.search(r'href="(/trial/portal[^"]+)"', page(server, "/trials/trials", source="portal"))
    assert link
    row = re.search(r'href="(/trials/trials/portal[^"]+)"', page(server, html.unescape(link[1])))
    assert row
    text = page(server, html.unescape(row[1]))
    assert "A listing without a number" in text
    assert f">{html.escape(LISTING)}</a>" in text
    others = re.findall(r'href="([^"]+\?trial_id=[^"]+)">([^<]+)</a>\s*<span class="count">(\d+)', text)
    assert {"Conditions of each trial", "Changes"} <= {title for _, title, _ in others}
    for address, title, count in others:
        assert f"<strong>{count} row" in page(server, html.unescape(address)), title


def test_sql_answers_with_links_and_pills(server: Server) -> None:
    sql = "select id, status, conditions from trials where id = 'NCT09000003'"
    text = page(server, "/trials", sql=sql)
    assert '<a href="/trial/NCT09000003">NCT09000003</a>' in text
    assert '<span class="pill pill-done">Completed</span>' in text
    assert "<li>Narwhal Syndrome</li>" in text
    status, text = server.get("/trials", sql="select nonsense from nowhere")
    assert status == 400
    assert "no such table" in text


def test_an_unknown_page_says_so_in_our_words(server: Server) -> None:
    for path in ("/trials/nothing", "/trials/trials/NCT00000000", "/nothing"):
        status, text = server.get(path)
        assert status == 404, path
        assert "Not medical advice" in text, path
        assert "<h1>Not in this file</h1>" in text, path


def test_the_band_stands_on_every_page(server: Server, folder: DataFolder) -> None:
    paths = ("/", "/trials", "/trials/trials", "/trials/trials/NCT09000001", "/trials/nothing")
    assert not [path for path in paths if 'class="band"' in server.get(path)[1]]
    command = ("trialdex", "--data", folder.path, "serve", "--port", "0")
    with serving(folder.path / "band.log", *command, TRIALDEX_BAND="Synthetic & made up") as banded:
        for path in paths:
            assert '<p class="band" role="note">Synthetic &amp; made up</p>' in banded.get(path)[1], path


def test_another_database_keeps_datasettes_own_home_page(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE things (id INTEGER PRIMARY KEY, status TEXT)")
    other.execute("INSERT INTO things (status) VALUES ('Recruiting')")
    other.commit()
    other.close()
    with serving(tmp_path / "other.log", "datasette", "serve", tmp_path / "other.db", "--port", "0") as server:
        assert "things" in page(server, "/")
        assert "pill" not in page(server, "/other/things")
        page(server, "/other/things/1")
        page(server, "/other")
