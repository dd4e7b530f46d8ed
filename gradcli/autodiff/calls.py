"""What is wrong with a call: the errors that every kind of function shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gradcli.autodiff.primitive import Row
from gradcli.autodiff.static import static_number, static_value
from gradcli.errors import ExpressionError, Span
from gradcli.language.printer import to_text
from gradcli.language.suggest import did_you_mean
from gradcli.language.syntax import Call, Node, Number

_FOREIGN_KEYWORDS = {"dim": "axis", "dims": "axis", "ax": "axis", "keepdim": "keepdims"}
_LONGEST = 100  # characters of a proposal


def wrong_count(
    node: Call, parameters: tuple[str, ...], least: int | None = None, given: int | None = None
) -> ExpressionError:
    """The error for a call with too many or too few arguments.

    Args:
        node: the call.
        parameters: the names of all arguments it can have.
        least: how many it must have, if the last ones may be left out.
        given: how many it has, if keywords count among them.
    """
    most, given = len(parameters), len(node.arguments) if given is None else given
    least = most if least is None else least
    counts = f"{least}" if least == most else f"{least} or {most}" if most == least + 1 else f"{least} to {most}"
    plural = "argument" if most == 1 else "arguments"
    return ExpressionError(
        f"{node.function} takes {counts} {plural}, not {given}",
        span=node.arguments[most].span if len(node.arguments) > most else node.span,
        hint=f"{node.function}({', '.join(parameters)})",
    )


def unknown_keyword(node: Call, key: str, known: Sequence[str], signature: str | None = None) -> ExpressionError:
    """The error for a keyword argument the function does not have; the caret is under the keyword."""
    guess = _FOREIGN_KEYWORDS.get(key) if _FOREIGN_KEYWORDS.get(key) in known else did_you_mean(key, known)
    hint = f"did you mean '{guess}'?" if guess else f"it knows {', '.join(known)}" if known else "it takes no keywords"
    if signature is not None and not guess:
        hint = f"arguments are given in order: {signature}"
    place = node.key_span(list(dict(node.keywords)).index(key))
    return ExpressionError(f"{node.function} has no keyword '{key}'", span=place, hint=hint)


def reject_keywords(node: Call, parameters: tuple[str, ...]) -> None:
    """Refuse keyword arguments where a function has none."""
    if node.keywords:
        raise unknown_keyword(node, node.keywords[0][0], [], f"{node.function}({', '.join(parameters)})")


def listed(node: Call, first: int, signature: str) -> str:
    """The hint that puts the arguments from `first` on into one list: `reshape(x, 2, 3)` is `reshape(x, [2, 3])`."""
    texts = [to_text(argument) for argument in node.arguments]
    proposal = f"{node.function}({', '.join([*texts[:first], '[' + ', '.join(texts[first:]) + ']'])})"
    return f"write `{proposal}`" if len(proposal) <= _LONGEST else signature


def keyword_span(node: Call, key: str) -> Span:
    """The place of a keyword's value, or of the whole call."""
    value = dict(node.keywords).get(key)
    return node.span if value is None else value.span


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
    least = len(parameters) - len(defaults)
    if len(node.arguments) > len(parameters):
        raise wrong_count(node, parameters, least)
    for key, value in node.keywords:
        if key in optional and key in given:
            raise ExpressionError(f"{node.function} is given {key} twice", span=value.span)
        if key not in optional:
            raise unknown_keyword(node, key, [name for name in optional if name not in given])
        given[key] = value
    for name, default in optional.items():
        given.setdefault(name, Number(default, repr(default), node.span))
    if len(given) < len(parameters):
        raise wrong_count(node, parameters, least)
    return tuple(given[name] for name in parameters)
