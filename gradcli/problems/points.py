"""The points at which a derivative is taken: from a table, a file or a sweep, always as columns.

A column is named after a variable (`x`) or after one entry of an array (`w[0]`, `W[0,1]`).
Columns of equal length become, for every variable named, an array with a leading axis of points.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from math import prod
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any, NamedTuple

from gradcli.errors import (
    NOWHERE,
    DataError,
    GradcliError,
    LimitError,
    Origin,
    SpecError,
    UsageError,
    ValueProblem,
    visible,
)
from gradcli.language.names import check_name
from gradcli.limits import LIMITS
from gradcli.problems.data import read_csv
from gradcli.problems.problem import Item, Variable
from gradcli.problems.values import constant, frozen

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_ENTRY = re.compile(r"\s*([^\[\]]+?)\s*\[\s*(\d{1,9}(?:\s*,\s*\d{1,9})*)\s*\]\s*")


class Column(NamedTuple):
    """Values of one variable or entry at every point.

    `label` is how a message about it begins, `values` has shape (N,), or (N,) and the
    variable's shape.
    """

    key: str
    values: Any
    label: str
    origin: Origin = NOWHERE


def assemble(
    columns: Sequence[Column], variables: Mapping[str, Variable], taken: Mapping[str, str]
) -> tuple[dict[str, Floats], dict[str, Variable]]:
    """Points of variables out of columns.

    Args:
        columns: as read, in order.
        variables: the variables there are; entries that no column gives come from their values.
        taken: names that are no variables, with what they are (`a constant`).

    Returns:
        The points, arrays of shape (N,) + the variable's shape, by name; and the variables with
        those added that only the columns name (trainable, their value is the first point's).

    Raises:
        GradcliError: columns of unequal length, a name that is no variable, a shape that does not
            fit, entries that are missing, or more points than `LIMITS.points`.
    """
    whole: dict[str, Column] = {}
    entries: dict[str, dict[tuple[int, ...], Column]] = {}
    order: dict[str, Column] = {}
    for column in columns:
        name, index = target(column)
        if name in taken:
            raise SpecError(f"{column.label}: '{name}' is {taken[name]}; points are of variables", origin=column.origin)
        first = order.setdefault(name, column)
        _check_length(column, columns[0])
        if index is None and first is column:
            whole[name] = column
        elif index is None or name in whole or index in entries.get(name, {}):
            raise SpecError(f"{column.label}: '{name}' has points already", origin=column.origin)
        else:
            entries.setdefault(name, {})[index] = column
    points: dict[str, Floats] = {}
    known = dict(variables)
    for name in order:
        old = variables.get(name, Variable(None))
        values = _whole(whole[name], old) if name in whole else _from_entries(name, entries[name], old)
        points[name] = frozen(values)
        if old.value is None:
            known[name] = Variable(frozen(points[name][0]), old.trainable)
    return points, known


def read_points_file(path: FilePath, name: str, variables: Mapping[str, tuple[int, ...]]) -> list[Column]:
    """The columns of a points file.

    Args:
        path: a .csv with a header, a .npz with an array (N, ...) for each variable, or a .npy of
            shape (N, k), whose columns are the entries of the variables in order.
        name: how a person wrote it, for messages.
        variables: for a .npy, the shapes of the variables by name.
    """
    lower = name.lower()
    if lower.endswith(".csv"):
        titles, numbers = read_csv(path, name)
        return [Column(t, n, f"{visible(name)}: {visible(t)}") for t, n in zip(titles, numbers, strict=True)]
    from gradcli.problems.npy import read_npy, read_npz

    if lower.endswith(".npz"):
        arrays = read_npz(path, name)
        return [Column(title, values, f"{visible(name)}: {visible(title)}") for title, values in arrays.items()]
    values = read_npy(path, name)
    table = values.reshape(-1, 1) if values.ndim == 1 else values
    sizes = [prod(shape) for shape in variables.values()]
    if table.ndim != 2 or table.shape[1] != sum(sizes):
        raise DataError(
            f"{visible(name)}: has shape {values.shape}; the variables {', '.join(variables)} "
            f"need one of (points, {sum(sizes)})"
        )
    columns, start = [], 0
    for (title, shape), size in zip(variables.items(), sizes, strict=True):
        part = table[:, start : start + size].reshape((len(table), *shape))
        columns.append(Column(title, part, f"{visible(name)}: {title}"))
        start += size
    return columns


def sweep_columns(sweeps: Sequence[str]) -> list[Column]:
    """The grid of all sweeps `NAME=START:STOP:COUNT`, both ends included; the last varies fastest.

    Raises:
        UsageError: not of this form, or a name that is swept twice.
        ValueProblem: an end that is no number, or a count that is no positive whole number.
        LimitError: more points than `LIMITS.points`.
    """
    import numpy as np

    axes: dict[str, Floats] = {}
    labels: dict[str, str] = {}
    total = 1
    for item in sweeps:
        name, equals, rest = item.partition("=")
        parts = rest.split(":")
        if not equals or len(parts) != 3:
            raise UsageError(f"{item}: a sweep is NAME=START:STOP:COUNT", hint="for example --sweep x=0:1:101")
        name = name.strip()
        if name in axes:
            raise UsageError(f"{item}: {name} is swept twice")
        start, stop, count = (_sweep_number(item, part) for part in parts)
        if count != int(count) or count < 1:
            raise ValueProblem(f"{item}: the count {parts[2].strip()} is not a positive whole number")
        if count == 1 and start != stop:
            raise ValueProblem(f"{item}: both ends are points, so the count is at least 2")
        total *= int(count)
        if total > LIMITS.points:
            raise LimitError(f"{item}: more points than the limit of {LIMITS.points} (points)")
        axes[name], labels[name] = _equally_spaced(start, stop, int(count)), item
    grids = np.meshgrid(*axes.values(), indexing="ij")
    return [Column(name, grid.ravel(), labels[name]) for name, grid in zip(axes, grids, strict=True)]


def _equally_spaced(start: float, stop: float, count: int) -> Floats:
    """NumPy's `linspace`, also where the length of the interval is beyond float64."""
    import numpy as np

    if np.isfinite(stop - start):
        return np.linspace(start, stop, count)
    part = np.linspace(0.0, 1.0, count)
    return start * (1.0 - part) + stop * part


def _sweep_number(item: str, text: str) -> float:
    import numpy as np

    value = constant(text, item, NOWHERE)
    if value.shape != () or not np.isfinite(value):
        raise ValueProblem(f"{item}: {text.strip() or 'nothing'} is not a finite number")
    return float(value)


def refuse_twice(columns: Iterable[Column], given: Mapping[str, Item]) -> None:
    """See that no variable is given both a value and points of its shape; entries may be points beside a value.

    Raises:
        UsageError: naming both.
    """
    for column in columns:
        name, index = target(column)
        if name in given and index is None and column.values.shape[1:] == given[name].value.shape:
            raise UsageError(f"{given[name].label}: {column.label} gives points of {name} too", hint="leave one out")


def target(column: Column) -> tuple[str, tuple[int, ...] | None]:
    """The variable and, for an entry, the index that a column's key names.

    Raises:
        ExpressionError: the key is no name.
    """
    entry = _ENTRY.fullmatch(column.key)
    try:
        name = check_name(entry.group(1) if entry else column.key.strip(), "variable", column.origin)
    except GradcliError as error:
        raise error.about(column.label.removesuffix(f": {visible(column.key)}")) from None
    return name, tuple(int(i) for i in entry.group(2).split(",")) if entry else None


def _check_length(column: Column, first: Column) -> None:
    if column.values.ndim == 0:
        raise ValueProblem(f"{column.label}: a list of points is meant, not one number", origin=column.origin)
    length, expected = len(column.values), len(first.values) if first.values.ndim else 0
    if length != expected:
        raise ValueProblem(f"{column.label} has {length} points where {first.key} has {expected}", origin=column.origin)
    if length > LIMITS.points:
        raise LimitError(
            f"{column.label}: more points than the limit of {LIMITS.points} (points)", origin=column.origin
        )


def _whole(column: Column, old: Variable) -> Floats:
    values: Floats = column.values
    if old.value is not None and values.shape[1:] != old.value.shape:
        raise ValueProblem(
            f"{column.label}: points of shape {values.shape[1:]} for a variable of shape {old.value.shape}",
            origin=column.origin,
        )
    return values


def _from_entries(name: str, entries: Mapping[tuple[int, ...], Column], old: Variable) -> Floats:
    """Points of an array whose entries are columns; without a value of its own, every entry must be one."""
    import numpy as np

    index, column = next(iter(entries.items()))
    if old.value is not None:
        shape = old.value.shape
    else:
        shape = tuple(max(i) + 1 for i in zip(*(i for i in entries if len(i) == len(index)), strict=True))
    count = len(column.values)
    if len(shape) > LIMITS.array_axes:
        raise LimitError(
            f"{column.label}: more axes than the limit of {LIMITS.array_axes} (array_axes)", origin=column.origin
        )
    if count * prod(shape) > LIMITS.data_bytes // 8:
        raise LimitError(
            f"{column.label}: the points of {name} exceed {LIMITS.data_bytes} bytes (data_bytes)", origin=column.origin
        )
    if old.value is None and len(entries) < prod(shape):
        missing = next(i for i in np.ndindex(*shape) if i not in entries)
        raise ValueProblem(
            f"{column.label}: there is no column {name}[{','.join(map(str, missing))}], and {name} has no value",
            origin=column.origin,
        )
    values = np.empty((count, *shape))
    if old.value is not None:
        values[:] = old.value
    for index, column in entries.items():
        if len(index) != len(shape) or any(i >= length for i, length in zip(index, shape, strict=False)):
            raise ValueProblem(f"{column.label}: {name} of shape {shape} has no such entry", origin=column.origin)
        if column.values.ndim != 1:
            raise ValueProblem(f"{column.label}: one number for each point is meant", origin=column.origin)
        where: tuple[slice | int, ...] = (slice(None), *index)
        values[where] = column.values
    return values
