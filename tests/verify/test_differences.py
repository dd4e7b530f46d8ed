"""Differences where they must not be wrong: no derivative, an edge, a plateau; and how they call the primal."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from derivative_references import INF, check, entries_of, reference, vectorised
from scipy import special

from gradcli.verify import stencils
from gradcli.verify.differences import Estimate, directional, gradient, hessian


def test_zero_is_exact_enough_to_agree_with_zero():
    for f in (lambda x: 5 + 0 * x, lambda x: 0 * x, lambda x: np.maximum(x, 0) * (x > 0) - 0.0):
        estimate = gradient(vectorised(f), np.array([-1.0]))
        assert estimate.value[0] == 0.0
        assert estimate.error[0] <= 1e-12


NO_DERIVATIVE = {
    "abs": (abs, [0.0]),
    "rectifier": (lambda x: np.maximum(x, 0), [0.0]),
    "tie": (lambda x: np.maximum(x, 2.0), [2.0]),
    "nearly a tie": (lambda x: np.maximum(x, 2.0), [2.0 - 4.5e-16]),
    "jump": (np.floor, [2.0]),
    "one point off": (lambda x: np.where(x == 0, 1.0, 0.0), [0.0]),
    "root at its edge": (np.sqrt, [0.0]),
    "cube root": (np.cbrt, [0.0]),
    "x log x": (lambda x: special.xlogy(x, x), [0.0]),
    "outside the domain": (np.log, [-1.0]),
    "nowhere defined": (lambda x: x * np.nan, [1.0]),
    "infinite": (lambda x: 1 / x, [0.0]),
    "kink of one side": (lambda x: np.where(x > 0, 3 * x, x * x), [0.0]),
    "norm": (lambda x: np.hypot(x, 0.0), [0.0]),
}


@pytest.mark.parametrize("name", NO_DERIVATIVE)
def test_where_there_is_no_derivative_nothing_is_claimed(name):
    f, x = NO_DERIVATIVE[name]
    assert all(error == INF for _, error, _ in entries_of(vectorised(f), x))


def test_a_kink_in_the_slope_has_a_gradient_and_no_hessian():
    (slope, slope_error, _), (_, error, _) = entries_of(vectorised(lambda x: x * abs(x)), [0.0])
    assert abs(slope) <= slope_error <= 1e-12
    assert error == INF


def test_kinks_across_variables():
    at = np.array([1.0, 0.0])
    assert hessian(vectorised(lambda x, y: x * abs(y)), at, pairs=[(0, 1), (1, 1)]).error.tolist() == [INF, INF]
    assert hessian(vectorised(lambda x, y: abs(x * y)), np.zeros(2), pairs=[(0, 1)]).error[0] == INF
    assert gradient(vectorised(np.maximum), np.array([2.0, 2.0])).error.tolist() == [INF, INF]
    near = gradient(vectorised(np.maximum), np.array([2.0, 2.0 - 1e-9]))
    assert abs(near.value[0] - 1) <= near.error[0] <= 1e-4
    assert abs(near.value[1]) <= near.error[1] <= 1e-4


def test_edges_of_a_domain_use_the_side_that_exists():
    inside = vectorised(lambda x, y: np.where((x >= 1) & (y <= 2), x * x * np.exp(y), np.nan))
    truth = lambda x, y: x * x * mpmath.exp(y)  # noqa: E731
    for value, error, orders in entries_of(inside, [1.0, 2.0]):
        exact = reference(truth, [1.0, 2.0], orders)
        assert abs(value - float(exact)) <= error <= 1e-5 * float(exact), orders
    check(lambda x, y: np.arcsin(x) * y, lambda x, y: mpmath.asin(x) * y, [1 - 1e-9, 2.0], (1e-6, 1e-5))


def test_scales_that_differ_from_variable_to_variable():
    check(np.hypot, mpmath.hypot, [1e200, 1e200], (1e-10, 1e-7))
    check(lambda x, y: np.sqrt(x * y), lambda x, y: mpmath.sqrt(x * y), [1e-12, 1e12], (1e-10, 1e-7))
    check(np.arctan2, mpmath.atan2, [0.0, 1.0], (1e-10, 1e-7))
    check(lambda x, y: x + np.sin(x * y), lambda x, y: x + mpmath.sin(x * y), [0.0, 0.0], (1e-10, 1e-7))
    check(lambda x, y: np.sin(1 + x) * y * y, lambda x, y: mpmath.sin(1 + x) * y * y, [1e-12, 0.0], (1e-10, 1e-7))
    check(lambda x, y: x * np.sin(1e4 * y), lambda x, y: x * mpmath.sin(10000 * y), [3e5, 0.7], (1e-8, 1e-6))


def test_a_plateau_is_believed_only_from_a_function_known_to_step():
    floor, absorbed, at = vectorised(np.floor), vectorised(lambda x: (x + 1e10) - 1e10), np.array([2.5])
    assert gradient(floor, at).error[0] == INF
    known = gradient(floor, at, stepped=True)
    assert known.value[0] == 0.0
    assert known.error[0] <= 1e-10
    assert gradient(absorbed, at).error[0] == INF
    known = gradient(absorbed, at, stepped=False)
    assert abs(known.value[0] - 1.0) <= known.error[0] <= 1e-5


def test_directions_test_all_entries_at_once():
    generator = np.random.default_rng(5)
    n = 300
    a, x = generator.normal(size=n), generator.normal(size=n)
    v = x * generator.choice([-1.0, 1.0, 0.5], size=n)
    point, slope = float(a @ x) / 30, float(a @ v) / 30

    def f(points):
        return np.sin(points @ a / 30)

    for order, truth in ((1, math.cos(point) * slope), (2, -math.sin(point) * slope**2)):
        estimate = directional(f, x, v, order)
        assert np.shape(estimate.value) == np.shape(estimate.error) == ()
        assert abs(estimate.value - truth) <= estimate.error + 1e-13 * abs(truth)
        assert estimate.error <= (1e-10, 1e-7)[order - 1] * abs(truth)
    still = directional(f, x, np.zeros(n), 2)
    assert (float(still.value), float(still.error)) == (0.0, 0.0)
    assert directional(vectorised(abs), np.zeros(1), np.ones(1), 2).error == INF
    with pytest.raises(ValueError, match="order is 1 or 2, not 3"):
        directional(f, x, v, 3)


def test_all_points_go_into_few_calls_and_subsets_agree_with_the_whole():
    calls = []

    def f(points):
        calls.append(len(points))
        return np.prod(np.sin(points), axis=1)

    x = np.array([0.3, 1.1, 0.8, 2.0])
    whole = gradient(f, x)
    assert len(calls) == 1
    all_pairs = hessian(f, x)
    assert len(calls) == 3
    part = gradient(f, x, entries=[2, 0])
    assert part.value.tolist() == whole.value[[2, 0]].tolist()
    some = hessian(f, x, pairs=[(3, 3), (0, 2), (2, 0)])
    assert np.abs(some.value - all_pairs.value[[9, 2, 2]]).max() <= some.error.max() + all_pairs.error.max()
    assert gradient(f, x, entries=[]).value.shape == hessian(f, x, pairs=[]).error.shape == (0,)
    assert isinstance(hessian(f, np.zeros(0)), Estimate)


def test_many_variables_are_evaluated_in_chunks(monkeypatch):
    sizes = []

    def f(points):
        sizes.append(points.size)
        return np.tanh(points).sum(axis=1)

    x = np.linspace(0.1, 2.0, 30)
    whole = gradient(f, x)
    monkeypatch.setattr(stencils, "_CHUNK", 10_000)
    sizes.clear()
    parts = gradient(f, x)
    assert max(sizes) <= 10_000
    assert len(sizes) > 5
    np.testing.assert_allclose(parts.value, whole.value, rtol=1e-12)
    assert (np.abs(parts.value - 1 / np.cosh(x) ** 2) <= parts.error).all()
