"""A file that is published slim: no full-text search over criteria, everything else, and pages that say so."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pipelines.config import BadConfig, read_config
from pipelines.folder import DataFolder
from pipelines.gate import gate
from pipelines.publish import renew
from pipelines.sizes import sizes
from replica import ctgov_replica
from tests.datasette_trials.serving import Server, served
from tests.made import rows, run, study
from tests.running import started, trialdex

WORDS = "This file has no full-text search over criteria."


def put(folder: DataFolder) -> None:
    run(folder, [study(number, title=f"Quokka study {number}") for number in range(1, 9)])


@pytest.fixture(scope="module")
def slim(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    folder = DataFolder(tmp_path_factory.mktemp("slim"))
    put(folder)
    assert trialdex("--data", folder.path, "publish", "--slim").returncode == 0
    return folder


@pytest.fixture(scope="module")
def server(slim: DataFolder) -> Iterator[Server]:
    with served(slim) as running:
        yield running


def names(path: Path) -> set[str]:
    return {name for (name,) in rows(path, "SELECT name FROM sqlite_master")}


def test_it_lacks_that_search_and_nothing_else(slim: DataFolder, tmp_path: Path) -> None:
    whole = DataFolder(tmp_path)
    put(whole)
    with whole.locked():
        renew(whole)
    missing = names(whole.published) - names(slim.published)
    assert {name for name in missing if not name.startswith("criteria_fts_")} == {"criteria_fts"}
    assert names(slim.published) <= names(whole.published)
    assert rows(slim.published, "SELECT * FROM criteria") == rows(whole.published, "SELECT * FROM criteria")
    assert "criteria_fts" in names(slim.trials)


def test_its_pages_are_used_for_what_is_made_next(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    wording = " ".join(f"word{number}" for number in range(3000))
    run(folder, [study(1, criteria=f"Inclusion Criteria:\n\n* {wording}"), study(2)])
    with folder.locked():
        renew(folder)
        whole = {size.table: size.bytes for size in sizes(folder.published)}
        assert renew(folder, slim=True).outcome == "published"
    assert folder.published.stat().st_size <= sum(whole.values()) - whole["criteria_fts"] / 2


def test_the_gate_asks_a_slim_file_for_less_and_any_other_for_all(slim: DataFolder) -> None:
    assert gate(slim.published, slim=True) == []
    (refusal,) = gate(slim.published)
    assert (refusal.rule, refusal.words) == ("tables", "missing: criteria_fts")


def test_a_slim_file_is_refused_like_any_other(slim: DataFolder, tmp_path: Path) -> None:
    broken = tmp_path / "trials.db"
    broken.write_bytes(slim.published.read_bytes())
    with closing(sqlite3.connect(broken)) as db:
        db.execute("INSERT INTO trials_fts (trials_fts) VALUES ('delete-all')")
        db.commit()
    assert [refusal.rule for refusal in gate(broken, slim=True)] == ["full-text search"]


def test_what_is_asked_for_is_published_when_nothing_else_changed(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    put(folder)
    with folder.locked():
        outcomes = [renew(folder, slim=slim).outcome for slim in (True, True, False, False, True)]
    assert outcomes == ["published", "unchanged", "published", "unchanged", "published"]


def test_the_night_publishes_as_its_configuration_says(tmp_path: Path) -> None:
    file, data = tmp_path / "trialdex.toml", tmp_path / "data"
    with ctgov_replica(size=60) as register:
        asked = f'[[source]]\nname = "ctgov"\nall = true\nbase_url = "{register.url}"\n'
        for told, is_searched in (("[publish]\nslim = true\n", False), ("", True)):
            file.write_text(told + asked, encoding="utf-8")
            done = trialdex("-q", "--data", data, "nightly", "--config", file)
            assert (done.returncode, done.stderr) == (0, "")
            assert ("criteria_fts" in names(DataFolder(data).published)) is is_searched


def test_publishing_by_hand_does_what_the_configuration_says_unless_asked_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(folder := DataFolder(tmp_path / "data"))
    config = tmp_path / "trialdex.toml"
    config.write_text("[publish]\nslim = true\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for asked, is_searched in ([], False), (["--whole"], True), (["--config", config], False):
        done = started("-q", "--data", folder.path, "publish", *asked)
        assert (done.returncode, done.stderr) == (0, "")
        assert ("criteria_fts" in names(folder.published)) is is_searched
    config.write_text("[gate]\nlive_trials = 7\n", encoding="utf-8")
    done = trialdex("--data", folder.path, "publish", "--config", config)
    assert (done.returncode, done.stdout) == (2, "")
    assert "live_trials" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_value_that_is_neither_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "odd.toml").write_text('[publish]\nslim = "yes"\n', encoding="utf-8")
    with pytest.raises(BadConfig, match=r"\[publish\] slim must be true or false"):
        read_config(tmp_path / "odd.toml")


# --- pages ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/-/find?q=quokka", "/trials/criteria", "/trials/criteria_that_say"])
def test_the_pages_say_so(server: Server, path: str) -> None:
    status, text = server.get(path)
    assert status == 200
    assert WORDS in text


def test_search_finds_everything_else(server: Server) -> None:
    assert server.get("/-/find?q=quokka")[1].count('class="result"') == 8
    assert "exclusion:diabetes" not in server.get("/-/find?q=quokka")[1]


@pytest.mark.parametrize("field", ["criteria", "inclusion", "exclusion"])
def test_a_search_in_criteria_is_told_what_is_wrong(server: Server, field: str) -> None:
    status, text = server.get("/-/find", q=f"quokka {field}:fever")
    assert (status, text.count('class="message"')) == (200, 1)
    assert f"{WORDS} Search without" in text
    assert server.get("/-/export.csv", q=f"{field}:fever") == (400, f"{WORDS}\n")
    assert server.get("/-/find.json", q=f"{field}:fever")[0] == 400


def test_a_whole_file_is_searched_and_says_nothing_of_it(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    put(folder)
    with folder.locked():
        renew(folder)
    with served(folder) as running:
        for path in ("/", "/-/find?q=quokka", "/trials/criteria", "/trials/criteria_that_say?words=fever"):
            status, text = running.get(path)
            assert (status, WORDS in text) == (200, False)
        found = json.loads(running.get("/trials/criteria.json?_search=pregnancy&_shape=array")[1])
        assert {row["text"] for row in found} == {"Pregnancy"}
