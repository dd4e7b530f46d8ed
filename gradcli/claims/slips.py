"""What a wrong formula looks like: a sign, a factor, something added, or a constant with too few digits."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from gradcli.targets.arrays import Array

NEAR = 1e-5  #: relative difference up to which a wrong formula is a near miss
_CONSTANT = 1e-9  #: relative spread of what counts as the same number everywhere
_LARGEST = 12  #: numerators and denominators of a factor that is named
_FEW = 6  #: points that make a pattern


def slip(claimed: Array, actual: Array, relative: float) -> str | None:
    """The likely mistake in a few words, or None.

    Args:
        claimed, actual: (points, *shape) numbers in float64.
        relative: the relative difference at the counterexample where it is known exactly, else NaN.

    >>> x = np.linspace(1.0, 2.0, 9)
    >>> slip(-x, x, 2.0), slip(2 * x, x, 1.0), slip(x + 3, x, 0.5)
    ('it is the derivative with the wrong sign', 'it is 2 times the derivative', 'it is the derivative plus 3')
    """
    said, found = claimed.ravel(), actual.ravel()
    with np.errstate(all="ignore"):
        use = np.isfinite(said) & np.isfinite(found)
        said, found = said[use], found[use]
        gap = np.abs(said - found)
        far = float(np.max(gap[found != 0] / np.abs(found[found != 0]), initial=0.0))
    if relative <= NEAR and far <= NEAR and len(said):
        return (
            f"a near miss: they differ by {relative:.2g} of the derivative; is a constant rounded? "
            "(literals, pi and e are exact here)"
        )
    ratio = _same(said[found != 0] / found[found != 0]) if not np.any(said[found == 0]) else None
    if ratio is not None and abs(ratio) > _CONSTANT:
        return _factor(ratio)
    added = _same(said - found)
    if added is not None and np.ptp(found) > 0:
        return f"it is the derivative {'plus' if added > 0 else 'minus'} {abs(added):.6g}"
    return None


def _factor(ratio: float) -> str | None:
    if abs(ratio + 1) <= _CONSTANT:
        return "it is the derivative with the wrong sign"
    near = Fraction(ratio).limit_denominator(_LARGEST)
    if abs(near - Fraction(ratio)) > _CONSTANT * abs(ratio) or abs(near.numerator) > _LARGEST or near == 1:
        return f"it is {ratio:.6g} times the derivative" if near != 1 else None
    return f"it is {near} times the derivative" if near.denominator == 1 else f"it is {near} of the derivative"


def _same(numbers: Array) -> float | None:
    """The number that they all are, if they are one."""
    if len(numbers) < _FEW or not np.all(np.isfinite(numbers)):
        return None
    middle = float(np.median(numbers))
    spread = float(np.max(np.abs(numbers - middle)))
    return middle if math.isfinite(middle) and spread <= _CONSTANT * abs(middle) else None
