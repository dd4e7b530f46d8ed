"""At a pole that changes its sign a float is inf or -inf by chance: what is finite only by it is not verified."""

from __future__ import annotations

from typing import Any

import pytest
from planting import solved


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("min(1/x, 5)", "1/x"),  # -inf on the left of 0
        ("relu(-1/x)", "-1/x"),
        ("clip(1/x, -3, 3)", "1/x"),
        ("where(1/x > 5, x, 2*x)", "1/x"),
        ("min([1/x + y, 5])", "1/x"),
        ("median([1/x, 1, 2])", "1/x"),
        ("min(cot(x), 5)", "cot(x)"),
        ("sum(min(1/[x, y], 5))", "1/[x, y]"),
        ("min(x^-3, 5)", "x^-3"),
    ],
)
def test_what_a_pole_without_a_side_decided_is_not_verified(text: str, place: str) -> None:
    record = solved(text, ("x=0", "y=2"), "grad")
    assert record.verdict == "nonfinite"
    assert [one.text for one in record.nonfinite] == [place]


@pytest.mark.parametrize(
    ("text", "x", "slope"),
    [
        ("min(x^-2, 5)", 0.0, 0.0),  # inf on both sides
        ("min(exp(x), 5)", 1000.0, 0.0),  # an overflow has a side
        ("max(log(x), -5)", 0.0, 0.0),  # and so has the end of a domain
        ("where(x > 1, 1/(x - 2), x)", 1.0, None),  # a pole elsewhere
        ("min(where(x < 2, 3, 1/(x - 1)), 5)*x", 1.0, 3.0),  # a branch not taken
        ("x + 0*stop_gradient(y)", 0.0, 1.0),
    ],
)
def test_an_infinity_with_a_side_hides_nothing(text: str, x: float, slope: float | None) -> None:
    record: Any = solved(text, (f"x={x}", "y=1"), "grad")
    assert record.nonfinite == ()
    assert record.verdict == ("kink" if slope is None else "verified")
    assert slope is None or record.gradient["x"] == slope


def test_the_angle_of_the_origin_is_a_jump_even_where_it_is_not_the_largest() -> None:
    """atan2(0, y) is pi below y = 0, which is more than 1."""
    record: Any = solved("max(atan2(0, y), x)", ("x=1", "y=0"), "grad")
    assert record.verdict == "kink"
    assert [kink.text for kink in record.kinks] == ["atan2(0, y)"]
    assert record.gradient["x"] == 1
