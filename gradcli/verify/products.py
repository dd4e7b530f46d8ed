"""The product of a Hessian and a random vector, three ways: one sweep along it, the printed entries, and a witness.

The witness is the certificate where it encloses every entry, else differences of the gradient along the vector;
neither knows a rule for second derivatives.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from gradcli.autodiff.structural import CONCAT, broadcast, reshape
from gradcli.autodiff.tape import Tape
from gradcli.result import VectorProduct
from gradcli.verify import differences
from gradcli.verify.deadline import OutOfTimeError, interrupted_at
from gradcli.verify.differences import Primal
from gradcli.verify.sampling import Sampler
from gradcli.verify.testimony import Array
from gradcli.verify.verdict import CONCLUSIVE_ERROR, ESTIMATE_MARGIN, SPACING, Mask, Rounding

CONTRADICTED = "differences of the gradient contradict"
WITNESS = "differences of the gradient"
PROOF = "the certificate"
_FIRST, _STEPS = 5, 16  #: steps from 2^-5 of the vector on, each half of the one before
_EPSILON = 2.0**-52
_LIFT = 2.0**200
_MOST_ENTRIES = 32  #: entries of the product that are compared with differences, chosen at random


class Question(NamedTuple):
    """A Hessian at a point, and what it was made from.

    Attributes:
        tape, output, sources: the primal, and what it is differentiated by.
        inputs: values of all inputs at the point.
        values: those of all instructions of the primal.
        held: those of the stopped ones.
        matrix: (n, n), as printed.
        gradient: (n,), as the tape computes it.
        adjoints: its instructions, None where not connected.
        product: the tape's product of the Hessian with a vector.
        rounding: bound on the rounding of an entry, see `verdict.Rounding`.
        rtol: relative difference that agrees.
        seed: of the random vector.
    """

    tape: Tape
    output: int
    sources: Sequence[int]
    inputs: Mapping[str, Any]
    values: Mapping[int, Any]
    held: Mapping[int, Any]
    matrix: Array
    gradient: Array
    adjoints: Sequence[int | None]
    product: Callable[[Array], Array]
    rounding: Rounding
    rtol: float
    seed: int

    def late(self, deadline: float) -> bool:
        """Whether the time is up."""
        return time.monotonic() > deadline


def cross_check(
    question: Question, deadline: float, lower: Array | None = None, upper: Array | None = None
) -> VectorProduct:
    """Multiply the Hessian with a random vector in three ways, and compare.

    Args:
        question: the Hessian and what it was made from.
        deadline: `time.monotonic()` at which differences stop.
        lower, upper: (n, n) proved bounds of the entries, NaN where there are none.
    """
    seed, n = question.seed, len(question.gradient)
    if not n or not np.all(np.isfinite(question.matrix)):
        return VectorProduct("skipped", seed, WITNESS, reason="there are no finite entries")
    x = np.concatenate([np.ravel(question.values[s]) for s in question.sources])
    generator = np.random.default_rng(seed)
    v = np.where(x != 0, np.abs(x), 1.0) * generator.uniform(0.5, 1.5, n) * generator.choice((-1.0, 1.0), n)
    with np.errstate(all="ignore"):
        size = np.abs(question.matrix) @ np.abs(v)
        swept = question.product(v)
        off = np.abs(swept - question.matrix @ v)
        unit = np.where(size > 0, size, 1.0)
        allowed = question.rtol * size + SPACING * float(np.sum(1 + np.abs(v)))  # entries and products may underflow
    if not (np.all(np.isfinite(swept)) and np.all(np.isfinite(size))):
        return VectorProduct("inconclusive", seed, WITNESS, reason="a product is not finite")
    error = float(np.max(off / unit))
    if np.any(off > allowed):
        worst_row = int(np.argmax(off - allowed))
        lost = _rounding(question, worst_row, np.abs(v))
        with np.errstate(all="ignore"):
            lifted = question.product(v * _LIFT)[worst_row] / _LIFT  # the same to the last bit, but for underflow
        if lifted == swept[worst_row] and off[worst_row] > allowed[worst_row] + lost:
            return VectorProduct(
                "disagree", seed, WITNESS, error, None, 0, n, "one sweep does not give what the entries do"
            )
        return VectorProduct(
            "inconclusive", seed, WITNESS, error, None, 0, n, "rounding takes the digits of the product"
        )
    if lower is not None and upper is not None and np.all(np.isfinite(lower)) and np.all(np.isfinite(upper)):
        return _enclosed(question, v, swept, size, error, lower, upper)
    chosen = np.sort(generator.permutation(n)[:_MOST_ENTRIES])
    try:
        with interrupted_at(deadline):
            if question.late(deadline):
                raise OutOfTimeError
            told, bar, strict = _differences(question, x, v, chosen.tolist(), swept, allowed)
    except OutOfTimeError:
        return VectorProduct("inconclusive", seed, WITNESS, error, None, 0, n, "there was no time for differences")
    gap, tolerance = np.abs(swept[chosen] - told), allowed[chosen]
    with np.errstate(invalid="ignore"):
        sharp = bar <= CONCLUSIVE_ERROR * size[chosen]
        agree = sharp & (gap <= tolerance + bar)
        disagree = strict & np.isfinite(bar) & (gap > tolerance + ESTIMATE_MARGIN * bar)
    agree |= (size[chosen] == 0) & (gap == 0) & (bar == 0)
    compared = int((agree | disagree).sum())
    worst = float(np.max((gap / unit[chosen])[agree | disagree])) if compared else None
    if disagree.any():
        return VectorProduct("disagree", seed, WITNESS, error, worst, compared, n, CONTRADICTED)
    reason = None if compared == len(chosen) else "not all of the differences settle"
    return VectorProduct("agree" if compared else "inconclusive", seed, WITNESS, error, worst, compared, n, reason)


def _enclosed(
    question: Question, v: Array, swept: Array, size: Array, error: float, lower: Array, upper: Array
) -> VectorProduct:
    """The tape's product beside the sums of the enclosures' ends."""
    ends = lower * v, upper * v
    least, most = np.minimum(*ends).sum(axis=1), np.maximum(*ends).sum(axis=1)
    gap = np.maximum(np.maximum(least - swept, swept - most), 0.0)
    sharp = most - least <= CONCLUSIVE_ERROR * size
    tolerance = np.maximum(question.rtol, len(v) * _EPSILON) * size
    agree, n = sharp & (gap <= tolerance), len(v)
    worst = float(np.max((gap / np.where(size > 0, size, 1.0))[sharp], initial=0.0)) if sharp.any() else None
    for row in np.flatnonzero(sharp & ~agree).tolist():
        if gap[row] > tolerance[row] + _rounding(question, row, np.abs(v)):
            return VectorProduct("disagree", question.seed, PROOF, error, worst, int(agree.sum()), n, "it contradicts")
    reason = None if agree.all() else "not all rows can be told"
    verdict = "agree" if agree.any() else "inconclusive"
    return VectorProduct(verdict, question.seed, PROOF, error, worst, int(agree.sum()), n, reason)


def _rounding(question: Question, row: int, size: Array) -> float:
    """How far rounding can part the two products in one row: that of the entries, and as much of the sweep."""
    lost = sum(question.rounding((row, j))[0] * float(size[j]) for j in range(len(size)))
    return 2.0 * (lost + float(np.sum(1.0 + size)) * SPACING)


def _differences(
    question: Question, x: Array, v: Array, chosen: Sequence[int], swept: Array, tolerance: Array
) -> tuple[Array, Array, Mask]:
    """The change of the gradient's entries along a vector, with error bars, and whether these are fit to accuse.

    What plain extrapolation does not confirm is asked of the court's differences, which know oscillations and edges.
    """
    tape = question.tape
    parts, flags = [], []
    for s, g in zip(question.sources, question.adjoints, strict=True):
        shape = tape.shape(s)
        flags.append(np.full(math.prod(shape), g is not None))
        if g is not None:
            parts.append(reshape(tape, broadcast(tape, g, shape), (math.prod(shape),)))
    connected = np.concatenate(flags)
    told, bar, strict = np.zeros(len(chosen)), np.zeros(len(chosen)), np.ones(len(chosen), dtype=bool)
    if not parts:
        return told, bar, strict
    joined = tape.append(CONCAT, parts, (-1,)) if len(parts) > 1 else parts[0]
    sampler = Sampler(tape, joined, question.sources, question.inputs, question.values, question.output)
    column = np.cumsum(connected) - 1
    rows = {at: sampler.row(int(column[k])) for at, k in enumerate(chosen) if connected[k]}
    for at, (primal, noise) in rows.items():
        told[at], bar[at] = _extrapolated(primal, noise, x, v)
        strict[at] = False
    for at, (primal, noise) in rows.items():
        sharp = bar[at] <= CONCLUSIVE_ERROR * abs(swept[chosen[at]])
        if sharp and abs(told[at] - swept[chosen[at]]) <= tolerance[chosen[at]] + bar[at]:
            continue
        estimate = differences.directional(primal, x, v, 1, stepped=bool(sampler.steps), noise=noise)
        value, error = float(np.ravel(estimate.value)[0]), float(np.max(estimate.error))
        if error <= CONCLUSIVE_ERROR * abs(value):  # not where a pole is within its ladder of steps, or a root here
            told[at], bar[at], strict[at] = value, error, True
    return told, bar, strict


def _extrapolated(primal: Primal, noise: Primal, x: Array, v: Array) -> tuple[float, float]:
    """The derivative along a vector by central differences, extrapolated to step 0, and its error bar.

    Ridders, Accurate computation of F'(x) and F'(x)F''(x), Advances in Engineering Software 4 (1982) 75-76. The bar
    is the change from one extrapolation to the next, and what rounding does to the differences.
    """
    steps = 2.0 ** -np.arange(_FIRST, _FIRST + _STEPS)
    points = x + np.concatenate([steps, -steps])[:, None] * v
    with np.errstate(all="ignore"):
        ahead, behind = np.split(primal(points), 2)
        rounding = (np.add(*np.split(noise(points), 2)) + _EPSILON * (np.abs(ahead) + np.abs(behind))) / (2 * steps)
        column = (ahead - behind) / (2 * steps)
        best = 0.0, np.inf
        for order in range(1, _STEPS):
            finer = column[1:] + (column[1:] - column[:-1]) / (4.0**order - 1)
            errors = np.maximum(np.abs(finer - column[1:]), np.abs(finer - column[:-1])) + 2 * rounding[order:]
            k = int(np.argmin(np.where(np.isfinite(errors), errors, np.inf)))
            if errors[k] < best[1]:
                best = float(finer[k]), float(errors[k])
            column = finer
    return best
