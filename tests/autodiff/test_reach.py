"""Reach: a branch that was not taken injects nothing, at any order; an honest 0 times infinity stays NaN."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tapes import Program, derivatives

from gradcli.autodiff.derivatives import gradient

NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("text", "x", "expected"),
    [
        # value, first, second and third derivative, from calculus
        ("where(x > 0, log(x), 0)", -1.0, [0, 0, 0, 0]),
        ("where(x > 0, log(x), 0)", 0.0, [0, 0, 0, 0]),
        ("where(x > 0, log(x), 0)", 0.5, [math.log(0.5), 2, -4, 16]),
        ("where(x <= 0, 0, log(x))", -1.0, [0, 0, 0, 0]),
        ("where(not (x > 0), 0, log(x))", -1.0, [0, 0, 0, 0]),
        # log(x) shared by two choices is one instruction with two users
        ("where(x > 0, log(x), 0) + where(x > 1, log(x), 0)", 0.0, [0, 0, 0, 0]),
        ("where(x > 0, log(x), 0) + where(x > 1, log(x), 0)", 0.5, [math.log(0.5), 2, -4, 16]),
        ("where(x > 0, log(x), 0) + where(x > 1, log(x), 0)", 2.0, [2 * math.log(2), 1, -0.5, 0.5]),
        ("where(x > 0, sqrt(x), 0)*where(x > 0, 1/x, 0)", -1.0, [0, 0, 0, 0]),
        # nested choices
        ("where(x > 0, where(x > 1, log(x - 1), x), 0)", 0.5, [0.5, 1, 0, 0]),
        ("where(x > 0, where(x > 1, log(x - 1), x), 0)", 2.0, [0, 1, -1, 2]),
        ("where(x > 0, where(x > 1, log(x - 1), sqrt(x)), x^2)", -3.0, [9, -6, 2, 0]),
        # a choice under a function
        ("exp(where(x > 0, log(x), 0))", -1.0, [1, 0, 0, 0]),
        ("log(where(x > 0, x, 1))", -1.0, [0, 0, 0, 0]),
        ("sqrt(where(x > 0, x, 0) + 1)", -1.0, [1, 0, 0, 0]),
        # max, min, clip and relu choose too
        ("max(log(x), 5)", 0.0, [5, 0, 0, 0]),
        ("min(1/x, 2)", 1e-3, [2, 0, 0, 0]),
        ("min(-log(x), 2)", 0.0, [2, 0, 0, 0]),
        ("clip(1/x, -2, 2)", 0.0, [2, 0, 0, 0]),
        ("relu(log(x))", 0.0, [0, 0, 0, 0]),
        ("relu(x)^2", 3.0, [9, 6, 2, 0]),
        ("max(x, 2*x)", 1.5, [3, 2, 0, 0]),
    ],
)
def test_untaken_branches(text: str, x: float, expected: list[float]) -> None:
    found = _padded(derivatives(text, x, _connected_orders(text, x)), 3)
    assert found == pytest.approx(expected, rel=1e-14, abs=1e-15)


def _connected_orders(text: str, x: float) -> int:
    """How often the text can be differentiated before x is not connected any more."""
    program = Program(text, x=x)
    at, order = program.output, 0
    while order < 3:
        (g,) = gradient(program.tape, at, [program.sources["x"]])
        if g is None:
            break
        at, order = g, order + 1
    return order


def _padded(found: list[float], order: int) -> list[float]:
    return found + [0.0] * (order + 1 - len(found))


@pytest.mark.parametrize(
    ("text", "x", "first"),
    [
        ("sqrt(x)*sqrt(x)", 0.0, NAN),  # 0 times infinity is not absorbed
        ("log(x)", -1.0, NAN),
        ("log(x)", 0.0, INF),
        ("sqrt(x)", 0.0, INF),
        ("sqrt(x)", -1.0, NAN),
        ("cbrt(x)", 0.0, INF),
        ("1/x", 0.0, -INF),
        ("0*log(x)", -1.0, NAN),
        ("where(x > -2, log(x), 0)", -1.0, NAN),  # the branch taken has no value
        ("asin(x)", 2.0, NAN),
        ("acosh(x)", 0.5, NAN),
        ("atanh(x)", 2.0, NAN),
        ("log1p(x)", -2.0, NAN),
        ("logit(x)", 1.5, NAN),
        ("asech(x)", -0.5, NAN),
        ("acoth(x)", 0.5, NAN),
        ("log2(x)", -1.0, NAN),
        ("log10(x)", -1.0, NAN),
        ("x^0.5", -1.0, NAN),
        ("asec(x)", 0.5, NAN),
        ("acsc(x)", 0.5, NAN),
    ],
)
def test_an_undefined_value_is_honest(text: str, x: float, first: float) -> None:
    found = derivatives(text, x, 1)[1]
    assert found == first or (math.isnan(found) and math.isnan(first)), found


@pytest.mark.parametrize(
    "text", ["log(x)", "asin(x)", "acos(x)", "acosh(x)", "atanh(x)", "log1p(x)", "logit(x)", "x^0.5"]
)
def test_beyond_the_domain_all_derivatives_are_nan(text: str) -> None:
    assert all(math.isnan(d) for d in derivatives(text, -7.5 if text != "acosh(x)" else 0.5, 3))


@pytest.mark.parametrize(
    "text",
    [
        "sum(where(v > 0, log(v), 0))",
        "sum(where(v > 0, log(v), 0) + where(v > 1, sqrt(v)*log(v), 0))",
        "prod(where(v > 0, sqrt(v), 1))",
        "sum(where([1, 0, 0, 1], sqrt(v), v^2)[::2])",
        "where(v[0] > 0, v[0], sum(log(v)))",
        "sum(where(v > 0, log(v), 0)[1:3])",
        "max(where(v > 0, log(v), 0))",
        "norm(where(v > 0, sqrt(v), 1))",
        "sum(reshape(where(v > 0, log(v), 0), [2, 2]) @ [1, 2])",
        "sum(cumsum(where(v > 0, log(v), 0)))",
        "trace(diag(where(v > 0, log(v), 0)))",
        "sum(transpose(reshape(where(v > 0, log(v), 0), [2, 2])))",
        "sum(stack(where(v > 0, log(v), 0), v))",
        'einsum("i,i->", where(v > 0, log(v), 0), v)',
    ],
)
def test_reach_through_structural_operations(text: str) -> None:
    """Values 2, -1, 0 and 3: gradient and Hessian are finite, and what is not taken has none."""
    program = Program(text, v=[2.0, -1.0, 0.0, 3.0])
    assert np.all(np.isfinite(program.gradient()["v"])), program.gradient()
    assert np.all(np.isfinite(program.hessian()))


def test_reach_is_entry_by_entry() -> None:
    program = Program("sum(where(v > 0, log(v), 0))", v=[2.0, -1.0, 0.0, 4.0])
    assert program.gradient()["v"].tolist() == [0.5, 0.0, 0.0, 0.25]
    assert program.hessian().diagonal().tolist() == [-0.25, 0.0, 0.0, -0.0625]


def test_a_scalar_that_is_reached_by_some_entries_only() -> None:
    """log(a) is used where v > 0; nowhere here, so its derivative is 0 and not NaN."""
    text = "sum(where(v > 0, v*log(a), v))"
    assert Program(text, v=[-1.0, -2.0], a=-1.0).gradient()["a"] == 0.0
    assert Program(text, v=[1.0, -2.0], a=2.0).gradient()["a"] == 0.5
    assert math.isnan(Program(text, v=[1.0, -2.0], a=-1.0).gradient()["a"])


@pytest.mark.parametrize(
    "text", ["max(log(x), -5)", "min(log(x), 5)", "relu(log(x))", "clip(log(x), 0, 1)", "max([log(x), x])"]
)
def test_a_choice_whose_value_is_nan_has_derivative_nan(text: str) -> None:
    assert math.isnan(derivatives(text, -1.0, 1)[1])


def test_an_index_that_leaves_a_bad_entry_out() -> None:
    program = Program("log(v)[0]", v=[2.0, -1.0])
    assert program.gradient()["v"].tolist() == [0.5, 0.0]
    assert program.hessian().tolist() == [[-0.25, 0.0], [0.0, 0.0]]


def test_a_zero_weight_is_no_condition() -> None:
    """0·log(v) is a product: the tape does not pretend that 0 absorbs what is undefined."""
    found = Program("sum([1, 0]*log(v))", v=[2.0, -1.0]).gradient()["v"]
    assert found[0] == 0.5
    assert math.isnan(found[1])


@pytest.mark.parametrize(
    "text", ["norm(copysign(A, v*2))", "norm(where(A > 0, copysign(A, tanh(v)), v))", "norm(fmod(A, v*2))"]
)
def test_reach_of_a_broadcast_argument_along_which_nothing_changes(text: str) -> None:
    """The slope 0 of v's path has the shape of v, and so must its reach."""
    program = Program(text, v=[1.5, -0.7, 0.3], A=[[1.3, 2.1, 3.7], [4.2, 5.1, -6.4], [7.7, 8.9, 9.5]])
    repeated = Program(text.replace("v", "(v + 0*A)"), v=[1.5, -0.7, 0.3], A=program.inputs["A"])
    for name, found in program.gradient().items():
        np.testing.assert_allclose(found, repeated.gradient()[name], rtol=1e-14)
    assert program.hessian().shape == (12, 12)
