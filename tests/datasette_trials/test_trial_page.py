"""The page of a trial: what it says of values, texts, criteria and origins, and how it answers."""

from __future__ import annotations

import gzip
import html
import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from datasette.utils import tilde_encode
from lxml.html import fromstring

from datasette_trials.criteria import DEEPEST, Piece, kinds, pieces
from datasette_trials.origins import Origin, Origins
from datasette_trials.prose import LONGEST, prose
from datasette_trials.reading import AT_MOST, QUERIES, told
from datasette_trials.results import grids
from datasette_trials.trial_page import days, page
from datasette_trials.wording import bounds, limit_note, listed, number, words
from pipelines.folder import DataFolder
from pipelines.metadata import metadata
from tests.datasette_trials.library import CHANGED, GONE, LISTING, MANY_SITES, RICH
from tests.datasette_trials.serving import Server
from tests.made import rows

# --- texts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (None, ""),
        ("", ""),
        ("One.\n\nTwo.", "<p>One.</p>\n<p>Two.</p>\n"),
        ("One\ntwo", "<p>One<br>\ntwo</p>\n"),
        ("* a\n* b\n    * c", "<ul>\n<li>a</li>\n<li>b\n<ul>\n<li>c</li>\n</ul>\n</li>\n</ul>\n"),
        ("3. c\n3. d", '<ol start="3">\n<li value="3">c</li>\n<li value="3">d</li>\n</ol>\n'),
        (r"a \>= 3 \* b", "<p>a &gt;= 3 * b</p>\n"),
        ("5*10^9/L or 3*10^9/L", "<p>5*10^9/L or 3*10^9/L</p>\n"),
        ("> 18 years", "<p>&gt; 18 years</p>\n"),
        ("# of patients\n=====", "<p># of patients<br>\n=====</p>\n"),
        ("    indented", "<p>indented</p>\n"),
        ("<b>x</b><script>1</script>", "<p>&lt;b&gt;x&lt;/b&gt;&lt;script&gt;1&lt;/script&gt;</p>\n"),
        (
            "[a](javascript:alert(1)) ![i](x) <http://a.b>",
            "<p>[a](javascript:alert(1)) ![i](x) &lt;http://a.b&gt;</p>\n",
        ),
        ("&lt;b&gt; &#60;", "<p>&amp;lt;b&amp;gt; &amp;#60;</p>\n"),
    ],
)
def test_prose(text: str | None, shown: str) -> None:
    assert prose(text) == shown


@pytest.mark.parametrize("text", ["* " * 500 + "the end", "".join("  " * n + "* a\n" for n in range(200)) + "the end"])
def test_prose_nested_beyond_reason_loses_nothing(text: str) -> None:
    assert "the end" in prose(text)
    assert prose(text).count("a") >= text.count("a")


def test_prose_longer_than_any_text_is_shown_plain() -> None:
    long = "* <b>\n" * (10 * LONGEST // 6)
    assert prose(long) == '<p class="plain">' + html.escape(long) + "</p>"


def words_of(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text)  # a backslash may stand before an underscore


def test_prose_keeps_every_word_of_real_texts(records: Path) -> None:
    """A list's numbers are its items' own; nothing may be lost, added or moved."""
    seen = 0
    with gzip.open(records / "ctgov" / "studies.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            described = json.loads(line)["protocolSection"].get("descriptionModule", {})
            for text in described.values():
                numbered = re.sub(r'<li value="(\d+)">', r" \1 ", prose(text))
                shown = html.unescape(re.sub(r"<[^>]*>", " ", numbered))
                assert words_of(shown) == words_of(text), text[:200]
                seen += 1
    assert seen > 2_000


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("PLACEBO_COMPARATOR", "Placebo comparator"),
        ("NA", "Not applicable"),
        ("NIH", "NIH"),
        ("Phase 2", "Phase 2"),
        ("Prot_SAP", "Prot_SAP"),
        ("", ""),
        (None, None),
    ],
)
def test_codes_are_said_in_words(code: str | None, said: str | None) -> None:
    assert words(code) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [(18.0, "18"), (0.5, "0.5"), (150000.0, "150,000"), (1.25, "1.25"), (-3.0, "-3"), (None, ""), (1e-9, "1e-09")],
)
def test_numbers_are_not_rounded(value: float | None, said: str) -> None:
    assert number(value) == said


