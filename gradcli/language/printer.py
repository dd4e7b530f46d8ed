"""Syntax tree to text with no parentheses but the needed ones; reading the text gives the same tree again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gradcli.language.grammar import BINARY, COMPARISON, NOT, OR, POSTFIX, POWER, SIGN
from gradcli.language.syntax import Array, Binary, Call, Index, Name, Node, Number, Slice, String, Transpose, Unary

#: Text, or a node with the loosest rung that may stand there without parentheses.
Piece = str | tuple[Node, int]

_ATOM = POSTFIX + 1
_TIGHT = ("*", "/", "^")  # operators printed without blanks around them


def to_text(node: Node) -> str:
    """The text of a tree, numbers as they were typed, on one line.

    >>> from gradcli.language.parser import parse
    >>> to_text(parse("(2 * (x)) + ((y**-2))**(3)").tree)
    '2*x + (y^-2)^3'
    """
    return written(node, _rung, _pieces)


def written(
    node: Node,
    rung: Callable[[Node], int],
    pieces: Callable[[Node], Sequence[Piece]],
    brackets: tuple[str, str] = ("(", ")"),
) -> str:
    """A tree as text, without recursion, with brackets where a part binds too loosely for its place.

    Args:
        node: the tree.
        rung: how tightly the outermost construct of a node binds as it is written.
        pieces: the texts and parts that a node is written as, in order.
        brackets: what stands around such a part.
    """
    out: list[str] = []
    waiting: list[Piece] = [(node, OR)]  # what is still to be written, last first
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            out.append(item)
            continue
        part, loosest = item
        if rung(part) < loosest:
            waiting += (brackets[1], (part, OR), brackets[0])
        else:
            waiting += reversed(pieces(part))
    return "".join(out)


def _rung(node: Node) -> int:
    """How tightly the outermost construct of `node` binds."""
    if isinstance(node, Binary):
        return BINARY[node.operator]
    if isinstance(node, Unary):
        return NOT if node.operator == "not" else SIGN
    if isinstance(node, Number) and node.text.startswith("-"):
        return SIGN  # of a derived tree; the parser makes none
    return POSTFIX if isinstance(node, Index | Transpose) else _ATOM


def _pieces(node: Node) -> list[Piece]:
    """The texts and parts that `node` is written as, in order."""
    if isinstance(node, Number):
        return [node.text]
    if isinstance(node, Name):
        return [node.name]
    if isinstance(node, Binary):
        return _binary(node)
    if isinstance(node, Unary):
        if node.operator == "not":
            return ["not ", (node.operand, NOT)]
        return [node.operator, (node.operand, SIGN)]
    if isinstance(node, Call):
        entries: list[list[Piece]] = [[(a, OR)] for a in node.arguments]
        entries += [[f"{key}=", (value, OR)] for key, value in node.keywords]
        return [f"{node.function}(", *separated(entries), ")"]
    if isinstance(node, Index):
        return [(node.operand, POSTFIX), "[", *separated([[(part, OR)] for part in node.parts]), "]"]
    if isinstance(node, Array):
        return ["[", *separated([[(item, OR)] for item in node.items]), "]"]
    if isinstance(node, Transpose):
        return [(node.operand, POSTFIX), "'"]
    if isinstance(node, Slice):
        return sliced(node)
    if isinstance(node, String):
        quote = "'" if '"' in node.value else '"'
        return [f"{quote}{node.value}{quote}"]
    raise TypeError(f"not a node of an expression: {type(node).__name__}")


def _binary(node: Binary) -> list[Piece]:
    rung, operator = BINARY[node.operator], node.operator
    shown = operator if operator in _TIGHT else f" {operator} "
    if rung == POWER:
        return [(node.left, POSTFIX), shown, (node.right, SIGN)]
    # A comparison does not chain; all else groups to the left.
    left = rung + 1 if rung == COMPARISON else rung
    return [(node.left, left), shown, (node.right, rung + 1)]


def sliced(node: Slice) -> list[Piece]:
    """`start:stop:step`, without the parts that are not there."""
    pieces: list[Piece] = []
    for k, part in enumerate((node.start, node.stop, node.step)):
        if k == 1 or (k == 2 and part is not None):
            pieces.append(":")
        if part is not None:
            pieces.append((part, OR))
    return pieces


def separated(entries: Sequence[list[Piece]]) -> list[Piece]:
    """All pieces of a list's entries, with `, ` between entries."""
    pieces: list[Piece] = []
    for entry in entries:
        if pieces:
            pieces.append(", ")
        pieces += entry
    return pieces
