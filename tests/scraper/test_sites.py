"""Where a trial takes place, as pages tell it: parts of a site only where the markup says which is which."""

from __future__ import annotations

import json
from time import process_time

import pytest

from pipelines.read import as_golden
from scraper.items import Location, Trial
from tests.scraper.test_traps import doubts, html, read

FACTS = "<dl><dt>Condition</dt><dd>Fever</dd><dt>Status</dt><dd>Completed</dd></dl>"
UNTOLD = "places whose parts are not told"
TWO = (
    Location("Example Hospital", "Oslo", None, None, "Norway", "Recruiting"),
    Location("House of Fever", "Reno", "Nevada", "89501", "United States", None),
)
TABLE = """<table><thead><tr><th>Facility</th><th>City</th><th>State</th><th>Zip</th><th>Country</th><th>Status</th>
<th>Contact</th></tr></thead><tbody>
<tr><td>Example Hospital</td><td>Oslo</td><td></td><td></td><td>Norway</td><td>Enrolling</td>
<td>Investigator 0a1b2c</td></tr><tr><th scope=row>House of Fever</th><td>Reno</td><td>Nevada</td><td>89501</td>
<td>United States</td><td>-</td><td>555-0100</td></tr></tbody></table>"""
CARDS = """<ul><li><dl><dt>Site</dt><dd>Example Hospital</dd><dt>City</dt><dd>Oslo</dd><dt>Country</dt><dd>Norway</dd>
<dt>Recruitment status</dt><dd>Enrolling</dd><dt>Contact</dt><dd>Investigator 0a1b2c</dd></dl></li>
<li><dl><dt>Site</dt><dd>House of Fever</dd><dt>City</dt><dd>Reno</dd><dt>State</dt><dd>Nevada</dd>
<dt>Postal code</dt><dd>89501</dd><dt>Country</dt><dd>United States</dd></dl></li></ul>"""
LINES = """<p>Facility: Example Hospital<br>City: Oslo<br>Country: Norway<br>Status: Enrolling<br>Phone: 555-0100</p>
<p>Facility: House of Fever<br>City: Reno<br>State: Nevada<br>ZIP code: 89501<br>Country: United States</p>"""
PIECES = """<div><b>Facility</b> <span>Example Hospital</span></div><div><b>City</b> <span>Oslo</span></div>
<div><b>Country</b> <span>Norway</span></div><div><b>Site status</b> <span>Open</span></div>
<div><b>Facility</b> <span>House of Fever</span></div><div><b>City</b> <span>Reno</span></div>
<div><b>State</b> <span>Nevada</span></div><div><b>Zip</b> <span>89501</span></div>
<div><b>Country</b> <span>United States</span></div>"""
BEHIND = "<h2>Eligibility Criteria</h2><h3>Inclusion Criteria</h3><ul><li>fever</li></ul>"


@pytest.mark.parametrize("sites", [TABLE, CARDS, LINES, PIECES], ids=["table", "cards", "lines", "pieces"])
@pytest.mark.parametrize("heading", ["<h2>Study Locations:</h2>", "<h2>Locations (2)</h2>", "<div>2 locations</div>"])
def test_sites_whose_parts_are_labelled(sites: str, heading: str) -> None:
    trial = read(html(FACTS, f"<section>{heading}{sites}</section>", BEHIND))
    assert trial.locations == TWO
    assert (trial.status, len(trial.criteria)) == ("Completed", 1)
    assert trial.problems == ()
    assert "0a1b2c" not in json.dumps(as_golden(trial))
    assert "555" not in json.dumps(as_golden(trial))


def test_a_table_of_sites_needs_no_heading() -> None:
    assert read(html(FACTS, TABLE, BEHIND)).locations == TWO


@pytest.mark.parametrize("place", ["below", "above"])
@pytest.mark.parametrize(
    "sites",
    [
        "<table><tr><th>Site</th><th>Status</th></tr><tr><td>Example Hospital</td><td>Recruiting</td></tr></table>",
        "<p>Site: Example Hospital</p><p>Status: Recruiting</p>",
        "<dl><dt>Site</dt><dd>Example Hospital</dd><dt>Status</dt><dd>Recruiting</dd></dl>",
    ],
)
def test_the_status_of_a_site_is_not_the_trials(sites: str, place: str) -> None:
    part = f"<section><h2>Locations</h2>{sites}</section>"
    fact = "<section><h2>Facts</h2><p>Condition: Fever</p></section>"
    trial = read(html(fact, part) if place == "below" else html(part, fact))
    assert (trial.status, trial.status_text, trial.conditions) == (None, None, ("Fever",))
    assert trial.locations == (Location("Example Hospital", status="Recruiting"),)


