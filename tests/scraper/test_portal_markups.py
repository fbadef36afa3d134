"""The seed's labels in every dress that a page may put them in, read by the generic profile on a host of no one."""

from __future__ import annotations

import pytest

from scraper.items import Trial
from scraper.spiders.portal import Portal

FACTS = {
    "Condition": "Synthetic Fever", "Treatment": "Examplinib", "Clinical Study Identifier": "NCT09990001",
    "Sponsor": "Acme Hospital", "Last Modified on": "21 March 2022",
}  # fmt: skip
AT = "2026-11-20T04:00:00Z"
IN, EX = "Inclusion Criteria", "Exclusion Criteria"
LISTS = f"<h3>{IN}</h3><ul><li>fever</li></ul><h3>{EX}</h3><ul><li>cough</li><li>cold</li></ul>"
PRE_LINE = f"{IN}:\n\n* fever\n\n{EX}:\n\n* cough\n* cold"


def each(form: str, joint: str = "") -> str:
    return joint.join(form.format(label=label, value=value) for label, value in FACTS.items())


DRESSES = {
    "label and nested list": f"<ul>{each('<li><strong>{label}</strong><ul><li>{value}</li></ul></li>')}</ul>",
    "label span, loose value": f"<ul>{each('<li><span>{label}</span>{value}</li>')}</ul>",
    "loose label, value span": each("<div>{label} <span>{value}</span></div>"),
    "two spans": each("<div><span>{label}</span><span>{value}</span></div>"),
    "flat boxes": f"<div>{each('<div>{label}</div><div>{value}</div>')}</div>",
    "flat paragraphs": each("<p>{label}</p><p>{value}</p>"),
    "bold paragraphs": each("<p><strong>{label}</strong></p><p>{value}</p>"),
    "a copy button": f"<dl>{each('<dt>{label}</dt><dd>{value} <button>Copy</button></dd>')}</dl>",
    "a tooltip": f"<dl>{each('<dt>{label} <span>What is this?</span></dt><dd>{value}</dd>')}</dl>",
    "a tooltip's button": f"<dl>{each('<dt>{label} <button>?</button></dt><dd>{value}</dd>')}</dl>",
    "columns": "<table><thead><tr>" + "".join(f"<th>{label}</th>" for label in FACTS) + "</tr></thead><tbody><tr>"
    + "".join(f"<td>{value}</td>" for value in FACTS.values()) + "</tr></tbody></table>",
    "columns without parts": "<table><tr>" + "".join(f"<th>{label}</th>" for label in FACTS) + "</tr><tr>"
    + "".join(f"<td>{value}</td>" for value in FACTS.values()) + "</tr></table>",
    "rows of two pairs": f"<table><tr>{each('<th>{label}</th><td>{value}</td>')}</tr></table>",
    "colons in a table": f"<table>{each('<tr><td>{label}:</td><td>{value}</td></tr>')}</table>",
    "columns of boxes": each("<div><div><h4>{label}</h4></div><div><p>{value}</p></div></div>"),
    "deep": each("<div><div><div><span>{label}</span></div></div><div><div><em>{value}</em></div></div></div>"),
    "headings in a list": f"<dl>{each('<dt><h4>{label}</h4></dt><dd><p>{value}</p></dd>')}</dl>",
    "one paragraph": f"<p>{each('<b>{label}:</b> <span>{value}</span>', ' ')}</p>",
    "one paragraph, lines": f"<p>{each('{label}: {value}', '<br>')}</p>",
    "one paragraph, bars": f"<p>{each('<b>{label}:</b> {value}', ' | ')}</p>",
    "details": each("<details><summary>{label}</summary><p>{value}</p></details>"),
    "fieldsets": each("<fieldset><legend>{label}</legend>{value}</fieldset>"),
    "articles": each("<article><header><h2>{label}</h2></header><p>{value}</p></article>"),
    "figures": each("<figure><figcaption>{label}</figcaption><p>{value}</p></figure>"),
    "form labels": each("<div><label for=x>{label}</label><output>{value}</output></div>"),
    "rules between": each("<h5>{label}</h5>{value}", "<hr>"),
    "emphasis": f"<section><header><h3>Facts</h3></header>{each('<p><em>{label}</em>: {value}</p>')}</section>",
}  # fmt: skip
CRITERIA = {
    "lists": LISTS,
    "preformatted": f"<pre>{PRE_LINE}</pre>",
    "line breaks shown by a style": f'<h2>Eligibility</h2><div style="white-space: pre-line">{PRE_LINE}</div>',
    "line breaks shown by a class": f'<h2>Eligibility</h2><p class="whitespace-pre-line">{PRE_LINE}</p>',
    "line breaks that nothing tells of": f"<h2>Eligibility</h2><p>{PRE_LINE}</p>",
    "no bullets": f'<div class="pre-wrap">{IN}:\n\nfever\n\n{EX}:\n\ncough\n\ncold</div>',
    "details": f"<details><summary>{IN}</summary><ul><li>fever</li></ul></details>"
    f"<details><summary>{EX}</summary><ul><li>cough</li><li>cold</li></ul></details>",
    "columns": f"<table><tr><th>{IN}</th><th>{EX}</th></tr><tr><td>fever</td><td>cough; cold</td></tr></table>",
    "rows": f"<table><tr><th>{IN}</th><td>fever</td></tr><tr><th>{EX}</th><td>cough; cold</td></tr></table>",
    "definitions": f"<dl><dt>{IN}</dt><dd>fever</dd><dt>{EX}</dt><dd>cough; cold</dd></dl>",
    "paragraphs": f"<p><b>{IN}</b></p><p>fever</p><p><b>{EX}</b></p><p>cough</p><p>cold</p>",
    "in line": f"<p><b>{IN}:</b> fever</p><p><b>{EX}:</b> cough; cold</p>",
    "line breaks": f"<p>{IN}:<br>- fever<br>{EX}:<br>- cough<br>- cold</p>",
    "links to the headings": f"<ul><li><a href=#i>{IN}</a></li><li><a href=#e>{EX}</a></li></ul>{LISTS}",
    "cookies behind": f"{LISTS}<p>We use cookies to improve your experience.</p>",
    "a newsletter behind": f"{LISTS}<p>Sign up for our newsletter to hear of new trials.</p>",
    "sharing behind": f"{LISTS}<div>Share this trial</div><div>Facebook Twitter</div>",
    "advice behind": f"{LISTS}<p>This does not replace medical advice. Talk to your doctor.</p>",
    "rights behind": f"{LISTS}<p>© 2026 Portal. All rights reserved.</p>",
}


