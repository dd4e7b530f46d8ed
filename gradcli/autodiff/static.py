"""Static arguments: axes, shapes, orders and indices are whole numbers known from the text and the shapes alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gradcli.errors import ExpressionError
from gradcli.language.syntax import Array, Binary, Call, Index, Name, Node, Number, Slice, Unary, children

#: What static names stand for, and what `shape(x)` and `size(x)` are: by the name, or by the call's node.
Statics = Mapping[Any, Any]

_HINT = "write a number: a variable cannot stand here"
_INDEX_HINT = "write a whole number; a mask cannot stand here, `where(condition, a, b)` chooses by a condition"
_LARGEST = 2**53
_MEASURES = ("shape", "size")


def measured(nodes: Iterable[Node]) -> list[Call]:
    """The calls of `shape` and `size` in static arguments, in order; their results are known from shapes alone."""
    found: list[Call] = []
    waiting = list(nodes)[::-1]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Call):
            if node.function in _MEASURES and len(node.arguments) == 1 and not node.keywords:
                found.append(node)
        elif isinstance(node, Array | Binary | Unary | Index | Slice):
            waiting.extend(reversed(children(node)))
    return found


def static_value(node: Node, statics: Statics, what: str) -> Any:
    """A whole number or a list of them (None through an option that was not given).

    Args:
        node: the argument as written.
        statics: what is static where it stands.
        what: what the number is for, for the message (`axis`, `an index`).

    Raises:
        ExpressionError: with the place of what is not constant.
    """
    if isinstance(node, Array):
        return tuple(static_integer(item, statics, what) for item in node.items)
    if isinstance(node, Name) and node.name in statics:
        return statics[node.name]
    if node in statics:
        return statics[node]
    return static_integer(node, statics, what)


def static_integer(node: Node, statics: Statics, what: str, kind: str = "whole number") -> int:
    """One whole number, with signs and + - * of whole numbers allowed."""
    whole = node
    steps: list[tuple[str, int]] = []  # what is done to the innermost number, last first
    while True:
        if isinstance(node, Unary) and node.operator in ("-", "+"):
            steps.append(("*", -1 if node.operator == "-" else 1))
            node = node.operand
        elif isinstance(node, Binary) and node.operator in ("+", "-", "*"):
            steps.append((node.operator, _number(node.right, statics, what, kind)))
            node = node.left
        else:
            break
    value = _number(node, statics, what, kind)
    for operator, operand in reversed(steps):
        value = value + operand if operator == "+" else value - operand if operator == "-" else value * operand
        if abs(value) > _LARGEST:
            raise ExpressionError(f"{what} is too large", span=whole.span)
    return value


def _number(node: Node, statics: Statics, what: str, kind: str) -> int:
    """A whole number without arithmetic: a literal, a static name, `size(x)` or `shape(x)[k]`."""
    if isinstance(node, Number):
        if abs(node.value) > _LARGEST or node.value != int(node.value):
            raise ExpressionError(f"{what} is a whole number, not {node.text}", span=node.span)
        return int(node.value)
    known = statics.get(node.name if isinstance(node, Name) else node)
    if isinstance(known, int):
        return known
    if isinstance(node, Index) and len(node.parts) == 1 and isinstance(lengths := statics.get(node.operand), tuple):
        k = _axis_of(node.parts[0])
        if k is not None and -len(lengths) <= k < len(lengths):
            return int(lengths[k])
    named = f" '{node.name}'" if isinstance(node, Name) else ""
    raise ExpressionError(
        f"{what} must be a constant {kind}{named and ', not the variable' + named}",
        span=node.span,
        hint=_INDEX_HINT if "index" in what else _HINT,
    )


def static_number(node: Node, statics: Statics, what: str) -> float:
    """One constant number, an int where it is whole: with signs and + - * / of numbers allowed (`1/2`).

    Raises:
        ExpressionError: with the place of what is not constant.
    """
    sign = 1
    while isinstance(node, Unary) and node.operator in "+-":
        sign = -sign if node.operator == "-" else sign
        node = node.operand
    if isinstance(node, Number):
        return sign * (int(node.value) if node.value == int(node.value) else node.value)
    if isinstance(node, Binary) and node.operator == "/" and isinstance(node.right, Number) and node.right.value:
        quotient = static_number(node.left, statics, what) / node.right.value
        return sign * (int(quotient) if quotient == int(quotient) else quotient)
    return sign * static_integer(node, statics, what, "number")


def _axis_of(part: Node) -> int | None:
    """The axis that `[k]` or `[-k]` picks."""
    sign = 1
    if isinstance(part, Unary) and part.operator == "-":
        sign, part = -1, part.operand
    if isinstance(part, Number) and part.value < _LARGEST and part.value == int(part.value):
        return sign * int(part.value)
    return None
