"""`python -m replica` and `python -m replica.studies` as a person runs them."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.replica.asking import ask

ROOT = Path(__file__).parents[2]


def test_serves_both_until_interrupted() -> None:
    command = [
        sys.executable,
        "-m",
        "replica",
        "--studies",
        "20",
        "--listings",
        "3",
        "--day",
        "2",
        "--crawl-delay",
        "1",
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            register, portal = (re.findall(r"http://\S+", process.stdout.readline())[0] for _ in range(2))
            assert ask(register, countTotal="true").json["totalCount"] > 15
            assert ask(portal).status == 200
            assert "Crawl-delay: 1" in ask(portal.replace("/clinical-trials/listings/", "/robots.txt")).text
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=10)
        finally:
            process.kill()
    assert (process.returncode, errors) == (0, "")


def test_a_port_in_use_is_one_clear_line() -> None:
    from replica import ctgov_replica

    with ctgov_replica(size=2) as server:
        command = [sys.executable, "-m", "replica", "--ctgov-port", str(server.server_address[1])]
        run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert run.returncode == 1
    assert re.fullmatch(r"cannot serve: [^\n]+\n", run.stderr)


@pytest.mark.parametrize(
    ("module", "arguments", "code"),
    [
        ("replica", ["--help"], 0),
        ("replica.studies", ["--help"], 0),
        ("replica", ["--studies", "0"], 2),
        ("replica", ["--studies", "many"], 2),
        ("replica.studies", ["--count", "-1"], 2),
        ("replica.studies", ["--count", "1000001"], 2),
    ],
)
def test_help_and_wrong_usage(module: str, arguments: list[str], code: int) -> None:
    run = subprocess.run(
        [sys.executable, "-m", module, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=30
    )
    assert run.returncode == code
    assert "Traceback" not in run.stderr
    assert ("usage:" in run.stdout) == (code == 0)


def test_studies_into_a_closed_pipe() -> None:
    command = f"{sys.executable} -W error -m replica.studies --count 2000 | head -n 1 | wc -l"
    run = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (run.stdout.strip(), run.stderr) == ("1", "")
