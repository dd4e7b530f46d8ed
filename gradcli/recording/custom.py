"""Functions that bring their own gradient: one step on the record, whose pullback is the person's code.

The semantics are those of `tf.custom_gradient`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from inspect import Parameter, signature
from typing import Any, overload

import numpy as np

from gradcli.autodiff.primitive import Opaque
from gradcli.autodiff.tape import Instruction, Tape
from gradcli.recording.dispatch import is_watched, node_of
from gradcli.recording.errors import TapeTypeError, TapeValueError
from gradcli.recording.programs import compute
from gradcli.recording.record import Box, Node, Record, active_records
from gradcli.recording.structures import structure_of
from gradcli.recording.sweep import RunningTape
from gradcli.recording.translation import shape_of, whole
from gradcli.recording.values import Value


@overload
def custom_gradient(function: Callable[..., Any]) -> Callable[..., Any]: ...


@overload
def custom_gradient(function: None = None) -> Callable[[Callable[..., Any]], Callable[..., Any]]: ...


def custom_gradient(function: Callable[..., Any] | None = None) -> Callable[..., Any]:
    """A decorator for a function that says its own gradient, written with or without parentheses.

    Args:
        function: takes values (or nests of them) and returns `(y, gradient)`: y a value or a nest of
            values, and `gradient` a function of one upstream value for each of them, each in the
            shape of its y (zeros where a y is not used, and for whole numbers). It returns one value
            for each positional argument (None: not connected) in that argument's shape: the
            vector-Jacobian product. Entries of dictionaries come in the order of their sorted keys.
            Written with recordable functions it can be differentiated again. If the function uses
            trainable variables that are no positional arguments of it, `gradient` also takes
            `variables=` (a list) and returns `(for the arguments, for the variables)`. Options given
            by keyword are not differentiated.

    Returns:
        A function of the same arguments that returns y, as recordable values; without a function,
        the decorator itself.

    Raises:
        TypeError: at a call, if the function does not return such a pair, or uses variables that
            its gradient does not take.
        ValueError: in the sweep, if the gradient returns the wrong number of values or shapes.

    >>> from gradcli.gradient_tape import Tape, constant
    >>> @custom_gradient
    ... def log1pexp(x):
    ...     e = np.exp(x)
    ...     return np.log(1 + e), lambda upstream: upstream * (1 - 1 / (1 + e))
    >>> x = constant(100.0)
    >>> with Tape() as tape:
    ...     tape.watch(x)
    ...     y = log1pexp(x)
    >>> tape.gradient(y, x)
    Value(1.0)
    """
    if function is None:
        return custom_gradient

    @wraps(function)
    def with_gradient(*arguments: Any, **options: Any) -> Any:
        given = [leaf for leaf in structure_of(arguments).leaves if _is_numeric(leaf)]
        with _variables_used() as used:
            answer = function(*arguments, **options)
        if not (isinstance(answer, tuple) and len(answer) == 2 and callable(answer[1])):
            raise TapeTypeError(
                f"{function.__name__} has a custom gradient, so it returns (y, gradient), not {type(answer).__name__}",
                hint="gradient is a function of the upstream gradient",
            )
        result, gradient = answer
        variables = [v for v in used() if not any(v is leaf for leaf in given)]
        if variables and not _takes_variables(gradient):
            raise TapeTypeError(
                f"{function.__name__} uses variables that are not its arguments, so its gradient takes `variables`",
                hint="def gradient(upstream, variables=None): return for_arguments, for_variables",
            )
        is_watched([*given, *variables])
        return _recorded(_Call(function.__name__, gradient, given, variables), result)

    return with_gradient


class _Call(Opaque):
    """One call of a function with a custom gradient."""

    def __init__(self, name: str, gradient: Callable[..., Any], given: Sequence[Any], variables: Sequence[Box]) -> None:
        self.name = name
        self.gradient = gradient
        self.variables = list(variables)
        self.argument_count = len(given)
        boxes = [leaf if isinstance(leaf, Box) else None for leaf in (*given, *variables)]
        held = [k for k, box in enumerate(boxes) if box is not None and box.node.value.dtype == np.float64]
        self.places = held  # which of the expected gradients each argument of the step stands for
        self.nodes = tuple(box.node for box in boxes if box is not None and box.node.value.dtype == np.float64)
        self.results: list[tuple[tuple[int, ...], bool]] = []  # shape of each y, and whether it has a gradient

    def contribution(self, tape: Tape, instruction: Instruction, argument: int, cotangent: int) -> int | None:
        """What the person's code returns for that argument; it is called once for all of them."""
        assert isinstance(tape, RunningTape)
        found = tape.answers.get((self, cotangent))
        if found is None:
            (upstream,) = tape.values([cotangent])
            gradients = self._pulled_back(upstream)
            found = [None if node is None else tape.held(node) for node in gradients]
            tape.answers[self, cotangent] = found
        return found[argument]

    def _pulled_back(self, upstream: Node) -> list[Node | None]:
        floating = _unpacked(upstream, [shape for shape, real in self.results if real])
        parts = [Value(next(floating) if real else Node(np.zeros(shape))) for shape, real in self.results]
        if self.variables:
            answer = self.gradient(*parts, variables=list(self.variables))
            if not (isinstance(answer, tuple) and len(answer) == 2):
                raise TapeValueError(f"the gradient of {self.name} returns (for the arguments, for the variables)")
            groups = zip(answer, (self.argument_count, len(self.variables)), ("arguments", "variables"), strict=True)
        else:
            groups = zip([self.gradient(*parts)], [self.argument_count], ["arguments"], strict=True)
        found: list[Any] = []
        for gradients, count, what in groups:
            leaves = structure_of(gradients).leaves
            if len(leaves) != count:
                raise TapeValueError(f"the gradient of {self.name} returned {len(leaves)} values for {count} {what}")
            found += leaves
        return [self._checked(found[k], node) for k, node in zip(self.places, self.nodes, strict=True)]

    def _checked(self, gradient: Any, argument: Node) -> Node | None:
        if gradient is None:
            return None
        node = node_of(gradient)
        if node.shape != argument.shape:
            raise TapeValueError(
                f"the gradient of {self.name} returned shape {node.shape} for an argument of shape {argument.shape}"
            )
        return node


