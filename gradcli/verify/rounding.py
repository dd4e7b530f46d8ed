"""How much of a derivative entry float64 rounding can have eaten: a first-order running error bound.

Each instruction i of the derivative program errs by at most a few units in the last place of its
own value v_i, or of the spacing of the subnormal numbers where it underflows; the entry moves by
|d entry / d v_i| as much. Summed over the program that is the standard first-order bound (Higham,
Accuracy and Stability of Numerical Algorithms, ch. 2 and 3), with the sensitivities from one more
reverse sweep. A wrong rule spoils that sweep too; what the program loses on balls, which need no sweep, keeps it
from excusing itself.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from gradcli.autodiff.primitive import CONSTANT, INPUT, Row, Structural
from gradcli.autodiff.ruled import OTHERS
from gradcli.autodiff.structural import CUMSUM, EINSUM, NORM, SUM, broadcast
from gradcli.autodiff.tape import Tape
from gradcli.autodiff.vjp import all_adjoints
from gradcli.targets import minors
from gradcli.targets.arrays import Plan

UNIT = 2.0**-53
#: Below it numbers lie no closer to one another: what rounds there errs as much as this would.
SMALLEST_NORMAL = 2.0**-1022
#: Units of rounding that one elementwise operation may err by: arithmetic rounds once, functions promise 4 units in the
#: last place, special ones 16.
ARITHMETIC_ULPS = 1.0
FUNCTION_ULPS = 8.0
SPECIAL_ULPS = 32.0
#: Bits of balls that err as float64 does, three fewer for functions that err by 4 units in the last place,
RUNNING_BITS = 50
#: seconds they may take,
RUNNING_SECONDS = 0.1
#: and how many times wider one of them may be than the first-order bound (they are coarser), or it than they (where
#: they happen to be exact), before it is said not to hold.
FIRST_ORDER_HOLDS = 32.0
#: A row with orders (x^y) multiplies rounded numbers even where it is an operator.
ORDERED_ULPS = 4.0
#: Entries whose rounding is bounded, each by a walk over the derivative: so many, fewer if it is large, but some.
MOST_QUESTIONS, QUESTION_WORK, SOME_QUESTIONS = 300, 50_000_000, 16
QUESTION_SECONDS = 2.0  #: that answering them may take, beyond the first some
AMPLE = 10.0  #: seconds of a budget below which both are in proportion to it

Place = tuple[int, tuple[int, ...], Mapping[str, Any]]  #: instruction, position in it, seeds to feed


class Shares(NamedTuple):
    """How one entry depends on the instructions it is made of.

    Attributes:
        order: those on a path to it, in order.
        values: their values.
        slopes: how the entry moves with each of their entries.
    """

    order: Sequence[int]
    values: Mapping[int, Any]
    slopes: Mapping[int, Any]


class Sensitivity:
    """How the entries of one instruction depend on what they are made of: one reverse sweep, for any of its entries.

    Args:
        tape: appended to.
        entry: the instruction, such as a derivative.

    Attributes:
        adjoints: for every instruction on a path to it, that of the entry's derivative by it.
        pick: name of the input that chooses the entry.
    """

    def __init__(self, tape: Tape, entry: int) -> None:
        self.tape, self.entry = tape, entry
        leaves = [i for i in tape.needed([entry]) if tape.instructions[i].primitive in (INPUT, CONSTANT)]
        one_hot = tape.fresh_input("entry", tape.shape(entry))
        found = all_adjoints(tape, entry, broadcast(tape, one_hot, tape.shape(entry)), leaves, written=True)
        self.adjoints = {i: found[i] for i in found if i <= entry}
        self.pick = str(tape[one_hot].attributes[0])
        self._plan: Plan | None = None
        self._ran: tuple[list[bytes], Sequence[Any] | None] | None = None

    def chosen(self, position: tuple[int, ...]) -> dict[str, Any]:
        """What to feed `pick` for an entry."""
        seed = np.zeros(self.tape.shape(self.entry))
        seed[position] = 1.0
        return {self.pick: seed}

    def shares(self, position: tuple[int, ...], inputs: Mapping[str, Any]) -> Shares:
        """Values and slopes at a point."""
        order = list(self.adjoints)
        if self._plan is None:
            self._plan = Plan(self.tape, [*order, *self.adjoints.values()])
        found = self._plan.run({**inputs, **self.chosen(position)})
        values = dict(zip(order, found[: len(order)], strict=True))
        return Shares(order, values, dict(zip(order, found[len(order) :], strict=True)))

    def bound(self, position: tuple[int, ...], inputs: Mapping[str, Any]) -> tuple[float, float]:
        """The bound and the scale of `rounding_bound`."""
        tape = self.tape
        order, values, slopes = self.shares(position, inputs)
        shares: dict[int, float] = {}
        spacings: dict[int, float] = {}
        bound = underflow = backward = scale = 0.0
        for i in order:
            with np.errstate(all="ignore"):
                share = np.abs(values[i] * slopes[i])
                if tape.instructions[i].primitive is INPUT:
                    scale += float(np.nansum(share))
                least = np.where(np.isnan(share), 0.0, np.abs(slopes[i]) * SMALLEST_NORMAL)
            shares[i] = float(np.nansum(share))  # 0 times infinity counts as nothing
            spacings[i] = float(np.nansum(least))
            if np.any((values[i] != 0) & (np.abs(values[i]) < SMALLEST_NORMAL) & np.isnan(slopes[i])):
                underflow = np.inf  # what has underflown is lost, and nobody knows how much that is
        for i, moved in shares.items():
            primitive = tape.instructions[i].primitive
            if isinstance(primitive, Row):
                bound += moved * UNIT * _ulps(primitive)
                underflow += spacings[i] * UNIT * _ulps(primitive)
            elif isinstance(primitive, Structural) and primitive.whole:
                backward += _backward(tape, i, values, slopes)
                if primitive.spared is not None:
                    backward += _expanded(tape, i, values, slopes, primitive.spared)
            elif primitive in (SUM, EINSUM, CUMSUM, OTHERS, NORM):
                added = max(shares.get(a, 0.0) for a in tape.instructions[i].arguments)
                bound += max(moved, added) * UNIT * _terms(tape, i)
                underflow += spacings[i] * UNIT * _terms(tape, i)
        running = self._running(position, inputs)
        if running > 0.0:  # of what rounds step by step, the one cannot be far below the other
            bound = min(bound, FIRST_ORDER_HOLDS * running)
        bound += underflow + backward
        return (running if running > FIRST_ORDER_HOLDS * bound else bound), scale

    def _running(self, position: tuple[int, ...], inputs: Mapping[str, Any]) -> float:
        """The radius of the entry where its program runs on balls of float64's own precision; 0 if that takes long.

        It knows what the first order does not: the square of a difference that has vanished is the square of what
        has been lost, although it does not move with it. One run has all entries that the same inputs give.
        """
        given = [np.asarray(value).tobytes() for value in inputs.values()]
        if self._ran is None or self._ran[0] != given:
            self._ran = given, self._run(inputs)
        balls = self._ran[1]
        if balls is None:
            return 0.0
        ball = balls[int(np.ravel_multi_index(position, self.tape.shape(self.entry))) if position else 0]
        return float(ball.rad()) if ball.is_finite() else 0.0

    def _run(self, inputs: Mapping[str, Any]) -> Sequence[Any] | None:
        from gradcli.targets.balls import BallWalk, OutOfTimeError, ball_precision
        from gradcli.targets.balls.series import UnknownError

        try:
            with ball_precision(RUNNING_BITS):
                return BallWalk(self.tape, self.entry, (), inputs, {}, time.monotonic() + RUNNING_SECONDS).at_rest()
        except (OutOfTimeError, UnknownError):
            return None


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
    return Sensitivity(tape, entry).bound(position, inputs)


class EntryRounding:
    """The court's questions about rounding, answered for an entry's position; see `verdict.judge`.

    After `MOST_QUESTIONS`, or fewer of a large or slow model, the answer is that nothing is known, and entries
    beyond stay undecided.

    Args:
        tape: appended to.
        instructions: those of the derivative.
        place: where an entry is computed; None where it is 0 by itself.
        inputs: values of all inputs at the point.
        natural: the size of an entry that would matter to the output.
        budget: the seconds that all witnesses have together.
    """

    def __init__(
        self,
        tape: Tape,
        instructions: Sequence[int],
        place: Callable[[tuple[int, ...]], Place | None],
        inputs: Mapping[str, Any],
        natural: Callable[[tuple[int, ...]], float],
        budget: float = AMPLE,
    ) -> None:
        self._tape, self._place, self._inputs, self._natural = tape, place, inputs, natural
        work = sum(math.prod(tape.shape(i)) for i in tape.needed(instructions))
        part = min(1.0, budget / AMPLE)
        self._some, self._seconds = max(1, round(part * SOME_QUESTIONS)), part * QUESTION_SECONDS
        self._most = max(self._some, min(MOST_QUESTIONS, QUESTION_WORK // max(1, work)))
        self._asked, self._spent = 0, 0.0
        self._known: dict[int, Sensitivity] = {}
        self._moved: dict[tuple[int, ...], float] = {}

    def __call__(self, position: tuple[int, ...]) -> tuple[float, float]:
        """A bound on what rounding has taken, and the natural size."""
        self._asked += 1
        if self._asked > self._most or (self._asked > self._some and self._spent > self._seconds):
            return math.inf, 0.0
        began = time.monotonic()
        place = self._place(position)
        if place is None:
            return 0.0, 0.0
        instruction, at, seeds = place
        if instruction not in self._known:
            self._known[instruction] = Sensitivity(self._tape, instruction)
        lost, swing = self._known[instruction].bound(at, {**self._inputs, **seeds})
        self._moved[position] = UNIT * swing
        self._spent += time.monotonic() - began
        return lost, self._natural(position)

    def moved(self, position: tuple[int, ...]) -> float:
        """How far one unit of rounding in every input moves the entry; 0 where its rounding has not been asked for."""
        return self._moved.get(position, 0.0)


def _ulps(row: Row) -> float:
    if row.group != "operators":
        return SPECIAL_ULPS if row.group == "special" else FUNCTION_ULPS
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
