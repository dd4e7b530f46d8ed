"""Points between thresholds: every stretch of a way across them is met, whatever its width."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from gradcli.claims.crossings import Outcomes, between_thresholds
from gradcli.targets.arrays import Array


def sides(thresholds: Sequence[float], direction: Array) -> Outcomes:
    """Choices by the sign of a linear function minus each threshold."""
    return lambda points: [(points @ direction > t).astype(float)[:, None] for t in thresholds]


@pytest.mark.parametrize("width", [1e-3, 1e-9, 1e-25])
def test_a_narrow_piece_around_zero_is_met(width: float) -> None:
    found = between_thresholds(np.array([[-2.0], [-1.0], [1.0], [3.0]]), sides((-width, width), np.ones(1)))
    assert np.any(np.abs(found) < width)


def test_a_narrow_piece_across_two_variables_is_met() -> None:
    points = np.random.default_rng(0).normal(size=(40, 2))
    across = np.array([1.0, -1.0])
    found = between_thresholds(points, sides((0.5, 0.5 + 1e-9), across))
    assert np.any((found @ across > 0.5) & (found @ across < 0.5 + 1e-9))


def test_nothing_is_looked_for_where_all_points_are_on_one_side() -> None:
    assert between_thresholds(np.array([[1.0], [2.0]]), sides((-1.0, 5.0), np.ones(1))).shape == (0, 1)
    assert between_thresholds(np.array([[1.0]]), sides((0.0,), np.ones(1))).shape == (0, 1)
