"""The gate: what must hold of a new file before people see it. Two kinds of rules, both pure questions to SQLite.

*Faults* are about the new file alone (tables, integrity, references, search, emptiness); nothing overrules them.
*Losses* compare it with the file published before; an operator who knows the reason may overrule them. A first
publication has nothing to lose. Up to `few` trials, records or values always pass: one of ten is no sign of harm.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from pipelines.apart import MAPPED
from pipelines.full_text import SEARCH, Index, searched
from pipelines.schema import TABLES


@dataclass(frozen=True)
class Limits:
    """How far a new file may fall behind the published one. Shares are of 1, so 0.02 is two per cent."""

    live_trials: float = 0.02  # live trials may be fewer by this share of those published
    removed: float = 0.02  # live trials of the published file that are now removed, merged or missing
    rejects: float = 0.01  # records refused, of those seen in the runs since
    problems: float = 2.0  # problems a record seen in the runs since, as a multiple of what was usual
    fill: float = 0.05  # points by which the share of live trials with a value in a column may fall
    run_fill: float = 0.25  # the same among the trials that the runs since brought, in columns that nearly all fill
    few: int = 5  # so many trials, records or values always pass, however small the file
    grown: float = 0.25  # a source with so many more trials holds other kinds, which fill other columns


class Refusal(NamedTuple):
    """One rule that did not hold: what was measured, what would have passed, and both in words."""

    rule: str
    measured: float
    allowed: float
    words: str

    @property
    def overrulable(self) -> bool:
        """Whether `publish --force` may publish all the same."""
        return self.rule not in FAULTS


FAULTS = ("tables", "integrity", "foreign keys", "full-text search", "no live trial")
NEARLY_ALL = 0.95  # of a source's trials: a column that so many fill is one that a trial of it must have
NOT_FILLED = {"id", "source", "removed_at"}  # a column of trials that is not a value of theirs


def gate(new: Path, published: Path | None = None, limits: Limits | None = None, slim: bool = False) -> list[Refusal]:
    """Every rule that a new file breaks, faults first; none if it may be published. Changes neither file."""
    faults = list(_faults(new, slim))
    if any(fault.rule in ("tables", "integrity") for fault in faults) or published is None or not published.exists():
        return faults
    return faults + losses(new, published, limits or Limits())


# --- faults: the new file alone -------------------------------------------------------------------------------------


def faults_of(path: Path) -> list[str]:
    """What is wrong with a database in itself, in words; nothing, if all is well."""
    return [fault.words for fault in _faults(path)]


def missing_tables(path: Path, slim: bool = False) -> list[Refusal]:
    """The first of the faults, told by the schema alone. Raises sqlite3.DatabaseError where there is no database."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        names = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
    indexes = (index.name for index in searched(slim) if index is not SEARCH)
    missing = [name for name in (*TABLES, *indexes) if name not in names]
    return [Refusal("tables", len(missing), 0, f"missing: {', '.join(missing)}")] if missing else []


def _faults(path: Path, slim: bool = False) -> Iterator[Refusal]:
    """Two threads ask: SQLite lets go of Python's lock while it works, and half of the time is integrity_check's."""
    try:
        if missing := missing_tables(path, slim):
            yield from missing
            return
    except sqlite3.DatabaseError as error:
        yield Refusal("integrity", 1, 0, f"{path.name}: {error}")
        return
    checks: tuple[Callable[[sqlite3.Connection], Iterable[Refusal]], ...] = (
        _damaged,
        lambda db: (*_dangling(db), *_unsearchable(db, slim), *_empty(db)),
    )
    with ThreadPoolExecutor() as threads:
        for found in threads.map(lambda check: _asked(path, check), checks):
            yield from found


def _asked(path: Path, check: Callable[[sqlite3.Connection], Iterable[Refusal]]) -> list[Refusal]:
    """What a check finds; a file that SQLite cannot read to its end is damaged."""
    found: list[Refusal] = []
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=rw", uri=True)) as db:
            db.execute(f"PRAGMA mmap_size = {MAPPED}")
            found.extend(check(db))
    except sqlite3.DatabaseError as error:
        found.append(Refusal("integrity", 1, 0, f"{path.name}: {error}"))
    return found


def _damaged(db: sqlite3.Connection) -> Iterator[Refusal]:
    for (words,) in db.execute("PRAGMA integrity_check(3)").fetchall():
        if words != "ok":
            yield Refusal("integrity", 1, 0, words)


def _dangling(db: sqlite3.Connection) -> Iterator[Refusal]:
    for table, row, other, _ in db.execute("PRAGMA foreign_key_check").fetchmany(3):
        words = f"{table} row {row} refers to a row of {other} that is not there"
        yield Refusal("foreign keys", 1, 0, words)


