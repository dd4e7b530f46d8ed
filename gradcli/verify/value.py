"""The value before the court: a derivative may be right where the number printed as the function's value is wrong.

Balls enclose the value where they enclose its derivatives; it is judged by the same rules as an entry, the rounding
of the function's own operations included. What is stopped is judged too, as a value of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from gradcli.autodiff.tape import Tape
from gradcli.result import Check
from gradcli.targets.arrays import Plan
from gradcli.verify.rounding import UNIT, rounding_bound
from gradcli.verify.testimony import Testimony
from gradcli.verify.verdict import judge

if TYPE_CHECKING:
    from gradcli.verify.certificate import Certificate

NAME = "certificate"
STEP = 2.0**-10  #: relative change of the inputs that shows what would matter to a value


class ValueFinding(NamedTuple):
    """Whether no finite entry of the value is in doubt, whether one is contradicted, and what is to be said.

    `enclosure` holds proved bounds of the output's value, in its shape, NaN where there are none.
    A value without an enclosure is not in doubt: the derivative's own witnesses decide, and the reason says so.
    """

    covered: bool
    disputed: bool
    reason: str | None = None
    enclosure: tuple[Any, Any] | None = None

    def told(self, check: Check) -> Check:
        """The certificate's check on the derivative, in the light of the value."""
        if self.reason is None or (check.verdict == "skipped" and not self.disputed):
            return check
        spoiled = check.verdict == "agree" and not self.covered
        verdict = "disagree" if self.disputed else "inconclusive" if spoiled else check.verdict
        reasons = [r for r in (check.reason, self.reason) if r]
        return replace(check, verdict=verdict, reason="; ".join(reasons))

    def alone(self) -> Check:
        """A check of its own, where no certificate of the derivative is heard that could tell it."""
        return Check("disagree" if self.disputed else "inconclusive", reason=self.reason)


def examine_value(
    tape: Tape,
    output: int,
    inputs: Mapping[str, Any],
    values: Mapping[int, Any],
    held: Mapping[int, Any],
    rtol: float,
    deadline: float,
    budget: float,
) -> ValueFinding:
    """Enclose the value of an output and judge the number that was computed for it.

    Args:
        tape: the program; read up to `output`, and appended to where the rounding of a value is in question.
        output: the instruction.
        inputs: values of all inputs.
        values: float64 values of all instructions the output needs.
        held: those of the stopped ones among them.
        rtol: relative difference that agrees.
        deadline: `time.monotonic()` at which the walks stop.
        budget: the seconds that the deadline stands for, to be named in a reason.
    """
    from gradcli.verify.certificate import certify_value

    doubt: str | None = None
    unknown: str | None = None
    noisy = False
    enclosure: tuple[Any, Any] | None = None
    for i in (output, *(tape.instructions[stop].arguments[0] for stop in held)):
        numbers = np.asarray(values[i], dtype=np.float64)
        above = {k: v for k, v in held.items() if k < i}
        found = certify_value(tape, i, inputs, numbers, above, deadline, budget)
        if i == output:
            enclosure = found.lower.reshape(numbers.shape), found.upper.reshape(numbers.shape)
        column = numbers.reshape(-1, 1)
        if np.all(found.most <= rtol * np.abs(column)):  # as nearly always: the court need not meet
            continue
        error = np.maximum(found.most - found.least, 0.0)
        testimony = Testimony(NAME, found.least, error, found.compared, None, "entries")
        rounding = _Rounding(tape, i, inputs)
        judgement = judge([testimony], column, rtol, rounding, moved=rounding.moved)
        if judgement.disputed.any():
            return ValueFinding(False, True, _said(numbers, found, judgement.disputed), enclosure)
        unsure = np.isfinite(column) & ~judgement.covered
        for which in (unsure & found.compared, unsure & ~found.compared):
            if which.any():
                said = _said(numbers, found, which)
                doubt, unknown = (doubt or said, unknown) if found.compared[which].any() else (doubt, unknown or said)
        noisy = noisy or judgement.checks[NAME].reason is not None
    remark = "the value agrees only within its own rounding" if noisy else None
    return ValueFinding(doubt is None, False, doubt or unknown or remark, enclosure)


class _Rounding:
    """The court's questions about the rounding of a value's entries, which are rows."""

    def __init__(self, tape: Tape, i: int, inputs: Mapping[str, Any]) -> None:
        self._tape, self._i, self._inputs = tape, i, inputs
        self._moved: dict[tuple[int, ...], float] = {}

    def __call__(self, position: tuple[int, ...]) -> tuple[float, float]:
        """A bound on what rounding has taken, and the size of a value that would matter."""
        shape = self._tape.shape(self._i)
        at = tuple(int(k) for k in np.unravel_index(position[0], shape)) if shape else ()
        lost, swing = rounding_bound(self._tape, self._i, at, self._inputs)
        self._moved[position] = UNIT * swing
        return lost, max(swing, _movement(self._tape, self._i, at, self._inputs))

    def moved(self, position: tuple[int, ...]) -> float:
        """How far one unit of rounding in every input moves the value."""
        return self._moved.get(position, 0.0)


def _movement(tape: Tape, i: int, at: tuple[int, ...], inputs: Mapping[str, Any]) -> float:
    """How far a value moves per relative change of the inputs, at finite ones: at its minimum no derivative says it."""
    plan = Plan(tape, [i])
    generator = np.random.default_rng(0)
    here = plan.run(inputs)[0][at]
    found = 0.0
    for _ in range(3):
        moved = {name: x * (1 + generator.uniform(-STEP, STEP, np.shape(x))) for name, x in inputs.items()}
        there = plan.run(moved)[0][at]
        if np.isfinite(there):
            found = max(found, float(abs(there - here)) / STEP)
    return found


def _said(numbers: Any, found: Certificate, chosen: Any) -> str:
    """The first of the chosen entries: what it is, and what it should be or why that is not known."""
    k = int(np.flatnonzero(chosen)[0])
    at = [int(j) for j in np.unravel_index(k, numbers.shape)]
    name = f"the value at {at}" if at else "the value"
    if not found.compared[k, 0]:
        return f"{name} is not confirmed: {found.reasons.get(k, 'it has no enclosure')}"
    return (
        f"{name} {float(numbers.flat[k])!r} lies outside [{float(found.lower[k, 0])!r}, {float(found.upper[k, 0])!r}]"
    )
