"""`trialdex history`: one trial through real nights over a register that changes day by day."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from pipelines.folder import DataFolder
from replica import ctgov_replica
from replica.world import Happening
from scraper.items import Page
from scraper.register import now
from tests.made import AT, gone, raw, rows, run, study
from tests.running import trialdex

NIGHTS = 7  # a study that vanished on the first data day may be back on the fifth


class Lived(NamedTuple):
    """A folder after some nights: when each ended, what happened by the register's own log, and its studies then."""

    folder: Path
    ended: list[str]
    happened: list[list[Happening]]
    studies: list[dict[str, dict[str, Any]]]

    def history(self, *arguments: object) -> str:
        done = trialdex("--data", self.folder, "history", *arguments)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    def happenings(self, wanted: Callable[[Happening], bool]) -> list[tuple[int, Happening]]:
        found = [(night, event) for night, events in enumerate(self.happened) for event in events if wanted(event)]
        assert found, "the world did nothing of the kind"
        return found


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    folder = tmp_path_factory.mktemp("history")
    ended, happened, studies = [], [], []
    with ctgov_replica(size=120) as register:
        (folder / "trialdex.toml").write_text(
            f'[[source]]\nname = "ctgov"\nall = true\nbase_url = "{register.url}"\n', encoding="utf-8"
        )
        for day in range(NIGHTS):
            register.world.go_to(day)
            done = trialdex("--data", folder, "nightly", "--config", folder / "trialdex.toml", "--sweep")
            assert done.returncode in (0, 3), done.stderr
            ended.append(now())
            while now() == ended[-1]:  # what the next night sees was seen in a later second
                time.sleep(0.02)
            happened.append(list(register.world.log(day)) if day else [])
            present = map(register.world.study, register.world.present())
            studies.append({one["protocolSection"]["identificationModule"]["nctId"]: one for one in present})
    return Lived(folder, ended, happened, studies)


def test_a_trial_at_every_night_is_what_the_register_said_then(lived: Lived) -> None:
    """Each trial that something happened to on two days or more, asked for as it stood after each night."""
    counts: dict[str, int] = {}
    for _, event in lived.happenings(lambda event: event.kind == "changed"):
        counts[event.nct_id] = counts.get(event.nct_id, 0) + 1
    id = max(counts, key=lambda id: counts[id])
    said = set()
    for ended, studies in zip(lived.ended, lived.studies, strict=True):
        if id not in studies:
            continue
        told = json.loads(lived.history(id, "--at", ended, "--json"))
        p = studies[id]["protocolSection"]
        assert told["state"] == "live"
        trial = told["trial"]
        assert trial["title"] == p["identificationModule"]["briefTitle"]
        assert trial["status_text"] == p["statusModule"]["overallStatus"]
        assert trial["last_updated"] == p["statusModule"]["lastUpdatePostDateStruct"]["date"]
        assert trial.get("enrollment") == p.get("designModule", {}).get("enrollmentInfo", {}).get("count")
        assert len(trial.get("locations", [])) == len(p.get("contactsLocationsModule", {}).get("locations", []))
        said.add(json.dumps(trial, sort_keys=True))
    assert len(said) > 1, "it did not change after all"


def test_changes_are_told_field_by_field(lived: Lived) -> None:
    night, event = lived.happenings(lambda event: event.kind == "changed")[0]
    text = lived.history(event.nct_id)
    told = json.loads(lived.history(event.nct_id, "--json"))
    assert text.startswith(f"{event.nct_id}  {told['title']}\n")
    assert "first seen" in text
    found = rows(
        lived.folder / "trials.db",
        "SELECT seen_at, kind, field, old, new FROM changes WHERE trial_id = ? ORDER BY id",
        event.nct_id,
    )
    assert [(c["at"], c["kind"], c["field"], c["old"], c["new"]) for c in told["changes"]] == found
    changed = [row for row in found if row[1] == "changed"]
    assert changed
    for _, _, field, old, new in changed:
        assert field in text
        for value in (old, new):
            assert value is None or value in text


@pytest.mark.parametrize(
    ("kind", "state", "words"),
    [("vanished", "removed", "removed: the source no longer has it"), ("merged", "merged", "merged: the source now")],
)
def test_a_trial_that_is_gone_keeps_its_last_wording(lived: Lived, kind: str, state: str, words: str) -> None:
    ((night, event), *_) = lived.happenings(lambda event: event.kind == kind)
    before = json.loads(lived.history(event.nct_id, "--at", lived.ended[night - 1], "--json"))
    after = json.loads(lived.history(event.nct_id, "--at", lived.ended[night], "--json"))
    assert (before["state"], after["state"]) == ("live", state)
    assert after["trial"] == before["trial"]
    assert after["moved_to"] == event.target
    assert words in lived.history(event.nct_id)
    assert "this is its last wording" in lived.history(event.nct_id, "--at", lived.ended[night])
    if event.target:
        assert f"{event.nct_id} was merged into it" in lived.history(event.target)


