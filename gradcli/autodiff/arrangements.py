"""Builders that rearrange, join, cut out or make arrays."""

from __future__ import annotations

import math
from typing import Any

from gradcli.autodiff.array_arguments import axes_of, integers
from gradcli.autodiff.array_call import Build, Use
from gradcli.autodiff.broadcasting import lift, named
from gradcli.autodiff.elementwise import BY_NAME as ROWS
from gradcli.autodiff.static import Statics, static_integer
from gradcli.autodiff.structural import (
    CONCAT,
    CUMSUM,
    DIAGONAL,
    DIAGONAL_MATRIX,
    INDEX,
    STOP,
    SUM,
    TRIANGLE,
    broadcast,
    permute,
    reshape,
    zeros,
)
from gradcli.autodiff.tape import Tape
from gradcli.errors import ExpressionError, ShapeError
from gradcli.language.syntax import Array, Call, Node, Slice


def build_reshape(use: Use) -> int:
    """Another shape for the same entries; one -1 is inferred."""
    shape = asked = integers(use.option("shape"))
    have = math.prod(use.tape.shape(use.values[0]))
    if shape.count(-1) == 1:
        rest = -math.prod(shape)
        shape = tuple(have // rest if n == -1 and rest else n for n in shape)
    if math.prod(shape) != have or any(n < 0 for n in shape):
        entries = "it has 1 entry" if have == 1 else f"it has {have} entries"
        want = math.prod(asked)
        wanted = f", {asked} has {want}" if min(asked, default=0) >= 0 else ""
        raise ShapeError(
            f"shape {use.tape.shape(use.values[0])} cannot become {asked}: {entries}{wanted}", span=use.span("shape")
        )
    return reshape(use.tape, use.values[0], shape)


def build_transpose(use: Use) -> int:
    """Axes reversed, or in the order given."""
    rank = len(use.tape.shape(use.values[0]))
    axes = use.option("axes")
    order = tuple(reversed(range(rank))) if axes is None else tuple(a + rank if a < 0 else a for a in integers(axes))
    if sorted(order) != list(range(rank)):
        raise ShapeError(
            f"{list(order)} is no order of the {rank} axes of shape {use.tape.shape(use.values[0])}", span=use.node.span
        )
    return permute(use.tape, use.values[0], order)


def build_concat(use: Use) -> int:
    """Arrays joined along an axis."""
    axis = use.whole_number("axis", 0)
    ranks = {len(use.tape.shape(v)) for v in use.values}
    if ranks == {0}:
        raise ShapeError(
            "concat joins arrays; these are scalars", span=use.node.span, hint="write [a, b], or stack(a, b)"
        )
    shapes = [use.tape.shape(v) for v in use.values]
    (k,) = axes_of(use.tape, max(use.values, key=lambda v: len(use.tape.shape(v))), axis, use.span("axis"))
    if len(ranks) > 1 or len({s[: k + len(s)] + s[len(s) + k + 1 :] for s in shapes}) > 1:
        raise ShapeError(
            f"{named(shapes)} do not join along axis {axis}",
            span=use.node.span,
            hint="they have as many axes, and all but the joined one are equally long",
        )
    return use.values[0] if len(use.values) == 1 else use.tape.append(CONCAT, use.values, (k,))


def build_stack(use: Use) -> int:
    """Arrays joined along a new axis."""
    return _stacked(use.tape, use.values, use.whole_number("axis", 0), use.node)


def _stacked(tape: Tape, values: list[int], axis: int, node: Call | Array) -> int:
    shapes = [tape.shape(v) for v in values]
    for shape in shapes:
        if shape != shapes[0]:
            raise ShapeError(f"entries of shapes {shapes[0]} and {shape} do not form one array", span=node.span)
    rank = len(shapes[0]) + 1
    if not -rank <= axis < rank:
        raise ShapeError(f"axis {axis} does not exist in an array of {rank} axes", span=node.span)
    k = axis + rank if axis < 0 else axis
    grown = [reshape(tape, v, (*shapes[0][:k], 1, *shapes[0][k:])) for v in values]
    return grown[0] if len(grown) == 1 else tape.append(CONCAT, grown, (k - rank,))


def literal(tape: Tape, values: list[int], node: Array) -> int:
    """An array literal: its items stacked along a new first axis."""
    return _stacked(tape, values, 0, node)


def build_diag(use: Use) -> int:
    """The diagonal of a square matrix, or the matrix with this diagonal."""
    shape = use.tape.shape(use.values[0])
    if len(shape) == 1:
        return use.tape.append(DIAGONAL_MATRIX, use.values)
    if len(shape) != 2 or shape[0] != shape[1]:
        raise ShapeError(
            f"{use.node.function} takes a vector or a square matrix, not shape {shape}", span=use.node.span
        )
    return use.tape.append(DIAGONAL, use.values)


def build_trace(use: Use) -> int:
    """The sum of a square matrix's diagonal."""
    shape = use.tape.shape(use.values[0])
    if len(shape) != 2 or shape[0] != shape[1]:
        raise ShapeError(f"trace takes a square matrix, not shape {shape}", span=use.node.span)
    return use.tape.append(SUM, (use.tape.append(DIAGONAL, use.values),), ((-1,),))


def triangle(lower: bool) -> Build:
    """A builder of the lower or upper triangle."""

    def build(use: Use) -> int:
        shape = use.tape.shape(use.values[0])
        if len(shape) != 2:
            raise ShapeError(f"{use.node.function} takes a matrix, not shape {shape}", span=use.node.span)
        return use.tape.append(TRIANGLE, use.values, (use.whole_number("k", 0), lower))

    return build


def _counting(tape: Tape, n: int) -> int:
    """0, 1, ..., n - 1."""
    return tape.subtract(
        tape.append(CUMSUM, (broadcast(tape, tape.constant(1.0), (n,)),), (-1, False)), tape.constant(1.0)
    )


def filled(value: float) -> Build:
    """A builder of constant arrays."""

    def build(use: Use) -> int:
        return broadcast(
            use.tape, use.tape.constant(value), tuple(_length(use, n) for n in integers(use.option("shape")))
        )

    return build


def _length(use: Use, n: Any) -> int:
    """A length that an array can have."""
    if not isinstance(n, int) or n < 0:
        raise ShapeError(f"{use.node.function} makes arrays of whole lengths from 0 on, not {n}", span=use.node.span)
    return n


def build_eye(use: Use) -> int:
    """The identity matrix."""
    n = use.option("n")
    return use.tape.append(DIAGONAL_MATRIX, (broadcast(use.tape, use.tape.constant(1.0), (_length(use, n),)),))


def build_arange(use: Use) -> int:
    """0, 1, ..., n - 1."""
    return _counting(use.tape, _length(use, use.option("n")))


def build_linspace(use: Use) -> int:
    """Equally spaced numbers, both ends included."""
    n = use.whole_number("n", 50)
    if n < 2 or any(use.tape.shape(v) for v in use.values):
        ends = named(use.tape.shape(v) for v in use.values)
        raise ShapeError(
            f"{use.node.function} takes two scalars and n of at least 2, not {ends} and n = {n}", span=use.node.span
        )
    start, stop = (lift(use.tape, v, 1) for v in use.values)
    step = use.tape.divide(use.tape.subtract(stop, start), use.tape.constant(float(n - 1)))
    return use.tape.add(start, use.tape.multiply(_counting(use.tape, n), step))


def build_size(use: Use) -> int:
    """Number of entries, a constant."""
    axis = use.option("axis")
    shape = use.tape.shape(use.values[0])
    axes = range(-len(shape), 0) if axis is None else axes_of(use.tape, use.values[0], axis, use.span("axis"))
    return use.tape.constant(float(math.prod(shape[k] for k in axes)))


def build_shape(use: Use) -> int:
    """Length of each axis, constants."""
    sizes = [reshape(use.tape, use.tape.constant(float(n)), (1,)) for n in use.tape.shape(use.values[0])]
    return (
        zeros(use.tape, (0,)) if not sizes else sizes[0] if len(sizes) == 1 else use.tape.append(CONCAT, sizes, (-1,))
    )


def build_stop(use: Use) -> int:
    """The value held constant for every derivative."""
    return use.tape.append(STOP, use.values)


def build_polygamma(use: Use) -> int:
    """The n-th derivative of digamma."""
    n = static_integer(use.node.arguments[0], use.statics, "the order of polygamma")
    if n < 0:
        raise ExpressionError("the order of polygamma is 0 or more", span=use.node.arguments[0].span)
    return use.tape.append(ROWS["digamma"], use.values, (n,))


def index(tape: Tape, operand: int, parts: tuple[Node, ...], statics: Statics) -> int:
    """Basic indexing with constant integers and slices; trailing axes may be left out."""
    shape = tape.shape(operand)
    if len(parts) > len(shape):
        raise ShapeError(
            f"{len(parts)} {'index' if len(parts) == 1 else 'indices'} for shape {shape}",
            span=parts[len(shape)].span,
            hint=f"an array of this shape takes at most {len(shape)}" if shape else "a scalar has no entries",
        )
    chosen: list[Any] = []
    for part, n in zip(parts, shape, strict=False):
        if isinstance(part, Slice):
            given = [
                None if p is None else static_integer(p, statics, "a slice's part")
                for p in (part.start, part.stop, part.step)
            ]
            if given[2] == 0:
                raise ExpressionError("a slice's step is not 0", span=part.span)
            chosen.append(slice(*given).indices(n))
            continue
        k = static_integer(part, statics, "an index")
        if not -n <= k < n:
            raise ShapeError(
                f"index {k} is out of range for an axis of length {n}",
                span=part.span,
                hint=f"shape {shape}: {f'places {-n} to {n - 1} along this axis' if n else 'it has no entries'}",
            )
        chosen.append(k % n)
    chosen += [(0, n, 1) for n in shape[len(parts) :]]
    return tape.append(INDEX, (operand,), (tuple(chosen),))


build_zeros, build_ones = filled(0.0), filled(1.0)
build_tril, build_triu = triangle(lower=True), triangle(lower=False)
