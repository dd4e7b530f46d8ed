"""A row's expressions (partials, edges, kinks) compiled once to templates that append in microseconds.

A template is a short program over a row's arguments and `out`; instantiating it on a tape is
one `append` a step.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gradcli.autodiff.elementwise import BY_NAME, INFIX
from gradcli.autodiff.primitive import Row
from gradcli.autodiff.rows_arithmetic import NEGATE, NOT, POWER
from gradcli.autodiff.tape import Tape
from gradcli.language.parser import parse
from gradcli.language.syntax import Binary, Call, Name, Node, Number, Unary

#: Names a template may use for constants; user expressions have the same two.
CONSTANTS = {"pi": 3.141592653589793, "e": 2.718281828459045}


class Step(NamedTuple):
    """One instruction of a template.

    `row` is None for a constant, then `value` and `label` say which. An argument >= 0 is an
    earlier step, -1 the first operand of the row, and so on; `out` follows the last operand.
    An order is (index of the row's own order or None, offset); that of a constant is its value instead of `value`.
    """

    row: Row | None
    arguments: tuple[int, ...]
    orders: tuple[tuple[int | None, float], ...] = ()
    value: float = 0.0
    label: str | None = None

    def constant(self, orders: Sequence[float] = ()) -> float:
        """The number a constant stands for in a row of these orders."""
        return float(self.given(orders)[0]) if self.orders else self.value

    def given(self, orders: Sequence[float] = ()) -> tuple[float, ...]:
        """The orders of the row this step calls, in a row of these orders (0 where they are not told)."""
        return tuple(n if k is None else (orders[k] if k < len(orders) else 0) + n for k, n in self.orders)


class Template(NamedTuple):
    """Steps, and the reference (step or operand) whose value is the expression's."""

    steps: tuple[Step, ...]
    result: int

    @property
    def constant(self) -> float | None:
        """The value if the expression is a plain number (0, 1, -1), else None."""
        first = self.steps[0] if len(self.steps) == 1 and self.result == 0 else None
        if first is not None and first.row is None and first.label is None and not first.orders:
            return first.value
        return None


def template(row: Row, text: str) -> Template:
    """The compiled form of one of the row's expressions, made on first use."""
    known: Template | None = row.compiled.get(text)
    if known is None:
        known = row.compiled[text] = _compile(row, text)
    return known


def instantiate(tape: Tape, compiled: Template, operands: Sequence[int], orders: Sequence[float] = ()) -> int:
    """Append the template for these operands (the row's arguments, then `out`); returns the result's index."""
    made: list[int] = []
    for step in compiled.steps:
        if step.row is None:
            made.append(tape.constant(step.constant(orders), step.label))
            continue
        arguments = [made[a] if a >= 0 else operands[-1 - a] for a in step.arguments]
        made.append(tape.append(step.row, arguments, step.given(orders)))
    return made[compiled.result] if compiled.result >= 0 else operands[-1 - compiled.result]


def _compile(row: Row, text: str) -> Template:
    operands = {name: -1 - k for k, name in enumerate((*row.arguments, "out"))}
    orders = {name: k for k, name in enumerate(row.orders)}
    steps: list[Step] = []

    def emit(step: Step) -> int:
        steps.append(step)
        return len(steps) - 1

    def visit(node: Node) -> int:  # recursion over the table's own texts, never over a person's
        if isinstance(node, Number):
            return emit(Step(None, (), value=node.value))
        if isinstance(node, Name):
            if node.name in operands:
                return operands[node.name]
            if node.name in orders:
                return emit(Step(None, (), ((orders[node.name], 0),)))
            return emit(Step(None, (), value=CONSTANTS[node.name], label=node.name))
        if isinstance(node, Unary):
            operand = visit(node.operand)
            if node.operator == "-" and isinstance(node.operand, Number):
                last = steps.pop()
                return emit(last._replace(value=-last.value))
            return emit(Step(NEGATE if node.operator == "-" else NOT, (operand,)))
        if isinstance(node, Binary):
            infix = INFIX[node.operator]
            arguments = (visit(node.left), visit(node.right))
            return emit(Step(infix, arguments, ((None, 0), (None, 0)) if infix is POWER else ()))
        if isinstance(node, Call):
            called = BY_NAME[node.function]
            begin = len(called.parameters)
            end = begin + len(called.arguments)
            given = [_order(a, orders) for a in (*node.arguments[:begin], *node.arguments[end:])]
            given += [(None, 0)] * (len(called.orders) - len(given))
            return emit(Step(called, tuple(visit(a) for a in node.arguments[begin:end]), tuple(given)))
        raise TypeError(f"row {row.name}: {text!r} uses {type(node).__name__}")

    result = visit(parse(text).tree)
    return Template(tuple(steps), result)


def _order(node: Node, orders: dict[str, int]) -> tuple[int | None, float]:
    """An order argument: `k`, `k + 1`, `k - 0.5` or a whole number."""
    if isinstance(node, Number):
        return None, int(node.value)
    if isinstance(node, Name):
        return orders[node.name], 0
    if isinstance(node, Binary) and isinstance(node.left, Name) and isinstance(node.right, Number):
        shift = node.right.value * {"+": 1, "-": -1}[node.operator]
        return orders[node.left.name], int(shift) if shift == int(shift) else shift
    raise TypeError("an order is a name, a name plus or minus a number, or a number")
