"""JSON-LD of trials, in the forms of the wild and in forms made to hurt."""

from __future__ import annotations

import json
from time import perf_counter
from typing import Any

import pytest

from pipelines.read import as_golden
from scraper.items import Location, Trial
from scraper.jsonld import LONGEST, Told, told
from scraper.pages import LONGEST_DATA, document
from scraper.spiders.portal import Portal

TRIAL: dict[str, Any] = {"@type": "MedicalTrial", "name": "Examplinib in Synthetic Fever"}
ADDRESS = "https://p.example/trials/NCT09990001"


def said(*nodes: Any, address: str = "") -> Told:
    return told([json.dumps(node) for node in nodes], address)


def items(result: Told, name: str) -> tuple[str, ...]:
    return next((claim.items for claim in result.claims if claim.name == name), ())


def of(**properties: Any) -> Told:
    return said(TRIAL | properties)


def read(body: str, url: str = "https://p.example/x") -> Trial:
    (raw,) = Portal.cut(body.encode(), url=url, content_type="text/html", at="2026-11-20T04:00:00Z")
    trial = Portal.read(raw)
    assert isinstance(trial, Trial), trial
    return trial


@pytest.mark.parametrize(
    "wrapped",
    [
        TRIAL,
        [TRIAL],
        [[{"@type": "WebSite", "name": "x"}], TRIAL],
        {"@graph": [TRIAL]},
        {"@type": "WebPage", "mainEntity": TRIAL},
        {"@type": "WebPage", "mainEntity": [TRIAL]},
        {"@type": "Dataset", "about": TRIAL},
        {"@graph": [{"@type": "WebPage", "mainEntity": {"@type": "MedicalTrial", "@id": "#t"}}, TRIAL | {"@id": "#t"}]},
        {
            "@type": "WebPage",
            "mainEntity": TRIAL,
            "about": {"@type": "ItemList", "itemListElement": [TRIAL | {"name": "B"}]},
        },
        TRIAL | {"@type": "https://schema.org/MedicalTrial"},
        TRIAL | {"@type": ["MedicalStudy", "Thing"]},
        TRIAL | {"@type": "schema:MedicalStudy"},
    ],
)
def test_wrappers_and_types(wrapped: Any) -> None:
    assert said(wrapped).title == "Examplinib in Synthetic Fever"
    assert said(wrapped).problems == []


@pytest.mark.parametrize(
    "nodes",
    [
        [TRIAL, TRIAL | {"name": "Another"}],
        [{"@type": "ItemList", "itemListElement": [{"item": TRIAL}]}],
        [{"@type": "WebPage", "mainEntity": {"@type": "ItemList", "itemListElement": [TRIAL, TRIAL | {"name": "B"}]}}],
    ],
)
def test_several_trials_are_none_but_the_one_with_the_number_of_the_address(nodes: list[Any]) -> None:
    result = said(*nodes)
    assert (result.title, result.claims) == (None, [])
    assert [problem.field for problem in result.problems] == ["json-ld"]
    own = TRIAL | {"name": "Own", "code": "NCT09990001"}
    assert said(*nodes, {"@type": "ItemList", "itemListElement": [own]}, address=ADDRESS).title == "Own"


@pytest.mark.parametrize(
    ("status", "word"),
    [
        ("https://schema.org/Recruiting", "Recruiting"),
        ("http://schema.org/NotYetRecruiting", "Not yet recruiting"),
        ("EnrollingByInvitation", "Enrolling by invitation"),
        ("ACTIVE_NOT_RECRUITING", "Active, not recruiting"),
        ({"@id": "https://schema.org/Completed"}, "Completed"),
        (["https://schema.org/ResultsAvailable", "https://schema.org/Completed"], "Completed"),
        ("Open to invented people", None),
        ("https://schema.org/ResultsNotAvailable", None),
    ],
)
def test_status(status: Any, word: str | None) -> None:
    script = json.dumps(TRIAL | {"status": status, "sponsor": "Acme"})
    trial = read(f'<html><script type="application/ld+json">{script}</script><body><h1>T</h1></body></html>')
    assert trial.status == word


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("Fever", ("Fever",)),
        ({"@type": "MedicalCondition", "name": "Fever, mild"}, ("Fever, mild",)),
        ([{"name": "Fever"}, "Cough", "Fever"], ("Fever", "Cough")),
        ([], ()), (None, ()), ("", ()), ({"@type": "MedicalCondition"}, ()), (True, ()),
    ],
)  # fmt: skip
def test_health_condition(value: Any, names: tuple[str, ...]) -> None:
    assert items(of(healthCondition=value), "conditions") == names


