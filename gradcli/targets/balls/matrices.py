"""Linear algebra over balls and power series: elimination by pivots that are proved not to be 0.

Where no such pivot is left a determinant is expanded without division, so that it is enclosed at
singular matrices too; a solution is not, because there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradcli.autodiff import linear_algebra
from gradcli.autodiff.primitive import Attributes, Primitive
from gradcli.targets import minors
from gradcli.targets.balls.kernels import divide, log, sqrt
from gradcli.targets.balls.series import Ball, UndecidedError, UnknownError, assert_known, centre, sign

A = Any

_EXPANDED = 8  #: rows of what is left without a pivot that are expanded without division
_COFACTORS = 6  #: rows up to which cofactors are


def _determinant(a: A, zero: Ball) -> Ball:
    rest = a.copy()
    result = zero + 1
    while len(rest):
        at = _pivot(rest)
        if at is None:
            return result * _expanded(rest, zero)
        i, j = at
        pivot = rest[i, j]
        result = result * (-pivot if (i + j) % 2 else pivot)
        others = [k for k in range(len(rest)) if k != i]
        columns = [k for k in range(len(rest)) if k != j]
        factors = [divide(rest[k, j], pivot) for k in others]
        smaller = np.empty((len(others), len(columns)), dtype=object)
        for row, k in enumerate(others):
            for column, m in enumerate(columns):
                smaller[row, column] = rest[k, m] - factors[row] * rest[i, m]
        rest = smaller
    return result


def _expanded(a: A, zero: Ball) -> Ball:
    n = len(a)
    if n > _EXPANDED:
        raise UndecidedError(f"rank of a matrix with {n} dependent rows")
    return minors.determinant(n, lambda i, j: a[i, j], zero + 1)


def _pivot(a: A) -> tuple[int, int] | None:
    """The entry that is farthest from 0, None if all may be 0."""
    best, found = None, None
    for i, row in enumerate(a):
        for j, u in enumerate(row):
            ball = centre(u)
            assert_known(ball)
            distance = ball.abs_lower()
            if distance > 0 and (best is None or distance > best):
                best, found = distance, (i, j)
    return found


def _solution(a: A, b: A) -> A:
    """A^-1 B by Gauss-Jordan elimination."""
    a, b = a.copy(), b.copy()
    n = len(a)
    for k in range(n):
        at = _pivot(a[k:, k : k + 1])
        if at is None:
            if all(centre(u).is_zero() for u in a[k:, k]):
                raise UnknownError("the matrix is singular")
            raise UndecidedError("whether the matrix is singular")
        i = k + at[0]
        a[[k, i]], b[[k, i]] = a[[i, k]], b[[i, k]]
        for row in range(n):
            if row == k:
                continue
            factor = divide(a[row, k], a[k, k])
            for column in range(k + 1, n):
                a[row, column] = a[row, column] - factor * a[k, column]
            for column in range(b.shape[1]):
                b[row, column] = b[row, column] - factor * b[k, column]
    for k in range(n):
        for column in range(b.shape[1]):
            b[k, column] = divide(b[k, column], a[k, k])
    return b


def _identity(n: int, zero: Ball) -> A:
    result = _filled((n, n), zero)
    for k in range(n):
        result[k, k] = zero + 1
    return result


def _filled(shape: tuple[int, ...], value: Ball) -> A:
    result = np.empty(shape, dtype=object)
    result.fill(value)
    return result


def _inverse(attributes: Attributes, values: Sequence[A], zero: Ball) -> A:
    return _solution(values[0], _identity(len(values[0]), zero))


def _solve(attributes: Attributes, values: Sequence[A], zero: Ball) -> A:
    a, b = values
    return _solution(a, b if b.ndim == 2 else b[:, None]).reshape(b.shape)


def _whole_determinant(attributes: Attributes, values: Sequence[A], zero: Ball) -> A:
    return _filled((), _determinant(values[0], zero))


def _cofactors(attributes: Attributes, values: Sequence[A], zero: Ball) -> A:
    a, *directions = values
    n = len(a)
    if directions:
        raise UnknownError("ball arithmetic has no derivatives of cofactors")
    result = _filled(a.shape, zero)
    if n > _COFACTORS:
        inverse, factor = _solution(a, _identity(n, zero)), _determinant(a, zero)
        for i, j in np.ndindex(a.shape):
            result[i, j] = factor * inverse[j, i]
        return result
    rows = minors.cofactors(n, [lambda i, j: a[i, j]], zero + 1, zero)
    for i, j in np.ndindex(a.shape):
        result[i, j] = rows[i][j]
    return result


def _log_determinant(attributes: Attributes, values: Sequence[A], zero: Ball) -> A:
    found = _determinant(values[0], zero)
    if attributes[0] and sign(centre(found), "sign of the determinant") < 0:
        found = -found
    return _filled((), log(found))


def _cholesky(attributes: Attributes, values: Sequence[A], zero: Ball) -> A:
    (a,) = values
    result = _filled(a.shape, zero)
    for i in range(len(a)):
        for j in range(i + 1):
            rest = a[i, j]
            for k in range(j):
                rest = rest - result[i, k] * result[j, k]
            if i == j and sign(centre(rest), "whether the matrix is positive definite") <= 0:
                raise UnknownError("the matrix is not positive definite")
            result[i, j] = sqrt(rest) if i == j else divide(rest, result[j, j])
    return result


def _pseudoinverse(attributes: Attributes, values: Sequence[A], zero: Ball) -> A:
    """(A'A)^-1 A', or A' (AA')^-1 of a wide matrix: true at full rank, and unknown below."""
    (a,) = values
    tall = a if a.shape[0] >= a.shape[1] else a.T
    if not tall.size:
        return _filled(a.shape[::-1], zero)
    squares = (tall[:, :, None] * tall[:, None, :]).sum(axis=0)
    found = _solution(squares, tall.T)
    return found if tall is a else found.T


#: From the attributes, the arguments and the number 0 in the walk's form to an array.
KERNELS: dict[Primitive, Callable[[Attributes, Sequence[A], Ball], A]] = {
    linear_algebra.INVERSE: _inverse,
    linear_algebra.SOLVE: _solve,
    linear_algebra.DETERMINANT: _whole_determinant,
    linear_algebra.COFACTORS: _cofactors,
    linear_algebra.LOG_DETERMINANT: _log_determinant,
    linear_algebra.CHOLESKY: _cholesky,
    linear_algebra.PSEUDOINVERSE: _pseudoinverse,
}
