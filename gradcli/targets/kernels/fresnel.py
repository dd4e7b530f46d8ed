"""Fresnel's integrals and the waves that are their derivatives, whose phase comes from the exact square."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special

from gradcli.targets.kernels.circular import cospi, sinpi
from gradcli.targets.kernels.exact import product_error

A = Any  #: a float64 array or scalar

_HALF = 1e17  #: beyond it Fresnel's integrals are 1/2 but for 1/(pi*x) (DLMF 7.12.2)


def fresnels(x: A) -> A:
    return np.where(np.abs(x) > _HALF, np.copysign(0.5, x), special.fresnel(np.clip(x, -_HALF, _HALF))[0])


def fresnelc(x: A) -> A:
    return np.where(np.abs(x) > _HALF, np.copysign(0.5, x), special.fresnel(np.clip(x, -_HALF, _HALF))[1])


def fresnel_sine(x: A) -> A:
    """sin(pi*x^2/2)"""
    half, lacking = _half_square(x)
    return sinpi(half) + math.pi * lacking * cospi(half)


def fresnel_cosine(x: A) -> A:
    """cos(pi*x^2/2)"""
    half, lacking = _half_square(x)
    return cospi(half) - math.pi * lacking * sinpi(half)


def _half_square(x: A) -> tuple[A, A]:
    """x^2/2 less whole turns, and what the float64 lacks of it; floats from 2^54 on are multiples of 4."""
    near = np.where(np.abs(x) < 2.0**54, x, 0.0 * x)
    square = near * near
    a, b = np.fmod(square / 2, 2.0), np.fmod(product_error(near, near, square) / 2, 2.0)
    half = a + b
    return half, (a - (half - b)) + (b - (half - (half - b)))
