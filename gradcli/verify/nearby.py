"""Kinks that are not at a point but within the reach of differences around it: they explain why these do not settle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gradcli.autodiff.primitive import Row
from gradcli.autodiff.tape import Tape
from gradcli.language.parser import parse
from gradcli.language.printer import to_text
from gradcli.language.syntax import Binary, walk
from gradcli.targets.arrays import Plan
from gradcli.targets.template_values import template_value
from gradcli.verify.origins import elided
from gradcli.verify.spots import spot_of

_REACH = 1e-6  #: relative (at 0: absolute) distance that counts as near


def kink_nearby(tape: Tape, output: int, sources: Sequence[int], inputs: Mapping[str, Any]) -> str | None:
    """The first operation of the function that crosses a kink near the point, as a sentence.

    A kink is crossed where the two sides of an equality in its condition change places, or where a result that is
    constant between jumps changes.
    """
    rows = [i for i in tape.needed([output]) if isinstance(p := tape.instructions[i].primitive, Row) and p.kinks]
    if not rows:
        return None
    plan = Plan(tape, tape.needed([output, *sources]))
    moved = []
    for sign in (-1.0, 1.0):
        near = dict(inputs)
        for s in sources:
            (name,) = tape.instructions[s].attributes
            x = np.asarray(inputs[name], dtype=float)
            near[name] = x + sign * _REACH * np.where(x != 0, np.abs(x), 1.0)
        moved.append(dict(zip(plan.outputs, plan.run(near), strict=True)))
    for i in rows:
        row = tape.instructions[i].primitive
        assert isinstance(row, Row)
        pair = [[np.asarray(values[a]) for a in (*tape.instructions[i].arguments, i)] for values in moved]
        if _crossed(row, tape.instructions[i].attributes, *pair):
            spot = spot_of(tape.places.get(i))
            place = f" (column {spot.column})" if spot.column is not None else ""
            return f"the differences straddle a kink of {elided(spot.text) or row.name}{place}"
    return None


def _crossed(row: Row, orders: Sequence[Any], before: Sequence[Any], after: Sequence[Any]) -> bool:
    if any(kink.across for kink in row.kinks) and all(p in (None, "0") for p in row.partials):
        return bool(np.any(before[-1] != after[-1]))
    for kink in row.kinks:
        for node in walk(parse(kink.condition).tree):
            if isinstance(node, Binary) and node.operator == "==":
                gap = f"{to_text(node.left)} - ({to_text(node.right)})"
                sides = [np.asarray(template_value(row, gap, operands, orders)) for operands in (before, after)]
                if np.any(sides[0] * sides[1] < 0):
                    return True
    return False
