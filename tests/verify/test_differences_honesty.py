"""Differences against mpmath: an error bar is honest (the truth lies inside it) and useful (it is small)."""

from __future__ import annotations

import math
import random

import mpmath
import numpy as np
import pytest
from derivative_references import INF, check, entries_of, holds, reference, vectorised
from scipy import special

SMOOTH = {
    "sin": (np.sin, mpmath.sin, [0.7]),
    "exp": (np.exp, mpmath.exp, [1.3]),
    "log": (np.log, mpmath.log, [2.5]),
    "power": (lambda x: x**20, lambda x: x**20, [3.0]),
    "pendulum": (
        lambda l, g: 2 * np.pi * np.sqrt(l / g),
        lambda l, g: 2 * mpmath.mpf(math.pi) * mpmath.sqrt(l / g),
        [1.2, 9.81],
    ),
    "gaussian": (
        lambda x, m, s: np.exp(-0.5 * ((x - m) / s) ** 2) / s,
        lambda x, m, s: mpmath.exp(-(((x - m) / s) ** 2) / 2) / s,
        [1.1, 0.4, 0.9],
    ),
    "rosenbrock": (
        lambda x, y: (1 - x) ** 2 + 100 * (y - x * x) ** 2,
        lambda x, y: (1 - x) ** 2 + 100 * (y - x * x) ** 2,
        [-1.2, 1.0],
    ),
    "four variables": (
        lambda a, b, c, d: a * np.exp(-b) * np.sin(c) / d,
        lambda a, b, c, d: a * mpmath.exp(-b) * mpmath.sin(c) / d,
        [1.2, 0.3, 2.0, 0.7],
    ),
    "gravity in SI units": (
        lambda m, r: 6.674e-11 * 5.97e24 * m / r**2,
        lambda m, r: mpmath.mpf(6.674e-11) * mpmath.mpf(5.97e24) * m / r**2,
        [70.0, 6.371e6],
    ),
    "saddle at 0": (lambda x, y: x * y + np.cos(x), lambda x, y: x * y + mpmath.cos(x), [0.0, 2.0]),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_smooth_functions_are_known_well(name):
    f, f_mp, x = SMOOTH[name]
    check(f, f_mp, x, (1e-10, 1e-7))


# function, the same on mpmath, point, largest allowed relative bars of the first and second derivative
TRICKY = {
    "fast oscillation": (lambda x: np.sin(10000 * x), lambda x: mpmath.sin(10000 * x), 1.0, 1e-8, 1e-6),
    "far too fast": (lambda x: np.sin(1e17 * x), lambda x: mpmath.sin(mpmath.mpf(1e17) * x), 1.0, INF, INF),
    "pole": (lambda x: 1 / x, lambda x: 1 / x, 1e-6, 1e-10, 1e-7),
    "kink near": (abs, abs, 1e-9, 1e-12, 0),
    "large constant": (lambda x: x**2 + 1e10, lambda x: x**2 + mpmath.mpf(1e10), 3.0, 1e-6, 1e-6),
    "log near 0": (np.log, mpmath.log, 1e-8, 1e-9, 1e-6),
    "log near its edge": (lambda x: np.log(x - 1), lambda x: mpmath.log(x - 1), 1 + 1e-8, 1e-6, 1e-4),
    "steep": (lambda x: np.exp(1000 * x), lambda x: mpmath.exp(1000 * x), 0.3, 1e-10, 1e-7),
    "root near 0": (np.sqrt, mpmath.sqrt, 1e-12, 1e-10, 1e-7),
    "floor between steps": (np.floor, mpmath.floor, 2.5, INF, INF),
    "floor below a step": (np.floor, mpmath.floor, 2 - 1e-12, 0, 0),
    "rectifier off": (lambda x: np.maximum(x, 0), lambda x: max(x, 0), -1.0, 0, 0),
    "rectifier near its kink": (lambda x: np.maximum(x - 1, 0), lambda x: max(x - 1, 0), 0.999, 0, 0),
    "sign": (np.sign, mpmath.sign, 2.0, 0, 0),
    "tan near its pole": (np.tan, mpmath.tan, 1.5707, 1e-8, 1e-6),
    "tan at the float nearest its pole": (np.tan, mpmath.tan, math.pi / 2, INF, INF),
    "gamma near a pole": (special.gamma, mpmath.gamma, -2 + 1e-3, 1e-8, 1e-6),
    "gamma very near a pole": (special.gamma, mpmath.gamma, -1 + 1e-6, 1e-6, 1e-6),
    "narrow peak": (
        lambda x: np.exp(-0.5 * ((x - 5) / 1e-3) ** 2),
        lambda x: mpmath.exp(-(((x - 5) / mpmath.mpf(1e-3)) ** 2) / 2),
        5.0007,
        1e-8,
        1e-6,
    ),
    "ripple": (
        lambda x: x + 1e-9 * np.sin(1e4 * x),
        lambda x: x + mpmath.mpf(1e-9) * mpmath.sin(10000 * x),
        1.0,
        1e-8,
        1e-2,
    ),
    "period of the steps": (
        lambda x: np.sin(2 * np.pi * x),
        lambda x: mpmath.sin(2 * mpmath.mpf(math.pi) * x),
        0.3,
        1e-10,
        1e-7,
    ),
    "huge x": (np.sqrt, mpmath.sqrt, 1e200, 1e-10, 1e-7),
    "huge square": (lambda x: x * x, lambda x: x * x, 1e100, 1e-10, 1e-7),
    "overflow": (lambda x: x * x, lambda x: x * x, 1e200, INF, INF),
    "tiny x": (np.sqrt, mpmath.sqrt, 1e-200, 1e-10, 1e-7),
    "tiny x, logarithm": (np.log, mpmath.log, 1e-300, 1e-7, INF),
    "tiny x, unit scale": (lambda x: np.sin(1 + x), lambda x: mpmath.sin(1 + x), 1e-20, 1e-10, 1e-7),
    "tiny x, underflow": (lambda x: x * x, lambda x: x * x, 1e-300, INF, 1e-7),
    "Boltzmann's scale": (
        lambda x: np.exp(-x / 1.38e-23),
        lambda x: mpmath.exp(-x / mpmath.mpf(1.38e-23)),
        1e-23,
        1e-10,
        1e-7,
    ),
    "scale 1e6 at 0": (lambda x: np.exp(x / 1e6), lambda x: mpmath.exp(x / 10**6), 0.0, 1e-8, 1e-6),
    "scale 1e-9 at 0": (lambda x: np.exp(x * 1e9), lambda x: mpmath.exp(x * 10**9), 0.0, 1e-8, 1e-6),
    "cancellation": (
        lambda x: x**7 - 7 * x**6 + 21 * x**5 - 35 * x**4 + 35 * x**3 - 21 * x**2 + 7 * x - 1,
        lambda x: (x - 1) ** 7,
        1.001,
        INF,
        INF,
    ),
    "constant": (lambda x: 5 + 0 * x, lambda x: mpmath.mpf(5), 1.0, 0, 0),
    "nothing": (lambda x: 0 * x, lambda x: mpmath.mpf(0), 1.0, 0, 0),
    "line": (lambda x: 3 * x + 1, lambda x: 3 * x + 1, 0.7, 1e-12, 0),
    "bottom": (lambda x: x * x, lambda x: x * x, 0.0, 0, 1e-12),
    "saturated": (np.tanh, mpmath.tanh, 19.0, INF, INF),
    "absorbed": (lambda x: (x + 1e16) - 1e16, lambda x: x, 1.0, INF, 0),
    "partly absorbed": (lambda x: (x + 1e10) - 1e10 + 1e-3 * x, lambda x: x * (1 + mpmath.mpf(1e-3)), 1.0, INF, 0),
}


@pytest.mark.parametrize("name", TRICKY)
def test_hard_points_are_known_or_admitted(name):
    f, f_mp, x, first, second = TRICKY[name]
    for value, error, orders in entries_of(vectorised(f), [x]):
        truth = reference(f_mp, [x], orders)
        assert holds(value, error, truth), (orders, value, error, truth)
        limit = (first, second)[sum(orders) - 1]
        if limit:
            assert error <= limit * abs(truth) or limit == INF, (orders, value, error, truth)


UNARY = {
    "sin": (np.sin, mpmath.sin),
    "cos": (np.cos, mpmath.cos),
    "exp": (np.exp, mpmath.exp),
    "log": (np.log, mpmath.log),
    "sqrt": (np.sqrt, mpmath.sqrt),
    "tanh": (np.tanh, mpmath.tanh),
    "atan": (np.arctan, mpmath.atan),
    "asin": (np.arcsin, mpmath.asin),
    "erf": (special.erf, mpmath.erf),
    "sinh": (np.sinh, mpmath.sinh),
    "square": (lambda a: a * a, lambda a: a * a),
    "inverse": (lambda a: 1 / a, lambda a: 1 / a),
    "kinked": (lambda a: abs(a) ** 1.5, lambda a: abs(a) ** mpmath.mpf(1.5)),
}
BINARY = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "^": lambda a, b: abs(a) ** b,
}


