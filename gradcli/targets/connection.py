"""What entries are made of, whatever their values are: masks through one operation, and pulled back from an output.

A mask says for each entry of an instruction whether it counts. It may have further axes in front, so that one walk
pulls back many masks at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradcli.autodiff.gathering import GATHER
from gradcli.autodiff.primitive import Row, Ruled, Shape
from gradcli.autodiff.structural import CUMSUM, EINSUM, MOVES_ENTRIES, STOP, SUM
from gradcli.autodiff.tape import Tape
from gradcli.autodiff.vjp import paths
from gradcli.targets.array_shapes import KERNELS

Mask = np.ndarray[Any, np.dtype[np.bool_]]

_TOGETHER = 4_000_000  #: entries of the masks of one instruction that are walked together


def connected(tape: Tape, output: int, sources: Sequence[int]) -> Mask:
    """Which entries of the sources (columns) a differentiable path leads from to which of the output (rows), (m, n).

    A path counts also where it is multiplied by 0, or in a branch that is not taken.
    """
    m, shape = math.prod(tape.shape(output)), tape.shape(output)
    sizes = [math.prod(tape.shape(s)) for s in sources]
    found = np.zeros((m, sum(sizes)), dtype=bool)
    largest = max(math.prod(tape.shape(i)) for i in tape.needed([output]))
    step = max(1, _TOGETHER // max(1, largest))
    for start in range(0, m, step):
        rows = min(step, m - start)
        reach = walk_back(tape, output, _path, np.eye(rows, m, start, dtype=bool).reshape((rows, *shape)))
        for s, end, size in zip(sources, np.cumsum(sizes), sizes, strict=True):
            if s in reach:
                found[start : start + rows, end - size : end] = reach[s].reshape((rows, size))
    return found


def _path(tape: Tape, i: int, k: int, mask: Mask) -> Mask | None:
    """A mask pulled back along an edge that is a differentiable path; a rule's own paths are its definition's."""
    instruction = tape.instructions[i]
    if isinstance(instruction.primitive, Ruled):
        return mask if k == 0 else None
    return pulled(tape, i, k, mask) if paths(instruction)[k] else None


def walk_back(
    tape: Tape, output: int, handed: Callable[[Tape, int, int, Mask], Mask | None], wanted: Mask
) -> dict[int, Mask]:
    """Masks of all instructions that something is handed on to, from the `wanted` entries of the output.

    Args:
        tape: the tape.
        output: where the walk begins.
        handed: what an instruction's mask hands on to its argument `k`, called as `handed(tape, i, k, mask)`.
        wanted: the mask of the output.
    """
    reach = {output: wanted}
    for i in range(output, -1, -1):
        mask = reach.get(i)
        if mask is None or not mask.any():
            continue
        for k, a in enumerate(tape.instructions[i].arguments):
            one = handed(tape, i, k, mask)
            if one is not None:
                reach[a] = one if a not in reach else reach[a] | one
    return reach


def pulled(tape: Tape, i: int, k: int, mask: Mask) -> Mask:
    """The entries of argument `k` that the masked entries of instruction `i` are made of."""
    instruction = tape.instructions[i]
    primitive, attributes, whole = instruction.primitive, instruction.attributes, instruction.shape
    shapes = [tape.shape(a) for a in instruction.arguments]
    shape = shapes[k]
    lead = mask.shape[: mask.ndim - len(whole)]
    if isinstance(primitive, Row):
        return folded(mask, whole, shape)
    if primitive is STOP:
        return mask
    if primitive is EINSUM:
        return factors_reach(tape, i, k, mask, np.ones(shapes[1 - k]))
    if primitive in MOVES_ENTRIES or primitive is GATHER or isinstance(primitive, Ruled):
        numbered = [np.zeros(s, dtype=int) for s in shapes]
        numbered[k] = np.arange(1, numbered[k].size + 1).reshape(shape)
        taken = np.asarray(KERNELS[primitive](attributes, shapes, numbered)).ravel()
        *front, at = np.nonzero(mask.reshape((*lead, taken.size)))
        found = np.zeros((*lead, numbered[k].size + 1), dtype=bool)
        found[(*front, taken[at])] = True
        return found[..., 1:].reshape((*lead, *shape))
    if primitive is SUM:
        return np.broadcast_to(np.expand_dims(mask, attributes[0]), (*lead, *shape)).copy()
    if primitive is CUMSUM:
        axis, backward = attributes
        return np.asarray(KERNELS[CUMSUM]((axis, not backward), shapes, [mask.astype(float)]) > 0)
    if shape and shape[:-1] == whole:  # a reduction of the last axis
        return np.broadcast_to(mask[..., None], (*lead, *shape)).copy()
    anything = mask.any(axis=tuple(range(-len(whole), 0)))
    return np.broadcast_to(anything.reshape((*lead, *(1,) * len(shape))), (*lead, *shape)).copy()


def pushed(tape: Tape, i: int, k: int, mask: Mask) -> Mask:
    """The entries of instruction `i` that are made of the masked entries of its argument `k`."""
    instruction = tape.instructions[i]
    primitive, shape = instruction.primitive, instruction.shape
    shapes = [tape.shape(a) for a in instruction.arguments]
    if isinstance(primitive, Row):
        return np.broadcast_to(mask, shape)
    if primitive in (*MOVES_ENTRIES, GATHER, SUM, CUMSUM, EINSUM, STOP):
        given = [np.full(s, float(primitive is EINSUM)) for s in shapes]
        given[k] = mask.astype(float)
        return np.asarray(KERNELS[primitive](instruction.attributes, shapes, given) > 0)
    if shapes[k] and shapes[k][:-1] == shape:  # a reduction of the last axis
        return np.asarray(mask.any(axis=-1))
    if isinstance(primitive, Ruled) and mask.shape == shape:  # all entries of a row meet
        return np.broadcast_to(mask.any(axis=-1, keepdims=True), shape)
    return np.full(shape, bool(mask.any()))


def factors_reach(tape: Tape, i: int, k: int, mask: Mask, other: Any) -> Mask:
    """The transposed product of a mask with the weights of the other factor."""
    left, right, result = tape.instructions[i].attributes
    letters = (result, right, left) if k == 0 else (left, result, right)
    factors = [mask.astype(float), np.asarray(other)]
    return np.asarray(KERNELS[EINSUM](letters, (), factors if k == 0 else factors[::-1]) > 0)


def folded(mask: Mask, whole: Shape, shape: Shape) -> Mask:
    """The mask of a result of shape `whole`, OR-ed over the axes that a broadcast from `shape` stretched."""
    if whole == shape:
        return mask
    if not shape:
        return np.asarray(mask.any(axis=tuple(range(-len(whole), 0))))
    axes = tuple(k - len(whole) for k, (n, m) in enumerate(zip(whole, shape, strict=True)) if n != m)
    return np.asarray(mask.any(axis=axes, keepdims=True))
