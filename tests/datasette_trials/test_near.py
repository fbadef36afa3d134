"""Trials near a place: what is asked, which place is meant, and which trials are found."""

from __future__ import annotations

import json
import random
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest

from datasette_trials import near
from datasette_trials.maps import km
from datasette_trials.near import places_named
from datasette_trials.near_asked import LARGEST_KM, MOST, PAGE, Asked, asked, coordinates, fts
from datasette_trials.near_page import answer, link, recruits
from pipelines.folder import DataFolder
from pipelines.places import make_places, search_places
from pipelines.publish import publish
from pipelines.sites import read_sites
from tests.datasette_trials.serving import SCRIPT, Server, served
from tests.made import gone, rows, run, study

if TYPE_CHECKING:
    from playwright.sync_api import Browser

BIRMINGHAM_US = (33.52066, -86.80249)
BIRMINGHAM_UK = (52.48142, -1.89983)
OSLO, BERGEN, MOSS = (59.91273, 10.74609), (60.39299, 5.32415), (59.43403, 10.65771)
HOSTILE_PLACES = (
    SCRIPT, '"', "'; DROP TABLE places; --", "NEAR(", "city:", "* OR *", "%", "\x00", "\ud7ff", "a" * 5000, "🏥",
    "\u202eolso", "-", "()", "{{ 7 * 7 }}", "../../etc/passwd", "1e999, 2", "nan, inf", "٣٫٥, ٧", "91, 0", "0, 181",
    "  ", "AND OR NOT",
)  # fmt: skip


def at(city: str, country: str, place: tuple[float, float] | None, **more: Any) -> dict[str, Any]:
    """A site as the register writes it."""
    point = {"geoPoint": {"lat": place[0], "lon": place[1]}} if place else {}
    return {"facility": f"Hospital of {city}", "city": city, "country": country, **point, **more}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    oslo, moss = at("Oslo", "Norway", OSLO), at("Moss", "Norway", MOSS)
    data = DataFolder(tmp_path_factory.mktemp("near"))
    run(
        data,
        [
            study(1, sites=[oslo], title="First"),
            study(2, sites=[moss, oslo], title="Second", conditions=["Gout"]),
            study(3, sites=[at("Oslo", "Norway", OSLO, status="COMPLETED")], title="Closed in Oslo"),
            study(4, sites=[oslo], status="COMPLETED", title="Over"),
            study(5, sites=[at("Bergen", "Norway", BERGEN)], title="Far"),
            study(6, sites=[oslo], title="Gone"),
            study(7, sites=[at("Oslo", "Norway", None)], title="Without coordinates"),
            study(8, sites=[at("Birmingham", "United States", BIRMINGHAM_US, state="Alabama")]),
            study(9, sites=[at("Birmingham", "United Kingdom", BIRMINGHAM_UK)]),
            study(10, sites=[at("Zürich", "Switzerland", (47.36667, 8.55))]),
            study(11, sites=[at(SCRIPT, "Norway", (70.0, 20.0))], title=f"Hostile {SCRIPT}"),
            study(12, sites=[moss], status="NOT_YET_RECRUITING"),
            study(13, sites=[at("Taveuni", "Fiji", (-16.8, -179.97))]),
        ],
        gone(6),
    )
    with data.locked():
        publish(data)
    return data


@pytest.fixture
def db(folder: DataFolder) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(f"file:{folder.published}?mode=ro", uri=True)
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def near_server(folder: DataFolder) -> Iterator[Server]:
    with served(folder) as running:
        yield running


def titles(db: sqlite3.Connection, **said: str) -> list[str]:
    return [trial["title"] for trial in answer(db, asked(said)).trials]


# --- what is asked --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "at", "wrong"),
    [
        ("59.91, 10.75", (59.91, 10.75), False),
        ("-33.9 18.4", (-33.9, 18.4), False),
        ("33.9 S, 18.4 W", (-33.9, -18.4), False),
        ("59.91°N;10.75°E", (59.91, 10.75), False),
        ("91, 0", None, True),
        ("0, -180.5", None, True),
        ("Oslo", None, False),
        ("12", None, False),
        ("1.2.3, 4", None, False),
    ],
)
def test_coordinates(text: str, at: tuple[float, float] | None, wrong: bool) -> None:
    found, words = coordinates(text)
    assert found == at
    assert bool(words) is wrong


