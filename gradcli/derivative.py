"""The derivatives a task asks for: how to compute them, how they are shown, how entries map to instructions."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from gradcli.assembly import Assembly
from gradcli.autodiff.tape import Tape
from gradcli.errors import LimitError
from gradcli.language.labels import label_of
from gradcli.limits import LIMITS
from gradcli.targets.arrays import Array, Plan
from gradcli.targets.derivative_values import GradientProgram, HessianProgram, JacobianProgram
from gradcli.targets.spectrum import spectrum

if TYPE_CHECKING:
    from gradcli.result import Hessian, Jacobian, Record
    from gradcli.verify.rounding import EntryRounding

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
        arranged: one number an entry, by name in the shape they are shown in.
        forward: whether a first derivative was made forward.
    """

    entries: Array
    order: int
    output: int
    sources: Sequence[int]
    instructions: Sequence[int]
    seeds: Mapping[str, Any]
    shown: Mapping[str, Any]
    entry: Callable[[tuple[int, ...]], Entry | None]
    arranged: Callable[[Array], Mapping[str, Array]]
    forward: bool = False

    def label(self, tape: Tape, position: tuple[int, ...]) -> str:
        """The entry's name: `W[2,1]` of a gradient, `x,y` of a Hessian, `f[0],x` of a Jacobian."""
        row, column = position
        matrix = self.shown.get("hessian") or self.shown.get("jacobian")
        if matrix is not None:
            rows, columns = matrix_labels(matrix)
            return f"{rows[row]},{columns[column]}"
        shapes = [tape.shape(s) for s in self.sources]
        k, at = _locate(column, [math.prod(s) for s in shapes])
        return label_of(tape[self.sources[k]].attributes[0], _position(at, shapes[k]))

    def all_values(self, tape: Tape, inputs: Mapping[str, Any]) -> dict[int, Any]:
        """Values of everything the derivative's instructions need."""
        plan = Plan(tape, tape.needed(self.instructions))
        return dict(zip(plan.outputs, plan.run({**inputs, **self.seeds}), strict=True))

    def rounding(
        self, tape: Tape, inputs: Mapping[str, Any], values: Mapping[int, Any], budget: float
    ) -> EntryRounding:
        """The court's questions about the rounding of an entry at the point."""
        from gradcli.verify.rounding import EntryRounding

        natural = partial(self._natural_size, values=values)
        return EntryRounding(tape, self.instructions, self.entry, inputs, natural, budget)

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
            self._hessian = HessianProgram(self.tape, self.output, self.gradient.adjoints, self.sources)
        return self._hessian

    @property
    def jacobian(self) -> JacobianProgram:
        """The Jacobian by directions, in the cheaper mode."""
        if self._jacobian is None:
            self._jacobian = JacobianProgram(self.tape, self.output, self.sources)
        return self._jacobian

    def slope(self, column: int) -> tuple[int, tuple[int, ...]] | None:
        """The instruction of the gradient's entry by one of the variables' entries, and the position in it."""
        shapes = [self.tape.shape(s) for s in self.sources]
        k, at = _locate(column, [math.prod(shape) for shape in shapes])
        adjoint = self.gradient.adjoints[k]
        return None if adjoint is None else (adjoint, _position(at, self.tape.shape(adjoint)))

    def unconnected_names(self) -> dict[str, None]:
        """Variables without a differentiable path to the output."""
        return {n: None for n, g in zip(self.names, self.gradient.adjoints, strict=True) if g is None}


def labels(names: Sequence[str], shapes: Sequence[tuple[int, ...]]) -> tuple[str, ...]:
    """`x` for a scalar, `W[0,1]` for the entries of an array, in row-major order."""
    return tuple(label_of(name, at) for name, shape in zip(names, shapes, strict=True) for at in np.ndindex(shape))


def entry_labels(record: Record, shapes: Sequence[tuple[int, ...]]) -> Callable[[tuple[int, ...]], str]:
    """Names of a derivative's entries by their positions: `x` of a gradient, `x,y` of a matrix.

    Args:
        record: with the derivative.
        shapes: of the variables, in the order of the gradient.
    """
    matrix = record.hessian or record.jacobian
    if matrix is not None:
        rows, columns = matrix_labels(matrix)
        return lambda position: f"{rows[position[0]]},{columns[position[1]]}"
    gradient = record.gradient or {}
    pairs = [(name, shape) for name, shape in zip(gradient, shapes, strict=True) if gradient[name] is not None]
    names = labels([name for name, _ in pairs], [shape for _, shape in pairs])
    return lambda position: names[position[1]]


def matrix_labels(matrix: Hessian | Jacobian) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Labels of a matrix's rows and columns."""
    from gradcli.result import Hessian

    return (matrix.labels, matrix.labels) if isinstance(matrix, Hessian) else (matrix.rows, matrix.columns)


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

    def arranged(numbers: Array) -> Mapping[str, Array]:
        parts = np.split(numbers[0], np.cumsum(sizes)[:-1]) if sizes else []
        return {programs.names[k]: part.reshape(shapes[k]) for k, part in zip(connected, parts, strict=True)}

    shown = {"gradient": {n: None if g is None else g.tolist() for n, g in zip(programs.names, full, strict=True)}}
    instructions = [g for g in adjoints if g is not None]
    sources = [programs.sources[k] for k in connected]
    return Derivative(entries[None], 1, programs.output, sources, instructions, {}, shown, entry, arranged)


def _hessian(programs: Programs, inputs: Mapping[str, Any]) -> Derivative:
    from gradcli.result import Hessian

    matrix, program = programs.hessian.resolve(inputs)
    shapes = [programs.tape.shape(s) for s in programs.sources]
    found = spectrum(matrix)
    eigenvalues = None if found is None else tuple(found.eigenvalues.tolist())
    signs = None if found is None else found.definiteness
    shown = {"hessian": Hessian(labels(programs.names, shapes), matrix.tolist(), eigenvalues, signs)}
    return _from_matrix(programs, matrix, 2, program, shapes, shapes, shown)


def _jacobian(programs: Programs, inputs: Mapping[str, Any]) -> Derivative:
    from gradcli.result import Jacobian

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

    instructions = [r for r in program.results if r is not None]
    some = {
        name: np.ones(s)
        for name, s in zip(program.seeds, column_shapes if program.forward else row_shapes, strict=True)
    }
    return Derivative(
        matrix,
        order,
        programs.output,
        programs.sources,
        instructions,
        some,
        shown,
        entry,
        _matrix,
        bool(program.forward),
    )


def _matrix(numbers: Array) -> Mapping[str, Array]:
    return {"matrix": numbers}


def _locate(index: int, sizes: Sequence[int]) -> tuple[int, int]:
    """Which block a flat index falls into, and where inside it."""
    for k, size in enumerate(sizes):
        if index < size:
            return k, index
        index -= size
    raise IndexError(index)


def _position(flat: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(k) for k in np.unravel_index(flat, shape)) if shape else ()


DERIVATIVES: dict[str, Callable[[Programs, Mapping[str, Any]], Derivative]] = {
    "grad": _gradient,
    "hessian": _hessian,
    "jacobian": _jacobian,
}
