"""What a model says to arguments that are no point, and what it gives for no points at all."""

import pickle

import numpy as np
import pytest

import gradcli
from gradcli.errors import UsageError, ValueProblem

MODEL = gradcli.parse("sin(x)*y")


@pytest.mark.parametrize("text", [None, 3, b"x", ["x"]])
def test_what_is_no_text(text):
    with pytest.raises(UsageError, match="not an expression"):
        gradcli.parse(text)


@pytest.mark.parametrize(
    "value", [None, [None], "3", ["1"], 1j, {"a": 1}, [[1], [1, 2]], 10**400, np.datetime64("2020-01-01")]
)
def test_what_is_no_number(value):
    for call in (MODEL.value, MODEL.gradient, MODEL.solve, MODEL.compile("gradient")):
        with pytest.raises(ValueProblem, match=r"^x=.*not a number or an array of numbers"):
            call(x=value, y=1.0)


@pytest.mark.parametrize("point", [3, "x", [("x", 1.0)], {1: 2.0}])
def test_what_is_no_point(point):
    for call in (MODEL.value, MODEL.compile("value")):
        with pytest.raises(UsageError, match="not a mapping of names to values"):
            call(point)


def test_numbers_of_other_types():
    from fractions import Fraction

    assert MODEL.value(x=True, y=Fraction(1, 2))["f"] == np.sin(1.0) / 2
    assert MODEL.value({"x": np.int8(0), "y": 2})["f"] == 0.0


def test_no_points_at_all():
    none = {"x": np.zeros(0), "y": np.zeros(0)}
    assert MODEL.compile("value")(none)["f"].shape == (0,)
    assert MODEL.compile("gradient")(none)["f"]["x"].shape == (0,)
    assert MODEL.compile("gradient")(x=np.zeros(0), y=1.0)["f"]["y"].shape == (0,)
    assert MODEL.compile("hessian")(none)["f"].shape == (0, 2, 2)
    assert MODEL.compile("jacobian")(none)["f"].shape == (0, 1, 2)
    with pytest.raises(ValueProblem, match="do not fit together"):
        MODEL.compile("value")(x=np.zeros(0), y=np.zeros(2))


def test_a_model_that_was_used_goes_to_another_process() -> None:
    model = gradcli.parse("x^2*y")
    before = model.gradient(x=3.0, y=2.0)
    model.compile("gradient")
    again = pickle.loads(pickle.dumps(model))
    assert again.gradient(x=3.0, y=2.0) == before
