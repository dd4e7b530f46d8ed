"""Spherical Bessel functions of the first kind and jinc, near 0 and far out, against mpmath at many digits."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from gradcli.targets.kernels.scaled import jinc, sphericalbesselj

DIGITS = 60
NEAR = (0.49, 0.51, 0.24, 0.26)  #: on both sides of where the power series ends
POINTS = (*NEAR, 3.1, 12.5, 1e5)


def _spherical(x: float, n: int, k: int) -> float:
    with mpmath.workdps(DIGITS):
        half = n + mpmath.mpf(1) / 2
        return float(
            mpmath.diff(lambda t: mpmath.sqrt(mpmath.pi / (2 * t)) * mpmath.besselj(half, t), mpmath.mpf(x), k)
        )


def _jinc(x: float, k: int) -> float:
    with mpmath.workdps(DIGITS):
        return float(mpmath.diff(lambda t: 2 * mpmath.besselj(1, mpmath.pi * t) / (mpmath.pi * t), mpmath.mpf(x), k))


@pytest.mark.parametrize("k", [0, 1, 2, 3])
@pytest.mark.parametrize("x", POINTS)
def test_derivatives_on_either_side_of_0(x: float, k: int) -> None:
    for n in (0, 1, 5, 60):
        expected = _spherical(x, n, k)
        assert float(sphericalbesselj(x, n, k)) == pytest.approx(expected, rel=2e-15)
        assert float(sphericalbesselj(-x, n, k)) == pytest.approx((-1) ** (n + k) * expected, rel=2e-15)
    assert float(jinc(x, k)) == pytest.approx(_jinc(x, k), rel=2e-15)
    assert float(jinc(-x, k)) == pytest.approx((-1) ** k * _jinc(x, k), rel=2e-15)


def test_at_0_and_beside_it() -> None:
    """j_1 = x/3 - x^3/30 + ..., jinc = 1 - (pi*x)^2/8 + ... (DLMF 10.53.1, 10.2.2)."""
    x = np.array([0.0, -1e-300, 1e-160])
    assert sphericalbesselj(x, 1).tolist() == pytest.approx((x / 3).tolist(), rel=1e-15)
    assert sphericalbesselj(x, 1, 1).tolist() == pytest.approx([1 / 3] * 3, rel=1e-15)
    assert sphericalbesselj(x, 1, 3).tolist() == pytest.approx([-1 / 5] * 3, rel=1e-15)
    assert jinc(x).tolist() == [1.0, 1.0, 1.0]
    assert jinc(x, 1).tolist() == pytest.approx((-(np.pi**2) / 4 * x).tolist(), rel=1e-15)
    assert jinc(x, 2).tolist() == pytest.approx([-(np.pi**2) / 4] * 3, rel=1e-15)


def test_outside_there_is_no_number() -> None:
    with np.errstate(invalid="ignore"):
        for x in (np.inf, -np.inf, np.nan):
            assert np.isnan(jinc(x))
            assert np.isnan(sphericalbesselj(x, 1))
