"""A world that lives: what its log tells is what happened."""

from __future__ import annotations

from typing import Any

import pytest

from replica.plan import alias_id, index_of, nct_id
from replica.studies import has_alias
from replica.world import Happening, World

DAYS = 12


@pytest.fixture(scope="module")
def lived() -> World:
    return World(seed=5, size=400, day=DAYS)


def at(nct: str) -> int:
    index = index_of(nct)
    assert index is not None
    return index


def happened(world: World, kind: str) -> list[Happening]:
    return [each for day in range(world.day + 1) for each in world.log(day) if each.kind == kind]


def steady(study: dict[str, Any]) -> dict[str, Any]:
    """Without the date of the data, which moves every day."""
    del study["derivedSection"]["miscInfoModule"]["versionHolder"]
    return study


def test_day_zero_is_the_plain_range() -> None:
    world = World(size=600_000)
    assert world.present() == range(600_000)
    assert world.timestamp == "2026-11-16T09:00:05"
    assert world.log(0) == []


def test_living_in_steps_and_at_once_is_the_same(lived: World) -> None:
    slowly = World(seed=5, size=400)
    for day in range(1, DAYS + 1):
        slowly.go_to(day)
    assert [slowly.log(day) for day in range(DAYS + 1)] == [lived.log(day) for day in range(DAYS + 1)]
    assert list(slowly.present()) == list(lived.present())
    assert all(slowly.study_json(index) == lived.study_json(index) for index in list(lived.present())[::40])


def test_nothing_happens_on_weekends(lived: World) -> None:
    assert [day for day in range(1, DAYS + 1) if not lived.log(day)] == [5, 6, 12]
    assert World(day=5).timestamp == World(day=6).timestamp == World(day=4).timestamp == "2026-11-20T09:00:05"
    assert World(day=7).timestamp == "2026-11-23T09:00:05"


@pytest.mark.parametrize("day", [1, 2, 3, 4, 7])
def test_every_weekday_something_of_each_kind_happens(lived: World, day: int) -> None:
    assert {"new", "changed", "unknown", "merged", "vanished"} <= {each.kind for each in lived.log(day)}


def test_the_world_differs_from_yesterday_by_its_log_and_nothing_else() -> None:
    before, after = World(seed=5, size=200, day=3), World(seed=5, size=200, day=4)
    log = after.log(4)
    targets = {each.target for each in log if each.target}
    told = {each.nct_id for each in log} | targets
    changed = {
        nct_id(index)
        for index in set(before.present()) & set(after.present())
        if steady(before.study(index)) != steady(after.study(index))
    }
    assert changed == {each.nct_id for each in log if each.kind in ("changed", "unknown")} | targets
    assert {nct_id(index) for index in set(before.present()) ^ set(after.present())} <= told


def test_changed_studies_move_their_dates(lived: World) -> None:
    last = {each.nct_id: each.day for each in happened(lived, "changed")}
    assert last
    for name, day in last.items():
        if lived.is_present(at(name)):
            status = lived.study(at(name))["protocolSection"]["statusModule"]
            assert status["lastUpdatePostDateStruct"]["date"] == World(day=day).data_day.isoformat()


@pytest.mark.parametrize(
    ("field", "path"),
    [
        ("title", ("identificationModule", "briefTitle")),
        ("status", ("statusModule", "overallStatus")),
        ("enrollment", ("designModule", "enrollmentInfo")),
        ("locations", ("contactsLocationsModule", "locations")),
        ("eligibility_text", ("eligibilityModule", "eligibilityCriteria")),
    ],
)
def test_the_named_field_is_the_one_that_changed(field: str, path: tuple[str, str]) -> None:
    world = World(seed=5, size=3_000, day=2)
    before = World(seed=5, size=3_000, day=1)
    found = [each for each in world.log(2) if each.fields == (field,) and each.kind == "changed"]
    assert found
    for each in found:
        new, old = (one.study(at(each.nct_id))["protocolSection"] for one in (world, before))
        assert new[path[0]].get(path[1]) != old.get(path[0], {}).get(path[1])


def test_unknown_status_comes_without_a_date(lived: World) -> None:
    flips = happened(lived, "unknown")
    first = flips[0]
    before = World(seed=5, size=400, day=first.day - 1).study(at(first.nct_id))["protocolSection"]["statusModule"]
    after = World(seed=5, size=400, day=first.day).study(at(first.nct_id))["protocolSection"]["statusModule"]
    assert after["overallStatus"] == "UNKNOWN"
    assert after["lastKnownStatus"] == before["overallStatus"] != "UNKNOWN"
    assert after["lastUpdatePostDateStruct"] == before["lastUpdatePostDateStruct"]


def test_merged_studies_live_on_as_aliases(lived: World) -> None:
    merges = happened(lived, "merged")
    assert merges
    for each in merges:
        index, is_alias = lived.find(each.nct_id)
        assert not lived.is_present(at(each.nct_id))
        if index is not None:
            assert is_alias
            assert each.nct_id in lived.study(index)["protocolSection"]["identificationModule"]["nctIdAliases"]


def test_vanished_studies_are_gone_and_some_return() -> None:
    world = World(seed=1, size=300, day=25)
    vanished, returned = happened(world, "vanished"), happened(world, "returned")
    assert returned
    assert {each.nct_id for each in returned} <= {each.nct_id for each in vanished}
    back = {each.nct_id for each in returned}
    for each in vanished:
        if each.nct_id not in back:
            assert world.find(each.nct_id) == (None, False)


def test_new_studies_are_of_the_day(lived: World) -> None:
    for each in happened(lived, "new"):
        if not lived.is_present(at(each.nct_id)):
            continue
        study = World(seed=5, size=400, day=each.day).study(at(each.nct_id))
        status = study["protocolSection"]["statusModule"]
        assert status["studyFirstPostDateStruct"]["date"] == World(day=each.day).data_day.isoformat()
        assert status["overallStatus"] in ("NOT_YET_RECRUITING", "AVAILABLE")
        assert not study["hasResults"]
        assert "resultsSection" not in study


def test_older_ids_answer_from_the_start() -> None:
    world = World(size=300)
    assert has_alias(17)
    assert world.find(alias_id(17)) == (17, True)
    assert world.find(alias_id(18)) == (None, False)
    assert world.find(nct_id(17)) == (17, False)
    assert world.find(nct_id(300)) == (None, False)


@pytest.mark.parametrize("size", [0, -5, 900_001])
def test_impossible_sizes_are_refused(size: int) -> None:
    with pytest.raises(ValueError, match="a world has from"):
        World(size=size)


def test_time_does_not_run_backwards() -> None:
    with pytest.raises(ValueError, match="forward only"):
        World(day=3).go_to(2)


def test_tiny_worlds_survive() -> None:
    world = World(size=1, day=20)
    assert len(world.present()) > 5
