"""A claim and the derivative it is about, as programs on one tape that are run at many points at once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gradcli.assembly import Assembly
from gradcli.claims import trial_points
from gradcli.claims.trial_points import Point
from gradcli.derivative import Programs
from gradcli.errors import GradcliError, ShapeError
from gradcli.language.syntax import Expression
from gradcli.targets.arrays import Array, Plan

Mask = np.ndarray[Any, np.dtype[np.bool_]]

_BLOCK = 4_000_000  #: entries of an array that are held at once


class Pair:
    """The two programs.

    Args:
        assembly: of the problem, with a value for every variable; its `wrt` are all variables.
        programs: of the output the claim is about.
        names: one variable, or two for a second derivative.
        said: the claim.

    Attributes:
        claim: the claim's instruction.
        shapes: of all variables, by name.
        shape: of the derivative.
        directions: per entry of the derivative, the positions among all the variables' entries it is taken by.
        entries: the same, each with the flat index of the claim's entry it is compared with.
        single: whether the claim has one entry, which may stand for all.

    Raises:
        ShapeError: if the claim has neither the derivative's shape nor a single entry.
    """

    def __init__(self, assembly: Assembly, programs: Programs, names: tuple[str, ...], said: Expression) -> None:
        self.assembly = assembly
        self.tape = assembly.tape
        self.names = names
        self.claim = assembly.lower(said)
        self.constants = assembly.problem.constants
        self.shapes = {n: self.tape.shape(assembly.names[n]) for n in assembly.wrt}
        self.shape = tuple(k for n in names for k in self.shapes[n])
        self.programs = programs
        self.directions = self._all_directions()
        comparisons = trial_points.comparisons(self.tape, [self.claim, programs.output])
        self._compared = sorted({a for i in comparisons for a in self.tape.instructions[i].arguments})
        shape = self.tape.shape(self.claim)
        self.single = math.prod(shape) == 1
        if shape != self.shape and not self.single:
            raise ShapeError(
                f"the claim for {','.join(names)} has shape {shape}, the derivative {self.shape}",
                text=said.text,
                span=said.tree.span,
                origin=said.origin,
            )
        self.entries = [(0 if self.single else k, d) for k, d in enumerate(self.directions)]

    def values(self, points: Sequence[Point]) -> tuple[Array, Array, Mask]:
        """The claim and the derivative, each (points, *shape), in float64; and which points are in the domain.

        Outside of it the function has no value, or something that is not a number is compared.
        """
        largest = max(math.prod(self.tape.shape(i)) for i in self.tape.needed([self.claim, self.programs.output]))
        step = max(1, _BLOCK // max(1, largest, len(self.directions) ** 2 if len(self.names) == 2 else 1))
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
        usable = np.broadcast_to(np.isfinite(value), (len(points),)).copy()
        for i, operand in zip(self._compared, operands, strict=True):
            rank = len(self.tape.shape(i))
            usable &= ~np.isnan(operand).any(axis=tuple(range(operand.ndim - rank, operand.ndim)))
        return np.broadcast_to(claimed, shape), np.broadcast_to(self._actual(inputs, len(points)), shape), usable

    def _actual(self, inputs: Mapping[str, Any], count: int) -> Array:
        if len(self.names) == 1:
            found = self.programs.gradient.run(inputs)[1][self.assembly.wrt.index(self.names[0])]
            return np.zeros(self.shape) if found is None else found
        if not any(self.shapes.values()) and not self.assembly.wrt:
            return np.zeros(self.shape)
        matrix = self.programs.hessian.run(inputs)
        n = matrix.shape[-1]
        rows, columns = ([d[side] for d in self.directions] for side in (0, 1))
        return np.broadcast_to(matrix, (count, n, n))[:, rows, columns].reshape((count, *self.shape))

    def inputs(self, point: Point) -> dict[str, Any]:
        """Values of all inputs at a point."""
        return {**self.constants, **point}

    def stacked(self, points: Sequence[Point]) -> dict[str, Any]:
        """Values of all inputs, those of the variables with a leading axis of points."""
        return {**self.constants, **{n: np.stack([p[n] for p in points]) for n in self.shapes}}

    def text(self) -> str | None:
        """The derivative as a formula, where the language can say it."""
        from gradcli.autodiff.vjp import vjp
        from gradcli.targets.source import NotExpressible, to_text

        index = self.programs.gradient.adjoints[self.assembly.wrt.index(self.names[0])]
        if index is not None and len(self.names) == 2:
            if self.tape.shape(index) != ():
                return None
            index = vjp(self.tape, index, self.tape.constant(1.0), [self.assembly.names[self.names[1]]])[0]
        try:
            return "0" if index is None else to_text(self.tape, index)
        except (NotExpressible, GradcliError):
            return None

    def _all_directions(self) -> list[tuple[int, ...]]:
        """Per entry of the derivative, which of all the variables' entries it is taken by."""
        start, ranges = 0, {}
        for name, shape in self.shapes.items():
            ranges[name] = range(start, start + math.prod(shape))
            start += math.prod(shape)
        if len(self.names) == 1:
            return [(i,) for i in ranges[self.names[0]]]
        return [(i, j) for i in ranges[self.names[0]] for j in ranges[self.names[1]]]
