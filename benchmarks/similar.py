"""How well similar trials agree with people: labelled sets, beside lexical baselines of the same run.

    TRIALDEX_RECORDS=... python -m benchmarks.similar [--set cochrane] [--work DIR] [--no-ablation]

Turns the lines of a pool into studies, runs the real `load` and `similar`, and prints P@1, P@5, R@5, nDCG@5 and MRR
with 95 % bootstrap intervals over the queries; then the same without one field at a time, and the difference. A set,
found by name beside the pool or by path, is a file of lines like {"query": id, "labels": {id: 0 or 1}, "open": true};
where "open" is missing, only the labelled trials are ranked. `--work` keeps the loaded folder, so that the next run is
quick.
"""

from __future__ import annotations

import argparse
import ast
import gzip
import json
import os
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

from pipelines.folder import DataFolder
from pipelines.line import Line
from pipelines.reasons import Facts, facts, reasons
from pipelines.similar import similar
from scraper.items import Page, RawRecord

Run = dict[str, list[str]]
MEASURES = ("P@1", "P@5", "R@5", "nDCG@5", "MRR")
DRAWS = 2_000
PHASES = {"early": "EARLY_PHASE1", "1": "PHASE1", "2": "PHASE2", "3": "PHASE3", "4": "PHASE4"}


# --- the pool as studies --------------------------------------------------------------------------------------------


def listed(text: str | None) -> list[str]:
    """The strings of a list that is written as Python writes it; a single value is a list of one."""
    if not text or not text.startswith("["):
        return [text] if text else []
    try:
        return [str(each) for each in ast.literal_eval(text)]
    except (SyntaxError, ValueError):  # a value that only begins like a list
        return [text]


def phases(text: str | None) -> list[str]:
    """`Phase 1/Phase 2` as the register's codes."""
    if not text:
        return []
    if "early" in text.lower():
        return ["EARLY_PHASE1"]
    return [PHASES[digit] for digit in re.findall("[1-4]", text)] or ["NA"]


def study(line: Mapping[str, str]) -> dict[str, Any]:
    """A line of the pool as a study of the register's API."""
    meshes = {
        f"{kind}BrowseModule": {"meshes": [{"term": term} for term in listed(line.get(field))]}
        for kind, field in (("condition", "cond_mesh"), ("intervention", "int_mesh"))
    }
    return {
        "protocolSection": {
            "identificationModule": {"nctId": line["id"], "briefTitle": line.get("title")},
            "descriptionModule": {
                "briefSummary": line.get("summary"),
                "detailedDescription": line.get("description"),
            },
            "conditionsModule": {
                "conditions": listed(line.get("conditions")),
                "keywords": listed(line.get("keywords")),
            },
            "designModule": {"phases": phases(line.get("phase"))},
            "armsInterventionsModule": {
                "interventions": [{"name": name} for name in listed(line.get("interventions"))]
            },
            "eligibilityModule": {"eligibilityCriteria": line.get("criteria")},
        },
        "derivedSection": meshes,
    }


def loaded(pool: Path, folder: DataFolder) -> None:
    """Loads the pool through the line, as `trialdex load` does."""
    bodies = []
    with gzip.open(pool, "rt", encoding="utf-8") as lines:
        for line in lines:
            told = study(json.loads(line))
            id = told["protocolSection"]["identificationModule"]["nctId"]
            bodies.append(
                RawRecord(
                    source="ctgov",
                    source_id=id,
                    url=f"https://clinicaltrials.gov/study/{id}",
                    fetched_at="2026-11-20T04:00:00Z",
                    content_type="application/json",
                    body=json.dumps(told).encode(),
                )  # fmt: skip
            )
    with folder.locked(), Line(folder, command="load", source="ctgov", query=pool.name) as line:
        for at in range(0, len(bodies), 1000):
            line.take(Page(tuple(bodies[at : at + 1000])))
        line.end("finished")


# --- rankings -------------------------------------------------------------------------------------------------------


