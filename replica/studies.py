"""Synthetic studies in the shape of ClinicalTrials.gov's API v2. Nothing in them is a real trial.

A study is a pure function of its index, the seed and the day; nothing is stored, so that a world of 600,000 studies
costs what one of 60 does. Sizes, formats and proportions follow the register (see `plan.py`); the conditions, drugs and
criteria come in families (`families.py`), so that studies of one family are similar in the way that real ones are.

    python -m replica.studies --count 20000 > studies.jsonl
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

from msgspec import json

from replica.families import families
from replica.plan import LARGEST_INDEX, Plan, alias_id, data_day, decide, family_number, index_of, iso, nct_id
from replica.protocol import protocol_section
from replica.results import annotation_section, document_section, results_section

__all__ = ["LARGEST_INDEX", "alias_id", "data_day", "family", "index_of", "nct_id", "study", "study_json"]


def study(index: int, seed: int = 0, day: int = 0) -> dict[str, Any]:
    """One complete study as on day `day` of a world where nothing happens. Raises ValueError on a bad index."""
    found: dict[str, Any] = json.decode(study_json(index, seed, day))
    return found


def study_json(index: int, seed: int = 0, day: int = 0) -> bytes:
    """The same study as compact JSON, as the register sends it."""
    return json.encode(build(decide(index, seed), data_day(day).isoformat()))


def family(index: int, seed: int = 0) -> str:
    """The name of the family that a study belongs to; studies of one family are similar."""
    return families()[family_number(index, seed)].name


def has_alias(index: int) -> bool:
    """Whether the study had an older number from the start."""
    return index % 250 == 17


def build(plan: Plan, version: str) -> dict[str, Any]:
    """The study's parts, for `json.encode` only: they share fragments with other studies."""
    draw = plan.draw
    found: dict[str, Any] = {"protocolSection": protocol_section(plan)}
    if plan.has_results:
        found["resultsSection"] = results_section(plan)
    elif plan.status == "COMPLETED" and draw() < 0.02:
        sponsor = found["protocolSection"]["sponsorCollaboratorsModule"]["leadSponsor"]["name"]
        found["annotationSection"] = annotation_section(plan, sponsor)
    if not plan.thin and draw() < (0.45 if plan.has_results else 0.025):
        found["documentSection"] = document_section(plan)
    found["derivedSection"] = derived_section(plan, version, "annotationSection" in found)
    found["hasResults"] = plan.has_results
    return found


def derived_section(plan: Plan, version: str, unposted: bool) -> dict[str, Any]:
    draw, family = plan.draw, plan.family
    misc: dict[str, Any] = {"versionHolder": version}
    if draw() < 0.04:
        misc["removedCountries"] = ["United States", "France"][: 1 + int(2 * draw())]
    if unposted:
        misc["submissionTracking"] = {
            "estimatedResultsFirstSubmitDate": iso(plan.last - 60),
            "submissionInfos": [{"releaseDate": iso(plan.last - 60), "resetDate": iso(plan.last - 30)}],
        }
    if draw() < 0.02:  # undocumented, seen in records of 2023
        misc["modelPredictions"] = {"bmiLimits": {"minBmi": 0.0, "maxBmi": 101.0}}
    section: dict[str, Any] = {"miscInfoModule": misc}
    leaves = draw() < 0.25
    if draw() < 0.88 and plan.status != "WITHHELD":
        section["conditionBrowseModule"] = browse(
            [family.mesh],
            list(family.ancestors),
            leaves,
            plan.words["condition"],
            family.branch_abbreviation,
            family.branch,
        )
    meshes = [each.mesh for each in (plan.treatment, plan.second_treatment) if each and each.mesh]
    if meshes and draw() < 0.9:
        section["interventionBrowseModule"] = browse(
            meshes, [], leaves, plan.treatment.name, "Infe", "Molecular Mechanisms of Pharmacological Action"
        )
    return section


def browse(
    meshes: list[Any], ancestors: list[Any], leaves: bool, as_found: str, abbreviation: str, branch: str
) -> dict[str, Any]:
    module: dict[str, Any] = {"meshes": [{"id": each.id, "term": each.term} for each in meshes]}
    if ancestors:
        module["ancestors"] = [{"id": each.id, "term": each.term} for each in ancestors]
    if leaves:
        module["browseLeaves"] = [
            {"id": f"M{int(each.id[-6:]) % 30000 + 1}", "name": each.term, "asFound": as_found, "relevance": "HIGH"}
            for each in meshes
        ] + [{"id": f"M{int(each.id[-6:]) % 30000 + 1}", "name": each.term, "relevance": "LOW"} for each in ancestors]
        names = ((abbreviation, branch), ("All", "All Conditions" if ancestors else "All Drugs and Chemicals"))
        module["browseBranches"] = [{"abbrev": short, "name": name} for short, name in names]
    return module


def main(arguments: list[str] | None = None) -> None:
    """Writes synthetic studies as JSON lines to standard output."""
    parser = argparse.ArgumentParser(prog="python -m replica.studies", description=main.__doc__)
    parser.add_argument("--count", type=int, default=1000, help="how many studies (default 1000)")
    parser.add_argument("--start", type=int, default=0, help="index of the first one (default 0)")
    parser.add_argument("--seed", type=int, default=0, help="another seed, other studies (default 0)")
    parser.add_argument("--day", type=int, default=0, help="day of the world, which moves versionHolder (default 0)")
    chosen = parser.parse_args(arguments)
    if chosen.start < 0 or chosen.count < 0 or chosen.start + chosen.count > LARGEST_INDEX + 1:
        parser.error(f"studies are numbered from 0 to {LARGEST_INDEX}")
    try:
        for index in range(chosen.start, chosen.start + chosen.count):
            sys.stdout.buffer.write(study_json(index, chosen.seed, chosen.day) + b"\n")
    except BrokenPipeError:  # `| head` has what it wanted
        sys.stderr.close()


if __name__ == "__main__":
    main()
