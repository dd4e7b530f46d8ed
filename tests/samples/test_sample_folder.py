"""The folder as a whole: everything in it comes out verified, runs, and says what it shows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples"


def test_every_record_is_verified(batch: Any) -> None:
    assert [r for r in batch.records if r["verdict"] != "verified"] == []
    assert batch.exit_code == 0, batch.stderr


def test_every_record_has_more_than_one_conclusive_witness(batch: Any) -> None:
    alone = []
    for record in batch.records:
        agreeing = [name for name, check in record["checks"].items() if check["verdict"] == "agree"]
        if len(agreeing) < 2:
            alone.append((record["source"], record["task"], record["checks"]))
    assert alone == []


SCRIPTS = {
    "linear_regression.py": (
        "loss 9.910000   dloss/dW -13.600000   dloss/db -5.800000\nW 0.636000   b 0.158000\nloss 7.845231\n"
    ),
    "product.py": "dz/dx 3.0\ndz/dy 2.0\n",
    "nested_function.py": "dz/dx 4.0\nd2z/dx2 None\n",
    "second_derivatives.py": (
        "step 0   f 24.200000   gradient norm 232.867688\n"
        "step 1   f 4.731884   gradient norm 4.639426\n"
        "step 2   f 1411.845179   gradient norm 1370.789849\n"
        "step 3   f 0.055966   gradient norm 0.473110\n"
        "step 4   f 0.313189   gradient norm 25.027446\n"
        "step 5   f 0.000000   gradient norm 0.000009\n"
        "step 6   f 0.000000   gradient norm 0.000000\n"
        "x 1.000000000 1.000000000\n"
    ),
    "custom_gradient.py": (f"y        {1.5:.12f}\ndy/da    {1 / 3:.12f}\nd2y/da2  {-1 / (4 * 1.5**3):.12f}\n"),
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_script_prints_its_result(name: str) -> None:
    command = [sys.executable, "-W", "error", f"samples/python/{name}"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (0, SCRIPTS[name], "")


def test_every_script_is_run_here() -> None:
    assert {p.name for p in (SAMPLES / "python").glob("*.py")} == set(SCRIPTS)


def test_every_sample_says_what_to_look_at() -> None:
    for path in SAMPLES.rglob("*"):
        if path.suffix in (".toml", ".yaml", ".py", ".json"):
            text = path.read_text(encoding="utf-8")
            assert "Look at:" in text, path.name
            assert text.startswith(("#", '"""', "{")), path.name


def test_the_readme_lists_every_sample() -> None:
    readme = (SAMPLES / "README.md").read_text(encoding="utf-8")
    for path in SAMPLES.rglob("*"):
        if path.is_file() and path.name != "README.md" and not path.name.startswith("."):
            assert path.relative_to(SAMPLES).as_posix() in readme, path.name
