"""NumPy's linear algebra: texts of the language for one matrix, and one after the other for stacks of them."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.recording.numpy_reductions import reduction
from gradcli.recording.translation import Translate, Translation, numbers, shape_of, tensor_product, whole


def _of_stacks(function: Callable[..., Any], translate: Translate, *ranks: int) -> Translate:
    """A function of matrices (rank 2) and vectors (rank 1) for stacks of them too, as NumPy's is."""

    def either(*arguments: Any, **options: Any) -> Any:
        operands, rest = arguments[: len(ranks)], arguments[len(ranks) :]
        shapes = [shape_of(operand) for operand in operands]
        if all(len(shape) <= rank for shape, rank in zip(shapes, ranks, strict=True)):
            return translate(*arguments, **options)
        own = [rank if len(shape) >= rank else len(shape) for shape, rank in zip(shapes, ranks, strict=True)]
        leading = np.broadcast_shapes(*(shape[: len(shape) - rank] for shape, rank in zip(shapes, own, strict=True)))
        if not math.prod(leading):
            raise TypeError("a stack of no matrices")
        rows = []
        for operand, shape, rank in zip(operands, shapes, own, strict=True):
            one = shape[len(shape) - rank :]
            rows.append(np.reshape(np.broadcast_to(operand, (*leading, *one)), (-1, *one)))
        found = np.stack([function(*(row[k] for row in rows), *rest, **options) for k in range(math.prod(leading))])
        return np.reshape(found, (*leading, *shape_of(found)[1:]))

    return either


def _refused_alike(value: Any, plain: Callable[[], Any]) -> Any:
    """The value; but a matrix that NumPy refuses (singular, not positive definite) is NumPy's own error."""
    if not np.isfinite(value.value).all():
        plain()
    return value


def _matrix_function(text: str) -> Translate:
    def translate(*operands: Any) -> Translation:
        return Translation(text, operands, _refused_alike)

    return translate


def _solve(a: Any, b: Any) -> Any:
    vectors = len(shape_of(b)) == 1 or (np.__version__ < "2" and len(shape_of(b)) == len(shape_of(a)) - 1)
    if len(shape_of(a)) > 2 and vectors:
        return np.squeeze(np.linalg.solve(a, np.expand_dims(b, -1)), -1)
    return _of_stacks(np.linalg.solve, _matrix_function("solve(x0, x1)"), 2, 2)(a, b)


def _cholesky(a: Any, *, upper: bool = False) -> Any:
    if upper:
        return np.swapaxes(np.linalg.cholesky(np.swapaxes(a, -1, -2)), -1, -2)
    return _of_stacks(np.linalg.cholesky, _matrix_function("cholesky(x0)"), 2)(a)


def _slogdet(a: Any) -> Any:
    """Sign and logarithm; the sign is constant wherever there is a derivative."""
    if len(shape_of(a)) > 2:
        of_one = _of_stacks(lambda one: np.linalg.slogdet(one).logabsdet, _slogdet, 2)
        return np.linalg.slogdet(numbers(a))._replace(logabsdet=of_one(a))
    return Translation("logabsdet(x0)", (a,), lambda value, plain: plain()._replace(logabsdet=value))


def _matrix_power(a: Any, n: int) -> Translation:
    return Translation(f"matrix_power(x0, {whole(n)})", (a,))


#: Norms of a matrix that are a reduction of its singular values.
_OF_SINGULAR_VALUES: dict[Any, Callable[..., Any]] = {"nuc": np.sum, 2: np.max, -2: np.min}


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    rank = len(shape_of(x))
    matrix = rank == 2 if axis is None else np.ndim(axis) > 0 and len(axis) == 2
    if axis is None and ord is not None and rank > 2:
        raise TypeError(f"ord={ord!r}")
    if matrix and ord not in (None, "fro"):
        return _matrix_norm(x, ord, (0, 1) if axis is None else axis, keepdims)
    plain: dict[Any, str] = {None: "norm", "fro": "norm", 2: "norm", 1: "norm1", np.inf: "norminf"}
    if ord in plain:
        return reduction(plain[ord] + "(x0{0})")(x, axis, keepdims=keepdims)
    if isinstance(ord, str) or ord == 0:
        raise TypeError(f"ord={ord!r}")
    if ord == -np.inf:
        return np.min(np.abs(x), axis=axis, keepdims=keepdims)
    total = np.sum(np.abs(x) ** ord, axis=axis, keepdims=keepdims)
    return np.where(numbers(total) == 0, 0.0, total) ** (1.0 / ord)  # the derivative of a norm at 0 is 0


