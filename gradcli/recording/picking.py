"""Indexing, and NumPy's functions that only pick, repeat or move entries: as they do with positions, so with values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.autodiff.gathering import GATHER, SPREAD, Positions
from gradcli.autodiff.structural import INDEX, reshape
from gradcli.autodiff.tape import Tape
from gradcli.recording.record import Array, Node, execute
from gradcli.recording.structures import structure_of
from gradcli.recording.translation import Element


def picked(node: Node, choose: Callable[[Array], Any]) -> Any:
    """Entries of a node, chosen by a function of the array of their positions.

    Args:
        node: the values.
        choose: gives, from the positions in the node's shape, an array of positions (or a nest of such arrays).

    Returns:
        A node in place of each array that `choose` gives.
    """
    structure = structure_of(choose(np.arange(node.value.size).reshape(node.shape)))
    return structure.rebuild([_gather(node, np.array(leaf)) for leaf in structure.leaves])


def added_up(node: Node, positions: Array, size: int) -> Node:
    """An array of some size, in which each entry of a node is added at its position.

    Args:
        node: the values.
        positions: whole numbers below `size`, in the node's shape.
        size: entries of the result.
    """
    places = Positions(positions, size)
    return _applied(node, lambda tape, x: tape.append(SPREAD, (x,), (places, (size,))))


def indexed(node: Node, at: Element) -> Node:
    """An entry or a slice of a node; made without a text, because loops index by ever new numbers."""
    return _applied(node, lambda tape, x: reshape(tape, tape.append(INDEX, (x,), (at.parts,)), at.shape))


def _gather(node: Node, positions: Array) -> Node:
    return _applied(node, lambda tape, x: tape.append(GATHER, (x,), (Positions(positions, node.value.size),)))


def _applied(node: Node, operation: Callable[[Tape, int], int]) -> Node:
    tape = Tape()
    operand = tape.input("x0", node.shape)
    result = operation(tape, operand)
    nodes = {operand: node}
    execute(tape, range(1, len(tape)), nodes)
    return nodes[result]


#: Functions that pick, with the place of the array among their arguments and its name.
PICKING: dict[Callable[..., Any], tuple[int, str]] = {
    getattr(np, name): (place, keyword)
    for place, keyword, names in (
        (0, "a", "take repeat roll resize diagonal"),
        (0, "arr", "take_along_axis delete"),
        (0, "m", "rot90 fliplr flipud"),
        (0, "A", "tile"),
        (0, "ary", "split array_split hsplit vsplit dsplit"),
        (1, "a", "compress"),
        (1, "arr", "extract"),
        (0, "x", "unstack matrix_transpose"),
    )
    for name in names.split()
    if hasattr(np, name)
}
