"""trialdex.toml: every key that is known, with every kind of value that cannot be, and sources beside each other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest

from pipelines.config import BUDGET, GATE, KEEP, PUBLISH, TEMPLATE, TOP, BadConfig, read_config
from pipelines.gate import Limits
from replica import CtgovServer, ctgov_replica, portal_replica
from scraper.register import sources
from tests.made import rows
from tests.running import trialdex

QUICK = {"TRIALDEX_RETRY_WAITS": "0.02,0.02,0.05,0.05,0.1"}


@pytest.fixture
def register() -> Iterator[CtgovServer]:
    with ctgov_replica(size=60) as server:
        yield server


def written(folder: Path, text: str) -> Path:
    file = folder / "trialdex.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_everything_that_can_be_said(tmp_path: Path) -> None:
    config = read_config(
        written(
            tmp_path,
            """
            contact = "contact@example.org"
            ping = "https://monitor.example/abc?key=1"
            sweep_every_days = 0.5
            [gate]
            live_trials = 0.1
            few = 0
            [keep]
            reports_days = 30
            versions_days = 90
            [[source]]
            name = "ctgov"
            condition = ["heart failure", "asthma"]
            status = "recruiting"
            base_url = "http://127.0.0.1:8080"
            requests = 100
            minutes = 1.5
            [[source]]
            name = "portal"
            urls = ["https://portal.example/sitemap.xml"]
            """,
        )
    )
    assert config.contact == "contact@example.org"
    assert config.ping == "https://monitor.example/abc?key=1"
    assert config.sweep_every == timedelta(hours=12)
    assert config.gate == Limits(live_trials=0.1, few=0)
    assert config.keep == (30, 90)
    register, portal = config.sources
    assert register.asked == {
        "condition": ["heart failure", "asthma"], "status": "recruiting", "base_url": "http://127.0.0.1:8080"
    }  # fmt: skip
    assert register.budget == (100, 1.5)
    assert (portal.name, portal.budget) == ("portal", (None, None))


REGISTER = '[[source]]\nname = "ctgov"\nall = true\n'
WRONG = [
    ("contact = 5", "contact must be a text in quotes, on one line, not 5"),
    ('contact = ""', "contact must be"),
    ('contact = "a\\r\\nX-Header: b"', "contact must be"),
    ("ping = true", "ping must be a web address, not true"),
    ('ping = "ftp://monitor.example/"', "ping must be a web address"),
    ('ping = "https:///abc"', "ping must be a web address"),
    ('ping = "https://monitor.example:port/"', "ping must be a web address"),
    ('sweep_every_days = "7"', "sweep_every_days must be a number above 0, not '7'"),
    ("sweep_every_days = 0", "sweep_every_days must be a number above 0"),
    ("sweep_every_days = nan", "sweep_every_days must be a number above 0"),
    ("sweep_every_days = true", "sweep_every_days must be a number above 0, not true"),
    ("sweep_every_days = 1e300", "sweep_every_days must be a number above 0"),
    ("gate = 3", "gate must be a table, [gate]"),
    ("[gate]\nlive_trials = 2", "[gate] live_trials must be a number from 0 to 1, not 2"),
    ('[gate]\nremoved = "2 %"', "[gate] removed must be a number from 0 to 1, not '2 %'"),
    ("[gate]\nrejects = -0.1", "[gate] rejects must be a number from 0 to 1"),
    ("[gate]\nproblems = 0", "[gate] problems must be a number above 0"),
    ("[gate]\nfill = []", "[gate] fill must be a number from 0 to 1, not []"),
    ("[gate]\nrun_fill = nan", "[gate] run_fill must be a number from 0 to 1"),
    ("[gate]\ngrown = false", "[gate] grown must be a number above 0"),
    ("[gate]\nfew = 2.5", "[gate] few must be a whole number from 0 on, not 2.5"),
    ("keep = []", "keep must be a table, [keep]"),
    ("[keep]\ncolour = 3", "[keep] knows reports_days, versions_days; it has colour"),
    ("[keep]\nreports_days = 0", "[keep] reports_days must be a whole number from 1 on, not 0"),
    ("[keep]\nversions_days = 1.5", "[keep] versions_days must be a whole number from 1 on"),
    ('source = "ctgov"', "source must be written as [[source]]"),
    ("source = []", "source must be written as [[source]]"),
    ('[source]\nname = "ctgov"', "source must be written as [[source]]"),
    ("[[source]]\nname = 5", "every [[source]] needs a name"),
    (REGISTER + "limit = 5", "[[source]] ctgov: unknown option: limit"),
    (REGISTER + 'sweep = "yes"', "[[source]] ctgov: unknown option: sweep"),
    (REGISTER + "requests = 0", "[[source]] ctgov: requests must be a whole number from 1 on"),
    (REGISTER + 'minutes = "an hour"', "[[source]] ctgov: minutes must be a number above 0, not 'an hour'"),
    (REGISTER + 'page_size = "big"', "[[source]] ctgov: page_size must be a whole number from 1 on"),
    (REGISTER + "base_url = 8080", "[[source]] ctgov: base_url must be a web address, not 8080"),
    (REGISTER + 'base_url = "register.example"', "[[source]] ctgov: base_url must be a web address"),
    (REGISTER + "condition = 5", "[[source]] ctgov: condition must be a text in quotes or a list of such, not 5"),
    (REGISTER + 'condition = ["a", 5]', "[[source]] ctgov: condition must be a text in quotes or a list"),
    (REGISTER + "condition = []", "[[source]] ctgov: condition must be a text in quotes or a list of such, not []"),
    (REGISTER + 'status = "open"', "[[source]] ctgov: unknown status 'open'"),
    ('[[source]]\nname = "ctgov"\nall = "yes"', "[[source]] ctgov: all must be true or false, not 'yes'"),
    ('[[source]]\nname = "ctgov"', "[[source]] ctgov: nothing asked for"),
    ('[[source]]\nname = "portal"', "[[source]] portal: no address given"),
    ('[[source]]\nname = "portal"\nurls = ["portal.example"]', "[[source]] portal: not a web address"),
    (REGISTER + REGISTER, "two [[source]] ctgov ask the same"),
    (REGISTER + REGISTER + "minutes = 5", "two [[source]] ctgov ask the same"),
]


@pytest.mark.parametrize(("text", "words"), WRONG, ids=[f"wrong{n:02}" for n in range(len(WRONG))])
def test_what_cannot_be_is_one_line_with_file_and_key(tmp_path: Path, text: str, words: str) -> None:
    file = written(tmp_path, text)
    with pytest.raises(BadConfig) as raised:
        read_config(file)
    assert str(raised.value).startswith(f"{file}: {words}")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("text", ["[keep]\nversions_days = -1", 'ping = "mailto:contact@example.org"'])
def test_the_command_says_it_and_asks_nobody(register: CtgovServer, tmp_path: Path, text: str) -> None:
    file = written(tmp_path, f'{text}\n{REGISTER}base_url = "{register.url}"')
    done = trialdex("--data", tmp_path / "data", "nightly", "--config", file)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert register.requests == []
    assert not (tmp_path / "data").exists()


def test_the_template_documents_every_key() -> None:
    """Each known key stands in it, as a setting or commented out; all commented lines read when they are not."""
    for key in (*TOP, *GATE, *KEEP, *BUDGET):
        assert f"\n{key} = " in TEMPLATE.replace("# ", ""), key
    for source in sources().values():
        for key in source.options:
            assert key in TEMPLATE, key
    assert {limit.name for limit in fields(Limits)} == set(GATE)


def test_the_template_reads_with_every_comment_taken_away(tmp_path: Path) -> None:
    keys = tuple(f"# {key} = " for key in (*TOP, *GATE, *KEEP, *PUBLISH, *BUDGET, "condition", "status", "since",
                                           "page_size", "base_url", "name", "urls", "limit"))  # fmt: skip
    lines = [
        line.removeprefix("# ") if line.startswith((*keys, "# [[source]]")) else line for line in TEMPLATE.splitlines()
    ]
    config = read_config(written(tmp_path, "\n".join(lines)))
    assert config.gate == Limits(), "what is commented out shows the default"
    assert config.sweep_every == timedelta(days=7)
    assert config.keep.reports_days == 400
    assert [source.name for source in config.sources] == ["ctgov", "portal"]
    assert config.sources[0].budget == (2000, 120)


def test_the_contact_of_the_configuration_stands_in_every_request(register: CtgovServer, tmp_path: Path) -> None:
    file = written(tmp_path, f'contact = "contact@example.org"\n{REGISTER}base_url = "{register.url}"')
    done = trialdex("-q", "--data", tmp_path / "data", "nightly", "--config", file, TRIALDEX_CONTACT="somebody else")
    assert (done.returncode, done.stderr) == (0, "")
    agents = {request.headers.get("User-Agent", "") for request in register.requests}
    assert len(agents) == 1
    (agent,) = agents
    assert agent.startswith("Trialdex/")
    assert agent.endswith(" (+contact@example.org)")


@pytest.mark.parametrize("refuses", ["first", "last"])
def test_a_source_that_refuses_does_not_stop_the_others(register: CtgovServer, tmp_path: Path, refuses: str) -> None:
    with portal_replica(register.world, listings=4) as portal:
        ill, well = (register, portal) if refuses == "first" else (portal, register)
        ill.faults.add("forbidden")
        told = f'[[source]]\nname = "portal"\nurls = ["{portal.url}/sitemap.xml"]\n'
        file = written(tmp_path, f'{REGISTER}base_url = "{register.url}"\n{told}')
        done = trialdex("--data", tmp_path / "data", "nightly", "--config", file, **QUICK)
    assert done.returncode == 5
    assert "refused us" in done.stderr
    found = dict(rows(tmp_path / "data" / "published" / "trials.db", "SELECT source, count(*) FROM trials GROUP BY 1"))
    assert found == ({"portal": 4} if well is portal else {"ctgov": 60})
    outcomes = rows(tmp_path / "data" / "published" / "trials.db", "SELECT source, outcome FROM runs ORDER BY id")
    names = {register: "ctgov", portal: "portal"}
    assert dict(outcomes) == {names[ill]: "blocked", names[well]: "finished"}
    report = max((tmp_path / "data" / "reports").glob("2*.json"))
    assert any("refused us" in line for line in json.loads(report.read_text(encoding="utf-8"))["went_wrong"])


def test_two_questions_to_one_register(register: CtgovServer, tmp_path: Path) -> None:
    """Each has its own watermark: on an unchanged register the second night costs one request a question."""
    asks = f'[[source]]\nname = "ctgov"\nbase_url = "{register.url}"\nstatus = '
    file = written(tmp_path, f'{asks}"recruiting"\n{asks}"completed"\n')
    assert trialdex("--data", tmp_path, "nightly", "--config", file, **QUICK).returncode == 0
    found = rows(tmp_path / "trials.db", "SELECT DISTINCT status FROM trials ORDER BY 1")
    assert found == [("Completed",), ("Recruiting",)]
    since = len(register.requests)
    assert trialdex("--data", tmp_path, "nightly", "--config", file, **QUICK).returncode == 0
    assert [request.target for request in register.requests[since:]] == ["/api/v2/version"] * 2
