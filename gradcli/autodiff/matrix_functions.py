"""Builders of linear algebra: shapes checked where the person wrote them, then one primitive each."""

from __future__ import annotations

from gradcli.autodiff.array_call import Use
from gradcli.autodiff.linear_algebra import (
    CHOLESKY,
    COFACTORS,
    DETERMINANT,
    INVERSE,
    LOG_DETERMINANT,
    PSEUDOINVERSE,
    SOLVE,
)
from gradcli.autodiff.primitive import Shape
from gradcli.autodiff.structural import permute
from gradcli.errors import ShapeError


def build_inv(use: Use) -> int:
    """The inverse."""
    return use.tape.append(INVERSE, (square(use),))


def build_solve(use: Use) -> int:
    """The solution of A x = b, for one right side or for the columns of a matrix."""
    matrix, right = square(use), use.values[1]
    a, b = use.tape.shape(matrix), use.tape.shape(right)
    if len(b) not in (1, 2):
        raise ShapeError(
            f"solve takes a vector or a matrix of right sides, not shape {b}", span=use.node.arguments[1].span
        )
    if b[0] != a[0]:
        raise ShapeError(
            f"shapes {a} and {b} do not fit in solve: {a[0]} equations meet {b[0]} right sides",
            span=use.node.arguments[1].span,
        )
    return use.tape.append(SOLVE, (matrix, right))


def build_det(use: Use) -> int:
    """The determinant."""
    return use.tape.append(DETERMINANT, (square(use),))


def build_adj(use: Use) -> int:
    """The adjugate: the transposed matrix of cofactors."""
    return permute(use.tape, use.tape.append(COFACTORS, (square(use),)), (1, 0))


def build_logdet(use: Use) -> int:
    """The logarithm of a positive determinant."""
    return use.tape.append(LOG_DETERMINANT, (square(use),), (False,))


def build_logabsdet(use: Use) -> int:
    """The logarithm of the determinant's absolute value."""
    return use.tape.append(LOG_DETERMINANT, (square(use),), (True,))


def build_cholesky(use: Use) -> int:
    """The lower Cholesky factor."""
    return use.tape.append(CHOLESKY, (square(use),))


def build_pinv(use: Use) -> int:
    """The Moore-Penrose inverse."""
    shape = use.tape.shape(use.values[0])
    if len(shape) != 2:
        raise _not(use, "a matrix", shape)
    return use.tape.append(PSEUDOINVERSE, (use.values[0],))


def square(use: Use) -> int:
    """The first argument, which must be a square matrix.

    Raises:
        ShapeError: at the argument, if it is none.
    """
    shape = use.tape.shape(use.values[0])
    if len(shape) != 2 or shape[0] != shape[1]:
        raise _not(use, "a square matrix", shape)
    return use.values[0]


def _not(use: Use, wanted: str, shape: Shape) -> ShapeError:
    given = f"shape {shape}" if shape else "a scalar"
    return ShapeError(f"{use.node.function} takes {wanted}, not {given}", span=use.node.arguments[0].span)
