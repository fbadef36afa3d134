"""The portal source's pure half: what is read from a page, whose record it is, and which changes mean nothing."""

from __future__ import annotations

import gzip
import json
import os
import re
import tomllib
from collections.abc import Callable
from dataclasses import replace
from html import escape
from importlib.resources import files
from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.read import as_golden
from scraper.items import RawRecord, Rejected, Trial
from scraper.pages import MOST_BLOCKS
from scraper.profiles import MalformedProfile, by_address, canonical, identity, profile, profiles
from scraper.register import Damaged
from scraper.spiders.portal import Portal
from scraper.spiders.portal_page import LONGEST_CRITERIA, MOST_PROBLEMS

CASES = Path(__file__).parent.parent / "registers" / "portal"
AT = "2026-11-20T04:00:00Z"
ADDRESS = "https://portal.example/clinical-trials/listings/337486/a-slug/"


def raw(body: str | bytes, url: str = ADDRESS) -> RawRecord:
    data = body.encode() if isinstance(body, str) else body
    (record,) = Portal.cut(data, url=url, content_type="text/html", at=AT)
    return record


def read(body: str | bytes, url: str = ADDRESS) -> Trial:
    told = Portal.read(raw(body, url))
    assert isinstance(told, Trial), told
    return told


def html(*lines: str, title: str = "Examplinib in Synthetic Fever") -> str:
    return f"<html><body><h1>{title}</h1>{''.join(lines)}</body></html>"


def reasons(trial: Trial) -> dict[str, str | None]:
    """What is doubted on a page; that a page of three lines lacks what a template's pages have goes without saying."""
    return {one.field: one.value for one in trial.problems if not one.reason.startswith("not found, though pages of")}


def everything(trial: Trial) -> str:
    """All the text that a reading holds."""
    return json.dumps(as_golden(trial), ensure_ascii=False)


# --- the page that the project was started from, read in place ------------------------------------------------------

BOILERPLATE = (
    "Clear my responses", "How to participate", "Step 1", "Sign up", "contacting", "Investigator Avatar", "Not Sure",
    "Primary Contact", "Learn more", "Lorem", "passcode", "private note", "annotations", "Similar trials", "enroll\"",
    "informed consent", "volunteer", "user name", "Reply by",
)  # fmt: skip
ABSENT = (
    "status",
    "status_text",
    "phase",
    "min_age",
    "max_age",
    "sex",
    "enrollment",
    "healthy_volunteers",
    "start_date",
)


@pytest.fixture(scope="session")
def seed() -> str:
    folder = os.environ.get("TRIALDEX_RECORDS")
    if not folder:
        pytest.skip("set TRIALDEX_RECORDS to the folder of real records to run this")
    return (Path(folder).parent / "seed_trial_page.txt").read_text("utf-8")


def test_the_seed_page_as_text(seed: str) -> None:
    trial = read(seed, "")
    assert trial.title == "The Efficacy and Safety of Tocilizumab for Severe RP-ILD Secondary to Systemic Diseases"
    assert trial.conditions == ("Rapid Progressive Interstitial Lung Diseases",)
    assert [intervention.name for intervention in trial.interventions] == ["Tocilizumab"]
    assert trial.study_id == "NCT05181397"
    assert [(sponsor.name, sponsor.role) for sponsor in trial.sponsors] == [
        ("Peking Union Medical College Hospital", "lead")
    ]
    assert trial.last_updated == "2022-03-21"
    assert [getattr(trial, name) for name in ABSENT] == [None] * len(ABSENT)
    assert trial.locations == trial.officials == trial.identifiers == trial.problems == ()
    for phrase in BOILERPLATE:
        assert phrase not in everything(trial)
    assert all(
        any(source.field == name for source in trial.field_sources) for name in ("title", "study_id", "conditions")
    )


def test_the_seed_page_keeps_summary_and_description_apart(seed: str) -> None:
    trial = read(seed, "")
    first, *rest = _paragraphs_of_seed(seed)
    assert trial.brief_summary == first
    assert trial.detailed_description == "\n\n".join(rest)
    assert str(trial.detailed_description).endswith(first.partition(". ")[2].partition(". ")[2])  # repeated there


