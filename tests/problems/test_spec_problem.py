"""A spec's tables become the parts of one frozen Problem."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gradcli.errors import ExpressionError, GradcliError, LimitError, Origin, SpecError
from gradcli.limits import LIMITS
from gradcli.problems.problem import CheckOptions, Problem
from gradcli.problems.reading import spec_from_bytes, spec_from_file, spec_from_line

# the interface's own example
LINEAR = b"""
title = "Linear regression, mean squared error"
task = ["grad"]

[constants]
x = [[1.0], [2.0], [3.0]]
y = [[2.0], [4.0], [6.0]]

[variables]
W = [0.5]
b = { value = [0.1], trainable = true }

[functions]
"square_error(a, c)" = "(a - c)^2"

[let]
prediction = "W * x + b"

[outputs]
loss = "mean(square_error(y, prediction))"
"""


def read(**spec: Any) -> Problem:
    return spec_from_bytes(json.dumps({"expression": "1"} | spec).encode(), "f.json", "json")


def test_the_interface_s_example() -> None:
    problem = spec_from_bytes(LINEAR, "linear.toml", "toml")
    assert problem.source == "linear.toml"
    assert problem.title == "Linear regression, mean squared error"
    assert problem.tasks == ("grad",)
    assert {name: array.tolist() for name, array in problem.constants.items()} == {
        "x": [[1], [2], [3]],
        "y": [[2], [4], [6]],
    }
    assert {name: (v.value.tolist(), v.trainable) for name, v in problem.variables.items()} == {
        "W": ([0.5], True),
        "b": ([0.1], True),
    }
    assert problem.functions["square_error"].parameters == ("a", "c")
    assert problem.functions["square_error"].body.text == "(a - c)^2"
    assert problem.lets["prediction"].text == "W * x + b"
    assert list(problem.outputs) == ["loss"]
    assert problem.outputs["loss"].origin == Origin("linear.toml", 20, "outputs.loss")
    assert problem.points is None
    assert problem.wrt is None
    assert not problem.claims
    assert not problem.expect
    assert problem.check == CheckOptions()
    with pytest.raises(AttributeError):
        problem.title = "other"  # type: ignore[misc]


def test_tasks() -> None:
    assert read().tasks == ("grad",)
    assert read(task="hessian").tasks == ("hessian",)
    assert read(task=["jacobian", "grad"]).tasks == ("jacobian", "grad")


def test_the_shorthand_stands_before_other_outputs() -> None:
    assert list(read(outputs={"g": "2"}).outputs) == ["f", "g"]
    problem = spec_from_bytes(b'{"outputs": {"b": "1", "a": 2}}', "f", "json")
    assert [(name, e.text) for name, e in problem.outputs.items()] == [("b", "1"), ("a", "2")]


def test_an_output_may_be_called_like_a_variable() -> None:
    assert list(read(variables={"x": 1}, outputs={"x": "x^2"}).outputs) == ["f", "x"]


def test_claims() -> None:
    problem = read(
        variables={"x": 1, "y": {"value": 1, "trainable": False}},
        let={"p": "x*y"},
        claims={"gradient": {"x": "p", "f:y": 0}, "hessian": {"x,y": "1", "f: y , x ": "1"}},
    )
    assert {key: e.text for key, e in problem.claims.gradient.items()} == {(None, "x"): "p", ("f", "y"): "0"}
    assert {key: e.text for key, e in problem.claims.hessian.items()} == {
        (None, "x", "y"): "1",
        ("f", "y", "x"): "1",
    }
    assert problem.claims.gradient[None, "x"].origin.key == "claims.gradient.x"


def test_expectations() -> None:
    problem = read(
        variables={"x": [1, 2]},
        expect={"value": "2*pi", "gradient": {"x": [1, "1/2"]}, "hessian": [[0, 1], [1, 0]], "rtol": 1e-6},
    )
    assert problem.expect.value == pytest.approx(6.283185307179586, rel=1e-15)
    assert problem.expect.gradient["x"].tolist() == [1, 0.5]
    assert problem.expect.hessian.tolist() == [[0, 1], [1, 0]]
    assert problem.expect.rtol == 1e-6
    assert read(variables={"x": 1}, expect={"value": 0}).expect


def test_check_options() -> None:
    options = read(check={"symbolic": False, "certificate": False, "budget_seconds": 3, "rtol": 1e-6}).check
    assert options == CheckOptions(symbolic=False, certificate=False, budget_seconds=3.0, rtol=1e-6)


def test_functions_see_parameters_then_constants_and_variables() -> None:
    problem = read(
        constants={"k": 2},
        variables={"x": 1},
        functions={"sin(x)": "k*x + g(x, pi)", " g ( a , b ) ": "a*b + x", "h()": "k"},
        expression="sin(x)",
    )
    assert {name: f.parameters for name, f in problem.functions.items()} == {
        "sin": ("x",),
        "g": ("a", "b"),
        "h": (),
    }


def test_constants_of_the_language_may_be_a_person_s_own() -> None:
    problem = read(variables={"e": 1, "pi": 2}, expression="e*pi")
    assert list(problem.variables) == ["e", "pi"]
    assert list(read(variables={"x": 1}, let={"e": "x"}, expression="e*pi").lets) == ["e"]
    assert list(read(variables={"x": 1}, outputs={"e": "x", "a": "e*x"}).outputs) == ["f", "e", "a"]


def test_a_description_is_for_readers() -> None:
    assert read(description="anything").outputs["f"].text == "1"


def test_a_line_of_a_jsonl() -> None:
    problem = spec_from_line('{"expression": "x", "variables": {"x": 1}}\n', "some/specs.jsonl", 12)
    assert problem.source == "some/specs.jsonl:12"
    assert problem.outputs["f"].origin == Origin("some/specs.jsonl", 12, "expression")
    assert spec_from_line(b'{"expression": "1"}', "-", 1).source == "-:1"


@pytest.mark.parametrize(
    "line", ["", "  \n", "x = 1", "[1]", '{"expression": "x +"}', '{"expression": "1"} {}', "\ud800", "{"]
)
def test_a_faulty_line_of_a_jsonl(line: str) -> None:
    with pytest.raises(GradcliError) as caught:
        spec_from_line(line, "specs.jsonl", 12)
    assert caught.value.origin.source == "specs.jsonl"
    assert caught.value.line == 12
    assert "specs.jsonl:12" in caught.value.render()


def test_the_data_of_a_jsonl_lies_in_its_folder(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("a\n1\n2\n")
    line = '{"expression": "1", "constants": {"a": {"file": "d.csv", "column": "a"}}}'
    assert spec_from_line(line, str(tmp_path / "specs.jsonl"), 1).constants["a"].tolist() == [1, 2]
    with pytest.raises(GradcliError, match="no such file"):
        spec_from_line(line, str(tmp_path / "below" / "specs.jsonl"), 1)
    assert spec_from_line(line, "-", 1, folder=str(tmp_path)).constants["a"].tolist() == [1, 2]


@pytest.mark.parametrize("ending", ["toml", "TOML", "json", "yaml", "yml"])
def test_the_ending_tells_the_format(tmp_path: Path, ending: str) -> None:
    text = {"toml": "expression = '1'", "json": '{"expression": "1"}'}.get(ending.lower(), "expression: '1'")
    path = tmp_path / f"spec.{ending}"
    path.write_text(text)
    assert spec_from_file(str(path)).source == str(path)


def test_long_chains_and_circles_of_functions() -> None:
    count = 3_000
    chain = {f"f{i}(a)": f"f{i + 1}(a) + 1" for i in range(count)} | {f"f{count}(a)": "a"}
    assert len(read(functions=chain, variables={"x": 1}).functions) == count + 1
    with pytest.raises(SpecError, match=r"f0 -> f1 -> f2 -> f3 -> \.\.\. -> "):
        read(functions=chain | {f"f{count}(a)": "f0(a)"})


def test_a_long_let_and_a_long_sum() -> None:
    steps = {"a0": "x"} | {f"a{i}": f"a{i - 1} + 1" for i in range(1, 3_000)}
    assert len(read(variables={"x": 1}, let=steps).lets) == 3_000
    assert read(variables={"x": 1}, expression="+".join(["x"] * 100_000)).outputs["f"].text.count("x") == 100_000


def test_an_expression_deeper_than_the_parser_s_limit_names_its_key() -> None:
    deep = "(" * (LIMITS.expression_nesting + 1) + "x" + ")" * (LIMITS.expression_nesting + 1)
    with pytest.raises((LimitError, ExpressionError)) as caught:
        read(variables={"x": 1}, let={"p": deep})
    assert caught.value.origin.key == "let.p"
