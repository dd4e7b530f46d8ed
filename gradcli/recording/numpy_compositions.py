"""NumPy's functions that are said with others: each is written with recorded ones, and its gradient follows."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradcli.recording.picking import added_up
from gradcli.recording.record import Box
from gradcli.recording.translation import Translate, numbers, shape_of


def _divmod(a: Any, b: Any) -> tuple[Any, Any]:
    return a // b, a % b


def _modf(x: Any) -> tuple[Any, Any]:
    whole = np.trunc(x)
    return np.where(np.isinf(x), np.copysign(0.0, x), x - whole), whole


def _nan_to_num(
    x: Any, copy: bool = True, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None
) -> Any:
    if not copy:
        raise TypeError("copy=False")
    most = np.finfo(np.float64).max
    high, low = most if posinf is None else posinf, -most if neginf is None else neginf
    return np.where(np.isnan(x), nan, np.where(x == np.inf, high, np.where(x == -np.inf, low, x)))


def _diag(v: Any, k: int = 0) -> Any:
    if len(shape_of(v)) != 1:
        return np.diagonal(v, k)
    n = shape_of(v)[0]
    places = np.full((n + abs(k), n + abs(k)), n)
    places[np.arange(n) + max(-k, 0), np.arange(n) + max(k, 0)] = np.arange(n)
    return np.take(np.concatenate([v, [0.0]]), places)


def _trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    return np.sum(np.diagonal(a, offset, axis1, axis2), axis=-1)


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
    filling = np.broadcast_to(constant_values, (len(shape), 2))  # before and after, for each axis
    marks = places.size + np.arange(filling.size).reshape(filling.shape)
    return np.take(
        np.concatenate([np.ravel(array), np.ravel(filling)]), np.pad(places, pad_width, constant_values=marks)
    )


def _dstack(tup: Any) -> Any:
    return np.concatenate([np.atleast_3d(part) for part in tup], axis=2)


def _broadcast_arrays(*arrays: Any) -> Any:
    shape = np.broadcast_shapes(*(shape_of(a) for a in arrays))
    return tuple(np.broadcast_to(a, shape) for a in arrays)


def _full_like(a: Any, fill_value: Any, *, shape: Any = None) -> Any:
    return np.broadcast_to(fill_value, shape_of(a) if shape is None else shape)


def _linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True) -> Any:
    n = operator.index(num)
    rank = len(np.broadcast_shapes(shape_of(start), shape_of(stop)))
    steps = np.arange(n).reshape((n,) + (1,) * rank) / max(n - 1 if endpoint else n, 1)
    return np.where(steps == 1.0, stop, start + steps * (stop - start))


def _interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None) -> Any:
    given, places = numbers(x), numbers(xp)
    k = np.clip(np.searchsorted(places, given, side="right") - 1, 0, len(places) - 2)
    x0, x1, f0, f1 = np.take(xp, k), np.take(xp, k + 1), np.take(fp, k), np.take(fp, k + 1)
    inside = f0 + (x - x0) * ((f1 - f0) / (x1 - x0))
    inside = np.where(given == places[-1], f1, inside)
    low, high = fp[0] if left is None else left, fp[-1] if right is None else right
    return np.where(given < places[0], low, np.where(given > places[-1], high, inside))


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


def _append(arr: Any, values: Any, axis: int | None = None) -> Any:
    return np.concatenate([arr, values], axis=axis)


def _insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    """What `np.insert` does to the positions, of which each inserted one stands for an inserted value."""
    if axis is None:
        arr, axis = np.ravel(arr), 0
    kept = np.arange(int(np.prod(shape_of(arr)))).reshape(shape_of(arr))
    obj = np.arange(kept.shape[axis])[obj] if isinstance(obj, slice) else numbers(obj)
    shape = list(kept.shape)
    shape[axis] = np.insert(kept, obj, 0, axis=axis).shape[axis] - kept.shape[axis]
    if np.ndim(obj) == 0 and shape_of(values):  # one place takes several rows
        values = np.moveaxis(np.reshape(values, (1,) * (kept.ndim - len(shape_of(values))) + shape_of(values)), 0, axis)
        shape[axis] = shape_of(values)[axis]
    filling = np.broadcast_to(values, shape)
    added = kept.size + np.arange(int(np.prod(shape))).reshape(shape)
    places = np.insert(kept, obj, added if np.ndim(obj) else np.moveaxis(added, axis, 0), axis=axis)
    return np.take(np.concatenate([np.ravel(arr), np.ravel(filling)]), places)


def _block(arrays: Any) -> Any:
    """Nested lists of blocks, joined from the last axis of the innermost lists outward."""
    depths, rank, pending = set(), 0, [(arrays, 0)]
    while pending:
        part, level = pending.pop()
        if isinstance(part, list):
            pending.extend((inner, level + 1) for inner in part)
        else:
            depths.add(level)
            rank = max(rank, len(shape_of(part)))
    (depth,) = depths  # a ValueError if lists are not equally deep
    rank = max(rank, depth)

    def joined(part: Any, level: int) -> Any:  # at most as deep as an array has axes
        if not isinstance(part, list):
            return np.reshape(part, (1,) * (rank - len(shape_of(part))) + shape_of(part))
        return np.concatenate([joined(inner, level + 1) for inner in part], axis=level - depth)

    return joined(arrays, 0)


def _choose(a: Any, choices: Any, *, mode: str = "raise") -> Any:
    found: Any = 0.0
    which = np.choose(numbers(a), np.arange(len(choices)), mode=mode)  # type: ignore[call-overload]
    for k, choice in enumerate(choices):
        found = np.where(which == k, choice, found)
    return found


def _piecewise(x: Any, condlist: Any, funclist: Sequence[Any], *arguments: Any, **options: Any) -> Any:
    """Each piece is given the entries it is for, as NumPy gives them; where conditions overlap, the last one counts."""
    many = isinstance(condlist, list | tuple) and (np.ndim(condlist[0]) or not shape_of(x))
    conditions = [numbers(c) for c in condlist] if many else list(np.atleast_2d(numbers(condlist)))
    if len(funclist) == len(conditions) + 1:
        conditions.append(~np.any(conditions, axis=0))
    flat, parts = np.ravel(x), [np.zeros(1)]
    places, end = np.zeros(shape_of(flat), dtype=int), 1
    for condition, piece in zip(conditions, funclist, strict=True):
        chosen = np.flatnonzero(np.broadcast_to(condition, shape_of(x)))
        if chosen.size:
            part = piece(np.take(flat, chosen), *arguments, **options) if callable(piece) else piece
            parts.append(np.broadcast_to(part, chosen.shape))
            places[chosen] = end + np.arange(chosen.size)
            end += chosen.size
    return np.reshape(np.take(np.concatenate(parts), places), shape_of(x))


def _apply_along_axis(func1d: Callable[..., Any], axis: int, arr: Any, *arguments: Any, **options: Any) -> Any:
    rows = np.moveaxis(arr, axis, -1)
    found = np.stack([func1d(rows[k], *arguments, **options) for k in np.ndindex(shape_of(rows)[:-1])])
    one = shape_of(found)[1:]
    whole = np.reshape(found, (*shape_of(rows)[:-1], *one))
    first = axis % len(shape_of(arr))
    last = range(len(shape_of(whole)) - len(one), len(shape_of(whole)))
    return np.moveaxis(whole, last, range(first, first + len(one)))


def _apply_over_axes(func: Callable[..., Any], a: Any, axes: Any) -> Any:
    for axis in np.atleast_1d(axes):
        found = func(a, int(axis))
        a = found if len(shape_of(found)) == len(shape_of(a)) else np.expand_dims(found, int(axis))
    return a


def _meshgrid(*xi: Any, indexing: str = "xy", sparse: bool = False) -> Any:
    rank = len(xi)
    axes = list(range(rank))
    if indexing == "xy" and rank > 1:
        axes[:2] = [1, 0]
    shapes = ([-1 if k == axis else 1 for k in range(rank)] for axis in axes)
    grids = tuple(np.reshape(x, shape) for x, shape in zip(xi, shapes, strict=True))
    return grids if sparse else _broadcast_arrays(*grids)


def _diff(a: Any, n: int = 1, axis: int = -1, *, prepend: Any = None, append: Any = None) -> Any:
    ends = []
    for end in (prepend, append):
        one = [1 if k == axis % len(shape_of(a)) else size for k, size in enumerate(shape_of(a))]
        ends.append([] if end is None else [end if shape_of(end) else np.broadcast_to(end, one)])
    rows = np.moveaxis(np.concatenate([*ends[0], a, *ends[1]], axis=axis) if any(ends) else a, axis, 0)
    for _ in range(operator.index(n)):
        rows = rows[1:] - rows[:-1]
    return np.moveaxis(rows, 0, axis)


def _ediff1d(ary: Any, *, to_begin: Any = None, to_end: Any = None) -> Any:
    ends = [[] if end is None else [np.ravel(end)] for end in (to_begin, to_end)]
    return np.concatenate([*ends[0], np.diff(np.ravel(ary)), *ends[1]])


def _gradient(f: Any, *spacing: Any, axis: Any = None) -> Any:
    """Central differences, weighed by the distances where the places are uneven, and one-sided ones at the ends."""
    rank = len(shape_of(f))
    axes = list(range(rank)) if axis is None else [int(k) % rank for k in np.atleast_1d(axis)]
    steps = list(spacing) * len(axes) if len(spacing) == 1 else list(spacing) or [1.0] * len(axes)
    found = []
    for k, step in zip(axes, steps, strict=True):
        rows = np.moveaxis(f, k, -1)
        if shape_of(rows)[-1] < 2:
            raise ValueError("fewer than two entries")
        if not shape_of(step):
            inner, before, after = (rows[..., 2:] - rows[..., :-2]) / (2.0 * step), step, step
        else:
            width = np.diff(step)
            left, right = width[:-1], width[1:]
            back, ahead = rows[..., 1:-1] - rows[..., :-2], rows[..., 2:] - rows[..., 1:-1]
            inner = (back / left * right + ahead / right * left) / (left + right)
            before, after = width[0], width[-1]
        ends = (rows[..., 1:2] - rows[..., :1]) / before, (rows[..., -1:] - rows[..., -2:-1]) / after
        found.append(np.moveaxis(np.concatenate([ends[0], inner, ends[1]], axis=-1), -1, k))
    if axis is not None and not np.ndim(axis):
        return found[0]
    return found[0] if len(found) == 1 else type(np.gradient(np.zeros((2, 2))))(found)


def _trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    rows = np.moveaxis(y, axis, -1)
    width = dx if x is None else np.diff(x if len(shape_of(x)) == 1 else np.moveaxis(x, axis, -1))
    return np.sum(width * (rows[..., 1:] + rows[..., :-1]) / 2.0, axis=-1)


def _cross(a: Any, b: Any, *, axis: int = -1) -> Any:
    first, second = np.moveaxis(a, axis, -1), np.moveaxis(b, axis, -1)
    if shape_of(first)[-1:] != (3,) or shape_of(second)[-1:] != (3,):
        raise TypeError("vectors that are not of length 3")
    ahead, behind = [1, 2, 0], [2, 0, 1]
    one = np.take(first, ahead, -1) * np.take(second, behind, -1)
    return np.moveaxis(one - np.take(first, behind, -1) * np.take(second, ahead, -1), -1, axis)


def _cov(m: Any, y: Any = None, *, rowvar: bool = True, bias: bool = False, ddof: int | None = None) -> Any:
    parts = [np.atleast_2d(part) for part in (m, y) if part is not None]
    rows = np.concatenate([part if rowvar or shape_of(part)[0] == 1 else part.T for part in parts])
    off = (0 if bias else 1) if ddof is None else ddof
    spread = rows - np.mean(rows, axis=1, keepdims=True)
    return np.squeeze(spread @ spread.T / np.maximum(shape_of(rows)[1] - off, 0.0))


def _corrcoef(x: Any, y: Any = None, *, rowvar: bool = True) -> Any:
    covariance = np.cov(x, y, rowvar=rowvar)
    if not shape_of(covariance):
        return covariance / covariance
    deviation = np.sqrt(np.diagonal(covariance))
    return np.clip(covariance / deviation[:, None] / deviation, -1.0, 1.0)


def _correlate(a: Any, v: Any, mode: Any = "valid") -> Any:
    if shape_of(v)[0] > shape_of(a)[0]:
        return np.flip(np.convolve(v, np.flip(a), mode))
    return np.convolve(a, np.flip(v), mode)


def _vander(x: Any, N: int | None = None, *, increasing: bool = False) -> Any:
    powers = np.arange(shape_of(x)[0] if N is None else N)
    return np.power(np.expand_dims(x, -1), powers if increasing else powers[::-1])


def _bincount(x: Any, weights: Any = None, minlength: int = 0) -> Any:
    places = numbers(x)
    if not isinstance(weights, Box):
        raise TypeError("places that depend on recorded values")
    return added_up(weights.node, places, max(minlength, int(places.max(initial=-1)) + 1))


def _logspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: Any = 10.0, *, axis: int = 0) -> Any:
    return np.power(base, np.linspace(start, stop, num, endpoint, axis=axis))


def _geomspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, *, axis: int = 0) -> Any:
    ratio = np.linspace(np.zeros(shape_of(start)), np.log(stop / start), num, endpoint, axis=axis)
    return np.expand_dims(start, axis) * np.exp(ratio)


def _table() -> dict[Any, Translate]:
    named: dict[str, Translate] = {
        "divmod": _divmod, "modf": _modf, "nan_to_num": _nan_to_num, "diag": _diag, "trace": _trace, "cross": _cross,
        "kron": _kron, "convolve": _convolve, "correlate": _correlate, "pad": _pad, "append": _append,
        "insert": _insert, "block": _block, "choose": _choose, "piecewise": _piecewise, "dstack": _dstack,
        "apply_along_axis": _apply_along_axis, "apply_over_axes": _apply_over_axes,
        "broadcast_arrays": _broadcast_arrays, "meshgrid": _meshgrid, "full_like": _full_like, "linspace": _linspace,
        "logspace": _logspace, "geomspace": _geomspace, "interp": _interp, "trapezoid": _trapezoid,
        "trapz": _trapezoid, "polyval": _polyval, "select": _select, "diff": _diff, "ediff1d": _ediff1d,
        "gradient": _gradient, "cov": _cov, "corrcoef": _corrcoef, "vander": _vander, "bincount": _bincount,
        "diagflat": lambda v, k=0: np.diag(np.ravel(v), k), "ldexp": lambda x1, x2: x1 * np.exp2(numbers(x2)),
    }  # fmt: skip
    return {getattr(np, name): function for name, function in named.items() if name in np.__dict__}


#: How each of these functions is said with recorded ones.
COMPOSED: dict[Any, Translate] = _table()
