"""What is said of a call that does not fit: in the words of the call, with the caret under what is wrong."""

import math

import numpy as np
import pytest

import gradcli
from gradcli.errors import GradcliError, LimitError
from gradcli.language.parser import parse
from gradcli.limits import LIMITS

POINT = {"x": 0.7, "y": 1.3, "w": [1.0, 2.0, 3.0], "A": [[1.0, 2.0], [3.0, 4.0]]}


def value(text: str):
    model = gradcli.parse(text)
    return model.value({name: POINT[name] for name in model.variables})["f"]


def error(text: str) -> GradcliError:
    with pytest.raises(GradcliError) as caught:
        value(text)
    return caught.value


# The call, the part of it under the caret, words of the message, words of the hint.
FAULTS = [
    ("log(x, 2, 3)", "3", "log takes 1 or 2 arguments, not 3", "log(x, base)"),
    ("log(x, 2, base=3)", "log(x, 2, base=3)", "log takes 1 or 2 arguments, not 3", "log(x, base)"),
    ("log(x, bas=2)", "bas", "log has no keyword 'bas'", "did you mean 'base'?"),
    ("clip(x, lo=0, hi=1)", "clip(x, lo=0, hi=1)", "clip takes 3 arguments, not 1", "clip(x, lo, hi)"),
    ("sin(x, axis=0)", "axis", "sin has no keyword 'axis'", "sin(x)"),
    ("sum(w, dim=0)", "dim", "sum has no keyword 'dim'", "did you mean 'axis'?"),
    ("reshape(w, [3], keepdims=1)", "keepdims", "reshape has no keyword 'keepdims'", "shape"),
    ("sum(w, axis=5)", "5", "axis 5 does not exist in shape (3,)", "-1 to 0"),
    ("sum(w, 5)", "5", "axis 5 does not exist in shape (3,)", "-1 to 0"),
    ("softmax(w, axis=3)", "3", "axis 3 does not exist in shape (3,)", "-1 to 0"),
    ("var(A, axis=-3)", "-3", "axis -3 does not exist in shape (2, 2)", "-2 to 1"),
    ("1 + cross(A, w)", "cross(A, w)", "cross does not take shapes (2, 2) and (3,)", "two vectors"),
    ("trace(w)", "trace(w)", "trace takes a square matrix, not shape (3,)", ""),
    ("dot(w, A)", "dot(w, A)", "dot does not take shapes (3,) and (2, 2)", "dot(x, y)"),
    ("mse(w, [1, 2])", "mse(w, [1, 2])", "mse does not take shapes (3,) and (2,)", "mse(y, p)"),
    ("huber(w, [1, 2])", "huber(w, [1, 2])", "huber does not take shapes (3,) and (2,)", "delta=1.0"),
    ("trapezoid(w, [1, 2])", "trapezoid(w, [1, 2])", "trapezoid does not take shapes (3,) and (2,)", "one length"),
    ("clip(A, w, [1, 2, 3, 4])", "clip", "shapes (2, 2), (3,) and (4,) do not fit in clip", "axes"),
    ("w @ [1, 2]", "@", "shapes (3,) and (2,) do not fit in @: 3 entries meet 2 entries", None),
    ("[A, A] @ w", "@", "shapes (2, 2, 2) and (3,) do not fit in @: 2 columns meet 3 entries", None),
    ("[A, A] @ [A, A, A]", "@", "(2, 2, 2) and (3, 2, 2) do not fit in @: the axes before", "compared from the last"),
    ("dot(x, y)", "dot(x, y)", "dot multiplies arrays; shapes are () and ()", "write *"),
    ("reshape(A, [3, 2])", "[3, 2]", "shape (2, 2) cannot become (3, 2): it has 4 entries, (3, 2) has 6", None),
    ("reshape(A, [3, -1])", "[3, -1]", "shape (2, 2) cannot become (3, -1): it has 4 entries", None),
    ("concat(w, A)", "concat(w, A)", "shapes (3,) and (2, 2) do not join along axis 0", "as many axes"),
    ("linspace(w, 1, 3)", "linspace(w, 1, 3)", "two scalars and n of at least 2, not shapes (3,) and ()", None),
    ("max(w[3:])", "max(w[3:])", "max of no entries, in shape (0,)", None),
    ("A[2]", "2", "index 2 is out of range for an axis of length 2", "shape (2, 2): places -2 to 1"),
    ("matmul(w, A)", "matmul(w, A)", "do not fit in matmul", None),
    ("zeros(2, x)", "zeros(2, x)", "zeros does not take 2 arguments", "`zeros([2, x])`"),
    ("reshape(w, 3, 1)", "reshape(w, 3, 1)", "reshape does not take 3 arguments", "`reshape(w, [3, 1])`"),
    ("w[9^9]", "9^9", "an index must be a constant whole number", None),
    ("w[" + "9*" * 40 + "9]", "9*" * 40 + "9", "an index is too large", None),
]


