"""Synthetic recruitment pages of every shape, from a seed: what each says, and the page that says it.

The generator knows nothing of the reader. It writes facts under labels of portals, in one of the seven shapes that
pages have, in shuffled order, inside random wrappers, among boilerplate and injected scripts. Each piece of boilerplate
and every script bears the word FOREIGN, which no fact does.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

FOREIGN = "Flurbel"
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August") + (
    "September", "October", "November", "December",
)  # fmt: skip
ILLNESSES = (
    "Synthetic Fever",
    "Made-up Cough, Chronic",
    "Invented Rash of Childhood",
    "Imaginary Ache",
    "Storybook Anemia",
)
DRUGS = ("Examplinib", "Placebex, 20 mg", "Otherimab", "Tea and Rest", "Fictional Vaccine (two doses)")
SPONSORS = ("Example University Hospital", "Acme Research, Inc.", "Institute of Invented Medicine", "Nowhere Clinic")
SUMMARY = "Treatment of invented illness is slow. Sponsors and phases are many; this made-up study asks which is quick."
CRITERIA = (
    "Age 18 years or older", "Able to swallow tablets", "Written consent", "Body weight < 90 kg and > 40 kg",
    "Pregnancy or breast feeding", "Allergy to made-up drugs", "Severe disease of liver, kidney or heart",
    "Treatment with otherimab within 30 days", "Condition: stable for a month", "Taking part in another invented study",
    "Sponsor staff and their families", "Phase of the moon recorded on 2 days",
)  # fmt: skip
LABELS = {  # field -> labels of portals; the first is the seed's
    "conditions": ("Condition", "Conditions", "Medical Condition", "Condition or disease"),
    "interventions": ("Treatment", "Interventions", "Intervention/Treatment"),
    "study_id": ("Clinical Study Identifier", "NCT number", "ClinicalTrials.gov Identifier", "Registration Number"),
    "sponsor": ("Sponsor", "Lead Sponsor", "Primary sponsor"),
    "last_updated": ("Last Modified on", "Last updated", "Last Update"),
    "status": ("Overall Status", "Recruitment status", "Status"),
    "phase": ("Phase", "Study Phase"),
    "sex": ("Sex", "Gender"),
    "ages": ("Ages", "Age range"),
}
REQUIRED = ("conditions", "study_id", "sponsor", "last_updated")


@dataclass(frozen=True)
class Said:
    """What a page says, as a reader should find it."""

    title: str
    conditions: tuple[str, ...]
    interventions: tuple[str, ...]
    study_id: str
    sponsor: str
    last_updated: str  # ISO
    inclusion: tuple[str, ...]
    exclusion: tuple[str, ...]
    status: str
    phase: str
    sex: str
    ages: tuple[str, str]


@dataclass(frozen=True)
class Made:
    said: Said
    shown: frozenset[str]  # the fields that the page has
    shape: str
    url: str
    body: bytes


def facts(chance: random.Random) -> Said:
    """The facts of one page."""
    conditions = tuple(chance.sample(ILLNESSES, chance.choice((1, 1, 2))))
    criteria = chance.sample(CRITERIA, 6)
    youngest = chance.randint(2, 20)
    return Said(
        title=f"{chance.choice(DRUGS)} in {conditions[0]}: Study {chance.randint(100, 999)}",
        conditions=conditions,
        interventions=tuple(chance.sample(DRUGS, chance.choice((1, 2)))),
        study_id=f"NCT0999{chance.randint(0, 4999):04}",
        sponsor=chance.choice(SPONSORS),
        last_updated=f"20{chance.randint(15, 25)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}",
        inclusion=tuple(criteria[:3]),
        exclusion=tuple(criteria[3:]),
        status=chance.choice(("Recruiting", "Completed", "Not yet recruiting", "Terminated")),
        phase=chance.choice(("Phase 1", "Phase 2", "Phase 2/Phase 3", "Phase 4")),
        sex=chance.choice(("All", "Female", "Male")),
        ages=(f"{youngest} Years", f"{youngest + chance.randint(10, 60)} Years"),
    )


def written(chance: random.Random, said: Said) -> dict[str, list[str]]:
    """The values as a page writes them: several where its markup parts them."""
    year, month, day = said.last_updated.split("-")
    name = MONTHS[int(month) - 1]
    date = chance.choice((f"{int(day)} {name} {year}", f"{name} {int(day)}, {year}", f"{name[:3]} {int(day)}, {year}"))
    return {
        "conditions": list(said.conditions),
        "interventions": list(said.interventions),
        "study_id": [said.study_id],
        "sponsor": [said.sponsor],
        "last_updated": [date],
        "status": [chance.choice((said.status, said.status.upper()))],
        "phase": [said.phase],
        "sex": [chance.choice((said.sex, {"All": "Both"}.get(said.sex, said.sex)))],
        "ages": [f"{said.ages[0]} to {said.ages[1]}"],
    }


# --- what does not belong to the trial ------------------------------------------------------------------------------


def script(chance: random.Random) -> str:
    """Something that a browser would run or not show; "" often."""
    return chance.choice(
        (
            "", "", "",
            f"<script>document.title = '{FOREIGN}'; if (1 < 2) alert('<p>Condition: {FOREIGN}</p>')</script>",
            f"<script type='application/json'>{{\"condition\": \"{FOREIGN}\"}}</script>",
            f"<style>.x::after {{ content: 'Sponsor {FOREIGN}' }}</style>",
            f"<!-- Condition: {FOREIGN} -->",
            f"<noscript><p>Sponsor: {FOREIGN}</p></noscript>",
            f"<template><dl><dt>Condition</dt><dd>{FOREIGN}</dd></dl></template>",
            f"<svg onload=\"alert('{FOREIGN}')\"><title>{FOREIGN}</title></svg>",
            f"<img src=x alt='{FOREIGN}' onerror=\"alert('{FOREIGN}')\">",
            f"<iframe srcdoc=\"&lt;p&gt;{FOREIGN}&lt;/p&gt;\">{FOREIGN}</iframe>",
            f"<textarea hidden>{FOREIGN}</textarea><select><option>{FOREIGN}</option></select>",
        )
    )  # fmt: skip


def head(chance: random.Random) -> str:
    """What stands above the trial."""
    pieces = [
        f"<nav><a href='/'>{FOREIGN} home</a> <a href='/c/'>Condition</a> <a href='/s/'>Sponsor</a></nav>",
        f"<header><div>{FOREIGN} finds trials</div></header>",
        f"<div class='cookies'><p>{FOREIGN} uses cookies. Accept them?</p><button>Accept {FOREIGN}</button></div>",
        f"<p>{FOREIGN} will be closed for maintenance on 3 March 2031.</p>",
    ]
    chance.shuffle(pieces)
    return "".join(pieces[: chance.randint(1, 4)])


def between(chance: random.Random) -> str:
    """What stands between two parts of the trial; "" often."""
    return chance.choice(
        (
            "", "", "",
            f"<p>{FOREIGN} has helped thousands of people to find a trial.</p>",
            f"<aside><h3>Condition</h3><p>{FOREIGN}</p></aside>",
            f"<div class=share><span>Share this study</span></div><div class=ad>{FOREIGN}</div>",
            f"<button>See if I qualify</button><p>{FOREIGN}</p>",
            f"<section><h2>Newsletter of {FOREIGN}</h2><p>Letters about trials of {FOREIGN}.</p></section>",
            f"<div class=side><h2>Similar trials</h2><p>Condition: {FOREIGN}</p><p>NCT09995555</p></div>",
            f"<dialog><p>Sponsor: {FOREIGN}</p></dialog>",
            "<hr>",
        )
    )  # fmt: skip


def tail(chance: random.Random) -> str:
    """What stands below it: each piece opens with words that say so."""
    other = f"NCT0999{chance.randint(5000, 9999)}"
    pieces = [
        f"<h2>Similar trials to consider</h2><ul><li><a href='/t/{other}'>{FOREIGN} in Otherness {other}</a></li></ul>"
        f"<dl><dt>Condition</dt><dd>{FOREIGN}</dd><dt>Sponsor</dt><dd>{FOREIGN}</dd></dl>",
        f"<h2>How to participate?</h2><p>Step 1</p><p>{FOREIGN}: contact@example.org or 555-0100.</p>",
        f"<h2>Related studies</h2><div><p>Condition: {FOREIGN}</p><p>Phase: 4</p><p>{other}</p></div>",
        f"<h2>You are contacting</h2><p>Investigator 0a1b2c of {FOREIGN}</p>",
        f"<div><p>Sign up as volunteer</p><p>{FOREIGN} letters, Status: Recruiting</p></div>",
    ]
    chance.shuffle(pieces)
    return "".join(pieces) + f"<footer><p>{FOREIGN}, {other}. Not medical advice.</p></footer>"


def wrapped(chance: random.Random, inner: str) -> str:
    """The piece inside up to four elements."""
    for _ in range(chance.randint(0, 4)):
        tag = chance.choice(("div", "section", "article", "main", "div"))
        inner = f"<{tag} class='{chance.choice('abcdef')}{chance.randint(1, 99)}'>{script(chance)}\n {inner} </{tag}>"
    return inner


# --- facts in the shapes of pages -----------------------------------------------------------------------------------

Pairs = list[tuple[str, list[str]]]


def labelled(chance: random.Random, label: str) -> str:
    """A label in an element of its own, as designers dress them."""
    said = chance.choice((label, label, label.upper(), f"{label}:"))
    return chance.choice(
        (said, said, f"<strong>{said}</strong>", f"<i class=icon></i> {said}", f"<span>{said}</span> ")
    )


def dressed(chance: random.Random, value: str) -> str:
    """One value, perhaps inside a link or an element, with nothing of the browser's in it."""
    return chance.choice((value, value, f"<a href='/t/'>{value}</a>", f"<span class=v>{value}</span>", f" {value}\n "))


