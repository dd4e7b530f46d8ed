"""How much of a derivative entry float64 rounding can have eaten: a first-order running error bound.

Each instruction i of the derivative program errs by at most a few units in the last place of its
own value v_i, or of the spacing of the subnormal numbers where it underflows; the entry moves by
|d entry / d v_i| as much. Summed over the program that is the standard first-order bound (Higham,
Accuracy and Stability of Numerical Algorithms, ch. 2 and 3), with the sensitivities from one more
reverse sweep.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from gradcli.autodiff.primitive import CONSTANT, INPUT, Row, Structural
from gradcli.autodiff.structural import CUMSUM, EINSUM, NORM, SUM, broadcast
from gradcli.autodiff.tape import Tape
from gradcli.autodiff.vjp import all_adjoints
from gradcli.targets import minors
from gradcli.targets.arrays import Plan

UNIT = 2.0**-53
#: Below it numbers lie no closer to one another: what rounds there errs as much as this would.
SMALLEST_NORMAL = 2.0**-1022
#: Units in the last place that one elementwise operation may err by: arithmetic rounds once,
#: NumPy's functions promise 4.
ARITHMETIC_ULPS = 1.0
FUNCTION_ULPS = 8.0
#: Bits of balls that err as float64 does, three fewer for functions that err by 4 units in the last place,
RUNNING_BITS = 50
#: seconds they may take,
RUNNING_SECONDS = 0.1
#: and how many times the first-order bound they may be wide (they are coarser) before it is said not to hold.
FIRST_ORDER_HOLDS = 32.0
#: A row with orders (x^y) multiplies rounded numbers even where it is an operator.
ORDERED_ULPS = 4.0


def rounding_bound(tape: Tape, entry: int, position: tuple[int, ...], inputs: Mapping[str, Any]) -> tuple[float, float]:
    """Bound the rounding error of one entry of a derivative instruction.

    Args:
        tape: appended to (one reverse sweep from the entry).
        entry: the derivative instruction.
        position: which of its entries.
        inputs: values of all inputs, the direction's seeds included.

    Returns:
        The bound, and how far the entry moves if every input moves by its own size:
        `sum |d entry / d x| |x|`, the scale against which a rounding error is small or not.
    """
    leaves = [i for i in tape.needed([entry]) if tape.instructions[i].primitive in (INPUT, CONSTANT)]
    one_hot = tape.fresh_input("entry", tape.shape(entry))
    adjoints = all_adjoints(tape, entry, broadcast(tape, one_hot, tape.shape(entry)), leaves)
    seed = np.zeros(tape.shape(entry))
    seed[position] = 1.0
    indices = [i for i in adjoints if i <= entry]
    plan = Plan(tape, [*indices, *(adjoints[i] for i in indices)])
    found = plan.run({**inputs, str(tape[one_hot].attributes[0]): seed})
    values = dict(zip(indices, found[: len(indices)], strict=True))
    slopes = dict(zip(indices, found[len(indices) :], strict=True))
    shares: dict[int, float] = {}
    bound = scale = 0.0
    for i in indices:
        with np.errstate(all="ignore"):
            share = np.abs(values[i] * slopes[i])
            if tape.instructions[i].primitive is INPUT:
                scale += float(np.nansum(share))
            rounded = np.fmax(share, np.abs(slopes[i]) * SMALLEST_NORMAL)
        underflown = (
            (values[i] != 0) & (np.abs(values[i]) < SMALLEST_NORMAL) & np.isnan(slopes[i])
        )  # how much, nobody knows
        rounded = np.where(
            np.isnan(share), np.where(underflown, np.inf, 0.0), rounded
        )  # 0 times infinity counts as nothing
        shares[i] = float(np.nansum(rounded))
    for i, moved in shares.items():
        primitive = tape.instructions[i].primitive
        if isinstance(primitive, Row):
            bound += moved * UNIT * _ulps(primitive)
        elif isinstance(primitive, Structural) and primitive.whole:
            bound += _backward(tape, i, values, slopes)
            if primitive.spared is not None:
                bound += _expanded(tape, i, values, slopes, primitive.spared)
        elif primitive in (SUM, EINSUM, CUMSUM, NORM):
            added = max(shares.get(a, 0.0) for a in tape.instructions[i].arguments)
            bound += max(moved, added) * UNIT * _terms(tape, i)
    running = _running_bound(tape, entry, position, inputs)
    return (running if running > FIRST_ORDER_HOLDS * bound else bound), scale


def _running_bound(tape: Tape, entry: int, position: tuple[int, ...], inputs: Mapping[str, Any]) -> float:
    """The radius of the entry where its program runs on balls of float64's own precision; 0 where that takes long.

    It knows what the first order does not: the square of a difference that has vanished is the square of what
    has been lost, although it does not move with it.
    """
    from gradcli.targets.balls import BallWalk, OutOfTimeError, ball_precision
    from gradcli.targets.balls.series import UnknownError

    try:
        with ball_precision(RUNNING_BITS):
            walk = BallWalk(tape, entry, (), inputs, {}, time.monotonic() + RUNNING_SECONDS)
            balls = walk.at_rest()
    except (OutOfTimeError, UnknownError):
        return 0.0
    ball = balls[int(np.ravel_multi_index(position, tape.shape(entry))) if position else 0]
    return float(ball.rad()) if ball.is_finite() else 0.0


def _ulps(row: Row) -> float:
    if row.group != "operators":
        return FUNCTION_ULPS
    return ORDERED_ULPS if row.orders else ARITHMETIC_ULPS


def _backward(tape: Tape, i: int, values: Mapping[int, Any], slopes: Mapping[int, Any]) -> float:
    """What a function of matrices errs by: its result is right for a matrix n roundings away (Higham, ch. 9, 10)."""
    bound = 0.0
    for a in tape.instructions[i].arguments:
        if a in slopes:
            rows = max(values[a].shape, default=1)
            with np.errstate(all="ignore"):
                bound += rows * UNIT * float(np.nansum(np.abs(slopes[a])) * np.max(np.abs(values[a]), initial=0.0))
    return bound


def _expanded(tape: Tape, i: int, values: Mapping[int, Any], slopes: Mapping[int, Any], spared: int) -> float:
    """What a sum of products with one entry from each row errs by: as much as if nothing cancelled in it.

    Where a matrix lacks two ranks, no entry moves its determinant at first order, which is still the noise of its
    terms. Products of the rows' sums bound the sizes of all terms together; of directions, what is linear in each.
    """
    sums = np.stack([np.abs(values[a]).sum(axis=-1) for a in tape.instructions[i].arguments], axis=-1)
    n, matrices = sums.shape[-2:]
    if n > minors.MOST_ROWS:  # by elimination, which is right for a matrix nearby
        return 0.0
    largest = 0.0
    for left in itertools.combinations(range(n), n - spared):
        terms = {0: 1.0}
        for a, *directions in sums[..., left, :].max(axis=tuple(range(sums.ndim - 2))).tolist():
            grown = {m: c * a for m, c in terms.items()}
            for k, h in enumerate(directions):
                for m, c in terms.items():
                    if not m >> k & 1:
                        grown[m | 1 << k] = grown.get(m | 1 << k, 0.0) + c * h
            terms = grown
        largest = max(largest, float(terms.get((1 << matrices - 1) - 1, 0.0)))
    return float(n * UNIT * largest * np.nansum(np.abs(slopes[i])))


def _terms(tape: Tape, i: int) -> float:
    """How many numbers each entry of a sum adds up."""
    instruction = tape.instructions[i]
    given = max(int(np.prod(tape.shape(a))) for a in instruction.arguments)
    return max(1.0, given / max(1, int(np.prod(instruction.shape))))
