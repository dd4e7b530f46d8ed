"""What a witness says: per entry how far the tape's number is from its own, and how sure it is of that."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]


class Testimony(NamedTuple):
    """One witness on all entries of one derivative.

    Attributes:
        witness: `symbolic`, `finite_difference` or `certificate`.
        difference: |tape - witness| per entry, in the derivative's shape.
        error: the witness's own error bound per entry.
        compared: which entries it has looked at.
        reason: why some or all entries were not compared.
        method: `entries` (one by one), `direction` (all at once along a random direction) or `operations`
            (one by one, the derivatives of single operations joined by the chain rule).
        digits: decimal digits proved right (certificate only).
        value: the witness's own number per entry; NaN or absent where it has none of its own.
        how: in words what exactly was compared, where that is less than every entry on its own.
    """

    witness: str
    difference: Array
    error: Array
    compared: np.ndarray[Any, np.dtype[np.bool_]]
    reason: str | None = None
    method: str | None = None
    digits: float | None = None
    value: Array | None = None
    how: str | None = None


def silent(witness: str, shape: tuple[int, ...], reason: str) -> Testimony:
    """The testimony of a witness that could not look at anything."""
    return Testimony(witness, np.full(shape, np.nan), np.full(shape, np.nan), np.zeros(shape, dtype=bool), reason)
