"""Expressions on a tape and their printed formulas, for the tests of the source target."""

from __future__ import annotations

from collections.abc import Mapping

from gradcli.autodiff.lowering import lower
from gradcli.autodiff.tape import Tape
from gradcli.autodiff.vjp import vjp
from gradcli.language.parser import parse
from gradcli.language.syntax import Name, Node, children
from gradcli.targets.source import to_text

Shapes = Mapping[str, tuple[int, ...]]


def names_in(text: str) -> list[str]:
    """Names of values in the order of the text, but not the constants."""
    found: dict[int, str] = {}
    pending: list[Node] = [parse(text).tree]
    while pending:
        node = pending.pop()
        if isinstance(node, Name) and node.name not in ("pi", "e"):
            found.setdefault(node.span.start, node.name)
        pending += children(node)
    return list(dict.fromkeys(found[k] for k in sorted(found)))


def lowered(text: str, shapes: Shapes | None = None) -> tuple[Tape, int, dict[str, int]]:
    """A tape with the text on it, and its inputs."""
    tape = Tape()
    inputs = {name: tape.input(name, (shapes or {}).get(name, ())) for name in names_in(text)}
    return tape, lower(tape, parse(text), inputs), inputs


def printed(text: str, shapes: Shapes | None = None) -> str:
    tape, index, _ = lowered(text, shapes)
    return to_text(tape, index)


def gradient(text: str, name: str, shapes: Shapes | None = None) -> str:
    """The printed derivative of a scalar expression by one of its names."""
    tape, index, inputs = lowered(text, shapes)
    (adjoint,) = vjp(tape, index, tape.constant(1.0), [inputs[name]])
    assert adjoint is not None
    return to_text(tape, adjoint)


#: Shapes of the names that the array models use.
VECTORS: Shapes = {
    "v": (3,),
    "w": (3,),
    "u": (4,),
    "x": (6,),
    "A": (3, 3),
    "B": (3, 2),
    "X": (5, 3),
    "y": (5,),
    "T": (5, 3),
    "W": (3, 3),
    "b": (3,),
    "c": (),
    "Q": (2, 3, 4),
}
