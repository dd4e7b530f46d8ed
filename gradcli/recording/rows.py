"""Many pullbacks of one target at once: what the rows of a Jacobian are.

Kernels broadcast over leading axes, so one sweep with a stack of cotangents serves all rows.
Where another tape watches, or an opaque operation is on the way, each row is a sweep of its own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from gradcli.autodiff.primitive import Opaque
from gradcli.recording.programs import compute
from gradcli.recording.record import Array, Node, Record, active_records
from gradcli.recording.sweep import RunningTape, adjoints_of, pull_back, written_out
from gradcli.recording.translation import names, reshaped, whole
from gradcli.targets.arrays import Plan

#: Entries of the largest array that one sweep over a stack of cotangents may make.
_MOST_AT_ONCE = 2**22


def jacobian_nodes(record: Record, target: Node, sources: Sequence[Sequence[Node]]) -> list[Node | None]:
    """The Jacobian of a target by each source, of shape `target.shape + source.shape`, or None where not connected."""
    cotangents = np.eye(target.value.size).reshape(target.value.size, *target.shape)
    found = pull_back_rows(record, target, cotangents, sources)
    return [None if rows is None else _in_shape(rows, target.shape + rows.shape[1:]) for rows in found]


def batch_jacobian_node(record: Record, target: Node, source: Sequence[Node]) -> Node | None:
    """The Jacobian of each example of a batch, for a target whose examples are independent of one another.

    Args:
        record: the history to go back through.
        target: a node of shape (batch, ...).
        source: the nodes that stand for the source, of shape (batch, ...).

    Returns:
        A node of shape `target.shape + source.shape[1:]`, or None where not connected.
    """
    batch, *each = target.shape
    one = np.eye(math.prod(each)).reshape(math.prod(each), 1, *each)
    (rows,) = pull_back_rows(record, target, np.repeat(one, batch, axis=1), [source])
    if rows is None:
        return None
    order = (1, 0, *range(2, len(rows.shape)))
    return _in_shape(compute(f"transpose(x0, axes={whole(order)})", [rows]), target.shape + rows.shape[2:])


def _in_shape(node: Node, shape: tuple[int, ...]) -> Node:
    if any(record.holds(node) for record in active_records()):
        return compute(reshaped("x0", node.shape, shape), [node])
    return Node(node.value.reshape(shape))


def pull_back_rows(
    record: Record, target: Node, cotangents: Array, sources: Sequence[Sequence[Node]]
) -> list[Node | None]:
    """A gradient for each cotangent.

    Args:
        record: the history to go back through.
        target: the node that is differentiated.
        cotangents: an array of shape (rows, *target.shape).
        sources: for each source the nodes it stands for.

    Returns:
        For each source the gradients, of shape (rows, *source.shape), or None where it is not connected.
    """
    if target.value.dtype != np.float64:
        return [None] * len(sources)
    tape = written_out(record, [target])
    watched = any(other.holds(node) for other in active_records() for node in tape.index)
    if watched or any(isinstance(instruction.primitive, Opaque) for instruction in tape.instructions):
        return _one_by_one(record, target, cotangents, sources)
    return _together(tape, target, cotangents, sources)


def _together(
    tape: RunningTape, target: Node, cotangents: Array, sources: Sequence[Sequence[Node]]
) -> list[Node | None]:
    held = {i: node.value for i, node in tape.nodes.items()}
    inputs = {name: held[i] for name, i in tape.inputs.items()}
    seed = tape.input("seed", target.shape)
    results = adjoints_of(tape, [(tape.index[target], seed)], sources)
    plan = Plan(tape, [i for i in results if i is not None])
    largest = max((math.prod(tape.shape(i)) for i in plan.order), default=1)
    step = max(1, _MOST_AT_ONCE // max(largest, 1))
    parts = [
        plan.run(inputs | {"seed": cotangents[k : k + step]}, held) for k in range(0, max(len(cotangents), 1), step)
    ]
    joined = (np.concatenate(rows) for rows in zip(*parts, strict=True))
    return [None if i is None else Node(next(joined)) for i in results]


def _one_by_one(
    record: Record, target: Node, cotangents: Array, sources: Sequence[Sequence[Node]]
) -> list[Node | None]:
    rows = [pull_back(record, [(target, Node(cotangent.copy()))], sources) for cotangent in cotangents]
    found: list[Node | None] = []
    for gradients in zip(*rows, strict=True):
        shape = next((g.shape for g in gradients if g is not None), None)
        parts = [Node(np.zeros(shape or ())) if g is None else g for g in gradients]
        found.append(None if shape is None else compute(f"stack({names(len(parts))})", parts))
    return found if rows else [None] * len(sources)
