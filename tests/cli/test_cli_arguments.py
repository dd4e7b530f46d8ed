"""Which words are options: expressions that begin with `-`, options anywhere, and mistyped ones found out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., Any]


def gradient(ran: Any) -> Any:
    assert ran.code == 0, ran.err
    return json.loads(ran.out)["results"][0]["gradient"]


@pytest.mark.parametrize(
    ("expression", "slope"),
    [
        ("-x^2", -6.0),
        ("-x", -1.0),
        ("-2*x", -2.0),
        ("-sin(x)*0", 0.0),
        ("--x", 1.0),
        ("-(x)", -1.0),
        ("-.5*x", -0.5),
        ("- x", -1.0),
    ],
)
def test_an_expression_may_begin_with_a_minus(gradcli: Run, expression: str, slope: float) -> None:
    ran = gradcli("grad", expression, "x=3", "--format", "json", "--no-check")
    assert gradient(ran) == {"x": slope}
    assert json.loads(ran.out)["results"][0]["source"] == expression


@pytest.mark.parametrize(
    "arguments",
    [
        ["--no-check", "--format", "json", "-x*o", "x=3", "o=2"],
        ["-x*o", "--format", "json", "x=3", "o=2", "--no-check"],
        ["--format=json", "-x*o", "x=3", "--no-check", "o=2"],
        ["--wrt", "x,o", "-x*o", "x=3", "o=2", "--no-check", "--format", "json"],
        ["--no-check", "--format", "json", "--", "-x*o", "x=3", "o=2"],
        ["-o*x", "x=3", "o=2", "--no-check", "--format", "json"],
    ],
)
def test_options_stand_anywhere(gradcli: Run, arguments: list[str]) -> None:
    assert gradient(gradcli("grad", *arguments)) == {"x": -2.0, "o": -3.0}


def test_values_may_be_negative(gradcli: Run) -> None:
    assert gradient(gradcli("grad", "x^2", "x=-3", "--no-check", "--format", "json")) == {"x": -6.0}
    ran = gradcli("grad", "-x^2", "--sweep", "x=-1:1:3", "--no-check", "--format", "jsonl")
    assert [json.loads(line)["gradient"]["x"] for line in ran.out.splitlines()] == [2.0, 0.0, -2.0]


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["grad", "x", "--formt", "json"], "--format"),
        (["grad", "--formt", "json", "x"], "--format"),
        (["grad", "-x", "--no-chek"], "--no-check"),
        (["batch", "x.toml", "--fail-fats"], "--fail-fast"),
        (["--versoin"], "--version"),
    ],
)
def test_a_mistyped_option_is_answered_with_the_right_one(gradcli: Run, arguments: list[str], meant: str) -> None:
    ran = gradcli(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert "no such option" in ran.err
    assert "id you mean" in ran.err
    assert f"'{meant}'" in ran.err


def test_an_option_that_is_none_behind_the_source(gradcli: Run) -> None:
    ran = gradcli("grad", "x^2", "-x")
    assert ran.code == 2
    assert re.search("no such option:? '?-x'?", ran.err)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], ["no command", "grad", "gradcli --help"]),
        (["grad"], ["missing argument 'SOURCE'", "gradcli grad [OPTIONS] SOURCE", "gradcli grad --help"]),
        (["gard", "x"], ["no command 'gard'", "did you mean 'grad'?"]),
        (["frobnicate"], ["no command 'frobnicate'", "hessian"]),
        (["x^2*y", "x=1"], ["no command 'x^2*y'", 'gradcli grad "x^2*y"']),
        (["batch"], ["missing argument 'PATH...'"]),
        (["schema"], ["spec", "result"]),
        (["schema", "spc"], ["'spc'", "'spec'", "'result'"]),
        (["grad", "x", "--format", "xml"], ["'xml'", "'json'"]),
        (["grad", "x", "--check-budget", "0"], ["--check-budget"]),
        (["grad", "x", "--check-budget", "nan"], ["--check-budget"]),
        (["grad", "x", "--witness", "oracle"], ["'oracle'", "'certificate'"]),
        (["grad", "x", "--seed", "-1"], ["--seed"]),
        (["grad", "x", "-o"], ["-o"]),
        (["check", "x^2"], ["nothing is claimed", "--claim"]),
        (["check", "x^2", "--claim", "2*x"], ["2*x: a claim is NAME=EXPR"]),
        (["check", "x^2", "--claim", "q=2*x"], ["no variable 'q'"]),
        (["check", "x^2", "--claim", "x=2*", "x=1"], ["--claim x", "^"]),
        (["check", "x^2", "--claim", "x=2*z", "x=1"], ["unknown name 'z'", "^"]),
        (["check", "x^2", "--claim", "x=1", "--claim", "x=2*x"], ["claimed twice"]),
        (["check", "x^2", "--claim", "g:x=1"], ["no output 'g'"]),
        (["functions", "tahn"], ["did you mean 'tanh'?"]),
    ],
)
def test_wrong_usage(gradcli: Run, arguments: list[str], says: list[str]) -> None:
    ran = gradcli(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: ")
    for words in says:
        assert words in ran.err


LATER = {
    "commands": ["tape", "export"],
    "options of batch": ["-j", "--timeout", "--memory", "--resume", "--dask", "--report"],
}


@pytest.mark.parametrize("command", LATER["commands"])
def test_commands_of_later_are_no_stubs(gradcli: Run, command: str) -> None:
    assert gradcli(command, "x").code == 2
    assert f"  {command} " not in gradcli("--help").out


@pytest.mark.parametrize("option", LATER["options of batch"])
def test_options_of_later_are_no_stubs(gradcli: Run, option: str) -> None:
    assert gradcli("batch", ".", option, "1").code == 2
    assert option + " " not in gradcli("batch", "--help").out
