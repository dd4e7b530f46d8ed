"""Far tails and removable points: value, first and second derivative where SciPy's functions give up."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import mpmath as mp
import numpy as np
import pytest

from gradcli.autodiff.lowering import lower
from gradcli.autodiff.tape import Tape
from gradcli.autodiff.vjp import vjp
from gradcli.language.parser import parse
from gradcli.targets.arrays import Plan

LARGEST = mp.mpf(2) ** 1024


def numbers(text: str, x: float) -> list[float]:
    """Value, first and second derivative by x."""
    tape = Tape()
    source = tape.input("x")
    found = [lower(tape, parse(text), {"x": source})]
    for _ in range(2):
        (adjoint,) = vjp(tape, found[-1], tape.constant(1.0), [source])
        assert adjoint is not None
        found.append(adjoint)
    return [float(v) for v in Plan(tape, found).run({"x": np.float64(x)})]


def bessel(function: Callable[[int, Any], Any], n: int) -> Callable[[Any], Sequence[Any]]:
    """By the recurrence and the equation (DLMF 10.6.1 and 10.2.1)."""

    def truth(x: Any) -> Sequence[Any]:
        here = function(n, x)
        slope = (function(n - 1, x) - function(n + 1, x)) / 2
        return here, slope, -slope / x - (1 - mp.mpf(n) ** 2 / x**2) * here

    return truth


def erfcinv(y: Any) -> Sequence[Any]:
    z = mp.sqrt(-mp.log(y))
    for _ in range(80):
        z -= mp.log(mp.erfc(z) / y) / (-2 / mp.sqrt(mp.pi) * mp.exp(-z * z) / mp.erfc(z))
    slope = -mp.sqrt(mp.pi) / 2 * mp.exp(z * z)
    return z, slope, 2 * z * slope * slope


def normppf(y: Any) -> Sequence[Any]:
    z, slope, bend = erfcinv(2 * y)
    return -mp.sqrt(2) * z, -2 * mp.sqrt(2) * slope, -4 * mp.sqrt(2) * bend


def logerf_below(x: Any) -> Sequence[Any]:
    """Of log(erf(x + 1) - erf(x)), y following x."""
    y = x + 1
    drop = mp.gammainc(mp.mpf(1) / 2, x * x) - mp.gammainc(mp.mpf(1) / 2, y * y)
    p, q = -2 * mp.exp(-x * x) / drop, 2 * mp.exp(-y * y) / drop
    return mp.log(drop / mp.sqrt(mp.pi)), p + q, -2 * (x * p + y * q) - (p + q) ** 2


def eta(s: Any) -> Sequence[Any]:
    return [mp.diff(mp.altzeta, s, k) for k in range(3)]


CASES: tuple[tuple[str, Callable[[Any], Sequence[Any]], tuple[float, ...]], ...] = (
    ("besselj(0, x)", bessel(mp.besselj, 0), (1e15, 1e17, 1e20)),
    ("besselj(1, x)", bessel(mp.besselj, 1), (1e17, 3.7e19)),
    ("besselj(3, -x)", lambda x: [s * v for s, v in zip((-1, -1, -1), bessel(mp.besselj, 3)(x), strict=True)], (1e17,)),
    ("bessely(1, x)", bessel(mp.bessely, 1), (1e17, 1e20)),
    ("erfcinv(x)", erfcinv, (1e-101, 1e-150, 1e-300)),
    ("normppf(x)", normppf, (1e-101, 1e-150, 1e-300)),
    ("logerf(x, x + 1)", logerf_below, (6.0, 30.0, 300.0)),
    ("eta(x)", eta, (1.0, 1 + 2.0**-52, 1 - 2.0**-30, 1.0001)),
)


@pytest.mark.parametrize(("text", "truth", "points"), CASES, ids=[c[0] for c in CASES])
def test_far_out(text: str, truth: Callable[[Any], Sequence[Any]], points: tuple[float, ...]) -> None:
    for x in points:
        with mp.workdps(60):
            expected = [+mp.mpf(v) for v in truth(mp.mpf(x))]
        for order, (found, exact) in enumerate(zip(numbers(text, x), expected, strict=True)):
            if abs(exact) < LARGEST:
                assert abs(found - exact) <= 16 * math.ulp(float(exact)), (x, order)
            else:
                assert not math.isfinite(found)


@pytest.mark.parametrize("x", [2.0**54, 3e17, 1e300, -1e300])
def test_fresnels_integrals_where_every_float_is_a_multiple_of_four(x: float) -> None:
    """x^2/2 is an even number there, so that the sine is 0 and the cosine 1, exactly."""
    half = math.copysign(0.5, x)
    assert numbers("fresnels(x)", x) == pytest.approx([half, 0.0, math.pi * x], rel=1e-15)
    assert numbers("fresnelc(x)", x) == pytest.approx([half, 1.0, 0.0], rel=1e-15)


@pytest.mark.parametrize("x", [123456789.1, 3e9 + 0.125, 1234567890123.4])
def test_fresnels_waves_have_the_phase_of_the_exact_square(x: float) -> None:
    with mp.workdps(80):
        exact = mp.mpf(x)
        sine, cosine = mp.sinpi(exact**2 / 2), mp.cospi(exact**2 / 2)
    assert numbers("fresnels(x)", x)[1:] == pytest.approx([float(sine), float(mp.pi * exact * cosine)], rel=1e-14)
    assert numbers("fresnelc(x)", x)[1:] == pytest.approx([float(cosine), float(-mp.pi * exact * sine)], rel=1e-14)
