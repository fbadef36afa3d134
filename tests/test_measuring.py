"""What the benchmarks say of memory and disk: all processes of a command together, and files without a name."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks.measuring import watched

MB = 1_000_000
# Holds 60 MB, and 30 MB in a child; writes 20 MB into a file that stays and 40 MB into one that has no name any more.
PROGRAM = """
import os, subprocess, sys, time
folder, own = sys.argv[1], bytearray(os.urandom(60_000_000))
with open(folder + "/stays", "wb") as stays, open(folder + "/goes", "wb") as goes:
    os.unlink(folder + "/goes")
    stays.write(own[:20_000_000]), goes.write(own[:40_000_000])
    stays.flush(), goes.flush()
    child = "import os, time; held = bytearray(os.urandom(30_000_000)); time.sleep(1)"
    subprocess.run([sys.executable, "-c", child], check=True)
"""


def test_a_command_is_watched_with_its_children_and_its_files_without_a_name(tmp_path: Path) -> None:
    (tmp_path / "before").write_bytes(b"x" * MB)
    used = watched([sys.executable, "-c", PROGRAM, tmp_path], tmp_path)
    assert 90 * MB < used.memory < used.mapped < 250 * MB
    assert 60 * MB <= used.disk < 62 * MB
    assert used.cpu > 0
    assert used.wall > 1


def test_a_command_that_fails_ends_the_benchmark(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="ended with status 3"):
        watched([sys.executable, "-c", "raise SystemExit(3)"], tmp_path)
