"""The verdict on a claim with all there is to say: how it was decided, or what shows and what explains the mistake."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from gradcli.claims import slips, symbolic, trial_points
from gradcli.claims.decision import UNDEFINED, Decision, Settled
from gradcli.claims.diagnosis import Diagnosis
from gradcli.claims.pair import Pair
from gradcli.claims.subject import Subject, Subjects
from gradcli.errors import GradcliError
from gradcli.language.parser import parse
from gradcli.language.syntax import Expression
from gradcli.problems.problem import Problem
from gradcli.result import Claim
from gradcli.targets.arrays import Array, Plan
from gradcli.targets.balls import BallWalk, OutOfTimeError
from gradcli.targets.balls.series import UnknownError

_CLOSE = 1e-9  #: relative to the claim and the derivative, how near a printed difference is to theirs
_POINTS = 24  #: at which it is looked at
_SMALLEST, _LARGEST = 0.04, 40.0  #: sizes of the numbers there
_FEWEST = 4  #: of them that have a value
_LOOKS = 4  #: points at which it is asked whether what SymPy leaves is 0


def decide(subjects: Subjects, subject: Subject, said: Expression, problem: Problem, deadline: float) -> Claim:
    """Try one claim.

    Args:
        subjects: of the problem.
        subject: what the claim is about.
        said: the claim.
        problem: as stated; its values are tried first.
        deadline: `time.monotonic()` at which exact arithmetic and SymPy stop.

    Raises:
        ShapeError: if the claim has neither the derivative's shape nor a single entry, which may stand for all.
    """
    decision = Decision(subjects.assembly, subject, said, problem, deadline)
    settled = decision.settle()
    name, text = subject.name, said.text.strip()
    if settled.verdict != "wrong":
        finding = symbolic.proof(decision.pair, deadline) if problem.check.symbolic else symbolic.Finding("not asked")
        verdict, by = settled.verdict, settled.decided_by
        if verdict == "right" and _is_left(decision.pair, finding.difference, settled.points, deadline):
            verdict, by = "undecided", f"{by}, but SymPy's difference is `{finding.difference}`, not 0"
        elif verdict == "right":
            why = "" if finding.verdict == symbolic.OPEN else f" ({finding.verdict})"
            proved = finding.verdict == symbolic.ZERO
            by = f"{by}; {'the difference simplifies to 0' if proved else f'no symbolic proof{why}'}"
        return Claim(name, text, verdict, decided_by=by, symbolic=finding.verdict)
    return _wrong(subjects, decision, settled, said)


def _wrong(subjects: Subjects, decision: Decision, settled: Settled, said: Expression) -> Claim:
    """The easiest point that shows it, what is left of claim minus derivative, and what the mistake looks like."""
    pair, point, look = decision.pair, settled.point, settled.look
    assert point is not None
    assert look is not None
    if not settled.own:
        point, look = decision.simplified(point, look)
    claimed, actual, _ = (values[0] for values in pair.values([point]))
    easy = sorted(range(len(settled.points)), key=lambda k: trial_points.complexity(settled.points[k]))
    known = [settled.points[k] for k in easy]
    numbers = settled.claimed[easy], settled.actual[easy]
    finding = symbolic.Finding("not asked")
    if decision.problem.check.symbolic:
        finding = symbolic.difference(pair, look.entry, decision.deadline)
    shown = finding.difference
    if shown is not None and not _is_difference(pair, shown, look.entry, known, *numbers):
        shown = None
    shows = look.verdict == UNDEFINED or bool(np.all(np.isfinite(claimed) & np.isfinite(actual)))
    remark = slips.near_miss(*numbers, look.relative if look.rigorous else math.nan)
    slip = None
    if remark is not None:
        slip = "rounding"
    elif look.verdict == UNDEFINED:
        slip, remark = "domain", "the claim has no value there, the derivative has one"
    elif not shows:
        remark = f"beyond float64 there; in exact arithmetic they differ by {look.relative:.2g} of the derivative"
    elif decision.is_number_at_own_point():
        slip, remark = "constant", "it is the derivative's value at the given point, not a formula"
    else:

        def confirm(subject: Subject, mended: int) -> bool:
            other = Decision(subjects.assembly, subject, mended, decision.problem, decision.deadline)
            return other.settle().verdict == "right"

        found = Diagnosis(subjects, pair, said, confirm, decision.deadline).slip(known, *numbers, look.entry)
        if found is not None:
            slip, remark = found
    return Claim(
        pair.subject.name,
        said.text.strip(),
        "wrong",
        pair.text(),
        shown,
        None,
        {n: np.asarray(v).tolist() for n, v in point.items()},
        claimed.tolist() if shows else None,
        actual.tolist() if shows else None,
        pair.subject.label(look.entry),
        remark,
        tuple(int(i) for i in np.unravel_index(look.entry, pair.shape)) if pair.shape else None,
        slip,
        "not zero" if finding.verdict == symbolic.OPEN else finding.verdict,
    )


def _is_left(pair: Pair, difference: str | None, points: Sequence[trial_points.Point], deadline: float) -> bool:
    """Whether what SymPy leaves of a difference is surely not 0 somewhere, though too small for any digits."""
    if difference is None or difference == "0" or pair.constants:  # which are rounded
        return False
    try:
        index = pair.assembly.lower(parse(difference))
        return any(
            bool(ball.is_finite() and not ball.contains(0))
            for point in points[:_LOOKS]
            for ball in BallWalk(pair.tape, index, (), pair.inputs(point), {}, deadline, exact=True).at_rest()
        )
    except (GradcliError, OutOfTimeError, UnknownError):
        return False


def _is_difference(
    pair: Pair, text: str, k: int, points: Sequence[trial_points.Point], claimed: Array, actual: Array
) -> bool:
    """Whether a formula is what the claim's k-th entry exceeds the derivative by, read back and tried in numbers."""
    plain = [n for n, point in enumerate(points) if all(_is_plain(value) for value in point.values())][:_POINTS]
    points = [points[n] for n in plain]
    if not points:
        return False
    said, found = (values[plain].reshape((len(points), -1))[:, k] for values in (claimed, actual))
    try:
        index = pair.assembly.lower(parse(text))
    except GradcliError:
        return False
    if pair.tape.shape(index) != ():
        return False
    with np.errstate(all="ignore"):
        value = np.broadcast_to(Plan(pair.tape, [index]).run(pair.stacked(points))[0], said.shape)
        size = np.maximum(np.abs(said), np.abs(found))
        use = np.isfinite(value)
        near = np.abs(value - (said - found)) <= _CLOSE * size
    return bool(use.sum() >= _FEWEST and np.all(near[use]))


def _is_plain(value: Array) -> bool:
    """Whether numbers are of a size with which formulas neither overflow nor cancel."""
    return bool(np.all((np.abs(value) >= _SMALLEST) & (np.abs(value) <= _LARGEST)))
