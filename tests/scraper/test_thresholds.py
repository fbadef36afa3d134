"""Criteria into thresholds: a table of wordings, what makes no row, conversions, and the CHIA set."""

from __future__ import annotations

import importlib.util
import json
import time
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scraper.items import Criterion
from scraper.threshold_units import CANONICAL
from scraper.thresholds import Threshold, thresholds


def read(text: str, kind: str = "inclusion") -> tuple[Threshold, ...]:
    return thresholds(Criterion(kind, 0, None, None, text))


def interval(row: Threshold) -> str:
    """A row as "variable [18, 65) unit", as written."""
    left = "(-" if row.lower is None else f"{'[' if row.lower_inclusive else '('}{row.lower:g}"
    right = "-)" if row.upper is None else f"{row.upper:g}{']' if row.upper_inclusive else ')'}"
    return f"{row.variable} {left}, {right}" + (f" {row.unit}" if row.unit else "")


WORDINGS = {
    # comparators
    "Age >= 18 years": ["age [18, -) years"],
    "Age > or = 18": ["age [18, -)"],
    "Age ≥18 and ≤ 65 years": ["age [18, 65] years"],
    "Age =< 65 years": ["age (-, 65] years"],
    "age over 18 years": ["age (18, -) years"],
    "Aged at least 18 years": ["age [18, -) years"],
    "18 years of age or older": ["age [18, -) years of age"],
    "Subjects aged 18+": ["age [18, -)"],
    "under the age of 18": ["age (-, 18)"],
    "not older than 75 years": ["age (-, 75] years"],
    "at least 18 and not older than 75 years old": ["age [18, 75] years old"],
    "No fever. Hemoglobin > 9 g/dL": ["hemoglobin (9, -) g/dL"],
    "ECOG performance status of no more than 2": ["ecog (-, 2]"],
    "LVEF less than (<) 40%": ["lvef (-, 40) %"],
    "BMI equal to or greater than 30 kg/m2": ["bmi [30, -) kg/m2"],
    # ranges
    "Age 18-65": ["age [18, 65]"],
    "Age18-65": ["age [18, 65]"],
    "between 6 and 12 years of age": ["age [6, 12] years of age"],
    "aged 1 to < 6 years": ["age [1, 6) years"],
    "HbA1c between 7.1% and 11.0%": ["hba1c [7.1, 11] %"],
    "18 ≤ BMI ≤ 32 kg/m²": ["bmi [18, 32] kg/m²"],
    # two rows
    "Age < 20 or > 35 years": ["age (-, 20)", "age (35, -) years"],
    "Platelets < 80,000 or > 700,000 /mm3": ["platelets (-, 80000)", "platelets (700000, -) /mm3"],
    "Heart rate outside the range 40 to 100 bpm": ["heart_rate (-, 40) bpm", "heart_rate (100, -) bpm"],
    "Blood pressure > 140/90 mmHg": ["systolic_bp (140, -) mmHg", "diastolic_bp (90, -) mmHg"],
    "hypertension > 140 mmHg systolic or > 90 mmHg diastolic": [
        "systolic_bp (140, -) mmHg",
        "diastolic_bp (90, -) mmHg",
    ],
    "AST or ALT > 2.5 x ULN": ["ast (2.5, -) x ULN", "alt (2.5, -) x ULN"],
    # ages that are not called so
    "Adults over 18 years": ["age (18, -) years"],
    "Men and women 18-89 years old": ["age [18, 89] years old"],
    "≥ 21 years": ["age [21, -) years"],
    "Children 2-5 years with fever": ["age [2, 5] years"],
    # scores of few steps
    "ECOG 0-1": ["ecog [0, 1]"],
    "Eastern Cooperative Oncology Group (ECOG) performance status 0, 1 or 2": ["ecog [0, 2]"],
    "NYHA class II-IV": ["nyha [2, 4]"],
    "New York Heart Association (NYHA) functional class III or greater": ["nyha [3, -)"],
    "ASA physical status > III": ["asa (3, -)"],
    "Karnofsky/Lansky score of ≥ 60": ["karnofsky [60, -)", "lansky [60, -)"],
    # laboratory
    "ANC ≥ 1.5 × 10^9/L, platelets ≥ 100 x 109/L and hemoglobin ≥ 9.0 g/dL": [
        "anc [1.5, -) × 10^9/L",
        "platelets [100, -) x 109/L",
        "hemoglobin [9, -) g/dL",
    ],
    "Creatinine clearance (CrCl), i.e. < 30 mL/min": ["creatinine_clearance (-, 30) mL/min"],
    "serum creatinine > 2 times the upper limit of normal": ["creatinine (2, -) x ULN"],
    "bilirubin ≤ 1.5 mg/dL (26 µmol/L)": ["bilirubin (-, 1.5] mg/dL"],
    "hemoglobin A1c (HbA1c) > 7.5%": ["hba1c (7.5, -) %"],
    "FEV1 30-79% predicted": ["fev1 [30, 79] % predicted"],
    # time, weight, lines
    "Life expectancy of at least six months": ["life_expectancy [6, -) months"],
    "less than 37 weeks of gestation": ["gestational_age (-, 37) weeks of gestation"],
    "Less than 50 kg of weight": ["weight (-, 50) kg"],
    "at least two prior lines of therapy": ["prior_therapies [2, -)"],
}


