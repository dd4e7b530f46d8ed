"""Which variables a quantity depends on, and which pairs of them meet in something curved.

A walk over bit masks instead of balls. What it leaves out is exactly 0: a first derivative by a variable that
is not in an output's mask, a second one by two variables that never meet. It reads no partial, so that a
wrong one cannot hide an entry from the witness.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from gradcli.autodiff import structural
from gradcli.autodiff.primitive import Row
from gradcli.autodiff.tape import Instruction, Tape
from gradcli.targets.array_shapes import KERNELS
from gradcli.targets.balls.arrays import array, einsum
from gradcli.targets.balls.kernels import CURVED, LINEAR, PRODUCT, QUOTIENT, Kernel
from gradcli.targets.balls.program import OutOfTimeError

A = Any
_MEETINGS = 256  #: meetings between two looks at the clock
_MOST_SEEN = 20_000  #: meetings that are remembered: masks of many variables take memory
Masks = Any  #: object array of int bit masks, one per entry


class Meetings:
    """Pairs of variables that meet in a product or a curved function; `partners[i]` is the mask of those of i.

    Args:
        deadline: `time.monotonic()` at which the search ends.
        wanted: whether pairs are noted at all.

    Attributes:
        wanted: the same.
    """

    def __init__(self, deadline: float, wanted: bool = True) -> None:
        self.partners: dict[int, int] = {}
        self._deadline = deadline
        self.wanted = wanted
        self._seen: set[tuple[int, int]] = set()
        self._clique = 0  # of these variables each has met every other
        self._met = 0

    def meet(self, a: int, b: int) -> None:
        """Every variable of `a` meets every variable of `b`.

        Raises:
            OutOfTimeError: at the deadline.
        """
        self._met += 1
        if self._met % _MEETINGS == 0 and time.monotonic() > self._deadline:
            raise OutOfTimeError
        if not self.wanted or not a or not b or not (a | b) & ~self._clique or (a, b) in self._seen:
            return
        if len(self._seen) < _MOST_SEEN:
            self._seen.add((a, b))
        if a == b and a.bit_count() > self._clique.bit_count():
            self._clique = a
        for mine, others in ((a, b), (b, a)):
            for i in bits(mine):
                self.partners[i] = self.partners.get(i, 0) | others

    def elementwise(self, dependence: str, masks: tuple[int, ...]) -> int:
        """Mask of the result of a kernel applied to entries with these masks."""
        union = 0
        for mask in masks:
            union |= mask
        if dependence == CURVED:
            self.meet(union, union)
        elif dependence == PRODUCT:
            self.meet(*masks)
        elif dependence == QUOTIENT:
            self.meet(masks[1], union)
        return union


def bits(mask: int) -> list[int]:
    """Positions of the bits that are set."""
    return [k for k, bit in enumerate(reversed(f"{mask:b}")) if bit == "1"]


class _Mask:
    """A mask that einsum's kernel can multiply and add."""

    __slots__ = ("mask", "meetings")

    def __init__(self, mask: int, meetings: Meetings) -> None:
        self.mask, self.meetings = mask, meetings

    def __mul__(self, other: _Mask) -> _Mask:
        self.meetings.meet(self.mask, other.mask)
        return _Mask(self.mask | other.mask, self.meetings)

    def __add__(self, other: _Mask) -> _Mask:
        return _Mask(self.mask | other.mask, self.meetings)


