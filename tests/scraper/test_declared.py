"""Reading by declaration: every part of a declaration, what is not understood, and that nothing raises."""

from __future__ import annotations

import json
from time import process_time
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replica.studies import study
from scraper import declared
from scraper.declared import (
    ArchiveOnly,
    Covered,
    Record,
    Rows,
    TextRows,
    Within,
    coverage,
    reader,
    where,
    words,
)
from scraper.items import Problem, Rejected, Trial, UnknownField
from scraper.spiders.ctgov import ClinicalTrialsGov
from scraper.spiders.ctgov_fields import STUDY
from tests.made import raw

LONGEST_READ = 0.5  # seconds of processor time for one record: ten times the 50 ms that are stated
LONGEST_CRITERIA = 20_000  # characters that the register takes


class Site(NamedTuple):
    name: str | None
    city: str | None = None
    north: float | None = None
    kind: str | None = None


class Note(NamedTuple):
    site: int | None = None
    period: str | None = None
    text: str | None = None


def read(tree: declared.Tree, value: dict[str, Any]) -> Record:
    return reader(tree)(value)


# --- single values ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("leaf", "value", "kept"),
    [
        (declared.text("x"), "as served \\> ", "as served \\> "),
        (declared.text("x"), "", None),
        (declared.code("x", "A B"), "A", "A"),
        (declared.code("x", "A B"), "", None),
        (declared.codes("x", "A B"), ["B", "A", "B"], ("B", "A", "B")),
        (declared.codes("x", "A B"), [], ()),
        (declared.date("x"), "2024", "2024"),
        (declared.date("x"), "2024-02", "2024-02"),
        (declared.date("x"), "2024-02-29", "2024-02-29"),
        (declared.minute("x"), "2024-02-29T23:59", "2024-02-29T23:59"),
        (declared.integer("x"), 0, 0),
        (declared.integer("x"), 2**63 - 1, 2**63 - 1),
        (declared.number("x"), 5, 5.0),
        (declared.number("x"), -1.5, -1.5),
        (declared.flag("x"), False, False),
        (declared.texts("x"), ["b", "a", "b"], ("b", "a", "b")),
    ],
)
def test_a_value_of_its_kind_is_kept(leaf: declared.Leaf, value: object, kept: object) -> None:
    record = read({"key": leaf}, {"key": value})
    assert record.said == {"x": kept}
    assert type(record.said["x"]) is type(kept)
    assert not record.problems


@pytest.mark.parametrize(
    ("leaf", "values", "reason"),
    [
        (declared.text("x"), [1, True, [], {}, ["a"]], "not text"),
        (declared.code("x", "A"), [1, ["A"]], "not text"),
        (declared.codes("x", "A"), ["A", {"A": 1}], "not a list"),
        (declared.date("x"), ["", 2024, "2024-2", "2023-02-29", "2024-13", "1 May 2024", "2024-02-29T10:00", "٢٠٢٤"],
         "not a date"),
        (declared.minute("x"), ["2024-02-29", "2024-02-30T10:00", "2024-02-29T24:00", "2024-02-29T10:60",
                                "2024-02-29Tnoon!", "2024-02-29 10:00", "2024-02-29T10:00:00", 5], "not a moment"),
        (declared.integer("x"), ["1", 1.0, True, 2**63, -(2**63) - 1], "not a whole number"),
        (declared.number("x"), ["1", True, 2**63], "not a number"),
        (declared.flag("x"), [0, 1, "true"], "not true or false"),
        (declared.texts("x"), ["a", {}, 1], "not a list"),
    ],
)  # fmt: skip
def test_a_value_of_another_kind_is_a_problem_and_none(leaf: declared.Leaf, values: list[object], reason: str) -> None:
    for value in values:
        record = read({"outer": {"key": leaf}}, {"outer": {"key": value}})
        assert record.said == {}, value
        assert record.problems == [Problem("outer.key", words(value, 500), reason)]


