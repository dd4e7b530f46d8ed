"""None or 0: what is a differentiable path in the text as written, and what cuts it."""

from __future__ import annotations

import math

import pytest
from tapes import Program

from gradcli.autodiff.derivatives import gradient
from gradcli.autodiff.elementwise import BY_NAME
from gradcli.autodiff.vjp import vjp
from gradcli.targets.arrays import evaluate

AT = {"x": 0.7, "y": 1.3}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0*x", 0.0),
        ("x*0", 0.0),
        ("x^0", 0.0),
        ("x - x", 0.0),
        ("floor(x)", 0.0),
        ("ceil(x)", 0.0),
        ("round(x)", 0.0),
        ("sign(x)", 0.0),
        ("where(y > 0, y, x)", 0.0),
        ("where(1, 2, x)", 0.0),
        ("max(x, 5)", 0.0),
        ("min(x, -5)", 0.0),
        ("clip(x, 2, 3)", 0.0),
        ("relu(x - 5)", 0.0),
        ("0*floor(x)", 0.0),
        ("x - stop_gradient(x)", 1.0),
        ("x*stop_gradient(x)", 0.7),
        ("(x > 0)*x", 1.0),
        ("mod(x, 5)", 1.0),
        ("sum([x, y])", 1.0),
        ("[y, x][1]", 1.0),
        ("[y, x][0]", 0.0),
    ],
)
def test_a_path_even_if_nothing_flows_along_it(text: str, expected: float) -> None:
    assert Program(text, **AT).gradient()["x"] == expected


@pytest.mark.parametrize(
    "text",
    [
        "y",
        "y + 0",
        "x > 0",
        "x >= y",
        "x == x",
        "x != 1",
        "not x",
        "x and 1",
        "0 or x",
        "where(x > 0, y, 2*y)",
        "where(x, y, 2*y)",
        "stop_gradient(x)",
        "y*stop_gradient(x^2)",
        "(x < 1)*y",
        "size([x, x])",
        "sum(shape([x]))",
        "any([x, x])",
        "all([x])",
        "sign(x > 0)",
    ],
)
def test_no_path_is_none(text: str) -> None:
    assert Program(text, **AT).gradient()["x"] is None


@pytest.mark.parametrize("text", ["x", "x*y", "2*x - y", "where(x > 0, x, y)"])
def test_second_derivatives_of_what_is_linear_are_zeros_or_absent(text: str) -> None:
    program = Program(text, **AT)
    first = program.adjoints()["x"]
    assert first is not None
    (second,) = gradient(program.tape, first, [program.sources["x"]])
    assert second is None  # the derivative of x by x is the constant 1: there is no path from x


def test_an_unconnected_name_stands_with_zeros_in_hessian_and_jacobian() -> None:
    assert Program("x^2", **AT).hessian().tolist() == [[2.0, 0.0], [0.0, 0.0]]
    assert Program("[x, 2*x, x^2]", **AT).jacobian()[:, 1].tolist() == [0.0, 0.0, 0.0]


def test_a_source_that_is_the_target() -> None:
    program = Program("x", **AT)
    assert program.gradient()["x"] == 1.0
    assert program.gradient()["y"] is None


def test_an_intermediate_can_be_a_source() -> None:
    """d(sin(xy)·xy)/d(xy) with xy as one instruction: cos(p)·p + sin(p) at p = 0.91."""
    program = Program("sin(x*y)*(x*y)", **AT)
    product = next(i for i, step in enumerate(program.tape.instructions) if step.arguments == (0, 1))
    (adjoint,) = vjp(program.tape, program.output, program.tape.constant(1.0), [product])
    (found,) = evaluate(program.tape, [adjoint], program.inputs)
    p = 0.7 * 1.3
    assert float(found) == pytest.approx(math.cos(p) * p + math.sin(p), rel=1e-15)


def test_a_later_instruction_is_not_connected_to_an_earlier_target() -> None:
    program = Program("sin(x)", **AT)
    later = program.tape.append(BY_NAME["cos"], [program.output])
    assert vjp(program.tape, program.output, program.tape.constant(1.0), [later]) == [None]


def test_inactive_arguments_are_never_visited() -> None:
    """x^2 at 0 needs no log(0), and a constant divisor needs no quotient rule."""
    program = Program("x^2 + x/3", x=0.0)
    before = len(program.tape)
    assert program.gradient()["x"] == pytest.approx(1 / 3)
    names = {step.primitive.name for step in program.tape.instructions[before:]}
    assert "log" not in names
    assert not any(step.attributes == (0, 1) for step in program.tape.instructions[before:])
