"""The losses at their hard points, against mpmath: saturated logits, probabilities 0 and 1, ties, zero entries."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest

from gradcli.errors import ExpressionError, ShapeError
from gradcli.model import parse
from gradcli.problems.commandline import problem_from_expression
from gradcli.result import Record
from gradcli.solve import SolveOptions, solve

EPSILON = 2.0**-52
True_ = tuple[Any, Any, Any]


def binary(y: Any, p: Any) -> True_:
    """binary_cross_entropy by p: value, first and second derivative."""
    value = -(y * mp.log(p) if y else 0) - ((1 - y) * mp.log(1 - p) if y != 1 else 0)
    first = (-y / p if y else 0) + ((1 - y) / (1 - p) if y != 1 else 0)
    return value, first, (y / p**2 if y else 0) + ((1 - y) / (1 - p) ** 2 if y != 1 else 0)


def logistic(y: Any, z: Any) -> True_:
    """sigmoid_cross_entropy by z."""
    s, t = 1 / (1 + mp.exp(-z)), 1 / (1 + mp.exp(z))
    return -y * mp.log(s) - (1 - y) * mp.log(t), (1 - y) * s - y * t, s * t


def relative(p: Any, q: Any) -> True_:
    """kl by q."""
    return (p * mp.log(p / q) if p else mp.mpf(0)), -p / q if p else mp.mpf(0), p / q**2 if p else mp.mpf(0)


def margin(y: Any, p: Any) -> True_:
    """squared_hinge by p."""
    open_ = max(0, 1 - y * p)
    return open_**2, -2 * y * open_, 2 * y * y if open_ else mp.mpf(0)


def tangent(y: Any, p: Any) -> True_:
    """huber by p, with delta = 1."""
    e = y - p
    return (e * e / 2, -e, mp.mpf(1)) if abs(e) < 1 else (abs(e) - mp.mpf(1) / 2, -mp.sign(e), mp.mpf(0))


def cosh(y: Any, p: Any) -> True_:
    """log_cosh by p."""
    e = y - p
    return mp.log(mp.cosh(e)), -mp.tanh(e), mp.sech(e) ** 2


CASES: list[tuple[str, Callable[[Any, Any], True_], float, float]] = [
    *(("sigmoid_cross_entropy", logistic, y, z) for y in (0.0, 0.3, 1.0) for z in (-800.0, -36.0, 1e-300, 40.0, 800.0)),
    *(("binary_cross_entropy", binary, y, p) for y in (0.0, 0.3, 1.0) for p in (1e-16, 0.25, 1 - 2**-53)),
    ("binary_cross_entropy", binary, 0.0, 0.0), ("binary_cross_entropy", binary, 1.0, 1.0),
    ("kl", relative, 0.0, 0.5), ("kl", relative, 0.0, 1e-300), ("kl", relative, 0.25, 1e-150),
    ("kl", relative, 0.3, 0.30000000000001), ("kl", relative, 1e-160, 1e155), ("kl", relative, 1e-320, 1e-10),
    ("squared_hinge", margin, 1.0, -1e8), ("squared_hinge", margin, -1.0, 0.99), ("squared_hinge", margin, 1.0, 2.0),
    ("huber", tangent, 3.0, 3 - 1e-9), ("huber", tangent, 1e300, 1.0), ("huber", tangent, 0.0, 0.0),
    ("log_cosh", cosh, 0.0, 800.0), ("log_cosh", cosh, 1.0, 1 + 1e-8), ("log_cosh", cosh, 2.0, 2.0),
]  # fmt: skip


@pytest.mark.parametrize(("loss", "true", "y", "x"), CASES)
def test_value_and_two_derivatives_are_right_and_verified(
    loss: str, true: Callable[[Any, Any], True_], y: float, x: float
) -> None:
    names = ("p", "q") if loss == "kl" else ("y", "p")
    problem = problem_from_expression(
        f"{loss}({', '.join(names)})", [f"{n}={v!r}" for n, v in zip(names, (y, x), strict=True)]
    )
    problem = problem.with_(wrt=names[1:])
    first, second = (solve(problem, SolveOptions(task=task)).results[0] for task in ("grad", "hessian"))
    assert (first.verdict, second.verdict) == ("verified", "verified")
    assert first.gradient is not None
    assert second.hessian is not None
    found = (first.value, first.gradient[names[1]], np.ravel(second.hessian.matrix)[0])
    with mp.workdps(800):
        expected = true(mp.mpf(y), mp.mpf(x))
        for number, exact in zip(found, expected, strict=True):
            assert abs(number - exact) <= 4 * EPSILON * abs(exact) + mp.mpf(5e-324), (number, mp.nstr(exact, 20))


def record(text: str, *items: str, wrt: str, task: str = "grad") -> Record:
    return solve(problem_from_expression(text, list(items)).with_(wrt=(wrt,)), SolveOptions(task=task)).results[0]


@pytest.mark.parametrize(
    ("text", "y", "p", "value", "gradient", "verdict"),
    [
        ("hinge(y, p)", [1, -1], [1, -0.5], 0.25, [0, 0.5], "kink"),
        ("mae(y, p)", [1, -1], [1, -0.5], 0.25, [0, 0.5], "kink"),
        ("huber(y, p)", [2, 0], [1, 0], 0.25, [-0.5, 0], "verified"),
        ("huber(y, p, 0)", [2, 0], [1, 0], 0, [0, 0], "verified"),
        ("huber(y, p, -1)", [2, 0], [1, 0], math.nan, None, "nonfinite"),
        ("binary_cross_entropy(y, p)", [1, 0], [0, 0], math.inf, [-math.inf, 0.5], "nonfinite"),
        ("binary_cross_entropy(y, p)", [1, 0], [-0.5, 0], math.nan, [math.nan, math.nan], "nonfinite"),
        ("cross_entropy(y, p)", [0, 1], [0, 1], 0, [0, -1], "verified"),
        ("kl(y, p)", [0, 1], [0, 1], 0, [0, -1], "verified"),
        ("kl(y, p)", [0.5, 0.5], [0, 1], math.inf, [-math.inf, -0.5], "nonfinite"),
        ("kl(y, p)", [0.5, 0.5], [-1, 1], math.nan, [math.nan, math.nan], "nonfinite"),
    ],
)  # fmt: skip
def test_at_edges_the_convention_or_the_limit_stands(
    text: str, y: list[float], p: list[float], value: float, gradient: list[float] | None, verdict: str
) -> None:
    found = record(text, f"y={y}", f"p={p}", wrt="p")
    assert found.verdict == verdict
    np.testing.assert_equal(found.value + 0.0, value)  # type: ignore[operator]
    if gradient is not None:
        assert found.gradient is not None
        np.testing.assert_array_equal(np.array(found.gradient["p"]) + 0.0, gradient)


def test_a_tie_of_huber_is_a_kink_of_the_second_derivative_only() -> None:
    assert record("huber(y, p)", "y=1", "p=0", wrt="p").verdict == "verified"
    found = record("huber(y, p)", "y=1", "p=0", wrt="p", task="hessian")
    assert found.verdict == "kink"
    assert found.hessian is not None
    assert np.array(found.hessian.matrix).tolist() == [[1.0]]


def test_saturated_classes_keep_their_gradient() -> None:
    found = record("softmax_cross_entropy(y, z)", "y=[0, 1, 0]", "z=[800, -800, 0]", wrt="z")
    assert (found.verdict, found.value, found.gradient) == ("verified", 1600.0, {"z": [1.0, -1.0, 0.0]})


PAIRED = (
    "mse", "mae", "rmse", "huber", "log_cosh", "hinge", "squared_hinge", "cross_entropy", "softmax_cross_entropy",
    "binary_cross_entropy", "sigmoid_cross_entropy", "kl",
)  # fmt: skip


@pytest.mark.parametrize("loss", PAIRED)
def test_a_column_of_predictions_against_a_row_of_data_is_refused(loss: str) -> None:
    """NumPy would pair every entry with every other one: 9 numbers of 3 data, and a wrong loss."""
    row, column = [0.25, 0.5, 0.75], [[0.5], [0.25], [0.75]]
    with pytest.raises(ShapeError, match=rf"{loss} does not take shapes \(3,\) and \(3, 1\)") as caught:
        parse(f"{loss}(y, p)").value(y=row, p=column)
    assert caught.value.span is not None
    assert "one shape" in (caught.value.hint or "")
    assert np.isfinite(parse(f"{loss}(y, p)").value(y=row, p=[row, row])["f"])
    assert np.isfinite(parse(f"{loss}(y, p)").value(y=[0.5], p=row)["f"])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("huber(x)", "huber takes 2 or 3 arguments, not 1"),
        ("elu(x, 1, 2)", "elu takes 1 or 2 arguments, not 3"),
        ("huber(x, 2, 1, delta=3)", "huber is given delta twice"),
        ("huber(x, 2, beta=3)", "huber has no keyword 'beta'"),
        ("mse(x, 2, axis=0)", "mse has no keyword 'axis'"),
    ],
)
def test_a_call_that_does_not_fit_says_what_would(call: str, message: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(call).value(x=1.0)
    assert caught.value.message == message
