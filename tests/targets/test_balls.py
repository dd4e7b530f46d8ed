"""Taylor balls against mpmath: every row's first and second derivatives are enclosed, hard points and refusals too."""

from __future__ import annotations

import itertools
import math
import random
import time
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from flint import arb, arb_series, ctx
from oracles import FUNCTIONS, derivative

from gradcli.autodiff.elementwise import BY_NAME, ROWS
from gradcli.autodiff.lowering import lower
from gradcli.autodiff.primitive import Row
from gradcli.autodiff.tape import Tape
from gradcli.language.parser import parse
from gradcli.targets.balls import BallWalk, OutOfTimeError, arrays, ball_precision, support
from gradcli.targets.balls.kernels import kernel_of
from gradcli.targets.balls.series import UndecidedError, UnknownError

LATER = math.inf
with mp.workdps(50):
    SIN_OF_FLOAT_PI = mp.mpf("1.2246467991473531772260659322749979970830539012e-16")
    DEGREE = mp.mpf("0.01745329251994329576923690768488612713442871888541725")
ORDERS = {"power": [(0, 0), (1, 0), (2, 1)], "sinc": [(0,), (1,), (2,)], "digamma": [(0,), (1,), (2,)]}
CASES = [(row, orders) for row in ROWS for orders in ORDERS.get(row.name, [row.usual])]


def walk_row(row: Row, at: tuple[float, ...], orders: tuple[int, ...]) -> BallWalk:
    tape = Tape()
    sources = [tape.input(f"x{k}") for k in range(len(at))]
    inputs = {f"x{k}": np.array(x) for k, x in enumerate(at)}
    return BallWalk(tape, tape.append(row, sources, orders), sources, inputs, {}, LATER)


def walk_text(text: str, **at: Any) -> BallWalk:
    tape = Tape()
    inputs = {name: np.asarray(value, dtype=float) for name, value in at.items()}
    names = {name: tape.input(name, value.shape) for name, value in inputs.items()}
    return BallWalk(tape, lower(tape, parse(text), names), list(names.values()), inputs, {}, LATER)


def exact(ball: Any) -> tuple[Any, Any]:
    """Midpoint and radius as mpmath numbers, without rounding."""

    def number(x: Any) -> Any:
        mantissa, exponent = x.man_exp()
        return mp.mpf(int(mantissa)) * mp.mpf(2) ** int(exponent)

    return number(ball.mid()), number(ball.rad())


def assert_encloses(ball: Any, truth: Any, noise: float = 0.0) -> None:
    """The ball is narrow and contains the reference, which has 30 digits, or that absolute error."""
    with mp.workdps(60):
        middle, radius = exact(ball)
        assert abs(middle - truth) <= radius + abs(truth) * mp.mpf(10) ** -30 + noise
        assert radius <= max(abs(truth), noise) * mp.mpf(2) ** -60


def points(row: Row, count: int = 2) -> list[tuple[float, ...]]:
    chosen = random.Random(row.name)
    return [tuple(chosen.uniform(a, b) for a, b in row.domain) for _ in range(count)]


@pytest.mark.parametrize(("row", "orders"), CASES, ids=lambda v: v.name if isinstance(v, Row) else "")
def test_row_first_and_second_derivatives_are_enclosed(row: Row, orders: tuple[int, ...]) -> None:
    n = len(row.arguments)
    taken = orders if row.name in ORDERS else (0,) * n

    def truth(at: tuple[float, ...], *by: int) -> Any:
        if row.boolean:
            return mp.mpf(0)
        with mp.workdps(45):
            return mp.diff(FUNCTIONS[row.name], at, tuple(taken[k] + by.count(k) for k in range(n)))

    for at in points(row):
        walk = walk_row(row, at, orders)
        with ball_precision(128):
            for j in range(n):
                (curve,) = walk.along((j,), 2)
                assert_encloses(curve[1], truth(at, j), 1e-30)
            single = [walk.along((j,), 3)[0][2] for j in range(n)]
            for i, j in itertools.combinations_with_replacement(range(n), 2):
                ball = single[i] * 2 if i == j else walk.along((i, j), 3)[0][2] - single[i] - single[j]
                mixed = truth(at, i, j)  # 0 is left of parts that are not: a sum of functions of one variable each
                assert_encloses(ball, mixed, 1e-30 if mixed else 1e-18)
                if not walk.partners.get(i, 0) >> j & 1:
                    assert truth(at, i, j) == pytest.approx(0, abs=1e-40)


