"""Reasons are true: each part by itself, and on the real records against another way of finding the same."""

from __future__ import annotations

import gzip
import html
import json
import random
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pipelines.folder import DataFolder
from pipelines.reasons import (
    TOP_TERMS,
    Facts,
    Reasons,
    age_range,
    as_data,
    facts,
    facts_of,
    phase_in_words,
    reasons,
    sentences,
)
from pipelines.similar import similar
from pipelines.similar_agreement import (
    CONDITIONS,
    DESIGN,
    INTERVENTIONS,
    PHASE,
    POPULATION,
    TEXT,
    Population,
    phase_agreement,
    population_agreement,
)
from pipelines.similar_records import Heading, Record
from pipelines.similar_terms import STOP, drug_names, terms, words
from tests.running import SOAK, trialdex


@pytest.mark.parametrize(
    ("name", "others", "known_as"),
    [
        ("Losartan 100mg", [], {"losartan"}),
        ("Losartan Potassium 50 mg Tablet", [], {"losartan"}),
        ("Potassium", [], {"potassium"}),
        ("Sirolimus 1.0 mg/kg IV", ["Rapamune®", "RAPA-1234"], {"sirolimus", "rapamune", "rapa1234"}),
        ("rapa 1234", [], {"rapa1234"}),
        ("Cisplatin 75 mg/m2 on Day 1", [], {"cisplatin"}),
        ("sacubitril/valsartan", [], {"sacubitril valsartan", "sacubitril", "valsartan"}),
        ("memantine hydrochloride (HCl)", [], {"memantine"}),
        ("Vitamin D3 2000 IU", [], {"vitamin d3"}),
        ("Interferon alpha-2b", [], {"interferon alpha 2b"}),
        ("Hypertonic saline", [], {"hypertonic saline"}),
        ("Placebo for adalimumab", [], set()),
        ("Sham", ["device"], {"device"}),
        ("Standard of care", [], set()),
        ("Normal saline", [], set()),
        (None, [], set()),
        ("", ["  "], set()),
        ("®" * 10_000, [], set()),
    ],
)
def test_names_of_a_drug_are_made_alike(name: str | None, others: list[str], known_as: set[str]) -> None:
    assert drug_names(name, others) == known_as


def test_terms_are_words_and_pairs_of_one_line() -> None:
    assert list(terms(["History of heart failure", "Fever"])) == [
        "history", "heart", "failure", "history heart", "heart failure", "fever",
    ]  # fmt: skip
    assert STOP.isdisjoint(words("The patients who were with fever"))


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ("Phase 2", "Phase 2", 1.0),
        ("Phase 2", "Phase 3", 2 / 3),
        ("Phase 2", "Phase 2/Phase 3", 5 / 6),
        ("Early Phase 1", "Phase 4", 0.0),
        ("Not applicable", "Not applicable", 1.0),
        ("Not applicable", "Phase 1", 0.0),
        (None, "Phase 1", 0.0),
        (None, None, 0.0),
    ],
)
def test_phases_agree_by_their_distance(one: str | None, other: str | None, agree: float) -> None:
    assert phase_agreement(one, other) == phase_agreement(other, one) == pytest.approx(agree)


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ((18, 65, "All"), (18, 65, "All"), 1.0),
        ((18, None, "All"), (18, None, "Female"), 0.75),
        ((0, 17, "All"), (18, None, "All"), 0.5),
        ((20, 60, "Male"), (40, 60, "Female"), 0.25),
        ((None, None, "All"), (18, 65, "All"), 0.5),
        ((None, None, None), (18, 65, "All"), 0.0),
        ((18, 18, "All"), (18, 18, "All"), 1.0),
        ((30, 20, None), (18, 65, None), 0.0),
    ],
)
def test_populations_agree_by_ages_and_sex(one: Any, other: Any, agree: float) -> None:
    assert population_agreement(Population(*one), Population(*other)) == pytest.approx(agree)
    assert population_agreement(Population(*other), Population(*one)) == pytest.approx(agree)


@pytest.mark.parametrize(
    ("ages", "said"),
    [
        ((18.0, 65.0), "18 to 65 years"),
        ((0.5, None), "0.5 years and over"),
        ((None, 17.0), "up to 17 years"),
        ((None, None), ""),
    ],
)
def test_ages_in_words(ages: tuple[float | None, float | None], said: str) -> None:
    assert age_range(Population(*ages, None)) == said


def test_phases_in_words() -> None:
    assert phase_in_words("Phase 2", "Phase 2") == "Same phase: Phase 2"
    assert phase_in_words("Phase 2", "Phase 3") == "Nearby phases: Phase 2 and Phase 3"
    assert phase_in_words("Phase 1", "Not applicable") == "Different phases: Phase 1 and Not applicable"
    assert phase_in_words(None, "Phase 3") == "Phase not said by this trial"


