"""The oracle of recorded NumPy code: NumPy's own values, and their differences in place of every derivative."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradcli import Tape, Variable
from gradcli.recording.values import Value

Function = Callable[..., Any]


def numeric_gradient(f: Callable[[np.ndarray], Any], x: np.ndarray) -> np.ndarray:
    """Gradient of the sum of f's entries by fourth-order central differences."""
    h = 1e-3
    result = np.zeros(x.shape)
    for k in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[k] = h
        difference = 8 * (np.sum(f(x + step)) - np.sum(f(x - step))) - np.sum(f(x + 2 * step)) + np.sum(f(x - 2 * step))
        result[k] = difference / (12 * h)
    return result


def check(f: Callable[[Any], Any], value: Any, order: int = 2) -> None:
    """Value, gradient and (of the squared gradient's sum) second derivative against NumPy itself."""
    x_value = np.asarray(value, dtype=float)
    x = Variable(x_value)
    with Tape() as outer:
        with Tape() as inner:
            y = f(x)
        gradient = inner.gradient(y, x, unconnected_gradients="zero")
        slope = np.sum(gradient**2)
    np.testing.assert_allclose(y.numpy(), f(x_value), rtol=2e-15, atol=1e-15)
    assert y.shape == np.shape(f(x_value))
    scale = 1 + np.max(np.abs(gradient.numpy()))
    np.testing.assert_allclose(gradient.numpy(), numeric_gradient(f, x_value), rtol=1e-7, atol=1e-8 * scale)
    if order == 2:

        def squared(v: np.ndarray) -> Any:
            at = Variable(v)
            with Tape() as tape:
                y = f(at)
            return np.sum(tape.gradient(y, at, unconnected_gradients="zero").numpy() ** 2)

        second = outer.gradient(slope, x)
        found = np.zeros(x_value.shape) if second is None else second.numpy()
        direction = np.random.default_rng(3).uniform(-0.5, 0.5, x_value.shape)  # one of them tests all entries at once
        along = numeric_gradient(lambda t: squared(x_value + t * direction), np.array(0.0))
        np.testing.assert_allclose(np.sum(found * direction), along, rtol=1e-6, atol=1e-7 * scale**2)


def missing_here(case: str) -> bool:
    """Whether a case is one of newer versions of NumPy: named "NumPy 2: ...", or for a function they have."""
    newer = case in ("unstack", "cumulative_sum", "matvec") and not hasattr(np, case)
    return newer or (case.startswith("NumPy 2: ") and np.__version__ < "2")


def functions_seen(cases: dict[str, tuple[Function, np.ndarray]], monkeypatch: pytest.MonkeyPatch) -> set[Any]:
    """NumPy's functions, and (ufunc, method), that the functions of these cases hand to recordable values."""
    seen: set[Any] = set()
    of_function, of_ufunc = Value.__array_function__, Value.__array_ufunc__

    def function_spy(self: Value, function: Any, *rest: Any) -> Any:
        seen.add(function)
        return of_function(self, function, *rest)

    def ufunc_spy(self: Value, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        seen.add(ufunc if method == "__call__" else (ufunc, method))
        return of_ufunc(self, ufunc, method, *inputs, **options)

    monkeypatch.setattr(Value, "__array_function__", function_spy)
    monkeypatch.setattr(Value, "__array_ufunc__", ufunc_spy)
    with Tape():
        for name, (f, x) in cases.items():
            if not missing_here(name):
                f(Variable(x))
    return seen
