"""Errors planted in the sweeps: a dropped chain factor, a forgotten sum, a wrong mask or reach, entries misplaced.

They are tried on every composition of the language, at its example, and on expressions made for branches, for values
used twice and for what is not finite beside.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import numpy as np
from trials import Mutation, Trial

from gradcli.autodiff import derivatives, jvp, vjp
from gradcli.autodiff.compositions import COMPOSITIONS
from gradcli.autodiff.reach import Reach
from gradcli.autodiff.rows_arithmetic import NOT
from gradcli.autodiff.tape import Tape
from gradcli.cli.worked import of_composition
from gradcli.targets import derivative_values

Rule = Callable[..., Any]

V, W, M = "v=[0.4, 1.3, -0.7]", "w=[1.1, 0.6, 0.8]", "A=[[0.4, 1.3], [-0.7, 0.9]]"
#: Values used twice, arguments that are broadcast, branches, what would be NaN on the other one.
MADE: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("sin(x*y)*exp(x)", ("x=0.7", "y=1.2")),
    ("sum(tanh(v*x + y)^2)", (V, "x=0.7", "y=-0.3")),
    ("sum((A*x - A')^3*A[0])", (M, "x=1.3")),
    ("where(x > 0, x^2*y, exp(x))*x", ("x=0.7", "y=1.2")),
    ("where(x > 0, sqrt(x), y^2)*y", ("x=-0.7", "y=1.2")),
    ("max(x*y, y^3)*y", ("x=0.7", "y=1.2")),
    ("clip(x*y, -0.5, 0.5)*x", ("x=0.7", "y=0.3")),
    ("sum(where(v > 0, log(v), w*v))", (V, W)),
    ("relu(x*y)*x + relu(-x)*y^2", ("x=0.7", "y=1.2")),
    ("sum(v[::2]*w[1:]^2)", (V, W)),
    ("norm(v*w)*x", (V, W, "x=1.4")),
    ("(sqrt(x)*1e200 + y^2*x)*y", ("x=1e-3", "y=1.2")),
    ("max(v*w)^2*v[1]", (V, W)),
    ("sin(exp(x))*y + where(x > 2, cos(exp(x)), y)", ("x=0.7", "y=1.2")),
    ("where(x > 2, cos(exp(x)), y) + sin(exp(x))*y", ("x=0.7", "y=1.2")),
    ("sqrt(v)[0]*x + log(v)[1]", (V, "x=1.4")),
)
#: Array outputs: as many entries as inputs or more (forward), and fewer (in reverse).
ARRAYS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("[sqrt(x), y^2, x + y]", ("x=0.7", "y=1.2")),
    ("[sqrt(x), sin(y^2)]", ("x=0", "y=1.2")),
    ("[x*y, where(y > 0, y, sqrt(x)), relu(x)*y]", ("x=0.7", "y=1.2")),
    ("[sum(v^2*w), max(v*w)]", (V, W)),
    ("softmax(v*w)[1:]", (V, W)),
    ("A @ A", (M,)),
)


def trials() -> tuple[Trial, ...]:
    """All expressions, with every derivative they have."""
    made = (Trial(text, items, task) for text, items in MADE for task in ("grad", "hessian"))
    return (*made, *(Trial(text, items, "jacobian") for text, items in ARRAYS), *examples())


def examples() -> list[Trial]:
    """Every composition at its example, as a number with a derivative of its own around it."""
    found = []
    for one in COMPOSITIONS:
        if not one.private:
            call, _, point = of_composition(one).rpartition(" at ")
            number = f"sum(tanh(0.3*({call})))"
            found += [Trial(number, tuple(point.split("; ")), task) for task in ("grad", "hessian")]
    return found


@contextmanager
def replaced(place: Any, name: str, rule: Rule) -> Iterator[None]:
    """A function of a module or a class in another version for a while; `rule` is given the right one."""
    right = getattr(place, name)
    setattr(place, name, rule(right))
    try:
        yield
    finally:
        setattr(place, name, right)


def _nth_factor(n: int) -> Rule:
    """Where a fifth of all instructions are concerned, the sweep multiplies by 1 instead of the partial."""

    def rule(right: Rule) -> Rule:
        def instantiate(tape: Tape, compiled: Any, operands: Any, orders: Any = ()) -> int:
            return tape.constant(1.0) if operands[-1] % 5 == n else right(tape, compiled, operands, orders)

        return instantiate

    return rule


def _adjoint_forgotten(right: Rule) -> Rule:
    """A partial is not multiplied by what comes from above."""

    def contribution(tape: Tape, i: int, k: int, adjoint: int, reaches: Reach) -> Any:
        ones = vjp.broadcast(tape, tape.constant(1.0), tape.shape(adjoint))
        return right(tape, i, k, ones, reaches)

    return contribution


def _last_use_only(name: str) -> Rule:
    """Contributions are not added up in the named function: the later one replaces the earlier."""

    def rule(right: Rule) -> Rule:
        def add(tape: Tape, a: int, b: int) -> int:
            return b if sys._getframe(1).f_code.co_name == name else right(tape, a, b)

        return add

    return rule


def _mean_for_sum(right: Rule) -> Rule:
    def unbroadcast(tape: Tape, x: int, shape: Any) -> int:
        found: int = right(tape, x, shape)
        return found if tape.shape(x) == shape else tape.multiply(found, tape.constant(0.5))

    return unbroadcast


def _no_condition(right: Rule) -> Rule:
    return lambda *given: None


def _opposite(right: Rule) -> Rule:
    def edge_condition(tape: Tape, i: int, k: int) -> int | None:
        found = right(tape, i, k)
        return None if found is None else tape.append(NOT, (found,))

    return edge_condition


def _first_user(right: Rule) -> Rule:
    """The reach of the first user stands, whoever else comes."""

    def extend(reach: Reach, a: int, edge: int | None) -> None:
        if a not in reach.of:
            reach.of[a] = edge

    return extend


def _reaches_nothing(right: Rule) -> Rule:
    def pull_back(reach: Reach, i: int, k: int) -> int | None:
        found = right(reach, i, k)
        return None if found is None else reach.tape.multiply(found, reach.tape.constant(0.0))

    return pull_back


def _reaches_all(right: Rule) -> Rule:
    return lambda *given: None


def _one_tangent(right: Rule) -> Rule:
    """Of several arguments that move, the last one only."""

    def push(tape: Tape, i: int, instruction: Any, tangents: list[int | None], lanes: Any) -> Any:
        moving = [k for k, t in enumerate(tangents) if t is not None]
        return right(tape, i, instruction, [t if k == moving[-1] else None for k, t in enumerate(tangents)], lanes)

    return push


def _no_lane(right: Rule) -> Rule:
    def lanes_of(tape: Tape, i: int, given: Any) -> int | None:
        found = right(tape, i, given)
        return None if found is None else tape.multiply(found, tape.constant(0.0))

    return lanes_of


def _seed_of(factor: float) -> Rule:
    def rule(right: Rule) -> Rule:
        def pulled(tape: Tape, target: int, cotangent: int, *rest: Any, **more: Any) -> Any:
            return right(tape, target, tape.multiply(cotangent, tape.constant(factor)), *rest, **more)

        return pulled

    return rule


def _entries_turned(right: Rule) -> Rule:
    """The gradient's entries in another order."""

    def run(program: Any, inputs: Any) -> Any:
        value, found = right(program, inputs)
        return value, [None if g is None else np.flip(g) if np.ndim(g) else g for g in found]

    return run


