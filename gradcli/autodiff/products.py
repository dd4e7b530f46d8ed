"""Builders of matrix products: `@`, matrix powers and einsum."""

from __future__ import annotations

import math
import string

from gradcli.autodiff.array_call import Use
from gradcli.autodiff.broadcasting import broadcast_row, broadcast_shape
from gradcli.autodiff.einsum import einsum_call, product
from gradcli.autodiff.linear_algebra import INVERSE
from gradcli.autodiff.matrix_functions import square as square_matrix
from gradcli.autodiff.primitive import Shape
from gradcli.autodiff.rows_arithmetic import MULTIPLY
from gradcli.autodiff.structural import DIAGONAL_MATRIX, broadcast, reshape
from gradcli.autodiff.tape import Tape
from gradcli.errors import ExpressionError, ShapeError, Span
from gradcli.language.syntax import String


def build_matmul(use: Use) -> int:
    """The matrix product."""
    return matrix_product(use.tape, use.values[0], use.values[1], use.node.span, use.node.function)


def matrix_product(tape: Tape, left: int, right: int, span: Span, shown: str = "@") -> int:
    """The matrix product of vectors, matrices and stacks of matrices, as NumPy's `@`: leading axes broadcast."""
    a, b = tape.shape(left), tape.shape(right)
    if not a or not b:
        raise ShapeError(f"{shown} multiplies arrays; shapes are {a} and {b}", span=span, hint="for a scalar write *")
    if a[-1] != _rows(b):
        raise ShapeError(f"shapes {a} and {b} do not fit in {shown}: {_meeting(a, b)}", span=span)
    if len(a) <= 2 and len(b) <= 2:
        return product(tape, left, right, "ik"[2 - len(a) :], "kj"[: len(b)], "i"[: len(a) - 1] + "j"[: len(b) - 1])
    if broadcast_shape([a[:-2], b[:-2]]) is None:
        raise ShapeError(
            f"shapes {a} and {b} do not fit in {shown}: the axes before the last two are {a[:-2]} and {b[:-2]}",
            span=span,
            hint="they are compared from the last; they must be equal, or one of them 1",
        )
    first, second = ("k" if len(a) == 1 else "...ik"), ("k" if len(b) == 1 else "...kj")
    pattern = f"{first},{second}->...{first[-2:-1].strip('.')}{second[-1:].strip('k')}"
    return einsum_call(tape, String(pattern, span), [left, right], span)


def _rows(shape: Shape) -> int:
    """The length that a matrix product sums over, of its right side."""
    return shape[0] if len(shape) == 1 else shape[-2]


def _meeting(a: Shape, b: Shape) -> str:
    """What does not fit in a product of arrays of these shapes."""
    return f"{a[-1]} {'entries' if len(a) == 1 else 'columns'} meet {_rows(b)} {'entries' if len(b) == 1 else 'rows'}"


def build_dot(use: Use) -> int:
    """NumPy's dot: of stacks every matrix of the one with every matrix of the other; with a scalar a product."""
    tape, (left, right) = use.tape, use.values
    a, b = tape.shape(left), tape.shape(right)
    _assert_arrays(use)
    if not a or not b:
        return broadcast_row(tape, MULTIPLY, [left, right], (), use.node.span, use.node.function)
    if a[-1] != _rows(b):
        raise ShapeError(
            f"{use.node.function} does not take shapes {a} and {b}: {_meeting(a, b)}",
            span=use.node.span,
            hint=f"{use.function.signature} sums over the last axis of x and the last but one of y",
        )
    letters = string.ascii_letters
    if len(a) + len(b) > len(letters):
        raise ShapeError(f"{use.node.function} takes at most {len(letters)} axes in all", span=use.node.span)
    first, second = letters[: len(a)], list(letters[len(a) : len(a) + len(b)])
    second[-2 if len(b) > 1 else 0] = first[-1]
    return product(tape, left, right, first, "".join(second), first[:-1] + "".join(c for c in second if c != first[-1]))


def _assert_arrays(use: Use) -> None:
    """Two scalars are most likely arrays that have no values yet."""
    if not any(use.tape.shape(v) for v in use.values):
        raise ShapeError(
            f"{use.node.function} multiplies arrays; shapes are () and ()",
            span=use.node.span,
            hint="for scalars write *",
        )


def build_outer(use: Use) -> int:
    """All products of an entry of the one and an entry of the other, both row by row as NumPy's outer has it."""
    tape = use.tape
    _assert_arrays(use)
    x, y = (reshape(tape, v, (math.prod(tape.shape(v)),)) for v in use.values)
    return product(tape, x, y, "i", "j", "ij")


def build_matrix_power(use: Use) -> int:
    """Repeated squaring, of the inverse if n is negative."""
    n, base = use.whole_number("n"), square_matrix(use)
    shape = use.tape.shape(base)
    result, square = None, use.tape.append(INVERSE, (base,)) if n < 0 else base
    n = abs(n)
    while n:
        if n & 1:
            result = square if result is None else matrix_product(use.tape, result, square, use.node.span)
        n >>= 1
        square = matrix_product(use.tape, square, square, use.node.span) if n else square
    if result is None:
        return use.tape.append(DIAGONAL_MATRIX, (broadcast(use.tape, use.tape.constant(1.0), shape[:1]),))
    return result


def build_einsum(use: Use) -> int:
    """Sums of products over named axes."""
    pattern = use.node.arguments[0]
    if not isinstance(pattern, String):
        raise ExpressionError(
            "einsum's first argument is a quoted pattern", span=pattern.span, hint='einsum("ij,jk->ik", A, B)'
        )
    return einsum_call(use.tape, pattern, use.values, use.node.span)
