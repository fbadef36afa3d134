"""Words of a trial for comparing it with others: the terms of its texts, and names of drugs and conditions made alike.

Pure, standard library only: the step that computes neighbours, the pages and the terminal read texts in the same way.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator

# The fields whose words are compared, in the order in which a reason names them.
FIELDS = ("title", "conditions", "interventions", "mesh", "keywords", "outcomes", "criteria", "text")

WORD = re.compile(r"[^\W_]{2,}")
LONGEST = 40_000  # characters of one text that are read; the longest eligibility text of 2,558 real ones has 19,559
# Function words. "No" and "not" stand here too: nearly every exclusion criterion has them.
STOP = frozenset(
    WORD.findall(
        """a about after all also an and any are as at be been before being between both but by can could did do
        does during each either etc for from had has have having he her his how if in into is it its less
        may might more most must no nor not of on only or other our out over own per she should since so
        some such than that the their them then there these they this those through to under until up
        upon use used using very was we were what when where whether which while who whom whose will with
        within without would you your"""
    )
)


def words(text: str) -> list[str]:
    """The words of a text in order, lower-cased, without function words; markup escapes are no words ("&lt;")."""
    text = html.unescape(text[:LONGEST]) if "&" in text else text[:LONGEST]
    return [word for word in WORD.findall(text.lower()) if word not in STOP]


def terms(lines: Iterable[str]) -> Iterator[str]:
    """The terms of a field: its words, and each pair of neighbouring words of one line, as "word word"."""
    for line in lines:
        found = words(line)
        yield from found
        yield from (f"{one} {other}" for one, other in zip(found, found[1:], strict=False))


# --- names ------------------------------------------------------------------------------------------------------------

DOSE = re.compile(
    r"(?<![\w-])\d[\d.,]*(?:\s*[-x]\s*\d[\d.,]*)*\s*(?:mcg|µg|μg|ug|mg|g|kg|ml|l|iu|units?|u|mmol|nmol|gy|cgy|ppm|%"
    r"|days?|weeks?|hours?|minutes?|times)(?:\s*/\s*(?:kg|m2|m\^2|m²|ml|l|day|d|h|hr|week))*(?![\w-])"
    r"|\b(?:day|week|cycle|arm|group|cohort)s?\s*\d+(?:\s*(?:-|to)\s*\d+)?\b",
    re.IGNORECASE,
)
# What a name says beside the substance: its form, route, dose and role.
BESIDE = frozenset(
    WORD.findall(
        """active administration aerosol bid bolus capsule capsules combination comparator control cream daily day
        dose doses drops drug extended extract film formulation gel group high immediate infusion inhaled
        inhalation inhaler injectable injection intramuscular intranasal intravenous intravitreal im iv
        liquid long low matched matching modified monotherapy nasal ointment once oral orally patch
        patches pill pills po powder prolonged qd release sc short solution spray standard study
        subcutaneous suspension sustained tablet tablets therapy tid topical transdermal treatment twice
        weekly"""
    )
)
# Salts, which end a name: "memantine hydrochloride" is memantine, "sodium oxybate" is not "oxybate".
SALTS = frozenset(
    WORD.findall(
        """acetate besylate bitartrate bromide calcium chloride citrate dihydrate dihydrochloride dimesylate
        disodium esylate fumarate hcl hemihydrate hydrobromide hydrochloride magnesium maleate malate
        mesylate monohydrate nitrate phosphate potassium sodium succinate sulfate sulphate tartrate
        tosylate trihydrate"""
    )
)
# Names that say that nothing in particular is given: sharing them makes no two trials alike.
SHAM = frozenset(("placebo", "placebos", "sham", "vehicle", "dummy"))
NOTHING = BESIDE | frozenset(
    WORD.findall(
        """background best blood care hcl nacl collection intervention list no none normal observation physiological
        questionnaire routine saline sample samples soc supportive survey usual waiting waitlist"""
    )
)
APART = re.compile(r"\s*(?:[/;+,&]|\bplus\b|\band\b|\bwith\b|\bor\b|\bfollowed by\b)\s*", re.IGNORECASE)
BRACKETS = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
LONGEST_NAME = 500
CODE = re.compile(r"\b([a-z]{1,5})[\s-]?(\d{2,})\b")


def plain(name: str) -> str:
    """A name in lower case, without accents, signs and double spaces: "Sjögren's" -> "sjogren s"."""
    text = "".join(each for each in unicodedata.normalize("NFKD", name.lower()) if not unicodedata.combining(each))
    return " ".join(re.sub(r"[^\w\s]|_", " ", text).split())


def key(name: str) -> str:
    """What two spellings of one name share: "Pre-Eclampsia" and "Preeclampsia" are one."""
    return plain(name).replace(" ", "")


def drug_names(name: str | None, other_names: Iterable[str] = ()) -> frozenset[str]:
    """The names under which an intervention may be known to another trial, made alike: without dose, form, route, salt
    and trade marks; the parts of a combination and what stands in brackets count as names. Empty for a placebo."""
    found: set[str] = set()
    for each in (name or "", *other_names):
        text = DOSE.sub(" ", re.sub("[®™©]", " ", each[:LONGEST_NAME]))
        outside = BRACKETS.sub(" ", text)
        inside = (part for within in BRACKETS.findall(text) for part in APART.split(within))
        for part in (outside, *APART.split(outside), *inside):
            if made := substance(part):
                found.add(made)
    return frozenset(found)


def substance(name: str) -> str:
    """A single name without what stands beside the substance; empty where nothing in particular remains."""
    said = plain(CODE.sub(r"\1\2", name.lower())).split()  # "BMS-936558" and "bms 936558" are one
    left = [word for word in said if word not in BESIDE and word not in STOP]
    if SHAM & set(said) or NOTHING.issuperset(left):
        return ""
    while left[-1] in SALTS and not SALTS.issuperset(left):
        left.pop()
    return " ".join(left) if len("".join(left)) >= 3 else ""


def listed(text: str | None) -> list[str]:
    """The strings of a JSON list as the tables keep it; none where it is NULL or no list."""
    try:
        found = json.loads(text or "[]")
    except ValueError:
        return []
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []
