"""Numbers as pictures, and the page that shows them."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from markupsafe import Markup

from datasette_trials.charts import HEIGHT, NARROW, WIDE, Series, bars, columns, cut, every, lines, shown, ticks
from datasette_trials.charts_page import QUESTIONS, Numbers, Question, figure, pivot, with_every_year
from pipelines.folder import DataFolder
from tests.datasette_trials.serving import SCRIPT, Server
from tests.made import rows

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SVG = "{http://www.w3.org/2000/svg}"
DRAWINGS = (bars, columns, lines)
Draw = Callable[..., Markup]


def parsed(drawn: Markup) -> ElementTree.Element:
    """The drawing as XML, which fails when it is none."""
    return ElementTree.fromstring(str(drawn).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def numbers_of(element: ElementTree.Element, *names: str) -> list[float]:
    return [float(element.attrib[name]) for name in names]


@pytest.mark.parametrize(
    ("largest", "expected"),
    [(0, [0, 1]), (1, [0, 0.2, 0.4, 0.6, 0.8, 1]), (7, [0, 2, 4, 6, 8]), (100, [0, 20, 40, 60, 80, 100]),
     (101, [0, 50, 100, 150]), (612_345, [0, 200_000, 400_000, 600_000, 800_000])],
)  # fmt: skip
def test_ticks_are_round_and_reach_the_largest(largest: float, expected: list[float]) -> None:
    assert ticks(largest) == pytest.approx(expected)


@pytest.mark.parametrize("largest", [0.003, 0.9, 3, 9.99, 10, 19, 55, 999, 1001, 123_456, 5e8])
def test_ticks_are_few(largest: float) -> None:
    found = ticks(largest)
    assert found[0] == 0
    assert found[-2] < largest <= found[-1] * 1.000001
    assert 2 <= len(found) <= 7


def test_words_for_numbers_and_labels() -> None:
    assert [shown(n) for n in (0, 12, 1234, 1_234_567, 0.5, 20.0)] == ["0", "12", "1,234", "1.23 M", "0.5", "20"]
    assert cut("Hospital", 8) == "Hospital"
    assert cut("A Hospital", 5) == "A Ho…"
    assert every(30, 300, 30) == 3
    assert every(0, 300, 30) == 1


def test_bars_are_as_long_as_their_numbers() -> None:
    drawn = parsed(bars("what", ["a", "b", "c"], [Series("x", [10, 20, None]), Series("y", [5, 0, None])]))
    boxes = [(box.attrib["class"], *numbers_of(box, "x", "width")) for box in drawn.iter(f"{SVG}rect")]
    assert [kind for kind, _, _ in boxes] == ["fill-0", "fill-1", "fill-0"], "nothing is drawn for 0 and for unknown"
    assert boxes[1][2] == pytest.approx(boxes[0][2] / 2, abs=0.1)
    assert boxes[2][2] == pytest.approx(boxes[0][2] * 2, abs=0.1)
    assert boxes[1][1] == pytest.approx(boxes[0][1] + boxes[0][2], abs=0.1), "stacked behind the first"
    values = [text.text for text in drawn.iter(f"{SVG}text") if text.attrib["class"] == "value"]
    assert values == ["15", "20", "not known"]


def test_columns_stand_on_the_axis_and_are_stacked() -> None:
    drawn = parsed(columns("what", ["2024", "2025"], [Series("x", [10, 0]), Series("y", [30, 40])]))
    boxes = [numbers_of(box, "y", "height") for box in drawn.iter(f"{SVG}rect")]
    assert boxes[0][0] + boxes[0][1] == pytest.approx(HEIGHT, abs=0.2)
    assert boxes[1][0] + boxes[1][1] == pytest.approx(boxes[0][0], abs=0.2)
    assert boxes[1][1] == pytest.approx(boxes[0][1] * 3, abs=0.3)
    assert boxes[2][1] == pytest.approx(boxes[0][1] * 4, abs=0.3)


def test_a_line_has_a_gap_where_nothing_is_known() -> None:
    drawn = parsed(lines("what", list("abcde"), [Series("x", [0, 10, None, 5, 5])]))
    (path,) = [each for each in drawn.iter(f"{SVG}path") if "line" in each.attrib["class"]]
    assert re.sub(r"[\d. ]+", "", path.attrib["d"]) == "MLML"
    dots = [numbers_of(dot, "cx", "cy") for dot in drawn.iter(f"{SVG}circle")]
    assert len(dots) == 4
    assert dots[0][1] == HEIGHT
    assert HEIGHT - dots[1][1] == pytest.approx(2 * (HEIGHT - dots[2][1]), abs=0.2)


@pytest.mark.parametrize("draw", DRAWINGS)
@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("count", [0, 1, 2, 30, 200])
def test_everything_stands_within_the_picture(draw: Draw, width: int, count: int) -> None:
    labels = [f"{1900 + place}" for place in range(count)]
    drawn = parsed(draw("what", labels, [Series("x", [place * 37.5 for place in range(count)])], width))
    _, _, right, bottom = map(float, drawn.attrib["viewBox"].split())
    assert right == width
    for box in drawn.iter(f"{SVG}rect"):
        x, y, wide, high = numbers_of(box, "x", "y", "width", "height")
        assert 0 <= x <= x + wide <= right + 0.2
        assert -0.2 <= y <= y + high <= bottom + 0.2
    for text in drawn.iter(f"{SVG}text"):
        x, y = numbers_of(text, "x", "y")
        assert 0 <= x <= right
        assert 0 <= y <= bottom


@pytest.mark.parametrize("draw", DRAWINGS)
def test_hostile_names_are_escaped(draw: Draw) -> None:
    drawn = draw(f'"{SCRIPT}', [SCRIPT, "]]>&"], [Series(SCRIPT, [1, 2]), Series("\"'", [3, 4])])
    assert "<script" not in drawn
    assert "<img" not in drawn
    parsed(drawn)


def test_long_rows_become_a_column_a_series() -> None:
    told = pivot(Numbers(["run", "field", "percent"], [("1", "a", 5), ("1", "b", 6), ("2", "b", 7)]))
    assert told == Numbers(["run", "a", "b"], [["1", 5, 6], ["2", None, 7]])


def test_a_year_without_rows_has_its_place_on_the_axis() -> None:
    told = with_every_year(Numbers(["year", "x"], [(2020, 5), (2022, 7)]))
    assert told.rows == [(2020, 5), [2021, None], (2022, 7)]
    for rows_ in ([("a", 1)], [(None, 1), (2020, 2)], [(1, 1), (2020, 2)], []):
        assert with_every_year(Numbers(["year", "x"], rows_)).rows == rows_


def test_too_few_rows_are_not_drawn_but_listed() -> None:
    question = Question("k", "T", "S", "SELECT", lines, 1, fewest=2)
    told = figure(question, Numbers(["year", "x"], [(2024, 1)]), "/sql")
    assert (told.wide, told.narrow, told.numbers.rows) == ("", "", [(2024, 1)])
    assert figure(question, Numbers(["year", "x"], [(None, 1), (2024, 2)]), "/sql").wide


# --- the page -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.key)
def test_the_sql_of_each_chart_runs_on_a_published_file(folder: DataFolder, question: Question) -> None:
    rows(folder.published, question.sql)


def test_the_page_shows_each_chart_with_its_numbers_and_its_sql(server: Server) -> None:
    status, text = server.get("/-/charts")
    assert status == 200
    for question in QUESTIONS:
        assert f'<section class="panel figure" id="{question.key}"' in text
    assert text.count("SQL behind it") == len(QUESTIONS)
    assert '<th scope="row">Norway</th><td>' in text
    assert "<script>window" not in text


def test_a_chart_counts_what_the_table_counts(server: Server, folder: DataFolder) -> None:
    _, text = server.get("/-/charts")
    (counted,) = rows(
        folder.published,
        "SELECT count(DISTINCT trial_id) FROM locations JOIN trials ON trials.id = trial_id "
        "WHERE country = 'Norway' AND trials.status = 'Recruiting' AND removed_at IS NULL",
    )
    assert f"<title>Norway: {counted[0]}</title>" in text


def test_a_file_that_was_not_published_has_a_page_all_the_same(folder: DataFolder, tmp_path: Any) -> None:
    from tests.datasette_trials.serving import serving

    with serving(tmp_path / "serve.log", "datasette", "serve", folder.trials, "--port", "0") as server:
        status, text = server.get("/-/charts")
    assert status == 200
    assert "summaries are made when the file is published" in text
    assert 'id="crawls"' in text, "what needs no summary is drawn"


def test_a_phone_gets_the_narrow_drawings(browser: Browser, server: Server) -> None:
    for width, seen in ((1280, "for-wide"), (390, "for-narrow")):
        page = browser.new_page(viewport={"width": width, "height": 844})
        try:
            page.goto(f"{server.url}/-/charts", wait_until="load")
            for name in ("for-wide", "for-narrow"):
                assert page.locator(f"#countries .{name} svg").is_visible() is (name == seen)
        finally:
            page.close()
