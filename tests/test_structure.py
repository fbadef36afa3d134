"""The house: who may import whom, that generated files are fresh, and that nothing names a machine or an index."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

from pipelines.documents import generated

HERE = Path(__file__).resolve().parent.parent
ROOMS = ("scraper", "pipelines", "datasette_trials", "replica", "trialdex", "tests", "benchmarks")
# The five rooms on three floors (design, section 2): who may import which room.
MAY_IMPORT = {
    "scraper": set(),
    "pipelines": {"scraper"},
    "replica": set(),
    "datasette_trials": {"pipelines.reasons", "pipelines.pairing", "pipelines.names"},
    "trialdex": {"scraper", "pipelines", "replica"},
}
READERS = {"pipelines/read.py": {"scraper.register"}}  # the one door to the sources


def modules(room: str) -> list[Path]:
    return [HERE / f"{room}.py"] if (HERE / f"{room}.py").exists() else sorted((HERE / room).rglob("*.py"))


def imported(path: Path) -> set[str]:
    """The modules of ours that a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative import"
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return {name for name in found if name.split(".")[0] in ROOMS}


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_rooms_import_only_downwards(room: str) -> None:
    for path in modules(room):
        for name in imported(path):
            allowed = MAY_IMPORT[room] | {room}
            assert any(name == other or name.startswith(f"{other}.") for other in allowed), f"{path}: imports {name}"


def test_the_pipelines_know_the_sources_only_through_read() -> None:
    """Types, and the clock of the line, come from `scraper.items` and `scraper.register`; sources through one door."""
    for path in modules("pipelines"):
        where = path.relative_to(HERE).as_posix()
        for name in imported(path):
            if name.startswith("scraper.register.sources") or name.startswith("scraper.spiders"):
                assert where in READERS, f"{where}: imports {name}"


def test_items_need_nothing_but_the_standard_library() -> None:
    tree = ast.parse((HERE / "scraper" / "items.py").read_text(encoding="utf-8"))
    roots = {
        (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name)
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert roots <= {"__future__", "dataclasses", "typing"}


def test_adding_a_source_needs_no_edit_elsewhere() -> None:
    """No file outside a source's own names its class or module."""
    for room in ("scraper", "pipelines"):
        for path in modules(room):
            if path.parent.name != "spiders":
                assert not any(name.startswith("scraper.spiders.") for name in imported(path)), path


@pytest.mark.parametrize("name", ["datasette_metadata.json", "docs/schema.md", "docs/ctgov_fields.md"])
def test_generated_files_are_fresh(name: str) -> None:
    assert (HERE / name).read_text(encoding="utf-8") == generated()[name], "run `trialdex metadata`"


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=HERE, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [HERE / name for name in listed.stdout.splitlines() if (HERE / name).is_file()]


def test_nothing_names_a_machine_or_an_index() -> None:
    options = "|".join(f"{verb}-{noun}" for verb, noun in (("index", "url"), ("extra", "index"), ("find", "links")))
    index = re.compile(options + r"|/(?:root|home|work|tmp)/[a-z]")
    for path in tracked():
        if path.suffix in {".png", ".db", ".gz"} or path == Path(__file__):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            assert not index.search(line), f"{path}:{number}: {line}"


def test_everything_is_pinned() -> None:
    lines = (HERE / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert pins
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[\w.]+", line) for line in pins)
