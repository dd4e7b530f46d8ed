"""Values of array functions against NumPy, shapes and errors as the interface says."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.special
from hypothesis import given, settings
from hypothesis import strategies as st
from tapes import Program, value

from gradcli.errors import ExpressionError, GradcliError, ShapeError

GENERATOR = np.random.default_rng(7)
ARRAYS = {
    "A": GENERATOR.standard_normal((2, 3)),
    "B": GENERATOR.standard_normal((3, 2)),
    "S": GENERATOR.standard_normal((3, 3)),
    "v": np.array([0.5, -1.25, 2.0]),
    "w": np.array([1.5, 0.25, -0.75]),
    "T": GENERATOR.standard_normal((2, 3, 4)),
    "s": np.array(1.75),
}
A, B, S, V, W, T, C = ARRAYS.values()

VALUES = {
    "sum(A)": A.sum(),
    "sum(A, axis=0)": A.sum(axis=0),
    "sum(A, axis=-1)": A.sum(axis=-1),
    "sum(T, axis=[0, 2])": T.sum(axis=(0, 2)),
    "mean(A, axis=1)": A.mean(axis=1),
    "prod(T, axis=1)": T.prod(axis=1),
    "prod(v)": V.prod(),
    "max(A)": A.max(),
    "max(T, axis=1)": T.max(axis=1),
    "min(A, axis=0)": A.min(axis=0),
    "max(v, w, 0.3)": np.maximum(np.maximum(V, W), 0.3),
    "min(v, w)": np.minimum(V, W),
    "median(v)": np.median(V),
    "median(T, axis=2)": np.median(T, axis=2),
    "median(T, axis=[0, 1])": np.median(T, axis=(0, 1)),
    "var(A)": A.var(),
    "var(A, axis=0)": A.var(axis=0),
    "std(T, axis=2)": T.std(axis=2),
    "norm(A)": np.linalg.norm(A),
    "norm(A, axis=1)": np.linalg.norm(A, axis=1),
    "norm1(v)": np.abs(V).sum(),
    "norm2(v)": np.linalg.norm(V),
    "norminf(v)": np.abs(V).max(),
    "cumsum(A)": A.cumsum(),
    "cumsum(A, axis=0)": A.cumsum(axis=0),
    "cumsum(T, axis=-1)": T.cumsum(axis=-1),
    "any(v > 1)": 1.0,
    "all(A > -9, axis=0)": np.ones(3),
    "any(A > 9, axis=1)": np.zeros(2),
    "trace(S)": np.trace(S),
    "reshape(A, [3, 2])": A.reshape(3, 2),
    "reshape(A, -1)": A.ravel(),
    "reshape(T, [4, -1])": T.reshape(4, 6),
    "transpose(A)": A.T,
    "transpose(T, axes=[2, 0, 1])": T.transpose(2, 0, 1),
    "A'": A.T,
    "A.T": A.T,
    "v'": V,
    "T'": T.T,
    "concat(A, B', axis=0)": np.concatenate([A, B.T], axis=0),
    "concat(A, B', axis=1)": np.concatenate([A, B.T], axis=1),
    "concat(v, w)": np.concatenate([V, W]),
    "stack(v, w)": np.stack([V, W]),
    "stack(v, w, axis=1)": np.stack([V, W], axis=1),
    "stack(A, B', axis=-1)": np.stack([A, B.T], axis=-1),
    "[[1, s], [s^2, 0]]": np.array([[1, 1.75], [1.75**2, 0]]),
    "[v, w]": np.array([V, W]),
    "diag(v)": np.diag(V),
    "diag(S)": np.diag(S),
    "tril(S)": np.tril(S),
    "triu(S, 1)": np.triu(S, 1),
    "tril(A, k=-1)": np.tril(A, -1),
    "outer(v, w)": np.outer(V, W),
    "dot(v, w)": V @ W,
    "v @ w": V @ W,
    "A @ v": A @ V,
    "w @ B": W @ B,
    "A @ B @ A": A @ B @ A,
    "matmul(S, S)": S @ S,
    "v' @ S @ w": V @ S @ W,
    "matrix_power(S, 0)": np.eye(3),
    "matrix_power(S, 5)": np.linalg.matrix_power(S, 5),
    "matrix_power(S, -1)": np.linalg.inv(S),
    "matrix_power(S, -3)": np.linalg.matrix_power(S, -3),
    "inv(S)": np.linalg.inv(S),
    "solve(S, v)": np.linalg.solve(S, V),
    "solve(S, B)": np.linalg.solve(S, B),
    "det(S)": np.linalg.det(S),
    "adj(S)": np.linalg.det(S) * np.linalg.inv(S),
    "logabsdet(S)": np.linalg.slogdet(S)[1],
    "logdet(S @ S')": np.linalg.slogdet(S @ S.T)[1],
    "cholesky(S @ S')": np.linalg.cholesky(S @ S.T),
    "pinv(A)": np.linalg.pinv(A),
    "pinv(B)": np.linalg.pinv(B),
    "S^2": S**2,
    "zeros([2, 2])": np.zeros((2, 2)),
    "ones(3)": np.ones(3),
    "eye(2)": np.eye(2),
    "linspace(0, s, 5)": np.linspace(0, 1.75, 5),
    "arange(4)": np.arange(4.0),
    "size(T)": 24.0,
    "size(T, axis=1)": 3.0,
    "shape(T)": np.array([2.0, 3.0, 4.0]),
    "logsumexp(v)": scipy.special.logsumexp(V),
    "logsumexp(A, axis=0)": scipy.special.logsumexp(A, axis=0),
    "softmax(A, axis=1)": scipy.special.softmax(A, axis=1),
    "log_softmax(v)": scipy.special.log_softmax(V),
    "mse(v, w)": ((V - W) ** 2).mean(),
    "mae(v, w)": np.abs(V - W).mean(),
    "v > w": (V > W).astype(float),
    "not v": np.zeros(3),
    "v and w": np.ones(3),
    "where(v > 0, v, w)": np.where(V > 0, V, W),
    "A + v": A + V,
    "reshape(v, [3, 1])*w": V[:, None] * W,
    "s*T - s": 1.75 * T - 1.75,
    "stop_gradient(A)": A,
    "polygamma(2, v^2)": scipy.special.polygamma(2, V**2),
    "log(v^2, 2)": np.log2(V**2),
}


@pytest.mark.parametrize("text", VALUES)
def test_values_are_numpys(text: str) -> None:
    found = value(text, **ARRAYS)
    expected = np.asarray(VALUES[text], dtype=float)
    assert found.shape == expected.shape
    assert found == pytest.approx(expected, rel=1e-14, abs=1e-15)


INDICES = {
    "0": np.s_[0],
    "-1": np.s_[-1],
    "1, 2": np.s_[1, 2],
    ":, 1": np.s_[:, 1],
    "1:": np.s_[1:],
    "::2": np.s_[::2],
    "::-1": np.s_[::-1],
    ":, ::-2, 1:3": np.s_[:, ::-2, 1:3],
    "1, :, -1": np.s_[1, :, -1],
    "0:0": np.s_[0:0],
    "1:-1": np.s_[1:-1],
    "5:": np.s_[5:],
    "-9:9:2": np.s_[-9:9:2],
    ":, -1:0:-1": np.s_[:, -1:0:-1],
    "1::-1, :, ::-3": np.s_[1::-1, :, ::-3],
    "0, 0, 0": np.s_[0, 0, 0],
    ":, 5::-1": np.s_[:, 5::-1],
    ":, -9::-1": np.s_[:, -9::-1],
}


@pytest.mark.parametrize("index", INDICES)
def test_indices_are_numpys(index: str) -> None:
    expected = T[INDICES[index]]
    found = value(f"T[{index}]", T=T)
    assert found.shape == expected.shape
    assert found.tolist() == expected.tolist()


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 6), *[st.one_of(st.none(), st.integers(-8, 8))] * 2, st.sampled_from([None, 1, 2, 3, -1, -2, -3]))
def test_slices_are_pythons(n: int, start: int | None, stop: int | None, step: int | None) -> None:
    text = ":".join("" if part is None else str(part) for part in (start, stop, step))
    program = Program(f"sum(v[{text}]*v[{text}])", v=np.arange(1.0, n + 1))
    chosen = np.arange(1.0, n + 1)[start:stop:step]
    assert program.value() == (chosen**2).sum()
    expected = [2 * x if x in chosen else 0.0 for x in np.arange(1.0, n + 1)]
    assert program.gradient()["v"].tolist() == expected


EINSUMS = {
    "ij,jk->ik": ("A", "B"),
    "ij,jk": ("A", "B"),
    "ij->ji": ("A",),
    "ij->": ("A",),
    "ij->j": ("A",),
    "ii->i": ("S",),
    "ii": ("S",),
    "ij": ("A",),
    "ba": ("A",),
    "i,i->": ("v", "w"),
    "i,j->ij": ("v", "w"),
    "i,j->ji": ("v", "w"),
    "i,j->": ("v", "w"),
    "i,j->j": ("v", "w"),
    "ii,i->i": ("S", "v"),
    "ii,jj->ij": ("S", "S"),
    "ij,ij->ij": ("S", "S"),
    "ij,kl->": ("A", "B"),
    "i,ij,j->": ("v", "S", "w"),
    "ij,jk,kl->il": ("A", "B", "A"),
    "ijk,j->ik": ("T", "v"),
    "ijk,ijk->": ("T", "T"),
    "ijk,mjk->im": ("T", "T"),
    "i,i,i->i": ("v", "w", "v"),
    "i,i,i->": ("v", "w", "v"),
    ",i->i": ("s", "v"),
    ",->": ("s", "s"),
    "i j , j k -> i k": ("A", "B"),
    "...i->i...": ("T",),
    "...i,...i->...": ("A", "v"),
    "...ij,...jk->...ik": ("S", "S"),
    "i...,ij->j...": ("T", "A"),
    "...,...": ("A", "s"),
    "b...,...": ("A", "v"),
    "...ii->...i": ("S",),
    "... , i ...": ("s", "T"),
}


@pytest.mark.parametrize("pattern", EINSUMS)
def test_einsum_is_numpys(pattern: str) -> None:
    names = EINSUMS[pattern]
    text = f'einsum("{pattern}", {", ".join(names)})'
    expected = np.einsum(pattern.replace(" ", ""), *[ARRAYS[n] for n in names])
    found = value(text, **{n: ARRAYS[n] for n in names})
    assert found.shape == expected.shape
    assert found == pytest.approx(expected, rel=1e-14, abs=1e-15)


@pytest.mark.parametrize(
    "text",
    [
        "A + B", "A @ A", "T @ T", "s @ v", "S @ A", "[v, s]", "[[1, 2], [3]]", "concat(A, B)", "concat(s, s)",
        "stack(v, A)", "A[2]", "A[0, 3]", "A[0, 0, 0]", "v[-4]", "sum(A, axis=2)", "sum(A, axis=[0, 0])",
        "reshape(A, [4, 2])", "reshape(A, [-1, 4])", "transpose(A, axes=[0, 0])", "diag(A)", "trace(A)", "trace(v)",
        "matrix_power(A, 2)", 'einsum("ij,jk->ik", A, A)', 'einsum("ijk,jk->ik", A, B)',
        "max(v[3:])", "stack(v, w, axis=3)", "linspace(v, w, 3)", "tril(v)", "v*[1, 2]",
    ],
)  # fmt: skip
def test_shapes_that_do_not_fit_are_errors_with_a_place(text: str) -> None:
    with pytest.raises(ShapeError) as error:
        value(text, **ARRAYS)
    assert error.value.span is not None
    assert error.value.text == text


def test_the_axes_of_an_ellipsis_broadcast() -> None:
    A, B = np.arange(6.0).reshape(2, 1, 3), np.arange(12.0).reshape(4, 3)
    found = value('einsum("...i,...i->...", A, B)', A=A, B=B)
    assert np.array_equal(found, np.einsum("...i,...i->...", A, B))


@pytest.mark.parametrize(
    "text",
    [
        "v[s]", "v[v > 0]", "v[0.5]", "v[::0]", "sum(A, axis=s)", "reshape(A, [s, 2])", "polygamma(s, v)",
        "polygamma(-1, v)",
        'einsum("ij,jk->iz", A, B)', 'einsum("i1->i", A)', 'einsum("ij->ii", A)', "einsum(A, B)", 'einsum("ij,jk", A)',
        "max(v, w, axis=0)", "median(v, w)", "sum(A, axis=0, axes=1)", "sum()", "sin(v, axis=0)", "mean(A, keepdim=1)",
        '"ij"', "v[0:1:2:3]", "cumsum(A, axis=[0, 1])", "concat(A, A, axis=[0, 1])", "stack(A, A, axis=[0])",
        "tril(S, k=[0])", "triu(S, [0, 1])", "matrix_power(S, [2])", "linspace(0, 1, [3])",
    ],
)  # fmt: skip
def test_static_arguments_are_checked(text: str) -> None:
    with pytest.raises(ExpressionError) as error:
        value(text, **ARRAYS)
    assert error.value.span is not None


def test_empty_arrays() -> None:
    assert value("sum(v[3:])", v=V) == 0
    assert value("prod(v[3:])", v=V) == 1
    assert value("norm(v[0:0])", v=V) == 0
    assert value("any(v[3:])", v=V) == 0
    assert value("all(v[3:])", v=V) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('einsum("...i->i", A)', "'...' stands before -> but not after it"),
        ('einsum("ij->ii", A)', "the result 'ii' of an einsum pattern names 'i' more than once"),
        ('einsum("...i......->i...", A)', "'...' stands at most once in each part of an einsum pattern"),
        ('einsum("...ijk->...i", A)', "'...ijk' names 3 axes of an array of shape (2, 3)"),
        ('einsum("...,...->...", A, A\')', "the axes that '...' stands for in shapes (2, 3) and (3, 2) do not fit"),
        ('einsum("ij,jk", A, A)', "axis 'j' has length 3 in shape (2, 3) and 2 in shape (2, 3)"),
        ('einsum("i", A)', "'i' names 1 axis of an array of shape (2, 3)"),
        ("trace(A)", "trace takes a square matrix, not shape (2, 3)"),
        ("cumsum(A, axis=[0, 1])", "axis is one whole number here, not a list"),
    ],
)
def test_messages_name_what_was_given(text: str, message: str) -> None:
    with pytest.raises(GradcliError) as error:
        value(text, **ARRAYS)
    assert error.value.message == message