@pytest.mark.parametrize(
    ("leaf", "value", "kept", "reason"),
    [
        (declared.code("x", "A"), "B", "B", "not a known code of the register"),
        (declared.codes("x", "A"), ["A", "B"], ("A", "B"), "not a known code of the register"),
        (declared.texts("x"), ["a", None, 2, "", "b"], ("a", "b"), "a list in which not everything is text"),
    ],
)
def test_a_doubted_value_is_kept_beside_its_problem(
    leaf: declared.Leaf, value: object, kept: object, reason: str
) -> None:
    record = read({"key": leaf}, {"key": value})
    assert record.said == {"x": kept}
    assert record.problems == [Problem("key", words(value, 500), reason)]


PARTS: dict[str, Any] = {
    "leaf": declared.text("x"),
    "list": declared.texts("y"),
    "object": {"inner": declared.text("z")},
    "rows": Rows("sites", Site, {"name": declared.text("name")}),
    "single": Rows("sites", Site, {"name": declared.text("name")}, single=True),
    "texts": TextRows("notes", Note, "text"),
    "within": Within({"rows": Rows("sites", Site, {"name": declared.text("name")})}),
    "kept": ArchiveOnly("of no use"),
}


@pytest.mark.parametrize("key", PARTS)
def test_null_says_nothing(key: str) -> None:
    record = read(PARTS, {key: None})
    assert (record.said, sum(record.rows.values(), []), record.problems, record.unknown) == ({}, [], [], {})


@pytest.mark.parametrize(
    ("key", "reason"),
    [("object", "not an object"), ("rows", "not a list"), ("single", "not an object"), ("texts", "not a list"),
     ("within", "not a list")],
)  # fmt: skip
def test_what_has_another_shape_is_a_problem(key: str, reason: str) -> None:
    record = read(PARTS, {key: 5, "leaf": "read all the same"})
    assert record.problems == [Problem(key, "5", reason)]
    assert record.said == {"x": "read all the same"}


@pytest.mark.parametrize(
    ("key", "reason"), [("rows", "not an object"), ("within", "not an object"), ("texts", "not text")]
)
def test_an_element_of_another_shape_is_a_problem(key: str, reason: str) -> None:
    record = read(PARTS, {key: [7, None]})
    assert record.problems == [Problem(f"{key}[]", "7", reason), Problem(f"{key}[]", "null", reason)]


def test_what_stays_in_the_archive_is_neither_read_nor_unknown() -> None:
    record = read(PARTS, {"kept": {"anything": ["at", "all"]}})
    assert (record.said, record.rows, record.problems, record.unknown) == ({}, {}, [], {})


def test_long_values_are_cut() -> None:
    record = read({"a": declared.integer("a")}, {"a": "9" * 600, "b": "8" * 600})
    assert record.problems == [Problem("a", "9" * 500, "not a whole number")]
    assert record.unknown == {"b": UnknownField("b", "8" * 200)}


# --- rows ------------------------------------------------------------------------------------------------------------

SITE = {"name": declared.text("name"), "at": {"city": declared.text("city"), "north": declared.number("north")}}


def test_each_element_is_a_row_in_order_with_defaults_and_constants() -> None:
    tree = {"sites": Rows("sites", Site, SITE, {"kind": "clinic"})}
    record = read(tree, {"sites": [{"at": {"north": 60, "city": "Oslo"}, "name": "A"}, {}, {"name": "A"}]})
    assert record.rows == {
        "sites": [Site("A", "Oslo", 60.0, "clinic"), Site(None, kind="clinic"), Site("A", kind="clinic")]
    }


def test_two_lists_may_fill_one() -> None:
    tree = {name: Rows("sites", Site, SITE, {"kind": name}) for name in ("first", "second")}
    record = read(tree, {"second": [{"name": "B"}], "first": [{"name": "A"}]})
    assert record.rows == {"sites": [Site("A", kind="first"), Site("B", kind="second")]}  # as declared, not as written


