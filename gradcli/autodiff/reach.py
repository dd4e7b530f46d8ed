"""Reach: where the target of a reverse sweep depends on an instruction at all, as instructions of 0 and 1.

It begins at edges that hold only under a condition and at indices that leave entries out, and is
pulled back through structural operations by their transposes. None means always. Masks that do
not depend on values are also known statically, so that two halves of an array, each used once,
are the whole array again and cost nothing further up.
"""

from __future__ import annotations

import math
from itertools import product

from gradcli.autodiff.gathering import GATHER
from gradcli.autodiff.primitive import Ruled, Shape, Structural
from gradcli.autodiff.rows_arithmetic import AND, GREATER, OR
from gradcli.autodiff.structural import (
    CONCAT,
    EINSUM,
    INDEX,
    NORM,
    ORDER_STATISTIC,
    RESHAPE,
    SUM,
    TRIANGLE,
    broadcast,
    stretch,
    total,
)
from gradcli.autodiff.tape import Instruction, Tape

_MOST_STATIC = 65_536  #: entries of an array whose static mask is kept


class Reach:
    """The reach of every instruction a sweep has come to.

    Args:
        tape: appended to.
        always: everything counts as reached; for a target that is linear in the sources.

    Attributes:
        of: per instruction its reach, an instruction of its shape, or None for always.
    """

    def __init__(self, tape: Tape, always: bool = False) -> None:
        self.tape = tape
        self.always = always
        self.of: dict[int, int | None] = {}
        self._static: dict[int, bytes] = {}

    def extend(self, a: int, edge: int | None) -> None:
        """OR the reach that one more user hands on into that of `a`."""
        if a not in self.of:
            self.of[a] = edge
            return
        known = self.of[a]
        if known is None or edge is None:
            self.of[a] = None
            return
        both = None
        if known in self._static and edge in self._static:
            both = bytes(p | q for p, q in zip(self._static[known], self._static[edge], strict=True))
            if all(both):
                self.of[a] = None
                return
        joined = self.tape.append(OR, (known, edge))
        self.of[a] = joined
        if both is not None:
            self._static[joined] = both

    def pull_back(self, i: int, k: int) -> int | None:
        """Where argument `k` of a structural operation is reached, given where its result is."""
        tape = self.tape
        instruction = tape.instructions[i]
        if instruction.primitive is GATHER and self.of[i] is None and self._leaves_out(instruction):
            self.of[i] = broadcast(tape, tape.constant(1.0), instruction.shape)
        primitive = instruction.primitive
        assert isinstance(primitive, Structural)
        reach = self.of[i]
        begins = primitive in (ORDER_STATISTIC, NORM, TRIANGLE) or (
            primitive is INDEX and self._leaves_out(instruction)
        )
        if self.always or (reach is None and not begins):
            return None
        if primitive.whole and reach is not None:
            shape = tape.shape(instruction.arguments[k])
            return stretch(tape, positive(tape, total(tape, reach)), shape, tuple(range(-len(shape), 0)))
        result = broadcast(tape, tape.constant(1.0), instruction.shape) if reach is None else reach
        if isinstance(primitive, Ruled):
            return along_last(tape, result, tape.shape(instruction.arguments[k]))
        if primitive is NORM or primitive is ORDER_STATISTIC:
            (x,) = instruction.arguments
            kept = (
                NORM.unit(tape, instruction)[1] if primitive is NORM else ORDER_STATISTIC.chosen(tape, instruction)[0]
            )
            return tape.append(AND, (stretch(tape, result, tape.shape(x), (-1,)), kept))
        if primitive is EINSUM:
            ones = [broadcast(tape, tape.constant(1.0), tape.shape(a)) for a in instruction.arguments]
            pulled = positive(tape, primitive.transpose(tape, instruction._replace(arguments=tuple(ones)), k, result))
        else:
            pulled = positive(tape, primitive.transpose(tape, instruction, k, result))
        static = self._pull_static(instruction, k, reach)
        if static is not None:
            if all(static):
                return None
            self._static[pulled] = static
        return pulled

    def _leaves_out(self, instruction: Instruction) -> bool:
        """Whether indexing leaves entries of something computed out (an input has nothing above it to protect)."""
        argument = self.tape.instructions[instruction.arguments[0]]
        if instruction.primitive is GATHER and not instruction.attributes[0].distinct:
            return bool(argument.arguments)
        return bool(argument.arguments) and math.prod(instruction.shape) < math.prod(argument.shape)

    def _pull_static(self, instruction: Instruction, k: int, reach: int | None) -> bytes | None:
        """The same on static masks, where they are known and the operation only moves entries."""
        shape = self.tape.shape(instruction.arguments[k])
        size = math.prod(shape)
        mask = b"\1" * math.prod(instruction.shape) if reach is None else self._static.get(reach)
        if mask is None or size > _MOST_STATIC:
            return None
        if instruction.primitive is RESHAPE:
            return mask
        if instruction.primitive is INDEX:
            pulled = bytearray(size)
            steps = [math.prod(shape[n + 1 :]) for n in range(len(shape))]
            axes = [range(*p) if isinstance(p, tuple) else (p,) for p in instruction.attributes[0]]
            for bit, at in zip(mask, product(*axes), strict=True):
                pulled[sum(j * step for j, step in zip(at, steps, strict=True))] = bit
            return bytes(pulled)
        if instruction.primitive is CONCAT and len(shape) == 1:
            start = sum(self.tape.shape(a)[0] for a in instruction.arguments[:k])
            return mask[start : start + size]
        return None


def along_last(tape: Tape, reach: int, shape: Shape) -> int:
    """The reach of an argument of this shape whose entries along the last axis meet, given that of the result."""
    if len(tape.shape(reach)) == len(shape):
        reach = positive(tape, tape.append(SUM, (reach,), ((-1,),)))
    return stretch(tape, reach, shape, (-1,))


def positive(tape: Tape, x: int) -> int:
    """Where `x` is greater than 0, as 0 and 1."""
    return tape.append(GREATER, (x, tape.constant(0.0)))
