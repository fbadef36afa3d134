"""`trialdex new-portal`: a profile, a fixture and a golden that fails, from one page."""

from __future__ import annotations

import json
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipelines.read import as_golden, read
from scraper.new_portal import draft, rule
from scraper.pages import document
from scraper.profiles import profile, profiles
from scraper.register import sources
from trialdex import main

URL = "https://real.example/find/trial-17/slug?utm_source=x"
PAGE = """<html><head><script>token('Investigator')</script></head><body id="finder-app" class="finder-page col-6">
<h1>Tealol in Invented Thirst</h1>
<dl><dt>Condition</dt><dd>Invented Thirst</dd><dt>Clinical Study Identifier</dt><dd>NCT01234567</dd>
<dt>Sponsor</dt><dd>Example Tea House</dd><dt>Brew of study</dt><dd>Green</dd>
<dt>Study coordinator</dt><dd>Investigator 0a1b2c</dd>
<dt>Questions</dt><dd>contact@example.org, +1 212-555-0100</dd></dl>
<p>NCT01234567 again, and 2011-004321-12</p></body></html>"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "scraper" / "portals").mkdir(parents=True)
    (tmp_path / "tests" / "registers" / "portal").mkdir(parents=True)
    (tmp_path / "page.html").write_text(PAGE, "utf-8")
    return tmp_path


def run(checkout: Path, *more: str, name: str = "finder") -> tuple[int, str]:
    done = CliRunner().invoke(main, ["new-portal", name, str(checkout / "page.html"), "--into", str(checkout), *more])
    return done.exit_code, done.output


def test_it_writes_the_profile_the_fixture_and_a_golden_that_fails(checkout: Path) -> None:
    code, said = run(checkout, "--url", URL)
    assert code == 0, said
    cases = checkout / "tests" / "registers" / "portal"
    assert sorted(file.name for file in cases.iterdir()) == ["finder.golden.json", "finder.html", "finder.url"]
    (record,) = sources()["portal"].cut(
        (cases / "finder.html").read_bytes(), url=(cases / "finder.url").read_text("utf-8").strip(),
        content_type="text/html", at="2026-11-20T04:00:00Z",
    )  # fmt: skip
    golden = json.loads((cases / "finder.golden.json").read_text("utf-8"))
    now = json.loads(json.dumps(as_golden(read(record)[0])))
    assert golden != now
    assert golden.pop("approve")
    assert golden == now  # approving it is taking that line away
    assert golden["trial"]["conditions"] == ["Invented Thirst"]


def test_it_shows_what_it_recognised_and_what_not(checkout: Path) -> None:
    _, said = run(checkout, "--url", URL)
    assert "Clinical Study Identifier" in said
    assert "not known: 'Brew of study', over 'Green'" in said
    assert "not found: last_updated, status, criteria" in said
    assert "rewrite every one of them before you commit" in said.replace("\n", " ")


def test_the_profile_is_one(checkout: Path) -> None:
    run(checkout, "--url", URL)
    text = (checkout / "scraper" / "portals" / "finder.toml").read_text("utf-8")
    told = tomllib.loads(text)
    assert told["expected"] == ["title", "study_id", "sponsors", "conditions"]
    assert told["detect"] == {"marks": ["#finder-app", ".finder-page"], "labels": ["brew of study", "questions"]}
    assert '# ... = ["brew of study"]' in text
    common = tomllib.loads((files("scraper") / "portals" / "generic.toml").read_text("utf-8"))
    assert profile("finder", text, common).key == "finder"


def test_nobody_and_no_real_trial_is_in_the_fixture(checkout: Path) -> None:
    run(checkout, "--url", URL)
    fixture = (checkout / "tests" / "registers" / "portal" / "finder.html").read_text("utf-8")
    assert "contact@example.org, 555-0100" in fixture
    assert not any(word in fixture for word in ("212-", "01234567", "004321", "token("))
    assert fixture.count("NCT09990000") == 2  # one number stays one
    assert (checkout / "tests" / "registers" / "portal" / "finder.url").read_text("utf-8").startswith("https://finder.")


@pytest.mark.parametrize(
    ("name", "more", "says"),
    [
        ("Finder!", (), "a profile's name"),
        ("../up", (), "a profile's name"),
        ("finder", ("--url", "htp:/x"), "not a web address"),
        ("finder", ("--into", "/"), "no checkout"),
    ],
)
def test_wrong_usage_is_one_line(checkout: Path, name: str, more: tuple[str, ...], says: str) -> None:
    code, said = run(checkout, *more, name=name)
    assert (code, says in said) == (2, True), said
    assert not list((checkout / "scraper" / "portals").iterdir())


def test_it_never_overwrites(checkout: Path) -> None:
    assert run(checkout)[0] == 0
    kept = (checkout / "scraper" / "portals" / "finder.toml").read_text("utf-8")
    code, said = run(checkout)
    assert (code, "exists" in said) == (2, True)
    assert (checkout / "scraper" / "portals" / "finder.toml").read_text("utf-8") == kept


@pytest.mark.parametrize("body", [b"", b" \n"])
def test_an_empty_page_is_one_line_and_exit_1(checkout: Path, body: bytes) -> None:
    (checkout / "page.html").write_bytes(body)
    code, said = run(checkout)
    assert (code, "empty" in said, "Traceback" in said) == (1, True, False)


def test_a_page_that_is_refused_still_begins_a_profile(checkout: Path) -> None:
    (checkout / "page.html").write_text("<html><body><h1>T</h1><p>prose</p></body></html>", "utf-8")
    code, said = run(checkout)
    assert (code, "refused: no trial page" in said) == (0, True)


def test_a_profile_that_adds_nothing_does_not_go_before_the_one_it_extends() -> None:
    common = tomllib.loads((files("scraper") / "portals" / "generic.toml").read_text("utf-8"))
    page = "T\n\n  • days left to enroll\n\nClinical Study IdentifierNCT09990001\nLast Modified on3 May 2022\n".encode()
    told = draft("aaa", page)
    assert told.read_by == "TrialX Connect B"
    texts = {key: (files("scraper") / "portals" / f"{key}.toml").read_text("utf-8") for key in ("trialx", "trialx_b")}
    added = profile("aaa", told.profile, common, texts)
    platform, template = (profile(key, texts[key], common, texts) for key in ("trialx", "trialx_b"))
    assert platform.depth < template.depth < added.depth
    doc = document(page)
    lines = [block.text.casefold() for block in doc.blocks]
    scores = {one.key: one.score("", doc, " ".join(lines), lines) for one in (platform, template, added)}
    assert scores["aaa"] == scores["trialx_b"] > scores["trialx"]  # of equals the first is taken, and depth sorts them
    assert [one.depth for one in profiles()[:-1]] == sorted(one.depth for one in profiles()[:-1])


@pytest.mark.parametrize(
    ("address", "pattern"),
    [
        ("https://a.example/find/trial-17/slug", r"'^/find/trial-(?P<id>\d+)(?=/|$)'"),
        ("https://a.example/find/NCT09990001", "'^/find/(?P<id>[^/]+)(?=/|$)'"),
        ("https://a.example/find/17-a-trial/slug", "'^/find/(?P<id>[^/]+)(?=/|$)'"),
        ("https://a.example/listings/4711/slug/", r"'^/listings/(?P<id>\d+)(?=/|$)'"),
        ("https://a.example/study/name", "'^/study/(?P<id>[^/]+)(?=/|$)'"),
        (None, r"'^/trials/(?P<id>\d+)(?=/|$)'"),
    ],
)
def test_the_rule_for_addresses(address: str | None, pattern: str) -> None:
    assert rule(address) == pattern