def test_study_subject_is_taken_for_what_its_type_says() -> None:
    assert items(of(studySubject={"@type": "Drug", "name": "Examplinib"}), "interventions") == ("Examplinib",)
    condition = {"@type": "MedicalCondition", "name": "Fever"}
    assert items(of(studySubject=condition), "conditions") == ("Fever",)
    assert items(of(studySubject=condition, healthCondition="Cough"), "conditions") == ("Cough",)
    for count in (120, "120 patients"):
        result = of(studySubject=count)
        assert result.claims == []
        assert [(one.field, one.value) for one in result.problems] == [("json-ld studySubject", str(count))]


@pytest.mark.parametrize(
    ("properties", "numbers"),
    [
        ({"identifier": "NCT09990001"}, ("NCT09990001",)),
        ({"identifier": [{"propertyID": "NCT", "value": "NCT09990001"}, {"value": "EXA-1"}]}, ("NCT09990001", "EXA-1")),
        ({"code": {"@type": "MedicalCode", "codingSystem": "x", "codeValue": "NCT09990001"}}, ("NCT09990001",)),
        ({"sameAs": ["https://clinicaltrials.gov/study/NCT09990001", "https://x.example/1"]}, ("NCT09990001",)),
        ({"url": "https://p.example/trials/NCT09990001"}, ("NCT09990001",)),
        ({"identifier": "EXA-1", "@id": "https://p.example/NCT09990001"}, ("EXA-1",)),
    ],
)
def test_numbers(properties: dict[str, Any], numbers: tuple[str, ...]) -> None:
    assert items(of(**properties), "identifiers") == numbers


def test_numbers_of_an_address_stand_beside_a_number_of_the_sponsor() -> None:
    result = of(identifier="EXA-1", sameAs="https://clinicaltrials.gov/study/NCT09990001")
    assert [claim.items for claim in result.claims] == [("EXA-1",), ("NCT09990001",)]


def test_places() -> None:
    oslo = {"addressLocality": "Oslo", "addressRegion": "East", "postalCode": 150, "addressCountry": {"name": "Norway"}}
    result = of(
        studyLocation=[
            {
                "@type": "Hospital", "name": "Site A", "telephone": "555-0100", "address": oslo,
                "geo": {"latitude": "59.9", "longitude": 190},
            },
            {"@type": "Clinic", "name": "Site B", "address": [{"addressLocality": "Rome", "addressCountry": "IT"}]},
            {"@type": "Country", "name": "Iceland"},
            {"@type": "AdministrativeArea", "name": "Somewhere"}, "Bergen, Norway", {"telephone": "555-0100"},
        ]
    )  # fmt: skip
    assert result.locations == [
        Location("Site A", "Oslo", "East", "150", "Norway", None, 59.9),
        Location("Site B", "Rome", country_code="IT"),
        Location(None, country="Iceland"),
    ]
    assert [problem.value for problem in result.problems] == ["Somewhere", "Bergen, Norway"]


def test_a_repeated_key_keeps_all_its_values_and_designs_are_read() -> None:
    script = (
        '{"@type": "MedicalTrial", "trialDesign": "https://schema.org/RandomizedTrial", "trialDesign": "OpenTrial"}'
    )
    result = told([script], "")
    assert (items(result, "allocation"), items(result, "masking")) == (("RANDOMIZED",), ("NONE",))