def listed(chance: random.Random, values: list[str]) -> str:
    """Several values, parted by markup or a semicolon; one as it is."""
    told = [escape(value) for value in values]
    if len(told) == 1:
        return dressed(chance, told[0])
    return chance.choice(
        (
            "<ul>" + "".join(f"<li>{value}</li>" for value in told) + "</ul>",
            "".join(f"<span class=chip>{value}</span>" for value in told),
            "<br>".join(told),
            "; ".join(told),
        )
    )


def definitions(chance: random.Random, pairs: Pairs) -> str:
    boxed = chance.random() < 0.5
    rows = [
        f"<dt>{labelled(chance, label)}</dt><dd>{script(chance)}{listed(chance, values)}</dd>"
        for label, values in pairs
    ]
    return "<dl>" + "".join(f"<div>{row}</div>" if boxed else row for row in rows) + "</dl>"


def table(chance: random.Random, pairs: Pairs) -> str:
    tag = chance.choice(("th", "td"))
    rows = [
        f"<tr><{tag}>{labelled(chance, a)}</{tag}><td>{listed(chance, b)}{script(chance)}</td></tr>" for a, b in pairs
    ]
    return "<table><tbody>" + "".join(rows) + "</tbody></table>"


def siblings(chance: random.Random, pairs: Pairs) -> str:
    """A label element and the next: headings, boxes, or two inline elements of one line."""
    one, other, joint = chance.choice(
        (("h3", "p", ""), ("h4", "div", ""), ("div", "div", ""), ("strong", "span", " "), ("b", "span", "<br>"))
    )
    found = []
    for label, values in pairs:
        value = listed(chance, values) if other == "div" else "; ".join(map(escape, values))
        if one != "b":
            label = labelled(chance, label)
        found.append(f"<div><{one}>{label}</{one}>{joint}<{other}>{value}</{other}></div>")
    return script(chance).join(found)


