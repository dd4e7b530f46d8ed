"""One derivative before the court: every witness that is wanted is heard, within the budget."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from gradcli.autodiff.structural import STOP
from gradcli.autodiff.tape import Tape
from gradcli.result import Check, Kink, Nonfinite
from gradcli.verify.kinks import find_kinks
from gradcli.verify.smooth_part import SmoothPart, smooth_part
from gradcli.verify.testimony import Array, Testimony, silent
from gradcli.verify.value import ValueFinding, examine_value
from gradcli.verify.verdict import Judgement, Rounding, judge

_ORDER = ("symbolic", "finite_difference", "certificate")  #: as they are reported
_BY_COST = ("finite_difference", "certificate", "symbolic")  #: as they are heard: the slowest last
_SYMBOLIC_SHARE = 0.4  #: of the budget, kept from the certificate of a large model for SymPy

_CONFIRMED = ValueFinding(covered=True, disputed=False)  #: also where nobody was asked


class Hearing(NamedTuple):
    """What the court needs to know of one derivative at one point.

    Attributes:
        tape, output, sources: the primal, and what it is differentiated by.
        inputs: values of all inputs of the tape.
        values: values of all primal instructions.
        entries: the tape's numbers: (m, n) for order 1, (n, n) for order 2.
        order: 1 or 2.
        rounding: bound on the rounding of an entry, see `rounding.rounding_bound`.
        memory: what a witness may keep for the next hearing of the same output.
    """

    tape: Tape
    output: int
    sources: Sequence[int]
    inputs: Mapping[str, Any]
    values: Mapping[int, Any]
    entries: Array
    order: int
    rounding: Rounding
    memory: dict[Any, Any]


class Finding(NamedTuple):
    """Checks by witness, kinks, the verdict of the record, and enclosures if they were asked for."""

    checks: dict[str, Check]
    kinks: tuple[Kink, ...]
    verdict: str
    lower: Array | None = None
    upper: Array | None = None


def examine(
    hearing: Hearing,
    witnesses: Sequence[str],
    budget_seconds: float,
    rtol: float,
    seed: int,
    nonfinite: Sequence[Nonfinite] = (),
) -> Finding:
    """Hear the witnesses and give the verdict.

    Args:
        hearing: the derivative.
        witnesses: of `certificate`, `symbolic`, `finite_difference`.
        budget_seconds: for all of them together.
        rtol: relative difference that agrees.
        seed: of random directions.
        nonfinite: what is not finite in the record; it decides the verdict after a contradiction.
    """
    value = np.ravel(hearing.values[hearing.output])
    if not np.isfinite(value).all():  # where the function has no value, no number is its derivative
        hearing = hearing._replace(entries=np.where(np.isfinite(value)[:, None], hearing.entries, np.nan))
    kinks = find_kinks(hearing.tape, hearing.output, hearing.sources, hearing.values, hearing.order)
    defined = np.isfinite(np.ravel(hearing.values[hearing.output]))  # where there is no value, nothing is judged
    if not defined.all():
        hearing = hearing._replace(entries=np.where(defined[:, None], hearing.entries, np.nan))
    deadline = time.monotonic() + budget_seconds
    free = _smooth_part(hearing) if kinks else None
    lower = upper = None
    heard: dict[str, Testimony] = {}
    worth = _CONFIRMED
    for witness in _BY_COST:
        if witness not in witnesses:
            continue
        ends = deadline - _SYMBOLIC_SHARE * budget_seconds if "symbolic" in witnesses else deadline
        if witness == "certificate":  # first, so that the directions leave it the time
            worth = _value(hearing, ends, budget_seconds, rtol)
        if kinks and free is None:
            heard[witness] = silent(witness, hearing.entries.shape, "not differentiable here")
        elif not np.isfinite(hearing.entries).any() and hearing.entries.size:
            heard[witness] = silent(witness, hearing.entries.shape, "no entry is finite")
        elif free is not None:
            part = hearing._replace(sources=free.sources, entries=free.entries, memory=free.memory)
            if witness == "certificate":
                found, _, _ = _certificate(part, ends, budget_seconds, seed)
            else:
                found = _WITNESSES[witness](part, deadline, seed)
            heard[witness] = free.spread(found, hearing.entries.shape)
        elif witness == "certificate":
            heard[witness], lower, upper = _certificate(hearing, ends, budget_seconds, seed)
        else:
            heard[witness] = _WITNESSES[witness](hearing, deadline, seed)
    testimonies = [heard[witness] for witness in _ORDER if witness in heard]
    judgement = judge(testimonies, hearing.entries, rtol, hearing.rounding, partial(_own_rounding, hearing))
    checks = {name: worth.told(check) if name == "certificate" else check for name, check in judgement.checks.items()}
    return Finding(checks, kinks, _verdict(judgement, kinks, nonfinite, worth), lower, upper)


def _smooth_part(hearing: Hearing) -> SmoothPart | None:
    return smooth_part(
        hearing.tape,
        hearing.output,
        hearing.sources,
        hearing.values,
        hearing.entries,
        hearing.order,
        hearing.memory,
    )


def _verdict(
    judgement: Judgement,
    kinks: Sequence[Kink],
    nonfinite: Sequence[Nonfinite],
    value: ValueFinding = _CONFIRMED,
) -> str:
    if judgement.disputed.any() or value.disputed:
        return "mismatch"
    if nonfinite:
        return "nonfinite"
    if kinks:
        return "kink"
    return "verified" if judgement.covered.all() and value.covered else "unverified"


def _symbolic(hearing: Hearing, deadline: float, seed: int) -> Testimony:
    from gradcli.verify import symbolic

    return symbolic.hear(
        hearing.tape,
        hearing.output,
        hearing.sources,
        hearing.values,
        hearing.entries,
        hearing.order,
        deadline,
        hearing.memory,
    )


def _finite_difference(hearing: Hearing, deadline: float, seed: int) -> Testimony:
    from gradcli.verify import finite_difference

    return finite_difference.hear(
        hearing.tape,
        hearing.output,
        hearing.sources,
        hearing.inputs,
        hearing.values,
        hearing.entries,
        hearing.order,
        deadline,
        seed,
    )


def _value(hearing: Hearing, deadline: float, budget: float, rtol: float) -> ValueFinding:
    held = _held(hearing)
    return examine_value(hearing.tape, hearing.output, hearing.inputs, hearing.values, held, rtol, deadline, budget)


def _held(hearing: Hearing) -> dict[int, Any]:
    """Values of the stopped instructions: no derivative looks behind them."""
    tape = hearing.tape
    return {i: hearing.values[i] for i in tape.needed([hearing.output]) if tape.instructions[i].primitive is STOP}


def _certificate(hearing: Hearing, deadline: float, budget: float, seed: int) -> tuple[Testimony, Array, Array]:
    from gradcli.verify import certificate

    found = certificate.certify(
        hearing.tape,
        hearing.output,
        hearing.sources,
        hearing.inputs,
        hearing.entries,
        hearing.order,
        _held(hearing),
        deadline,
        budget=budget,
        seed=seed,
    )
    reason = next(iter(found.reasons.values()), None)
    digits = certificate.digits(found, hearing.entries) if found.compared.any() else None
    error = np.maximum(found.most - found.least, 0.0)
    testimony = Testimony("certificate", found.least, error, found.compared, reason, "entries", digits)
    return testimony, found.lower, found.upper


def _own_rounding(hearing: Hearing, position: tuple[int, ...]) -> float:
    from gradcli.verify.terms import own_rounding

    where = (hearing.tape, hearing.output, hearing.sources, hearing.inputs, _held(hearing), hearing.order)
    return own_rounding(*where, position)


_WITNESSES: dict[str, Callable[[Hearing, float, int], Testimony]] = {
    "symbolic": _symbolic,
    "finite_difference": _finite_difference,
}
