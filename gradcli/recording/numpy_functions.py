"""NumPy's functions of arrays read as texts of the language, one translation each.

A translation takes what NumPy's function takes, as far as a derivative can follow; an argument
it does not have is a TypeError that the caller turns into advice.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradcli.recording.translation import (
    Translation,
    axis_option,
    entries,
    kept_dimensions,
    names,
    permuted,
    reshaped,
    shape_of,
    tensor_product,
    whole,
)
from gradcli.recording.ufuncs import TEXTS

Translate = Callable[..., Translation]


def _reduction(text: str) -> Translate:
    """A reduction whose text has {0} where the axis goes."""

    def translate(a: Any, axis: Any = None, *, keepdims: bool = False) -> Translation:
        if isinstance(axis, tuple) and not axis:
            raise TypeError("axis=() reduces nothing")
        written = text.format(axis_option(axis))
        return Translation(kept_dimensions(written, shape_of(a), axis) if keepdims else written, (a,))

    return translate


def _spread(function: str) -> Translate:
    """Variance or standard deviation, with NumPy's `ddof`."""

    def translate(a: Any, axis: Any = None, *, ddof: float = 0, keepdims: bool = False) -> Translation:
        n = entries(shape_of(a), axis)
        factor = 1.0 if ddof == 0 else n / (n - ddof) if n != ddof else math.inf
        factor = factor if function == "var" else math.sqrt(factor) if factor >= 0 else math.nan
        if not math.isfinite(factor):
            raise TypeError(f"ddof={ddof} of {n} entries")
        return _reduction(f"{function}(x0{{0}})" + ("" if factor == 1.0 else f"*{factor!r}"))(
            a, axis, keepdims=keepdims
        )

    return translate


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Translation:
    matrix = len(shape_of(x)) == 2 if axis is None else np.ndim(axis) > 0 and len(axis) == 2
    plain: dict[Any, str] = {None: "norm", 2: "norm", 1: "norm1", np.inf: "norminf"}
    function = {None: "norm", "fro": "norm"}.get(ord) if matrix else plain.get(ord)
    if function is None or (axis is None and ord is not None and len(shape_of(x)) > 2):
        raise TypeError(f"ord={ord!r}")
    return _reduction(function + "(x0{0})")(x, axis, keepdims=keepdims)


def _rearranged(function: Callable[..., Any]) -> Translate:
    """A function that orders axes: what it does to an array of shape (0, 1, 2, ...) is the order."""

    def translate(a: Any, *arguments: Any, **options: Any) -> Translation:
        axes = np.empty(tuple(range(len(shape_of(a)))), dtype=np.bool_)
        return Translation(permuted(function(axes, *arguments, **options).shape), (a,))

    return translate


def _reshaping(function: Callable[..., Any]) -> Translate:
    """A function that gives the same entries in the same order another shape."""

    def translate(a: Any, *arguments: Any, **options: Any) -> Translation:
        have = shape_of(a)
        if options.pop("order", "C") != "C":
            raise TypeError("order")
        shape = function(np.broadcast_to(np.False_, have), *arguments, **options).shape
        return Translation(reshaped("x0", have, shape), (a,))

    return translate


def _joined(function: str) -> Translate:
    def translate(arrays: Any, axis: int | None = 0) -> Translation:
        operands = tuple(arrays)
        if axis is None:
            raise TypeError("axis=None")
        return Translation(f"{function}({names(len(operands))}{axis_option(axis)})", operands)

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


def _dot(a: Any, b: Any) -> Translation:
    return Translation("dot(x0, x1)" if shape_of(a) and shape_of(b) else "x0*x1", (a, b))


def _flattened_pair(text: str) -> Translate:
    def translate(a: Any, b: Any) -> Translation:
        flat = [reshaped(f"x{k}", shape_of(x), (math.prod(shape_of(x)),)) for k, x in enumerate((a, b))]
        return Translation(text.format(*flat), (a, b))

    return translate


def _inner(a: Any, b: Any) -> Translation:
    if not shape_of(a) or not shape_of(b):
        return Translation("x0*x1", (a, b))
    return Translation(tensor_product(shape_of(a), shape_of(b), [-1], [-1]), (a, b))


def _tensordot(a: Any, b: Any, axes: Any = 2) -> Translation:
    ranks = len(shape_of(a)), len(shape_of(b))
    pair = (range(ranks[0] - axes, ranks[0]), range(axes)) if np.ndim(axes) == 0 else axes
    left, right = ([int(n) for n in np.atleast_1d(k)] for k in pair)
    return Translation(tensor_product(shape_of(a), shape_of(b), left, right), (a, b))


def _einsum(subscripts: Any, *operands: Any, optimize: Any = False) -> Translation:
    if not isinstance(subscripts, str):
        raise TypeError("subscripts as lists")
    return Translation(f'einsum("{subscripts}", {names(len(operands))})', operands)


def _banded(function: str) -> Translate:
    def translate(m: Any, k: int = 0) -> Translation:
        return Translation(f"{function}(x0, k={whole(k)})", (m,))

    return translate


