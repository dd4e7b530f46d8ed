"""The rewrites that a person can read in the cases, as the table tells them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from gradcli.problems.commandline import problem_from_expression
from gradcli.solve import SolveOptions, solve

CASES = tomllib.loads((Path(__file__).parent.parent / "cases" / "rewrites.toml").read_text("utf-8"))["case"]


@pytest.mark.parametrize("case", CASES, ids=[case["source"] for case in CASES])
def test_a_case(case: dict[str, Any]) -> None:
    (record,) = solve(problem_from_expression(case["source"], tuple(case["items"])), SolveOptions()).results
    told = [f"write {rewrite.replacement} for {rewrite.text}" for rewrite in record.rewrites]
    assert told == ([case["says"]] if case["says"] else [])
    for rewrite in record.rewrites:  # what is told as the whole text gives what was promised
        (again,) = solve(problem_from_expression(rewrite.expression, tuple(case["items"])), SolveOptions()).results
        assert again.verdict == "verified"