@pytest.mark.parametrize("text", WORDINGS)
def test_each_wording_gives_its_limits(text: str) -> None:
    assert [interval(row) for row in read(text)] == WORDINGS[text]


@pytest.mark.parametrize(
    "text",
    [
        "Written consent",
        "Stable dose for at least 3 months",
        "No surgery within 30 days",
        "FEV1/FVC < 70%",
        "Increase in creatinine of 15% or greater",
        "Weight loss of more than 10 kg",
        "History of LVEF below 40%",
        "Age-matched within 5 years",
        "Bone age more than 14 years",
        "Asthma for more than 10 years",
        "Women of childbearing age, 2 methods of contraception",
        "Low molecular weight heparin > 40 mg",
        "Sodium < 130 mmol/L",
        "HbA1c 8%",
        "Hemoglobin within 14 days",
        "Weight not < 45 kg",
        "Lymphocytes < 5 x 10^2 copies",
        "BP above the 95th percentile",
        "IIEF erectile function (EF) domain score ≤ 25",
        "ASA 81 mg daily",
        "CD4",
        "No hypertension (diastolic pressure > 100 mmHg)",
        "Patients without NYHA class III-IV heart failure",
    ],
)
def test_what_is_no_limit_or_ambiguous_makes_no_row(text: str) -> None:
    assert read(text) == ()


@pytest.mark.parametrize(
    ("text", "lower", "upper", "unit"),
    [
        ("Age ≥ 6 months", 0.5, None, "years"),
        ("Life expectancy > 2 years", 24, None, "months"),
        ("Life expectancy ≥ 12 weeks", 2.759754, None, "months"),
        ("Body weight ≤ 110 lbs", None, 49.895161, "kg"),
        ("Hemoglobin ≥ 90 g/L", 9, None, "g/dL"),
        ("Hb < 8", None, 8, "g/dL"),
        ("Platelets ≥ 100,000/mm3", 100, None, "10^9/L"),
        ("Platelets ≥ 100 K/µL", 100, None, "10^9/L"),
        ("platelets > 150,000", 150, None, "10^9/L"),
        ("ANC > 1.5 x 10⁹/L", 1.5, None, "10^9/L"),
        ("Creatinine ≤ 150 µmol/L", None, 1.6968, "mg/dL"),
        ("Fasting glucose > 7 mmol/L", 126.112, None, "mg/dL"),
        ("LDL-C < 2.6 mmol/L", None, 100.529, "mg/dL"),
        ("HbA1c > 48 mmol/mol", 6.54, None, "%"),
        ("LVEF < 0.40", None, 40, "%"),
        ("QTc > 0.45 s", 450, None, "ms"),
        ("CRP > 1 mg/dL", 10, None, "mg/L"),
        ("Tumor size ≥ 30 mm", 3, None, "cm"),
        ("FEV1 < 1.5 L", None, None, None),
        ("Creatinine clearance >= 60 mL/min", 60, None, "mL/min"),
        ("CrCl >= 60 cc/minute", 60, None, "mL/min"),
        ("Creatinine clearance >= 60 mL/min/1.73m2", 60, None, "mL/min/1.73m2"),
        ("CrCl < 30 mL per minute per 1,73 m²", None, 30, "mL/min/1.73m2"),
        ("eGFR < 30 mL/min/1.73 m^2", None, 30, "mL/min/1.73m2"),
        ("GFR < 30 mL/min", None, 30, "mL/min"),
        ("eGFR < 30 mL/min/m2", None, None, None),
        ("ALT ≤ 3 x ULN", None, 3, "x ULN"),
        ("Albumin ≥ 1 x LLN", 1, None, "x LLN"),
    ],
)
def test_values_are_converted_to_the_one_unit_of_their_variable(
    text: str, lower: float | None, upper: float | None, unit: str | None
) -> None:
    row = read(text)[-1]
    assert (row.canonical_lower, row.canonical_upper, row.canonical_unit) == (lower, upper, unit)


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ("Hemoglobin ≥ 13 g/dL for men, ≥ 12 g/dL for women", ["for men", "for women"]),
        ("QTc > 450 ms (males) or > 470 ms (females)", ["males", "females"]),
        ("Male: QTc > 450 ms", ["Male"]),
        ("AST ≤ 3 x ULN (≤ 5 x ULN if liver metastases)", [None, "if liver metastases"]),
        ("Age 18 years or older, male or female", [None]),
        ("Males and females ≥ 18 years", [None]),
    ],
)
def test_conditional_limits_keep_their_condition(text: str, conditions: list[str | None]) -> None:
    assert [row.condition for row in read(text)] == conditions


