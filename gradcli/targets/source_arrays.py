"""Structural operations as forms: what the language broadcasts by itself is not written at all.

A form's own shape may be smaller than its instruction's; an operation that needs all axes asks
`full` for them. Scalar factors move out of linear operations.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from gradcli.autodiff import structural
from gradcli.autodiff.primitive import Primitive, Shape
from gradcli.autodiff.tape import Tape
from gradcli.targets.source_contractions import contraction
from gradcli.targets.source_errors import NotExpressible
from gradcli.targets.source_explicit import kernel
from gradcli.targets.source_forms import ARRAY, Atom, Form, factors_of, number_of
from gradcli.targets.source_numbers import ONE
from gradcli.targets.source_placing import placed
from gradcli.targets.source_rows import Rows
from gradcli.targets.source_simplify import Algebra
from gradcli.targets.source_values import SPELLED_OUT, Explicit, Value, array, as_form

_SMALL = 16  #: entries up to which scalars put into zeros are spelled out


class Arrays:
    """Applies structural primitives to values of one algebra."""

    def __init__(self, algebra: Algebra, rows: Rows) -> None:
        self.algebra = algebra
        self.rows = rows

    def apply(self, tape: Tape, i: int, values: Sequence[Value]) -> Value:
        """The value of a structural instruction."""
        primitive, arguments, attributes, shape = tape.instructions[i]
        shapes = [tape.shape(a) for a in arguments]
        if primitive in (structural.NORM, structural.ORDER_STATISTIC, structural.STOP):
            return self._entries_kept(primitive, attributes, values[0], shapes[0])
        if self._spelled_out(primitive, values, [*shapes, shape]):
            return kernel(self.algebra, primitive, attributes, shapes, values, shape)
        if primitive is structural.CONCAT:
            return self._concat(values, shapes, attributes[0], shape)
        apply = _FORMS.get(primitive)
        if apply is None:
            raise NotExpressible(f"{getattr(primitive, 'name', 'this')} has no spelling in the language")
        return apply(self, attributes, shapes, [as_form(self.algebra, v) for v in values])

    def full(self, value: Value, shape: Shape) -> Form:
        """The value as a form that has this very shape."""
        form = as_form(self.algebra, value)
        if form.shape == shape:
            return form
        if math.prod(form.shape) == math.prod(shape) and form.shape:
            return self.reshaped(form, shape)
        if form is self.algebra.zero:
            return self.call("zeros", shape, shape=shape)
        return self.algebra.multiply([(form, ONE), (self.call("ones", shape, shape=shape), ONE)])

    def call(self, name: str, *parts: Any, shape: Shape, **keywords: Any) -> Atom:
        """A call of an array function; arguments are forms, whole numbers, tuples of them or patterns."""
        given = (("=", *keywords.items()),) if keywords else ()
        return self.algebra.atom("call", (name, *parts, *given), shape)

    def split(self, form: Form) -> tuple[Form, Form]:
        """A form as scalar factors and what has a shape."""
        coefficient, factors = factors_of(form)
        outer = self.algebra.multiply([(b, e) for b, e in factors if not b.shape], coefficient)
        return outer, self.algebra.multiply([(b, e) for b, e in factors if b.shape])

    def times(self, outer: Form, inner: Form, n: int = 1) -> Form:
        """The product of scalar factors and an array."""
        return self.algebra.multiply([(outer, ONE), (inner, ONE)], Fraction(n))

    def reduced(self, name: str, form: Form, axes: Sequence[int]) -> Form:
        """`sum(form, axis=...)` and its like over axes counted from the end."""
        shape = form.shape
        if len(axes) == len(shape):
            while isinstance(form, Atom) and (
                form.kind == "transpose" or (form.kind, form.parts[0]) == ("call", "reshape")
            ):
                form = next(form.operands())
            return self.call(name, form, shape=())
        kept = tuple(n for k, n in enumerate(shape) if k - len(shape) not in axes)
        if isinstance(form, Atom) and form.kind == "transpose" and len(shape) == 2:
            form, axes = form.parts[0], [-3 - a for a in axes]
        named = tuple(a + len(shape) for a in axes)
        return self.call(name, form, shape=kept, axis=named[0] if len(named) == 1 else named)

    def sum(self, form: Form, shape: Shape, axes: Sequence[int]) -> Form:
        """The sum of a form that stands for `shape`, over some of its axes."""
        outer, inner = self.split(form)
        own = inner.shape
        times = math.prod(shape[a] for a in axes if -a > len(own) or own[a] == 1)
        present = [a for a in axes if -a <= len(own)]
        return self.times(outer, self.reduced("sum", inner, present) if present else inner, times)

    def transposed(self, form: Form, order: Sequence[int] = (1, 0)) -> Form:
        """`A'`, or `transpose(A, [...])` of more axes."""
        shape = tuple(form.shape[k] for k in order)
        if list(order) != list(range(len(order)))[::-1]:
            return self.call("transpose", form, tuple(order), shape=shape)
        if isinstance(form, Atom) and form.kind == "transpose":
            return next(form.operands())
        return self.algebra.atom("transpose", (form,), shape, ARRAY)

    def reshaped(self, form: Form, shape: Shape) -> Form:
        """`reshape(form, shape)` of a form with all its axes."""
        while isinstance(form, Atom) and (form.kind, form.parts[0]) == ("call", "reshape"):
            form = next(form.operands())
        return form if form.shape == shape else self.call("reshape", form, shape, shape=shape)

    def index(self, form: Form, parts: Sequence[Any]) -> Form:
        """`form[parts]`, a whole number or a slice (None for an axis's own end) for each axis."""
        shape = []
        for part, n in zip(parts, form.shape, strict=True):
            if isinstance(part, tuple):
                shape.append(len(range(n)[slice(*part)]))
        shown = list(parts)
        while shown and shown[-1] == (None, None, None):
            shown.pop()
        return self.algebra.atom("index", (form, *shown), tuple(shape)) if shown else form

    def _spelled_out(self, primitive: Primitive, values: Sequence[Value], shapes: Sequence[Shape]) -> bool:
        if not all(isinstance(v, Explicit) or not v.shape for v in values):
            return False
        if any(isinstance(v, Explicit) for v in values):
            return all(math.prod(s) <= SPELLED_OUT for s in shapes)
        return primitive in (structural.CONCAT, structural.SCATTER) and all(math.prod(s) <= _SMALL for s in shapes)

    def _entries_kept(self, primitive: Primitive, attributes: Any, value: Value, shape: Shape) -> Value:
        """Operations that are applied to arrays of scalars as they are, not entry by entry."""
        if primitive is structural.STOP:
            if isinstance(value, Explicit):
                return Explicit([self._stopped(e) for e in value.entries], value.shape)
            return self._stopped(value)
        form = as_form(self.algebra, value)
        if isinstance(value, Explicit) and len(shape) == 1 and shape[0] > 1 and primitive is structural.ORDER_STATISTIC:
            if attributes[0] in (0, shape[0] - 1):
                return self.call("min" if attributes[0] == 0 else "max", *value.entries, shape=())
        if shape == (1,) and not form.shape:
            return self.call("norm", form, shape=()) if primitive is structural.NORM else form
        form = self.full(form, shape)
        if primitive is structural.NORM:
            return self.reduced("norm", form, [-1])
        return self._order_statistic(form, attributes[0])

    def _order_statistic(self, form: Form, k: int) -> Form:
        n = form.shape[-1]
        if k in (0, n - 1):
            return self.reduced("max" if k else "min", form, [-1])
        middle = self.reduced("median", form, [-1])
        if 2 * k + 1 == n:
            return middle
        if k not in (n // 2 - 1, n // 2):
            raise NotExpressible("an order statistic that is no minimum, median or maximum")
        # Of the two middle entries the lower is the largest one up to the median, the upper the smallest one from it.
        lower = k == n // 2 - 1
        kept = (*form.shape[:-1], 1)
        column = self.full(middle, kept) if middle.shape else middle
        other = self.reduced("min" if lower else "max", form, [-1])
        condition = self.algebra.infix("<=" if lower else ">=", form, column)
        choice = self.algebra.choose(condition, form, self.full(other, kept) if other.shape else other)
        return self.reduced("max" if lower else "min", choice, [-1])

    def _stopped(self, form: Form) -> Form:
        return form if number_of(form) is not None else self.call("stop_gradient", form, shape=form.shape)

    def _concat(self, values: Sequence[Value], shapes: Sequence[Shape], axis: int, shape: Shape) -> Form:
        rank = len(shape)
        forms = [as_form(self.algebra, v) for v in values]
        inner = shape[1:]
        if axis == -rank and all(s[0] == 1 for s in shapes) and all(len(f.shape) < rank for f in forms):
            return array(self.algebra, [self.full(f, inner) for f in forms], shape)
        k = axis + rank
        items = [self._without_axis(f, (*shape[:k], *shape[k + 1 :]), s) for f, s in zip(forms, shapes, strict=True)]
        if all(item is not None for item in items):
            return self.call("stack", *items, shape=shape, **({"axis": k} if k else {}))
        joined = [self.full(f, s) for f, s in zip(forms, shapes, strict=True)]
        return self.call("concat", *joined, shape=shape, **({"axis": k} if k else {}))

    def _without_axis(self, form: Form, shape: Shape, grown: Shape) -> Form | None:
        """The array that was given one more axis of size 1 by `reshape`, if that is what the form is."""
        if isinstance(form, Atom) and (form.kind, form.parts[0]) == ("call", "reshape") and form.shape == grown:
            (operand,) = form.operands()
            return operand if operand.shape == shape else None
        return None


_Apply = Callable[[Arrays, Any, Sequence[Shape], Sequence[Form]], Form]


def _sum(to: Arrays, attributes: Any, shapes: Sequence[Shape], forms: Sequence[Form]) -> Form:
    return to.sum(forms[0], shapes[0], attributes[0])


def _reshape(to: Arrays, attributes: Any, shapes: Sequence[Shape], forms: Sequence[Form]) -> Form:
    outer, inner = to.split(forms[0])
    (shape,) = attributes
    own = inner.shape
    if not own or (
        _trimmed(own) == _trimmed(shape) and math.prod(own) == math.prod(shapes[0]) and len(own) <= len(shape)
    ):
        return forms[0]
    whole = inner if math.prod(own) == math.prod(shapes[0]) else to.full(inner, shapes[0])
    return to.times(outer, to.reshaped(whole, shape))


def _trimmed(shape: Shape) -> Shape:
    """The shape without the axes of size 1 in front, which the language adds by itself."""
    k = next((k for k, n in enumerate(shape) if n != 1), len(shape))
    return shape[k:]


def _transpose(to: Arrays, attributes: Any, shapes: Sequence[Shape], forms: Sequence[Form]) -> Form:
    outer, inner = to.split(forms[0])
    return to.times(outer, to.transposed(to.full(inner, shapes[0]), attributes[0])) if inner.shape else forms[0]


def _index(to: Arrays, attributes: Any, shapes: Sequence[Shape], forms: Sequence[Form]) -> Form:
    outer, inner = to.split(forms[0])
    own = inner.shape
    parts: list[Any] = []
    for part, whole, n in zip(
        attributes[0][len(shapes[0]) - len(own) :], shapes[0][len(shapes[0]) - len(own) :], own, strict=True
    ):
        if n != whole:
            part = (0, n, 1) if isinstance(part, tuple) else 0
        parts.append(_ends(*part, n) if isinstance(part, tuple) else part)
    return to.times(outer, to.index(inner, parts))


def _ends(start: int, stop: int, step: int, n: int) -> tuple[int | None, int | None, int | None]:
    """A slice with the ends left out that the axis has anyway."""
    first = None if start == (0 if step > 0 else n - 1) else start
    last = None if (stop >= n if step > 0 else stop < 0) else stop
    return first, last, None if step == 1 else step


def _scatter(to: Arrays, attributes: Any, shapes: Sequence[Shape], forms: Sequence[Form]) -> Form:
    outer, inner = to.split(forms[0])
    if not outer.shape and number_of(inner) == 1 and not shapes[0]:
        outer, inner = to.algebra.one, outer
    return to.times(outer, placed(to, to.full(inner, shapes[0]), *attributes))


def _einsum(to: Arrays, attributes: Any, shapes: Sequence[Shape], forms: Sequence[Form]) -> Form:
    return contraction(to, attributes, shapes, forms)


def _diagonal(to: Arrays, attributes: Any, shapes: Sequence[Shape], forms: Sequence[Form]) -> Form:
    outer, inner = to.split(forms[0])
    if not inner.shape:
        return forms[0]
    whole, shape = to.full(inner, shapes[0]), shapes[0][:-1]
    if len(shape) == 1:
        return to.times(outer, to.call("diag", whole, shape=shape))
    letters = "abcdefghijklmnopqrstuvwxyz"[: len(shape)]
    return to.times(outer, to.call("einsum", f"{letters}{letters[-1]}->{letters}", whole, shape=shape))


def _diagonal_matrix(to: Arrays, attributes: Any, shapes: Sequence[Shape], forms: Sequence[Form]) -> Form:
    outer, inner = to.split(forms[0])
    n = shapes[0][-1]
    eye = to.call("eye", n, shape=(n, n))
    if not inner.shape:
        return to.times(outer, eye)
    whole = to.full(inner, shapes[0])
    if len(shapes[0]) == 1:
        return to.times(outer, to.call("diag", whole, shape=(n, n)))
    return to.times(outer, to.times(to.reshaped(whole, (*shapes[0][:-1], 1, n)), eye))


def _cumsum(to: Arrays, attributes: Any, shapes: Sequence[Shape], forms: Sequence[Form]) -> Form:
    axis, backward = attributes
    outer, inner = to.split(forms[0])
    rank, n = len(shapes[0]), shapes[0][axis]
    if not inner.shape and axis == -1:
        count = to.call("arange", n, shape=(n,))
        sign, start = (Fraction(-1), n) if backward else (ONE, 1)
        return to.times(outer, to.algebra.add([(sign, count), (Fraction(start), to.algebra.one)]))
    whole = to.full(inner, shapes[0])
    flip = [(None, None, -1) if k - rank == axis else (None, None, None) for k in range(rank)]
    keywords = {"axis": axis + rank} if rank > 1 else {}
    if backward:
        whole = to.index(whole, flip)
    summed: Form = to.call("cumsum", whole, shape=shapes[0], **keywords)
    return to.times(outer, to.index(summed, flip) if backward else summed)


_FORMS: dict[Primitive, _Apply] = {
    structural.SUM: _sum,
    structural.BROADCAST: lambda to, _, __, forms: forms[0],
    structural.RESHAPE: _reshape,
    structural.TRANSPOSE: _transpose,
    structural.INDEX: _index,
    structural.SCATTER: _scatter,
    structural.EINSUM: _einsum,
    structural.DIAGONAL: _diagonal,
    structural.DIAGONAL_MATRIX: _diagonal_matrix,
    structural.CUMSUM: _cumsum,
}