def _rows_turned(right: Rule) -> Rule:
    return lambda program, inputs: np.flip(right(program, inputs), -2)


def _turned(right: Rule) -> Rule:
    def matrix(program: Any, inputs: Any) -> Any:
        found = right(program, inputs)
        return np.swapaxes(found, -1, -2) if found.shape[-1] == found.shape[-2] else found

    return matrix


PLACES: tuple[tuple[str, str, Any, str, Rule], ...] = (
    *(("vjp", f"chain factor {n} of 5 dropped", vjp, "instantiate", _nth_factor(n)) for n in range(5)),
    *(("jvp", f"chain factor {n} of 5 dropped", jvp, "instantiate", _nth_factor(n)) for n in range(5)),
    ("vjp", "the adjoint forgotten", vjp, "_contribution", _adjoint_forgotten),
    ("vjp", "the last use only", Tape, "add", _last_use_only("all_adjoints")),
    ("jvp", "the last term only", Tape, "add", _last_use_only("_push")),
    ("vjp", "a mean for the sum over what was broadcast", vjp, "unbroadcast", _mean_for_sum),
    ("vjp", "no condition on an edge", vjp, "edge_condition", _no_condition),
    ("vjp", "the opposite condition on an edge", vjp, "edge_condition", _opposite),
    ("jvp", "no condition on an edge", jvp, "edge_condition", _no_condition),
    ("jvp", "the opposite condition on an edge", jvp, "edge_condition", _opposite),
    ("reach", "of the first user only", Reach, "extend", _first_user),
    ("reach", "nothing is reached", Reach, "pull_back", _reaches_nothing),
    ("reach", "everything is reached", Reach, "pull_back", _reaches_all),
    ("jvp", "one tangent of several", jvp, "_push", _one_tangent),
    ("lanes", "everything masked", jvp, "lanes_of", _no_lane),
    ("derivatives", "the seed is 2", derivatives, "vjp", _seed_of(2.0)),
    ("derivatives", "the seed is 1 + 1e-6", derivatives, "vjp", _seed_of(1 + 1e-6)),
    ("programs", "a gradient's entries backwards", derivative_values.GradientProgram, "run", _entries_turned),
    ("programs", "a matrix's rows backwards", derivative_values.MatrixProgram, "_matrix", _rows_turned),
    ("programs", "a matrix transposed", derivative_values.MatrixProgram, "_matrix", _turned),
)


def mutations() -> list[Mutation]:
    """All errors planted in the sweeps, each tried on all expressions."""
    where = trials()

    def planting(part: str, kind: str, place: Any, name: str, rule: Rule) -> Mutation:
        def plant() -> AbstractContextManager[None]:
            return replaced(place, name, rule)

        return Mutation(part, kind, plant, where)

    return [planting(*one) for one in PLACES]
