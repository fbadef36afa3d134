"""Neighbours of every live trial: families find each other, parts add up, what changes later is as if computed anew."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pipelines.folder import DataFolder
from pipelines.publish import publish
from pipelines.reasons import facts, reasons
from pipelines.schema import open_trials
from pipelines.similar import similar
from pipelines.similar_nearest import NEIGHBOURS, SISTERS, nearest
from pipelines.similar_store import last_state
from replica.studies import study as replica_study
from scraper.items import Page
from tests.made import gone, raw, rows, run, study
from tests.pipelines.similar_families import MEMBERS, families_of_studies

FAMILIES = 50
LATER, LATEST = "2026-11-21T04:00:00Z", "2026-11-22T04:00:00Z"
NEAR = "SELECT similar_id FROM similar_trials WHERE trial_id = ? ORDER BY rank"
EVERY = "SELECT * FROM similar_trials ORDER BY trial_id, rank"


@pytest.fixture(scope="module")
def families(tmp_path_factory: pytest.TempPathFactory) -> tuple[DataFolder, list[list[str]]]:
    """Fifty families and their rivals, computed."""
    folder = DataFolder(tmp_path_factory.mktemp("families"))
    studies, members = families_of_studies(FAMILIES)
    run(folder, studies)
    assert similar(folder) == ("full", len(studies), len(studies), len(studies))
    return folder, members


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path / "data")


@pytest.fixture(scope="module")
def reading(families: tuple[DataFolder, list[list[str]]]) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"file:{families[0].trials}?mode=ro", uri=True)) as db:
        yield db


def later(folder: DataFolder, studies: list[dict[str, Any]], at: str = LATER) -> None:
    run(folder, Page(tuple(raw(one, at) for one in studies)))


def near(folder: DataFolder, trial: str) -> list[str]:
    return [id for (id,) in rows(folder, NEAR, trial)]


# --- families -------------------------------------------------------------------------------------------------------


def test_members_of_a_family_are_nearest_to_each_other(families: tuple[DataFolder, list[list[str]]]) -> None:
    """The nearest of all is a member, though rivals share the condition and its criteria; and but for the rivals, the
    nearest are all the members."""
    folder, members = families
    first, all_three = 0, 0
    everyone = {id for family in members for id in family}
    for family in members:
        for id in family:
            found = near(folder, id)
            first += found[0] in family
            all_three += len(set([other for other in found if other in everyone][: MEMBERS - 1]) & set(family))
    assert first >= 0.95 * FAMILIES * MEMBERS
    assert all_three >= 0.95 * FAMILIES * MEMBERS * (MEMBERS - 1)


def test_reasons_name_the_condition_and_the_drug(
    families: tuple[DataFolder, list[list[str]]], reading: sqlite3.Connection
) -> None:
    for first, *others in families[1]:
        for other in others:
            one, two = facts(reading, first), facts(reading, other)
            assert one is not None
            assert two is not None
            found = reasons(one, two)
            assert found.conditions, (first, other)
            assert found.interventions, (first, other)
            assert all("placebo" not in shared.one.lower() for shared in found.interventions)


def test_parts_add_up_and_are_what_reasons_finds(reading: sqlite3.Connection) -> None:
    stored = reading.execute(EVERY).fetchall()
    assert len(stored) > FAMILIES * 6 * (NEIGHBOURS - 1)
    known = {id: facts(reading, id) for (id,) in reading.execute("SELECT id FROM trials")}
    for trial, _, other, score, *parts, sister in stored:
        assert score == round(sum(parts), 4)
        one, two = known[trial], known[other]
        assert one is not None
        assert two is not None
        found = reasons(one, two)
        assert ([*found.parts.values()], found.score, found.same_programme) == (parts, score, bool(sister))


def test_ranks_are_from_1_and_scores_fall(reading: sqlite3.Connection) -> None:
    for (trial,) in reading.execute("SELECT DISTINCT trial_id FROM similar_trials"):
        found = reading.execute("SELECT rank, score FROM similar_trials WHERE trial_id = ? ORDER BY rank", [trial])
        ranks, scores = zip(*found, strict=True)
        assert ranks == tuple(range(1, len(ranks) + 1))
        assert list(scores) == sorted(scores, reverse=True)


def test_the_published_file_is_enough_for_reasons(families: tuple[DataFolder, list[list[str]]]) -> None:
    folder, members = families
    with closing(sqlite3.connect(publish(folder))) as db:
        one, two = (facts(db, id) for id in members[0][:2])
        assert one is not None
        assert two is not None
        (stored,) = db.execute(
            "SELECT score FROM similar_trials WHERE trial_id = ? AND similar_id = ?", members[0][:2]
        ).fetchone()
        assert reasons(one, two).score == stored


# --- who may be a neighbour -----------------------------------------------------------------------------------------


def test_one_study_in_two_sources_is_never_similar_to_itself_and_holds_one_place(folder: DataFolder) -> None:
    """By the register number that both name, and by a link."""
    studies = [study(number, title=f"Examplinib in fever, site {number}") for number in range(1, 8)]
    run(folder, studies)
    with closing(sqlite3.connect(folder.trials)) as db:
        db.execute("UPDATE trials SET study_id = 'NCT09000001' WHERE id IN ('NCT09000001', 'NCT09000002')")
        db.execute("INSERT INTO links VALUES ('NCT09000003', 'NCT09000004', 'by hand', 'a test')")
        db.commit()
    similar(folder)
    assert "NCT09000002" not in near(folder, "NCT09000001")
    assert "NCT09000001" not in near(folder, "NCT09000002")
    assert "NCT09000004" not in near(folder, "NCT09000003")
    for trial in ("NCT09000005", "NCT09000006"):
        found = set(near(folder, trial))
        assert len(found & {"NCT09000001", "NCT09000002"}) == 1
        assert len(found & {"NCT09000003", "NCT09000004"}) == 1


@pytest.mark.parametrize("count", [12, 70])
def test_sisters_are_marked_and_hold_five_places_at_most(folder: DataFolder, count: int) -> None:
    """Also where they fill all the places of those that are compared in everything."""
    title = "Examplinib in synthetic fever, study {}"
    sisters = [study(n, title=title.format(n), sponsor="Example Pharma") for n in range(count)]
    others = [study(100 + n, title=f"Fever in group {n}", sponsor=f"Hospital {n}") for n in range(30)]
    run(folder, [*sisters, *others])
    similar(folder)
    sql = "SELECT similar_id, same_programme, score FROM similar_trials WHERE trial_id = ? ORDER BY rank"
    found = rows(folder, sql, "NCT09000000")
    assert len(found) == NEIGHBOURS
    assert [bool(sister) for _, sister, _ in found] == [id < "NCT09000100" for id, *_ in found]
    assert sum(sister for _, sister, _ in found) == SISTERS
    assert [score for *_, score in found] == sorted((score for *_, score in found), reverse=True)


def test_removed_trials_have_no_neighbours_and_are_nobodys(folder: DataFolder) -> None:
    run(folder, [study(number) for number in range(1, 6)], gone(3))
    similar(folder)
    assert near(folder, "NCT09000003") == []
    assert len(near(folder, "NCT09000001")) == 3
    assert rows(folder, "SELECT * FROM similar_trials WHERE similar_id = 'NCT09000003'") == []


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_trials(folder: DataFolder, count: int) -> None:
    run(folder, [study(number) for number in range(count)])
    assert similar(folder).trials == count
    assert len(rows(folder, EVERY)) == (2 if count == 2 else 0)


def test_a_trial_that_says_nothing(folder: DataFolder) -> None:
    bare = {"protocolSection": {"identificationModule": {"nctId": "NCT09000009"}}}
    run(folder, [study(1), study(2), bare])
    similar(folder)
    assert near(folder, "NCT09000009") == []
    assert near(folder, "NCT09000001") == ["NCT09000002"]


# --- the second time ------------------------------------------------------------------------------------------------


def world(folder: DataFolder, size: int) -> None:
    run(folder, [replica_study(index) for index in range(size)])


def amended(index: int) -> dict[str, Any]:
    found = replica_study(index)
    eligibility = found["protocolSection"]["eligibilityModule"]
    eligibility["eligibilityCriteria"] += (
        "\n* Treatment with dapagliflozin within the past 4 weeks\n* Myocardial infarction"
    )
    return found


def test_nothing_changed_computes_nothing(folder: DataFolder) -> None:
    world(folder, 60)
    similar(folder)
    before = rows(folder, EVERY)
    assert similar(folder) == ("nothing", 60, 0, 0)
    assert rows(folder, EVERY) == before


def test_a_changed_status_changes_no_neighbours(folder: DataFolder) -> None:
    world(folder, 100)
    similar(folder)
    before = rows(folder, EVERY)
    said = replica_study(7)
    said["protocolSection"]["statusModule"]["overallStatus"] = "SUSPENDED"
    later(folder, [said])
    assert similar(folder) == ("update", 100, 0, 0)
    assert rows(folder, EVERY) == before


def test_an_update_is_what_a_full_computation_with_its_weights_finds(folder: DataFolder) -> None:
    """New, changed and removed trials. Scores are equal; one neighbour in two hundred may differ, where somebody who
    came or went pushed a trial over the edge of the candidates: a list that lost nobody does not look for that."""
    world(folder, 600)
    similar(folder)
    later(folder, [*(amended(index) for index in range(0, 600, 25)), *(replica_study(600 + n) for n in range(12))])
    run(folder, *(gone(index, at=LATEST) for index in (3, 50, 77, 99)))
    done = similar(folder)
    assert done.kind == "update"
    assert done.computed < 300
    db = open_trials(folder.trials)
    state, here = last_state(db, folder)
    db.close()
    assert state is not None
    assert here is not None
    ids = state.live.ids
    anew = {
        (ids[found.row], ids[near.row]): (near.score, *near.parts)
        for found in nearest(here, range(len(ids)))
        for near in found.neighbours
    }
    updated = {(trial, other): tuple(said[:-1]) for trial, _, other, *said in rows(folder, EVERY)}
    assert len(ids) == 608
    assert {key: updated[key] for key in updated.keys() & anew.keys()} == {
        key: anew[key] for key in updated.keys() & anew.keys()
    }
    assert len(updated.keys() ^ anew.keys()) <= len(anew) / 200


def test_an_update_is_close_to_a_full_computation(folder: DataFolder) -> None:
    """With weights computed anew: at least 97 of 100 neighbours are the same."""
    world(folder, 600)
    similar(folder)
    later(folder, [amended(index) for index in range(0, 600, 25)])
    assert similar(folder).kind == "update"
    updated = {(trial, other) for trial, _, other, *_ in rows(folder, EVERY)}
    similar(folder, full=True)
    anew = {(trial, other) for trial, _, other, *_ in rows(folder, EVERY)}
    assert len(updated & anew) >= 0.97 * len(anew)


def test_when_a_tenth_has_changed_all_is_computed_anew(folder: DataFolder) -> None:
    world(folder, 60)
    similar(folder)
    later(folder, [amended(index) for index in range(5)])
    assert similar(folder).kind == "update"
    later(folder, [replica_study(index) for index in range(5)], LATEST)
    assert similar(folder).kind == "full"


def test_without_its_folder_all_is_computed_anew(folder: DataFolder) -> None:
    world(folder, 30)
    similar(folder)
    before = rows(folder, EVERY)
    for left in folder.work.glob("similar-*/state.json"):
        left.unlink()
    assert similar(folder).kind == "full"
    assert rows(folder, EVERY) == before
    assert len(list(folder.work.glob("similar-*"))) == 1


def test_tables_of_an_earlier_form_are_made_anew(folder: DataFolder) -> None:
    world(folder, 30)
    with closing(sqlite3.connect(folder.trials)) as db:
        db.execute("DROP TABLE similar_trials")
        db.execute("CREATE TABLE similar_trials (trial_id TEXT, rank INTEGER, similar_id TEXT, score REAL)")
        db.commit()
    similar(folder)
    assert {len(row) for row in rows(folder, EVERY)} == {11}


def test_several_processes_find_the_same(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    world(folder, 60)
    similar(folder)
    before = rows(folder, EVERY)
    monkeypatch.setattr("pipelines.similar_store.ALONE", 0)
    assert similar(folder, full=True, processes=2).kind == "full"
    assert rows(folder, EVERY) == before