def test_the_seed_page_has_one_inclusion_and_eight_exclusion_criteria(seed: str) -> None:
    criteria = read(seed, "").criteria
    assert [c.kind for c in criteria] == ["inclusion"] + ["exclusion"] * 8
    assert criteria[0].text == "RP-ILD, previous or concurrent diagnosis of systemic diseases"
    assert criteria[3].text == "severe cardiovascular, hepatic and renal dysfunction"  # wrapped in the text
    assert criteria[8].text == "allergy to tocilizumab"


def _paragraphs_of_seed(seed: str) -> list[str]:
    body = seed.partition("Updated on 21 March 2022")[2].partition("\nCondition ")[0]
    return [" ".join(part.split()) for part in body.split("\n\n") if part.strip()]


def pairs_as_definitions(pairs: dict[str, str]) -> str:
    return "<dl>" + "".join(f"<dt>{label}</dt><dd>{value}</dd>" for label, value in pairs.items()) + "</dl>"


def pairs_as_table(pairs: dict[str, str]) -> str:
    return "<table>" + "".join(f"<tr><th>{a}</th><td>{b}</td></tr>" for a, b in pairs.items()) + "</table>"


def pairs_as_headings(pairs: dict[str, str]) -> str:
    return "".join(f"<div><h3>{label}</h3><p>{value}</p></div>" for label, value in pairs.items())


def pairs_flat(pairs: dict[str, str]) -> str:
    return "".join(f"<h3>{label}</h3><p>{value}</p>" for label, value in pairs.items())


def pairs_glued(pairs: dict[str, str]) -> str:
    return "".join(f"<div>{label}{value}</div>" for label, value in pairs.items())


def pairs_inline(pairs: dict[str, str]) -> str:
    return "<p>" + "<br>".join(f"<strong>{label}:</strong> {value}" for label, value in pairs.items()) + "</p>"


def pairs_as_boxes(pairs: dict[str, str]) -> str:
    return "".join(f"<div><div>{label}</div><div>{value}</div></div>" for label, value in pairs.items())


MARKUPS = [
    pairs_as_definitions, pairs_as_table, pairs_as_headings, pairs_flat, pairs_glued, pairs_inline, pairs_as_boxes
]  # fmt: skip


@pytest.mark.parametrize("markup", MARKUPS)
def test_the_seed_page_reads_the_same_in_every_markup(seed: str, markup: Callable[[dict[str, str]], str]) -> None:
    in_text = read(seed, "")
    in_html = Portal.read(replace(raw(wrapped(seed, markup), ""), source_id=in_text.id))
    assert isinstance(in_html, Trial)
    assert replace(in_html, field_sources=()) == replace(in_text, field_sources=())


def wrapped(seed: str, markup: Callable[[dict[str, str]], str]) -> str:
    """The seed's text as HTML: the same words in the same order, facts and criteria in the markup asked for."""
    head, _, rest = seed.partition("Updated on")
    facts = dict(
        re.findall(r"^(Condition|Treatment|Clinical Study Identifier|Sponsor|Last Modified on) ?(.+)$", rest, re.M)
    )
    criteria = dict(re.findall(r"^(Inclusion Criteria|Exclusion Criteria)\n\n(.+?)(?=\n\n|\nClear)", rest, re.M | re.S))
    title, *figures = [line.strip(" •") for line in head.splitlines() if line.strip()]
    tail = seed.partition("Clear my responses")[2].splitlines()
    return (
        f"<html><head><title>{escape(title)} | Some Portal</title></head><body>"
        f"<nav>Condition Home</nav><h1>{escape(title)}</h1>"
        f"<ul><li>{figures[0]}</li><li>{figures[1]}</li><li>{figures[2]}<div>{figures[3]}</div></li></ul>"
        "<p>Updated on 21 March 2022</p>"
        + "".join(f"<p>{escape(part)}</p>" for part in _paragraphs_of_seed(seed))
        + markup({label: escape(value) for label, value in facts.items()})
        + "<form><label>Yes</label> <label>No</label> <label>Not Sure</label>"
        + (markup if markup not in (pairs_glued, pairs_inline) else pairs_flat)(
            {k: escape(v) for k, v in criteria.items()}
        )
        + "<button>Clear my responses</button></form>"
        + "".join(f"<p>{escape(line.strip())}</p>" for line in tail if line.strip())
        + "</body></html>"
    )


