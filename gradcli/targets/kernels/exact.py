"""What rounding takes from a product or a difference, as another float64."""

from __future__ import annotations

from typing import Any

import numpy as np

A = Any  #: a float, or a float64 array


def product_error(a: A, b: A, product: A) -> A:
    """What float64 a*b lacks of the true product (T. J. Dekker 1971), for |a|, |b| below 1e300."""
    a_head, b_head = a * 134217729.0, b * 134217729.0
    a_head, b_head = a_head - (a_head - a), b_head - (b_head - b)
    a_tail, b_tail = a - a_head, b - b_head
    return ((a_head * b_head - product) + a_head * b_tail + a_tail * b_head) + a_tail * b_tail


def head(x: A) -> A:
    """x rounded to multiples of 2^-20 where that is coarser than float64: its square is exact in the range of exp."""
    return np.where(np.abs(x) < 64.0, np.rint(x * 1048576.0) / 1048576.0, x)


def cube_root_step(root: A, x: A) -> A:
    """A cube root that is wrong in its last digit, mended by Newton's step with the exact residual."""
    square = root * root
    cube = square * root
    residual = (cube - x) + (product_error(square, root, cube) + product_error(root, root, square) * root)
    return root - residual / (3 * square)


def difference(x: A, y: A) -> tuple[A, A]:
    """x - y, and what it lacks of the exact difference (Knuth's two-sum)."""
    d = x - y
    t = d - x
    rest = (x - (d - t)) - (y + t)
    return d, np.where(np.isfinite(rest), rest, 0.0)


def quotient(x: A, y: A) -> tuple[A, A]:
    """x/y, and what it lacks of the exact quotient: the remainder, which is exact, over y."""
    m, e = np.frexp(x)
    n, f = np.frexp(y)
    q = m / n
    product = q * n
    rest = ((m - product) - product_error(q, n, product)) / n
    return np.ldexp(q, e - f), np.where(np.isfinite(rest), np.ldexp(rest, e - f), 0.0)
