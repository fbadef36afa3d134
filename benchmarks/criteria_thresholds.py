"""How well thresholds are read: precision and recall on the CHIA set, and what the real texts yield.

TRIALDEX_RECORDS=<folder of real records> python -m benchmarks.criteria_thresholds [--errors]
"""

from __future__ import annotations

import argparse
from collections import Counter

from benchmarks.criteria_split import lines_of, real_texts, scorer
from scraper.criteria import split
from scraper.items import Criterion
from scraper.thresholds import thresholds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--errors", action="store_true", help="print the lines that differ from the gold")
    options = parser.parse_args()
    gold = lines_of("chia_thresholds_gold.jsonl")
    module = scorer("score_thresholds")
    found = []
    for one in gold:
        rows = thresholds(Criterion(one["section"], 0, None, None, one["text"]))
        found.append(one | {"thresholds": [row._asdict() for row in rows]})
    precision, recall, both, count = module.score(found, gold)
    print(f"CHIA: P {precision:.4f}  R {recall:.4f}  F1 {both:.4f}  over {count} thresholds")
    known = {row[0] for one in gold for row in module.rows(one["thresholds"])}
    for one, ours in zip(gold, found, strict=True) if options.errors else ():
        want, got = module.rows(one["thresholds"]), {row for row in module.rows(ours["thresholds"]) if row[0] in known}
        if want != got:
            print(
                f"  {one['section'][:2]} {one['text'][:200]}\n     missed {want - got or ''} added {got - want or ''}"
            )
    variables: Counter[str] = Counter()
    converted = 0
    studies = 0
    for _, text in real_texts():
        rows = tuple(row for criterion in split(text) for row in thresholds(criterion))
        studies += bool(rows)
        converted += sum(row.canonical_lower is not None or row.canonical_upper is not None for row in rows)
        variables.update(row.variable for row in rows)
    total = variables.total()
    print(f"real texts: {total:,} rows in {studies:,} studies, {converted / total:.1%} with a canonical value")
    print("  " + ", ".join(f"{name} {number}" for name, number in variables.most_common()))


if __name__ == "__main__":
    main()