@pytest.mark.parametrize(("text", "under", "says", "hint"), FAULTS, ids=[fault[0] for fault in FAULTS])
def test_fault(text, under, says, hint):
    found = error(text)
    assert says in found.message
    assert found.span is not None
    assert found.text == text
    assert text[found.span.start : found.span.end] == under
    if hint is not None:
        assert hint in (found.hint or "")
    assert "einsum" not in f"{found.message}{found.hint}"
    assert "diag" not in f"{found.message}{found.hint}"


# What people of other tools type, and the expression that is proposed, with its value by Python's math.
FOREIGN = [
    ("pow(x, 2)", "x^2", 0.7**2),
    ("power(x + 1, y)", "(x + 1)^y", 1.7**1.3),
    ("SQR(x - y)", "(x - y)^2", 0.6**2),
    ("factorial(x)", "gamma(x + 1)", math.gamma(1.7)),
    ("nchoosek(5, 2)", "1/((5 + 1)*beta(2 + 1, 5 - 2 + 1))", 10.0),
    ("IF(x > 1, x, y)", "where(x > 1, x, y)", 1.3),
    ("step(x)", "heaviside(x)", 1.0),
    ("zeros_like(w)", "zeros(shape(w))", [0.0, 0.0, 0.0]),
    ("ones_like(A)", "ones(shape(A))", [[1.0, 1.0], [1.0, 1.0]]),
    ("SUMSQ(w)", "sum(w^2)", 14.0),
    ("nthroot(x, 3)", "x^(1/3)", 0.7 ** (1 / 3)),
]


@pytest.mark.parametrize(("text", "proposal", "expected"), FOREIGN, ids=[row[0] for row in FOREIGN])
def test_function_of_another_language(text, proposal, expected):
    assert error(text).hint == f"write `{proposal}`"
    np.testing.assert_allclose(value(proposal), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("text", "meant"),
    [("tg(x)", "tan"), ("AVERAGE(w)", "mean"), ("lg(x)", "log10"), ("len(w)", "size"), ("Sin(x)", "sin"),
     ("EXP(x)", "exp"), ("sigm(x)", "sigmoid"), ("tahn(x)", "tanh")],
)  # fmt: skip
def test_name_of_another_language(text, meant):
    assert error(text).hint == f"did you mean '{meant}'?"


def test_no_row_of_another_language_hides_a_function():
    from gradcli.autodiff import unknown
    from gradcli.cli.catalogue import catalogue

    called = [one for one in catalogue() if one.group != "operators"]
    ours = {name for one in called for name in (one.name, *one.aliases)}
    assert ours.isdisjoint({*unknown._CALLS, *unknown._NOT_HERE})


@pytest.mark.parametrize(
    ("text", "says"), [("diff(x)", "differentiated already"), ("pi()", "write pi"), ("e(2)", "write e*(2)")]
)
def test_what_is_no_function(text, says):
    assert says in (error(text).hint or "")


def test_a_value_called_as_a_function():
    model = gradcli.parse("w(1) + w[0]")
    with pytest.raises(GradcliError) as caught:
        model.value(w=[1.0, 2.0])
    assert caught.value.hint == "for a product write w*(1); an entry of an array is w[1]"


def test_options_by_position_and_by_name():
    a = np.array(POINT["A"])
    for name, numpy in (("mean", np.mean), ("var", np.var), ("std", np.std), ("sum", np.sum), ("max", np.max)):
        for text in (f"{name}(A, axis=0, keepdims=1)", *([f"{name}(A, 0, 1)"] if name != "max" else [])):
            found = value(text)
            np.testing.assert_allclose(found, numpy(a, axis=0, keepdims=True), rtol=1e-14)
            assert found.shape == (1, 2)
    np.testing.assert_allclose(value("mean(A, 1)"), a.mean(1))
    for text in ("norm1(w, keepdims=1)", "norm2(w, keepdims=1)", "norminf(w, keepdims=1)", "logsumexp(w, keepdims=1)"):
        assert value(text).shape == (1,)
    np.testing.assert_allclose(value("log(x, base=3)"), math.log(0.7) / math.log(3), rtol=1e-14)