# --- the cases beside their goldens ---------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(CASES.glob("*.golden.json")), ids=lambda path: path.name.partition(".")[0])
def test_goldens(path: Path) -> None:
    stem = path.name.removesuffix(".golden.json")
    (page,) = (case for case in CASES.glob(f"{stem}.*") if case.suffix in (".html", ".txt"))
    url = page.with_suffix(".url")
    record = raw(page.read_bytes(), url.read_text("utf-8").strip() if url.exists() else "")
    assert as_golden(Portal.read(record)) == json.loads(path.read_text("utf-8"))


def test_the_table_of_cases_names_every_fixture() -> None:
    table = (CASES.parent / "README.md").read_text("utf-8").partition("## portal")[2]
    named = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    assert sorted(named) == sorted(path.name.partition(".")[0] for path in CASES.glob("*.golden.json"))


def test_no_contact_is_ever_kept() -> None:
    told = [Portal.read(raw(page.read_bytes())) for page in CASES.glob("*.[ht]*[lt]") if page.suffix != ".json"]
    trials = [one for one in told if isinstance(one, Trial)]
    assert len(trials) > 3
    for trial in trials:
        assert not re.search(r"555-0100|contact@example\.org|Investigator", everything(trial))


# --- what the seed teaches ------------------------------------------------------------------------------------------


def test_labels_glued_to_their_values_and_labels_before_a_space() -> None:
    text = "A Title\n\nCondition Fever\nTreatment Rest\nClinical Study IdentifierNCT09990001\nSponsorAcme\nPhase2\n"
    trial = read(text)
    assert (trial.conditions, trial.study_id, trial.sponsors[0].name) == (("Fever",), "NCT09990001", "Acme")
    assert (trial.interventions[0].name, trial.phase) == ("Rest", "Phase 2")


def test_prose_that_begins_with_a_label_word_is_no_label() -> None:
    text = "A Title\n\nSponsor: Acme\n\nTreatment of fever is hard.\n\nConditions vary in Oslo\n\nPhase of the moon"
    trial = read(text)
    assert trial.sponsors[0].name == "Acme"
    assert trial.conditions == trial.interventions == ()
    assert trial.phase is None
    assert read(html("<p>Sponsor: Acme</p><p><b>Treatment</b> of fever is hard</p>")).interventions == ()


def test_a_paragraph_of_the_description_may_begin_with_a_label_and_a_colon() -> None:
    prose = "Treatment: patients of this story receive tea for a week."
    trial = read(html(f"<p>Updated on 9 May 2023</p><p>First.</p><p>{prose}</p><p>Last.</p><p>Sponsor: Acme</p>"))
    assert (trial.brief_summary, trial.detailed_description) == ("First.", f"{prose}\n\nLast.")
    assert trial.interventions == ()
    assert read(html("<p>Treatment: tea</p>")).interventions[0].name == "tea"
    assert reasons(read(html("<p>Status: Brewing</p>"))) == {"status": "Brewing"}


@pytest.mark.parametrize(
    "figure", ["participants needed", "<b></b> participants needed", "<span></span><span>participants needed</span>"]
)
def test_a_figure_without_a_value_is_null_and_never_the_next_text(figure: str) -> None:
    trial = read(html(f"<ul><li>{figure}</li><li>7 days left to enroll</li></ul><p>40</p><p>Sponsor: Acme</p>"))
    assert trial.enrollment is None
    assert reasons(trial) == {}


@pytest.mark.parametrize(
    "figure", ["1,240 participants needed", "<b>1,240</b><span>participants needed</span>", "participants needed: 1240"]
)
def test_a_figure_with_a_value(figure: str) -> None:
    assert read(html(f"<ul><li>{figure}</li></ul><p>Sponsor: Acme</p>")).enrollment == 1240


def test_an_empty_label_is_null() -> None:
    trial = read(html("<dl><dt>Status</dt><dd></dd><dt>Phase</dt><dd> </dd><dt>Sponsor</dt><dd>Acme</dd></dl>"))
    assert (trial.status, trial.status_text, trial.phase, trial.problems) == (None, None, None, ())


