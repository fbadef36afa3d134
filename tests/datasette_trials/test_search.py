"""Search: what a text asks for, which trials it finds and which it must not, how they are counted and shown."""

from __future__ import annotations

import html
import re
import sqlite3
import urllib.request
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

import numpy
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datasette_trials.search import FIELDS, OtherName, Term, expression, parse, unwanted, widened
from datasette_trials.search_arguments import Asked, asked, without_each, written
from datasette_trials.search_page import COLUMNS, ELSEWHERE, MARK, UNMARK, answer, exact_id, marked, ways_on
from datasette_trials.search_rows import FACETS, NOT_SAID, Columns, _countries, _countries_of, found
from pipelines.folder import DataFolder
from pipelines.full_text import SEARCH_COLUMNS
from tests.datasette_trials.looking import WIDTHS, Window, faults
from tests.datasette_trials.searchable import id_of, library
from tests.datasette_trials.serving import SCRIPT, Server, served
from tests.made import run, study

if TYPE_CHECKING:
    from playwright.sync_api import Browser

HOSTILE = (
    '"', '""', '"a', 'a "b', "AND", "a AND", "OR", "OR a", "a OR", "NOT", "NOT a", "*", "a*b*", "a NEAR(", "^a",
    "NEAR(a b, 2)", "title:", "title: a", "nosuch:a", "(", ")(", "a)", "-", "--a", "-a", "- a", "{title} : a", "a + b",
    "'", "';--", "'; drop table trials; --", "\x00", "a\x00b", "\ue000", "\ue001\ue002", "condition:", 'condition:"',
    'condition:"a', "criteria:", "criteria:-", "exclusion:a exclusion:b", "summary:OR", "a OR -b", "-a OR b",
    "summary:a OR b",
    SCRIPT, "%", "%00", "\\", "::", "condition:condition:a", "​", "ß", "İ", "𝔞", "٣", "née", "a" * 5000, "a " * 2000,
    "-a " * 50, '"' * 333, "(" * 500, "condition:" * 100, "OR " * 300,
)  # fmt: skip


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    return library(tmp_path_factory.mktemp("library"))


@pytest.fixture(scope="module")
def db(books: DataFolder) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(f"file:{books.published}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def shop(books: DataFolder) -> Iterator[Server]:
    with served(books) as running:
        yield running


def numbers(db: sqlite3.Connection, wanted: Asked) -> list[int]:
    """The numbers of the trials that a search finds, in its order."""
    return [int(result.trial["id"][5:]) for result in answer(db, wanted).results]


# --- reading --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("lung cancer", [[Term("lung")], [Term("cancer")]]),
        ('"Lung  Cancer"', [[Term("lung cancer", phrase=True)]]),
        ("Condition:Asthma", [[Term("asthma", "condition")]]),
        ('place:"New York"', [[Term("new york", "place", phrase=True)]]),
        ("immuno*", [[Term("immuno", prefix=True)]]),
        ("EX-1", [[Term("ex 1", phrase=True)]]),
        ("gout OR place:lima OR a", [[Term("gout"), Term("lima", "place"), Term("a")]]),
        ("gout AND lima", [[Term("gout")], [Term("lima")]]),
        ("Tromsø Ångström", [[Term("tromsø")], [Term("angstrom")]]),
        ('"never closed', [[Term("never closed", phrase=True)]]),
        ("nosuch:a", [[Term("nosuch a", phrase=True)]]),
        ("( ) * ; --", []),
        ("", []),
    ],
)
def test_what_a_text_asks_for(text: str, clauses: list[list[Term]]) -> None:
    assert [list(clause.terms) for clause in parse(text).clauses] == clauses


def test_what_must_not_be_found_and_what_is_looked_for_in_texts() -> None:
    query = parse('gout -placebo NOT place:lima exclusion:fever -summary:"a b"')
    assert [term.words for clause in query.clauses for term in clause.terms] == ["gout"]
    assert query.without == (Term("placebo", negated=True), Term("lima", "place", negated=True))
    assert query.texts == (Term("fever", "exclusion"), Term("a b", "summary", phrase=True, negated=True))


