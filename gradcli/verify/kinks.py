"""Kinks: points of a function where it has no derivative, found from the rows of its own instructions.

A continuous kink counts where the output varies through it, for a first derivative only if it does
so at first order (x*abs(x) has one at 0); a jump counts wherever it can change the output or its
derivative, also by way of a condition.
"""

from __future__ import annotations

import math
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
from gradcli.verify.movement import Jump, Moving, movable, moving, unsettled
from gradcli.verify.numeric_reach import smooth_reach, unsettled_reach
from gradcli.verify.spots import spot_of

_FLOATS_ASIDE = 4  #: from a kink, where its slopes are taken: so far that rounding does not hide on which side


class _At(NamedTuple):
    """A kink of an instruction: in which entries, its one-sided derivatives, the values across a jump."""

    where: Mask
    left: float | None
    right: float | None
    convention: str
    across: Sequence[Any] = ()


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
    walk = tape.needed([output])
    sitting = {i: kinks for i in walk if (kinks := _kinks_at(tape, i, values, order))}
    if not sitting:
        return ()
    moves = moving(tape, walk, sources, values)
    crossed = {i: moved for i, kinks in sitting.items() if (moved := _moved_across(tape, i, kinks, moves))}
    if not crossed:
        return ()

    def jumps(i: int) -> list[Jump]:
        return [(one.where, one.across) for one in crossed.get(i, ()) if one.across]

    smooth = smooth_reach(tape, output, values, moves)
    if order == 1 and tape.shape(output) == ():
        smooth = _felt(tape, output, sources, values, {i: smooth[i] for i in crossed if i in smooth})
    jumping = unsettled_reach(tape, output, unsettled(tape, walk, values, jumps, movable(tape, walk, sources)))
    left, right = map(plain, _one_sided(tape, output, sources, values) if order == 1 else (None, None))

    def slopes(i: int, one: _At) -> tuple[Any, Any]:
        """The kink's own where one argument alone moves; else the output's, of a single variable."""
        together = sum(bool(np.any(moves.get(a, np.False_))) for a in tape.instructions[i].arguments) > 1
        return (one.left, one.right) if left is right is None or not (together or one.left is None) else (left, right)

    found = [
        _kink(tape, i, *slopes(i, one), one.convention)
        for i, kinks in crossed.items()
        for one in kinks
        if np.any(one.where & (jumping if one.across else smooth).get(i, np.False_))
    ]
    return tuple(dict.fromkeys(found))


def _one_sided(
    tape: Tape, output: int, sources: Sequence[int], values: Mapping[int, Any]
) -> tuple[float | None, float | None]:
    """The output's derivatives a few floats to the left and to the right, where there is a single variable.

    That is what can be said of a comparison or a tie, which have no slopes of their own.
    """
    if len(sources) != 1 or tape.shape(sources[0]) or tape.shape(output):
        return None, None
    adjoint = all_adjoints(tape, output, tape.constant(1.0), sources).get(sources[0])
    if adjoint is None:
        return None, None
    inputs = {name: values[i] for name, i in tape.inputs.items() if i in values}
    found: list[float | None] = []
    for side in (-math.inf, math.inf):
        x = float(values[sources[0]])
        for _ in range(_FLOATS_ASIDE):
            x = math.nextafter(x, side)
        slope = float(evaluate(tape, [adjoint], {**inputs, str(tape[sources[0]].attributes[0]): x})[0])
        found.append(slope if math.isfinite(slope) else None)
    return found[0], found[1]


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
                found.append(_At(where, left, right, kink.convention, across))
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
