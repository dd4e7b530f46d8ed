"""What is not finite is never silent: the record says so, and names the subexpression that made it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from planting import solved

import gradcli

NAN, INF = math.nan, math.inf

CASES: list[tuple[str, tuple[str, ...], str, dict[str, Any]]] = [
    # text, point, the subexpression that made it, gradient
    ("log(x)", ("x=-1",), "log(x)", {"x": NAN}),
    ("log(x)", ("x=0",), "log(x)", {"x": INF}),
    ("sqrt(x)", ("x=0",), "sqrt(x)", {"x": INF}),
    ("sqrt(x)", ("x=-1",), "sqrt(x)", {"x": NAN}),
    ("cbrt(x)", ("x=0",), "cbrt(x)", {"x": INF}),
    ("1/x", ("x=0",), "1/x", {"x": -INF}),
    ("2 + 3*(1/x)", ("x=0",), "1/x", {"x": -INF}),
    ("sqrt(x)*sqrt(x)", ("x=0",), "sqrt(x)", {"x": NAN}),
    ("exp(x)", ("x=1000",), "exp(x)", {"x": INF}),
    ("exp(sin(x)*1e4)", ("x=1.5",), "exp(sin(x)*1e4)", {"x": INF}),
    ("asin(x)", ("x=1",), "asin(x)", {"x": INF}),
    ("asin(x)", ("x=2",), "asin(x)", {"x": NAN}),
    ("acosh(x)", ("x=0.5",), "acosh(x)", {"x": NAN}),
    ("where(x > 0, log(x), sqrt(x))", ("x=-1",), "sqrt(x)", {"x": NAN}),
    ("log(x - y)", ("x=1", "y=1"), "log(x - y)", {"x": INF, "y": -INF}),
    ("x^y", ("x=-2", "y=3"), "x^y", {"x": 12, "y": NAN}),
    ("x^0.5", ("x=-4",), "x^0.5", {"x": NAN}),
    ("gamma(x)", ("x=-2",), "gamma(x)", {"x": NAN}),
    ("sum(log(v))", ("v=[1, 0, 2]",), "log(v)", {"v": [1, INF, 0.5]}),
    ("sqrt(x)[0] + y", ("x=[0, 1]", "y=2"), "sqrt(x)", {"x": [INF, 0], "y": 1}),
    ("max(log(x), -5)", ("x=-1",), "log(x)", {"x": NAN}),
    ("relu(log(x))", ("x=-1",), "log(x)", {"x": NAN}),
    ("max(log(x), y)", ("x=-1", "y=2"), "log(x)", {"x": NAN, "y": NAN}),  # as NumPy's: not the other one
    ("min(y, log(x))", ("x=-1", "y=2"), "log(x)", {"x": NAN, "y": NAN}),
    ("max([log(x), y, 1])", ("x=-1", "y=2"), "log(x)", {"x": NAN, "y": NAN}),
    ("median([log(x), y, 1])", ("x=-1", "y=2"), "log(x)", {"x": NAN, "y": NAN}),
    # a NaN that decides
    ("where(log(x) < 1, x, 2*x)", ("x=-1",), "log(x)", {"x": 2}),
    ("where(log(x), x, 2*x)", ("x=-1",), "log(x)", {"x": 1}),
    ("where(not log(x) > 1, x, 2*x)", ("x=-1",), "log(x)", {"x": 1}),
    ("where(x < 0 and sqrt(x) < 1, x, 2*x)", ("x=-1",), "sqrt(x)", {"x": 2}),
    ("(acosh(x) > 1)*x", ("x=0.5",), "acosh(x)", {"x": 0}),
    ("sum(log(v) < 1)*y", ("v=[1, -1]", "y=3"), "log(v)", {"v": None, "y": 1}),
    ("y*log(-1)^0", ("y=2",), "log(-1)", {"y": 1}),
]


@pytest.mark.parametrize(("text", "items", "place", "gradient"), CASES)
def test_the_origin_is_named(text: str, items: Any, place: str, gradient: Any) -> None:
    record = solved(text, items, "grad")
    assert record.verdict == "nonfinite"
    (origin,) = record.nonfinite
    assert origin.text == place
    assert origin.column == text.index(place) + 1
    assert origin.why
    for name, expected in gradient.items():
        assert record.gradient[name] == pytest.approx(expected, nan_ok=True)


def test_the_reason_tells_operands_and_result() -> None:
    (origin,) = solved("1/(x - 2)", ("x=2",), "grad").nonfinite
    assert origin.text == "1/(x - 2)"
    assert "1 / 0 is inf" in origin.why
    (origin,) = solved("sqrt(x)", ("x=0",), "grad").nonfinite
    assert "derivative" in origin.why  # the value is 0: only the derivative is not finite


def test_a_value_that_is_finite_with_an_infinite_second_derivative() -> None:
    """x^1.5 at 0: the first derivative is 0, the second 0.75/√x is infinite."""
    assert solved("x^1.5", ("x=0",), "grad").verdict == "verified"
    record = solved("x^1.5", ("x=0",), "hessian")
    assert record.verdict == "nonfinite"
    assert record.hessian.matrix == [[INF]]
    assert record.hessian.eigenvalues is None
    assert record.hessian.definiteness is None


def test_finite_entries_beside_are_still_compared() -> None:
    record = solved("x^y", ("x=-2", "y=3"), "grad")
    for check in record.checks.values():
        assert (check.compared, check.of) == (1, 2)


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("where(x > 0, log(x), 0)", ("x=-1",)),
        ("where(x > 0, 1/x, 0)", ("x=0.5",)),
        ("log(v)[0]", ("v=[2, -1]",)),
        ("1/(1/x)", ("x=3",)),
        ("atan(exp(x))", ("x=5",)),
        ("max(v)*0 + sum(v)", ("v=[1e300, 2]",)),
        ("where(x > 0 and log(x) < 1, x, 2*x)", ("x=-1",)),  # decided whatever the NaN is
        ("where(x < 0 or log(x) < 1, x, 2*x)", ("x=-1",)),
        ("where(x > 0, where(log(x) < 1, x, 1), 2*x)", ("x=-1",)),
        ("(log(v) < 1)[0]*sum(v)", ("v=[2, -1]",)),
        ("sqrt([z, max([x, z, sqrt(x)])][0])", ("x=-1", "z=2")),
        ("clip(where(log(x) < 1, 5, 6), 0, 1)*x", ("x=-1",)),
    ],
)
def test_what_is_finite_is_not_called_otherwise(text: str, items: Any) -> None:
    record = solved(text, items, "grad")
    assert record.nonfinite == ()
    assert record.verdict == "verified"


def test_an_infinity_on_the_way_is_no_fault_if_value_and_derivative_are_finite() -> None:
    """1/x is inf at 1e-310, its arc tangent is not."""
    record = solved("atan(1/x)", ("x=1e-310",), "grad")
    assert math.isfinite(record.value)
    finite = math.isfinite(record.gradient["x"])
    assert (record.verdict == "nonfinite") == (not finite)


def test_each_origin_is_named_once_in_order() -> None:
    text = "log(x) + log(x)*y + 1/z"
    record = solved(text, ("x=-1", "y=2", "z=0"), "grad")
    assert [n.text for n in record.nonfinite] == ["log(x)", "1/z"]


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("max(log(v))", ("v=[2, -1]",)),
        ("min(sinh(asin(x)), x)", ("x=1.5",)),
        ("clip(exp(x), x, acosh(x))", ("x=0.15",)),
        ("x + log(-1)", ("x=1",)),
        ("x*acos(3)", ("x=0.5",)),
        ("x - lgamma(0)", ("x=2",)),
        ("x*acoth(1)", ("x=2",)),
        ("floor(acsc(x))", ("x=0.4",)),
        ("mod(x, 0)*y", ("x=1", "y=2")),
        ("mod(x, y)", ("x=1", "y=0")),
        ("x^2/gamma(y) + x/0", ("x=2", "y=1.5")),
    ],
)
@pytest.mark.parametrize("task", ["grad", "hessian"])
def test_a_function_without_a_value_has_no_derivative_to_quarrel_about(text: str, items: Any, task: str) -> None:
    """Whatever stands on the tape: nonfinite, and no witness is accused or accuses."""
    record = solved(text, items, task)
    assert record.verdict == "nonfinite"
    assert "disagree" not in {c.verdict for c in record.checks.values()}


#: Text, point, Hessian, its finite entries in closed form. What is infinite by one variable leaves the others alone.
HESSIANS: list[tuple[str, tuple[str, ...], list[list[float]]]] = [
    ("x^2 + sqrt(y)", ("x=1", "y=0"), [[2, 0], [0, -INF]]),
    ("x^y", ("x=-2", "y=3"), [[-12, NAN], [NAN, NAN]]),  # 6x
    ("xlogy(y, x)", ("x=0", "y=2"), [[-INF, INF], [INF, 0]]),
    ("x*y + asin(z)", ("x=1", "y=2", "z=1"), [[0, 1, 0], [1, 0, 0], [0, 0, INF]]),
    ("x*sqrt(y)", ("x=2", "y=0"), [[0, INF], [INF, -INF]]),
    ("sum(v^2) + sqrt(v[0])", ("v=[0, 1]",), [[-INF, 0], [0, 2]]),
    ("sum(sqrt(v))", ("v=[0, 1, 4]",), [[-INF, 0, 0], [0, -1 / 4, 0], [0, 0, -1 / 32]]),
    ("sum(log(cumsum(v)))", ("v=[0, 1]",), [[-INF, -1], [-1, -1]]),
    ("1/x + y^2", ("x=0", "y=1"), [[INF, 0], [0, 2]]),
    ("sqrt(x)*sqrt(x)", ("x=0",), [[NAN]]),  # an honest 0 times infinity
]


@pytest.mark.parametrize(("text", "items", "expected"), HESSIANS)
def test_an_infinity_by_one_variable_does_not_spoil_the_others(text: str, items: Any, expected: Any) -> None:
    record = solved(text, items, "hessian")
    assert record.verdict == "nonfinite"
    assert len(record.hessian.matrix) == len(expected)
    for row, true in zip(record.hessian.matrix, expected, strict=True):
        assert row == pytest.approx(true, nan_ok=True)
    assert "disagree" not in {c.verdict for c in record.checks.values()}


@pytest.mark.parametrize(
    ("text", "items", "expected"),
    [
        ("[x^2, sqrt(y)]", ("x=1", "y=0"), [[2, 0], [0, INF]]),  # forward mode
        ("[x^2, sqrt(y) + z]", ("x=1", "y=0", "z=2"), [[2, 0, 0], [0, INF, 1]]),  # reverse mode
        ("sqrt(v)", ("v=[0, 4]",), [[INF, 0], [0, 1 / 4]]),
        ("[sum(sqrt(v)), sum(v)]", ("v=[0, 1, 4]",), [[INF, 1 / 2, 1 / 4], [1, 1, 1]]),
    ],
)
def test_nor_the_other_entries_of_a_jacobian(text: str, items: Any, expected: Any) -> None:
    record = solved(text, items, "jacobian")
    assert record.verdict == "nonfinite"
    for row, true in zip(record.jacobian.matrix, expected, strict=True):
        assert row == pytest.approx(true)


def test_nor_the_other_sums_of_a_product() -> None:
    """u = W·x with u[1] = 0: the row and the column of W[0,0] and x[0] share nothing with sqrt(u[1])."""
    record = solved("sum(sqrt(W @ x))", ("W=[[1, 2], [0, 0]]", "x=[1, 1]"), "hessian")
    at = {label: k for k, label in enumerate(record.hessian.labels)}
    mixed = 0.5 / math.sqrt(3) - 0.25 / 3**1.5  # of sqrt(W00*x0 + W01*x1) by W00 and x0
    for row, column in (("W[0,0]", "x[0]"), ("x[0]", "W[0,0]")):
        assert record.hessian.matrix[at[row]][at[column]] == pytest.approx(mixed, rel=1e-14)


def test_nor_other_points() -> None:
    """Many points at once: the same, point by point."""
    compiled = gradcli.parse("x^2 + sqrt(y)").compile("hessian")
    (found,) = compiled(x=np.array([1.0, 1.0]), y=np.array([0.0, 4.0])).values()
    matrices = np.asarray(found["matrix"] if isinstance(found, dict) else found)
    assert matrices.tolist() == [[[2.0, 0.0], [0.0, -INF]], [[2.0, 0.0], [0.0, -1 / 32]]]


def test_a_finite_derivative_where_there_is_no_value_is_told_as_that() -> None:
    """By y it is 1 wherever there is a value; here is none, and nobody says that no entry is finite."""
    record = solved("x*log(x) + y", ("x=0", "y=1"), "grad")
    assert record.verdict == "nonfinite"
    assert {check.reason for check in record.checks.values()} == {"there is no finite value here"}
