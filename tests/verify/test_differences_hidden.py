"""Functions that float64 hides: where their values round to a constant, or lie further apart than the function
varies, differences never accuse a number that is right, and still find one that is wrong wherever they see anything.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from hearings import Case
from planting import solved

from gradcli.verify.verdict import ESTIMATE_MARGIN

Function = Callable[..., Any]


def sigmoid(x: Any) -> Any:
    return 1 / (1 + mp.exp(-x))


def nearest(x: Any) -> Any:
    return mp.nint(x)


#: text, point, the same function of mpmath numbers
FIRST: list[tuple[str, dict[str, float], Function]] = [
    ("1-cos(x)", {"x": 1e-9}, lambda x: 1 - mp.cos(x)),
    ("log(1+x^2)", {"x": 1e-9}, lambda x: mp.log(1 + x**2)),
    ("sqrt(1+x^2)-1", {"x": 1e-9}, lambda x: mp.sqrt(1 + x**2) - 1),
    ("log(cosh(x))", {"x": 1e-9}, lambda x: mp.log(mp.cosh(x))),
    ("1-tanh(x)", {"x": 25.0}, lambda x: 1 - mp.tanh(x)),
    ("1-erf(x)", {"x": 7.0}, lambda x: 1 - mp.erf(x)),
    ("1-sigmoid(x)", {"x": 40.0}, lambda x: 1 - sigmoid(x)),
    ("log(1+exp(x))", {"x": -37.5}, lambda x: mp.log(1 + mp.exp(x))),
    ("logsumexp([x,y])", {"x": 0.0, "y": -50.0}, lambda x, y: mp.log(mp.exp(x) + mp.exp(y))),
    ("log_softmax([x,y])[0]", {"x": 100.0, "y": 0.0}, lambda x, y: x - mp.log(mp.exp(x) + mp.exp(y))),
    (
        "-log(softmax([x,y,z])[1])",
        {"x": 0.0, "y": 50.0, "z": 0.0},
        lambda x, y, z: mp.log(mp.exp(x) + mp.exp(y) + mp.exp(z)) - y,
    ),
    ("x-(x+y)", {"x": 1e20, "y": 1.0}, lambda x, y: x - (x + y)),
    ("ceil(x)", {"x": 1e-20}, mp.ceil),
    ("floor(x)", {"x": -1e-300}, mp.floor),
    ("tan(y)-atan(y)", {"y": 8.2e-8}, lambda y: mp.tan(y) - mp.atan(y)),
    ("round((x-0.1)*(x-3))", {"x": 1649513.57}, lambda x: nearest((x - mp.mpf(0.1)) * (x - 3))),
    ("round(x)", {"x": 1e16}, nearest),
    ("sinpi(x)", {"x": 1e13}, mp.sinpi),
    ("sinpi(x)", {"x": 1e16}, mp.sinpi),
    ("sinpi(x)", {"x": 1e300}, mp.sinpi),
    ("sinpi(x+y)", {"x": -1e200, "y": 5e-324}, lambda x, y: mp.sinpi(x + y)),
    ("sinc(x*y)", {"x": 1e200, "y": 3.0}, lambda x, y: mp.sinpi(x * y) / (mp.pi * x * y)),
    ("csc(y)+y*x", {"x": 8903195.288795017, "y": 1.8838357445641642e17}, lambda x, y: mp.csc(y) + y * x),
    ("cosd(x)", {"x": 1e300}, lambda x: mp.cospi(x / 180)),
    ("mod(x, y)", {"x": -2.0, "y": 1e-160}, lambda x, y: x - y * mp.floor(x / y)),
    (
        "mod(20.25, x*y)",
        {"x": 1.5e-6, "y": 7.5e-239},
        lambda x, y: mp.mpf(20.25) - x * y * mp.floor(mp.mpf(20.25) / (x * y)),
    ),
    ("digamma(x)", {"x": -1.0000000000000464}, mp.digamma),
    ("round(x)-trigamma(x)", {"x": -0.9999999999999388}, lambda x: nearest(x) - mp.psi(1, x)),
]  # fmt: skip
SECOND: list[tuple[str, dict[str, float], Function]] = [
    ("lbeta(x,y)", {"x": 1.0, "y": 1.0}, lambda x, y: mp.log(mp.beta(x, y))),
    ("round(x)", {"x": 1e15}, nearest),
    ("sinpi(x)", {"x": 1e15}, mp.sinpi),
    ("cospi(x)", {"x": 1e15}, mp.cospi),
    ("sinc(x)", {"x": 1e15}, lambda x: mp.sinpi(x) / (mp.pi * x)),
    ("acosd(cosd(y))*x", {"x": 2.0, "y": 3.1e-5}, lambda x, y: y * x),
    ("x^ceil(y)", {"x": 1.0, "y": 1962629.43}, lambda x, y: x ** mp.ceil(y)),
    ("erf(round(y)+y*x)", {"x": -1.0, "y": 123456.7}, lambda x, y: mp.erf(nearest(y) + y * x)),
    ("1-cos(x)", {"x": 1e-9}, lambda x: 1 - mp.cos(x)),
    ("sin(x+y)", {"x": 1.0, "y": -1.3e14}, lambda x, y: mp.sin(x + y)),
]


def names_of(cases: list[tuple[str, dict[str, float], Function]]) -> list[str]:
    return [f"{text} at {', '.join(map(str, at.values()))}" for text, at, _ in cases]


def truth(f: Function, at: dict[str, float], orders: tuple[int, ...]) -> Any:
    """A partial derivative by central differences at many digits, with a step far below any scale at that point."""
    extreme = any(v and not 1e-30 < abs(v) < 1e30 for v in at.values())
    with mp.workdps(1500 if extreme else 160):
        h = mp.mpf(10) ** (-900 // sum(orders) if extreme else -40)
        point = [mp.mpf(v) for v in at.values()]
        moves = [k for k, n in enumerate(orders) for _ in range(n)]

        def partial(p: list[Any], left: list[int]) -> Any:
            if not left:
                return f(*p)
            k = left[0]
            plus, minus = [[q + s * h * (j == k) for j, q in enumerate(p)] for s in (1, -1)]
            return (partial(plus, left[1:]) - partial(minus, left[1:])) / (2 * h)

        return partial(point, moves)


def items(at: dict[str, float]) -> tuple[str, ...]:
    return tuple(f"{name}={value!r}" for name, value in at.items())


def assert_right(numbers: np.ndarray[Any, Any], text: str, at: dict[str, float], f: Function, order: int) -> None:
    """The tape's numbers are the derivatives."""
    for place in np.ndindex(numbers.shape):
        orders = [0] * len(at)
        for k in place[-order:]:
            orders[k] += 1
        exact = truth(f, at, tuple(orders))
        assert abs(mp.mpf(float(numbers[place])) - exact) <= mp.mpf(1e-9) * abs(exact) + mp.mpf(10) ** -290, (
            text,
            place,
        )


