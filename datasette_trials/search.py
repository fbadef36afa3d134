"""What a search asks for: the text of a query -> its clauses -> an expression for FTS5. Pure; no text is malformed.

Words must all be found, anywhere but in names of sites, summaries and criteria. `"..."` is a phrase, `word*` how a word
begins; `-word` or `NOT word` must not be found; of two with `OR` between one is enough; `condition:word` is looked for
in that field. Whatever else is written is words: an expression is built of quoted strings only, so FTS5 never sees a
user's syntax.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from pipelines.names import folded

FIELDS: dict[str, tuple[str, ...]] = {  # what a person writes -> columns of the index
    "condition": ("condition", "condition_mesh"),
    "intervention": ("intervention", "other_name", "intervention_mesh"),
    "sponsor": ("sponsor",),
    "place": ("place", "facility"),
    "id": ("number",),
    "title": ("title", "official_title"),
    "keyword": ("keyword",),
}
# Asked for by name only, and answered by the full-text tables of the texts: whoever excludes diabetics mentions them.
TEXTS = ("summary", "criteria", "inclusion", "exclusion")
HEADINGS = ("condition_mesh", "intervention_mesh")  # the register's words, not the sponsor's: not in an exact search
# Only where asked for: a Heart & Lung Clinic is a site of many trials of neither, and the headings above those that a
# trial is given are found by a whole heading.
BY_NAME = ("facility", "condition_broader", "intervention_broader")
BEST = ("title", "condition", "intervention")  # where a hit says what a trial is about
MOST_TERMS = 32  # of a query; what follows is not searched, and the page says so
MOST_WORDS_OF_A_NAME = 6
TERM = re.compile(
    rf"""(?P<minus>-)?(?:(?P<field>{"|".join((*FIELDS, *TEXTS))}):\s*)?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))""",
    re.IGNORECASE,
)


class Term(NamedTuple):
    """Words to be found together, in one field or (None) everywhere."""

    words: str
    field: str | None = None
    phrase: bool = False
    prefix: bool = False
    negated: bool = False


class OtherName(NamedTuple):
    """A name to search as well: a register's heading (`mesh`), an alias, or what an abbreviation stands for."""

    how: str
    field: str
    other: str


class Clause(NamedTuple):
    """Enough of which must be found: one of `terms` (joined by OR), or, for the words of a known name, all of them or
    one of its `others`."""

    terms: tuple[Term, ...]
    others: tuple[OtherName, ...] = ()

    @property
    def name(self) -> str:
        return " ".join(term.words for term in self.terms)


class Query(NamedTuple):
    clauses: tuple[Clause, ...] = ()
    without: tuple[Term, ...] = ()
    texts: tuple[Term, ...] = ()  # terms in summaries and criteria
    left_out: int = 0  # terms beyond the limit

    def __bool__(self) -> bool:
        return bool(self.clauses or self.without or self.texts)


# --- reading what was written ---------------------------------------------------------------------------------------


def parse(text: str, fields: Mapping[str, str] | None = None) -> Query:
    """The query that a text, and the texts of single fields (by the names of FIELDS and TEXTS), ask for."""
    alternatives: list[list[Term]] = []
    for field, words in ((None, text), *(fields or {}).items()):
        joined = False
        for term in _terms(words, field):
            if term is None:
                joined = bool(alternatives)
            elif joined and not term.negated and term.field not in TEXTS and alternatives[-1][0].field not in TEXTS:
                alternatives[-1].append(term)
                joined = False
            else:
                alternatives.append([term])
                joined = False
    kept = alternatives[:MOST_TERMS]
    single = [group[0] for group in kept if len(group) == 1]
    return Query(
        tuple(Clause(tuple(group)) for group in kept if not group[0].negated and group[0].field not in TEXTS),
        tuple(term for term in single if term.negated and term.field not in TEXTS),
        tuple(term for term in single if term.field in TEXTS),
        len(alternatives) - len(kept),
    )


def _terms(text: str, field: str | None) -> Iterable[Term | None]:
    """The terms of a text; None for OR. What has no letter or digit is no term."""
    negated = False
    for found in TERM.finditer(text.replace("\x00", " ")):
        word, phrase = found["word"], found["phrase"]
        if word in ("AND", "OR", "NOT") and not found["field"] and not found["minus"]:
            negated = word == "NOT"
            if word == "OR":
                yield None
            continue
        words = folded(phrase if phrase is not None else word)
        if words:
            yield Term(
                words,
                (found["field"] or field or "").lower() or None,
                phrase is not None or " " in words,
                phrase is None and word.endswith("*"),
                negated or bool(found["minus"]),
            )
            negated = False


# --- widening -------------------------------------------------------------------------------------------------------


