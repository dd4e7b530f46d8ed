"""What varies near a point and what is not settled there: two forward walks over the values of a function.

An entry *moves* if it varies with the variables at all nearby points. It is *unsettled* if it
jumps at the point (or a NaN was hidden there): then it has several values, its limits, and
whatever they can change is unsettled too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from gradcli.autodiff.primitive import Row
from gradcli.autodiff.ruled import ALL as RULED
from gradcli.autodiff.structural import (
    CUMSUM,
    EINSUM,
    MOVES_ENTRIES,
    NORM,
    ORDER_STATISTIC,
    STOP,
    SUM,
)
from gradcli.autodiff.tape import Tape
from gradcli.autodiff.templates import template
from gradcli.targets.array_shapes import KERNELS
from gradcli.targets.arrays import numpy_kernel
from gradcli.targets.connection import Mask
from gradcli.targets.template_values import template_value

Moving = Mapping[int, Mask]

_ADDS_ENTRIES = (*MOVES_ENTRIES, *RULED, SUM, CUMSUM)


class Unsettled(NamedTuple):
    """Entries of an instruction with several limit values: where, the least, the greatest, and by which arguments."""

    where: Mask
    least: Any
    greatest: Any
    by: tuple[Mask, ...]


Jump = tuple[Mask, Sequence[Any]]  #: where an instruction jumps by itself, and the values on the other sides


def moving(tape: Tape, order: Sequence[int], sources: Sequence[int], values: Mapping[int, Any]) -> dict[int, Mask]:
    """Per instruction that varies with the sources at these values, which of its entries do."""

    def by_row(i: int, k: int, found: Moving) -> Any:
        row = tape.instructions[i].primitive
        assert isinstance(row, Row)
        return live(tape, i, k, values, found) & holds(row, k, operands_of(tape, i, values))

    return _moving(tape, order, sources, by_row, lambda i, found: _moved(tape, i, values, found))


def movable(tape: Tape, order: Sequence[int], sources: Sequence[int]) -> dict[int, Mask]:
    """The same whatever the values are: by branches not taken and factors that are 0 too."""

    def by_row(i: int, k: int, found: Moving) -> Any:
        row = tape.instructions[i].primitive
        assert isinstance(row, Row)
        return np.asarray(row.partials[k] not in (None, "0"))

    return _moving(tape, order, sources, by_row, lambda i, found: np.ones(tape.shape(i), dtype=bool))


def _moving(
    tape: Tape,
    order: Sequence[int],
    sources: Sequence[int],
    by_row: Callable[[int, int, Moving], Any],
    by_structure: Callable[[int, Moving], Mask],
) -> dict[int, Mask]:
    found: dict[int, Mask] = {s: np.ones(tape.shape(s), dtype=bool) for s in sources}
    for i in order:
        instruction = tape.instructions[i]
        if i in found or instruction.primitive is STOP or not any(a in found for a in instruction.arguments):
            continue
        if isinstance(instruction.primitive, Row):
            mask = np.zeros(instruction.shape, dtype=bool)
            for k, a in enumerate(instruction.arguments):
                if a in found:
                    mask = mask | (found[a] & by_row(i, k, found))
        else:
            mask = by_structure(i, found)
        if mask.any():
            found[i] = mask
    return found


def live(tape: Tape, i: int, k: int, values: Mapping[int, Any], moves: Moving) -> Any:
    """Where a row varies with its argument `k`: not where that partial is 0 and made of what stands still."""
    instruction = tape.instructions[i]
    row = instruction.primitive
    assert isinstance(row, Row)
    text = row.partials[k]
    if text is None:
        return np.False_
    compiled = template(row, text)
    if compiled.constant is not None:
        return np.asarray(compiled.constant != 0)
    operands = (*instruction.arguments, i)
    used = {operands[-1 - a] for step in compiled.steps for a in (*step.arguments, compiled.result) if a < 0}
    used |= {operands[-1 - compiled.result]} if compiled.result < 0 else set()
    if i in used:
        return np.True_
    still = ~np.any(np.broadcast_arrays(*(moves.get(u, np.False_) for u in used)), axis=0) if used else np.True_
    if not np.any(still):
        return np.True_
    return ~still | (np.asarray(template_value(row, text, [values[o] for o in operands])) != 0)


def holds(row: Row, k: int, operands: Sequence[Any]) -> Any:
    """Where a row's result can depend on argument `k`: the condition of that edge, or a kink, where it is a tie.

    Args:
        row: the row.
        k: the argument.
        operands: values of the arguments and of the result.
    """
    text = row.edges[k] if row.edges else None
    if text is None:
        return np.True_
    condition = np.asarray(template_value(row, text, operands)) != 0
    for kink in row.kinks:
        condition = condition | (np.asarray(template_value(row, kink.condition, operands)) != 0)
    return condition


def operands_of(tape: Tape, i: int, values: Mapping[int, Any]) -> list[Any]:
    """Values of an instruction's arguments and of its result."""
    return [np.asarray(values[a]) for a in (*tape.instructions[i].arguments, i)]


