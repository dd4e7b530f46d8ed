"""NumPy kernels of the Bessel functions: SciPy's, but series near 0, and balls beside zeros and for fractional orders.

DLMF 10.2.2 and 10.25.2 are the series; 10.4.1 and 10.27.1 reflect whole orders.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special

from gradcli.targets.kernels.proved import bessel, bessel_ball, mended

A = Any  #: a float64 array or scalar

_FAR = 1e14  #: beyond it SciPy's waves lose their phase
_WEAK = 0.1  #: of its amplitude: where a wave is less, it is beside a zero
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


def _beside_zero(found: A, x: A, n: float) -> A:
    """Where J or Y of whole order n is small although it waves: all its zeros lie beyond n (DLMF 10.21.3)."""
    size = np.maximum(np.abs(x), 0.5)
    return (np.abs(found) < _WEAK * np.sqrt(2 / (math.pi * size))) & (size > abs(n)) & (size > 0.5) & (size <= _FAR)


def besselj(x: A, n: float = 0) -> A:
    """Bessel function of the first kind."""
    if n != int(n):
        return bessel("j", n, lambda at: float(special.jv(n, at)) if at else _at_zero(n))(x)
    m = abs(int(n))
    found: A = special.jv(m, x)
    if m <= 100:
        near = np.abs(x) < _NEAR
        found = np.where(near, _series(np.where(near, x, 0.0), m, -1.0), found)
    turned = -1.0 if m % 2 else 1.0
    weak = _beside_zero(found, x, m)
    found = mended(found, weak, bessel_ball("j", m), np.abs(x)) * np.where(weak & (np.asarray(x) < 0), turned, 1.0)
    found = _far("j", m, x, found, turned)
    return -found if n < 0 and m % 2 else found


def bessely(x: A, n: float = 0) -> A:
    """Bessel function of the second kind."""
    if n != int(n):
        return bessel("y", n, lambda at: float(special.yv(n, at)))(x)
    found = np.where(np.asarray(x) >= 0, special.yv(n, x), np.nan)
    return _far("y", n, x, mended(found, _beside_zero(found, x, n), bessel_ball("y", n), x), math.nan)


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
