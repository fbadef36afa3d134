"""Every trap that pages of real portals set, once each, on pages of our own words."""

from __future__ import annotations

import json
from textwrap import dedent

import pytest

from pipelines.read import as_golden
from scraper.items import RawRecord, Rejected, Trial
from scraper.pages import document
from scraper.profiles import canonical, identity, profiles, recognised
from scraper.spiders.portal import Portal

AT = "2026-11-20T04:00:00Z"
ADDRESS = "https://portal.example/trial/made-up-study"
TRIALX = "https://portal.example/clinical-trials/listings/337486/slug/"


def told(body: str, url: str = ADDRESS) -> Trial | Rejected:
    (raw,) = Portal.cut(dedent(body).strip().encode(), url=url, content_type="", at=AT)
    return Portal.read(raw)


def read(body: str, url: str = ADDRESS) -> Trial:
    trial = told(body, url)
    assert isinstance(trial, Trial), trial
    return trial


def html(*lines: str) -> str:
    return f"<html><body><h1>Examplinib in Synthetic Fever</h1>{''.join(lines)}</body></html>"


def doubts(trial: Trial) -> dict[str, str | None]:
    return {one.field: one.value for one in trial.problems if not one.reason.startswith("not found, though")}


def criteria(trial: Trial) -> list[tuple[str, str]]:
    return [(one.kind, one.text) for one in trial.criteria]


# --- values that stand against each other ---------------------------------------------------------------------------


def test_glued_chips_are_parted_by_their_markup() -> None:
    trial = read(html("<dl><dt>Conditions</dt><dd><a>Made-up Resistance</a><a>Fasting</a></dd></dl>"))
    assert trial.conditions == ("Made-up Resistance", "Fasting")


def test_glued_chips_of_a_text_are_no_value_but_a_problem() -> None:
    trial = read("Examplinib\n\nSponsor: Acme\nConditions: Made-up ResistanceFasting\n", "")
    assert trial.conditions == ()
    assert doubts(trial) == {"conditions": "Made-up ResistanceFasting"}


def test_facts_glued_without_any_label_are_nothing() -> None:
    trial = read("Examplinib\n\nSponsor: Acme\n\nCompletedNot Applicable\nOslo111 participantsStarted 2022-01-01\n", "")
    assert (trial.status, trial.phase, trial.enrollment, trial.start_date) == (None, None, None, None)


@pytest.mark.parametrize(
    "line", ["N/AClinical Study ID", "<span>N/A</span><strong>Clinical Study ID</strong>", "–Clinical Study ID"]
)
def test_a_value_glued_to_the_label_behind_it(line: str) -> None:
    trial = read(html(f"<div>Phase</div><div>{line}</div><p>NCT09990001</p><p>EXA-1</p><p>Sponsor: Acme</p>"))
    assert trial.study_id == "NCT09990001"
    text = read("T\n\nPhase\nN/AClinical Study ID\nNCT09990001\n\nSponsor: Acme\n", "")
    assert (text.study_id, text.phase) == ("NCT09990001", None)


HEALTHY = "accept healthy volunteers"


@pytest.mark.parametrize(
    ("said", "ages", "sex", "healthy"),
    [
        ("18-60 Years All Genders", ("18 Years", "60 Years"), "All", None),
        (
            f"18 Years - 80 Years (Adult, Older Adult)All SexesDoes not {HEALTHY}",
            ("18 Years", "80 Years"),
            "All",
            False,
        ),
        ("18 Years and older Female Accepts healthy volunteers", ("18 Years", None), "Female", True),
        ("2 Years to 17 Years (Child)", ("2 Years", "17 Years"), None, None),
    ],
)
def test_ages_sex_and_health_under_one_label(
    said: str, ages: tuple[str, str | None], sex: str | None, healthy: bool | None
) -> None:
    for trial in (
        read(html(f"<dl><dt>Ages</dt><dd>{said}</dd></dl>")),
        read(f"T\n\nSponsor: Acme\nAges: {said}\n", ""),
    ):
        assert ((trial.min_age, trial.max_age), trial.sex, trial.healthy_volunteers) == (ages, sex, healthy)
        assert trial.problems == ()


