"""SOURCE and NAME=VALUE: what is typed becomes a Problem, or one error that begins with the item as typed."""

from __future__ import annotations

import io
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradcli.errors import GradcliError, UnknownNameError, UsageError
from gradcli.problems.commandline import problem_from_expression, problem_from_source, read_items
from gradcli.problems.problem import Problem

SPEC = """
expression = "x^2*y + k"
[constants]
k = 1
[variables]
x = [1, 2]
y = { value = 3, trainable = false }
[let]
p = "x + 1"
"""


def values(problem: Problem) -> dict[str, Any]:
    return {name: None if v.value is None else v.value.tolist() for name, v in problem.variables.items()}


def from_spec(*items: str, text: str = SPEC, **options: Any) -> Problem:
    return problem_from_source("-", items, stdin=io.BytesIO(text.encode()), **options)


# ---- expressions ----


def test_variables_come_in_the_order_of_typing() -> None:
    problem = problem_from_source("a*b", ["b=2", "a=1"])
    assert values(problem) == {"b": 2, "a": 1}
    assert list(problem.variables) == ["b", "a"]
    assert problem.source == "a*b"
    assert list(problem.outputs) == ["f"]
    assert problem.tasks == ("grad",)


def test_without_values_the_names_are_variables_in_order_of_appearance() -> None:
    problem = problem_from_expression("z*sin(y)^a + pi + e + π")
    assert values(problem) == {"z": None, "y": None, "a": None}


def test_constants_of_the_language_yield_to_a_persons_names() -> None:
    assert values(problem_from_expression("pi*x", ["pi=3", "x=1"])) == {"pi": 3, "x": 1}
    assert values(problem_from_expression("e*x", sweeps=["e=0:1:2"], items=["x=1"])) == {"x": 1, "e": 0}


def test_a_value_that_does_not_occur_is_a_variable_all_the_same() -> None:
    assert values(problem_from_expression("x", ["x=1", "q=2"])) == {"x": 1, "q": 2}


def test_missing_values_are_all_listed_in_order_of_appearance() -> None:
    with pytest.raises(UnknownNameError, match=r"^no value for z, y, a$"):
        problem_from_expression("z*x + y*z + a", ["x=1"])
    with pytest.raises(UnknownNameError, match=r"^no value for y$"):
        problem_from_expression("x*y", sweeps=["x=0:1:3"])


def test_a_mistyped_name_is_guessed() -> None:
    with pytest.raises(UnknownNameError, match="no value for rate") as caught:
        problem_from_expression("rate*y", ["rat=1", "y=2"])
    assert "'rate'" in str(caught.value.hint)


def test_an_expression_may_begin_with_a_minus_sign_and_end_like_no_file() -> None:
    assert problem_from_source("-x^2", ["x=3"]).outputs["f"].text == "-x^2"
    with pytest.raises(UsageError, match="--input-format"):
        problem_from_source("x", ["x=1"], input_format="json")


@pytest.mark.parametrize(
    ("item", "value"),
    [
        ("x=3", 3.0),
        ("x=-1e-3", -1e-3),
        (" x = pi/2 ", math.pi / 2),
        ("x=[1, 2, 3]", [1.0, 2.0, 3.0]),
        ("x=[[1,2],[3,4]]", [[1.0, 2.0], [3.0, 4.0]]),
        ("x=2^-1", 0.5),
    ],
)
def test_items(item: str, value: Any) -> None:
    found = read_items([item])
    assert list(found) == ["x"]
    assert found["x"].value.tolist() == value


@pytest.mark.parametrize(
    ("item", "says"),
    [
        ("x=1,5", "x=1,5: not a number"),
        ("x=abc", "x=abc: not a number"),
        ("x=y", "x=y: not a number"),
        ("x=", "x=: there is no value"),
        ("x", "x: a value is given as NAME=VALUE"),
        ("", ": a value is given as NAME=VALUE"),
        ("=1", "=1: "),
        ("2x=1", "2x=1: "),
        ("and=1", "and=1: "),
        ("а=1", "а=1: "),
        ("x==1", "x==1: not a number"),
        ("x=nan", "x=nan: not a number"),
        ("x=inf", "x=inf: not a number"),
        ("x=1e999", "x=1e999: not a number"),
        ("x=1/0", "x=1/0: not a finite number"),
        ("x=[[1,2],[3]]", "x=[[1,2],[3]]: "),
        ("x=@/etc/passwd", "x=@/etc/passwd: a data file's name ends in .csv or .npy"),
        ("x=@", "x=@: a data file"),
        ("x=@none.csv", "x=@none.csv: none.csv: no such file"),
        ("x=@none.csv:a", "x=@none.csv:a: none.csv: no such file"),
        ("x=@none.npy", "x=@none.npy: none.npy: no such file"),
        ("x=__import__('os')", "x=__import__('os'): not a number"),
        ("x=" + "1+" * 5000, "x=1+1+1+"),
    ],
)
def test_a_faulty_item_begins_its_message(item: str, says: str) -> None:
    with pytest.raises(GradcliError) as caught:
        problem_from_expression("x", [item])
    assert caught.value.message.startswith(says), caught.value.message
    assert len(caught.value.message) < 300
    assert caught.value.exit_code == 2


