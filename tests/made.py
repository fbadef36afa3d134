"""Small synthetic studies and folders for tests of the line."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pipelines.folder import DataFolder
from pipelines.line import Line
from scraper.items import Absence, Page, RawRecord

AT = "2026-11-20T04:00:00Z"
# What may differ between two databases that say the same (design, section 4).
BOOKKEEPING = {"runs", "publications", "field_fill", "changes", "problems", "rejects", "unknown_fields"}
NOT_CONTENT = {"run_id", "first_seen", "last_changed", "seen_at"}
ROW_IDS = {
    "locations": {"id"}, "criteria": {"id", "parent_id"}, "thresholds": {"id", "criterion_id"},
    "conditions": {"id"}, "sponsors": {"id"}, "trial_conditions": {"condition_id"}, "trial_sponsors": {"sponsor_id"},
}  # fmt: skip


def study(number: int, **said: Any) -> dict[str, Any]:
    """A small study; `said` may set title, status, conditions, criteria, sites, sponsor."""
    title = said.get("title", f"Study {number} of a synthetic drug")
    return {
        "protocolSection": {
            "identificationModule": {"nctId": f"NCT09{number:06}", "briefTitle": title},
            "statusModule": {
                "overallStatus": said.get("status", "RECRUITING"),
                "startDateStruct": {"date": "2025-03"},
                "lastUpdatePostDateStruct": {"date": "2026-11-19", "type": "ACTUAL"},
            },
            "sponsorCollaboratorsModule": {
                "leadSponsor": {"name": said.get("sponsor", "Example Hospital"), "class": "OTHER"}
            },
            "conditionsModule": {"conditions": said.get("conditions", ["Synthetic Fever"])},
            "designModule": {
                "studyType": "INTERVENTIONAL",
                "phases": ["PHASE2"],
                "enrollmentInfo": {"count": 40, "type": "ESTIMATED"},
            },
            "armsInterventionsModule": {
                "interventions": [{"type": "DRUG", "name": "Examplinib", "otherNames": ["EX-1"]}]
            },
            "eligibilityModule": {
                "eligibilityCriteria": said.get(
                    "criteria", "Inclusion Criteria:\n\n* Adults\n* Fever\n\nExclusion Criteria:\n\n* Pregnancy"
                ),
                "sex": "ALL",
                "minimumAge": "18 Years",
            },
            "contactsLocationsModule": {
                "locations": said.get("sites", [{"facility": "Site A", "city": "Oslo", "country": "Norway"}])
            },
        },
        "derivedSection": {"miscInfoModule": {"versionHolder": said.get("version", "2026-11-20")}},
        "hasResults": False,
    }


def raw(study: dict[str, Any] | bytes, at: str = AT, source_id: str | None = None) -> RawRecord:
    body = study if isinstance(study, bytes) else json.dumps(study).encode()
    if source_id is None:
        assert isinstance(study, dict)
        source_id = study["protocolSection"]["identificationModule"]["nctId"]
    return RawRecord(
        source="ctgov", source_id=source_id, url=f"https://clinicaltrials.gov/api/v2/studies/{source_id}",
        fetched_at=at, content_type="application/json", body=body,
    )  # fmt: skip


def gone(number: int, at: str = AT, moved_to: str | None = None) -> Page:
    return Page(absences=(Absence("ctgov", f"NCT09{number:06}", at, moved_to),))


def run(folder: DataFolder, *pages: Page | Iterable[dict[str, Any]]) -> dict[str, int]:
    """One run over a folder: pages, or lists of studies."""
    with folder.locked():
        line = Line(folder, command="test", source="ctgov")
        for page in pages:
            line.take(page if isinstance(page, Page) else Page(tuple(map(raw, page))))
        return line.end("finished")


def rows(folder: DataFolder | Path, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """The answer of a read-only query on a folder's trials.db, or on a file."""
    path = folder.trials if isinstance(folder, DataFolder) else folder
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return db.execute(sql, values).fetchall()
    finally:
        db.close()


def content(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Everything a database says, table by table, in an order of its own; row ids replaced by what they stand for."""
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    said: dict[str, list[tuple[Any, ...]]] = {}
    tables = [
        name
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        if not name.startswith(("_", "sqlite_")) and "_fts" not in name and name not in BOOKKEEPING
    ]
    for table in tables:
        left_out = NOT_CONTENT | ROW_IDS.get(table, set())
        columns = [column for _, column, *_ in db.execute(f"PRAGMA table_info({table})") if column not in left_out]
        said[table] = sorted(db.execute(f"SELECT {', '.join(columns)} FROM {table}"), key=repr)
    said["named conditions"] = sorted(
        db.execute("SELECT trial_id, position, name FROM trial_conditions JOIN conditions ON id = condition_id")
    )
    said["named sponsors"] = sorted(
        db.execute("SELECT trial_id, role, position, name, class FROM trial_sponsors JOIN sponsors ON id = sponsor_id"),
        key=repr,
    )
    said["nested criteria"] = sorted(
        db.execute("SELECT c.trial_id, c.position, p.position FROM criteria c JOIN criteria p ON p.id = c.parent_id")
    )
    said["thresholds of criteria"] = sorted(
        db.execute(
            "SELECT t.trial_id, c.trial_id, c.position, t.variable, t.text FROM thresholds t "
            "LEFT JOIN criteria c ON c.id = t.criterion_id"
        ),
        key=repr,
    )
    db.close()
    return said