def test_the_parts_of_a_full_score_are_one() -> None:
    assert pytest.approx(1) == TEXT + CONDITIONS + INTERVENTIONS + PHASE + POPULATION + DESIGN


def made(id: str, **said: Any) -> Facts:
    record = Record(id=id, **said)
    record.give(said.get("title"), [])
    return facts_of(record, {"heart": 2.0, "failure": 3.0, "heart failure": 2.0, "fever": 1.0})


ONE = made(
    "one", title="Examplinib", conditions=["Heart Failure"], phase="Phase 2", sex="All", min_age_years=18.0,
    headings=[Heading("condition", "Heart Failure", False), Heading("condition", "Heart Diseases", True)],
    criteria=[("inclusion", "Fever"), ("exclusion", "Pregnancy")], comparators=["EXPERIMENTAL", "PLACEBO_COMPARATOR"],
)  # fmt: skip
OTHER = made(
    "other", title="EXAMPLINIB 5 mg", conditions=["heart failure", "Fever"], phase="Phase 3", sex="All",
    headings=[Heading("condition", "Heart Diseases", False)],
    criteria=[("inclusion", "Fever"), ("exclusion", "Known renal failure")], comparators=["ACTIVE_COMPARATOR"],
)  # fmt: skip


def test_reasons_of_a_pair() -> None:
    found = reasons(ONE, OTHER)
    assert [(each.one, each.other, each.how) for each in found.conditions] == [
        ("Heart Failure", "heart failure", "name"), ("Heart Diseases", "Heart Diseases", "broader heading"),
    ]  # fmt: skip
    assert [(each.one, each.other, each.known_as) for each in found.interventions] == [
        ("Examplinib", "EXAMPLINIB 5 mg", "examplinib")
    ]
    assert {each.term for each in found.terms} == {"heart", "failure", "heart failure", "fever"}
    fever = next(each for each in found.terms if each.term == "fever")
    assert (fever.one_fields, fever.other_fields) == (("criteria",), ("conditions", "criteria"))
    assert sum(each.adds for each in found.terms) == pytest.approx(found.parts["text"], abs=1e-4)
    assert found.differs.lacks == (("exclusion", "Pregnancy"),)
    assert found.differs.adds == (("exclusion", "Known renal failure"),)
    assert found.differs.phase == ("Phase 2", "Phase 3")
    assert found.differs.comparator == ("placebo", "an active comparator")
    assert sum(found.parts.values()) == pytest.approx(found.score)


def test_reasons_are_the_same_from_either_side() -> None:
    there, back = reasons(ONE, OTHER), reasons(OTHER, ONE)
    assert (there.score, there.parts) == (back.score, back.parts)
    assert (there.differs.lacks, there.differs.adds) == (back.differs.adds, back.differs.lacks)
    assert [(each.one, each.other) for each in there.interventions] == [
        (each.other, each.one) for each in back.interventions
    ]


def test_sentences_say_what_was_found_and_data_is_json() -> None:
    said = sentences(reasons(ONE, OTHER))
    assert said[0] == "Same condition: Heart Failure."
    assert "Both under: Heart Diseases." in said
    assert "Same intervention: Examplinib (there: EXAMPLINIB 5 mg)." in said
    assert "Compared with placebo here, with an active comparator there." in said
    assert said[-1] == "1 criterion there without a counterpart here."
    told = json.loads(json.dumps(as_data(reasons(ONE, OTHER))))
    assert told["sentences"] == said
    assert told["parts"].keys() == reasons(ONE, OTHER).parts.keys()


def test_trials_that_say_nothing_have_nothing_in_common() -> None:
    found = reasons(made("a"), made("b"))
    assert found.score == 0
    assert sentences(found) == []
    assert not found.same_programme


# --- the real records -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real(records: Path, tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    folder = DataFolder(tmp_path_factory.mktemp("real"))
    done = trialdex("--quiet", "--data", folder.path, "load", records / "ctgov" / "studies.jsonl.gz")
    assert done.returncode == 0, done.stderr
    similar(folder)
    return folder


