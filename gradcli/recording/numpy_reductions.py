"""NumPy's reductions: texts of the language, with `where`, `initial` and the forms that leave NaN out."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.recording.translation import (
    Translate,
    Translation,
    axis_option,
    entries,
    kept_dimensions,
    numbers,
    shape_of,
)


def reduction(text: str) -> Translate:
    """A reduction whose text has {0} where the axis goes."""

    def translate(a: Any, axis: Any = None, *, keepdims: bool = False) -> Translation:
        if isinstance(axis, tuple) and not axis:
            raise TypeError("axis=() reduces nothing")
        written = text.format(axis_option(axis))
        return Translation(kept_dimensions(written, shape_of(a), axis) if keepdims else written, (a,))

    return translate


def _folding(function: str, neutral: float | None, joined: str) -> Translate:
    """A reduction that may begin with `initial` (joined to the rest by a text) and leave entries out by `where`."""
    plain = reduction(function + "(x0{0})")

    def translate(
        a: Any, axis: Any = None, *, keepdims: bool = False, initial: Any = None, where: Any = None
    ) -> Translation:
        operands, entry = [a], "x0"
        if where is not None:
            if neutral is None and initial is None:
                raise TypeError("where without initial")
            operands.append(_mask(a, where))
            entry = f"where(x1, x0, {'x2' if neutral is None else neutral})"
        if initial is not None:
            operands.append(initial)
        text = plain(a, axis, keepdims=keepdims).text.replace("x0", entry)
        joint = text if initial is None else joined.format(text, f"x{len(operands) - 1}")
        return Translation(joint, tuple(operands))

    return translate


def _mask(a: Any, where: Any) -> Any:
    chosen = numbers(where)
    if np.broadcast_shapes(chosen.shape, shape_of(a)) != shape_of(a):
        raise TypeError("where of a larger shape")
    return np.broadcast_to(chosen, shape_of(a))


def _mean(a: Any, axis: Any = None, *, keepdims: bool = False, where: Any = None) -> Any:
    if where is None:
        return reduction("mean(x0{0})")(a, axis, keepdims=keepdims)
    mask = _mask(a, where)
    count = np.sum(mask, axis=axis, keepdims=keepdims)
    return np.sum(a, axis=axis, keepdims=keepdims, where=mask) / count


def _spread(function: str) -> Translate:
    """Variance or standard deviation, with NumPy's `ddof` (or `correction`)."""

    def translate(
        a: Any, axis: Any = None, *, ddof: float = 0, correction: float = 0, keepdims: bool = False, where: Any = None
    ) -> Any:
        if where is not None:
            return _spread_of_some(a, _mask(a, where), axis, ddof + correction, keepdims)
        n, less = entries(shape_of(a), axis), ddof + correction
        factor = 1.0 if less == 0 else n / (n - less) if n != less else math.inf
        factor = factor if function == "var" else math.sqrt(factor) if factor >= 0 else math.nan
        if not math.isfinite(factor):
            raise TypeError(f"ddof={less} of {n} entries")
        scaled = "" if factor == 1.0 else f"*{factor!r}"
        return reduction(f"{function}(x0{{0}}){scaled}")(a, axis, keepdims=keepdims)

    def _spread_of_some(a: Any, mask: Any, axis: Any, less: float, keepdims: bool) -> Any:
        off = a - np.mean(a, axis=axis, keepdims=True, where=mask)
        count = np.maximum(np.sum(mask, axis=axis, keepdims=keepdims) - less, 0.0)
        if function == "std":  # as a norm it has the derivative 0 where all entries are equal
            return np.linalg.norm(np.where(mask, off, 0.0), axis=axis, keepdims=keepdims) / np.sqrt(count)
        return np.sum(off**2, axis=axis, keepdims=keepdims, where=mask) / count

    return translate


def _leaving_out_nan(function: Callable[..., Any], lowest: float | None = None) -> Translate:
    """A reduction of the entries that are numbers; `lowest` begins one that has no value for none."""

    def translate(a: Any, axis: Any = None, **options: Any) -> Any:
        held = numbers(a)
        present = ~np.isnan(held)
        if lowest is None:
            return function(a, axis=axis, where=present, **options)
        if not present.any(axis=axis).all():
            raise TypeError("an axis of NaN alone")
        return function(a, axis=axis, where=present, initial=lowest, **options)

    return translate


