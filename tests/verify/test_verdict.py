"""The court on synthetic testimonies: what each means for an entry, a witness and the record."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from planting import solved

from gradcli.autodiff.tape import Tape
from gradcli.result import VERDICTS, Kink, Nonfinite, Record, Result
from gradcli.verify.examine import Hearing, _verdict, examine
from gradcli.verify.testimony import Testimony as Said  # a name pytest does not take for a test
from gradcli.verify.testimony import silent
from gradcli.verify.verdict import judge

NAN, INF = math.nan, math.inf
RTOL = 1e-9
EXACT = "symbolic"
BALLS = "certificate"
DIFFERENCES = "finite_difference"


def never(position: tuple[int, ...]) -> tuple[float, float]:
    """No rounding at all."""
    return 0.0, 0.0


def heard(witness: str, differences: list[float], errors: list[float], **more: Any) -> Said:
    """A witness's testimony on a row of entries; NaN where it did not compare."""
    difference, error = np.array([differences], dtype=float), np.array([errors], dtype=float)
    return Said(witness, difference, error, np.isfinite(difference), more.pop("reason", None), "entries", **more)


def court(entry: float, difference: float, error: float, witness: str, rounding: Any = never, terms: Any = None) -> str:
    """The verdict of one witness on one entry."""
    judgement = judge([heard(witness, [difference], [error])], np.array([[entry]]), RTOL, rounding, terms)
    check = judgement.checks[witness]
    assert judgement.covered.item() == (check.verdict == "agree")
    assert judgement.disputed.item() == (check.verdict == "disagree")
    return check.verdict


#: entry, |difference|, the witness's error bound, witness, verdict
ENTRIES = [
    # within the tolerance, one unit beyond, far beyond
    (1.0, 0.0, 0.0, EXACT, "agree"),
    (1.0, 1e-9, 0.0, EXACT, "agree"),
    (1.0, 1.1e-9, 0.0, EXACT, "disagree"),
    (1.0, 1e-3, 0.0, EXACT, "disagree"),
    (-2.0, 2e-9, 0.0, BALLS, "agree"),
    (-2.0, 2.2e-9, 0.0, BALLS, "disagree"),
    # relative: the same at any size
    (1e-11, 1e-20, 0.0, EXACT, "agree"),
    (1e-11, 1e-11, 0.0, EXACT, "disagree"),
    (1e-300, 1e-303, 0.0, BALLS, "disagree"),
    (1e300, 1e290, 0.0, EXACT, "agree"),
    (1e300, 1e292, 0.0, EXACT, "disagree"),
    # the witness's own error bar
    (1.0, 1e-6, 2e-6, DIFFERENCES, "agree"),
    (1.0, 1e-6, 5e-7, DIFFERENCES, "inconclusive"),  # an estimate accuses only ten error bars away
    (1.0, 1e-6, 0.9e-7, DIFFERENCES, "disagree"),
    (1.0, 1e-6, 0.4e-6, BALLS, "disagree"),
    # an error bar that leaves few digits confirms nothing
    (1.0, 1e-5, 1e-4, DIFFERENCES, "agree"),
    (1.0, 1e-5, 1.1e-4, DIFFERENCES, "inconclusive"),
    (1.0, 0.5, 1.0, DIFFERENCES, "inconclusive"),
    (1.0, 0.5, INF, DIFFERENCES, "inconclusive"),
    (1.0, 1e3, INF, DIFFERENCES, "inconclusive"),
    # an entry of 0: only what surely is 0 confirms it
    (0.0, 0.0, 0.0, EXACT, "agree"),
    (0.0, 0.0, 0.0, DIFFERENCES, "agree"),
    (0.0, 1e-30, 0.0, EXACT, "disagree"),
    (0.0, 1e-12, 2e-12, DIFFERENCES, "inconclusive"),
    (0.0, 1e-12, 0.5e-13, DIFFERENCES, "disagree"),
]


@pytest.mark.parametrize(("entry", "difference", "error", "witness", "verdict"), ENTRIES)
def test_one_witness_on_one_entry(entry: float, difference: float, error: float, witness: str, verdict: str) -> None:
    assert court(entry, difference, error, witness) == verdict