def test_a_label_whose_longer_form_would_end_inside_the_value() -> None:
    trial = read(html("<div>ConditionStorybook Anemia</div><div>Last UpdateDecember 27, 2018</div>"))
    assert (trial.conditions, trial.last_updated) == (("Storybook Anemia",), "2018-12-27")


# --- labels that say something else ---------------------------------------------------------------------------------


def test_a_condition_under_the_wrong_label_is_not_believed() -> None:
    trial = read(html("<dl><dt>Primary Purpose</dt><dd>Synthetic Fever</dd><dt>Sponsored by</dt><dd>Acme</dd></dl>"))
    assert (trial.conditions, trial.primary_purpose) == ((), None)
    assert doubts(trial) == {"primary_purpose": "Synthetic Fever"}
    assert read(html("<dl><dt>Primary Purpose</dt><dd>Treatment</dd></dl>")).primary_purpose == "TREATMENT"


def test_source_is_no_sponsor() -> None:
    rows = "<tr><td>Source</td><td>Acme</td></tr><tr><td>NCT number</td><td>NCT09990001</td></tr>"
    trial = read(html(f"<table>{rows}</table>"))
    assert trial.sponsors == ()
    assert doubts(trial) == {"Source": "Acme"}


def test_two_sponsors_with_different_values() -> None:
    trial = read(html("<p>Sponsor: Acme Research Corp.</p><p>Status: Recruiting</p><p>Sponsor: Acme</p>"))
    assert [one.name for one in trial.sponsors] == ["Acme Research Corp."]
    assert doubts(trial) == {"sponsor": "Acme"}


def test_the_status_of_the_register_and_that_of_a_site() -> None:
    trial = read(html("<p>Status: Recruiting</p><p>Acme Status: Open</p><p>Sponsor: Acme</p>"))
    assert (trial.status, trial.status_text) == ("Recruiting", "Recruiting")
    assert doubts(trial) == {"Acme Status": "Open"}


@pytest.mark.parametrize(
    ("recruitment", "study", "status"),
    [
        ("No longer recruiting", "Ongoing", "Active, not recruiting"),
        ("No longer recruiting", "Completed", "Completed"),
        ("Recruiting", "Ongoing", "Recruiting"),
        ("Suspended", "Suspended", "Suspended"),
        ("No longer recruiting", "Stopped", None),
        ("Recruiting", "Completed", None),
        ("No longer recruiting", None, None),
        (None, "Completed", "Completed"),
        (None, "Ongoing", None),
    ],
)
def test_the_status_of_recruitment_and_that_of_the_study(
    recruitment: str | None, study: str | None, status: str | None
) -> None:
    pairs = [("Recruitment status", recruitment), ("Overall study status", study)]
    rows = "".join(f"<dt>{label}</dt><dd>{value}</dd>" for label, value in pairs if value)
    trial = read(html(f"<dl>{rows}</dl>"))
    words = "; ".join(value for _, value in pairs if value)
    assert (trial.status, trial.status_text) == (status, words)
    assert doubts(trial) == ({} if status else {"status": words})


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("Enrolling", "Recruiting"),
        ("Active - Recruiting", "Recruiting"),
        ("Open", "Recruiting"),
        ("RECRUITING", "Recruiting"),
        ("NOT_YET_RECRUITING", "Not yet recruiting"),
        ("Active", "Active, not recruiting"),
        ("Enrolling by invitation", "Enrolling by invitation"),
        ("Unknown", "Unknown status"),
        ("Brewing", None),
    ],
)
def test_status_words_of_portals(said: str, status: str | None) -> None:
    trial = read(html(f"<dl><dt>Overall Status</dt><dd>{said}</dd></dl>"))
    assert (trial.status, trial.status_text) == (status, said)


# --- dates and figures ----------------------------------------------------------------------------------------------