def test_shapes_are_known_from_the_text():
    np.testing.assert_array_equal(value("zeros(shape(A)) + A"), POINT["A"])
    np.testing.assert_array_equal(value("ones([shape(A)[0], size(w) - 1])"), np.ones((2, 2)))
    np.testing.assert_array_equal(value("reshape(A, size(A))"), [1.0, 2.0, 3.0, 4.0])
    assert value("w[size(w) - 1] + w[-shape(w)[0]]") == 4.0
    np.testing.assert_array_equal(value("zeros(shape(zeros(shape(outer(w, w)))))"), np.zeros((3, 3)))
    gradient = gradcli.parse("sum(w*arange(shape(w)[0]))").gradient(w=POINT["w"])["f"]["w"]
    np.testing.assert_array_equal(gradient, [0.0, 1.0, 2.0])
    assert "whole number" in error("zeros(shape(A)[2])").message


def test_trace():
    assert value("trace(A)") == 5.0
    np.testing.assert_array_equal(
        gradcli.parse("trace(A @ A)").gradient(A=POINT["A"])["f"]["A"], [[2.0, 6.0], [4.0, 8.0]]
    )


def test_long_static_arithmetic_does_not_recurse():
    assert value("w[" + "1+" * 50_000 + "0-49999]") == 2.0
    assert value("w[" + "-" * 5_000 + "1]") == 2.0


def test_the_limit_of_axes():
    deepest = LIMITS.array_axes
    model = gradcli.parse("sum(" + "[" * deepest + "x" + "]" * deepest + ")")
    assert model.gradient(x=2.0)["f"]["x"] == 1.0
    assert model.hessian(x=2.0)["f"] == 0.0
    text = "sum(" + "[" * (deepest + 1) + "x" + "]" * (deepest + 1) + ")"
    with pytest.raises(LimitError, match="array_axes") as caught:
        gradcli.parse(text).value(x=1.0)
    assert caught.value.span is not None
    with pytest.raises(LimitError, match="array_axes"):
        gradcli.parse("x").value(x=np.zeros((1,) * (deepest + 1)))


def test_the_limit_of_operations(monkeypatch):
    monkeypatch.setattr("gradcli.autodiff.lowering.LIMITS", LIMITS._replace(expanded_operations=5))
    assert value("x + x*x") is not None  # two operations and three operands
    assert "expanded_operations" in error("x + x*x*x").message


def test_the_limit_of_tokens(monkeypatch):
    monkeypatch.setattr("gradcli.language.parser.LIMITS", LIMITS._replace(expression_tokens=5))
    monkeypatch.setattr("gradcli.language.mistakes.LIMITS", LIMITS._replace(expression_tokens=5))
    parse("x + x*x")
    with pytest.raises(LimitError, match="expression_tokens") as caught:
        parse("x + x*x*x")
    assert caught.value.span == (7, 8)


def test_functions_that_double(monkeypatch):
    from gradcli.problems.reading import spec_from_bytes
    from gradcli.solve import solve

    monkeypatch.setattr("gradcli.autodiff.lowering.LIMITS", LIMITS._replace(expanded_operations=2_000))
    doubling = "\n".join(f'"f{k}(x)" = "f{k - 1}(f{k - 1}(x))"' for k in range(1, 60))
    spec = f'expression = "f59(x)"\n[variables]\nx = 0.5\n[functions]\n"f0(x)" = "x*1.5 + 1"\n{doubling}\n'
    problem = spec_from_bytes(spec.encode(), "bomb.toml", "toml")
    with pytest.raises(LimitError, match="expanded_operations") as caught:
        solve(problem)
    assert caught.value.origin.source == "bomb.toml"
    # The same argument is lowered once, however often a function is called on it.
    same = spec.replace('expression = "f59(x)"', 'expression = "f2(x) + f2(x) + f2(x)"')
    assert solve(spec_from_bytes(same.encode(), "same.toml", "toml")).results[0].value is not None
