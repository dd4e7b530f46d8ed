"""One edge of the tape along which nothing comes back, in words: why this operation hands 0 on, or nothing."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from gradcli.autodiff.primitive import Row
from gradcli.autodiff.rows_arithmetic import DIVIDE, MULTIPLY, WHERE
from gradcli.autodiff.structural import CUMSUM, EINSUM, MOVES_ENTRIES, NORM, ORDER_STATISTIC, STOP, SUM
from gradcli.autodiff.tape import Place, Tape
from gradcli.autodiff.templates import instantiate, template
from gradcli.errors import GradcliError
from gradcli.language.printer import to_text
from gradcli.language.syntax import Number
from gradcli.targets.connection import Mask, factors_reach
from gradcli.targets.template_values import template_value
from gradcli.verify.movement import holds, operands_of
from gradcli.verify.origins import elided
from gradcli.verify.spots import operand_nodes

_SPELLED = 60  #: instructions below a slope up to which it is written as a formula
_CANCELS = "what it contributes in several places adds up to 0"
_ENCLOSED = 2000  #: entries below a slope up to which it is enclosed
_SECONDS = 0.2  #: for that
_SLOPE = 40  #: characters of such a formula


class Cut(NamedTuple):
    """Where a path ends: the place in the text (None: nowhere), the kind and the sentence (see `Zero`)."""

    place: Place | None
    kind: str
    why: str
    connected: bool = True


def is_flat(primitive: Any, k: int) -> bool:
    """Whether an operation is constant in its argument `k` between jumps, everywhere."""
    partial = primitive.partials[k] if isinstance(primitive, Row) else None
    return partial is not None and template(primitive, partial).constant == 0


def cut_at(tape: Tape, i: int, k: int, alive: Mask, asked: Mask, values: Mapping[int, Any], adjoint: Any) -> Cut:
    """Why instruction `i` hands nothing on to its argument `k`.

    Args:
        tape: the tape.
        i, k: the edge.
        alive: the entries of the result in question, whose adjoints are not 0.
        asked: the entries of the argument in question.
        values: of all instructions of the function.
        adjoint: of the result; None if the edge is no differentiable path at all.

    Returns:
        The cut; its kind is empty at a kink, which the record tells by itself.
    """
    instruction = tape.instructions[i]
    primitive = instruction.primitive
    place = tape.places.get(i)
    text = elided(place.text) if place is not None else primitive.name
    if adjoint is None:
        return Cut(place, "cut", _uncrossed(primitive, text))
    if primitive is ORDER_STATISTIC:
        return Cut(place, "branch", f"{text} takes another entry")
    if primitive is EINSUM:
        if not np.any(asked & factors_reach(tape, i, k, alive, np.asarray(values[instruction.arguments[1 - k]]) != 0)):
            return Cut(place, "zero", f"in {text} it is multiplied by 0")
        return Cut(place, "cancels", _CANCELS)
    if primitive is NORM:
        tip = not np.any(np.asarray(values[i])[alive])
        return Cut(place, "", "") if tip else Cut(place, "zero", f"the slope of {text} is 0")
    if primitive in (*MOVES_ENTRIES, SUM, CUMSUM):
        return Cut(place, "cancels", _CANCELS)
    if not isinstance(primitive, Row):  # of a matrix or a whole row: each entry of the result by each of the argument
        return Cut(place, "cancels", f"what {text} hands back comes out as 0")
    row = primitive
    partial = row.partials[k]
    assert partial is not None
    operands = operands_of(tape, i, values)
    nodes = operand_nodes(tape, i)
    if is_flat(row, k):
        return Cut(place, "constant", f"{text} is constant between its jumps")
    if _sits_on_kink(row, operands, instruction.attributes, alive):
        return Cut(place, "", "")
    if not np.any(alive & holds(row, k, operands)):
        if nodes is None:
            return Cut(place, "branch", f"{text} does not depend on it")
        assert place is not None
        branch, there = elided(to_text(nodes[k])), Place(place.expression, nodes[k].span)
        if row is WHERE:
            return Cut(there, "branch", f"the branch '{branch}' of where is not taken")
        if len(nodes) == 1:
            return Cut(place, "branch", f"{text} does not depend on {branch}")
        return Cut(there, "branch", f"{text} does not take {branch}")
    slope = np.broadcast_to(template_value(row, partial, operands, instruction.attributes), alive.shape)
    if np.all(slope[alive] == 0):
        tiny = _underflows(tape, i, k, alive, values)
        return Cut(
            place, "underflow" if tiny else "zero", _flat(tape, i, k, text, "underflows to 0" if tiny else "is 0")
        )
    with np.errstate(all="ignore"):
        handed = slope * np.asarray(adjoint)
    if np.all(handed[alive] == 0):
        size = float(np.max(np.abs(slope[alive])))
        return Cut(place, "underflow", f"the slope {size:.2g} of {text}, times what comes from above, underflows to 0")
    return Cut(place, "cancels", _CANCELS)


def _uncrossed(primitive: Any, text: str) -> str:
    """An edge that is no differentiable path."""
    if primitive is WHERE:
        return f"{text} only chooses by it"
    if isinstance(primitive, Row) and primitive.boolean:
        return f"{text} only compares, which has no derivative"
    return f"{text} cuts the path"


def _sits_on_kink(row: Row, operands: Any, orders: Any, alive: Mask) -> bool:
    return any(
        kink.order == 1 and np.any(alive & (np.asarray(template_value(row, kink.condition, operands, orders)) != 0))
        for kink in row.kinks
    )


def _underflows(tape: Tape, i: int, k: int, alive: Mask, values: Mapping[int, Any]) -> bool:
    """Whether a slope that was computed as 0 is proved not to be 0: too small for a float."""
    if sum(math.prod(tape.shape(a)) for a in tape.needed([i])) > _ENCLOSED:
        return False
    from gradcli.targets.balls import BallWalk, OutOfTimeError
    from gradcli.targets.balls.series import UnknownError

    slope = _partial(tape, i, k)
    inputs = {name: values[j] for name, j in tape.inputs.items() if j in values}
    held = {j: values[j] for j in tape.needed([i]) if tape.instructions[j].primitive is STOP}
    try:
        balls = BallWalk(tape, slope, (), inputs, held, time.monotonic() + _SECONDS).at_rest()
    except (OutOfTimeError, UnknownError):
        return False
    away = np.array([ball.is_finite() and not ball.contains(0) for ball in balls]).reshape(tape.shape(slope))
    return bool(np.any(np.broadcast_to(away, alive.shape)[alive]))


def _partial(tape: Tape, i: int, k: int) -> int:
    """The instruction, appended, of a row's partial by its argument `k`."""
    instruction = tape.instructions[i]
    row = instruction.primitive
    assert isinstance(row, Row)
    partial = row.partials[k]
    assert partial is not None
    return instantiate(tape, template(row, partial), (*instruction.arguments, i), instruction.attributes)


