"""Derivative programs run on arrays: gradients in the sources' shapes, dense Jacobians and Hessians.

Where an output has no value, no number is its derivative: each program looks at the value too, and what is connected
to an entry that is NaN is NaN, whatever the sweeps have made of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from gradcli.autodiff.derivatives import Directional, gradient, hessian_products, jacobian_products
from gradcli.autodiff.tape import Tape
from gradcli.targets.arrays import Array, Plan
from gradcli.targets.blocks import block_size
from gradcli.targets.connection import Mask, connected

_BLOCK_ENTRIES = 4_000_000  #: directions walked at once are bounded so that an array stays below this


class GradientProgram:
    """Value and gradient of a scalar output.

    Args:
        tape: appended to.
        output: a scalar instruction.
        sources: inputs to differentiate by.
    """

    def __init__(self, tape: Tape, output: int, sources: Sequence[int]) -> None:
        self.adjoints = gradient(tape, output, sources)
        self._tape, self._output = tape, output
        self._sources = [s for s, g in zip(sources, self.adjoints, strict=True) if g is not None]
        self._plan = Plan(tape, [output, *(g for g in self.adjoints if g is not None)])
        self._paths: list[Mask] | None = None

    def run(self, inputs: Mapping[str, Any]) -> tuple[Array, list[Array | None]]:
        """The value, and per source the gradient or None; leading axes of the inputs stay in front."""
        value, *found = self._plan.run(inputs)
        undefined = value != value
        if undefined if value.ndim == 0 else undefined.any():
            found = self._undefined(np.asarray(undefined), found)
        rest = iter(found)
        return value, [None if g is None else next(rest) for g in self.adjoints]

    def _undefined(self, where: Mask, gradients: Sequence[Array]) -> list[Array]:
        """The gradients, NaN at the points where there is no value."""
        shapes = [self._tape.shape(s) for s in self._sources]
        if self._paths is None:
            (row,) = connected(self._tape, self._output, self._sources)
            ends = np.cumsum([math.prod(shape) for shape in shapes])  # of no variables there is one part too
            self._paths = [part.reshape(s) for part, s in zip(np.split(row, ends[:-1]), shapes, strict=False)]
        at = [where.reshape((*where.shape, *(1,) * len(shape))) for shape in shapes]
        return [np.where(w & p, np.nan, g) for w, p, g in zip(at, self._paths, gradients, strict=True)]


class MatrixProgram:
    """A directional program and the dense matrix it gives when fed the identity.

    Args:
        tape: what the program stands on.
        program: the instructions.
        output: what is differentiated.
        sources: inputs differentiated by.
        apart: makes the same program with its lanes kept apart, for points where a number is not finite.
    """

    def __init__(
        self,
        tape: Tape,
        program: Directional,
        output: int,
        sources: Sequence[int],
        apart: Callable[[], MatrixProgram] | None = None,
    ) -> None:
        self.program = program
        self._make_apart = apart
        self._apart: MatrixProgram | None = None
        self._shapes = [tape.shape(s) for s in sources]
        self._sizes = [math.prod(s) for s in self._shapes]
        self._sources, self._output, self._output_shape = sources, output, tape.shape(output)
        self._connected = [r for r in program.results if r is not None]
        self._plan = Plan(tape, [output, *self._connected])
        self._tape = tape
        self._step: int | None = None
        self._paths: Mask | None = None

    def run(self, inputs: Mapping[str, Any]) -> Array:
        """The matrix: rows are output entries (for a Hessian: source entries), columns source entries.

        Inputs may have one leading axis (of points); it stays in front.
        """
        return self.resolve(inputs)[0]

    def resolve(self, inputs: Mapping[str, Any]) -> tuple[Array, Directional]:
        """The matrix (see `run`), and the instructions that gave it."""
        matrix = self._matrix(inputs)
        if self._make_apart is None or np.isfinite(matrix).all():
            return matrix, self.program
        if self._apart is None:
            self._apart = self._make_apart()
        return self._apart.resolve(inputs)

    def _matrix(self, inputs: Mapping[str, Any]) -> Array:
        seed_shapes = self._shapes if self.program.forward else [self._output_shape]
        sizes = [math.prod(s) for s in seed_shapes]
        n = sum(sizes)
        lead = max((np.ndim(v) - len(self._tape.shape(self._tape.inputs[k])) for k, v in inputs.items()), default=0)
        blocks = []
        value = np.zeros(self._output_shape)
        if self._step is None:
            together = max(1, n, *(math.prod(self._tape.shape(r)) for r in self._connected))
            self._step = max(1, min(_BLOCK_ENTRIES // together, block_size(self._plan, self.program.seeds)))
        step = self._step
        for start in range(0, n, step):
            identity = np.eye(min(step, n - start), n, start)
            value, block = self._products(inputs, identity, sizes, seed_shapes, lead)
            blocks.append(block)
        across = [self._output_shape] if self.program.forward and not self._is_hessian else self._shapes
        by_seed = np.concatenate(blocks, axis=-2) if blocks else np.zeros((0, sum(map(math.prod, across))))
        matrix = np.swapaxes(by_seed, -1, -2) if self.program.forward else by_seed
        return self._undefined(np.isnan(value), matrix) if np.isnan(value).any() else matrix

    def _undefined(self, where: Mask, matrix: Array) -> Array:
        """The matrix, NaN in the rows (a Hessian: at the points) where there is no value."""
        if self._paths is None:
            self._paths = connected(self._tape, self._output, self._sources)
            if self._is_hessian:
                self._paths = self._paths.T & self._paths
        lead = where.shape[: where.ndim - len(self._output_shape)]
        return np.where(where.reshape((*lead, -1, 1)) & self._paths, np.nan, matrix)

    def _products(
        self, inputs: Mapping[str, Any], identity: Array, sizes: list[int], shapes: list[Any], lead: int
    ) -> tuple[Array, Array]:
        """The value, and one row per direction; directions are an axis in front of the (optional) points' axis."""
        k = len(identity)
        seeds: dict[str, Any] = {}
        at = 0
        for name, size, shape in zip(self.program.seeds, sizes, shapes, strict=True):
            seeds[name] = identity[:, at : at + size].reshape((k, *(1,) * lead, *shape))
            at += size
        value, *numbers = self._plan.run({**inputs, **seeds})
        found = iter(numbers)
        columns = []
        targets = (
            [self._output_shape]
            if len(self.program.results) == 1 and self.program.forward and not self._is_hessian
            else self._shapes
        )
        points = next(
            (np.shape(v)[0] for n, v in inputs.items() if np.ndim(v) > len(self._tape.shape(self._tape.inputs[n]))),
            None,
        )
        front = (k,) if points is None else (k, points)
        for result, shape in zip(self.program.results, targets, strict=True):
            one = np.zeros((*front, *shape)) if result is None else np.broadcast_to(next(found), (*front, *shape))
            columns.append(one.reshape((*front, math.prod(shape))))
        joined = np.concatenate(columns, axis=-1)
        return value, joined if points is None else np.moveaxis(joined, 0, 1)

    _is_hessian = False


class HessianProgram(MatrixProgram):
    """The Hessian of a scalar output, symmetric up to rounding (it is not symmetrised)."""

    _is_hessian = True

    def __init__(
        self, tape: Tape, output: int, adjoints: Sequence[int | None], sources: Sequence[int], apart: bool = False
    ) -> None:
        program = hessian_products(tape, adjoints, sources, apart)
        again = None if apart else lambda: HessianProgram(tape, output, adjoints, sources, True)
        super().__init__(tape, program, output, sources, again)

    def product(self, inputs: Mapping[str, Any], direction: Array) -> Array:
        """The Hessian times a vector (n,), by one sweep along it."""
        _, rows = self._products(inputs, np.asarray(direction)[None, :], self._sizes, self._shapes, 0)
        return np.asarray(rows[0], dtype=np.float64)


class JacobianProgram(MatrixProgram):
    """The Jacobian of an output of any shape."""

    def __init__(self, tape: Tape, output: int, sources: Sequence[int], apart: bool = False) -> None:
        program = jacobian_products(tape, output, sources, apart)
        again = None if apart else lambda: JacobianProgram(tape, output, sources, True)
        super().__init__(tape, program, output, sources, again)
