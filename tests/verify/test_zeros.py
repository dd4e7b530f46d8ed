"""Zeros and the smallest numbers: right ones are verified wherever they are, wrong ones never, against mpmath."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from hearings import Case
from planting import planted, solved

from gradcli.autodiff.elementwise import BY_NAME
from gradcli.result import Record
from gradcli.verify.terms import own_rounding

TINY = 5e-324  #: the smallest float64


def numbers(record: Record) -> list[float]:
    """The record's entries, row by row."""
    if record.gradient is not None:
        return [float(g) for g in record.gradient.values()]
    found: Any = record.hessian or record.jacobian
    return [float(h) for row in found.matrix for h in row]


def e(x: Any) -> Any:
    return mp.exp(x)


def sigmoid_slope(x: Any) -> Any:
    return e(-x) / (1 + e(-x)) ** 2


SPLIT = [sigmoid_slope(mp.mpf(1000)), -sigmoid_slope(mp.mpf(1000))]  #: softmax and logsumexp at (1000, 0)

#: text, items, task, the true entries
RIGHT: list[tuple[str, tuple[str, ...], str, list[Any]]] = [
    # stationary points, and where a second derivative vanishes
    ("x*exp(x)", ("x=-1",), "grad", [0]),
    ("x^2*exp(-x)", ("x=2",), "grad", [0]),
    ("(exp(x)-exp(y))^2", ("x=1", "y=1"), "grad", [0, 0]),
    ("(exp(x)-exp(y))^3", ("x=1", "y=1"), "grad", [0, 0]),
    ("exp(-x^2/2)", ("x=1",), "hessian", [0]),
    ("normpdf(x)", ("x=1",), "hessian", [0]),
    ("sigmoid(x/11)", ("x=0",), "hessian", [0]),
    ("1e200*x*exp(x)", ("x=-1",), "grad", [0]),
    ("1e-200*x*exp(x)", ("x=-1",), "grad", [0]),
    ("y + x*exp(x)", ("x=-1", "y=1e30"), "grad", [0, 1]),
    # what underflows to 0
    ("tanh(x)", ("x=400",), "grad", [mp.sech(400) ** 2]),
    ("tanh(x)", ("x=-400",), "hessian", [0]),
    ("tanh(x)", ("x=1e10",), "grad", [0]),
    ("softplus(x)", ("x=800",), "hessian", [sigmoid_slope(mp.mpf(800))]),
    ("logsumexp([x, y])", ("x=1000", "y=0"), "grad", [1, e(-1000)]),
    ("logsumexp([x, y])", ("x=1000", "y=0"), "hessian", [SPLIT[0], SPLIT[1], SPLIT[1], SPLIT[0]]),
    ("softmax([x, y])", ("x=1000", "y=0"), "jacobian", [SPLIT[0], SPLIT[1], SPLIT[1], SPLIT[0]]),
    # subnormal numbers
    ("tanh(x)", ("x=370",), "grad", [mp.sech(370) ** 2]),
    ("exp(x)", ("x=-745",), "grad", [e(-745)]),
    ("sech(x)", ("x=745",), "grad", [-mp.sech(745) * mp.tanh(745)]),
    ("exp(-x^2)", ("x=27",), "grad", [-54 * e(-729)]),
]


@pytest.mark.parametrize(("text", "items", "task", "truth"), RIGHT)
def test_a_right_number_is_verified(text: str, items: tuple[str, ...], task: str, truth: list[Any]) -> None:
    record = solved(text, items, task)
    for found, exact in zip(numbers(record), truth, strict=True):
        assert abs(found - exact) <= TINY + 1e-6 * abs(exact)
    assert record.verdict == "verified"
    assert record.checks["certificate"].verdict == "agree"


#: Numbers that rounding or underflow has spoilt: what is printed has no right digit.
SPOILT: list[tuple[str, tuple[str, ...], str]] = [
    ("x - sin(x)", ("x=1e-60",), "grad"),  # 0 for 5e-121
    ("x - sin(x)", ("x=1e-8",), "grad"),
    ("(exp(x) - 1)^2", ("x=1e-20",), "grad"),  # 0 for 2e-20
    ("(0.1*x - 1)^2", ("x=10",), "grad"),  # 0 for 1.1e-17
    ("(0.1*x - 1)^3", ("x=10",), "grad"),  # 0 for 9e-34: the square of what was lost
    ("(0.1*x - 1)^3", ("x=10",), "hessian"),
    ("1e300*csch(x)", ("x=745",), "grad"),
    ("logcosh(sqrt(x))", ("x=1e-160",), "hessian"),  # 0 for -1/6, which is nothing beside f/x^2 = 5e159
    ("log1psq(sqrt(x))", ("x=1e-160",), "hessian"),  # 0 for -1
]


