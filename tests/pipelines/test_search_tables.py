"""What search reads beside its indexes: every trial's values as numbers, and other names only where records agree."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.folder import DataFolder
from pipelines.names import folded, spelled_out
from pipelines.other_names import agreed, aliases
from pipelines.publish import publish
from pipelines.search_tables import FACETS, SEARCH_TABLES, SORTED, make_search_tables
from pipelines.sites import read_sites
from tests.made import gone, rows, run, study


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    data = DataFolder(tmp_path_factory.mktemp("index"))
    oslo, lima = {"facility": "A", "city": "Oslo", "country": "Norway"}, {"facility": "B", "country": "Peru"}
    run(
        data,
        [
            study(1, sites=[oslo, lima, oslo]),
            study(2, sites=[], status="COMPLETED", conditions=["Chronic Illness of Toes (CIT)"]),
            study(3, sites=[lima], status="A_NEW_WORD", conditions=["Chronic Illness of Toes (CIT)"]),
            study(4, sites=[oslo], conditions=["One; Two", "Three"]),
        ],
        gone(4),
    )
    with data.locked():
        publish(data)
    return data


@pytest.fixture
def db(folder: DataFolder) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(folder.published)
    yield connection
    connection.close()


def column(db: sqlite3.Connection, name: str) -> list[int]:
    type_, data = db.execute("SELECT type, data FROM search_columns WHERE name = ?", [name]).fetchone()
    return [int(number) for number in numpy.frombuffer(data, type_)]


@pytest.mark.parametrize("name", FACETS)
def test_a_column_says_what_trials_say(db: sqlite3.Connection, name: str) -> None:
    meaning = dict(db.execute("SELECT code, value FROM search_values WHERE name = ?", [name]))
    numbers = column(db, name)
    for row, value in db.execute(f"SELECT rowid, {name} FROM trials"):
        assert meaning[numbers[row]] == (None if value is None else str(value))


def test_countries_stand_one_after_the_other_each_once_a_trial(db: sqlite3.Connection) -> None:
    meaning = dict(db.execute("SELECT code, value FROM search_values WHERE name = 'country'"))
    starts, listed = column(db, "country_from"), column(db, "country")
    said = {id: sorted(meaning[code] for code in listed[starts[row] : starts[row + 1]])
            for row, id in db.execute("SELECT rowid, id FROM trials")}  # fmt: skip
    assert list(said.values()) == [["Norway", "Peru"], [], ["Peru"], ["Norway"]]


@pytest.mark.parametrize("name", SORTED)
def test_places_sort_as_dates_do_and_no_two_trials_share_one(db: sqlite3.Connection, name: str) -> None:
    places = column(db, name)
    trials = db.execute(f"SELECT rowid, {name}, id FROM trials").fetchall()
    assert len({places[row] for row, *_ in trials}) == len(trials)
    assert 0 not in {places[row] for row, *_ in trials}
    ordered = [date for _, date in sorted((places[row], date or "") for row, date, _ in trials)]
    assert ordered == sorted(ordered)


def test_removed_trials_are_marked(db: sqlite3.Connection) -> None:
    removed = column(db, "removed")
    assert [removed[row] for (row,) in db.execute("SELECT rowid FROM trials ORDER BY id")] == [0, 0, 0, 1]


def test_made_twice_it_says_the_same_and_trials_db_has_nothing_of_it(
    folder: DataFolder, db: sqlite3.Connection
) -> None:
    before = {name: db.execute(f"SELECT * FROM {name}").fetchall() for name in SEARCH_TABLES}
    db.execute("BEGIN")
    make_search_tables(db, read_sites(db))
    assert {name: db.execute(f"SELECT * FROM {name}").fetchall() for name in SEARCH_TABLES} == before
    db.rollback()
    assert not {name for (name,) in rows(folder, "SELECT name FROM sqlite_master")} & {*SEARCH_TABLES}


def test_an_abbreviation_in_brackets_is_another_name(db: sqlite3.Connection) -> None:
    said = db.execute("SELECT key, how, other FROM other_names WHERE field = 'condition' AND how = 'short'").fetchall()
    assert said == [("cit", "short", "Chronic Illness of Toes")]


def test_an_index_of_no_trials_is_empty(tmp_path_factory: pytest.TempPathFactory) -> None:
    data = DataFolder(tmp_path_factory.mktemp("none"))
    run(data, [])
    empty = sqlite3.connect(data.trials)
    make_search_tables(empty, read_sites(empty))
    assert column(empty, "status") == [0]
    empty.rollback()
    empty.close()


# --- other names ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shown", "others"),
    [
        ([("IPF", "Idiopathic Pulmonary Fibrosis", 5)], {("ipf", "Idiopathic Pulmonary Fibrosis")}),
        ([("MS", "Multiple Sclerosis", 5), ("MS", "Mitral Stenosis", 5)], set()),  # they do not agree
        ([("MS", "Multiple Sclerosis", 9), ("MS", "Mitral Stenosis", 1)], {("ms", "Multiple Sclerosis")}),
        ([("ABC", "Something", 1)], set()),  # one record is no agreement
        ([("Gout", "gout", 9)], set()),  # the same name
        ([("Gout", "Arthritis, Gouty", 1), ("gout ", "ARTHRITIS, gouty", 1)], {("gout", "Arthritis, Gouty")}),
    ],
)  # fmt: skip
def test_a_name_has_another_where_records_agree(
    shown: list[tuple[str, str, int]], others: set[tuple[str, str]]
) -> None:
    assert {(row[0], row[4]) for row in agreed(shown, "condition", "mesh")} == others


def test_aliases_hold_both_ways_unless_they_mean_two_things_or_nothing() -> None:
    listed = [
        ("Examplinib", '["EX-1", "Examplix"]'), ("examplinib", '["EX-1"]'), ("Examplinib", '["ex 1", "Shared"]'),
        ("Otherumab", '["Shared", "Once"]'), ("Otherumab", '["Shared"]'), ("Examplinib", '["Shared"]'),
        ("Placebo", '["Sugar", "Sugar"]'), ("Placebo", '["Sugar"]'), ("Thing", '["12", "12"]'), ("Thing", '["12"]'),
        ("Thing", "no list"), ("Thing", '{"a": 1}'), ("Thing", "[1, null]"),
    ]  # fmt: skip
    said = {(row[0], row[4]) for row in aliases(listed)}
    assert said == {("ex 1", "Examplinib"), ("examplinib", "EX-1")}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Chronic Obstructive Pulmonary Disease (COPD)", ("COPD", "Chronic Obstructive Pulmonary Disease")),
        ("Idiopathic pulmonary fibrosis ( IPF )", ("IPF", "Idiopathic pulmonary fibrosis")),
        ("Breast Cancer (Stage II)", None),
        ("Diabetes (DMX)", None),  # letters that begin no word
        ("COPD", None),
        ("(A)", None),
        ("", None),
    ],
)
def test_what_brackets_abbreviate(name: str, said: tuple[str, str] | None) -> None:
    assert spelled_out(name) == said


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Crohn's  Disease", "crohn s disease"),
        ("EX_1-b", "ex 1 b"),
        ("Ménière", "meniere"),
        ("(…)", ""),
        ("ﬁbrosis", "fibrosis"),
    ],
)
def test_names_fold(name: str, key: str) -> None:
    assert folded(name) == key


@given(st.text(max_size=60))
def test_folding_a_folded_name_changes_nothing(name: str) -> None:
    assert folded(folded(name)) == folded(name)


@given(st.text(alphabet="ab ()A-", max_size=200))
def test_brackets_never_take_long(name: str) -> None:
    spelled_out(name)
