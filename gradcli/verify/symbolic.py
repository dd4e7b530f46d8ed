"""The symbolic witness: SymPy differentiates the primal along a line, ball arithmetic evaluates it.

Along x + t*v the t-derivative of f is linear in v and the second one quadratic, so two
univariate derivatives hold the whole gradient and Hessian; each entry follows by evaluating
them at unit velocities. Where that is too much, random velocities test all entries at once.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gradcli.autodiff.primitive import Structural
from gradcli.autodiff.tape import Tape
from gradcli.autodiff.vjp import active_from
from gradcli.targets.symbols import Line
from gradcli.targets.symbols.values import Evaluator
from gradcli.verify.deadline import OutOfTimeError, interrupted_at
from gradcli.verify.testimony import Array, Testimony, silent

NAME = "symbolic"
PRECISIONS = (128, 256, 512, 1024)  #: bits tried until an entry is known to `_ENOUGH_BITS`; 128 are 38 digits
NODES_PER_SECOND = {1: 300.0, 2: 120.0}  #: scalar operations that SymPy differentiates in a second, by order
_TERM = 6  #: operations that a product of a determinant's expansion counts as
_ENOUGH_BITS = 60
_GRACE = 0.5  #: seconds beyond the deadline until SymPy is interrupted
_NOTHING = 1e-30  #: a ball around 0 this small beside the largest entry confirms an entry that is 0
_SEPARATE = {1: 8, 2: 5}  #: variables up to which SymPy differentiates by each one separately, by order
_STEPS_ONE_BY_ONE = 3_000_000  #: evaluation steps above which entries are tested along random directions


def hear(
    tape: Tape,
    output: int,
    sources: Sequence[int],
    values: Mapping[int, Any],
    entries: Array,
    order: int,
    deadline: float,
    rtol: float,
    seed: int = 0,
    memory: dict[Any, Any] | None = None,
) -> Testimony:
    """Compare a derivative with SymPy's.

    Args:
        tape: the primal; derivative instructions on it are not read.
        output: the instruction differentiated.
        sources: inputs differentiated by.
        values: float64 values of all primal instructions at the point.
        entries: for order 1 an (m, n) array of the tape's numbers (m output entries, n source
            entries), for order 2 an (n, n) one.
        order: 1 or 2.
        deadline: `time.monotonic()` after which no further entry is started.
        rtol: relative difference that still agrees (decides what a direction covers).
        seed: of the random directions.
        memory: derivatives known from earlier hearings of the same problem; added to.
    """
    size = _size(tape, output, sources)
    limit = max(0.0, deadline - time.monotonic()) * NODES_PER_SECOND[order]
    if size > limit:
        return silent(
            NAME, entries.shape, f"{size} operations are more than SymPy differentiates in the budget ({limit:.0f})"
        )
    try:
        with interrupted_at(deadline + _GRACE):
            if entries.shape[1] <= _SEPARATE[order]:
                known = memory if memory is not None else {}
                return _separately(Line(tape, [output], sources, values, moving=False), entries, order, known)
            line = Line(tape, [output], sources, values)
            derivatives = [_derivative(e, line.parameter, order) for e in line.outputs[0].ravel()]
            velocities = [v for array in line.velocities for v in array.ravel()]
            evaluator = Evaluator(derivatives, line.values, velocities)
            walk = _Walk(evaluator, len(velocities), entries, order, deadline)
            pairs = len(velocities) if order == 1 else len(velocities) * (len(velocities) + 1) // 2
            if pairs * max(1, len(evaluator.steps)) <= _STEPS_ONE_BY_ONE:
                return walk.one_by_one()
            return walk.along_directions(rtol, random.Random(seed))
    except NotImplementedError as missing:
        return silent(NAME, entries.shape, f"{missing} has no symbolic evaluation")
    except RecursionError:
        return silent(NAME, entries.shape, "the expression is nested deeper than SymPy can walk")
    except OutOfTimeError:
        return silent(NAME, entries.shape, "SymPy did not finish within the budget")


def _size(tape: Tape, output: int, sources: Sequence[int]) -> int:
    """Scalar operations on paths from the sources to the output."""
    active = active_from(tape, sources, output)
    return sum(_operations(tape, i) for i in tape.needed([output]) if active[i])


def _operations(tape: Tape, i: int) -> int:
    """Scalar operations of one instruction; an entry of a function of matrices is a sum of n! products."""
    instruction = tape.instructions[i]
    entries = math.prod(instruction.shape)
    if not (isinstance(instruction.primitive, Structural) and instruction.primitive.whole):
        return entries
    return entries * math.factorial(min(tape.shape(instruction.arguments[0]))) * _TERM


def _derivative(expression: Any, parameter: Any, order: int) -> Any:
    expression = _finite(expression)
    for _ in range(order):
        expression = _finite(expression.diff(parameter))
    return expression


def _finite(expression: Any) -> Any:
    """The expression, unless SymPy has met a pole in it: its infinity swallows what stands beside it."""
    import sympy

    expression = sympy.sympify(expression)
    if expression.has(sympy.zoo, sympy.oo, -sympy.oo, sympy.nan):
        raise NotImplementedError("SymPy's infinity")
    return expression


def _separately(line: Line, entries: Array, order: int, memory: dict[Any, Any]) -> Testimony:
    """Derivatives by one variable after the other, as SymPy does it."""
    import flint

    variables = [x for array in line.entries for x in array.ravel()]
    rows = [_finite(f) for f in line.outputs[0].ravel()]

    def by(expression: Any, variable: Any) -> Any:
        key = (expression, variable)
        if key not in memory:
            memory[key] = _finite(expression.diff(variable))
        return memory[key]

    if order == 1:
        evaluator = Evaluator([by(f, x) for f in rows for x in variables], line.values, ())
    else:
        n = len(variables)
        lower = {(i, j): by(by(rows[0], variables[i]), variables[j]) for i in range(n) for j in range(i + 1)}
        evaluator = Evaluator([lower[max(i, j), min(i, j)] for i in range(n) for j in range(n)], line.values, ())
    difference, error = np.full(entries.size, np.nan), np.full(entries.size, np.nan)
    waiting = list(range(entries.size))
    flat = entries.ravel()
    saved = flint.ctx.prec
    try:
        for bits in PRECISIONS:
            flint.ctx.prec = bits
            found = [_ball(r) for r in evaluator.run(evaluator.prepare(), ())]
            for k in waiting:
                difference[k], error[k] = _compare(flat[k], found[k])
            waiting = [k for k in waiting if not _settled(float(flat[k]), found[k], flat)]
            if not waiting:
                break
    finally:
        flint.ctx.prec = saved
    return _testimony(difference.reshape(entries.shape), error.reshape(entries.shape), None, "entries")


def _testimony(difference: Array, error: Array, reason: str | None, method: str) -> Testimony:
    compared = np.isfinite(difference) & np.isfinite(error)
    if not compared.all() and reason is None:
        reason = "SymPy's derivative has no value here"
    return Testimony(NAME, difference, error, compared, None if compared.all() else reason, method)


class _Walk:
    """Evaluations of the derivatives at velocities, compared with the tape's entries."""

    def __init__(self, evaluator: Evaluator, n: int, entries: Array, order: int, deadline: float) -> None:
        self.evaluator = evaluator
        self.n = n
        self.entries = entries
        self.order = order
        self.deadline = deadline
        self.filled: dict[int, list[Any]] = {}
        self.difference = np.full(entries.shape, np.nan)
        self.error = np.full(entries.shape, np.nan)

    def _run(self, velocity: Sequence[Any], bits: int) -> list[Any]:
        if bits not in self.filled:
            self.filled[bits] = self.evaluator.prepare()
        return [_ball(r) for r in self.evaluator.run(self.filled[bits], velocity)]

    def one_by_one(self) -> Testimony:
        """Every entry on its own, until the deadline."""
        import flint

        saved = flint.ctx.prec
        reason = None
        try:
            columns = [(i, i) for i in range(self.n)]
            if self.order == 2:
                columns += [(i, j) for i in range(self.n) for j in range(i)]
            diagonals: dict[tuple[int, int], Any] = {}
            for i, j in columns:
                if time.monotonic() > self.deadline:
                    reason = "the budget ended before all entries were compared"
                    break
                self._entry(i, j, diagonals)
        finally:
            flint.ctx.prec = saved
        return _testimony(self.difference, self.error, reason, "entries")

    def _entry(self, i: int, j: int, diagonals: dict[tuple[int, int], Any]) -> None:
        import flint

        for bits in PRECISIONS:
            flint.ctx.prec = bits
            if i == j:
                found = self._run(self._unit(i), bits)
                if self.order == 2:
                    diagonals[i, bits] = found[0]
            else:
                for k in (i, j):
                    if (k, bits) not in diagonals:
                        diagonals[k, bits] = self._run(self._unit(k), bits)[0]
                both = self._run(self._unit(i, j), bits)[0]
                found = [(both - diagonals[i, bits] - diagonals[j, bits]) / 2]
            places = [(r, i) for r in range(len(found))] if self.order == 1 else [(i, j), (j, i)]
            if all(
                _settled(float(self.entries[p]), f, self.entries)
                for p, f in zip(places, found if self.order == 1 else found * 2, strict=True)
            ):
                break
        for place, ball in zip(places, found if self.order == 1 else found * 2, strict=True):
            self.difference[place], self.error[place] = _compare(self.entries[place], ball)

    def _unit(self, *moving: int) -> list[Any]:
        import flint

        return [flint.arb(1) if k in moving else None for k in range(self.n)]

    def along_directions(self, rtol: float, generator: random.Random) -> Testimony:
        """Random velocities of the entries' own scale; an entry counts where its share would show an error."""
        import flint

        saved = flint.ctx.prec
        try:
            flint.ctx.prec = PRECISIONS[0]
            finite = np.isfinite(self.entries)
            size = np.abs(np.where(finite, self.entries, 0.0)).max(axis=0)
            if self.order == 2:
                size = np.sqrt(np.maximum(np.abs(np.diagonal(np.where(finite, self.entries, 0.0))), size * 1e-3))
            speed = np.array([generator.choice((-1, 1)) * generator.uniform(0.5, 1.5) / (s or 1.0) for s in size])
            velocity = [flint.arb(v) for v in speed]
            found = self._run(velocity, PRECISIONS[0])
            for row, ball in enumerate(found):
                weights = speed if self.order == 1 else np.outer(speed, speed)
                numbers = self.entries[row] if self.order == 1 else self.entries
                told = sum(
                    (flint.arb(float(h)) * float(w) for h, w in zip(numbers.ravel(), weights.ravel(), strict=True)),
                    flint.arb(0),
                )
                gap = float((told - ball).abs_upper()) if finite.all() else np.inf
                implied = gap / np.abs(weights)
                seen = (implied <= rtol * np.abs(numbers)) & (numbers != 0)
                target = (row,) if self.order == 1 else (...,)
                self.difference[target] = np.where(seen, implied, np.nan)
                self.error[target] = np.where(seen, 0.0, np.nan)
        finally:
            flint.ctx.prec = saved
        reason = "entries too small to show along a random direction were not compared"
        return _testimony(self.difference, self.error, reason, "direction")


def _settled(entry: float, ball: Any, entries: Array) -> bool:
    """Whether more bits would not change the comparison of one of the entries."""
    if not ball.is_finite():
        return False
    if ball.is_exact() or ball.rel_accuracy_bits() >= _ENOUGH_BITS:
        return True
    size = float(np.abs(np.where(np.isfinite(entries), entries, 0.0)).max())
    return bool(entry == 0 and ball.contains(0) and float(ball.rad()) <= _NOTHING * size)


def _ball(result: Any) -> Any:
    import flint

    return flint.arb(0) if result is None else flint.arb(result)


def _compare(entry: float, ball: Any) -> tuple[float, float]:
    """|entry - ball| and the ball's radius, both rounded up; NaN where the ball says nothing."""
    import flint

    if not ball.is_finite() or not np.isfinite(entry):
        return np.nan, np.nan
    return float((flint.arb(float(entry)) - ball.mid()).abs_upper()), float(ball.rad())
