"""The public recorder: a tape that notes what NumPy code does to watched values, and goes back through it.

It follows the semantics of TensorFlow's `GradientTape`, on NumPy's own functions.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Literal, Self

import numpy as np

from gradcli.recording.custom import custom_gradient
from gradcli.recording.errors import TapeStateError, TapeTypeError, TapeValueError
from gradcli.recording.functions import recorded_function, stop_gradient
from gradcli.recording.questions import checked_unconnected, nodes_of, one_target, seeded, sources_of
from gradcli.recording.reasons import Answer, reason
from gradcli.recording.record import Box, Node, Record, active_records
from gradcli.recording.rows import batch_jacobian_node, jacobian_nodes
from gradcli.recording.structures import structure_of
from gradcli.recording.sweep import pull_back
from gradcli.recording.values import Value, Variable, constant

__all__ = ["Tape", "Value", "Variable", "constant", "custom_gradient", "recorded_function", "stop_gradient"]

Unconnected = Literal["none", "zero"]


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
        self._entered = False
        self._answer: Answer | None = None
        self._variables: tuple[Variable, ...] = ()

    def __enter__(self) -> Self:
        if self._active_in is not None:
            raise TapeValueError(
                "this tape is recording already",
                hint="use a new gradcli.Tape() inside; nested tapes give higher orders",
            )
        self._start()
        self._entered = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stop()

    def __repr__(self) -> str:
        state = "recording" if self._active_in is not None else "not recording" if self._record else "released"
        return f"<gradcli.Tape, {state}>"

    def __reduce__(self) -> Any:
        raise TapeTypeError("a tape is neither copied nor pickled: copies of values are not the ones it saw")

    def _start(self) -> None:
        if self._record is None:
            self._record = Record(self._watch_accessed_variables)
        self._active_in = active_records()
        self._active_in.append(self._record)

    def _resume(self) -> None:
        if self._active_in is None:
            self._start()

    def _stop(self) -> None:
        if self._active_in is not None and self._record is not None:
            self._active_in.remove(self._record)
        self._active_in = None

    @contextmanager
    def stop_recording(self) -> Iterator[None]:
        """A context in which this tape does not record, such as for a gradient that needs no gradient of its own.

        Raises:
            RuntimeError: if the tape is not recording.

        >>> x = Variable(3.0)
        >>> with Tape(persistent=True) as tape:
        ...     y = x * x
        ...     with tape.stop_recording():
        ...         slope = tape.gradient(y, x)
        >>> tape.gradient(slope, x) is None
        True
        """
        if self._active_in is None:
            raise TapeStateError("this tape is not recording", hint="stop_recording() works inside its with block")
        self._stop()
        try:
            yield
        finally:
            self._resume()

    def reset(self) -> None:
        """Forget everything seen so far, watched values too, and go on recording.

        Raises:
            ValueError: if the tape is not recording.
        """
        if self._active_in is None:
            raise TapeValueError("this tape is not recording", hint="reset() works inside its with block")
        self._stop()
        self._record = self._answer = None
        self._start()

    def watched_variables(self) -> tuple[Variable, ...]:
        """The variables that the tape watches, in the order of their construction."""
        if self._record is not None:
            held = (box for box, _ in self._record.variables.values() if isinstance(box, Variable))
            self._variables = tuple(sorted(held, key=lambda variable: variable.made))
        return self._variables

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
        record = self._held(asked=False)
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
        unconnected_gradients: Unconnected = "none",
    ) -> Any:
        """The gradient of the sum of all entries of all targets.

        Args:
            target: a recorded value, or a nest of them.
            sources: variables, watched or computed values to differentiate by, or a nest of them.
            output_gradients: factors of the targets' entries in that sum: a nest like `target`, or a
                flat list, of arrays of the targets' shapes; None stands for ones.
            unconnected_gradients: what stands for a gradient that is not connected, "none" for None
                or "zero" for zeros in the source's shape.

        Returns:
            Values in the shapes of the sources, in the structure of `sources`. None stands where
            there is no differentiable path that this tape has seen; `why` says the reason.

        Raises:
            RuntimeError: at a second call, unless the tape is persistent, or if it has never recorded.
            TypeError: if the target or a source is no value, or a source a plain number.
            ValueError: if `output_gradients` does not fit the target.

        >>> w, b = Variable([1.0, 2.0]), Variable(0.5)
        >>> with Tape() as tape:
        ...     loss = np.mean((w * 3.0 + b) ** 2)
        >>> tape.gradient(loss, {"w": w, "b": b})
        {'w': Value([10.5 19.5]), 'b': Value(10.0)}
        """
        record = self._held()
        zero = checked_unconnected(unconnected_gradients)
        asked = sources_of(sources)
        pairs = seeded(target, output_gradients)
        self._before_sweep()
        found = pull_back(record, pairs, nodes_of(asked.leaves, record, [node for node, _ in pairs]))
        return self._answered(target, asked.leaves, found, asked.rebuild, (), zero)

    def jacobian(self, target: Any, sources: Any, unconnected_gradients: Unconnected = "none") -> Any:
        """The derivative of every entry of the target by every entry of the sources.

        Args:
            target: one recorded value.
            sources: as for `gradient`.
            unconnected_gradients: as for `gradient`.

        Returns:
            Values of shape `target.shape + source.shape`, in the structure of `sources`; None where not connected.

        Raises:
            RuntimeError, TypeError: as for `gradient`.

        >>> x = Variable([1.0, 2.0])
        >>> with Tape() as tape:
        ...     y = x**2
        >>> tape.jacobian(y, x)
        Value([[2. 0.]
         [0. 4.]])
        """
        record = self._held()
        zero = checked_unconnected(unconnected_gradients)
        asked = sources_of(sources)
        box = one_target(target)
        box.used_by(record)
        self._before_sweep()
        found = jacobian_nodes(record, box.node, [source.nodes_on(record) for source in asked.leaves])
        return self._answered(box, asked.leaves, found, asked.rebuild, box.node.shape, zero)

    def batch_jacobian(self, target: Any, source: Any, unconnected_gradients: Unconnected = "none") -> Value:
        """The Jacobian of each example of a batch: of `target[i]` by `source[i]`, all at once.

        The examples must be independent of one another, `target[i]` a function of `source[i]` only.

        Args:
            target: a recorded value of shape (batch, ...).
            source: a variable, watched or computed value of shape (batch, ...).
            unconnected_gradients: as for `gradient`, but zeros stand in either case, as in TensorFlow.

        Returns:
            A value of shape `target.shape + source.shape[1:]`; zeros where not connected.

        Raises:
            ValueError: if one of them has fewer than two axes, or the batches are not equally long.
            RuntimeError, TypeError: as for `gradient`.

        >>> x = Variable([[1.0, 2.0], [3.0, 4.0]])
        >>> with Tape() as tape:
        ...     y = np.sum(x**2, axis=1, keepdims=True)
        >>> tape.batch_jacobian(y, x)
        Value([[[2. 4.]]
        <BLANKLINE>
         [[6. 8.]]])
        """
        record = self._held()
        checked_unconnected(unconnected_gradients)
        (asked,) = sources_of([source]).leaves
        box = one_target(target)
        shape, by = box.node.shape, asked.node.shape
        if min(len(shape), len(by)) < 2 or shape[0] != by[0]:
            raise TapeValueError(
                f"a batch Jacobian needs a target and a source of shape (batch, ...), not {shape} and {by}",
                hint="jacobian() takes any shapes",
            )
        box.used_by(record)
        self._before_sweep()
        found = batch_jacobian_node(record, box.node, asked.nodes_on(record))
        result: Value | None = self._answered(box, [asked], [found], list, (), False)[0]
        return constant(np.zeros(shape + by[1:])) if result is None else result

    def _before_sweep(self) -> None:
        if not self._persistent:
            self._stop()

    def _answered(
        self, target: Any, sources: Any, found: list[Node | None], rebuild: Any, leading: tuple[int, ...], zero: bool
    ) -> Any:
        """The nodes as a person gets them; the record is released unless it is to persist."""
        if not self._persistent:
            self._answer = Answer(self._held(), target, sources, [node is not None for node in found])
            self.watched_variables()
            self._record = None
        return rebuild(
            [
                Value(node) if node is not None else constant(np.zeros(leading + source.shape)) if zero else None
                for node, source in zip(found, sources, strict=True)
            ]
        )

    def why(self, target: Any, source: Any) -> str | None:
        """Why `gradient(target, source)` is None.

        Args:
            target: a value, or a nest of them.
            source: one variable, watched or computed value.

        Returns:
            The reason in words, with what to do about it; None if the two are connected. A tape that
            is not persistent still knows the reasons of what it has answered.

        Raises:
            TypeError: if the target or the source is no value.
            RuntimeError: if the record is released and the question is a new one.

        >>> x = Variable(3.0)
        >>> with Tape() as tape:
        ...     y = stop_gradient(x) * 2.0
        >>> tape.gradient(y, x) is None
        True
        >>> tape.why(y, x)
        'the target was computed through stop_gradient, which passes no gradient on'
        """
        (asked,) = sources_of([source]).leaves
        if self._answer is not None and self._answer.covers(target, asked):
            return self._answer.why(asked)
        record = self._held()
        pairs = seeded(target, None)
        (found,) = pull_back(record, pairs, nodes_of([asked], record, [node for node, _ in pairs]))
        return None if found is not None else reason(record, target, asked)

    def _held(self, asked: bool = True) -> Record:
        """The record; before the first block there is none that could be asked."""
        if asked and not self._entered:
            raise TapeStateError(
                "this tape has recorded nothing: it was never entered",
                hint="with gradcli.Tape() as tape: the computations that are to be differentiated",
            )
        if self._record is None:
            raise TapeStateError(
                "this tape has answered and released its record",
                hint="gradcli.Tape(persistent=True) can be asked for gradients more than once",
            )
        return self._record