def supports(
    tape: Tape,
    order: list[int],
    kernels: Mapping[int, Kernel | None],
    leaves: Mapping[int, int | None],
    meetings: Meetings,
) -> dict[int, Masks]:
    """Masks of every entry of every instruction.

    Args:
        tape, order: the instructions to walk, in order.
        kernels: of the elementwise ones.
        leaves: what is given: first bit of a source, whose entries have consecutive bits; None for others.
        meetings: filled with what meets.

    Returns:
        For each instruction an int (scalar programs) or an object array of ints in its shape.
    """
    scalar = all(tape.shape(i) == () for i in order)
    found: dict[int, Masks] = {}
    for i in order:
        instruction = tape.instructions[i]
        if i in leaves:
            first = leaves[i]
            size = math.prod(instruction.shape)
            masks = [0 if first is None else 1 << (first + k) for k in range(size)]
            found[i] = masks[0] if scalar else np.array(masks, dtype=object).reshape(instruction.shape)
            continue
        arguments = [found[a] for a in instruction.arguments]
        kernel = kernels.get(i)
        if scalar:
            cut = not isinstance(instruction.primitive, Row)
            found[i] = 0 if cut else meetings.elementwise(kernel.dependence if kernel else CURVED, tuple(arguments))
        elif not any(a.any() for a in arguments):
            found[i] = np.zeros(instruction.shape, dtype=object)
        else:
            found[i] = _array_masks(tape, instruction, kernel, arguments, meetings)
    return found


def _array_masks(
    tape: Tape, instruction: Instruction, kernel: Kernel | None, arguments: list[A], meetings: Meetings
) -> Masks:
    primitive, attributes = instruction.primitive, instruction.attributes
    if isinstance(primitive, Row):
        dependence = kernel.dependence if kernel else CURVED
        join = np.frompyfunc(lambda *masks: meetings.elementwise(dependence, masks), len(arguments), 1)
        return array(join(*arguments))
    if primitive is structural.STOP:
        return np.zeros(instruction.shape, dtype=object)
    if primitive is structural.SUM:
        return array(np.bitwise_or.reduce(arguments[0], axis=attributes[0]))
    if primitive is structural.CUMSUM:
        axis, backward = attributes
        flip: Callable[[A], A] = (lambda x: np.flip(x, axis)) if backward else (lambda x: x)
        return flip(np.bitwise_or.accumulate(flip(arguments[0]), axis=axis))
    if primitive in (structural.ORDER_STATISTIC, structural.NORM):
        union = np.bitwise_or.reduce(arguments[0], axis=-1)
        dependence = CURVED if primitive is structural.NORM else LINEAR
        return array(np.frompyfunc(lambda mask: meetings.elementwise(dependence, (mask,)), 1, 1)(union))
    shapes = [tape.shape(a) for a in instruction.arguments]
    kernel_of_shape = KERNELS.get(primitive)
    if kernel_of_shape is None:
        everything = 0
        for a in arguments:
            everything |= int(np.bitwise_or.reduce(a, axis=None))
        meetings.meet(everything, everything)
        result = np.empty(instruction.shape, dtype=object)
        result.fill(everything)
        return result
    if primitive is structural.EINSUM and not meetings.wanted:
        return _union_of_product(attributes, *arguments)
    if primitive is structural.EINSUM:
        wrap = np.frompyfunc(lambda mask: _Mask(mask, meetings), 1, 1)
        product = einsum(attributes, *(array(wrap(a)) for a in arguments))
        return array(np.frompyfunc(lambda found: found.mask, 1, 1)(product))
    return array(kernel_of_shape(attributes, shapes, arguments))


def _union_of_product(attributes: Any, a: A, b: A) -> Masks:
    """Masks of an einsum where no meeting is noted: what a sum of products depends on needs no products."""
    *operands, result = attributes
    total: A = np.zeros((), dtype=object)
    for letters, masks in zip(operands, (a, b), strict=True):
        summed = tuple(k for k, letter in enumerate(letters) if letter not in result)
        union = array(np.bitwise_or.reduce(masks, axis=summed, initial=0)) if summed else masks
        kept = [letter for letter in letters if letter in result]
        moved = union.transpose([kept.index(letter) for letter in result if letter in kept])
        sizes = iter(moved.shape)
        total = total | moved.reshape([next(sizes) if letter in kept else 1 for letter in result])
    return array(total)
