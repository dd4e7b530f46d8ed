"""Where an output really comes from at a point: the entries of instructions that reach it.

Two questions, pulled back from the output entry by entry: along which entries does it vary
smoothly (a kink there is one of the output), and which unsettled entries unsettle it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from gradcli.autodiff.primitive import Row, Ruled
from gradcli.autodiff.structural import CUMSUM, EINSUM, MOVES_ENTRIES, ORDER_STATISTIC, STOP, SUM
from gradcli.autodiff.tape import Tape
from gradcli.targets.array_shapes import KERNELS
from gradcli.verify.movement import Mask, Moving, Unsettled, holds, live, operands_of, weight


def smooth_reach(tape: Tape, output: int, values: Mapping[int, Any], moves: Moving) -> dict[int, Mask]:
    """Per instruction, the entries along which the output can vary: branches taken, extrema attained, no factor 0."""

    def handed(i: int, k: int, mask: Mask) -> Mask | None:
        instruction = tape.instructions[i]
        primitive = instruction.primitive
        a = instruction.arguments[k]
        if isinstance(primitive, Row):
            kept = holds(primitive, k, operands_of(tape, i, values)) & live(tape, i, k, values, moves)
            return _folded(mask & kept, tape.shape(a))
        if primitive is STOP:
            return None
        if primitive is EINSUM:
            return factors_reach(tape, i, k, mask, weight(instruction.arguments[1 - k], values, moves))
        pulled = _pulled(tape, i, k, mask)
        if primitive is ORDER_STATISTIC:
            pulled &= np.asarray(values[a]) == np.asarray(values[i])[..., None]
        return pulled

    return _walk(tape, output, handed)


def unsettled_reach(tape: Tape, output: int, found: Mapping[int, Unsettled]) -> dict[int, Mask]:
    """Per unsettled instruction, the entries that unsettle the output."""

    def handed(i: int, k: int, mask: Mask) -> Mask | None:
        a = tape.instructions[i].arguments[k]
        if i not in found or a not in found:
            return None
        mask = mask & found[i].by[k]
        if isinstance(tape.instructions[i].primitive, Row):
            pulled = _folded(mask, tape.shape(a))
        elif tape.instructions[i].primitive is EINSUM:
            pulled = factors_reach(tape, i, k, mask, np.ones(tape.shape(tape.instructions[i].arguments[1 - k])))
        else:
            pulled = _pulled(tape, i, k, mask)
        return pulled & found[a].where

    return _walk(tape, output, handed)


def structural_reach(tape: Tape, output: int, wanted: Mask) -> dict[int, Mask]:
    """Per instruction, the entries that the wanted ones of the output are made of, whatever the values are."""

    def handed(i: int, k: int, mask: Mask) -> Mask:
        instruction = tape.instructions[i]
        shape = tape.shape(instruction.arguments[k])
        if isinstance(instruction.primitive, Row):
            return _folded(mask, shape)
        if instruction.primitive is EINSUM:
            return factors_reach(tape, i, k, mask, np.ones(tape.shape(instruction.arguments[1 - k])))
        return np.asarray(mask).reshape(shape) if instruction.primitive is STOP else _pulled(tape, i, k, mask)

    return _walk(tape, output, handed, wanted)


def _walk(
    tape: Tape, output: int, handed: Callable[[int, int, Mask], Mask | None], wanted: Mask | None = None
) -> dict[int, Mask]:
    reach: dict[int, Mask] = {output: np.ones(tape.shape(output), dtype=bool) if wanted is None else wanted}
    for i in range(output, -1, -1):
        mask = reach.get(i)
        if mask is None or not mask.any():
            continue
        for k, a in enumerate(tape.instructions[i].arguments):
            one = handed(i, k, mask)
            if one is not None:
                reach[a] = one if a not in reach else reach[a] | one
    return reach


def _pulled(tape: Tape, i: int, k: int, mask: Mask) -> Mask:
    """The entries of argument `k` of a structural operation that the masked entries are made of."""
    instruction = tape.instructions[i]
    primitive, attributes = instruction.primitive, instruction.attributes
    shapes = [tape.shape(a) for a in instruction.arguments]
    if primitive in MOVES_ENTRIES or isinstance(primitive, Ruled):
        numbered = [np.zeros(s, dtype=int) for s in shapes]
        numbered[k] = np.arange(1, numbered[k].size + 1).reshape(shapes[k])
        taken = np.asarray(KERNELS[primitive](attributes, shapes, numbered))[mask]
        handed = np.zeros(numbered[k].size + 1, dtype=bool)
        handed[taken] = True
        return handed[1:].reshape(shapes[k])
    if primitive is SUM:
        return np.broadcast_to(np.expand_dims(mask, attributes[0]), shapes[k]).copy()
    if primitive is CUMSUM:
        axis, backward = attributes
        return np.asarray(KERNELS[CUMSUM]((axis, not backward), shapes, [mask.astype(float)]) > 0)
    if shapes[k][:-1] == mask.shape:  # a reduction of the last axis
        return np.broadcast_to(mask[..., None], shapes[k]).copy()
    return np.full(shapes[k], bool(mask.any()))


def factors_reach(tape: Tape, i: int, k: int, mask: Mask, other: Any) -> Mask:
    """The transposed product of a mask with the weights of the other factor."""
    left, right, result = tape.instructions[i].attributes
    letters = (result, right, left) if k == 0 else (left, result, right)
    factors = [mask.astype(float), np.asarray(other)]
    return np.asarray(KERNELS[EINSUM](letters, (), factors if k == 0 else factors[::-1]) > 0)


def _folded(mask: Mask, shape: tuple[int, ...]) -> Mask:
    """The mask OR-ed over the axes that a broadcast from `shape` stretched."""
    if mask.shape == shape:
        return mask
    if not shape:
        return np.asarray(mask.any())
    axes = tuple(k for k, (n, m) in enumerate(zip(mask.shape, shape, strict=True)) if n != m)
    return np.asarray(mask.any(axis=axes, keepdims=True))