def _unsearchable(db: sqlite3.Connection, slim: bool) -> Iterator[Refusal]:
    for index in searched(slim):
        if words := _search_fault(db, index):
            yield Refusal("full-text search", 1, 0, words)


def _empty(db: sqlite3.Connection) -> Iterator[Refusal]:
    if not db.execute("SELECT 1 FROM trials WHERE removed_at IS NULL LIMIT 1").fetchone():
        yield Refusal("no live trial", 1, 0, "no live trial")


def _search_fault(db: sqlite3.Connection, index: Index) -> str | None:
    """How full-text search differs from its table. The check is written as an INSERT but writes no page; SQLite's own
    integrity_check does not compare search with what it indexes (3.40). The index over texts that are put together
    from many tables is looked at in itself only: to compare it takes as long as to make it."""
    try:
        compare = index is not SEARCH
        db.execute(f"INSERT INTO {index.name} ({index.name}, rank) VALUES ('integrity-check', ?)", [compare])
    except sqlite3.DatabaseError as error:
        return f"full-text search over {index.over} does not match its table: {error}"
    finally:
        db.rollback()
    return None


# --- losses: the new file against the published one -----------------------------------------------------------------


def losses(new: Path, published: Path, limits: Limits) -> list[Refusal]:
    """Every comparing rule that the new file breaks. A published file that cannot be read is a refusal, too."""
    with closing(sqlite3.connect(f"file:{new}?mode=ro", uri=True)) as db:
        try:
            db.execute("ATTACH ? AS old", [f"file:{published}?mode=ro"])
            found = [*_live(db, limits), *_removed(db, limits), *_rejected(db, limits), *_problems(db, limits)]
            return found + list(_filled(db, limits))
        except sqlite3.DatabaseError as error:
            return [Refusal("published file", 1, 0, f"the published file cannot be compared: {error}")]


def _live(db: sqlite3.Connection, limits: Limits) -> Iterator[Refusal]:
    now, before = (
        dict(db.execute(f"SELECT source, count(*) FROM {file}.trials WHERE removed_at IS NULL GROUP BY source"))
        for file in ("main", "old")
    )
    was, least = sum(before.values()), sum(before.values()) - max(limits.live_trials * sum(before.values()), limits.few)
    if sum(now.values()) < least:
        words = f"{sum(now.values()):,} live trials, {was:,} in the published file; at least {least:,.0f} would pass"
        yield Refusal("live trials", sum(now.values()), least, words)
    for source, n in before.items():
        if n > limits.few and not now.get(source):
            yield Refusal("live trials", 0, 1, f"{source}: no live trial, {n:,} in the published file")


def _removed(db: sqlite3.Connection, limits: Limits) -> Iterator[Refusal]:
    live, gone = db.execute(
        "SELECT count(*), total(new.id IS NULL OR new.removed_at IS NOT NULL) "
        "FROM old.trials LEFT JOIN main.trials AS new USING (id) WHERE old.trials.removed_at IS NULL"
    ).fetchone()
    allowed = max(limits.removed * live, limits.few)
    if gone > allowed:
        words = f"{gone:,.0f} of {live:,} published trials are removed or merged; at most {allowed:,.0f} would pass"
        yield Refusal("removals", gone, allowed, words)


# A run is new to the published file if it is not there or has counted on since: after a kill, what a run had archived
# is read, and counted as that run's, by the next one.
SINCE = """main.runs AS new LEFT JOIN old.runs AS was USING (id)
    WHERE new.seen > 0 AND (was.id IS NULL OR (new.seen, new.rejected, new.problems)
                            IS NOT (was.seen, was.rejected, was.problems))"""
# Problems count as they stand: those of trials that a later run read without any are over, and so is their night.
RUNS_SINCE = f"""
    SELECT source, sum(seen), sum(rejected), sum(problems) FROM (
        SELECT new.source, new.seen, new.rejected - ifnull(was.rejected, 0) AS rejected,
               (SELECT count(*) FROM main.problems WHERE run_id = new.id) AS problems
        FROM {SINCE}) GROUP BY source"""


def _rejected(db: sqlite3.Connection, limits: Limits) -> Iterator[Refusal]:
    for source, seen, rejected, _ in db.execute(RUNS_SINCE).fetchall():
        if rejected > max(limits.rejects * seen, limits.few):
            words = (
                f"{source}: {rejected:,.0f} of {seen:,} records seen since were refused ({rejected / seen:.1%}); "
                f"{limits.rejects:.1%} would pass"
            )
            yield Refusal("rejects", rejected / seen, limits.rejects, words)


