"""Beside a kink: the variables along which it is not crossed are compared, and wrong numbers by them are found."""

from __future__ import annotations

from typing import Any

import mpmath as mp
import pytest
from planting import planted, solved

from gradcli.autodiff.elementwise import BY_NAME
from gradcli.problems.commandline import problem_from_expression
from gradcli.solve import SolveOptions, solve


@pytest.mark.parametrize(
    ("text", "items", "compared"),
    [
        ("abs(x) + relu(y)", ("x=0", "y=1"), 1),
        ("abs(x)*y + sin(y)*z", ("x=0", "y=1", "z=2"), 2),
        ("max(x, y) + z", ("x=2", "y=2", "z=1"), 1),
        ("floor(x)*sum(v)", ("x=2", "v=[1, 2]"), 2),
        ("norm(v) + sum(w^2)", ("v=[0, 0]", "w=[1, 2]"), 2),
    ],
)
def test_what_crosses_no_kink_is_compared(text: str, items: Any, compared: int) -> None:
    record = solved(text, items, "grad")
    assert record.verdict == "kink"
    for name in ("symbolic", "finite_difference"):
        check = record.checks[name]
        assert (check.verdict, check.compared) == ("agree", compared)


def test_an_axis_along_which_nothing_moves_crosses_no_kink() -> None:
    """|x*y| at (0, 0) is 0 along both axes; differences alone do not confirm a 0."""
    record = solved("abs(x*y) + z", ("x=0", "y=0", "z=1"), "grad")
    assert record.verdict == "kink"
    assert (record.checks["symbolic"].verdict, record.checks["symbolic"].compared) == ("agree", 3)


def test_second_derivatives_by_two_variables_that_cross_it_together_are_not() -> None:
    """|x*y| at (0, 0) is 0 along both axes, but has no second derivative by x and y."""
    record = solved("abs(x*y) + z^2", ("x=0", "y=0", "z=3"), "hessian")
    assert record.verdict == "kink"
    assert {check.compared for check in record.checks.values()} == {0}


def test_a_wrong_number_beside_a_kink_is_a_mismatch() -> None:
    with planted(BY_NAME["sin"], partials=("-cos(x)",)):
        record = solved("abs(x) + sin(y)", ("x=0", "y=1"), "grad")
    assert record.verdict == "mismatch"


@pytest.mark.parametrize(
    ("n", "order", "derivative"),
    # exp(-|x|)*I_n(x) = (x/2)^n/n! * (1 - |x| + ...): the derivative of order n + 1 jumps at 0
    [(0, 1, None), (1, 1, 0.5), (1, 2, None), (2, 1, 0.0), (2, 2, 0.25), (3, 2, 0.0), (-1, 1, 0.5), (-2, 2, 0.25)],
)
def test_a_scaled_bessel_function_has_its_kink_at_its_order(n: int, order: int, derivative: float | None) -> None:
    record = solved(f"besselix({n}, x)", ("x=0",), "grad" if order == 1 else "hessian")
    if derivative is None:
        assert record.verdict == "kink"
        return
    found = record.gradient["x"] if order == 1 else record.hessian.matrix[0][0]
    assert (record.verdict, found) == ("verified", derivative)


def test_its_slopes_at_0_are_those_of_the_series() -> None:
    (kink,) = solved("besselix(0, x)", ("x=0",), "grad").kinks
    with mp.workdps(30):
        sides = [mp.diff(lambda t: mp.exp(-abs(t)) * mp.besseli(0, t), s * mp.mpf(10) ** -12) for s in (-1, 1)]
    assert [kink.left, kink.right] == pytest.approx([float(s) for s in sides], rel=1e-9)


@pytest.mark.parametrize("text", ["xlogy(x, x)", "xlogx(x)", "-entr(x)"])
def test_x_log_x_at_0_has_an_infinite_slope_not_none(text: str) -> None:
    record = solved(text, ("x=0",), "grad")
    assert (record.value, record.gradient["x"]) == (0, -float("inf"))  # 1 + log(x)
    assert solved(text, ("x=0",), "hessian").hessian.matrix == [[float("inf")]]  # 1/x


def test_along_x_0_x_log_y_is_0_and_its_mixed_derivative_is_not() -> None:
    record = solved("xlogy(x, y)", ("x=0", "y=4"), "hessian")
    assert record.hessian.matrix == [[0, 0.25], [0.25, 0]]
    assert record.verdict == "verified"


def test_every_voice_beside_a_kink_has_the_number_of_its_own_entry() -> None:
    """The numbers of the witnesses stand with the entry they are about, wherever among the variables it is."""
    problem = problem_from_expression("abs(x) + y^2 + abs(u) + 3*z", ("x=0", "y=5", "u=0", "z=1"))
    (record,) = solve(problem, SolveOptions(task="grad", by_entry=True)).results
    told = {docket.entry: docket.values for docket in record.entries or ()}
    for entry, truth in (("y", 10.0), ("z", 3.0)):
        assert [told[entry][name] for name in ("symbolic", "finite_difference", "certificate")] == [truth] * 3
    assert told["x"]["symbolic"] is None
    assert told["u"]["certificate"] is None