@pytest.mark.parametrize(
    ("km_text", "radius", "noted"),
    [("", 50, False), ("25", 25, False), ("2,5", 2.5, False), ("100 km", 100, False), ("0", 1, True), ("-4", 1, True),
     ("1e9", 50, True), ("99999", LARGEST_KM, True), ("nan", 50, True), ("far", 50, True)],
)  # fmt: skip
def test_the_radius_is_put_right_and_said(km_text: str, radius: float, noted: bool) -> None:
    wanted = asked({"place": "Oslo", "km": km_text})
    assert wanted.radius == radius
    assert bool(wanted.notes) is noted


def test_what_nobody_asks_falls_back() -> None:
    wanted = asked({"status": "'; --", "page": "-7", "words": "a\x00b" + "c" * 999})
    assert (wanted.status, wanted.page, len(wanted.words)) == ("open", 1, 200)
    assert asked({"page": "999999"}).page == MOST // PAGE


def test_words_are_taken_literally() -> None:
    assert fts('a" OR b*') == '"a""" "OR" "b*"'
    assert fts(' , -- "" ') == ""
    assert fts("new york", "*") == '"new" "york"*'


# --- which place ----------------------------------------------------------------------------------------------------


def test_a_name_of_several_places_is_asked_about(db: sqlite3.Connection) -> None:
    told = answer(db, asked({"place": "birmingham"}))
    assert told.centre is None
    assert told.found is None
    assert {place.label for place in told.offered} == {
        "Birmingham, Alabama, United States", "Birmingham, United Kingdom",
    }  # fmt: skip
    for place in told.offered:
        chosen = answer(db, asked({"place": place.label}))
        assert chosen.label == place.label
        assert len(chosen.trials) == 1


@pytest.mark.parametrize(
    "text", ["zurich", "ZÜRICH", "Zu\u0308rich", "zür", "Zurich, Switzerland", "switzerland zurich"]
)
def test_names_are_found_without_accents_case_or_their_end(db: sqlite3.Connection, text: str) -> None:
    assert answer(db, asked({"place": text})).label == "Zürich, Switzerland"


def test_a_place_that_is_not_there(db: sqlite3.Connection) -> None:
    told = answer(db, asked({"place": "Atlantis"}))
    assert (told.centre, told.offered) == (None, [])


def test_without_a_question_the_largest_places_are_offered(db: sqlite3.Connection) -> None:
    told = answer(db, asked({}))
    assert told.offered[0].label == "Oslo, Norway"
    assert told.without_coordinates == 1


@pytest.mark.parametrize("text", HOSTILE_PLACES, ids=range(len(HOSTILE_PLACES)))
def test_hostile_names_are_answered(db: sqlite3.Connection, text: str) -> None:
    for argument in ("place", "words", "km", "page", "status"):
        answer(db, asked({"place": "Oslo", argument: text}))
    places_named(db, text)


# --- which trials ---------------------------------------------------------------------------------------------------


def test_only_what_recruits_there_nearest_first(db: sqlite3.Connection) -> None:
    assert titles(db, place="Oslo, Norway") == ["Second", "First"], "newest first at one distance; each trial once"
    assert titles(db, place="Oslo, Norway", status="soon", km="100") == [
        "Closed in Oslo", "Second", "First", "Study 12 of a synthetic drug",
    ]  # fmt: skip
    assert titles(db, place="Oslo, Norway", status="any", km="10") == ["Over", "Closed in Oslo", "Second", "First"]


def test_a_trial_stands_at_its_nearest_site(db: sqlite3.Connection) -> None:
    (trial,) = answer(db, asked({"place": "59.43, 10.66", "km": "5"})).trials
    assert trial["title"] == "Second"
    assert trial["km"] == pytest.approx(km(59.43, 10.66, *MOSS), abs=0.15)
    assert [site["city"] for site in trial["sites"]] == ["Moss"]


def test_words_narrow(db: sqlite3.Connection) -> None:
    assert titles(db, place="Oslo, Norway", words="gout") == ["Second"]
    assert titles(db, place="Oslo, Norway", words="-") == []


