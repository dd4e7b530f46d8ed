"""The symbolic witness: SymPy differentiates the primal along a line, ball arithmetic evaluates it.

Along x + t*v the t-derivative of f is linear in v and the second one quadratic, so two
univariate derivatives hold the whole gradient and Hessian; each entry follows by evaluating
them at unit velocities. Where that is too much, SymPy differentiates every operation instead
and `chain` joins them.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gradcli.autodiff.primitive import Structural
from gradcli.autodiff.tape import Tape
from gradcli.autodiff.vjp import active_from
from gradcli.targets.symbols import Line
from gradcli.targets.symbols.primitives import OutOfTimeError as ChainOutOfTimeError
from gradcli.targets.symbols.values import Evaluator
from gradcli.verify.chain import Chain
from gradcli.verify.deadline import OutOfTimeError, interrupted_at
from gradcli.verify.testimony import Array, Testimony, silent

NAME = "symbolic"
PRECISIONS = (128, 256, 512, 1024, 2048)  #: bits tried until an entry is known to `_ENOUGH_BITS` or rounds to 0
NODES_PER_SECOND = {1: 300.0, 2: 120.0}  #: scalar operations that SymPy differentiates in a second, by order
_TERM = 6  #: operations that a product of a determinant's expansion counts as
_ENOUGH_BITS = 60
_GRACE = 0.5  #: seconds beyond the deadline until SymPy is interrupted
_SHARE = 0.7  #: of the time left that SymPy may take for the whole expression
_NOTHING = 1e-30  #: a ball around 0 this small beside the largest entry confirms an entry that is 0
_SEPARATE = {1: 8, 2: 5}  #: variables up to which SymPy differentiates by each one separately, by order
_STEPS_ONE_BY_ONE = 3_000_000  #: evaluation steps above which operations are differentiated one by one


def hear(
    tape: Tape,
    output: int,
    sources: Sequence[int],
    values: Mapping[int, Any],
    entries: Array,
    order: int,
    deadline: float,
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
        memory: derivatives known from earlier hearings of the same problem; added to.
    """
    size = _size(tape, output, sources)
    remaining = max(0.0, deadline - time.monotonic())
    limit = remaining * _SHARE * NODES_PER_SECOND[order]
    known = memory if memory is not None else {}
    try:
        if size <= limit:
            with interrupted_at(time.monotonic() + remaining * _SHARE + _GRACE):
                whole = _differentiated_whole(tape, output, sources, values, entries, order, deadline, known)
            if whole is not None:
                return whole
        why = f"{size} operations are more than SymPy differentiates in the budget ({limit:.0f})"
    except NotImplementedError as missing:
        return silent(NAME, entries.shape, f"{missing} has no symbolic evaluation")
    except RecursionError:
        why = "the expression is nested deeper than SymPy can walk"
    except OutOfTimeError:
        why = "SymPy did not finish within the budget"
    return _joined(tape, output, sources, values, entries, order, deadline, known, why)


def _differentiated_whole(
    tape: Tape,
    output: int,
    sources: Sequence[int],
    values: Mapping[int, Any],
    entries: Array,
    order: int,
    deadline: float,
    memory: dict[Any, Any],
) -> Testimony | None:
    """SymPy's derivative of the whole expression; None if it has too many steps to be evaluated entry by entry."""
    if entries.shape[1] <= _SEPARATE[order]:
        return _separately(Line(tape, [output], sources, values, moving=False), entries, order, memory)
    line = Line(tape, [output], sources, values)
    derivatives = [_derivative(e, line.parameter, order) for e in line.outputs[0].ravel()]
    velocities = [v for array in line.velocities for v in array.ravel()]
    evaluator = Evaluator(derivatives, line.values, velocities)
    pairs = len(velocities) if order == 1 else len(velocities) * (len(velocities) + 1) // 2
    if pairs * max(1, len(evaluator.steps)) > _STEPS_ONE_BY_ONE:
        return None
    return _Walk(evaluator, len(velocities), entries, order, deadline).one_by_one()


