"""Kinks: points of a function where it has no derivative, found from the rows of its own instructions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gradcli.autodiff.linear_algebra import PSEUDOINVERSE
from gradcli.autodiff.primitive import Row
from gradcli.autodiff.structural import NORM, ORDER_STATISTIC
from gradcli.autodiff.tape import Tape
from gradcli.autodiff.vjp import paths
from gradcli.errors import column_of
from gradcli.result import Kink, plain
from gradcli.targets.template_values import template_value
from gradcli.verify.numeric_reach import numeric_reach


def find_kinks(tape: Tape, output: int, sources: Sequence[int], values: Mapping[int, Any]) -> tuple[Kink, ...]:
    """Every instruction of the function that sits exactly on one of its kinks at this point.

    Args:
        tape: the tape; only what the output depends on is looked at, not the derivatives.
        output: the output differentiated.
        sources: inputs differentiated by; a kink they cannot move across does not count.
        values: values of all instructions the output depends on.
    """
    moving = _moving(tape, output, sources)
    reach: Mapping[int, Any] | None = None
    found: list[Kink] = []
    for i in tape.needed([output]):
        instruction = tape.instructions[i]
        if not any(moving[a] for a in instruction.arguments):
            continue
        for condition, left, right, convention in _conditions(tape, i, values):
            if not np.any(condition):
                continue
            if reach is None:
                reach = numeric_reach(tape, output, values)
            at = np.asarray(condition) & reach.get(i, np.False_)
            if np.any(at):
                found.append(_kink(tape, i, left, right, convention))
    return tuple(dict.fromkeys(found))


def _moving(tape: Tape, output: int, sources: Sequence[int]) -> bytearray:
    """Which instructions vary with the sources at all nearby points (floor and comparisons do not)."""
    moving = bytearray(output + 1)
    for s in sources:
        if s <= output:
            moving[s] = 1
    for i in range(output + 1):
        instruction = tape.instructions[i]
        primitive = instruction.primitive
        flat = isinstance(primitive, Row) and all(p in (None, "0") for p in primitive.partials)
        if instruction.arguments and not flat:
            moving[i] = any(
                moving[a] and path for a, path in zip(instruction.arguments, paths(instruction), strict=True)
            )
    return moving


def _conditions(tape: Tape, i: int, values: Mapping[int, Any]) -> list[tuple[Any, Any, Any, str]]:
    """The instruction's kinks: where, left and right derivative, convention."""
    instruction = tape.instructions[i]
    primitive = instruction.primitive
    if isinstance(primitive, Row):
        operands = [np.asarray(values[a]) for a in (*instruction.arguments, i)]
        found = []
        for kink in primitive.kinks:
            condition = np.asarray(template_value(primitive, kink.condition, operands)) != 0
            sides = [
                None if s is None else float(template_value(primitive, s, operands)) for s in (kink.left, kink.right)
            ]
            found.append((condition, sides[0], sides[1], kink.convention))
        return found
    if primitive is ORDER_STATISTIC:
        ties = (np.asarray(values[instruction.arguments[0]]) == np.asarray(values[i])[..., None]).sum(axis=-1) > 1
        return [(ties, None, None, "ties share the derivative equally")]
    if primitive is NORM:
        return [(np.asarray(values[i]) == 0, None, None, "0 at the tip of the cone")]
    if primitive is PSEUDOINVERSE:
        matrix = np.asarray(values[instruction.arguments[0]])
        deficient = np.isfinite(matrix).all() and np.linalg.matrix_rank(matrix) < min(matrix.shape)
        return [(np.asarray(deficient), None, None, "the derivative among matrices of the same rank")]
    return []


def _kink(tape: Tape, i: int, left: Any, right: Any, convention: str) -> Kink:
    primitive = tape.instructions[i].primitive
    place = tape.places.get(i)
    name = (primitive.operator or primitive.name) if isinstance(primitive, Row) else primitive.name
    if place is not None and not (isinstance(primitive, Row) and primitive.operator):
        called, parenthesis, _ = place.text.partition("(")
        name = called if parenthesis and called.isidentifier() else name  # the name the person typed
    if place is None:
        return Kink("", None, None, name, plain(left), plain(right), convention)
    text, start = place.expression.text, place.span.start
    line = place.expression.origin.line
    return Kink(place.text, line, column_of(text, start), name, plain(left), plain(right), convention)
