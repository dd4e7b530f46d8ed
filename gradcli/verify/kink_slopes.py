"""Slopes of an output on both sides of a kink, along each variable that leaves it.

A variable is moved aside until the kink is left, which tells how every choice falls on that side: comparisons, signs,
what floor gives. With these choices held, the derivative at the point itself is the slope of the function that
continues on that side, however far aside the variable had to go for rounding not to hide it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from gradcli.autodiff.primitive import Row
from gradcli.autodiff.tape import Tape
from gradcli.autodiff.vjp import all_adjoints, paths
from gradcli.language.labels import label_of
from gradcli.targets.arrays import Plan
from gradcli.targets.connection import Mask, pulled, walk_back

#: How far aside a variable is moved: this many floats, then these parts of its size (at 0: of 1).
_FLOATS, _PARTS = 4, (2.0**-44, 2.0**-36, 2.0**-28)
_MOST_ENTRIES = 8  #: of variables that one kink is left along; of more there is no short list
_MOST_WORK = 200_000  #: entries of the derivative's instructions
_ALIKE = 1e-6  #: relative difference of the slope with choices held and the one aside up to which they are one
_CLOSER = 0.75  #: of the difference four times as far aside, up to which they become one
_SETTLED = 1e-8  #: relative difference of a slope aside and the one four times as far aside
_LAST = 2.0**-20  #: how far aside a slope is looked for that does not settle nearer


class Sides(NamedTuple):
    """Slopes on both sides, None where they are not known, and whether several arguments of the kink move together."""

    left: float | None
    right: float | None
    together: bool


Sitting = Callable[[int, Mapping[int, Any]], Mask]  #: where an instruction sits on a kink, given all values


class _Entry(NamedTuple):
    """One entry of a variable: its label, its input and instruction, and its place there."""

    label: str
    name: str
    source: int
    at: tuple[int, ...]


class _Side(NamedTuple):
    """One side of a kink.

    Attributes:
        slope: there; NaN where it is not known.
        together: whether several arguments of the kink moved.
        at_once: whether the kink was left by the smallest step.
    """

    slope: float
    together: bool
    at_once: bool


class KinkSlopes:
    """The slopes of a scalar output beside its kinks at one point.

    Args:
        tape: the tape; a sweep is appended to it.
        output: the scalar instruction.
        sources: inputs that move.
        values: values of all instructions of the function.
        sitting: where an instruction sits on a kink.
    """

    def __init__(
        self, tape: Tape, output: int, sources: Sequence[int], values: Mapping[int, Any], sitting: Sitting
    ) -> None:
        self._tape, self._sources, self._sitting = tape, sources, sitting
        self._inputs = {name: np.asarray(values[i], dtype=float) for name, i in tape.inputs.items() if i in values}
        adjoints = all_adjoints(tape, output, tape.constant(1.0), sources)
        self._adjoints = {s: adjoints[s] for s in sources if s in adjoints}
        needed = tape.needed([output, *self._adjoints.values()])
        self._choices = [i for i in needed if _chooses(tape, i)]
        self._aside = Plan(tape, [*tape.needed([output]), *self._choices, *self._adjoints.values()])
        self._here = Plan(tape, list(self._adjoints.values()))
        self._values = self._run(self._inputs)
        self._works = sum(math.prod(tape.shape(i)) for i in needed) <= _MOST_WORK

    def along(self, i: int, where: Mask) -> dict[str, Sides]:
        """Slopes by each entry of a variable along which these entries of instruction `i` leave a kink.

        A slope that is not finite is None. Nothing where there are too many entries to ask.
        """
        entries = list(self._moving(i, where)) if self._works else []
        if len(entries) > _MOST_ENTRIES:
            return {}
        found: dict[str, Sides] = {}
        for entry in entries:
            both = [self._side(i, where, entry, sign) for sign in (-1.0, 1.0)]
            left_on = [side for side in both if side is not None]
            if len(left_on) == 2 or any(side.at_once for side in left_on):  # else it came to it from elsewhere
                left, right = (side.slope if side and math.isfinite(side.slope) else None for side in both)
                found[entry.label] = Sides(left, right, any(side.together for side in left_on))
        return found

    def _moving(self, i: int, where: Mask) -> Iterator[_Entry]:
        """The entries of variables that the masked entries of an instruction are made of."""

        def handed(tape: Tape, j: int, k: int, mask: Mask) -> Mask | None:
            return pulled(tape, j, k, mask) if j == i or paths(tape.instructions[j])[k] else None

        reach = walk_back(self._tape, i, handed, np.broadcast_to(where, self._tape.shape(i)))
        for s in self._sources:
            if s in self._adjoints and s in reach:
                (name,) = self._tape.instructions[s].attributes
                for at in map(tuple, np.argwhere(reach[s]).tolist()):
                    yield _Entry(label_of(name, at), name, s, at)

    def _side(self, i: int, where: Mask, entry: _Entry, sign: float) -> _Side | None:
        """What is on one side; None if the kink is not left there."""
        *near, farthest = _aside(float(self._inputs[entry.name][entry.at]), sign)
        beyond = self._moved(entry, farthest)
        for x in (*near, farthest):
            values = beyond if x == farthest else self._moved(entry, x)
            if np.any(where & ~self._sitting(i, values)) or _differ(values, self._values, self._choices):
                break
        else:
            return None
        together = sum(_differ(values, self._values, [a]) for a in self._tape.instructions[i].arguments) > 1
        if _differ(values, beyond, self._choices):  # another kink is as near, or is not left yet
            return _Side(math.nan, together, x == near[0])
        return _Side(self._slope(entry, x, values), together, x == near[0])

    def _slope(self, entry: _Entry, x: float, values: Mapping[int, Any]) -> float:
        """The slope on the side of `x`, where the values are these."""
        place = self._adjoints[entry.source]
        choices = {c: values[c] for c in self._choices}
        slope = float(
            dict(zip(self._here.outputs, self._here.run(self._inputs, choices), strict=True))[place][entry.at]
        )
        near, here = float(values[place][entry.at]), float(self._inputs[entry.name][entry.at])
        if math.isinf(slope) or abs(slope - near) <= _ALIKE * abs(slope):
            return slope

        def beside(step: float) -> tuple[float, float]:
            near, far = (float(self._moved(entry, here + n * step)[place][entry.at]) for n in (1, 4))
            return near, far

        near, far = beside(x - here)
        if abs(slope - near) <= _CLOSER * abs(slope - far):  # it is what the slopes beside the point tend to
            return slope
        for part in (*_PARTS, _LAST):  # the convention is not in a choice, as at the tip of a cone: then only they tell
            if abs(near - far) <= _SETTLED * abs(near):
                break
            near, far = beside(math.copysign(part * (abs(here) or 1.0), x - here))
        return near if abs(near - far) <= _SETTLED * abs(near) else math.nan

    def _moved(self, entry: _Entry, x: float) -> dict[int, Any]:
        moved = self._inputs[entry.name].copy()
        moved[entry.at] = x
        return self._run({**self._inputs, entry.name: moved})

    def _run(self, inputs: Mapping[str, Any]) -> dict[int, Any]:
        return dict(zip(self._aside.outputs, self._aside.run(inputs), strict=True))


def _aside(x: float, sign: float) -> Iterator[float]:
    """Numbers farther and farther from `x` on one side."""
    near = x
    for _ in range(_FLOATS):
        near = math.nextafter(near, sign * math.inf)
    yield near
    for part in _PARTS:
        yield x + sign * part * (abs(x) or 1.0)


def _differ(first: Mapping[int, Any], second: Mapping[int, Any], instructions: Sequence[int]) -> bool:
    """Whether one of these instructions has two values."""
    return any(not np.array_equal(first[j], second[j], equal_nan=True) for j in instructions)


def _chooses(tape: Tape, i: int) -> bool:
    """Whether an instruction is constant between its jumps, so that its value says on which side of one it is."""
    row = tape.instructions[i].primitive
    return isinstance(row, Row) and all(p in (None, "0") for p in row.partials) and bool(row.arguments)
