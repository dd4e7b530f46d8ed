"""What is wrong with a call: the errors that every kind of function shares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gradcli.autodiff.primitive import Row
from gradcli.autodiff.static import static_number, static_value
from gradcli.errors import ExpressionError
from gradcli.language.suggest import did_you_mean
from gradcli.language.syntax import Call, Node, Number


def wrong_count(node: Call, parameters: tuple[str, ...]) -> ExpressionError:
    """The error for a call with too many or too few arguments."""
    n, given = len(parameters), len(node.arguments)
    plural = "argument" if n == 1 else "arguments"
    return ExpressionError(
        f"{node.function} takes {n} {plural}, not {given}",
        span=node.span if given < n or n >= len(node.arguments) else node.arguments[n].span,
        hint=f"{node.function}({', '.join(parameters)})",
    )


def unknown_keyword(node: Call, key: str, known: list[str]) -> ExpressionError:
    """The error for a keyword argument the function does not have."""
    value = dict(node.keywords)[key]
    guess = did_you_mean(key, known)
    hint = f"did you mean '{guess}'?" if guess else (f"it knows {', '.join(known)}" if known else "it takes none")
    return ExpressionError(f"{node.function} has no keyword '{key}'", span=value.span, hint=hint)


def reject_keywords(node: Call) -> None:
    """Refuse keyword arguments where a function has none."""
    if node.keywords:
        raise unknown_keyword(node, node.keywords[0][0], [])


def orders_of(node: Call, row: Row, statics: Mapping[str, Any], trusted: bool) -> tuple[float, ...]:
    """The orders of a row in a call: those a person types stand first, those of derivatives last (trusted bodies only).

    Raises:
        ExpressionError: for a wrong number of arguments, or an order that is not constant or out of range.
    """
    first, n, given = len(row.parameters), len(row.arguments), node.arguments
    defaulted = len(given) == n and None not in row.parameters
    if not defaulted and len(given) != first + n and not (trusted and first + n < len(given) <= n + len(row.orders)):
        raise wrong_count(node, (*row.orders[:first], *row.arguments))
    typed: list[float] = []
    for default, name, argument in zip(row.parameters, row.orders, given, strict=False):
        if defaulted:
            typed.append(default or 0)
            continue
        order = static_number(argument, statics, f"{name} of {node.function}")
        if row.whole and order != int(order):
            raise ExpressionError(f"{name} of {node.function} is a whole number", span=argument.span)
        typed.append(order)
    derived = [] if defaulted else [int(static_value(a, statics, "an order")) for a in given[first + n :]]
    return (*typed, *derived, *(0,) * (len(row.orders) - len(typed) - len(derived)))


def with_defaults(node: Call, parameters: tuple[str, ...], defaults: tuple[float, ...]) -> tuple[Node, ...]:
    """One node for each parameter: as given by position, by keyword, or its default.

    Raises:
        ExpressionError: for too many or too few of them, or a keyword that is no parameter with a default.
    """
    given = dict(zip(parameters, node.arguments, strict=False))
    optional = dict(zip(parameters[-len(defaults) :], defaults, strict=True))
    if len(node.arguments) > len(parameters):
        raise wrong_count(node, parameters)
    for key, value in node.keywords:
        if key not in optional or key in given:
            raise unknown_keyword(node, key, [name for name in optional if name not in given])
        given[key] = value
    for name, default in optional.items():
        given.setdefault(name, Number(default, repr(default), node.span))
    if len(given) < len(parameters):
        raise wrong_count(node, parameters)
    return tuple(given[name] for name in parameters)
