"""Polynomial degree by structure against SymPy: never too low, and exact where nothing cancels."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import pytest
import sympy as sp

from gradcli.autodiff.degree import degree_bound
from gradcli.autodiff.lowering import lower
from gradcli.autodiff.tape import Tape
from gradcli.language.parser import parse
from gradcli.targets.arrays import Plan

X, Y, Z = sp.symbols("x y z")


def bound(text: str, wrt: tuple[str, ...] | None = None, **at: Any) -> float:
    tape = Tape()
    inputs = {name: np.asarray(value, dtype=float) for name, value in at.items()}
    names = {name: tape.input(name, value.shape) for name, value in inputs.items()}
    output = lower(tape, parse(text), names)
    plan = Plan(tape, tape.needed([output, *names.values()]))
    values = dict(zip(plan.outputs, plan.run(inputs), strict=True))
    return degree_bound(tape, output, [names[name] for name in wrt or at], values)


def polynomial(generator: random.Random, depth: int) -> str:
    """A random polynomial in x, y, z as a person might write it."""
    if depth == 0 or generator.random() < 0.15:
        return generator.choice(["x", "y", "z", "x", "y", "2", "3.5", "0.1"])
    a, b = polynomial(generator, depth - 1), polynomial(generator, depth - 1)
    form = generator.choice(
        ["({a} + {b})", "({a} - {b})", "{a}*{b}", "-({a})", "({a})^2", "({a})/4", "({a})^3", "({a})^1"]
    )
    return form.format(a=f"({a})", b=f"({b})")


@pytest.mark.parametrize("seed", range(60))
def test_a_random_polynomial_is_bounded_by_sympy_s_degree(seed: int) -> None:
    text = polynomial(random.Random(seed), 4)
    expanded = sp.Poly(sp.nsimplify(sp.sympify(text.replace("^", "**"), rational=True)), X, Y, Z)
    true = max(expanded.total_degree(), 0)
    found = bound(text, x=0.5, y=1.5, z=-2.0)
    assert true <= found < math.inf
    positive = text.replace("-", "+").replace("(+(", "((")  # without a minus nothing cancels: the bound is the degree
    exact = sp.Poly(sp.sympify(positive.replace("^", "**"), rational=True), X, Y, Z)
    assert bound(positive, x=0.5, y=1.5, z=-2.0) == max(exact.total_degree(), 0)


@pytest.mark.parametrize(
    "text",
    [
        "sin(x)", "exp(x)*0 + y", "1/x", "x/y", "x^0.5", "x^-1", "x^y", "2^x", "sqrt(x)", "abs(x)", "max(x, y)",
        "where(x > 0, x, y)", "x*(y > 0)", "floor(x)", "sign(x)*y", "mod(x, 2)", "relu(x)", "clip(x, 0, 1)",
        "x/(y/y)", "hypot(x, y)", "atan2(y, x)", "log(exp(x))", "norm([x, y])", "median([x, y, x*y])",
        "det(inv([[x, 0], [0, y]]))",
        "trunc(x)", "copysign(x, y)", "logaddexp(x, y)",
    ],
)  # fmt: skip
def test_what_is_no_polynomial_has_no_degree(text: str) -> None:
    assert bound(text, x=0.7, y=1.3) == math.inf


#: Degrees worked out by hand.
ARRAYS = [
    ("sum(a*x^2)", ("x",), 2),
    ("sum(a*x^2)", ("a",), 1),
    ("sum(a*x^2)", ("a", "x"), 3),
    ("x @ A @ x", ("x",), 2),
    ("x @ A @ x", ("A",), 1),
    ("mean((A @ x - a)^2)", ("x",), 2),
    ("mean((A @ x - a)^2)", ("A", "x"), 4),
    ("var(x)", ("x",), 2),
    ("trace(A @ A)", ("A",), 2),
    ("det(A)", ("A",), 2),
    ("sum(matrix_power(A, 3))", ("A",), 3),
    ("sum(solve(A, x))", ("x",), 1),
    ("sum(solve(A, x))", ("A",), math.inf),
    ("sum(cumsum(x)*x)", ("x",), 2),
    ("prod(x)", ("x",), 2),
    ("concat(x, a)[1]*outer(x, x)[0, 1]", ("x",), 3),
    ('einsum("ij,ij->", A, A)', ("A",), 2),
    ("sum(where(a > 0, x, x^5))", ("x",), 1),
    ("sum(where(a < 0, x, x^5))", ("x",), 5),
    ("sum(exp(a)*x)", ("x",), 1),
    ("sum(x^a)", ("x",), 3),
    ("sum(x^(a - a))", ("x",), 0),
    ("sum(deg2rad(x))", ("x",), 1),
    ("sum(stop_gradient(x)*x)", ("x",), 1),
    ("sum(stop_gradient(x^3))", ("x",), 0),
    ("sum(diag(x) @ A)", ("x",), 1),
    ("sum(reshape(transpose(A), [4]))", ("A",), 1),
]


@pytest.mark.parametrize(("text", "wrt", "degree"), ARRAYS)
def test_arrays(text: str, wrt: tuple[str, ...], degree: float) -> None:
    assert bound(text, wrt, x=[0.5, 2.0], a=[1.0, 3.0], A=[[1.0, 2.0], [0.5, 3.0]]) == degree


def test_a_fractional_exponent_among_whole_ones_is_no_polynomial() -> None:
    assert bound("sum(x^a)", ("x",), x=[0.5, 2.0], a=[1.0, 2.5]) == math.inf
