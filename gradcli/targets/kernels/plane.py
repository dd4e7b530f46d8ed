"""NumPy kernels of two coordinates x and y with r = hypot(x, y): derivatives of r and of the angle.

Those of the angle are parts of 1/z, 1/z^2 and 1/z^3 with z = x + iy. All are homogeneous: they are
computed where the larger coordinate lies between 1/2 and 1, and scaled back by a power of 2, once.
"""

from __future__ import annotations

from typing import Any

import numpy as np

A = Any  #: a float64 array or scalar


def toward(x: A, y: A) -> A:
    """x/r, 0 at the origin."""
    x, y, _ = _scaled(x, y)
    r = np.sqrt(x * x + y * y)
    return np.where(r == 0, 0.0, x / np.where(r == 0, 1.0, r))


def bending(x: A, y: A) -> A:
    """y^2/r^3, the second derivative of r by x."""
    x, y, e = _scaled(x, y)
    w = x * x + y * y
    return np.ldexp(y / w, -e) * (y / np.sqrt(w))


def shearing(x: A, y: A) -> A:
    """x*y/r^3, the second derivative of r by x and y, negated."""
    x, y, e = _scaled(x, y)
    w = x * x + y * y
    return np.ldexp(_product(x, y, w * np.sqrt(w), e), _late(e))


def turning(x: A, y: A) -> A:
    """x/r^2, the real part of 1/z."""
    x, y, e = _scaled(x, y)
    return np.ldexp(np.ldexp(x, _early(e)) / (x * x + y * y), _late(e))


def turning_along(x: A, y: A) -> A:
    """(y - x)(y + x)/r^4, the real part of -1/z^2."""
    x, y, e = _scaled(x, y)
    w = x * x + y * y
    return np.ldexp((y - x) * (y + x) / (w * w), -2 * e)


def turning_across(x: A, y: A) -> A:
    """2xy/r^4, the imaginary part of -1/z^2."""
    x, y, e = _scaled(x, y)
    w = x * x + y * y
    return np.ldexp(2 * _product(x, y, w * w, 2 * e), _late(2 * e))


def turning_twice(x: A, y: A) -> A:
    """x(x^2 - 3y^2)/r^6, the real part of 1/z^3."""
    x, y, e = _scaled(x, y)
    w = x * x + y * y
    return np.ldexp(np.ldexp(x, _early(3 * e)) * (x * x - 3 * (y * y)) / (w * w * w), _late(3 * e))


def _scaled(x: A, y: A) -> tuple[A, A, A]:
    """x and y over 2^e, the larger of them below 1, and e."""
    _, e = np.frexp(np.maximum(np.abs(x), np.abs(y)))
    return np.ldexp(x, -e), np.ldexp(y, -e), e


def _product(x: A, y: A, over: A, e: A) -> A:
    """x*y/over, lifted early by way of the smaller one, which alone may be subnormal."""
    small = np.abs(x) < np.abs(y)
    return np.where(small, y, x) / over * np.ldexp(np.where(small, x, y), _early(e))


def _early(e: A) -> A:
    """The part of 2^-e that lifts a subnormal number before it is rounded again."""
    return np.maximum(-e, 0)


def _late(e: A) -> A:
    """The part of 2^-e that may take a number below the normal ones: it comes last."""
    return np.minimum(-e, 0)
