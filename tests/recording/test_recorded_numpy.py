"""NumPy's functions on recorded values: the value is NumPy's own, the gradient that of numeric differentiation."""

import math
import operator
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from numeric_gradients import Function, check

from gradcli import Tape, Variable, constant
from gradcli.recording.ufuncs import TEXTS, gives_truth

SAMPLES = ((0.37, 1.9), (1.3, 0.45))


@pytest.mark.parametrize(
    "ufunc", [f for f in TEXTS if isinstance(f, np.ufunc) and not gives_truth(f)], ids=lambda f: f.__name__
)
def test_every_ufunc_of_the_table(ufunc: np.ufunc) -> None:
    if ufunc.signature is not None:  # a product of vectors, not elementwise
        check(lambda x: ufunc(x, 2.0 * x[::-1]), [0.3, 0.7])
        return
    with np.errstate(invalid="ignore"):
        points = [p[: ufunc.nin] for p in SAMPLES if np.isfinite(ufunc(*p[: ufunc.nin], *(0.5,) * (ufunc.nin - 2)))]
    assert points
    for point in points:
        for k in range(ufunc.nin):
            others = list(point)

            def f(x: Any, others: list[float] = others, k: int = k) -> Any:
                return ufunc(*others[:k], x, *others[k + 1 :])

            check(f, point[k])


SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 7.0, 1e-300, 1e300, -1e300, 1e16, -7.7, np.inf, -np.inf, np.nan]


@pytest.mark.parametrize(
    "ufunc",
    [f for f in TEXTS if isinstance(f, np.ufunc) and f.nin < 3 and not f.signature and not gives_truth(f)],
    ids=lambda f: f.__name__,
)
def test_values_are_numpys_also_at_special_points(ufunc: np.ufunc) -> None:
    grid = np.meshgrid(*[np.array(SPECIAL)] * ufunc.nin)
    with np.errstate(all="ignore"):
        expected = ufunc(*grid)
    with Tape():
        found = ufunc(*[Variable(values) for values in grid]).numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-15)


A = np.array([[0.3, -1.2, 0.7, 2.1], [1.4, 0.2, -0.6, 0.9], [-0.8, 1.1, 0.5, -1.7]])
V = np.array([0.4, -1.3, 0.8, 1.9])
B = np.array([[1.0, -0.5], [0.25, 2.0], [0.7, -1.1], [0.1, 0.6]])
S = np.array([[0.5, 1.5, -0.3], [0.2, -0.7, 1.1], [0.9, 0.4, 0.8]])
W = np.array([[1.0, -2.0, 0.5, 3.0], [0.3, 0.7, -1.1, 2.0], [1.5, -0.4, 0.8, 0.6]])

