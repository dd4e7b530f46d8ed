"""NumPy kernels of the rows that NumPy itself lacks, each in a form that keeps its digits.

A kernel takes float64 arrays (or scalars) and broadcasts; rows with orders pass them after the
arguments. Outside its domain a kernel gives NaN.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

A = Any  #: a float64 array or scalar


def where(condition: A, a: A, b: A) -> A:
    """A choice by truth (nonzero, NaN included)."""
    return np.where(condition != 0, a, b)


def power(x: A, y: A, k: int = 0, j: int = 0) -> A:
    """The derivative of x^y taken k times in x and j times in y.

    d^k/dx^k x^y = y(y-1)...(y-k+1) x^(y-k); its j-th derivative in y follows from Leibniz with
    powers of log(x). Where the falling factorial is 0 the result is 0, whatever x is (x^0 at 0).
    """
    if k == 0 and j == 0:
        return np.power(x, y)
    base = _shifted_power(x, y, k)
    if j == 0:
        factor = _falling(y, k)[0]
        return np.where(factor == 0, np.where(np.isnan(x), x, 0.0), factor * base)
    log = np.log(x)
    falling = _falling(y, k, j)
    total = sum(math.comb(j, i) * falling[i] * log ** (j - i) for i in range(j + 1) if i <= k)
    return np.where((x == 0) & (y > k), 0.0, base * total)


def _shifted_power(x: A, y: A, k: int) -> A:
    """x^(y-k), by way of x^y / x^k where y - k is not exact in float64."""
    shifted = y - k
    result = np.power(x, shifted)
    exact = shifted + k == y
    if np.all(exact):
        return result
    whole = np.power(x, y)
    for _ in range(k):
        whole = whole / x
    usable = ~exact & (x != 0) & np.isfinite(whole) & (np.abs(whole) > 1e-290)
    return np.where(usable, whole, result)


def _falling(y: A, k: int, j: int = 0) -> list[A]:
    """y(y-1)...(y-k+1) and its first j derivatives in y."""
    derivatives: list[A] = [np.ones_like(np.asarray(y, dtype=float))] + [0.0] * j
    for m in range(k):
        derivatives = [derivatives[i] * (y - m) + (i * derivatives[i - 1] if i else 0.0) for i in range(j + 1)]
    return derivatives


def sec(x: A) -> A:
    return 1 / np.cos(x)


def csc(x: A) -> A:
    return 1 / np.sin(x)


def cot(x: A) -> A:
    return 1 / np.tan(x)


def asec(x: A) -> A:
    a = np.abs(x)
    return np.arctan2(np.sqrt(a - 1) * np.sqrt(a + 1), np.sign(x))


def acsc(x: A) -> A:
    a = np.abs(x)
    return np.copysign(np.arctan2(1.0, np.sqrt(a - 1) * np.sqrt(a + 1)), x)


def acot(x: A) -> A:
    return np.arctan(1 / x)


def toward(x: A, y: A) -> A:
    """x/hypot(x, y), 0 at the origin."""
    r = np.hypot(x, y)
    return np.where(r == 0, 0.0, x / np.where(r == 0, 1.0, r))


def turning(x: A, y: A) -> A:
    """x/(x^2 + y^2) without overflow."""
    r = np.hypot(x, y)
    return x / r / r


def sind(x: A) -> A:
    return sinpi_of(np.fmod(x, 360.0), 180.0)


def cosd(x: A) -> A:
    return cospi_of(np.fmod(x, 360.0), 180.0)


def tand(x: A) -> A:
    return sind(x) / cosd(x)


def asind(x: A) -> A:
    return rad2deg(np.arcsin(x))


def acosd(x: A) -> A:
    return rad2deg(np.arccos(x))


def atand(x: A) -> A:
    return rad2deg(np.arctan(x))


def deg2rad(x: A) -> A:
    return x * (math.pi / 180)


def rad2deg(x: A) -> A:
    return x * (180 / math.pi)


def sinpi(x: A) -> A:
    return sinpi_of(np.fmod(x, 2.0), 1.0)


def cospi(x: A) -> A:
    return cospi_of(np.fmod(x, 2.0), 1.0)


def sinpi_of(x: A, half: float) -> A:
    """sin(pi*x/half) for |x| <= 2*half, reduced exactly to an eighth of a turn."""
    quarter = half / 2
    n = np.rint(x / quarter)
    r = (x - n * quarter) * (math.pi / half)
    q = np.mod(n, 4)
    return np.select([q == 0, q == 1, q == 2, q == 3], [np.sin(r), np.cos(r), -np.sin(r), -np.cos(r)], np.nan)


def cospi_of(x: A, half: float) -> A:
    """cos(pi*x/half) for |x| <= 2*half, reduced exactly to an eighth of a turn."""
    quarter = half / 2
    n = np.rint(x / quarter)
    r = (x - n * quarter) * (math.pi / half)
    q = np.mod(n, 4)
    return np.select([q == 0, q == 1, q == 2, q == 3], [np.cos(r), -np.sin(r), -np.cos(r), np.sin(r)], np.nan)


def sinc(x: A, n: int = 0) -> A:
    """n-th derivative of sin(pi*x)/(pi*x): a Taylor series near 0, upward recurrence elsewhere.

    x*f_n + n*f_(n-1) = pi^(n-1) * sin(pi*x + n*pi/2), from differentiating pi*x*f = sin(pi*x).
    """
    x = np.asarray(x, dtype=float)
    far = np.where(np.abs(x) < 1e-300, 1.0, x)
    cycle = (sinpi(far), cospi(far), -sinpi(far), -cospi(far))
    f = cycle[0] / (math.pi * far)
    for m in range(1, n + 1):
        f = (math.pi ** (m - 1) * cycle[m % 4] - m * f) / far
    near = np.abs(x) < 0.5 * (1 + n)
    if not np.any(near):
        return f
    t = np.where(near, x, 0.0)
    series = np.zeros_like(t)
    for k in range(40 + 6 * n, -1, -1):
        m = 2 * k - n
        if m >= 0:
            series = series + (-1) ** k * math.pi ** (2 * k) / (math.factorial(m) * (2 * k + 1)) * t**m
    return np.where(near, series, f)


def asin_slope(x: A) -> A:
    return 1 / np.sqrt((1 - x) * (1 + x))


def atan_slope(x: A) -> A:
    return 1 / (1 + x * x)


def asec_slope(x: A) -> A:
    a = np.abs(x)
    return 1 / (a * np.sqrt(a - 1) * np.sqrt(a + 1))


def sech(x: A) -> A:
    e = np.exp(-np.abs(x))
    return 2 * e / (1 + e * e)


def csch(x: A) -> A:
    return 1 / np.sinh(x)


def coth(x: A) -> A:
    return 1 / np.tanh(x)


def asech(x: A) -> A:
    return np.where(x < 1e-150, math.log(2) - np.log(x), np.arcsinh(np.sqrt((1 - x) * (1 + x)) / x))


def acsch(x: A) -> A:
    a = np.abs(x)
    return np.copysign(np.where(a < 1e-150, math.log(2) - np.log(a), np.arcsinh(1 / a)), x)


def acoth(x: A) -> A:
    return np.copysign(0.5 * np.log1p(2 / (np.abs(x) - 1)), x)


def sech2(x: A) -> A:
    e = np.exp(-2 * np.abs(x))
    return 4 * e / ((1 + e) * (1 + e))


def csch2(x: A) -> A:
    d = np.expm1(-2 * np.abs(x))
    return 4 * np.exp(-2 * np.abs(x)) / (d * d)


def asinh_slope(x: A) -> A:
    return 1 / np.hypot(1.0, x)


def acosh_slope(x: A) -> A:
    near = 1 / np.sqrt((x - 1) * (x + 1))
    return np.where(x < 1e150, np.where(x >= 1, near, np.nan), 1 / x)


def atanh_slope(x: A) -> A:
    return np.where(np.abs(x) <= 1, 1 / ((1 - x) * (1 + x)), np.nan)


def acoth_slope(x: A) -> A:
    return np.where(np.abs(x) >= 1, 1 / ((1 - x) * (1 + x)), np.nan)


def asech_slope(x: A) -> A:
    return np.where(x >= 0, 1 / (x * np.sqrt((1 - x) * (1 + x))), np.nan)


def acsch_slope(x: A) -> A:
    return 1 / (np.abs(x) * np.hypot(1.0, x))


def exp10(x: A) -> A:
    return np.power(10.0, x)


def cbrt_slope(x: A) -> A:
    root = np.cbrt(x)
    return 1 / (3 * root * root)


def log_slope(x: A) -> A:
    return np.where(x >= 0, 1 / np.abs(x), np.nan)


def log1p_slope(x: A) -> A:
    return np.where(x >= -1, 1 / (1 + x), np.nan)


def xlogy(x: A, y: A) -> A:
    return np.where((x == 0) & ~np.isnan(y), 0.0, x * np.log(y))


def xlog1py(x: A, y: A) -> A:
    return np.where((x == 0) & ~np.isnan(y), 0.0, x * np.log1p(y))


def sigmoid(x: A) -> A:
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + e), e / (1 + e))


def dsigmoid(x: A) -> A:
    e = np.exp(-np.abs(x))
    return e / ((1 + e) * (1 + e))


def logit(x: A) -> A:
    return np.where(np.abs(x - 0.5) < 0.25, 2 * np.arctanh(2 * x - 1), np.log(x) - np.log1p(-x))


def logit_slope(x: A) -> A:
    return np.where((x >= 0) & (x <= 1), 1 / (x * (1 - x)), np.nan)


def softplus(x: A) -> A:
    return np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))


def silu(x: A) -> A:
    """x*sigmoid(x); far below 0 by halves of the exponent, where sigmoid underflows before the product does."""
    half = np.exp(np.minimum(x, 0.0) / 2)
    return np.where(x < -700, x * half * half, x * sigmoid(x))


def relu(x: A) -> A:
    return np.maximum(x, 0.0)


def gauss(x: A) -> A:
    """exp(-x^2): x is split so that the square of its head is exact (x = h + t, h in 26 bits)."""
    h = _head(x)
    return np.exp(-h * h) * np.exp(-(x - h) * (x + h))


def normpdf(x: A) -> A:
    h = _head(x)
    return np.exp(-h * h / 2) * np.exp(-(x - h) * (x + h) / 2) * 0.3989422804014327


def _head(x: A) -> A:
    """x rounded to multiples of 2^-20 where that is coarser than float64: its square is exact in the range of exp."""
    return np.where(np.abs(x) < 64.0, np.rint(x * 1048576.0) / 1048576.0, x)


def digamma(x: A, n: int = 0) -> A:
    """n-th derivative of digamma; below 0 by reflection, because SciPy's zeta walks there step by step.

    DLMF 5.15.6: (-1)^n psi_n(1 - x) - psi_n(x) = pi * d^n/dx^n cot(pi*x), a polynomial in the cotangent.
    """
    from scipy import special

    if n == 0:
        return special.digamma(x)
    x = np.asarray(x, dtype=float)
    reflected = special.polygamma(n, np.where(x > 0, x, 1 - x))
    if np.all(x > 0):
        return reflected
    cotangent = cospi(x) / sinpi(x)
    polynomial = np.array([0.0, 1.0])
    for _ in range(n):
        polynomial = -math.pi * np.convolve(np.polynomial.polynomial.polyder(polynomial), [1.0, 0.0, 1.0])
    turned = (-1) ** n * reflected - math.pi * np.polynomial.polynomial.polyval(cotangent, polynomial)
    return np.where(x > 0, reflected, np.where(x == np.floor(x), np.nan, turned))