def lines(chance: random.Random, pairs: Pairs) -> str:
    """A label's line, its values' lines, in one element or in one each, until the next label."""
    if chance.random() < 0.5:
        rows = [f"{label}<br>" + "<br>".join(map(escape, values)) for label, values in pairs]
        return "<div>" + "<br><br>".join(rows) + "</div>"
    return "".join(
        f"<div><div>{label}</div>" + "".join(f"<p>{escape(value)}</p>" for value in values) + "</div>"
        for label, values in pairs
    )


def colons(chance: random.Random, pairs: Pairs) -> str:
    tag = chance.choice(("p", "li", "div"))
    rows = "".join(
        f"<{tag}>{label}: {'; '.join(map(escape, values))}</{tag}>{script(chance)}" for label, values in pairs
    )
    return f"<ul>{rows}</ul>" if tag == "li" else rows


def glued(chance: random.Random, pairs: Pairs) -> str:
    tag = chance.choice(("p", "li", "div"))
    rows = "".join(f"<{tag}>{label}{'; '.join(map(escape, values))}</{tag}>" for label, values in pairs)
    return f"<ul>{rows}</ul>" if tag == "li" else rows


def role_last(chance: random.Random, sponsor: str) -> str:
    """The sponsor's name, then what it is."""
    name = escape(sponsor)
    pair = chance.choice(
        (
            f"<div><p>{name}</p><p>Lead Sponsor</p></div>",
            f"<ul><li><span>{name}</span> <em>Lead Sponsor</em></li></ul>",
            f"<div>{name}<br>Lead Sponsor</div>",
        )
    )
    return f"<section><h2>Who Is Running the Clinical Trial?</h2>{pair}</section>"


