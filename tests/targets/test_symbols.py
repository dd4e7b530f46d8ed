"""The symbol target: what SymPy sees of each row, and its derivatives, against mpmath."""

from __future__ import annotations

import random
from typing import Any

import flint
import mpmath as mp
import numpy as np
import pytest
import sympy
from oracles import FUNCTIONS, derivative

from gradcli.autodiff.elementwise import ROWS
from gradcli.autodiff.lowering import lower
from gradcli.autodiff.primitive import Row
from gradcli.autodiff.tape import Tape
from gradcli.autodiff.vjp import vjp
from gradcli.language.parser import parse
from gradcli.targets.arrays import Plan
from gradcli.targets.symbols import Line
from gradcli.targets.symbols.values import Evaluator

#: Inverses and a function of whose derivative SymPy knows nothing.
NOT_IN_SYMPY = {"zeta", "eta", "invdigamma", "gammaincinv", "betaincinv"}
#: Rows with a derivative; the references' gamma functions are slow at many digits, and tested in test_rows.
SMOOTH = [
    row
    for row in ROWS
    if row.name in FUNCTIONS and row.name not in NOT_IN_SYMPY and any(p not in (None, "0") for p in row.partials)
]
GAMMAS = {"gamma", "lgamma", "digamma", "beta", "lbeta"}


def exact(name: str, at: tuple[float, ...], orders: tuple[int, ...]) -> Any:
    if name not in GAMMAS:
        true = derivative(name, at, orders)
        return true if float(true) else mp.mpf(0)
    with mp.workdps(45):
        return mp.diff(FUNCTIONS[name], tuple(map(mp.mpf, at)), orders)


def lines(tape: Tape, output: int, sources: list[int], inputs: dict[str, Any], moving: bool = True) -> Line:
    """The symbols of an output at a point."""
    plan = Plan(tape, tape.needed([output, *sources]))
    return Line(tape, [output], sources, dict(zip(plan.outputs, plan.run(inputs), strict=True)), moving)


def along(line: Line, order: int, velocities: list[int]) -> Any:
    """The derivative in t at given velocities, 256 bits."""
    saved = flint.ctx.prec
    flint.ctx.prec = 256
    try:
        f = sympy.sympify(line.outputs[0].ravel()[0])
        for _ in range(order):
            f = f.diff(line.parameter)
        names = [v for array in line.velocities for v in array.ravel()]
        evaluator = Evaluator([f], line.values, names)
        (found,) = evaluator.run(evaluator.prepare(), [flint.arb(v) if v else None for v in velocities])
        return mp.mpf(0) if found is None else mp.mpf(flint.arb(found).mid().str(50, radius=False))
    finally:
        flint.ctx.prec = saved


@pytest.mark.parametrize("row", SMOOTH, ids=lambda row: row.name)
def test_sympys_derivatives_of_a_row_are_mpmaths(row: Row) -> None:
    """Along each argument alone, to 25 digits: the witness is right where it speaks."""
    generator = random.Random(row.name)
    at = tuple(generator.uniform(*interval) for interval in row.domain)
    tape = Tape()
    sources = [tape.input(name) for name in row.arguments]
    output = tape.append(row, sources, row.usual)
    line = lines(tape, output, sources, dict(zip(row.arguments, at, strict=True)))
    for order in (1, 2):
        for k, partial in enumerate(row.partials):
            if partial is None:
                continue
            true = exact(row.name, at, tuple(order * (j == k) for j in range(len(at))))
            with mp.workdps(50):
                found = along(line, order, [int(j == k) for j in range(len(at))])
                assert abs(found - true) <= mp.mpf(10) ** -25 * (abs(true) or 1), (row.name, at, order, k)


