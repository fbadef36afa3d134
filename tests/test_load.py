"""`trialdex load` of large files: the register's zip, cut, damaged, and taken up again after a kill."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from scraper import files
from scraper.files import pages
from scraper.zipped import members
from tests.made import content, rows, study
from tests.running import trialdex

MANY = 4_000


def zipped(path: Path, count: int, compression: int = zipfile.ZIP_DEFLATED) -> Path:
    """A zip laid out as the register's is."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        for number in range(count):
            archive.writestr(f"{number % 100:02}/NCT09{number:06}.json", json.dumps(study(number)))
    return path


def given(path: Path, largest: int = 1 << 20) -> tuple[list[str], list[str]]:
    failures: list[str] = []
    with path.open("rb") as stream:
        return [name for name, _ in members(path, stream, largest, failures)], failures


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_every_member_in_the_order_of_the_file(tmp_path: Path, compression: int) -> None:
    path = zipped(tmp_path / "all.zip", 30, compression)
    assert given(path) == ([f"{n:02}/NCT09{n:06}.json" for n in range(30)], [])


@pytest.mark.parametrize("share", [0.3, 0.7])
def test_of_a_cut_zip_all_before_the_cut_is_kept_and_one_line_says_so(tmp_path: Path, share: float) -> None:
    path = zipped(tmp_path / "cut.zip", 200)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    names, failures = given(path)
    assert 20 < len(names) < 200
    told = f"not a whole zip, it is cut off or damaged (truncated data); the {len(names)} files before that are kept"
    assert failures == [f"{path}: {told}"]


def test_a_zip_that_lacks_only_the_end_of_its_index_has_lost_nothing(tmp_path: Path) -> None:
    path = zipped(tmp_path / "cut.zip", 200)
    path.write_bytes(path.read_bytes()[:-100])
    names, failures = given(path)
    assert (len(names), failures) == (200, [])


def test_a_damaged_member_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    path = zipped(tmp_path / "damaged.zip", 50)
    with zipfile.ZipFile(path) as archive:
        member = archive.infolist()[20]
    body = bytearray(path.read_bytes())
    body[member.header_offset + 120] ^= 0xFF
    path.write_bytes(body)
    names, failures = given(path)
    assert len(names) == 49
    assert len(failures) == 1
    assert member.filename in failures[0]


def test_a_member_that_is_too_long_is_a_line_and_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.json", b" " * (3 << 20))
        archive.writestr("good.json", b"{}")
    assert given(path) == (["good.json"], [f"{path}: bomb.json: longer than 1 MB"])


def test_a_zip_with_a_password_is_one_line(tmp_path: Path) -> None:
    path = zipped(tmp_path / "locked.zip", 1)
    body = bytearray(path.read_bytes())
    body[6] |= 1  # the flag of encryption, where the member begins and in the index
    body[body.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(body)
    names, failures = given(path)
    assert (names, len(failures)) == ([], 1)
    assert "password" in failures[0] or "encrypted" in failures[0]


def test_reading_begins_after_what_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "RECORDS_A_PAGE", 7)
    path = zipped(tmp_path / "all.zip", 30)
    whole = list(pages(path, url=None, failures=[]))
    rest = list(pages(path, url=None, failures=[], done=14))
    assert [len(page.records) for page in rest] == [7, 7, 2]
    assert [page.position for page in rest] == [page.position for page in whole[2:]]
    assert [record.source_id for page in rest for record in page.records] == [f"NCT09{n:06}" for n in range(14, 30)]


def test_a_killed_load_goes_on_where_it_stood(tmp_path: Path) -> None:
    path, data = zipped(tmp_path / "all.zip", MANY), tmp_path / "data"
    process = subprocess.Popen([sys.executable, "-m", "trialdex", "-q", "--data", str(data), "load", str(path)])
    begun = "SELECT count(*) FROM sightings"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if (data / "archive.db").exists() and (data / "trials.db").exists():
            try:
                if rows(data / "archive.db", begun)[0][0] >= 500:
                    break
            except Exception:  # the file is being made
                pass
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    ((kept,),) = rows(data / "archive.db", begun)
    assert 500 <= kept < MANY
    done = trialdex("--data", data, "load", path)
    assert done.returncode == 0, done.stderr
    assert f"going on after the {kept:,} records" in done.stdout
    assert rows(data / "archive.db", begun) == [(MANY,)]
    assert trialdex("--data", tmp_path / "other", "load", path).returncode == 0
    assert content(data / "trials.db") == content(tmp_path / "other" / "trials.db")


def test_a_load_that_came_to_its_end_begins_anew_and_a_changed_file_too(tmp_path: Path) -> None:
    path, data = zipped(tmp_path / "all.zip", 30), tmp_path / "data"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])  # no index: the load fails, and there is no more
    first = trialdex("--data", data, "load", path)
    assert (first.returncode, "files before that are kept" in first.stderr) == (1, True)
    again = trialdex("--data", data, "load", path)
    assert (again.returncode, "going on" in again.stdout) == (1, False)
    zipped(path, 30)
    assert trialdex("--data", data, "load", path).returncode == 0
    assert rows(data / "trials.db", "SELECT count(*) FROM trials") == [(30,)]
