"""The decision table, line by line: what becomes of an entry, and who is suspected."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from gradcli.verify.decision import DECISIONS, Voice, opinion
from gradcli.verify.examine import _verdict
from gradcli.verify.testimony import Testimony as Said  # a name pytest does not take for a test
from gradcli.verify.testimony import silent
from gradcli.verify.verdict import judge

WITNESSES = ("symbolic", "finite_difference", "certificate")
RTOL = 1e-9
RIGHT, WRONG = 1.0, 1.5

#: SymPy, differences, balls (+ confirms, - contradicts, . neither) | verdict of the record | suspect
TABLE = """
+ + +  verified    -
+ . +  verified    -
. + +  verified    -
. . +  verified    -
- + +  verified    symbolic
- . +  verified    symbolic
+ - +  verified    finite_difference
. - +  verified    finite_difference
- - +  mismatch    cannot tell
- - -  mismatch    tape
- - .  mismatch    tape
- . -  mismatch    tape
. - -  mismatch    tape
- + -  mismatch    tape
+ - -  mismatch    tape
+ + -  mismatch    certificate
+ . -  mismatch    cannot tell
. + -  mismatch    cannot tell
. . -  mismatch    cannot tell
+ + .  verified    -
+ . .  verified    -
. + .  verified    -
- + .  mismatch    symbolic
+ - .  mismatch    finite_difference
- . .  mismatch    cannot tell
. - .  mismatch    cannot tell
. . .  unverified  -
"""
LINES = [line.split(maxsplit=4) for line in TABLE.strip().splitlines()]
OUTCOMES = {"+": "agree", "-": "disagree", ".": "skipped"}


def said(witness: str, sign: str) -> Said:
    """A witness that finds the tape's 1.0 right, finds 1.5 instead, or does not look."""
    if sign == ".":
        return silent(witness, (1, 1), "it did not look")
    value = RIGHT if sign == "+" else WRONG
    arrays = np.array([[abs(RIGHT - value)]]), np.zeros((1, 1)), np.ones((1, 1), dtype=bool)
    return Said(witness, *arrays, None, "entries", None, np.array([[value]]))


def voices(signs: Any) -> dict[str, Voice]:
    """The same as voices on one entry."""
    values = {"+": RIGHT, "-": WRONG, ".": None}
    return {w: Voice(values[s], 0.0, OUTCOMES[s]) for w, s in zip(WITNESSES, signs, strict=True)}


def test_every_combination_is_in_the_table_once() -> None:
    assert sorted(tuple(line[:3]) for line in LINES) == sorted(product("+-.", repeat=3))
    assert set(DECISIONS) == {"".join(line[:3]) for line in LINES}


@pytest.mark.parametrize("line", LINES, ids=lambda line: "".join(line[:3]))
def test_the_verdict_of_each_line(line: list[str]) -> None:
    signs, verdict = line[:3], line[3]
    testimonies = [said(w, s) for w, s in zip(WITNESSES, signs, strict=True)]
    judgement = judge(testimonies, np.array([[RIGHT]]), RTOL, lambda position: (0.0, 0.0))
    assert _verdict(judgement, (), ()) == verdict
    for sign, check in zip(signs, judgement.checks.values(), strict=True):
        refuted = sign == "-" and verdict == "verified"  # a single objection to what a ball proves
        assert check.verdict == ("inconclusive" if refuted else OUTCOMES[sign])
        assert not refuted or "that the certificate confirms" in (check.reason or "")


@pytest.mark.parametrize("line", LINES, ids=lambda line: "".join(line[:3]))
def test_the_suspect_of_each_line(line: list[str]) -> None:
    found = opinion(RIGHT, voices(line[:3]), RTOL)
    nobody = line[4] in ("-", "cannot tell")
    assert found.suspect == (None if nobody else line[4])
    assert ("it cannot be told who is off" in found.why) == (line[4] == "cannot tell")