def random_function(source, depth, variables):
    """The same random expression as a function of NumPy arrays and of mpmath numbers."""
    if depth == 0 or source.random() < 0.15:
        if source.random() < 0.75:
            i = source.randrange(variables)
            return (lambda *v: v[i]), (lambda *v: v[i])
        constant = float(f"{source.choice([-1, 1]) * 10 ** source.uniform(-2, 2):.3g}")
        return (lambda *v: constant + 0 * v[0]), (lambda *v: mpmath.mpf(constant))
    if source.random() < 0.5:
        outer, outer_mp = UNARY[source.choice(sorted(UNARY))]
        f, f_mp = random_function(source, depth - 1, variables)
        return (lambda *v: outer(f(*v))), (lambda *v: outer_mp(f_mp(*v)))
    operation = BINARY[source.choice(sorted(BINARY))]
    f, f_mp = random_function(source, depth - 1, variables)
    g, g_mp = random_function(source, depth - 1, variables)
    return (lambda *v: operation(f(*v), g(*v))), (lambda *v: operation(f_mp(*v), g_mp(*v)))


def random_point(source, variables):
    wide = source.random() < 0.25
    size = [10 ** source.uniform(-5, 5) if wide else source.uniform(0.1, 3) for _ in range(variables)]
    return np.array([s * source.choice([1, 1, -1]) for s in size])


