"""Full-text search: what is indexed, how an index is made anew, and how it is kept.

Four FTS5 tables stand in `trials.db` and in its copies: three over columns of one table each, and `search_fts`, the
search page's, over all that names a trial. They go before a bulk load and are made anew at its end; that one is whole
shows in the schema alone, because it comes in one transaction. No triggers keep them: a statement with a trigger has
FTS5 write its piece of the index at once, so that each criterion of a night would be a piece to merge.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from sqlite_utils import Database

from pipelines.apart import make_apart, remove
from pipelines.schema import SEARCHED, SEARCHED_BUT_NOT_WHEN_SLIM

TOKENIZE = "porter unicode61 remove_diacritics 2"
GATHERED = 32 << 20  # bytes that FTS5 gathers before it writes a piece of an index; by default 1 MB, many to merge

# Between two elements of a list, so that no phrase reaches from one into the next: a letter for private use, which
# FTS5's tokenizer takes for a word.
BREAK = "' ' || char(57344) || ' '"


# --- what the search page finds a trial by --------------------------------------------------------------------------


def _listed(expression: str, source: str, only: str = "1") -> str:
    return f"(SELECT group_concat({expression}, {BREAK}) FROM {source} WHERE trial_id = trials.id AND {only})"


# Letters that are no others with a mark above, so that FTS5's tokenizer leaves them: Tromsø is to be found as Tromso,
# Gießen as Giessen, Łódź as Lodz. The text keeps the name as written; the plain spelling stands behind it.
PLAIN = {
    "ø": "o", "Ø": "O", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ß": "ss", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D",
    "ð": "d", "Ð": "D", "þ": "th", "Þ": "TH", "ı": "i",
}  # fmt: skip


def _at_sites(expression: str, *columns: str) -> str:
    """What an expression says of a trial's sites and, where there are such letters in it, the names of these columns
    again in plain spelling. That bytes are more than letters is asked first: it costs nothing, and is seldom so."""
    of = "FROM locations WHERE trial_id = trials.id"
    has_such = f"GLOB '*[{''.join(PLAIN)}]*'"
    names = (f"{BREAK} || (SELECT group_concat(DISTINCT {one}) {of} AND {one} {has_such})" for one in columns)
    spelled = " || ".join(f"ifnull({name}, '')" for name in names)
    for letter, instead in PLAIN.items():
        spelled = f"replace({spelled}, '{letter}', '{instead}')"
    plain = f"CASE WHEN length(CAST(said AS BLOB)) > length(said) THEN {spelled} ELSE '' END"
    return f"(SELECT said || {plain} FROM (SELECT {expression} AS said {of}))"


def _mesh(kind: str, is_ancestor: int) -> str:
    return _listed("term", "mesh_terms", f"kind = '{kind}' AND is_ancestor = {is_ancestor}")


SEARCH_COLUMNS = {  # column of the index -> how its text is made
    "number": f"trials.id || ifnull({BREAK} || study_id, '') || "
    f"ifnull({BREAK} || {_listed('value', 'identifiers')}, '')",
    "title": f"ifnull(title, '') || ifnull({BREAK} || acronym, '')",
    "official_title": "official_title",
    "condition": f"replace(conditions, '; ', {BREAK})",
    "intervention": f"replace(interventions, '; ', {BREAK})",
    "other_name": _listed(f"""trim(replace(other_names, '", "', {BREAK}), '[]"')""", "interventions"),
    "sponsor": _listed("name", "trial_sponsors JOIN sponsors ON sponsors.id = trial_sponsors.sponsor_id"),
    "place": _at_sites(
        "ifnull(group_concat(DISTINCT city), '') || ',' || ifnull(group_concat(DISTINCT state), '') "
        "|| ',' || ifnull(group_concat(DISTINCT country), '')",
        "city",
        "state",
    ),
    "facility": _at_sites("group_concat(DISTINCT facility)", "facility"),
    "keyword": _listed("name", "keywords"),
    "condition_mesh": _mesh("condition", 0),
    "intervention_mesh": _mesh("intervention", 0),
    "condition_broader": _mesh("condition", 1),
    "intervention_broader": _mesh("intervention", 1),
}
TEXTS = "search_texts"  # a view: a trial's texts, by its row in `trials`
TEXTS_SQL = (
    f"CREATE VIEW {TEXTS} AS SELECT trials.rowid AS trial_row, "
    f"{', '.join(f'{sql} AS {name}' for name, sql in SEARCH_COLUMNS.items())} FROM trials"
)


# --- the indexes ----------------------------------------------------------------------------------------------------


class Index(NamedTuple):
    """One FTS5 table, over the columns of a table or view."""

    name: str
    columns: tuple[str, ...]
    over: str
    of_trials: str  # which of its rows are those of trials
    row: str = "rowid"
    options: str = ""

    @property
    def create(self) -> str:
        return self._create(f'content="{self.over}", content_rowid="{self.row}"')

    @property
    def create_alone(self) -> str:
        """The same index without what it is made of, for a file of its own."""
        return self._create('content=""')

    def _create(self, content: str) -> str:
        listed = ", ".join(self.columns)
        return f'CREATE VIRTUAL TABLE {self.name} USING fts5 ({listed}, {content}, tokenize="{TOKENIZE}"{self.options})'


NAMED = "(SELECT value FROM json_each(?))"
SEARCH = Index(
    "search_fts", tuple(SEARCH_COLUMNS), TEXTS, f"trial_row IN (SELECT rowid FROM trials WHERE id IN {NAMED})",
    "trial_row", ", columnsize=0",
)  # fmt: skip
INDEXES = (
    *(
        Index(f"{name}_fts", columns, name, f"{'id' if name == 'trials' else 'trial_id'} IN {NAMED}")
        for name, columns in SEARCHED.items()
    ),
    SEARCH,
)


def searched(slim: bool = False) -> list[Index]:
    """The indexes of a published file; a slim file leaves one out."""
    return [index for index in INDEXES if not (slim and index.over == SEARCHED_BUT_NOT_WHEN_SLIM)]


def drop(db: sqlite3.Connection | Database, index: Index) -> None:
    """Takes an index away, and the triggers that kept it in files of an older Trialdex."""
    for when in ("ai", "ad", "au"):
        db.execute(f"DROP TRIGGER IF EXISTS main.{index.over}_{when}")
    db.execute(f"DROP TABLE IF EXISTS main.{index.name}")


def begin_search(db: Database) -> None:
    """Makes the indexes of a file without trials; what is stored from now on is kept in them."""
    with db.atomic():
        _make_texts(db)
        for index in INDEXES:
            drop(db, index)
            db.execute(index.create)


def drop_search(db: Database) -> None:
    """Takes search away for a bulk load; `ensure_search` brings it back, after a kill too."""
    there = [index for index in INDEXES if _there(db, index.name)]
    if there:
        with db.atomic():
            for index in there:
                drop(db, index)


def ensure_search(path: Path) -> None:
    """Makes every index that a file lacks, or has from an older Trialdex in another shape."""
    with search_made_beside(path):
        pass


@contextmanager
def search_made_beside(path: Path) -> Iterator[None]:
    """Does the same in threads while the caller goes on writing what no index is made of; at its end each is there.

    An index is made in a file of its own, because a database has one writer and FTS5 writes on one core. Its tables
    are the same in there, and are taken over as they are.
    """
    with closing(sqlite3.connect(path, timeout=60)) as db:
        whole = _whole(db)
        missing = [index for index in INDEXES if index not in whole]
        if SEARCH in missing:
            _make_texts(db)
            db.commit()
    made = {index: path.with_name(f"{path.name}-{index.name}") for index in INDEXES}
    try:
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            done = {
                index: threads.submit(make_apart, made[index], path, partial(_fill, index=index)) for index in missing
            }
            yield
            for index, future in done.items():
                future.result()
                _take_over(path, index, made[index])
                remove(made[index])
    finally:
        for file in made.values():  # those of a killed run as well
            remove(file)


def _make_texts(db: sqlite3.Connection | Database) -> None:
    db.execute(f"DROP VIEW IF EXISTS {TEXTS}")
    db.execute(TEXTS_SQL)


def _whole(db: sqlite3.Connection | Database) -> list[Index]:
    """The indexes that stand in a file as they, and the texts they are made of, stand here."""
    there = dict(db.execute("SELECT name, sql FROM sqlite_master").fetchall())
    texts = there.get(TEXTS) == TEXTS_SQL
    return [index for index in INDEXES if there.get(index.name) == index.create and (texts or index.over != TEXTS)]


def _fill(db: sqlite3.Connection, index: Index) -> None:
    """An index alone, in one piece."""
    name, listed = index.name, ", ".join(index.columns)
    db.execute(index.create_alone)
    db.execute(f"INSERT INTO {name} ({name}, rank) VALUES ('hashsize', {GATHERED})")
    db.execute(f"INSERT INTO {name} (rowid, {listed}) SELECT {index.row}, {listed} FROM {index.over}")
    db.execute(f"INSERT INTO {name} ({name}) VALUES ('optimize')")


def _take_over(path: Path, index: Index, made: Path) -> None:
    """One index from a file of its own into the file that it is of, all of it or nothing."""
    with closing(sqlite3.connect(path, timeout=60)) as db:
        db.execute("ATTACH ? AS made", [str(made)])
        db.execute("BEGIN IMMEDIATE")
        drop(db, index)
        db.execute(index.create)
        for table in (table for table in ("data", "idx", "docsize") if _there(db, f"{index.name}_{table}")):
            db.execute(f"DELETE FROM main.{index.name}_{table}")
            db.execute(f"INSERT INTO main.{index.name}_{table} SELECT * FROM made.{index.name}_{table}")
        db.commit()


def _there(db: sqlite3.Connection | Database, name: str) -> bool:
    return bool(db.execute("SELECT 1 FROM sqlite_master WHERE name = ?", [name]).fetchone())


# --- keeping the indexes --------------------------------------------------------------------------------------------


@contextmanager
def search_kept(db: Database, ids: Sequence[str]) -> Iterator[None]:
    """Keeps every index that is whole true to trials that are stored inside. FTS5 must be told which words to take
    away, and so the texts are looked at before and after. Needs an open transaction."""
    indexes = _whole(db)
    before = [_texts(db, index, ids) for index in indexes]
    yield
    for index, old in zip(indexes, before, strict=True):
        new = _texts(db, index, ids)
        name, listed, marks = index.name, ", ".join(index.columns), ", ?" * len(index.columns)
        _many(db, f"INSERT INTO {name} ({name}, rowid, {listed}) VALUES ('delete', ?{marks})", old, new)
        _many(db, f"INSERT INTO {name} (rowid, {listed}) VALUES (?{marks})", new, old)


def _texts(db: Database, index: Index, ids: Sequence[str]) -> dict[int, list[Any]]:
    """Row of an index -> its texts, for the rows of some trials."""
    sql = f"SELECT {index.row}, {', '.join(index.columns)} FROM {index.over} WHERE {index.of_trials}"
    return {row: texts for row, *texts in db.execute(sql, [json.dumps(ids)])}


def _many(db: Database, sql: str, texts: dict[int, list[Any]], others: dict[int, list[Any]]) -> None:
    """For the rows whose texts differ from the others; in their order, for FTS5 writes a piece when one goes back."""
    db.conn.executemany(sql, [(row, *texts[row]) for row in sorted(texts) if texts[row] != others.get(row)])
