"""The rounding bound: it covers what float64 really loses, is not much larger, and knows the entry's scale."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from planting import planted, solved

from gradcli.autodiff.derivatives import gradient
from gradcli.autodiff.elementwise import BY_NAME
from gradcli.autodiff.lowering import lower
from gradcli.autodiff.tape import Tape
from gradcli.language.parser import parse
from gradcli.targets.arrays import evaluate
from gradcli.verify.rounding import UNIT, rounding_bound


def bounded(text: str, position: tuple[int, ...] = (), **inputs: Any) -> tuple[float, float, float]:
    """The gradient's entry in the first input: its value, the bound on its rounding and its scale."""
    tape = Tape()
    arrays = {name: np.asarray(value, dtype=float) for name, value in inputs.items()}
    sources = {name: tape.input(name, a.shape) for name, a in arrays.items()}
    output = lower(tape, parse(text), sources)
    first = next(iter(sources.values()))
    (entry,) = gradient(tape, output, [first])
    (value,) = evaluate(tape, [entry], arrays)
    lost, scale = rounding_bound(tape, entry, position if tape.shape(entry) else (), arrays)
    return float(np.broadcast_to(value, tape.shape(first))[position]), lost, scale


#: Text in x (and y), and its derivative in x in mpmath.
FORMULAS: list[tuple[str, Callable[..., Any]]] = [
    ("sin(x)*exp(y)", lambda x, y: mp.cos(x) * mp.exp(y)),
    ("(x - y)^3*(x + y)", lambda x, y: 3 * (x - y) ** 2 * (x + y) + (x - y) ** 3),
    ("exp(x)/x - log(x*y)", lambda x, y: mp.exp(x) / x - mp.exp(x) / x**2 - 1 / x),
    ("sqrt(x + y) - sqrt(x)", lambda x, y: 1 / (2 * mp.sqrt(x + y)) - 1 / (2 * mp.sqrt(x))),
    ("cos(x*y)*x^2", lambda x, y: 2 * x * mp.cos(x * y) - x**2 * y * mp.sin(x * y)),
    ("tanh(x)/(1 + x*y)", lambda x, y: mp.sech(x) ** 2 / (1 + x * y) - y * mp.tanh(x) / (1 + x * y) ** 2),
    ("(1 - cos(x))/x^2", lambda x, y: mp.sin(x) / x**2 - 2 * (1 - mp.cos(x)) / x**3),
    ("x^y - y*x", lambda x, y: y * mp.power(x, y - 1) - y),
]


@pytest.mark.parametrize(("text", "derivative"), FORMULAS, ids=[text for text, _ in FORMULAS])
def test_the_bound_covers_the_error(text: str, derivative: Callable[..., Any]) -> None:
    """At points of many sizes, cancellation included: |computed - true| <= bound."""
    generator = random.Random(text)
    for _ in range(40):
        x, y = 10 ** generator.uniform(-4, 2), 10 ** generator.uniform(-4, 0.5)
        value, lost, _ = bounded(text, x=x, y=y)
        with mp.workdps(60):
            true = derivative(mp.mpf(x), mp.mpf(y))
            assert abs(value - true) <= lost, (text, x, y)


@pytest.mark.parametrize("text", [text for text, _ in FORMULAS])
def test_the_bound_is_not_idle_where_nothing_cancels(text: str) -> None:
    value, lost, _ = bounded(text, x=0.9, y=0.4)
    assert lost <= 400 * UNIT * max(abs(value), 1)


def test_nothing_is_lost_where_every_operation_is_exact() -> None:
    value, lost, _ = bounded("x*y + y", x=3.0, y=5.0)
    assert (value, lost) == (5.0, 0.0)


def test_cancellation_shows_in_the_bound() -> None:
    """∂/∂x of √(x+1) - √x: at 1e10 the two halves are 5e-6, their difference is 2.5e-16."""
    value, lost, _ = bounded("sqrt(x + 1) - sqrt(x)", x=1e10)
    assert value == pytest.approx(-2.5e-16, rel=1e-3)
    assert 5e-6 * UNIT / 4 <= lost <= 5e-6 * UNIT * 100


def test_the_scale_is_what_moving_the_inputs_by_their_size_does() -> None:
    """Entry cos(x)·y: |x·sin(x)·y| + |y·cos(x)|."""
    x, y = 0.7, 2.5
    _, _, scale = bounded("sin(x)*y", x=x, y=y)
    assert scale == pytest.approx(abs(x * math.sin(x) * y) + abs(y * math.cos(x)), rel=1e-14)


