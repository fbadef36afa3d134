"""A published file in which a search can go wrong: headings, other names, misleading places, exclusions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipelines.folder import DataFolder
from pipelines.publish import publish
from scraper.items import Page
from tests.made import AT, gone, raw, run, study

ASTHMA = ("Asthma", ("Lung Diseases", "Respiratory Tract Diseases"))
FIBROSIS = ("Pulmonary Fibrosis", ("Lung Diseases", "Fibrosis"))
LATER = "2026-11-21T04:00:00Z"


def headed(
    number: int, *headings: tuple[str, tuple[str, ...]], given: str = "Examplinib", also: str = "EX-1", **said: Any
) -> dict[str, Any]:
    """A study with MeSH headings and what stands above them, and one drug with one other name."""
    made = study(number, **said)
    made["derivedSection"]["conditionBrowseModule"] = {
        "meshes": [{"id": f"D{number:04}{n}", "term": term} for n, (term, _) in enumerate(headings)],
        "ancestors": [{"id": f"D9{number:04}{n}", "term": a} for n, (_, above) in enumerate(headings) for a in above],
    }
    made["protocolSection"]["armsInterventionsModule"]["interventions"] = [
        {"type": "DRUG", "name": given, "otherNames": [also] if also else []}
    ]
    made["protocolSection"]["statusModule"]["lastUpdatePostDateStruct"]["date"] = f"2026-10-{number:02}"
    return made


def library(folder: Path) -> DataFolder:
    """Ten trials of ctgov, one of them removed, one changed in a second night."""
    data = DataFolder(folder)
    excluding = "Inclusion Criteria:\n\n* Fever\n\nExclusion Criteria:\n\n* Asthma of any kind\n* Pregnancy"
    trials = [
        headed(1, ASTHMA, conditions=["Asthma"], title="Quokka spray for asthma", given="Spraylin", also="SPR-77"),
        headed(2, ASTHMA, conditions=["Wheezy Illness"], title="Breathing better", given="Spraylin", also="SPR-77"),
        headed(3, ASTHMA, conditions=["Wheezy Illness"], title="Breathing best", status="COMPLETED"),
        headed(4, FIBROSIS, conditions=["Scarred Lungs (SL)"], title="A trial of scars", sites=[]),
        headed(5, FIBROSIS, conditions=["Scarred Lungs (SL)"], title="Another trial of scars", status="A_NEW_WORD"),
        headed(6, conditions=["Synthetic Fever"], criteria=excluding, title="Cooling a fever"),
        headed(7, conditions=["Gout"], title="Toes", sponsor="Fever Institute", sites=[
            {"facility": "Asthma Clinic", "city": "Lima", "country": "Peru"},
            {"facility": "Haus Weißbach", "city": "Tromsø", "country": "Norway"}]),
        headed(8, conditions=["Lung Cancer", "Gout"], title="Two things at once", given="Spray-Lin", also=""),
        headed(9, conditions=["Breast Cancer", "Lung Infection"], title="Cancer here, lung there"),
        headed(10, conditions=["Asthma"], title="An asthma trial that is gone"),
    ]  # fmt: skip
    run(data, trials, gone(10))
    trials[5]["protocolSection"]["statusModule"]["overallStatus"] = "COMPLETED"
    run(data, Page((raw(trials[5], at=LATER),)))
    with data.locked():
        publish(data)
    return data


def id_of(number: int) -> str:
    return f"NCT09{number:06}"


__all__ = ["AT", "LATER", "headed", "id_of", "library"]
