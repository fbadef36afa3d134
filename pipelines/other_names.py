"""Which other names the records themselves give a condition or an intervention. Nothing is known from elsewhere.

A wrong synonym shows a patient the wrong trials, so each rule asks for more than one record and for agreement: three
ways of being sure, and a name that fails them has no other name. The page says what it widened a search to.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from pipelines.names import folded, spelled_out

OtherName = tuple[str, str, str, str, str, int]  # key, name, field, how, other, trials

LEAST = 2  # records that must show it
AGREED = 0.8  # of the records that could show it
NOBODYS = {"", "placebo", "control", "standard of care", "soc", "other", "none", "na", "n a", "vehicle", "sham"}
# Trials with one name and one heading: only there is it plain which heading belongs to which name.
ONE_AND_ONE = {
    "condition": """
        SELECT conditions.name, heading.term, count(*)
        FROM (SELECT trial_id, min(condition_id) AS condition_id FROM trial_conditions
              GROUP BY trial_id HAVING count(*) = 1) AS named
        JOIN (SELECT trial_id, min(term) AS term FROM mesh_terms WHERE kind = 'condition' AND NOT is_ancestor
              GROUP BY trial_id HAVING count(*) = 1) AS heading USING (trial_id)
        JOIN conditions ON conditions.id = condition_id WHERE heading.term IS NOT NULL GROUP BY 1, 2""",
    "intervention": """
        SELECT named.name, heading.term, count(*)
        FROM (SELECT trial_id, min(name) AS name FROM interventions GROUP BY trial_id HAVING count(*) = 1) AS named
        JOIN (SELECT trial_id, min(term) AS term FROM mesh_terms WHERE kind = 'intervention' AND NOT is_ancestor
              GROUP BY trial_id HAVING count(*) = 1) AS heading USING (trial_id)
        WHERE named.name IS NOT NULL AND heading.term IS NOT NULL GROUP BY 1, 2""",
}
HEADINGS = "SELECT DISTINCT kind, term FROM mesh_terms WHERE term IS NOT NULL"
ALIASES = "SELECT name, other_names FROM interventions WHERE name IS NOT NULL AND other_names LIKE '[_%'"
NAMES = """
    SELECT name, count(*) FROM trial_conditions JOIN conditions ON conditions.id = condition_id
    WHERE name LIKE '%(%)' GROUP BY name
    UNION ALL SELECT name, count(*) FROM keywords WHERE name LIKE '%(%)' GROUP BY name"""


def other_names(db: sqlite3.Connection) -> list[OtherName]:
    """Every other name that the records show, each once."""
    found = {row[:3] + row[3:5]: row for row in _all(db)}
    return list(found.values())


def _all(db: sqlite3.Connection) -> Iterator[OtherName]:
    for kind, term in db.execute(HEADINGS):
        if folded(term):
            yield folded(term), term, kind, "mesh", term, 0
    for field, sql in ONE_AND_ONE.items():
        yield from agreed(db.execute(sql), field, "mesh")
    yield from aliases(db.execute(ALIASES))
    pairs = ((spelled_out(name), trials) for name, trials in db.execute(NAMES))
    yield from agreed(((*pair, trials) for pair, trials in pairs if pair), "condition", "short")


def agreed(shown: Iterable[tuple[str, str, int]], field: str, how: str) -> Iterator[OtherName]:
    """From (name, other, records): the other name that nearly all records with a name agree on."""
    others: dict[str, Counter[str]] = defaultdict(Counter)
    written: dict[str, tuple[str, dict[str, str]]] = {}
    for name, other, trials in shown:
        key = folded(name)
        others[key][folded(other)] += trials
        written.setdefault(key, (name, {}))[1].setdefault(folded(other), other)
    for key, counts in others.items():
        ((other, trials),) = counts.most_common(1)
        if key and other and key != other and trials >= LEAST and trials >= AGREED * counts.total():
            name, spelled = written[key]
            yield key, name, field, how, spelled[other], trials


def aliases(rows: Iterable[tuple[str, str]]) -> Iterator[OtherName]:
    """From interventions and their lists of other names, both ways: an alias that means one thing, and the few
    aliases that a thing has most often."""
    pairs: Counter[tuple[str, str]] = Counter()
    written: dict[str, str] = {}
    for name, listed in rows:
        key = folded(name)
        written.setdefault(key, name)
        for alias, spelled in {folded(spelled): spelled for spelled in _names(listed)}.items():
            if alias != key and not {alias, key} & NOBODYS:
                written.setdefault(alias, spelled)
                pairs[key, alias] += 1
    meanings: Counter[str] = Counter()
    for (_, alias), trials in pairs.items():
        meanings[alias] += trials
    of: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for (key, alias), trials in pairs.items():
        if trials >= LEAST and trials >= AGREED * meanings[alias] and not alias.isdigit() and len(alias) > 2:
            yield alias, written[alias], "intervention", "alias", written[key], trials
            of[key].append((trials, alias))
    for key, known in of.items():
        for trials, alias in sorted(known, reverse=True)[:5]:
            yield key, written[key], "intervention", "alias", written[alias], trials


def _names(listed: str) -> list[str]:
    try:
        names = json.loads(listed)
    except ValueError:
        return []
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