@pytest.mark.parametrize(("text", "items", "task"), SPOILT)
def test_a_number_without_digits_is_unverified_and_nobody_is_accused(
    text: str, items: tuple[str, ...], task: str
) -> None:
    record = solved(text, items, task, finite_difference=False)
    assert record.verdict == "unverified"
    assert "disagree" not in {c.verdict for c in record.checks.values()}


@pytest.mark.parametrize("x", [20.0, 25.0, 40.0, 300.0])
def test_a_wrong_0_is_found_however_small_the_truth(x: float) -> None:
    """tanh'(25) is 7.7e-22, tanh'(300) 1e-260: a rule that gives 0 there is wrong by 100 %."""
    for rule in ("0*x", "sech2(x) - sech2(x)"):
        with planted(BY_NAME["tanh"], partials=(rule,)):
            record = solved("tanh(x)", (f"x={x!r}",), "grad", finite_difference=False)
        assert record.gradient == {"x": 0.0}
        assert record.verdict != "verified"


#: A partial that cancels by itself, and where it has no right digit left.
CANCELLING = [
    ("tanh", "1 - out*out", "tanh(x)", 20.0),  # 0 for 1.7e-17
    ("tanh", "1 - out*out", "tanh(x)", 15.0),  # a third of its digits
    ("tanh", "1 - out*out", "y*tanh(x) + y", 20.0),
    ("sigmoid", "out*(1 - out)", "sigmoid(x)", 40.0),
    ("sigmoid", "out*(1 - out)", "sum([sigmoid(x), y])", 40.0),
]


@pytest.mark.parametrize(("name", "rule", "text", "x"), CANCELLING)
def test_a_partial_that_cancels_is_not_excused_by_its_rounding(name: str, rule: str, text: str, x: float) -> None:
    items = (f"x={x!r}", "y=2") if "y" in text else (f"x={x!r}",)
    assert solved(text, items, "grad").verdict == "verified"
    with planted(BY_NAME[name], partials=(rule,)):
        assert solved(text, items, "grad").verdict != "verified"


@pytest.mark.parametrize(
    ("text", "x", "least", "most"),
    [
        ("tanh(x)", 20.0, 0.0, 1e-28),  # nothing cancels: narrow beside sech(20)^2 = 1.7e-17
        ("erfc(x)", 9.0, 0.0, 1e-45),
        ("x - sin(x)", 1e-8, 1e-17, 1e-14),  # 1 - cos(x), as the person wrote it
        ("x*exp(x)", -1.0, 1e-17, 1e-14),
    ],
)
def test_what_the_formulas_own_terms_lose(text: str, x: float, least: float, most: float) -> None:
    case = Case(text, x=x)
    lost = own_rounding(case.tape, case.output, case.sources, case.inputs, {}, 1, (0, 0))
    assert least <= lost <= most


def test_the_own_rounding_of_a_mixed_derivative() -> None:
    case = Case("(x - y)^2*exp(x)", x=1.0, y=1.0)
    mixed, single = (
        own_rounding(case.tape, case.output, case.sources, case.inputs, {}, 2, p) for p in [(0, 1), (0, 0)]
    )
    assert 0 < mixed < 1e-12  # of -2e
    assert 0 < single < 1e-12  # of 2e


def test_what_balls_cannot_walk_excuses_nothing() -> None:
    case = Case("log(x)", x=-1.0)
    assert own_rounding(case.tape, case.output, case.sources, case.inputs, {}, 1, (0, 0)) == 0.0


@pytest.mark.parametrize("factor", ["2", "0.5", "-1"])
def test_a_wrong_subnormal_number_is_not_verified(factor: str) -> None:
    with planted(BY_NAME["exp"], partials=(f"{factor}*out",)):
        assert solved("exp(x)", ("x=-740",), "grad", finite_difference=False).verdict != "verified"


def test_sympy_alone_confirms_a_0_and_no_wrong_one() -> None:
    alone = {"finite_difference": False, "certificate": False}
    assert solved("x*exp(x)", ("x=-1",), "grad", **alone).verdict == "verified"
    assert solved("x - sin(x)", ("x=1e-60",), "grad", **alone).verdict == "unverified"
    case = Case("x*exp(x)", x=-1.0)
    said = case.symbolic(1)
    assert said.difference.item() + said.error.item() <= TINY
    said = case.symbolic(1, np.array([[1e-40]]))
    assert said.difference.item() == 1e-40
    assert said.error.item() < 1e-50


#: Ball kernels at the point itself, where nothing moves, with a ball around 0.
POWERS: list[tuple[str, Callable[[Any, Any], Any]]] = [
    ("(exp(x) - exp(y))^3 + 1", lambda x, y: 1),
    ("(exp(x) - exp(y))^4 + 1", lambda x, y: 1),
]


@pytest.mark.parametrize(("text", "value"), POWERS)
def test_a_power_of_a_ball_around_0_has_a_value(text: str, value: Callable[[Any, Any], Any]) -> None:
    record = solved(text, ("x=1", "y=1"), "grad")
    assert record.value == value(1, 1)
    assert record.verdict == "verified"
