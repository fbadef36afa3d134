"""The export, read by the tools it is for: every row of every table, with the tables' own names and types."""

from __future__ import annotations

import csv
import sqlite3
import sys
from pathlib import Path
from typing import Any

import duckdb
import polars
import pytest

from pipelines import export as exporting
from pipelines.export import NotExported, export, public_tables
from pipelines.folder import DataFolder
from pipelines.schema import TABLES
from replica.studies import study
from tests.made import run
from tests.made import study as small
from tests.running import trialdex

SQL_TYPES = {str: "VARCHAR", int: "BIGINT", float: "DOUBLE"}
FORMS = {str: polars.String, int: polars.Int64, float: polars.Float64}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    """Sixty trials of real shape and one that says neither when it was posted nor when it was updated."""
    folder = DataFolder(tmp_path_factory.mktemp("export") / "data")
    thin = small(1)
    thin["protocolSection"]["statusModule"] = {"overallStatus": "UNKNOWN"}
    run(folder, [*(study(number) for number in range(60)), thin])
    return folder


@pytest.fixture(scope="module")
def parquet(folder: DataFolder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("export") / "parquet"
    export(folder.trials, directory, "parquet")
    return directory


def stored(folder: DataFolder, name: str) -> list[tuple[Any, ...]]:
    db = sqlite3.connect(folder.trials)
    try:
        return sorted(db.execute(f"SELECT {', '.join(TABLES[name].columns)} FROM {name}").fetchall(), key=repr)
    finally:
        db.close()


def files(directory: Path, name: str) -> str:
    partitioned = (directory / name / "part-0.parquet").exists()
    return str(directory / name / ("*.parquet" if partitioned else "*/*/*.parquet"))


@pytest.mark.parametrize("name", TABLES)
def test_duckdb_reads_every_row_of_every_table_with_its_types(folder: DataFolder, parquet: Path, name: str) -> None:
    source = f"read_parquet('{files(parquet, name)}', hive_partitioning = false)"
    told = duckdb.sql(f"SELECT * FROM {source}")
    assert dict(zip(told.columns, map(str, told.types), strict=True)) == {
        column: SQL_TYPES[said.type] for column, said in TABLES[name].columns.items()
    }
    assert sorted(told.fetchall(), key=repr) == stored(folder, name)


@pytest.mark.parametrize("name", TABLES)
def test_polars_reads_the_same(folder: DataFolder, parquet: Path, name: str) -> None:
    told = polars.read_parquet(files(parquet, name), hive_partitioning=False)
    assert dict(told.schema) == {column: FORMS[said.type] for column, said in TABLES[name].columns.items()}
    assert told.height == len(stored(folder, name))


def test_what_a_trial_says_stands_in_the_partition_of_its_trial(parquet: Path) -> None:
    wrong = duckdb.sql(
        f"""
        SELECT c.trial_id FROM read_parquet('{files(parquet, "criteria")}', hive_partitioning = true) AS c
        JOIN read_parquet('{files(parquet, "trials")}', hive_partitioning = true) AS t ON t.id = c.trial_id
        WHERE c.year <> t.year OR c.source <> 'ctgov' OR (t.first_posted[:4])::INT <> t.year
        """
    )
    assert wrong.fetchall() == []
    years = {path.parent.name for path in parquet.glob("criteria/source=ctgov/*/part-0.parquet")}
    assert len(years) > 5


def test_a_trial_without_dates_counts_to_the_year_it_was_first_seen(parquet: Path) -> None:
    (path,) = (
        path for path in parquet.glob("trials/*/*/*.parquet")
        if "NCT09000001" in polars.read_parquet(path, hive_partitioning=False)["id"]
    )  # fmt: skip
    assert path.parent.name == "year=2026"


def test_the_descriptions_travel_with_the_columns(parquet: Path) -> None:
    from pyarrow.parquet import read_schema

    schema = read_schema(next(parquet.glob("trials/*/*/*.parquet")))
    assert schema.field("status").metadata[b"description"].decode() == TABLES["trials"].columns["status"].description


def test_csv_holds_every_row_of_every_table(folder: DataFolder, tmp_path: Path) -> None:
    written = export(folder.trials, tmp_path / "csv", "csv")
    for name, table in TABLES.items():
        with (tmp_path / "csv" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        assert header == list(table.columns)
        assert len(rows) == written[name] == len(stored(folder, name))
    with (tmp_path / "csv" / "keywords.csv").open(encoding="utf-8", newline="") as file:
        assert [tuple(row) for row in csv.reader(file)][1:] == [
            tuple(map(str, row)) for row in sorted(stored(folder, "keywords"))
        ]


def test_what_the_export_is_and_whose_stands_beside_it(parquet: Path) -> None:
    told = (parquet / "ABOUT.txt").read_text(encoding="utf-8")
    assert "not medical advice" in told
    assert "Data from ClinicalTrials.gov" in told


def test_an_older_file_that_lacks_a_table_is_exported_without_it(folder: DataFolder) -> None:
    db = sqlite3.connect(":memory:")
    db.execute("CREATE TABLE trials (id TEXT)")
    assert list(public_tables(db)) == ["trials"]


def test_nothing_half_written_is_left(folder: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exporting, "_write_csv", full)
    with pytest.raises(OSError, match="No space left"):
        export(folder.trials, tmp_path / "csv", "csv")
    assert list(tmp_path.iterdir()) == []


def test_the_command_says_what_it_wrote_and_touches_nothing_that_is_there(folder: DataFolder, tmp_path: Path) -> None:
    done = trialdex("--data", folder.path, "export", "csv", tmp_path / "tables")
    assert done.returncode == 0, done.stderr
    assert f"rows of {len(TABLES)} tables as csv" in done.stdout
    again = trialdex("--data", folder.path, "export", "csv", tmp_path / "tables")
    assert (again.returncode, "is there already" in again.stderr) == (2, True)
    empty = trialdex("--data", tmp_path / "none", "export", "csv", tmp_path / "other")
    assert (empty.returncode, "holds no trials" in empty.stderr) == (2, True)


def test_without_pyarrow_one_line_says_how_to_get_it(
    folder: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(NotExported, match=r"pip install 'trialdex\[parquet\]'"):
        export(folder.trials, tmp_path / "parquet", "parquet")
