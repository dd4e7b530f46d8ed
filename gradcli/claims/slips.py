"""What numbers tell of a wrong formula: a sign, a factor, something added, or a constant with too few digits."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from gradcli.targets.arrays import Array

NEAR = 1e-5  #: relative difference up to which a wrong formula is a near miss
_CONSTANT = 1e-9  #: relative spread of what counts as the same number everywhere
_LARGEST = 1000  #: denominators of a factor that is called a fraction
_LARGEST_WHOLE = 100_000  #: and its numerators
MOST = 0.6  #: share of the points that make a pattern: others may have lost their digits
_FEW = 6  #: points that make a pattern


def near_miss(claimed: Array, actual: Array, relative: float) -> str | None:
    """What to say of a claim that differs by a rounded constant, or None.

    Args:
        claimed, actual: numbers at the same points, in float64.
        relative: the relative difference at the counterexample where it is known exactly, else NaN.
    """
    said, found = _finite(claimed, actual)
    with np.errstate(all="ignore"):
        gap = np.abs(said - found)
        far = float(np.max(gap[found != 0] / np.abs(found[found != 0]), initial=0.0))
    if relative <= NEAR and far <= NEAR and len(said):
        return (
            f"a near miss: they differ by {relative:.2g} of the derivative; is a constant rounded? "
            "(literals, pi and e are exact here)"
        )
    return None


def ratio(claimed: Array, actual: Array) -> float | None:
    """The number that claim by derivative is at all points, if it is one.

    >>> x = np.linspace(1.0, 2.0, 9)
    >>> ratio(-x, x), ratio(x * x, x)
    (-1.0, None)
    """
    said, found = _finite(claimed, actual)
    with np.errstate(all="ignore"):
        number = _same(said[found != 0] / found[found != 0]) if not np.any(said[found == 0]) else None
    return number if number is not None and abs(number) > _CONSTANT and number != 1 else None


def added(claimed: Array, actual: Array) -> float | None:
    """The number that claim minus derivative is at all points, if it is one and the derivative is none."""
    said, found = _finite(claimed, actual)
    with np.errstate(all="ignore"):
        number = _same(said - found)
    return number if number is not None and len(found) and np.ptp(found) > 0 else None


def as_fraction(number: float) -> Fraction | None:
    """A number that is a fraction of small numbers, as one."""
    near = Fraction(number).limit_denominator(_LARGEST)
    exact = abs(near - Fraction(number)) <= _CONSTANT * abs(number)
    return near if exact and abs(near.numerator) <= _LARGEST_WHOLE else None


def multiple(number: float) -> str:
    """A constant factor in words.

    >>> multiple(-1.0), multiple(2.0), multiple(0.5)
    ('the derivative with the wrong sign', '2 times the derivative', '1/2 of the derivative')
    """
    if abs(number + 1) <= _CONSTANT:
        return "the derivative with the wrong sign"
    near = as_fraction(number)
    if near is None:
        return f"{number:.6g} times the derivative"
    return f"{near} times the derivative" if near.denominator == 1 else f"{near} of the derivative"


def _finite(claimed: Array, actual: Array) -> tuple[Array, Array]:
    said, found = claimed.ravel(), actual.ravel()
    use = np.isfinite(said) & np.isfinite(found)
    return said[use], found[use]


def _same(numbers: Array) -> float | None:
    """The number that most of them are, if it is one: some may have lost their digits."""
    if len(numbers) < _FEW or not np.all(np.isfinite(numbers)):
        return None
    middle = float(np.median(numbers))
    near = np.abs(numbers - middle) <= _CONSTANT * abs(middle)
    return middle if math.isfinite(middle) and near.mean() >= MOST else None
