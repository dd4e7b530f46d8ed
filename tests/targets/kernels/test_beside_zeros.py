"""Functions that pass through 0 again and again keep their digits at the float64 beside each zero, against mpmath."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest

from gradcli.targets.kernels import bessel
from gradcli.targets.kernels.airy import airyai, airyaiprime, airybi, airybiprime
from gradcli.targets.kernels.bessel import besselj, bessely
from gradcli.targets.kernels.circular import sinc
from gradcli.targets.kernels.gamma import digamma
from gradcli.targets.kernels.scaled import airyaiprimex, airyaix, airybiprimex, airybix
from gradcli.targets.kernels.special import cosint


def polygamma_zero(n: int, k: int) -> Any:
    """The root of psi_n between -k and 1 - k."""
    return mp.findroot(lambda x: mp.polygamma(n, x), mp.mpf(1) / 2 - k)


def sinc_derivative(n: int) -> Callable[[Any], Any]:
    def derivative(x: Any) -> Any:
        with mp.workdps(60):
            return mp.diff(lambda t: mp.sin(mp.pi * t) / (mp.pi * t), x, n)

    return derivative


#: A kernel, the function in mpmath, and some zeros.
ZEROS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any], Callable[[], list[Any]]]] = {
    **{
        f"besselj {n}": (
            lambda x, n=n: besselj(x, n),
            lambda x, n=n: mp.besselj(n, x),
            lambda n=n: [s * mp.besseljzero(abs(n), k) for k in (1, 2, 5, 10, 40) for s in (1, -1)],
        )
        for n in (0, 1, 2, 7, -3)
    },
    **{
        f"bessely {n}": (
            lambda x, n=n: bessely(x, n),
            lambda x, n=n: mp.bessely(n, x),
            lambda n=n: [mp.besselyzero(n, k) for k in (1, 2, 5, 10, 40)],
        )
        for n in (0, 1, 5)
    },
    **{
        f"besselj {n}, derivative 1": (
            lambda x, n=n: besselj(x, n, 1),
            lambda x, n=n: (mp.besselj(n - 1, x) - mp.besselj(n + 1, x)) / 2,
            lambda n=n: [s * mp.besseljzero(n, k, derivative=1) for k in (2, 5, 10, 40) for s in (1, -1)],
        )
        for n in (0, 1, 5)
    },
    **{
        f"bessely {n}, derivative 1": (
            lambda x, n=n: bessely(x, n, 1),
            lambda x, n=n: (mp.bessely(n - 1, x) - mp.bessely(n + 1, x)) / 2,
            lambda n=n: [mp.besselyzero(n, k, derivative=1) for k in (1, 2, 5, 10)],
        )
        for n in (0, 2)
    },
    "airyai": (airyai, mp.airyai, lambda: [mp.airyaizero(k) for k in (1, 2, 7, 100, 10000)]),
    "airyaiprime": (
        airyaiprime,
        lambda x: mp.airyai(x, derivative=1),
        lambda: [mp.airyaizero(k, derivative=1) for k in (1, 2, 7, 100)],
    ),
    "airybi": (airybi, mp.airybi, lambda: [mp.airybizero(k) for k in (1, 2, 7, 100)]),
    "airybiprime": (
        airybiprime,
        lambda x: mp.airybi(x, derivative=1),
        lambda: [mp.airybizero(k, derivative=1) for k in (1, 2, 7, 100)],
    ),
    "cosint": (cosint, mp.ci, lambda: [mp.findroot(mp.ci, near) for near in (0.6165, 3.384, 9.5256, 31.4, 100.5)]),
    **{
        f"digamma {n}": (
            lambda x, n=n: digamma(x, n),
            lambda x, n=n: mp.polygamma(n, x),
            lambda n=n: [polygamma_zero(n, k) for k in (1, 2, 7, 30)],
        )
        for n in (0, 2)
    },
    **{
        f"sinc {n}": (
            lambda x, n=n: sinc(x, n),
            sinc_derivative(n),
            lambda n=n: [mp.findroot(sinc_derivative(n), near + n / 2) for near in (0.95, 1.96, 7.99)],
        )
        for n in (1, 2)
    },
}


@pytest.mark.parametrize("name", ZEROS)
def test_beside_zeros(name: str) -> None:
    kernel, function, zeros = ZEROS[name]
    points = [float(z) for z in zeros()]
    points += [math.nextafter(x, 0) for x in points]
    together = kernel(np.array(points))
    for x, found in zip(points, together, strict=True):
        with mp.workdps(60):
            true = function(mp.mpf(x))
            assert abs(mp.mpf(float(found)) - true) <= math.ulp(float(true)), x
        assert float(kernel(np.float64(x))) == found


@pytest.mark.parametrize("function", ["besselj", "bessely", "besseli", "besselk"])
@pytest.mark.parametrize("x", [1e-30, 1e-3, 2.5])
def test_the_orders_beside_a_fractional_one_are_not_rounded(function: str, x: float) -> None:
    """At 1e-30 an order that is off by its last digit is a factor of 1 + 70 eps."""
    kernel, n = getattr(bessel, function), -1 / 3
    with mp.workdps(60):
        true = mp.diff(lambda t: getattr(mp, function)(mp.mpf(n), t), mp.mpf(x), 2, h=mp.mpf(x) * mp.mpf(10) ** -15)
        assert abs(mp.mpf(float(kernel(np.float64(x), n, 2))) - true) <= math.ulp(float(true))


WAVES = {
    "airyai": (airyai, mp.airyai),
    "airyaiprime": (airyaiprime, lambda x: mp.airyai(x, derivative=1)),
    "airybi": (airybi, mp.airybi),
    "airybiprime": (airybiprime, lambda x: mp.airybi(x, derivative=1)),
}


@pytest.mark.parametrize("name", WAVES)
@pytest.mark.parametrize("x", [-12.5, -19.7, -300.1, -50000.0, -123456.789, -3e7, -9.9e9, -1.1e10, -1e15])
def test_airys_waves_have_the_phase_of_the_exact_argument(name: str, x: float) -> None:
    kernel, function = WAVES[name]
    with mp.workdps(80):
        true = function(mp.mpf(x))
        assert abs(mp.mpf(float(kernel(np.float64(x)))) - true) <= 16 * math.ulp(float(true))


@pytest.mark.parametrize("x", [9.9e5, 1.01e6, 2e7, 1e12])
def test_scaled_airy_functions_far_out(x: float) -> None:
    """DLMF 9.2.2 with the exact exponential: SciPy's end at 2e6."""
    with mp.workdps(60):
        growth = mp.exp(2 * mp.sqrt(mp.mpf(x)) ** 3 / 3)
        true = [growth * mp.airyai(x), growth * mp.airyai(x, derivative=1)]
        true += [mp.airybi(x) / growth, mp.airybi(x, derivative=1) / growth]
        for kernel, exact in zip((airyaix, airyaiprimex, airybix, airybiprimex), true, strict=True):
            assert abs(mp.mpf(float(kernel(np.float64(x)))) - exact) <= 2 * math.ulp(float(exact))
