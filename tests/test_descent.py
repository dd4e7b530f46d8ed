"""Gradient descent against the steps written by hand, and what ends it early."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from gradcli.descent import Step, descend, follow, start_of
from gradcli.errors import GradcliError, ShapeError, UsageError
from gradcli.gradient_tape import Tape, Variable
from gradcli.problems.commandline import problem_from_expression
from gradcli.problems.reading import spec_from_bytes, spec_from_file

SAMPLES = Path(__file__).parents[1] / "samples"


def test_one_plain_step_is_assign_sub_to_the_last_bit() -> None:
    x, y = np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 6.0])
    W, b = Variable(0.5), Variable(0.1)
    for _ in range(3):
        with Tape() as tape:
            loss = np.mean((y - (W * x + b)) ** 2)
        dW, db = tape.gradient(loss, [W, b])
        W.assign_sub(0.01 * dW)
        b.assign_sub(0.01 * db)
    text = b"""expression = "mean((y - (W*x + b))^2)"
[constants]
x = [1, 2, 3]
y = [2, 4, 6]
[variables]
W = 0.5
b = 0.1
"""
    found = descend(spec_from_bytes(text, "-", "toml"), 0.01, 3).problem.variables
    assert float(found["W"].value) == float(W.numpy())
    assert float(found["b"].value) == float(b.numpy())


def test_the_states_are_those_of_a_quadratic_by_hand() -> None:
    """f = x^2 from x = 1 at rate 1/4: x halves in every step, exactly."""
    found = descend(problem_from_expression("x^2", ["x=1"]), 0.25, 4)
    assert found.steps == tuple(Step(k, 0.25**k, 2 * 0.5**k) for k in range(5))
    assert (float(found.problem.variables["x"].value), found.stopped) == (0.0625, None)


def test_momentum_is_polyaks() -> None:
    x, velocity = 1.0, 0.0
    for _ in range(6):
        velocity = 0.5 * velocity - 0.25 * (2 * x)
        x = x + velocity
    found = descend(problem_from_expression("x^2", ["x=1"]), 0.25, 6, momentum=0.5)
    assert float(found.problem.variables["x"].value) == x


def test_a_plain_step_is_numpys_own_arithmetic() -> None:
    """A gradient that is exact in float64 leaves one rounding of the product and one of the difference."""
    rng = np.random.default_rng(3)
    a, w = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    spec = {"expression": "sum(a*w)", "constants": {"a": a.tolist()}, "variables": {"w": w.tolist()}}
    found = descend(spec_from_bytes(json.dumps(spec).encode(), "-", "json"), 0.1, 3).problem.variables["w"].value
    for _ in range(3):
        w = w - 0.1 * a
    assert found.tobytes() == w.tobytes()


def test_of_more_states_than_are_kept_every_other_one_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradcli.descent._KEPT", 10)
    found = descend(problem_from_expression("x^2", ["x=1"]), 0.25, 37)
    assert [s.number for s in found.steps] == [*range(0, 37, 4), 37]
    assert found.taken == 37
    assert found.steps[-1].value == 0.25**37


def test_an_interrupt_of_any_named_kind_keeps_what_was_reached() -> None:
    def watch(step: Step) -> None:
        if step.number == 3:
            raise SystemExit

    start = start_of(problem_from_expression("x^2", ["x=1"]))
    found = follow(start, 0.25, 1000, watch=watch, interrupts={SystemExit: "ended"})
    assert (found.stopped, found.taken, float(found.problem.variables["x"].value)) == ("ended", 3, 0.125)
    with pytest.raises(SystemExit):
        follow(start, 0.25, 1000, watch=watch)


def test_only_what_is_trainable_moves() -> None:
    text = b"""expression = "(a*w - 1)^2 + 0*sum(v)"
[constants]
a = 2
[variables]
w = 1
v = [1, 2]
k = { value = 3, trainable = false }
"""
    found = descend(spec_from_bytes(text, "-", "toml"), 0.1, 2).problem
    assert found.variables["v"].value.tolist() == [1, 2]
    assert (float(found.variables["k"].value), found.variables["k"].trainable) == (3.0, False)
    assert float(found.variables["w"].value) < 1


def test_it_reaches_a_published_minimum() -> None:
    """Himmelblau (1972): the minimum at (3, 2) is 0."""
    problem = problem_from_expression("(x^2 + y - 11)^2 + (x + y^2 - 7)^2", ["x=2.5", "y=2.5"])
    found = descend(problem, 0.01, 500)
    assert [float(v.value) for v in found.problem.variables.values()] == pytest.approx([3.0, 2.0], abs=1e-9)
    assert found.steps[-1].value == pytest.approx(0, abs=1e-18)


def test_a_descent_that_diverges_stops_with_the_last_finite_values() -> None:
    found = descend(problem_from_expression("x^4", ["x=10"]), 1.0, 50)
    assert found.stopped is not None
    assert found.stopped.startswith(f"step {len(found.steps)}: f is ")
    assert np.isfinite(found.problem.variables["x"].value)
    assert all(np.isfinite([s.value, s.norm]).all() for s in found.steps)


def test_an_interrupt_keeps_what_was_reached() -> None:
    def watch(step: Step) -> None:
        if step.number == 3:
            raise KeyboardInterrupt

    found = descend(problem_from_expression("x^2", ["x=1"]), 0.25, 1000, watch=watch)
    assert (found.stopped, len(found.steps)) == ("interrupted", 4)
    assert float(found.problem.variables["x"].value) == 0.125


def test_the_norm_does_not_overflow() -> None:
    found = descend(problem_from_expression("1e200*x + 1e200*y", ["x=1", "y=1"]), 0.0, 0)
    assert found.steps[0].norm == pytest.approx(np.sqrt(2) * 1e200, rel=1e-15)


def test_what_cannot_descend_says_why() -> None:
    with pytest.raises(UsageError, match="no value for x"):
        descend(problem_from_expression("x^2", []), 0.1, 1)
    with pytest.raises(ShapeError, match="descend needs a scalar"):
        descend(problem_from_expression("[x, x]", ["x=1"]), 0.1, 1)
    with pytest.raises(UsageError, match="starts at one point"):
        descend(spec_from_file(str(SAMPLES / "rosenbrock.toml")), 0.1, 1)
    two = spec_from_bytes(b'[variables]\nx = 1\n[outputs]\na = "x"\nb = "x^2"\n', "-", "toml")
    with pytest.raises(UsageError, match="which output"):
        descend(two, 0.1, 1)
    assert descend(two, 0.25, 1, output="b").steps[1].value == 0.25
    with pytest.raises(UsageError, match="nothing would move: f is not connected to x"):
        descend(problem_from_expression("floor(2.5) + (x > 1)", ["x=1"]), 0.1, 1)
    with pytest.raises(GradcliError, match="nothing is trainable"):
        descend(spec_from_bytes(b'expression = "x"\n[constants]\nx = 1\n', "-", "toml"), 0.1, 1)