def test_texts_of_single_fields_are_read_alike() -> None:
    query = parse("", {"condition": 'lung "of rats"', "place": "-oslo title:x"})
    assert query.clauses[0].terms == (Term("lung", "condition"),)
    assert query.clauses[1].terms == (Term("of rats", "condition", phrase=True),)
    assert query.clauses[2].terms == (Term("x", "title"),)
    assert query.without == (Term("oslo", "place", negated=True),)


def test_no_more_terms_than_the_limit_and_the_rest_is_told() -> None:
    query = parse(" ".join(f"word{n}" for n in range(40)))
    assert (len(query.clauses), query.left_out) == (32, 8)


@pytest.mark.parametrize("text", ['lung cancer condition:"a b" im* -x', "a OR b c", "exclusion:a -summary:b", "EX-1"])
def test_a_query_written_down_asks_the_same(text: str) -> None:
    assert parse(written(parse(text))) == parse(text)


def test_known_names_are_joined_the_longest_first() -> None:
    heading = OtherName("mesh", "condition", "Lung Neoplasms")
    query = widened(
        parse("bad lung cancer oslo"), {"lung cancer": [heading], "lung": [OtherName("mesh", "condition", "L")]}
    )
    assert [(clause.name, clause.others) for clause in query.clauses] == [
        ("bad", ()), ("lung cancer", (heading,)), ("oslo", ()),
    ]  # fmt: skip
    assert widened(parse('"lung cancer"'), {"lung cancer": [heading]}) == parse('"lung cancer"'), "as it stands"
    in_drugs = widened(parse("intervention:lung intervention:cancer"), {"lung cancer": [heading]})
    assert not any(clause.others for clause in in_drugs.clauses), "a condition is no intervention"
    either = parse("gout OR lung cancer")
    assert widened(either, {"gout": [heading]}) == either, "both sides of OR stay"


def test_the_columns_are_those_of_the_index() -> None:
    assert list(SEARCH_COLUMNS) == list(COLUMNS)
    assert {column for columns in FIELDS.values() for column in columns} <= set(SEARCH_COLUMNS)
    assert set(ELSEWHERE) <= set(SEARCH_COLUMNS)


def is_understood(index: sqlite3.Connection, text: str) -> None:
    """FTS5 raises OperationalError on a syntax that it does not know."""
    for exact in (False, True):
        query = parse(text, {"condition": text})
        for match in (expression(query, exact), unwanted(query, exact)):
            if match:
                index.execute("SELECT count(*) FROM search_fts WHERE search_fts MATCH ?", [match]).fetchone()


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_fts5_never_sees_a_syntax_of_the_user(db: sqlite3.Connection, text: str) -> None:
    is_understood(db, text)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.one_of(st.sampled_from('"-*:() ORANDcdition\x00'), st.characters(codec="utf-8")), max_size=60))
def test_fts5_understands_whatever_is_written(db: sqlite3.Connection, text: str) -> None:
    is_understood(db, text)


