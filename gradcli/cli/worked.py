"""The worked example of every function: a call at a point, as a command, with its value and its derivatives.

A table's row states it as `call at NAME=VALUE; NAME=VALUE`; a row of plain numbers need not, then the point is made
of plain numbers inside the domain and off the kinks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from gradcli.autodiff.compositions import Composition
    from gradcli.autodiff.primitive import Row

_PLAIN = (0.5, 2.0, 1.5, 3.0, 0.75, 0.25, 1.0, -1.0, -0.5, 30.0)
_DIGITS = 10
_LONGEST = 150  #: characters of a derivative that the page shows


class Worked(NamedTuple):
    """An example and what it gives.

    Attributes:
        call: the expression.
        items: the values of its names, as typed (`x=2`).
        value: a number, or nested lists.
        derivatives: by each name, in the shape of the value's axes followed by the name's; None where not connected.
    """

    call: str
    items: tuple[str, ...]
    value: Any
    derivatives: dict[str, Any]

    @property
    def command(self) -> str:
        """What a person types to see it checked."""
        verb = "jacobian" if isinstance(self.value, list) else "grad"
        expression = f"'{self.call}'" if '"' in self.call else f'"{self.call}"'
        items = (f'"{item}"' if set(item) & set(" [;") else item for item in self.items)
        return " ".join(["gradcli", verb, expression, *items])

    def to_dict(self) -> dict[str, Any]:
        """As JSON's own types."""
        at = dict(item.split("=", 1) for item in self.items)
        return {
            "command": self.command,
            "call": self.call,
            "at": at,
            "value": self.value,
            "derivative": self.derivatives,
        }

    def lines(self) -> list[str]:
        """For a page: the command, the value, and the derivatives that are short enough."""
        found = [self.command, f"value {_text(self.value)}"]
        for name, derivative in self.derivatives.items():
            text = "not connected" if derivative is None else _text(derivative)
            if len(text) <= _LONGEST:
                found.append(f"d/d{name} {text}")
        return found


def _text(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_text, value))}]"
    return f"{value + 0.0:.{_DIGITS}g}"  # -0 is 0


def of_row(row: Row) -> str:
    """The example of an elementwise row, stated or made."""
    if row.example:
        return row.example
    if row.operator is None:
        call = f"{row.name}({', '.join([*(f'{n:g}' for n in row.usual[: len(row.parameters)]), *row.arguments])})"
    elif len(row.arguments) == 2:
        between = row.operator if row.operator == "^" else f" {row.operator} "
        call = between.join(row.arguments)
    else:
        call = f"{row.operator}{' ' * row.operator.isalpha()}{row.arguments[0]}"
    return _at(call, row.arguments, _plain_point(row))


def of_composition(one: Composition) -> str:
    """The example of a composition, stated or of plain numbers."""
    needed = one.parameters[: len(one.parameters) - len(one.defaults)]
    return one.example or _at(f"{one.name}({', '.join(needed)})", needed, _PLAIN)


def _at(call: str, names: Sequence[str], point: Sequence[float]) -> str:
    items = (f"{name}={value:g}" for name, value in zip(names, point, strict=False))
    return f"{call} at {'; '.join(items)}"


def _plain_point(row: Row) -> list[float]:
    """Different plain numbers, each inside its argument's domain, on none of the row's kinks."""
    import itertools

    import numpy as np

    from gradcli.targets.arrays import numpy_kernel
    from gradcli.targets.template_values import template_value

    inside = [[p for p in _PLAIN if low < p < high] or [(low + high) / 2] for low, high in row.domain]
    points = [list(p) for p in itertools.product(*inside) if len(set(p)) == len(p)]
    for point in points:
        operands = [np.float64(p) for p in point]
        with np.errstate(all="ignore"):
            operands.append(np.float64(numpy_kernel(row)(*operands, *row.usual)))
        if not any(template_value(row, kink.condition, operands) for kink in row.kinks):
            return point
    return points[0]


def worked(text: str) -> Worked:
    """An example of the tables (`call at x=1; y=2`), computed."""
    from gradcli.problems.commandline import problem_from_expression
    from gradcli.solve import SolveOptions, solve

    call, _, point = text.rpartition(" at ")
    items = tuple(point.split("; "))
    problem = problem_from_expression(call, items)
    (record,) = solve(problem, SolveOptions(task="jacobian", check=False)).results
    if not isinstance(record.value, list):
        (record,) = solve(problem, SolveOptions(task="grad", check=False)).results
        return Worked(call, items, record.value, dict(record.gradient or {}))
    assert record.jacobian is not None
    return Worked(call, items, record.value, _by_name(record.jacobian.columns, record.jacobian.matrix))


def _by_name(columns: Sequence[str], matrix: Sequence[Sequence[float]]) -> dict[str, Any]:
    """A Jacobian's columns put together by variable: for each one a row of the value's entries, in their order."""
    found: dict[str, list[list[float]]] = {}
    for k, label in enumerate(columns):
        rows = found.setdefault(label.partition("[")[0], [[] for _ in matrix])
        for row, line in zip(rows, matrix, strict=True):
            row.append(float(line[k]))
    return found
