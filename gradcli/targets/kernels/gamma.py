"""Kernels of the gamma family: what SciPy lacks, or has with few digits (by zeros of lgamma, poles of digamma)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special

from gradcli.targets.kernels.circular import cospi, sinpi
from gradcli.targets.kernels.proved import mended, polygamma_ball

A = Any

_NEAR = 0.25  #: distance from a zero of lgamma within which its series is summed
_WEAK = 0.01  #: of the terms that a difference is of: what is less has lost digits
_TERMS = np.arange(2.0, 22.0)  #: (1/8)^k/k is below 1e-20 after them
_SERIES = np.concatenate([[0.0, 1.0 - 0.57721566490153286], (-1.0) ** _TERMS * special.zetac(_TERMS) / _TERMS])


def lgamma(x: A) -> A:
    """Logarithm of |gamma(x)|; beside its zeros at 1 and 2 by the series of lgamma(2 + z) (DLMF 5.7.3)."""
    x = np.asarray(x, dtype=float)
    found = special.gammaln(x)
    one, two = np.abs(x - 1) < _NEAR, np.abs(x - 2) < _NEAR
    if not np.any(one | two):
        return found
    z = np.where(one, x - 1, np.where(two, x - 2, 0.0))
    series = np.polynomial.polynomial.polyval(z, _SERIES)
    return np.where(one, series - np.log1p(z), np.where(two, series, found))


def digamma(x: A, n: int = 0) -> A:
    """n-th derivative of digamma; below 0 by reflection, because SciPy's zeta walks there step by step.

    DLMF 5.15.6: (-1)^n psi_n(1 - x) - psi_n(x) = pi * d^n/dx^n cot(pi*x), a polynomial in the cotangent.
    SciPy's digamma takes tan(pi*x) of a rounded product there, and has no digit left beside a pole. Where the two terms
    cancel, between two poles, balls answer.
    """
    x = np.asarray(x, dtype=float)
    if n == 0:
        found: A = special.digamma(x)
        beside = (x < 0) & ~((x > -0.8) & (x < -0.2)) & (x != np.floor(x))  # SciPy has a series at the root between
        if not np.any(beside):
            return found
        y = np.where(beside, x, -0.5)
        turned = special.digamma(1 - y)
        found = np.where(beside, turned - math.pi * cospi(y) / sinpi(y), found)
        return mended(found, beside & (np.abs(found) < _WEAK * np.abs(turned)), lambda ball: polygamma_ball(ball, 0), x)
    reflected = special.polygamma(n, np.where(x > 0, x, 1 - x))
    if np.all(x > 0):
        return reflected
    cotangent = cospi(x) / sinpi(x)
    polynomial = np.array([0.0, 1.0])
    for _ in range(n):
        polynomial = -math.pi * np.convolve(np.polynomial.polynomial.polyder(polynomial), [1.0, 0.0, 1.0])
    turned = (-1) ** n * reflected - math.pi * np.polynomial.polynomial.polyval(cotangent, polynomial)
    both = np.where(x > 0, reflected, np.where(x == np.floor(x), np.nan, turned))
    weak = (x < 0) & (np.abs(both) < _WEAK * np.abs(reflected))
    return mended(both, weak, lambda ball: polygamma_ball(ball, n), x)


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
