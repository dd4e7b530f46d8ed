"""Structural operations on NumPy arrays of any element type, acting on trailing axes.

The same kernels serve float64 arrays and object arrays of symbols or balls. Each takes the
instruction's attributes, the static shapes of its arguments, and the arrays, which may have
further axes in front.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradcli.autodiff import gathering, ruled, structural
from gradcli.autodiff.primitive import Attributes, Primitive, Shape
from gradcli.targets.kernels.normalised import others

A = Any
Kernel = Callable[[Attributes, Sequence[Shape], Sequence[A]], A]


def _lead(x: A, shape: Shape) -> tuple[int, ...]:
    """The axes in front of the static shape."""
    return x.shape[: x.ndim - len(shape)]  # type: ignore[no-any-return]


def _sum(attributes: Attributes, shapes: Sequence[Shape], values: Sequence[A]) -> A:
    return values[0].sum(axis=attributes[0])


def _broadcast(attributes: Attributes, shapes: Sequence[Shape], values: Sequence[A]) -> A:
    return np.broadcast_to(values[0], (*_lead(values[0], shapes[0]), *attributes[0]))


def _reshape(attributes: Attributes, shapes: Sequence[Shape], values: Sequence[A]) -> A:
    return values[0].reshape((*_lead(values[0], shapes[0]), *attributes[0]))


def _transpose(attributes: Attributes, shapes: Sequence[Shape], values: Sequence[A]) -> A:
    lead = values[0].ndim - len(shapes[0])
    return values[0].transpose((*range(lead), *(lead + k for k in attributes[0])))


def _key(parts: Sequence[Any]) -> tuple[Any, ...]:
    """Our parts as a NumPy index; a reversed slice that ends before 0 needs None, one that starts there is empty."""
    return (..., *(_slice(*p) if isinstance(p, tuple) else p for p in parts))


def _slice(start: int, stop: int, step: int) -> slice:
    return slice(0, 0) if start < 0 else slice(start, None if stop < 0 else stop, step)


def _index(attributes: Attributes, shapes: Sequence[Shape], values: Sequence[A]) -> A:
    result = values[0][_key(attributes[0])]
    return result if isinstance(result, np.ndarray) else np.asarray(result, dtype=values[0].dtype)


def _scatter(attributes: Attributes, shapes: Sequence[Shape], values: Sequence[A]) -> A:
    parts, shape = attributes
    result = np.zeros((*_lead(values[0], shapes[0]), *shape), dtype=values[0].dtype)
    result[_key(parts)] = values[0]
    return result


def _gather(attributes: Attributes, shapes: Sequence[Shape], values: Sequence[A]) -> A:
    lead = _lead(values[0], shapes[0])
    return values[0].reshape((*lead, math.prod(shapes[0])))[..., attributes[0].array]


def _spread(attributes: Attributes, shapes: Sequence[Shape], values: Sequence[A]) -> A:
    positions, shape = attributes
    lead = _lead(values[0], shapes[0])
    result = np.zeros((*lead, math.prod(shape)), dtype=values[0].dtype)
    if positions.distinct:
        result[..., positions.array] = values[0]
    else:
        at: A = (..., positions.array)
        np.add.at(result, at, values[0])
    return result.reshape((*lead, *shape))


def _concat(attributes: Attributes, shapes: Sequence[Shape], values: Sequence[A]) -> A:
    leads = [_lead(v, s) for v, s in zip(values, shapes, strict=True)]
    lead = np.broadcast_shapes(*leads)
    if any(found != lead for found in leads):
        values = [np.broadcast_to(v, (*lead, *s)) for v, s in zip(values, shapes, strict=True)]
    return np.concatenate(values, axis=attributes[0])


def _einsum(attributes: Attributes, shapes: Sequence[Shape], values: Sequence[A]) -> A:
    left, right, result = attributes
    if values[0].dtype == object or values[1].dtype == object:
        return _einsum_objects(left, right, result, values[0], values[1])
    return np.einsum(f"...{left},...{right}->...{result}", values[0], values[1], optimize=True)


def _einsum_objects(left: str, right: str, result: str, a: A, b: A) -> A:
    """The same for object arrays: axes aligned by letter, multiplied, summed."""
    letters = result + "".join(c for c in dict.fromkeys(left + right) if c not in result)

    def aligned(x: A, names: str) -> A:
        order = [names.index(c) for c in letters if c in names]
        shape = iter(x.transpose(order).shape)
        return x.transpose(order).reshape([next(shape) if c in names else 1 for c in letters])

    product = aligned(a, left) * aligned(b, right)
    axes = tuple(range(len(result), len(letters)))
    return np.asarray(product.sum(axis=axes), dtype=object) if axes else product


def _diagonal(attributes: Attributes, shapes: Sequence[Shape], values: Sequence[A]) -> A:
    return np.diagonal(values[0], axis1=-2, axis2=-1)


def _diagonal_matrix(attributes: Attributes, shapes: Sequence[Shape], values: Sequence[A]) -> A:
    n = shapes[0][-1]
    result = np.zeros((*values[0].shape, n), dtype=values[0].dtype)
    result[..., range(n), range(n)] = values[0]
    return result


def _triangle(attributes: Attributes, shapes: Sequence[Shape], values: Sequence[A]) -> A:
    offset, lower = attributes
    return np.tril(values[0], offset) if lower else np.triu(values[0], offset)


def _cumsum(attributes: Attributes, shapes: Sequence[Shape], values: Sequence[A]) -> A:
    axis, backward = attributes
    if backward:
        return np.flip(np.cumsum(np.flip(values[0], axis), axis=axis), axis)
    return np.cumsum(values[0], axis=axis)


def _order_statistic(attributes: Attributes, shapes: Sequence[Shape], values: Sequence[A]) -> A:
    (k,) = attributes
    x = values[0]
    n = x.shape[-1]
    if k == n - 1:
        return x.max(axis=-1)
    if k == 0:
        return x.min(axis=-1)
    ordered = np.partition(x, (k, n - 1), axis=-1)
    return np.where(np.isnan(ordered[..., -1]), np.nan, ordered[..., k])  # a NaN sorts last; it is not left out


def _norm(attributes: Attributes, shapes: Sequence[Shape], values: Sequence[A]) -> A:
    x = values[0]
    scale = np.abs(x).max(axis=-1, keepdims=True, initial=0.0)
    safe = np.where((scale > 0) & np.isfinite(scale), scale, 1.0)
    return np.sqrt(((x / safe) ** 2).sum(axis=-1)) * safe[..., 0]


def _others(attributes: Attributes, shapes: Sequence[Shape], values: Sequence[A]) -> A:
    return others(values[0])


def _stop(attributes: Attributes, shapes: Sequence[Shape], values: Sequence[A]) -> A:
    return values[0]


KERNELS: dict[Primitive, Kernel] = {
    structural.SUM: _sum,
    structural.BROADCAST: _broadcast,
    structural.RESHAPE: _reshape,
    structural.TRANSPOSE: _transpose,
    structural.INDEX: _index,
    structural.SCATTER: _scatter,
    gathering.GATHER: _gather,
    gathering.SPREAD: _spread,
    structural.CONCAT: _concat,
    structural.EINSUM: _einsum,
    structural.DIAGONAL: _diagonal,
    structural.DIAGONAL_MATRIX: _diagonal_matrix,
    structural.TRIANGLE: _triangle,
    structural.CUMSUM: _cumsum,
    structural.ORDER_STATISTIC: _order_statistic,
    structural.NORM: _norm,
    structural.STOP: _stop,
    ruled.OTHERS: _others,
    **dict.fromkeys(ruled.ALL, _stop),
}


def elements(shape: Shape) -> int:
    """Number of entries of a shape."""
    return math.prod(shape)
