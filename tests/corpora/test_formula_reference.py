"""The reference itself, against derivatives that are known by heart; this needs no corpus."""

from __future__ import annotations

import math

import mpmath as mp
import pytest
from formula_reference import derivatives, translate, value

AT = {"x": 0.7, "y": 1.3}


def test_first_and_second_derivatives_have_50_digits() -> None:
    gradient, hessian = derivatives(translate("-x**2*sin(y)/2 + exp(x*y)"), ("x", "y"), AT)
    with mp.workdps(100):
        x, y = mp.mpf(0.7), mp.mpf(1.3)
        e, s, c = mp.exp(x * y), mp.sin(y), mp.cos(y)
        wanted = [y * e - x * s, x * e - x**2 * c / 2]
        second = [[y * y * e - s, (1 + x * y) * e - x * c], [(1 + x * y) * e - x * c, x * x * e + x**2 * s / 2]]
        for found, known in zip([*gradient, *hessian[0], *hessian[1]], [*wanted, *second[0], *second[1]], strict=True):
            assert abs(found - known) <= mp.mpf(10) ** -50 * abs(known)


def test_pi_is_its_float64_value_unless_it_is_a_variable() -> None:
    assert value(translate("2*pi"), {}) == 2 * math.pi
    assert value(translate("pi"), {"pi": 3.0}) == 3


@pytest.mark.parametrize("text", ["__import__('os')", "x if y else 0", "f(x)", "x.real", "sin(x, y)"])
def test_nothing_but_arithmetic_is_translated(text: str) -> None:
    with pytest.raises(ValueError, match="not arithmetic"):
        translate(text)