class Pool:
    """What the rankings are made from: the ids in order, and one document of conditions, interventions and criteria."""

    def __init__(self, path: Path) -> None:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            self.lines = [json.loads(line) for line in lines]
        self.ids = [line["id"] for line in self.lines]
        self.row = {id: row for row, id in enumerate(self.ids)}
        self.fields = [
            (" ".join(listed(line.get("conditions"))), " ".join(listed(line.get("interventions"))),
             line.get("criteria") or "")
            for line in self.lines
        ]  # fmt: skip
        self.documents = [" ".join(fields) for fields in self.fields]

    def ranked(self, bench: Sequence[Any], score: Callable[[int], Any]) -> Run:
        """The whole pool by a score of each row, given a query's row; ties in the order of ids."""
        run = {}
        for one in bench:
            scores = np.asarray(score(self.row[one["query"]]), float)
            scores[self.row[one["query"]]] = -np.inf
            run[one["query"]] = [self.ids[row] for row in np.argsort(-scores, kind="stable")]
        return run


def tf_idf(pool: Pool, bench: Sequence[Any]) -> Run:
    matrix = TfidfVectorizer(sublinear_tf=True, stop_words="english").fit_transform(pool.documents)
    return pool.ranked(bench, lambda row: (matrix[row] @ matrix.T).toarray()[0])


def bm25(pool: Pool, bench: Sequence[Any], k1: float = 1.5, b: float = 0.75) -> Run:
    """Okapi BM25, the query being the whole document."""
    counts = CountVectorizer(stop_words="english", dtype=np.float64).fit_transform(pool.documents).tocsr()
    documents = counts.shape[0]
    df = np.bincount(counts.indices, minlength=counts.shape[1])
    lengths = np.asarray(counts.sum(1)).ravel()
    weights = counts.copy()
    row = np.repeat(np.arange(documents), np.diff(counts.indptr))
    norm = k1 * (1 - b + b * lengths[row] / lengths.mean())
    idf = np.log(1 + (documents - df + 0.5) / (df + 0.5))
    weights.data = idf[counts.indices] * counts.data * (k1 + 1) / (counts.data + norm)
    asked = counts.copy()
    asked.data[:] = 1.0
    return pool.ranked(bench, lambda row: (asked[row] @ weights.T).toarray()[0])


def fts5(pool: Pool, bench: Sequence[Any], most: int = 60) -> Run:
    """SQLite's own ranking, asked for the 60 strongest terms of the query trial."""
    vectorizer = TfidfVectorizer(sublinear_tf=True, stop_words="english")
    matrix, names = vectorizer.fit_transform(pool.documents), vectorizer.get_feature_names_out()
    run = {}
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("CREATE VIRTUAL TABLE pool USING fts5 (conditions, interventions, criteria)")
        db.executemany("INSERT INTO pool (rowid, conditions, interventions, criteria) VALUES (?, ?, ?, ?)",
                       [(row, *fields) for row, fields in enumerate(pool.fields)])  # fmt: skip
        for one in bench:
            row = matrix[pool.row[one["query"]]]
            strongest = row.indices[np.argsort(-row.data, kind="stable")[:most]]
            asked = " OR ".join(f'"{names[term]}"' for term in strongest)
            found = db.execute(
                "SELECT rowid FROM pool WHERE pool MATCH ? ORDER BY bm25(pool, 4, 4, 1), rowid LIMIT 50", [asked]
            )
            run[one["query"]] = [pool.ids[row] for (row,) in found]
    return run


def at_random(pool: Pool, bench: Sequence[Any]) -> Run:
    dice = np.random.default_rng(0)
    return pool.ranked(bench, lambda row: dice.random(len(pool.ids)))


def ours(folder: DataFolder, bench: Sequence[Any]) -> Run:
    """What `similar_trials` says; for a set that is not open, the labelled trials by the score of `reasons`."""
    run: Run = {}
    with closing(sqlite3.connect(f"file:{folder.trials}?mode=ro", uri=True)) as db:
        for one in bench:
            if one.get("open"):
                sql = "SELECT similar_id FROM similar_trials WHERE trial_id = ? ORDER BY rank"
                run[one["query"]] = [id for (id,) in db.execute(sql, [one["query"]])]
                continue
            query = facts(db, one["query"])
            others = [found for id in one["labels"] if (found := facts(db, id))]
            run[one["query"]] = [other.id for other in sorted(others, key=lambda other: _less(query, other))]
    return run


def _less(query: Facts | None, other: Facts) -> tuple[float, str]:
    return (-reasons(query, other).score if query else 0.0, other.id)


# --- measures -------------------------------------------------------------------------------------------------------