def test_two_dates_that_agree_are_one_fact() -> None:
    trial = read(html("<p>Updated on March 2022</p><dl><dt>Last Modified on</dt><dd>21 March 2022</dd></dl>"))
    assert (trial.last_updated, reasons(trial)) == ("2022-03-21", {})


def test_two_dates_that_disagree_are_a_problem() -> None:
    trial = read(html("<p>Updated on 20 March 2022</p><dl><dt>Last Modified on</dt><dd>21 March 2022</dd></dl>"))
    assert trial.last_updated == "2022-03-21"  # the markup is trusted more than the text
    assert reasons(trial) == {"last_updated": "20 March 2022"}


def test_a_date_that_is_not_understood_is_kept_as_a_problem() -> None:
    trial = read(html("<dl><dt>Sponsor</dt><dd>Acme</dd><dt>Last updated</dt><dd>10/02/2020</dd></dl>"))
    assert (trial.last_updated, reasons(trial)) == (None, {"last_updated": "10/02/2020"})


@pytest.mark.parametrize(
    "end",
    ["Clear my responses", "How to participate?", "Step 1", "Step 1 Connect with us", "Similar trials to consider"],
)
def test_what_ends_the_criteria(end: str) -> None:
    for page in (
        "T\n\nSponsor: Acme\n\nInclusion Criteria\n\nYes No Not Sure\nfever\n\n"
        f"Exclusion Criteria\n\ncough; cold\n{end}\nmore",
        html(
            "<p>Sponsor: Acme</p><h3>Inclusion Criteria</h3><p>Yes No Not Sure</p><p>fever</p>",
            f"<h3>Exclusion Criteria</h3><p>cough; cold</p><p>{end}</p><p>more</p>",
        ),  # fmt: skip
    ):
        trial = read(page)
        assert trial.eligibility_text == "Inclusion Criteria\n\nfever\n\nExclusion Criteria\n\ncough; cold"
        assert [c.text for c in trial.criteria] == ["fever", "cough", "cold"]


def test_criteria_that_speak_of_labels_stay_criteria() -> None:
    trial = read(
        html(
            "<dl><dt>Condition</dt><dd>Fever</dd></dl><h3>Inclusion Criteria</h3>",
            "<ul><li>Age: 18 or older</li><li>Sex: any</li><li>Treatment with rest</li></ul>",
            "<p>Phase 2 of the illness</p>",
        )
    )
    assert [c.text for c in trial.criteria] == [
        "Age: 18 or older",
        "Sex: any",
        "Treatment with rest",
        "Phase 2 of the illness",
    ]
    assert (trial.min_age, trial.sex, trial.phase, trial.interventions) == (None, None, None, ())


def test_criteria_whose_first_word_stands_in_bold_stay_criteria() -> None:
    rows = "<ul><li><b>Age</b> 18 or older</li><li><b>Treatment:</b> rest</li></ul><p><b>Sex</b> Any</p>"
    trial = read(html("<p>Sponsor: Acme</p><h3>Inclusion Criteria</h3>", rows))
    assert [c.text for c in trial.criteria] == ["Age 18 or older", "Treatment: rest", "Sex Any"]
    assert (trial.interventions, trial.sex, trial.problems) == ((), None, ())


def test_criteria_of_a_text_that_speak_of_labels_stay_criteria() -> None:
    trial = read("T\n\nSponsor: Acme\n\nInclusion Criteria\n\n- Condition: fever\n- Treatment: rest\n\nPhase 2 of it\n")
    assert [c.text for c in trial.criteria] == ["Condition: fever", "Treatment: rest", "Phase 2 of it"]
    assert trial.conditions == trial.interventions == ()


def test_two_sponsors_are_a_problem_and_the_first_stays() -> None:
    trial = read(html("<dl><dt>Sponsor</dt><dd>Acme Corp.</dd><dt>Sponsor:</dt><dd>Acme</dd></dl>"))
    assert [sponsor.name for sponsor in trial.sponsors] == ["Acme Corp."]
    assert reasons(trial) == {"sponsor": "Acme"}


