"""One claim against one derivative: float64 at all trial points, exact arithmetic where it matters.

A difference in float64 is only a suspicion. Balls with exact literals settle it, and where ball arithmetic does
not know a function, a bound on the rounding of that very entry. Points come easiest first, so that a
counterexample is one that can be followed by hand. What no trial point met is searched for: the domain of the
function, and every piece that it or the claim is made of.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from gradcli.assembly import Assembly
from gradcli.autodiff.primitive import INPUT
from gradcli.claims import exact, trial_points
from gradcli.claims.coverage import Coverage
from gradcli.claims.domain import is_outside
from gradcli.claims.exact import DIFFERENT, EQUAL, TIED, UNKNOWN
from gradcli.claims.pair import Pair
from gradcli.claims.subject import Subject
from gradcli.claims.trial_points import Point
from gradcli.claims.trials import RTOL, Trials, trials
from gradcli.derivative import DERIVATIVES
from gradcli.language.syntax import Expression
from gradcli.problems.problem import Problem
from gradcli.targets.arrays import Array
from gradcli.verify.rounding import rounding_bound

GIVEN_RTOL = 1e-9  #: what rounding of the spec's own decimals may explain
_GIVEN = 100  #: of the person's points that are tried
_ENOUGH = 12  #: points looked at closely that make "right" more than luck
_DEEP = 2  #: of these, points looked at with thousands of bits
_SUSPECTS = 40  #: suspicious points looked at closely, easiest first, and as many again, worst first
_ROUNDS = 3  #: times that every number of a counterexample is made easier
_SECONDS = 1.5  #: spent on that
_UNDEFINED = 3  #: random points without a value of the claim that make it wrong
_GROSS = 1e-3  #: relative difference in float64 of numbers that are equal exactly, by which another branch is meant
_WORK = 20_000_000  #: operations on numbers spent on trial points
_SEARCHES = 2  #: times that further points are searched for
_ORDINARY = 4.0  #: size of numbers with which a formula does not overflow

UNDEFINED = "undefined"  #: the claim has no value where the derivative has one
OUTSIDE = "outside"  #: the same, and surely so, because a function of it is asked outside of its domain


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
        known = self.pair.tape.needed([self.pair.claim, self.pair.programs.output])
        self._work = sum(math.prod(self.pair.tape.shape(i)) for i in known) + 1
        self._coverage = Coverage(self.pair, self._work, deadline)
        self._own = self._plain = 0  # how many of the points tried are the person's, and how many were not searched for

    def settle(self) -> Settled:
        """Try points until one contradicts or enough agree."""
        tried = self._tried()
        equal = rigorous = 0
        undefined: list[int] = []
        chosen, rest = self._order(tried)
        for n, k in enumerate([*chosen, *rest]):
            if equal >= _ENOUGH and n >= len(chosen):
                break
            look = self._look(tried.points[k], tried.claimed[k], tried.actual[k])
            if look.verdict == DIFFERENT:
                return self._wrong(tried, tried.points[k], look, k < self._own)
            if look.verdict == OUTSIDE:
                return Settled("wrong", None, tried.points[k], look._replace(verdict=UNDEFINED), k < self._own)
            if look.verdict == UNDEFINED:
                undefined.append(k)
                if sum(self._is_ordinary(n, tried.points[n]) for n in undefined) >= _UNDEFINED:
                    easiest = min(undefined, key=lambda n: trial_points.complexity(tried.points[n]))
                    return Settled("wrong", None, tried.points[easiest], look, True)
            equal += look.verdict == EQUAL
            rigorous += look.verdict == EQUAL and look.rigorous
            if look.verdict == EQUAL and look.rigorous and rigorous <= _DEEP:
                hidden = self._deeply(tried.points[k])
                if hidden is not None:
                    return self._wrong(tried, tried.points[k], hidden, True)
        beyond = self._beyond_float64(tried)
        if beyond is not None:
            return Settled("wrong", None, *beyond, True)
        return self._not_wrong(tried, equal, rigorous)

    def _wrong(self, tried: Trials, point: Point, look: _Look, own: bool) -> Settled:
        both = tried.valued
        known = [point for point, use in zip(tried.points, both, strict=True) if use]
        return Settled("wrong", None, point, look, own, known, tried.claimed[both], tried.actual[both])

    def _tried(self) -> Trials:
        """All points, those that were searched for last."""
        tried = trials(self.pair, self._points())
        self._plain = len(tried.points)
        for _ in range(_SEARCHES):
            more = self._coverage.further(tried)
            if not more:
                break
            tried = tried.joined(trials(self.pair, more))
        return tried

    def _deeply(self, point: Point) -> _Look | None:
        """A difference far below float64's digits, such as a term of 1e-300."""
        for k, finding in enumerate(self._exactly(point, deep=True)):
            if finding.verdict == DIFFERENT:
                return _Look(DIFFERENT, k, finding.relative)
        return None

    def _beyond_float64(self, tried: Trials) -> tuple[Point, _Look] | None:
        """A point that shows a difference where float64 has no numbers, on a piece that was not met elsewhere."""
        valued = [point for point, known in zip(tried.points, tried.valued, strict=True) if known]
        missed = len(self._coverage.missed(valued))
        if not missed:
            return None
        rest = [point for point, known in zip(tried.points, tried.valued, strict=True) if not known]
        nothing = np.full(self.pair.shape, np.nan)
        for point in sorted(rest, key=trial_points.complexity)[:_SUSPECTS]:
            if len(self._coverage.missed([*valued, point])) < missed:
                look = self._look(point, nothing, nothing)
                if look.verdict == DIFFERENT:
                    return point, look
        return None

    def _order(self, tried: Trials) -> tuple[list[int], list[int]]:
        """Which points get a close look, in order, and which ones if these are too few that agree.

        First come the person's own, suspects, those without a value of the claim, and a spread of the others, of what
        was searched for too.
        """
        suspects = np.flatnonzero(tried.suspect).tolist()
        easiest = sorted(suspects, key=lambda k: trial_points.complexity(tried.points[k]))[:_SUSPECTS]
        furthest = sorted(suspects, key=lambda k: -tried.worst[k])[:_SUSPECTS]
        undefined = np.flatnonzero(tried.derivable & ~tried.valued).tolist()
        fine = np.flatnonzero(tried.fine).tolist()
        found = [k for k in fine if k >= self._plain]
        spread = [k for some in (fine, found) for k in some[:: max(1, len(some) // _ENOUGH)][:_ENOUGH]]
        chosen = dict.fromkeys([*range(self._own), *easiest, *furthest, *undefined, *spread])
        return list(chosen), [k for k in fine if k not in chosen]

    def _look(self, point: Point, claimed: Array, actual: Array) -> _Look:
        """Compare at one point, entry by entry: by balls, or in float64 with a bound on that entry's rounding."""
        findings = self._exactly(point)
        verdicts = {f.verdict for f in findings}
        rigorous = UNKNOWN not in verdicts
        for k, finding in enumerate(findings):
            if finding.verdict == DIFFERENT:
                return _Look(DIFFERENT, k, finding.relative)
        for k, finding in enumerate(findings):
            said, found = float(claimed.flat[k]), float(actual.flat[k])
            if finding.verdict == UNKNOWN:
                if math.isnan(said) and math.isfinite(found):
                    surely = math.isfinite(finding.actual) and is_outside(self.pair, point)
                    return _Look(OUTSIDE if surely else UNDEFINED, k)
                if not (math.isfinite(said) and math.isfinite(found)):
                    return _Look(UNKNOWN)
            elif finding.verdict != EQUAL or not self._is_another_branch(point, said, found):
                continue
            if self._differ(point, k, said, found):
                undecided = self._coverage.is_near_choice(point)
                return (
                    _Look(UNKNOWN) if undecided else _Look(DIFFERENT, k, abs(said - found) / (abs(found) or 1.0), False)
                )
        return _Look(TIED if TIED in verdicts else EQUAL, rigorous=rigorous)

    def _is_another_branch(self, point: Point, said: float, found: float) -> bool:
        """Whether numbers that are equal exactly are not in float64, for a number that equals a literal only there."""
        return abs(said - found) > _GROSS * abs(found) and self._coverage.is_met_by_rounding(point)

    def _differ(self, point: Point, k: int, said: float, found: float) -> bool:
        """Whether two numbers are further apart than rounding explains."""
        gap, most = abs(said - found), RTOL * max(abs(said), abs(found))
        return gap > most and not gap <= most + self._slack(point, k)

    def _exactly(self, point: Point, deep: bool = False) -> Sequence[Any]:
        """The findings of ball arithmetic; a difference must outlive the rounding of the spec's own decimals."""
        known = (self.pair.tape, self.pair.claim, self.pair.programs.output, self.pair.programs.sources)
        bits = exact.DEEP if deep else exact.PRECISIONS
        findings = exact.compare(*known, self.pair.inputs(point), self.pair.entries, self.deadline, bits)
        if self.problem.constants and any(f.verdict == DIFFERENT for f in findings):
            wide = {name: exact.as_given(value) for name, value in self.problem.constants.items()}
            again = exact.compare(*known, {**point, **wide}, self.pair.entries, self.deadline, bits)
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
        return self._look(point, claimed, actual).verdict == EQUAL

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
                    if found.verdict == DIFFERENT and found.rigorous >= look.rigorous:
                        point, look = other, found
                        break
        return point, look

    def _not_wrong(self, tried: Trials, equal: int, rigorous: int) -> Settled:
        fine = int(tried.fine.sum())
        if not fine and not equal:
            return Settled("undecided", "no point was found where both have a value")
        by = f"equal at {max(fine, equal)} points"
        by += f", at {rigorous} of them to 24 digits" if rigorous else " in float64"
        missed = self._coverage.missed(tried.points)
        if missed:
            return Settled("undecided", f"{by}, but {self._coverage.words(missed[0])}")
        valued = [point for point, use in zip(tried.points, tried.valued, strict=True) if use]
        missed = self._coverage.missed(valued)
        if missed:
            by += f"; where both have a value, {self._coverage.words(missed[0])}"
        enough = equal >= _ENOUGH or (equal and not any(math.prod(s) for s in self.pair.shapes.values()))
        return Settled("right" if enough else "undecided", by, points=sorted(valued, key=trial_points.complexity))

    def _points(self) -> list[Point]:
        """The problem's own values or points if there are any, then the trial points."""
        own = self._given()
        self._own = len(own)
        known = [self.pair.claim, self.pair.programs.output]
        numbers = trial_points.landmarks(self.pair.tape, known, self.pair.programs.sources, self.problem.constants)
        work = self._work
        work *= len(self.pair.places) if self.pair.order == 2 or self.pair.subject.output_shape else 4
        return own + trial_points.trial_points(self.pair.shapes, numbers, self.problem.check.seed, _WORK // work)

    def _given(self) -> list[Point]:
        """The points that the person gave, the first of many."""
        fixed = {name: v.value for name, v in self.problem.variables.items() if v.value is not None}
        listed = self.problem.points or {}
        count = min((len(values) for values in listed.values()), default=1)
        if not fixed.keys() | listed.keys() >= self.problem.variables.keys() or not self.problem.variables:
            return []
        rows = ({**fixed, **{name: values[k] for name, values in listed.items()}} for k in range(min(count, _GIVEN)))
        names = self.problem.variables
        return [{name: np.asarray(row[name], dtype=np.float64) for name in names} for row in rows]
