"""One edge of the tape along which nothing comes back, in words: why this operation hands 0 on, or nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from gradcli.autodiff.primitive import Row
from gradcli.autodiff.rows_arithmetic import DIVIDE, MULTIPLY, WHERE
from gradcli.autodiff.structural import EINSUM, ORDER_STATISTIC
from gradcli.autodiff.tape import Tape
from gradcli.autodiff.templates import instantiate, template
from gradcli.errors import GradcliError
from gradcli.language.printer import to_text
from gradcli.language.syntax import Number
from gradcli.targets.template_values import template_value
from gradcli.verify.movement import Mask, holds, operands_of
from gradcli.verify.origins import elided
from gradcli.verify.spots import operand_nodes

_SPELLED = 60  #: instructions below a slope up to which it is written as a formula
_SLOPE = 40  #: characters of such a formula


class Cut(NamedTuple):
    """Where a path ends: the instruction (None: nowhere, there is none), the kind and the sentence (see `Zero`)."""

    instruction: int | None
    kind: str
    why: str
    connected: bool = True


def cut_at(tape: Tape, i: int, k: int, alive: Mask, values: Mapping[int, Any], adjoint: Any) -> Cut:
    """Why instruction `i` hands nothing on to its argument `k`.

    Args:
        tape: the tape.
        i, k: the edge.
        alive: the entries of the result in question, whose adjoints are not 0.
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
        return Cut(i, "cut", _uncrossed(primitive, text, k))
    if primitive is ORDER_STATISTIC:
        return Cut(i, "branch", f"{text} takes another entry here")
    if primitive is EINSUM:
        other = np.asarray(values[instruction.arguments[1 - k]])
        if not other.any():
            return Cut(i, "zero", f"in {text} it is multiplied by 0")
        return Cut(i, "cancels", f"what it contributes to {text} and elsewhere adds up to 0, or is multiplied by 0")
    if not isinstance(primitive, Row):
        return Cut(i, "cancels", "what it contributes in several places adds up to 0")
    row = primitive
    partial = row.partials[k]
    assert partial is not None
    operands = operands_of(tape, i, values)
    nodes = operand_nodes(tape, i)
    if template(row, partial).constant == 0:
        return Cut(i, "constant", f"{text} is constant between its jumps")
    if _sits_on_kink(row, operands, alive):
        return Cut(i, "", "")
    if not np.any(alive & holds(row, k, operands)):
        if nodes is None:
            return Cut(i, "branch", f"{text} does not depend on it here")
        branch = elided(to_text(nodes[k]))
        if row is WHERE:
            return Cut(i, "branch", f"the branch '{branch}' of where is not taken here")
        return Cut(i, "branch", f"{text} does not take {branch} here")
    slope = np.broadcast_to(template_value(row, partial, operands, instruction.attributes), alive.shape)
    if np.all(slope[alive] == 0):
        return Cut(i, "zero", _flat(tape, i, k, text))
    with np.errstate(all="ignore"):
        handed = slope * np.asarray(adjoint)
    if np.all(handed[alive] == 0):
        size = float(np.max(np.abs(slope[alive])))
        return Cut(i, "underflow", f"the slope {size:.2g} of {text}, times what comes from above, underflows to 0")
    return Cut(i, "cancels", "what it contributes in several places adds up to 0")


def _uncrossed(primitive: Any, text: str, k: int) -> str:
    """An edge that is no differentiable path."""
    if primitive is WHERE:
        return f"{text} only chooses by it"
    if isinstance(primitive, Row) and primitive.boolean:
        return f"{text} only compares, which has no derivative"
    return f"{text} cuts the path"


def _sits_on_kink(row: Row, operands: Any, alive: Mask) -> bool:
    return any(
        kink.order == 1 and np.any(alive & (np.asarray(template_value(row, kink.condition, operands)) != 0))
        for kink in row.kinks
    )


def _flat(tape: Tape, i: int, k: int, text: str) -> str:
    """A slope that is 0 here, written out where that is short."""
    instruction = tape.instructions[i]
    row = instruction.primitive
    nodes = operand_nodes(tape, i)
    assert isinstance(row, Row)
    if nodes is not None and (row is MULTIPLY or (row is DIVIDE and k == 0)):
        other = nodes[1 - k]
        word = "multiplied" if row is MULTIPLY else "divided"
        said = elided(to_text(other))
        return f"in {text} it is {word} by {said}" + ("" if isinstance(other, Number) else ", which is 0 here")
    spelled = _slope(tape, i, k)
    return f"the slope {spelled + ' ' if spelled else ''}of {text} is 0 here"


def _slope(tape: Tape, i: int, k: int) -> str | None:
    """The partial of a row as a formula of the variables; None where it is long."""
    if sum(math.prod(tape.shape(a)) for a in tape.needed([i])) > _SPELLED:
        return None
    from gradcli.targets.source.errors import NotExpressible
    from gradcli.targets.source.formulas import to_text as written

    instruction = tape.instructions[i]
    row = instruction.primitive
    assert isinstance(row, Row)
    partial = row.partials[k]
    assert partial is not None
    slope = instantiate(tape, template(row, partial), (*instruction.arguments, i), instruction.attributes)
    try:
        text = written(tape, slope)
    except (GradcliError, NotExpressible):
        return None
    return text if len(text) <= _SLOPE and text != "0" else None