def _problems(db: sqlite3.Connection, limits: Limits) -> Iterator[Refusal]:
    """What is usual is the larger of the source's last published run and of its published trials as they stand: a run
    that read three records says little, and most runs see records that they need not read."""
    for source, seen, _, problems in db.execute(RUNS_SINCE).fetchall():
        last = db.execute(
            "SELECT 1.0 * problems / seen FROM old.runs WHERE source IS ? AND seen > 0 ORDER BY id DESC LIMIT 1",
            [source],
        ).fetchone()
        (standing,) = db.execute(
            "SELECT 1.0 * (SELECT count(*) FROM old.problems JOIN old.trials ON trials.id = trial_id "
            "WHERE source = :source) / nullif(count(*), 0) FROM old.trials WHERE source = :source",
            {"source": source},
        ).fetchone()
        usual = [rate for rate in (*(last or ()), standing) if rate is not None]
        if usual and problems > max(limits.problems * max(usual) * seen, limits.few):
            words = (
                f"{source}: {problems / seen:.2f} problems a record seen since, {max(usual):.2f} before; "
                f"at most {limits.problems * max(usual):.2f} would pass"
            )
            yield Refusal("problems", problems / seen, limits.problems * max(usual), words)


def _filled(db: sqlite3.Connection, limits: Limits) -> Iterator[Refusal]:
    columns = [
        name for (name,) in db.execute(
            "SELECT name FROM pragma_table_info('trials', 'main') "
            "WHERE name IN (SELECT name FROM pragma_table_info('trials', 'old'))"
        ) if name not in NOT_FILLED
    ]  # fmt: skip
    now, usual = _fills(db, columns, "main"), _fills(db, columns, "old")
    brought, before = _fills(db, columns, "main", BROUGHT), dict(usual)
    grown = [source for source in before.keys() & now if now[source][0] > before[source][0] * (1 + limits.grown)]
    if grown:  # these by the trials that both files hold
        common, common_before = _fills(db, columns, "main", LIVE_IN_OLD), _fills(db, columns, "old", LIVE_IN_MAIN)
        common_brought = _fills(db, columns, "main", f"{BROUGHT} AND {LIVE_IN_OLD}")
        now |= {source: common.get(source, ()) for source in grown}
        before |= {source: common_before.get(source, ()) for source in grown}
        brought |= {source: common_brought.get(source, ()) for source in grown}
    for source in before.keys() & now:
        if before[source] and now[source]:
            yield from _fallen(source, columns, before[source], now[source], limits)
        if brought.get(source):
            yield from _ill(source, columns, usual[source], brought[source], limits)


def _fallen(
    source: str, columns: list[str], before: tuple[int, ...], now: tuple[int, ...], limits: Limits
) -> Iterator[Refusal]:
    for name, had, has in zip(columns, before[1:], now[1:], strict=True):
        was, share = had / before[0], has / now[0]
        if share < was - limits.fill and was * now[0] - has > limits.few:
            words = (
                f"{source}: {name} is filled in {share:.1%} of live trials, in {was:.1%} of those published; "
                f"at least {was - limits.fill:.1%} would pass"
            )
            yield Refusal("fill", share, was - limits.fill, words)


def _ill(
    source: str, columns: list[str], usual: tuple[int, ...], brought: tuple[int, ...], limits: Limits
) -> Iterator[Refusal]:
    """A portal that looks different from one night to the next is read as pages without a sponsor or a condition.
    Among many other listings that is no five points, but it is nearly all of what the night brought."""
    for name, had, has in zip(columns, usual[1:], brought[1:], strict=True):
        was, share = had / usual[0], has / brought[0]
        if was >= NEARLY_ALL and share < was - limits.run_fill and was * brought[0] - has > limits.few:
            words = (
                f"{source}: {name} is filled in {share:.1%} of the {brought[0]:,} trials that are new or changed, "
                f"usually in {was:.1%}; at least {was - limits.run_fill:.1%} would pass"
            )
            yield Refusal("run fill", share, was - limits.run_fill, words)


BROUGHT = f"""id IN (SELECT trial_id FROM main.changes WHERE kind IN ('new', 'changed', 'returned')
                     AND run_id IN (SELECT new.id FROM {SINCE}))"""
LIVE_IN_OLD, LIVE_IN_MAIN = (
    f"id IN (SELECT id FROM {file}.trials WHERE removed_at IS NULL)" for file in ("old", "main")
)


def _fills(db: sqlite3.Connection, columns: list[str], file: str, only: str = "1") -> dict[str, tuple[int, ...]]:
    """source -> (live trials, those with a value in each column); `only`: of the trials for which this SQL is true."""
    found = db.execute(
        f"SELECT source, count(*), {', '.join(f'count({name})' for name in columns)} FROM {file}.trials "
        f"WHERE removed_at IS NULL AND {only} GROUP BY source"
    )
    return {source: tuple(counts) for source, *counts in found}