SENTENCES = [
    ("---", "the ball excludes the tape's value and agrees with SymPy and the differences: the tape is wrong here"),
    ("-.-", "the ball excludes the tape's value and agrees with SymPy: the tape is wrong here, by 0.5 (33.3% of"),
    ("--.", "SymPy contradicts the tape's value and agrees with the differences: the tape is wrong here"),
    (
        "-++",
        "the tape, the differences and the ball agree to 15 digits; SymPy's value is 0.5 off: the symbolic witness",
    ),
    (
        "+-+",
        "the tape, SymPy and the ball agree to 15 digits; the differences' values are 0.5 off: the differences are",
    ),
    ("++-", "the tape, SymPy and the differences agree to 15 digits; the ball's value is 0.5 off: the certificate is"),
    ("-..", "the tape stands against SymPy, 0.5 (33.3% of the value) away: it cannot be told who is off"),
    ("--+", "the tape and the ball stand against SymPy and the differences"),
    ("..+", "the ball confirms the tape"),
    ("+++", "SymPy, the differences and the ball confirm the tape"),
    ("...", "no witness is conclusive here"),
]


@pytest.mark.parametrize(("signs", "start"), SENTENCES)
def test_the_reasoning_is_a_sentence(signs: str, start: str) -> None:
    assert opinion(RIGHT, voices(signs), RTOL).why.startswith(start)


def test_objectors_that_contradict_one_another_do_not_add_up() -> None:
    heard = voices("--.") | {"finite_difference": Voice(0.25, 1e-9, "disagree")}
    found = opinion(RIGHT, heard, RTOL)
    assert found.suspect is None
    assert "give three different numbers" in found.why


@pytest.mark.parametrize("third", ["symbolic", "finite_difference"])
def test_a_third_number_does_not_excuse_what_the_ball_and_another_exclude(third: str) -> None:
    """An operation's wrong values make the differences wrong too, but otherwise than the derivative."""
    found = opinion(RIGHT, voices("---") | {third: Voice(0.25, 1e-9, "disagree")}, RTOL)
    assert found.suspect == "tape"
    assert "a third number" in found.why


def test_three_objectors_with_three_numbers_convict_nobody() -> None:
    heard = voices("---") | {
        "finite_difference": Voice(0.25, 1e-9, "disagree"),
        "symbolic": Voice(0.75, 0.0, "disagree"),
    }
    assert opinion(RIGHT, heard, RTOL).suspect is None


@pytest.mark.parametrize(("bar", "suspect"), [(1e-6, None), (1e-12, "symbolic")])
def test_differences_too_coarse_to_tell_two_numbers_apart_stand_for_neither(bar: float, suspect: str | None) -> None:
    """SymPy is 1e-7 away: an estimate that knows six digits agrees with both."""
    heard = {
        "symbolic": Voice(RIGHT + 1e-7, 0.0, "disagree"),
        "finite_difference": Voice(RIGHT, bar, "agree"),
    }
    assert opinion(RIGHT, heard, RTOL).suspect == suspect


@pytest.mark.parametrize(
    ("signs", "value", "says"),
    [
        ("+++", WRONG, "SymPy, the differences and the ball confirm the printed one, the other sweep is wrong"),
        ("---", WRONG, "the other one agrees with SymPy, the differences and the ball, the printed sweep is wrong"),
        ("..-", WRONG, "the other one agrees with the ball, the printed sweep is wrong"),
        ("...", WRONG, "one of them is wrong"),
        ("---", 0.25, "the ball excludes both"),
    ],
)
def test_sweeps_that_differ_blame_the_tape_whatever_the_witnesses_say(signs: str, value: float, says: str) -> None:
    found = opinion(RIGHT, voices(signs), RTOL, Voice(value, None, "disagree"))
    assert found.suspect == "tape"
    assert found.why.endswith(says)


def test_a_witness_without_a_number_of_its_own_is_no_third_number() -> None:
    """Along a random direction the entries are weighed together: the outcome counts, there is no value to show."""
    heard = voices("-+.") | {"finite_difference": Voice(None, 1e-6, "agree")}
    found = opinion(RIGHT, heard, RTOL)
    assert found.suspect is None
    assert "cannot be told" in found.why
