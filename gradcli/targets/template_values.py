"""A row's conditions (edges, kinks, one-sided derivatives) evaluated on arrays, off the tape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradcli.autodiff.primitive import Row
from gradcli.autodiff.templates import template
from gradcli.targets.arrays import numpy_kernel


def template_value(row: Row, text: str, operands: Sequence[Any], orders: Sequence[int] = ()) -> Any:
    """One of the row's expressions at the values of its arguments and `out` (in that order), and at its orders."""
    compiled = template(row, text)
    made: list[Any] = []
    with np.errstate(all="ignore"):
        for step in compiled.steps:
            if step.row is None:
                made.append(np.float64(step.constant(orders)))
                continue
            given = [made[a] if a >= 0 else operands[-1 - a] for a in step.arguments]
            made.append(numpy_kernel(step.row)(*given, *step.given(orders)))
    return made[compiled.result] if compiled.result >= 0 else operands[-1 - compiled.result]
