"""Exact numbers of a formula: which ones a text can say without rounding, and how it says them.

A literal stands for the decimal number it spells, so `0.1` is one tenth here and twice it is
`0.2`: a formula is exact mathematics, whatever float64 makes of it later.
"""

from __future__ import annotations

import math
from fractions import Fraction

from gradcli.targets.source.errors import NotExpressible

Exact = int | Fraction

ONE = 1
_WHOLE = 2**53  # whole numbers up to here are their own float64
_DIGITS = 24  # longest whole number that is written out
_POWER = 64  # larger exponents of a number are not multiplied out


def size(value: Exact) -> Exact:
    """The number without its sign."""
    return -value if value < 0 else value


def exact(value: float) -> Exact:
    """The number that a finite float64 stands for: itself where it is whole, else the decimal it is printed as."""
    if value.is_integer() and (abs(value) <= _WHOLE or len(repr(value)) > 20):
        return int(value)
    decimal_value = Fraction(repr(value))
    return int(decimal_value) if decimal_value.denominator == 1 else decimal_value


def literal(value: Exact) -> str | None:
    """The text of a literal that is read as exactly this number, or None.

    >>> literal(Fraction(3, 10)), literal(Fraction(1, 3)), literal(10**20), literal(2**60)
    ('0.3', None, '1e20', '1152921504606846976')
    """
    if value.denominator == 1 and -_WHOLE <= value <= _WHOLE:
        return str(value.numerator)
    try:
        nearest = float(value)
    except OverflowError:
        return None
    if not math.isfinite(nearest):
        return None
    if Fraction(repr(nearest)) == value:
        return decimal(nearest)
    return str(value) if value.denominator == 1 and value == nearest and len(str(value)) <= _DIGITS else None


def decimal(value: float) -> str:
    """Shortest text that is read as this float64: no `.0`, no `+` and no zeros in front of an exponent."""
    mantissa, e, exponent = repr(value).partition("e")
    mantissa = mantissa.removesuffix(".0")
    return f"{mantissa}e{int(exponent)}" if e else mantissa


def printable(value: Exact) -> bool:
    """Whether a literal, or a quotient of two, is exactly this number."""
    p, q = value.numerator, value.denominator
    if -_WHOLE <= p <= _WHOLE and q <= _WHOLE:
        return True
    if max(p.bit_length(), q.bit_length()) > 4096:
        return False
    return literal(value) is not None or (literal(p) is not None and literal(q) is not None)


def quotient(value: Exact, decimals: bool) -> tuple[str, str]:
    """Texts of numerator and denominator ("1" where there is none) of a printable positive number.

    `decimals` prefers `0.5` to a denominator of 2.

    Raises:
        NotExpressible: if the number is not printable.
    """
    whole = literal(value)
    if whole is not None and value.denominator == 1:
        return whole, "1"
    p, q = literal(value.numerator), literal(value.denominator)
    if p is not None and q is not None:
        longest = len(p) + len(q) + (4 if decimals else -4)
        return (p, q) if whole is None or len(whole) > longest else (whole, "1")
    if whole is None:
        raise NotExpressible("a number has no exact spelling")
    return whole, "1"


def power(value: Exact, exponent: Exact) -> Exact | None:
    """value^exponent where it is a printable number, else None.

    >>> power(Fraction(4, 9), Fraction(-1, 2)), power(2, Fraction(1, 2))
    (Fraction(3, 2), None)
    """
    if exponent == 1:
        return value
    if size(exponent) > _POWER or exponent.denominator > _POWER or (value == 0 and exponent < 0):
        return None
    if exponent.denominator > 1:
        p, q = _root(value.numerator, exponent.denominator), _root(value.denominator, exponent.denominator)
        if p is None or q is None:
            return None
        value = Fraction(p, q)
    result = Fraction(value) ** exponent.numerator
    return None if not printable(result) else result.numerator if result.denominator == 1 else result


def _root(value: int, n: int) -> int | None:
    """The n-th root of a whole number of at least 0 where it is whole."""
    if value < 0 or value > _WHOLE:
        return None
    guess = round(value ** (1 / n))
    return guess if guess**n == value else None
