"""Every query of docs/cookbook.md, asked of Datasette over the demo's published file, within Datasette's time limit.

The demo is one night old and knows nothing of removals or retractions, so a second night follows: a study is gone, one
is merged, one cannot be read, and one more names a publication that was retracted.
"""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from datasette.app import Datasette

from pipelines.folder import DataFolder
from pipelines.metadata import metadata
from pipelines.publish import publish
from pipelines.queries import READY
from scraper.items import Page
from tests.made import gone, raw, rows, run
from tests.running import trialdex
from trialdex import DATASETTE_SETTINGS

HERE = Path(__file__).resolve().parent
COOKBOOK = (HERE.parent / "docs" / "cookbook.md").read_text(encoding="utf-8")
RETRACTED = HERE / "registers" / "ctgov" / "references_and_sharing.json"
TIME_LIMIT = int(DATASETTE_SETTINGS["sql_time_limit_ms"])

SECTIONS = [part.partition("\n") for part in re.split(r"^### ", COOKBOOK, flags=re.MULTILINE)[1:]]
QUERIES = {title: re.findall(r"```sql\n(.*?)```", body, re.DOTALL) for title, _, body in SECTIONS}


@pytest.fixture(scope="session")
def cookbook_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's data, its second night, published."""
    data = tmp_path_factory.mktemp("cookbook")
    done = trialdex("--data", data, "demo", "--no-serve")
    assert done.returncode == 0, done.stderr
    folder = DataFolder(data / "demo")
    retracted = raw(RETRACTED.read_bytes(), source_id="NCT09990016")
    broken = raw(b'{"protocolSection": {}}', source_id="NCT09000999")
    run(folder, gone(5), gone(6, moved_to="NCT09000007"), Page((retracted, broken)))
    with folder.locked():
        return publish(folder)


def ask(path: Path, sql: str) -> dict[str, Any]:
    """Datasette's answer to one query."""
    datasette = Datasette([str(path)], settings={"sql_time_limit_ms": TIME_LIMIT})
    address = f"/trials.json?{urlencode({'sql': sql})}"
    with ThreadPoolExecutor(1) as thread:  # Playwright's event loop runs on this one, once a page test has used it
        answer = thread.submit(lambda: asyncio.run(datasette.client.get(address))).result()
    told: dict[str, Any] = answer.json()
    return told


@pytest.mark.parametrize("title", QUERIES)
def test_a_query_works_in_datasette_and_finds_something(title: str, cookbook_file: Path) -> None:
    (sql,) = QUERIES[title]
    told = ask(cookbook_file, sql)
    assert told.get("ok"), told.get("error")
    assert told["rows"]
    assert len(set(told["columns"])) == len(told["columns"]), "two columns of one name"


# --- ready queries ---------------------------------------------------------------------------------------------------


def opened(path: Path, name: str, *given: dict[str, str]) -> list[dict[str, Any]]:
    """Datasette's answers to one ready query with these parameters."""

    async def answers() -> list[dict[str, Any]]:
        datasette = Datasette([str(path)], settings={"sql_time_limit_ms": TIME_LIMIT}, metadata=metadata())
        return [(await datasette.client.get(f"/trials/{name}.json?{urlencode(one)}")).json() for one in given]

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(answers())).result()


def found(path: Path, name: str, **given: str) -> list[dict[str, Any]]:
    (told,) = opened(path, name, given)
    assert told["ok"], told.get("error")
    return [dict(zip(told["columns"], row, strict=True)) for row in told["rows"]]


@pytest.mark.parametrize("name", READY)
def test_a_ready_query_shows_rows_when_it_is_opened(name: str, cookbook_file: Path) -> None:
    listed = found(cookbook_file, name)
    assert listed
    assert len(listed) <= 200


