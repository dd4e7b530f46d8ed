"""How NumPy's functions of arrays are said, one translation each: as a text of the language, or with one another.

A translation takes what NumPy's function takes, as far as a derivative can follow; an argument
it does not have is a TypeError that the caller turns into advice.
"""

from __future__ import annotations

import math
import operator
import string
from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.recording.numpy_compositions import COMPOSED
from gradcli.recording.numpy_decompositions import DECOMPOSITIONS
from gradcli.recording.numpy_linalg import LINEAR_ALGEBRA
from gradcli.recording.numpy_reductions import REDUCTIONS
from gradcli.recording.translation import (
    Translate,
    Translation,
    axis_option,
    in_order,
    names,
    permuted,
    reshaped,
    shape_of,
    whole,
)
from gradcli.recording.ufuncs import TEXTS


def _rearranged(function: Callable[..., Any]) -> Translate:
    """A function that orders axes: what it does to an array of shape (0, 1, 2, ...) is the order."""

    def translate(a: Any, *arguments: Any, **options: Any) -> Translation:
        axes = np.empty(tuple(range(len(shape_of(a)))), dtype=np.bool_)
        return Translation(permuted(function(axes, *arguments, **options).shape), (a,))

    return translate


def _raised_and_joined(rank: int, axis: int, shape: Callable[[tuple[int, ...]], tuple[int, ...]]) -> Translate:
    """`hstack` and its like: arrays brought to some rank, then joined."""

    def translate(tup: Any) -> Translation:
        operands = tuple(tup)
        shapes = [shape_of(a) for a in operands]
        raised = [reshaped(f"x{k}", s, shape(s) if len(s) < rank else s) for k, s in enumerate(shapes)]
        along = 0 if all(len(s) < 2 for s in shapes) and rank == 1 else axis
        return Translation(f"concat({', '.join(raised)}, axis={along})", operands)

    return translate


def _reshaping(function: Callable[..., Any]) -> Translate:
    """A function that gives the same entries in the same order another shape."""

    def translate(a: Any, *arguments: Any, **options: Any) -> Translation:
        have = shape_of(a)
        shape = function(np.broadcast_to(np.False_, have), *arguments, **options).shape
        return Translation(reshaped("x0", have, shape), (a,))

    return translate


def _flattened_pair(text: str) -> Translate:
    def translate(a: Any, b: Any) -> Translation:
        flat = [reshaped(f"x{k}", shape_of(x), (math.prod(shape_of(x)),)) for k, x in enumerate((a, b))]
        return Translation(text.format(*flat), (a, b))

    return translate


def _round(a: Any, decimals: int = 0) -> Translation:
    scale = 10.0 ** abs(decimals)
    there, back = ("*", "/") if decimals > 0 else ("/", "*")
    return Translation("round(x0)" if decimals == 0 else f"round(x0{there}{scale!r}){back}{scale!r}", (a,))


def _flip(m: Any, axis: Any = None) -> Translation:
    rank = len(shape_of(m))
    axes = range(rank) if axis is None else [axis] if np.ndim(axis) == 0 else axis
    turned = {k % rank for k in axes}
    parts = ["::-1" if k in turned else ":" for k in range(rank)]
    return Translation(f"x0[{', '.join(parts)}]" if rank else "x0", (m,))


def _broadcast_to(array: Any, shape: Any) -> Translation:
    to = (shape,) if np.ndim(shape) == 0 else tuple(shape)
    np.broadcast_to(np.False_, shape_of(array))
    return Translation(f"x0*ones({whole(to)})" if to else "x0", (array,))


def _elementwise(text: str) -> Translate:
    def translate(*operands: Any) -> Translation:
        if f"x{len(operands) - 1}" not in text or f"x{len(operands)}" in text:
            raise TypeError(f"{len(operands)} arguments")
        return Translation(text, operands)

    return translate


def _reshape(a: Any, shape: Any = None, order: str = "C", *, newshape: Any = None) -> Translation:
    have = shape_of(a)
    to = np.reshape(np.broadcast_to(np.False_, have), newshape if shape is None else shape).shape
    return Translation(in_order("x0", have, to, order), (a,))


def _ravel(a: Any, order: str = "C") -> Translation:
    return Translation(in_order("x0", shape_of(a), (math.prod(shape_of(a)),), order), (a,))


def _at_least(function: Callable[..., Any]) -> Translate:
    def translate(*arrays: Any) -> Any:
        shapes = [function(np.broadcast_to(np.False_, shape_of(a))).shape for a in arrays]
        found = [np.reshape(a, shape) for a, shape in zip(arrays, shapes, strict=True)]
        return found[0] if len(found) == 1 else type(function(0.0, 0.0))(found)

    return translate