def test_a_word_for_a_sites_status_that_is_not_known_is_a_problem() -> None:
    heads = "<tr><th>Site</th><th>City</th><th>Status</th></tr>"
    row = "<tr><td>Example Hospital</td><td>Oslo</td><td>Brewing</td></tr>"
    trial = read(html(FACTS, f"<h2>Sites</h2><table>{heads}{row}</table>"))
    assert trial.locations == (Location("Example Hospital", "Oslo"),)
    assert doubts(trial) == {"locations": "Brewing"}


@pytest.mark.parametrize(
    "sites",
    [
        "<h2>Locations</h2><ul><li>Example Hospital, Oslo, Norway</li><li>Reno, Nevada</li></ul>",
        "<h2>Locations</h2><p><span>Example Hospital, Oslo, Norway</span><span>Reno, Nevada</span></p>",
        "<dl><dt>Location</dt><dd>Example Hospital, Oslo, Norway</dd><dd>Reno, Nevada</dd></dl>",
        "<p>Locations: Example Hospital, Oslo, Norway; Reno, Nevada</p>",
    ],
)
def test_places_that_no_markup_takes_apart_are_kept_in_the_pages_words(sites: str) -> None:
    trial = read(html(FACTS, sites, BEHIND))
    assert trial.locations == ()
    assert [(one.field, one.value, one.reason) for one in trial.problems] == [
        ("locations", "Example Hospital, Oslo, Norway; Reno, Nevada", UNTOLD)
    ]


def test_places_of_a_text() -> None:
    sites = "Locations\n  • Example Hospital, Oslo\n  • Reno, Nevada"
    trial = read(f"T\n\nCondition: Fever\n\n{sites}\n\nInclusion Criteria\n\nfever\n", "")
    assert (trial.locations, doubts(trial)) == ((), {"locations": "Example Hospital, Oslo; Reno, Nevada"})
    assert [one.text for one in trial.criteria] == ["fever"]


def test_sites_of_a_text_in_paragraphs() -> None:
    sites = "Facility: Example Hospital\nCity: Oslo\nStatus: Open\n\nFacility: House of Fever\nStatus: Withdrawn"
    trial = read(f"T\n\nCondition: Fever\n\nLocations\n\n{sites}\n\nStatus: Completed\n\nSponsor: Acme\n", "")
    assert trial.locations == (
        Location("Example Hospital", "Oslo", status="Recruiting"),
        Location("House of Fever", status="Withdrawn"),
    )
    assert (trial.status, trial.sponsors[0].name) == ("Completed", "Acme")


def test_a_search_for_sites_is_no_site() -> None:
    trial = read(html(FACTS, "<h2>Locations</h2><p>Enter your ZIP code to find a site.</p>"))
    assert (trial.locations, trial.problems) == ((), ())


@pytest.mark.parametrize(
    "sites",
    [
        "<div><p>Example Hospital</p><p>Oslo</p><p>Investigator 0a1b2c</p></div>",  # which line is whose is not told
        "<ul><li>Example Hospital, Oslo</li><li>Dr. Investigator 0a1b2c, Reno</li></ul>",
        "<ul><li>Example Hospital, Oslo, 555-0100</li></ul>",
        "<ul><li>Example Hospital, Oslo</li></ul><h3>Contact</h3><ul><li>Investigator 0a1b2c</li></ul>",
    ],
)
def test_where_a_person_may_be_named_no_word_is_kept(sites: str) -> None:
    trial = read(html(FACTS, f"<section><h2>Locations</h2>{sites}</section>"))
    assert (trial.locations, doubts(trial)) == ((), {"locations": None})
    assert "0a1b2c" not in json.dumps(as_golden(trial))


def test_the_name_of_a_site_is_the_first_line_under_its_label() -> None:
    cell = "<td>Example Hospital<br>12 Fever Street<br>Investigator 0a1b2c</td>"
    trial = read(html(FACTS, f"<table><tr><th>Site</th><th>City</th></tr><tr>{cell}<td>Oslo</td></tr></table>"))
    assert trial.locations == (Location("Example Hospital", "Oslo"),)


@pytest.mark.parametrize(
    "cards",
    [
        ("City: Oslo", "Country: Norway", "Site: House of Fever", "City: Reno", "Country: United States"),
        ("Site: Example Hospital", "City: Oslo", "City: Reno"),
        ("Site: Example Hospital", "Country: Norway", "City: Oslo", "Site: B", "City: Reno", "Country: United States"),
    ],
    ids=["the first site has no name", "two cities", "another order"],
)
def test_labelled_parts_that_may_be_of_either_site_are_of_none(cards: tuple[str, ...]) -> None:
    lines = "".join(f"<p>{line}</p>" for line in (*cards, "Status: Open"))
    for heading in ("<h2>Locations</h2>", "<div>Locations</div>"):
        trial = read(html("<p>Condition: Fever</p>", f"<section>{heading}{lines}</section>"))
        assert (trial.locations, doubts(trial)) == ((), {"locations": None})
        assert trial.status is None