def _joined(
    tape: Tape,
    output: int,
    sources: Sequence[int],
    values: Mapping[int, Any],
    entries: Array,
    order: int,
    deadline: float,
    memory: dict[Any, Any],
    why: str,
) -> Testimony:
    """SymPy's derivatives of every operation, joined by the chain rule: `why` the whole was not differentiated."""
    value, difference, error = (np.full(entries.shape, np.nan) for _ in range(3))
    reason = how = None
    try:
        chain = Chain(tape, output, sources, values, order, deadline, memory)
        how = _counted(chain)
        for rows, found in chain.gradient() if order == 1 else chain.hessian():
            with np.errstate(all="ignore"):
                value[rows], error[rows] = found.mid, found.radius
                difference[rows] = np.abs(entries[rows] - found.mid)
    except NotImplementedError as missing:
        return silent(NAME, entries.shape, f"{missing} has no symbolic evaluation")
    except ChainOutOfTimeError:
        reason = f"{why}; the budget ended before its operations, one by one, were joined"
    compared = np.isfinite(difference) & np.isfinite(error)
    if not compared.any() and reason is not None:
        return silent(NAME, entries.shape, reason)
    return _testimony(value, difference, error, reason, "operations", how)


def _counted(chain: Chain) -> str:
    """What SymPy has differentiated, in numbers."""
    kinds = f"{chain.partials} distinct local partial{'s' if chain.partials != 1 else ''}"
    return f"{kinds} of SymPy's at {chain.places} places, joined by the chain rule"


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
    value, difference, error = (np.full(entries.size, np.nan) for _ in range(3))
    waiting = list(range(entries.size))
    flat = entries.ravel()
    saved = flint.ctx.prec
    try:
        for bits in PRECISIONS:
            flint.ctx.prec = bits
            found = [_ball(r) for r in evaluator.run(evaluator.prepare(), ())]
            for k in waiting:
                value[k], difference[k], error[k] = _compare(flat[k], found[k])
            waiting = [k for k in waiting if not _settled(float(flat[k]), found[k], flat)]
            if not waiting:
                break
    finally:
        flint.ctx.prec = saved
    value, difference, error = (a.reshape(entries.shape) for a in (value, difference, error))
    return _testimony(value, difference, error, None, "entries")


def _testimony(
    value: Array, difference: Array, error: Array, reason: str | None, method: str, how: str | None = None
) -> Testimony:
    compared = np.isfinite(difference) & np.isfinite(error)
    if not compared.all() and reason is None:
        reason = "SymPy's derivative has no value here"
    return Testimony(NAME, difference, error, compared, None if compared.all() else reason, method, None, value, how)


class _Walk:
    """Evaluations of the derivatives at velocities, compared with the tape's entries."""

    def __init__(self, evaluator: Evaluator, n: int, entries: Array, order: int, deadline: float) -> None:
        self.evaluator = evaluator
        self.n = n
        self.entries = entries
        self.order = order
        self.deadline = deadline
        self.filled: dict[int, list[Any]] = {}
        self.value = np.full(entries.shape, np.nan)
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
        return _testimony(self.value, self.difference, self.error, reason, "entries")

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
            self.value[place], self.difference[place], self.error[place] = _compare(self.entries[place], ball)

    def _unit(self, *moving: int) -> list[Any]:
        import flint

        return [flint.arb(1) if k in moving else None for k in range(self.n)]


def _settled(entry: float, ball: Any, entries: Array) -> bool:
    """Whether more bits would not change the comparison of one of the entries."""
    if not ball.is_finite():
        return False
    if ball.is_exact() or ball.rel_accuracy_bits() >= _ENOUGH_BITS:
        return True
    if ball.abs_upper() * 4 < math.ulp(0.0):  # surely less than half the smallest number: it rounds to 0
        return True
    size = float(np.abs(np.where(np.isfinite(entries), entries, 0.0)).max())
    return bool(entry == 0 and ball.contains(0) and float(ball.rad()) <= _NOTHING * size)


def _ball(result: Any) -> Any:
    import flint

    return flint.arb(0) if result is None else flint.arb(result)


def _compare(entry: float, ball: Any) -> tuple[float, float, float]:
    """The middle, |entry - middle|, and what the ball's farthest point adds to that, rounded up; NaN for nothing."""
    import flint

    if not ball.is_finite() or not np.isfinite(entry):
        return np.nan, np.nan, np.nan
    away = flint.arb(float(entry)) - ball
    difference, most = float(abs(away.mid())), float(away.abs_upper())
    if flint.arb(most) < away.abs_upper():
        most = math.nextafter(most, math.inf)
    return float(ball.mid()), difference, max(most - difference, 0.0)
