"""Why a derivative is 0 or not connected: the places where every path from the variable to the output is cut.

The adjoints tell: an operation that the output depends on (its adjoint is not 0) and that hands 0 on to its operand
cuts the path there. So one walk from a variable's entries towards the output, along adjoints that are 0, ends at
every cut; where it ends at none, no operation leads from them to the output.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from gradcli.autodiff.primitive import Ruled
from gradcli.autodiff.tape import Tape
from gradcli.autodiff.vjp import all_adjoints, paths
from gradcli.language.labels import label_of
from gradcli.result import Zero
from gradcli.targets.arrays import evaluate
from gradcli.targets.connection import Mask, pushed
from gradcli.verify.cuts import Cut, cut_at, is_flat
from gradcli.verify.numeric_reach import structural_reach
from gradcli.verify.spots import spot_of

_ONE_BY_ONE = 16  #: entries of a variable up to which each has reasons of its own
_WORK = 40_000  #: steps of all walks together; what is beyond stays unexplained
_LABELS = 6  #: entries that a reason names
_REASONS = 3  #: for one entry
_LOOKED_AT = 12  #: edges that are put into words for them
_NOTHING = "nothing leads from that variable to that entry"
_TOLD = 40  #: reasons in all


class Named(NamedTuple):
    """A variable: its name, its input, and the numbers found (None: not connected)."""

    name: str
    source: int
    entries: Any


class _Reason(NamedTuple):
    """A cut, the labels of the first entries it holds for, and how many there are."""

    cut: Cut
    labels: Sequence[str]
    size: int


class _Sweep(NamedTuple):
    """The wanted entries of an output and the way to them.

    Attributes:
        tape, output: what is differentiated.
        order: the instructions it needs, in order.
        values: theirs.
        adjoints: values of the adjoints of everything on a path from the variables.
        reach: the entries that the wanted ones are made of.
    """

    tape: Tape
    output: int
    order: Sequence[int]
    values: Mapping[int, Any]
    adjoints: Mapping[int, Any]
    reach: Mapping[int, Mask]


def explain_gradient(
    tape: Tape, output: int, name: str, variables: Sequence[Named], values: Mapping[int, Any]
) -> tuple[Zero, ...]:
    """The reasons of every 0 and every missing path of a gradient.

    Args:
        tape: the tape; the sweep is repeated on it, where it is known already.
        output: the scalar instruction differentiated, `name` its name.
        variables: what it is differentiated by.
        values: of all instructions of the function.
    """
    if all(v.entries is not None and np.all(v.entries != 0) for v in variables):
        return ()
    sweep = _swept(tape, output, np.ones((), dtype=bool), tape.constant(1.0), variables, values)
    return _grouped(_reasons(sweep, variables, f"it does not occur in {name}", "", [_WORK]))


def explain_jacobian(
    tape: Tape,
    output: int,
    rows: Sequence[str],
    variables: Sequence[Named],
    matrix: Any,
    values: Mapping[int, Any],
    memory: dict[Any, Any],
) -> tuple[Zero, ...]:
    """The same for a Jacobian: `rows` are the labels of the output's entries, `matrix` its numbers.

    `memory` keeps the sweep's seed for the next point.
    """
    if np.all(matrix != 0):
        return ()
    shape = tape.shape(output)
    seed = memory.setdefault(("zeros", output), None)
    if seed is None:
        seed = memory["zeros", output] = tape.fresh_input("row", shape)
    (seed_name,) = tape.instructions[seed].attributes
    found: list[_Reason] = []
    left = [_WORK]
    for r, label in enumerate(rows):
        if np.all(matrix[r] != 0) or left[0] <= 0:
            continue
        wanted = (np.arange(len(rows)) == r).reshape(shape)
        sweep = _swept(tape, output, wanted, seed, variables, values, {seed_name: wanted.astype(float)})
        ends = np.cumsum([math.prod(tape.shape(v.source)) for v in variables])
        own = [
            v._replace(entries=part.reshape(tape.shape(v.source)))
            for v, part in zip(variables, np.split(matrix[r], ends[:-1]), strict=True)
        ]
        found += _reasons(sweep, own, _NOTHING, f"{label},", left)
    return _grouped(found)


def _swept(
    tape: Tape,
    output: int,
    wanted: Mask,
    seed: int,
    variables: Sequence[Named],
    values: Mapping[int, Any],
    inputs: Mapping[str, Any] = MappingProxyType({}),
) -> _Sweep:
    """What there is to know of the paths from the variables to the wanted entries; `inputs` has the seed's value."""
    swept = all_adjoints(tape, output, seed, [v.source for v in variables])
    known = {n: values[i] for n, i in tape.inputs.items() if i in values}
    numbers = evaluate(tape, list(swept.values()), {**known, **inputs})
    adjoints = dict(zip(swept, numbers, strict=True))
    return _Sweep(tape, output, tape.needed([output]), values, adjoints, structural_reach(tape, output, wanted))


