"""The ball target: rigorous Taylor polynomials of one instruction along directions through a point.

The walk reads the primal only. At each precision the point is walked once in balls; a direction then walks
only what moves along it, in truncated power series. Scalar programs run on bare series, arrays on object arrays
of them; the same kernels serve both.
"""

from __future__ import annotations

import math
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from flint import arb, arb_series, ctx, fmpq

from gradcli.autodiff.primitive import CONSTANT, INPUT, Row
from gradcli.autodiff.structural import EINSUM, STOP
from gradcli.autodiff.tape import Tape
from gradcli.targets.balls.arrays import Frame, array, elementwise, structural_kernel
from gradcli.targets.balls.kernels import Kernel, kernel_of
from gradcli.targets.balls.program import OutOfTimeError, Step, entries, feeding, needed
from gradcli.targets.balls.series import FIXED, Ball, UnknownError, fixed
from gradcli.targets.balls.support import Meetings, supports

A = Any

_SECONDS_PER_BALL = 2e-7  #: least time of one operation on one series; what cannot be done in time is not begun
_MOST_AT_ONCE = 2_000_000  #: entries of one array operation; object arrays take 200 bytes an entry
_MOST_PRODUCTS = 10_000_000  #: of one product of arrays, which is done in pieces: a walk looks at no clock meanwhile
_WORTH_CHOOSING = 16  #: entries of an array from which on it pays to look for those that move
_CHUNK = 1024  #: scalar steps between two looks at the clock


@contextmanager
def ball_precision(bits: int) -> Iterator[None]:
    """FLINT's working precision set for a while, and put back whatever happens."""
    precision, cap = ctx.prec, ctx.cap
    try:
        ctx.prec, ctx.cap = bits, FIXED
        yield
    finally:
        ctx.prec, ctx.cap = precision, cap


