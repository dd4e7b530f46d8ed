"""The syntax tree: what a person wrote, node by node, each with its place in the text.

Nodes are immutable and compare by identity: a sum of 100,000 terms is a tree of that
depth, so nothing that walks it may recurse, and neither may `==` or `repr`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gradcli.errors import NOWHERE, Origin, Span

Offsets = tuple[int, int]  #: a Span, or a plain pair that stands for one


class Node:
    """Base of all nodes; `span` is the node's whole text, parentheses around it not included."""

    # Offsets, not a Span: a large tree then has half as many objects for the garbage collector to visit.
    __slots__ = ("_end", "_start")
    _start: int
    _end: int

    @property
    def span(self) -> Span:
        """The node's place in the text."""
        return Span(self._start, self._end)


class Number(Node):
    """A numeric literal: its float64 value and the text as typed."""

    __slots__ = ("text", "value")

    def __init__(self, value: float, text: str, span: Offsets) -> None:
        self.value, self.text = value, text
        self._start, self._end = span


class Name(Node):
    """A value's name (`π`, `µ` keep their spelling in the text; `name` is normalised: µ reads as μ)."""

    __slots__ = ("name",)

    def __init__(self, name: str, span: Offsets) -> None:
        self.name = name
        self._start, self._end = span


class String(Node):
    """A quoted string, the first argument of `einsum` and nothing else."""

    __slots__ = ("value",)

    def __init__(self, value: str, span: Offsets) -> None:
        self.value = value
        self._start, self._end = span


class Unary(Node):
    """`-a`, `+a` or `not a`."""

    __slots__ = ("operand", "operator")

    def __init__(self, operator: str, operand: Node, span: Offsets) -> None:
        self.operator, self.operand = operator, operand
        self._start, self._end = span


class Binary(Node):
    """`a OP b`; the operator is one of `+ - * / @ ^ < <= > >= == != and or` (`**` reads as `^`)."""

    __slots__ = ("_operator_end", "_operator_start", "left", "operator", "right")

    def __init__(self, operator: str, left: Node, right: Node, operator_span: Offsets, span: Offsets) -> None:
        self.operator, self.left, self.right = operator, left, right
        self._operator_start, self._operator_end = operator_span
        self._start, self._end = span

    @property
    def operator_span(self) -> Span:
        """The operator's place in the text."""
        return Span(self._operator_start, self._operator_end)


class Call(Node):
    """`function(arguments, keyword=value)`; `name_span` is the function's name alone, `key_span(k)` a keyword's."""

    __slots__ = ("_keyword_places", "_name_end", "_name_start", "arguments", "function", "keywords")

    def __init__(
        self,
        function: str,
        arguments: tuple[Node, ...],
        keywords: tuple[tuple[str, Node], ...],
        name_span: Offsets,
        span: Offsets,
        keyword_places: tuple[Offsets, ...] = (),
    ) -> None:
        self.function, self.arguments, self.keywords = function, arguments, keywords
        self._name_start, self._name_end = name_span
        self._start, self._end = span
        self._keyword_places = keyword_places

    @property
    def name_span(self) -> Span:
        """The place of the function's name in the text."""
        return Span(self._name_start, self._name_end)

    def key_span(self, k: int) -> Span:
        """The place of the name of keyword `k` in the text; of a call that no person wrote, that of its value."""
        return Span(*self._keyword_places[k]) if self._keyword_places else self.keywords[k][1].span


class Slice(Node):
    """`start:stop:step` inside an index; absent parts are None."""

    __slots__ = ("start", "step", "stop")

    def __init__(self, start: Node | None, stop: Node | None, step: Node | None, span: Offsets) -> None:
        self.start, self.stop, self.step = start, stop, step
        self._start, self._end = span


class Index(Node):
    """`operand[parts]`; a part is a `Slice` or the node of a constant integer."""

    __slots__ = ("operand", "parts")

    def __init__(self, operand: Node, parts: tuple[Node, ...], span: Offsets) -> None:
        self.operand, self.parts = operand, parts
        self._start, self._end = span


class Transpose(Node):
    """`A'` or `A.T`."""

    __slots__ = ("operand",)

    def __init__(self, operand: Node, span: Offsets) -> None:
        self.operand = operand
        self._start, self._end = span


class Array(Node):
    """`[a, b, c]`."""

    __slots__ = ("items",)

    def __init__(self, items: tuple[Node, ...], span: Offsets) -> None:
        self.items = items
        self._start, self._end = span


class Expression:
    """One parsed expression: its text, its tree and where the text came from."""

    __slots__ = ("origin", "text", "tree")

    def __init__(self, text: str, tree: Node, origin: Origin = NOWHERE) -> None:
        self.text, self.tree, self.origin = text, tree, origin

    def __reduce__(self) -> tuple[Any, ...]:
        # Pickled and copied as text: pickling node by node would recurse as deep as the tree.
        from gradcli.language.parser import parse

        return parse, (self.text, self.origin)


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below `node`, in the order of the text."""
    if isinstance(node, Binary):
        return (node.left, node.right)
    if isinstance(node, Unary | Transpose):
        return (node.operand,)
    if isinstance(node, Call):
        return (*node.arguments, *(value for _, value in node.keywords))
    if isinstance(node, Index):
        return (node.operand, *node.parts)
    if isinstance(node, Array):
        return node.items
    if isinstance(node, Slice):
        return tuple(part for part in (node.start, node.stop, node.step) if part is not None)
    return ()


def walk(tree: Node) -> Iterator[Node]:
    """All nodes, each before the ones below it, in the order of the text."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(children(node)))
