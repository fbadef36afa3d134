"""Every mapped leaf of every real record, against the tables: the page docs/ctgov_fields.md is taken at its word.

The walk here shares no code with `read`. For each `table.column` the values that its paths hold, in the order of the
record, must be the values that stand there.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.running import trialdex

HERE = Path(__file__).resolve().parent.parent
ROW = re.compile(r"\| ([\w.?]+) \| `([^`]+)` \| (?!archive only)(\w+)\.(\w+) \|")
TITLED = {"UNKNOWN": "Unknown status", "ACTIVE_NOT_RECRUITING": "Active, not recruiting"}
STATUS_COLUMNS = {("trials", "status"), ("trials", "last_known_status"), ("locations", "status"),
                  ("trial_details", "expanded_access_status")}  # fmt: skip
ONE_ROW = {"trials": "id", "trial_details": "trial_id", "trial_texts": "trial_id"}
NAMES = {
    "conditions": "SELECT trial_id, {} FROM trial_conditions JOIN conditions ON id = condition_id ORDER BY position",
    "sponsors": "SELECT trial_id, {} FROM trial_sponsors JOIN sponsors ON id = sponsor_id ORDER BY position",
}
ONLY_PRIMARY = {"result_groups", "result_values"}


def mapped() -> list[tuple[str, str, str]]:
    """(path, table, column) of every field that is kept."""
    text = (HERE / "docs" / "ctgov_fields.md").read_text(encoding="utf-8")
    return [(path, table, column) for _, path, table, column in ROW.findall(text)]


def leaves(node: Any, steps: list[str]) -> Iterator[Any]:
    """The values at a path, in the order of the record."""
    if not steps:
        yield node
        return
    step, many = steps[0].removesuffix("[]"), steps[0].endswith("[]")
    if not isinstance(node, dict) or step not in node:
        return
    for child in node[step] if many else [node[step]]:
        yield from leaves(child, steps[1:])


def in_words(table: str, column: str, value: Any) -> Any:
    """What the design asks of a value on its way: words for statuses and a few codes, 0 and 1 for flags."""
    if (table, column) in STATUS_COLUMNS:
        return TITLED.get(value, value.replace("_", " ").capitalize())
    if (table, column) == ("trials", "study_type"):
        return value.replace("_", " ").capitalize()
    if (table, column) == ("trials", "sex"):
        return value.capitalize()
    return int(value) if isinstance(value, bool) else value


def phase(phases: list[str]) -> str:
    words = {"NA": "Not applicable", "EARLY_PHASE1": "Early Phase 1"}
    return "/".join(words.get(one, one.replace("PHASE", "Phase ")) for one in phases)


def once(values: list[Any]) -> list[Any]:
    return list(dict.fromkeys(values))


def said(study: dict[str, Any], table: str, column: str, paths: list[str]) -> list[Any]:
    """What the record says for a column, all its paths one after another."""
    if table in ONLY_PRIMARY:
        study = json.loads(json.dumps(study.get("resultsSection", {}).get("outcomeMeasuresModule", {})))
        study["outcomeMeasures"] = [o for o in study.get("outcomeMeasures", []) if o.get("type") == "PRIMARY"]
        paths = [path.removeprefix("resultsSection.outcomeMeasuresModule.") for path in paths]
    if column in ("class_title", "category_title", "period", "milestone"):
        return said_of_each(study, table, column)
    values = [value for path in paths for value in leaves(study, path.split("."))]
    values = [in_words(table, column, value) for value in values if value != ""]
    if (table, column) == ("trials", "phase"):
        return [phase(values)] if values else []
    if table in ("conditions", "keywords"):
        return once(values)
    return values


def said_of_each(study: dict[str, Any], table: str, column: str) -> list[Any]:
    """Titles that stand above the rows they belong to: once for each row."""
    found = []
    if table == "flow_counts":
        for period in study.get("resultsSection", {}).get("participantFlowModule", {}).get("periods", []):
            for milestone in period.get("milestones", []):
                title = period.get("title") if column == "period" else milestone.get("type")
                found += [title] * len(milestone.get("achievements", []))
    else:
        for outcome in study["outcomeMeasures"]:
            for one in outcome.get("classes", []):
                for category in one.get("categories", []):
                    title = one.get("title") if column == "class_title" else category.get("title")
                    found += [title] * len(category.get("measurements", []))
    return [title for title in found if title]


def stands(db: sqlite3.Connection, table: str, column: str) -> dict[str, list[Any]]:
    """What stands in a column, trial by trial, in the order of the positions."""
    if table in NAMES:
        sql = NAMES[table].format(f"{'class' if column == 'class' else 'name'}")
    elif table in ONE_ROW:
        sql = f"SELECT {ONE_ROW[table]}, {column} FROM {table}"
    else:
        sql = f"SELECT trial_id, {column} FROM {table} ORDER BY trial_id, position"
    found: dict[str, list[Any]] = defaultdict(list)
    for id, value in db.execute(sql):
        if isinstance(value, str) and value.startswith("[") and f"{table}.{column}" in JSON_LISTS:
            found[id] += json.loads(value)
        elif value is not None and (table, column, value) not in OURS:
            found[id].append(value)
    return found


OURS = {("identifiers", "type", "organisation"), ("identifiers", "type", "alias")}  # not the record's words
JSON_LISTS = {
    "arms.intervention_names", "interventions.arm_labels", "interventions.other_names", "trial_details.who_masked",
    "trial_details.standard_ages", "trial_details.ipd_info_types",
}  # fmt: skip


def test_every_field_of_the_register_is_listed(records: Path) -> None:
    """The contract's own list of 345 leaf fields, name by name."""
    listed = set(
        re.findall(r"\| ([\w.?]+) \| `([^`]+)` \|", (HERE / "docs" / "ctgov_fields.md").read_text(encoding="utf-8"))
    )
    with (records.parent / "contracts" / "ctgov_piece_map.tsv").open(encoding="utf-8") as table:
        wanted = {(row["piece"], row["path"]) for row in csv.DictReader(table, delimiter="\t")}
    assert listed == wanted
    assert len(wanted) == 345


