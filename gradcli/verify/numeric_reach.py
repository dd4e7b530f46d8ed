"""Where an output really comes from at a point: the entries of instructions that reach it.

Two questions, pulled back from the output entry by entry: along which entries does it vary
smoothly (a kink there is one of the output), and which unsettled entries unsettle it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gradcli.autodiff.primitive import Row
from gradcli.autodiff.structural import EINSUM, ORDER_STATISTIC, STOP
from gradcli.autodiff.tape import Tape
from gradcli.targets.connection import Mask, factors_reach, folded, pulled, walk_back
from gradcli.verify.movement import Moving, Unsettled, holds, live, operands_of, weight


def smooth_reach(tape: Tape, output: int, values: Mapping[int, Any], moves: Moving) -> dict[int, Mask]:
    """Per instruction, the entries along which the output can vary: branches taken, extrema attained, no factor 0."""

    def handed(tape: Tape, i: int, k: int, mask: Mask) -> Mask | None:
        instruction = tape.instructions[i]
        primitive = instruction.primitive
        a = instruction.arguments[k]
        if isinstance(primitive, Row):
            kept = holds(primitive, k, operands_of(tape, i, values)) & live(tape, i, k, values, moves)
            return folded(mask & kept, instruction.shape, tape.shape(a))
        if primitive is STOP:
            return None
        if primitive is EINSUM:
            return factors_reach(tape, i, k, mask, weight(instruction.arguments[1 - k], values, moves))
        found = pulled(tape, i, k, mask)
        if primitive is ORDER_STATISTIC:
            found &= np.asarray(values[a]) == np.asarray(values[i])[..., None]
        return found

    return walk_back(tape, output, handed, _all(tape, output))


def unsettled_reach(tape: Tape, output: int, found: Mapping[int, Unsettled]) -> dict[int, Mask]:
    """Per unsettled instruction, the entries that unsettle the output."""

    def handed(tape: Tape, i: int, k: int, mask: Mask) -> Mask | None:
        a = tape.instructions[i].arguments[k]
        if i not in found or a not in found:
            return None
        return pulled(tape, i, k, mask & found[i].by[k]) & found[a].where

    return walk_back(tape, output, handed, _all(tape, output))


def structural_reach(tape: Tape, output: int, wanted: Mask) -> dict[int, Mask]:
    """Per instruction, the entries that the wanted ones of the output are made of, whatever the values are."""
    return walk_back(tape, output, pulled, wanted)


def _all(tape: Tape, output: int) -> Mask:
    return np.ones(tape.shape(output), dtype=bool)