class Told:
    """A study's own JSON, searched without any of the code under test."""

    def __init__(self, study: dict[str, Any]) -> None:
        protocol, derived = study["protocolSection"], study.get("derivedSection", {})
        self.conditions = protocol.get("conditionsModule", {}).get("conditions", [])
        self.phases = protocol.get("designModule", {}).get("phases")
        given = protocol.get("armsInterventionsModule", {}).get("interventions", [])
        self.drugs = [name for one in given for name in (one.get("name"), *one.get("otherNames", [])) if name]
        self.meshes, self.ancestors = (
            {kind: {mesh["term"] for mesh in derived.get(f"{kind}BrowseModule", {}).get(key, [])}
             for kind in ("condition", "intervention")}
            for key in ("meshes", "ancestors")
        )  # fmt: skip
        identity = protocol["identificationModule"]
        outcomes = [one for kind in ("primary", "secondary", "other")
                    for one in protocol.get("outcomesModule", {}).get(f"{kind}Outcomes", [])]  # fmt: skip
        self.texts = {
            "title": [identity.get("briefTitle", ""), identity.get("officialTitle", "")],
            "conditions": self.conditions,
            "interventions": self.drugs,
            "mesh": [*self.meshes["condition"], *self.meshes["intervention"]],
            "keywords": protocol.get("conditionsModule", {}).get("keywords", []),
            "outcomes": [one.get("measure", "") for one in outcomes],
            "criteria": [protocol.get("eligibilityModule", {}).get("eligibilityCriteria", "")],
        }
        self.read = {field: [as_read(text) for text in texts] for field, texts in self.texts.items()}
        self.found: dict[tuple[str, str], bool] = {}

    def has(self, term: str, field: str) -> bool:
        """Whether the words of a term stand in a field, in this order; between them only function words and signs."""
        if (term, field) not in self.found:
            self.found[term, field] = any(f" {term} " in text for text in self.read[field])
        return self.found[term, field]


def as_read(text: str) -> str:
    """A text in lower case without escapes (the register's: "\\>" is ">", and HTML's), and once more without list
    markers: a circled number is one, and to a regular expression it is a letter of the word that follows. Each word
    between two spaces; function words, single letters and signs are left out."""
    plain = html.unescape(text.lower()).replace("\\", "")
    both = plain, re.sub("[\u2460-\u24ff\u2776-\u2793]", " ", plain)
    kept = ([word for word in re.findall(r"[^\W_]+", one) if len(word) > 1 and word not in STOP] for one in both)
    return "\n".join(f" {' '.join(one)} " for one in kept)


def squashed(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.lower())


@pytest.fixture(scope="module")
def studies(records: Path) -> dict[str, Told]:
    with gzip.open(records / "ctgov" / "studies.jsonl.gz", "rt", encoding="utf-8") as lines:
        every = (json.loads(line) for line in lines)
        return {one["protocolSection"]["identificationModule"]["nctId"]: Told(one) for one in every}


def test_every_reason_on_the_real_records_is_true(real: DataFolder, studies: dict[str, Told]) -> None:
    """Every stored pair (a seeded tenth but in the soak): the score as stored, and each condition, drug, term and phase
    against the records' JSON."""
    with closing(sqlite3.connect(f"file:{real.trials}?mode=ro", uri=True)) as db:
        known = {id: facts(db, id) for (id,) in db.execute("SELECT id FROM trials").fetchall()}
        pairs = db.execute("SELECT trial_id, similar_id, score, text FROM similar_trials").fetchall()
    assert len(pairs) > 45_000
    if not SOAK:
        pairs = random.Random(2026).sample(pairs, len(pairs) // 10)
    assert known.keys() == studies.keys()
    for one, other, score, text in pairs:
        first, second = known[one], known[other]
        assert first is not None
        assert second is not None
        found = reasons(first, second)
        assert (found.score, found.parts["text"]) == (score, text), (one, other)
        assert_true(found, studies[one], studies[other])


def assert_true(found: Reasons, one: Told, other: Told) -> None:
    pair = (found.one_id, found.other_id)
    for shared in found.conditions:
        if shared.how == "name":
            assert shared.one in one.conditions, pair
            assert shared.other in other.conditions, pair
            assert squashed(shared.one) == squashed(shared.other), pair
        else:
            both = [told.meshes["condition"] | told.ancestors["condition"] for told in (one, other)]
            assert shared.one in both[0] & both[1], pair
            assigned = shared.one in one.meshes["condition"] & other.meshes["condition"]
            assert assigned == (shared.how == "heading"), pair
    same = {squashed(name) for name in one.conditions} & {squashed(name) for name in other.conditions}
    assert same - {""} <= {squashed(shared.one) for shared in found.conditions if shared.how == "name"}, pair
    for drug in found.interventions:
        for told in (one, other):
            said = {squashed(name) for name in (*told.drugs, *told.meshes["intervention"])}
            assert any(squashed(drug.known_as.split()[0]) in name for name in said), (pair, drug)
    for term in found.terms:
        for fields, told in ((term.one_fields, one), (term.other_fields, other)):
            assert fields, pair
            assert all(told.has(term.term, field) for field in fields), (pair, term)
    assert len(found.terms) <= TOP_TERMS
    if found.phase.startswith("Same phase"):
        assert one.phases == other.phases, pair
    elif found.differs.phase:
        assert one.phases != other.phases, pair
    else:
        assert not one.phases or not other.phases, pair