def test_a_table_of_trials_is_no_table_of_sites() -> None:
    heads = "<tr><th>Condition</th><th>Sponsor</th><th>City</th><th>Status</th></tr>"
    row = "<tr><td>Fever</td><td>Acme</td><td>Oslo</td><td>Recruiting</td></tr>"
    trial = read(html(f"<table>{heads}{row}</table>"))
    assert (trial.conditions, trial.status, trial.locations) == (("Fever",), "Recruiting", ())


def test_a_row_with_another_number_of_cells_tells_no_part() -> None:
    heads = "<tr><th>#</th><th>Site</th><th>City</th><th>Status</th></tr>"
    rows = "<tr><td>1</td><td colspan=2>Example Hospital</td><td>Recruiting</td></tr>"
    rows += "<tr><td>2</td><td>House of Fever</td><td>Reno</td><td></td></tr>"
    trial = read(html("<p>Condition: Fever</p>", f"<table>{heads}{rows}</table>"))
    assert trial.locations == (Location("House of Fever", "Reno"),)
    assert (trial.status, doubts(trial)) == (None, {"locations": None})


def test_a_thousand_sites_are_read() -> None:
    rows = "".join(f"<tr><td>Clinic {n}</td><td>Oslo</td></tr>" for n in range(1000))
    trial = read(html(FACTS, f"<h2>Locations</h2><table><tr><th>Site</th><th>City</th></tr>{rows}</table>"))
    assert [site.facility for site in trial.locations] == [f"Clinic {n}" for n in range(1000)]


@pytest.mark.parametrize(
    "rows",
    [
        "<tr><th>Site</th><th>City</th></tr>" * 4000,
        "<tr><th>Fever</th><th>City</th></tr>" * 4000,
        "<tr><th>Condition</th><th>Site</th><th>City</th></tr>" * 4000,
        "<table><tr><th>Site</th><th>City</th></tr><tr><td>" * 1500,
        "<tr><td>Site: A</td></tr><tr><td>City: B</td></tr>" * 4000,
    ],
    ids=["headings only", "of something", "of trials", "nested", "pairs"],
)
def test_tables_without_end_are_read_in_bounded_time(rows: str) -> None:
    began = process_time()
    read(html("<p>Condition: Fever</p><h2>Locations</h2><table>", rows, "</table>"))
    assert process_time() - began < 10  # seconds; ten times what the slowest of them takes


def test_sites_that_stand_twice_on_a_page_are_kept_once() -> None:
    part = f"<div><h2>Locations</h2>{TABLE}</div>"
    assert read(html(FACTS, part, part)).locations == TWO


def test_hospitals_whose_names_begin_like_labels_stay_what_they_are() -> None:
    trial = read(html("<dl><dt>Sponsor</dt><dd>City of Example Hospital</dd><dt>Condition</dt><dd>Fever</dd></dl>"))
    assert trial.sponsors[0].name == "City of Example Hospital"


def test_sites_of_another_trial_are_not_this_ones() -> None:
    trial = read(html(FACTS, f"<h2>Similar trials</h2><h3>Locations</h3>{TABLE}"))
    assert trial.locations == ()


@pytest.mark.parametrize(
    ("coordinates", "kept"),
    [('"addressLocality": "Oslo"', 59.9), ('"addressLocality": "Bergen"', None)],
)
def test_json_ld_that_says_the_same_and_more_of_every_site_is_kept(coordinates: str, kept: float | None) -> None:
    data = '{"@type": "MedicalTrial", "studyLocation": {"@type": "Hospital", "name": "Example Hospital", "address": {'
    data += coordinates + '}, "geo": {"latitude": 59.9, "longitude": 10.7}}}'
    table = "<table><tr><th>Site</th><th>City</th></tr><tr><td>Example Hospital</td><td>Oslo</td></tr></table>"
    trial = read(html(f"<script type='application/ld+json'>{data}</script>", FACTS, table))
    (site,) = trial.locations
    assert (site.facility, site.city, site.latitude) == ("Example Hospital", "Oslo", kept)


def test_where_the_sites_are_from_is_said() -> None:
    trial: Trial = read(html(FACTS, f"<h2>Locations</h2>{TABLE}"))
    assert [(one.method, one.label) for one in trial.field_sources if one.field == "locations"] == [
        ("label in the page's markup", "Locations")
    ]
