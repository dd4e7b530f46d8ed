"""Every option reaches the problem or `solve`, and what was not given stays the spec's."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import gradcli.solve
from gradcli.problems.problem import CheckOptions, Problem
from gradcli.result import Record, Result
from gradcli.solve import SolveOptions

Run = Callable[..., Any]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Problem, SolveOptions]]:
    """What `solve` was asked, instead of solving."""
    calls: list[tuple[Problem, SolveOptions]] = []

    def solve(problem: Problem, options: SolveOptions) -> Result:
        calls.append((problem, options))
        return Result((Record(problem.source, "verified", options.task),))

    monkeypatch.setattr(gradcli.solve, "solve", solve)
    return calls


@pytest.mark.parametrize("task", ["grad", "hessian", "jacobian"])
def test_a_command_is_a_task(gradcli: Run, asked: list[Any], task: str) -> None:
    assert gradcli(task, "x*y", "x=1", "y=2").code == 0
    assert asked[0][1] == SolveOptions(task=task)
    assert asked[0][0].check == CheckOptions()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--no-check"], {"check": False}),
        (["--check"], {"check": True}),
        (["--certify"], {"certify": True}),
        (["--formula"], {"formula": True}),
        (["--unconnected", "zero"], {"unconnected": "zero"}),
        (["--output", "f"], {"output": "f"}),
    ],
)
def test_options_of_solving(gradcli: Run, asked: list[Any], arguments: list[str], expected: dict[str, Any]) -> None:
    assert gradcli("grad", "x*y", "x=1", "y=2", *arguments).code == 0
    assert asked[0][1] == SolveOptions(task="grad", **expected)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--witness", "symbolic"], CheckOptions(finite_difference=False, certificate=False)),
        (["--witness", "certificate", "--witness", "symbolic"], CheckOptions(finite_difference=False)),
        (["--check-budget", "2.5"], CheckOptions(budget_seconds=2.5)),
        (["--seed", "7"], CheckOptions(seed=7)),
    ],
)
def test_options_of_checking(gradcli: Run, asked: list[Any], arguments: list[str], expected: CheckOptions) -> None:
    assert gradcli("grad", "x*y", "x=1", "y=2", *arguments).code == 0
    assert asked[0][0].check == expected


def test_wrt(gradcli: Run, asked: list[Any]) -> None:
    assert gradcli("grad", "x*y*z", "x=1", "y=2", "z=3", "--wrt", "z, x").code == 0
    assert asked[0][0].wrt == ("z", "x")


def test_points_and_sweeps(gradcli: Run, asked: list[Any], tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("x,y\n1,2\n3,4\n")
    assert gradcli("grad", "x*y", "--points", str(tmp_path / "p.csv")).code == 0
    assert gradcli("grad", "x*y", "--sweep", "x=0:1:2", "--sweep", "y=0:1:3").code == 0
    assert asked[0][0].points["x"].tolist() == [1.0, 3.0]
    assert len(asked[1][0].points["y"]) == 6


def test_a_spec_keeps_what_is_not_said_otherwise(gradcli: Run, asked: list[Any], tmp_path: Path) -> None:
    spec = {
        "expression": "x^2",
        "variables": {"x": 1, "y": {"value": 1, "trainable": False}},
        "task": ["hessian"],
        "check": {"symbolic": False, "rtol": 1e-6},
    }
    path = tmp_path / "s.json"
    path.write_text(json.dumps(spec))
    assert gradcli("grad", str(path), "x=5", "--seed", "3").code == 0
    assert gradcli("batch", str(path), "--seed", "3").code == 0
    (problem, options), (in_batch, batch_options) = asked
    assert problem.check == CheckOptions(symbolic=False, rtol=1e-6, seed=3) == in_batch.check
    assert (options.task, batch_options.task) == ("grad", None)
    assert problem.variables["x"].value == 5.0


def test_a_spec_on_stdin(gradcli: Run, asked: list[Any]) -> None:
    assert gradcli("grad", "-", stdin=b'{"expression": "x^2", "variables": {"x": 1}}').code == 0
    assert gradcli("grad", "-", stdin=b'expression = "x^2"\nvariables.x = 1\n').code == 0
    yaml = b"expression: x^2\nvariables: {x: 1}\n"
    assert gradcli("grad", "-", "--input-format", "yaml", stdin=yaml).code == 0
    assert [problem.source for problem, _ in asked] == ["-"] * 3
    assert gradcli("grad", "-", stdin=None).code == 2


def test_data_outside_is_let_in_on_request(gradcli: Run, asked: list[Any], tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("a\n1\n2\n")
    (tmp_path / "sub").mkdir()
    path = tmp_path / "sub" / "s.json"
    path.write_text('{"expression": "sum(x)", "variables": {"x": {"file": "../d.csv", "column": "a"}}}')
    refused = gradcli("grad", str(path))
    assert refused.code == 2
    assert "--allow-outside" in refused.err
    assert gradcli("grad", str(path), "--allow-outside").code == 0
    assert gradcli("batch", str(path)).code == 1
    assert gradcli("batch", str(path), "--allow-outside").code == 0


def test_the_exit_status_is_the_result_s(gradcli: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for verdict, code in [
        ("verified", 0),
        ("unchecked", 0),
        ("unverified", 1),
        ("kink", 1),
        ("nonfinite", 1),
        ("mismatch", 1),
    ]:
        record = Record("x", verdict, "grad")
        monkeypatch.setattr("gradcli.solve.solve", lambda *_, record=record: Result((record,)))
        assert gradcli("grad", "x", "x=1").code == code


def test_the_choices_are_those_of_the_rooms_below() -> None:
    from gradcli.cli import options
    from gradcli.problems.problem import WITNESSES
    from gradcli.report.formats import FORMATS

    assert (options.FORMATS, options.WITNESSES) == (FORMATS, WITNESSES)


@pytest.mark.parametrize("seconds", ["inf", "1e300", "1e9"])
@pytest.mark.parametrize(
    "command", [("grad",), ("check", "--claim", "x=cos(x)"), ("descend", "--rate", "1", "--steps", "1")]
)
def test_a_budget_may_be_as_long_as_one_likes(gradcli: Run, command: tuple[str, ...], seconds: str) -> None:
    name, *options = command
    assert gradcli(name, "sin(x)", "x=1", "--check-budget", seconds, *options).code == 0


@pytest.mark.parametrize(
    ("option", "value", "meant"),
    [
        ("--check-budget", "0", "a number of seconds above 0"),
        ("--check-budget", "soon", "a number of seconds above 0"),
        ("--check-budget", "nan", "a number of seconds above 0"),
        ("--seed", "-1", "a whole number from 0 on"),
        ("--seed", "1.5", "a whole number from 0 on"),
    ],
)
def test_a_number_that_is_none_is_told_what_is_meant(gradcli: Run, option: str, value: str, meant: str) -> None:
    ran = gradcli("grad", "x", "x=1", option, value)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"error: invalid value for '{option}': '{value}' is not {meant}\n")


@pytest.mark.parametrize("options", [["--no-check"], ["--witness", "symbolic"]])
@pytest.mark.parametrize("arguments", [["grad", "x^2", "x=1"], ["batch", "-"]])
def test_bounds_need_the_witness_that_proves_them(gradcli: Run, arguments: list[str], options: list[str]) -> None:
    ran = gradcli(*arguments, "--certify", *options, stdin=b'{"expression": "x", "variables": {"x": 1}}')
    assert (ran.code, ran.out) == (2, "")
    assert "--certify: the certificate proves the bounds" in ran.err


@pytest.mark.parametrize("arguments", [["hessian", "x^2", "x=1"], ["batch", "-"]])
def test_a_witness_is_not_asked_and_refused_at_once(gradcli: Run, arguments: list[str]) -> None:
    ran = gradcli(*arguments, "--no-check", "--witness", "symbolic", stdin=b"")
    assert (ran.code, ran.out) == (2, "")
    assert "--witness: asks a witness, --no-check asks none" in ran.err


def test_bounds_that_are_asked_for_are_given_whatever_the_spec_leaves_out(gradcli: Run, tmp_path: Path) -> None:
    spec = tmp_path / "s.toml"
    spec.write_text('expression = "x^2"\nvariables = { x = 3 }\ncheck = { certificate = false }\n')
    (record,) = json.loads(gradcli("grad", str(spec), "--certify", "--format", "json").out)["results"]
    lower, upper = record["enclosures"]["x"]
    assert lower <= 6 <= upper
