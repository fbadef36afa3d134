"""Trials side by side: what is paired, whose limit is the strictest, the exports, and how the page answers."""

from __future__ import annotations

import csv
import html
import io
import re
from typing import Any
from urllib.parse import urlencode

import pytest
from datasette.utils import tilde_encode

from datasette_trials.compare import (
    MOST,
    ONLY,
    OTHERWISE,
    SAME,
    SOME,
    STRICTER,
    Line,
    aligned,
    comparison,
    paired,
    shared,
)
from datasette_trials.compare_page import as_csv, as_markdown, cell, inline
from datasette_trials.reading import QUERIES, Told
from datasette_trials.strictness import strictest
from tests.datasette_trials.hostile import HOSTILE
from tests.datasette_trials.library import CHANGED, GONE, LISTING, MANY_SITES, OTHER, RICH
from tests.datasette_trials.serving import Server

# --- pure -----------------------------------------------------------------------------------------------------------


def limit(lower: float | None, upper: float | None = None, **said: Any) -> dict[str, Any]:
    """A threshold in its variable's own unit, its bounds included."""
    return {
        "kind": "inclusion", "variable": "egfr", "condition": None, "lower": lower, "upper": upper, "unit": "u",
        "lower_inclusive": None if lower is None else 1, "upper_inclusive": None if upper is None else 1,
        "canonical_lower": lower, "canonical_upper": upper, "canonical_unit": "u", **said,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("sides", "tight"),
    [
        # An inclusion: who lets fewer in. A higher lower bound, a lower upper bound, an open bound.
        ([[limit(45)], [limit(60)]], [False, True]),
        ([[limit(None, 3)], [limit(None, 2)], [limit(None, 3)]], [False, True, False]),
        ([[limit(18, 75)], [limit(18)]], [True, False]),
        ([[limit(18, lower_inclusive=0)], [limit(18)]], [True, False]),
        ([[limit(60)], [limit(60)], [limit(45)]], [True, True, False]),
        ([[limit(45)], [], [limit(60)]], [False, False, True]),
        # An exclusion: who keeps more out.
        ([[limit(None, 30, kind="exclusion")], [limit(None, 60, kind="exclusion")]], [False, True]),
        ([[limit(3, 4, kind="exclusion")], [limit(2, kind="exclusion")]], [False, True]),
        # It cannot be told: the one lets in below, the other above; both the same; another unit; a unit not known;
        # for whom it holds; two limits of one side; one side alone; inclusion against exclusion.
        ([[limit(18, 60)], [limit(20, 75)]], [False, False]),
        ([[limit(60)], [limit(60)]], [False, False]),
        ([[limit(60)], [limit(45, canonical_unit="v")]], [False, False]),
        ([[limit(60)], [limit(45, canonical_lower=None)]], [False, False]),
        ([[limit(60)], [limit(45, condition="men")]], [False, False]),
        ([[limit(60), limit(70)], [limit(45)]], [False, False]),
        ([[limit(60)], []], [False, False]),
        ([[limit(60)], [limit(45, kind="exclusion")]], [False, False]),
        ([[limit(60, kind="unspecified")], [limit(45, kind="unspecified")]], [False, False]),
    ],
)  # fmt: skip
def test_the_strictest_limit(sides: list[list[dict[str, Any]]], tight: list[bool]) -> None:
    assert strictest(sides) == tight
    assert strictest(sides[::-1]) == tight[::-1]


def test_items_of_many_trials_are_aligned() -> None:
    sides = [["Adults with fever", "Pregnancy"], ["Pregnancy", "Adults with high fever"], ["Allergy", "Pregnancy"]]
    rows = aligned([[("x", text) for text in side] for side in sides])
    assert rows == [[0, 1, None], [1, 0, 1], [None, None, 0]]