#: entry, |difference|, error bound, rounding that may be lost, scale of the entry, verdict
ROUNDED = [
    (1.0, 1e-8, 0.0, 2e-8, 1.0, "agree"),  # explained by rounding
    (1.0, 1e-8, 0.0, 0.5e-8, 1.0, "disagree"),  # more than rounding does
    (1.0, 1e-3, 0.0, 2e-3, 1.0, "inconclusive"),  # rounding that leaves no digits excuses nothing
    (1e-11, 1e-11, 0.0, 0.0, 0.0, "disagree"),  # small is no excuse
    (1e-11, 1e-11, 0.0, 1e-10, 1e-11, "inconclusive"),  # nor is rounding as large as the entry
    (1e-17, 1e-17, 0.0, 1e-16, 1.0, "agree"),  # 0 up to cancellation of numbers of size 1
    (0.0, 1e-17, 0.0, 1e-16, 1.0, "agree"),
    (0.0, 1e-17, 0.0, 1e-16, 0.0, "inconclusive"),
    (0.0, 0.2, 0.0, 1e145, 1e159, "inconclusive"),  # a truth of 0.2 at a point of 1e-80 is no 0
    (1e150, 1e150, 0.0, 1e151, 1e165, "agree"),  # the truth is 0
    (0.0, 1e-3, 0.0, INF, INF, "inconclusive"),
    # a 0 and an enclosure of 0: nothing beside the natural size, and within what rounding may have eaten
    (0.0, 0.0, 1e-40, 1e-16, 1.0, "agree"),
    (0.0, 1e-41, 1e-40, 1e-16, 1.0, "agree"),
    (0.0, 0.0, 1e-20, 1e-16, 1.0, "inconclusive"),
    (0.0, 0.0, 1e-40, 1e-16, 1e-20, "inconclusive"),
    (0.0, 0.0, 1e-40, 1e-16, 0.0, "inconclusive"),
    (0.0, 0.0, 1e-40, 0.0, 1.0, "inconclusive"),
    (0.0, 0.0, 1e-40, INF, INF, "inconclusive"),
    (0.0, 1e-20, 0.0, 1e-36, 1e-20, "disagree"),
    # the smallest numbers: within the spacing of floats there is no nearer one
    (0.0, 0.0, 5e-324, 0.0, 0.0, "agree"),
    (5e-324, 5e-324, 0.0, 0.0, 0.0, "agree"),
    (5e-324, 1e-323, 0.0, 0.0, 0.0, "disagree"),
    (0.0, 5e-324, 5e-324, 0.0, 0.0, "inconclusive"),
]


@pytest.mark.parametrize(("entry", "difference", "error", "lost", "scale", "verdict"), ROUNDED)
def test_rounding_explains_what_it_can(
    entry: float, difference: float, error: float, lost: float, scale: float, verdict: str
) -> None:
    assert court(entry, difference, error, EXACT, lambda position: (lost, scale)) == verdict


#: difference from a 0, error bound, what rounding takes from the terms of the formula itself, verdict
CANCELLED = [
    (1e-17, 0.0, 1e-16, "agree"),  # numbers of size 1 that the person subtracts
    (1e-17, 0.0, 0.5e-17, "inconclusive"),  # a partial that cancels by itself: 1 - tanh(20)^2
    (1.7e-17, 0.0, 0.0, "inconclusive"),
    (1e-17, 1e-18, 0.95e-17, "agree"),
]


@pytest.mark.parametrize(("difference", "error", "own", "verdict"), CANCELLED)
@pytest.mark.parametrize("witness", [EXACT, BALLS])
def test_only_the_formulas_own_terms_excuse_a_number_without_digits(
    difference: float, error: float, own: float, verdict: str, witness: str
) -> None:
    assert court(0.0, difference, error, witness, lambda position: (1e-16, 1.0), lambda position: own) == verdict


#: entry, difference from the truth, how far a unit of rounding in the inputs moves it, verdict
MOVED = [
    (2e-17, 1e-17, 0.0, "inconclusive"),  # a truth that is not 0, and none of the inputs' doing
    (2e-17, 1e-17, 1e-18, "inconclusive"),
    (2e-17, 1e-17, 2e-18, "agree"),  # as good as inputs that are off by 5 units allow
    (0.0, 1e-17, 0.0, "inconclusive"),
    (1e-17, 1e-17, 0.0, "agree"),  # the truth is 0
]


