"""NumPy kernels of the piecewise functions that models are made of."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.targets.kernels.exact import quotient

A = Any  #: a float64 array or scalar
_TERMS = 19  #: of the exponential series up to 1 without its first two: the next is 1/20!


def leaky(x: A, slope: A) -> A:
    return np.where(x > 0, x, slope * x)


def elu_of(x: A, alpha: A) -> A:
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0.0)))


def celu_of(x: A, alpha: A) -> A:
    u, rest = quotient(x, alpha)
    curved = alpha * (np.expm1(u) + np.exp(u) * rest)
    return np.where(x > 0, x, np.where(alpha == 0, np.nan, curved))


def celu_sag(x: A, y: A) -> A:
    """(1 - u)*exp(u) - 1 with u = x/y; near 0 it is -exp(u)*(u^2/2 - u^3/6 + ...), where nothing cancels for u < 0."""
    u, rest = quotient(x, y)
    near = np.abs(u) < 1
    t = np.where(near, u, 0.0)
    total = np.zeros_like(t)
    for k in range(_TERMS, 1, -1):
        total = 1 / math.factorial(k) - t * total
    power = np.exp(u) * (1 + rest)
    far = np.where(u == -np.inf, -1.0, np.expm1(u) - u * np.exp(u) * (1 + rest))
    return np.where(near, -power * t * t * total, np.where(y == 0, np.nan, far))


def exp_ratio(x: A, y: A) -> A:
    u, rest = quotient(x, y)
    return np.exp(u) * (1 + rest)


def huberized(x: A, delta: A) -> A:
    a = np.abs(x)
    tangent = np.where(delta >= 0, delta * (a - delta / 2), np.nan)
    return np.where(a <= delta, x * x / 2, tangent)


def softsign(x: A) -> A:
    return x / (1 + np.abs(x))


def softsign_slope(x: A) -> A:
    w = 1 + np.abs(x)
    return 1 / w / w
