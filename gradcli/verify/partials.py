"""Which rule is wrong: the tape's local partials beside SymPy's derivatives of the same single operations.

Every distinct operation is looked at where it stands, at the values that occur there (of a large array at a random
sample of them). It is asked only where the tape is the suspect, to say which of its rules made the error.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gradcli.autodiff.primitive import CONSTANT, Row
from gradcli.autodiff.tape import Tape
from gradcli.autodiff.vjp import active_from
from gradcli.errors import column_of
from gradcli.result import Fault
from gradcli.targets.enclosures import Enclosure
from gradcli.targets.symbols.primitives import Operand, Operation, OutOfTimeError, differentiate
from gradcli.targets.template_values import template_value

SECONDS, SHARE = 2.0, 0.2  #: that looking may take, and no more than this part of the budget
SAMPLES = 32  #: entries of an array operation
_OFF = 1e-6  #: relative difference from which on a partial is named


def wrong_partials(
    tape: Tape,
    targets: Sequence[int],
    sources: Sequence[int],
    values: Mapping[int, Any],
    seed: int,
    budget: float = SECONDS / SHARE,
) -> tuple[Fault, ...]:
    """The partials of the operations below some instructions that contradict SymPy, the worst of each rule.

    Args:
        tape: the program.
        targets: the instructions whose operations are looked at.
        sources: the inputs differentiated by: only what depends on them is looked at.
        values: float64 values of everything they need.
        seed: of the sample.
        budget: the seconds that all witnesses had together.

    Returns:
        One fault for each operation and argument, in the order in which they occur.
    """
    deadline = time.monotonic() + min(SECONDS, SHARE * budget)
    memory: dict[Any, Any] = {}
    worst: dict[tuple[str, int], tuple[float, Fault]] = {}
    generator = np.random.default_rng(seed)
    active = active_from(tape, sources, max(targets))
    try:
        for i in tape.needed(targets):
            row = tape.instructions[i].primitive
            if isinstance(row, Row) and active[i] and i in values:
                for k, size, fault in _compared(tape, i, row, active, values, generator, deadline, memory):
                    if size > worst.get((row.name, k), (_OFF, None))[0]:
                        worst[row.name, k] = size, fault
    except OutOfTimeError:
        pass
    return tuple(fault for _, fault in worst.values())


def _compared(
    tape: Tape,
    i: int,
    row: Row,
    active: bytearray,
    values: Mapping[int, Any],
    generator: np.random.Generator,
    deadline: float,
    memory: dict[Any, Any],
) -> list[tuple[int, float, Fault]]:
    """Per argument of one operation the entry whose partial is farthest off, and how far that is."""
    instruction = tape.instructions[i]
    shape = instruction.shape
    size = int(np.prod(shape))
    picked = generator.permutation(size)[:SAMPLES]
    numbers = [np.broadcast_to(np.asarray(values[a], dtype=float), shape).ravel() for a in instruction.arguments]
    columns = [column[picked] for column in (*numbers, np.broadcast_to(values[i], shape).ravel())]
    usable = np.isfinite(columns).all(axis=0)
    columns = [column[usable] for column in columns]
    count = len(columns[0])
    if not count:
        return []
    operands = [
        Operand(
            Enclosure(column),
            column if tape.instructions[a].primitive is not CONSTANT else column[0],
            partial is not None and bool(active[a]),
            tape.instructions[a].primitive is CONSTANT,
        )
        for a, column, partial in zip(instruction.arguments, columns, row.partials, strict=False)
    ]
    orders = instruction.attributes
    try:
        known = differentiate(row, orders, operands, columns[-1], (count,), 1, deadline, memory)
    except (NotImplementedError, RecursionError):
        return []
    found = []
    for k, own in enumerate(row.partials):
        if own is None or k not in known.first:
            continue
        on_tape = np.broadcast_to(np.asarray(template_value(row, own, columns, orders), dtype=float), (count,))
        edge = row.edges[k] if row.edges else None
        if edge is not None:  # the sweeps choose by it, so do these numbers
            on_tape = np.where(np.asarray(template_value(row, edge, columns, orders)) != 0, on_tape, 0.0)
        gap = _gap(known, k, on_tape)
        at = int(np.argmax(gap))
        place = tape.places.get(i)
        fault = Fault(
            row.name,
            row.arguments[k],
            {name: float(column[at]) for name, column in zip(row.arguments, columns, strict=False)},
            float(on_tape[at]),
            float(known.first[k].value.mid[at]),
            None if place is None else place.text,
            None if place is None else place.expression.origin.line,
            None if place is None else column_of(place.expression.text, place.span.start),
        )
        found.append((k, float(gap[at]), fault))
    return found


def _gap(known: Operation, k: int, on_tape: Any) -> Any:
    """Relative differences beyond SymPy's error bar; 0 where either says nothing."""
    partial = known.first[k]
    mid = np.where(partial.live, partial.value.mid, 0.0)
    with np.errstate(all="ignore"):
        size = np.maximum(np.abs(mid), np.abs(on_tape))
        gap = np.where(size > 0, (np.abs(on_tape - mid) - partial.value.radius) / np.where(size > 0, size, 1.0), 0.0)
    return np.nan_to_num(gap, nan=0.0, posinf=0.0, neginf=0.0)