def weight(a: int, values: Mapping[int, Any], moves: Moving) -> Any:
    """1 where a factor of a product is or may become other than 0, else 0."""
    return (moves.get(a, np.False_) | (np.asarray(values[a]) != 0)).astype(float)


def _moved(tape: Tape, i: int, values: Mapping[int, Any], moves: Moving) -> Mask:
    """Which entries of a structural operation's result vary."""
    instruction = tape.instructions[i]
    primitive, arguments = instruction.primitive, instruction.arguments
    shapes = [tape.shape(a) for a in arguments]
    given = [moves.get(a, np.zeros(s, dtype=bool)) for a, s in zip(arguments, shapes, strict=True)]
    if primitive in _ADDS_ENTRIES:
        counted = KERNELS[primitive](instruction.attributes, shapes, [m.astype(float) for m in given])
        return np.asarray(counted > 0)
    if primitive is EINSUM:
        weights = [weight(a, values, moves) for a in arguments]
        products = ([given[0].astype(float), weights[1]], [weights[0], given[1].astype(float)])
        return np.asarray(sum(KERNELS[EINSUM](instruction.attributes, shapes, p) for p in products) > 0)
    if primitive is ORDER_STATISTIC:
        attains = np.asarray(values[arguments[0]]) == np.asarray(values[i])[..., None]
        return np.asarray((given[0] & attains).any(axis=-1))
    if primitive is NORM:
        return np.asarray(given[0].any(axis=-1))
    return np.full(instruction.shape, any(bool(m.any()) for m in given))


def unsettled(
    tape: Tape,
    order: Sequence[int],
    values: Mapping[int, Any],
    own: Callable[[int], Sequence[Jump]],
    moves: Moving | None = None,
) -> dict[int, Unsettled]:
    """Per instruction with unsettled entries, what is known of them.

    Args:
        tape: the tape.
        order: instructions to walk, in order.
        values: their values.
        own: the jumps that an instruction makes by itself.
        moves: what is `movable`; None if that is not known.
    """
    found: dict[int, Unsettled] = {}
    for i in order:
        instruction = tape.instructions[i]
        if not instruction.arguments or instruction.primitive is STOP:
            continue
        jumps = [(at, others) for at, others in own(i) if np.any(at)]
        if not jumps and not any(a in found for a in instruction.arguments):
            continue
        value = np.asarray(values[i])
        if isinstance(instruction.primitive, Row):
            where, least, greatest, by = _through_row(tape, i, values, found, moves)
        else:
            where, least, greatest, by = _through_structure(tape, i, values, found)
        for at, others in jumps:
            where = where | at
            for other in others:
                other = np.where(at, other, value)
                least, greatest = _hull(least, greatest, other)
        if np.any(where):
            found[i] = Unsettled(np.broadcast_to(where, value.shape), least, greatest, by)
    return found


