"""Axes and keepdims of reductions: read from a call, checked against the shape."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from gradcli.autodiff.array_call import Use
from gradcli.autodiff.structural import CONCAT, INDEX, broadcast, permute, reshape
from gradcli.autodiff.tape import Tape
from gradcli.errors import ShapeError, Span


class AxisError(ShapeError):
    """An axis that does not exist, or stands twice."""


def integers(value: Any) -> tuple[int, ...]:
    """A static argument as a tuple: `3` and `[3]` mean the same shape."""
    return tuple(value) if isinstance(value, tuple) else (value,)


def axes_of(tape: Tape, x: int, axis: Any, span: Span) -> tuple[int, ...]:
    """Axes counted from the end, sorted, each existing and named once."""
    shape = tape.shape(x)
    rank = len(shape)
    axes = integers(axis)
    for k in axes:
        if not -rank <= k < rank:
            axes_there = f"its axes are {-rank} to {rank - 1}" if rank else "a scalar has no axes"
            raise AxisError(f"axis {k} does not exist in shape {shape}", span=span, hint=axes_there)
    counted = tuple(sorted(k - rank if k >= 0 else k for k in axes))
    if len(set(counted)) < len(counted):
        raise AxisError(f"an axis stands twice in {list(axes)}", span=span)
    return counted


def reduction_axes(use: Use) -> tuple[tuple[int, ...], Callable[[int], int]]:
    """The axes a reduction runs over (all by default), and what puts them back as 1 if `keepdims` asks for it."""
    x = use.values[0]
    shape = use.tape.shape(x)
    axis = use.option("axis")
    axes = tuple(range(-len(shape), 0)) if axis is None else axes_of(use.tape, x, axis, use.span("axis"))
    kept = tuple(1 if k - len(shape) in axes else n for k, n in enumerate(shape))
    keepdims = bool(use.option("keepdims", 0))
    return axes, lambda result: reshape(use.tape, result, kept) if keepdims else result


def to_last(tape: Tape, x: int, axes: tuple[int, ...]) -> int:
    """`x` with these axes moved to the end and flattened into one."""
    shape = tape.shape(x)
    chosen = [k + len(shape) for k in axes]
    rest = [k for k in range(len(shape)) if k not in chosen]
    moved = permute(tape, x, (*rest, *chosen))
    return reshape(tape, moved, (*(shape[k] for k in rest), math.prod(shape[k] for k in chosen)))


def fold_product(tape: Tape, x: int) -> int:
    """Product along the last axis by repeated halving: log2(n) multiplications, no division anywhere."""
    shape = tape.shape(x)
    n = shape[-1]
    whole = tuple((0, m, 1) for m in shape[:-1])
    if n == 0:
        return broadcast(tape, tape.constant(1.0), shape[:-1])

    def part(of: int, start: int, stop: int) -> int:
        return tape.append(INDEX, (of,), ((*whole, (start, stop, 1)),))

    while n > 1:
        half = n // 2
        folded = tape.multiply(part(x, 0, half), part(x, half, 2 * half))
        if n % 2:
            folded = tape.append(CONCAT, (folded, part(x, n - 1, n)), (-1,))
        x, n = folded, half + n % 2
    return tape.append(INDEX, (x,), ((*whole, 0),))
