"""A file of many synthetic trials, fast: rows straight into the tables, in the register's proportions.

Three conditions, six sites and sixteen criteria a trial; names come from a skewed distribution, so that the commonest
condition stands in some four trials of a hundred. Nothing in it is a real trial. Half a million take some minutes.
"""

from __future__ import annotations

from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any

from pipelines.full_text import drop_search, ensure_search
from pipelines.schema import TABLES, drop_indexes, ensure_indexes, open_trials

Rows = dict[str, list[tuple[Any, ...]]]

BATCH = 5_000  # trials a transaction
PARTS = (
    "Lung", "Breast", "Liver", "Kidney", "Skin", "Heart", "Brain", "Colon", "Gastric", "Ovarian", "Prostate", "Bone",
    "Thyroid", "Pancreatic", "Retinal", "Spinal", "Bladder", "Cervical", "Esophageal", "Oral", "Nasal", "Biliary",
    "Adrenal", "Pleural", "Corneal", "Vascular", "Venous", "Arterial", "Muscular", "Neural", "Lymphatic",
    "Dental", "Aural", "Uterine", "Testicular", "Splenic", "Thymic", "Pituitary", "Renal", "Cardiac"
)  # fmt: skip
KINDS = ("Cancer", "Failure", "Fibrosis", "Infection", "Inflammation", "Injury", "Ischemia", "Stenosis", "Dystrophy",
         "Insufficiency", "Hypertension", "Degeneration", "Ulcer", "Edema", "Pain", "Atrophy", "Hyperplasia", "Cyst",
         "Hemorrhage", "Thrombosis")  # fmt: skip
GRADES = ("", "Acute ", "Chronic ", "Recurrent ", "Severe ", "Metastatic ", "Pediatric ", "Refractory ")
MESH = {"Cancer": "Neoplasms", "Failure": "Insufficiency"}  # what the register calls it, where it differs
DRUGS = [
    first + middle + last
    for first in ("al", "be", "cor", "dex", "er", "fen", "gal", "hex")
    for middle in ("amo", "ilo", "uta", "eri", "oxa", "ivi", "ato")
    for last in ("mab", "nib", "statin", "pril", "zole", "cept", "vir")
]
CITIES = (
    "Oslo", "Bergen", "Paris", "Lyon", "Lille", "Berlin", "Munich", "Hamburg", "Rome", "Milan", "Madrid", "Seville",
    "Boston", "Houston", "Chicago", "Denver", "Seattle", "Atlanta", "Miami", "Dallas", "Phoenix", "Toronto",
    "Montreal", "London", "Leeds", "Beijing", "Shanghai", "Wuhan", "Seoul", "Busan", "Tokyo", "Osaka", "Delhi",
    "Mumbai", "Cairo", "Lima", "Bogota", "Santiago", "Sydney", "Perth"
)  # fmt: skip
COUNTRIES = (
    "Norway", "Norway", "France", "France", "France", "Germany", "Germany", "Germany", "Italy", "Italy", "Spain",
    "Spain", *["United States"] * 9, "Canada", "Canada", "United Kingdom", "United Kingdom", "China", "China",
    "China", "Korea, Republic of", "Korea, Republic of", "Japan", "Japan", "India", "India", "Egypt", "Peru",
    "Colombia", "Chile", "Australia", "Australia"
)  # fmt: skip
AT_HOME = {name: [place for place, country in enumerate(COUNTRIES) if country == name] for name in set(COUNTRIES)}
STATUSES = ("Completed", "Unknown status", "Recruiting", "Terminated", "Not yet recruiting", "Active, not recruiting",
            "Withdrawn", "Enrolling by invitation", "Suspended")  # fmt: skip
STATUS_SHARES = (55, 14, 12, 6, 4, 4, 3, 1, 1)
PHASES = ("Not applicable", None, "Phase 2", "Phase 1", "Phase 3", "Phase 4", "Phase 1/Phase 2", "Early Phase 1")
PHASE_SHARES = (40, 24, 12, 8, 8, 5, 2, 1)
CRITERIA = (
    "Age of {n} years or older with {a}",
    "History of {a} within {n} months before enrolment",
    "Written consent given before any procedure of the study",
    "Known hypersensitivity to {b}",
    "Pregnancy or breast feeding, or no willingness to use contraception",
    "eGFR of at least {n} mL/min/1.73 m2",
    "Body mass index between {n} and 45 kg/m2",
    "Treatment with {b} in the last {n} weeks",
    "Unable to follow the visits of the protocol in the opinion of the investigator",
    "Confirmed {a} by imaging or by biopsy at the site",
)


