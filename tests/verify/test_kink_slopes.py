"""Slopes on both sides of a kink: along each variable those of the function that continues on that side."""

from __future__ import annotations

import math
from typing import Any

import pytest
from planting import solved

#: Text, point, and by variable the output's slopes on its left and on its right, by mathematics.
SLOPES: list[tuple[str, tuple[str, ...], dict[str, tuple[float | None, float | None]]]] = [
    ("where(x >= y, exp(x), x*y)", ("x=2", "y=2"), {"x": (2, math.exp(2)), "y": (0, 2)}),
    ("where(x == y, x*y, 5*x + y)", ("x=2", "y=2"), {"x": (5, 5), "y": (1, 1)}),
    ("max(x, y, 2*x - 1)", ("x=1", "y=1"), {"x": (0, 2), "y": (0, 1)}),
    ("median(v)", ("v=[1, 2, 2]",), {"v[1]": (1, 0), "v[2]": (1, 0)}),
    ("norm([x, y]) + x", ("x=0", "y=0"), {"x": (0, 2), "y": (-1, 1)}),
    ("std(v)", ("v=[2, 2, 2]",), {f"v[{k}]": (-math.sqrt(2) / 3, math.sqrt(2) / 3) for k in range(3)}),
    ("hypot(x - 1e8, y)", ("x=1e8", "y=0"), {"x": (-1, 1), "y": (-1, 1)}),
    ("floor(x*y)*x", ("x=2", "y=3"), {"x": (5, 6), "y": (0, 0)}),
    ("atan2(y, x)", ("y=0", "x=-1"), {"y": (-1, -1)}),
    # beside the point the float sum is still 1000: only farther aside does either branch begin
    ("where(x + 1000 > y, x^2, 7*x)", ("x=0", "y=1000"), {"x": (7, 0)}),
    ("where(x > y, (x - y)^1.5, sqrt(y - x))", ("x=1", "y=1"), {"x": (None, 0), "y": (0, None)}),
]


@pytest.mark.parametrize(("text", "items", "expected"), SLOPES, ids=[s[0] for s in SLOPES])
def test_slopes_along_each_variable(text: str, items: Any, expected: Any) -> None:
    (kink,) = solved(text, items, "grad").kinks
    if len(expected) == 1:
        ((left, right),) = expected.values()
        assert (kink.left, kink.right) == (pytest.approx(left), pytest.approx(right))
        return
    assert set(kink.left) == set(kink.right) == set(expected)
    for name, sides in expected.items():
        assert [kink.left[name], kink.right[name]] == [s if s is None else pytest.approx(s, rel=1e-9) for s in sides]


@pytest.mark.parametrize(
    ("text", "items", "left", "right"),
    [
        ("max(x, y)", ("x=1", "y=1"), 0, 1),
        ("min(x, y^2)*z", ("x=4", "y=2", "z=3"), 1, 0),
        ("abs(x - y)", ("x=1", "y=1"), -1, 1),
        ("sum(relu(W @ [1, 2]))", ("W=[[2, -1], [1, 1]]",), 0, 1),
    ],
)
def test_a_function_that_has_slopes_tells_its_own(text: str, items: Any, left: float, right: float) -> None:
    (kink,) = solved(text, items, "grad").kinks
    assert (kink.left, kink.right) == (left, right)


def test_a_slope_is_not_told_where_rounding_hides_the_side() -> None:
    """x + 1e30 moves by no step that is small beside 1: on which side x is cannot be seen."""
    (kink,) = solved("where(x + 1e30 > y + 1e30, x, 2*y)", ("x=1", "y=1"), "grad").kinks
    assert (kink.left, kink.right) == (None, None)


def test_a_slope_is_not_told_where_a_jump_ends_at_another_kink() -> None:
    """Beside x = 0 the clipped number is x - 1, which rounds to the edge -1 itself: the side of x is not seen."""
    (kink,) = solved("clip(where(x == 0, 2, x - 1), -1, 1)", ("x=0",), "grad").kinks
    assert (kink.left, kink.right) == (None, 1)


def test_a_variable_that_only_comes_to_the_kink_from_aside_does_not_leave_it() -> None:
    (kink,) = solved("max(x, y, z)", ("x=1", "y=1", "z=0.99999999999"), "grad").kinks
    assert (kink.left, kink.right) == ({"x": 0, "y": 0}, {"x": 1, "y": 1})


def test_of_many_variables_only_the_functions_own_slopes_are_told() -> None:
    (kink,) = solved("sum(abs(v))", (f"v={[0.0] * 50}",), "grad").kinks
    assert (kink.left, kink.right) == (-1, 1)
    (kink,) = solved("max(v)", (f"v={[1.0] * 50}",), "grad").kinks
    assert (kink.left, kink.right) == (None, None)


def test_only_the_slopes_of_one_variable_are_numbers() -> None:
    """The kink of max(x, 1) is left along x alone, whatever else the output is made of."""
    (kink,) = solved("max(x, 1)*y", ("x=1", "y=5"), "grad").kinks
    assert (kink.left, kink.right) == (0, 1)
    (kink,) = solved("where(x > 1, x, 1)*y", ("x=1", "y=5"), "grad").kinks
    assert (kink.left, kink.right) == (0, 5)
