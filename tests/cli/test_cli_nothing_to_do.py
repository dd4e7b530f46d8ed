"""Inputs without a variable, batches that print nothing, and errors that know their column."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.mark.parametrize("command", ["grad", "hessian", "jacobian"])
@pytest.mark.parametrize("text", ["3", "pi^2 + e"])
def test_an_expression_without_a_variable_is_an_error(gradcli: Run, command: str, text: str) -> None:
    """An empty gradient would be verified because nothing was compared."""
    ran = gradcli(command, text)
    assert (ran.code, ran.out) == (2, "")
    assert "no variable to differentiate by" in ran.err
    assert "a name in the expression" in ran.err


def test_a_spec_without_a_trainable_variable_is_an_error_unless_one_is_chosen(gradcli: Run, tmp_path: Path) -> None:
    path = tmp_path / "fixed.toml"
    path.write_text('expression = "a^2"\n[variables]\na = { value = 2.0, trainable = false }\n')
    ran = gradcli("grad", str(path))
    assert ran.code == 2
    assert "--wrt a" in ran.err
    assert gradcli("grad", str(path), "--wrt", "a").code == 0
    ran = gradcli("batch", str(path), "--quiet")
    assert ran.code == 1
    error = json.loads(ran.out)["error"]
    assert error["kind"] == "usage"
    assert "no variable" in error["message"]


def test_the_verdict_of_a_batch_counts_what_is_not_printed(gradcli: Run) -> None:
    specs = b'{"expression": "x^2", "variables": {"x": 1}}\n'
    ran = gradcli("batch", "-", "--only-bad", "--no-check", "--format", "json", stdin=specs)
    assert json.loads(ran.out) == {"schema": "gradcli/result/1", "verdict": "unchecked", "results": []}
    ran = gradcli("batch", "-", "--only-bad", "--format", "json", stdin=specs)
    assert json.loads(ran.out)["verdict"] == "verified"
    ran = gradcli(
        "batch", "-", "--only-bad", "--format", "json",
        stdin=specs + b'{"expression": "abs(x)", "variables": {"x": 0}}\n',
    )  # fmt: skip
    found = json.loads(ran.out)
    assert (found["verdict"], len(found["results"])) == ("kink", 1)


@pytest.mark.parametrize(
    ("name", "text", "line", "column"),
    [
        ("a.toml", 'title = "t"\nexpression = = "x"\n', 2, 14),
        ("a.json", '{"expression": "x",\n "title": "t",,}', 2, 15),
        ("a.yaml", "title: t\nexpression: [1\nlet: 2\n", 3, 4),
    ],
)
def test_a_file_that_cannot_be_read_names_the_column(
    gradcli: Run, tmp_path: Path, name: str, text: str, line: int, column: int
) -> None:
    path = tmp_path / name
    path.write_text(text)
    error = json.loads(gradcli("batch", str(path), "--quiet").out)["error"]
    assert (error["line"], error["column"]) == (line, column)
    assert f":{line}, column {column}" in gradcli("grad", str(path)).err


def test_a_cell_of_a_data_file_is_named(gradcli: Run, tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("x,y\n1,2\n3,oops\n")
    (tmp_path / "s.toml").write_text(
        'expression = "sum(a*w)"\n[constants]\na = { file = "d.csv", column = "y" }\n[variables]\nw = 1\n'
    )
    error = json.loads(gradcli("batch", str(tmp_path / "s.toml"), "--quiet").out)["error"]
    assert error["cell"] == {"file": "d.csv", "row": 2, "column": "y"}
    assert (error["line"], error["key"]) == (3, "constants.a")