# --- finding --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked_for", "trials"),
    [
        ({"text": "asthma"}, {1, 2, 3}),  # 2 and 3 by their heading; neither 6, which excludes it, nor the clinic of 7
        ({"text": "asthma", "exact": True}, {1}),
        ({"text": "wheezy illness"}, {1, 2, 3}),  # the name that two records give the heading of 1
        ({"text": '"wheezy illness"'}, {2, 3}),
        ({"text": "lung diseases"}, {1, 2, 3, 4, 5}),  # narrower headings
        ({"text": "sl"}, {4, 5}),
        ({"text": "lung cancer"}, {8, 9}),
        ({"text": '"lung cancer"'}, {8}),
        ({"text": '"gout lung"'}, set()),  # no phrase reaches from one condition into the next
        ({"text": "SPR-77"}, {1, 2}),
        ({"text": "asthma", "removed": True}, {1, 2, 3, 10}),
        ({"text": "place:asthma"}, {7}),
        ({"text": "place:tromsø"}, {7}),
        ({"text": "TROMSØ"}, {7}),
        ({"text": "tromso"}, {7}),
        ({"text": "place:tromso"}, {7}),
        ({"text": 'place:"haus weissbach"'}, {7}),
        ({"text": "place:Weißbach"}, {7}),
        ({"text": "place:Norway gout"}, {7, 8}),
        ({"text": "", "fields": {"condition": "gout", "place": "peru"}}, {7}),
        ({"text": "sponsor:fever"}, {7}),
        ({"text": "fever"}, {6, 7}),
        ({"text": "condition:fever"}, {6}),
        ({"text": "exclusion:asthma"}, {6}),
        ({"text": "inclusion:asthma"}, set()),
        ({"text": "gout -lima"}, {8}),
        ({"text": "-asthma -condition:lung* -scarred"}, {6, 7}),
        ({"text": "gout OR scarred"}, {4, 5, 7, 8}),
        ({"text": "bron*"}, set()),
        ({"text": "scar* another"}, {5}),
        ({"text": "id:NCT09000007"}, {7}),
        ({"text": "-summary:nothing gout"}, {7, 8}),
    ],
)  # fmt: skip
def test_which_trials_are_found(db: sqlite3.Connection, asked_for: dict[str, object], trials: set[int]) -> None:
    assert set(numbers(db, Asked(**asked_for))) == trials  # type: ignore[arg-type]


def test_the_best_come_first_then_the_latest(db: sqlite3.Connection) -> None:
    assert numbers(db, Asked("asthma")) == [1, 3, 2], "named in title and condition; then by last update"
    assert numbers(db, Asked("lung cancer")) == [8, 9], "as a phrase first, though 9 was updated later"
    assert numbers(db, Asked("asthma", sort="updated")) == [3, 2, 1]
    assert numbers(db, Asked("")) == [9, 8, 7, 6, 5, 4, 3, 2, 1], "without words, the latest"
    assert numbers(db, Asked("", sort="changed"))[0] == 6, "which alone was seen to change"


def test_a_page_is_a_part_of_all(tmp_path_factory: pytest.TempPathFactory) -> None:
    data = DataFolder(tmp_path_factory.mktemp("many"))
    run(data, [study(n) for n in range(60)])
    from pipelines.publish import publish

    with data.locked():
        publish(data)
    many = sqlite3.connect(data.published)
    many.row_factory = sqlite3.Row
    pages = [numbers(many, Asked("fever", page=page)) for page in (1, 2, 3, 4)]
    many.close()
    assert [len(page) for page in pages] == [25, 25, 10, 0]
    assert {number for page in pages for number in page} == set(range(60))


def test_facets_count_what_is_found_as_counting_does(db: sqlite3.Connection) -> None:
    everything = found(db, Asked("").search(parse("")))
    for column in FACETS:
        if column == "country":
            continue
        counted = Counter(
            NOT_SAID if value is None else str(value)
            for (value,) in db.execute(f"SELECT {column} FROM trials WHERE removed_at IS NULL")
        )
        assert {choice.value: choice.trials for choice in everything.facets[column]} == counted, column
    assert {choice.value: choice.trials for choice in everything.facets["country"]} == {
        "Norway": 8, "Peru": 1, NOT_SAID: 1,
    }  # fmt: skip
    assert everything.removed == 1


def test_countries_of_few_and_of_many_trials_are_counted_alike(db: sqlite3.Connection) -> None:
    columns = Columns(db)
    rows = numpy.arange(1, len(columns["removed"]))
    many = numpy.bincount(_countries_of(columns, rows))
    few = sum(numpy.bincount(_countries(columns, rows[n : n + 1])[1], minlength=len(many)) for n in range(len(rows)))
    assert many.tolist() == few.tolist()
    assert many.sum() > 8
    assert len(rows[:1]) * 8 < len(columns["country_from"]) < len(rows) * 8, "one way each"


