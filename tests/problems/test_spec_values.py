"""Values: numbers, arrays, constant expressions and rules become frozen float64 arrays."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from gradcli.errors import GradcliError, LimitError, ValueProblem
from gradcli.limits import LIMITS
from gradcli.problems import spec, values
from gradcli.problems.problem import Variable
from gradcli.problems.reading import spec_from_bytes


def variable(raw: Any) -> Variable:
    text = json.dumps({"expression": "1", "variables": {"x": raw}})
    return spec_from_bytes(text.encode(), "f", "json").variables["x"]


def value(raw: Any) -> np.ndarray[Any, Any]:
    found = variable(raw).value
    assert isinstance(found, np.ndarray)
    assert found.dtype == np.float64
    return found


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (3, 3.0),
        (-0.0, -0.0),
        (2**53 + 1, float(2**53 + 1)),
        (5e-324, 5e-324),
        ("pi/2", math.pi / 2),
        ("2*e", 2 * math.e),
        (" 1e-3 ", 1e-3),
        ("+3", 3.0),
        ("[1, 2, 3]", [1.0, 2.0, 3.0]),
        ("[[1,2],[3,4]]", [[1.0, 2.0], [3.0, 4.0]]),
        ([1, "pi/2"], [1.0, math.pi / 2]),
        ([[1, 2, 3], [4, 5, 6]], [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]),
        ([[[1]]], [[[1.0]]]),
        ({"value": 2}, 2.0),
        ({"value": ["1/4", 2]}, [0.25, 2.0]),
    ],
)
def test_numbers_and_arrays(raw: Any, expected: Any) -> None:
    found = value(raw)
    assert found.shape == np.shape(expected)
    assert found.tobytes() == np.array(expected, dtype=np.float64).tobytes()


def test_values_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        value([1, 2])[0] = 3.0


def test_trainable() -> None:
    assert variable(1).trainable
    assert variable({"value": 1}).trainable
    assert not variable({"value": 1, "trainable": False}).trainable
    assert not variable({"shape": [2], "init": "ones", "trainable": False}).trainable
    assert not variable({"value": {"shape": [2], "init": "ones"}, "trainable": False}).trainable


# oracle: NumPy's own generator, as the interface states the rules
@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"shape": [2, 3], "init": "zeros"}, np.zeros((2, 3))),
        ({"shape": 4, "init": "ones"}, np.ones(4)),
        ({"shape": [], "init": "ones"}, np.ones(())),
        ({"shape": [2, 3], "init": "eye"}, np.eye(2, 3)),
        ({"shape": [3, 2], "init": "normal"}, np.random.default_rng(0).normal(0, 1, (3, 2))),
        (
            {"shape": [3, 2], "init": "normal", "scale": 0.1, "seed": 7},
            np.random.default_rng(7).normal(0, 0.1, (3, 2)),
        ),
        ({"shape": [5], "init": "uniform"}, np.random.default_rng(0).uniform(-1, 1, 5)),
        (
            {"shape": [5], "init": "uniform", "scale": "1/2", "seed": 3},
            np.random.default_rng(3).uniform(-0.5, 0.5, 5),
        ),
    ],
)
def test_rules(rule: dict[str, Any], expected: np.ndarray[Any, Any]) -> None:
    found = value(rule)
    assert found.shape == expected.shape
    assert found.tobytes() == expected.tobytes()


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({"shape": [2], "init": "normal", "scale": 0}, "scale: not a positive number"),
        ({"shape": [2], "init": "normal", "scale": [1, 2]}, "scale: not a positive number"),
        ({"shape": [2], "init": "normal", "seed": -1}, "seed"),
        ({"shape": [2], "init": "normal", "seed": 1.5}, "seed: a whole number"),
        ({"shape": [2.5], "init": "ones"}, r"shape\[0\]: a whole number"),
        ({"shape": [True], "init": "ones"}, "shape"),
        ({"shape": [0], "init": "ones"}, "shape"),
        ({"shape": [2], "init": "ones", "scale": 2}, "belong to normal and uniform"),
        ({"shape": [1] * 33, "init": "ones"}, "array_axes"),
        ({"value": {"value": 1}}, "inside of a value"),
        ({}, "an empty table is no value"),
    ],
)
def test_rules_with_a_fault(rule: dict[str, Any], says: str) -> None:
    with pytest.raises(GradcliError, match=says):
        variable(rule)


@pytest.mark.parametrize(
    "raw", [[1, 2, 3, 4, 5, 6], "ones(6)", {"shape": [2, 3], "init": "ones"}, {"value": "ones([3, 2])"}]
)
def test_elements_at_the_limit_and_one_beyond(raw: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(values, "LIMITS", LIMITS._replace(array_elements=6))
    assert value(raw).size == 6
    monkeypatch.setattr(values, "LIMITS", LIMITS._replace(array_elements=5))
    with pytest.raises(LimitError, match="array_elements"):
        variable(raw)


def test_names_at_the_limit_and_one_beyond(monkeypatch: pytest.MonkeyPatch) -> None:
    text = json.dumps(
        {"expression": "1", "constants": {"a": 1}, "variables": {"b": 1, "c": 1}, "let": {"d": "a + b"}}
    ).encode()
    monkeypatch.setattr(spec, "LIMITS", LIMITS._replace(variables=4))
    spec_from_bytes(text, "f", "json")
    monkeypatch.setattr(spec, "LIMITS", LIMITS._replace(variables=3))
    with pytest.raises(LimitError, match="variables"):
        spec_from_bytes(text, "f", "json")


@pytest.mark.parametrize(
    "text", ["zeros(3", "x", "nan", "inf", "1e999", "__import__('os')", "", "1,5", "1 2", "[1, [2]]"]
)
def test_texts_that_are_no_constant(text: str) -> None:
    with pytest.raises(ValueProblem, match="not a"):
        variable(text)


def test_a_value_in_a_list_names_its_entry() -> None:
    with pytest.raises(ValueProblem) as caught:
        variable([[1, 2], [3, "4 +"]])
    assert caught.value.message.startswith("x[1,1] = 4 +: not a number")
    assert caught.value.origin.key == "variables.x"
