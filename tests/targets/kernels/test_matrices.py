"""Kernels of matrices: expansion without division and singular values give the same cofactors at every rank."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gradcli.targets import minors
from gradcli.targets.kernels import matrices


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_expanded_and_spectral_cofactors_agree(n: int) -> None:
    generator = np.random.default_rng(n)
    directions = [generator.standard_normal((4, n, n)) for _ in range(3)]
    for rank in range(n + 1):
        stack = generator.standard_normal((4, n, rank)) @ generator.standard_normal((4, rank, n))
        for k in range(4):
            given = [stack, *directions[:k]]
            expanded = matrices._expanded_cofactors(given, (4,), n)
            spectral = matrices._spectral_cofactors(given, n)
            assert spectral == pytest.approx(expanded, rel=1e-9, abs=1e-9)


def test_minors_in_whole_numbers() -> None:
    """Vandermonde's determinant is the product of the differences; expansion along any row gives it again."""
    x = [2, 3, 5, 7, 11]
    entry = lambda i, j: x[i] ** j  # noqa: E731
    truth = math.prod(x[j] - x[i] for i in range(5) for j in range(i + 1, 5))
    assert minors.determinant(5, entry, 1) == truth
    cofactors = minors.cofactors(5, [entry], 1, 0)
    for i in range(5):
        for row in range(5):
            assert sum(entry(i, j) * cofactors[row][j] for j in range(5)) == (truth if i == row else 0)


def test_a_matrix_that_is_not_finite_gives_nan() -> None:
    for bad in (np.nan, np.inf):
        a = np.eye(9)
        a[2, 3] = bad
        assert np.isnan(matrices._spectral_cofactors([a], 9)).all()
        assert np.isnan(matrices._pseudoinverse((), [(9, 9)], [a])).all()


def test_triangular_systems_keep_their_zeros() -> None:
    a = np.array([[3.0, 0, 0], [0.1, 7, 0], [0.3, 0.2, 11]])
    found = matrices._solve((), [(3, 3), (3, 3)], [a, np.eye(3)])
    assert found[np.triu_indices(3, 1)].tolist() == [0, 0, 0]
    assert a @ found == pytest.approx(np.eye(3), abs=1e-16)
    turned = matrices._solve((), [(3, 3), (3,)], [a.T, np.array([0.0, 7, 0])])
    assert turned == pytest.approx([-0.1 / 3, 1, 0], rel=1e-15)
    assert turned[2] == 0
