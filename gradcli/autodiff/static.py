"""Static arguments: axes, shapes, orders and indices are whole numbers known from the text alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gradcli.errors import ExpressionError
from gradcli.language.syntax import Array, Binary, Name, Node, Number, Unary

_HINT = "write a whole number; a variable, a comparison or a mask cannot stand here"


def static_value(node: Node, statics: Mapping[str, Any], what: str) -> Any:
    """A whole number or a list of them (None through an option that was not given).

    Args:
        node: the argument as written.
        statics: options of the body it stands in, by name.
        what: what the number is for, for the message (`axis`, `an index`).

    Raises:
        ExpressionError: with the place of what is not constant.
    """
    if isinstance(node, Array):
        return tuple(static_integer(item, statics, what) for item in node.items)
    if isinstance(node, Name) and node.name in statics:
        return statics[node.name]
    return static_integer(node, statics, what)


def static_integer(node: Node, statics: Mapping[str, Any], what: str, kind: str = "whole number") -> int:
    """One whole number, with signs and + - * of whole numbers allowed."""
    sign = 1
    while isinstance(node, Unary) and node.operator in "+-":
        sign = -sign if node.operator == "-" else sign
        node = node.operand
    if isinstance(node, Number):
        if node.value != int(node.value) or abs(node.value) > 2**53:
            raise ExpressionError(f"{what} is a whole number, not {node.text}", span=node.span)
        return sign * int(node.value)
    if isinstance(node, Name) and isinstance(statics.get(node.name), int):
        return sign * int(statics[node.name])
    if isinstance(node, Binary) and node.operator in "+-*" and isinstance(node.right, Number):
        left, right = static_integer(node.left, statics, what), static_integer(node.right, statics, what)
        return sign * (left + right if node.operator == "+" else left - right if node.operator == "-" else left * right)
    named = f" '{node.name}'" if isinstance(node, Name) else ""
    raise ExpressionError(
        f"{what} must be a constant {kind}{named and ', not the variable' + named}", span=node.span, hint=_HINT
    )


def static_number(node: Node, statics: Mapping[str, Any], what: str) -> float:
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