CASES: dict[str, tuple[Function, np.ndarray]] = {
    "operators": (lambda x: -x * x / (2 + x**2) + 3 - (1 - x) * 2.5, A),
    "power with a recorded exponent": (lambda x: 2.0**x + abs(x) ** x, A),
    "floor division and remainder": (lambda x: x // 0.43 * x + x % 0.43 + 7.13 % (3.7 + x), A),
    "broadcasting over rows": (lambda x: W * x + x, V),
    "broadcasting a scalar": (lambda x: np.exp(x) * W, np.array(0.3)),
    "augmented assignment": (lambda x: operator.iadd(x * 1.0, x * x), V),
    "sum": (lambda x: np.sum(x**2), A),
    "sum over an axis": (lambda x: np.sum(x**3, axis=1), A),
    "sum over two axes, kept": (lambda x: np.sum(x**3, axis=(0, -1), keepdims=True) * x, A),
    "sum method": (lambda x: x.sum(axis=0, keepdims=True) * x, A),
    "builtin sum over rows": (lambda x: sum(row * row for row in x), A),
    "add.reduce": (lambda x: np.add.reduce(x**2), A),
    "add.accumulate": (lambda x: np.add.accumulate(x**2), A),
    "multiply.reduce": (lambda x: np.multiply.reduce(x, axis=1), A),
    "prod": (lambda x: np.prod(x, axis=1), A),
    "prod of everything": (lambda x: np.prod(x), A),
    "mean": (lambda x: x.mean(axis=1) ** 2, A),
    "mean kept": (lambda x: (x - np.mean(x, axis=-1, keepdims=True)) ** 2, A),
    "average": (lambda x: np.average(x**2, weights=W**2, axis=1), A),
    "max": (lambda x: np.max(x, axis=1) ** 2, A),
    "amin": (lambda x: np.amin(x**3), A),
    "ptp": (lambda x: np.ptp(x, axis=0) ** 2, A),
    "median": (lambda x: np.median(x, axis=0) ** 2 + np.median(x) ** 3, A),
    "var": (lambda x: np.var(x, axis=1), A),
    "var of a sample": (lambda x: x.var(ddof=1), A),
    "std": (lambda x: np.std(x, axis=0, keepdims=True), A),
    "std of a sample": (lambda x: np.std(x, axis=1, ddof=1), A),
    "cumsum": (lambda x: np.cumsum(x**2, axis=1) * np.cumsum(x).reshape(3, 4), A),
    "norms": (lambda x: np.linalg.norm(x) + np.linalg.norm(x, axis=1) ** 3, A),
    "vector norms": (
        lambda x: np.linalg.norm(x, 1) * np.linalg.norm(x, np.inf) * np.linalg.norm(x, 2, keepdims=True),
        V,
    ),
    "transposes": (lambda x: x.T @ x + np.transpose(x) @ W, A),
    "axes in another order": (
        lambda x: np.moveaxis(x.reshape(3, 2, 2), 0, -1).swapaxes(0, 1) ** 2 * x.reshape(2, 2, 3),
        A,
    ),
    "transpose by position": (lambda x: x.reshape((2, 2, 3)).transpose(2, 0, 1) ** 2 * W.reshape(3, 2, 2), A),
    "reshapes": (lambda x: (x.ravel() * x.flatten())[:6].reshape(2, -1) @ W[:, :3], A),
    "squeeze and expand": (lambda x: np.squeeze(np.expand_dims(x, 1) * x[:, None, :]) * x, A),
    "at least": (lambda x: np.atleast_2d(x) * np.atleast_1d(x[0]), V),
    "broadcast_to": (lambda x: np.broadcast_to(x, (3, 4)) ** 2 * W, V),
    "concatenate": (lambda x: np.concatenate([x, W * x, x[:1]], axis=0) ** 2, A),
    "concatenate along an axis": (lambda x: np.concatenate((x, x**2), axis=1) @ np.ones(8), A),
    "stack": (lambda x: np.stack([x[0], 2.0 * x[1], W[0]], axis=1) ** 2, A),
    "stack of scalars": (lambda x: np.stack([x[0] * x[1], 3.0, np.sin(x[2])]) ** 2, V),
    "hstack, vstack, column_stack": (
        lambda x: np.hstack([x, x]) @ np.vstack([B, B]) @ np.column_stack([B[0], B[1]]),
        V,
    ),
    "hstack of matrices": (lambda x: np.hstack([x, x**2]) ** 2, A),
    "matmul": (lambda x: x @ B, A),
    "matmul from the left": (lambda x: W @ x @ x.T, B),
    "vector products": (lambda x: (x @ x) * (W @ x) @ (W @ x), V),
    "matmul of stacks": (lambda x: np.matmul(x.reshape(2, 2, 3), S) @ (S @ x.reshape(2, 3, 2)), A),
    "dot and inner": (lambda x: np.dot(x, B) @ np.inner(B.T, x) + np.inner(V, x) + x.dot(2.0)[:, :3], A),
    "vdot and outer": (lambda x: np.vdot(x, W) * np.outer(x, x[0]), A),
    "tensordot": (lambda x: np.tensordot(x, W, axes=2) + np.tensordot(x, W, axes=([0], [0])) ** 2, A),
    "einsum": (lambda x: np.einsum("ij,kj,ik->i", x, W, S) * np.einsum("ij->j", x)[:3], A),
    "trace and diagonals": (lambda x: np.trace(x @ x) * np.diag(x) + np.diagonal(x) ** 2 + np.diag(x[0])[1], S),
    "triangles": (lambda x: np.tril(x) @ np.triu(x, k=1) @ x, S),
    "matrix_power": (lambda x: np.linalg.matrix_power(x, 3), S),
    "negative matrix_power": (lambda x: np.linalg.matrix_power(x, -2), S),
    "inv": (lambda x: np.linalg.inv(x), S),
    "solve": (lambda x: np.linalg.solve(x, x[0] * V[:3]) + np.linalg.solve(x, x @ W[:, :3])[1], S),
    "det": (lambda x: np.linalg.det(x), S),
    "slogdet": (lambda x: np.linalg.slogdet(x).logabsdet * np.linalg.slogdet(x)[0], S),
    "cholesky": (lambda x: np.linalg.cholesky(x @ x.T + np.eye(3)), S),
    "pinv": (lambda x: np.linalg.pinv(x) @ np.linalg.pinv(x.T), A),
    "where": (lambda x: np.where(x > 0.1, x**2, -x) * np.where(W > 0, x, 0.0), A),
    "clip": (lambda x: x.clip(-0.9, 1.0) ** 2 + np.clip(x, None, x**2), A),
    "round": (lambda x: np.round(1.13 * x, 1) * x + (1.13 * x).round() * x, A),
    "sinc": (lambda x: np.sinc(x), A),
    "diff and flip": (lambda x: np.diff(x**2) * np.flip(x, 1)[:, 1:] + np.diff(x, axis=0)[0, 0], A),
    "indexing": (lambda x: x[0] * x[-1, ::-1] + x[1:, 2][0] * x[..., 3].sum() + x[:, None, 1][2, 0], A),
    "indices that are recorded values": (lambda x: x[constant(1), np.int64(2)] * x[0, 0], A),
    "copy and real": (lambda x: np.copy(x) * np.real(x) * +x, A),
}


@pytest.mark.parametrize("name", CASES)
def test_functions_of_arrays(name: str) -> None:
    check(*CASES[name])


def test_matrices_that_numpy_refuses_are_refused() -> None:
    x = Variable(np.array([[1.0, 2.0], [2.0, 4.0]]))
    with Tape():
        for refused in (np.linalg.inv, np.linalg.cholesky, lambda x: np.linalg.solve(x, [1.0, 0.0])):
            with pytest.raises(np.linalg.LinAlgError):
                refused(x)
        assert np.linalg.slogdet(x).logabsdet.numpy() == -np.inf
        assert np.linalg.det(x).numpy() == 0.0


MPMATH = {
    np.sin: mp.sin, np.tan: mp.tan, np.arcsin: mp.asin, np.arctan: mp.atan, np.tanh: mp.tanh, np.arcsinh: mp.asinh,
    np.arctanh: mp.atanh, np.exp: mp.exp, np.expm1: mp.expm1, np.log1p: mp.log1p, np.sqrt: mp.sqrt, np.cbrt: mp.cbrt,
}  # fmt: skip


@pytest.mark.parametrize("function", MPMATH, ids=lambda f: f.__name__)
def test_three_orders_to_the_last_digits(function: np.ufunc) -> None:
    with mp.workdps(60):
        expected = [float(mp.diff(MPMATH[function], mp.mpf(0.7), n)) for n in (1, 2, 3)]
    x = Variable(0.7)
    with Tape(persistent=True) as tape:
        found = [function(x)]
        for _ in expected:
            found.append(tape.gradient(found[-1], x))
    np.testing.assert_allclose([float(d) for d in found[1:]], expected, rtol=3e-15, atol=1e-16)


def test_a_branch_not_taken_injects_nothing() -> None:
    x = Variable([-1.0, 0.0, 2.0])
    with Tape(persistent=True) as tape:
        slope = tape.gradient(np.where(x > 0, np.log(x), 0.0), x)
    np.testing.assert_array_equal(slope.numpy(), [0.0, 0.0, 0.5])
    np.testing.assert_array_equal(tape.gradient(slope, x).numpy(), [0.0, 0.0, -0.25])


def test_conventions_at_kinks() -> None:
    x = Variable([0.0, 1.0])
    with Tape(persistent=True) as tape:
        a, m, z = np.abs(x), np.maximum(x, [0.0, 1.0]), np.linalg.norm(x * 0.0)
    np.testing.assert_array_equal(tape.gradient(a, x).numpy(), [0.0, 1.0])
    np.testing.assert_array_equal(tape.gradient(m, x).numpy(), [0.5, 0.5])  # a tie is shared
    np.testing.assert_array_equal(tape.gradient(z, x).numpy(), [0.0, 0.0])


def test_comparisons_and_positions_are_values_without_gradient() -> None:
    x = Variable([3.0, 1.0, 2.0])
    with Tape(persistent=True) as tape:
        mask = (x > 1.5) & ~np.isnan(x)
        best = x[np.argmax(x)]
        y = np.sum(x * mask)
    assert mask.dtype == np.bool_
    assert mask.any()
    assert not mask.all()
    np.testing.assert_array_equal(tape.gradient(best, x).numpy(), [1.0, 0.0, 0.0])
    np.testing.assert_array_equal(tape.gradient(y, x).numpy(), [1.0, 0.0, 1.0])
    assert tape.gradient(mask, x) is None
    assert np.shape(x) == (3,)
    assert np.allclose(x, [3, 1, 2])
    np.testing.assert_array_equal(np.zeros_like(x).numpy(), np.zeros(3))


UNSUPPORTED: dict[str, tuple[Function, str]] = {
    "a function": (lambda x: np.fft.fft(x), r"np\.fft\.fft is not recorded"),
    "a ufunc": (lambda x: np.nextafter(x, 1.0), r"np\.nextafter is not recorded"),
    "a method of a ufunc": (lambda x: np.add.reduceat(x, [0, 1]), r"np\.add\.reduceat is not recorded"),
    "an option of a ufunc": (lambda x: np.exp(x, where=np.array([True, False])), r"np\.exp with where"),
    "an option of a function": (lambda x: np.sum(x, dtype=int), r"np\.sum called like this"),
    "a method with an option": (lambda x: np.add.reduce(x, dtype=int), r"np\.add\.reduce called like this \(.*'dtype'"),
    "an order of memory": (lambda x: np.ravel(x, "K"), r"np\.ravel called like this \(order='K'\)"),
    "an entry of a value": (lambda x: operator.setitem(x, 0, 1.0), r"not changed in place; np\.where"),
    "np.array of values": (lambda x: np.array([x[0], x[1]]), r"np\.stack"),
    "np.sum of a list": (lambda x: np.sum([x[0], x[1]]), r"np\.stack"),
    "a part of an array": (lambda x: operator.setitem(np.zeros(2), slice(0, 1), x[0]), r"np\.stack"),
    "an array changed in place": (lambda x: operator.iadd(np.zeros(2), x), r"np\.add with out"),
    "something that is no number": (lambda x: x + object(), "not object"),
}


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_what_would_lose_a_gradient_is_refused(name: str) -> None:
    function, message = UNSUPPORTED[name]
    x = Variable([1.0, 2.0])
    with Tape(), pytest.raises(TypeError, match=message):
        function(x)


def test_outside_of_tapes_everything_is_numpy() -> None:
    x = Variable([1.0, 4.0])
    np.testing.assert_array_equal(np.array([x[0], x[1]]), [1.0, 4.0])
    np.testing.assert_array_equal(np.asarray(np.fft.fft(x)), np.fft.fft([1.0, 4.0]))
    np.testing.assert_array_equal(x[np.array([True, False])].numpy(), [1.0])
    total = np.zeros(2)
    total += x
    np.testing.assert_array_equal(total, [1.0, 4.0])
    assert math.sqrt(x[1]) == 2.0
    assert [float(v) for v in x] == [1.0, 4.0]
    assert len(x) == 2


@pytest.mark.parametrize(
    "wrong",
    [lambda x: x + np.ones(3), lambda x: x @ np.ones(3), lambda x: x @ 2.0, lambda x: np.reshape(x, (3, 3)),
     lambda x: np.concatenate([x, np.ones((2, 2))]), lambda x: np.sum(x, axis=4)],
    ids=["add", "matmul", "scalar matmul", "reshape", "concatenate", "axis"],
)  # fmt: skip
def test_wrong_shapes_are_numpys_own_errors(wrong: Function) -> None:
    x = Variable([1.0, 2.0])
    with Tape(), pytest.raises(ValueError):
        wrong(x)


def test_an_index_out_of_range_is_an_index_error() -> None:
    x = Variable([1.0, 2.0])
    with Tape():
        for key in (2, -3, (0, 0), (..., ...)):
            with pytest.raises(IndexError):
                x[key]