class BallWalk:
    """One output of a tape, made ready to be walked along many directions at one point.

    Args:
        tape: the program.
        output: the instruction wanted.
        sources: instructions that move; each is an input or has a held value.
        inputs: a float64 array for every input.
        held: values of instructions that are not computed but given (where a path is cut).
        deadline: `time.monotonic()` after which a walk gives up.
        exact: literals, pi and e are the numbers they spell, not their float64; inputs may hold balls.
            Such a walk is made and walked at one precision.
        curved: whether second derivatives are wanted, for which `partners` are found.

    Attributes:
        support: for every entry of the output, the bit mask of source entries it depends on.
        partners: for every source entry, the mask of those it meets in something curved.

    Raises:
        OutOfTimeError: if even one walk would take too long.
        UnknownError: if an array operation is too large.
        ValueError: for a source without a value.
    """

    def __init__(
        self,
        tape: Tape,
        output: int,
        sources: Sequence[int],
        inputs: Mapping[str, A],
        held: Mapping[int, A],
        deadline: float,
        exact: bool = False,
        curved: bool = True,
    ) -> None:
        self.deadline = deadline
        self._exact = exact
        self.reasons: list[UnknownError] = []
        self._tape = tape
        self._order = needed(tape, output, {*held, *sources})
        self._scalar = all(tape.shape(i) == () for i in self._order)
        self._check_size()
        self._slots = {i: k for k, i in enumerate(self._order)}
        self._zero: Ball = arb(0)
        self._poison: Ball = arb.nan()
        self._leaves = {i: value for i in self._order if (value := self._leaf(i, inputs, held)) is not None}
        first, bit = {}, 0
        for s in sources:
            if s in self._slots and s not in self._leaves:
                raise ValueError(f"source {s} is neither an input nor held")
            first[s] = bit
            bit += _size(tape, s)
        steps = [i for i in self._order if i not in self._leaves]
        kernels = {i: self._row_kernel(i) for i in steps if isinstance(tape.instructions[i].primitive, Row)}
        meetings = Meetings(deadline, curved)
        masks = supports(tape, self._order, kernels, {i: first.get(i) for i in self._leaves}, meetings)
        self.partners = meetings.partners
        present = sorted((start, i) for i, start in first.items() if i in self._slots and _size(tape, i))
        self._starts = [start for start, _ in present]
        self._sources = [(self._slots[i], self._leaves[i]) for _, i in present]
        unions = masks if self._scalar else {i: _union(m) for i, m in masks.items()}
        self.support: list[int] = [masks[output]] if self._scalar else list(masks[output].ravel())
        arguments = {i: tuple(self._slots[a] for a in tape.instructions[i].arguments) for i in steps}
        self._steps = [Step(unions[i], self._kernel(i, kernels.get(i)), self._slots[i], arguments[i]) for i in steps]
        self._moves = {} if self._scalar else {self._slots[i]: _compact(masks[i], bit) for i in steps}
        everything = 0
        for _, i in present:
            everything |= unions[i]
        always = everything if self._scalar and everything else -1
        self._resting = feeding(self._steps, {step.slot for step in self._steps if step.mask != always})
        self._base: tuple[int, list[A], list[UnknownError]] = (0, [], [])

    def along(self, direction: Sequence[int], length: int) -> list[Ball]:
        """Taylor polynomials of the output's entries at the point plus t times a sum of unit vectors.

        Args:
            direction: positions of the source entries that move.
            length: coefficients wanted: 2 for first derivatives, 3 for second ones.

        Returns:
            One series per entry of the output, in row-major order, at FLINT's present precision.
            Where a coefficient is not finite, `reasons` may say why.

        Raises:
            OutOfTimeError: if the deadline has passed.
        """
        rest, doubts = self._at_rest()
        values = rest.copy()
        self.reasons = []
        self._zero, self._poison = fixed(0), arb_series([arb.nan()] * length, length)
        moving = 0
        for position in direction:
            moving |= 1 << position
        self._move(direction, length, values)
        self._run([step for step in self._steps if step.mask & moving], values, moving)
        self.reasons += doubts
        result = values[-1]
        return [result] if self._scalar else list(result.ravel())

    def at_rest(self) -> list[Ball]:
        """Enclosures of the output's entries at the point itself, in row-major order (see `along`)."""
        result = self._everything()[-1]
        return [result] if self._scalar else list(result.ravel())

    def feed(self, inputs: Mapping[str, A]) -> None:
        """Take other values of the inputs, for `at_rest` at another point; of a walk without sources."""
        for i in self._leaves:
            if self._tape.instructions[i].primitive is INPUT:
                self._leaves[i] = self._leaf(i, inputs, {})
        self._base = (0, [], [])

    def everything(self) -> dict[int, A]:
        """Enclosures of all instructions at the point, by index: balls, or object arrays of them."""
        return dict(zip(self._order, self._everything(), strict=True))

    def _everything(self) -> list[A]:
        self._zero, self._poison, self.reasons = arb(0), arb.nan(), []
        values: list[A] = [None] * len(self._order)
        for i, leaf in self._leaves.items():
            values[self._slots[i]] = leaf
        self._run(self._steps, values)
        return values

    def _move(self, direction: Sequence[int], length: int, values: list[A]) -> None:
        """Replace the entries that move by x + t."""
        for position in direction:
            i = bisect_right(self._starts, position) - 1
            start, slot, leaf = self._starts[i], self._sources[i][0], self._sources[i][1]
            if self._scalar:
                values[slot] = arb_series([leaf, 1], length)
                continue
            place = np.unravel_index(position - start, leaf.shape) if leaf.ndim else ()
            if values[slot] is self._base[1][slot]:
                values[slot] = values[slot].copy()
            values[slot][place] = arb_series([leaf[place], 1], length)

    def _at_rest(self) -> tuple[list[A], list[UnknownError]]:
        """Everything at the point, as series that do not move, at FLINT's present precision; and what has no value."""
        if self._base[0] == ctx.prec:
            return self._base[1:]
        self._zero, self._poison, self.reasons = arb(0), arb.nan(), []
        values: list[A] = [None] * len(self._order)
        for i, leaf in self._leaves.items():
            values[self._slots[i]] = leaf
        self._run(self._resting, values)
        lift = fixed if self._scalar else lambda value: array(_to_series(value))
        self._base = ctx.prec, [None if value is None else lift(value) for value in values], self.reasons
        return self._base[1:]

    def _run(self, steps: Sequence[Step], values: list[A], moving: int = 0) -> None:
        """Compute the slots of these steps; with `moving`, of arrays only the entries that move."""
        if not self._scalar:
            whole = Frame(self._zero)
            for _, kernel, slot, arguments in steps:
                if time.monotonic() > self.deadline:
                    raise OutOfTimeError
                frame = whole
                if moving and self._moves[slot].size >= _WORTH_CHOOSING:
                    moved = (self._moves[slot] & moving).astype(bool)
                    frame = whole if moved.all() else Frame(self._zero, moved, self._base[1][slot])
                values[slot] = kernel([values[a] for a in arguments], frame)
            return
        for start in range(0, len(steps), _CHUNK):
            if time.monotonic() > self.deadline:
                raise OutOfTimeError
            for _, kernel, slot, arguments in steps[start : start + _CHUNK]:
                try:
                    if len(arguments) == 2:
                        values[slot] = kernel(values[arguments[0]], values[arguments[1]])
                    elif len(arguments) == 1:
                        values[slot] = kernel(values[arguments[0]])
                    else:
                        values[slot] = kernel(*[values[a] for a in arguments])
                except (UnknownError, ValueError, ArithmeticError) as error:
                    values[slot] = self._unknown(error)

    def _unknown(self, error: Exception) -> Ball:
        if isinstance(error, UnknownError) and error.args:
            self.reasons.append(error)
        return self._poison

    def _guard(self, function: Callable[..., Ball]) -> Callable[..., Ball]:
        def guarded(*operands: Ball) -> Ball:
            try:
                return function(*operands)
            except (UnknownError, ValueError, ArithmeticError) as error:
                return self._unknown(error)

        return guarded

    def _leaf(self, i: int, inputs: Mapping[str, A], held: Mapping[int, A]) -> A | None:
        instruction = self._tape.instructions[i]
        if i in held:
            given = held[i]
        elif instruction.primitive is INPUT:
            given = inputs[instruction.attributes[0]]
        elif instruction.primitive is CONSTANT:
            given = spelled(*instruction.attributes) if self._exact else instruction.attributes[0]
        else:
            return None
        if not self._exact:
            given = np.asarray(given, dtype=np.float64)
        return arb(_number(given)) if self._scalar else array(_to_balls(np.reshape(given, instruction.shape)))

    def _row_kernel(self, i: int) -> Kernel | None:
        instruction = self._tape.instructions[i]
        assert isinstance(instruction.primitive, Row)
        return kernel_of(instruction.primitive, instruction.attributes)

    def _kernel(self, i: int, kernel: Kernel | None) -> Callable[..., A]:
        instruction = self._tape.instructions[i]
        primitive = instruction.primitive
        if primitive is STOP:
            return (lambda u: u) if self._scalar else (lambda values, frame: values[0])
        found: Callable[..., A] | None = None
        if kernel is not None and self._scalar:
            return kernel.function
        if kernel is not None:
            function = kernel.function if kernel.total else self._guard(kernel.function)
            return elementwise(function, len(instruction.arguments))
        if not isinstance(primitive, Row):
            shapes = [self._tape.shape(a) for a in instruction.arguments]
            found = structural_kernel(primitive, instruction.attributes, shapes, instruction.shape, self._guard)
        return found or self._absent(primitive.name, instruction.shape)

    def _absent(self, name: str, shape: tuple[int, ...]) -> Callable[..., A]:
        def scalar(*operands: Ball) -> Ball:
            raise UnknownError(f"ball arithmetic has no {name}")

        def arrays(values: Sequence[A], frame: Frame) -> A:
            result = np.empty(shape, dtype=object)
            result.fill(self._guard(scalar)())
            return result

        return scalar if self._scalar else arrays

    def _check_size(self) -> None:
        work = len(self._order)
        for i in [] if self._scalar else self._order:
            instruction = self._tape.instructions[i]
            size = entries(self._tape, i)
            if size > (_MOST_PRODUCTS if instruction.primitive is EINSUM else _MOST_AT_ONCE):
                raise UnknownError(f"{instruction.primitive.name} of {size} entries is too large for ball arithmetic")
            work += size
        if work * _SECONDS_PER_BALL > self.deadline - time.monotonic():
            raise OutOfTimeError


def spelled(value: float, label: str | None) -> Any:
    """A constant as the number its text stands for: `0.1` is a tenth, and `pi` is pi (of the present precision)."""
    if label is not None:
        return arb.pi() if label == "pi" else arb(1).exp()
    if not math.isfinite(value):
        return arb(value)
    from gradcli.targets.source.numbers import exact

    number = exact(value)
    return arb(fmpq(number.numerator, number.denominator))


def _number(given: Any) -> Any:
    """The one entry of a scalar, as a float or a ball."""
    entry = given.item() if isinstance(given, np.ndarray) else given
    return entry if isinstance(entry, arb) else float(entry)


def _size(tape: Tape, i: int) -> int:
    """Number of entries of an instruction's value."""
    return math.prod(tape.shape(i))


def _compact(masks: A, bits: int) -> A:
    """Masks of so many bits as machine integers, where they fit."""
    return masks.astype(np.int64) if bits < 63 else masks


def _union(masks: A) -> int:
    """All bits that are set in an array of masks."""
    return int(np.bitwise_or.reduce(masks, axis=None)) if masks.size else 0


_to_balls = np.frompyfunc(arb, 1, 1)
_to_series = np.frompyfunc(fixed, 1, 1)
