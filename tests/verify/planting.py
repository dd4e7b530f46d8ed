"""Planting errors: rows and structural operations with a wrong derivative or a wrong value, put back afterwards."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from gradcli.autodiff.elementwise import ROWS
from gradcli.autodiff.primitive import Row
from gradcli.language.parser import parse
from gradcli.language.syntax import Binary, Call, Name, Node, Unary
from gradcli.problems.commandline import problem_from_expression
from gradcli.problems.problem import CheckOptions
from gradcli.result import Record
from gradcli.solve import SolveOptions, solve


@contextmanager
def planted(row: Row, **columns: Any) -> Iterator[None]:
    """A row with other columns. The object stays the same: tables and tapes know rows by identity."""
    before = {name: getattr(row, name) for name in columns}
    try:
        for name, value in columns.items():
            object.__setattr__(row, name, value)
        yield
    finally:
        for name, value in before.items():
            object.__setattr__(row, name, value)


class Mutant(NamedTuple):
    """A row with an error: its columns, and the order of derivative at which it shows first."""

    what: str
    columns: dict[str, Any]


def mutants(row: Row) -> Iterator[Mutant]:
    """Every error planted in a row: 0.1 %, a sign, swapped arguments, a dropped term or factor, a wrong edge."""
    for k, text in enumerate(row.partials):
        if text is None:
            continue

        def partials(other: str, k: int = k) -> dict[str, Any]:
            return {"partials": (*row.partials[:k], other, *row.partials[k + 1 :])}

        name = f"d/d{row.arguments[k]}"
        if text == "0":
            yield Mutant(f"{name} 0.001 instead of 0", partials("0.001"))
            continue
        yield Mutant(f"{name} off by 0.1 %", partials(f"1.001*({text})"))
        yield Mutant(f"{name} sign", partials(f"-({text})"))
        for other in dropped(text):
            yield Mutant(f"{name} is {other}", partials(other))
        if len(row.arguments) == 2 and (other := exchanged(text, *row.arguments)) != text:
            yield Mutant(f"{name} with swapped arguments", partials(other))
    if len(row.arguments) == 2 and row.partials[0] != row.partials[1]:
        yield Mutant("partials exchanged", {"partials": row.partials[::-1]})
    for k, edge in enumerate(row.edges):
        if edge is not None:
            yield Mutant(f"edge {edge} negated", {"edges": (*row.edges[:k], f"not ({edge})", *row.edges[k + 1 :])})
    if not row.edges and all(p is None for p in row.partials):
        yield Mutant("a partial where there is none", {"partials": ("1", *row.partials[1:])})


def dropped(text: str) -> Iterator[str]:
    """The expression with one side of one of its operators left out: a forgotten term or factor."""
    for node in nodes(parse(text).tree):
        if isinstance(node, Binary):
            for side in (node.left, node.right):
                kept = text[side.span.start : side.span.end]
                yield f"{text[: node.span.start]}({kept}){text[node.span.end :]}"


def nodes(tree: Node) -> Iterator[Node]:
    yield tree
    if isinstance(tree, Binary):
        yield from nodes(tree.left)
        yield from nodes(tree.right)
    elif isinstance(tree, Unary):
        yield from nodes(tree.operand)
    elif isinstance(tree, Call):
        for argument in tree.arguments:
            yield from nodes(argument)


def exchanged(text: str, x: str, y: str) -> str:
    """The expression with two names exchanged."""
    places = [(n.span, n.name) for n in nodes(parse(text).tree) if isinstance(n, Name) and n.name in (x, y)]
    for span, name in sorted(places, reverse=True):
        text = text[: span.start] + (y if name == x else x) + text[span.end :]
    return text


#: Points other than a random one of the domain: one for each side of a choice, and off the domain's harmless spots.
POINTS: dict[str, tuple[tuple[float, ...], ...]] = {
    "power": ((0.75, 1.3),),
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
    "huberized": ((0.4, 1.5), (-2.2, 1.5), (2.2, 1.5)),
    "lognormcdf": ((0.7,), (-1.3,)),
    "erfcinv": ((0.2,), (1.3,)),
    "lambertw": ((0.5,), (2.3,)),
    "logerfcx": ((1.3,), (-0.7,), (-6.2,)),
    "normppf": ((0.1,), (0.6,)),
    "fmod": ((2.7, 0.7),),
    "copysign": ((1.3, -0.7), (-1.3, 0.7)),
}


#: A condition that is false away from its jump (a bare variable is false at the jump only), and private rows by the
#: function that is written with them.
TEXTS = {
    "where": "where(condition > 0, a, b)",
    "leaky": "leaky_relu(x, slope)",
    "elu_of": "elu(x, alpha)",
    "huberized": "huber(x, 0, delta)",
    "softplus_tanh": "mish(x)",
}


class Use(NamedTuple):
    """An expression that uses a row at a smooth point, and one whose Hessian shows its first derivative too."""

    text: str
    weighted: str
    items: tuple[str, ...]


def shown_at(row: Row) -> tuple[int, Row]:
    """The order of derivative that shows a row's values, and the first public row of whose derivatives it is one."""
    if row.name in TEXTS:
        return 0, row
    order, users = 0, [row]
    while not any(_called(user) for user in users):
        order += 1
        users = [r for r in ROWS for user in users if any(p and f"{user.name}(" in p for p in r.partials)]
        users = list(dict.fromkeys(users))
        assert users, row.name  # a private row serves one that people call
    return order, next(user for user in users if _called(user))


def _called(row: Row) -> bool:
    return not row.private or row.name in TEXTS


def uses(row: Row) -> list[Use]:
    """The row applied to variables; a private row through the first public one that needs it.

    The weighted expression is (x + 2y + 3z)·row(x, y, z): its Hessian holds the row's first derivatives, so that
    rows without a second one are seen at second order too.
    """
    _, public = shown_at(row)
    generator = random.Random(public.name)
    drawn = tuple(round(generator.uniform(*interval), 6) for interval in public.domain)
    names = public.arguments
    if public.name in TEXTS:
        text = TEXTS[public.name]
    elif public.operator is None:
        text = f"{public.name}({', '.join((*(f'{n:g}' for n in (row.typical or (3,) * len(row.parameters))), *names))})"
    elif len(names) == 2:
        text = f"({names[0]} {public.operator} {names[1]})"
    else:
        text = f"({public.operator} {names[0]})"
    weight = " + ".join(f"{k}*{name}" for k, name in enumerate(names, 1))
    weighted = text if public is not row else f"({weight})*{text}"
    return [
        Use(text, weighted, tuple(f"{n}={v}" for n, v in zip(names, at, strict=True)))
        for at in POINTS.get(public.name, (drawn,))
    ]


def solved(text: str, items: tuple[str, ...], task: str, **check: Any) -> Record:
    """The record of one task, checked."""
    problem = problem_from_expression(text, items).with_(check=CheckOptions(**check))
    (record,) = solve(problem, SolveOptions(task=task)).results
    return record
