"""The limit of difference quotients as the step goes to 0, with an error bar that is meant.

A quotient is known at a whole ladder of steps h, 2h, 4h, ... Every rung gives an interval (a
Richardson-extrapolated value, its truncation and its noise); walking up from the smallest steps,
rungs are believed as long as all their intervals have a point in common, and the narrowest one wins.

Sources. The tableau and the use of its own differences as an error estimate: L. F. Richardson (1911);
C. J. F. Ridders, Adv. Eng. Software 4 (1982) 75-76. Noise measured from differences of the values
themselves: J. J. Moré and S. M. Wild, "Estimating computational noise", SIAM J. Sci. Comput. 33
(2011) 1292-1314. Choosing the scale by the intersection of intervals: O. V. Lepski (1990);
A. Goldenshluger and A. Nemirovski (1997). Higher-order formulas from a ladder of low-order ones are
the Fornberg weights (Math. Comp. 51 (1988) 699-706) of the same nodes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

EPSILON = float(np.finfo(np.float64).eps)

_COLUMNS = 6  # tableau columns: the truncation of a central formula goes down to h^14
WARM_UP = 4  # rungs that only measure noise, before the first one that may be believed
_SPREAD = 3.0  # safety on differences inside the tableau; covers convergence as slow as sqrt(h)
_NOISE = 3.0  # safety on the largest difference seen at smaller steps
SIGNIFICANT = 8.0  # a value this many error bars from 0 is a signal
_SIMILAR = 4.0  # bars within this factor are as good as the narrowest
OWN_SCALE = 2.0**-6  # step, in the variable's scale (at most 1), that sets the bar where no signal is seen
_NARROW = 2.0**-14  # a region smaller than this, in the variable's scale, may be made by rounding
_SWAMPED = 2.0**24  # measured noise over rounding at which an invisible signal is no evidence for 0


class Settled(NamedTuple):
    """Per row: the limit, its error bar (inf where it does not settle), its step's column, the widest step as good."""

    value: FloatArray
    error: FloatArray
    column: NDArray[np.intp]
    reach: FloatArray


class Rungs(NamedTuple):
    """What every rung of some ladders says, (R, K - 1) each: the best entry of its row of the tableau, that entry's
    error bar and its two parts, how many powers of h it eliminates, and the noise measured over the rounding bound.
    """

    value: FloatArray
    error: FloatArray
    order: FloatArray
    excess: FloatArray
    truncation: FloatArray
    noise: FloatArray


def settle(
    quotients: FloatArray,
    rounding: FloatArray,
    steps: FloatArray,
    *,
    power: FloatArray,
    base: FloatArray,
    scale: FloatArray,
    lead: NDArray[np.intp],
    unit: FloatArray,
    blind: NDArray[np.bool_],
) -> Settled:
    """Limits of rows of difference quotients for steps going to 0.

    Args:
        quotients: (R, K) quotients at steps that double from one column to the next; a row ends at
            its first NaN, because steps beyond a hole in the domain say nothing about the point.
        rounding: (R, K) bounds on what the rounding of f's values does to each quotient (inf: says nothing).
        steps: (R, K) the steps.
        power: (R,) 1 or 2: noise in a quotient falls as `step**-power`.
        base: (R,) 4 where the quotient's expansion has even powers of h only (central), 2 where it has all.
        scale: (R,) the variable's own scale, to tell a sharp function from a rounding artefact.
        lead: (R,) for every row the central row of the same derivative. A one-sided row goes hardly further than
            that one's best step: its own side may look flat where the other shows a scale (a saturated `tanh`).
        unit: (R,) the same, but at most 1 in the variable's own units: what may hide in the rounding.
        blind: (R,) whether the smallest step is larger than what may hide between two of them, so that seeing
            nothing proves nothing: `sinpi` is 0 at all floats beyond 1e16.

    Returns:
        Settled arrays of shape (R,).

    A rung's bar is the sum of (1) `_SPREAD` times the largest difference between an extrapolated value
    and its neighbours in the tableau (both sides and the column before), (2) `_NOISE` times the largest
    difference between neighbours at any smaller step, scaled as noise scales with the step, and (3) the
    rounding bound. So noise that shows anywhere below a rung counts on that rung.

    Where the intervals first contradict, there is structure. If the quotients approach the limit at the
    order of a smooth function, or the region below is wide on the variable's own scale, the smaller steps
    are right; if neither, a kink or a jump is too near, or rounding made the plateau: not settled.

    Where no rung tells the value from 0, the bar is the one at a small step on the variable's own scale:
    larger steps would average over what may be hidden in the rounding; and if the noise is not rounding
    but as large as f itself, nothing is said. What stays undetectable is a part of f below the rounding
    of a *visible* remainder: `cos(x) - x^2` at 1e9 is, in float64, the parabola.
    """
    rows, count = quotients.shape
    row = np.arange(rows)
    if count < 2 * WARM_UP:
        return Settled(np.zeros(rows), np.full(rows, np.inf), np.zeros(rows, dtype=np.intp), steps[:, 0])
    with np.errstate(all="ignore"):
        value, error, order, excess, *_ = (part[:, WARM_UP:] for part in rungs(quotients, rounding, power, base))
        steps = steps[:, WARM_UP : WARM_UP + value.shape[1]]
        believed = np.maximum.accumulate(value - error, axis=1) <= np.minimum.accumulate(value + error, axis=1)
        last = believed.shape[1] - 1
        stop = np.where(believed[:, last], last + 1, np.argmin(believed, axis=1))
        candidates = np.where(believed, error, np.inf)
        best = np.argmin(candidates, axis=1)
        led = np.isfinite(candidates[lead, best[lead]]) & (lead != row)
        candidates[led[:, None] & (np.arange(last + 1) > best[lead][:, None] + 1)] = np.inf
        best = np.argmin(candidates, axis=1)
        limit, bar = value[row, best], candidates[row, best]
        widest = last - np.argmax((candidates <= _SIMILAR * bar[:, None])[:, ::-1], axis=1)
        reach = steps[row, widest] * 2.0 ** order[row, widest]

        narrow = (stop <= last) & (steps[row, np.minimum(stop, last)] < _NARROW * scale)
        if narrow.any():
            bar[narrow & ~_approaches(quotients, limit, bar, best + WARM_UP, base)] = np.inf

        silent = ~np.any(np.abs(value) >= SIGNIFICANT * candidates, axis=1)
        if silent.any():
            known = OWN_SCALE * unit
            own = np.minimum((steps < known[:, None]).sum(axis=1), best)
            coarse = candidates[row, own] * np.maximum(steps[row, own] / known, 1.0) ** power
            coarse[excess[row, best] > _SWAMPED] = np.inf
            bar = np.where(silent, np.maximum(bar, coarse), bar)
        unseen = ~np.any((value != 0.0) & (np.abs(value) >= SIGNIFICANT * candidates), axis=1)
        bar[unseen & blind] = np.inf
    return Settled(limit, bar, best + WARM_UP, reach)


