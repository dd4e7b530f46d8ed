"""lgamma beside its zeros and digamma beside its poles, against mpmath: a few units in the last place."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest

from gradcli.targets.kernels.gamma import digamma, lgamma

ULP = 2.0**-52
BESIDE_ZEROS = [
    math.nextafter(1, 0),
    math.nextafter(1, 2),
    math.nextafter(2, 0),
    math.nextafter(2, 3),
    1 + 1e-9,
    2 - 1e-9,
]
JOINTS = [
    0.7499999,
    0.7500001,
    1.2499999,
    1.2500001,
    1.7499999,
    1.7500001,
    2.2499999,
    2.2500001,
    1.5,
    3.7,
    1e-300,
    1e10,
]


@pytest.mark.parametrize("x", [*BESIDE_ZEROS, *JOINTS])
def test_lgamma_keeps_its_digits(x: float) -> None:
    with mp.workdps(40):
        true = mp.loggamma(mp.mpf(x))
        assert abs(float(lgamma(np.float64(x))) - true) <= 8 * ULP * abs(true)


def test_lgamma_is_0_at_its_zeros() -> None:
    assert lgamma(np.array([1.0, 2.0])).tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    "x", [-0.9999999999999993, -1.0000000000000009, -1.9999999999, -5.000000000000001, -0.81, -0.79, -0.19]
)
def test_digamma_keeps_its_digits_beside_its_poles(x: float) -> None:
    with mp.workdps(40):
        true = mp.psi(0, mp.mpf(x))
        assert abs(float(digamma(np.float64(x))) - true) <= 16 * ULP * abs(true)
        slope = mp.psi(1, mp.mpf(x))
        assert abs(float(digamma(np.float64(x), 1)) - slope) <= 32 * ULP * abs(slope)


def test_digamma_of_arrays_and_at_its_poles() -> None:
    found = digamma(np.array([1.0, -0.9, -2.0, 0.5]))
    assert np.isnan(found[2])
    assert found[[0, 3]] == pytest.approx([-0.5772156649015329, -1.9635100260214235], rel=1e-14)