def test_values_are_parted_by_markup_and_semicolons_never_by_commas() -> None:
    trial = read(
        html(
            "<dl><dt>Conditions</dt><dd><ul><li>Fever, mild</li><li>Cough; Cold</li></ul></dd>",
            "<dt>Treatment</dt><dd>Rest, in bed<br>Tea</dd></dl>",
        )  # fmt: skip
    )
    assert trial.conditions == ("Fever, mild", "Cough", "Cold")
    assert [one.name for one in trial.interventions] == ["Rest, in bed", "Tea"]


def test_an_unknown_status_keeps_its_words() -> None:
    trial = read(html("<dl><dt>Status</dt><dd>Brewing</dd></dl>"))
    assert (trial.status, trial.status_text, reasons(trial)) == (None, "Brewing", {"status": "Brewing"})
    known = read(html("<dl><dt>Status</dt><dd>Active - Recruiting</dd></dl>"))
    assert (known.status, known.status_text) == ("Recruiting", "Active - Recruiting")


def test_an_unknown_label_is_a_problem_but_a_personal_one_is_not_kept() -> None:
    trial = read(
        html(
            "<dl><dt>Sponsor</dt><dd>Acme</dd><dt>Codename</dt><dd>Blue</dd>",
            "<dt>Study nurse</dt><dd>Investigator 0a1b2c</dd>",
            "<dt>Questions to</dt><dd>contact@example.org, 555-0100</dd></dl>",
        )  # fmt: skip
    )
    assert reasons(trial) == {"Codename": "Blue", "Questions to": None}


def test_a_row_of_boxes_with_unknown_labels_is_told_to_its_last() -> None:
    said = ["Codename", "Colour", "Mood"]
    boxes = [f"<div><div>{label}</div><div>Blue</div></div>" for label in said]
    known = "<div><div>Sponsor</div><div>Acme</div></div>"
    for rows in ([*boxes, known], [known, *boxes], [boxes[0], known, *boxes[1:]]):
        trial = read(html("<p>Condition: Fever</p>", f"<div>{''.join(rows)}</div>"))
        assert reasons(trial) == dict.fromkeys(said, "Blue")
    chips = "<div><div>Codename</div><div><span>Blue</span><span>Green</span></div></div>"
    assert reasons(read(html(f"<div>{chips}{known}</div>"))) == {"Codename": "Blue; Green"}
    prose = "<div><div>Welcome</div><div>Trials for all of us.</div></div>"
    assert reasons(read(html(f"<div>{prose}{known}</div>"))) == {}


# --- whose number it is ---------------------------------------------------------------------------------------------

FACT = "<p>Sponsor: Acme</p>"
NCT_ADDRESS = "https://portal.example/trials/NCT09990009"
CANONICAL = '<link rel="canonical" href="https://c.example/trials/NCT09990001">'


@pytest.mark.parametrize(
    ("body", "url", "study_id"),
    [
        (html("<dl><dt>Study ID</dt><dd>NCT09990001</dd></dl>"), NCT_ADDRESS, "NCT09990001"),  # label before address
        (html(FACT, "<p>as in NCT09990003</p>"), NCT_ADDRESS, "NCT09990009"),  # address before text
        (html(FACT, "<p>as in NCT09990003</p>", title="NCT09990002: a study"), ADDRESS, "NCT09990002"),
        (html(FACT, "<p>as in NCT09990003</p>"), ADDRESS, "NCT09990003"),
        (html(FACT, "<p>NCT09990003 and NCT09990004</p>"), ADDRESS, None),
        (html(FACT, "<h2>Similar trials</h2><p>NCT09990005</p>"), ADDRESS, None),
        (html(FACT, "<aside>NCT09990005</aside>"), ADDRESS, None),
        (html(FACT, '<p><a href="/clinical-trials/listings/5/">NCT09990005</a></p>'), ADDRESS, None),
        (html("<dl><dt>Study ID</dt><dd>NCT09990001; NCT09990002</dd></dl>"), NCT_ADDRESS, None),
        (html("<dl><dt>Study ID</dt><dd>ISRCTN12345678</dd></dl>"), ADDRESS, "ISRCTN12345678"),
        (html("<div>Similar trials<p>NCT09990005</p></div>", FACT, "<p>NCT09990001</p>"), ADDRESS, "NCT09990001"),
    ],
)
def test_study_id(body: str, url: str, study_id: str | None) -> None:
    trial = read(body, url)
    assert trial.study_id == study_id
    several = [problem for problem in trial.problems if problem.reason.startswith("several numbers")]
    assert bool(several) == (body.count("NCT") == 2 and study_id is None)


