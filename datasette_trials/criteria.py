"""Eligibility criteria as a page shows them: by kind and heading, nested as their author did, with their limits marked
inside the text. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from datasette_trials.reading import Row
from datasette_trials.wording import limit_note

KINDS = {"inclusion": "Inclusion", "exclusion": "Exclusion", "unspecified": "Eligibility, not divided by the source"}
DEEPEST = 12  # levels that are set in; the deepest of 2,558 real trials has 5. Those below stand beside their parent.


class Piece(NamedTuple):
    """A part of a criterion's text; `notes` tell of the limits that it states."""

    text: str
    notes: tuple[str, ...] = ()


class Node(NamedTuple):
    """One criterion and those that stand under it."""

    id: int
    pieces: tuple[Piece, ...]
    boilerplate: bool
    below: list[Node]


class Group(NamedTuple):
    """Criteria of one kind under one heading of their author."""

    heading: str | None
    nodes: list[Node]


class Kind(NamedTuple):
    kind: str
    title: str
    size: int
    groups: list[Group]


def pieces(text: str, limits: Iterable[Row]) -> tuple[Piece, ...]:
    """The text cut where its limits are stated. Limits whose words overlap share a piece; one whose words do not stand
    in the text is left out here, and is still a row of the table."""
    spans: list[list[int]] = []
    notes: list[list[str]] = []
    found = [(at, limit) for limit in limits if limit["text"] and (at := text.find(limit["text"])) >= 0]
    for at, limit in sorted(found, key=itemgetter(0)):
        end = at + len(limit["text"])
        if spans and at < spans[-1][1]:
            spans[-1][1] = max(end, spans[-1][1])
            notes[-1].append(limit_note(limit))
        else:
            spans.append([at, end])
            notes.append([limit_note(limit)])
    parts: list[Piece] = []
    done = 0
    for (start, end), told in zip(spans, notes, strict=True):
        parts += [Piece(text[done:start]), Piece(text[start:end], tuple(dict.fromkeys(told)))]
        done = end
    return tuple(part for part in (*parts, Piece(text[done:])) if part.text)


def kinds(criteria: Sequence[Row], thresholds: Iterable[Row]) -> list[Kind]:
    """The criteria of a trial, inclusion before exclusion, each kind in the author's order."""
    limits: defaultdict[int, list[Row]] = defaultdict(list)
    for limit in thresholds:
        limits[limit["criterion_id"]].append(limit)
    nodes = {
        row["id"]: Node(row["id"], pieces(row["text"] or "", limits[row["id"]]), bool(row["boilerplate"]), [])
        for row in criteria
    }
    tops: list[Row] = []
    lists: dict[int, list[Node]] = {}  # where those under a criterion are put
    for row in criteria:  # a criterion comes after the one that it stands under
        node, here = nodes[row["id"]], lists.get(row["parent_id"])
        if here is None:
            tops.append(row)
        else:
            here.append(node)
        lists[row["id"]] = node.below if here is None or row["level"] < DEEPEST else here
    told: list[Kind] = []
    for kind in sorted({row["kind"] for row in criteria}, key=[*KINDS].index):
        mine = [row for row in tops if row["kind"] == kind]
        groups = [
            Group(heading, [nodes[row["id"]] for row in rows])
            for heading, rows in groupby(mine, key=lambda row: row["heading"])
        ]
        told.append(Kind(kind, KINDS[kind], sum(row["kind"] == kind for row in criteria), groups))
    return told