def _hull(least: Any, greatest: Any, other: Any) -> tuple[Any, Any]:
    """The interval widened to another value; one that is not known makes it everything."""
    unknown = np.isnan(other)
    return (
        np.where(unknown, -np.inf, np.fmin(least, other)),
        np.where(unknown, np.inf, np.fmax(greatest, other)),
    )


def _through_row(
    tape: Tape, i: int, values: Mapping[int, Any], found: Mapping[int, Unsettled], moves: Moving | None
) -> Unsettled:
    """What a row makes of unsettled arguments: its values at all their limits, and where one matters."""
    instruction = tape.instructions[i]
    row, arguments = instruction.primitive, instruction.arguments
    assert isinstance(row, Row)
    least = greatest = value = np.asarray(values[i])
    none = np.zeros(value.shape, dtype=bool)
    limits = [
        (values[a], found[a].least, found[a].greatest) if a in found else (np.asarray(values[a]),) for a in arguments
    ]
    moved = none | (moves is None)
    for a in arguments:
        moved = moved | (moves or {}).get(a, np.False_)
    reachable = [none] * len(arguments)
    orders = instruction.attributes if any(instruction.attributes) else ()
    for corner in product(*limits):
        with np.errstate(all="ignore"):
            result = np.asarray(numpy_kernel(row)(*corner, *orders), dtype=float)
        least, greatest = _hull(least, greatest, result)
        reachable = [r | holds(row, k, [*corner, result]) for k, r in enumerate(reachable)]
        for kink in row.kinks if moves is not None else ():  # the limit itself may be a jump
            at = moved & (np.asarray(template_value(row, kink.condition, [*corner, result], orders)) != 0)
            for text in kink.across if np.any(at) else ():
                other = np.where(at, template_value(row, text, [*corner, result], orders), result)
                least, greatest = _hull(least, greatest, other)
    spread = np.asarray(least != greatest)
    by = []
    for k, a in enumerate(arguments):
        matters = spread
        if row.partials[k] not in (None, "0"):  # a path: it matters to the slopes too
            matters = spread | (reachable[k] & moved)
        elif row.partials[k] is None and not row.boolean:  # a choice, whose branches may differ in their slopes only
            matters = ~none
        by.append(found[a].where & matters if a in found else none)
    return Unsettled(np.any(np.broadcast_arrays(*by), axis=0), least, greatest, tuple(by))


def _through_structure(tape: Tape, i: int, values: Mapping[int, Any], found: Mapping[int, Unsettled]) -> Unsettled:
    instruction = tape.instructions[i]
    primitive, arguments = instruction.primitive, instruction.arguments
    shapes = [tape.shape(a) for a in arguments]
    value = np.asarray(values[i])
    whole = np.ones(value.shape, dtype=bool)
    by = tuple(whole if a in found else ~whole for a in arguments)
    if not any(a in found for a in arguments):  # what jumps does so by itself
        return Unsettled(~whole, value, value, by)
    if primitive not in (*_ADDS_ENTRIES, ORDER_STATISTIC):
        return Unsettled(whole, np.full(value.shape, -np.inf), np.full(value.shape, np.inf), by)

    def applied(choose: Callable[[Unsettled], Any]) -> Any:
        given = [np.asarray(choose(found[a])) if a in found else np.asarray(values[a]) for a in arguments]
        with np.errstate(all="ignore"):
            return KERNELS[primitive](instruction.attributes, shapes, given)

    least, greatest = _hull(*_hull(value, value, applied(lambda u: u.least)), applied(lambda u: u.greatest))
    if primitive is ORDER_STATISTIC:
        (a,) = arguments
        near = (found[a].greatest >= least[..., None]) & (found[a].least <= greatest[..., None])
        where = np.asarray((found[a].where & near).any(axis=-1))
    else:
        masks = [
            found[a].where.astype(float) if a in found else np.zeros(s) for a, s in zip(arguments, shapes, strict=True)
        ]
        where = np.asarray(KERNELS[primitive](instruction.attributes, shapes, masks) > 0)
    return Unsettled(where, least, greatest, tuple(where & b for b in by))
