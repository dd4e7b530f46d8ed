"""Golden cases: how right each number is, what a Hessian says, and what was expected, as a person reads it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from gradcli.errors import GradcliError
from gradcli.problems.commandline import problem_from_expression
from gradcli.problems.problem import Problem
from gradcli.problems.reading import spec_from_bytes
from gradcli.report.console import plain_console
from gradcli.report.table import table
from gradcli.result import Result
from gradcli.solve import SolveOptions, solve

CASES = tomllib.loads((Path(__file__).parent.parent / "cases" / "audit.toml").read_text(encoding="utf-8"))["case"]


def problem(case: dict[str, Any]) -> Problem:
    if "spec" in case:
        return spec_from_bytes(case["spec"].encode(), "case.toml", "toml")
    text, *items = case["input"]
    return problem_from_expression(text, items)


def solved(case: dict[str, Any]) -> Result:
    return solve(problem(case), SolveOptions(task=case.get("task"), certify=case.get("certify", False)))


@pytest.mark.parametrize("case", [c for c in CASES if "prints" in c], ids=lambda case: case["shows"])
def test_what_is_printed(case: dict[str, Any]) -> None:
    result = solved(case)
    assert result.verdict == case["verdict"]
    lines = "".join(table(result.results, plain_console(100, "utf-8"))).splitlines()
    at = 0
    for wanted in case["prints"].strip("\n").splitlines():
        start = wanted.removesuffix("...") if wanted.endswith("...") else None
        found = [k for k in range(at, len(lines)) if (lines[k] == wanted if start is None else start in lines[k])]
        assert found, (wanted, lines[at:])
        at = found[0] + 1


@pytest.mark.parametrize("case", [c for c in CASES if "refused" in c], ids=lambda case: case["shows"])
def test_what_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(GradcliError) as error:
        problem(case)
    assert error.value.message == case["refused"]
    assert error.value.origin.key.startswith("expect.")
