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
from gradcli.targets.arrays import numpy_kernel, operands
from gradcli.targets.template_values import template_steps, template_value

Array = Any

SAMPLES = 2  #: moved programs; neighbouring points draw anew, so that few are enough
_EPSILON = float(np.finfo(np.float64).eps)
_ARITHMETIC = 0.5  # epsilons by which a result is moved, either way: arithmetic rounds once
_FUNCTION = 1.0  # other functions err by an ulp or so
_COARSE = 2.0**20  # operands from which on floats may be too sparse for a function's slope
_SPARSE = 2.0**46  # beyond it floats are too sparse for a row with orders: waves of sinc(x, n), besselj(n, x)
_TURNS = 2.0  # times its own change that a function's mean slope may be off, on the way to a point that sees it
_SEEN = 16.0  # epsilons of a function's values that their change may lack
_NEAR = (9.7e-7, 3.6e-7, 1.1e-7)  # of an argument: steps over which a function's values are asked for its slope,
_STEADY, _OFF = 0.05, 0.3  # which they tell if all agree so well; a rule so far off is contradicted
_SMALLEST_NORMAL, _SPACING = 2.0**-1022, 2.0**-1074
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
        self.watch = sample == 0  # once is enough for what does not depend on the directions drawn
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
                return _underflowed(_moved(kernel(arguments), _ARITHMETIC, mixed), arguments, mixed)
            if primitive.group == "special":  # near their zeros these are as good as their arguments only
                arguments = [  # a number beside an array is moved at every point on its own, and fits the array still
                    _moved(a, _FUNCTION, _mixed(tag, i + k + 1, [a], max(ranks))) for k, a in enumerate(arguments)
                ]
            result = kernel(arguments)
            moved = _moved(result, _FUNCTION, mixed)
            if not self.watch:
                return moved
            orders = self.tape.instructions[i].attributes
            return np.where(_unseen(primitive, arguments, moving, orders, result), np.nan, moved)
        if primitive in (SUM, CUMSUM, EINSUM, NORM):  # partial sums round on the scale of the terms
            k = moving.index(True)
            terms = _moved(arguments[k], _ARITHMETIC, _mixed(tag, i, [arguments[k]], ranks[k]))
            return kernel([*arguments[:k], terms, *arguments[k + 1 :]])
        result = kernel(arguments)
        if isinstance(primitive, Ruled):
            return _moved(result, _FUNCTION, _mixed(tag, i, [result], len(self.tape.shape(i))))
        return result


def _unseen(
    row: Row, operands: Sequence[Array], moving: Sequence[bool], orders: Sequence[int], result: Array, deep: bool = True
) -> Array:
    """Where a function has turned so often between the last point and this one that its values do not show it.

    The last point is the one differentiated at. A function that bends no more than once on the way changes by about
    as much as its mean slope says; one whose waves are narrower (`sinpi` beyond 1e15, `cos(x)` at steps of 100)
    changes by far less. What it adds to f may be less than f's own rounding, and what it adds to the slope is not.

    Args:
        row: the function.
        operands, moving: its arguments, and which of them have an axis of points in front.
        orders: its integers.
        result: its values.
        deep: whether the slope is looked at too: that of `fresnels` is itself a wave that floats miss.
    """
    change, expected, lost = result - result[-1:], 0.0, np.False_
    for k, (partial, operand, odd) in enumerate(zip(row.partials, operands, moving, strict=True)):
        if partial is None or not odd:
            continue
        coarse = np.abs(operand) >= _COARSE
        if any(orders):
            lost = lost | (np.abs(operand) >= _SPARSE)
        slope = np.broadcast_to(template_value(row, partial, [*operands, result], orders), result.shape)
        slope = np.where(np.isinf(slope), np.nan, slope)  # an edge, where a mean slope says nothing
        if _contradicted(
            row, k, [o[-1:] if m else o for o, m in zip(operands, moving, strict=True)], orders, slope[-1:]
        ):
            return np.False_
        expected = expected + (slope + slope[-1:]) * ((operand - operand[-1:]) / 2.0)
        if deep and np.any(coarse):
            for inner, given, value in template_steps(row, partial, [*operands, result], orders):
                if inner.group != "operators" and not inner.orders and np.shape(value) == np.shape(result):
                    swept = [np.shape(g) == np.shape(result) for g in given]
                    lost = lost | (coarse & _unseen(inner, given, swept, (), value, deep=False))
    size = np.maximum(np.abs(result), np.abs(result[-1:]))
    with np.errstate(invalid="ignore"):
        seen = np.abs(change) + _SEEN * (_EPSILON * size + _SPACING)
        return lost | (np.abs(change - expected) > _TURNS * seen)


def _contradicted(row: Row, k: int, operands: Sequence[Array], orders: Sequence[int], slope: Array) -> bool:
    """Whether a function's own values tell its slope in an argument, and another one than its rule: nothing is hidden.

    A rule that is wrong must not silence the witness that is to find it out.
    """
    kernel = numpy_kernel(row)
    size = np.where(operands[k] == 0.0, 1.0, np.abs(operands[k]))
    quotients = []
    with np.errstate(all="ignore"):
        for part in _NEAR:
            sides = [
                kernel(*operands[:k], operands[k] + sign * part * size, *operands[k + 1 :], *orders) for sign in (1, -1)
            ]
            quotients.append((sides[0] - sides[1]) / (2.0 * part * size))
        near = quotients[-1]
        told = near != 0.0
        for other in quotients[:-1]:
            told = told & (np.abs(other - near) <= _STEADY * np.abs(near))
        return bool(np.any(told & (np.abs(slope - near) > _OFF * np.abs(near))))


def _underflowed(values: Array, operands: Sequence[Array], mixed: Array) -> Array:
    """What is below the normal numbers, moved by their spacing: `x*x` at 1e-200 is no 0 that a root may believe."""
    small = np.abs(values) < _SMALLEST_NORMAL
    if not np.any(small):
        return values
    for operand in operands:
        small = small & (operand != 0.0)
    return np.where(small, values + np.copysign(_SPACING, mixed.view(np.float64)), values)


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
