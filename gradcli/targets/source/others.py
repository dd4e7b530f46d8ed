"""Sums over the other entries in formulas: spelled out, less the entry itself, or whole where that cancels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gradcli.autodiff import ruled
from gradcli.autodiff.primitive import Ruled, Shape
from gradcli.autodiff.rows_arithmetic import MULTIPLY
from gradcli.autodiff.tape import Tape
from gradcli.targets.source.arrays import Arrays
from gradcli.targets.source.forms import Form
from gradcli.targets.source.numbers import ONE, Exact
from gradcli.targets.source.values import Explicit, Value, stretched


def others(to: Arrays, shape: Shape, value: Value) -> Value:
    """The sum along the last axis less the entry itself."""
    algebra = to.algebra
    if isinstance(value, Explicit):
        n = shape[-1]
        entries = stretched(value, shape)
        rows = [entries[k : k + n] for k in range(0, len(entries), n)]
        sums = [algebra.collected([(ONE, f) for j, f in enumerate(row) if j != k]) for row in rows for k in range(n)]
        return Explicit(sums, shape)
    return algebra.add([(ONE, total(to, shape, value)), (-ONE, value)])


def total(to: Arrays, shape: Shape, form: Form) -> Form:
    """The sum of a form that stands for `shape` along its last axis, which stays with length 1."""
    found = to.sum(form, shape, (-1,))
    return to.reshaped(found, (*shape[:-1], 1)) if found.shape else found


class Parts(NamedTuple):
    """A product in which one factor is a sum over the others: its other factors, and what is summed."""

    outside: tuple[int, ...]
    inside: int


def cancelling(tape: Tape, terms: Sequence[tuple[Exact, int]]) -> list[dict[int, Parts]]:
    """Pairs of terms that may be written with whole sums, `t*sum(p) - sum(p*t)`: what that adds to them cancels."""
    found: list[dict[int, Parts]] = []
    waiting: dict[tuple[Exact, tuple[int, ...]], int] = {}
    parts = {k: one for _, k in terms if (one := _parts(tape, k)) is not None}
    for c, k in terms:
        if k not in parts:
            continue
        own = tuple(sorted((*parts[k].outside, *_factors(tape, parts[k].inside))))
        other = waiting.pop((-c, own), None)
        if other is None:
            waiting[c, own] = k
        else:
            found.append({k: parts[k], other: parts[other]})
    return found


def _parts(tape: Tape, i: int) -> Parts | None:
    factors = _factors(tape, i)
    sums = [k for k in factors if tape.instructions[k].primitive is ruled.OTHERS]
    if len(sums) != 1:
        return None
    return Parts(tuple(k for k in factors if k not in sums), tape.instructions[sums[0]].arguments[0])


def _factors(tape: Tape, i: int) -> list[int]:
    """The instructions whose product an instruction is."""
    found, pending = [], [i]
    while pending:
        k = pending.pop()
        while isinstance(tape.instructions[k].primitive, Ruled):
            k = tape.instructions[k].arguments[0]
        if tape.instructions[k].primitive is MULTIPLY:
            pending += tape.instructions[k].arguments
        else:
            found.append(k)
    return found
