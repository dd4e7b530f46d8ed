"""A plan run at many points, so many at a time as memory allows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from gradcli.limits import WALK_BYTES
from gradcli.targets.arrays import Apply, Array, Plan

_BYTES = 16  #: of one entry while it is computed: its own and those of a copy


def block_size(plan: Plan, moving: Collection[str]) -> int:
    """How many points or directions of the inputs named `moving` fit into `WALK_BYTES`; at least one."""
    return max(1, WALK_BYTES // (_BYTES * max(1, plan.widest(moving))))


def run_in_blocks(
    plan: Plan,
    inputs: Mapping[str, Any],
    points: Mapping[str, Array],
    held: Mapping[int, Any] | None = None,
    apply: Apply | None = None,
) -> list[Array]:
    """`Plan.run` at many points, in blocks.

    Args:
        plan: what is computed.
        inputs: values of the inputs that are the same at all points.
        points: values of the others, with an axis of N points in front.
        held: values of instructions that are not computed but given.
        apply: how instructions are computed, if not by their kernels; every block ends with the last point for it.

    Returns:
        One array per output of the plan, with the axis of points in front.
    """
    count = len(next(iter(points.values()))) if points else 1
    results = [np.empty((count, *plan.tape.shape(i))) for i in plan.outputs]
    step = block_size(plan, points)
    for start in range(0, count, step):
        chosen = np.arange(start, min(start + step, count))
        block = chosen if apply is None or chosen[-1] == count - 1 else np.append(chosen, count - 1)
        found = plan.run({**inputs, **{name: values[block] for name, values in points.items()}}, held, apply)
        for result, value in zip(results, found, strict=True):
            result[block] = value
    return results