def test_a_facet_is_counted_among_what_the_others_let_through(db: sqlite3.Connection) -> None:
    chosen = {"status": ("Completed",), "country": ("Norway",)}
    some = found(db, Asked("", chosen=chosen).search(parse("")))
    assert len(some.rows) == 2
    assert {choice.value: choice.trials for choice in some.facets["status"]} == {
        "Completed": 2, "Recruiting": 5, NOT_SAID: 1,
    }, "among trials in Norway, so that a second status can be added"  # fmt: skip
    assert {choice.value: choice.trials for choice in some.facets["country"]} == {"Norway": 2}
    assert some.facets["status"][0].is_chosen
    none = found(db, Asked("", chosen={"status": ("No such",)}).search(parse("")))
    assert (len(none.rows), none.facets["status"][0].value) == (0, "No such"), "what was chosen can be taken back"
    without = found(db, Asked("", chosen={"country": (NOT_SAID,)}).search(parse("")))
    assert len(without.rows) == 1


def test_an_id_leads_to_its_trial_and_other_numbers_do_if_they_are_one_trial_s(db: sqlite3.Connection) -> None:
    assert exact_id(db, Asked("nct09000007")) == id_of(7)
    assert exact_id(db, Asked("id:NCT09000007")) == id_of(7)
    assert exact_id(db, Asked("", {"id": "NCT09000010"})) == id_of(10), "a removed one has a page, too"
    assert exact_id(db, Asked("NCT09000007 gout")) is None
    assert exact_id(db, Asked("gout")) is None


def test_nothing_found_helps_on(db: sqlite3.Connection) -> None:
    wanted = Asked("quokka toes", chosen={"status": ("Completed",)})
    ways = {words: trials for words, _, trials in ways_on(db, wanted, wanted.query())}
    assert ways == {}, "each part alone is not completed either"
    ways = {words: trials for words, _, trials in ways_on(db, Asked("quokka toes"), parse("quokka toes"))}
    assert ways == {"without quokka": 1, "without toes": 1}
    ways = {words: trials for words, _, trials in ways_on(db, Asked("gone"), parse("gone"))}
    assert ways == {"with trials that their source has removed": 1}
    assert [part for part, _ in without_each(parse("a -b summary:c"))] == ["a", "summary:c", "-b"]


def test_marks_are_markup_and_the_data_s_own_are_not() -> None:
    text = marked(f"<b>{MARK}lung{UNMARK}</b> \ue000 & two")
    assert text == "&lt;b&gt;<mark>lung</mark>&lt;/b&gt; · &amp; two"


# --- the page -------------------------------------------------------------------------------------------------------


def page(server: Server, **arguments: str) -> str:
    status, text = server.get("/-/find", **arguments)
    assert status == 200
    assert "Not medical advice" in text
    return text


def test_the_page_tells_what_it_found_and_how_it_understood(shop: Server) -> None:
    text = page(shop, q="wheezy illness")
    assert "<strong>3 trials</strong>" in text
    assert re.search(r"<b>wheezy illness</b> also found as\s+<span class=\"other\">Asthma</span>", text)
    assert "<mark>Wheezy</mark> <mark>Illness</mark>" in text
    assert "Found in MeSH</span> <mark>Asthma</mark>" in text
    exactly = re.search(r'href="([^"]+)">Search exactly', text)
    assert exactly
    assert "<strong>2 trials</strong>" in shop.get(html.unescape(exactly[1]))[1]
    assert "Asthma</a> (3)" in page(shop, q="lung diseases"), "a narrower heading"
    assert "Lima, Tromsø, Peru, Norway · <mark>Tromso</mark>" in page(shop, q="tromso")


def test_every_link_of_the_page_leads_somewhere(shop: Server) -> None:
    for arguments in ({"q": "asthma OR gout OR fever"}, {"q": "asthma", "status": "Recruiting"}, {"q": "quokka toes"}):
        links = {html.unescape(link) for link in re.findall(r'href="(/[^"]*)"', page(shop, **arguments))}
        assert any("/-/export.csv" in link for link in links) is (arguments["q"] != "quokka toes")
        for link in links:
            assert shop.get(link)[0] == 200, link


