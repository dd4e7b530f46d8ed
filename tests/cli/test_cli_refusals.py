"""Command lines that once wrote where nobody looked, or said what nobody understood."""

from pathlib import Path

import pytest


def test_a_dash_is_stdout(gradcli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plain = gradcli("grad", "x^2", "x=1", "--no-check")
    for stdout in ("-", "/dev/stdout"):
        assert gradcli("grad", "x^2", "x=1", "--no-check", "-o", stdout) == plain
    assert gradcli("schema", "spec", "-o", "-").out == gradcli("schema", "spec").out
    assert list(Path().iterdir()) == []


def test_a_missing_argument_is_said_on_one_line(gradcli):
    ran = gradcli("schema")
    assert ran.code == 2
    assert ran.err.splitlines()[0] == "error: missing argument 'spec|result'. Choose from: spec, result"
    assert "gradcli schema [OPTIONS] spec|result" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("grad", "x^2 + y", "x=1.7e308", "y=-1.7e308"),
        ("grad", "exp(x)*1e300", "x=700"),
        ("hessian", "x^2", "x=1.7e308"),
        ("grad", "x", "--sweep", "x=-1e308:1e308:3"),
        ("grad", "1/x", "x=0"),
    ],
)
def test_no_warning_reaches_a_person(process, arguments):
    ran = process(*arguments)  # in which a warning would be an error
    assert ran.returncode in (0, 1)
    assert ran.stderr == b""


@pytest.mark.parametrize(
    ("expression", "item", "hint"),
    [
        ("x^T", "x=1", "the transpose is written `x.T`"),
        ("sum(x, keepdims=True)", "x=[1,2]", "truth is written 1"),
        ("x*PI", "x=1", "did you mean 'pi'?"),
        ("x + sin[y]", "x=1", "a function is called with parentheses: `sin(y)`"),
        ("x*exp", "x=1", "'exp' is a function: it needs its arguments, as in `exp(x)`"),
        ("x/inf", "x=1", "numbers are finite"),
        ("x + z", "x=1", "give it as z=1"),
    ],
)
def test_a_name_without_a_value(gradcli, expression, item, hint):
    ran = gradcli("grad", expression, item)
    assert ran.code == 2
    assert f"= help: {hint}" in ran.err


@pytest.mark.parametrize(
    ("option", "meant"), [("--frmat", "--format"), ("--nocheck", "--no-check"), ("--certfy", "--certify")]
)
def test_a_mistyped_option_is_answered_with_the_nearest(gradcli, option, meant):
    ran = gradcli("grad", "x", "x=1", option)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"error: no such option '{option}': did you mean '{meant}'?\n")


def test_few_of_many_names_without_a_value_are_looked_at(gradcli, monkeypatch):
    read = []
    monkeypatch.setattr("gradcli.autodiff.unknown.foreign_name", lambda name, _: read.append(name))
    ran = gradcli("grad", " + ".join(f"x{i}" for i in range(300)), "x0=1")
    assert (ran.code, ran.out) == (2, "")
    assert all(f"x{i}" in ran.err for i in range(1, 300))
    assert 0 < len(read) <= 20  # each one walks the whole expression


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["α*β + tahn(γ)", "α=1"], "unknown function 'tahn'\n  --> column 7\n"),
        (["tahn(3)"], "unknown function 'tahn'\n  --> column 1\n"),
        (["x(y + 1)", "x=1"], "'x' is a value, not a function"),
        (["sin(y)", "x=1"], "no value for y"),
    ],
)
def test_a_function_that_is_none_comes_before_a_value_that_is_missing(gradcli, arguments, says):
    ran = gradcli("grad", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"error: {says}")


@pytest.mark.parametrize("expression", ["A @ x", "sum(w[0])", "outer(a, b)", "trace(A)"])
def test_formulas_of_arrays_need_a_shape(gradcli, expression):
    ran = gradcli("grad", expression)
    assert ran.code == 2
    assert "without a value" in ran.err
    assert "=[1,2,3]" in ran.err
    assert "^" in ran.err


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("pow", "write `a^b`"),
        ("average", "did you mean 'mean'?"),
        ("diff", "the whole expression is differentiated already"),
        ("lgo", "did you mean 'log'?"),
        ("zzzzzz", "gradcli functions lists all of them"),
    ],
)
def test_functions_of_another_language(gradcli, name, hint):
    ran = gradcli("functions", name)
    assert ran.code == 2
    assert ran.err.splitlines()[-1].strip() == f"= help: {hint}"
