"""NumPy kernels of the Bessel and Airy functions: SciPy's, but power series near 0 and balls for fractional orders.

DLMF 10.2.2 and 10.25.2 are the series; 10.4.1 and 10.27.1 reflect whole orders.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special

from gradcli.targets.kernels.proved import bessel

A = Any  #: a float64 array or scalar

_FAR = 1e14  #: beyond it SciPy's waves lose their phase
_NEAR = 1e-3  #: up to here three terms of a power series are exact to float64


def _series(x: A, n: int, sign: float) -> A:
    """(x/2)^n/n! * (1 + sign*z/(n + 1) + z^2/(2(n + 1)(n + 2))) with z = x^2/4."""
    z = sign * x * x / 4
    return np.power(x / 2, n) / math.gamma(n + 1.0) * (1 + z / (n + 1) * (1 + z / (2 * (n + 2))))


def _at_zero(n: float) -> float:
    """(x/2)^n/gamma(n + 1) at 0 from above, for fractional n."""
    return 0.0 if n > 0 else math.copysign(math.inf, special.rgamma(n + 1))


def _far(family: str, n: float, x: A, found: A, turned: float) -> A:
    """What was found, but balls where x is far out; below 0 they count `turned` times."""
    far = (np.abs(x) > _FAR) & np.isfinite(x)
    if not np.any(far):
        return found
    size = np.where(far, np.abs(x), _FAR)
    return np.where(far, bessel(family, n, lambda at: math.nan)(size) * np.where(np.asarray(x) < 0, turned, 1.0), found)


def besselj(x: A, n: float = 0) -> A:
    """Bessel function of the first kind."""
    if n != int(n):
        return bessel("j", n, lambda at: float(special.jv(n, at)) if at else _at_zero(n))(x)
    m = abs(int(n))
    found: A = special.jv(m, x)
    if m <= 100:
        near = np.abs(x) < _NEAR
        found = np.where(near, _series(np.where(near, x, 0.0), m, -1.0), found)
    found = _far("j", m, x, found, -1.0 if m % 2 else 1.0)
    return -found if n < 0 and m % 2 else found


def bessely(x: A, n: float = 0) -> A:
    """Bessel function of the second kind."""
    if n != int(n):
        return bessel("y", n, lambda at: float(special.yv(n, at)))(x)
    return _far("y", n, x, np.where(np.asarray(x) >= 0, special.yv(n, x), np.nan), math.nan)


def besseli(x: A, n: float = 0) -> A:
    """Modified Bessel function of the first kind."""
    if n != int(n):
        return bessel("i", n, lambda at: float(special.iv(n, at)) if at else _at_zero(n))(x)
    m = abs(int(n))
    found: A = special.iv(m, x)
    if m > 100:
        return found
    near = np.abs(x) < _NEAR
    return np.where(near, _series(np.where(near, x, 0.0), m, 1.0), found)


def besselk(x: A, n: float = 0) -> A:
    """Modified Bessel function of the second kind."""
    if n != int(n):
        return bessel("k", n, lambda at: float(special.kv(n, at)))(x)
    near = np.minimum(x, 800.0)  # beyond it the function underflows, and SciPy's gives up at 1e10
    return np.where(np.asarray(x) >= 0, special.kve(n, near) * np.exp(-near), np.nan)


_AIRY_VANISHES = 120.0  #: beyond it Ai and Ai' are below the smallest number; far beyond it SciPy has none


def airyai(x: A) -> A:
    return np.where(np.asarray(x) > _AIRY_VANISHES, 0.0, special.airy(x)[0])


def airyaiprime(x: A) -> A:
    return np.where(np.asarray(x) > _AIRY_VANISHES, 0.0, special.airy(x)[1])


def airybi(x: A) -> A:
    return special.airy(x)[2]


def airybiprime(x: A) -> A:
    return special.airy(x)[3]