@pytest.mark.parametrize(("value", "rows"), [({"name": "A"}, [Site("A")]), ({}, None), ({"name": ""}, [Site(None)])])
def test_a_single_object_is_one_row(value: dict[str, Any], rows: list[Site] | None) -> None:
    assert read({"site": Rows("sites", Site, SITE, single=True)}, {"site": value}).rows.get("sites") == rows


def test_texts_are_rows() -> None:
    tree = {"notes": TextRows("notes", Note, "text", {"period": "all"})}
    record = read(tree, {"notes": ["b", "a", "b", ""]})
    assert record.rows == {"notes": [Note(text=text, period="all") for text in ("b", "a", "b")]}
    assert record.problems == [Problem("notes[]", "", "empty text")]


NESTED = {
    "sites": Rows(
        "sites",
        Site,
        {
            "notes": Rows("notes", Note, {"text": declared.text("text")}, inherits=("site",)),
            "name": declared.text("name"),
            "kind": declared.text("kind"),
        },
        number="site",
        only=("kind", "open"),
    )
}


def test_inner_rows_know_their_row_and_are_read_only_where_wanted() -> None:
    sites = [
        {"notes": [{"text": "first"}], "kind": "closed"},
        {"notes": [{"text": "second"}, {"text": "third"}], "kind": "open"},
        {"notes": [{"text": "fourth", "new": 1}], "kind": "open"},
    ]
    record = read(NESTED, {"sites": sites})
    assert [site.kind for site in record.rows["sites"]] == ["closed", "open", "open"]
    assert record.rows["notes"] == [Note(1, text="second"), Note(1, text="third"), Note(2, text="fourth")]
    assert list(record.unknown) == ["sites[].notes[].new"]


WITHIN = {
    "periods": Within(
        {
            "stages": Within({"notes": Rows("notes", Note, {"text": declared.text("text")}, inherits=("period",))}),
            "title": declared.text("period"),
        }
    )
}


@pytest.mark.parametrize("order", [("title", "stages"), ("stages", "title")])
def test_rows_inherit_whatever_the_order_of_the_keys(order: tuple[str, str]) -> None:
    first = {"title": "one", "stages": [{"notes": [{"text": "a"}, {"text": "b"}]}, {"notes": [{"text": "c"}]}]}
    second = {"stages": [{"notes": [{"text": "d"}]}]}  # says no title: nothing is left over from the one before
    record = read(WITHIN, {"periods": [{key: first[key] for key in order}, second]})
    assert record.rows["notes"] == [
        Note(period="one", text="a"), Note(period="one", text="b"), Note(period="one", text="c"), Note(text="d"),
    ]  # fmt: skip
    assert record.said == {}


def test_a_row_has_no_column_that_its_type_lacks() -> None:
    with pytest.raises(AssertionError):
        reader({"sites": Rows("sites", Site, {"zip": declared.text("zip")})})


# --- what is not declared --------------------------------------------------------------------------------------------


def test_unknown_keys_are_told_at_every_depth_once_in_the_order_of_the_record() -> None:
    tree = {**PARTS, **NESTED, **WITHIN}
    record = read(
        tree,
        {
            "z": 1, "leaf": "x", "a": {"deep": [1]}, "m": None, "b": "text",
            "object": {"more": True, "inner": "i"},
            "single": {"name": "n", "new": 1},
            "sites": [{"colour": "red"}, {"colour": "blue"}],
            "periods": [{"length": 2, "stages": [{"order": 3}]}],
        },
    )  # fmt: skip
    examples = {one.path: one.example for one in record.unknown.values()}
    assert [path for path in examples if "." not in path] == ["z", "a", "m", "b"]
    assert examples == {
        "z": "1", "a": '{"deep": [1]}', "m": "null", "b": "text", "object.more": "true", "single.new": "1",
        "sites[].colour": "red", "periods[].length": "2", "periods[].stages[].order": "3",
    }  # fmt: skip


# --- what stands where -----------------------------------------------------------------------------------------------


