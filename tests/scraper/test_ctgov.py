"""ClinicalTrials.gov: what is asked, how answers are cut, what is steady, and that reading never raises."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy import Request
from scrapy.http import TextResponse

from scraper.items import Page, RawRecord, Rejected, Trial
from scraper.register import Damaged
from scraper.spiders.ctgov import ClinicalTrialsGov, escaped, listed, listings
from tests.made import study

AT = "2026-11-20T04:00:00Z"


def cut(body: bytes) -> list[RawRecord]:
    return list(ClinicalTrialsGov.cut(body, url=None, content_type="application/json", at=AT))


@pytest.mark.parametrize(
    ("asked", "params"),
    [
        ({"condition": ("heart failure",)}, {"query.cond": "heart failure"}),
        ({"condition": ("a", "b"), "term": "c"}, {"query.cond": "(a) OR (b)", "query.term": "c"}),
        ({"intervention": "x", "sponsor": "y"}, {"query.intr": "x", "query.spons": "y"}),
        ({"location": "z"}, {"query.locn": "z"}),
        ({"since": "2026-11-19"}, {"query.term": "AREA[LastUpdatePostDate]RANGE[2026-11-19,MAX]"}),
        ({"since": "2026-11-19", "term": "c"}, {"query.term": "(c) AND AREA[LastUpdatePostDate]RANGE[2026-11-19,MAX]"}),
        ({"since": "2026-11-19", "term": ("c", "d")},
         {"query.term": "((c) OR (d)) AND AREA[LastUpdatePostDate]RANGE[2026-11-19,MAX]"}),
        ({"status": ("recruiting", "WITHHELD")}, {"filter.overallStatus": "RECRUITING|WITHHELD"}),
        ({"id": ("nct1, NCT00000002",)}, {"filter.ids": "NCT00000001|NCT00000002"}),
    ],
)  # fmt: skip
def test_options_become_parameters(asked: dict[str, Any], params: dict[str, str]) -> None:
    _, (listing,) = listings(asked, everything=False)
    assert listing == params | {"sort": "StudyFirstPostDate:asc"}


def test_ids_are_asked_for_400_at_a_time() -> None:
    ids, found = listings({"id": [f"NCT{n:08}" for n in range(1, 902)]}, everything=False)
    assert [len(listing["filter.ids"].split("|")) for listing in found] == [400, 400, 101]
    assert len(ids) == 901


def test_ids_beside_another_option_need_not_be_listed() -> None:
    ids, _ = listings({"id": ["NCT00000001"], "condition": "fever"}, everything=False)
    assert ids == frozenset()


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({}, "nothing asked for"),
        ({"condition": ()}, "nothing asked for"),
        ({"since": "31st of Foo"}, "not a date: '31st of Foo'"),
        ({"since": "2026-02-30"}, "not a date"),
        ({"status": "enrolling on mars"}, "unknown status 'enrolling on mars'; known: Recruiting"),
        ({"id": "NCT00000000"}, "not a register number"),
        ({"id": "ISRCTN12345678"}, "not a register number"),
        ({"term": "NCT00000001, NCT00000002"}, "ask for register numbers with --id"),
        ({"condition": "(;"}, "no word to search for"),
        ({"colour": "green"}, "unknown option: colour"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_said_in_one_line(asked: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words.replace("(", r"\(").replace("[", r"\[")) as error:
        listings(asked, everything=False)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("words", "essie"),
    [
        ("heart failure", "heart failure"),
        ('the "best" drug', r"the \"best\" drug"),
        ("AND or NOT", r"\AND or \NOT"),
        ("AREA[Phase]X", r"\AREA Phase X"),
        ("a (b; c]", "a b c"),
        ("back\\slash", "back slash"),
        ("SANDY NORTH", "SANDY NORTH"),
    ],
)  # fmt: skip
def test_a_users_words_are_words_not_syntax(words: str, essie: str) -> None:
    assert escaped(words) == essie


def test_every_form_of_json_is_cut() -> None:
    one, two = json.dumps(study(1)).encode(), json.dumps(study(2), indent=2).encode()
    for body, ids in (
        (one, ["NCT09000001"]),
        (two, ["NCT09000002"]),
        (b'{"studies": [' + one + b",\n" + two + b'], "nextPageToken": "x"}', ["NCT09000001", "NCT09000002"]),
        (b"[" + one + b"," + two + b"]", ["NCT09000001", "NCT09000002"]),
        (b"\xef\xbb\xbf " + one + b"\n", ["NCT09000001"]),
        (b'{"studies": []}', []),
    ):
        records = cut(body)
        assert [record.source_id for record in records] == ids
        for record in records:
            assert isinstance(ClinicalTrialsGov.read(record), Trial)


def test_what_came_before_damage_is_kept() -> None:
    whole = json.dumps({"studies": [study(n) for n in range(1, 6)]}).encode()
    records: list[RawRecord] = []
    with pytest.raises(Damaged, match="not JSON to its end"):
        records.extend(ClinicalTrialsGov.cut(whole[: len(whole) * 3 // 5], url=None, content_type="", at=AT))
    assert [record.source_id for record in records] == ["NCT09000001", "NCT09000002"]


def test_half_a_surrogate_pair_costs_one_record_and_not_its_page() -> None:
    broken = json.dumps(study(2)).replace("Fever", "Fever \\ud83e").encode()
    page = b'{"studies": [' + json.dumps(study(1)).encode() + b",\n" + broken + b'], "nextPageToken": "x"}'
    assert listed(page).nextPageToken == "x"
    good, bad = cut(page)
    assert isinstance(ClinicalTrialsGov.read(good), Trial)
    assert isinstance(ClinicalTrialsGov.read(bad), Rejected)
    (alone,) = cut(broken)
    assert isinstance(ClinicalTrialsGov.read(alone), Rejected)


def test_a_record_without_usable_id_gets_a_name_of_its_own() -> None:
    for strange in ({}, {"protocolSection": None}, {"protocolSection": {"identificationModule": {"nctId": 7}}}, []):
        (record,) = cut(b"[" + json.dumps(strange).encode() + b"]")
        assert record.source_id.startswith("saved:")
        assert isinstance(ClinicalTrialsGov.read(record), Rejected)


def test_wrong_types_beside_the_id_do_not_hide_it() -> None:
    odd = study(1)
    odd["protocolSection"]["identificationModule"]["nctIdAliases"] = "NCT09000009"
    (record,) = cut(json.dumps(odd).encode())
    assert record.source_id == "NCT09000001"


def test_steady_blanks_what_means_nothing() -> None:
    today, tomorrow = study(1, version="2026-11-20"), study(1, version="2026-11-21")
    steady = ClinicalTrialsGov.steady
    assert steady(json.dumps(today).encode()) == steady(json.dumps(tomorrow, indent=1).encode())
    assert steady(json.dumps(study(1)).encode()) != steady(json.dumps(study(1, title="x")).encode())
    inside = study(1, title='says "versionHolder":"2026" in a text')
    assert b"2026" in steady(json.dumps(inside).encode()).split(b"briefTitle")[1][:60]
    for foreign in (b"", b"<html>", b"\xff\xfe", b"[" * 100_000, b'{"a": '):
        assert steady(foreign) == foreign


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def paths(node: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [at] if at else []
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        found += paths(child, (*at, key))
    return found


@given(st.data())
def test_a_damaged_record_is_read_with_problems_or_rejected(data: st.DataObject) -> None:
    """Anything removed, or replaced by anything: never an exception, never an invented id."""
    damaged = study(1)
    for _ in range(data.draw(st.integers(1, 4))):
        path = data.draw(st.sampled_from(paths(damaged)))
        node: Any = damaged
        for key in path[:-1]:
            node = node[key]
        if data.draw(st.booleans()) and isinstance(node, dict):
            del node[path[-1]]
        else:
            node[path[-1]] = data.draw(JSON)
        if not paths(damaged):
            break
    body = json.dumps(damaged).encode()
    result = ClinicalTrialsGov.read(
        RawRecord(source="ctgov", source_id="x", url="", fetched_at=AT, content_type="", body=body)
    )
    assert isinstance(result, Rejected) or result.id.startswith("NCT0")


def test_the_next_page_is_asked_for_before_a_page_is_kept() -> None:
    """So that the register works on it while this one is read."""
    spider = ClinicalTrialsGov(all=True)
    spider.places = lambda crawl: ()
    version = {"apiVersion": "2.0.5", "dataTimestamp": "2026-11-20T09:00:05"}
    (first,) = spider._begin(TextResponse(f"{spider.base}/api/v2/version", body=json.dumps(version).encode()))
    assert isinstance(first, Request)
    answer = {"studies": [study(1), study(2)], "nextPageToken": "further"}
    following, page = spider._page(TextResponse(first.url, body=json.dumps(answer).encode()), **first.cb_kwargs)
    assert isinstance(following, Request)
    assert "pageToken=further" in following.url
    assert isinstance(page, Page)
    assert [record.source_id for record in page.records] == ["NCT09000001", "NCT09000002"]
