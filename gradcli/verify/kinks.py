"""Kinks: points of a function where it has no derivative, found from the rows of its own instructions.

A continuous kink counts where the output varies through it, for a first derivative only if it does
so at first order (x*abs(x) has one at 0); a jump counts wherever it can change the output or its
derivative, also by way of a condition.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from gradcli.autodiff.linear_algebra import PSEUDOINVERSE
from gradcli.autodiff.primitive import Row
from gradcli.autodiff.structural import NORM, ORDER_STATISTIC
from gradcli.autodiff.tape import Tape
from gradcli.autodiff.vjp import all_adjoints
from gradcli.result import Kink, plain
from gradcli.targets.arrays import evaluate
from gradcli.targets.connection import Mask
from gradcli.targets.template_values import template_value
from gradcli.verify.kink_slopes import KinkSlopes
from gradcli.verify.movement import Jump, Moving, movable, moving, unsettled
from gradcli.verify.numeric_reach import smooth_reach, unsettled_reach
from gradcli.verify.spots import spot_of


class _At(NamedTuple):
    """A kink of an instruction: in which entries, slopes beside it if it has its `own`, the values across a jump."""

    where: Mask
    left: float | None
    right: float | None
    convention: str
    across: Sequence[Any] = ()
    own: bool = False


def find_kinks(
    tape: Tape, output: int, sources: Sequence[int], values: Mapping[int, Any], order: int = 2
) -> tuple[Kink, ...]:
    """Every instruction of the function that sits exactly on one of its kinks at this point.

    Args:
        tape: the tape; only what the output depends on is looked at, not the derivatives.
        output: the output differentiated.
        sources: inputs differentiated by; a kink they cannot move across does not count.
        values: values of all instructions the output depends on.
        order: of the derivative, 1 or 2.
    """
    felt = _crossed(tape, output, sources, values, order)
    if not felt:
        return ()
    slopes = None
    if order == 1 and tape.shape(output) == ():
        slopes = KinkSlopes(tape, output, sources, values, lambda i, aside: _anywhere(_kinks_at(tape, i, aside, order)))
    found: list[Kink] = []
    for i, one in felt:
        left, right = _sides(i, one, slopes)
        kink = _kink(tape, i, left, right, one.convention)
        if kink not in found:
            found.append(kink)
    return tuple(found)


def has_kink(tape: Tape, output: int, sources: Sequence[int], values: Mapping[int, Any], order: int) -> bool:
    """Whether `find_kinks` finds any."""
    return bool(_crossed(tape, output, sources, values, order))


def _crossed(
    tape: Tape, output: int, sources: Sequence[int], values: Mapping[int, Any], order: int
) -> list[tuple[int, _At]]:
    """The kinks that the output feels, with their instructions."""
    instructions = tape.needed([output])
    sitting = {i: kinks for i in instructions if (kinks := _kinks_at(tape, i, values, order))}
    if not sitting:
        return []
    moves = moving(tape, instructions, sources, values)
    crossed = {i: moved for i, kinks in sitting.items() if (moved := _moved_across(tape, i, kinks, moves))}
    if not crossed:
        return []

    def jumps(i: int) -> list[Jump]:
        return [(one.where, one.across) for one in crossed.get(i, ()) if one.across]

    smooth = smooth_reach(tape, output, values, moves)
    if order == 1 and tape.shape(output) == ():
        smooth = _felt(tape, output, sources, values, {i: smooth[i] for i in crossed if i in smooth})
    jumping = unsettled_reach(
        tape, output, unsettled(tape, instructions, values, jumps, movable(tape, instructions, sources))
    )
    return [
        (i, one)
        for i, kinks in crossed.items()
        for one in kinks
        if np.any(one.where & (jumping if one.across else smooth).get(i, np.False_))
    ]


def _sides(i: int, one: _At, slopes: KinkSlopes | None) -> tuple[Any, Any]:
    """Slopes on both sides: the function's own, where it has them and is left by one argument.

    Else the output's, of several variables that leave the kink by their labels.
    """
    along = slopes.along(i, one.where) if slopes is not None else {}
    known = any(side is not None for sides in along.values() for side in (sides.left, sides.right))
    if not known or (one.own and not any(sides.together for sides in along.values())):
        return one.left, one.right
    if len(along) == 1:
        (sides,) = along.values()
        return sides.left, sides.right
    return {x: sides.left for x, sides in along.items()}, {x: sides.right for x, sides in along.items()}


def _anywhere(kinks: Sequence[_At]) -> Mask:
    return np.asarray(np.any(np.broadcast_arrays(*(one.where for one in kinks)), axis=0) if kinks else np.False_)


def _felt(
    tape: Tape, output: int, sources: Sequence[int], values: Mapping[int, Any], reach: Mapping[int, Mask]
) -> dict[int, Mask]:
    """The reach without entries whose adjoint is 0: a kink (a bounded slope) times 0 leaves no kink of first order."""
    adjoints = all_adjoints(tape, output, tape.constant(1.0), sources)
    known = [i for i in reach if i in adjoints]
    inputs = {name: values[i] for name, i in tape.inputs.items() if i in values}
    found = evaluate(tape, [adjoints[i] for i in known], inputs)
    return {**reach, **{i: reach[i] & (adjoint != 0) for i, adjoint in zip(known, found, strict=True)}}


def _kinks_at(tape: Tape, i: int, values: Mapping[int, Any], order: int) -> list[_At]:
    """The kinks an instruction sits on that are felt in derivatives of that order."""
    instruction = tape.instructions[i]
    primitive = instruction.primitive
    found = []
    if isinstance(primitive, Row) and primitive.kinks:
        operands = [np.asarray(values[a]) for a in (*instruction.arguments, i)]
        orders = instruction.attributes
        for kink in primitive.kinks:
            if kink.order > order:
                continue
            where = np.asarray(template_value(primitive, kink.condition, operands, orders)) != 0
            if where.any():
                left, right = (
                    None if s is None else _single(template_value(primitive, s, operands, orders), where)
                    for s in (kink.left, kink.right)
                )
                across = [template_value(primitive, s, operands, orders) for s in kink.across]
                found.append(_At(where, left, right, kink.convention, across, kink.left is not None))
    elif primitive is ORDER_STATISTIC:
        ties = (np.asarray(values[instruction.arguments[0]]) == np.asarray(values[i])[..., None]).sum(axis=-1)
        found.append(_At(np.asarray(ties > 1), None, None, "ties share the derivative equally"))
    elif primitive is NORM:
        found.append(_At(np.asarray(values[i]) == 0, None, None, "0 at the tip of the cone"))
    elif primitive is PSEUDOINVERSE:
        matrix = np.asarray(values[instruction.arguments[0]])
        deficient = np.isfinite(matrix).all() and np.linalg.matrix_rank(matrix) < min(matrix.shape)
        found.append(_At(np.asarray(deficient), None, None, "the derivative among matrices of the same rank"))
    return [one for one in found if one.where.any()]


def _single(slopes: Any, where: Mask) -> float | None:
    """The one-sided derivative of all entries that sit on the kink, None if they have several."""
    every, chosen = np.broadcast_arrays(slopes, where)
    found = np.unique(every[chosen])
    return float(found[0]) if found.size == 1 else None


def _moved_across(tape: Tape, i: int, kinks: Sequence[_At], moves: Moving) -> list[_At]:
    """The same kinks in the entries that do not stand still there."""
    instruction = tape.instructions[i]
    moved: Any = moves.get(i, np.False_)
    if isinstance(instruction.primitive, Row):  # sign(x) stands still, but x moves across its jump
        for a in instruction.arguments:
            moved = moved | moves.get(a, np.False_)
    return [one._replace(where=one.where & moved) for one in kinks if np.any(one.where & moved)]


def _kink(tape: Tape, i: int, left: Any, right: Any, convention: str) -> Kink:
    primitive = tape.instructions[i].primitive
    place = tape.places.get(i)
    name = (primitive.operator or primitive.name) if isinstance(primitive, Row) else primitive.name
    if place is not None and not (isinstance(primitive, Row) and primitive.operator):
        called, parenthesis, _ = place.text.partition("(")
        name = called if parenthesis and called.isidentifier() else name  # the name the person typed
    spot = spot_of(place)
    return Kink(spot.text, spot.line, spot.column, name, plain(left), plain(right), convention, spot.excerpt)
