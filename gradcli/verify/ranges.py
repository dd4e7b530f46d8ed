"""Where float64's range ended on the way to numbers that are finite: products that vanished, values that overflowed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gradcli.autodiff.primitive import Row
from gradcli.autodiff.rows_arithmetic import DIVIDE, MULTIPLY
from gradcli.autodiff.tape import Tape
from gradcli.verify.origins import elided
from gradcli.verify.spots import spot_of

_SMALLEST_NORMAL = 2.0**-1022


def out_of_range(tape: Tape, outputs: Sequence[int], values: Mapping[int, Any], primal: int) -> str | None:
    """The first operation whose result left the range of float64 although its operands were in it, as a sentence.

    Args:
        tape: the tape with the derivatives on it.
        outputs: instructions whose values are shown.
        values: of every instruction they need.
        primal: indices up to here belong to the function itself, later ones to its derivative.
    """
    for i in tape.needed(outputs):
        row, arguments, _, shape = tape.instructions[i]
        if not isinstance(row, Row) or i not in values or row.boolean:
            continue
        given = [np.broadcast_to(values[a], shape) for a in arguments]
        result = np.asarray(values[i])
        fit = np.all([np.isfinite(g) for g in given], axis=0)
        over = fit & np.isinf(result)
        under = fit & (np.abs(result) < _SMALLEST_NORMAL) & (result != 0)
        if row is MULTIPLY or row is DIVIDE:
            under = under | (fit & (result == 0) & (given[0] != 0) & ((given[1] != 0) | (row is DIVIDE)))
        if np.any(over) or np.any(under):
            spot = spot_of(tape.places.get(i))
            word = "overflows" if np.any(over) else "underflows"
            place = f" (column {spot.column})" if spot.column is not None else ""
            whose = "" if i <= primal else "the derivative of "
            return f"{whose}{elided(spot.text) or row.name}{place} {word} on the way"
    return None
