"""Which entries a path leads from, and what that is for: where an output has no value, they have no derivative."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import gradcli
from gradcli.autodiff.lowering import lower
from gradcli.autodiff.tape import Tape
from gradcli.language.parser import parse
from gradcli.targets import connection
from gradcli.targets.connection import connected

#: Text, shapes, and a line for each entry of the output: the entries of the variables that it is made of.
PATTERNS: list[tuple[str, dict[str, tuple[int, ...]], str]] = [
    ("x*y", {"x": (), "y": (), "z": ()}, "110"),
    ("v*x", {"v": (2,), "x": ()}, "101 011"),
    ("v[::-1]", {"v": (3,)}, "001 010 100"),
    ("cumsum(v)", {"v": (3,)}, "100 110 111"),
    ("sum(A, axis=0)", {"A": (2, 2)}, "1010 0101"),
    ("A @ v", {"A": (2, 2), "v": (2,)}, "110011 001111"),
    ("A'", {"A": (2, 2)}, "1000 0010 0100 0001"),
    ("concat(v, [x, 1])", {"v": (2,), "x": ()}, "100 010 001 000"),
    ("tril(A)", {"A": (2, 2)}, "1000 0000 0010 0001"),
    ("diag(A)", {"A": (2, 2)}, "1000 0001"),
    ("max(A, axis=1)", {"A": (2, 2)}, "1100 0011"),
    ("norm(v) + 0*w", {"v": (2,), "w": (2,)}, "1110 1101"),
    ("softmax(A, axis=1)", {"A": (2, 2)}, "1100 1100 0011 0011"),
    ("inv(A)", {"A": (2, 2)}, "1111 1111 1111 1111"),
    ("det(A)*x", {"A": (2, 2), "x": ()}, "11111"),
    # a path of slope 0 and a branch not taken are paths; a comparison, a condition and what is stopped are not
    ("where(x > 0, y, z)", {"x": (), "y": (), "z": ()}, "011"),
    ("where(v > 0, w, 1)", {"v": (2,), "w": (2,)}, "0010 0001"),
    ("floor(x) + (y > 0) + stop_gradient(z)", {"x": (), "y": (), "z": ()}, "100"),
    ("x^0 + 0*y", {"x": (), "y": ()}, "11"),
]


def matrix(pattern: str) -> Any:
    return np.array([[bit == "1" for bit in row] for row in pattern.split()])


@pytest.mark.parametrize(("text", "shapes", "pattern"), PATTERNS, ids=[p[0] for p in PATTERNS])
@pytest.mark.parametrize("together", [1, 1_000_000])
def test_the_entries_that_are_connected(
    text: str, shapes: Any, pattern: str, together: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_TOGETHER", together)
    tape = Tape()
    inputs = {name: tape.input(name, shape) for name, shape in shapes.items()}
    output = lower(tape, parse(text), inputs)
    assert connected(tape, output, list(inputs.values())).tolist() == matrix(pattern).tolist()


NAN = math.nan

#: Text, values, gradient, Hessian (None: not asked).
SCALARS: list[tuple[str, dict[str, Any], dict[str, Any], Any]] = [
    ("x*log(x) + y", {"x": 0.0, "y": 1.0}, {"x": NAN, "y": NAN}, [[NAN, NAN], [NAN, NAN]]),
    ("log(x)*y", {"x": 0.0, "y": 0.0}, {"x": NAN, "y": NAN}, [[NAN, NAN], [NAN, NAN]]),
    ("x + sqrt(-1) + (y > 0)", {"x": 2.0, "y": 1.0}, {"x": NAN, "y": None}, [[NAN, 0], [0, 0]]),
    ("v[0]*log(v[1])", {"v": [1.0, -1.0, 5.0]}, {"v": [NAN, NAN, 0]}, [[NAN, NAN, 0], [NAN, NAN, 0], [0, 0, 0]]),
    ("where(c > 0, x, 0/0*y)", {"c": -1.0, "x": 1.0, "y": 1.0}, {"c": None, "x": NAN, "y": NAN}, None),
    ("where(c > 0, x, 0/0*y)", {"c": 1.0, "x": 1.0, "y": 1.0}, {"c": None, "x": 1, "y": 0}, np.zeros((3, 3))),
    ("log(-1) + (x > 0)", {"x": 2.0}, {"x": None}, [[0]]),
    # without a finite value there may be a derivative: here that of the limit, and of what only overflows
    ("log(x) + y", {"x": 0.0, "y": 1.0}, {"x": math.inf, "y": 1}, [[-math.inf, 0], [0, 0]]),
    ("exp(800) + x", {"x": 1.0}, {"x": 1}, [[0]]),
]


@pytest.mark.parametrize(("text", "given", "gradient", "hessian"), SCALARS)
def test_without_a_value_there_is_no_derivative(text: str, given: Any, gradient: Any, hessian: Any) -> None:
    """The result, the model's own method and the compiled function say the same."""
    model = gradcli.parse(text)
    record = model.solve(task="grad", **given).results[0]
    many = {name: np.array([value, value]) for name, value in given.items()}
    fast = model.compile("gradient")(**many)["f"]
    for name, expected in gradient.items():
        for found in (record.gradient[name], model.gradient(**given)["f"][name]):
            assert found == pytest.approx(expected, nan_ok=True) if expected is not None else found is None
        if expected is not None:
            assert fast[name] == pytest.approx(np.array([expected, expected]), nan_ok=True)
    if hessian is not None:
        (record,) = model.solve(task="hessian", check=False, **given).results
        expected = np.asarray(hessian, dtype=float)
        assert np.asarray(record.hessian.matrix) == pytest.approx(expected, nan_ok=True)
        assert model.hessian(**given)["f"] == pytest.approx(expected, nan_ok=True)
        assert model.compile("hessian")(**many)["f"] == pytest.approx(np.array([expected, expected]), nan_ok=True)


def test_only_at_the_points_and_in_the_rows_without_a_value() -> None:
    """[x*log(x), x*y, z] at three points of x, the last two of them with a value; one row, one point."""
    model = gradcli.parse("[x*log(x), x*y, z]")
    x, y = np.array([0.0, 1.0, 2.0]), np.array([5.0, 6.0, 7.0])
    found = model.compile("jacobian")(x=x, y=y, z=1.0)["f"]
    expected = [
        [[NAN, 0, 0], [5, 0, 0], [0, 0, 1]],
        [[1, 0, 0], [6, 1, 0], [0, 0, 1]],
        [[1 + math.log(2), 0, 0], [7, 2, 0], [0, 0, 1]],
    ]
    assert found == pytest.approx(np.array(expected), nan_ok=True, rel=1e-15)
    gradient = gradcli.parse("x*log(x) + y").compile("gradient")(x=x, y=1.0)["f"]
    assert gradient["y"] == pytest.approx(np.array([NAN, 1, 1]), nan_ok=True)
