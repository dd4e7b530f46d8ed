"""`functions` tells every row of the tables, `schema` prints JSON Schemas."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gradcli.autodiff import array_functions, compositions
from gradcli.autodiff.elementwise import CALLABLE
from gradcli.cli.catalogue import catalogue, find, in_group
from gradcli.cli.worked import worked

Run = Callable[..., Any]
CALLED = sorted({*CALLABLE, *array_functions.BY_NAME, *(c.name for c in compositions.COMPOSITIONS if not c.private)})


def test_every_callable_name_is_told() -> None:
    assert [name for name in CALLED if find(name) is None] == []


def test_no_private_function_is_listed() -> None:
    from gradcli.autodiff.elementwise import ROWS

    assert {row.name for row in ROWS if row.private}.isdisjoint(one.name for one in catalogue())


def test_the_list_has_each_name_once_in_groups(gradcli: Run) -> None:
    ran = gradcli("functions")
    assert ran.code == 0
    names = [one.name for one in catalogue()]
    assert len(names) == len(set(names))
    groups = [line for line in ran.out.splitlines() if line and not line.startswith((" ", "gradcli"))]
    assert len(groups) == len(set(groups))
    assert {"elementary", "reductions", "shape"} <= set(groups)


def test_the_list_is_short_and_says_how_to_see_more(gradcli: Run) -> None:
    lines = gradcli("functions").out.splitlines()
    assert len(lines) < 60
    assert max(map(len, lines)) <= 80
    words = " ".join(lines).split()
    assert [one.name for one in catalogue() if one.group != "operators" and one.name not in words] == []
    assert {one.aliases[0] for one in catalogue() if one.group == "operators" and one.aliases} <= set(words)
    assert "gradcli functions special" in lines[-1]


@pytest.mark.parametrize("name", ["special", "linear algebra", "linear", "Models"])
def test_a_group_has_a_line_for_each_function(gradcli: Run, name: str) -> None:
    lines = gradcli("functions", name).out.splitlines()
    members = in_group(name)
    assert [line.split("(")[0].strip() for line in lines[1:]] == [one.name for one in members]
    assert all(one.meaning in line for one, line in zip(members, lines[1:], strict=True))
    listed = json.loads(gradcli("functions", name, "--format", "json").out)
    assert [each["name"] for each in listed] == [one.name for one in members]


def test_a_name_that_is_both_tells_the_function_and_then_the_group(gradcli: Run) -> None:
    text = gradcli("functions", "shape").out
    assert text.startswith("shape(x)   length of each axis\n")
    assert "\n\nshape\n  reshape(x, [m, n])" in text
    assert json.loads(gradcli("functions", "shape", "--format", "json").out)["name"] == "shape"


def test_one_function_with_its_kink(gradcli: Run) -> None:
    text = gradcli("functions", "abs").out
    assert "abs(x)" in text
    assert "where x == 0; slope -1 from the left, 1 from the right" in text
    assert "0 at the kink" in text


def test_linear_algebra_says_domain_derivative_and_an_example(gradcli: Run) -> None:
    text = gradcli("functions", "solve").out
    assert "solve(A, b)" in text
    assert re.search(r"domain +A square, not singular", text)
    assert re.search(r"derivative +d solve\(A, b\) = solve\(A, db - dA @ solve\(A, b\)\)$", text, re.MULTILINE)
    example = 'gradcli jacobian "solve(A, b)" "A=[[2, 0], [1, 4]]" "b=[2, 9]"\n                 value [1, 2]\n'
    assert example in text
    assert "the rank of A is not full" in gradcli("functions", "pinv").out


EXAMPLES = {
    "inv": [[0.5, 0.0], [-0.125, 0.25]], "solve": [1.0, 2.0], "det": -2.0, "adj": [[4.0, -2.0], [-2.0, 1.0]],
    "logdet": 0.0, "logabsdet": 0.0, "cholesky": [[2.0, 0.0], [1.0, 3.0]], "pinv": [[0.5, 0.0]],
}  # fmt: skip


def test_examples_are_worked_out_by_hand() -> None:
    assert {one.name: worked(one.example()).value for one in catalogue() if one.group == "linear algebra"} == EXAMPLES


def test_an_alias_and_an_operator(gradcli: Run) -> None:
    assert gradcli("functions", "ln").out == gradcli("functions", "log").out
    power = gradcli("functions", "^").out
    assert "x^y" in power
    assert re.search(r"d/dx +y\*x\^\(y - 1\)$", power, re.MULTILINE)


def test_json(gradcli: Run) -> None:
    one = json.loads(gradcli("functions", "atan2", "--format", "json").out)
    assert one["name"] == "atan2"
    assert list(one["partials"]) == ["y", "x"]
    everything = json.loads(gradcli("functions", "--format", "json").out)
    assert [each["name"] for each in everything] == [each.name for each in catalogue()]


@pytest.mark.parametrize("kind", ["spec", "result"])
def test_schemas(gradcli: Run, kind: str, tmp_path: Path) -> None:
    schema = json.loads(gradcli("schema", kind).out)
    assert schema["$schema"].startswith("https://json-schema.org/")
    file = tmp_path / "schema.json"
    assert gradcli("schema", kind, "-o", str(file)).out == ""
    assert json.loads(file.read_text()) == schema
