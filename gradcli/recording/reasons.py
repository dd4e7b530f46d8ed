"""Why a gradient is None: read off the record, and off what each value remembers of where its path was cut."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradcli.recording.record import Box, Node, Record
from gradcli.recording.structures import structure_of
from gradcli.recording.sweep import ancestors
from gradcli.recording.values import Variable

_KINDS = {"b": "truth values", "i": "whole numbers", "u": "whole numbers", "c": "complex numbers"}


def reason(record: Record, target: Any, source: Box) -> str:
    """Why no gradient leads from a target (or a nest of them) to a source, in words.

    Args:
        record: what the tape saw.
        target: what was differentiated.
        source: the value whose gradient is None.

    Returns:
        A sentence that says what to do where something can be done.
    """
    of_source = _of_source(record, source)
    found = [
        _of_kind(leaf) or of_source or _of_target(record, leaf) or _of_path(record, leaf.node, source)
        for leaf in structure_of(target).leaves
    ]
    return "; ".join(dict.fromkeys(found)) or "there is no target"


def _of_kind(target: Any) -> str | None:
    if not isinstance(target, Box):
        kind = type(target).__name__
        return f"the target is a plain {kind}: it left the record, as with float(x), x.numpy() or Python's math"
    cut = f" ({target.node.cut} gave it)" if target.node.cut else ""
    if target.node.value.dtype != np.float64:
        return f"the target holds {_held(target)}, and only real floating-point values have gradients{cut}"
    return None


def _of_target(record: Record, target: Box) -> str | None:
    if target.nodes_on(record):
        return None
    if target.node.cut:
        return f"the target was computed through {target.node.cut}, which passes no gradient on"
    return "the target was not computed from anything this tape watched while it was recording"


def _of_source(record: Record, source: Box) -> str | None:
    node = source.node
    if node.value.dtype != np.float64:
        number = " (write 3.0 for 3)" if node.value.dtype.kind in "iu" else ""
        return f"the source holds {_held(source)}, and only real floating-point values have gradients{number}"
    if source.nodes_on(record):
        return None
    if isinstance(source, Variable):
        if not source.trainable:
            return "the source is a variable that is not trainable, so tapes do not watch it: tape.watch(x) does"
        if not record.watch_accessed_variables:
            return "this tape watches nothing by itself (watch_accessed_variables=False): tape.watch(x) does"
        return "the source is a variable that no operation used while this tape was recording"
    if node.cut:
        return f"the source was computed through {node.cut}, so this tape does not watch it: tape.watch(x) does"
    return (
        "this tape does not watch the source, which is a value, not a variable: "
        "call tape.watch(x) before it is used (x = x + 1 makes a variable a value; x.assign_add(1) does not)"
    )


def _of_path(record: Record, target: Node, source: Box) -> str:
    above = ancestors(record, [target])
    nodes = source.nodes_on(record)
    if target in ancestors(record, nodes) and target not in nodes:
        return "the source was computed from the target, not the target from the source"
    cuts = sorted({node.cut for node in above if node.cut})
    through = f"; what was computed through {', '.join(cuts)} passes none on" if cuts else ""
    if any(node in above for node in nodes):
        return f"the target uses the source only where no gradient passes, or a custom gradient is None{through}"
    return f"the target was not computed from the source{through}"


def _held(box: Box) -> str:
    return _KINDS.get(box.node.value.dtype.kind, "text")


class Answer:
    """What one call of `gradient` found unconnected, kept when the record is released; it keeps no value alive."""

    def __init__(self, record: Record, target: Any, sources: Sequence[Box], connected: Sequence[bool]) -> None:
        self._targets = [_reference(leaf) for leaf in structure_of(target).leaves]
        self._sources = [
            (_reference(source), None if found else reason(record, target, source))
            for source, found in zip(sources, connected, strict=True)
        ]

    def covers(self, target: Any, source: Box) -> bool:
        """Whether this target and this source were asked about."""
        leaves = structure_of(target).leaves
        same = len(leaves) == len(self._targets) and all(a() is b for a, b in zip(self._targets, leaves, strict=True))
        return same and any(known() is source for known, _ in self._sources)

    def why(self, source: Box) -> str | None:
        """The reason that was found for a source; None if it is connected."""
        return next(text for known, text in self._sources if known() is source)


def _reference(leaf: Any) -> Callable[[], Any]:
    return weakref.ref(leaf) if isinstance(leaf, Box | np.ndarray) else lambda: leaf
