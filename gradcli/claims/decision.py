"""One claim against one derivative: float64 at all trial points, exact arithmetic where it matters.

A difference in float64 is only a suspicion. Balls with exact literals settle it, and where ball arithmetic does
not know a function, a bound on the rounding of that very entry. Points come easiest first, so that a
counterexample is one that can be followed by hand.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from gradcli.assembly import Assembly
from gradcli.autodiff.primitive import INPUT
from gradcli.claims import trial_points
from gradcli.claims.pair import Mask, Pair
from gradcli.claims.subject import Subject
from gradcli.claims.trial_points import Point
from gradcli.derivative import DERIVATIVES
from gradcli.language.syntax import Expression
from gradcli.problems.problem import Problem
from gradcli.targets.arrays import Array
from gradcli.verify.rounding import rounding_bound

RTOL = 1e-11  #: relative difference of two numbers in float64 that is not worth a second look
GIVEN_RTOL = 1e-9  #: what rounding of the spec's own decimals may explain
_ENOUGH = 12  #: points looked at closely that make "right" more than luck
_DEEP = 2  #: of these, points looked at with thousands of bits
_SUSPECTS = 40  #: suspicious points looked at closely, easiest first, and as many again, worst first
_ROUNDS = 3  #: times that every number of a counterexample is made easier
_SECONDS = 1.5  #: spent on that
_UNDEFINED = 3  #: random points without a value of the claim that make it wrong
_WORK = 20_000_000  #: operations on numbers spent on trial points
_ORDINARY = 4.0  #: size of numbers with which a formula does not overflow


UNDEFINED = "undefined"  #: the claim has no value where the derivative has one


class _Look(NamedTuple):
    """A close look at one point: the verdict, the entry that decides it, how far apart, and whether balls said so."""

    verdict: str
    entry: int = 0
    relative: float = math.nan
    rigorous: bool = True


class Settled(NamedTuple):
    """What the points say of a claim.

    Attributes:
        verdict: right, wrong or undecided.
        decided_by: how, where it is not wrong.
        point, look, own: of a wrong one the point that shows it, what was seen there, and whether it is the person's.
        points, claimed, actual: all points where both have a value, easiest first, and the numbers there.
    """

    verdict: str
    decided_by: str | None = None
    point: Point | None = None
    look: _Look | None = None
    own: bool = False
    points: Sequence[Point] = ()
    claimed: Array = np.zeros(0)
    actual: Array = np.zeros(0)


class Decision:
    """Tries one claim.

    Args:
        assembly: of the problem, with a value for every variable; its `wrt` are all variables.
        subject: what the claim is about.
        said: the claim, or an instruction in its place.
        problem: as stated; its values are tried first.
        deadline: `time.monotonic()` at which exact arithmetic stops.

    Raises:
        ShapeError: if the claim has neither the derivative's shape nor a single entry, which may stand for all.
    """

    def __init__(
        self,
        assembly: Assembly,
        subject: Subject,
        said: Expression | int,
        problem: Problem,
        deadline: float,
    ) -> None:
        self.pair = Pair(assembly, subject, said)
        self.problem = problem
        self.deadline = deadline
        self._valued: Mask = np.zeros(0, dtype=np.bool_)

    def settle(self) -> Settled:
        """Try points until one contradicts or enough agree."""
        points = self._points()
        claimed, actual, usable = self.pair.values(points)
        with np.errstate(all="ignore"):
            gap = np.abs(claimed - actual)
            relative = gap / np.maximum(np.abs(claimed), np.abs(actual))
        apart = ~((gap <= 0) | (relative <= RTOL))
        axes = tuple(range(1, claimed.ndim))
        has_value: Mask = np.asarray(np.isfinite(claimed).all(axis=axes))
        derivable: Mask = usable & np.isfinite(actual).all(axis=axes)
        suspect = has_value & derivable & apart.any(axis=axes)
        fine = has_value & derivable & ~suspect
        worst = np.where(suspect, np.nanmax(np.where(apart & (gap > 0), relative, 0.0), axis=axes, initial=0.0), 0.0)
        equal = rigorous = 0
        undefined: list[int] = []
        self._valued = has_value & derivable
        for k in self._order(points, suspect, fine, ~has_value & derivable, worst):
            if equal >= _ENOUGH and fine[k]:
                continue
            look = self._look(points[k], claimed[k], actual[k])
            if look.verdict == "different":
                both = fine | suspect
                known = [point for point, use in zip(points, both, strict=True) if use]
                return Settled("wrong", None, points[k], look, k < self._own, known, claimed[both], actual[both])
            if look.verdict == UNDEFINED:
                undefined.append(k)
                if sum(self._is_ordinary(n, points[n]) for n in undefined) >= _UNDEFINED:
                    easiest = min(undefined, key=lambda n: trial_points.complexity(points[n]))
                    return Settled("wrong", None, points[easiest], look, True)
            equal += look.verdict == "equal"
            rigorous += look.verdict == "equal" and look.rigorous
            if look.verdict == "equal" and look.rigorous and rigorous <= _DEEP:
                hidden = self._deeply(points[k])
                if hidden is not None:
                    both = fine | suspect
                    known = [point for point, use in zip(points, both, strict=True) if use]
                    return Settled("wrong", None, points[k], hidden, True, known, claimed[both], actual[both])
        beyond = self._beyond_float64(points)
        if beyond is not None:
            return Settled("wrong", None, *beyond, True)
        return self._not_wrong(points, int(fine.sum()), equal, rigorous)

    def _deeply(self, point: Point) -> _Look | None:
        """A difference far below float64's digits, such as a term of 1e-300."""
        for k, finding in enumerate(self._exactly(point, deep=True)):
            if finding.verdict == "different":
                return _Look("different", k, finding.relative)
        return None

    def _beyond_float64(self, points: Sequence[Point]) -> tuple[Point, _Look] | None:
        """A point that shows a difference where float64 has no numbers, on a side of a comparison not met elsewhere."""
        valued = [point for point, known in zip(points, self._valued, strict=True) if known]
        if not self._one_sided(valued):
            return None
        rest = [point for point, known in zip(points, self._valued, strict=True) if not known]
        nothing = np.full(self.pair.shape, np.nan)
        for point in sorted(rest, key=trial_points.complexity)[:_SUSPECTS]:
            if self._one_sided([*valued, point]):
                continue
            look = self._look(point, nothing, nothing)
            if look.verdict == "different":
                return point, look
        return None

    def _order(self, points: Sequence[Point], suspect: Mask, fine: Mask, undefined: Mask, worst: Array) -> list[int]:
        """Which points get a close look, in order: the person's own, suspects, and a spread of the rest."""
        suspects = np.flatnonzero(suspect).tolist()
        easiest = sorted(suspects, key=lambda k: trial_points.complexity(points[k]))[:_SUSPECTS]
        furthest = sorted(suspects, key=lambda k: -worst[k])[:_SUSPECTS]
        rest = np.flatnonzero(fine).tolist()
        spread = rest[:: max(1, len(rest) // _ENOUGH)] + rest
        return list(
            dict.fromkeys([*range(self._own), *easiest, *furthest, *np.flatnonzero(undefined).tolist(), *spread])
        )

    def _look(self, point: Point, claimed: Array, actual: Array) -> _Look:
        """Compare at one point, entry by entry: by balls, or in float64 with a bound on that entry's rounding."""
        from gradcli.claims.exact import DIFFERENT, EQUAL, TIED, UNKNOWN

        findings = self._exactly(point)
        verdicts = {f.verdict for f in findings}
        rigorous = UNKNOWN not in verdicts
        for k, finding in enumerate(findings):
            if finding.verdict == DIFFERENT:
                return _Look(DIFFERENT, k, finding.relative)
        for k, finding in enumerate(findings):
            if finding.verdict == UNKNOWN:
                said, found = float(claimed.flat[k]), float(actual.flat[k])
                if math.isnan(said) and math.isfinite(found):
                    return _Look(UNDEFINED, k)
                if not (math.isfinite(said) and math.isfinite(found)):
                    return _Look(UNKNOWN)
                gap, size = abs(said - found), max(abs(said), abs(found))
                if gap > RTOL * size and not gap <= RTOL * size + self._slack(point, k):
                    return _Look(DIFFERENT, k, gap / (abs(found) or 1.0), False)
        return _Look(TIED if TIED in verdicts else EQUAL, rigorous=rigorous)

    def _exactly(self, point: Point, deep: bool = False) -> Sequence[Any]:
        """The findings of ball arithmetic; a difference must outlive the rounding of the spec's own decimals."""
        from gradcli.claims.exact import DEEP, DIFFERENT, EQUAL, PRECISIONS, UNKNOWN, as_given, compare

        known = (self.pair.tape, self.pair.claim, self.pair.programs.output, self.pair.programs.sources)
        bits = DEEP if deep else PRECISIONS
        findings = compare(*known, self.pair.inputs(point), self.pair.entries, self.deadline, bits)
        if self.problem.constants and any(f.verdict == DIFFERENT for f in findings):
            wide = {name: as_given(value) for name, value in self.problem.constants.items()}
            again = compare(*known, {**point, **wide}, self.pair.entries, self.deadline, bits)
            findings = [
                one._replace(verdict=EQUAL if one.relative <= GIVEN_RTOL else UNKNOWN)
                if one.verdict == DIFFERENT and other.verdict != DIFFERENT
                else one
                for one, other in zip(findings, again, strict=True)
            ]
        return findings

    def _is_ordinary(self, k: int, point: Point) -> bool:
        """Whether it is no accident that a formula has no value at the k-th point: random, and nothing overflows."""
        drawn = k - self._own - len(trial_points.SIMPLE)
        small = all(np.all(np.abs(value) <= _ORDINARY) for value in point.values())
        return 0 <= drawn < trial_points.RANDOM and small

    def _slack(self, point: Point, k: int) -> float:
        """What rounding may have done to one entry of the claim and to the same entry of the derivative."""
        inputs = self.pair.inputs(point)
        at = np.unravel_index(k, self.pair.shape) if self.pair.shape else ()
        mine = (0,) * len(self.pair.tape.shape(self.pair.claim)) if self.pair.single else tuple(map(int, at))
        bound = rounding_bound(self.pair.tape, self.pair.claim, mine, inputs)[0]
        row, by = self.pair.places[k]
        second = self.pair.order == 2
        task = "hessian" if second else "jacobian" if self.pair.subject.output_shape else "grad"
        place = DERIVATIVES[task](self.pair.programs, inputs).entry(by if second else (row, by[0]))
        if place is not None:
            instruction, position, seeds = place
            bound += rounding_bound(self.pair.tape, instruction, position, {**inputs, **seeds})[0]
        return 4 * bound

    def is_number_at_own_point(self) -> bool:
        """Whether the claim is a number, and the derivative is it where the person's own values are."""
        pair = self.pair
        if not self._own or any(pair.tape[i].primitive is INPUT for i in pair.tape.needed([pair.claim])):
            return False
        point = self._points()[0]
        claimed, actual, _ = (values[0] for values in pair.values([point]))
        return self._look(point, claimed, actual).verdict == "equal"

    def simplified(self, point: Point, look: _Look) -> tuple[Point, _Look]:
        """Replace one number after the other by an easier one as long as the claim stays wrong."""
        end = time.monotonic() + _SECONDS
        for easier in (way for _ in range(_ROUNDS) for way in trial_points.ways(point)):
            for other in easier(point):
                if time.monotonic() > end:
                    return point, look
                claimed, actual, usable = (values[0] for values in self.pair.values([other]))
                if usable and np.isfinite(claimed).all() and np.isfinite(actual).all():
                    found = self._look(other, claimed, actual)
                    if found.verdict == "different" and found.rigorous >= look.rigorous:
                        point, look = other, found
                        break
        return point, look

    def _not_wrong(self, points: Sequence[Point], fine: int, equal: int, rigorous: int) -> Settled:
        if not fine and not equal:
            return Settled("undecided", "no point was found where both have a value")
        by = f"equal at {max(fine, equal)} points"
        by += f", at {rigorous} of them to 24 digits" if rigorous else " in float64"
        missed = self._one_sided(points)
        if missed:
            return Settled("undecided", f"{by}, but only one side of {missed} was met")
        missed = self._one_sided([point for point, valued in zip(points, self._valued, strict=True) if valued])
        if missed:
            by += f", all on one side of {missed}"
        enough = equal >= _ENOUGH or (equal and not any(math.prod(s) for s in self.pair.shapes.values()))
        return Settled("right" if enough else "undecided", by)

    def _one_sided(self, points: Sequence[Point]) -> str | None:
        """The text of a comparison that comes out the same way at all these points, if there is one."""
        if not points:
            return None
        known = [self.pair.claim, self.pair.programs.output]
        missed = trial_points.unreached(self.pair.tape, known, self.pair.programs.sources, self.pair.stacked(points))
        if not missed:
            return None
        place = self.pair.tape.places.get(missed[0])
        return "a comparison" if place is None else place.expression.text[place.span.start : place.span.end]

    def _points(self) -> list[Point]:
        """The problem's own values if there are any, then the trial points."""
        own = {n: v.value for n, v in self.problem.variables.items()}
        given = bool(own) and all(v is not None for v in own.values())
        self._own = int(given)
        known = [self.pair.claim, self.pair.programs.output]
        numbers = trial_points.landmarks(self.pair.tape, known, self.pair.programs.sources, self.problem.constants)
        work = sum(math.prod(self.pair.tape.shape(i)) for i in self.pair.tape.needed(known)) + 1
        work *= len(self.pair.places) if self.pair.order == 2 or self.pair.subject.output_shape else 4
        found = trial_points.trial_points(self.pair.shapes, numbers, self.problem.check.seed, _WORK // work)
        return ([{n: np.asarray(v, dtype=np.float64) for n, v in own.items()}] if given else []) + found
