"""Reverse mode: pull a cotangent back from one instruction to the inputs, as more tape.

Two ideas keep it honest. Zero is absence: what is not connected gets no instruction. And an
instruction's *reach* says where the target depends on it at all: nonlinear contributions are
selected by it, so a branch that was not taken cannot inject a NaN.
"""

from __future__ import annotations

from collections.abc import Sequence

from gradcli.autodiff.primitive import Opaque, Row, Ruled, Shape, Structural
from gradcli.autodiff.reach import Reach, along_last, positive
from gradcli.autodiff.rows_arithmetic import AND
from gradcli.autodiff.structural import NORM, ORDER_STATISTIC, broadcast, unbroadcast, zeros
from gradcli.autodiff.tape import Instruction, Tape
from gradcli.autodiff.templates import instantiate, template


def paths(instruction: Instruction) -> tuple[bool, ...]:
    """Per argument, whether the edge is a differentiable path (0 along it still counts)."""
    primitive = instruction.primitive
    if isinstance(primitive, Row):
        return tuple(p is not None for p in primitive.partials)
    if isinstance(primitive, Structural):
        return primitive.paths(instruction)
    return (True,) * len(instruction.arguments)


def active_from(tape: Tape, sources: Sequence[int], end: int) -> bytearray:
    """For each instruction up to `end`, whether a differentiable path leads to it from a source."""
    active = bytearray(end + 1)
    for s in sources:
        if s <= end:
            active[s] = 1
    instructions = tape.instructions
    for i in range(min(sources, default=end), end + 1):
        instruction = instructions[i]
        if instruction.arguments and not active[i]:
            for a, path in zip(instruction.arguments, paths(instruction), strict=True):
                if path and active[a]:
                    active[i] = 1
                    break
    return active


def linked(tape: Tape, targets: Sequence[int]) -> list[int]:
    """Instructions from which differentiable paths lead to the targets, these included, in order."""
    marked = set(targets)
    pending = list(marked)
    while pending:
        instruction = tape.instructions[pending.pop()]
        for a, path in zip(instruction.arguments, paths(instruction), strict=True):
            if path and a not in marked:
                marked.add(a)
                pending.append(a)
    return sorted(marked)


def vjp(
    tape: Tape,
    target: int,
    cotangent: int,
    sources: Sequence[int],
    reached: int | None = None,
    linear: bool = False,
) -> list[int | None]:
    """Pull `cotangent` (of the target's shape) back to the sources.

    Args:
        tape: the tape that holds everything; the sweep appends to it.
        target: the instruction that is differentiated.
        cotangent: the seed, an instruction of the target's shape.
        sources: instructions to differentiate by.
        reached: where the target itself is wanted (0 and 1, of its shape); None for everywhere.
        linear: the target is linear in them, so that no branch has to be kept out.

    Returns:
        For each source the index of its adjoint, or None where it is not connected.
    """
    adjoints = all_adjoints(tape, target, cotangent, sources, reached, linear)
    return [adjoints.get(s) for s in sources]


def all_adjoints(
    tape: Tape,
    target: int,
    cotangent: int,
    sources: Sequence[int],
    reached: int | None = None,
    linear: bool = False,
    written: bool = False,
) -> dict[int, int]:
    """Adjoint of every instruction on a path from a source to the target (see `vjp`).

    Where `written`, also of those that compute the value of a `Ruled` instruction, in place of its rule.
    """
    active = active_from(tape, sources, target)
    adjoints = {target: cotangent} if active[target] else {}
    reach = Reach(tape, always=linear)
    reach.of[target] = reached
    place = tape.place
    try:
        for i in range(target, min(sources, default=0) - 1, -1):  # nothing below the sources leads to them
            adjoint = adjoints.get(i)
            instruction = tape.instructions[i]
            if adjoint is None or not instruction.arguments:
                continue
            tape.place = tape.places.get(i, place)
            for k, a in enumerate(instruction.arguments):
                if not active[a]:
                    continue
                if written and isinstance(instruction.primitive, Ruled):
                    contribution, edge = (None if k else adjoint), reach.of[i]
                else:
                    contribution, edge = _contribution(tape, i, k, adjoint, reach)
                if contribution is None:
                    continue
                known = adjoints.get(a)
                adjoints[a] = contribution if known is None else tape.add(known, contribution)
                reach.extend(a, edge)
    finally:
        tape.place = place
    return adjoints


def _contribution(tape: Tape, i: int, k: int, adjoint: int, reaches: Reach) -> tuple[int | None, int | None]:
    """What instruction `i` gives to the adjoint of its argument `k`, and the reach it hands on."""
    instruction = tape.instructions[i]
    primitive = instruction.primitive
    shape = tape.shape(instruction.arguments[k])
    reach = reaches.of[i]
    if isinstance(primitive, Row):
        partial_text = primitive.partials[k]
        if partial_text is None:
            return None, None
        operands = (*instruction.arguments, i)
        compiled = template(primitive, partial_text)
        if compiled.constant == 0.0:
            return zeros(tape, shape), _gathered(tape, reach, instruction.shape, shape)
        value = adjoint
        if compiled.constant == -1.0:
            value = tape.negate(adjoint)
        elif compiled.constant != 1.0:
            value = tape.multiply(adjoint, instantiate(tape, compiled, operands, instruction.attributes))
        condition = edge_condition(tape, i, k)
        masks = [m for m in (condition, reach if compiled.constant is None else None) if m is not None]
        for mask in masks:
            value = tape.select(mask, value, tape.constant(0.0))
        reach = condition if reach is None else reach if condition is None else tape.append(AND, (reach, condition))
        return unbroadcast(tape, value, shape), _gathered(tape, reach, instruction.shape, shape)
    if isinstance(primitive, Opaque):  # it has the last word on its argument, so the reach begins anew
        return primitive.contribution(tape, instruction, k, adjoint), None
    assert isinstance(primitive, Structural)
    if not primitive.paths(instruction)[k]:
        return None, None
    value = primitive.transpose(tape, instruction, k, adjoint)
    if primitive.whole:
        condition = reaches.pull_back(i, k)
        return value if condition is None else tape.select(condition, value, tape.constant(0.0)), condition
    mixing = primitive is NORM or primitive is ORDER_STATISTIC or isinstance(primitive, Ruled)
    if mixing and reach is not None:
        value = tape.select(along_last(tape, reach, shape), value, tape.constant(0.0))
    return value, reaches.pull_back(i, k)


def _gathered(tape: Tape, reach: int | None, result: Shape, shape: Shape) -> int | None:
    """The reach of a row's result for an argument that was broadcast: an entry counts if a copy of it does."""
    if reach is None or tape.shape(reach) == shape:
        return reach
    return positive(tape, unbroadcast(tape, broadcast(tape, reach, result), shape))


def edge_condition(tape: Tape, i: int, k: int) -> int | None:
    """The condition under which a row's result depends on its argument `k`; None for always."""
    instruction = tape.instructions[i]
    row = instruction.primitive
    if not isinstance(row, Row) or not row.edges:
        return None
    text = row.edges[k]
    if text is None:
        return None
    return instantiate(tape, template(row, text), (*instruction.arguments, i), instruction.attributes)
