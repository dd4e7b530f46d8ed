"""NumPy kernels of the Bessel functions: SciPy's, but series near 0, and balls beside zeros and for fractional orders.

DLMF 10.2.2 and 10.25.2 are the series; 10.4.1 and 10.27.1 reflect whole orders.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from gradcli.targets.kernels.proved import bessel, bessel_ball, mended, neighbours

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


def _j(x: A, m: int) -> A:
    found: A = special.jv(m, x)
    if m <= 100:
        near = np.abs(x) < _NEAR
        found = np.where(near, _series(np.where(near, x, 0.0), m, -1.0), found)
    turned = -1.0 if m % 2 else 1.0
    weak = _beside_zero(found, x, m)
    found = mended(found, weak, bessel_ball("j", m), np.abs(x)) * np.where(weak & (np.asarray(x) < 0), turned, 1.0)
    return _far("j", m, x, found, turned)


def _y(x: A, m: int) -> A:
    found = np.where(np.asarray(x) >= 0, special.yv(m, x), np.nan)
    return _far("y", m, x, mended(found, _beside_zero(found, x, m), bessel_ball("y", m), x), math.nan)


def _i(x: A, m: int) -> A:
    found: A = special.iv(m, x)
    if m > 100:
        return found
    near = np.abs(x) < _NEAR
    return np.where(near, _series(np.where(near, x, 0.0), m, 1.0), found)


def _k(x: A, m: int) -> A:
    near = np.minimum(x, 800.0)  # beyond it the function underflows, and SciPy's gives up at 1e10
    return np.where(np.asarray(x) >= 0, special.kve(m, near) * np.exp(-near), np.nan)


def _of_order(
    family: str, whole: Callable[[A, int], A], elsewhere: Callable[[float, float], float]
) -> Callable[..., A]:
    """The kernel of a Bessel function of any order, and of its derivatives.

    Args:
        family: j, y, i or k.
        whole: the function of order 0, 1, ...
        elsewhere: the function of a fractional order at 0 and at infinity.
    """
    odd = -1.0 if family in "jy" else 1.0

    def kernel(x: A, n: float = 0, k: int = 0) -> A:
        """k-th derivative of the function of order n."""
        if n != int(n):
            at = neighbours(family, k)
            return bessel(family, n, lambda x: sum(elsewhere(n + m, x) * factor for m, factor in at), k)(x)
        known: dict[int, A] = {}
        terms = []
        for m, factor in neighbours(family, k):
            order = int(n) + m
            if abs(order) not in known:
                known[abs(order)] = whole(x, abs(order))
            terms.append(known[abs(order)] * (factor * (odd if order < 0 and order % 2 else 1.0)))
        return terms[0] if k == 0 else _summed(family, int(n), k, terms, np.asarray(x, dtype=float))

    return kernel


def _summed(family: str, n: int, k: int, terms: list[A], x: A) -> A:
    """The sum of the terms of a derivative, but balls where they cancel or overflow."""
    with np.errstate(all="ignore"):
        found: A = sum(terms)
        largest = np.max(np.abs(terms), axis=0)
        weak = (np.abs(found) < _WEAK * largest) | np.isnan(found)
    weak = weak & np.isfinite(x) & ((x > 0) | (x < 0) & (family in "ji"))
    turned = np.where(weak & (x < 0) & ((n + k) % 2 == 1), -1.0, 1.0)
    return mended(found, weak, bessel_ball(family, n, k), np.abs(x)) * turned


besselj = _of_order("j", _j, lambda n, x: float(special.jv(n, x)) if x else _at_zero(n))
bessely = _of_order("y", _y, lambda n, x: float(special.yv(n, x)))
besseli = _of_order("i", _i, lambda n, x: float(special.iv(n, x)) if x else _at_zero(n))
besselk = _of_order("k", _k, lambda n, x: float(special.kv(n, x)))
