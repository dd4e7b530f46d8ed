"""The operation that loses an entry's digits: float64 and exact values of the whole program, side by side.

Each instruction is evaluated in float64 and in balls; where its error is far larger, beside its own size, than those
of its operands, it cancels (a sum) or magnifies (any other function), and it is to blame if the entry suffers by it.
So do shadow-value analyses (Benz, Hildebrandt and Hack, A dynamic program analysis to find floating-point accuracy
problems, PLDI 2012).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from flint import arb

from gradcli.autodiff.primitive import Row, Structural
from gradcli.autodiff.rows_arithmetic import ADD, SUBTRACT
from gradcli.autodiff.structural import CONCAT, CUMSUM, EINSUM, SUM, broadcast, reshape
from gradcli.errors import column_of
from gradcli.result import Cancellation
from gradcli.targets.arrays import KERNELS
from gradcli.targets.balls import BallWalk, OutOfTimeError, ball_precision
from gradcli.targets.balls.series import UnknownError
from gradcli.verify.certificate import HIGHEST_PRECISION, PRECISION
from gradcli.verify.rounding import UNIT, Sensitivity
from gradcli.verify.testimony import Array

LOST = 3.0  #: decimal digits that an operation must lose to be named
_SOME = 1.5  #: factor from which on an operation counts where no single one loses many digits
_SHARE = 1e-3  #: part of the entry's error that must come through it
_ACCURATE = 30  #: bits of the entry in balls that are enough
_MOST_BALLS = 200_000  #: numbers in a program that is looked at
_MOST_NAMED = 3
_SUMS = (SUM, EINSUM, CUMSUM)


class _Shadow(NamedTuple):
    """An instruction's float64 values, what they should be, and their errors beside those."""

    value: Array
    truth: Array
    error: Array

    @property
    def relative(self) -> Array:
        """|error| / |truth|, 0 where there is no error."""
        with np.errstate(all="ignore"):
            return np.where(self.error == 0, 0.0, np.abs(self.error) / np.abs(self.truth))


def cancellations(
    sensitivity: Sensitivity,
    position: tuple[int, ...],
    inputs: Mapping[str, Any],
    entry: str,
    primal: int,
    deadline: float,
) -> tuple[Cancellation, ...]:
    """The operations that lose digits of one entry, those of the function itself before those of its derivative.

    Args:
        sensitivity: of the instruction that holds the entry.
        position: which of its entries.
        inputs: values of all inputs, the direction's seeds included.
        entry: its label.
        primal: instructions up to here are the function's own.
        deadline: `time.monotonic()` at which to stop.

    Returns:
        The first three; where no operation loses more than three digits, the one that loses most. None where there
        was no time to look, or nothing to find.
    """
    tape = sensitivity.tape
    order, values, _ = sensitivity.shares(position, inputs)
    if sum(np.size(values[i]) for i in order) > _MOST_BALLS:
        return ()
    truths = _truths(sensitivity, position, inputs, deadline)
    if truths is None:
        return ()
    needed = tape.needed([sensitivity.entry])
    floats = dict(zip(needed, _floats(sensitivity, needed, position, inputs), strict=True))
    shadows = {i: _shadow(floats[i], truths[i]) for i in needed if i in truths}
    last = shadows[sensitivity.entry]
    suffered = float(np.abs(last.error[position] if position else last.error))
    found: list[tuple[int, Cancellation]] = []
    most: tuple[float, int, tuple[int, ...]] = (_SOME, -1, ())
    for i in order:
        instruction = tape.instructions[i]
        if not instruction.arguments or any(a not in shadows for a in instruction.arguments):
            continue
        loss = _loss(tape, i, shadows)
        slope = _numbers(truths[sensitivity.adjoints[i]], np.shape(loss))
        with np.errstate(all="ignore"):
            carried = np.abs(slope * shadows[i].error)
            carried = np.where(np.isnan(carried), 0.0, carried)
        felt = (carried >= _SHARE * suffered) & (carried > 0)
        at = _largest(np.where(felt & (loss >= 10.0**LOST), carried, -1.0))
        if felt[at] and loss[at] >= 10.0**LOST:
            found.append((i, _named(tape, i, at, shadows, float(loss[at]), entry, i > primal)))
        at = _largest(np.where(felt, loss, -1.0))
        if felt[at] and loss[at] > most[0]:
            most = float(loss[at]), i, at
    own = [one for i, one in found if i <= primal] or [one for _, one in found]
    if not own and most[1] >= 0:
        loss_there, i, at = most
        one = _named(tape, i, at, shadows, loss_there, entry, i > primal)
        own = [replace(one, why=f"digits are lost little by little, most of them here: {one.why}")]
    return tuple(own[:_MOST_NAMED])


def _largest(numbers: Array) -> tuple[int, ...]:
    """The place of the largest number."""
    return tuple(int(k) for k in np.unravel_index(int(np.argmax(numbers)), np.shape(numbers)))


def _floats(sensitivity: Sensitivity, needed: list[int], position: tuple[int, ...], inputs: Mapping[str, Any]) -> Any:
    from gradcli.targets.arrays import evaluate

    return evaluate(sensitivity.tape, needed, {**inputs, **sensitivity.chosen(position)})


