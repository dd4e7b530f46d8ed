"""NumPy kernels of linear algebra: stacks of matrices, NaN where a matrix is singular or not positive definite.

NumPy refuses a whole stack for one bad matrix; here only that one becomes NaN. A matrix that
rounding alone saves from being singular is looked at exactly, so that (1 2 3; 4 5 6; 7 8 9) has
no inverse.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import permutations
from typing import Any

import numpy as np

from gradcli.autodiff import linear_algebra
from gradcli.autodiff.primitive import Attributes, Primitive, Shape
from gradcli.targets import minors

A = Any

_SUSPICIOUS = 1e-11  #: reciprocal condition below which a matrix may be singular but for rounding
_EXACT_STEPS = 1_000_000  #: work that one kernel may spend on exact elimination
_PRIME = (1 << 127) - 1
_MOST_TENSOR = 20_000_000  #: entries of the table of products of singular values


def _inverse(attributes: Attributes, shapes: Sequence[Shape], values: Sequence[A]) -> A:
    (a,) = values
    result = _one_by_one(np.linalg.inv, a)
    growth = _largest(a) * _largest(result)
    result = _without(result, _singular(a, growth))
    if attributes:
        result = _without(result, np.linalg.slogdet(a)[0] <= 0)
    return result


def _solve(attributes: Attributes, shapes: Sequence[Shape], values: Sequence[A]) -> A:
    a, b = values
    vector = len(shapes[1]) == 1
    right = b[..., None] if vector else b
    for lower in (True, False):
        if not np.any(np.triu(a, 1) if lower else np.tril(a, -1)):
            result = _substituted(a, right, lower)
            return result[..., 0] if vector else result
    lead = np.broadcast_shapes(a.shape[:-2], right.shape[:-2])
    probe = np.broadcast_to(_probe(a.shape[-1]), (*lead, a.shape[-1], 1))
    joined = np.concatenate([np.broadcast_to(right, (*lead, *right.shape[-2:])), probe], axis=-1)
    found = _one_by_one(np.linalg.solve, a, joined)
    result = _without(found[..., :-1], _singular(a, _largest(a) * _largest(found[..., -1:])))
    return result[..., 0] if vector else result


def _substituted(a: A, b: A, lower: bool) -> A:
    """A^-1 B for triangular matrices: an entry that the zeros of A make 0 is exactly 0."""
    n = a.shape[-1]
    result = np.zeros(np.broadcast_shapes(a.shape[:-2], b.shape[:-2]) + b.shape[-2:])
    for k in range(n) if lower else range(n - 1, -1, -1):
        known = slice(0, k) if lower else slice(k + 1, n)
        rest = b[..., k, :] - np.einsum("...j,...jm->...m", a[..., k, known], result[..., known, :])
        result[..., k, :] = rest / a[..., k, k, None]
    return _without(result, (np.diagonal(a, axis1=-2, axis2=-1) == 0).any(axis=-1))


def _determinant(attributes: Attributes, shapes: Sequence[Shape], values: Sequence[A]) -> A:
    (a,) = values
    n = a.shape[-1]
    if n > minors.MOST_ROWS:
        return np.linalg.det(a)
    return minors.determinant(n, _entry(a), np.ones(a.shape[:-2])) + 0.0  # no -0


def _cofactors(attributes: Attributes, shapes: Sequence[Shape], values: Sequence[A]) -> A:
    lead = np.broadcast_shapes(*(v.shape[:-2] for v in values))
    n = values[0].shape[-1]
    stack = [np.broadcast_to(v, (*lead, n, n)) for v in values]
    return _expanded_cofactors(stack, lead, n) if n <= minors.MOST_ROWS else _spectral_cofactors(stack, n)


def _expanded_cofactors(stack: Sequence[A], lead: tuple[int, ...], n: int) -> A:
    rows = minors.cofactors(n, [_entry(m) for m in stack], np.ones(lead), np.zeros(lead))
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2) + 0.0 if n else np.zeros((*lead, 0, 0))


def _entry(a: A) -> minors.Matrix:
    """The entries of a stack of matrices."""
    return lambda i, j: a[..., i, j]


def _spectral_cofactors(stack: Sequence[A], n: int) -> A:
    """Cofactors (see `linear_algebra.COFACTORS`) by singular values: nothing is lost where some of them are 0.

    With A = U S V', D^m det(A)[E, H1, ...] is det(U V') times the sum, over distinct places and over
    permutations of them, of the products of the other singular values and of the entries of U' H V.
    """
    scaled, rows, columns = _equilibrated(stack[0])
    usable = np.isfinite(scaled).all(axis=(-2, -1))
    u, s, vt = np.linalg.svd(np.where(usable[..., None, None], scaled, 0.0))
    ut, v = np.swapaxes(u, -1, -2), np.swapaxes(vt, -1, -2)
    m = len(stack)
    if n**m * max(1, math.prod(s.shape[:-1])) > _MOST_TENSOR:
        return np.full(stack[0].shape, np.nan)
    turned = [ut @ (h / rows[..., :, None] / columns[..., None, :]) @ v for h in stack[1:]]
    others = _products_of_others(s, m)
    letters = "abcdefghijkl"[:m]
    total = np.zeros((*s.shape, n))
    for order in permutations(range(m)):
        operands = [f"...{letters[r]}{letters[order[r]]}" for r in range(1, m)]
        target = letters[0] if order[0] == 0 else letters[0] + letters[order[0]]
        term = np.einsum(f"...{letters},{','.join(operands)}->...{target}".replace(",->", "->"), others, *turned)
        sign = _sign(order)
        if len(target) == 2:
            total += sign * term
        else:
            total[..., range(n), range(n)] += sign * term
    orientation = np.linalg.det(u) * np.linalg.det(vt)
    scale = np.prod(rows, axis=-1) * np.prod(columns, axis=-1)
    result = (orientation * scale)[..., None, None] * (u @ total @ vt)
    return _without(result / rows[..., :, None] / columns[..., None, :], ~usable)


def _equilibrated(a: A) -> tuple[A, A, A]:
    """A with rows and columns divided by powers of 2 until their largest entries are near 1, and these powers."""
    rows, columns = np.ones(a.shape[:-1]), np.ones((*a.shape[:-2], a.shape[-1]))
    for _ in range(2):
        scaled = np.abs(a) / rows[..., :, None] / columns[..., None, :]
        rows = rows * _power_of_two(scaled.max(axis=-1))
        scaled = np.abs(a) / rows[..., :, None] / columns[..., None, :]
        columns = columns * _power_of_two(scaled.max(axis=-2))
    return a / rows[..., :, None] / columns[..., None, :], rows, columns


def _power_of_two(x: A) -> A:
    return np.where((x > 0) & np.isfinite(x), np.exp2(np.rint(np.log2(np.where(x > 0, x, 1.0)))), 1.0)


def _products_of_others(s: A, m: int) -> A:
    """The tensor of m axes that holds, at distinct places, the product of all singular values but those there."""
    n = s.shape[-1]
    places = np.indices((n,) * m)
    distinct = np.ones((n,) * m, dtype=bool)
    for i in range(m):
        for j in range(i):
            distinct &= places[i] != places[j]
    lead = (..., *(None,) * m)
    result = np.broadcast_to(distinct.astype(float), (*s.shape[:-1], *distinct.shape))
    for place in range(n):
        result = result * np.where((places == place).any(axis=0), 1.0, s[..., place][lead])
    return result


def _sign(order: Sequence[int]) -> int:
    return -1 if sum(order[i] > order[j] for j in range(len(order)) for i in range(j)) % 2 else 1


def _log_determinant(attributes: Attributes, shapes: Sequence[Shape], values: Sequence[A]) -> A:
    (a,) = values
    sign, logarithm = np.linalg.slogdet(a)
    probe = _one_by_one(np.linalg.solve, a, np.broadcast_to(_probe(a.shape[-1]), (*a.shape[:-1], 1)))
    logarithm = np.where(_singular(a, _largest(a) * _largest(probe)), -np.inf, logarithm)
    return logarithm if attributes[0] else np.where((sign < 0) & (logarithm > -np.inf), np.nan, logarithm)


def _cholesky(attributes: Attributes, shapes: Sequence[Shape], values: Sequence[A]) -> A:
    (a,) = values
    result = _one_by_one(np.linalg.cholesky, a)
    pivots = np.diagonal(result, axis1=-2, axis2=-1) ** 2
    growth = _largest(a) / np.min(pivots, axis=-1, initial=np.inf)
    lower = np.tril(a)
    return _without(result, _singular(lower + np.swapaxes(np.tril(a, -1), -1, -2), growth))


def _pseudoinverse(attributes: Attributes, shapes: Sequence[Shape], values: Sequence[A]) -> A:
    (a,) = values
    usable = np.isfinite(a).all(axis=(-2, -1))
    a = np.where(usable[..., None, None], a, 0.0)
    u, s, vt = np.linalg.svd(a, full_matrices=False)
    kept = s > negligible(a, s)
    inverse = np.where(kept, 1.0 / np.where(kept, s, 1.0), 0.0)
    result = (np.swapaxes(vt, -1, -2) * inverse[..., None, :]) @ np.swapaxes(u, -1, -2)
    return _without(result, ~usable)


def negligible(a: A, singular_values: A) -> A:
    """The size up to which singular values of `a` count as 0, as `numpy.linalg.matrix_rank` has it."""
    largest = singular_values.max(axis=-1, keepdims=True, initial=0.0)
    return largest * max(a.shape[-2:]) * np.finfo(float).eps


def _one_by_one(function: Callable[..., A], *stacks: A) -> A:
    """A function of NumPy's of stacks of matrices; a matrix that it refuses gives NaN."""
    try:
        return function(*stacks)
    except np.linalg.LinAlgError:
        pass
    lead = np.broadcast_shapes(*(s.shape[:-2] for s in stacks))
    stacks = tuple(np.broadcast_to(s, (*lead, *s.shape[-2:])) for s in stacks)
    result = np.full(stacks[-1].shape, np.nan)
    for at in np.ndindex(lead):
        try:
            result[at] = function(*(s[at] for s in stacks))
        except np.linalg.LinAlgError:
            continue
    return result