def rungs(quotients: FloatArray, rounding: FloatArray, power: FloatArray, base: FloatArray) -> Rungs:
    """The best of every rung's tableau entries (arguments as for `settle`).

    Entry [m, r, k] of the tableau eliminates m powers of h from the quotients k ... k + m. Rung 0 is empty: its
    scatter has no lower neighbour.
    """
    rows, count = quotients.shape
    columns = min(_COLUMNS, count - 3)
    table, change, noise = np.full((3, columns + 1, rows, count), np.nan)
    usable = np.logical_and.accumulate(~np.isnan(quotients), axis=1)
    table[0] = np.where(usable, quotients, np.nan)
    noise[0] = rounding
    factor = base[:, None] ** np.arange(1.0, columns + 1.0)[:, None, None]
    damped, carried = 1.0 / (factor - 1.0), factor / (factor - 1.0)
    for m in range(columns):
        change[m + 1, :, :-1] = (table[m, :, :-1] - table[m, :, 1:]) * damped[m]
        table[m + 1] = table[m] + change[m + 1]
        noise[m + 1, :, :-1] = carried[m] * noise[m, :, :-1] + damped[m] * noise[m, :, 1:]
    scatter = np.abs(np.diff(table[1:], axis=2))
    inner = np.s_[1:, :, 1:-1]
    table, change, rounded = table[inner], np.abs(change[inner]), noise[inner]
    weight = power[:, None] * np.arange(count, dtype=np.float64)
    below = np.fmax.accumulate(np.log2(scatter[:, :, :-1]) + weight[:, :-2], axis=2)
    below = np.exp2(below - weight[:, 1:-1])
    spread = np.maximum(np.maximum(scatter[:, :, 1:], scatter[:, :, :-1]), change)
    truncation, noise = _SPREAD * spread + 4.0 * EPSILON * np.abs(table), _NOISE * below + rounded
    bars = truncation + noise
    bars[np.isnan(bars)] = np.inf
    best = np.argmin(bars, axis=0)
    picked = (best, np.arange(rows)[:, None], np.arange(count - 2))
    error = bars[picked]
    excess = below[picked] / rounded[picked]
    result = np.zeros((6, rows, count - 1))
    result[1, :, 0] = np.inf
    value = np.where(np.isinf(error), 0.0, table[picked])
    result[:, :, 1:] = value, error, 1.0 + best, excess, truncation[picked], noise[picked]
    return Rungs(*result)


def _approaches(
    quotients: FloatArray, limit: FloatArray, bar: FloatArray, best: NDArray[np.intp], base: FloatArray
) -> NDArray[np.bool_]:
    """Whether the raw quotients close in on the limit at a smooth function's rate just above rung `best`."""
    row = np.arange(len(limit))
    last = quotients.shape[1] - 1
    gaps = [np.abs(quotients[row, np.minimum(best + j, last)] - limit) for j in range(4)]
    rate = np.where(base > 2.0, 0.45, 0.7)
    seen = np.zeros(len(limit), dtype=np.bool_)
    for a, b, c in (gaps[:3], gaps[1:]):
        seen |= (a > 4.0 * bar) & (a <= rate * b) & (b <= rate * c)
    return seen
