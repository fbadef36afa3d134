"""What a portal's listing says otherwise than the register, on purpose: the truth that tests compare with.

Every listing has one way of differing (`DIFFERENCES`); where its study has nothing to differ in, it has none.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

DIFFERENCES = (
    "status", "spelling", "older", "none", "sponsor", "condition", "title", "phase", "ages", "criteria",
)  # fmt: skip
STATUSES = {  # of trials; those of expanded access have words of their own, and "unknown" contradicts nothing
    "RECRUITING": "Recruiting", "NOT_YET_RECRUITING": "Not yet recruiting", "COMPLETED": "Completed",
    "ACTIVE_NOT_RECRUITING": "Active, not recruiting", "ENROLLING_BY_INVITATION": "Enrolling by invitation",
    "TERMINATED": "Terminated", "WITHDRAWN": "Withdrawn", "SUSPENDED": "Suspended",
}  # fmt: skip
PHASES = {"EARLY_PHASE1": "Early Phase 1", "PHASE1": "Phase 1", "PHASE2": "Phase 2", "PHASE3": "Phase 3",
          "PHASE4": "Phase 4"}  # fmt: skip
FORMER_SPONSOR = "Former Replica Therapeutics"
OTHER_CONDITION = "Replica Syndrome"
OTHER_TITLE = "Could a new way of caring help you, too?"
ADDED = "Left the replica portal's newsletter within 30 days"
REWORDING = ", in the opinion of the doctor"
PLAIN_LINE = re.compile(r"[A-Z][^;:()\\]{20,90}")


class Contradiction(NamedTuple):
    """One difference. `portal` or `register` is None where only the other side has it."""

    field: str  # a column of the project's tables
    kind: str
    portal: str | None
    register: str | None


def contradictions(
    difference: str, says_status: bool, protocol: dict[str, Any], lines: list[str]
) -> tuple[Contradiction, ...]:
    """How a listing differs. `lines` are its study's inclusion criteria, as a portal shows them."""
    if difference == "status":
        status = STATUSES.get(protocol["statusModule"]["overallStatus"])
        shown = "Recruiting" if status != "Recruiting" else "Completed"
        return (Contradiction("status", "differs", shown, status),) if status and says_status else ()
    if difference == "sponsor":
        name = protocol["sponsorCollaboratorsModule"]["leadSponsor"]["name"]
        return (Contradiction("lead_sponsor", "differs", FORMER_SPONSOR, name),)
    if difference == "condition":
        named = protocol.get("conditionsModule", {}).get("conditions", [])
        return (
            Contradiction("conditions", "added", OTHER_CONDITION, None),
            *(Contradiction("conditions", "missing", None, name) for name in named),
        )
    if difference == "title":
        title = protocol["identificationModule"]["briefTitle"]
        return (Contradiction("title", "differs", OTHER_TITLE, title),)
    if difference == "phase":
        phases = protocol.get("designModule", {}).get("phases", [])
        said = PHASES.get(phases[0]) if len(phases) == 1 else None
        other = "Phase 4" if said != "Phase 4" else "Phase 2"
        return (Contradiction("phase", "differs", other, said),) if said else ()
    if difference == "ages":
        said = protocol.get("eligibilityModule", {}).get("minimumAge")
        return (Contradiction("min_age", "differs", "77 Years", said),) if said else ()
    return _criteria(lines) if difference == "criteria" else ()


def _criteria(lines: list[str]) -> tuple[Contradiction, ...]:
    """One criterion left out, one in other words, one more; where enough stand on a line of their own."""
    if any(line.lstrip()[:1].islower() for line in lines):  # hard-wrapped: a line is no criterion
        return ()
    plain = [line for line in lines if PLAIN_LINE.fullmatch(line) and lines.count(line) == 1]
    if len(plain) < 3:
        return ()
    return (
        Contradiction("criteria", "missing", None, plain[0]),
        Contradiction("criteria", "reworded", plain[1].rstrip(".") + REWORDING, plain[1]),
        Contradiction("criteria", "added", ADDED, None),
    )
