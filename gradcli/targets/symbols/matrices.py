"""Linear algebra of small matrices of SymPy expressions: Cramer's rule and defining recurrences, no rule of ours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradcli.autodiff import linear_algebra
from gradcli.autodiff.primitive import Attributes, Primitive
from gradcli.targets import minors

A = Any
Expr = Any

LARGEST = 4  #: rows and columns; the number of terms grows with their factorial


def _check(a: A, name: str) -> int:
    """The number of rows.

    Raises:
        NotImplementedError: if they are too many.
    """
    if max(a.shape) > LARGEST:
        raise NotImplementedError(f"{name} of a matrix of shape {a.shape}, which is larger than {LARGEST} x {LARGEST},")
    return len(a)


def _array(rows: Sequence[Sequence[Expr]], shape: tuple[int, ...]) -> A:
    result = np.empty(shape, dtype=object)
    for at in np.ndindex(shape):
        result[at] = rows[at[0]][at[1]]
    return result


def _expansion(a: A) -> Expr:
    import sympy

    return minors.determinant(len(a), lambda i, j: a[i, j], sympy.Integer(1))


def _minors(a: A) -> A:
    import sympy

    rows = minors.cofactors(len(a), [lambda i, j: a[i, j]], sympy.Integer(1), sympy.Integer(0))
    return _array(rows, a.shape)


def _cramer(a: A, b: A) -> A:
    return _minors(a).T.dot(b) / _expansion(a)


def _inverse(attributes: Attributes, values: Sequence[A], number: A) -> A:
    (a,) = values
    _check(a, "inv")
    return _minors(a).T / _expansion(a)


def _solve(attributes: Attributes, values: Sequence[A], number: A) -> A:
    _check(values[0], "solve")
    return _cramer(*values)


def _determinant(attributes: Attributes, values: Sequence[A], number: A) -> A:
    _check(values[0], "det")
    return _scalar(_expansion(values[0]))


def _cofactors(attributes: Attributes, values: Sequence[A], number: A) -> A:
    if len(values) > 1:
        raise NotImplementedError("a derivative of cofactors")
    _check(values[0], "adj")
    return _minors(values[0])


def _log_determinant(attributes: Attributes, values: Sequence[A], number: A) -> A:
    """log|det A| has the derivative of log(det A), whatever the sign; where there is no value nobody asks."""
    import sympy

    _check(values[0], "logdet")
    return _scalar(sympy.log(_expansion(values[0]) ** 2) / 2)


def _cholesky(attributes: Attributes, values: Sequence[A], number: A) -> A:
    import sympy

    (a,) = values
    n = _check(a, "cholesky")
    result = np.full(a.shape, sympy.Integer(0), dtype=object)
    for i in range(n):
        for j in range(i + 1):
            rest = a[i, j] - sum(result[i, k] * result[j, k] for k in range(j))
            result[i, j] = sympy.sqrt(rest) if i == j else rest / result[j, j]
    return result


def _pseudoinverse(attributes: Attributes, values: Sequence[A], number: A) -> A:
    """(A'A)^-1 A', or A' (AA')^-1 of a wide matrix."""
    (a,) = values
    _check(a, "pinv")
    return _cramer(a.T.dot(a), a.T) if a.shape[0] >= a.shape[1] else _cramer(a.dot(a.T), a).T


def _scalar(expression: Expr) -> A:
    result = np.empty((), dtype=object)
    result[()] = expression
    return result


#: From the attributes, the arguments and the float64 value at the point to an array.
KERNELS: dict[Primitive, Callable[[Attributes, Sequence[A], A], A]] = {
    linear_algebra.INVERSE: _inverse,
    linear_algebra.SOLVE: _solve,
    linear_algebra.DETERMINANT: _determinant,
    linear_algebra.COFACTORS: _cofactors,
    linear_algebra.LOG_DETERMINANT: _log_determinant,
    linear_algebra.CHOLESKY: _cholesky,
    linear_algebra.PSEUDOINVERSE: _pseudoinverse,
}