def names_in(query: Query) -> set[str]:
    """Every run of words, folded, that may be a known name: what to look up in `other_names`."""
    found: set[str] = set()
    for run in _runs(query):
        words = [clause.terms[0].words for clause in run]
        for start in range(len(words)):
            for end in range(start + 1, min(start + MOST_WORDS_OF_A_NAME, len(words)) + 1):
                found.add(" ".join(words[start:end]))
    return found


def widened(query: Query, known: Mapping[str, Iterable[OtherName]]) -> Query:
    """The query with the longest known names in it joined, each with its other names in the field it stands in."""
    clauses: list[Clause] = []
    for run in _runs(query):
        if not _is_plain(run[0]):
            clauses += run
            continue
        start = 0
        while start < len(run):
            for end in range(min(start + MOST_WORDS_OF_A_NAME, len(run)), start, -1):
                terms = tuple(clause.terms[0] for clause in run[start:end])
                others = known.get(" ".join(term.words for term in terms), ())
                fitting = tuple(other for other in others if terms[0].field in (None, other.field))
                if fitting or end == start + 1:
                    clauses.append(Clause(terms, fitting) if fitting else run[start])
                    start = end
                    break
    return query._replace(clauses=tuple(clauses))


def _runs(query: Query) -> list[list[Clause]]:
    """The clauses in runs of plain words of one field that may name a condition or an intervention; others alone."""
    runs: list[list[Clause]] = []
    for clause in query.clauses:
        plain, field = _is_plain(clause), clause.terms[0].field
        if plain and runs and _is_plain(runs[-1][-1]) and runs[-1][-1].terms[0].field == field:
            runs[-1].append(clause)
        else:
            runs.append([clause])
    return runs


def _is_plain(clause: Clause) -> bool:
    term = clause.terms[0]
    single = len(clause.terms) == 1 and not (term.phrase or term.prefix)
    return single and term.field in (None, "condition", "intervention")


# --- FTS5 -----------------------------------------------------------------------------------------------------------


def expression(query: Query, exact: bool = False) -> str | None:
    """The query as FTS5 has it, but for what must not be found; None where nothing must be found."""
    wanted = [_clause(clause, exact) for clause in query.clauses]
    if not wanted:
        return None
    return " AND ".join(wanted)


def best_first(query: Query) -> list[str]:
    """Expressions for the better part of what is found, the best first: the words as they stand, one after the other,
    in title, condition or intervention; then all of them there, in any order."""
    phrases: list[str] = []
    for run in _runs(query._replace(clauses=_single(query))):
        words, field = " ".join(clause.terms[0].words for clause in run), run[0].terms[0].field
        phrases.append(_inside(quoted(words)) if _is_plain(run[0]) and field is None else _anywhere(run))
    everywhere = [_inside(_words(clause.terms[0])) if clause.terms[0].field is None and len(clause.terms) == 1
                  else _anywhere([clause]) for clause in _single(query)]  # fmt: skip
    found = [" AND ".join(phrases), " AND ".join(everywhere)]
    return list(dict.fromkeys(found)) if query.clauses else []


def _single(query: Query) -> tuple[Clause, ...]:
    """The clauses as they were written, without other names."""
    return tuple(
        one for clause in query.clauses for one in ([Clause((t,)) for t in clause.terms] if clause.others else [clause])
    )


def _inside(words: str) -> str:
    return f"{{{' '.join(BEST)}}} : {words}"


def _anywhere(run: list[Clause]) -> str:
    return " AND ".join(_clause(clause, False) for clause in run)


def unwanted(query: Query, exact: bool = False) -> str | None:
    """What must not be found."""
    return " OR ".join(_term(term, exact) for term in query.without) or None


def texts_expression(term: Term) -> str:
    """A term for the full-text tables of summaries and criteria."""
    return _words(term)


def _clause(clause: Clause, exact: bool) -> str:
    if not clause.others:
        return f"({' OR '.join(_term(term, exact) for term in clause.terms)})"
    together = " AND ".join(_term(term, exact) for term in clause.terms)
    return f"(({together}) OR {' OR '.join(map(_other, clause.others))})"


def _term(term: Term, exact: bool) -> str:
    headings = HEADINGS if exact else ()
    if not term.field:
        return f"- {{{' '.join((*BY_NAME, *headings))}}} : {_words(term)}"
    return f"{{{' '.join(column for column in FIELDS[term.field] if column not in headings)}}} : {_words(term)}"


def _other(name: OtherName) -> str:
    """A heading is found at the trials it is given to and, above theirs, at those with a narrower one."""
    columns = (f"{name.field}_mesh", f"{name.field}_broader") if name.how == "mesh" else FIELDS[name.field]
    return f"{{{' '.join(columns)}}} : {quoted(folded(name.other))}"


def _words(term: Term) -> str:
    return quoted(term.words) + (" *" if term.prefix else "")


def quoted(words: str) -> str:
    """Words as one FTS5 string: a phrase."""
    return '"' + words.replace('"', '""') + '"'
