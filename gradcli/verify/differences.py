"""The finite-difference witness: derivatives of a primal from its values alone, each with an error bar.

It never sees a tape. One vectorised call samples every variable on a ladder of steps over many decades;
`extrapolation.settle` finds the limit of the quotients and says how well it is known. Central quotients
(f(x+h) - f(x-h)) / 2h and (f(x+h) - 2f(x) + f(x-h)) / h² stand beside one-sided ones, which take over at
the edge of a domain and betray a kink where they contradict. Second derivatives choose their own steps
(their noise falls as h², not h); mixed ones have a ladder of their own around the best steps of the axes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gradcli.verify.extrapolation import EPSILON, SIGNIFICANT, FloatArray, Settled, settle
from gradcli.verify.stencils import (
    Axes,
    BoolArray,
    Primal,
    Quotients,
    first_quotients,
    mixed_quotients,
    sample_direction,
    sample_variables,
    second_quotients,
)

__all__ = ["Estimate", "Primal", "directional", "gradient", "hessian"]

_MIXED_UNIT = 64.0  # up to this size a mixed ladder is fine enough for what varies on the scale of 1
_SHIFT = 2.0  # rounding of the arguments inside f, in epsilons of x


class Ladder(NamedTuple):
    """How one derivative was found: the quotients of all its variants on one ladder, and what was made of them.

    `steps` (K,) in units of the line's scale if `relative`, else in those of the variable; `quotients`: of this
    derivative alone, (V, 1, K); `variant` and `column`: the quotient and the step that were chosen;
    `contradiction`: whether two variants' intervals have no point in common; `value`, `error`: the outcome.
    """

    steps: FloatArray
    quotients: Quotients
    variant: int
    column: int
    contradiction: bool
    value: float
    error: float


#: Where `gradient`, `hessian` and `directional` leave the ladders of what they estimate, if they are asked to.
Trace = list[Ladder]


@dataclass(frozen=True, slots=True)
class Estimate:
    """Derivatives and bounds on their errors, in one shape; the bound is inf where an estimate does not settle."""

    value: FloatArray
    error: FloatArray


def gradient(
    primal: Primal,
    x: FloatArray,
    *,
    entries: Sequence[int] | None = None,
    stepped: bool | None = None,
    noise: Primal | None = None,
    trace: Trace | None = None,
) -> Estimate:
    """First derivatives of `primal` at `x` by extrapolated differences.

    Args:
        primal: points (N, n) to values (N,); called once, or in chunks if there are very many variables.
        x: (n,) the point.
        entries: which variables; None for all.
        stepped: whether the function is known to contain steps (floor, round, comparisons). A plateau with one
            slope beyond it on both sides is a step function or a rounding artefact as in `(x + 1e16) - 1e16`;
            values cannot tell which: True believes the plateau, False the slope, None calls it inconclusive.
        noise: as `primal`, but what rounding inside f does to its values, beyond the rounding of the result.
        trace: the ladders behind the estimates are added to it, entry by entry.

    Returns:
        Estimate of shape (len(entries),).
    """
    x = np.asarray(x, dtype=np.float64)
    chosen = np.arange(x.size) if entries is None else np.asarray(list(entries), dtype=np.intp)
    if not chosen.size:
        return Estimate(np.zeros(0), np.zeros(0))
    axes = sample_variables(primal, x, chosen, stepped, noise)
    settled = _along(axes, first_quotients(axes), trace=trace)
    value = settled.value[0]
    return Estimate(value, settled.error[0] + _common_rounding(axes, value) * np.abs(value))


def hessian(
    primal: Primal,
    x: FloatArray,
    *,
    pairs: Sequence[tuple[int, int]] | None = None,
    stepped: bool | None = None,
    noise: Primal | None = None,
    trace: Trace | None = None,
) -> Estimate:
    """Second derivatives of `primal` at `x` by extrapolated differences, one per pair of variables.

    Args:
        primal, x, stepped, noise, trace: as for `gradient`; the primal is called twice (once if no pair is mixed).
            The ladders of pairs (i, i) come first, then those of the mixed ones.
        pairs: which entries (i, j); None for all i <= j, row by row.

    Returns:
        Estimate of shape (len(pairs),). An entry is inconclusive also where a first derivative in one of
        its variables is: what has a kink there has no second derivative.
    """
    x = np.asarray(x, dtype=np.float64)
    if pairs is None:
        pairs = [(i, j) for i in range(x.size) for j in range(i, x.size)]
    if not len(pairs):
        return Estimate(np.zeros(0), np.zeros(0))
    both = np.asarray(pairs, dtype=np.intp)
    chosen, position = np.unique(both, return_inverse=True)
    a, b = position.reshape(both.shape).T
    axes = sample_variables(primal, x, chosen, stepped, noise)
    along: Trace | None = None if trace is None else []
    settled = _along(axes, first_quotients(axes), second_quotients(axes), trace=along)
    if trace is not None and along is not None:
        trace += [along[len(chosen) + k] for k in a[a == b]]
    value, error = settled.value[1, a], settled.error[1, a]
    bent = np.isinf(settled.error[0])
    mixed = a != b
    if mixed.any():
        seen = np.abs(settled.value) >= SIGNIFICANT * settled.error
        reach = np.where(seen, settled.reach, np.inf).min(axis=0)
        top = np.where(np.isinf(reach), axes.scale * 2.0**-4, np.minimum(reach, 4.0 * np.maximum(axes.scale, 1.0)))
        quotients, steps = mixed_quotients(primal, x, axes, chosen, a[mixed], b[mixed], top)
        units = np.minimum(axes.scale, _MIXED_UNIT) / axes.scale
        own = np.sqrt(units[a[mixed]]) * np.sqrt(units[b[mixed]])
        blind = axes.blind[a[mixed]] | axes.blind[b[mixed]]
        moved = np.where(axes.size[a[mixed]] + axes.size[b[mixed]] > 0.0, 1.0, 0.0)
        across = _combine(steps, moved, np.ones(len(steps)), own, blind, quotients, trace=trace)
        value[mixed], error[mixed] = across.value[0], across.error[0]
    error[bent[a] | bent[b]] = np.inf
    return Estimate(value, error + _common_rounding(axes, settled.value[0]) * np.abs(value))


def directional(
    primal: Primal,
    x: FloatArray,
    v: FloatArray,
    order: int,
    *,
    stepped: bool | None = None,
    noise: Primal | None = None,
    trace: Trace | None = None,
) -> Estimate:
    """First or second derivative of t -> f(x + t·v) at t = 0: one number that tests every entry at once.

    Args:
        primal, x, stepped, noise, trace: as for `gradient`; one call.
        v: (n,) the direction, best scaled by the variables; entries with few significant bits keep the
            rounding of x + t·v small.
        order: 1 or 2.

    Returns:
        Estimate of shape ().

    Raises:
        ValueError: another order.
    """
    if order not in (1, 2):
        raise ValueError(f"order is 1 or 2, not {order}")
    x, v = np.asarray(x, dtype=np.float64), np.asarray(v, dtype=np.float64)
    if not v.any():
        return Estimate(np.array(0.0), np.array(0.0))
    axes = sample_direction(primal, x, v, stepped, noise)
    found: Trace = []
    settled = _along(axes, first_quotients(axes), second_quotients(axes), trace=found)
    if trace is not None:
        trace.append(found[order - 1])
    error = settled.error[order - 1, 0]
    if np.isinf(settled.error[0, 0]):
        error = np.inf
    return Estimate(np.asarray(settled.value[order - 1, 0]), np.asarray(error))


def _along(axes: Axes, *quotients: Quotients, trace: Trace | None) -> Settled:
    """The derivatives along every line that some quotients stand for, (len(quotients), E) each."""
    unit = np.minimum(axes.scale, 1.0)
    settled = _combine(axes.steps, axes.size, axes.scale, unit, axes.blind, *quotients, trace=trace)
    lost = axes.broken | np.isnan(axes.centre)
    return settled._replace(error=np.where(lost, np.inf, settled.error))


def _combine(
    steps: FloatArray,
    size: FloatArray,
    scale: FloatArray,
    unit: FloatArray,
    blind: BoolArray,
    *quotients: Quotients,
    trace: Trace | None,
) -> Settled:
    """Per derivative and row the narrowest of the variants' intervals; inf where two contradict: that is a kink.

    All quotients share rows, steps (R, K), and (R,) `size`, `scale`, `unit`, `blind`; one call settles them all.
    A rounding of the argument common to all points, as inside `cos(x + 0.1)` for large x, is no noise: what it does is
    estimated from the next derivative, the change from one side to the other, and added.
    """
    rows, count = steps.shape
    variants = len(quotients[0].base)
    copies = variants * len(quotients)
    values = np.concatenate([q.value.reshape(-1, count) for q in quotients])
    settled = settle(
        values,
        np.concatenate([q.rounding.reshape(-1, count) for q in quotients]),
        np.tile(steps, (copies, 1)),
        power=np.repeat([float(q.power) for q in quotients], variants * rows),
        base=np.repeat(np.concatenate([q.base for q in quotients]), rows),
        scale=np.tile(scale, copies),
        unit=np.tile(unit, copies),
        blind=np.tile(blind, copies),
        lead=np.repeat(np.arange(len(quotients)) * variants * rows, variants * rows) + np.tile(np.arange(rows), copies),
    )
    value, error, column, reach = (part.reshape(-1, variants, rows) for part in settled)
    contradiction = (value - error).max(axis=1) > (value + error).min(axis=1)
    kind, row = np.arange(len(quotients))[:, None], np.arange(rows)
    best = np.argmin(error, axis=1)
    narrowest = (kind, best, row)
    column = column[narrowest]
    sides = values.reshape(-1, variants, rows, count)[kind, 1:, row, column]
    with np.errstate(all="ignore"):
        shift = _SHIFT * EPSILON * size * (np.ptp(sides, axis=-1) / steps[row, column])
    shift = np.where(np.isfinite(shift), shift, 0.0)
    bar = np.where(contradiction, np.inf, error[narrowest] + shift)
    if trace is not None:
        for k, one in enumerate(quotients):
            for r in range(rows):
                own = Quotients(one.value[:, r : r + 1], one.rounding[:, r : r + 1], one.base, one.power)
                chosen = int(best[k, r])
                told = float(value[k, chosen, r]), float(bar[k, r])
                trace.append(Ladder(steps[r], own, chosen, int(column[k, r]), bool(contradiction[k, r]), *told))
    return Settled(value[narrowest], bar, column, reach[narrowest])


def _common_rounding(axes: Axes, slopes: FloatArray) -> float:
    """How far, relatively, rounding of the arguments moves f at all points alike: in `x*sin(1e4*y)`, all of ∂/∂x."""
    with np.errstate(all="ignore"):
        near = np.where(axes.steps <= axes.scale[:, None] / 8.0, np.abs(axes.values), 0.0)
        level = max(float(np.nanmax(near, initial=0.0)), abs(axes.centre))
        moved = float(np.linalg.norm(axes.size * slopes)) / level if level > 0.0 else 0.0
    return min(_SHIFT * EPSILON * moved, 1.0) if math.isfinite(moved) else 0.0
