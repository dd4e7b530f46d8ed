"""Broadcasting made explicit: elementwise arguments of one rank, with shape errors that name both shapes."""

from __future__ import annotations

from collections.abc import Iterable

from gradcli.autodiff.primitive import Attributes, Row, Shape
from gradcli.autodiff.rows_arithmetic import NOT_EQUAL
from gradcli.autodiff.structural import BROADCAST, RESHAPE, SCATTER, reshape
from gradcli.autodiff.tape import Tape
from gradcli.errors import ShapeError, Span


def broadcast_shape(shapes: list[Shape]) -> Shape | None:
    """NumPy's broadcast of the shapes, None if they do not fit."""
    rank = max(map(len, shapes))
    result = [1] * rank
    for shape in shapes:
        for k, n in enumerate(shape, rank - len(shape)):
            if n != 1:
                if result[k] not in (1, n):
                    return None
                result[k] = n
    return tuple(result)


def named(shapes: Iterable[Shape]) -> str:
    """Different shapes in words: `shapes (2, 3), (3,) and (2,)`."""
    texts = list(dict.fromkeys(map(str, shapes)))
    if len(texts) == 1:
        return f"shape {texts[0]}"
    return f"shapes {', '.join(texts[:-1])} and {texts[-1]}"


def lift(tape: Tape, x: int, rank: int) -> int:
    """`x` with leading axes of size 1 up to `rank`; scalar constants fit any rank as they are."""
    shape = tape.shape(x)
    if len(shape) == rank or (not shape and tape.constant_value(x) is not None):
        return x
    return reshape(tape, x, (1,) * (rank - len(shape)) + shape)


def broadcast_row(tape: Tape, row: Row, values: list[int], orders: Attributes, span: Span, shown: str) -> int:
    """Append a row applied to values of any shapes that broadcast.

    Raises:
        ShapeError: naming the shapes, at `span` (the operator or the function's name).
    """
    shapes = [tape.shape(v) for v in values]
    if any(shape != shapes[0] for shape in shapes[1:]):
        shape = broadcast_shape(shapes)
        if shape is None:
            raise ShapeError(f"{named(shapes)} do not fit in {shown}", span=span, hint=_hint(shapes))
        values = [lift(tape, v, len(shape)) for v in values]
    return tape.append(row, values, orders)


def truth(tape: Tape, x: int) -> int:
    """`x` as 0 or 1: itself if it can be nothing else, else `x != 0`."""
    seen = tape.instructions[x]
    while seen.primitive in (RESHAPE, BROADCAST, SCATTER):
        seen = tape.instructions[seen.arguments[0]]
    if isinstance(seen.primitive, Row) and seen.primitive.boolean:
        return x
    return tape.append(NOT_EQUAL, (x, tape.constant(0.0)))


def _hint(shapes: list[Shape]) -> str:
    if len(shapes) == 2 and all(len(s) == 1 for s in shapes):
        return "elementwise arithmetic needs equal lengths, or length 1"
    return "axes are compared from the last; they must be equal, or one of them 1"
