"""The command as users run it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SOAK = bool(os.environ.get("TRIALDEX_SOAK"))  # `make soak`: all of what `make test` takes a seeded part of


def trialdex(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs `trialdex` in a process of its own and returns what it said."""
    return subprocess.run(
        [sys.executable, "-m", "trialdex", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parent.parent), **environment},
        check=False,
    )
