"""The certificate against mpmath: what it proves is true, what it cannot prove says why, wrong numbers are caught."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Sequence
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from flint import ctx

from gradcli.autodiff.lowering import lower
from gradcli.autodiff.structural import STOP
from gradcli.autodiff.tape import Tape
from gradcli.language.parser import parse
from gradcli.targets.arrays import evaluate
from gradcli.targets.balls import walk as balls
from gradcli.verify.certificate import Certificate, certify, digits


class Problem:
    """An expression at a point, its variables in the order given, flattened one after the other."""

    def __init__(self, text: str, wrt: Sequence[str] | None = None, **at: Any) -> None:
        self.tape = Tape()
        self.inputs = {name: np.asarray(value, dtype=float) for name, value in at.items()}
        names = {name: self.tape.input(name, value.shape) for name, value in self.inputs.items()}
        self.output = lower(self.tape, parse(text), names)
        chosen = list(self.inputs) if wrt is None else wrt
        self.sources = [names[name] for name in chosen]
        self.n = sum(self.inputs[name].size for name in chosen)
        stops = [i for i in self.tape.needed([self.output]) if self.tape[i].primitive is STOP]
        self.held = dict(zip(stops, evaluate(self.tape, stops, self.inputs), strict=True))

    def certify(self, values: Any, order: int, seconds: float = 60.0, **more: Any) -> Certificate:
        deadline = time.monotonic() + seconds
        return certify(self.tape, self.output, self.sources, self.inputs, values, order, self.held, deadline, **more)

    def enclose(self, order: int, **more: Any) -> Certificate:
        """The certificate of zeros."""
        rows = math.prod(self.tape.shape(self.output)) if order == 1 else self.n
        return self.certify(np.zeros((rows, self.n)), order, **more)


def contains(found: Certificate, truth: Any) -> None:
    """Every entry is certified, and the enclosures, a few neighbouring floats wide, hold the reference."""
    truth = np.array(truth, dtype=object).reshape(found.lower.shape)
    assert found.compared.all()
    assert not found.reasons
    for k, exact in np.ndenumerate(truth):
        noise = mp.mpf(10) ** -28 * (1 + abs(exact))
        assert mp.mpf(found.lower[k]) - noise <= exact <= mp.mpf(found.upper[k]) + noise
        assert found.upper[k] - found.lower[k] <= 2 * math.ulp(max(abs(found.lower[k]), abs(found.upper[k])))


def e(x: Any) -> Any:
    return mp.exp(x)


def softmax(x: Sequence[Any]) -> list[Any]:
    return [e(a) / sum(map(e, x)) for a in x]


A22 = [0.3, -1.2, 0.8, 2.5]
V3 = [0.7, -1.1, 2.3]
ARRAYS: list[tuple[str, dict[str, Any], Callable[..., Any]]] = [
    ("sum((A @ v)^2)", {"A": [A22[:2], A22[2:]], "v": [1.5, -0.4]},
     lambda a, b, c, d, x, y: (a * x + b * y) ** 2 + (c * x + d * y) ** 2),
    ("trace(A @ A)", {"A": [A22[:2], A22[2:]]}, lambda a, b, c, d: a * a + 2 * b * c + d * d),
    ('sum(exp(einsum("ij,j->i", A, v)))', {"A": [A22[:2], A22[2:]], "v": [1.5, -0.4]},
     lambda a, b, c, d, x, y: e(a * x + b * y) + e(c * x + d * y)),
    ("sum(cumsum(v)^3)", {"v": V3}, lambda x, y, z: x**3 + (x + y) ** 3 + (x + y + z) ** 3),
    ("prod(v)", {"v": V3}, lambda x, y, z: x * y * z),
    ("norm(v)^3", {"v": V3}, lambda x, y, z: mp.sqrt(x * x + y * y + z * z) ** 3),
    ("softmax(v)[0]*v[2]", {"v": V3}, lambda x, y, z: softmax([x, y, z])[0] * z),
    ("logsumexp(v)", {"v": [700.0, 701.0, -3.0]}, lambda x, y, z: mp.log(e(x) + e(y) + e(z))),
    ("std(v)*max(v)", {"v": V3},
     lambda x, y, z: mp.sqrt(sum((a - (x + y + z) / 3) ** 2 for a in (x, y, z)) / 3) * max(x, y, z)),
    ("median(v)^2 + min(v)", {"v": V3}, lambda x, y, z: sorted((x, y, z))[1] ** 2 + min(x, y, z)),
    ("sum(tril(outer(v, v)) @ v[::-1])", {"v": [0.7, -1.1]}, lambda x, y: x * x * y + x * y * y + y * y * x),
    ("sum(concat(v, v^2)[1:3] * [2, 3])*reshape(diag(diag(v)), [2])[0]", {"v": [0.7, -1.1]},
     lambda x, y: (2 * y + 3 * x**2) * x),
    ("sum(where(v > 0, log(abs(v)), v^2))", {"v": V3}, lambda x, y, z: mp.log(abs(x)) + y * y + mp.log(abs(z))),
]  # fmt: skip


@pytest.mark.parametrize(("text", "at", "function"), ARRAYS, ids=[case[0] for case in ARRAYS])
def test_gradient_and_hessian_of_arrays(text: str, at: dict[str, Any], function: Callable[..., Any]) -> None:
    problem = Problem(text, **at)
    point = [float(x) for value in at.values() for x in np.ravel(value)]
    with mp.workdps(40):
        gradient = [mp.diff(function, point, tuple(np.eye(problem.n, dtype=int)[j])) for j in range(problem.n)]
        contains(problem.enclose(1), [gradient])
        units = np.eye(problem.n, dtype=int)
        hessian = [[mp.diff(function, point, tuple((a + b).tolist())) for b in units] for a in units]
        contains(problem.enclose(2), hessian)


def test_only_the_entries_that_move_are_walked_and_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    at = {"A": np.linspace(-1, 1, 20).reshape(4, 5), "B": np.linspace(0.2, 1.4, 20).reshape(5, 4)}
    text = "sum(where(A @ B > 0, tanh(A @ B), (A @ B)^3) * exp(A[:, :4]))"
    found = [Problem(text, **at).enclose(order) for order in (1, 2)]
    monkeypatch.setattr(balls, "_WORTH_CHOOSING", 10**9)
    whole = [Problem(text, **at).enclose(order) for order in (1, 2)]
    for few, all_of_them in zip(found, whole, strict=True):
        assert few.compared.all()
        assert np.array_equal(few.lower, all_of_them.lower)
        assert np.array_equal(few.upper, all_of_them.upper)


def test_twenty_entries_by_a_closed_form() -> None:
    v = np.linspace(-2, 2, 20)
    problem = Problem("sum(v^2*exp(v))", v=v)
    with mp.workdps(40):
        x = [mp.mpf(float(a)) for a in v]
        contains(problem.enclose(1), [[(a * a + 2 * a) * e(a) for a in x]])
        curvature = [(a * a + 4 * a + 2) * e(a) for a in x]
        contains(problem.enclose(2), [[curvature[i] * (i == j) for j in range(20)] for i in range(20)])


def test_jacobian_has_a_row_for_every_entry_of_the_output() -> None:
    problem = Problem("softmax(v)", v=V3)
    with mp.workdps(40):
        p = softmax([mp.mpf(x) for x in V3])
        contains(problem.enclose(1), [[p[i] * ((i == j) - p[j]) for j in range(3)] for i in range(3)])


def test_a_stopped_subexpression_is_held_at_its_float64_value() -> None:
    problem = Problem("x*stop_gradient(sin(x))", x=1.0)
    assert problem.enclose(1).lower[0, 0] == np.sin(1.0) == problem.enclose(1).upper[0, 0]
    contains(problem.enclose(2), [[0]])


@pytest.mark.parametrize("at", [{"x": 1e-300, "y": 2e-300}, {"x": 1e150, "y": -3e150}, {"x": 3e-160, "y": 1e140}])
def test_far_magnitudes(at: dict[str, float]) -> None:
    problem = Problem("x*y/(x + y) + x^2", **at)
    with mp.workdps(700):
        x, y = (mp.mpf(v) for v in at.values())
        s = x + y
        gradient = [y**2 / s**2 + 2 * x, x**2 / s**2]
        hessian = [[2 - 2 * y**2 / s**3, 2 * x * y / s**3], [2 * x * y / s**3, -2 * x**2 / s**3]]
        for order, truth in ((1, [gradient]), (2, hessian)):
            found = problem.enclose(order)
            for k, exact in np.ndenumerate(np.array(truth, dtype=object)):
                assert mp.mpf(found.lower[k]) <= exact <= mp.mpf(found.upper[k])
                assert found.upper[k] - found.lower[k] <= 2 * math.ulp(max(abs(found.lower[k]), abs(found.upper[k])))


def test_what_is_not_connected_is_exactly_zero() -> None:
    found = Problem("exp(x) + log(y)", x=1.0, y=2.0, z=3.0).certify(np.zeros((3, 3)), 2)
    assert found.compared.all()
    assert [found.lower[k] == found.upper[k] == 0 for k in ((0, 1), (1, 0), (0, 2), (2, 2))] == [True] * 4


def test_a_zero_that_only_arithmetic_knows_is_proved_to_round_to_zero() -> None:
    problem = Problem("log(x*y)", x=1.3, y=2.7)
    values = [[-1 / 1.3**2, 0.0], [0.0, -1 / 2.7**2]]
    found = problem.certify(values, 2)
    assert found.most[0, 1] <= 5e-324
    assert digits(found, values) > 15


@pytest.mark.parametrize("order", [1, 2])
def test_wrong_numbers_are_caught(order: int) -> None:
    problem = Problem("x^2*sin(y) + y^3/x", x=1.25, y=0.75)
    sure = problem.enclose(order)
    right = (sure.lower + sure.upper) / 2
    found = problem.certify(right, order)
    assert (found.most <= np.abs(right) * 2.3e-16).all()
    assert digits(found, right) > 15.5
    wrong = right * (1 + 1e-12)
    caught = problem.certify(wrong, order)
    assert (caught.least > np.abs(wrong) * 9e-13).all()
    assert (caught.most < np.abs(wrong) * 1.1e-12).all()
    assert 11.9 < digits(caught, wrong) < 12.1


def test_a_wrong_partial_on_the_tape_changes_nothing() -> None:
    problem = Problem("sin(x)*exp(y)", x=1.0, y=2.0)
    planted = [
        i._replace(primitive=dataclasses.replace(i.primitive, partials=("1",) * len(i.arguments))) if i.arguments else i
        for i in problem.tape.instructions
    ]
    before = problem.enclose(2)
    problem.tape.instructions[:] = planted
    after = problem.enclose(2)
    assert (before.lower == after.lower).all()
    assert (before.upper == after.upper).all()


KINKS = [
    ("abs(x)", {"x": 0.0}), ("abs(x)*y", {"x": 0.0, "y": 1.0}), ("max(x, y)", {"x": 1.0, "y": 1.0}),
    ("floor(x)", {"x": 2.0}),
    ("round(x)", {"x": 2.5}), ("sign(x)", {"x": 0.0}), ("mod(x, 2)", {"x": 4.0}), ("relu(x)", {"x": 0.0}),
    ("clip(x, 0, 1)", {"x": 1.0}), ("where(x > 0, x^2, x^3)", {"x": 0.0}), ("norm([x, y])", {"x": 0.0, "y": 0.0}),
    ("max([x, 2, y])", {"x": 3.0, "y": 3.0}), ("atan2(y, -1)", {"y": 0.0}), ("x*(x >= 0)", {"x": 0.0}),
    ("abs(x) + x^2", {"x": 0.0}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "at"), KINKS, ids=[case[0] for case in KINKS])
@pytest.mark.parametrize("order", [1, 2])
def test_exactly_on_a_kink_nothing_is_certified(text: str, at: dict[str, float], order: int) -> None:
    found = Problem(text, **at).enclose(order)
    assert not found.compared[0, 0]
    assert found.reasons[0].startswith("kink")
    assert np.isnan([found.lower[0, 0], found.upper[0, 0], found.least[0, 0], found.most[0, 0]]).all()


def test_a_convention_is_not_certified_even_where_the_true_function_is_smooth() -> None:
    assert Problem("relu(x^2)", x=0.0).enclose(2).reasons == {0: "kink: relu at 0"}


def test_a_kink_that_nothing_crosses_does_not_matter() -> None:
    problem = Problem("x*abs(c) + max(c, 0)*x^2 + floor(c)", wrt=["x"], x=3.0, c=0.0)
    contains(problem.enclose(1), [[0]])
    contains(Problem("where(c == 0, x^2, x)", wrt=["x"], x=3.0, c=0.0).enclose(2), [[2]])


def test_a_kink_spares_the_entries_it_does_not_touch() -> None:
    found = Problem("abs(x) + y^2", x=0.0, y=3.0).enclose(1)
    assert found.compared.tolist() == [[False, True]]
    assert list(found.reasons) == [0]
    rows = Problem("abs(v)", v=[0.0, -2.0]).enclose(1)
    assert rows.compared.tolist() == [[False, True], [True, True]]
    assert rows.lower[1, 1] == rows.upper[1, 1] == -1


@pytest.mark.parametrize(
    ("text", "x", "reason"),
    [
        ("where(sqrt(x)^2 == 2, x, 2*x)", 2.0, "undecided at precision 4096"),
        ("sqrt(x)", 0.0, "sqrt has no finite derivative at 0"),
        ("log(x)", -1.0, "log of a number that is not positive"),
        ("1/x", 0.0, "division by 0"),
        ("x^0.5", -1.0, "a fractional power of a negative number"),
        ("cbrt(x)", 0.0, "cbrt has no finite derivative at 0"),
        ("gamma(x)", -2.0, "gamma has a pole here"),
        ("x + log(-1)", 1.0, "log of a number that is not positive"),
    ],
)
def test_reasons(text: str, x: float, reason: str) -> None:
    found = Problem(text, x=x).enclose(1)
    assert not found.compared.any()
    assert found.reasons[0].startswith(reason)


def test_a_tie_that_more_digits_decide() -> None:
    problem = Problem("max(x, x + y*1e-200)", wrt=["x"], x=1.0, y=1e-150)
    contains(problem.enclose(1), [[1]])


def test_values_that_are_not_finite_are_not_compared() -> None:
    found = Problem("x + y", x=1.0, y=1.0).certify([[math.inf, 1.0]], 1)
    assert found.compared.tolist() == [[False, True]]
    assert found.reasons == {0: "the number is not finite"}


def test_the_deadline_is_respected() -> None:
    before = ctx.prec
    problem = Problem("sum(exp(v)*tanh(v[::-1]))", v=np.linspace(0.1, 1, 40))
    found = problem.enclose(2, seconds=-1.0, budget=10.0)
    assert not found.compared.any()
    assert set(found.reasons.values()) == {"budget of 10 s ended"}
    assert digits(found, np.zeros((40, 40))) == 0
    assert ctx.prec == before


def test_time_that_ends_between_two_walks_keeps_what_is_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = Problem("sum(exp(v))", v=np.linspace(0.1, 1, 5))
    ticks = iter(range(1000))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(ticks)))
    found = certify(problem.tape, problem.output, problem.sources, problem.inputs, np.ones((1, 5)), 1, {}, 8.0)
    assert 0 < found.compared.sum() < 5
    assert set(found.reasons.values()) == {"the time budget ended"}


def test_precision_is_put_back_also_after_an_error() -> None:
    before = ctx.prec, ctx.cap
    problem = Problem("sin(x)", x=1.0)
    problem.enclose(2)
    with pytest.raises(KeyError):
        certify(problem.tape, problem.output, problem.sources, {}, np.ones((1, 1)), 1, {}, math.inf)
    with pytest.raises(ValueError, match="does not fit"):
        problem.certify(np.ones((2, 2)), 1)
    assert (ctx.prec, ctx.cap) == before


def test_a_long_sum_is_walked_without_recursion() -> None:
    text = "+".join(f"sin({k}*x)" for k in range(1, 3001))
    found = Problem(text, x=0.0).enclose(1)
    assert found.lower[0, 0] == 3000 * 3001 / 2 == found.upper[0, 0]


def test_a_part_of_the_time_gives_the_whole_hessian_of_some_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are drawn at random, with the seed that the reason names; the same seed draws the same ones."""
    v = np.linspace(0.1, 1, 12)
    problem = Problem("exp(sum(v))", v=v)
    drawn = []
    for _ in range(2):
        ticks = iter(range(100_000))
        monkeypatch.setattr(time, "monotonic", lambda ticks=ticks: float(next(ticks)))
        at = (problem.tape, problem.output, problem.sources, problem.inputs)
        found = certify(*at, np.full((12, 12), math.exp(v.sum())), 2, {}, 60.0, seed=3)
        (some,) = np.nonzero(np.diagonal(found.compared))
        assert 1 < some.size < 12
        assert found.compared[np.ix_(some[:1], some[:1])].all()
        assert found.compared.sum() >= (some.size - 1) ** 2
        assert set(found.reasons.values()) == {"the time budget ended (variables in random order, seed 3)"}
        drawn.append(some.tolist())
    assert drawn[0] == drawn[1] != list(range(len(drawn[0])))
