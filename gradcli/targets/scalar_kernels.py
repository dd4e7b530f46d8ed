"""Kernels on Python floats for the scalar plan; where one raises, the NumPy plan answers."""

from __future__ import annotations

import math


def power(x: float, y: float, k: int = 0, j: int = 0) -> float:
    """x^y and its derivatives in x for exact shifts; anything harder raises and is left to NumPy."""
    if j or (k and y - k + k != y):
        raise ArithmeticError
    factor = 1.0
    for m in range(k):
        factor *= y - m
    if factor == 0.0:
        return 0.0 * factor
    return factor * math.pow(x, y - k) if k else math.pow(x, y)


def where(condition: float, a: float, b: float) -> float:
    """A choice by truth."""
    return a if condition else b


def both(x: float, y: float) -> float:
    """1 where both hold."""
    return 1.0 if x and y else 0.0


def either(x: float, y: float) -> float:
    """1 where one holds."""
    return 1.0 if x or y else 0.0
