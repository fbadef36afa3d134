"""How one cell reads."""

from __future__ import annotations

from typing import Any

import pytest
from markupsafe import Markup, escape

from datasette_trials.cells import STATUS_KINDS, bars, is_web_address, render, web_link
from datasette_trials.site import SHORT, shorten
from scraper.items import STATUSES

HOSTILE = "<script>alert(1)</script>\"'&"
ROW = {"id": "NCT09000001", "url": "https://register.example/study/NCT09000001"}


def cell(value: Any, column: str, table: str | None = "trials", row: Any = ROW) -> str | None:
    return render(value, column, table, row, lambda trial: f"/trials/trials/{trial}")


def test_every_status_of_the_vocabulary_is_a_pill() -> None:
    assert set(STATUS_KINDS) == set(STATUSES.values())
    assert cell("Recruiting", "status") == '<span class="pill pill-open">Recruiting</span>'
    assert cell("RECRUTEMENT", "status") is None, "a word outside the vocabulary is shown as it is"


@pytest.mark.parametrize(
    ("value", "column", "table", "shown"),
    [
        ("NCT09000001", "id", "trials",
         '<a class="out" rel="external noopener noreferrer" href="https://register.example/study/NCT09000001">NCT09000001</a>'),
        ("NCT09000001", "id", None, '<a href="/trials/trials/NCT09000001">NCT09000001</a>'),
        ("17", "id", None, None),
        ("host:17", "trial_id", "criteria", '<a href="/trials/trials/host:17">host:17</a>'),
        ("A; B", "conditions", "trials", '<ul class="items"><li>A</li><li>B</li></ul>'),
        ('["A", "B; C"]', "other_names", "interventions", '<ul class="items"><li>A</li><li>B; C</li></ul>'),
        ("[]", "other_names", "interventions", "&nbsp;"),
        ("not JSON", "other_names", "interventions", '<ul class="items"><li>not JSON</li></ul>'),
        (1, "has_results", "trials", "Yes"),
        (0, "healthy_volunteers", "trials", "No"),
        (None, "has_results", "trials", None),
        (r"HbA1c \>= 7\.5 \\ week", "eligibility_text", "trial_texts", r"HbA1c >= 7.5 \ week"),
        ("https://register.example/a?b=1&c=2", "url", "trials",
         '<a class="out" rel="external noopener noreferrer" href="https://register.example/a?b=1&amp;c=2">'
         "register.example/a?b=1&amp;c=2</a>"),
        ("plain words", "title", "trials", None),
        ({"value": 1, "label": "x"}, "trial_id", "criteria", None),
    ],
)  # fmt: skip
def test_cells(value: Any, column: str, table: str | None, shown: str | None) -> None:
    assert cell(value, column, table) == shown


def test_a_criterion_is_set_in_by_its_level() -> None:
    assert cell("Fever", "text", "criteria", {"level": 0}) is None
    assert cell("Fever <b>", "text", "criteria", {"level": 2}) == "\u2003\u2003– Fever <b>", "the template escapes it"
    assert cell("Fever", "text", "criteria", {}) is None, "a page that was asked for the text alone"


@pytest.mark.parametrize("column", ["id", "trial_id", "status", "conditions", "interventions", "other_names", "title",
                                    "eligibility_text", "description", "url"])  # fmt: skip
@pytest.mark.parametrize("table", ["trials", "criteria", None])
def test_nothing_comes_out_unescaped(column: str, table: str | None) -> None:
    for value in (HOSTILE, f"https://host.example/{HOSTILE.replace(' ', '')}", f'["{HOSTILE}"]'):
        shown = cell(value, column, table, {"id": value, "url": f"https://host.example/{HOSTILE}"})
        assert "<script" not in str(escape(shown if shown is not None else value))


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//host.example/", "https://", "https://[", "ftp://a.example/",
                                 "https://a.example/ b", "", "NCT09000001"])  # fmt: skip
def test_only_web_addresses_become_links(url: str) -> None:
    assert not is_web_address(url)
    assert "href" not in web_link(url, "NCT09000001")


def test_texts_are_shortened_at_a_word_and_markup_never() -> None:
    text = "word " * 100
    assert len(shorten(text)) <= SHORT + 2
    assert shorten(text).endswith("word …")
    assert shorten("x" * SHORT) == "x" * SHORT
    assert shorten("x" * (SHORT + 1)) == "x" * SHORT + " …", "a text without a space is cut, too"
    assert shorten(Markup("<b>" + text + "</b>")) == "<b>" + text + "</b>"
    assert shorten(7) == 7


def test_bars_are_measured_by_the_largest() -> None:
    assert bars({"a": 1, None: 4, "b": 1}) == [(None, 4, 100.0), ("a", 1, 25.0), ("b", 1, 25.0)]
    assert bars({}) == []
