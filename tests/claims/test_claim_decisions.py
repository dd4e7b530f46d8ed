"""`check` decides every entry by itself, exactly, on both sides of every threshold, and shows the easiest point.

Expectations are derivatives taken by hand.
"""

from __future__ import annotations

import json

import numpy as np
import pytest
from claim_records import decided, verdict

from gradcli.claims import check_claims
from gradcli.errors import ShapeError
from gradcli.problems.reading import spec_from_bytes
from gradcli.result import Claim
from gradcli.solve import SolveOptions

HUGE = "1e18*x^3 + x^2*y"


@pytest.mark.parametrize(
    ("text", "claim", "expected"),
    [
        (HUGE, "x,y=2*x", "right"),
        (HUGE, "x,y=3*x", "wrong"),
        (HUGE, "y=x^2", "right"),
        (HUGE, "y=x^2*1.001", "wrong"),
        (HUGE, "x=3e18*x^2 + 2*x*y", "right"),
        (HUGE, "x=3e18*x^2 + 3*x*y", "wrong"),
        (HUGE, "x,x=6e18*x + 2*y", "right"),
        ("x^2*y", "y,y=0", "right"),
        ("x^2*y", "y,y=1e-30", "wrong"),
        ("x^2 + y", "x,y=0", "right"),
    ],
)
def test_a_huge_entry_excuses_nothing_elsewhere(text: str, claim: str, expected: str) -> None:
    assert verdict(text, claim) == expected


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("v=[2e18*v[0], cos(v[1])]", "right"),
        ("v=[2e18*v[0], cos(v[1]) + 1e-6]", "wrong"),
        ("v=[2e18*v[0], -cos(v[1])]", "wrong"),
        ("v,v=[[2e18, 0], [0, -sin(v[1])]]", "right"),
        ("v,v=[[2e18, 0], [0, sin(v[1])]]", "wrong"),
        ("v,v=[[2e18, 1e-3], [0, -sin(v[1])]]", "wrong"),
    ],
)
def test_a_small_entry_of_an_array_beside_a_huge_one(claim: str, expected: str) -> None:
    assert verdict("1e18*v[0]^2 + sin(v[1])", claim, "v=[1, 2]") == expected


def test_the_entry_that_is_wrong_is_named() -> None:
    (found,) = decided("1e18*v[0]^2 + v[1]^2", "v=[2e18*v[0], 3*v[1]]", at=("v=[1, 2]",))
    assert (found.entry, found.counterexample, found.actual) == ("v[1]", {"v": [1.0, 2.0]}, [2e18, 4.0])
    (found,) = decided("x*v[0]*v[1]", "x,v=[v[1], v[1]]", at=("v=[1, 2]", "x=3"))
    assert found.entry == "x,v[1]"


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [
        ("where(x > 25, x^2, x)", "where(x > 25, 2*x, 1)", "1"),
        ("where(x > 25, x^2, x)", "where(x > 25, 2*x, 1)", "2*x"),
        ("x^2", "2*x", "where(x > 1234, 3*x, 2*x)"),
        ("x^2", "2*x", "where(x < -87, 3*x, 2*x)"),
        ("x^2", "2*x", "where(x > 25 and x < 25.001, 0, 2*x)"),
        ("relu(x - 40)", "where(x > 40, 1, 0)", "0"),
        ("max(x, 50)", "where(x > 50, 1, 0)", "0"),
        ("clip(x, -400, 400)", "where(abs(x) < 400, 1, 0)", "1"),
        ("where(x^2 > 1e5, x^3, x)", "where(x^2 > 1e5, 3*x^2, 1)", "1"),
        ("where(exp(x) > 1e30, x^3, x)", "where(exp(x) > 1e30, 3*x^2, 1)", "1"),
        ("where(x > 1e-4, x^3, x)", "where(x > 1e-4, 3*x^2, 1)", "where(x > 1e-4, 3*x^2, where(x > 9e-5, 2, 1))"),
        ("where(x > 7^7, x^3, x)", "where(x > 7^7, 3*x^2, 1)", "1"),
        ("asin(x*sin(y))", "sin(y)/sqrt(1 - (x*sin(y))^2)", "where(x > 7.5, 1.1, 1)*sin(y)/sqrt(1 - (x*sin(y))^2)"),
        ("where(x*pi > 300, x^3, x)", "where(x*pi > 300, 3*x^2, 1)", "1"),
    ],
)
def test_both_sides_of_a_threshold_are_tried(text: str, right: str, wrong: str) -> None:
    assert verdict(text, f"x={right}") == "right"
    assert verdict(text, f"x={wrong}") == "wrong"


