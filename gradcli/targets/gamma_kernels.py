"""NumPy kernels about the gamma function: the inverse of its logarithmic derivative, and Hurwitz's zeta function."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from gradcli.targets.kernels import digamma

A = Any  #: a float64 array or scalar


def hurwitz(x: A, s: float = 0) -> A:
    """Hurwitz's zeta function of x > 0, for s > 1."""
    return np.where(np.asarray(x) > 0, special.zeta(s, np.where(np.asarray(x) > 0, x, 1.0)), np.nan)


def invdigamma(x: A) -> A:
    """The positive root y of digamma(y) = x: Newton's method from both ends of its asymptotes."""
    x = np.asarray(x, dtype=float)
    y = np.where(x > -2, np.exp(np.minimum(x, 709.0)) + 0.5, -1 / np.minimum(x - special.digamma(1), -1.0))
    for _ in range(6):
        y = y - (special.digamma(y) - x) / digamma(y, 1)
    return y
