"""An output as a function of points, as differences see it: its values, and how far rounding moves them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from gradcli.autodiff.primitive import Row
from gradcli.autodiff.structural import STOP
from gradcli.autodiff.tape import Tape
from gradcli.targets.arrays import Apply, Plan
from gradcli.targets.blocks import run_in_blocks
from gradcli.targets.template_values import template_value
from gradcli.verify.noise import SAMPLES, Moved
from gradcli.verify.testimony import Array


class Sampler:
    """Values of an output at points near one point, on the piece of the function that the point is on.

    Beyond a step (a comparison decides otherwise, a `floor` has another value) there is another function: no
    value there says anything about the point, and it counts as having none.

    Args:
        tape, output: the primal.
        sources: inputs that move, n entries in all.
        inputs: values of all inputs at the point.
        values: values of all instructions there; what is stopped is held at its own.
        primal: the last instruction of the function itself, where the output is a derivative of it: choices among
            the rules of a derivative join smoothly, and are no steps. None where the output is the function.

    Attributes:
        x: (n,) the point.
        steps: instructions that are piecewise constant.
    """

    def __init__(
        self,
        tape: Tape,
        output: int,
        sources: Sequence[int],
        inputs: Mapping[str, Any],
        values: Mapping[int, Any],
        primal: int | None = None,
    ) -> None:
        self.tape, self.output, self._inputs = tape, output, inputs
        needed = tape.needed([output])
        own = [i for i in needed if primal is None or i <= primal]
        self.steps = [i for i in own if _flat(tape, i)]
        self._held = {i: values[i] for i in needed if tape.instructions[i].primitive is STOP}
        self._jumping = [i for i in own if getattr(tape.instructions[i].primitive, "jump", None)]
        operands = [a for i in self._jumping for a in (*tape.instructions[i].arguments, i)]
        self._plan = Plan(tape, [output, *self.steps, *operands])
        self._names = [str(tape[s].attributes[0]) for s in sources]
        self._shapes = [tape.shape(s) for s in sources]
        self.x = np.concatenate([np.zeros(0), *(np.ravel(values[s]) for s in sources)])  # there may be no source
        self._piece = self._pieces(self.x[None, :])[1]
        self._remembered: dict[str, tuple[bytes, Array]] = {}

    def values(self, points: Array) -> Array:
        """(N, n) points to (N, m) values, NaN beyond a step. The last batch is remembered."""
        return self._last("values", points, self._values)

    def noise(self, points: Array) -> Array:
        """(N, n) points to (N, m): how far rounding inside the function moves its values, compared with the point.

        Infinite where rounding moves them to another piece.
        """
        return self._last("noise", points, self._noise)

    def row(self, k: int) -> tuple[Callable[[Array], Array], Callable[[Array], Array]]:
        """One entry of the output, and its noise."""
        return lambda points: self.values(points)[:, k], lambda points: self.noise(points)[:, k]

    def beyond(self, points: Array) -> Array:
        """(N, n) points to (N,): which of them lie beyond a step, on another piece of the function."""
        return self._beyond(self._pieces(points)[1], len(points))

    def _values(self, points: Array) -> Array:
        output, pieces = self._pieces(points)
        return np.where(self._beyond(pieces, len(points))[:, None], np.nan, output)

    def _beyond(self, pieces: Sequence[Array], count: int) -> Array:
        """Which of the points are on another piece than the point itself."""
        beyond = np.zeros(count, dtype=bool)
        for found, here in zip(pieces, self._piece, strict=True):
            beyond |= (found != here).reshape(count, -1).any(axis=1)
        return beyond

    def _pieces(self, points: Array, apply: Apply | None = None) -> tuple[Array, list[Array]]:
        """The output (N, m), and numbers that tell the pieces of the function apart, each with an axis for points."""
        output, *found = self._run(points, apply)
        pieces, rest = found[: len(self.steps)], found[len(self.steps) :]
        for i in self._jumping:
            instruction = self.tape.instructions[i]
            row: Any = instruction.primitive
            count = len(instruction.arguments) + 1
            rank = len(instruction.shape)
            pieces.append(template_value(row, row.jump, [_aligned(value, rank) for value in rest[:count]]))
            rest = rest[count:]
        shapes = [self.tape.shape(i) for i in (*self.steps, *self._jumping)]
        shape = self.tape.shape(self.output)
        result = np.broadcast_to(output, (len(points), *shape)).reshape(len(points), math.prod(shape))
        return result, [np.broadcast_to(p, (len(points), *s)) for p, s in zip(pieces, shapes, strict=True)]

    def _noise(self, points: Array) -> Array:
        both = np.concatenate([points, self.x[None, :]])
        plain, _ = self._pieces(both)
        noise = np.zeros((len(points), plain.shape[1]))
        for sample in range(SAMPLES):
            moved, pieces = self._pieces(both, Moved(self.tape, sample))
            with np.errstate(invalid="ignore"):
                off = moved - plain
            noise = np.fmax(noise, np.abs(off[:-1] - np.nan_to_num(off[-1], nan=0.0)))
            noise[np.isnan(moved[:-1]) & ~np.isnan(plain[:-1])] = np.inf
            noise[self._beyond(pieces, len(both))[:-1]] = np.inf  # rounding alone decides which piece it is
        return noise

    def _run(self, points: Array, apply: Apply | None) -> list[Array]:
        given: dict[str, Array] = {}
        at = 0
        for name, shape in zip(self._names, self._shapes, strict=True):
            size = math.prod(shape)
            given[name] = points[:, at : at + size].reshape((len(points), *shape))
            at += size
        with np.errstate(all="ignore"):
            return run_in_blocks(self._plan, self._inputs, given, self._held, apply)

    def _last(self, kind: str, points: Array, compute: Any) -> Array:
        if math.prod(self.tape.shape(self.output)) == 1:
            return compute(points)  # type: ignore[no-any-return]
        key = points.tobytes()
        known = self._remembered.get(kind)
        if known is None or known[0] != key:
            known = self._remembered[kind] = key, compute(points)
        return known[1]


def _aligned(values: Array, rank: int) -> Array:
    """(N, ...) values with `rank` axes behind that of the points: a number beside an array meets all its entries."""
    return values.reshape((len(values), *(1,) * (rank + 1 - values.ndim), *values.shape[1:]))


def _flat(tape: Tape, i: int) -> bool:
    """Whether the instruction is a row that jumps or compares."""
    primitive = tape.instructions[i].primitive
    if not isinstance(primitive, Row) or not (primitive.kinks or primitive.boolean):  # a step says where it jumps
        return False
    return all(p in (None, "0") for p in primitive.partials)
