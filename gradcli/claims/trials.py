"""A claim and its derivative in float64 at many points, and what each point is good for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from gradcli.claims.pair import Mask, Pair
from gradcli.claims.trial_points import Point
from gradcli.targets.arrays import Array

RTOL = 1e-11  #: relative difference of two numbers in float64 that is not worth a second look


class Trials(NamedTuple):
    """Points with the numbers there.

    Attributes:
        points: where.
        claimed, actual: (points, *shape).
        derivable: where the function and all of its derivative have a value.
        valued: where the claim has one too.
        suspect: of these, where they are not the same number as far as float64 tells.
        worst: the largest relative difference there, 0 elsewhere.
    """

    points: Sequence[Point]
    claimed: Array
    actual: Array
    derivable: Mask
    valued: Mask
    suspect: Mask
    worst: Array

    @property
    def fine(self) -> Mask:
        """Where both have a value, and the same."""
        return self.valued & ~self.suspect

    def joined(self, more: Trials) -> Trials:
        """These and further ones."""
        arrays = (np.concatenate(both) for both in zip(self[1:], more[1:], strict=True))
        return Trials([*self.points, *more.points], *arrays)


def trials(pair: Pair, points: Sequence[Point]) -> Trials:
    """Both programs run at some points."""
    claimed, actual, usable = pair.values(points)
    with np.errstate(all="ignore"):
        gap = np.abs(claimed - actual)
        relative = gap / np.maximum(np.abs(claimed), np.abs(actual))
    apart = ~((gap <= 0) | (relative <= RTOL))
    axes = tuple(range(1, claimed.ndim))
    derivable: Mask = usable & np.isfinite(actual).all(axis=axes)
    valued: Mask = derivable & np.isfinite(claimed).all(axis=axes)
    suspect: Mask = valued & apart.any(axis=axes)
    worst = np.nanmax(np.where(apart & (gap > 0), relative, 0.0), axis=axes, initial=0.0)
    return Trials(points, claimed, actual, derivable, valued, suspect, np.where(suspect, worst, 0.0))
