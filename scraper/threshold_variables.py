"""The variables that criteria set limits on, and how they are named. Pure.

A name is looked up by the word it begins with, so that a text costs one look for each of its words; one expression of
all names would try each of them at every letter.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from scraper.criteria_words import words

# Variable, first words of its names, and what may follow there. The order decides: "hemoglobin A1c" comes before
# "hemoglobin". None: a name that looks like a variable and is none, or another quantity that takes the next number.
NAMES: tuple[tuple[str | None, str, str], ...] = (
    (None, "fev fev1", r"fev_?1?\)?\s?/\s?\(?(?:f?vc|svc|forced)"),
    (None, "forced", r"forced expiratory (?:volume|flow)[\w\s()]{0,30}\s?/"),
    (None, "albumin", r"albumin[\s/-]{1,3}(?:to[\s-])?(?:creatinine|globulin)"),
    (None, "protein", r"protein[\s/-]{1,3}(?:to[\s-])?creatinine"),
    (None, "urine urinary", r"\w+ (?:protein|albumin|creatinine|wbc|leukocytes?)"),
    (None, "creatine creatinine", r"creatin(?:in)?e (?:phospho)?kinase|creatinine ratio"),
    (None, "leukocyte", r"leukocyte antigen"),
    (None, "bone mental legal reproductive childbearing middle", r"\w+[\s-]age"),
    (None, "child", r"child[\s-]?bearing(?: age)?"),
    (
        None,
        "age",
        r"age[\s-](?:adjusted|matched|related|appropriate|specific|group|of (?:majority|consent|onset|menopause)|"
        r"at (?:diagnosis|onset|menopause))",
    ),
    (None, "birth", r"birth[\s-]?weight"),
    (None, "low", r"low[\s-]molecular[\s-]weight"),
    (None, "weight", r"weight[\s-](?:loss|gain|bearing|change|reduction|control|for)"),
    (None, "psa", r"psa (?:doubling|density|velocity|progression|increase)"),
    (None, "hemoglobin hb haemoglobin", r"(?:ha?emoglobin|hb)[\s-]?(?:ss?|f|c|sc)\b"),
    (None, "pulmonary", r"pulmonary (?:arter\w+ )?(?:systolic |diastolic |wedge )?(?:blood )?pressure"),
    (None, "end", r"end[\s-](?:dia|sy)stolic \w+"),
    (None, "pa rv right", r"(?:pa|rv|right ventric\w+) systolic(?: pressure)?"),
    (None, "systolic", r"systolic (?:pulmonary|diameter|dimension|volume|dysfunction|function|heart)"),
    (None, "diastolic", r"diastolic (?:diameter|dimension|volume|dysfunction|function|heart)"),
    (None, "heart", r"heart rate variability"),
    (None, "platelet", r"platelet (?:transfusion|aggregation|inhibit\w*|function)"),
    ("hba1c", "glycosylated glycated glycosolated", r"\w+\sha?emoglobin(?:\s?a1c)?"),
    ("hba1c", "hemoglobin haemoglobin hb hgb", r"(?:ha?emoglobin|hb|hgb)[\s,_-]{0,2}a[\s_]?1(?:[\s_-]?c)?\b"),
    ("hba1c", "hba1c hba1 a1c hbalc", r"\w+"),
    ("creatinine_clearance", "creatinine creat cr", r"(?:creatinine|creat\.?|cr)[\s-]clearance|cr\.?\s?cl\b"),
    ("creatinine_clearance", "crcl clcr ccr clearance", r"crcl|clcr|ccr|clearance of creatinine"),
    ("egfr", "egfr gfr glomerular", r"e?gfr|glomerular filtration(?: rate)?"),
    ("creatinine", "creatinine scr", r"creatinine(?: levels?)?|scr\b"),
    ("gestational_age", "gestational gestation", r"gestational[\s-]ages?|gestation(?:al)?\b"),
    ("life_expectancy", "life lifespan", r"life[\s-]?(?:expectanc(?:y|ies)|span)|lifespan"),
    (
        "life_expectancy",
        "expected anticipated estimated projected predicted survival",
        r"(?:expected|anticipated|estimated|projected|predicted) (?:survival|lifespan|life span)(?: time)?|"
        r"survival expectancy",
    ),
    ("bmi", "bmi body quetelet", r"bmi|body[\s-]?mass[\s-]?index|quetelet(?: index)?"),
    (
        "weight",
        "body weight weigh weighs weighing weighed bodyweight",
        r"body\s?weights?|weights?\b|weigh(?:s|ing|ed)?\b",
    ),
    (
        "karnofsky",
        "karnofsky karnovsky kps karnosfky",
        r"[a-z]+(?:[\s(]{1,2}kps\)?)?(?:\sperformance)?(?:\s(?:status|scale|score|index))?",
    ),
    ("lansky", "lansky lanksy", r"[a-z]+(?:\splay)?(?:[\s-]performance)?(?:\s(?:status|scale|score|index))?"),
    ("ecog", "ecog eastern zubrod", r"ecog|eastern coo?perative oncology group|zubrod"),
    (
        "ecog",
        "who world performance ps",
        r"who (?:performance|ps\b)|world health organi[sz]ation \(?who\)? performance|performance status|"
        r"ps\b(?=\s?(?:of\s)?[0-4≤<=])",
    ),
    ("asa", "asa american", r"asa\b(?:[\s-]ps\b)?|american society of ana?esthesi\w+"),
    ("nyha", "nyha new", r"nyha|new york heart association"),
    ("mmse", "mmse mini", r"mmse|mini[\s-]?mental(?: state)?(?: exam\w*)?"),
    (
        "lvef",
        "lvef lv ejection ef left",
        r"lvef|lv\s?(?:ef\b|ejection fraction)|left ventricular ejection fraction|ejection fraction|"
        r"(?<![-\w])ef\b(?!\s?(?:domain|score|subscale|of the|section))",
    ),
    ("systolic_bp", "systolic sbp", r"systolic(?: (?:arterial )?(?:blood )?(?:pressure|bp\b))?|sbp\b"),
    ("diastolic_bp", "diastolic dbp", r"diastolic(?: (?:arterial )?(?:blood )?(?:pressure|bp\b))?|dbp\b"),
    ("bp", "blood bp", r"blood[\s-]pressure|bp\b"),
    (
        "heart_rate",
        "heart hr pulse",
        r"heart[\s-]?rate|(?<!\d)(?<!\d\s)hr\b(?=[\s:]*[<>≤≥=\d(]|\sof\s)|pulse(?: rate)?\b(?! (?:ox|wave|pressure))",
    ),
    ("qtc", "qt qtc qtcf qtcb corrected", r"(?:corrected )?qt\s?c?\s?[fb]?\b(?: interval)?"),
    ("platelets", "platelet platelets plt plts thrombocyte thrombocytes", r"[a-z]+(?:[\s-]counts?)?"),
    (
        "anc",
        "anc absolute neutrophil neutrophils granulocyte granulocytes agc",
        r"anc\b|agc\b|(?:absolute )?(?:neutrophils?|granulocytes?)(?:[\s-]counts?)?",
    ),
    (
        "wbc",
        "wbc wbcs wbcc white leukocyte leukocytes leucocyte leucocytes",
        r"wbcs?\b|wbcc\b|white (?:blood )?(?:cells?|corpuscles?)|leu[ck]ocytes?(?: counts?)?",
    ),
    ("cd4", "cd4", r"cd4\+?"),
    ("lymphocytes", "lymphocyte lymphocytes", r"lymphocytes?(?: counts?)?"),
    ("hemoglobin", "hemoglobin haemoglobin hgb hb", r"[a-z]+"),
    ("inr", "inr international", r"inr\b|international normali[sz]ed ratio"),
    ("bilirubin", "bilirubin billirubin tbil bili tbl", r"[a-z]+"),
    ("alt", "alt sgpt alanine gpt", r"alt\b|sgpt\b|gpt\b|alanine[\s-]?\w*[\s-]?(?:trans|amino)\w*"),
    (
        "ast",
        "ast sgot aspartate got",
        r"ast\b|sgot\b|got\b(?=[\s/]*(?:[<>≤≥]|\(|and|or|gpt))|aspartate[\s-]?\w*[\s-]?(?:trans|amino)\w*",
    ),
    ("alp", "alp alkaline", r"alp\b|alkaline phosphatase"),
    ("albumin", "albumin", r"albumin"),
    ("glucose", "glucose sugar fpg fbg fbs", r"glucose|sugar|fpg\b|fbg\b|fbs\b"),
    ("ldl", "ldl low", r"ldl(?:[\s-]?c(?:holesterol)?\b)?|low[\s-]density lipoprotein(?: cholesterol)?"),
    ("triglycerides", "triglyceride triglycerides", r"[a-z]+"),
    ("potassium", "potassium", r"potassium"),
    ("crp", "crp hscrp c", r"(?:hs)?crp\b|c[\s-]reactive protein"),
    ("viral_load", "viral hiv hcv hbv", r"viral load|(?:hiv|hcv|hbv)(?:-1)?[\s-](?:1 )?[rd]na"),
    (
        "fev1",
        "fev fev1 forced",
        r"fev_?1?|forced expiratory (?:volume|flow)(?: (?:in|at) (?:one|1|the first) ?-?(?:s\b|second)?)?",
    ),
    ("dlco", "dlco tlco diffusing diffusion", r"dlco|tlco|diffus(?:ing|ion) capacity"),
    ("spo2", "spo2 sao2 sp o2 oxygen pulse", r"s[pa]o2|sp\so2|o2 sat\w*|oxygen saturation|pulse oximetry"),
    ("psa", "psa prostate", r"psa\b|prostate[\s-]specific antigen"),
    (
        "tumor_size",
        "tumor tumour lesion nodule size diameter",
        r"(?:tumou?r|lesion|nodule)s? (?:size|diameter)|(?:size|diameter) of (?:the )?(?:tumou?r|lesion)",
    ),
    (
        "prior_therapies",
        "prior previous preceding line lines",
        r"(?:prior|previous|preceding)\s(?:[\w-]+\s){0,3}?(?:lines?|regimens?|therap(?:y|ies)|treatments?)\b|"
        r"lines? of (?:[\w-]+\s){0,2}?(?:therapy|treatment|chemotherapy)",
    ),
    (
        None,
        "sodium calcium magnesium cholesterol hematocrit haematocrit hct lipase amylase cortisol tsh testosterone "
        "ferritin nt bnp probnp ntprobnp troponin uric phosphate phosphorus vitamin pao2 paco2 fio2 iop ptt aptt pt "
        "prothrombin eosinophil eosinophils ige temperature height waist urea bun insulin cpk ck ldh fsh distance iief "
        "dose dosage sensitivity thickness gradient reticulocyte reticulocytes fibrinogen blast blasts mpap pcwp fvc "
        "pvr hdl il respiratory ggt",
        r"\w+",
    ),
    ("age", "age aged ages", r"age[ds]?"),
)
TOKEN = re.compile(r"[a-z]+(?:(?:1c|1|2|4)(?!\d))?")
NOTHING = re.compile(r"[\s(),\[\]/;:-]{0,6}(?:score|status|scale|or|of|the|performance|level)?[\s(),\[\]]{0,3}")
# Words with which an age may be told without the word age: "adults over 18 years", "infants of 6 to 12 months".
AGES = words("year years yr yrs y yo older younger old child children infant infants toddlers babies")


def by_word() -> dict[str, list[tuple[re.Pattern[str], str | None]]]:
    """For each first word, the names that begin with it, in the order of the table."""
    found: dict[str, list[tuple[re.Pattern[str], str | None]]] = {}
    for variable, first_words, pattern in NAMES:
        compiled = re.compile(pattern)
        for word in first_words.split():
            found.setdefault(word, []).append((compiled, variable))
    return found


BY_WORD = by_word()
FIRST_WORDS = frozenset(BY_WORD)


class Mention(NamedTuple):
    """Where a variable is named; `variable` is None for a name that only looks like one."""

    start: int
    end: int
    variable: str | None


def mentions(low: str) -> tuple[list[Mention], bool]:
    """The variables that a lower-case text names, in order, and whether it may tell an age without naming it."""
    tokens = set(TOKEN.findall(low))
    aged = not AGES.isdisjoint(tokens)
    found: list[Mention] = []
    done = 0
    for place, word in occurrences(low, tokens & FIRST_WORDS):
        if place < done:
            continue
        for pattern, variable in BY_WORD[word]:
            match = pattern.match(low, place)
            if match:
                done = match.end()
                last = found[-1] if found else None
                if last and variable and last.variable == variable and NOTHING.fullmatch(low, last.end, place):
                    found[-1] = last._replace(end=done)
                else:
                    found.append(Mention(place, done, variable))
                break
    return found, aged


def occurrences(low: str, tokens: set[str]) -> list[tuple[int, str]]:
    """Where the words begin in a text, in order."""
    found = []
    for word in tokens:
        place = low.find(word)
        while place >= 0:
            end = place + len(word)
            if not (place and low[place - 1].isalpha()) and not low[end : end + 1].isalpha():
                found.append((place, word))
            place = low.find(word, place + 1)
    found.sort()
    return found
