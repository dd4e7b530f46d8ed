"""Where the value of an output really comes from at a point: entries of instructions that reach it.

Unlike the tape's own reach this follows conditions too (a comparison that decides a branch
matters, although nothing is differentiated through it), and stops at `stop_gradient`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gradcli.autodiff.primitive import Row
from gradcli.autodiff.structural import (
    BROADCAST,
    CONCAT,
    INDEX,
    NORM,
    ORDER_STATISTIC,
    RESHAPE,
    STOP,
    SUM,
    TRANSPOSE,
    TRIANGLE,
)
from gradcli.autodiff.tape import Instruction, Tape
from gradcli.targets.array_shapes import KERNELS
from gradcli.targets.template_values import template_value

Mask = np.ndarray[Any, np.dtype[np.bool_]]


def numeric_reach(tape: Tape, output: int, values: Mapping[int, Any]) -> dict[int, Mask]:
    """Per instruction that reaches the output at these values, which of its entries do."""
    reach: dict[int, Mask] = {output: np.ones(tape.shape(output), dtype=bool)}
    for i in range(output, -1, -1):
        mask = reach.get(i)
        if mask is None or not mask.any():
            continue
        instruction = tape.instructions[i]
        for k, a in enumerate(instruction.arguments):
            handed = _hand_on(tape, i, instruction, k, mask, values)
            if handed is not None:
                reach[a] = handed if a not in reach else reach[a] | handed
    return reach


def _hand_on(
    tape: Tape, i: int, instruction: Instruction, k: int, mask: Mask, values: Mapping[int, Any]
) -> Mask | None:
    primitive = instruction.primitive
    shape = tape.shape(instruction.arguments[k])
    if isinstance(primitive, Row):
        if primitive.edges and primitive.edges[k] is not None:
            operands = [values[a] for a in (*instruction.arguments, i)]
            mask = mask & (np.asarray(template_value(primitive, primitive.edges[k] or "", operands)) != 0)
        return _folded(mask, shape)
    if primitive is STOP:
        return None
    if primitive is INDEX:
        handed = np.zeros(shape, dtype=bool)
        positions = KERNELS[INDEX](instruction.attributes, [shape], [np.arange(handed.size).reshape(shape)])
        handed.ravel()[np.asarray(positions)[mask]] = True
        return handed
    if primitive is RESHAPE:
        return mask.reshape(shape)
    if primitive is TRANSPOSE:
        return mask.transpose(np.argsort(instruction.attributes[0]))
    if primitive is BROADCAST:
        return _folded(mask, shape)
    if primitive is SUM:
        return np.broadcast_to(np.expand_dims(mask, instruction.attributes[0]), shape).copy()
    if primitive is TRIANGLE:
        return np.asarray(KERNELS[TRIANGLE](instruction.attributes, [shape], [mask]))
    if primitive is CONCAT:
        axis = instruction.attributes[0]
        start = sum(tape.shape(a)[axis] for a in instruction.arguments[:k])
        return np.take(mask, range(start, start + shape[axis]), axis=axis)
    if primitive in (ORDER_STATISTIC, NORM):
        return np.broadcast_to(mask[..., None], shape).copy()
    return np.full(shape, bool(mask.any()))


def _folded(mask: Mask, shape: tuple[int, ...]) -> Mask:
    """The mask OR-ed over the axes that a broadcast from `shape` stretched."""
    if mask.shape == shape:
        return mask
    if not shape:
        return np.asarray(mask.any())
    axes = tuple(k for k, (n, m) in enumerate(zip(mask.shape, shape, strict=True)) if n != m)
    return np.asarray(mask.any(axis=axes, keepdims=True))
