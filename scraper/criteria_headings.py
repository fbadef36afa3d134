"""What a line of an eligibility text is besides a criterion: section heading, label, lead-in, boilerplate. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

from scraper.criteria_words import GENERIC_WORDS, PLAIN_WORDS


class Heading(NamedTuple):
    """A section heading: the kind it opens, its words where they say more, the text after it, and its colon."""

    kind: str
    label: str | None
    rest: str
    colon: bool


CORE = re.compile(r"\b(non[- ]?)?(in|ex)clusion", re.IGNORECASE)
# "Cohort D (fourth line, colorectal carcinoma) - specific inclusion criteria:": long, but nothing comes after it.
ENDING = re.compile(r"(?P<label>[^.;]{0,200}\b(?:in|ex)clusion criteria)\s?(?P<stop>:)", re.IGNORECASE)
# "Inclusion Criteria Age 18 or older. ...": a heading with neither colon nor line end after it.
OPENING = re.compile(
    r"(?P<label>(?:Key |Main |Major )?(?:In|Ex|IN|EX)(?:clusions?|CLUSIONS?) [Cc](?:riteria|RITERIA)"
    r"(?: (?:for|of)(?: [\w/-]+){1,5}(?= 1[.)]))?)\s+(?=[A-Z0-9(≥≤<>])"
)
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
HEAD = re.compile(
    r"[^\w(]*(?:(?:\d{1,2}(?:\.\d{1,2})*[.)]?|[a-z]{1,4}[.)]|[ivx]{1,4}\.\d{1,2})\s+)?"
    r"(?P<label>(?:[^\s:.;]+\s+){0,9}?\(?(?:non[- ]?)?(?:inclusion|exclusion)s?(?![a-z])\)?(?:[ _-]*crit[a-z]{3,7}\b)?"
    r"[^:.;]{0,90}?)\s*"
    r"(?P<stop>[:：]+[\s\-–—]*|[.;,*]*\s*[-–—]*\s*$|\s[-–—]+\s)",
    re.IGNORECASE,
)
NEUTRAL = re.compile(
    r"(?P<label>(?:\w+ ){0,2}(?:eligibility|selection|entry) criteri(?:a|on))\s*(?P<stop>:|$)", re.IGNORECASE
)
# A section heading in the middle of a paragraph: always capital and always with its colon.
MIDDLE = re.compile(
    r"\s((?:(?:Key|Main|Major|Other|General|Specific|Donor|Recipient) )?"
    r"(?:Inclusion|Exclusion|INCLUSION|EXCLUSION) (?:Criteri(?:a|on)|criteri(?:a|on)|CRITERI(?:A|ON))\s?:)"
)
# ... or at its very end, in capitals, where no word before it makes it part of the sentence.
LAST = re.compile(
    r"\s(?<!\bthe\s)(?<!\bany\s)(?<!\ball\s)(?<!\bor\s)(?<!\band\s)(?<!\bof\s)(?<!\bin\s)(?<!\bto\s)(?<!\bper\s)(?<!\bmeet\s)"
    r"(?<!\bmeets\s)(?<!\bstudy\s)(?<!\bother\s)(?<!\bthese\s)(?<!\bsee\s)(?<!\bboth\s)(?<!\beach\s)"
    r"((?:Inclusion|Exclusion) Criteria|(?:INCLUSION|EXCLUSION) CRITERIA)\Z"
)
# A line about criteria, not a heading over them.
SENTENCE = re.compile(
    r"\b(?:meets?|met|meeting|fulfil\w*|satisf\w*|apply|applies|according to|do(?:es)? not|did not|any|no|will be|per|"
    r"mentioned|stated|contraindication\w*|with(?:out)?|who|prior to|their|inclusion of|exclusion of|after)\b|"
    r"\w the (?:in|ex)clusion",
    re.IGNORECASE,
)
NEGATED = re.compile(
    r"\b(?:exclud\w+|exclusions?|ineligible|(?:not|cannot|never) (?:be )?(?:eligible|included|enroll?\w*|admitted|"
    r"participate|qualify|allowed|recruited)|none of|must not|not have)\b",
    re.IGNORECASE,
)
AFFIRMED = re.compile(
    r"\b(?:include[ds]?|eligible|enroll?(?:ed|ing)?|qualif\w+|participate|recruit(?:ed)?|inclusion)\b", re.IGNORECASE
)
CONDITION = re.compile(
    r"\b(?:of the following|one|two|three|least|includ\w+|who|with|without|must|have|has|had|history|defined|such as|"
    r"any|either|not?|within|prior to|should|confirmed|requir\w+|evidence|if|by|known|suspected|following)\b|"
    r"\b(?:of|to|and|or|for)\s?[:：]|[<>≤≥=%;,]",
    re.IGNORECASE,
)
ROMAN_NUMBER = re.compile(r"\b[IVX]+\b")
NUMBERED_GROUP = re.compile(
    r"\W*(?:\w+ )?(?:group|cohort|part|arm|phase|stage|sample|study|sub-?study|step|aim|stratum|population|type)\b",
    re.IGNORECASE,
)
GROUP = re.compile(r"\b(?:group|cohort|arm)s?\b", re.IGNORECASE)
FOOTNOTE = re.compile(r"(?:\*+(?=\w)|[†‡#]\s?\w|\W*(?:note|notes|nb|n\.b)\b\s*\d?\s*[:.\-–])", re.IGNORECASE)
STANDING = re.compile(
    r"(?:not specified|not applicable|n/a|na|none|nil|see \"?(?:disease|patient|prior|above|below)[\w\s\"]*)\W*\Z",
    re.IGNORECASE,
)
OTHERS_APPLY = re.compile(
    r"(?:\W*(?:\w+[\s-]+){0,4}?)(?:other|additional|further|more)\b[\w\s/,()-]{0,80}\b(?:criteria|criterion|restrictions|"
    r"requirements|exclusions?|inclusions?)\b[\w\s,()-]{0,60}\b(?:apply|applies|applied)\b",
    re.IGNORECASE,
)


def section(line: str, *, marked: bool) -> Heading | None:
    """The section heading that begins the line, None when it begins none. `marked`: the line has a list marker."""
    start = line[:200].lower()
    if "clusion" not in start:
        return neutral(line) if "criteri" in start else None
    match = HEAD.match(line[:400])
    if match is None or not believable(match, line, marked):
        match = ENDING.fullmatch(line) or OPENING.match(line)
    if not match or OTHERS_APPLY.match(line[:300]):
        return None
    label = match["label"].strip()
    kinds = {"exclusion" if core[1] or core[2].lower() == "ex" else "inclusion" for core in CORE.finditer(label)}
    kind = kinds.pop() if len(kinds) == 1 else "unspecified"
    if kind == "inclusion" and NEGATED.search(label):
        kind = "exclusion"  # "ineligible for inclusion if:"
    rest = line[match.end() :].strip()
    return Heading(kind, None if plain(label) else label, rest, ":" in line[: match.end()])


def believable(match: re.Match[str], line: str, marked: bool) -> bool:
    """Whether what looks like a section heading is one, and no criterion that speaks of inclusion or exclusion."""
    label, stop = match["label"], match["stop"]
    named = "crit" in label.lower()
    words = len(label.split())
    limit = (13 if label[2:8].lower() == "clusio" else 10) if named else 2 if marked else 4
    core = CORE.search(label)
    before = label[: core.start()] if core else ""
    if stop[:1] in (":", "："):
        if len(before.split()) > 5 and foreign(before) > 4:
            return False
        return named or words <= (3 if marked else 12)
    if (SENTENCE.search(label) and not label.isupper()) or words > limit or (marked and len(before.split()) > 3):
        return False
    return named or match.end() >= len(line)  # "Exclusion - text" is a criterion more often


def neutral(line: str) -> Heading | None:
    """A heading that names no kind: "Eligibility Criteria:"."""
    match = NEUTRAL.match(line[:200])
    if not match:
        return None
    label = match["label"]
    return Heading("unspecified", None if plain(label) else label, line[match.end() :].strip(), match["stop"] == ":")


def plain(label: str) -> bool:
    """Whether a section heading says no more than its kind."""
    return all(word.lower() in PLAIN_WORDS for word in WORD.findall(label))


def foreign(text: str) -> int:
    """How many words of a lead-in are not generic; none when it only says that a list follows."""
    return sum(word.lower() not in GENERIC_WORDS for word in WORD.findall(text[:400]))


def lead_in_kind(text: str) -> str | None:
    """The kind that a lead-in's verb opens ("... will be excluded if:"), None when it opens none."""
    if len({core[2].lower() for core in CORE.finditer(text)}) == 2:
        return None
    if NEGATED.search(text):
        return "exclusion"
    return "inclusion" if AFFIRMED.search(text) else None


def is_label(text: str) -> bool:
    """Whether an unmarked line before a list is a bare label: a cohort, a group or a PDQ heading."""
    words = len(text.split())
    return (words <= 9 and len(text) < 120 and not CONDITION.search(text)) or (words <= 6 and text.isupper())


def is_bare_label(text: str) -> bool:
    """Whether a line with nothing after it, not even a colon, is a label: "Age", "Group 2"; not "NYHA class II"."""
    longest = 8 if GROUP.search(text) else 4
    if (len(text.split()) > longest and not text.isupper()) or text[-1] in ".;,)":
        return False
    has_number = any(char.isdigit() for char in text) or ROMAN_NUMBER.search(text)
    return is_label(text) and (not has_number or NUMBERED_GROUP.match(text) is not None) and not is_boilerplate(text)


def is_boilerplate(text: str) -> bool:
    """Whether a criterion is a footnote or a standing phrase ("Other criteria may apply", "Not specified")."""
    if FOOTNOTE.match(text):
        return True
    if len(text) < 60 and STANDING.match(text):
        return True
    return "appl" in text[:300] and OTHERS_APPLY.match(text[:300]) is not None
