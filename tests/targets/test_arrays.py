"""The array target: one plan serves one point on floats, one on arrays, and many points at once."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from gradcli.autodiff.derivatives import gradient
from gradcli.autodiff.elementwise import BY_NAME, ROWS
from gradcli.autodiff.lowering import lower
from gradcli.autodiff.tape import Tape
from gradcli.errors import GradcliError
from gradcli.language.parser import parse
from gradcli.targets import blocks, derivative_values
from gradcli.targets.arrays import Plan, evaluate
from gradcli.targets.blocks import run_in_blocks
from gradcli.targets.constant_value import constant_value
from gradcli.targets.derivative_values import GradientProgram, HessianProgram, JacobianProgram


def lowered(text: str, **shapes: tuple[int, ...]) -> tuple[Tape, int, list[int]]:
    """A text on a tape of its own: tape, output, inputs."""
    tape = Tape()
    inputs = {name: tape.input(name, shape) for name, shape in shapes.items()}
    return tape, lower(tape, parse(text), inputs), list(inputs.values())


FORMULAS = [
    "sin(x)*y + exp(-x^2)/y",
    "x^y - atan2(y, x)",
    "sqrt(x*x + y*y)*log(x)/(1 + tanh(y))",
    "where(x > y, x^3, y^2)*max(x, y) - min(x, 0.3)",
    "(x < y)*x + (x >= 0 and y > 0)*y + (not x)",
    "gamma(x)*erf(y) + lgamma(x + y)",
    "clip(x, 0, 1)*round(3*y) + floor(x*7) - ceil(y) + mod(7*x, y)",
    "x^7 + y^(-3) + x^0 + 2^x",
    "sind(30*x) + sinpi(y) + sinc(x) + sigmoid(x)*softplus(y)",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_floats_and_arrays_give_the_same_numbers(text: str) -> None:
    """A plan on Python floats and the same on arrays: value, gradient and Hessian."""
    tape, output, sources = lowered(text, x=(), y=())
    first = [g for g in gradient(tape, output, sources) if g is not None]
    second = [h for g in first for h in gradient(tape, g, sources) if h is not None]
    plan = Plan(tape, [output, *first, *second])
    for x, y in ((0.7, 1.3), (1.9, 0.45), (0.31, 2.2)):
        scalar = plan.run({"x": x, "y": y})
        array = plan.run({"x": np.array([x]), "y": np.array([y])})
        for a, b in zip(scalar, array, strict=True):
            assert a.shape == ()
            assert a.dtype == b.dtype == np.float64
            assert float(a) == pytest.approx(float(b.ravel()[0]), rel=1e-14, abs=1e-15)


@pytest.mark.parametrize(
    ("text", "x", "expected"),
    [
        ("1/x", 0.0, math.inf),
        ("1/x", -0.0, -math.inf),
        ("0/x", 0.0, math.nan),
        ("log(x)", 0.0, -math.inf),
        ("log(x)", -1.0, math.nan),
        ("exp(x)", 1000.0, math.inf),
        ("exp(-x)", 1000.0, 0.0),
        ("sqrt(x)", -1.0, math.nan),
        ("x^(-1)", 0.0, math.inf),
        ("x^(1/3)", -8.0, math.nan),
        ("x^0", 0.0, 1.0),
        ("x^x", 0.0, 1.0),
        ("sin(1/x)", 0.0, math.nan),
        ("gamma(x)", -1.0, math.nan),
        ("acosh(x)", 0.5, math.nan),
        ("x*1e308*10", 1.0, math.inf),
        ("cosh(x)", 1000.0, math.inf),
        ("csch(x)", 1000.0, 0.0),
        ("mod(x, 0)", 1.0, math.nan),
        ("max(log(x), 1)", -1.0, math.nan),
        ("tan(x)^2", 1e308, float(np.tan(1e308)) ** 2),
    ],
)
def test_what_math_refuses_numpy_answers(text: str, x: float, expected: float) -> None:
    """And without a warning: the tests turn every warning into an error."""
    tape, output, _ = lowered(text, x=())
    for given in (x, np.array([x])):
        (found,) = evaluate(tape, [output], {"x": given})
        assert float(found.ravel()[0]) == pytest.approx(expected, rel=1e-15, nan_ok=True)


MODELS: dict[str, Mapping[str, tuple[int, ...]]] = {
    "sin(x)*y + x^y": {"x": (), "y": ()},
    "x^2 + 3*y": {"x": (), "y": ()},
    "sum(exp(v)*x)": {"v": (3,), "x": ()},
    "mean((A @ v - x)^2)": {"A": (2, 3), "v": (3,), "x": ()},
    "logsumexp(v) + prod(v)": {"v": (4,)},
    "v' @ S @ v": {"v": (2,), "S": (2, 2)},
    "sum(tanh(A @ B)) + norm(B[0])": {"A": (2, 3), "B": (3, 2)},
    "max(v) + sum(w[0:2]*v[1:])": {"v": (3,), "w": (3,)},
    "sum(where(v > 0, log(abs(v)), v^2)*x)": {"v": (3,), "x": ()},
    "sum(concat(v, [x, 1])^2) + sum(cumsum(v))": {"v": (2,), "x": ()},
    "std(v)*var(A) + median(v)": {"v": (3,), "A": (2, 2)},
}


def points(shapes: Mapping[str, tuple[int, ...]], n: int) -> dict[str, Any]:
    generator = np.random.default_rng(3)
    return {name: generator.uniform(0.2, 2.0, (n, *shape)) for name, shape in shapes.items()}


@pytest.mark.parametrize("text", MODELS)
def test_many_points_are_many_single_points(text: str) -> None:
    """Value, gradient, Hessian and Jacobian with an axis of 5 points in front, against 5 single evaluations."""
    shapes = MODELS[text]
    tape, output, sources = lowered(text, **shapes)
    first = GradientProgram(tape, output, sources)
    second = HessianProgram(tape, output, first.adjoints, sources)
    jacobian = JacobianProgram(tape, output, sources)
    many = points(shapes, 5)
    values, gradients = first.run(many)
    hessians, rows = second.run(many), jacobian.run(many)
    n = sum(math.prod(shape) for shape in shapes.values())
    assert hessians.shape == (5, n, n)
    assert rows.shape == (5, 1, n)
    for k in range(5):
        one = {name: a[k] for name, a in many.items()}
        value, single = first.run(one)
        assert values[k] == pytest.approx(value, rel=1e-15)
        for together, alone, shape in zip(gradients, single, shapes.values(), strict=True):
            assert np.broadcast_to(together, (5, *shape))[k] == pytest.approx(alone, rel=5e-15, abs=1e-15)
        assert hessians[k] == pytest.approx(second.run(one), rel=5e-15, abs=1e-15)
        assert rows[k] == pytest.approx(jacobian.run(one), rel=5e-15, abs=1e-15)


def test_a_derivative_that_depends_on_no_point_stands_for_all() -> None:
    tape, output, sources = lowered("x^2 + 3*y", x=(), y=())
    first = GradientProgram(tape, output, sources)
    hessian = HessianProgram(tape, output, first.adjoints, sources).run({"x": np.arange(3.0), "y": np.arange(3.0)})
    assert hessian.tolist() == [[[2, 0], [0, 0]]] * 3


def test_some_inputs_may_stand_still() -> None:
    tape, output, _ = lowered("sum(v*x)", v=(2,), x=())
    (found,) = evaluate(tape, [output], {"v": np.array([1.0, 2.0]), "x": np.array([1.0, 10.0, 100.0])})
    assert found.tolist() == [3.0, 30.0, 300.0]


def test_two_axes_in_front() -> None:
    tape, output, _ = lowered("A @ v", A=(2, 2), v=(2,))
    generator = np.random.default_rng(0)
    given = {"A": generator.standard_normal((4, 1, 2, 2)), "v": generator.standard_normal((4, 3, 2))}
    (found,) = evaluate(tape, [output], given)
    assert found == pytest.approx(np.einsum("aij,acj->aci", given["A"][:, 0], given["v"]), rel=1e-14)


def test_blocks_of_directions_give_the_same_matrix(monkeypatch: pytest.MonkeyPatch) -> None:
    tape, output, sources = lowered("sum(sin(v)*v[::-1]) + prod(v)", v=(5,))
    given = {"v": np.linspace(0.3, 1.7, 5)}
    first = GradientProgram(tape, output, sources)
    program = HessianProgram(tape, output, first.adjoints, sources)
    whole = program.run(given)
    monkeypatch.setattr(derivative_values, "_BLOCK_ENTRIES", 10)
    assert program.run(given).tolist() == whole.tolist()


def test_forward_and_reverse_jacobians_agree() -> None:
    """Three rows by two columns go forward, by four columns in reverse; the common columns are equal."""
    text = "[sin(v[0])*v[1], v[0]^2, exp(v[1]) + 0*sum(w)]"
    narrow, wide = lowered(text, v=(2,), w=(0,)), lowered(text, v=(2,), w=(2,))
    given = np.array([0.4, 1.1])
    a = JacobianProgram(*narrow)
    b = JacobianProgram(*wide)
    assert a.program.forward
    assert not b.program.forward
    found = b.run({"v": given, "w": np.zeros(2)})
    assert found[:, :2] == pytest.approx(a.run({"v": given, "w": np.zeros(0)}), rel=1e-15)
    x, y = given
    assert found[:, :2] == pytest.approx(np.array([[np.cos(x) * y, np.sin(x)], [2 * x, 0], [0, np.exp(y)]]), rel=1e-15)
    assert found[:, 2:].tolist() == [[0, 0]] * 3


def test_a_plan_can_be_run_again_and_leaves_its_inputs_alone() -> None:
    tape, output, _ = lowered("sum(v*v + v)", v=(3,))
    plan = Plan(tape, [output])
    given = np.array([1.0, 2.0, 3.0])
    assert [float(plan.run({"v": given})[0]) for _ in range(2)] == [20.0, 20.0]
    assert given.tolist() == [1.0, 2.0, 3.0]
    assert float(plan.run({"v": -given})[0]) == 8.0


def test_what_is_appended_later_does_not_matter() -> None:
    tape, output, (x,) = lowered("x^2", x=())
    plan = Plan(tape, [output])
    tape.append(BY_NAME["log"], [x])
    assert float(plan.run({"x": -3.0})[0]) == 9.0


def test_outputs_may_be_inputs_constants_and_steps_of_one_another() -> None:
    tape, output, (x,) = lowered("sin(x)*2", x=())
    sine = tape[output].arguments[0]
    two = tape[output].arguments[1]
    found = evaluate(tape, [output, x, sine, two, output], {"x": 1.0})
    assert [float(f) for f in found] == [2 * math.sin(1.0), 1.0, math.sin(1.0), 2.0, 2 * math.sin(1.0)]


def test_held_values_are_not_computed() -> None:
    tape, output, _ = lowered("sin(x)*x", x=())
    sine = tape[output].arguments[0]
    (found,) = evaluate(tape, [output], {"x": 3.0}, {sine: np.float64(7.0)})
    assert float(found) == 21.0


def test_a_long_chain_needs_no_recursion() -> None:
    tape = Tape()
    at = x = tape.input("x")
    for _ in range(5_000):
        at = tape.add(tape.append(BY_NAME["sin"], [at]), x)
    (g,) = gradient(tape, at, [x])
    value, slope = evaluate(tape, [at, g], {"x": 0.5})
    assert math.isfinite(value)
    assert math.isfinite(slope)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1e-3", 1e-3),
        ("pi/2", math.pi / 2),
        ("e", math.e),
        ("-2^2", -4.0),
        ("[1, 2, 3]", [1.0, 2.0, 3.0]),
        ("[[1, 2], [3, 4]]", [[1.0, 2.0], [3.0, 4.0]]),
        ("sqrt(2)*[1, -1]", [math.sqrt(2), -math.sqrt(2)]),
    ],
)
def test_constant_values(text: str, expected: Any) -> None:
    found = constant_value(text)
    assert found.dtype == np.float64
    assert found.tolist() == pytest.approx(expected) if not isinstance(expected, list) else found.tolist() == expected


@pytest.mark.parametrize("text", ["x", "1 +", "[1, [2]]", "sin", "foo(1)", "1e999"])
def test_what_is_no_constant_value(text: str) -> None:
    with pytest.raises(GradcliError):
        constant_value(text)


def test_the_widest_moment_of_a_plan() -> None:
    """Of exp(A @ x) * A' sums only what depends on x is counted, while it is held."""
    tape = Tape()
    x, a = tape.input("x", (3,)), tape.input("A", (50, 3))
    output = lower(tape, parse("sum(exp(A @ x))"), {"x": x, "A": a})
    plan = Plan(tape, [output])
    assert plan.widest(["x"]) == 100  # A @ x and its exponential
    assert plan.widest(["A"]) == 200  # A and A @ x
    assert plan.widest([]) == 0


