"""`trialdex nightly` over a register that changes day by day: in the end the database equals the register's truth, the
change log equals the register's own, and a night that goes wrong costs nothing but itself.

`TRIALDEX_NIGHTS` is the number of nights (the soak runs 30); the faults fall on the same share of them.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.config import BadConfig, read_config
from pipelines.night_report import working_days_between
from replica import CtgovServer, ctgov_replica
from tests.made import rows
from tests.running import trialdex

QUICK = {"TRIALDEX_RETRY_WAITS": "0.02,0.02,0.05,0.05,0.1"}
NIGHTS = int(os.environ.get("TRIALDEX_NIGHTS", "6"))
SIZE = 400


@pytest.fixture
def register() -> Iterator[CtgovServer]:
    with ctgov_replica(size=SIZE) as server:
        yield server


class Nights:
    """A data folder that a register is collected into, night by night."""

    def __init__(self, folder: Path, server: CtgovServer) -> None:
        self.folder, self.server = folder, server
        self.config = folder / "trialdex.toml"
        source = f'[[source]]\nname = "ctgov"\nall = true\nbase_url = "{server.url}"\n'
        self.config.write_text(source, encoding="utf-8")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        done = trialdex("--data", self.folder, "nightly", "--config", self.config, *arguments, **QUICK)
        assert "Traceback" not in done.stderr
        return done

    def kill(self, after: float) -> None:
        command = [sys.executable, "-m", "trialdex", "-q", "--data", str(self.folder), "nightly"]
        process = subprocess.Popen(
            [*command, "--config", str(self.config)], env={**os.environ, **QUICK}, stderr=subprocess.DEVNULL
        )
        try:
            process.wait(after)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()

    def live(self) -> dict[str, tuple[Any, ...]]:
        columns = "id, title, status_text, enrollment, last_updated, n_locations"
        sql = f"SELECT {columns} FROM trials WHERE removed_at IS NULL"
        return {id: tuple(said) for id, *said in rows(self.folder / "trials.db", sql)}

    def truth(self) -> dict[str, tuple[Any, ...]]:
        return dict(map(_told, map(self.server.world.study, self.server.world.present())))

    def published(self) -> int:
        sql = "SELECT count(*) FROM trials WHERE removed_at IS NULL"
        ((count,),) = rows(self.folder / "published" / "trials.db", sql)
        return int(count)


def _told(study: dict[str, Any]) -> tuple[str, tuple[Any, ...]]:
    p = study["protocolSection"]
    return p["identificationModule"]["nctId"], (
        p["identificationModule"].get("briefTitle"),
        p["statusModule"]["overallStatus"],
        p.get("designModule", {}).get("enrollmentInfo", {}).get("count"),
        p["statusModule"]["lastUpdatePostDateStruct"]["date"],
        len(p.get("contactsLocationsModule", {}).get("locations", [])),
    )


def test_every_night_and_what_can_go_wrong_in_one(register: CtgovServer, tmp_path: Path) -> None:
    """Missed, killed, refused, half listed, empty, error page, cut: in the end all is as the register has it."""
    nights, chance = Nights(tmp_path, register), random.Random(7)
    assert nights.run().returncode == 0
    assert nights.live() == nights.truth()
    mishaps = ["missed", "killed", "forbidden", "half_listing", "no_results", "html", "cut"]
    for night in range(1, NIGHTS + 1):
        register.world.go_to(night)
        mishap = mishaps[(night - 1) % len(mishaps)] if night < NIGHTS else ""
        register.faults.clear()
        if mishap == "missed":
            continue
        if mishap == "killed":
            nights.kill(after=chance.uniform(0.8, 2.0))
            continue
        if mishap in ("half_listing", "no_results"):
            register.faults.add(mishap, prefix="/api/v2/studies")
        elif mishap:
            register.faults.add(mishap, times=2 if mishap in ("html", "cut") else None)
        done = nights.run("--sweep")
        assert nights.published() >= SIZE * 0.98
        if mishap == "forbidden":
            assert done.returncode == 5
        elif mishap in ("half_listing", "no_results"):
            assert done.returncode == 3, done.stderr
            assert "not believed" in done.stderr
        else:
            assert done.returncode == 0, done.stderr
            assert nights.live() == nights.truth()
    assert nights.live() == nights.truth()


def test_the_change_log_is_the_registers_own(register: CtgovServer, tmp_path: Path) -> None:
    nights = Nights(tmp_path, register)
    nights.run()
    for night in range(1, 4):
        register.world.go_to(night)
        ((before,),) = rows(tmp_path / "trials.db", "SELECT ifnull(max(id), 0) FROM changes")
        assert nights.run("--sweep").returncode == 0
        found = rows(tmp_path / "trials.db", "SELECT DISTINCT trial_id, kind FROM changes WHERE id > ?", before)
        kinds = {"unknown": "changed", "vanished": "removed"}
        wanted = {(event.nct_id, kinds.get(event.kind, event.kind)) for event in register.world.log(night)}
        targets = {event.target for event in register.world.log(night) if event.kind == "merged"}
        extra = set(found) - wanted
        assert wanted <= set(found), wanted - set(found)
        assert all(kind == "changed" and (id in targets or (id, "returned") in wanted) for id, kind in extra), extra


def test_an_unchanged_night_costs_next_to_nothing(register: CtgovServer, tmp_path: Path) -> None:
    nights = Nights(tmp_path, register)
    nights.run()
    published = (tmp_path / "published" / "trials.db").read_bytes()
    since = len(register.requests)
    done = nights.run()
    assert done.returncode == 0
    assert len(register.requests) - since <= 3
    assert (tmp_path / "published" / "trials.db").read_bytes() == published


def test_the_report_tells_the_night(register: CtgovServer, tmp_path: Path) -> None:
    nights = Nights(tmp_path, register)
    assert nights.run().returncode == 0
    (told,) = (json.loads(path.read_text(encoding="utf-8")) for path in (tmp_path / "reports").glob("*.json"))
    assert told["runs"][0]["new"] == SIZE
    assert told["went_wrong"] == []
    (text,) = (path.read_text(encoding="utf-8") for path in (tmp_path / "reports").glob("*.txt"))
    assert f"ctgov: {SIZE} live trials" in text


def test_quiet_success_says_nothing(register: CtgovServer, tmp_path: Path) -> None:
    nights = Nights(tmp_path, register)
    done = trialdex("--data", tmp_path, "--quiet", "nightly", "--config", nights.config, **QUICK)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


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
def test_a_bad_configuration_is_one_line_before_any_request(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "trialdex.toml").write_text(text, encoding="utf-8")
    done = trialdex("--data", tmp_path / "data", "nightly", "--config", tmp_path / "trialdex.toml")
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


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
