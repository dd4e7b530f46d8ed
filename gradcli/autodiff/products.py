"""Builders of matrix products: `@`, matrix powers and einsum."""

from __future__ import annotations

from gradcli.autodiff.array_call import Use
from gradcli.autodiff.einsum import einsum_call, product
from gradcli.autodiff.linear_algebra import INVERSE
from gradcli.autodiff.matrix_functions import square as square_matrix
from gradcli.autodiff.structural import (
    DIAGONAL_MATRIX,
    broadcast,
)
from gradcli.autodiff.tape import Tape
from gradcli.errors import ExpressionError, ShapeError, Span
from gradcli.language.syntax import String


def build_matmul(use: Use) -> int:
    """The matrix product."""
    return matrix_product(use.tape, use.values[0], use.values[1], use.node.span, use.node.function)


def matrix_product(tape: Tape, left: int, right: int, span: Span, shown: str = "@") -> int:
    """The matrix product of vectors and matrices, as NumPy's `@`."""
    a, b = tape.shape(left), tape.shape(right)
    if not a or not b:
        raise ShapeError(f"{shown} multiplies arrays; shapes are {a} and {b}", span=span, hint="for a scalar write *")
    if len(a) > 2 or len(b) > 2:
        raise ShapeError(
            f"{shown} takes vectors and matrices; shapes are {a} and {b}", span=span, hint="einsum takes any rank"
        )
    if a[-1] != b[0]:
        raise ShapeError(f"shapes {a} and {b} do not fit in {shown}: {a[-1]} columns meet {b[0]} rows", span=span)
    return product(tape, left, right, "ik"[2 - len(a) :], "kj"[: len(b)], "i"[: len(a) - 1] + "j"[: len(b) - 1])


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
