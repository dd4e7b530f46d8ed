"""NumPy kernels of the incomplete gamma and beta functions, of Student's t, and of the densities of all three.

A density of large parameters is a quotient of numbers that overflow; its logarithm is written by the deviance and
Stirling's remainder, which do not cancel (Loader, Fast and accurate computation of binomial probabilities, 2000).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special

from gradcli.targets.kernels.logarithm import logmxp1

A = Any  #: a float64 array or scalar
_NEAR = 0.1  #: up to here the power series of gammainc is short
_LARGE = 30.0  #: parameters from here on are taken by Stirling's series


def gammainc(x: A, a: float = 0) -> A:
    x = np.asarray(x, dtype=float)
    found = np.where(x >= 0, special.gammainc(a, x), np.nan)
    near = (x >= 0) & (x < _NEAR)
    if not 0 < a < _LARGE or not np.any(near):
        return found
    t = np.where(near, x, 0.0)
    term = total = np.ones_like(t)
    for k in range(1, 12):  # DLMF 8.7.1
        term = term * t / (a + k)
        total = total + term
    return np.where(near, t**a * np.exp(-t) / special.gamma(a + 1) * total, found)


def gammaincc(x: A, a: float = 0) -> A:
    return np.where(np.asarray(x) >= 0, special.gammaincc(a, x), np.nan)


def gammaincinv(x: A, a: float = 0) -> A:
    return special.gammaincinv(a, x)


def betainc(x: A, a: float = 0, b: float = 0) -> A:
    return special.betainc(a, b, x)


def betaincinv(x: A, a: float = 0, b: float = 0) -> A:
    return special.betaincinv(a, b, x)


def _stirling(n: float) -> float:
    """log(gamma(n + 1)) less Stirling's formula, for n >= 29 (DLMF 5.11.1)."""
    square = n * n
    return (1 / 12 - (1 / 360 - (1 / 1260 - 1 / (1680 * square)) / square) / square) / n


def gamma_density(x: A, a: float = 0) -> A:
    """x^(a - 1) exp(-x)/gamma(a)."""
    x = np.asarray(x, dtype=float)
    inside = np.where(x >= 0, x, np.nan)
    if a <= 0:
        return np.full_like(x, np.nan)
    if a < _LARGE:
        return inside ** (a - 1) * np.exp(-inside) / special.gamma(a)
    n = a - 1
    return np.exp(n * logmxp1(inside / n) - _stirling(n)) / math.sqrt(2 * math.pi * n)


def beta_density(x: A, a: float = 0, b: float = 0) -> A:
    """x^(a - 1) (1 - x)^(b - 1)/B(a, b)."""
    x = np.asarray(x, dtype=float)
    inside = np.where((x >= 0) & (x <= 1), x, np.nan)
    if min(a, b) <= 0:
        return np.full_like(x, np.nan)
    if max(a, b) < _LARGE:
        return inside ** (a - 1) * (1 - inside) ** (b - 1) / special.beta(a, b)
    return np.exp(special.xlogy(a - 1, inside) + special.xlog1py(b - 1, -inside) - special.betaln(a, b))


def studentcdf(x: A, nu: float = 0) -> A:
    """By the incomplete beta function of nu/(nu + x^2) in the tails, of its complement about 0."""
    x = np.asarray(x, dtype=float)
    if nu <= 0:
        return np.full_like(x, np.nan)
    square = x * x
    tail = special.betainc(nu / 2, 0.5, nu / (nu + square)) / 2
    middle = special.betainc(0.5, nu / 2, square / (nu + square)) / 2
    return np.where(square < nu, 0.5 + np.sign(x) * middle, np.where(x < 0, tail, 1 - tail))


def student_density(x: A, nu: float = 0) -> A:
    if nu <= 0:
        return np.full_like(np.asarray(x, dtype=float), np.nan)
    return np.exp(-(nu + 1) / 2 * np.log1p(x * x / nu)) / (math.sqrt(nu) * special.beta(0.5, nu / 2))
