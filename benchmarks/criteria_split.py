"""How well eligibility texts are split: the hand-split set, the CHIA set, and every real text.

    TRIALDEX_RECORDS=<folder of real records> python -m benchmarks.criteria_split

The scorers of the records folder are called in place. "words lost" and "words added" count texts of which a word stands
in no row and no heading (list markers, connectors and plain section headings aside), or more often than in the text.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from types import ModuleType
from typing import Any

from scraper.criteria import split
from scraper.criteria_lines import TAG
from scraper.criteria_words import PLAIN_WORDS
from scraper.parsing import unescape_markup

WORD = re.compile(r"[^\W_]+")
CIRCLED = dict.fromkeys(range(ord("①"), ord("⑳") + 1), " ")
MARKER = re.compile(r"\d{1,2}º?|[a-z]|[ivx]+|and|or")
HEADED = r"(?m)^\W*(?:\w+ ){0,3}%s(?:s|\s+criteria)?\W*$"


def records() -> Path:
    """The folder of real records; ends the program with one line when it is not set."""
    folder = os.environ.get("TRIALDEX_RECORDS")
    if not folder:
        raise SystemExit("set TRIALDEX_RECORDS to the folder of real records")
    return Path(folder)


def scorer(name: str) -> ModuleType:
    """A scorer of the records folder, loaded in place."""
    spec = importlib.util.spec_from_file_location(name, records() / "criteria" / f"{name}.py")
    if spec is None or spec.loader is None:
        raise SystemExit(f"no scorer {name}.py in the records folder")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def lines_of(name: str) -> list[dict[str, Any]]:
    """The JSON lines of a file in records/criteria."""
    text = (records() / "criteria" / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def real_texts() -> Iterator[tuple[str, str]]:
    """(id, eligibility text) of every real study."""
    with gzip.open(records() / "ctgov" / "studies.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            section = json.loads(line)["protocolSection"]
            yield section["identificationModule"]["nctId"], section["eligibilityModule"]["eligibilityCriteria"]


def words_of(text: str) -> Counter[str]:
    """The words of a text and how often each stands there."""
    return Counter(WORD.findall(text.translate(CIRCLED).lower()))


def score_sets() -> None:
    """A line for each gold set."""
    score = scorer("score_split").score
    print(f"{'set':<22} {'section F1':>10} {'with level':>10} {'exact':>6} {'boundary':>9} {'texts':>6}")
    for name in ("split_gold", "chia_split_gold"):
        gold = lines_of(f"{name}.jsonl")
        found = [
            {
                "nct_id": one["nct_id"],
                "criteria": [{"section": row.kind, "level": row.level, "text": row.text} for row in split(one["text"])],
            }
            for one in gold
        ]
        figures = score(found, gold)
        section, level, boundary = (figures[key][2] for key in ("section", "sec+level", "boundary"))
        print(f"{name:<22} {section:>10.4f} {level:>10.4f} {figures['exact']:>6.3f} {boundary:>9.4f} {figures['n']:>6}")


def score_real() -> None:
    """What holds over every real text, and the exceptions by name."""
    kinds: Counter[str] = Counter()
    lost, added, one_kind = [], [], []
    count = 0
    for study, text in real_texts():
        count += 1
        rows = split(text)
        kinds.update(row.kind for row in rows)
        plain = unescape_markup(text)
        source = words_of(unescape(TAG.sub(" ", plain)) if TAG.search(plain) else plain)
        kept = words_of(" ".join(row.text for row in rows))
        headings = words_of(" ".join(row.heading or "" for row in rows)).keys() | PLAIN_WORDS
        if any(word not in headings and not MARKER.fullmatch(word) for word in source - kept):
            lost.append(study)
        if kept - source:
            added.append(study)
        both = all(re.search(HEADED % kind, text, re.IGNORECASE) for kind in ("inclusion", "exclusion"))
        if both and len({row.kind for row in rows} & {"inclusion", "exclusion"}) < 2:
            one_kind.append(study)
    print(f"\n{count:,} real texts, rows: {', '.join(f'{kind} {number:,}' for kind, number in kinds.most_common())}")
    print(f"words lost: {len(lost)} texts {' '.join(lost)}")
    print(f"words added (a text in two kinds would add them): {len(added)} texts {' '.join(added)}")
    print(f"both headings, one kind: {len(one_kind)} texts = {len(one_kind) / count:.2%}: {' '.join(one_kind)}")


def main() -> None:
    score_sets()
    score_real()


if __name__ == "__main__":
    main()
