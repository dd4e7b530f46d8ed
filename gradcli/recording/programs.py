"""Operations as small programs: text of gradcli's language, lowered once for each list of operand shapes.

A recorded NumPy call becomes such a text (`mean(x0, axis=0)`), so the recorder has no list of
derivatives or shape rules of its own: it inherits what the language knows.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from functools import lru_cache
from typing import NamedTuple

from gradcli.autodiff.lowering import lower
from gradcli.autodiff.primitive import Shape
from gradcli.autodiff.structural import RESHAPE
from gradcli.autodiff.tape import Tape
from gradcli.language.parser import parse
from gradcli.recording.record import Node, execute


class Program(NamedTuple):
    """A lowered operation: which instructions are its operands, which are computed, and which is the result."""

    tape: Tape
    operands: tuple[int, ...]
    order: tuple[int, ...]
    result: int


@lru_cache(maxsize=4096)
def program(text: str, shapes: tuple[Shape, ...]) -> Program:
    """Lower `text` over operands named x0, x1, ... of these shapes.

    Raises:
        GradcliError: if the language has no such function, or the shapes do not fit.
    """
    tape = Tape()
    names = {f"x{k}": tape.input(f"x{k}", shape) for k, shape in enumerate(shapes)}
    result = fresh(tape, lower(tape, parse(text), names), names.values())
    operands = tuple(names.values())
    return Program(tape, operands, tuple(i for i in tape.needed([result]) if i not in operands), result)


def fresh(tape: Tape, result: int, known: Container[int]) -> int:
    """An instruction of the result's value that is not among the known ones.

    Whoever gets the value may differentiate by it, and must not mean an operand by that.
    """
    return tape.append(RESHAPE, (result,), (tape.shape(result),)) if result in known else result


def compute(text: str, operands: Sequence[Node]) -> Node:
    """The value of `text` over the operands (x0, x1, ...), recorded by every active record that holds one of them.

    Raises:
        GradcliError: see `program`.
    """
    found = program(text, tuple([node.shape for node in operands]))
    nodes = dict(zip(found.operands, operands, strict=True))
    execute(found.tape, found.order, nodes)
    return nodes[found.result]
