"""Poles, infinities and arguments beyond a function's range: the limit where there is one, else NaN; no warning."""

from __future__ import annotations

import math
import warnings

import pytest
from measured_calls import Measured, measured
from measuring import gradcli_values

CALLS = {one.call: one for one in measured()}
INF = math.inf
#: value, first and second derivative at x, where the limit from inside the domain is known
LIMITS: tuple[tuple[str, float, tuple[float, float, float]], ...] = (
    ("besselk(2, x)", 1e10, (0, 0, 0)),
    ("besselk0(x)", INF, (0, 0, 0)),
    ("zeta(x)", 1e300, (1, 0, 0)),
    ("cexpexp(x)", 1e10, (1, 0, 0)),
    ("expint(0, x)", 1e300, (0, 0, 0)),
    ("besseli(1/2, x)", 0.0, (0, INF, -INF)),
    ("log1psq(x)", 1e200, (2 * math.log(1e200), 2e-200, 0)),
    ("lambertw(x)", INF, (INF, 0, 0)),
)


@pytest.mark.parametrize(("call", "x", "expected"), LIMITS)
def test_limits(call: str, x: float, expected: tuple[float, float, float]) -> None:
    found = gradcli_values(CALLS[call], [(x,)])
    for order in range(3):
        assert found[(order,)][0] == pytest.approx([expected[order]], rel=1e-15), order


@pytest.mark.parametrize("one", CALLS.values(), ids=lambda one: one.call)
def test_no_argument_warns_or_raises(one: Measured) -> None:
    edges = (0.0, -1.0, 1e300, -1e300, 5e-324, INF, math.nan)
    points = [(x,) * len(one.arguments) for x in edges]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gradcli_values(one, points)


@pytest.mark.parametrize(("call", "at"), [("beta(x, y)", (-1.0, 2.5)), ("lbeta(x, y)", (0.0, 1.0))])
def test_at_a_pole_there_is_no_derivative(call: str, at: tuple[float, float]) -> None:
    found = gradcli_values(CALLS[call], [at])
    assert all(math.isnan(v) for v in found[(1, 0)][0])
