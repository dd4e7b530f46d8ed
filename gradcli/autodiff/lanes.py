"""Lanes: which entries of a tangent can differ from 0 at all, given where its seed does, as instructions of 0 and 1.

A seed is fed the identity, one direction a lane. In the lane of x nothing that does not depend
on x has a tangent; 0 stands there only because the lanes share an array, and that 0 must not
meet an infinite partial by another variable. What is masked is this absence, never a 0 that was
computed: a computed 0 times an infinity stays NaN.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from gradcli.autodiff.primitive import Row, Ruled, Structural
from gradcli.autodiff.reach import along_last, positive
from gradcli.autodiff.rows_arithmetic import AND, NOT_EQUAL, OR
from gradcli.autodiff.structural import (
    CUMSUM,
    EINSUM,
    MOVES_ENTRIES,
    NORM,
    ORDER_STATISTIC,
    SUM,
    broadcast,
    permute,
    reshape,
    total,
)
from gradcli.autodiff.tape import Instruction, Tape
from gradcli.autodiff.templates import template
from gradcli.autodiff.vjp import edge_condition

_MOST_PRODUCTS = 4_096  #: of entries that a product of arrays is taken apart into


def seed_lanes(tape: Tape, seed: int) -> int:
    """Where a seed is not 0."""
    return tape.append(NOT_EQUAL, (seed, tape.constant(0.0)))


def lanes_of(tape: Tape, i: int, given: Sequence[int | None]) -> int | None:
    """Where the tangent of an instruction can differ from 0.

    Args:
        tape: appended to.
        i: the instruction.
        given: the same of its arguments, None for nowhere.

    Returns:
        An instruction of its shape, or None for nowhere.
    """
    instruction = tape.instructions[i]
    primitive = instruction.primitive
    if isinstance(primitive, Row):
        return _of_row(tape, i, given)
    assert isinstance(primitive, Structural)
    kept = [m if path else None for m, path in zip(given, primitive.paths(instruction), strict=True)]
    if all(m is None for m in kept):
        return None
    if isinstance(primitive, Ruled):
        rows = [None if m is None else positive(tape, tape.append(SUM, (m,), ((-1,),))) for m in kept]
        mixed = _either(tape, rows)
        if mixed is None or tape.shape(mixed) == instruction.shape:
            return mixed
        return along_last(tape, mixed, instruction.shape)
    if primitive in MOVES_ENTRIES:
        return primitive.tangent(tape, instruction, kept)
    if primitive is SUM or primitive is CUMSUM:
        summed = primitive.tangent(tape, instruction, kept)
        return None if summed is None else positive(tape, summed)
    if primitive is NORM or primitive is ORDER_STATISTIC:
        return positive(tape, tape.append(SUM, (kept[0] or 0,), ((-1,),)))
    if primitive is EINSUM:
        return _either(
            tape, [None if m is None else product_lanes(tape, instruction, k, m) for k, m in enumerate(kept)]
        )
    anywhere = _either(tape, [None if m is None else total(tape, m) for m in kept])
    if anywhere is None:
        return None
    one = reshape(tape, positive(tape, anywhere), (1,) * len(instruction.shape))
    return broadcast(tape, one, instruction.shape)


def product_lanes(tape: Tape, instruction: Instruction, k: int, mask: int) -> int:
    """Where a product varies with its factor `k`, given where that does."""
    factors = [broadcast(tape, tape.constant(1.0), tape.shape(a)) for a in instruction.arguments]
    factors[k] = mask
    return positive(tape, tape.append(EINSUM, factors, instruction.attributes))


def product_apart(tape: Tape, instruction: Instruction, k: int, tangent: int, mask: int) -> int:
    """A product with a tangent for its factor `k`, without the products whose tangent is absent.

    A sum of many products is taken apart for that while it is small; else what is absent
    altogether is left out.
    """
    left, right, result = instruction.attributes
    other = instruction.arguments[1 - k]
    names, others = (left, right) if k == 0 else (right, left)
    letters = result + "".join(c for c in dict.fromkeys(left + right) if c not in result)
    sizes = dict(zip(names, tape.shape(tangent), strict=True)) | dict(zip(others, tape.shape(other), strict=True))
    if math.prod(sizes.values()) > _MOST_PRODUCTS:
        factors = (tangent, other) if k == 0 else (other, tangent)
        product = tape.append(EINSUM, factors, instruction.attributes)
        return tape.select(product_lanes(tape, instruction, k, mask), product, tape.constant(0.0))

    def aligned(x: int, given: str) -> int:
        order = tuple(given.index(c) for c in letters if c in given)
        shape = tuple(sizes[c] if c in given else 1 for c in letters)
        return reshape(tape, permute(tape, x, order), shape)

    product = tape.multiply(aligned(tangent, names), aligned(other, others))
    kept = tape.select(aligned(mask, names), product, tape.constant(0.0))
    axes = tuple(range(len(result) - len(letters), 0))
    return tape.append(SUM, (kept,), (axes,)) if axes else kept


def _of_row(tape: Tape, i: int, given: Sequence[int | None]) -> int | None:
    instruction = tape.instructions[i]
    row = instruction.primitive
    assert isinstance(row, Row)
    found: list[int | None] = []
    for k, mask in enumerate(given):
        text = row.partials[k]
        if mask is None or text is None or template(row, text).constant == 0.0:
            continue
        condition = edge_condition(tape, i, k)
        found.append(mask if condition is None else tape.append(AND, (mask, condition)))
    either = _either(tape, found)
    return None if either is None else broadcast(tape, either, instruction.shape)


def _either(tape: Tape, masks: Sequence[int | None]) -> int | None:
    joined: int | None = None
    for mask in masks:
        if mask is not None:
            joined = mask if joined is None else tape.append(OR, (joined, mask))
    return joined
