"""A row's conditions (edges, kinks, one-sided derivatives) evaluated on arrays, off the tape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradcli.autodiff.primitive import Row
from gradcli.autodiff.templates import template
from gradcli.targets.arrays import numpy_kernel

#: One operation of a row's expression: its own row, its arguments, and what comes out.
Taken = tuple[Row, Sequence[Any], Any]


def template_value(row: Row, text: str, operands: Sequence[Any], orders: Sequence[int] = ()) -> Any:
    """One of the row's expressions at the values of its arguments and `out` (in that order), and at its orders."""
    return _walk(row, text, operands, orders, [])


def template_steps(row: Row, text: str, operands: Sequence[Any], orders: Sequence[int] = ()) -> list[Taken]:
    """The operations of one of the row's expressions, as `template_value` computes them."""
    taken: list[Taken] = []
    _walk(row, text, operands, orders, taken)
    return taken


def _walk(row: Row, text: str, operands: Sequence[Any], orders: Sequence[int], taken: list[Taken]) -> Any:
    compiled = template(row, text)
    made: list[Any] = []
    with np.errstate(all="ignore"):
        for step in compiled.steps:
            if step.row is None:
                made.append(np.float64(step.constant(orders)))
                continue
            given = [made[a] if a >= 0 else operands[-1 - a] for a in step.arguments]
            made.append(numpy_kernel(step.row)(*given, *step.given(orders)))
            taken.append((step.row, given, made[-1]))
    return made[compiled.result] if compiled.result >= 0 else operands[-1 - compiled.result]
