"""`[[layers]]` expands to what a person would have typed: variables by rule, and steps of `let`."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from gradcli.errors import GradcliError
from gradcli.model import Model
from gradcli.problems.problem import Problem
from gradcli.problems.reading import spec_from_bytes

X = [[0.0, 1.0], [2.0, -1.0], [0.5, 0.25]]


def read(*layers: Any, **spec: Any) -> Problem:
    given: dict[str, Any] = {"constants": {"X": X}, "outputs": {"f": "sum(layer1)"}} | spec
    return spec_from_bytes(json.dumps(given | {"layers": list(layers)}).encode(), "spec.json", "json")


def test_it_means_the_spec_that_is_written_out() -> None:
    short = read(
        {"input": "X", "units": 3, "activation": "tanh"},
        {"units": 1, "bias": False, "name": "out", "init": "normal", "scale": 0.5, "seed": 9},
        outputs={"f": "sum(out^2)"},
    )
    long: dict[str, Any] = {
        "constants": {"X": X},
        "variables": {
            "W1": {"shape": [2, 3], "init": "uniform", "scale": math.sqrt(6 / 5), "seed": 1},
            "b1": [0, 0, 0],
            "out_W": {"shape": [3, 1], "init": "normal", "scale": 0.5, "seed": 9},
        },
        "let": {"layer1": "tanh(X @ W1 + b1)", "out": "layer1 @ out_W"},
        "outputs": {"f": "sum(out^2)"},
    }
    other = spec_from_bytes(json.dumps(long).encode(), "spec.json", "json")
    assert list(short.variables) == list(other.variables)
    for name, variable in other.variables.items():
        assert variable.trainable
        np.testing.assert_array_equal(short.variables[name].value, variable.value)
    assert {n: e.text for n, e in short.lets.items()} == long["let"]
    found, expected = Model(short).gradient()["f"], Model(other).gradient()["f"]
    for name in expected:
        np.testing.assert_array_equal(found[name], expected[name])


def test_the_numbers_are_those_of_plain_numpy() -> None:
    problem = read({"input": "2*X - 1", "units": 2, "activation": "softmax"})
    rng = np.random.default_rng(1)
    bound = math.sqrt(6 / 4)
    z = (2 * np.array(X) - 1) @ rng.uniform(-bound, bound, (2, 2))
    e = np.exp(z - z.max(axis=1, keepdims=True))
    problem = problem.with_(outputs={"f": problem.lets["layer1"]})
    np.testing.assert_allclose(Model(problem).value()["f"], e / e.sum(axis=1, keepdims=True), rtol=1e-14)
    assert problem.lets["layer1"].text == "softmax((2*X - 1) @ W1 + b1, axis=-1)"


@pytest.mark.parametrize(
    ("init", "variance"),
    [
        ("glorot_uniform", 2 / 300), ("glorot_normal", 2 / 300), ("he_uniform", 2 / 100), ("he_normal", 2 / 100),
        ("lecun_uniform", 1 / 100), ("lecun_normal", 1 / 100),
    ],
)  # fmt: skip
def test_initialisations_have_the_variance_their_papers_give(init: str, variance: float) -> None:
    spec = {"constants": {"X": [[0.0] * 100]}}
    weights = read({"input": "X", "units": 200, "init": init}, **spec).variables["W1"].value
    assert weights.shape == (100, 200)
    assert float(np.var(weights)) == pytest.approx(variance, rel=0.05)
    if "uniform" in init:
        assert np.abs(weights).max() <= math.sqrt(3 * variance)


def test_activations_may_be_functions_of_the_spec_and_values_may_be_given() -> None:
    problem = read({"input": "X", "units": 2, "activation": "bent"}, functions={"bent(z)": "z + z^3"})
    assert problem.lets["layer1"].text == "bent(X @ W1 + b1)"
    rows = read({"input": "X[0]", "units": 2})
    assert Model(rows).problem.variables["W1"].value.shape == (2, 2)


FAULTS: dict[str, tuple[list[dict[str, Any]], str, str]] = {
    "no input": ([{"units": 2}], "the first layer needs its `input`", "layers[1]"),
    "no units": ([{"input": "X"}], "the key 'units' is missing", "layers[1]"),
    "zero units": ([{"input": "X", "units": 0}], "units: a layer has at least 1 unit", "layers[1].units"),
    "a thousand million units": ([{"input": "X", "units": 10**9}], "array_elements", "layers[1].units"),
    "unknown key": ([{"input": "X", "unit": 2}], "unknown key 'unit'", "layers[1].unit"),
    "unknown kind": ([{"input": "X", "units": 2, "type": "conv"}], "type: no layer is called 'conv'", "layers[1].type"),
    "unknown rule": (
        [{"input": "X", "units": 2, "init": "glorot"}], "init: no rule is called 'glorot'", "layers[1].init",
    ),
    "scale of its own": (
        [{"input": "X", "units": 2, "init": "he_normal", "scale": 2.0}], "scale: he_normal has its own",
        "layers[1].scale",
    ),
    "unknown activation": (
        [{"input": "X", "units": 2}, {"units": 1, "activation": "tahn"}],
        "unknown function 'tahn'", "layers[2].activation",
    ),
    "unknown input": ([{"input": "Z", "units": 2}], "unknown name 'Z'", "layers[1].input"),
    "no name": (
        [{"input": "X", "units": 2, "activation": "1 + tanh"}],
        "activation: '1 + tanh' is not the name of a function", "layers[1].activation",
    ),
    "an activation that sums": (
        [{"input": "X", "units": 2, "activation": "sum"}],
        "activation: sum makes shape () of (3, 2)", "layers[1].activation",
    ),
    "scale below 0": (
        [{"input": "X", "units": 2, "init": "normal", "scale": -1.0}], "scale: not a positive number",
        "layers[1].scale",
    ),
    "a scalar input": ([{"input": "sum(X)", "units": 2}], "input: its shape is ()", "layers[1].input"),
    "scale of zeros": (
        [{"input": "X", "units": 2, "init": "zeros", "scale": 1}], "`scale` and `seed` belong to normal",
        "layers[1].scale",
    ),
    "seed below 0": ([{"input": "X", "units": 2, "seed": -1}], "seed: a seed is 0 or more", "layers[1].seed"),
    "no name of a layer": ([{"input": "X", "units": 2, "name": "2x"}], "cannot begin with a digit", "layers[1].name"),
    "name taken": ([{"input": "X", "units": 2, "name": "X"}], "'X' is a constant already", "layers[1].name"),
    "name of weights taken": (
        [{"input": "X", "units": 2, "name": "a"}, {"units": 2, "name": "a_W"}], "'a_W' is a variable already",
        "layers[2].name",
    ),
    "name of the next": (
        [{"input": "X", "units": 2, "name": "layer2"}, {"units": 2}], "'layer2' is a layer already", "layers[2]",
    ),
    "no table": ([3], "a table is meant, not a number", "layers[1]"),  # type: ignore[list-item]
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_faulty_layer_is_named(name: str) -> None:
    layers, message, key = FAULTS[name]
    with pytest.raises(GradcliError) as caught:
        read(*layers)
    assert message in caught.value.message
    assert caught.value.origin.key == key
    assert caught.value.exit_code == 2


def test_the_line_is_that_of_the_layer_and_its_key() -> None:
    text = """expression = 'sum(layer2)'
