"""`trialdex similar` as users run it, and the JSON of a stored trial: what is asked, what is refused, and how."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from datasette.app import Datasette

from pipelines.folder import DataFolder
from pipelines.metadata import metadata
from pipelines.publish import publish
from pipelines.similar import similar
from tests.made import gone, rows, run, study
from tests.pipelines.similar_families import families_of_studies
from tests.running import trialdex

NEAREST = "SELECT similar_id, score FROM similar_trials WHERE trial_id = ? ORDER BY rank"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    """Ten families, one study of them removed since."""
    folder = DataFolder(tmp_path_factory.mktemp("asked") / "data")
    run(folder, families_of_studies(10)[0])
    run(folder, gone(59))
    similar(folder)
    publish(folder)
    return folder


def asked(folder: DataFolder, *arguments: object) -> Any:
    """What the command prints as JSON."""
    done = trialdex("--data", folder.path, "similar", "--json", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def test_to_a_stored_trial(folder: DataFolder) -> None:
    found = asked(folder, "--to", "NCT09000000", "--limit", 5)
    stored = rows(
        folder, "SELECT similar_id, score FROM similar_trials WHERE trial_id = ? ORDER BY rank", "NCT09000000"
    )
    assert [(one["other_id"], one["score"]) for one in found] == stored[:5]


def test_to_a_stored_trial_in_words(folder: DataFolder) -> None:
    done = trialdex("--data", folder.path, "similar", "--to", "NCT09000000", "--limit", 1)
    assert done.returncode == 0
    assert "Same condition: " in done.stdout
    assert "Same intervention: " in done.stdout
    assert "not medical advice" in done.stdout


def test_to_a_description(folder: DataFolder) -> None:
    """The condition and drug of a trial, in words of one's own, find its family."""
    (title,) = rows(folder, "SELECT title FROM trials WHERE id = 'NCT09000012'")[0]
    found = asked(folder, "--text", f"We look for people who would take part in: {title}")
    assert found[0]["other_id"] in {f"NCT09{12 + place:06}" for place in range(6)}
    assert found[0]["terms"][0]["one_fields"] == ["text"]


def test_to_a_file_that_is_not_stored(folder: DataFolder, tmp_path: Path) -> None:
    """A record under a new number finds the one it was copied from; under its own number, it does not find itself."""
    studies = families_of_studies(10)[0]
    for number, nearest_is_itself in ((900, True), (6, False)):
        copied = json.loads(json.dumps(studies[6]))
        copied["protocolSection"]["identificationModule"]["nctId"] = f"NCT09{number:06}"
        file = tmp_path / f"{number}.json"
        file.write_text(json.dumps(copied), encoding="utf-8")
        found = asked(folder, "--file", file)
        assert (found[0]["other_id"] == "NCT09000006") is nearest_is_itself
        assert nearest_is_itself or "NCT09000006" not in {one["other_id"] for one in found}


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--to", "NCT01234567"], 2, "holds no trial NCT01234567"),
        (["--to", "NCT09000059"], 1, "was removed at its source"),
        (["--text", "qqqq"], 1, "none of its words"),
        (["--text", ""], 1, "none of its words"),
        (["--text", "a", "--to", "b"], 2, "one of --to, --text and --file"),
        (["--file", "none.html"], 2, "none.html"),
        (["--file", __file__], 1, "neither JSON nor a page"),
        (["--file", __file__, "--url", "nowhere"], 2, "not a web address"),
    ],
)
def test_what_cannot_be_answered_is_said_in_one_line(
    folder: DataFolder, arguments: list[str], code: int, says: str
) -> None:
    done = trialdex("--data", folder.path, "similar", *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_before_anything_was_computed(tmp_path: Path) -> None:
    empty = DataFolder(tmp_path / "empty")
    for arguments in (["--to", "NCT09000001"], ["--text", "fever"]):
        done = trialdex("--data", empty.path, "similar", *arguments)
        assert (done.returncode, "holds no trials" in done.stderr) == (1, True)
    run(empty, [study(1), study(2)])
    for arguments in (["--to", "NCT09000001"], ["--text", "fever"]):
        done = trialdex("--data", empty.path, "similar", *arguments)
        assert (done.returncode, "run `trialdex similar`" in done.stderr) == (1, True)


def test_asking_takes_no_lock_and_computing_does(folder: DataFolder) -> None:
    with folder.locked():
        assert asked(folder, "--to", "NCT09000000")
        assert trialdex("--data", folder.path, "similar").returncode == 4


def test_the_command_computes_all(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    run(folder, [study(1), study(2)])
    done = trialdex("--data", folder.path, "similar")
    assert (done.returncode, "neighbours of 2 trials" in done.stdout) == (0, True)
    assert len(rows(folder, "SELECT 1 FROM similar_trials")) == 2


def test_the_demo_has_neighbours_and_no_listing_is_near_its_own_study(tmp_path: Path) -> None:
    done = trialdex("--quiet", "--data", tmp_path, "demo", "--no-serve", "--studies", 60, "--listings", 20)
    assert (done.returncode, done.stderr) == (0, "")
    published = tmp_path / "demo" / "published" / "trials.db"
    same_study = """
        SELECT count(*), count(*) FILTER (WHERE one.study_id = other.study_id), count(DISTINCT one.source)
        FROM similar_trials JOIN trials AS one ON one.id = trial_id JOIN trials AS other ON other.id = similar_id"""
    pairs, of_one_study, sources = rows(published, same_study)[0]
    assert (pairs > 1_000, of_one_study, sources) == (True, 0, 2)


# --- JSON -----------------------------------------------------------------------------------------------------------


def answer(folder: DataFolder, path: str) -> Any:
    async def get() -> Any:
        datasette = Datasette([str(folder.published)], metadata=metadata())
        await datasette.invoke_startup()
        return await datasette.client.get(path)

    with ThreadPoolExecutor(1) as thread:  # Playwright leaves a running loop in the thread of its tests
        return thread.submit(asyncio.run, get()).result()


def test_json_of_a_stored_trial(folder: DataFolder) -> None:
    found = answer(folder, "/trial/NCT09000000/similar.json")
    assert found.status_code == 200
    told = found.json()
    stored = rows(
        folder, "SELECT similar_id, score FROM similar_trials WHERE trial_id = ? ORDER BY rank", "NCT09000000"
    )
    assert [(one["id"], one["reasons"]["score"]) for one in told["similar"]] == stored
    assert all(one["title"] and one["reasons"]["sentences"] for one in told["similar"])
    assert "Not medical advice" in told["not_advice"]


def test_json_of_no_trial_is_not_found(folder: DataFolder) -> None:
    found = answer(folder, "/trial/NCT01234567/similar.json")
    assert (found.status_code, found.json()["ok"]) == (404, False)


def test_terms_are_not_among_the_listed_tables(folder: DataFolder) -> None:
    tables = answer(folder, "/trials.json").json()["tables"]
    hidden = {table["name"]: table["hidden"] for table in tables}
    assert hidden["terms"]
    assert not hidden["similar_trials"]
