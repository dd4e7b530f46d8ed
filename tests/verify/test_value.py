"""The value before the court: wrong ones are found or not confirmed, right ones cost a record nothing."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from planting import solved

from gradcli.autodiff.elementwise import BY_NAME
from gradcli.problems.problem import WITNESSES
from gradcli.result import Check
from gradcli.targets import arrays
from gradcli.verify.value import ValueFinding


def factor(monkeypatch: pytest.MonkeyPatch, name: str, by: float) -> None:
    """A kernel whose value is off, on floats and on arrays."""
    row, real = BY_NAME[name], arrays.find

    def find(called: str, default: str = "numpy") -> Any:
        function = real(called, default)
        wrong = (called, default) in {(row.numpy, "numpy"), (row.math, "math")}
        return (lambda *arguments: function(*arguments) * by) if wrong else function

    monkeypatch.setattr(arrays, "find", find)


#: text, items, the true value, and what is printed: sums whose digits cancel
CANCELLED: list[tuple[str, tuple[str, ...], float, float]] = [
    ("(x + 1e16) - 1e16", ("x=3",), 3.0, 4.0),
    ("(x + 1e16) - 1e16", ("x=1",), 1.0, 0.0),
    ("(x + y) - y", ("x=1", "y=1e16"), 1.0, 0.0),
    ("x*stop_gradient((1e16 + x) - 1e16)", ("x=1",), 1.0, 0.0),  # a stopped value is a value
]


@pytest.mark.parametrize(("text", "items", "truth", "printed"), CANCELLED)
def test_a_value_that_rounding_has_spoilt_is_not_verified(
    text: str, items: tuple[str, ...], truth: float, printed: float
) -> None:
    record = solved(text, items, "grad")
    assert record.value == printed
    assert record.verdict == "unverified"
    check = record.checks["certificate"]
    assert check.verdict == "inconclusive"
    assert f"the value {printed!r} lies outside [{truth!r}, {truth!r}]" in check.reason
    assert (check.compared, check.of) == (len(items), len(items))  # entries of the derivative, as ever


#: Values that are right, or 0 up to cancellation beside what would matter to them.
RIGHT: list[tuple[str, tuple[str, ...], str]] = [
    ("x*y", ("x=0", "y=3"), "grad"),
    ("x - x", ("x=2",), "grad"),
    ("sin(x)^2 + cos(x)^2 - 1", ("x=0.7",), "grad"),
    ("x^2 - 2", ("x=1.4142135623730951",), "grad"),
    ("(x + 1e8) - 1e8", ("x=0.1",), "grad"),  # as good as its operations allow
    ("mean(([0.1, 0.3] - w*[1, 3])^2)", ("w=0.1",), "hessian"),  # a perfect fit: 1e-34 where the truth is 4e-34
    ("var(v)", ("v=[0.1, 0.1, 0.1]",), "hessian"),
    ("exp(x)", ("x=-800",), "grad"),
    ("lgamma(x)", ("x=1",), "grad"),
    ("sqrt(x)*y + floor(y)", ("x=4", "y=2.5"), "grad"),
    ("logsumexp(v)", ("v=[700, 701, -3]",), "grad"),
    ("where(x > 0, log(x), 0)*x + relu(-x)", ("x=-2",), "grad"),
    ("softmax(v)", ("v=[0.7, -1.1, 2.3]",), "jacobian"),
    ("3", ("x=2",), "jacobian"),
]


@pytest.mark.parametrize(("text", "items", "task"), RIGHT)
def test_a_right_value_is_verified(text: str, items: tuple[str, ...], task: str) -> None:
    assert solved(text, items, task).verdict == "verified"


@pytest.mark.parametrize(
    ("text", "items", "task", "name"),
    [
        ("lgamma(x)", ("x=2.5",), "grad", "lgamma"),  # its derivative is another row's
        ("lgamma(x)", ("x=2.5",), "hessian", "lgamma"),
        ("floor(x)*y", ("x=2.5", "y=3"), "grad", "floor"),
        ("[1, sqrt(x), x]", ("x=2",), "jacobian", "sqrt"),
        ("x*stop_gradient(sin(x))", ("x=1",), "grad", "sin"),
        ("exp(x) + abs(y)", ("x=1", "y=0"), "grad", "exp"),  # at a kink too
        ("2^y", ("x=1", "y=3"), "grad", "power"),
    ],
)
def test_a_wrong_value_is_a_mismatch(
    monkeypatch: pytest.MonkeyPatch, text: str, items: tuple[str, ...], task: str, name: str
) -> None:
    factor(monkeypatch, name, 1 + 1e-6)
    record = solved(text, items, task, symbolic=False, finite_difference=False)
    assert record.verdict == "mismatch"
    assert record.checks["certificate"].verdict == "disagree"


def test_the_first_wrong_entry_of_an_array_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    factor(monkeypatch, "sqrt", 1.5)
    check = solved("[[1, x], [sqrt(x), x]]", ("x=4",), "jacobian").checks["certificate"]
    assert "the value at [1, 0] 3.0 lies outside [2.0, 2.0]" in check.reason


def test_what_is_within_the_tolerance_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    factor(monkeypatch, "lgamma", 1 + 1e-10)
    assert solved("lgamma(x)", ("x=2.5",), "grad").verdict == "verified"
    assert solved("lgamma(x)", ("x=2.5",), "grad", rtol=1e-12).verdict == "mismatch"


def test_without_time_a_value_is_not_confirmed() -> None:
    text = "sum(sin(v*[1, 2, 3]))"
    record = solved(text, ("v=[1, 2, 3]",), "grad", budget_seconds=1e-9)
    assert record.verdict == "unverified"


@pytest.mark.parametrize("witness", ["symbolic", "finite_difference"])
@pytest.mark.parametrize("task", ["grad", "hessian", "jacobian"])
def test_the_value_is_judged_whoever_is_asked_about_the_derivative(witness: str, task: str) -> None:
    """1 - cos(1e-9) is 5e-19; float64 gives 0, under a derivative that is right."""
    heard = {name: name == witness for name in WITNESSES}
    record = solved("1 - cos(x)", ("x=1e-9",), task, **heard)
    assert record.checks[witness].verdict == "agree"
    assert (record.value, record.verdict) == (0.0, "unverified")
    value = record.checks["value"]
    assert value.verdict == "inconclusive"
    assert value.reason.startswith("the value 0.0 lies outside [5e-19, 5.00000000000000")
    fine = solved("1 - cos(x)", ("x=1.5",), task, **heard)
    assert fine.verdict == "verified"
    assert fine.checks.keys() == {witness}


def test_a_wrong_value_is_a_mismatch_whoever_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    factor(monkeypatch, "lgamma", 1 + 1e-6)
    record = solved("lgamma(x)", ("x=2.5",), "grad", certificate=False, finite_difference=False)
    assert record.checks["symbolic"].verdict == "agree"
    assert (record.checks["value"].verdict, record.verdict) == ("disagree", "mismatch")


@pytest.mark.parametrize(
    ("text", "items", "task"),
    [
        ("exp(x)/(1 + exp(x))", ("x=36",), "grad"),  # 2.1e-16 where the slope is 2.3e-16
        ("exp(x)/(1 + exp(x))", ("x=700",), "grad"),  # 0 where it is 9.9e-305
        ("x^2 - 2*x + 1", ("x=1.000000000001",), "grad"),  # the value: 0 where it is 1e-24
    ],
)
def test_a_small_number_without_digits_that_the_inputs_do_not_take_is_not_verified(
    text: str, items: tuple[str, ...], task: str
) -> None:
    """An ulp of x moves none of them by a thousandth of its size: rounding of the formula has eaten them."""
    assert solved(text, items, task).verdict == "unverified"


def test_a_gradient_at_a_minimum_is_as_good_as_its_coordinates() -> None:
    """-5.6e-17 where 2.8e-17 is true: half an ulp of w = 0.16 makes 1.4e-16 of it."""
    record = solved("mean(([0.1, 0.5] - w*[1, 3])^2)", ("w=0.16",), "grad")
    truth = Fraction(0.16) - Fraction(0.1) + 3 * (3 * Fraction(0.16) - Fraction(0.5))
    assert abs(Fraction(record.gradient["w"]) / truth - 1) > 0.1
    assert record.verdict == "verified"


@pytest.mark.parametrize(
    ("finding", "check", "verdict", "reason"),
    [
        (ValueFinding(True, False), Check("agree"), "agree", None),
        (ValueFinding(True, False, "so so"), Check("agree"), "agree", "so so"),
        (ValueFinding(False, False, "no"), Check("agree"), "inconclusive", "no"),
        (ValueFinding(False, False, "no"), Check("disagree", reason="1 of 2"), "disagree", "1 of 2; no"),
        (ValueFinding(False, False, "no"), Check("skipped", reason="kink"), "skipped", "kink"),
        (ValueFinding(False, True, "no"), Check("skipped", reason="kink"), "disagree", "kink; no"),
        (ValueFinding(False, True, "no"), Check("agree"), "disagree", "no"),
    ],
)
def test_how_the_certificate_tells_it(finding: ValueFinding, check: Check, verdict: str, reason: str | None) -> None:
    told = finding.told(check)
    assert (told.verdict, told.reason) == (verdict, reason)
