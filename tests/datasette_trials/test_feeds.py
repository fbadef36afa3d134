"""What a search gives away: exports with every trial, feeds that a reader understands, examples that work."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import urllib.request
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest

from datasette_trials.export import AT_ONCE, EXPORTED, PIECES, slices
from datasette_trials.feeds import MOST, Entry, atom, entries, in_words, json_feed
from pipelines.folder import DataFolder
from pipelines.line import replay
from pipelines.publish import publish
from pipelines.schema import TABLES
from tests.datasette_trials.searchable import AT, LATER, id_of, library
from tests.datasette_trials.serving import Server, served
from tests.made import rows

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    return library(tmp_path_factory.mktemp("feeds"))


@pytest.fixture(scope="module")
def shop(books: DataFolder) -> Iterator[Server]:
    with served(books) as running:
        yield running


def taken(server: Server, path: str, **arguments: str) -> str:
    status, text = server.get(path, **arguments)
    assert status == 200, text
    return text


# --- feeds ----------------------------------------------------------------------------------------------------------


def change(trial: str = "T1", at: str = AT, kind: str = "changed", **said: str | None) -> dict[str, str | None]:
    return {"trial_id": trial, "seen_at": at, "kind": kind, "field": None, "old": None, "new": None,
            "title": f"Title of {trial}"} | said  # fmt: skip


def test_an_entry_is_what_one_night_said_of_one_trial() -> None:
    told = entries(
        [
            change(at=LATER, field="status", old="Recruiting", new="Completed"),
            change(at=LATER, field="criteria", new="Adults"),
            change(at=LATER, field="locations", old="Site A | Oslo"),
            change(at=AT, kind="new"),
            change("T2", at=LATER, kind="merged", new="T1"),
        ],
        lambda id: f"http://x/{id}",
    )
    by_title = {entry.title: entry for entry in told}
    assert [entry.updated for entry in told] == [LATER, LATER, AT]
    assert by_title["Changed: Title of T1"].lines == (
        "status: Recruiting → Completed", "criteria, added: Adults", "locations, removed: Site A | Oslo",
    )  # fmt: skip
    assert by_title["New: Title of T1"].lines == ()
    assert by_title["Merged into another record: Title of T2"].lines == ("Merged into another record: T1",)
    assert len({entry.id for entry in told}) == 3


def test_an_entry_s_id_depends_on_nothing_but_trial_and_moment() -> None:
    one, other = (entries([change()], lambda id, host=host: f"http://{host}/{id}")[0].id for host in ("a", "b"))
    assert one == other
    assert entries([change(at=LATER)], str)[0].id != one
    assert entries([change(field="status", new="x")], str)[0].id == one


def test_there_are_no_more_entries_than_the_limit_and_no_longer_values() -> None:
    assert len(entries([change(f"T{n}") for n in range(MOST + 5)], str)) == MOST
    told = in_words(change(field="brief_summary", old="word " * 500, new=None))
    assert told
    assert len(told) < 400


def test_a_feed_is_xml_whatever_a_title_holds() -> None:
    bad = Entry(
        "urn:x",
        "http://x/<&\"'>",
        "<script>\x00\x0b\ufffe]]>",
        AT,
        ("\x1b & \ud800".encode("utf-8", "replace").decode(),),
    )
    feed = ElementTree.fromstring(atom("a \x00 b", "http://x/?a=1&b=2", "http://x/", AT, [bad]))
    assert feed.findtext(f"{ATOM}entry/{ATOM}title") == "<script>]]>"
    assert feed.find(f"{ATOM}link[@rel='self']").get("href") == "http://x/?a=1&b=2"  # type: ignore[union-attr]
    assert json.loads(json_feed("t", "h", "p", [bad]))["items"][0]["title"] == "<script>\x00\x0b\ufffe]]>"


def test_an_atom_feed_over_http(shop: Server) -> None:
    text = taken(shop, "/-/find.atom", q="fever")
    feed = ElementTree.fromstring(text)
    found = [(entry.findtext(f"{ATOM}title"), entry.findtext(f"{ATOM}updated")) for entry in feed.iter(f"{ATOM}entry")]
    assert found[0] == ("Changed: Cooling a fever", LATER)
    assert ("New: Toes", AT) in found
    assert feed.findtext(f"{ATOM}updated") == LATER
    for name in ("title", "id", "updated"):
        assert feed.findtext(f"{ATOM}{name}")
        assert all(entry.findtext(f"{ATOM}{name}") for entry in feed.iter(f"{ATOM}entry"))
    content = feed.findtext(f"{ATOM}entry/{ATOM}content") or ""
    assert "status: Recruiting → Completed" in content
    for link in feed.iter(f"{ATOM}link"):
        with urllib.request.urlopen(link.get("href") or "", timeout=30) as there:
            assert there.status == 200
    assert all(datetime.fromisoformat(updated or "").tzinfo for _, updated in found)


def test_a_json_feed_over_http_says_the_same(shop: Server) -> None:
    told = json.loads(taken(shop, "/-/find.json", q="fever"))
    feed = ElementTree.fromstring(taken(shop, "/-/find.atom", q="fever"))
    assert told["version"] == "https://jsonfeed.org/version/1.1"
    assert [item["id"] for item in told["items"]] == [
        entry.findtext(f"{ATOM}id") for entry in feed.iter(f"{ATOM}entry")
    ]
    assert all(item["url"].startswith(f"{shop.url}/trial/") for item in told["items"])
    assert told["feed_url"].endswith("/-/find.json?q=fever")


def test_a_removed_trial_is_news_to_whoever_watches_it(shop: Server) -> None:
    titles = [item["title"] for item in json.loads(taken(shop, "/-/find.json", q="gone"))["items"]]
    assert titles == ["Removed by its source: An asthma trial that is gone"]


def test_an_empty_feed_is_a_feed(shop: Server) -> None:
    feed = ElementTree.fromstring(taken(shop, "/-/find.atom", q="nosuchword"))
    assert feed.findtext(f"{ATOM}updated")
    assert not list(feed.iter(f"{ATOM}entry"))


def test_ids_stay_after_a_rebuild(books: DataFolder, shop: Server, tmp_path: Path) -> None:
    before = [item["id"] for item in json.loads(taken(shop, "/-/find.json"))["items"]]
    assert before
    again = DataFolder(tmp_path / "again")
    again.path.mkdir()
    again.archive.write_bytes(books.archive.read_bytes())
    with again.locked():
        replay(again)
        publish(again)
    with served(again) as other:
        assert [item["id"] for item in json.loads(taken(other, "/-/find.json"))["items"]] == before


# --- export ---------------------------------------------------------------------------------------------------------


def test_every_format_has_every_trial_that_is_found(shop: Server) -> None:
    wanted = {id_of(n) for n in (1, 2, 3)}
    lines = list(csv.DictReader(io.StringIO(taken(shop, "/-/export.csv", q="asthma"))))
    assert {line["id"] for line in lines} == wanted
    assert list(lines[0]) == list(TABLES["trials"].columns)
    assert {row["id"] for row in json.loads(taken(shop, "/-/export.json", q="asthma"))} == wanted
    listed = [json.loads(line) for line in taken(shop, "/-/export.jsonl", q="asthma").splitlines()]
    assert {row["id"] for row in listed} == wanted
    assert set(re.findall(r"^ID  - (\S+)", taken(shop, "/-/export.ris", q="asthma"), re.MULTILINE)) == wanted
    assert set(re.findall(r"^@misc\{(\S+),", taken(shop, "/-/export.bib", q="asthma"), re.MULTILINE)) == wanted


def test_an_export_has_the_order_and_the_filters_of_its_page(shop: Server, books: DataFolder) -> None:
    told = json.loads(taken(shop, "/-/export.json", sort="updated", status="Recruiting"))
    wanted = rows(books.published, "SELECT id FROM trials WHERE removed_at IS NULL AND status = 'Recruiting' "
                  "ORDER BY last_updated DESC")  # fmt: skip
    assert [(row["id"],) for row in told] == wanted
    assert json.loads(taken(shop, "/-/export.json", q="nosuchword")) == []
    assert taken(shop, "/-/export.csv", q="nosuchword") == ""


def test_a_long_export_comes_in_pieces_that_make_one_file() -> None:
    many = [{"id": n, "title": 'a,"b"\n'} for n in range(2 * AT_ONCE + 1)]
    cut = list(slices(list(range(len(many)))))
    assert [len(some) for some in cut] == [AT_ONCE, AT_ONCE, 1]
    pieces = [[many[n] for n in some] for some in cut]

    def whole(format: str) -> str:
        return "".join(PIECES[format](piece, place == 0) for place, piece in enumerate(pieces))

    assert json.loads(f"[{whole('json')}]") == many
    assert [json.loads(line) for line in whole("jsonl").splitlines()] == many
    assert [int(row["id"]) for row in csv.DictReader(io.StringIO(whole("csv"), newline=""))] == list(range(len(many)))


@pytest.mark.parametrize("format", EXPORTED)
def test_headers_say_what_it_is_and_how_many(shop: Server, format: str) -> None:
    with urllib.request.urlopen(f"{shop.url}/-/export.{format}?q=asthma", timeout=30) as answer:
        assert answer.headers["Content-Type"] == EXPORTED[format]
        assert answer.headers["Content-Disposition"] == f'attachment; filename="trials.{format}"'
        assert (answer.headers["X-Trials"], answer.headers["X-Trials-Sent"]) == ("3", "3")


def test_one_trial_s_citation(shop: Server) -> None:
    assert taken(shop, f"/trial/{id_of(1)}.ris").startswith("TY  - WEB")
    assert taken(shop, f"/trial/{id_of(1)}.bib").startswith("@misc{NCT09000001,")
    assert shop.get("/trial/NCT99999999.ris")[0] == 404
    assert shop.get(f"/trial/{id_of(1)}.pdf")[0] == 404


# --- the API page ---------------------------------------------------------------------------------------------------


def test_every_example_of_the_api_page_works_and_shows_something(shop: Server) -> None:
    text = taken(shop, "/-/api")
    links = [html.unescape(link) for link in re.findall(r'<dd><a rel="nofollow" href="([^"]+)"', text)]
    assert len(links) >= 15
    for link in links:
        told = taken(shop, link)
        assert len(told) > 40, link
        if ".json?" in link and "_shape=array" in link:
            assert json.loads(told), link
