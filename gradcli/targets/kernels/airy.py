"""NumPy kernels of the Airy functions: SciPy's, waves with their exact phase far out, and balls beside zeros.

With t = -x and zeta = 2/3*t^(3/2) each function is an amplitude times a sine and a cosine of zeta - pi/4 (DLMF
9.7.9 to 9.7.12). SciPy rounds zeta, which leaves it few digits of a large one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from gradcli.targets.kernels.exact import product_error
from gradcli.targets.kernels.proved import mended

A = Any  #: a float64 array or scalar

#: SciPy gives NaN from 103.9 on; Bi is a float up to about 104.4, Bi' up to 104.2, and then inf.
_STEEP, _OVERFLOWS = 103.0, 105.0
_VANISHES = 120.0  #: beyond it Ai and Ai' are below the smallest number; far beyond it SciPy has none
_FAR = 12.0  #: from here on the asymptotic series has all digits,
_FARTHEST = 1e10  #: up to here zeta has a phase in two float64; beyond, balls have one
_TERMS = 20
_CENTRE, _VALUE, _SLOPE = 1.625, 0.06039307887343547, -0.08451842062805838  #: Ai and Ai' there: Taylor's series
_WITHIN = 0.65  #: of it keeps the digits that SciPy's two series lose between them (120 units)
_WEAK = 0.1  #: of its amplitude: where a wave is less, it is beside a zero


def _coefficients(derivative: bool) -> list[float]:
    """u_k of DLMF 9.7.2, or v_k, with the signs + + - - of 9.7.9."""
    u, found = 1.0, []
    for k in range(_TERMS):
        found.append((-1) ** (k // 2) * u * ((6 * k + 1) / (1 - 6 * k) if derivative else 1.0))
        u *= (6 * k + 1) * (6 * k + 3) * (6 * k + 5) / (216 * (k + 1) * (2 * k + 1))
    return found


def _taylor(derivative: bool) -> list[float]:
    """Coefficients of Ai, or of Ai', about the centre: f'' = x*f."""
    found = [_VALUE, _SLOPE, _CENTRE * _VALUE / 2]
    for k in range(1, 28):
        found.append((_CENTRE * found[k] + found[k - 1]) / ((k + 1) * (k + 2)))
    return [k * c for k, c in enumerate(found)][1:] if derivative else found


def _phase(t: A) -> tuple[A, A, A]:
    """zeta = 2/3*t^(3/2), and the sine and the cosine of zeta - pi/4, whose rounding is carried along."""
    root = np.sqrt(t)
    square = root * root
    power = t * root
    lacking = product_error(t, root, power) + t * (((t - square) - product_error(root, root, square)) / (2 * root))
    zeta = 2 * power / 3
    thrice = 3 * zeta
    rest = ((2 * power - thrice) - product_error(3.0, zeta, thrice)) / 3 + 2 * lacking / 3
    sine, cosine = np.sin(zeta), np.cos(zeta)
    sine, cosine = (
        sine * np.cos(rest) + cosine * np.sin(rest),
        cosine * np.cos(rest) - sine * np.sin(rest),
    )
    return zeta, (sine - cosine) / math.sqrt(2), (cosine + sine) / math.sqrt(2)


def _airy(which: int) -> Callable[[A], A]:
    """Ai, Ai', Bi or Bi', as `scipy.special.airy` numbers them."""
    derivative, second = bool(which % 2), which > 1
    taylor = np.array(_taylor(derivative))
    even, odd = (np.array(_coefficients(derivative)[k::2]) for k in (0, 1))

    def amplitude(t: A) -> A:
        return t ** (0.25 if derivative else -0.25) / math.sqrt(math.pi)

    def waves(t: A) -> A:
        zeta, sine, cosine = _phase(t)
        step = 1 / (zeta * zeta)
        head = np.polynomial.polynomial.polyval(step, even)
        tail = np.polynomial.polynomial.polyval(step, odd) / zeta
        if derivative:
            return cosine * head + sine * tail if second else sine * head - cosine * tail
        return cosine * tail - sine * head if second else cosine * head + sine * tail

    def kernel(x: A) -> A:
        x = np.asarray(x, dtype=float)
        with np.errstate(all="ignore"):
            found: A = special.airy(x)[which]
        if not second:
            found = np.where(x > _VANISHES, 0.0, found)
            near = np.abs(x - _CENTRE) <= _WITHIN
            if np.any(near):
                step = np.where(near, x - _CENTRE, 0.0)
                found = np.where(near, np.polynomial.polynomial.polyval(step, taylor), found)
        t = np.maximum(-x, 1.0)
        far = (x < -_FAR) & (x >= -_FARTHEST)
        if np.any(far):
            at = np.where(far, t, _FAR)
            found = np.where(far, amplitude(at) * waves(at), found)
        weak = (x < -1) & np.isfinite(x) & ((np.abs(found) < _WEAK * amplitude(t)) | (x < -_FARTHEST))
        if second:
            found = np.where(x > _OVERFLOWS, np.inf, found)
            weak |= (x > _STEEP) & (x <= _OVERFLOWS)
        return mended(found, weak, lambda ball: ball.airy()[which], x)

    return kernel


airyai, airyaiprime, airybi, airybiprime = map(_airy, range(4))