def _without(result: A, bad: A) -> A:
    """The stack with NaN in place of some of its matrices."""
    return np.where(np.asarray(bad)[..., None, None], np.nan, result) if np.any(bad) else result


def _largest(a: A) -> A:
    """The largest magnitude in each matrix."""
    return np.abs(a).max(axis=(-2, -1), initial=0.0)


def _probe(n: int) -> A:
    """A right side with a part in every direction that anybody types: its solution is large if the matrix is nearly
    singular."""
    return (0.5 + np.modf(np.arange(1.0, n + 1) * 0.6180339887498949)[0])[:, None]


def _singular(a: A, growth: A) -> A:
    """Which matrices are exactly singular, of those whose `growth` (about the condition) says that they may be."""
    n = a.shape[-1]
    lead = np.shape(growth)
    found = np.zeros(lead, dtype=bool)
    with np.errstate(all="ignore"):
        suspects = np.argwhere(np.asarray(growth * _SUSPICIOUS > 1.0))
    if len(suspects) * max(1, n) ** 3 > _EXACT_STEPS:
        return found
    stack = np.broadcast_to(a, (*lead, n, n))
    for at in map(tuple, suspects):
        found[at] = bool(np.isfinite(stack[at]).all()) and _exactly_singular(stack[at])
    return found