def _cumulative(function: Callable[..., Any], nothing: float) -> Translate:
    """The array API's `cumulative_sum` and `cumulative_prod`, which may begin with what no entry at all gives."""

    def translate(x: Any, axis: int | None = None, *, include_initial: bool = False) -> Any:
        if axis is None and len(shape_of(x)) != 1:
            raise TypeError("axis=None")
        along = 0 if axis is None else axis
        found = function(x, axis=along)
        if not include_initial:
            return found
        shape = list(shape_of(x))
        shape[along] = 1
        return np.concatenate([np.full(shape, nothing), found], axis=along)

    return translate


def _without_nan(function: Callable[..., Any], neutral: float) -> Translate:
    """A cumulative function that takes NaN for its neutral number."""
    return lambda a, axis=None: function(np.where(np.isnan(a), neutral, a), axis=axis)


def _cumsum(a: Any, axis: Any = None) -> Translation:
    return Translation(f"cumsum(x0{axis_option(axis)})", (a,))


def _cumprod(a: Any, axis: Any = None) -> Any:
    if axis is None:
        a, axis = np.ravel(a), 0
    rows = list(np.moveaxis(a, axis, 0))
    for k in range(1, len(rows)):
        rows[k] = rows[k - 1] * rows[k]
    return np.moveaxis(np.stack(rows), 0, axis) if rows else a


def _average(a: Any, axis: Any = None, weights: Any = None, *, returned: bool = False, keepdims: bool = False) -> Any:
    shape = shape_of(a)
    if weights is None:
        weights = np.ones(shape)
    elif shape_of(weights) != shape:
        if np.ndim(axis) or axis is None or shape_of(weights) != (shape[axis],):
            raise TypeError("weights of another shape")
        weights = np.reshape(weights, [n if k == axis % len(shape) else 1 for k, n in enumerate(shape)])
    spread = np.broadcast_to(weights, shape)
    total = np.sum(spread, axis=axis, keepdims=keepdims)
    found = np.sum(a * spread, axis=axis, keepdims=keepdims) / total
    return (found, total) if returned else found


def _sort(a: Any, axis: int | None = -1, *, kind: Any = None, stable: Any = None) -> Any:
    if axis is None:
        a, axis = np.ravel(a), -1
    order = np.argsort(numbers(a), axis=axis, kind="stable" if stable else kind)
    return np.take_along_axis(a, order, axis)


def _partition(a: Any, kth: Any, axis: int | None = -1) -> Any:
    if axis is None:
        a, axis = np.ravel(a), -1
    return np.take_along_axis(a, np.argpartition(numbers(a), kth, axis=axis), axis)


#: A quantile from the entries below and above its place, and how far it lies between them.
_BETWEEN: dict[str, Callable[[Any, Any, Any], Any]] = {
    "linear": lambda low, high, part: low + (high - low) * part,
    "lower": lambda low, high, part: low,
    "higher": lambda low, high, part: np.where(part > 0, high, low),
    "midpoint": lambda low, high, part: low + (high - low) * np.ceil(part) / 2.0,
}


def _quantiles(scale: float, leave_out_nan: bool) -> Translate:
    """Quantiles (scale 1) or percentiles (scale 100) of sorted rows, whose NaN come last."""

    def translate(a: Any, q: Any, axis: int | None = None, *, method: str = "linear", keepdims: bool = False) -> Any:
        if axis is not None and np.ndim(axis):
            raise TypeError("several axes")
        if method not in _BETWEEN:
            raise TypeError(f"method={method!r}")
        rows = np.sort(np.ravel(a) if axis is None else np.moveaxis(a, axis, -1))
        *leading, n = shape_of(rows)
        known = np.sum(~np.isnan(numbers(rows)), axis=-1)
        count = known if leave_out_nan else np.full(leading, n)
        share = numbers(q) / scale
        if not np.all(count) or not np.all((share >= 0) & (share <= 1)):
            raise ValueError("quantiles are between 0 and 1, of at least one entry")
        places = np.multiply.outer(share, count - 1.0)
        below = np.floor(places).astype(int)
        first = n * np.arange(math.prod(leading)).reshape(leading)
        flat = np.ravel(rows)
        low, high = np.take(flat, first + below), np.take(flat, first + np.minimum(below + 1, count - 1))
        found = _BETWEEN[method](low, high, places - below)
        found = found if leave_out_nan else np.where(known < n, np.nan, found)
        if not keepdims:
            return found
        kept = [1 if axis is None or k == axis % len(shape_of(a)) else size for k, size in enumerate(shape_of(a))]
        return np.reshape(found, (*share.shape, *kept))

    return translate


