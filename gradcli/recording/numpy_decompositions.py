"""Eigenvalues, singular values and orthogonal factors: NumPy's own numbers, with the derivatives known for them.

Each is a function with a custom gradient, which is written with recorded functions (itself among them)
and so can be differentiated again. Stacks of matrices come as NumPy takes them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.recording.translation import Translate, numbers, shape_of


def _with_gradient(function: Callable[[Any], Any], a: Any) -> Any:
    from gradcli.recording.custom import custom_gradient  # the recorder itself, which knows this table

    def quiet(a: Any) -> Any:
        result, gradient = function(a)

        def without_warnings(*upstream: Any) -> Any:
            with np.errstate(all="ignore"):
                return gradient(*upstream)

        return result, without_warnings

    return custom_gradient(quiet)(a)


def _t(a: Any) -> Any:
    return np.swapaxes(a, -1, -2)


def _diagonal(entries: Any) -> Any:
    """Diagonal matrices."""
    return np.expand_dims(entries, -1) * np.eye(shape_of(entries)[-1])


def _by_differences(inner: Any, values: Any, differences: Any) -> Any:
    """`inner` by the differences of distinct values, 0 on the diagonal; equal values make inf of all but 0."""
    none = np.eye(shape_of(values)[-1], dtype=bool) | ((numbers(differences) == 0) & (numbers(inner) == 0))
    return np.where(none, 0.0, inner / np.where(none, 1.0, differences))


def _eigh(a: Any, UPLO: Any = "L") -> Any:
    """Of a symmetric matrix, of which one triangle is read (Giles 2008, "Collected matrix derivative results", 3.1)."""

    def decompose(a: Any) -> Any:
        def gradient(of_values: Any, of_vectors: Any) -> Any:
            w, v = np.linalg.eigh(a, UPLO)
            differences = np.expand_dims(w, -2) - np.expand_dims(w, -1)
            turned = _by_differences(_t(v) @ of_vectors, w, differences)
            return _one_triangle(v @ (_diagonal(of_values) + turned) @ _t(v), UPLO)

        return np.linalg.eigh(numbers(a), UPLO), gradient

    return _with_gradient(decompose, a)


def _eigvalsh(a: Any, UPLO: Any = "L") -> Any:
    def decompose(a: Any) -> Any:
        def gradient(of_values: Any) -> Any:
            v = np.linalg.eigh(a, UPLO)[1]
            return _one_triangle(v @ _diagonal(of_values) @ _t(v), UPLO)

        return np.linalg.eigvalsh(numbers(a), UPLO), gradient

    return _with_gradient(decompose, a)


def _one_triangle(full: Any, which: str) -> Any:
    """The gradient by the triangle that stands for a symmetric matrix."""
    triangle = np.tril if which.upper() == "L" else np.triu
    return triangle(full + _t(full)) - full * np.eye(shape_of(full)[-1])


def _svd(a: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """Singular values and vectors (Townsend 2016, "Differentiating the singular value decomposition")."""
    m, n = shape_of(a)[-2:]
    if not compute_uv:
        return _singular_values(a)
    if full_matrices and m != n:
        raise TypeError("full_matrices=True of a matrix that is not square: the rest of a basis has no derivative")

    def decompose(a: Any) -> Any:
        def gradient(of_u: Any, of_s: Any, of_vt: Any) -> Any:
            u, s, vt = np.linalg.svd(a, full_matrices=False)
            row, column = np.expand_dims(s, -2), np.expand_dims(s, -1)
            differences = (row - column) * (row + column)
            left = _by_differences(_t(u) @ of_u, s, differences)
            right = _by_differences(vt @ _t(of_vt), s, differences)
            inner = (left + _t(left)) * row + column * (right + _t(right)) + _diagonal(of_s)
            found = u @ inner @ vt
            if m > n:
                found = found + ((of_u - u @ (_t(u) @ of_u)) / row) @ vt
            if n > m:
                found = found + u @ ((of_vt - (of_vt @ _t(vt)) @ vt) / column)
            return found

        return np.linalg.svd(numbers(a), full_matrices=False), gradient

    return _with_gradient(decompose, a)


def _singular_values(a: Any) -> Any:
    def decompose(a: Any) -> Any:
        def gradient(of_s: Any) -> Any:
            u, _, vt = np.linalg.svd(a, full_matrices=False)
            return u @ _diagonal(of_s) @ vt

        return np.linalg.svd(numbers(a), compute_uv=False), gradient

    return _with_gradient(decompose, a)


def _qr(a: Any, mode: str = "reduced") -> Any:
    """Of a matrix with at least as many rows as columns (Walter and Lehmann 2010)."""
    m, n = shape_of(a)[-2:]
    if mode != "reduced" or m < n:
        raise TypeError(f"mode={mode!r} of a matrix of shape {(m, n)}")

    def decompose(a: Any) -> Any:
        def gradient(of_q: Any, of_r: Any) -> Any:
            q, r = np.linalg.qr(a)
            both = r @ _t(of_r) - _t(of_q) @ q
            symmetric = np.tril(both) + _t(np.tril(both, -1))
            return _t(np.linalg.solve(r, _t(of_q + q @ symmetric)))

        return np.linalg.qr(numbers(a)), gradient

    return _with_gradient(decompose, a)


def _cond(x: Any) -> Any:
    s = _singular_values(x)
    return s[..., 0] / s[..., -1]


def _table() -> dict[Any, Translate]:
    named: dict[str, Translate] = {
        "eigh": _eigh, "eigvalsh": _eigvalsh, "svd": _svd, "svdvals": _singular_values, "qr": _qr, "cond": _cond,
    }  # fmt: skip
    return {getattr(np.linalg, name): say for name, say in named.items() if hasattr(np.linalg, name)}


#: How each decomposition of NumPy's is said.
DECOMPOSITIONS: dict[Any, Translate] = _table()