def test_a_row_says_what_its_criterion_is_and_where_it_stands() -> None:
    (row,) = read("Severe anemia (hemoglobin < 8 g/dL) at screening", "exclusion")
    assert (row.kind, row.text) == ("exclusion", "hemoglobin < 8 g/dL")


def test_an_age_that_only_says_for_whom_a_limit_holds_is_none_itself() -> None:
    assert [interval(row) for row in read("Karnofsky ≥ 60% (for patients > 16 years of age)")] == [
        "karnofsky [60, -) %"
    ]


def test_every_column_is_described() -> None:
    hints = get_type_hints(Threshold, include_extras=True)
    assert all(isinstance(get_args(hints[name])[-1], str) for name in Threshold._fields)


WORDS = st.sampled_from(
    [
        "age",
        "BMI",
        "hemoglobin",
        "ECOG",
        "NYHA class",
        "blood pressure",
        "platelets",
        "≥",
        "<",
        "18",
        "1,500",
        "0.5",
        "II",
    ]
    + [
        "-",
        "to",
        "and",
        "or",
        "between",
        "less than",
        "at least",
        "years",
        "old",
        "g/dL",
        "x 10^9/L",
        "%",
        "/90",
        "mmHg",
    ]
    + ["(", ")", ";", "for men", "x ULN", "six", "months", "prior lines", "not", "outside", "of gestation", ",", "İ"]
)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=200), st.lists(WORDS, max_size=25).map(" ".join)))
@example("İ age > 18 years")
def test_any_text_gives_rows_that_hold_together(text: str) -> None:
    for row in read(text):
        assert row.variable in CANONICAL
        assert row.lower is not None or row.upper is not None
        assert row.text in text
        assert row.lower is None or row.upper is None or row.lower <= row.upper
        assert (row.lower_inclusive is None) == (row.lower is None)
        assert (row.canonical_lower is None) or row.lower is not None


@pytest.mark.parametrize(
    "text",
    [
        "hemoglobin > 1 " * 1_300,
        "age " * 5_000 + "1",
        "5 " * 10_000 + "bmi",
        "less than " * 2_000 + "5",
        "hb ((" * 4_000 + "> 5",
        "prior " * 3_300 + "2 lines",
        ">" * 19_990 + "5 hb",
        "one two " * 2_500,
        "(5 " * 6_600 + "bmi",
        "5" * 20_000,
    ],
)
def test_runaway_criteria_end_soon(text: str) -> None:
    """The limit is 50 ms for 20,000 characters; tested at ten times that, for busy machines."""
    started = time.perf_counter()
    read(text)
    assert time.perf_counter() - started < 0.5


def test_the_chia_thresholds(records: Path) -> None:
    path = records / "criteria" / "score_thresholds.py"
    spec = importlib.util.spec_from_file_location("score_thresholds", path)
    assert spec
    assert spec.loader
    scorer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(scorer)
    gold: list[dict[str, Any]] = [
        json.loads(line)
        for line in (path.parent / "chia_thresholds_gold.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    found = [one | {"thresholds": [row._asdict() for row in read(one["text"], one["section"])]} for one in gold]
    precision, recall, _, _ = scorer.score(found, gold)
    assert precision >= 0.93
    assert recall >= 0.88
