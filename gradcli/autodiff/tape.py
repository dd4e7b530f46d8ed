"""The tape: a straight-line, single-assignment, hash-consed program over arrays.

Equal instructions are one instruction, so common subexpressions are free. A sweep appends to
the same tape, so a derivative is more tape and can be differentiated again. No values are
stored: a target computes them by walking.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from typing import Any, NamedTuple

from gradcli.autodiff.primitive import CONSTANT, INPUT, Attributes, Primitive, Shape
from gradcli.autodiff.rows_arithmetic import ADD, DIVIDE, MULTIPLY, NEGATE, NOT, SUBTRACT, WHERE
from gradcli.errors import LimitError, Span
from gradcli.language.syntax import Expression
from gradcli.limits import LIMITS


class Instruction(NamedTuple):
    """One step: a primitive applied to earlier steps, with static attributes and a static shape."""

    primitive: Primitive
    arguments: tuple[int, ...]
    attributes: Attributes
    shape: Shape


class Place(NamedTuple):
    """The text an instruction came from; of a derivative instruction, that of the primal it differentiates."""

    expression: Expression
    span: Span

    @property
    def text(self) -> str:
        """The subexpression as typed."""
        return self.expression.text[self.span.start : self.span.end]


class Tape:
    """An append-only list of `Instruction`; every method that appends returns an index.

    Attributes:
        instructions: the program so far.
        places: where an instruction was first used, for messages.
        place: what `append` notes as the place of new instructions.
        operations: how many operands and operations of formulas have been lowered onto it.
    """

    def __init__(self) -> None:
        self.instructions: list[Instruction] = []
        self.places: dict[int, Place] = {}
        self.place: Place | None = None
        self.operations = 0
        self.inputs: dict[str, int] = {}
        self._known: dict[Any, int] = {}

    def __len__(self) -> int:
        return len(self.instructions)

    def __getitem__(self, index: int) -> Instruction:
        return self.instructions[index]

    def shape(self, index: int) -> Shape:
        """Static shape of an instruction's value."""
        return self.instructions[index].shape

    def input(self, name: str, shape: Shape = ()) -> int:
        """The input of that name; its value is given to the walk.

        Raises:
            ValueError: if the name stands already for an input of another shape.
        """
        if name in self.inputs:
            if self.shape(self.inputs[name]) != shape:
                raise ValueError(f"input {name!r} has shape {self.shape(self.inputs[name])}, not {shape}")
            return self.inputs[name]
        index = self._new((INPUT, name), Instruction(INPUT, (), (name,), shape))
        self.inputs[name] = index
        return index

    def fresh_input(self, prefix: str, shape: Shape) -> int:
        """An input under a name no other input has (a name no person can type)."""
        return self.input(f"{prefix}#{len(self.instructions)}", shape)

    def constant(self, value: float, label: str | None = None) -> int:
        """A scalar constant; equal bits are one instruction, so 0.0 and -0.0 differ and NaN equals itself.

        `label` is the name it is printed with (`pi`).
        """
        bits = struct.pack("<d", value)
        key = (CONSTANT, bits, label)
        known = self._known.get(key)
        if known is not None:
            return known
        return self._new(key, Instruction(CONSTANT, (), (float(value), label), ()))

    def append(self, primitive: Primitive, arguments: Sequence[int], attributes: Attributes = ()) -> int:
        """Append an instruction, or find the equal one that is there already.

        Only identities that keep every bit are applied: x*1, x/1, x - 0, x + (-0), -(-x).
        """
        arguments = tuple(arguments)
        if not attributes:
            same = self._identity(primitive, arguments)
            if same is not None:
                return same
        ordered = arguments
        if primitive.commutative and len(arguments) == 2 and arguments[0] > arguments[1]:
            ordered = (arguments[1], arguments[0])
        key = (primitive, ordered, attributes)
        known = self._known.get(key)
        if known is not None:
            return known
        shape = primitive.shape(attributes, [self.instructions[a].shape for a in arguments])
        return self._new(key, Instruction(primitive, arguments, attributes, shape))

    def add(self, a: int, b: int) -> int:
        """a + b, elementwise."""
        return self.append(ADD, (a, b))

    def subtract(self, a: int, b: int) -> int:
        """a - b, elementwise."""
        return self.append(SUBTRACT, (a, b))

    def multiply(self, a: int, b: int) -> int:
        """a * b, elementwise."""
        return self.append(MULTIPLY, (a, b))

    def divide(self, a: int, b: int) -> int:
        """a / b, elementwise."""
        return self.append(DIVIDE, (a, b))

    def negate(self, a: int) -> int:
        """-a, elementwise."""
        return self.append(NEGATE, (a,))

    def select(self, condition: int, a: int, b: int) -> int:
        """`a` where the condition holds, else `b`: a choice, never a product with 0 or 1."""
        instruction = self.instructions[condition]
        if instruction.primitive is NOT:
            return self.append(WHERE, (instruction.arguments[0], b, a))
        return self.append(WHERE, (condition, a, b))

    def constant_value(self, index: int) -> float | None:
        """The value of a constant instruction, None for any other."""
        instruction = self.instructions[index]
        return instruction.attributes[0] if instruction.primitive is CONSTANT else None

    def needed(self, outputs: Sequence[int]) -> list[int]:
        """Indices of all instructions the outputs depend on, outputs included, in order."""
        marked = set(outputs)
        pending = list(marked)
        while pending:
            for a in self.instructions[pending.pop()].arguments:
                if a not in marked:
                    marked.add(a)
                    pending.append(a)
        return sorted(marked)

    def _identity(self, primitive: Primitive, arguments: tuple[int, ...]) -> int | None:
        if primitive is MULTIPLY:
            a, b = arguments
            if self._is(b, 1.0):
                return a
            if self._is(a, 1.0):
                return b
        elif primitive is DIVIDE:
            if self._is(arguments[1], 1.0):
                return arguments[0]
        elif primitive is SUBTRACT:
            if self._is(arguments[1], 0.0):
                return arguments[0]
        elif primitive is ADD:
            if self._is(arguments[1], -0.0):
                return arguments[0]
        elif primitive is NEGATE:
            inner = self.instructions[arguments[0]]
            if inner.primitive is NEGATE:
                return inner.arguments[0]
            if inner.primitive is CONSTANT and inner.attributes[1] is None:
                return self.constant(-inner.attributes[0])
        return None

    def _is(self, index: int, value: float) -> bool:
        instruction = self.instructions[index]
        if instruction.primitive is not CONSTANT:
            return False
        held = instruction.attributes[0]
        return held == value and math.copysign(1.0, held) == math.copysign(1.0, value)

    def _limit(self, message: str) -> LimitError:
        place = self.place
        if place is None:
            return LimitError(message)
        return LimitError(message, text=place.expression.text, span=place.span, origin=place.expression.origin)

    def _new(self, key: Any, instruction: Instruction) -> int:
        index = len(self.instructions)
        if index >= LIMITS.tape_instructions:
            raise self._limit(
                f"the tape grows beyond {LIMITS.tape_instructions} instructions (limit tape_instructions)"
            )
        if len(instruction.shape) > LIMITS.array_axes:
            raise self._limit(
                f"an array of {len(instruction.shape)} axes is beyond the limit of {LIMITS.array_axes} (array_axes)"
            )
        if math.prod(instruction.shape) > LIMITS.array_elements:
            shape, most = instruction.shape, LIMITS.array_elements
            raise self._limit(f"an array of shape {shape} has more than {most} entries (limit array_elements)")
        self.instructions.append(instruction)
        self._known[key] = index
        if self.place is not None:
            self.places[index] = self.place
        return index
