"""The symbol target: the primal as SymPy expressions, of symbols or along a line x + t*v through a point.

It shares no derivative rule with the tape, which makes it an independent witness. Choices
(`where`, `max`, `abs`, `floor`) are resolved by the values at the point, so SymPy sees a smooth
function; float64 constants that are not small whole numbers or halves stay symbols with exact
values, so SymPy neither rounds them nor factors their giant fractions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gradcli.autodiff.primitive import CONSTANT, INPUT, Row
from gradcli.autodiff.structural import NORM, ORDER_STATISTIC, STOP
from gradcli.autodiff.tape import Instruction, Tape
from gradcli.autodiff.vjp import active_from
from gradcli.targets.array_shapes import KERNELS
from gradcli.targets.symbols import matrices
from gradcli.targets.symbols.rows import RowExpressions, symbol

Expr = Any


class Line(RowExpressions):
    """Symbolic entries of outputs, ready to be differentiated.

    Args:
        tape: the primal.
        outputs: instructions wanted.
        sources: what they are differentiated by.
        values: float64 values of all primal instructions at the point.
        moving: whether source entries are lines x + t*v (else plain symbols, one each).

    Attributes:
        parameter: the symbol t.
        outputs: per output an object array of SymPy expressions in t.
        entries: per source an object array of its entries: functions of t, or symbols.
        velocities: per source an object array of the symbols v.
        values: the exact float64 value of every other symbol (and of every line at t = 0).
    """

    def __init__(
        self,
        tape: Tape,
        outputs: Sequence[int],
        sources: Sequence[int],
        values: Mapping[int, Any],
        moving: bool = True,
    ) -> None:
        import sympy

        super().__init__()
        self.tape = tape
        self.moving = moving
        self.entries: list[Any] = []
        self.parameter = sympy.Symbol("t", real=True)
        self.velocities: list[Any] = []
        self._numbers = values
        self._built: dict[int, Any] = {}
        for s in sources:
            self._add_source(s)
        self._active = active_from(tape, list(sources), max(outputs))
        for i in tape.needed(outputs):
            if i not in self._built and self._active[i]:
                self._built[i] = self._step(i)
        self.outputs = [self._value(i) for i in outputs]

    def _add_source(self, source: int) -> None:
        import sympy

        shape = self.tape.shape(source)
        lines, speeds = np.empty(shape, dtype=object), np.empty(shape, dtype=object)
        for at in np.ndindex(shape):
            name = f"{source}" + "".join(f"_{n}" for n in at)
            speed = sympy.Symbol("v" + name, real=True)
            number = float(self._numbers[source][at])
            entry = line_function("x" + name, speed)(self.parameter) if self.moving else symbol("x" + name, number)
            lines[at], speeds[at] = entry, speed
            self.values[entry] = number
        self._built[source] = lines
        self.entries.append(lines)
        self.velocities.append(speeds)

    def _value(self, i: int) -> Any:
        """An instruction as an object array: built if it moves with the sources, else its value."""
        built = self._built.get(i)
        if built is not None:
            return built
        instruction = self.tape.instructions[i]
        values = np.asarray(self._numbers[i])
        if instruction.primitive is CONSTANT:
            result = np.empty((), dtype=object)
            result[()] = self.constant(float(values))
        else:
            result = np.empty(values.shape, dtype=object)
            for at in np.ndindex(values.shape):
                result[at] = self.constant(float(values[at]))
        self._built[i] = result
        return result

    def _step(self, i: int) -> Any:
        instruction = self.tape.instructions[i]
        primitive = instruction.primitive
        assert primitive is not INPUT
        if isinstance(primitive, Row):
            return self._row(i, instruction, primitive)
        if primitive is STOP:
            return self._value(i)
        arguments = [self._value(a) for a in instruction.arguments]
        if primitive is ORDER_STATISTIC:
            return self._chosen(instruction, arguments[0])
        if primitive is NORM:
            import sympy

            squares = (arguments[0] ** 2).sum(axis=-1)
            return _elementwise(sympy.sqrt, [np.asarray(squares, dtype=object)], instruction.shape)
        if primitive in matrices.KERNELS:
            return matrices.KERNELS[primitive](instruction.attributes, arguments, np.asarray(self._numbers[i]))
        shapes = [self.tape.shape(a) for a in instruction.arguments]
        result = KERNELS[primitive](instruction.attributes, shapes, arguments)
        return result if isinstance(result, np.ndarray) else _boxed(result)

    def _chosen(self, instruction: Instruction, argument: Any) -> Any:
        """The entry that is the order statistic at the point."""
        values = np.asarray(self._numbers[instruction.arguments[0]])
        picked = np.argsort(values, axis=-1, kind="stable")[..., instruction.attributes[0]]
        result = np.empty(instruction.shape, dtype=object)
        for at in np.ndindex(instruction.shape):
            result[at] = argument[(*at, int(picked[at]))]
        return result

    def _row(self, i: int, instruction: Instruction, row: Row) -> Any:
        rank = len(instruction.shape)
        numbers = [np.asarray(self._numbers[a]) for a in (*instruction.arguments, i)]
        if row.partials.count(None) == len(row.partials):
            return self._value(i)
        arguments = [
            self._value(a) if partial is not None else np.empty(self.tape.shape(a), dtype=object)
            for a, partial in zip(instruction.arguments, row.partials, strict=True)
        ]
        result = np.empty(instruction.shape, dtype=object)
        for at in np.ndindex(instruction.shape):
            operands = [_entry(a, at, rank) for a in arguments]
            known = [float(_entry(n, at, rank)) for n in numbers]
            result[at] = self.apply(row, instruction.attributes, operands, known)
        return result


def line_function(name: str, speed: Expr) -> Any:
    """A SymPy function x(t) whose derivative is the constant `speed`: a line without its offset written out."""
    import sympy

    members = {
        "fdiff": lambda self, argindex=1: speed,
        "eval": classmethod(lambda cls, t: None),
        "_eval_is_extended_real": lambda self: True,
        "_eval_is_finite": lambda self: True,
    }
    return type(name, (sympy.Function,), members)


def _entry(array: Any, at: tuple[int, ...], rank: int) -> Any:
    """The entry of an array that broadcasts to position `at` of a result of that rank."""
    if array.ndim == 0:
        return array[()]
    return array[tuple(0 if n == 1 else k for k, n in zip(at[rank - array.ndim :], array.shape, strict=True))]


def _elementwise(function: Any, arrays: list[Any], shape: tuple[int, ...]) -> Any:
    result = np.empty(shape, dtype=object)
    for at in np.ndindex(shape):
        result[at] = function(*[a[at] for a in arrays])
    return result


def _boxed(value: Any) -> Any:
    result = np.empty((), dtype=object)
    result[()] = value
    return result