@pytest.mark.parametrize(
    ("text", "said"), [('["a", "b"]', ["a", "b"]), (None, []), ("[1, null]", ["1"]), ("no list", ["no list"])]
)
def test_json_lists(text: str | None, said: list[str]) -> None:
    assert listed(text) == said


# --- criteria and their limits --------------------------------------------------------------------------------------


def limit(**said: Any) -> dict[str, Any]:
    """A threshold; what is not said is NULL."""
    columns = ("lower", "lower_inclusive", "upper", "upper_inclusive", "unit", "canonical_lower", "canonical_upper",
               "canonical_unit", "condition")  # fmt: skip
    return {"criterion_id": 1, "kind": "inclusion", "variable": "age", "text": "", **dict.fromkeys(columns), **said}


YEARS = {"unit": "years", "canonical_unit": "years"}


@pytest.mark.parametrize(
    ("said", "note"),
    [
        ({"lower": 18.0, "lower_inclusive": 1, "canonical_lower": 18.0, **YEARS}, "age ≥ 18 years"),
        ({"lower": 18.0, "lower_inclusive": 0, "upper": 75.0, "upper_inclusive": 0, "canonical_lower": 18.0,
          "canonical_upper": 75.0, **YEARS}, "age > 18 and < 75 years"),
        ({"lower": 1.0, "lower_inclusive": 1, "upper": 1.0, "upper_inclusive": 1, "variable": "ecog",
          "canonical_unit": "score", "canonical_lower": 1.0, "canonical_upper": 1.0}, "ECOG = 1"),
        ({"upper": 6.0, "upper_inclusive": 1, "unit": "months", "canonical_upper": 0.5, "canonical_unit": "years"},
         "age ≤ 6 months (≤ 0.5 years)"),
        ({"upper": 450.0, "upper_inclusive": 1, "unit": "ms", "variable": "qtc", "condition": "men",
          "kind": "exclusion"}, "excluded: QTc ≤ 450 ms; men"),
        ({"lower": 1.5, "lower_inclusive": 1, "unit": "10^9/L", "variable": "anc"}, "ANC ≥ 1.5 × 10^9/L"),
    ],
)  # fmt: skip
def test_a_limit_in_words(said: dict[str, Any], note: str) -> None:
    assert limit_note(limit(**said)) == note


def test_bounds_in_the_variables_own_unit() -> None:
    said = limit(lower=90.0, lower_inclusive=1, unit="g/L", canonical_lower=9.0, canonical_unit="g/dL")
    assert (bounds(said), bounds(said, canonical=True)) == ("≥ 90 g/L", "≥ 9 g/dL")


def test_limits_are_marked_inside_the_text() -> None:
    adult = limit(text="Age >= 18", lower=18.0, lower_inclusive=1)
    fit = limit(text="ECOG 0", variable="ecog", upper=0.0, upper_inclusive=1)
    assert pieces("Age >= 18, ECOG 0.", [fit, adult]) == (
        Piece("Age >= 18", ("age ≥ 18",)), Piece(", "), Piece("ECOG 0", ("ECOG ≤ 0",)), Piece("."),
    )  # fmt: skip
    assert pieces("Fever", [adult]) == (Piece("Fever"),)
    assert pieces("", [adult]) == ()


def test_limits_whose_words_overlap_share_a_mark() -> None:
    pressure = [limit(text="BP > 180", lower=180.0), limit(text="180/110", lower=110.0, variable="bp")]
    assert [piece.text for piece in pieces("BP > 180/110 mmHg", pressure)] == ["BP > 180/110", " mmHg"]
    assert pieces("BP > 180/110 mmHg", pressure)[0].notes == ("age > 180", "bp > 110")


