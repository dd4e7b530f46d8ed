"""NumPy functions that pick entries or are said with others: the value is NumPy's, the gradient that of differences."""

from typing import Any

import numpy as np
import pytest
from numeric_gradients import Function, check, functions_seen, missing_here

import gradcli
from gradcli import Tape, Variable, constant
from gradcli.recording.numpy_compositions import COMPOSED
from gradcli.recording.picking import PICKING

A = np.array([[0.3, -1.2, 0.7, 2.1], [1.4, 0.2, -0.6, 0.9], [-0.8, 1.1, 0.5, -1.7]])
V = np.array([0.4, -1.3, 0.8, 1.9])
W = np.array([[1.0, -2.0, 0.5, 3.0], [0.3, 0.7, -1.1, 2.0], [1.5, -0.4, 0.8, 0.6]])
U = np.array([0.5, 2.5, -0.7])
GRID = np.array([-1.0, 0.05, 0.55, 2.0])
trapezoid = getattr(np, "trapezoid", None) or np.trapz  # type: ignore[attr-defined]

CASES: dict[str, tuple[Function, np.ndarray]] = {
    "mask": (lambda x: x[np.array([True, False, True])] ** 2, A),
    "mask of entries": (lambda x: x[W > 0] ** 2, A),
    "mask from the values": (lambda x: x[x > 0.4] ** 2, A),
    "positions": (lambda x: x[[0, 2, 2, 1]] ** 2 * x[[1, 1, 1, 0]], A),
    "positions of both axes": (lambda x: x[[0, 2, 2], [1, -1, 1]] ** 2, A),
    "positions beside slices": (lambda x: x[1:, [0, 3]] ** 2 + x[:2, None, 0], A),
    "take": (lambda x: np.take(x, [2, 0, 2], axis=1) ** 2 * np.take(x, 1), A),
    "take method": (lambda x: x.take([1, 1, 3]) ** 2, V),
    "take_along_axis": (lambda x: np.take_along_axis(x, np.argsort(W, axis=1), axis=1) ** 2, A),
    "compress and extract": (lambda x: np.compress([True, False, True], x, axis=0)[0] * np.extract(W[0] > 0, x)[0], A),
    "repeat": (lambda x: np.repeat(x, 2, axis=0) ** 2 * x.repeat(2, axis=0), A),
    "repeat by counts": (lambda x: np.repeat(x, [1, 0, 3, 2]) ** 2, V),
    "tile": (lambda x: np.tile(x, (2, 1)) ** 2, A),
    "roll": (lambda x: np.roll(x, 2) * np.roll(x, (1, -1), axis=(0, 1)), A),
    "turns": (lambda x: np.rot90(x) @ np.fliplr(x) + np.flipud(x).T @ x, A),
    "split": (lambda x: np.split(x, 2, axis=1)[0] * np.array_split(x, [1, 3], axis=1)[1], A),
    "splits by name": (lambda x: np.hsplit(x, 2)[1] * np.vsplit(x, 3)[0][:, :2], A),
    "dsplit": (lambda x: np.dsplit(x.reshape(3, 2, 2), 2)[1] ** 2, A),
    "delete": (lambda x: np.delete(x, 1, axis=1) ** 2, A),
    "resize": (lambda x: np.resize(x, (2, 3)) ** 2, V),
    "diagonals": (lambda x: np.diagonal(x, 1) * np.diag(x, -1)[0] + np.trace(x, 1) ** 2, A),
    "diagonal of a stack": (lambda x: np.diagonal(x.reshape(2, 2, 3), 0, 0, 1) ** 2 * x.diagonal()[0], A),
    "diagonal matrices": (lambda x: np.diag(x) @ np.diag(x, 1)[:4, :4] @ np.diag(x, -2)[2:, :4], V),
    "divmod": (lambda x: divmod(x, 0.43)[0] * x + divmod(x, 0.43)[1], A),
    "modf": (lambda x: np.modf(x)[0] ** 2 + np.modf(x)[1] * x, A),
    "nan_to_num": (lambda x: np.nan_to_num(np.where(W < 0, np.nan, x) ** 2, nan=3.0), A),
    "nansum and nanmean": (
        lambda x: np.nansum(np.where(W < 0, np.nan, x) ** 2, axis=0) * np.nanmean(np.where(W < 0, np.nan, x)),
        A,
    ),
    "cumprod": (lambda x: np.cumprod(x, axis=1) + np.cumprod(x)[5], A),
    "multiply.accumulate": (lambda x: np.multiply.accumulate(x) * x.cumprod(), V),
    "sort": (lambda x: np.sort(x, axis=0) * W + np.sort(x, axis=None)[3], A),
    "cross": (lambda x: np.cross(x, U) * np.cross(U, x) + np.cross(x, x**2), U),
    "kron": (lambda x: np.kron(x, W) @ np.kron(W.T, x.T), A),
    "convolve": (lambda x: np.convolve(x, U, "same") * x + np.convolve(U, x**2, "valid")[0], V),
    "convolve in full": (lambda x: np.convolve(x, x), V),
    "pad": (lambda x: np.pad(x, 1, constant_values=2.0) ** 2, A),
    "pad around": (lambda x: np.pad(x, ((0, 2), (1, 0)), mode="reflect") ** 2 * np.pad(x, ((2, 0), (0, 1)), "edge"), A),
    "pad with other numbers on each side": (
        lambda x: (
            np.pad(x, 1, constant_values=((1, 2), (3, 4))) ** 2
            + np.pad(x[0], (1, 5), constant_values=x[:1, :2] ** 2)[:6] * np.pad(x, 1, constant_values=(5, 6))
        ),
        A,
    ),
    "append": (lambda x: np.append(x, x**2, axis=0) @ V + np.append(x, 3.0)[0], A),
    "dstack": (lambda x: np.dstack([x, x**2, W]) ** 2, A),
    "broadcast_arrays": (lambda x: np.broadcast_arrays(x, W)[0] * W, V),
    "meshgrid": (lambda x: np.meshgrid(x, U)[0] ** 2 * np.meshgrid(U, x, indexing="ij")[1], V),
    "full_like": (lambda x: np.full_like(x, x[1] ** 2) * W, V),
    "linspace": (lambda x: np.linspace(x, x**2, 5) ** 2 + np.linspace(0.0, x, 5, endpoint=False), V),
    "interp of places": (lambda x: np.interp(x, GRID, V) ** 2, A),
    "interp of values": (lambda x: np.interp(A, GRID, x) ** 2, V),
    "interp of a grid": (lambda x: np.interp([-0.7, 0.2, 1.1, 9.0], GRID + 0.1 * x, V) ** 2, V),
    "trapezoid": (lambda x: trapezoid(x**2, dx=0.5) + trapezoid(x, V) * trapezoid(V, x[0]), A),
    "polyval": (lambda x: np.polyval(x, U) * np.polyval([1.0, -2.0, 0.5], x)[:3], V),
    "select": (lambda x: np.select([x > 1, x > 0], [x**2, x**3], -x), A),
    "ediff1d": (lambda x: np.ediff1d(x) ** 2, A),
    "quantile": (lambda x: np.quantile(x, 0.3) * np.quantile(x, [0.1, 0.8, 1.0], axis=0)[1] ** 2, A),
    "quantile kept": (lambda x: np.quantile(x, [0.0, 0.4], axis=1, keepdims=True) * x, A),
    "percentile": (lambda x: np.percentile(x, 30.0, axis=0, keepdims=True) ** 2 + np.percentile(x, 40.0), A),
    "cov": (lambda x: np.cov(x) @ np.cov(x, rowvar=False, bias=True)[:3] * np.cov(x[0]), A),
    "cov and corrcoef": (lambda x: np.cov(x, W) @ np.corrcoef(x, W) + np.corrcoef(x[0]), A),
    "insert": (lambda x: np.insert(x, 1, x[0] ** 2, axis=0) * np.insert(x, [0, 2, 2], 2.0)[3], A),
    "insert at one place": (
        lambda x: np.insert(x[0], 2, x[1, :2]) ** 2 + np.insert(x, 1, x[:, :2].T, axis=1)[0] ** 2,
        A,
    ),
    "block": (lambda x: np.block([[x, x**2], [W, x[:1] * np.ones((3, 1))]]) ** 2, A),
    "block of a row": (lambda x: np.block([x, 2.0, x**2]) ** 2, V),
    "choose": (lambda x: np.choose([0, 2, 1, 0], [x, x**2, x**3]) * x, V),
    "piecewise": (lambda x: np.piecewise(x, [x < 0, x > 1], [lambda v: v**2, 3.0, lambda v: v**3]) * x, A),
    "pieces of their own entries": (
        lambda x: np.piecewise(x, [x < 0, x > -1, x > 1], [lambda v: v - np.mean(v), lambda v: v * np.sum(v), np.sqrt]),
        A,
    ),
    "insert by a slice": (lambda x: np.insert(x, slice(1, 3), np.stack([x[0, 0] ** 2, 5.0])) ** 2, A),
    "apply_along_axis": (lambda x: np.apply_along_axis(lambda row: row[:2] * np.sum(row), 0, x) ** 2, A),
    "apply_along_axis to numbers": (lambda x: np.apply_along_axis(np.prod, 1, x) ** 2, A),
    "apply_over_axes": (lambda x: np.apply_over_axes(np.sum, x**2, [0, 1]) * x, A),
    "sparse meshgrid": (lambda x: np.multiply(*np.meshgrid(x, x**2, sparse=True)), V),
    "diff of higher order": (lambda x: np.diff(x, 2, axis=0, prepend=x[:1], append=0.0) ** 2, A),
    "ediff1d with ends": (lambda x: np.ediff1d(x, to_begin=x[0], to_end=[1.0, 2.0]) ** 2, V),
    "gradient": (lambda x: np.gradient(x, 0.5, axis=1) ** 2 + np.gradient(x)[0] * x, A),
    "gradient on uneven places": (lambda x: np.gradient(x**2, np.cumsum(x**2)) * x, V),
    "correlate": (lambda x: np.correlate(x, U)[0] + np.correlate(U, x, "full") ** 2, V),
    "correlate with a longer one": (
        lambda x: (
            np.correlate(U[:2] * x[0], x) ** 2 + np.correlate(U[:2], x, "same")[:3] * np.correlate(x, U, "same")[1:]
        ),
        V,
    ),
    "vander": (lambda x: np.vander(x, 3) @ np.vander(U[:3] * x[0], increasing=True), V),
    "bincount": (lambda x: np.bincount([1, 0, 1, 3], weights=x**2, minlength=6) ** 2, V),
    "logspace and geomspace": (
        lambda x: np.logspace(x, 0.5 * x**2, 4, base=2.0) ** 2 + np.geomspace(x**2, x**4, 4),
        V,
    ),
    "diagflat": (lambda x: np.diagflat(x[:2, :2], 1) @ x.ravel()[:5], A),
    "ldexp": (lambda x: np.ldexp(x, [1, -2, 3, 0]) ** 2, A),
    "columns first": (
        lambda x: x.ravel("F") * np.ravel(x) * np.reshape(x, (2, 6), order="F").reshape(-1) * x.reshape(12, order="F"),
        A,
    ),
    "columns first in three axes": (lambda x: np.reshape(x, (2, 3, 2), "F") ** 2 * W.reshape(2, 3, 2), A),
    "concatenate flat": (lambda x: np.concatenate([x, x[0] ** 2], axis=None) ** 2, A),
    "several at least": (lambda x: np.atleast_2d(x, x[0])[1] * np.atleast_1d(x[0, 0], x)[0], A),
    "einsum of lists": (
        lambda x: np.einsum(x, [0, 1], W, [2, 1], [0, 2]) ** 2 * np.einsum(x, [5, 3], W, [5, 3]),
        A,
    ),
    "defaults written out": (
        lambda x: (
            np.sum(x, 0, None, None, True) * np.sort(x, kind="stable") * np.concatenate([x], casting="same_kind")
            + np.exp(x, dtype=float, where=True) * np.nan_to_num(x, copy=True)
        ),
        A,
    ),
    "NumPy 2: no bounds": (lambda x: np.clip(x, None, None) ** 2, V),
    "NumPy 2: matrix transpose": (lambda x: x.mT @ x * x.real[0, 0] + x.conj()[0, 0], A),
    "outer of a ufunc": (lambda x: np.multiply.outer(x, x[:2]) ** 2 + np.subtract.outer(x, U[:2]), V),
    "unstack": (lambda x: np.unstack(x)[1] * np.matrix_transpose(x)[:, 0], A),
}