@pytest.mark.parametrize(("entry", "difference", "moved", "verdict"), MOVED)
@pytest.mark.parametrize("witness", [EXACT, BALLS])
def test_cancellation_explains_a_truth_of_0_or_what_the_inputs_make_of_it(
    entry: float, difference: float, moved: float, verdict: str, witness: str
) -> None:
    judgement = judge(
        [heard(witness, [difference], [0.0])], np.array([[entry]]), RTOL, lambda p: (1e-16, 1.0), moved=lambda p: moved
    )
    assert judgement.checks[witness].verdict == verdict


def test_what_rounding_explains_is_called_0_only_where_no_digit_is_left() -> None:
    few = judge([heard(EXACT, [1e-8], [0.0])], np.array([[1.0]]), RTOL, lambda p: (2e-8, 1.0))
    none = judge([heard(EXACT, [1e-17], [0.0])], np.array([[1e-17]]), RTOL, lambda p: (1e-16, 1.0))
    assert few.checks[EXACT].reason == "1 of 1 entry agrees only within its own rounding"
    assert none.checks[EXACT].reason == "1 of 1 entry agrees only within its own rounding: it is 0 up to cancellation"


def test_cancellation_is_judged_in_the_entries_of_large_arrays() -> None:
    """The slope of tan - sin/cos is 0; float64 makes 1e-16 of many of 80 entries, whatever their place."""
    record = solved("5 + sum(tan(v) - sin(v)/cos(v))", (f"v={[k / 100 for k in range(1, 81)]}",), "grad")
    assert any(slope != 0 for slope in record.gradient["v"][64:])
    assert record.verdict == "verified"


def test_rounding_is_asked_for_only_where_it_matters_and_once() -> None:
    asked: list[tuple[int, ...]] = []

    def rounding(position: tuple[int, ...]) -> tuple[float, float]:
        asked.append(position)
        return 0.0, 0.0

    entries = np.array([[1.0, 2.0, 3.0]])
    said = [heard(w, [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]) for w in (EXACT, BALLS)]
    judge(said, entries, RTOL, rounding)
    assert asked == [(0, 1)]


def test_an_entry_that_is_not_finite_is_not_judged() -> None:
    entries = np.array([[NAN, INF, 1.0]])
    judgement = judge([heard(EXACT, [0.0, 0.0, 0.0], [0.0, 0.0, 0.0])], entries, RTOL, never)
    assert judgement.covered.tolist() == [[False, False, True]]
    assert not judgement.disputed.any()
    assert judgement.checks[EXACT].compared == 1
    assert judgement.checks[EXACT].of == 3


def test_an_entry_a_witness_did_not_compare_is_not_covered() -> None:
    said = heard(EXACT, [0.0, NAN], [0.0, NAN], reason="the budget ended")
    judgement = judge([said], np.array([[1.0, 1.0]]), RTOL, never)
    check = judgement.checks[EXACT]
    assert (check.verdict, check.compared, check.of, check.reason) == ("agree", 1, 2, "the budget ended")
    assert judgement.covered.tolist() == [[True, False]]


def test_one_wrong_entry_makes_the_witness_disagree() -> None:
    said = heard(EXACT, [0.0, 0.5, 0.0], [0.0, 0.0, 0.0])
    judgement = judge([said], np.array([[1.0, 2.0, 4.0]]), RTOL, never)
    check = judgement.checks[EXACT]
    assert (check.verdict, check.compared, check.max_error) == ("disagree", 3, 0.25)
    assert check.reason == "1 of 3 entries disagree, the first at [0, 1]"
    assert judgement.disputed.tolist() == [[False, True, False]]


def test_max_error_is_relative_and_absolute_where_the_entry_is_0() -> None:
    said = heard(EXACT, [1e-10, 0.0], [0.0, 0.0])
    assert judge([said], np.array([[4.0, 0.0]]), RTOL, never).checks[EXACT].max_error == 2.5e-11
    said = heard(EXACT, [1e-10, 0.5], [0.0, 0.0])
    assert judge([said], np.array([[4.0, 0.0]]), RTOL, never).checks[EXACT].max_error == 0.5


def test_a_silent_witness_is_skipped_with_its_reason() -> None:
    judgement = judge([silent(EXACT, (2, 2), "too many operations")], np.ones((2, 2)), RTOL, never)
    check = judgement.checks[EXACT]
    assert (check.verdict, check.compared, check.of, check.max_error) == ("skipped", 0, 4, None)
    assert check.reason == "too many operations"


