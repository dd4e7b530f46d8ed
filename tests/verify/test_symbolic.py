"""The symbolic witness alone: it compares every entry, at enough digits, and says what it left out."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from hearings import Case

from gradcli.targets.symbols import values as symbol_values

GENERATOR = np.random.default_rng(2)
FEW, SOME, MANY = (GENERATOR.uniform(0.2, 1.5, n) for n in (3, 7, 12))
TEXT = "sum(sin(v)*v[::-1]) + prod(v) + log(sum(v^2))"


def agrees(said: Any, entries: Any) -> bool:
    """Whether every entry is compared and right to 1e-13 of the largest."""
    return bool(said.compared.all() and np.all(said.difference <= 1e-13 * np.abs(entries).max()))


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("v", [FEW, SOME, MANY], ids=len)
def test_it_agrees_with_a_right_derivative(order: int, v: Any) -> None:
    """Few variables are differentiated by one at a time, more along a line."""
    case = Case(TEXT, v=v)
    said = case.symbolic(order)
    assert said.method == "entries"
    assert agrees(said, case.entries(order))


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("v", [FEW, SOME, MANY], ids=len)
def test_it_measures_a_wrong_entry(order: int, v: Any) -> None:
    case = Case(TEXT, v=v)
    wrong = case.entries(order).copy()
    wrong[0, 1] *= 1.001
    said = case.symbolic(order, wrong)
    off = abs(wrong[0, 1] - case.entries(order)[0, 1])
    assert said.difference[0, 1] == pytest.approx(off, rel=1e-6)
    said.difference[0, 1] = 0.0
    assert agrees(said, wrong)


def test_rows_of_a_jacobian() -> None:
    case = Case("[v @ v, prod(v), sin(v[0])]", v=FEW)
    said = case.symbolic(1)
    assert case.first.shape == (3, 3)
    assert agrees(said, case.first)


def test_zeros_are_exact() -> None:
    case = Case("x^2 + y*z", x=1.5, y=2.0, z=3.0)
    said = case.symbolic(2)
    assert said.compared.all()
    assert said.difference[0, 1] == said.error[0, 1] == 0.0


@pytest.mark.parametrize("x", [1e-8, 1e-30, 1e-60])
def test_precision_grows_until_cancellation_is_overcome(x: float) -> None:
    """d/dx (cos(x) - 1 + x²/2) = x - sin(x), about x³/6: beyond 100 digits cancel at the last point."""
    case = Case("cos(x) - 1 + x^2/2", x=x)
    with mp.workdps(250):
        true = float(mp.mpf(x) - mp.sin(mp.mpf(x)))
    said = case.symbolic(1, [[true]])
    assert said.compared.all()
    assert said.difference[0, 0] <= 2e-16 * true
    assert said.error[0, 0] <= 1e-15 * true


def test_literals_and_inputs_are_their_float64() -> None:
    """d/dx x^0.1 with the 0.1 of float64, which is 5.6e-18 more than 1/10."""
    case = Case("x^0.1", x=1e300)
    with mp.workdps(50):
        exponent = mp.mpf(0.1)
        true = exponent * mp.mpf(1e300) ** (exponent - 1)
        decimal = mp.mpf("0.1") * mp.mpf(1e300) ** (mp.mpf("0.1") - 1)
        told = float(true)
        assert abs(told / decimal - 1) > 1e-15
        said = case.symbolic(1, [[told]])
        assert said.difference[0, 0] <= 1.2e-16 * told


def test_a_stopped_part_is_held() -> None:
    said = Case("x*stop_gradient(x^2)", x=3.0).symbolic(1, [[9.0]])
    assert said.difference[0, 0] == 0.0


def test_branches_are_those_of_the_point_also_from_memory() -> None:
    """What was differentiated at one point serves the next, where another branch may be taken."""
    memory: dict[Any, Any] = {}
    for x, slope in ((2.0, 12.0), (0.5, 1.0), (3.0, 27.0), (0.25, 0.5)):
        case = Case("where(x > 1, x^3, x^2)", x=x)
        said = case.symbolic(1, [[slope]], memory=memory)
        assert said.difference[0, 0] == 0.0
    assert memory


def test_a_budget_that_is_too_small_is_told() -> None:
    said = Case(TEXT, v=MANY).symbolic(2, seconds=0.0)
    assert not said.compared.any()
    assert "operations are more than SymPy differentiates in the budget" in said.reason


def test_a_function_it_cannot_evaluate_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(symbol_values._FUNCTIONS, "erf")
    said = Case("erf(x)*normcdf(x)", x=0.5).symbolic(1)
    assert not said.compared.any()
    assert "erf" in said.reason


@pytest.mark.parametrize(
    ("text", "point", "order", "entry"),
    [
        # gamma(0) is SymPy's complex infinity, which swallows the x beside it
        ("x + 0.25^beta(0, y)", {"x": 1.0, "y": 0.5}, 1, 1.0),
        # so is the derivative of 0^(y - 1) by y, and then the y beside it in the next one
        ("y^x*y - (x*0)^(y - 1)", {"x": 1.5, "y": 2.0}, 2, None),
    ],
)
def test_an_infinity_of_sympys_is_no_answer(text: str, point: Any, order: int, entry: float | None) -> None:
    case = Case(text, **point)
    said = case.symbolic(order)
    assert not said.compared.any()
    assert "infinity" in said.reason
    assert entry is None or case.first[0, 0] == entry


@pytest.mark.parametrize(
    ("text", "point", "gradient"),
    [
        ("y*atan2(y, x)", {"y": 1.0, "x": 1.0}, [np.pi / 4 + 0.5, -0.5]),
        ("xlogy(x, y)", {"x": 0.0, "y": 2.0}, [np.log(2.0), 0.0]),
        ("xlog1py(x, y)", {"x": 0.0, "y": 2.0}, [np.log(3.0), 0.0]),
        ("mod(x, y)", {"x": 1.0, "y": 0.1}, [1.0, -9.0]),  # 1/0.1 rounds to 10, the float64 0.1 goes 9 times
        ("mod(x, y)", {"x": -1e-300, "y": 3.0}, [1.0, 1.0]),
    ],
)
def test_what_sympy_says_of(text: str, point: dict[str, float], gradient: list[float]) -> None:
    said = Case(text, **point).symbolic(1, [gradient])
    assert said.compared.all()
    assert np.all(said.difference <= 1e-15)


def test_an_entry_that_is_not_finite_is_left_out() -> None:
    said = Case("x^y", x=-2.0, y=3.0).symbolic(1)
    assert said.compared.tolist() == [[True, False]]
    assert said.reason


def test_derivatives_on_the_tape_are_not_read() -> None:
    """Numbers made up altogether are judged by SymPy alone."""
    case = Case("exp(x)*y", x=0.0, y=2.0)
    said = case.symbolic(1, [[2.5, 1.0]])
    assert said.difference.tolist() == [[0.5, 0.0]]


def test_the_working_precision_of_flint_is_put_back() -> None:
    import flint

    before = flint.ctx.prec
    Case(TEXT, v=MANY).symbolic(2)
    Case("erf(x)", x=1.0).symbolic(1)
    assert flint.ctx.prec == before


@pytest.mark.parametrize(("name", "whole"), [("fmod", -49999999999999), ("mod", 49999999999999)])
def test_a_remainder_takes_the_quotient_that_gives_it_not_the_rounded_one(name: str, whole: int) -> None:
    """1e6/2e-8 is 0.001 less than 5e13, which is what float64 makes of it."""
    x, y = 1e6, -2e-8 if name == "fmod" else 2e-8
    assert int(Fraction(x) / Fraction(y)) == whole
    case = Case(f"{name}(x, y)^2", x=x, y=y)
    remainder = float(Fraction(x) - whole * Fraction(y))
    right = np.array([[2 * remainder, -2 * remainder * whole]])
    assert agrees(case.symbolic(1, right), right)