def test_coverage_tells_where_every_leaf_stands() -> None:
    assert list(coverage({**PARTS, **WITHIN})) == [
        Covered("leaf", None, "x", None),
        Covered("list[]", None, "y", None),
        Covered("object.inner", None, "z", None),
        Covered("rows[].name", "sites", "name", None),
        Covered("single.name", "sites", "name", None),
        Covered("texts[]", "notes", "text", None),
        Covered("within[].rows[].name", "sites", "name", None),
        Covered("kept", None, None, "of no use"),
        Covered("periods[].stages[].notes[].text", "notes", "text", None),
        Covered("periods[].title", "notes", "period", None),
    ]


def test_where_looks_up_and_beneath_what_stays_in_the_archive() -> None:
    pieces = [("Name", "rows[].name"), ("Deep", "kept.a[].b"), ("Kept", "kept")]
    kept = Covered("kept", None, None, "of no use")
    assert list(where(PARTS, pieces)) == [
        ("Name", "rows[].name", Covered("rows[].name", "sites", "name", None)),
        ("Deep", "kept.a[].b", kept),
        ("Kept", "kept", kept),
    ]


@pytest.mark.parametrize("path", ["rows[].city", "nowhere", "object.inner2", "a.b[].c"])
def test_a_field_that_stands_nowhere_is_an_error(path: str) -> None:
    with pytest.raises(KeyError, match="City .* stands in no table"):
        list(where(PARTS, [("City", path)]))


def test_the_declaration_of_the_register_names_every_path_once() -> None:
    paths = [one.path for one in coverage(STUDY)]
    assert len(paths) == len(set(paths)) > 200


# --- whatever is served ----------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
ENDLESS = st.builds(lambda piece: (piece * LONGEST_CRITERIA)[:LONGEST_CRITERIA], st.text(min_size=1, max_size=12))
GONE = object()


def places(node: Any) -> list[tuple[Any, Any]]:
    """Every value of a record as (what holds it, key or position)."""
    found: list[tuple[Any, Any]] = []
    entries: list[tuple[Any, Any]] = []
    if isinstance(node, dict):
        entries = list(node.items())
    elif isinstance(node, list):
        entries = list(enumerate(node))
    for key, value in entries:
        found += [(node, key), *places(value)]
    return found


@settings(max_examples=200, deadline=None)
@given(
    index=st.integers(0, 2000),
    edits=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.just(GONE) | JSON | ENDLESS), min_size=1, max_size=8
    ),
    endless=st.none() | ENDLESS,
)
def test_a_damaged_record_is_read_or_rejected_and_never_raises(
    index: int, edits: list[tuple[float, Any]], endless: str | None
) -> None:
    record = study(index)
    nct_id = record["protocolSection"]["identificationModule"]["nctId"]
    for at, value in edits:
        every = places(record)
        if every:
            holder, key = every[int(at * len(every))]
            if value is not GONE:
                holder[key] = value
            elif isinstance(holder, dict):
                del holder[key]
            else:
                holder.pop(key)
    protocol = record.get("protocolSection")
    if endless and isinstance(protocol, dict):
        protocol["eligibilityModule"] = {"eligibilityCriteria": endless}
    whole = raw(json.dumps(record).encode(), source_id=nct_id)
    began = process_time()
    reading = ClinicalTrialsGov.read(whole)
    assert process_time() - began < LONGEST_READ
    assert isinstance(reading, Trial) or (isinstance(reading, Rejected) and reading.reason)


NUMBERED = '{"protocolSection": {"identificationModule": {"nctId": "%s"}}}'


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"{}", b'"text"', b"{", b"\xff\xfe", b"[" * 100_000]
    + [(NUMBERED % number).encode() for number in ("", "NCT0999", "nct09990001", "NCT٠٩٩٩٠٠٠١", "NCT09990001\\ud83e")],
)
def test_what_is_no_study_is_rejected_with_a_reason(body: bytes) -> None:
    reading = ClinicalTrialsGov.read(raw(body, source_id="NCT09990000"))
    assert isinstance(reading, Rejected)
    assert reading.reason