@pytest.mark.parametrize(
    ("choice", "met"),
    [
        ("sin(x) + sin(sqrt(2)*x) > 1.9999999", "only one side of `sin(x) + sin(sqrt(2)*x) > 1.9999999` was met"),
        ("x^2 == cos(x)", "no point where `x^2 == cos(x)` is true was met"),
        ("x*y > 0.5 and hypot(x, y) < 0.999", "where `x*y > 0.5 and hypot(x, y) < 0.999` is true was met"),
    ],
)
def test_a_branch_that_no_point_reaches_is_left_open(choice: str, met: str) -> None:
    (found,) = decided(f"where({choice}, x^2, x)", "x=1")
    assert found.verdict == "undecided"
    assert met in str(found.decided_by)


@pytest.mark.parametrize(
    ("text", "claim", "expected"),
    [
        ("pi*x", "x=pi", "right"),
        ("pi*x", "x=3.141592653589793", "wrong"),
        ("pi*x", "x=3.14159", "wrong"),
        ("3.141592653589793*x", "x=pi", "wrong"),
        ("3.141592653589793*x", "x=3.141592653589793", "right"),
        ("e*x", "x=2.718281828459045", "wrong"),
        ("0.1*x", "x=1/10", "right"),
        ("x/3", "x=0.3333333333333333", "wrong"),
        ("0.3*x", "x=0.1 + 0.2", "right"),
        ("x^3/7", "x=3*x^2/7*(1 + 1e-14)", "wrong"),
    ],
)
def test_literals_and_pi_are_exact(text: str, claim: str, expected: str) -> None:
    assert verdict(text, claim) == expected


def test_a_near_miss_is_called_one() -> None:
    (found,) = decided("pi*x", "x=3.141592653589793")
    assert "a near miss" in str(found.remark)
    assert "7.6e-17 of the derivative" in str(found.remark)  # (pi - 3.141592653589793)/pi
    (far,) = decided("pi*x", "x=3")
    assert "near miss" not in str(far.remark)


@pytest.mark.parametrize(
    ("value", "claim", "expected"),
    [
        (0.1, "1/10", "right"),
        (0.1, "0.1000000001", "wrong"),
        ("pi/2", "pi/2", "right"),
        ("pi/2", "1.57", "wrong"),
    ],
)
def test_a_constant_of_a_spec_is_what_was_written(value: object, claim: str, expected: str) -> None:
    """Its float64 is no reason to call the decimal it was read from wrong."""
    said = {"gradient": {"x": claim}}
    table = {"expression": "c*x", "constants": {"c": value}, "variables": {"x": 2.0}, "claims": said}
    problem = spec_from_bytes(json.dumps(table).encode(), "model.json", "json")
    (found,) = check_claims(problem, SolveOptions(check=False)).results[0].claims
    assert found.verdict == expected


def slips(text: str, claim: str, *at: str) -> Claim:
    (found,) = decided(text, claim, at=at)
    assert found.verdict == "wrong"
    return found


@pytest.mark.parametrize(
    ("text", "claim", "point"),
    [
        ("x^2*y", "x=x*y", {"x": 1.0, "y": 1.0}),
        ("where(x > 25, x^2, x)", "x=1", {"x": 26.0}),
        ("x^2", "x=where(x < -30, 0, 2*x)", {"x": -31.0}),
        ("log(x)", "x=1/sqrt(-x)", {"x": 1.0}),
    ],
)
def test_the_counterexample_is_easy_to_follow(text: str, claim: str, point: dict[str, float]) -> None:
    assert slips(text, claim).counterexample == point


def test_the_persons_own_point_is_the_counterexample_where_it_shows_the_mistake() -> None:
    assert slips("x^2*y", "x=x*y", "x=3.25", "y=7").counterexample == {"x": 3.25, "y": 7.0}


@pytest.mark.parametrize(
    ("text", "claim", "says"),
    [
        ("x^2*exp(y)", "x=-2*x*exp(y)", "wrong sign"),
        ("x^2*exp(y)", "x=x*exp(y)", "1/2 of the derivative"),
        ("x^2*exp(y)", "x=4*x*exp(y)", "2 times the derivative"),
        ("sin(x)", "x=cos(x) + 3", "the derivative plus 3"),
        ("log(abs(x))", "x=1/sqrt(x)^2", "no value there"),
    ],
)
def test_the_likely_slip(text: str, claim: str, says: str) -> None:
    assert says in str(slips(text, claim).remark)


def test_no_slip_is_invented() -> None:
    assert slips("x^2*exp(y)", "x=sinh(x + y) - 7*y").remark is None