def test_day_first_dates_are_read_where_the_profile_says_so_and_nowhere_else() -> None:
    rows = "<dl><dt>Plain English summary</dt><dt>Recruitment status</dt><dd>Recruiting</dd><dt>Condition category</dt>"
    rows += "<dd>Invented</dd><dt>Overall study status</dt><dd>Ongoing</dd><dt>Last edited</dt><dd>10/02/2020</dd></dl>"
    assert read(html(rows), "https://www.isrctn.com/ISRCTN09990001").last_updated == "2020-02-10"
    elsewhere = read(html("<dl><dt>Last updated</dt><dd>10/02/2020</dd><dt>Sponsor</dt><dd>Acme</dd></dl>"))
    assert (elsewhere.last_updated, doubts(elsewhere)) == (None, {"last_updated": "10/02/2020"})


def test_a_date_of_a_month_keeps_that_precision() -> None:
    assert read(html("<p>Last updated on November 2018</p><p>Sponsor: Acme</p>")).last_updated == "2018-11"


@pytest.mark.parametrize("figure", ["", "0", "-", "N/A"])
def test_an_empty_figure_is_null(figure: str) -> None:
    trial = read(html(f"<p>Target enrollment: {figure}</p><p>Sponsor: Acme</p>"))
    assert trial.enrollment is None
    assert set(doubts(trial)) <= {"enrollment"}


def test_a_figure_and_its_word() -> None:
    assert read(html("<dl><dt>Enrollment</dt><dd>1,111 participants</dd></dl>")).enrollment == 1111


def test_empty_metrics_do_not_take_the_next_text() -> None:
    trial = read(
        """
        A Made-up Study

          • days left to enroll
          • participants needed
          • sponsor
            Acme
        Updated on 9 May 2023
        """,
        "",
    )
    assert (trial.enrollment, trial.sponsors[0].name, trial.last_updated) == (None, "Acme", "2023-05-09")


# --- what explains a label ------------------------------------------------------------------------------------------

GLOSSARY = "Describes the nature of a clinical study, in words for everybody."


@pytest.mark.parametrize(
    "rows",
    [
        f"<dt>Study type</dt><dd>Observational<p>{GLOSSARY}</p></dd>",
        f"<dt>Study type</dt><dd><span>Observational</span><div>{GLOSSARY}</div></dd>",
        f"<dt>Study type</dt><dd>Observational{GLOSSARY}</dd>",
        f"<dt>Study type</dt><dd>Observational</dd><dd>{GLOSSARY}</dd>",
    ],
)
def test_a_glossary_behind_the_value(rows: str) -> None:
    trial = read(html(f"<dl>{rows}<dt>Sponsor</dt><dd>Acme</dd></dl>"))
    assert (trial.study_type, doubts(trial)) == ("Observational", {})


def test_a_glossary_behind_a_condition() -> None:
    sentence = "The disease, disorder, syndrome or injury that is being studied."
    trial = read(html(f"<h3>Condition</h3><p>Synthetic Fever</p><p>{sentence}</p><h3>Sponsor</h3><p>Acme</p>"))
    assert trial.conditions == ("Synthetic Fever",)
    assert read(f"T\n\nSponsor: Acme\n\nCondition\nSynthetic Fever\n{sentence}\n", "").conditions == (
        "Synthetic Fever",
    )


def test_a_sentence_among_names_is_no_name() -> None:
    prose = "Ask your own people whether this is for you."
    trial = read(html(f"<h3>Condition</h3><p>Synthetic Fever</p><p>{prose}</p>"))
    assert (trial.conditions, doubts(trial)) == (("Synthetic Fever",), {"conditions": prose})


