"""A claim and the derivative it is about, as programs on one tape that are run at many points at once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gradcli.assembly import Assembly
from gradcli.autodiff.structural import INDEX
from gradcli.autodiff.vjp import vjp
from gradcli.claims import trial_points
from gradcli.claims.subject import Subject
from gradcli.claims.trial_points import Point
from gradcli.derivative import labels
from gradcli.errors import GradcliError, ShapeError
from gradcli.language.syntax import Expression
from gradcli.targets.arrays import Array, Plan
from gradcli.targets.source import Formulas, NotExpressible, to_text

Mask = np.ndarray[Any, np.dtype[np.bool_]]

_SHOWN = 36  #: entries of a derivative whose formulas are shown one by one
_BLOCK = 4_000_000  #: entries of an array that are held at once


class Pair:
    """The two programs.

    Args:
        assembly: of the problem, with a value for every variable; its `wrt` are all variables.
        subject: what the claim is about.
        said: the claim, or the instruction that is compared instead.

    Attributes:
        claim: the claim's instruction.
        shapes: of all variables, by name.
        shape: of the derivative.
        places: per entry of the derivative, the output's entry and the positions among all the variables' entries
            that it is taken by.
        entries: the same, each behind the flat index of the claim's entry it is compared with.
        single: whether the claim has one entry, which may stand for all.

    Raises:
        ShapeError: if the claim has neither the derivative's shape nor a single entry.
    """

    def __init__(self, assembly: Assembly, subject: Subject, said: Expression | int) -> None:
        self.assembly = assembly
        self.tape = assembly.tape
        self.subject = subject
        self.programs = programs = subject.programs
        self.claim = said if isinstance(said, int) else assembly.lower(said)
        self.constants = assembly.problem.constants
        self.shapes = {n: self.tape.shape(assembly.names[n]) for n in assembly.wrt}
        self.shape, self.places = subject.shape, subject.places
        self.order = len(subject.axes)
        comparisons = trial_points.comparisons(self.tape, [self.claim, programs.output])
        self._compared = sorted({a for i in comparisons for a in self.tape.instructions[i].arguments})
        shape = self.tape.shape(self.claim)
        self.single = math.prod(shape) == 1
        if shape != self.shape and not self.single:
            message = f"the claim for {subject.name} has shape {shape}, the derivative {self.shape}"
            if isinstance(said, int):
                raise ShapeError(message)
            hint = "it is transposed: put ' behind it" if shape == self.shape[::-1] else None
            raise ShapeError(message, text=said.text, span=said.tree.span, hint=hint, origin=said.origin)
        self.entries = [(0 if self.single else k, *place) for k, place in enumerate(self.places)]

    def values(self, points: Sequence[Point]) -> tuple[Array, Array, Mask]:
        """The claim and the derivative, each (points, *shape), in float64; and which points are in the domain.

        Outside of it the function has no value, or something that is not a number is compared.
        """
        largest = max(math.prod(self.tape.shape(i)) for i in self.tape.needed([self.claim, self.programs.output]))
        step = max(1, _BLOCK // max(1, largest, len(self.places) ** 2 if self.order == 2 else len(self.places)))
        blocks = [self._block(points[k : k + step]) for k in range(0, len(points), step)]
        claimed, actual, usable = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
        return claimed, actual, usable

    def _block(self, points: Sequence[Point]) -> tuple[Array, Array, Mask]:
        inputs, shape = self.stacked(points), (len(points), *self.shape)
        claimed = Plan(self.tape, [self.claim]).run(inputs)[0]
        if claimed.ndim > len(self.tape.shape(self.claim)):  # it depends on the points
            claimed = claimed.reshape((len(points), *((1,) * len(self.shape) if self.single else self.shape)))
        elif self.single:
            claimed = claimed.reshape(())
        value, *operands = Plan(self.tape, [self.programs.output, *self._compared]).run(inputs)
        axes = tuple(range(value.ndim - len(self.subject.output_shape), value.ndim))
        usable = np.broadcast_to(np.isfinite(value).all(axis=axes), (len(points),)).copy()
        for i, operand in zip(self._compared, operands, strict=True):
            rank = len(self.tape.shape(i))
            usable &= ~np.isnan(operand).any(axis=tuple(range(operand.ndim - rank, operand.ndim)))
        return np.broadcast_to(claimed, shape), np.broadcast_to(self._actual(inputs, len(points)), shape), usable

    def _actual(self, inputs: Mapping[str, Any], count: int) -> Array:
        (axis, *_), programs = self.subject.axes, self.programs
        if self.order == 1 and not self.subject.output_shape:
            parts = [
                np.zeros((count, math.prod(shape))) if g is None else np.broadcast_to(g, (count, *shape))
                for g, shape in zip(programs.gradient.run(inputs)[1], self.shapes.values(), strict=True)
            ]
            every = np.concatenate([column.reshape((count, -1)) for column in parts], axis=1)
            return every[:, axis.positions].reshape((count, *self.shape))
        matrix = (programs.hessian if self.order == 2 else programs.jacobian).run(inputs)
        matrix = np.broadcast_to(matrix, (count, *matrix.shape[-2:]))
        at = [by if self.order == 2 else (row, by[0]) for row, by in self.places]
        return matrix[:, [i for i, _ in at], [j for _, j in at]].reshape((count, *self.shape))

    def inputs(self, point: Point) -> dict[str, Any]:
        """Values of all inputs at a point."""
        return {**self.constants, **point}

    def stacked(self, points: Sequence[Point]) -> dict[str, Any]:
        """Values of all inputs, those of the variables with a leading axis of points."""
        return {**self.constants, **{n: np.stack([p[n] for p in points]) for n in self.shapes}}

    def derivative(self, k: int) -> int:
        """The instruction of the derivative's k-th entry, on the tape."""
        return self.derivative_of(*self.places[k])

    def derivative_of(self, row: int, by: Sequence[int]) -> int:
        """The instruction of the derivative of an output's entry by entries of the variables at these positions."""
        tape = self.tape
        index: int | None = self.output_entry(row)
        for position in by:
            if index is None:
                break
            name, at = self.variable(position)
            index = vjp(tape, index, tape.constant(1.0), [self.assembly.names[name]])[0]
            if index is not None and self.shapes[name]:
                index = tape.append(INDEX, (index,), (at,))
        return tape.constant(0.0) if index is None else index

    def entry(self, k: int) -> int:
        """The instruction of the claim's entry that is compared with the derivative's k-th."""
        return self.entry_of(self.claim, self.entries[k][0])

    def output_entry(self, row: int) -> int:
        """The instruction of the output's entry at a flat index."""
        return self.entry_of(self.programs.output, row)

    def entry_of(self, index: int, flat: int) -> int:
        """The instruction of the entry at a flat index of an instruction; itself, if it is a scalar."""
        shape = self.tape.shape(index)
        if not shape:
            return index
        at = np.unravel_index(flat, shape)
        return self.tape.append(INDEX, (index,), (tuple(map(int, at)),))

    def text(self) -> str | None:
        """The derivative as a formula, where the language can say it."""
        try:
            name = self.subject.name
            if name in self.shapes and not self.subject.output_shape:
                index = self.programs.gradient.adjoints[self.assembly.wrt.index(name)]
                return "0" if index is None else to_text(self.tape, index)
            if len(self.places) > _SHOWN:
                return None
            entries = [self.derivative(k) for k in range(len(self.places))]
            written = Formulas(self.tape, entries)
            return _nested([written.text(index) for index in entries], self.shape)
        except (NotExpressible, GradcliError):
            return None

    def labels(self) -> tuple[str, ...]:
        """Names of all variables' entries, by position."""
        return tuple(labels(list(self.shapes), list(self.shapes.values())))

    def variable(self, position: int) -> tuple[str, tuple[int, ...]]:
        """The variable that a position among all their entries belongs to, and the place in it."""
        for name, shape in self.shapes.items():
            if position < math.prod(shape):
                return name, tuple(map(int, np.unravel_index(position, shape))) if shape else ()
            position -= math.prod(shape)
        raise IndexError(position)


def _nested(texts: Sequence[str], shape: tuple[int, ...]) -> str:
    """Texts of entries as an array literal."""
    if not shape:
        return texts[0]
    step = len(texts) // shape[0]
    return f"[{', '.join(_nested(texts[k : k + step], shape[1:]) for k in range(0, len(texts), max(1, step)))}]"