def _exactly_singular(matrix: A) -> bool:
    """Whether the determinant of float64 numbers, which are fractions, is 0: by elimination modulo a large prime."""
    mantissas, exponents = np.frexp(matrix)
    rows = [
        [int(m * 2**53) * pow(2, int(e) - 53, _PRIME) % _PRIME for m, e in zip(*pair, strict=True)]
        for pair in zip(mantissas.tolist(), exponents.tolist(), strict=True)
    ]
    for k in range(len(rows)):
        pivot = next((i for i in range(k, len(rows)) if rows[i][k]), None)
        if pivot is None:
            return True
        rows[k], rows[pivot] = rows[pivot], rows[k]
        inverse = pow(rows[k][k], -1, _PRIME)
        for i in range(k + 1, len(rows)):
            factor = rows[i][k] * inverse % _PRIME
            if factor:
                rows[i] = [(x - factor * y) % _PRIME for x, y in zip(rows[i], rows[k], strict=True)]
    return False


KERNELS: dict[Primitive, Callable[[Attributes, Sequence[Shape], Sequence[A]], A]] = {
    linear_algebra.INVERSE: _inverse,
    linear_algebra.SOLVE: _solve,
    linear_algebra.DETERMINANT: _determinant,
    linear_algebra.COFACTORS: _cofactors,
    linear_algebra.LOG_DETERMINANT: _log_determinant,
    linear_algebra.CHOLESKY: _cholesky,
    linear_algebra.PSEUDOINVERSE: _pseudoinverse,
}