CASES = [(*case, 1) for case in FIRST] + [(*case, 2) for case in SECOND]


@pytest.mark.parametrize(("text", "at", "f", "order"), CASES, ids=names_of(FIRST + SECOND))
def test_a_right_number_is_not_accused(text: str, at: dict[str, float], f: Function, order: int) -> None:
    record = solved(text, items(at), "grad" if order == 1 else "hessian")
    assert record.checks["finite_difference"].verdict != "disagree"
    assert record.verdict in ("verified", "unverified")
    if record.verdict == "verified":
        numbers = [record.gradient[name] for name in at] if order == 1 else record.hessian.matrix
        assert_right(np.array(numbers), text, at, f, order)


@pytest.mark.parametrize(("text", "at", "f"), FIRST + SECOND, ids=names_of(FIRST + SECOND))
def test_what_differences_say_holds_the_truth(text: str, at: dict[str, float], f: Function) -> None:
    """No false comfort: where the bar is narrow enough to confirm anything, the truth lies inside it."""
    case = Case(text, **at)
    said = case.differences(1)
    for k in range(len(at)):
        exact = truth(f, at, tuple(int(j == k) for j in range(len(at))))
        told = abs(float(mp.mpf(float(case.first[0, k])) - exact))  # how wrong the tape itself is
        if said.compared[0, k] and said.error[0, k] <= 1e-4 * abs(float(exact)):
            assert said.difference[0, k] <= said.error[0, k] + 1e-13 * abs(float(exact)) + told


#: Points at which f's values are constant for all small steps, and larger ones tell its derivative nonetheless.
SEEN = ["1-cos(x)", "log(1+x^2)", "sqrt(1+x^2)-1", "log(cosh(x))"]


@pytest.mark.parametrize("factor", [1.001, -1.0, 0.0, 1e6])
@pytest.mark.parametrize("text", SEEN)
def test_a_wrong_number_is_found_where_larger_steps_see(text: str, factor: float) -> None:
    case = Case(text, x=1e-9)
    said = case.differences(1, factor * case.first)
    assert said.compared.all()
    assert said.difference[0, 0] > ESTIMATE_MARGIN * said.error[0, 0] + 1e-9 * abs(factor * case.first[0, 0])


@pytest.mark.parametrize("factor", [1.001, -1.0, 1e6])
@pytest.mark.parametrize(
    ("text", "x"),
    [
        ("floor(3*x)*x + x^2", 0.5),
        ("mod(x, 0.7)*x", 2.5),
        ("where(x > 2, x^2, x)", 2.125),
        ("x^3", 1e16),
        ("log(x)", 1e300),
    ],
)
def test_a_wrong_number_is_found_on_its_own_piece(text: str, x: float, factor: float) -> None:
    case = Case(text, x=x)
    right, wrong = case.differences(1), case.differences(1, factor * case.first)
    assert right.difference[0, 0] <= right.error[0, 0] + 1e-12 * abs(case.first[0, 0])
    assert wrong.difference[0, 0] > ESTIMATE_MARGIN * wrong.error[0, 0] + 1e-9 * abs(factor * case.first[0, 0])


def test_an_entry_below_the_normal_numbers_is_allowed_its_rounding() -> None:
    case = Case("1e-160*x*y", x=1e-160, y=3e-162)
    said = case.differences(1)
    assert 0 < case.first[0, 0] < 2.3e-308
    assert said.error[0, 0] >= math.ulp(0.0)
