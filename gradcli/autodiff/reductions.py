"""Builders of reductions: sums, products, order statistics and norms over axes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from gradcli.autodiff.array_arguments import axes_of, fold_product, reduction_axes, to_last
from gradcli.autodiff.array_call import Build, Use
from gradcli.autodiff.broadcasting import broadcast_row, broadcast_shape, lift
from gradcli.autodiff.rows_arithmetic import MAXIMUM, MINIMUM
from gradcli.autodiff.structural import (
    CONCAT,
    CUMSUM,
    NORM,
    ORDER_STATISTIC,
    SUM,
    broadcast,
    reshape,
)
from gradcli.autodiff.tape import Tape
from gradcli.errors import ExpressionError, ShapeError
from gradcli.language.syntax import Call


def build_sum(use: Use) -> int:
    """Sum over axes."""
    axes, keep = reduction_axes(use)
    return keep(use.tape.append(SUM, (use.values[0],), (axes,)) if axes else use.values[0])


def build_prod(use: Use) -> int:
    """Product over axes, by repeated halving."""
    axes, keep = reduction_axes(use)
    return keep(fold_product(use.tape, to_last(use.tape, use.values[0], axes)) if axes else use.values[0])


def statistic(name: str, rank_of: Callable[[int], tuple[int, ...]]) -> Build:
    """A builder of the order statistics that `rank_of` names for n entries (their mean, if two)."""

    def build(use: Use) -> int:
        if len(use.values) > 1:
            if name == "median":
                raise ExpressionError("median takes one array", span=use.node.span, hint=use.function.signature)
            return _extremum(use.tape, use.node, use.values, MAXIMUM if name == "max" else MINIMUM)
        axes, keep = reduction_axes(use)
        if not axes:
            return use.values[0]
        last = to_last(use.tape, use.values[0], axes)
        n = use.tape.shape(last)[-1]
        if n == 0:
            raise ShapeError(f"{name} of no entries, in shape {use.tape.shape(use.values[0])}", span=use.node.span)
        found = [use.tape.append(ORDER_STATISTIC, (last,), (k,)) for k in rank_of(n)]
        result = found[0] if len(found) == 1 else use.tape.divide(use.tape.add(*found), use.tape.constant(2.0))
        return keep(result)

    return build


def _extremum(tape: Tape, node: Call, values: list[int], row: Any) -> int:
    if node.keywords:
        raise ExpressionError(
            f"{node.function} of several values is elementwise and has no {node.keywords[0][0]}",
            span=node.key_span(0),
            hint=f"{node.function}([a, b], axis=0) reduces an array",
        )
    shape = broadcast_shape([tape.shape(value) for value in values])
    if len(values) == 2 or shape is None:
        result = values[0]
        for value in values[1:]:
            result = broadcast_row(tape, row, [result, value], (), node.name_span, node.function)
        return result
    # Pair by pair, three that tie would have 1/4, 1/4 and 1/2 of the derivative.
    whole = [broadcast(tape, lift(tape, value, len(shape)), shape) for value in values]
    beside = tape.append(CONCAT, [reshape(tape, value, (*shape, 1)) for value in whole], (-1,))
    return tape.append(ORDER_STATISTIC, (beside,), (len(values) - 1 if row is MAXIMUM else 0,))


def build_norm(use: Use) -> int:
    """Euclidean norm over axes."""
    axes, keep = reduction_axes(use)
    x = (
        to_last(use.tape, use.values[0], axes)
        if axes
        else reshape(use.tape, use.values[0], (*use.tape.shape(use.values[0]), 1))
    )
    return keep(use.tape.append(NORM, (x,)))


def build_cumsum(use: Use) -> int:
    """Running sums along an axis, of the flattened array by default."""
    x = use.values[0]
    axis = use.whole_number("axis")
    if axis is None:
        x = reshape(use.tape, x, (math.prod(use.tape.shape(x)),))
    (k,) = axes_of(use.tape, x, 0 if axis is None else axis, use.span("axis"))
    return use.tape.append(CUMSUM, (x,), (k, False))


build_max = statistic("max", lambda n: (n - 1,))
build_min = statistic("min", lambda n: (0,))
build_median = statistic("median", lambda n: (n // 2,) if n % 2 else (n // 2 - 1, n // 2))
