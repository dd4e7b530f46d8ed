"""Gradient, Jacobian and Hessian as programs: which sweeps to run, and which seeds to feed them.

A directional seed is an *input* of the tape: fed the identity with a leading axis, one walk
gives all columns (or rows) at once. Where that gives numbers that are not finite, the same program
with its lanes kept *apart* says which of them an infinity elsewhere has only spoilt.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from gradcli.autodiff.jvp import jvp
from gradcli.autodiff.lanes import seed_lanes
from gradcli.autodiff.tape import Tape
from gradcli.autodiff.vjp import vjp


class Directional(NamedTuple):
    """Instructions linear in seed inputs.

    `seeds` are the names of the inputs to feed, one per source (or the single one of the output
    in reverse mode); `results` one instruction per source (or the output) or None where not
    connected; `forward` says whether seeds are tangents of the sources.
    """

    seeds: tuple[str, ...]
    results: tuple[int | None, ...]
    forward: bool


def gradient(tape: Tape, output: int, sources: Sequence[int]) -> list[int | None]:
    """Adjoints of a scalar output, one per source in its shape; None where not connected."""
    return vjp(tape, output, tape.constant(1.0), sources)


def hessian_products(
    tape: Tape, adjoints: Sequence[int | None], sources: Sequence[int], apart: bool = False
) -> Directional:
    """Forward over reverse: the gradient's tangent along one direction, for every source."""
    seeds, tangents = _tangents(tape, sources)
    connected = [g for g in adjoints if g is not None]
    pushed = iter(jvp(tape, connected, tangents, apart)) if connected else iter(())
    return Directional(seeds, tuple(None if g is None else next(pushed) for g in adjoints), True)


def jacobian_products(tape: Tape, output: int, sources: Sequence[int], apart: bool = False) -> Directional:
    """Forward mode if there are fewer source entries than output entries, else reverse mode."""
    shape = tape.shape(output)
    if math.prod(shape) >= sum(math.prod(tape.shape(s)) for s in sources):
        seeds, tangents = _tangents(tape, sources)
        return Directional(seeds, (jvp(tape, [output], tangents, apart)[0],), True)
    seed = tape.fresh_input("cotangent", shape)
    reached = seed_lanes(tape, seed) if apart else None
    return Directional((tape[seed].attributes[0],), tuple(vjp(tape, output, seed, sources, reached)), False)


def _tangents(tape: Tape, sources: Sequence[int]) -> tuple[tuple[str, ...], dict[int, int]]:
    tangents = {s: tape.fresh_input("tangent", tape.shape(s)) for s in sources}
    return tuple(tape[t].attributes[0] for t in tangents.values()), tangents