def read(content: str) -> Trial:
    page = f"<html><head><title>A Study | Site</title></head><body><h1>A Study</h1>{content}</body></html>"
    (raw,) = Portal.cut(
        page.encode(), url="http://127.0.0.1:41237/x/1", content_type="text/html", at="2026-11-20T04:00:00Z"
    )
    trial = Portal.read(raw)
    assert isinstance(trial, Trial), trial
    return trial


def right(trial: Trial) -> None:
    assert trial.title == "A Study"
    assert trial.conditions == ("Synthetic Fever",)
    assert [one.name for one in trial.interventions] == ["Examplinib"]
    assert (trial.study_id, trial.identifiers) == ("NCT09990001", ())
    assert [one.name for one in trial.sponsors] == ["Acme Hospital"]
    assert trial.last_updated == "2022-03-21"
    assert [(one.kind, one.text) for one in trial.criteria] == [
        ("inclusion", "fever"), ("exclusion", "cough"), ("exclusion", "cold")
    ]  # fmt: skip
    assert trial.problems == ()


@pytest.mark.parametrize("dress", DRESSES)
def test_facts_in_every_dress(dress: str) -> None:
    right(read(DRESSES[dress] + LISTS))


@pytest.mark.parametrize("dress", CRITERIA)
@pytest.mark.parametrize("place", ["below", "above"])
def test_criteria_in_every_dress(dress: str, place: str) -> None:
    facts = f"<dl>{each('<dt>{label}</dt><dd>{value}</dd>')}</dl>"
    right(read(facts + CRITERIA[dress] if place == "below" else CRITERIA[dress] + facts))


def test_criteria_of_tabs_are_of_no_kind() -> None:
    """Which panel is whose is in the browser's hands; a criterion of the wrong kind would say the opposite."""
    tabs = f"<div><button>{IN}</button><button>{EX}</button></div>"
    trial = read(f"<p>Sponsor: Acme</p>{tabs}<div><ul><li>fever</li></ul></div><div><p>cough</p></div>")
    assert [(one.kind, one.text) for one in trial.criteria] == [("unspecified", "fever"), ("unspecified", "cough")]
    assert [(one.field, one.value) for one in trial.problems] == [("criteria", f"{IN} / {EX}")]


def test_a_table_with_several_rows_of_values_is_not_of_one_trial() -> None:
    rows = "".join(f"<tr><td>Fever {n}</td><td>Acme {n}</td></tr>" for n in range(2))
    trial = read(f"<p>Phase: 2</p><table><tr><th>Condition</th><th>Sponsor</th></tr>{rows}</table>")
    assert (trial.conditions, trial.sponsors) == ((), ())


def test_a_long_sentence_of_the_trial_is_no_boilerplate() -> None:
    prose = "People are asked in our newsletter, by mail, on posters, at the market and in the street whether they "
    prose += "have a fever and since when."
    trial = read(f"<p>Sponsor: Acme</p><h2>Study Summary</h2><p>{prose}</p>")
    assert trial.brief_summary == prose
