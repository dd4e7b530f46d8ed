"""Forward mode: push tangents along the tape, as more tape.

The tangent of a choice is the same choice between the tangents, never a product with 0 or 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradcli.autodiff.lanes import lanes_of, product_apart, seed_lanes
from gradcli.autodiff.primitive import Row, Structural
from gradcli.autodiff.rows_arithmetic import WHERE
from gradcli.autodiff.structural import EINSUM, broadcast, zeros
from gradcli.autodiff.tape import Instruction, Tape
from gradcli.autodiff.templates import instantiate, template
from gradcli.autodiff.vjp import edge_condition, linked


def jvp(tape: Tape, targets: Sequence[int], tangents: Mapping[int, int], apart: bool = False) -> list[int | None]:
    """Push tangents forward to the targets.

    Args:
        tape: the tape that holds everything; the sweep appends to it.
        targets: the instructions whose tangents are wanted.
        tangents: for each source instruction, an instruction of the same shape.
        apart: keep the lanes of the tangents apart (see `lanes`): where a tangent's 0 is the
            absence of any dependence, no partial is multiplied by it.

    Returns:
        For each target the index of its tangent, or None where it is not connected.
    """
    known: dict[int, int] = dict(tangents)
    lanes = {s: seed_lanes(tape, t) for s, t in tangents.items()} if apart else {}
    place = tape.place
    try:
        for i in linked(tape, targets):
            if i in known:
                continue
            instruction = tape.instructions[i]
            given = [known.get(a) for a in instruction.arguments]
            if all(t is None for t in given):
                continue
            tape.place = tape.places.get(i, place)
            masks = [lanes.get(a) for a in instruction.arguments]
            if apart:
                mask = lanes_of(tape, i, masks)
                if mask is None:
                    continue
                lanes[i] = mask
            tangent = _push(tape, i, instruction, given, masks)
            if tangent is not None:
                known[i] = tangent
    finally:
        tape.place = place
    return [known.get(t) for t in targets]


def _push(
    tape: Tape, i: int, instruction: Instruction, tangents: list[int | None], lanes: list[int | None]
) -> int | None:
    primitive = instruction.primitive
    if isinstance(primitive, Structural):
        paths = primitive.paths(instruction)
        given = [t if p else None for t, p in zip(tangents, paths, strict=True)]
        return _push_structural(tape, instruction, primitive, given, lanes)
    assert isinstance(primitive, Row)
    if primitive is WHERE:
        _, a, b = tangents
        if a is None and b is None:
            return None
        zero = tape.constant(0.0)
        chosen = tape.select(instruction.arguments[0], zero if a is None else a, zero if b is None else b)
        return broadcast(tape, chosen, instruction.shape)
    total: int | None = None
    for k, tangent in enumerate(tangents):
        partial_text = primitive.partials[k]
        if tangent is None or partial_text is None:
            continue
        compiled = template(primitive, partial_text)
        if compiled.constant == 0.0:
            term = zeros(tape, instruction.shape)
        elif compiled.constant == 1.0:
            term = tangent
        elif compiled.constant == -1.0:
            term = tape.negate(tangent)
        else:
            term = tape.multiply(
                tangent, instantiate(tape, compiled, (*instruction.arguments, i), instruction.attributes)
            )
            mask = lanes[k]
            if mask is not None:
                term = tape.select(mask, term, tape.constant(0.0))
        condition = edge_condition(tape, i, k)
        if condition is not None:
            term = tape.select(condition, term, tape.constant(0.0))
        total = term if total is None else tape.add(total, term)
    return None if total is None else broadcast(tape, total, instruction.shape)


def _push_structural(
    tape: Tape,
    instruction: Instruction,
    primitive: Structural,
    tangents: list[int | None],
    lanes: list[int | None],
) -> int | None:
    if primitive is not EINSUM or all(mask is None for mask in lanes):
        return primitive.tangent(tape, instruction, tangents)
    total: int | None = None
    for k, (tangent, mask) in enumerate(zip(tangents, lanes, strict=True)):
        if tangent is None or mask is None:
            continue
        term = product_apart(tape, instruction, k, tangent, mask)
        total = term if total is None else tape.add(total, term)
    return total
