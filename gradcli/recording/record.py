"""What one tape has seen: for every value computed from a watched one, the step that gave it.

A node is a value with an identity and nothing else: history belongs to the records, so a value
that somebody keeps keeps no history alive, and each tape answers only for what it saw itself.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from gradcli.autodiff.primitive import CONSTANT, Attributes, Primitive, Row, Shape
from gradcli.autodiff.tape import Instruction, Tape
from gradcli.autodiff.vjp import paths
from gradcli.targets.array_shapes import KERNELS
from gradcli.targets.arrays import numpy_kernel

if TYPE_CHECKING:
    from gradcli.recording.values import Variable

Array = np.ndarray[Any, np.dtype[Any]]

_serial = count()


class Node:
    """A value that is never changed in place.

    Attributes:
        value: the array; float64 wherever a record holds the node.
        serial: grows with time, so that arguments come before what is computed from them.
        literal: whether it is a constant of an operation rather than somebody's number.
    """

    __slots__ = ("literal", "serial", "value")

    def __init__(self, value: Array, literal: bool = False) -> None:
        self.value = value
        self.serial = next(_serial)
        self.literal = literal


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
        self.variables: dict[int, tuple[Variable, list[Node]]] = {}

    def holds(self, node: Node) -> bool:
        """Whether a derivative by this node can be asked for."""
        return node in self.watched or node in self.steps

    def watch(self, variable: Variable) -> None:
        """Watch a variable: its present value now, its later ones when they are used."""
        self.variables.setdefault(id(variable), (variable, []))
        self.use(variable)

    def use(self, variable: Variable) -> None:
        """Note that an operation reads the variable."""
        node = variable.node
        if node in self.watched or node.value.dtype != np.float64:
            return
        known = self.variables.get(id(variable))
        if known is None:
            if not (self.watch_accessed_variables and variable.trainable):
                return
            known = self.variables[id(variable)] = (variable, [])
        known[1].append(node)
        self.watched.add(node)

    def note(self, node: Node, instruction: Instruction, arguments: tuple[Node, ...]) -> None:
        """Keep a step if a differentiable path leads to it from a watched node."""
        if any(self.holds(a) and path for a, path in zip(arguments, paths(instruction), strict=True)):
            self.steps[node] = Step(instruction.primitive, arguments, instruction.attributes)


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
            for record in records:
                record.note(node, instruction, arguments)


def _kernel(instruction: Instruction) -> Callable[[Attributes, Sequence[Shape], Sequence[Any]], Any]:
    primitive = instruction.primitive
    return _row_kernel(primitive) if isinstance(primitive, Row) else KERNELS[primitive]


def _row_kernel(row: Row) -> Callable[[Attributes, Sequence[Shape], Sequence[Any]], Any]:
    kernel = numpy_kernel(row)
    return lambda orders, shapes, values: kernel(*values, *orders) if any(orders) else kernel(*values)


def _own(value: Array) -> Array:
    """The value itself, or a copy if it is a small view that would keep a large array alive."""
    base = value.base
    return value.copy() if isinstance(base, np.ndarray) and value.nbytes < base.nbytes else value
