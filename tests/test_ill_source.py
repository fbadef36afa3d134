"""A recruitment portal is redesigned overnight: its pages still come, and say nothing. The night must notice."""

from __future__ import annotations

import json
import re
from pathlib import Path

from replica import ctgov_replica, portal_replica
from replica.serving import Asked, Reply
from tests.made import rows
from tests.running import trialdex

QUICK = {"TRIALDEX_RETRY_WAITS": "0.02,0.02,0.05,0.05,0.1"}


def test_a_redesigned_portal_is_told_and_not_published(tmp_path: Path) -> None:
    with ctgov_replica(size=60) as register, portal_replica(register.world, listings=12) as portal:
        replica = portal.answer

        def as_it_was(asked: Asked) -> Reply:
            """A portal that tells nobody what is new: every page is asked for and served every night."""
            reply = replica(asked._replace(headers={}))
            reply.headers = {k: v for k, v in reply.headers.items() if k not in ("ETag", "Last-Modified")}
            reply.body = re.sub(rb"<lastmod>[^<]*</lastmod>", b"", reply.body)
            return reply

        portal.answer = as_it_was

        def redesigned(asked: Asked) -> Reply:
            reply = as_it_was(asked)
            if "/listings/" in asked.path:
                reply.body = reply.body.replace(b"Condition", b"What it is about")
            return reply

        (tmp_path / "trialdex.toml").write_text(
            f'[[source]]\nname = "portal"\nurls = ["{portal.url}/sitemap.xml"]\n', encoding="utf-8"
        )
        command = ("--data", tmp_path, "nightly", "--config", tmp_path / "trialdex.toml")
        assert trialdex(*command, **QUICK).returncode == 0
        published = (tmp_path / "published" / "trials.db").read_bytes()
        assert rows(tmp_path / "trials.db", "SELECT count(*), count(conditions) FROM trials") == [(12, 12)]
        portal.answer = redesigned
        done = trialdex(*command, **QUICK)
        held = [(tmp_path / "published" / "trials.db").read_bytes()]
        again = trialdex(*command, **QUICK)
        held.append((tmp_path / "published" / "trials.db").read_bytes())
        portal.answer = as_it_was
        well = trialdex(*command, **QUICK)
    assert (done.returncode, again.returncode, well.returncode) == (3, 3, 0), "until the pages say something again"
    words = "portal: conditions is filled in 0.0% of the 12 trials that are new or changed, usually in 100.0%"
    assert words in done.stderr
    assert held == [published] * 2
    report = max((tmp_path / "reports").glob("2*.json"))
    assert json.loads(report.read_text(encoding="utf-8"))["went_wrong"] == []
    falls = rows(tmp_path / "trials.db", "SELECT run_id, points FROM fill_over_time WHERE field = 'conditions' "
                                         "AND points <> 0 ORDER BY run_id")  # fmt: skip
    assert falls == [(2, -100.0), (4, 100.0)]
