"""The results, document and annotation sections of a synthetic study. Figures are invented and mean nothing."""

from __future__ import annotations

from typing import Any

from replica.phrases import EVENTS, TIME_FRAMES
from replica.plan import Plan, iso
from replica.sentences import escaped, pick, some


def groups(plan: Plan, prefix: str, count: int) -> list[dict[str, str]]:
    titles = (plan.words["Drug"], plan.control, f"{plan.words['Drug']}, Higher Dose", "All Other Participants")
    return [
        {
            "id": f"{prefix}{place:03d}",
            "title": titles[place],
            "description": f"{titles[place]} for {plan.words['duration']}, given as the protocol of the study says.",
        }
        for place in range(count)
    ]


def values(prefix: str, numbers: list[int]) -> list[dict[str, str]]:
    return [{"groupId": f"{prefix}{place:03d}", "value": str(number)} for place, number in enumerate(numbers)]


def participant_flow(plan: Plan, sizes: list[int]) -> dict[str, Any]:
    completed = [int(size * (0.7 + 0.3 * plan.draw())) for size in sizes]

    def achieved(numbers: list[int]) -> list[dict[str, str]]:
        return [{"groupId": f"FG{place:03d}", "numSubjects": str(number)} for place, number in enumerate(numbers)]

    left = [size - done for size, done in zip(sizes, completed, strict=True)]
    return {
        "recruitmentDetails": f"Recruited between {iso(plan.start)} and {iso(plan.completion)}.",
        "groups": groups(plan, "FG", len(sizes)),
        "periods": [
            {
                "title": "Overall Study",
                "milestones": [
                    {"type": "STARTED", "achievements": achieved(sizes)},
                    {"type": "COMPLETED", "achievements": achieved(completed)},
                    {"type": "NOT COMPLETED", "achievements": achieved(left)},
                ],
                "dropWithdraws": [{"type": "Withdrawal by Subject", "reasons": achieved(left)}],
            }
        ],
    }


def baseline(plan: Plan, sizes: list[int]) -> dict[str, Any]:
    """Baseline characteristics; the last group is the total."""
    draw = plan.draw
    all_sizes = [*sizes, sum(sizes)]
    columns = groups(plan, "BG", len(sizes)) + [
        {"id": f"BG{len(sizes):03d}", "title": "Total", "description": "Total of all groups"}
    ]

    def counted(title: str, categories: tuple[str, ...]) -> dict[str, Any]:
        shares = [[int(size * draw() / len(categories) * 2) for size in all_sizes] for _ in categories]
        return {
            "title": title,
            "paramType": "COUNT_OF_PARTICIPANTS",
            "unitOfMeasure": "Participants",
            "classes": [
                {
                    "categories": [
                        {"title": category, "measurements": values("BG", share)}
                        for category, share in zip(categories, shares, strict=True)
                    ]
                }
            ],
        }

    age = [
        {"groupId": column["id"], "value": f"{40 + 30 * draw():.1f}", "spread": f"{5 + 9 * draw():.2f}"}
        for column in columns
    ]
    measures: list[dict[str, Any]] = [
        {
            "title": "Age, Continuous",
            "paramType": "MEAN",
            "dispersionType": "STANDARD_DEVIATION",
            "unitOfMeasure": "years",
            "classes": [{"categories": [{"measurements": age}]}],
        },
        counted("Sex: Female, Male", ("Female", "Male")),
        counted("Ethnicity (NIH/OMB)", ("Hispanic or Latino", "Not Hispanic or Latino", "Unknown or Not Reported")),
    ]
    if draw() < 0.6:
        measures.append(counted("Age, Categorical", ("<=18 years", "Between 18 and 65 years", ">=65 years")))
    if draw() < 0.5:
        measures.append(counted("Region of Enrollment", ("United States", "Germany", "Japan", "Brazil")))
    return {
        "groups": columns,
        "denoms": [{"units": "Participants", "counts": values("BG", all_sizes)}],
        "measures": measures,
    }


def outcome_measures(plan: Plan, sizes: list[int]) -> dict[str, Any]:
    draw = plan.draw
    count = 1 + int(70 * draw() ** 2.6)
    columns = groups(plan, "OG", len(sizes))
    denominators = [{"units": "Participants", "counts": values("OG", sizes)}]
    measures = []
    for place in range(count):
        measure = plan.measures[place % len(plan.measures)]
        title = measure.variants[place % len(measure.variants)]
        weeks = [f"Week {week}" for week in (4, 8, 12, 24, 52)[: 1 + int(5 * draw() ** 2)]]
        found: dict[str, Any] = {
            "type": "PRIMARY" if place < 1 + count // 8 else "SECONDARY",
            "title": title,
            "description": f"{escaped(title)} by treatment group, assessed by staff who did not know the allocation.",
            "populationDescription": "All participants with a baseline value and at least one later value.",
            "reportingStatus": "POSTED",
            "paramType": "MEAN",
            "dispersionType": "Standard Deviation",
            "unitOfMeasure": measure.unit,
            "timeFrame": pick(draw, TIME_FRAMES),
            "groups": columns,
            "denoms": denominators,
            "classes": [
                {
                    "title": week,
                    "categories": [
                        {
                            "measurements": [
                                {
                                    "groupId": column["id"],
                                    "value": f"{40 * draw() - 15:.2f}",
                                    "spread": f"{9 * draw():.3f}",
                                }
                                for column in columns
                            ]
                        }
                    ],
                }
                for week in weeks
            ],
        }
        if len(sizes) > 1 and draw() < 0.4:
            found["analyses"] = [analysis(plan)]
        measures.append(found)
    return {"outcomeMeasures": measures}