# --- pages ----------------------------------------------------------------------------------------------------------


def criteria(chance: random.Random, said: Said) -> str:
    """Both lists of criteria in a container of their own, with the buttons of a questionnaire."""
    heading = chance.choice(("h3", "h4", "b"))
    found = []
    for name, texts in (("Inclusion Criteria", said.inclusion), ("Exclusion Criteria", said.exclusion)):
        told = [escape(text) for text in texts]
        body = chance.choice(
            (
                "<ul>" + script(chance).join(f"<li>{text}</li>" for text in told) + "</ul>",
                "<ol>" + "".join(f"<li>{text}{script(chance)}</li>" for text in told) + "</ol>",
                f"<p>{'<br>'.join(f'- {text}' for text in told)}</p>",
                f"<p>{'; '.join(told)}</p>",
            )
        )
        label = f"<p><b>{name}:</b></p>" if heading == "b" else f"<{heading}>{name}</{heading}>"
        found.append(f"{label}{script(chance)}{body}")
    controls = "<p>Yes No Not Sure</p>" if chance.random() < 0.5 else ""
    return f"<form>{controls}{''.join(found)}<button>Clear my responses</button></form>"


def json_ld(chance: random.Random, said: Said) -> str:
    """The required facts as JSON-LD, in one of the forms of the wild."""
    conditions = [chance.choice(({"@type": "MedicalCondition", "name": name}, name)) for name in said.conditions]
    trial = {
        "@type": chance.choice(("MedicalTrial", ["MedicalStudy", "MedicalTrial"], "https://schema.org/MedicalTrial")),
        "name": said.title,
        "healthCondition": conditions if len(conditions) > 1 else conditions[0],
        "sponsor": chance.choice(({"@type": "Organization", "name": said.sponsor}, said.sponsor)),
        "status": chance.choice(("https://schema.org/", "http://schema.org/", ""))
        + said.status.title().replace(" ", ""),
        "dateModified": chance.choice((said.last_updated, f"{said.last_updated}T08:30:00Z")),
    } | chance.choice(
        (
            {"identifier": said.study_id},
            {"identifier": {"@type": "PropertyValue", "propertyID": "NCT", "value": said.study_id}},
            {"code": {"@type": "MedicalCode", "codingSystem": "ClinicalTrials.gov", "codeValue": said.study_id}},
            {"sameAs": [f"https://clinicaltrials.gov/study/{said.study_id}"]},
        )
    )  # fmt: skip
    other = {"@type": "MedicalTrial", "name": FOREIGN, "identifier": "NCT09999999", "sponsor": FOREIGN}
    wrapped: object = chance.choice(
        (
            trial,
            [{"@type": "WebSite", "name": FOREIGN}, trial],
            {"@graph": [{"@type": "Organization", "name": FOREIGN, "telephone": "555-0100"}, trial]},
            {"@type": "MedicalWebPage", "name": FOREIGN, "mainEntity": trial},
            {"@type": "WebPage", "about": trial, "author": {"@type": "Person", "name": FOREIGN}},
            [trial, {"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": other}]}],
        )
    )
    text = json.dumps(wrapped, indent=chance.choice((None, 2)), ensure_ascii=chance.random() < 0.5)
    return f'<script type="application/ld+json">{text}</script>'


