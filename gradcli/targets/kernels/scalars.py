"""Kernels on Python floats for the scalar plan; where one raises, the NumPy plan answers."""

from __future__ import annotations

import math

from gradcli.targets.kernels.exact import cube_root_step


def power(x: float, y: float, k: int = 0, j: int = 0) -> float:
    """x^y and its derivatives in x for exact shifts; anything harder raises and is left to NumPy."""
    if j or (k and y - k + k != y):
        raise ArithmeticError
    factor = 1.0
    for m in range(k):
        factor *= y - m
    if factor == 0.0:
        return 0.0 * factor
    if not k:
        return math.pow(x, y)
    base = math.pow(x, y - k)
    if x and not 1e-290 < abs(base) < 1e290:
        raise ArithmeticError
    return factor * base


def where(condition: float, a: float, b: float) -> float:
    """A choice by truth."""
    return a if condition else b


def both(x: float, y: float) -> float:
    """1 where both hold."""
    return 1.0 if x and y else 0.0


def either(x: float, y: float) -> float:
    """1 where one holds."""
    return 1.0 if x or y else 0.0


def cbrt(x: float) -> float:
    """The real cube root."""
    root = math.cbrt(x)
    return cube_root_step(root, x) if 1e-290 < abs(x) < 1e290 else root


def sqrt_slope(x: float) -> float:
    """The derivative of the square root; at 0 it raises."""
    return 0.5 / math.sqrt(x)