HELPERS = {  # label, a sentence that explains it, the value
    "Conditions": ("Which illness the study looks at.", "Synthetic Fever"),
    "Lead Sponsor": ("Who answers for the study as a whole.", "Acme, Inc."),
    "Recruitment Status": ("Can people still join the study?", "RECRUITING"),
    "NCT ID": ("The number at the register.", "NCT09990001"),
    "Phase": ("How far the drug has come.", "PHASE2"),
    "Last updated": ("When the record last changed.", "3 May 2024"),
    "Enrollment": ("How many people take part.", "120 estimated patients"),
    "Sex": ("Who is looked for.", "Females and males"),
}


@pytest.mark.parametrize(
    "form",
    [
        "<h3>{label}</h3><p>{helper}</p><p>{value}</p>",
        "<div><h3>{label}</h3><p>{helper}</p><div>{value}</div></div>",
        "<div><div>{label}</div><div><p>{helper}</p><p>{value}</p></div></div>",
        "{label}\n{helper}\n{value}\n\n",
    ],
    ids=["headings", "boxes", "label and box", "text"],
)
def test_a_helper_sentence_under_every_heading_is_no_value(form: str) -> None:
    rows = "".join(form.format(label=label, helper=one[0], value=one[1]) for label, one in HELPERS.items())
    trial = read(html(rows)) if "<" in form else read(f"T\n\n{rows}", "")
    assert (trial.conditions, trial.sponsors[0].name) == (("Synthetic Fever",), "Acme, Inc.")
    assert (trial.status, trial.study_id, trial.identifiers) == ("Recruiting", "NCT09990001", ())
    assert (trial.phase, trial.last_updated, trial.enrollment, trial.sex) == ("Phase 2", "2024-05-03", 120, "All")
    assert sorted(filter(None, doubts(trial).values())) == sorted(helper for helper, _ in HELPERS.values())


@pytest.mark.parametrize("label", ["Condition", "Sponsor", "NCT ID", "Treatment"])
def test_a_sentence_alone_under_a_label_is_no_name(label: str) -> None:
    prose = "Here you find what the study is about."
    trial = read(html(f"<p>Phase: 2</p><h3>{label}</h3><p>{prose}</p>"))
    assert (trial.conditions, trial.sponsors, trial.identifiers, trial.interventions) == ((), (), (), ())
    assert list(doubts(trial).values()) == [prose]


def test_an_absent_value_does_not_shift_those_below() -> None:
    rows = "<dt>Phase</dt><dt>Status</dt><dd>Open</dd><dt>Sponsor</dt><dd>Acme</dd>"
    for one in (rows, rows.replace("<dt>Status", "<dd></dd><dt>Status")):
        trial = read(html(f"<dl>{one}</dl>"))
        assert (trial.phase, trial.status_text, trial.sponsors[0].name) == (None, "Open", "Acme")


def test_a_heading_over_many_parts_is_not_over_criteria() -> None:
    parts = "Details and patient eligibility\n\nAbout\n\nA text about it.\n\nInclusion criteria\n* fever\n"
    assert criteria(read(f"T\n\nSponsor: Acme\n\n{parts}", "")) == [("inclusion", "fever")]


# --- names before what they are -------------------------------------------------------------------------------------

WHO = "Who Is Running the Clinical Trial?"


@pytest.mark.parametrize(
    "rows",
    [
        "<div><p>Acme</p><p>Lead Sponsor</p></div><div><p>Beta Trust</p><p>Collaborator</p></div>",
        "<ul><li><b>Acme</b> <i>Lead Sponsor</i></li><li><b>Beta Trust</b> <i>Collaborator</i></li></ul>",
        "<p>Acme</p><p>Lead Sponsor</p><p>17</p><p>Trials</p><p>Beta Trust</p><p>Collaborator</p>",
        "<p>Acme</p><p>Lead Sponsor</p><p>Investigator 0a1b2c</p><p>Principal Investigator</p>"
        "<p>Beta Trust</p><p>Collaborator</p>",
        "<p>Lead Sponsor</p><p>Acme</p><p>Collaborator</p><p>Beta Trust</p>",  # in the usual order after all
    ],
)
def test_a_name_before_its_role(rows: str) -> None:
    trial = read(html(f"<p>Condition: Fever</p><h2>{WHO}</h2>{rows}<h2>Timeline</h2><p>Gamma</p>"))
    assert [(one.name, one.role) for one in trial.sponsors] == [("Acme", "lead"), ("Beta Trust", "collaborator")]
    assert "Investigator" not in json.dumps(as_golden(trial))