SHAPES: dict[str, Callable[[random.Random, Pairs], str]] = {
    "definitions": definitions,
    "table": table,
    "siblings": siblings,
    "lines": lines,
    "colons": colons,
    "glued": glued,
}


def page(number: int) -> Made:
    """Page `number` of the collection, always the same."""
    chance = random.Random(f"page {number}")
    said = facts(chance)
    shape = (*SHAPES, "role last", "json-ld", "text")[number % 9]
    values = written(chance, said)
    shown = [*REQUIRED, *chance.sample(("interventions", "status", "phase", "sex", "ages"), chance.randint(0, 5))]
    chance.shuffle(shown)
    url = f"https://portal{number}.example:{8000 + number}/{chance.choice(('trial', 'study', 'x'))}/{number * 7}-slug/"
    told = [(chance.choice(LABELS[name]), values[name]) for name in shown]
    if shape == "text":
        return Made(said, frozenset(shown), shape, url, text_page(chance, said, told).encode())
    if shape == "json-ld":
        shown = [*REQUIRED, "status"]
        body = [json_ld(chance, said)]
    elif shape == "role last":
        told = [pair for pair, name in zip(told, shown, strict=True) if name != "sponsor"]
        body = [wrapped(chance, chance.choice((definitions, colons))(chance, told)), role_last(chance, said.sponsor)]
    else:
        part = chance.choice((len(told), len(told) // 2))  # in one place, or in two
        parts = [some for some in (told[:part], told[part:]) if some]
        body = [wrapped(chance, SHAPES[shape](chance, some)) for some in parts]
    if chance.random() < 0.5:
        body.append(f"<section><h2>Study Summary</h2><p>{SUMMARY}</p></section>")
    body.append(wrapped(chance, criteria(chance, said)))
    chance.shuffle(body)
    body = [piece + between(chance) for piece in body]
    content = (
        f"{head(chance)}<h1>{escape(said.title)}</h1>{script(chance)}"
        f"{script(chance).join(body)}{tail(chance)}"
    )  # fmt: skip
    head_ = f"<head><meta charset=utf-8><title>{escape(said.title)} | {FOREIGN}</title>{script(chance)}</head>"
    return Made(
        said, frozenset(shown), shape, url, f"<!DOCTYPE html><html>{head_}<body>{content}</body></html>".encode()
    )


def text_page(chance: random.Random, said: Said, pairs: Pairs) -> str:
    """A page saved as text: labels glued to values, before a space or before a colon, criteria wrapped."""
    rows = [f"{label}{chance.choice(('', ' ', ': '))}{'; '.join(values)}" for label, values in pairs]
    lists = [
        f"{name}\n\n" + chance.choice(("; \n", "; ")).join(texts)
        for name, texts in (("Inclusion Criteria", said.inclusion), ("Exclusion Criteria", said.exclusion))
    ]
    return "\n\n".join(
        (
            said.title, "\n".join(rows), "Yes No Not Sure", *lists, "Clear my responses", "How to participate?",
            f"Step 1 {FOREIGN}", "Similar trials to consider", f"{FOREIGN} NCT09995001", f"Condition {FOREIGN}",
        )
    )  # fmt: skip