@pytest.mark.parametrize("words", ["gout", "synthetic", "study 5", "nobody's"])
@pytest.mark.parametrize("rarer", [0, 1_000_000])
def test_rare_and_common_words_find_the_same(
    db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch, words: str, rarer: int
) -> None:
    plain = answer(db, asked({"place": "59.5, 10.5", "km": "900", "status": "any", "words": words}))
    monkeypatch.setattr(near, "RARER", rarer)
    told = answer(db, asked({"place": "59.5, 10.5", "km": "900", "status": "any", "words": words}))
    assert told == plain


def test_the_date_line_is_no_border(db: sqlite3.Connection) -> None:
    (trial,) = answer(db, asked({"place": "-16.8, 179.97", "km": "20"})).trials
    assert trial["km"] == pytest.approx(6.4, abs=0.2)


def test_it_finds_what_measuring_every_site_finds(folder: DataFolder, db: sqlite3.Connection) -> None:
    chance = random.Random(1)
    sites = rows(
        folder.published,
        "SELECT DISTINCT trials.id, latitude, longitude FROM locations JOIN trials ON trials.id = trial_id "
        "WHERE removed_at IS NULL AND latitude IS NOT NULL",
    )
    for _ in range(200):
        centre = (round(chance.uniform(40, 75), 3), round(chance.uniform(-10, 30), 3))
        radius = chance.choice((30, 200, 900))
        nearest: dict[str, float] = {}
        for trial, *place in sites:
            nearest[trial] = min(nearest.get(trial, 1e9), km(*centre, *place))
        expected = {trial for trial, distance in nearest.items() if distance <= radius}
        told = answer(db, asked({"place": f"{centre[0]}, {centre[1]}", "km": str(radius), "status": "any"}))
        assert told.found
        assert {one.trial_id for one in told.found.trials} == expected
        assert [one.km for one in told.found.trials] == sorted(one.km for one in told.found.trials)


def test_pages_and_the_bound_on_counting(folder: DataFolder, tmp_path: Path) -> None:
    """Ten times as many trials in one place as are counted."""
    file = tmp_path / "many.db"
    file.write_bytes(folder.published.read_bytes())
    db = sqlite3.connect(file)
    ids = [(f"NCT08{number:06}",) for number in range(10 * MOST)]
    db.executemany("INSERT INTO trials (id, source, status) VALUES (?, 'ctgov', 'Recruiting')", ids)
    db.executemany("INSERT INTO locations (trial_id, city, country, latitude, longitude) "
                   f"VALUES (?, 'Oslo', 'Norway', {OSLO[0]}, {OSLO[1]})", ids)  # fmt: skip
    make_places(db, read_sites(db))
    search_places(db)
    db.commit()
    first = answer(db, asked({"place": "Oslo, Norway"}))
    second = answer(db, asked({"place": "Oslo, Norway", "page": "2"}))
    db.close()
    assert first.found
    assert (len(first.found.trials), first.found.more) == (MOST, True)
    assert len(first.trials) == len(second.trials) == PAGE
    assert not {trial["id"] for trial in first.trials} & {trial["id"] for trial in second.trials}


def test_making_places_twice_says_the_same_and_removed_trials_are_nowhere(folder: DataFolder, tmp_path: Path) -> None:
    file = tmp_path / "twice.db"
    file.write_bytes(folder.published.read_bytes())
    before = rows(file, "SELECT * FROM trial_places ORDER BY 1, 2")
    db = sqlite3.connect(file)
    make_places(db, read_sites(db))
    search_places(db)
    db.commit()
    db.close()
    assert rows(file, "SELECT * FROM trial_places ORDER BY 1, 2") == before
    assert "NCT09000006" not in {row[1] for row in before}
    assert "NCT09000007" not in {row[1] for row in before}, "without coordinates it is at no place"


# --- the page -------------------------------------------------------------------------------------------------------


def test_the_page_says_what_it_found(near_server: Server) -> None:
    status, text = near_server.get("/-/near", place="Oslo, Norway")
    assert status == 200
    assert "<strong>2 trials</strong>" in text
    assert re.findall(r'href="/trial/(\w+)"', text) == ["NCT09000002", "NCT09000001"]
    assert 'aria-label="Map of 2 sites' in text


