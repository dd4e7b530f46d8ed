"""What a function of arrays is: a row of name, signature, meaning and a builder that appends primitives."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

from gradcli.autodiff.calls import listed, unknown_keyword
from gradcli.autodiff.primitive import RowKink
from gradcli.autodiff.static import Statics, static_value
from gradcli.autodiff.tape import Tape
from gradcli.errors import ExpressionError, Span
from gradcli.language.syntax import Call, Node


class Use(NamedTuple):
    """One call of an array function: what its builder works with."""

    function: ArrayFunction
    tape: Tape
    node: Call
    values: list[int]
    statics: Statics

    def option(self, name: str, default: Any = None) -> Any:
        """A static parameter, by position or by keyword: a whole number or a tuple of them."""
        node = self._written(name)
        return default if node is None else static_value(node, self.statics, name)

    def whole_number(self, name: str, default: Any = None) -> Any:
        """A static parameter that is not a list.

        Raises:
            ExpressionError: at its place, if it is one.
        """
        found = self.option(name, default)
        if isinstance(found, tuple):
            node = self._written(name) or self.node
            raise ExpressionError(f"{name} is one whole number here, not a list", span=node.span)
        return found

    def span(self, name: str) -> Span:
        """The place of a static parameter's value, or of the call where it has none."""
        node = self._written(name)
        return self.node.span if node is None else node.span

    def _written(self, name: str) -> Node | None:
        for key, value in self.node.keywords:
            if key == name:
                return value
        function = self.function
        if name in function.static and function.values is not None:
            position = function.values + function.static.index(name)
            if position < len(self.node.arguments):
                return self.node.arguments[position]
        return None


Build = Callable[[Use], int]


class ArrayFunction(NamedTuple):
    """One function: how many leading arguments are values, its static parameters, and what it appends
    (`builder`, as `module:function` of this room).

    `values` is the number of value arguments (None: all of them); `static` names the parameters
    after them, which may be given by keyword; `skip` counts leading arguments that are not values
    (einsum's pattern). For people there are `domain` and `rule` (the derivative in words or as an
    equation), `kinks` (where there is none), `example` (a call and its point: `sum(x) at x=[1, 2]`) and `latex` (a
    format string over the arguments, `{0:tight}` for one that binds tightly).
    """

    name: str
    signature: str
    meaning: str
    builder: str
    values: int | None = 1
    least: int = 1
    static: tuple[str, ...] = ()
    group: str = "reductions"
    aliases: tuple[str, ...] = ()
    skip: int = 0
    kinks: tuple[RowKink, ...] = ()
    domain: str | None = None
    rule: str | None = None
    example: str = ""
    latex: str | None = None

    def build(self, tape: Tape, node: Call, values: list[int], statics: Statics) -> int:
        """Append the call; returns its value's instruction."""
        module, _, name = self.builder.partition(":")
        builder: Build = getattr(import_module(f"gradcli.autodiff.{module}"), name)
        return builder(Use(self, tape, node, values, statics))

    def values_of(self, node: Call) -> tuple[Node, ...]:
        """The arguments that are values; checks the count and the keywords."""
        most = None if self.values is None else self.values + len(self.static)
        given = len(node.arguments)
        if given < self.least or (most is not None and given > most):
            listable = most is not None and given > most and self.static[-1:] == ("shape",)
            raise ExpressionError(
                f"{node.function} does not take {given} argument{'s' * (given != 1)}",
                span=node.span,
                hint=listed(node, self.values or 0, self.signature) if listable else self.signature,
            )
        for key, _ in node.keywords:
            if key not in self.static:
                raise unknown_keyword(node, key, self.static)
        return node.arguments[self.skip :] if self.values is None else node.arguments[: self.values]

    def statics_of(self, node: Call) -> list[Node]:
        """The arguments that are not values."""
        rest = node.arguments[: self.skip] if self.values is None else node.arguments[self.values :]
        return [*rest, *(value for _, value in node.keywords)]
