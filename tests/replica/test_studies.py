"""The synthetic studies: the same for the same arguments, of real size, and in the register's shape."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path
from statistics import mean, median
from typing import Any

import pytest

from pipelines.read import read
from replica.families import families, variants
from replica.plan import LARGEST_INDEX, course, data_day, decide, iso, stream
from replica.studies import family, index_of, nct_id, study, study_json
from tests.made import raw

SAMPLE = 1500
STATUSES_OF_ACCESS = {"AVAILABLE", "NO_LONGER_AVAILABLE", "TEMPORARILY_NOT_AVAILABLE", "APPROVED_FOR_MARKETING"}


@pytest.fixture(scope="module")
def sample() -> list[dict[str, Any]]:
    return [study(index) for index in range(SAMPLE)]


def eligibility(found: dict[str, Any]) -> str:
    text = found["protocolSection"].get("eligibilityModule", {}).get("eligibilityCriteria", "")
    assert isinstance(text, str)
    return text


def paths(value: Any, path: str = "") -> set[str]:
    """All key paths of a record, lists marked as in the contract's tree."""
    if isinstance(value, list):
        return set().union(*(paths(each, path) for each in value)) if value else set()
    if not isinstance(value, dict):
        return set()
    found = set()
    for key, each in value.items():
        here = (f"{path}." if path else "") + key + ("[]" if isinstance(each, list) else "")
        found |= {here} | paths(each, here)
    return found


def test_same_arguments_same_bytes_in_any_order() -> None:
    first = {index: study_json(index, seed=3) for index in (0, 7, 123_456)}
    again = {index: study_json(index, seed=3) for index in (123_456, 0, 7)}
    assert first == again
    assert first[7] != study_json(7, seed=4)


def test_same_bytes_in_another_process() -> None:
    """No set order, hash seed or clock is in them."""
    command = [sys.executable, "-m", "replica.studies", "--count", "3", "--start", "40", "--seed", "2", "--day", "9"]
    run = subprocess.run(command, capture_output=True, check=True, cwd=Path(__file__).parents[2], timeout=60)
    assert run.stdout.splitlines() == [study_json(index, 2, 9) for index in (40, 41, 42)]
    assert run.stderr == b""


def test_a_returned_study_is_the_callers_own() -> None:
    found = study(2)
    found["protocolSection"].clear()
    assert study(2)["protocolSection"]


def test_only_version_holder_moves_with_the_day() -> None:
    before, after = study(5, day=0), study(5, day=1)
    assert after["derivedSection"]["miscInfoModule"].pop("versionHolder") == "2026-11-17"
    assert before["derivedSection"]["miscInfoModule"].pop("versionHolder") == "2026-11-16"
    assert before == after


@pytest.mark.parametrize(
    ("day", "expected"), [(0, "2026-11-16"), (4, "2026-11-20"), (5, "2026-11-20"), (6, "2026-11-20"), (7, "2026-11-23")]
)
def test_data_move_on_weekdays_only(day: int, expected: str) -> None:
    assert data_day(day).isoformat() == expected


@pytest.mark.parametrize("index", [0, 1, 300_000, LARGEST_INDEX])
def test_ids_and_indexes_belong_together(index: int) -> None:
    assert re.fullmatch(r"NCT09\d{6}", nct_id(index))
    assert index_of(nct_id(index)) == index
    assert index_of(nct_id(index).lower()) == index


@pytest.mark.parametrize("text", ["NCT00000102", "NCT0900001", "NCT0900000x", "", "ISRCTN12345678", "NCT09²²²²²²"])
def test_other_ids_have_no_index(text: str) -> None:
    assert index_of(text) is None


@pytest.mark.parametrize("index", [-1, LARGEST_INDEX + 1])
def test_indexes_out_of_range_are_refused(index: int) -> None:
    with pytest.raises(ValueError, match="index from 0"):
        study_json(index)


def test_sizes_are_the_registers() -> None:
    """The register's mean is 17,275 bytes; the records at hand have a median of 12.5 kB, 90 % below 55 kB."""
    sizes = [len(study_json(index)) for index in range(SAMPLE)]
    assert 15_000 < mean(sizes) < 19_500
    assert 11_000 < median(sizes) < 14_000
    assert max(sizes) > 80_000
    assert min(sizes) < 4_000