def test_every_leaf_of_every_record_stands_where_the_page_says(records: Path, tmp_path: Path) -> None:
    done = trialdex("--data", tmp_path, "load", records / "ctgov" / "studies.jsonl.gz")
    assert done.returncode == 0, done.stderr
    with gzip.open(records / "ctgov" / "studies.jsonl.gz", "rt", encoding="utf-8") as lines:
        studies = {s["protocolSection"]["identificationModule"]["nctId"]: s for s in map(json.loads, lines)}
    by_column: dict[tuple[str, str], list[str]] = defaultdict(list)
    for path, table, column in mapped():
        by_column[table, column].append(path)
    assert len(by_column) > 150
    db = sqlite3.connect(tmp_path / "trials.db")
    compared = 0
    for (table, column), paths in by_column.items():
        found = stands(db, table, column)
        for id, study in studies.items():
            wanted = said(study, table, column, paths)
            if table == "sponsors":  # a sponsor repeated exactly is stored once
                wanted = said_of_sponsors(study, column)
            assert found.get(id, []) == wanted, (id, table, column)
            compared += len(wanted)
    assert compared > 700_000


def said_of_sponsors(study: dict[str, Any], column: str) -> list[Any]:
    module = study["protocolSection"]["sponsorCollaboratorsModule"]
    each = [(one.get("name"), one.get("class"), role) for role, ones in (
        ("lead", [module["leadSponsor"]]), ("collaborator", module.get("collaborators", [])),
    ) for one in ones]  # fmt: skip
    return [one[0] if column == "name" else one[1] for one in once(each) if one[0 if column == "name" else 1]]


@pytest.mark.parametrize(
    ("path", "table", "column"),
    [
        ("protocolSection.contactsLocationsModule.centralContacts[].email", None, None),
        ("protocolSection.designModule.phases[]", "trials", "phase"),
        ("derivedSection.miscInfoModule.removedCountries[]", "removed_countries", "country"),
    ],
)
def test_the_page_says_what_a_person_would(path: str, table: str | None, column: str | None) -> None:
    assert [(t, c) for p, t, c in mapped() if p == path] == ([(table, column)] if table else [])
