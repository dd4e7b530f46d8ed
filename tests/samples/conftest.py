"""One run of `gradcli batch samples/` that every test here looks at."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).parents[2]


class Batch(NamedTuple):
    """What the command line printed: its exit code, its records and what went to stderr."""

    exit_code: int
    records: list[dict[str, Any]]
    stderr: str

    def of(self, source: str) -> list[dict[str, Any]]:
        """The records of one spec below `samples/`."""
        return [r for r in self.records if r["source"] == f"samples/{source}"]


@pytest.fixture(scope="session")
def batch() -> Batch:
    """All samples, run once, from the project's root."""
    run = subprocess.run(
        [sys.executable, "-m", "gradcli", "batch", "samples/"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return Batch(run.returncode, [json.loads(line) for line in run.stdout.splitlines()], run.stderr)
