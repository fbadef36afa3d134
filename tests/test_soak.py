"""The night over a register that changes day by day, when things go wrong and when it is killed.

`make soak` sets the sizes of the acceptance; without them every scenario runs in small, on the same path.
"""

from __future__ import annotations

import os
import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.gate import gate
from replica import ctgov_replica
from tests.forked import Forked, Mark
from tests.made import content
from tests.nights import Nights, Watched

NIGHTS = int(os.environ.get("TRIALDEX_NIGHTS", "12"))
KILLS = int(os.environ.get("TRIALDEX_KILLS", "20"))
QUICK = {"TRIALDEX_RETRY_WAITS": "0.02,0.02,0.05,0.05,0.1"}
STUDIES = "/api/v2/studies"
# What goes wrong in a night: the register's fault, and the exit code of a night that compares the whole listing.
MISHAPS: dict[str, tuple[dict[str, Any], int]] = {
    "missed": ({}, 0),
    "missed again": ({}, 0),
    "killed": ({}, -9),
    "forbidden": ({}, 5),
    "half_listing": ({"prefix": STUDIES}, 3),
    "no_results": ({"prefix": STUDIES}, 3),
    "html": ({"prefix": STUDIES}, 1),
    "truncated": ({"prefix": STUDIES, "after": 1}, 1),
    "cut": ({"times": 2}, 0),  # twice, and then it goes well
}


@pytest.fixture(scope="module")
def forked() -> Iterator[Forked]:
    with Forked(**QUICK) as server:
        yield server


def schedule(chance: random.Random) -> dict[int, str]:
    """Which night what goes wrong in, by chance: the last goes well, and no more than three in a row do not."""
    while True:
        nights = chance.sample(range(1, NIGHTS), len(MISHAPS))
        if not any({night, night + 1, night + 2, night + 3} <= set(nights) for night in nights):
            return dict(zip(nights, MISHAPS, strict=True))


@pytest.mark.parametrize("sweep", ["every night", "when due"])
def test_nights_in_which_everything_goes_wrong_once(sweep: str, forked: Forked, tmp_path: Path) -> None:
    """In the end every table is as the register has it, and the change log has told all of it and nothing else. Where
    every night compares the whole listing, every good night has told all; where it is compared when due, every seven
    days, a status that became unknown without a date, a merge or a removal is told up to that much later."""
    mishaps, chance = schedule(random.Random(5)), random.Random(7)
    # In a register this small more than two per cent go in a fortnight.
    share, options = (0.02, ["--sweep"]) if sweep == "every night" else (0.1, [])
    with ctgov_replica(size=450) as server:
        nights = Nights(tmp_path, server, forked, share)
        assert nights.run(*options).code == 0
        nights.check_good_night()
        with Watched(nights.folder.published, share) as watched:
            for night in range(1, NIGHTS + 1):
                server.world.go_to(night)
                mishap = mishaps.get(night, "")
                if mishap.startswith("missed"):
                    continue
                fault, code = MISHAPS.get(mishap, ({}, 0))
                if mishap == "killed":
                    moment = chance.uniform(0.05, 0.25)
                    ended = nights.run(*options, when=lambda marks, after=moment: marks[0].at + after)
                elif mishap:
                    server.faults.add(mishap, **fault)
                    ended = nights.run(*options)
                    server.faults.clear()
                else:
                    ended = nights.run("--sweep") if night == NIGHTS else nights.run(*options)
                nights.note_served()
                if options:
                    assert ended.code == code, (mishap, ended.said)
                if not mishap:
                    assert nights.register.unseen() == set(), "a crawl by date left a gap"
                if night == NIGHTS or (options and not code):
                    assert ended.code == 0, ended.said
                    nights.check_good_night()
        nights.check_everything(tmp_path / "fresh")
        assert watched.faults == []
        assert len(watched.counts) > NIGHTS / 3
        print(f"\n{NIGHTS} nights, compared {sweep}: {len(watched.counts)} files, "
              f"{min(watched.counts)} to {max(watched.counts)} live trials; {', '.join(mishaps.values())}")  # fmt: skip


