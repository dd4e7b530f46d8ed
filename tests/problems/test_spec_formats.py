"""TOML, JSON and YAML mean the same object, and a place in each leads back to its line."""

from __future__ import annotations

import doctest
import json
import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spec_writers import WRITERS

from gradcli.errors import GradcliError, SpecError
from gradcli.problems import documents
from gradcli.problems.documents import dotted
from gradcli.problems.formats import read_document
from gradcli.problems.problem import Problem
from gradcli.problems.reading import spec_from_bytes

NAMES = ["x", "y", "W", "beta", "lambda", "σ", "θ_1", "on", "y_", "no", "null", "true", "E", "I"]

numbers = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(10**20), 10**20),
    st.sampled_from(["pi/2", "-1e-3", "2*(3 + 4)", "1e3"]),
)


@st.composite
def arrays(draw: st.DrawFn) -> Any:
    shape = draw(st.sampled_from([(), (1,), (3,), (2, 2), (1, 2, 3)]))

    def build(axes: tuple[int, ...]) -> Any:
        return [build(axes[1:]) for _ in range(axes[0])] if axes else draw(numbers)

    return build(shape)


@st.composite
def specs(draw: st.DrawFn) -> dict[str, Any]:
    names = draw(st.lists(st.sampled_from(NAMES), min_size=2, max_size=6, unique=True))
    cut = draw(st.integers(1, len(names)))
    values = {name: draw(arrays()) for name in names}
    variables: dict[str, Any] = {name: values[name] for name in names[:cut]}
    first = names[0]
    if draw(st.booleans()):
        variables[first] = {"value": variables[first], "trainable": draw(st.booleans())}
    spec: dict[str, Any] = {
        "title": draw(st.text(st.characters(exclude_categories=["Cs"]), max_size=20)),
        "task": draw(st.sampled_from(["grad", ["hessian", "grad"], ["jacobian"]])),
        "variables": variables,
        "constants": {name: values[name] for name in names[cut:]},
        "functions": {"sq(a)": f"a^2 + {first}"},
        "let": {"p": f"2*{first}", "q": "p + 1"},
        "outputs": {"loss": "sum(q)", "f": f"sq({first}) * q"},
        "claims": {"gradient": {f"loss:{first}": draw(st.sampled_from(["2", 2, 2.5]))}},
        "check": {"symbolic": draw(st.booleans()), "rtol": draw(st.floats(1e-15, 0.5))},
    }
    for key in draw(st.lists(st.sampled_from(["title", "task", "constants", "claims", "check"]), unique=True)):
        del spec[key]
    return spec


def bits(value: Any) -> Any:
    return None if value is None else (value.shape, [struct.pack("d", v) for v in value.ravel()])


def seen(problem: Problem) -> Any:
    """Everything that a Problem says but its source, comparable bit by bit."""
    return {
        "title": problem.title,
        "tasks": problem.tasks,
        "constants": {k: bits(v) for k, v in problem.constants.items()},
        "variables": {k: (bits(v.value), v.trainable) for k, v in problem.variables.items()},
        "functions": {k: (f.parameters, f.body.text) for k, f in problem.functions.items()},
        "lets": {k: e.text for k, e in problem.lets.items()},
        "outputs": {k: e.text for k, e in problem.outputs.items()},
        "claims": {k: e.text for k, e in problem.claims.gradient.items()},
        "check": problem.check,
    }


@settings(max_examples=150, deadline=None)
@given(specs())
def test_one_spec_in_three_formats_is_one_problem(spec: dict[str, Any]) -> None:
    read = {form: spec_from_bytes(write(spec).encode(), f"spec.{form}", form) for form, write in WRITERS.items()}
    assert seen(read["toml"]) == seen(read["json"]) == seen(read["yaml"])
    assert list(read["toml"].variables) == list(spec["variables"])
    assert read["json"].title == spec.get("title")


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_one_fault_in_three_formats_is_one_error(data: st.DataObject) -> None:
    spec = data.draw(specs())
    table = data.draw(st.sampled_from([key for key in spec if isinstance(spec[key], dict) and spec[key]]))
    fault = data.draw(st.sampled_from([True, [], [1, [2]], {}, {"valu": 1}, 10**400, "1 +", "nosuch", "", [[]]]))
    spec[table][data.draw(st.sampled_from(list(spec[table])))] = fault
    found = set()
    for form, write in WRITERS.items():
        try:
            spec_from_bytes(write(spec).encode(), "spec", form)
            found.add("no error")
        except GradcliError as error:
            found.add((type(error), error.message, error.hint, error.origin.key, error.column))
    assert len(found) == 1, found