COUNTED = [
    row for row in ROWS if row.ball is None and len(row.arguments) == 1 and len(row.orders) > len(row.parameters)
]


@pytest.mark.parametrize("row", COUNTED, ids=lambda row: row.name)
@pytest.mark.parametrize("times", [1, 2])
def test_a_derivative_that_an_order_counts_is_that_of_the_definition(row: Row, times: int) -> None:
    (at,) = points(row, 1)
    with ball_precision(128):
        (ball,) = walk_row(row, at, (*row.usual[:-1], times)).at_rest()
    with mp.workdps(45):
        assert_encloses(ball, mp.diff(FUNCTIONS[row.name], at[0], times))


def test_every_row_has_a_kernel() -> None:
    assert [row.name for row, orders in CASES if kernel_of(row, orders) is None] == []


HARD = [
    ("tanh", 20.0), ("tanh", -20.0), ("tanh", 1e-300), ("tanh", 300.0), ("sigmoid", -700.0), ("softplus", -700.0),
    ("sin", 1e22), ("cos", 1e22), ("tan", 1e22), ("cot", 1e-150), ("exp", -745.0), ("exp", 709.0), ("log", 1e-300),
    ("log1p", 1e-300), ("expm1", 1e-300), ("sinh", 1e-300), ("asinh", 1e-300), ("asinh", -1e200), ("acosh", 1e200),
    ("acosh", 1.0000000000000002), ("atanh", 0.9999999999999999), ("sinc", 0.0), ("sinc", 1e-300), ("sinc", 0.25),
    ("sinc", 1e6), ("sqrt", 1e-300), ("sqrt", 1e300), ("cbrt", -1e-300), ("erf", 25.0), ("erfc", 26.0), ("erfc", -5.0),
    ("sech2", 300.0), ("log_slope", 1e150), ("abs", -1e-300),
]  # fmt: skip


@pytest.mark.parametrize(("name", "x"), HARD)
def test_hard_points(name: str, x: float) -> None:
    walk = walk_row(BY_NAME[name], (x,), (0,) * len(BY_NAME[name].orders))
    truths = [derivative(name, (x,), (order,)) for order in (1, 2)]
    with ball_precision(4096):
        (curve,) = walk.along((0,), 3)
        assert_encloses(curve[1], truths[0])
        assert_encloses(curve[2] * 2, truths[1])


@pytest.mark.parametrize(
    ("text", "at", "slope"),
    [
        ("x^3", {"x": 0.0}, 0),
        ("x^0", {"x": 0.0}, 0),
        ("x^-2", {"x": -2.0}, 0.25),
        ("(-2)^x + x^2", {"x": 3.0}, None),
        ("abs(x^2)", {"x": 0.0}, 0),
        ("max(x^2, x^2)", {"x": 1.0}, 2),
        ("mod(x, 2)", {"x": -0.5}, 1),
        ("round(x) + x", {"x": 2.25}, 1),
        ("where(x > 0, log(x), -x)", {"x": -1.0}, -1),
        ("where(x < 0 or log(x) > 1, 3*x, x)", {"x": -1.0}, 3),
        ("sqrt(relu(x)) + asin(sign(x)) + 3*x", {"x": -2.0}, 3),
        ("atan2(x, -1)", {"x": 1.0}, -0.5),
        ("xlogy(x, 1)", {"x": 0.0}, 0),
    ],
)
def test_exact_cases(text: str, at: dict[str, float], slope: float | None) -> None:
    walk = walk_text(text, **at)
    with ball_precision(128):
        (curve,) = walk.along((0,), 2)
    if slope is None:
        assert not curve[1].is_finite()
        assert "negative" in str(walk.reasons[0])
    else:
        assert curve[1].overlaps(arb(slope))


