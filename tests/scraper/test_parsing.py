"""The verbs that every source reads with."""

from __future__ import annotations

import locale

import pytest

from scraper.parsing import age_in_years, age_range, is_date, phase_of, sex_of, unescape_markup, written_date

FORMATS = ("%d %B %Y", "%d %b %Y", "%B %d, %Y", "%B %Y", "%Y-%m-%d", "%Y")


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("2022", True), ("2022-03", True), ("2022-03-21", True), ("2022-02-30", False), ("2022-13", False), ("22", False)],
)
def test_is_date(text: str, is_one: bool) -> None:
    assert is_date(text) is is_one


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("21 March 2022", "2022-03-21"),
        ("  21  march 2022. ", "2022-03-21"),
        ("9 May 2023", "2023-05-09"),
        ("November 2018", "2018-11"),
        ("2018", "2018"),
        ("Jun 28, 2012", "2012-06-28"),
        ("1st Sept. 2020", "2020-09-01"),
        ("2022-03-21", "2022-03-21"),
        ("31 February 2022", None),
        ("10/02/2020", None),  # day first or month first: nobody says
        ("12 Foo 2022", None),
        ("21 March 2022 or later", None),
        ("", None),
    ],
)
def test_written_date_keeps_the_precision_and_never_guesses(text: str, date: str | None) -> None:
    assert written_date(text, FORMATS) == date


def test_written_date_reads_english_in_any_locale() -> None:
    before = locale.setlocale(locale.LC_TIME)
    available = [name for name in ("de_DE.UTF-8", "fr_FR.UTF-8", "C.UTF-8") if _can_set(name)]
    try:
        for name in available:
            locale.setlocale(locale.LC_TIME, name)
            assert written_date("21 March 2022", FORMATS) == "2022-03-21"
    finally:
        locale.setlocale(locale.LC_TIME, before)
    assert available


def _can_set(name: str) -> bool:
    before = locale.setlocale(locale.LC_TIME)
    try:
        locale.setlocale(locale.LC_TIME, name)
    except locale.Error:
        return False
    locale.setlocale(locale.LC_TIME, before)
    return True


@pytest.mark.parametrize(
    ("text", "phase"),
    [
        ("Phase 2", "Phase 2"),
        ("PHASE2, PHASE3", "Phase 2/Phase 3"),
        ("Phase I/II", "Phase 1/Phase 2"),
        ("Phase 1/Phase 2", "Phase 1/Phase 2"),
        ("EARLY_PHASE1", "Early Phase 1"),
        ("Phase N/A", "Not applicable"),
        ("Phase IV", "Phase 4"),
        ("Phase 2b", None),
        ("Phase 1/Phase 4", None),
        ("Phase 5", None),
        ("", None),
    ],
)
def test_phase_of(text: str, phase: str | None) -> None:
    assert phase_of(text) == phase


@pytest.mark.parametrize(
    ("text", "sex"),
    [
        ("Both", "All"), ("All Genders", "All"), ("Females", "Female"), ("men", "Male"), ("Other", None), ("", None),
        ("Females and Males", "All"), ("women or men", "All"), ("men and men", None), ("women and others", None),
    ],  # fmt: skip
)
def test_sex_of(text: str, sex: str | None) -> None:
    assert sex_of(text) == sex


@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        ("18-65 years", ("18 years", "65 years")),
        ("18 Years to 65 Years", ("18 Years", "65 Years")),
        ("6 months - 2 years", ("6 months", "2 years")),
        ("between 18 and 65 years of age", ("18 years", "65 years")),
        ("18 Years and older", ("18 Years", None)),
        ("18+ years", ("18 years", None)),
        ("≥ 18 years", ("18 years", None)),
        ("up to 17 Years", (None, "17 Years")),
        ("18 Years", None),
        ("18-60", None),
        ("adults", None),
    ],
)
def test_age_range(text: str, bounds: tuple[str | None, str | None] | None) -> None:
    assert age_range(text) == bounds


@pytest.mark.parametrize(
    ("text", "years"), [("18 Years", 18.0), ("6 Months", 0.5), ("1 year", 1.0), ("18", None), ("18 Fortnights", None)]
)
def test_age_in_years(text: str, years: float | None) -> None:
    assert age_in_years(text) == years


def test_unescape_markup() -> None:
    assert unescape_markup(r"\[a\] \> 5 \* b\\c \d") == r"[a] > 5 * b\c \d"
