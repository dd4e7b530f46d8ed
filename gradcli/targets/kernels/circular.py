"""NumPy kernels of the circular functions: of radians, of degrees, and of multiples of pi.

Degrees and multiples of pi are reduced exactly to an eighth of a turn, and the rounding of the
angle in radians is carried along, so that sind(30) is 0.5.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.targets.kernels.exact import product_error

A = Any  #: a float64 array or scalar


def sec(x: A) -> A:
    return 1 / np.cos(x)


def csc(x: A) -> A:
    return 1 / np.sin(x)


def cot(x: A) -> A:
    return 1 / np.tan(x)


def sind(x: A) -> A:
    return _turned(np.fmod(x, 360.0), *_DEGREES, 0)


def cosd(x: A) -> A:
    return _turned(np.fmod(x, 360.0), *_DEGREES, 1)


def tand(x: A) -> A:
    n, r, rest = _reduced(np.fmod(x, 360.0), *_DEGREES)
    t = np.tan(r)
    t = t + rest * (1 + t * t)
    q = np.mod(n, 4)
    return np.select([q == 1, q == 3], [1 / (0.0 - t), -1 / t], t)


def cotd(x: A) -> A:
    return 1 / tand(x)


def tand_slope(x: A) -> A:
    """The derivative of tand."""
    c = cosd(x)
    return math.pi / 180 / (c * c)


def deg2rad(x: A) -> A:
    return x * (math.pi / 180)


def rad2deg(x: A) -> A:
    return x * (180 / math.pi)


def sinpi(x: A) -> A:
    return _turned(np.fmod(x, 2.0), *_HALF_TURNS, 0)


def cospi(x: A) -> A:
    return _turned(np.fmod(x, 2.0), *_HALF_TURNS, 1)


#: A quarter of a turn, and the unit in radians as a float64 and what that lacks.
_DEGREES = (90.0, math.pi / 180, 2.9486522708701687e-19)
_HALF_TURNS = (0.5, math.pi, 1.2246467991473532e-16)


def _turned(x: A, quarter: float, unit: float, lacking: float, ahead: int) -> A:
    """The sine of x units plus `ahead` quarters of a turn, for |x| up to a turn."""
    n, r, rest = _reduced(x, quarter, unit, lacking)
    sine, cosine = np.sin(r), np.cos(r)
    sine, cosine = sine + rest * cosine, cosine - rest * sine
    q = np.mod(n + ahead, 4)
    # 0 - sine: the zeros at whole quarters are +0
    return np.select([q == 0, q == 1, q == 2, q == 3], [sine, cosine, 0.0 - sine, 0.0 - cosine], np.nan)


def _reduced(x: A, quarter: float, unit: float, lacking: float) -> tuple[A, A, A]:
    """The nearest number of quarters, what is left in radians (up to an eighth of a turn), and what that lacks."""
    n = np.rint(x / quarter)
    d = x - n * quarter
    r = d * unit
    return n, r, product_error(d, unit, r) + d * lacking


def _sinc_beside_zeros(f: A, x: A, n: int) -> A:
    """Derivatives of sinc, but by balls where they are small beside pi^(n-1)/x and have few digits."""
    size = np.maximum(np.abs(x), 0.5)
    weak = (np.abs(f) < 0.01 * math.pi ** (n - 1) / size) & (size > 0.5) & (size < 1e15)
    if not np.any(weak):
        return f
    from flint import arb, arb_series

    from gradcli.targets.kernels.proved import mended

    def ball(at: Any) -> Any:
        line = arb_series([at, 1], n + 2) * arb.pi()
        return (line.sin() / line)[n] * math.factorial(n)

    return mended(f, weak, ball, x)


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
    near = np.abs(x) < 0.4 + 0.15 * n  # where the two are equally accurate
    f = _sinc_beside_zeros(f, x, n) if n else f
    if not np.any(near):
        return f
    t = np.where(near, x, 0.0)
    series = np.zeros_like(t)
    for k in range(40 + 6 * n, -1, -1):
        m = 2 * k - n
        if m >= 0:
            series = series + (-1) ** k * math.pi ** (2 * k) / (math.factorial(m) * (2 * k + 1)) * t**m
    return np.where(near, series, f)