def test_a_name_before_its_role_in_a_text() -> None:
    trial = read(
        f"T\n\nCondition: Fever\nPhase: 2\n\n{WHO}\n\nAcme\n\nLead Sponsor\n\nBeta Trust\n\nCollaborator\n", ""
    )
    assert [(one.name, one.role) for one in trial.sponsors] == [("Acme", "lead"), ("Beta Trust", "collaborator")]


@pytest.mark.parametrize(
    "line", ["Research Sponsored by Acme", "Launched by Acme · Jun 28, 2012", "Sponsored by: Acme"]
)
def test_a_sponsor_in_a_sentence(line: str) -> None:
    assert [one.name for one in read(html(f"<p>{line}</p><p>Some prose.</p>")).sponsors] == ["Acme"]


# --- criteria -------------------------------------------------------------------------------------------------------


def test_bullets_broken_over_lines() -> None:
    text = "T\n\nSponsor: Acme\n\nCriteria\n\nInclusion Criteria:\n\n•\nAge 18 or\nolder\n•\nAble to swallow\n"
    assert criteria(read(text, "")) == [("inclusion", "Age 18 or older"), ("inclusion", "Able to swallow")]
    markup = "<h3>Inclusion Criteria</h3><p>•<br>Age 18 or<br>older<br>•<br>Able to swallow</p>"
    assert criteria(read(html("<p>Sponsor: Acme</p>", markup))) == [
        ("inclusion", "Age 18 or older"),
        ("inclusion", "Able to swallow"),
    ]


def test_markdown_escapes_and_doubled_bullets() -> None:
    text = "Eligibility criteria\n\n* INCLUSION CRITERIA:\n\n- • Age \\>= 18 \\[years\\]\n- • Consent\n"
    assert criteria(read(f"T\n\nSponsor: Acme\n\n{text}", "")) == [
        ("inclusion", "Age >= 18 [years]"),
        ("inclusion", "Consent"),
    ]
    rows = "<li>• Age \\&gt;= 18 \\[years\\]</li><li>• Consent</li>"
    trial = read(html(f"<p>Sponsor: Acme</p><h2>Eligibility criteria</h2><p>INCLUSION CRITERIA:</p><ul>{rows}</ul>"))
    assert criteria(trial) == [("inclusion", "Age >= 18 [years]"), ("inclusion", "Consent")]


def test_controls_of_a_questionnaire_are_no_criteria() -> None:
    text = "Yes No Not Sure\n\nInclusion Criteria\n\nfever\n\nExclusion Criteria\n\ncough; a\ncold\n"
    trial = read(f"T\n\nSponsor: Acme\n\n{text}Clear my responses\n\nHow to participate?\n\nStep 1\n", "")
    assert criteria(trial) == [("inclusion", "fever"), ("exclusion", "cough"), ("exclusion", "a cold")]


def test_headings_with_a_count() -> None:
    rows = "<h3>Conditions (2)</h3><ul><li>Fever</li><li>Cough</li></ul><h3>Inclusion Criteria (1)</h3><p>fever</p>"
    trial = read(html(rows))
    assert trial.conditions == ("Fever", "Cough")
    assert [(one.kind, one.heading, one.text) for one in trial.criteria] == [("inclusion", None, "fever")]


def test_must_have_and_must_not_have() -> None:
    rows = "<h3>Must have</h3><ul><li>fever</li></ul><h3>Must not have</h3><ul><li>cough</li></ul>"
    assert criteria(read(html("<p>Condition: Fever</p>", rows))) == [("inclusion", "fever"), ("exclusion", "cough")]