def test_other_numbers_are_identifiers() -> None:
    trial = read(html("<dl><dt>Study IDs</dt><dd>EXA-1<br>NCT09990001<br>2031-123456-12</dd></dl>"))
    assert trial.study_id == "NCT09990001"
    assert [(one.type, one.value) for one in trial.identifiers] == [
        (None, "EXA-1"),
        ("EUDRACT_NUMBER", "2031-123456-12"),
    ]


@pytest.mark.parametrize(
    ("url", "name", "one_address"),
    [
        (ADDRESS + "?radius=50", "portal.example:337486", "https://portal.example/clinical-trials/listings/337486/"),
        ("http://Portal.Example:8080/clinical-trials/listings/337486", "portal.example:337486", "http://portal.example:8080/clinical-trials/listings/337486/"),
        ("https://p.example/clinical-trials/listings/nct09990001/x", "p.example:NCT09990001", "https://p.example/clinical-trials/listings/NCT09990001/"),
        ("https://p.example/trials/NCT09990001?utm_source=a#b", "p.example:NCT09990001", "https://p.example/trials/NCT09990001"),
        ("https://p.example/trial/some-study/?place=Oslo", "p.example:/trial/some-study", "https://p.example/trial/some-study"),
        ("https://p.example/t.aspx?TrialID=7&utm_medium=b", "p.example:/t.aspx?TrialID=7", "https://p.example/t.aspx?TrialID=7"),
    ],
)  # fmt: skip
def test_identity(url: str, name: str, one_address: str) -> None:
    assert identity(url) == name
    assert canonical(url) == one_address
    assert identity(one_address) == name
    assert canonical(one_address) == one_address


@pytest.mark.parametrize(
    "url", ["", "ftp://a.example/x", "https://", "/trials/1", "https://a.example:99999/", "http://[::1"]
)
def test_no_identity_without_a_web_address(url: str) -> None:
    with pytest.raises(ValueError, match="not a web address"):
        identity(url)


@pytest.mark.parametrize(
    ("head", "url", "name"),
    [
        (CANONICAL, "https://p.example/trial/9", "p.example:/trial/9"),
        (CANONICAL, None, "c.example:NCT09990001"),
        ('<meta property="og:url" content="https://c.example/clinical-trials/listings/7/s/">', None, "c.example:7"),
        ('<link rel="canonical" href="/trials/NCT09990001">', None, "saved:"),
        ("", None, "saved:"),
    ],
)  # fmt: skip
def test_a_saved_page_is_named_by_its_address(head: str, url: str | None, name: str) -> None:
    page = f"<html><head>{head}</head><body><h1>T</h1></body></html>".encode()
    (record,) = Portal.cut(page, url=url, content_type="text/html", at=AT)
    assert record.source_id == name or (name == "saved:" and re.fullmatch("saved:[0-9a-f]{12}", record.source_id))
    assert (record.source, record.body, record.fetched_at) == ("portal", page, AT)


def test_an_empty_file_is_damaged() -> None:
    with pytest.raises(Damaged, match="empty"):
        list(Portal.cut(b" \n", url=None, content_type="", at=AT))


# --- profiles -------------------------------------------------------------------------------------------------------


def test_a_profile_is_chosen_by_what_the_page_holds_not_by_its_host() -> None:
    shape = "<p>Recruiting</p><p>Sponsor: Acme</p>"  # only TrialX's profile knows a status without a label
    marks = '<div id="contact-site-form"></div><div id="site-widget"></div>'
    assert read(html(shape), "https://trialx.com/other/1").status is None
    assert read(html(shape, marks), "https://anywhere.example/other/1").status == "Recruiting"
    assert read(html(shape, '<div id="site-widget"></div>'), ADDRESS).status == "Recruiting"


