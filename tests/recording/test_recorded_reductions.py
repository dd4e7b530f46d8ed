"""NumPy's reductions on recorded values, with every option a derivative can follow: NumPy's values and differences."""

from typing import Any

import numpy as np
import pytest
from numeric_gradients import Function, check, functions_seen, missing_here

from gradcli import Tape, Variable, constant
from gradcli.recording.numpy_reductions import REDUCTIONS

A = np.array([[0.3, -1.2, 0.7, 2.1], [1.4, 0.2, -0.6, 0.9], [-0.8, 1.1, 0.5, -1.7]])
V = np.array([0.4, -1.3, 0.8, 1.9])
W = np.array([[1.0, -2.0, 0.5, 3.0], [0.3, 0.7, -1.1, 2.0], [1.5, -0.4, 0.8, 0.6]])
M = W > 0


def holed(x: Any) -> Any:
    """x with NaN where W is negative."""
    return np.where(W < 0, np.nan, x)


CASES: dict[str, tuple[Function, np.ndarray]] = {
    "sum of some": (lambda x: np.sum(x**2, where=M, initial=2.0) * np.sum(x, axis=1, where=M), A),
    "sum of rows": (lambda x: np.sum(x**2, axis=0, where=V > 0, keepdims=True) * x, A),
    "an initial value that is recorded": (lambda x: np.sum(x, initial=x[0, 0] ** 2) * np.prod(x, initial=x[1, 1]), A),
    "prod of some": (lambda x: np.prod(x, axis=1, where=M) + np.prod(x, axis=(0, 1), initial=3.0), A),
    "max of some": (lambda x: np.max(x, axis=1, where=M, initial=-9.0) ** 2 * np.amax(x, initial=1.9), A),
    "min of some": (lambda x: np.min(x, axis=0, where=M, initial=0.4) ** 2 * np.amin(x, initial=-9.0), A),
    "mean of some": (lambda x: np.mean(x**2, axis=1, where=M, keepdims=True) * x, A),
    "var of some": (lambda x: np.var(x, axis=1, where=M, ddof=1) + np.std(x, where=M, keepdims=True)[0], A),
    "average by rows": (lambda x: np.average(x**2, axis=1, weights=V) * np.average(x, axis=0, weights=x[:, 0])[:3], A),
    "average with its weight": (lambda x: np.multiply(*np.average(x, axis=1, weights=x**2, returned=True)), A),
    "median and ptp": (lambda x: np.median(x, axis=(0, 1)) * np.ptp(x, axis=1, keepdims=True) * x, A),
    "positions of options": (lambda x: np.sum(x, 1, None, None, True) * np.max(x, 0, None, True) * np.var(x), A),
    "cumsum and cumprod": (lambda x: np.cumsum(x, 1) * np.cumprod(x, axis=0) * np.cumsum(x)[5], A),
    "cumulative_sum": (
        lambda x: np.cumulative_sum(x, axis=1, include_initial=True)[:, 1:] * np.cumulative_prod(x[0]) * x[0],
        A,
    ),
    "nansum and nanprod": (lambda x: np.nansum(holed(x) ** 2, axis=0) * np.nanprod(holed(x), axis=0), A),
    "nanmean": (lambda x: np.nanmean(holed(x), axis=1, keepdims=True) * x, A),
    "nanvar and nanstd": (lambda x: np.nanvar(holed(x), axis=1) * np.nanstd(holed(x), ddof=1), A),
    "nanmax and nanmin": (lambda x: np.nanmax(holed(x), axis=1) ** 2 * np.nanmin(holed(x)), A),
    "nancumsum": (lambda x: np.nancumsum(holed(x), axis=1) * np.nancumprod(holed(x), axis=0) * x, A),
    "quantiles between": (
        lambda x: np.quantile(x, 0.3, axis=1, method="lower") * np.quantile(x, 0.6, axis=1, method="higher")
        + np.percentile(x, 35.0, method="midpoint") * np.quantile(x, 1.0),
        A,
    ),
    "quantiles without NaN": (
        lambda x: np.nanquantile(holed(x), [0.2, 0.7], axis=1, keepdims=True)[1] * np.nanpercentile(holed(x), 30.0) * x,
        A,
    ),
    "nanmedian": (lambda x: np.nanmedian(holed(x), axis=0) ** 2 + np.nanmedian(x), A),
    "sort and partition": (lambda x: np.sort(x, axis=0, kind="stable") * np.sort(np.partition(x, 1, axis=0), 0), A),
    "NumPy 2: stable sort": (lambda x: np.sort(x, stable=True) * x, A),
    "sums by method": (lambda x: np.add.reduce(x, axis=None) * np.add.reduce(x, keepdims=True) * x, A),
    "accumulate by method": (lambda x: np.add.accumulate(x, axis=1) * np.multiply.accumulate(x), A),
    "products by method": (lambda x: np.multiply.reduce(x, axis=(0, 1)) * np.multiply.reduce(x, initial=2.0), A),
    "extremes by method": (
        lambda x: np.maximum.reduce(x, axis=(0, 1)) * np.minimum.reduce(x, initial=0.1)
        + np.maximum.accumulate(x**2, axis=1)[0] * np.minimum.accumulate(x)[2]
        + np.fmax.reduce(x) * np.fmin.reduce(x, axis=None) * np.fmax.accumulate(x)[2] * np.fmin.accumulate(x)[1],
        A,
    ),
    "logaddexp": (
        lambda x: np.logaddexp.reduce(x, axis=1, keepdims=True) * x
        + np.logaddexp.accumulate(x, axis=1) * np.logaddexp.reduce(x, axis=None) * np.logaddexp.reduce(x, axis=(0, 1)),
        A,
    ),
    "logaddexp2": (lambda x: np.logaddexp2.reduce(x, axis=1) * np.logaddexp2.accumulate(x, axis=1)[:, 2], A),
    "differences and ratios": (
        lambda x: np.subtract.reduce(x) * np.subtract.accumulate(x) + np.divide.reduce(x, initial=2.0, axis=0)
        + np.divide.accumulate(x, axis=1) * np.divide.reduce(x[0], axis=None, keepdims=True),
        A + 3.0,
    ),
    "hypot": (lambda x: np.hypot.reduce(x, axis=1, keepdims=True) * np.hypot.accumulate(x, axis=1), A),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_reductions(name: str) -> None:
    if missing_here(name):
        pytest.skip(f"this NumPy has no {name}")
    check(*CASES[name])


def test_every_reduction_is_in_a_case(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(REDUCTIONS) <= functions_seen(CASES, monkeypatch)


def test_a_row_with_nan_does_not_make_the_others_nan() -> None:
    values = np.where((np.arange(3) == 1)[:, None] & (np.arange(4) == 2), np.nan, A)
    x = Variable(values)
    with Tape() as tape:
        y = np.quantile(x, [0.3, 0.5], axis=1)
        z = np.sum(y[:, [0, 2]] ** 2)
    np.testing.assert_allclose(y.numpy(), np.quantile(values, [0.3, 0.5], axis=1), rtol=1e-15)
    slope = tape.gradient(z, x).numpy()
    assert np.isfinite(slope).all()
    assert slope[0].any()


UNSUPPORTED: dict[str, tuple[Function, str]] = {
    "NumPy 2: a given mean": (lambda x: np.var(x, mean=np.mean(x)), r"np\.var called like this"),
    "an axis of NaN": (
        lambda x: np.nanmax(np.where([True, False], np.nan, x[:, None] * np.ones(2)), axis=0),
        "NaN alone",
    ),
    "a reduce of NumPy's that is wrong": (lambda x: np.power.reduce(x), r"np\.power\.reduce is not recorded"),
    "one function said with another": (
        lambda x: np.nanmedian(x[:0]),
        r"np\.nanmedian called like this \(np\.nanquantile called like this \(quantiles are [^:]*\)\) is not recorded:",
    ),
    "several axes": (lambda x: np.hypot.reduce(x[None], axis=(0, 1)), r"np\.hypot\.reduce called like this"),
}


@pytest.mark.parametrize("name", UNSUPPORTED)
@pytest.mark.filterwarnings("ignore:All-NaN|Mean of empty")
def test_what_would_lose_a_gradient_is_refused(name: str) -> None:
    if missing_here(name):
        pytest.skip("an option of NumPy 2")
    function, message = UNSUPPORTED[name]
    with Tape(), pytest.raises(TypeError, match=message):
        function(Variable([1.0, 2.0]))


def test_what_numpy_refuses_is_its_own_error() -> None:
    x = Variable(A)
    with Tape():
        with pytest.raises(ValueError, match="initial"):
            np.max(x, where=M)
        with pytest.raises(ValueError, match=r"between|range"):
            np.quantile(x, 1.5)
        with pytest.raises(ValueError, match="axis"):
            np.sum(x, 7)


def test_equal_entries_have_no_spread_and_zeros_no_norm() -> None:
    """The convention of `std` and `norm`: the derivative is 0 from the tied part."""
    x = Variable([2.0, 2.0, np.nan])
    z = Variable(np.zeros(3))
    with Tape(persistent=True) as tape:
        spread, some = np.nanstd(x), np.std(z, where=[True, True, False])
        norms = np.linalg.norm(z, 3) + np.linalg.norm(z, 1.5)
    for found in (tape.gradient(spread, x), tape.gradient(some, z), tape.gradient(norms, z)):
        np.testing.assert_array_equal(found.numpy(), np.zeros(3))


@pytest.mark.parametrize("values", [[-np.inf, 1.0, np.inf], [-np.inf, -np.inf], [np.nan, 3.0, np.inf]])
def test_a_median_of_infinite_entries_is_numpys(values: list[float]) -> None:
    with Tape():
        assert float(np.nanmedian(Variable(values))) == np.nanmedian(values)


def test_too_few_entries_are_numpys_own_errors() -> None:
    x = Variable([2.5])
    with Tape(), pytest.raises(ValueError, match="too small"):
        np.gradient(x)


def test_an_option_alone_may_be_what_is_watched() -> None:
    x, c = Variable(3.0), constant([1.0, 2.0])
    with Tape(persistent=True) as tape:
        y = np.add.reduce(c, initial=x) + np.sum(c, initial=x * x) + np.max(c, initial=x)
    assert float(tape.gradient(y, x)) == 1.0 + 6.0 + 1.0