NO_PARTS = dict.fromkeys(
    ("conditions", "interventions", "phase", "population", "design", "same_programme"), 0
)  # of a score


class Skewed:
    """Draws from a list, the first more often than the second, as names of conditions do."""

    def __init__(self, names: list[str], power: float = 0.8) -> None:
        self.names = names
        self.weights = list(accumulate(1 / (place + 8) ** power for place in range(len(names))))

    def draw(self, random: Random, count: int) -> list[str]:
        return random.choices(self.names, cum_weights=self.weights, k=count)


def fill(path: Path, count: int, seed: int = 1) -> None:
    """Makes `trials.db` at `path` with `count` trials, indexes and search, as the line leaves it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    db = open_trials(path)
    db.execute("PRAGMA synchronous = OFF")
    drop_indexes(db)
    drop_search(db)
    random = Random(seed)
    names = [f"{grade}{part} {kind}" for grade in GRADES for part in PARTS for kind in KINDS]
    random.shuffle(names)
    conditions, ids = Skewed(names), {name: number for number, name in enumerate(names, start=1)}
    drugs = Skewed(DRUGS)
    sponsors = Skewed([f"{part} {word} {number}" for number in range(1, 60) for part in PARTS
                       for word in ("University Hospital", "Institute", "Therapeutics")])  # fmt: skip
    sponsor_ids = {name: number for number, name in enumerate(sponsors.names, start=1)}
    with db.atomic():
        db.conn.executemany("INSERT INTO conditions VALUES (?, ?)", [(n, name) for name, n in ids.items()])
        db.conn.executemany(
            "INSERT INTO sponsors VALUES (?, ?, ?)",
            [(n, name, "INDUSTRY" if "Therap" in name else "OTHER") for name, n in sponsor_ids.items()],
        )
        db.execute("INSERT INTO runs (id, command, source, started_at, ended_at, outcome, seen, new) VALUES "
                   "(1, 'crawl', 'ctgov', '2026-11-19T02:00:00Z', '2026-11-19T02:12:00Z', 'finished', ?, ?)",
                   [count, count])  # fmt: skip
    for first in range(0, count, BATCH):
        rows: Rows = {}
        for number in range(first, min(first + BATCH, count)):
            for name, some in _trial(random, number, count, conditions, ids, drugs, sponsors, sponsor_ids).items():
                rows.setdefault(name, []).extend(some)
        with db.atomic():
            for name, some in rows.items():
                db.conn.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(TABLES[name].columns))})", some)
    ensure_indexes(db)
    ensure_search(path)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def _trial(
    random: Random, number: int, count: int, conditions: Skewed, ids: dict[str, int], drugs: Skewed, sponsors: Skewed,
    sponsor_ids: dict[str, int],
) -> Rows:  # fmt: skip
    """The rows of one trial by table."""
    id = f"NCT{10_000_000 + number:08}"
    named = list(dict.fromkeys(conditions.draw(random, 3)))
    given = drugs.draw(random, 2)
    lead, helper = sponsors.draw(random, 2)
    home = COUNTRIES[random.randrange(len(CITIES))]
    reach = AT_HOME[home] if random.random() < 0.85 else range(len(CITIES))  # most trials stay in one country
    places = [random.choice(reach) for _ in range(min(60, int(random.expovariate(1 / 6)) + 1))]
    status = random.choices(STATUSES, STATUS_SHARES)[0]
    start = f"{random.randint(2003, 2026)}-{random.randint(1, 12):02}"
    updated = f"{random.randint(2010, 2026)}-{random.randint(1, 12):02}-{random.randint(1, 28):02}"
    title = f"A Study of {given[0]} in {random.choice(('Adults', 'Children', 'People'))} With {named[0]}"
    said = {
        "id": id, "source": "ctgov", "source_id": id, "url": f"https://clinicaltrials.gov/study/{id}", "title": title,
        "official_title": f"A Randomized, Double-Blind Trial to Evaluate {given[0]} Compared With {given[1]} for the "
        f"Treatment of {' and '.join(named)}", "acronym": f"ACR{number}" if number % 4 == 0 else None,
        "status": status, "status_text": status.upper(), "phase": random.choices(PHASES, PHASE_SHARES)[0],
        "study_type": "Interventional" if random.random() < 0.77 else "Observational", "allocation": "RANDOMIZED",
        "masking": "DOUBLE", "primary_purpose": "TREATMENT", "enrollment": random.randint(10, 900),
        "enrollment_type": "ESTIMATED", "start_date": start, "primary_completion_date": "2025-06",
        "completion_date": "2025-12", "first_submitted": "2020-01-01", "first_posted": "2020-01-09",
        "last_updated": updated, "has_results": int(random.random() < 0.12),
        "sex": random.choices(("All", "Female", "Male"), (88, 8, 4))[0], "min_age": "18 Years", "min_age_years": 18.0,
        "healthy_volunteers": 0, "study_id": id, "conditions": "; ".join(named), "interventions": "; ".join(given),
        "lead_sponsor": lead, "lead_sponsor_class": "INDUSTRY" if "Therap" in lead else "OTHER",
        "days_to_first_post": random.randint(1, 30), "n_locations": len(places),
        "n_countries": len({COUNTRIES[place] for place in places}), "first_seen": "2026-11-19T02:01:00Z",
        "last_changed": "2026-11-19T02:01:00Z",
    }  # fmt: skip
    others = [other for other in random.sample(range(count), min(20, count)) if other != number]
    rows: Rows = {
        "trials": [tuple(said.get(column) for column in TABLES["trials"].columns)],
        "trial_texts": [(id, f"This study looks at {given[0]} for {named[0]}. " * 4, None,
                         "Inclusion Criteria and Exclusion Criteria")],
        "trial_conditions": [(id, ids[name], place) for place, name in enumerate(named)],
        "trial_sponsors": [(id, sponsor_ids[lead], "lead", 0)],
        "interventions": [_row("interventions", trial_id=id, position=place, type="DRUG", name=name,
                               other_names=f'["{name.upper()}-{len(name)}"]' if place == 0 else None)
                          for place, name in enumerate(given)],
        "arms": [_row("arms", trial_id=id, position=place, label=f"{name} arm", type="EXPERIMENTAL")
                 for place, name in enumerate(given)],
        "outcomes": [_row("outcomes", trial_id=id, position=place, kind="primary" if place == 0 else "secondary",
                          measure=f"Change in {name.lower()} score", time_frame="12 weeks")
                     for place, name in enumerate(named)],
        "keywords": [(id, 0, named[-1].lower())],
        "identifiers": [_row("identifiers", trial_id=id, position=0, type="organisation", value=f"ORG-{number}")],
        "mesh_terms": [(id, place, *term) for place, term in enumerate(_mesh(named))],
        "locations": [_row("locations", trial_id=id, position=place, facility=f"{CITIES[city]} Hospital {city}",
                           city=CITIES[city], country=COUNTRIES[city], status=status,
                           latitude=round(60.0 - city, 3), longitude=round(10.7 + city, 3))
                      for place, city in enumerate(places)],
        "changes": [(None, id, 1, "2026-11-19T02:01:00Z", "new", None, None, None)],
        "similar_trials": [_row("similar_trials", trial_id=id, rank=rank, similar_id=f"NCT{10_000_000 + other:08}",
                                score=round(1 / rank, 3), text=round(0.8 / rank, 3), **NO_PARTS)
                           for rank, other in enumerate(others, start=1)],
        "criteria": [], "thresholds": [],
    }  # fmt: skip
    if sponsor_ids[helper] != sponsor_ids[lead] and number % 3 == 0:
        rows["trial_sponsors"].append((id, sponsor_ids[helper], "collaborator", 1))
    for place in range(random.randint(8, 24)):
        row_id, n = number * 24 + place + 1, random.randint(12, 90)
        text = CRITERIA[random.randrange(len(CRITERIA))].format(
            n=n, a=named[place % len(named)].lower(), b=given[place % 2]
        )
        kind = "inclusion" if place < 7 else "exclusion"
        rows["criteria"].append(_row("criteria", id=row_id, trial_id=id, position=place, kind=kind, level=0, text=text))
        if "eGFR" in text or "index" in text:
            variable = "egfr" if "eGFR" in text else "bmi"
            limit = {"variable": variable, "lower": n, "lower_inclusive": 1, "canonical_lower": n, "text": text}
            rows["thresholds"].append(
                _row("thresholds", id=row_id, criterion_id=row_id, trial_id=id, kind=kind, **limit)
            )
    return rows


def _row(table: str, **said: Any) -> tuple[Any, ...]:
    """A row in the table's order of columns; what is not said is NULL."""
    return tuple(map(said.get, TABLES[table].columns))


def _mesh(named: list[str]) -> list[tuple[str, str, str | None, int]]:
    """The headings of a trial's conditions, the assigned ones first."""
    assigned, above = {}, {}
    for name in named:
        *_, part, kind = name.split()
        assigned[f"{part} {MESH.get(kind, kind)}"] = None
        above |= {f"{part} Diseases": None, f"{MESH.get(kind, kind)}": None}
    return [("condition", term, None, 0) for term in assigned] + [("condition", term, None, 1) for term in above]