def test_a_facet_s_number_is_what_its_link_finds(shop: Server) -> None:
    text = page(shop, q="gout OR asthma OR scarred", country="Norway")
    links = re.findall(r'<li><a rel="nofollow" href="([^"]+)"><span>[^<]+</span> <span class="count">(\d+)<', text)
    assert len(links) == 5
    for link, count in links:
        if "country=Norway&amp;country=" in link:
            continue  # a second country is added to the first: their sum less those in both
        assert f"<strong>{count} trial" in shop.get(html.unescape(link))[1], link


def test_an_exact_id_goes_straight_to_its_page(shop: Server) -> None:
    with urllib.request.urlopen(f"{shop.url}/-/find?{urlencode({'q': 'nct09000007'})}", timeout=30) as there:
        assert urlsplit(there.url).path == "/trial/NCT09000007"


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_malformed_search_is_answered(shop: Server, text: str) -> None:
    for arguments in ({"q": text}, {"condition": text, "id": text, "place": text, "status": text, "page": text}):
        answered = page(shop, **{name: value[:1500] for name, value in arguments.items()})
        assert SCRIPT not in answered


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(st.characters(codec="utf-8"), max_size=40), st.sampled_from(["q", "condition", "id", "summary", "criteria"])
)
def test_any_text_is_answered(shop: Server, text: str, field: str) -> None:
    assert shop.get("/-/find", **{field: text})[0] == 200


@pytest.mark.parametrize(
    ("said", "meant"),
    [("2", 2), ("0", 1), ("-1", 1), ("x", 1), ("", 1), ("1e9", 1), ("٣", 1), ("9" * 30, 1), ("99999999", 100_000)],
)
def test_page_numbers_that_are_none(said: str, meant: int) -> None:
    class Arguments(dict[str, str]):
        def getlist(self, name: str) -> list[str]:
            return [self[name]] if name in self else []

    assert asked(Arguments(page=said)).page == meant


def test_a_file_that_was_not_published_says_so(tmp_path_factory: pytest.TempPathFactory) -> None:
    data = DataFolder(tmp_path_factory.mktemp("unpublished"))
    run(data, [study(1)])
    with served(data) as server:
        assert "made by <code>trialdex publish</code>" in page(server, q="fever")
        assert server.get("/-/export.csv")[0] == 503


# --- in a browser ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", ["/-/find?q=wheezy+illness", "/-/find?q=gout&status=Recruiting&condition=x",
                                  "/-/find?q=asthma&removed=1", "/-/find", "/-/api"])  # fmt: skip
def test_the_page_is_quiet_fits_and_can_be_read_by_all(
    windows: dict[int, Window], shop: Server, path: str, width: int
) -> None:
    assert faults(windows[width], shop.url + path) == {}


def test_searching_narrowing_and_opening_by_keyboard_alone(browser: Browser, shop: Server) -> None:
    view = browser.new_page(viewport={"width": 390, "height": 844})
    try:
        view.goto(f"{shop.url}/-/find")
        view.get_by_role("searchbox", name="Words to find").focus()
        view.keyboard.type("asthma")
        view.keyboard.press("Enter")
        view.get_by_text("3 trials").first.wait_for()
        view.get_by_role("link", name=re.compile("^Completed")).focus()
        view.keyboard.press("Enter")
        view.get_by_text("1 trial", exact=True).wait_for()
        view.get_by_role("checkbox", name="Compare NCT09000003").focus()
        view.keyboard.press("Space")
        assert view.locator("#compare").is_visible(), "the tray comes up with the first box"
        view.get_by_role("link", name="Breathing best").focus()
        view.keyboard.press("Enter")
        view.wait_for_url("**/trial/NCT09000003")
    finally:
        view.close()
