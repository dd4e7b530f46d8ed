"""The audit of a Hessian: what it says about the function at the point, beyond its entries.

The symmetry residual is that of independent sweeps: entry (i, j) is computed along variable j and (j, i) along
variable i, and nothing is symmetrised. Whether a point is critical is asked of the proved gradient: it counts as 0
where the nearest floats to the point's coordinates could make it 0, or where its own operations' rounding could.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from gradcli.autodiff.degree import degree_bound
from gradcli.limits import LIMITS
from gradcli.result import HessianAudit, VectorProduct
from gradcli.targets.spectrum import spectrum
from gradcli.verify.products import Question
from gradcli.verify.rounding import rounding_bound
from gradcli.verify.testimony import Array
from gradcli.verify.verdict import Mask

UNIT = 2.0**-53
_COORDINATES = 4.0  #: units by which a coordinate may miss a critical point, as what a solver returns does
_EXCUSE = 1e-6  #: largest part of |H||x| that rounding of the gradient's operations may explain
_MOST_BOUNDS = 300  #: entries of a gradient whose rounding is bounded
_BLURRED = 1e-3  #: part of the largest eigenvalue from which on proved errors leave no rank
_NAMED = 8  #: accidental zeros that are named

Place = Callable[[int], tuple[int, tuple[int, ...]] | None]  #: of an entry, the instruction and its position in it


class Slope(NamedTuple):
    """The gradient at the point: what was computed, proved bounds of it (NaN without), and bounds on its rounding."""

    computed: Array
    lower: Array
    upper: Array
    rounding: Array


class Measured(NamedTuple):
    """What is looked at before the witnesses are heard; None where there was no time, or no way."""

    slope: Slope | None
    meeting: Mask | None
    skipped: tuple[str, ...]


def measure(
    question: Question, entry: Callable[[int], tuple[int, tuple[int, ...]] | None], deadline: float
) -> Measured:
    """Look at the gradient, and at which variables meet.

    Args:
        question: the Hessian and what it was made from.
        entry: where the first derivative by each of the variables' entries is computed.
        deadline: `time.monotonic()` at which to stop.
    """
    skipped: list[str] = []
    begun = time.monotonic()
    meeting = _meeting(question, begun + (deadline - begun) / 2, skipped)
    return Measured(_slope(question, entry, deadline), meeting, tuple(skipped))


def conclude(
    tape: Any,
    output: int,
    sources: Sequence[int],
    values: Mapping[int, Any],
    labels: Sequence[str],
    matrix: Array,
    measured: Measured | None,
    product: VectorProduct | None = None,
    lower: Array | None = None,
    upper: Array | None = None,
    smooth: bool = True,
) -> tuple[HessianAudit, str | None]:
    """The audit, and the definiteness in the light of the proved errors.

    Args:
        tape, output, sources, values: the primal and its values.
        labels: of the rows.
        matrix: the Hessian as printed.
        measured: what `measure` found; None where nothing is checked.
        product: the product with a random vector, cross-checked.
        lower, upper: proved bounds of the entries, NaN where there are none.
        smooth: whether no kink was found at the point.
    """
    if not matrix.size or not np.all(np.isfinite(matrix)):
        return HessianAudit(), None
    skipped = list(measured.skipped) if measured else ["gradient, zeros and product: nothing is checked"]
    error = None
    if lower is not None and upper is not None and np.all(np.isfinite(lower)) and np.all(np.isfinite(upper)):
        error = np.maximum(np.abs(matrix - lower), np.abs(matrix - upper))
    found = spectrum(matrix, error)
    if found is None:
        limit = f"more than {LIMITS.eigenvalue_rows} rows (limit eigenvalue_rows)"
        skipped.append(f"eigenvalues, definiteness and rank: {limit}")
    blurred = found is not None and found.tolerance > _BLURRED
    if not smooth:
        skipped.append("zeros and kind of point: not differentiable here")
    if blurred:
        skipped.append("rank and kind of point: the proved errors of the entries leave it open")
    negative, zero, positive = found.inertia() if found is not None else (0, 0, 0)
    slope = measured.slope if measured else None
    norm = bound = None
    kind = None
    if slope is not None:
        allowed = _allowed(slope, matrix, lower, upper, sources, values)
        norm, bound = math.hypot(*slope.computed.tolist()), math.hypot(*allowed.tolist())  # squares may be 0 or inf
        exact = degree_bound(tape, output, sources, values) <= 2  # of a quadratic they say all
        kind = _kind(slope, allowed, (negative, zero, positive), exact) if smooth else None
        if kind != "not critical" and (found is None or blurred):
            kind = None
    structural, accidental, names = _zeros(matrix, measured.meeting if measured and smooth else None, labels)
    audit = HessianAudit(
        float(np.max(np.abs(matrix - matrix.T), initial=0.0)),
        None if found is None or blurred else negative + positive,
        None if found is None else found.tolerance,
        _degree(degree_bound(tape, output, sources, values), lower, upper, slope),
        kind,
        norm,
        bound,
        structural,
        accidental,
        names,
        product,
        tuple(skipped),
    )
    return audit, None if found is None else found.definiteness


def _slope(question: Question, entry: Place, deadline: float) -> Slope | None:
    """The gradient with bounds on its rounding; enclosed, where it might be 0 or the degree is low."""
    from gradcli.verify.certificate import certify

    computed = question.gradient
    if not np.all(np.isfinite(computed)):
        return None
    tape, output, sources = question.tape, question.output, question.sources
    found = certify(tape, output, sources, question.inputs, computed[None], 1, question.held, deadline)
    slope = Slope(computed, found.lower[0], found.upper[0], np.full(computed.shape, np.inf))
    clear = np.any(_away(slope) > _allowed(slope, question.matrix, None, None, sources, question.values))
    slope.rounding[:] = 0.0
    if clear:  # whatever its rounding
        return slope
    for k in np.argsort(-np.abs(computed))[:_MOST_BOUNDS].tolist():
        place = entry(k)
        if computed[k] == 0 or question.late(deadline):
            break
        if place is not None:
            slope.rounding[k], _ = rounding_bound(tape, *place, question.inputs)
    return slope


def _away(slope: Slope) -> Array:
    """How far each entry of the gradient is from 0 at least, as far as that is proved, else as it was computed."""
    proved = np.isfinite(slope.lower)
    return np.where(proved, np.fmax(0.0, np.fmax(slope.lower, -slope.upper)), np.abs(slope.computed))


def _meeting(question: Question, deadline: float, skipped: list[str]) -> Mask | None:
    """(n, n): whether two variables meet in a product or in a curved function."""
    from gradcli.targets.balls import BallWalk, OutOfTimeError
    from gradcli.targets.balls.series import UnknownError

    tape, n = question.tape, len(question.gradient)
    if np.all(question.matrix != 0):
        return np.ones((n, n), dtype=bool)  # what never meets would be 0
    try:
        walk = BallWalk(tape, question.output, question.sources, question.inputs, question.held, deadline)
    except (OutOfTimeError, UnknownError) as error:
        skipped.append(f"structural zeros: {str(error) or 'there was no time to look for them'}")
        return None
    rows = [np.frombuffer(walk.partners.get(i, 0).to_bytes((n + 7) // 8, "little"), np.uint8) for i in range(n)]
    bits = np.unpackbits(np.array(rows).reshape(n, -1), axis=1, count=n, bitorder="little")
    return bits.astype(bool)


def _allowed(
    slope: Slope, matrix: Array, lower: Array | None, upper: Array | None, sources: Sequence[int], values: Any
) -> Array:
    """How far from 0 each entry of the gradient may be at a point whose coordinates are rounded."""
    x = np.abs(np.concatenate([np.ravel(values[s]) for s in sources]))
    with np.errstate(all="ignore"):
        size = np.abs(matrix)
        if lower is not None and upper is not None:
            size = np.where(np.isfinite(lower), np.maximum(np.abs(lower), np.abs(upper)), size)
        natural = size @ x
        allowed = np.fmin(slope.rounding, _EXCUSE * natural) + _COORDINATES * UNIT * natural
    return np.asarray(allowed, dtype=np.float64)


def _kind(slope: Slope, allowed: Array, signs: tuple[int, int, int], exact: bool) -> str:
    """What the second derivatives say of the point, if the first ones are 0 there."""
    if np.any(_away(slope) > allowed):
        return "not critical"
    negative, zero, positive = signs
    if negative and positive:
        return "saddle"
    if zero and not (exact and (negative or positive)):
        return "degenerate"
    return "minimum" if positive else "maximum"


def _zeros(matrix: Array, meeting: Mask | None, labels: Sequence[str]) -> tuple[Any, Any, tuple[str, ...]]:
    """How many zeros are structural, how many accidental, and the first of these on or above the diagonal."""
    if meeting is None:
        return None, None, ()
    accidental = meeting & (matrix == 0)
    rows, columns = np.nonzero(np.triu(accidental))
    names = tuple(f"{labels[i]},{labels[j]}" for i, j in zip(rows[:_NAMED], columns[:_NAMED], strict=True))
    return int((~meeting).sum()), int(accidental.sum()), names


def _degree(bound: float, lower: Array | None, upper: Array | None, slope: Slope | None) -> str:
    """The degree itself: the highest derivatives of a polynomial are constants, so that an enclosure here decides."""
    if bound > 2:
        return "nonlinear"
    if bound == 2:
        decided = _nonzero(lower, upper)
        if decided is not False:
            return "quadratic" if decided else "at most quadratic"
    if bound >= 1:
        decided = None if slope is None else _nonzero(slope.lower, slope.upper)
        if decided is not False:
            return "linear" if decided else "at most linear"
    return "constant"


def _nonzero(lower: Array | None, upper: Array | None) -> bool | None:
    """Whether an enclosed array is surely not 0 everywhere (True), surely 0 everywhere (False), or neither."""
    if lower is None or upper is None:
        return None
    if np.any((lower > 0) | (upper < 0)):
        return True
    return False if np.all((lower == 0) & (upper == 0)) else None