def _truths(
    sensitivity: Sensitivity, position: tuple[int, ...], inputs: Mapping[str, Any], deadline: float
) -> dict[int, Any] | None:
    """Balls of the entry's program and of its slopes, at a precision at which the entry itself is accurate."""
    tape = sensitivity.tape
    parts = [sensitivity.entry, *sensitivity.adjoints.values()]
    flat = [reshape(tape, broadcast(tape, i, tape.shape(i)), (math.prod(tape.shape(i)),)) for i in parts]
    joined = tape.append(CONCAT, flat, (-1,)) if len(flat) > 1 else flat[0]
    try:
        walk = BallWalk(tape, joined, (), {**inputs, **sensitivity.chosen(position)}, {}, deadline, curved=False)
        precision = PRECISION
        while True:
            with ball_precision(precision):
                found = walk.everything()
                ball = np.asarray(found[sensitivity.entry])[position] if position else found[sensitivity.entry]
                ball = ball.item() if isinstance(ball, np.ndarray) else ball
                if ball.rel_accuracy_bits() >= _ACCURATE or 2 * precision > HIGHEST_PRECISION:
                    return found
            precision *= 2
    except (OutOfTimeError, UnknownError):
        return None


def _shadow(value: Any, balls: Any) -> _Shadow:
    given = np.asarray(value, dtype=np.float64)
    exact = np.broadcast_to(np.asarray(balls, dtype=object), given.shape)
    truth, error = np.empty(given.shape), np.empty(given.shape)
    for at in np.ndindex(given.shape):
        ball: Any = exact[at]
        truth[at] = float(ball.mid())
        off = arb(float(given[at])) - ball
        error[at] = 0.0 if abs(off.mid()) <= ball.rad() else float(off.mid())  # balls cannot tell
    return _Shadow(given, truth, error)


def _numbers(balls: Any, shape: tuple[int, ...]) -> Array:
    flat = np.asarray(balls, dtype=object)
    numbers = np.array([float(ball.mid()) for ball in flat.ravel()]).reshape(flat.shape)
    return np.broadcast_to(numbers, shape)


def _loss(tape: Any, i: int, shadows: Mapping[int, _Shadow]) -> Array:
    """By which factor an instruction makes the relative errors of its operands larger; 1 where it only moves them."""
    instruction = tape.instructions[i]
    primitive, mine = instruction.primitive, shadows[i]
    given = [shadows[a] for a in instruction.arguments]
    with np.errstate(all="ignore"):
        if primitive in _SUMS:
            shapes = [tape.shape(a) for a in instruction.arguments]
            sizes = KERNELS[primitive](instruction.attributes, shapes, [np.abs(one.truth) for one in given])
            return np.asarray(np.where(mine.error == 0, 1.0, sizes / np.abs(mine.truth)), dtype=np.float64)
        if primitive is ADD or primitive is SUBTRACT:
            sizes = sum(np.abs(one.truth) for one in given)
            return np.asarray(np.where(mine.error == 0, 1.0, sizes / np.abs(mine.truth)), dtype=np.float64)
        if isinstance(primitive, Row):
            before = [np.fmax(one.relative, UNIT) for one in given]
        elif isinstance(primitive, Structural) and primitive.whole:
            before = [np.fmax(np.max(one.relative, initial=0.0), UNIT) for one in given]
        else:
            return np.ones(np.shape(mine.value))
        largest = before[0]
        for one in before[1:]:
            largest = np.fmax(largest, one)
        return np.asarray(np.broadcast_to(mine.relative / largest, np.shape(mine.value)), dtype=np.float64)


def _named(
    tape: Any, i: int, at: tuple[int, ...], shadows: Mapping[int, _Shadow], loss: float, entry: str, derivative: bool
) -> Cancellation:
    """One such operation in words, with the operands of the entry that suffers most."""
    instruction = tape.instructions[i]
    primitive, mine = instruction.primitive, shadows[i]
    elementwise = isinstance(primitive, Row)
    operands: list[float] = []
    for a in instruction.arguments if elementwise else ():
        operands.append(float(np.broadcast_to(shadows[a].value, np.shape(mine.value))[at]))
    digits = min(math.log10(loss), -math.log10(UNIT)) if loss > 0 else 0.0
    value, truth = float(mine.value[at]), float(mine.truth[at])
    given = _spelled(operands)
    if elementwise and primitive.operator is not None and len(operands) == 2:
        spelled = f"{given[0]} {primitive.operator} {f'({given[1]})' if operands[1] < 0 else given[1]}"
    else:
        spelled = f"{primitive.name}({', '.join(given) or 'an array'})"
    cancels = primitive in (ADD, SUBTRACT, *_SUMS)
    made, meant = _spelled((value, truth))
    why = f"{spelled} {'cancels' if cancels else 'magnifies rounding'}: {made} instead of {meant}"
    if derivative:  # a sum is of the contributions to one derivative, and stands where the last of them comes from
        why = f"{'adding up the derivative' if cancels else 'the derivative of this'}: {why}"
    place = tape.places.get(i)
    if place is None:
        return Cancellation("", None, None, entry, digits, tuple(operands), why)
    text, start = place.expression.text, place.span.start
    column = column_of(text, start)
    return Cancellation(place.text, place.expression.origin.line, column, entry, digits, tuple(operands), why)


def _spelled(numbers: Sequence[float]) -> list[str]:
    """Numbers in six digits, or in as many as tell apart those whose sizes differ."""
    sizes = len({abs(x) for x in numbers})
    digits = next((d for d in range(6, 17) if len({f"{abs(x):.{d}g}" for x in numbers}) == sizes), 17)
    return [f"{x:.{digits}g}" for x in numbers]