@pytest.mark.parametrize("name", [name for name, query in READY.items() if query.parameters])
def test_a_ready_query_answers_whatever_is_given(name: str, cookbook_file: Path) -> None:
    texts = ('"', "'); --", "* OR -", "NEAR(a, b)", "a\x00b", "\x00", "1e9", "-5", ".", "x" * 3000)
    for told in opened(cookbook_file, name, *(dict.fromkeys(READY[name].parameters, text) for text in texts)):
        assert told["ok"], told.get("error")


def test_every_parameter_is_used_helped_and_listed() -> None:
    told = metadata()["databases"]["trials"]["queries"]
    assert len(READY) >= 12
    for name in READY:
        query = told[name]
        used = set(re.findall(r"(?<![:\w]):([a-z]+)\b", query["sql"]))
        assert used == set(query["params"]) == set(query["parameters"]), name
        assert all(query["parameters"].values())
        assert query["title"]
        assert query["description"].endswith(".")


def test_who_could_enter_is_told_rightly(cookbook_file: Path) -> None:
    """Against the ages and the sex of each trial; what is no number finds nobody."""
    listed = found(cookbook_file, "who_could_enter", condition="cancer", age="17", sex="male")
    everyone = found(cookbook_file, "who_could_enter", condition="cancer", age="50", sex="male")
    assert everyone
    assert len(listed) < len(everyone)
    limits = rows(cookbook_file, "SELECT id, min_age_years, max_age_years, sex FROM trials")
    of = {trial: said for trial, *said in limits}
    for age, some in ((17, listed), (50, everyone)):
        for trial in some:
            youngest, oldest, sex = of[trial["trial_id"]]
            assert (youngest or 0) <= age < (oldest or 200) + 1
            assert sex in ("All", "Male")
    for age in ("fifty", "5O", "-50"):
        assert found(cookbook_file, "who_could_enter", condition="cancer", age=age, sex="male") == []


@pytest.mark.parametrize("value", [10, 30, 45, 60, 90])
def test_whose_limits_allow_a_value_is_told_rightly(value: int, cookbook_file: Path) -> None:
    open_statuses = ("Recruiting", "Not yet recruiting", "Enrolling by invitation", "Available")
    limits: dict[str, list[tuple[str, tuple[Any, ...]]]] = {}
    for trial, status, kind, *limit in rows(
        cookbook_file,
        "SELECT t.id, t.status, l.kind, l.canonical_lower, l.lower_inclusive, l.canonical_upper, l.upper_inclusive "
        "FROM thresholds l JOIN trials t ON t.id = l.trial_id WHERE l.variable = 'egfr' "
        "AND l.canonical_unit = 'mL/min/1.73m2' AND l.condition IS NULL AND t.removed_at IS NULL",
    ):
        if status in open_statuses:
            limits.setdefault(trial, []).append((kind, tuple(limit)))
    allowing = {
        trial
        for trial, its in limits.items()
        if all(holds(value, limit) is not (kind == "exclusion") for kind, limit in its)
    }
    told = found(cookbook_file, "accepts_value", variable="eGFR", value=str(value))
    assert {row["trial_id"] for row in told} == allowing


def test_recruiting_in_a_country_is_told_rightly(cookbook_file: Path) -> None:
    expected = rows(
        cookbook_file,
        "SELECT DISTINCT trials.id FROM trials JOIN locations ON trial_id = trials.id WHERE country = 'France' "
        "AND trials.status = 'Recruiting' AND removed_at IS NULL AND (conditions LIKE '%diabetes%' OR title LIKE "
        "'%diabetes%' OR trials.id IN (SELECT trial_id FROM mesh_terms WHERE kind = 'condition' "
        "AND term LIKE '%diabetes%'))",
    )
    told = found(cookbook_file, "recruiting_in_country", condition="diabetes", country="France")
    assert {row["trial_id"] for row in told} == {trial for (trial,) in expected}


# --- the cookbook ----------------------------------------------------------------------------------------------------


