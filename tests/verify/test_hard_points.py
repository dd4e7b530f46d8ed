"""Numbers and verdicts of named functions where they once were wrong: huge arguments, edges of domains, underflow."""

from __future__ import annotations

import math

import mpmath as mp
import pytest
from planting import solved


def slope(text: str, x: float) -> tuple[float, str]:
    """The first derivative and the verdict."""
    record = solved(text, (f"x={x!r}",), "grad")
    assert record.gradient is not None
    return float(record.gradient["x"]), record.verdict


@pytest.mark.parametrize("text", ["log1mexp(x)", "logexpm1(-x)", "logsubexp(x, 9)", "cosint(-x)", "coshint(-x)"])
@pytest.mark.parametrize("task", ["grad", "hessian"])
def test_where_there_is_no_value_there_is_no_derivative(text: str, task: str) -> None:
    record = solved(text, ("x=5",), task)
    assert record.verdict == "nonfinite"
    found = record.gradient["x"] if record.gradient is not None else record.hessian.matrix[0][0]  # type: ignore[union-attr]
    assert math.isnan(float(found))


@pytest.mark.parametrize(
    ("text", "x", "truth"),
    [
        ("cotd(x)", 90.0, -mp.pi / 180),
        ("cotd(x)", -270.0, -mp.pi / 180),
        ("log1psq(x)", 1e155, mp.mpf(2) / mp.mpf(1e155)),
        ("log1psq(x)", -1e300, -mp.mpf(2) / mp.mpf(1e300)),
        ("log1psq(x)", 0.0, 0),
        ("besselk(2, x)", 1e10, 0),
        ("airyai(x)", 1e8, 0),
        ("lgamma(x)", math.nextafter(1, 0), mp.psi(0, mp.mpf(math.nextafter(1, 0)))),
        ("lgamma(x)", -0.9999999999999993, mp.psi(0, mp.mpf(-0.9999999999999993))),
        ("cosc(x)", 1e15, -2 / mp.mpf(1e15) ** 2),  # all floats beside it are multiples of 1/8
        ("cosc(x)", 1e16, -2 / mp.mpf(1e16) ** 2),
        ("sinint(x)", 1e15, mp.sin(mp.mpf(1e15)) / mp.mpf(1e15)),
        ("logerfc(x)", 1e-20, -2 / mp.sqrt(mp.pi)),
        ("logerfcx(x)", -1e-20, -2 / mp.sqrt(mp.pi)),
    ],
)
def test_a_right_number_is_verified(text: str, x: float, truth: mp.mpf) -> None:
    found, verdict = slope(text, x)
    assert abs(found - truth) <= 1e-14 * abs(truth)
    assert verdict == "verified"
