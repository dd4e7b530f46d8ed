"""Exact numbers of a formula: which fractions a text can say without rounding, and how it says them.

A literal stands for the decimal number it spells, so `0.1` is one tenth here and twice it is
`0.2`: a formula is exact mathematics, whatever float64 makes of it later.
"""

from __future__ import annotations

import math
from fractions import Fraction

ONE = Fraction(1)
_EXACT = 2**53  # integers up to here are their own float64
_POWER = 64  # larger exponents of a number are not multiplied out


def exact(value: float) -> Fraction:
    """The decimal number that a finite float64 is printed as."""
    return Fraction(int(value)) if value.is_integer() and abs(value) <= _EXACT else Fraction(repr(value))


def literal(value: Fraction) -> str | None:
    """The text of a literal that is read as exactly this number, or None.

    >>> literal(Fraction(3, 10)), literal(Fraction(1, 3)), literal(Fraction(10) ** 20)
    ('0.3', None, '1e20')
    """
    if value.denominator == 1 and abs(value) <= _EXACT:
        return str(value.numerator)
    try:
        nearest = float(value)
    except OverflowError:
        return None
    if not math.isfinite(nearest) or exact(nearest) != value:
        return None
    return decimal(nearest)


def decimal(value: float) -> str:
    """Shortest text that is read as this float64: no `.0`, no `+` and no zeros in front of an exponent."""
    mantissa, e, exponent = repr(value).partition("e")
    mantissa = mantissa.removesuffix(".0")
    return f"{mantissa}e{int(exponent)}" if e else mantissa


def printable(value: Fraction) -> bool:
    """Whether a literal, or a quotient of two, is exactly this number."""
    p, q = value.numerator, value.denominator
    if abs(p) <= _EXACT and q <= _EXACT:
        return True
    if max(p.bit_length(), q.bit_length()) > 4096:
        return False
    return literal(value) is not None or (literal(Fraction(p)) is not None and literal(Fraction(q)) is not None)


def quotient(value: Fraction, decimals: bool) -> tuple[str, str]:
    """Texts of numerator and denominator ("1" where there is none) of a printable positive number.

    `decimals` prefers `0.5` to a denominator of 2.
    """
    whole = literal(value)
    p, q = literal(Fraction(value.numerator)), literal(Fraction(value.denominator))
    if whole is not None and value.denominator == 1:
        return whole, "1"
    if p is not None and q is not None:
        longest = len(p) + len(q) + (4 if decimals else -4)
        return (p, q) if whole is None or len(whole) > longest else (whole, "1")
    if whole is not None:
        return whole, "1"
    inverse = literal(1 / value)
    if inverse is not None:
        return "1", inverse
    return p or decimal(float(value)), q or "1"


def power(value: Fraction, exponent: Fraction) -> Fraction | None:
    """value^exponent where it is a printable number, else None.

    >>> power(Fraction(4, 9), Fraction(-1, 2)), power(Fraction(2), Fraction(1, 2))
    (Fraction(3, 2), None)
    """
    if abs(exponent) > _POWER or exponent.denominator > _POWER or (value == 0 and exponent < 0):
        return None
    if exponent.denominator > 1:
        p, q = _root(value.numerator, exponent.denominator), _root(value.denominator, exponent.denominator)
        if p is None or q is None:
            return None
        value = Fraction(p, q)
    result: Fraction = value**exponent.numerator
    return result if printable(result) else None


def _root(value: int, n: int) -> int | None:
    """The n-th root of a whole number of at least 0 where it is whole."""
    if value < 0 or value > _EXACT:
        return None
    guess = round(value ** (1 / n))
    return guess if guess**n == value else None