def analysis(plan: Plan) -> dict[str, Any]:
    draw = plan.draw
    estimate, width = 6 * draw() - 3, 3 * draw()
    return {
        "paramType": "Mean Difference (Final Values)",
        "paramValue": f"{estimate:.2f}",
        "statisticalMethod": "Mixed Models Analysis",
        "pValue": "<0.001" if draw() < 0.3 else f"{draw():.3f}",
        "ciNumSides": "TWO_SIDED",
        "ciPctValue": "95",
        "ciLowerLimit": f"{estimate - width:.2f}",
        "ciUpperLimit": f"{estimate + width:.2f}",
        "testedNonInferiority": False,
        "nonInferiorityType": "SUPERIORITY",
        "groupIds": ["OG000", "OG001"],
    }


def adverse_events(plan: Plan, sizes: list[int]) -> dict[str, Any]:
    draw = plan.draw
    columns: list[dict[str, Any]] = []
    for group, size in zip(groups(plan, "EG", len(sizes)), sizes, strict=True):
        affected = {"deathsNumAffected": int(size * draw() * 0.05), "deathsNumAtRisk": size}
        affected |= {"seriousNumAffected": int(size * draw() * 0.2), "seriousNumAtRisk": size}
        columns.append({**group, **affected, "otherNumAffected": int(size * draw()), "otherNumAtRisk": size})

    def events(count: int, share: float) -> list[dict[str, Any]]:
        found = []
        for term, system in some(draw, count, EVENTS):
            stats = []
            for place, size in enumerate(sizes):
                number = int(size * draw() * draw() * share)
                stats.append(
                    {"groupId": f"EG{place:03d}", "numEvents": number, "numAffected": number, "numAtRisk": size}
                )
            event = {"term": term, "organSystem": system, "sourceVocabulary": "MedDRA 26.0"}
            found.append({**event, "assessmentType": "SYSTEMATIC_ASSESSMENT", "stats": stats})
        return found

    module: dict[str, Any] = {
        "frequencyThreshold": pick(draw, ("0", "5", "5")),
        "timeFrame": "From the first dose until 30 days after the last dose",
        "description": "Asked for at every visit \\[and by telephone between visits\\].",
        "eventGroups": columns,
    }
    serious, other = int(50 * draw() ** 2.2), 1 + int(50 * draw() ** 1.5)
    if serious:
        module["seriousEvents"] = events(serious, 0.05)
    module["otherEvents"] = events(other, 0.4)
    return module


def results_section(plan: Plan) -> dict[str, Any]:
    """The results section of a study that has one."""
    count = 1 + int(3 * plan.draw())
    sizes = [max(1, plan.enrollment // count)] * count
    return {
        "participantFlowModule": participant_flow(plan, sizes),
        "baselineCharacteristicsModule": baseline(plan, sizes),
        "outcomeMeasuresModule": outcome_measures(plan, sizes),
        "adverseEventsModule": adverse_events(plan, sizes),
        "moreInfoModule": {
            "limitationsAndCaveats": {
                "description": "Early ending of recruitment led to fewer participants than planned."
            },
            "certainAgreement": {"piSponsorEmployee": False, "restrictiveAgreement": False},
            "pointOfContact": {
                "title": "Study Director",
                "organization": "Replica Trials Office",
                "email": "contact@example.org",
                "phone": "555-0100",
            },
        },
    }


def document_section(plan: Plan) -> dict[str, Any]:
    """One or two large documents."""
    uploaded = f"{iso(plan.last)}T{10 + plan.index % 12}:{plan.index % 60:02d}"
    documents = [
        ("Prot_SAP", True, True, False, "Study Protocol and Statistical Analysis Plan"),
        ("ICF", False, False, True, "Informed Consent Form"),
    ]
    kept = documents[: 1 + (plan.draw() < 0.6)]
    return {
        "largeDocumentModule": {
            "largeDocs": [
                {
                    "typeAbbrev": kind,
                    "hasProtocol": protocol,
                    "hasSap": sap,
                    "hasIcf": consent,
                    "label": label,
                    "date": iso(plan.start),
                    "uploadDate": uploaded,
                    "filename": f"{kind}_{place:03d}.pdf",
                    "size": 90_000 + plan.index % 900_000,
                }
                for place, (kind, protocol, sap, consent, label) in enumerate(kept)
            ]
        }
    }


def annotation_section(plan: Plan, sponsor: str) -> dict[str, Any]:
    """Results handed in but not yet posted."""
    events = [{"type": "RELEASE", "date": iso(plan.last - 60)}, {"type": "RESET", "date": iso(plan.last - 30)}]
    return {"annotationModule": {"unpostedAnnotation": {"unpostedResponsibleParty": sponsor, "unpostedEvents": events}}}
