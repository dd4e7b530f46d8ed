"""The finite-difference witness's testimony: differences of the primal against the tape's entries."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gradcli.autodiff.tape import Tape
from gradcli.verify import differences
from gradcli.verify.sampling import Sampler
from gradcli.verify.testimony import Array, Testimony, silent

NAME = "finite_difference"
MOST_VARIABLES = 400  #: above this, first derivatives are tested along random directions
MOST_PAIRS = 300  #: above this, second derivatives are
_DIRECTIONS = 3
_OBJECTION = 10.0  #: error bars from which on a directional difference contradicts the entries
_ROUNDING = 2.0**-50  #: of the terms of a directional sum, for each of them
_AT_ONCE = 32  #: entries between two looks at the clock, where a direction objects; fewer where they take long
_LOOK = 0.2  #: seconds between two looks
_SHARE = 0.3  #: of the time left that naming the entries may take
_SMALLEST_NORMAL, _SUBNORMAL = 2.0**-1022, 2.0**-1073  # entries below the first are rounded by half of the second


def hear(
    tape: Tape,
    output: int,
    sources: Sequence[int],
    inputs: Mapping[str, Any],
    values: Mapping[int, Any],
    entries: Array,
    order: int,
    deadline: float,
    seed: int = 0,
) -> Testimony:
    """Compare a derivative with differences of the primal (arguments as for `symbolic.hear`).

    `inputs` are the values of all inputs at the point; stopped subexpressions are held at theirs.
    """
    if time.monotonic() > deadline:
        return silent(NAME, entries.shape, "the budget ended before")
    sampler = Sampler(tape, output, sources, inputs, values)
    x, stepped = sampler.x, bool(sampler.steps)
    n = x.size
    value, error = np.full(entries.shape, np.nan), np.full(entries.shape, np.nan)
    reason = None
    if order == 2 and n * (n + 1) // 2 <= MOST_PAIRS:
        pairs = [(i, j) for i in range(n) for j in range(i, n)]
        primal, noise = sampler.row(0)
        estimate = differences.hessian(primal, x, pairs=pairs, stepped=stepped, noise=noise)
        for (i, j), told, bar in zip(pairs, estimate.value, estimate.error, strict=True):
            for place in ((i, j), (j, i)):
                value[place], error[place] = told, bar
    elif order == 1 and n <= MOST_VARIABLES:
        for row in range(len(entries)):
            if row and time.monotonic() > deadline:
                reason = f"the budget ended after {row} of {len(entries)} rows"
                break
            primal, noise = sampler.row(row)
            estimate = differences.gradient(primal, x, stepped=stepped, noise=noise)
            value[row], error[row] = estimate.value, estimate.error
    else:
        return _along_directions(sampler, entries, order, deadline, seed)
    difference, size = np.abs(entries - value), np.abs(entries)
    error = error + np.where((size > 0.0) & (size < _SMALLEST_NORMAL), _SUBNORMAL, 0.0)
    compared = np.isfinite(difference) & np.isfinite(error)
    if not compared.all() and reason is None:
        reason = "differences do not settle here"
    return Testimony(NAME, difference, error, compared, reason, "entries", None, value)


def _along_directions(sampler: Sampler, entries: Array, order: int, deadline: float, seed: int) -> Testimony:
    """Random directions; an entry counts where its share of the sum would show an error of 1e-4."""
    x, stepped = sampler.x, bool(sampler.steps)
    generator = np.random.default_rng(seed)
    difference, error = np.full(entries.shape, np.nan), np.full(entries.shape, np.nan)
    rounding = _ROUNDING * entries.size
    walked = 0
    for _ in range(_DIRECTIONS):
        if time.monotonic() > deadline:
            break
        walked += 1
        v = direction(x, generator)
        for row in range(len(entries) if order == 1 else 1):
            numbers = entries[row] if order == 1 else entries
            weights = v if order == 1 else np.outer(v, v)
            primal, noise = sampler.row(row)
            estimate = differences.directional(primal, x, v, order, stepped=stepped, noise=noise)
            told = float(estimate.value.ravel()[0]) if np.ndim(estimate.value) else float(estimate.value)
            bar = float(np.max(estimate.error))
            shares = numbers * weights
            gap = abs(math.fsum(shares.ravel()) - told)
            if gap > _OBJECTION * bar + rounding * float(np.abs(shares).sum()):  # which entry it is, it cannot tell
                return _one_after_another(sampler, entries, order, deadline, seed)
            with np.errstate(divide="ignore", invalid="ignore"):
                implied, implied_bar = gap / np.abs(weights), bar / np.abs(weights)
            seen = implied_bar <= 1e-4 * np.abs(numbers)
            target = (row,) if order == 1 else (...,)
            difference[target] = np.where(seen, implied, difference[target])
            error[target] = np.where(seen, implied_bar, error[target])
    compared = np.isfinite(difference) & np.isfinite(error)
    reason = (
        None if compared.all() else "entries whose share of a directional difference is too small were not compared"
    )
    how = f"{walked} random direction{'s' if walked != 1 else ''}, seed {seed}"
    return Testimony(NAME, difference, error, compared, reason, "direction", how=how)


def _one_after_another(sampler: Sampler, entries: Array, order: int, deadline: float, seed: int) -> Testimony:
    """Entries one by one, in random order, as many as the time allows: a direction has found that something is wrong.

    However little time there is, one of them is looked at.
    """
    now = time.monotonic()
    x, stepped = sampler.x, bool(sampler.steps)
    ends = now + _SHARE * (deadline - now)
    value, error = np.full(entries.shape, np.nan), np.full(entries.shape, np.nan)
    rows, columns = np.triu_indices(x.size) if order == 2 else np.indices(entries.shape).reshape(2, -1)
    chosen_first = np.random.default_rng(seed).permutation(len(rows))
    rows, columns = rows[chosen_first], columns[chosen_first]
    start, together = 0, 1
    while start < len(rows) and (start == 0 or time.monotonic() < ends):
        began = time.monotonic()
        i, j = rows[start : start + together], columns[start : start + together]
        start += together
        if order == 2:
            pairs = list(zip(i.tolist(), j.tolist(), strict=True))
            primal, noise = sampler.row(0)
            estimate = differences.hessian(primal, x, pairs=pairs, stepped=stepped, noise=noise)
            value[j, i], error[j, i] = estimate.value, estimate.error
            value[i, j], error[i, j] = estimate.value, estimate.error
        for row in np.unique(i) if order == 1 else ():
            chosen = j[i == row]
            primal, noise = sampler.row(row)
            estimate = differences.gradient(primal, x, entries=chosen, stepped=stepped, noise=noise)
            value[row, chosen], error[row, chosen] = estimate.value, estimate.error
        if time.monotonic() - began < _LOOK:
            together = min(2 * together, _AT_ONCE)
    difference = np.abs(entries - value)
    compared = np.isfinite(difference) & np.isfinite(error)
    reason = (
        None if compared.all() else "a directional difference objects; not all entries could be compared one by one"
    )
    how = None if compared.all() else f"a random direction, then entries in random order, seed {seed}"
    return Testimony(NAME, difference, error, compared, reason, "entries", None, value, how)


def direction(x: Array, generator: np.random.Generator) -> Array:
    """A random direction on the scales of the variables."""
    scale = np.where(x != 0, np.abs(x), 1.0)
    return np.asarray(scale * generator.uniform(0.5, 1.5, x.size) * generator.choice((-1.0, 1.0), x.size))
