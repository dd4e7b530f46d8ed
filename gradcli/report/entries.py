"""The numbers of a record as labelled entries: the one place that flattens, labels and spells them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from itertools import product
from typing import Any, NamedTuple

from gradcli.errors import visible
from gradcli.result import Record, Values

_INLINE = 6  #: numbers of an array that are written into a line

WITNESS_NAMES = {"symbolic": "symbolic", "finite_difference": "finite difference", "certificate": "certificate"}


class Entry(NamedTuple):
    """One number of a record: what it is (`quantity`), its label, the coordinate it was taken at, and the number."""

    quantity: str
    label: str
    at: float | None
    value: float | None


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


def label(name: str, index: tuple[int, ...] = ()) -> str:
    """`W[0,1]`; the bare name of a scalar."""
    return f"{name}[{','.join(map(str, index))}]" if index else name


def split_key(key: str) -> list[str]:
    """The parts of a formula's key, which are separated by commas outside of brackets.

    >>> split_key("W[0,1],b")
    ['W[0,1]', 'b']
    """
    return re.split(r",(?![0-9,]*\])", key)


def number(value: Any) -> str:
    """The shortest text that reads back as the same float64, without a trailing `.0`.

    >>> [number(v) for v in (12.0, -0.1, 1e22, float("inf"), None)]
    ['12', '-0.1', '1e+22', 'inf', '']
    """
    if value is None:
        return ""
    if isinstance(value, float):
        text = repr(value)
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
            yield Entry("value", label(name, index), None, item(record.value, index))
    for name, values in (record.gradient or {}).items():
        at = (record.at or {}).get(name)
        if values is None:
            yield Entry("gradient", name, at if shape_of(at) == () else None, None)
            continue
        for index in indices(shape_of(values)):
            yield Entry("gradient", label(name, index), None if at is None else item(at, index), item(values, index))
    if record.hessian is not None:
        labels, matrix = record.hessian.labels, record.hessian.matrix
        yield from _matrix_entries("hessian", labels, labels, matrix, sparse)
    if record.jacobian is not None:
        rows, columns, matrix = record.jacobian.rows, record.jacobian.columns, record.jacobian.matrix
        yield from _matrix_entries("jacobian", rows, columns, matrix, sparse)


def _matrix_entries(
    quantity: str, rows: tuple[str, ...], columns: tuple[str, ...], matrix: Values, sparse: bool
) -> Iterator[Entry]:
    for row, line in zip(rows, matrix or (), strict=False):
        for column, value in zip(columns, line, strict=False):
            if not (sparse and value == 0):
                yield Entry(quantity, f"{row},{column}", None, value)
