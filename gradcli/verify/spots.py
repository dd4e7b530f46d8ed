"""Where an instruction comes from in a person's text: its place as a record tells it, and its operands as typed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gradcli.autodiff.elementwise import CALLABLE, INFIX
from gradcli.autodiff.primitive import Row
from gradcli.autodiff.tape import Place, Tape
from gradcli.errors import column_of, line_of, window
from gradcli.language.patterns import node_at
from gradcli.language.syntax import Binary, Call, Node, Unary
from gradcli.result import Excerpt


class Spot(NamedTuple):
    """A subexpression as a record names it; the text is empty where the instruction has no place."""

    text: str
    line: int | None
    column: int | None
    excerpt: Excerpt | None


NOWHERE = Spot("", None, None, None)


def spot_of(place: Place | None) -> Spot:
    """The text, line, column and surrounding line of a place."""
    if place is None:
        return NOWHERE
    text, start, origin = place.expression.text, place.span.start, place.expression.origin
    return Spot(place.text, line_of(text, start, origin), column_of(text, start), Excerpt(*window(text, place.span)))


def operand_nodes(tape: Tape, i: int) -> tuple[Node, ...] | None:
    """What a person typed for each argument of a row's instruction; None where the text is of another operation."""
    instruction, place = tape.instructions[i], tape.places.get(i)
    row = instruction.primitive
    if place is None or not isinstance(row, Row):
        return None
    node = node_at(place.expression, *place.span)
    given: tuple[Node, ...] = ()
    if isinstance(node, Binary) and INFIX.get(node.operator) is row:
        given = (node.left, node.right)
    elif isinstance(node, Unary) and node.operator == row.operator:
        given = (node.operand,)
    elif isinstance(node, Call) and CALLABLE.get(node.function) is row and not node.keywords:
        given = node.arguments[-len(row.arguments) :] if row.orders else node.arguments
    return given if len(given) == len(instruction.arguments) else None


def entry_label(shape: tuple[int, ...], whole: tuple[int, ...], at: int) -> str:
    """`[1,0]`: the entry of an operand that entry `at` of a result of shape `whole` is made of; empty of a scalar."""
    if not shape:
        return ""
    index = np.unravel_index(at, whole)[len(whole) - len(shape) :]
    return f"[{','.join(str(int(k) if n > 1 else 0) for k, n in zip(index, shape, strict=True))}]"
