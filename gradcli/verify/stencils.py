"""Ladders of points around one point, f's values there, and the difference quotients they give.

Steps are powers of two, so that x ± h is exact wherever the floats allow it; what is not exact is
counted as rounding. All points of all variables are values of one vectorised call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradcli.verify.extrapolation import EPSILON, OWN_SCALE, FloatArray

#: A vectorised function: points (N, n) to values (N,), NaN or inf where it has none; it does not raise.
Primal = Callable[[FloatArray], FloatArray]
IntArray = NDArray[np.intp]
BoolArray = NDArray[np.bool_]

_BELOW = 46  # octaves of steps below |x|: the smallest ones see nothing but rounding
_ABOVE = 3  # octaves above |x|
_UNIT_TOP = 10  # the ladder always reaches 2^10, so that a tiny x in a function of unit scale is seen
_ZERO_LADDER = (-90, 20)  # octaves of steps at x = 0, where there is no scale to go by
_LOWEST, _HIGHEST = -1070, 1021
_MIXED_BELOW, _MIXED_ABOVE = 22, 4  # octaves of mixed steps around the best ones along the axes
_ULPS = 2.0  # rounding of one value, in epsilons of its size
_SUBNORMAL = 2.0**-1072  # rounding of one value near underflow
_JUMP_RUNGS = 8  # smallest steps, which must see f(x) between its neighbours
_SPIKE_RUNGS = 4  # steps at which the neighbours stand off equally
_FLAT_RUNGS = 6  # equal values on so many rungs are a plateau
_NOISE_STRIDE = 3  # noise is looked at on every third rung, along a direction on every sixth
_UNSEEN_RUNGS = 13  # smallest steps; where f hides something at one of them already, smaller ones hide it as well
_SWAMPED = np.finfo(np.float64).max  # stands for infinite noise, which is no hole in the domain
_BLIND = 2.0**-10  # smallest step that may miss what varies on the scale of 1
_LEVEL = 8.0  # values so many times f(x) tell nothing of the noise there
_CHUNK = 1 << 22  # float64s in one call of the primal, to bound memory


class Axes(NamedTuple):
    """Values of f along E lines through one point, each on its own ladder of K steps.

    `lowest` (E,): the exponent of the first step; `steps` (E, K); `coordinates` (2, E, K): the perturbed
    coordinate on the + and the - side; `values` (2, E, K): f there, NaN where f has none; `rounding`
    (2, E, K): bounds on its rounding, that of x ± h included; `size` (E,): |x|, whose rounding may shift the
    line; `scale` (E,): the line's own scale, that is the size or 1;
    `blind` (E,): no step is small on the scale of 1;
    `centre`, `centre_rounding`: the same at the point; `broken` (E,): f jumps at the point or is a
    staircase around it, so that no quotient means anything.
    """

    lowest: IntArray
    steps: FloatArray
    coordinates: FloatArray
    values: FloatArray
    rounding: FloatArray
    size: FloatArray
    scale: FloatArray
    blind: BoolArray
    centre: float
    centre_rounding: float
    broken: BoolArray


class Quotients(NamedTuple):
    """Rows of one derivative: `value` and `rounding` (V, R, K) for V variants (central first), `base` (V,)
    and `power` as `extrapolation.settle` wants them.
    """

    value: FloatArray
    rounding: FloatArray
    base: FloatArray
    power: int


def sample_variables(
    primal: Primal, x: FloatArray, chosen: IntArray, stepped: bool | None, noise: Primal | None = None
) -> Axes:
    """Values along the chosen variables of the point `x` (n,), from one call of the primal and one of its noise."""
    here = x[chosen][:, None]
    size = np.abs(here[:, 0])
    lowest, steps = _ladder(size)
    signed = np.stack([steps, -steps])
    with np.errstate(all="ignore"):
        coordinates = here + signed
        moved = coordinates - here
        inexact = np.abs((here - (coordinates - moved)) + (signed - moved))  # Knuth's two-sum
    columns = np.broadcast_to(chosen[None, :, None], coordinates.shape).reshape(-1, 1)
    values, centre = evaluate(primal, x, columns, coordinates.reshape(-1, 1))
    spoilt = _spoilt(noise, x, columns, coordinates.reshape(-1, 1), coordinates.shape)
    return _axes(lowest, steps, coordinates, inexact, values.reshape(coordinates.shape), centre, size, stepped, spoilt)


def sample_direction(
    primal: Primal, x: FloatArray, v: FloatArray, stepped: bool | None, noise: Primal | None = None
) -> Axes:
    """Values of t -> f(x + t·v) for a direction `v` (n,) that is not zero, from one call of each function."""
    active = v != 0.0
    lengths = np.where(x[active] != 0.0, np.abs(x[active]), 1.0) / np.abs(v[active])
    size = np.clip(lengths.min(keepdims=True), 2.0**-900, 2.0**900)
    lowest, steps = _ladder(size)
    t = np.stack([steps, -steps])
    columns = np.broadcast_to(np.flatnonzero(active), (t.size, int(active.sum())))
    coordinates = x[active] + t.reshape(-1, 1) * v[active]
    values, centre = evaluate(primal, x, columns, coordinates)
    spoilt = _spoilt(noise, x, columns, coordinates, t.shape, 2 * _NOISE_STRIDE)
    return _axes(lowest, steps, t, np.zeros_like(t), values.reshape(t.shape), centre, size, stepped, spoilt)


def _spoilt(
    noise: Primal | None,
    x: FloatArray,
    columns: IntArray,
    coordinates: FloatArray,
    shape: tuple[int, ...],
    stride: int = _NOISE_STRIDE,
) -> FloatArray:
    """What rounding inside f does to its values, in the shape (2, E, K) of the points; 0 where nobody knows."""
    spoilt = np.zeros(shape)
    if noise is not None:
        some = np.zeros(shape, dtype=np.bool_)
        some[..., ::stride] = True
        at = some.ravel()
        found, _ = evaluate(lambda points: np.minimum(noise(points), _SWAMPED), x, columns[at], coordinates[at])
        spoilt[some] = np.where(found == _SWAMPED, np.inf, np.nan_to_num(found, nan=0.0))
        for rung in range(stride, shape[-1], stride):  # what hides there hides perhaps from the last one looked at on
            lost = np.isinf(spoilt[..., rung])
            spoilt[..., rung - stride + 1 : rung][lost] = np.inf
        spoilt[:, np.isinf(spoilt[..., :_UNSEEN_RUNGS]).any(axis=(0, 2))] = np.inf
    return spoilt


def evaluate(primal: Primal, x: FloatArray, columns: IntArray, coordinates: FloatArray) -> tuple[FloatArray, float]:
    """Values (N,) at copies of `x` with `coordinates` (N, c) in place of `columns` (N, c), and the value at `x`.

    What is not finite becomes NaN. One call, or as many as keep a call below `_CHUNK` numbers.
    """
    count = len(columns)
    values = np.empty(count + 1)
    size = max(1, _CHUNK // max(1, x.size))
    with np.errstate(all="ignore"):
        for start in range(0, count + 1, size):
            stop = min(start + size, count + 1)
            points = np.repeat(x[None, :], stop - start, axis=0)
            last = min(stop, count)
            points[np.arange(last - start)[:, None], columns[start:last]] = coordinates[start:last]
            values[start:stop] = primal(points)
    values[~np.isfinite(values)] = np.nan
    return values[:-1], float(values[-1])


def first_quotients(axes: Axes) -> Quotients:
    """Central, forward and backward first differences of every line."""
    plus, minus = axes.values
    plus_rounding, minus_rounding = axes.rounding
    h, centre, own = axes.steps, axes.centre, axes.centre_rounding
    with np.errstate(all="ignore"):
        value = np.stack([(plus - minus) / 2.0 / h, (plus - centre) / h, (centre - minus) / h])
        rounding = np.stack([(plus_rounding + minus_rounding) / 2.0, plus_rounding + own, minus_rounding + own]) / h
    return _finite(value, rounding, np.array([4.0, 2.0, 2.0]), 1)


def second_quotients(axes: Axes) -> Quotients:
    """Central, forward and backward second differences of every line; the one-sided ones use h and 2h."""
    plus, minus = axes.values
    h, centre = axes.steps, axes.centre

    def beyond(a: FloatArray) -> FloatArray:
        return np.concatenate([a[..., 1:], np.full_like(a[..., :1], np.nan)], axis=-1)

    with np.errstate(all="ignore"):
        value = np.stack(
            [
                (plus - centre) + (minus - centre),
                (beyond(plus) - plus) - (plus - centre),
                (beyond(minus) - minus) - (minus - centre),
            ]
        )
        far = 2.0 * axes.rounding + beyond(axes.rounding)
        near = axes.rounding.sum(axis=0) + axes.centre_rounding
        rounding = np.stack([near, far[0], far[1]]) + axes.centre_rounding
        return _finite(value / h / h, rounding / h / h, np.array([4.0, 2.0, 2.0]), 2)


def mixed_quotients(
    primal: Primal, x: FloatArray, axes: Axes, chosen: IntArray, a: IntArray, b: IntArray, top: FloatArray
) -> tuple[Quotients, FloatArray]:
    """Mixed second differences of lines `a` and `b` (P,): the central one and one for each quadrant.

    Args:
        chosen: (E,) the variables of the axes' lines.
        top: (E,) the step on each line around which the ladders of both variables are placed.

    Returns:
        the quotients, and their steps in units of the lines' own scales (their geometric mean), (P, K).
    """
    rungs = axes.steps.shape[1]
    middle = np.frexp(top)[1] - 1 - axes.lowest
    below = np.minimum(np.minimum(middle[a], middle[b]), _MIXED_BELOW)
    offset = np.arange(_MIXED_BELOW + _MIXED_ABOVE) - below[:, None]
    ia, ib = middle[a][:, None] + offset, middle[b][:, None] + offset
    outside = (ia >= rungs) | (ib >= rungs) | (offset >= _MIXED_ABOVE)
    ia, ib = np.minimum(ia, rungs - 1), np.minimum(ib, rungs - 1)
    a, b = a[:, None], b[:, None]
    first, second = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    s, t = first[:, None, None], second[:, None, None]
    ca, cb = axes.coordinates[s, a, ia], axes.coordinates[t, b, ib]
    columns = np.stack(np.broadcast_arrays(chosen[a], chosen[b], ca)[:2], axis=-1)
    flat, _ = evaluate(primal, x, columns.reshape(-1, 2), np.stack([ca, cb], axis=-1).reshape(-1, 2))
    corner = flat.reshape(ca.shape)
    corner[:, outside] = np.nan
    along_a, along_b = axes.values[s, a, ia], axes.values[t, b, ib]
    ha, hb = axes.steps[a, ia], axes.steps[b, ib]
    sign = np.array([1.0, -1.0, -1.0, 1.0])[:, None, None]
    with np.errstate(all="ignore"):
        rounding_a, rounding_b = axes.rounding[s, a, ia], axes.rounding[t, b, ib]
        rounding = _ULPS * EPSILON * np.abs(corner) + _SUBNORMAL + rounding_a + rounding_b
        quadrant = sign * ((corner - along_a) - (along_b - axes.centre))
        quadrant_rounding = rounding + rounding_a + rounding_b + axes.centre_rounding
        central = (corner[0] - corner[1]) - (corner[2] - corner[3])
        value = np.concatenate([central[None] / 4.0, quadrant]) / ha / hb
        bound = np.concatenate([rounding.sum(axis=0)[None] / 4.0, quadrant_rounding]) / ha / hb
        steps = np.sqrt(ha / axes.scale[a]) * np.sqrt(hb / axes.scale[b])
    return _finite(value, bound, np.array([4.0, 2.0, 2.0, 2.0, 2.0]), 2), steps


def _ladder(size: FloatArray) -> tuple[IntArray, FloatArray]:
    """Per line of that size (0: unknown): the lowest exponent, and steps doubling from there, NaN above the top."""
    exponent = np.frexp(size)[1].astype(np.intp) - 1
    lowest = np.where(size == 0.0, _ZERO_LADDER[0], np.maximum(exponent - _BELOW, _LOWEST))
    highest = np.where(size == 0.0, _ZERO_LADDER[1], np.maximum(exponent + _ABOVE, _UNIT_TOP))
    highest = np.minimum(highest, _HIGHEST)
    octaves = lowest[:, None] + np.arange(int((highest - lowest).max()) + 1)
    return lowest, np.where(octaves <= highest[:, None], np.ldexp(1.0, np.minimum(octaves, _HIGHEST)), np.nan)


def _axes(
    lowest: IntArray,
    steps: FloatArray,
    coordinates: FloatArray,
    inexact: FloatArray,
    values: FloatArray,
    centre: float,
    size: FloatArray,
    stepped: bool | None,
    spoilt: FloatArray,
) -> Axes:
    with np.errstate(all="ignore"):
        change = np.abs(values - centre)
        own = _ULPS * EPSILON * abs(centre) + _SUBNORMAL
        values = _before_a_spike(values, np.maximum(_ULPS * EPSILON * np.abs(values), spoilt), own, centre)
        spoilt = _noise_level(spoilt, values, steps, size, centre)
        rounding = np.maximum(_ULPS * EPSILON * np.abs(values), spoilt) + _SUBNORMAL + 2.0 * inexact * (change / steps)
        broken, quantum = _staircase(values, centre, steps, own)
        if stepped is True:
            broken[:] = False
        elif stepped is False:
            broken[:] = False
            rounding = rounding + quantum[:, None]
        broken |= _jumps(values, centre) | ~np.isfinite(size)
    scale = np.where(size == 0.0, 1.0, size)
    blind = steps[:, 0] > _BLIND
    return Axes(lowest, steps, coordinates, values, rounding, size, scale, blind, centre, own, broken)


def _noise_level(
    spoilt: FloatArray, values: FloatArray, steps: FloatArray, size: FloatArray, centre: float
) -> FloatArray:
    """The noise of every rung (2, E, K): at least that of smaller steps, and of the variable's own scale.

    Two points may err alike, many do not; and steps that an operation inside f absorbs err alike for certain.
    """
    known = OWN_SCALE * np.where(size == 0.0, 1.0, np.minimum(size, 1.0))
    near = ~np.isnan(values) & (steps <= known[:, None]) & np.isfinite(spoilt)
    alike = near & ((np.abs(values) <= _LEVEL * abs(centre)) | (centre == 0.0))
    level = np.where(alike, spoilt, 0.0).max(axis=(0, 2))
    for row in range(len(size)):  # beside a zero of f no value is like f(x); what most of them err by is known still
        drawn = spoilt[:, row][near[:, row] & (spoilt[:, row] > 0.0)]
        level[row] = max(level[row], float(np.median(drawn)) if drawn.size else 0.0)
    return np.asarray(np.maximum(np.maximum.accumulate(spoilt, axis=-1), level[:, None]))


def _before_a_spike(values: FloatArray, rounding: FloatArray, own: float, centre: float) -> FloatArray:
    """Values with NaN from the rung on whose neighbours stand off f(x) by almost the same amount at several steps.

    f(x+h) - 2f(x) + f(x-h) falls as h² where f is smooth on the scale of h. Where it does not fall, x sits on
    something narrower than h, as beside a pole, and central quotients, which leave f(x) out, would not see it.
    """
    middle = (values[0] - centre) + (values[1] - centre)
    windows = np.lib.stride_tricks.sliding_window_view(middle, _SPIKE_RUNGS, axis=1)
    noise = np.lib.stride_tricks.sliding_window_view(2.0 * own + rounding.sum(axis=0), _SPIKE_RUNGS, axis=1).max(
        axis=-1
    )
    least, most = np.abs(windows).min(axis=-1), np.abs(windows).max(axis=-1)
    one_sign = np.all(windows > 0, axis=-1) | np.all(windows < 0, axis=-1)
    spike = one_sign & (least > 2.0 * noise) & (most <= 2.5 * least)
    spike = np.concatenate([spike, np.zeros_like(middle[:, 1:_SPIKE_RUNGS], dtype=np.bool_)], axis=1)
    return np.where(np.logical_or.accumulate(spike, axis=1), np.nan, values)


def _jumps(values: FloatArray, centre: float) -> BoolArray:
    """Whether f(x) stays off the middle of its neighbours, by the same amount, however near they are."""
    near = values[..., :_JUMP_RUNGS]
    middle = (near[0] - centre) + (near[1] - centre)
    size = np.maximum(np.abs(near).max(axis=(0, 2)), abs(centre))
    least = np.abs(middle).min(axis=1)
    one_sign = np.all(middle > 0, axis=1) | np.all(middle < 0, axis=1)
    jumps: BoolArray = one_sign & (least > 16.0 * EPSILON * size) & (np.ptp(middle, axis=1) < 0.5 * least)
    return jumps


def _staircase(values: FloatArray, centre: float, steps: FloatArray, rounding: float) -> tuple[BoolArray, FloatArray]:
    """Whether f is exactly flat around x with one slope on both sides beyond, and the height of its first step.

    `floor(x)` looks like that, and so does `(x + 1e16) - 1e16`, whose flatness is rounding.
    """
    rungs = steps.shape[1]
    moved = np.all(values == values, axis=0) & np.any(values != centre, axis=0)
    flat = np.where(moved.any(axis=1), np.argmax(moved, axis=1), 0)
    found, quantum = np.zeros(len(steps), dtype=np.bool_), np.zeros(len(steps))
    row = np.flatnonzero(flat >= _FLAT_RUNGS)[:, None]
    if row.size:
        first = flat[row]
        beyond = np.minimum(first + np.arange(2, 6), rungs - 1)
        slopes = (values[:, row, beyond] - centre) / steps[row, beyond] * np.array([1.0, -1.0])[:, None, None]
        least, most = slopes.min(axis=(0, 2)), slopes.max(axis=(0, 2))
        straight = ((least > 0) & (most <= 3.0 * least)) | ((most < 0) & (least >= 3.0 * most))
        height = np.abs(values[:, row, first] - centre).max(axis=(0, 2))
        found[row[:, 0]] = straight & (height > 16.0 * rounding)
        quantum[row[:, 0]] = height
    return found, np.where(found, quantum, 0.0)


def _finite(value: FloatArray, rounding: FloatArray, base: FloatArray, power: int) -> Quotients:
    """A quotient that overflows is no hole in the domain: it is kept, as 0 with a bound of inf."""
    over = np.isinf(value)
    return Quotients(np.where(over, 0.0, value), np.where(over, np.inf, rounding), base, power)
