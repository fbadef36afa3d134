"""Units of measurement as criteria write them, and what they are in the one unit we compare in. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

NORMAL_LIMIT = (
    r"(?:ULN|UNL|IULN|LLN|normal\b|"
    r"(?:upper|lower)\s(?:normal\slimits?|threshold\slimits?|"
    r"limits?\sof\s(?:the\s)?(?:reference\s|laboratory\s)?(?:normal|reference)|normal(?:\slimit)?|limit|reference))"
)
VOLUME = (
    r"(?:cubic\smm|cubic\smillimet(?:er|re)|mm\s?\^?[3³]|mm\b|cumm|cu\.?\s?mm|[uμµ]l|mcl|microlit(?:er|re)|micro\s?l|ml|"
    r"milliliter|l)"
)
UNITS = (
    # multiples of a limit of normal: "x ULN", "times the institutional upper limit of normal", "2x"
    r"[x×*·⋅]?\s?(?:the\s|times\s|fold\s|-fold\s){0,2}(?:the\s|above\s|of\s){0,2}"
    rf"(?:institutional\s|local\s|laboratory\s|lab\s){{0,2}}{NORMAL_LIMIT}",
    r"(?:times|fold|-fold|[x×](?![a-z0-9]|\s?\d))",
    # counts: "x 10^9/L", "×109 / l", "x10(3)/uL", "10³/mm³", "cells/mm3", "K/uL"
    r"(?:[x×*]\s?)?10\s?[\^*]?\s?\(?(?:[369]|12|³|⁹|⁶)\)?\s?(?:cells?\s?|platelets?\s?)?(?:/|per)?\s?"
    r"(?:l|lit(?:er|re)|[uμµm]?c?l|mm\s?\^?[3³]|mm3|microliter|cumm|mcl)\b",
    rf"(?:cells?|platelets?|copies|k|thousand|million)?\s?(?:/|per)\s?{VOLUME}\b[³3]?",
    r"[gk]\s?/\s?(?:[uμµ]?l|mm3)\b",
    # body size, clearance
    r"(?:k?g|m?kilograms?)\s?(?:/|per|\.)\s?(?:m\s?\^?-?[2²]|square\smet(?:er|re)|m\(2\)|mm\b|m\b)",
    r"m?eq\s?(?:/|per)\s?(?:l|lit(?:er|re))\b",
    r"(?:ml|cc|milli-?lit(?:er|re)s?)\s?(?:/|per)\s?min(?:ute)?\b"
    r"(?:\s?(?:/|per)\s?(?:1[.,]7\d?\s?)?(?:m\s?\^?[2²]|m\(2\)|square met(?:er|re)s?|centimeter squared))?",
    # concentrations
    r"(?:m|μ|µ|u|n|p|mc|micro|milli|pico)?(?:gm|gram|gr|g|moles?|mol)s?\s?(?:/|per|%)\s?(?:d|deci|m|μ|µ)?"
    r"(?:l|lit(?:er|re)s?|mol|100\s?ml)\b",
    r"(?:m?iu|u|units?|international units)\s?(?:/|per)\s?(?:m?l|liter|litre|dl)\b",
    r"(?:m|μ|µ|u|mc)?g\s?/\s?(?:kg|day|d|hour|h|min|week)\b(?:\s?/\s?(?:day|d|min|h)\b)?",  # doses
    # pressure, rate, time, share
    r"(?:mm\s?hg|mm\sof\smercury|millimet(?:er|re)s?\sof\smercury|torr)\b",
    r"(?:beats?\s?(?:/|per|-per-)\s?min(?:ute)?|bpm|/\s?min(?:ute)?)\b",
    r"(?:milliseconds?|msecs?|ms|seconds?|secs?)\b",
    r"(?:percent|per\scent|%)(?:\s?(?:of\s)?(?:the\s)?predicted)?(?:\s(?:normal\s)?values?)?",
    r"[-\s]?(?:years?|yrs?|yr\.|y/o|yo|months?|mos?|weeks?|wks?|days?|hours?|hrs?|minutes?|min)\b"
    r"(?:[-\s]?olds?\b|[-\s]?of[-\s](?:age|gestation|life)\b)?",
    # mass, length
    r"(?:kgs?|kilograms?|lbs?|pounds?|grams?|gms?|g|mg|kilos?)\b",
    r"(?:cm|mm|centimet(?:er|re)s?|millimet(?:er|re)s?|m|liters?|litres?|l)\b",
    r"(?:points?|[ymdwhs])\b(?!\S)",
)
UNIT = re.compile(rf"\s{{0,2}}(?:{'|'.join(UNITS)})", re.IGNORECASE)  # right after its number
NORMAL = re.compile(r"uln|unl|lln|normal|limit|reference|times|fold|[x×]\Z", re.IGNORECASE)
LOWER_NORMAL = re.compile(r"lln|lower", re.IGNORECASE)

YEARS = {"y": 1.0, "mo": 1 / 12, "w": 7 / 365.25, "d": 1 / 365.25, "h": 1 / 8766}
MONTHS = {"y": 12.0, "mo": 1.0, "w": 12 * 7 / 365.25, "d": 12 / 365.25, "h": 12 / 8766}
WEEKS = {"w": 1.0, "d": 1 / 7, "mo": 365.25 / 84}
COUNTS = {"10^9/l": 1.0, "10^3/ul": 1.0, "k/ul": 1.0, "g/l": 1.0, "/ul": 0.001, "10^6/l": 0.001, "10^12/l": 1000.0}

# What each variable is compared in, and the factor from each unit it is written in. Molar factors: IUPAC weights of
# creatinine 113.12, bilirubin 584.66, glucose 180.16, cholesterol 386.65, triglycerides (as triolein) 885.4 g/mol.
CANONICAL: dict[str, tuple[str | None, dict[str, float]]] = {
    "age": ("years", YEARS),
    "life_expectancy": ("months", MONTHS),
    "gestational_age": ("weeks", WEEKS),
    "bmi": ("kg/m2", {"kg/m2": 1.0, "": 1.0}),
    "weight": ("kg", {"kg": 1.0, "lb": 0.45359237, "g": 0.001}),
    "ecog": ("score", {"": 1.0}),
    "karnofsky": ("score", {"": 1.0, "%": 1.0}),
    "lansky": ("score", {"": 1.0, "%": 1.0}),
    "asa": ("class", {"": 1.0}),
    "nyha": ("class", {"": 1.0}),
    "mmse": ("score", {"": 1.0}),
    "prior_therapies": ("count", {"": 1.0}),
    "lvef": ("%", {"%": 1.0}),
    "fev1": ("% predicted", {"%": 1.0}),
    "dlco": ("% predicted", {"%": 1.0}),
    "spo2": ("%", {"%": 1.0, "": 1.0}),
    "systolic_bp": ("mmHg", {"mmhg": 1.0, "": 1.0}),
    "diastolic_bp": ("mmHg", {"mmhg": 1.0, "": 1.0}),
    "heart_rate": ("bpm", {"bpm": 1.0, "": 1.0}),
    "qtc": ("ms", {"ms": 1.0, "s": 1000.0}),
    "hemoglobin": ("g/dL", {"g/dl": 1.0, "g/l": 0.1, "mmol/l": 1.6114}),
    "platelets": ("10^9/L", COUNTS),
    "anc": ("10^9/L", COUNTS),
    "wbc": ("10^9/L", COUNTS),
    "lymphocytes": ("10^9/L", COUNTS),
    "inr": (None, {"": 1.0}),
    "creatinine": ("mg/dL", {"mg/dl": 1.0, "umol/l": 0.011312, "mmol/l": 11.312, "mg/l": 0.1}),
    "creatinine_clearance": ("mL/min", {"ml/min": 1.0, "": 1.0}),
    "egfr": ("mL/min/1.73m2", {"ml/min/1.73m2": 1.0, "": 1.0}),
    "bilirubin": ("mg/dL", {"mg/dl": 1.0, "umol/l": 0.058466, "mg/l": 0.1}),
    "alt": ("U/L", {"u/l": 1.0, "": 1.0}),
    "ast": ("U/L", {"u/l": 1.0, "": 1.0}),
    "alp": ("U/L", {"u/l": 1.0, "": 1.0}),
    "albumin": ("g/dL", {"g/dl": 1.0, "g/l": 0.1, "mg/dl": 0.001}),
    "hba1c": ("%", {"%": 1.0}),
    "glucose": ("mg/dL", {"mg/dl": 1.0, "mmol/l": 18.016}),
    "ldl": ("mg/dL", {"mg/dl": 1.0, "mmol/l": 38.665}),
    "triglycerides": ("mg/dL", {"mg/dl": 1.0, "mmol/l": 88.54}),
    "potassium": ("mmol/L", {"mmol/l": 1.0, "meq/l": 1.0}),
    "crp": ("mg/L", {"mg/l": 1.0, "mg/dl": 10.0}),
    "cd4": ("cells/uL", {"/ul": 1.0, "10^6/l": 1.0, "": 1.0}),
    "viral_load": ("copies/mL", {"copies/ml": 1.0}),
    "psa": ("ng/mL", {"ng/ml": 1.0, "ug/l": 1.0, "": 1.0}),
    "tumor_size": ("cm", {"cm": 1.0, "mm": 0.1}),
}
# Said for a body of standard surface or for the person's own: no factor leads from one to the other, so each stays what
# it is said to be. (variable, unit) -> the unit that its limits are compared in.
PER_SURFACE = {("creatinine_clearance", "ml/min/1.73m2"): "mL/min/1.73m2", ("egfr", "ml/min"): "mL/min"}
TIME = re.compile(
    r"[\s-]*(years?|yrs?|y/o|yo|months?|mos?|weeks?|wks?|days?|hours?|hrs?|minutes?|min|[ymwdh])(?![a-z/0-9])"
)
TIME_NAMES = {  # by the first two letters
    "ye": "y", "yr": "y", "y/": "y", "yo": "y", "y": "y", "mo": "mo", "m": "mo", "we": "w", "wk": "w", "w": "w",
    "da": "d", "d": "d", "ho": "h", "hr": "h", "h": "h", "mi": "min",
}  # fmt: skip
# Where the unit is missing and only one is possible at that size: variable -> (from, to, unit).
BY_SIZE: dict[str, tuple[tuple[float, float, str], ...]] = {
    "age": ((1, 120, "y"),),
    "hemoglobin": ((3, 25, "g/dl"), (50, 200, "g/l")),
    "platelets": ((1000, 2e6, "/ul"), (10, 999, "10^9/l")),
    "anc": ((100, 20000, "/ul"), (0.1, 20, "10^9/l")),
    "wbc": ((1000, 200000, "/ul"), (0.5, 50, "10^9/l")),
    "lymphocytes": ((100, 100000, "/ul"),),
    "creatinine": ((0.5, 10, "mg/dl"), (60, 600, "umol/l")),
    "bilirubin": ((0.5, 10, "mg/dl"),),
    "hba1c": ((3, 20, "%"),),
    "lvef": ((5, 100, "%"),),
    "fev1": ((20, 100, "%"),),
    "albumin": ((1, 6, "g/dl"), (20, 60, "g/l")),
    "gestational_age": ((4, 44, "w"),),
    "weight": ((2, 300, "kg"),),
    "potassium": ((2, 8, "mmol/l"),),
    "qtc": ((300, 700, "ms"),),
    "glucose": ((40, 600, "mg/dl"), (2, 30, "mmol/l")),
    "ldl": ((40, 400, "mg/dl"),),
    "triglycerides": ((80, 3000, "mg/dl"),),
}
SPELLED = (
    (re.compile(r"[μµ]"), "u"),
    (re.compile(r"[\s^()*·]"), ""),
    (re.compile(r"[x×](?=10)|cells?|platelets?|per(?!c)|predicted|ofthe|values?|international"), ""),
    (re.compile(r"³"), "3"),
    (re.compile(r"⁹"), "9"),
    (re.compile(r"²"), "2"),
)


@lru_cache(maxsize=4096)
def standard(unit: str) -> str:
    """One spelling for each unit: "× 10^9 / L" -> "10^9/l", "years of age" -> "y", "cells/mm3" -> "/ul"."""
    text = unit.strip().lower()
    if text in STANDARD:
        return STANDARD[text]
    time = TIME.match(text)
    if time:
        return TIME_NAMES[time[1][:2]]
    text = text.replace("per", "/") if "per" in text and "percent" not in text and "per cent" not in text else text
    for pattern, instead in SPELLED:
        text = pattern.sub(instead, text)
    for pattern, name in NAMES:
        if pattern.match(text):
            return name
    return text


STANDARD = {
    "%": "%", "years": "y", "year": "y", "months": "mo", "weeks": "w", "days": "d", "kg/m2": "kg/m2", "g/dl": "g/dl",
    "mg/dl": "mg/dl", "mmhg": "mmhg", "kg": "kg", "": "", "ml/min": "ml/min", "mm hg": "mmhg", "/mm3": "/ul",
}  # fmt: skip
NAMES = tuple(
    (re.compile(pattern), name)
    for pattern, name in (
        (r"(?:k?g|m?kilograms?)(?:/|\.)(?:m-?2?|squaremet(?:er|re)|mm)\Z", "kg/m2"),
        (r"109/?l|10\^9", "10^9/l"),
        (r"1012/?l", "10^12/l"),
        (r"103/?(?:u|mc|m|c)?l|103/?(?:mm3|ul|mcl|cumm|microl)", "10^3/ul"),
        (r"106/?(?:l)", "10^6/l"),
        (r"(?:k|thousand)/(?:ul|mm3|mcl|cumm|microl)", "k/ul"),
        (r"copies/m?l", "copies/ml"),
        (r"/(?:cubicmm|cubicmillimet|mm3?|cumm|cu\.?mm|ul|mcl|microl)", "/ul"),
        (r"m?eq/l", "meq/l"),
        (r"(?:ml|cc|milli-?lit(?:er|re)s?)/min(?:ute)?/1[.,]7", "ml/min/1.73m2"),
        (r"(?:ml|cc|milli-?lit(?:er|re)s?)/min(?:ute)?/", "ml/min/m2"),
        (r"(?:ml|cc|milli-?lit(?:er|re)s?)/min(?:ute)?\Z", "ml/min"),
        (r"(?:mm?ol|moles?|millimol\w*)s?/(?:l|lit)", "mmol/l"),
        (r"(?:u|mc|micro)mol\w*/(?:l|lit)", "umol/l"),
        (r"(?:milli)?mol\w*/mol", "mmol/mol"),
        (r"(?:g|gm|gr|grams?)(?:/|%)(?:dl|deci|100ml)", "g/dl"),
        (r"(?:g|gm|gr|grams?)/(?:l|lit)", "g/l"),
        (r"(?:mg|milligrams?)(?:/|%)(?:dl|deci|100ml)", "mg/dl"),
        (r"(?:mg|milligrams?)/(?:l|lit)", "mg/l"),
        (r"(?:ng)/(?:ml)", "ng/ml"),
        (r"(?:ug|mcg|microg\w*)/(?:l)", "ug/l"),
        (r"(?:iu|u|units?)/(?:l|lit)", "u/l"),
        (r"(?:mmhg|mmofmercury|millimet\w+ofmercury|torr)", "mmhg"),
        (r"(?:beats?/min|bpm|/min)", "bpm"),
        (r"(?:milliseconds?|msecs?|ms)\Z", "ms"),
        (r"(?:seconds?|secs?|s)\Z", "s"),
        (r"(?:%|percent)", "%"),
        (r"(?:kgs?|kilograms?|kilos?)\Z", "kg"),
        (r"(?:lbs?|pounds?)\Z", "lb"),
        (r"(?:g|gms?|grams?)\Z", "g"),
        (r"(?:cm|centimet(?:er|re)s?)\Z", "cm"),
        (r"(?:mm|millimet(?:er|re)s?)\Z", "mm"),
        (r"points?\Z", ""),
    )
)


@lru_cache(maxsize=4096)
def relative(unit: str) -> str | None:
    """A multiple of a normal limit as "x ULN" or "x LLN", None for any other unit."""
    if not unit or "%" in unit or not NORMAL.search(unit):
        return None
    return "x LLN" if LOWER_NORMAL.search(unit) else "x ULN"


def fits(variable: str, unit: str) -> bool:
    """Whether a variable can be written in a unit (`standard` spelling)."""
    factors = CANONICAL[variable][1]
    if unit in factors or unit == "":
        return True
    return (variable, unit) in ALSO or (variable, unit) in PER_SURFACE


# Written so now and then, by mistake or rightly, though we cannot convert it.
ALSO = frozenset(
    [("hemoglobin", "mg/dl"), ("hba1c", "mmol/mol"), ("fev1", "l"), ("dlco", "ml/min"), ("crp", "ng/ml"), ("cd4", "%"),
     ("creatinine", "mg/ml"), ("viral_load", "iu/ml"), ("viral_load", "iu/l"), ("viral_load", "/ml"), ("ecog", "%"),
     ("egfr", "ml/min/m2"), ("creatinine_clearance", "ml/min/m2")]
    + [(name, unit) for name in ("platelets", "anc", "wbc", "cd4") for unit in ("/ml", "/l")]
)  # fmt: skip


def canonical(variable: str, value: float, unit: str) -> tuple[float, str | None] | None:
    """A value in the unit that it is compared in, mostly the variable's one; None when it is unknown. `unit` in
    `standard` spelling."""
    name, factors = CANONICAL[variable]
    if said := PER_SURFACE.get((variable, unit)):
        return value, said
    if variable == "hba1c" and unit == "mmol/mol":
        return round(value * 0.09148 + 2.152, 2), name  # NGSP from IFCC
    if unit == "" and "" not in factors:
        unit = next((found for low, high, found in BY_SIZE.get(variable, ()) if low <= value <= high), "")
        if variable == "lvef" and 0 < value < 1:
            return round(value * 100, 6), name
    if unit not in factors:
        return None
    return round(value * factors[unit], 6), name