def test_a_decimal_comma_gets_a_hint() -> None:
    with pytest.raises(GradcliError) as caught:
        read_items(["x=1,5"])
    assert "1.5" in str(caught.value.hint)


@pytest.mark.parametrize(("item", "hint"), [("y", "y=1"), ("2", "x=1"), ("--no-check", "options stand before it")])
def test_an_item_without_a_value_gets_a_hint(item: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_items([item])
    assert hint in str(caught.value.hint)
    assert "--no-check=" not in str(caught.value.hint)


def test_a_name_is_given_once() -> None:
    with pytest.raises(UsageError, match=r"^x=2: x has a value already"):
        read_items(["x=1", "x=2"])
    with pytest.raises(UsageError, match="already"):
        read_items(["µ=1", "μ=2"])


def test_values_from_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "d.csv").write_text("a,b:c\n1,2\n3,4\n")
    np.save(tmp_path / "w.npy", np.array([5.0, 6.0]))
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    items = ["a=@../d.csv:a", "b=@../d.csv:b:c", "c=@../d.csv", f"d=@{tmp_path}/w.npy"]
    found = {name: item.value.tolist() for name, item in read_items(items).items()}
    assert found == {"a": [1, 3], "b": [2, 4], "c": [[1, 2], [3, 4]], "d": [5, 6]}


# ---- specs ----


def test_items_override_values_and_keep_their_kind() -> None:
    problem = from_spec("x=5", "k=[7, 8]", "y=9")
    assert values(problem) == {"x": 5, "y": 9}
    assert problem.constants["k"].tolist() == [7, 8]
    assert problem.variables["x"].trainable
    assert not problem.variables["y"].trainable
    assert problem.source == "-"


def test_an_item_spares_the_file_it_replaces() -> None:
    text = 'expression = "x"\n[variables]\nx = { file = "none.npy" }\n'
    assert values(from_spec("x=1", text=text)) == {"x": 1}


@pytest.mark.parametrize(
    ("item", "hint"),
    [("kk=1", "did you mean 'k'"), ("zeta=1", "it has k, x, y"), ("p=1", "'p' is a let")],
)
def test_an_item_that_the_spec_does_not_know(item: str, hint: str) -> None:
    with pytest.raises(UnknownNameError, match=f"^{item}: the spec has no constant or variable") as caught:
        from_spec(item)
    assert hint in str(caught.value.hint)


@pytest.mark.parametrize("ending", ["toml", "json", "yaml", "yml", "TOML"])
def test_a_file_that_does_not_exist_is_named(ending: str) -> None:
    with pytest.raises(UsageError, match=f"^no_such_file.{ending}: no such file$") as caught:
        problem_from_source(f"no_such_file.{ending}")
    assert caught.value.exit_code == 2


def test_a_file_without_a_spec_s_ending_is_no_expression(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "spec.txt").write_text("expression = '1'")
    (tmp_path / "x").write_text("")
    with pytest.raises(UsageError, match=r"^spec.txt: a spec's name ends in \.toml"):
        problem_from_source("spec.txt")
    assert values(problem_from_source("x", ["x=1"])) == {"x": 1}
    with pytest.raises(GradcliError, match="x=a: not a number"):
        problem_from_source("x", ["x=a"])


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ('{"expression": "1"}', None),
        ('expression = "1"', None),
        ("expression: 1", "yaml"),
        ('{expression: "1"}', "yaml"),
    ],
)
def test_formats_of_standard_input(text: str, form: str | None) -> None:
    assert from_spec(text=text, input_format=form).outputs["f"].text == "1"


def test_a_format_that_does_not_exist() -> None:
    with pytest.raises(UsageError, match="xml: not a format"):
        from_spec(input_format="xml")


# ---- --wrt and --output ----


def test_wrt() -> None:
    assert from_spec(wrt="y, x").wrt == ("y", "x")
    assert from_spec().wrt is None
    assert problem_from_source("x*y", wrt="y").wrt == ("y",)
    assert problem_from_source("µ*y", wrt="µ").wrt == ("μ",)


@pytest.mark.parametrize(
    ("wrt", "says"),
    [
        ("q", "'q'"),
        ("x,q", "'q'"),
        ("", "''"),
        ("x,", "''"),
        ("k", "'k' is a constant"),
        ("p", "'p' is a let"),
        ("x,x", "'x' stands twice"),
        ("f", "'f'"),
    ],
)
def test_faulty_wrt(wrt: str, says: str) -> None:
    with pytest.raises(GradcliError, match=f"--wrt: .*{says}") as caught:
        from_spec(wrt=wrt)
    assert caught.value.exit_code == 2


def test_output() -> None:
    from_spec(output="f")
    with pytest.raises(UnknownNameError, match="there is no output 'g'") as caught:
        from_spec(output="g")
    assert "there is f" in str(caught.value.hint)


def test_an_expression_imports_nothing_that_only_specs_need() -> None:
    code = (
        "import sys\n"
        "from gradcli.problems.commandline import problem_from_source\n"
        "problem_from_source('x*y')\n"
        "print(*sorted({'numpy', 'sympy', 'msgspec', 'yaml', 'tomllib', 'scipy'} & set(sys.modules)))\n"
        "problem_from_source('x*y', ['x=1', 'y=[1, 2]'])\n"
        "print(*sorted({'sympy', 'msgspec', 'yaml', 'tomllib', 'scipy'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "\n\n"
