"""The array target: values of instructions, computed by a plan made once per list of outputs.

A plan is a list of steps over slots that are reused after their last use. All-scalar programs
run on Python floats and `math`; where that raises, and for everything else, NumPy answers.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np

from gradcli.autodiff.primitive import CONSTANT, INPUT, Primitive, Row
from gradcli.autodiff.tape import Instruction, Tape
from gradcli.targets import array_shapes
from gradcli.targets.kernels import matrices, normalised

A = Any
Array = np.ndarray[Any, np.dtype[np.float64]]
Apply = Callable[[int, Callable[[Sequence[A]], A], Sequence[A]], A]

#: What each structural operation does to NumPy arrays of numbers.
KERNELS = array_shapes.KERNELS | matrices.KERNELS | normalised.KERNELS

_found: dict[str, Callable[..., Any]] = {}


def find(name: str, default: str = "numpy") -> Callable[..., Any]:
    """The function a row names as `function` (of the default module) or `module:function`."""
    known = _found.get(f"{default}:{name}")
    if known is None:
        module, _, function = name.rpartition(":")
        known = _found[f"{default}:{name}"] = getattr(importlib.import_module(module or default), function)
    return known


def numpy_kernel(row: Row) -> Callable[..., Any]:
    """The row's NumPy function."""
    return find(row.numpy)


class Plan:
    """The steps that compute `outputs` of a tape, ready to run at any inputs.

    Args:
        tape: the program; instructions appended later do not matter.
        outputs: indices whose values are wanted.
    """

    def __init__(self, tape: Tape, outputs: Sequence[int]) -> None:
        self.tape = tape
        self.outputs = tuple(outputs)
        self.order = _computed(tape, self.outputs)
        last: dict[int, int] = {}
        for i in self.order:
            for a in operands(tape.instructions[i]):
                last[a] = i
        kept = set(self.outputs)
        self._frees = {
            i: [a for a in set(operands(tape.instructions[i])) if last[a] == i and a not in kept] for i in self.order
        }
        self._scalar = all(
            tape.instructions[i].shape == () and not _structural(tape.instructions[i].primitive) for i in self.order
        )
        self._scalar_steps: list[tuple[Any, int, tuple[int, ...]]] | None = None
        self._array_steps: list[tuple[Any, int, tuple[int, ...], list[int]]] | None = None

    def widest(self, moving: Collection[str]) -> int:
        """The most entries depending on these inputs that are held at the same time: memory for one point more.

        Args:
            moving: names of inputs that are given further axes in front.
        """
        carries: dict[int, int] = {}
        held = most = 0
        for i in self.order:
            instruction = self.tape.instructions[i]
            carried = any(a in carries for a in instruction.arguments)
            if carried or (instruction.primitive is INPUT and instruction.attributes[0] in moving):
                carries[i] = math.prod(instruction.shape)
                held += carries[i]
                most = max(most, held)
            held -= sum(carries.get(a, 0) for a in self._frees[i])
        return most

    def run(
        self, inputs: Mapping[str, A], held: Mapping[int, A] | None = None, apply: Apply | None = None
    ) -> list[Array]:
        """Values of the outputs.

        Args:
            inputs: a float64 array for every named input; it may have further axes in front of
                the input's shape, the same ones (or none) for all inputs.
            held: values of instructions that are not computed but given.
            apply: called as `apply(instruction, kernel, arguments)` for the value of an instruction, in
                place of `kernel(arguments)`.

        Returns:
            One array per output, with the same axes in front where it depends on them.
        """
        if self._scalar and not held and apply is None and not any(getattr(v, "ndim", 0) for v in inputs.values()):
            try:
                with np.errstate(all="ignore"):  # kernels of NumPy among them would warn on stderr
                    return self._run_scalars(inputs)
            except (ArithmeticError, ValueError, TypeError):
                pass  # a point that `math` refuses: NumPy gives the inf or nan that belongs there
        return self._run_arrays(inputs, held or {}, apply)

    def _run_scalars(self, inputs: Mapping[str, A]) -> list[Array]:
        tape = self.tape
        if self._scalar_steps is None:
            self._scalar_steps = []
            for i in self.order:
                instruction = tape.instructions[i]
                if isinstance(instruction.primitive, Row):
                    self._scalar_steps.append(
                        (_scalar(instruction.primitive, instruction.attributes), i, instruction.arguments)
                    )
        values: dict[int, Any] = {}
        for i in self.order:
            instruction = tape.instructions[i]
            if instruction.primitive is CONSTANT:
                values[i] = instruction.attributes[0]
            elif instruction.primitive is INPUT:
                values[i] = float(inputs[instruction.attributes[0]])
        for kernel, i, arguments in self._scalar_steps:
            if len(arguments) == 2:
                values[i] = kernel(values[arguments[0]], values[arguments[1]])
            elif len(arguments) == 1:
                values[i] = kernel(values[arguments[0]])
            else:
                values[i] = kernel(*[values[a] for a in arguments])
        return [np.asarray(values[i], dtype=np.float64) for i in self.outputs]

    def _run_arrays(self, inputs: Mapping[str, A], held: Mapping[int, A], apply: Apply | None) -> list[Array]:
        tape = self.tape
        if self._array_steps is None:
            self._array_steps = [
                (_array(tape, i), i, operands(tape.instructions[i]), self._frees[i])
                for i in self.order
                if tape.instructions[i].arguments
            ]
        values: dict[int, Any] = {}
        for i in self.order:
            instruction = tape.instructions[i]
            if instruction.primitive is CONSTANT:
                values[i] = np.float64(instruction.attributes[0])
            elif instruction.primitive is INPUT:
                values[i] = np.asarray(inputs[instruction.attributes[0]], dtype=np.float64)
        with np.errstate(all="ignore"):
            for kernel, i, arguments, frees in self._array_steps:
                if i in held:
                    values[i] = held[i]
                else:
                    given = [values[a] for a in arguments]
                    values[i] = kernel(given) if apply is None else apply(i, kernel, given)
                for a in frees:
                    del values[a]
        return [np.asarray(values[i], dtype=np.float64) for i in self.outputs]