def test_aligning_loses_nothing_and_repeats_nothing() -> None:
    sides = [["a b c", "a b d", "a b c"], ["a b c"], [], ["e", "a b d", "a b"]]
    rows = aligned([[("x", text) for text in side] for side in sides])
    for side, texts in enumerate(sides):
        assert sorted(row[side] for row in rows if row[side] is not None) == list(range(len(texts)))


@pytest.mark.parametrize(
    ("cells", "verdict"),
    [
        ([("Pregnancy.",), ("pregnancy",)], SAME),
        ([("No fever",), ("No high fever",)], OTHERWISE),
        ([("No fever",), (), ("No fever",)], SOME),
    ],
)
def test_how_paired_texts_stand_to_each_other(cells: list[tuple[str, ...]], verdict: str) -> None:
    assert paired(cells) == verdict


def test_shared_names() -> None:
    assert shared("Conditions", [["Gout", "Fever"], ["gout"]]) == [
        Line("Conditions of all", [("Gout",), ("gout",)], SAME),
        Line("Conditions, further", [("Fever",), ()]),
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [("=1+1", "'=1+1"), ("-cmd", "'-cmd"), ("@x", "'@x"), ("\tx", "'\tx"), ("-1.5", "-1.5"), ("+3", "+3"),
     ("a=1", "a=1"), ("≥ 18", "≥ 18"), ("", "")],
)  # fmt: skip
def test_a_spreadsheet_runs_nothing(text: str, shown: str) -> None:
    assert cell(text) == shown


def hostile_trial(number: int, text: str) -> Told:
    """A trial that says one text everywhere."""
    trial: dict[str, Any] = dict.fromkeys(
        ("status", "status_text", "phase", "study_type", "lead_sponsor", "start_date", "allocation", "masking",
         "intervention_model", "primary_purpose", "title", "url", "last_updated", "min_age", "max_age", "sex"), text,
    )  # fmt: skip
    silent = ("enrollment", "enrollment_type", "start_date_type", "primary_completion_date", "completion_date",
              "primary_completion_date_type", "completion_date_type", "has_results", "removed_at", "n_locations",
              "healthy_volunteers", "last_changed", "first_seen")  # fmt: skip
    lists: dict[str, Any] = {name: [] for name in QUERIES}
    lists["conditions"] = lists["interventions"] = [{"name": text}]
    lists["criteria"] = [{"id": number, "kind": "inclusion", "text": text}]
    lists["outcomes"] = [{"kind": "primary", "measure": text, "time_frame": text}]
    lists["locations"] = [{"country": text}]
    return Told({"id": f"x{number}", **trial, **dict.fromkeys(silent)}, lists, {}, frozenset())