def test_locations_have_the_registers_mean_and_tail(sample: list[dict[str, Any]]) -> None:
    counts = [len(each["protocolSection"].get("contactsLocationsModule", {}).get("locations", [])) for each in sample]
    assert 4.5 < mean(counts) < 7.0  # 5.6 in the register
    assert median(counts) == 1
    assert max(counts) > 200
    assert 0.08 < counts.count(0) / len(counts) < 0.18


def test_eligibility_texts_have_real_lengths(sample: list[dict[str, Any]]) -> None:
    lengths = sorted(len(text) for text in map(eligibility, sample) if text)
    assert 900 < median(lengths) < 1_600  # 1,197 in the records at hand
    assert lengths[len(lengths) // 10] < 500
    assert lengths[len(lengths) * 9 // 10] > 3_000


@pytest.mark.parametrize(
    ("form", "pattern", "least"),
    [
        ("bulleted", r"(?m)^\* ", 0.5),
        ("numbered", r"(?m)^1\. ", 0.12),
        ("nested by two spaces", r"(?m)^  \* ", 0.05),
        ("nested by three, under numbers", r"(?m)^   (\*|a\)) ", 0.02),
        ("nested by four spaces", r"(?m)^    \* ", 0.001),
        ("hard-wrapped", r"(?m)^1\. .{40,72}\n   \S", 0.002),
        ("semicolons", r"(?m)^Inclusion[^\n]*\n\n[^*\n]+; [^*\n]+; ", 0.005),
        ("escaped list markers", r"(?m)^(1\\\.|1\\\)|\\-) ", 0.01),
        ("capitals", r"INCLUSION CRITERIA:", 0.005),
        ("old cancer database", r"DISEASE CHARACTERISTICS:", 0.005),
        ("cohorts", r"(?m)^(Cohort A|Part 1|Patients):$", 0.01),
        ("escaped >", r"\\>", 0.3),
        ("escaped <", r"\\<", 0.3),
        ("escaped [", r"\\\[", 0.05),
        ("unicode signs", "≥", 0.1),
    ],
)
def test_every_form_of_criteria_occurs(sample: list[dict[str, Any]], form: str, pattern: str, least: float) -> None:
    share = sum(bool(re.search(pattern, eligibility(each))) for each in sample) / len(sample)
    assert share >= least, form


def test_some_texts_have_no_headings(sample: list[dict[str, Any]]) -> None:
    headless = [
        text for text in map(eligibility, sample) if text and not re.search(r"(?i)(in|ex)clusion|eligible", text)
    ]
    assert headless


def test_markup_signs_are_escaped_in_markup_fields_only(sample: list[dict[str, Any]]) -> None:
    for each in sample:
        assert not re.search(r"(?<!\\)[<>\[\]]", eligibility(each))
        titles = each["protocolSection"]["identificationModule"]
        assert "\\" not in titles["briefTitle"] + titles.get("officialTitle", "")
        for outcome in each["protocolSection"].get("outcomesModule", {}).get("primaryOutcomes", []):
            assert "\\" not in outcome["measure"]


def test_proportions_are_the_registers() -> None:
    kinds, statuses, phases = Counter[str](), Counter[str](), Counter[Any]()
    for index in range(8_000):
        plan = decide(index, 0)
        kinds[plan.kind] += 1
        statuses[plan.status] += 1
        phases[plan.phases] += 1
    assert 0.72 < kinds["INTERVENTIONAL"] / 8_000 < 0.80
    assert kinds["EXPANDED_ACCESS"]
    assert 0.51 < statuses["COMPLETED"] / 8_000 < 0.58
    assert 0.14 < statuses["UNKNOWN"] / 8_000 < 0.18
    assert 0.09 < statuses["RECRUITING"] / 8_000 < 0.13
    assert phases[("NA",)] / 8_000 > 0.3
    assert phases[("PHASE1", "PHASE2")]
    assert phases[None] / 8_000 > 0.2


def test_unknown_status_and_last_known_status_go_together(sample: list[dict[str, Any]]) -> None:
    modules = [each["protocolSection"]["statusModule"] for each in sample]
    assert any(module["overallStatus"] == "UNKNOWN" for module in modules)
    assert all((module["overallStatus"] == "UNKNOWN") == ("lastKnownStatus" in module) for module in modules)


def test_access_statuses_belong_to_expanded_access() -> None:
    seen = 0
    for index in range(3_000):
        plan = decide(index, 0)
        assert (plan.kind == "EXPANDED_ACCESS") == (plan.status in STATUSES_OF_ACCESS)
        if plan.kind == "EXPANDED_ACCESS":
            seen += 1
            design = study(index)["protocolSection"]["designModule"]
            assert design["expandedAccessTypes"]
            assert "phases" not in design
    assert seen


def test_dates_agree(sample: list[dict[str, Any]]) -> None:
    for each in sample:
        module = each["protocolSection"]["statusModule"]
        posted = [module[name]["date"] for name in ("studyFirstPostDateStruct", "lastUpdatePostDateStruct")]
        assert posted[0] <= posted[1] <= "2026-11-16"
        assert all(date.fromisoformat(day).weekday() < 5 for day in posted)
        if each["hasResults"]:
            assert posted[0] <= module["resultsFirstPostDateStruct"]["date"] <= posted[1]
        start, completion = (
            module.get(name, {}).get("date", "") for name in ("startDateStruct", "completionDateStruct")
        )
        if len(start) == len(completion) == 10:
            assert start <= completion


def test_date_precision_and_missing_types_are_mixed(sample: list[dict[str, Any]]) -> None:
    starts = [each["protocolSection"]["statusModule"].get("startDateStruct") for each in sample]
    lengths = Counter(len(start["date"]) for start in starts if start)
    assert 0.55 < lengths[10] / len(starts) < 0.75
    assert lengths[7] / len(starts) > 0.2
    assert any(start and "type" not in start for start in starts)
    assert None in starts


def test_results_stand_where_has_results_says_so(sample: list[dict[str, Any]]) -> None:
    assert all(each["hasResults"] == ("resultsSection" in each) for each in sample)
    assert 0.09 < sum(each["hasResults"] for each in sample) / len(sample) < 0.18


def test_randomized_studies_have_groups_to_compare(sample: list[dict[str, Any]]) -> None:
    for each in sample:
        protocol = each["protocolSection"]
        if protocol.get("designModule", {}).get("designInfo", {}).get("allocation") == "RANDOMIZED":
            assert len(protocol["armsInterventionsModule"]["armGroups"]) > 1


@pytest.mark.parametrize("name", ["documentSection", "annotationSection"])
def test_rare_sections_occur(sample: list[dict[str, Any]], name: str) -> None:
    assert any(name in each for each in sample)


def test_rare_traps_occur(sample: list[dict[str, Any]]) -> None:
    """Aliases, the undocumented key, thin old records, names beyond ASCII."""
    modules = [each["protocolSection"]["identificationModule"] for each in sample]
    assert any("nctIdAliases" in module for module in modules)
    assert any("modelPredictions" in each["derivedSection"]["miscInfoModule"] for each in sample)
    assert any("officialTitle" not in module for module in modules)
    assert any(not json.dumps(each, ensure_ascii=False).isascii() for each in sample[:50])


def test_no_person_is_invented(sample: list[dict[str, Any]]) -> None:
    for each in sample:
        places = each["protocolSection"].get("contactsLocationsModule", {})
        for official in places.get("overallOfficials", []):
            assert re.fullmatch(r"Investigator [0-9a-f]{6}|Study Director", official["name"])
        for address in re.findall(r"[\w.+-]+@[\w.-]+", json.dumps(each)):
            assert address == "contact@example.org"


def test_families_share_conditions_and_criteria() -> None:
    """Studies of one family say the same things; those of different families hardly do."""
    by_family: dict[str, list[int]] = {}
    for index in range(600):
        by_family.setdefault(family(index), []).append(index)
    assert len(by_family) == len(families()) == 71
    asthma = " ".join(eligibility(study(index)) for index in by_family["Asthma"])
    malaria = " ".join(eligibility(study(index)) for index in by_family["Malaria"])
    assert "eosinophils" in asthma
    assert "eosinophils" not in malaria


def test_choices_are_spread_out() -> None:
    assert variants("a {b|c} d") == ("a b d", "a c d")
    assert variants("plain") == ("plain",)
    assert len(variants("{1|2|3|4|5|6} {1|2|3|4|5|6} {1|2|3|4|5|6}")) <= 24


def test_facts_without_the_study_are_those_of_the_study(sample: list[dict[str, Any]]) -> None:
    """Queries over large worlds trust `course` instead of making every study."""
    for index, each in enumerate(sample[:300]):
        plan, module = course(stream(index, 0)), each["protocolSection"]["statusModule"]
        assert plan.status == module["overallStatus"]
        assert iso(plan.last) == module["lastUpdatePostDateStruct"]["date"]
        assert iso(plan.first) == module["studyFirstPostDateStruct"]["date"]


def test_keys_are_those_of_the_register(records: Path, sample: list[dict[str, Any]]) -> None:
    tree = (records.parent / "contracts" / "ctgov_study_tree.tsv").read_text().splitlines()[1:]
    known = {line.split("\t")[0] for line in tree}
    limits = "derivedSection.miscInfoModule.modelPredictions"
    found = set().union(*map(paths, sample))
    assert {path for path in found - known if not path.startswith(limits)} == set()
    assert len(found) > 330


def test_values_are_those_of_the_register(records: Path, sample: list[dict[str, Any]]) -> None:
    """Enumerated values, by the contract's list of enums."""
    enums = json.loads((records.parent / "contracts" / "ctgov_enums.json").read_text())
    lines = (records.parent / "contracts" / "ctgov_study_tree.tsv").read_text().splitlines()[1:]
    typed = {path: kind for path, _, kind in (line.split("\t")[:3] for line in lines) if kind in enums}

    def check(value: Any, path: str) -> None:
        if isinstance(value, list):
            for each in value:
                check(each, path)
        elif isinstance(value, dict):
            for key, each in value.items():
                check(each, (f"{path}." if path else "") + key + ("[]" if isinstance(each, list) else ""))
        elif path in typed:
            assert value in enums[typed[path]], path

    assert len(typed) > 30
    for each in sample:
        check(each, "")


def test_sections_are_in_the_registers_order(sample: list[dict[str, Any]]) -> None:
    order = [
        "protocolSection",
        "resultsSection",
        "annotationSection",
        "documentSection",
        "derivedSection",
        "hasResults",
    ]
    for each in sample:
        assert list(each) == [name for name in order if name in each]


@pytest.mark.parametrize(("days", "share"), [(7, 0.0095), (30, 0.029), (90, 0.075), (365, 0.208)])
def test_updates_are_as_recent_as_the_registers(days: int, share: float) -> None:
    """Shares of the register's studies updated within so many days, measured in August 2026."""
    today = data_day(0).toordinal()
    found = sum(today - course(stream(index, 0)).last <= days for index in range(20_000)) / 20_000
    assert share * 0.7 < found < share * 1.4


def test_criteria_say_the_ages_of_the_record_but_for_a_deliberate_few() -> None:
    """As sponsors do, some write others; only those."""
    contradicting = {
        index
        for index in range(600)
        for problem in read(raw(study(index)))[1]
        if problem.reason.startswith("the criteria say:")
    }
    assert 3 <= len(contradicting) <= 20
    assert {index % 11 for index in contradicting} == {5}


def test_criteria_say_the_sex_of_the_record() -> None:
    words = {"ALL": "Male or female", "FEMALE": "Female", "MALE": "Male"}
    seen = set()
    for index in range(600):
        found = study(index)
        text, sex = eligibility(found), found["protocolSection"]["eligibilityModule"]["sex"]
        assert "@" not in text
        for said in re.findall(r"(Male or female|Female|Male), \d+ ", text):
            assert said == words[sex]
            seen.add(sex)
    assert seen == set(words)
