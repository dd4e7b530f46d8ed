"""The condition of an entry against mpmath, and the precision at which enclosures settle."""

from __future__ import annotations

import math
import time
from typing import Any

import mpmath as mp
import numpy as np
import pytest

from gradcli.autodiff.tape import Tape
from gradcli.problems.commandline import problem_from_expression
from gradcli.problems.problem import CheckOptions
from gradcli.result import Record
from gradcli.solve import SolveOptions, solve
from gradcli.verify.certificate import Certificate, certify

UNIT = 2.0**-53


def certified(text: str, *items: str, task: str = "grad", budget: float = 20.0) -> Record:
    problem = problem_from_expression(text, items).with_(check=CheckOptions(symbolic=False, budget_seconds=budget))
    (record,) = solve(problem, SolveOptions(task=task, certify=True)).results
    return record


#: Text, point of x, and its derivative in mpmath, whose own derivative gives the condition number |x g'/g|.
FORMULAS: list[tuple[str, float, Any]] = [
    ("sin(x)", 1.25, lambda x: mp.cos(x)),
    ("x^7", 0.3, lambda x: 7 * x**6),
    ("exp(x)", 30.0, lambda x: mp.exp(x)),
    ("sin(1000*x)", 2.0, lambda x: 1000 * mp.cos(1000 * x)),
    ("log(x)/(x - 1)", 1.0000001, lambda x: 1 / (x * (x - 1)) - mp.log(x) / (x - 1) ** 2),
    ("(1 - cos(x))/x^2", 1e-8, lambda x: mp.sin(x) / x**2 - 2 * (1 - mp.cos(x)) / x**3),
    ("sqrt(x + 1) - sqrt(x)", 1e10, lambda x: 1 / (2 * mp.sqrt(x + 1)) - 1 / (2 * mp.sqrt(x))),
    ("sin(1e300*x)", 1.1, lambda x: mp.mpf(1e300) * mp.cos(mp.mpf(1e300) * x)),
    ("x^2 - 2*x", 1.0 + 2.0**-30, lambda x: 2 * x - 2),
]


@pytest.mark.parametrize(("text", "at", "derivative"), FORMULAS, ids=[text for text, _, _ in FORMULAS])
def test_the_condition_in_the_inputs_is_the_relative_one(text: str, at: float, derivative: Any) -> None:
    record = certified(text, f"x={at!r}")
    assert record.condition is not None
    with mp.workdps(700):
        x = mp.mpf(at)
        true = abs(x * mp.diff(derivative, x, h=mp.mpf(10) ** -350) / derivative(x))
    assert record.condition.inputs["x"] == pytest.approx(float(true), rel=1e-2, abs=1e-6)


@pytest.mark.parametrize(("text", "at", "derivative"), FORMULAS, ids=[text for text, _, _ in FORMULAS])
def test_the_condition_in_the_operations_covers_the_error_and_the_digits_tell_it(
    text: str, at: float, derivative: Any
) -> None:
    record = certified(text, f"x={at!r}")
    assert record.condition is not None
    assert record.gradient is not None
    assert record.digits is not None
    with mp.workdps(700):
        true = derivative(mp.mpf(at))
        error = abs(mp.mpf(record.gradient["x"]) - true)
        assert error / abs(true) / UNIT <= record.condition.operations["x"]
        digits = 15.95 if error == 0 else -mp.log10(error / abs(mp.mpf(record.gradient["x"])))
    assert record.digits["x"] == pytest.approx(min(15.95, max(0.0, float(digits))), abs=0.05)


def test_the_condition_counts_every_input_constants_too() -> None:
    """g = ∂/∂x of x·y·c - x: y·c - 1; y and c move it by 1 each, relative to 1e-6."""
    problem = problem_from_expression("x*y*c - x", ["x=3", "y=1", "c=1.000001"]).with_(wrt=("x",))
    (record,) = solve(problem, SolveOptions(certify=True)).results
    assert record.condition is not None
    assert record.condition.inputs["x"] == pytest.approx(2 * 1.000001 / 1e-6, rel=1e-6)