@pytest.mark.parametrize("place", range(0, len(HOSTILE), 10))
def test_exports_keep_their_shape_whatever_the_texts(place: int) -> None:
    compared = comparison([hostile_trial(n, text) for n, text in enumerate(HOSTILE[place : place + 3])])
    table = list(csv.reader(io.StringIO(as_csv(compared, None))))
    assert {len(row) for row in table} == {6}
    assert not [value for row in table for value in row if re.match(r"[=@\t]", value)]
    lines = [line for line in as_markdown(compared, None).splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", re.sub(r"\\\\", "", line))) for line in lines} == {6}
    assert not re.search(r"(?<!\\)<(?!br>)", as_markdown(compared, None))


def test_markdown_signs_stand_for_themselves() -> None:
    assert inline("a|b\n*c* <i> \\") == r"a\|b \*c\* \<i\> " + "\\\\"


# --- over HTTP ------------------------------------------------------------------------------------------------------


def ask(server: Server, *ids: str, kind: str = "") -> tuple[int, str]:
    return server.get(f"/compare{kind}?" + urlencode([("id", trial) for trial in ids]))


def words(body: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def verdicts(server: Server, *ids: str) -> dict[tuple[str, str], list[tuple[str, ...]]]:
    """(section, verdict without the id) -> the cells of its lines, from the CSV."""
    rows = csv.reader(io.StringIO(ask(server, *ids, kind=".csv")[1]))
    told: dict[tuple[str, str], list[tuple[str, ...]]] = {}
    for section, _, verdict, *cells in rows:
        told.setdefault((section, verdict.split(":")[0]), []).append(tuple(cells))
    return told


def test_criteria_are_told_same_stricter_or_only_here(library_server: Server) -> None:
    told = verdicts(library_server, CHANGED, OTHER)
    assert ("Narwhals at home", "Narwhals at home") in told[("Criteria: exclusion", SAME)]
    assert ("Age 18 to 75 years", "Age 18 to 75 years") in told[("Criteria: inclusion", SAME)]
    assert ("eGFR >= 45 mL/min/1.73 m2", "eGFR >= 60 mL/min/1.73 m2") in told[("Criteria: inclusion", STRICTER)]
    ((_, only),) = told[("Criteria: inclusion", ONLY)]
    assert only == "Willing to count quokkas daily"
    assert told[("Criteria: exclusion", ONLY)] == [("Pregnancy", "Allergy to quokkas")]
    text = words(ask(library_server, CHANGED, OTHER)[1])
    assert "eGFR >= 60 mL/min/1.73 m2 strictest" in text
    assert "eGFR >= 45 mL/min/1.73 m2 strictest" not in text


def test_six_trials_of_two_sources_side_by_side(library_server: Server) -> None:
    ids = (CHANGED, OTHER, GONE, LISTING, RICH, MANY_SITES)
    status, body = ask(library_server, *ids)
    assert status == 200
    for trial in ids:
        assert f'href="/trial/{tilde_encode(trial)}"' in body
    assert "Removed 2026-11-21" in words(body)
    assert ask(library_server, *ids, kind=".csv")[0] == ask(library_server, *ids, kind=".md")[0] == 200


def test_seven_are_one_too_many_and_the_page_says_which(library_server: Server) -> None:
    ids = [f"NCT09{n:06}" for n in range(MOST + 1)]
    status, body = ask(library_server, *ids)
    assert status == 200
    assert f"At most {MOST} trials fit side by side. Left out: {ids[-1]}." in words(body)
    assert f'href="/trial/{ids[-1]}"' not in body


@pytest.mark.parametrize(
    ("ids", "status", "said"),
    [
        ((), 200, "A comparison takes two to six trials"),
        ((CHANGED,), 200, "So far: Quokka tablets for narwhal syndrome . Choose at least one more."),
        ((CHANGED, CHANGED), 200, "Choose at least one more."),
        ((CHANGED, "NCT99999999"), 200, "Not in this file: NCT99999999"),
        (("nothing", "<script>"), 404, "Not in this file: <script>"),
        (("", " "), 200, "A comparison takes two to six trials"),
        (tuple(f"x{n}" for n in range(1000)), 404, "Not in this file: x0"),
    ],
    ids=["none", "one", "twice", "unknown", "hostile", "empty", "a-thousand"],
)
def test_what_cannot_be_compared_is_answered_kindly(
    library_server: Server, ids: tuple[str, ...], status: int, said: str
) -> None:
    answered, body = ask(library_server, *ids)
    assert answered == status
    assert said in words(body)
    assert len(body) < 30_000
    assert ask(library_server, *ids, kind=".csv") == (400, "A comparison needs 2 to 6 trials of this file.\n")


def test_a_number_typed_in_other_letters_is_found(library_server: Server) -> None:
    assert "2 trials side by side" in words(ask(library_server, CHANGED.lower(), OTHER)[1])


@pytest.mark.parametrize("kind", [".csv", ".md"])
def test_exports_name_source_date_terms_and_warning(library_server: Server, kind: str) -> None:
    text = ask(library_server, CHANGED, OTHER, kind=kind)[1]
    for said in ("https://clinicaltrials.gov/study/NCT09900001", "2026-11-21", "Not medical advice", "as submitted by"):
        assert said in text, said
