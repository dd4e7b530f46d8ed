"""Rows at the edge of their domain, beyond it, at negative zero, and where the result is a float64."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from oracles import derivative
from test_rows import programs, values

import gradcli
from gradcli.autodiff.elementwise import BY_NAME
from gradcli.targets.arrays import find, numpy_kernel

#: Closed domains: (edge, +1 if the domain lies above it, -1 if below).
EDGES: dict[str, tuple[tuple[float, int], ...]] = {
    **dict.fromkeys(("asin", "acos", "asind", "acosd", "atanh"), ((-1.0, 1), (1.0, -1))),
    **dict.fromkeys(("asec", "acsc", "acoth"), ((-1.0, -1), (1.0, 1))),
    **dict.fromkeys(("log", "log2", "log10", "sqrt"), ((0.0, 1),)),
    "log1p": ((-1.0, 1),),
    "acosh": ((1.0, 1),),
    "asech": ((0.0, 1), (1.0, -1)),
    "logit": ((0.0, 1), (1.0, -1)),
}
INSIDE = [(name, edge, side) for name, edges in EDGES.items() for edge, side in edges]


def at(name: str, order: int, x: float) -> list[float]:
    """The row's derivative of that order at x, by the scalar plan and by the array plan."""
    row = BY_NAME[name]
    tape, found = programs(row, order)
    return list(values(tape, row, found[(order,)], [(x,)])[0])


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize(("name", "edge", "side"), INSIDE)
def test_at_an_edge_a_derivative_is_infinite_as_from_inside(name: str, edge: float, side: int, order: int) -> None:
    inside = float(derivative(name, (math.nextafter(edge, side * math.inf),), (order,)))
    assert abs(inside) > 1e7
    assert at(name, order, edge) == [math.copysign(math.inf, inside)] * 2


@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize(("name", "edge", "side"), INSIDE)
def test_beyond_an_edge_nothing_is_defined(name: str, edge: float, side: int, order: int) -> None:
    for x in (math.nextafter(edge, -side * math.inf), edge - 0.25 * side):
        assert all(math.isnan(v) for v in at(name, order, x)), x


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("name", [name for name, edges in EDGES.items() if edges[0] == (0.0, 1)])
def test_an_edge_at_0_is_the_same_at_negative_0(name: str, order: int) -> None:
    """`sqrt(-x)` at x = 0 has -0.0 under the root: its derivative is -inf."""
    assert at(name, order, -0.0) == at(name, order, 0.0)


@pytest.mark.parametrize(
    "name", ["atan", "acot", "atand", "asec", "acsc", "acoth", "asinh", "acosh", "acsch", "tanh", "sech", "sigmoid"]
)
def test_at_infinity_what_levels_off_has_derivative_0(name: str) -> None:
    for order in (1, 2):
        assert at(name, order, math.inf) == [0, 0]


EXACT: dict[str, list[tuple[float, float]]] = {
    "exp2": [(n, 2.0**n) for n in range(-1074, 1024)],
    "exp10": [(n, float(f"1e{n}")) for n in range(-323, 309)],
    "log2": [(2.0**n, n) for n in range(-1074, 1024)],
    "log10": [(float(f"1e{n}"), n) for n in range(23)],
    "cbrt": [(float(n) ** 3, n) for n in range(-200, 1000)],
    "sind": [
        (0, 0),
        (30, 0.5),
        (90, 1),
        (150, 0.5),
        (180, 0),
        (210, -0.5),
        (270, -1),
        (-30, -0.5),
        (360 * 10**9 + 30, 0.5),
    ],
    "cosd": [(0, 1), (60, 0.5), (90, 0), (120, -0.5), (180, -1), (240, -0.5), (270, 0), (-60, 0.5)],
    "tand": [(0, 0), (45, 1), (135, -1), (180, 0), (225, 1), (-45, -1)],
    "sinpi": [(0, 0), (0.5, 1), (1, 0), (1.5, -1), (2, 0), (-0.5, -1), (2.0**52 + 1, 0)],
    "cospi": [(0, 1), (0.5, 0), (1, -1), (1.5, 0), (2, 1), (-0.5, 0), (2.0**52 + 1, -1)],
}


@pytest.mark.parametrize("name", EXACT)
def test_what_float64_can_hold_is_exact(name: str) -> None:
    row = BY_NAME[name]
    arguments, expected = np.array(EXACT[name], dtype=float).T
    alone = find(row.math, "math") if row.math is not None else numpy_kernel(row)
    with np.errstate(divide="ignore"):
        assert np.array_equal(numpy_kernel(row)(arguments), expected)
        assert [float(alone(x)) for x in arguments.tolist()] == expected.tolist()


def test_zeros_of_the_circular_functions_carry_no_sign() -> None:
    zeros = {
        "tand": (180.0, 360.0),
        "sind": (180.0, 360.0),
        "cosd": (90.0, 270.0),
        "sinpi": (1.0, 2.0),
        "cospi": (0.5, 1.5),
    }
    with np.errstate(divide="ignore"):
        found = {name: numpy_kernel(BY_NAME[name])(np.array(xs)).tolist() for name, xs in zeros.items()}
    assert all(math.copysign(1.0, v) == 1 for vs in found.values() for v in vs)


@pytest.mark.parametrize("name", EDGES)
def test_hard_points_warn_nobody(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for x in (0.0, -0.0, 1.0, -1.0, 5e-324, 1e308, math.inf, math.nan):
            for order in (0, 1, 2):
                at(name, order, x)


def test_powers_at_zero_follow_the_polynomial() -> None:
    """The Hessian of x^y at (0, 2) is that of x^2, and 0 wherever y is involved."""
    row = BY_NAME["power"]
    tape, found = programs(row, 2)
    expected = {(0, 0): 0, (1, 0): 0, (0, 1): 0, (2, 0): 2, (1, 1): 0, (0, 2): 0}
    assert {k: values(tape, row, i, [(0.0, 2.0)])[0] for k, i in found.items()} == {
        k: (v, v) for k, v in expected.items()
    }


def test_a_right_angle_in_degrees_has_a_cotangent_with_derivatives() -> None:
    """cotd(90) is 0 with the slope -pi/180 and no bend, although tand(90) is not finite."""
    model = gradcli.parse("cotd(x)")
    assert model.value(x=90.0)["f"] == 0
    assert model.gradient(x=90.0)["f"]["x"] == pytest.approx(-math.pi / 180, rel=1e-15)
    assert model.hessian(x=90.0)["f"] == 0
