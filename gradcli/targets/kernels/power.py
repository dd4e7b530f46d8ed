"""The NumPy kernel of x^y and of all its derivatives."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

A = Any  #: a float64 array or scalar

_SAFE = 1e290  #: a power beyond this or below its inverse is multiplied by halves


def power(x: A, y: A, k: int = 0, j: int = 0) -> A:
    """The derivative of x^y taken k times in x and j times in y.

    d^k/dx^k x^y = y(y-1)...(y-k+1) x^(y-k); its j-th derivative in y follows from Leibniz with
    powers of log(x). Where the falling factorial is 0 the result is 0, whatever x is (x^0 at 0).
    """
    if k == 0 and j == 0:
        return np.power(x, y)
    if j == 0:
        factor = _falling(y, k)[0]
        return np.where(factor == 0, np.where(np.isnan(x), x, 0.0), _times_power(factor, x, y, k))
    log = np.log(x)
    falling = _falling(y, k, j)
    total = sum(math.comb(j, i) * falling[i] * log ** (j - i) for i in range(j + 1) if i <= k)
    return np.where((x == 0) & (y > k), 0.0, _times_power(total, x, y, k))


def _times_power(factor: A, x: A, y: A, k: int) -> A:
    """factor * x^(y-k), though the power alone may overflow, and though y - k may be no float64."""
    shifted = y - k
    whole = np.power(x, shifted)
    result = factor * whole
    size = np.abs(whole)
    beyond = ((size > _SAFE) | (size < 1 / _SAFE)) & (x != 0) & np.isfinite(x)
    if np.any(beyond):
        half = np.power(np.abs(x), shifted / 2)
        result = np.where(beyond, np.copysign(1.0, whole) * (factor * half) * half, result)
    rest = np.where(np.abs(y) >= k, (y - shifted) - k, y - (shifted + k))  # y - k = shifted + rest exactly
    inexact = (rest != 0) & (x != 0) & np.isfinite(x) & np.isfinite(result)
    if np.any(inexact):
        result = np.where(inexact, result + result * (rest * np.log(np.abs(np.where(inexact, x, 1.0)))), result)
        odd = (x < 0) & (np.abs(np.fmod(rest, 2.0)) == 1)  # a parity that rounding y - k has lost
        result = np.where(odd, -result, result)
    return result


def _falling(y: A, k: int, j: int = 0) -> list[A]:
    """y(y-1)...(y-k+1) and its first j derivatives in y."""
    derivatives: list[A] = [np.ones_like(np.asarray(y, dtype=float))] + [0.0] * j
    for m in range(k):
        derivatives = [derivatives[i] * (y - m) + (i * derivatives[i - 1] if i else 0.0) for i in range(j + 1)]
    return derivatives