def _recorded(call: _Call, result: Any) -> Any:
    """The result with every floating-point value in it a new one, whose step on the records is this call."""
    structure = structure_of(result)
    leaves = list(structure.leaves)
    nodes = {k: _floating(leaf) for k, leaf in enumerate(leaves)}
    outputs = {k: node for k, node in nodes.items() if node is not None}
    if not outputs:
        return result
    call.results = [(shape_of(leaf), k in outputs) for k, leaf in enumerate(leaves) if _is_numeric(leaf)]
    values = [node.value for node in outputs.values()]
    packed = Node(values[0] if len(values) == 1 else np.concatenate([value.reshape(-1) for value in values]))
    instruction = Instruction(call, tuple(range(len(call.nodes))), (), packed.shape)
    for record in active_records():
        record.note(packed, instruction, call.nodes)
    for k, node in zip(outputs, _unpacked(packed, [node.shape for node in outputs.values()]), strict=True):
        leaves[k] = Value(node)
    return structure.rebuild(leaves)


def _unpacked(packed: Node, shapes: Sequence[tuple[int, ...]]) -> Iterator[Node]:
    """The parts of these shapes that lie one after the other in a flat node; one part alone is the node itself."""
    if len(shapes) == 1:
        yield packed
        return
    start = 0
    for shape in shapes:
        end = start + math.prod(shape)
        yield compute(f"reshape(x0[{start}:{end}], {whole(shape)})" if shape else f"x0[{start}]", [packed])
        start = end


def _floating(leaf: Any) -> Node | None:
    if not _is_numeric(leaf):
        return None
    kind = (leaf.node.value if isinstance(leaf, Box) else np.asarray(leaf)).dtype.kind
    return node_of(leaf) if kind == "f" else None


def _is_numeric(leaf: Any) -> bool:
    return isinstance(leaf, Box | int | float | complex | np.ndarray | np.generic)


class _Watcher(Record):
    """Sees which variables are used, and holds nothing else."""

    def holds(self, node: Node) -> bool:
        return False

    def note(self, node: Node, instruction: Instruction, arguments: tuple[Node, ...]) -> None:
        return


@contextmanager
def _variables_used() -> Iterator[Callable[[], list[Box]]]:
    watcher = _Watcher(watch_accessed_variables=True)
    records = active_records()
    records.append(watcher)
    try:
        yield lambda: [box for box, _ in watcher.variables.values()]
    finally:
        records.remove(watcher)


def _takes_variables(gradient: Callable[..., Any]) -> bool:
    named = signature(gradient).parameters
    return "variables" in named or any(p.kind is Parameter.VAR_KEYWORD for p in named.values())
