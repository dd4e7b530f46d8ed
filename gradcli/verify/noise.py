"""What the rounding inside a function does to its values: the same program, every result moved by about an ulp.

A value can look exact and hold nothing, like `1 - cos(x)` at 1e-9, where it is 0 all around. Moving each
intermediate result by its own rounding shows how much of a value is rounding, whatever the derivative rules
say: stochastic arithmetic (J. Vignes, Math. Comput. Simulation 35 (1993) 233-261). What does not depend on the
inputs that move errs alike at all points, so directions are drawn from the bits of the inputs it depends on, not
from a generator; and so two points differ even where an operation on the way has absorbed their difference.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradcli.autodiff.primitive import Row, Ruled
from gradcli.autodiff.rows_arithmetic import NEGATE
from gradcli.autodiff.structural import CUMSUM, EINSUM, NORM, SUM
from gradcli.autodiff.tape import Tape
from gradcli.targets.arrays import operands
from gradcli.targets.template_values import template_value

Array = Any

SAMPLES = 2  #: moved programs; neighbouring points draw anew, so that few are enough
_EPSILON = float(np.finfo(np.float64).eps)
_ARITHMETIC = 0.5  # epsilons by which a result is moved, either way: arithmetic rounds once
_FUNCTION = 1.0  # other functions err by an ulp or so
_COARSE = 2.0**30  # operands above this may lie too far apart for a function to be seen
_UNRESOLVED = 2.0**46  # beyond it floats are too sparse for a row with orders: waves of sinc(x, n), besselj(n, x)
_RESOLVED = 2.0**-6  # change from one operand to the next, relative to the value, that is small
_MIX = tuple(map(np.uint64, (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0xD6E8FEB86659FD93, 0xA0761D6478BD642F)))


class Moved:
    """A way to compute a tape's instructions with every rounding redrawn; what `Plan.run` takes as `apply`.

    Args:
        tape: the program.
        sample: a number; other numbers draw other directions.
    """

    def __init__(self, tape: Tape, sample: int) -> None:
        self.tape = tape
        self._tags: dict[int, Array] = {}
        self.salt = (sample + 1) * 0x9E3779B97F4A7C15 % 2**64

    def __call__(self, i: int, kernel: Callable[[Sequence[Array]], Array], arguments: Sequence[Array]) -> Array:
        """The instruction's value at `arguments`, moved."""
        primitive = self.tape.instructions[i].primitive
        given = operands(self.tape.instructions[i])
        ranks = [len(self.tape.shape(a)) for a in given]
        moving = [np.ndim(a) > rank for a, rank in zip(arguments, ranks, strict=True)]
        if not any(moving):
            return kernel(arguments)  # errs alike at all points
        tag: Any = np.uint64(self.salt)
        for a, value, rank, odd in zip(given, arguments, ranks, itertools.cycle(_MIX), strict=False):
            if a not in self._tags:
                self._tags[a] = _whole(value, rank)
            tag = tag * _MIX[0] + (self._tags[a] ^ (self._tags[a] >> np.uint64(31))) * odd
        self._tags[i] = tag
        if isinstance(primitive, Row):
            if primitive.boolean or primitive.group == "choice" or primitive is NEGATE:
                return kernel(arguments)  # exact
            mixed = _mixed(tag, i, arguments, max(ranks))
            if primitive.group == "operators":
                return _moved(kernel(arguments), _ARITHMETIC, mixed)
            if primitive.group == "special":  # near their zeros these are as good as their arguments only
                arguments = [
                    _moved(a, _FUNCTION, _mixed(tag, i + k + 1, [a], rank))
                    for k, (a, rank) in enumerate(zip(arguments, ranks, strict=True))
                ]
            result = kernel(arguments)
            return _moved(result, _FUNCTION, mixed) + self._unseen(primitive, i, arguments, result, mixed)
        if primitive in (SUM, CUMSUM, EINSUM, NORM):  # partial sums round on the scale of the terms
            k = moving.index(True)
            terms = _moved(arguments[k], _ARITHMETIC, _mixed(tag, i, [arguments[k]], ranks[k]))
            return kernel([*arguments[:k], terms, *arguments[k + 1 :]])
        result = kernel(arguments)
        if isinstance(primitive, Ruled):
            return _moved(result, _FUNCTION, _mixed(tag, i, [result], len(self.tape.shape(i))))
        return result

    def _unseen(self, row: Row, i: int, operands: Sequence[Array], result: Array, mixed: Array) -> Array:
        """What a function does between operands as far apart as these, if nobody sees it: `sinpi` beyond 1e15.

        It is measured from the last point, which is the one differentiated at.
        """
        swing: Any = 0.0
        orders = self.tape.instructions[i].attributes
        for partial, operand in zip(row.partials, operands, strict=True):
            if partial is None or not np.any(np.abs(operand) >= _COARSE):
                continue
            if any(orders):
                swing = swing + np.where(np.abs(operand) >= _UNRESOLVED, np.inf, 0.0)
            slope = np.abs(template_value(row, partial, [*operands, result], orders))
            coarse = np.abs(operand) >= _COARSE
            unresolved = coarse & (slope * np.abs(operand) * _EPSILON > _RESOLVED * np.abs(result))
            apart = np.abs(operand) * _EPSILON
            if np.ndim(slope):
                slope, unresolved = np.maximum(slope, slope[-1:]), unresolved | unresolved[-1:]
            if np.ndim(operand):
                apart = np.maximum(apart, np.abs(operand - operand[-1:]))
            swing = swing + np.where(unresolved, slope * apart, 0.0)
        return np.copysign(swing, mixed.view(np.float64)) if np.any(swing) else 0.0


def _bits(values: Array) -> Array:
    return np.ascontiguousarray(values, dtype=np.float64).view(np.uint64).reshape(np.shape(values))


def _whole(values: Array, rank: int) -> Array:
    """One integer per point from all entries, which are on the last `rank` axes."""
    bits = _bits(values)
    return ((bits ^ (bits >> np.uint64(29))) * _MIX[1]).sum(axis=tuple(range(-rank, 0)), dtype=np.uint64)


def _mixed(tag: Array, i: int, operands: Sequence[Array], rank: int) -> Array:
    """An integer per entry from the point's tag and the bits of the operands; its highest bit is as good as drawn."""
    mixed: Any = np.reshape(tag, np.shape(tag) + (1,) * rank) * _MIX[2] + np.uint64(i * 0x165667B19E3779F9 % 2**64)
    for operand, odd in zip(operands, itertools.cycle(_MIX), strict=False):
        mixed = mixed + _bits(operand) * odd
    return np.asarray(mixed)


def _moved(values: Array, size: float, mixed: Array) -> Array:
    """The values, each moved by that many epsilons of itself, up or down."""
    return values + values * np.copysign(size * _EPSILON, mixed.view(np.float64))
