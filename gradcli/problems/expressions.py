"""Expressions of a problem: parsed with the place they stand at, and their names looked up at once.

Looking names up before anything is computed lets one error name the place and the nearest
name that exists, also in a function that is never called.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

from gradcli.errors import Origin, SpecError, UnknownNameError
from gradcli.language.names import check_name
from gradcli.language.parser import parse
from gradcli.language.suggest import did_you_mean
from gradcli.language.syntax import Call, Expression, Name, walk
from gradcli.problems.problem import UserFunction

if TYPE_CHECKING:
    from gradcli.problems.documents import Document, Path

#: Names that have a value of their own unless a person gives them another.
CONSTANTS = frozenset({"pi", "π", "e"})


def expression_at(document: Document, path: Path, raw: Any) -> Expression:
    """The expression at `path` of a spec; a number stands for itself.

    Raises:
        SpecError: neither a text nor a number.
        ExpressionError: not an expression of the language.
    """
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        raw = repr(raw)
    if not isinstance(raw, str):
        from gradcli.problems.documents import kind

        raise SpecError(
            f"an expression is meant, not {kind(raw)}",
            hint='an expression is a text in quotes, such as "x^2 + y"',
            origin=document.origin(path),
        )
    origin, text = document.text_origin(path, raw)
    return parse(text, origin)


def free_names(expression: Expression) -> tuple[str, ...]:
    """The names of values that a person has to give, in order of appearance: all but `pi`, `π` and `e`."""
    seen = dict.fromkeys(node.name for node in walk(expression.tree) if isinstance(node, Name))
    return tuple(name for name in seen if name not in CONSTANTS)


def check_names(expression: Expression, known: Collection[str], explain: Callable[[str], str | None]) -> None:
    """See that every name in an expression is known (or a constant of the language).

    Args:
        expression: looked through in the order of the text.
        known: the names that have a value there.
        explain: why a name has none there, or None: then the nearest known name is suggested.

    Raises:
        UnknownNameError: at the first name that is not known.
    """
    for node in walk(expression.tree):
        if isinstance(node, Name) and node.name not in known:
            why, hint = explain(node.name), None
            if why is None and node.name in CONSTANTS:
                continue
            if why is None:
                meant = did_you_mean(node.name, known)
                hint = f"did you mean '{meant}'?" if meant else "give it a value under [variables] or [constants]"
            raise UnknownNameError(
                why or f"unknown name '{node.name}'",
                text=expression.text,
                span=node.span,
                hint=hint,
                origin=expression.origin,
            )


def read_functions(document: Document, table: Mapping[str, Any]) -> dict[str, UserFunction]:
    """The user functions of a spec by name.

    Raises:
        SpecError: a key that is no signature, a name twice, or functions that call one another in a circle.
        ExpressionError: a body or a name that is not of the language.
    """
    functions: dict[str, UserFunction] = {}
    for key, raw in table.items():
        path = ("functions", key)
        name, parameters = _signature(key, document.origin(path))
        if name in functions:
            raise SpecError(f"the function '{name}' is given twice", origin=document.origin(path))
        functions[name] = UserFunction(name, parameters, expression_at(document, path, raw))
    _refuse_circles(functions)
    return functions


def _signature(key: str, origin: Origin) -> tuple[str, tuple[str, ...]]:
    """Name and parameters of `name(a, b)`."""
    name, bracket, rest = key.strip().partition("(")
    inner, closing, after = rest.partition(")")
    if not (bracket and closing) or after:
        raise SpecError(
            f"'{key}' is not a function's signature", hint='write it as "name(a, b)" = "a + b"', origin=origin
        )
    name = check_name(name.strip(), "function", origin)
    parameters: list[str] = []
    for word in inner.split(",") if inner.strip() else ():
        parameter = check_name(word.strip(), "parameter", origin)
        if parameter in parameters:
            raise SpecError(f"the parameter '{parameter}' stands twice in '{key}'", origin=origin)
        parameters.append(parameter)
    return name, tuple(parameters)


def _refuse_circles(functions: Mapping[str, UserFunction]) -> None:
    """Refuse functions that call themselves, directly or through others; the error shows the way round."""
    calls = {name: _calls(function.body, functions) for name, function in functions.items()}
    done: set[str] = set()
    for start in functions:
        if start in done:
            continue
        way, waiting = [start], [iter(calls[start])]
        on_way = {start}
        while way:
            callee = next(waiting[-1], None)
            if callee is None:
                done.add(way[-1])
                on_way.discard(way.pop())
                waiting.pop()
            elif callee in on_way:
                _circle(functions[way[-1]], [*way[way.index(callee) :], callee], calls[way[-1]][callee])
            elif callee not in done:
                way.append(callee)
                on_way.add(callee)
                waiting.append(iter(calls[callee]))


def _calls(body: Expression, functions: Mapping[str, UserFunction]) -> dict[str, Call]:
    """The user functions that a body calls, each with its first call."""
    found: dict[str, Call] = {}
    for node in walk(body.tree):
        if isinstance(node, Call) and node.function in functions:
            found.setdefault(node.function, node)
    return found


def _circle(caller: UserFunction, circle: list[str], call: Call) -> None:
    shown = circle if len(circle) <= 8 else [*circle[:4], "...", *circle[-3:]]
    raise SpecError(
        "functions call one another in a circle: " + " -> ".join(shown),
        text=caller.body.text,
        span=call.name_span,
        origin=caller.body.origin,
    )