# --- kills ----------------------------------------------------------------------------------------------------------

LEARN = 10  # rounds; in the first of so many nothing is killed
PHASES = ("start", "crawl", "follow", "link", "gate", "publish", "report")


class Aim:
    """Where to kill the next night: in the phase that fewest kills fell into, at a random moment of it.

    How long each phase takes, and how often it comes, is told by a night that nothing disturbed.
    """

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.fell: Counter[str] = Counter(dict.fromkeys(PHASES, 0))
        self.spans: dict[str, list[float]] = {}  # phase -> seconds of each time that it came

    def learn(self, marks: list[Mark], end: float) -> None:
        self.spans = {}
        for mark, until in zip(marks, [mark.at for mark in marks[1:]] + [end], strict=True):
            self.spans.setdefault(mark.phase, []).append(until - mark.at)

    def next(self) -> Callable[[list[Mark]], float | None]:
        phase = min(self.spans, key=lambda phase: (self.fell[phase], self.chance.random()))
        seconds = self.spans[phase]
        time = self.chance.choices(range(len(seconds)), seconds)[0]
        after = self.chance.uniform(0, seconds[time])

        def moment(marks: list[Mark]) -> float | None:
            came = [mark.at for mark in marks if mark.phase == phase]
            return came[time] + after if len(came) > time else None

        return moment


def test_a_kill_at_any_moment_leaves_the_old_file_or_the_new_one(forked: Forked, tmp_path: Path) -> None:
    """kill -9 in the first night of all, then in every round, with a new day's data; and each time a night that ends
    right. A kill that came too late, when the night had ended, is not counted."""
    aim, old = Aim(random.Random(3)), tmp_path / "old.db"
    published: Counter[str] = Counter()
    with ctgov_replica(size=150) as server:
        nights = Nights(tmp_path, server, forked)
        moment = aim.chance.uniform(0, 0.4)
        assert nights.run("--sweep", when=lambda marks: marks[0].at + moment).code == -9
        nights.note_served()
        assert nights.run("--sweep").code == 0
        nights.check_good_night()
        with Watched(nights.folder.published) as watched:
            for n in range(3 * KILLS):
                if sum(aim.fell.values()) >= KILLS and min(aim.fell.values()) >= KILLS // 20:
                    break
                server.world.go_to_next_data()
                shutil.copy(nights.folder.published, old)
                if n % LEARN:
                    ended = nights.run("--sweep", when=aim.next())
                    assert ended.code in (-9, 0), ended.said
                    nights.note_served()
                    which = check_published(nights, old)
                    if ended.code:
                        aim.fell[ended.marks[-1].phase] += 1
                        published[which] += 1
                ended = nights.run("--sweep")
                assert ended.code == 0, ended.said
                if not n % LEARN:  # no kill came before: it has the day's whole work to do, as the next ones have
                    aim.learn(ended.marks, ended.at)
                nights.check_good_night()
                assert [path.name for path in nights.folder.published.parent.iterdir()] == ["trials.db"]
        nights.check_everything(tmp_path / "fresh")
        assert watched.faults == []
    print(f"\n{sum(aim.fell.values())} kills, {', '.join(f'{n} in {phase}' for phase, n in aim.fell.items())}; "
          f"published file {', '.join(f'{which} {n}' for which, n in published.items())}")  # fmt: skip
    assert sum(aim.fell.values()) >= KILLS
    assert min(aim.fell.values()) >= KILLS // 20


def check_published(nights: Nights, old: Path) -> str:
    """The published file opens and passes the gate, beside the old one too, and is the old one or says what the
    register says today."""
    assert gate(nights.folder.published, old) == []
    if nights.folder.published.read_bytes() == old.read_bytes():
        return "old"
    nights.told |= nights.register.looked()
    nights.check_live()
    told, published = content(nights.folder.trials), content(nights.folder.published)
    assert {table: published[table] for table in told} == told, "beside what is only made for publishing"
    return "new"
