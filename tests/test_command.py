"""The command as users run it: bad input gets one clear line and the right exit code, and nothing is lost."""

from __future__ import annotations

import gzip
import json
import os
import resource
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from pipelines.folder import DataFolder
from tests.made import rows, study
from tests.running import trialdex


def lines(*numbers: int) -> bytes:
    return b"".join(json.dumps(study(number)).encode() + b"\n" for number in numbers)


def trials(folder: Path) -> list[str]:
    return [id for (id,) in rows(folder / "trials.db", "SELECT id FROM trials ORDER BY id")]


def complaint(done: subprocess.CompletedProcess[str]) -> str:
    """The one clear line; anything more fails."""
    assert "Traceback" not in done.stderr
    said = [line for line in done.stderr.splitlines() if line.startswith("trialdex: ")]
    assert len(said) == 1, done.stderr
    return said[0].removeprefix("trialdex: ")


def test_load_prints_a_summary_and_exits_0(tmp_path: Path) -> None:
    (tmp_path / "studies.jsonl").write_bytes(lines(1, 2))
    done = trialdex("--data", tmp_path, "load", tmp_path / "studies.jsonl")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split()[:4] == ["load", "of", "1", "file"]
    assert trialdex("--data", tmp_path, "-q", "load", tmp_path / "studies.jsonl").stdout == ""


# mtime=0: a test's name may not hold the time.
CUT_LINES = gzip.compress(lines(*range(1, 400)), mtime=0)[:-4000]
CUT_PAGE = gzip.compress(json.dumps({"studies": [study(n) for n in range(1, 400)]}).encode(), mtime=0)[:-4000]


@pytest.mark.parametrize(
    ("name", "body", "words", "kept"),
    [
        ("empty.json", b"", "is empty", []),
        ("garbage.bin", bytes(range(256)) * 40, "neither JSON nor a page of a kind that any source reads", []),
        ("cut.json", json.dumps({"studies": [study(1), study(2)]}).encode()[:-700],
         "not JSON to its end: Input data was truncated; the 1 records before that are kept", ["NCT09000001"]),
        ("half.jsonl", lines(1) + b'{"protocolSection": {"iden\n' + lines(3), "line 2: not JSON to its end",
         ["NCT09000001", "NCT09000003"]),
        ("cut.jsonl.gz", CUT_LINES, "cut off or damaged inside its gzip", None),
        ("cut.json.gz", CUT_PAGE, "cut off or damaged inside its gzip", None),
        ("broken.zip", b"PK\x03\x04" + bytes(100), "not a whole zip, it is cut off or damaged", []),
    ],
)  # fmt: skip
def test_input_that_cannot_be_read_to_its_end(
    tmp_path: Path, name: str, body: bytes, words: str, kept: list[str] | None
) -> None:
    (tmp_path / name).write_bytes(body)
    done = trialdex("--data", tmp_path, "load", tmp_path / name)
    said = complaint(done)
    assert done.returncode == 1
    assert name in said
    assert words in said
    assert trials(tmp_path) == kept if kept is not None else len(trials(tmp_path)) > 0


def test_a_directory_is_said_to_be_one_and_the_other_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "good.jsonl").write_bytes(lines(1))
    (tmp_path / "folder").mkdir()
    done = trialdex("--data", tmp_path, "load", tmp_path / "folder", tmp_path / "good.jsonl")
    assert (done.returncode, complaint(done)) == (1, f"{tmp_path / 'folder'}: is a directory, not a file")
    assert trials(tmp_path) == ["NCT09000001"]


def test_a_missing_file_is_wrong_usage(tmp_path: Path) -> None:
    done = trialdex("--data", tmp_path / "data", "load", tmp_path / "nowhere.json")
    assert done.returncode == 2
    assert "does not exist" in done.stderr
    assert not (tmp_path / "data").exists()


def test_records_without_id_or_with_wrong_types_beside_good_ones(tmp_path: Path) -> None:
    odd = study(2)
    odd["protocolSection"]["conditionsModule"]["conditions"] = {"not": "a list"}
    nameless = study(3)
    del nameless["protocolSection"]["identificationModule"]["nctId"]
    body = json.dumps({"studies": [study(1), odd, nameless, 7, None, study(4)]})
    (tmp_path / "mixed.json").write_text(body, encoding="utf-8")
    done = trialdex("--data", tmp_path, "load", tmp_path / "mixed.json")
    assert (done.returncode, done.stderr) == (0, "")
    assert trials(tmp_path) == ["NCT09000001", "NCT09000002", "NCT09000004"]
    assert rows(tmp_path / "trials.db", "SELECT count(*) FROM rejects") == [(3,)]
    assert rows(tmp_path / "trials.db", "SELECT trial_id, field, reason FROM problems") == [
        ("NCT09000002", "protocolSection.conditionsModule.conditions", "not a list")
    ]


def test_a_zip_of_studies_loads_and_a_bad_member_is_named(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "ctg-studies.json.zip", "w") as archive:
        archive.writestr("01/NCT09000001.json", json.dumps(study(1), indent=2))
        archive.writestr("02/NCT09000002.json", "\x00\x01")
        archive.writestr("03/NCT09000003.json", json.dumps(study(3)))
    done = trialdex("--data", tmp_path, "load", tmp_path / "ctg-studies.json.zip")
    assert (done.returncode, trials(tmp_path)) == (1, ["NCT09000001", "NCT09000003"])
    assert "02/NCT09000002.json" in complaint(done)


