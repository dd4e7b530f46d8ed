"""What one tape has seen: for every value computed from a watched one, the step that gave it.

A node is a value with an identity and nothing else: history belongs to the records, so a value
that somebody keeps keeps no history alive, and each tape answers only for what it saw itself.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import cache
from itertools import count
from typing import Any, NamedTuple

import numpy as np

from gradcli.autodiff.primitive import CONSTANT, Attributes, Primitive, Row, Shape
from gradcli.autodiff.tape import Instruction, Tape
from gradcli.autodiff.vjp import paths
from gradcli.targets.arrays import KERNELS, numpy_kernel

Array = np.ndarray[Any, np.dtype[Any]]

_serial = count()


class Node:
    """A value that is never changed in place.

    Attributes:
        value: the array; float64 wherever a record holds the node.
        shape: its shape.
        serial: grows with time, so that arguments come before what is computed from them.
        literal: whether it is a constant of an operation rather than somebody's number.
        cut: the operation that no gradient passes through on the way to it, if there was one.
    """

    __slots__ = ("cut", "literal", "serial", "shape", "value")

    def __init__(self, value: Array, literal: bool = False) -> None:
        value.setflags(write=False)
        self.value = value
        self.shape: Shape = value.shape
        self.serial = next(_serial)
        self.literal = literal
        self.cut: str | None = None


class Box:
    """What a person holds: some node, for the time being."""

    __slots__ = ("_node",)

    def __init__(self, node: Node) -> None:
        self._node = node

    @property
    def node(self) -> Node:
        """The value's identity on records (the recorder's own business)."""
        return self._node

    def used_by(self, record: Record) -> None:
        """Let a record know that an operation reads the value."""

    def changed_in_place(self, operation: str) -> None:
        """`box += value` was written: a plain value lets the name go over to the result."""

    def watched_by(self, record: Record) -> None:
        """Let a record watch the value from now on; a value without gradients is not watched."""
        if self._node.value.dtype == np.float64:
            record.watched.add(self._node)

    def nodes_on(self, record: Record) -> list[Node]:
        """The nodes that stand for this value on a record, none if it does not hold it."""
        return [self._node] if record.holds(self._node) else []


class Step(NamedTuple):
    """How a node was computed: one instruction over other nodes."""

    primitive: Primitive
    arguments: tuple[Node, ...]
    attributes: Attributes


class Record:
    """The history one tape holds.

    Attributes:
        steps: for each node computed from a watched one, its step.
        watched: nodes watched for themselves.
        variables: by identity, each watched variable with every value of it that was seen.
    """

    def __init__(self, watch_accessed_variables: bool) -> None:
        self.watch_accessed_variables = watch_accessed_variables
        self.steps: dict[Node, Step] = {}
        self.watched: set[Node] = set()
        self.variables: dict[int, tuple[Box, list[Node]]] = {}

    def holds(self, node: Node) -> bool:
        """Whether a derivative by this node can be asked for."""
        return node in self.watched or node in self.steps

    def watch(self, variable: Box) -> None:
        """Watch a variable: its present value, and each later one when it is used."""
        _, nodes = self.variables.setdefault(id(variable), (variable, []))
        if variable.node not in self.watched and variable.node.value.dtype == np.float64:
            nodes.append(variable.node)
            self.watched.add(variable.node)

    def use(self, variable: Box, trainable: bool) -> None:
        """Note that an operation reads a variable."""
        if id(variable) in self.variables or (trainable and self.watch_accessed_variables):
            self.watch(variable)

    def note(self, node: Node, instruction: Instruction, arguments: tuple[Node, ...]) -> None:
        """Keep a step if a differentiable path leads to it from a watched node."""
        held = [self.holds(argument) for argument in arguments]
        if True not in held:
            return
        if any(h and path for h, path in zip(held, paths(instruction), strict=True)):
            self.steps[node] = Step(instruction.primitive, arguments, instruction.attributes)
        else:
            node.cut = instruction.primitive.name


class _Active(threading.local):
    def __init__(self) -> None:
        self.records: list[Record] = []


_ACTIVE = _Active()


def active_records() -> list[Record]:
    """Records of the tapes that are recording in this thread, outermost first."""
    return _ACTIVE.records


def execute(tape: Tape, order: Sequence[int], nodes: dict[int, Node]) -> None:
    """Compute instructions one after the other, under the eyes of every active record.

    Args:
        tape: the program.
        order: what to compute, in ascending order.
        nodes: the nodes of inputs and of what is known already; the new ones are put in.
    """
    records = active_records()
    with np.errstate(all="ignore"):
        for i in order:
            instruction = tape.instructions[i]
            if instruction.primitive is CONSTANT:
                nodes[i] = Node(np.asarray(instruction.attributes[0]), literal=True)
                continue
            arguments = tuple([nodes[a] for a in instruction.arguments])
            value = _kernel(instruction)(
                instruction.attributes, [tape.shape(a) for a in instruction.arguments], [a.value for a in arguments]
            )
            node = nodes[i] = Node(_own(np.asarray(value, dtype=np.float64)))
            for argument in arguments:
                node.cut = node.cut or argument.cut
            for record in records:
                record.note(node, instruction, arguments)


def _kernel(instruction: Instruction) -> Callable[[Attributes, Sequence[Shape], Sequence[Any]], Any]:
    primitive = instruction.primitive
    return _row_kernel(primitive) if isinstance(primitive, Row) else KERNELS[primitive]


@cache
def _row_kernel(row: Row) -> Callable[[Attributes, Sequence[Shape], Sequence[Any]], Any]:
    kernel = numpy_kernel(row)
    return lambda orders, shapes, values: kernel(*values, *orders) if any(orders) else kernel(*values)


def _own(value: Array) -> Array:
    """The value itself, or a copy if it is a small view that would keep a large array alive."""
    base = value.base
    return value.copy() if isinstance(base, np.ndarray) and value.nbytes < base.nbytes else value
