"""Derivatives to 60 digits by mpmath, and what it means that differences agree with them."""

from __future__ import annotations

import math

import mpmath
import numpy as np

from gradcli.verify.differences import gradient, hessian

INF = math.inf


def vectorised(f):
    return lambda points: f(*points.T)


def reference(f, x, orders):
    """The partial derivative of `f` (on mpmath numbers) at the floats `x`, in relative coordinates, to 60 digits."""
    point = [mpmath.mpf(float(v)) for v in x]
    scale = [abs(p) if p else mpmath.mpf(1) for p in point]
    with mpmath.workdps(60):
        at = lambda *u: f(*[p + s * v for p, s, v in zip(point, scale, u, strict=True)])  # noqa: E731
        moved = mpmath.diff(at, [0] * len(x), orders)
        if abs(moved) < mpmath.mpf(10) ** -45 * abs(f(*point)):
            return mpmath.mpf(0)
        return moved / mpmath.fprod(s**k for s, k in zip(scale, orders, strict=True))


def entries_of(f, x):
    """(value, error, orders) of the gradient and of the Hessian's upper triangle."""
    x = np.array(x, dtype=np.float64)
    n = x.size
    first, second = gradient(f, x), hessian(f, x)
    unit = np.eye(n, dtype=int)
    orders = [unit[i] for i in range(n)] + [unit[i] + unit[j] for i in range(n) for j in range(i, n)]
    values = np.concatenate([first.value, second.value])
    errors = np.concatenate([first.error, second.error])
    return [(v, e, [int(k) for k in o]) for v, e, o in zip(values, errors, orders, strict=True)]


def holds(value, error, truth):
    return error == INF or abs(mpmath.mpf(float(value)) - truth) <= error


def check(f, f_mp, x, relative):
    """Every bar holds the truth, and is at most `relative[order - 1]` of it."""
    for value, error, orders in entries_of(vectorised(f), x):
        truth = reference(f_mp, x, orders)
        assert holds(value, error, truth), (orders, value, error, truth)
        limit = relative[sum(orders) - 1]
        if truth:
            assert error <= limit * abs(truth), (orders, value, error, truth)
        else:
            assert error < INF, orders