def test_two_branches_that_agree_to_all_orders_asked_for_are_no_kink() -> None:
    with ball_precision(128):
        (curve,) = walk_text("max(x^3, 0)", x=0.0).along((0,), 3)
        assert [curve[k].is_zero() for k in range(3)] == [True] * 3


def test_pi_of_the_person_is_a_float_and_pi_of_a_definition_is_exact() -> None:
    with ball_precision(128):
        (curve,) = walk_text("x*sin(pi)", x=1.0).along((0,), 2)
        assert_encloses(curve[1], SIN_OF_FLOAT_PI)
        (curve,) = walk_text("deg2rad(x)", x=1.0).along((0,), 2)
        assert_encloses(curve[1], DEGREE)


def gamma_slopes(x: Any) -> tuple[Any, Any]:
    psi = mp.psi(0, x)
    return mp.gamma(x) * psi, mp.gamma(x) * (psi**2 + mp.psi(1, x))


CLOSED = [
    ("gamma", 170.0, gamma_slopes),
    ("gamma", -2.5, gamma_slopes),
    ("lgamma", -0.5, lambda x: (mp.psi(0, x), mp.psi(1, x))),
    ("lgamma", 1e22, lambda x: (mp.psi(0, x), mp.psi(1, x))),
    ("digamma", -3.25, lambda x: (mp.psi(1, x), mp.psi(2, x))),
    ("digamma", 1e-200, lambda x: (mp.psi(1, x), mp.psi(2, x))),
]


@pytest.mark.parametrize(("name", "x", "slopes"), CLOSED)
def test_gamma_functions_by_polygamma(name: str, x: float, slopes: Any) -> None:
    walk = walk_row(BY_NAME[name], (x,), (0,) * len(BY_NAME[name].orders))
    with mp.workdps(50), ball_precision(256):
        (curve,) = walk.along((0,), 3)
        first, second = slopes(mp.mpf(x))
        assert_encloses(curve[1], first)
        assert_encloses(curve[2] * 2, second)


@pytest.mark.parametrize("row", [r for r in ROWS if len(r.arguments) == 1 and not r.orders][::7], ids=lambda r: r.name)
def test_arrays_give_what_scalars_give(row: Row) -> None:
    at = [p[0] for p in points(row, 3)]
    tape = Tape()
    x = tape.input("x", (3,))
    walk = BallWalk(tape, tape.append(row, [x]), [x], {"x": np.array(at)}, {}, LATER)
    with ball_precision(128):
        for j in range(3):
            curves = walk.along((j,), 3)
            (alone,) = walk_row(row, (at[j],), ()).along((0,), 3)
            for k, curve in enumerate(curves):
                assert walk.support[k] >> j & 1 == (k == j)
                assert all(curve[c].overlaps(alone[c]) for c in range(3)) if k == j else curve[1].is_zero()


def test_precision_and_cap_are_put_back() -> None:
    before = ctx.prec, ctx.cap
    with ball_precision(777):
        assert ctx.prec == 777
    with pytest.raises(ZeroDivisionError), ball_precision(777):
        _ = 1 / 0
    assert (ctx.prec, ctx.cap) == before


def test_a_held_instruction_is_not_computed() -> None:
    tape = Tape()
    x = tape.input("x")
    stopped = lower(tape, parse("stop_gradient(log(x))"), {"x": x})
    output = tape.multiply(x, stopped)
    walk = BallWalk(tape, output, [x], {"x": np.array(-1.0)}, {stopped: np.array(0.25)}, time.monotonic() + 60)
    with ball_precision(128):
        (curve,) = walk.along((0,), 2)
    assert curve[1] == 0.25


