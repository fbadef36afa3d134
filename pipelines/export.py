"""Every public table as files for tools beyond SQLite: Parquet by source and year, or one CSV file a table. Only reads.

    DIR/criteria/source=ctgov/year=2024/part-0.parquet
    DIR/conditions/part-0.parquet

What a trial says stands in the partition of its trial; what belongs to none (conditions, sponsors, runs) in one file.
Names and types are the tables' own; `source` and `year` are what readers make of the path.
"""

from __future__ import annotations

import csv
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import Any

from pipelines.read import source_of
from pipelines.schema import TABLES, Table

ROWS_A_BATCH = 20_000
# The year that a trial counts to: of its first posting; where its source does not say that, of the next best day.
PARTITIONS = """
CREATE TEMP TABLE partitions AS
SELECT source, CAST(substr(coalesce(first_posted, last_updated, start_date, first_seen), 1, 4) AS INTEGER) AS year, id
FROM trials ORDER BY 1, 2, 3
"""
NOT_ADVICE = "This is not medical advice. Ask the people who run a trial, and a doctor, before you act on what it says."
Batches = Iterator[list[tuple[Any, ...]]]
Write = Callable[[Path, Table, Batches], int]


class NotExported(Exception):
    """Nothing was written; the message is one clear line."""


def export(database: Path, directory: Path, form: str) -> dict[str, int]:
    """Writes every public table as `parquet` or `csv` into a folder that is not there yet, or is empty; returns the
    rows by table. The folder appears whole or not at all. Raises NotExported, OSError, sqlite3.Error."""
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise NotExported(f"{directory} is there already, and not an empty folder")
    write = _write_csv if form == "csv" else _parquet_writer()
    parts = _whole if form == "csv" else _partitioned
    directory.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{directory.name}.", dir=directory.parent))
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
            db.execute("BEGIN")  # one state of the file throughout, whatever is written meanwhile
            db.execute(PARTITIONS)
            written = {}
            for name, table in public_tables(db).items():
                written[name] = sum(write(fresh / path, table, rows) for path, rows in parts(db, name, table))
                if not written[name] and form == "parquet":  # its columns are worth knowing nevertheless
                    write(fresh / name / "part-0.parquet", table, iter(()))
            (fresh / "ABOUT.txt").write_text(about(db, written), encoding="utf-8")
        fresh.chmod(0o755)
        os.replace(fresh, directory)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    return written


def public_tables(db: sqlite3.Connection) -> dict[str, Table]:
    """The tables of the schema that are for everybody and that the file has."""
    there = {name for (name,) in db.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'")}
    return {name: table for name, table in TABLES.items() if name in there and not name.startswith("_")}


def about(db: sqlite3.Connection, written: dict[str, int]) -> str:
    """What stands beside the files: whose data, of which day, on which terms."""
    lines = ["Clinical trials collected by Trialdex.", NOT_ADVICE, ""]
    for source, copied in db.execute("SELECT source, max(last_changed) FROM trials GROUP BY source"):
        its = source_of(source)
        lines.append(f"{source}, as of {copied}. {its.licence if its else ''}".rstrip())
    return "\n".join([*lines, "", *(f"{rows:>12,} {name}" for name, rows in written.items()), ""])


# --- which rows go where ----------------------------------------------------------------------------------------------


def _whole(db: sqlite3.Connection, name: str, table: Table) -> Iterator[tuple[str, Batches]]:
    """(file, rows) of a table as one CSV file."""
    yield f"{name}.csv", _batches(db, _select(table, f"{name} AS one"))


def _partitioned(db: sqlite3.Connection, name: str, table: Table) -> Iterator[tuple[str, Batches]]:
    """(file, rows) of a table, a file for each source and year where its rows belong to trials."""
    if name != "trials" and ("trial_id" not in table.columns or "run_id" in table.columns):
        yield f"{name}/part-0.parquet", _batches(db, _select(table, f"{name} AS one"))
        return
    trial = "id" if name == "trials" else "trial_id"
    first = 1
    for source, year, count in db.execute(
        "SELECT source, year, count(*) FROM partitions GROUP BY source, year ORDER BY source, year"
    ).fetchall():
        # The trials lead: one run over their ids, and a look into the table for each.
        joined = f"partitions AS its CROSS JOIN {name} AS one ON one.{trial} = its.id"
        where = f"WHERE its.rowid BETWEEN {first} AND {first + count - 1}"
        rows = _batches(db, _select(table, f"{joined} {where}", "its.rowid, "))
        yield f"{name}/source={source}/year={year}/part-0.parquet", rows
        first += count


def _select(table: Table, joined: str, first: str = "") -> str:
    columns, key = (", ".join(f"one.{column}" for column in some) for some in (table.columns, table.key))
    return f"SELECT {columns} FROM {joined} ORDER BY {first}{key}"


def _batches(db: sqlite3.Connection, sql: str) -> Batches:
    cursor = db.execute(sql)
    while batch := cursor.fetchmany(ROWS_A_BATCH):
        yield batch


# --- how a file is written --------------------------------------------------------------------------------------------


def _write_csv(path: Path, table: Table, batches: Batches) -> int:
    """One table as CSV: UTF-8, a line of names, an empty field for NULL. Returns the rows."""
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(table.columns)
        for batch in batches:
            writer.writerows(batch)
            count += len(batch)
    return count


def _parquet_writer() -> Write:
    """What writes rows as one Parquet file. Raises NotExported where pyarrow is missing."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise NotExported("Parquet needs pyarrow: pip install 'trialdex[parquet]'") from None
    types = {str: pyarrow.string(), int: pyarrow.int64(), float: pyarrow.float64()}

    def write(path: Path, table: Table, batches: Batches) -> int:
        schema = pyarrow.schema(
            [
                pyarrow.field(name, types[column.type], metadata={"description": column.description})
                for name, column in table.columns.items()
            ],
            metadata={"title": table.title, "description": table.description},
        )
        first = next(batches, [])
        if not first and "=" in path.parent.name:
            return 0  # nothing of this table in this year
        path.parent.mkdir(parents=True, exist_ok=True)
        count = 0
        with parquet.ParquetWriter(path, schema, compression="zstd") as file:
            for batch in chain([first] if first else [], batches):
                columns = zip(*batch, strict=True)
                arrays = [pyarrow.array(values, kind) for values, kind in zip(columns, schema.types, strict=True)]
                file.write_batch(pyarrow.RecordBatch.from_arrays(arrays, schema=schema))
                count += len(batch)
        return count

    return write
