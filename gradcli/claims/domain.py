"""Whether a claim has no value at a point and all around it: neither by rounding nor after an overflow on the way."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from gradcli.autodiff.primitive import Row
from gradcli.claims.pair import Pair
from gradcli.claims.trial_points import Point
from gradcli.targets.arrays import Plan
from gradcli.targets.template_values import template_value
from gradcli.verify.rounding import rounding_bound

_AROUND = 1e-9  #: how far an operand is moved, times the larger of it and 1: at a pole alone nobody is blamed


def is_outside(pair: Pair, point: Point) -> bool:
    """Whether an operation of the claim is asked outside of its domain, whatever rounding did to its operands."""
    tape, inputs = pair.tape, pair.inputs(point)
    order = tape.needed([pair.claim])
    with np.errstate(all="ignore"):
        values = dict(zip(order, Plan(tape, order).run(inputs), strict=True))
    for i in order:
        row, arguments, attributes, _ = tape.instructions[i]
        if not isinstance(row, Row) or row.defined is None or not np.isnan(values[i]).any():
            continue
        at = tuple(int(n) for n in np.argwhere(np.isnan(values[i]))[0])
        sides = []
        for a in arguments:
            place = tuple(n if size > 1 else 0 for n, size in zip(at, np.shape(values[a]), strict=False))
            number = float(values[a][place])
            if not np.isfinite(number):
                break
            error = 4 * rounding_bound(tape, a, place, inputs)[0] + _AROUND * max(1.0, abs(number))
            sides.append((number - error, number, number + error))
        else:
            defined: Any = [
                template_value(row, row.defined, [np.float64(n) for n in (*near, np.nan)], attributes)
                for near in product(*sides)
            ]
            if not np.any(defined):
                return True
    return False
