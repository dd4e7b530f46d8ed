"""The ball target: rigorous Taylor polynomials of one instruction along directions through a point.

The walk reads the primal only. At each precision the point is walked once in balls; a direction then walks
only what moves along it, in truncated power series. Scalar programs run on bare series, arrays on object arrays
of them; the same kernels serve both.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from flint import arb, arb_series, ctx

from gradcli.autodiff.primitive import CONSTANT, INPUT, Row
from gradcli.autodiff.structural import EINSUM, STOP
from gradcli.autodiff.tape import Tape
from gradcli.targets.ball_arrays import array, structural_kernel
from gradcli.targets.ball_kernels import Kernel, kernel_of
from gradcli.targets.ball_series import FIXED, Ball, UnknownError, fixed
from gradcli.targets.ball_support import Meetings, supports

A = Any

_SECONDS_PER_BALL = 2e-7  #: least time of one operation on one series; what cannot be done in time is not begun
_MOST_AT_ONCE = 2_000_000  #: entries of one array operation; object arrays take 200 bytes an entry
_CHUNK = 1024  #: scalar steps between two looks at the clock


class OutOfTimeError(Exception):
    """The deadline came before the walk's end."""


@contextmanager
def ball_precision(bits: int) -> Iterator[None]:
    """FLINT's working precision set for a while, and put back whatever happens."""
    precision, cap = ctx.prec, ctx.cap
    try:
        ctx.prec, ctx.cap = bits, FIXED
        yield
    finally:
        ctx.prec, ctx.cap = precision, cap


class _Step(NamedTuple):
    """One instruction: the variables that move it, its kernel, its slot and those of its arguments."""

    mask: int
    kernel: Callable[..., A]
    slot: int
    arguments: tuple[int, ...]


