"""Every error planted in a row of the table: its partials' factors, signs, terms, arguments, edges, range and orders.

A row is called through a function of the language made for the purpose, so that private rows, of which derivatives are
made, are tried like public ones, at first and at second order.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, NamedTuple

from planting import planted
from trials import Mutation, Trial

from gradcli.autodiff import compositions
from gradcli.autodiff.compositions import Composition
from gradcli.autodiff.elementwise import BY_NAME
from gradcli.autodiff.primitive import Row
from gradcli.language.parser import parse
from gradcli.language.syntax import Binary, Call, Name, Node, Number, Unary

#: Points beside the random ones of a domain: one for each side of a choice, and off a domain's harmless spots.
POINTS: dict[str, tuple[tuple[float, ...], ...]] = {
    "where": ((1.0, 0.7, -1.2), (-1.0, 0.7, -1.2)),
    "maximum": ((1.4, 0.3), (0.3, 1.4)),
    "minimum": ((1.4, 0.3), (0.3, 1.4)),
    "clip": ((0.4, -1.2, 1.1), (-1.7, -1.2, 1.1), (1.6, -1.2, 1.1)),
    "relu": ((1.3,), (-0.8,)),
    "mod": ((2.7, 0.7),),
    "sinc": ((1.4,),),
    "sinint": ((1.4,), (9.3,)),
    "leaky": ((1.3, 0.2), (-0.8, 0.2)),
    "elu_of": ((1.3, 0.7), (-0.8, 0.7)),
    "celu_of": ((1.3, 0.7), (-0.8, 0.7)),
    "huberized": ((0.4, 1.5), (-2.2, 1.5), (2.2, 1.5)),
    "lognormcdf": ((0.7,), (-1.3,)),
    "erfcinv": ((0.2,), (1.3,)),
    "lambertw": ((0.5,), (2.3,)),
    "logerfcx": ((1.3,), (-0.7,), (-6.2,)),
    "normppf": ((0.1,), (0.6,)),
    "fmod": ((2.7, 0.7),),
    "copysign": ((1.3, -0.7), (-1.3, 0.7)),
}
#: Rows whose arguments the language first makes truth values.
TEXTS = {
    "where": "where(condition > 0, a, b)",
    "logical_and": "(x and y)",
    "logical_or": "(x or y)",
    "logical_not": "(not x)",
}
DRAWN = 2  #: random points of each domain

#: Its value with the path cut: what makes a first derivative right whose own derivative is wrong.
FROZEN = Row("frozen", ("x",), "x, held", ("0",), "positive", "operator:pos")


class Error(NamedTuple):
    """A row's wrong columns; `below`: the numbers stay where the first argument is no larger than this."""

    kind: str
    columns: dict[str, Any]
    below: float | None = None


def points(row: Row) -> list[tuple[float, ...]]:
    """Where a row is tried."""
    generator = random.Random(row.name)
    drawn = [tuple(round(generator.uniform(*interval), 6) for interval in row.domain) for _ in range(DRAWN)]
    return [*POINTS.get(row.name, ()), *drawn]


def trials(row: Row) -> tuple[Trial, ...]:
    """The row, and its product with 2x + 3y + ..., whose Hessian holds the row's first derivatives too."""
    called = TEXTS.get(row.name, f"probe_{row.name}({', '.join(row.arguments)})")
    weight = " + ".join(f"{k}*{name}" for k, name in enumerate(row.arguments, 2))
    found = []
    for n, point in enumerate(points(row)):
        items = tuple(f"{name}={value}" for name, value in zip(row.arguments, point, strict=True))
        found += [Trial(called, items, "grad"), Trial(f"({weight})*{called}", items, "hessian")]
        if n == 0:
            found += [Trial(called, items, "jacobian"), Trial(called, items, "hessian")]
    return tuple(found)


@contextmanager
def callable_rows() -> Iterator[None]:
    """Every row callable as `probe_NAME` of its arguments, and the frozen one by the partials."""
    made = {}
    for row in BY_NAME.values():
        given = (*(f"{n:g}" for n in row.usual[: len(row.parameters)]), *row.arguments)
        name = f"probe_{row.name}"
        made[name] = Composition(name, row.arguments, f"{row.name}({', '.join(given)})", row.meaning)
    compositions.BY_NAME.update(made)
    BY_NAME["frozen"] = FROZEN
    try:
        yield
    finally:
        del BY_NAME["frozen"]
        for name in made:
            del compositions.BY_NAME[name]


def mutations(row: Row) -> list[Mutation]:
    """All of a row's, each tried at all of its points."""
    where = trials(row)

    def planting(error: Error) -> Mutation:
        def plant() -> AbstractContextManager[None]:
            return planted(row, **error.columns)

        return Mutation(row.name, error.kind, plant, where)

    return [planting(error) for error in errors(row)]


