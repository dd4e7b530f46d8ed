"""NumPy kernels made of exponentials and logarithms whose plain spelling overflows or cancels."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special

from gradcli.targets.kernels.exact import difference

A = Any  #: a float64 array or scalar


def xexpx(x: A, n: int = 0) -> A:
    """n-th derivative of x*exp(x): (x + n)*exp(x)."""
    return np.where(x == -np.inf, 0.0, (np.maximum(x, -1e300) + n) * np.exp(x))


def exprel(x: A, n: int = 0) -> A:
    """n-th derivative of (exp(x) - 1)/x: the integral of t^n exp(xt) over t from 0 to 1.

    Up to 8 by series of positive terms, that of 1F1(n + 1; n + 2; x) (DLMF 13.2.2), below 0 turned by Kummer's
    transformation (13.2.39); beyond by x f_n + n f_(n-1) = exp(x).
    """
    x = np.asarray(x, dtype=float)
    size = np.abs(x)
    near = size < 8
    y = np.where(near, size, 0.0)
    rising, falling = np.zeros_like(y), np.ones_like(y)
    for k in range(48, -1, -1):
        rising = rising * y + 1 / (math.factorial(k) * (k + n + 1))
        falling = 1 + falling * (y / (k + n + 2))
    inside = np.where(x < 0, np.exp(-y) * falling / (n + 1), rising)
    far = np.where(near, 9.0, size)
    some = np.minimum(far, 2000.0)  # beyond, exp overflows or vanishes
    above, power = 1 - np.exp(-some), 1 / far
    for k in range(1, n + 1):
        above = 1 - k * above / some
        power = power * k / far
    half = np.exp(np.where(some > 700, some / 2, some))
    above = half * above / some * np.where(some > 700, half, 1.0)
    below = power * (1 - np.exp(-some) * sum(some**k / math.factorial(k) for k in range(n + 1)))
    return np.where(near, inside, np.where(x > 0, above, below))


def log1psq(x: A) -> A:
    """log(1 + x^2), also where the square overflows."""
    a = np.abs(x)
    near = np.minimum(a, 1e100)
    return np.where(a < 1e100, np.log1p(near * near), 2 * np.log(np.maximum(a, 1.0)))


def cexpexp(x: A) -> A:
    """1 - exp(-exp(x))"""
    return -np.expm1(-np.exp(x))


def gompertz(x: A) -> A:
    """exp(x - exp(x)); the rounding of the exponent is carried along."""
    d, rest = difference(x, np.exp(np.minimum(x, 710.0)))
    return np.exp(d) * (1 + rest)


def odds(x: A, y: A, unit: float = 1.0) -> tuple[A, A]:
    """d = x - y, and exp(-unit*|x - y|) with the exact difference."""
    d, rest = difference(x, y)
    rest = np.where(d >= 0, -rest, rest)
    power = np.exp(-np.abs(d)) if unit == 1.0 else np.exp2(-np.abs(d))
    return d, power * (1 + unit * rest)


def first_share2(x: A, y: A) -> A:
    """2^x/(2^x + 2^y)"""
    d, e = odds(x, y, math.log(2))
    return np.where(d >= 0, 1 / (1 + e), e / (1 + e))


def shares_product2(x: A, y: A) -> A:
    """2^x*2^y/(2^x + 2^y)^2"""
    _, e = odds(x, y, math.log(2))
    return e / ((1 + e) * (1 + e))


def bose_of(x: A, y: A) -> A:
    """1/(exp(x - y) - 1) for x >= y: exp(y - x) over -expm1(y - x)."""
    d, e = odds(x, y)
    return np.where(d >= 0, np.where(d > 1, e / (1 - e), 1 / np.expm1(np.minimum(d, 2.0))), np.nan)


def bose_slope_of(x: A, y: A) -> A:
    """exp(x - y)/(exp(x - y) - 1)^2, which is bose*(1 + bose)."""
    b = bose_of(x, y)
    return b * (1 + b)


def softplus_tanh(x: A) -> A:
    """tanh(log(1 + exp(x))) = (w^2 + 2w)/(w^2 + 2w + 2) with w = exp(x), by v = exp(-x) above 0."""
    e = np.exp(-np.abs(x))
    return np.where(x > 0, (1 + 2 * e) / (1 + 2 * e * (1 + e)), e * (2 + e) / (2 + e * (2 + e)))


def softplus_tanh_slope(x: A) -> A:
    """4w(w + 1)/(w^2 + 2w + 2)^2"""
    e = np.exp(-np.abs(x))
    above = 1 + 2 * e * (1 + e)
    under = 2 + e * (2 + e)
    return np.where(x > 0, 4 * e * e * (1 + e) / above / above, 4 * e * (1 + e) / under / under)


def softplus_tanh_bend(x: A) -> A:
    """4w(2 + 2w - 3w^2 - 2w^3)/(w^2 + 2w + 2)^3"""
    e = np.exp(-np.abs(x))
    above = 1 + 2 * e * (1 + e)
    under = 2 + e * (2 + e)
    return np.where(
        x > 0,
        4 * e * e * (2 * e * e * (1 + e) - 3 * e - 2) / above / above / above,
        4 * e * (2 + e * (2 - e * (3 + 2 * e))) / under / under / under,
    )


def logerfc(x: A) -> A:
    """log(erfc(x)), by the scaled complement where it is small and by erf where it is near 1."""
    low, high = np.minimum(x, 0.5), np.maximum(x, 5.0)
    middle = np.clip(x, 0.5, 5.0)
    with np.errstate(all="ignore"):
        return np.select(
            [x < 0.5, x < 5, x >= 5],
            [
                np.log1p(-special.erf(low)),
                np.log(special.erfc(middle)),
                np.log(special.erfcx(high)) - high * high,
            ],
            np.nan,
        )


def logerfcx(x: A) -> A:
    """log(erfcx(x)), near 0 and below by log(erfc(x)) + x^2."""
    low, high = np.minimum(x, 0.5), np.maximum(x, 0.5)
    return np.where(x < 0.5, logerfc(low) + low * low, np.log(special.erfcx(high)))