def test_you_may_qualify_if_you() -> None:
    rows = "<h3>You may qualify if you:</h3><ul><li>have a fever</li></ul><p>NCT09990001</p>"
    trial = read(html(f"<main>{rows}</main>"))
    assert criteria(trial)[0] == ("inclusion", "have a fever")
    assert trial.study_id == "NCT09990001"


# --- numbers and addresses ------------------------------------------------------------------------------------------


def test_several_numbers_under_one_label() -> None:
    trial = read(html("<div><div>Clinical Study ID</div><p>EXA-1</p><p>NCT09990001</p><p>2031-123456-12</p></div>"))
    assert trial.study_id == "NCT09990001"
    assert [(one.type, one.value) for one in trial.identifiers] == [
        (None, "EXA-1"),
        ("EUDRACT_NUMBER", "2031-123456-12"),
    ]


def test_a_list_of_numbers_is_not_split_at_commas() -> None:
    trial = read(
        html("<dl><dt>Secondary identifying numbers</dt><dd>CPMS 1, IRAS 2</dd><dt>Sponsor</dt><dd>A</dd></dl>")
    )
    assert [one.value for one in trial.identifiers] == ["CPMS 1, IRAS 2"]


@pytest.mark.parametrize(
    "others",
    [
        "<h2>Similar trials</h2><p>NCT09990002</p><p>Condition: Cough</p>",
        "<div><h2>Related studies</h2><dl><dt>NCT number</dt><dd>NCT09990002</dd></dl></div>",
        "<aside><p>Clinical Study Identifier: NCT09990002</p></aside>",
        '<p>See also <a href="/trials/NCT09990002">NCT09990002</a></p>',
        '<script type="application/ld+json">{"@type": "ItemList", "itemListElement": [{"item": '
        '{"@type": "MedicalTrial", "name": "Other", "identifier": "NCT09990002"}}]}</script>',
    ],
)
def test_the_number_of_a_similar_trial_does_not_win(others: str) -> None:
    facts = "<dl><dt>Condition</dt><dd>Fever</dd><dt>Sponsor</dt><dd>Acme</dd></dl>"
    below, above = html(facts, others), html(f"<div>{others}</div>", facts)
    for page in (below, above):
        trial = read(page)
        assert (trial.study_id, trial.conditions) == (None, ("Fever",))
        assert read(page, "https://p.example/trials/NCT09990001").study_id == "NCT09990001"


@pytest.mark.parametrize(
    "url",
    [
        "https://p.example/clinicaltrial/12/a-slug/",
        "https://p.example/clinical-trials/listings/search/?q=fever",
        "https://dev-connect.ainfo.io/clinical-trials/listings/12/",
    ],
)
def test_microsites_searches_and_test_servers_are_skipped(url: str) -> None:
    assert isinstance(told(html("<p>Condition: Fever</p>"), url), Rejected)


def test_a_microsite_is_known_by_its_mark_on_any_host() -> None:
    marks = '<p id="contact-site-form">Sign up as volunteer</p><p>Condition: Fever</p>'
    page = f'<html><body id="study_website"><h1>T</h1>{marks}</body></html>'
    assert isinstance(told(page, "https://anywhere.example/x"), Rejected)


@pytest.mark.parametrize(
    ("url", "name", "one_address"),
    [
        (
            TRIALX + "?place=Oslo&radius=10&user_country=NO",
            "portal.example:337486",
            "https://portal.example/clinical-trials/listings/337486/",
        ),
        (
            "https://p.example:8443/clinical-trials/listings/NCT09990001/a?q=x",
            "p.example:NCT09990001",
            "https://p.example:8443/clinical-trials/listings/NCT09990001/",
        ),
        ("https://www.isrctn.com/ISRCTN09990001?q=&page=1", "ISRCTN09990001", "https://www.isrctn.com/ISRCTN09990001"),
        ("https://www.isrctn.com/ISRCTNISRCTN09990001", "ISRCTN09990001", "https://www.isrctn.com/ISRCTN09990001"),
        (
            "https://mirror.example/ISRCTN09990001",
            "mirror.example:ISRCTN09990001",
            "https://mirror.example/ISRCTN09990001",
        ),
    ],
)
def test_tracking_queries_and_slugs_are_no_part_of_an_address(url: str, name: str, one_address: str) -> None:
    assert (identity(url), canonical(url)) == (name, one_address)