def measured(bench: Sequence[Any], run: Run) -> Any:
    """The measures of every query with a positive label: queries by measures, in the order of MEASURES."""
    rows = []
    for one in bench:
        labels = one["labels"]
        positives = sum(labels.values())
        if not positives:
            continue
        ranked = [id for id in dict.fromkeys(run.get(one["query"], [])) if id != one["query"]]
        if not one.get("open"):
            ranked = [id for id in ranked if id in labels] + sorted(set(labels) - set(ranked))
        hits = [labels.get(id, 0) for id in ranked]
        gain = sum(hit / np.log2(place + 2) for place, hit in enumerate(hits[:5]))
        ideal = sum(1 / np.log2(place + 2) for place in range(min(positives, 5)))
        first = next((1 / (place + 1) for place, hit in enumerate(hits) if hit), 0.0)
        rows.append((sum(hits[:1]), sum(hits[:5]) / 5, sum(hits[:5]) / positives, gain / ideal, first))
    return np.array(rows, float)


def intervals(rows: Any) -> tuple[Any, Any]:
    """95 % bootstrap intervals of the means, over the queries."""
    dice = np.random.default_rng(0)
    means = np.array([rows[dice.integers(0, len(rows), len(rows))].mean(0) for _ in range(DRAWS)])
    return np.percentile(means, 2.5, axis=0), np.percentile(means, 97.5, axis=0)


def show(name: str, rows: Any, signs: str = ".3f") -> None:
    low, high = intervals(rows)
    cells = (f"{mean:{signs}} [{a:.2f} {b:.2f}]" for mean, a, b in zip(rows.mean(0), low, high, strict=True))
    print(f"{name:<28}" + "".join(f"{cell:>21}" for cell in cells), flush=True)


WITHOUT = {  # the tables without one field; what is left is computed anew, by the same step
    "criteria": ["DELETE FROM thresholds", "DELETE FROM criteria"],
    "conditions": ["DELETE FROM trial_conditions"],
    "interventions": ["DELETE FROM interventions"],
    "titles": ["UPDATE trials SET title = NULL, official_title = NULL"],
    "MeSH": ["DELETE FROM mesh_terms"],
    "keywords": ["DELETE FROM keywords"],
    "phase": ["UPDATE trials SET phase = NULL"],
}


def ablation(folder: DataFolder, bench: Sequence[Any]) -> None:
    """Each table without one field, and how much every query's measures differ from those with all: the interval of a
    difference is narrower than that of a figure, for a hard query is hard in both."""
    whole = measured(bench, ours(folder, bench))
    for field, statements in WITHOUT.items():
        with tempfile.TemporaryDirectory() as scratch:
            less = DataFolder(scratch)
            shutil.copyfile(folder.trials, less.trials)
            with closing(sqlite3.connect(less.trials)) as db:
                db.execute("PRAGMA foreign_keys = OFF")
                for statement in statements:
                    db.execute(statement)
                db.commit()
            similar(less, full=True)
            found = measured(bench, ours(less, bench))
            show(f"without {field}", found)
            show("  difference", found - whole, "+.3f")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    home = Path(os.environ.get("TRIALDEX_RECORDS", ".")) / "similar"
    parser.add_argument("--set", default="cochrane", help="name of a set beside the pool, or a file")
    parser.add_argument("--pool", type=Path, default=home / "pool.jsonl.gz")
    parser.add_argument("--work", type=Path, help="folder that keeps the loaded pool")
    parser.add_argument("--no-ablation", action="store_true")
    options = parser.parse_args()
    labels = Path(options.set) if Path(options.set).is_file() else home / f"{options.set}.jsonl"
    bench = [json.loads(line) for line in labels.read_text(encoding="utf-8").splitlines() if line.strip()]
    with tempfile.TemporaryDirectory() as scratch:
        folder = DataFolder(options.work or scratch)
        if not folder.trials.exists():
            loaded(options.pool, folder)
        similar(folder, full=True)
        pool = Pool(options.pool)
        print(f"{labels.name}: {len(bench)} queries, {len(pool.ids):,} trials; mean [95 % interval over queries]")
        print(f"{'':<28}" + "".join(f"{name:>21}" for name in MEASURES))
        show("similar", measured(bench, ours(folder, bench)))
        for name, ranking in (
            ("tf-idf cosine", tf_idf), ("BM25", bm25), ("SQLite FTS5 bm25", fts5), ("random", at_random)
        ):  # fmt: skip
            show(name, measured(bench, ranking(pool, bench)))
        if not options.no_ablation:
            with closing(sqlite3.connect(folder.trials)) as db:
                db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            ablation(folder, bench)


if __name__ == "__main__":
    main()