@pytest.mark.parametrize("text", ["sum((A @ B)^2)", "A[0] @ B[:, 1]", "sum(A @ B @ A[0, :3])"])
def test_a_product_in_pieces_is_the_same(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """The memory of a large product is bounded: its longest axis is taken in pieces, kept or summed over."""
    tape = Tape()
    inputs = {"A": np.linspace(0.1, 1.2, 12).reshape(3, 4), "B": np.linspace(-1.0, 1.2, 12).reshape(4, 3)}
    sources = {name: tape.input(name, a.shape) for name, a in inputs.items()}
    output = lower(tape, parse(text), sources)

    def slopes() -> list[float]:
        walk = BallWalk(tape, output, list(sources.values()), inputs, {}, time.monotonic() + 60)
        with ball_precision(128):
            return [float(walk.along((k,), 2)[0][1].mid()) for k in range(24)]

    whole = slopes()
    for most in (1, 5, 12):
        monkeypatch.setattr(arrays, "_PRODUCTS", most)
        assert slopes() == whole


def test_who_meets_whom_is_only_asked_for_second_derivatives() -> None:
    tape = Tape()
    x = tape.input("x", (3,))
    output = lower(tape, parse("x[0]*x[1] + sin(x[2])"), {"x": x})
    point = {"x": np.array([1.0, 2.0, 3.0])}
    walk = BallWalk(tape, output, [x], point, {}, time.monotonic() + 60)
    assert walk.partners == {0: 0b010, 1: 0b001, 2: 0b100}
    assert not BallWalk(tape, output, [x], point, {}, time.monotonic() + 60, curved=False).partners


def test_meetings_of_a_group_that_has_met_are_not_repeated() -> None:
    meetings = support.Meetings(time.monotonic() + 60)
    meetings.meet(0b0111, 0b0111)
    meetings.meet(0b0011, 0b0100)
    meetings.meet(0b1000, 0b0001)
    assert meetings.partners == {0: 0b1111, 1: 0b0111, 2: 0b0111, 3: 0b0001}


def test_the_search_for_meetings_ends_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(support, "_MEETINGS", 1)
    with pytest.raises(OutOfTimeError):
        support.Meetings(time.monotonic() - 1).meet(0b01, 0b10)


_WIDE = [(row, orders) for row, orders in CASES if kernel_of(row, orders) is not None]
_CENTRES = (0.0, 1.0, -1.0, 2.0, 0.5, -0.5, 3.0, 0.25, -2.0, 1e-8, 10.0)


@pytest.mark.parametrize(("row", "orders"), _WIDE, ids=[f"{row.name}{orders or ''}" for row, orders in _WIDE])
def test_a_wide_ball_holds_what_each_point_in_it_gives(row: Row, orders: tuple[float, ...]) -> None:
    """A choice, a special value or a series around a centre must be right for all points of a ball, or refused."""
    draw = random.Random(row.name)
    function = kernel_of(row, orders).function
    with ball_precision(160):
        for _ in range(25):
            widths = [draw.choice((1e-30, 1e-12, 1e-3, 0.1)) for _ in row.arguments]
            wide = [arb(draw.choice(_CENTRES), width) for width in widths]
            inside = [(ball + draw.choice((-1, 0, 1, draw.uniform(-1, 1))) * ball.rad()).mid() for ball in wide]
            try:
                around = function(*(arb_series([ball, 1], 3) for ball in wide))
            except (UnknownError, ValueError, ArithmeticError):
                continue
            if not all(around[k].is_finite() for k in range(3)):
                continue
            at = function(*(arb_series([point, 1], 3) for point in inside))
            assert all(around[k].overlaps(at[k]) for k in range(3)), (wide, inside)


def test_near_its_removable_pole_eta_is_refused_unless_it_is_exactly_there() -> None:
    eta = kernel_of(BY_NAME["eta"], (0,)).function
    with ball_precision(128), pytest.raises(UndecidedError):
        eta(arb(1, 1e-20))