def test_the_page_offers_what_may_be_meant(near_server: Server) -> None:
    _, text = near_server.get("/-/near", place="Birmingham")
    assert "Which place is meant?" in text
    assert "place=Birmingham%2C+Alabama%2C+United+States" in text
    _, text = near_server.get("/-/near", place="Atlantis")
    assert "No site in this file is in a place of the name “Atlantis”" in text


@pytest.mark.parametrize("text", HOSTILE_PLACES, ids=range(len(HOSTILE_PLACES)))
def test_hostile_names_do_not_break_the_page(near_server: Server, text: str) -> None:
    for arguments in ({"place": text}, {"place": "Oslo, Norway", "words": text, "km": text}):
        status, page = near_server.get("/-/near", **arguments)
        assert status == 200
        assert "<script>window" not in page
        assert page.rstrip().endswith("</html>")


def test_json_says_the_same(near_server: Server) -> None:
    status, text = near_server.get("/-/near.json", place="Oslo, Norway", km="500", status="any")
    told = json.loads(text)
    assert status == 200
    assert told["trials_found"] == len(told["trials"]) == 6
    assert [trial["km"] for trial in told["trials"]] == sorted(trial["km"] for trial in told["trials"])


def test_distance_is_a_function_of_sql(near_server: Server) -> None:
    sql = "select round(km(0, 0, 0, 1), 1) as far, km(null, 0, 0, 0) as unknown, km('x', 0, 91, 0) as wrong"
    _, text = near_server.get("/trials.json", sql=sql, _shape="array")
    assert json.loads(text) == [{"far": 111.2, "unknown": None, "wrong": None}]


def test_a_file_without_places_says_what_to_do(tmp_path: Path) -> None:
    data = DataFolder(tmp_path)
    run(data, [study(1)])
    with served(DataFolder(tmp_path)) as server:
        status, text = server.get("/-/near", place="Oslo")
    assert status == 200
    assert "trialdex publish" in text


def test_the_map_makes_no_request_elsewhere_and_runs_nothing(browser: Browser, near_server: Server) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    told: list[str] = []
    asked_for: set[str] = set()
    page.on("console", lambda message: told.append(message.text))
    page.on("request", lambda request: asked_for.add(request.url))
    try:
        page.goto(f"{near_server.url}/-/near?place=70,20", wait_until="load")
        assert told == []
        assert all(url.startswith(near_server.url) for url in asked_for)
        assert any(url.endswith("world.svg") for url in asked_for)
        assert page.evaluate("window.ran") is None
        land = page.locator(".map .land").bounding_box()
        assert land
        assert land["width"] > 100, "the outline is drawn"
    finally:
        page.close()


def test_without_script_a_place_is_found_by_keyboard(browser: Browser, near_server: Server) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    try:
        page.goto(f"{near_server.url}/-/near")
        page.get_by_label("Place, or coordinates").focus()
        page.keyboard.type("birmingham")
        page.keyboard.press("Enter")
        page.get_by_role("link", name="Birmingham, United Kingdom").press("Enter")
        assert page.get_by_role("heading", level=1).inner_text() == "Trials near Birmingham, United Kingdom"
        page.wait_for_load_state()  # a heading may stand before the table has come
        assert page.get_by_role("cell", name="< 1 km").count() == 1
    finally:
        context.close()


def test_a_question_is_understood_the_same_from_its_link() -> None:
    wanted = asked({"place": "Zürich & more, x=1", "km": "7,5", "status": "any", "words": "a b"})
    assert asked(dict(parse_qsl(link(wanted)[1:]))) == wanted
    assert isinstance(wanted, Asked)


@pytest.mark.parametrize(
    ("trial", "site", "drawn"),
    [
        ("Recruiting", None, "Recruiting"),
        ("Recruiting", "Completed", "Completed"),
        ("Completed", "Recruiting", "Completed"),
        (None, "Recruiting", None),
    ],
)
def test_a_site_is_never_drawn_as_more_open_than_its_trial(
    trial: str | None, site: str | None, drawn: str | None
) -> None:
    assert recruits(trial, site) == drawn
