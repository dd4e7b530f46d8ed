"""NumPy kernels of the inverse circular and hyperbolic functions, and of their derivatives.

A `_slope` is a first derivative (up to its sign), a `_bend` a second one: powers of a rounded
slope would carry its rounding error two or three times.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.targets.kernels.circular import rad2deg
from gradcli.targets.kernels.exact import product_error

A = Any  #: a float64 array or scalar

_FAR = 1e300  #: beyond it second derivatives are 0, and their formulas would be inf/inf at infinity


def asec(x: A) -> A:
    a = np.abs(x)
    return np.arctan2(np.sqrt(a - 1) * np.sqrt(a + 1), np.sign(x))


def acsc(x: A) -> A:
    a = np.abs(x)
    return np.copysign(np.arctan2(1.0, np.sqrt(a - 1) * np.sqrt(a + 1)), x)


def acot(x: A) -> A:
    return np.arctan(1 / x)


def asind(x: A) -> A:
    return rad2deg(np.arcsin(x))


def acosd(x: A) -> A:
    return rad2deg(np.arccos(x))


def atand(x: A) -> A:
    return rad2deg(np.arctan(x))


def asin_slope(x: A) -> A:
    return 1 / np.sqrt((1 - x) * (1 + x))


def asin_bend(x: A) -> A:
    w = (1 - x) * (1 + x)
    return x / (w * np.sqrt(w))


def atan_slope(x: A) -> A:
    a = np.abs(x)
    return np.where(a > 1, 1 / a / (a + 1 / a), 1 / (1 + x * x))


def atan_bend(x: A) -> A:
    x = np.clip(x, -_FAR, _FAR)
    w = 1 + x * x
    return -2 * (x / w) / w


def asec_slope(x: A) -> A:
    a = np.abs(x)
    return 1 / a / (np.sqrt(a - 1) * np.sqrt(a + 1))


def asec_bend(x: A) -> A:
    a = np.minimum(np.abs(x), _FAR)
    return np.copysign(asec_slope(a) * (1 / a + a / (a - 1) / (a + 1)), -x)


def asech(x: A) -> A:
    return np.where(x < 1e-150, math.log(2) - np.log(x), np.arcsinh(np.sqrt((1 - x) * (1 + x)) / x))


def acsch(x: A) -> A:
    a = np.abs(x)
    return np.copysign(np.where(a < 1e-150, math.log(2) - np.log(a), np.arcsinh(1 / a)), x)


def acoth(x: A) -> A:
    return np.copysign(0.5 * np.log1p(2 / (np.abs(x) - 1)), x)


def asinh_slope(x: A) -> A:
    return 1 / np.hypot(1.0, x)


def asinh_bend(x: A) -> A:
    w = 1 + x * x
    a = np.abs(x)
    return -np.where(a < 1e100, x / w / np.sqrt(w), 1 / x / a)


def acosh_slope(x: A) -> A:
    near = 1 / np.sqrt((x - 1) * (x + 1))
    return np.where(x < 1e150, np.where(x >= 1, near, np.nan), 1 / x)


def acosh_bend(x: A) -> A:
    w = (x - 1) * (x + 1)
    return -np.where(x < 1e100, np.where(x >= 1, x / (w * np.sqrt(w)), np.nan), 1 / x / x)


def atanh_slope(x: A) -> A:
    return np.where(np.abs(x) <= 1, 1 / ((1 - x) * (1 + x)), np.nan)


def atanh_bend(x: A) -> A:
    w = (1 - x) * (1 + x)
    return np.where(np.abs(x) <= 1, 2 * x / w / w, np.nan)


def acoth_slope(x: A) -> A:
    a = np.abs(x)
    return np.where(a >= 1, -1 / (a - 1) / (a + 1), np.nan)


def acoth_bend(x: A) -> A:
    x = np.clip(x, -_FAR, _FAR)
    w = (1 - x) * (1 + x)
    return np.where(np.abs(x) >= 1, 2 * (x / w) / w, np.nan)


def asech_slope(x: A) -> A:
    return np.where(x >= 0, 1 / (np.abs(x) * np.sqrt((1 - x) * (1 + x))), np.nan)


def asech_bend(x: A) -> A:
    """(2x^2 - 1)/(x^2*((1 - x)*(1 + x))^(3/2)); the square's own error is carried through its 0 at sqrt(1/2)."""
    square = x * x
    w = (1 - x) * (1 + x)
    numerator = (2 * square - 1) + 2 * product_error(x, x, square)
    return np.where(x >= 0, numerator / (w * np.sqrt(w)) / x / x, np.nan)


def acsch_slope(x: A) -> A:
    a = np.abs(x)
    return 1 / a / np.hypot(1.0, x)


def acsch_bend(x: A) -> A:
    """-(1 + 2x^2)/(x|x|(1 + x^2)^(3/2))"""
    return -(2 - 1 / (1 + x * x)) / np.hypot(1.0, x) / np.abs(x) / x