def errors(row: Row) -> Iterator[Error]:
    """Every error planted in a row."""
    for k, text in enumerate(row.partials):
        if text is None:
            continue

        def with_partial(other: str | None, k: int = k) -> dict[str, Any]:
            return {"partials": (*row.partials[:k], other, *row.partials[k + 1 :])}

        name = f"d/d{row.arguments[k]}"
        if text == "0":
            yield Error(f"{name} 0.001 instead of 0", with_partial("0.001"))
            continue
        for what, other in (*scaled(text), *frozen(text, row.arguments[k])):
            yield Error(f"{name} {what}", with_partial(other))
        middle = beyond(row)
        yield Error(
            f"{name} wrong beyond {row.arguments[0]} = {middle:g}",
            with_partial(f"where({row.arguments[0]} > {middle!r}, 1.001*({text}), {text})"),
            middle,
        )
        for other in dict.fromkeys((*dropped(text), *other_operators(text), *other_numbers(text))):
            yield Error(f"{name} is {other}", with_partial(other))
        if len(row.arguments) == 2 and (other := exchanged(text, *row.arguments)) != text:
            yield Error(f"{name} with swapped arguments", with_partial(other))
    if len(row.arguments) == 2 and row.partials[0] != row.partials[1]:
        yield Error("partials exchanged", {"partials": row.partials[::-1]})
    for k, edge in enumerate(row.edges):
        if edge is not None:
            for what, other_edge in (("negated", f"not ({edge})"), ("forgotten", None)):
                yield Error(f"edge {edge} {what}", {"edges": (*row.edges[:k], other_edge, *row.edges[k + 1 :])})
    if all(p is None for p in row.partials):
        yield Error("a partial where there is none", {"partials": ("1", *row.partials[1:])})


def scaled(text: str) -> Iterator[tuple[str, str]]:
    """The whole expression off by a factor, a term or its sign."""
    yield "off by 0.1 %", f"1.001*({text})"
    yield "too large by 1e-6", f"1.000001*({text})"
    yield "too small by 1e-6", f"0.999999*({text})"
    yield "plus 1e-6", f"({text}) + 1e-6"
    yield "twice", f"2*({text})"
    yield "sign", f"-({text})"
    yield "0", "0"


def frozen(text: str, argument: str) -> Iterator[tuple[str, str]]:
    """Expressions of the same value whose own derivative is wrong: errors at second order only."""
    if any(isinstance(node, Name) for node in nodes(parse(text).tree)):  # a constant has a derivative of 0 anyway
        yield "without a derivative of its own", f"frozen({text})"
        yield "whose own derivative is off by 0.1 %", f"1.001*({text}) - 0.001*frozen({text})"
    yield "whose own derivative is off by 0.001", f"({text}) + 0.001*({argument} - frozen({argument}))"


def beyond(row: Row) -> float:
    """A value of the first argument with tried points on both sides."""
    tried = sorted({point[0] for point in points(row)})
    middle = len(tried) // 2
    return (tried[middle - 1] + tried[middle]) / 2


def dropped(text: str) -> Iterator[str]:
    """The expression with one side of one of its operators left out: a forgotten term or chain factor."""
    for node in nodes(parse(text).tree):
        if isinstance(node, Binary):
            for side in (node.left, node.right):
                kept = text[side.span.start : side.span.end]
                yield f"{text[: node.span.start]}({kept}){text[node.span.end :]}"


def other_operators(text: str) -> Iterator[str]:
    """The expression with one operator in place of another, one after another."""
    others = {"+": "-", "-": "+", "*": "/", "/": "*"}
    for node in nodes(parse(text).tree, orders=False):  # an order has no value below 0
        if isinstance(node, Binary) and node.operator in others:
            left, right = (text[side.span.start : side.span.end] for side in (node.left, node.right))
            swapped = f"(({left}) {others[node.operator]} ({right}))"
            yield f"{text[: node.span.start]}{swapped}{text[node.span.end :]}"


def other_numbers(text: str) -> Iterator[str]:
    """The expression with one of its numbers larger by 1, one after another."""
    for node in nodes(parse(text).tree):
        if isinstance(node, Number):
            yield f"{text[: node.span.start]}{node.value + 1:g}{text[node.span.end :]}"


def exchanged(text: str, x: str, y: str) -> str:
    """The expression with two names exchanged."""
    places = [(n.span, n.name) for n in nodes(parse(text).tree) if isinstance(n, Name) and n.name in (x, y)]
    for span, name in sorted(places, reverse=True):
        text = text[: span.start] + (y if name == x else x) + text[span.end :]
    return text


def nodes(tree: Node, orders: bool = True) -> Iterator[Node]:
    """The nodes of an expression, with or without those in the orders of the functions it calls."""
    yield tree
    if isinstance(tree, Binary):
        yield from nodes(tree.left, orders)
        yield from nodes(tree.right, orders)
    elif isinstance(tree, Unary):
        yield from nodes(tree.operand, orders)
    elif isinstance(tree, Call):
        first = len(BY_NAME[tree.function].parameters)
        last = first + len(BY_NAME[tree.function].arguments)
        for argument in tree.arguments if orders else tree.arguments[first:last]:
            yield from nodes(argument, orders)
