"""Mistakes in a claim about a whole array: a factor that all of it, or each of its entries, lacks or has twice."""

from __future__ import annotations

from collections.abc import Iterator

from gradcli.autodiff.structural import broadcast, stretch
from gradcli.autodiff.vjp import active_from, vjp
from gradcli.claims.pair import Pair
from gradcli.claims.quoting import Quoting, said
from gradcli.claims.rules import Slip

_PARTS = 60  #: parts of a function up to which each is tried


def slips(pair: Pair) -> Iterator[Slip]:
    """The claim with a part of the function, or its elementwise derivative, multiplied in or divided out."""
    tape, claim, output = pair.tape, pair.claim, pair.programs.output
    parts = [i for i in tape.needed([output]) if tape.constant_value(i) is None]
    if len(parts) > _PARTS:
        return
    shape, quoting = tape.shape(claim), Quoting(tape, output)
    for axis in pair.subject.axes[-1:]:
        name, _ = pair.variable(axis.positions[0])
        source = pair.assembly.names[name]
        active = active_from(tape, [source], output)
        for u in parts:
            if not tape.shape(u) or u == source or not active[u]:
                continue
            slope = vjp(tape, u, broadcast(tape, tape.constant(1.0), tape.shape(u)), [source])[0]
            if slope is not None and tape.shape(slope) == shape:
                yield from _times(
                    pair, "chain", f"the inner derivative {said(tape, slope)} of {quoting.quoted(u)}", slope
                )
    for u in parts:
        if tape.shape(u) == ():
            yield from _times(pair, "factor", f"the factor {quoting.quoted(u)}", u)


def _times(pair: Pair, kind: str, words: str, factor: int) -> Iterator[Slip]:
    tape, shape = pair.tape, pair.tape.shape(pair.claim)
    every = factor if tape.shape(factor) == shape else stretch(tape, factor, shape, tuple(range(-len(shape), 0)))
    yield Slip(kind, f"{words} is missing", tape.multiply(pair.claim, every))
    yield Slip(kind, f"{words} is too much", tape.divide(pair.claim, every))
