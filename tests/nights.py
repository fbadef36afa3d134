"""A data folder that a register is collected into night by night, and what must hold of it, whatever went wrong."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

from msgspec import json

from pipelines.folder import DataFolder
from replica import CtgovServer
from replica.plan import nct_id
from scraper.items import Absence, Page
from tests.forked import Ended, Forked
from tests.made import content, rows, run
from tests.register_log import RegisterLog, Told

LIVE = "SELECT count(*) FROM trials WHERE removed_at IS NULL"
WATCH_EVERY = 0.002  # seconds


# A night brings neighbours up to date, a load does not; that an update says what a full computation says is tested with
# similar trials themselves.
NEIGHBOURS = ("similar_trials", "terms")


class Nights:
    """The folder, the register, and the register's log as the folder must tell it."""

    def __init__(self, path: Path, server: CtgovServer, forked: Forked, share: float = 0.02) -> None:
        self.folder, self.server, self.forked = DataFolder(path / "data"), server, forked
        self.config, self.log = path / "trialdex.toml", path / "said.txt"
        source = f'[[source]]\nname = "ctgov"\nall = true\nbase_url = "{server.url}"\npage_size = 100\n'
        self.config.write_text(f"{source}\n[gate]\nlive_trials = {share}\nremoved = {share}\n", encoding="utf-8")
        self.register = RegisterLog(server.world)
        self.told: set[Told] = set()  # what the change log must hold beyond `lines`
        self.lines = self.runs = 0

    def run(self, *arguments: str, **how: Any) -> Ended:
        """One night."""
        self.runs = self._last("runs", "id", self.folder.archive)
        ended = self.forked.run(
            "--data", self.folder.path, "--quiet", "nightly", "--config", self.config, *arguments, log=self.log, **how
        )
        assert "Traceback" not in ended.said, ended.said
        return ended

    def _last(self, table: str, column: str, file: Path) -> int:
        made = file.exists() and rows(file, "SELECT 1 FROM sqlite_master WHERE name = ?", table)
        return int(rows(file, f"SELECT ifnull(max({column}), 0) FROM {table}")[0][0]) if made else 0

    # --- what must hold ---

    def note_served(self) -> None:
        """After any night, a refused or killed one too: of the studies that it was served it may tell what has become
        of them, and of no other. The archive says which they are."""
        if self._last("sightings", "id", self.folder.archive):  # a kill may come before there is an archive
            seen = rows(self.folder.archive, "SELECT source_id FROM sightings WHERE run_id > ?", self.runs)
            self.told |= self.register.looked({id for (id,) in seen})

    def check_good_night(self) -> None:
        """After a night that compared the whole listing and went well: the change log tells of every study what has
        become of it, since this was last checked, and nothing else."""
        self.told |= self.register.looked()
        self.check_live()
        found = rows(self.folder, "SELECT DISTINCT trial_id, kind, field FROM changes WHERE id > ?", self.lines)
        told = {Told(*one) for one in found}
        assert told == self.told, f"told, and not so: {told - self.told}; so, and not told: {self.told - told}"
        self.lines, self.told = self._last("changes", "id", self.folder.trials), set()

    def check_live(self) -> None:
        """The live trials of both files are the register's, in what changes most. Needs a look at all before."""
        live = {id for id, is_live in self.register.live.items() if is_live}
        assert live == {nct_id(index) for index in self.server.world.present()}
        truth = {_told(self.register.served[id]) for id in live}
        columns = "id, title, status_text, enrollment, last_updated, n_locations"
        for file in (self.folder.trials, self.folder.published):
            wrong = truth ^ set(rows(file, f"SELECT {columns} FROM trials WHERE removed_at IS NULL"))
            assert not wrong, f"{file}: {sorted(wrong)}"

    def check_everything(self, scratch: Path) -> None:
        """Every table says what a fresh load of the register's studies says, and the published file does, too. Of the
        studies that are gone: what they said when they were last served, and since when they are gone."""
        world, fresh = self.server.world, DataFolder(scratch)
        gone = rows(self.folder, "SELECT id, removed_at FROM trials WHERE removed_at IS NOT NULL")
        assert {id for id, _ in gone} == {id for id, live in self.register.live.items() if not live}
        studies = [json.decode(self.register.served[id]) for id, _ in gone]
        studies += [world.study(index) for index in world.present()]
        run(fresh, studies, Page(absences=tuple(Absence("ctgov", id, at) for id, at in gone)))
        wanted = content(fresh.trials)
        for name in NEIGHBOURS:
            del wanted[name]
        for file in (self.folder.trials, self.folder.published):
            found = content(file)  # the published file has more: what is only made for publishing
            assert found.keys() >= wanted.keys()
            ((with_neighbours,),) = rows(file, "SELECT count(DISTINCT trial_id) FROM similar_trials")
            assert with_neighbours > 0.9 * sum(self.register.live.values())
            wrong = {name: set(found[name]) ^ set(wanted[name]) for name in wanted if found[name] != wanted[name]}
            assert not wrong, f"{file}: {wrong}"


def _told(body: bytes) -> tuple[Any, ...]:
    p = json.decode(body)["protocolSection"]
    return (
        p["identificationModule"]["nctId"],
        p["identificationModule"].get("briefTitle"),
        p["statusModule"]["overallStatus"],
        p.get("designModule", {}).get("enrollmentInfo", {}).get("count"),
        p["statusModule"]["lastUpdatePostDateStruct"]["date"],
        len(p.get("contactsLocationsModule", {}).get("locations", [])),
    )


class Watched(threading.Thread):
    """Looks at the published file all the time: it is always there and opens, and no file holds fewer live trials than
    the gate allows after the one before. A context manager; `counts` of the files seen, `faults` of them."""

    def __init__(self, file: Path, share: float = 0.02, few: int = 5) -> None:
        super().__init__(daemon=True)
        self.file, self.share, self.few = file, share, few
        self.counts: list[int] = []
        self.faults: list[str] = []
        self.ended = threading.Event()

    def run(self) -> None:
        seen: tuple[int, int] | None = None
        while not self.ended.wait(WATCH_EVERY):
            try:
                found = os.stat(self.file)
                if seen != (found.st_ino, found.st_mtime_ns):
                    self._look()
                seen = (found.st_ino, found.st_mtime_ns)
            except (OSError, sqlite3.Error) as error:
                if seen:
                    self.faults.append(repr(error))

    def _look(self) -> None:
        with closing(sqlite3.connect(f"file:{self.file}?mode=ro", uri=True)) as db:
            count = int(db.execute(LIVE).fetchone()[0])
        if self.counts and count < self.counts[-1] - max(self.share * self.counts[-1], self.few):
            self.faults.append(f"{count} live trials after {self.counts[-1]}")
        self.counts.append(count)

    def __enter__(self) -> Watched:
        self.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self.ended.set()
        self.join()
