"""NumPy kernels of the rows that NumPy itself lacks, each in a form that keeps its digits.

A kernel takes float64 arrays (or scalars) and broadcasts; rows with orders pass them after the
arguments. Outside its domain a kernel gives NaN. Families of their own have modules of their own:
`power`, `circular`, `inverse`, `plane`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.targets.kernels.exact import cube_root_step, head
from gradcli.targets.kernels.exponential import odds

A = Any  #: a float64 array or scalar


def where(condition: A, a: A, b: A) -> A:
    """A choice by truth (nonzero, NaN included)."""
    return np.where(condition != 0, a, b)


def sech(x: A) -> A:
    e = np.exp(-np.abs(x))
    return 2 * e / (1 + e * e)


def sech_tanh(x: A) -> A:
    return sech(x) * np.tanh(x)


def sech_bend(x: A) -> A:
    """sech(x)*(2t^2 - 1) with t = tanh(x), which passes through 0 at x0 where t = sqrt(1/2).

    There it is sqrt(2)*sech(x)^2*sinh(x - x0)*(t + sqrt(1/2)), which does not cancel.
    """
    a = np.abs(x)
    s, t = sech(a), np.tanh(a)
    d = (np.minimum(a, 4.0) - 0.881373587019543) + 2.250545892825866e-17
    near = math.sqrt(2) * sech2(a) * np.sinh(d) * (t + math.sqrt(0.5))
    return np.select([a < 0.5, a < 1.6], [s * (2 * t * t - 1), near], s * (1 - 2 * sech2(a)))


def csch(x: A) -> A:
    return np.where(np.abs(x) < 700, 1 / np.sinh(x), np.copysign(2 * np.exp(-np.abs(x)), x))


def coth(x: A) -> A:
    return 1 / np.tanh(x)


def sech2(x: A) -> A:
    e = np.exp(-2 * np.abs(x))
    return 4 * e / ((1 + e) * (1 + e))


def csch2(x: A) -> A:
    d = np.expm1(-2 * np.abs(x))
    return 4 * np.exp(-2 * np.abs(x)) / (d * d)


def exp10(x: A) -> A:
    """10^x, correctly rounded where x is an integer."""
    n = np.rint(x)
    known = (n == x) & (np.abs(n) <= 323)
    return np.where(known, _POWERS_OF_10[np.where(known, n, 0.0).astype(int) + 323], np.power(10.0, x))


_POWERS_OF_10 = np.array([float(f"1e{n}") for n in range(-323, 324)])


def sqrt_slope(x: A) -> A:
    return 0.5 / np.abs(np.sqrt(x))


def sqrt_bend(x: A) -> A:
    return -0.25 / np.abs(np.sqrt(x)) / np.abs(x)


def cbrt(x: A) -> A:
    """The root of the C library with one exact step of Newton's, so that cubes of integers have theirs."""
    root = np.cbrt(x)
    usual = (np.abs(x) > 1e-290) & (np.abs(x) < 1e290)
    return np.where(usual, cube_root_step(np.where(usual, root, 1.0), np.where(usual, x, 1.0)), root)


def cbrt_slope(x: A) -> A:
    root = cbrt(x)
    return 1 / (3 * (root * root))


def log_slope(x: A) -> A:
    return np.where(x >= 0, 1 / np.abs(x), np.nan)


def log1p_slope(x: A) -> A:
    return np.where(x >= -1, 1 / (1 + x), np.nan)


def xlogy(x: A, y: A) -> A:
    return np.where((x == 0) & ~np.isnan(y), 0.0, x * np.log(y))


def xlog1py(x: A, y: A) -> A:
    return np.where((x == 0) & ~np.isnan(y), 0.0, x * np.log1p(y))


def ratio(x: A, y: A) -> A:
    return np.where((x == 0) & ~np.isnan(y), 0.0, np.where(y >= 0, np.divide(x, np.abs(y)), np.nan))


def rel_entr(x: A, y: A) -> A:
    return np.where((x == 0) & (y >= 0), 0.0, x * log_ratio(x, y))


