"""The derivatives a task asks for: how to compute them, how they are shown, how entries map to instructions."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from gradcli.assembly import Assembly
from gradcli.autodiff.tape import Tape
from gradcli.errors import LimitError
from gradcli.limits import LIMITS
from gradcli.result import Hessian, Jacobian
from gradcli.targets.arrays import Array, Plan
from gradcli.targets.derivative_values import GradientProgram, HessianProgram, JacobianProgram

#: An eigenvalue counts as zero below this many units of rounding of the largest one, per row.
_ZERO_EIGENVALUE = 8 * 2.0**-52
#: Entries whose rounding is bounded, each by a walk over the derivative: so many, fewer if it is large, but some.
_MOST_QUESTIONS, _QUESTION_WORK, _SOME_QUESTIONS = 300, 50_000_000, 16

Entry = tuple[int, tuple[int, ...], Mapping[str, Any]]  #: instruction, position in it, seeds to feed


class Derivative(NamedTuple):
    """One derivative at one point.

    Attributes:
        entries: (m, n) numbers for order 1, (n, n) for order 2.
        order: 1 or 2.
        output: the instruction differentiated.
        sources: the inputs its columns belong to (connected ones only, for a gradient).
        instructions: the derivative's instructions.
        seeds: values for its seed inputs, for looking at single instructions.
        shown: the record's fields.
        entry: where an entry is computed.
        enclosures: bounds in the shape they are shown in.
    """

    entries: Array
    order: int
    output: int
    sources: Sequence[int]
    instructions: Sequence[int]
    seeds: Mapping[str, Any]
    shown: Mapping[str, Any]
    entry: Callable[[tuple[int, ...]], Entry | None]
    enclosures: Callable[[Array, Array], Mapping[str, Any]]

    def all_values(self, tape: Tape, inputs: Mapping[str, Any]) -> dict[int, Any]:
        """Values of everything the derivative's instructions need."""
        plan = Plan(tape, tape.needed(self.instructions))
        return dict(zip(plan.outputs, plan.run({**inputs, **self.seeds}), strict=True))

    def rounding(
        self, tape: Tape, inputs: Mapping[str, Any], values: Mapping[int, Any]
    ) -> Callable[[tuple[int, ...]], tuple[float, float]]:
        """The court's question about rounding, answered for an entry's position.

        After `_MOST_QUESTIONS`, or fewer of a large model, the answer is that nothing is known, and entries
        beyond stay undecided.
        """

        work = sum(math.prod(tape.shape(i)) for i in tape.needed(self.instructions))
        most = max(_SOME_QUESTIONS, min(_MOST_QUESTIONS, _QUESTION_WORK // max(1, work)))
        asked = 0

        def bound(position: tuple[int, ...]) -> tuple[float, float]:
            from gradcli.verify.rounding import rounding_bound

            nonlocal asked
            asked += 1
            if asked > most:
                return math.inf, 0.0
            place = self.entry(position)
            if place is None:
                return 0.0, 0.0
            instruction, at, seeds = place
            lost, _ = rounding_bound(tape, instruction, at, {**inputs, **seeds})
            return lost, self._natural_size(position, values)

        return bound

    def _natural_size(self, position: tuple[int, ...], values: Mapping[int, Any]) -> float:
        """The size of an entry that would change the output by itself when the variables move by theirs.

        |f|/|x| for a first derivative, |f|/|x y| for a second one, and what the Hessian's
        diagonal says of a mixed one.
        """
        x = np.abs(np.concatenate([np.ravel(values[s]) for s in self.sources]))
        f = np.abs(np.ravel(values[self.output]))
        with np.errstate(all="ignore"):
            if self.order == 1:
                column = np.abs(self.entries[:, position[1]])
                size = max(f.max() / x[position[1]], np.max(column[np.isfinite(column)], initial=0.0))
                size = size if len(column) > 1 else f[0] / x[position[1]]
            else:
                i, j = position
                size = max(
                    f[0] / x[i] / x[j], np.sqrt(np.abs(self.entries[i, i])) * np.sqrt(np.abs(self.entries[j, j]))
                )
        return float(size) if np.isfinite(size) else 0.0


class Programs:
    """The derivative programs of one output, made when first needed."""

    def __init__(self, assembly: Assembly, output: int, unconnected: str) -> None:
        self.assembly = assembly
        self.tape = assembly.tape
        self.output = output
        self.sources = assembly.sources
        self.names = assembly.wrt
        self.unconnected = unconnected
        self._gradient: GradientProgram | None = None
        self._hessian: HessianProgram | None = None
        self._jacobian: JacobianProgram | None = None

    @property
    def gradient(self) -> GradientProgram:
        """Value and gradient."""
        if self._gradient is None:
            self._gradient = GradientProgram(self.tape, self.output, self.sources)
        return self._gradient

    @property
    def hessian(self) -> HessianProgram:
        """The Hessian's columns by directions."""
        if self._hessian is None:
            self._hessian = HessianProgram(self.tape, self.gradient.adjoints, self.sources)
        return self._hessian

    @property
    def jacobian(self) -> JacobianProgram:
        """The Jacobian by directions, in the cheaper mode."""
        if self._jacobian is None:
            self._jacobian = JacobianProgram(self.tape, self.output, self.sources)
        return self._jacobian

    def unconnected_names(self) -> dict[str, None]:
        """Variables without a differentiable path to the output."""
        return {n: None for n, g in zip(self.names, self.gradient.adjoints, strict=True) if g is None}


def labels(names: Sequence[str], shapes: Sequence[tuple[int, ...]]) -> tuple[str, ...]:
    """`x` for a scalar, `W[0,1]` for the entries of an array, in row-major order."""
    return tuple(
        name + (f"[{','.join(map(str, at))}]" if shape else "")
        for name, shape in zip(names, shapes, strict=True)
        for at in np.ndindex(shape)
    )


def _gradient(programs: Programs, inputs: Mapping[str, Any]) -> Derivative:
    _, gradients = programs.gradient.run(inputs)
    adjoints = programs.gradient.adjoints
    shapes = [programs.tape.shape(s) for s in programs.sources]
    zero = programs.unconnected == "zero"
    full: list[Any] = [
        (np.zeros(shape) if zero else None) if g is None else np.broadcast_to(g, shape)
        for g, shape in zip(gradients, shapes, strict=True)
    ]
    connected = [k for k, g in enumerate(gradients) if g is not None]
    entries = np.concatenate([np.ravel(full[k]) for k in connected]) if connected else np.zeros(0)
    sizes = [math.prod(shapes[k]) for k in connected]

    def entry(position: tuple[int, ...]) -> Entry | None:
        k, at = _locate(position[1], sizes)
        source = connected[k]
        return adjoints[source] or 0, _position(at, shapes[source]), {}

    def enclosures(lower: Array, upper: Array) -> Mapping[str, Any]:
        out: dict[str, Any] = {}
        start = 0
        for k, size in zip(connected, sizes, strict=True):
            pair = [b[0, start : start + size].reshape(shapes[k]) for b in (lower, upper)]
            out[programs.names[k]] = np.stack(pair, axis=-1).tolist()
            start += size
        return out

    shown = {"gradient": {n: None if g is None else g.tolist() for n, g in zip(programs.names, full, strict=True)}}
    instructions = [g for g in adjoints if g is not None]
    sources = [programs.sources[k] for k in connected]
    return Derivative(entries[None], 1, programs.output, sources, instructions, {}, shown, entry, enclosures)


def _hessian(programs: Programs, inputs: Mapping[str, Any]) -> Derivative:
    matrix, program = programs.hessian.resolve(inputs)
    shapes = [programs.tape.shape(s) for s in programs.sources]
    eigenvalues, definiteness = _audit(matrix)
    names = labels(programs.names, shapes)
    shown = {"hessian": Hessian(names, matrix.tolist(), eigenvalues, definiteness)}
    return _from_matrix(programs, matrix, 2, program, shapes, shapes, shown)


def _jacobian(programs: Programs, inputs: Mapping[str, Any]) -> Derivative:
    matrix, program = programs.jacobian.resolve(inputs)
    shape = programs.tape.shape(programs.output)
    shapes = [programs.tape.shape(s) for s in programs.sources]
    name = next(n for n, i in programs.assembly.outputs.items() if i == programs.output)
    shown = {"jacobian": Jacobian(labels([name], [shape]), labels(programs.names, shapes), matrix.tolist())}
    return _from_matrix(programs, matrix, 1, program, [shape], shapes, shown)


def require_size(programs: Programs, task: str) -> None:
    """Refuse a dense Hessian or Jacobian with more entries than the limit, before anything is computed.

    Raises:
        LimitError: naming the size and the limit.
    """
    columns = sum(math.prod(programs.tape.shape(s)) for s in programs.sources)
    rows = columns if task == "hessian" else math.prod(programs.tape.shape(programs.output))
    if task != "grad" and rows * columns > LIMITS.hessian_entries:
        raise LimitError(
            f"a {task} of {rows} x {columns} entries is more than {LIMITS.hessian_entries} (limit hessian_entries)",
            hint="choose fewer variables with --wrt",
        )


def _from_matrix(
    programs: Programs,
    matrix: Array,
    order: int,
    program: Any,
    row_shapes: Any,
    column_shapes: Any,
    shown: Mapping[str, Any],
) -> Derivative:
    row_sizes, column_sizes = [math.prod(s) for s in row_shapes], [math.prod(s) for s in column_shapes]

    def seeds(shapes: Any, sizes: list[int], index: int) -> dict[str, Any]:
        found, at = {}, 0
        for name, shape, size in zip(program.seeds, shapes, sizes, strict=True):
            seed = np.zeros(size)
            if at <= index < at + size:
                seed[index - at] = 1.0
            found[name] = seed.reshape(shape)
            at += size
        return found

    def entry(position: tuple[int, ...]) -> Entry | None:
        row, column = position
        fed = seeds(column_shapes, column_sizes, column) if program.forward else seeds(row_shapes, row_sizes, row)
        k, at = _locate(row, row_sizes) if program.forward else _locate(column, column_sizes)
        shape = (row_shapes if program.forward else column_shapes)[k]
        instruction = program.results[k]
        return None if instruction is None else (instruction, _position(at, shape), fed)

    def enclosures(lower: Array, upper: Array) -> Mapping[str, Any]:
        return {"matrix": np.stack([lower, upper], axis=-1).tolist()}

    instructions = [r for r in program.results if r is not None]
    some = {
        name: np.ones(s)
        for name, s in zip(program.seeds, column_shapes if program.forward else row_shapes, strict=True)
    }
    return Derivative(matrix, order, programs.output, programs.sources, instructions, some, shown, entry, enclosures)


def _locate(index: int, sizes: Sequence[int]) -> tuple[int, int]:
    """Which block a flat index falls into, and where inside it."""
    for k, size in enumerate(sizes):
        if index < size:
            return k, index
        index -= size
    raise IndexError(index)


def _position(flat: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(k) for k in np.unravel_index(flat, shape)) if shape else ()


def _audit(matrix: Array) -> tuple[tuple[float, ...] | None, str | None]:
    """Eigenvalues of the symmetric part, ascending, and what their signs say."""
    if not np.all(np.isfinite(matrix)) or not len(matrix):
        return None, None
    symmetric = (matrix + matrix.T) / 2
    eigenvalues = np.linalg.eigvalsh(symmetric)
    # Sylvester: scaling rows and columns alike keeps the signs; it makes them visible where units differ
    largest = np.abs(symmetric).max(axis=0)
    scaled = _scaled(symmetric, np.where(np.diagonal(symmetric) != 0, np.abs(np.diagonal(symmetric)), largest))
    if not np.isfinite(scaled).all():  # by the largest entry of each row, none is beyond 1
        scaled = _scaled(symmetric, largest)
    signs = np.linalg.eigvalsh(scaled)
    zero = _ZERO_EIGENVALUE * len(matrix) * float(np.abs(signs).max())
    positive, negative = bool((signs > zero).any()), bool((signs < -zero).any())
    singular = bool((np.abs(signs) <= zero).any())
    if positive and negative:
        kind = "indefinite"
    elif positive or negative:
        kind = ("positive" if positive else "negative") + (" semidefinite" if singular else " definite")
    else:
        kind = "zero"
    return tuple(eigenvalues.tolist()), kind


def _scaled(symmetric: Array, sizes: Array) -> Array:
    """Rows and columns divided by the square roots of these sizes."""
    scale = 1 / np.sqrt(np.where(sizes > 0, sizes, 1.0))
    with np.errstate(over="ignore"):
        scaled: Array = symmetric * scale[:, None] * scale
    return scaled


DERIVATIVES: dict[str, Callable[[Programs, Mapping[str, Any]], Derivative]] = {
    "grad": _gradient,
    "hessian": _hessian,
    "jacobian": _jacobian,
}
