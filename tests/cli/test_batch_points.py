"""`batch --sweep` and `--points` differentiate every spec at the same points."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

LINES = '{"expression": "x^2", "variables": {"x": 5}}\n{"expression": "x*y", "variables": {"x": 5, "y": 2}}\n'


def gradients(*options: str) -> list[dict[str, float]]:
    program = [sys.executable, "-m", "gradcli", "batch", "-", "--no-check", *options]
    done = subprocess.run(program, input=LINES, capture_output=True, text=True, check=True)
    return [json.loads(line)["gradient"] for line in done.stdout.splitlines()]


def test_a_sweep_replaces_the_points_of_every_spec() -> None:
    assert gradients("--sweep", "x=0:1:2") == [{"x": 0.0}, {"x": 2.0}, {"x": 2.0, "y": 0.0}, {"x": 2.0, "y": 1.0}]


def test_points_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "points.csv"
    file.write_text("x\n3\n", encoding="utf-8")
    assert gradients("--points", str(file)) == [{"x": 6.0}, {"x": 2.0, "y": 3.0}]
