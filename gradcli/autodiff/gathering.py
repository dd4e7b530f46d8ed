"""Entries picked by any list of positions, and the transposed operation, which adds them up where they came from.

The language indexes by numbers and slices; NumPy code that is recorded as it runs also picks by
masks and by arrays of positions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gradcli.autodiff.primitive import Attributes, Shape, Structural
from gradcli.autodiff.tape import Instruction, Tape

if TYPE_CHECKING:
    import numpy as np


class Positions:
    """Whole numbers that count the entries of an array in row-major order; one object is equal to itself only.

    Attributes:
        array: the positions, in the shape of what they pick.
        shape: that shape.
        distinct: whether no position is there twice.
    """

    __slots__ = ("array", "distinct", "shape")

    def __init__(self, array: np.ndarray[Any, np.dtype[np.intp]], size: int) -> None:
        import numpy as np

        self.array = array
        self.shape: Shape = array.shape
        times = np.bincount(array.reshape(-1), minlength=size)
        self.distinct = bool((times <= 1).all())


class _Gather(Structural):
    """The entries at some positions; attributes: (positions,)."""

    name = "gather"

    def shape(self, attributes: Attributes, shapes: list[Shape]) -> Shape:
        return attributes[0].shape  # type: ignore[no-any-return]

    def transpose(self, tape: Tape, instruction: Instruction, argument: int, cotangent: int) -> int:
        return tape.append(SPREAD, (cotangent,), (instruction.attributes[0], tape.shape(instruction.arguments[0])))


class _Spread(Structural):
    """Zeros of `shape` with every entry added at its position; attributes: (positions, shape)."""

    name = "spread"

    def shape(self, attributes: Attributes, shapes: list[Shape]) -> Shape:
        return attributes[1]  # type: ignore[no-any-return]

    def transpose(self, tape: Tape, instruction: Instruction, argument: int, cotangent: int) -> int:
        return tape.append(GATHER, (cotangent,), (instruction.attributes[0],))


GATHER = _Gather()
SPREAD = _Spread()
