"""Whether the points that a claim was tried at met every piece of the function and of the claim, and further ones."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence

import numpy as np

from gradcli.autodiff.rows_arithmetic import EQUAL, NOT_EQUAL
from gradcli.claims import crossings, pieces, search, signs
from gradcli.claims.pair import Pair
from gradcli.claims.pieces import Kind, Unmet
from gradcli.claims.trial_points import Point
from gradcli.claims.trials import Trials
from gradcli.targets.arrays import Array, Plan
from gradcli.verify.rounding import rounding_bound

_FEWEST = 12  #: points with a value, below which the domain is searched
_STARTS = 32  #: points that a search sets out from
_PIECES = 12  #: pieces that are searched
_CROSSED = 4  #: points with a value that are crossed with as many others
_WORK = 40_000_000  #: operations on numbers spent on one search
_SECONDS = 2.0  #: spent on all that is searched for together


class Coverage:
    """What points have met of one claim.

    Args:
        pair: the claim and the function.
        work: operations on numbers that both take at one point.
        deadline: `time.monotonic()` at which searches stop.
    """

    def __init__(self, pair: Pair, work: int, deadline: float) -> None:
        self._pair, self._work = pair, work
        self._deadline = deadline
        self._sources = {name: pair.assembly.names[name] for name in pair.shapes}
        both = [pair.claim, pair.programs.output]
        self._choices = pieces.choices(pair.tape, both, pair.programs.sources)
        self._own = pieces.choices(pair.tape, both[1:], pair.programs.sources)  # of the function itself
        self._impossible: dict[Unmet, bool] = {}

    def missed(self, points: Sequence[Point]) -> list[Unmet]:
        """Outcomes of choices that none of some points has, without those that are proved to be impossible."""
        if not self._choices or not points:
            return []
        found = pieces.unmet(self._pair.tape, self._choices, self._pair.stacked(points), len(points))
        return [one for one in found if not self._is_impossible(one)]

    def _is_impossible(self, one: Unmet) -> bool:
        if one not in self._impossible:
            self._impossible[one] = signs.is_impossible(self._pair, one, self._deadline)
        return self._impossible[one]

    def words(self, one: Unmet) -> str:
        """What was not met, as in `only one side of ... was met`."""
        place = self._pair.tape.places.get(one.choice.chooser)
        text = "a choice" if place is None else f"`{place.text}`"
        if one.choice.kind is Kind.TRUTH:
            return f"no point where {text} is {'true' if one.outcome else 'false'} was met"
        side = "side" if one.choice.kind is Kind.SIGN else "piece"
        return f"only one {side} of {text} was met"

    def is_met_by_rounding(self, point: Point) -> bool:
        """Whether an equality in the claim holds in float64, as `x == 0.1` does at the float64 nearest to a tenth."""
        apart = Plan(self._pair.tape, self._differences(self._choices, Kind.TRUTH)).run(self._pair.inputs(point))
        return any(np.any(value == 0) for value in apart)

    def is_near_choice(self, point: Point) -> bool:
        """Whether the function, but for rounding, might be on another piece at a point."""
        tape, inputs = self._pair.tape, self._pair.inputs(point)
        for difference in self._differences(self._own, Kind.TRUTH, Kind.SIGN):
            value = Plan(tape, [difference]).run(inputs)[0]
            for at in np.ndindex(value.shape):
                if not abs(value[at]) > 4 * rounding_bound(tape, difference, at, inputs)[0]:
                    return True
        return False

    def _differences(self, choices: Sequence[pieces.Choice], *kinds: Kind) -> list[int]:
        """What choices of these kinds compare with 0, of `TRUTH` those that are equalities."""
        tape = self._pair.tape
        found = []
        for choice in choices:
            primitive, arguments, _, _ = tape.instructions[choice.chooser]
            if choice.kind in kinds and choice.kind is Kind.SIGN:
                found.append(choice.quantity)
            elif choice.kind in kinds and primitive in (EQUAL, NOT_EQUAL):
                found.append(tape.subtract(*arguments))
        return found

    def further(self, tried: Trials) -> list[Point]:
        """Points of the domain, if few were, and on pieces that no point with a value was on."""
        end = min(self._deadline, time.monotonic() + _SECONDS)
        found = [*self._crossed(tried), *self._between(tried)]
        for goals in self._quests(tried):
            if time.monotonic() > end or self._work * len(goals) * _STARTS * search.STEPS > _WORK:
                break
            looking = search.Search(self._pair.tape, goals, self._sources, self._pair.constants)
            found += looking.found(self._starts(tried))
        return found

    def _crossed(self, tried: Trials) -> Iterator[Point]:
        """Points with a value, each with one variable as it is where a piece was met that none of them is on."""
        valued = [point for point, use in zip(tried.points, tried.valued, strict=True) if use]
        others = [point for point, use in zip(tried.points, tried.valued, strict=True) if not use]
        for one in self.missed(valued)[:_PIECES]:
            met = [point for point in others if one not in self.missed([point])][:_CROSSED]
            for point in valued[:: max(1, len(valued) // _CROSSED)][:_CROSSED]:
                yield from ({**point, name: there[name]} for there in met for name in point)

    def _between(self, tried: Trials) -> Iterator[Point]:
        """Points with a value on pieces between thresholds."""
        shapes = self._pair.shapes
        valued = [point for point, use in zip(tried.points, tried.valued, strict=True) if use]
        if len(self._choices) < 2 or not valued or self._work * crossings.WAYS * crossings.HALVINGS > _WORK:
            return
        ends = np.cumsum([math.prod(shape) for shape in shapes.values()])[:-1]

        def points(flat: Array) -> list[Point]:
            parts = (zip(shapes.items(), np.split(row, ends), strict=True) for row in flat)
            return [{name: part.reshape(shape) for (name, shape), part in row} for row in parts]

        def outcomes(flat: Array) -> list[Array]:
            inputs = self._pair.stacked(points(flat))
            return pieces.outcomes(self._pair.tape, self._choices, inputs, len(flat))

        flat = np.array([np.concatenate([np.ravel(point[name]) for name in shapes]) for point in valued])
        with np.errstate(all="ignore"):
            yield from points(crossings.between_thresholds(flat, outcomes))

    def _quests(self, tried: Trials) -> Iterator[list[search.Goal]]:
        """What is searched for, one after the other."""
        tape, sources = self._pair.tape, self._pair.programs.sources
        inside = search.domain(tape, [self._pair.programs.output], sources)
        if tried.valued.sum() < _FEWEST and inside:
            yield inside
        valued = [point for point, use in zip(tried.points, tried.valued, strict=True) if use]
        for one in self.missed(valued)[:_PIECES]:
            goal = search.other_piece(tape, one)
            if goal is not None:
                yield [*inside, goal]
        if tried.valued[tried.derivable].all():  # else the claim is seen to have no value somewhere
            for goal in search.domain(tape, [self._pair.claim], sources)[:_PIECES]:
                if goal not in inside:
                    yield [*inside, goal.opposite()]

    def _starts(self, tried: Trials) -> list[Point]:
        """Points with a value, spread over all of them, then others."""
        some: list[int] = []
        for chosen in (tried.valued, ~tried.valued):
            at = np.flatnonzero(chosen)
            some += at[:: max(1, len(at) // _STARTS)].tolist()[: _STARTS - len(some)]
        return [tried.points[k] for k in some]
