"""Softmax and its logarithms in formulas: as they are defined, not as they are computed."""

from __future__ import annotations

from collections.abc import Sequence

from gradcli.autodiff import ruled
from gradcli.autodiff.elementwise import BY_NAME
from gradcli.autodiff.primitive import Ruled, Shape
from gradcli.autodiff.rows_arithmetic import SUBTRACT
from gradcli.autodiff.structural import SUM
from gradcli.targets.source.arrays import Arrays
from gradcli.targets.source.explicit import kernel
from gradcli.targets.source.forms import Form
from gradcli.targets.source.numbers import ONE
from gradcli.targets.source.rows import Rows
from gradcli.targets.source.values import Explicit, Value, entrywise, stretched


def normalised(rows: Rows, to: Arrays, primitive: Ruled, shape: Shape, values: Sequence[Value]) -> Value:
    """The value of a `Ruled` instruction, given those of its two arguments.

    Args:
        rows: applies elementwise operations.
        to: array operations on forms.
        primitive: which it is.
        shape: of its second argument.
        values: of its arguments.
    """
    value, x = values
    if primitive not in (ruled.LOG_SUM_EXP, ruled.LOG_SOFTMAX):
        return value
    algebra = to.algebra
    powers = entrywise(algebra, lambda forms: rows.apply(BY_NAME["exp"], (), forms), [x], shape)
    over = shape[:-1]
    total: Value
    if isinstance(powers, Explicit):
        total = kernel(algebra, SUM, ((-1,),), [shape], [powers], over)
    else:
        total = to.sum(powers, shape, (-1,))
    found = entrywise(algebra, lambda forms: rows.apply(BY_NAME["log"], (), forms), [total], over)
    if primitive is ruled.LOG_SUM_EXP:
        return found
    if isinstance(found, Explicit):
        found = Explicit(found.entries, (*over, 1))
    elif found.shape:
        found = to.reshaped(found, (*over, 1))
    return entrywise(algebra, lambda forms: rows.apply(SUBTRACT, (), forms), [x, found], shape)


def others(to: Arrays, shape: Shape, value: Value) -> Value:
    """The sum along the last axis less the entry itself."""
    algebra = to.algebra
    if isinstance(value, Explicit):
        n = shape[-1]
        entries = stretched(value, shape)
        rows = [entries[k : k + n] for k in range(0, len(entries), n)]
        sums = [algebra.collected([(ONE, f) for j, f in enumerate(row) if j != k]) for row in rows for k in range(n)]
        return Explicit(sums, shape)
    total: Form = to.sum(value, shape, (-1,))
    if total.shape:
        total = to.reshaped(total, (*shape[:-1], 1))
    return algebra.add([(ONE, total), (-ONE, value)])
