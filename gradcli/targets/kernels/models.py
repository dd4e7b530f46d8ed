"""NumPy kernels of the piecewise functions that models are made of."""

from __future__ import annotations

from typing import Any

import numpy as np

A = Any  #: a float64 array or scalar


def leaky(x: A, slope: A) -> A:
    return np.where(x > 0, x, slope * x)


def elu_of(x: A, alpha: A) -> A:
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0.0)))


def huberized(x: A, delta: A) -> A:
    a = np.abs(x)
    tangent = np.where(delta >= 0, delta * (a - delta / 2), np.nan)
    return np.where(a <= delta, x * x / 2, tangent)


def softsign(x: A) -> A:
    return x / (1 + np.abs(x))