@pytest.mark.parametrize("most", [1, 1000, 10**9])
def test_points_in_blocks_give_what_single_points_give(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(blocks, "WALK_BYTES", most)
    tape = Tape()
    x, a = tape.input("x", (3,)), tape.input("A", (5, 3))
    outputs = [lower(tape, parse(text), {"x": x, "A": a}) for text in ("exp(A @ x)", "sum(A)")]
    plan = Plan(tape, outputs)
    matrix, points = np.linspace(-1.0, 1.0, 15).reshape(5, 3), np.linspace(0.0, 2.0, 21).reshape(7, 3)
    found = run_in_blocks(plan, {"A": matrix}, {"x": points})
    assert np.allclose(found[0], np.exp(points @ matrix.T), rtol=1e-15)
    assert found[1].tolist() == [matrix.sum()] * 7


def test_functions_of_a_truth_compute_in_float64() -> None:
    """1 < y is the number 1.0: of a bool NumPy and SciPy would compute in half and single precision."""
    for row in ROWS:
        if row.private or row.operator or row.parameters:
            continue
        text = "{}({})".format(row.name, ", ".join(["{0}"] * len(row.arguments)))
        for y in (0.5, 2.0):
            (found,) = Plan(*_only(text.format("(1 < y)"), y=())).run({"y": np.float64(y)})
            (expected,) = Plan(*_only(text.format("y"), y=())).run({"y": np.float64(y > 1)})
            np.testing.assert_array_equal(found, expected, row.name)


def _only(text: str, **shapes: tuple[int, ...]) -> tuple[Tape, list[int]]:
    tape, output, _ = lowered(text, **shapes)
    return tape, [output]