def criterion(number: int, parent: int | None = None, level: int = 0, **said: Any) -> dict[str, Any]:
    return {"id": number, "kind": "inclusion", "parent_id": parent, "level": level, "heading": None, "boilerplate": 0,
            "text": f"c{number}", **said}  # fmt: skip


def test_criteria_are_nested_and_grouped() -> None:
    told = kinds(
        [
            criterion(1, heading="Part A"),
            criterion(2, parent=1, level=1),
            criterion(3, heading="Part B"),
            criterion(4, kind="exclusion"),
        ],
        [],
    )
    assert [(kind.kind, kind.size) for kind in told] == [("inclusion", 3), ("exclusion", 1)]
    assert [group.heading for group in told[0].groups] == ["Part A", "Part B"]
    assert [node.id for node in told[0].groups[0].nodes[0].below] == [2]


def test_criteria_nested_beyond_reason_stay_on_the_page() -> None:
    deep = [criterion(n, parent=n - 1 if n else None, level=n) for n in range(10 * DEEPEST)]
    nodes, depth, seen = kinds(deep, [])[0].groups[0].nodes, 0, 0
    while nodes:
        seen, depth = seen + len(nodes), depth + 1
        nodes = [below for node in nodes for below in node.below]
    assert seen == len(deep)
    assert depth <= DEEPEST + 2


# --- origins, results, history --------------------------------------------------------------------------------------


def test_a_value_has_the_registers_field_and_the_day_it_was_first_read_so() -> None:
    fields = metadata()["plugins"]["trialdex"]["sources"]["ctgov"]["fields"]
    changes = [
        {"field": "start_date", "seen_at": "2026-02-01T00:00:00Z"},
        {"field": "start_date", "seen_at": "2026-03-01T00:00:00Z"},
        {"field": None, "seen_at": "2026-04-01T00:00:00Z"},
    ]
    origins = Origins({"first_seen": "2026-01-01T00:00:00Z"}, fields, [], changes)
    path = "protocolSection.statusModule.startDateStruct.date"
    assert origins.of("trials.start_date") == Origin("StartDate", path, None, None, "2026-03-01T00:00:00Z")
    assert origins.of("trials.min_age_years").field == "MinimumAge"
    assert origins.of("trials.phase").since == "2026-01-01T00:00:00Z"
    assert origins.of("criteria.text").field == "EligibilityCriteria"


def test_a_value_of_a_listing_has_the_label_of_the_page() -> None:
    said = [{"field": "conditions", "method": "label in its text", "label": "Condition"}]
    origin = Origins({"first_seen": None}, {}, said, []).of("trials.conditions")
    assert (origin.field, origin.label, origin.method) == (None, "Condition", "label in its text")


def test_results_keep_their_numbers_as_served() -> None:
    lists: dict[str, list[dict[str, Any]]] = {name: [] for name in QUERIES}
    lists["flow_groups"] = [{"group_id": "FG000", "title": "Drug"}, {"group_id": "FG001", "title": None}]
    lists["flow_counts"] = [
        {"period": "Overall", "milestone": "STARTED", "group_id": "FG000", "participants": "12"},
        {"period": "Overall", "milestone": "NOT COMPLETED", "group_id": "FG001", "participants": "0"},
    ]
    lists["adverse_event_groups"] = [
        {"group_id": "EG000", "title": "Drug", "deaths_affected": 0, "deaths_at_risk": 12, "serious_affected": 1,
         "serious_at_risk": None, "other_affected": None, "other_at_risk": None}
    ]  # fmt: skip
    flow, events = grids(lists)
    assert flow.groups == ["Drug", "FG001"]
    assert flow.rows == [("Started", ["12", None]), ("Not completed", [None, "0"])]
    assert events.rows == [("Deaths, of any cause", ["0 / 12"]), ("Serious adverse events", ["1"])]


