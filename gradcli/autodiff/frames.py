"""Where an expression stands when it is lowered: what its names mean, and which call it is the body of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from gradcli.autodiff.array_arguments import AxisError
from gradcli.autodiff.broadcasting import named
from gradcli.autodiff.calls import keyword_span
from gradcli.autodiff.compositions import Composition
from gradcli.autodiff.primitive import Shape
from gradcli.autodiff.static import Statics
from gradcli.autodiff.tape import Place
from gradcli.errors import ShapeError
from gradcli.language.syntax import Call, Expression


class Function(Protocol):
    """A user function, as problems state it."""

    @property
    def name(self) -> str: ...
    @property
    def parameters(self) -> tuple[str, ...]: ...
    @property
    def body(self) -> Expression: ...


class Frame(NamedTuple):
    """What names mean in one body: values, static options, and whether private rows may be called.

    `caller` is the place of the call that a trusted body stands for, so that errors and kinks in
    a composition lead to the person's text.
    """

    expression: Expression
    values: Mapping[str, int]
    statics: Statics
    trusted: bool
    caller: Place | None
    outer: Mapping[str, int]
    typed: Typed | None = None


class Typed(NamedTuple):
    """A composition as the person called it: errors inside its body are told about this."""

    node: Call
    composition: Composition
    shapes: tuple[Shape, ...]

    def retold(self, error: ShapeError) -> ShapeError:
        """The error of a body in terms of the call."""
        if isinstance(error, AxisError):
            error.span = keyword_span(self.node, "axis")
            return error
        return self.refused()

    def refused(self) -> ShapeError:
        """The error of shapes that the function does not take."""
        given = self.shapes[: len(self.node.arguments) + len(self.node.keywords)]  # without defaults
        takes, signature = self.composition.takes, self.composition.signature
        return ShapeError(
            f"{self.node.function} does not take {named(given)}",
            span=self.node.span,
            hint=f"{signature} takes {takes}" if takes else signature,
        )