[constants]
X = [[1, 2]]
[[layers]]
input = "X"
units = 2
[[layers]]
activation = "tahn"
units = 2
"""
    for old, new, line in (
        ("", "", 8),
        ('"tahn"', "3", 8),
        ('activation = "tahn"', "unit = 1", 8),
        ('activation = "tahn"\nunits = 2', 'activation = "tanh"', 7),
        ('input = "X"\n', "", 4),
        ('input = "X"', 'input = "2X"', 5),
    ):
        with pytest.raises(GradcliError) as caught:
            spec_from_bytes(text.replace(old, new).encode(), "net.toml", "toml")
        assert (caught.value.origin.source, caught.value.line) == ("net.toml", line), new


@pytest.mark.parametrize(
    ("layers", "line", "key"),
    [
        ("[{ input = 'X', units = 2 }, { units = 2,  activation = 'tahn' }]", 2, "layers[2].activation"),
        ("[\n  { input = 'X', units = 2 },\n\n  { units = 0 },\n]", 5, "layers[2].units"),
        ("[ # {\n{ input = '2{X', units = 2 },\n]", 3, "layers[1].input"),
        ("[\n{ input = 'X', units = 2 }, [{ units = 2 }], { units = 0 } ]", 3, "layers[2]"),
    ],
)
def test_layers_in_one_list_of_toml_have_their_lines(layers: str, line: int, key: str) -> None:
    text = f"expression = 'sum(layer2)'\nlayers = {layers}\n[constants]\nX = [[1, 2]]\n"
    with pytest.raises(GradcliError) as caught:
        spec_from_bytes(text.encode(), "net.toml", "toml")
    assert (caught.value.origin.line, caught.value.origin.key) == (line, key)


@pytest.mark.parametrize(
    ("form", "layers", "line", "key"),
    [
        ("json", '[\n{"input": "X", "units": 2, "scale": [1,\n{"units": 5}]},\n{"units": 2}]', 3, "layers[1].scale"),
        ("json", '[{"input": "X", "units": 2},\n{"units": 2,\n"activation": "tahn"}]', 4, "layers[2].activation"),
        ("json", '[{"input": "X", "units": 2},\n[]]', 2, "layers[2]"),
        (
            "yaml",
            "\n- {input: X, units: 2}\n- units: 2\n  input: |\n    layer1\n    + 2*layer7\n",
            8,
            "layers[2].input",
        ),
        ("yaml", "\n- {input: X, units: 2}\n- name: h\n  units: 0\n", 6, "layers[2].units"),
        ("yaml", "\n- {input: X,\n   unit: 2}\n", 5, "layers[1].unit"),
    ],
)
def test_layers_of_json_and_yaml_have_their_lines(form: str, layers: str, line: int, key: str) -> None:
    frames = {
        "json": '{"expression": "sum(layer2)", "constants": {"X": [[1, 2]]},\n"layers": %s}',
        "yaml": "expression: sum(layer2)\nconstants: {X: [[1, 2]]}\nlayers: %s",
    }
    text = frames[form] % layers
    with pytest.raises(GradcliError) as caught:
        spec_from_bytes(text.encode(), f"net.{form}", form)
    assert (caught.value.line, caught.value.origin.key) == (line, key)


def test_a_name_of_let_is_taken() -> None:
    with pytest.raises(GradcliError, match="'layer1' is a let already") as caught:
        read({"input": "X", "units": 2}, let={"layer1": "X"})
    assert caught.value.hint == "give the layer another `name`"


def test_a_function_of_the_spec_shadows_a_name_for_no_activation() -> None:
    spec = {"functions": {"linear(z)": "3*z"}}
    assert read({"input": "X", "units": 2, "activation": "linear"}, **spec).lets["layer1"].text == "linear(X @ W1 + b1)"


def test_a_scale_may_be_a_constant_expression_as_in_variables() -> None:
    text, number = (read({"input": "X", "units": 2, "init": "normal", "scale": s}) for s in ("sqrt(2)/4", 2**0.5 / 4))
    np.testing.assert_array_equal(text.variables["W1"].value, number.variables["W1"].value)


def test_a_let_is_no_input() -> None:
    with pytest.raises(GradcliError, match="'h' is a let, and layers come before let") as caught:
        read({"input": "h", "units": 2}, let={"h": "2*X"})
    assert caught.value.origin.key == "layers[1].input"
