"""Kernels by FLINT's ball arithmetic at the precision that proves a float64, where no float64 formula keeps its digits.

Beta functions and the differences of polygammas in their derivatives cancel where one argument is small beside the
other; Bessel functions of fractional order lose digits in SciPy, and those of whole order beside their zeros. One
entry takes some 30 microseconds.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

A = Any  #: a float64 array or scalar
Ball = Any  #: an `arb` of python-flint

_PRECISIONS = (96, 192, 384, 1280, 4096)  #: bits; the last are for arguments of 1e300, and of 1e300 beside 1e-300
_ENOUGH = 60  #: proved bits from which the nearest float64 is (almost always) known


def proved(function: Callable[..., Ball], *at: float) -> float:
    """The float64 of a ball function at exact float64 arguments; NaN where the balls are never finite."""
    from flint import arb, ctx

    found = arb("nan")
    for precision in _PRECISIONS:
        with ctx.workprec(precision):
            try:
                found = function(*map(arb, at))
            except (ValueError, ZeroDivisionError):  # a pole
                return math.nan
            if found.rel_accuracy_bits() >= _ENOUGH or found == 0:
                return float(found)
            if found.is_finite() and float(found.abs_upper()) == 0.0:
                return 0.0  # nearer to 0 than any float64
    return float(found.mid()) if found.rel_accuracy_bits() > 40 else math.nan


def _entrywise(function: Callable[..., Ball], otherwise: Callable[..., float]) -> Callable[..., A]:
    """A kernel of a ball function; `otherwise` answers where that is not finite (poles, infinities)."""

    def entry(*at: float) -> float:
        if all(map(math.isfinite, at)):
            value = proved(function, *at)
            if not math.isnan(value):
                return value
        return float(otherwise(*at))

    return np.vectorize(entry, otypes=[float])


def _nothing(*at: float) -> float:
    return math.nan


def mended(found: A, weak: A, function: Callable[[Ball], Ball], x: A) -> A:
    """What was found, but by balls where it is `weak`: beside a zero, where a float64 formula has few digits left.

    Args:
        found: a function's values at `x`.
        weak: where they are not to be kept.
        function: the same function of balls.
        x: exact float64 arguments.
    """
    if not np.any(weak):
        return found
    at, chosen, values = np.broadcast_arrays(np.asarray(x, dtype=float), weak, found)
    result = np.array(values, dtype=float)
    result[chosen] = _entrywise(function, _nothing)(at[chosen])
    return result[()]


def _log_gamma(x: Ball) -> Ball:
    return x.lgamma() if x > 0 else abs(x.gamma()).log()


def _beta_ball(x: Ball, y: Ball) -> Ball:
    if x > 0 and y > 0:
        return _lbeta_ball(x, y).exp()
    return x.gamma() * y.gamma() * (x + y).rgamma()


def _lbeta_ball(x: Ball, y: Ball) -> Ball:
    return _log_gamma(x) + _log_gamma(y) - _log_gamma(x + y)


def polygamma_ball(x: Ball, n: int) -> Ball:
    """n-th derivative of digamma of a ball: by Hurwitz's zeta (DLMF 25.11.12), below 0 by the series of 1/gamma."""
    from flint import arb, arb_series

    if n == 0:
        return x.digamma()
    if x > 0:
        return (-1) ** (n + 1) * math.factorial(n) * arb(n + 1).zeta(x)
    inverse = arb_series([x, 1], n + 2).rgamma()
    return math.factorial(n) * (-(inverse.derivative() / inverse))[n]


def _drop_ball(x: Ball, y: Ball, n: int = 0) -> Ball:
    return polygamma_ball(x, n) - polygamma_ball(x + y, n)


def _beta_slope_ball(x: Ball, y: Ball) -> Ball:
    return _beta_ball(x, y) * _drop_ball(x, y)


def _beta_cross_ball(x: Ball, y: Ball) -> Ball:
    drops = _drop_ball(x, y) * _drop_ball(y, x)
    return _beta_ball(x, y) * (drops - polygamma_ball(x + y, 1))


beta = _entrywise(_beta_ball, special.beta)
lbeta = _entrywise(_lbeta_ball, special.betaln)
#: the derivative of beta in its first argument
beta_slope = _entrywise(_beta_slope_ball, _nothing)
#: the mixed second derivative of beta
beta_cross = _entrywise(_beta_cross_ball, _nothing)


def digamma_drop(x: A, y: A, n: int = 0) -> A:
    """n-th derivative by x of digamma(x) - digamma(x + y)."""
    return _entrywise(lambda p, q: _drop_ball(p, q, n), _nothing)(x, y)


def _erf_drop(x: Ball, y: Ball) -> Ball:
    """erf(y) - erf(x), by complements where both have one sign."""
    if x > 0 and y > 0:
        return x.erfc() - y.erfc()
    if x < 0 and y < 0:
        return (-y).erfc() - (-x).erfc()
    return y.erf() - x.erf()


def _log_erf_drop(x: Ball, y: Ball) -> Ball:
    return _erf_drop(x, y).log()


def _erf_hazard(x: Ball, y: Ball) -> Ball:
    from flint import arb

    return 2 / arb.pi().sqrt() * (-x * x).exp() / _erf_drop(x, y)


def _erf_lean(x: Ball, y: Ball) -> Ball:
    return _erf_hazard(x, y) - 2 * x


logerf = _entrywise(_log_erf_drop, _nothing)
#: 2/sqrt(pi)*exp(-x^2)/(erf(y) - erf(x))
erf_hazard = _entrywise(_erf_hazard, _nothing)
#: the same less 2x
erf_lean = _entrywise(_erf_lean, _nothing)


def bessel_ball(family: str, order: float, k: int = 0) -> Callable[[Ball], Ball]:
    """The k-th derivative of the Bessel function J, Y, I or K (`family` j, y, i or k) of an exact order, of balls."""

    def ball(x: Ball) -> Ball:
        from flint import arb

        n = arb(order)
        return sum((getattr(x, f"bessel_{family}")(n + m) * factor for m, factor in neighbours(family, k)), arb(0))

    return ball


def neighbours(family: str, k: int) -> list[tuple[int, float]]:
    """The k-th derivative of a Bessel function as a sum of those whose orders differ by m (DLMF 10.6.7, 10.29.5)."""
    below, above = {"j": (1, -1), "y": (1, -1), "i": (1, 1), "k": (-1, -1)}[family]
    return [(2 * i - k, math.comb(k, i) * below ** (k - i) * above**i / 2.0**k) for i in range(k + 1)]


def bessel(family: str, order: float, otherwise: Callable[[float], float], k: int = 0) -> Callable[[A], A]:
    """The k-th derivative of J, Y, I or K of a fractional order, for positive x; `otherwise` at 0 and at infinity.

    Args:
        family: j, y, i or k.
        order: a float64, taken as exact.
        otherwise: the same function where FLINT gives no number.
        k: how often it is differentiated.
    """
    found = _entrywise(bessel_ball(family, order, k), otherwise)
    return lambda x: found(x) if np.all(np.asarray(x) > 0) else _positive_only(found, otherwise, x)


def _positive_only(found: Callable[[A], A], otherwise: Callable[[float], float], x: A) -> A:
    x = np.asarray(x, dtype=float)
    positive = x > 0
    return np.where(positive, found(np.where(positive, x, 1.0)), np.where(x == 0, otherwise(0.0), np.nan))