def _nanmedian(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    low, high = (np.nanquantile(a, 0.5, axis=axis, method=m, keepdims=keepdims) for m in ("lower", "higher"))
    return (low + high) / 2.0


def _folded(ufunc: np.ufunc, accumulated: bool) -> Translate:
    """A ufunc of two arguments applied along an axis: its `reduce`, or its `accumulate` with all steps."""

    def translate(array: Any, axis: Any = 0, *, keepdims: bool = False, initial: Any = None) -> Any:
        if isinstance(axis, tuple) and len(axis) != 1:
            raise TypeError(f"axis={axis}")
        along = axis[0] if isinstance(axis, tuple) else axis
        flat = np.ravel(array) if along is None else np.moveaxis(array, along, 0)
        rows = list(flat) if initial is None else [np.broadcast_to(initial, shape_of(flat)[1:]), *flat]
        if not rows:
            raise TypeError("no entries")
        for k in range(1, len(rows)):
            rows[k] = ufunc(rows[k - 1], rows[k])
        if accumulated:
            return np.moveaxis(np.stack(rows), 0, along)
        found = np.copy(rows[-1])
        if not keepdims:
            return found
        return np.reshape(found, (1,) * len(shape_of(array))) if along is None else np.expand_dims(found, along)

    return translate


def _by_method(translate: Translate) -> Translate:
    """The same as a method of a ufunc: along the first axis unless it says otherwise."""
    return lambda array, axis=0, **options: translate(array, axis, **options)


def _table() -> dict[Any, Translate]:
    sums, products = _folding("sum", 0.0, "({0} + {1})"), _folding("prod", 1.0, "({0})*{1}")
    largest, least = _folding("max", None, "maximum({0}, {1})"), _folding("min", None, "minimum({0}, {1})")
    log_sum = reduction("logsumexp(x0{0})")
    named: dict[str, Translate] = {
        "sum": sums, "prod": products, "max": largest, "min": least, "amax": largest, "amin": least, "mean": _mean,
        "median": reduction("median(x0{0})"), "ptp": reduction("(max(x0{0}) - min(x0{0}))"), "var": _spread("var"),
        "std": _spread("std"), "average": _average, "cumsum": _cumsum, "cumprod": _cumprod, "sort": _sort,
        "partition": _partition, "cumulative_sum": _cumulative(np.cumsum, 0.0),
        "cumulative_prod": _cumulative(np.cumprod, 1.0), "nansum": _leaving_out_nan(np.sum),
        "nanprod": _leaving_out_nan(np.prod), "nanmean": _leaving_out_nan(np.mean), "nanvar": _leaving_out_nan(np.var),
        "nanstd": _leaving_out_nan(np.std), "nanmax": _leaving_out_nan(np.max, -math.inf),
        "nanmin": _leaving_out_nan(np.min, math.inf), "nancumsum": _without_nan(np.cumsum, 0.0),
        "nancumprod": _without_nan(np.cumprod, 1.0), "quantile": _quantiles(1.0, False),
        "percentile": _quantiles(100.0, False), "nanquantile": _quantiles(1.0, True),
        "nanpercentile": _quantiles(100.0, True), "nanmedian": _nanmedian,
    }  # fmt: skip
    found: dict[Any, Translate] = {getattr(np, name): say for name, say in named.items() if hasattr(np, name)}
    # not np.power, whose reduce in NumPy 2.4 leaves entries out
    step_by_step = ("subtract", "divide", "maximum", "minimum", "fmax", "fmin", "hypot", "logaddexp", "logaddexp2")
    for ufunc in (getattr(np, name) for name in step_by_step):
        found |= {(ufunc, "reduce"): _folded(ufunc, False), (ufunc, "accumulate"): _folded(ufunc, True)}
    return found | {
        (np.add, "reduce"): _by_method(sums),
        (np.multiply, "reduce"): _by_method(products),
        (np.maximum, "reduce"): _by_method(largest),
        (np.minimum, "reduce"): _by_method(least),
        (np.logaddexp, "reduce"): _by_method(log_sum),
        (np.add, "accumulate"): _by_method(_cumsum),
        (np.multiply, "accumulate"): _by_method(_cumprod),
    }


#: NumPy's reductions, and with (ufunc, method) the methods of its universal functions that are some of them.
REDUCTIONS: dict[Any, Translate] = _table()