def log_ratio(x: A, y: A) -> A:
    quotient = np.divide(x, y)
    near = (quotient > 0.5) & (quotient < 2)  # there x - y is exact
    plain = (quotient >= np.finfo(float).tiny) & (quotient < np.inf)
    far = np.where(plain, np.log(quotient), np.log(x) - np.log(y))
    return np.where((x >= 0) & (y >= 0), np.where(near, np.log1p(np.divide(x - y, y)), far), np.nan)


def sigmoid(x: A) -> A:
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + e), e / (1 + e))


def dsigmoid(x: A) -> A:
    e = np.exp(-np.abs(x))
    return e / ((1 + e) * (1 + e))


def logit(x: A) -> A:
    return np.where(np.abs(x - 0.5) < 0.25, 2 * np.arctanh(2 * x - 1), np.log(x) - np.log1p(-x))


def logit_slope(x: A) -> A:
    return np.where((x >= 0) & (x <= 1), 1 / (np.abs(x) * (1 - x)), np.nan)


def logit_bend(x: A) -> A:
    w = np.where((x >= 0) & (x <= 1), x * (1 - x), np.nan)
    return (2 * x - 1) / w / w


def softplus(x: A) -> A:
    return np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))


def silu(x: A) -> A:
    """x*sigmoid(x); far below 0 by halves of exp(x), which alone would lose its digits before the product does."""
    low = np.maximum(x, -1e4)
    half = np.exp(np.minimum(low, 0.0) / 2)
    return np.where(low < -600, low * half * half, low * sigmoid(low))


def silu_slope(x: A) -> A:
    """silu' = e(1 + x + e)/(1 + e)^2 with e = exp(x).

    Below 0 the middle factor passes through 0 at x0 where exp(x0) = -(1 + x0): it is d + exp(x0)*expm1(d), d = x - x0.
    """
    x = np.clip(x, -1e4, 1e4)
    e = np.exp(-np.abs(x))
    d = (np.minimum(x, 0.0) + 1.2784645427610737) + 1.0946994183093437e-16
    factor = d + 0.2784645427610738 * np.expm1(d)
    half = np.exp(np.minimum(x, 0.0) / 2)
    square = (1 + e) * (1 + e)
    return np.select([x > 0, x > -600], [(1 + (1 + x) * e) / square, factor * e / square], factor * half * half)


def silu_bend(x: A) -> A:
    """silu'' = dsigmoid(x)*(2 - x*tanh(x/2)).

    The second factor passes through 0 at +-x0; with d = |x| - x0 it is
    ((x0 - 2)*expm1(-d) + d*expm1(-|x|))/(1 + exp(-|x|)), whose terms have one sign.
    """
    a = np.minimum(np.abs(x), 1e4)
    d = (a - 2.3993572805154675) - 1.8464872855353363e-16
    e, half = np.exp(-a), np.exp(-a / 2)
    middle = (0.39935728051546765 * np.expm1(-d) + d * np.expm1(-a)) / (1 + e)
    middle = np.where(a < 1.2, 2 - a * np.tanh(a / 2), middle)
    return np.where(a < 600, middle * e / ((1 + e) * (1 + e)), middle * half * half)


def first_share(x: A, y: A) -> A:
    """exp(x)/(exp(x) + exp(y)); the rounding error of x - y is carried along."""
    d, e = odds(x, y)
    return np.where(d >= 0, 1 / (1 + e), e / (1 + e))


def shares_product(x: A, y: A) -> A:
    """exp(x)*exp(y)/(exp(x) + exp(y))^2."""
    _, e = odds(x, y)
    return e / ((1 + e) * (1 + e))


def relu(x: A) -> A:
    return np.maximum(x, 0.0)


def gauss(x: A) -> A:
    """exp(-x^2): x is split so that the square of its head is exact (x = h + t, h in 26 bits)."""
    x = np.clip(x, -1e3, 1e3)
    h = head(x)
    return np.exp(-h * h) * np.exp(-(x - h) * (x + h))


def normpdf(x: A) -> A:
    x = np.clip(x, -1e3, 1e3)
    h = head(x)
    return np.exp(-h * h / 2) * np.exp(-(x - h) * (x + h) / 2) * 0.3989422804014327
