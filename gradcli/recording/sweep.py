"""The reverse sweep of a record: its steps written out as a tape, pulled back by `vjp`, computed as they come.

What the sweep computes is seen by the tapes that are active then, so a gradient can be
differentiated like any other value.
"""

from __future__ import annotations

from collections.abc import Sequence

from gradcli.autodiff.structural import broadcast, total
from gradcli.autodiff.tape import Instruction, Tape
from gradcli.autodiff.vjp import vjp
from gradcli.recording.programs import fresh
from gradcli.recording.record import Node, Record, execute


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
    tape, index = written_out(record, [node for pair in targets for node in pair if node is not None])
    known = len(tape)
    goal: int | None = None
    for node, seed in targets:
        term = index[node] if seed is None else tape.multiply(index[node], index[seed])
        term = total(tape, term)
        goal = term if goal is None else tape.add(goal, term)
    wanted = [[index[node] for node in group if node in index] for group in sources]
    flat = sorted({i for group in wanted for i in group})
    if goal is None or not flat:
        return [None] * len(sources)
    adjoints = dict(zip(flat, vjp(tape, goal, tape.constant(1.0), flat), strict=True))
    results = [_sum(tape, [(i, adjoints[i]) for i in group]) for group in wanted]
    results = [None if i is None else fresh(tape, i, range(known)) for i in results]
    nodes = {i: node for node, i in index.items()}
    found = [i for i in results if i is not None]
    execute(tape, [i for i in tape.needed(found) if i not in nodes], nodes)
    return [None if i is None else nodes[i] for i in results]


def written_out(record: Record, targets: Sequence[Node]) -> tuple[Tape, dict[Node, int]]:
    """The part of a record that the targets depend on, as a tape, with the instruction of each node.

    Nodes the record has no step for are inputs. Equal steps stay two instructions, because to
    the person who wrote them they are two values.
    """
    needed = set(targets)
    pending = list(needed)
    while pending:
        step = record.steps.get(pending.pop())
        for argument in step.arguments if step else ():
            if argument not in needed:
                needed.add(argument)
                pending.append(argument)
    tape = Tape()
    index: dict[Node, int] = {}
    for node in sorted(needed, key=lambda node: node.serial):
        step = record.steps.get(node)
        if step is not None:
            index[node] = len(tape)
            arguments = tuple(index[a] for a in step.arguments)
            tape.instructions.append(Instruction(step.primitive, arguments, step.attributes, node.shape))
        elif node.literal and not record.holds(node):
            index[node] = tape.constant(float(node.value))
        else:
            index[node] = tape.fresh_input("x", node.shape)
    return tape, index


def _sum(tape: Tape, adjoints: Sequence[tuple[int, int | None]]) -> int | None:
    """The sum of a source's adjoints, each in the shape of its source."""
    result: int | None = None
    for source, adjoint in adjoints:
        if adjoint is not None:
            term = broadcast(tape, adjoint, tape.shape(source))
            result = term if result is None else tape.add(result, term)
    return result
