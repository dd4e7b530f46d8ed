"""What the eigenvalues of a symmetric matrix say: definiteness and rank.

Signs and rank are read from the matrix with its rows and columns scaled to a diagonal of ones, and to a largest entry
of one where the diagonal is 0: that changes neither (Sylvester's law of inertia), and it makes them visible where the
variables have different units.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gradcli.limits import LIMITS
from gradcli.targets.arrays import Array
from gradcli.targets.connection import Mask

#: An eigenvalue counts as zero below this many units of rounding of the largest one, per row.
ZERO_EIGENVALUE = 8 * 2.0**-52
_ROUNDS = 12  #: of scaling rows without a diagonal; each takes the square root of what is left, 1e-300 to 0.84


class Spectrum(NamedTuple):
    """Eigenvalues of a symmetric matrix and of its scaled form.

    Attributes:
        eigenvalues: of the symmetric part of the matrix, ascending.
        signs: of the scaled matrix, ascending; of the same signs but for rounding.
        tolerance: below which part of the largest one such an eigenvalue counts as 0.
    """

    eigenvalues: Array
    signs: Array
    tolerance: float

    def inertia(self) -> tuple[int, int, int]:
        """How many eigenvalues are negative, zero and positive."""
        least = self.tolerance * float(np.abs(self.signs).max(initial=0.0))
        negative, positive = int((self.signs < -least).sum()), int((self.signs > least).sum())
        return negative, len(self.signs) - negative - positive, positive

    @property
    def definiteness(self) -> str:
        """What the signs of the eigenvalues say."""
        negative, zero, positive = self.inertia()
        if negative and positive:
            return "indefinite"
        if not negative and not positive:
            return "zero"
        return ("positive" if positive else "negative") + (" semidefinite" if zero else " definite")


def spectrum(matrix: Array, error: Array | None = None) -> Spectrum | None:
    """The spectrum of a square matrix's symmetric part.

    Args:
        matrix: (n, n).
        error: bounds of the errors of its entries; no eigenvalue moves by more than their norm (Weyl's inequality).

    Returns:
        None for a matrix without rows, with entries that are not finite, or larger than the limit `eigenvalue_rows`.
    """
    n = len(matrix)
    if not n or n > LIMITS.eigenvalue_rows or not np.all(np.isfinite(matrix)):
        return None
    symmetric = matrix / 2 + matrix.T / 2
    off = np.zeros_like(matrix) if error is None else np.maximum(error, error.T)
    size = np.where(np.abs(symmetric) > off, np.abs(symmetric), 0.0)  # what may be 0 is no measure of its row
    bare = (np.diagonal(symmetric) == 0) & (np.diagonal(off) == 0)
    size = _sizes(size, bare)
    with np.errstate(all="ignore"):
        scale = 1 / np.where(size > 0, size, 1.0)
        scaled = symmetric * scale[:, None] * scale
        if not np.all(np.isfinite(scaled)):
            scale, scaled = np.ones(n), symmetric
        signs = np.linalg.eigvalsh(scaled)
        largest = float(np.abs(signs).max())
        moved = float(np.linalg.norm(off * scale[:, None] * scale))
    tolerance = max(ZERO_EIGENVALUE * n, moved / largest if largest else 0.0)
    return Spectrum(np.asarray(np.linalg.eigvalsh(symmetric), np.float64), np.asarray(signs, np.float64), tolerance)


def _sizes(entries: Array, bare: Mask) -> Array:
    """Sizes of the rows' variables: entries over both their sizes are 1 on the diagonal, as far as it is not 0.

    Args:
        entries: (n, n), not negative.
        bare: (n) rows whose diagonal is surely 0. These are scaled by symmetric equilibration (Ruiz, 2001) to a
            largest entry of 1, beside which it cannot be taken for rounding: any entry makes the matrix indefinite.
    """
    diagonal = np.diagonal(entries)
    size = np.sqrt(np.where(diagonal != 0, diagonal, entries.max(axis=0)))
    bare = np.logical_and(bare, size > 0)
    if not np.any(bare):
        return size
    size[size == 0] = 1.0
    with np.errstate(all="ignore"):
        for _ in range(_ROUNDS):
            rows = (entries[bare] / size[bare, None] / size).max(axis=1)
            size[bare] *= np.sqrt(rows)
    return size