def test_the_same_trial_on_two_portals_is_two_listings_of_one_number() -> None:
    one = read(html("<p>Clinical Study IdentifierNCT09990001</p>"), TRIALX)
    other = read(html("<p>Condition: Fever</p>"), "https://other.example/trials/NCT09990001")
    assert (one.id, other.id) == ("portal.example:337486", "other.example:NCT09990001")
    assert one.study_id == other.study_id == "NCT09990001"


# --- where values come from, and what is not known ------------------------------------------------------------------


def test_precedence_of_sources() -> None:
    json_ld = (
        '<script type="application/ld+json">{"@type": "MedicalTrial", "name": "In JSON-LD", "healthCondition": "Cough",'
        '"sponsor": "Beta", "status": "https://schema.org/Completed", "description": "Said in JSON-LD."}</script>'
    )
    page = html(json_ld, "<dl><dt>Condition</dt><dd>Fever</dd></dl>", "<p>Sponsor: Acme</p>")
    trial = read(page)
    methods = {one.field: one.method for one in trial.field_sources}
    assert (trial.conditions, methods["conditions"]) == (("Fever",), "label in the page's markup")
    assert (trial.sponsors[0].name, methods["sponsors"]) == ("Beta", "JSON-LD")
    assert (trial.status, methods["status"]) == ("Completed", "JSON-LD")
    assert (trial.brief_summary, methods["brief_summary"]) == ("Said in JSON-LD.", "JSON-LD")
    assert (trial.title, methods["title"]) == ("Examplinib in Synthetic Fever", "heading")
    assert doubts(trial) == {"conditions": "Cough", "sponsor": "Acme"}


@pytest.mark.parametrize(
    "row",
    [
        "<dl><dt>Codename</dt><dd>Blue</dd><dt>Sponsor</dt><dd>Acme</dd></dl>",
        "<table><tr><th>Codename</th><td>Blue</td></tr><tr><th>Sponsor</th><td>Acme</td></tr></table>",
        "<h3>Sponsor</h3><p>Acme</p><h3>Codename</h3><p>Blue</p>",
        "<p>Sponsor: Acme</p><p>Codename: Blue</p>",
        "<p><b>Sponsor</b> Acme</p><p><b>Codename</b> Blue</p>",
        "<div><div>Sponsor</div><div>Acme</div></div><div><div>Codename</div><div>Blue</div></div>",
    ],
)
def test_an_unknown_label_shows_itself(row: str) -> None:
    assert doubts(read(html(row))) == {"Codename": "Blue"}


@pytest.mark.parametrize(
    "label", ["Study Coordinator", "Contact person", "Recruiting doctor", "ORCID", "Posted by", "Study lead", "E-mail"]
)
def test_a_label_of_a_person_is_never_kept(label: str) -> None:
    trial = read(html(f"<dl><dt>{label}</dt><dd>Investigator 0a1b2c</dd><dt>Sponsor</dt><dd>Acme</dd></dl>"))
    assert "Investigator" not in json.dumps(as_golden(trial))


@pytest.mark.parametrize(
    "value", ["Dr. Investigator 0a1b2c", "Investigator 0a1b2c, MD", "contact@example.org", "+1 555-0100"]
)
def test_a_person_under_an_unknown_label_is_not_kept(value: str) -> None:
    trial = read(html(f"<dl><dt>Questions</dt><dd>{value}</dd><dt>Sponsor</dt><dd>Acme</dd></dl>"))
    assert doubts(trial) == {"Questions": None}