def symbols(text: str, **inputs: Any) -> tuple[Line, list[sympy.Symbol]]:
    """A text as SymPy expressions of plain symbols."""
    tape = Tape()
    arrays = {name: np.asarray(value, dtype=float) for name, value in inputs.items()}
    sources = {name: tape.input(name, a.shape) for name, a in arrays.items()}
    output = lower(tape, parse(text), sources)
    line = lines(tape, output, list(sources.values()), arrays, moving=False)
    return line, [x for entries in line.entries for x in entries.ravel()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x*y + 2", lambda x, y: x * y + 2),
        ("where(x > y, x, y^2)", lambda x, y: x),
        ("where(x < y, x, y^2)", lambda x, y: y**2),
        ("max(x, y)", lambda x, y: x),
        ("min(x, y)", lambda x, y: y),
        ("abs(y - x)", lambda x, y: x - y),
        ("relu(x)", lambda x, y: x),
        ("clip(x, 0, 1)", lambda x, y: sympy.Integer(1)),
        ("clip(y, 0, 1)", lambda x, y: y),
        ("floor(x)", lambda x, y: sympy.Integer(1)),
        ("mod(x, y)", lambda x, y: x - 2 * y),
        ("sign(x)*y", lambda x, y: y),
        ("max([x, y, x*y])", lambda x, y: x),
        ("median([x, y, x*y])", lambda x, y: x * y),
        ("norm([x, y])", lambda x, y: sympy.sqrt(x**2 + y**2)),
        ("[x, y] @ [y, x]", lambda x, y: 2 * x * y),
        ('einsum("i,j->", [x, y], [1, 2])', lambda x, y: 3 * x + 3 * y),
        ("prod(cumsum([x, y]))", lambda x, y: x * (x + y)),
        ("trace(outer([x, y], [x, y]))", lambda x, y: x**2 + y**2),
        ("sum([x, y, 0.5][::-1][1:])", lambda x, y: x + y),
        ("x^0.5", lambda x, y: sympy.sqrt(x)),
        ("hypot(x, y)", lambda x, y: sympy.sqrt(x**2 + y**2)),
    ],
)
def test_choices_are_resolved_at_the_point(text: str, expected: Any) -> None:
    """At x = 1.75, y = 0.75 SymPy sees a smooth function."""
    line, (x, y) = symbols(text, x=1.75, y=0.75)
    assert sympy.simplify(line.outputs[0].ravel()[0] - expected(x, y)) == 0


def test_small_numbers_are_exact_and_others_are_symbols_of_their_float() -> None:
    line, (x,) = symbols("2*x + 0.5 + 0.1*x^3", x=1.75)
    f = line.outputs[0][()]
    (symbol,) = f.free_symbols - {x}
    assert line.values[symbol] == 0.1
    assert f.subs(symbol, 0) == 2 * x + sympy.Rational(1, 2)
    assert line.values[x] == 1.75


def test_inputs_that_stand_still_are_their_values() -> None:
    tape = Tape()
    x, c = tape.input("x"), tape.input("c", (2,))
    output = lower(tape, parse("sum(c*x)"), {"x": x, "c": c})
    line = lines(tape, output, [x], {"x": np.float64(3.0), "c": np.array([2.0, 0.1])}, moving=False)
    f = line.outputs[0][()]
    assert {line.values[s] for s in f.free_symbols} == {3.0, 0.1}


def test_a_stopped_part_is_held_at_its_value() -> None:
    line, (x,) = symbols("x*stop_gradient(x^2)", x=1.5)
    f = line.outputs[0][()]
    derivative_symbol = f.diff(x)
    assert x not in derivative_symbol.free_symbols
    (held,) = derivative_symbol.free_symbols
    assert line.values[held] == 2.25


def test_only_the_primal_is_read() -> None:
    """Derivative instructions on the same tape change nothing; rows with orders are no primals."""
    tape = Tape()
    x = tape.input("x")
    output = lower(tape, parse("x^3*tanh(x)"), {"x": x})
    before = lines(tape, output, [x], {"x": np.float64(0.5)}, moving=False).outputs[0][()]
    (g,) = vjp(tape, output, tape.constant(1.0), [x])
    after = lines(tape, output, [x], {"x": np.float64(0.5)}, moving=False).outputs[0][()]
    assert before == after
    with pytest.raises(NotImplementedError):
        lines(tape, g, [x], {"x": np.float64(0.5)})


def test_an_expression_of_a_thousand_terms_is_flattened_without_recursion() -> None:
    x = sympy.Symbol("x")
    f: Any = x
    for _ in range(3000):
        f = sympy.sin(f, evaluate=False)
    evaluator = Evaluator([f], {x: 0.5}, [])
    (found,) = evaluator.run(evaluator.prepare(), [])
    assert float(found) == pytest.approx(float(_iterated_sine(0.5, 3000)), rel=1e-6)


def _iterated_sine(x: float, n: int) -> float:
    for _ in range(n):
        x = float(np.sin(x))
    return x


def test_a_velocity_of_zero_is_structural() -> None:
    """What is multiplied by it is absent: an infinity elsewhere does not turn it into NaN."""
    x, v = sympy.symbols("x v")
    evaluator = Evaluator([v / x + 1], {x: 0.0}, [v])
    (found,) = evaluator.run(evaluator.prepare(), [None])
    assert float(flint.arb(found)) == 1.0


def test_a_function_without_balls_is_not_implemented() -> None:
    x = sympy.Symbol("x")
    with pytest.raises(NotImplementedError, match="Heaviside"):
        Evaluator([sympy.Heaviside(x)], {x: 0.5}, [])