def _reasons(sweep: _Sweep, variables: Sequence[Named], absent: str, prefix: str, left: list[int]) -> Iterator[_Reason]:
    """Every reason, with the entries it holds for."""
    for variable in variables:
        shape = sweep.tape.shape(variable.source)
        connected = variable.entries is not None
        zero = np.broadcast_to(variable.entries == 0 if connected else np.True_, shape)
        count = int(zero.sum())
        if not count:
            continue
        first = [
            tuple(map(int, np.unravel_index(at, shape))) for at in np.flatnonzero(zero)[: max(_ONE_BY_ONE, _LABELS)]
        ]
        apart = connected and count <= _ONE_BY_ONE
        for group in [[at] for at in first] if apart else [first]:
            if left[0] <= 0:
                return
            left[0] -= len(sweep.order)
            mask = zero
            if apart:
                mask = np.zeros(shape, dtype=bool)
                mask[group[0]] = True
            cuts = list(dict.fromkeys(islice(_cuts(sweep, variable.source, mask), _LOOKED_AT)))
            cuts = _weighed(cuts) or [Cut(None, "absent", absent)]
            labels = [prefix + label_of(variable.name, at) for at in group[:_LABELS]] if connected else [variable.name]
            for cut in [cut for cut in cuts if cut.kind][:_REASONS]:
                yield _Reason(cut._replace(connected=connected), labels, count if connected and not apart else 1)


def _weighed(cuts: Sequence[Cut]) -> list[Cut]:
    """The cuts that explain the 0: where terms cancel none else, and an edge without a derivative only by itself."""
    cancelling = [cut for cut in cuts if cut.kind == "cancels"]
    return cancelling[:1] or [cut for cut in cuts if cut.kind != "cut"] or list(cuts)


def _cuts(sweep: _Sweep, source: int, asked: Mask) -> Iterator[Cut]:
    """The edges at which the paths from the masked entries of a source end."""
    tape, output, order, values, adjoints, reach = sweep
    waiting: dict[int, Mask] = {source: asked}
    for i in order:
        instruction = tape.instructions[i]
        if not any(a in waiting for a in instruction.arguments):
            continue
        passing = paths(instruction)
        for k, a in enumerate(instruction.arguments):
            if a not in waiting or (k == 0 and isinstance(instruction.primitive, Ruled)):
                continue  # what defines a value is not on its paths
            mask = pushed(tape, i, k, waiting[a]) & reach.get(i, np.False_)
            if not mask.any():
                continue
            if not passing[k]:
                yield cut_at(tape, i, k, mask, waiting[a], values, None)
                continue
            adjoint = adjoints.get(i)
            if is_flat(tape.instructions[i].primitive, k):  # whatever comes from above
                yield cut_at(tape, i, k, mask, waiting[a], values, 0.0)
                continue
            dead = mask if adjoint is None else mask & (np.asarray(adjoint) == 0)
            alive = mask & ~dead
            if alive.any():
                yield cut_at(tape, i, k, alive, waiting[a], values, adjoint)
            if dead.any() and i != output:
                waiting[i] = waiting[i] | dead if i in waiting else dead


def _grouped(found: Iterable[_Reason]) -> tuple[Zero, ...]:
    """One `Zero` for each reason, with the first of the entries it holds for."""
    labels: dict[Cut, list[str]] = {}
    counts: dict[Cut, int] = {}
    for cut, entries, count in found:
        labels.setdefault(cut, []).extend(entries[: _LABELS - len(labels.get(cut, ()))])
        counts[cut] = counts.get(cut, 0) + count
    zeros = []
    for cut, named in list(labels.items())[:_TOLD]:
        spot = spot_of(cut.place)
        place = spot.text, spot.line, spot.column
        zeros.append(Zero(tuple(named), counts[cut], cut.connected, cut.kind, cut.why, *place))
    return tuple(zeros)