@pytest.mark.parametrize("name", CASES)
def test_functions_of_arrays(name: str) -> None:
    if missing_here(name):
        pytest.skip(f"this NumPy has no {name}")
    check(*CASES[name])


def test_every_function_of_the_tables_is_in_a_case(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = functions_seen(CASES, monkeypatch)
    assert (set(PICKING) | set(COMPOSED)) <= seen


def random_key(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """An index of any kind NumPy takes: numbers, slices, None, an ellipsis, arrays of positions, a mask."""
    if rng.random() < 0.15:
        return rng.random(shape) < 0.5
    parts: list[Any] = []
    for n in shape[: rng.integers(0, len(shape) + 1)]:
        kind = rng.integers(0, 5)
        if kind == 0:
            parts.append(int(rng.integers(-n, n)))
        elif kind == 1:
            parts.append(rng.integers(-n, n, size=3))
        else:
            a, b = (None if rng.random() < 0.3 else int(rng.integers(-n - 1, n + 2)) for _ in range(2))
            parts.append(slice(a, b, [None, 1, 2, -1, -2][rng.integers(0, 5)]))
    for extra in ([None] if rng.random() < 0.3 else []) + ([...] if rng.random() < 0.3 else []):
        parts.insert(int(rng.integers(0, len(parts) + 1)) if extra is None else len(parts), extra)
    return tuple(parts) if len(parts) != 1 or rng.random() < 0.5 else parts[0]


@pytest.mark.parametrize("shape", [(), (5,), (3, 4), (2, 3, 4)])
def test_any_index_is_numpys(shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(len(shape))
    value, weight = rng.normal(size=shape), rng.normal(size=shape)
    positions = np.arange(value.size).reshape(shape)
    for _ in range(60):
        key = random_key(rng, shape)
        x = Variable(value)
        with Tape() as tape:
            y = x[key]
            z = np.sum(y**2 * np.asarray(weight[key]))
        np.testing.assert_array_equal(y.numpy(), value[key])
        expected = np.zeros(value.size)
        np.add.at(expected, np.ravel(positions[key]), np.ravel(2 * value[key] * weight[key]))
        np.testing.assert_allclose(tape.gradient(z, x).numpy(), expected.reshape(shape), rtol=1e-14)


def test_an_entry_left_out_injects_nothing() -> None:
    x = Variable([-1.0, 0.0, 2.0])
    with Tape(persistent=True) as tape:
        y = np.log(x)
        z = np.sum(y[x > 0.5]) + np.sum(np.take(y, [2, 2]))
        slope = tape.gradient(z, x)
    np.testing.assert_array_equal(slope.numpy(), [0.0, 0.0, 1.5])
    np.testing.assert_array_equal(tape.gradient(slope, x).numpy(), [0.0, 0.0, -0.75])


def test_what_was_picked_is_a_value_of_its_own() -> None:
    x = Variable([1.0, 2.0, 3.0])
    with Tape(persistent=True) as tape:
        a = x[[0, 1, 2]]
        y = np.sum(a * x)
    np.testing.assert_array_equal(tape.gradient(y, a).numpy(), [1.0, 2.0, 3.0])
    np.testing.assert_array_equal(tape.gradient(y, x).numpy(), [2.0, 4.0, 6.0])


def test_what_numpy_refuses_is_its_own_error() -> None:
    x = Variable([1.0, 2.0])
    with Tape():
        for wrong in (
            lambda: np.block([[x], x]),
            lambda: np.diff(x[0]),
            lambda: np.piecewise(x, [x > 0], [1.0, 2.0, 3.0]),
            lambda: np.choose([0, 5], [x, x]),
        ):
            with pytest.raises(ValueError) as caught:
                wrong()
            assert not isinstance(caught.value, gradcli.GradcliError)
        with pytest.raises(IndexError):
            np.insert(x, 5, 1.0)


def test_positions_out_of_range_are_index_errors() -> None:
    x = Variable([1.0, 2.0])
    with Tape():
        for wrong in (lambda: x[[0, 2]], lambda: x[[True, False, True]], lambda: x[constant(0.5)], lambda: x["a"]):
            with pytest.raises(IndexError):
                wrong()
        with pytest.raises(IndexError):
            np.take(x, 2)
        with pytest.raises(ValueError):
            np.split(x, 3)


UNSUPPORTED: dict[str, tuple[Function, str]] = {
    "a mode": (lambda x: np.pad(x, 1, mode="mean"), r"np\.pad called like this \(mode='mean'\)"),
    "planes": (lambda x: np.cross(x, x), r"np\.cross called like this"),
    "an output": (lambda x: np.take(x, [0, 1], out=np.zeros(2)), r"np\.take called like this"),
    "another rule": (lambda x: np.quantile(x, 0.3, method="nearest"), r"np\.quantile called like this"),
    "counting": (lambda x: np.histogram(x), r"np\.histogram is not recorded"),
}


@pytest.mark.parametrize("name", UNSUPPORTED)
@pytest.mark.filterwarnings("ignore:Arrays of 2-dimensional vectors")
def test_what_would_lose_a_gradient_is_refused(name: str) -> None:
    function, message = UNSUPPORTED[name]
    with Tape(), pytest.raises(TypeError, match=message):
        function(Variable([1.0, 2.0]))