def test_a_record_of_4_mb_loads(tmp_path: Path) -> None:
    big = study(1, sites=[{"facility": f"Site {n} " + "x" * 420, "city": "Oslo"} for n in range(9_000)])
    (tmp_path / "big.json").write_text(json.dumps(big), encoding="utf-8")
    assert (tmp_path / "big.json").stat().st_size > 4_000_000
    assert trialdex("--data", tmp_path, "load", tmp_path / "big.json").returncode == 0
    assert rows(tmp_path / "trials.db", "SELECT n_locations FROM trials") == [(9_000,)]


def test_a_full_disk_is_one_line_and_what_was_committed_stays(tmp_path: Path) -> None:
    """A file-size limit stands in for the full disk: SQLite meets both as a failed write."""
    (tmp_path / "first.jsonl").write_bytes(lines(1))
    (tmp_path / "more.jsonl").write_bytes(lines(*range(2, 3_000)))
    assert trialdex("--data", tmp_path, "load", tmp_path / "first.jsonl").returncode == 0
    limit = 600_000
    done = subprocess.run(
        [sys.executable, "-m", "trialdex", "--data", str(tmp_path), "load", str(tmp_path / "more.jsonl")],
        capture_output=True, text=True, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )  # fmt: skip
    assert done.returncode == 1
    assert "database" in complaint(done)
    assert "NCT09000001" in trials(tmp_path)
    again = trialdex("--data", tmp_path, "load", tmp_path / "more.jsonl")
    assert again.returncode == 0, again.stderr
    assert len(trials(tmp_path)) == 2_999


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["crawl", "ctgov"], "nothing asked for"),
        (["crawl", "ctgov", "--since", "31st of Foo"], "not a date: '31st of Foo'"),
        (["crawl", "ctgov", "--status", "asleep", "--all"], "unknown status 'asleep'"),
        (["crawl", "ctgov", "--id", "12"], "not a register number: '12'"),
        (["crawl", "ctgov", "--all", "--base-url", "nonsense"], "not a web address: nonsense"),
        (["crawl", "portal", "htp:/x"], "not a web address: htp:/x"),
        (["load", __file__, "--url", "x"], "not a web address: x"),
    ],
)
def test_wrong_usage_is_said_before_any_request(tmp_path: Path, arguments: list[str], words: str) -> None:
    done = trialdex("--data", tmp_path / "data", *arguments)
    assert done.returncode == 2
    assert words in complaint(done)
    assert not (tmp_path / "data").exists()


def test_a_host_that_does_not_answer_is_one_line(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    done = trialdex("--data", tmp_path, "crawl", "ctgov", "--all", "--base-url", f"http://127.0.0.1:{port}",
                    TRIALDEX_RETRY_WAITS="0.1,0.1,0.1,0.1,0.1")  # fmt: skip
    assert done.returncode == 1
    assert "connection refused" in complaint(done)


def test_a_second_run_is_told_of_the_first(tmp_path: Path) -> None:
    (tmp_path / "studies.jsonl").write_bytes(lines(1))
    with DataFolder(tmp_path).locked():
        done = trialdex("--data", tmp_path, "load", tmp_path / "studies.jsonl")
    assert done.returncode == 4
    assert complaint(done).startswith(f"another run (process {os.getpid()}) holds")


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "studies.jsonl").write_bytes(lines(1))
    (tmp_path / "file").write_text("in the way", encoding="ascii")
    done = trialdex("--data", tmp_path / "file", "load", tmp_path / "studies.jsonl")
    assert (done.returncode, "file" in complaint(done)) == (1, True)


@pytest.mark.parametrize("arguments", [["replay"], ["publish"], ["serve"]])
def test_commands_with_nothing_to_work_on_say_so(tmp_path: Path, arguments: list[str]) -> None:
    done = trialdex("--data", tmp_path / "data", *arguments)
    assert done.returncode in (1, 2, 3)
    assert "crawl or load something first" in done.stderr
    assert "Traceback" not in done.stderr


def test_read_prints_what_a_golden_would_hold(tmp_path: Path) -> None:
    (tmp_path / "study.json").write_text(json.dumps(study(1)), encoding="utf-8")
    done = trialdex("read", tmp_path / "study.json")
    told = json.loads(done.stdout)["trial"]
    assert (told["id"], told["sponsors"]) == (
        "NCT09000001",
        [{"name": "Example Hospital", "sponsor_class": "OTHER", "role": "lead"}],
    )
    assert "acronym" not in told


def test_status_shows_sources_runs_and_problems(tmp_path: Path) -> None:
    (tmp_path / "studies.jsonl").write_bytes(lines(1, 2))
    trialdex("--data", tmp_path, "load", tmp_path / "studies.jsonl")
    done = trialdex("--data", tmp_path, "status")
    assert done.returncode == 0
    for word in ("Sources", "ctgov", "Last runs", "finished", "archive.db"):
        assert word in done.stdout


def test_every_command_has_help_with_an_example() -> None:
    for command in ("", "crawl", "crawl ctgov", "crawl portal", "load", "read", "replay", "publish", "status", "serve",
                    "demo", "metadata", "similar"):  # fmt: skip
        done = trialdex(*command.split(), "--help")
        assert done.returncode == 0
        assert "Usage:" in done.stdout
