"""Derivatives of zeta and eta against mpmath alone.

Both the kernel and the certificate rest on FLINT's zeta, so that neither can confirm the other: mpmath's own
derivatives (Euler-Maclaurin sums, `mpmath.zeta(s, derivative=k)`) do here.
"""

from __future__ import annotations

import math
from typing import Any

import mpmath as mp
import numpy as np
import pytest

from gradcli.targets.kernels.special import eta, zeta

POINTS = (-7.5, -2.0, -1.0, -0.5, 0.0, 0.25, 0.999, 1.0001, 1.5, 2.0, 3.7, 12.0, 40.0)
#: Where derivatives of zeta pass through 0, and their order.
ZEROS = ((-2.7172628292045743, 1), (-2.0, 0), (-4.0, 0), (-4.936762108594948, 1), (-3.5958947713624427, 2))


def eta_derivative(s: Any, k: int) -> Any:
    """By Leibniz from (1 - 2^(1 - s))*zeta(s)."""
    log = mp.log(2)

    def factor(j: int) -> Any:
        return (1 if j == 0 else 0) - (-log) ** j * mp.power(2, 1 - s)

    return sum(mp.binomial(k, j) * factor(j) * mp.zeta(s, derivative=k - j) for j in range(k + 1))


@pytest.mark.parametrize("k", [0, 1, 2, 3])
@pytest.mark.parametrize("s", POINTS)
def test_zeta(s: float, k: int) -> None:
    with mp.workdps(40):
        true = mp.zeta(mp.mpf(s), derivative=k)
        bound = 2 if k == 0 else 1  # values from 1 on are SciPy's
        assert abs(mp.mpf(float(zeta(np.float64(s), k))) - true) <= bound * math.ulp(float(true))


@pytest.mark.parametrize("k", [0, 1, 2, 3])
@pytest.mark.parametrize("s", POINTS)
def test_eta(s: float, k: int) -> None:
    with mp.workdps(60):
        true = eta_derivative(mp.mpf(s), k)
        assert abs(mp.mpf(float(eta(np.float64(s), k))) - true) <= math.ulp(float(true))


@pytest.mark.parametrize(("s", "k"), ZEROS)
def test_zeta_beside_zeros(s: float, k: int) -> None:
    with mp.workdps(60):
        true = mp.zeta(mp.mpf(s), derivative=k)
        assert abs(mp.mpf(float(zeta(np.float64(s), k))) - true) <= math.ulp(float(true)) + 1e-30