def test_calibration_over_random_functions():
    """At most one bar in a thousand fails to hold the truth, and the bars are small on the whole."""
    bars, false = {1: [], 2: []}, []
    for seed in range(750):
        source = random.Random(seed)
        variables = source.choice([1, 2, 3])
        f, f_mp = random_function(source, source.choice([2, 3]), variables)
        x = random_point(source, variables)
        with np.errstate(all="ignore"):
            here = float(f(*x))
        if not 1e-100 < abs(here) < 1e100:
            continue
        try:
            exact = f_mp(*[mpmath.mpf(float(v)) for v in x])
            rounding = abs(exact - here) / abs(exact)
            if not (isinstance(exact, mpmath.mpf) and rounding < 1e-10):
                continue
            found = [(v, e, reference(f_mp, x, o), sum(o)) for v, e, o in entries_of(vectorised(f), x)]
        except (ZeroDivisionError, ValueError, TypeError, OverflowError):
            continue
        for value, error, truth, order in found:
            if not isinstance(truth, mpmath.mpf):
                continue
            # a rounding that all points share is the function's own, and no difference can see it
            if not holds(value, error + 4 * rounding * abs(truth), truth):
                false.append((seed, order, value, error, truth))
            if abs(truth) > 1e-12 * abs(here):
                bars[order].append(float(error / abs(truth)))
    count = len(bars[1]) + len(bars[2])
    assert count > 1200
    assert len(false) <= count / 1000, false
    assert np.median(bars[1]) < 1e-11
    assert np.mean(np.array(bars[1]) < 1e-8) > 0.95
    assert np.median(bars[2]) < 1e-8
    assert np.mean(np.array(bars[2]) < 1e-5) > 0.9
