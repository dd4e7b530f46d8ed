"""A problem written as a spec and read again is the same problem, to the last bit of its numbers."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from gradcli.errors import LimitError
from gradcli.language.parser import parse
from gradcli.limits import LIMITS
from gradcli.problems.problem import Problem, Variable
from gradcli.problems.reading import spec_from_bytes, spec_from_file
from gradcli.problems.writing import require_room, spec_text

SAMPLES = Path(__file__).parents[2] / "samples"
SPECS = sorted(p.name for p in SAMPLES.iterdir() if p.suffix in (".toml", ".yaml", ".json"))


def again(problem: Problem) -> Problem:
    return spec_from_bytes(spec_text(problem).encode(), "again.toml", "toml")


def texts(table: object) -> dict[object, str]:
    return {key: expression.text for key, expression in table.items()}  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", SPECS)
def test_a_sample_written_and_read_is_the_same(name: str) -> None:
    problem = spec_from_file(str(SAMPLES / name))
    other = again(problem)
    assert (other.title, other.tasks, other.check) == (problem.title, problem.tasks, problem.check)
    for mine, its in ((problem.constants, other.constants), (problem.points or {}, other.points or {})):
        assert list(mine) == list(its)
        assert all(mine[n].tobytes() == its[n].tobytes() and mine[n].shape == its[n].shape for n in mine)
    given = {n: v for n, v in problem.variables.items() if v.value is not None}
    for variable, value in given.items():
        assert other.variables[variable].trainable == value.trainable
        assert other.variables[variable].value.tobytes() == value.value.tobytes()
    assert set(other.variables) == set(problem.variables)
    assert texts(other.lets) == texts(problem.lets)
    assert texts(other.outputs) == texts(problem.outputs)
    assert texts(other.claims.gradient) == texts(problem.claims.gradient)
    assert texts(other.claims.hessian) == texts(problem.claims.hessian)
    assert np.array_equal(other.expect.value, problem.expect.value)
    assert np.array_equal(other.expect.hessian, problem.expect.hessian)
    assert {n: v.tolist() for n, v in other.expect.gradient.items()} == {
        n: v.tolist() for n, v in problem.expect.gradient.items()
    }
    assert other.expect.rtol == problem.expect.rtol
    assert {n: (f.parameters, f.body.text) for n, f in other.functions.items()} == {
        n: (f.parameters, f.body.text) for n, f in problem.functions.items()
    }


@given(
    arrays(np.float64, array_shapes(max_dims=3, max_side=5), elements=st.floats(allow_nan=False, allow_infinity=False))
)
def test_numbers_keep_every_bit(value: np.ndarray) -> None:
    problem = Problem(
        "f", {"f": parse("sum(w)")}, variables={"w": Variable(value), "θ": Variable(np.array(0.1), False)}
    )
    other = again(problem)
    assert other.variables["w"].value.tobytes() == value.tobytes()
    assert other.variables["w"].value.shape == value.shape
    assert not other.variables["θ"].trainable


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=40))
def test_a_title_of_any_characters_is_toml(title: str) -> None:
    problem = Problem("f", {"f": parse("3*x")}, title=title, variables={"x": Variable(np.array(1.0))})
    assert tomllib.loads(spec_text(problem))["title"] == title


def test_what_could_not_be_read_again_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = Problem("f", {"f": parse("sum(w)")}, variables={"w": Variable(np.ones(4))})
    size = len(spec_text(problem).encode())
    monkeypatch.setattr("gradcli.problems.writing.LIMITS", LIMITS._replace(spec_bytes=size))
    assert len(spec_text(problem).encode()) == size
    with pytest.raises(LimitError, match="spec_bytes"):
        require_room(problem)  # ones are the shortest numbers; others need more room
    monkeypatch.setattr("gradcli.problems.writing.LIMITS", LIMITS._replace(spec_bytes=size - 1))
    with pytest.raises(LimitError, match="spec_bytes"):
        spec_text(problem)
    longest = problem.with_(variables={"w": Variable(np.full(4, -2.2250738585072014e-308))})
    monkeypatch.setattr("gradcli.problems.writing.LIMITS", LIMITS._replace(spec_bytes=size + 4 * 26))
    require_room(problem)
    spec_text(longest)


def test_expressions_over_several_lines_and_a_note() -> None:
    problem = Problem("f", {"f": parse("x +\n  1\t* x")}, variables={"x": Variable(np.array(2.0))})
    text = spec_text(problem, note="two\nlines")
    assert text.startswith("# two\n# lines\n")
    assert again(problem).outputs["f"].text == "x +   1\t* x"
