"""What happens to a synthetic study in the course of days. Each edit is a function of the study and a date; the study
is changed in place and the names of the changed fields are returned (none: the edit does not fit this study)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, TypeAlias

from msgspec import json

from replica.places import cities, site
from replica.plan import OPEN

Edit: TypeAlias = Callable[[dict[str, Any], date, int], tuple[str, ...]]
NEXT_STATUS = {
    "NOT_YET_RECRUITING": "RECRUITING",
    "RECRUITING": "ACTIVE_NOT_RECRUITING",
    "ENROLLING_BY_INVITATION": "COMPLETED",
    "ACTIVE_NOT_RECRUITING": "COMPLETED",
    "SUSPENDED": "TERMINATED",
    "UNKNOWN": "COMPLETED",
    "AVAILABLE": "APPROVED_FOR_MARKETING",
}


def posted(study: dict[str, Any], on: date) -> None:
    """Moves the update dates, as every edit by a sponsor does."""
    status = study["protocolSection"]["statusModule"]
    status["lastUpdateSubmitDate"] = (on - timedelta(days=4)).isoformat()
    status["lastUpdatePostDateStruct"] = {"date": on.isoformat(), "type": "ACTUAL"}
    status["statusVerifiedDate"] = on.isoformat()[:7]


def title(study: dict[str, Any], on: date, salt: int) -> tuple[str, ...]:
    study["protocolSection"]["identificationModule"]["briefTitle"] += f" (Amendment {salt % 90 + 2})"
    posted(study, on)
    return ("title",)


def status(study: dict[str, Any], on: date, salt: int) -> tuple[str, ...]:
    module = study["protocolSection"]["statusModule"]
    following = NEXT_STATUS.get(module["overallStatus"])
    if not following:
        return ()
    module["overallStatus"] = following
    module.pop("lastKnownStatus", None)
    if following == "TERMINATED":
        module["whyStopped"] = "Slow accrual"
    posted(study, on)
    return ("status",)


def enrollment(study: dict[str, Any], on: date, salt: int) -> tuple[str, ...]:
    info = study["protocolSection"].get("designModule", {}).get("enrollmentInfo")
    if not info:
        return ()
    info["count"] += salt % 40 + 1
    posted(study, on)
    return ("enrollment",)


def locations(study: dict[str, Any], on: date, salt: int) -> tuple[str, ...]:
    """One site more; with an even salt the first one goes."""
    listed = study["protocolSection"].setdefault("contactsLocationsModule", {}).setdefault("locations", [])
    if salt % 2 == 0 and len(listed) > 1:
        del listed[0]
    listed.append(json.decode(site(salt % (len(cities()) * 24), None, False)))
    posted(study, on)
    return ("locations",)


def criteria(study: dict[str, Any], on: date, salt: int) -> tuple[str, ...]:
    module = study["protocolSection"].get("eligibilityModule")
    if not module:
        return ()
    module["eligibilityCriteria"] += f"\n* Participation in the replica study number {salt % 900 + 100}"
    posted(study, on)
    return ("eligibility_text",)


def unknown(study: dict[str, Any], on: date, salt: int) -> tuple[str, ...]:
    """The register's own doing: the status becomes unknown and no date moves."""
    module = study["protocolSection"]["statusModule"]
    if module["overallStatus"] not in OPEN:
        return ()
    module["lastKnownStatus"], module["overallStatus"] = module["overallStatus"], "UNKNOWN"
    return ("status",)


def registered(study: dict[str, Any], on: date, salt: int) -> tuple[str, ...]:
    """Makes a study one that was registered on this day."""
    for section in ("resultsSection", "documentSection", "annotationSection"):
        study.pop(section, None)
    study["hasResults"] = False
    study["derivedSection"]["miscInfoModule"].pop("submissionTracking", None)
    study["protocolSection"]["identificationModule"].pop("nctIdAliases", None)
    module = study["protocolSection"]["statusModule"]
    for name in list(module):
        if name.startswith(("results", "disp")) or name in ("lastKnownStatus", "whyStopped", "delayedPosting"):
            del module[name]
    day = on.isoformat()
    expanded = study["protocolSection"].get("designModule", {}).get("studyType") == "EXPANDED_ACCESS"
    module["overallStatus"] = "AVAILABLE" if expanded else "NOT_YET_RECRUITING"
    if not expanded:
        module["startDateStruct"] = {"date": (on + timedelta(days=salt % 200 + 5)).isoformat(), "type": "ESTIMATED"}
        for name in ("primaryCompletionDateStruct", "completionDateStruct"):
            module[name] = {"date": (on + timedelta(days=salt % 900 + 400)).isoformat()[:7], "type": "ESTIMATED"}
    module["studyFirstSubmitDate"] = module["studyFirstSubmitQcDate"] = (on - timedelta(days=6)).isoformat()
    module["studyFirstPostDateStruct"] = {"date": day, "type": "ACTUAL"}
    info = study["protocolSection"].get("designModule", {}).get("enrollmentInfo")
    if info:
        info["type"] = "ESTIMATED"
    posted(study, on)
    return ()


SPONSOR_EDITS: dict[str, Edit] = {
    "title": title, "status": status, "enrollment": enrollment, "locations": locations, "criteria": criteria,
}  # fmt: skip
EDITS: dict[str, Edit] = {**SPONSOR_EDITS, "unknown": unknown, "registered": registered}