def test_there_are_thirty_questions_each_with_a_sentence_and_a_query() -> None:
    assert len(QUERIES) >= 30
    assert len(SECTIONS) == len(QUERIES), "two questions of one name"
    for title, _, body in SECTIONS:
        assert title.endswith("?"), title
        assert re.match(r"\n[A-Z`][^\n].*?[.]\n\n```sql\n", body, re.DOTALL), title


def test_the_second_night_is_told_as_it_was(cookbook_file: Path) -> None:
    """The answers of the questions that need it, whole."""
    removed = ask(cookbook_file, QUERIES["Which trials has their source taken away?"][0])["rows"]
    assert sorted((row[0], row[3], row[4]) for row in removed) == [
        ("NCT09000005", "removed", None), ("NCT09000006", "merged", "NCT09000007"),
    ]  # fmt: skip
    notices = ask(cookbook_file, QUERIES["Which publications of trials were retracted?"][0])["rows"]
    assert [(row[0], row[2], row[4]) for row in notices] == [
        ("NCT09990016", "90000002", "90000003"), ("NCT09990016", "90000002", None),
        ("NCT09990016", "90000004", "90000005"),
    ]  # fmt: skip
    understood = ask(cookbook_file, QUERIES["What was not understood, and what was refused?"][0])["rows"]
    assert {(row[0], row[1]) for row in understood} >= {("problem", "enrollment"), ("reject", "ctgov")}


def holds(value: float, limit: tuple[Any, ...]) -> bool:
    lower, lower_inclusive, upper, upper_inclusive = limit
    above = lower is None or value > lower or (value == lower and bool(lower_inclusive))
    below = upper is None or value < upper or (value == upper and bool(upper_inclusive))
    return above and below


@pytest.mark.parametrize(
    ("title", "variable", "value", "statuses"),
    [
        (
            "Which open trials accept an eGFR of 30?",
            "egfr",
            30.0,
            {"Recruiting", "Not yet recruiting", "Enrolling by invitation"},
        ),
        ("Which trials accept a neutrophil count of 1,000 per microlitre?", "anc", 1.0, None),
    ],
)
def test_who_accepts_a_value_is_told_rightly(
    title: str, variable: str, value: float, statuses: set[str] | None, cookbook_file: Path
) -> None:
    """Against the limits themselves, trial by trial."""
    limits: dict[str, list[tuple[str, tuple[Any, ...]]]] = {}
    for trial, status, kind, *limit in rows(
        cookbook_file,
        "SELECT t.id, t.status, l.kind, l.canonical_lower, l.lower_inclusive, l.canonical_upper, l.upper_inclusive "
        "FROM thresholds l JOIN trials t ON t.id = l.trial_id WHERE l.variable = ? AND l.canonical_unit NOT LIKE 'x %' "
        "AND l.condition IS NULL AND t.removed_at IS NULL",
        variable,
    ):
        if statuses is None or status in statuses:
            limits.setdefault(trial, []).append((kind, tuple(limit)))
    accepting = {
        trial
        for trial, its in limits.items()
        if all(holds(value, limit) is not (kind == "exclusion") for kind, limit in its)
    }
    assert accepting != set(limits), "no trial refuses: the question is not put to the test"
    assert {row[0] for row in ask(cookbook_file, QUERIES[title][0])["rows"]} == accepting


def test_the_search_in_exclusion_criteria_finds_what_a_plain_look_finds(cookbook_file: Path) -> None:
    title = "Which criteria speak of something, best first?"
    query = QUERIES[title][0].replace("LIMIT 50", "")
    found = [row[0] for row in ask(cookbook_file, query)["rows"]]
    looked = rows(
        cookbook_file,
        "SELECT trial_id FROM criteria JOIN trials ON trials.id = trial_id WHERE kind = 'exclusion' "
        "AND removed_at IS NULL AND (text LIKE '%pregnan%' OR text LIKE '%hepatitis b%')",
    )
    assert set(found) <= {trial for (trial,) in looked}
    assert found