def _flat(tape: Tape, i: int, k: int, text: str, comes: str) -> str:
    """A slope that `comes` as 0 here, written out where that is short."""
    instruction = tape.instructions[i]
    row = instruction.primitive
    nodes = operand_nodes(tape, i)
    assert isinstance(row, Row)
    if nodes is not None and (row is MULTIPLY or (row is DIVIDE and k == 0)):
        other = nodes[1 - k]
        word = "multiplied" if row is MULTIPLY else "divided"
        said = elided(to_text(other))
        return f"in {text} it is {word} by {said}" + ("" if isinstance(other, Number) else f", which {comes}")
    spelled = _slope(tape, i, k)
    return f"the slope {spelled + ' ' if spelled else ''}of {text} {comes}"


def _slope(tape: Tape, i: int, k: int) -> str | None:
    """The partial of a row as a formula of the variables; None where it is long."""
    if sum(math.prod(tape.shape(a)) for a in tape.needed([i])) > _SPELLED:
        return None
    from gradcli.targets.source.errors import NotExpressible
    from gradcli.targets.source.formulas import to_text as written

    slope = _partial(tape, i, k)
    try:
        text = written(tape, slope)
    except (GradcliError, NotExpressible):
        return None
    return text if len(text) <= _SLOPE and text != "0" else None