def evaluate(
    tape: Tape, outputs: Sequence[int], inputs: Mapping[str, A], held: Mapping[int, A] | None = None
) -> list[Array]:
    """Values of some instructions at one set of inputs (see `Plan.run`)."""
    return Plan(tape, outputs).run(inputs, held)


def operands(instruction: Instruction) -> tuple[int, ...]:
    """The arguments that a value is computed from: all, or those beside the definition where a kernel does without."""
    return instruction.arguments[1:] if instruction.primitive in normalised.KERNELS else instruction.arguments


def _computed(tape: Tape, outputs: Sequence[int]) -> list[int]:
    """Instructions whose values are needed for those of the outputs, in order."""
    marked = set(outputs)
    pending = list(marked)
    while pending:
        for a in operands(tape.instructions[pending.pop()]):
            if a not in marked:
                marked.add(a)
                pending.append(a)
    return sorted(marked)


def _structural(primitive: Primitive) -> bool:
    return primitive in KERNELS


def _scalar(row: Row, orders: tuple[int, ...]) -> Callable[..., Any]:
    kernel = find(row.math, "math") if row.math is not None else numpy_kernel(row)
    if row.boolean:  # a truth is a number: of a bool NumPy and SciPy compute in half and single precision
        return lambda *arguments: float(kernel(*arguments))
    if not orders or not any(orders):
        return kernel
    return lambda *arguments: kernel(*arguments, *orders)


def _array(tape: Tape, i: int) -> Callable[[Sequence[A]], A]:
    instruction = tape.instructions[i]
    primitive, attributes = instruction.primitive, instruction.attributes
    if isinstance(primitive, Row):
        kernel = numpy_kernel(primitive)
        boolean = primitive.boolean
        if boolean:
            return lambda values: kernel(*values).astype(np.float64)
        return lambda values: kernel(*values, *attributes) if any(attributes) else kernel(*values)
    structural = KERNELS[primitive]
    shapes = [tape.shape(a) for a in instruction.arguments]
    return lambda values: structural(attributes, shapes, values)
