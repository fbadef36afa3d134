"""What the change log of a collection must hold, told by the register's own log and the register's own studies.

The register tells every event of every day. A collection that looks every night tells the same; one that missed nights,
or was cut short in one, tells at its next look at a study what has become of it since the last: a study that was new on
Monday and changed on Tuesday is new to who looks on Wednesday, one that went and came back was never gone.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from msgspec import json

from replica.plan import index_of, nct_id
from replica.world import World

# Our fields that an event of the register can touch, and where the register has them.
PLACES: dict[str, tuple[str, ...]] = {
    "title": ("identificationModule", "briefTitle"),
    "identifiers": ("identificationModule", "nctIdAliases"),
    "status": ("statusModule", "overallStatus"),
    "status_text": ("statusModule", "overallStatus"),
    "last_known_status": ("statusModule", "lastKnownStatus"),
    "why_stopped": ("statusModule", "whyStopped"),
    "status_verified": ("statusModule", "statusVerifiedDate"),
    "last_update_submitted": ("statusModule", "lastUpdateSubmitDate"),
    "last_updated": ("statusModule", "lastUpdatePostDateStruct", "date"),
    "last_updated_type": ("statusModule", "lastUpdatePostDateStruct", "type"),
    "enrollment": ("designModule", "enrollmentInfo", "count"),
    "locations": ("contactsLocationsModule", "locations"),
    "criteria": ("eligibilityModule", "eligibilityCriteria"),
}
# What the register's log calls a field that changed -> what ours does. A merge gives its target one more number.
NAMED = {"eligibility_text": "criteria", "target of a merge": "identifiers"}


class Told(NamedTuple):
    """One or more lines of a change log about one field of a study, or about the study as a whole."""

    nct_id: str
    kind: str
    field: str | None = None


class RegisterLog:
    """The register as one collection has looked at it."""

    def __init__(self, world: World) -> None:
        self.world, self.day = world, world.day
        self.live: dict[str, bool] = {}  # every study that the collection knows
        self.served: dict[str, bytes] = {}  # its body when it was last looked at
        self.touched: dict[str, set[str]] = {nct_id(index): set() for index in world.present()}

    def looked(self, at: set[str] | None = None) -> set[Told]:
        """What a look tells at some studies, or at all: what has become of each since the last look at it."""
        for day in range(self.day + 1, self.world.day + 1):
            for event in self.world.log(day):
                self.touched.setdefault(event.nct_id, set()).update(event.fields)
                if event.target:
                    self.touched.setdefault(event.target, set()).add("target of a merge")
        self.day = self.world.day
        looked_at = self.touched.keys() if at is None else self.touched.keys() & at
        return {told for study in list(looked_at) for told in self._look(study)}

    def unseen(self) -> set[str]:
        """The studies that appeared, or changed with a date, since they were last looked at: what a crawl by date of
        update brings. Call after `looked`."""
        present = {study: index for study in self.touched if self.world.is_present(index := index_of(study) or 0)}
        return {
            study
            for study, index in present.items()
            if study not in self.live or "last_updated" in differences(self.served[study], self.world.study_json(index))
        }

    def _look(self, study: str) -> set[Told]:
        index = index_of(study)
        assert index is not None
        if not self.world.is_present(index):
            was_live = self.live.get(study)
            if was_live:
                self.live[study] = False
            kind = "merged" if self.world.find(study)[0] is not None else "removed"
            return {Told(study, kind)} if was_live else set()
        body = self.world.study_json(index)
        if study in self.live:
            changed = differences(self.served[study], body)
            named = {NAMED.get(field, field) for field in self.touched[study]}
            assert named <= changed, f"the register says of {study} that {named - changed} changed, and they did not"
            told = {Told(study, "changed", field) for field in changed}
            told |= set() if self.live[study] else {Told(study, "returned")}
        else:
            told = {Told(study, "new")}
        self.live[study], self.served[study] = True, body
        del self.touched[study]
        return told


def differences(before: bytes, after: bytes) -> set[str]:
    """Our fields in which two bodies of a study differ."""
    old, new = (json.decode(body)["protocolSection"] for body in (before, after))
    return {field for field, path in PLACES.items() if _at(old, path) != _at(new, path)}


def _at(found: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        found = (found or {}).get(name)
    return found