def test_each_entry_of_an_array_has_digits_and_condition_of_its_own() -> None:
    v = [1.0, 1.0 + 1e-9, 3.0]
    record = certified("sum(v^2 - 2*v)", f"v={v!r}")
    assert record.condition is not None
    assert record.digits is not None
    conditions = record.condition.inputs["v"]
    assert conditions[1] == pytest.approx(1e9, rel=1e-6)
    assert conditions[2] == pytest.approx(1.5, rel=1e-6)
    assert conditions[0] is None  # the entry is 0
    assert len(record.digits["v"]) == 3


def test_matrices_have_them_in_their_shape() -> None:
    for task, shape in (("hessian", (2, 2)), ("jacobian", (1, 2))):
        record = certified("x^2*y", "x=3", "y=2", task=task)
        assert record.digits is not None
        assert record.condition is not None
        for part in (record.digits, record.condition.operations, record.enclosures):
            assert np.shape(np.array(part["matrix"], dtype=object))[:2] == shape


#: Entries that settle only at so many bits, and what they are.
DEEP: list[tuple[str, str, Any]] = [
    ("sin(1e300*x)", "x=1.1", lambda x: mp.mpf(1e300) * mp.cos(mp.mpf(1e300) * x)),  # 1000 bits
    ("(1e300*x^2 + x) - 1e300*x^2", "x=1.1", lambda x: mp.mpf(1)),  # 1000
    ("((1e300 + x^3*1e-300) - 1e300)*1e300", "x=1.1", lambda x: 3 * x**2 * mp.mpf(1e-300) * mp.mpf(1e300)),  # 2000
    ("log(1 + exp(-1e3*x)) - exp(-1e3*x)", "x=0.7", lambda x: 1000 * mp.exp(-2000 * x) / (1 + mp.exp(-1000 * x))),
]  # fmt: skip


@pytest.mark.parametrize(("text", "item", "derivative"), DEEP, ids=[text for text, _, _ in DEEP])
def test_precision_is_raised_until_the_enclosure_settles(text: str, item: str, derivative: Any) -> None:
    record = certified(text, item)
    assert record.enclosures is not None
    lower, upper = record.enclosures["x"]
    with mp.workdps(1400):
        true = derivative(mp.mpf(float(item[2:])))
        assert mp.mpf(lower) <= true <= mp.mpf(upper)
    assert upper - lower <= 2 * math.ulp(max(abs(lower), abs(upper)))


def iterated(times: int, seconds: float, scale: float = 1.0) -> Certificate:
    """∂/∂x at 0.3 of scale·y, where y is x after so many steps y -> 4·y·(1 - y): each loses one to two bits."""
    tape = Tape()
    x = y = tape.input("x")
    for _ in range(times):
        y = tape.multiply(tape.multiply(tape.constant(4.0), y), tape.subtract(tape.constant(1.0), y))
    output = tape.multiply(tape.constant(scale), y)
    inputs, deadline = {"x": np.array(0.3)}, time.monotonic() + seconds
    return certify(tape, output, [x], inputs, np.zeros((1, 1)), 1, {}, deadline, budget=seconds)


@pytest.mark.parametrize("times", [100, 300, 1000])
def test_a_tower_of_cancellations_settles(times: int) -> None:
    found = iterated(times, 60.0)
    with mp.workdps(times + 100):
        y, slope = mp.mpf(0.3), mp.mpf(1)
        for _ in range(times):
            y, slope = 4 * y * (1 - y), 4 * (1 - 2 * y) * slope
        assert mp.mpf(found.lower[0, 0]) <= slope <= mp.mpf(found.upper[0, 0])
    assert found.upper[0, 0] - found.lower[0, 0] <= 2 * math.ulp(abs(found.lower[0, 0]))


def test_what_needs_more_than_the_highest_precision_says_so() -> None:
    found = iterated(2040, 60.0, 1e-320)
    assert not found.compared.any()
    assert found.reasons == {0: "the enclosure stays too wide at the highest precision"}


def test_the_budget_is_kept() -> None:
    found = iterated(2040, 0.02, 1e-320)
    assert not found.compared.any()
    assert "budget of 0.02 s ended" in found.reasons[0]
