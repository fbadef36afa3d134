"""A published folder for tests of the trial page, of comparisons and of what hostile texts do to them."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from pipelines.folder import DataFolder
from pipelines.link import link
from pipelines.publish import publish
from pipelines.reconcile import reconcile
from pipelines.schema import open_trials
from pipelines.similar import similar
from replica import studies
from scraper.items import Page, RawRecord
from tests.made import AT, gone, raw, run, study

LATER = "2026-11-21T04:00:00Z"
LISTING = "portal.example:4711"
LISTING_PAGE = """<html><head><title>Quokka</title></head><body><h1>Quokka tablets at home</h1>
<dl><dt>Condition</dt><dd>Gout</dd><dt>Clinical Study Identifier</dt><dd>NCT09900001</dd></dl></body></html>"""
CRITERIA = """Inclusion Criteria:

* Age 18 to 75 years
* One of the following diseases:
    * Narwhal syndrome
    * Quokka fever
* eGFR >= 45 mL/min/1.73 m2

Exclusion Criteria:

* Narwhals at home
* Pregnancy"""
OTHER_CRITERIA = """Inclusion Criteria:

* Age 18 to 75 years
* eGFR >= 60 mL/min/1.73 m2
* Willing to count quokkas daily

Exclusion Criteria:

* Narwhals at home
* Allergy to quokkas"""
# Three of our own: one that changed, one to compare it with, one that the register took back.
CHANGED, OTHER, GONE = "NCT09900001", "NCT09900002", "NCT09900003"
RICH, MANY_SITES = "NCT09000026", "NCT09000030"  # full records with results: one with documents, one with 62 sites

CODE = re.compile(r"[A-Z0-9_/,. -]*\Z|NCT\d{8}\Z|\d{4}(-\d\d){0,2}|[\d.]+\Z|(?:Prot|SAP|ICF)|\d+ \w+\Z")


def everywhere(record: Any, text: str) -> Any:
    """A record in which each free text is another one: codes, dates and numbers stay."""
    if isinstance(record, dict):
        return {key: everywhere(value, text) for key, value in record.items()}
    if isinstance(record, list):
        return [everywhere(value, text) for value in record]
    return text if isinstance(record, str) and not CODE.match(record) else record


def rich(index: int, change: Callable[[dict[str, Any]], dict[str, Any]] = lambda record: record) -> dict[str, Any]:
    """A full synthetic study with a number of its own, changed."""
    record = studies.study(index)
    number = record["protocolSection"]["identificationModule"]["nctId"]
    record = change(record)
    record["protocolSection"]["identificationModule"]["nctId"] = number
    return record


def library_folder(path: Path) -> DataFolder:
    """Forty full studies, three small ones of which one changed and one is gone, and a listing of the first."""
    folder = DataFolder(path)
    listing = RawRecord(
        source="portal", source_id=LISTING, url="https://portal.example/trials/4711", fetched_at=AT,
        content_type="text/html", body=LISTING_PAGE.encode(),
    )  # fmt: skip
    first = study(900001, title="Quokka tablets", criteria=CRITERIA, conditions=["Narwhal Syndrome"])
    run(
        folder,
        [rich(index) for index in range(40)],
        [
            first,
            study(900002, title="Quokka drops", criteria=OTHER_CRITERIA, conditions=["Narwhal Syndrome", "Gout"]),
            study(900003, title="A study that is gone", conditions=["Gout"]),
        ],
        Page((listing,)),
    )
    first["protocolSection"]["identificationModule"]["briefTitle"] = "Quokka tablets for narwhal syndrome"
    first["protocolSection"]["statusModule"]["overallStatus"] = "COMPLETED"
    run(folder, Page((raw(first, LATER),)), gone(900003, LATER))
    with folder.locked():
        with closing(open_trials(folder.trials)) as trials:
            link(trials)
            reconcile(trials)
        similar(folder, processes=1)
        publish(folder)
    return folder