@pytest.mark.parametrize(
    "script",
    [
        '{"@type": "MedicalTrial", "name": "T", "sponsor": ["A", ], }',
        '<!-- {"@type": "MedicalTrial", "name": "T", "sponsor": "A"} -->',
        '//<![CDATA[\n{"@type": "MedicalTrial", "name": "T", "sponsor": "A"}\n//]]>',
        '{"@type": "MedicalTrial", "name": "T", "description": "a\nb", "sponsor": "A"}',
        '{"@type": "MedicalTrial", "name": "T", "description": "a ,] b", "sponsor": "A",}',
    ],
)
def test_json_that_is_nearly_json(script: str) -> None:
    assert items(told([script], ""), "sponsor") == ("A",)


def test_markup_and_entities_in_strings_are_only_text() -> None:
    dirty = "<p>Fever &amp; cough</p><script>alert(1)</script><img src=x onerror=alert(1)>"
    result = of(name=dirty, description="A&lt;b&gt;B&lt;/b&gt;<br>weight < 90 kg", healthCondition=dirty)
    assert result.title == "Fever & cough"
    assert items(result, "conditions") == ("Fever & cough",)
    assert result.sections[0].paragraphs == ("AB", "weight < 90 kg")


def test_nobody_is_read() -> None:
    person = {"@type": "Person", "name": "Investigator 0a1b2c", "email": "contact@example.org", "telephone": "555-0100"}
    keys = ("author", "contactPoint", "creator", "investigator", "studyContact", "principalInvestigator")
    script = json.dumps(TRIAL | {"sponsor": "Acme"} | dict.fromkeys(keys, person))
    trial = read(f'<html><script type="application/ld+json">{script}</script><body><h1>T</h1></body></html>')
    assert "0a1b2c" not in json.dumps(as_golden(trial))
    assert "example.org" not in json.dumps(as_golden(trial))


@pytest.mark.parametrize(
    "script",
    [
        "",
        "{",
        "null",
        "[]",
        '"MedicalTrial"',
        '{"@type": "MedicalTrial"}',
        '{"@type": "MedicalTrial", "@id": {"@id": 1}, "sponsor": {"@id": "#self"}}',
        '{"@type": {"a": 1}, "name": NaN}',
        "[" * 100_000,
        '{"@graph":' * 50_000 + "1" + "}" * 50_000,
        '{"a":' * 900 + "1" + "}" * 900,
        '{"@type": "MedicalTrial", "healthCondition": "\\ud800 fever", "name": "\\udfff"}',
        '{"@type": "MedicalTrial", "healthCondition": ' + "[" * 900 + "]" * 900 + "}",
        '{"@type": "MedicalTrial", "healthCondition": ' + '{"name":' * 900 + "1" + "}" * 900 + "}",
    ],
    ids=range(14),
)
def test_no_script_makes_reading_raise(script: str) -> None:
    assert isinstance(told([script], ADDRESS), Told)
    page = (
        f'<html><body><h1>T</h1><p>Sponsor: Acme</p><script type="application/ld+json">{script}</script></body></html>'
    )
    json.dumps(as_golden(read(page)), ensure_ascii=False).encode()


def test_a_value_without_end_is_cut_and_scripts_without_end_are_not_taken() -> None:
    before = perf_counter()
    many = [TRIAL | {"name": f"T{n}", "healthCondition": ["fever"] * 1000} for n in range(1000)]
    assert said({"@graph": many}).claims == []
    long = of(description="<p>x" * (10 * LONGEST // 4))
    assert sum(map(len, long.sections[0].paragraphs)) <= LONGEST
    page = f'<script type="application/ld+json">{"x" * 10 * LONGEST_DATA}</script>'.encode()
    assert sum(map(len, document(b"<html><p>a</p>" + page).data)) <= LONGEST_DATA + (1 << 16)
    assert perf_counter() - before < 60  # it takes two or three seconds