def _concatenate(arrays: Any, axis: int | None = 0) -> Any:
    operands = tuple(arrays)
    if axis is None:
        return np.concatenate([np.ravel(a) for a in operands])
    return Translation(f"concat({names(len(operands))}{axis_option(axis)})", operands)


def _stack(arrays: Any, axis: int = 0) -> Translation:
    operands = tuple(arrays)
    return Translation(f"stack({names(len(operands))}{axis_option(axis)})", operands)


def _einsum(*arguments: Any, optimize: Any = False) -> Translation:
    if isinstance(arguments[0], str):
        return Translation(f'einsum("{arguments[0]}", {names(len(arguments) - 1)})', tuple(arguments[1:]))
    operands, axes = tuple(arguments[:-1:2]), arguments[1::2]
    result = arguments[-1] if len(arguments) % 2 else None
    if any(Ellipsis in part for part in (*axes, result or [])):
        raise TypeError("an ellipsis in a list of axes")
    written = ",".join(_letters(part) for part in axes) + ("" if result is None else f"->{_letters(result)}")
    return Translation(f'einsum("{written}", {names(len(operands))})', operands)


def _letters(axes: Any) -> str:
    return "".join((string.ascii_lowercase + string.ascii_uppercase)[operator.index(k)] for k in axes)


def _clip(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Translation:
    low, high = a_min if min is None else min, a_max if max is None else max
    if low is None and high is None:
        return Translation("x0", (a,))
    if low is None or high is None:
        text = "maximum(x0, x1)" if high is None else "minimum(x0, x1)"
        return Translation(text, (a, low if high is None else high))
    return Translation("clip(x0, x1, x2)", (a, low, high))


def _table() -> dict[Any, Translate]:
    found: dict[Any, Translate] = {
        function: _elementwise(text) for function, text in TEXTS.items() if not isinstance(function, np.ufunc)
    }
    orders = ("transpose", "permute_dims", "swapaxes", "moveaxis", "rollaxis")
    found |= {function: _rearranged(function) for function in (getattr(np, n) for n in orders if hasattr(np, n))}
    found |= {function: _at_least(function) for function in (np.atleast_1d, np.atleast_2d, np.atleast_3d)}
    found |= {function: _reshaping(function) for function in (np.squeeze, np.expand_dims)}
    return (
        found
        | REDUCTIONS
        | LINEAR_ALGEBRA
        | DECOMPOSITIONS
        | COMPOSED
        | {
            np.reshape: _reshape,
            np.ravel: _ravel,
            np.concatenate: _concatenate,
            np.stack: _stack,
            np.hstack: _raised_and_joined(1, 1, lambda s: (1, *s)),
            np.vstack: _raised_and_joined(2, 0, lambda s: (1, *s) if s else (1, 1)),
            np.column_stack: _raised_and_joined(2, 1, lambda s: (*s, 1) if s else (1, 1)),
            np.vdot: _flattened_pair("{0} @ {1}"),
            np.outer: _flattened_pair("outer({0}, {1})"),
            np.einsum: _einsum,
            np.clip: _clip,
            np.round: _round,
            np.around: _round,
            np.flip: _flip,
            np.broadcast_to: _broadcast_to,
            np.copy: _elementwise("x0"),
            np.real: _elementwise("x0"),
        }
    )


#: How each NumPy function of arrays is said; a method of a universal function stands there as (ufunc, method).
TRANSLATIONS: dict[Any, Translate] = _table()

#: Functions whose value no derivative passes through (positions, truths, sizes, fresh arrays).
WITHOUT_PATH: frozenset[Callable[..., Any]] = frozenset(
    getattr(np, name)
    for name in [
        "all", "allclose", "any", "argmax", "argmin", "argpartition", "argsort", "argwhere", "array2string",
        "array_equal", "array_equiv", "array_repr", "array_str", "can_cast", "common_type", "count_nonzero",
        "angle", "diag_indices_from", "digitize", "empty_like", "flatnonzero", "imag", "isclose", "iscomplex",
        "iscomplexobj", "isin", "isneginf", "isposinf", "isreal", "isrealobj", "lexsort", "may_share_memory",
        "min_scalar_type", "nanargmax",
        "nanargmin", "ndim", "nonzero", "ones_like", "result_type", "save", "savetxt", "savez", "savez_compressed",
        "searchsorted", "shape", "shares_memory", "size", "tril_indices_from", "triu_indices_from", "zeros_like",
    ]
) | {np.linalg.matrix_rank}  # fmt: skip
