"""Where a NaN or an infinity came from: the subexpression whose operands were still finite.

A NaN can also hide: a comparison with it is false, and a finite number comes out. Where that
decided something the output is made of, it is named all the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gradcli.autodiff.primitive import Row, Structural
from gradcli.autodiff.rows_arithmetic import WHERE
from gradcli.autodiff.tape import Tape
from gradcli.errors import column_of
from gradcli.result import Nonfinite
from gradcli.verify.movement import Jump, holds, operands_of, unsettled
from gradcli.verify.numeric_reach import unsettled_reach


def find_nonfinite(tape: Tape, outputs: Sequence[int], values: Mapping[int, Any], primal: int) -> tuple[Nonfinite, ...]:
    """The origins of every non-finite number among the outputs.

    Args:
        tape: the tape with the derivatives on it.
        outputs: instructions whose values are shown (the value and the derivatives).
        values: values of every instruction they need.
        primal: indices up to here belong to the function itself, later ones to its derivative.
    """
    return _described(tape, [i for i in outputs if not np.all(np.isfinite(values[i]))], values, primal)


def find_hidden(tape: Tape, output: int, values: Mapping[int, Any]) -> tuple[Nonfinite, ...]:
    """The origins of every NaN that a comparison (or a rule such as NaN^0 = 1) hid on the way to the output.

    Args:
        tape: the tape.
        output: an instruction of the function itself.
        values: values of every instruction it needs.
    """
    order = tape.needed([output])
    undefined = {i for i in order if np.any(np.isnan(values[i]))}
    if not undefined:
        return ()
    hiding: dict[int, Jump] = {}
    for i in order:
        row, arguments = tape.instructions[i].primitive, tape.instructions[i].arguments
        if not isinstance(row, Row) or undefined.isdisjoint(arguments):
            continue
        given = [np.isnan(values[a]) & holds(row, k, operands_of(tape, i, values)) for k, a in enumerate(arguments)]
        at = np.any(np.broadcast_arrays(*given), axis=0) & ~np.isnan(values[i])
        if at.any():
            hiding[i] = at, [1 - np.asarray(values[i]) if row.boolean else np.nan]
    found = unsettled(tape, order, values, lambda i: [hiding[i]] if i in hiding else [])
    reach = unsettled_reach(tape, output, found)
    reached = [i for i, (at, _) in hiding.items() if np.any(at & reach.get(i, np.False_))]
    hidden = [a for i in reached for a in tape.instructions[i].arguments if a in undefined]
    return _described(tape, hidden, values, output)


def _described(tape: Tape, pending: list[int], values: Mapping[int, Any], primal: int) -> tuple[Nonfinite, ...]:
    """The origins of the non-finite numbers of some instructions, in words."""
    origins: dict[int, None] = {}
    seen: set[int] = set()
    while pending:
        i = pending.pop()
        if i in seen:
            continue
        seen.add(i)
        arguments = list(tape.instructions[i].arguments)
        if tape.instructions[i].primitive is WHERE:
            chosen = np.asarray(values[arguments[0]]) != 0
            arguments = [a for a, taken in zip(arguments[1:], (chosen, ~chosen), strict=True) if np.any(taken)]
        bad = [a for a in arguments if not np.all(np.isfinite(values[a]))]
        pending.extend(bad)
        if not bad:
            origins[i] = None
    ordered = sorted(origins)
    first = [i for i in ordered if i <= primal] or ordered
    return tuple(dict.fromkeys(_describe(tape, i, values, i > primal) for i in first))


def _describe(tape: Tape, i: int, values: Mapping[int, Any], derivative: bool) -> Nonfinite:
    instruction = tape.instructions[i]
    primitive = instruction.primitive
    flat = np.asarray(values[i]).ravel()
    at = int(np.flatnonzero(~np.isfinite(flat))[0])
    result = float(flat[at])
    whole = isinstance(primitive, Structural) and primitive.whole
    size = 0 if whole else flat.size
    shown = _call(primitive, [_operand(values[a], at, size) for a in instruction.arguments])
    why = f"{shown} is {result:g}"
    if isinstance(primitive, Structural) and primitive.undefined and np.isnan(result):
        why = primitive.undefined
    place = tape.places.get(i)
    if place is None:
        return Nonfinite("", None, None, why)
    if derivative:
        why = f"the derivative of this: {why}"
    return Nonfinite(place.text, place.expression.origin.line, column_of(place.expression.text, place.span.start), why)


def _operand(value: Any, at: int, size: int) -> str:
    flat = np.asarray(value).ravel()
    return f"{float(flat[at] if flat.size == size else flat[0]):g}" if flat.size in (1, size) and size else "an array"


def _call(primitive: Any, operands: list[str]) -> str:
    if isinstance(primitive, Row) and primitive.operator is not None:
        if len(operands) == 1:
            return f"{primitive.operator}{operands[0]}"
        return f" {primitive.operator} ".join(f"({o})" if o.startswith("-") else o for o in operands)
    name = primitive.name
    if isinstance(primitive, Row) and primitive.private and primitive.definition and len(operands) == 1:
        return f"{primitive.definition} at {primitive.arguments[0]} = {operands[0]}"
    return f"{name}({', '.join(operands)})"
