"""Kinks: where a function has no derivative the record says so, names the place and the convention."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from planting import solved

KINKS: list[tuple[str, tuple[str, ...], str, dict[str, Any]]] = [
    # text, point, the subexpression named, gradient by convention
    ("abs(x)", ("x=0",), "abs(x)", {"x": 0}),
    ("y + abs(x - 2*y)", ("x=2", "y=1"), "abs(x - 2*y)", {"x": 0, "y": 1}),
    ("exp(abs(sin(x)))", ("x=0",), "abs(sin(x))", {"x": 0}),
    ("relu(x)", ("x=0",), "relu(x)", {"x": 0}),
    ("max(x, y)", ("x=2", "y=2"), "max(x, y)", {"x": 0.5, "y": 0.5}),
    ("min(x, 3)", ("x=3",), "min(x, 3)", {"x": 0.5}),
    ("max(x, y, z)", ("x=2", "y=2", "z=2"), "max(x, y, z)", {"x": 1 / 3, "y": 1 / 3, "z": 1 / 3}),
    ("min(x, 9, 2*y, z)", ("x=2", "y=1", "z=2"), "min(x, 9, 2*y, z)", {"x": 1 / 3, "y": 2 / 3, "z": 1 / 3}),
    (
        "sum(max(v, x, [[1], [0]]))",
        ("v=[1, 3]", "x=1"),
        "max(v, x, [[1], [0]])",
        {"v": [1 / 3 + 1 / 2, 2], "x": 1 / 3 + 1 / 2},
    ),
    ("max([x, y, 1])", ("x=2", "y=2"), "max([x, y, 1])", {"x": 0.5, "y": 0.5}),
    ("min(v)", ("v=[1, 1, 1, 5]",), "min(v)", {"v": [1 / 3, 1 / 3, 1 / 3, 0]}),
    ("median([x, y, 3])", ("x=3", "y=1"), "median([x, y, 3])", {"x": 0.5, "y": 0}),
    ("norminf(v)", ("v=[-2, 2]",), "norminf(v)", {"v": [-0.5, 0.5]}),
    ("norm1(v)", ("v=[-2, 0]",), "norm1(v)", {"v": [-1, 0]}),
    ("norm([x, y])", ("x=0", "y=0"), "norm([x, y])", {"x": 0, "y": 0}),
    ("std([x, y])", ("x=1", "y=1"), "std([x, y])", {"x": 0, "y": 0}),
    ("hypot(x, y)", ("x=0", "y=0"), "hypot(x, y)", {"x": 0, "y": 0}),
    ("clip(x, 0, 1)", ("x=1",), "clip(x, 0, 1)", {"x": 1}),
    ("clip(x, 0, 1)", ("x=0",), "clip(x, 0, 1)", {"x": 1}),
    ("where(x > 1, x, x^2)", ("x=1",), "x > 1", {"x": 2}),
    ("where(x >= 1, x, x^2)", ("x=1",), "x >= 1", {"x": 1}),
    ("x*(x != 1)", ("x=1",), "x != 1", {"x": 0}),
    ("floor(x)", ("x=2",), "floor(x)", {"x": 0}),
    ("ceil(x) + x", ("x=-1",), "ceil(x)", {"x": 1}),
    ("round(x)", ("x=2.5",), "round(x)", {"x": 0}),
    ("sign(x)", ("x=0",), "sign(x)", {"x": 0}),
    ("mod(x, 2)", ("x=4",), "mod(x, 2)", {"x": 1}),
    ("acot(x)", ("x=0",), "acot(x)", {"x": -1}),
    ("atan2(y, x)", ("y=0", "x=-1"), "atan2(y, x)", {"y": -1, "x": 0}),
    ("sum(abs(v))", ("v=[1, 0, -2]",), "abs(v)", {"v": [1, 0, -1]}),
    ("abs(stop_gradient(y)*x)", ("x=0", "y=2"), "abs(stop_gradient(y)*x)", {"x": 0, "y": None}),
    ("relu(x - 1)", ("x=1",), "relu(x - 1)", {"x": 0}),
    ("abs(v)[1]", ("v=[1, 0]",), "abs(v)", {"v": [0, 0]}),
    ("concat([1], abs(v))[2]", ("v=[1, 0]",), "abs(v)", {"v": [0, 0]}),
    ("cumsum(abs(v))[1]", ("v=[0, 1]",), "abs(v)", {"v": [0, 1]}),
    ("trace(abs(A))", ("A=[[0, 1], [1, 1]]",), "abs(A)", {"A": [[0, 0], [0, 1]]}),
    ("sum(relu([[1, -1], [1, 1]] @ w))", ("w=[1, 1]",), "relu([[1, -1], [1, 1]] @ w)", {"w": [1, 1]}),
    ("max(concat(v, [2]))", ("v=[1, 2]",), "max(concat(v, [2]))", {"v": [0, 0.5]}),
    ("sum(abs(W @ x))", ("W=[[0, 0], [1, 1]]", "x=[1, 2]"), "abs(W @ x)", {"W": [[0, 0], [1, 2]], "x": [1, 1]}),
    ("where(abs(x) <= 0, 1, 2)*x", ("x=0",), "abs(x) <= 0", {"x": 1}),
    ("median([abs(x), -1, 1])", ("x=0",), "abs(x)", {"x": 0}),
    ("z + clip(-2, -1, z)", ("z=-1",), "clip(-2, -1, z)", {"z": 1}),
    # a jump matters wherever it can change the output, not only where it attains an extremum
    ("min(floor(x), 1.5)*x", ("x=2",), "floor(x)", {"x": 1.5}),
    ("min([floor(x), 1.5])*x", ("x=2",), "floor(x)", {"x": 1.5}),
    ("median([floor(x), 1.5, 1.7])*x", ("x=2",), "floor(x)", {"x": 1.7}),
    ("where(floor(x) < 2, x, 2*x)", ("x=2",), "floor(x)", {"x": 2}),
    ("where(mod(x, 2) < 1, x, 2*x)", ("x=2",), "mod(x, 2)", {"x": 1}),
    ("where(x > 0 or y > 0, x, 2*x) + y", ("x=0", "y=-1"), "x > 0", {"x": 2, "y": 1}),
    ("where(not x > 0, x, 2*x)", ("x=0",), "x > 0", {"x": 1}),
    ("any(v > 0)*sum(v)", ("v=[0, -1]",), "v > 0", {"v": [0, 0]}),
    ("sign(floor(x))*x", ("x=0",), "floor(x)", {"x": 0}),
    ("sign(relu(sin(x)))", ("x=0",), "sign(relu(sin(x)))", {"x": 0}),
]


@pytest.mark.parametrize(("text", "items", "place", "gradient"), KINKS)
def test_a_kink_is_named_and_its_convention_used(text: str, items: Any, place: str, gradient: Any) -> None:
    record = solved(text, items, "grad")
    assert record.verdict == "kink"
    (kink,) = record.kinks
    assert kink.text == place
    assert kink.column == text.index(place) + 1
    assert kink.convention
    assert set(record.gradient) == set(gradient)
    for name, expected in gradient.items():
        found = record.gradient[name]
        assert found is None if expected is None else np.ravel(found) == pytest.approx(np.ravel(expected))
    for check in record.checks.values():
        assert check.compared < check.of  # what does not cross the kink is compared
        assert (check.reason or "").endswith("not differentiable here")


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("abs(x)", ("x=1e-300",)),
        ("where(y > 0, 1, abs(x))", ("x=0", "y=1")),  # the branch is not taken
        ("max(x, 5) + max(abs(y), 1)", ("x=0", "y=0")),  # abs does not reach the value
        ("abs(x)[0]", ("x=[1, 0, -2]",)),  # the entry at the kink is left out
        ("max([x, y, 1])", ("x=0.5", "y=0.5")),  # a tie below the largest
        ("median([x, y, 3, 7, 8])", ("x=1", "y=1")),
        ("stop_gradient(abs(x)) + x", ("x=0",)),  # no path leads there
        ("abs(floor(x))", ("x=0.5",)),  # floor(x) is 0 all around
        ("floor(x)*y", ("x=2.5", "y=2")),
        ("abs(0) + x", ("x=1",)),  # nothing moves
        ("max(2, 2)*x", ("x=1",)),
        ("where(1 >= 1, x, -x)", ("x=3",)),
        ("mod(x, 2)", ("x=4.5",)),
        ("norm([x, 0, 0])", ("x=2",)),
        ("x^2*sign(y)", ("x=1", "y=2")),
        ("norminf([0, 1, x])", ("x=2",)),
        ("max(abs(v))", ("v=[0, 1, 2]",)),  # the entry at its kink is not the largest
        ("median([abs(x), 1, 2])", ("x=0",)),
        ("min(abs(x), -1)*y", ("x=0", "y=2")),
        ("clip(abs(x), 2, 3)*y", ("x=0", "y=1")),
        ("where(abs(x) < 1e-4, 1, 2)*x", ("x=0",)),  # far from the comparison's tie
        ("sign(abs(x) + 1)*x", ("x=0",)),
        ("floor(abs(x) + 0.5)*x", ("x=0",)),
        ("norm1(concat([0, 1], [s]))", ("s=2",)),  # the entry at its kink stands still
        ("sum(relu([[0, 0], [1, 1]] @ w))", ("w=[1, 2]",)),
        ("mae([0, 1], concat([0], [s]))", ("s=2",)),
        ("max(concat([1, 1], [s]))", ("s=0",)),
        ("sum(relu(v)*[1, 0])", ("v=[1, 0]",)),  # a factor that is always 0
        ("[0, 1] @ abs(v)", ("v=[0, 1]",)),
        ("cumsum(abs(v))[0]", ("v=[1, 0]",)),
        ("abs(v)[::2] @ [1, 1]", ("v=[1, 0, 2]",)),
        ("trace(abs(A))", ("A=[[1, 0], [0, 1]]",)),
        ("max(floor(x), 5)*x", ("x=2",)),  # a jump that changes nothing
        ("where(floor(x) < 100, x, 2*x)", ("x=2",)),
        ("where(x > 0 and y > 0, x, 2*x) + y", ("x=0", "y=-1")),
        ("where(x > 5, floor(y), x) + y", ("x=1", "y=2")),
        ("stop_gradient(floor(x))*x", ("x=2",)),
    ],
)
def test_what_is_differentiable_is_no_kink(text: str, items: Any) -> None:
    record = solved(text, items, "grad")
    assert record.kinks == ()
    assert record.verdict == "verified"


def test_a_kink_that_only_a_held_variable_could_cross_is_none() -> None:
    """With x alone as variable, y = 0 stands still: abs(y)·x is linear in x."""
    from gradcli.problems.commandline import problem_from_expression
    from gradcli.solve import SolveOptions, solve

    problem = problem_from_expression("abs(y)*x + x", ("x=3", "y=0"), wrt="x")
    (record,) = solve(problem, SolveOptions(task="grad")).results
    assert record.verdict == "verified"
    assert record.gradient == {"x": 1.0}


@pytest.mark.parametrize(
    ("text", "left", "right"), [("abs(x)", -1.0, 1.0), ("relu(x)", 0.0, 1.0), ("max(x, 0)", 0.0, 1.0)]
)
def test_one_sided_derivatives(text: str, left: float | None, right: float | None) -> None:
    (kink,) = solved(text, ("x=0",), "grad").kinks
    assert (kink.left, kink.right) == (left, right)


def test_a_kink_of_a_function_is_one_of_its_hessian_and_jacobian() -> None:
    for task in ("hessian", "jacobian"):
        assert solved("abs(x)", ("x=0",), task).verdict == "kink"


def test_kinks_of_partials_are_none_of_the_function() -> None:
    """The derivative of relu(x)² uses a choice; that of tanh uses |x|: neither function has a kink away from 0."""
    assert solved("relu(x)^2", ("x=1",), "hessian").verdict == "verified"
    assert solved("tanh(x) + sigmoid(x) + softplus(x)", ("x=0",), "hessian").verdict == "verified"


def test_every_kink_is_listed_once() -> None:
    record = solved("abs(x) + abs(x) + max(x, 0)", ("x=0",), "grad")
    assert [k.text for k in record.kinks] == ["abs(x)", "max(x, 0)"]


def test_a_kink_inside_a_function_of_the_language_leads_to_the_call() -> None:
    """mae is written with abs; the person typed mae."""
    (kink,) = solved("mae([x, 1], [2, 5])", ("x=2",), "grad").kinks
    assert kink.text == "mae([x, 1], [2, 5])"


@pytest.mark.parametrize(
    ("text", "items", "gradient"),
    [
        ("x*abs(x)", ("x=0",), {"x": 0}),
        ("max(1 - x*y, 0)^2", ("x=1", "y=1"), {"x": 0, "y": 0}),
        ("sum(relu(v)^2)", ("v=[0, 1]",), {"v": [0, 2]}),
        ("norm([x, y])^2 + x", ("x=0", "y=0"), {"x": 1, "y": 0}),
        ("norm([abs(x), y])", ("x=0", "y=1"), {"x": 0, "y": 1}),
    ],
)
def test_a_kink_in_the_first_derivative_is_one_of_the_hessian_only(text: str, items: Any, gradient: Any) -> None:
    record = solved(text, items, "grad")
    assert record.verdict == "verified"
    for name, expected in gradient.items():
        assert record.gradient[name] == pytest.approx(expected)
    assert solved(text, items, "hessian").verdict == "kink"


@pytest.mark.parametrize("text", ["hypot(x, y)", "norm([x, y])"])
def test_the_tip_of_a_cone_has_its_convention_at_second_order_too(text: str) -> None:
    record = solved(text, ("x=0", "y=0"), "hessian")
    assert record.verdict == "kink"
    assert record.hessian.matrix == [[0, 0], [0, 0]]


@pytest.mark.parametrize(("slopes", "left"), [("[0.1, 0.1]", 0.1), ("[0.1, 0.3]", None)])
def test_one_sided_derivatives_of_several_entries_are_named_if_they_are_one(slopes: str, left: float | None) -> None:
    record = solved("sum(leaky_relu(x*[0, 0], s)*[1, 2]) + sum(leaky_relu([x, x], s))", ("x=0", f"s={slopes}"), "grad")
    assert record.verdict == "kink"
    assert {kink.left for kink in record.kinks} == {left}


@pytest.mark.parametrize(
    ("text", "x", "left", "right"),
    [
        ("where(x > 1, x, x^2)", "1", 2.0, 1.0),
        ("where(x^2 >= 4, x^3, exp(x))", "2", math.exp(2), 12.0),
        ("max([x, -x])", "0", -1.0, 1.0),
        ("max(x, 2*x)", "0", 1.0, 2.0),
        ("median([x, 1, 2*x])", "1", 0.0, 1.0),
        ("clip(x, 0, 1)", "1", 1.0, 0.0),
        ("3*abs(x) + 2*x", "0", -1.0, 1.0),  # those of abs
        ("where(x > 0, 1/x, x)", "0", 1.0, None),
    ],
)
def test_slopes_on_both_sides(text: str, x: str, left: float, right: float | None) -> None:
    (kink, *_) = solved(text, (f"x={x}",), "grad").kinks
    assert (kink.left, kink.right) == (pytest.approx(left, rel=1e-13), right and pytest.approx(right, rel=1e-13))
