"""Operations on object arrays of balls: the shared structural kernels, and own ones where order or size decides.

Along a direction often few entries of an array move. What is costly (elementwise functions, products) is
then computed for those alone; the others keep the values they have at rest.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from gradcli.autodiff import ruled, structural
from gradcli.autodiff.primitive import Attributes, Primitive, Shape
from gradcli.targets.array_shapes import KERNELS
from gradcli.targets.balls import matrices
from gradcli.targets.balls.kernels import sqrt
from gradcli.targets.balls.series import (
    Ball,
    KinkError,
    UndecidedError,
    UnknownError,
    at_rest,
    centre,
    side,
)

A = Any
_PRODUCTS = 100_000  #: products of objects that stand side by side


class Frame(NamedTuple):
    """Where an array operation is done: the number 0 in the walk's form, which entries of the result move, and the
    result at rest. `moved` is None where everything is to be computed."""

    zero: Ball
    moved: A | None = None
    rest: A | None = None


#: Arguments as arrays, and the frame, to an array.
ArrayKernel = Callable[[Sequence[A], Frame], A]


def array(value: A) -> A:
    """An object array, also around a single ball (which NumPy would take for a sequence)."""
    if isinstance(value, np.ndarray):
        return value
    boxed = np.empty((), dtype=object)
    boxed[()] = value
    return boxed


def elementwise(function: Callable[..., Ball], count: int) -> ArrayKernel:
    """The kernel of a function of `count` balls, entry by entry with broadcasting."""
    on_objects = np.frompyfunc(function, count, 1)

    def apply(values: Sequence[A], frame: Frame) -> A:
        if frame.moved is None or frame.rest is None:
            return array(on_objects(*values))
        result = frame.rest.copy()
        result[frame.moved] = on_objects(*(np.broadcast_to(v, result.shape)[frame.moved] for v in values))
        return result

    return apply


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

        def along_last(values: Sequence[A], frame: Frame) -> A:
            rows = values[0].reshape(-1, shapes[0][-1])
            result = np.empty(len(rows), dtype=object)
            for i, row in enumerate(rows):
                result[i] = reduce(*row) if len(row) else frame.zero
            return result.reshape(shape)

        return along_last
    if primitive is structural.EINSUM:
        return lambda values, frame: _product(attributes, values, shape, frame)
    if primitive in matrices.KERNELS:
        return _whole(lambda values, zero: matrices.KERNELS[primitive](attributes, values, zero), shape, guard)
    kernel = KERNELS.get(primitive)
    if kernel is None:
        return None
    filled = primitive in (ruled.OTHERS, structural.SCATTER, structural.DIAGONAL_MATRIX, structural.TRIANGLE)

    def apply(values: Sequence[A], frame: Frame) -> A:
        if any(not v.size for v in values):
            return _full(shape, frame.zero)
        result = array(kernel(attributes, shapes, values))
        if filled:  # NumPy fills an object array with the integer 0
            holes = np.frompyfunc(lambda u: isinstance(u, int), 1, 1)(result).astype(bool)
            result[holes] = array(frame.zero)
        return result

    return apply


def _whole(
    kernel: Callable[[Sequence[A], Ball], A], shape: Shape, guard: Callable[[Callable[..., Ball]], Callable[..., Ball]]
) -> ArrayKernel:
    """A kernel that gives all entries together, or none of them."""

    def apply(values: Sequence[A], frame: Frame) -> A:
        found: list[A] = []

        def compute() -> Ball:
            found.append(kernel(values, frame.zero))
            return frame.zero

        nothing = guard(compute)()
        return found[0] if found else _full(shape, nothing)

    return apply


def _full(shape: Shape, zero: Ball) -> A:
    result = np.empty(shape, dtype=object)
    result.fill(zero)
    return result


def _product(attributes: Attributes, values: Sequence[A], shape: Shape, frame: Frame) -> A:
    """An einsum, of which only the block that holds all moving entries is computed."""
    if not all(v.size for v in values):
        return _full(shape, frame.zero)
    if frame.moved is None or frame.rest is None:
        return einsum(attributes, *values)
    left, right, letters = attributes
    axes = range(len(letters))
    block = [np.flatnonzero(frame.moved.any(axis=tuple(b for b in axes if b != a))) for a in axes]
    chosen = dict(zip(letters, block, strict=True))
    parts = []
    for value, names in zip(values, (left, right), strict=True):
        for axis, letter in enumerate(names):
            if letter in chosen:
                value = np.take(value, chosen[letter], axis=axis)
        parts.append(value)
    result = frame.rest.copy()
    result[np.ix_(*block)] = einsum(attributes, *parts)
    return result


def einsum(attributes: Attributes, a: A, b: A) -> A:
    """Two-operand einsum of any objects that multiply and add: axes aligned by letter, multiplied, summed.

    All products stand side by side before they are added, so a large one is done in pieces of its longest axis.
    """
    left, right, result = attributes
    letters = result + "".join(c for c in dict.fromkeys(left + right) if c not in result)
    sizes = dict(zip(left, a.shape, strict=True)) | dict(zip(right, b.shape, strict=True))
    work = math.prod(sizes.values())
    if work <= _PRODUCTS:
        return _outer(left, right, result, letters, a, b)
    longest = max(letters, key=sizes.__getitem__)
    step = max(1, sizes[longest] * _PRODUCTS // work)
    pieces = []
    for start in range(0, sizes[longest], step):
        parts = []
        for value, names in ((a, left), (b, right)):
            cut = slice(start, start + step)
            parts.append(value[tuple(cut if c == longest else slice(None) for c in names)])
        pieces.append(_outer(left, right, result, letters, *parts))
    if longest in result:
        return np.concatenate(pieces, axis=result.index(longest))
    total = pieces[0]
    for piece in pieces[1:]:
        total = array(total + piece)
    return total


def _outer(left: str, right: str, result: str, letters: str, a: A, b: A) -> A:
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
