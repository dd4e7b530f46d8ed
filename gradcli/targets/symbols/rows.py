"""Rows as SymPy expressions: each by SymPy's function, or by its definition in terms of other rows.

Choices (`where`, `max`, `abs`, `floor`) are resolved by values at the point, so SymPy sees a smooth function;
float64 constants that are not small whole numbers or halves stay symbols with exact values, so SymPy neither
rounds them nor factors their giant fractions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradcli.autodiff.primitive import Row
from gradcli.autodiff.templates import Template, template
from gradcli.targets.symbols.kernels import kernel, number

Expr = Any


def symbol(name: str, value: float) -> Any:
    """A SymPy symbol of the sign that `value` has.

    A derivative looks only at the neighbourhood of the point, where the sign holds; with it SymPy's questions
    about signs (one for each factor of each product it differentiates) are answered at once.
    """
    import sympy

    if value > 0:
        return sympy.Symbol(name, positive=True)
    return sympy.Symbol(name, negative=True) if value < 0 else sympy.Symbol(name, real=True)


class RowExpressions:
    """What applies rows to expressions.

    Attributes:
        values: the exact float64 value of every symbol that stands for a constant.
    """

    def __init__(self) -> None:
        self.values: dict[Any, float] = {}
        self._constants: dict[float, Any] = {}

    def constant(self, value: float) -> Expr:
        """A float64 as an exact small number, or as a symbol that stands for it."""
        small = number(value)
        if small is not None:
            return small
        known = self._constants.get(value)
        if known is None:
            known = self._constants[value] = symbol(f"c{len(self._constants)}", value)
            self.values[known] = value
        return known

    def apply(self, row: Row, orders: tuple[float, ...], operands: list[Expr], known: list[float]) -> Expr:
        """The row's value for these operands; `known` are the values of operands and result at the point."""
        if row.sympy is not None:
            return kernel(row.sympy)(self, orders, operands, known)
        if row.definition is None:
            raise NotImplementedError(row.name)
        return self._define(template(row, row.definition), orders, operands, known)

    def _define(self, compiled: Template, of: Sequence[float], operands: list[Expr], known: list[float]) -> Expr:
        """Interpret a row's definition: its steps over expressions, its choices by values."""
        from gradcli.targets.arrays import numpy_kernel

        made: list[Expr] = []
        numbers: list[float] = []
        for step in compiled.steps:
            if step.row is None:
                import sympy

                exact = {"pi": sympy.pi, "e": sympy.E}.get(step.label or "")
                numbers.append(step.constant(of))
                made.append(exact if exact is not None else self.constant(numbers[-1]))
                continue
            given = [made[a] if a >= 0 else operands[-1 - a] for a in step.arguments]
            values = [numbers[a] if a >= 0 else known[-1 - a] for a in step.arguments]
            orders = step.given(of)
            with np.errstate(all="ignore"):
                numbers.append(float(numpy_kernel(step.row)(*values, *orders)))
            boolean = step.row.boolean
            made.append(None if boolean else self.apply(step.row, orders, given, [*values, numbers[-1]]))
        return made[compiled.result] if compiled.result >= 0 else operands[-1 - compiled.result]
