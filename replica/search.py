"""Which studies of a world a request of the register's `/studies` asks for, and in which order."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from replica.essie import BadQuery, Test, parse, split_words
from replica.pieces import DATES, ENUMS, NUMBERS, PIECES, QUERIES, values_at
from replica.plan import course, iso, nct_id, stream
from replica.world import World

NCT = re.compile(r"NCT0*([1-9]\d{0,7})\Z", re.IGNORECASE)
MOST_VIEWS = 5000  # studies whose texts are kept between requests; a hundred megabytes
FACETS: dict[str, tuple[str, dict[str, str]]] = {
    "status": ("OverallStatus", {
        "rec": "RECRUITING", "not": "NOT_YET_RECRUITING", "act": "ACTIVE_NOT_RECRUITING", "com": "COMPLETED",
        "ter": "TERMINATED", "enr": "ENROLLING_BY_INVITATION", "sus": "SUSPENDED", "wit": "WITHDRAWN", "unk": "UNKNOWN",
    }),
    "phase": ("Phase", {"0": "EARLY_PHASE1", "1": "PHASE1", "2": "PHASE2", "3": "PHASE3", "4": "PHASE4", "NA": "NA"}),
    "sex": ("Sex", {"f": "FEMALE", "m": "MALE"}),
    "ages": ("StdAge", {"child": "CHILD", "adult": "ADULT", "older": "OLDER_ADULT"}),
    "results": ("HasResults", {"with": "true", "without": "false"}),
    "studyType": ("StudyType", {"int": "INTERVENTIONAL", "obs": "OBSERVATIONAL", "exp": "EXPANDED_ACCESS"}),
}  # fmt: skip


def canonical(identifier: str) -> str:
    """An id in its full form: `nct1` is NCT00000001. Raises BadQuery when it is none."""
    match = NCT.match(identifier.strip())
    if not match:
        raise BadQuery(f"Invalid NCT number `{identifier}`: incorrect format")
    return f"NCT{int(match[1]):08d}"


def listed(text: str) -> list[str]:
    """The elements of a list parameter: commas or bars between them."""
    return [each.strip() for each in re.split(r"[,|]", text) if each.strip()]


class StudyView:
    """One study as queries see it. Cheap facts come without making the study; texts are read once and kept."""

    def __init__(self, world: World, index: int) -> None:
        self.world, self.index = world, index
        self._texts: dict[str, tuple[str, ...]] = {}
        self._words: dict[str, frozenset[str]] = {}
        if not world.is_edited(index):
            known = course(stream(index, world.seed))
            self._texts = {
                "NCTId": (nct_id(index),),
                "NCTIdAlias": tuple(world.aliases(index)),
                "OverallStatus": (known.status,),
                "LastUpdatePostDate": (iso(known.last),),
                "StudyFirstPostDate": (iso(known.first),),
            }

    def texts(self, piece: str) -> tuple[str, ...]:
        if piece not in self._texts:
            study = self.world.study(self.index)
            self._texts = {name: tuple(map(wording, values_at(study, path))) for name, path in PIECES.items()}
        return self._texts[piece]

    def values(self, piece: str) -> tuple[str, ...]:
        return self.texts(piece)

    def words(self, piece: str) -> frozenset[str]:
        if piece not in self._words:
            self._words[piece] = frozenset(word for text in self.texts(piece) for word in split_words(text))
        return self._words[piece]


def wording(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


class Search:
    """Finds studies; remembers what it found while the world stands still."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._day = world.day
        self._views: dict[int, StudyView] = {}
        self._found: dict[tuple[tuple[str, str], ...], Sequence[int]] = {}

    def view(self, index: int) -> StudyView:
        if index not in self._views:
            if len(self._views) >= MOST_VIEWS:
                return StudyView(self.world, index)
            self._views[index] = StudyView(self.world, index)
        return self._views[index]

    def find(self, parameters: dict[str, str]) -> Sequence[int]:
        """The indexes of the studies asked for, in order. Without a query: a range, nothing is scanned."""
        if self._day != self.world.day:
            self._day = self.world.day
            self._views.clear()
            self._found.clear()
        key = tuple(sorted((name, value) for name, value in parameters.items() if name not in PAGING))
        if key not in self._found:
            if len(self._found) > 50:
                self._found.clear()
            self._found[key] = self._sorted(self._matching(dict(key)), parameters.get("sort", ""))
        return self._found[key]

    def _matching(self, parameters: dict[str, str]) -> Sequence[int]:
        queries = {name: value for name, value in parameters.items() if name.startswith("query.") and value.strip()}
        only_ids = next(
            (value for value in queries.values() if all(map(NCT.match, re.split(r"[,\s]+", value.strip())))), None
        )
        if only_ids is not None:  # the register then ignores the filters
            return self._by_ids(re.split(r"[,\s]+", only_ids.strip()))
        tests = [parse(value, *QUERIES[name.removeprefix("query.")]) for name, value in queries.items()]
        for prefix in ("filter.", "postFilter."):
            tests += self._filters(
                {name.removeprefix(prefix): text for name, text in parameters.items() if name.startswith(prefix)}
            )
        tests += facets(parameters.get("aggFilters", ""))
        ids = [each for name in ("filter.ids", "postFilter.ids") for each in listed(parameters.get(name, ""))]
        candidates = self._by_ids(ids) if ids else self.world.present()
        if not tests:
            return candidates
        return [index for index in candidates if all(test(self.view(index)) for test in tests)]

    def _by_ids(self, identifiers: list[str]) -> list[int]:
        """Looks in ids and aliases; unknown ids are just missing, one malformed id fails the whole list."""
        found = (self.world.find(each)[0] for each in [canonical(identifier) for identifier in identifiers])
        return list(dict.fromkeys(index for index in found if index is not None))

    def _filters(self, filters: dict[str, str]) -> list[Test]:
        tests: list[Test] = []
        if "geo" in filters:
            raise BadQuery("filter.geo is not supported by this replica")
        if wanted := listed(filters.get("overallStatus", "")):
            for each in wanted:
                if each not in ENUMS["OverallStatus"]:
                    raise BadQuery(f"Invalid value in parameter `overallStatus`: `{each}`")
            tests.append(lambda view: view.values("OverallStatus")[0] in wanted)
        if filters.get("advanced"):
            tests.append(parse(filters["advanced"], "BasicSearch", "advanced filter"))
        return tests

    def _sorted(self, found: Sequence[int], wanted: str) -> Sequence[int]:
        """Sorted by up to two keys; studies without a value come last, whatever the direction."""
        keys = listed(wanted)
        if len(keys) > 2:
            raise BadQuery("Parameter `sort` has incorrect format: at most 2 fields")
        for key in reversed(keys):
            field, _, direction = key.partition(":")
            if field == "@relevance":
                continue
            if field in PIECES and field not in DATES | NUMBERS:
                raise BadQuery("Unsupported sort field type: text")
            if field not in PIECES or direction not in ("", "asc", "desc"):
                raise BadQuery(f"Parameter `sort` has incorrect format: `{key}`")
            descending = direction == "desc" or (not direction and field in DATES)
            found = self._by_field(found, field, descending)
        return found

    def _by_field(self, found: Sequence[int], field: str, descending: bool) -> list[int]:
        order: Callable[[str], Any] = float if field in NUMBERS else str
        values = {index: self.view(index).values(field) for index in found}
        known = [index for index in found if values[index]]
        known.sort(key=lambda index: order(values[index][0]), reverse=descending)
        return known + [index for index in found if not values[index]]


PAGING = {"pageToken", "pageSize", "countTotal", "fields", "format", "markupFormat", "geoDecay"}


def facets(text: str) -> list[Test]:
    """`aggFilters`: an unknown facet is refused, an unknown option finds nothing."""
    tests: list[Test] = []
    for each in listed(text):
        facet, _, options = each.partition(":")
        if facet not in FACETS:
            raise BadQuery(f"Invalid value in parameter `aggFilters`: `{facet}`")
        piece, known = FACETS[facet]
        wanted = {known[option] for option in options.split() if option in known}
        tests.append(any_of(piece, wanted))
    return tests


def any_of(piece: str, wanted: set[str]) -> Test:
    """Whether a piece of a study has one of the wanted values."""
    return lambda view: not wanted.isdisjoint(view.values(piece))