def test_changes_are_told_run_by_run() -> None:
    changes = [
        {"run_id": 2, "seen_at": "2026-02-02T01:00:00Z"},
        {"run_id": 2, "seen_at": "2026-02-02T01:00:01Z"},
        {"run_id": 1, "seen_at": "2026-01-02T01:00:00Z"},
    ]
    assert [(day.date, len(day.changes)) for day in days(changes)] == [("2026-02-02", 2), ("2026-01-02", 1)]


# --- over HTTP ------------------------------------------------------------------------------------------------------


def text_of(server: Server, trial: str, **arguments: str) -> str:
    """The words of a trial's page, without its markup."""
    status, body = server.get(f"/trial/{tilde_encode(trial)}", **arguments)
    assert status == 200, trial
    assert "Not medical advice" in body
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def test_every_trial_has_its_page(library: DataFolder, library_server: Server) -> None:
    ids = [trial for (trial,) in rows(library.published, "SELECT id FROM trials")]
    assert len(ids) == 44
    for trial in ids:
        (title,) = rows(library.published, "SELECT title FROM trials WHERE id = ?", trial)[0]
        assert " ".join(title.split()) in text_of(library_server, trial)
    assert "Traceback" not in library_server.said()


LISTS = {"outcomes": "measure", "arms": "label", "interventions": "name", "locations": "facility", "keywords": "name",
         "identifiers": "value", "documents": "label", "officials": "name", "result_groups": "title",
         "citations": "citation"}  # fmt: skip


@pytest.mark.parametrize("trial", [RICH, MANY_SITES])
def test_everything_that_a_record_lists_stands_on_its_page(
    library: DataFolder, library_server: Server, trial: str
) -> None:
    text = text_of(library_server, trial)
    seen = 0
    for table, column in LISTS.items():
        if table == "result_groups":
            continue
        for (value,) in rows(library.published, f"SELECT {column} FROM {table} WHERE trial_id = ?", trial):
            if value:
                assert " ".join(value.split()) in text, (table, value)
                seen += 1
    for (value,) in rows(library.published, "SELECT text FROM criteria WHERE trial_id = ?", trial):
        letters = re.sub(r"\W", "", value)
        marked = re.sub(r"\[[^\]]*\]", "", text)  # what a limit says of itself stands in brackets
        assert letters[:40] in re.sub(r"\W", "", marked), value
        seen += 1
    assert seen > 30


def test_results_and_documents_are_shown(library_server: Server) -> None:
    text = text_of(library_server, RICH)
    for said in ("Participant flow", "Primary outcome", "Adverse events", "Documents", "Has results"):
        assert said in text, said


def test_facts_tell_where_they_are_from(library: DataFolder, library_server: Server) -> None:
    text = text_of(library_server, CHANGED)
    assert "Field StartDate of ClinicalTrials.gov protocolSection.statusModule.startDateStruct.date" in text
    assert "So since the record was fetched on 2026-11-21" in text, "the status, which changed"
    assert "So since the record was fetched on 2026-11-20" in text, "what did not"
    ((how,),) = rows(
        library.published, "SELECT method FROM field_sources WHERE trial_id = ? AND field = 'conditions'", LISTING
    )
    assert f"portal.example: {how}" in text_of(library_server, LISTING)


def test_a_trial_shows_its_history(library_server: Server) -> None:
    text = text_of(library_server, CHANGED)
    assert "title Quokka tablets Quokka tablets for narwhal syndrome" in text
    assert "status Recruiting Completed" in text


def test_a_removed_trial_says_so_on_top_and_keeps_what_it_last_said(library_server: Server) -> None:
    text = text_of(library_server, GONE)
    notice = "no longer has this record (found on 2026-11-21 ). Below stands what it last said."
    assert 0 < text.index(notice) < text.index("A study that is gone", text.index("Home / Trials"))
    assert "Examplinib" in text
    assert "no longer has this record" not in text_of(library_server, CHANGED)