def _clip(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Translation:
    low, high = a_min if min is None else min, a_max if max is None else max
    if low is None or high is None:
        text = "maximum(x0, x1)" if high is None else "minimum(x0, x1)"
        return Translation(text, (a, low if high is None else high))
    return Translation("clip(x0, x1, x2)", (a, low, high))


def _round(a: Any, decimals: int = 0) -> Translation:
    scale = 10.0 ** abs(decimals)
    there, back = ("*", "/") if decimals > 0 else ("/", "*")
    return Translation("round(x0)" if decimals == 0 else f"round(x0{there}{scale!r}){back}{scale!r}", (a,))


def _average(a: Any, axis: Any = None, weights: Any = None, *, keepdims: bool = False) -> Translation:
    if weights is None:
        return _reduction("mean(x0{0})")(a, axis, keepdims=keepdims)
    if shape_of(weights) != shape_of(a):
        raise TypeError("weights of another shape")
    along = axis_option(axis)
    text = f"sum(x0*x1{along})/sum(x1{along})"
    return Translation(kept_dimensions(text, shape_of(a), axis) if keepdims else text, (a, weights))


def _cumsum(a: Any, axis: Any = None) -> Translation:
    return Translation(f"cumsum(x0{axis_option(axis)})", (a,))


def _along(axis: int, rank: int, part: str) -> str:
    return "x0[" + ", ".join(part if k == axis % rank else ":" for k in range(rank)) + "]"


def _diff(a: Any, n: int = 1, axis: int = -1) -> Translation:
    rank = len(shape_of(a))
    if n != 1 or not rank:
        raise TypeError(f"n={n}")
    return Translation(f"{_along(axis, rank, '1:')} - {_along(axis, rank, ':-1')}", (a,))


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


def _matrix_power(a: Any, n: int) -> Translation:
    return Translation(f"matrix_power(x0, {whole(n)})", (a,))


def _refused_alike(value: Any, plain: Callable[[], Any]) -> Any:
    """The value; but a matrix that NumPy refuses (singular, not positive definite) is NumPy's own error."""
    if not np.isfinite(value.value).all():
        plain()
    return value


def _matrix_function(text: str) -> Translate:
    def translate(*operands: Any) -> Translation:
        return Translation(text, operands, _refused_alike)

    return translate


def _slogdet(a: Any) -> Translation:
    """Sign and logarithm; the sign is constant wherever there is a derivative."""
    return Translation("logabsdet(x0)", (a,), lambda value, plain: plain()._replace(logabsdet=value))


def _elementwise(text: str) -> Translate:
    def translate(*operands: Any) -> Translation:
        if f"x{len(operands) - 1}" not in text or f"x{len(operands)}" in text:
            raise TypeError(f"{len(operands)} arguments")
        return Translation(text, operands)

    return translate


def _table() -> dict[Callable[..., Any], Translate]:
    reductions: Sequence[str] = ("sum", "prod", "mean", "median", "max", "min")
    found: dict[Callable[..., Any], Translate] = {
        function: _elementwise(text) for function, text in TEXTS.items() if not isinstance(function, np.ufunc)
    }
    found |= {getattr(np, name): _reduction(name + "(x0{0})") for name in reductions}
    found |= {np.amax: found[np.max], np.amin: found[np.min]}
    found |= {np.var: _spread("var"), np.std: _spread("std"), np.ptp: _reduction("(max(x0{0}) - min(x0{0}))")}
    found |= {f: _rearranged(f) for f in (np.transpose, np.swapaxes, np.moveaxis, np.rollaxis)}
    reshaping = (np.reshape, np.ravel, np.squeeze, np.expand_dims, np.atleast_1d, np.atleast_2d, np.atleast_3d)
    found |= {f: _reshaping(f) for f in reshaping}
    return found | {
        np.concatenate: _joined("concat"),
        np.stack: _joined("stack"),
        np.hstack: _raised_and_joined(1, 1, lambda s: (1, *s)),
        np.vstack: _raised_and_joined(2, 0, lambda s: (1, *s) if s else (1, 1)),
        np.column_stack: _raised_and_joined(2, 1, lambda s: (*s, 1) if s else (1, 1)),
        np.matmul: _elementwise("x0 @ x1"),
        np.dot: _dot,
        np.inner: _inner,
        np.vdot: _flattened_pair("{0} @ {1}"),
        np.outer: _flattened_pair("outer({0}, {1})"),
        np.tensordot: _tensordot,
        np.einsum: _einsum,
        np.tril: _banded("tril"),
        np.triu: _banded("triu"),
        np.clip: _clip,
        np.round: _round,
        np.around: _round,
        np.average: _average,
        np.cumsum: _cumsum,
        np.diff: _diff,
        np.flip: _flip,
        np.broadcast_to: _broadcast_to,
        np.copy: _elementwise("x0"),
        np.real: _elementwise("x0"),
        np.linalg.norm: _norm,
        np.linalg.matrix_power: _matrix_power,
        np.linalg.inv: _matrix_function("inv(x0)"),
        np.linalg.solve: _matrix_function("solve(x0, x1)"),
        np.linalg.det: _matrix_function("det(x0)"),
        np.linalg.cholesky: _matrix_function("cholesky(x0)"),
        np.linalg.pinv: _matrix_function("pinv(x0)"),
        np.linalg.slogdet: _slogdet,
    }


#: How each NumPy function of arrays is written in the language.
TRANSLATIONS: dict[Callable[..., Any], Translate] = _table()

#: Functions whose value no derivative passes through (positions, truths, sizes, fresh arrays).
WITHOUT_PATH: frozenset[Callable[..., Any]] = frozenset(
    getattr(np, name)
    for name in [
        "all", "allclose", "any", "argmax", "argmin", "argpartition", "argsort", "argwhere", "array2string",
        "array_equal", "array_equiv", "array_repr", "array_str", "can_cast", "common_type", "count_nonzero",
        "diag_indices_from", "digitize", "empty_like", "flatnonzero", "isclose", "iscomplex", "iscomplexobj", "isin",
        "isneginf", "isposinf", "isreal", "isrealobj", "lexsort", "may_share_memory", "min_scalar_type", "nanargmax",
        "nanargmin", "ndim", "nonzero", "ones_like", "result_type", "save", "savetxt", "savez", "savez_compressed",
        "searchsorted", "shape", "shares_memory", "size", "tril_indices_from", "triu_indices_from", "zeros_like",
    ]
)  # fmt: skip
