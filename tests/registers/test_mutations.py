"""What a record says is read, all of it: take any one key away and the reading is another one.

Every key of every fixture is deleted, one at a time (of a large fixture a seeded sample). The reading may stay equal in
three cases only: the key stays in the archive by declaration; it said nothing (null, empty); or it is a path that is
unknown to the reader and stands elsewhere in the record as well, for such paths are told once.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import pytest

from scraper.declared import coverage
from scraper.items import Rejected, Trial
from scraper.spiders.ctgov import ClinicalTrialsGov
from scraper.spiders.ctgov_fields import STUDY
from tests.made import raw

HERE = Path(__file__).resolve().parent
FIXTURES = sorted(path for path in (HERE / "ctgov").glob("*.json") if not path.name.endswith(".golden.json"))
READABLE = [path for path in FIXTURES if path.stem != "no_id"]
SAMPLE = 60  # keys of a fixture that has more than LARGE of them
LARGE = 1000
IN_ARCHIVE = {one.path for one in coverage(STUDY) if one.reason}
ID = "protocolSection.identificationModule.nctId"
Reader: TypeAlias = Callable[[dict[str, Any]], Trial | Rejected]


class Key(NamedTuple):
    """A key where it stands."""

    holder: dict[str, Any]
    name: str
    path: str  # list elements as []
    beyond: bool  # inside an outcome whose results are kept without their values (Rows.only)


def keys(node: Any, path: str = "", beyond: bool = False) -> Iterator[Key]:
    """Every key of a record, nested ones too."""
    if isinstance(node, list):
        for element in node:
            yield from keys(element, f"{path}[]", beyond)
    elif isinstance(node, dict):
        for name, value in node.items():
            at = f"{path}.{name}" if path else name
            inner = beyond or (
                at.endswith(("outcomeMeasures[].groups", "outcomeMeasures[].classes")) and node.get("type") != "PRIMARY"
            )
            yield Key(node, name, at, inner)
            yield from keys(value, at, inner)


def in_archive(path: str) -> bool:
    return any(path == kept or path.startswith((f"{kept}.", f"{kept}[]")) for kept in IN_ARCHIVE)


def says_something(value: Any, path: str) -> bool:
    """Whether anything in a value is to be read: not empty, and not left to the archive."""
    if in_archive(path):
        return False
    if isinstance(value, dict):
        return any(says_something(inner, f"{path}.{name}") for name, inner in value.items())
    if isinstance(value, list):
        return any(says_something(inner, f"{path}[]") for inner in value)
    return value is not None and value != ""


def read(study: dict[str, Any]) -> Trial | Rejected:
    return ClinicalTrialsGov.read(raw(study, source_id="NCT09990000"))


def without(study: dict[str, Any], key: Key, read: Reader) -> Trial | Rejected:
    """The reading of a study that lacks a key. The study is as before afterwards, order of keys included."""
    before = dict(key.holder)
    del key.holder[key.name]
    try:
        return read(study)
    finally:
        key.holder.clear()
        key.holder.update(before)


def unnoticed(study: dict[str, Any], read: Reader) -> list[str]:
    """The keys whose loss a reader should show and does not, or does and should not."""
    whole = read(study)
    assert isinstance(whole, Trial)
    told_once = {one.path for one in whole.unknown_fields}
    every = list(keys(study))
    count = Counter(key.path for key in every)
    chosen = every if len(every) <= LARGE else random.Random(whole.id).sample(every, SAMPLE)
    found = []
    for key in chosen:
        reading = without(study, key, read)
        if ID.startswith(key.path):
            right = isinstance(reading, Rejected)
        elif in_archive(key.path) or key.beyond:
            right = reading == whole
        else:
            silent = not says_something(key.holder[key.name], key.path)
            right = reading != whole or silent or (key.path in told_once and count[key.path] > 1)
        if not right:
            found.append(key.path)
    assert read(study) == whole
    return found


@pytest.mark.parametrize("path", READABLE, ids=lambda path: path.stem)
def test_no_key_can_go_unnoticed(path: Path) -> None:
    assert unnoticed(json.loads(path.read_text(encoding="utf-8")), read) == []


def test_the_check_finds_what_a_reader_forgets_or_betrays() -> None:
    """The check itself, on two bad readers."""

    def forgets(study: dict[str, Any]) -> Trial | Rejected:
        reading = read(study)
        return replace(reading, why_stopped=None) if isinstance(reading, Trial) else reading

    def betrays(study: dict[str, Any]) -> Trial | Rejected:
        reading = read(study)
        if isinstance(reading, Trial) and "555-0100" in json.dumps(study):
            return replace(reading, acronym="555-0100")
        return reading

    withdrawn, expanded = (
        json.loads((HERE / "ctgov" / f"{name}.json").read_text(encoding="utf-8"))
        for name in ("withdrawn", "expanded_access")
    )
    contacts = "protocolSection.contactsLocationsModule.centralContacts"
    assert unnoticed(withdrawn, forgets) == ["protocolSection.statusModule.whyStopped"]
    assert contacts in unnoticed(expanded, betrays)


def test_every_field_that_is_kept_has_a_fixture() -> None:
    """So that the check above goes over the whole declaration."""
    kept = {one.path.removesuffix("[]") for one in coverage(STUDY) if not one.reason}
    met = {
        key.path
        for path in READABLE
        for key in keys(json.loads(path.read_text(encoding="utf-8")))
        if says_something(key.holder[key.name], key.path)
    }
    assert kept - met == set()


def test_the_table_of_cases_names_every_fixture() -> None:
    table = (HERE / "README.md").read_text(encoding="utf-8").partition("## portal")[0]
    assert sorted(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == [path.stem for path in FIXTURES]