class BallWalk:
    """One output of a tape, made ready to be walked along many directions at one point.

    Args:
        tape: the program.
        output: the instruction wanted.
        sources: instructions that move; each is an input or has a held value.
        inputs: a float64 array for every input.
        held: values of instructions that are not computed but given (where a path is cut).
        deadline: `time.monotonic()` after which a walk gives up.

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
    ) -> None:
        self.deadline = deadline
        self.reasons: list[UnknownError] = []
        self._tape = tape
        self._order = _needed(tape, output, {*held, *sources})
        self._check_size()
        self._scalar = all(tape.shape(i) == () for i in self._order)
        self._slots = {i: k for k, i in enumerate(self._order)}
        self._zero: Ball = arb(0)
        self._poison: Ball = arb.nan()
        self._leaves = {i: value for i in self._order if (value := self._leaf(i, inputs, held)) is not None}
        first, bit = {}, 0
        for s in sources:
            if s in self._slots and s not in self._leaves:
                raise ValueError(f"source {s} is neither an input nor held")
            first[s] = bit
            bit += int(np.prod(tape.shape(s), dtype=np.int64))
        steps = [i for i in self._order if i not in self._leaves]
        kernels = {i: self._row_kernel(i) for i in steps if isinstance(tape.instructions[i].primitive, Row)}
        meetings = Meetings()
        masks = supports(tape, self._order, kernels, {i: first.get(i) for i in self._leaves}, meetings)
        self.partners = meetings.partners
        self._first = {i: start for i, start in first.items() if i in self._slots}
        unions = masks if self._scalar else {i: int(np.bitwise_or.reduce(m, axis=None)) if m.size else 0 for i, m in masks.items()}
        self.support: list[int] = [masks[output]] if self._scalar else list(masks[output].ravel())
        self._steps = [
            _Step(unions[i], self._kernel(i, kernels.get(i)), self._slots[i], tuple(self._slots[a] for a in tape.instructions[i].arguments))
            for i in steps
        ]
        everything = sum(1 << (start + k) for i, start in self._first.items() for k in range(self._leaves[i].size))
        self._resting = _feeding(self._steps, {step.slot for step in self._steps if step.mask != everything})
        self._base: dict[int, list[A]] = {}

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
        values = self._at_rest().copy()
        self.reasons.clear()
        self._zero, self._poison = fixed(0), arb_series([arb.nan()] * length, length)
        moving = 0
        for position in direction:
            moving |= 1 << position
        for i, start in self._first.items():
            leaf = self._leaves[i]
            entries = [k - start for k in direction if 0 <= k - start < leaf.size]
            if not entries:
                continue
            slot = self._slots[i]
            if self._scalar:
                values[slot] = arb_series([arb(float(leaf)), 1], length)
                continue
            values[slot] = values[slot].copy()
            flat = leaf.reshape(-1)
            for k in entries:
                values[slot][np.unravel_index(k, leaf.shape)] = arb_series([arb(float(flat[k])), 1], length)
        self._run([step for step in self._steps if step.mask & moving], values)
        result = values[-1]
        return [result] if self._scalar else list(result.ravel())

    def _at_rest(self) -> list[A]:
        """Everything at the point, as series that do not move, at FLINT's present precision."""
        known = self._base.get(ctx.prec)
        if known is not None:
            return known
        self._zero, self._poison = arb(0), arb.nan()
        values: list[A] = [None] * len(self._order)
        for i, leaf in self._leaves.items():
            values[self._slots[i]] = arb(float(leaf)) if self._scalar else array(_to_balls(leaf))
        self._run(self._resting, values)
        if self._scalar:
            known = [None if value is None else fixed(value) for value in values]
        else:
            known = [None if value is None else array(_to_series(value)) for value in values]
        self._base[ctx.prec] = known
        return known

    def _run(self, steps: Sequence[_Step], values: list[A]) -> None:
        if not self._scalar:
            for _, kernel, slot, arguments in steps:
                if time.monotonic() > self.deadline:
                    raise OutOfTimeError
                values[slot] = kernel([values[a] for a in arguments], self._zero)
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
            return np.asarray(held[i], dtype=np.float64).reshape(instruction.shape)
        if instruction.primitive is INPUT:
            return np.asarray(inputs[instruction.attributes[0]], dtype=np.float64).reshape(instruction.shape)
        return np.asarray(instruction.attributes[0], dtype=np.float64) if instruction.primitive is CONSTANT else None

    def _row_kernel(self, i: int) -> Kernel | None:
        instruction = self._tape.instructions[i]
        assert isinstance(instruction.primitive, Row)
        return kernel_of(instruction.primitive, instruction.attributes)

    def _kernel(self, i: int, kernel: Kernel | None) -> Callable[..., A]:
        instruction = self._tape.instructions[i]
        primitive = instruction.primitive
        if primitive is STOP:
            return (lambda u: u) if self._scalar else (lambda values, zero: values[0])
        if isinstance(primitive, Row) and kernel is not None:
            if self._scalar:
                return kernel.function
            function = kernel.function if kernel.total else self._guard(kernel.function)
            elementwise = np.frompyfunc(function, len(instruction.arguments), 1)
            return lambda values, zero: array(elementwise(*values))
        shapes = [self._tape.shape(a) for a in instruction.arguments]
        found = None if isinstance(primitive, Row) else structural_kernel(primitive, instruction.attributes, shapes, instruction.shape, self._guard)
        return found or self._absent(primitive.name, instruction.shape)

    def _absent(self, name: str, shape: tuple[int, ...]) -> Callable[..., A]:
        def scalar(*operands: Ball) -> Ball:
            raise UnknownError(f"ball arithmetic has no {name}")

        def arrays(values: Sequence[A], zero: Ball) -> A:
            result = np.empty(shape, dtype=object)
            result.fill(self._guard(scalar)())
            return result

        return scalar if self._scalar else arrays

    def _check_size(self) -> None:
        work = 0
        for i in self._order:
            instruction = self._tape.instructions[i]
            size = _entries(self._tape, i)
            if size > _MOST_AT_ONCE:
                raise UnknownError(f"{instruction.primitive.name} of {size} entries is too large for ball arithmetic")
            work += size
        if work * _SECONDS_PER_BALL > self.deadline - time.monotonic():
            raise OutOfTimeError


_to_balls = np.frompyfunc(arb, 1, 1)
_to_series = np.frompyfunc(fixed, 1, 1)


def _entries(tape: Tape, i: int) -> int:
    """How many operations on balls an instruction takes."""
    instruction = tape.instructions[i]
    shapes = [instruction.shape, *(tape.shape(a) for a in instruction.arguments)]
    if instruction.primitive is EINSUM:
        sizes = {c: n for letters, shape in zip(instruction.attributes[:2], shapes[1:], strict=True) for c, n in zip(letters, shape, strict=True)}
        shapes = [tuple(sizes.values())]
    return max(int(np.prod(shape, dtype=np.float64)) for shape in shapes)


def _feeding(steps: Sequence[_Step], slots: set[int]) -> list[_Step]:
    """The steps that compute these slots, and what they need, in order."""
    wanted = set(slots)
    chosen = []
    for step in reversed(steps):
        if step.slot in wanted:
            chosen.append(step)
            wanted.update(step.arguments)
    return chosen[::-1]


def _needed(tape: Tape, output: int, cuts: set[int]) -> list[int]:
    """Instructions the output depends on, not looking behind those that are given; the output is last."""
    marked, pending = {output}, [output]
    while pending:
        i = pending.pop()
        if i in cuts:
            continue
        for a in tape.instructions[i].arguments:
            if a not in marked:
                marked.add(a)
                pending.append(a)
    return sorted(marked)