def test_a_microsite_and_skipped_addresses_are_no_listings() -> None:
    page = html("<p>Condition: Fever</p>")
    assert isinstance(Portal.read(raw(page, "https://p.example/clinicaltrial/12/slug/")), Rejected)
    assert by_address("https://p.example/clinicaltrial/12/NCT09990001/") is None


@pytest.mark.parametrize("text", ["name = ", "[urls]\ntrial = ['(']", "[words]\nstop = 3"])
def test_a_malformed_profile_is_named(text: str) -> None:
    common = tomllib.loads((files("scraper") / "portals" / "generic.toml").read_text("utf-8"))
    with pytest.raises(MalformedProfile, match="mine.toml"):
        profile("mine", text, common)


def test_every_profile_loads() -> None:
    named = sorted(entry.name.removesuffix(".toml") for entry in (files("scraper") / "portals").iterdir())
    assert sorted(one.key for one in profiles()) == named
    assert {"trialx", "trialx_a", "trialx_b", "trialx_c", "centerwatch", "isrctn"} < set(named)
    assert profiles()[-1].key == "generic"


# --- steady, recognises, and bodies that are no pages ---------------------------------------------------------------

PASSING = (
    '<script nonce="%s">var a = "%s"; if (1 < 2) {}</script>',
    "<style>.c%s { color: red }</style>", "<!-- built %s -->",
    '<input type="hidden" name="csrf" value="%s">', '<meta name="csrf-token" content="%s">', '<p nonce="%s">x</p>',
    '<link rel="stylesheet" href="/s.%s.css">', "<input value='%s' type=hidden>", '<div data-csrf-token="%s"></div>',
    '<SCRIPT src="/a.js?v=%s"></SCRIPT>',
)  # fmt: skip


@pytest.mark.parametrize("passing", PASSING)
def test_what_passes_does_not_change_the_steady_body(passing: str) -> None:
    one, other = (
        html("<p>Sponsor: Acme</p>", passing.replace("%s", word), "<p>end</p>").encode() for word in ("aa11", "b2")
    )
    assert one != other
    assert Portal.steady(one) == Portal.steady(other)
    assert b"Sponsor: Acme" in Portal.steady(one)
    assert b"<p>end</p>" in Portal.steady(one)


@pytest.mark.parametrize(
    "said",
    [
        "<p>%s</p>",
        '<input type="text" value="%s">',
        '<script type="application/ld+json">{"a": "%s"}</script>',
        '<a href="%s">x</a>',
        '<link rel="canonical" href="%s">',
    ],
)
def test_what_is_said_changes_the_steady_body(said: str) -> None:
    assert Portal.steady(html(said.replace("%s", "one")).encode()) != Portal.steady(
        html(said.replace("%s", "two")).encode()
    )


@pytest.mark.parametrize(
    "body", [b"<script>", b"<!--", b"<style><script></style>", b"<script", b"\xff\xfe\0", b"", b"<input type=hidden"]
)
def test_steady_takes_anything(body: bytes) -> None:
    assert isinstance(Portal.steady(body), bytes)


@pytest.mark.parametrize(
    ("head", "is_one"),
    [
        (b"<!DOCTYPE html><html><body>x</body></html>", True),
        (b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body>', True),
        (b"\xef\xbb\xbf<html>", True),
        (b'{"protocolSection": {"a": "<p>"}}', False),
        (b'[{"a": "<p>"}]', False),
        (b"\x89PNG\r\n\x1a\n\0\0\0<p>", False),
        (b"%PDF-1.4 <p>", False),
        (gzip.compress(b"<html><p>", mtime=0), False),
        (b'<?xml version="1.0"?><urlset><url><loc>https://p.example/</loc></url></urlset>', False),
        (b'<rss version="2.0"><title>x</title></rss>', False),
        (b"id,title\n1,Condition\n", False),
        (b"A diary.\n\nIt rained.", False),
        (b"", False),
    ],
)
def test_recognises(head: bytes, is_one: bool) -> None:
    assert Portal.recognises(head, "a file") is is_one


def test_recognises_pages_saved_as_text() -> None:
    assert Portal.recognises((CASES / "glued_text.txt").read_bytes(), "page.txt")


def test_recognises_the_seed(seed: str) -> None:
    assert Portal.recognises(seed.encode(), "seed_trial_page.txt")


@given(st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)))
@settings(max_examples=150, deadline=None)
def test_no_body_makes_reading_raise(body: bytes) -> None:
    page = b"<html><h1>T</h1><dl><dt>Condition</dt><dd>" + body + b"</dl>Inclusion criteria<p>" + body
    for one in (body, page, b"T\n\nSponsor: Acme\n" + body):
        record = RawRecord(source="portal", source_id="x", url="", fetched_at=AT, content_type="", body=one)
        assert isinstance(Portal.read(record), Trial | Rejected)
        assert isinstance(Portal.steady(one), bytes)
        assert isinstance(Portal.recognises(one, ""), bool)


