"""Where a NaN or an infinity came from: the subexpression whose operands were still finite.

A NaN can also hide: a comparison with it is false, and a finite number comes out; so can an infinity that has no side.
Where that decided something the output is made of, it is named all the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gradcli.autodiff.primitive import Row
from gradcli.autodiff.rows_arithmetic import WHERE
from gradcli.autodiff.tape import Tape
from gradcli.result import Nonfinite
from gradcli.targets.connection import pushed
from gradcli.verify.movement import Jump, holds, operands_of, unsettled
from gradcli.verify.numeric_reach import unsettled_reach
from gradcli.verify.origins import product_of, told_origin
from gradcli.verify.poles import sideless, taken

_PRODUCTS = 4  #: that made a NaN of infinities and are told
_TYPED = 20  #: origins whose operands are looked up in the text


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
    """The origins of what was hidden on the way to the output.

    That is every NaN that a comparison (or a rule such as NaN^0 = 1) made finite again, and every infinity of a pole
    that changes its sign there.

    Args:
        tape: the tape.
        output: an instruction of the function itself.
        values: values of every instruction it needs.
    """
    order = tape.needed([output])
    undefined = {i: nan for i in order if np.any(nan := np.isnan(values[i]))}
    poles = sideless(tape, order, values)
    if not undefined and not poles:
        return ()
    hiding: dict[int, Jump] = {}
    for i in order:
        row, arguments, _, shape = tape.instructions[i]
        at = np.zeros(shape, dtype=bool)
        for k, a in enumerate(arguments):
            if a in undefined and isinstance(row, Row):
                at = at | (undefined[a] & holds(row, k, operands_of(tape, i, values)) & ~np.isnan(values[i]))
            if a in poles:
                met = poles[a] & taken(tape, i, k, values) if isinstance(row, Row) else pushed(tape, i, k, poles[a])
                at = at | (met & np.isfinite(values[i]))
        if at.any():
            hiding[i] = at, [1 - np.asarray(values[i]) if isinstance(row, Row) and row.boolean else np.nan]
    found = unsettled(tape, order, values, lambda i: [hiding[i]] if i in hiding else [])
    reach = unsettled_reach(tape, output, found)
    reached = [i for i, (at, _) in hiding.items() if np.any(at & reach.get(i, np.False_))]
    hidden = [a for i in reached for a in tape.instructions[i].arguments if a in undefined or a in poles]
    return _described(tape, hidden, values, output)


def _described(tape: Tape, pending: list[int], values: Mapping[int, Any], primal: int) -> tuple[Nonfinite, ...]:
    """The origins of the non-finite numbers of some instructions, in words."""
    origins, made = _origins(tape, pending, values)
    first = [i for i in origins if i <= primal] or origins
    told = {i: told_origin(tape, i, values, i > primal, typed=k < _TYPED) for k, i in enumerate(first)}
    for j in made[:_PRODUCTS]:
        below, _ = _origins(tape, tape.instructions[j].arguments, values)
        open_to = next((i for i in first if i in below and told[i].product is None), None)
        if open_to is not None:
            told[open_to] = replace(told[open_to], product=product_of(tape, j, values, primal))
    return tuple(dict.fromkeys(told.values()))


def _origins(tape: Tape, pending: Sequence[int], values: Mapping[int, Any]) -> tuple[list[int], list[int]]:
    """Where non-finite numbers come from, with operands that are finite; and where infinities became NaN."""
    pending = list(pending)
    origins: set[int] = set()
    made: set[int] = set()
    seen: set[int] = set()
    while pending:
        i = pending.pop()
        if i in seen or np.all(np.isfinite(values[i])):
            continue
        seen.add(i)
        arguments = list(tape.instructions[i].arguments)
        if tape.instructions[i].primitive is WHERE:
            chosen = np.asarray(values[arguments[0]]) != 0
            arguments = [a for a, taken in zip(arguments[1:], (chosen, ~chosen), strict=True) if np.any(taken)]
        bad = [a for a in arguments if not np.all(np.isfinite(values[a]))]
        pending.extend(bad)
        if not bad:
            origins.add(i)
        elif np.any(np.isnan(values[i])) and not any(np.any(np.isnan(values[a])) for a in bad):
            made.add(i)
    return sorted(origins), sorted(made)
