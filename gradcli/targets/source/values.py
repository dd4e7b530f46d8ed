"""The value of an instruction in a formula: one form, or a small array spelled out entry by entry."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from gradcli.autodiff.primitive import Shape
from gradcli.targets.source.forms import Atom, Form, factors_of, number_of
from gradcli.targets.source.numbers import ONE
from gradcli.targets.source.simplify import Algebra

SPELLED_OUT = 64  #: entries up to which arrays of scalars are kept entry by entry


class Explicit:
    """An array whose entries are scalar forms, in row-major order; `[x, y, x*y]` is one."""

    __slots__ = ("entries", "shape")

    def __init__(self, entries: Sequence[Form], shape: Shape) -> None:
        self.entries, self.shape = tuple(entries), shape


Value = Form | Explicit


def literal_array(algebra: Algebra, value: Explicit) -> Form:
    """An explicit array as a nested literal `[[a, b], [c, d]]`, with a factor that all entries have outside."""
    if all(e is algebra.zero for e in value.entries) and value.shape:
        return algebra.atom("call", ("zeros", value.shape), value.shape)
    for base in algebra.common:
        powers = {dict(factors_of(e)[1]).get(base) for e in value.entries if e is not algebra.zero}
        (power, *others) = powers
        if power is not None and not others:
            rest = [algebra.multiply([(e, ONE), (base, -power)]) for e in value.entries]
            return algebra.multiply([(literal_array(algebra, Explicit(rest, value.shape)), ONE), (base, power)])
    entries: list[Form] = list(value.entries)
    for axis in range(len(value.shape) - 1, -1, -1):
        n = value.shape[axis]
        shape = value.shape[axis:]
        entries = [array(algebra, entries[k : k + n], shape) for k in range(0, len(entries), n)]
    return entries[0]


def array(algebra: Algebra, items: Sequence[Form], shape: Shape) -> Atom:
    """The literal of these items, which are alike in shape."""
    return algebra.atom("array", tuple(items), shape)


def as_form(algebra: Algebra, value: Value) -> Form:
    """The value as one form."""
    return literal_array(algebra, value) if isinstance(value, Explicit) else value


def entrywise(
    algebra: Algebra, apply: Callable[[Sequence[Form]], Form], values: Sequence[Value], shape: Shape
) -> Value:
    """An elementwise operation: entry by entry where all arrays are spelled out, else on the forms."""
    explicit = [v for v in values if isinstance(v, Explicit)]
    if explicit and math.prod(shape) <= SPELLED_OUT and all(isinstance(v, Explicit) or not v.shape for v in values):
        columns = [stretched(v, shape) for v in values]
        return scalar_or_array([apply(entries) for entries in zip(*columns, strict=True)], shape)
    return apply([as_form(algebra, v) for v in values])


def scalar_or_array(entries: Sequence[Form], shape: Shape) -> Value:
    """Entries as an array; as one form where they are one number, or the entry of a scalar."""
    if not shape or (entries and number_of(entries[0]) is not None and all(e is entries[0] for e in entries)):
        return entries[0]
    return Explicit(entries, shape)


def stretched(value: Value, shape: Shape) -> Sequence[Form]:
    """The entries of a value stretched to `shape`, row by row; a scalar form repeats."""
    size = math.prod(shape)
    if isinstance(value, Form):
        return [value] * size
    if value.shape == shape:
        return value.entries
    strides: list[int] = []
    step = 1
    for n in reversed(value.shape):
        strides.append(step if n > 1 else 0)
        step *= n
    strides += [0] * (len(shape) - len(strides))
    result = []
    for flat in range(size):
        at, rest = 0, flat
        for n, stride in zip(reversed(shape), strides, strict=True):
            at += rest % n * stride
            rest //= n
        result.append(value.entries[at])
    return result
