"""NumPy's functions that are said with others: each is written with recorded ones, and its gradient follows."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradcli.recording.translation import shape_of

Composition = Callable[..., Any]


def _divmod(a: Any, b: Any) -> tuple[Any, Any]:
    return a // b, a % b


def _modf(x: Any) -> tuple[Any, Any]:
    whole = np.trunc(x)
    return np.where(np.isinf(x), np.copysign(0.0, x), x - whole), whole


def _nan_to_num(x: Any, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Any:
    most = np.finfo(np.float64).max
    high, low = most if posinf is None else posinf, -most if neginf is None else neginf
    return np.where(np.isnan(x), nan, np.where(x == np.inf, high, np.where(x == -np.inf, low, x)))


def _nansum(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    return np.sum(np.where(np.isnan(a), 0.0, a), axis=axis, keepdims=keepdims)


def _nanmean(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    present = np.sum(~np.isnan(_plain(a)), axis=axis, keepdims=keepdims)
    return _nansum(a, axis, keepdims=keepdims) / present


def _cumprod(a: Any, axis: Any = None) -> Any:
    if axis is None:
        a, axis = np.ravel(a), 0
    rows = list(np.moveaxis(a, axis, 0))
    for k in range(1, len(rows)):
        rows[k] = rows[k - 1] * rows[k]
    return np.moveaxis(np.stack(rows), 0, axis) if rows else a


def _sort(a: Any, axis: int | None = -1) -> Any:
    if axis is None:
        a, axis = np.ravel(a), -1
    return np.take_along_axis(a, np.argsort(_plain(a), axis=axis), axis)


def _diag(v: Any, k: int = 0) -> Any:
    if len(shape_of(v)) != 1:
        return np.diagonal(v, k)
    n = shape_of(v)[0]
    places = np.full((n + abs(k), n + abs(k)), n)
    places[np.arange(n) + max(-k, 0), np.arange(n) + max(k, 0)] = np.arange(n)
    return np.take(np.concatenate([v, [0.0]]), places)


def _trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    return np.sum(np.diagonal(a, offset, axis1, axis2), axis=-1)


def _cross(a: Any, b: Any) -> Any:
    if shape_of(a)[-1:] != (3,) or shape_of(b)[-1:] != (3,):
        raise TypeError("vectors that are not of length 3")
    first, second = [1, 2, 0], [2, 0, 1]
    one = np.take(a, first, -1) * np.take(b, second, -1)
    return one - np.take(a, second, -1) * np.take(b, first, -1)


def _kron(a: Any, b: Any) -> Any:
    rank = max(len(shape_of(a)), len(shape_of(b)))
    one, two = ((1,) * (rank - len(shape_of(x))) + shape_of(x) for x in (a, b))
    left = np.reshape(a, [n for size in one for n in (size, 1)])
    right = np.reshape(b, [n for size in two for n in (1, size)])
    return np.reshape(left * right, [n * m for n, m in zip(one, two, strict=True)])


def _convolve(a: Any, v: Any, mode: str = "full") -> Any:
    n, m = shape_of(a)[0], shape_of(v)[0]
    if m > n:
        return _convolve(v, a, mode)
    padded = np.concatenate([np.zeros(m - 1), a, np.zeros(m - 1)])
    whole = np.take(padded, np.arange(n + m - 1)[:, None] + np.arange(m)) @ np.flip(v)
    first, count = {"full": (0, n + m - 1), "same": ((m - 1) // 2, n), "valid": (m - 1, n - m + 1)}[mode]
    return whole[first : first + count]


def _pad(array: Any, pad_width: Any, mode: str = "constant", *, constant_values: Any = 0) -> Any:
    shape = shape_of(array)
    places = np.arange(int(np.prod(shape))).reshape(shape)
    if mode not in ("constant", "edge", "reflect", "symmetric", "wrap"):
        raise TypeError(f"mode={mode!r}")
    if mode != "constant":
        return np.take(array, np.pad(places, pad_width, mode))  # type: ignore[call-overload]
    if np.ndim(constant_values):
        raise TypeError("several constant_values")
    with_filling = np.concatenate([np.ravel(array), np.reshape(constant_values, 1)])
    return np.take(with_filling, np.pad(places, pad_width, constant_values=places.size))


def _append(arr: Any, values: Any, axis: int | None = None) -> Any:
    if axis is None:
        return np.concatenate([np.ravel(arr), np.ravel(values)])
    return np.concatenate([arr, values], axis=axis)


def _dstack(tup: Any) -> Any:
    return np.concatenate([np.atleast_3d(part) for part in tup], axis=2)


def _broadcast_arrays(*arrays: Any) -> Any:
    shape = np.broadcast_shapes(*(shape_of(a) for a in arrays))
    return tuple(np.broadcast_to(a, shape) for a in arrays)


def _meshgrid(*xi: Any, indexing: str = "xy") -> Any:
    rank = len(xi)
    axes = list(range(rank))
    if indexing == "xy" and rank > 1:
        axes[:2] = [1, 0]
    shapes = ([-1 if k == axis else 1 for k in range(rank)] for axis in axes)
    return _broadcast_arrays(*(np.reshape(x, shape) for x, shape in zip(xi, shapes, strict=True)))


def _full_like(a: Any, fill_value: Any, *, shape: Any = None) -> Any:
    return np.broadcast_to(fill_value, shape_of(a) if shape is None else shape)


def _linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True) -> Any:
    n = operator.index(num)
    rank = len(np.broadcast_shapes(shape_of(start), shape_of(stop)))
    steps = np.arange(n).reshape((n,) + (1,) * rank) / max(n - 1 if endpoint else n, 1)
    return np.where(steps == 1.0, stop, start + steps * (stop - start))


def _interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None) -> Any:
    given, places = _plain(x), _plain(xp)
    k = np.clip(np.searchsorted(places, given, side="right") - 1, 0, len(places) - 2)
    x0, x1, f0, f1 = np.take(xp, k), np.take(xp, k + 1), np.take(fp, k), np.take(fp, k + 1)
    inside = f0 + (x - x0) * ((f1 - f0) / (x1 - x0))
    inside = np.where(given == places[-1], f1, inside)
    low, high = fp[0] if left is None else left, fp[-1] if right is None else right
    return np.where(given < places[0], low, np.where(given > places[-1], high, inside))


def _trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    rows = np.moveaxis(y, axis, -1)
    width = dx if x is None else np.diff(x if len(shape_of(x)) == 1 else np.moveaxis(x, axis, -1))
    return np.sum(width * (rows[..., 1:] + rows[..., :-1]) / 2.0, axis=-1)


def _polyval(p: Any, x: Any) -> Any:
    y: Any = np.zeros(shape_of(x))
    for coefficient in p:
        y = y * x + coefficient
    return y


def _select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Any:
    result = default
    for condition, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        result = np.where(condition, choice, result)
    return result


def _quantile(a: Any, q: Any, axis: int | None = None, *, keepdims: bool = False) -> Any:
    if axis is not None and np.ndim(axis):
        raise TypeError("several axes")
    rows = np.sort(np.ravel(a) if axis is None else np.moveaxis(a, axis, -1))
    n = shape_of(rows)[-1]
    places = _plain(q) * (n - 1.0)
    if n == 0 or not np.all((places >= 0) & (places <= n - 1)):
        raise ValueError("quantiles are between 0 and 1, of at least one entry")
    below = np.floor(places).astype(int)
    low, high = np.take(rows, below, axis=-1), np.take(rows, np.minimum(below + 1, n - 1), axis=-1)
    found = np.where(np.isnan(rows[..., -1:]).any(), np.nan, low + (high - low) * (places - below))
    found = np.moveaxis(found, -1, 0) if places.ndim else found
    if not keepdims:
        return found
    kept = [1 if axis is None or k == axis % len(shape_of(a)) else size for k, size in enumerate(shape_of(a))]
    return np.reshape(found, (*places.shape, *kept))


def _percentile(a: Any, q: Any, axis: int | None = None, *, keepdims: bool = False) -> Any:
    return _quantile(a, _plain(q) / 100.0, axis, keepdims=keepdims)


def _cov(m: Any, rowvar: bool = True, bias: bool = False, ddof: int | None = None) -> Any:
    rows = np.atleast_2d(m)
    rows = rows if rowvar or shape_of(rows)[0] == 1 else rows.T
    off = (0 if bias else 1) if ddof is None else ddof
    spread = rows - np.mean(rows, axis=1, keepdims=True)
    return np.squeeze(spread @ spread.T / (shape_of(rows)[1] - off))


def _ediff1d(ary: Any) -> Any:
    return np.diff(np.ravel(ary))


def _plain(x: Any) -> Any:
    """The numbers alone: for choices that no derivative passes through."""
    return x.numpy() if hasattr(x, "numpy") else np.asarray(x)


def _table() -> dict[Callable[..., Any], Composition]:
    named: dict[str, Composition] = {
        "divmod": _divmod, "modf": _modf, "nan_to_num": _nan_to_num, "nansum": _nansum, "nanmean": _nanmean,
        "cumprod": _cumprod, "sort": _sort, "diag": _diag, "trace": _trace, "cross": _cross, "kron": _kron,
        "convolve": _convolve, "pad": _pad, "append": _append, "dstack": _dstack,
        "broadcast_arrays": _broadcast_arrays, "meshgrid": _meshgrid, "full_like": _full_like,
        "linspace": _linspace, "interp": _interp, "trapezoid": _trapezoid, "trapz": _trapezoid, "polyval": _polyval,
        "select": _select, "ediff1d": _ediff1d, "quantile": _quantile, "percentile": _percentile, "cov": _cov,
    }  # fmt: skip
    return {getattr(np, name): function for name, function in named.items() if name in np.__dict__}


#: How each of these functions is said with recorded ones.
COMPOSED: dict[Callable[..., Any], Composition] = _table()