@pytest.mark.parametrize("name", sorted(path.name for path in CASES.glob("*.html")))
def test_a_page_cut_off_anywhere_is_read_or_rejected(name: str) -> None:
    body = (CASES / name).read_bytes()
    for end in range(0, len(body), 97):
        record = RawRecord(source="portal", source_id="x", url="", fetched_at=AT, content_type="", body=body[:end])
        assert isinstance(Portal.read(record), Trial | Rejected)


@pytest.mark.parametrize("url", ["", "nonsense", "https://[", ADDRESS])
def test_deep_pages_are_read(url: str) -> None:
    body = html(
        "<div>" * 10_000, "<dl><dt>Condition</dt><dd>Fever</dd></dl>", "</div>" * 10_000, "<p>Sponsor: Acme</p>"
    )
    told = Portal.read(
        RawRecord(source="portal", source_id="x", url=url, fetched_at=AT, content_type="", body=body.encode())
    )
    assert isinstance(told, Trial)
    assert (told.conditions, told.sponsors[0].name) == (("Fever",), "Acme")


@pytest.mark.parametrize(
    "body",
    [
        "T\n\n" + "Condition: fever\n" * (10 * MOST_BLOCKS),
        html("<h3>Inclusion Criteria</h3><p>", "fever; " * (10 * LONGEST_CRITERIA // 7), "</p>"),
        html("<dl>", "<dt>Unknown</dt><dd>x</dd>" * (10 * MOST_BLOCKS), "</dl>"),
        html("<p>Sponsor: Acme</p><p>", "NCT09990001 " * 500_000, "</p>"),
        html("<table><tr>", "<th>Condition</th>" * (10 * MOST_BLOCKS), "</tr></table>"),
        html("<div>", "<b></b><div>Condition</div><p>x</p>" * (10 * MOST_BLOCKS), "</div>"),
        html("<p>Sponsor: Acme</p>", "<h3>Inclusion</h3><h3>Exclusion</h3>" * (10 * MOST_BLOCKS)),
        html(
            "<dl><dt>Sponsor</dt><dd>",
            "Describes the " * 700_000,
            "</dd><dt>Codename</dt><dd>",
            "a" * 5_000_000,
            "</dd></dl>",
        ),
        html("<p>Sponsor: A</p><p>Phase ", "A." * 4_000_000, "</p><p>\nInclusion", " " * 1_000_000, "x</p>"),
        html("<p>Sponsor: A</p><script type='application/ld+json'>[\"", '\\\\"' * 600_000, "</script>"),
        html("<p>Sponsor: A</p><script type='application/ld+json'>[", " " * 1_900_000, ",x</script>"),
    ],
    ids=["labels", "criteria", "unknown labels", "numbers", "columns", "siblings", "headings", "sentences", "spaces"]
    + ["quotes", "white space"],
)
def test_a_page_without_end_is_read_in_bounded_time(body: str) -> None:
    before = perf_counter()
    told = Portal.read(raw(body))
    assert perf_counter() - before < 60  # it takes two or three seconds
    if isinstance(told, Trial):
        assert len(told.problems) <= MOST_PROBLEMS
        assert len(told.eligibility_text or "") <= len(body)
        assert sum(len(criterion.text) for criterion in told.criteria) <= LONGEST_CRITERIA