def _matrix_norm(x: Any, ord: Any, axes: Any, keepdims: bool) -> Any:
    """The largest or least sum of a column (1, -1) or a row (inf, -inf), or by singular values ("nuc", 2, -2)."""
    if ord in _OF_SINGULAR_VALUES:
        s = np.linalg.svd(np.moveaxis(x, axes, (-2, -1)), compute_uv=False)
        norm = _OF_SINGULAR_VALUES[ord](s, axis=-1)
        return np.expand_dims(norm, tuple(axes)) if keepdims else norm
    if ord not in (1, -1, np.inf, -np.inf):
        raise TypeError(f"ord={ord!r}")
    summed, left = axes if abs(ord) == 1 else axes[::-1]
    sums = np.sum(np.abs(x), axis=summed, keepdims=True)
    found = np.max(sums, axis=left, keepdims=True) if ord > 0 else np.min(sums, axis=left, keepdims=True)
    return found if keepdims else np.squeeze(found, tuple(axes))


def _vector_norm(x: Any, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    if np.ndim(axis):
        raise TypeError("several axes")
    if axis is not None:
        return np.linalg.norm(x, ord, axis, keepdims)
    found = np.linalg.norm(np.ravel(x), ord)
    return np.reshape(found, (1,) * len(shape_of(x))) if keepdims else found


def _product(a: Any, b: Any) -> Translation:
    return Translation("x0 @ x1", (a, b))


def _dot(a: Any, b: Any) -> Translation:
    return Translation("dot(x0, x1)" if shape_of(a) and shape_of(b) else "x0*x1", (a, b))


def _inner(a: Any, b: Any) -> Translation:
    if not shape_of(a) or not shape_of(b):
        return Translation("x0*x1", (a, b))
    return Translation(tensor_product(shape_of(a), shape_of(b), [-1], [-1]), (a, b))


def _tensordot(a: Any, b: Any, axes: Any = 2) -> Translation:
    ranks = len(shape_of(a)), len(shape_of(b))
    pair = axes if np.ndim(axes) or isinstance(axes, tuple | list) else (range(ranks[0] - axes, ranks[0]), range(axes))
    left, right = ([int(n) for n in np.atleast_1d(k)] for k in pair)
    return Translation(tensor_product(shape_of(a), shape_of(b), left, right), (a, b))


def _matvec(x1: Any, x2: Any) -> Any:
    return np.squeeze(np.matmul(x1, np.expand_dims(x2, -1)), -1)


def _vecmat(x1: Any, x2: Any) -> Any:
    return np.squeeze(np.matmul(np.expand_dims(x1, -2), x2), -2)


def _banded(function: str) -> Translate:
    """The lower or upper triangle of a matrix, or of each in a stack."""

    def translate(m: Any, k: int = 0) -> Any:
        shape = shape_of(m)
        if len(shape) <= 2:
            return Translation(f"{function}(x0, k={whole(k)})", (m,))
        below = np.tri(shape[-2], shape[-1], k if function == "tril" else k - 1, dtype=bool)
        return np.where(below if function == "tril" else ~below, m, 0.0)

    return translate


def _diagonal(x: Any, *, offset: int = 0) -> Any:
    return np.diagonal(x, offset, -2, -1)


def _table() -> dict[Any, Translate]:
    products: dict[str, Translate] = {
        "matmul": _product, "dot": _dot, "inner": _inner, "tensordot": _tensordot, "matvec": _matvec,
        "vecmat": _vecmat, "tril": _banded("tril"), "triu": _banded("triu"),
    }  # fmt: skip
    matrices: dict[str, Translate] = {
        "norm": _norm, "solve": _solve, "cholesky": _cholesky, "slogdet": _slogdet,
        "matrix_power": _of_stacks(np.linalg.matrix_power, _matrix_power, 2),
        "inv": _of_stacks(np.linalg.inv, _matrix_function("inv(x0)"), 2),
        "det": _of_stacks(np.linalg.det, _matrix_function("det(x0)"), 2),
        "pinv": _of_stacks(np.linalg.pinv, _matrix_function("pinv(x0)"), 2),
        "multi_dot": lambda arrays: functools.reduce(np.dot, arrays),
        "matmul": np.matmul, "outer": np.outer, "tensordot": np.tensordot, "diagonal": _diagonal,
        "cross": lambda x1, x2, *, axis=-1: np.cross(x1, x2, axis=axis),
        "trace": lambda x, *, offset=0: np.sum(_diagonal(x, offset=offset), axis=-1),
        "vecdot": lambda x1, x2, *, axis=-1: np.sum(x1 * x2, axis=axis),
        "matrix_transpose": lambda x: np.swapaxes(x, -1, -2), "vector_norm": _vector_norm,
        "matrix_norm": lambda x, *, keepdims=False, ord="fro": np.linalg.norm(x, ord, (-2, -1), keepdims),
    }  # fmt: skip
    found: dict[Any, Translate] = {getattr(np, name): say for name, say in products.items() if hasattr(np, name)}
    return found | {getattr(np.linalg, name): say for name, say in matrices.items() if hasattr(np.linalg, name)}


#: How each of NumPy's functions of vectors and matrices is said.
LINEAR_ALGEBRA: dict[Any, Translate] = _table()
