"""What the rounding inside a function does to its values: the same program, every result moved by about an ulp.

A value can look exact and hold nothing, like `1 - cos(x)` at 1e-9, where it is 0 all around. Moving each
intermediate result by its own rounding shows how much of a value is rounding, whatever the derivative rules
say: stochastic arithmetic (J. Vignes, Math. Comput. Simulation 35 (1993) 233-261). Real rounding is
the same whenever the operands are, so directions are drawn from the operands' bits, not from a generator.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradcli.autodiff.primitive import Row
from gradcli.autodiff.rows_arithmetic import NEGATE
from gradcli.autodiff.structural import CUMSUM, EINSUM, NORM, SUM
from gradcli.autodiff.tape import Tape
from gradcli.targets.template_values import template_value

Array = Any

SAMPLES = 2  #: moved programs; neighbouring points draw anew, so that few are enough
_EPSILON = float(np.finfo(np.float64).eps)
_ARITHMETIC = 0.5  # epsilons by which a result is moved, either way: arithmetic rounds once
_FUNCTION = 1.0  # other functions err by an ulp or so
_COARSE = 2.0**30  # operands above this may lie too far apart for a function to be seen
_RESOLVED = 2.0**-6  # change from one operand to the next, relative to the value, that is small
_MIX = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9)  # odd and without pattern


class Moved:
    """A way to compute a tape's instructions with every rounding redrawn; what `Plan.run` takes as `apply`.

    Args:
        tape: the program.
        sample: a number; other numbers draw other directions.
    """

    def __init__(self, tape: Tape, sample: int) -> None:
        self.tape = tape
        self.salt = (sample + 1) * 0x9E3779B97F4A7C15 % 2**64

    def __call__(self, i: int, kernel: Callable[[Sequence[Array]], Array], arguments: Sequence[Array]) -> Array:
        """The instruction's value at `arguments`, moved."""
        primitive = self.tape.instructions[i].primitive
        if isinstance(primitive, Row):
            if primitive.boolean or primitive.group == "choice" or primitive is NEGATE:
                return kernel(arguments)  # exact
            if primitive.group == "operators":
                return kernel(arguments) * self._factors(_ARITHMETIC, i, arguments)
            if primitive.group == "special":  # near their zeros these are as good as their arguments only
                arguments = [a * self._factors(_FUNCTION, i + k, [a]) for k, a in enumerate(arguments)]
            result = kernel(arguments)
            return result * self._factors(_FUNCTION, i, arguments) + self._unseen(primitive, i, arguments, result)
        if primitive in (SUM, CUMSUM, EINSUM, NORM):  # partial sums round on the scale of the terms
            shapes = [self.tape.shape(a) for a in self.tape.instructions[i].arguments]
            point = sum(_whole(_bits(a), len(shape)) for a, shape in zip(arguments, shapes, strict=True))
            first, rank = arguments[0], len(shapes[0])
            here = np.reshape(point, np.shape(point) + (1,) * rank)
            return kernel([first * self._factors(_ARITHMETIC, i, [first, here]), *arguments[1:]])
        return kernel(arguments)

    def _unseen(self, row: Row, i: int, operands: Sequence[Array], result: Array) -> Array:
        """What a function does between neighbouring operands, where that is not small: `sinpi` beyond 1e15."""
        swing: Any = 0.0
        if any(self.tape.instructions[i].attributes):
            return swing
        for partial, operand in zip(row.partials, operands, strict=True):
            if partial is None or not np.any(np.abs(operand) >= _COARSE):
                continue
            moved = np.abs(operand * template_value(row, partial, [*operands, result])) * _EPSILON
            swing = swing + np.where(moved > _RESOLVED * np.abs(result), moved, 0.0)
        return swing * self._signs(i, operands) if np.any(swing) else 0.0

    def _factors(self, size: float, i: int, operands: Sequence[Array]) -> Array:
        """1 + size·epsilon or 1 - size·epsilon per entry."""
        return 1.0 + size * _EPSILON * self._signs(i, operands)

    def _signs(self, i: int, operands: Sequence[Array]) -> Array:
        """1 or -1 per entry, as the bits of the operands say."""
        mixed: Any = np.uint64((self.salt + i * _MIX[2]) % 2**64)
        with np.errstate(over="ignore"):
            for operand in operands:
                mixed = (mixed ^ _bits(operand)) * np.uint64(_MIX[0])
                mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(_MIX[1])
        return np.where(mixed >> np.uint64(63), 1.0, -1.0)


def _bits(operand: Array) -> Array:
    """The float64s as integers; integers as they are."""
    array = np.asarray(operand)
    return array if array.dtype == np.uint64 else np.ascontiguousarray(array).view(np.uint64).reshape(array.shape)


def _whole(bits: Array, rank: int) -> Array:
    """One integer per point from all entries of the last `rank` axes."""
    with np.errstate(over="ignore"):
        spread = bits * np.uint64(_MIX[0])
        spread = (spread ^ (spread >> np.uint64(29))) * np.uint64(_MIX[1])
        return spread.sum(axis=tuple(range(-rank, 0)), dtype=np.uint64)
