"""Structural operations on object arrays of balls: the shared kernels, and own ones where order or size decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradcli.autodiff import structural
from gradcli.autodiff.primitive import Attributes, Primitive, Shape
from gradcli.targets.array_shapes import KERNELS
from gradcli.targets.ball_kernels import sqrt
from gradcli.targets.ball_series import (
    Ball,
    KinkError,
    UndecidedError,
    UnknownError,
    at_rest,
    centre,
    side,
)

A = Any
#: Arguments as arrays to an array; `zero` is the number 0 in the form the walk uses.
ArrayKernel = Callable[[Sequence[A], Ball], A]


def array(value: A) -> A:
    """An object array, also around a single ball (which NumPy would take for a sequence)."""
    if isinstance(value, np.ndarray):
        return value
    boxed = np.empty((), dtype=object)
    boxed[()] = value
    return boxed


def structural_kernel(
    primitive: Primitive,
    attributes: Attributes,
    shapes: Sequence[Shape],
    shape: Shape,
    guard: Callable[[Callable[..., Ball]], Callable[..., Ball]],
) -> ArrayKernel | None:
    """The kernel of a structural operation over balls, or None if there is none.

    Args:
        primitive, attributes: the operation.
        shapes: static shapes of its arguments.
        shape: static shape of its result.
        guard: makes a function of balls answer with a NaN, and note why, where it would raise.
    """
    if primitive is structural.ORDER_STATISTIC or primitive is structural.NORM:
        reduce = guard(norm if primitive is structural.NORM else lambda *x: order_statistic(x, attributes[0]))

        def along_last(values: Sequence[A], zero: Ball) -> A:
            rows = values[0].reshape(-1, shapes[0][-1])
            result = np.empty(len(rows), dtype=object)
            for i, row in enumerate(rows):
                result[i] = reduce(*row) if len(row) else zero
            return result.reshape(shape)

        return along_last
    if primitive is structural.EINSUM:
        return lambda values, zero: einsum(attributes, *values) if all(v.size for v in values) else _full(shape, zero)
    kernel = KERNELS.get(primitive)
    if kernel is None:
        return None
    filled = primitive in (structural.SCATTER, structural.DIAGONAL_MATRIX)

    def apply(values: Sequence[A], zero: Ball) -> A:
        if any(not v.size for v in values):
            return _full(shape, zero)
        result = array(kernel(attributes, shapes, values))
        if filled:  # NumPy fills an object array with the integer 0
            holes = np.frompyfunc(lambda u: isinstance(u, int), 1, 1)(result).astype(bool)
            result[holes] = array(zero)
        return result

    return apply


def _full(shape: Shape, zero: Ball) -> A:
    result = np.empty(shape, dtype=object)
    result.fill(zero)
    return result


def einsum(attributes: Attributes, a: A, b: A) -> A:
    """Two-operand einsum of any objects that multiply and add: axes aligned by letter, multiplied, summed."""
    left, right, result = attributes
    letters = result + "".join(c for c in dict.fromkeys(left + right) if c not in result)

    def aligned(x: A, names: str) -> A:
        moved = x.transpose([names.index(c) for c in letters if c in names])
        sizes = iter(moved.shape)
        return moved.reshape([next(sizes) if c in names else 1 for c in letters])

    product = aligned(a, left) * aligned(b, right)
    return array(product.sum(axis=tuple(range(len(result), len(letters)))))


def norm(*x: Ball) -> Ball:
    """Euclidean norm; exactly at 0 it has no derivative, unless nothing moves."""
    total = x[0] * x[0]
    for u in x[1:]:
        total = total + u * u
    if centre(total).is_zero() and not at_rest(total):
        if all(side(u, "norm at 0") == 0 for u in x):
            return total
        raise KinkError("norm at 0")
    return sqrt(total)


def order_statistic(x: Sequence[Ball], k: int) -> Ball:
    """The k-th smallest, proved by comparing it with all the others; a tie counts only if it does not matter."""
    middle = [centre(u).mid() for u in x]
    if any(m.is_nan() for m in middle):
        raise UnknownError
    chosen = x[sorted(range(len(x)), key=middle.__getitem__)[k]]
    sides = [side(u - chosen, "order of entries at a tie") for u in x if u is not chosen]
    if not sides.count(-1) <= k < len(x) - sides.count(1):
        raise UndecidedError("order of entries")
    return chosen
