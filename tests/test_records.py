"""Every real record through the line, against a walk of its JSON that shares no code with `read`.

The records are read in place (TRIALDEX_RECORDS); the tests skip where they are not.
"""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.folder import DataFolder
from pipelines.line import replay
from tests.made import content, rows
from tests.running import trialdex

STATUS = {
    "ACTIVE_NOT_RECRUITING": "Active, not recruiting", "COMPLETED": "Completed",
    "ENROLLING_BY_INVITATION": "Enrolling by invitation", "NOT_YET_RECRUITING": "Not yet recruiting",
    "RECRUITING": "Recruiting", "SUSPENDED": "Suspended", "TERMINATED": "Terminated", "WITHDRAWN": "Withdrawn",
    "AVAILABLE": "Available", "NO_LONGER_AVAILABLE": "No longer available", "UNKNOWN": "Unknown status",
    "TEMPORARILY_NOT_AVAILABLE": "Temporarily not available", "APPROVED_FOR_MARKETING": "Approved for marketing",
    "WITHHELD": "Withheld",
}  # fmt: skip
PHASE = {
    "": None, "NA": "Not applicable", "EARLY_PHASE1": "Early Phase 1", "PHASE1": "Phase 1", "PHASE2": "Phase 2",
    "PHASE1,PHASE2": "Phase 1/Phase 2", "PHASE2,PHASE3": "Phase 2/Phase 3", "PHASE3": "Phase 3", "PHASE4": "Phase 4",
}  # fmt: skip


def dig(node: Any, path: str, default: Any = None) -> Any:
    for key in path.split("."):
        if not isinstance(node, dict) or key not in node:
            return default
        node = node[key]
    return node


def ordered_once(values: list[str]) -> list[str]:
    return [value for at, value in enumerate(values) if value not in values[:at]]


def expected(study: dict[str, Any]) -> dict[str, Any]:
    """What the tables must say of a study, from its JSON alone."""
    p = study["protocolSection"]
    dates = {
        name: dig(p, f"statusModule.{key}DateStruct.date")
        for name, key in {
            "start_date": "start", "primary_completion_date": "primaryCompletion", "completion_date": "completion",
            "first_posted": "studyFirstPost", "last_updated": "lastUpdatePost",
            "results_first_posted": "resultsFirstPost",
        }.items()
    }  # fmt: skip
    lead = dig(p, "sponsorCollaboratorsModule.leadSponsor", {})
    return {
        "id": dig(p, "identificationModule.nctId"),
        "title": dig(p, "identificationModule.briefTitle"),
        "official_title": dig(p, "identificationModule.officialTitle"),
        "acronym": dig(p, "identificationModule.acronym"),
        "status": STATUS[dig(p, "statusModule.overallStatus")],
        "phase": PHASE[",".join(dig(p, "designModule.phases", []))],
        "enrollment": dig(p, "designModule.enrollmentInfo.count"),
        "enrollment_type": dig(p, "designModule.enrollmentInfo.type"),
        **dates,
        "lead_sponsor": lead.get("name"),
        "lead_sponsor_class": lead.get("class"),
        "sex": {"ALL": "All", "MALE": "Male", "FEMALE": "Female", None: None}[dig(p, "eligibilityModule.sex")],
        "min_age": dig(p, "eligibilityModule.minimumAge"),
        "max_age": dig(p, "eligibilityModule.maximumAge"),
        "has_results": int(study["hasResults"]),
    }


def lists(study: dict[str, Any]) -> dict[str, list[Any]]:
    p = study["protocolSection"]
    return {
        "conditions": ordered_once(dig(p, "conditionsModule.conditions", [])),
        "keywords": ordered_once(dig(p, "conditionsModule.keywords", [])),
        "interventions": [
            (
                one.get("type"),
                one.get("name"),
                json.dumps(one["otherNames"], ensure_ascii=False) if one.get("otherNames") else None,
                one.get("description"),
            )
            for one in dig(p, "armsInterventionsModule.interventions", [])
        ],
        "locations": [
            tuple(site.get(key) for key in ("facility", "city", "state", "zip", "country"))
            + (STATUS.get(site.get("status")), dig(site, "geoPoint.lat"), dig(site, "geoPoint.lon"))
            for site in dig(p, "contactsLocationsModule.locations", [])
        ],
        "collaborators": ordered_once([one["name"] for one in dig(p, "sponsorCollaboratorsModule.collaborators", [])]),
        "arms": [(one.get("label"), one.get("type")) for one in dig(p, "armsInterventionsModule.armGroups", [])],
        "texts": [
            (
                dig(p, "descriptionModule.briefSummary"),
                dig(p, "descriptionModule.detailedDescription"),
                dig(p, "eligibilityModule.eligibilityCriteria"),
            )
        ],
        "identifiers": dig(p, "identificationModule.nctIdAliases", [])
        + [i for i in [dig(p, "identificationModule.orgStudyIdInfo.id")] if i]
        + [info["id"] for info in dig(p, "identificationModule.secondaryIdInfos", [])],
    }


