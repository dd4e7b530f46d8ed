"""NumPy kernels of logarithms less their tangent, which cancels where the two touch.

With r = x/(2 + x): log(1 + x) = 2*atanh(r) and x - 2r = x*r, so log(1 + x) - x = 2*(r^3/3 + r^5/5 + ...) - x*r.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

A = Any  #: a float64 array or scalar
_TERMS = 18  #: of the series in r^2 <= 1/9


def log1pmx(x: A) -> A:
    """log(1 + x) - x."""
    x = np.asarray(x, dtype=float)
    near = (x > -0.5) & (x < 1)
    t = np.where(near, x, 0.0)
    r = t / (2 + t)
    square = r * r
    total = np.zeros_like(t)
    for k in range(_TERMS, 0, -1):
        total = (total + 1 / (2 * k + 1)) * square
    return np.where(near, 2 * r * total - t * r, np.log1p(x) - x)


def xlogx(x: A) -> A:
    return np.where(np.asarray(x) == 0, 0.0, x * np.log(x))


def log_of_ex(x: A) -> A:
    """1 + log(x), which passes through 0 at 1/e: beside it the logarithm of 1 + e*(x - 1/e)."""
    near = (np.asarray(x) > 0.3) & (np.asarray(x) < 0.45)
    d = (np.where(near, x, 0.4) - 0.36787944117144233) + 1.2428753672788363e-17
    return np.where(near, np.log1p(d * math.e), 1 + np.log(x))


def log1pmx_slope(x: A) -> A:
    """-x/(1 + x); -1 far out."""
    return np.where(x >= -1, np.where(np.abs(x) < 1e300, -x / (1 + x), -1.0), np.nan)


def logmxp1(x: A) -> A:
    """log(x) - x + 1; x - 1 is exact wherever it is small."""
    return np.where((np.asarray(x) > 0.5) & (np.asarray(x) < 2), log1pmx(x - 1), np.log(x) - (x - 1))


def logmxp1_slope(x: A) -> A:
    """(1 - x)/x."""
    return np.where(x >= 0, np.where(np.abs(x) < 1e300, (1 - x) / np.abs(x), -1.0), np.nan)