def test_a_witness_that_looked_and_saw_nothing_is_inconclusive() -> None:
    said = heard(DIFFERENCES, [NAN], [NAN], reason="differences do not settle here")
    check = judge([said], np.array([[1.0]]), RTOL, never).checks[DIFFERENCES]
    assert (check.verdict, check.compared) == ("inconclusive", 0)
    assert check.reason == "differences do not settle here"


def test_digits_are_told_only_of_what_was_compared() -> None:
    said = heard(BALLS, [0.0], [0.0], digits=15.9)
    assert judge([said], np.array([[1.0]]), RTOL, never).checks[BALLS].digits == 15.9
    said = heard(BALLS, [0.0], [1.0], digits=3.0)
    assert judge([said], np.array([[1.0]]), RTOL, never).checks[BALLS].digits is None


def test_witnesses_cover_for_one_another() -> None:
    entries = np.array([[1.0, 1.0]])
    said = [heard(EXACT, [0.0, NAN], [0.0, NAN]), heard(BALLS, [NAN, 0.0], [NAN, 0.0])]
    assert judge(said, entries, RTOL, never).covered.all()


KINK = Kink("abs(x)", None, 1, "abs", -1.0, 1.0, "0 at the kink")
BAD = Nonfinite("log(x)", None, 1, "log(0) is -inf")


@pytest.mark.parametrize(
    ("differences", "kinks", "nonfinite", "verdict"),
    [
        ([0.0, 0.0], (), (), "verified"),
        ([0.0, NAN], (), (), "unverified"),
        ([0.0, 0.1], (), (), "mismatch"),
        ([0.0, 0.1], (KINK,), (BAD,), "mismatch"),  # a contradiction comes first
        ([0.0, NAN], (KINK,), (BAD,), "nonfinite"),
        ([0.0, 0.0], (KINK,), (), "kink"),
        ([0.0, 0.0], (), (BAD,), "nonfinite"),
    ],
)
def test_the_verdict_is_the_first_that_applies(differences: Any, kinks: Any, nonfinite: Any, verdict: str) -> None:
    judgement = judge([heard(EXACT, differences, [0.0, 0.0])], np.array([[1.0, 1.0]]), RTOL, never)
    assert _verdict(judgement, kinks, nonfinite) == verdict


def test_one_disagreement_outweighs_agreements() -> None:
    said = [heard(EXACT, [0.0], [0.0]), heard(BALLS, [0.1], [0.0]), heard(DIFFERENCES, [0.0], [1e-10])]
    judgement = judge(said, np.array([[1.0]]), RTOL, never)
    assert _verdict(judgement, (), ()) == "mismatch"
    assert {n: c.verdict for n, c in judgement.checks.items()} == {
        EXACT: "agree",
        BALLS: "disagree",
        DIFFERENCES: "agree",
    }


def test_inconclusive_is_no_accusation() -> None:
    said = [heard(EXACT, [0.0], [0.0]), heard(DIFFERENCES, [1e-6], [5e-7])]
    judgement = judge(said, np.array([[1.0]]), RTOL, never)
    assert _verdict(judgement, (), ()) == "verified"
    judgement = judge(said[1:], np.array([[1.0]]), RTOL, never)
    assert _verdict(judgement, (), ()) == "unverified"


def test_the_verdict_of_the_whole_is_the_worst() -> None:
    order = ["error", "mismatch", "nonfinite", "kink", "unverified", "verified", "unchecked"]
    assert list(VERDICTS) == order
    for k, worst in enumerate(order):
        result = Result(tuple(Record("x", verdict) for verdict in reversed(order[k:])))
        assert result.verdict == worst
        assert result.exit_code == (0 if worst in ("verified", "unchecked") else 1)


def test_without_witnesses_nothing_is_covered() -> None:
    tape = Tape()
    x = tape.input("x")
    hearing = Hearing(tape, x, [x], {"x": 1.0}, {x: np.float64(1.0)}, np.array([[1.0]]), 1, never, {})
    finding = examine(hearing, (), 1.0, RTOL, 0)
    assert finding.verdict == "unverified"
    assert finding.checks == {}