def test_a_trial_that_came_back_is_live_again(lived: Lived) -> None:
    ((night, event), *_) = lived.happenings(lambda event: event.kind == "returned")
    text = lived.history(event.nct_id)
    assert text.index("removed: ") < text.index("returned: the source has it again")
    told = [json.loads(lived.history(event.nct_id, "--at", lived.ended[n], "--json")) for n in (night - 1, night)]
    assert [one["state"] for one in told] == ["removed", "live"]


def test_a_day_is_its_end(lived: Lived) -> None:
    """All the nights of this test fall on one day or two: the last of them counts."""
    ((_, event), *_) = lived.happenings(lambda event: event.kind == "changed")
    by_day = json.loads(lived.history(event.nct_id, "--at", lived.ended[-1][:10], "--json"))
    by_second = json.loads(lived.history(event.nct_id, "--at", lived.ended[-1], "--json"))
    assert by_day["trial"] == by_second["trial"]


@pytest.fixture
def small(tmp_path: Path) -> DataFolder:
    folder = DataFolder(tmp_path / "data")
    later = "2026-11-22T04:00:00Z"
    changed = study(
        1,
        criteria="Inclusion Criteria:\n\n* Adults\n* High fever\n\nExclusion Criteria:\n\n* Gout",
        sites=[{"facility": "Site B", "city": "Oslo", "country": "Norway"}],
        status="COMPLETED",
    )
    run(folder, [study(1), study(2)])
    run(folder, Page((raw(changed, at=later),)), gone(2, later, moved_to="NCT09000001"))
    return folder


def test_lines_for_people(small: DataFolder) -> None:
    done = trialdex("--data", small.path, "history", "nct09000001")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "NCT09000001  Study 1 of a synthetic drug",
        "ctgov; first seen 2026-11-20 04:00 UTC, last seen 2026-11-22 04:00 UTC; looked at 2 times, 2 wordings",
        "",
        "2026-11-20 04:00 UTC, run 1 (test)",
        "  first seen",
        "",
        "2026-11-22 04:00 UTC, run 2 (test)",
        "  status: Recruiting -> Completed",
        "  status_text: RECRUITING -> COMPLETED",
        "  locations",
        "    - Site A | Oslo | Norway",
        "    + Site B | Oslo | Norway",
        "  criteria",
        "    - inclusion | Fever",
        "      now: inclusion | High fever",
        "    - exclusion | Pregnancy",
        "    + exclusion | Gout",
        "  NCT09000002 was merged into it",
    ]


def test_the_trial_as_it_stood_for_people(small: DataFolder) -> None:
    done = trialdex("--data", small.path, "history", "NCT09000001", "--at", "2026-11-21")
    lines = done.stdout.splitlines()
    assert lines[0] == "NCT09000001 as it stood at 2026-11-21"
    assert lines[1].startswith("This wording first served 2026-11-20 04:00 UTC, last seen 2026-11-20 04:00 UTC; https:")
    assert "status: Recruiting" in lines
    criteria = lines[lines.index("criteria, inclusion") :]
    assert criteria[:5] == ["criteria, inclusion", "  - Adults", "  - Fever", "criteria, exclusion", "  - Pregnancy"]
    merged = trialdex("--data", small.path, "history", "NCT09000002", "--at", "2026-11-25").stdout
    assert "It was merged into NCT09000001 by 2026-11-22 04:00 UTC; this is its last wording." in merged


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["NCT09999999"], "no trial 'NCT09999999' in "),
        (["NCT09000001", "--at", "2026-11-19"],
         "NCT09000001 was first seen at 2026-11-20T04:00:00Z; nothing is known from before"),
        (["NCT09000001", "--at", "31st of Foo"], "not a date: '31st of Foo'"),
        (["NCT09000001", "--at", "2026-02-30"], "not a date: '2026-02-30'"),
        (["NCT09000001", "--at", ""], "not a date: ''"),
        (["NCT09000001", "--at", "2026-11"], "not a date: '2026-11'"),
    ],
    ids=["unknown", "before", "words", "no such day", "empty", "month"],
)  # fmt: skip
def test_bad_questions_are_one_line(small: DataFolder, arguments: list[str], words: str) -> None:
    done = trialdex("--data", small.path, "history", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"trialdex: {words}")
    assert len(done.stderr.splitlines()) == 1


def test_an_empty_folder_is_one_line(tmp_path: Path) -> None:
    done = trialdex("--data", tmp_path / "nothing", "history", "NCT09000001")
    assert done.returncode == 2
    assert re.fullmatch(r"trialdex: .* holds no trials: crawl or load something first\n", done.stderr)


def test_a_record_that_could_never_be_read_is_one_line(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    run(folder, Page((raw(b'{"protocolSection": {}}', source_id="NCT09000999"),)), [study(1)])
    done = trialdex("--data", folder.path, "history", "NCT09000999", "--at", AT)
    assert done.returncode == 1
    assert "cannot be read" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_it_takes_no_lock(small: DataFolder) -> None:
    with small.locked():
        assert trialdex("--data", small.path, "history", "NCT09000001").returncode == 0