LISTS = {
    "conditions": "name FROM trial_conditions JOIN conditions ON id = condition_id",
    "keywords": "name FROM keywords",
    "interventions": "type, name, other_names, description FROM interventions",
    "locations": "facility, city, state, zip, country, status, latitude, longitude FROM locations",
    "collaborators": "name FROM trial_sponsors JOIN sponsors ON id = sponsor_id WHERE role = 'collaborator'",
    "arms": "label, type FROM arms",
    "texts": "brief_summary, detailed_description, eligibility_text FROM (SELECT *, 0 AS position FROM trial_texts)",
    "identifiers": "value FROM identifiers",
}


@pytest.fixture(scope="module")
def loaded(records: Path, tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    folder = DataFolder(tmp_path_factory.mktemp("records") / "data")
    done = trialdex("--data", folder.path, "load", records / "ctgov" / "studies.jsonl.gz")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def studies(records: Path) -> dict[str, dict[str, Any]]:
    with gzip.open(records / "ctgov" / "studies.jsonl.gz", "rt", encoding="utf-8") as lines:
        return {dig(s, "protocolSection.identificationModule.nctId"): s for s in map(json.loads, lines)}


def test_every_study_becomes_a_trial(loaded: DataFolder, studies: dict[str, Any]) -> None:
    assert {id for (id,) in rows(loaded, "SELECT id FROM trials")} == set(studies)
    assert rows(loaded, "SELECT * FROM rejects") == []


def test_single_values_equal_the_walk(loaded: DataFolder, studies: dict[str, Any]) -> None:
    db = sqlite3.connect(loaded.trials)
    db.row_factory = sqlite3.Row
    compared = 0
    for row in db.execute("SELECT * FROM trials"):
        wanted = expected(studies[row["id"]])
        assert {name: row[name] for name in wanted} == wanted
        compared += 1
    assert compared == len(studies)


@pytest.mark.parametrize("name", LISTS)
def test_lists_equal_the_walk(loaded: DataFolder, studies: dict[str, Any], name: str) -> None:
    found: dict[str, list[Any]] = {id: [] for id in studies}
    for id, *values in rows(loaded, f"SELECT trial_id, {LISTS[name]} ORDER BY trial_id, position"):
        found[id].append(tuple(values) if len(values) > 1 else values[0])
    assert found == {id: lists(study)[name] for id, study in studies.items()}


def test_no_structured_contact_is_in_the_file(loaded: DataFolder) -> None:
    """Contacts all have one name, phone and e-mail in these records. Sponsors wrote phone and e-mail elsewhere, too: as
    an organisation's id, an official's affiliation, in free text; such text stays as served."""
    db = sqlite3.connect(loaded.trials)
    tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%fts%'"
    for (table,) in db.execute(tables).fetchall():
        cells = {value for row in db.execute(f"SELECT * FROM {table}") for value in row if isinstance(value, str)}
        assert "Study Contact" not in cells, table
        assert not cells & {"555-0100", "contact@example.org"} or table in ("identifiers", "officials"), table


def test_unknown_paths_are_the_documented_ones(loaded: DataFolder) -> None:
    assert {path for (path,) in rows(loaded, "SELECT path FROM unknown_fields")} == {
        "derivedSection.miscInfoModule.modelPredictions",  # body-mass limits that some program of the register guessed
        "protocolSection.armsInterventionsModule.interventions[].armNames",  # once, and empty
    }


def test_replay_of_the_records_is_equal(loaded: DataFolder) -> None:
    before = content(loaded.trials)
    with loaded.locked():
        replay(loaded)
    after = content(loaded.trials)
    assert list(after) == list(before)
    for table, its_rows in before.items():
        assert after[table] == its_rows, table


def test_whole_answers_of_the_api_load(records: Path, tmp_path: Path) -> None:
    pages = sorted((records / "ctgov" / "pages").glob("*.json"))
    done = trialdex("--data", tmp_path, "load", *pages)
    assert done.returncode == 0, done.stderr
    wanted = {
        dig(study, "protocolSection.identificationModule.nctId")
        for page in pages
        for study in json.loads(page.read_text(encoding="utf-8"))["studies"]
    }
    assert {id for (id,) in rows(tmp_path / "trials.db", "SELECT id FROM trials")} == wanted


def partial(records: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(records / "partial" / "studies_partial.jsonl.gz", "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def test_partial_records_become_trials_or_rejects(records: Path, tmp_path: Path) -> None:
    done = trialdex("--data", tmp_path, "load", records / "partial" / "studies_partial.jsonl.gz")
    assert done.returncode == 0, done.stderr
    (told,) = rows(tmp_path / "trials.db", "SELECT (SELECT count(*) FROM trials) + (SELECT count(*) FROM rejects)")
    assert told == (sum(1 for _ in partial(records)),)
