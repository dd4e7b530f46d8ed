"""The pieces that formulas are made of, and which of them some points have met: one never met proves nothing.

What chooses between pieces is read off the rows: the conditions of their kinks, the whole numbers of those that
are flat in between, comparisons joined by logic, and which entry of an array is the largest.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from gradcli.autodiff.primitive import Row
from gradcli.autodiff.rows_arithmetic import AND, EQUAL, NOT_EQUAL, OR, WHERE
from gradcli.autodiff.structural import ORDER_STATISTIC
from gradcli.autodiff.tape import Tape
from gradcli.autodiff.templates import instantiate, template
from gradcli.targets.arrays import Array, Plan

_ENTRIES = 64  #: of an array up to which each has to meet both sides, else all of them together
_RIVALS = 8  #: entries of which each has to be the largest somewhere


class Kind(enum.Enum):
    """How a quantity tells pieces apart: by its sign, by being 0 or not, by its value; `EACH` entry has to be not 0."""

    SIGN = "sign"
    TRUTH = "truth"
    VALUE = "value"
    EACH = "each"


class Choice(NamedTuple):
    """An instruction that chooses, and the instruction whose value tells what."""

    chooser: int
    quantity: int
    kind: Kind


class Unmet(NamedTuple):
    """An outcome of a choice that no point has: of a `SIGN` that of an entry (its flat index), else a truth value."""

    choice: Choice
    outcome: int
    entry: int | None = None


def choices(tape: Tape, instructions: Sequence[int], sources: Sequence[int]) -> list[Choice]:
    """All choices that depend on the sources in the programs of these instructions."""
    order = tape.needed(instructions)
    found = [choice for i in order for choice in _choices_of(tape, i)]
    depends = varying(tape, tape.needed([choice.quantity for choice in found]), sources) if found else set()
    return list(dict.fromkeys(choice for choice in found if choice.quantity in depends))


def _choices_of(tape: Tape, i: int) -> Iterator[Choice]:
    primitive, arguments, attributes, _ = tape.instructions[i]
    if primitive is ORDER_STATISTIC and tape.shape(arguments[0])[-1] <= _RIVALS:
        yield Choice(i, ORDER_STATISTIC.chosen(tape, tape.instructions[i])[0], Kind.EACH)
    if not isinstance(primitive, Row):
        return
    if primitive in (AND, OR, EQUAL, NOT_EQUAL):
        yield Choice(i, i, Kind.TRUTH)
        return
    if primitive is WHERE and not _is_boolean(tape, arguments[0]):
        yield Choice(i, arguments[0], Kind.TRUTH)
    compared = [
        (a, b)
        for kink in primitive.kinks
        for a, b in _equated(
            tape,
            instantiate(tape, template(primitive, kink.condition), (*arguments, i), attributes),
            {*arguments, i},
        )
        if i not in (a, b)
    ]
    yield from (Choice(i, tape.subtract(a, b), Kind.SIGN) for a, b in compared)
    if primitive.jump is not None:
        yield Choice(i, instantiate(tape, template(primitive, primitive.jump), (*arguments, i), attributes), Kind.VALUE)
    elif _is_flat(primitive) and not any(set(pair) & set(arguments) for pair in compared):
        yield Choice(i, i, Kind.VALUE)  # each of its values is a piece


def _is_flat(row: Row) -> bool:
    return not row.boolean and all(partial in (None, "0") for partial in row.partials)


def _equated(tape: Tape, condition: int, cuts: set[int]) -> Iterator[tuple[int, int]]:
    """What a condition says is equal, not looking into the operands it is about."""
    pending = [condition]
    while pending:
        instruction = tape.instructions[pending.pop()]
        if instruction.primitive is EQUAL:
            yield instruction.arguments[0], instruction.arguments[1]
        pending += [a for a in instruction.arguments if a not in cuts]


def _is_boolean(tape: Tape, i: int) -> bool:
    primitive = tape.instructions[i].primitive
    return isinstance(primitive, Row) and primitive.boolean


def varying(tape: Tape, order: Sequence[int], sources: Sequence[int]) -> set[int]:
    """Which of these instructions depend on the sources."""
    found = set(sources)
    for i in order:
        if not found.isdisjoint(tape.instructions[i].arguments):
            found.add(i)
    return found


def unmet(tape: Tape, known: Sequence[Choice], inputs: Mapping[str, Any], count: int) -> list[Unmet]:
    """Outcomes that none of some points has.

    Args:
        known: the choices looked at.
        inputs: values of all inputs; those of the sources with a leading axis of points.
        count: how many points.
    """
    if not known or not count:
        return []
    values = Plan(tape, [choice.quantity for choice in known]).run(inputs)
    return [one for choice, value in zip(known, values, strict=True) for one in _unmet(tape, choice, value, count)]


def outcomes(tape: Tape, known: Sequence[Choice], inputs: Mapping[str, Any], count: int) -> list[Array]:
    """What every choice chooses at some points, (count, entries) numbers each: the arguments are those of `unmet`."""
    found = []
    for choice, value in zip(known, Plan(tape, [choice.quantity for choice in known]).run(inputs), strict=True):
        flat = np.broadcast_to(value, (count, *tape.shape(choice.quantity))).reshape(count, -1)
        if choice.kind is Kind.VALUE:
            found.append(np.nan_to_num(flat))
        else:
            found.append(np.asarray(flat > 0 if choice.kind is Kind.SIGN else flat != 0, dtype=np.float64))
    return found


def _unmet(tape: Tape, choice: Choice, value: Array, count: int) -> Iterator[Unmet]:
    shape = tape.shape(choice.quantity)
    value = np.broadcast_to(value, (count, *shape)).reshape(count, -1)
    if choice.kind is Kind.VALUE:
        if all(len(np.unique(column)) < 2 for column in value.T[:_ENTRIES]):
            yield Unmet(choice, 1)
    elif choice.kind is Kind.EACH:
        if not (value != 0).any(axis=0).all():
            yield Unmet(choice, 1)
    elif choice.kind is Kind.TRUTH:
        yield from (Unmet(choice, outcome) for outcome in (0, 1) if not ((value != 0) == bool(outcome)).any())
    elif math.prod(shape) > _ENTRIES:
        yield from (Unmet(choice, side, 0) for side in (1, -1) if not (side * value > 0).any())
    else:
        for side in (1, -1):
            missing = ~(side * value > 0).any(axis=0)
            yield from (Unmet(choice, side, int(entry)) for entry in np.flatnonzero(missing))
