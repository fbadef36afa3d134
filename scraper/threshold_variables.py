"""The variables that criteria set limits on, and how they are named. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

# Longer names first: "hemoglobin A1c" is no hemoglobin, "creatinine clearance" no creatinine. None: a name that looks
# like a variable and is none; it keeps the shorter name inside it from being found.
NAMES: tuple[tuple[str | None, str], ...] = (
    (None, r"fev[\s_]?1?\s?/\s?(?:f?vc|svc)|forced expiratory volume\s?(?:in (?:one|1) second)?\s?/\s?forced vital capacity|urine albumin|albumin[\s/-]{1,3}(?:to[\s-])?creatinine|albuminuria|urinary? (?:protein|albumin)|"
     r"protein[\s/-]{1,3}(?:to[\s-])?creatinine|creatinine (?:kinase|phosphokinase|ratio)|creatine kinase|bone age|mental age|age[\s-](?:adjusted|matched|related|appropriate|specific|group)|middle[\s-]age|legal age|"
     r"reproductive age|child[\s-]?bearing age|childbearing age|age of (?:majority|consent)|birth[\s-]?weight|low[\s-]molecular[\s-]weight|weight[\s-](?:loss|gain|bearing|change|reduction|stable|control)|age at (?:diagnosis|onset|menopause)|"
     r"(?:change|increase|decrease|reduction|drop|fall|loss|improvement|rise|decline|variation|difference|increment|reversibility|elevations?)s? (?:of|in|from)(?: the)?[\w\s]{0,20}\b(?:fev1|hba1c|creatinine|hemoglobin|weight|sbp|systolic|diastolic|blood pressure|bp|lvef|egfr|platelets?|heart rate|psa|bmi|dbp|ldl)\b|"
     r"psa doubling|hemoglobin[\s-]?s\b|hb\s?ss\b|hb\s?f\b|fetal hemoglobin|pulmonary (?:arter\w+ )?(?:systolic|diastolic) (?:blood )?pressure|systolic pulmonary|serum iron|transferrin|fasting plasma insulin|end[\s-]diastolic \w+|end[\s-]systolic \w+"),
    ("hba1c", r"(?:glycosylated|glycated|glycosolated)\s(?:ha?emoglobin)\b(?:\s?a1c)?|ha?emoglobin[\s,-]{0,2}a1-?c|hb\s?[-_]?a[\s_]?1[\s_-]?c|hgb\s?a1c|hba1|a1c\b"),
    ("creatinine_clearance", r"(?:creatinine|creat\.?|cr)[\s-]clearance|cr\.?\s?cl\b|clcr|ccr\b|clearance of creatinine"),
    ("egfr", r"(?:estimated\s)?(?:glomerular filtration(?: rate)?|e?gfr)\b"),
    ("creatinine", r"(?:serum |plasma )?creatinine(?: levels?)?|s\.?-?creatinine|scr\b"),
    ("gestational_age", r"gestational[\s-]ages?|weeks?'?\s(?:of\s)?gestation(?:al age)?|gestation(?:al)?\b|weeks pregnant|weeks of pregnancy"),
    ("life_expectancy", r"life[\s-]?expectanc(?:y|ies)|(?:expected|anticipated|estimated|projected|predicted) (?:survival|lifespan|life span)|life span|survival expectancy"),
    ("bmi", r"body[\s-]?mass[\s-]?index|\bbmi\b|quetelet"),
    ("weight", r"(?:total |dry |fetal )?body\s?weights?|\bweigh(?:s|ing|ed|t)?\b|fetal weight"),
    ("karnofsky", r"karno[fv]sky|\bkps\b"),
    ("lansky", r"lansky"),
    ("ecog", r"\becog\b|eastern cooperative oncology group|zubrod|who performance|who ps\b|world health organi[sz]ation \(?who\)? performance|(?<!karnofsky )(?<!lansky )performance status|\bps\b(?=\s?(?:of\s)?[0-4≤<=])"),
    ("asa", r"\basa\b(?![\s-]*[-/]?\s?\d{2,})|american society of an[a]?esthesi\w+|asa[\s-]ps"),
    ("nyha", r"\bnyha\b|new york heart association"),
    ("mmse", r"\bmmse\b|mini[\s-]?mental(?: state)?(?: exam\w*)?"),
    ("lvef", r"\blv\s?ef\b|(?:left ventric\w+ |lv )?ejection fraction|(?<![-\w])ef\b(?!\s?(?:domain|score|subscale|of the))"),
    ("systolic_bp", r"systolic(?: (?:arterial )?(?:blood )?(?:pressure|bp))?|\bsbp\b"),
    ("diastolic_bp", r"diastolic(?: (?:arterial )?(?:blood )?(?:pressure|bp))?|\bdbp\b"),
    ("bp", r"blood[\s-]pressure|\bbp\b"),
    ("heart_rate", r"(?:resting )?heart[\s-]?rate|(?<!\d)(?<!\d\s)\bhr\b(?=[\s:]*[<>≤≥=\d(]|\sof\s)|\bpulse(?: rate)?\b"),
    ("qtc", r"\bqt\s?c?\s?[fb]?\b(?: interval)?"),
    ("platelets", r"(?:blood )?platelets?(?:[\s-]counts?)?|\bplts?\b|thrombocytes?"),
    ("anc", r"\banc\b|(?:absolute )?neutrophils?(?:[\s-]counts?)?|(?:absolute )?granulocytes?(?: counts?)?|\bagc\b"),
    ("wbc", r"\bwbcs?\b|white (?:blood )?(?:cells?|corpuscles?)|leu[ck]ocytes?(?: count)?"),
    ("cd4", r"\bcd4\+?"),
    ("lymphocytes", r"(?:absolute )?lymphocytes?(?: count)?"),
    ("hemoglobin", r"ha?emoglobin|\bhgb\b|\bhb\b"),
    ("inr", r"\binr\b|international normali[sz]ed ratio"),
    ("bilirubin", r"(?:total |serum )?bill?irubin|\btbil\b|\bt\.? ?bili\b"),
    ("alt", r"\balt\b(?!itude)|\bsgpt\b|alanine (?:amino)?[\s-]?(?:trans)?\w*"),
    ("ast", r"\bast\b|\bsgot\b|aspart\w+ (?:amino)?[\s-]?(?:trans)?\w*"),
    ("alp", r"\balp\b|alkaline phosphatase"),
    ("albumin", r"(?:serum )?albumin"),
    ("glucose", r"(?:fasting |plasma |blood |serum ){0,3}(?:glucose|sugar)|\bfp?g\b|\bfbs\b"),
    ("ldl", r"\bldl(?:[\s-]?c(?:holesterol)?)?\b|low[\s-]density lipoprotein"),
    ("triglycerides", r"triglycerides?"),
    ("potassium", r"(?:serum )?potassium|\bk\+"),
    ("crp", r"\b(?:hs[\s-]?)?crp\b|c[\s-]reactive protein"),
    ("viral_load", r"viral load|(?:hiv|hcv|hbv|hiv-1)[\s-](?:1 )?[rd]na"),
    ("fev1", r"\bfev[\s_]?1?\b|forced expiratory (?:volume|flow)(?: in (?:one|1|the first) ?(?:s|second)?)?"),
    ("dlco", r"\bdlco\b|\btlco\b|diffusing capacity|diffusion capacity"),
    ("spo2", r"\bsp?[ao][\s_]?o?2\b(?! ratio)|oxygen saturation|o2 sat\w*|pulse oximetry"),
    ("psa", r"\bpsa\b|prostate[\s-]specific antigen"),
    ("tumor_size", r"(?:tumou?r|lesion|nodule|mass)(?:s)? (?:size|diameter)|(?:size|diameter) of (?:the )?(?:tumou?r|lesion)"),
    ("prior_therapies", r"(?:prior|previous|preceding)\s(?:\w+\s){0,2}?(?:lines?|regimens?|therap(?:y|ies)|treatments?)|lines? of (?:\w+\s){0,2}?(?:therapy|treatment|chemotherapy)"),
    (None, r"\b(?:sodium|calcium|magnesium|cholesterol|ha?ematocrit|hct|lipase|amylase|cortisol|tsh|testosterone|ferritin|"
     r"(?:nt[\s-]?pro)?[\s-]?bnp|troponin|uric acid|phosphate|vitamin|pa?o2|pa?co2|pao2|paco2|iop|ptt|aptt|prothrombin|eosinophils?|ige|"
     r"temperature|height|waist|urea|bun|insulin|peptide|cpk|ck|ldh|fsh|score|index|distance|bleeding|iief|dose|dosage|"
     r"sensitivity|fraction|thickness|gradient|pressure|depth|volume|reticulocytes?|fibrinogen|d-dimer|cd20|blasts?)\b"),
    ("age", r"\bage[ds]?\b|\bold(?=\s?[:(<>≥≤])"),
)  # fmt: skip
MENTION = re.compile("|".join(f"({pattern})" for _, pattern in NAMES), re.IGNORECASE)
NOTHING = re.compile(r"[\s(),\[\]/;:-]{0,6}(?:score|status|scale|or|of|the|performance)?[\s(),\[\]]{0,3}", re.IGNORECASE)
VARIABLES: tuple[str | None, ...] = (None, *(name for name, _ in NAMES))


# Words of which every name above has one: most criteria have none, and are done with one look.
KEYS = frozenset(
    "age aged ages old older younger years year yrs yr yo months month weeks days bmi mass weight weights weigh weighs weighing "
    "weighed ecog oncology zubrod performance ps karnofsky karnovsky kps lansky asa anesthesiologists anesthesiology "
    "anaesthesiologists anesthesiologist nyha york mmse mental lvef ef ejection systolic sbp diastolic dbp blood bp heart "
    "hr pulse qt qtc qtcf qtcb platelet platelets plt plts thrombocyte thrombocytes anc neutrophil neutrophils "
    "granulocyte granulocytes agc wbc wbcs white leukocyte leukocytes leucocyte leucocytes cd4 lymphocyte lymphocytes "
    "hemoglobin haemoglobin hgb hb hba1c hba1 a1c inr ratio bilirubin billirubin tbil bili alt sgpt alanine ast sgot "
    "aspartate alp alkaline albumin glucose sugar fpg fg fbs ldl lipoprotein triglyceride triglycerides potassium k crp "
    "reactive viral rna dna fev1 fev expiratory dlco tlco diffusing diffusion spo2 sao2 sp o2 oxygen oximetry psa prostate tumor "
    "tumour lesion nodule line lines regimen regimens therapy therapies treatment treatments gestation gestational "
    "pregnant pregnancy life survival expectancy creatinine crcl clcr ccr gfr egfr glomerular scr clearance".split()
)
TOKEN = re.compile(r"[a-z]+(?:1c?|2|4)?(?![a-z])")


class Mention(NamedTuple):
    """Where a variable is named; `variable` is None for a name that only looks like one."""

    start: int
    end: int
    variable: str | None


def names_any(text: str) -> bool:
    """Whether a lower-case text may name a variable: a cheap test before `mentions`."""
    return not KEYS.isdisjoint(TOKEN.findall(text))


def mentions(text: str) -> list[Mention]:
    """The variables that a text names, in order; neighbouring names of one variable are one mention."""
    found: list[Mention] = []
    for match in MENTION.finditer(text):
        variable = VARIABLES[match.lastindex or 0]
        last = found[-1] if found else None
        if last and variable and last.variable == variable and NOTHING.fullmatch(text, last.end, match.start()):
            found[-1] = last._replace(end=match.end())
        else:
            found.append(Mention(match.start(), match.end(), variable))
    return found
