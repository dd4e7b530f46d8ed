"""Points inside the domain of a formula, or on a piece of it that no trial point met, found by steps along gradients.

Every condition not yet met has a size of its violation. A step goes a little beyond where all of them would vanish
if they were linear: Polyak's subgradient step for a known minimum (Introduction to Optimization, 1987, ch. 5).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from gradcli.autodiff.elementwise import BY_NAME
from gradcli.autodiff.primitive import Row
from gradcli.autodiff.rows_arithmetic import AND, GREATER, GREATER_EQUAL, LESS, LESS_EQUAL, NOT, OR
from gradcli.autodiff.structural import INDEX, SUM
from gradcli.autodiff.tape import Tape
from gradcli.autodiff.templates import instantiate, template
from gradcli.autodiff.vjp import vjp
from gradcli.claims.pieces import Kind, Unmet, varying
from gradcli.targets.arrays import Array, Plan

STEPS = 40  #: at the most
_BEYOND = 1.1  #: times the step that would just reach it
_GOALS = 24  #: conditions that are met together
_DIGITS = 6  #: of the numbers of a point, where so few will do


class Goal(NamedTuple):
    """A condition that has to hold, or not, and the differences with the signs that they need for that."""

    condition: int
    truth: bool
    pushes: tuple[tuple[int, int], ...]

    def opposite(self) -> Goal:
        """That the condition fails, by the first of the differences."""
        return Goal(self.condition, not self.truth, tuple((d, -side) for d, side in self.pushes[:1]))


def domain(tape: Tape, instructions: Sequence[int], sources: Sequence[int]) -> list[Goal]:
    """That every row in the programs of these instructions is asked where it has a value."""
    order = tape.needed(instructions)
    moving = varying(tape, order, sources)
    found = []
    for i in order:
        primitive, arguments, attributes, _ = tape.instructions[i]
        if i in moving and isinstance(primitive, Row) and primitive.defined is not None:
            condition = instantiate(tape, template(primitive, primitive.defined), (*arguments, i), attributes)
            goal = goal_of(tape, condition)
            if goal.pushes:
                found.append(goal)
    return found


def goal_of(tape: Tape, condition: int, truth: bool = True) -> Goal:
    """What a condition asks of the numbers that it compares; of alternatives the first is taken."""
    pushes, pending = [], [(condition, truth)]
    while pending:
        i, wanted = pending.pop()
        primitive, arguments, _, _ = tape.instructions[i]
        if primitive is NOT:
            pending.append((arguments[0], not wanted))
        elif primitive in (AND, OR):
            pending += [(a, wanted) for a in (arguments if (primitive is AND) == wanted else arguments[:1])]
        elif primitive in (LESS, LESS_EQUAL, GREATER, GREATER_EQUAL):
            side = 1 if (primitive in (GREATER, GREATER_EQUAL)) == wanted else -1
            pushes.append((tape.subtract(*arguments), side))
    return Goal(condition, truth, tuple(pushes))


def other_piece(tape: Tape, missing: Unmet) -> Goal | None:
    """What it takes to meet an outcome; None where gradients do not lead there."""
    choice = missing.choice
    if choice.kind is Kind.TRUTH:
        goal = goal_of(tape, choice.quantity, bool(missing.outcome))
        return goal if goal.pushes else None
    if choice.kind is not Kind.SIGN:
        return None
    quantity, shape = choice.quantity, tape.shape(choice.quantity)
    if shape:
        at = tuple(map(int, np.unravel_index(missing.entry or 0, shape)))
        quantity = tape.append(INDEX, (quantity,), (at,))
    row = GREATER if missing.outcome > 0 else LESS
    return goal_of(tape, tape.append(row, (quantity, tape.constant(0.0))))


class Search:
    """A search for points that meet some goals.

    Args:
        tape: holds the formulas; the violations and their gradients are appended.
        goals: what has to be met, all of it.
        sources: the inputs that are moved, by name.
        constants: values of the others.
    """

    def __init__(
        self, tape: Tape, goals: Sequence[Goal], sources: Mapping[str, int], constants: Mapping[str, Any]
    ) -> None:
        self._goals = list(dict.fromkeys(goals))[:_GOALS]
        self._tape, self._sources, self._constants = tape, sources, constants
        sizes = [self._violation(goal) for goal in self._goals]
        slopes = [vjp(tape, size, tape.constant(1.0), list(sources.values())) for size in sizes]
        known = [(name, s) for by in slopes for name, s in zip(sources, by, strict=True) if s is not None]
        self._moved = [name for name, _ in known]
        self._plan = Plan(tape, [goal.condition for goal in self._goals] + sizes + [s for _, s in known])

    def _violation(self, goal: Goal) -> int:
        """How far it is from being met: a number, 0 where it is."""
        tape, total = self._tape, self._tape.constant(0.0)
        shape = tape.shape(goal.condition)
        for difference, side in goal.pushes:
            short = tape.append(BY_NAME["relu"], (tape.negate(difference) if side > 0 else difference,))
            if tape.shape(short) == shape:
                met, missed = tape.constant(0.0), short
                short = tape.select(goal.condition, *((met, missed) if goal.truth else (missed, met)))
            axes = tuple(range(-len(tape.shape(short)), 0))
            total = tape.add(total, tape.append(SUM, (short,), (axes,)) if axes else short)
        return total

    def found(self, start: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Array]]:
        """Points that meet all goals, one for every starting point that leads to one."""
        count = len(start)
        place = {name: np.stack([np.asarray(p[name], dtype=np.float64) for p in start]) for name in self._sources}
        met = np.zeros(count, dtype=np.bool_)
        for _ in range(STEPS):
            met, step = self._look(place, count)
            if met.all():
                break
            place = {name: np.where(_on_points(met, value), value, value - step[name]) for name, value in place.items()}
        with np.errstate(all="ignore"):
            short = {name: _rounded(value) for name, value in place.items()}
        enough, _ = self._look(short, count)
        met, _ = self._look(place, count)
        for k in range(count):
            if met[k] or enough[k]:
                yield {name: (short if enough[k] else place)[name][k] for name in self._sources}

    def _look(self, place: Mapping[str, Array], count: int) -> tuple[Any, dict[str, Array]]:
        """At which points all goals are met, and the step that leads there from the others."""
        with np.errstate(all="ignore"):
            values = self._plan.run({**self._constants, **place})
            number = len(self._goals)
            met = np.ones(count, dtype=np.bool_)
            for goal, value in zip(self._goals, values[:number], strict=True):
                holds = np.broadcast_to(value, (count, *self._tape.shape(goal.condition))).reshape(count, -1)
                met &= ((holds != 0) == goal.truth).all(axis=1)
            size = sum((_known(value, (count,)) for value in values[number : 2 * number]), np.zeros(count))
            slope = {name: np.zeros(value.shape) for name, value in place.items()}
            for name, value in zip(self._moved, values[2 * number :], strict=True):
                slope[name] = slope[name] + _known(value, slope[name].shape)
            square = sum((s.reshape(count, -1) ** 2).sum(axis=1) for s in slope.values())
            far = _known(_BEYOND * size / np.asarray(square), (count,))
            return met, {name: _on_points(far, s) * s for name, s in slope.items()}


def _known(value: Any, shape: tuple[int, ...]) -> Array:
    """Numbers, with 0 in place of what is none."""
    return np.asarray(np.nan_to_num(np.broadcast_to(value, shape), nan=0.0, posinf=0.0, neginf=0.0))


def _on_points(per_point: Array, value: Array) -> Array:
    return per_point.reshape((-1,) + (1,) * (value.ndim - 1))


def _rounded(value: Array) -> Array:
    """Numbers with a few digits."""
    place = 10.0 ** (np.floor(np.log10(np.where(value == 0, 1.0, np.abs(value)))) - _DIGITS + 1)
    return np.round(value / place) * place