TOML = '''# a comment
title = "t"

[variables]
x = [1,
  2]   # more
y = { value = 1, trainable = false }
z.value = 3

[let]
"a" = """
x +
y"""
b = "c"
'''
JSON = """{
  "title": "t",
  "variables": {
    "x": [1, {"in": "a list"},
      2], "y": {"value": 1}
  },
  "let": {
    "a": "x"
  }
}
"""
YAML = """# a comment
title: t
variables:
  x: [1,
    2]
  y:
    value: 1
let:
  a: |
    x +
    y
  b:
    c
"""


@pytest.mark.parametrize(
    ("form", "text", "lines"),
    [
        (
            "toml",
            TOML,
            {
                "title": 2,
                "variables": 4,
                "variables.x": 5,
                "variables.y": 7,
                "variables.z": 8,
                "variables.z.value": 8,
                "let": 10,
                "let.a": 11,
                "let.b": 14,
            },
        ),
        (
            "json",
            JSON,
            {
                "title": 2,
                "variables": 3,
                "variables.x": 4,
                "variables.y": 5,
                "variables.y.value": 5,
                "let": 7,
                "let.a": 8,
            },
        ),
        (
            "yaml",
            YAML,
            {
                "title": 2,
                "variables": 3,
                "variables.x": 4,
                "variables.y": 6,
                "variables.y.value": 7,
                "let": 8,
                "let.a": 9,
                "let.b": 12,
            },
        ),
    ],
)
def test_every_key_knows_its_line(form: str, text: str, lines: dict[str, int]) -> None:
    document = read_document(text.encode(), "f", form)
    assert {dotted(path): place.line for path, place in document.places.items()} == lines


@pytest.mark.parametrize(
    ("form", "text", "line", "column"),
    [
        ("toml", 'expression = """\nx +\n  x +* 2"""\n[variables]\nx = 1\n', 3, 6),
        ("toml", "[variables]\nx = 1\n[outputs]\nf = '''\nx +\nx +* 2'''\n", 6, 4),
        ("toml", '[variables]\nx = 1\n[outputs]\nf = "x +* 2"\n', 4, 4),
        ("yaml", "expression: |\n  x +\n  x +* 2\nvariables: {x: 1}\n", 3, 4),
        ("yaml", "variables: {x: 1}\noutputs:\n  f:\n    x +* 2\n", 4, 4),
        ("json", '{"variables": {"x": 1},\n\n"expression": "x +* 2"}', 3, 4),
        ("json", '{"variables": {"x": 1},\n\n"expression": "x + \\n x +* 2"}', 3, 10),
    ],
)
def test_an_error_in_an_expression_names_its_line_and_column(form: str, text: str, line: int, column: int) -> None:
    with pytest.raises(GradcliError) as caught:
        spec_from_bytes(text.encode(), "f", form)
    assert (caught.value.line, caught.value.column) == (line, column)


@pytest.mark.parametrize("form", ["json", "toml", "yaml"])
def test_one_byte_order_mark_is_no_part_of_the_text(form: str) -> None:
    data = WRITERS[form]({"expression": "x", "variables": {"x": 1}}).encode()
    assert spec_from_bytes(b"\xef\xbb\xbf" + data, "f", form).outputs["f"].text == "x"
    with pytest.raises(SpecError, match="two byte order marks"):
        spec_from_bytes(b"\xef\xbb\xbf" * 2 + data, "f", form)


def test_greek_letters_are_names_in_every_format() -> None:
    spec = {"expression": "σ*µ", "variables": {"σ": 1, "µ": 2}}
    for form, write in WRITERS.items():
        assert list(spec_from_bytes(write(spec).encode(), "f", form).variables) == ["σ", "μ"]
    with pytest.raises(SpecError, match="not TOML") as caught:
        spec_from_bytes("σ = 1".encode(), "f", "toml")
    assert caught.value.hint is not None
    assert "quotes" in caught.value.hint


def test_the_first_fault_of_a_toml_is_the_one_that_is_told() -> None:
    with pytest.raises(SpecError, match="not TOML: invalid value") as caught:
        read_document(b"a = 1\nb = ?\na = 2\n", "f", "toml")
    assert caught.value.line == 2


def test_the_first_character_tells_json_from_toml() -> None:
    assert spec_from_bytes(b'\xef\xbb\xbf \n{"expression": "3"}', "-").outputs["f"].text == "3"
    assert spec_from_bytes(b"expression = '3'", "-").outputs["f"].text == "3"


def test_a_large_json_spec_is_read_whole() -> None:
    terms, entries = 10_000, 100_000
    spec = {
        "expression": "+".join(f"sin(x*{i})" for i in range(terms)),
        "variables": {"x": 1},
        "constants": {"c": [i / 8 for i in range(entries)]},
    }
    problem = spec_from_bytes(json.dumps(spec).encode(), "f", "json")
    assert problem.constants["c"].shape == (entries,)
    assert problem.constants["c"][-1] == (entries - 1) / 8


def test_examples_of_documents() -> None:
    assert doctest.testmod(documents).failed == 0
