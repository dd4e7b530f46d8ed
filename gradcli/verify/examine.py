"""One derivative before the court: every witness that is wanted is heard, within the budget."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from gradcli.autodiff.structural import STOP
from gradcli.autodiff.tape import Tape
from gradcli.result import Check, Docket, Kink, Nonfinite
from gradcli.verify.decision import CERTIFICATE, DIFFERENCES, SYMBOLIC, WITNESSES
from gradcli.verify.docket import Dockets, Label
from gradcli.verify.forward import Comparison, compare
from gradcli.verify.kinks import find_kinks
from gradcli.verify.smooth_part import smooth_part
from gradcli.verify.testimony import Array, Testimony, silent
from gradcli.verify.value import ValueFinding, examine_value
from gradcli.verify.verdict import AGREE, Judgement, Rounding, Terms, judge

if TYPE_CHECKING:
    from gradcli.verify.certificate import Certificate

_BY_COST = (DIFFERENCES, CERTIFICATE, SYMBOLIC)  #: as they are heard: the slowest last
_DIFFERENCES_SHARE = 0.3  #: of the budget, for differences where another witness waits
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
        forward: whether a first derivative was made forward.
        label: the name of an entry.
        moved: how far the inputs' own rounding moves an entry, see `verdict.judge`.
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
    forward: bool = False
    label: Label = str
    moved: Terms | None = None


class Finding(NamedTuple):
    """What the court found.

    Attributes:
        checks: by witness.
        kinks: where the function has no derivative.
        verdict: of the record.
        covered: the entries that a conclusive witness confirms.
        value: whether the value is in doubt.
        proved: what the certificate encloses, which is nothing of a kinked entry; None if it was not heard.
        forward: the tape's sweeps compared.
        disputed: how many entries are in dispute.
        disputes: dockets of the first of them.
        entries: dockets of the first of all, where they are asked for.
    """

    checks: dict[str, Check]
    kinks: tuple[Kink, ...]
    verdict: str
    covered: Any
    value: ValueFinding
    proved: Certificate | None = None
    forward: Check | None = None
    disputed: int = 0
    disputes: tuple[Docket, ...] = ()
    entries: tuple[Docket, ...] = ()

    @property
    def lower(self) -> Array | None:
        """Proved lower bounds of the entries, NaN where there are none."""
        return None if self.proved is None else self.proved.lower

    @property
    def upper(self) -> Array | None:
        """Proved upper bounds."""
        return None if self.proved is None else self.proved.upper


def examine(
    hearing: Hearing,
    witnesses: Sequence[str],
    budget_seconds: float,
    rtol: float,
    seed: int,
    nonfinite: Sequence[Nonfinite] = (),
    spent: float = 0.0,
    by_entry: bool = False,
) -> Finding:
    """Hear the witnesses and give the verdict.

    Args:
        hearing: the derivative.
        witnesses: of `certificate`, `symbolic`, `finite_difference`.
        budget_seconds: for all of them together.
        rtol: relative difference that agrees.
        seed: of random directions.
        nonfinite: what is not finite in the record; it decides the verdict after a contradiction.
        spent: seconds of the budget that are gone already.
        by_entry: whether every entry gets a docket.
    """
    kinks = find_kinks(hearing.tape, hearing.output, hearing.sources, hearing.values, hearing.order)
    defined = np.isfinite(np.ravel(hearing.values[hearing.output]))
    if not defined.all():  # where the function has no finite value, nothing is judged
        hearing = hearing._replace(entries=np.where(defined[:, None], hearing.entries, np.nan))
    deadline = time.monotonic() + budget_seconds - spent
    shape = hearing.entries.shape
    free = smooth_part(hearing) if kinks else None
    kinked = np.full(shape, bool(kinks)) if free is None else free.kinked(shape)
    proved: Certificate | None = None
    heard: dict[str, Testimony] = {}
    worth = _CONFIRMED
    comparison = _sweeps(hearing, deadline, rtol, seed) if witnesses and not kinks else None
    for witness in _BY_COST:
        ends = deadline - _SYMBOLIC_SHARE * budget_seconds if SYMBOLIC in witnesses else deadline
        if witness == CERTIFICATE and witnesses:  # first, so that the directions leave it the time
            worth = _value(hearing, ends, budget_seconds, rtol)  # whoever is asked about the derivative
        if witness not in witnesses:
            continue
        if kinks and free is None:
            heard[witness] = silent(witness, shape, "not differentiable here")
        elif not np.isfinite(hearing.entries).any() and hearing.entries.size:
            reason = "no entry is finite" if defined.all() else "there is no finite value here"
            heard[witness] = silent(witness, shape, reason)
        elif free is not None:
            part = hearing._replace(sources=free.sources, entries=free.entries, memory=free.memory)
            if witness == CERTIFICATE:
                found, enclosed = _certificate(part, ends, budget_seconds, seed)
                proved = free.proved(enclosed, shape)
            else:
                found = _WITNESSES[witness](part, deadline, seed)
            heard[witness] = free.spread(found, shape)
        elif witness == CERTIFICATE:
            heard[witness], proved = _certificate(hearing, ends, budget_seconds, seed)
        else:
            alone = witness == SYMBOLIC or len(witnesses) == 1
            until = deadline if alone else deadline - (1 - _DIFFERENCES_SHARE) * budget_seconds
            heard[witness] = _WITNESSES[witness](hearing, until, seed)
    testimonies = [heard[witness] for witness in WITNESSES if witness in heard]
    own = partial(_own_rounding, hearing)
    judgement = judge(testimonies, hearing.entries, rtol, hearing.rounding, own, hearing.label, hearing.moved)
    proof = judgement.outcomes.get(CERTIFICATE)
    for position in comparison.disputed if comparison is not None else ():
        if proof is None or proof[position] != AGREE:  # else the printed number is right, and the other sweep wrong
            judgement.disputed[position] = True
    dockets = Dockets(hearing.entries, testimonies, judgement, comparison, hearing.inputs, rtol, hearing.label, kinked)
    disputed = dockets.disputed()
    checks = dict(judgement.checks)
    if free is not None:
        checks = {name: free.told(check, shape) for name, check in checks.items()}
    if CERTIFICATE in checks:
        checks[CERTIFICATE] = worth.told(checks[CERTIFICATE])
    elif not worth.covered:
        checks["value"] = worth.alone()
    verdict = _verdict(judgement, kinks, nonfinite, worth)
    return Finding(
        checks,
        kinks,
        verdict,
        judgement.covered,
        worth,
        proved,
        comparison.check if comparison is not None else None,
        len(disputed),
        dockets.make(disputed),
        dockets.make(dockets.everything()) if by_entry else (),
    )


def _sweeps(hearing: Hearing, deadline: float, rtol: float, seed: int) -> Comparison:
    return compare(
        hearing.tape,
        hearing.output,
        hearing.sources,
        hearing.inputs,
        hearing.entries,
        hearing.order,
        hearing.forward,
        rtol,
        hearing.rounding,
        deadline,
        seed,
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
    held = held_values(hearing.tape, hearing.output, hearing.values)
    return examine_value(hearing.tape, hearing.output, hearing.inputs, hearing.values, held, rtol, deadline, budget)


def held_values(tape: Tape, output: int, values: Mapping[int, Any]) -> dict[int, Any]:
    """Values of the stopped instructions: no derivative looks behind them."""
    return {i: values[i] for i in tape.needed([output]) if tape.instructions[i].primitive is STOP}


def _certificate(hearing: Hearing, deadline: float, budget: float, seed: int) -> tuple[Testimony, Certificate]:
    from gradcli.verify import certificate

    found = certificate.certify(
        hearing.tape,
        hearing.output,
        hearing.sources,
        hearing.inputs,
        hearing.entries,
        hearing.order,
        held_values(hearing.tape, hearing.output, hearing.values),
        deadline,
        budget=budget,
        seed=seed,
    )
    reason = next(iter(found.reasons.values()), None)
    digits = certificate.digits(found, hearing.entries) if found.compared.any() else None
    error = np.maximum(found.most - found.least, 0.0)
    middle = found.lower + (found.upper - found.lower) / 2
    testimony = Testimony(CERTIFICATE, found.least, error, found.compared, reason, "entries", digits, middle)
    return testimony, found


def _own_rounding(hearing: Hearing, position: tuple[int, ...]) -> float:
    from gradcli.verify.terms import own_rounding

    where = (
        hearing.tape,
        hearing.output,
        hearing.sources,
        hearing.inputs,
        held_values(hearing.tape, hearing.output, hearing.values),
        hearing.order,
    )
    return own_rounding(*where, position)


_WITNESSES: dict[str, Callable[[Hearing, float, int], Testimony]] = {
    SYMBOLIC: _symbolic,
    DIFFERENCES: _finite_difference,
}