def test_the_same_trial_elsewhere_and_where_they_differ(library_server: Server) -> None:
    for here, there in ((CHANGED, LISTING), (LISTING, CHANGED)):
        body = library_server.get(f"/trial/{tilde_encode(here)}")[1]
        section = body[body.index('<section id="elsewhere"') :]
        assert 'id="similar"' not in body[: -len(section)]  # what contradicts the record stands before what is like it
        section = section[: section.index("</section>")]
        assert f'href="/trial/{tilde_encode(there)}"' in section
        rows = [[cell.text_content() for cell in row] for row in fromstring(section).iter("tr")][1:]
        assert ["Title differs", "Quokka tablets at home", "Quokka tablets for narwhal syndrome"] in [
            [" ".join(cell.split()) for cell in row] for row in rows
        ]
        assert "Conditions only in the listing" in " ".join(fromstring(section).text_content().split())


def test_similar_trials_come_with_reasons_and_a_comparison(library: DataFolder, library_server: Server) -> None:
    near = rows(
        library.published, "SELECT similar_id, score FROM similar_trials WHERE trial_id = ? ORDER BY rank", CHANGED
    )
    body = library_server.get(f"/trial/{CHANGED}")[1]
    section = body[body.index('id="similar"') : body.index('id="history"')]
    named = re.findall(r'<p class="name"><a href="/trial/(\S+)">', section)
    assert named == [tilde_encode(trial) for trial, _ in near]
    assert "Same condition: Narwhal Syndrome." in section
    assert f'href="/compare?id={CHANGED}&amp;id=NCT09900002"' in section
    every = library_server.get(f"/trial/{CHANGED}", reasons="all")[1]
    assert every.count('<ul class="reasons">') > section.count('<ul class="reasons">')


def test_sites_beyond_a_dozen_are_folded(library_server: Server) -> None:
    assert '<details class="fold"><summary>' in library_server.get(f"/trial/{MANY_SITES}")[1].split('id="sites"')[1]


def test_a_list_longer_than_a_page_says_where_the_rest_is(library: DataFolder, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy.write_bytes(library.published.read_bytes())
    with closing(sqlite3.connect(copy)) as db:
        db.execute(
            """WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
            INSERT INTO locations (trial_id, position, facility) SELECT ?, 1000 + i, 'Site ' || i FROM n""",
            (10 * AT_MOST, CHANGED),
        )
        said = told(db, CHANGED)
    assert said
    assert said.cut == {"locations"}
    shown = page(said, {}, {})
    assert sum(len(sites) for _, sites in shown.countries) == AT_MOST


@pytest.mark.parametrize("unknown", ["NCT99999999", "<script>window.ran=1</script>", "a/b", "x" * 5000, "\x00", "é"])
def test_an_unknown_trial_is_a_404_with_a_search_box(library_server: Server, unknown: str) -> None:
    status, body = library_server.get(f"/trial/{tilde_encode(unknown)}")
    assert status == 404
    assert '<form class="find large"' in body
    assert "<script>window" not in body
    assert len(body) < 20_000


@pytest.mark.parametrize(("asked", "shown"), [(CHANGED.lower(), CHANGED), (f" {CHANGED} ", CHANGED)])
def test_a_number_in_other_letters_leads_to_its_trial(library_server: Server, asked: str, shown: str) -> None:
    assert "Quokka tablets for narwhal syndrome" in text_of(library_server, asked)


def test_another_number_of_a_trial_leads_to_it(library: DataFolder, library_server: Server) -> None:
    sql = """SELECT trial_id, value FROM identifiers WHERE value NOT IN (SELECT id FROM trials)
             AND value = upper(value) GROUP BY value HAVING count(*) = 1 ORDER BY value LIMIT 1"""
    ((trial, number),) = rows(library.published, sql)
    assert trial in text_of(library_server, number)


def test_the_row_leads_to_the_page(library_server: Server) -> None:
    assert f'href="/trial/{CHANGED}">Read this trial' in library_server.get(f"/trials/trials/{CHANGED}")[1]
