"""The public recorder: a tape that notes what NumPy code does to watched values, and goes back through it.

It follows the semantics of TensorFlow's `GradientTape`, on NumPy's own functions.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any, Literal, Self

import numpy as np

from gradcli.recording.dispatch import is_watched, node_of
from gradcli.recording.errors import NotRecordedError, TapeStateError, TapeValueError
from gradcli.recording.functions import recorded_function, stop_gradient
from gradcli.recording.record import Box, Node, Record, active_records
from gradcli.recording.structures import paired, structure_of
from gradcli.recording.sweep import pull_back
from gradcli.recording.values import Value, Variable, constant

__all__ = ["Tape", "Value", "Variable", "constant", "recorded_function", "stop_gradient"]


class Tape:
    """Records the computations made inside its `with` block, for gradients.

    A computation is recorded if it depends on a value the tape watches: trainable variables are
    watched when they are used, other recordable values when `watch` says so. Python's control
    flow is recorded as it happened. Tapes may be nested: an outer tape records the gradients an
    inner one computes, which gives derivatives of higher order. Each thread has its own active tapes.

    Args:
        persistent: keep the record after `gradient`, so that it can be asked again.
        watch_accessed_variables: watch trainable variables when they are used.

    >>> x = Variable(3.0)
    >>> with Tape() as tape:
    ...     y = x * x
    >>> tape.gradient(y, x)
    Value(6.0)

    >>> with Tape() as outer:
    ...     with Tape() as inner:
    ...         y = x**3
    ...     slope = inner.gradient(y, x)
    >>> outer.gradient(slope, x)
    Value(18.0)
    """

    def __init__(self, persistent: bool = False, watch_accessed_variables: bool = True) -> None:
        self._persistent = persistent
        self._watch_accessed_variables = watch_accessed_variables
        self._record: Record | None = Record(watch_accessed_variables)
        self._active_in: list[Record] | None = None

    def __enter__(self) -> Self:
        if self._active_in is not None:
            raise TapeValueError(
                "this tape is recording already",
                hint="use a new gradcli.Tape() inside; nested tapes give higher orders",
            )
        if self._record is None:
            self._record = Record(self._watch_accessed_variables)
        self._active_in = active_records()
        self._active_in.append(self._record)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stop()

    def _stop(self) -> None:
        if self._active_in is not None and self._record is not None:
            self._active_in.remove(self._record)
        self._active_in = None

    def watch(self, values: Any) -> None:
        """Watch values for themselves: `gradcli.constant`s, computed values, variables that are not trainable.

        Args:
            values: a recordable value, or a nest of them in lists, tuples and dictionaries.

        Raises:
            ValueError: for a plain number or array, which has no identity that could be watched.
            RuntimeError: if the record is released.

        >>> x = constant([1.0, 2.0])
        >>> with Tape() as tape:
        ...     tape.watch(x)
        ...     y = np.sum(x**3)
        >>> tape.gradient(y, x)
        Value([ 3. 12.])
        """
        record = self._held()
        boxes = structure_of(values).leaves
        for leaf in boxes:
            if not isinstance(leaf, Box):
                raise TapeValueError(
                    f"a plain {type(leaf).__name__} cannot be watched: wrap it in gradcli.constant(...) first",
                    hint="x = gradcli.constant(2.0); tape.watch(x)",
                )
        for box in boxes:
            box.watched_by(record)

    def gradient(
        self,
        target: Any,
        sources: Any,
        output_gradients: Any = None,
        unconnected_gradients: Literal["none", "zero"] = "none",
    ) -> Any:
        """The gradient of the sum of all entries of all targets.

        Args:
            target: a recorded value, or a nest of them.
            sources: variables, watched or computed values to differentiate by, or a nest of them.
            output_gradients: factors of the targets' entries in that sum: a nest like `target`
                with arrays of the targets' shapes, or None for ones.
            unconnected_gradients: what stands for a gradient that is not connected, "none" for None
                or "zero" for zeros in the source's shape.

        Returns:
            Values in the shapes of the sources, in the structure of `sources`. None stands where
            there is no differentiable path that this tape has seen.

        Raises:
            RuntimeError: at a second call, unless the tape is persistent.
            TypeError: if the target or a source is no value, or a source a plain number.
            ValueError: if `output_gradients` does not fit the target.

        >>> w, b = Variable([1.0, 2.0]), Variable(0.5)
        >>> with Tape() as tape:
        ...     loss = np.mean((w * 3.0 + b) ** 2)
        >>> tape.gradient(loss, {"w": w, "b": b})
        {'w': Value([10.5 19.5]), 'b': Value(10.0)}
        """
        record = self._held()
        if unconnected_gradients not in ("none", "zero"):
            raise TapeValueError(f"unconnected_gradients is 'none' or 'zero', not {unconnected_gradients!r}")
        asked = structure_of(sources)
        for source in asked.leaves:
            _check_source(source)
        targets = _seeded(target, output_gradients)
        for leaf in structure_of(target).leaves:
            if isinstance(leaf, Box):
                leaf.used_by(record)
        if not self._persistent:
            self._stop()
        found = pull_back(record, targets, [source.nodes_on(record) for source in asked.leaves])
        if not self._persistent:
            self._record = None
        zero = unconnected_gradients == "zero"
        return asked.rebuild(
            [
                Value(node) if node is not None else constant(np.zeros(source.shape)) if zero else None
                for node, source in zip(found, asked.leaves, strict=True)
            ]
        )

    def _held(self) -> Record:
        if self._record is None:
            raise TapeStateError(
                "this tape has answered and released its record",
                hint="gradcli.Tape(persistent=True) can be asked for gradients more than once",
            )
        return self._record


def _check_source(source: Any) -> None:
    if not isinstance(source, Box):
        raise NotRecordedError(
            f"a source is a variable or another recordable value, not {type(source).__name__}",
            hint="wrap the number in gradcli.Variable(...) before it is used",
        )


def _seeded(target: Any, output_gradients: Any) -> list[tuple[Node, Node | None]]:
    """The targets that can have a gradient at all, each with its cotangent."""
    try:
        pairs = paired(target, output_gradients)
    except (ValueError, KeyError, TypeError) as error:
        raise TapeValueError(f"output_gradients do not match the target: {error}") from None
    seeded: list[tuple[Node, Node | None]] = []
    for leaf, seed in pairs:
        if not isinstance(leaf, Box | int | float | complex | str | np.ndarray | np.generic):
            raise NotRecordedError(f"a target is a recorded value, not {leaf!r}")
        if not isinstance(leaf, Box) or leaf.node.value.dtype != np.float64:
            continue
        is_watched([seed])  # a variable used as a factor is used like any other
        node = None if seed is None else node_of(seed)
        if node is not None and node.shape != leaf.node.shape:
            shapes = f"{node.shape} does not fit a target of shape {leaf.node.shape}"
            raise TapeValueError(f"an output gradient of shape {shapes}")
        seeded.append((leaf.node, node))
    return seeded
