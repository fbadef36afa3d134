"""`trialdex nightly`: what one night costs, fetches and says, and its configuration. Many nights: test_soak.py."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.config import BadConfig, read_config
from pipelines.night_report import working_days_between
from replica import ctgov_replica
from tests.forked import Forked
from tests.made import rows
from tests.nights import Nights
from tests.running import started, trialdex

QUICK = {"TRIALDEX_RETRY_WAITS": "0.02,0.02,0.05,0.05,0.1"}
SIZE = 100


@pytest.fixture(scope="module")
def forked() -> Iterator[Forked]:
    with Forked(**QUICK) as server:
        yield server


@pytest.fixture
def nights(forked: Forked, tmp_path: Path) -> Iterator[Nights]:
    """A folder after its first night."""
    with ctgov_replica(size=SIZE) as server:
        nights = Nights(tmp_path, server, forked)
        assert nights.run().code == 0
        yield nights


def test_an_unchanged_night_costs_next_to_nothing(nights: Nights) -> None:
    published = nights.folder.published.read_bytes()
    since = len(nights.server.requests)
    assert nights.run().code == 0
    assert len(nights.server.requests) - since <= 3
    assert nights.folder.published.read_bytes() == published


def test_nights_that_fail_leave_no_gap(nights: Nights) -> None:
    """Tuesday to Friday fail; what was updated on Tuesday is older than the overlap, and no sweep is due on Sunday."""
    nights.note_served()
    for day in (1, 2, 3, 4):
        nights.server.world.go_to(day)
        nights.server.faults.add("html", prefix="/api/v2/studies")
        assert nights.run().code == 1
        nights.note_served()
    assert nights.register.unseen()
    nights.server.faults.clear()
    nights.server.world.go_to(6)
    assert nights.run().code == 0
    nights.note_served()
    assert nights.register.unseen() == set()


def test_the_report_tells_the_night(nights: Nights) -> None:
    told = json.loads(max(nights.folder.reports.glob("2*.json")).read_text(encoding="utf-8"))
    assert told["runs"][0]["new"] == SIZE
    assert told["went_wrong"] == []
    text = max(nights.folder.reports.glob("2*.txt")).read_text(encoding="utf-8")
    assert f"ctgov: {SIZE} live trials" in text


def test_quiet_success_says_nothing(nights: Nights) -> None:
    """As cron runs it, in a process of its own."""
    nights.server.world.go_to(1)
    done = started("--data", nights.folder.path, "--quiet", "nightly", "--config", nights.config, **QUICK)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_study_that_took_in_another_is_fetched_again(nights: Nights) -> None:
    """No date of it moves; that it has one more number is all that shows."""
    nights.server.world.go_to(1)
    assert nights.run("--sweep").code == 0
    merges = [(event.target, event.nct_id) for event in nights.server.world.log(1) if event.kind == "merged"]
    assert merges
    sql = "SELECT trial_id, value FROM identifiers WHERE type = 'alias'"
    assert set(merges) <= set(rows(nights.folder, sql))


def test_init_writes_a_configuration_that_reads(tmp_path: Path) -> None:
    file = tmp_path / "trialdex.toml"
    assert trialdex("init", file).returncode == 0
    assert [(one.name, one.asked) for one in read_config(file).sources] == [("ctgov", {"all": True})]
    again = trialdex("init", file)
    assert (again.returncode, "exists; it is left as it is" in again.stderr) == (2, True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[source]", "trialdex.toml"),
        ("colour = 1", "unknown setting colour"),
        ("[[source]]\nall = true", "needs a name"),
        ("[gate]\ncolour = 1", "[gate] knows live_trials, removed, rejects, problems, fill"),
        ('[[source]]\nname = "mars"', "no source named mars; there are ctgov, portal"),
        ('[[source]]\nname = "ctgov"\nsince = "31st of Foo"', "not a date"),
        ('[[source]]\nname = "ctgov"\ncolour = "green"', "unknown option: colour"),
    ],
)
def test_a_bad_configuration_is_one_line_before_any_request(
    forked: Forked, tmp_path: Path, text: str, words: str
) -> None:
    config, data = tmp_path / "trialdex.toml", tmp_path / "data"
    config.write_text(text, encoding="utf-8")
    done = forked.run("--data", data, "nightly", "--config", config, log=tmp_path / "said.txt")
    assert done.code == 2
    assert words in done.said
    assert len(done.said.splitlines()) == 1


def test_a_config_error_is_a_value_error() -> None:
    assert issubclass(BadConfig, ValueError)


@pytest.mark.parametrize(
    ("earlier", "later", "days"),
    [
        ("2026-11-20", "2026-11-20", 0),
        ("2026-11-20", "2026-11-22", 0),  # Friday to Sunday: the register was silent, and rightly
        ("2026-11-20", "2026-11-23", 1),
        ("2026-11-13", "2026-11-20", 5),
        ("2026-11", "2026-11-20", None),
        (None, "2026-11-20", None),
    ],
)
def test_freshness_counts_working_days(earlier: str | None, later: str, days: int | None) -> None:
    assert working_days_between(earlier, later) == days
