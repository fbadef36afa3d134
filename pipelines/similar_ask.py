"""Asking for similar trials: of a stored trial, of a description, of a record that is not stored. Reads only."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sqlite_utils import Database

from pipelines.folder import DataFolder
from pipelines.read import read
from pipelines.reasons import Facts, Reasons, facts, facts_of, reasons, weights_in
from pipelines.similar_nearest import Space, chosen
from pipelines.similar_records import Record, record_of
from pipelines.similar_store import last_state
from pipelines.similar_vectors import STRONGEST
from scraper.files import pages
from scraper.items import Trial


class NoAnswer(ValueError):
    """Nothing can be said; the message is one clear line."""


class UnknownTrial(NoAnswer):
    """No such trial is stored."""


@contextmanager
def _reading(folder: DataFolder) -> Iterator[sqlite3.Connection]:
    if not folder.trials.exists():
        raise NoAnswer(f"{folder.path} holds no trials: crawl or load something first")
    with closing(sqlite3.connect(f"file:{folder.trials}?mode=ro", uri=True)) as db:
        if (
            not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'terms'").fetchone()
            or not db.execute("SELECT 1 FROM terms LIMIT 1").fetchone()
        ):
            raise NoAnswer("similar trials have not been computed yet: run `trialdex similar`")
        yield db


def to_stored(folder: DataFolder, trial_id: str) -> list[Reasons]:
    """The stored neighbours of a stored trial, the nearest first, each with its reasons. Raises NoAnswer."""
    with _reading(folder) as db:
        one = facts(db, trial_id)
        if one is None:
            raise UnknownTrial(f"{folder.trials} holds no trial {trial_id}")
        if db.execute("SELECT removed_at FROM trials WHERE id = ?", [trial_id]).fetchone()[0]:
            raise NoAnswer(f"{trial_id} was removed at its source; only live trials have neighbours")
        found = neighbours(db, one)
        if not found and not db.execute("SELECT 1 FROM similar_trials LIMIT 1").fetchone():
            raise NoAnswer("similar trials have not been computed yet: run `trialdex similar`")
        return found


def neighbours(db: sqlite3.Connection, one: Facts) -> list[Reasons]:
    """What `similar_trials` says of a trial, each row with its reasons."""
    rows = db.execute("SELECT similar_id FROM similar_trials WHERE trial_id = ? ORDER BY rank", [one.id]).fetchall()
    return [reasons(one, other) for (id,) in rows if (other := facts(db, id))]


def to_text(folder: DataFolder, text: str) -> list[Reasons]:
    """The stored trials nearest to a description. Raises NoAnswer."""
    return _to_record(folder, Record(id="", text=text.splitlines()), ())


def to_trial(folder: DataFolder, trial: Trial) -> list[Reasons]:
    """The stored trials nearest to one that need not be stored, its own study left out. Raises NoAnswer."""
    return _to_record(folder, record_of(trial), (trial.id, trial.study_id))


def to_file(folder: DataFolder, file: Path, url: str | None = None) -> list[Reasons]:
    """The stored trials nearest to the one that a saved page or record holds; `url`: where it was served from. Raises
    NoAnswer, also when the file holds none, several, or cannot be read."""
    failures: list[str] = []
    raws = [raw for page in pages(file, url=url, failures=failures) for raw in page.records]
    if failures or len(raws) != 1:
        raise NoAnswer(failures[0] if failures else f"{file} holds {len(raws)} records; one is asked for")
    trial = read(raws[0])[0]
    if not isinstance(trial, Trial):
        raise NoAnswer(f"{file}: {trial.reason}")
    return to_trial(folder, trial)


def _to_record(folder: DataFolder, record: Record, known_as: Iterable[str | None]) -> list[Reasons]:
    with _reading(folder) as db:
        state, here = last_state(Database(db), folder)
        if not state or not here:
            raise NoAnswer(f"the vectors in {folder.work} are missing or of another version: run `trialdex similar`")
        one = facts_of(record, weights_in(db, record))
        if not one.weights:
            raise NoAnswer("none of its words are known to the stored trials")
        studies = dict(zip(state.live.ids, state.live.studies, strict=True))
        own = {studies.get(id, id) for id in known_as if id}
        rows = _nearest(db, here, one, {row for row, study in enumerate(state.live.studies) if study in own})
        return [reasons(one, other) for row in rows if (other := facts(db, state.live.ids[row]))]


def _nearest(db: sqlite3.Connection, here: Path, one: Facts, own: set[int]) -> list[int]:
    """The rows of the nearest trials, as `nearest` finds them for a stored one."""
    space = Space(here)
    sql = "SELECT terms.term, terms.id FROM json_each(?) JOIN terms ON terms.term = json_each.value"
    numbers = dict(db.execute(sql, [json.dumps(list(one.weights))]))
    strongest = sorted(one.weights, key=lambda term: (-one.weights[term], numbers[term]))[:STRONGEST]
    weights = np.array([one.weights[term] for term in strongest])
    size = (1, len(space.vectors.weights))
    columns = np.array([numbers[term] for term in strongest], np.int32)
    ends = np.array([0, len(columns)], np.int32)
    query = csr_matrix(((weights / np.sqrt(weights @ weights)).astype(np.float32), columns, ends), size)
    query.sort_indices()
    candidates = np.array(sorted(set(space.candidates(query).indices.tolist()) - own), np.int64)
    terms = np.array([numbers[term] for term in one.weights], np.int64)
    weighed, _ = space.weigh(one.shape, space.cosines(terms, np.array([*one.weights.values()]), candidates), candidates)
    return [near.row for near in chosen(weighed, space.studies, None)]
