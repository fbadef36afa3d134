"""How values of the tables are said to people: codes, flags, dates, limits. Pure; nothing is guessed or rounded."""

from __future__ import annotations

import json
from typing import Any

from datasette_trials.reading import Row

# Codes that read badly in lower case; every other code is its own words with the underscores taken out.
CODES = {
    "NIH": "NIH", "FED": "U.S. federal agency", "OTHER_GOV": "Other government", "INDIV": "Individual",
    "NA": "Not applicable", "NONE": "None (open label)", "QUADRUPLE": "Quadruple", "DNA": "DNA",
    "DIETARY_SUPPLEMENT": "Dietary supplement", "SAMPLES_WITH_DNA": "Samples with DNA",
    "SAMPLES_WITHOUT_DNA": "Samples without DNA", "UNKNOWN": "Unknown",
    "CTIS": "CTIS", "EUDRACT_NUMBER": "EudraCT number", "organisation": "Organisation's own", "alias": "Earlier number",
    "Prot": "Protocol", "SAP": "Statistical analysis plan", "ICF": "Informed consent form",
}  # fmt: skip
# Names of variables that are more than their own words.
VARIABLES = {
    "bmi": "BMI", "egfr": "eGFR", "lvef": "LVEF", "ecog": "ECOG", "nyha": "NYHA class", "hba1c": "HbA1c", "alt": "ALT",
    "ast": "AST", "inr": "INR", "anc": "ANC", "qtc": "QTc", "mmse": "MMSE", "moca": "MoCA", "psa": "PSA", "cd4": "CD4",
    "asa": "ASA class", "ldl": "LDL", "hdl": "HDL", "bnp": "BNP", "wbc": "WBC", "alp": "ALP", "crp": "CRP",
    "fev1": "FEV1", "spo2": "SpO2", "dlco": "DLCO", "systolic_bp": "systolic blood pressure",
    "diastolic_bp": "diastolic blood pressure",
}  # fmt: skip
NO_UNIT = {"score", "class", "count"}  # units of scales: the number alone says it


def words(code: str | None) -> str | None:
    """A register's code in words: PLACEBO_COMPARATOR -> Placebo comparator. What is no code stays as it is."""
    if code is None or code in CODES or code != code.upper() or not code.replace("_", "").isalpha():
        return CODES.get(code, code) if code else code
    return code.replace("_", " ").capitalize()


def variable(name: str) -> str:
    """The name of what a threshold limits."""
    return VARIABLES.get(name, name.replace("_", " "))


def number(value: float | None) -> str:
    """A number as a person writes it: 18.0 -> 18, 0.50 -> 0.5, 150000.0 -> 150,000; never in powers of ten."""
    if value is None:
        return ""
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.10f}".rstrip("0").rstrip(".") if abs(value) >= 1e-6 else repr(value)


def bounds(limit: Row, canonical: bool = False) -> str:
    """The limit of a threshold: "≥ 18 years", "> 1 to 3", "= 4"; in its variable's own unit where asked."""
    side = "canonical_" if canonical else ""
    lower, upper, unit = limit[f"{side}lower"], limit[f"{side}upper"], limit[f"{side}unit"]
    ending = f" {'× ' * unit.startswith('10^')}{unit}" if unit and unit not in NO_UNIT else ""
    if lower is not None and lower == upper and limit["lower_inclusive"] and limit["upper_inclusive"]:
        return f"= {number(lower)}{ending}"
    low = f"{'≥' if limit['lower_inclusive'] else '>'} {number(lower)}" if lower is not None else ""
    high = f"{'≤' if limit['upper_inclusive'] else '<'} {number(upper)}" if upper is not None else ""
    return f"{' and '.join(filter(None, (low, high)))}{ending}"


def limit_note(limit: Row) -> str:
    """One threshold in one line: whether it excludes, variable, bounds, unit, for whom."""
    said = f"{variable(limit['variable'])} {limit_words(limit)}".strip()
    return f"excluded: {said}" if limit["kind"] == "exclusion" else said


def limit_words(limit: Row) -> str:
    """What a threshold says of its variable: bounds as written, in the variable's own unit where it is another, for
    whom."""
    said = bounds(limit)
    other = limit["canonical_unit"] and bounds(limit, canonical=True)
    if other and other != bounds(limit) and (limit["canonical_lower"], limit["canonical_upper"]) != (None, None):
        said += f" ({other})"
    if limit["condition"]:
        said += f"; {limit['condition']}"
    return said


def ages(trial: Row) -> str | None:
    """Who may take part by age, in the source's words."""
    low, high = trial["min_age"], trial["max_age"]
    if low and high:
        return f"{low} to {high}"
    return f"{low} and older" if low else f"up to {high}" if high else None


def date(day: str | None, kind: str | None = None) -> str | None:
    """A date with the word that the source adds: 2025-03 (estimated)."""
    return f"{day} ({kind.lower()})" if day and kind else day


def count(value: int | None, kind: str | None = None) -> str | None:
    """A number of people with the word that the source adds: 1,200 (actual)."""
    return date(f"{value:,}", kind) if value is not None else None


def yes_no(flag: int | None) -> str | None:
    return None if flag is None else "Yes" if flag else "No"


def listed(text: str | None) -> list[str]:
    """The texts in a JSON list; the text itself where it is none."""
    try:
        found: Any = json.loads(text) if text else []
    except ValueError:
        return [str(text)]
    return [str(one) for one in found if one is not None] if isinstance(found, list) else [str(text)]
