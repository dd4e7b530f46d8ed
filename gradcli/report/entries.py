"""The numbers of a record as labelled entries: the one place that flattens, labels and spells them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

from gradcli.errors import visible
from gradcli.language.labels import label_of
from gradcli.result import Hessian, Record, Values

_INLINE = 6  #: numbers of an array that are written into a line

WITNESS_NAMES = {"symbolic": "symbolic", "finite_difference": "finite difference", "certificate": "certificate"}
VOICE_NAMES = WITNESS_NAMES | {"tape": "tape", "forward": "other sweep"}  #: who is heard on one entry


class Entry(NamedTuple):
    """One number of a record: what it is (`quantity`), its label, and the number.

    `at` is the coordinate it was taken at; of a second derivative, what says both (`x = 3; y = 2`).
    """

    quantity: str
    label: str
    at: float | str | None
    value: float | None


#: What is shown of a certified entry.
CERTIFIED = ("entry", "proved lower bound", "upper bound", "digits", "condition in inputs", "condition in operations")


class Bounds(NamedTuple):
    """The rigorous enclosure of one entry: its label (`x`; `x,y` of a matrix's row and column), its two bounds.

    `digits` are proved; `inputs` and `operations` are its condition. None where it is not known, or not proved.
    """

    parts: tuple[str, ...]
    lower: Any
    upper: Any
    digits: Any = None
    inputs: Any = None
    operations: Any = None

    @property
    def label(self) -> str:
        """Row and column, or the variable's entry."""
        return ",".join(self.parts)


def shape_of(values: Values) -> tuple[int, ...]:
    """The shape of nested lists; `()` of a number or None.

    >>> shape_of([[1.0, 2.0, 3.0]])
    (1, 3)
    """
    shape: list[int] = []
    while isinstance(values, (list, tuple)):
        shape.append(len(values))
        if not values:
            break
        values = values[0]
    return tuple(shape)


def item(values: Values, index: tuple[int, ...]) -> Any:
    """The number at `index` of nested lists."""
    for i in index:
        values = values[i]
    return values


def indices(shape: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """All indices of an array of this shape, last axis fastest."""
    return product(*(range(n) for n in shape))


def split_key(key: str) -> list[str]:
    """The parts of a formula's key, which are separated by commas outside of brackets.

    >>> split_key("W[0,1],b")
    ['W[0,1]', 'b']
    """
    return re.split(r",(?![0-9,]*\])", key)


def number(value: Any) -> str:
    """The shortest text that reads back as the same float64, without a trailing `.0` or a zero's sign.

    >>> [number(v) for v in (12.0, -0.1, -0.0, 1e22, float("inf"), None)]
    ['12', '-0.1', '0', '1e+22', 'inf', '']
    """
    if value is None:
        return ""
    if isinstance(value, float):
        text = repr(value or 0.0)
        return text[:-2] if text.endswith(".0") else text
    return str(value)


def inline(values: Values, times: str = "×") -> str:
    """Few numbers in a line; of an array too large for that, its shape.

    >>> inline(2.0), inline([1.0, 2.5]), inline([[1.0], [2.0]]), inline([0.0] * 9)
    ('2', '[1, 2.5]', '[[1], [2]]', '9 numbers')
    """
    shape = shape_of(values)
    if not shape:
        return visible(number(values))
    if math.prod(shape) > _INLINE or len(shape) > 2:
        return f"{f' {times} '.join(map(str, shape))} numbers"
    if len(shape) == 2:
        return f"[{', '.join(inline(row, times) for row in values)}]"
    return f"[{', '.join(map(number, values))}]"


def rounded(value: Any, digits: int | None) -> str:
    """Like `number`, but with at most `digits` significant digits (None: all of them)."""
    full = number(value)
    if digits is None or not isinstance(value, float) or not math.isfinite(value):
        return full
    short = f"{value:.{digits}g}"
    return short if len(short) < len(full) else full


def entries(record: Record, *, sparse: bool = False) -> Iterator[Entry]:
    """Every number of a record: the value, then its gradient, Hessian or Jacobian, entry by entry.

    With `sparse`, entries of a Hessian or Jacobian that are 0 are left out.
    """
    if record.at is not None and record.value is not None:
        name = record.output or "f"
        for index in indices(shape_of(record.value)):
            yield Entry("value", label_of(name, index), None, item(record.value, index))
    for name, values in (record.gradient or {}).items():
        at = (record.at or {}).get(name)
        if values is None:
            yield Entry("gradient", name, at if shape_of(at) == () else None, None)
            continue
        for index in indices(shape_of(values)):
            yield Entry("gradient", label_of(name, index), None if at is None else item(at, index), item(values, index))
    places = dict(coordinates(record.at or {}))
    if record.hessian is not None:
        labels, matrix = record.hessian.labels, record.hessian.matrix
        for row, column, value in matrix_entries(labels, labels, matrix, sparse):
            both = [f"{one} = {number(places[one])}" for one in dict.fromkeys((row, column)) if one in places]
            yield Entry("hessian", f"{row},{column}", "; ".join(both) or None, value)
    if record.jacobian is not None:
        rows, columns, matrix = record.jacobian.rows, record.jacobian.columns, record.jacobian.matrix
        for row, column, value in matrix_entries(rows, columns, matrix, sparse):
            yield Entry("jacobian", f"{row},{column}", places.get(column), value)


def coordinates(values: Mapping[str, Values]) -> Iterator[tuple[str, Any]]:
    """Every number of some named arrays with its label.

    >>> list(coordinates({"x": 1.0, "w": [2.0, 3.0]}))
    [('x', 1.0), ('w[0]', 2.0), ('w[1]', 3.0)]
    """
    for name, array in values.items():
        for index in indices(shape_of(array)):
            yield label_of(name, index), item(array, index)


def matrix_entries(
    rows: Sequence[str], columns: Sequence[str], matrix: Values, sparse: bool
) -> Iterator[tuple[str, str, Any]]:
    """The entries of a matrix with the labels of their row and column; with `sparse`, those that are not 0."""
    for row, line in zip(rows, matrix or (), strict=False):
        for column, value in zip(columns, line, strict=False):
            if not (sparse and value == 0):
                yield row, column, value


def bounds(record: Record, *, sparse: bool = False) -> Iterator[Bounds]:
    """Lower and upper bounds of every entry of a record's derivative, labelled as its numbers are."""
    matrix = record.hessian or record.jacobian
    for name, values in (record.enclosures or {}).items():
        more = _beside(record, name)
        if matrix is None:
            for index in indices(shape_of((record.gradient or {})[name])):
                low, high = item(values, index) or (None, None)
                yield Bounds((label_of(name, index),), low, high, *(item(part, index) for part in more))
            continue
        rows, columns = (matrix.labels,) * 2 if isinstance(matrix, Hessian) else (matrix.rows, matrix.columns)
        shown = matrix_entries(rows, columns, matrix.matrix, False)
        places = indices((len(rows), len(columns)))
        for (row, column, value), index in zip(shown, places, strict=True):
            if not (sparse and value == 0):
                low, high = item(values, index) or (None, None)
                yield Bounds((row, column), low, high, *(item(part, index) for part in more))


def _beside(record: Record, name: str) -> list[Values]:
    """The digits and the conditions of one array, as far as the record has them."""
    condition = record.condition
    return (
        [record.digits[name], condition.inputs[name], condition.operations[name]] if record.digits and condition else []
    )


def certified(bounds: Bounds) -> tuple[str, ...]:
    """A certified entry as texts, in the order of `CERTIFIED`."""
    digits = bounds.digits if bounds.digits is None else round(bounds.digits, 2)
    sizes = [rounded(x, 3) for x in (digits, bounds.inputs, bounds.operations)]
    return (bounds.label, *("-" if b is None else number(b) for b in (bounds.lower, bounds.upper)), *sizes)
