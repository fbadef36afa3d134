"""Saved files into a data folder, along the same line as a crawl."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from pipelines.folder import DataFolder
from pipelines.line import Line
from scraper.files import FILES, pages, reading, records_in, source_names


class Loaded(NamedTuple):
    """What a load counted, and a line for each input that could not be read to its end."""

    counts: dict[str, int]
    failures: list[str]


def load(
    folder: DataFolder, files: Sequence[Path], url: str | None = None, say: Callable[[str], None] = lambda _: None
) -> Loaded:
    """Reads files into a folder whose lock is held. `url`: where a saved page was served from. A file that a run which
    was killed had begun goes on after what was kept, and `say` is told so."""
    failures: list[str] = []
    source = ", ".join(sorted(set().union(*map(source_names, files)))) or "unknown"
    query, expected = ", ".join(file.name for file in files), sum(map(records_in, files))
    with Line(folder, command="load", source=source, query=query, expected=expected) as line:
        for file in files:
            done = max(map(int, line.places(FILES, reading(file, url))), default=0)
            if done:
                say(f"{file}: going on after the {done:,} records that a run that was ended had kept")
            for page in pages(file, url=url, failures=failures, done=done):
                line.take(page)
        return Loaded(line.end("failed" if failures else "finished", to_the_end=True), failures)
