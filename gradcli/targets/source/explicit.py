"""Structural operations on arrays that are spelled out entry by entry, by the array target's own kernels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradcli.autodiff.primitive import Primitive, Shape
from gradcli.targets.source.forms import Form
from gradcli.targets.source.numbers import ONE
from gradcli.targets.source.simplify import Algebra
from gradcli.targets.source.values import Value, scalar_or_array, stretched


class Entry:
    """A form with the arithmetic that NumPy asks of the entries of an object array (their zeros are ints)."""

    __slots__ = ("algebra", "form")

    def __init__(self, algebra: Algebra, form: Form) -> None:
        self.algebra, self.form = algebra, form

    def __add__(self, other: Entry | int) -> Entry:
        if isinstance(other, int):
            return self
        return Entry(self.algebra, self.algebra.collected([(ONE, self.form), (ONE, other.form)]))

    __radd__ = __add__

    def __mul__(self, other: Entry | int) -> Entry:
        form = self.algebra.zero if isinstance(other, int) else other.form
        return Entry(self.algebra, self.algebra.multiply([(self.form, ONE), (form, ONE)]))

    __rmul__ = __mul__

    def __neg__(self) -> Entry:
        return Entry(self.algebra, self.algebra.multiply([(self.form, ONE)], -ONE))


def kernel(
    algebra: Algebra,
    primitive: Primitive,
    attributes: Any,
    shapes: Sequence[Shape],
    values: Sequence[Value],
    shape: Shape,
) -> Value:
    """The operation on entries; scalar forms stand for arrays of their shape filled with them."""
    import numpy as np

    from gradcli.targets.array_shapes import KERNELS

    arrays = []
    for value, given in zip(values, shapes, strict=True):
        entries = np.empty(given, dtype=object)
        entries.reshape(-1)[:] = [Entry(algebra, f) for f in stretched(value, given)]
        arrays.append(entries)
    result = np.asarray(KERNELS[primitive](attributes, shapes, arrays), dtype=object)
    return scalar_or_array([e.form if isinstance(e, Entry) else algebra.zero for e in result.reshape(-1)], shape)