@pytest.mark.parametrize("what", ["Study coordinator", "Professor of Fever", "Lead of the team", "contact@example.org"])
def test_a_name_over_what_the_person_is_is_not_kept(what: str) -> None:
    for person in (f"<h4>Someone Else</h4><p>{what}</p>", f"<dl><dt>Someone Else, MD</dt><dd>{what}</dd></dl>"):
        told = json.dumps(as_golden(read(html("<p>Sponsor: Acme</p>", person))))
        assert not any(word in told for word in ("0a1b2c", "Someone", "example.org", what))


def test_an_expected_field_that_is_not_there_is_a_problem() -> None:
    facts = "<p>Clinical Study Identifier: NCT09990001</p>"
    page = html(f"<p>Powered by AI</p><p>Recruiting</p><h2>Study details</h2>{facts}")
    missing = {one.field: one.reason for one in read(page, TRIALX).problems}
    assert missing == {"criteria": "not found, though pages of TrialX Connect C have it"}


NUMBER = "<p>Clinical Study Identifier: NCT09990001</p>"
COMMON = "<p>Last updated: March 1, 2021</p><p>Overall Status: Completed</p>"


@pytest.mark.parametrize(
    ("lines", "url", "key"),
    [
        (f"<p>Brief description of study</p><p>Find a site near you</p>{NUMBER}", ADDRESS, "trialx_a"),
        (f"<p>days left to enroll</p><p>Last Modified on 3 May 2022</p>{NUMBER}", ADDRESS, "trialx_b"),
        ("<p>Powered by AI</p><p>Phase: 2</p><div id=site-widget></div>", ADDRESS, "trialx_c"),
        ("<p>Phase: 2</p><div id=site-widget></div>", TRIALX, "trialx"),
        (
            f"{COMMON}<p>Clinical Study ID: EXA</p>",
            "https://p.example/clinical-trials/listings/NCT09990001/x",
            "centerwatch",
        ),
        (f"{COMMON}<p>Phase: 2</p>", ADDRESS, "generic"),
        (NUMBER, "https://www.trialx.com/page", "generic"),
    ],
)
def test_the_profile_is_chosen_by_the_page(lines: str, url: str, key: str) -> None:
    assert recognised(url, document(html(lines).encode(), "text/html")).key == key
    assert key in {one.key for one in profiles()}


@pytest.mark.parametrize(
    "host", ["http://127.0.0.1:41237", "https://[::1]:8443", "http://localhost:8000", "https://x.example"]
)
def test_the_seeds_labels_are_read_on_any_host_and_port(host: str) -> None:
    """In a markup that no profile has seen."""
    facts = {
        "Condition": "Synthetic Fever",
        "Treatment": "Examplinib",
        "Clinical Study Identifier": "NCT09990001",
        "Sponsor": "Acme Hospital",
        "Last Modified on": "21 March 2022",
    }
    rows = "".join(f"<my-fact><my-key>{k}</my-key><my-value>{v}</my-value></my-fact>" for k, v in facts.items())
    lists = "<fact-head><h5>Inclusion Criteria</h5></fact-head><x-list><p>fever</p></x-list>"
    lists += "<fact-head><h5>Exclusion Criteria</h5></fact-head><x-list><p>cough; a cold</p></x-list>"
    trial = read(html(f"<my-app><x-facts>{rows}</x-facts><x-who>{lists}</x-who></my-app>"), f"{host}/s/1")
    assert trial.conditions == ("Synthetic Fever",)
    assert (trial.sponsors[0].name, trial.study_id, trial.last_updated) == (
        "Acme Hospital",
        "NCT09990001",
        "2022-03-21",
    )
    assert criteria(trial) == [("inclusion", "fever"), ("exclusion", "cough"), ("exclusion", "a cold")]


def test_nothing_of_a_reading_depends_on_the_record_but_its_body_and_address() -> None:
    body = html("<p>Sponsor: Acme</p>").encode()
    one, other = (
        RawRecord(source="portal", source_id="x", url=ADDRESS, fetched_at=at, content_type="text/html", body=body)
        for at in (AT, "2030-01-01T00:00:00Z")
    )
    assert Portal.read(one) == Portal.read(other)