@pytest.mark.parametrize("x", [-700.0, -720.0, -740.0, -745.0])
def test_the_bound_covers_what_underflows(x: float) -> None:
    """∂/∂x of 745·exp(x)·x: exp(x) keeps few bits, and what is lost is multiplied by 745²."""
    value, lost, _ = bounded("745*(exp(x)*x)", x=x)
    with mp.workdps(400):
        true = 745 * (mp.exp(x) * x + mp.exp(x))
        assert abs(value - true) <= lost
    assert lost <= max(1e-12 * abs(value), 745 * 745 * 5e-324 * 50)


def test_what_underflows_where_no_slope_is_known_has_no_bound() -> None:
    """∂/∂x of -x²·log(x²) at 1e-160: x² keeps three digits, and the entry's slope by it, with 1/x², overflows."""
    value, lost, _ = bounded("entr(x^2)", x=1e-160)
    with mp.workdps(60):
        x = mp.mpf(1e-160)
        true = -2 * x * (mp.log(x * x) + 1)
        assert abs(value - true) > 1e-9 * abs(true)
    assert lost == math.inf


def test_a_partial_that_counts_its_order_is_bounded_by_its_own_size() -> None:
    """xexpx's first derivative is 1 at 0, its value 0: the two terms that cancel here have lost 1e-16 each."""
    value, lost, _ = bounded("xexpx(2.85*sin(x) - 2.85*tanh(x))", x=-1e-8)
    assert abs(value - 2.85 * 0.5e-16) <= lost <= 1e-13


def test_the_square_of_what_is_lost_is_bounded_too() -> None:
    """∂/∂x of (x/10 - 1)³ at 10: 0 where the truth is 0.3·(10·fl(0.1) - 1)², which the first order does not see."""
    value, lost, _ = bounded("(0.1*x - 1)^3", x=10.0)
    with mp.workdps(60):
        true = 3 * mp.mpf(0.1) * (mp.mpf(0.1) * 10 - 1) ** 2
        assert value == 0
        assert 0 < true <= lost <= 1e4 * true


def test_entries_of_an_array_are_bounded_one_by_one() -> None:
    v = np.array([1e-8, 1.0, 1e8])
    text = "sum(v^3)"
    bounds = [bounded(text, (k,), v=v)[1] for k in range(3)]
    for k, lost in enumerate(bounds):
        assert 0 < lost <= 100 * UNIT * 3 * v[k] ** 2


def test_a_long_sum_is_bounded_by_its_length() -> None:
    """The derivative of a square of a sum of 1000 terms: 2·Σv."""
    v = np.full(1000, 0.1)
    value, lost, _ = bounded("sum(v)^2", (0,), v=v)
    true = 2 * math.fsum(v)
    assert abs(value - true) <= lost
    assert lost <= 1e4 * UNIT * true


def test_infinities_beside_the_entry_do_not_warn_or_crash() -> None:
    """The tests turn a warning into an error."""
    lost, scale = bounded("exp(x)*0 + x", x=800.0)[1:]
    assert lost >= 0
    assert scale >= 0 or math.isnan(scale)


@pytest.mark.parametrize("factor", [1.001, 1.5])
def test_an_overflowing_bound_is_no_excuse(factor: float) -> None:
    """exp(2x) at 354: the entry is finite, what its rounding is measured by is not. A wrong entry must not pass."""
    with planted(BY_NAME["exp"], partials=(f"{factor}*out",)):
        record = solved("exp(2*x)", ("x=354",), "grad")
    assert math.isfinite(record.gradient["x"])
    assert record.verdict != "verified"


@pytest.mark.parametrize("task", ["grad", "hessian"])
def test_cancelled_digits_are_excused_and_lost_ones_are_not_verified(task: str) -> None:
    """x - sin(x): at 1e-3 a derivative of 5e-7 has lost six digits, and that is what its rounding allows."""
    record = solved("x - sin(x)", ("x=1e-3",), task)
    assert record.verdict in ("verified", "unverified")
    assert "disagree" not in {c.verdict for c in record.checks.values()}


def test_what_has_no_digits_left_is_unverified() -> None:
    """∂/∂x of √(x + 1) - √x at 1e15 keeps two digits: not verified, and nobody is accused."""
    record = solved("sqrt(x + 1) - sqrt(x)", ("x=1e15",), "grad")
    assert record.verdict == "unverified"
    assert {c.verdict for c in record.checks.values()} <= {"inconclusive", "skipped"}


def test_a_rule_that_is_wrong_in_the_bound_too_excuses_nothing() -> None:
    """The bound's sensitivities come from the same rules; a slope of sech^2 that does not vanish would excuse all."""
    with planted(BY_NAME["sech2"], partials=("1",)), planted(BY_NAME["tanh"], partials=("1.001*sech2(x)",)):
        record = solved("tanh(x*y)", ("x=6", "y=3.1"), "grad")
    assert 0 < record.gradient["x"] < 1e-14
    assert record.verdict == "mismatch"
    assert record.checks["certificate"].verdict == "disagree"