@pytest.mark.parametrize("text", ["sqrt(x^2)", "exp(2*x)", "sin(x^2)"])
def test_the_whole_derivative_is_no_missing_inner_derivative(text: str) -> None:
    assert "inner derivative" not in str(slips(text, "x=1").remark)


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("abs(x)", "x=sign(x)"),
        ("x^2/(1 + x^2)", "x=2*x/(1 + x^2)^2"),  # overflows where the quotient is fine
        ("exp(x)/(1 + exp(x))", "x=exp(x)/(1 + exp(x))^2"),  # not a number at x = 1000 in float64
        ("(x^2 - 1)/(x - 1)", "x=1"),  # neither has a value at x = 1
        ("stop_gradient(x)*x", "x=x"),
        ("(1 - cos(x))/x^2", "x=sin(x)/x^2 - 2*(1 - cos(x))/x^3"),  # cancels
    ],
)
def test_what_is_right_is_not_blamed_for_hard_points(text: str, claim: str) -> None:
    assert verdict(text, claim) == "right"


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("relu(log(x) + 7^y)", "y=where(log(x) + 7^y > 0, 7^y*log(7), 0)"),
        ("where(asin(y) > x, x, 3*x)", "x=where(asin(y) <= x, 3, 1)"),
        ("sqrt(x)", "x=where(x > 0, 1/(2*sqrt(x)), 0)"),
    ],
)
def test_outside_of_the_domain_nothing_is_judged(text: str, claim: str) -> None:
    assert verdict(text, claim) == "right"


def test_ties_are_conventions_and_judge_nobody() -> None:
    """Off ties the largest entry has derivative 1; where entries tie, the tape shares, and the claim does not."""
    assert verdict("max(v)", "v=v == max(v)", "v=[3, 1, 2, 3, 1, 2, 3]") == "right"


def test_arrays_by_arrays() -> None:
    assert verdict("sum((A @ b)^2)", "b=2*A' @ (A @ b)", "A=[[1, 2], [3, 4]]", "b=[1, 2]") == "right"
    assert verdict("sum((A @ b)^2)", "b=2*A @ (A @ b)", "A=[[1, 2], [3, 4]]", "b=[1, 2]") == "wrong"
    assert verdict("sum((A @ b)^2)", "b,b=2*A' @ A", "A=[[1, 2], [3, 4]]", "b=[1, 2]") == "right"
    assert verdict("sum((A @ b)^2)", "b,b=2*A @ A'", "A=[[1, 2], [3, 4]]", "b=[1, 2]") == "wrong"
    assert verdict("sum(A)", "A=1", "A=[[1, 2], [3, 4]]") == "right"


def test_a_claim_of_another_shape_is_refused() -> None:
    with pytest.raises(ShapeError, match=r"shape \(2,\), the derivative \(2, 2\)"):
        decided("sum(A^2)", "A=[1, 1]", at=("A=[[1, 2], [3, 4]]",))


def test_rounding_of_functions_without_balls_is_excused_entry_by_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where ball arithmetic says nothing, float64 decides, with each entry's own rounding."""
    from gradcli.claims import exact

    monkeypatch.setattr(exact, "compare", lambda *given: [exact.Finding(exact.UNKNOWN)] * len(given[5]))
    assert verdict("1e18*v[0]^2 + sin(v[1])", "v=[2e18*v[0], cos(v[1])]", "v=[1, 2]") == "right"
    assert verdict("1e18*v[0]^2 + sin(v[1])", "v=[2e18*v[0], cos(v[1])*(1 + 1e-6)]", "v=[1, 2]") == "wrong"
    assert verdict(HUGE, "x,y=3*x") == "wrong"
    assert verdict(HUGE, "x,y=2*x") == "right"
    assert verdict("(1 - cos(x))/x^2", "x=sin(x)/x^2 - 2*(1 - cos(x))/x^3") == "right"


def test_every_wrong_claim_has_numbers_that_differ() -> None:
    for claim in ("x=x*y", "x=2*x*y + 1e-6", "x,y=x", "y=x"):
        (found,) = decided("x^2*y", claim)
        assert found.verdict == "wrong"
        assert np.asarray(found.claimed) != np.asarray(found.actual)


@pytest.mark.parametrize("tiny", ["1e-300", "1e-300*sin(x)", "1e-200*1e-200*x", "1e-30*x*(x - 1)"])
def test_nothing_is_too_small_to_be_wrong(tiny: str) -> None:
    """Float64 and 24 digits see no difference; a formula that is off by it is still another formula."""
    assert verdict("1/x", f"x=-1/x^2 + {tiny}") == "wrong"


def test_a_counterexample_of_an_array_has_easy_entries() -> None:
    """Also where only some numbers show it: entries are made easier one after the other."""
    (found,) = decided("sum(v^2)", "v=where(v > 37.5, 3*v, 2*v)", at=("v=[1, 2]",))
    assert found.verdict == "wrong"
    numbers = found.counterexample["v"] if found.counterexample else []
    assert sorted(numbers)[0] == 1.0
    assert 37.5 < sorted(numbers)[1] < 50.0


def test_a_mended_claim_is_shown() -> None:
    (found,) = decided("sum((p - y)^2)", "p=2*(y - p)", at=("p=[1, 2]", "y=[3, 5]"))
    assert (found.slip, found.remark) == ("sign", "it is the derivative with the wrong sign")
    (found,) = decided("sum((p - y)^2) + a*sum(p)", "p=2*(y - p) + a", at=("p=[1, 2]", "y=[3, 5]", "a=2"))
    assert (found.slip, "`y - p` is the wrong way round" in str(found.remark)) == ("sign", True)
