"""The reverse sweep of a record: its steps written out as a tape, pulled back by `vjp`, computed as they come.

What the sweep computes is seen by the tapes that are active then, so a gradient can be
differentiated like any other value.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradcli.autodiff.primitive import INPUT
from gradcli.autodiff.structural import broadcast, total
from gradcli.autodiff.tape import Instruction, Tape
from gradcli.autodiff.vjp import vjp
from gradcli.recording.programs import fresh
from gradcli.recording.record import Node, Record, execute


class RunningTape(Tape):
    """A tape whose instructions have values: those of a record, and what a sweep has computed so far.

    Attributes:
        nodes: the values known, by instruction.
        index: the instruction of each node of the record that is written out.
        answers: what opaque operations have answered, by operation and cotangent.
    """

    def __init__(self) -> None:
        super().__init__()
        self.nodes: dict[int, Node] = {}
        self.index: dict[Node, int] = {}
        self.answers: dict[Any, list[int | None]] = {}

    def held(self, node: Node) -> int:
        """A new input with this value."""
        i = self.fresh_input("x", node.shape)
        self.nodes[i] = node
        return i

    def values(self, wanted: Sequence[int]) -> list[Node]:
        """Values of instructions, computed now as far as they are not known."""
        missing: set[int] = set()
        pending = list(wanted)
        while pending:
            i = pending.pop()
            if i not in self.nodes and i not in missing:
                missing.add(i)
                pending.extend(self.instructions[i].arguments)
        execute(self, sorted(missing), self.nodes)
        return [self.nodes[i] for i in wanted]


def pull_back(
    record: Record, targets: Sequence[tuple[Node, Node | None]], sources: Sequence[Sequence[Node]]
) -> list[Node | None]:
    """Gradients of the sum of all targets.

    Args:
        record: the history to go back through.
        targets: nodes, each with its cotangent of the same shape (None: ones).
        sources: for each source the nodes it stands for (a variable has one for each value it took).

    Returns:
        For each source the gradient, or None where it is not connected.
    """
    tape = written_out(record, [node for pair in targets for node in pair if node is not None])
    index = tape.index
    seeded = [(index[node], None if seed is None else index[seed]) for node, seed in targets]
    results = adjoints_of(tape, seeded, sources)
    computed = iter(tape.values([i for i in results if i is not None]))
    return [None if i is None else next(computed) for i in results]


def adjoints_of(
    tape: RunningTape, targets: Sequence[tuple[int, int | None]], sources: Sequence[Sequence[Node]]
) -> list[int | None]:
    """Append the adjoint of every source, given targets with their cotangents (None: ones) as instructions."""
    known = len(tape)
    goal: int | None = None
    for target, seed in targets:
        term = total(tape, target if seed is None else tape.multiply(target, seed))
        goal = term if goal is None else tape.add(goal, term)
    wanted = [[tape.index[node] for node in group if node in tape.index] for group in sources]
    flat = sorted({i for group in wanted for i in group})
    if goal is None or not flat:
        return [None] * len(sources)
    adjoints = dict(zip(flat, vjp(tape, goal, tape.constant(1.0), flat), strict=True))
    results = [_sum(tape, [(i, adjoints[i]) for i in group]) for group in wanted]
    given = {i for i in results if i is not None and (i < known or tape[i].primitive is INPUT)}
    return [None if i is None else fresh(tape, i, given) for i in results]


def written_out(record: Record, targets: Sequence[Node]) -> RunningTape:
    """The part of a record that the targets depend on, as a tape.

    Nodes the record has no step for are inputs. Equal steps stay two instructions, because to
    the person who wrote them they are two values.
    """
    tape = RunningTape()
    index = tape.index
    for node in sorted(ancestors(record, targets), key=lambda node: node.serial):
        step = record.steps.get(node)
        if step is not None:
            index[node] = len(tape)
            arguments = tuple([index[a] for a in step.arguments])
            tape.instructions.append(Instruction(step.primitive, arguments, step.attributes, node.shape))
        elif node.literal and not record.holds(node):
            index[node] = tape.constant(float(node.value))
        else:
            index[node] = tape.fresh_input("x", node.shape)
    tape.nodes = {i: node for node, i in index.items()}
    return tape


def ancestors(record: Record, nodes: Sequence[Node]) -> set[Node]:
    """The nodes and everything the record knows they were computed from."""
    found = set(nodes)
    pending = list(found)
    while pending:
        step = record.steps.get(pending.pop())
        for argument in step.arguments if step else ():
            if argument not in found:
                found.add(argument)
                pending.append(argument)
    return found


def _sum(tape: Tape, adjoints: Sequence[tuple[int, int | None]]) -> int | None:
    """The sum of a source's adjoints, each in the shape of its source."""
    result: int | None = None
    for source, adjoint in adjoints:
        if adjoint is not None:
            term = broadcast(tape, adjoint, tape.shape(source))
            result = term if result is None else tape.add(result, term)
    return result
