"""Infinities without a side: at a pole between -inf and inf (1/x at 0) floats hold one of them, which means nothing.

What is made of it is finite only by that choice: min(1/x, 5) is 5 at 0, but -inf is as near.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gradcli.autodiff.primitive import Row
from gradcli.autodiff.rows_arithmetic import WHERE
from gradcli.autodiff.tape import Tape
from gradcli.targets.arrays import numpy_kernel
from gradcli.targets.connection import Mask

BESIDE = 1e-6  #: relative (at 0: absolute) distance at which an operation is looked at beside its operands


def beside(row: Row, operands: Sequence[Any], orders: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Values of a row on both sides of its operands, each of which is moved on its own."""
    kernel = numpy_kernel(row)
    found = []
    for k, v in enumerate(operands):
        step = BESIDE * np.where(v != 0, np.abs(v), 1.0)
        moved = [[*operands[:k], v + sign * step, *operands[k + 1 :]] for sign in (-1, 1)]
        with np.errstate(all="ignore"):
            left, right = (np.asarray(kernel(*side, *orders), dtype=float) for side in moved)
        found.append((left, right))
    return found


def sideless(tape: Tape, order: Sequence[int], values: Mapping[int, Any]) -> dict[int, Mask]:
    """Per instruction, the entries that are infinite because of a pole that changes its sign there.

    Args:
        tape: the tape.
        order: instructions of the function, in order.
        values: theirs.
    """
    found: dict[int, Mask] = {}
    for i in order:
        infinite = np.isinf(values[i])
        instruction = tape.instructions[i]
        if not instruction.arguments or not infinite.any():
            continue
        mask = np.zeros(instruction.shape, dtype=bool)
        if isinstance(instruction.primitive, Row):
            operands = [np.asarray(values[a]) for a in instruction.arguments]
            for k, a in enumerate(instruction.arguments):
                if a in found:
                    mask = mask | (found[a] & taken(tape, i, k, values))
            orders = instruction.attributes if any(instruction.attributes) else ()
            finite = np.all(np.broadcast_arrays(*map(np.isfinite, operands)), axis=0)
            if np.any(infinite & finite):
                for left, right in beside(instruction.primitive, operands, orders):
                    mask = mask | (finite & np.isfinite(left) & np.isfinite(right) & (left * right < 0))
        elif any(a in found for a in instruction.arguments):
            mask = ~mask
        mask = mask & infinite
        if mask.any():
            found[i] = mask
    return found


def taken(tape: Tape, i: int, k: int, values: Mapping[int, Any]) -> Any:
    """Where a result of a row can be made of argument `k`: everywhere but in a branch of `where` that is not taken."""
    instruction = tape.instructions[i]
    if instruction.primitive is not WHERE or k == 0:
        return np.True_
    return (np.asarray(values[instruction.arguments[0]]) != 0) == (k == 1)
