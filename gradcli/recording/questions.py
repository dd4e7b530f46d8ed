"""What a person asks of a tape, checked: targets with their seeds, sources, the one target of a Jacobian."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradcli.recording.dispatch import is_watched, node_of
from gradcli.recording.errors import TapeTypeError, TapeValueError
from gradcli.recording.record import Box, Node, Record
from gradcli.recording.structures import Structure, paired, structure_of
from gradcli.recording.sweep import ancestors


def sources_of(sources: Any) -> Structure:
    """A nest of sources.

    Raises:
        TypeError: if one of them is no recordable value.
    """
    asked = structure_of(sources)
    for source in asked.leaves:
        if not isinstance(source, Box):
            raise TapeTypeError(
                f"a source is a variable or another recordable value, not {type(source).__name__}",
                hint="wrap the number in gradcli.Variable(...) before it is used",
            )
    return asked


def seeded(target: Any, output_gradients: Any) -> list[tuple[Node, Node | None]]:
    """The targets that can have a gradient at all, each with its cotangent (None: ones).

    Args:
        target: a value, or a nest of them.
        output_gradients: None, a nest like `target`, or a flat list with one for each value in `target`.

    Raises:
        ValueError: if the output gradients do not fit the targets.
        TypeError: if a target is no value.
    """
    found: list[tuple[Node, Node | None]] = []
    for leaf, seed in _with_factors(target, output_gradients):
        if not isinstance(leaf, Box | int | float | complex | str | np.ndarray | np.generic):
            raise TapeTypeError(f"a target is a recorded value, not {leaf!r}")
        if not isinstance(leaf, Box) or leaf.node.value.dtype != np.float64:
            continue
        is_watched([seed])  # a variable used as a factor is used like any other
        node = None if seed is None else node_of(seed)
        if node is not None and node.shape != leaf.node.shape:
            shapes = f"{node.shape} does not fit a target of shape {leaf.node.shape}"
            raise TapeValueError(f"an output gradient of shape {shapes}")
        found.append((leaf.node, node))
    return found


def _with_factors(target: Any, output_gradients: Any) -> list[tuple[Any, Any]]:
    """Each target with its output gradient, which a nest like the targets or a flat list of them may hold."""
    flat = output_gradients if isinstance(output_gradients, list | tuple) else [output_gradients]
    if isinstance(target, Box) and len(flat) == 1 and getattr(flat[0], "shape", None) == target.node.shape:
        return [(target, flat[0])]
    try:
        return paired(target, output_gradients)
    except (ValueError, KeyError, TypeError) as error:
        leaves = structure_of(target).leaves
        if len(flat) != len(leaves):
            raise TapeValueError(f"output_gradients do not match the target: {error}") from None
        return list(zip(leaves, flat, strict=True))


def nodes_of(sources: Sequence[Box], record: Record, targets: Sequence[Node]) -> list[list[Node]]:
    """For each source the nodes it stands for.

    A target that the record does not hold stands for itself, unless another target was computed from
    it: that part would be missing, so there is no gradient at all (TensorFlow's rule).
    """
    groups: list[list[Node]] = []
    for source in sources:
        held, node = source.nodes_on(record), source.node
        others = [target for target in targets if target is not node]
        itself = node not in held and len(others) < len(targets) and node not in ancestors(record, others)
        groups.append([*held, node] if itself else held)
    return groups


def one_target(target: Any) -> Box:
    """The target of a Jacobian.

    Raises:
        TypeError: if it is no single recordable value.
    """
    if not isinstance(target, Box):
        raise TapeTypeError(
            f"a Jacobian has one target, a recorded value, not {type(target).__name__}",
            hint="ask once for each target of a persistent tape, or join them with np.stack or np.concatenate",
        )
    return target


def checked_unconnected(choice: str) -> bool:
    """Whether zeros stand for what is not connected.

    Raises:
        ValueError: if the choice is neither "none" nor "zero".
    """
    if choice not in ("none", "zero"):
        raise TapeValueError(f"unconnected_gradients is 'none' or 'zero', not {choice!r}")
    return choice == "zero"
