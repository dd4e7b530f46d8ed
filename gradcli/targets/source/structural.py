"""Structural primitives as forms, one function each: what the language broadcasts by itself is not written at all."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from gradcli.autodiff import structural
from gradcli.autodiff.linear_algebra import MatrixFunction
from gradcli.autodiff.primitive import Primitive, Ruled, Shape
from gradcli.autodiff.ruled import OTHERS
from gradcli.autodiff.tape import Tape
from gradcli.targets.source.arrays import WHOLE, Arrays, Part, ends, is_call, operand
from gradcli.targets.source.contractions import contraction
from gradcli.targets.source.errors import NotExpressible
from gradcli.targets.source.explicit import kernel
from gradcli.targets.source.forms import Atom, Form, number_of
from gradcli.targets.source.matrices import matrix_function
from gradcli.targets.source.numbers import ONE
from gradcli.targets.source.others import others
from gradcli.targets.source.placing import placed
from gradcli.targets.source.values import SPELLED_OUT, Explicit, Value, array, as_form

_SMALL = 16  #: entries up to which scalars put into zeros are spelled out


def apply(to: Arrays, tape: Tape, i: int, values: Sequence[Value]) -> Value:
    """The value of a structural instruction, given those of its arguments.

    Raises:
        NotExpressible: if the language has no words for it.
    """
    primitive, arguments, attributes, shape = tape.instructions[i]
    shapes = [tape.shape(a) for a in arguments]
    if isinstance(primitive, Ruled):
        return values[0]
    if primitive is structural.STOP:
        return _stopped(to, values[0])
    if primitive in _WHOLE:
        return _WHOLE[primitive](to, attributes, shapes[0], values[0])
    if isinstance(primitive, MatrixFunction):
        return matrix_function(to, primitive, attributes, shapes, values, shape)
    if _spelled_out(primitive, values, [*shapes, shape]):
        return kernel(to.algebra, primitive, attributes, shapes, values, shape)
    if primitive is structural.CONCAT:
        return _concat(to, values, shapes, attributes[0], shape)
    if primitive not in _LINEAR:
        raise NotExpressible(f"{getattr(primitive, 'name', 'this')} has no spelling in the language")
    linear = _LINEAR[primitive]
    forms = [as_form(to.algebra, v) for v in values]
    for k, form in enumerate(forms):
        condition, a, b = form.parts if isinstance(form, Atom) and form.kind == "where" else (None, None, None)
        if condition is not None and not condition.shape and b is to.algebra.zero:
            forms[k] = a
            return to.algebra.choose(condition, linear(to, attributes, shapes, forms), to.algebra.zero)
    return linear(to, attributes, shapes, forms)


def _spelled_out(primitive: Primitive, values: Sequence[Value], shapes: Sequence[Shape]) -> bool:
    """Whether the operation is done entry by entry: on small arrays whose entries are known as scalars."""
    if not all(isinstance(v, Explicit) or not v.shape for v in values):
        return False
    if any(isinstance(v, Explicit) for v in values):
        return all(math.prod(s) <= SPELLED_OUT for s in shapes)
    return primitive in (structural.CONCAT, structural.SCATTER) and all(math.prod(s) <= _SMALL for s in shapes)


def _stopped(to: Arrays, value: Value) -> Value:
    if isinstance(value, Explicit):
        return Explicit([as_form(to.algebra, _stopped(to, e)) for e in value.entries], value.shape)
    return value if number_of(value) is not None else to.call("stop_gradient", value, shape=value.shape)


def _norm(to: Arrays, attributes: Any, shape: Shape, value: Value) -> Form:
    form = as_form(to.algebra, value)
    if shape == (1,) and not form.shape:
        return to.call("norm", form, shape=())
    return to.reduced("norm", to.full(form, shape), [-1])


def _order_statistic(to: Arrays, attributes: Any, shape: Shape, value: Value) -> Form:
    (k,) = attributes
    n = shape[-1]
    if isinstance(value, Explicit) and shape == (n,) and n > 1 and k in (0, n - 1):
        return to.call("max" if k else "min", *value.entries, shape=())
    form = as_form(to.algebra, value)
    if shape == (1,) and not form.shape:
        return form
    form = to.full(form, shape)
    if k in (0, n - 1):
        return to.reduced("max" if k else "min", form, [-1])
    middle = to.reduced("median", form, [-1])
    if 2 * k + 1 == n:
        return middle
    if k not in (n // 2 - 1, n // 2):
        raise NotExpressible("an order statistic that is no minimum, median or maximum")
    # Of the two middle entries the lower is the largest one up to the median, the upper the smallest one from it.
    lower = k == n // 2 - 1
    other = to.reduced("min" if lower else "max", form, [-1])
    if middle.shape:
        middle, other = (to.reshaped(f, (*shape[:-1], 1)) for f in (middle, other))
    choice = to.algebra.choose(to.algebra.infix("<=" if lower else ">=", form, middle), form, other)
    return to.reduced("max" if lower else "min", choice, [-1])


def _concat(to: Arrays, values: Sequence[Value], shapes: Sequence[Shape], axis: int, shape: Shape) -> Form:
    rank, k = len(shape), axis + len(shape)
    forms = [as_form(to.algebra, v) for v in values]
    if k == 0 and all(s[0] == 1 for s in shapes) and all(len(f.shape) < rank for f in forms):
        return array(to.algebra, [to.full(f, shape[1:]) for f in forms], shape)
    named = {"axis": k} if k else {}
    grown = [f for f, s in zip(forms, shapes, strict=True) if is_call(f, "reshape") and f.shape == s and s[k] == 1]
    if len(grown) == len(forms) and {operand(f).shape for f in grown} == {(*shape[:k], *shape[k + 1 :])}:
        return to.call("stack", *[operand(f) for f in grown], shape=shape, **named)
    return to.call("concat", *[to.full(f, s) for f, s in zip(forms, shapes, strict=True)], shape=shape, **named)


def _sum(to: Arrays, attributes: Any, shapes: Sequence[Shape], forms: Sequence[Form]) -> Form:
    return to.sum(forms[0], shapes[0], attributes[0])


def _reshape(to: Arrays, attributes: Any, shapes: Sequence[Shape], forms: Sequence[Form]) -> Form:
    outer, inner = to.split(forms[0])
    (shape,) = attributes
    own = inner.shape
    complete = math.prod(own) == math.prod(shapes[0])
    if not own or (complete and _trimmed(own) == _trimmed(shape) and len(own) <= len(shape)):
        return forms[0]
    return to.times(outer, to.reshaped(inner if complete else to.full(inner, shapes[0]), shape))


def _trimmed(shape: Shape) -> Shape:
    """The shape without the axes of size 1 in front, which the language adds by itself."""
    return shape[next((k for k, n in enumerate(shape) if n != 1), len(shape)) :]


def _transpose(to: Arrays, attributes: Any, shapes: Sequence[Shape], forms: Sequence[Form]) -> Form:
    outer, inner = to.split(forms[0])
    return to.times(outer, to.transposed(to.full(inner, shapes[0]), attributes[0])) if inner.shape else forms[0]


def _index(to: Arrays, attributes: Any, shapes: Sequence[Shape], forms: Sequence[Form]) -> Form:
    outer, inner = to.split(forms[0])
    first = len(shapes[0]) - len(inner.shape)
    parts: list[Part] = []
    for part, whole, n in zip(attributes[0][first:], shapes[0][first:], inner.shape, strict=True):
        if isinstance(part, int):
            parts.append(part if n == whole else 0)  # an axis that only broadcasting gives has one entry
        else:
            start, stop, step = part
            parts.append(ends(start, stop, step, n) if n == whole else WHOLE)
    return to.times(outer, to.index(inner, parts))


def _scatter(to: Arrays, attributes: Any, shapes: Sequence[Shape], forms: Sequence[Form]) -> Form:
    outer, inner = to.split(forms[0])
    if not shapes[0]:
        return placed(to, forms[0], *attributes)
    return to.times(outer, placed(to, to.full(inner, shapes[0]), *attributes))


def _diagonal(to: Arrays, attributes: Any, shapes: Sequence[Shape], forms: Sequence[Form]) -> Form:
    outer, inner = to.split(forms[0])
    shape = shapes[0][:-1]
    if inner.shape in ((), (shape[-1],)):  # every row is the same
        return forms[0]
    whole = to.full(inner, shapes[0])
    if len(shape) == 1:
        return to.times(outer, operand(whole) if is_call(whole, "diag") else to.call("diag", whole, shape=shape))
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
    return to.times(outer, to.reshaped(whole, (*shapes[0][:-1], 1, n)), eye)


def _triangle(to: Arrays, attributes: Any, shapes: Sequence[Shape], forms: Sequence[Form]) -> Form:
    offset, lower = attributes
    outer, inner = to.split(forms[0])
    named = {"k": offset} if offset else {}
    call = to.call("tril" if lower else "triu", to.full(inner, shapes[0]), shape=shapes[0], **named)
    again = isinstance(inner, Atom) and inner.parts[:1] == call.parts[:1] and inner.parts[2:] == call.parts[2:]
    return to.times(outer, inner if again else call)


def _cumsum(to: Arrays, attributes: Any, shapes: Sequence[Shape], forms: Sequence[Form]) -> Form:
    axis, backward = attributes
    outer, inner = to.split(forms[0])
    rank, n = len(shapes[0]), shapes[0][axis]
    if not inner.shape and axis == -1:
        count = to.call("arange", n, shape=(n,))
        one = to.algebra.one
        terms = [(n, one), (-ONE, count)] if backward else [(ONE, count), (ONE, one)]
        return to.times(outer, to.algebra.add(terms))
    whole = to.full(inner, shapes[0])
    flip: list[Part] = [(None, None, -1) if k - rank == axis else WHOLE for k in range(rank)]
    keywords = {"axis": axis + rank} if rank > 1 else {}
    summed = to.call("cumsum", to.index(whole, flip) if backward else whole, shape=shapes[0], **keywords)
    return to.times(outer, to.index(summed, flip) if backward else summed)


#: Operations on whole arrays, spelled out or not.
_WHOLE: dict[Primitive, Callable[[Arrays, Any, Shape, Value], Value]] = {
    structural.NORM: _norm,
    structural.ORDER_STATISTIC: _order_statistic,
    OTHERS: lambda to, attributes, shape, value: others(to, shape, value),
}

#: Linear (or bilinear) operations.
_LINEAR: dict[Primitive, Callable[[Arrays, Any, Sequence[Shape], Sequence[Form]], Form]] = {
    structural.SUM: _sum,
    structural.BROADCAST: lambda to, attributes, shapes, forms: forms[0],
    structural.RESHAPE: _reshape,
    structural.TRANSPOSE: _transpose,
    structural.INDEX: _index,
    structural.SCATTER: _scatter,
    structural.EINSUM: contraction,
    structural.DIAGONAL: _diagonal,
    structural.DIAGONAL_MATRIX: _diagonal_matrix,
    structural.TRIANGLE: _triangle,
    structural.CUMSUM: _cumsum,
}
